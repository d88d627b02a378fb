"""What a caller may decide about the drafts that ``order_mapping`` makes."""

from collections.abc import Mapping
from decimal import Decimal
from string import Formatter

import attrs

from khaos_connectors.core.address_rules import AddressRules
from khaos_connectors.core.fields import exact_number, percentage, typed
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


def _rates(
    _: object, field: "attrs.Attribute[Mapping[StockCode, Decimal]]", rates: Mapping[StockCode, Decimal]
) -> None:
    for code, rate in rates.items():
        exact_number(f"{field.name} of {code}", rate)
        if not 0 <= rate <= 100:
            raise ValueError(f"{field.name} of {code} must be 0 to 100 per cent, not {rate}")


def _tolerance(_: object, field: "attrs.Attribute[Decimal]", amount: Decimal) -> None:
    exact_number(field.name, amount)
    if amount < 0:
        raise ValueError(f"{field.name} must be 0 or more, not {amount}")


@attrs.frozen(kw_only=True, field_transformer=typed)
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

    Discounts, fees and carriage of the whole order become lines of their own: *charge_codes* gives the ERP's code for
    the channel's; a charge without one holds the order. With *shipping_code* the lines' delivery charges become one
    line of that code too, instead of the draft's shipping. *address_rules* are what the ERP can hold of an address.
    """

    reference_template: str = attrs.field(default="{order_id}", validator=_names_the_order)
    default_vat_rate: Decimal = attrs.field(default=STANDARD_RATE, validator=percentage)
    vat_rates: Mapping[StockCode, Decimal] = attrs.field(factory=dict[StockCode, Decimal], validator=_rates)
    shipping_vat_rate: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(percentage))
    payment_method: str = ""
    rounding_per_line: Decimal = attrs.field(default=Decimal("0.01"), validator=_tolerance)
    rounding_cap: Decimal = attrs.field(default=Decimal("0.05"), validator=_tolerance)
    tax_per_line: Decimal = attrs.field(default=Decimal("0.01"), validator=_tolerance)
    allow_zero_price: bool = False
    allow_negative: bool = False
    countries: frozenset[str] | None = None
    country_names: Mapping[str, str] = attrs.field(factory=dict[str, str])
    default_country: str = ""
    services: Mapping[str, str] | None = None
    charge_codes: Mapping[str, StockCode] = attrs.field(factory=dict[str, StockCode])
    shipping_code: StockCode | None = None
    address_rules: AddressRules | None = None

    @property
    def carriage_rate(self) -> Decimal:
        """The VAT rate of the delivery charge, in per cent."""
        return self.default_vat_rate if self.shipping_vat_rate is None else self.shipping_vat_rate

    def rate_of(self, stock_code: StockCode) -> Decimal:
        """The VAT rate of an item, in per cent."""
        return self.vat_rates.get(stock_code, self.default_vat_rate)
