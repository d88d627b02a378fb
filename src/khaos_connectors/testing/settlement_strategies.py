"""Hypothesis strategies for refunds, settlements and journals (extra ``testing``).

Ids come from small sets and amounts are small, so that lines collide: two lines for one order line, pennies too much,
references that two orders share, line ids that were there before, ids that are missing, orders by their other name.
Unexpected lines are as likely as expected ones.

    @given(settlements())
    def test_my_own_rule(settlement):
        found = match(settlement.lines, orders=settlement.orders, ...)
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.core.ids import AccountId, ChannelId, LineId, OrderId, StockCode
from khaos_connectors.core.journals import Accounts
from khaos_connectors.core.orders import TaxMode
from khaos_connectors.core.refunds import (
    CreditedLine,
    CreditLine,
    CreditNote,
    RefundEvent,
    RefundLine,
    RefundState,
    Sale,
    SoldLine,
)
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    FeeRule,
    LineClass,
    LineKind,
    Meaning,
    Reconciliation,
    SettlementLine,
    Statement,
    VatKey,
    VatTreatment,
)

with extra("testing"):
    from hypothesis import strategies as st

__all__ = [
    "ACCOUNTS",
    "Settlement",
    "credit_lines",
    "credit_notes",
    "expected_orders",
    "refund_events",
    "sales",
    "settlement_lines",
    "settlements",
    "statement_of",
]

_DATED = date(2026, 3, 31)
_SINCE = datetime(2026, 3, 2, tzinfo=UTC)
_ORDERS, _LINES, _REFUNDS = ("O1", "O2", "O3"), ("1", "2", "3"), ("R1", "R2", "R3")
_UK = VatKey(channel=ChannelId("john-lewis"), establishment="GB", goods_location="GB")
_TYPES = {
    "GOODS": Meaning(LineClass.SALE, LineKind.GOODS),
    "SHIPPING": Meaning(LineClass.SALE, LineKind.SHIPPING),
    "TAX": Meaning(LineClass.SALE, LineKind.GOODS_TAX),
    "WHOLE": Meaning(LineClass.SALE, LineKind.WHOLE),
    "REFUND": Meaning(LineClass.REFUND, LineKind.GOODS),
    "FEE": Meaning(LineClass.FEE),
    "FEE_BACK": Meaning(LineClass.FEE, returned=True),
    "MANUAL": Meaning(LineClass.ADJUSTMENT),
    "REMITTED": Meaning(LineClass.OPERATOR_TAX, LineKind.GOODS_TAX),
    "RESERVE": Meaning(LineClass.RESERVE),
    "PAYMENT": Meaning(LineClass.PAYOUT),
    "NEW": Meaning(LineClass.UNKNOWN),
}
_SIGNED = {"REFUND": -1, "FEE": -1, "PAYMENT": -1}
_FEES = {
    "FEE": FeeRule(account="7100", vat_code="T1", rate="15%"),
    "FEE_BACK": FeeRule(account="7100", vat_code="T1"),
    "MANUAL": FeeRule(account="7200"),
    "REMITTED": FeeRule(account="2202"),
    "RESERVE": FeeRule(account="1107"),
}

ACCOUNTS = Accounts(
    bank="1200",
    clearing="1105",
    suspense="9998",
    rounding="7905",
    balance="1106",
    treatments={_UK: VatTreatment(code="T1")},
)
"""Ledger accounts for the journals of these settlements."""


def _pounds(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda pence: Decimal(pence).scaleb(-2))


# --- refunds -------------------------------------------------------------------------------------------------------


def _tax_in(gross: Decimal) -> st.SearchStrategy[Decimal | None]:
    """Not told, or some of it."""
    return st.one_of(st.none(), _pounds(0, int(gross * 100)))


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    """Sales of one to three lines at several rates, with or without shipping, invoice, discount or fee.

    Some tell their tax, and not always that of the rate.
    """
    lines: list[SoldLine] = []
    for line_id in _LINES[: draw(st.integers(1, 3))]:
        gross = draw(_pounds(0, 5000))
        lines.append(
            SoldLine(
                line_id=LineId(line_id),
                stock_code=StockCode(f"MUG-{line_id}"),
                gross=gross,
                vat_rate=draw(st.sampled_from([Decimal(20), Decimal(5), Decimal(0)])),
                vat=draw(_tax_in(gross)),
            )
        )
    shipping = draw(st.sampled_from([Decimal("0.00"), Decimal("4.95")]))
    listed = int(sum((line.gross for line in lines), shipping) * 100)
    return Sale(
        order_id=OrderId("O1"),
        currency="GBP",
        lines=tuple(lines),
        shipping_gross=shipping,
        shipping_vat=draw(_tax_in(shipping)),
        shipping_code=draw(st.sampled_from([None, StockCode("POST")])),
        charges_gross=draw(st.one_of(st.just(Decimal("0.00")), _pounds(-min(1000, listed), 200))),
        reference="REF-O1",
        invoice=draw(st.sampled_from(["", "INV-1"])),
        cancelled=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def refund_events(draw: st.DrawFn, sale: Sale) -> RefundEvent:
    """Refunds on *sale*: of a line, of an unknown one or of none, in any state, with and without their own tax."""
    lines: list[RefundLine] = []
    for _ in range(draw(st.integers(1, 3))):
        sold = draw(st.sampled_from(sale.lines))
        amount = draw(st.one_of(st.just(sold.gross), _pounds(0, 3000)))
        stated = draw(st.booleans())
        lines.append(
            RefundLine(
                line_id=draw(st.sampled_from([sold.line_id, sold.line_id, None, LineId("9")])),
                amount=amount,
                tax=draw(_pounds(0, int(amount * 100))) if stated else None,
                shipping=draw(st.sampled_from([Decimal("0.00"), Decimal("1.00"), sale.shipping_gross])),
                quantity=draw(st.one_of(st.none(), st.integers(0, 3))),
            )
        )
    return RefundEvent(
        account=AccountId("john-lewis"),
        refund_id=draw(st.sampled_from(_REFUNDS)),
        order_id=sale.order_id,
        state=draw(st.sampled_from([RefundState.REFUNDED, RefundState.REFUNDED, *RefundState])),
        currency=sale.currency,
        lines=tuple(lines),
        tax_mode=draw(st.sampled_from(TaxMode)),
    )


@st.composite
def credit_lines(draw: st.DrawFn) -> CreditLine:
    """What a draft credits of one line: net, VAT and the gross that they are."""
    return CreditLine(
        line_id=LineId(draw(st.sampled_from(_LINES))),
        stock_code=StockCode("MUG"),
        net=draw(_pounds(0, 5000)),
        vat=draw(_pounds(0, 1000)),
        vat_rate=draw(st.sampled_from([Decimal(20), Decimal(5), Decimal(0)])),
        quantity=draw(st.one_of(st.none(), st.integers(0, 3))),
    )


# --- settlements ---------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Settlement:
    """Everything that ``match`` takes: lines of statement S-77 and what they may belong to."""

    lines: tuple[SettlementLine, ...]
    orders: tuple[ExpectedOrder, ...]
    credit_notes: tuple[CreditNote, ...]
    fees: dict[str, FeeRule]
    seen: tuple[str, ...]


@st.composite
def expected_orders(draw: st.DrawFn, *, order_id: str = "O1") -> ExpectedOrder:
    """What is owed for an order: a few parts, some settled in part, some of a negative amount."""
    kinds = (LineKind.GOODS, LineKind.SHIPPING)
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from(("", *_LINES[:2])), st.sampled_from(kinds)), min_size=1, max_size=4, unique=True
        )
    )
    parts = tuple(
        Expected(
            line_id=LineId(line_id),
            kind=kind,
            amount=draw(_pounds(-10, 40)),
            settled=draw(st.sampled_from([Decimal("0.00"), Decimal("0.00"), Decimal("0.05")])),
        )
        for line_id, kind in keys
    )
    return ExpectedOrder(
        order_id=OrderId(order_id),
        currency="GBP",
        parts=parts,
        reference=draw(st.sampled_from(["", f"REF-{order_id}", "REF-O1", "O3"])),
        since=draw(st.sampled_from([None, _SINCE])),
        written_off=draw(st.sampled_from([Decimal("0.00"), Decimal("0.04")])),
        vat=draw(st.sampled_from([None, _UK])),
    )


@st.composite
def credit_notes(draw: st.DrawFn, *, refund_id: str = "R1") -> CreditNote:
    """A credit note for one of the orders, complete or a draft, settled in part or not."""
    gross, shipping = draw(_pounds(0, 30)), draw(st.sampled_from([Decimal("0.00"), Decimal("0.05")]))
    settled = draw(st.sampled_from([Decimal("0.00"), Decimal("0.00"), Decimal("0.03")]))
    return CreditNote(
        code=f"CN-{refund_id}",
        refund_id=refund_id,
        order_id=OrderId(draw(st.sampled_from([*_ORDERS, "O1", "REF-O2", ""]))),
        currency="GBP",
        lines=(CreditedLine(line_id=LineId("1"), gross=gross),),
        shipping=shipping,
        complete=draw(st.sampled_from([True, True, True, False])),
        settled=settled if settled <= gross + shipping else Decimal("0.00"),
        written_off=draw(st.sampled_from([Decimal("0.00"), Decimal("0.00"), Decimal("0.03")])),
    )


@st.composite
def settlement_lines(draw: st.DrawFn) -> SettlementLine:
    """A classified line of statement S-77; its id may be that of another line."""
    kind = draw(st.sampled_from(["GOODS", "GOODS", "GOODS", *_TYPES]))
    amount = draw(_pounds(-3, 45))
    return SettlementLine(
        line_id=f"L{draw(st.integers(1, 30))}",
        statement_id="S-77",
        type=kind,
        currency="GBP",
        amount=amount * _SIGNED.get(kind, 1),
        meaning=_TYPES[kind],
        order_id=OrderId(draw(st.sampled_from([*_ORDERS, "O1", "O1", "REF-O2", ""]))),
        order_line_id=LineId(draw(st.sampled_from(["", *_LINES]))),
        order_reference=draw(st.sampled_from(["", "", "REF-O1", "REF-O2"])),
        refund_id=draw(st.sampled_from([*_REFUNDS, "R1", ""])) if kind in ("REFUND", "FEE_BACK") else "",
    )


@st.composite
def settlements(draw: st.DrawFn) -> Settlement:
    """Up to eight lines against up to four orders and five credit notes, of which the last may be without their ids.

    Some fees have no account.
    """
    orders = [draw(expected_orders(order_id=order_id)) for order_id in (*_ORDERS, "")[: draw(st.integers(0, 4))]]
    notes = [draw(credit_notes(refund_id=refund_id)) for refund_id in (*_REFUNDS, "", "")[: draw(st.integers(0, 5))]]
    unmapped = draw(st.sets(st.sampled_from(sorted(_FEES)), max_size=2))
    return Settlement(
        lines=tuple(draw(st.lists(settlement_lines(), max_size=8))),
        orders=tuple(orders),
        credit_notes=tuple(notes),
        fees={kind: rule for kind, rule in _FEES.items() if kind not in unmapped},
        seen=draw(st.sampled_from([(), ("L1", "L99")])),
    )


def statement_of(found: Reconciliation, *, closing: Decimal = Decimal("0.00")) -> Statement:
    """A statement that ties with *found* and carries *closing* on; payout lines are made up for by the opening."""
    sums = dict.fromkeys(LineClass, Decimal("0.00"))
    for result in found.results:
        if result.reason is None or result.rule.name != "LINE_ID":
            sums[result.line.line_class] += result.line.amount
    payout = -sums[LineClass.PAYOUT]
    lines = sum(sums.values()) + payout
    return Statement(
        statement_id="S-77",
        currency="GBP",
        issued=_DATED,
        payout=payout,
        opening=payout + closing - lines,
        closing=closing,
        summary=sums,
    )
