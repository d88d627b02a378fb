"""The words of a port's methods on the faces that stand before it, for ``help()`` and editors."""

from collections.abc import Callable
from inspect import getdoc, isfunction
from typing import TypeVar

__all__ = ["told_by"]

T = TypeVar("T")


def told_by(port: type) -> Callable[[type[T]], type[T]]:
    """A decorator that gives every method without a docstring the one of the same name in *port*."""

    def tell(face: type[T]) -> type[T]:
        for name, method in vars(face).items():
            if isfunction(method) and not name.startswith("_") and method.__doc__ is None:
                method.__doc__ = getdoc(getattr(port, name, None))
        return face

    return tell
