"""The words of a role's methods on the faces that play it, for ``help()`` and editors."""

from collections.abc import Callable
from inspect import getdoc, isfunction
from typing import TypeVar

__all__ = ["told_by"]

T = TypeVar("T")


def told_by(role: type) -> Callable[[type[T]], type[T]]:
    """A decorator that gives every method without a docstring the one of the same name in *role*, a port or a face."""

    def tell(face: type[T]) -> type[T]:
        for name, method in vars(face).items():
            if isfunction(method) and not name.startswith("_") and method.__doc__ is None:
                method.__doc__ = getdoc(getattr(role, name, None))
        return face

    return tell
