"""Setting stock and prices, makers, customs codes, and the operations that are only known by name."""

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
from khaos_connectors.khaos_control.documents.stock import read_stock_status
from khaos_connectors.khaos_control.documents.stock_import import setting_problems, write_stock_settings
from khaos_connectors.khaos_control.documents.writing import amount_text, quantity_text
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.models import StockStatusRow
from khaos_connectors.khaos_control.stock_models import HarmonisationCode, HarmonisedItem, StockSetting
from khaos_connectors.testing.khaos_stock_strategies import stock_settings

_SERVICE = Service(system="khaos")
_READING = Reading(system="khaos", operation="ExportStockStatus", time=ServerTime())
_LEVEL = StockSetting(code="MUG", level=Decimal(3))
_PRICE = StockSetting(code="MUG", sell_price=Decimal("4.5"))

Enveloped = Callable[..., Response]


# --- setting stock ---------------------------------------------------------------------------------------------------


@given(st.lists(stock_settings(), max_size=3, unique_by=lambda each: each.code), st.sampled_from(["", "Main & Co"]))
def test_what_is_set_is_what_would_be_read(settings: list[StockSetting], site: str) -> None:
    """The document of the import is that of the export: nothing is lost on the way, nothing else is written."""
    text = write_stock_settings(settings, site=site)

    rows = read_stock_status(ET.fromstring(text), _READING)

    assert rows.unread == ()
    assert list(rows) == [
        StockStatusRow(
            code=each.code,
            site=site,
            level=each.level,
            buy_price=each.buy_price,
            sell_price=each.sell_price,
            web_sell_price=each.web_sell_price,
        )
        for each in settings
    ]
    assert setting_problems(settings, site=site) == ()


def test_the_document_of_a_level() -> None:
    """Only the code and the level, the site on the document; TYPE where a related product wants it."""
    typed = attrs.evolve(_PRICE, kind="X")

    assert write_stock_settings([_LEVEL], site="Main Site") == (
        '<STOCK_STATUS SITE="Main Site"><STOCK_ITEM CODE="MUG"><LEVEL>3</LEVEL></STOCK_ITEM></STOCK_STATUS>'
    )
    assert write_stock_settings([typed]) == (
        '<STOCK_STATUS><STOCK_ITEM CODE="MUG" TYPE="X"><SELL_PRICE>4.50</SELL_PRICE></STOCK_ITEM></STOCK_STATUS>'
    )


@pytest.mark.parametrize(
    ("value", "amount", "quantity"),
    [
        ("4.5", "4.50", "4.5"),
        ("3", "3.00", "3"),
        ("3.00", "3.00", "3"),
        ("100", "100.00", "100"),
        ("1E+3", "1000.00", "1000"),
        ("2.4850", "2.485", "2.485"),
        ("-0", "0.00", "0"),
        ("123456789012345678901234567890.12", "123456789012345678901234567890.12", "123456789012345678901234567890.12"),
    ],
)
def test_numbers_are_written_exactly(value: str, amount: str, quantity: str) -> None:
    """Amounts with at least two decimals, quantities without needless zeros, neither ever rounded."""
    assert (amount_text(Decimal(value)), quantity_text(Decimal(value))) == (amount, quantity)


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        (attrs.evolve(_LEVEL, code=" "), "@CODE"),
        (attrs.evolve(_LEVEL, code="x" * 51), "@CODE"),
        (attrs.evolve(_LEVEL, code="A#1"), "@CODE"),
        (attrs.evolve(_LEVEL, code="A\x07"), "@CODE"),
        (attrs.evolve(_LEVEL, kind="\x00"), "@TYPE"),
        (attrs.evolve(_LEVEL, level=Decimal(-1)), "LEVEL"),
        (attrs.evolve(_LEVEL, level=Decimal("NaN")), "LEVEL"),
        (attrs.evolve(_PRICE, sell_price=Decimal("Infinity")), "SELL_PRICE"),
        (StockSetting(code="MUG"), "LEVEL"),
    ],
)
def test_what_must_not_be_set(setting: StockSetting, field: str) -> None:
    """Told before anything is sent, by row and name."""
    assert [each.field for each in setting_problems([_PRICE_OF_ANOTHER, setting])] == [f"STOCK_ITEM[2]/{field}"]

    with pytest.raises(errors.Invalid) as caught:
        endpoints.import_stock_status(_SERVICE, [setting], update_levels=True, update_data=True)
    assert [each.field for each in caught.value.fields] == [f"STOCK_ITEM[1]/{field}"]


_PRICE_OF_ANOTHER = attrs.evolve(_PRICE, code="OTHER")


def test_a_code_is_set_once() -> None:
    """Which of two levels would stay is not documented. A site's name is looked at too."""
    twice = setting_problems([_LEVEL, attrs.evolve(_LEVEL, level=Decimal(4))], site="a\x01")

    assert [each.field for each in twice] == ["@SITE", "STOCK_ITEM[1]/@CODE", "STOCK_ITEM[2]/@CODE"]


