"""Returns as RT11 tells them and as the other RT operations are asked, under Mirakl's own names.

A return moves no money. Addresses have ``street1`` here, where those of orders have ``street_1``.
"""

from datetime import datetime

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.return_codes import (
    NonCompliance,
    ReturnMethod,
    ReturnReason,
    ReturnRejection,
    ReturnState,
)

__all__ = [
    "Compliance",
    "LineCompliance",
    "NewReturn",
    "NewReturnAddress",
    "NewReturnLine",
    "NewReturnTracking",
    "Return",
    "ReturnAddress",
    "ReturnChange",
    "ReturnCompliance",
    "ReturnDecision",
    "ReturnDocument",
    "ReturnError",
    "ReturnLine",
    "ReturnRef",
    "ReturnTracking",
    "ReturnableItem",
    "ReturnsChanged",
    "ReturnsMoved",
]


@attrs.frozen(kw_only=True)
class Compliance:
    """The seller's verdict on the goods of a line that came back."""

    compliant: bool | None = None
    non_compliance_reason_code: NonCompliance | Unrecognised | None = None
    non_compliance_additional_info: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class ReturnLine:
    """How many of an order line come back; *reason_code* is absent in older answers."""

    order_line_id: Text
    quantity: int | None = None
    reason_code: ReturnReason | Unrecognised | None = None
    compliance: tuple[Compliance, ...] | None = ()


@attrs.frozen(kw_only=True)
class ReturnAddress:
    """Where the goods go to."""

    street1: str | None = attrs.field(default=None, repr=False)
    street2: str | None = attrs.field(default=None, repr=False)
    zip_code: Text | None = attrs.field(default=None, repr=False)
    city: str | None = attrs.field(default=None, repr=False)
    state: str | None = attrs.field(default=None, repr=False)
    country_iso_code: str | None = None


@attrs.frozen(kw_only=True)
class ReturnTracking:
    """How the parcel is followed. ``carrierCode`` and ``carrierName`` stand in the vendor's own example."""

    carrier_code: Text | None = None
    carrier_name: str | None = None
    carrier_standard_code: str | None = None
    tracking_number: Text | None = None
    tracking_url: str | None = None
    carrierCode: Text | None = None  # noqa: N815 - a name on the wire
    carrierName: str | None = None  # noqa: N815 - a name on the wire

    @property
    def carrier(self) -> str:
        """The carrier's code or else its name, in either spelling; empty where none is told."""
        return self.carrier_code or self.carrierCode or self.carrier_name or self.carrierName or ""


@attrs.frozen(kw_only=True)
class ReturnDocument:
    """A label or paper of the return, to be fetched with OR73."""

    id: int
    type: str | None = None


@attrs.frozen(kw_only=True)
class Return:
    """One return. Read ``standing``: RT01 tells the state as *status* in the vendor's own example."""

    id: Text
    order_id: Text | None = None
    order_commercial_id: Text | None = None
    state: ReturnState | Unrecognised | None = None
    status: ReturnState | Unrecognised | None = None
    method_code: ReturnMethod | Unrecognised | None = None
    reason_code: ReturnReason | Unrecognised | None = None
    rejection_reason_code: ReturnRejection | Unrecognised | None = None
    rma: Text | None = None
    label_url: str | None = None
    description: str | None = attrs.field(default=None, repr=False)
    return_lines: tuple[ReturnLine, ...] | None = ()
    return_address: ReturnAddress | None = None
    tracking: ReturnTracking | None = None
    documents: tuple[ReturnDocument, ...] | None = ()
    date_created: datetime | None = None
    last_updated: datetime | None = None

    @property
    def standing(self) -> ReturnState | Unrecognised | None:
        """Where it stands, under whichever name that was told."""
        return self.state if self.state is not None else self.status


@attrs.frozen(kw_only=True)
class ReturnableItem:
    """How much of an order line may still come back (RT12); *return_window* is in days."""

    order_line_id: Text
    order_commercial_id: Text | None = None
    returnable_quantity: int | None = None
    return_window: int | None = None
    available_return_methods: tuple[ReturnMethod | Unrecognised, ...] | None = ()
    available_return_reasons: tuple[ReturnReason | Unrecognised, ...] | None = ()


@attrs.frozen(kw_only=True)
class ReturnError:
    """Why one return was left as it was; RT01 names it by the order's commercial id, the others by its own id."""

    id: Text | None = None
    order_commercial_id: Text | None = None
    message: str | None = None


@attrs.frozen(kw_only=True)
class ReturnRef:
    """A return that was moved on."""

    id: Text


@attrs.frozen(kw_only=True)
class ReturnsMoved:
    """The answer of RT21, RT25, RT26, RT27 and RT29: a 200 that may hold failures."""

    return_success: tuple[ReturnRef, ...] | None = ()
    return_errors: tuple[ReturnError, ...] | None = ()


@attrs.frozen(kw_only=True)
class ReturnsChanged:
    """The answer of RT01 and RT04: a 200 that may hold failures."""

    return_success: tuple[Return, ...] | None = ()
    return_errors: tuple[ReturnError, ...] | None = ()


@attrs.frozen(kw_only=True)
class NewReturnLine:
    """How many of an order line are to come back, and why, in the operator's codes (RT12 lists them)."""

    order_line_id: str
    quantity: int
    reason_code: str


@attrs.frozen(kw_only=True)
class NewReturn:
    """A return that the seller opens. *accepted* None leaves the acceptance to the operator's settings."""

    order_commercial_id: str
    method_code: ReturnMethod
    return_lines: tuple[NewReturnLine, ...]
    reason_code: ReturnReason | None = None
    accepted: bool | None = None
    description: str | None = attrs.field(default=None, repr=False)
    label_url: str | None = None
    rma: str | None = None


@attrs.frozen(kw_only=True)
class NewReturnAddress:
    """Where the goods are to go; *country_iso_code* is alpha-3."""

    street1: str = attrs.field(repr=False)
    city: str = attrs.field(repr=False)
    country_iso_code: str
    street2: str | None = attrs.field(default=None, repr=False)
    zip_code: str | None = attrs.field(default=None, repr=False)
    state: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class NewReturnTracking:
    """How the parcel is to be followed."""

    carrier_code: str | None = None
    carrier_name: str | None = None
    carrier_standard_code: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


@attrs.frozen(kw_only=True)
class ReturnChange:
    """What is to change on a return; None leaves a field as it is. *method_code*: before acceptance only."""

    id: str
    rma: str | None = None
    label_url: str | None = None
    method_code: ReturnMethod | None = None
    return_address: NewReturnAddress | None = None
    tracking: NewReturnTracking | None = None


@attrs.frozen(kw_only=True)
class ReturnDecision:
    """Whether the goods may come back."""

    id: str
    accepted: bool
    rejection_reason_code: ReturnRejection | None = None


@attrs.frozen(kw_only=True)
class LineCompliance:
    """The verdict on the goods of one line."""

    order_line_id: str
    compliant: bool
    non_compliance_reason_code: NonCompliance | None = None
    non_compliance_additional_info: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class ReturnCompliance:
    """The verdict on every line of a return."""

    id: str
    return_lines: tuple[LineCompliance, ...]
