"""The gates before the warehouse, kits that it does not know, shipment ids, changes and jams."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from khaos_connectors.core.bundles import Bundle
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, ErpOrderCode, OrderRef, StockCode
from khaos_connectors.core.orders import Address
from khaos_connectors.core.release import (
    AckState,
    ChangeWay,
    Gate,
    ReleaseCandidate,
    ReleaseDecision,
    WarehouseShipment,
    change_release,
    check_ack,
    decide_release,
    next_shipment_id,
)
from khaos_connectors.core.shipments import DespatchLine

MUG, CUP, SET, LID = (StockCode(name) for name in ("MUG", "CUP", "SET", "LID"))
TEN = datetime(2026, 1, 15, 10, tzinfo=UTC)
HOME = Address(surname="Example", line1="1 High Street", town="Leeds", postcode="LS1 1AA", country="GB")
WAREHOUSE = {MUG, CUP, LID}
ORDER = ErpOrderCode("SO1000")


def lines(*units: tuple[StockCode, int]) -> tuple[DespatchLine, ...]:
    return tuple(DespatchLine(stock_code=code, units=count) for code, count in units)


GOOD = ReleaseCandidate(
    account=AccountId("wms"),
    reference=OrderRef("JL-1"),
    erp_order=ORDER,
    lines=lines((MUG, 2), (CUP, 1)),
    delivery=HOME,
    service="Next Day",
    due=TEN,
    paid=True,
    allocated={MUG: 2, CUP: 1},
)


def shut(decision: ReleaseDecision) -> list[Gate]:
    return [result.gate for result in decision.gates if not result.passed]


class TestGates:
    def test_an_order_that_passes_every_gate(self) -> None:
        """Domain §11, WMS release: the shipment has our id, the ERP's order number."""
        decision = decide_release(GOOD, warehouse=WAREHOUSE)

        assert decision.draft is not None
        assert (decision.draft.shipment_id, decision.draft.reference) == ("SO1000", "JL-1")
        assert (decision.draft.lines, decision.draft.delivery) == (GOOD.lines, HOME)
        assert (decision.draft.service, decision.draft.due) == ("Next Day", TEN)
        assert [result.gate for result in decision.gates] == list(Gate)
        assert (decision.reasons, decision.missing, decision.exploded) == ((), (), ())

    @pytest.mark.parametrize(
        ("changes", "gate", "why"),
        [
            ({"cancelled": True}, Gate.OPEN, "the order is cancelled"),
            ({"lines": ()}, Gate.LINES, "nothing is left to pick"),
            ({"lines": lines((MUG, 0))}, Gate.LINES, "0 of MUG"),
            ({"paid": False}, Gate.PAID, "it is not paid"),
            ({"paid": None}, Gate.PAID, "whether it is paid is not known"),
            ({"allocated": {MUG: 1}}, Gate.ALLOCATED, "1 of 2 MUG allocated; 0 of 1 CUP allocated"),
            ({"allocated": None}, Gate.ALLOCATED, "what is allocated is not known"),
            (
                {"problems": (ExceptionType.TAX_MISMATCH, ExceptionType.ADDRESS_INVALID)},
                Gate.CLEAN,
                "ADDRESS_INVALID; TAX_MISMATCH",
            ),
            (
                {"delivery": attrs.evolve(HOME, town=" ", postcode="")},
                Gate.ADDRESS,
                "town is missing; postcode is missing",
            ),
            ({"under_way": "SO1000"}, Gate.SINGLE, "SO1000 is under way"),
        ],
    )
    def test_a_shut_gate_is_named(self, changes: dict[str, object], gate: Gate, why: str) -> None:
        """Domain §10, RELEASE_BLOCKED: clear the named gate. What the ERP does not tell is not passed."""
        decision = decide_release(attrs.evolve(GOOD, **changes), warehouse=WAREHOUSE)

        assert decision.draft is None
        assert shut(decision) == [gate]
        assert [(r.type, r.entity) for r in decision.reasons] == [(ExceptionType.RELEASE_BLOCKED, "JL-1")]
        assert decision.reasons[0].evidence == {"order": "SO1000", gate.value: why}

    def test_every_shut_gate_is_named_at_once(self) -> None:
        """One reason holds them all."""
        poor = attrs.evolve(GOOD, paid=False, allocated={}, delivery=Address(), under_way="SO1000")
        decision = decide_release(poor, warehouse=())

        assert shut(decision) == [Gate.PAID, Gate.ALLOCATED, Gate.ADDRESS, Gate.SINGLE, Gate.ITEMS]
        assert len(decision.reasons[0].evidence) == 6

    def test_only_the_wanted_gates_are_asked(self) -> None:
        """A seller without an allocating ERP leaves that gate out; the others stay."""
        gates = set(Gate) - {Gate.ALLOCATED, Gate.PAID}
        decision = decide_release(attrs.evolve(GOOD, allocated=None, paid=None), warehouse=WAREHOUSE, gates=gates)

        assert decision.draft is not None
        assert {result.gate for result in decision.gates} == gates

    def test_lines_of_one_code_are_one(self) -> None:
        """Two lines share what is allocated, and are picked together."""
        twice = attrs.evolve(GOOD, lines=lines((MUG, 1), (MUG, 1)), allocated={MUG: 1})
        enough = attrs.evolve(twice, allocated={MUG: 2})

        assert shut(decide_release(twice, warehouse=WAREHOUSE)) == [Gate.ALLOCATED]
        draft = decide_release(enough, warehouse=WAREHOUSE).draft
        assert draft is not None
        assert draft.lines == lines((MUG, 2))

    def test_an_order_has_a_number(self) -> None:
        """Field and rule are named."""
        with pytest.raises(ValueError, match="erp_order must not be blank"):
            attrs.evolve(GOOD, erp_order=ErpOrderCode(""))


