"""How well the own shop does (A21), each figure for several periods."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.mirakl.models.platform_codes import Period

__all__ = ["Count", "Figure", "ShopStatistics"]


@attrs.frozen(kw_only=True)
class Figure:
    """A share of 1, a grade, or money with tax in the shop's currency, for one *period*; None: nothing to reckon."""

    period: Period | Unrecognised | None = None
    value: Decimal | None = None


@attrs.frozen(kw_only=True)
class Count:
    """A number of things, or of seconds, for one *period*."""

    period: Period | Unrecognised | None = None
    value: int | None = None


@attrs.frozen(kw_only=True)
class ShopStatistics:
    """The shop's figures, of one *channel* or of all (None). Delays are in seconds.

    ``consecutive_refused_orders_count``, ``offers_count`` and some others are told for all channels together only.
    """

    shop_id: int | None = None
    channel: str | None = None
    last_updated_date: datetime | None = None
    approval_delay: tuple[Count, ...] | None = ()
    approval_rate: tuple[Figure, ...] | None = ()
    auto_refused_rate: tuple[Figure, ...] | None = ()
    average_cart: tuple[Figure, ...] | None = ()
    average_cart_with_shipping: tuple[Figure, ...] | None = ()
    cancelation_rate: tuple[Figure, ...] | None = ()
    consecutive_refused_orders_count: tuple[Count, ...] | None = ()
    evaluations_count: tuple[Count, ...] | None = ()
    grade: tuple[Figure, ...] | None = ()
    incident_rate: tuple[Figure, ...] | None = ()
    late_shipment_rate: tuple[Figure, ...] | None = ()
    offers_count: tuple[Count, ...] | None = ()
    order_messages_response_delay: tuple[Count, ...] | None = ()
    orders_count: tuple[Count, ...] | None = ()
    refund_rate: tuple[Figure, ...] | None = ()
    return_rate: tuple[Figure, ...] | None = ()
    shipping_delay: tuple[Count, ...] | None = ()
    total_revenue: tuple[Figure, ...] | None = ()
    valid_tracking_rate: tuple[Figure, ...] | None = ()
