"""Orders that the simulated ERP has fetched through Channels: checked, and imported into the world of the SOAP service.

A SalesOrder becomes the SALES_ORDER that stands for the same, and goes the way that every import goes.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from xml.etree import ElementTree as ET

import attrs

from khaos_connectors.testing.simulators.khaos_channels_wire import (
    Thing,
    moment_of,
    number_of,
    text_of,
    thing_of,
    truth_of,
)
from khaos_connectors.testing.simulators.khaos_import import OrderReader
from khaos_connectors.testing.simulators.khaos_intake import Intake
from khaos_connectors.testing.simulators.khaos_orders import Order
from khaos_connectors.testing.simulators.khaos_people import read_customer_detail
from khaos_connectors.testing.simulators.khaos_settings import plain
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld

__all__ = ["ChannelLine", "OrderImporter"]

_MAPPINGS = {"StockCode": "1", "OtherRef": "2", "Barcode": "5", "WebCode": "6", "Automatic": "-1"}
_WAYS = ("Cash", "Cheque", "Voucher", "BACS", "Card")
_PAYMENT_TYPES = {"Cash": "0", "Cheque": "1", "Card": "2", "Voucher": "3", "BACS": "1"}
_ADDRESS = (
    ("Line1", "ADDRESS1"),
    ("Line2", "ADDRESS2"),
    ("Line3", "ADDRESS3"),
    ("Town", "TOWN"),
    ("County", "COUNTY"),
    ("Postcode", "POSTCODE"),
    ("Organisation", "ORGANISATION"),
    ("Telephone", "TEL"),
    ("Fax", "FAX"),
    ("Email", "EMAIL"),
)
_CONTACT = (("Title", "TITLE"), ("Forename", "FORENAME"), ("Surname", "SURNAME"), ("Mobile", "MOBILE"))
_OLDEST = timedelta(days=92)


@attrs.frozen(kw_only=True)
class ChannelLine:
    """What a line of a fetched order gave to be told again with its shipments."""

    stock_code: str
    import_ref: str
    web_item_ref: str


class OrderImporter:
    """Imports fetched orders. *reference_format* is what the channel puts around their references (``{0}-JL``)."""

    def __init__(self, world: KhaosWorld, intake: Intake, *, reference_format: str, starts: datetime | None) -> None:
        self._world = world
        self._intake = intake
        self._format = reference_format
        self._starts = starts

    def kept_as(self, reference: str) -> str:
        """The reference under which the ERP keeps an order of *reference*."""
        return self._format.replace("{0}", reference)

    def bring_in(self, node: ET.Element) -> tuple[Order, tuple[ChannelLine, ...]]:
        """Import one SalesOrder; ``KhaosFault`` for whatever keeps it out."""
        reference = text_of(node, "Header/AssociatedRef", needed=True)
        now = self._world.clock()
        placed = moment_of(node, "Header/OrderDate", self._world.settings.server_timezone)
        if placed is None:
            raise KhaosFault("Header/OrderDate is required")
        if now - placed > _OLDEST or (self._starts is not None and placed < self._starts):
            raise KhaosFault("The order is older than three months, or than the channel")
        document = self._sales_order(node, self.kept_as(reference))
        if text_of(node, "Customer/CreateNew") == "Never":
            self._known(document)
        order = self._intake.take(document, self._reader(node, document))
        rows = node.findall("Items/*")
        lines = (
            ChannelLine(
                stock_code=line.stock_code,
                import_ref=text_of(row, "ImportRef"),
                web_item_ref=text_of(row, "WebItemRef"),
            )
            for line, row in zip(order.lines, rows, strict=True)
        )
        return order, tuple(lines)

    def _known(self, document: ET.Element) -> None:
        """An order that must not create its customer needs one that it matches."""
        if self._world.customers.match(read_customer_detail(document, self._world.settings)) is None:
            raise KhaosFault("No customer matches, and none may be created")

    def _reader(self, node: ET.Element, document: ET.Element) -> OrderReader:
        """How the ERP works this order out: by the customer's class, or as CalcMethod says."""
        world, settings = self._world, self._world.settings
        method = number_of(node, "Header/CalcMethod") or Decimal(0)
        if method not in {0, 1, 2}:
            raise KhaosFault(f"CalcMethod {method} is not supported")
        if method:
            mode: Literal["gross", "net"] = "net" if method == 1 else "gross"
            name = document.findtext("CUSTOMER_DETAIL/COMPANY_CLASS", "")
            settings = attrs.evolve(settings, company_classes={**settings.company_classes, name: mode})
        return OrderReader(
            settings=settings,
            catalogue=world.catalogue,
            sites=tuple(world.sites.values()),
            couriers=world.couriers,
            default_site=world.default_site,
        )

    # --- SalesOrder to SALES_ORDER -----------------------------------------------------------------------------------

    def _sales_order(self, node: ET.Element, reference: str) -> ET.Element:
        order = ET.Element("SALES_ORDER")
        order.append(self._customer(node))
        order.append(self._header(node, reference))
        if node.find("Header/DiscountCodes") is None:
            raise KhaosFault("Header/DiscountCodes is required")
        lines = ET.SubElement(order, "ORDER_ITEMS")
        lines.extend([self._line(row) for row in node.findall("Items/*")])
        payments = ET.SubElement(order, "PAYMENTS")
        payments.extend([_payment(row) for row in node.findall("Payments/*")])
        if not len(payments) and truth_of(node, "Header/RemainderOnAccount"):
            total = number_of(node, "Header/GrossTotal") or Decimal(0)
            _put(payments, "PAYMENT_DETAIL", (("PAYMENT_TYPE", "4"), ("PAYMENT_AMOUNT", plain(total))))
        return order

    def _customer(self, node: ET.Element) -> ET.Element:
        settings = self._world.settings
        detail = ET.Element("CUSTOMER_DETAIL")
        create = text_of(node, "Customer/CreateNew", needed=True)
        if create not in {"IfNoMatch", "Always", "Never"}:
            raise KhaosFault(f"CreateNew {create} is not supported")
        kind = thing_of(node, "Customer/CompanyType")
        fields = (
            ("IS_NEW_CUSTOMER", "-1" if create == "Always" else "0"),
            ("COMPANY_CODE", text_of(node, "Customer/URN")),
            ("COMPANY_CLASS", _one_of(thing_of(node, "Customer/CompanyClass", needed=True), settings.company_classes)),
            ("COMPANY_TYPE", _one_of(kind, settings.company_types)),
            ("COMPANY_NAME", text_of(node, "Customer/CompanyName")),
            ("OTHER_REF", text_of(node, "Customer/OtherRef")),
            ("WEB_USER", text_of(node, "Customer/WebUser")),
            ("TAX_REFERENCE", text_of(node, "Customer/TaxReference")),
        )
        _fill(detail, fields)
        addresses = ET.SubElement(detail, "ADDRESSES")
        for group, prefix, name in (("INVADDR", "I", "Invoice"), ("DELADDR", "D", "Delivery")):
            address, contact = node.find(f"{name}Address"), node.find(f"{name}Contact")
            if address is not None and contact is not None:
                _put(addresses, group, self._address(address, contact, prefix))
            elif name == "Invoice":
                raise KhaosFault("InvoiceAddress and InvoiceContact are required")
        return detail

    @staticmethod
    def _address(address: ET.Element, contact: ET.Element, prefix: str) -> Iterator[tuple[str, str]]:
        for needed in ("Line1", "Town"):
            text_of(address, needed, needed=True)
        person = {tag: text_of(contact, name) for name, tag in _CONTACT}
        if not (person["FORENAME"] or person["SURNAME"]):
            raise KhaosFault("A contact needs a forename or a surname")
        # A SALES_ORDER needs a surname; here either of the two names will do.
        person["SURNAME"] = person["SURNAME"] or person["FORENAME"]
        place = {tag: text_of(address, name) for name, tag in _ADDRESS}
        place["EMAIL"] = place["EMAIL"] or text_of(contact, "Email")
        country = thing_of(address, "Country", needed=True)
        assert country is not None
        yield from ((f"{prefix}{tag}", text) for tag, text in (*place.items(), *person.items()))
        yield f"{prefix}COUNTRY_CODE", country.code or country.id
        yield f"{prefix}COUNTRY_NAME", country.name

    def _header(self, node: ET.Element, reference: str) -> ET.Element:
        world, settings = self._world, self._world.settings
        header = ET.Element("ORDER_HEADER")
        charge = node.find("Header/DeliveryCharge")
        net = number_of(charge, "Net") if charge is not None else None
        gross = number_of(charge, "Gross") if charge is not None else None
        tax = number_of(node, "Header/DeliveryTaxAmount")
        if gross is not None and tax is not None:
            net, gross = gross - tax, None
        total = number_of(node, "Header/GrossTotal")
        currency = thing_of(node, "Customer/Currency", needed=True)
        source = thing_of(node, "Header/SalesSource", needed=True)
        fields = (
            ("ASSOCIATED_REF", reference),
            ("SITE", self._site(thing_of(node, "Header/Site", needed=True))),
            ("SALES_SOURCE", _one_of(source, settings.sales_sources, by_code=False)),
            ("BRAND", _one_of(thing_of(node, "Header/Brand"), settings.brands, by_code=False)),
            ("INV_PRIORITY", _one_of(thing_of(node, "Header/InvoicePriority"), settings.priorities)),
            ("ORDER_CURRENCY_CODE", str(currency)),
            ("COURIER_DESC", self._courier(thing_of(node, "Header/Courier"), world)),
            ("ORDER_NOTE", text_of(node, "Header/OrderNote")),
            ("INVOICE_NOTE", text_of(node, "Header/InvoiceNote")),
            ("PO_NUMBER", text_of(node, "Header/PONumber")),
            ("DELIVERY_DATE", text_of(node, "Header/DeliveryDate/Date")),
            ("DELIVERY_NET", plain(net) if net is not None else ""),
            ("DELIVERY_TAX", plain(tax) if tax is not None else ""),
            ("DELIVERY_GRS", plain(gross) if gross is not None else ""),
            ("ORDER_AMOUNT", plain(total) if total is not None else ""),
        )
        _fill(header, fields)
        return header

    def _site(self, wanted: Thing | None) -> str:
        for site in self._world.sites.values():
            if wanted is not None and wanted.names(id=site.site_id, name=site.name):
                return site.name
        raise KhaosFault(f"Site '{wanted}' does not exist")

    @staticmethod
    def _courier(wanted: Thing | None, world: KhaosWorld) -> str:
        if wanted is None:
            return ""
        for place, courier in enumerate(world.couriers, 1):
            if wanted.names(id=place, code=courier.code, name=courier.name):
                return courier.name
        raise KhaosFault(f"Courier '{wanted}' does not exist")

    def _line(self, row: ET.Element) -> ET.Element:
        mapping = text_of(row, "Mapping", needed=True)
        if mapping not in _MAPPINGS:
            raise KhaosFault(f"Mapping {mapping} is not supported")
        if row.find("ExtendedDescription") is None:
            raise KhaosFault("ExtendedDescription is required")
        units = number_of(row, "Quantity", needed=True) or Decimal(0)
        net, gross = number_of(row, "UnitPrice/Net"), number_of(row, "UnitPrice/Gross")
        if (net is None) == (gross is None):
            raise KhaosFault("UnitPrice is either Net or Gross")
        site = thing_of(row, "Site")
        line = ET.Element("ORDER_ITEM")
        fields = (
            ("STOCK_CODE", text_of(row, "SKU", needed=True)),
            ("MAPPING_TYPE", _MAPPINGS[mapping]),
            ("ORDER_QTY", plain(units)),
            ("PRICE_NET", plain(net) if net is not None else ""),
            ("PRICE_GRS", plain(gross) if gross is not None else ""),
            ("KSD_DISCOUNT", plain(number_of(row, "PercentDiscount") or Decimal(0))),
            ("SITE", self._site(site) if site is not None else ""),
        )
        _fill(line, fields)
        return line


