"""A trading day in the life of two simulated systems, and the auditor who judges what was made of it."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from khaos_connectors.testing.day.audit import Audit, audit_day
    from khaos_connectors.testing.day.channels import ChannelsDay, day_of
    from khaos_connectors.testing.day.clock import DayClock
    from khaos_connectors.testing.day.plan import DayPlan
    from khaos_connectors.testing.day.server import DayServer, serve_day
    from khaos_connectors.testing.day.world import TradingDay

__all__ = [
    "Audit",
    "ChannelsDay",
    "DayClock",
    "DayPlan",
    "DayServer",
    "TradingDay",
    "audit_day",
    "day_of",
    "serve_day",
]

_HOMES = {
    "Audit": "audit",
    "ChannelsDay": "channels",
    "DayClock": "clock",
    "DayPlan": "plan",
    "DayServer": "server",
    "TradingDay": "world",
    "audit_day": "audit",
    "day_of": "channels",
    "serve_day": "server",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
