"""Price lists: both forms in which they come, the one in which they go, and what is not sent."""

from collections.abc import Callable
from decimal import Decimal
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.price_lists import price_problems, read_price_lists, write_price_lists
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.enums import PriceListKind
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.price_models import PriceList, PriceRow
from khaos_connectors.testing.khaos_stock_strategies import price_lists

_SERVICE = Service(system="khaos")
_READING = Reading(system="khaos", operation="ExportPriceList", time=ServerTime())
_ROW = PriceRow(stock_code="MUG", amount=Decimal("4.35"), qty_start=Decimal(1), qty_end=Decimal(999))
_LIST = PriceList(kind=PriceListKind.ITEM_CLASS, company_class="Retail", rows=(_ROW,))


def _read(text: str) -> Rows[PriceList]:
    return read_price_lists(ET.fromstring(text), _READING)


@given(st.lists(price_lists(), max_size=4))
def test_what_is_written_is_read_back(lists: list[PriceList]) -> None:
    """Every kind, exactly; grouped by kind, in their order within it, and fit to be sent."""
    text = write_price_lists(lists)
    order = [PriceListKind.ITEM_CUSTOMER, PriceListKind.ITEM_CLASS, PriceListKind.TYPE_CUSTOMER]

    found = _read(text)

    assert found.unread == ()
    assert list(found) == sorted(lists, key=lambda each: [*order, PriceListKind.TYPE_CLASS].index(each.kind))
    assert write_price_lists(found.items) == text
    assert price_problems(lists) == ()


@given(price_lists())
def test_the_form_without_groups_says_the_same(prices: PriceList) -> None:
    """A live service leaves the groups out."""
    grouped = ET.fromstring(write_price_lists([prices]))
    flat = ET.Element("PriceLists")
    flat.extend(element for group in grouped for element in group)

    assert read_price_lists(flat, _READING) == read_price_lists(grouped, _READING)


def test_what_a_live_service_tells_beside_the_prices() -> None:
    """Flags as words or numbers, "None" for no currency, and figures that no import takes."""
    (prices,) = _read(
        '<PriceLists><StockItem-CustomerClassifications CompClass="A" CurrencyCode="None" CurrencyID="0" '
        'PricelistNet="-1"><StockItem><StockCode>MUG</StockCode><AmountValue>10</AmountValue>'
        "<CalcBranch>3</CalcBranch><CalculatedPrice>9.5</CalculatedPrice><Discontinued>True</Discontinued>"
        "<FlagsStrucDiscPerSOrderLine>False</FlagsStrucDiscPerSOrderLine><MassagedMarkUp>300</MassagedMarkUp>"
        "<OriginalCalculatedPrice>9</OriginalCalculatedPrice><StockDesc>Mug</StockDesc><StockID>57749</StockID>"
        "<TaxPortion>100</TaxPortion><TaxRate>20</TaxRate><UseBuyPrice>-1</UseBuyPrice></StockItem>"
        "</StockItem-CustomerClassifications></PriceLists>"
    )

    assert (prices.currency_code, prices.currency_id, prices.is_net) == ("", "", True)
    (row,) = prices.rows
    assert row == PriceRow(
        stock_code="MUG",
        amount=Decimal(10),
        calc_branch="3",
        calculated_price=Decimal("9.5"),
        discontinued=True,
        massaged_markup=Decimal(300),
        original_calculated_price=Decimal(9),
        description="Mug",
        stock_id="57749",
        tax_portion=Decimal(100),
        tax_rate=Decimal(20),
        use_buy_price=True,
    )
    assert prices.importable().rows == (PriceRow(stock_code="MUG", amount=Decimal(10)),)
    assert list(_read(write_price_lists([prices]))) == [prices.importable()]


def test_the_companys_name_is_not_sent() -> None:
    """The vendor says that an import leaves it out."""
    prices = PriceList(kind=PriceListKind.ITEM_CUSTOMER, company_code="C1", company_name="Company", rows=(_ROW,))

    assert "Company" not in write_price_lists([prices]).replace("CompanyCode", "")


