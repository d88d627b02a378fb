"""Opening databases: addresses, schema versions, and what an error text may say."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import attrs
import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from khaos_connectors import store as stores
from khaos_connectors.core.ids import AccountId, OrderId
from khaos_connectors.core.stock import Demand
from khaos_connectors.errors import ConfigError
from khaos_connectors.store import MemoryStore, SqlStore, database, open_store, schema
from khaos_connectors.store.protocol import Acked, Intent, RawOrder, StoredOrder

At = Callable[..., datetime]
A = AccountId("john-lewis")


class TestOpening:
    def test_memory(self) -> None:
        """The address for tests and dry runs."""
        store = open_store("memory:")

        assert isinstance(store, MemoryStore)
        assert repr(store) == "MemoryStore()"

    def test_a_file_is_made_and_found_again(self, url: str, at: At) -> None:
        """What was written is there after the store was closed."""
        first = open_store(url)
        first.advance(A, "orders", at(1))
        first.close()
        second = open_store(url)

        assert second.watermark(A, "orders") == at(1)
        second.close()

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("sqlite://", "needs a file"),
            ("sqlite:///:memory:", "needs a file"),
            ("mysql://user:s3cret@host/db", "'mysql' is not supported"),
            ("postgresql+asyncpg://user:s3cret@host/db", "not supported"),
            ("s3cret", "cannot be read"),
            ("sqlite:////no/such/folder/x.db", "unable to open"),
            ("postgresql://user:s3cret@127.0.0.1:1/db", "postgres"),
        ],
    )
    def test_an_address_that_cannot_work(self, url: str, words: str) -> None:
        """One clear error, which does not repeat the password."""
        with pytest.raises(ConfigError, match=words) as caught:
            open_store(url)

        assert caught.value.field == "store"
        assert "s3cret" not in str(caught.value)

    @pytest.mark.parametrize("password", ["x@y:s3cret", "x@s3cret:s3cret"])
    def test_a_password_that_breaks_the_address(self, password: str) -> None:
        """Half of it would be taken for the port: it is not repeated, by the error or by what caused it."""
        with pytest.raises(ConfigError, match="cannot be read") as caught:
            open_store(f"postgresql://u:{password}@db.example.com/khaos")

        assert "s3cret" not in repr(caught.value) + str(caught.value) + repr(caught.value.__cause__)

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        """Somebody else's file is left alone."""
        file = tmp_path / "notes.txt"
        file.write_text("These are notes, and no database at all.")

        with pytest.raises(ConfigError, match="not a database"):
            open_store(f"sqlite:///{file}")
        assert file.read_text().startswith("These are notes")

    def test_without_the_extra(self) -> None:
        """Without SQLAlchemy the error names what to install; the store in memory needs nothing."""
        code = """if True:
            import sys
            sys.modules["sqlalchemy"] = None
            from khaos_connectors.store import open_store
            print(open_store("memory:"))
            try:
                open_store("sqlite:///x.db")
            except Exception as error:
                print(type(error).__name__, error)
        """
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

        assert done.stdout.splitlines()[0] == "MemoryStore()"
        assert "ConfigError store: " in done.stdout
        assert "khaos-connectors[store]" in done.stdout

    def test_importing_the_package_loads_no_database(self) -> None:
        """SQLAlchemy is loaded when a database is opened, not before."""
        code = "import sys, khaos_connectors.store as s; s.open_store('memory:'); print('sqlalchemy' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

        assert done.stdout.strip() == "False"

    def test_names(self) -> None:
        """The package offers what it lists and nothing else."""
        assert dir(stores) == sorted(stores.__all__)
        with pytest.raises(AttributeError, match="Nothing"):
            _ = stores.Nothing  # type: ignore[attr-defined] # that is the point


