"""Asking an instance for all that it tells: what it refuses stays open, and nothing stops the rest."""

import asyncio
from collections.abc import Callable

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.messages import Lost, Outcome, Request, Response
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.instance.checking import check_each
from khaos_connectors.testing.clock import ManualClock

Change = Callable[..., MiraklConfig]

ANSWERS = {
    "/api/version": '{"version": "3.1"}',
    "/api/account": '{"shop_id": 2000, "shop_name": "Example Home Store", "shop_state": "OPEN"}',
    "/api/platform/configuration": '{"features": {"shipment": {"multi_shipment": true}}}',
    "/api/shipping/types": '{"shipping_types": [{"code": "STD", "label": "Standard", "mandatory_tracking": true}]}',
    "/api/shipping/carriers": '{"carriers": [{"code": "DPD", "label": "DPD"}]}',
    "/api/shipments": '{"data": []}',
    "/api/reasons": '{"reasons": [{"code": "14", "type": "REFUND", "label": "Broken", "is_shop_right": true}]}',
    "/api/additional_fields": '{"additional_fields": [{"code": "gift", "entity": "ORDER", "type": "STRING"}]}',
    "/api/currencies": '{"currencies": [{"code": "GBP"}]}',
    "/api/locales": '{"locales": [{"code": "en_GB"}]}',
    "/api/seller-billing-cycles": '{"data": []}',
    "/api/document-request/requests": '{"data": []}',
}


class Instance:
    """An instance that answers as it is told; *but* replaces single answers by path."""

    def __init__(self, **but: Outcome) -> None:
        self.but = {name.replace("__", "/"): outcome for name, outcome in but.items()}
        self.asked: list[str] = []

    def send(self, request: Request) -> Outcome:
        self.asked.append(request.path)
        for end, outcome in self.but.items():
            if request.path.endswith(end):
                return outcome
        return Response(status=200, body=ANSWERS[request.path].encode())


def runner(instance: Instance, clock: ManualClock | None = None) -> Runner:
    return Runner({"john-lewis": instance}, clock=clock or ManualClock())


def test_everything_that_is_told(config: MiraklConfig) -> None:
    """Eleven questions, each answered."""
    instance = Instance()
    facts = runner(instance).run(MiraklChannel(config).facts())

    assert set(instance.asked) == set(ANSWERS) - {"/api/version", "/api/shipments"}
    assert facts.untold == {}
    assert [each.code for each in facts.reasons or ()] == ["14"]
    assert [each.code for each in facts.custom_fields or ()] == ["gift"]
    assert (facts.currencies, facts.locales, facts.cycles, facts.documents_owed) == (("GBP",), ("en_GB",), (), False)


def test_it_is_asked_once_a_day(config: MiraklConfig) -> None:
    """Checking again asks the version and the shop alone, until the answers are a day old or forgotten."""
    instance, clock, channel = Instance(), ManualClock(), MiraklChannel(config)
    run = runner(instance, clock)
    run.run(channel.check())
    every = len(instance.asked)
    run.run(channel.check())
    assert instance.asked[every:] == ["/api/version", "/api/account"]
    clock.advance(86_400)
    run.run(channel.check())
    assert len(instance.asked) > every + 4
    before = len(instance.asked)
    channel.forget()
    run.run(channel.facts())
    assert len(instance.asked) == before + 10


@pytest.mark.parametrize("status", [403, 404, 405])
def test_what_this_key_may_not_read_is_left_open(status: int, config: MiraklConfig) -> None:
    """A narrow key is no failure: the rest is told, and the notes name what was not."""
    refused = Response(status=status, body=b'{"message": "Forbidden"}')
    instance = Instance(reasons=refused, configuration=refused, carriers=refused)
    channel = MiraklChannel(config)
    run = runner(instance)
    health = run.run(channel.check())

    assert health.problems == ()
    assert {note.split(":")[1].strip() for note in health.notes if note.startswith("not told")} == {
        "RE01",
        "PC01",
        "SH21",
    }
    asked = len(instance.asked)
    run.run(channel.check())
    assert len(instance.asked) == asked + 2, "a plain no is kept, too"


def test_a_trouble_that_passes_is_asked_again(config: MiraklConfig) -> None:
    """A busy answer or one that cannot be read leaves its question open until the next time."""
    channel = MiraklChannel(attrs.evolve(config, retry=RetryPolicy(attempts=1)))
    shaky = Instance(reasons=Response(status=503), locales=Response(status=200, body=b'{"locales": 7}'))
    facts = runner(shaky).run(channel.facts())
    assert set(facts.untold) == {"RE01", "L01"}

    assert runner(Instance()).run(channel.facts()).untold == {}


