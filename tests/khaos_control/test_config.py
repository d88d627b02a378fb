"""Addresses, settings that cannot work, and what the configuration derives."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.auth import Basic
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId, LocationId, OrderRef
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control import (
    Dialect,
    KhaosControlConfig,
    KhaosControlERP,
    Levels,
    OrderSettings,
    Site,
    StockSettings,
)
from khaos_connectors.khaos_control.addresses import service_urls
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play

_BASE = "https://erp.example.com:4433/Live/KhaosABC.exe"
_ACCOUNT = AccountId("khaos")


@pytest.mark.parametrize(
    "given_urls",
    [
        (_BASE, "", ""),
        (_BASE + "/", "", ""),
        (_BASE + "/soap/IKosWeb", "", ""),
        ("", _BASE + "/wsdl/IKosWeb", ""),
        ("", _BASE + "/wsdl/IKosWeb?wsdl", ""),
        ("", "", _BASE + "/soap/IKosWeb"),
    ],
)
def test_any_one_address_gives_the_others(given_urls: tuple[str, str, str]) -> None:
    """/wsdl/ and /soap/ are swapped; the endpoint is the connection's address plus the path."""
    urls = service_urls(*given_urls)

    assert urls.base + urls.path == _BASE + "/soap/IKosWeb"
    assert urls.wsdl.removesuffix("?wsdl") == _BASE + "/wsdl/IKosWeb"


def test_the_spelling_of_the_customers_server_is_kept() -> None:
    """Paths are not case-sensitive over there, but they stay as they were given."""
    urls = service_urls("", "https://erp.example.com/K.exe/WSDL/iKosWeb", "")

    assert (urls.base, urls.path) == ("https://erp.example.com/K.exe", "/soap/iKosWeb")


def test_an_endpoint_behind_a_gateway_is_taken_as_it_is() -> None:
    """No pattern, no derived description, unless one is given."""
    urls = service_urls("", "https://docs.example.com/khaos.xml", "https://gate.example.com/erp/khaos")

    assert (urls.base, urls.path, urls.wsdl) == (
        "https://gate.example.com",
        "/erp/khaos",
        "https://docs.example.com/khaos.xml",
    )


@pytest.mark.parametrize("bare", ["https://erp.example.com", "https://erp.example.com:4433/"])
def test_a_base_without_the_executable_is_told_what_is_missing(bare: str) -> None:
    """A host alone is no service: each call would be a 404. One at the root of a host is named in full."""
    with pytest.raises(ConfigError, match=r"https://HOST/NAME\.exe") as caught:
        KhaosControlConfig(account=_ACCOUNT, base_url=bare)

    assert caught.value.field == "base_url"
    assert service_urls(bare.rstrip("/") + "/soap/IKosWeb", "", "").path == "/soap/IKosWeb"


@pytest.mark.parametrize(
    ("urls", "field"),
    [
        (("", "", ""), "base_url"),
        (("erp.example.com/K.exe", "", ""), "base_url"),
        (("ftp://erp.example.com", "", ""), "base_url"),
        (("https://me:secret@erp.example.com", "", ""), "base_url"),
        (("https://erp.example.com?x=1", "", ""), "base_url"),
        ((_BASE, "", _BASE), "base_url"),
        (("", "https://erp.example.com/description.xml", ""), "wsdl_url"),
        (("", "", "nowhere"), "endpoint_url"),
    ],
)
def test_addresses_that_cannot_work(urls: tuple[str, str, str], field: str) -> None:
    """Each is a configuration error that names the setting and never repeats a password."""
    with pytest.raises(ConfigError) as caught:
        service_urls(*urls)

    assert caught.value.field == field
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account": ""}, "account"),
        ({"base_url": ""}, "base_url"),
        ({"reference_template": "WEB"}, "reference_template"),
        ({"reference_template": "{reference}{reference}"}, "reference_template"),
        ({"server_timezone": "Europe/Atlantis"}, "server_timezone"),
        ({"server_timezone": "../x"}, "server_timezone"),
        ({"delta_overlap": timedelta(seconds=-1)}, "delta_overlap"),
        ({"status_window": timedelta(0)}, "status_window"),
        ({"seconds_between_calls": -1.0}, "seconds_between_calls"),
    ],
)
def test_settings_that_cannot_work(changes: dict[str, object], field: str) -> None:
    """Found when the configuration is made, by name."""
    settings: dict[str, object] = {"account": _ACCOUNT, "base_url": _BASE, **changes}

    with pytest.raises(ConfigError) as caught:
        KhaosControlConfig(**settings)  # type: ignore[arg-type] # mistakes on purpose

    assert caught.value.field == field


@pytest.mark.parametrize(
    "build",
    [
        lambda: StockSettings(sites=()),
        lambda: StockSettings(sites=(Site(location=LocationId("a")), Site(site_id="1", location=LocationId("a")))),
        lambda: StockSettings(sites=(Site(location=LocationId("a")), Site(location=LocationId("b")))),
        lambda: StockSettings(default_site="nowhere"),
        lambda: StockSettings(levels=Levels.ALL_SITES, add_build_potential=True),
        lambda: StockSettings(sites=(Site(location=LocationId("a")), Site(site_id="1", location=LocationId("b")))),
        lambda: Site(site_id="Main", location=LocationId("a")),
        lambda: Site(site_id="--1", location=LocationId("a")),
        lambda: Site(site_id="-1", location=LocationId("a")),
        lambda: OrderSettings(company_class="Web", reference_limit=51),
        lambda: OrderSettings(company_class="Web", amount_tolerance=Decimal(-1)),
        lambda: OrderSettings(company_class="Web", encoding="klingon"),
        lambda: OrderSettings(company_class="Web", tax_codes={Decimal(20): "20 %"}),
    ],
)
def test_stock_and_order_settings_that_cannot_work(build: object) -> None:
    """Sites twice, all of them in one answer, a default that is none of them, limits beyond the document's own."""
    assert callable(build)
    with pytest.raises(ConfigError):
        build()


