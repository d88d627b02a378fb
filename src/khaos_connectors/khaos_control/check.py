"""What an installation knows, and what of a configuration does not exist there: found before an order fails on it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

import attrs

from khaos_connectors._choices import known_names
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Call
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import AuthFailed, RateLimited, Refused, Undecodable
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.custom import CustomLook
from khaos_connectors.khaos_control.describe import Description, describe
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.models import SiteList
from khaos_connectors.khaos_control.order_settings import CourierTarget, OrderSettings
from khaos_connectors.khaos_control.sop_models import Courier
from khaos_connectors.protocols import Health

__all__ = ["Installation", "configuration_problems", "health", "look_at"]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Installation:
    """Version, sites and the names that orders may use. None: it could not be asked, and *unasked* says why.

    Agents, key codes, mailing statuses (their ids) and the service's own description are asked for only where the
    configuration names any, or operations of this installation.
    """

    version: str
    sites: SiteList
    sources: Collection[str] | None = None
    company_classes: Collection[str] | None = None
    couriers: Collection[Courier] | None = None
    agents: Collection[str] | None = None
    keycodes: Collection[str] | None = None
    mailing_statuses: Collection[str] | None = None
    description: Description | None = None
    unasked: tuple[str, ...] = ()


def look_at(config: KhaosControlConfig, caller: Caller) -> Flow[Installation]:
    """Ask for everything that ``configuration_problems`` needs, one call after the other.

    A list that this service refuses to give, or that cannot be read, is left out and told. Version and sites have to
    be there; what they raise is raised.
    """
    service, used = config.service, [each for _, each in _all_orders(config)]
    version = yield from caller.perform(endpoints.get_version(service))
    sites = yield from caller.perform(endpoints.get_site_list(service))
    asking = _Asking(service, caller)
    sources = yield from asking.ask(endpoints.get_sale_sources)
    classes = yield from asking.ask(endpoints.get_company_classes)
    sop = yield from asking.ask(endpoints.get_sop_data)
    agents = keycodes = mailing = None
    if any(each.agent for each in used):
        agents = yield from asking.ask(endpoints.get_agents)
    if any(each.keycode for each in used):
        keycodes = yield from asking.ask(endpoints.get_keycodes)
    if any(each.mailing_status for each in used):
        mailing = yield from asking.ask(endpoints.get_mailing_statuses)
    description = None
    if config.jobs.operations:
        description = yield from describe(config, caller)
        asking.unasked.extend(
            [f"its own operations are not known: {description.problem}"] if description.problem else []
        )
    return Installation(
        version=version,
        sites=sites,
        sources=sources,
        company_classes=classes,
        couriers=sop.couriers if sop is not None else None,
        agents=agents,
        keycodes=None if keycodes is None else [row.code for row in keycodes],
        mailing_statuses=None if mailing is None else [row.status_id for row in mailing],
        description=description,
        unasked=tuple(asking.unasked),
    )


@attrs.frozen
class _Asking:
    service: Service
    caller: Caller
    unasked: list[str] = attrs.field(factory=list[str])

    def ask(self, endpoint: Callable[[Service], Call[T]]) -> Flow[T | None]:
        """The answer of *endpoint*; None where the service would not give it."""
        call = endpoint(self.service)
        try:
            return (yield from self.caller.perform(call))
        except (AuthFailed, RateLimited):
            raise
        except (Refused, Undecodable) as error:
            if isinstance(error, Refused) and error.retryable:
                raise
            self.unasked.append(f"{call.operation} could not be asked: {error.detail()}")
            return None


def configuration_problems(config: KhaosControlConfig, there: Installation) -> tuple[str, ...]:
    """Every name in *config* that does not exist *there*, with the likeliest that does; each once. Pure.

    Without any order settings that is one too: no order could be created.
    """
    found = [
        *_sites(config, there),
        *(each for name, used in _all_orders(config) for each in _orders(name, used, there)),
        *_operations(config, there.description),
    ]
    if not config.orders and config.default_orders is None:
        settings = "default_orders=OrderSettings(...), or orders={the channel's account: OrderSettings(...)}"
        found.append(f"orders cannot be created: there are no order settings; give {settings}")
    return tuple(dict.fromkeys(found))


def health(config: KhaosControlConfig, there: Installation) -> Health:
    """The installation in words (``notes``), and apart from that what is wrong with the configuration."""
    problems = configuration_problems(config, there)
    current = there.sites.current
    notes = [
        f"site {site.site_id}: {site.name}{' (default)' if site.site_id == current else ''}"
        for site in there.sites.sites
    ]
    lists = {
        "sales sources": there.sources,
        "company classes": there.company_classes,
        "couriers": None if there.couriers is None else [_told(each) for each in there.couriers],
    }
    notes += [f"{what}: {', '.join(names) or 'none'}" for what, names in lists.items() if names is not None]
    notes += [*there.unasked, *_not_looked_up(config)]
    return Health(account=config.account, version=there.version, notes=tuple(notes), problems=problems)


def _not_looked_up(config: KhaosControlConfig) -> Iterator[str]:
    """Names that have to exist there and that no operation lists: a person has to look."""
    for name, used in _all_orders(config):
        for field, value in (
            ("brand", used.brand),
            ("inv_priority", used.inv_priority),
            ("client_name", used.client_name),
        ):
            if value:
                yield f"{name}.{field}: {value!r} is not checked, the service does not list them"


def _told(courier: Courier) -> str:
    return f"{courier.code} {courier.name}".strip()


def _all_orders(config: KhaosControlConfig) -> Iterator[tuple[str, OrderSettings]]:
    for account, settings in config.orders.items():
        yield f"orders[{AccountId(account)}]", settings
    if config.default_orders is not None:
        yield "default_orders", config.default_orders


def _sites(config: KhaosControlConfig, there: Installation) -> Iterator[str]:
    names = {site.site_id: site.name for site in there.sites.sites}
    for site in config.stock.sites:
        if site.site_id is None:
            continue
        if site.site_id not in names:
            yield f"the configured site {site.site_id} is not among them"
        elif site.name and names[site.site_id] != site.name:
            yield f"the configured site {site.site_id} is called {names[site.site_id]!r}, not {site.name!r}"


def _operations(config: KhaosControlConfig, description: Description | None) -> Iterator[str]:
    for each in config.jobs.operations:
        looking = (each.look.name,) if isinstance(each.look, CustomLook) else ()
        for name in (each.name, *looking):
            if description is not None and description.has(name) is False:
                offered = [one.name for one in description.beyond]
                yield f"jobs: {name!r} is not among its operations; {known_names(name, offered)}"


def _orders(name: str, used: OrderSettings, there: Installation) -> Iterator[str]:
    known: Mapping[str, tuple[str, Collection[str] | None]] = {
        "company_class": (used.company_class, there.company_classes),
        "sales_source": (used.sales_source, there.sources),
        "site": (used.site, [site.name for site in there.sites.sites]),
        "agent": (used.agent, there.agents),
        "keycode": (used.keycode, there.keycodes),
        "mailing_status": (used.mailing_status, there.mailing_statuses),
    }
    for field, (value, names) in known.items():
        if value and names is not None and value not in names:
            yield f"{name}.{field}: {value!r} does not exist there; {known_names(value, names)}"
    for service, target in used.couriers.items():
        problem = _courier(target, there.couriers)
        if problem:
            yield f"{name}.couriers[{service}]: {problem}"


def _courier(target: CourierTarget, couriers: Collection[Courier] | None) -> str:
    if couriers is None:
        return ""
    for value, names in (
        (target.code, {each.code for each in couriers}),
        (target.name, {each.name for each in couriers}),
    ):
        if value and value not in names:
            return f"{value!r} does not exist there; {known_names(value, names)}"
    return ""
