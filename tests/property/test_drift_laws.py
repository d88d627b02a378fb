"""Laws of despatch drift over many runs: nothing lags unseen for longer than the grace, and no news is an alarm."""

from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.despatch_drift import OrderDespatches, Shipped, Sighting, drift_of, sightings_of
from khaos_connectors.core.ids import OrderRef, StockCode
from khaos_connectors.testing.strategies import order_despatches

law = settings(deadline=None, max_examples=150)
NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GRACE = 30
MUG = StockCode("MUG")
departures = st.lists(st.integers(0, 90), max_size=5).map(sorted)


def by(minute: int, times: list[int]) -> int:
    return sum(1 for time in times if time <= minute)


@law
@given(departures, st.data(), st.sampled_from(["last", "asked", "ahead"]))
def test_a_run_every_minute_finds_exactly_what_lags_for_too_long(
    left: list[int], data: st.DataObject, dated: str
) -> None:
    """Counted mug by mug: each is told to the channel some minutes after it left, in their sequence. Whether the ERP
    tells when the last one left, when it was asked, or a time a little ahead makes no difference.
    """
    delays = [data.draw(st.integers(0, 60)) for _ in left]
    told = [max(time + delay for time, delay in zip(left[: n + 1], delays, strict=False)) for n in range(len(left))]
    seen: tuple[Sighting, ...] = ()
    for minute in range(160):
        now = NOON + minute * MINUTE
        gone = [time for time in left if time <= minute]
        at = {"last": max(gone, default=0), "asked": minute, "ahead": minute + GRACE}[dated]
        order = OrderDespatches(
            reference=OrderRef("O1"),
            erp=Shipped(units={MUG: len(gone)}, at=NOON + at * MINUTE),
            channel=Shipped(units={MUG: by(minute, told)}),
            seen=seen,
        )
        found = sum(drift.units[MUG] for drift in drift_of(order, now=now, grace=GRACE * MINUTE))
        seen = sightings_of(order, now=now)

        assert found == sum(1 for n, time in enumerate(left) if told[n] > minute and minute - time >= GRACE)


@law
@given(order_despatches(), st.integers(0, 90))
def test_looking_twice_is_looking_once(order: OrderDespatches, minutes: int) -> None:
    """What a run kept makes neither it nor the next run see anything else; and it lags no less as time goes on."""
    now = NOON + timedelta(hours=2)
    again = attrs.evolve(order, seen=sightings_of(order, now=now))

    assert sightings_of(again, now=now) == again.seen
    assert drift_of(again, now=now) == drift_of(order, now=now)
    later = {drift.kind: drift.units for drift in drift_of(again, now=now + minutes * MINUTE)}
    for drift in drift_of(order, now=now):
        assert all(later[drift.kind].get(code, 0) >= units for code, units in drift.units.items())