@pytest.mark.parametrize(
    "address",
    [
        {"base_url": "http://192.168.1.20/Live/KhaosABC.exe"},
        {"wsdl_url": "http://erp.example.com:8084/K.exe/wsdl/IKosWeb"},
        {"endpoint_url": "HTTP://erp/K.exe/soap/IKosWeb"},
        {"endpoint_url": "http://localhost.example.com/erp"},
        {"base_url": "http://0.0.0.0/K.exe"},
    ],
)
def test_plain_http_to_another_machine_has_to_be_allowed(address: dict[str, str]) -> None:
    """Orders and passwords do not cross a network in the clear unless somebody has said so, by the option's name."""
    with pytest.raises(ConfigError, match="allow_plain_http") as caught:
        KhaosControlConfig(account=_ACCOUNT, **address)

    assert caught.value.field == next(iter(address))
    allowed = KhaosControlConfig(account=_ACCOUNT, **address, allow_plain_http=True)
    assert allowed.connection().base_url.casefold().startswith("http://")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8084", "127.0.0.1", "127.8.9.1:81", "[::1]:80"])
def test_plain_http_to_this_machine_is_taken(host: str) -> None:
    """What never leaves the machine needs no option."""
    assert KhaosControlConfig(account=_ACCOUNT, base_url=f"http://{host}/K.exe").path == "/soap/IKosWeb"


def test_the_connection_is_patient_and_verifies() -> None:
    """120 seconds for an answer by default, certificates checked, a client certificate where there is one."""
    plain = KhaosControlConfig(account=_ACCOUNT, base_url=_BASE).connection()
    own = KhaosControlConfig(account=_ACCOUNT, base_url=_BASE, ca_file="ca.pem", client_cert="us.pem").connection()

    assert (plain.system, plain.base_url, plain.read_timeout, plain.verify) == ("khaos", _BASE, 120.0, True)
    assert (own.ca_file, own.client_cert) == ("ca.pem", "us.pem")


def test_credentials_and_headers_go_with_every_call() -> None:
    """HTTP Basic and extra headers, neither of them in repr."""
    config = KhaosControlConfig(
        account=_ACCOUNT,
        base_url=_BASE,
        auth=Basic("me", Secret("hunter2")),
        headers={"X-Gate": "hunter3"},
        dialect=Dialect(),
    )
    body = b"<E:Envelope xmlns:E='http://schemas.xmlsoap.org/soap/envelope/'><E:Body><r><return>8</return></r></E:Body></E:Envelope>"
    empty = body.replace(b"<return>8</return>", b"<return><List/></return>")
    document = body.replace(b"<return>8</return>", b"<return>&lt;SOPDATA/&gt;</return>")
    answers = [Response(status=200, body=each) for each in (body, empty, empty, empty, document)]
    sent = play(KhaosControlERP(config).check(), answers).of(Send)

    assert {each.request.headers["authorization"] for each in sent} == {"Basic bWU6aHVudGVyMg=="}
    assert {each.request.headers["x-gate"] for each in sent} == {"hunter3"}
    assert "hunter" not in repr(config) + repr(sent) + repr(config.caller())


def test_a_password_may_be_given_as_text() -> None:
    """It becomes a ``Secret`` at once: it signs, and it is not shown."""
    auth = Basic("me", "hunter2")

    assert auth == Basic("me", Secret("hunter2"))
    assert "hunter2" not in repr(KhaosControlConfig(account=_ACCOUNT, base_url=_BASE, auth=auth))


def test_calls_can_be_spaced() -> None:
    """An account that must go easy on its server waits between two calls."""
    config = KhaosControlConfig(account=_ACCOUNT, base_url=_BASE, seconds_between_calls=2.0)
    body = b"<E:Envelope xmlns:E='http://schemas.xmlsoap.org/soap/envelope/'><E:Body><r><return><List/></return></r></E:Body></E:Envelope>"
    clock = ManualClock()
    document = body.replace(b"<List/>", b"&lt;SOPDATA/&gt;")
    answers = [*([Response(status=200, body=body)] * 4), Response(status=200, body=document)]
    play(KhaosControlERP(config).check(), answers, clock=clock)

    assert clock.slept == [2.0] * 4


@given(st.text(min_size=1), st.sampled_from(["{reference}", "WEB-{reference}", "{reference}/JL", "a{reference}b"]))
def test_references_survive_the_template(reference: str, template: str) -> None:
    """What is written as ASSOCIATED_REF is read back as our reference."""
    config = KhaosControlConfig(account=_ACCOUNT, base_url=_BASE, reference_template=template)

    assert config.reference(config.associated_ref(OrderRef(reference))) == reference


def test_a_reference_that_we_did_not_make_stays() -> None:
    """Orders of others keep theirs."""
    config = KhaosControlConfig(account=_ACCOUNT, base_url=_BASE, reference_template="WEB-{reference}")

    assert config.reference("TELESALES-7") == "TELESALES-7"
