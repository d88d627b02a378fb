"""Driving a flow by hand: what it asked for, and what it made of the answers."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

import attrs

from khaos_connectors.calls.effects import Do, Effect, Flow, Gather, Now, Send, Sleep, Step
from khaos_connectors.testing.clock import ManualClock

__all__ = ["Played", "play"]

E = TypeVar("E")
T = TypeVar("T")


@attrs.frozen
class Played(Generic[T]):
    """The *effects* that a flow yielded, those of its steps and gathered flows included, and its *result*."""

    effects: tuple[Effect, ...]
    result: T

    def of(self, kind: type[E]) -> tuple[E, ...]:
        """Those effects that are of one *kind*."""
        return tuple(effect for effect in self.effects if isinstance(effect, kind))


def play(flow: Flow[T], outcomes: Iterable[object] = (), *, clock: ManualClock | None = None) -> Played[T]:
    """Run *flow*, giving it the next of *outcomes* for each ``Send`` and ``Do``.

    An outcome that is an exception is raised at the flow's ``yield``. ``Now`` and ``Sleep`` are answered by *clock*,
    ``Step`` and ``Gather`` play their flows in place. What the flow raises comes out. ``AssertionError`` when the
    outcomes run out early or some are left over.
    """
    script = _Script(iter(outcomes), ManualClock() if clock is None else clock)
    result = script.run(flow)
    left = list(script.outcomes)
    assert not left, f"the flow ended with {len(left)} outcomes left over: {left!r}"
    return Played(tuple(script.effects), result)


class _Script:
    def __init__(self, outcomes: Iterator[object], clock: ManualClock) -> None:
        self.outcomes = outcomes
        self.effects: list[Effect] = []
        self._clock = clock

    def run(self, flow: Flow[T]) -> T:
        try:
            outcome: object = None
            problem: BaseException | None = None
            while True:
                try:
                    effect = flow.send(outcome) if problem is None else flow.throw(problem)
                except StopIteration as done:
                    result: T = done.value
                    return result
                outcome = problem = None
                self.effects.append(effect)
                try:
                    outcome = self._perform(effect)
                except AssertionError:
                    raise
                except Exception as error:  # a played flow's failure belongs to the flow that gathered it
                    problem = error
        finally:
            flow.close()

    def _perform(self, effect: Effect) -> object:
        match effect:
            case Now():
                return self._clock.now()
            case Sleep(seconds=seconds):
                self._clock.sleep(seconds)
                return None
            case Step(flow=flow):
                return self.run(flow())
            case Gather(flows=flows):
                return [self.run(each) for each in flows]
            case Send() | Do():
                outcome = next(self.outcomes, _NOTHING)
                assert outcome is not _NOTHING, f"no outcome is left for {effect!r}"
                if isinstance(outcome, Exception):
                    raise outcome
                return outcome


_NOTHING = object()
