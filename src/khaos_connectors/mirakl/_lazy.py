"""Names of a package that are loaded when they are first used (PEP 562): importing the package costs nothing."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module

__all__ = ["lazy_names"]


def lazy_names(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of *package*; *homes* says in which module below this folder each name stands.

    What was loaded stays in the package as an attribute, so that each name is looked up once.
    """

    def load(name: str) -> object:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        loaded: object = getattr(import_module(f"{__package__}.{home}"), name)
        setattr(sys.modules[package], name, loaded)
        return loaded

    return load
