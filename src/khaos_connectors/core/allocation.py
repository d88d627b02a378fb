"""What each channel may use of the stock that all of them draw on.

Four modes divide the pool, so that what the channels may sell together is never more than there is: FIXED, PERCENT,
WATERFALL and QUOTA. Two overlap by design, and are named for it: SHARED, and HYBRID beyond its guarantees. Whatever
the mode, a lower priority number goes first and equal ones go by channel id, so the order of the shares never matters.
"""

import math
from collections.abc import Mapping, Sequence
from enum import Enum
from fractions import Fraction
from typing import assert_never

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed
from khaos_connectors.core.ids import ChannelId
from khaos_connectors.core.quantities import ExactNumber, exact, part_of_whole, per_cent, whole

__all__ = ["Allocation", "AllocationMode", "Allotment", "Remainder", "Share", "allocate", "explain_allocation"]


class AllocationMode(Enum):
    """How a pool is divided; ``Share.units`` means something else in each mode.

    SHARED: every channel sees all of it. FIXED: each its own amount, as far as the stock goes. PERCENT: each its part.
    WATERFALL: each is filled up to its target before the next one gets any; without a target it takes what is left.
    HYBRID: each has a guarantee, and sees besides what nobody is guaranteed. QUOTA: FIXED, less what the channel has
    sold since the grant, so that new stock does not refill it.
    """

    SHARED = "shared"
    FIXED = "fixed"
    PERCENT = "percent"
    WATERFALL = "waterfall"
    HYBRID = "hybrid"
    QUOTA = "quota"


class Remainder(Enum):
    """What becomes of the units that rounding down leaves over in PERCENT.

    WITHHOLD: no channel gets them. LARGEST_REMAINDER: one each to the largest fractions, so that every share is within
    one unit of the exact one; but more stock can then lower a channel. DIVISOR (Webster, Sainte-Laguë): each next unit
    to the channel that is furthest behind; more stock never lowers a channel, but a share may be off by more than one.
    """

    WITHHOLD = "withhold"
    LARGEST_REMAINDER = "largest remainder"
    DIVISOR = "divisor"


def _percent(value: ExactNumber | None) -> Fraction | None:
    return None if value is None else exact(value)


@attrs.frozen(field_transformer=typed)
class Share:
    """What one channel is given. Fields that the mode does not use are not looked at.

    *percent* is from 0 to 1 (``quantities.proportion``: ``"50%"``, ``Fraction(1, 2)``). *units* is the amount (FIXED),
    target (WATERFALL), guarantee (HYBRID; None: no guarantee) or grant (QUOTA), in eaches. A lower *priority* goes
    first. A *paused* channel gets nothing; what becomes of its share, ``redistribute`` says. *sold* is what the channel
    has sold since its grant (QUOTA). Raises ValueError for percents outside 0 to 1 and numbers below 0, TypeError for
    ``float``.
    """

    channel: ChannelId = attrs.field(validator=attrs.validators.min_len(1))
    percent: Fraction | None = attrs.field(
        default=None, converter=_percent, validator=attrs.validators.optional(part_of_whole)
    )
    units: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole(least=0)))
    priority: int = 0
    paused: bool = False
    sold: int = attrs.field(default=0, validator=whole(least=0))


@attrs.frozen(kw_only=True, field_transformer=typed)
class Allotment:
    """What one channel may use (*units*), and *why* in words. *short* is how much of what it was promised is missing:
    of its fixed amount, its guarantee, or what is left of its grant.
    """

    channel: ChannelId
    units: int
    why: str
    short: int = 0


@attrs.frozen(kw_only=True, field_transformer=typed)
class Allocation:
    """A pool as it was divided: an allotment per share, in their order, and *withheld*, the units that no channel sees.

    *reasons* holds one ALLOCATION_SHORT where the stock does not cover what channels were promised.
    """

    pool: int
    allotments: tuple[Allotment, ...]
    withheld: int
    reasons: tuple[Reason, ...] = ()

    @property
    def units(self) -> dict[ChannelId, int]:
        """What each channel may use, 0 or more, in eaches."""
        return {allotment.channel: allotment.units for allotment in self.allotments}


_PROMISES = (AllocationMode.FIXED, AllocationMode.HYBRID, AllocationMode.QUOTA)
"""The modes whose amounts are promises. A target is a wish: to miss it is what a waterfall is for."""


