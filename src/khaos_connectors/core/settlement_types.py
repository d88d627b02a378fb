"""What a settlement is read from: its lines and their classes, what was expected, and the agreed fees.

Amounts are ``Decimal`` in whole minor units; in a line, plus means "to the seller".
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import attrs

from khaos_connectors.core.amounts import in_minor_units, in_minor_units_from_0, known_currency, total, whole_units
from khaos_connectors.core.fields import aware_or_none, calendar_date, exact_amount, not_blank, typed
from khaos_connectors.core.ids import ChannelId, LineId, OrderId
from khaos_connectors.core.quantities import exact, part_of_whole

__all__ = [
    "GOODS_AND_SHIPPING",
    "UNCLASSIFIED",
    "Expected",
    "ExpectedOrder",
    "FeeRule",
    "LineClass",
    "LineKind",
    "Meaning",
    "SettlementLine",
    "Statement",
    "Tolerance",
    "VatKey",
    "VatTreatment",
]


class LineClass(Enum):
    """What a settlement line is about. UNKNOWN: a type that no table knows; never dropped."""

    SALE = "sale"
    REFUND = "refund"
    FEE = "fee"
    ADJUSTMENT = "adjustment"
    OPERATOR_TAX = "operator tax"
    RESERVE = "reserve"
    PAYOUT = "payout"
    UNKNOWN = "unknown"


class LineKind(Enum):
    """Which part of an order's money a line or an expectation is. WHOLE: a line that is about all of it at once."""

    GOODS = "goods"
    GOODS_TAX = "goods tax"
    SHIPPING = "shipping"
    SHIPPING_TAX = "shipping tax"
    OTHER = "other"
    WHOLE = "whole order"


GOODS_AND_SHIPPING = frozenset({LineKind.GOODS, LineKind.SHIPPING})
"""What a commission is usually measured on."""


@attrs.frozen(field_transformer=typed)
class Meaning:
    """What one of a vendor's type codes stands for. *returned*: it gives a fee back, so it belongs to a refund."""

    line_class: LineClass
    kind: LineKind = LineKind.OTHER
    returned: bool = False


UNCLASSIFIED = Meaning(LineClass.UNKNOWN)
"""The meaning of a type that no table knows."""


def _a_meaning(_: object, field: "attrs.Attribute[Meaning]", meaning: Meaning) -> None:
    if type(meaning) is not Meaning:
        raise TypeError(f"{field.name} must be a Meaning, not {meaning!r}: classify gives one")


@attrs.frozen(kw_only=True)
class SettlementLine:
    """One signed amount of a marketplace's statement; *line_id* is unique over all statements of an account.

    *type* is the vendor's code, *meaning* what ``classify`` made of it. References are empty where the line has none:
    *order_reference* is the seller's reference of the order, *fee_code* tells several fees of one type apart.
    """

    line_id: str = attrs.field(validator=not_blank)
    statement_id: str
    type: str
    currency: str = attrs.field(validator=known_currency)
    amount: Decimal = attrs.field(validator=in_minor_units)
    meaning: Meaning = attrs.field(default=UNCLASSIFIED, validator=_a_meaning)
    order_id: OrderId = OrderId("")
    order_line_id: LineId = LineId("")
    order_reference: str = ""
    refund_id: str = ""
    fee_code: str = ""
    tax_code: str = ""
    description: str = ""
    payment_state: str = ""
    at: datetime | None = attrs.field(default=None, validator=aware_or_none)

    @property
    def line_class(self) -> LineClass:
        """The class of its meaning."""
        return self.meaning.line_class

    @property
    def fee_key(self) -> str:
        """Type and fee code, the more particular key of ``fees``."""
        return f"{self.type}/{self.fee_code}"


@attrs.frozen(kw_only=True)
class VatKey:
    """Where a sale stands for VAT: the channel, where the seller is established and where the goods are (countries)."""

    channel: ChannelId
    establishment: str
    goods_location: str


@attrs.frozen(kw_only=True, field_transformer=typed)
class VatTreatment:
    """The treatment that the merchant has configured for a ``VatKey``; nothing here decides one.

    *code* is the ledger's VAT code, carried into the journal. *operator_remits* says that the marketplace accounts for
    the tax. *line_codes* are the channel's tax codes that agree with it; empty: any does.
    """

    code: str
    operator_remits: bool = False
    line_codes: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True, field_transformer=typed)
class Expected:
    """One amount that a marketplace owes for an order line (*line_id* empty: for the order as a whole).

    *settled* is what statements so far have cleared of it, written-off differences included. *also* are further lines
    of the channel that the amount is for, where the ERP made one line of several.
    """

    kind: LineKind
    amount: Decimal
    line_id: LineId = LineId("")
    settled: Decimal = Decimal(0)
    also: tuple[LineId, ...] = ()

    @property
    def line_ids(self) -> tuple[LineId, ...]:
        """All lines of the channel that the amount is for."""
        return (self.line_id, *self.also)


