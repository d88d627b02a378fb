"""Billing cycles as statements: read from the simulated marketplace, tied out, and read without what is refused."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow, Send
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.settlement import FeeRule, LineClass, MatchStatus, Meaning, match, tie_out
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.accounting_codes import PayOutState, TransactionPaymentState, TransactionType
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.money.payouts import LONGEST_EXPORT, MoneyPart, Payout, Payouts
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty
from khaos_connectors.testing.simulators.mirakl import (
    MiraklSettings,
    MiraklSimulator,
    OfferState,
    RateLimit,
)
from khaos_connectors.testing.simulators.mirakl.money_desk import MoneyDesk
from khaos_connectors.testing.simulators.mirakl.money_state import MoneySettings
from khaos_connectors.testing.simulators.routes import async_transport, transport

Run = Callable[[Flow[object]], object]
DAY = 86_400
FEES = {
    code: FeeRule(account=meaning.line_class.value)
    for code, meaning in TRANSACTION_TYPES.items()
    if meaning.line_class in (LineClass.FEE, LineClass.ADJUSTMENT, LineClass.OPERATOR_TAX, LineClass.RESERVE)
}


@attrs.define
class World:
    """A marketplace with money in it, and what reads it."""

    market: MiraklSimulator
    clock: ManualClock
    payouts: Payouts
    config: MiraklConfig
    run: Run

    @property
    def money(self) -> MoneyDesk:
        return self.market.money

    def sell(self, *lines: tuple[str, int], shipping: str = "4.95") -> str:
        order_id = self.market.buy(lines, shipping=shipping)
        assert order_id is not None
        self.run(self.config.caller().perform(endpoints.ship_order(self.config.scope, order_id)))
        return order_id

    def settle(self, **how: object) -> tuple[Payout, ...]:
        found = self.run(self.payouts.cycles())
        return self.run(self.payouts.payouts(found.cycles, **how))


@pytest.fixture
def world(config: MiraklConfig) -> Callable[..., World]:
    """A world under given settings of the marketplace and of the client."""

    def made(money: MoneySettings | None = None, market: MiraklSettings | None = None, **settings: object) -> World:
        clock = ManualClock()
        offers = {"MUG": OfferState(price="9.99", quantity=1000), "RUG": OfferState(price="120.00", quantity=1000)}
        shop = attrs.evolve(market or MiraklSettings(), order_acceptance="AUTOMATIC", debit_seconds=0)
        if money is not None:
            shop = attrs.evolve(shop, money=money)
        simulator = MiraklSimulator(clock=clock.now, api_key="key-123", offers=offers, settings=shop)
        own = attrs.evolve(config, **settings)
        runner = Runner({own.account: transport(simulator)}, clock=clock)
        return World(simulator, clock, Payouts(own), own, runner.run)

    return made


def ties(payout: Payout) -> bool:
    found = match(payout.lines, orders=(), credit_notes=(), fees=FEES)
    return tie_out(found, statement=payout.statement).may_post


def test_a_cycle_becomes_a_statement_that_ties(world: Callable[..., World]) -> None:
    """The transactions of a cycle are its lines, its own sums the summary; the lines come to what is paid out."""
    here = world()
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
    assert ties(payout)
    assert (payout.lacking, payout.reasons, payout.unread, payout.aside) == ((), (), (), ())
    assert payout.by_order
    assert not payout.is_paid


def test_a_cycle_that_was_paid_says_so(world: Callable[..., World]) -> None:
    """The pay-out changes the cycle's state and adds a line of the class PAYOUT, which is in no sum but its own."""
    here = world()
    here.sell(("MUG", 1))
    here.money.close_cycle()
    here.clock.advance(DAY)

    (payout,) = here.settle()

    assert payout.is_paid
    assert payout.cycle.pay_out is not None
    assert payout.cycle.pay_out.state is PayOutState.PAID
    assert [line.line_class for line in payout.lines].count(LineClass.PAYOUT) == 1
    assert ties(payout)


