"""Profiles of operators: data that fill in a configuration and say what holds until it is known."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import ConfigError
from khaos_connectors.mirakl import john_lewis
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.instance import profiles
from khaos_connectors.mirakl.instance.operators import GENERIC, PROFILES, profile_named, profile_of
from khaos_connectors.mirakl.instance.profiles import Confidence, Fact, Profile, Settled
from khaos_connectors.mirakl.instance.questions import QUESTIONS, shop_model
from khaos_connectors.mirakl.instance.settling import InstanceFacts, Source
from khaos_connectors.mirakl.models.codes import OrderTaxMode, ShopModel
from khaos_connectors.mirakl.models.platform import Platform, PlatformModel, PlatformSettings
from khaos_connectors.mirakl.models.shops import Account

SHOP = AccountId("shop")

OWN = Profile(
    name="example-store",
    title="Example Store",
    host=Fact("https://examplestore-prod.mirakl.net", Confidence.SEEN, "the back office, March 2026"),
    settings={
        "order_tax_mode": Fact(OrderTaxMode.TAX_EXCLUDED, Confidence.DOCUMENTED, "the seller guide"),
        "needs_acceptance": Fact(value=False, confidence=Confidence.SEEN, source="PC01, March 2026"),
    },
    questions=QUESTIONS,
    answers={"settlement": Fact("twice a month", Confidence.DOCUMENTED, "the seller guide")},
    warnings=("invoices are wanted within a day",),
)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_every_shipped_profile_gives_a_configuration(profile: Profile) -> None:
    """With an address where its host is not known; the configuration remembers its profile."""
    address = "" if profile.host else "https://shop.example.com/api"
    config = profile.configure(SHOP, base_url=address, api_key="k", shop_id=7)

    assert profile_of(config) is profile
    assert (config.account, config.shop_id, config.api_key) == ("shop", 7, Secret("k"))
    assert len(profile.settle(config, InstanceFacts())) == len(QUESTIONS)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_every_belief_says_how_sure_it_is_and_why(profile: Profile) -> None:
    """No fact of a profile stands without its source."""
    hosts = [profile.host] if profile.host else []
    for fact in (*hosts, *profile.test_hosts, *profile.settings.values(), *profile.answers.values()):
        assert fact.confidence in Confidence
        assert fact.source


def test_the_generic_profile_assumes_nothing() -> None:
    """It knows no host, changes no setting, and suits a configuration that names no profile."""
    with pytest.raises(ConfigError, match="back office"):
        GENERIC.configure(SHOP, api_key="k")
    config = GENERIC.configure(SHOP, base_url="https://shop.example.com", api_key="k")
    plain = MiraklConfig(account=SHOP, base_url="https://shop.example.com", api_key="k")
    assert attrs.evolve(config, profile=None) == plain
    assert profile_of(plain) is GENERIC


def test_a_profile_of_ones_own() -> None:
    """Its settings and answers hold; the instance and the configuration outweigh them."""
    config = OWN.configure(SHOP, api_key="k")
    assert (config.base_url, config.order_tax_mode, config.needs_acceptance) == (
        "https://examplestore-prod.mirakl.net",
        OrderTaxMode.TAX_EXCLUDED,
        False,
    )
    assert (
        OWN.configure(SHOP, base_url="https://other.example.com", api_key="k").base_url == "https://other.example.com"
    )
    lines = {each.question: str(each) for each in OWN.settle(config, InstanceFacts())}
    assert lines["settlement"].startswith("settlement: twice a month (default, documented, the seller guide; told by ")
    assert lines["acceptance"] == "acceptance: AUTOMATIC (configuration)"
    assert lines["model"].startswith("model: MARKETPLACE (default; told by A01")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"settings": {"shop": Fact("x", Confidence.INFERRED, "y")}}, "settings.*'shop'"),
        ({"settings": {"base_url": Fact("x", Confidence.INFERRED, "y")}}, "settings.*'base_url'"),
        ({"answers": {"fees": Fact("x", Confidence.INFERRED, "y")}}, "answers.*'fees'"),
    ],
)
def test_a_profile_names_only_what_there_is(wrong: dict[str, dict[str, Fact[str]]], message: str) -> None:
    """A misspelt setting or question would be silently without effect."""
    with pytest.raises(ConfigError, match=message):
        attrs.evolve(OWN, **wrong)


def test_profiles_are_found_by_name() -> None:
    """A name that is not shipped names those that are."""
    assert profile_named("john-lewis") is john_lewis.PROFILE
    with pytest.raises(ConfigError, match="john-lewis"):
        profile_named("john_lewis")


answer = st.none() | st.sampled_from(["yes", "no"])


@given(configured=answer, told=answer, believed=answer)
def test_who_settles_a_question(configured: str | None, told: str | None, believed: str | None) -> None:
    """The configuration, else the instance, else what the profile believes, else the question's own default."""
    question = attrs.evolve(
        QUESTIONS[0], name="q", default="unknown", configured=lambda _: configured, told=lambda _: told
    )
    answers = {} if believed is None else {"q": Fact(believed, Confidence.INFERRED, "somebody")}
    config = MiraklConfig(account=SHOP, base_url="https://shop.example.com", api_key="k")
    (settled,) = profiles.settle((question,), config, InstanceFacts(), answers=answers)

    expected = next(each for each in (configured, told, believed, "unknown") if each is not None)
    assert settled.answer == expected
    assert (settled.source is Source.CONFIGURATION) is (configured is not None)
    assert (settled.source is Source.INSTANCE) is (configured is None and told is not None)
    assert ("the instance says" in str(settled)) is (configured is not None and told not in {None, configured})
    assert ("somebody" in str(settled)) is (settled.source is Source.DEFAULT and believed is not None)


def test_a_settled_question_reads_as_one_line() -> None:
    """Question, answer, who gave it; the place to look where it is not the configuration's."""
    settled = Settled(question="currency", answer="GBP", source=Source.INSTANCE, read_in="A01", told="GBP")
    assert str(settled) == "currency: GBP (instance: A01)"
    own = attrs.evolve(settled, answer="EUR", source=Source.CONFIGURATION)
    assert str(own) == "currency: EUR (configuration; the instance says GBP)"


# --- drop ship -----------------------------------------------------------------------------------------------------

KINDS = {"marketplace": ShopModel.MARKETPLACE, "drop_ship": ShopModel.DROPSHIP, "one_creditor": ShopModel.ONE_CREDITOR}


@given(
    own=st.none() | st.sampled_from(list(ShopModel)),
    shop=st.none() | st.sampled_from(list(ShopModel)),
    kinds=st.none() | st.fixed_dictionaries(dict.fromkeys(KINDS, st.none() | st.booleans())),
)
def test_which_kind_of_shop_it_is(
    own: ShopModel | None, shop: ShopModel | None, kinds: dict[str, bool | None] | None
) -> None:
    """The configuration, else A01, else PC01 where it has one kind only: a platform with several does not say which."""
    config = MiraklConfig(account=SHOP, base_url="https://shop.example.com", api_key="k", model=own)
    model = None if kinds is None else PlatformModel(**kinds)
    facts = InstanceFacts(
        account=Account(shop_id=1, model=shop),
        platform=Platform(platform_configuration=PlatformSettings(platform_model=model)),
    )
    offered = [KINDS[name] for name, is_on in (kinds or {}).items() if is_on]
    expected = own or shop or (offered[0] if len(offered) == 1 else None)
    assert shop_model(config, facts) is expected
