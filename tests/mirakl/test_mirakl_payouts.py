"""Billing cycles as statements: read from the simulated marketplace and tied out."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import AsyncRunner
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.settlement import LineClass, Meaning
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.accounting_codes import PayOutState, TransactionType
from khaos_connectors.mirakl.money.payouts import Payout, Payouts
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES
from khaos_connectors.testing.simulators.mirakl.money_state import MoneySettings
from khaos_connectors.testing.simulators.routes import async_transport

DAY = 86_400
MakeWorld = Callable[..., object]


def test_a_cycle_becomes_a_statement_that_ties(money_world: MakeWorld) -> None:
    """The transactions of a cycle are its lines, its own sums the summary; the lines come to what is paid out."""
    here = money_world()
    order_id = here.sell(("RUG", 1), ("MUG", 2))
    here.money.refund("R1", order_id=order_id, line_id=f"{order_id}-1", amount="20.00")
    here.money.book("SUBSCRIPTION_FEE", "-39.00")
    cycle = here.money.close_cycle(reserve="15.00")

    (payout,) = here.settle()

    assert payout.statement.payout == cycle.payout
    assert payout.statement.issued == cycle.created_at.date()
    assert {line.line_class for line in payout.lines} == {
        LineClass.SALE,
        LineClass.REFUND,
        LineClass.FEE,
        LineClass.RESERVE,
    }
    refund = next(line for line in payout.lines if line.type == "REFUND_ORDER_AMOUNT")
    assert (refund.order_id, refund.order_line_id, refund.refund_id) == (order_id, f"{order_id}-1", "R1")
    assert refund.amount == Decimal("-20.00")
    # Each class of which the cycle tells all sums is compared; reserves are told by its document.
    assert payout.statement.summary.keys() == {
        LineClass.SALE,
        LineClass.REFUND,
        LineClass.FEE,
        LineClass.ADJUSTMENT,
        LineClass.OPERATOR_TAX,
        LineClass.RESERVE,
    }
    assert payout.statement.summary[LineClass.RESERVE] == Decimal("-15.00")
    assert here.ties(payout)
    assert (payout.lacking, payout.reasons, payout.unread, payout.aside) == ((), (), (), ())
    assert payout.by_order
    assert not payout.is_paid


def test_a_cycle_that_was_paid_says_so(money_world: MakeWorld) -> None:
    """The pay-out changes the cycle's state and adds a line of the class PAYOUT, which is in no sum but its own."""
    here = money_world()
    here.sell(("MUG", 1))
    here.money.close_cycle()
    here.clock.advance(DAY)

    (payout,) = here.settle()

    assert payout.is_paid
    assert payout.cycle.pay_out is not None
    assert payout.cycle.pay_out.state is PayOutState.PAID
    assert [line.line_class for line in payout.lines].count(LineClass.PAYOUT) == 1
    assert here.ties(payout)


def test_every_type_of_transaction_is_read_and_classified(money_world: MakeWorld) -> None:
    """All 51 types come as lines in the class that the table gives them; the statement ties with all of them."""
    here = money_world()
    for kind in set(TransactionType) - {TransactionType.PAYMENT}:
        here.money.book(kind.value, "-10.00" if kind is TransactionType.RESERVE_FUNDING else "10.00")
    here.money.close_cycle()
    here.clock.advance(DAY)  # it is paid: the last type

    (payout,) = here.settle()

    assert {line.type for line in payout.lines} == {kind.value for kind in TransactionType} == set(TRANSACTION_TYPES)
    assert all(line.meaning == TRANSACTION_TYPES[line.type] for line in payout.lines)
    assert here.ties(payout)
    # Whether the sum of commissions holds those on purchases is not told: fees are not compared where there are any.
    assert payout.statement.summary.keys() == {
        LineClass.SALE,
        LineClass.REFUND,
        LineClass.ADJUSTMENT,
        LineClass.OPERATOR_TAX,
        LineClass.RESERVE,
    }
    unknown = {line.type for line in payout.lines if line.line_class is LineClass.UNKNOWN}
    assert all("PURCHASE" in kind or "OPERATOR_PAID" in kind for kind in unknown)


