"""Pushing rows through a file import: files in, each import followed to its end, every row's fate out by SKU.

Stock, prices and whole offers go the same way; a ``Door`` says by which calls.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
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
from khaos_connectors.mirakl.offers.stock_file import ErrorReport, read_report
from khaos_connectors.protocols import RowRefusal

__all__ = ["Door", "ImportLook", "ImportReceipt", "import_state", "push_rows", "reshaped"]

R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")

_FILE_REFUSED = frozenset({400, 413, 422})
_NO_SUCH_DOOR = frozenset({404, 405, 410})


@attrs.frozen(kw_only=True)
class ImportLook:
    """How far an import is, whichever kind it is. Counts are of lines, None where the instance does not count."""

    state: Literal["open", "complete", "failed"]
    has_report: bool = False
    in_error: int | None = None
    in_success: int | None = None
    reason: str = ""


@attrs.frozen(kw_only=True)
class Door(Generic[R]):
    """By which calls rows of one kind go in and are followed.

    *upload* hands over a file of rows and gives the import's id, *look* asks how far it is, *report* fetches the lines
    that were not taken. *sku* and *lines* tell whose a row is and how many lines of the file it makes; *per_file* is
    the most rows of one file. *capability* and *advice* are what is said where the instance has no such door.
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


@attrs.frozen(kw_only=True)
class ImportReceipt:
    """What became of a push by SKU: every one is in exactly one of the three.

    *pending*: Mirakl took the rows but has not said what it did with them. *tickets* are the ids of the imports.
    """

    accepted: tuple[ChannelSku, ...] = ()
    refused: tuple[RowRefusal, ...] = ()
    pending: tuple[ChannelSku, ...] = ()
    tickets: tuple[str, ...] = ()


@attrs.frozen
class _Sent(Generic[R]):
    ticket: str
    rows: list[R]
    at: datetime


@attrs.define
class _Tally:
    """What became of the rows so far. A SKU is entered once."""

    splits: int
    accepted: list[ChannelSku] = attrs.field(factory=list[ChannelSku])
    refused: list[RowRefusal] = attrs.field(factory=list[RowRefusal])
    pending: list[ChannelSku] = attrs.field(factory=list[ChannelSku])
    tickets: list[str] = attrs.field(factory=list[str])

    def refuse(self, skus: Iterable[ChannelSku], message: str) -> None:
        self.refused.extend(RowRefusal(sku=sku, message=message) for sku in skus)


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
    caller: Caller, config: MiraklConfig, door: Door[R], rows: Sequence[R], *, refused: Sequence[RowRefusal] = ()
) -> Flow[ImportReceipt]:
    """Hand over *rows*, one per SKU, and learn each one's fate; *refused* are those that were not fit to be sent.

    Files go as fast as the door's pace allows: an import that takes its time does not hold up the next file. Between
    two files there is one look at the oldest import; the others are followed at the end. A file that is refused whole
    is halved until the bad row stands alone, at most ``stock_splits_per_push`` times. Raises ``Unsupported`` where the
    instance has no such door, and what the upload raises: rows are absolute, so the push may be made again.
    """
    tally = _Tally(splits=config.stock_splits_per_push, refused=list(refused))
    waiting = [list(rows[at : at + door.per_file]) for at in range(0, len(rows), door.per_file)][::-1]
    sent: deque[_Sent[R]] = deque()
    while waiting:
        found = yield from _hand_over(caller, config, door, waiting.pop(), tally)
        if isinstance(found, _Sent):
            tally.tickets.append(found.ticket)
            sent.append(found)
        else:
            waiting.extend(reversed(found))
        if waiting and (yield from _settled_meanwhile(caller, door, sent[0] if sent else None, tally)):
            sent.popleft()
    for each in sent:
        look = yield from _end_of(caller, config, door, each)
        yield from _settle(caller, door, each, look, tally)
    return ImportReceipt(
        accepted=tuple(tally.accepted),
        refused=tuple(tally.refused),
        pending=tuple(tally.pending),
        tickets=tuple(tally.tickets),
    )


def _hand_over(
    caller: Caller, config: MiraklConfig, door: Door[R], part: list[R], tally: _Tally
) -> Flow[_Sent[R] | tuple[list[R], ...]]:
    """Send one file; the halves to send in its place when it was refused whole, none when that was the end of it."""
    try:
        ticket = yield from caller.perform(door.upload(part))
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
        if len(part) == 1 or tally.splits <= 0:
            tally.refuse((door.sku(row) for row in part), refused.detail())
            return ()
        tally.splits -= 1
        middle = len(part) // 2
        return part[:middle], part[middle:]
    return _Sent(ticket, part, (yield from now()))


def _settled_meanwhile(caller: Caller, door: Door[R], oldest: _Sent[R] | None, tally: _Tally) -> Flow[bool]:
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


def _end_of(caller: Caller, config: MiraklConfig, door: Door[R], sent: _Sent[R]) -> Flow[ImportLook | None]:
    """The last look at an import that has ended, None when patience or the connection ended first."""
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
        moment = yield from now()
    return None


def _settle(caller: Caller, door: Door[R], sent: _Sent[R], look: ImportLook | None, tally: _Tally) -> Flow[None]:
    skus = [door.sku(row) for row in sent.rows]
    if look is None:
        tally.pending.extend(skus)
        return
    failed = look.state == "failed"
    lines = sum(door.lines(row) for row in sent.rows)
    if not failed and not look.has_report and not look.in_error:
        (tally.accepted if _all_taken(look, lines) else tally.pending).extend(skus)
        return
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
    tally.refused.extend(report.refused)
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
        tally.accepted.extend(left)


def _all_taken(look: ImportLook, lines: int) -> bool:
    """Whether the import's own count bears out that *lines* were taken; an instance that does not count is believed."""
    return look.in_success is None or look.in_success >= lines
