"""Reading all orders without missing one: polls by update date, a daily comparison by creation date, exports in bulk.

Mirakl sends nothing by itself. A poll asks for what changed since the poll before, from a little earlier than that: the
same order comes several times and is told apart by its id. A debit days after the creation changes the order, so that
it comes again; whoever polls by creation date and debit loses such orders. The daily comparison is the net below.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, TypeAlias

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now
from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.calls.moments import moment
from khaos_connectors.calls.pace import Pace
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints.order_exports import LONGEST_EXPORT
from khaos_connectors.mirakl.endpoints.paging import time_slices
from khaos_connectors.mirakl.exports import export_urls, fetch_file
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.polling import wait_for_turn
from khaos_connectors.mirakl.scope import Scope

__all__ = ["Compared", "Known", "OrderFeed", "OrderRow", "Poll", "Reconciliation", "Take", "compare"]

_NOT_OFFERED = frozenset({403, 404, 405})

OrderRow: TypeAlias = Read[Order] | Broken
Take: TypeAlias = Callable[[Sequence[OrderRow]], None]
"""What keeps rows as they come, a page at a time; the same order may come in several. It may block."""
Known: TypeAlias = Callable[[Sequence[str]], Mapping[str, datetime | None]]
"""Of order ids, those that are kept, each with the last update that is known of it (None: kept, not dated)."""


@attrs.frozen(kw_only=True)
class Poll:
    """What a poll read. Keep *until* once its rows are kept: it is where the next poll begins.

    It is told by Mirakl's own dates, never by a clock of ours that may be ahead of them; where nothing came it stays.
    """

    until: datetime
    rows: int = 0
    broken: int = 0


@attrs.frozen(kw_only=True)
class Compared:
    """Rows beside what is kept of them: *missing* is not kept at all, *behind* is kept as it was before a change."""

    missing: tuple[Read[Order], ...] = ()
    behind: tuple[Read[Order], ...] = ()
    broken: tuple[Broken, ...] = ()
    same: int = 0


@attrs.frozen(kw_only=True)
class Reconciliation:
    """What a comparison of the orders created from *start* to *end* found: ids of orders, empty where all was well."""

    start: datetime
    end: datetime
    compared: int = 0
    missing: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing had been missed."""
        return not (self.missing or self.behind or self.broken)

    @property
    def summary(self) -> str:
        """The finding in a line for a person."""
        span = f"{self.compared} orders created from {self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"
        if self.complete:
            return f"{span}: none missing"
        told = [("missing", self.missing), ("out of date", self.behind), ("unreadable", self.broken)]
        return f"{span}: " + "; ".join(f"{len(ids)} {word} ({_some(ids)})" for word, ids in told if ids)


def compare(rows: Sequence[OrderRow], known: Mapping[str, datetime | None], *, settled: datetime) -> Compared:
    """*rows* beside what is *known*. Pure.

    A change after *settled* is not looked at: the next poll brings it.
    """
    missing: list[Read[Order]] = []
    behind: list[Read[Order]] = []
    broken: list[Broken] = []
    same = 0
    for row in rows:
        if isinstance(row, Broken):
            broken.append(row)
            continue
        ours, theirs = known.get(row.id), row.record.last_updated_date
        if row.id not in known:
            missing.append(row)
        elif ours is not None and theirs is not None and ours < theirs <= settled:
            behind.append(row)
        else:
            same += 1
    return Compared(missing=tuple(missing), behind=tuple(behind), broken=tuple(broken), same=same)


