"""Despatches back: every parcel is told once, with a number that is one, or stands on somebody's list."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.core.couriers import CarrierChoice, CourierMap, CourierRule
from khaos_connectors.core.despatch import Despatch, DespatchLine, Parcel, ShipmentLine
from khaos_connectors.core.exception_report import Team
from khaos_connectors.core.ids import AccountId, CourierId, DespatchId, ErpOrderCode, OrderRef, StockCode
from khaos_connectors.pipelines.despatch_confirm import ConfirmReport
from khaos_connectors.protocols import Batch, ShipmentNotice, Unreadable
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.store.protocol import Progress, Store
from khaos_connectors.testing.simulators.faults import Fault, FaultKind

Rig = Any  # Any: it is built in conftest.py, which other modules cannot import
Made = Callable[..., Rig]

JOHN_LEWIS, KHAOS = AccountId("john-lewis"), AccountId("khaos")
DOWN, DROP = Fault(kind=FaultKind.UNAVAILABLE), Fault(kind=FaultKind.DROP)
GOOD, OTHER = "15501234567890", "15509876543210"
ROYAL_MAIL_WRONG = "RB123456789GB"


def confirm(made: Rig, **wishes: Any) -> ConfirmReport:
    """A run that adds up."""
    report = made.confirms(**wishes)
    parts = (
        report.foreign,
        report.finished,
        report.confirmed,
        report.already,
        report.waiting,
        report.held,
        report.failed,
        report.unreadable,
    )
    assert report.read == sum(parts)
    return report


def ready(made: Rig, *lines: tuple[str, int]) -> str:
    """An order that the ERP has and nobody has sent."""
    order_id = made.buy(*(lines or (("KC-1", 2), ("KC-2", 1))))
    made.imports()
    made.pass_time(minutes=5)
    made.imports()
    return order_id


def channel_ships(made: Rig, order_id: str, number: str) -> None:
    """Somebody tells the whole order by hand."""
    notice = ShipmentNotice(
        order_id=order_id,
        despatch_id=DespatchId("by hand"),
        lines=tuple(
            ShipmentLine(line_id=line.line_id, quantity=line.quantity) for line in made.mirakl.orders[order_id].lines
        ),
        carrier=CarrierChoice(code="DPD", rule=1, why=""),
        tracking=number,
        final=True,
    )
    made.drive(made.channel.confirm(notice))


def told_by_erp(made: Rig, *despatches: Despatch, unreadable: Sequence[Unreadable] = ()) -> None:
    """Let the ERP tell these despatches instead of its own."""

    def read(**_asked: Any) -> Any:
        yield from ()
        return Batch(items=despatches, unreadable=tuple(unreadable))

    made.instead("erp", despatches=read)


def despatch(
    made: Rig, order_id: str, *parcels: Parcel, number: int = 1, units: int = 2, final: bool = True
) -> Despatch:
    return Despatch(
        account=KHAOS,
        reference=OrderRef(order_id),
        erp_order=ErpOrderCode("SO1"),
        despatch_id=DespatchId(f"D{number}"),
        despatched_on=made.clock.now() + timedelta(seconds=number),
        lines=(DespatchLine(stock_code=StockCode("KC-1"), units=units),),
        parcels=parcels,
        final=final,
    )


class TestOnce:
    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_told_once(self, rig: Made, any_store: Store, *, asynchronous: bool) -> None:
        """A despatch is told with its tracking; afterwards the order is finished and nothing more is said of it."""
        made = rig(store=any_store, asynchronous=asynchronous)
        order_id = ready(made)
        assert confirm(made).read == 0
        made.despatch(order_id, number=GOOD)
        assert confirm(made).confirmed == 1
        assert made.told(order_id) == [GOOD]
        assert made.mirakl.orders[order_id].state == "SHIPPED"
        assert made.progress(order_id) is Progress.DESPATCHED
        made.pass_time(minutes=20)
        before = len(made.mirakl.ledger)
        again = confirm(made)
        assert (again.read, again.finished) == (1, 1)
        assert len(made.mirakl.ledger) == before
        assert made.audit().passed
        assert made.kinds() == []

    def test_the_watermark(self, rig: Made) -> None:
        """What left is asked for since the last run less an overlap, and all of the orders that are still open."""
        made = rig()
        order_id = ready(made)
        asked: list[Any] = []

        def read(**what: Any) -> Any:
            yield from ()
            asked.append((what["since"], list(what["references"])))
            return Batch(items=())

        made.instead("erp", despatches=read)
        began = made.clock.now()
        confirm(made)
        made.pass_time(hours=1)
        confirm(made)
        reading = made.confirming.reading
        assert asked == [(began - reading.first_look_back, [order_id]), (began - reading.overlap, [order_id])]

    def test_a_lost_answer_is_looked_up(self, rig: Made) -> None:
        """The channel took the shipment and the answer got lost: it is found there, not told again."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id, number=GOOD)
        made.mirakl_faults.next("ST01", DROP)
        assert confirm(made).confirmed == 1
        assert made.told(order_id) == [GOOD]
        assert made.kinds() == []

    def test_a_lost_answer_and_nobody_to_ask(self, rig: Made) -> None:
        """If the look-up fails as well it is work, with all that is needed to key it in; the next run looks first."""
        made = rig()
        order_id = ready(made)
        invoice = made.despatch(order_id, number=GOOD)
        look, calls = made.channel.shipments, iter([True])

        def once(wanted: Any) -> Any:
            if next(calls, False):
                return (yield from look(wanted))
            raise errors.NotSent(system=JOHN_LEWIS, operation="ST11", reason="down")

        made.instead("channel", shipments=once)
        made.mirakl_faults.next("ST01", DROP)
        assert confirm(made).failed == 1
        item = made.open_items()["DESPATCH_CONFIRM_FAILED", f"despatch:{order_id}/{invoice}"]
        assert (item.evidence["tracking"], item.evidence["courier"]) == (GOOD, "DPD")
        made.restart()
        assert confirm(made).already == 1
        assert made.told(order_id) == [GOOD]
        assert made.kinds() == []
        assert made.audit().passed

    def test_a_parcel_without_a_number_is_not_taken_for_another(self, rig: Made) -> None:
        """Of two parcels without a number, the second is not held for told because the first was."""
        made = rig()
        order_id = ready(made, ("KC-1", 2))
        parcel = Parcel(courier="DPD")
        told_by_erp(made, despatch(made, order_id, parcel, number=1, units=1, final=False))
        assert confirm(made).confirmed == 1
        told_by_erp(
            made,
            despatch(made, order_id, parcel, number=1, units=1, final=False),
            despatch(made, order_id, parcel, number=2, units=1),
        )
        silence = errors.Unanswered(system=JOHN_LEWIS, operation="ST01", reason="silence")
        tell = made.channel.confirm
        made.instead("channel", confirm=_raising(silence))
        report = confirm(made)
        assert report.confirmed == 0
        made.instead("channel", confirm=tell)
        confirm(made)
        assert len([one for one in made.mirakl.shipments if one.order_id == order_id]) == 2


