"""Stock out: never more than there is, never a level that nobody can explain, and nothing where nothing is known."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.core.availability import ListingPolicy, explain
from khaos_connectors.core.buffers import Fixed
from khaos_connectors.core.exception_report import ExceptionType, Reason, open_item
from khaos_connectors.core.ids import AccountId, ChannelSku, LocationId, OrderRef, StockCode
from khaos_connectors.core.push import BreakerPolicy
from khaos_connectors.core.skus import SkuMap
from khaos_connectors.core.stock import Demand, Snapshot, StockFigure
from khaos_connectors.pipelines.stock_push import PushReport
from khaos_connectors.protocols import ERPCapabilities
from khaos_connectors.store.protocol import Progress, RawOrder, Store
from khaos_connectors.testing.simulators.faults import Fault, FaultKind
from khaos_connectors.testing.simulators.khaos_control import KhaosItem

Rig = Any  # Any: it is built in conftest.py, which other modules cannot import
Made = Callable[..., Rig]

JOHN_LEWIS, KHAOS = AccountId("john-lewis"), AccountId("khaos")
DOWN, GARBLE = Fault(kind=FaultKind.UNAVAILABLE), Fault(kind=FaultKind.GARBLE)


def adds_up(report: PushReport) -> None:
    """The two sums that every report promises."""
    assert report.considered == report.unchanged + report.skipped + report.held + report.planned
    assert report.planned == report.acked + report.rejected + report.pending + report.failed


def push(made: Rig, **wishes: Any) -> PushReport:
    """A push that adds up, and the time that the channel takes over it."""
    report = made.pushes(**wishes)
    adds_up(report)
    made.pass_time(minutes=2)
    return report


def last_file(made: Rig) -> dict[str, int]:
    """The levels of the last stock file that the channel was sent."""
    file = list(made.mirakl.imports.values())[-1]
    sku, quantity = file.header.index("offer-sku"), file.header.index("quantity")
    return {row[sku]: int(row[quantity]) for row in file.rows}


def figures(made: Rig, *rows: StockFigure, physical: bool = False, **snapshot: Any) -> None:
    """Let the ERP tell these figures instead of its own."""

    def stock(_codes: Any = None) -> Any:
        yield from ()
        return Snapshot(**{"account": KHAOS, "as_of": made.clock.now(), "figures": rows, **snapshot})

    def able() -> Any:
        yield from ()
        return ERPCapabilities(stock_per_location=True, physical=physical, item_lines=True)

    made.instead("erp", stock=stock, capabilities=able)


def figure(code: str, **units: Any) -> StockFigure:
    return StockFigure(stock_code=StockCode(code), location=LocationId("main"), **units)


def demand(made: Rig, order_id: str, units: int, imported: datetime | None = None) -> None:
    """An order of another channel in the store, in the ERP since *imported*."""
    other, at = AccountId("other"), made.clock.now()
    made.store.keep_raw(other, [RawOrder(order_id=order_id, payload=order_id)], at=at)
    made.store.mark(other, order_id, Progress.POSTED, at=at, reference=OrderRef(order_id), erp_created_at=imported)
    row = Demand(account=other, order_id=order_id, line_id="1", stock_code=StockCode("KC-1"), ordered=units)
    made.store.set_demand(other, order_id, [row])


class TestInFlight:
    def test_the_worked_example(self, rig: Made) -> None:
        """As of 10:00: physical 20, allocated 6. X (2) was imported at 9:55 and is inside the 6; Y (3) was imported at
        10:02 and Z (1) not at all: 4 units are in flight, so 20 - 6 - 4 = 10 are offered, not 14.
        """
        made = rig(stock={"KC-1": 0}, offers={"KC-1": 0})
        ten = datetime(2026, 3, 3, 10, tzinfo=UTC)
        made.clock.advance((ten - made.clock.now()).total_seconds())
        demand(made, "X", 2, ten - timedelta(minutes=5))
        demand(made, "Y", 3, ten + timedelta(minutes=2))
        demand(made, "Z", 1)
        figures(made, figure("KC-1", physical=20, allocated=6), physical=True)
        push(made)
        assert made.shown("KC-1") == 10

    def test_clocks_that_differ(self, rig: Made) -> None:
        """An order that was created just before the snapshot by another machine's clock is not believed to be in it."""
        made = rig(stock={"KC-1": 0}, offers={"KC-1": 0})
        demand(made, "X", 3, made.clock.now() - timedelta(seconds=4))
        demand(made, "Y", 2, made.clock.now() - timedelta(seconds=6))
        figures(made, figure("KC-1", available=20))
        push(made, clock_skew=timedelta(seconds=5))
        assert made.shown("KC-1") == 17

    def test_an_order_s_missing_setting_is_not_ours_to_close(self, rig: Made) -> None:
        """Items of other pipelines keep their age: a push closes only what it opens."""
        made = rig(stock={"KC-1": 4}, offers={"KC-1": 0})
        reason = Reason(type=ExceptionType.CONFIG_MISSING, entity="JL1-A", message="no map")
        made.store.raise_items([open_item(reason, account=AccountId("john-lewis"), now=made.clock.now())])
        push(made)
        assert made.kinds() == ["CONFIG_MISSING"]

    def test_from_purchase_to_import(self, rig: Made) -> None:
        """An order is subtracted once: while it waits, when it is accepted, and when the ERP has it."""
        made = rig(stock={"KC-1": 16}, offers={"KC-1": 16})
        shown: list[int] = []
        push(made)
        made.buy(("KC-1", 2))
        for _ in range(3):  # waiting; accepted; in the ERP
            push(made)
            shown.append(made.shown("KC-1"))
            made.imports()
            made.pass_time(minutes=5)
        push(made)
        assert [*shown, made.shown("KC-1")] == [14, 14, 14, 14]
        assert made.khaos.stock["KC-1", 1].available == 14

    def test_an_import_between_snapshot_and_push(self, rig: Made) -> None:
        """A snapshot that was taken before the ERP had the order does not contain it, whatever is true by now."""
        made = rig(stock={"KC-1": 10}, offers={"KC-1": 10})
        made.buy(("KC-1", 4))
        made.imports()
        made.pass_time(minutes=5)
        read = made.erp.stock

        def then_import(codes: Any = None) -> Any:
            snapshot = yield from read(codes)
            made.clock.advance(1)
            made.restart()
            made.imports()
            made.clock.advance(1)
            return snapshot

        made.instead("erp", stock=then_import)
        push(made)
        assert made.shown("KC-1") == 6

    def test_more_promised_than_there_is(self, rig: Made) -> None:
        """A pool below zero is offered as nothing and is somebody's work until it is over."""
        made = rig(stock={"KC-1": 3}, offers={"KC-1": 9}, market={"order_acceptance": "AUTOMATIC"})
        made.buy(("KC-1", 5))
        push(made)
        assert made.shown("KC-1") == 0
        assert list(made.open_items()) == [("OVERSOLD", "stock:KC-1")]
        made.khaos.receive("KC-1", 10)
        push(made)
        assert made.shown("KC-1") == 8
        assert made.kinds() == []

    def test_negative_physical_stock(self, rig: Made) -> None:
        """A location in debt is told, and eats the stock of the others."""
        made = rig(offers={"KC-1": 0})
        there = attrs.evolve(figure("KC-1", physical=5), location=LocationId("shop"))
        figures(made, figure("KC-1", physical=-2), there, physical=True)
        push(made)
        assert made.shown("KC-1") == 3
        assert list(made.open_items()) == [("NEGATIVE_STOCK", "stock:KC-1")]