class TestSchema:
    def test_a_newer_schema_is_refused(self, url: str, at: At) -> None:
        """An old program does not write into tables that it does not know; what is there stays."""
        store = SqlStore(url)
        store.advance(A, "orders", at(1))
        store.close()
        newest = schema.MIGRATIONS[-1].version
        run(url, f"INSERT INTO khaos_schema (version) VALUES ({newest + 1})")

        with pytest.raises(ConfigError, match=f"version {newest + 1}.*upgrade"):
            SqlStore(url)

        run(url, f"DELETE FROM khaos_schema WHERE version = {newest + 1}")
        store = SqlStore(url)
        assert store.watermark(A, "orders") == at(1)
        store.close()

    def test_moves_forward_one_version_at_a_time(self, url: str, at: At) -> None:
        """A later migration runs once, on what the earlier ones made, and keeps what was stored."""
        store = SqlStore(url)
        store.keep_raw(A, [RawOrder(order_id=OrderId("1"), payload="x")], at=at(1))
        newest = schema.MIGRATIONS[-1].version
        more = schema.Migration(newest + 1, ("ALTER TABLE khaos_orders ADD COLUMN colour {key} DEFAULT 'blue'",))
        engine = database.open_engine(database.checked(url))
        for _ in range(2):
            with engine.begin() as connection:
                assert schema.migrate(connection, (*schema.MIGRATIONS, more)) == newest + 1

        with engine.begin() as connection:
            versions = connection.execute(text("SELECT version FROM khaos_schema ORDER BY version")).scalars().all()
            assert connection.execute(text("SELECT colour FROM khaos_orders")).scalar_one() == "blue"
        engine.dispose()
        store.close()
        assert versions == list(range(1, newest + 2))

    def test_a_migration_that_fails_changes_nothing(self, url: str) -> None:
        """Half a migration would be a schema that no version knows."""
        engine = database.open_engine(database.checked(url))
        bad = schema.Migration(1, ("CREATE TABLE khaos_half (a INTEGER)", "CREATE NONSENSE"))
        with pytest.raises(Exception, match="NONSENSE"), engine.begin() as connection:
            schema.migrate(connection, (bad,))

        assert inspect(engine).get_table_names() == []
        engine.dispose()

    def test_tables_and_migrations_agree(self, url: str) -> None:
        """The migrations make exactly the columns that the code reads and writes."""
        SqlStore(url).close()
        engine = create_engine(url)
        made = inspect(engine)
        for table in (
            schema.watermarks,
            schema.orders,
            schema.demand,
            schema.revisions,
            schema.acked,
            schema.intents,
            schema.exceptions,
        ):
            assert {column["name"] for column in made.get_columns(table.name)} == set(table.c.keys())
            assert made.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
        engine.dispose()

    def test_columns_are_named_as_the_fields(self) -> None:
        """Rows turn into records by name, so every field has its column."""
        assert set(schema.orders.c.keys()) == fields(StoredOrder)
        assert set(schema.intents.c.keys()) == fields(Intent)
        assert set(schema.acked.c.keys()) == fields(Acked) | {"account"}
        assert set(schema.demand.c.keys()) == fields(Demand) - {"erp_created_at"} | {"position"}

    def test_versions_have_no_gaps(self) -> None:
        """Each migration leads from the version before it to its own."""
        assert [one.version for one in schema.MIGRATIONS] == list(range(1, len(schema.MIGRATIONS) + 1))


class TestSqlite:
    def test_is_durable_and_lets_readers_read(self, tmp_path: Path) -> None:
        """Readers go on while somebody writes, and a commit is on the disk before the call that it stands for."""
        engine = database.open_engine(database.checked(f"sqlite:///{tmp_path / 'store.db'}"))
        with engine.connect() as connection:
            mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
            synchronous = connection.execute(text("PRAGMA synchronous")).scalar_one()
        engine.dispose()

        assert (mode, synchronous) == ("wal", 2)

    def test_a_folder_that_cannot_be_written_is_told_at_once(self, tmp_path: Path) -> None:
        """Only a busy file is worth waiting for."""
        folder = tmp_path / "store.db"
        folder.mkdir()

        with pytest.raises(ConfigError, match="unable to open"):
            SqlStore(f"sqlite:///{folder}")

    def test_errors_hide_what_was_written(self, url: str, at: At) -> None:
        """An order with a customer's name is not in the text of a database error."""
        store = SqlStore(url)
        run(url, "DROP TABLE khaos_demand")
        run(url, "DROP TABLE khaos_orders")

        with pytest.raises(Exception, match="khaos_orders") as caught:
            store.keep_raw(A, [RawOrder(order_id=OrderId("order-77"), payload="Jane Doe")], at=at(1))

        store.close()
        assert "Jane Doe" not in str(caught.value)
        assert "order-77" not in str(caught.value)

    def test_the_password_is_not_shown(self) -> None:
        """Neither in repr nor when the server does not answer."""
        pytest.importorskip("psycopg", reason="the extra postgres is not installed")
        with pytest.raises(ConfigError, match="user:") as caught:
            SqlStore("postgresql+psycopg://user:s3cret@127.0.0.1:1/db?connect_timeout=1")

        assert isinstance(caught.value.__cause__, OperationalError)
        assert "s3cret" not in str(caught.value)
        assert "s3cret" not in str(pickle.loads(pickle.dumps(caught.value)))


def test_postgresql_is_tested(postgres_url: str) -> None:
    """Where a server is given, every test above ran against it, too."""
    store = SqlStore(postgres_url)
    assert "postgresql+psycopg" in repr(store)
    store.close()


def run(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def fields(record: type[attrs.AttrsInstance]) -> set[str]:
    return {field.name for field in attrs.fields(record)}
