"""Reading the Channels documents: every spelling, the broken row apart, the wrong document refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.khaos_control.channels import Conventions, DataItem, Format
from khaos_connectors.khaos_control.channels.models import (
    BACSPayment,
    CashPayment,
    Customer,
    CustomerReturnImport,
    EndpointConfig,
    LinkedItemType,
    OrderPayment,
    OrderStatus,
    OrderStatuses,
    PackType,
    Price,
    PriceType,
    RelationshipPotential,
    ReturnedItem,
    SalesOrderImport,
    SourceOrder,
    StockChanges,
    StockItemRelationship,
    StockItems,
    UnfitItems,
)
from khaos_connectors.khaos_control.channels.reading import (
    read_document,
    read_order_statuses,
    read_price_lists,
    read_row,
    read_stock_items,
    read_stock_statuses,
)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def test_an_order_document_is_read_with_its_options(sample: Callable[[str], bytes], by: Conventions) -> None:
    """Text in elements, data items in attributes, repeated options, times of the server's wall clock in UTC."""
    document = read_document(SalesOrderImport, sample("channels_orders.xml"), Format.XML, by)
    (order,) = document.orders
    assert order.header.order_date == datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
    assert order.header.site == DataItem(id="1")
    assert (order.customer.tax_exempt, order.customer.urn) == (False, "")
    assert order.header.delivery_charge == Price(gross=Decimal(0))
    assert order.invoice_address.organisation == "Sample & Co"
    assert order.items[0].stock_description is not None
    assert order.items[0].stock_description.parameter == "A mug, blue"
    assert order.payments[0].bank_account == DataItem(name="Marketplace sales")
    assert document.config is not None
    assert document.config.discontinued_items is UnfitItems.IMPORT_AND_HOLD
    assert [each.value for each in document.config.match_company_on] == ["Address1", "Postcode"]


def test_card_data_in_a_document_is_not_read(sample: Callable[[str], bytes], by: Conventions) -> None:
    """Card number and CV2 have no field: they are in no record and no repr."""
    document = read_document(SalesOrderImport, sample("channels_orders.xml"), Format.XML, by)
    assert "4111" not in repr(document)
    assert "123" not in repr(document.orders[0].payments)


def test_pushed_statuses_are_read_beside_a_broken_one(sample: Callable[[str], bytes], by: Conventions) -> None:
    """``Status`` and ``OrderStatus`` mean the same, an unknown code is kept, a broken row does not hide the others."""
    rows = read_order_statuses(sample("channels_order_statuses.xml"), Format.XML, by)
    assert [row.status for row in rows] == [OrderStatus.PARTIAL_SHIP, Unrecognised("Sleeping")]
    first = rows.items[0].shipments[0]
    assert first.packages[0].courier == DataItem(id="7", code="RM24", name="Royal Mail 24")
    assert [(item.quantity, item.import_ref) for item in first.items] == [(Decimal(2), "L1"), (Decimal(1), "L2")]
    (bad,) = rows.unread
    assert (bad.key, bad.expected) == ("JL-1003", "a number")
    assert bad.path == "$.Statuses[2].Shipments[0].Items[0].Quantity"
    assert "many" in bad.payload


def test_pushed_items_are_read_with_what_was_deleted(sample: Callable[[str], bytes], by: Conventions) -> None:
    """Ids may be numbers, null is "left out", deleted ids come as text, number or object."""
    push = read_stock_items(sample("channels_stock_items.json"), Format.JSON, by)
    (item,) = push.items
    assert (item.stock_id, item.short_description, item.manufacturer) == ("11", "A mug, blue", None)
    assert item.options is not None
    assert json.loads(item.options.custom_options[0]) == {"Name": "Colour", "Value": "Blue"}
    assert push.deleted == ("13", "14", "15")
    assert [(row.path, row.expected) for row in push.items.unread] == [
        ("$.Items[1].StockCode", "a value"),
        ("$.Items[2]", "an object"),
    ]