class TestDelta:
    def test_only_what_differs(self, rig: Made, any_store: Store) -> None:
        """A push sends what differs from the last acknowledged level, and explains every level."""
        made = rig(offers={"KC-1": 0, "KC-2": 0}, store=any_store)
        policy = ListingPolicy(pool_buffer=Fixed(2))
        first = push(made, listing=policy)
        assert (first.considered, first.acked) == (2, 2)
        assert last_file(made) == {"KC-1": 18, "KC-2": 18}
        assert "18" in explain(first.results[ChannelSku("KC-1")])
        assert push(made, listing=policy).planned == 0
        made.khaos.write_off("KC-1", 5)
        second = push(made, listing=policy)
        assert (second.unchanged, second.acked) == (1, 1)
        assert last_file(made) == {"KC-1": 13}
        assert second.revision > first.revision

    def test_a_policy_for_one_listing(self, rig: Made) -> None:
        """A listing may have a policy of its own."""
        made = rig(offers={"KC-1": 0, "KC-2": 0})
        push(made, listings={ChannelSku("KC-2"): ListingPolicy(max_to_list=3)})
        assert (made.shown("KC-1"), made.shown("KC-2")) == (20, 3)

    def test_a_listing_that_needed_no_push_is_not_forgotten(self, rig: Made) -> None:
        """A listing that was right at the first look is part of every later delta."""
        made = rig(offers={"KC-1": 0, "KC-2": 20})
        assert push(made).planned == 1
        made.khaos.write_off("KC-2", 15)
        push(made)
        assert made.shown("KC-2") == 5

    def test_a_sale_is_pushed_over(self, rig: Made) -> None:
        """The channel lowers its own figure when it sells, so a level that was acknowledged before no longer holds."""
        made = rig(stock={"KC-1": 5}, offers={"KC-1": 0})
        push(made)
        made.buy(("KC-1", 2))
        made.khaos.receive("KC-1", 2)
        push(made)
        assert made.shown("KC-1") == 5

    def test_in_parts(self, rig: Made) -> None:
        """Many levels go in several pushes, decreases first."""
        made = rig(stock={"KC-1": 5, "KC-2": 9, "KC-3": 4}, offers={"KC-1": 1, "KC-2": 30, "KC-3": 4})
        report = push(made, rows=1)
        assert (report.acked, len(made.mirakl.imports)) == (2, 2)
        assert [row[0] for file in made.mirakl.imports.values() for row in file.rows] == ["KC-2", "KC-1"]


