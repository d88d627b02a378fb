"""The records that cross a port, and what a system says that it can do. ``protocols`` exports them."""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

import attrs

from khaos_connectors.core.couriers import CarrierChoice
from khaos_connectors.core.despatch import ShipmentLine
from khaos_connectors.core.erp_jobs import Choice, Job
from khaos_connectors.core.exception_report import Reason
from khaos_connectors.core.fields import a_text, record_of, typed
from khaos_connectors.core.ids import AccountId, ChannelSku, DespatchId, LineId, OrderId, OrderRef
from khaos_connectors.core.orders import ChannelOrder

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Unreadable:
    """A record that broke the contract: *key* where one could be found, what is wrong, and the record as it came."""

    key: str
    problem: str
    payload: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class Batch(Generic[T]):
    """Part of a listing: its *items*. *next* is an opaque cursor for the rest, None at the end.

    Going through a batch is refused while there is more behind it or a record of it could not be read, so that nobody
    takes a part for the whole: go through its *items*, or through a face, which asks for every page.
    """

    items: tuple[T, ...]
    next: str | None = None
    unreadable: tuple[Unreadable, ...] = ()

    def __iter__(self) -> Iterator[T]:
        if self.next is not None or self.unreadable:
            lacking = "one page of a listing and more follow" if self.next is not None else "not all that was listed"
            raise TypeError(
                f"this Batch is {lacking}: what it holds is in .items, what could not be read in .unreadable, "
                "the cursor for the rest in .next; faces (connect, client.shop) give them all"
            )
        return iter(self.items)


@attrs.frozen(kw_only=True)
class Health:
    """The answer of a harmless call: who answered, which version, and anything a person should know.

    *problems* are those of the notes on which orders would fail: what of the configuration does not exist there.
    """

    account: AccountId
    version: str = ""
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ReceivedOrder:
    """An order with the text it was read from; ``read_order`` reads that text again, today's way."""

    order: ChannelOrder
    payload: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True, field_transformer=typed)
class LineDecision:
    """Whether one line of an order that waits for acceptance is accepted."""

    line_id: LineId = attrs.field(validator=a_text)
    accept: bool


@attrs.frozen(kw_only=True)
class ReferenceRefusal:
    """An order onto which the channel would not write our reference, in its own words."""

    order_id: OrderId
    message: str


@attrs.frozen(kw_only=True, field_transformer=typed)
class StockLevel:
    """The absolute number of *units* (0 or more, in the listing's own units) that may be sold of *sku*.

    Raises ``TypeError`` for units that are no int (``3.0``, ``True``, ``"3"``) and for a SKU that is no text.
    """

    sku: ChannelSku = attrs.field(validator=a_text)
    units: int


@attrs.frozen(kw_only=True)
class RowRefusal:
    """A row that the channel did not take, in its own words."""

    sku: ChannelSku
    message: str


@attrs.frozen(kw_only=True)
class StockReceipt:
    """What became of a push, row by row: every pushed SKU is in exactly one of the three.

    *pending*: the channel took the rows but has not said what it did with them; push them again next time.
    *ticket* is the channel's own id of the import, for its support.
    """

    accepted: tuple[ChannelSku, ...]
    refused: tuple[RowRefusal, ...] = ()
    pending: tuple[ChannelSku, ...] = ()
    ticket: str = ""


@attrs.frozen(kw_only=True)
class Listing:
    """A sellable record as the channel shows it now. *reasons* say why it is not active."""

    sku: ChannelSku
    units: int
    active: bool
    reasons: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShipmentNotice:
    """What the channel is to be told: *lines* of *order_id* left in one parcel with *tracking*.

    *final*: with this shipment nothing of the order is left to ship. Raises ``TypeError`` for a field of another type,
    such as the bare name of a carrier: ``CourierMap.choose`` finds the ``CarrierChoice``.
    """

    order_id: OrderId = attrs.field(validator=a_text)
    despatch_id: DespatchId = attrs.field(validator=a_text)
    lines: tuple[ShipmentLine, ...]
    carrier: CarrierChoice = attrs.field(validator=record_of(CarrierChoice))
    tracking: str = attrs.field(validator=a_text)
    final: bool


@attrs.frozen(kw_only=True)
class ShipmentReceipt:
    """The channel knows the shipment. *already*: it knew it before this call, with the same tracking."""

    order_id: OrderId
    shipment_id: str = ""
    already: bool = False


@attrs.frozen(kw_only=True)
class DraftProblem:
    """Why an ERP would refuse a draft: the field by the ERP's own name, and what to do about it."""

    field: str
    problem: str


@attrs.frozen(kw_only=True)
class ChannelCapabilities:
    """What a channel, as configured for this account, can do.

    *needs_acceptance*: orders wait for the seller's word. *partial_acceptance*: single lines may be refused.
    *several_shipments*: an order may leave in several parcels, each with its own tracking.
    *free_text_carriers*: carriers outside its list are allowed. *mandatory_tracking*: no shipment without a number.
    """

    needs_acceptance: bool
    partial_acceptance: bool
    several_shipments: bool
    free_text_carriers: bool
    mandatory_tracking: bool


@attrs.frozen(kw_only=True)
class ERPCapabilities:
    """What an ERP can do for us through documented or configured doors.

    *stock_per_location*: figures carry their location. *physical*: it tells physical stock (else only what is
    available). *item_lines*: despatches tell their items. *asynchronous* are the port's methods that only put something
    where the ERP fetches it, or only tell what the ERP last pushed: an order created so is pending for a while.
    *ways* name the way that is open for each job without a documented call, and why none better is; empty: not told.
    """

    stock_per_location: bool
    physical: bool
    item_lines: bool
    ship_confirm: bool = False
    credit_notes: bool = False
    journals: bool = False
    asynchronous: tuple[str, ...] = ()
    ways: Mapping[Job, Choice] = attrs.field(factory=dict[Job, Choice])


@attrs.frozen(kw_only=True)
class Concern:
    """Something that an asynchronous ERP should have done by now; *reference* is the order's, "" where it is of none.

    *once*: it has happened and will not pass by itself, so it is told once; others are told as long as they last.
    """

    reason: Reason
    reference: OrderRef = OrderRef("")
    once: bool = False


@attrs.frozen(kw_only=True)
class WMSCapabilities:
    """What a warehouse system can do: *cancel_after_release* and whether it tells parcels with their contents."""

    cancel_after_release: bool
    parcel_lines: bool
