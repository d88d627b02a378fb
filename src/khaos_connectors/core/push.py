"""Which stock levels to send to a channel, in which order, and when to stop and ask a person first."""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed, whole_numbers
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.core.quantities import exact, part_of_whole, per_cent, whole

__all__ = ["BreakerPolicy", "PlannedLevel", "PushPlan", "SkippedLevel", "WantedLevel", "plan_push"]


@attrs.frozen(field_transformer=typed)
class WantedLevel:
    """The *units* that a listing should show (its own units), None while they are unknown; *why* says how so."""

    sku: ChannelSku
    units: int | None = attrs.field(validator=attrs.validators.optional(whole(least=0)))
    why: str = ""


@attrs.frozen(field_transformer=typed)
class PlannedLevel:
    """A level to send. *before* is what the channel last acknowledged, None if it never did."""

    sku: ChannelSku
    units: int
    before: int | None
    why: str


@attrs.frozen(field_transformer=typed)
class SkippedLevel:
    """A level that is not sent: *units* is None where it is unknown, else it is what the channel already has."""

    sku: ChannelSku
    units: int | None
    before: int | None
    why: str


@attrs.frozen(kw_only=True, field_transformer=typed)
class BreakerPolicy:
    """When a change is so large that a broken feed is likelier than a sale.

    A run trips when more than the part *zeroed* of the listings would go to 0, or the units on offer would fall by
    more than the part *fall*; in both cases only if at least *min_skus* listings would. A listing whose level is not
    known, because the channel never acknowledged one or has left it in doubt, may show anything: sent to 0 it counts as
    going there, while the fall is of known units only. Parts are proportions from 0 to 1 (``quantities.proportion``).
    """

    zeroed: Fraction = attrs.field(default=Fraction(1, 5), converter=exact, validator=part_of_whole)
    fall: Fraction = attrs.field(default=Fraction(1, 2), converter=exact, validator=part_of_whole)
    min_skus: int = attrs.field(default=20, validator=whole(least=1))


_USUAL_BREAKER = BreakerPolicy()


@attrs.frozen(kw_only=True, field_transformer=typed)
class PushPlan:
    """What to send, *decreases* before *increases*, each in the order in which it stands; what waits for a person
    (*held*, with the *reasons*); and what is not sent. Every wanted SKU is in exactly one of the four.
    """

    decreases: tuple[PlannedLevel, ...] = ()
    increases: tuple[PlannedLevel, ...] = ()
    held: tuple[PlannedLevel, ...] = ()
    skipped: tuple[SkippedLevel, ...] = ()
    reasons: tuple[Reason, ...] = ()


def plan_push(
    wanted: Sequence[WantedLevel],
    acked: Mapping[ChannelSku, int],
    *,
    breaker: BreakerPolicy = _USUAL_BREAKER,
    approved: bool = False,
    known_decreases: Collection[ChannelSku] = (),
    full: bool = False,
) -> PushPlan:
    """The levels that differ from what the channel last acknowledged (*acked*), zeroes first, then other decreases.

    *full* sends unchanged levels too. An unknown level is never sent. When *breaker* trips, the whole run is held for
    a person, but for decreases (and zeroes) of *known_decreases*: those SKUs have orders that explain them. *approved*
    is that person's yes. A listing in *acked* that is not wanted stays as it is, and counts as a listing for the
    breaker. A first push, with nothing acknowledged, is asked about where it sends too many listings to 0: give what
    the channel shows (``push_outcomes.find_drift``) as *acked* where it can be read.

    Raises ValueError when a SKU is wanted twice, TypeError when a level in *acked* is not an int.
    """
    whole_numbers("acked", acked)
    levels, skipped = _differing(wanted, acked, full=full)
    trip = None if approved else _tripped(levels, acked, breaker, listings=len(acked.keys() | {w.sku for w in wanted}))
    passing = [level for level in levels if trip is None or (_goes_first(level) and level.sku in known_decreases)]
    sent = {level.sku for level in passing}
    return PushPlan(
        decreases=tuple(sorted((level for level in passing if _goes_first(level)), key=_urgency)),
        increases=tuple(sorted((level for level in passing if not _goes_first(level)), key=_urgency)),
        held=tuple(sorted((level for level in levels if level.sku not in sent), key=_urgency)),
        skipped=tuple(sorted(skipped, key=lambda level: level.sku)),
        reasons=() if trip is None else (trip,),
    )


