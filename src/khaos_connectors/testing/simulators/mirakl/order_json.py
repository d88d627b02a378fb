"""OR11: which orders a query means, and how an order reads on the wire, the nulls of live data included."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.after_sales_state import Back
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.orders import OWN_CENTRE
from khaos_connectors.testing.simulators.mirakl.people import invent
from khaos_connectors.testing.simulators.mirakl.state import (
    MiraklSettings,
    MiraklState,
    Order,
    OrderLine,
    Tracking,
    cents,
)
from khaos_connectors.testing.simulators.mirakl.taxes import FEE, Amounts, fee_of, left_of
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, dumps, stamp, written

__all__ = ["OPERATIONS", "list_orders", "order_json", "wanted_orders"]

STATES = (
    "STAGING",
    "WAITING_ACCEPTANCE",
    "WAITING_DEBIT",
    "WAITING_DEBIT_PAYMENT",
    "SHIPPING",
    "SHIPPED",
    "TO_COLLECT",
    "RECEIVED",
    "CLOSED",
    "REFUSED",
    "CANCELED",
)
_TO_SEND = ("SHIPPING", "SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED")
_BEFORE_PAYMENT = ("STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT")
_MODES = ("TAX_INCLUDED", "TAX_EXCLUDED")
_ZERO = Decimal("0.00")
_TEXTS_KEPT = 5000


def list_orders(state: MiraklState, asked: Asked) -> Response:
    """OR11: the orders that all given filters let through, oldest first unless asked otherwise."""
    settings = state.settings
    asked.choice("sort", "dateCreated", ("dateCreated",))
    newest_first = asked.choice("order", "asc", ("asc", "desc")) == "desc"
    asked.choice("locale", settings.locales[0], settings.locales)
    mode = asked.choice("order_tax_mode", settings.order_tax_mode, _MODES)
    found = wanted_orders(state, asked, newest_first=newest_first)
    rows, headers = asked.page(found)
    texts = ",".join(_text(state, order, mode) for order in rows)
    return written(f'{{"orders":[{texts}],"total_count":{len(found)}}}', headers=headers)


def wanted_orders(state: MiraklState, asked: Asked, *, newest_first: bool = False) -> list[Order]:
    """The orders that the filters of a query mean, by creation."""
    wanted = _named(state, asked)
    found = [order for order in _by_time(state, asked) if wanted(order)]
    return sorted(found, key=lambda order: (order.created_at, order.number), reverse=newest_first)


def _text(state: MiraklState, order: Order, mode: str) -> str:
    """The JSON of an order, written anew only when its record was replaced."""
    kept = state.order_texts.get((order.order_id, mode))
    if kept is None or kept[0] is not order:
        text = dumps(order_json(state.settings, order, mode), amounts_as_strings=state.settings.amounts_as_strings)
        kept = (order, text)
        state.order_texts.pop((order.order_id, mode), None)
        state.order_texts[(order.order_id, mode)] = kept
        if len(state.order_texts) > _TEXTS_KEPT:
            del state.order_texts[next(iter(state.order_texts))]
    return kept[1]


def _by_time(state: MiraklState, asked: Asked) -> Iterable[Order]:
    created_from, created_to = asked.moment("start_date"), asked.moment("end_date")
    updated_from, updated_to = asked.moment("start_update_date"), asked.moment("end_update_date")
    orders = state.orders
    ids = asked.commas("order_ids")
    if ids:
        keys: Iterable[str] = [key for key in dict.fromkeys(ids) if key in orders]
    elif updated_from is not None:
        # The marketplace looks further back than it was asked to, so that nothing slips between two polls.
        updated_from -= max(state.settings.update_safety, timedelta(0))
        keys = orders.touched(updated_from, updated_to)
    else:
        keys = orders.made(created_from, created_to)
    return [
        order
        for order in map(orders.__getitem__, keys)
        if (created_from is None or order.created_at >= created_from)
        and (created_to is None or order.created_at <= created_to)
        and (updated_from is None or order.updated_at >= updated_from)
        and (updated_to is None or order.updated_at <= updated_to)
    ]


def _named(state: MiraklState, asked: Asked) -> Callable[[Order], bool]:
    states = asked.commas("order_state_codes")
    for code in states:
        if code not in STATES and code != state.settings.unseen_state:
            raise Refusal(400, "Error with field order_state_codes. Please check the field datatype.")
    ids, sellers = asked.commas("order_ids"), asked.commas("order_references_for_seller")
    customers, channels = asked.commas("order_references_for_customer"), asked.commas("channel_codes")
    centres, workflow = asked.repeated("fulfillment_center_code"), asked.one("payment_workflow")
    debited, incident = asked.flag("customer_debited"), asked.flag("has_incident")
    own = state.settings.channel
    # These three are the same for every order of this shop: one channel, one workflow, no customer references.
    nobody = bool(customers) or (bool(channels) and own not in channels)
    nobody = nobody or (asked.flag("only_null_channel") is True and own is not None)
    nobody = nobody or workflow not in (None, state.settings.orders.workflow)

    def wanted(order: Order) -> bool:
        return not nobody and (
            (not ids or order.order_id in ids)
            and (not sellers or order.seller_reference in sellers)
            and (not states or order.state in states)
            and (not centres or order.centre in centres)
            and (debited is None or debited == (order.debited_at is not None))
            and (incident is None or incident == order.has_incident)
        )

    return wanted


def order_json(settings: MiraklSettings, order: Order, mode: str) -> Json:
    """The order as it reads on the wire, its amounts in the tax *mode* that was asked for."""
    amounts = Amounts(settings, mode)
    open_lines = [line for line in order.lines if line.open] or (list(order.lines) if order.state == "CANCELED" else [])
    price = sum((amounts.split(line.price)[0] for line in open_lines), _ZERO)
    shipping = sum((amounts.split(line.shipping)[0] for line in open_lines), _ZERO)
    commission = sum((_commission(settings, line)[1] for line in open_lines), _ZERO)
    early = order.state in _BEFORE_PAYMENT
    return {
        "order_id": order.order_id,
        "commercial_id": order.commercial_id,
        "references": {"order_reference_for_customer": None, "order_reference_for_seller": order.seller_reference},
        "quote_id": None,
        "order_state": order.state,
        "order_state_reason_code": None,
        "order_state_reason_label": None,
        "can_cancel": order.state in ("WAITING_DEBIT", "WAITING_DEBIT_PAYMENT"),
        "can_shop_ship": order.state == "SHIPPING" and order.centre == OWN_CENTRE,
        "fully_refunded": _fully_refunded(order, amounts),
        "has_incident": order.has_incident,
        "has_invoice": False,
        "has_customer_message": False,
        "created_date": stamp(order.created_at),
        "last_updated_date": stamp(order.updated_at),
        "acceptance_decision_date": stamp(order.decided_at),
        "customer_debited_date": stamp(order.debited_at),
        "transaction_date": stamp(order.debited_at),
        "transaction_number": f"TR-{order.number:06d}" if order.debited_at else None,
        "shipping_deadline": None if early else stamp(order.ship_by),
        "delivery_date": None,
        "leadtime_to_ship": max(1, (order.ship_by - order.created_at).days),
        "currency_iso_code": settings.currency,
        "price": price,
        "shipping_price": shipping,
        "total_price": price + shipping + sum((fee_of(settings, line) for line in open_lines), _ZERO),
        "total_commission": commission,
        "order_tax_mode": mode,
        **_order_taxes(settings, open_lines, amounts),
        "promotions": {"applied_promotions": [], "total_deduced_amount": 0},
        "discount_campaigns": [],
        "payment_type": None,
        "payment_workflow": settings.orders.workflow,
        "customer_directly_pays_seller": False,
        "invoice_details": None,
        "fulfillment": {"center": {"code": order.centre}},
        "channel": None if settings.channel is None else {"code": settings.channel, "label": settings.channel},
        "order_additional_fields": [dict(field) for field in order.fields],
        **_shipping(settings, order),
        **_customer(settings, order),
        "order_lines": [_line(settings, order, line, amounts) for line in order.lines],
    }


def _shipping(settings: MiraklSettings, order: Order) -> dict[str, Json]:
    kind = next((kind for kind in settings.shipping_types if kind.code == order.shipping_type), None)
    tracking = order.tracking or Tracking()
    return {
        "shipping_type_code": order.shipping_type,
        "shipping_type_label": kind.label if kind else order.shipping_type,
        "shipping_type_standard_code": kind.standard_code if kind else None,
        "shipping_zone_code": "UK",
        "shipping_zone_label": "United Kingdom",
        "shipping_pudo_id": None,
        "shipping_carrier_code": tracking.carrier_code,
        "shipping_carrier_standard_code": tracking.carrier_standard_code,
        "shipping_company": tracking.carrier_name,
        "shipping_tracking": tracking.tracking_number,
        "shipping_tracking_url": tracking.tracking_url,
    }


def _customer(settings: MiraklSettings, order: Order) -> dict[str, Json]:
    every = settings.null_country_every
    buyer = invent(settings.seed, order.number, null_country=bool(every) and order.number % every == 0)
    on_its_way = order.state in _TO_SEND or any(line.shipped_at is not None for line in order.lines)
    hidden = order.debited_at is None and not on_its_way and not settings.address_before_acceptance
    billing: Json = buyer.address(hidden=hidden)
    shipping: Json = {**buyer.address(hidden=hidden), "additional_info": None}
    if hidden and order.number % 2 == 0:
        # Live instances do both: blank the street, or leave the whole address out.
        billing = shipping = None
    return {
        "customer": {
            "customer_id": buyer.customer_id,
            "civility": None,
            "firstname": buyer.firstname,
            "lastname": buyer.lastname,
            "locale": settings.locales[-1],
            "billing_address": billing,
            "shipping_address": shipping,
            "organization": None,
            "accounting_contact": None,
            "delivery_contact": None,
        },
        "customer_notification_email": buyer.email,
    }


def _commission(settings: MiraklSettings, line: OrderLine) -> tuple[Decimal, Decimal]:
    fee = cents((line.price + line.shipping) * settings.commission_rate / 100)
    return fee, fee + cents(fee * settings.tax_rate / 100)


def _line(settings: MiraklSettings, order: Order, line: OrderLine, amounts: Amounts) -> Json:
    price, shipping = amounts.split(line.price)[0], amounts.split(line.shipping)[0]
    own = amounts.mode == settings.order_tax_mode or not settings.taxes_listed
    fee, commission = _commission(settings, line)
    return {
        "order_line_id": line.line_id,
        "order_line_index": line.index,
        "order_line_state": line.state,
        "order_line_state_reason_code": None,
        "order_line_state_reason_label": None,
        "offer_id": line.offer_id,
        "offer_sku": line.sku,
        "offer_state_code": line.offer_state,
        "product_sku": line.product_sku,
        "product_shop_sku": line.sku,
        "product_title": line.title,
        "product_medias": [],
        "category_code": line.category,
        "category_label": line.category.title(),
        "description": None,
        "quantity": line.quantity,
        "price_unit": line.unit_price if own else cents(price / line.quantity),
        "price": price,
        "origin_unit_price": line.unit_price if own else cents(price / line.quantity),
        "price_additional_info": None,
        "shipping_price": shipping,
        "total_price": price + shipping + fee_of(settings, line),
        "fees": _fees(fee_of(settings, line)),
        "taxes": [] if settings.orders.order_level_taxes else amounts.taxes(line.price),
        "shipping_taxes": [] if settings.orders.order_level_taxes else amounts.taxes(line.shipping),
        "tax_legal_notice": None,
        "commission_fee": fee,
        "commission_taxes": [{"code": "TAXDEFAULT", "amount": commission - fee, "rate": settings.tax_rate}],
        "total_commission": commission,
        "promotions": [],
        "refunds": [_back(settings, line, back, amounts) for back in line.backs if back.kind == "refund"],
        "cancelations": _cancelations(settings, order, line, amounts),
        "can_refund": order.debited_at is not None and any(left_of(amounts, line)),
        "shipping_from": line.origin,
        "measurement": _measurement(settings, line),
        "eco_contributions": [],
        "purchase_information": _purchase(settings, line),
        "order_line_additional_fields": [dict(field) for field in line.fields],
        "created_date": stamp(order.created_at),
        "debited_date": stamp(order.debited_at) if line.open else None,
        "shipped_date": stamp(line.shipped_at),
        "received_date": stamp(order.updated_at) if line.state == "RECEIVED" else None,
        "last_updated_date": stamp(order.updated_at),
    }


def _fees(amount: Decimal) -> list[Json]:
    return [{"code": FEE, "amount": amount}] if amount else []


def _order_taxes(settings: MiraklSettings, lines: Sequence[OrderLine], amounts: Amounts) -> dict[str, Json]:
    """The taxes of the whole order, and of each group of refunds that was asked for together."""
    if not settings.orders.order_level_taxes:
        return {}
    total = sum((amounts.split(line.price)[1] + amounts.split(line.shipping)[1] for line in lines), _ZERO)
    groups: dict[str, Decimal] = {}
    for line in lines:
        for back in line.backs:
            if back.kind == "refund":
                tax = amounts.tax_back(back, back.amount, line.price) + amounts.tax_back(
                    back, back.shipping, line.shipping
                )
                groups[back.group] = groups.get(back.group, _ZERO) + tax
    refunds: list[Json] = [
        {"order_refund_id": group, "taxes": _order_tax(settings, tax)} for group, tax in groups.items()
    ]
    return {"order_taxes": _order_tax(settings, total), "order_refunds": refunds}


def _order_tax(settings: MiraklSettings, amount: Decimal) -> list[Json]:
    return [{"code": "VAT", "rate": settings.tax_rate, "total_amount": amount}]


def _measurement(settings: MiraklSettings, line: OrderLine) -> Json:
    unit = settings.orders.measured.get(line.sku)
    if unit is None:
        return None
    return {
        "measurement_unit": unit,
        "ordered_measurement": Decimal(line.quantity),
        "actual_measurement": line.measured,
        "adjustment_limit": Decimal(10),
    }


def _purchase(settings: MiraklSettings, line: OrderLine) -> Json:
    """What the operator pays, in the models in which it buys from the shop."""
    if settings.model == "MARKETPLACE":
        return None
    share = settings.orders.purchase_share / 100
    return {
        "purchase_price": cents(line.price * share),
        "purchase_unit_price": cents(line.unit_price * share),
        "purchase_shipping_price": cents(line.shipping * share),
        "purchase_commission_on_price": _ZERO,
        "purchase_commission_on_shipping": _ZERO,
        "purchase_commission_on_fees": {"total_amount": _ZERO},
        "purchase_fee_amount": {"total_amount": _ZERO},
    }


def _fully_refunded(order: Order, amounts: Amounts) -> bool:
    lines = [line for line in order.lines if line.open]
    return bool(lines) and all(line.backs and not any(left_of(amounts, line)) for line in lines)


def _back(settings: MiraklSettings, line: OrderLine, back: Back, amounts: Amounts) -> Json:
    """A refund or cancelation as the order tells it; a refund was paid some time after it was made."""
    amount, taxes = amounts.back(back, back.amount, line.price, back.taxes)
    shipping, shipping_taxes = amounts.back(back, back.shipping, line.shipping, back.shipping_taxes)
    fee = cents((back.amount + back.shipping) * settings.commission_rate / 100)
    tax = cents(fee * settings.tax_rate / 100)
    row: dict[str, Json] = {
        "id": back.id,
        "amount": amount,
        "shipping_amount": shipping,
        "quantity": back.quantity,
        "reason_code": back.reason,
        "taxes": [] if settings.orders.order_level_taxes else taxes,
        "shipping_taxes": [] if settings.orders.order_level_taxes else shipping_taxes,
        "fees": _fees(back.fee),
        "eco_contributions": [],
        "commission_amount": fee,
        "commission_taxes": [{"code": "TAXDEFAULT", "amount": tax}],
        "commission_total_amount": fee + tax,
        "created_date": stamp(back.at),
    }
    if back.kind == "cancelation":
        return row
    return {
        **row,
        "order_refund_id": back.group,
        "refund_state": "WAITING_REFUND" if back.paid_at is None else "REFUNDED",
        "transaction_date": stamp(back.paid_at),
        "transaction_number": None if back.paid_at is None else f"RF-{back.id}",
    }


def _cancelations(settings: MiraklSettings, order: Order, line: OrderLine, amounts: Amounts) -> list[Json]:
    backs = [_back(settings, line, back, amounts) for back in line.backs if back.kind == "cancelation"]
    if backs or line.state != "CANCELED":
        return backs
    fee, commission = _commission(settings, line)
    return [
        {
            "id": str(1000 * order.number + line.index),
            "amount": amounts.split(line.price)[0],
            "shipping_amount": amounts.split(line.shipping)[0],
            "quantity": line.quantity,
            "reason_code": "34",
            "taxes": amounts.taxes(line.price, cancelled=True),
            "shipping_taxes": amounts.taxes(line.shipping, cancelled=True),
            "fees": [],
            "commission_amount": fee,
            "commission_taxes": [],
            "commission_total_amount": commission,
            "created_date": stamp(order.cancelled_at),
        }
    ]


OPERATIONS = (operation("OR11", "GET", "api/orders", list_orders),)
