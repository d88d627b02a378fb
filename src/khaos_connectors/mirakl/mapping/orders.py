"""From Mirakl's words to the library's own. Pure: the same wire record gives the same core record.

The order's total is what the customer pays. Mirakl leaves refused lines out of it, and taxes too when prices exclude
them; the taxes of the lines that still count are added here.
"""

from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from khaos_connectors.core.despatch import ShipmentLine, ShippedUnits
from khaos_connectors.core.ids import AccountId, ChannelSku, LineId, OrderId
from khaos_connectors.core.money import exactly
from khaos_connectors.core.orders import Address, ChannelOrder, Charge, ChargeKind, OrderLine, OrderState, Tax, TaxMode
from khaos_connectors.mirakl.mapping.countries import alpha2
from khaos_connectors.mirakl.mapping.words import code_word
from khaos_connectors.mirakl.models import codes, orders
from khaos_connectors.mirakl.orders.life_cycle import ImportRule, stage_of

__all__ = ["channel_order", "order_shipments"]

_MONEY_BACK = frozenset(
    {codes.LineState.REFUNDED, codes.LineState.WAITING_REFUND, codes.LineState.WAITING_REFUND_PAYMENT}
)
_LEFT = frozenset({OrderState.SHIPPED, OrderState.DELIVERED, OrderState.CLOSED})
_GONE = frozenset({OrderState.REFUSED, OrderState.CANCELLED})
_NOTHING = Decimal(0)
_ORDER_STATES = {state.value: state for state in codes.OrderState}
_OUT_OF_TOTAL = frozenset({codes.LineState.REFUSED, codes.LineState.CANCELED})
"""Lines that Mirakl itself leaves out of an order's total."""


def channel_order(
    account: AccountId,
    wire: orders.Order,
    *,
    asked_mode: codes.OrderTaxMode | None = None,
    rule: ImportRule = ImportRule(),  # noqa: B008 - frozen
    accept_within: timedelta | None = None,
    model: codes.ShopModel | None = None,
) -> ChannelOrder:
    """The order as the core knows it.

    *asked_mode* is the tax mode that was asked for, used where an old instance does not echo it. Prices without any
    tax on the order are the same in both modes, so they are what the customer pays: INCLUDED. *rule* says in which
    states an order is taken over; one that is not this shop's to send never is. *accept_within* is how long this
    operator waits for an acceptance, which no field tells. *model* is the shop's, where it is known. Fees of the lines
    that still count become charges.
    """
    lines = tuple(_line(line, rule) for line in wire.order_lines)
    state = _order_state(wire, lines, rule)
    withheld = rule.withheld(wire, model) if state is OrderState.AWAITING_SHIPMENT else ""
    if withheld:
        lines = tuple(_withheld(line) for line in lines)
    order_taxes = tuple(Tax(code=t.code, amount=t.total_amount, rate=t.rate) for t in wire.order_taxes or ())
    mode = _tax_mode(wire, lines, order_taxes, asked_mode)
    customer = wire.customer or orders.Customer()
    email = wire.customer_notification_email or ""
    return ChannelOrder(
        account=account,
        order_id=OrderId(wire.order_id),
        state=OrderState.UNKNOWN if withheld else state,
        placed_at=wire.created_date,
        changed_at=wire.last_updated_date or wire.created_date,
        currency=wire.currency_iso_code,
        tax_mode=mode,
        lines=lines,
        total=_total(wire, order_taxes, mode),
        customer_number=wire.commercial_id or "",
        customer_key=customer.customer_id or "",
        paid_at=wire.customer_debited_date,
        accepted_at=wire.acceptance_decision_date,
        accept_by=_accept_by(wire, accept_within),
        ship_by=wire.shipping_deadline,
        delivery=_address(customer.shipping_address, customer, email),
        billing=_address(customer.billing_address, customer, email),
        service=wire.shipping_type_code or "",
        service_label=wire.shipping_type_label or "",
        erp_reference=(wire.references and wire.references.order_reference_for_seller) or "",
        payment_reference=wire.transaction_number or "",
        order_taxes=order_taxes,
        vendor_state=", ".join(filter(None, (code_word(wire.order_state), withheld))),
        charges=_charges(wire),
    )


def order_shipments(wire: orders.Order) -> tuple[ShippedUnits, ...]:
    """What an order without shipments of its own says: it left whole, with one tracking, or it did not leave."""
    left = [
        ShipmentLine(line_id=line.line_id, quantity=line.shipped)
        for line in map(_line, wire.order_lines)
        if line.shipped > 0
    ]
    if not left:
        return ()
    return (
        ShippedUnits(
            order_id=OrderId(wire.order_id),
            lines=tuple(left),
            tracking=wire.shipping_tracking or "",
            carrier=wire.shipping_carrier_code or wire.shipping_company or "",
        ),
    )


# --- states --------------------------------------------------------------------------------------------------------


def _order_state(wire: orders.Order, lines: tuple[OrderLine, ...], rule: ImportRule) -> OrderState:
    live = [line.state for line in lines if line.state not in _GONE]
    unpaid = stage_of(wire.order_state).standing is OrderState.AWAITING_PAYMENT
    if unpaid and live and all(each in _LEFT for each in live):
        return OrderState.SHIPPED  # payment on delivery or on a due date: the debit comes after the goods
    return rule.standing(wire.order_state)


