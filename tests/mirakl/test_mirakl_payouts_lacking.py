"""Settlements without what is refused, and with rows that cannot be read."""

from collections.abc import Callable
from decimal import Decimal

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.settlement import MatchStatus
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.money.payouts import MoneyPart, Payouts
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty
from khaos_connectors.testing.simulators.mirakl.money_state import MoneySettings
from khaos_connectors.testing.simulators.routes import transport

DAY = 86_400
MakeWorld = Callable[..., object]


def transaction(**fields: object) -> dict[str, object]:
    cycle = "a5b77ee5-f5c2-4efc-ab94-8366ee781598"
    bare = {"id": "t1", "type": "ORDER_AMOUNT", "amount": 10, "currency_iso_code": "GBP"}
    return {**bare, "seller_billing_cycle_id": cycle, **fields}


def log_of(config: MiraklConfig, answer: Callable[..., Response], rows: list[object]) -> list[object]:
    call = endpoints.list_transactions(config.scope)
    return list(call.decode(answer({"data": rows})))


def test_without_the_log_the_sums_are_the_lines(money_world: MakeWorld) -> None:
    """A key without the accountancy role gets the cycle's sums as lines, which tie, and the capability that lacks."""
    here = money_world(MoneySettings(log_open=False))
    here.sell(("RUG", 1), ("MUG", 2))
    here.money.refund("R1", order_id="JL00000001-A", line_id="JL00000001-A-1", amount="20.00")
    here.money.book("SUBSCRIPTION_FEE", "-39.00")
    here.money.book("SUBSCRIPTION_VAT", "-7.80")
    by_hand = here.money.bill_by_hand("MANUAL_INVOICE", net="25.00", tax="5.00", description="late shipment")
    here.money.bill_by_hand("MANUAL_CREDIT", net="10.00")
    cycle = here.money.close_cycle(reserve="15.00")

    (payout,) = here.settle()

    (lacking,) = payout.lacking
    assert (lacking.part, lacking.operation, lacking.status) == (MoneyPart.TRANSACTION_LOG, "TL02", 403)
    assert lacking.part.value == "transaction log"
    assert "accountancy" in lacking.advice
    assert not payout.by_order
    assert payout.statement.summary == {}  # the sums are not compared with themselves
    amounts = {line.type: line.amount for line in payout.lines}
    assert sum(amounts.values()) == cycle.payout
    assert amounts["ORDER_AMOUNT"] == Decimal("144.93")
    assert amounts["REFUND_ORDER_AMOUNT"] == Decimal("-20.00")
    assert (amounts["SUBSCRIPTION_FEE"], amounts["SUBSCRIPTION_VAT"]) == (Decimal("-39.00"), Decimal("-7.80"))
    assert amounts["RESERVE_FUNDING"] == Decimal("-15.00")
    # The operator's own documents stand one by one.
    (named,) = (line for line in payout.lines if line.type == "MANUAL_INVOICE")
    assert named.description == f"document {by_hand.number}: late shipment"
    found = here.matched(payout)
    assert here.ties(payout)
    assert {result.line.type for result in found.results if result.status is MatchStatus.UNMATCHED} == {
        "ORDER_AMOUNT",
        "REFUND_ORDER_AMOUNT",
    }


def test_what_was_refused_is_not_asked_for_again_at_once(money_world: MakeWorld) -> None:
    """A refusal is believed for ``settings_age``, then asked anew; a role that was given meanwhile is found."""
    here = money_world(MoneySettings(log_open=False))
    here.sell(("MUG", 1))
    here.money.close_cycle()
    asked: list[str] = []
    handle = here.market.handle
    here.market.handle = lambda request: asked.append(here.market.operation(request)) or handle(request)

    here.settle()
    here.settle()
    assert asked.count("TL02") == 1
    with pytest.raises(errors.Unsupported, match="transaction log") as refused:
        here.run(here.payouts.transactions(endpoints.TransactionFilter()))
    assert refused.value.capability == "transaction log"
    assert asked.count("TL02") == 1

    here.market._state.settings = attrs.evolve(here.market.settings, money=MoneySettings())
    here.clock.advance(DAY + 1)
    (payout,) = here.settle()
    assert payout.by_order
    assert payout.lacking == ()


def test_without_cycles_their_documents_tell_them(money_world: MakeWorld) -> None:
    """Instances older than SBC11 tell their cycles by the documents of IV01; the log is read as ever."""
    here = money_world(MoneySettings(cycles_open=False))
    here.sell(("RUG", 1))
    cycle = here.money.close_cycle()
    here.clock.advance(DAY)

    found = here.run(here.payouts.cycles())
    (payout,) = here.run(here.payouts.payouts(found.cycles))

    assert [each.part for each in found.lacking] == [MoneyPart.BILLING_CYCLES]
    assert (payout.cycle.id, payout.statement.payout) == (cycle.cycle_id, cycle.payout)
    assert payout.is_paid
    assert here.ties(payout)


def test_a_log_from_elsewhere_is_the_log(money_world: MakeWorld) -> None:
    """Transactions that are given stand for a log that was refused: the lines name orders, and nothing is lacking."""
    here = money_world()
    here.sell(("MUG", 1))
    here.money.close_cycle()
    log = here.run(here.payouts.transactions(endpoints.TransactionFilter()))
    here.market._state.settings = attrs.evolve(here.market.settings, money=MoneySettings(log_open=False))
    (summed,) = here.settle()
    assert not summed.by_order

    (payout,) = here.settle(log=log)

    assert payout.by_order
    assert payout.lacking == ()
    assert here.payouts.lacking() == summed.lacking


