"""Orders in: every order reaches the ERP once, or somebody's list, and the counts say which."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.acceptance import AcceptancePolicy
from khaos_connectors.core.exception_report import Team
from khaos_connectors.core.ids import AccountId, ChannelId, ChannelSku, ErpOrderCode, OrderRef, StockCode
from khaos_connectors.core.orders import ErpOrder, ErpOrderDraft
from khaos_connectors.core.skus import SkuMap, Target
from khaos_connectors.pipelines.intake import Reading
from khaos_connectors.pipelines.order_actions import Decide, Hold, Post
from khaos_connectors.pipelines.order_import import ImportReport
from khaos_connectors.protocols import Batch, ReceivedOrder, ReferenceRefusal, Unreadable
from khaos_connectors.store.protocol import Progress, Store
from khaos_connectors.testing.simulators.faults import Fault, FaultKind
from khaos_connectors.testing.simulators.khaos_control import KhaosItem

Rig = Any  # Any: it is built in conftest.py, which other modules cannot import
Made = Callable[..., Rig]

JOHN_LEWIS, KHAOS = AccountId("john-lewis"), AccountId("khaos")
BUSY, DOWN, DROP = (Fault(kind=kind) for kind in (FaultKind.BUSY, FaultKind.UNAVAILABLE, FaultKind.DROP))


def adds_up(report: ImportReport) -> None:
    """The two sums that every report promises."""
    assert report.read == report.stored + report.duplicate + report.quarantined
    assert report.worked == sum(
        (
            report.accepted,
            report.refused,
            report.posted,
            report.found,
            report.held,
            report.waiting,
            report.ended,
            report.failed,
        )
    )


def mapped(**skus: tuple[str, int]) -> SkuMap:
    rows = {sku.replace("_", " "): target for sku, target in skus.items()}
    return SkuMap({(ChannelId(JOHN_LEWIS), ChannelSku(s)): Target(StockCode(c), n) for s, (c, n) in rows.items()})


def posted(made: Rig, *lines: tuple[str, int]) -> str:
    """An order that went the whole way into the ERP."""
    order_id = made.buy(*lines)
    made.imports()
    made.pass_time(minutes=5)
    made.imports()
    assert made.in_erp(order_id)
    return order_id


class TestTheUsualWay:
    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_from_purchase_to_reference(self, rig: Made, any_store: Store, *, asynchronous: bool) -> None:
        """Accepted, debited, created, its reference written back; every step is counted once and nothing repeats."""
        made = rig(store=any_store, asynchronous=asynchronous)
        order_id = made.buy(("KC-1", 2), ("KC-2", 1))

        first = made.imports()
        adds_up(first)
        assert (first.read, first.stored, first.accepted) == (1, 1, 1)
        assert made.progress(order_id) is Progress.ACCEPTED
        assert not made.in_erp(order_id)

        at_once = made.imports()
        adds_up(at_once)
        assert (at_once.waiting, at_once.posted) == (1, 0)

        made.pass_time(minutes=5)
        second = made.imports()
        adds_up(second)
        assert (second.posted, second.confirmed) == (1, 1)
        assert made.progress(order_id) is Progress.CONFIRMED
        known = made.khaos.order_of(order_id)
        assert {line.stock_code: line.ordered for line in known.lines} == {"KC-1": 2, "KC-2": 1}
        assert made.mirakl.orders[order_id].seller_reference == order_id
        assert made.stored(order_id).erp_code == known.code

        later = made.imports()
        adds_up(later)
        assert (later.posted, later.found, later.failures) == (0, 0, ())
        assert made.khaos.import_attempts[order_id] == 1
        assert made.audit().passed
        assert made.kinds() == []

    def test_several_pages(self, rig: Made) -> None:
        """Orders beyond the first page are read, worked on in the order of purchase and counted."""
        made = rig(channel={"page_size": 2})
        for _ in range(5):
            made.buy(("KC-1", 1))
            made.clock.advance(1)
        report = made.imports()
        adds_up(report)
        assert (report.read, report.accepted) == (5, 5)

    def test_nothing_to_do(self, rig: Made) -> None:
        """Without orders nothing is asked of the ERP, and the watermark moves on."""
        made = rig()
        report = made.imports()
        assert report == ImportReport(account=JOHN_LEWIS)
        assert made.khaos_faults.requests == 0
        assert made.store.watermark(JOHN_LEWIS, "orders") == made.clock.now()


class TestReading:
    def test_the_watermark_is_the_moment_before_the_read(self, rig: Made) -> None:
        """It moves to when the run began, never to a time at which something may already have been missed."""
        made = rig()
        began = made.clock.now()
        made.tamper = lambda _operation, answer: (made.clock.advance(7), answer)[1]
        made.imports()
        assert made.store.watermark(JOHN_LEWIS, "orders") == began

    def test_reads_overlap(self, rig: Made) -> None:
        """Every read begins an overlap before the watermark; the first one looks back as far as it was told."""
        made = rig()
        asked: list[Any] = []
        made.instead("channel", orders=lambda since, cursor=None: (asked.append(since), _no_orders())[1])
        began = made.clock.now()
        reading = Reading(overlap=timedelta(minutes=10), first_look_back=timedelta(days=3))
        made.imports(reading=reading)
        made.pass_time(minutes=30)
        made.imports(reading=reading)
        assert asked == [began - timedelta(days=3), began - timedelta(minutes=10)]

    def test_the_same_page_twice_changes_nothing(self, rig: Made) -> None:
        """A page that comes again is counted as duplicates; the store is the same afterwards."""
        made = rig()
        made.buy(("KC-1", 1))
        made.imports()
        before = made.memory()
        again = made.imports()
        adds_up(again)
        assert (again.read, again.stored) == (1, 1)  # accepting it has changed its text
        once = made.imports()
        adds_up(once)
        assert (once.read, once.duplicate) == (1, 1)
        assert made.memory()[2:] == before[2:]

    def test_a_cursor_that_stands_still(self, rig: Made) -> None:
        """Paging that goes round in a circle ends the read with an item; what was read is kept, the watermark stays."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        real = made.channel.orders

        def circle(*, since: Any, cursor: str | None = None) -> Any:
            batch = yield from real(since=since)
            return attrs.evolve(batch, next="b" if cursor == "a" else "a")

        made.instead("channel", orders=circle)
        report = made.imports()
        adds_up(report)
        assert made.kinds() == ["CURSOR_STUCK"]
        assert "stands still" in report.failures[0]
        assert made.store.watermark(JOHN_LEWIS, "orders") is None
        assert made.progress(order_id) is Progress.ACCEPTED, "what was read is worked on all the same"

    def test_the_item_of_a_dead_connection_closes_by_itself(self, rig: Made) -> None:
        """One item for the connection while it is down, none when it answers again."""
        made = rig()
        made.mirakl_faults.next("OR11", *[DOWN] * 4)
        report = made.imports()
        assert (report.worked, len(report.failures)) == (0, 1)
        assert made.kinds() == ["API_DOWN"]
        assert made.imports().failures == ()
        assert made.kinds() == []

    def test_one_broken_order(self, rig: Made) -> None:
        """An order that cannot be read is quarantined with an item while the others go on; later it is healed."""
        made = rig()
        broken, good = made.buy(("KC-1", 1)), made.buy(("KC-2", 1))
        made.tamper = _without_lines(broken)
        report = made.imports()
        adds_up(report)
        assert (report.quarantined, report.accepted) == (1, 1)
        assert made.progress(broken) is Progress.QUARANTINED
        assert made.progress(good) is Progress.ACCEPTED
        assert made.kinds() == ["SCHEMA_DRIFT"]
        again = made.imports()
        adds_up(again)
        assert made.progress(broken) is Progress.QUARANTINED

        made.tamper = lambda _operation, answer: answer
        healed = made.imports()
        adds_up(healed)
        assert healed.accepted == 1
        assert made.kinds() == []
        assert made.progress(broken) is Progress.ACCEPTED

    def test_two_orders_without_an_id(self, rig: Made) -> None:
        """What cannot even be named is kept apart by its text: each is in the store, each is on the list."""
        made = rig()
        nameless = [Unreadable(key="", problem="not an order", payload=text) for text in ("{}", "[]")]

        def orders(*, since: datetime, cursor: str | None = None) -> Flow[Batch[ReceivedOrder]]:
            yield from ()
            return Batch(items=(), unreadable=tuple(nameless))

        made.instead("channel", orders=orders)
        report = made.imports()
        adds_up(report)
        assert report.quarantined == 2
        assert made.kinds() == ["SCHEMA_DRIFT", "SCHEMA_DRIFT"]
        assert made.store.counts(JOHN_LEWIS)[Progress.QUARANTINED] == 2

    def test_a_kept_text_that_can_no_longer_be_read(self, rig: Made) -> None:
        """A text that today's code cannot read is put aside with an item, and taken up again when it can be read."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        made.pushes()
        port, made_blind = made.channel, {"read_order": _refuses_to_read}
        made.instead("channel", **made_blind)
        report = made.imports()
        assert (report.worked, report.exceptions) == (0, 1)
        assert made.progress(order_id) is Progress.QUARANTINED
        made.pass_time(hours=1)
        made.imports()
        made.pass_time(hours=1)
        assert made.imports().exceptions == 0, "it is on the list already"
        made.channel = port
        assert made.imports().accepted == 1
        assert made.kinds() == []

    def test_demand_is_noted_with_todays_map(self, rig: Made) -> None:
        """A SKU that is mapped after its order came claims the right stock from the next read on."""
        made = rig(offers={"OLD": 5, "KC-1": 5}, market={"order_acceptance": "AUTOMATIC"})
        made.buy(("OLD", 2))
        for _ in range(3):
            made.pass_time(hours=2)
            made.imports()
        assert [(d.stock_code, d.ordered) for d in made.store.demand()] == [("OLD", 2)]
        skus = mapped(OLD=("KC-1", 3))
        pushed = made.pushes(skus=skus)
        assert [(d.stock_code, d.ordered) for d in made.store.demand()] == [("KC-1", 6)]
        assert pushed.results[ChannelSku("KC-1")].value == (20 - 6) // 2, "nothing was read again, and yet it counts"
        made.mirakl_faults.next("OR11", *[DOWN] * 4)
        made.imports(skus=SkuMap())
        assert [d.stock_code for d in made.store.demand()] == ["OLD"], "not even when nothing can be read"

    def test_an_old_text_that_comes_late(self, rig: Made) -> None:
        """A text that is older than the kept one says nothing of what the order claims."""
        made = rig()
        order_id = posted(made, ("KC-1", 1))
        late = made.drive(made.channel.order(order_id))
        made.clock.advance(60)
        made.mirakl.cancel_order(order_id)
        made.pushes()
        assert made.store.demand() == []
        made.instead("channel", orders=lambda **_asked: _gives(Batch(items=(late,))))
        made.pushes()
        assert made.store.demand() == []


class TestUnknownSkus:
    def test_held_with_suggestions_then_healed(self, rig: Made) -> None:
        """Nothing is sent to the ERP; the item names near matches, an owner and a deadline, and closes when mapped."""
        made = rig(offers={"kc 1": 5, "KC-2": 5})
        order_id = made.buy(("kc 1", 2), ("KC-2", 1))
        report = made.imports()
        adds_up(report)
        assert (report.held, report.exceptions) == (1, 1)
        item = made.open_items()["SKU_UNMAPPED", order_id]
        assert "KC-1" in " ".join(item.evidence.values())
        assert item.team is Team.ECOMMERCE
        assert made.clock.now() <= item.deadline <= made.mirakl.orders[order_id].ship_by
        assert made.mirakl.orders[order_id].state == "WAITING_ACCEPTANCE"
        assert made.khaos.import_attempts[order_id] == 0
        assert made.audit().passed

        skus = mapped(kc_1=("KC-1", 1))
        assert made.imports(skus=skus).accepted == 1
        assert made.kinds() == []
        made.pass_time(minutes=5)
        assert made.imports(skus=skus).posted == 1
        assert {line.stock_code: line.ordered for line in made.khaos.order_of(order_id).lines} == {"KC-1": 2, "KC-2": 1}

    def test_never_in_part(self, rig: Made) -> None:
        """An order that was accepted elsewhere is not posted without its unknown line."""
        made = rig(offers={"kc 1": 5, "KC-2": 5}, market={"order_acceptance": "AUTOMATIC"})
        order_id = made.buy(("kc 1", 2), ("KC-2", 1), ship_within=timedelta(minutes=70))
        made.pass_time(minutes=5)
        assert made.imports().held == 1
        item = made.open_items()["SKU_UNMAPPED", order_id]
        assert item.deadline <= made.mirakl.orders[order_id].ship_by, "nobody's own deadline is later than the order's"
        assert not made.in_erp(order_id)
        assert made.imports(skus=mapped(kc_1=("KC-1", 1))).posted == 1
        assert made.kinds() == []


class TestTheErp:
    def order_to_post(self, made: Rig) -> str:
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        return order_id

    def test_an_answer_that_got_lost(self, rig: Made) -> None:
        """Sent, stored over there, no answer: it is looked up at once and not sent again."""
        made = rig()
        order_id = self.order_to_post(made)
        made.khaos_faults.next("ImportOrders", DROP)
        report = made.imports()
        adds_up(report)
        assert (report.found, report.confirmed) == (1, 1)
        assert made.khaos.import_attempts[order_id] == 1
        assert made.audit().passed

    def test_an_answer_that_got_lost_and_nobody_to_ask(self, rig: Made) -> None:
        """If the look-up fails as well, the outcome is unknown and on a list; the next run looks before it acts."""
        made = rig()
        order_id = self.order_to_post(made)
        find, blind = made.erp.find_order, iter([False, True])

        def sometimes(reference: OrderRef) -> Any:
            if next(blind, False):
                raise errors.NotSent(system=KHAOS, operation="find", reason="down")
            return (yield from find(reference))

        made.instead("erp", find_order=sometimes)
        made.khaos_faults.next("ImportOrders", DROP)
        report = made.imports()
        adds_up(report)
        assert (report.failed, made.kinds()) == (1, ["ORDER_OUTCOME_UNKNOWN"])
        assert made.imports().found == 1
        assert made.kinds() == []
        assert made.khaos.import_attempts[order_id] == 1

    @pytest.mark.parametrize("fault", [BUSY, DOWN, Fault(kind=FaultKind.REFUSE)], ids=lambda fault: fault.kind.name)
    def test_passing_trouble(self, rig: Made, fault: Fault) -> None:
        """429 and a dead line make no work for anybody; after a 5xx, which may hide a success, somebody knows that the
        outcome is not known. A later run looks, and posts the order.
        """
        made = rig()
        order_id = self.order_to_post(made)
        made.khaos_faults.next("ImportOrders", *[fault] * 12)
        report = made.imports()
        adds_up(report)
        assert report.failed == 1
        assert made.kinds() == (["ORDER_OUTCOME_UNKNOWN"] if fault is DOWN else [])
        made.khaos_faults.next("ExportOrderStatusEx", *[fault] * 4)
        assert made.imports().failed == 1
        made.drain(made.khaos_faults)
        made.settle(3)
        assert made.in_erp(order_id)
        assert made.khaos.import_attempts[order_id] == 1
        assert made.kinds() == []

    def test_an_erp_that_is_down(self, rig: Made) -> None:
        """When the ERP cannot even tell its stock, one item says so and every order waits."""
        made = rig()
        made.buy(("KC-1", 1))
        made.buy(("KC-1", 1))
        made.khaos.down = True
        report = made.imports()
        adds_up(report)
        assert (report.worked, report.failed) == (2, 2)
        assert list(made.open_items()) == [("API_DOWN", "feed:erp")]
        assert made.store.items()[0].account == KHAOS
        made.khaos.down = False
        assert made.imports().accepted == 2
        assert made.kinds() == []

    def test_a_run_gives_up_after_a_few_failures(self, rig: Made) -> None:
        """A system that fails again and again is left alone until the next run; the rest counts as failed."""
        made = rig()
        for _ in range(5):
            made.buy(("KC-1", 1))
        made.instead("channel", decide=_raising(errors.NotSent(system=JOHN_LEWIS, operation="OR21", reason="down")))
        report = made.imports(give_up_after=2)
        adds_up(report)
        assert (report.failed, len(report.failures)) == (5, 2)

    def test_what_the_erp_refuses(self, rig: Made) -> None:
        """A refused order is on a list, the next one goes on, and the same draft is sent only so often."""
        made = rig(
            stock={"KC-1": KhaosItem(stock_code="KC-1", physical=9, discontinued=True), "KC-2": 9},
            market={"order_acceptance": "AUTOMATIC"},
        )
        bad, good = made.buy(("KC-1", 1)), made.buy(("KC-2", 1))
        made.pass_time(minutes=5)
        report = made.imports(most_refusals=3)
        adds_up(report)
        assert (report.held, report.posted, len(report.failures)) == (1, 1, 1)
        assert made.in_erp(good)
        assert list(made.open_items()) == [("ORDER_IMPORT_FAILED", bad)]
        for _ in range(5):
            assert made.imports(most_refusals=3).held == 1
        assert made.khaos.import_attempts[bad] == 3
        assert "refused 3 times" in made.open_items()["ORDER_IMPORT_FAILED", bad].evidence["message"]

        made.khaos.revise(KhaosItem(stock_code="KC-1"))
        assert made.imports(most_refusals=4).posted == 1
        assert made.kinds() == []

    def test_what_it_would_refuse_is_not_sent(self, rig: Made) -> None:
        """Problems that are seen in the draft hold the order before any call."""
        made = rig()
        order_id = self.order_to_post(made)
        orders = attrs.evolve(made.importing.orders, payment_method="nobody knows this one")
        report = made.imports(orders=orders)
        adds_up(report)
        assert report.held == 1
        assert made.kinds() == ["ORDER_IMPORT_FAILED"]
        assert made.khaos.import_attempts[order_id] == 0
        assert made.imports().posted == 1
        assert made.kinds() == []

    def test_a_service_that_nobody_mapped(self, rig: Made) -> None:
        """Whatever held a draft closes when the order is posted."""
        made = rig()
        order_id = self.order_to_post(made)
        orders = attrs.evolve(made.importing.orders, services={})
        assert made.imports(orders=orders).held == 1
        assert list(made.open_items()) == [("SERVICE_UNMAPPED", order_id)]
        assert made.imports().posted == 1
        assert made.kinds() == []

    def test_a_cancelled_order_with_our_reference(self, rig: Made) -> None:
        """An order that people cancelled in the ERP is not created anew behind their back."""
        made = rig()
        order_id = self.order_to_post(made)
        made.khaos_faults.next("ImportOrders", DROP)
        made.instead("erp", find_order=_raising(errors.NotSent(system=KHAOS, operation="find", reason="down"), after=1))
        made.imports()
        made.khaos.cancel(made.khaos.order_of(order_id).code)
        made.restart()
        report = made.imports()
        adds_up(report)
        assert report.held == 1
        assert "cancelled" in made.open_items()["ORDER_IMPORT_FAILED", order_id].evidence["message"]
        assert made.khaos.import_attempts[order_id] == 1

    def test_two_orders_with_one_reference(self, rig: Made) -> None:
        """A reference that another order has is never taken for this one's: it is held, and the run goes on."""
        made = rig()
        first, second, third = (made.buy(("KC-1", 1)) for _ in range(3))
        made.imports()
        made.pass_time(minutes=5)
        made.store.mark(JOHN_LEWIS, third, Progress.ACCEPTED, at=made.clock.now(), reference=OrderRef(second))
        report = made.imports()
        adds_up(report)
        assert (report.posted, report.held) == (2, 1)
        assert list(made.open_items()) == [("ORDER_IMPORT_FAILED", second)]
        assert made.in_erp(first)
        assert made.in_erp(third)

    def test_credentials_of_the_erp(self, rig: Made) -> None:
        """An ERP that does not know us any more is one item, and ends the run."""
        made = rig(market={"order_acceptance": "AUTOMATIC"})
        for _ in range(3):
            made.buy(("KC-1", 1))
        made.pass_time(minutes=5)
        no = errors.AuthFailed(system=KHAOS, operation="ImportOrders", message="who are you?", status=401)
        made.instead("erp", create_order=_raising(no))
        report = made.imports()
        adds_up(report)
        assert (report.failed, len(report.failures)) == (3, 1)
        assert list(made.open_items()) == [("AUTH_FAILED", "feed:erp")]
        made.restart()
        assert made.imports().posted == 3
        assert made.kinds() == []

    @pytest.mark.parametrize("method", ["find_order", "create_order"])
    def test_what_will_not_pass_by_itself(self, rig: Made, method: str) -> None:
        """An answer that nobody can read leaves the order for the next run, and puts it on a list."""
        made = rig()
        order_id = self.order_to_post(made)
        garbage = errors.Undecodable(system=KHAOS, operation=method, path="$", expected="an order")
        made.instead("erp", **{method: _raising(garbage)})
        report = made.imports()
        adds_up(report)
        assert report.failed == 1
        assert list(made.open_items()) == [("ORDER_IMPORT_FAILED", order_id)]
        made.restart()
        assert made.imports().posted == 1
        assert made.kinds() == []


