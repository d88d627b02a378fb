"""Strategies of what comes after a sale on Mirakl: orders with money back on them, what may be asked for, returns.

Needs the extra ``testing``.
"""

from datetime import UTC, datetime
from decimal import Decimal

from khaos_connectors._extras import extra
from khaos_connectors.calls.decode import Text
from khaos_connectors.mirakl.after_sales.money_back import Ask
from khaos_connectors.mirakl.models.amounts import Fee, TaxAmount
from khaos_connectors.mirakl.models.codes import (
    LineState,
    OrderState,
    OrderTaxMode,
    RefundState,
    TaxCalculationRule,
)
from khaos_connectors.mirakl.models.orders import Order, OrderLine, Refund
from khaos_connectors.mirakl.models.return_codes import NonCompliance, ReturnMethod, ReturnReason, ReturnState

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["asks_on", "paid_orders", "return_rows"]

_SOLD = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _money(most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most).map(lambda pence: Decimal(pence) / 100)


@st.composite
def _lines(draw: st.DrawFn, number: int, rule: TaxCalculationRule | None) -> OrderLine:
    price, shipping = draw(_money(100_00)), draw(_money(9_99))
    taxes = () if rule is None else (TaxAmount(code=Text("VAT"), amount=_sixth(price), tax_calculation_rule=rule),)
    on_shipping = () if rule is None else (TaxAmount(code=Text("VAT"), amount=_sixth(shipping)),)
    line_id = Text(f"O-1-{number}")
    fees = (Fee(code=Text("BAG"), amount=Decimal("0.30")),) if draw(st.booleans()) else ()
    refunds: tuple[Refund, ...] = ()
    if draw(st.booleans()):
        share = draw(st.integers(0, 100))
        refunds = (
            Refund(
                id=Text(f"{number}00"),
                amount=(price * share / 100).quantize(Decimal("0.01")),
                shipping_amount=Decimal(0),
                quantity=draw(st.sampled_from([None, 0, 1])),
                refund_state=draw(st.sampled_from(RefundState)),
                taxes=tuple(
                    TaxAmount(code=tax.code, amount=(tax.amount * share / 100).quantize(Decimal("0.01")))
                    for tax in taxes
                ),
                created_date=_SOLD,
            ),
        )
    return OrderLine(
        order_line_id=line_id,
        order_line_state=LineState.SHIPPING,
        offer_sku=Text(f"SKU{number}"),
        quantity=draw(st.integers(1, 5)),
        price=price,
        shipping_price=shipping,
        taxes=taxes,
        shipping_taxes=on_shipping,
        fees=fees,
        refunds=refunds,
        debited_date=_SOLD,
    )


def _sixth(gross: Decimal) -> Decimal:
    return (gross / 6).quantize(Decimal("0.01"))


@st.composite
def paid_orders(draw: st.DrawFn) -> Order:
    """Orders in SHIPPING that were debited, with taxes of either rule or without any, and refunds on some lines."""
    rule = draw(st.sampled_from([None, *TaxCalculationRule]))
    lines = tuple(draw(_lines(number, rule)) for number in range(1, draw(st.integers(1, 3)) + 1))
    return Order(
        order_id=Text("O-1"),
        order_state=OrderState.SHIPPING,
        created_date=_SOLD,
        currency_iso_code="GBP",
        total_price=sum((line.price + line.shipping_price for line in lines), Decimal(0)),
        order_lines=lines,
        order_tax_mode=draw(st.sampled_from(OrderTaxMode)),
        customer_debited_date=_SOLD,
    )


@st.composite
def asks_on(draw: st.DrawFn, line_id: str) -> Ask:
    """Something to give back on a line: an amount, some units, or all that is left; it may be more than that."""
    return Ask(
        line_id=line_id,
        amount=draw(st.none() | _money(60_00)),
        shipping=draw(st.none() | _money(9_99)),
        units=draw(st.none() | st.integers(0, 5)),
        fees=draw(st.sampled_from([None, True, False])),
    )


def return_rows() -> st.SearchStrategy[dict[str, object]]:
    """Rows of RT11 in the document's shape, with the nulls of live data."""
    texts = st.text(min_size=1, max_size=20)
    verdicts = st.fixed_dictionaries(
        {
            "compliant": st.booleans(),
            "non_compliance_reason_code": st.none() | st.sampled_from([code.value for code in NonCompliance]),
            "non_compliance_additional_info": st.none() | texts,
        }
    )
    lines = st.fixed_dictionaries(
        {
            "order_line_id": texts,
            "quantity": st.integers(1, 99),
            "reason_code": st.sampled_from([code.value for code in ReturnReason]),
            "compliance": st.none() | st.lists(verdicts, max_size=2),
        }
    )
    return st.fixed_dictionaries(
        {
            "id": st.uuids().map(str),
            "order_id": texts,
            "order_commercial_id": texts,
            "state": st.sampled_from([code.value for code in ReturnState]),
            "method_code": st.sampled_from([code.value for code in ReturnMethod]),
            "reason_code": st.none() | st.sampled_from([code.value for code in ReturnReason]),
            "return_lines": st.lists(lines, max_size=3),
            "rma": st.none() | texts,
            "tracking": st.none(),
            "documents": st.none() | st.just([]),
            "date_created": st.just("2026-03-02T09:00:00Z"),
            "last_updated": st.just("2026-03-02T09:00:00Z"),
        }
    )
