"""What is opened by a ``with`` block, and what it says when the block was forgotten or has ended."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from functools import wraps
from types import TracebackType
from typing import TYPE_CHECKING, Generic, NoReturn, ParamSpec, TypeVar

from khaos_connectors.errors import ConfigError

__all__ = ["AsyncOpening", "Opening", "opened_by_async_with", "opened_by_with"]

P = ParamSpec("P")
T = TypeVar("T")


class _Unopened:
    """Knows the call that made it, to say how it is opened."""

    _word = "with"

    def __init__(self, call: str) -> None:
        self._call = call
        self._entered = False

    def __repr__(self) -> str:
        return f"<not opened yet: {self._word} {self._call}(...) as opened: ...>"

    if not TYPE_CHECKING:  # a type checker finds the missing name by itself

        def __getattr__(self, name: str) -> NoReturn:
            call = vars(self).get("_call", type(self).__name__)
            raise AttributeError(
                f"what {call}(...) gives has no {name!r}: a block opens it first, "
                f"{self._word} {call}(...) as opened: opened.{name}"
            )

    def _enter(self) -> None:
        if self._entered:
            problem = f"was opened by a block before; call {self._call}(...) again for another one"
            raise ConfigError(field=self._call, problem=problem)
        self._entered = True


class Opening(_Unopened, Generic[T]):
    """What ``with`` opens, once: the block gets it, and it is closed at the block's end."""

    def __init__(self, call: str, opened: AbstractContextManager[T]) -> None:
        super().__init__(call)
        self._opened = opened

    def __enter__(self) -> T:
        self._enter()
        return self._opened.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._opened.__exit__(kind, error, trace)


class AsyncOpening(_Unopened, Generic[T]):
    """``Opening`` for ``async with``."""

    _word = "async with"

    def __init__(self, call: str, opened: AbstractAsyncContextManager[T]) -> None:
        super().__init__(call)
        self._opened = opened

    async def __aenter__(self) -> T:
        self._enter()
        return await self._opened.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._opened.__aexit__(kind, error, trace)


def opened_by_with(function: Callable[P, Generator[T, None, None]]) -> Callable[P, Opening[T]]:
    """``contextlib.contextmanager`` with words of our own for a ``with`` that was forgotten."""
    managed = contextmanager(function)

    @wraps(function)
    def opening(*args: P.args, **kwargs: P.kwargs) -> Opening[T]:
        return Opening(function.__name__, managed(*args, **kwargs))

    return opening


def opened_by_async_with(function: Callable[P, AsyncGenerator[T, None]]) -> Callable[P, AsyncOpening[T]]:
    """``contextlib.asynccontextmanager`` with words of our own for an ``async with`` that was forgotten."""
    managed = asynccontextmanager(function)

    @wraps(function)
    def opening(*args: P.args, **kwargs: P.kwargs) -> AsyncOpening[T]:
        return AsyncOpening(function.__name__, managed(*args, **kwargs))

    return opening
