"""Price lists as the service tells and takes them (KSDXMLPriceLists)."""

from decimal import Decimal

import attrs

from khaos_connectors.khaos_control.enums import PriceListKind

__all__ = ["PriceList", "PriceRow"]


@attrs.frozen(kw_only=True)
class PriceRow:
    """A price from *qty_start* to *qty_end* units of an item (*stock_code*) or of a whole *stock_type*.

    It is an *amount*, a *discount* or a *markup*; whether net or gross stands on the list. The rest is what the service
    tells beside it and takes no notice of in an import; the meaning of *buy_price_massage*, *massaged_markup*,
    *calc_branch* and *tax_portion* is not documented.
    """

    stock_code: str = ""
    stock_type: str = ""
    amount: Decimal | None = None
    discount: Decimal | None = None
    markup: Decimal | None = None
    qty_start: Decimal | None = None
    qty_end: Decimal | None = None
    buy_price: Decimal | None = None
    sell_price: Decimal | None = None
    buy_price_massage: Decimal | None = None
    # told only
    stock_id: str = ""
    description: str = ""
    calculated_price: Decimal | None = None
    original_calculated_price: Decimal | None = None
    massaged_markup: Decimal | None = None
    tax_rate: Decimal | None = None
    tax_portion: Decimal | None = None
    use_buy_price: bool = False
    calc_branch: str = ""
    discontinued: bool = False
    discount_per_line: bool = False

    def importable(self) -> "PriceRow":
        """The row as an import carries it."""
        return PriceRow(
            stock_code=self.stock_code,
            stock_type=self.stock_type,
            amount=self.amount,
            discount=self.discount,
            markup=self.markup,
            qty_start=self.qty_start,
            qty_end=self.qty_end,
            buy_price=self.buy_price,
            sell_price=self.sell_price,
            buy_price_massage=self.buy_price_massage,
        )


@attrs.frozen(kw_only=True)
class PriceList:
    """The prices of one customer (*company_code*) or of a *company_class*, by *kind* of items or of stock types.

    *currency_code* is empty where the service says "None". *is_net* is None where it is not told.
    """

    kind: PriceListKind
    company_code: str = ""
    company_name: str = ""
    company_class: str = ""
    currency_code: str = ""
    currency_id: str = ""
    is_net: bool | None = None
    rows: tuple[PriceRow, ...] = ()

    def importable(self) -> "PriceList":
        """The list as an import carries it: without the company's name and without what is only told."""
        return attrs.evolve(self, company_name="", rows=tuple(row.importable() for row in self.rows))
