"""The books of the simulated marketplace: what a sale, a refund, a fee and a pay-out put into the log."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from khaos_connectors.testing.simulators.mirakl.money_state import Cycle, Document, Transaction
from khaos_connectors.testing.simulators.mirakl.state import Job, MiraklState, Order, cents
from khaos_connectors.testing.simulators.mirakl.taxes import Amounts

__all__ = ["book", "book_order", "book_refund", "by_hand", "close_cycle", "summed"]

_IDS = uuid.UUID("0b7f3c52-1d3f-4b8e-8f0a-6d6f6e657900")
_ZERO = Decimal("0.00")
_SOLD = ("SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED")

_SUMMED = {
    "payable_orders": "ORDER_AMOUNT ORDER_SHIPPING_AMOUNT + ORDER_AMOUNT_TAX ORDER_SHIPPING_AMOUNT_TAX",
    "refund_payable_orders": (
        "REFUND_ORDER_AMOUNT REFUND_ORDER_SHIPPING_AMOUNT + REFUND_ORDER_AMOUNT_TAX REFUND_ORDER_SHIPPING_AMOUNT_TAX"
    ),
    "commissions": (
        "COMMISSION_FEE PURCHASE_COMMISSION_FEE PURCHASE_SHIPPING_COMMISSION_FEE PURCHASE_FEE_COMMISSION_FEE"
        " + COMMISSION_VAT"
    ),
    "refund_commissions": (
        "REFUND_COMMISSION_FEE REFUND_PURCHASE_COMMISSION_FEE REFUND_PURCHASE_SHIPPING_COMMISSION_FEE"
        " REFUND_PURCHASE_FEE_COMMISSION_FEE + REFUND_COMMISSION_VAT"
    ),
    "subscription": "SUBSCRIPTION_FEE + SUBSCRIPTION_VAT",
    "fee": "ORDER_FEE_AMOUNT +",
    "refund_fee": "REFUND_ORDER_FEE_AMOUNT +",
    "fee_operator_remitted": "OPERATOR_REMITTED_ORDER_FEE_AMOUNT +",
    "refund_fee_operator_remitted": "OPERATOR_REMITTED_REFUND_ORDER_FEE_AMOUNT +",
    "seller_fees_on_orders": "SELLER_FEE_ON_ORDER + SELLER_FEE_ON_ORDER_TAX",
    "seller_penalty_fees": "SELLER_PENALTY_FEE + SELLER_PENALTY_FEE_TAX",
    "other_credits": ("MANUAL_CREDIT INVOICEABLE_ONE_OFF_CREDIT + MANUAL_CREDIT_VAT INVOICEABLE_ONE_OFF_CREDIT_TAX"),
    "other_invoices": ("MANUAL_INVOICE INVOICEABLE_ONE_OFF_DEBIT + MANUAL_INVOICE_VAT INVOICEABLE_ONE_OFF_DEBIT_TAX"),
    "operator_paid_shipping_charges": ("OPERATOR_PAID_ORDER_SHIPPING_AMOUNT + OPERATOR_PAID_ORDER_SHIPPING_AMOUNT_TAX"),
    "refund_operator_paid_shipping_charges": (
        "OPERATOR_PAID_REFUND_ORDER_SHIPPING_AMOUNT + OPERATOR_PAID_REFUND_ORDER_SHIPPING_AMOUNT_TAX"
    ),
}
"""The sums of a cycle with and without tax: the types of the amounts, and behind the plus those of the taxes."""

_SUMMED_WHOLE = {
    "operator_remitted_taxes": "OPERATOR_REMITTED_ORDER_AMOUNT_TAX OPERATOR_REMITTED_ORDER_SHIPPING_AMOUNT_TAX",
    "refund_operator_remitted_taxes": (
        "OPERATOR_REMITTED_REFUND_ORDER_AMOUNT_TAX OPERATOR_REMITTED_REFUND_ORDER_SHIPPING_AMOUNT_TAX"
    ),
    "purchase_taxes": "PURCHASE_ORDER_AMOUNT_TAX PURCHASE_ORDER_SHIPPING_AMOUNT_TAX",
    "refund_purchase_taxes": "REFUND_PURCHASE_ORDER_AMOUNT_TAX REFUND_PURCHASE_ORDER_SHIPPING_AMOUNT_TAX",
}
_RESERVES = ("RESERVE_FUNDING", "RESERVE_SETTLEMENT")
_OWN_MONEY = frozenset(" ".join((_SUMMED["payable_orders"], _SUMMED["refund_payable_orders"])).replace("+", "").split())


@attrs.frozen
class _About:
    order_id: str
    line_id: str
    refund_id: str | None = None


def book(
    state: MiraklState,
    at: datetime,
    kind: str,
    amount: Decimal,
    *,
    order_id: str | None = None,
    line_id: str | None = None,
    refund_id: str | None = None,
    fee_code: str | None = None,
    document_number: str | None = None,
    description: str | None = None,
    payment_state: str = "PAYABLE",
) -> Transaction | None:
    """One row in the log, of any *kind*; nothing for an amount of 0."""
    if not amount:
        return None
    money = state.money
    money.balance += amount
    number = len(money.transactions) + 1
    row = Transaction(
        number=number,
        transaction_id=str(uuid.uuid5(_IDS, f"transaction {number}")),
        kind=kind,
        amount=cents(amount),
        currency=state.settings.currency,
        created_at=at,
        updated_at=at,
        state=payment_state,
        balance=money.balance,
        order_id=order_id,
        line_id=line_id,
        refund_id=refund_id,
        fee_code=fee_code,
        document_number=document_number,
        description=description,
    )
    money.transactions[row.transaction_id] = row
    return row


def book_order(state: MiraklState, at: datetime, order: Order) -> None:
    """What an order's open lines bring, what was paid back of them, and the commission on both; each of it once."""
    amounts = Amounts(state.settings, state.settings.order_tax_mode)
    for line in order.lines:
        if line.open and _first_time(state, line.line_id):
            taken_out = [back for back in line.backs if back.kind == "cancelation"]
            goods = line.price - sum((amounts.back(back, back.amount, line.price)[0] for back in taken_out), _ZERO)
            carriage = line.shipping - sum(
                (amounts.back(back, back.shipping, line.shipping)[0] for back in taken_out), _ZERO
            )
            _book_money(state, at, _About(order.order_id, line.line_id), goods, carriage)
        for back in line.backs:
            if back.kind == "refund" and back.paid_at is not None and _first_time(state, f"refund {back.id}"):
                book_refund(
                    state,
                    back.paid_at,
                    refund_id=back.id,
                    order_id=order.order_id,
                    line_id=line.line_id,
                    amount=amounts.back(back, back.amount, line.price)[0],
                    shipping=amounts.back(back, back.shipping, line.shipping)[0],
                )


