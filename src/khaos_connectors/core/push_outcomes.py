"""What became of a push, row by row; what a channel is then believed to show; and where it shows something else.

Every push has a revision, a number that only rises. Answers may come late and in any order: what a channel is believed
to show is what its newest revision says, and an answer to an older one changes nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed, whole_number, whole_numbers
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.core.push import PlannedLevel
from khaos_connectors.core.quantities import whole

__all__ = [
    "Ack",
    "Believed",
    "Drift",
    "Outcome",
    "ReadBack",
    "Retry",
    "RowAnswer",
    "acked_levels",
    "answer_row",
    "apply_answers",
    "batches",
    "find_drift",
    "next_batches",
    "rejections",
]


class Outcome(Enum):
    """What a channel did with a row. IN_DOUBT: it may still apply it, or already has; nobody has said."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_DOUBT = "in doubt"


@attrs.frozen(kw_only=True, field_transformer=typed)
class RowAnswer:
    """The *outcome* of sending *units* of *sku* with *revision*; *message* is the channel's own words."""

    sku: ChannelSku
    units: int = attrs.field(validator=whole(least=0))
    revision: int = attrs.field(validator=whole(least=0))
    outcome: Outcome
    message: str = ""


@attrs.frozen(field_transformer=typed)
class Ack:
    """What a listing is believed to show since *revision*: *units*, or None while that is in doubt."""

    units: int | None
    revision: int


@attrs.frozen(kw_only=True)
class Believed:
    """What a row's answer made of a listing's *ack*, and *why*. *ack* None: nothing was acknowledged yet."""

    ack: Ack | None
    why: str


def answer_row(ack: Ack | None, answer: RowAnswer) -> Believed:
    """*ack* after *answer*: the newest revision counts, in whichever order the answers come.

    A refused row leaves the listing as it was. One in doubt makes it unknown, so that the next push sends it again.
    Raises ValueError when one revision is acknowledged with two different levels.
    """
    if answer.outcome is Outcome.REFUSED:
        return Believed(ack=ack, why=f"the channel refused revision {answer.revision}")
    new = Ack(answer.units if answer.outcome is Outcome.ACCEPTED else None, answer.revision)
    if ack is None or new.revision > ack.revision:
        return Believed(ack=new, why=f"revision {new.revision} is {answer.outcome.value}")
    if new.revision < ack.revision:
        return Believed(ack=ack, why=f"revision {ack.revision} is newer than {new.revision}")
    if new.units is None or ack.units == new.units:
        return Believed(ack=ack, why=f"revision {ack.revision} is known already")
    if ack.units is None:
        return Believed(ack=new, why=f"revision {new.revision} was in doubt and is accepted")
    raise ValueError(f"revision {ack.revision} of {answer.sku} is acknowledged as {ack.units} and as {new.units}")


def apply_answers(acks: Mapping[ChannelSku, Ack], answers: Iterable[RowAnswer]) -> dict[ChannelSku, Ack]:
    """*acks* after all *answers*; each touches its own listing only."""
    after = dict(acks)
    for answer in answers:
        ack = answer_row(after.get(answer.sku), answer).ack
        if ack is not None:
            after[answer.sku] = ack
    return after


def acked_levels(acks: Mapping[ChannelSku, Ack]) -> dict[ChannelSku, int]:
    """The levels that are not in doubt: what ``plan_push`` compares with."""
    return {sku: ack.units for sku, ack in acks.items() if ack.units is not None}


def rejections(answers: Iterable[RowAnswer]) -> tuple[Reason, ...]:
    """A reason for every refused row, each on its own: one bad row says nothing about another."""
    return tuple(
        Reason(
            type=ExceptionType.STOCK_PUSH_REJECTED,
            entity=f"listing:{answer.sku}",
            message=f"the channel refused {answer.units} of {answer.sku}: {answer.message or 'it gave no reason'}",
            evidence={"sku": answer.sku, "units": str(answer.units), "revision": str(answer.revision)},
        )
        for answer in answers
        if answer.outcome is Outcome.REFUSED
    )


# --- batches ---------------------------------------------------------------------------------------------------------


