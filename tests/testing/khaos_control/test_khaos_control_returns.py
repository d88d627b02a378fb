"""Returns of the simulated Khaos Control: what may come back, the credit notes that are raised, what they show."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khaos_connectors.testing.simulators.khaos_control import KhaosFault, KhaosSettings


@pytest.fixture
def sent(soap, take):
    """The code of an order of three mugs and two bowls that were all sent."""
    order = take("A-1", {"MUG": 3, "BOWL": 2}, DELIVERY_GRS="4.95")
    soap.simulator.pick_and_despatch(order.code, courier="RM24", consignment="C1")
    return order.code


class TestReturns:
    def test_processing_raises_the_credit_note(self, soap, sent) -> None:
        """A return changes nothing until it is processed; then its units are on the shelf again and credited."""
        code = soap.simulator.take_return(sent, {"MUG": 2}, reference="R-1")
        before = soap.simulator.stock["MUG", 1].physical
        assert not soap.simulator.credit_notes
        note_code = soap.simulator.process_return(code)
        note = soap.simulator.credit_notes[note_code]

        assert (note.reference, note.total) == ("R-1", Decimal("19.98"))
        assert soap.simulator.stock["MUG", 1].physical == before + 2
        assert soap.simulator.returns[code].credit_note == note.code
        assert [one.physical for one in soap.simulator.ledger if one.reason == "returned"] == [2]

    def test_write_off(self, soap, sent) -> None:
        """Units that are not put on the shelf move no stock, and are credited all the same."""
        before = soap.simulator.stock
        soap.simulator.process_return(soap.simulator.take_return(sent, restock=False))

        assert soap.simulator.stock == before
        assert [one.total for one in soap.simulator.credit_notes.values()] == [Decimal("49.95")]

    def test_delivery_is_credited_on_request(self, soap, sent) -> None:
        """The delivery charge is part of a credit note only if the return says so."""
        soap.simulator.process_return(soap.simulator.take_return(sent, {"MUG": 1}, delivery=True))

        assert [one.total for one in soap.simulator.credit_notes.values()] == [Decimal("14.94")]

    def test_units_come_back_once(self, soap, sent) -> None:
        """No more units can come back than were sent; those of a deleted return may come again."""
        first = soap.simulator.take_return(sent, {"MUG": 2})
        with pytest.raises(ValueError, match="MUG"):
            soap.simulator.take_return(sent, {"MUG": 2})
        soap.simulator.delete_return(first)
        soap.simulator.take_return(sent)

        with pytest.raises(ValueError, match="nothing"):
            soap.simulator.take_return(sent)

    def test_references_are_unique(self, soap, sent) -> None:
        """Two returns cannot have one reference."""
        soap.simulator.take_return(sent, {"MUG": 1}, reference="R-1")

        with pytest.raises(ValueError, match="R-1"):
            soap.simulator.take_return(sent, {"MUG": 1}, reference="R-1")

    def test_what_comes_back_goes_to_waiting_orders(self, soap, sent, take) -> None:
        """Units on the shelf again are allocated to orders that wait for them."""
        waiting = take("A-2", {"BOWL": 1})
        soap.simulator.process_return(soap.simulator.take_return(sent, {"BOWL": 2}))

        assert soap.simulator.orders[waiting.code].allocated == 1

    def test_a_processed_return_stays(self, soap, sent) -> None:
        """A return is processed once and cannot be deleted afterwards."""
        code = soap.simulator.take_return(sent)
        soap.simulator.process_return(code)

        with pytest.raises(KhaosFault, match="already processed"):
            soap.simulator.process_return(code)
        with pytest.raises(ValueError, match="processed"):
            soap.simulator.delete_return(code)

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(price=st.decimals("0.01", "30", places=2), parts=st.lists(st.integers(1, 4), min_size=1, max_size=5))
    def test_all_credits_of_a_line_are_its_worth(self, make_soap, order_document, price, parts) -> None:
        """However a line comes back bit by bit, all its credit notes together are what the line cost, net and gross."""
        soap = make_soap()
        units = sum(parts)
        soap.simulator.receive("MUG", units)
        soap.value("ImportOrders", Orders=order_document("A", {"MUG": units}, PRICE_GRS=str(price)))
        order = soap.simulator.order_of("A")
        soap.simulator.pick_and_despatch(order.code, courier="RM24", consignment="C")
        for part in parts:
            soap.simulator.process_return(soap.simulator.take_return(order.code, {"MUG": part}))
        lines = [line for note in soap.simulator.credit_notes.values() for line in note.lines]

        assert sum(line.gross for line in lines) == order.lines[0].gross
        assert sum(line.net for line in lines) == order.lines[0].net


class TestStatusList:
    def test_a_credit_note_is_told_as_one(self, soap, sent) -> None:
        """Credit notes stand in the status list under codes of their own, told apart by their type alone."""
        soap.simulator.process_return(soap.simulator.take_return(sent, {"MUG": 1}, reference="R-1"))
        rows = soap.document("ExportOrderStatusEx", IDs="A-1,R-1", MappingType="4", ShowItems="true")

        assert [row.findtext("ORDER_TYPE") for row in rows] == ["Sales Order", "Credit Note"]
        assert [row.get("ASSOCIATED_REF") for row in rows] == ["A-1", "R-1"]
        assert rows[1].findtext("ITEMS_TOTAL") == "9.99"
        assert rows[1].find("INVOICES/INVOICE").get("INVOICE_STAGE_ID") == "70"

    def test_of_a_customer(self, soap, sent) -> None:
        """Asked for by customer, an order and its credit note both come."""
        soap.simulator.process_return(soap.simulator.take_return(sent))
        urn = soap.simulator.orders[sent].urn

        assert len(soap.document("ExportOrderStatusEx", IDs=urn, MappingType="1")) == 2

    def test_short_status_list(self, soap, sent, take, clock) -> None:
        """The older status list has a row per invoice, forgets issued ones after two days, and has no credit notes."""
        soap.simulator.process_return(soap.simulator.take_return(sent, {"MUG": 1}))
        waiting, gone = take("A-2", {"BOWL": 5}), take("A-3")
        soap.simulator.cancel(gone.code)

        def told() -> list[tuple[str | None, ...]]:
            return [(row.get("REF"), row.get("COMPLETE"), row.text) for row in soap.document("ExportOrderStatus")]

        assert told() == [("A-1", "-1", "70"), ("A-2", "0", "18")]
        clock.step(48 * 60 + 1)
        assert told() == [("A-2", "0", "18")]
        assert waiting.reference == "A-2"


class TestAddOns:
    @pytest.fixture
    def bought(self, make_soap, order_document):
        """An installation with both add-ons and an order that was sent."""
        soap = make_soap(KhaosSettings(add_ons=frozenset({"ProcessReturn", "CancelOrder"})))
        for reference in ("A-1", "A-2"):
            soap.value("ImportOrders", Orders=order_document(reference))
        soap.simulator.pick_and_despatch("SO000001", courier="RM24", consignment="C1")
        return soap

    def test_they_are_bought(self, soap) -> None:
        """What was not bought is not there."""
        for name in ("ProcessReturn", "CancelOrder"):
            assert soap.fault(name)[0] == "EIntfCastError"
            assert name not in soap.simulator.operations

    def test_process_return(self, bought) -> None:
        """A return is processed with an authorisation code that somebody got by hand."""
        code = bought.simulator.take_return("SO000001")
        note = bought.text("ProcessReturn", ReturnCode=code, ManualAuthCode="AUTH")

        assert bought.simulator.returns[code].authorisation == "AUTH"
        assert list(bought.simulator.credit_notes) == [note]

    @pytest.mark.parametrize(
        ("code", "authorisation", "problem"),
        [("", "A", "required"), ("RET000001", "", "required"), ("RET9", "A", "does not exist")],
    )
    def test_process_return_faults(self, bought, code: str, authorisation: str, problem: str) -> None:
        """Missing codes and unknown returns are faults."""
        bought.simulator.take_return("SO000001")

        assert problem in bought.fault("ProcessReturn", ReturnCode=code, ManualAuthCode=authorisation)[1]
        assert not bought.simulator.credit_notes

    def test_cancel_order(self, bought) -> None:
        """An order is cancelled with a reason, unless it is gone out or not there."""
        bought.text("CancelOrder", OrderCode="SO000002", Reason="Too late")

        assert bought.simulator.orders["SO000002"].cancelled.reason == "Too late"
        assert "cannot be cancelled" in bought.fault("CancelOrder", OrderCode="SO000001")[1]
        assert "does not exist" in bought.fault("CancelOrder", OrderCode="SO9")[1]