def _first_time(state: MiraklState, what: str) -> bool:
    known = what in state.money.booked
    state.money.booked.add(what)
    return not known


def book_refund(
    state: MiraklState,
    at: datetime,
    *,
    refund_id: str,
    order_id: str,
    line_id: str,
    amount: Decimal,
    shipping: Decimal = _ZERO,
) -> None:
    """A refund of *amount* and *shipping* (above 0, in the platform's tax mode), and the commission that comes back."""
    _book_money(state, at, _About(order_id, line_id, refund_id), -amount, -shipping)


def _book_money(state: MiraklState, at: datetime, about: _About, goods: Decimal, shipping: Decimal) -> None:
    for kind, amount in (("ORDER_AMOUNT", goods), ("ORDER_SHIPPING_AMOUNT", shipping)):
        _book_about(state, at, about, kind, amount)
        if state.settings.order_tax_mode == "TAX_EXCLUDED":
            _book_about(state, at, about, f"{kind}_TAX", cents(amount * state.settings.tax_rate / 100))
    fee = cents(-(goods + shipping) * state.settings.commission_rate / 100)
    _book_about(state, at, about, "COMMISSION_FEE", fee)
    _book_about(state, at, about, "COMMISSION_VAT", cents(fee * state.settings.money.commission_vat / 100))


def _book_about(state: MiraklState, at: datetime, about: _About, kind: str, amount: Decimal) -> None:
    prefix = "" if about.refund_id is None else "REFUND_"
    order, line, refund = about.order_id, about.line_id, about.refund_id
    book(state, at, f"{prefix}{kind}", amount, order_id=order, line_id=line, refund_id=refund)


def by_hand(
    state: MiraklState, at: datetime, kind: str, *, net: Decimal, tax: Decimal = _ZERO, description: str = ""
) -> Document:
    """The operator writes a ``MANUAL_INVOICE`` or a ``MANUAL_CREDIT``; *net* and *tax* are above 0."""
    sign = 1 if kind == "MANUAL_CREDIT" else -1
    document = _document(state, at, kind, net=net, tax=tax, description=description)
    number = f"{document.number:012d}"
    book(state, at, kind, sign * net, document_number=number, description=description)
    book(state, at, f"{kind}_VAT", sign * tax, document_number=number, description=description)
    return document


def _document(state: MiraklState, at: datetime, kind: str, *, net: Decimal, tax: Decimal, description: str) -> Document:
    number = len(state.money.documents) + 1
    document = Document(
        number=number,
        document_id=str(uuid.uuid5(_IDS, f"document {number}")),
        kind=kind,
        currency=state.settings.currency,
        created_at=at,
        net=net,
        tax=tax,
        description=description,
    )
    state.money.documents.append(document)
    return document