class TestCouriers:
    def test_unmapped_then_mapped(self, rig: Made) -> None:
        """A courier that leads to no carrier holds the despatch, with owner and deadline, until somebody maps it."""
        made = rig()
        order_id = ready(made)
        invoice = made.despatch(order_id, courier="Own Van", number="VAN0001")
        report = confirm(made)
        assert (report.held, report.exceptions) == (1, 1)
        item = made.open_items()["COURIER_UNMAPPED", f"despatch:{order_id}/{invoice}"]
        assert item.team is Team.FULFILMENT
        assert item.deadline <= made.mirakl.orders[order_id].ship_by
        assert made.told(order_id) == []
        assert made.audit().passed
        assert confirm(made).held == 1
        couriers = CourierMap((CourierRule(carrier="YODEL", courier="Own Van"),))
        assert confirm(made, couriers=couriers).confirmed == 1
        assert made.told(order_id) == ["VAN0001"]
        assert made.kinds() == []

    def test_a_number_that_cannot_be_one(self, rig: Made) -> None:
        """A number with a wrong check digit is not told until it is corrected."""
        made = rig()
        order_id = ready(made)
        invoice = made.despatch(order_id, courier="Royal Mail", number=ROYAL_MAIL_WRONG)
        assert confirm(made).held == 1
        assert list(made.open_items()) == [("TRACKING_INVALID", f"despatch:{order_id}/{invoice}")]
        made.khaos.track(invoice, "RB123456785GB")
        assert confirm(made).confirmed == 1
        assert made.told(order_id) == ["RB123456785GB"]
        assert made.kinds() == []

    def test_a_trusted_courier(self, rig: Made) -> None:
        """The numbers of a trusted courier are told as they are."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id, courier="Royal Mail", number=ROYAL_MAIL_WRONG)
        assert confirm(made, trusted=frozenset({CourierId("royal-mail")})).confirmed == 1

    def test_no_number(self, rig: Made) -> None:
        """Where the channel wants a number a parcel without one is held, else it is told."""
        strict = rig(channel={"mandatory_tracking": True})
        order_id = ready(strict)
        invoice = strict.despatch(order_id, number="")
        assert confirm(strict).held == 1
        assert list(strict.open_items()) == [("TRACKING_MISSING", f"despatch:{order_id}/{invoice}")]
        strict.khaos.track(invoice, GOOD)
        assert confirm(strict).confirmed == 1
        assert strict.kinds() == []

        easy = rig(channel={"mandatory_tracking": False})
        order_id = ready(easy)
        easy.despatch(order_id, number="")
        assert confirm(easy).confirmed == 1

    def test_the_reason_may_change(self, rig: Made) -> None:
        """When another reason takes the place of the first, only the present one is open."""
        made = rig(channel={"mandatory_tracking": True})
        order_id = ready(made)
        invoice = made.despatch(order_id, courier="Own Van", number="")
        confirm(made)
        assert made.kinds() == ["TRACKING_MISSING"]
        made.khaos.track(invoice, "VAN1")
        confirm(made)
        assert made.kinds() == ["COURIER_UNMAPPED"]


class TestParts:
    def test_two_parcels(self, rig: Made) -> None:
        """Each part is told when it leaves; the order is finished with the last."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id, units={"KC-1": 2}, number=GOOD)
        assert confirm(made).confirmed == 1
        assert made.progress(order_id) is Progress.PART_DESPATCHED
        made.despatch(order_id, units={"KC-2": 1}, number=OTHER)
        report = confirm(made)
        assert (report.already, report.confirmed) == (1, 1)
        assert made.progress(order_id) is Progress.DESPATCHED
        assert sorted(made.told(order_id)) == [GOOD, OTHER]

    def test_the_last_may_be_told_before_the_first(self, rig: Made) -> None:
        """An order whose last parcel is told while an earlier one is held is not finished: the earlier one follows."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id, units={"KC-1": 2}, courier="Own Van", number="VAN0001")
        made.despatch(order_id, units={"KC-2": 1}, number=OTHER)
        report = confirm(made)
        assert (report.held, report.confirmed) == (1, 1)
        assert made.progress(order_id) is Progress.PART_DESPATCHED
        couriers = CourierMap((CourierRule(carrier="YODEL", courier="Own Van"),))
        report = confirm(made, couriers=couriers)
        assert (report.confirmed, report.already) == (1, 1)
        assert sorted(made.told(order_id)) == [OTHER, "VAN0001"]
        assert made.progress(order_id) is Progress.DESPATCHED
        assert made.kinds() == []

    def test_one_shipment_waits_for_the_whole_order(self, rig: Made) -> None:
        """A channel that takes one shipment per order is told when the order is complete, with the last number."""
        made = rig(market={"multi_shipment": False})
        order_id = ready(made)
        made.despatch(order_id, units={"KC-1": 2}, number=GOOD)
        assert confirm(made).held == 1
        assert made.kinds() == ["PARTIAL_NOT_SUPPORTED"]
        assert made.mirakl.orders[order_id].state == "SHIPPING"
        made.despatch(order_id, units={"KC-2": 1}, number=OTHER)
        report = confirm(made)
        assert (report.confirmed, report.already) == (1, 1)
        order = made.mirakl.orders[order_id]
        assert (order.state, order.tracking.tracking_number) == ("SHIPPED", OTHER)
        assert made.progress(order_id) is Progress.DESPATCHED
        assert made.kinds() == []
        assert made.audit().passed

    def test_one_shipment_at_the_first_parcel(self, rig: Made) -> None:
        """A merchant who does not wait tells the whole order with its first parcel; the others are covered by it."""
        made = rig(market={"multi_shipment": False})
        order_id = ready(made)
        made.despatch(order_id, units={"KC-1": 2}, number=GOOD)
        assert confirm(made, wait_full=False).confirmed == 1
        made.despatch(order_id, units={"KC-2": 1}, number=OTHER)
        report = confirm(made, wait_full=False)
        assert report.already == 2
        assert made.mirakl.orders[order_id].tracking.tracking_number == GOOD
        assert made.progress(order_id) is Progress.DESPATCHED
        assert made.kinds() == []

    def test_more_than_was_ordered(self, rig: Made) -> None:
        """A despatch of more than the order wants is not told, and closes when it is corrected."""
        made = rig()
        order_id = ready(made, ("KC-1", 2))
        parcel = Parcel(courier="DPD", tracking=GOOD)
        told_by_erp(made, despatch(made, order_id, parcel, units=5))
        assert confirm(made).held == 1
        assert list(made.open_items()) == [("OVER_DESPATCH", f"despatch:{order_id}/D1")]
        told_by_erp(made, despatch(made, order_id, parcel, units=2))
        assert confirm(made).confirmed == 1
        assert made.kinds() == []

    def test_several_parcels_of_one_despatch(self, rig: Made) -> None:
        """Parcels whose contents are known are told one by one; trouble with the second leaves it for the next run."""
        made = rig()
        order_id = ready(made, ("KC-1", 2))
        line = (DespatchLine(stock_code=StockCode("KC-1"), units=1),)
        parcels = [Parcel(courier="DPD", tracking=number, lines=line) for number in (GOOD, OTHER)]
        van = attrs.evolve(parcels[1], courier="Own Van")
        told_by_erp(made, despatch(made, order_id, parcels[0], van))
        assert confirm(made).held == 1
        assert made.told(order_id) == [GOOD]
        told_by_erp(made, despatch(made, order_id, *parcels))
        assert confirm(made).confirmed == 1
        assert made.told(order_id) == [GOOD, OTHER]
        assert made.kinds() == []

    @pytest.mark.parametrize("down", [False, True])
    def test_two_despatches_of_one_number(self, rig: Made, *, down: bool) -> None:
        """The same number and the same units twice are two despatches: each is told once, by its id, also when the
        first of them did not get through and the second did.
        """
        made = rig()
        order_id = ready(made, ("KC-1", 2))
        parcel = Parcel(courier="DPD", tracking=GOOD)
        pair = [despatch(made, order_id, parcel, number=n, units=1, final=n == 2) for n in (1, 2)]
        told_by_erp(made, pair[0])
        if down:
            told_by_erp(made, *pair)
            made.mirakl_faults.next("ST01", DOWN)
        report = confirm(made)
        assert (report.confirmed, report.failed) == (1, down)
        told_by_erp(made, *pair)
        made.pass_time(minutes=20)
        report = confirm(made)
        assert (report.confirmed, report.already) == (1, 1)
        assert made.told(order_id) == [GOOD, GOOD]
        assert made.progress(order_id) is Progress.DESPATCHED
        assert made.kinds() == []
        assert made.mirakl.orders[order_id].state == "SHIPPED"


class TestToldByHand:
    def test_with_the_same_number(self, rig: Made) -> None:
        """What somebody told by hand is not told again."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id, number=GOOD)
        channel_ships(made, order_id, GOOD)
        assert confirm(made).already == 1
        assert made.told(order_id) == [GOOD]
        assert made.progress(order_id) is Progress.DESPATCHED

    def test_with_another_number(self, rig: Made) -> None:
        """Told by hand under another number: the systems disagree, and somebody has to look."""
        made = rig()
        order_id = ready(made)
        invoice = made.despatch(order_id, number=GOOD)
        channel_ships(made, order_id, OTHER)
        assert confirm(made).held == 1
        assert list(made.open_items()) == [("DESPATCH_DRIFT", f"despatch:{order_id}/{invoice}")]
        assert made.told(order_id) == [OTHER]
        assert made.audit().unconfirmed == ()

    def test_in_the_very_moment(self, rig: Made) -> None:
        """The channel refuses because the order has left meanwhile: drift, not a failure."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id, number=GOOD)
        clash = errors.Conflict(system=JOHN_LEWIS, operation="ST01", message="already shipped", status=400)
        made.instead("channel", confirm=_raising(clash))
        report = confirm(made)
        assert (report.held, len(report.failures)) == (1, 1)
        assert made.kinds() == ["DESPATCH_DRIFT"]


class TestWhatIsNotOurs:
    def test_foreign_despatches(self, rig: Made) -> None:
        """Despatches of orders that this store does not know, or of another account's, are counted and left alone."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id)
        ours, made.store = made.store, MemoryStore()
        assert confirm(made).foreign == 1
        made.store = ours
        other = AccountId("other")
        stored = made.stored(order_id)
        made.instead("erp")
        shared = _Theirs(ours, attrs.evolve(stored, account=other))
        made.store = shared
        assert confirm(made).foreign == 1
        assert made.told(order_id) == []

    def test_orders_that_are_over(self, rig: Made) -> None:
        """A despatch of an order that was cancelled in the channel is not told."""
        made = rig()
        order_id = ready(made)
        made.mirakl.cancel_order(order_id)
        made.imports()
        made.despatch(order_id)
        assert confirm(made).finished == 1


