"""The tables of ``SqlStore``, how values lie in them, and the steps from an empty database to today's schema."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Generic, TypeVar

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.core.exception_report import ExceptionType, RetryClass, Severity, Team
from khaos_connectors.errors import ConfigError
from khaos_connectors.store.protocol import IntentState, Progress
from khaos_connectors.store.rules import utc

with extra("store"):
    from sqlalchemy import (
        BigInteger,
        Boolean,
        Column,
        Connection,
        Dialect,
        Integer,
        LargeBinary,
        MetaData,
        Table,
        Text,
        text,
    )
    from sqlalchemy.types import TypeDecorator

__all__ = [
    "MIGRATIONS",
    "Migration",
    "acked",
    "demand",
    "exceptions",
    "intents",
    "messages",
    "migrate",
    "orders",
    "revisions",
    "slots",
    "watermarks",
]

E = TypeVar("E", bound=Enum)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


# --- how values lie in the tables ----------------------------------------------------------------------------------


class _Instant(TypeDecorator[datetime]):
    """An aware time as microseconds since 1970 in UTC: exact, and numbers compare as the times do."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (utc(value) - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


class _Coded(TypeDecorator[E], Generic[E]):
    """A member of an enumeration by its value, in words that a person who looks into the database can read."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[E]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value.value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        return None if value is None else self.kind(value)


class _Graded(TypeDecorator[Severity]):
    """A severity by its number, so that they can be compared in a query."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Severity | None, dialect: Dialect) -> int | None:
        return None if value is None else value.value

    def process_result_value(self, value: int | None, dialect: Dialect) -> Severity | None:
        return None if value is None else Severity(value)


class _Raw(TypeDecorator[str]):
    """Text exactly as it came. Bytes, because a broken order may hold what a text column refuses (NUL, surrogates)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


class _Words(TypeDecorator[str]):
    """Free text for people; characters that a database refuses become U+FFFD, so that no message stops a batch."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return (
            value.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        )


