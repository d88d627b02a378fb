"""Typed connectors between an ERP, sales channels and a warehouse.

Importing this package does nothing else: names are loaded when they are first used (PEP 562).
"""

TYPE_CHECKING = False  # type checkers know this name; importing it from typing would cost more than all the rest
if TYPE_CHECKING:
    from khaos_connectors.calls.connect import open_async_runner, open_runner
    from khaos_connectors.errors import ConnectorError

__all__ = ["ConnectorError", "__version__", "open_async_runner", "open_runner"]

__version__ = "0.1.0"

_HOMES = {
    "ConnectorError": "khaos_connectors.errors",
    "open_async_runner": "khaos_connectors.calls.connect",
    "open_runner": "khaos_connectors.calls.connect",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - it is only needed when a name is first used

    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
