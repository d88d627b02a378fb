"""Orders: reading, accepting, and the older way of confirming a shipment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import attrs

from khaos_connectors.calls.messages import Call, Page, Request
from khaos_connectors.core.fields import typed
from khaos_connectors.mirakl.answers import nothing, refused_locally
from khaos_connectors.mirakl.endpoints.paging import Listing, chunked, offset_page
from khaos_connectors.mirakl.endpoints.writing import (
    code_of,
    comma_list,
    flag,
    instant,
    json_request,
    segment,
)
from khaos_connectors.mirakl.given import texts
from khaos_connectors.mirakl.models.codes import OrderState, OrderTaxMode, PaymentWorkflow
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.models.shipments import NewTracking
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "ORDERS",
    "OrderFilter",
    "decide_lines",
    "list_orders",
    "orders_by_id",
    "set_order_tracking",
    "ship_order",
]

ORDERS = Listing(operation="OR11", path="/api/orders", record=Order, field="orders", id="order_id", translated=True)
"""How orders are listed; an export writes them alike."""


@attrs.frozen(kw_only=True, field_transformer=typed)
class OrderFilter:
    """Which orders, all of it optional. Lists take at most 100 values each; times are aware.

    *start_update_date* is the one for incremental reads: Mirakl subtracts a margin of its own, so orders come again.
    *customer_debited* with creation dates loses orders that are debited late. *only_null_channel* overrules
    *channel_codes*.
    """

    order_ids: tuple[str, ...] = ()
    order_references_for_customer: tuple[str, ...] = ()
    order_references_for_seller: tuple[str, ...] = ()
    order_state_codes: tuple[OrderState, ...] = ()
    channel_codes: tuple[str, ...] = ()
    only_null_channel: bool | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    start_update_date: datetime | None = None
    end_update_date: datetime | None = None
    customer_debited: bool | None = None
    payment_workflow: PaymentWorkflow | None = None
    has_incident: bool | None = None
    fulfillment_center_code: tuple[str, ...] = ()
    order_tax_mode: OrderTaxMode | None = None


def list_orders(
    scope: Scope, wanted: OrderFilter | None = None, *, size: int = 100, offset: int = 0, after: str = ""
) -> Call[Page[Read[Order] | Broken]]:
    """Orders by *wanted*, oldest first, a page of *size* (1 to 100) from *offset*: OR11.

    Each order is read by itself: one that breaks the contract is ``Broken`` among the others. Orders that are
    created or changed meanwhile shift the pages, so the same order may come twice. None is skipped by filters that an
    order cannot leave (creation, ``start_update_date``); one that loses a wanted state, flag or last update between two
    pages pulls another past the walk. *after* is the
    ``mark`` of the page before; the same page again is ``CursorStuck``, as is one that is empty before the total.
    """
    pairs = _filter_pairs(scope, wanted or OrderFilter())
    return offset_page(scope, ORDERS, pairs, size=size, offset=offset, after=after, sort="dateCreated")


def orders_by_id(
    scope: Scope, order_ids: Sequence[str], *, order_tax_mode: OrderTaxMode | None = None
) -> tuple[Call[Page[Read[Order] | Broken]], ...]:
    """The calls that read *order_ids*, 100 to a call: OR11."""
    return tuple(
        list_orders(scope, OrderFilter(order_ids=chunk, order_tax_mode=order_tax_mode))
        for chunk in chunked(texts(scope, "OR11", "order_ids", order_ids))
    )


def decide_lines(scope: Scope, order_id: str, accepted: Mapping[str, bool]) -> Call[None]:
    """Accept (True) or refuse every line of an order in WAITING_ACCEPTANCE: OR21.

    *accepted* is by line id and must name all lines. Made twice, the second is refused with a state code: read the
    order to see that it is done.
    """
    if not accepted:
        raise refused_locally(scope, "OR21", "order_lines", "must name every line of the order")
    body = {"order_lines": [{"id": line, "accepted": verdict} for line, verdict in accepted.items()]}
    request = json_request("PUT", f"/api/orders/{segment(scope, 'OR21', order_id)}/accept", scope.query(), body)
    decode = partial(nothing, scope=scope, operation="OR21")
    return Call(operation="OR21", repeat="same-effect", request=request, decode=decode)


def set_order_tracking(scope: Scope, order_id: str, tracking: NewTracking) -> Call[None]:
    """Tell how the whole order is followed; the last word wins: OR23.

    A registered carrier by its code (Mirakl computes the link and ignores ours), any other by name and link.
    """
    named = {
        "carrier_code": tracking.carrier_code,
        "carrier_name": tracking.carrier_name,
        "carrier_standard_code": tracking.carrier_standard_code,
        "carrier_url": tracking.tracking_url,
        "tracking_number": tracking.tracking_number,
    }
    body = {name: value for name, value in named.items() if value}
    request = json_request("PUT", f"/api/orders/{segment(scope, 'OR23', order_id)}/tracking", scope.query(), body)
    decode = partial(nothing, scope=scope, operation="OR23")
    return Call(operation="OR23", repeat="same-effect", request=request, decode=decode)


def ship_order(scope: Scope, order_id: str) -> Call[None]:
    """Confirm that the whole order in SHIPPING has left; tracking goes before: OR24.

    Made twice, the second is refused because of the state: read the order to see that it is done.
    """
    return Call(
        operation="OR24",
        repeat="same-effect",
        request=Request(method="PUT", path=f"/api/orders/{segment(scope, 'OR24', order_id)}/ship", query=scope.query()),
        decode=partial(nothing, scope=scope, operation="OR24"),
    )


def _filter_pairs(scope: Scope, wanted: OrderFilter) -> tuple[tuple[str, str | None], ...]:
    def listed(name: str, values: Sequence[str]) -> tuple[str, str | None]:
        return name, comma_list(scope, "OR11", name, values)

    def timed(name: str, value: datetime | None) -> tuple[str, str | None]:
        return name, instant(scope, "OR11", name, value)

    return (
        listed("order_ids", wanted.order_ids),
        listed("order_references_for_customer", wanted.order_references_for_customer),
        listed("order_references_for_seller", wanted.order_references_for_seller),
        listed("order_state_codes", [state.value for state in wanted.order_state_codes]),
        listed("channel_codes", wanted.channel_codes),
        ("only_null_channel", flag(wanted.only_null_channel)),
        timed("start_date", wanted.start_date),
        timed("end_date", wanted.end_date),
        timed("start_update_date", wanted.start_update_date),
        timed("end_update_date", wanted.end_update_date),
        ("customer_debited", flag(wanted.customer_debited)),
        ("payment_workflow", code_of(wanted.payment_workflow)),
        ("has_incident", flag(wanted.has_incident)),
        *(("fulfillment_center_code", code) for code in wanted.fulfillment_center_code),
        ("order_tax_mode", code_of(wanted.order_tax_mode)),
    )