class TestItems:
    def test_an_item_that_the_warehouse_lacks_is_sent_first(self) -> None:
        """Domain §11, WMS release, step 1: missing: push the item, hold the order."""
        decision = decide_release(GOOD, warehouse={MUG})

        assert (shut(decision), decision.missing) == ([Gate.ITEMS], (CUP,))
        assert [(r.type, r.entity) for r in decision.reasons] == [
            (ExceptionType.RELEASE_BLOCKED, "JL-1"),
            (ExceptionType.SKU_NOT_IN_WMS, "stock:CUP"),
        ]

    def test_a_kit_is_exploded_where_the_warehouse_lacks_it(self) -> None:
        """Domain §11, WMS release, step 2: two sets of two mugs and a lid, and one mug more: five mugs, two lids."""
        order = attrs.evolve(GOOD, lines=lines((SET, 2), (MUG, 1)), allocated={SET: 2, MUG: 1})
        kits = [Bundle(SET, {MUG: 2, LID: 1})]
        exploded = decide_release(order, warehouse=WAREHOUSE, kits=kits)
        known = decide_release(order, warehouse={*WAREHOUSE, SET}, kits=kits)

        assert exploded.draft is not None
        assert (exploded.draft.lines, exploded.exploded) == (lines((MUG, 5), (LID, 2)), (SET,))
        assert known.draft is not None
        assert (known.draft.lines, known.exploded) == (lines((SET, 2), (MUG, 1)), ())

    def test_a_nested_kit_that_the_warehouse_knows_stays_whole(self) -> None:
        """Only what it lacks is taken apart."""
        order = attrs.evolve(GOOD, lines=lines((SET, 3)), allocated={SET: 3})
        kits = [Bundle(SET, {CUP: 2, LID: 1}), Bundle(CUP, {MUG: 1})]
        whole = decide_release(order, warehouse={CUP, LID}, kits=kits).draft
        apart = decide_release(order, warehouse={MUG, LID}, kits=kits).draft

        assert whole is not None
        assert apart is not None
        assert whole.lines == lines((CUP, 6), (LID, 3))
        assert {line.stock_code: line.units for line in apart.lines} == {MUG: 6, LID: 3}

    def test_a_kit_is_never_left_out(self) -> None:
        """ERPs often do not count kits: one that the warehouse stocks whole is picked, not taken for a gift note."""
        order = attrs.evolve(GOOD, lines=lines((SET, 1)), allocated={SET: 1})
        kits = [Bundle(SET, {CUP: 2, LID: 1}), Bundle(CUP, {MUG: 1})]
        draft = decide_release(order, warehouse={CUP, LID}, kits=kits, non_stock={CUP, SET}).draft

        assert draft is not None
        assert draft.lines == lines((CUP, 2), (LID, 1))

    def test_components_that_are_not_counted_are_left_out(self) -> None:
        """A gift note is not picked."""
        order = attrs.evolve(GOOD, lines=lines((SET, 1)), allocated={SET: 1})
        draft = decide_release(order, warehouse={MUG}, kits=[Bundle(SET, {MUG: 1, LID: 1})], non_stock={LID}).draft

        assert draft is not None
        assert draft.lines == lines((MUG, 1))

    def test_a_recipe_that_cannot_be_read_blocks(self) -> None:
        """Domain §3: a kit inside itself is BUNDLE_INVALID, and nothing is guessed."""
        order = attrs.evolve(GOOD, lines=lines((SET, 1)), allocated={SET: 1})
        decision = decide_release(order, warehouse=WAREHOUSE, kits=[Bundle(SET, {SET: 1})])

        assert shut(decision) == [Gate.ITEMS]
        assert [r.type for r in decision.reasons] == [ExceptionType.RELEASE_BLOCKED, ExceptionType.BUNDLE_INVALID]

    @pytest.mark.parametrize("paid", [True, False])
    def test_a_recipe_that_cannot_be_read_blocks_whichever_gates_are_asked(self, *, paid: bool) -> None:
        """Domain §6.3: no line is dropped in silence: the mug does not go without the set, and the reason is told."""
        order = attrs.evolve(GOOD, lines=lines((SET, 1), (MUG, 1)), allocated={SET: 1, MUG: 1}, paid=paid)
        gates = set(Gate) - {Gate.ITEMS}
        decision = decide_release(order, warehouse={MUG}, kits=[Bundle(SET, {SET: 1})], gates=gates)

        assert decision.draft is None
        assert shut(decision) == [Gate.PAID] * (not paid) + [Gate.ITEMS]
        assert [r.type for r in decision.reasons] == [ExceptionType.RELEASE_BLOCKED, ExceptionType.BUNDLE_INVALID]
        assert "Bundle SET" in decision.reasons[0].message

    def test_items_that_nobody_asks_about_are_named_all_the_same(self) -> None:
        """Without the gate the order goes, and what the warehouse lacks can still be sent; another gate blames none."""
        gates = set(Gate) - {Gate.ITEMS}
        sent = decide_release(GOOD, warehouse={MUG}, gates=gates)
        unpaid = decide_release(attrs.evolve(GOOD, paid=False), warehouse={MUG}, gates=gates)

        assert sent.draft is not None
        assert (sent.draft.lines, sent.missing, sent.reasons) == (GOOD.lines, (CUP,), ())
        assert (unpaid.missing, [r.type for r in unpaid.reasons]) == ((CUP,), [ExceptionType.RELEASE_BLOCKED])

    def test_two_recipes_of_one_kit_are_refused(self) -> None:
        """Nobody can say which of the two is picked."""
        order = attrs.evolve(GOOD, lines=lines((SET, 1)), allocated={SET: 1})
        with pytest.raises(ValueError, match="there are two recipes for SET"):
            decide_release(order, warehouse=WAREHOUSE, kits=[Bundle(SET, {MUG: 1}), Bundle(SET, {MUG: 2})])


