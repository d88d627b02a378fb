"""Each operation: what is sent, what is made of a good answer, a refusal, a busy server, rubbish and silence."""

import bz2
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Call, Lost, Response
from khaos_connectors.calls.soap import Parameter
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.dialect import Dialect
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.enums import PriceListKind
from khaos_connectors.khaos_control.price_models import PriceList, PriceRow
from khaos_connectors.khaos_control.stock_models import StockSetting
from khaos_connectors.testing.play import play

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_SINCE = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
_SERVICE = Service(system="khaos")

Enveloped = Callable[..., Response]

_PRICES = PriceList(
    kind=PriceListKind.ITEM_CLASS, company_class="Web", rows=(PriceRow(stock_code="MUG-RED", amount=Decimal(1)),)
)
CALLS: dict[str, Call[object]] = {
    "GetVersion": endpoints.get_version(_SERVICE),
    "GetSiteList": endpoints.get_site_list(_SERVICE),
    "GetStockList": endpoints.get_stock_list(_SERVICE),
    "ExportStock": endpoints.export_stock(_SERVICE, ["MUG-RED"]),
    "ExportStockStatus": endpoints.export_stock_status(_SERVICE, ["MUG-RED"], site_id="1"),
    "GetStockPotential": endpoints.get_stock_potential(_SERVICE, ["MUG-RED"]),
    "ImportOrders": endpoints.import_orders(_SERVICE, "<SALES_ORDERS/>"),
    "ExportOrders": endpoints.export_orders(_SERVICE, ["R1"]),
    "ExportOrderStatusEx": endpoints.export_order_status(_SERVICE, ["R1"]),
    "GetSOPData": endpoints.get_sop_data(_SERVICE),
    "ExportStockCompressed": endpoints.export_stock_compressed(_SERVICE, ["MUG-RED"]),
    "ExportStockStatusCompressed": endpoints.export_stock_status_compressed(_SERVICE, ["MUG-RED"]),
    "GetStockListCompressed": endpoints.get_stock_list_compressed(_SERVICE),
    "ImportStockStatus": endpoints.import_stock_status(
        _SERVICE, [StockSetting(code="MUG-RED", level=Decimal(1))], update_levels=True
    ),
    "GetManufacturer": endpoints.get_manufacturers(_SERVICE),
    "GetHarmonisationCodes": endpoints.get_harmonisation_codes(_SERVICE),
    "GetBackOrderItems": endpoints.get_back_order_items(_SERVICE, "C1"),
    "GetAgentStock": endpoints.get_agent_stock(_SERVICE, "Ann"),
    "GetStockDataArray": endpoints.get_stock_data_array(_SERVICE),
    "GetPriceLists": endpoints.get_price_lists(_SERVICE),
    "ExportPriceList": endpoints.export_price_list(_SERVICE, "Web"),
    "ExportPriceListEx": endpoints.export_price_lists(_SERVICE, ["Web"], kind=PriceListKind.ITEM_CLASS),
    "ImportPriceLists": endpoints.import_price_lists(_SERVICE, [_PRICES]),
    "ExportWebCategories": endpoints.export_web_categories(_SERVICE, "Shop"),
    "ExportWebCategoriesCompressed": endpoints.export_web_categories_compressed(_SERVICE, "Shop"),
    "ExportWebCategoriesEx2": endpoints.export_web_categories_ex2(_SERVICE, "Shop"),
}
EMPTY = {
    "GetSiteList": "<return><List/></return>",
    "GetStockList": "<return><Count>0</Count></return>",
    "GetStockPotential": "<return/>",
    "ImportOrders": "<return><ImportedCount>0</ImportedCount></return>",
    "GetVersion": "<return>8.190.36</return>",
    "ExportStock": "<return>&lt;STOCK_ITEMS/&gt;</return>",
    "ExportStockStatus": '<return>&lt;STOCK_STATUS SITE="Main Site"/&gt;</return>',
    "ExportOrders": "<return>&lt;SALES_ORDERS/&gt;</return>",
    "ExportOrderStatusEx": '<return>\ufeff&lt;?xml version="1.0"?&gt;&lt;STATUS_LIST/&gt;</return>',
    "GetSOPData": "<return>&lt;SOPDATA/&gt;</return>",
    "ExportStockCompressed": "<return><Data/></return>",
    "ExportStockStatusCompressed": "<return><Data/></return>",
    "GetStockListCompressed": "<return><Data/></return>",
    "ImportStockStatus": "<return><Count>0</Count></return>",
    "ExportPriceList": "<return>&lt;PriceLists/&gt;</return>",
    "ExportPriceListEx": "<return>&lt;PriceLists/&gt;</return>",
    "ExportWebCategories": "<return>&lt;WEBSITE/&gt;</return>",
    "ExportWebCategoriesCompressed": f"<return><Data>{b64encode(bz2.compress(b'<WEBSITE/>')).decode()}</Data></return>",
    "ExportWebCategoriesEx2": "<return>&lt;WEBSITE/&gt;</return>",
}
DOCUMENTS = (
    "ExportStock",
    "ExportStockStatus",
    "ExportOrders",
    "ExportOrderStatusEx",
    "GetSOPData",
    "ExportWebCategories",
    "ExportWebCategoriesEx2",
)
CHANGING = {"ImportOrders": "never", "ImportStockStatus": "never", "ImportPriceLists": "same-effect"}
every = pytest.mark.parametrize("operation", sorted(CALLS))


