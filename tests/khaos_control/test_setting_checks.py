"""Settings of a wrong kind: refused by name where they are given, and never with what they hold."""

from datetime import timedelta
from typing import Any

import pytest

from khaos_connectors.calls.auth import HeaderKey
from khaos_connectors.core.ids import AccountId, LocationId
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control import (
    CourierTarget,
    KhaosControlConfig,
    OrderSettings,
    PaymentRule,
    Site,
    StockSettings,
)

_BASE = "https://erp.example.com/K.exe"
_ORDERS = OrderSettings(company_class="Web", sales_source="Internet")
_SITE: dict[str, Any] = {"location": LocationId("main")}


def _configured(**given: Any) -> KhaosControlConfig:
    return KhaosControlConfig(account=AccountId("khaos"), base_url=_BASE, **given)


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("auth", ("web", "hidden"), "must be Basic(user, password), or NoAuth()"),
        ("auth", "web:hidden", "must be Basic(user, password), or NoAuth()"),
        ("orders", _ORDERS, "must be a mapping, {the channel's account: OrderSettings(...)}, not a value of type"),
        ("orders", {"jl": "Web"}, "'jl': must be as in {the channel's account: OrderSettings(...)}, not a value of"),
        ("default_orders", "Web", "must be OrderSettings(...), not a value of type str"),
        ("delta_overlap", 3900, "must be a timedelta, not a value of type int"),
        ("status_window", 7, "must be a timedelta, not a value of type int"),
        ("chunks", 50, "must be ChunkSizes(...), not a value of type int"),
        ("stock", Site(**_SITE), "must be StockSettings(...), not a value of type Site"),
        ("items", None, "must be ItemSettings(...), not None"),
        ("retry", 3, "must be RetryPolicy(...)"),
        ("dialect", "nil", "must be Dialect(...)"),
        ("jobs", (), "must be JobSettings(...)"),
    ],
)
def test_a_setting_of_another_kind_is_named(field: str, value: Any, problem: str) -> None:
    """When it is given, not when the first call trips over it; a password is never repeated."""
    with pytest.raises(ConfigError) as raised:
        _configured(**{field: value})

    assert str(raised.value).startswith(f"{field}: {problem}")
    assert "hidden" not in str(raised.value)


def test_what_signs_requests_is_taken_as_credentials() -> None:
    """Whoever puts the service behind a gateway of their own may sign as they like."""
    key: Any = HeaderKey("x-key", "secret")

    assert _configured(auth=key, delta_overlap=timedelta(0)).auth is key


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("payments", {"card": "WEBSHOP"}, "'card': must be as in {'card': PaymentRule(auth_code='WEBSHOP')}, not a"),
        ("payments", "card", "must be a mapping, {'card': PaymentRule(auth_code='WEBSHOP')}, not a value of type str"),
        ("couriers", {"express": "DPD"}, "'express': must be as in {'express': CourierTarget(name='DPD')}, not a"),
    ],
)
def test_maps_of_an_order_hold_rules(field: str, value: Any, problem: str) -> None:
    """The plain name in their place is told, with what a rule looks like."""
    with pytest.raises(ConfigError) as raised:
        OrderSettings(company_class="Web", **{field: value})

    assert str(raised.value).startswith(f"{field}: {problem}")


def test_rules_are_taken() -> None:
    """Those of the right kind, that is."""
    settings = OrderSettings(
        company_class="Web",
        payments={"card": PaymentRule(auth_code="WEBSHOP")},
        couriers={"express": CourierTarget(name="DPD")},
    )

    assert (len(settings.payments), len(settings.couriers)) == (1, 1)


@pytest.mark.parametrize("sites", ["1", Site(**_SITE), ("1",), [LocationId("main")]])
def test_sites_are_sites(sites: Any) -> None:
    """One alone, its number or its location is no tuple of sites."""
    with pytest.raises(ConfigError, match=r"sites: must be a tuple of such entries: Site\(site_id='1'"):
        StockSettings(sites=sites)


def test_the_number_of_a_site_is_a_text() -> None:
    """As it is in calls; GetSiteList tells it as a number, so the mistake is near."""
    number: Any = 1

    with pytest.raises(ConfigError, match=r"sites.site_id: must be a text such as '1', not a value of type int"):
        Site(site_id=number, **_SITE)