class TestTrouble:
    def test_forgotten_before_the_call(self, rig: Made) -> None:
        """While a push is under way nobody believes the old level; after a failure it is sent again."""
        made = rig(offers={"KC-1": 0, "KC-2": 0})
        push(made)
        made.khaos.write_off("KC-1", 1)
        seen: list[int | None] = []

        def down(_levels: Any) -> Any:
            yield from ()
            seen.extend(row.units for row in made.store.acked(JOHN_LEWIS).values())
            raise errors.NotSent(system=JOHN_LEWIS, operation="STO01", reason="down")

        made.instead("channel", push_stock=down)
        failed = push(made)
        assert (failed.failed, len(failed.failures)) == (1, 1)
        assert sorted(seen, key=str) == [20, None]
        assert list(made.open_items()) == [("STOCK_PUSH_FAILED", "feed:stock")]
        made.khaos.receive("KC-1", 1)
        made.restart()
        assert push(made).acked == 1, "the old level would do, but nobody knows that it is still there"
        assert made.kinds() == []

    def test_a_file_that_is_not_taken(self, rig: Made) -> None:
        """A failed STO01 leaves the rest for the next run: parts that went through stay acknowledged."""
        made = rig(offers={"KC-1": 0, "KC-2": 0})
        send = made.channel.push_stock
        calls: list[int] = []

        def second_fails(levels: Any) -> Any:
            calls.append(1)
            if len(calls) == 2:
                raise errors.RateLimited(system=JOHN_LEWIS, operation="STO01", message="slow down", status=429)
            return (yield from send(levels))

        made.instead("channel", push_stock=second_fails)
        report = push(made, rows=1)
        assert (report.acked, report.failed) == (1, 1)
        assert made.kinds() == ["STOCK_PUSH_FAILED"]
        assert push(made).acked == 1
        assert made.kinds() == []
        assert (made.shown("KC-1"), made.shown("KC-2")) == (20, 20)

    def test_rows_that_are_refused(self, rig: Made) -> None:
        """One item per refused row, the rest is acknowledged; accepted later, the item closes."""
        made = rig(offers={"KC-1": 0, "KC-2": 0})
        made.mirakl.fail_rows("KC-1", 2)
        report = push(made)
        assert (report.acked, report.rejected, report.exceptions) == (1, 1, 1)
        assert list(made.open_items()) == [("STOCK_PUSH_REJECTED", "listing:KC-1")]
        assert push(made).rejected == 1
        assert list(made.open_items()) == [("STOCK_PUSH_REJECTED", "listing:KC-1")]
        assert push(made).acked == 1
        assert made.kinds() == []

    def test_a_push_whose_end_is_not_known(self, rig: Made) -> None:
        """Rows that the channel took but has not judged are sent again, also by a full push."""
        made = rig(offers={"KC-1": 0, "KC-2": 20})
        made.mirakl_faults.next("STO02", *[GARBLE] * 9)
        report = push(made)
        assert (report.pending, report.acked) == (1, 0)
        made.drain(made.mirakl_faults)
        again = push(made, full=True)
        assert again.acked == 1

    def test_orders_that_cannot_be_read(self, rig: Made) -> None:
        """Unread orders are demand that nobody subtracts: nothing is pushed."""
        made = rig(offers={"KC-1": 0})
        made.mirakl_faults.next("OR11", *[DOWN] * 4)
        report = push(made)
        assert (report.considered, len(report.failures)) == (0, 1)
        assert made.mirakl.imports == {}

    def test_an_erp_that_is_down(self, rig: Made) -> None:
        """Unknown is not zero: nothing is pushed, one item says that the figures are old, one that the line is down."""
        made = rig(offers={"KC-1": 5})
        made.khaos.down = True
        report = push(made)
        assert (report.considered, report.exceptions, len(report.failures)) == (0, 2, 2)
        assert made.kinds() == ["API_DOWN", "STOCK_STALE"]
        assert made.shown("KC-1") == 5
        made.khaos.down = False
        assert push(made).acked == 1
        assert made.kinds() == []

    def test_figures_that_are_too_old(self, rig: Made) -> None:
        """A snapshot that took longer to read than a figure may be old is not used."""
        made = rig(offers={"KC-1": 5})
        figures(made, figure("KC-1", available=9), as_of=made.clock.now() - timedelta(minutes=31))
        assert push(made).considered == 0
        assert made.kinds() == ["STOCK_STALE"]
        made.restart()
        push(made)
        assert made.kinds() == []

    def test_listings_that_go_round_in_circles(self, rig: Made) -> None:
        """A cursor that comes again ends the run with an item."""
        made = rig(offers={"KC-1": 5})
        read = made.channel.listings

        def circle(*, cursor: str | None = None) -> Any:
            batch = yield from read()
            return attrs.evolve(batch, next="b" if cursor == "a" else "a")

        made.instead("channel", listings=circle)
        assert push(made).considered == 0
        assert made.kinds() == ["CURSOR_STUCK", "STOCK_STALE"]

    def test_a_partial_snapshot(self, rig: Made) -> None:
        """Codes that could not be read keep their level; the others are pushed."""
        made = rig(offers={"KC-1": 5, "KC-2": 5})
        figures(made, figure("KC-1", available=9), complete=False, missing=(StockCode("KC-2"),))
        report = push(made)
        assert (report.acked, report.skipped) == (1, 1)
        assert (made.shown("KC-1"), made.shown("KC-2")) == (9, 5)
        assert list(made.open_items()) == [("STOCK_PARTIAL", "feed:stock")]

    def test_a_code_of_which_a_part_came_through(self, rig: Made) -> None:
        """A figure of a code that is named as missing is a part of its stock: the level is unknown, and kept."""
        made = rig(offers={"KC-1": 5, "KC-2": 5})
        rows = (figure("KC-1", available=9), figure("KC-2", available=1))
        figures(made, *rows, complete=False, missing=(StockCode("KC-2"),))
        report = push(made)
        assert (report.acked, report.skipped) == (1, 1)
        assert (made.shown("KC-1"), made.shown("KC-2")) == (9, 5)
        assert sorted(made.open_items()) == [("STOCK_PARTIAL", "feed:stock"), ("STOCK_PARTIAL", "stock:KC-2")]

    def test_a_code_without_a_usable_figure(self, rig: Made) -> None:
        """One figure that is missing makes one level unknown, and nobody else's."""
        made = rig(offers={"KC-1": 5, "KC-2": 5})
        figures(made, figure("KC-1", available=9), figure("KC-2"))
        report = push(made)
        assert (report.acked, report.skipped) == (1, 1)
        assert list(made.open_items()) == [("STOCK_PARTIAL", "stock:KC-2")]


