"""What an installation offers, compared with the vendor's guide, and the dialect that its own description asks for."""

from collections.abc import Iterator, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

import attrs

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Call, Request, Response
from khaos_connectors.calls.refusals import refusal
from khaos_connectors.errors import AuthFailed, CallError, Unsupported
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.dialect import Dialect
from khaos_connectors.khaos_control.guide import ADD_ONS, GUIDE
from khaos_connectors.khaos_control.names import is_name
from khaos_connectors.khaos_control.wsdl import OfferedOperation, ServiceDescription, read_wsdl

__all__ = ["Description", "compared", "describe", "wsdl_call"]

T = TypeVar("T")


@attrs.frozen(kw_only=True, repr=False)
class Description:
    """An installation beside the guide v7.8d.

    *problem* says why its description could not be read ("": it was, and ``reached`` is True). Nothing is known then:
    ``has`` is None, and ``operations``, ``missing``, ``beyond``, ``bought`` and ``differences`` raise ``Unsupported``
    with the problem, for an empty tuple would say "nothing". *dialect* is the configured one with what the description
    asks for. Nothing is changed before the configuration is: ``applied_to``.
    """

    account: str = ""
    problem: str = ""
    _operations: tuple[OfferedOperation, ...] = attrs.field(default=(), alias="operations")
    _missing: tuple[str, ...] = attrs.field(default=(), alias="missing")
    _beyond: tuple[OfferedOperation, ...] = attrs.field(default=(), alias="beyond")
    dialect: Dialect
    _differences: tuple[str, ...] = attrs.field(default=(), alias="differences")

    def __str__(self) -> str:
        if not self.reached:
            return f"not known: {self.problem}"
        told = f"{len(self._operations)} operations, {len(self._missing)} of the guide missing"
        return f"{told}, {len(self._beyond)} beyond it, {len(self._differences)} differences"

    def __repr__(self) -> str:
        return f"<Description: {self}>"

    @property
    def operations(self) -> tuple[OfferedOperation, ...]:
        """All that it offers."""
        return self._known(self._operations)

    @property
    def missing(self) -> tuple[str, ...]:
        """Operations of this library (``GUIDE``) that it lacks."""
        return self._known(self._missing)

    @property
    def beyond(self) -> tuple[OfferedOperation, ...]:
        """Operations that it has besides: bought, built, or newer than the guide."""
        return self._known(self._beyond)

    @property
    def differences(self) -> tuple[str, ...]:
        """What of ``dialect`` the description asked for, in sentences."""
        return self._known(self._differences)

    @property
    def reached(self) -> bool:
        """Whether the installation's own description could be read."""
        return not self.problem

    @property
    def bought(self) -> tuple[str, ...]:
        """What of *beyond* is an add-on that the vendor sells, and what it is for."""
        names = {name.casefold(): told for name, told in ADD_ONS.items()}
        return tuple(
            f"{each.name}: {names[each.name.casefold()]}" for each in self.beyond if each.name.casefold() in names
        )

    def has(self, operation: str) -> bool | None:
        """Whether the installation has *operation*, whatever the case of its name; None where that is not known."""
        if not self.reached:
            return None
        return any(each.name.casefold() == operation.casefold() for each in self.operations)

    def _known(self, told: tuple[T, ...]) -> tuple[T, ...]:
        if self.reached:
            return told
        raise Unsupported(
            system=self.account,
            operation="WSDL",
            capability="telling what the installation has",
            advice=f"its description could not be read: {self.problem}",
        )

    def applied_to(self, config: KhaosControlConfig) -> KhaosControlConfig:
        """*config* speaking as the description asks."""
        return attrs.evolve(config, dialect=self.dialect)


def describe(config: KhaosControlConfig, caller: Caller) -> Flow[Description]:
    """Read the installation's WSDL; why it cannot be read is its ``problem``. Raises ``AuthFailed``, nothing else."""
    call = wsdl_call(config)
    if call is None:
        where = f"{config.wsdl} is on another server than the service" if config.wsdl else "its address is not known"
        return Description(account=config.account, problem=where, dialect=config.dialect)
    try:
        description = yield from caller.perform(call)
    except AuthFailed:
        raise  # every other call would fail on it as well
    except CallError as error:
        return Description(account=config.account, problem=str(error), dialect=config.dialect)
    return compared(description, config.dialect)


def wsdl_call(config: KhaosControlConfig) -> Call[ServiceDescription] | None:
    """The call that fetches the description; None where its address is not below that of the service."""
    base, wsdl = urlsplit(config.connection().base_url), urlsplit(config.wsdl)
    path = base.path.rstrip("/")
    if (base.scheme, base.netloc) != (wsdl.scheme, wsdl.netloc) or not wsdl.path.startswith(path + "/"):
        return None

    def decode(response: Response) -> ServiceDescription:
        if not 200 <= response.status < 300:
            raise refusal(response, system=config.account, operation="WSDL", message="the description is not served")
        return read_wsdl(response.body, system=config.account)

    # A bare "?wsdl" has no value: it is sent as "wsdl=", which such servers take for the same.
    query = tuple(parse_qsl(wsdl.query, keep_blank_values=True))
    request = Request(method="GET", path=wsdl.path.removeprefix(path), query=query, headers={"accept": "text/xml"})
    return Call(operation="WSDL", request=request, decode=decode, repeat="free")


def compared(description: ServiceDescription, dialect: Dialect) -> Description:
    """*description* beside the guide, and *dialect* as it asks for; names that *dialect* has already are kept. Pure."""
    guide = {name.casefold() for name in GUIDE}
    wanted, differences = dialect, list[str]()
    namespace, action = description.namespace, description.soap_action
    if namespace and namespace != dialect.namespace:
        differences.append(f"its operations are in the namespace {namespace}, not {dialect.namespace}")
        wanted = attrs.evolve(wanted, namespace=namespace)
    if action is not None and action != dialect.soap_action:
        differences.append(f"its SOAPAction is {action!r}, not {dialect.soap_action!r}")
        wanted = attrs.evolve(wanted, soap_action=action)
    spelt = {key: name for key, name in _spelt(description) if key not in dialect.parameter_names}
    differences += [f"{key} is called {name} there" for key, name in spelt.items()]
    wanted = attrs.evolve(wanted, parameter_names={**dialect.parameter_names, **spelt})
    return Description(
        operations=description.operations,
        missing=tuple(name for name in GUIDE if description.operation(name) is None),
        beyond=tuple(each for each in description.operations if each.name.casefold() not in guide),
        dialect=wanted,
        differences=tuple(differences),
    )


def _spelt(description: ServiceDescription) -> Iterator[tuple[str, str]]:
    """Parameters of the guide that the description spells otherwise: same place, and a name that is no other one's."""
    for name, parameters in GUIDE.items():
        offered = description.operation(name)
        there = [each.name for each in offered.parameters] if offered is not None else []
        yield from _renamed(name, parameters, there).items()


def _renamed(operation: str, ours: tuple[str, ...], theirs: list[str]) -> Mapping[str, str]:
    pairs = zip(ours, theirs, strict=False)  # newer services have more parameters, at the end
    return {
        f"{operation}.{own}": other
        for own, other in pairs
        if is_name(other) and own not in theirs and other not in ours and theirs.count(other) == 1
    }