def test_a_push_of_deleted_items_alone_is_read(by: Conventions) -> None:
    """Items may be missing where something was deleted; a body with neither is not a StockUpload."""
    assert read_stock_items(_json({"Deleted": ["1"]}), Format.JSON, by).deleted == ("1",)
    in_xml = b"<StockItems><Deleted><string>1</string><Gone><StockID>2</StockID></Gone></Deleted></StockItems>"
    assert read_stock_items(in_xml, Format.XML, by).deleted == ("1", "2")
    with pytest.raises(errors.Undecodable, match=r"\$\.Items"):
        read_stock_items(_json({}), Format.JSON, by)


def test_levels_are_told_by_the_vendors_rule(by: Conventions) -> None:
    """Levels.Available if there is one, else what could be built, else nothing is known."""
    rows = [
        {"StockCode": "A", "SiteID": 1, "Levels": {"Available": 7.0, "OnOrder": 1}},
        {"StockCode": "B", "SiteID": "2", "RelationshipPotential": {"FromChildren": 3, "FromParents": 0}},
        {"StockCode": "C", "SiteID": 1},
        {"StockCode": "D", "SiteID": 1, "Levels": {"Available": 0}, "RelationshipPotential": {"FromChildren": 3}},
    ]
    read = read_stock_statuses(_json({"Statuses": rows}), Format.JSON, by)
    assert [row.available for row in read] == [Decimal("7.0"), Decimal(3), None, Decimal(0)]
    assert read.items[1].site_id == 2


@pytest.mark.parametrize("site", [1.5, True, "one", [1], "1e40"])
def test_a_site_must_be_a_whole_number(site: object, by: Conventions) -> None:
    """What is not a whole number is no site: the row is put aside, not guessed at."""
    rows = read_stock_statuses(_json({"Statuses": [{"StockCode": "A", "SiteID": site}]}), Format.JSON, by)
    assert [row.expected for row in rows.unread] == ["a whole number"]


def test_price_lists_are_read_with_unknown_types(by: Conventions) -> None:
    """Prices by quantity; a price type that is not 1 to 3 is kept as it came."""
    prices = [
        {"StockCode": "A", "PriceValue": 8.75, "PriceType": 1, "QtyStart": 1.0, "QtyEnd": 99999.0},
        {"StockCode": "A", "PriceValue": 8, "PriceType": 4},
    ]
    body = _json({"UploadPriceLists": [{"PriceListID": 41, "PriceListNet": False, "StockPrices": prices}, {"x": 1}]})
    rows = read_price_lists(body, Format.JSON, by)
    assert rows.items[0].price_list_id == "41"
    assert [price.price_type for price in rows.items[0].prices] == [PriceType.AMOUNT, Unrecognised("4")]
    assert rows.items[0].net is False
    assert len(rows.unread) == 1


def test_lower_case_flags_are_read_in_xml(by: Conventions) -> None:
    """The price list example says ``false`` where other documents say ``False``."""
    row = b"<PriceList><PriceListID>1</PriceListID><PriceListNet>true</PriceListNet></PriceList>"
    body = b"<PriceLists><UploadPriceLists>" + row + b"</UploadPriceLists></PriceLists>"
    assert read_price_lists(body, Format.XML, by).items[0].net is True


_SOURCES = [
    ("SourceReference", {"SourceOrder": {"AssociatedRef": "JL-1"}}, SourceOrder(associated_ref="JL-1")),
    ("SourceReturnReference", {"SourceOrder": {"SOrderCode": "SO1"}}, SourceOrder(sorder_code="SO1")),
    ("SourceReference", {"SOrderID": "2075"}, SourceOrder(sorder_id="2075")),
    ("SourceReference", {"SourceOrder": {"AssociatedRef": ""}}, None),
    ("SourceReference", "", None),
]