class TestBreaker:
    POLICY = BreakerPolicy(zeroed=Fraction(1, 4), min_skus=2)

    def emptied(self, rig: Made) -> Rig:
        codes = [f"KC-{n}" for n in range(6)]
        made = rig(stock=dict.fromkeys(codes, 9), offers=dict.fromkeys(codes, 9))
        push(made)
        for code in codes[:4]:
            made.khaos.write_off(code, 9)
        made.khaos.receive("KC-5", 3)
        return made

    def test_held_and_approved(self, rig: Made) -> None:
        """A mass change waits for a person, increases included; with a yes it goes out and the item closes."""
        made = self.emptied(rig)
        report = push(made, breaker=self.POLICY)
        assert (report.held, report.planned) == (5, 0)
        assert made.kinds() == ["STOCK_MASS_CHANGE_HELD"]
        assert made.shown("KC-0") == 9
        approved = push(made, breaker=self.POLICY, approved=True)
        assert (approved.held, approved.acked) == (0, 5)
        assert made.kinds() == []
        assert (made.shown("KC-0"), made.shown("KC-5")) == (0, 12)

    def test_what_orders_explain_goes_through(self, rig: Made) -> None:
        """A decrease that an order explains is not held."""
        made = self.emptied(rig)
        made.buy(("KC-4", 9))
        made.khaos.write_off("KC-4", 1)
        report = push(made, breaker=self.POLICY)
        assert (report.held, report.acked) == (5, 1)
        assert last_file(made) == {"KC-4": 0}


