"""What an item is, as the ERP or the warehouse keeps it: the fields that have to agree."""

from decimal import Decimal

import attrs

from khaos_connectors.core.fields import exact_amount, not_blank, percentage, typed, whole_number
from khaos_connectors.core.ids import StockCode

__all__ = ["ItemRecord"]


def _not_negative(item: object, field: "attrs.Attribute[Decimal]", amount: Decimal) -> None:
    exact_amount(item, field, amount)
    if amount < 0:
        raise ValueError(f"{field.name} must be 0 or more, not {amount}")


def _whole_parts(
    _: object, field: "attrs.Attribute[tuple[tuple[StockCode, int], ...]]", parts: tuple[tuple[StockCode, int], ...]
) -> None:
    for code, number in parts:
        whole_number(f"{field.name} of {code}", number)


@attrs.frozen(kw_only=True, field_transformer=typed)
class ItemRecord:
    """An item of one system. A blank text or None: that system does not tell, or has not been told.

    *unit* is the unit of measure that it is stocked in, *weight* is in kilograms. *kit*: it is made of other items,
    and *made_of* says of how many eaches of which, where it can be told. *barcode* is the one that counts, *barcodes*
    are all of them. *vat_rate* is a percentage. *parent* is the template of a variant.
    *blocked* and *discontinued* items are not sold; those that are not *stock_controlled* are not counted.
    *run_to_zero*: what is there is sold, and no unit beyond it. *drop_ship*: the supplier delivers it.
    """

    stock_code: StockCode = attrs.field(validator=not_blank)
    description: str = ""
    barcode: str = ""
    unit: str = ""
    weight: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(_not_negative))
    kit: bool = False
    tax_code: str = ""
    blocked: bool = False
    discontinued: bool = False
    stock_controlled: bool = True
    barcodes: tuple[str, ...] = ()
    made_of: tuple[tuple[StockCode, int], ...] = attrs.field(default=(), validator=_whole_parts)
    vat_rate: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(percentage))
    parent: str = ""
    run_to_zero: bool = False
    drop_ship: bool = False

    @property
    def sold(self) -> bool:
        """Whether it may be sold at all."""
        return not (self.blocked or self.discontinued)