@pytest.mark.parametrize(("name", "value", "expected"), _SOURCES)
def test_every_spelling_of_a_returns_order_is_read(
    name: str, value: object, expected: SourceOrder | None, by: Conventions
) -> None:
    """The vendor spells the reference three ways, nested or not; an empty one is none."""
    row = {"SKU": "A", "Quantity": 1, "ReturnReason": {"ID": "6"}, name: value}
    assert read_row(ReturnedItem, json.dumps(row), by).source_order == expected


def test_a_lone_return_is_read_as_a_list_of_one(by: Conventions) -> None:
    """The JSON example shows ``Returns`` as an object; the table says array."""
    person = {"Line1": "1", "Town": "T", "Country": {"Code": "GB"}}
    lone = {
        "AssociatedRef": "R-1",
        "CreatedDate": "2026-01-02T03:04:05",
        "URN": "X",
        "InvoiceAddress": person,
        "InvoiceContact": {},
        "ReturnItems": [],
    }
    document = read_document(CustomerReturnImport, _json({"Returns": lone, "ApiVersion": "1000"}), Format.JSON, by)
    assert [each.associated_ref for each in document.returns] == ["R-1"]
    assert document.returns[0].invoice_contact.surname == ""


def test_an_empty_element_is_as_good_as_none(by: Conventions) -> None:
    """Neither form has null: an empty optional value of any kind is left out."""
    row = {
        "Amount": 1,
        "BankAccount": {"ID": ""},
        "Cash": {},
        "Card": None,
        "CreditScore": "",
    }
    assert read_row(OrderPayment, json.dumps(row), by) == OrderPayment(amount=Decimal(1), cash=CashPayment())
    assert read_row(OrderPayment, '{"Amount":"1","BACS":"","BankAccount":""}', by) == OrderPayment(
        amount=Decimal(1), bacs=BACSPayment()
    )


def test_an_item_may_be_named_in_plain_json_text(by: Conventions) -> None:
    """What the XML example does with a bank account is understood in JSON too."""
    payment = read_row(OrderPayment, '{"Amount": 1, "Cash": {}, "BankAccount": "Sales"}', by)
    assert payment.bank_account == DataItem(name="Sales")


def test_packs_say_whether_they_are_to_be_taken_apart(by: Conventions) -> None:
    """PackType None with empty PackItems removes a pack, leaving both out keeps it."""
    kept = read_row(StockItemRelationship, '{"StockID": "1", "Linked": [{"LinkedStockID": "2", "Type": "UpSell"}]}', by)
    assert (kept.pack_type, kept.pack_items) == (None, None)
    assert kept.linked[0].linked_item_type is LinkedItemType.UP_SELL
    removed = read_row(StockItemRelationship, '{"StockID": "1", "PackType": "None", "PackItems": []}', by)
    assert (removed.pack_type, removed.pack_items) == (PackType.NONE, ())


def test_an_item_is_not_parent_and_variant_at_once(by: Conventions) -> None:
    """The vendor's table excludes it, so such a row is broken."""
    with pytest.raises(errors.Undecodable, match="not both"):
        read_row(StockItemRelationship, '{"StockID":"1","SCSParent":{},"SCSChild":{"ParentStockID":"2"}}', by)


def test_a_document_may_be_wrapped_in_its_root(by: Conventions) -> None:
    """A sample page wraps JSON in the name of the XML root; the configuration document is told to be."""
    config = {"OrderDownload": {"URL": "https://example.com/orders", "Format": "JSON", "Frequency": 15}}
    plain = read_document(EndpointConfig, _json(config), Format.JSON, by)
    assert read_document(EndpointConfig, _json({"EndpointConfig": config}), Format.JSON, by) == plain
    assert plain.order_download is not None
    assert plain.order_download.frequency == 15
    assert (
        read_document(StockChanges, _json({"StockItems": {"Items": []}}), Format.JSON, by).stock_items == StockItems()
    )


