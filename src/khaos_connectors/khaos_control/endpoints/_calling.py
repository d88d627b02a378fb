"""How every call of the service is made: whom it goes to, its envelope, how its answer is opened, what is not asked."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from xml.etree.ElementTree import Element

import attrs

from khaos_connectors.calls.messages import Call, Repeat, Request, Response
from khaos_connectors.calls.moments import moment
from khaos_connectors.calls.soap import Parameter, SoapValue, answer, envelope
from khaos_connectors.calls.xml import parse
from khaos_connectors.errors import FieldError, Invalid
from khaos_connectors.khaos_control.dates import NO_DATE, ServerTime
from khaos_connectors.khaos_control.dialect import Dialect
from khaos_connectors.khaos_control.documents.fields import Reading

__all__ = ["Service", "call", "csv", "document_call", "guard", "request", "since_when", "until_when", "when"]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Service:
    """Whom a call goes to: the account *system*, the endpoint's *path*, how it is spoken to and how it tells time."""

    system: str
    path: str = "/soap/IKosWeb"
    dialect: Dialect = attrs.field(factory=Dialect)
    time: ServerTime = attrs.field(factory=ServerTime)

    def reading(self, operation: str) -> Reading:
        """How answers of *operation* are read."""
        return Reading(system=self.system, operation=operation, time=self.time)


def call(
    service: Service,
    operation: str,
    parameters: Sequence[Parameter],
    read: Callable[[SoapValue], T],
    *,
    repeat: Repeat = "free",
) -> Call[T]:
    """A call of *operation* whose result is read by *read*; faults are raised before that."""

    def decode(response: Response) -> T:
        return read(answer(response, system=service.system, operation=operation))

    return Call(operation=operation, repeat=repeat, request=request(service, operation, parameters), decode=decode)


def document_call(
    service: Service,
    operation: str,
    parameters: Sequence[Parameter],
    read: Callable[[Element], T],
) -> Call[T]:
    """A call whose result is a document as text; *read* gets its root."""

    def inner(value: SoapValue) -> T:
        return read(parse(value.text or "", system=service.system, operation=operation))

    return call(service, operation, parameters, inner)


def request(service: Service, operation: str, parameters: Sequence[Parameter]) -> Request:
    """The envelope of *operation* as this installation wants it, to be posted."""
    dialect = service.dialect
    named = [
        attrs.evolve(each, name=dialect.parameter_names.get(f"{operation}.{each.name}", each.name))
        for each in parameters
    ]
    body = envelope(
        operation,
        [*named, *dialect.extra_parameters],
        namespace=dialect.namespace,
        missing=dialect.missing,
        boolean=dialect.boolean,
    )
    headers = {"content-type": "text/xml; charset=utf-8", "accept": "text/xml"}
    if dialect.soap_action is not None:
        action = dialect.soap_action.format(namespace=dialect.namespace, operation=operation)
        headers["soapaction"] = f'"{action}"'
    return Request(method="POST", path=service.path, headers=headers, body=body)


def when(service: Service, operation: str, name: str, value: datetime | None) -> datetime | None:
    """The beginning *name* of a span as the server's wall time, None for none; ``Invalid`` for what is not aware."""
    if value is None:
        return None
    return service.time.for_call_from(moment(value, system=service.system, operation=operation, name=name))


def until_when(service: Service, operation: str, name: str, value: datetime | None) -> datetime | None:
    """``when`` for the end *name* of a span."""
    if value is None:
        return None
    return service.time.for_call_until(moment(value, system=service.system, operation=operation, name=name))


def since_when(service: Service, operation: str, since: datetime | None) -> datetime:
    """*since* (aware) as the server's wall time; None as the date that means all of them."""
    return when(service, operation, "since", since) or NO_DATE


def guard(codes: Collection[str], since: datetime | None) -> None:
    """``ValueError`` for an empty list without a date."""
    # An empty list without a date can mean everything to the service, and everything brings its server to its knees.
    if not codes and since is None:
        raise ValueError("codes: must not be empty without dates, the service may take that for everything")


def csv(service: Service, operation: str, name: str, codes: Collection[str]) -> str:
    """*codes* as one text; ``Invalid`` where one holds the comma that separates them, or nothing."""
    bad = list(_unaskable(name, codes))
    if bad:
        raise Invalid(
            system=service.system, operation=operation, message="not sent: codes cannot be asked for", fields=tuple(bad)
        )
    return ",".join(codes)


def _unaskable(name: str, codes: Collection[str]) -> Iterator[FieldError]:
    for code in codes:
        if "," in code:
            yield FieldError(name, f"{code!r} holds a comma, which separates codes here: it cannot be asked for")
        elif not code.strip():
            yield FieldError(name, "an empty code cannot be asked for")