class TestCredentialsOfTheChannel:
    def test_one_item_and_the_run_stops(self, rig: Made) -> None:
        """Refused credentials are one item however many orders wait, and nothing more is asked of the channel."""
        made = rig()
        for _ in range(4):
            made.buy(("KC-1", 1))
        made.imports(acceptance=None)
        made.tamper = lambda op, answer: Response(status=401) if op in {"OR11", "OR21"} else answer
        before = made.mirakl_faults.requests
        report = made.imports()
        adds_up(report)
        assert report.failed == 4
        assert list(made.open_items()) == [("AUTH_FAILED", "feed:orders")]
        assert made.mirakl_faults.requests - before <= 3
        made.restart()
        healed = made.imports()
        assert (healed.accepted, healed.waiting) == (3, 1), "the first was decided although the answer was a refusal"
        assert made.kinds() == []


class TestAcceptance:
    def test_two_orders_want_the_last_unit(self, rig: Made) -> None:
        """The earlier one gets it; the later one is held for a person, and accepted when more has arrived."""
        made = rig(stock={"KC-1": 1}, offers={"KC-1": 2})
        first = made.buy(("KC-1", 1))
        made.clock.advance(1)
        second = made.buy(("KC-1", 1))
        report = made.imports()
        adds_up(report)
        assert (report.accepted, report.held) == (1, 1)
        assert made.progress(first) is Progress.ACCEPTED
        assert list(made.open_items()) == [("INSUFFICIENT_STOCK", second)]
        made.pass_time(minutes=5)
        assert made.imports().held == 1, "the first one's unit is not free, in the ERP or on its way there"
        assert made.imports().held == 1
        made.khaos.receive("KC-1", 1)
        assert made.imports().accepted == 1
        assert made.kinds() == []

    def test_refused_on_shortage(self, rig: Made) -> None:
        """A merchant may let short orders be refused; nothing of them is demand any more."""
        made = rig(stock={"KC-1": 1}, offers={"KC-1": 5}, acceptance=AcceptancePolicy(on_shortage="refuse"))
        order_id = made.buy(("KC-1", 2))
        report = made.imports()
        adds_up(report)
        assert (report.refused, report.exceptions) == (1, 1)
        assert made.mirakl.orders[order_id].state == "REFUSED"
        assert made.store.demand() == []
        assert made.imports().worked == 1, "its text has changed: looked at once more"
        assert made.imports().worked == 0
        assert made.progress(order_id) is Progress.REFUSED

    def test_left_to_people(self, rig: Made) -> None:
        """Without a policy nobody accepts for them; after the agreed time the order is somebody's work."""
        made = rig(acceptance=None)
        order_id = made.buy(("KC-1", 1))
        assert made.imports().waiting == 1
        assert made.kinds() == []
        made.pass_time(hours=4)
        assert made.imports().held == 1
        assert list(made.open_items()) == [("ACCEPTANCE_RISK", order_id)]
        assert made.mirakl.orders[order_id].state == "WAITING_ACCEPTANCE"

    def test_people_are_told_before_the_window_is_over(self, rig: Made) -> None:
        """Where orders expire sooner than the alert is due, half of the window is the longest that one waits unseen."""
        window = timedelta(hours=2)
        made = rig(acceptance=None, market={"acceptance_hours": 2}, channel={"accept_within": window})
        order_id = made.buy(("KC-1", 1))
        made.pass_time(minutes=59)
        assert made.imports().waiting == 1
        made.pass_time(minutes=1)
        assert made.imports().held == 1
        item = made.open_items()["ACCEPTANCE_RISK", order_id]
        assert item.evidence["accept by"] == (made.stored(order_id).first_seen_at + timedelta(minutes=61)).isoformat()
        assert made.mirakl.orders[order_id].state == "WAITING_ACCEPTANCE"

    def test_a_policy_that_accepts_nothing(self, rig: Made) -> None:
        """A policy that leaves every line to people holds the order at once."""
        made = rig(acceptance=AcceptancePolicy(accept=False))
        order_id = made.buy(("KC-1", 1))
        assert made.imports().held == 1
        assert list(made.open_items()) == [("ACCEPTANCE_RISK", order_id)]

    def test_a_decision_that_the_channel_refuses(self, rig: Made) -> None:
        """What the channel will not be told becomes work, and is tried again."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        no = errors.Invalid(system=JOHN_LEWIS, operation="OR21", message="no such line", status=400)
        made.instead("channel", decide=_raising(no))
        report = made.imports()
        adds_up(report)
        assert report.failed == 1
        assert list(made.open_items()) == [("ACCEPTANCE_RISK", order_id)]
        made.restart()

    def test_stock_that_is_not_counted(self, rig: Made) -> None:
        """An item without stock control never runs short."""
        made = rig(stock={"GIFT": KhaosItem(stock_code="GIFT", stock_controlled=False)}, offers={"GIFT": 9})
        made.buy(("GIFT", 9))
        assert made.imports().accepted == 1


class TestCancelled:
    def test_before_the_erp(self, rig: Made) -> None:
        """An order that is cancelled before it is posted ends quietly, and its stock is free."""
        made = rig(stock={"KC-1": 1}, offers={"KC-1": 2})
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.mirakl.cancel_order(order_id)
        report = made.imports()
        adds_up(report)
        assert report.ended == 1
        assert made.progress(order_id) is Progress.CANCELLED
        assert made.store.demand() == []
        assert made.kinds() == []
        made.buy(("KC-1", 1))
        assert made.imports().accepted == 1

    def test_after_the_erp(self, rig: Made) -> None:
        """An order that the ERP has and the channel cancelled is somebody's work at once."""
        made = rig()
        order_id = posted(made, ("KC-1", 1))
        made.mirakl.cancel_order(order_id)
        report = made.imports()
        adds_up(report)
        assert (report.ended, report.exceptions) == (1, 1)
        assert list(made.open_items()) == [("CANCEL_CONFLICT", order_id)]
        assert made.audit().passed

    @pytest.mark.parametrize("trouble", ["down", "auth"])
    def test_when_nobody_knows_whether_the_erp_has_it(self, rig: Made, trouble: str) -> None:
        """A creation whose end nobody saw is looked up before the cancelled order is forgotten."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        down = errors.NotSent(system=KHAOS, operation="find", reason="down")
        made.instead("erp", find_order=_raising(down, after=1))
        made.khaos_faults.next("ImportOrders", DROP)
        made.imports()
        made.mirakl.cancel_order(order_id)
        no = errors.AuthFailed(system=KHAOS, operation="find", message="who?", status=401)
        made.instead("erp", find_order=_raising(no if trouble == "auth" else down))
        report = made.imports()
        adds_up(report)
        assert report.failed == 1
        assert made.progress(order_id) is Progress.ACCEPTED
        assert ("AUTH_FAILED" in made.kinds()) is (trouble == "auth")
        made.restart()
        made.pass_time(minutes=10)
        made.imports()
        assert ("CANCEL_CONFLICT", order_id) in made.open_items()
        assert made.audit().passed

    @pytest.mark.parametrize("taken", [True, False])
    def test_while_somebody_else_is_at_it(self, rig: Made, *, taken: bool) -> None:
        """What the ERP holds is true whoever has the lease; what it does not hold may still be on its way there."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        find = made.erp.find_order
        made.instead("erp", find_order=_raising(errors.NotSent(system=KHAOS, operation="find", reason="down"), after=1))
        made.khaos_faults.next("ImportOrders", DROP if taken else DOWN)
        made.imports()
        made.mirakl.cancel_order(order_id)
        made.instead("erp", find_order=find)
        now = made.clock.now()
        made.store.claim(
            JOHN_LEWIS, "create order", order_id, digest="", owner="x", at=now, until=now + timedelta(minutes=9)
        )
        report = made.imports()
        adds_up(report)
        assert (report.ended, report.waiting) == ((1, 0) if taken else (0, 1))
        assert ("CANCEL_CONFLICT" in made.kinds()) is taken

    def test_a_look_that_outlasts_the_lease(self, rig: Made) -> None:
        """Whoever looked for longer than its lease creates nothing: somebody else may be at it; the next run does."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        find = made.erp.find_order

        def slowly(reference: OrderRef) -> Flow[ErpOrder | None]:
            made.clock.advance(11 * 60)
            return (yield from find(reference))

        made.instead("erp", find_order=slowly)
        report = made.imports()
        adds_up(report)
        assert (report.waiting, sum(made.khaos.import_attempts.values())) == (1, 0)
        made.instead("erp", find_order=find)
        assert made.imports().posted == 1
        assert made.in_erp(order_id)

    def test_the_reference_is_there_for_another_total(self, rig: Made) -> None:
        """What the ERP holds under our reference is not taken for our order when it is for other money."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)

        def find(reference: OrderRef) -> Flow[ErpOrder | None]:
            yield from ()
            return ErpOrder(code=ErpOrderCode("SO9"), reference=reference, gross=Decimal("1.00"))

        made.instead("erp", find_order=find)
        report = made.imports()
        adds_up(report)
        assert (report.held, report.found) == (1, 0)
        assert list(made.open_items()) == [("ORDER_DUPLICATE", order_id)]
        assert not made.khaos.import_attempts

    def test_somebody_else_is_at_it_and_the_erp_is_down(self, rig: Made) -> None:
        """Nothing is known then, and nothing is done."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        now = made.clock.now()
        made.store.claim(
            JOHN_LEWIS, "create order", order_id, digest="", owner="x", at=now, until=now + timedelta(minutes=9)
        )
        down = errors.NotSent(system=KHAOS, operation="find", reason="down")
        made.instead("erp", find_order=_raising(down))
        report = made.imports()
        adds_up(report)
        assert (report.failed, made.progress(order_id)) == (1, Progress.ACCEPTED)

    def test_overlapping_runs_without_a_name_create_an_order_once(self, rig: Made) -> None:
        """Two runs with the policies as they come do not share their leases: the ERP is asked once."""
        made = rig()
        made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        create, reports = made.erp.create_order, []

        def meanwhile(draft: ErpOrderDraft) -> Flow[ErpOrder]:
            if not reports:
                reports.append(made.imports(owner=""))
            return (yield from create(draft))

        made.instead("erp", create_order=meanwhile)
        first = made.imports(owner="")
        assert (first.posted, reports[0].waiting) == (1, 1)
        assert not any(made.khaos.duplicates.values())
        assert sum(made.khaos.import_attempts.values()) == 1

    def test_when_the_erp_does_not_have_it(self, rig: Made) -> None:
        """Looked up and not there: the cancelled order ends quietly."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        made.khaos_faults.next("ImportOrders", *[DOWN] * 4)
        made.imports()
        made.mirakl.cancel_order(order_id)
        assert made.imports().ended == 1
        assert made.progress(order_id) is Progress.CANCELLED
        assert made.kinds() == []

    def test_every_line(self, rig: Made) -> None:
        """An order of which no line is left to deliver is over, whatever state the channel shows."""
        made = rig(market={"order_acceptance": "AUTOMATIC"})
        order_id = made.buy(("KC-1", 1))
        made.pass_time(minutes=5)
        made.tamper = _said(b'"order_line_state": "SHIPPING"', b'"order_line_state": "CANCELED"')
        assert made.imports().ended == 1
        assert made.progress(order_id) is Progress.CANCELLED


