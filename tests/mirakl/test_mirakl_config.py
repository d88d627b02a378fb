"""Settings: what is taken, what is refused, and what follows from them."""

import re
from collections.abc import Callable

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.auth import Bearer, ClientCredentials
from khaos_connectors.calls.pace import Limit
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl.config import MiraklConfig, normal_base_url
from khaos_connectors.mirakl.limits import polled_for, waited_for
from khaos_connectors.mirakl.operations import OPERATIONS, Keeping
from khaos_connectors.testing.clock import ManualClock

Change = Callable[..., MiraklConfig]


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        ("https://shop-prod.mirakl.net", "https://shop-prod.mirakl.net"),
        ("https://shop-prod.mirakl.net/", "https://shop-prod.mirakl.net"),
        ("https://shop-prod.mirakl.net/api", "https://shop-prod.mirakl.net"),
        (" https://shop-prod.mirakl.net/api/ ", "https://shop-prod.mirakl.net"),
        ("shop-prod.mirakl.net", "https://shop-prod.mirakl.net"),
        ("https://market.example.com/mirakl/api", "https://market.example.com/mirakl"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_addresses_as_people_paste_them(pasted: str, meant: str) -> None:
    """With and without /api, with and without a slash: one address."""
    assert normal_base_url(pasted) == meant


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "https://",
        "http://shop.example.com",
        "https://a?b=c",
        "https://u:p@shop.example.com",
        "https://:p@shop.example.com",
        "https://a:x",
    ],
)
def test_addresses_that_cannot_work(wrong: str) -> None:
    """A key must not travel in the clear, and an address holds nothing but a place."""
    with pytest.raises(errors.ConfigError, match="base_url"):
        normal_base_url(wrong)


@pytest.mark.parametrize(
    "settings",
    [
        {"api_key": None},
        {"auth": Bearer(Secret("t"))},
        {"api_key": ""},
        {"account": ""},
        {"shop_id": -1},
        {"page_size": 0},
        {"page_size": 101},
        {"stock_separator": "|"},
        {"stock_rows_per_file": 0},
        {"stock_splits_per_push": -1},
        {"import_poll_seconds": 0},
        {"import_patience_seconds": -1},
        {"pace_factor": -1},
        {"max_answer_bytes": 0},
    ],
)
def test_settings_that_cannot_work(settings: dict[str, object], change: Change) -> None:
    """A wrong setting is named before anything is sent."""
    with pytest.raises(errors.ConfigError) as caught:
        change(**settings)
    assert caught.value.field in {*settings, "api_key"}


def test_the_channel_is_named_after_the_account(config: MiraklConfig, change: Change) -> None:
    """One name is enough; two can be given."""
    assert config.channel == "john-lewis"
    assert change(channel="jl").channel == "jl"


def test_the_key_is_never_shown(config: MiraklConfig) -> None:
    """No text form of a configuration or a caller holds the key."""
    assert "key-123" not in f"{config!r} {config.caller()!r} {config.connection()!r}"


def test_a_key_may_be_given_as_text(config: MiraklConfig, change: Change) -> None:
    """A text becomes a ``Secret`` at once: it signs the same calls and is as little shown."""
    texted = change(api_key="key-123")

    assert texted == config
    assert "key-123" not in repr(texted)


@pytest.mark.parametrize("wrong", [b"key-123", 123])
def test_a_key_of_another_kind_is_refused_at_once(change: Change, wrong: object) -> None:
    """Not at the first call, by its name, and without repeating it."""
    with pytest.raises(errors.ConfigError, match=r"api_key: .*Secret") as caught:
        change(api_key=wrong)
    assert "123" not in str(caught.value)


def test_the_longest_answer_is_a_setting(config: MiraklConfig, change: Change) -> None:
    """64 MiB by default, as for every connection; the connection is told."""
    assert config.connection().max_answer_bytes == 64 * 2**20
    assert change(max_answer_bytes=1000).connection().max_answer_bytes == 1000


