"""Whether channel, ERP and warehouse agree about what has left."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from khaos_connectors.core.despatch_drift import DriftKind, OrderDespatches, Shipped, drift_of, find_drift
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
