"""What may be credited of an order and what is expected for it are worked out of one draft: they agree."""

from datetime import UTC, datetime
from decimal import Decimal

import attrs

from khaos_connectors.core.ids import AccountId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import Address, ChargeKind, DraftLine, ErpOrderDraft
from khaos_connectors.core.refunds import (
    CreditNoteDraft,
    Held,
    RefundEvent,
    RefundLine,
    RefundState,
    credit_note_for,
    fee_line,
    sale_of,
)
from khaos_connectors.core.settlement import LineKind, expected_of


def d(amount: str) -> Decimal:
    return Decimal(amount)


def line(code: str, gross: str, vat: str, *source: str, charge: ChargeKind | None = None) -> DraftLine:
    return DraftLine(
        stock_code=StockCode(code),
        units=1,
        gross=d(gross),
        net=d(gross) - d(vat),
        vat=d(vat),
        vat_rate=d("20") if d(vat) else d("0"),
        source=tuple(LineId(each) for each in source),
        charge=charge,
    )


def draft(*lines: DraftLine) -> ErpOrderDraft:
    return ErpOrderDraft(
        account=AccountId("shop"),
        reference=OrderRef("O6"),
        order_id=OrderId("O6"),
        placed_at=datetime(2026, 3, 2, tzinfo=UTC),
        currency="GBP",
        lines=lines,
        shipping_gross=d("0"),
        shipping_net=d("0"),
        shipping_vat=d("0"),
        total=sum((each.gross for each in lines), d("0")),
        delivery=Address(),
        billing=Address(),
    )


def test_draft_lines_of_one_channel_line_are_added_up() -> None:
    """A set that became its parts: one sold line as there is one expectation, named and taxed as the largest part."""
    order = draft(
        line("BOOK", "4.00", "0", "1"), line("CUP", "12.00", "2.00", "1", "2"), line("MUG", "6.00", "1.00", "3")
    )
    sale, owed = sale_of(order), expected_of(order)

    assert [(each.line_id, each.gross, each.vat) for each in sale.lines] == [
        ("1", d("16.00"), d("2.00")),
        ("3", d("6.00"), d("1.00")),
    ]
    assert [(part.line_id, part.amount) for part in owed.parts] == [("1", d("16.00")), ("3", d("6.00"))]
    assert (sale.lines[0].stock_code, sale.lines[0].vat_rate) == ("CUP", d("20"))
    assert sale.paid == owed.expected == order.total


def test_carriage_of_a_channel_line_is_shipping_in_both() -> None:
    """A draft line whose charge is carriage is no goods, also where it came from the goods' own channel line."""
    order = draft(line("MUG", "6.00", "1.00", "1"), line("POST", "4.80", "0.80", "1", charge=ChargeKind.SHIPPING))
    sale, owed = sale_of(order), expected_of(order)

    assert ([each.gross for each in sale.lines], sale.shipping_gross) == ([d("6.00")], d("4.80"))
    assert [(part.kind, part.amount) for part in owed.parts] == [
        (LineKind.GOODS, d("6.00")),
        (LineKind.SHIPPING, d("4.80")),
    ]
    assert sale.paid == owed.expected == order.total


def test_a_fee_can_be_given_back_once_as_the_line_that_it_is() -> None:
    """A fee that the customer paid beside the lines is sold under an id of its own, with the stock code of its line."""
    fee = attrs.evolve(line("FEE", "0.30", "0.05", charge=ChargeKind.FEE), charge_code="HANDLING")
    sale = sale_of(draft(line("MUG", "6.00", "1.00", "1"), fee))
    assert [(each.line_id, each.stock_code, each.gross) for each in sale.lines] == [
        ("1", "MUG", d("6.00")),
        ("fee HANDLING", "FEE", d("0.30")),
    ]
    assert (sale.charges_gross, sale.paid) == (0, d("6.30"))
    back = RefundEvent(
        account=AccountId("A"),
        refund_id="R1",
        order_id=sale.order_id,
        state=RefundState.REFUNDED,
        currency="GBP",
        lines=(RefundLine(line_id=fee_line("HANDLING"), amount=d("0.30")),),
    )
    note = credit_note_for(back, sale=sale)
    assert isinstance(note, CreditNoteDraft)
    assert [(each.stock_code, each.net, each.vat) for each in note.lines] == [("FEE", d("0.25"), d("0.05"))]
    again = credit_note_for(attrs.evolve(back, refund_id="R2"), sale=sale, earlier=[note.as_note("CN1")])
    assert isinstance(again, Held)
