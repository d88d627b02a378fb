import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from khaos_connectors.store import MemoryStore, SqlStore, Store

POSTGRES = os.environ.get("KHAOS_TEST_POSTGRES", "")


class Clock:
    """Times for tests: minute *n* of one day."""

    day = datetime(2026, 3, 2, 9, 0, 0, 123457, tzinfo=UTC)

    def __call__(self, minute: float = 0) -> datetime:
        return self.day + timedelta(minutes=minute)


@pytest.fixture(scope="session")
def at() -> Clock:
    return Clock()


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A schema of its own inside the database that KHAOS_TEST_POSTGRES names."""
    if not POSTGRES:
        pytest.skip("KHAOS_TEST_POSTGRES names no PostgreSQL database")
    from sqlalchemy import create_engine, make_url, text

    name = f"khaos_test_{uuid4().hex}"
    engine = create_engine(POSTGRES)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    url = make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={name}"})
    yield url.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRES else [])])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture(params=["memory", "sqlite", *(["postgresql"] if POSTGRES else [])])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store, empty."""
    opened: Store
    if request.param == "memory":
        opened = MemoryStore()
    elif request.param == "sqlite":
        opened = SqlStore(f"sqlite:///{tmp_path / 'store.db'}")
    else:
        opened = SqlStore(request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()
