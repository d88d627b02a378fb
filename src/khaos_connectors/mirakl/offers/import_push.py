"""Pushing rows through a file import: files in, each import followed to its end, every row's fate out by SKU.

Stock, prices and whole offers go the same way; a ``Door`` says by which calls.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from enum import Enum
from typing import Generic, Literal, TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now, sleep
from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.offers.in_flight import InFlight, Turn
from khaos_connectors.mirakl.offers.stock_file import ErrorReport, read_report
from khaos_connectors.protocols import RowRefusal

__all__ = ["Door", "ImportLook", "ImportReceipt", "import_state", "push_rows", "reshaped"]

R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")

_FILE_REFUSED = frozenset({400, 413, 422})
_NO_SUCH_DOOR = frozenset({404, 405, 410})
_CLOCKS_APART = timedelta(minutes=10)
"""How far Mirakl's clock may be from ours before an import counts as older than the file that it is said to be of."""


@attrs.frozen(kw_only=True)
class ImportLook:
    """How far an import is, whichever kind it is. Counts are of lines, None where the instance does not count."""

    state: Literal["open", "complete", "failed"]
    has_report: bool = False
    in_error: int | None = None
    in_success: int | None = None
    reason: str = ""
    created_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Door(Generic[R]):
    """By which calls rows of one kind go in and are followed.

    *upload* hands over a file of rows and gives the import's id, *look* asks how far it is, *report* fetches the lines
    that were not taken. *sku* and *lines* tell whose a row is and how many lines of the file it makes; *per_file* is
    the most rows of one file. *prepare* makes rows ready just before they are sent, and says which cannot be.
    *recognises_repeats*: of a file like one that it had before Mirakl gives the old import's id, and writes nothing.
    *capability* and *advice* are what is said where the instance has no such door.
    """

    operation: str
    upload: Callable[[Sequence[R]], Call[str]]
    look: Callable[[str], Call[ImportLook]]
    report: Callable[[str], Call[str]]
    sku: Callable[[R], ChannelSku]
    lines: Callable[[R], int]
    per_file: int
    poll_seconds: float
    capability: str
    advice: str
    prepare: Callable[[Sequence[R]], Flow[tuple[list[R], Sequence[RowRefusal]]]] | None = None
    recognises_repeats: bool = False


@attrs.frozen(kw_only=True)
class ImportReceipt:
    """What became of a push by SKU: every one is in exactly one of the three.

    *pending*: Mirakl took the rows but has not said what it did with them, or a newer push overtook them. *tickets* are
    the ids of the imports.
    """

    accepted: tuple[ChannelSku, ...] = ()
    refused: tuple[RowRefusal, ...] = ()
    pending: tuple[ChannelSku, ...] = ()
    tickets: tuple[str, ...] = ()


@attrs.frozen
class _Part(Generic[R]):
    """Rows of one file to come. *repair*: they are another push's, sent again because older ones may have come last."""

    rows: list[R]
    repair: bool = False


@attrs.frozen
class _Sent(Generic[R]):
    """A file that became the import *ticket*. *stale*: that id was given before, and other files came in between."""

    ticket: str
    rows: list[R]
    begun: datetime
    at: datetime
    stale: bool


@attrs.define
class _Tally(Generic[R]):
    """What became of the rows so far. A SKU is entered once."""

    splits: int
    turn: Turn[R]
    accepted: list[ChannelSku] = attrs.field(factory=list[ChannelSku])
    refused: list[RowRefusal] = attrs.field(factory=list[RowRefusal])
    pending: list[ChannelSku] = attrs.field(factory=list[ChannelSku])
    tickets: list[str] = attrs.field(factory=list[str])
    handed_over: int = 0

    def newer(self, sku: ChannelSku) -> R | None:
        """The row of a later push, which makes ours void."""
        return self.turn.newer(sku)

    def accept(self, skus: Iterable[ChannelSku]) -> None:
        for sku in skus:
            (self.accepted if self.newer(sku) is None else self.pending).append(sku)

    def refuse(self, skus: Iterable[ChannelSku], message: str) -> None:
        self.note(RowRefusal(sku=sku, message=message) for sku in skus)

    def note(self, refusals: Iterable[RowRefusal]) -> None:
        for refusal in refusals:
            if self.newer(refusal.sku) is None:
                self.refused.append(refusal)
            else:
                self.pending.append(refusal.sku)


