"""Where warehouse and ERP count differently, once the messages between them are taken into account.

Nothing is ever corrected here: a variance that lasts becomes work for the people who can count again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason, Severity
from khaos_connectors.core.fields import aware, aware_or_none, exact_amount, exact_number, typed, whole_number
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.money import exactly
from khaos_connectors.core.quantities import exact, part_of_whole, whole
from khaos_connectors.core.stock import Snapshot, StockFigure

__all__ = [
    "Movement",
    "MovementKind",
    "Streak",
    "Tolerance",
    "Variance",
    "VariancePolicy",
    "VarianceReport",
    "VarianceVerdict",
    "compare_stock",
]


class MovementKind(Enum):
    """What moved stock in the warehouse. ADJUSTED units are signed; the others say how many left or came."""

    SHIPPED = "shipped"
    RECEIVED = "received"
    ADJUSTED = "adjusted"


def _signed_when_adjusted(movement: "Movement", _: object, units: int) -> None:
    if movement.kind is not MovementKind.ADJUSTED and units < 0:
        raise ValueError(f"units must be 0 or more when they are {movement.kind.value}, not {units}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class Movement:
    """*units* of *stock_code* that moved in the warehouse at *at*; the ERP booked it at *posted_at*, None: not yet.

    *message* is the id by which it can be found again.
    """

    message: str
    kind: MovementKind
    stock_code: StockCode
    units: int = attrs.field(validator=_signed_when_adjusted)
    at: datetime = attrs.field(validator=aware)
    posted_at: datetime | None = attrs.field(default=None, validator=aware_or_none)

    @property
    def change(self) -> int:
        """What it does to the physical stock."""
        return -self.units if self.kind is MovementKind.SHIPPED else self.units

    def between(self, warehouse_as_of: datetime, erp_as_of: datetime) -> int:
        """By how much the ERP's figure has to change to be comparable: this movement may be in one of them only."""
        in_warehouse = self.at <= warehouse_as_of
        in_erp = self.posted_at is not None and self.posted_at <= erp_as_of
        return self.change * (in_warehouse - in_erp)


def _amount(limits: object, field: "attrs.Attribute[Decimal]", amount: Decimal) -> None:
    exact_amount(limits, field, amount)
    if amount < 0:
        raise ValueError(f"{field.name} must be 0 or more, not {amount}")


def _part(value: str | int | Fraction | Decimal | None) -> Fraction | None:
    return None if value is None else exact(value)


@attrs.frozen(kw_only=True, field_transformer=typed)
class Tolerance:
    """How far the counts may differ: by so many *units*, by a part of the ERP's figure (*percent*, 0 to 1), by *value*.

    Every limit that is set has to hold; None is not set. Without any, every difference counts. A limit by value does
    not hold for an item whose cost is not known.
    """

    units: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole(least=0)))
    percent: Fraction | None = attrs.field(
        default=None, converter=_part, validator=attrs.validators.optional(part_of_whole)
    )
    value: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(_amount))

    def allows(self, difference: int, *, expected: int, value: Decimal | None) -> bool:
        """Whether a *difference* of that *value* (None: not known) against *expected* units need not be looked at."""
        whole_number("difference", difference)
        whole_number("expected", expected)
        limits = (
            self.units is None or abs(difference) <= self.units,
            self.percent is None or abs(difference) <= self.percent * abs(expected),
            self.value is None or (value is not None and value <= self.value),
        )
        is_set = self.units is not None or self.percent is not None or self.value is not None
        return difference == 0 or (is_set and all(limits))