@warns_unrun
class OrderFeed:
    """The orders of one account. *polls* spaces the polls (``config.polls()``, shared by all that poll)."""

    def __init__(self, config: MiraklConfig, caller: Caller, *, polls: Pace | None = None) -> None:
        self._config = config
        self._caller = caller
        self._polls = polls or config.polls()

    def poll(self, since: datetime, take: Take) -> Flow[Poll]:
        """Hand every order changed since *since* (``until`` of the poll before) to *take*, page by page: OR11.

        It is asked from ``order_overlap`` earlier. No state is asked for: orders that leave a state while pages are
        walked would shift others past the walk. Orders that change meanwhile can only come twice, or with the next
        poll. A poll that fails in the middle raises: begin again where it began. A *since* that is still to come is
        taken for now. Raises ``Invalid`` for a time without a zone.
        """
        since = moment(since, system=self._config.account, operation="OR11", name="since")
        begun = yield from self._turn()
        since = min(since, begun)
        wanted = endpoints.OrderFilter(start_update_date=since - self._config.order_overlap)
        rows = broken = 0
        newest: datetime | None = None
        call = self._list(wanted)
        while call is not None:
            page = yield from self._caller.perform(call)
            yield from do(partial(take, page.items))
            rows += len(page.items)
            broken += sum(isinstance(row, Broken) for row in page.items)
            newest = _newest(page.items, newest)
            call = page.next
        ended = yield from now()
        until = begun if newest is None and rows else _next_start(since, newest, begun=begun, took=ended - begun)
        return Poll(until=until, rows=rows, broken=broken)

    def reconcile(self, known: Known, take: Take, *, until: datetime | None = None) -> Flow[Reconciliation]:
        """Compare the orders created within ``reconcile_within`` with those *known*: OR11 by creation date.

        Meant once a day. What is missing or behind goes to *take*, and the answer names it: an account on which
        something was missing has a fault that is worth finding. What happened after *until*, the end of the last poll,
        is left to the next one, as are the last ``order_overlap``. Raises ``Invalid`` for a time without a zone.
        """
        begun = yield from self._turn()
        end = begun - self._config.order_overlap
        if until is not None:
            end = min(end, moment(until, system=self._config.account, operation="OR11", name="until"))
        start = end - self._config.reconcile_within
        compared_rows = 0
        missing: list[str] = []
        behind: list[str] = []
        broken: list[str] = []
        wanted = endpoints.OrderFilter(start_date=start, end_date=end)
        call = self._list(wanted)
        while call is not None:
            page = yield from self._caller.perform(call)
            kept = yield from do(known, tuple(row.id for row in page.items if isinstance(row, Read)))
            compared = compare(page.items, kept, settled=end)
            lacking: tuple[OrderRow, ...] = (*compared.missing, *compared.behind, *compared.broken)
            if lacking:
                yield from do(partial(take, lacking))
            compared_rows += len(page.items)
            missing += [row.id for row in compared.missing]
            behind += [row.id for row in compared.behind]
            broken += [row.id for row in compared.broken]
            call = page.next
        return Reconciliation(
            start=start,
            end=end,
            compared=compared_rows,
            missing=tuple(missing),
            behind=tuple(behind),
            broken=tuple(broken),
        )

    def export(
        self,
        start: datetime,
        end: datetime,
        take: Take,
        *,
        by: Literal["created", "updated"] = "created",
        wanted: endpoints.OrderExport | None = None,
    ) -> Flow[int]:
        """Hand every order created (or updated) from *start* to *end* to *take*, file by file; how many rows: OR13.

        The bulk way, for a first load or a long look back. A range of more than a year goes in neighbouring exports of
        a year, one after another, because a shop may have one at a time; an order on a border comes twice. *wanted*
        narrows further (its times are replaced). Raises what ``mirakl.exports`` raises, and ``Unsupported`` on an
        instance without this export: polls from long ago read the same, more slowly.
        """
        account = self._config.account
        start = moment(start, system=account, operation="OR13", name="start")
        end = moment(end, system=account, operation="OR13", name="end")
        rows = 0
        for first, last in time_slices(start, end, LONGEST_EXPORT):
            urls = yield from self._export_urls(self._slice(first, last, by, wanted))
            for url in urls:
                file = yield from fetch_file(self._caller, self._config, url, self._file)
                yield from do(partial(take, file))
                rows += len(file)
        return rows

    @property
    def _scope(self) -> Scope:
        return self._config.scope

    def _export_urls(self, wanted: endpoints.OrderExport) -> Flow[tuple[str, ...]]:
        begun = endpoints.start_order_export(self._scope, wanted)
        status = partial(endpoints.order_export_status, self._scope)
        try:
            return (yield from export_urls(self._caller, self._config, start=begun, status=status))
        except errors.Refused as refused:
            if refused.status not in _NOT_OFFERED:
                raise
            raise errors.Unsupported(
                system=self._config.account,
                operation="OR13",
                capability="exports of orders",
                advice="read them by polls from long ago instead: the key lacks its role or the instance the feature",
            ) from refused

    def _file(self, url: str) -> Call[tuple[OrderRow, ...]]:
        return endpoints.fetch_orders(self._scope, url)

    def _slice(
        self, first: datetime, last: datetime, by: Literal["created", "updated"], wanted: endpoints.OrderExport | None
    ) -> endpoints.OrderExport:
        plain = wanted or endpoints.OrderExport(order_tax_mode=self._config.order_tax_mode)
        created = by == "created"
        return attrs.evolve(
            plain,
            start_date=first if created else None,
            end_date=last if created else None,
            start_update_date=None if created else first,
            end_update_date=None if created else last,
        )

    def _list(self, wanted: endpoints.OrderFilter) -> Call[Page[OrderRow]] | None:
        ours = attrs.evolve(
            wanted, fulfillment_center_code=self._config.own_centres, order_tax_mode=self._config.order_tax_mode
        )
        return endpoints.list_orders(self._config.scope, ours, size=self._config.page_size)

    def _turn(self) -> Flow[datetime]:
        yield from wait_for_turn(self._polls, "OR11")
        return (yield from now())


def _newest(rows: Sequence[OrderRow], before: datetime | None) -> datetime | None:
    """The last of all changes that *rows* tell, and *before*."""
    told = [row.record.last_updated_date for row in rows if isinstance(row, Read)]
    return max((at for at in (*told, before) if at is not None), default=None)


def _next_start(since: datetime, newest: datetime | None, *, begun: datetime, took: timedelta) -> datetime:
    """Up to when a walk is sure to have met every change. Pure.

    What it cannot have met changed after its first request. That was at most *took* before the *newest* change that it
    did meet, by Mirakl's clock; ours may be hours ahead of that, and the changes of those hours would be lost.
    """
    if newest is None:
        return since
    return max(since, min(begun, newest - max(took, timedelta(0))))


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:5]) + (", ..." if len(ids) > 5 else "")
