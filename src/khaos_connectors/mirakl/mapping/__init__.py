"""The one place that knows both Mirakl's records and the library's own. Pure."""

from khaos_connectors.mirakl.mapping.expected import expected_order
from khaos_connectors.mirakl.mapping.offers import listing
from khaos_connectors.mirakl.mapping.orders import channel_order, order_shipments
from khaos_connectors.mirakl.mapping.refunds import cancelation_events, refund_events
from khaos_connectors.mirakl.mapping.shipments import carrier, shipped_units

__all__ = [
    "cancelation_events",
    "carrier",
    "channel_order",
    "expected_order",
    "listing",
    "order_shipments",
    "refund_events",
    "shipped_units",
]