def test_nil_elements_and_namespaces_are_no_matter(by: Conventions) -> None:
    """.NET writes its namespaces on the root and nil for null."""
    body = (
        b'<o:OrderStatuses xmlns:o="urn:x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><o:Statuses>'
        b"<o:SalesOrderStatus><o:OrderCode>S</o:OrderCode><o:Status>Complete</o:Status>"
        b'<o:CustomData xsi:nil="true"/></o:SalesOrderStatus></o:Statuses></o:OrderStatuses>'
    )
    assert [row.order_code for row in read_order_statuses(body, Format.XML, by)] == ["S"]


@pytest.mark.parametrize(
    ("body", "form", "expected"),
    [
        (b"", Format.JSON, "empty"),
        (b"[]", Format.JSON, "the document OrderStatuses"),
        (b'{"Items": []}', Format.JSON, "a list"),
        (b'{"Statuses": 5}', Format.JSON, "a list"),
        (b"<html></html>", Format.XML, "HTML"),
        (b"<StockStatuses/>", Format.XML, "the document OrderStatuses"),
        (b"<OrderStatuses/>", Format.XML, "a list"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><OrderStatuses/>", Format.XML, "document type"),
        (b"x" * 101, Format.JSON, "reasonable size"),
        (b"<OrderStatuses>" + b" " * 101, Format.XML, "reasonable size"),
    ],
)
def test_another_document_is_refused_whole(body: bytes, form: Format, expected: str) -> None:
    """A body that is not the promised document is one typed error that says what was expected."""
    with pytest.raises(errors.Undecodable, match=expected):
        read_order_statuses(body, form, Conventions(account="khaos", max_bytes=100))


def test_an_empty_push_has_no_rows(by: Conventions) -> None:
    """0 rows a call are allowed."""
    assert read_order_statuses(b'{"Statuses": []}', Format.JSON, by).items == ()
    assert read_order_statuses(b"<OrderStatuses><Statuses/></OrderStatuses>", Format.XML, by).items == ()
    assert read_order_statuses(b'{"Statuses": ""}', Format.JSON, by).items == ()


@pytest.mark.parametrize(
    ("row", "path", "expected"),
    [
        ({}, "$.SKU", "this field, which is missing"),
        ({"SKU": True}, "$.SKU", "text"),
        ({"SKU": ["A"]}, "$.SKU", "text"),
        ({"SKU": "A", "Quantity": True}, "$.Quantity", "a number"),
        ({"SKU": "A", "Quantity": ""}, "$.Quantity", "a value"),
        ({"SKU": "A", "Quantity": 1, "ReturnReason": 5}, "$.ReturnReason", "an object"),
        (
            {"SKU": "A", "Quantity": 1, "ReturnReason": {}, "Mapping": [{"Mapping": "Colour"}]},
            "$.Mapping[0].Mapping",
            "",
        ),
        ({"SKU": "A", "Quantity": 1, "ReturnReason": {}, "SourceReference": 7}, "$.SourceReference", "an object"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(row: object, path: str, expected: str, by: Conventions) -> None:
    """The error names the first place that is not as promised."""
    with pytest.raises(errors.Undecodable) as caught:
        read_row(ReturnedItem, json.dumps(row), by)
    assert caught.value.path == path
    assert expected in caught.value.expected
    assert (caught.value.system, caught.value.operation) == ("khaos", "ReturnedItem")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("TaxExempt", "perhaps"),
        ("TaxExempt", 1),
        ("CompanyClass", [1]),
        ("CreateNew", "Sometimes"),
    ],
)
def test_wrong_types_are_refused(field: str, value: object, by: Conventions) -> None:
    """Values must have the right type: flags are true or false, closed words are of their list."""
    row = {"CreateNew": "Never", "CompanyClass": {"ID": "1"}, "Currency": {"Code": "GBP"}, field: value}
    with pytest.raises(errors.Undecodable, match=field):
        read_row(Customer, json.dumps(row), by)


def _shipped_on(date: object) -> bytes:
    shipment = {"ID": "1", "Status": "Issue", "Packages": [{"ShipmentDate": date}]}
    return _json({"Statuses": [{"OrderCode": "S", "Status": "Complete", "Shipments": [shipment]}]})


@pytest.mark.parametrize("date", ["tomorrow", 5, "2026-13-01T00:00:00", "9999-12-31T23:59:59-10:00"])
def test_what_is_no_time_is_refused(date: object, by: Conventions) -> None:
    """A date that cannot be read is never taken for "none"."""
    rows = read_order_statuses(_shipped_on(date), Format.JSON, by)
    assert [bad.path for bad in rows.unread] == ["$.Statuses[0].Shipments[0].Packages[0].ShipmentDate"]


def test_an_empty_date_is_none(by: Conventions) -> None:
    """The ERP's dates before 1900 stand for no date."""
    rows = read_order_statuses(_shipped_on("1899-12-30T00:00:00"), Format.JSON, by)
    assert rows.items[0].shipments[0].packages[0].shipment_date is None


def test_lists_of_unknown_shape_must_be_lists(by: Conventions) -> None:
    """What nobody has described is kept, but only where a list was promised."""
    body = _json({"Items": [{"StockID": "1", "StockCode": "A", "UserDefinedFields": {"a": 1}}]})
    assert [row.expected for row in read_stock_items(body, Format.JSON, by).items.unread] == ["a list"]


def test_items_of_unknown_shape_are_kept_from_xml(by: Conventions) -> None:
    """Attributes, repeated children and text of an undescribed item are all in its JSON text."""
    body = (
        b"<StockItems><Items><StockItem><StockID>1</StockID><StockCode>A</StockCode><UserDefinedFields>"
        b'<Field Name="Size">big<Value>1</Value><Value>2</Value></Field><Field>plain</Field>'
        b"</UserDefinedFields></StockItem></Items></StockItems>"
    )
    first, second = read_stock_items(body, Format.XML, by).items.items[0].user_defined_fields
    assert json.loads(first) == {"Name": "Size", "Value": ["1", "2"], "#text": "big"}
    assert json.loads(second) == "plain"


def test_a_list_of_texts_may_be_plain_text(by: Conventions) -> None:
    """No page shows how texts are listed in XML: any child, or the text alone, is understood."""
    head = (
        "<CustomerReturnImport><Returns><CustomerReturn><AssociatedRef>R</AssociatedRef>"
        "<CreatedDate>2026-01-01</CreatedDate><URN>U</URN><InvoiceAddress><Line1>1</Line1><Town>T</Town>"
        "<Country Code='GB'/></InvoiceAddress><InvoiceContact/><ReturnedItems><ReturnedItem><SKU>A</SKU>"
        "<Quantity>1</Quantity><ReturnReason ID='6'/><ExtendedDescription>"
    )
    tail = "</ExtendedDescription></ReturnedItem></ReturnedItems></CustomerReturn></Returns></CustomerReturnImport>"
    for inner in ("one line", "<Line>one line</Line>"):
        document = read_document(CustomerReturnImport, f"{head}{inner}{tail}".encode(), Format.XML, by)
        assert document.returns[0].returned_items[0].extended_description == ("one line",)


def test_a_whole_document_is_read_or_refused(sample: Callable[[str], bytes], by: Conventions) -> None:
    """``read_document`` is for what we wrote: one broken row refuses it."""
    with pytest.raises(errors.Undecodable, match="Quantity"):
        read_document(OrderStatuses, sample("channels_order_statuses.xml"), Format.XML, by)


def test_an_empty_potential_is_none(by: Conventions) -> None:
    """A potential without a figure says nothing about the item."""
    body = _json({"Statuses": [{"StockCode": "A", "SiteID": 1, "RelationshipPotential": {"FromChildren": None}}]})
    (row,) = read_stock_statuses(body, Format.JSON, by)
    assert (row.relationship_potential, row.available) == (None, None)
    assert not RelationshipPotential()
    assert RelationshipPotential(from_parents=Decimal(0))