def test_every_type_of_transaction_is_read_and_classified(world: Callable[..., World]) -> None:
    """All 51 types come as lines in the class that the table gives them; the statement ties with all of them."""
    here = world()
    for kind in set(TransactionType) - {TransactionType.PAYMENT}:
        here.money.book(kind.value, "-10.00" if kind is TransactionType.RESERVE_FUNDING else "10.00")
    here.money.close_cycle()
    here.clock.advance(DAY)  # it is paid: the last type

    (payout,) = here.settle()

    assert {line.type for line in payout.lines} == {kind.value for kind in TransactionType} == set(TRANSACTION_TYPES)
    assert all(line.meaning == TRANSACTION_TYPES[line.type] for line in payout.lines)
    assert ties(payout)
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


def test_an_unseen_type_is_a_line_of_class_unknown(world: Callable[..., World]) -> None:
    """A type that nobody has met is kept under its own name, and a table of the user's own teaches it."""
    here = world()
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


def test_a_cycle_that_is_given_twice_is_one_payout(world: Callable[..., World]) -> None:
    """Reads that overlap repeat cycles and transactions: none is settled twice, the last form of each counts."""
    here = world()
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
        assert ties(payout)
    assert {line.payment_state for payout in found for line in payout.lines} == {"PAID"}


def test_a_pay_out_that_failed_is_told(world: Callable[..., World]) -> None:
    """The money does not come: the reason says how much of it, why, and what to do."""
    here = world(MoneySettings(pay_out_failure="INCOMPLETE_KYC"))
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


def test_inferences_can_be_replaced(world: Callable[..., World]) -> None:
    """Which lines no cycle pays, and whether a cycle's own sums are compared, is the user's to say."""
    here = world()
    here.sell(("MUG", 1))
    here.money.book("ORDER_AMOUNT", "50.00", order_id="JL9-A", payment_state="NOT_APPLICABLE")
    here.money.close_cycle()
    other = Payouts(here.config, paid_directly=lambda line: line.type == "COMMISSION_FEE", compare_sums=False)

    (payout,) = here.run(other.payouts(here.run(other.cycles()).cycles))

    assert {line.type for line in payout.aside} == {"COMMISSION_FEE"}
    assert "JL9-A" in {line.order_id for line in payout.lines}
    assert payout.statement.summary == {}


def test_a_debt_is_carried_from_cycle_to_cycle(world: Callable[..., World]) -> None:
    """A cycle that comes to less than nothing pays nothing; what it lacks is the opening balance of the next one."""
    here = world()
    here.money.book("SUBSCRIPTION_FEE", "-39.00")
    here.money.close_cycle()
    here.clock.advance(DAY)
    here.sell(("RUG", 1))
    here.money.close_cycle()

    first, second = here.settle()

    assert (first.statement.payout, first.statement.closing) == (Decimal(0), Decimal("-39.00"))
    assert second.statement.opening == Decimal("-39.00")
    assert second.statement.closing == 0
    assert ties(first)
    assert ties(second)


def test_an_opening_balance_may_be_given(world: Callable[..., World]) -> None:
    """Reading only the second cycle takes what the first one left, or the statement does not tie."""
    here = world()
    here.money.book("SUBSCRIPTION_FEE", "-39.00")
    here.money.close_cycle()
    here.clock.advance(DAY)
    here.sell(("RUG", 1))
    here.money.close_cycle()
    found = here.run(here.payouts.cycles(since=here.clock.now() - timedelta(hours=1)))

    (alone,) = here.run(here.payouts.payouts(found.cycles))
    (told,) = here.run(here.payouts.payouts(found.cycles, openings={"GBP": Decimal("-39.00")}))

    assert not ties(alone)
    assert ties(told)


def test_what_the_customer_paid_directly_is_set_aside(world: Callable[..., World]) -> None:
    """Order money in the state NOT_APPLICABLE is not paid out, so it is no line of the statement; it is told."""
    here = world()
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
    assert ties(payout)


def test_complaint_06_a_log_of_many_pages_is_read_whole(world: Callable[..., World]) -> None:
    """All pages of the log are walked, by the filters of the first one, however small Mirakl's own default is."""
    here = world()
    for number in range(4100):
        here.money.book("ORDER_AMOUNT", "1.00", order_id=f"O{number}", line_id=f"O{number}-1")
    here.money.close_cycle()
    here.money.book("ORDER_AMOUNT", "5.00", order_id="later")

    (payout,) = here.settle()

    assert len({line.line_id for line in payout.lines}) == 4100
    assert payout.statement.payout == Decimal("4100.00")


