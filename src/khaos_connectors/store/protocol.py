"""The Store protocol and its records. Everything is keyed by account, so that one store serves many merchants.

Methods block: flows call them through ``do``. Each is one transaction: it took effect whole or not at all, and after
it returned it survives the process. All times are aware and in UTC.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol

import attrs

from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType
from khaos_connectors.core.ids import AccountId, ChannelSku, ErpOrderCode, OrderId, OrderRef
from khaos_connectors.core.stock import Demand
from khaos_connectors.store.mailbox import Mailbox, Message, Posted
from khaos_connectors.store.slots import Slot, Slots

__all__ = [
    "Acked",
    "Intent",
    "IntentState",
    "Kept",
    "Mailbox",
    "Message",
    "Posted",
    "Progress",
    "RawOrder",
    "Slot",
    "Slots",
    "Store",
    "StoredOrder",
]


class Progress(Enum):
    """How far an order has come with us; only the flow that owns the step moves it on.

    QUARANTINED: its text could not be read. HELD: an exception item says why.
    """

    STORED = "stored"
    QUARANTINED = "quarantined"
    HELD = "held"
    ACCEPTED = "accepted"
    POSTED = "posted"
    CONFIRMED = "confirmed"
    PART_DESPATCHED = "part despatched"
    DESPATCHED = "despatched"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    CLOSED = "closed"


@attrs.frozen(kw_only=True)
class RawOrder:
    """An order exactly as it came. *changed_at* is the channel's own time of the last change, None if unreadable."""

    order_id: OrderId
    payload: str = attrs.field(repr=False)
    changed_at: datetime | None = None
    readable: bool = True


@attrs.frozen(kw_only=True)
class Kept:
    """What became of raw orders: ``read == stored + duplicate + quarantined``. *changed* holds the ids that are new
    or whose text differs from the one that was kept; those are the ones to work on. Texts that cannot be read are
    counted in *quarantined* and are not in *changed*.
    """

    stored: int
    duplicate: int
    quarantined: int
    changed: tuple[OrderId, ...]


@attrs.frozen(kw_only=True)
class StoredOrder:
    """An order in the store. *reference*, *erp_code* and *erp_created_at* are filled once the ERP holds it.

    *fresh* is True while the latest text has not been worked on (see ``Store.mark``). *digest* is the SHA-256 of
    *payload* in hexadecimal. *changed_at* is the channel's time of the kept text, *marked_at* that of the last
    ``mark``; both None while unknown.
    """

    account: AccountId
    order_id: OrderId
    payload: str = attrs.field(repr=False)
    digest: str
    progress: Progress
    fresh: bool
    first_seen_at: datetime
    last_seen_at: datetime
    reference: OrderRef | None = None
    erp_code: ErpOrderCode | None = None
    erp_created_at: datetime | None = None
    why: str = ""
    changed_at: datetime | None = None
    marked_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Acked:
    """The last level of a listing that the channel acknowledged, with the revision of the push that carried it.

    *units* None: the listing is known, but what it shows is not (``Store.forget_ack``).
    """

    sku: ChannelSku
    units: int | None
    revision: int
    at: datetime