class TestIds:
    @pytest.mark.parametrize(
        ("used", "expected"),
        [
            ((), "SO1000"),
            (("SO1000",), "SO1000-2"),
            (("SO1000", "SO1000-2"), "SO1000-3"),
            (("SO1000", "SO1000-7"), "SO1000-8"),
            (("SO1000-3",), "SO1000-4"),
            (("SO10000", "SO1000-X"), "SO1000"),
        ],
    )
    def test_suffixes_only_rise(self, used: tuple[str, ...], expected: str) -> None:
        """Domain §11, WMS release: own id = ERP order number and suffix; an id is never used again."""
        assert next_shipment_id(ORDER, used) == expected

    def test_an_id_that_is_too_long_is_refused(self) -> None:
        """Cut short it would be another order's."""
        assert next_shipment_id(ORDER, ["SO1000"], longest=8) == "SO1000-2"
        with pytest.raises(ValueError, match="shipment id SO1000-2 is longer than 7"):
            next_shipment_id(ORDER, ["SO1000"], longest=7)

    def test_a_released_order_gets_the_next_id(self) -> None:
        """After a cancelled shipment the same order is released under a suffix."""
        draft = decide_release(attrs.evolve(GOOD, used=frozenset({"SO1000"})), warehouse=WAREHOUSE, longest_id=10).draft

        assert draft is not None
        assert draft.shipment_id == "SO1000-2"


