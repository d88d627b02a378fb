"""Everything that one simulated Khaos Control knows, and the read operations of its web service."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import attrs

from khaos_connectors._choices import known_names
from khaos_connectors.testing.simulators.khaos_catalogue import Catalogue, MatchBy
from khaos_connectors.testing.simulators.khaos_customers import CustomerFile
from khaos_connectors.testing.simulators.khaos_documents import Documents, StatusRow
from khaos_connectors.testing.simulators.khaos_ledger import StockBook
from khaos_connectors.testing.simulators.khaos_operations import Arguments
from khaos_connectors.testing.simulators.khaos_orders import Invoice, Order, OrderBook
from khaos_connectors.testing.simulators.khaos_returns import ReturnBook
from khaos_connectors.testing.simulators.khaos_settings import KhaosCourier, KhaosItem, KhaosSettings, KhaosSite
from khaos_connectors.testing.simulators.khaos_soap import EMPTY_DATE, KhaosFault, Listing, Record, SoapValue

__all__ = ["KhaosWorld", "Purchase", "Reader"]


@attrs.frozen(kw_only=True)
class Purchase:
    """An open purchase order line: *units* still to come to *site_id*, due on *due*."""

    stock_code: str
    site_id: int
    units: int
    due: date


class KhaosWorld:
    """The state of one installation."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        items: Iterable[KhaosItem],
        sites: Sequence[KhaosSite],
        couriers: Sequence[KhaosCourier],
        settings: KhaosSettings,
    ) -> None:
        if not sites:
            raise ValueError("an installation has at least one site")
        self.clock = clock
        self.settings = settings
        self.sites = {site.site_id: site for site in sites}
        self.couriers = tuple(couriers)
        wanted = sites[0].site_id if settings.default_site is None else settings.default_site
        self.default_site = self.sites[wanted]
        self.catalogue = Catalogue(items, clock=clock)
        self.stock = StockBook(clock=clock)
        self.orders = OrderBook(clock=clock, stock=self.stock)
        self.customers = CustomerFile(clock=clock, fixed=settings.fixed_criteria, code_is_id=settings.match_code_on_id)
        self.returns = ReturnBook(clock=clock, stock=self.stock, orders=self.orders)
        self.purchases: list[Purchase] = []
        for item in self.catalogue.items.values():
            self._open(item)

    def _open(self, item: KhaosItem) -> None:
        if not item.stock_controlled:
            return
        opening = {self.default_site.site_id: item.physical} if isinstance(item.physical, int) else item.physical
        for site_id in self.sites:
            self.stock.open(item.stock_code, site_id)
            self.stock.post(item.stock_code, site_id, "opening", physical=opening.get(site_id, 0))

    def revise(self, item: KhaosItem) -> None:
        """Store a new item (with its opening stock) or a revision of one (whose *physical* is ignored)."""
        known = self.catalogue.get(item.stock_code)
        self.catalogue.keep(item)
        if known is None:
            self._open(item)

    def site(self, site_id: int | None) -> int:
        """The number of a site, the default one for None; ValueError when there is none of that number."""
        if site_id is None:
            return self.default_site.site_id
        if site_id not in self.sites:
            raise ValueError(f"no site {site_id}")
        return site_id

    def on_order(self, stock_code: str, sites: Iterable[int]) -> list[Purchase]:
        """What is still to come to *sites*, the earliest first."""
        wanted = set(sites)
        found = [one for one in self.purchases if one.stock_code == stock_code and one.site_id in wanted]
        return sorted(found, key=lambda one: one.due)

    def touched_at(self, item: KhaosItem, date_type: int) -> datetime | None:
        """The date that a stock list compares: 0 revision, 1 launch, 2 movement, -1 the later of 0 and 2."""
        revised, moved = self.catalogue.revised_at(item.stock_code), self.stock.moved_at(item.stock_code)
        match date_type:
            case 0:
                return revised
            case 1:
                zone = self.settings.server_timezone
                return datetime.combine(item.launch, time(0), tzinfo=zone) if item.launch else None
            case 2:
                return moved
            case -1:
                return max(revised, moved or revised)
            case _:
                raise KhaosFault(f"DateType {date_type} is not supported")


