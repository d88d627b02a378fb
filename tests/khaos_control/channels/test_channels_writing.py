"""Writing the Channels documents: no nulls, the right types, and the spellings that the settings choose."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.khaos_control import channels
from khaos_connectors.khaos_control.channels import (
    Conventions,
    DataItem,
    Endpoint,
    EndpointConfig,
    Format,
    Spelling,
    models,
)
from khaos_connectors.khaos_control.channels.fields import Element, elements_of
from khaos_connectors.khaos_control.channels.models import (
    Address,
    CalcMethod,
    CashPayment,
    Contact,
    CreateNew,
    Customer,
    CustomerReturn,
    CustomerReturnImport,
    Mapping,
    Match,
    OrderHeader,
    OrderImportConfig,
    OrderItem,
    OrderPayment,
    OrderStatus,
    OrderStatuses,
    PackType,
    Price,
    ReturnedItem,
    SalesOrder,
    SalesOrderImport,
    SalesOrderStatus,
    SourceOrder,
    StockItem,
    StockItemRelationship,
    StockItems,
    StockOptions,
    StockStatus,
)
from khaos_connectors.khaos_control.channels.reading import read_document, read_row
from khaos_connectors.khaos_control.channels.writing import write_document, write_row

_AT = datetime(2026, 7, 1, 9, 30, 15, tzinfo=UTC)
_HOME = Address(line1="1 Example Street", town="Sampleton", country=DataItem(code="GB"))
_ORDER = SalesOrder(
    customer=Customer(
        create_new=CreateNew.IF_NO_MATCH,
        company_class=DataItem(id="5"),
        currency=DataItem(code="GBP"),
        tax_exempt=False,
    ),
    invoice_address=_HOME,
    invoice_contact=Contact(surname="Example"),
    header=OrderHeader(
        associated_ref="JL-1",
        order_date=_AT.replace(microsecond=999),
        site=DataItem(id="1"),
        sales_source=DataItem(),
        calc_method=CalcMethod.AUTO,
    ),
    items=(
        OrderItem(
            sku="MUG",
            mapping=Mapping.STOCK_CODE,
            quantity=Decimal("1E+1"),
            unit_price=Price(gross=Decimal("2.10")),
        ),
    ),
    payments=(OrderPayment(amount=Decimal("21.00"), cash=CashPayment(), bank_account=DataItem(name="Till")),),
)
_RETURN = CustomerReturn(
    associated_ref="R-1",
    created_date=_AT,
    urn="EXAM01",
    invoice_address=_HOME,
    invoice_contact=Contact(surname="Example"),
    returned_items=(
        ReturnedItem(
            sku="MUG",
            quantity=Decimal(1),
            return_reason=DataItem(id="6"),
            source_order=SourceOrder(associated_ref="JL-1"),
            extended_description=("cracked", "and chipped"),
        ),
    ),
)


def _xml(document: object, by: Conventions) -> ET.Element:
    assert isinstance(document, SalesOrderImport | CustomerReturnImport | OrderStatuses | StockItems)
    return ET.fromstring(write_document(document, Format.XML, by))


def _first(root: ET.Element, path: str) -> ET.Element:
    found = root.find(path)
    assert found is not None, path
    return found


def test_an_order_is_written_in_json_without_nulls(by: Conventions) -> None:
    """What an order does not have is left out; required lists are there when empty; numbers are plain numbers."""
    written = json.loads(write_document(SalesOrderImport(orders=(_ORDER,)), Format.JSON, by))
    assert written == {
        "Orders": [
            {
                "Customer": {
                    "CreateNew": "IfNoMatch",
                    "CompanyClass": {"ID": "5"},
                    "Currency": {"Code": "GBP"},
                    "TaxExempt": False,
                },
                "InvoiceAddress": {"Line1": "1 Example Street", "Town": "Sampleton", "Country": {"Code": "GB"}},
                "InvoiceContact": {"Surname": "Example"},
                "Header": {
                    "AssociatedRef": "JL-1",
                    "OrderDate": "2026-07-01T10:30:15",
                    "Site": {"ID": "1"},
                    "SalesSource": {"ID": ""},
                    "DiscountCodes": [],
                    "CalcMethod": 0,
                },
                "Items": [
                    {
                        "SKU": "MUG",
                        "Mapping": "StockCode",
                        "Quantity": 10,
                        "ExtendedDescription": [],
                        "UnitPrice": {"Gross": 2.1},
                    }
                ],
                "Payments": [{"Amount": 21.0, "Cash": {}, "BankAccount": {"Name": "Till"}}],
            }
        ],
        "ApiVersion": 1000,
    }


def test_an_order_is_written_in_xml(by: Conventions) -> None:
    """Data items are attributes, flags are words with a capital, the bank account is text as in the example."""
    root = _xml(SalesOrderImport(orders=(_ORDER,)), by)
    order = _first(root, "Orders/SalesOrder")
    assert _first(order, "Customer/CompanyClass").attrib == {"ID": "5"}
    assert _first(order, "Customer/TaxExempt").text == "False"
    assert _first(order, "Header/SalesSource").attrib == {"ID": ""}
    assert _first(order, "Header/OrderDate").text == "2026-07-01T10:30:15"
    assert _first(order, "Items/OrderItem/Quantity").text == "10"
    assert _first(order, "Payments/OrderPayment/BankAccount").text == "Till"
    assert len(_first(order, "Payments/OrderPayment/Cash")) == 0
    assert _first(root, "ApiVersion").text == "1000"
    assert order.find("DeliveryAddress") is None


def test_a_bank_account_may_be_written_by_attributes() -> None:
    """The table calls it a data item; one that is known by its id is one in any case."""
    by = Conventions(account="khaos", spelling=Spelling(bank_account="attributes"))
    root = _xml(SalesOrderImport(orders=(_ORDER,)), by)
    assert _first(root, ".//BankAccount").attrib == {"Name": "Till"}
    payment = attrs.evolve(_ORDER.payments[0], bank_account=DataItem(id="3", name="Till"))
    other = _xml(SalesOrderImport(orders=(attrs.evolve(_ORDER, payments=(payment,)),)), Conventions(account="khaos"))
    assert _first(other, ".//BankAccount").attrib == {"ID": "3", "Name": "Till"}


@pytest.mark.parametrize("name", ["SourceReference", "SourceReturnReference"])
@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("form", list(Format))
def test_a_returns_order_is_spelt_by_the_settings(name: str, nested: bool, form: Format) -> None:  # noqa: FBT001
    """The vendor spells the reference three ways: name and nesting are settings, and each is read back."""
    spelling = Spelling(
        return_source="SourceReference" if name == "SourceReference" else "SourceReturnReference",
        return_source_nested=nested,
    )
    by = Conventions(account="khaos", spelling=spelling)
    document = CustomerReturnImport(returns=(_RETURN,))
    body = write_document(document, form, by)
    if form is Format.JSON:
        keys = {"AssociatedRef": "JL-1"}
        item = json.loads(body)["Returns"][0]["ReturnedItems"][0]
        assert item[name] == ({"SourceOrder": keys} if nested else keys)
    else:
        path = f".//ReturnedItem/{name}{'/SourceOrder' if nested else ''}/AssociatedRef"
        assert _first(ET.fromstring(body), path).text == "JL-1"
    assert read_document(CustomerReturnImport, body, form, by) == document


def test_texts_are_listed_under_the_name_of_the_settings() -> None:
    """No page shows how texts are listed in XML, so the name is a setting."""
    by = Conventions(account="khaos", spelling=Spelling(text_item="Line"))
    lines = _first(_xml(CustomerReturnImport(returns=(_RETURN,)), by), ".//ExtendedDescription")
    assert [(line.tag, line.text) for line in lines] == [("Line", "cracked"), ("Line", "and chipped")]


def test_options_repeat_their_element_in_xml(by: Conventions) -> None:
    """``MatchCompanyOn`` comes once per word, with nothing around it; in JSON it is a list."""
    config = OrderImportConfig(match_company_on=(Match.ADDRESS1, Match.POSTCODE), import_as_unconfirmed=True)
    document = SalesOrderImport(config=config)
    root = _xml(document, by)
    assert [each.text for each in root.findall("Config/MatchCompanyOn")] == ["Address1", "Postcode"]
    assert _first(root, "Config/ImportAsUnconfirmed").text == "True"
    assert len(_first(root, "Orders")) == 0
    in_json = json.loads(write_document(document, Format.JSON, by))
    assert in_json["Config"] == {"MatchCompanyOn": ["Address1", "Postcode"], "ImportAsUnconfirmed": True}


def test_a_stand_in_for_the_erp_may_use_the_other_spellings() -> None:
    """Both names of a status and of an item's description can be written."""
    spelling = Spelling(order_status="OrderStatus", short_description="StockDescription")
    by = Conventions(account="khaos", spelling=spelling)
    status = SalesOrderStatus(order_code="S", status=OrderStatus.COMPLETE)
    assert json.loads(write_row(status, by)) == {"OrderCode": "S", "OrderStatus": "Complete"}
    item = StockItem(stock_id="1", stock_code="A", short_description="Mug")
    assert json.loads(write_row(item, by))["StockDescription"] == "Mug"
    assert read_row(StockItem, write_row(item, by), by) == item


