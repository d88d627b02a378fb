"""The pure part of the money side: lines from transactions, sums from cycles, debts from cycle to cycle."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.decode import read, to_json
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.settlement import LineClass, LineKind, Meaning, SettlementLine, match, tie_out
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.mapping.cycle_sums import class_sums, summary_lines, with_documents
from khaos_connectors.mirakl.mapping.payouts import payout_of
from khaos_connectors.mirakl.mapping.settlements import carried, cycle_of, settlement_line, statement
from khaos_connectors.mirakl.models.billing import BillingCycle, BillingSummary, InvoiceSummary
from khaos_connectors.mirakl.models.invoices import Invoice
from khaos_connectors.mirakl.models.rows import Read, Row
from khaos_connectors.mirakl.models.transactions import Transaction
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.mirakl_accounting_strategies import (
    amounts,
    billing_cycles,
    documents_by_hand,
    summaries,
    transactions,
)

CYCLE = BillingCycle(
    id="a5b77ee5-f5c2-4efc-ab94-8366ee781598",
    date_created=datetime(2026, 3, 31, 23, 30, tzinfo=UTC),
    currency_iso_code="GBP",
    amount_transferred_to_seller=Decimal("100.00"),
)


def transaction(**fields: object) -> Transaction:
    row = {"id": "t1", "type": "ORDER_AMOUNT", "amount": 10, "currency_iso_code": "GBP", **fields}
    return read(Transaction, row, system="s", operation="TL02")


def told(**fields: str) -> BillingSummary:
    return BillingSummary(**{f"total_{name}": Decimal(value) for name, value in fields.items()})


def test_a_line_has_all_that_a_transaction_is_about() -> None:
    """Order, line, seller's reference, refund, fee, tax, state and time come over under the core's names."""
    line = settlement_line(
        transaction(
            type="SELLER_PENALTY_FEE",
            amount="-5.00",
            payment_state="PAYABLE",
            date_created="2026-03-01T10:00:00Z",
            entities={
                "order": {"id": "O1-A", "references": {"order_reference_for_seller": "SO1"}},
                "order_line": {"id": "O1-A-1"},
                "refund": {"id": 1234},
                "fee": {"code": "LATE"},
                "order_fee": {"code": "ECO"},
                "order_tax": {"code": "VAT20"},
                "shop_tax": {"code": "TAXDEFAULT"},
                "one_off_item": {"description": "late"},
            },
        ),
        statement_id="C1",
    )

    assert line == SettlementLine(
        line_id="t1",
        statement_id="C1",
        type="SELLER_PENALTY_FEE",
        currency="GBP",
        amount=Decimal("-5.00"),
        meaning=Meaning(LineClass.FEE),
        order_id="O1-A",
        order_line_id="O1-A-1",
        order_reference="SO1",
        refund_id="1234",
        fee_code="LATE",
        tax_code="VAT20",
        description="late",
        payment_state="PAYABLE",
        at=datetime(2026, 3, 1, 10, tzinfo=UTC),
    )


def test_references_that_are_missing_are_empty() -> None:
    """A row with nothing but its amount is a line that names nothing; an order's own fee is told by its code."""
    assert settlement_line(transaction(), statement_id="C1").order_id == ""
    fee = settlement_line(transaction(entities={"order_fee": {"code": "ECO"}}), statement_id="C1")
    tax = settlement_line(transaction(entities={"shop_tax": {"code": "T"}}), statement_id="C1")
    paper = settlement_line(transaction(entities={"manual_accounting_document": {"number": "7"}}), statement_id="C1")
    assert (fee.fee_code, tax.tax_code, paper.description) == ("ECO", "T", "7")


@given(transactions())
@settings(max_examples=60, deadline=None)
def test_every_row_of_the_official_shape_is_a_line(row: Mapping[str, object]) -> None:
    """Whatever is null or absent: a row that can be read is a line with the same id, type and amount."""
    body = Response(status=200, body=to_json({"data": [row]}).encode())
    (found,) = endpoints.list_transactions(Scope(account="s")).decode(body)
    assert isinstance(found, Read)

    line = settlement_line(found.record, statement_id="C1")

    assert (line.line_id, line.type, line.amount) == (row["id"], row["type"], Decimal(str(row["amount"])))
    assert (line.line_class is LineClass.UNKNOWN) is (
        TRANSACTION_TYPES.get(line.type, Meaning(LineClass.UNKNOWN)).line_class is LineClass.UNKNOWN
    )