def _no_part_twice(order: "ExpectedOrder", _: object, parts: tuple[Expected, ...]) -> None:
    for part in parts:
        of_part = f"the {part.kind.value} of line {part.line_id}" if part.line_id else f"the {part.kind.value}"
        whole_units(f"parts: amount of {of_part}", part.amount, order.currency)
        whole_units(f"parts: settled of {of_part}", part.settled, order.currency)
    keys = [(line_id, part.kind) for part in parts for line_id in part.line_ids]
    if len(set(keys)) < len(keys):
        raise ValueError(f"parts: order {order.order_id} expects one kind of a line twice: add them up")


@attrs.frozen(kw_only=True, field_transformer=typed)
class ExpectedOrder:
    """What a marketplace owes for an order: what was invoiced and stands in the clearing account.

    *since* (aware) is when it fell due, None if that is not known. *written_off* adds up the differences, without
    sign, that earlier statements took for rounding. *reference* is the order's external reference in the ERP; an
    order with a blank id is found by it alone.
    """

    order_id: OrderId
    currency: str = attrs.field(validator=known_currency)
    parts: tuple[Expected, ...] = attrs.field(validator=_no_part_twice)
    reference: str = ""
    since: datetime | None = attrs.field(default=None, validator=aware_or_none)
    written_off: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units_from_0)
    vat: VatKey | None = None

    @property
    def name(self) -> str:
        """What it is called in results and balances: its id, or its reference where the id is blank."""
        return self.order_id if self.order_id.strip() else self.reference

    @property
    def expected(self) -> Decimal:
        """All that is owed for it, from the beginning."""
        return total((part.amount for part in self.parts), self.currency)

    @property
    def settled(self) -> Decimal:
        """What has been cleared of that."""
        return total((part.settled for part in self.parts), self.currency)


def _line_kinds(_: object, field: "attrs.Attribute[frozenset[LineKind]]", kinds: frozenset[LineKind]) -> None:
    if type(kinds) is not frozenset or not all(type(kind) is LineKind for kind in kinds):
        raise TypeError(f"{field.name} must be a frozenset of members of LineKind, not {kinds!r}")


@attrs.frozen(kw_only=True)
class FeeRule:
    """The ledger *account* of a fee, adjustment, remitted tax or reserve, and what was agreed, if a *rate* was.

    *rate* is a proportion (``"15%"``). It is measured on the *kinds* of the order's sales (of the refund for a fee
    that is returned), or, where *of* names a fee type, on the fees of that type: VAT on commission is 20 % *of*
    commission. *vat_code* is carried into the journal.
    """

    account: str = attrs.field(validator=not_blank)
    vat_code: str = ""
    rate: Fraction | None = attrs.field(
        default=None,
        converter=attrs.converters.optional(exact),
        validator=attrs.validators.optional(part_of_whole),
    )
    kinds: frozenset[LineKind] = attrs.field(default=GOODS_AND_SHIPPING, validator=_line_kinds)
    of: str = ""


def _not_negative(record: object, field: "attrs.Attribute[Decimal]", amount: Decimal) -> None:
    exact_amount(record, field, amount)
    if amount < 0:
        raise ValueError(f"{field.name} must be 0 or more, not {amount}")


@attrs.frozen(kw_only=True)
class Tolerance:
    """What counts as rounding: per *line* (for each part of the order that a line on totals covers), per *order* in
    all, over all statements and without sign, and per *fee* line.
    """

    line: Decimal = attrs.field(default=Decimal("0.01"), validator=_not_negative)
    order: Decimal = attrs.field(default=Decimal("0.05"), validator=_not_negative)
    fee: Decimal = attrs.field(default=Decimal("0.01"), validator=_not_negative)


def _sums_of_classes(
    statement: "Statement", field: "attrs.Attribute[Mapping[LineClass, Decimal]]", sums: Mapping[LineClass, Decimal]
) -> None:
    for line_class, amount in sums.items():
        if type(line_class) is not LineClass:
            raise TypeError(f"{field.name}: {line_class!r} is no member of LineClass")
        whole_units(f"{field.name} of {line_class.value}", amount, statement.currency)


@attrs.frozen(kw_only=True)
class Statement:
    """The statement's own figures: what is paid out (negative: owed), and what is carried in and out with reserves.

    *summary* holds the sums per class that the statement itself shows; a class that it does not show is not compared.
    """

    statement_id: str = attrs.field(validator=not_blank)
    currency: str = attrs.field(validator=known_currency)
    issued: date = attrs.field(validator=calendar_date)
    payout: Decimal = attrs.field(validator=in_minor_units)
    opening: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units)
    closing: Decimal = attrs.field(default=Decimal(0), validator=in_minor_units)
    summary: Mapping[LineClass, Decimal] = attrs.field(factory=dict[LineClass, Decimal], validator=_sums_of_classes)