def test_taking_a_pack_apart_is_written(by: Conventions) -> None:
    """PackType None with an empty list says "no pack any more"; both left out say nothing."""
    removed = StockItemRelationship(stock_id="1", pack_type=PackType.NONE, pack_items=())
    assert json.loads(write_row(removed, by)) == {"StockID": "1", "PackType": "None", "PackItems": []}
    assert json.loads(write_row(StockItemRelationship(stock_id="1"), by)) == {"StockID": "1"}


def test_the_configuration_document_is_written_in_both_forms(by: Conventions) -> None:
    """Each endpoint with URL and format; only those that are fetched have a frequency. JSON is wrapped or not."""
    fetched = Endpoint(url="https://example.com/orders", format=Format.JSON, frequency=15)
    pushed = Endpoint(url="https://example.com/stock?a=1&b=2", format=Format.XML)
    config = EndpointConfig(order_download=fetched, stock_upload=pushed)
    body = write_document(config, Format.XML, by)
    assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert read_document(EndpointConfig, body, Format.XML, by) == config
    assert list(json.loads(write_document(config, Format.JSON, by))) == ["EndpointConfig"]
    plain = Conventions(account="khaos", spelling=Spelling(wrapped_json_config=False))
    assert list(json.loads(write_document(config, Format.JSON, plain))) == ["OrderDownload", "StockUpload"]