def _not_negative(_: object, field: "attrs.Attribute[timedelta]", span: timedelta) -> None:
    if span < timedelta(0):
        raise ValueError(f"{field.name} must not be negative: {span}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class VariancePolicy:
    """When a difference becomes work: outside *tolerance*, to the same side, in *runs* runs one after the other.

    The two snapshots may be up to *skew* apart. From *high_value* on (in the currency of the costs) it is severe.
    """

    tolerance: Tolerance = Tolerance()
    runs: int = attrs.field(default=2, validator=whole(least=1))
    skew: timedelta = attrs.field(default=timedelta(minutes=5), validator=_not_negative)
    high_value: Decimal = attrs.field(default=Decimal(100), validator=exact_amount)


_USUAL = VariancePolicy()


@attrs.frozen(field_transformer=typed)
class Streak:
    """A difference outside the tolerance that was seen in *runs* runs in a row, last as *units*.

    *unseen* are the last runs in a row in which only one side counted it. *runs* is 0 where that is all there is.
    """

    units: int
    runs: int
    unseen: int = 0


_NO_STREAK = Streak(0, 0)


class VarianceVerdict(Enum):
    """EQUAL and TOLERATED need nobody, NEW waits for the next runs, LASTING is work.

    UNKNOWN: not both count it. UNCOUNTED: only one side has counted it, and not as 0, for as many runs: work too.
    """

    EQUAL = "equal"
    TOLERATED = "tolerated"
    NEW = "new"
    LASTING = "lasting"
    UNKNOWN = "unknown"
    UNCOUNTED = "uncounted"


_WORK = frozenset({VarianceVerdict.LASTING, VarianceVerdict.UNCOUNTED})


@attrs.frozen(kw_only=True, field_transformer=typed)
class Variance:
    """One stock code: *units* is the *warehouse*'s count less what the ERP makes *expected*; None: not known.

    *value* is that of the difference at cost, None where cost or difference are not known. *severity* is for the
    exception item of a row that is work: by value, and high where the value is not known.
    """

    stock_code: StockCode
    warehouse: int | None
    expected: int | None
    units: int | None
    value: Decimal | None
    verdict: VarianceVerdict
    runs: int
    severity: Severity
    why: str


@attrs.frozen(kw_only=True, field_transformer=typed)
class VarianceReport:
    """The comparison of every code of the two snapshots; or none, and *why*, where they cannot be compared.

    *streaks* are to be handed to the next run. *reasons* stand in the order of ``lasting``; ``open_item`` takes the
    severity from the row.
    """

    compared: bool
    why: str
    rows: tuple[Variance, ...]
    streaks: Mapping[StockCode, Streak]
    reasons: tuple[Reason, ...]

    @property
    def lasting(self) -> tuple[Variance, ...]:
        """The rows that are work: LASTING ones, and UNCOUNTED ones."""
        return tuple(row for row in self.rows if row.verdict in _WORK)


def compare_stock(
    warehouse: Snapshot,
    erp: Snapshot,
    *,
    movements: Iterable[Movement] = (),
    streaks: Mapping[StockCode, Streak] | None = None,
    costs: Mapping[StockCode, Decimal] | None = None,
    policy: VariancePolicy = _USUAL,
) -> VarianceReport:
    """Physical stock in the *warehouse* against the *erp*'s, adjusted by *movements* that only one of them contains.

    Figures of several locations of a code are added up: give both snapshots for the same building. *streaks* are those
    of the last run's report, *costs* are per each. Snapshots that are further apart than the policy's skew, deltas,
    incomplete ones and those without any physical count are not compared, and the streaks stay as they are.

    A code that only one side counts is no difference, but does not stay unknown for ever: after as many runs as a
    difference has to last, it is work, unless that side counts 0 or an item without stock control. One that neither
    counts any more keeps its streak.

    A figure with a time of its own (``StockFigure.as_of``) knows of the movements up to then. Raises TypeError and
    ValueError for a cost that is not a ``Decimal`` of 0 or more.
    """
    before = dict(streaks or {})
    for code, cost in (costs or {}).items():
        exact_number(f"costs of {code}", cost)
        if cost < 0:
            raise ValueError(f"costs of {code} must be 0 or more, not {cost}")
    against = _not_comparable(warehouse, erp, policy)
    if against:
        return VarianceReport(compared=False, why=against, rows=(), streaks=before, reasons=())
    there_at, booked_at = _told_at(warehouse), _told_at(erp)
    trail: defaultdict[StockCode, list[Movement]] = defaultdict(list)
    transit: defaultdict[StockCode, int] = defaultdict(int)
    for movement in movements:
        code = movement.stock_code
        change = movement.between(there_at.get(code, warehouse.as_of), booked_at.get(code, erp.as_of))
        if change:
            trail[code].append(movement)
            transit[code] += change
    counted, booked = _physical(warehouse), _physical(erp)
    free = {figure.stock_code for figure in (*warehouse.figures, *erp.figures) if not figure.stock_controlled}
    rows: list[Variance] = []
    after: dict[StockCode, Streak] = {}
    for code in sorted(counted.keys() | booked.keys() | before.keys()):
        ours = booked.get(code)
        expected = None if ours is None else ours + transit[code]
        counts = _Counts(code, counted.get(code), expected, (costs or {}).get(code))
        row, streak = _judge(counts, before.get(code, _NO_STREAK), policy, controlled=code not in free)
        rows.append(row)
        if streak != _NO_STREAK:
            after[code] = streak
    return VarianceReport(
        compared=True,
        why=f"the snapshots are {abs(warehouse.as_of - erp.as_of)} apart",
        rows=tuple(rows),
        streaks=after,
        reasons=tuple(_reason(row, trail[row.stock_code]) for row in rows if row.verdict in _WORK),
    )


def _not_comparable(warehouse: Snapshot, erp: Snapshot, policy: VariancePolicy) -> str:
    """Why nothing can be said from these two snapshots; empty: they can be compared."""
    apart = abs(warehouse.as_of - erp.as_of)
    if apart > policy.skew:
        return f"the snapshots are {apart} apart, {policy.skew} is allowed"
    if not (warehouse.complete and erp.complete):
        return "a snapshot is not complete"
    for whose, snapshot in (("the warehouse's", warehouse), ("the ERP's", erp)):
        if not snapshot.full:
            return f"{whose} snapshot is a delta: what it does not name has not changed, and may be anything"
        if all(figure.physical is None for figure in snapshot.figures):
            return f"{whose} snapshot has no physical count at all"
    return ""


def _told_at(snapshot: Snapshot) -> dict[StockCode, datetime]:
    """The moment that its figures of each code speak of: one that has a time of its own knows of no movement after."""
    figures: defaultdict[StockCode, list[StockFigure]] = defaultdict(list)
    for figure in snapshot.figures:
        figures[figure.stock_code].append(figure)
    return {code: snapshot.told_at(rows) for code, rows in figures.items()}


def _physical(snapshot: Snapshot) -> dict[StockCode, int | None]:
    """Physical stock per code over its locations; None where one of them does not tell it, or may be lacking."""
    in_parts = snapshot.in_parts()
    total: dict[StockCode, int | None] = {}
    for figure in snapshot.figures:
        so_far = total.get(figure.stock_code, 0)
        known = so_far is not None and figure.physical is not None and figure.stock_code not in in_parts
        total[figure.stock_code] = (so_far or 0) + (figure.physical or 0) if known else None
    return total


@attrs.frozen
class _Counts:
    """What is known of one code before it is judged."""

    code: StockCode
    there: int | None
    expected: int | None
    cost: Decimal | None

    @property
    def units(self) -> int | None:
        return None if self.there is None or self.expected is None else self.there - self.expected

    @property
    @exactly
    def value(self) -> Decimal | None:
        return None if self.cost is None or self.units is None else abs(self.units) * self.cost

    def judged(self, verdict: VarianceVerdict, runs: int, why: str, high_value: Decimal) -> Variance:
        severe = self.value is None or self.value >= high_value
        return Variance(
            stock_code=self.code,
            warehouse=self.there,
            expected=self.expected,
            units=self.units,
            value=self.value,
            verdict=verdict,
            runs=runs,
            severity=Severity.HIGH if severe else Severity.MEDIUM,
            why=why,
        )


def _judge(counts: _Counts, streak: Streak, policy: VariancePolicy, *, controlled: bool) -> tuple[Variance, Streak]:
    """What is to be said of one code, and its streak from now on."""
    there, expected, units = counts.there, counts.expected, counts.units
    if expected is None or units is None:
        return _judge_unknown(counts, streak, policy, controlled=controlled)
    told = f"the warehouse counts {there}, {expected} are expected"
    if policy.tolerance.allows(units, expected=expected, value=counts.value):
        verdict = VarianceVerdict.EQUAL if units == 0 else VarianceVerdict.TOLERATED
        return counts.judged(verdict, 0, told, policy.high_value), _NO_STREAK
    runs = streak.runs + 1 if (streak.units > 0) == (units > 0) else 1
    verdict = VarianceVerdict.LASTING if runs >= policy.runs else VarianceVerdict.NEW
    why = f"{told}: {units:+d}, run {runs} of {policy.runs}"
    return counts.judged(verdict, runs, why, policy.high_value), Streak(units, runs)


def _judge_unknown(
    counts: _Counts, streak: Streak, policy: VariancePolicy, *, controlled: bool
) -> tuple[Variance, Streak]:
    """The same where not both count it: not to be counted is no proof of being right, so a streak is kept."""
    stock = counts.expected if counts.there is None else counts.there
    who, other = ("the warehouse", "the ERP") if counts.there is None else ("the ERP", "the warehouse")
    verdict, unseen = VarianceVerdict.UNKNOWN, 0
    if stock is None:
        why, unseen = f"neither the warehouse nor the ERP counts {counts.code}", streak.unseen
    elif not controlled:
        why = f"{who} does not count {counts.code}, which is not stock controlled"
    elif stock == 0:
        why = f"{who} does not count {counts.code}, and {other} has none"
    else:
        unseen = streak.unseen + 1
        why = f"{who} does not count {counts.code}, and {other} makes it {stock}: run {unseen} of {policy.runs}"
        verdict = VarianceVerdict.UNCOUNTED if unseen >= policy.runs else VarianceVerdict.UNKNOWN
    row = counts.judged(verdict, streak.runs, why, policy.high_value)
    return row, attrs.evolve(streak, unseen=unseen)


def _reason(row: Variance, trail: Iterable[Movement]) -> Reason:
    moves = ", ".join(
        f"{m.message} {m.kind.value} {m.change:+d}" for m in sorted(trail, key=lambda m: (m.at, m.message))
    )
    return Reason(
        type=ExceptionType.STOCK_VARIANCE,
        entity=f"stock:{row.stock_code}",
        message=f"{row.stock_code}: {row.why}",
        evidence={
            "stock code": row.stock_code,
            "warehouse": "not counted" if row.warehouse is None else str(row.warehouse),
            "expected": "not counted" if row.expected is None else str(row.expected),
            "difference": "not known" if row.units is None else f"{row.units:+d}",
            "value": "not known" if row.value is None else str(row.value),
            "in transit": moves or "nothing",
        },
    )
