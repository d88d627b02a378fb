"""Which way an invoice goes and against which request: decisions with their reasons, pure."""

import re
import unicodedata
from collections.abc import Sequence
from hashlib import sha256

import attrs

from khaos_connectors.mirakl.config import InvoiceWay
from khaos_connectors.mirakl.models.codes import DocumentFormat
from khaos_connectors.mirakl.models.document_codes import AccountingDocumentType, DocumentRequestState
from khaos_connectors.mirakl.models.document_requests import DocumentRequest
from khaos_connectors.mirakl.models.platform import Platform

__all__ = [
    "Against",
    "AlreadyIssued",
    "ChosenWay",
    "NoRequest",
    "ascii_name",
    "choose_request",
    "choose_way",
    "wanted_formats",
]

_STATES = DocumentRequestState
_ODD = re.compile(r"[^A-Za-z0-9._()+-]+")


@attrs.frozen(kw_only=True)
class ChosenWay:
    """Where an invoice goes, never AUTOMATIC, and *why*."""

    way: InvoiceWay
    why: str


@attrs.frozen(kw_only=True)
class Against:
    """The request that waits for the document."""

    request: DocumentRequest


@attrs.frozen(kw_only=True)
class AlreadyIssued:
    """The request has its document."""

    request: DocumentRequest


@attrs.frozen(kw_only=True)
class NoRequest:
    """Nothing waits for the document, and *why*; *request_id* is the request that does not wait, where there is one."""

    why: str
    request_id: str = ""


def choose_way(wanted: InvoiceWay, platform: Platform | None) -> ChosenWay:
    """The way of invoices: what the user settled, else what the platform configuration (PC01) says, else OR74."""
    if wanted is not InvoiceWay.AUTOMATIC:
        return ChosenWay(way=wanted, why="the configuration says so")
    settings = platform.platform_configuration if platform is not None else None
    invoicing = settings.enhanced_seller_invoicing if settings is not None else None
    if invoicing is None or invoicing.enabled is None:
        return ChosenWay(way=InvoiceWay.ORDER_DOCUMENT, why="the platform says nothing of enhanced invoicing (PC01)")
    if invoicing.enabled:
        return ChosenWay(way=InvoiceWay.ACCOUNTING_DOCUMENT, why="the platform has enhanced invoicing (PC01)")
    return ChosenWay(way=InvoiceWay.ORDER_DOCUMENT, why="the platform has no enhanced invoicing (PC01)")


def choose_request(
    requests: Sequence[DocumentRequest], *, kind: AccountingDocumentType, number: str, request_id: str = ""
) -> Against | AlreadyIssued | NoRequest:
    """The one of *requests* (an order's) that the document *number* of this *kind* answers.

    *request_id* names it; without one, the only request that waits. A request that carries this very number is
    answered already. Of several that wait none is picked: a document at the wrong one cannot be taken back.
    """
    fitting = [each for each in requests if each.type is kind and (not request_id or each.id == request_id)]
    own = next((each for each in fitting if each.document_number == number and each.state is _STATES.ISSUED), None)
    if own is not None:
        return AlreadyIssued(request=own)
    waiting = [each for each in fitting if each.state is _STATES.TO_PROCESS]
    if len(waiting) == 1:
        return Against(request=waiting[0])
    name = kind.value.lower().replace("_", " ")
    article = "an" if name[0] in "aeiou" else "a"
    if waiting:
        ids = ", ".join(str(each.id) for each in waiting)
        return NoRequest(why=f"{len(waiting)} requests wait for {article} {name}, say which one by request_id: {ids}")
    if not fitting:
        return NoRequest(
            why=f"the operator has not asked for {article} {name} here (yet); look again later", request_id=request_id
        )
    last = fitting[-1]
    if any(each.state is _STATES.STAGING for each in fitting):
        return NoRequest(why=f"the request for the {name} is being prepared; look again later", request_id=str(last.id))
    if last.state is _STATES.ISSUED:
        told = f"under number {last.document_number}" if last.document_number else "under another number"
        return NoRequest(why=f"the {name} was brought already, {told}", request_id=str(last.id))
    state = last.state.value if isinstance(last.state, DocumentRequestState) else last.state.code
    return NoRequest(why=f"the request for the {name} is in state {state}", request_id=str(last.id))


def wanted_formats(request: DocumentRequest) -> tuple[tuple[DocumentFormat, ...], tuple[str, ...]]:
    """The formats that *request* wants (PDF where it names none), and the names of those that we do not know."""
    found = [each.format for each in request.document_details or () if each.format is not None]
    known = tuple(dict.fromkeys(each for each in found if isinstance(each, DocumentFormat)))
    unknown = tuple(each.code for each in found if not isinstance(each, DocumentFormat))
    return (known or (() if unknown else (DocumentFormat.PDF,))), unknown


def ascii_name(name: str, *, ending: str) -> str:
    """*name* as Mirakl takes file names: ASCII, without blanks and signs, with *ending* (``".pdf"``).

    Letters that ASCII has no likeness of leave a digest of the name behind: by their names documents are told apart.
    """
    known = unicodedata.normalize("NFKD", name)
    stem = _ODD.sub("-", known.encode("ascii", "ignore").decode().removesuffix(ending)).strip("-.") or "document"
    if any(each.isalnum() and not each.isascii() for each in known):
        stem += "-" + sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    return stem + ending
