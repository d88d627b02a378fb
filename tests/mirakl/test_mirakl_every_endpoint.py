"""Every endpoint there is, found by itself, under bad weather: refused, busy, malformed, lost, never sent."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from inspect import signature

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Call, Lost, Response
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.operations import OPERATIONS, Answer, Keeping
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.mirakl_call_strategies import (
    accepted_arguments,
    endpoint_functions,
    one_call,
    operation_of,
)
from khaos_connectors.testing.play import play

ENDPOINTS = endpoint_functions()
SAID = {"status": 400, "message": "No, because."}

each = pytest.mark.parametrize("name", sorted(ENDPOINTS))
Run = Callable[..., object]
Make = Callable[..., Response]


@cache
def made(name: str) -> Call[object]:
    return one_call(ENDPOINTS[name])


@pytest.fixture
def run(config: MiraklConfig) -> Run:
    """The result of an endpoint's call under scripted outcomes."""
    return lambda name, *outcomes: play(config.caller().perform(made(name)), outcomes)


@each
def test_a_call_says_what_it_is(name: str) -> None:
    """Each call carries the code that its function's first line names, an address below /api, and who may repeat it."""
    call, known = made(name), OPERATIONS[operation_of(ENDPOINTS[name])]
    assert call.operation == known.code
    assert call.request.method == known.method
    assert call.request.path.startswith("/api/")
    assert call.repeat == known.repeat


LISTS = sorted(name for name, function in ENDPOINTS.items() if "size" in signature(function).parameters)


@pytest.mark.parametrize("name", LISTS)
def test_a_page_is_as_large_as_the_operation_gives(name: str) -> None:
    """The largest page is asked for, 2000 of the log and 1000 billing cycles; one row more is refused unsent."""
    most = {"TL02": 2000, "SBC11": 1000}.get(operation_of(ENDPOINTS[name]), 100)
    assert OPERATIONS[operation_of(ENDPOINTS[name])].most == most
    given = accepted_arguments(ENDPOINTS[name])
    if "token" in given:
        given["token"] = ""  # a token goes without a size
    query = dict(ENDPOINTS[name](**given | {"size": most}).request.query)
    assert query.get("max", query.get("limit")) == str(most)
    for wrong in (0, most + 1):
        with pytest.raises(errors.Invalid):
            ENDPOINTS[name](**given | {"size": wrong})


REFUSALS: dict[int, type[errors.Refused]] = {
    400: errors.Invalid,
    401: errors.AuthFailed,
    403: errors.AuthFailed,
    404: errors.NotFound,
    405: errors.Refused,
    415: errors.Refused,
}


@each
def test_refused(name: str, run: Run, answer: Make) -> None:
    """Whatever is refused is one typed error with account, operation, status and Mirakl's words, asked for once."""
    for status, expected in REFUSALS.items():
        with pytest.raises(expected) as caught:
            run(name, answer(SAID, status, {"x-request-id": "r-1"}))
        refused = caught.value
        assert (refused.operation, refused.status, refused.message) == (made(name).operation, status, "No, because.")
        assert (refused.system, refused.request_id) == ("a", "r-1")


@each
def test_busy(name: str, config: MiraklConfig, answer: Make) -> None:
    """A 429 took no effect: whatever it is, it is made again, and not before Mirakl said."""
    clock = ManualClock()
    before = clock.now()
    busy = answer(SAID, 429, {"retry-after": "70"})
    with pytest.raises(errors.NotFound):
        play(config.caller().perform(made(name)), [busy, answer(SAID, 404)], clock=clock)
    assert (clock.now() - before).total_seconds() >= 70


@each
def test_lost_answer(name: str, run: Run, answer: Make) -> None:
    """Sent and unanswered: repeated where that is harmless, else its outcome is unknown and nothing more is sent."""
    lost = Lost(sent=True, reason="connection closed")
    if made(name).repeat == "never":
        with pytest.raises(errors.Unanswered):
            run(name, lost)
    else:
        with pytest.raises(errors.NotFound):
            run(name, lost, answer(SAID, 404))


@each
def test_never_sent(name: str, run: Run, answer: Make) -> None:
    """What never left took no effect, so it is sent again, whatever it is."""
    with pytest.raises(errors.NotFound):
        run(name, Lost(sent=False, reason="refused"), answer(SAID, 404))


@pytest.mark.parametrize(
    "name", sorted(name for name, one in ENDPOINTS.items() if OPERATIONS[operation_of(one)].answer is Answer.JSON)
)
def test_malformed(name: str, run: Run, answer: Make) -> None:
    """A web page, half an answer or JSON of another shape under a 200 is never taken for an answer."""
    never = made(name).repeat == "never"
    export = made(name).operation in {"OR15", "TL05"}
    for body in ["<html>Maintenance</html>", '{"cut": [', *([] if export else ["[]", '"text"'])]:
        with pytest.raises((errors.Undecodable, errors.Unanswered)) as caught:
            run(name, *[answer(body)] * (1 if never else 4))
        assert caught.value.operation == made(name).operation


@pytest.mark.parametrize(
    "name",
    sorted(name for name, one in ENDPOINTS.items() if OPERATIONS[operation_of(one)].usage.keeping is Keeping.WAIT),
)
@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_every_limit_is_kept(name: str, factor: float, config: MiraklConfig, answer: Make) -> None:
    """Two calls in a row lie as far apart as the operation's documented limit wants it, times the account's factor."""
    limit = OPERATIONS[made(name).operation].usage.limit
    assert limit is not None
    caller = attrs.evolve(config, pace_factor=factor).caller()
    clock, begun = ManualClock(), list[datetime]()
    for _ in range(2):
        with pytest.raises(errors.NotFound):
            play(caller.perform(made(name)), [answer(SAID, 404)], clock=clock)
        begun.append(clock.now())
    apart = (begun[1] - begun[0]).total_seconds()
    assert factor * limit.seconds / limit.calls <= apart <= 1.2 * factor * limit.seconds / limit.calls
