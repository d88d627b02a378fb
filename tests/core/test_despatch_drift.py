"""Whether channel, ERP and warehouse agree about what has left."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings

from khaos_connectors.core.despatch_drift import (
    Drift,
    DriftKind,
    OrderDespatches,
    Shipped,
    Sighting,
    drift_of,
    find_drift,
    sightings_of,
)
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import OrderRef, StockCode
from khaos_connectors.testing.strategies import order_despatches

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MUG, BOX = StockCode("MUG"), StockCode("BOX")


def left(units: Mapping[StockCode, int] | None = None, *, minutes_ago: int | None = 60) -> Shipped:
    return Shipped(units=units or {}, at=None if minutes_ago is None else NOON - minutes_ago * MINUTE)


def said(
    *, channel: Shipped | None = None, erp: Shipped | None = None, warehouse: Shipped | None = None
) -> OrderDespatches:
    return OrderDespatches(reference=OrderRef("JL-1"), channel=channel, erp=erp, warehouse=warehouse)


def kinds(order: OrderDespatches) -> list[DriftKind]:
    return [drift.kind for drift in drift_of(order, now=NOON)]


class TestDirections:
    def test_despatched_in_the_erp_and_not_in_the_channel(self) -> None:
        """Domain 7.1: ERP despatched but channel not."""
        (drift,) = drift_of(said(erp=left({MUG: 3, BOX: 1}), channel=left({MUG: 1, BOX: 1})), now=NOON)

        assert (drift.kind, drift.units) == (DriftKind.CHANNEL_BEHIND_ERP, {MUG: 2})

    def test_shipped_in_the_channel_and_not_in_the_erp(self) -> None:
        """Domain 7.1: somebody used the portal."""
        assert kinds(said(channel=left({MUG: 1}), erp=left())) == [DriftKind.ERP_BEHIND_CHANNEL]

    def test_shipped_by_the_warehouse_and_not_in_the_erp(self) -> None:
        """Domain 7.1: WMS shipped but ERP not."""
        assert kinds(said(warehouse=left({MUG: 1}), erp=left())) == [DriftKind.ERP_BEHIND_WAREHOUSE]

    def test_both_ways_at_once(self) -> None:
        """Different goods: each direction is told, in one reason for the order."""
        order = said(erp=left({MUG: 2}), channel=left({BOX: 1}), warehouse=left({MUG: 3}))
        (reason,) = find_drift([order, said(erp=left(), channel=left())], now=NOON)

        assert (reason.type, reason.entity) == (ExceptionType.DESPATCH_DRIFT, "order:JL-1")
        assert reason.evidence == {
            "order": "JL-1",
            "channel behind erp": "2 of MUG",
            "erp behind channel": "1 of BOX",
            "erp behind warehouse": "1 of MUG",
        }
        assert "somebody used the portal (1 of BOX)" in reason.message

    def test_who_was_not_asked_is_not_compared(self) -> None:
        """No answer is not zero; an ERP ahead of the warehouse may have shipped from elsewhere."""
        assert kinds(said(erp=left({MUG: 1}))) == []
        assert kinds(said(channel=left({MUG: 1}), warehouse=left({MUG: 1}))) == []
        assert kinds(said(erp=left({MUG: 1}), warehouse=left())) == []


class TestGrace:
    def test_news_on_its_way_is_no_drift(self) -> None:
        """Domain 11: not posted in 30 minutes is drift, not before."""
        assert kinds(said(erp=left({MUG: 1}, minutes_ago=29), channel=left())) == []
        assert kinds(said(erp=left({MUG: 1}, minutes_ago=30), channel=left())) == [DriftKind.CHANNEL_BEHIND_ERP]

    def test_without_a_time_it_counts_at_once(self) -> None:
        """Nobody can say that it is new."""
        assert kinds(said(erp=left({MUG: 1}, minutes_ago=None), channel=left())) == [DriftKind.CHANNEL_BEHIND_ERP]

    def test_impossible_input(self) -> None:
        """Negative units and spans, naive times, no reference."""
        with pytest.raises(ValueError, match="units of MUG must be 0 or more"):
            Shipped(units={MUG: -1})
        with pytest.raises(ValueError, match="at has no time zone"):
            Shipped(at=NOON.replace(tzinfo=None))
        with pytest.raises(ValueError, match="now has no time zone"):
            drift_of(said(), now=NOON.replace(tzinfo=None))
        with pytest.raises(ValueError, match="grace must not be negative"):
            drift_of(said(), now=NOON, grace=-MINUTE)
        with pytest.raises(ValueError, match="reference must not be blank"):
            OrderDespatches(reference=OrderRef(""))


LAGS = DriftKind.CHANNEL_BEHIND_ERP


def runs(*orders: tuple[int, OrderDespatches]) -> list[tuple[Drift, ...]]:
    """What runs find at so many minutes after noon, each with what the one before it saw."""
    seen: tuple[Sighting, ...] = ()
    found: list[tuple[Drift, ...]] = []
    for minutes, order in orders:
        now = NOON + minutes * MINUTE
        current = attrs.evolve(order, seen=seen)
        found.append(drift_of(current, now=now))
        seen = sightings_of(current, now=now)
    return found


class TestFirstSeen:
    def test_a_time_that_moves_on_does_not_start_the_clock_anew(self) -> None:
        """Domain 7.1: every cycle: an ERP that answers with the time of the question drifts half an hour later."""
        rolling = [(n, said(erp=left({MUG: 1}, minutes_ago=-n), channel=left())) for n in range(0, 50, 10)]

        assert [bool(drifts) for drifts in runs(*rolling)] == [False, False, False, True, True]

    def test_goods_that_leave_later_do_not_start_it_anew(self) -> None:
        """The first mug has been missing for 30 minutes, the second for ten: one is drift, then both."""
        one, two = said(erp=left({MUG: 1}, minutes_ago=0), channel=left()), left({MUG: 2}, minutes_ago=-20)
        both = said(erp=two, channel=left())
        found = runs((0, one), (20, both), (30, both), (50, both))

        assert [[drift.units for drift in drifts] for drifts in found] == [[], [], [{MUG: 1}], [{MUG: 2}]]

    def test_what_the_side_behind_has_caught_up_with_is_forgotten(self) -> None:
        """A channel that is always one parcel behind, each for ten minutes, is never late."""
        steps = [(10 * n, said(erp=left({MUG: n + 1}, minutes_ago=-10 * n), channel=left({MUG: n}))) for n in range(12)]

        assert [drifts for drifts in runs(*steps) if drifts] == []

    def test_what_the_side_ahead_takes_back_is_not_missed(self) -> None:
        """A despatch that was undone, and another made later, is no old one."""
        order = said(erp=left({MUG: 3}, minutes_ago=0), channel=left({MUG: 1}))
        less = said(erp=left({MUG: 1}, minutes_ago=0), channel=left({MUG: 1}))
        again = said(erp=left({MUG: 3}, minutes_ago=-40), channel=left({MUG: 1}))

        assert runs((0, order), (20, less), (40, again)) == [(), (), ()]
        assert [d.units for d in runs((0, order), (40, attrs.evolve(order, erp=left({MUG: 2}))))[1]] == [{MUG: 1}]

    def test_a_side_that_was_not_asked_has_not_caught_up(self) -> None:
        """What was seen before is kept until it answers again."""
        order, silent = said(erp=left({MUG: 1}, minutes_ago=0), channel=left()), said(erp=left({MUG: 1}))
        found = runs((0, order), (20, silent), (40, said(erp=left({MUG: 1}, minutes_ago=-40), channel=left())))

        assert [bool(drifts) for drifts in found] == [False, False, True]
        assert sightings_of(silent, now=NOON) == ()

    def test_what_is_kept(self) -> None:
        """The earliest word of each unit, and none that says no more than an older one."""
        order = said(erp=left({MUG: 2, BOX: 1}, minutes_ago=5), channel=left({BOX: 1}))
        first = Sighting(kind=LAGS, units={MUG: 1}, at=NOON - 20 * MINUTE)
        late = Sighting(kind=LAGS, units={MUG: 2}, at=NOON + MINUTE)
        kept = sightings_of(attrs.evolve(order, seen=(late, first)), now=NOON)

        assert kept == (first, Sighting(kind=LAGS, units={MUG: 2, BOX: 1}, at=NOON - 5 * MINUTE))
        assert sightings_of(attrs.evolve(order, seen=kept), now=NOON + MINUTE) == kept
        assert sightings_of(said(erp=left({MUG: 1}), channel=left({MUG: 1})), now=NOON) == ()
        same_time = attrs.evolve(first, at=NOON - 5 * MINUTE)
        assert sightings_of(attrs.evolve(order, seen=(same_time,)), now=NOON) == kept[1:]

    def test_impossible_sightings(self) -> None:
        """Naive times and negative units name the field."""
        with pytest.raises(ValueError, match="at has no time zone"):
            Sighting(kind=LAGS, units={}, at=NOON.replace(tzinfo=None))
        with pytest.raises(ValueError, match="units of MUG must be 0 or more"):
            Sighting(kind=LAGS, units={MUG: -1}, at=NOON)
        with pytest.raises(ValueError, match="now has no time zone"):
            sightings_of(said(), now=NOON.replace(tzinfo=None))


class TestFuture:
    def test_a_time_far_ahead_is_named_and_not_waited_for(self) -> None:
        """A date that is yet to come would keep the drift from ever opening."""
        order = said(erp=left({MUG: 1}, minutes_ago=-31), channel=left())
        (drift,) = drift_of(order, now=NOON)
        (reason,) = find_drift([order], now=NOON)

        assert (drift.units, drift.dated_ahead) == ({MUG: 1}, NOON + 31 * MINUTE)
        assert reason.evidence["channel behind erp, dated"] == "2026-03-06T12:31:00+00:00"
        assert "(1 of MUG, dated 2026-03-06T12:31:00+00:00, which is yet to come)" in reason.message

    def test_a_clock_that_is_a_little_ahead_means_now(self) -> None:
        """It is news on its way for half an hour from when it was first seen."""
        ahead = said(erp=left({MUG: 1}, minutes_ago=-30), channel=left())

        assert [bool(drifts) for drifts in runs((0, ahead), (29, ahead), (30, ahead))] == [False, False, True]
        assert drift_of(attrs.evolve(ahead, channel=left({MUG: 1})), now=NOON) == ()


@settings(deadline=None, max_examples=100)
@given(order_despatches())
def test_replaying_the_missing_side_ends_the_drift(order: OrderDespatches) -> None:
    """Once each side behind has what the other says, there is none; and none is found where all say the same."""
    late = NOON + timedelta(days=1)
    drifts = drift_of(order, now=late)
    everything: dict[StockCode, int] = {}
    for side in (order.channel, order.erp, order.warehouse):
        for code, units in ({} if side is None else side.units).items():
            everything[code] = max(units, everything.get(code, 0))
    agreed = Shipped(units=everything)
    same = OrderDespatches(reference=order.reference, channel=agreed, erp=agreed, warehouse=agreed)

    assert all(units > 0 for drift in drifts for units in drift.units.values())
    assert drift_of(same, now=late) == ()
    assert bool(find_drift([order], now=late)) is bool(drifts)
