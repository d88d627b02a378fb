"""How many units one listing may show, and why: eight steps in a fixed order, each of them kept in the result."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

import attrs

from khaos_connectors.core.buffers import NO_BUFFER, Buffer
from khaos_connectors.core.fields import typed, whole_number
from khaos_connectors.core.quantities import exact, part_of_whole, per_cent, whole

__all__ = ["AtsResult", "ListingPolicy", "TraceStep", "available_to_sell", "explain"]


@attrs.frozen(kw_only=True, field_transformer=typed)
class ListingPolicy:
    """The rules of one listing, in the order in which they are applied.

    *pool_buffer* is kept back from all channels, *channel_buffer* from this one. *percent* (0 to 1, see
    ``quantities.proportion``) of the channel's share is offered. Fewer than *min_to_list* eaches are shown as 0; no
    more than *max_to_list* are shown. *pack* is how many eaches one unit of the listing holds. *backorder_limit* is
    how many eaches may be sold that are not there. *protocol_max* is the largest number that the channel can take.
    """

    pool_buffer: Buffer = NO_BUFFER
    percent: Fraction = attrs.field(default=Fraction(1), converter=exact, validator=part_of_whole)
    channel_buffer: Buffer = NO_BUFFER
    min_to_list: int = attrs.field(default=0, validator=whole(least=0))
    max_to_list: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole(least=0)))
    pack: int = attrs.field(default=1, validator=whole(least=1))
    backorder_limit: int = attrs.field(default=0, validator=whole(least=0))
    protocol_max: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole(least=0)))


_NO_RULES = ListingPolicy()


@attrs.frozen(kw_only=True, field_transformer=typed)
class TraceStep:
    """One step: its *number* and *name*, the units that went in and came out, and *why* in words.

    Units are eaches up to step 6 and units of the listing (packs) from the result of step 7 on.
    """

    number: int
    name: str
    input: int
    output: int
    why: str


@attrs.frozen(kw_only=True, field_transformer=typed)
class AtsResult:
    """What a listing may show (*value*, 0 or more, in the listing's units) and the eight steps that led there."""

    value: int
    trace: tuple[TraceStep, ...]

    @property
    def pool(self) -> int:
        """The signed pool that it started from, in eaches; below zero, that many are oversold already."""
        return self.trace[0].input

    @property
    def buffered(self) -> int:
        """The pool less its buffer: what channels share, in eaches."""
        return self.trace[0].output


def available_to_sell(pool: int, *, policy: ListingPolicy = _NO_RULES, share: int | None = None) -> AtsResult:
    """What a listing may show of *pool*, with the reason for every step.

    *pool* is signed, in eaches (``stock.pool``). *share* is what this channel may use of the buffered pool, from
    ``allocation``; None means all of it, and a share above the buffered pool is cut down to it.

    Raises ValueError for a negative *share* and for a buffer that gives a negative number, TypeError where *pool*,
    *share* or what a buffer gives is not an int.
    """
    whole_number("pool", pool)
    if share is not None:
        whole_number("share", share)
    if share is not None and share < 0:
        raise ValueError(f"share must be 0 or more, not {share}")
    trace: list[TraceStep] = []
    units = pool
    for number, (name, rule) in enumerate(_STEPS, start=1):
        after, why = rule(units, policy, share)
        trace.append(TraceStep(number=number, name=name, input=units, output=after, why=why))
        units = after
    return AtsResult(value=units, trace=tuple(trace))


def explain(result: AtsResult) -> str:
    """*result* as a few sentences to read aloud: where it started, what changed it, and what it came to."""
    lines = [f"This listing is at {result.value}.", _beginning(result.pool)]
    changed = [step for step in result.trace if step.input != step.output]
    lines += [f"Step {step.number}: {step.why}, so {step.input} becomes {step.output}." for step in changed]
    lines.append("No other rule changed it." if changed else "No rule changed that.")
    return "\n".join(lines)


def _beginning(pool: int) -> str:
    if pool < 0:
        return f"It starts below zero: {_units(-pool)} more have been promised than there are."
    if pool == 0:
        return "There is no stock left to promise."
    return f"It starts from {_units(pool)} that may still be promised."


def _units(number: int) -> str:
    return "1 unit" if number == 1 else f"{number} units"


def _withheld(buffer: Buffer, units: int) -> int:
    withheld = buffer.units(units)
    if type(withheld) is not int:
        raise TypeError(f"the buffer {buffer} keeps back {withheld!r}, which is not an int")
    if withheld < 0:
        raise ValueError(f"the buffer {buffer} keeps back {withheld} of {units}: a buffer must not add stock")
    return withheld


# --- the eight steps: units and rules in, units and the reason out -------------------------------------------------

_Step: TypeAlias = Callable[[int, ListingPolicy, int | None], tuple[int, str]]


def _buffered(units: int, policy: ListingPolicy, _: int | None) -> tuple[int, str]:
    withheld = _withheld(policy.pool_buffer, units)
    why = f"the stock buffer ({policy.pool_buffer}) keeps back {withheld}" if withheld else "no buffer applies"
    if policy.backorder_limit:
        why += f" and {policy.backorder_limit} may be sold on back order"
    after = units + policy.backorder_limit - withheld
    return max(0, after), why if after >= 0 else f"{why} and a channel is never told less than 0"


def _share(units: int, _: ListingPolicy, share: int | None) -> tuple[int, str]:
    if share is None:
        return units, "this channel may use all of it"
    return min(units, share), f"this channel's share is {share}"


def _percent(units: int, policy: ListingPolicy, _: int | None) -> tuple[int, str]:
    return math.floor(policy.percent * units), f"{per_cent(policy.percent)} of the share is offered, rounded down"


def _channel_buffer(units: int, policy: ListingPolicy, _: int | None) -> tuple[int, str]:
    withheld = _withheld(policy.channel_buffer, units)
    return max(0, units - withheld), f"this channel's own buffer ({policy.channel_buffer}) keeps back {withheld}"


def _listed(units: int, policy: ListingPolicy, _: int | None) -> tuple[int, str]:
    after = 0 if units < policy.min_to_list else units
    return after, f"fewer than {policy.min_to_list} are not shown"


def _capped(units: int, policy: ListingPolicy, _: int | None) -> tuple[int, str]:
    if policy.max_to_list is None:
        return units, "there is no upper limit"
    return min(units, policy.max_to_list), f"no more than {policy.max_to_list} are shown"


def _packed(units: int, policy: ListingPolicy, _: int | None) -> tuple[int, str]:
    return units // policy.pack, f"it is sold in packs of {policy.pack} and only whole packs count"


def _sendable(units: int, policy: ListingPolicy, _: int | None) -> tuple[int, str]:
    if policy.protocol_max is None:
        return units, "the channel takes any number"
    return min(units, policy.protocol_max), f"the channel takes no number above {policy.protocol_max}"


_STEPS: tuple[tuple[str, _Step], ...] = (
    ("pool buffer", _buffered),
    ("share", _share),
    ("percent", _percent),
    ("channel buffer", _channel_buffer),
    ("minimum to list", _listed),
    ("maximum to list", _capped),
    ("pack", _packed),
    ("protocol maximum", _sendable),
)