def _sent(call: Call[object]) -> dict[str, str | None]:
    body = ET.fromstring(call.request.body)[0][0]
    return {each.tag: None if each.get(f"{_XSI}nil") == "true" else each.text or "" for each in body}


@pytest.mark.parametrize("moment", [datetime(2026, 7, 1), date(2026, 7, 1)])  # noqa: DTZ001 - the mistakes under test
@pytest.mark.parametrize(
    ("ask", "name"),
    [
        (lambda moment: endpoints.get_stock_list(_SERVICE, since=moment), "GetStockList.*since"),
        (lambda moment: endpoints.export_stock(_SERVICE, since=moment), "ExportStock.*since"),
        (lambda moment: endpoints.export_stock_status(_SERVICE, since=moment), "ExportStockStatus.*since"),
        (
            lambda moment: endpoints.export_order_status(_SERVICE, ["R1"], date_from=moment),
            "OrderStatusEx: .*date_from",
        ),
        (lambda moment: endpoints.export_order_status(_SERVICE, ["R1"], date_to=moment), "OrderStatusEx: .*date_to"),
    ],
)
def test_what_is_no_moment_is_refused_by_name(ask: Callable[[date], object], name: str, moment: date) -> None:
    """A naive time and a date without a time name the parameter that they were given as."""
    with pytest.raises(errors.Invalid, match=rf"{name}: .*time zone"):
        ask(moment)


# --- every operation -------------------------------------------------------------------------------------------------


@every
def test_the_envelope_names_its_operation(operation: str) -> None:
    """POST of one SOAP 1.1 envelope, with the namespace and the quoted SOAPAction of the vendor."""
    call = CALLS[operation]
    request = call.request
    body = ET.fromstring(request.body)[0][0]

    assert (request.method, request.path, call.operation) == ("POST", "/soap/IKosWeb", operation)
    assert body.tag == f"{{urn:IKosWebIntf-IKosWeb}}{operation}"
    assert request.headers["soapaction"] == f'"urn:IKosWebIntf-IKosWeb#{operation}"'
    assert request.headers["content-type"] == "text/xml; charset=utf-8"


@every
def test_reading_is_free_and_importing_never_repeats(operation: str) -> None:
    """Three of them change something; of those, prices may be set again."""
    assert CALLS[operation].repeat == CHANGING.get(operation, "free")


@every
def test_an_empty_answer_is_an_answer(operation: str, enveloped: Enveloped) -> None:
    """Nothing found is not an error; a byte order mark and a declaration are no obstacles."""
    CALLS[operation].decode(enveloped(operation, EMPTY.get(operation, "<return/>")))


@every
@pytest.mark.parametrize("status", [200, 500])
def test_a_fault_is_a_refusal_in_the_servers_words(operation: str, status: int, fault: Callable[..., Response]) -> None:
    """With either HTTP status; the code is the exception's class, because the fault code always says Client."""
    with pytest.raises(errors.Refused) as caught:
        CALLS[operation].decode(fault("Item MUG-RED is discontinued", status=status))

    told = caught.value
    assert (told.system, told.operation, told.code) == ("khaos", operation, "EWebOrderError")
    assert (told.message, told.retryable) == ("Item MUG-RED is discontinued", False)


