"""Names that become elements: an operation, a parameter, a tag."""

import re

from khaos_connectors.errors import ConfigError

__all__ = ["check_name", "is_name"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def is_name(name: str) -> bool:
    """Whether *name* can be the name of an XML element."""
    return _NAME.fullmatch(name) is not None


def check_name(field: str, name: str) -> None:
    """``ConfigError`` for *field* unless *name* can be the name of an XML element."""
    if not is_name(name):
        raise ConfigError(field=field, problem=f"{name!r} is not a name for an XML element")
