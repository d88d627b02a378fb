"""A process that dies after any effect of any pipeline loses nothing, doubles nothing, oversells nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from khaos_connectors.pipelines import despatch_confirm, order_import, stock_push
from khaos_connectors.store.protocol import Store

Rig = Any  # Any: it is built in conftest.py, which other modules cannot import
Made = Callable[..., Rig]

MOST_EFFECTS = 400
NUMBERS = ("15501234567890", "15509876543210")


def deaths(begin: Callable[[], Rig], flow: Callable[[Rig], Any]) -> Iterator[tuple[int, Rig]]:
    """The rig after the death that follows effect 0, 1, 2 … of *flow*, until it lives to its end."""
    for effects in range(MOST_EFFECTS):
        rig = begin()
        if not rig.die_after(effects, flow(rig)):
            assert effects > 10, "the scene gives the flow too little to do"
            return
        rig.restart()
        yield effects, rig
    pytest.fail("the flow never ended")


def judge(rig: Rig, effects: int) -> None:
    verdict = rig.audit()
    found = verdict.lost + verdict.doubled + verdict.oversold + verdict.unconfirmed
    assert verdict.passed, f"death after effect {effects}: {verdict} {found}"


def importing(rig: Rig) -> Any:
    return order_import.run(rig.channel, rig.erp, rig.store, rig.importing)


def pushing(rig: Rig) -> Any:
    return stock_push.run(rig.channel, rig.erp, rig.store, rig.pushing)


def confirming(rig: Rig) -> Any:
    return despatch_confirm.run(rig.channel, rig.erp, rig.store, rig.confirming)


# --- orders ----------------------------------------------------------------------------------------------------------


def three_orders(rig: Made, **wishes: Any) -> Callable[[], Rig]:
    """One order to be posted, one to be accepted, one that nobody can map."""

    def begin() -> Rig:
        made = rig(stock={"KC-1": 4, "KC-2": 3}, offers={"KC-1": 4, "KC-2": 3, "kc 1": 1}, **wishes)
        made.buy(("KC-1", 2), ("KC-2", 1))
        made.imports()
        made.pass_time(minutes=5)
        made.buy(("KC-2", 2))
        made.buy(("kc 1", 1))
        return made

    return begin


class TestImport:
    def test_every_order_reaches_the_erp_once(self, rig: Made) -> None:
        """Wherever the import dies, the next ones post each order once and hold the one that cannot be mapped."""
        for effects, after in deaths(three_orders(rig), importing):
            after.settle(3)
            judge(after, effects)
            assert len(after.khaos.orders) == 2
            assert not any(after.khaos.duplicates.values())
            assert "SKU_UNMAPPED" in after.kinds()

    def test_a_worker_of_another_name_waits_for_the_lease(self, rig: Made) -> None:
        """A worker that takes over from a dead one respects its leases, and carries on when they have run out."""
        for effects, after in deaths(three_orders(rig), importing):
            after.imports(owner="another")
            assert not any(after.khaos.duplicates.values())
            after.pass_time(minutes=11)
            for _ in range(3):
                after.imports(owner="another")
                after.pass_time(minutes=5)
            judge(after, effects)
            assert len(after.khaos.orders) == 2

    def test_a_cancellation_after_the_death_is_not_overlooked(self, rig: Made) -> None:
        """An order that the ERP has taken although we never heard of it, and that is cancelled now, is on a list."""
        for effects, after in deaths(three_orders(rig), importing):
            for order_id in after.mirakl.orders:
                after.mirakl.cancel_order(order_id)
            after.settle(2)
            judge(after, effects)
            assert after.kinds().count("CANCEL_CONFLICT") == len(after.khaos.orders)

    def test_what_customers_buy_in_between_is_never_too_much(self, rig: Made) -> None:
        """After the death a push runs first and customers buy whatever is shown: never more than there is."""
        for effects, after in deaths(three_orders(rig), importing):
            after.pushes()
            for sku in ("KC-1", "KC-2"):
                if after.shown(sku):
                    after.buy((sku, after.shown(sku)))
            after.settle(3)
            judge(after, effects)
            assert after.kinds().count("INSUFFICIENT_STOCK") == 0, "a level was pushed that was not there"


# --- stock -----------------------------------------------------------------------------------------------------------


def moved_shelves(rig: Made, **wishes: Any) -> Callable[[], Rig]:
    """Levels were pushed; then goods came and went, and a customer bought what the ERP has not heard of."""

    def begin() -> Rig:
        made = rig(stock={"KC-1": 8, "KC-2": 5, "KC-3": 4}, offers={"KC-1": 0, "KC-2": 0, "KC-3": 4}, **wishes)
        made.pushes()
        made.pass_time(minutes=5)
        made.buy(("KC-1", 2))
        made.khaos.receive("KC-1", 3)
        made.khaos.write_off("KC-2", 4)
        made.khaos.write_off("KC-3", 1)
        return made

    return begin


class TestPush:
    def test_the_next_delta_shows_what_is_there(self, rig: Made) -> None:
        """Wherever a push dies, one more (a delta, not a full one) leaves every listing at what may be sold."""
        for effects, after in deaths(moved_shelves(rig), pushing):
            after.pushes()
            after.pass_time(minutes=5)
            assert [after.shown(sku) for sku in ("KC-1", "KC-2", "KC-3")] == [9, 1, 3], f"death after effect {effects}"
            after.settle(2)
            judge(after, effects)

    def test_the_first_push_may_die_as_well(self, rig: Made) -> None:
        """A first push that dies leaves no listing out of the deltas that follow."""

        def begin() -> Rig:
            return rig(stock={"KC-1": 8, "KC-2": 5, "KC-3": 4}, offers={"KC-1": 0, "KC-2": 0, "KC-3": 4})

        for effects, after in deaths(begin, pushing):
            after.pushes()
            after.khaos.write_off("KC-3", 3)
            after.khaos.write_off("KC-1", 3)
            after.pass_time(minutes=5)
            after.pushes()
            assert [after.shown(sku) for sku in ("KC-1", "KC-2", "KC-3")] == [5, 5, 1], f"death after effect {effects}"


# --- despatches ------------------------------------------------------------------------------------------------------


def two_parcels(rig: Made, **wishes: Any) -> Callable[[], Rig]:
    """One order left in two parcels, another in one whose courier nobody has mapped."""

    def begin() -> Rig:
        made = rig(**wishes)
        first, second = made.buy(("KC-1", 2), ("KC-2", 1)), made.buy(("KC-2", 1))
        made.imports()
        made.pass_time(minutes=5)
        made.imports()
        made.despatch(first, units={"KC-1": 2}, number=NUMBERS[0])
        made.despatch(first, units={"KC-2": 1}, number=NUMBERS[1])
        made.despatch(second, courier="Own Van", number="VAN1")
        return made

    return begin


class TestConfirm:
    def test_every_parcel_is_told_once(self, rig: Made) -> None:
        """Wherever the confirmation dies, each parcel is told exactly once in the end; the van stays on the list."""
        for effects, after in deaths(two_parcels(rig), confirming):
            after.settle(1)
            judge(after, effects)
            assert sorted(after.told("JL00000001-A")) == sorted(NUMBERS)
            assert after.kinds() == ["COURIER_UNMAPPED"]

    def test_one_shipment_per_order(self, rig: Made) -> None:
        """Where the channel takes one shipment per order (OR23 and OR24), dying between the two is healed."""
        for effects, after in deaths(two_parcels(rig, market={"multi_shipment": False}), confirming):
            after.settle(1)
            judge(after, effects)
            order = after.mirakl.orders["JL00000001-A"]
            assert order.state == "SHIPPED"
            assert order.tracking.tracking_number == NUMBERS[1]
            assert after.kinds() == ["COURIER_UNMAPPED"]


def test_deaths_with_a_store_in_a_file(rig: Made, sql_store: Store) -> None:
    """Ten deaths of each pipeline in a row over one SQLite file: what was written is enough to carry on."""
    home = rig(stock={"KC-1": 30, "KC-2": 30}, offers={"KC-1": 0, "KC-2": 0}, store=sql_store)
    home.pushes()
    home.pass_time(minutes=5)
    for effects in range(4, 44, 4):
        home.buy(("KC-1", 1))
        for flow in (importing, pushing, confirming):
            home.die_after(effects, flow(home))
            home.restart()
        home.pass_time(minutes=15)
    home.settle(3)
    judge(home, effects)
    assert len(home.khaos.orders) == 10
