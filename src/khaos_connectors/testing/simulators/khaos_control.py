"""A Khaos Control installation in memory: its SOAP web service, its stock and its order book, traps included.

It is a second reading of the vendor's contract, sharing no code with the library's own client, so that it can judge
what the client did: ``ledger``, ``stock`` and ``orders`` are its word, not the library's.
"""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators.khaos_archive import Archive, ReceivedDocument
from khaos_connectors.testing.simulators.khaos_customer_desk import CustomerDesk
from khaos_connectors.testing.simulators.khaos_customers import Customer, KhaosAddress, KhaosContact
from khaos_connectors.testing.simulators.khaos_installation import KhaosInstallation
from khaos_connectors.testing.simulators.khaos_intake import AmountDifference, Intake
from khaos_connectors.testing.simulators.khaos_ledger import LedgerEntry, StockPosition
from khaos_connectors.testing.simulators.khaos_levels import LevelDesk
from khaos_connectors.testing.simulators.khaos_office import OfficeDesk
from khaos_connectors.testing.simulators.khaos_operations import (
    ADD_ONS,
    NO_OPERATION,
    OPERATIONS,
    Arguments,
    Operation,
    Parameter,
)
from khaos_connectors.testing.simulators.khaos_packing import packed, packed_list
from khaos_connectors.testing.simulators.khaos_prices import KhaosPrice, KhaosPriceList, PriceDesk
from khaos_connectors.testing.simulators.khaos_reference import (
    KhaosCountry,
    KhaosHarmonisation,
    KhaosKeycode,
    KhaosReference,
)
from khaos_connectors.testing.simulators.khaos_returns import KhaosReturn
from khaos_connectors.testing.simulators.khaos_settings import (
    KhaosCourier,
    KhaosItem,
    KhaosLink,
    KhaosSettings,
    KhaosSite,
    KhaosStyle,
)
from khaos_connectors.testing.simulators.khaos_soap import (
    KhaosFault,
    SoapValue,
    fault_answer,
    html_answer,
    read_call,
    result_answer,
)
from khaos_connectors.testing.simulators.khaos_websites import KhaosCategory, KhaosListing, KhaosWebsite, WebsiteDesk
from khaos_connectors.testing.simulators.khaos_world import Reader
from khaos_connectors.testing.simulators.khaos_wsdl import wsdl

__all__ = [
    "AmountDifference",
    "Customer",
    "KhaosAddress",
    "KhaosCategory",
    "KhaosContact",
    "KhaosControlSimulator",
    "KhaosCountry",
    "KhaosCourier",
    "KhaosFault",
    "KhaosHarmonisation",
    "KhaosItem",
    "KhaosKeycode",
    "KhaosLink",
    "KhaosListing",
    "KhaosPrice",
    "KhaosPriceList",
    "KhaosReference",
    "KhaosReturn",
    "KhaosSettings",
    "KhaosSite",
    "KhaosStyle",
    "KhaosWebsite",
    "LedgerEntry",
    "Parameter",
    "ReceivedDocument",
    "SiteOperation",
    "StockPosition",
]

_MAIN_SITE = (KhaosSite(site_id=1, name="Main Site"),)
Perform = Callable[[Arguments], SoapValue | None]


