"""Settings: what is taken, what is refused, and what follows from them."""

from collections.abc import Callable

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
    """Not at the first call, and without repeating it."""
    with pytest.raises(TypeError, match="Secret") as caught:
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