SENT = WarehouseShipment(shipment_id="SO1000", stage="01", shipped=False, changed_at=TEN)


class TestChange:
    def test_before_the_lock_a_shipment_is_edited(self) -> None:
        """The same id, nothing to cancel."""
        change = change_release(SENT, erp_order=ORDER, locked=False, used=())

        assert (change.way, change.cancel, change.shipment_id) == (ChangeWay.IN_PLACE, "", "SO1000")

    def test_after_the_lock_it_is_cancelled_and_released_anew(self) -> None:
        """Domain §11, WMS release: after the lock, change = cancel + new id; the old one counts as used."""
        change = change_release(SENT, erp_order=ORDER, locked=True, used=())

        assert (change.way, change.cancel, change.shipment_id) == (ChangeWay.ANEW, "SO1000", "SO1000-2")
        assert change.reasons == ()

    def test_what_has_left_is_a_return(self) -> None:
        """Domain §6.3: after despatch, treat as a return; somebody has to know."""
        change = change_release(attrs.evolve(SENT, shipped=True), erp_order=ORDER, locked=True, used=())

        assert (change.way, change.cancel) == (ChangeWay.TOO_LATE, "")
        assert [r.type for r in change.reasons] == [ExceptionType.CANCEL_CONFLICT]


class TestAck:
    @pytest.mark.parametrize(
        ("minutes", "acknowledged", "rejected", "state", "kinds"),
        [
            (29, False, "", AckState.WAITING, []),
            (30, False, "", AckState.JAMMED, [ExceptionType.WMS_ORDER_JAM]),
            (90, True, "", AckState.ACKNOWLEDGED, []),
            (1, False, "unknown SKU", AckState.REJECTED, [ExceptionType.WMS_ORDER_REJECTED]),
        ],
    )
    def test_no_word_in_half_an_hour_is_a_jam(
        self, *, minutes: int, acknowledged: bool, rejected: str, state: AckState, kinds: list[ExceptionType]
    ) -> None:
        """Domain §11, WMS release: reject: exception; no ack in 30 minutes: look up, WMS_ORDER_JAM."""
        now = TEN + timedelta(minutes=minutes)
        check = check_ack("SO1000", sent_at=TEN, now=now, acknowledged=acknowledged, rejected=rejected)

        assert check.state is state
        assert [r.type for r in check.reasons] == kinds
        assert check.why

    @pytest.mark.parametrize("minutes", [1, 90])
    def test_a_rejection_after_the_acknowledgement_is_heard(self, minutes: int) -> None:
        """Domain §11, WMS release: reject: exception; that the warehouse had said yes before does not hide its no."""
        now = TEN + timedelta(minutes=minutes)
        check = check_ack("SO1000", sent_at=TEN, now=now, acknowledged=True, rejected="bad address")

        assert check.state is AckState.REJECTED
        assert check.why == "the warehouse refused SO1000, which it had acknowledged: bad address"
        assert [r.type for r in check.reasons] == [ExceptionType.WMS_ORDER_REJECTED]
        assert check.reasons[0].evidence == {"shipment": "SO1000", "acknowledged": "yes", "rejected": "bad address"}

    @pytest.mark.parametrize(("ahead", "state"), [(29, AckState.WAITING), (30, AckState.JAMMED)])
    def test_a_release_sent_in_the_future_does_not_wait_for_it(self, ahead: int, state: AckState) -> None:
        """Clocks differ by a little; a time further off is no time to wait for, and is named."""
        check = check_ack("SO1000", sent_at=TEN + timedelta(minutes=ahead), now=TEN, acknowledged=False)

        assert check.state is state
        assert f"0:{ahead}:00 ahead of now" in check.why
        assert len(check.reasons) == (state is AckState.JAMMED)

    def test_naive_times_are_refused(self) -> None:
        """Field and rule are named."""
        naive = TEN.replace(tzinfo=None)
        with pytest.raises(ValueError, match="sent_at has no time zone"):
            check_ack("SO1000", sent_at=naive, now=TEN, acknowledged=True)
        with pytest.raises(ValueError, match="now has no time zone"):
            check_ack("SO1000", sent_at=TEN, now=naive, acknowledged=True)
