"""The shop on the simulated marketplace: what may be changed of it (A02) and how well it does (A21)."""

from collections.abc import Mapping

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.state import MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, answer, parse, stamp

__all__ = ["OPERATIONS", "change", "statistics"]

_EDITABLE = (
    "address", "channels", "closed_from", "closed_to", "description", "email", "fax", "is_professional",
    "producer_identifiers", "recycling_policy", "return_policy", "shipping_country", "shop_additional_fields",
    "web_site",
)  # fmt: skip
_PERIODS = ("ALL_SINCE_BEGINNING", "LAST_MONTH", "LAST_THREE_MONTHS", "LAST_SIX_MONTHS", "LAST_YEAR")


def change(state: MiraklState, asked: Asked) -> Response:
    """A02: what the operator lets sellers change is changed, the rest is named in a 200."""
    body = parse(asked.request)
    errors: list[Json] = [
        {"code": "field.not.editable", "field": name, "message": "This field cannot be edited"}
        for name in body
        if name not in _EDITABLE
    ]
    written: Mapping[str, Json] = {name: value for name, value in body.items() if name in _EDITABLE}
    state.shop_written.update(written)
    return answer({"updated": dict(state.shop_written), "errors": errors})


def statistics(state: MiraklState, asked: Asked) -> Response:
    """A21: figures by period. Rates that nothing is known of are left out, as are shop-wide ones of a channel."""
    periods = [asked_for for asked_for in _PERIODS if asked_for in (asked.commas("periods") or _PERIODS)]
    channel = asked.one("channel_code")
    orders = list(state.orders.values())
    accepted = [order for order in orders if order.state not in ("STAGING", "WAITING_ACCEPTANCE", "REFUSED")]
    late = [one for one in state.shipments.values() if one.created_at > state.orders[one.order_id].ship_by]

    def figures(value: Json) -> list[Json]:
        return [{"period": period, "value": value} for period in periods]

    body: dict[str, Json] = {
        "shop_id": state.settings.shop_id,
        "channel": channel,
        "last_updated_date": stamp(asked.now),
        "orders_count": figures(len(accepted)),
        "approval_rate": figures(1 if len(accepted) == len(orders) else 0),
        "late_shipment_rate": figures(1 if late else 0),
    }
    if channel is None:
        body["offers_count"] = figures(sum(offer.active for offer in state.offers.values()))
    return answer(body)


OPERATIONS = (
    operation("A02", "PUT", "api/account", change),
    operation("A21", "GET", "api/account/statistics", statistics),
)
