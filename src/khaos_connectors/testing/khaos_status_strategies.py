"""Hypothesis strategies for what Khaos Control tells of orders and deletions: status lists, recent statuses, merges.

They draw what real installations tell: stages of their own, part shipments in several invoices, boxes or none, items
left out, credit notes, cancelled orders, empty dates. Dates are days on the server's clock. Needs the extra
``testing``.
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.khaos_control.company_models import DeletedEntry
from khaos_connectors.khaos_control.models import Box, Invoice, ItemSent, OrderStatus, RecentStatus

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["deleted_entries", "order_statuses", "recent_statuses"]

_LONDON = ZoneInfo("Europe/London")
_TEXTS = st.sampled_from(["", "Royal Mail", "O'Hara & Sons", "</BOX>", "https://track.example.com/?a=1&b=2"])
_CODES = st.sampled_from(["MUG-RED", "TEA/1KG", "0012A"])
_REFS = st.sampled_from(["WEB000001", "JL-77", "0012"])
_STAGES = st.sampled_from([1, 9, 12, 14, 16, 18, 70, 71, 73, 404])
_QUANTITIES = st.integers(0, 9_999).map(lambda tenths: Decimal(tenths).scaleb(-1))
_MONEY = st.none() | st.integers(-5_000, 500_000).map(lambda pence: Decimal(pence).scaleb(-2))
_DAYS = st.none() | st.dates(date(2000, 1, 1), date(2040, 1, 1)).map(
    lambda day: datetime.combine(day, time(), tzinfo=_LONDON).astimezone(UTC)
)


def order_statuses() -> st.SearchStrategy[OrderStatus]:
    """Orders of ExportOrderStatusEx, credit notes and cancelled ones among them."""
    return st.builds(
        _order,
        st.builds(
            OrderStatus,
            sorder_code=st.sampled_from(["SO1", "S0002"]),
            associated_ref=_REFS,
            company_code=st.sampled_from(["", "CU1"]),
            customer_other_ref=_TEXTS,
            order_type=st.sampled_from(["Sales Order", "Credit Note"]),
            courier=_TEXTS,
            currency_code=st.sampled_from(["", "GBP"]),
            date_created=_DAYS,
            delivery_date=_DAYS,
            items_gross=_MONEY,
            items_net=_MONEY,
            delivery_gross=_MONEY,
            delivery_net=_MONEY,
            complete=st.booleans(),
            qty_sold=st.none() | _QUANTITIES,
            qty_assigned=st.none() | _QUANTITIES,
            invoices=st.lists(_invoices(), max_size=2).map(tuple),
        ),
        st.none() | st.tuples(_DAYS, _TEXTS),
    )


def recent_statuses() -> st.SearchStrategy[RecentStatus]:
    """Rows of ExportOrderStatus."""
    return st.builds(
        RecentStatus,
        associated_ref=_REFS,
        sorder_code=st.sampled_from(["SO1", "S0002"]),
        stage_id=_STAGES,
        invoice_code=st.sampled_from(["", "I1"]),
        complete=st.booleans(),
        consignment_ref=_TEXTS,
        urn=st.sampled_from(["", "CU1"]),
    )


def deleted_entries() -> st.SearchStrategy[DeletedEntry]:
    """Entries of GetDeletedEntries: customers that are gone or were merged into another."""
    return st.builds(
        DeletedEntry,
        header_id=st.sampled_from(["71", "A71"]),
        document_type=st.just(5),
        merged_into=st.sampled_from(["", "70"]),
        deleted_on=_DAYS,
        parent_id=st.just(""),
    )


def _order(order: OrderStatus, cancelled: tuple[datetime | None, str] | None) -> OrderStatus:
    if cancelled is None:
        return order
    at, reason = cancelled
    return attrs.evolve(order, cancelled=True, cancelled_at=at, cancel_reason=reason)


def _invoices() -> st.SearchStrategy[Invoice]:
    item = st.builds(ItemSent, stock_code=_CODES, qty_sent=_QUANTITIES)
    box = st.builds(
        Box,
        shipped=st.booleans(),
        ship_date=_DAYS,
        courier=_TEXTS,
        consignment_ref=_TEXTS,
        tracking_url=_TEXTS,
        items=st.lists(item, max_size=2).map(tuple),
    )
    return st.builds(
        Invoice,
        invoice_code=st.sampled_from(["I1", "I0002"]),
        stage_id=st.none() | _STAGES,
        stage_desc=st.sampled_from(["", "SHIPPING"]),
        invoice_date=_DAYS,
        ship_date=_DAYS,
        issue_date=_DAYS,
        courier=_TEXTS,
        consignment_ref=_TEXTS,
        tracking_url=_TEXTS,
        qty_sold=st.none() | _QUANTITIES,
        qty_sent=st.none() | _QUANTITIES,
        moved=st.booleans(),
        boxes=st.lists(box, max_size=2).map(tuple),
        items=st.none() | st.lists(item, max_size=2).map(tuple),
    )