def test_items_of_unknown_shape_are_written_as_they_came(by: Conventions) -> None:
    """Their JSON text is taken apart again, in XML into elements."""
    item = StockItem(
        stock_id="1", stock_code="A", user_defined_fields=('{"Name":"Size","Value":["1","2"],"#text":"big"}', '"plain"')
    )
    document = StockItems(items=(item,))
    root = _xml(document, by)
    first, second = _first(root, ".//UserDefinedFields")
    assert (first.text, [child.text for child in first.findall("Value")]) == ("big", ["1", "2"])
    assert second.text == "plain"
    in_json = json.loads(write_document(document, Format.JSON, by))["Items"][0]["UserDefinedFields"]
    assert in_json == [{"Name": "Size", "Value": ["1", "2"], "#text": "big"}, "plain"]
    again = read_document(StockItems, write_document(document, Format.XML, by), Format.XML, by)
    assert [json.loads(each) for each in again.items[0].user_defined_fields] == in_json


@pytest.mark.parametrize(
    ("raw", "problem"),
    [("{", "JSON"), ('{"a b": 1}', "cannot be the name"), ('"\\u0001"', "control"), ("[1]", "a list cannot be")],
)
def test_what_cannot_be_an_element_is_refused(raw: str, problem: str, by: Conventions) -> None:
    """An undescribed item that XML cannot carry is a ``ValueError``, not a broken document."""
    document = StockItems(items=(StockItem(stock_id="1", stock_code="A", user_defined_fields=(raw,)),))
    with pytest.raises(ValueError, match=problem):
        write_document(document, Format.XML, by)


def test_all_kinds_of_values_of_unknown_shape_can_be_elements(by: Conventions) -> None:
    """Numbers, flags and null of an undescribed item are written as other numbers and flags are."""
    raw = '{"a": 1, "b": 1.50, "c": true, "d": null}'
    root = _xml(StockItems(items=(StockItem(stock_id="1", stock_code="A", user_defined_fields=(raw,)),)), by)
    assert [each.text for each in _first(root, ".//UserDefinedField")] == ["1", "1.50", "True", None]