def test_our_own_sample(sample: Callable[[str], str]) -> None:
    """Both forms in one document: prices by quantity of a class, a discount on a type for one customer."""
    trade, cafe = _read(sample("price_lists.xml"))

    assert [(row.amount, row.qty_start) for row in trade.rows] == [
        (Decimal("7.5"), Decimal(1)),
        (Decimal("6.9"), Decimal(12)),
    ]
    assert (trade.kind, trade.company_class, trade.is_net) == (PriceListKind.ITEM_CLASS, "Trade", True)
    assert (cafe.kind, cafe.company_code, cafe.rows[0].discount) == (PriceListKind.TYPE_CUSTOMER, "C1001", Decimal(10))
    assert price_problems([trade, cafe]) == ()


@pytest.mark.parametrize("name", ["PricelistNet", "PriceListNet"])
@pytest.mark.parametrize(("text", "is_net"), [("-1", True), ("0", False), ("", None)])
def test_both_spellings_of_the_side(name: str, text: str, *, is_net: bool | None) -> None:
    """A live service writes the one, the vendor's older sample the other; not told is not gross."""
    (prices,) = _read(f'<PriceLists><StockItem-Customer CompanyCode="C1" {name}="{text}"/></PriceLists>')

    assert prices.is_net is is_net


def test_empty_shells_and_foreign_elements_are_nothing() -> None:
    """The samples end every list with an empty element; a list of prices that is empty is a list."""
    found = _read(
        "<PriceLists><Other><StockItem-Customer/></Other><StockItem-Customer/><StockType-Customers>"
        '<StockType-Customer CompanyCode="C1"><StockType/></StockType-Customer><StockType-Customer/>'
        "</StockType-Customers></PriceLists>"
    )

    assert found == Rows(items=(PriceList(kind=PriceListKind.TYPE_CUSTOMER, company_code="C1"),))


def test_a_broken_price_hides_nothing_else() -> None:
    """Neither its list nor the other prices; a price of nothing is broken too."""
    found = _read(
        '<PriceLists><StockItem-Customer CompanyCode="C1"><StockItem><StockCode>A</StockCode><AmountValue>dear'
        "</AmountValue></StockItem><StockItem><AmountValue>1</AmountValue></StockItem><StockItem>"
        "<StockCode>B</StockCode></StockItem></StockItem-Customer></PriceLists>"
    )

    assert [row.stock_code for prices in found for row in prices.rows] == ["B"]
    place = "/PriceLists/StockItem-Customer[0]/StockItem"
    assert [(bad.key, bad.path) for bad in found.unread] == [
        ("A", f"{place}[0]/AmountValue"),
        ("", f"{place}[1]/StockCode"),
    ]


def test_prices_of_an_unknown_side_are_not_told() -> None:
    """A list that does not say plainly whether it is net is unread as a whole."""
    found = _read(
        '<PriceLists><StockItem-CustomerClassifications CompClass="A" PricelistNet="maybe"><StockItem>'
        "<StockCode>A</StockCode></StockItem></StockItem-CustomerClassifications></PriceLists>"
    )

    assert (found.items, [(bad.key, bad.path.rsplit("/", 1)[1]) for bad in found.unread]) == (
        (),
        [("A", "@PricelistNet")],
    )