def test_tokens_need_a_second_connection(change: Change) -> None:
    """Client credentials are fetched from another host, which has to be connected too."""
    auth = ClientCredentials(
        "john-lewis", token_url="https://auth.example.com/oauth/token", client_id="c", client_secret=Secret("s")
    )
    names = [each.system for each in change(api_key=None, auth=auth).connections()]
    assert names == ["john-lewis", "john-lewis:auth"]


def test_daily_limits_are_never_waited_for() -> None:
    """Nobody can wait an hour or a day for a carrier list: such answers are kept instead."""
    waits = waited_for()
    assert {"OR04", "STO01", "STO02", "STO03", "OF24", "TL02"} <= set(waits)
    assert all(limit.seconds / limit.calls <= 900 for limit in waits.values())
    kept = {code for code, each in OPERATIONS.items() if each.usage.keeping is Keeping.CACHE}
    assert {"A01", "PC01", "SH12", "SH21", "H11"} <= kept
    assert not kept & set(waits)


def test_polls_of_every_kind_are_spaced(change: Change) -> None:
    """Returns are polled every five minutes, a replaced limit is believed, and nothing but polls is among them."""
    assert polled_for()["RT11"] == Limit(calls=1, seconds=300)
    assert polled_for({"RT11": Limit(1, 60), "OR04": Limit(1, 1)})["RT11"] == Limit(1, 60)
    assert set(polled_for({"OR04": Limit(1, 1)})) == {"OR11", "RT11", "ST12", "PL11", "OF04", "PRI02", "P51"}
    assert not set(polled_for()) & set(waited_for())
    clock = ManualClock()
    pacer = change(pace_factor=2).poll_pacer()
    assert (pacer.reserve("RT11", clock.now()), pacer.reserve("RT11", clock.now())) == (0, pytest.approx(660))


def test_a_limit_can_be_replaced(config: MiraklConfig) -> None:
    """An operator who allows more (or less) is believed."""
    assert waited_for({"OR04": Limit(calls=60, seconds=60)})["OR04"] == Limit(calls=60, seconds=60)


@pytest.mark.parametrize(("external", "wait"), [(False, 66), (True, 990)])
def test_polls_are_spaced(*, external: bool, wait: float, change: Change) -> None:
    """Orders may be polled once a minute, by external partners once in 15 minutes; the pace leaves a tenth of air."""
    clock = ManualClock()
    pacer = change(pace_factor=1, external_partner=external).poll_pacer()
    assert pacer.reserve("OR11", clock.now()) == 0
    assert pacer.reserve("OR11", clock.now()) == pytest.approx(wait)


def test_defaults_stand_on_their_own() -> None:
    """Account, address and key are all that must be given."""
    config = MiraklConfig(account=AccountId("a"), base_url="shop.example.com", api_key=Secret("k"))
    assert config.scope.query() == ()
    assert config.connection().base_url == "https://shop.example.com"


