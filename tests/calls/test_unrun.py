"""Flows that were forgotten, what is mistaken for a flow, and how flows show in help."""

import asyncio
import gc
import inspect
import warnings
from typing import Any

import pytest

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.client import Client
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import gather, now
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.testing.clock import ManualClock


def test_what_is_no_flow_is_not_taken_for_one() -> None:
    """The iterator of a face yields records and no effects: run by mistake it is refused, not emptied in silence."""
    records: Any = (number for number in (1, 2))
    with pytest.raises(TypeError, match=r"int is no effect.*walk through it"):
        Runner({}).run(records)
    records = (number for number in (1, 2))
    with pytest.raises(TypeError, match="int is no effect"):
        asyncio.run(AsyncRunner({}).run(records))


@warns_unrun
class Port:
    """A port with a flow, a plain method and a flow of its own."""

    def decide(self, order_id: str) -> Flow[str]:
        """Decide."""
        yield from self._look()
        return order_id

    def refuse(self, order_id: str) -> Flow[str]:
        """Decide, after a look at what was given."""
        return self.decide(order_id)

    def forget(self) -> None:
        """No flow."""

    def _look(self) -> Flow[None]:
        yield from now()


def test_a_flow_that_nobody_ran_says_so() -> None:
    """A flow does nothing until it is run: forgotten, it warns by the method's name, as a forgotten coroutine does."""
    with pytest.warns(RuntimeWarning, match=r"the flow Port\.decide was never run, so nothing was done.*client\.run"):
        Port().decide("A")


def test_a_flow_that_is_handed_on_is_told_once() -> None:
    """A method that gives the flow of another is no second one: one warning, by the name of the one that was made."""
    with pytest.warns(RuntimeWarning, match=r"Port\.decide was never run") as heard:
        Port().refuse("A")
    assert len(heard) == 1


def test_a_flow_that_was_run_or_closed_is_silent() -> None:
    """Run, gathered, given up after another failed or closed on purpose: no warning; results and failures pass."""
    port, runner = Port(), Runner({}, clock=ManualClock())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert runner.run(port.decide("A")) == "A"
        assert runner.run(gather([port.decide("A"), port.decide("B")], limit=2)) == ["A", "B"]
        given_up = port.decide("C")
        given_up.close()
        broken = port.decide("D")
        with pytest.raises(KeyError):
            broken.throw(KeyError("x"))
        with pytest.raises(KeyError):
            port.decide("E").throw(KeyError, KeyError("x"), None)
        del given_up, broken
        gc.collect()


def test_a_flow_at_the_wrong_door_is_told_once() -> None:
    """``call`` and ``walk`` refuse a flow and name the right door: that it was not run is no second complaint."""
    client = Client(Caller("s"), Runner({}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for door in (client.call, client.walk):
            wrong: Any = Port().decide("A")
            with pytest.raises(TypeError, match="use run"):
                door(wrong)
            del wrong
        gc.collect()


def test_a_watched_method_is_told_as_before() -> None:
    """Name, words and signature stay; plain methods and inner flows are left alone; a flow shows its name."""
    flow = Port().decide("A")
    assert repr(flow) == "<flow Port.decide>"
    flow.close()
    assert (Port.decide.__doc__, Port.decide.__name__) == ("Decide.", "decide")
    assert inspect.isgeneratorfunction(Port._look)
    Port().forget()


def test_help_says_flow() -> None:
    """A flow is named in ``help()`` and signatures; its six effects are not unfolded."""
    shown = str(inspect.signature(Port.decide))
    assert shown.endswith("Flow[str]")
    assert "Generator" not in shown