class TestOddStates:
    def test_a_state_that_nobody_knows(self, rig: Made) -> None:
        """It is held as drift; when the channel moves on, so do we, and the item closes."""
        made = rig(market={"order_acceptance": "AUTOMATIC", "unseen_every": 1, "unseen_seconds": 3600})
        order_id = made.buy(("KC-1", 1))
        made.pass_time(minutes=5)
        assert made.imports().held == 1
        assert list(made.open_items()) == [("SCHEMA_DRIFT", f"order:{order_id}")]
        made.pass_time(hours=2)
        assert made.imports().posted == 1
        assert made.kinds() == []

    def test_shipped_by_somebody_else(self, rig: Made) -> None:
        """An order that left and never reached the ERP is drift, for a person."""
        made = rig(market={"order_acceptance": "AUTOMATIC"})
        order_id = made.buy(("KC-1", 1))
        made.pass_time(minutes=5)
        made.tamper = _said(b'"order_state": "SHIPPING"', b'"order_state": "SHIPPED"')
        assert made.imports().held == 1
        assert list(made.open_items()) == [("DESPATCH_DRIFT", order_id)]
        made.tamper = lambda _op, answer: answer
        assert made.imports().posted == 1
        assert made.kinds() == []


class TestReferences:
    def test_trouble_is_made_up_for(self, rig: Made) -> None:
        """A reference that could not be written stays open, makes no work while it may pass, and is written later."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        made.mirakl_faults.next("OR04", *[DOWN] * 4)
        report = made.imports()
        adds_up(report)
        assert (report.posted, report.confirmed) == (1, 0)
        assert made.progress(order_id) is Progress.POSTED
        assert made.kinds() == []
        assert made.imports().confirmed == 1
        assert made.progress(order_id) is Progress.CONFIRMED

    def test_a_refusal_is_work(self, rig: Made) -> None:
        """A reference that the channel will not take is on a list until it does."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        write = made.channel.set_references
        no = (ReferenceRefusal(order_id=order_id, message="too long"),)
        made.instead("channel", set_references=lambda _references: _gives(no))
        report = made.imports()
        assert (report.confirmed, report.exceptions) == (0, 1)
        assert list(made.open_items()) == [("ORDER_STALLED", order_id)]
        made.instead("channel", set_references=write)
        assert made.imports().confirmed == 1
        assert made.kinds() == []

    def test_a_wrong_key_is_work_and_silence_is_not(self, rig: Made) -> None:
        """Silence may be repeated, refused credentials may not."""
        made = rig()
        made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        silence = errors.Unanswered(system=JOHN_LEWIS, operation="OR04", reason="silence")
        no = errors.AuthFailed(system=JOHN_LEWIS, operation="OR04", message="no", status=401)
        made.instead("channel", set_references=_raising(silence))
        assert len(made.imports().failures) == 1
        assert made.kinds() == []
        made.instead("channel", set_references=_raising(no))
        made.imports()
        assert list(made.open_items()) == [("AUTH_FAILED", "feed:orders")]