def test_a_transaction_that_changes_while_it_is_read_counts_once(world: Callable[..., World]) -> None:
    """A row that moves to the end of the walk comes twice; its last form counts."""
    here = world()
    here.sell(("MUG", 1))
    here.money.close_cycle()
    first = here.run(here.payouts.transactions(endpoints.TransactionFilter()))
    here.clock.advance(DAY)
    second = here.run(here.payouts.transactions(endpoints.TransactionFilter()))
    outcomes = [page(first, token="next"), page([row for row in second if row.id in {each.id for each in first}])]

    played = play(here.payouts.transactions(endpoints.TransactionFilter()), outcomes)

    rows = played.result
    assert len(rows) == len(first)
    assert {row.record.payment_state for row in rows} == {TransactionPaymentState.PAID}


def page(rows: object, token: str | None = None) -> Response:
    more = f',"next_page_token":"{token}"' if token else ""
    body = f'{{"data":[{",".join(row.payload for row in rows)}]{more}}}'
    return Response(status=200, body=body.encode())


def test_incremental_reads_go_by_the_last_update(world: Callable[..., World]) -> None:
    """Asked for what changed, the log gives old transactions that were paid since, not only new ones."""
    here = world()
    here.sell(("MUG", 1))
    here.money.close_cycle()
    here.clock.advance(DAY)
    wanted = endpoints.TransactionFilter(last_updated_from=here.clock.now() - timedelta(hours=23, minutes=30))

    rows = here.run(here.payouts.transactions(wanted))

    assert {row.record.type for row in rows} == {
        TransactionType.ORDER_AMOUNT,
        TransactionType.ORDER_SHIPPING_AMOUNT,
        TransactionType.COMMISSION_FEE,
        TransactionType.COMMISSION_VAT,
        TransactionType.PAYMENT,
    }


@pytest.mark.parametrize("shape", ["object", "list"])
@pytest.mark.parametrize("file_format", ["JSON", "NDJSON"])
def test_an_export_gives_the_same_as_the_pages(world: Callable[..., World], shape: str, file_format: str) -> None:
    """TL05's files are met as an object with data, as a list and as lines; all of them hold the log's rows."""
    here = world(MoneySettings(export_shape=shape))
    here.sell(("MUG", 1))
    here.sell(("RUG", 2))
    here.money.close_cycle()
    paged = here.run(here.payouts.transactions(endpoints.TransactionFilter()))
    caller, scope = here.config.caller(), here.config.scope
    begun = here.run(
        caller.perform(endpoints.start_transaction_export(scope, file_format=file_format, items_per_chunk=3))
    )
    here.clock.advance(60)
    status = here.run(caller.perform(endpoints.transaction_export_status(scope, begun.tracking_id)))

    assert len(status.urls) == 3
    rows = [
        row for url in status.urls for row in here.run(caller.perform(endpoints.transaction_export_chunk(scope, url)))
    ]
    assert {row.record for row in rows} == {row.record for row in paged}
    exported = here.run(here.payouts.exported(endpoints.TransactionFilter()))
    assert {row.record for row in exported.rows} == {row.record for row in paged}

    cycles = here.run(here.payouts.cycles()).cycles
    (by_export,) = here.run(here.payouts.payouts(cycles, log=exported.rows))
    (by_pages,) = here.run(here.payouts.payouts(cycles))
    assert set(by_export.lines) == set(by_pages.lines)
    assert by_export.statement == by_pages.statement


def test_complaint_07_a_stretch_of_years_is_exported_in_slices(world: Callable[..., World]) -> None:
    """No export asks for more than a year, which Mirakl refuses; the slices together hold everything, once."""
    here = world()
    here.sell(("MUG", 1))
    here.clock.advance(500 * DAY)
    here.sell(("RUG", 1))
    here.money.close_cycle()
    end = here.clock.now()
    wanted = endpoints.TransactionFilter(date_created_from=end - timedelta(days=900), date_created_to=end)
    too_long = endpoints.start_transaction_export(here.config.scope, wanted)

    with pytest.raises(errors.Invalid, match="one year"):
        here.run(here.config.caller().perform(too_long))
    found = here.run(here.payouts.exported(wanted))
    open_ended = here.run(here.payouts.exported(attrs.evolve(wanted, date_created_to=None)))

    assert timedelta(days=366) >= LONGEST_EXPORT
    assert len(here.market._state.money.exports) == 6  # an end that is not said is the present
    booked = {row.transaction_id for row in here.money.transactions}
    assert {row.id for row in found.rows} == {row.id for row in open_ended.rows} == booked
    assert (found.rest, found.stopped) == ((), None)