class Reader:
    """The operations that only read. Each takes the call's arguments and gives the value of its result."""

    def __init__(self, world: KhaosWorld) -> None:
        self._world = world
        self._documents = Documents(world.settings)

    def version(self, arguments: Arguments) -> SoapValue:
        """GetVersion."""
        return self._world.settings.version

    def sites(self, arguments: Arguments) -> SoapValue:
        """GetSiteList."""
        rows = [
            Record("TSite", (("SiteID", site.site_id), ("SiteName", site.name))) for site in self._world.sites.values()
        ]
        current = self._world.default_site.site_id
        return Record("TSiteList", (("List", Listing("TSite", tuple(rows))), ("CurrentSiteID", current)))

    def sales_sources(self, arguments: Arguments) -> SoapValue:
        """GetSaleSource."""
        return Listing("xsd:string", tuple(self._world.settings.sales_sources))

    def company_classes(self, arguments: Arguments) -> SoapValue:
        """GetCompanyClass: none of the simulated classes is a price list only."""
        only_price_lists = arguments.number("CompanyClassType", 0) == 1
        return Listing("xsd:string", () if only_price_lists else tuple(self._world.settings.company_classes))

    def stock_list(self, arguments: Arguments) -> SoapValue:
        """GetStockList."""
        world, date_type = self._world, arguments.number("DateType", 0)
        since, kind = arguments.moment("DateValue"), arguments.number("StockItemType", 0)
        rows: list[Record] = []
        for item in world.catalogue.items.values():
            touched = world.touched_at(item, date_type)
            if (kind == 1 and not world.catalogue.is_parent(item)) or (kind == 2 and not item.parent):
                continue
            if since is not None and (touched is None or touched < since):
                continue
            rows.append(self._listed(item, touched))
        return _stock_list(rows)

    def listed(self, items: Iterable[KhaosItem]) -> SoapValue:
        """TStockList of *items*, as ImportStockStatus answers."""
        return _stock_list([self._listed(item, self._world.touched_at(item, -1)) for item in items])

    def _listed(self, item: KhaosItem, touched: datetime | None) -> Record:
        parent = self._world.catalogue.get(item.parent)
        return Record(
            "TStockListItem",
            (
                ("StockCode", item.stock_code),
                ("OtherRef", item.other_ref),
                ("StockDesc", item.description),
                ("ParentCode", item.parent),
                ("ParentOtherRef", parent.other_ref if parent else ""),
                ("LastUpdated", touched or EMPTY_DATE),
            ),
        )

    def stock_potential(self, arguments: Arguments) -> SoapValue:
        """GetStockPotential: by internal id unless a mapping is asked for; all sites together."""
        world = self._world
        by = _mapping(arguments.number("MappingType", 0), {0: "id", 1: "code", 2: "other_ref", 4: "description"})
        rows: list[Record] = []
        for code in arguments.codes("StockCode"):
            item = world.catalogue.find(code, by)
            if item is None:
                continue
            total = world.stock.total(item.stock_code, world.sites)
            coming = sum(one.units for one in world.on_order(item.stock_code, world.sites))
            figures = (
                ("StockCode", item.stock_code),
                ("OtherRef", item.other_ref),
                ("StockDesc", ""),
                ("Available", Decimal(total.available)),
                ("OnOrder", Decimal(coming)),
                ("BackOrder", Decimal(total.back_order)),
                ("Potential", Decimal(total.available + coming - total.back_order)),
            )
            rows.append(Record("TStockPotential", figures))
        return Listing("TStockPotential", tuple(rows))

    def stock(self, arguments: Arguments) -> SoapValue:
        """ExportStock: variants come inside their parent; asked for by their own code they are not found."""
        found = [item for item in self._asked_for(arguments) if not item.parent]
        return self._documents.stock_items(found, self._world.catalogue.children)

    def stock_status(self, arguments: Arguments) -> SoapValue:
        """ExportStockStatus: one site, or a row per site for -1."""
        world = self._world
        wanted = arguments.number("SiteID", world.default_site.site_id)
        if wanted != -1 and wanted not in world.sites:
            raise KhaosFault(f"Site {wanted} does not exist; {known_names(str(wanted), map(str, world.sites))}")
        sites = list(world.sites.values()) if wanted == -1 else [world.sites[wanted]]
        free = arguments.flag("PotentialLeadTime")
        items = list(self._asked_for(arguments))
        rows = [self._status_row(item, site, free=free) for site in sites for item in items]
        name = world.default_site.name if wanted == -1 else sites[0].name
        return self._documents.stock_status(rows, site_name=name)

    def _status_row(self, item: KhaosItem, site: KhaosSite, *, free: bool) -> StatusRow:
        position = self._world.stock.at(item.stock_code, site.site_id)
        purchases = self._world.on_order(item.stock_code, [site.site_id])
        claimed = position.back_order if free else 0
        due: date | None = None
        coming = 0
        for one in purchases:
            coming += one.units
            if due is None and coming > claimed:
                due = one.due
        return StatusRow(item=item, site_name=site.name, position=position, on_order=coming, due=due)

    def _asked_for(self, arguments: Arguments) -> Iterable[KhaosItem]:
        """Items by a list of codes, which wins over the date; without codes and date everything."""
        world, codes = self._world, arguments.codes("StockCode")
        by = _mapping(arguments.number("MappingType", 1), {1: "code", 2: "other_ref", 4: "description"})
        if codes:
            found = [world.catalogue.find(code, by) for code in dict.fromkeys(codes)]
            return [item for item in found if item is not None]
        since = arguments.moment("LastUpdated")
        items = world.catalogue.items.values()
        if since is None:
            return items
        return [item for item in items if (world.touched_at(item, -1) or EMPTY_DATE) >= since]

    def orders(self, arguments: Arguments) -> SoapValue:
        """ExportOrders: orders as documents; cancelled ones are gone."""
        mapping = arguments.number("MappingType", 1)
        if mapping not in {1, 2}:
            raise KhaosFault(f"MappingType {mapping} is not supported")
        codes = set(arguments.codes("OrderCode"))
        found = [
            order
            for order in self._world.orders.orders.values()
            if not order.cancelled and (order.code if mapping == 1 else order.reference) in codes
        ]
        return self._documents.sales_orders(found)

    def order_status(self, arguments: Arguments) -> SoapValue:
        """ExportOrderStatusEx; what it shows has "not moved" from then on. No ids and no dates mean everything."""
        choice = _Choice.of(arguments)
        rows: list[tuple[Order, Sequence[Invoice]]] = []
        book = self._world.orders.orders
        for order in (*book.values(), *self._world.returns.credit_notes.values()):
            invoices = [one for one in order.invoices if not choice.stages or one.stage in choice.stages]
            if choice.takes(order, by_creation=self._world.settings.status_dates == "created") and (
                invoices or not choice.stages
            ):
                rows.append((order, invoices))
        text = self._documents.status_list(rows, show_items=arguments.flag("ShowItems"))
        self._world.orders.exported([order.code for order, _ in rows if order.code in book])
        return text

    def recent_status(self, arguments: Arguments) -> SoapValue:
        """ExportOrderStatus: what is not issued yet, and what was in the last 48 hours; cancelled orders are gone."""
        oldest = self._world.clock() - timedelta(hours=48)
        rows = [
            (order, [one for one in order.invoices if one.issued_at is None or one.issued_at >= oldest])
            for order in self._world.orders.orders.values()
            if order.reference and not order.cancelled
        ]
        return self._documents.order_statuses(rows)


