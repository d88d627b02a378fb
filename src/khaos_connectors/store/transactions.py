"""The transactions of ``SqlStore``: who may write when, in one process or several, before and after a fork."""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from khaos_connectors._extras import extra
from khaos_connectors.errors import ConfigError
from khaos_connectors.store import schema
from khaos_connectors.store.database import checked, lock_key, open_engine

with extra("store"):
    from sqlalchemy import Connection, func, select
    from sqlalchemy.exc import DBAPIError

__all__ = ["Transactions"]


class Transactions:
    """Connections to the database at *url*, whose schema is brought up to date first.

    Raises ``ConfigError`` for a URL that cannot work or a schema that is newer than this library.
    """

    def __init__(self, url: str) -> None:
        self._url = checked(url)
        self.engine = open_engine(self._url)
        self._writer = self.engine.execution_options(khaos_writes=True)
        self._process = os.getpid()
        try:
            with self.write(("",)) as connection:
                schema.migrate(connection)
        except DBAPIError as error:
            self.close()
            raise ConfigError(field="store", problem=f"cannot open {self.address}: {error.orig}") from error
        except ConfigError as error:
            self.close()
            raise ConfigError(field="store", problem=f"cannot open {self.address}: {error.problem}") from error

    @property
    def address(self) -> str:
        """The URL without its password."""
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Generator[Connection, None, None]:
        """A transaction that only reads."""
        self._leave_parent()
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, accounts: Iterable[str]) -> Generator[Connection, None, None]:
        """A transaction that writes to *accounts*.

        Whoever writes reads first and decides in ``rules``: nobody else may write to these accounts in between.
        """
        self._leave_parent()
        with self._writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                for key in sorted({lock_key(account) for account in accounts}):
                    connection.execute(select(func.pg_advisory_xact_lock(key)))
            yield connection

    def _leave_parent(self) -> None:
        # Connections do not survive a fork: the child leaves the parent's alone and opens its own.
        if self._process != os.getpid():
            self.engine.dispose(close=False)
            self._process = os.getpid()

    def close(self) -> None:
        """Release the connections."""
        self.engine.dispose()