def test_of_several_exports_one_goes_a_day(world: Callable[..., World]) -> None:
    """Mirakl takes one export a day: what is left is told with the time to come back after, and nobody waits here."""
    here = world(pace_factor=1.0, market=MiraklSettings(limits={"TL03": RateLimit(calls=1, seconds=DAY)}))
    here.money.book("ORDER_AMOUNT", "1.00", order_id="old")
    here.clock.advance(500 * DAY)
    here.money.book("ORDER_AMOUNT", "2.00", order_id="new")
    began = here.clock.now()
    wanted = endpoints.TransactionFilter(date_created_from=began - timedelta(days=600), date_created_to=began)

    first = here.run(here.payouts.exported(wanted))

    assert [row.record.amount for row in first.rows] == [Decimal("1.00")]
    (rest,) = first.rest
    assert (rest.date_created_from, rest.date_created_to) == (began - timedelta(days=235), began)
    assert here.clock.now() - began < timedelta(minutes=5)
    assert isinstance(first.stopped, errors.RateLimited)
    with pytest.raises(errors.RateLimited, match="one export of the log a day") as early:
        here.run(here.payouts.exported(rest))
    assert early.value.retry_after is not None
    assert DAY - 300 < early.value.retry_after < DAY
    assert here.clock.now() - began < timedelta(minutes=5)

    here.clock.advance(early.value.retry_after)
    second = here.run(here.payouts.exported(rest))
    assert [row.record.amount for row in second.rows] == [Decimal("2.00")]
    assert second.rest == ()


def test_what_mirakl_says_of_a_second_export_loses_nothing(world: Callable[..., World]) -> None:
    """Where we would ask sooner than Mirakl takes it, its own 429 ends the exports; the first one is not lost."""
    here = world(pace_factor=0, market=MiraklSettings(limits={"TL03": RateLimit(calls=1, seconds=DAY)}))
    here.money.book("ORDER_AMOUNT", "1.00", order_id="old")
    here.clock.advance(500 * DAY)
    wanted = endpoints.TransactionFilter(date_created_from=here.clock.now() - timedelta(days=600))

    found = here.run(here.payouts.exported(wanted))

    assert len(found.rows) == len(found.rest) == 1
    assert isinstance(found.stopped, errors.RateLimited)
    assert found.stopped.status == 429
    with pytest.raises(errors.RateLimited):
        here.run(here.payouts.exported(*found.rest))


def test_an_export_that_was_not_begun_may_be_asked_for_again(world: Callable[..., World]) -> None:
    """A refused start uses up no day; a key without the role is told by the capability, as on the pages."""
    here = world(MoneySettings(log_open=False), pace_factor=1.0)
    for _ in range(2):
        with pytest.raises(errors.Unsupported, match="transaction log") as refused:
            here.run(here.payouts.exported(endpoints.TransactionFilter()))
        assert refused.value.operation == "TL03"

    here.market._state.settings = attrs.evolve(here.market.settings, money=MoneySettings())
    assert here.run(here.payouts.exported(endpoints.TransactionFilter())).rows == ()


