"""Between rows and records: what the database store reads and writes in one go."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.core.exception_report import ExceptionItem
from khaos_connectors.core.ids import AccountId, OrderId
from khaos_connectors.core.stock import Demand
from khaos_connectors.store import schema
from khaos_connectors.store.database import chunks, insert_rows, update_rows
from khaos_connectors.store.mailbox import Message
from khaos_connectors.store.protocol import Intent, Progress, StoredOrder
from khaos_connectors.store.slots import Lane

with extra("store"):
    from sqlalchemy import Connection, select
    from sqlalchemy.engine import RowMapping

__all__ = [
    "fields_of",
    "intent",
    "is_kept_with_demand",
    "item",
    "keep_lane",
    "lane",
    "renew_intent",
    "standing",
    "values",
    "watermark",
    "work",
]

_WITHOUT_PAYLOAD = [column for column in schema.orders.c if column.name != "payload"]


def values(row: RowMapping) -> dict[str, Any]:  # Any: the tables in ``schema`` say what lies in each column
    """The columns of a row by name, ready for a record of the same fields."""
    return {str(name): value for name, value in row.items()}


def fields_of(record: StoredOrder | Demand | Intent | ExceptionItem | Message | Lane) -> dict[str, object]:
    """The fields of a record by name, ready for columns of the same names."""
    return attrs.asdict(record, recurse=False)


def is_kept_with_demand(field: "attrs.Attribute[object]", _: object) -> bool:
    """Whether a field of ``Demand`` has a column of its own."""
    return field.name in schema.demand.c


def item(row: RowMapping) -> ExceptionItem:
    """The exception item in a row."""
    return ExceptionItem(**values(row))


def watermark(connection: Connection, account: AccountId, feed: str) -> datetime | None:
    """How far a feed was read."""
    table = schema.watermarks
    query = select(table.c.reached).where(table.c.account == account, table.c.feed == feed)
    reached: datetime | None = connection.execute(query).scalar_one_or_none()
    return reached


def standing(connection: Connection, account: AccountId, ids: Iterable[OrderId]) -> dict[OrderId, StoredOrder]:
    """How orders stand, without their texts: whoever decides needs the digest only."""
    table = schema.orders
    found: dict[OrderId, StoredOrder] = {}
    for chunk in chunks(dict.fromkeys(ids)):
        query = select(*_WITHOUT_PAYLOAD).where(table.c.account == account, table.c.order_id.in_(chunk))
        for row in connection.execute(query).mappings():
            order = StoredOrder(payload="", **values(row))
            found[order.order_id] = order
    return found


def work(order: StoredOrder) -> tuple[str, Progress, bool]:
    """What differs when an order has a new text to work on, as opposed to having been seen once more."""
    return order.digest, order.progress, order.fresh


def intent(connection: Connection, account: AccountId, action: str, key: str) -> Intent | None:
    """One intent, None if it was never written."""
    table = schema.intents
    query = select(table).where(table.c.account == account, table.c.action == action, table.c.key == key)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Intent(**values(row))


def renew_intent(connection: Connection, intent: Intent) -> None:
    """Write an intent as it stands now."""
    update_rows(
        connection,
        schema.intents,
        [fields_of(intent)],
        key=("account", "action", "key"),
        columns=("digest", "state", "attempts", "leased_until", "owner", "taken_over", "detail", "failures"),
    )


def lane(connection: Connection, account: str, name: str) -> Lane | None:
    """How one lane stands, None if nobody has asked for a slot of it."""
    table = schema.slots
    query = select(table).where(table.c.account == account, table.c.lane == name)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Lane(**values(row))


def keep_lane(connection: Connection, known: Lane | None, lane: Lane) -> None:
    """Write a lane as it stands now."""
    if known is None:
        insert_rows(connection, schema.slots, [fields_of(lane)])
    else:
        columns = ("seen", "free", "quiet")
        update_rows(connection, schema.slots, [fields_of(lane)], key=("account", "lane"), columns=columns)