def allocate(
    pool: int,
    shares: Sequence[Share],
    *,
    mode: AllocationMode,
    remainder: Remainder = Remainder.WITHHOLD,
    redistribute: bool = False,
) -> dict[ChannelId, int]:
    """What each channel may use of a buffered *pool*, in eaches; of a pool below 0, nothing.

    *remainder* counts in PERCENT only. What a paused channel would have had is kept back, or goes to the others with
    *redistribute*: in PERCENT in proportion to their percents. ``explain_allocation`` says the same with its reasons.

    Raises ValueError when a channel occurs twice, percents come to more than 100 %, or a share lacks the field that
    its mode needs.
    """
    cut = _cut(pool, shares, mode, remainder, redistribute=redistribute)
    return {share.channel: cut.units(share) for share in shares}


def explain_allocation(
    pool: int,
    shares: Sequence[Share],
    *,
    mode: AllocationMode,
    remainder: Remainder = Remainder.WITHHOLD,
    redistribute: bool = False,
    entity: str = "pool",
) -> Allocation:
    """``allocate`` with its reasons: why each channel gets what it gets, what is withheld, and who is cut short.

    *entity* names the pool in the reason for a shortage, usually by its stock code.
    """
    cut = _cut(pool, shares, mode, remainder, redistribute=redistribute)
    active = [share for share in shares if not share.paused]
    seen = sum(cut.sure[share.channel] for share in active) + (cut.common if active else 0)
    short = {share.channel: cut.short(share) for share in active if cut.short(share)} if mode in _PROMISES else {}
    return Allocation(
        pool=pool,
        allotments=tuple(
            Allotment(
                channel=share.channel,
                units=cut.units(share),
                why=_why(share, cut, mode),
                short=short.get(share.channel, 0),
            )
            for share in shares
        ),
        withheld=max(pool, 0) - seen,
        reasons=(_shortage(pool, short, entity),) if short else (),
    )


@attrs.frozen
class _Cut:
    """A pool apart: what a channel has to itself (*sure*) of what it would have at best (*wanted*), and what is open
    to every channel (*common*). Paused channels are in it unless their share goes to the others.
    """

    sure: Mapping[ChannelId, int]
    wanted: Mapping[ChannelId, Fraction | int]
    common: int = 0

    def units(self, share: Share) -> int:
        return 0 if share.paused else self.sure[share.channel] + self.common

    def short(self, share: Share) -> int:
        return math.ceil(self.wanted[share.channel]) - self.sure[share.channel]


def _cut(pool: int, shares: Sequence[Share], mode: AllocationMode, remainder: Remainder, *, redistribute: bool) -> _Cut:
    if type(pool) is not int:
        raise TypeError(f"pool must be an int, not {pool!r}")
    _check(shares, mode)
    units = max(pool, 0)
    ranked = sorted(shares, key=lambda share: (share.priority, share.channel))
    claimants = [share for share in ranked if not (redistribute and share.paused)]
    match mode:
        case AllocationMode.SHARED:
            nothing = dict.fromkeys((share.channel for share in claimants), 0)
            return _Cut(nothing, nothing, units)
        case AllocationMode.PERCENT:
            return _parts(units, claimants, _total(shares), remainder)
        case AllocationMode.HYBRID:
            sure = _poured(units, {share.channel: share.units or 0 for share in claimants})
            return attrs.evolve(sure, common=units - sum(sure.sure.values()))
        case AllocationMode.QUOTA:
            return _poured(units, {share.channel: max(0, (share.units or 0) - share.sold) for share in claimants})
        case AllocationMode.FIXED | AllocationMode.WATERFALL:
            # Only a waterfall gets here with a share without units: such a channel takes all that is left.
            return _poured(units, {share.channel: units if share.units is None else share.units for share in claimants})
        case _:
            assert_never(mode)


def _check(shares: Sequence[Share], mode: AllocationMode) -> None:
    seen: set[ChannelId] = set()
    for share in shares:
        if share.channel in seen:
            raise ValueError(f"channel {share.channel} has two shares")
        seen.add(share.channel)
        if mode is AllocationMode.PERCENT and share.percent is None:
            raise ValueError(f"the share of {share.channel} has no percent, and mode PERCENT needs it")
        if mode in (AllocationMode.FIXED, AllocationMode.QUOTA) and share.units is None:
            raise ValueError(f"the share of {share.channel} has no units, and mode {mode.name} needs them")
    total = _total(shares)
    if mode is AllocationMode.PERCENT and total > 1:
        told = ", ".join(f"{share.channel} {per_cent(share.percent or Fraction(0))}" for share in shares)
        raise ValueError(f"percent: the shares come to {per_cent(total)}, more than there is ({told})")


def _total(shares: Sequence[Share]) -> Fraction:
    return sum((share.percent or Fraction(0) for share in shares), Fraction(0))


