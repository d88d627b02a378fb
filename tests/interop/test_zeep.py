"""zeep, an independent SOAP client that is led by the WSDL alone, gets the answers that our client gets."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from xml.sax.saxutils import escape

import attrs
import pytest
import zeep

from khaos_connectors import errors
from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.calls.soap import answer
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.enums import CompanyMapping, PriceListKind, SopPart, StockDate
from khaos_connectors.khaos_control.structure import Structure
from khaos_connectors.testing.simulators.khaos_operations import OPERATIONS

SERVICE = endpoints.Service(system="khaos")
SINCE = datetime(2026, 6, 30, 12, tzinfo=UTC)
PEOPLE = ("ASH", "HIDDEN", "HELD", "LOCKED", "STOPPED", "PROFORMA", "SUPPLIER", "EC_COMPANY", "PAYS_VAT", "PO_REQUIRE")
WALL = datetime(2026, 6, 30, 13)  # noqa: DTZ001 (the same moment on the server's clock)


@attrs.frozen(kw_only=True)
class Case:
    """One operation: *call* of ours, what zeep is *given*, and the part of both results that is compared as records,
    of which there are from *few* to *many*.

    Without *records* the results are texts, which must be the same to the letter, and our reader must take zeep's.
    """

    operation: str
    call: Call[object]
    given: dict[str, object] = attrs.field(factory=dict[str, object])
    records: Callable[[object], Sequence[object]] | None = None
    rows: Callable[[object], object] = lambda theirs: theirs
    few: int = 1
    many: int = 100


def items(found: object) -> Sequence[object]:
    """The rows of a result that may have unread ones: none may be."""
    assert not found.unread
    return found.items


def listed(theirs: object) -> object:
    return theirs.List


def told(operation: str, call: Call[object], few: int = 1, **given: object) -> Case:
    """An operation whose result is a text or a document."""
    return Case(operation=operation, call=call, given=given, few=few)


TEXTS = [
    told("GetVersion", endpoints.get_version(SERVICE)),
    told("ExportOrders", endpoints.export_orders(SERVICE, ["A-1", "A-2"]), OrderCode="A-1,A-2", MappingType=2),
    told("ExportOrderStatus", endpoints.export_recent_statuses(SERVICE)),
    told(
        "ExportOrderStatusEx",
        endpoints.export_order_status(SERVICE, ["A-1", "R-1", "A-3"], include_cancelled=True),
        IDs="A-1,R-1,A-3",
        MappingType=4,
        IncludeTracking=True,
        IncludeCancelled=True,
        ShowItems=True,
    ),
    told(
        "ExportOrderStatusEx",
        endpoints.export_order_status(SERVICE, date_from=SINCE, date_to=SINCE.replace(month=7), stages=(10, 18)),
        DateFrom=WALL,
        DateTo=WALL.replace(month=7),
        IncludeTracking=True,
        InvoiceStageIDs="10,18",
        ShowItems=True,
    ),
    told("Login", endpoints.login(SERVICE, "ash", "secret"), UserName="ash", UserPassword="secret"),
    told("Login", endpoints.login(SERVICE, "ash", "wrong"), 0, UserName="ash", UserPassword="wrong"),
    told(
        "ExportCompany",
        endpoints.export_companies(SERVICE, ["web-1", "A-1"], mapping=CompanyMapping.OTHER_REF),
        CompanyCode="web-1,A-1",
        MappingType=2,
    ),
    told("ExportCompany", endpoints.export_companies(SERVICE, since=SINCE), MappingType=1, LastUpdated=WALL),
    told(
        "GetDeletedEntries",
        endpoints.get_deleted_entries(SERVICE, SINCE, SINCE.replace(month=7, day=30)),
        DateFrom=WALL,
        DateTo=WALL.replace(month=7, day=30),
        DocumentType=5,
    ),
    told("ExportStock", endpoints.export_stock(SERVICE, ["MUG", "SHIRT"]), StockCode="MUG,SHIRT", MappingType=1),
    told(
        "ExportStockStatus",
        endpoints.export_stock_status(SERVICE, ["MUG", "BOWL"], site_id="-1", potential_lead_time=True),
        StockCode="MUG,BOWL",
        MappingType=1,
        SiteID=-1,
        PotentialLeadTime=True,
    ),
    told("ExportWebCategories", endpoints.export_web_categories(SERVICE, "Shop"), Website="Shop"),
    told(
        "ExportWebCategoriesEx2",
        endpoints.export_web_categories_ex2(SERVICE, website_id="7", node_id="9"),
        WebsiteID="7",
        WebNodeID="9",
        IncludeItems=True,
    ),
    told("ExportPriceList", endpoints.export_price_list(SERVICE), PriceList=""),
    told(
        "ExportPriceListEx",
        endpoints.export_price_lists(SERVICE, ["Web", "Trade"], kind=PriceListKind.ITEM_CLASS),
        PriceLists="Web,Trade",
        PriceListType=3,
    ),
    told(
        "GetSOPData",
        endpoints.get_sop_data(SERVICE, tuple(SopPart)),
        **{part.value: True for part in SopPart},
    ),
]

STRUCTURES = [
    Case(operation="GetSiteList", call=endpoints.get_site_list(SERVICE), records=lambda one: one.sites, rows=listed),
    Case(
        operation="GetCompanyList",
        call=endpoints.get_company_list(SERVICE, since=SINCE, classes=["Web", "Trade"]),
        given={"LastUpdated": WALL, "CompanyClassList": "Web,Trade"},
        records=tuple,
        rows=listed,
        few=13,
        many=13,
    ),
    Case(
        operation="GetCompanyInfo",
        call=endpoints.get_company_infos(SERVICE, PEOPLE),
        given={"CompanyCode": ",".join(PEOPLE), "MappingType": 1},
        records=items,
        few=10,
        many=10,
    ),
    Case(operation="GetCountryList", call=endpoints.get_countries(SERVICE), records=items, rows=listed, few=6),
    Case(operation="GetMailingStatusList", call=endpoints.get_mailing_statuses(SERVICE), records=items, few=7),
    Case(operation="GetKeycodes", call=endpoints.get_keycodes(SERVICE), records=items),
    Case(
        operation="GetStockList",
        call=endpoints.get_stock_list(SERVICE, since=SINCE, date=StockDate.MOVEMENT),
        given={"DateType": 2, "DateValue": WALL, "StockItemType": 0},
        records=tuple,
        rows=listed,
        few=2,
        many=2,
    ),
    Case(
        operation="GetStockPotential",
        call=endpoints.get_stock_potential(SERVICE, ["BOWL", "MUG"]),
        given={"StockCode": "BOWL,MUG", "MappingType": 1},
        records=items,
        few=2,
    ),
    *(
        Case(operation=name, call=call, records=tuple, few=few, given=given)
        for name, call, few, given in (
            ("GetSaleSource", endpoints.get_sale_sources(SERVICE), 3, {}),
            ("GetCompanyClass", endpoints.get_company_classes(SERVICE), 3, {"CompanyClassType": 0}),
            ("GetCompanyStatus", endpoints.get_company_statuses(SERVICE), 2, {}),
            ("GetKeycodeTypes", endpoints.get_keycode_types(SERVICE), 3, {}),
            ("GetAgentList", endpoints.get_agents(SERVICE), 0, {}),
            ("GetManufacturer", endpoints.get_manufacturers(SERVICE), 1, {}),
            ("GetPriceLists", endpoints.get_price_lists(SERVICE), 2, {}),
        )
    ),
]

PACKED = {
    "ExportStockCompressed": (
        endpoints.export_stock_compressed(SERVICE, ["MUG", "SHIRT"]),
        {"StockCode": "MUG,SHIRT", "MappingType": 1, "CompressionMethod": 0},
    ),
    "ExportStockStatusCompressed": (
        endpoints.export_stock_status_compressed(SERVICE, ["MUG"]),
        {"StockCode": "MUG", "MappingType": 1, "CompressionMethod": 0},
    ),
    "GetStockListCompressed": (
        endpoints.get_stock_list_compressed(SERVICE),
        {"DateType": 0, "StockItemType": 0, "CompressionMethod": 0},
    ),
    "ExportWebCategoriesCompressed": (
        endpoints.export_web_categories_compressed(SERVICE, "Shop"),
        {"Website": "Shop", "CompressionMethod": 0},
    ),
}
UNPUBLISHED = {
    "GetBackOrderItems": (
        endpoints.get_back_order_items(SERVICE, "A-2", mapping=2),
        {"CompanyCode": "A-2", "MappingType": 2},
    ),
    "GetAgentStock": (endpoints.get_agent_stock(SERVICE, "Ash"), {"Agent": "Ash"}),
    "GetStockDataArray": (endpoints.get_stock_data_array(SERVICE), {}),
    "FTStockDataArray": (endpoints.get_stock_data_array(SERVICE, operation="FTStockDataArray"), {}),
}
WRITING = {
    "ImportOrders",
    "ImportCompany",
    "ImportCatalogueRequest",
    "ImportStockStatus",
    "ImportPriceLists",
}  # test_zeep_writing


def enveloped(operation: str, text: str) -> Response:
    """*text* as the result of an answer, written plainly."""
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f"<{operation}Response><return>{escape(text)}</return></{operation}Response></e:Body></e:Envelope>"
    )
    return Response(status=200, headers={"content-type": "text/xml; charset=utf-8"}, body=body.encode())


def test_every_operation_is_compared() -> None:
    """No operation of the guide is left out of the comparison."""
    compared = {one.operation for one in (*TEXTS, *STRUCTURES)} | {
        "GetHarmonisationCodes",
        *PACKED,
        *UNPUBLISHED,
        *WRITING,
    }

    assert compared == set(OPERATIONS)


def test_the_wsdl_tells_every_parameter(twins) -> None:
    """zeep finds each operation with its parameters in the order of the guide."""
    wanted = {name: [one.name for one in told_of.parameters] for name, told_of in OPERATIONS.items()}

    assert twins[1].operations == wanted


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case.operation)
def test_texts(twins, case: Case) -> None:
    """A text or a document comes to zeep as it comes to us, and our reader makes the same of both."""
    ours, foreign = twins
    theirs = foreign.ask(case.operation, **case.given)
    response = ours.send(case.call)
    text = answer(response, system="khaos", operation=case.operation).text or ""

    assert text == (theirs or "")
    assert bool(text) == bool(case.few)
    read = case.call.decode(enveloped(case.operation, theirs or ""))
    assert read == case.call.decode(response)
    assert not getattr(read, "unread", ())


@pytest.mark.parametrize("case", STRUCTURES, ids=lambda case: case.operation)
def test_structures(twins, alike, case: Case) -> None:
    """A structured result has the same rows with the same values, however the server writes it."""
    ours, foreign = twins
    records = tuple(case.records(ours.ask(case.call)))

    assert case.few <= len(records) <= case.many
    assert alike(records, case.rows(foreign.ask(case.operation, **case.given)))


def test_the_current_site(twins, alike) -> None:
    """What stands beside the list is read as well."""
    ours, foreign = twins

    assert alike(ours.ask(endpoints.get_site_list(SERVICE)).current, foreign.ask("GetSiteList").CurrentSiteID)


def test_harmonisation_codes(twins) -> None:
    """Lists within lists."""
    ours, foreign = twins
    (row,) = ours.ask(endpoints.get_harmonisation_codes(SERVICE))
    (theirs,) = foreign.ask("GetHarmonisationCodes")

    assert row.code == theirs.Code
    assert [(one.stock_code, one.duty) for one in row.items] == [
        (one.StockCode, Decimal(str(one.Duty))) for one in theirs.StockItems
    ]


@pytest.mark.parametrize("operation", PACKED)
def test_compressed(twins, operation: str) -> None:
    """An archive comes to both of them byte by byte, and is read."""
    ours, foreign = twins
    call, given = PACKED[operation]
    theirs = foreign.ask(operation, **given)
    value = answer(ours.send(call), system="khaos", operation=operation)

    assert {name: alike_text(theirs[name]) for name in ("Method", "FileName", "OriginalSize", "CompressedSize")} == {
        name: value.child(name).text for name in ("Method", "FileName", "OriginalSize", "CompressedSize")
    }
    assert theirs.PasswordProtected is False
    assert zeep.xsd.Base64Binary().xmlvalue(theirs.Data).decode() == value.child("Data").text
    assert ours.ask(call)


def alike_text(value: object) -> str:
    return str(value)


@pytest.mark.parametrize("operation", UNPUBLISHED)
def test_unpublished(twins, operation: str) -> None:
    """Of results whose shape nobody published, our tree has the names and texts of zeep's."""
    ours, foreign = twins
    call, given = UNPUBLISHED[operation]
    rows = zeep.helpers.serialize_object(foreign.ask(operation, **given)) or []

    def texts(row: Structure) -> dict[str, str]:
        return {part.name: part.text or "" for part in row}

    read = [texts(row) for row in ours.ask(call)]
    assert read == [
        {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in row.items()} for row in rows
    ]
    assert bool(read) == (operation != "GetAgentStock")


def test_faults(twins) -> None:
    """A fault is a fault to both, whatever its HTTP status, and tells both the same words."""
    ours, foreign = twins
    with pytest.raises(zeep.exceptions.Fault) as theirs:
        foreign.ask("ExportWebCategories", Website="Nowhere")
    with pytest.raises(errors.Refused) as refused:
        ours.ask(endpoints.export_web_categories(SERVICE, "Nowhere"))

    assert theirs.value.message in str(refused.value)
    assert refused.value.code == theirs.value.actor