class TestTwoWorkers:
    def test_only_one_posts(self, rig: Made) -> None:
        """While one worker is about to create an order, another of a different name leaves it alone."""
        made = rig()
        order_id = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        create = made.erp.create_order
        reports: list[ImportReport] = []

        def meanwhile(draft: Any) -> Any:
            if not reports:
                reports.append(made.imports(owner="second"))
            return (yield from create(draft))

        made.instead("erp", create_order=meanwhile)
        first = made.imports(owner="first")
        assert (first.posted, reports[0].waiting) == (1, 1)
        assert made.khaos.import_attempts[order_id] == 1

    def test_only_one_decides(self, rig: Made) -> None:
        """The same for accepting."""
        made = rig()
        made.buy(("KC-1", 1))
        decide = made.channel.decide
        reports: list[ImportReport] = []

        def meanwhile(order_id: Any, decisions: Any) -> Any:
            if not reports:
                reports.append(made.imports(owner="second"))
            return (yield from decide(order_id, decisions))

        made.instead("channel", decide=meanwhile)
        first = made.imports(owner="first")
        assert (first.accepted, reports[0].waiting) == (1, 1)


class TestDryRun:
    def test_writes_nothing_and_returns_the_plan(self, rig: Made, any_store: Store) -> None:
        """Store and systems are the same before and after; the plan says what each order would meet."""
        made = rig(stock={"KC-1": 3}, offers={"KC-1": 6, "kc 1": 2}, store=any_store)
        ready = made.buy(("KC-1", 1))
        made.imports()
        made.pass_time(minutes=5)
        fits = made.buy(("KC-1", 2))
        short, unknown = made.buy(("KC-1", 1)), made.buy(("kc 1", 1))
        before = made.memory(), made.systems()
        report = made.imports(dry_run=True)
        assert (made.memory(), made.systems()) == before
        assert {one.order_id: type(one.action) for one in report.planned} == {
            ready: Post,
            fits: Decide,
            short: Hold,
            unknown: Hold,
        }
        assert (report.read, report.stored, report.worked) == (4, 4, 0)

    def test_trouble_writes_nothing_either(self, rig: Made) -> None:
        """Not even an item: a dry run may be tried at any time."""
        made = rig()
        made.buy(("KC-1", 1))
        before = made.memory()
        made.khaos.down = True
        assert len(made.imports(dry_run=True).failures) == 1
        made.mirakl_faults.next("OR11", *[DOWN] * 4)
        assert len(made.imports(dry_run=True).failures) == 1
        assert made.memory() == before


