"""CATREQUESTS: who asked for which catalogue (ImportCatalogueRequest, KSDXMLCatRequest)."""

from collections.abc import Collection
from xml.etree.ElementTree import Element, SubElement

import attrs

from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.customer_detail import (
    customer_problems,
    read_customer_detail,
    write_customer_detail,
)
from khaos_connectors.khaos_control.documents.fields import Node, Reading, read_rows
from khaos_connectors.khaos_control.documents.records import document_text, record_problems, write_record
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.order_models import CatalogueRequest

__all__ = ["read_catalogue_requests", "request_problems", "write_catalogue_requests"]


def write_catalogue_requests(requests: Collection[CatalogueRequest], time: ServerTime) -> str:
    """The document with *requests*; the customer's own properties stand without a group around them, as there."""
    root = Element("CATREQUESTS")
    for request in requests:
        element = SubElement(root, "REQUEST")
        detail = SubElement(element, "CUSTOMER_DETAIL")
        write_customer_detail(detail, request.customer, request.invoice, request.delivery, time, grouped=False)
        write_record(element, request, time)
    return document_text(root)


def read_catalogue_requests(root: Element, reading: Reading) -> Rows[CatalogueRequest]:
    """The requests of such a document. Raises ``Undecodable`` if the document is another one."""
    if root.tag != "CATREQUESTS":
        raise reading.broken(f"/{root.tag}", "CATREQUESTS")
    requests = Node(root, "/CATREQUESTS", reading).children("REQUEST")
    return read_rows(requests, _request, key=lambda node: node.text("CUSTOMER_DETAIL/COMPANY_CODE"))


def _request(node: Node) -> CatalogueRequest | None:
    detail = node.child("CUSTOMER_DETAIL")
    if detail is None:
        if len(node.element):
            raise node.broken("CUSTOMER_DETAIL", "an element")
        return None
    customer, invoice, delivery = read_customer_detail(detail)
    return CatalogueRequest(
        customer=customer,
        invoice=invoice,
        delivery=delivery,
        request_date=node.moment("REQUEST_DATE"),
        catalogue=node.text("CATALOGUE"),
    )


def request_problems(requests: Collection[CatalogueRequest], *, encoding: str = "") -> tuple[FieldError, ...]:
    """Every reason why the ERP would not take *requests*, by the document's names; empty: they may be sent."""
    found: list[FieldError] = []
    for number, request in enumerate(requests, start=1):
        problems = (
            *customer_problems(request.customer, request.invoice, request.delivery, encoding=encoding),
            *record_problems(request, encoding=encoding),
        )
        found += (attrs.evolve(each, field=f"REQUEST[{number}]/{each.field}") for each in problems)
    return tuple(found)