@given(billing_cycles())
@settings(max_examples=40, deadline=None)
def test_every_cycle_is_a_statement(row: Mapping[str, object]) -> None:
    """A cycle's own figures are the statement's, to the penny."""
    body = Response(status=200, body=to_json({"data": [row]}).encode())
    (found,) = endpoints.list_billing_cycles(Scope(account="s")).decode(body)
    assert isinstance(found, Read)

    made = statement(found.record)

    assert (made.statement_id, made.payout) == (row["id"], row["amount_transferred_to_seller"])


# --- debts -------------------------------------------------------------------------------------------------------


def lines_of(*pennies: int) -> list[SettlementLine]:
    rows = [transaction(id=f"t{place}", amount=Decimal(each) / 100) for place, each in enumerate(pennies)]
    return [settlement_line(row, statement_id="C1") for row in rows]


@given(st.lists(st.lists(st.integers(-500_00, 500_00), max_size=5), max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_marketplace_that_carries_debts_ties_in_every_cycle(cycles: Sequence[Sequence[int]]) -> None:
    """If each cycle pays what it comes to with the debt of the one before, and nothing below nothing, all tie."""
    opening = Decimal(0)
    for pennies in cycles:
        lines = lines_of(*pennies)
        due = opening + sum((line.amount for line in lines), Decimal(0))
        payout = max(due, Decimal(0))
        closing = carried(opening, lines, payout, "GBP")
        cycle = attrs.evolve(CYCLE, id="C1", amount_transferred_to_seller=payout)
        found = match(lines, orders=(), credit_notes=(), fees={})
        assert tie_out(found, statement=statement(cycle, opening=opening, closing=closing)).may_post
        opening = closing


def test_what_is_left_over_of_a_paid_cycle_is_no_debt() -> None:
    """Only a debt with nothing paid is carried: a pay-out that is too small or too large breaks the tie."""
    assert carried(Decimal(0), lines_of(100), Decimal("0.90"), "GBP") == 0
    assert carried(Decimal(0), lines_of(100), Decimal("0.00"), "GBP") == 0
    assert carried(Decimal(0), lines_of(-100), Decimal("0.90"), "GBP") == 0
    assert carried(Decimal("-2.00"), lines_of(100), Decimal(0), "GBP") == Decimal("-1.00")


# --- sums --------------------------------------------------------------------------------------------------------


def test_sums_are_compared_by_class() -> None:
    """Fees are all fees of the cycle with their taxes; classes of which a sum is not told are not compared."""
    summary = told(
        commissions_incl_tax="-18.00",
        refund_commissions_incl_tax="3.00",
        subscription_incl_tax="-46.80",
        fee_incl_tax="0",
        refund_fee_incl_tax="0",
        seller_fees_on_orders_incl_tax="-0.37",
        seller_penalty_fees_incl_tax="-5.00",
        payable_orders_incl_tax="124.95",
        other_credits_incl_tax="1.00",
    )
    assert class_sums(summary, currency="GBP") == {
        LineClass.FEE: Decimal("-67.17"),
        LineClass.SALE: Decimal("124.95"),
    }
    assert class_sums(None, currency="GBP") == {}


def test_a_sum_that_is_finer_than_pennies_stops_nothing() -> None:
    """It is neither compared nor booked, a reason names it, and the other classes are compared as ever."""
    summary = told(
        payable_orders_incl_tax="124.95",
        subscription_incl_tax="-46.805",
        other_credits_incl_tax="12.00",
        other_credits_excl_tax="10.001",
    )
    cycle = attrs.evolve(CYCLE, summary=summary)
    assert class_sums(summary, currency="GBP") == {LineClass.SALE: Decimal("124.95")}

    for rows in (None, ()):
        payout = payout_of(cycle, rows=rows)
        (reason,) = payout.reasons
        assert (reason.type.value, reason.entity) == ("SCHEMA_DRIFT", f"{CYCLE.id}/subscription")
        assert "-46.805" in reason.message
    lines = {line.type: line.amount for line in summary_lines(CYCLE, summary)}
    assert lines == {"ORDER_AMOUNT": Decimal("124.95"), "MANUAL_CREDIT": Decimal("12.00")}


def test_a_document_that_tells_few_sums_hides_none_of_the_cycles() -> None:
    """The cycle's document knows of the reserves; what it does not tell, the cycle does."""
    paper = document(
        type="AUTO_INVOICE",
        seller_billing_cycle_id=CYCLE.id,
        summary={"reserve_funding": "-15.00", "reserve_settlement": 0},
    )
    cycle = attrs.evolve(CYCLE, summary=told(payable_orders_incl_tax="124.95"))

    payout = payout_of(cycle, rows=(), documents=[Read(id="7", record=paper, payload="")])

    assert payout.statement.summary == {LineClass.SALE: Decimal("124.95"), LineClass.RESERVE: Decimal("-15.00")}


def test_a_table_of_the_users_own_moves_the_sums() -> None:
    """A class is compared only if the table puts all types of a sum into it, and none that no sum is about."""
    summary = told(payable_orders_incl_tax="124.95", operator_paid_shipping_charges_incl_tax="-4.00")
    shipping = "OPERATOR_PAID_ORDER_SHIPPING_AMOUNT"
    half = {**TRANSACTION_TYPES, shipping: Meaning(LineClass.SALE, LineKind.SHIPPING)}
    assert class_sums(summary, currency="GBP") == {LineClass.SALE: Decimal("124.95")}
    assert class_sums(summary, currency="GBP", table=half) == {}

    whole = {**half, f"{shipping}_TAX": Meaning(LineClass.SALE, LineKind.SHIPPING_TAX)}
    assert class_sums(summary, currency="GBP", table=whole) == {LineClass.SALE: Decimal("120.95")}
    beyond = {**TRANSACTION_TYPES, "LOYALTY_TOPUP": Meaning(LineClass.SALE, LineKind.OTHER)}
    assert class_sums(summary, currency="GBP", table=beyond) == {}
    assert class_sums(summary, currency="GBP", table={}) == {}


def test_reserves_count_by_what_they_are() -> None:
    """What is kept back takes, what is released gives, with whichever sign the document tells it."""
    for funding, settlement in (("15.00", "-5.00"), ("-15.00", "5.00")):
        summary = InvoiceSummary(reserve_funding=Decimal(funding), reserve_settlement=Decimal(settlement))
        assert class_sums(summary, currency="GBP") == {LineClass.RESERVE: Decimal("-10.00")}
        lines = summary_lines(CYCLE, summary)
        assert [(line.type, line.amount) for line in lines] == [
            ("RESERVE_FUNDING", Decimal("-15.00")),
            ("RESERVE_SETTLEMENT", Decimal("5.00")),
        ]


@given(summaries())
@settings(max_examples=80, deadline=None)
def test_lines_of_a_summary_come_to_its_sums(summary: BillingSummary) -> None:
    """Where a class is compared, the lines that stand for the sums of a cycle come to the same; ids are unique."""
    lines = summary_lines(CYCLE, summary)
    assert len({line.line_id for line in lines}) == len(lines)
    for line_class, amount in class_sums(summary, currency="GBP").items():
        assert sum((line.amount for line in lines if line.line_class is line_class), Decimal(0)) == amount
    assert all(line.type in TRANSACTION_TYPES and line.amount for line in lines)


def test_fees_are_split_from_their_taxes() -> None:
    """A fee and its tax are lines of their own where both sums are told; sales stay whole, for no order is told."""
    summary = told(
        commissions_incl_tax="-18.00",
        commissions_excl_tax="-15.00",
        subscription_incl_tax="-46.80",
        payable_orders_incl_tax="120.00",
        payable_orders_excl_tax="100.00",
    )
    assert [(line.type, str(line.amount)) for line in summary_lines(CYCLE, summary)] == [
        ("ORDER_AMOUNT", "120.00"),
        ("COMMISSION_FEE", "-15.00"),
        ("COMMISSION_VAT", "-3.00"),
        ("SUBSCRIPTION_FEE", "-46.80"),
    ]


# --- documents ---------------------------------------------------------------------------------------------------


def document(**fields: object) -> Invoice:
    row = {"invoice_id": 7, "type": "MANUAL_INVOICE", "currency_iso_code": "GBP", **fields}
    return read(Invoice, row, system="s", operation="IV01")


@given(st.lists(documents_by_hand(cycle=CYCLE.id), max_size=4, unique_by=lambda row: str(row["invoice_id"])))
@settings(max_examples=60, deadline=None)
def test_documents_stand_for_the_sums_that_they_come_to(rows: Sequence[Mapping[str, object]]) -> None:
    """The operator's documents by hand take the place of the cycle's sums, and the total stays what it was."""
    signs = {"MANUAL_CREDIT": 1, "MANUAL_INVOICE": -1}
    sums = {"MANUAL_CREDIT": Decimal(0), "MANUAL_INVOICE": Decimal(0)}
    for row in rows:
        sums[str(row["type"])] += signs[str(row["type"])] * Decimal(str(row["total_amount_incl_taxes"]))
    summary = told(
        other_credits_incl_tax=str(sums["MANUAL_CREDIT"]),
        other_invoices_incl_tax=str(sums["MANUAL_INVOICE"]),
        subscription_incl_tax="-46.80",
    )
    before = summary_lines(CYCLE, summary)

    after = with_documents(before, [document(**row) for row in rows])

    assert sum(line.amount for line in after) == sum(line.amount for line in before)
    assert len({line.line_id for line in after}) == len(after)
    assert "SUBSCRIPTION_FEE" in {line.type for line in after}
    if sums["MANUAL_CREDIT"] and sums["MANUAL_INVOICE"]:
        assert {line.description for line in after if line.type.startswith("MANUAL")} <= {
            f"document {row['invoice_id']}: by hand" for row in rows
        }


@pytest.mark.parametrize(
    "fields",
    [
        {"total_amount_incl_taxes": "24.99"},
        {"total_amount_incl_taxes": "25.001"},
        {"total_amount_incl_taxes": None},
        {"total_amount_incl_taxes": "25.00", "currency_iso_code": "EUR"},
        {"total_amount_incl_taxes": "25.00", "type": "AUTO_INVOICE"},
        {"total_amount_incl_taxes": "25.00", "type": "MANUAL_CREDIT"},
    ],
)
def test_documents_that_do_not_come_to_the_sum_change_nothing(fields: Mapping[str, object]) -> None:
    """The cycle's own sums are what is paid: documents that differ, or are no such documents, leave them."""
    before = summary_lines(CYCLE, told(other_invoices_incl_tax="-25.00"))
    assert with_documents(before, [document(**fields)]) == before


def test_the_document_of_a_cycle_is_that_cycle() -> None:
    """Instances without SBC11 tell a cycle by its document: what was paid, and whether."""
    fields = {
        "type": "AUTO_INVOICE",
        "id": "84ba3367-51f5-4bb5-9535-9254b7595ed3",
        "date_created": "2026-03-31T00:00:00Z",
        "payment": {"state": "PAID", "reference": "BANK1"},
        "summary": {"amount_transferred": "55.66", "amount_transferred_to_operator": "31.20"},
    }
    found = cycle_of(document(**fields))
    assert found is not None
    assert (found.id, found.amount_transferred_to_seller) == (fields["id"], Decimal("55.66"))
    assert found.pay_out is not None
    assert (found.pay_out.state.value, found.pay_out.reference) == ("PAID", "BANK1")
    own = cycle_of(document(**fields, seller_billing_cycle_id="57061ac1-946d-4107-b6c7-f02f5642da3f"))
    assert own is not None
    assert own.id == "57061ac1-946d-4107-b6c7-f02f5642da3f"


@pytest.mark.parametrize(
    "missing",
    [{"type": "MANUAL_INVOICE"}, {"summary": None}, {"date_created": None}, {"currency_iso_code": None}, {"id": None}],
)
def test_other_documents_are_no_cycles(missing: Mapping[str, object]) -> None:
    """Documents made by hand, and those that do not tell what was paid, are of no cycle."""
    fields: dict[str, object] = {
        "type": "AUTO_INVOICE",
        "id": "84ba3367-51f5-4bb5-9535-9254b7595ed3",
        "date_created": "2026-03-31T00:00:00Z",
        "summary": {"amount_transferred": "55.66"},
    }
    assert cycle_of(document(**{**fields, **missing})) is None


def test_documents_of_other_cycles_are_not_this_ones() -> None:
    """A payout has the documents of its own cycle, told by the cycle's id or by being its document."""
    own = document(seller_billing_cycle_id=CYCLE.id)
    other = document(seller_billing_cycle_id="57061ac1-946d-4107-b6c7-f02f5642da3f")
    rows: list[Row[Invoice]] = [Read(id="7", record=each, payload="") for each in (own, other, document())]

    assert payout_of(CYCLE, rows=(), documents=rows).documents == (own,)


@given(st.lists(amounts(), max_size=8), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_lines_and_what_is_aside_are_the_whole_cycle(values: Sequence[Decimal], every: int) -> None:
    """No transaction of a cycle is lost: each is a line or aside, and those of other cycles are neither."""
    records = [
        transaction(
            id=f"t{place}",
            amount=value,
            seller_billing_cycle_id=None if place % 4 == every else CYCLE.id,
            payment_state="NOT_APPLICABLE" if place % 3 == 0 else "PAYABLE",
        )
        for place, value in enumerate(values)
    ]
    rows: list[Row[Transaction]] = [Read(id=each.id, record=each, payload="") for each in records]

    payout = payout_of(CYCLE, rows=rows)

    there = {line.line_id for line in (*payout.lines, *payout.aside)}
    assert there == {each.id for each in records if each.seller_billing_cycle_id is not None}
    assert len(payout.lines) + len(payout.aside) == len(there)