@every
def test_an_error_page_of_the_web_server_is_retryable(operation: str) -> None:
    """IIS speaks HTML: with a 5xx status that is a busy gateway."""
    page = Response(status=503, headers={"content-type": "text/html"}, body=b"<!DOCTYPE html><html><p>Busy</html>")

    with pytest.raises(errors.Refused) as caught:
        CALLS[operation].decode(page)

    assert caught.value.retryable


@every
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Login</body></html>",
        b"<SOAP-ENV:Envelope xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Bo",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"{}",
    ],
    ids=["empty", "html", "truncated", "entities", "json"],
)
def test_rubbish_with_a_good_status_is_undecodable(operation: str, body: bytes) -> None:
    """A login page, half an answer, an entity bomb: one typed error that names system and operation."""
    with pytest.raises(errors.Undecodable) as caught:
        CALLS[operation].decode(Response(status=200, body=body))

    assert (caught.value.system, caught.value.operation) == ("khaos", operation)


@pytest.mark.parametrize("operation", DOCUMENTS)
@pytest.mark.parametrize("inner", ["<PriceLists><A/></PriceLists>", "no stock today", "<STOCK_ITEMS><STOCK_ITEM>"])
def test_another_inner_document_is_undecodable(operation: str, inner: str, texted: Callable[..., Response]) -> None:
    """A document of another kind, plain text or half a document never reads as "nothing found"."""
    with pytest.raises(errors.Undecodable):
        CALLS[operation].decode(texted(operation, inner))


@every
def test_a_lost_answer_is_read_again_but_an_import_is_not(operation: str, enveloped: Enveloped) -> None:
    """Silence after sending: a read is repeated, ImportOrders surfaces as Unanswered after one attempt."""
    lost = Lost(sent=True, reason="read timed out")
    caller = Caller("khaos")
    if CHANGING.get(operation) == "never":
        with pytest.raises(errors.Unanswered):
            play(caller.perform(CALLS[operation]), [lost])
    else:
        good = enveloped(operation, EMPTY.get(operation, "<return/>"))
        assert len(play(caller.perform(CALLS[operation]), [lost, good]).of(Send)) == 2


@pytest.mark.parametrize(
    "answer",
    [Response(status=503, body=b"<html>Busy</html>"), Response(status=200, body=b"<SOAP-ENV:Envel")],
    ids=["busy", "truncated"],
)
def test_an_import_without_a_usable_answer_may_have_happened(answer: Response) -> None:
    """A gateway's 503 or half an envelope says nothing about the order: Unanswered, never "refused"."""
    with pytest.raises(errors.Unanswered):
        play(Caller("khaos").perform(CALLS["ImportOrders"]), [answer])


def test_an_import_that_never_left_is_repeated() -> None:
    """What was not sent cannot have created an order twice."""
    outcomes = [Lost(sent=False, reason="refused")] * 4

    with pytest.raises(errors.NotSent):
        play(Caller("khaos").perform(CALLS["ImportOrders"]), outcomes)


# --- parameters ------------------------------------------------------------------------------------------------------


def test_stock_list_parameters() -> None:
    """Without a date the vendor's own "no date" is sent; with one, the server's wall time."""
    assert _sent(CALLS["GetStockList"]) == {
        "DateType": "0",
        "DateValue": "1899-12-31T00:00:00",
        "StockItemType": "0",
    }
    assert _sent(endpoints.get_stock_list(_SERVICE, since=_SINCE))["DateValue"] == "2026-07-01T10:30:00"


def test_the_newer_filter_of_the_stock_list_is_only_sent_on_request() -> None:
    """Older services do not know the parameter."""
    assert "PublishToWebOnly" not in _sent(endpoints.get_stock_list(_SERVICE))
    assert _sent(endpoints.get_stock_list(_SERVICE, web_only=False))["PublishToWebOnly"] == "false"


def test_stock_status_parameters() -> None:
    """Codes by comma, mapping by stock code, site by number; what is left out is nil."""
    call = endpoints.export_stock_status(_SERVICE, ["MUG-RED", "TEA-1KG"], site_id="2")

    assert _sent(call) == {
        "StockCode": "MUG-RED,TEA-1KG",
        "MappingType": "1",
        "LastUpdated": "1899-12-31T00:00:00",
        "SiteID": "2",
        "PotentialLeadTime": None,
    }


