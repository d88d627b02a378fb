"""SOAP envelopes as far as both readers of them need: where the result is, and what a fault says."""

from collections.abc import Iterator
from typing import NoReturn
from xml.etree.ElementTree import Element

from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.refusals import refusal, request_id, shortened
from khaos_connectors.errors import Refused, Undecodable

__all__ = ["find_local", "local", "not_soap", "raise_fault"]


def local(tag: str) -> str:
    """The name in *tag* without its namespace."""
    return tag.rsplit("}", 1)[-1]


def find_local(element: Element, name: str) -> Iterator[Element]:
    """The elements under *element*, at any depth, whose local name is *name* in any case."""
    wanted = name.lower()
    return (each for each in element.iter() if local(each.tag).lower() == wanted)


def raise_fault(fault: Element, response: Response, *, system: str, operation: str) -> NoReturn:
    """Raise what *fault* says: its text, the class of the exception behind it and that class's ancestors.

    The ``faultcode`` is not looked at: servers in the field say Client whoever is to blame.
    """
    actor = _told(fault, "faultactor")
    kind = _told(fault, "ExceptionClassName") or actor
    line = [name.strip() for name in _told(fault, "ExceptionInheritance").split(",") if name.strip()]
    raise Refused(
        system=system,
        operation=operation,
        request_id=request_id(response.headers),
        message=shortened(_told(fault, "faultstring")) or "a fault without a text",
        status=response.status,
        code=kind or None,
        kinds=tuple(line) or ((kind,) if kind else ()),
    )


def _told(fault: Element, name: str) -> str:
    return next((" ".join((each.text or "").split()) for each in find_local(fault, name)), "")


_PAGES = {
    401: "the web server before it wants a user and a password, or others than were sent",
    403: "the web server before it does not let this caller in",
    404: "there is no service at this address",
}


def _page(status: int) -> str:
    pointed = (
        "the web server points to another address" if status < 400 else "an error page of the web server before it"
    )
    return _PAGES.get(status, pointed) + "; the answer is no SOAP"


def not_soap(response: Response, expected: str, *, system: str, operation: str) -> Refused | Undecodable:
    """The error for an answer that is no SOAP answer: by its status where that says "no", else *expected* at ``$``."""
    if response.status >= 300:
        return refusal(response, system=system, operation=operation, message=_page(response.status))
    return Undecodable(
        system=system,
        operation=operation,
        request_id=request_id(response.headers),
        path="$",
        expected=expected,
    )
