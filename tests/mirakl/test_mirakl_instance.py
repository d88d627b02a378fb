"""What settles a question: the configuration, else the instance, else a default; and John Lewis's list of questions."""

import asyncio
import subprocess
import sys
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors, mirakl
from khaos_connectors.calls.decode import Unrecognised, parse_json, read
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl import john_lewis
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig, ShipmentWay
from khaos_connectors.mirakl.instance import Instance, capabilities
from khaos_connectors.mirakl.models.codes import OrderAcceptance, ShopModel
from khaos_connectors.mirakl.models.features import Features, OrderWorkflows, ShipmentFeatures
from khaos_connectors.mirakl.models.platform import Platform, PlatformModel, PlatformSettings
from khaos_connectors.mirakl.models.shipping import Carrier, ShippingType
from khaos_connectors.mirakl.models.shops import Account
from khaos_connectors.mirakl.settling import InstanceFacts, Source, choose
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


@pytest.mark.parametrize("status", [200, 403])
def test_all_facts_at_once(status: int, config: MiraklConfig, answer: Answer, sample: Callable[[str], str]) -> None:
    """What a start-up reads for the list of open questions; what this key may not read is left open."""
    outcomes = [
        answer(sample("platform.json")),
        answer(sample("shipping_types.json")),
        answer(sample("account.json"), status),
        answer(sample("carriers.json"), status),
    ]
    facts = play(MiraklChannel(config).facts(), outcomes).result
    assert facts.several_shipments
    assert facts.platform is not None
    assert (facts.account is not None, facts.carriers is not None) == (status == 200, status == 200)
    settled = {each.question: each.source for each in john_lewis.settle(config, facts)}
    assert (settled["carriers"] is Source.INSTANCE) is (status == 200)


def test_trouble_is_not_an_answer(config: MiraklConfig, answer: Answer) -> None:
    """A wrong key or a busy platform is raised, and asked again next time."""
    instance = Instance(config, config.caller())
    with pytest.raises(errors.AuthFailed):
        play(instance.platform(), [answer({"message": "no"}, 401)])
    assert play(instance.platform(), [answer({})]).result == Platform()


# --- John Lewis ----------------------------------------------------------------------------------------------------


@pytest.fixture
def jl() -> MiraklConfig:
    """John Lewis as the defaults have it."""
    return john_lewis.configure(AccountId("john-lewis"), api_key=Secret("k"))


def test_where_john_lewis_is(jl: MiraklConfig) -> None:
    """One call gives a working configuration; the address and everything else can be changed."""
    assert jl.connection().base_url == "https://johnlewisuk-prod.mirakl.net"
    other = attrs.evolve(jl, base_url=john_lewis.LIKELY_TEST_HOSTS[0] + "/api", shop_id=5)
    assert other.base_url == "https://johnlewisuk-preprod.mirakl.net"


def test_every_question_has_a_place_and_a_default(jl: MiraklConfig) -> None:
    """Each of the open questions is answered, once, whatever the instance told."""
    settled = john_lewis.settle(jl, InstanceFacts())
    assert [each.question for each in settled] == [each.name for each in john_lewis.QUESTIONS]
    assert len({each.name for each in john_lewis.QUESTIONS}) == len(john_lewis.QUESTIONS) == 17
    assert all(each.answer and each.read_in for each in settled)
    told = {each.question for each in settled if each.source is not Source.DEFAULT}
    assert told == {"VAT"}, "orders are asked for with taxes included, by configuration"


def answers(config: MiraklConfig, facts: InstanceFacts) -> dict[str, tuple[str, Source]]:
    return {each.question: (each.answer, each.source) for each in john_lewis.settle(config, facts)}


def test_the_instance_beats_the_defaults(jl: MiraklConfig, sample: Callable[[str], str]) -> None:
    """What A01, PC01, SH12 and SH21 say is taken over."""
    body = parse_json(Response(status=200, body=sample("platform.json").encode()), system="a", operation="PC01")
    facts = InstanceFacts(
        account=Account(shop_id=1, model=ShopModel.DROPSHIP, currency_iso_code="EUR"),
        platform=read(Platform, body, system="a", operation="PC01"),
        shipping_types=(
            ShippingType(code="STD", mandatory_tracking=True),
            ShippingType(code="CLC", mandatory_tracking=False),
        ),
        carriers=(Carrier(code="DPDUK"),),
    )
    found = answers(jl, facts)
    assert found["model"] == ("DROPSHIP", Source.INSTANCE)
    assert found["acceptance"] == ("NOT_AUTOMATIC", Source.INSTANCE)
    assert found["tracking"] == ("for STD", Source.INSTANCE)
    assert found["carriers"] == ("DPDUK; no others", Source.INSTANCE)
    assert found["several parcels"] == ("yes", Source.INSTANCE)
    assert found["returns"] == ("marketplace", Source.INSTANCE)
    assert found["invoices"] == ("no", Source.INSTANCE)
    assert found["currency"] == ("EUR", Source.INSTANCE)
    assert found["VAT"] == ("TAX_INCLUDED", Source.CONFIGURATION)


def test_the_configuration_beats_the_instance(jl: MiraklConfig) -> None:
    """A merchant who knows better says so once."""
    facts = InstanceFacts(account=Account(shop_id=1, model=ShopModel.DROPSHIP), several_shipments=True)
    known = attrs.evolve(
        jl, model=ShopModel.MARKETPLACE, shipment_way=ShipmentWay.ORDER, needs_acceptance=False, locale="en_GB"
    )
    found = answers(known, facts)
    for question, answer in (
        ("model", "MARKETPLACE"),
        ("several parcels", "no"),
        ("acceptance", "AUTOMATIC"),
        ("language", "en_GB"),
    ):
        assert found[question] == (answer, Source.CONFIGURATION)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [({"drop_ship": True}, "DROPSHIP"), ({"drop_ship": True, "marketplace": True}, "MARKETPLACE"), ({}, "MARKETPLACE")],
)
def test_a_platform_with_several_kinds_does_not_say_which(
    kinds: dict[str, bool], expected: str, jl: MiraklConfig
) -> None:
    """The platform's model counts only where it leaves no choice."""
    settings = PlatformSettings(platform_model=PlatformModel(**kinds))
    answer, source = answers(jl, InstanceFacts(platform=Platform(platform_configuration=settings)))["model"]
    assert answer == expected
    assert (source is Source.INSTANCE) is (len(kinds) == 1)


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