def test_stock_potential_never_relies_on_the_default_mapping() -> None:
    """The service's default would take stock codes for internal ids."""
    assert _sent(CALLS["GetStockPotential"]) == {"StockCode": "MUG-RED", "MappingType": "1"}


def test_order_status_parameters() -> None:
    """By reference the mapping is 4; by date it is 1, as the guide asks when there are no ids."""
    by_date = endpoints.export_order_status(_SERVICE, date_from=_SINCE, date_to=_SINCE, stages=(12, 14))

    assert _sent(CALLS["ExportOrderStatusEx"]) == {
        "IDs": "R1",
        "MappingType": "4",
        "WebOnly": "false",
        "ConfirmedOnly": "false",
        "IncludeTracking": "true",
        "IncludeCancelled": "false",
        "DateFrom": None,
        "DateTo": None,
        "InvoiceStageIDs": "",
        "ShowItems": "true",
    }
    sent = _sent(by_date)
    assert (sent["MappingType"], sent["DateFrom"], sent["InvoiceStageIDs"]) == ("1", "2026-07-01T10:30:00", "12,14")


def test_sop_data_asks_for_couriers_alone() -> None:
    """Eight booleans of which one is true."""
    assert [name for name, value in _sent(CALLS["GetSOPData"]).items() if value == "true"] == ["Courier"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: endpoints.export_stock(_SERVICE),
        lambda: endpoints.export_stock_status(_SERVICE, [], site_id="1"),
        lambda: endpoints.get_stock_potential(_SERVICE, []),
        lambda: endpoints.export_orders(_SERVICE, []),
        lambda: endpoints.export_order_status(_SERVICE),
        lambda: endpoints.export_order_status(_SERVICE, date_from=_SINCE),
    ],
)
def test_nothing_in_particular_is_never_asked_for(ask: Callable[[], object]) -> None:
    """An empty list without dates may mean everything to the server, so no such call can be built."""
    with pytest.raises(ValueError, match="empty"):
        ask()


@pytest.mark.parametrize("code", ["A,B", "", " "])
def test_a_code_that_cannot_be_asked_for_is_named(code: str) -> None:
    """There is no escape for a comma: the code is refused by name before anything is sent."""
    with pytest.raises(errors.Invalid) as caught:
        endpoints.export_stock_status(_SERVICE, ["GOOD", code], site_id="1")

    (field,) = caught.value.fields
    assert field.field == "StockCode"
    assert repr(code) in field.problem or not code.strip()


def test_the_dialect_is_the_installations_own() -> None:
    """Namespace, action, spelling, digits for booleans, trailing parameters left out, extra ones added."""
    dialect = Dialect(
        namespace="urn:Elucid",
        soap_action="{namespace}/{operation}",
        missing="omit",
        boolean="digits",
        parameter_names={"ExportStockStatus.StockCode": "StockCodes"},
        extra_parameters=(Parameter("ApiUser", "me"),),
    )
    service = Service(system="khaos", path="/gateway", dialect=dialect)
    status = endpoints.export_stock_status(service, ["A"], site_id="1")
    sop = endpoints.get_sop_data(service)

    assert status.request.path == "/gateway"
    assert status.request.headers["soapaction"] == '"urn:Elucid/ExportStockStatus"'
    assert list(_sent(status)) == ["StockCodes", "MappingType", "LastUpdated", "SiteID", "PotentialLeadTime", "ApiUser"]
    assert (_sent(sop)["Courier"], _sent(sop)["BOGOF"]) == ("1", "0")
    silent = endpoints.get_version(attrs.evolve(service, dialect=Dialect(soap_action=None)))
    assert "soapaction" not in silent.request.headers


