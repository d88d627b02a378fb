"""How orders of one channel are written into the ERP."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import attrs

from khaos_connectors.core.ids import StockCode
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.cards import no_card_number
from khaos_connectors.khaos_control.enums import CalcMode, CustomerKey, LineMapping, PaymentType
from khaos_connectors.khaos_control.setting_checks import values_must_be

__all__ = ["CourierTarget", "OrderSettings", "PaymentRule"]


@attrs.frozen(kw_only=True)
class PaymentRule:
    """How a payment method is written. *auth_code* (PAYPAL, the channel's name) makes the payment count as taken.

    *word*: what CARD_NUMBER holds where the vendor's payment table asks for a word there (``PAYPAL``). Nothing that
    looks like a card number is taken, whatever the field: ``ValueError``.
    """

    payment_type: PaymentType = PaymentType.CARD
    auth_code: str = attrs.field(default="", validator=no_card_number)
    account_name: str = attrs.field(default="", validator=no_card_number)
    account_number: str = attrs.field(default="", validator=no_card_number)
    word: str = attrs.field(default="", validator=no_card_number)


@attrs.frozen(kw_only=True)
class CourierTarget:
    """The courier of a channel's delivery service: by *code* (from GetSOPData) or by *name*."""

    code: str = ""
    name: str = ""


_STANDARD = "1"


def _default_codes() -> dict[Decimal, str]:
    return {Decimal(20): "1", Decimal(0): "2", Decimal(5): "4"}


@attrs.frozen(kw_only=True)
class OrderSettings:
    """Names that must exist in the ERP (they are case-sensitive there) and the choices that the document leaves open.

    *calc_mode* is what the company class makes the ERP do. *tax_codes*: VAT percentage to the installation's code;
    *gross_rates*: the percentages whose lines are priced gross, all others are priced net (None: the standard rate in
    gross mode, none in net mode, which is what rounds least). *send_tax_code*: write the
    code even where a line is priced gross (empty: the item's own rate counts).
    *delivery*: the charge as net and tax, or as one gross amount, which the ERP takes as vatable.
    *delivery_date*: "order date", "deliver by" (a future one parks the invoice until then) or "empty".
    *couriers*: the channel's service to the ERP's courier; a service that is not listed leaves the choice to the ERP,
    or is a problem with *unmapped_service* "refuse". *payments* is by ``Payment.method``.
    *rounding_code*: a stock code that carries a positive rounding difference; without one such an order is refused.
    *amount_tolerance*: how far the total that the ERP works out may be from the channel's.
    *currency*: the only one that this class's customers have ("": any). *missing_postcode*: sent where there is none
    (the vendor's own connector sends "."); "": such an address is refused.
    *encoding*: the character set that texts must fit (``"cp1252"``); "": any.
    """

    company_class: str
    company_type: str = ""
    sales_source: str = ""
    brand: str = ""
    site: str = ""
    inv_priority: str = ""
    website_name: str = ""
    client_name: str = ""
    agent: str = ""
    mailing_status: str = ""
    keycode: str = ""
    customer_key: CustomerKey = CustomerKey.OTHER_REF
    line_mapping: LineMapping = LineMapping.STOCK_CODE
    calc_mode: CalcMode = CalcMode.GROSS
    tax_codes: Mapping[Decimal, str] = attrs.field(factory=_default_codes)
    gross_rates: frozenset[Decimal] | None = None
    send_tax_code: bool = True
    send_descriptions: bool = False
    delivery: Literal["net and tax", "gross"] = "net and tax"
    delivery_date: Literal["order date", "deliver by", "empty"] = "order date"
    repeat_equal_address: bool = True
    missing_postcode: str = ""
    customer_number_as_po: bool = False
    couriers: Mapping[str, CourierTarget] = attrs.field(factory=dict[str, CourierTarget])
    unmapped_service: Literal["empty", "refuse"] = "empty"
    payments: Mapping[str, PaymentRule] = attrs.field(factory=dict[str, PaymentRule])
    rounding_code: StockCode | None = None
    amount_tolerance: Decimal = Decimal(0)
    currency: str = ""
    reference_limit: int = 50
    encoding: str = ""

    def __attrs_post_init__(self) -> None:
        values_must_be("payments", self.payments, PaymentRule, "'card': PaymentRule(auth_code='WEBSHOP')")
        values_must_be("couriers", self.couriers, CourierTarget, "'express': CourierTarget(name='DPD')")
        if not 1 <= self.reference_limit <= 50:
            raise ConfigError(field="reference_limit", problem="must be 1 to 50")
        if self.amount_tolerance < 0:
            raise ConfigError(field="amount_tolerance", problem="must not be negative")
        if self.encoding:
            try:
                "".encode(self.encoding)
            except LookupError:
                raise ConfigError(field="encoding", problem=f"{self.encoding!r} is not a known encoding") from None
        for rate, code in self.tax_codes.items():
            if not code.isdecimal():
                raise ConfigError(field="tax_codes", problem=f"the code for {rate} % must be a number, not {code!r}")

    @property
    def rates_priced_gross(self) -> frozenset[Decimal]:
        """The VAT percentages whose lines carry PRICE_GRS."""
        if self.gross_rates is not None:
            return self.gross_rates
        if self.calc_mode is CalcMode.NET:
            return frozenset()
        return frozenset(rate for rate, code in self.tax_codes.items() if code == _STANDARD)