class TestCodes:
    def test_missing_twice_goes_to_zero(self, rig: Made) -> None:
        """A listing whose code the ERP does not know keeps its level once, then shows nothing until it is found."""
        made = rig(stock={"KC-1": 5}, offers={"KC-1": 5, "GONE": 7})
        first = push(made)
        assert (first.skipped, made.shown("GONE")) == (1, 7)
        assert list(made.open_items()) == [("LISTING_NO_STOCK_CODE", "listing:GONE")]
        push(made)
        assert made.shown("GONE") == 0
        assert made.kinds() == ["LISTING_NO_STOCK_CODE"]
        made.khaos.revise(KhaosItem(stock_code="GONE", physical=3))
        push(made)
        assert made.shown("GONE") == 3
        assert made.kinds() == []

    def test_a_listing_that_nobody_maps(self, rig: Made) -> None:
        """The same where the SKU map says nothing at all."""
        made = rig(stock={"KC-1": 5}, offers={"KC-1": 5})
        nothing = SkuMap(identity=False)
        assert push(made, skus=nothing).skipped == 1
        push(made, skus=nothing)
        assert made.shown("KC-1") == 0

    def test_not_read_is_not_missing(self, rig: Made) -> None:
        """In an incomplete snapshot a code that is absent may only be unread: no step towards zero."""
        made = rig(stock={"KC-1": 5}, offers={"KC-1": 5, "GONE": 7})
        figures(made, figure("KC-1", available=5), complete=False, missing=(StockCode("GONE"),))
        push(made)
        push(made)
        assert made.shown("GONE") == 7
        assert made.kinds() == ["STOCK_PARTIAL"]

    def test_discontinued(self, rig: Made) -> None:
        """A discontinued item is not offered, whatever lies on the shelf."""
        made = rig(stock={"KC-1": KhaosItem(stock_code="KC-1", physical=9, discontinued=True)}, offers={"KC-1": 4})
        push(made)
        assert made.shown("KC-1") == 0

    def test_not_counted(self, rig: Made) -> None:
        """An item without stock control is offered only with a configured quantity, in the listing's packs."""
        gift = KhaosItem(stock_code="GIFT", stock_controlled=False)
        made = rig(stock={"GIFT": gift}, offers={"GIFT": 4, "GIFT-X3": 1}, packs={"GIFT-X3": ("GIFT", 3)})
        report = push(made)
        assert (report.skipped, made.shown("GIFT")) == (2, 4)
        assert made.kinds() == ["CONFIG_MISSING", "CONFIG_MISSING"]
        push(made, non_stock=10)
        assert (made.shown("GIFT"), made.shown("GIFT-X3")) == (10, 3)
        assert made.kinds() == []

    def test_single_and_pack(self, rig: Made) -> None:
        """Listings of one code share its pool: together they never promise more than there is."""
        made = rig(stock={"KC-1": 11}, offers={"KC-1": 0, "KC-1-X3": 0}, packs={"KC-1-X3": ("KC-1", 3)})
        push(made, listing=ListingPolicy(pool_buffer=Fixed(1)))
        assert (made.shown("KC-1"), made.shown("KC-1-X3")) == (5, 1)
        made.khaos.write_off("KC-1", 11)
        push(made, listing=ListingPolicy(pool_buffer=Fixed(1)))
        assert (made.shown("KC-1"), made.shown("KC-1-X3")) == (0, 0)


