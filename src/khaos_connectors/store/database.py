"""How ``SqlStore`` opens a database and writes many rows at once."""

import hashlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from khaos_connectors._extras import extra
from khaos_connectors.errors import ConfigError

with extra("store"):
    from sqlalchemy import Connection, Engine, Table, bindparam, create_engine, event, insert, update
    from sqlalchemy.engine import URL, make_url
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.exc import ArgumentError

__all__ = ["checked", "chunks", "insert_rows", "lock_key", "open_engine", "update_rows"]

_BUSY_SECONDS = 30.0
_CHUNK = 500
_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


# --- opening -------------------------------------------------------------------------------------------------------


def checked(url: str) -> URL:
    """The URL of a database that ``SqlStore`` can use; ``ConfigError`` for any other."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Neither the text nor the error is repeated: both may hold a password, or what was taken for a port of one.
        raise ConfigError(field="store", problem="the URL cannot be read; like sqlite:///khaos.db") from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        problem = f"{parsed.drivername!r} is not supported; use sqlite:///… or postgresql+psycopg://…"
        raise ConfigError(field="store", problem=problem)
    if driver.startswith("sqlite") and (parsed.database or ":memory:") == ":memory:":
        raise ConfigError(field="store", problem="SQLite needs a file; for a store in memory use 'memory:'")
    return parsed.set(drivername=driver)


def open_engine(url: URL) -> Engine:
    """Connections to *url* on which a transaction that writes keeps other writers out from its start."""
    # Parameters are hidden: they are orders with people's names, and an error text ends up in logs.
    if url.get_backend_name() == "postgresql":
        try:
            # Each statement has to see what was committed while this transaction waited for its advisory lock.
            return create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, hide_parameters=True)
        except ModuleNotFoundError as missing:
            problem = "PostgreSQL needs an extra: pip install 'khaos-connectors[postgres]'"
            raise ConfigError(field="store", problem=problem) from missing
    # isolation_level None: the driver leaves BEGIN to us.
    settings = {"timeout": _BUSY_SECONDS, "isolation_level": None}
    engine = create_engine(url, connect_args=settings, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, record: object) -> None:
    cursor = connection.cursor()
    give_up = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            # Turning a new file to WAL does not wait for others by itself, as everything after it does.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A reader that turned into a writer later could not wait its turn; so writers say so at once.
    writes = connection.get_execution_options().get("khaos_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def lock_key(account: str) -> int:
    """The number under which PostgreSQL locks the writes of an account: 64 bits, signed."""
    return int.from_bytes(hashlib.sha256(f"khaos-connectors/{account}".encode()).digest()[:8], signed=True)


# --- rows -----------------------------------------------------------------------------------------------------------


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """*values* in lists that are short enough for one query."""
    every = list(values)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]


def insert_rows(connection: Connection, table: Table, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert *rows* at once; what is no column of *table* is left out."""
    names = set(table.c.keys())
    found = [{name: value for name, value in row.items() if name in names} for row in rows]
    if found:
        connection.execute(insert(table), found)


def update_rows(
    connection: Connection,
    table: Table,
    rows: Iterable[Mapping[str, object]],
    *,
    key: Sequence[str],
    columns: Sequence[str],
    only_open: bool = False,
) -> None:
    """Set *columns* of those rows whose *key* columns are the same as in *rows*, all at once.

    *only_open* leaves exception items alone that are closed.
    """
    change = update(table).where(*(table.c[name] == bindparam(f"its_{name}") for name in key))
    if only_open:
        change = change.where(table.c.closed_at.is_(None))
    change = change.values({name: bindparam(f"new_{name}") for name in columns})
    found = [{**{f"its_{n}": row[n] for n in key}, **{f"new_{n}": row[n] for n in columns}} for row in rows]
    if found:
        connection.execute(change, found)
