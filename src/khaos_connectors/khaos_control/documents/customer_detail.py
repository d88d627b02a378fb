"""CUSTOMER_DETAIL: the customer of an order or of a catalogue request, with the addresses."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

import attrs

from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Node
from khaos_connectors.khaos_control.documents.records import (
    named_problems,
    read_named,
    read_record,
    record_problems,
    write_named,
    write_record,
)
from khaos_connectors.khaos_control.order_models import Address, Customer

__all__ = ["customer_problems", "read_customer_detail", "write_customer_detail"]


def customer_problems(
    customer: Customer, invoice: Address, delivery: Address | None, *, encoding: str = ""
) -> Iterator[FieldError]:
    """Every reason why the ERP would not take them, by the document's element names."""
    yield from record_problems(customer, encoding=encoding)
    yield from named_problems(customer.uda, "ADDITIONAL", encoding=encoding)
    yield from named_problems(customer.custom, "CUSTOM_PROPERTY", encoding=encoding)
    yield from record_problems(invoice, prefix="I", encoding=encoding)
    if delivery is not None:
        yield from record_problems(delivery, prefix="D", encoding=encoding)


def write_customer_detail(
    parent: Element,
    customer: Customer,
    invoice: Address,
    delivery: Address | None,
    time: ServerTime,
    *,
    grouped: bool = True,
) -> None:
    """The children of CUSTOMER_DETAIL; without a *delivery* address its elements are written empty.

    *grouped*: the installation's own properties stand in a group, as in orders.
    """
    write_record(parent, customer, time)
    write_named(SubElement(parent, "UDA") if grouped else parent, customer.uda, "ADDITIONAL")
    addresses = SubElement(parent, "ADDRESSES")
    write_record(SubElement(addresses, "INVADDR"), invoice, time, prefix="I")
    write_record(SubElement(addresses, "DELADDR"), delivery or Address(), time, prefix="D")
    if customer.custom:
        write_named(SubElement(parent, "CUSTOM"), customer.custom, "CUSTOM_PROPERTY")


def read_customer_detail(node: Node) -> tuple[Customer, Address, Address | None]:
    """The customer, the invoice address, and the delivery address where there is one of its own.

    Older documents hold the installation's own properties without the group around them.
    """
    customer = attrs.evolve(
        read_record(Customer, node),
        uda=read_named(node.child("UDA"), "ADDITIONAL") or read_named(node, "ADDITIONAL"),
        custom=read_named(node.child("CUSTOM"), "CUSTOM_PROPERTY"),
    )
    invoice, delivery = node.child("ADDRESSES/INVADDR"), node.child("ADDRESSES/DELADDR")
    to = read_record(Address, delivery, prefix="D") if delivery is not None else Address()
    return (
        customer,
        read_record(Address, invoice, prefix="I") if invoice is not None else Address(),
        to if to.address1 else None,
    )
