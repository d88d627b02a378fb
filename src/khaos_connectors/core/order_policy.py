"""What a caller may decide about the drafts that ``order_mapping`` makes."""

from collections.abc import Mapping
from decimal import Decimal
from string import Formatter

import attrs

from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.vat import STANDARD_RATE

__all__ = ["OrderPolicy"]

_REFERENCE_FIELDS = frozenset({"order_id", "account", "customer_number"})


def _names_the_order(_: object, __: object, template: str) -> None:
    try:
        parts = list(Formatter().parse(template))
    except ValueError as problem:
        raise ValueError(f"{template!r} is not a reference template: {problem}") from problem
    named = {name for _text, name, _spec, _conversion in parts if name is not None}
    if named - _REFERENCE_FIELDS or any(spec or conversion for _text, _name, spec, conversion in parts):
        allowed = ", ".join(f"{{{name}}}" for name in sorted(_REFERENCE_FIELDS))
        raise ValueError(f"{template!r} is not a reference template: only {allowed} may stand in it")
    if not named & {"order_id", "customer_number"}:
        raise ValueError(f"{template!r} gives every order the same reference: put {{order_id}} into it")


@attrs.frozen(kw_only=True)
class OrderPolicy:
    """What a caller may decide about drafts.

    *reference_template* may hold ``{order_id}``, ``{account}`` and ``{customer_number}``; its result is the order's
    external reference in the ERP. VAT rates are percentages, by stock code, else the default; *shipping_vat_rate* None
    means the default too. *payment_method* is the key of the ERP's payment map, empty for no payment.

    The draft may differ from the channel's total by *rounding_per_line* for each line, at most by *rounding_cap*; the
    channel's tax from our own by *tax_per_line*. *countries* None allows every country; *country_names* adds
    spellings, *default_country* stands in where the channel gives none. *services* translates delivery services; an
    absent one holds the order; None passes them on as they are. Lines for nothing and negative lines need
    *allow_zero_price* and *allow_negative*.
    """

    reference_template: str = attrs.field(default="{order_id}", validator=_names_the_order)
    default_vat_rate: Decimal = STANDARD_RATE
    vat_rates: Mapping[StockCode, Decimal] = attrs.field(factory=dict[StockCode, Decimal])
    shipping_vat_rate: Decimal | None = None
    payment_method: str = ""
    rounding_per_line: Decimal = Decimal("0.01")
    rounding_cap: Decimal = Decimal("0.05")
    tax_per_line: Decimal = Decimal("0.01")
    allow_zero_price: bool = False
    allow_negative: bool = False
    countries: frozenset[str] | None = None
    country_names: Mapping[str, str] = attrs.field(factory=dict[str, str])
    default_country: str = ""
    services: Mapping[str, str] | None = None

    @property
    def carriage_rate(self) -> Decimal:
        """The VAT rate of the delivery charge, in per cent."""
        return self.default_vat_rate if self.shipping_vat_rate is None else self.shipping_vat_rate

    def rate_of(self, stock_code: StockCode) -> Decimal:
        """The VAT rate of an item, in per cent."""
        return self.vat_rates.get(stock_code, self.default_vat_rate)