def test_a_control_character_is_refused_in_xml(by: Conventions) -> None:
    """XML 1.0 has no way to carry it; carriage returns become line breaks."""
    with pytest.raises(ValueError, match="control character"):
        write_document(StockItems(deleted=("\x01",)), Format.XML, by)
    assert _first(_xml(StockItems(deleted=("a\r\nb\rc",)), by), "Deleted/string").text == "a\nb\nc"


def test_a_number_without_an_end_is_refused(by: Conventions) -> None:
    """Infinity and NaN are no numbers of either form."""
    for number in (Decimal("Infinity"), Decimal("NaN")):
        with pytest.raises(ValueError, match="not finite"):
            write_row(Price(gross=number), by)


def test_a_naive_time_is_refused(by: Conventions) -> None:
    """Nobody could tell which hour it means."""
    naive = attrs.evolve(_RETURN, created_date=datetime(2026, 7, 1))  # noqa: DTZ001 - the mistake itself
    with pytest.raises(ValueError, match="aware"):
        write_document(CustomerReturnImport(returns=(naive,)), Format.JSON, by)


def test_a_row_cannot_be_read_as_another_record(by: Conventions) -> None:
    """A stored row is read back as what it is or refused."""
    text = write_row(StockStatus(stock_code="A", site_id=1), by)
    with pytest.raises(errors.Undecodable, match="OrderCode"):
        read_row(SalesOrderStatus, text, by)


def test_only_records_have_elements() -> None:
    """A class without our metadata is a mistake of ours, told at once."""
    with pytest.raises(TypeError, match="not a record"):
        elements_of(Path)


def test_metadata_must_be_an_element() -> None:
    """Whatever else stands under our key is a mistake."""

    @attrs.frozen
    class Wrong:
        name: str = attrs.field(metadata={"channels": "Name"})

    with pytest.raises(TypeError, match="must be an Element"):
        elements_of(Wrong)


def test_an_element_of_records_needs_their_class(by: Conventions) -> None:
    """A record field without a record class cannot be read."""

    @attrs.frozen
    class Wrong:
        part: object = attrs.field(default=None, metadata={"channels": Element(name="Part", kind="record")})

    with pytest.raises(TypeError, match="has no record"):
        read_row(Wrong, '{"Part": {"a": 1}}', by)


def test_no_record_of_the_documents_has_a_field_for_card_data() -> None:
    """Card data can neither be written nor read: there is no element for it anywhere."""
    names = {
        name
        for each in models.__all__
        if attrs.has(cls := getattr(models, each))
        for _, element in elements_of(cls)
        for name in element.names
    }
    assert not names & {"CardNumber", "CardStart", "CardExpire", "CardCV2", "CardHolder", "CardIssue"}
    assert not names & {"SecurityRef", "SecurityToken", "FraudData", "AAVCV2Results", "AAVCV2Result"}
    assert {"AuthCode", "TransactionID", "Last4Digits"} <= names


def test_what_is_empty_is_not_written(by: Conventions) -> None:
    """An order reference without a key is none; a record that the document needs is there without a field."""
    item = attrs.evolve(_RETURN.returned_items[0], source_order=SourceOrder())
    written = json.loads(write_row(attrs.evolve(_RETURN, returned_items=(item,), invoice_contact=Contact()), by))
    assert "SourceReference" not in written["ReturnedItems"][0]
    assert written["InvoiceContact"] == {}
    assert json.loads(write_row(attrs.evolve(_RETURN, urn=""), by))["URN"] == ""
    assert json.loads(write_row(attrs.evolve(item, extended_description=("a", "", "b")), by))[
        "ExtendedDescription"
    ] == [
        "a",
        "",
        "b",
    ]
    assert "Options" not in json.loads(write_row(StockItem(stock_id="1", stock_code="A", options=StockOptions()), by))


def test_names_are_loaded_when_first_used() -> None:
    """The package itself imports nothing; it lists its names and knows no others."""
    assert {"Conventions", "Spelling"} <= set(dir(channels))
    with pytest.raises(AttributeError, match="Nonsense"):
        getattr(channels, "Nonsense")  # noqa: B009 - a name that a type checker would refuse


def test_each_form_names_its_media_type() -> None:
    """Both are UTF-8; JSON is it by definition."""
    assert Format.JSON.content_type == "application/json"
    assert Format.XML.content_type == "application/xml; charset=utf-8"
