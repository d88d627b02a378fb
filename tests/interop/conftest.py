"""What the tests against foreign SOAP software share: a furnished installation, and zeep reading its WSDL."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import attrs
import pytest
import requests
import zeep
from zeep.transports import Transport

from khaos_connectors.calls.messages import Call, Request, Response
from khaos_connectors.khaos_control.company_models import (
    CompanyInfo,
    CompanyListEntry,
    ImportedCustomer,
    SkippedCustomer,
)
from khaos_connectors.khaos_control.endpoints import Service, import_orders
from khaos_connectors.khaos_control.models import ImportedOrder, SiteRow, SkippedOrder, StockListEntry, StockPotential
from khaos_connectors.khaos_control.reference_models import CountryRow, Keycode, MailingStatus
from khaos_connectors.testing.simulators.khaos_control import (
    Customer,
    KhaosAddress,
    KhaosCategory,
    KhaosContact,
    KhaosControlSimulator,
    KhaosCourier,
    KhaosHarmonisation,
    KhaosItem,
    KhaosListing,
    KhaosPrice,
    KhaosPriceList,
    KhaosReference,
    KhaosSettings,
    KhaosSite,
    KhaosStyle,
    KhaosWebsite,
)
from khaos_connectors.testing.simulators.khaos_reference import SOP_PARTS

T = TypeVar("T")
NO_DATE = datetime(1900, 1, 2, tzinfo=UTC)
# What a WSDL of this age takes for granted and zeep would fetch: arrays of the SOAP encoding.
ENCODING = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="http://schemas.xmlsoap.org/soap/encoding/" '
    'targetNamespace="http://schemas.xmlsoap.org/soap/encoding/"><xs:attribute name="arrayType" type="xs:string"/>'
    '<xs:complexType name="Array"><xs:sequence><xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" '
    'processContents="lax"/></xs:sequence><xs:attribute ref="t:arrayType"/></xs:complexType></xs:schema>'
)
NOW = datetime(2026, 7, 1, 9, 30, 15, 327000, tzinfo=UTC)
REFERENCE = KhaosReference(
    sop_parts=SOP_PARTS,
    harmonisation=(KhaosHarmonisation(code="6912", duties={"MUG": Decimal("12.5"), "BOWL": Decimal(0)}),),
)
FLAGS = ("hidden", "held", "locked", "stopped", "proforma", "supplier", "ec_company", "pays_vat", "po_required")
VARIANTS = {
    "inline": KhaosSettings(agents=("Ash",), reference=REFERENCE),
    "multiref": KhaosSettings(agents=("Ash",), reference=REFERENCE, answers="multiref", bom=True, declaration=True),
    "nil": KhaosSettings(reference=REFERENCE, answers="multiref", empty_arrays="nil", cdata=True, fault_status=200),
    "missing": KhaosSettings(reference=REFERENCE, empty_arrays="missing", result_cdata=True, newer_elements=False),
}
ORDER = (
    "<SALES_ORDERS><SALES_ORDER><CUSTOMER_DETAIL><IS_NEW_CUSTOMER>0</IS_NEW_CUSTOMER><OTHER_REF>{reference}</OTHER_REF>"
    "<COMPANY_CLASS>Web</COMPANY_CLASS><ADDRESSES><INVADDR><IADDRESS1>1 Test Street</IADDRESS1><ITOWN>Testtown</ITOWN>"
    "<IPOSTCODE>AA1 1AA</IPOSTCODE><ISURNAME>Éxample &amp; {reference}</ISURNAME></INVADDR><DELADDR/></ADDRESSES>"
    "</CUSTOMER_DETAIL><PAYMENTS><PAYMENT_DETAIL><PAYMENT_AMOUNT>9.99</PAYMENT_AMOUNT><PAYMENT_TYPE>2</PAYMENT_TYPE>"
    "<AUTH_CODE>X</AUTH_CODE></PAYMENT_DETAIL></PAYMENTS><ORDER_HEADER><ASSOCIATED_REF>{reference}</ASSOCIATED_REF>"
    "<ORDER_DATE>2026-07-01</ORDER_DATE><DELIVERY_GRS>0</DELIVERY_GRS></ORDER_HEADER><ORDER_ITEMS><ORDER_ITEM>"
    "<STOCK_CODE>{code}</STOCK_CODE><MAPPING_TYPE>1</MAPPING_TYPE><ORDER_QTY>{units}</ORDER_QTY>"
    "<PRICE_GRS>9.99</PRICE_GRS></ORDER_ITEM></ORDER_ITEMS></SALES_ORDER></SALES_ORDERS>"
)


def furnished(settings: KhaosSettings) -> KhaosControlSimulator:
    """An installation with some of everything, a part of it older than the rest; two of them are alike."""
    clock = [NOW - timedelta(days=2)]
    prices = (KhaosPrice(stock_code="MUG", amount=Decimal("10.5")), KhaosPrice(stock_code="BOWL", discount=Decimal(5)))
    mugs = KhaosCategory(category_id="9", name="Mugs & more", items=(KhaosListing(stock_code="MUG", channel_code="C"),))
    simulator = KhaosControlSimulator(
        clock=lambda: clock[0],
        items=(
            KhaosItem(stock_code="MUG", other_ref="M-1", description="Mug “large” & deep", physical={1: 9, 2: 3}),
            KhaosItem(stock_code="BOWL", description="Bowl", physical=2, manufacturer="Potter", weight=Decimal("1.5")),
            KhaosItem(stock_code="SHIRT", headings=("Size",)),
            KhaosItem(
                stock_code="SHIRT-S", parent="SHIRT", styles=(KhaosStyle(description="Small", suffix="S"),), physical=4
            ),
            KhaosItem(stock_code="CARD", stock_controlled=False),
        ),
        sites=(KhaosSite(site_id=1, name="Main Site"), KhaosSite(site_id=2, name="Shop")),
        couriers=(KhaosCourier(name="Royal Mail 24", code="RM24", tracking_url="https://t.example.com/{consignment}"),),
        price_lists=(
            KhaosPriceList(name="Web", prices=prices),
            KhaosPriceList(name="Trade", net=True, currency="GBP", prices=prices[:1]),
        ),
        websites=(
            KhaosWebsite(website_id="7", name="Shop", categories=(mugs,), items=(KhaosListing(stock_code="BOWL"),)),
        ),
        settings=settings,
    )
    for urn in ("OLD", "EARLIER"):
        simulator.add_customer(Customer(urn=urn, name=urn, company_class="Trade", currency="GBP"))
    simulator.delete_customer("EARLIER")
    clock[0] = NOW
    for flag in FLAGS:
        one = Customer(urn=flag.upper()[:10], name=flag, company_class="Web", currency="GBP")
        simulator.add_customer(attrs.evolve(one, **{flag: flag != "pays_vat"}))
    people = (KhaosContact(forename="Kim", surname="Ash", email="kim@example.com", subscribed=True),)
    simulator.add_customer(
        Customer(
            urn="ASH",
            name="Ash & Söhne",
            company_class="Trade",
            currency="GBP",
            other_ref="web-1",
            web_user="ash",
            web_password="secret",
            price_lists=("Trade",),
            credit_limit=Decimal("250.5"),
            balance=Decimal("100.25"),
            overdue=Decimal(30),
            addresses=(KhaosAddress(line1="2 High Street", town="Town", postcode="BB1 1BB", contacts=people),),
        )
    )
    simulator.add_customer(Customer(urn="GONE", name="Gone", company_class="Web", currency="GBP"))
    simulator.delete_customer("GONE", merged_into="ASH")
    simulator.order_in("BOWL", 5, due=date(2026, 7, 20))
    return simulator


def with_orders(simulator: KhaosControlSimulator, ask: Callable[[str], object]) -> None:
    """Three orders by *ask* (which imports a document): one sent and half of it back, one waiting, one cancelled."""
    for reference, code, units in (("A-1", "MUG", 4), ("A-2", "BOWL", 5), ("A-3", "MUG", 1)):
        ask(ORDER.format(reference=reference, code=code, units=units))
    simulator.pick_and_despatch("SO000001", courier="RM24", consignment="C1", boxes=True)
    simulator.process_return(simulator.take_return("SO000001", {"MUG": 2}, reference="R-1"))
    simulator.cancel("SO000003")


@pytest.fixture(params=VARIANTS)
def settings(request) -> KhaosSettings:
    """How the installation answers: each way once."""
    return VARIANTS[request.param]


SERVICE = Service(system="khaos")


class Ours:
    """Our client on an installation of its own."""

    def __init__(self, simulator: KhaosControlSimulator) -> None:
        self.simulator = simulator

    def send(self, call: Call[object]) -> Response:
        return self.simulator.handle(call.request)

    def ask(self, call: Call[T]) -> T:
        return call.decode(self.send(call))


class _Loopback(Transport):
    """zeep's way to a simulator: what it would fetch from the network is given to it here."""

    def __init__(self, simulator: KhaosControlSimulator) -> None:
        super().__init__()
        self._simulator = simulator

    def load(self, url: str) -> bytes:
        if url.startswith("http://schemas.xmlsoap.org/soap/encoding"):
            return ENCODING.encode()
        return self._simulator.handle(Request(method="GET", path="/wsdl/IKosWeb", headers={"host": "sim"})).body

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        path = address.removeprefix("http://sim")
        lowered = {name.lower(): value for name, value in headers.items()}
        told = self._simulator.handle(Request(method="POST", path=path, headers=lowered, body=message))
        found = requests.Response()
        found.status_code, found._content = told.status, told.body
        found.headers.update(told.headers)
        return found