def _poured(units: int, amounts: Mapping[ChannelId, int]) -> _Cut:
    """Each channel's amount, one channel after the other, as far as the units go."""
    sure: dict[ChannelId, int] = {}
    left = units
    for channel, amount in amounts.items():
        sure[channel] = min(amount, left)
        left -= sure[channel]
    return _Cut(sure, amounts)


def _parts(units: int, ranked: Sequence[Share], total: Fraction, remainder: Remainder) -> _Cut:
    """Each channel's part of the *total* that they claim together, in proportion to their percents."""
    own = _total(ranked)
    # Nobody but paused channels has a percent: there is nobody to give theirs to.
    grown = total / own if own else Fraction(0)
    weights = [(share.percent or Fraction(0)) * grown for share in ranked]
    exact = [weight * units for weight in weights]
    to_give = math.floor(sum(exact))
    match remainder:
        case Remainder.WITHHOLD:
            given = [math.floor(part) for part in exact]
        case Remainder.LARGEST_REMAINDER:
            given = _largest_remainders(exact, to_give)
        case Remainder.DIVISOR:
            given = _webster(weights, to_give)
        case _:
            assert_never(remainder)
    channels = [share.channel for share in ranked]
    return _Cut(dict(zip(channels, given, strict=True)), dict(zip(channels, exact, strict=True)))


def _largest_remainders(exact: Sequence[Fraction], units: int) -> list[int]:
    """The *exact* parts rounded down, then one more for the largest fractions, equal ones by position."""
    parts = [math.floor(part) for part in exact]
    by_fraction = sorted(range(len(parts)), key=lambda position: parts[position] - exact[position])
    for position in by_fraction[: units - sum(parts)]:
        parts[position] += 1
    return parts


def _webster(weights: Sequence[Fraction], units: int) -> list[int]:
    """*units* one at a time to the largest ``weight / (2 x had + 1)``, equal ones by position."""
    # A head start, for speed only. With a divisor of total / (units - n/2), each of the n channels gets at most half a
    # unit more than its exact part, so together they get no more than *units*. And each unit that they get has a
    # quotient of at least half the divisor, which no other unit has: they are those that would be handed out first.
    room = units - Fraction(len(weights), 2)
    start = room / sum(weights) if room > 0 else Fraction(0)
    had = [math.floor(weight * start + Fraction(1, 2)) for weight in weights]
    for _ in range(units - sum(had)):
        most = max(range(len(had)), key=lambda position: weights[position] / (2 * had[position] + 1))
        had[most] += 1
    return had


# --- in words ------------------------------------------------------------------------------------------------------


def _why(share: Share, cut: _Cut, mode: AllocationMode) -> str:
    if share.paused:
        kept = cut.sure.get(share.channel, 0)
        return f"it is paused, and {kept} kept back for it" if kept else "it is paused"
    sure, wanted = cut.sure[share.channel], cut.wanted[share.channel]
    match mode:
        case AllocationMode.SHARED:
            return f"every channel sees all {cut.common}"
        case AllocationMode.PERCENT:
            exactly = f"its part is {_plain(Fraction(wanted))}"
            return exactly if sure == wanted else f"{exactly}, given as {sure}"
        case AllocationMode.HYBRID:
            return f"{_filled(f'{wanted} guaranteed', wanted, sure)}, and {cut.common} open to every channel"
        case AllocationMode.FIXED:
            return _filled(f"its amount is {wanted}", wanted, sure)
        case AllocationMode.WATERFALL:
            target = "it takes all that is left" if share.units is None else f"its target is {wanted}"
            return target if share.units is None else _filled(target, wanted, sure)
        case AllocationMode.QUOTA:
            return _filled(f"{wanted} left of its grant of {share.units}, as {share.sold} are sold", wanted, sure)
        case _:
            assert_never(mode)


def _filled(amount: str, wanted: Fraction | int, given: int) -> str:
    return amount if given == wanted else f"{amount}, but there are only {given} for it"


def _plain(number: Fraction) -> str:
    """An exact number for people: 8, 8 and 1/2, 1/2."""
    units, rest = divmod(number, 1)
    return str(units) if not rest else f"{units} and {rest}" if units else str(rest)


def _shortage(pool: int, short: Mapping[ChannelId, int], entity: str) -> Reason:
    told = ", ".join(f"{channel} lacks {units}" for channel, units in short.items())
    return Reason(
        type=ExceptionType.ALLOCATION_SHORT,
        entity=entity,
        message=f"A stock of {pool} does not cover what channels were promised: {told}.",
        evidence={"pool": str(pool), **{f"{channel} lacks": str(units) for channel, units in short.items()}},
    )