def test_an_instance_that_falls_silent_is_not_asked_eleven_times(config: MiraklConfig) -> None:
    """Each question would wait its own time: after the first silence the others are left open at once."""
    silent = Instance(configuration=Lost(sent=True, reason="no answer in time"))
    channel = MiraklChannel(attrs.evolve(config, retry=RetryPolicy(attempts=1)))
    health = runner(silent).run(channel.check())

    assert silent.asked == ["/api/version", "/api/account", "/api/platform/configuration"]
    assert len([note for note in health.notes if note.endswith("the instance does not answer")]) == 9


def test_check_names_shop_and_version(config: MiraklConfig) -> None:
    """V01 proves the address, A01 key and shop."""
    health = runner(Instance()).run(MiraklChannel(config).check())
    assert (health.version, health.notes[0], health.problems) == ("3.1", "shop 2000 Example Home Store", ())


def test_check_tells_what_a_person_should_know(change: Change) -> None:
    """A closed shop, another shop than asked for and a language that is off are problems; no state is refused."""
    shop = Response(status=200, body=b'{"shop_id": 7, "shop_state": "TERMINATED_TWICE"}')
    health = runner(Instance(account=shop)).run(MiraklChannel(change(locale="fr_FR")).check())
    assert health.problems == (
        "the shop is not open: TERMINATED_TWICE",
        "asked for shop 2000, got 7",
        "locale: 'fr_FR' is not switched on there; there are en_GB",
    )
    assert health.notes[1:4] == health.problems
    quiet = Response(status=200, body=b'{"shop_id": 2000}')
    found = runner(Instance(account=quiet)).run(MiraklChannel(change()).check()).problems
    assert found == ("the shop is not open: (not told)",)


@pytest.mark.parametrize(
    "trouble",
    [
        Response(status=401, body=b'{"message": "Unauthorized"}'),
        Response(status=403, body=b"<html>switched off</html>"),
        Lost(sent=False, reason="could not connect"),
        Response(status=200, body=b"<html>maintenance</html>"),
    ],
)
@pytest.mark.parametrize("awaited", [False, True])
def test_complaint_15_one_marketplace_that_is_switched_off_stops_no_other(
    trouble: Outcome, *, awaited: bool, config: MiraklConfig
) -> None:
    """Of three accounts the second is away: the other two are checked, and it says what is the matter with it."""
    names = ("one", "away", "three")
    systems = {name: Instance(version=trouble, account=trouble) if name == "away" else Instance() for name in names}
    retry = RetryPolicy(attempts=1)
    channels = [MiraklChannel(attrs.evolve(config, account=AccountId(name), retry=retry)) for name in names]

    if awaited:

        class Later:
            def __init__(self, instance: Instance) -> None:
                self.instance = instance

            async def send(self, request: Request) -> Outcome:
                return self.instance.send(request)

        later = {name: Later(system) for name, system in systems.items()}
        found = asyncio.run(AsyncRunner(later, clock=ManualClock()).run(check_each(channels)))
    else:
        found = Runner(systems, clock=ManualClock()).run(check_each(channels))

    assert [each.account for each in found] == list(names)
    assert [bool(each.health) for each in found] == [True, False, True]
    assert found[1].trouble.startswith("away.")
    assert found[0].trouble == found[2].trouble == ""


def test_complaint_15_an_account_without_a_connection_stops_no_other(config: MiraklConfig) -> None:
    """One that nobody has opened a connection for is told as what it is."""
    channels = [MiraklChannel(attrs.evolve(config, account=AccountId(name))) for name in ("john-lewis", "unopened")]
    found = runner(Instance()).run(check_each(channels))
    assert found[0].health is not None
    assert "unopened" in found[1].trouble


def test_a_failure_of_the_program_is_not_hidden(config: MiraklConfig) -> None:
    """Only what a call or a setting can do wrong is an account's trouble."""

    class Broken:
        def send(self, request: Request) -> Outcome:
            raise RuntimeError("a mistake in a transport")

    with pytest.raises(RuntimeError):
        Runner({"john-lewis": Broken()}, clock=ManualClock()).run(check_each([MiraklChannel(config)]))


def test_wrong_credentials_are_an_error_of_check(config: MiraklConfig) -> None:
    """For one account alone nothing is softened."""
    with pytest.raises(errors.AuthFailed):
        runner(Instance(version=Response(status=401))).run(MiraklChannel(config).check())