@attrs.frozen(kw_only=True)
class SiteOperation:
    """An operation that only this installation has: *result* is "xsd:string", a type of the WSDL, or "" for none."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    result: str = "xsd:string"
    perform: Perform


class KhaosControlSimulator(KhaosInstallation):
    """One installation. *clock* gives aware datetimes; the first of *sites* is the default site unless told otherwise.

    ``handle`` answers requests; the other methods are what people and the world do. All take ``lock``. ``down`` makes
    every request end at the web server's error page. *operations* are what only this site has, beside what
    ``settings.add_ons`` names.

    Views: ``orders`` by order code, ``stock`` by (stock code, site number), ``ledger``, ``customers``, ``returns``,
    ``credit_notes``; ``archive`` (every document that came), ``catalogue_requests``, ``price_lists``;
    ``import_attempts`` (how many ImportOrders calls carried a reference) and ``duplicates`` (how often an order was
    sent that was stored already) by reference; ``amount_differences``; ``card_data`` (references whose documents
    held a card number).
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        items: Iterable[KhaosItem] = (),
        sites: Sequence[KhaosSite] = _MAIN_SITE,
        couriers: Sequence[KhaosCourier] = (),
        price_lists: Iterable[KhaosPriceList] = (),
        websites: Iterable[KhaosWebsite] = (),
        operations: Iterable[SiteOperation] = (),
        settings: KhaosSettings | None = None,
    ) -> None:
        super().__init__(clock=clock, items=items, sites=sites, couriers=couriers, settings=settings or KhaosSettings())
        self.down = False
        self._archive = Archive(clock=clock, keep_sent=self.settings.archive_sent)
        self.archive = self._archive.documents
        intake = Intake(self._world, self._archive)
        self.import_attempts = intake.import_attempts
        self.duplicates = intake.duplicates
        self.amount_differences = intake.amount_differences
        self.card_data = intake.card_data
        customers = CustomerDesk(self._world, self._archive)
        self.catalogue_requests = customers.catalogue_requests
        self._prices = PriceDesk(self._world, self._archive, price_lists)
        own = tuple(operations)
        self._performing: dict[str, Perform] = {
            **self._orders_and_stock(intake),
            **_people(customers),
            **_reference(OfficeDesk(self._world)),
            **self._shop(WebsiteDesk(self._world, websites)),
            **{name: perform for name, perform in self._add_ons().items() if name in self.settings.add_ons},
            **{one.name: one.perform for one in own},
        }
        bought = {name: one for name, one in ADD_ONS.items() if name in self.settings.add_ons}
        self.operations: Mapping[str, Operation] = {
            **OPERATIONS,
            **bought,
            **{one.name: Operation(one.parameters, one.result) for one in own},
        }

    def _orders_and_stock(self, intake: Intake) -> dict[str, Perform]:
        reader = Reader(self._world)
        return {
            "GetVersion": reader.version,
            "GetSiteList": reader.sites,
            "GetSaleSource": reader.sales_sources,
            "GetCompanyClass": reader.company_classes,
            "GetStockList": reader.stock_list,
            "GetStockListCompressed": packed_list(reader.stock_list, self.settings),
            "GetStockPotential": reader.stock_potential,
            "ExportStock": reader.stock,
            "ExportStockCompressed": packed("STOCK", reader.stock),
            "ExportStockStatus": reader.stock_status,
            "ExportStockStatusCompressed": packed("STATUS", reader.stock_status),
            "ImportStockStatus": LevelDesk(self._world, reader, self._archive).take,
            "ImportOrders": intake.import_orders,
            "ExportOrders": reader.orders,
            "ExportOrderStatus": reader.recent_status,
            "ExportOrderStatusEx": reader.order_status,
        }

    def _shop(self, websites: WebsiteDesk) -> dict[str, Perform]:
        return {
            "ExportWebCategories": websites.whole,
            "ExportWebCategoriesCompressed": packed("WEBSITE", websites.whole),
            "ExportWebCategoriesEx2": websites.ex2,
            "ExportPriceList": self._prices.one,
            "ExportPriceListEx": self._prices.several,
            "ImportPriceLists": self._prices.take,
            "GetPriceLists": self._prices.names,
        }

    def _add_ons(self) -> dict[str, Perform]:
        def process_return(arguments: Arguments) -> SoapValue:
            code, authorisation = arguments.text("ReturnCode"), arguments.text("ManualAuthCode")
            if not code or not authorisation:
                raise KhaosFault("ReturnCode and ManualAuthCode are required")
            return self._process_return(code, authorisation)

        def cancel_order(arguments: Arguments) -> SoapValue:
            code = arguments.text("OrderCode")
            if code not in self._world.orders.orders:
                raise KhaosFault(f"Sales order '{code}' does not exist")
            try:
                self.cancel(code, reason=arguments.text("Reason"), user="WEB")
            except ValueError as problem:
                raise KhaosFault(f"Sales order '{code}' cannot be cancelled") from problem
            return code

        return {"ProcessReturn": process_return, "CancelOrder": cancel_order}

    @property
    def price_lists(self) -> Mapping[tuple[int, str], KhaosPriceList]:
        """All price lists by kind and name."""
        with self.lock:
            return dict(self._prices.lists)

    # --- the web service -----------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """The answer to one request; the state has changed when it returns."""
        with self.lock:
            refusal = self._refuse(request)
            if refusal is not None:
                return refusal
            if self._is("wsdl", request):
                host = request.headers.get("host", "localhost")
                text = wsdl(
                    self.operations, self.settings, address=f"http://{host}{self.settings.executable}/soap/IKosWeb"
                )
                return Response(status=200, headers={"content-type": "text/xml; charset=utf-8"}, body=text.encode())
            return self._soap(request)

    def operation(self, request: Request) -> str:
        """The operation that *request* asks for; its method and path when that cannot be told."""
        try:
            return read_call(request.body, action="", namespace=self.settings.namespace).operation
        except KhaosFault:
            return f"{request.method} {request.path}"

    def _is(self, door: str, request: Request) -> bool:
        """Whether the path is that door; web server paths do not mind the case, a base URL may hold the executable."""
        path = request.path.casefold().rstrip("/")
        return path in {f"/{door}/ikosweb", f"{self.settings.executable}/{door}/IKosWeb".casefold()}

    def _refuse(self, request: Request) -> Response | None:
        if self.down:
            return html_answer(503, "Service Unavailable")
        if self.settings.basic_auth is not None:
            user, password = self.settings.basic_auth
            wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
            if request.headers.get("authorization", "") != wanted:
                challenge = [("www-authenticate", 'Basic realm="khaos"')]
                return html_answer(401, "Unauthorized: Access is denied", headers=challenge)
        wanted_method = {"wsdl": "GET", "soap": "POST"}
        for door, method in wanted_method.items():
            if self._is(door, request):
                return None if request.method == method else html_answer(405, "Method Not Allowed")
        return html_answer(404, "File or directory not found")

    def _soap(self, request: Request) -> Response:
        action = request.headers.get("soapaction", "")
        try:
            call = read_call(request.body, action=action, namespace=self.settings.namespace)
            perform = self._performing.get(call.operation, _unknown)
            value = perform(Arguments(call, self.operations.get(call.operation, NO_OPERATION), self.settings))
        except KhaosFault as fault:
            return fault_answer(fault, self.settings)
        self._archive.sent(call.operation, value if isinstance(value, str) else "")
        return result_answer(call.operation, value, self.settings)