def import_state(code: Enum | Unrecognised) -> Literal["open", "complete", "failed"]:
    """Whether an import has ended, by the *code* of its status, which is the same word for every kind of import."""
    word = code.code if isinstance(code, Unrecognised) else str(code.value)
    if word == "COMPLETE":
        return "complete"
    return "failed" if word == "FAILED" else "open"


def reshaped(call: Call[S], shape: Callable[[S], T]) -> Call[T]:
    """*call* with *shape* made of its result."""

    def decode(response: Response) -> T:
        return shape(call.decode(response))

    return Call(operation=call.operation, request=call.request, decode=decode, repeat=call.repeat)


def push_rows(
    caller: Caller,
    config: MiraklConfig,
    door: Door[R],
    rows: Sequence[R],
    *,
    refused: Sequence[RowRefusal] = (),
    turn: Turn[R] | None = None,
) -> Flow[ImportReceipt]:
    """Hand over *rows*, one per SKU, and learn each one's fate; *refused* are those that were not fit to be sent.

    Files go as fast as the door's pace allows: an import that takes its time does not hold up the next file. Between
    two files there is one look at the oldest import; the others are followed at the end. A file that is refused whole
    is halved until the bad row stands alone, at most ``stock_splits_per_push`` times. *turn* is
    its place among the pushes of one ``InFlight``: of a SKU the row of the last of them is what Mirakl hears last.

    Raises ``Unsupported`` where the instance has no such door, and what the upload raises, with a note of what was
    handed over before: rows are absolute, so the push may be made again.
    """
    with InFlight(door.sku).turn() if turn is None else nullcontext(turn) as place:
        place.fill(rows)
        tally = _Tally(splits=config.stock_splits_per_push, turn=place, refused=list(refused))
        sent = yield from _all_handed_over(caller, config, door, tally)
        in_time = True
        for each in sent:
            look = yield from _end_of(caller, config, door, each, once=not in_time)
            in_time = look is not None  # those behind one that takes too long wait for it: one look must do
            yield from _settle(caller, door, each, look, tally)
        place.unsettled = tally.pending
    return ImportReceipt(
        accepted=tuple(tally.accepted),
        refused=tuple(tally.refused),
        pending=tuple(tally.pending),
        tickets=tuple(tally.tickets),
    )


def _all_handed_over(caller: Caller, config: MiraklConfig, door: Door[R], tally: _Tally[R]) -> Flow[deque[_Sent[R]]]:
    """Hand over all files; those whose end is still open."""
    rows = tally.turn.rows
    waiting = [_Part(list(rows[at : at + door.per_file])) for at in range(0, len(rows), door.per_file)][::-1]
    sent: deque[_Sent[R]] = deque()
    while waiting:
        try:
            found, more = yield from _hand_over(caller, config, door, waiting.pop(), tally)
        except errors.CallError as trouble:
            if tally.tickets:
                known = ", ".join(tally.tickets[-5:])
                trouble.add_note(f"{tally.handed_over} rows were handed over before, the last as the imports {known}")
            raise
        waiting.extend(reversed(more))
        if found is not None:
            sent.append(found)
        if waiting and (yield from _settled_meanwhile(caller, door, sent[0] if sent else None, tally)):
            sent.popleft()
    return sent


def _hand_over(
    caller: Caller, config: MiraklConfig, door: Door[R], part: _Part[R], tally: _Tally[R]
) -> Flow[tuple[_Sent[R] | None, tuple[_Part[R], ...]]]:
    """Send one file: the import that it became, and what is to be sent besides (its halves when it was refused)."""
    rows = part.rows
    if not part.repair:
        tally.pending.extend(door.sku(row) for row in rows if tally.newer(door.sku(row)) is not None)
        rows = [row for row in rows if tally.newer(door.sku(row)) is None]
    wanted = rows
    if door.prepare is not None and rows:
        rows, unfit = yield from door.prepare(rows)
        tally.note(() if part.repair else unfit)
    if not rows:
        return None, ()
    begun = yield from now()
    try:
        ticket = yield from caller.perform(door.upload(rows))
    except errors.Refused as refused:
        if refused.status in _NO_SUCH_DOOR:
            raise errors.Unsupported(
                system=config.account,
                operation=door.operation,
                request_id=refused.request_id,
                capability=door.capability,
                advice=door.advice,
            ) from refused
        if refused.status not in _FILE_REFUSED:
            raise
        return None, _halves(door, attrs.evolve(part, rows=rows), refused, tally)
    tally.tickets.append(ticket)
    tally.handed_over += len(rows)
    # What a newer push sent while ours was on its way may have come before it: it is said once more, to be the last.
    newer = [row for each in wanted if (row := tally.newer(door.sku(each))) is not None and row is not each]
    again = (_Part(newer, repair=True),) if newer else ()
    stale = tally.turn.shared.is_stale(ticket)
    return (None if part.repair else _Sent(ticket, rows, begun, (yield from now()), stale)), again