def test_an_unseen_type_is_a_line_of_class_unknown(money_world: MakeWorld) -> None:
    """A type that nobody has met is kept under its own name, and a table of the user's own teaches it."""
    here = money_world()
    here.money.book("LOYALTY_TOPUP", "3.00")
    here.money.close_cycle()

    (payout,) = here.settle()
    (line,) = payout.lines
    assert (line.type, line.line_class) == ("LOYALTY_TOPUP", LineClass.UNKNOWN)

    taught = {**TRANSACTION_TYPES, "LOYALTY_TOPUP": Meaning(LineClass.ADJUSTMENT)}
    again = Payouts(here.config, table=taught)
    (payout,) = here.run(again.payouts([payout.cycle]))
    assert payout.lines[0].line_class is LineClass.ADJUSTMENT
    assert LineClass.ADJUSTMENT not in payout.statement.summary  # no sum of the cycle is about the new type


def test_a_cycle_that_is_given_twice_is_one_payout(money_world: MakeWorld) -> None:
    """Reads that overlap repeat cycles and transactions: none is settled twice, the last form of each counts."""
    here = money_world()
    here.money.book("SUBSCRIPTION_FEE", "-39.00")
    here.money.close_cycle()
    early = here.run(here.payouts.cycles()).cycles
    older = here.run(here.payouts.exported(endpoints.TransactionFilter())).rows
    here.clock.advance(DAY)
    here.sell(("RUG", 1))
    here.money.close_cycle()
    here.clock.advance(DAY)
    late = here.run(here.payouts.cycles()).cycles
    newer = here.run(here.payouts.transactions(endpoints.TransactionFilter()))

    found = here.run(here.payouts.payouts((*early, *late), log=(*older, *newer, *older)))

    assert [payout.cycle for payout in found] == list(late)
    for payout in found:
        assert len({line.line_id for line in payout.lines}) == len(payout.lines)
        assert here.ties(payout)
    assert {line.payment_state for payout in found for line in payout.lines} == {"PAID"}


def test_a_pay_out_that_failed_is_told(money_world: MakeWorld) -> None:
    """The money does not come: the reason says how much of it, why, and what to do."""
    here = money_world(MoneySettings(pay_out_failure="INCOMPLETE_KYC"))
    here.sell(("MUG", 1))
    here.money.close_cycle()
    assert here.settle()[0].reasons == ()
    here.clock.advance(DAY)

    (payout,) = here.settle()

    assert not payout.is_paid
    (reason,) = payout.reasons
    assert (reason.type.value, reason.entity) == ("PAYOUT_MISMATCH", payout.cycle.id)
    assert str(payout.statement.payout) in reason.message
    assert "KYC" in reason.message


def test_inferences_can_be_replaced(money_world: MakeWorld) -> None:
    """Which lines no cycle pays, and whether a cycle's own sums are compared, is the user's to say."""
    here = money_world()
    here.sell(("MUG", 1))
    here.money.book("ORDER_AMOUNT", "50.00", order_id="JL9-A", payment_state="NOT_APPLICABLE")
    here.money.close_cycle()
    other = Payouts(here.config, paid_directly=lambda line: line.type == "COMMISSION_FEE", compare_sums=False)

    (payout,) = here.run(other.payouts(here.run(other.cycles()).cycles))

    assert {line.type for line in payout.aside} == {"COMMISSION_FEE"}
    assert "JL9-A" in {line.order_id for line in payout.lines}
    assert payout.statement.summary == {}


def test_a_debt_is_carried_from_cycle_to_cycle(money_world: MakeWorld) -> None:
    """A cycle that comes to less than nothing pays nothing; what it lacks is the opening balance of the next one."""
    here = money_world()
    here.money.book("SUBSCRIPTION_FEE", "-39.00")
    here.money.close_cycle()
    here.clock.advance(DAY)
    here.sell(("RUG", 1))
    here.money.close_cycle()

    first, second = here.settle()

    assert (first.statement.payout, first.statement.closing) == (Decimal(0), Decimal("-39.00"))
    assert second.statement.opening == Decimal("-39.00")
    assert second.statement.closing == 0
    assert here.ties(first)
    assert here.ties(second)


def test_an_opening_balance_may_be_given(money_world: MakeWorld) -> None:
    """Reading only the second cycle takes what the first one left, or the statement does not tie."""
    here = money_world()
    here.money.book("SUBSCRIPTION_FEE", "-39.00")
    here.money.close_cycle()
    here.clock.advance(DAY)
    here.sell(("RUG", 1))
    here.money.close_cycle()
    found = here.run(here.payouts.cycles(since=here.clock.now() - timedelta(hours=1)))

    (alone,) = here.run(here.payouts.payouts(found.cycles))
    (told,) = here.run(here.payouts.payouts(found.cycles, openings={"GBP": Decimal("-39.00")}))

    assert not here.ties(alone)
    assert here.ties(told)


