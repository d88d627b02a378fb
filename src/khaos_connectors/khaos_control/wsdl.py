"""What the service's own description (WSDL) says: its operations, their parameters, and how they are to be called."""

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import attrs

from khaos_connectors.calls.xml import parse
from khaos_connectors.errors import Undecodable

__all__ = ["OfferedOperation", "OfferedParameter", "ServiceDescription", "read_wsdl"]

_OPERATION = "WSDL"
_MAX_BYTES = 8 * 2**20


@attrs.frozen
class OfferedParameter:
    """A parameter as the service spells it; *type* without its prefix ("string", "int", "TStockList")."""

    name: str
    type: str = ""


@attrs.frozen(kw_only=True)
class OfferedOperation:
    """An operation that the installation has. *result* is its type without the prefix, "" where there is none.

    *soap_action* None: the description names none.
    """

    name: str
    parameters: tuple[OfferedParameter, ...] = ()
    result: str = ""
    namespace: str = ""
    soap_action: str | None = None

    def __str__(self) -> str:
        given = ", ".join(f"{each.name}: {each.type}" if each.type else each.name for each in self.parameters)
        return f"{self.name}({given})" + (f" -> {self.result}" if self.result else "")


@attrs.frozen(kw_only=True)
class ServiceDescription:
    """All of a WSDL that a client needs. *address* is where it wants to be called, as the server believes it."""

    operations: tuple[OfferedOperation, ...]
    address: str = ""

    @property
    def namespace(self) -> str:
        """The namespace of most operations; "" where none has any."""
        told = Counter(each.namespace for each in self.operations if each.namespace)
        return told.most_common(1)[0][0] if told else ""

    @property
    def soap_action(self) -> str | None:
        """The SOAPAction of most operations, with ``{namespace}`` and ``{operation}``; None where none is told."""
        told = Counter(_template(each) for each in self.operations if each.soap_action is not None)
        return told.most_common(1)[0][0] if told else None

    def operation(self, name: str) -> OfferedOperation | None:
        """The operation of that name, whatever its case; None if there is none."""
        return next((each for each in self.operations if each.name.casefold() == name.casefold()), None)


def read_wsdl(text: bytes | str, *, system: str) -> ServiceDescription:
    """The description in a WSDL 1.1 document. ``Undecodable`` for anything else, and for one without operations."""
    root = parse(text, system=system, operation=_OPERATION, max_bytes=_MAX_BYTES)
    if _local(root) != "definitions":
        raise Undecodable(system=system, operation=_OPERATION, path=f"/{_local(root)}", expected="definitions")
    messages = {each.get("name", ""): each for each in _named(root, "message")}
    bound = {each.get("name", ""): each for binding in _named(root, "binding") for each in _named(binding, "operation")}
    found: dict[str, OfferedOperation] = {}
    for port in _named(root, "portType"):
        for each in _named(port, "operation"):
            name = each.get("name", "")
            if name and name not in found:
                found[name] = _operation(each, name, messages, bound.get(name))
    if not found:
        raise Undecodable(system=system, operation=_OPERATION, path="/definitions/portType", expected="operations")
    address = next((each.get("location", "") for each in root.iter() if _local(each) == "address"), "")
    return ServiceDescription(operations=tuple(found.values()), address=address)


def _operation(element: Element, name: str, messages: dict[str, Element], binding: Element | None) -> OfferedOperation:
    results = [_bare(part.get("type", "")) for part in _parts(element, "output", messages)]
    action, namespace = None, ""
    for each in binding.iter() if binding is not None else ():
        if _local(each) == "operation" and each is not binding:
            action = each.get("soapAction")
        elif _local(each) == "body":
            namespace = namespace or each.get("namespace", "")
    return OfferedOperation(
        name=name,
        parameters=tuple(
            OfferedParameter(part.get("name", ""), _bare(part.get("type", "")))
            for part in _parts(element, "input", messages)
        ),
        result=results[0] if results else "",
        namespace=namespace,
        soap_action=action,
    )


def _parts(operation: Element, side: str, messages: dict[str, Element]) -> Iterator[Element]:
    for each in _named(operation, side):
        message = messages.get(_bare(each.get("message", "")))
        if message is not None:
            yield from _named(message, "part")


def _template(operation: OfferedOperation) -> str:
    action = (operation.soap_action or "").replace("{", "{{").replace("}", "}}")
    if operation.namespace and action.startswith(operation.namespace):
        action = "{namespace}" + action.removeprefix(operation.namespace)
    return action.removesuffix(operation.name) + "{operation}" if action.endswith(operation.name) else action


def _named(element: Element, name: str) -> list[Element]:
    return [each for each in element if _local(each) == name]


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _bare(name: str) -> str:
    return name.rpartition(":")[2]