# --- what goes wrong -------------------------------------------------------------------------------------------------


def _no_orders() -> Any:
    yield from ()
    return Batch(items=())


def _gives(value: Any) -> Any:
    yield from ()
    return value


def _refuses_to_read(_payload: str) -> Any:
    raise errors.Undecodable(system=JOHN_LEWIS, operation="OR11", path="$", expected="something else")


def _raising(error: Exception, *, after: int = 0) -> Callable[..., Any]:
    """A port method that raises, after so many calls that found nothing."""
    calls = iter(range(after))

    def method(*_given: Any) -> Any:
        yield from ()
        if next(calls, None) is None:
            raise error

    return method


def _said(what: bytes, instead: bytes) -> Callable[[str, Response], Response]:
    """OR11 with one text exchanged."""

    def tamper(operation: str, answer: Response) -> Response:
        if operation != "OR11":
            return answer
        assert what in answer.body or what.replace(b": ", b":") in answer.body
        body = answer.body.replace(what, instead).replace(what.replace(b": ", b":"), instead)
        return attrs.evolve(answer, body=body)

    return tamper


def _without_lines(order_id: str) -> Callable[[str, Response], Response]:
    """OR11 in which one order's date of purchase is no date."""

    def tamper(operation: str, answer: Response) -> Response:
        if operation != "OR11":
            return answer
        import json

        document = json.loads(answer.body)
        for order in document["orders"]:
            if order["order_id"] == order_id:
                order["created_date"] = "yesterday"
        return attrs.evolve(answer, body=json.dumps(document).encode())

    return tamper
