"""What is known of an operation, and the short words in which the tables beside this file are written."""

from enum import Enum
from typing import Literal

import attrs

from khaos_connectors.calls.messages import Repeat
from khaos_connectors.calls.pace import Limit

__all__ = [
    "A_MINUTE",
    "DAILY",
    "DAY",
    "EITHER",
    "ELSEWHERE",
    "FILE",
    "FORM",
    "HOUR",
    "HOURLY",
    "JSON",
    "MINUTE",
    "NOTHING",
    "OFFSET",
    "SEEK",
    "SETTING",
    "Answer",
    "Body",
    "Keeping",
    "Operation",
    "Paging",
    "Usage",
    "group",
    "op",
    "polled",
    "spaced",
]

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Method = Literal["GET", "POST", "PUT", "DELETE"]


class Paging(Enum):
    """How a list comes: whole, by ``max`` and ``offset``, or by ``limit`` and ``page_token``."""

    NONE = "none"
    OFFSET = "offset"
    SEEK = "seek"


class Body(Enum):
    """What is sent: nothing, JSON, or a form of several parts with files among them."""

    NONE = "none"
    JSON = "json"
    FORM = "form"


class Answer(Enum):
    """What comes back: JSON, a file, one of the two as its content type tells, or nothing that matters."""

    JSON = "json"
    FILE = "file"
    EITHER = "either"
    NOTHING = "nothing"


class Keeping(Enum):
    """How a limit is kept. WAIT: calls are spaced. POLL: first pages of a walk are spaced, the rest is not counted.

    CACHE: the answer is kept for its time by whoever asks, because nobody can wait a day. EVENT: bound to something
    that happened, so there is no number; the courtesy pace holds.
    """

    WAIT = "wait"
    POLL = "poll"
    CACHE = "cache"
    EVENT = "event"


@attrs.frozen(kw_only=True)
class Usage:
    """The highest documented use of one operation and how it is kept.

    *burst* is a second ceiling over a shorter time. *whole* is the ceiling of the operation's larger form: an import
    with products, an export of everything.
    """

    limit: Limit | None
    keeping: Keeping
    burst: Limit | None = None
    whole: Limit | None = None


@attrs.frozen(kw_only=True)
class Operation:
    """One operation of the seller document, as facts.

    *path* is empty for those whose address another answer gives. *rows* is the field that holds the rows of a page,
    *most* the largest page; *total_in_rows*: each row tells how many there are within it, and those are paged through.
    *sort* are the fields to sort by, the one that stands still in a walk first. *batch* is the most things that one
    call takes. *commas* are the parameters that carry a list in one value; all others are repeated. *repeat*: whether
    sending it twice is harmless. *integration* False: Mirakl wants no integration to use it, *instead* names what it
    wants used.
    """

    code: str
    method: Method
    path: str
    group: str
    what: str
    paging: Paging = Paging.NONE
    rows: str = ""
    most: int = 100
    total_in_rows: bool = False
    sort: tuple[str, ...] = ()
    batch: int | None = None
    usage: Usage = Usage(limit=None, keeping=Keeping.EVENT)
    translated: bool = False
    commas: tuple[str, ...] = ()
    repeat: Repeat = "same-effect"
    body: Body = Body.NONE
    answer: Answer = Answer.JSON
    integration: bool = True
    instead: str = ""


# --- the words of the tables -----------------------------------------------------------------------------------------

OFFSET, SEEK = Paging.OFFSET, Paging.SEEK
JSON, FORM = Body.JSON, Body.FORM
FILE, EITHER, NOTHING = Answer.FILE, Answer.EITHER, Answer.NOTHING
ELSEWHERE = ""
"""The path of an operation whose whole address stands in another answer."""


def spaced(calls: int, seconds: float, *, burst: Limit | None = None, whole: float | None = None) -> Usage:
    """At most *calls* in any *seconds*, waited for; once in *whole* seconds for the larger form of the call."""
    larger = None if whole is None else Limit(1, whole)
    return Usage(limit=Limit(calls, seconds), keeping=Keeping.WAIT, burst=burst, whole=larger)


def polled(seconds: float) -> Usage:
    """One walk in *seconds*, however many pages it has."""
    return Usage(limit=Limit(1, seconds), keeping=Keeping.POLL)


A_MINUTE = spaced(1, MINUTE)
DAILY = Usage(limit=Limit(1, DAY), keeping=Keeping.CACHE)
HOURLY = Usage(limit=Limit(1, HOUR), keeping=Keeping.CACHE)
SETTING = Usage(limit=None, keeping=Keeping.CACHE)
EVENT = Usage(limit=None, keeping=Keeping.EVENT)


def op(
    code: str,
    method: Method,
    path: str,
    what: str,
    *,
    paging: Paging = Paging.NONE,
    rows: str = "",
    most: int = 100,
    total_in_rows: bool = False,
    sort: tuple[str, ...] = (),
    batch: int | None = None,
    usage: Usage = EVENT,
    translated: bool = False,
    commas: tuple[str, ...] = (),
    repeat: Repeat | None = None,
    body: Body = Body.NONE,
    answer: Answer = Answer.JSON,
    instead: str = "",
) -> Operation:
    """One row of a table; ``group`` tells to which group it belongs."""
    return Operation(
        code=code,
        method=method,
        path=path,
        group="",
        what=what,
        paging=paging,
        rows=rows or ("data" if paging is Paging.SEEK else ""),
        most=most,
        total_in_rows=total_in_rows,
        sort=sort,
        batch=batch,
        usage=usage,
        translated=translated,
        commas=commas,
        repeat=repeat or ("free" if method == "GET" else "same-effect"),
        body=body,
        answer=answer,
        integration=not instead,
        instead=instead,
    )


def group(name: str, *operations: Operation) -> tuple[Operation, ...]:
    """*operations* as those of the group that the document calls *name*."""
    return tuple(attrs.evolve(each, group=name) for each in operations)
