"""The store in a database: one SQLite file by default, PostgreSQL by the same code."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType
from khaos_connectors.core.ids import AccountId, ChannelSku, ErpOrderCode, OrderId, OrderRef
from khaos_connectors.core.stock import Demand
from khaos_connectors.store import messages as boxes
from khaos_connectors.store import records, rules, schema
from khaos_connectors.store.database import chunks, insert_rows, update_rows
from khaos_connectors.store.mailbox import Message, Posted
from khaos_connectors.store.protocol import Acked, Intent, IntentState, Kept, Progress, RawOrder, StoredOrder
from khaos_connectors.store.slots import Slot, hushed, quiet_of, reserved
from khaos_connectors.store.transactions import Transactions

with extra("store"):
    from sqlalchemy import case, delete, func, insert, select, update
    from sqlalchemy.exc import IntegrityError

__all__ = ["SqlStore"]

_ITEM = [column for column in schema.exceptions.c if column.name != "id"]


class SqlStore:
    """The ``Store`` in a database, made and brought up to date when it is opened.

    *url* is ``sqlite:///khaos.db`` (relative), ``sqlite:////srv/khaos.db`` or ``postgresql+psycopg://…``. Writes of
    one account (SQLite: all writes) come one after the other, so several processes may use the same store; a writer
    waits up to 30 seconds for another. What a method wrote survives a killed process and a power cut: SQLite runs in
    WAL mode with ``synchronous=FULL``, since an intent that is forgotten is an order made twice.

    Raises ``ConfigError`` for a URL that cannot work or a schema that is newer than this library.
    """

    def __init__(self, url: str = "sqlite:///khaos.db") -> None:
        self._transactions = Transactions(url)
        self._read, self._write = self._transactions.read, self._transactions.write

    def __repr__(self) -> str:
        return f"SqlStore({self._transactions.address!r})"

    def close(self) -> None:
        """See ``Store.close``."""
        self._transactions.close()

    # --- watermarks ------------------------------------------------------------------------------------------------

    def watermark(self, account: AccountId, feed: str) -> datetime | None:
        """See ``Store.watermark``."""
        with self._read() as connection:
            return records.watermark(connection, account, feed)

    def advance(self, account: AccountId, feed: str, to: datetime) -> None:
        """See ``Store.advance``."""
        moment, table = rules.utc(to), schema.watermarks
        with self._write((account,)) as connection:
            present = records.watermark(connection, account, feed)
            if present is None:
                connection.execute(insert(table).values(account=account, feed=feed, reached=moment))
            elif moment > present:
                where = (table.c.account == account, table.c.feed == feed)
                connection.execute(update(table).where(*where).values(reached=moment))

    # --- raw orders ------------------------------------------------------------------------------------------------

    def keep_raw(self, account: AccountId, orders: Sequence[RawOrder], *, at: datetime) -> Kept:
        """See ``Store.keep_raw``."""
        with self._write((account,)) as connection:
            known = records.standing(connection, account, [raw.order_id for raw in orders])
            result = rules.keep_all(account, known, orders, at=at)
            new = [order for order in result.orders.values() if order.order_id not in known]
            old = [order for order in result.orders.values() if order.order_id in known]
            renewed = [order for order in old if records.work(order) != records.work(known[order.order_id])]
            seen = [order for order in old if records.work(order) == records.work(known[order.order_id])]
            insert_rows(connection, schema.orders, map(records.fields_of, new))
            update_rows(
                connection,
                schema.orders,
                map(records.fields_of, renewed),
                key=("account", "order_id"),
                columns=("payload", "digest", "progress", "fresh", "last_seen_at", "changed_at"),
            )
            update_rows(
                connection,
                schema.orders,
                map(records.fields_of, seen),
                key=("account", "order_id"),
                columns=("last_seen_at", "changed_at"),
            )
        return result.kept

    def order(self, account: AccountId, order_id: OrderId) -> StoredOrder | None:
        """See ``Store.order``."""
        table = schema.orders
        with self._read() as connection:
            query = select(table).where(table.c.account == account, table.c.order_id == order_id)
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else StoredOrder(**records.values(row))

    def order_by_reference(self, reference: OrderRef) -> StoredOrder | None:
        """See ``Store.order_by_reference``."""
        with self._read() as connection:
            query = select(schema.orders).where(schema.orders.c.reference == reference)
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else StoredOrder(**records.values(row))

    def orders(
        self,
        account: AccountId,
        *,
        progress: Iterable[Progress] = (),
        fresh: bool | None = None,
        after: OrderId | None = None,
        limit: int = 500,
    ) -> list[StoredOrder]:
        """See ``Store.orders``."""
        table, wanted = schema.orders, list(progress)
        query = select(table).where(table.c.account == account).order_by(table.c.order_id).limit(limit)
        if wanted:
            query = query.where(table.c.progress.in_(wanted))
        if fresh is not None:
            query = query.where(table.c.fresh.is_(fresh))
        if after is not None:
            query = query.where(table.c.order_id > after)
        with self._read() as connection:
            return [StoredOrder(**records.values(row)) for row in connection.execute(query).mappings()]

    def mark(
        self,
        account: AccountId,
        order_id: OrderId,
        progress: Progress,
        *,
        at: datetime,
        digest: str | None = None,
        reference: OrderRef | None = None,
        erp_code: ErpOrderCode | None = None,
        erp_created_at: datetime | None = None,
        why: str = "",
        only_from: Iterable[Progress] = (),
    ) -> None:
        """See ``Store.mark``."""
        with self._write((account,)) as connection:
            order = rules.marked(
                records.standing(connection, account, [order_id]).get(order_id),
                account,
                order_id,
                progress,
                at=at,
                digest=digest,
                reference=reference,
                erp_code=erp_code,
                erp_created_at=erp_created_at,
                why=why,
                only_from=tuple(only_from),
            )
            try:
                update_rows(
                    connection,
                    schema.orders,
                    [records.fields_of(order)],
                    key=("account", "order_id"),
                    columns=("progress", "fresh", "reference", "erp_code", "erp_created_at", "why", "marked_at"),
                )
            except IntegrityError as error:
                raise rules.reference_taken(reference) from error

    def counts(self, account: AccountId) -> Mapping[Progress, int]:
        """See ``Store.counts``."""
        column = schema.orders.c.progress
        query = select(column, func.count()).where(schema.orders.c.account == account).group_by(column)
        with self._read() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return {progress: found.get(progress, 0) for progress in Progress}

    # --- demand ----------------------------------------------------------------------------------------------------

    def set_demand(self, account: AccountId, order_id: OrderId, demands: Sequence[Demand]) -> None:
        """See ``Store.set_demand``."""
        table = schema.demand
        rows = [
            {"position": position, **attrs.asdict(one, filter=records.is_kept_with_demand)}
            for position, one in enumerate(rules.own_demand(account, order_id, demands))
        ]
        here = (table.c.account == account, table.c.order_id == order_id)
        with self._read() as connection:
            # An order is read many times and its demand changes rarely: a look costs a fraction of a durable write.
            known = connection.execute(select(table).where(*here).order_by(table.c.position)).mappings()
            if [dict(row) for row in known] == rows:
                return
        with self._write((account,)) as connection:
            connection.execute(delete(table).where(*here))
            insert_rows(connection, table, rows)

    def demand(self, accounts: Iterable[AccountId] = ()) -> list[Demand]:
        """See ``Store.demand``."""
        table, orders, wanted = schema.demand, schema.orders, list(accounts)
        columns = [column for column in table.c if column.name != "position"]
        same = (orders.c.account == table.c.account) & (orders.c.order_id == table.c.order_id)
        query = select(*columns, orders.c.erp_created_at).select_from(table.outerjoin(orders, same))
        query = query.order_by(table.c.account, table.c.order_id, table.c.position)
        if wanted:
            query = query.where(table.c.account.in_(wanted))
        with self._read() as connection:
            return [Demand(**records.values(row)) for row in connection.execute(query).mappings()]

    # --- acknowledged stock ----------------------------------------------------------------------------------------

    def next_revision(self, account: AccountId) -> int:
        """See ``Store.next_revision``."""
        table = schema.revisions
        with self._write((account,)) as connection:
            query = select(table.c.revision).where(table.c.account == account)
            present: int | None = connection.execute(query).scalar_one_or_none()
            new = (present or 0) + 1
            if present is None:
                connection.execute(insert(table).values(account=account, revision=new))
            else:
                connection.execute(update(table).where(table.c.account == account).values(revision=new))
        return new

    def acked(self, account: AccountId) -> Mapping[ChannelSku, Acked]:
        """See ``Store.acked``."""
        table = schema.acked
        query = select(table.c.sku, table.c.units, table.c.revision, table.c.at).where(table.c.account == account)
        with self._read() as connection:
            found = [Acked(**records.values(row)) for row in connection.execute(query).mappings()]
        return {ack.sku: ack for ack in found}

    def ack(self, account: AccountId, levels: Mapping[ChannelSku, int], *, revision: int, at: datetime) -> None:
        """See ``Store.ack``."""
        table, moment = schema.acked, rules.utc(at)
        rows = [
            {"account": account, "sku": sku, "units": units, "revision": revision, "at": moment}
            for sku, units in levels.items()
        ]
        with self._write((account,)) as connection:
            known: dict[str, int] = {}
            for skus in chunks(levels):
                where = (table.c.account == account, table.c.sku.in_(skus))
                found = connection.execute(select(table.c.sku, table.c.revision).where(*where))
                known.update((row[0], row[1]) for row in found)
            insert_rows(connection, table, [row for row in rows if row["sku"] not in known])
            newer = [row for row in rows if known.get(str(row["sku"]), revision + 1) <= revision]
            update_rows(connection, table, newer, key=("account", "sku"), columns=("units", "revision", "at"))

    def forget_ack(self, account: AccountId, skus: Iterable[ChannelSku], *, revision: int) -> None:
        """See ``Store.forget_ack``."""
        table = schema.acked
        with self._write((account,)) as connection:
            for chunk in chunks(skus):
                where = (table.c.account == account, table.c.sku.in_(chunk))
                newest = case((table.c.revision < revision, revision), else_=table.c.revision)
                connection.execute(update(table).where(*where).values(units=None, revision=newest))

    # --- intents ---------------------------------------------------------------------------------------------------

    def claim(
        self, account: AccountId, action: str, key: str, *, digest: str, owner: str, at: datetime, until: datetime
    ) -> Intent | None:
        """See ``Store.claim``."""
        with self._write((account,)) as connection:
            known = records.intent(connection, account, action, key)
            intent = rules.claimed(
                known, account=account, action=action, key=key, digest=digest, owner=owner, at=at, until=until
            )
            if intent is not None and known is None:
                insert_rows(connection, schema.intents, [records.fields_of(intent)])
            elif intent is not None:
                records.renew_intent(connection, intent)
        return intent

    def settle(self, intent: Intent, state: IntentState, *, at: datetime, detail: str = "") -> None:
        """See ``Store.settle``."""
        with self._write((intent.account,)) as connection:
            known = records.intent(connection, intent.account, intent.action, intent.key)
            records.renew_intent(connection, rules.settled(known, intent, state, at=at, detail=detail))

    def intents(self, account: AccountId, action: str, *, state: IntentState | None = IntentState.OPEN) -> list[Intent]:
        """See ``Store.intents``."""
        table = schema.intents
        query = select(table).where(table.c.account == account, table.c.action == action)
        if state is not None:
            query = query.where(table.c.state == state)
        with self._read() as connection:
            found = connection.execute(query.order_by(table.c.written_at, table.c.key)).mappings()
            return [Intent(**records.values(row)) for row in found]

    # --- messages --------------------------------------------------------------------------------------------------

    def post(self, account: AccountId, box: str, messages: Mapping[str, str], *, at: datetime) -> Posted:
        """See ``Mailbox.post``."""
        with self._write((account,)) as connection:
            return boxes.post(connection, account, box, messages, at)

    def withdraw(
        self, account: AccountId, box: str, keys: Collection[str], *, unless: str, at: datetime
    ) -> frozenset[str]:
        """See ``Mailbox.withdraw``."""
        with self._write((account,)) as connection:
            return boxes.withdraw(connection, account, box, keys, unless=unless, at=at)

    def messages(
        self, account: AccountId, box: str, *, after: int = 0, keys: Collection[str] | None = None, limit: int = 1000
    ) -> list[Message]:
        """See ``Mailbox.messages``."""
        with self._read() as connection:
            return boxes.find(connection, account, box, after=after, keys=keys, limit=limit)

    # --- slots -----------------------------------------------------------------------------------------------------

    def reserve_slot(
        self, account: str, lane: str, *, at: datetime, spacing: float, patience: float, within: float = math.inf
    ) -> Slot:
        """See ``Slots.reserve_slot``."""
        with self._write((account,)) as connection:
            known = records.lane(connection, account, lane)
            moment = rules.utc(at)
            stands, slot = reserved(known, account, lane, at=moment, spacing=spacing, patience=patience, within=within)
            records.keep_lane(connection, known, stands)
        return slot

    def hush(self, account: str, lane: str, *, at: datetime, seconds: float) -> None:
        """See ``Slots.hush``."""
        with self._write((account,)) as connection:
            known = records.lane(connection, account, lane)
            records.keep_lane(connection, known, hushed(known, account, lane, at=rules.utc(at), seconds=seconds))

    def quiet_left(self, account: str, lane: str, *, at: datetime) -> float:
        """See ``Slots.quiet_left``."""
        with self._read() as connection:
            return quiet_of(records.lane(connection, account, lane), at=rules.utc(at))

    # --- exception items -------------------------------------------------------------------------------------------

    def raise_items(self, items: Sequence[ExceptionItem]) -> None:
        """See ``Store.raise_items``."""
        if not items:
            return
        table = schema.exceptions
        accounts = sorted({item.account for item in items})
        with self._write(accounts) as connection:
            known: dict[rules.ItemKey, ExceptionItem] = {}
            for entities in chunks({item.entity: None for item in items}):
                query = select(*_ITEM).where(table.c.closed_at.is_(None), table.c.entity.in_(entities))
                rows = connection.execute(query.where(table.c.account.in_(accounts))).mappings()
                known.update((rules.item_key(item), item) for item in map(records.item, rows))
            raised = rules.raise_all(known, items)
            insert_rows(
                connection, table, [records.fields_of(item) for key, item in raised.items() if key not in known]
            )
            update_rows(
                connection,
                table,
                [records.fields_of(item) for key, item in raised.items() if key in known],
                key=("account", "type", "entity"),
                columns=("count", "evidence", "last_seen_at", "deadline", "severity"),
                only_open=True,
            )

    def close_items(
        self,
        account: AccountId,
        *,
        types: Iterable[ExceptionType] = (),
        entity: str | None = None,
        because: str,
        at: datetime,
    ) -> int:
        """See ``Store.close_items``."""
        table, wanted = schema.exceptions, list(types)
        which = [table.c.account == account, table.c.closed_at.is_(None)]
        which += [table.c.type.in_(wanted)] if wanted else []
        which += [table.c.entity == entity] if entity is not None else []
        with self._read() as connection:
            # Nearly always there is nothing to close, and a look costs a fraction of a durable write.
            if connection.execute(select(table.c.id).where(*which).limit(1)).first() is None:
                return 0
        with self._write((account,)) as connection:
            change = update(table).where(*which).values(closed_at=rules.utc(at), closed_because=because)
            return connection.execute(change).rowcount

    def items(self, accounts: Iterable[AccountId] = (), *, open_only: bool = True) -> list[ExceptionItem]:
        """See ``Store.items``."""
        table, wanted = schema.exceptions, list(accounts)
        query = select(*_ITEM)
        if wanted:
            query = query.where(table.c.account.in_(wanted))
        if open_only:
            query = query.where(table.c.closed_at.is_(None))
        with self._read() as connection:
            return sorted(map(records.item, connection.execute(query).mappings()), key=rules.by_deadline)