_WHOLE = "give a whole number such as"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"shop_id": "2000"}, f"shop_id: {_WHOLE} 2000, not '2000'"),
        ({"shop_id": True}, f"shop_id: {_WHOLE} 2000, not True"),
        ({"page_size": "50 "}, f"page_size: {_WHOLE} 50, not '50 '"),
        ({"page_size": None}, f"page_size: {_WHOLE} 100, not None"),
        ({"max_answer_bytes": None}, f"max_answer_bytes: {_WHOLE} 67108864, not None"),
        ({"read_timeout": None}, "read_timeout: give a number such as 30, not None"),
        ({"connect_timeout": "2.5"}, "connect_timeout: give a number such as 2.5, not '2.5'"),
        ({"pace_factor": "fast"}, "pace_factor: give a number such as 1, not str"),
        ({"import_poll_seconds": "15"}, "import_poll_seconds: give a number such as 15, not '15'"),
        ({"order_overlap": 600}, "order_overlap: give a timedelta such as timedelta(hours=1), not 600"),
        ({"accept_within": 4}, "accept_within: give a timedelta such as timedelta(hours=1), not 4"),
        ({"limits": {"OR4": Limit(calls=1, seconds=1)}}, "limits: 'OR4' is no operation of Mirakl; known: OR04"),
        ({"limits": {"OR04": 5}}, "limits: give OR04 a Limit(calls=..., seconds=...), not 5"),
        ({"limits": ["OR04"]}, "limits: give a mapping such as {'OR11': Limit(calls=1, seconds=60)}, not list"),
        ({"budget": "sqlite:///x.db"}, "budget: give a store, such as open_store('sqlite:///khaos.db'), not str"),
        ({"carrier_map": ["a"]}, "carrier_map: give a mapping of your names to the operator's codes"),
        ({"carrier_map": {"Royal Mail": 1}}, "carrier_map: give a mapping of your names"),
        ({"own_centres": "NORTH"}, "own_centres: give a tuple of texts, such as ('NORTH',)"),
        ({"own_centres": ["NORTH"]}, "own_centres: give a tuple of texts"),
        ({"verify": "false"}, "verify: give True or False, not 'false'"),
        ({"needs_acceptance": 1}, "needs_acceptance: give True or False, not 1"),
        ({"account": 7}, "account: give a text, not 7"),
        ({"ca_file": 7}, "ca_file: give the path of a PEM file, not 7"),
        ({"model": "DROPSHIP"}, "model: give ShopModel.DROPSHIP, not 'DROPSHIP'"),
        ({"stock_way": "STO01"}, "stock_way: give StockWay.STOCK_FILE, not 'STO01'"),
        ({"shipment_way": "whatever"}, "shipment_way: give a member of ShipmentWay, not str"),
        ({"retry": 3}, "retry: give a RetryPolicy(...), not int"),
        ({"import_rule": "x"}, "import_rule: give an ImportRule(...), not str"),
        ({"auth": "token", "api_key": None}, "auth: give what signs requests, such as Bearer(token), not str"),
        ({"profile": "john-lewis"}, "profile: give a Profile, such as john_lewis.PROFILE, not str"),
        ({"base_url": 7}, "base_url: give an address as a text, not int"),
        ({"files_url": None}, "files_url: give an address as a text, not None"),
    ],
)
def test_a_setting_of_another_kind_is_named(change: Change, wrong: dict[str, object], told: str) -> None:
    """What comes from the environment is text: ``ConfigError`` by the setting, with what to give in its place."""
    with pytest.raises(errors.ConfigError, match=re.escape(told)):
        change(**wrong)


_TEXTS = {  # which take any text
    "account",
    "api_key",
    "channel",
    "locale",
    "invoice_type_code",
    "stock_warehouse",
    "budget_name",
    "user_agent",
    "ca_file",
}


@pytest.mark.parametrize("name", [each.name for each in attrs.fields(MiraklConfig) if each.name not in _TEXTS])
def test_a_text_that_is_out_of_place_is_not_told(change: Change, name: str) -> None:
    """A key or the address of a database with its password, given by the wrong name, stays out of the error."""
    with pytest.raises(errors.ConfigError) as caught:
        change(**{name: "postgresql://u:hunter2@db.example.com/khaos"})
    assert "hunter2" not in str(caught.value)


def test_every_setting_has_a_kind(change: Change) -> None:
    """No setting takes whatever comes: an object of no kind at all is refused for each, by its name."""
    for field in attrs.fields(MiraklConfig):
        with pytest.raises(errors.ConfigError, match=f"^{field.name}: "):
            change(**{field.name: object()})


@pytest.mark.parametrize(
    "key", ["Bearer abc-123", "bearer abc-123", "Basic abc-123", "abc-123\n", " abc-123", "abc 123", "é-123"]
)
def test_a_key_that_no_header_carries(change: Change, key: str) -> None:
    """A pasted ``Bearer``, a line break of a file: told at once by the setting, without the key."""
    with pytest.raises(errors.ConfigError, match=r"^api_key: ") as caught:
        change(api_key=key)
    assert "123" not in str(caught.value)