@pytest.mark.parametrize(
    ("prices", "field"),
    [
        (attrs.evolve(_LIST, company_class=""), "@CompClass"),
        (attrs.evolve(_LIST, company_code="C1"), "@CompanyCode"),
        (attrs.evolve(_LIST, kind=PriceListKind.ITEM_CUSTOMER, company_class=""), "@CompanyCode"),
        (attrs.evolve(_LIST, company_class="a\x01"), "@CompClass"),
        (attrs.evolve(_LIST, currency_code="\ufffe"), "@CurrencyCode"),
        (attrs.evolve(_LIST, rows=()), "rows"),
        (attrs.evolve(_LIST, rows=(attrs.evolve(_ROW, stock_code=" "),)), "StockItem[1]/StockCode"),
        (attrs.evolve(_LIST, rows=(attrs.evolve(_ROW, stock_code="a\x00"),)), "StockItem[1]/StockCode"),
        (attrs.evolve(_LIST, rows=(_ROW, attrs.evolve(_ROW, stock_type="T"))), "StockItem[2]/StockTypeDesc"),
        (attrs.evolve(_LIST, kind=PriceListKind.TYPE_CLASS), "StockType[1]/StockTypeDesc"),
        (attrs.evolve(_LIST, rows=(attrs.evolve(_ROW, amount=None),)), "StockItem[1]/AmountValue"),
        (attrs.evolve(_LIST, rows=(attrs.evolve(_ROW, amount=Decimal(-1)),)), "StockItem[1]/AmountValue"),
        (attrs.evolve(_LIST, rows=(attrs.evolve(_ROW, qty_start=Decimal("NaN")),)), "StockItem[1]/QtyStart"),
        (attrs.evolve(_LIST, rows=(attrs.evolve(_ROW, markup=Decimal("Infinity")),)), "StockItem[1]/MarkUp"),
        (attrs.evolve(_LIST, rows=(attrs.evolve(_ROW, qty_start=Decimal(1000)),)), "StockItem[1]/QtyEnd"),
    ],
)
def test_what_must_not_be_sent(prices: PriceList, field: str) -> None:
    """Told before anything is sent, by the document's own names."""
    assert field in {problem.field.split("]/", 1)[1] for problem in price_problems([prices])}

    with pytest.raises(errors.Invalid) as caught:
        endpoints.import_price_lists(_SERVICE, [prices])
    assert caught.value.fields == price_problems([prices])


def test_an_import_sends_the_document_and_gives_the_services_text(enveloped: Callable[..., Response]) -> None:
    """Its effect is the same however often it is sent, so it may be repeated."""
    call = endpoints.import_price_lists(_SERVICE, [_LIST])
    body = ET.fromstring(call.request.body)[0][0]

    assert (call.operation, call.repeat) == ("ImportPriceLists", "same-effect")
    assert [(each.tag, each.text) for each in body] == [("PriceList", write_price_lists([_LIST]))]
    assert call.decode(enveloped("ImportPriceLists", "<return> 1 list </return>")) == "1 list"
    with pytest.raises(ValueError, match="lists: must not be empty"):
        endpoints.import_price_lists(_SERVICE, [])


@pytest.mark.parametrize(
    ("names", "ids", "sent"),
    [
        (["Retail", "Trade"], [], ("Retail,Trade", "3", None)),
        ([], ["7"], ("", "3", "7")),
    ],
)
def test_lists_are_asked_for_by_name_or_id(names: list[str], ids: list[str], sent: tuple[str | None, ...]) -> None:
    """One kind at a time; neither name nor id would mean everything."""
    call = endpoints.export_price_lists(_SERVICE, names, kind=PriceListKind.ITEM_CLASS, ids=ids)
    values = ET.fromstring(call.request.body)[0][0]

    assert [each.tag for each in values] == ["PriceLists", "PriceListType", "PriceListIDs"]
    assert tuple(None if each.get(f"{_XSI}nil") else each.text or "" for each in values) == sent
    with pytest.raises(ValueError, match="names: must not be empty without ids"):
        endpoints.export_price_lists(_SERVICE, kind=PriceListKind.ITEM_CLASS)
    with pytest.raises(errors.Invalid):
        endpoints.export_price_lists(_SERVICE, ["a,b"], kind=PriceListKind.ITEM_CLASS)


_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def test_one_list_and_the_names_of_all(enveloped: Callable[..., Response], texted: Callable[..., Response]) -> None:
    """The empty name is the vendor's way to ask for the list of the web."""
    call = endpoints.export_price_list(_SERVICE)
    assert list(call.decode(texted("ExportPriceList", "<PriceLists/>"))) == []
    assert [(each.tag, each.text) for each in ET.fromstring(call.request.body)[0][0]] == [("PriceList", None)]
    with pytest.raises(errors.Undecodable, match="PriceLists"):
        call.decode(texted("ExportPriceList", "<STOCK_ITEMS/>"))

    names = endpoints.get_price_lists(_SERVICE)
    answer = enveloped("GetPriceLists", "<return><item>Web</item><item/><item> Trade </item></return>")
    assert names.decode(answer) == ("Web", "Trade")