class TestTrouble:
    def test_an_erp_that_is_down(self, rig: Made) -> None:
        """One item for the connection; the watermark stays; the next run makes up for it."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id)
        made.khaos.down = True
        report = confirm(made)
        assert (report.read, len(report.failures), report.exceptions) == (0, 1, 1)
        assert made.store.items()[0].account == KHAOS
        assert made.store.watermark(JOHN_LEWIS, "despatches") is None
        made.khaos.down = False
        assert confirm(made).confirmed == 1
        assert made.kinds() == []

    @pytest.mark.parametrize("method", ["capabilities", "carriers"])
    def test_a_channel_that_is_down(self, rig: Made, method: str) -> None:
        """If the channel cannot tell its carriers, nothing is told and one item says so."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id)
        made.instead("channel", **{method: _raising(errors.NotSent(system=JOHN_LEWIS, operation="x", reason="down"))})
        report = confirm(made)
        assert (report.failed, report.exceptions) == (1, 1)
        assert made.kinds() == ["API_DOWN"]
        made.restart()
        assert confirm(made).confirmed == 1
        assert made.kinds() == []

    def test_despatches_that_go_round_in_circles(self, rig: Made) -> None:
        """A cursor that comes again ends the run with an item."""
        made = rig()

        def circle(*, cursor: str | None = None, **_asked: Any) -> Any:
            yield from ()
            return Batch(items=(), next="b" if cursor == "a" else "a")

        made.instead("erp", despatches=circle)
        assert len(confirm(made).failures) == 1
        assert made.kinds() == ["CURSOR_STUCK"]

    def test_several_pages(self, rig: Made) -> None:
        """Despatches come in batches; one that comes twice is one."""
        made = rig()
        order_id = ready(made, ("KC-1", 2))
        one = despatch(made, order_id, Parcel(courier="DPD", tracking=GOOD))

        def pages(*, cursor: str | None = None, **_asked: Any) -> Any:
            yield from ()
            return Batch(items=(one,), next="more" if cursor is None else None)

        made.instead("erp", despatches=pages)
        assert confirm(made).read == 1

    def test_records_that_cannot_be_read(self, rig: Made) -> None:
        """A broken record is on a list; the others go on."""
        made = rig()
        order_id = ready(made, ("KC-1", 2))
        broken = Unreadable(key="INV9", problem="no date")
        told_by_erp(made, despatch(made, order_id, Parcel(courier="DPD", tracking=GOOD)), unreadable=[broken])
        report = confirm(made)
        assert (report.confirmed, report.unreadable, report.exceptions) == (1, 1, 1)
        assert list(made.open_items()) == [("SCHEMA_DRIFT", "despatch:INV9")]

    def test_an_order_that_can_no_longer_be_read(self, rig: Made) -> None:
        """A stored order that today's code cannot read holds its despatches."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id)
        made.instead("channel", read_order=_refuses_to_read)
        assert confirm(made).held == 1
        assert list(made.open_items()) == [("SCHEMA_DRIFT", f"order:{order_id}")]

    def test_what_the_channel_refuses(self, rig: Made) -> None:
        """A refused shipment is work, not passing trouble; it is tried again and closes."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id)
        no = errors.Invalid(system=JOHN_LEWIS, operation="ST01", message="no such line", status=400)
        made.instead("channel", confirm=_raising(no))
        assert confirm(made).held == 1
        assert made.kinds() == ["DESPATCH_CONFIRM_REJECTED"]
        made.restart()
        assert confirm(made).confirmed == 1
        assert made.kinds() == []

    @pytest.mark.parametrize("method", ["shipments", "confirm"])
    def test_passing_trouble(self, rig: Made, method: str) -> None:
        """A despatch that could not be told is work at once, because its deadline is near; the next run tells it."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id)
        busy = errors.RateLimited(system=JOHN_LEWIS, operation="ST01", message="slow down", status=429)
        made.instead("channel", **{method: _raising(busy)})
        assert confirm(made).failed == 1
        assert made.kinds() == ["DESPATCH_CONFIRM_FAILED"]
        made.restart()
        assert confirm(made).confirmed == 1
        assert made.kinds() == []

    def test_a_despatch_without_parcels(self, rig: Made) -> None:
        """Trouble with a despatch of which no parcel is told is on the list as well."""
        made = rig()
        order_id = ready(made, ("KC-1", 2))
        told_by_erp(made, despatch(made, order_id))
        made.instead("channel", shipments=_raising(errors.NotSent(system=JOHN_LEWIS, operation="x", reason="down")))
        assert confirm(made).failed == 1
        assert made.kinds() == ["DESPATCH_CONFIRM_FAILED"]

    @pytest.mark.parametrize("credentials", [False, True])
    def test_a_run_gives_up(self, rig: Made, *, credentials: bool) -> None:
        """After a few failures in a row, or one refusal of credentials (one item), the rest waits for the next run."""
        made = rig()
        for number in range(4):
            made.despatch(ready(made, ("KC-1", 1)), number=f"1550123456789{number}")
        error = (
            errors.AuthFailed(system=JOHN_LEWIS, operation="ST11", message="who?", status=401)
            if credentials
            else errors.NotSent(system=JOHN_LEWIS, operation="ST11", reason="down")
        )
        made.instead("channel", shipments=_raising(error))
        report = confirm(made, give_up_after=2)
        assert (report.failed, len(report.failures)) == (4, 1 if credentials else 2)
        assert made.kinds() == (["AUTH_FAILED"] if credentials else ["DESPATCH_CONFIRM_FAILED"] * 2)
        made.restart()
        assert confirm(made).confirmed == 4
        assert made.kinds() == []


class TestTwoWorkers:
    def test_only_one_tells(self, rig: Made) -> None:
        """While one worker is about to tell a parcel, another of a different name leaves it alone."""
        made = rig()
        order_id = ready(made)
        made.despatch(order_id, number=GOOD)
        tell = made.channel.confirm
        other: list[ConfirmReport] = []

        def meanwhile(notice: Any) -> Any:
            if not other:
                other.append(confirm(made, owner="second"))
            return (yield from tell(notice))

        made.instead("channel", confirm=meanwhile)
        assert confirm(made, owner="first").confirmed == 1
        assert other[0].waiting == 1
        assert made.told(order_id) == [GOOD]

    def test_a_parcel_that_was_told_since_we_looked(self, rig: Made) -> None:
        """A telling taken over from a run that may still have got through is looked for again before it is repeated."""
        made = rig()
        order_id = ready(made)
        invoice = made.despatch(order_id, number=GOOD)
        now = made.clock.now()
        key = f"{order_id}/{invoice}/{GOOD}"
        until = now + timedelta(minutes=9)
        made.store.claim(
            AccountId("john-lewis"), "confirm shipment", key, digest=GOOD, owner="worker", at=now, until=until
        )
        look, looks = made.channel.shipments, []

        def shipments(of: Any) -> Any:
            known = yield from look(of)
            if not looks:
                channel_ships(made, order_id, GOOD)
            looks.append(of)
            return known

        made.instead("channel", shipments=shipments)
        assert confirm(made).confirmed == 1
        assert (len(looks), made.told(order_id)) == (2, [GOOD])


class TestDryRun:
    def test_writes_nothing_and_returns_the_plan(self, rig: Made, any_store: Store) -> None:
        """Store and systems are the same before and after."""
        made = rig(store=any_store)
        order_id = ready(made)
        invoice = made.despatch(order_id)
        before = made.memory(), made.systems()
        report = confirm(made, dry_run=True)
        assert (made.memory(), made.systems()) == before
        assert [one.despatch_id for one in report.planned] == [invoice]
        made.khaos.down = True
        assert len(confirm(made, dry_run=True).failures) == 1
        assert made.memory() == before[0]


class _Theirs:
    """A store in which every reference belongs to somebody else's order."""

    def __init__(self, store: Store, order: Any) -> None:
        self._store, self._order = store, order

    def order_by_reference(self, _reference: OrderRef) -> Any:
        return self._order

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def _refuses_to_read(_payload: str) -> Any:
    raise errors.Undecodable(system=JOHN_LEWIS, operation="OR11", path="$", expected="something else")


def _raising(error: Exception) -> Callable[..., Any]:
    def method(*_given: Any) -> Any:
        yield from ()
        raise error

    return method