def _people(desk: CustomerDesk) -> dict[str, Perform]:
    return {
        "Login": desk.login,
        "GetCompanyList": desk.company_list,
        "ExportCompany": desk.export,
        "GetCompanyInfo": desk.info,
        "GetDeletedEntries": desk.deleted,
        "ImportCompany": desk.import_companies,
        "ImportCatalogueRequest": desk.catalogue_request,
    }


def _reference(desk: OfficeDesk) -> dict[str, Perform]:
    return {
        "GetCountryList": desk.countries,
        "GetCompanyStatus": desk.company_statuses,
        "GetMailingStatusList": desk.mailing_statuses,
        "GetKeycodes": desk.keycodes,
        "GetKeycodeTypes": desk.keycode_types,
        "GetAgentList": desk.agents,
        "GetManufacturer": desk.manufacturers,
        "GetHarmonisationCodes": desk.harmonisation,
        "GetSOPData": desk.sop_data,
        "GetBackOrderItems": desk.back_order_items,
        "GetAgentStock": desk.agent_stock,
        "GetStockDataArray": desk.stock_data,
        "FTStockDataArray": desk.stock_data,
    }


def _unknown(arguments: Arguments) -> SoapValue:
    raise KhaosFault("Interface not supported", exception_class="EIntfCastError")