def _differing(
    wanted: Sequence[WantedLevel], acked: Mapping[ChannelSku, int], *, full: bool
) -> tuple[list[PlannedLevel], list[SkippedLevel]]:
    """The wanted levels apart: those that are to be sent, and those that are not."""
    levels: list[PlannedLevel] = []
    skipped: list[SkippedLevel] = []
    seen: set[ChannelSku] = set()
    for want in wanted:
        if want.sku in seen:
            raise ValueError(f"{want.sku} is wanted twice: only the newest level of a listing counts")
        seen.add(want.sku)
        before = acked.get(want.sku)
        if want.units is None:
            skipped.append(SkippedLevel(want.sku, None, before, want.why or "the stock level is unknown"))
        elif want.units == before and not full:
            skipped.append(SkippedLevel(want.sku, want.units, before, "unchanged"))
        else:
            levels.append(PlannedLevel(want.sku, want.units, before, want.why or _change(want.units, before)))
    return levels, skipped


def _change(units: int, before: int | None) -> str:
    if before is None:
        return "the channel has acknowledged no level yet"
    return "unchanged, sent in full" if units == before else f"it was {before}"


def _tripped(
    levels: Sequence[PlannedLevel], acked: Mapping[ChannelSku, int], breaker: BreakerPolicy, *, listings: int
) -> Reason | None:
    """Why the run must wait for a person, None if it need not."""
    falling = [level for level in levels if _falls(level)]
    zeroed = [level for level in levels if level.units == 0 and level.before != 0]
    from_unknown = sum(1 for level in zeroed if level.before is None)
    before = sum(acked.values())
    after = before + sum(level.units - level.before for level in levels if level.before is not None)
    found: list[str] = []
    if len(zeroed) >= breaker.min_skus and len(zeroed) > breaker.zeroed * listings:
        unknown = f", {from_unknown} of them from a level that is not known" if from_unknown else ""
        found.append(f"{len(zeroed)} of {listings} listings would go to 0{unknown} (limit {per_cent(breaker.zeroed)})")
    if len(falling) >= breaker.min_skus and before - after > breaker.fall * before:
        found.append(f"the units on offer would fall from {before} to {after} (limit {per_cent(breaker.fall)})")
    if not found:
        return None
    return Reason(
        type=ExceptionType.STOCK_MASS_CHANGE_HELD,
        entity="stock push",
        message=f"The run is held: {' and '.join(found)}.",
        evidence={
            "listings": str(listings),
            "to_zero": str(len(zeroed)),
            "to_zero_from_unknown": str(from_unknown),
            "falling": str(len(falling)),
            "units_before": str(before),
            "units_after": str(after),
        },
    )


def _falls(level: PlannedLevel) -> bool:
    """Whether the level is known to be lower than what the channel has."""
    return level.before is not None and level.units < level.before


def _goes_first(level: PlannedLevel) -> bool:
    """Decreases, and every zero: what the channel shows for a listing that never acknowledged one may be anything."""
    return level.units == 0 or _falls(level)


def _urgency(level: PlannedLevel) -> tuple[bool, bool, int, ChannelSku]:
    """Zeroes, then the deepest fall; unchanged levels last; equals by SKU, so that the order is always the same."""
    change = level.units - (level.before or 0)
    return (level.units != 0, change == 0, min(change, 0), level.sku)
