"""A SOAP caller written by hand and order documents, for judging the simulator without the library's own client."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators.khaos_control import (
    KhaosControlSimulator,
    KhaosCourier,
    KhaosItem,
    KhaosPriceList,
    KhaosSettings,
    KhaosSite,
    KhaosWebsite,
    SiteOperation,
)
from khaos_connectors.testing.simulators.khaos_orders import Order

ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
NAMESPACE = "urn:IKosWebIntf-IKosWeb"


class SteppedClock:
    """A clock that stands until it is told to move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def step(self, minutes: float = 1) -> datetime:
        self.now += timedelta(minutes=minutes)
        return self.now


class Soap:
    """Calls one simulator: parameters are written in the order given, None as nil."""

    def __init__(self, simulator: KhaosControlSimulator) -> None:
        self.simulator = simulator

    def send(self, operation: str, parameters: Mapping[str, str | None], **options: str) -> Response:
        parts = "".join(
            f'<{name} xsi:nil="true"/>' if value is None else f"<{name}>{escape(value)}</{name}>"
            for name, value in parameters.items()
        )
        body = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body>'
            f'<k:{operation} xmlns:k="{NAMESPACE}">{parts}</k:{operation}></e:Body></e:Envelope>'
        )
        headers = {"soapaction": options.get("action", f'"{NAMESPACE}#{operation}"')}
        if "authorization" in options:
            headers["authorization"] = options["authorization"]
        path = options.get("path", "/KhaosDemo.exe/soap/IKosWeb")
        return self.simulator.handle(Request(method="POST", path=path, headers=headers, body=body.encode()))

    def value(self, operation: str, **parameters: str | None) -> ET.Element:
        """The ``return`` element, pointers followed; fails on a fault."""
        answer = self.send(operation, parameters)
        body = ET.fromstring(answer.body).find(f"{ENVELOPE}Body")
        assert answer.status == 200, answer.body
        assert body is not None
        found = {one.get("id"): one for one in body if one.get("id")}

        def follow(element: ET.Element) -> ET.Element:
            target = element.get("href")
            if target:
                element.extend(list(found[target.removeprefix("#")]))
                del element.attrib["href"]
            for child in element:
                follow(child)
            return element

        return follow(body[0][0])

    def text(self, operation: str, **parameters: str | None) -> str:
        return self.value(operation, **parameters).text or ""

    def document(self, operation: str, **parameters: str | None) -> ET.Element:
        """The document inside the string result."""
        return ET.fromstring(self.text(operation, **parameters).lstrip("\ufeff"))

    def fault(self, operation: str, **parameters: str | None) -> tuple[str, str]:
        """Exception class and message of the fault that the call ends with."""
        answer = self.send(operation, parameters)
        fault = ET.fromstring(answer.body).find(f"{ENVELOPE}Body/{ENVELOPE}Fault")
        assert fault is not None, answer.body
        assert fault.findtext("faultcode") == "SOAP-ENV:Client"
        return fault.findtext("faultactor") or "", fault.findtext("faultstring") or ""

    def refs(self, operation: str, **parameters: str | None) -> list[str]:
        """The associated references in a STATUS_LIST."""
        return [one.get("ASSOCIATED_REF", "") for one in self.document(operation, **parameters)]


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


ITEMS = (
    KhaosItem(
        stock_code="MUG", other_ref="M-1", description="Mug", physical={1: 10, 2: 3}, barcodes=("5000000000017",)
    ),
    KhaosItem(stock_code="BOWL", description="Bowl <large> & deep", physical=2, other_ref="SHARED"),
    KhaosItem(stock_code="LAST", description="Last one", physical=1, run_to_zero=True),
    KhaosItem(stock_code="GONE", description="Gone", discontinued=True),
    KhaosItem(stock_code="CARD", description="Gift card", stock_controlled=False, tax_code=2),
    # its code is the internal number of another item
    KhaosItem(stock_code="1001", description="Numbered", physical=7, other_ref="SHARED"),
)