class IntentState(Enum):
    """OPEN: may have been carried out, look before repeating. DONE and FAILED are final."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"


@attrs.frozen(kw_only=True)
class Intent:
    """A write that is about to be made, or was: *action* on *key*, with the digest of what is sent.

    *attempts* counts claims, *failures* how often it was settled as FAILED since *digest* last changed; claiming with
    another digest starts that count anew. *taken_over* is True when this claim found the intent open, from an earlier
    run or an earlier claim of the same owner: whatever it stands for may already have happened. *written_at* is the
    time of the first claim.
    """

    account: AccountId
    action: str
    key: str
    digest: str
    state: IntentState
    attempts: int
    written_at: datetime
    leased_until: datetime
    owner: str
    taken_over: bool = False
    detail: str = ""
    failures: int = 0


class Store(Mailbox, Slots, Protocol):
    """What the pipelines and the doors remember. Safe for several processes at once."""

    # watermarks
    def watermark(self, account: AccountId, feed: str) -> datetime | None:
        """How far *feed* was read, None if never."""
        ...

    def advance(self, account: AccountId, feed: str, to: datetime) -> None:
        """Move the watermark forward to *to*; an earlier time than the present one changes nothing."""
        ...

    # raw orders
    def keep_raw(self, account: AccountId, orders: Sequence[RawOrder], *, at: datetime) -> Kept:
        """Insert or refresh raw orders by id. Progress and ERP fields of a known order are not touched.

        An older ``changed_at`` than the stored one never replaces a newer text (it counts as duplicate). A duplicate
        refreshes ``last_seen_at`` only. A readable text for a quarantined order takes it back to STORED.

        A text is a duplicate when it is the kept one, whether it can be read or not. A new text that cannot be read
        never replaces one that can: it counts as quarantined and the kept text stays. Of two texts with the same
        ``changed_at``, or where one has none, the one that came last is kept. An id may occur more than once in
        *orders*: they are kept in their order.
        """
        ...

    def order(self, account: AccountId, order_id: OrderId) -> StoredOrder | None:
        """One stored order."""
        ...

    def order_by_reference(self, reference: OrderRef) -> StoredOrder | None:
        """The order that was given this ERP reference."""
        ...

    def orders(
        self,
        account: AccountId,
        *,
        progress: Iterable[Progress] = (),
        fresh: bool | None = None,
        after: OrderId | None = None,
        limit: int = 500,
    ) -> list[StoredOrder]:
        """Orders by id, after *after*; *progress* empty means any."""
        ...

    def mark(
        self,
        account: AccountId,
        order_id: OrderId,
        progress: Progress,
        *,
        at: datetime,
        digest: str | None = None,
        reference: OrderRef | None = None,
        erp_code: ErpOrderCode | None = None,
        erp_created_at: datetime | None = None,
        why: str = "",
        only_from: Iterable[Progress] = (),
    ) -> None:
        """Move an order on. None leaves a field as it is.

        *digest* is that of the text that was worked on: ``fresh`` becomes False only if it is still the latest.
        *why* always replaces the one before, so that leaving it out clears it. Raises ``LookupError`` for an order
        that was never kept and ``ConfigError`` for a *reference* that another order has: nothing is changed then.
        With *only_from*, an order that stands elsewhere by now is left as it is: a slow worker's late word must not
        undo a quicker one's.
        """
        ...

    def counts(self, account: AccountId) -> Mapping[Progress, int]:
        """How many orders stand where; every ``Progress`` is in it, also with 0."""
        ...

    # demand that a stock snapshot may not contain yet
    def set_demand(self, account: AccountId, order_id: OrderId, demands: Sequence[Demand]) -> None:
        """Replace the demand of one order; empty removes it.

        Raises ``ValueError`` for a demand that names another account or order. Its ``erp_created_at`` is not kept.
        """
        ...

    def demand(self, accounts: Iterable[AccountId] = ()) -> list[Demand]:
        """All demand of *accounts* (empty: every account), with ``erp_created_at`` as ``mark`` recorded it."""
        ...

    # stock that a channel acknowledged
    def next_revision(self, account: AccountId) -> int:
        """A number larger than every one given before for this account."""
        ...

    def acked(self, account: AccountId) -> Mapping[ChannelSku, Acked]:
        """The last acknowledged level per listing."""
        ...

    def ack(self, account: AccountId, levels: Mapping[ChannelSku, int], *, revision: int, at: datetime) -> None:
        """Record acknowledged levels; an older revision than the stored one of a listing changes nothing there."""
        ...

    def forget_ack(self, account: AccountId, skus: Iterable[ChannelSku], *, revision: int) -> None:
        """Forget the level, not the listing: its ``units`` become None, so that the next push sends it again.

        Listings without an acknowledged level are left alone. An answer to a push of an older revision than
        *revision* does not bring the level back.
        """
        ...

    # intents: written before a call that must not happen twice
    def claim(
        self, account: AccountId, action: str, key: str, *, digest: str, owner: str, at: datetime, until: datetime
    ) -> Intent | None:
        """Write or take over the intent and lease it to *owner* until *until*.

        None: it is DONE, or another owner holds a lease that has not run out. The same owner may claim again.
        A FAILED intent is opened again (``taken_over`` False: its call is known not to have taken effect).
        A lease has run out when *at* has reached its end.
        """
        ...

    def settle(self, intent: Intent, state: IntentState, *, at: datetime, detail: str = "") -> None:
        """End an intent as DONE or FAILED, or leave it OPEN and give its lease back.

        DONE is recorded whoever says it: what happened, happened. FAILED and OPEN are heard only from the claim that
        still holds the intent; after another took it over, or once it has ended, they change nothing. Raises
        ``LookupError`` for an intent that was never claimed.
        """
        ...

    def intents(self, account: AccountId, action: str, *, state: IntentState | None = IntentState.OPEN) -> list[Intent]:
        """Intents of one kind, oldest first; state None: all."""
        ...

    # exception items
    def raise_items(self, items: Sequence[ExceptionItem]) -> None:
        """Open items; one that is open already under the same key gets its count, evidence and last_seen_at renewed,
        and keeps its ``opened_at`` and the earlier of the two deadlines, the higher of the two severities, and the
        rest as it was first opened. The counts add up. A closed one stays as history and a new item is opened.
        """
        ...

    def close_items(
        self,
        account: AccountId,
        *,
        types: Iterable[ExceptionType] = (),
        entity: str | None = None,
        because: str,
        at: datetime,
    ) -> int:
        """Close the open items of *account* that match (empty or None: any); how many were closed."""
        ...

    def items(self, accounts: Iterable[AccountId] = (), *, open_only: bool = True) -> list[ExceptionItem]:
        """Exception items by deadline, earliest first; no accounts: all."""
        ...

    def close(self) -> None:
        """Release connections; the store is not used afterwards."""
        ...