def test_what_the_customer_paid_directly_is_set_aside(money_world: MakeWorld) -> None:
    """Order money in the state NOT_APPLICABLE is not paid out, so it is no line of the statement; it is told."""
    here = money_world()
    here.sell(("MUG", 1))
    here.money.book("ORDER_AMOUNT", "50.00", order_id="JL9-A", line_id="JL9-A-1", payment_state="NOT_APPLICABLE")
    here.money.book("COMMISSION_FEE", "-7.50", order_id="JL9-A", line_id="JL9-A-1")
    here.money.close_cycle()

    (payout,) = here.settle()

    assert [line.amount for line in payout.aside] == [Decimal("50.00")]
    assert [(reason.type.value, reason.entity) for reason in payout.reasons] == [
        ("SETTLEMENT_UNMATCHED", payout.cycle.id)
    ]
    assert "JL9-A" in {line.order_id for line in payout.lines}  # the fee is owed all the same
    assert here.ties(payout)


def test_documents_made_by_hand_are_asked_for(money_world: MakeWorld) -> None:
    """Mirakl lists only the documents of cycles unless it is told otherwise; we ask for all of them."""
    here = money_world()
    by_hand = here.money.bill_by_hand("MANUAL_INVOICE", net="25.00", tax="5.00", description="late shipment")
    here.money.bill_by_hand("MANUAL_CREDIT", net="10.00", tax="2.00", description="sorry")
    here.sell(("RUG", 1))
    here.money.close_cycle()

    (payout,) = here.settle()

    assert {str(each.type.value) for each in payout.documents if each.type is not None} == {
        "AUTO_INVOICE",
        "MANUAL_INVOICE",
        "MANUAL_CREDIT",
    }
    named = [line for line in payout.lines if line.type == "MANUAL_INVOICE"]
    assert [line.description for line in named] == [f"{by_hand.number:012d}"]
    default = here.run(here.config.caller().perform(endpoints.list_invoices(here.config.scope)))
    assert len(default.items) == 3


def test_a_document_is_downloaded_as_it_is(money_world: MakeWorld) -> None:
    """IV02 gives the file with its name; a document that is not there is ``NotFound``."""
    here = money_world()
    here.sell(("MUG", 1))
    here.money.close_cycle()
    (document,) = here.money.documents

    found = here.run(here.payouts.document(document.number))

    assert found.read() == b"".join(found.pieces()) == f"%PDF-1.4 document {document.number}".encode()
    assert found.name == f"auto_invoice_{document.number}.pdf"
    assert "PDF" not in repr(found)
    with pytest.raises(errors.NotFound):
        here.run(here.payouts.document(999))


def test_a_web_page_is_no_document(config: MiraklConfig) -> None:
    """A gateway's page in place of a file is ``Undecodable``, a refusal a refusal."""
    call = endpoints.download_invoice(config.scope, 7)

    with pytest.raises(errors.Undecodable, match="not a web page"):
        call.decode(Response(status=200, headers={"content-type": "text/html;charset=UTF-8"}, body=b"<html>"))
    with pytest.raises(errors.AuthFailed):
        call.decode(Response(status=403, body=b""))


def test_an_event_loop_reads_the_same(money_world: MakeWorld) -> None:
    """The asynchronous runner gives the same payouts and the same exports, two readers of one object at once."""
    here = money_world()
    here.sell(("RUG", 1), ("MUG", 2))
    here.money.close_cycle(reserve="15.00")
    here.clock.advance(DAY)
    blocking = here.settle()
    log = here.run(here.payouts.transactions(endpoints.TransactionFilter()))
    runner = AsyncRunner({here.config.account: async_transport(here.market)}, clock=here.clock)

    async def settle() -> tuple[Payout, ...]:
        found = await runner.run(here.payouts.cycles())
        return await runner.run(here.payouts.payouts(found.cycles))

    async def all_at_once() -> tuple[object, ...]:
        return await asyncio.gather(
            settle(), settle(), runner.run(here.payouts.exported(endpoints.TransactionFilter()))
        )

    first, second, exported = asyncio.run(all_at_once())

    assert first == second == blocking
    assert {row.record for row in exported.rows} == {row.record for row in log}