def test_times_without_a_zone_are_refused_before_they_are_compared(config: MiraklConfig) -> None:
    """A stretch whose ends cannot be compared is ``Invalid`` like any other, not a ``TypeError``."""
    wanted = endpoints.TransactionFilter(
        date_created_from=datetime(2020, 1, 1),  # noqa: DTZ001 - the naive time is the point
        date_created_to=datetime(2026, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(errors.Invalid):
        play(Payouts(config).exported(wanted), [])


def test_trap_05_an_export_is_asked_for_by_the_documented_name(config: MiraklConfig) -> None:
    """The official example of TL03 spells ``Transaction_date_from`` and quotes a number: the schema does neither."""
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    wanted = endpoints.TransactionFilter(
        transaction_date_from=moment, transaction_type=(TransactionType.MANUAL_CREDIT,)
    )

    call = endpoints.start_transaction_export(config.scope, wanted, megabytes_per_chunk=10, shop_domains=["PRODUCT"])

    assert call.request.body == (
        b'{"transaction_date_from":"2026-03-01T00:00:00.000Z","transaction_type":["MANUAL_CREDIT"],'
        b'"megabytes_per_chunk":10,"shop_domain":["PRODUCT"],"format":"NDJSON"}'
    )


def test_references_are_repeated_not_joined(config: MiraklConfig) -> None:
    """TL02's references are described as a comma list and typed as an array: each goes in a parameter of its own."""
    wanted = endpoints.TransactionFilter(order_reference_for_seller=("SO1", "SO,2"), order_id=("O1", "O1"))

    query = endpoints.list_transactions(config.scope, wanted).request.query

    assert [value for name, value in query if name == "order_reference_for_seller"] == ["SO1", "SO,2"]
    assert [value for name, value in query if name == "order_id"] == ["O1"]
    assert ("sort", "lastUpdated,ASC") in query
    assert ("limit", "2000") in query


def test_documents_made_by_hand_are_asked_for(world: Callable[..., World]) -> None:
    """Mirakl lists only the documents of cycles unless it is told otherwise; we ask for all of them."""
    here = world()
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


def test_a_document_is_downloaded_as_it_is(world: Callable[..., World]) -> None:
    """IV02 gives the file with its name; a document that is not there is ``NotFound``."""
    here = world()
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


def test_a_bad_line_loses_no_transaction(world: Callable[..., World]) -> None:
    """Calls that are refused for a while or get no answer in the middle of a walk are made again; nothing is missed."""
    here = world()
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
    assert ties(payout)
    assert payout.lacking == ()


# --- without what is refused -------------------------------------------------------------------------------------


def test_without_the_log_the_sums_are_the_lines(world: Callable[..., World]) -> None:
    """A key without the accountancy role gets the cycle's sums as lines, which tie, and the capability that lacks."""
    here = world(MoneySettings(log_open=False))
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
    found = match(payout.lines, orders=(), credit_notes=(), fees=FEES)
    assert tie_out(found, statement=payout.statement).may_post
    assert {result.line.type for result in found.results if result.status is MatchStatus.UNMATCHED} == {
        "ORDER_AMOUNT",
        "REFUND_ORDER_AMOUNT",
    }


def test_what_was_refused_is_not_asked_for_again_at_once(world: Callable[..., World]) -> None:
    """A refusal is believed for ``settings_age``, then asked anew; a role that was given meanwhile is found."""
    here = world(MoneySettings(log_open=False))
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


def test_without_cycles_their_documents_tell_them(world: Callable[..., World]) -> None:
    """Instances older than SBC11 tell their cycles by the documents of IV01; the log is read as ever."""
    here = world(MoneySettings(cycles_open=False))
    here.sell(("RUG", 1))
    cycle = here.money.close_cycle()
    here.clock.advance(DAY)

    found = here.run(here.payouts.cycles())
    (payout,) = here.run(here.payouts.payouts(found.cycles))

    assert [each.part for each in found.lacking] == [MoneyPart.BILLING_CYCLES]
    assert (payout.cycle.id, payout.statement.payout) == (cycle.cycle_id, cycle.payout)
    assert payout.is_paid
    assert ties(payout)


def test_a_log_from_elsewhere_is_the_log(world: Callable[..., World]) -> None:
    """Transactions that are given stand for a log that was refused: the lines name orders, and nothing is lacking."""
    here = world()
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


def test_without_cycles_and_documents_there_is_nothing(world: Callable[..., World]) -> None:
    """If neither can be read, the capability is named."""
    here = world(MoneySettings(cycles_open=False, documents_open=False))

    with pytest.raises(errors.Unsupported, match="billing cycles"):
        here.run(here.payouts.cycles())


def test_trouble_on_the_way_is_no_refusal(config: MiraklConfig) -> None:
    """A wrong key (401) or an answer that does not come is raised, and nothing is taken for lacking."""
    payouts = Payouts(config)

    with pytest.raises(errors.AuthFailed):
        play(payouts.cycles(), [Response(status=401)])
    assert payouts.lacking() == ()


# --- rows that cannot be read ------------------------------------------------------------------------------------


def transaction(**fields: object) -> dict[str, object]:
    cycle = "a5b77ee5-f5c2-4efc-ab94-8366ee781598"
    bare = {"id": "t1", "type": "ORDER_AMOUNT", "amount": 10, "currency_iso_code": "GBP"}
    return {**bare, "seller_billing_cycle_id": cycle, **fields}


def log_of(config: MiraklConfig, answer: Callable[..., Response], rows: list[object]) -> list[object]:
    call = endpoints.list_transactions(config.scope)
    return list(call.decode(answer({"data": rows})))


def test_a_row_that_cannot_be_read_is_told_and_breaks_the_tie(
    config: MiraklConfig, answer: Callable[..., Response]
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
    assert not ties(payout)


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


def test_a_change_that_cannot_be_read_is_not_passed_over(config: MiraklConfig, answer: Callable[..., Response]) -> None:
    """A transaction that comes again and is broken then counts as broken: what it was before may be wrong."""
    rows = log_of(config, answer, [transaction(last_updated="2026-03-01T00:00:00Z"), transaction(amount=None)])
    other = log_of(config, answer, [transaction(amount=None), transaction(last_updated="2026-03-01T00:00:00Z")])
    for given, kind in ((rows, Broken), (other, Read)):
        played = play(Payouts(config).transactions(endpoints.TransactionFilter()), [page(given)])
        assert [type(row) for row in played.result] == [kind]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda scope: endpoints.TransactionFilter(order_id=("O",) * 101), "order_id"),
        (lambda scope: endpoints.TransactionFilter(seller_billing_cycle_id=("7",)), "seller_billing_cycle_id"),
    ],
)
def test_filters_are_checked_before_they_are_sent(
    config: MiraklConfig, call: Callable[..., endpoints.TransactionFilter], field: str
) -> None:
    """More than 100 values and what is no id of a cycle are refused here, naming the parameter."""
    wanted = call(config.scope)
    for make in (endpoints.list_transactions, endpoints.start_transaction_export):
        with pytest.raises(errors.Invalid) as refused:
            make(config.scope, wanted)
        assert [each.field for each in refused.value.fields] == [field]