class _Evidence(TypeDecorator[Mapping[str, str]]):
    """A mapping of texts as a JSON object in ASCII."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(dict(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, str] | None:
        if value is None:
            return None
        found: dict[str, str] = json.loads(value)
        return found


# --- tables: their columns are named as the fields of the records --------------------------------------------------

_metadata = MetaData()

watermarks = Table(
    "khaos_watermarks",
    _metadata,
    Column("account", Text, primary_key=True),
    Column("feed", Text, primary_key=True),
    Column("reached", _Instant),
)
orders = Table(
    "khaos_orders",
    _metadata,
    Column("account", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("payload", _Raw),
    Column("digest", Text),
    Column("progress", _Coded(Progress)),
    Column("fresh", Boolean),
    Column("first_seen_at", _Instant),
    Column("last_seen_at", _Instant),
    Column("changed_at", _Instant),
    Column("marked_at", _Instant),
    Column("reference", Text),
    Column("erp_code", Text),
    Column("erp_created_at", _Instant),
    Column("why", _Words),
)
demand = Table(
    "khaos_demand",
    _metadata,
    Column("account", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("line_id", Text),
    Column("stock_code", Text),
    Column("ordered", BigInteger),
    Column("cancelled", BigInteger),
    Column("refused", BigInteger),
    Column("allocated", BigInteger),
    Column("despatched", BigInteger),
)
revisions = Table(
    "khaos_revisions",
    _metadata,
    Column("account", Text, primary_key=True),
    Column("revision", BigInteger),
)
acked = Table(
    "khaos_acked",
    _metadata,
    Column("account", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("units", BigInteger),
    Column("revision", BigInteger),
    Column("at", _Instant),
)
intents = Table(
    "khaos_intents",
    _metadata,
    Column("account", Text, primary_key=True),
    Column("action", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text),
    Column("state", _Coded(IntentState)),
    Column("attempts", BigInteger),
    Column("written_at", _Instant),
    Column("leased_until", _Instant),
    Column("owner", Text),
    Column("taken_over", Boolean),
    Column("detail", _Words),
    Column("failures", BigInteger),
)
messages = Table(
    "khaos_messages",
    _metadata,
    Column("account", Text, primary_key=True),
    Column("box", Text, primary_key=True),
    Column("key", _Raw, primary_key=True),
    Column("payload", _Raw),
    Column("digest", Text),
    Column("sequence", BigInteger),
    Column("at", _Instant),
    Column("seen_at", _Instant),
)
slots = Table(
    "khaos_slots",
    _metadata,
    Column("account", Text, primary_key=True),
    Column("lane", Text, primary_key=True),
    Column("seen", _Instant),
    Column("free", _Instant),
    Column("quiet", _Instant),
)
exceptions = Table(
    "khaos_exceptions",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text),
    Column("type", _Coded(ExceptionType)),
    Column("entity", Text),
    Column("team", _Coded(Team)),
    Column("severity", _Graded),
    Column("opened_at", _Instant),
    Column("deadline", _Instant),
    Column("retry", _Coded(RetryClass)),
    Column("fix", _Words),
    Column("evidence", _Evidence),
    Column("count", BigInteger),
    Column("last_seen_at", _Instant),
    Column("closed_at", _Instant),
    Column("closed_because", _Words),
    Column("escalated_at", _Instant),
)


# --- migrations ----------------------------------------------------------------------------------------------------


@attrs.frozen
class Migration:
    """The statements that lead from the schema of version ``version - 1`` to *version*; never edited once released.

    ``{key}`` stands for text that sorts by code point, ``{bytes}`` and ``{serial}`` for the database's own types.
    """

    version: int
    statements: tuple[str, ...]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        (
            """CREATE TABLE khaos_watermarks (
                account {key} NOT NULL, feed {key} NOT NULL, reached BIGINT NOT NULL,
                PRIMARY KEY (account, feed))""",
            """CREATE TABLE khaos_orders (
                account {key} NOT NULL, order_id {key} NOT NULL, payload {bytes} NOT NULL, digest TEXT NOT NULL,
                progress TEXT NOT NULL, fresh BOOLEAN NOT NULL, first_seen_at BIGINT NOT NULL,
                last_seen_at BIGINT NOT NULL, changed_at BIGINT, marked_at BIGINT, reference {key}, erp_code TEXT,
                erp_created_at BIGINT, why TEXT NOT NULL,
                PRIMARY KEY (account, order_id))""",
            "CREATE UNIQUE INDEX khaos_orders_reference ON khaos_orders (reference)",
            "CREATE INDEX khaos_orders_progress ON khaos_orders (account, progress, order_id)",
            """CREATE TABLE khaos_demand (
                account {key} NOT NULL, order_id {key} NOT NULL, position INTEGER NOT NULL, line_id TEXT NOT NULL,
                stock_code TEXT NOT NULL, ordered BIGINT NOT NULL, cancelled BIGINT NOT NULL, refused BIGINT NOT NULL,
                allocated BIGINT NOT NULL, despatched BIGINT NOT NULL,
                PRIMARY KEY (account, order_id, position))""",
            "CREATE TABLE khaos_revisions (account {key} NOT NULL PRIMARY KEY, revision BIGINT NOT NULL)",
            """CREATE TABLE khaos_acked (
                account {key} NOT NULL, sku {key} NOT NULL, units BIGINT, revision BIGINT NOT NULL,
                at BIGINT NOT NULL,
                PRIMARY KEY (account, sku))""",
            """CREATE TABLE khaos_intents (
                account {key} NOT NULL, action {key} NOT NULL, "key" {key} NOT NULL, digest TEXT NOT NULL,
                state TEXT NOT NULL, attempts BIGINT NOT NULL, written_at BIGINT NOT NULL, leased_until BIGINT NOT NULL,
                owner TEXT NOT NULL, taken_over BOOLEAN NOT NULL, detail TEXT NOT NULL,
                failures BIGINT NOT NULL,
                PRIMARY KEY (account, action, "key"))""",
            "CREATE INDEX khaos_intents_state ON khaos_intents (account, action, state, written_at)",
            """CREATE TABLE khaos_exceptions (
                id {serial}, account {key} NOT NULL, type TEXT NOT NULL, entity {key} NOT NULL, team TEXT NOT NULL,
                severity INTEGER NOT NULL, opened_at BIGINT NOT NULL, deadline BIGINT NOT NULL, retry TEXT NOT NULL,
                fix TEXT NOT NULL, evidence TEXT NOT NULL, count BIGINT NOT NULL, last_seen_at BIGINT,
                closed_at BIGINT, closed_because TEXT NOT NULL)""",
            """CREATE UNIQUE INDEX khaos_exceptions_open ON khaos_exceptions (account, type, entity)
                WHERE closed_at IS NULL""",
            "CREATE INDEX khaos_exceptions_deadline ON khaos_exceptions (account, deadline)",
        ),
    ),
    Migration(2, ("ALTER TABLE khaos_exceptions ADD COLUMN escalated_at BIGINT",)),
    Migration(
        3,
        (
            """CREATE TABLE khaos_messages (
                account {key} NOT NULL, box {key} NOT NULL, "key" {bytes} NOT NULL, payload {bytes} NOT NULL,
                digest TEXT NOT NULL, sequence BIGINT NOT NULL, at BIGINT NOT NULL, seen_at BIGINT NOT NULL,
                PRIMARY KEY (account, box, "key"))""",
            "CREATE UNIQUE INDEX khaos_messages_sequence ON khaos_messages (account, box, sequence)",
        ),
    ),
    Migration(
        4,
        (
            """CREATE TABLE khaos_slots (
                account {key} NOT NULL, lane {key} NOT NULL, seen BIGINT NOT NULL, free BIGINT NOT NULL,
                quiet BIGINT,
                PRIMARY KEY (account, lane))""",
        ),
    ),
)

_TYPES: Mapping[str, Mapping[str, str]] = {
    "sqlite": {"key": "TEXT", "bytes": "BLOB", "serial": "INTEGER PRIMARY KEY AUTOINCREMENT"},
    "postgresql": {
        "key": 'TEXT COLLATE "C"',
        "bytes": "BYTEA",
        "serial": "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
    },
}


def migrate(connection: Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> int:
    """Bring the schema behind *connection* to the newest version, inside its transaction; the version it has now.

    The caller holds the right to write, so that of several processes one migrates and the others find it done.
    Raises ``ConfigError``, and changes nothing, for a schema that is newer than *migrations* know.
    """
    connection.execute(text("CREATE TABLE IF NOT EXISTS khaos_schema (version INTEGER NOT NULL PRIMARY KEY)"))
    present: int = connection.execute(text("SELECT COALESCE(MAX(version), 0) FROM khaos_schema")).scalar_one()
    newest = migrations[-1].version
    if present > newest:
        problem = f"its schema has version {present}, this library knows up to {newest}: upgrade khaos-connectors"
        raise ConfigError(field="store", problem=problem)
    types = _TYPES[connection.dialect.name]
    for migration in migrations:
        if migration.version > present:
            for statement in migration.statements:
                connection.exec_driver_sql(statement.format_map(types))
            connection.execute(text("INSERT INTO khaos_schema (version) VALUES (:new)"), {"new": migration.version})
    return newest