def _line_state(wire: orders.OrderLine, rule: ImportRule = ImportRule()) -> OrderState:  # noqa: B008 - frozen
    word = code_word(wire.order_line_state)
    own = _ORDER_STATES.get(word)
    state = OrderState.UNKNOWN if own is None else stage_of(own).standing
    incident = wire.order_line_state is codes.LineState.INCIDENT_OPEN
    money_back = wire.order_line_state in _MONEY_BACK
    if incident or money_back or state is OrderState.AWAITING_PAYMENT:
        # Incidents and refunds hide where the goods are, and a debit may come after them: the dates tell.
        if wire.received_date is not None:
            return OrderState.DELIVERED
        if wire.shipped_date is not None:
            return OrderState.SHIPPED
        if money_back:
            return OrderState.CANCELLED  # all of the money is back and nothing left: nothing is to be sent
        if incident:
            return OrderState.AWAITING_SHIPMENT
    return state if own is None else rule.standing(own)


def _withheld(line: OrderLine) -> OrderLine:
    return attrs.evolve(line, state=OrderState.UNKNOWN) if line.state is OrderState.AWAITING_SHIPMENT else line


# --- lines and money -----------------------------------------------------------------------------------------------


def _line(wire: orders.OrderLine, rule: ImportRule = ImportRule()) -> OrderLine:  # noqa: B008 - frozen
    state = _line_state(wire, rule)
    cancelled = min(wire.quantity, sum(each.quantity or 0 for each in wire.cancelations or ()))
    if state is OrderState.CANCELLED:
        cancelled = wire.quantity
    return OrderLine(
        line_id=LineId(wire.order_line_id),
        sku=ChannelSku(wire.offer_sku),
        quantity=wire.quantity,
        amount=wire.price,
        state=state,
        shipping=wire.shipping_price,
        taxes=_taxes(wire.taxes),
        shipping_taxes=_taxes(wire.shipping_taxes),
        unit_price=wire.price_unit,
        cancelled=cancelled,
        refunded=sum(each.quantity or 0 for each in wire.refunds or ()),
        shipped=wire.quantity - cancelled if state in _LEFT else 0,
        title=wire.product_title or "",
    )


@exactly
def _charges(wire: orders.Order) -> tuple[Charge, ...]:
    """The fees that the customer pays on lines that still count, a charge for each code."""
    sums: dict[str, Decimal] = {}
    for line in wire.order_lines:
        for fee in line.fees or () if line.order_line_state not in _OUT_OF_TOTAL else ():
            sums[fee.code] = sums.get(fee.code, _NOTHING) + fee.amount
    return tuple(Charge(kind=ChargeKind.FEE, code=code, amount=amount) for code, amount in sums.items() if amount > 0)


def _accept_by(wire: orders.Order, within: timedelta | None) -> datetime | None:
    waits = wire.order_state is codes.OrderState.WAITING_ACCEPTANCE
    return wire.created_date + within if waits and within is not None else None


def _taxes(wire: tuple[orders.TaxAmount, ...] | None) -> tuple[Tax, ...]:
    return tuple(Tax(code=tax.code, amount=tax.amount, rate=tax.rate) for tax in wire or ())


def _tax_mode(
    wire: orders.Order,
    lines: tuple[OrderLine, ...],
    order_taxes: tuple[Tax, ...],
    asked: codes.OrderTaxMode | None,
) -> TaxMode:
    told = wire.order_tax_mode if isinstance(wire.order_tax_mode, codes.OrderTaxMode) else asked
    taxed = bool(order_taxes) or any(line.taxes or line.shipping_taxes for line in lines)
    return TaxMode.EXCLUDED if told is codes.OrderTaxMode.TAX_EXCLUDED and taxed else TaxMode.INCLUDED


@exactly
def _total(wire: orders.Order, order_taxes: tuple[Tax, ...], mode: TaxMode) -> Decimal:
    return wire.total_price if mode is TaxMode.INCLUDED else wire.total_price + _taxes_on_top(wire, order_taxes)


def _taxes_on_top(wire: orders.Order, order_taxes: tuple[Tax, ...]) -> Decimal:
    listed = [line for line in wire.order_lines if line.taxes or line.shipping_taxes]
    if not listed:
        return sum((tax.amount for tax in order_taxes), _NOTHING)
    counting = [line for line in listed if line.order_line_state not in _OUT_OF_TOTAL]
    return sum(
        (tax.amount for line in counting for tax in (*(line.taxes or ()), *(line.shipping_taxes or ()))), _NOTHING
    )


# --- addresses -----------------------------------------------------------------------------------------------------


def _address(wire: orders.OrderAddress | None, customer: orders.Customer, email: str) -> Address | None:
    # While the address is hidden the operator sends null or an address without a street.
    if wire is None or not (wire.street_1 or "").strip():
        return None
    companies = [part for part in (wire.company, wire.company_2) if part]
    own_name = bool(wire.firstname or wire.lastname)
    return Address(
        title=wire.civility or "",
        forename=(wire.firstname if own_name else customer.firstname) or "",
        surname=(wire.lastname if own_name else customer.lastname) or "",
        organisation=", ".join(companies),
        line1=wire.street_1 or "",
        line2=wire.street_2 or "",
        line3=wire.additional_info or "",
        town=wire.city or "",
        county=wire.state or "",
        postcode=wire.zip_code or "",
        country=alpha2(wire.country_iso_code, wire.country),
        phone=wire.phone or wire.phone_secondary or "",
        email=email,
    )