def test_without_cycles_and_documents_there_is_nothing(money_world: MakeWorld) -> None:
    """If neither can be read, the capability is named."""
    here = money_world(MoneySettings(cycles_open=False, documents_open=False))

    with pytest.raises(errors.Unsupported, match="billing cycles"):
        here.run(here.payouts.cycles())


def test_trouble_on_the_way_is_no_refusal(config: MiraklConfig) -> None:
    """A wrong key (401) or an answer that does not come is raised, and nothing is taken for lacking."""
    payouts = Payouts(config)

    with pytest.raises(errors.AuthFailed):
        play(payouts.cycles(), [Response(status=401)])
    assert payouts.lacking() == ()


def test_a_row_that_cannot_be_read_is_told_and_breaks_the_tie(
    config: MiraklConfig, answer: Callable[..., Response], money_world: MakeWorld
) -> None:
    """A bad row never stops the others; the statement does not tie without it, and the reason names the row."""
    body = {
        "id": "a5b77ee5-f5c2-4efc-ab94-8366ee781598",
        "date_created": "2026-03-01T00:00:00Z",
        "currency_iso_code": "GBP",
        "amount_transferred_to_seller": 20,
    }
    (cycle,) = endpoints.list_billing_cycles(config.scope).decode(answer({"data": [body]}))
    rows = log_of(
        config,
        answer,
        [
            transaction(),
            transaction(id="t2", amount=None),
            transaction(id="t3", amount="1.005"),
            transaction(id="t4", currency_iso_code="EUR"),
            transaction(id="t5", seller_billing_cycle_id=None),
            {"id": "t6", "type": "ORDER_AMOUNT"},
            transaction(id="t7", type=None, seller_billing_cycle_id="57061ac1-946d-4107-b6c7-f02f5642da3f"),
        ],
    )
    assert [type(row) for row in rows] == [Read, Broken, Read, Read, Read, Broken, Broken]

    flow = Payouts(config).payouts([cycle.record], log=rows)
    played = play(flow, [answer({"invoices": [], "total_count": 0})])
    (payout,) = played.result

    assert [line.line_id for line in payout.lines] == ["t1"]
    assert [line.line_id for line in payout.aside] == ["t4"]
    assert [row.id for row in payout.unread] == ["t2", "t6"]  # whose cycle is not legible may be of this one
    assert [(reason.type.value, reason.entity) for reason in payout.reasons] == [
        ("SCHEMA_DRIFT", "t2"),
        ("SCHEMA_DRIFT", "t3"),
        ("STATEMENT_MISMATCH", "t4"),
        ("SCHEMA_DRIFT", "t6"),
    ]
    assert not money_world().ties(payout)


def test_a_cycle_that_can_be_no_statement_stops_no_other(config: MiraklConfig, answer: Callable[..., Response]) -> None:
    """A cycle whose figures are no amounts of its currency is told as unread; the others are read."""
    good = {
        "id": "a5b77ee5-f5c2-4efc-ab94-8366ee781598",
        "date_created": "2026-03-01T00:00:00Z",
        "currency_iso_code": "GBP",
        "amount_transferred_to_seller": 20,
    }
    fields = {"amount_transferred_to_seller": "1.005", "currency_iso_code": "pounds", "id": " "}
    rows = [good, *({**good, name: value} for name, value in fields.items()), {**good, "currency_iso_code": None}]

    found = play(Payouts(config).cycles(), [answer({"data": rows})]).result

    assert [cycle.id for cycle in found.cycles] == [good["id"]]
    assert [row.path.rpartition(".")[2] for row in found.unread] == [*fields, "currency_iso_code"]
    assert "whole minor units of GBP" in found.unread[0].problem


def test_documents_of_cycles_that_do_not_tell_what_was_paid_are_told(
    config: MiraklConfig, answer: Callable[..., Response]
) -> None:
    """Where documents stand for the cycles, one without figures is unread, and two of one cycle are one."""
    good = {
        "type": "AUTO_INVOICE",
        "id": "84ba3367-51f5-4bb5-9535-9254b7595ed3",
        "seller_billing_cycle_id": "a5b77ee5-f5c2-4efc-ab94-8366ee781598",
        "date_created": "2026-03-31T00:00:00Z",
        "currency_iso_code": "GBP",
        "summary": {"amount_transferred": "55.66"},
    }
    corrected = {**good, "date_created": "2026-04-02T00:00:00Z", "summary": {"amount_transferred": "60.00"}}
    bare = {**good, "id": "57061ac1-946d-4107-b6c7-f02f5642da3f", "summary": None}
    rows = {"invoices": [corrected, good, bare, {**bare, "type": "MANUAL_INVOICE"}], "total_count": 4}

    found = play(Payouts(config).cycles(), [answer(status=404), answer(rows)]).result

    assert [cycle.amount_transferred_to_seller for cycle in found.cycles] == [Decimal("60.00")]
    assert [row.id for row in found.unread] == [bare["id"]]


def test_a_bad_line_loses_no_transaction(money_world: MakeWorld) -> None:
    """Calls that are refused for a while or get no answer in the middle of a walk are made again; nothing is missed."""
    here = money_world()
    for number in range(4100):
        here.money.book("ORDER_AMOUNT", "1.00", order_id=f"O{number}", line_id=f"O{number}-1")
    here.money.close_cycle()
    faults = Faults(seed=1, profile="none")
    for operation in ("SBC11", "TL02", "IV01"):
        for kind in (FaultKind.BUSY, FaultKind.DROP, FaultKind.UNAVAILABLE):
            faults.next(operation, Fault(kind=kind))
    runner = Runner({here.config.account: transport(Faulty(here.market, faults))}, clock=here.clock)

    cycles = runner.run(here.payouts.cycles()).cycles
    (payout,) = runner.run(here.payouts.payouts(cycles))

    assert len(payout.lines) == 4100
    assert here.ties(payout)
    assert payout.lacking == ()