def _halves(door: Door[R], part: _Part[R], refused: errors.Refused, tally: _Tally[R]) -> tuple[_Part[R], ...]:
    """The halves of a refused file to send in its place, none where that was the end of it."""
    rows = part.rows
    if len(rows) > 1 and tally.splits > 0:
        tally.splits -= 1
        middle = len(rows) // 2
        return attrs.evolve(part, rows=rows[:middle]), attrs.evolve(part, rows=rows[middle:])
    why = refused.detail()
    if len(rows) > 1:
        why = f"the file of {len(rows)} rows was {why}; which row is bad was not looked for (stock_splits_per_push)"
    if not part.repair:
        tally.refuse([door.sku(row) for row in rows], why)
    return ()


def _settled_meanwhile(caller: Caller, door: Door[R], oldest: _Sent[R] | None, tally: _Tally[R]) -> Flow[bool]:
    """One look at the *oldest* import, if it is time for one, while the next file has to wait; whether it has ended."""
    moment = yield from now()
    if oldest is None or (moment - oldest.at).total_seconds() < door.poll_seconds:
        return False
    try:
        look = yield from caller.perform(door.look(oldest.ticket))
    except errors.AuthFailed:
        raise
    except errors.CallError:
        return False  # there is time to ask again
    if look.state == "open":
        return False
    yield from _settle(caller, door, oldest, look, tally)
    return True


def _end_of(
    caller: Caller, config: MiraklConfig, door: Door[R], sent: _Sent[R], *, once: bool
) -> Flow[ImportLook | None]:
    """The last look at an import that has ended, None when patience (one look, if *once*) or the connection ended."""
    began = yield from now()
    moment = began
    rest = door.poll_seconds - (began - sent.at).total_seconds()
    while (moment - began).total_seconds() < config.import_patience_seconds:
        yield from sleep(rest)
        rest = door.poll_seconds
        try:
            look = yield from caller.perform(door.look(sent.ticket))
        except errors.AuthFailed:
            raise
        except errors.CallError:
            return None  # the rows are there; that nobody tells their fate does not make the push a failure
        if look.state != "open":
            return look
        if once:
            return None
        moment = yield from now()
    return None


def _settle(caller: Caller, door: Door[R], sent: _Sent[R], look: ImportLook | None, tally: _Tally[R]) -> Flow[None]:
    skus = [door.sku(row) for row in sent.rows]
    if look is None:
        tally.pending.extend(skus)
        return
    if door.recognises_repeats and (sent.stale or _is_older(look, sent)):
        told = f"Mirakl took the file for a repeat of import {sent.ticket} and wrote nothing"
        tally.refuse(skus, f"not written: {told}; what came after that import stands. Push again later, or otherwise")
        return
    failed = look.state == "failed"
    lines = sum(door.lines(row) for row in sent.rows)
    report = ErrorReport(refused=())
    if look.has_report or look.in_error:
        try:
            text = yield from caller.perform(door.report(sent.ticket))
            report = read_report(text, skus)
        except errors.AuthFailed:
            raise
        except errors.CallError:
            if not failed:
                tally.pending.extend(skus)  # some lines failed, and which ones is not known
                return
    elif not failed:
        if _all_taken(look, lines):
            tally.accept(skus)
        else:
            tally.pending.extend(skus)
        return
    tally.note(report.refused)
    named = {refusal.sku for refusal in report.refused}
    rest = [row for row in sent.rows if door.sku(row) not in named]
    left = [door.sku(row) for row in rest]
    if failed:
        tally.refuse(left, f"the import failed: {look.reason or 'no reason given'}")
    elif (
        report.unmatched
        or report.lines < max(look.in_error or 0, 1)
        or not _all_taken(look, sum(door.lines(row) for row in rest))
    ):
        tally.pending.extend(left)  # a failed line that names no SKU of ours may be any of these
    else:
        tally.accept(left)


def _is_older(look: ImportLook, sent: _Sent[R]) -> bool:
    return look.created_at is not None and look.created_at < sent.begun - _CLOCKS_APART


def _all_taken(look: ImportLook, lines: int) -> bool:
    """Whether the import's own count bears out that *lines* were taken; an instance that does not count is believed."""
    return look.in_success is None or look.in_success >= lines