@pytest.fixture
def make_soap(clock: SteppedClock) -> Callable[..., Soap]:
    """Opens an installation with two sites, two couriers and a few items; settings can be given."""

    def make(
        settings: KhaosSettings | None = None,
        items: tuple[KhaosItem, ...] = ITEMS,
        price_lists: tuple[KhaosPriceList, ...] = (),
        websites: tuple[KhaosWebsite, ...] = (),
        operations: tuple[SiteOperation, ...] = (),
    ) -> Soap:
        return Soap(
            KhaosControlSimulator(
                clock=clock,
                items=items,
                sites=(KhaosSite(site_id=1, name="Main Site"), KhaosSite(site_id=2, name="Shop")),
                couriers=(
                    KhaosCourier(
                        name="Royal Mail 24", code="RM24", tracking_url="https://track.example.com/{consignment}"
                    ),
                    KhaosCourier(name="Own van"),
                ),
                price_lists=price_lists,
                websites=websites,
                operations=operations,
                settings=settings or KhaosSettings(),
            )
        )

    return make


@pytest.fixture
def soap(make_soap: Callable[..., Soap]) -> Soap:
    return make_soap()


@pytest.fixture
def order_document() -> Callable[..., str]:
    """Writes a SALES_ORDERS document with one order; keywords replace or add elements by their name."""

    def write(reference: str, lines: Mapping[str, int] | None = None, **elements: str) -> str:
        def leaf(name: str, default: str = "") -> str:
            return f"<{name}>{escape(elements.get(name, default))}</{name}>"

        def leaves(**defaults: str) -> str:
            return "".join(leaf(name, default) for name, default in defaults.items())

        address = leaves(IADDRESS1="1 Test Street", ITOWN="Testtown", IPOSTCODE="AA1 1AA", IFORENAME="Pat")
        address += leaves(ISURNAME="Example", ITEL="", ICOUNTRY_CODE="GB", IEMAIL="pat@example.com")
        header = leaves(ASSOCIATED_REF=reference, ORDER_DATE="2026-07-01 10:00:00", DELIVERY_DATE="", ORDER_AMOUNT="")
        header += leaves(ORDER_CURRENCY_CODE="GBP", SITE="", SALES_SOURCE="Internet", BRAND="", COURIER_CODE="")
        header += leaves(DELIVERY_NET="", DELIVERY_TAX="", DELIVERY_GRS="0", PO_NUMBER="", COURIER_NOTE="")
        header += leaves(CHANNEL_ID="", FORCE_SORDER_CODE="", INV_PRIORITY="")
        rows = "".join(
            f"<ORDER_ITEM><STOCK_CODE>{escape(code)}</STOCK_CODE>"
            + leaf("MAPPING_TYPE", "1")
            + leaf("ORDER_QTY", str(units))
            + leaves(PRICE_GRS="9.99", PRICE_NET="", TAX_RATE="", KSD_DISCOUNT="", STOCK_DESC="", EXTENDED_DESC="")
            + leaf("FREEITEM_REASON")
            + f"<SITE>{elements.get('LINE_SITE', '')}</SITE></ORDER_ITEM>"
            for code, units in (lines if lines is not None else {"MUG": 1}).items()
        )
        payment = leaves(PAYMENT_AMOUNT="9.99", PAYMENT_TYPE="2", AUTH_CODE="CHANNEL", CARD_NUMBER="", PREAUTH="")
        payments = f"<PAYMENTS><PAYMENT_DETAIL>{payment}</PAYMENT_DETAIL></PAYMENTS>"
        return (
            "<SALES_ORDERS><SALES_ORDER><CUSTOMER_DETAIL>"
            + leaves(IS_NEW_CUSTOMER="0", COMPANY_CODE="", OTHER_REF="", WEB_USER="", COMPANY_CLASS="Web")
            + leaves(COMPANY_NAME="", COMPANY_TYPE="")
            + f"<ADDRESSES><INVADDR>{address}</INVADDR><DELADDR/></ADDRESSES></CUSTOMER_DETAIL>"
            + ("" if elements.get("PAYMENTS") == "none" else payments)
            + f"<ORDER_HEADER>{header}</ORDER_HEADER><ORDER_ITEMS>{rows}</ORDER_ITEMS></SALES_ORDER></SALES_ORDERS>"
        )

    return write


@pytest.fixture
def take(soap: Soap, order_document: Callable[..., str]) -> Callable[..., Order]:
    """Imports one order into the default installation and gives it as the simulator holds it."""

    def take_order(reference: str = "A-1", lines: Mapping[str, int] | None = None, **elements: str) -> Order:
        soap.value("ImportOrders", Orders=order_document(reference, lines, **elements))
        order = soap.simulator.order_of(reference)
        assert order is not None
        return order

    return take_order
