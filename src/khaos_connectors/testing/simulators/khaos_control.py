"""A Khaos Control installation in memory: its SOAP web service, its stock and its order book, traps included.

It is a second reading of the vendor's contract, sharing no code with the library's own client, so that it can judge
what the client did: ``ledger``, ``stock`` and ``orders`` are its word, not the library's.
"""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from threading import RLock

import attrs

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators.khaos_catalogue import Customer
from khaos_connectors.testing.simulators.khaos_intake import AmountDifference, Intake, ReceivedDocument
from khaos_connectors.testing.simulators.khaos_ledger import LedgerEntry, StockPosition
from khaos_connectors.testing.simulators.khaos_operations import NO_OPERATION, OPERATIONS, Arguments, wsdl
from khaos_connectors.testing.simulators.khaos_orders import Order
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
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld, Purchase, Reader

__all__ = [
    "AmountDifference",
    "KhaosControlSimulator",
    "KhaosCourier",
    "KhaosItem",
    "KhaosLink",
    "KhaosSettings",
    "KhaosSite",
    "KhaosStyle",
    "LedgerEntry",
    "ReceivedDocument",
    "StockPosition",
]

_MAIN_SITE = (KhaosSite(site_id=1, name="Main Site"),)


class KhaosControlSimulator:
    """One installation. *clock* gives aware datetimes; the first of *sites* is the default site unless told otherwise.

    ``handle`` answers requests; the other methods are what people and the world do. All take ``lock``. ``down`` makes
    every request end at the web server's error page.

    Views: ``orders`` by order code, ``stock`` by (stock code, site number), ``ledger``, ``customers``, ``archive``;
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
        settings: KhaosSettings | None = None,
    ) -> None:
        self.settings = settings or KhaosSettings()
        self.lock = RLock()
        self.down = False
        self._world = KhaosWorld(clock=clock, items=items, sites=sites, couriers=couriers, settings=self.settings)
        self._intake = Intake(self._world)
        self.import_attempts = self._intake.import_attempts
        self.duplicates = self._intake.duplicates
        self.amount_differences = self._intake.amount_differences
        self.card_data = self._intake.card_data
        self.archive = self._intake.archive
        reader = Reader(self._world)
        self._operations: Mapping[str, Callable[[Arguments], SoapValue]] = {
            "GetVersion": reader.version,
            "GetSiteList": reader.sites,
            "GetSaleSource": reader.sales_sources,
            "GetCompanyClass": reader.company_classes,
            "GetStockList": reader.stock_list,
            "GetStockPotential": reader.stock_potential,
            "ExportStock": reader.stock,
            "ExportStockStatus": reader.stock_status,
            "ImportOrders": self._intake.import_orders,
            "ExportOrders": reader.orders,
            "ExportOrderStatusEx": reader.order_status,
            "GetSOPData": reader.sop_data,
        }

    # --- the web service -----------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """The answer to one request; the state has changed when it returns."""
        with self.lock:
            refusal = self._refuse(request)
            if refusal is not None:
                return refusal
            if self._is("wsdl", request):
                host = request.headers.get("host", "localhost")
                text = wsdl(self.settings, address=f"http://{host}{self.settings.executable}/soap/IKosWeb")
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
            perform = self._operations.get(call.operation, _unknown)
            value = perform(Arguments(call, OPERATIONS.get(call.operation, NO_OPERATION), self.settings))
        except KhaosFault as fault:
            return fault_answer(fault, self.settings)
        return result_answer(call.operation, value, self.settings)

    # --- what people and the world do ----------------------------------------------------------------------------

    def revise(self, item: KhaosItem) -> None:
        """Make an item (with its opening stock) or change one (its *physical* is then ignored)."""
        with self.lock:
            self._world.revise(item)

    def order_in(self, code: str, units: int, *, due: date, site: int | None = None) -> None:
        """Order *units* from a supplier."""
        with self.lock:
            self._controlled(code, units)
            purchase = Purchase(stock_code=code, site_id=self._world.site(site), units=units, due=due)
            self._world.purchases.append(purchase)

    def receive(self, code: str, units: int, site: int | None = None) -> None:
        """Put *units* on the shelf; they go to waiting orders first, if the installation does so."""
        with self.lock:
            self._controlled(code, units)
            site_id = self._world.site(site)
            self._world.stock.post(code, site_id, "received", physical=units)
            left = units
            for purchase in self._world.on_order(code, [site_id]):
                used = min(left, purchase.units)
                left -= used
                place = self._world.purchases.index(purchase)
                self._world.purchases[place] = attrs.evolve(purchase, units=purchase.units - used)
            self._world.purchases = [one for one in self._world.purchases if one.units]
            if self.settings.allocate_on_receipt:
                self._world.orders.assign(code, site_id)

    def sell_over_counter(self, code: str, units: int, site: int | None = None) -> int:
        """Sell at the till: the units really sold, never more than are available."""
        with self.lock:
            return self._take(code, units, site, sold=True)

    def write_off(self, code: str, units: int, site: int | None = None) -> int:
        """Write units off: how many really were, never one that is allocated."""
        with self.lock:
            return self._take(code, units, site, sold=False)

    def _take(self, code: str, units: int, site: int | None, *, sold: bool) -> int:
        self._controlled(code, units)
        site_id = self._world.site(site)
        taken = min(units, self._world.stock.at(code, site_id).available)
        self._world.stock.post(code, site_id, "sold over counter" if sold else "written off", physical=-taken)
        return taken

    def _controlled(self, code: str, units: int) -> None:
        item = self._world.catalogue.get(code)
        if item is None or not item.stock_controlled or units < 0:
            raise ValueError(f"cannot move {units} of {code}")

    def allocate(self, code: str, site: int | None = None) -> None:
        """Give what is available of *code* to the orders that wait for it."""
        with self.lock:
            self._world.orders.assign(code, self._world.site(site))

    def move_stage(self, order_code: str, stage: int) -> None:
        """Put the last invoice of an order at another stage (an operator authorises, holds, prints…)."""
        with self.lock:
            self._world.orders.move(self._world.orders.order(order_code).invoices[-1].code, stage)

    def pick_and_despatch(
        self,
        order_code: str,
        *,
        courier: str,
        consignment: str,
        units: Mapping[str, int] | None = None,
        boxes: bool = False,
        issue: bool = True,
    ) -> str:
        """Send *units* by stock code (None: all that are allocated) and give the invoice's code.

        *courier* is a known code or name, or any other text, which is then shown as it is. *boxes*: packed in a box,
        which carries the consignment reference. *issue* False leaves the invoice at stage 16. ValueError when the
        order is held (stages 11, 17, 19, 21), cancelled, sent already, or has less allocated than is asked for.
        """
        with self.lock:
            found = next((one for one in self._world.couriers if courier in {one.code, one.name}), None)
            invoice = self._world.orders.despatch(
                order_code,
                courier=found.name if found else courier,
                tracking_url=found.tracking_url.replace("{consignment}", consignment) if found else "",
                consignment=consignment,
                units=units,
                boxed=boxes,
            )
            if issue:
                self._world.orders.issue(invoice.code)
            return invoice.code

    def issue(self, invoice_code: str) -> None:
        """Issue an invoice that was left at stage 16."""
        with self.lock:
            self._world.orders.issue(invoice_code)

    def track(self, invoice_code: str, consignment: str, tracking_url: str = "") -> None:
        """Correct the consignment reference of a shipment afterwards: nothing but its tracking changes."""
        with self.lock:
            self._world.orders.track(invoice_code, consignment, tracking_url)

    def cancel(self, order_code: str, *, reason: str = "Customer changed their mind", user: str = "OFFICE") -> None:
        """Cancel an order of which nothing was sent; its stock becomes free. ValueError otherwise."""
        with self.lock:
            for code, site_id in self._world.orders.cancel(order_code, reason=reason, user=user):
                if self.settings.allocate_on_receipt:
                    self._world.orders.assign(code, site_id)

    # --- views ---------------------------------------------------------------------------------------------------

    @property
    def orders(self) -> Mapping[str, Order]:
        """All orders by code, oldest first."""
        with self.lock:
            return self._world.orders.orders

    def order_of(self, reference: str) -> Order | None:
        """The order with this associated reference."""
        with self.lock:
            return self._world.orders.of_reference(reference)

    @property
    def stock(self) -> Mapping[tuple[str, int], StockPosition]:
        """All positions by stock code and site number."""
        with self.lock:
            return self._world.stock.positions

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Every stock movement, oldest first."""
        with self.lock:
            return self._world.stock.entries

    @property
    def customers(self) -> Mapping[str, Customer]:
        """All customers by URN."""
        with self.lock:
            return self._world.customers.customers


def _unknown(arguments: Arguments) -> SoapValue:
    raise KhaosFault("Interface not supported", exception_class="EIntfCastError")