class TestFull:
    def test_reads_back_and_corrects(self, rig: Made) -> None:
        """A full push compares with what the channel shows: a level that went up by itself is told and corrected."""
        made = rig(stock={"KC-1": 9, "KC-2": 9}, offers={"KC-1": 0, "KC-2": 0})
        push(made)
        made.mirakl.list_offer("KC-1", attrs.evolve(made.mirakl.offers["KC-1"], quantity=50))
        made.mirakl.list_offer("KC-2", attrs.evolve(made.mirakl.offers["KC-2"], quantity=4))
        assert push(made).planned == 0, "a delta cannot see it"
        report = push(made, full=True)
        assert report.acked == 2
        assert list(made.open_items()) == [("STOCK_DRIFT", "listing:KC-1")]
        assert (made.shown("KC-1"), made.shown("KC-2")) == (9, 9)
        push(made, full=True)
        assert made.kinds() == []

    def test_new_listings(self, rig: Made) -> None:
        """A listing that was made since belongs to the next full push and to the deltas after it."""
        made = rig(stock={"KC-1": 9, "KC-2": 9}, offers={"KC-1": 0}, channel={"page_size": 1})
        push(made)
        made.mirakl.list_offer("KC-2", attrs.evolve(made.mirakl.offers["KC-1"], quantity=9))
        push(made, full=True)
        made.khaos.write_off("KC-2", 8)
        push(made)
        assert made.shown("KC-2") == 1

    def test_a_push_that_may_still_run_over_there_is_not_trusted(self, rig: Made) -> None:
        """What the channel shows while an earlier push is in doubt may change in a moment: it is pushed again."""
        made = rig(stock={"KC-1": 9}, offers={"KC-1": 0}, market={"import_seconds": 3000})
        report = made.pushes()
        adds_up(report)
        assert report.pending == 1
        made.khaos.write_off("KC-1", 9)
        report = made.pushes(full=True)
        assert report.planned == 1, "it shows 0 and 0 is wanted, but the 9 are still on their way"
        made.pass_time(hours=2)
        assert made.shown("KC-1") == 0


class TestTwoWorkers:
    def test_one_at_a_time(self, rig: Made) -> None:
        """Two workers of different names never push to one account at once; the lock is given back at the end."""
        made = rig(offers={"KC-1": 0})
        send = made.channel.push_stock
        other: list[PushReport] = []

        def meanwhile(levels: Any) -> Any:
            other.append(made.pushes(owner="second"))
            return (yield from send(levels))

        made.instead("channel", push_stock=meanwhile)
        assert made.pushes(owner="first").acked == 1
        assert other == [PushReport(account=JOHN_LEWIS, failures=("another run is pushing stock to this account",))]
        made.restart()
        assert made.pushes(owner="second").failures == ()


class TestDryRun:
    def test_writes_nothing_and_returns_the_plan(self, rig: Made, any_store: Store) -> None:
        """Store and systems are the same before and after; unread orders are subtracted all the same."""
        made = rig(offers={"KC-1": 9, "KC-2": 0, "GONE": 1}, store=any_store)
        made.buy(("KC-1", 2))
        before = made.memory(), made.systems()
        report = made.pushes(dry_run=True)
        assert (made.memory(), made.systems()) == before
        assert {level.sku: level.units for level in report.plan.increases} == {"KC-1": 18, "KC-2": 20}
        assert (report.considered, report.skipped, report.revision) == (3, 1, 0)
        made.imports()
        assert {level.sku: level.units for level in made.pushes(dry_run=True).plan.increases}["KC-1"] == 18

    @pytest.mark.parametrize("system", ["erp", "channel"])
    def test_trouble_writes_nothing_either(self, rig: Made, system: str) -> None:
        """Not even an item: a dry run may be tried at any time."""
        made = rig(offers={"KC-1": 9})
        before = made.memory()
        if system == "erp":
            made.khaos.down = True
        else:
            made.mirakl_faults.next("OR11", *[DOWN] * 4)
        assert made.pushes(dry_run=True).failures
        assert made.memory() == before
