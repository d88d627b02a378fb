"""What settles a question: the configuration, else the instance, else a default."""

import asyncio
import subprocess
import sys
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors, mirakl
from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Response
from khaos_connectors.mirakl.config import MiraklConfig, ShipmentWay
from khaos_connectors.mirakl.instance.asked import Instance, capabilities
from khaos_connectors.mirakl.instance.settling import InstanceFacts, Source, choose
from khaos_connectors.mirakl.models.codes import OrderAcceptance
from khaos_connectors.mirakl.models.features import Features, OrderWorkflows, ShipmentFeatures
from khaos_connectors.mirakl.models.platform import Platform
from khaos_connectors.mirakl.models.shipping import ShippingType
from khaos_connectors.protocols import ChannelCapabilities
from khaos_connectors.testing.play import play

Answer = Callable[..., Response]
Change = Callable[..., MiraklConfig]

maybe = st.none() | st.booleans()
DEFAULTS = ChannelCapabilities(
    needs_acceptance=True,
    partial_acceptance=True,
    several_shipments=False,
    free_text_carriers=False,
    mandatory_tracking=True,
)


def platform(**features: object) -> InstanceFacts:
    return InstanceFacts(platform=Platform(features=Features(**features)))


@given(explicit=maybe, told=maybe, default=st.booleans())
def test_the_strongest_answer_wins(*, explicit: bool | None, told: bool | None, default: bool) -> None:
    """A configured "no" beats an instance's "yes": None alone means "no answer"."""
    chosen = choose(explicit, told, default)
    expected = explicit if explicit is not None else told if told is not None else default
    assert chosen.value is expected
    assert (chosen.source is Source.CONFIGURATION) is (explicit is not None)


def test_an_instance_that_says_nothing(config: MiraklConfig) -> None:
    """The careful defaults hold."""
    assert capabilities(config, InstanceFacts()) == DEFAULTS
    assert capabilities(config, InstanceFacts(platform=Platform(), shipping_types=())) == DEFAULTS


def test_an_instance_that_speaks(config: MiraklConfig) -> None:
    """PC01 and SH12 are believed."""
    facts = attrs.evolve(
        platform(
            order_workflows=OrderWorkflows(order_acceptance=OrderAcceptance.AUTOMATIC),
            shipment=ShipmentFeatures(multi_shipment=True),
            disable_seller_alternative_carrier=False,
        ),
        shipping_types=(ShippingType(code="CLC", mandatory_tracking=False),),
    )
    assert capabilities(config, facts) == ChannelCapabilities(
        needs_acceptance=False,
        partial_acceptance=True,
        several_shipments=True,
        free_text_carriers=True,
        mandatory_tracking=False,
    )


@pytest.mark.parametrize(
    ("code", "waits"),
    [
        (OrderAcceptance.NOT_AUTOMATIC, True),
        (OrderAcceptance.BOTH, True),
        (OrderAcceptance.AUTOMATIC, False),
        (Unrecognised("SOMETIMES"), True),
        (None, True),
    ],
)
def test_acceptance(code: OrderAcceptance | Unrecognised | None, *, waits: bool, config: MiraklConfig) -> None:
    """A word that we do not know leaves the default: orders wait."""
    facts = platform(order_workflows=OrderWorkflows(order_acceptance=code))
    assert capabilities(config, facts).needs_acceptance is waits


def test_a_404_outweighs_the_flag(config: MiraklConfig) -> None:
    """What the operations themselves say is newer than what the platform says of them."""
    facts = attrs.evolve(platform(shipment=ShipmentFeatures(multi_shipment=True)), several_shipments=False)
    assert not capabilities(config, facts).several_shipments


def test_the_configuration_wins(change: Change) -> None:
    """Every capability can be set, against whatever the instance says."""
    wishes = change(
        needs_acceptance=False,
        partial_acceptance=False,
        shipment_way=ShipmentWay.SHIPMENTS,
        free_text_carriers=True,
        mandatory_tracking=False,
    )
    facts = attrs.evolve(
        platform(disable_seller_alternative_carrier=True, shipment=ShipmentFeatures(multi_shipment=False)),
        shipping_types=(ShippingType(code="STD", mandatory_tracking=True),),
    )
    assert capabilities(wishes, facts) == ChannelCapabilities(
        needs_acceptance=False,
        partial_acceptance=False,
        several_shipments=True,
        free_text_carriers=True,
        mandatory_tracking=False,
    )


@pytest.mark.parametrize("status", [403, 404, 405])
def test_optional_settings_may_be_missing(status: int, config: MiraklConfig, answer: Answer) -> None:
    """A platform that does not tell its settings to this key leaves the defaults, and is not asked again."""
    instance = Instance(config, config.caller())
    assert play(instance.platform(), [answer({"message": "no"}, status)]).result is None
    assert play(instance.platform()).of(Send) == ()


def test_trouble_is_not_an_answer(config: MiraklConfig, answer: Answer) -> None:
    """A wrong key or a busy platform is raised, and asked again next time."""
    instance = Instance(config, config.caller())
    with pytest.raises(errors.AuthFailed):
        play(instance.platform(), [answer({"message": "no"}, 401)])
    assert play(instance.platform(), [answer({})]).result == Platform()


# --- the folder ----------------------------------------------------------------------------------------------------


def test_names_are_loaded_when_used() -> None:
    """Importing the folder loads no HTTP library and no model; every promised name is there."""
    assert all(getattr(mirakl, name) is not None for name in mirakl.__all__)
    with pytest.raises(AttributeError):
        _ = mirakl.nothing
    code = "import sys, khaos_connectors.mirakl; print('httpx' in sys.modules, 'cattrs' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_connecting_opens_and_closes(config: MiraklConfig) -> None:
    """``connect`` gives a blocking face for the account without talking to anybody."""
    with mirakl.connect(config) as channel:
        assert (channel.account, channel.channel) == ("john-lewis", "john-lewis")

    async def later() -> str:
        async with mirakl.connect_async(config) as channel:
            return channel.account

    assert asyncio.run(later()) == "john-lewis"
    assert set(dir(mirakl)) >= set(mirakl.__all__)


@pytest.mark.parametrize(("status", "several"), [(404, False), (200, True)])
def test_a_flag_that_is_not_told_is_probed(status: int, *, several: bool, config: MiraklConfig, answer: Answer) -> None:
    """Where PC01 says nothing of shipments, one look at ST11 settles it, once."""
    instance = Instance(config, config.caller())
    outcomes = [answer({}), answer({"data": [], "message": "no"}, status)]
    assert play(instance.several_shipments(), outcomes).result is several
    assert play(instance.several_shipments()).result is several