def _stock_list(rows: Sequence[Record]) -> Record:
    return Record("TStockList", (("Count", len(rows)), ("List", Listing("TStockListItem", tuple(rows)))))


@attrs.frozen(kw_only=True)
class _Choice:
    """Which orders a status export was asked for."""

    ids: frozenset[str]
    mapping: int
    stages: frozenset[int]
    cancelled: bool
    confirmed: bool
    tracking: bool
    since: datetime | None
    until: datetime | None

    @classmethod
    def of(cls, arguments: Arguments) -> "_Choice":
        ids = frozenset(arguments.codes("IDs"))
        mapping = arguments.number("MappingType", 0) if ids else 1
        if mapping not in {1, 2, 3, 4}:
            raise KhaosFault(f"MappingType {mapping} is not supported")
        return cls(
            ids=ids,
            mapping=mapping,
            stages=_whole_numbers(arguments.codes("InvoiceStageIDs")),
            cancelled=arguments.flag("IncludeCancelled"),
            confirmed=arguments.flag("ConfirmedOnly"),
            tracking=arguments.flag("IncludeTracking"),
            since=arguments.moment("DateFrom"),
            until=arguments.moment("DateTo"),
        )

    def takes(self, order: Order, *, by_creation: bool) -> bool:
        key = {1: order.urn, 2: order.customer_ref, 3: order.code, 4: order.reference}[self.mapping]
        if (self.ids and key not in self.ids) or (order.cancelled and not self.cancelled):
            return False
        if self.confirmed and not any(one.shipped_at for one in order.invoices):
            return False
        if self.since is None and self.until is None:
            return True
        moments = [order.created_at if by_creation else order.changed_at]
        if self.tracking and order.tracking_at is not None:
            moments.append(order.tracking_at)
        return any(
            (self.since is None or self.since <= moment) and (self.until is None or moment <= self.until)
            for moment in moments
        )


def _mapping(number: int, known: dict[int, MatchBy]) -> MatchBy:
    if number not in known:
        raise KhaosFault(f"MappingType {number} is not supported")
    return known[number]


def _whole_numbers(texts: Iterable[str]) -> frozenset[int]:
    try:
        return frozenset(int(text) for text in texts)
    except ValueError as problem:
        raise KhaosFault(f"{problem}", exception_class="EConvertError") from problem
