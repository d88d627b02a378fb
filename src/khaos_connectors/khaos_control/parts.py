"""Asking for many codes in chunks, so that one code that the server stumbles over does not hide the others."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.effects import Flow

__all__ = ["Asked", "ask_in_parts"]

C = TypeVar("C", bound=str)
T = TypeVar("T")

_TRIES_WITHOUT_SUCCESS = 8
_SPLITS = 64


@attrs.frozen(kw_only=True)
class Asked(Generic[C, T]):
    """The answers in the order they came, each with the codes that it answers, and per code why it has none."""

    answers: tuple[tuple[tuple[C, ...], T], ...]
    failed: dict[C, errors.CallError]


def ask_in_parts(codes: Sequence[C], size: int, ask: Callable[[tuple[C, ...]], Flow[T]]) -> Flow[Asked[C, T]]:
    """What *ask* gives for *codes*, *size* at a time, one after the other.

    A part that is refused or unreadable is halved until the code that it stumbles over stands alone (within reason);
    one that is not answered after all repeats is given up as it is. When nothing at all succeeds the first failure is
    raised, and at once where the account as a whole is concerned: not sent, no credentials, too many calls.
    """
    todo = deque(tuple(codes[start : start + size]) for start in range(0, len(codes), size))
    answers: list[tuple[tuple[C, ...], T]] = []
    failed: dict[C, errors.CallError] = {}
    first: errors.CallError | None = None
    failures, splits = 0, 0
    while todo:
        part = todo.popleft()
        try:
            answers.append((part, (yield from ask(part))))
        except (errors.NotSent, errors.AuthFailed, errors.RateLimited, errors.NotFound):
            raise
        except errors.CallError as problem:
            first = first or problem
            failures += 1
            hopeless = failures >= _TRIES_WITHOUT_SUCCESS or (_is_silence(problem) and failures > 1)
            if not answers and hopeless:
                raise first from None
            if len(part) > 1 and splits < _SPLITS and not _is_silence(problem):
                splits += 1
                middle = len(part) // 2
                todo.extendleft((part[middle:], part[:middle]))
            else:
                failed.update(dict.fromkeys(part, problem))
    if first is not None and not answers:
        raise first
    return Asked(answers=tuple(answers), failed=failed)


def _is_silence(problem: errors.CallError) -> bool:
    return isinstance(problem, errors.Unanswered) or (isinstance(problem, errors.Refused) and problem.retryable)