# --- results ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["inline", "multiref"])
def test_an_import_result_in_either_encoding(style: str, enveloped: Enveloped) -> None:
    """Objects inline or pointed at by href; what was skipped is told, although the call "succeeded"."""
    done = "<SalesOrderCode>SO1</SalesOrderCode><AssociatedRef>R1</AssociatedRef><Msg/><URN>CU1</URN>"
    skip = "<OrderRef>R2</OrderRef><SkipReason>Item OLD is discontinued</SkipReason>"
    if style == "inline":
        inner = (
            f"<return><ImportedCount>1</ImportedCount><OrderImport><item>{done}</item></OrderImport>"
            f"<OrderSkipped><item>{skip}</item></OrderSkipped></return>"
        )
        answer = enveloped("ImportOrders", inner)
    else:
        beside = (
            "<T id='1'><ImportedCount>1</ImportedCount><OrderImport href='#2'/><OrderSkipped href='#3'/></T>"
            f"<A id='2'><item href='#4'/></A><A id='3'><item href='#5'/></A><R id='4'>{done}</R><R id='5'>{skip}</R>"
        )
        answer = enveloped("ImportOrders", "<return href='#1'/>", beside=beside)

    result = endpoints.import_orders(_SERVICE, "<x/>").decode(answer)

    assert result.imported_count == 1
    assert [(row.sales_order_code, row.associated_ref, row.urn) for row in result.imported] == [("SO1", "R1", "CU1")]
    assert [(row.order_ref, row.skip_reason) for row in result.skipped] == [("R2", "Item OLD is discontinued")]


@pytest.mark.parametrize("style", ["inline", "multiref", "nil"])
def test_a_stock_list_in_every_encoding(style: str, enveloped: Enveloped) -> None:
    """The List inline, by reference, or nil; empty dates are None."""
    row = (
        "<StockCode>TEE-S</StockCode><OtherRef/><StockDesc>T</StockDesc><ParentCode>TEE</ParentCode>"
        "<LastUpdated>1899-12-30T00:00:00.000Z</LastUpdated>"
    )
    answers = {
        "inline": enveloped("GetStockList", f"<return><Count>1</Count><List><item>{row}</item></List></return>"),
        "multiref": enveloped(
            "GetStockList",
            "<return href='#1'/>",
            beside=f"<T id='1'><Count>1</Count><List><item href='#2'/></List></T><I id='2'>{row}</I>",
        ),
        "nil": enveloped(
            "GetStockList",
            "<return><Count>0</Count><List xsi:nil='true'/></return>",
        ),
    }

    found = endpoints.get_stock_list(_SERVICE).decode(answers[style])

    expected = [] if style == "nil" else [("TEE-S", "TEE", None)]
    assert [(row.stock_code, row.parent_code, row.last_updated) for row in found] == expected


def test_a_stock_list_row_without_a_code_is_an_error(enveloped: Enveloped) -> None:
    """An item that cannot be named would go missing unseen, so the whole list is refused with the row's place."""
    with pytest.raises(errors.Undecodable) as caught:
        endpoints.get_stock_list(_SERVICE).decode(
            enveloped("GetStockList", "<return><List><item><StockCode/></item></List></return>")
        )

    assert caught.value.path == "List[0]/StockCode"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("<return xsi:nil='true'/>", "a list"),
        ("<return/>", "a list"),
        ("<return><List><item/></List><Count>many</Count></return>", "a whole number"),
        ("<return><Count>2</Count><List xsi:nil='true'/></return>", "2 entries, as Count says, not 0"),
        (
            "<return><Count>2</Count><List><item><StockCode>TEE</StockCode></item></List></return>",
            "2 entries, as Count says, not 1",
        ),
    ],
)
def test_a_list_that_breaks_off_is_not_the_whole_range(result: str, expected: str, enveloped: Enveloped) -> None:
    """Codes that are not listed would count as gone: no list, or fewer entries than it counts itself, is an error."""
    with pytest.raises(errors.Undecodable) as caught:
        endpoints.get_stock_list(_SERVICE).decode(enveloped("GetStockList", result))

    assert (caught.value.operation, caught.value.expected) == ("GetStockList", expected)


def test_sites_are_strings(enveloped: Enveloped) -> None:
    """Ids are kept as they come, letters included."""
    found = endpoints.get_site_list(_SERVICE).decode(
        enveloped(
            "GetSiteList",
            "<return><List><item><SiteID>01</SiteID><SiteName>Main Site</SiteName></item></List>"
            "<CurrentSiteID>01</CurrentSiteID></return>",
        )
    )

    assert ([(site.site_id, site.name) for site in found.sites], found.current) == ([("01", "Main Site")], "01")


