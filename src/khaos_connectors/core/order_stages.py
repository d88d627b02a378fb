"""How far an order is on its way through all systems, from events that come late, twice and in any sequence.

What is kept is the set of things that have happened, and the stage is read off that set. So it cannot matter in which
sequence the news arrived or how often: the same news always leads to the same state. News whose precondition is
missing (a despatch of an order that was never posted) waits until that comes, and says what to fetch.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed

__all__ = [
    "CONFLICTS",
    "NEEDS",
    "STAGES",
    "Advance",
    "Conflict",
    "Happening",
    "Ignored",
    "Moved",
    "OrderEvent",
    "OrderProgress",
    "OrderStage",
    "Parked",
    "StageRule",
    "advance",
    "conflicts_of",
    "replay",
    "stage_table",
]


class Happening(Enum):
    """What can happen to an order. A channel that asks nobody accepts for the seller: record ACCEPTED at once.

    CLOSED says that nobody has anything left to do about it, in any system: of a cancelled order it is recorded once
    ERP and warehouse have given it up, too, not on the channel's word alone.
    """

    SEEN = "seen"
    STORED = "stored"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    MAPPED = "mapped"
    POSTED = "posted"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    PART_DESPATCHED = "part despatched"
    DESPATCHED = "despatched"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    HELD = "held"
    CLEARED = "cleared"


class OrderStage(Enum):
    """Where an order stands. HELD stands before whatever stage lies behind it."""

    NEW = "new"
    SEEN = "seen"
    STORED = "stored"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    MAPPED = "mapped"
    POSTED = "posted"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    PART_DESPATCHED = "part despatched"
    DESPATCHED = "despatched"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    HELD = "held"


@attrs.frozen(field_transformer=typed)
class OrderEvent:
    """One thing that happened. *about* tells events of one kind apart: the despatch id of a part despatch, the id of a
    hold (which its CLEARED repeats). Two equal events are one that was told twice.
    """

    what: Happening
    about: str = ""


_H, _S = Happening, OrderStage

NEEDS: Mapping[Happening, tuple[Happening, ...]] = MappingProxyType(
    {
        _H.SEEN: (),
        _H.STORED: (_H.SEEN,),
        _H.ACCEPTED: (_H.STORED,),
        _H.REFUSED: (_H.STORED,),
        _H.MAPPED: (_H.ACCEPTED,),
        _H.POSTED: (_H.MAPPED,),
        _H.CONFIRMED: (_H.POSTED,),
        _H.RELEASED: (_H.CONFIRMED,),
        _H.PART_DESPATCHED: (_H.CONFIRMED,),  # without a warehouse system nothing is released
        _H.DESPATCHED: (_H.CONFIRMED,),
        _H.CLOSED: (_H.DESPATCHED, _H.REFUSED, _H.CANCELLED),
        _H.CANCELLED: (_H.STORED,),
        _H.STOPPED: (_H.CANCELLED,),
        _H.HELD: (_H.SEEN,),
        _H.CLEARED: (_H.HELD,),
    }
)
"""What must have happened before, any one of it. CLEARED needs the HELD of its own ``about``."""


@attrs.frozen(field_transformer=typed)
class StageRule:
    """The order stands at *stage* when all of *after* happened."""

    stage: OrderStage
    after: frozenset[Happening]
    why: str = ""


STAGES: tuple[StageRule, ...] = (
    StageRule(_S.CLOSED, frozenset({_H.CLOSED})),
    StageRule(_S.DESPATCHED, frozenset({_H.DESPATCHED}), "what has left cannot be cancelled: it is a return"),
    StageRule(_S.PART_DESPATCHED, frozenset({_H.PART_DESPATCHED})),
    StageRule(_S.CANCELLED, frozenset({_H.CANCELLED, _H.STOPPED}), "the warehouse has stopped it"),
    StageRule(_S.RELEASED, frozenset({_H.RELEASED}), "a cancellation now has to be asked of the warehouse"),
    StageRule(_S.CANCELLED, frozenset({_H.CANCELLED})),
    StageRule(_S.REFUSED, frozenset({_H.REFUSED})),
    StageRule(_S.CONFIRMED, frozenset({_H.CONFIRMED})),
    StageRule(_S.POSTED, frozenset({_H.POSTED})),
    StageRule(_S.MAPPED, frozenset({_H.MAPPED})),
    StageRule(_S.ACCEPTED, frozenset({_H.ACCEPTED})),
    StageRule(_S.STORED, frozenset({_H.STORED})),
    StageRule(_S.SEEN, frozenset({_H.SEEN})),
    StageRule(_S.NEW, frozenset()),
)
"""The stages, furthest first: the first rule all of whose events happened is where the order stands."""


@attrs.frozen
class Conflict:
    """Two things that should not both happen, unless one of *resolved* did too; *why* says what to do."""

    happened: frozenset[Happening]
    why: str
    resolved: frozenset[Happening] = frozenset()


CONFLICTS: tuple[Conflict, ...] = (
    Conflict(frozenset({_H.CANCELLED, _H.DESPATCHED}), "cancelled, and it has left: treat it as a return"),
    Conflict(frozenset({_H.CANCELLED, _H.PART_DESPATCHED}), "cancelled, and a part has left: plan that part's return"),
    Conflict(
        frozenset({_H.CANCELLED, _H.RELEASED}),
        "cancelled after its release: ask the warehouse to stop it",
        frozenset({_H.STOPPED, _H.PART_DESPATCHED, _H.DESPATCHED}),
    ),
    Conflict(
        frozenset({_H.REFUSED, _H.POSTED}), "refused, and the ERP has it: cancel it there", frozenset({_H.CANCELLED})
    ),
)
"""What has to be put right by a person: each is a ``CANCEL_CONFLICT``, until the order is CLOSED."""


def _sorted(events: Iterable[OrderEvent]) -> tuple[OrderEvent, ...]:
    """In one sequence, whatever the news came in, so that equal sets are equal values (and equal stored texts)."""
    return tuple(sorted(set(events), key=lambda event: (_PLACE[event.what], event.about)))


_PLACE = {what: place for place, what in enumerate(Happening)}


@attrs.frozen(field_transformer=typed)
class OrderProgress:
    """What has happened to one order, and the events that still *wait* for their precondition."""

    happened: tuple[OrderEvent, ...] = attrs.field(default=(), converter=_sorted)
    waiting: tuple[OrderEvent, ...] = attrs.field(default=(), converter=_sorted)

    @property
    def behind(self) -> OrderStage:
        """The stage that its events lead to, holds left aside."""
        kinds = {event.what for event in self.happened}
        return next(rule.stage for rule in STAGES if rule.after <= kinds)

    @property
    def holds(self) -> tuple[str, ...]:
        """The holds that nobody has cleared, by what they are about."""
        cleared = {event.about for event in self.happened if event.what is _H.CLEARED}
        return tuple(e.about for e in self.happened if e.what is _H.HELD and e.about not in cleared)

    @property
    def stage(self) -> OrderStage:
        """Where the order stands: HELD while a hold is open, unless it is closed already."""
        return OrderStage.HELD if self.holds and self.behind is not OrderStage.CLOSED else self.behind

    @property
    def wanted(self) -> tuple[Happening, ...]:
        """What to fetch, so that waiting events can take their place: the first thing that each of them lacks."""
        kinds = {event.what for event in self.happened}
        lacking = {_first_missing(event.what, kinds) for event in self.waiting}
        return tuple(what for what in Happening if what in lacking)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Moved:
    """The event took its place, and so did the *freed* ones that had waited for it. The stage may be as *before*."""

    state: OrderProgress
    before: OrderStage
    freed: tuple[OrderEvent, ...] = ()


@attrs.frozen(kw_only=True)
class Ignored:
    """Nothing changed, because the event had been told before."""

    state: OrderProgress
    why: str


@attrs.frozen(kw_only=True, field_transformer=typed)
class Parked:
    """The event waits in *state*; *missing* is what to fetch first."""

    state: OrderProgress
    why: str
    missing: Happening


Advance: TypeAlias = Moved | Ignored | Parked


def advance(state: OrderProgress, event: OrderEvent) -> Advance:
    """*state* after *event*. Any sequence and repetition of the same events ends in the same state."""
    if event in state.happened:
        return Ignored(state=state, why=f"{_named(event)} was told before")
    kinds = {done.what for done in state.happened}
    if not _ready(event, state.happened):
        missing = _first_missing(event.what, kinds)
        parked = attrs.evolve(state, waiting=(*state.waiting, event))
        return Parked(state=parked, why=f"{_named(event)}, but it is not {missing.value} yet", missing=missing)
    happened = [*state.happened, event]
    waiting = list(state.waiting)
    freed: list[OrderEvent] = []
    while ready := [each for each in waiting if _ready(each, happened)]:
        happened += ready
        freed += ready
        waiting = [each for each in waiting if each not in ready]
    return Moved(state=OrderProgress(happened, waiting), before=state.stage, freed=tuple(freed))


def replay(events: Iterable[OrderEvent], state: OrderProgress | None = None) -> OrderProgress:
    """Where *events* lead, from *state* (from nothing if there is none)."""
    reached = OrderProgress() if state is None else state
    for event in events:
        reached = advance(reached, event).state
    return reached


def conflicts_of(state: OrderProgress, *, order_id: str) -> tuple[Reason, ...]:
    """What contradicts itself in the history of order *order_id*: at most one ``CANCEL_CONFLICT``.

    Nothing once it is CLOSED: whoever closed it has put right what there was.
    """
    kinds = {event.what for event in state.happened}
    if _H.CLOSED in kinds:
        return ()
    found = [each.why for each in CONFLICTS if each.happened <= kinds and not each.resolved & kinds]
    if not found:
        return ()
    evidence = {"order": order_id, "stage": state.behind.value, "why": "; ".join(found)}
    message = f"order {order_id}: {'; '.join(found)}"
    return (Reason(type=ExceptionType.CANCEL_CONFLICT, entity=order_id, message=message, evidence=evidence),)


def stage_table() -> str:
    """The events, what each needs and the stage that it leads to, as lines of text for people."""
    leads = {what: rule.stage for rule in reversed(STAGES) for what in rule.after if len(rule.after) == 1}
    body = [
        (what.value, " or ".join(n.value for n in needs) or "-", leads[what].value if what in leads else "-")
        for what, needs in NEEDS.items()
    ]
    rows = [("event", "needs", "leads to"), *body]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _ready(event: OrderEvent, happened: Iterable[OrderEvent]) -> bool:
    needs = NEEDS[event.what]
    if event.what is _H.CLEARED:
        return OrderEvent(_H.HELD, event.about) in happened
    return not needs or any(done.what in needs for done in happened)


def _first_missing(what: Happening, kinds: "set[Happening]") -> Happening:
    """The earliest thing on the way to *what* that has not happened; along the first of several ways."""
    missing = what
    while NEEDS[missing] and not kinds & set(NEEDS[missing]):
        missing = NEEDS[missing][0]
    # A hold is cleared by its own name: another hold of the order does not make it ready.
    return Happening.HELD if missing is what else missing


def _named(event: OrderEvent) -> str:
    return f"{event.what.value} ({event.about})" if event.about else event.what.value
