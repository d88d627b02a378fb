"""Khaos Control behind its Channels push/pull door as the ERP of the library: everything goes through the store.

Nothing here calls anybody. Orders and returns are put where the ERP fetches them; levels, statuses and items are what
it last pushed. An order counts as created when it is stored, and is *pending* until the ERP has told of it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from khaos_connectors import errors
from khaos_connectors._choices import known_names
from khaos_connectors.calls.decode import load_record
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now
from khaos_connectors.core.despatch import Despatch
from khaos_connectors.core.ids import AccountId, OrderRef, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.orders import ErpOrder, ErpOrderDraft
from khaos_connectors.core.refund_records import CreditNoteDraft
from khaos_connectors.core.stock import Snapshot
from khaos_connectors.khaos_control.channels import boxes, mapping, overdue
from khaos_connectors.khaos_control.channels.checks import age_problem
from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig
from khaos_connectors.khaos_control.channels.credit_notes import OfferedReturn, ReturnDesk
from khaos_connectors.khaos_control.channels.offering import fetched_up_to
from khaos_connectors.khaos_control.channels.orders import SalesOrder
from khaos_connectors.khaos_control.channels.price_lists import PriceList
from khaos_connectors.khaos_control.channels.providing import ItemDesk
from khaos_connectors.khaos_control.channels.reading import read_row
from khaos_connectors.khaos_control.channels.receiving import Unread
from khaos_connectors.khaos_control.channels.standing import PushedOrders
from khaos_connectors.khaos_control.channels.stock_levels import PushedStock
from khaos_connectors.khaos_control.channels.writing import write_row
from khaos_connectors.protocols import Batch, Concern, DraftProblem, ERPCapabilities, Health
from khaos_connectors.store.mailbox import Mailbox, Posted

__all__ = ["KhaosChannelsERP"]

_BATCH = 200
_OVERLAP = timedelta(hours=1)
_IN_A_REFERENCE = frozenset(',"')


class KhaosChannelsERP:
    """One channel of Khaos Control as an ``ERPPort``, over the *mailbox* of a store that a ``ChannelsDoor`` fills."""

    def __init__(self, config: KhaosChannelsConfig, mailbox: Mailbox) -> None:
        self.config = config
        self._mailbox = mailbox
        self._orders = PushedOrders(config, mailbox)
        self._stock = PushedStock(config, mailbox)
        self._returns = ReturnDesk(config, mailbox)
        self._items = ItemDesk(config, mailbox)

    def __repr__(self) -> str:
        return f"KhaosChannelsERP({self.account!r})"

    @property
    def account(self) -> AccountId:
        """The name of this connection."""
        return self.config.account

    def check(self) -> Flow[Health]:
        """When the ERP last called each endpoint; nothing is asked of it, for it cannot be asked."""
        heard = yield from do(self._heard)
        notes = [f"last called {path} at {at.isoformat()}" for path, at in sorted(heard)]
        if not notes:
            notes.append(f"never called yet; its Configuration URL is {self.config.public_url.rstrip('/')}/config")
        return Health(account=self.account, version="Channels", notes=tuple(notes))

    def capabilities(self) -> Flow[ERPCapabilities]:
        """What the door can do; the ERP fetches orders and returns, and pushes everything else, in its own time."""
        yield from ()
        return ERPCapabilities(
            stock_per_location=True,
            physical=False,
            item_lines=True,
            credit_notes=self.config.returns is not None,
            asynchronous=("create_order", "credit_note", "despatches", "items", "stock"),
        )

    # --- stock and items ---------------------------------------------------------------------------------------------

    def stock_codes(self) -> Flow[tuple[StockCode, ...]]:
        """Every code that was pushed, of an item or of a level, and that is not deleted."""
        return tuple((yield from do(self._stock.codes)))

    def stock(self, codes: Sequence[StockCode] | None = None) -> Flow[Snapshot]:
        """What was last pushed, per site; each figure has a time of its own (``StockFigure.as_of``).

        A code without a level is missing; if the item is known, its stock is not, and the snapshot is not complete.
        Raises ``TypeError`` for one code that is not in a list.
        """
        if isinstance(codes, str):
            raise TypeError(f"codes: give a list of stock codes, [{codes!r}]")
        at = yield from now()
        return (yield from do(self._stock.snapshot, codes, at=at))

    def items(self, *, since: datetime | None = None, cursor: str | None = None) -> Flow[Batch[ItemRecord]]:
        """Items that were pushed since *since* (None: ever) and are not deleted."""
        after = 0 if cursor is None else self._number(cursor)
        if cursor is None and since is not None:
            after = yield from do(boxes.number_before, self._mailbox, self.account, boxes.ITEMS, since - _OVERLAP)
        page = yield from do(self._mailbox.messages, self.account, boxes.ITEMS, after=after, limit=_BATCH)
        records, broken = self._stock.items(page)
        following = str(page[-1].sequence) if len(page) == _BATCH else None
        return Batch(items=tuple(records), next=following, unreadable=tuple(broken))

    def provide_items(self, items: Sequence[ItemRecord], *, gone: Sequence[StockCode] = ()) -> Flow[Posted]:
        """Let the ERP take *items* from us with ProvidedStock, and hear that those of *gone* are no more.

        What is as it was is not told again. Raises ``Invalid`` with every problem before anything is kept.
        """
        at = yield from now()
        return (yield from do(self._items.provide, items, gone, at=at))

    def price_lists(self) -> Flow[tuple[PriceList, ...]]:
        """The price lists as they were last pushed."""
        return (yield from do(self._read_price_lists))

    # --- orders ------------------------------------------------------------------------------------------------------

    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]:
        """Why the ERP would refuse *draft*, by the names of the document's elements. Pure."""
        return tuple(DraftProblem(field=each.field, problem=each.problem) for each in self._mapped(draft)[1])

    def find_order(self, reference: OrderRef) -> Flow[ErpOrder | None]:
        """The order with this reference: as the ERP told of it, or ``pending`` while it waits for the ERP."""
        return (yield from do(self._orders.find, reference))

    def create_order(self, draft: ErpOrderDraft) -> Flow[ErpOrder]:
        """Put the order where the ERP fetches it; it is ``pending`` from then on.

        A reference that was offered already stays as it was first offered, and is what comes back. Raises ``Invalid``
        with every problem before anything is stored.
        """
        at = yield from now()
        document, problems = self._mapped(draft)
        if document is not None:
            late = age_problem(document, now=at, starts=self.config.starts)
            problems += (late,) if late is not None else ()
        if document is None or problems:
            raise errors.Invalid(
                system=self.account,
                operation="OrderDownload",
                message="not offered, the ERP would refuse it",
                fields=problems,
            )
        return (yield from do(self._offer, draft.reference, document, at))

    def withdraw_order(self, reference: OrderRef) -> Flow[bool]:
        """Take an order back that the ERP has not fetched; True: it is certain that the ERP will not get it.

        Once an answer held the order the ERP may have it, and False comes back. An order that was never offered is not
        known to be out of its reach either.
        """
        at = yield from now()
        return (yield from do(self._orders.withdraw, reference, at=at))

    def _offer(self, reference: OrderRef, document: SalesOrder, at: datetime) -> ErpOrder:
        if self._orders.find(reference) is None:
            key = boxes.key_of(document.header.associated_ref)
            self._mailbox.post(self.account, boxes.ORDERS, {key: write_row(document, self.config.by)}, at=at)
        found = self._orders.find(reference)
        assert found is not None
        return found

    def _mapped(self, draft: ErpOrderDraft) -> tuple[SalesOrder | None, tuple[errors.FieldError, ...]]:
        settings = self.config.order_settings(draft.account)
        if settings is None:
            known = known_names(draft.account, self.config.orders)
            problem = f"no order settings for the account {draft.account!r} and no default ones; {known}"
            return None, (errors.FieldError("Header", problem),)
        reference = self.config.references.sent(draft.reference)
        mapped = mapping.sales_order(draft, settings, associated_ref=reference)
        if not _IN_A_REFERENCE.isdisjoint(reference):
            problem = "must hold neither a comma nor a quotation mark: orders are asked for in lists of references"
            return mapped.order, (*mapped.problems, errors.FieldError("Header.AssociatedRef", problem))
        return mapped.order, mapped.problems

    # --- despatches --------------------------------------------------------------------------------------------------

    def despatches(
        self, *, since: datetime, references: Sequence[OrderRef] = (), cursor: str | None = None
    ) -> Flow[Batch[Despatch]]:
        """Everything that has left of *references*, and of the orders of which something was pushed since *since*."""
        kind, _, place = (cursor or "references:0").partition(":")
        at = self._number(place)
        if kind == "references" and at < len(references):
            part = references[at : at + _BATCH]
            found, broken = yield from do(self._orders.despatches, part)
            return Batch(items=tuple(found), next=f"references:{at + len(part)}", unreadable=tuple(broken))
        if kind == "references":
            at = yield from do(self._orders.number_before, since - _OVERLAP)
        told, unread, following = yield from do(self._orders.changed, after=at, most=_BATCH)
        asked = frozenset(references)
        found, broken = yield from do(self._orders.despatches, [each for each in told if each not in asked])
        return Batch(
            items=tuple(found),
            next=f"pushed:{following}" if following is not None else None,
            unreadable=(*unread, *broken),
        )

    def _number(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise errors.ConfigError(field="cursor", problem=f"{text!r} is not one that was given") from None

    # --- credit notes ------------------------------------------------------------------------------------------------

    def credit_note(self, draft: CreditNoteDraft, *, reference: OrderRef, urn: str = "") -> Flow[OfferedReturn]:
        """Put a return where the ERP fetches it and raises the credit note; *reference* is that of the order.

        *urn* is the ERP's number of the customer, where the settings have none for the account. A refund that was
        offered already stays as it was first offered. Raises ``Invalid`` with every problem before anything is stored.
        """
        at = yield from now()
        return (yield from do(self._returns.offer, draft, reference=reference, urn=urn, at=at))

    # --- what should have happened by now ----------------------------------------------------------------------------

    def concerns(self, references: Sequence[OrderRef], *, since: datetime | None) -> Flow[tuple[Concern, ...]]:
        """Orders and returns that wait too long, silence, and what was pushed since *since* that nobody could read."""
        at = yield from now()
        return (yield from do(self._concerns, tuple(references), since, at))

    def _concerns(self, references: Sequence[OrderRef], since: datetime | None, at: datetime) -> tuple[Concern, ...]:
        patience = self.config.patience
        waiting = (
            overdue.order_concern(each, now=at, patience=patience) for each in self._orders.standings(references)
        )
        returns = (overdue.return_concern(each, now=at, patience=patience) for each in self._unfetched_returns())
        silence = overdue.silence_concern(self._heard(), now=at, patience=patience)
        return tuple(overdue.all_of((*waiting, *returns, silence, *self._unread(since))))

    def _unfetched_returns(self) -> Iterator[overdue.Standing]:
        after = fetched_up_to(self._mailbox, self.account, boxes.RETURNS)
        for message in boxes.read_all(self._mailbox, self.account, boxes.RETURNS, after=after):
            yield overdue.Standing(reference=OrderRef(message.key), offered_at=message.at)

    def _unread(self, since: datetime | None) -> Iterator[Concern]:
        after = 0 if since is None else boxes.number_before(self._mailbox, self.account, boxes.UNREAD, since)
        for message in boxes.read_all(self._mailbox, self.account, boxes.UNREAD, after=after):
            if message.payload:  # empty: it could be read later
                yield overdue.unread_concern(message.key, load_record(Unread, message.payload))

    def _heard(self) -> list[tuple[str, datetime]]:
        return [(each.key, each.seen_at) for each in self._mailbox.messages(self.account, boxes.HEARD)]

    def _read_price_lists(self) -> tuple[PriceList, ...]:
        found = boxes.read_all(self._mailbox, self.account, boxes.PRICE_LISTS)
        return tuple(read_row(PriceList, message.payload, self.config.by) for message in found)
