"""The mailbox of ``SqlStore``: messages in their table."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from khaos_connectors._extras import extra
from khaos_connectors.core.ids import AccountId
from khaos_connectors.store import records, rules, schema
from khaos_connectors.store.database import chunks, insert_rows, update_rows
from khaos_connectors.store.mailbox import Message, Posted

with extra("store"):
    from sqlalchemy import Connection, func, select

__all__ = ["find", "post", "withdraw"]

_KEY = ("account", "box", "key")
_LATEST = ("payload", "digest", "sequence", "at", "seen_at")


def post(connection: Connection, account: AccountId, box: str, messages: Mapping[str, str], at: datetime) -> Posted:
    """``Mailbox.post`` inside a transaction that writes."""
    table = schema.messages
    known = {message.key: message for message in _of_keys(connection, account, box, messages)}
    newest = select(func.max(table.c.sequence)).where(table.c.account == account, table.c.box == box)
    last: int = connection.execute(newest).scalar_one() or 0
    stored, seen = rules.arrived(account, box, known, messages, last=last, at=at)
    insert_rows(connection, table, [records.fields_of(one) for one in stored if one.key not in known])
    changed = [records.fields_of(one) for one in stored if one.key in known]
    update_rows(connection, table, changed, key=_KEY, columns=_LATEST)
    update_rows(connection, table, map(records.fields_of, seen), key=_KEY, columns=("seen_at",))
    return Posted(stored=len(stored), duplicate=len(seen))


def withdraw(
    connection: Connection, account: AccountId, box: str, keys: Collection[str], *, unless: str, at: datetime
) -> frozenset[str]:
    """``Mailbox.withdraw`` inside a transaction that writes."""
    kept = {message.key for message in _of_keys(connection, account, unless, keys)}
    found = [message.key for message in _of_keys(connection, account, box, keys) if message.payload]
    emptied = frozenset(found) - kept
    post(connection, account, box, dict.fromkeys((key for key in found if key in emptied), ""), at)
    return emptied


def find(
    connection: Connection, account: AccountId, box: str, *, after: int, keys: Collection[str] | None, limit: int
) -> list[Message]:
    """``Mailbox.messages`` inside a transaction."""
    table = schema.messages
    if keys is not None:
        found = [message for message in _of_keys(connection, account, box, keys) if message.sequence > after]
        return sorted(found, key=lambda message: message.sequence)[:limit]
    query = select(table).where(table.c.account == account, table.c.box == box, table.c.sequence > after)
    rows = connection.execute(query.order_by(table.c.sequence).limit(limit)).mappings()
    return [Message(**records.values(row)) for row in rows]


def _of_keys(connection: Connection, account: AccountId, box: str, keys: Iterable[str]) -> Iterator[Message]:
    table = schema.messages
    for chunk in chunks(dict.fromkeys(keys)):
        where = (table.c.account == account, table.c.box == box, table.c.key.in_(chunk))
        for row in connection.execute(select(table).where(*where)).mappings():
            yield Message(**records.values(row))