class Foreign:
    """zeep on an installation of its own, knowing nothing but its WSDL; parameters that are not given are nil."""

    def __init__(self, simulator: KhaosControlSimulator) -> None:
        self.simulator = simulator
        self._client = zeep.Client("http://sim/wsdl/IKosWeb", transport=_Loopback(simulator))
        binding = self._client.service._binding
        self.operations = {
            name: [part for part, _ in one.input.body.type.elements] for name, one in binding._operations.items()
        }

    def ask(self, operation: str, **given: object) -> object:
        names = dict.fromkeys(self.operations[operation], zeep.xsd.Nil)
        assert set(given) <= set(names)
        return getattr(self._client.service, operation)(**(names | given))


@pytest.fixture(params=VARIANTS)
def twins(request) -> tuple[Ours, Foreign]:
    """Our client and zeep, each on an installation of its own; both are furnished alike, and had the same orders."""
    ours, foreign = (furnished(VARIANTS[request.param]) for _ in range(2))
    pair = Ours(ours), Foreign(foreign)
    with_orders(ours, lambda document: pair[0].ask(import_orders(SERVICE, document)))
    with_orders(foreign, lambda document: pair[1].ask("ImportOrders", Orders=document))
    return pair


# The properties that stand for the fields of our records, in the order of the fields.
PROPERTIES: dict[type, str] = {
    ImportedOrder: "SalesOrderCode AssociatedRef Msg URN OtherRef",
    SkippedOrder: "OrderRef SkipReason",
    ImportedCustomer: "URN Action OtherRef PassedReference WebUser",
    SkippedCustomer: "CustomerRef SkipReason PassedReference",
    StockListEntry: "StockCode OtherRef StockDesc ParentCode ParentOtherRef LastUpdated",
    StockPotential: "StockCode OtherRef Available OnOrder BackOrder Potential",
    SiteRow: "SiteID SiteName",
    CompanyListEntry: "CompanyCode OtherRef LastUpdated",
    CompanyInfo: (
        "CompanyCode CompanyName OtherRef HideCompany HoldData CreditLimit CreditBalance CreditOverdue CreditPending "
        "CreditUnallocated OutstandingBalance CurrencyCode TermsLength TermsType TermsDesc CreditStop OrdersHeld "
        "PTypeID Proforma Supplier ECCompany PaysVAT POCodeRequired PriceLists"
    ),
    CountryRow: "CountryName CountryCode2 CountryCode3 EUMember PaysVAT CurrencyName CurrencyCode Zone",
    Keycode: ("KeycodeCode KeycodeDesc KeycodeTypeDesc SourceCode DateCrreated ExpiryDate WebUse MOTOUse"),
    MailingStatus: "ID Description",
}


def alike(ours: object, theirs: object) -> bool:
    """Whether a value that we read is what zeep read, who knows no empty texts, exact numbers or empty dates."""
    match ours:
        case None:
            return theirs is None or (isinstance(theirs, datetime) and theirs < NO_DATE)
        case bool():
            return theirs is ours
        case str():
            return ours == ("" if theirs is None else str(theirs))
        case datetime():
            return isinstance(theirs, datetime) and theirs.astimezone(UTC) == ours
        case Decimal() | int():
            return isinstance(theirs, (int, float)) and Decimal(str(theirs)) == ours
        case tuple():
            rows = theirs or []
            return isinstance(rows, list) and len(rows) == len(ours) and all(map(alike, ours, rows))
        case _:
            names = PROPERTIES[type(ours)].split()
            fields = [field.name for field in attrs.fields(type(ours))]
            assert len(fields) == len(names), type(ours)
            return all(alike(getattr(ours, a), getattr(theirs, b)) for a, b in zip(fields, names, strict=True))


@pytest.fixture(name="alike")
def alike_fixture() -> Callable[[object, object], bool]:
    """Compares a value that we read with the one that zeep read."""
    return alike