def batches(rows: Sequence[PlannedLevel], size: int) -> tuple[tuple[PlannedLevel, ...], ...]:
    """*rows* in their order in batches of at most *size* (1 or more), the channel's own limit."""
    whole_number("size", size)
    if size < 1:
        raise ValueError(f"size must be 1 or more, not {size}")
    return tuple(tuple(rows[start : start + size]) for start in range(0, len(rows), size))


@attrs.frozen(kw_only=True, field_transformer=typed)
class Retry:
    """What to do after a batch was refused as a whole: send *batches* instead, and give up on *refused*; *why*."""

    batches: tuple[tuple[PlannedLevel, ...], ...]
    refused: tuple[PlannedLevel, ...]
    why: str


def next_batches(batch: Sequence[PlannedLevel], named: Collection[ChannelSku] = ()) -> Retry:
    """How to go on after *batch* was refused as a whole, so that one bad row never sinks the good ones.

    The rows that the channel *named* are given up and the others sent again. Where it named none of them, the batch is
    sent in halves; a single row that is refused is the bad one.
    """
    bad = tuple(level for level in batch if level.sku in named)
    good = tuple(level for level in batch if level.sku not in named)
    if bad:
        return Retry(batches=(good,) if good else (), refused=bad, why=f"the channel named {len(bad)} bad rows")
    if len(good) < 2:
        return Retry(batches=(), refused=good, why="nothing but this row was refused")
    middle = (len(good) + 1) // 2
    return Retry(batches=(good[:middle], good[middle:]), refused=(), why="the channel named no row: sent in halves")


# --- drift -----------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, field_transformer=typed)
class ReadBack:
    """What a channel shows: *levels*, and whether they are *complete*. What a part of them lacks is unknown."""

    levels: Mapping[ChannelSku, int]
    complete: bool = True


@attrs.frozen(kw_only=True, field_transformer=typed)
class Drift:
    """Where a channel shows something else than it acknowledged.

    *levels* is what it shows, as far as that is known, and what ``plan_push`` is to compare with: whatever has drifted
    is then pushed again. *drifted* are those listings, *gone* those that it acknowledged and no longer has.
    """

    levels: Mapping[ChannelSku, int]
    drifted: tuple[ChannelSku, ...]
    gone: tuple[ChannelSku, ...]
    reasons: tuple[Reason, ...]


def find_drift(
    acks: Mapping[ChannelSku, Ack], shown: ReadBack, *, sold: Mapping[ChannelSku, int] | None = None
) -> Drift:
    """Listings at which *shown* differs from what was acknowledged.

    *sold* are the units (of the listing) that its orders since then explain: between the acknowledged level and that
    much below it, nothing has drifted. A listing in doubt cannot drift, and stays unknown: a push of it may still be
    under way over there.
    """
    believed = acked_levels(acks)
    sales = sold or {}
    whole_numbers("sold", sales)
    drifted = sorted(
        sku
        for sku, units in shown.levels.items()
        if sku in believed and not believed[sku] - sales.get(sku, 0) <= units <= believed[sku]
    )
    gone = sorted(believed.keys() - shown.levels.keys()) if shown.complete else []
    levels = {sku: units for sku, units in shown.levels.items() if sku not in acks or sku in believed}
    if not shown.complete:
        levels = {**believed, **levels}
    reasons = (
        *(_reason(sku, f"shows {shown.levels[sku]}", believed[sku], sales.get(sku, 0)) for sku in drifted),
        *(_reason(sku, "no longer has it", believed[sku], sales.get(sku, 0)) for sku in gone),
    )
    return Drift(levels=levels, drifted=tuple(drifted), gone=tuple(gone), reasons=reasons)


def _reason(sku: ChannelSku, shows: str, acked: int, sold: int) -> Reason:
    explained = f"; {sold} sold since" if sold else ""
    return Reason(
        type=ExceptionType.STOCK_DRIFT,
        entity=f"listing:{sku}",
        message=f"{sku}: the channel {shows}, it acknowledged {acked}{explained}",
        evidence={"sku": sku, "channel": shows, "acknowledged": str(acked), "sold": str(sold)},
    )