@pytest.mark.parametrize(
    ("levels", "data", "setting", "repeat"), [(True, False, _LEVEL, "never"), (False, True, _PRICE, "same-effect")]
)
def test_levels_are_never_sent_twice(*, levels: bool, data: bool, setting: StockSetting, repeat: str) -> None:
    """A sale between the two would be undone; prices may be sent again."""
    call = endpoints.import_stock_status(_SERVICE, [setting], site="Leeds", update_levels=levels, update_data=data)
    sent = [(each.tag, each.text) for each in ET.fromstring(call.request.body)[0][0]]

    assert (call.operation, call.repeat) == ("ImportStockStatus", repeat)
    assert sent == [
        ("StockStatus", write_stock_settings([setting], site="Leeds")),
        ("UpdateStockData", str(data).lower()),
        ("UpdateStockLevels", str(levels).lower()),
    ]


@pytest.mark.parametrize(
    ("settings", "levels", "data", "name"),
    [
        ([], True, True, "settings"),
        ([_LEVEL], False, False, "settings"),
        ([_LEVEL], False, True, "update_levels"),
        ([_PRICE], True, False, "update_data"),
    ],
)
def test_nothing_is_set_without_its_permission(
    settings: list[StockSetting], *, levels: bool, data: bool, name: str
) -> None:
    """The service would pass over what it has no permission for, and the caller would think that it is set."""
    with pytest.raises(ValueError, match=f"^{name}: "):
        endpoints.import_stock_status(_SERVICE, settings, update_levels=levels, update_data=data)


def test_the_answer_tells_what_was_set(enveloped: Enveloped) -> None:
    """As a list of items."""
    call = endpoints.import_stock_status(_SERVICE, [_LEVEL], update_levels=True)
    inner = "<return><Count>1</Count><List><item><StockCode>MUG</StockCode></item></List></return>"

    assert [each.stock_code for each in call.decode(enveloped("ImportStockStatus", inner))] == ["MUG"]


# --- reference data --------------------------------------------------------------------------------------------------


def test_makers(enveloped: Enveloped) -> None:
    """A plain list of names; nil is none."""
    call = endpoints.get_manufacturers(_SERVICE)

    assert call.decode(enveloped("GetManufacturer", "<return><item>A &amp; B</item></return>")) == ("A & B",)
    assert call.decode(enveloped("GetManufacturer", '<return xsi:nil="true"/>')) == ()


def test_customs_codes(enveloped: Enveloped) -> None:
    """Each with its items; a list may be missing."""
    inner = (
        "<return><item><Code>6912</Code><StockItems><item><StockCode>MUG</StockCode><Duty>2.5</Duty></item>"
        "<item><StockCode>CUP</StockCode></item></StockItems></item><item><Code>9999</Code></item></return>"
    )

    found = endpoints.get_harmonisation_codes(_SERVICE).decode(enveloped("GetHarmonisationCodes", inner))

    mug = HarmonisedItem(stock_code="MUG", duty=Decimal("2.5"))
    assert found == (
        HarmonisationCode(code="6912", items=(mug, HarmonisedItem(stock_code="CUP"))),
        HarmonisationCode(code="9999"),
    )


@pytest.mark.parametrize(
    ("item", "path"), [("<Duty>1</Duty>", "StockCode"), ("<StockCode>A</StockCode><Duty>much</Duty>", "Duty")]
)
def test_a_broken_customs_code_says_where(item: str, path: str, enveloped: Enveloped) -> None:
    """An item without a code, a duty that is no number."""
    inner = f"<return><item><StockItems><item>{item}</item></StockItems></item></return>"

    with pytest.raises(errors.Undecodable) as caught:
        endpoints.get_harmonisation_codes(_SERVICE).decode(enveloped("GetHarmonisationCodes", inner))

    assert caught.value.path == f"[0]/StockItems[0]/{path}"


def test_operations_of_unpublished_shape_give_trees(enveloped: Enveloped) -> None:
    """Their parameters are known by name only; the mapping is nil unless it is given."""
    calls = [
        endpoints.get_back_order_items(_SERVICE, "C1", mapping=1),
        endpoints.get_agent_stock(_SERVICE, "Ann"),
        endpoints.get_stock_data_array(_SERVICE),
        endpoints.get_stock_data_array(_SERVICE, operation="FTStockDataArray"),
    ]

    sent = [[(each.tag, each.text) for each in ET.fromstring(call.request.body)[0][0]] for call in calls]
    assert sent == [[("CompanyCode", "C1"), ("MappingType", "1")], [("Agent", "Ann"), ("MappingType", None)], [], []]
    assert [call.operation for call in calls] == [
        "GetBackOrderItems",
        "GetAgentStock",
        "GetStockDataArray",
        "FTStockDataArray",
    ]
    for call in calls:
        tree = call.decode(enveloped(call.operation, "<return><item>A</item></return>"))
        assert [(part.name, part.text) for part in tree] == [("item", "A")]