def test_potential_rows_are_exact_and_broken_ones_stand_apart(enveloped: Enveloped) -> None:
    """Decimals stay decimals; a row with a word for a number does not hide the others."""

    def row(code: str, back: str) -> str:
        return (
            f"<item><StockCode>{code}</StockCode><Available>0.1</Available><OnOrder>0</OnOrder>"
            f"<BackOrder>{back}</BackOrder><Potential>-1.9</Potential></item>"
        )

    rows = endpoints.get_stock_potential(_SERVICE, ["A", "B"]).decode(
        enveloped("GetStockPotential", f"<return>{row('A', '2')}{row('B', 'some')}{row('C', '')}</return>")
    )

    assert [(each.stock_code, each.available, each.potential) for each in rows] == [
        ("A", Decimal("0.1"), Decimal("-1.9"))
    ]
    assert [(bad.key, bad.path) for bad in rows.unread] == [("B", "[1]/BackOrder"), ("C", "[2]/BackOrder")]


def test_an_import_result_without_a_count_is_undecodable(enveloped: Enveloped) -> None:
    """Half a result says nothing about the order."""
    with pytest.raises(errors.Undecodable, match="ImportedCount"):
        endpoints.import_orders(_SERVICE, "<x/>").decode(enveloped("ImportOrders", "<return><OrderImport/></return>"))


def test_couriers(texted: Callable[..., Response]) -> None:
    """Code and name, the code may be missing."""
    text = '<SOPDATA><COURIERS><COURIER CODE="RM">Royal Mail</COURIER><COURIER>Van</COURIER></COURIERS></SOPDATA>'

    found = endpoints.get_sop_data(_SERVICE).decode(texted("GetSOPData", text))

    assert [(each.code, each.name) for each in found.couriers] == [("RM", "Royal Mail"), ("", "Van")]


def test_a_stock_status_is_not_taken_for_items(texted: Callable[..., Response], sample: Callable[[str], str]) -> None:
    """Both documents are made of STOCK_ITEM: the root tells them apart."""
    with pytest.raises(errors.Undecodable, match="STOCK_ITEMS"):
        endpoints.export_stock(_SERVICE, ["A"]).decode(texted("ExportStock", sample("stock_status.xml")))


def _with_payment(payment: str) -> str:
    inner = f"<PAYMENTS><PAYMENT_DETAIL>{payment}</PAYMENT_DETAIL></PAYMENTS>"
    return f"<SALES_ORDERS><SALES_ORDER>{inner}</SALES_ORDER></SALES_ORDERS>"


@pytest.mark.parametrize(
    "payment",
    [
        "<CARD_NUMBER>4000 0000 0000 0002</CARD_NUMBER>",
        "<CARD_NUMBER><![CDATA[4000-0000-]]><![CDATA[0000-0002]]></CARD_NUMBER>",
        "<CARD_NUMBER>4000000000000003</CARD_NUMBER>",
        "<CARD_CV2>123</CARD_CV2>",
        "<CARD_NAME>T. Person</CARD_NAME>",
        "<AUTH_CODE>4000000000000002</AUTH_CODE>",
        '<PSP_CODE TOKEN="4000000000000002"/>',
    ],
)
def test_a_document_with_card_data_is_not_sent(payment: str) -> None:
    """Whoever made the document: it would lie in the server's archive for good. The error does not repeat it."""
    document = _with_payment(payment)

    with pytest.raises(errors.Invalid, match="not sent") as caught:
        endpoints.import_orders(_SERVICE, document)

    assert not {"0002", "0003", "123", "Person"} & set(
        re.findall(r"[A-Za-z]+|[0-9]+", str(caught.value) + repr(caught.value.fields))
    )


@pytest.mark.parametrize("payment", ["<CARD_NUMBER>PAYPAL</CARD_NUMBER><CARD_NAME/><CARD_CV2> </CARD_CV2>", ""])
def test_a_document_without_card_data_is_sent_as_it_stands(payment: str) -> None:
    """The word for a payment service is none."""
    document = _with_payment(payment)

    assert escape(document).encode() in endpoints.import_orders(_SERVICE, document).request.body


def test_a_document_that_is_no_xml_is_left_to_the_service() -> None:
    """No card data can be read out of it, there or here."""
    assert b"no document" in endpoints.import_orders(_SERVICE, "no document").request.body
