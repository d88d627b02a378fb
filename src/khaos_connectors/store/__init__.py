"""What a run must remember between now and the next one, or after it was killed.

``open_store`` gives the store behind a URL; ``SqlStore`` needs the extra ``store`` (``postgres`` for PostgreSQL),
``MemoryStore`` needs nothing and remembers as long as the process lives.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from khaos_connectors.errors import ConfigError

if TYPE_CHECKING:
    from khaos_connectors.store.memory import MemoryStore
    from khaos_connectors.store.protocol import Store
    from khaos_connectors.store.sql import SqlStore

__all__ = ["MemoryStore", "SqlStore", "Store", "open_store"]

_HOMES = {
    "MemoryStore": "khaos_connectors.store.memory",
    "SqlStore": "khaos_connectors.store.sql",
    "Store": "khaos_connectors.store.protocol",
}


def open_store(url: str = "sqlite:///khaos.db") -> "Store":
    """The store at *url*: ``memory:``, ``sqlite:///file`` or ``postgresql+psycopg://…``; ``close`` it after use.

    Raises ``ConfigError`` for a URL that cannot work, an extra that is not installed, or a database that a newer
    version of this library has written.
    """
    if url == "memory:":
        from khaos_connectors.store.memory import MemoryStore  # noqa: PLC0415 - each store loads only when chosen

        return MemoryStore()
    try:
        from khaos_connectors.store.sql import SqlStore  # noqa: PLC0415 - sqlalchemy is an extra
    except ModuleNotFoundError as missing:
        if missing.name != "sqlalchemy":
            raise
        raise ConfigError(field="store", problem=str(missing)) from missing
    return SqlStore(url)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
