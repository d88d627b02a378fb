"""What ``check`` says of settings that are wrong: which one to look at."""

from collections.abc import Callable

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.auth import Bearer
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSimulator
from khaos_connectors.testing.simulators.routes import transport

Change = Callable[..., MiraklConfig]


@attrs.define
class Says:
    """Answers V01, and anything else with *status*."""

    status: int
    body: bytes = b'{"message": "No"}'

    def send(self, request: Request) -> Response:
        if request.path == "/api/version" and self.status == 403:
            return Response(status=200, body=b'{"version": "1"}')
        return Response(status=self.status, body=self.body)


@pytest.mark.parametrize(
    ("settings", "status", "told"),
    [
        ({}, 401, r"V01: refused \(401\): No; check api_key: "),
        ({"api_key": None, "auth": Bearer("t")}, 401, "No; check auth: "),
        ({}, 403, r"A01: refused \(403\): No; check shop_id: is 2000 a shop of this key"),
        ({"shop_id": None}, 403, "No; the key's user lacks the role"),
        (
            {"base_url": "https://shop.example.com/foo"},
            404,
            "No; check base_url: https://shop.example.com/foo should be",
        ),
        ({}, 302, "check base_url: "),
    ],
)
def test_a_refusal_names_the_setting(change: Change, settings: dict[str, object], status: int, told: str) -> None:
    """The vendor's word stands, its class and status too; behind it stands what to look at."""
    config = change(**settings)

    with pytest.raises(errors.Refused, match=told) as caught:
        Runner({"john-lewis": Says(status)}, clock=ManualClock()).run(MiraklChannel(config).check())
    assert caught.value.status == status
    assert type(caught.value) is type(caught.value.__cause__)


def test_a_gateway_without_such_a_page(config: MiraklConfig) -> None:
    """A web page that says 404 comes from something in front of the instance, or from another host altogether."""
    runner = Runner({"john-lewis": Says(404, b"<html>Not found</html>")}, clock=ManualClock())

    with pytest.raises(errors.Refused, match="check base_url"):
        runner.run(MiraklChannel(config).check())


def test_another_trouble_stays_as_it_is(change: Change) -> None:
    """No setting is to blame for a conflict."""
    with pytest.raises(errors.Conflict, match=r"No$"):
        Runner({"john-lewis": Says(409)}, clock=ManualClock()).run(MiraklChannel(change()).check())


@pytest.mark.parametrize(
    ("wrong", "told"), [({"api_key": "another"}, "check api_key"), ({"shop_id": 999}, "check shop_id: is 999")]
)
def test_against_a_marketplace(change: Change, wrong: dict[str, object], told: str) -> None:
    """The simulated marketplace refuses a wrong key and a wrong shop as the real one does."""
    clock = ManualClock()
    market = MiraklSimulator(clock=clock.now, api_key="key-123", offers={})

    with pytest.raises(errors.AuthFailed, match=told):
        Runner({"john-lewis": transport(market)}, clock=clock).run(MiraklChannel(change(**wrong)).check())