def close_cycle(state: MiraklState, at: datetime, *, reserve: Decimal = _ZERO, release: Decimal = _ZERO) -> Cycle:
    """Bill everything that is not in a cycle yet, with the orders that have left by now; *reserve* is kept back,
    *release* of an earlier reserve is given. What comes to less than nothing is a debt for the next cycle.
    """
    money = state.money
    for order in list(state.orders.values()):
        if order.state in _SOLD:
            book_order(state, at, order)
    book(state, at, "RESERVE_FUNDING", -reserve, payment_state="RESERVE")
    book(state, at, "RESERVE_SETTLEMENT", release)
    number = len(money.cycles) + 1
    cycle_id = str(uuid.uuid5(_IDS, f"cycle {number}"))
    rows = [row for row in money.transactions.values() if row.cycle_id is None]
    for row in rows:
        money.transactions[row.transaction_id] = attrs.evolve(row, cycle_id=cycle_id, updated_at=at)
    due = sum((row.amount for row in rows if not _is_paid_directly(row)), money.debt)
    summary = summed(rows)
    cycle = Cycle(
        cycle_id=cycle_id,
        number=number,
        currency=state.settings.currency,
        created_at=at,
        payout=max(due, _ZERO),
        opening=money.debt,
        closing=min(due, _ZERO),
        summary=summary,
    )
    money.cycles[cycle_id] = cycle
    money.debt = cycle.closing
    money.documents[:] = [
        each if each.cycle_id is not None else attrs.evolve(each, cycle_id=cycle_id) for each in money.documents
    ]
    held = {kind: sum((row.amount for row in rows if row.kind == kind), _ZERO) for kind in _RESERVES}
    _bill(state, at, cycle, held)
    state.jobs[f"pay-out {cycle_id}"] = Job(
        at + timedelta(seconds=state.settings.money.pay_out_seconds), lambda later, when: _pay(later, when, cycle_id)
    )
    return cycle


def _is_paid_directly(row: Transaction) -> bool:
    return row.state == "NOT_APPLICABLE" and row.kind in _OWN_MONEY


def _bill(state: MiraklState, at: datetime, cycle: Cycle, held: Mapping[str, Decimal]) -> None:
    told = cycle.summary
    fees = ("commissions", "refund_commissions", "subscription", "seller_fees_on_orders", "seller_penalty_fees")
    net = -sum((told[f"total_{each}_excl_tax"] for each in fees), _ZERO)
    whole = -sum((told[f"total_{each}_incl_tax"] for each in fees), _ZERO)
    document = _document(state, at, "AUTO_INVOICE", net=net, tax=whole - net, description="Fees of the cycle")
    state.money.documents[-1] = attrs.evolve(
        document,
        cycle_id=cycle.cycle_id,
        summary={
            **told,
            "amount_transferred": cycle.payout,
            "amount_transferred_to_operator": whole,
            **{kind.lower(): amount for kind, amount in held.items()},
        },
    )


def _pay(state: MiraklState, at: datetime, cycle_id: str) -> None:
    money = state.money
    if failure := state.settings.money.pay_out_failure:
        money.cycles[cycle_id] = attrs.evolve(money.cycles[cycle_id], failure=failure)
        money.documents[:] = [
            attrs.evolve(each, failure=failure) if each.cycle_id == cycle_id else each for each in money.documents
        ]
        return
    cycle = money.cycles[cycle_id] = attrs.evolve(money.cycles[cycle_id], paid_at=at)
    for key, row in money.transactions.items():
        if row.cycle_id == cycle_id and row.state in ("PENDING", "PAYABLE"):
            money.transactions[key] = attrs.evolve(row, state="PAID", updated_at=at)
    paid = book(state, at, "PAYMENT", -cycle.payout, payment_state="PAID")
    if paid is not None:
        money.transactions[paid.transaction_id] = attrs.evolve(paid, cycle_id=cycle_id)
    money.documents[:] = [
        attrs.evolve(each, paid_at=at) if each.cycle_id == cycle_id else each for each in money.documents
    ]


def summed(rows: list[Transaction]) -> Mapping[str, Decimal]:
    """The sums of a cycle by the vendor's names; what the customer paid directly is told apart."""
    amounts: dict[tuple[str, bool], Decimal] = {}
    for row in rows:
        key = row.kind, _is_paid_directly(row)
        amounts[key] = amounts.get(key, _ZERO) + row.amount

    def of(kinds: str, *, direct: bool = False) -> Decimal:
        return sum((amounts.get((kind, direct), _ZERO) for kind in kinds.split()), _ZERO)

    told: dict[str, Decimal] = {}
    for name, kinds in _SUMMED.items():
        net, _, taxes = kinds.partition("+")
        told[f"total_{name}_excl_tax"] = of(net)
        told[f"total_{name}_incl_tax"] = of(net) + of(taxes)
        if name.endswith("payable_orders"):
            other = name.replace("payable", "non_payable")
            told[f"total_{other}_excl_tax"] = of(net, direct=True)
            told[f"total_{other}_incl_tax"] = of(net, direct=True) + of(taxes, direct=True)
    for ending in ("excl_tax", "incl_tax"):
        both = (f"total_refund_payable_orders_{ending}", f"total_refund_non_payable_orders_{ending}")
        told[f"total_refund_orders_{ending}"] = told[both[0]] + told[both[1]]
    for name, kinds in _SUMMED_WHOLE.items():
        told[f"total_{name}"] = of(kinds)
    return told