def test_other_arguments_are_checked_too(config: MiraklConfig) -> None:
    """Currencies that Mirakl cannot filter by, numbers that no document has, chunks of nothing: not sent."""
    scope = config.scope
    for make in (
        lambda: endpoints.list_billing_cycles(scope, endpoints.BillingCycleFilter(currency=("XXX",))),
        lambda: endpoints.list_invoices(scope, endpoints.InvoiceFilter(currency="pounds")),
        lambda: endpoints.list_invoices(scope, endpoints.InvoiceFilter(invoice_id=(-1,))),
        lambda: endpoints.download_invoice(scope, -1),
        lambda: endpoints.start_transaction_export(scope, items_per_chunk=0),
        lambda: endpoints.list_transactions(scope, size=2001),
        lambda: endpoints.list_billing_cycles(scope, size=1001),
    ):
        with pytest.raises(errors.Invalid):
            make()


def test_the_published_pace_of_the_log_is_kept(world: Callable[..., World]) -> None:
    """Twenty calls a minute and sixty an hour, as Mirakl publishes them: a walk of 70 pages meets no 429."""
    limits = {"TL02": RateLimit(calls=20, seconds=60)}
    here = world(market=MiraklSettings(limits=limits), pace_factor=1.0)
    for number in range(140):
        here.money.book("ORDER_AMOUNT", "1.00", order_id=f"O{number}")
    caller = here.config.caller()
    began = here.clock.now()

    rows = here.run(caller.pages(endpoints.list_transactions(here.config.scope, size=2)))

    assert len(rows) == 140
    assert here.clock.now() - began >= timedelta(minutes=60)  # sixty an hour: the 70th waits


def test_what_goes_out_names_the_shop_every_time(config: MiraklConfig, answer: Callable[..., Response]) -> None:
    """Every request of a walk names the shop, a page token goes with nothing else."""
    payouts = Payouts(config)
    pages = [answer({"data": [], "next_page_token": "more"}), answer({"data": []})]

    played = play(payouts.cycles(), pages)

    sent = [effect.request.query for effect in played.effects if isinstance(effect, Send)]
    assert sent[1] == (("page_token", "more"), ("shop_id", "2000"))
    assert ("shop_id", "2000") in sent[0]


def test_an_event_loop_reads_the_same(world: Callable[..., World]) -> None:
    """The asynchronous runner gives the same payouts and the same exports, two readers of one object at once."""
    here = world()
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
