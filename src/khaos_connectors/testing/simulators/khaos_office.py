"""The operations of the simulated Khaos Control that tell what its office has set up, and those nobody documented."""

from collections.abc import Iterable
from decimal import Decimal

from khaos_connectors.testing.simulators.khaos_documents import Documents
from khaos_connectors.testing.simulators.khaos_operations import Arguments
from khaos_connectors.testing.simulators.khaos_reference import KhaosKeycode
from khaos_connectors.testing.simulators.khaos_soap import EMPTY_DATE, KhaosFault, Listing, Record, SoapValue
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld
from khaos_connectors.testing.simulators.khaos_xml import Page, flag, leaves, node

__all__ = ["OfficeDesk"]

_PARTS = ("DelRate", "CourierBanding", "KeyCode", "BOGOF", "SpecialOffer", "TelesalePrompt", "BarredItems")


class OfficeDesk:
    """Tells reference data. Each operation takes the call's arguments and gives the value of its result."""

    def __init__(self, world: KhaosWorld) -> None:
        self._world = world
        self._reference = world.settings.reference
        self._page = Page(world.settings)
        self._documents = Documents(world.settings)

    def countries(self, arguments: Arguments) -> SoapValue:
        """GetCountryList."""
        rows = tuple(
            Record(
                "TCountry",
                (
                    ("CountryName", one.name),
                    ("CountryCode2", one.code2),
                    ("CountryCode3", one.code3),
                    ("EUMember", one.eu_member),
                    ("PaysVAT", one.pays_vat),
                    ("CurrencyName", one.currency_name),
                    ("CurrencyCode", one.currency_code),
                    ("Zone", one.zone),
                ),
            )
            for one in self._reference.countries
        )
        return Record("TCountryList", (("Count", len(rows)), ("List", Listing("TCountry", rows))))

    def company_statuses(self, arguments: Arguments) -> SoapValue:
        """GetCompanyStatus."""
        return _texts(self._reference.company_statuses)

    def mailing_statuses(self, arguments: Arguments) -> SoapValue:
        """GetMailingStatusList: numbers as texts, in the order of texts."""
        rows = sorted(self._reference.mailing_statuses.items())
        return Listing(
            "TMailingStatus",
            tuple(Record("TMailingStatus", (("ID", number), ("Description", text))) for number, text in rows),
        )

    def keycodes(self, arguments: Arguments) -> SoapValue:
        """GetKeycodes: those that have not expired."""
        return Listing("TKeycode", tuple(self._keycode(one) for one in self._live()))

    def _live(self) -> list[KhaosKeycode]:
        now = self._world.clock()
        return [one for one in self._reference.keycodes if one.expires is None or one.expires > now]

    def _keycode(self, one: KhaosKeycode) -> Record:
        fields = (
            ("KeycodeCode", one.code),
            ("KeycodeDesc", one.description),
            ("KeycodeTypeDesc", one.kind),
            ("SourceCode", one.source),
            ("DateCrreated", one.created),
            ("ExpiryDate", one.expires or EMPTY_DATE),
            ("WebUse", one.web),
            ("MOTOUse", one.telephone),
        )
        return Record("TKeycode", fields)

    def keycode_types(self, arguments: Arguments) -> SoapValue:
        """GetKeycodeTypes."""
        return _texts(self._reference.keycode_types)

    def agents(self, arguments: Arguments) -> SoapValue:
        """GetAgentList."""
        return _texts(self._world.settings.agents)

    def manufacturers(self, arguments: Arguments) -> SoapValue:
        """GetManufacturer: those that any item has."""
        return _texts(sorted({one.manufacturer for one in self._world.catalogue.items.values()} - {""}))

    def harmonisation(self, arguments: Arguments) -> SoapValue:
        """GetHarmonisationCodes."""
        rows: list[Record] = []
        for one in self._reference.harmonisation:
            items = tuple(
                Record("THarmonisedItem", (("StockCode", code), ("Duty", duty))) for code, duty in one.duties.items()
            )
            fields = (("Code", one.code), ("StockItems", Listing("THarmonisedItem", items)))
            rows.append(Record("THarmonisationCode", fields))
        return Listing("THarmonisationCode", tuple(rows))

    def sop_data(self, arguments: Arguments) -> SoapValue:
        """GetSOPData: only the parts that are asked for."""
        parts = [self._documents.couriers(self._world.couriers)] if arguments.flag("Courier") else []
        wanted = (name for name in _PARTS if arguments.flag(name))
        told = self._reference.sop_parts
        parts += (self._sop_keycodes() if name == "KeyCode" else told.get(name, "") for name in wanted)
        return self._page.whole(node("SOPDATA", parts))

    def _sop_keycodes(self) -> str:
        rows = [
            node(
                "KEYCODE",
                [
                    *leaves([("CODE", one.code), ("DESCRIPTION", one.description), ("SOURCE_CODE", flag(one.source))]),
                    *leaves([("KEYCODE_DATE", self._page.iso_day(one.created))]),
                    *leaves([("EXPIRY_DATE", self._page.iso_day(one.expires))]),
                    *leaves([("WEB_USE", flag(one.web)), ("MOTO_USE", flag(one.telephone))]),
                ],
                [("ID", str(number))],
            )
            for number, one in enumerate(self._live(), start=1)
        ]
        return node("KEYCODES", rows)

    # --- known by name only: the shapes are this simulator's ---------------------------------------------------------

    def back_order_items(self, arguments: Arguments) -> SoapValue:
        """GetBackOrderItems: what a customer waits for, by company code (1) or other ref (2)."""
        mapping, wanted = arguments.number("MappingType", 1), arguments.text("CompanyCode")
        if mapping not in {1, 2}:
            raise KhaosFault(f"MappingType {mapping} is not supported")
        rows = [
            Record(
                "TBackOrderItem",
                (("SalesOrderCode", order.code), ("StockCode", line.stock_code), ("Quantity", line.back_order)),
            )
            for order in self._world.orders.orders.values()
            if wanted and wanted == (order.urn if mapping == 1 else order.customer_ref) and not order.cancelled
            for line in order.lines
            if line.back_order
        ]
        return Listing("TBackOrderItem", tuple(rows))

    def agent_stock(self, arguments: Arguments) -> SoapValue:
        """GetAgentStock: no agent of this installation carries stock."""
        return Listing("TStockData", ())

    def stock_data(self, arguments: Arguments) -> SoapValue:
        """GetStockDataArray and FTStockDataArray: what can be sold of each item, all sites together."""
        world = self._world
        rows = [
            Record(
                "TStockData",
                (("StockCode", code), ("Available", Decimal(world.stock.total(code, world.sites).available))),
            )
            for code in world.catalogue.codes
        ]
        return Listing("TStockData", tuple(rows))


def _texts(texts: Iterable[str]) -> Listing:
    return Listing("xsd:string", tuple(texts))