def _payment(row: ET.Element) -> ET.Element:
    ways = [way for way in _WAYS if row.find(way) is not None]
    if len(ways) != 1:
        raise KhaosFault(f"A payment is exactly one of {', '.join(_WAYS)}")
    way = ways[0]
    payment = ET.Element("PAYMENT_DETAIL")
    code = text_of(row, "Card/AuthCode") if way == "Card" else "PAID"
    if way == "Card":
        text_of(row, "Card/CardType", needed=True)
        truth_of(row, "Card/IsPreauth")
    fields = (
        ("PAYMENT_TYPE", _PAYMENT_TYPES[way]),
        ("PAYMENT_AMOUNT", plain(number_of(row, "Amount", needed=True) or Decimal(0))),
        ("AUTH_CODE", code),
        ("CARD_NUMBER", text_of(row, "Card/CardNumber")),
    )
    _fill(payment, fields)
    return payment


def _one_of(wanted: Thing | None, known: Iterable[str], *, by_code: bool = True) -> str:
    """The name that *wanted* stands for; what nobody knows is refused by the import, with the names that exist."""
    if wanted is None:
        return ""
    if wanted.code and not by_code:
        raise KhaosFault(f"'{wanted}' cannot be found by its code")
    names = list(known)
    if wanted.id:
        place = int(wanted.id) if wanted.id.isdigit() else 0
        return names[place - 1] if 0 < place <= len(names) else wanted.id
    return str(wanted)


def _fill(element: ET.Element, fields: Iterable[tuple[str, str]]) -> None:
    for tag, text in fields:
        if text:
            ET.SubElement(element, tag).text = text


def _put(parent: ET.Element, tag: str, fields: Iterable[tuple[str, str]]) -> None:
    _fill(ET.SubElement(parent, tag), fields)
