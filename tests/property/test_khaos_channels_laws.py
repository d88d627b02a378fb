"""Laws of the Channels documents: what is written is read back, and no input does worse than a typed error."""

import json
import string
from contextlib import suppress
from decimal import Decimal

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.decode import dump_record, load_record
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.errors import Undecodable
from khaos_connectors.khaos_control.arithmetic import gross_line
from khaos_connectors.khaos_control.cards import looks_like_card_number
from khaos_connectors.khaos_control.channels import (
    Conventions,
    DataItem,
    Format,
    OrderDownloadSettings,
    PaymentTarget,
    Spelling,
)
from khaos_connectors.khaos_control.channels.checks import problems
from khaos_connectors.khaos_control.channels.mapping import sales_order
from khaos_connectors.khaos_control.channels.models import (
    OrderStatuses,
    PriceLists,
    SalesOrder,
    SalesOrderImport,
    StockItems,
    StockStatuses,
)
from khaos_connectors.khaos_control.channels.reading import (
    read_document,
    read_order_statuses,
    read_price_lists,
    read_row,
    read_stock_items,
    read_stock_statuses,
)
from khaos_connectors.khaos_control.channels.roots import Document
from khaos_connectors.khaos_control.channels.writing import write_document, write_row
from khaos_connectors.testing.khaos_channels_strategies import documents, order_statuses, sales_orders
from khaos_connectors.testing.order_strategies import erp_order_drafts

_BY = Conventions(account="khaos")
_SPELLINGS = st.builds(
    Spelling,
    return_source=st.sampled_from(["SourceReference", "SourceReturnReference"]),
    return_source_nested=st.booleans(),
    bank_account=st.sampled_from(["text", "attributes"]),
    text_item=st.sampled_from(["string", "Line"]),
    wrapped_json_config=st.booleans(),
    order_status=st.sampled_from(["Status", "OrderStatus"]),
    short_description=st.sampled_from(["ShortDescription", "StockDescription"]),
)
_forms = st.sampled_from(Format)
_slow = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
_quick = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@_slow
@given(documents(), _forms, _SPELLINGS)
def test_every_document_is_read_back_as_it_was_written(document: Document, form: Format, spelling: Spelling) -> None:
    """In both forms and in every spelling, whatever is left out."""
    body = write_document(document, form, Conventions(account="khaos", spelling=spelling))
    # Read with other settings on purpose: readers take every spelling.
    assert read_document(type(document), body, form, _BY) == document


@_quick
@given(documents())
def test_both_forms_say_the_same(document: Document) -> None:
    """A document that went through XML and then through JSON is still the document."""
    through = read_document(type(document), write_document(document, Format.XML, _BY), Format.XML, _BY)
    assert read_document(type(document), write_document(through, Format.JSON, _BY), Format.JSON, _BY) == document


@_quick
@given(documents())
def test_no_document_holds_a_null(document: Document) -> None:
    """Null breaks the import over there: a field is left out instead."""

    def nulls(value: object) -> bool:
        match value:
            case None:
                return True
            case dict():
                return any(map(nulls, value.values()))
            case list():
                return any(map(nulls, value))
            case _:
                return False

    assert not nulls(json.loads(write_document(document, Format.JSON, _BY)))


@_quick
@given(documents())
def test_what_the_strategies_give_would_be_taken(document: Document) -> None:
    """The strategies are of valid documents, so that tests which use them show faults of the code under test."""
    assert problems(document) == ()


@_quick
@given(sales_orders(), order_statuses())
def test_rows_survive_a_store(order: SalesOrder, status: object) -> None:
    """A row is read back from its own JSON text, and from the library's general one."""
    for record in (order, status):
        assert read_row(type(record), write_row(record, _BY), _BY) == record
        assert load_record(type(record), dump_record(record)) == record


_DAMAGE = [b"", b"\x00", b"<", b'"', b"null", b"\xff\xfe", b"1e999", b"{}", b"[]", b"-", b"&x;"]


@_slow
@given(documents(), _forms, st.data())
def test_a_damaged_document_is_read_or_refused(document: Document, form: Format, data: st.DataObject) -> None:
    """Cut, overwritten or doubled anywhere: a typed error, a broken row set apart, or a document; nothing else."""
    body = write_document(document, form, _BY)
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 40)))
    damage = data.draw(st.sampled_from(_DAMAGE))
    body = body[:start] + damage * data.draw(st.integers(1, 3)) + body[end:]
    with suppress(Undecodable):
        read_document(type(document), body, form, _BY)
    for read in (read_order_statuses, read_stock_statuses, read_stock_items, read_price_lists):
        with suppress(Undecodable):
            read(body, form, _BY)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@_slow
@given(documents(), st.data())
def test_a_wrong_type_anywhere_is_read_or_refused(document: Document, data: st.DataObject) -> None:
    """Any value of JSON in the place of any other: a typed error or a document; what was read can be written."""
    tree = json.loads(write_document(document, Format.JSON, _BY))
    here = tree
    while isinstance(here, dict | list) and here:
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        if not isinstance(here[key], dict | list) or data.draw(st.booleans()):
            here[key] = data.draw(_JSON)
            break
        here = here[key]
    with suppress(Undecodable):
        found = read_document(type(document), json.dumps(tree).encode(), Format.JSON, _BY)
        write_document(found, Format.JSON, _BY)


@pytest.mark.parametrize("bomb", [b"[" * 100_000, b'{"Statuses":' * 20_000, b"<a>" * 100_000])
@pytest.mark.parametrize("form", list(Format))
def test_deep_nesting_is_refused(bomb: bytes, form: Format) -> None:
    """Neither the stack nor the memory gives way."""
    with pytest.raises(Undecodable):
        read_order_statuses(bomb, form, _BY)


@_quick
@given(st.lists(st.integers(0, 2), max_size=4), _forms)
def test_a_broken_row_costs_only_itself(kinds: list[int], form: Format) -> None:
    """Rows read and rows set apart add up to the rows that came, whatever their order."""
    rows: list[dict[str, object]] = []
    for index, kind in enumerate(kinds):
        site: object = "nowhere" if kind == 0 else index
        rows.append({"StockCode": f"A{index}", "SiteID": site, "Levels": {"Available": index}})
    if form is Format.JSON:
        body = json.dumps({"Statuses": rows}).encode()
    else:
        inner = "".join(
            f"<StockStatus><StockCode>{row['StockCode']}</StockCode><SiteID>{row['SiteID']}</SiteID>"
            f"<Levels><Available>{index}</Available></Levels></StockStatus>"
            for index, row in enumerate(rows)
        )
        body = f"<StockStatuses><Statuses>{inner}</Statuses></StockStatuses>".encode()
    found = read_stock_statuses(body, form, _BY)
    assert [row.stock_code for row in found] == [f"A{index}" for index, kind in enumerate(kinds) if kind]
    assert [row.key for row in found.unread] == [f"A{index}" for index, kind in enumerate(kinds) if not kind]


def test_empty_documents_are_documents() -> None:
    """Nothing to tell is a valid answer, in both forms."""
    for document in (SalesOrderImport(), OrderStatuses(), StockStatuses(), StockItems(), PriceLists()):
        for form in Format:
            assert read_document(type(document), write_document(document, form, _BY), form, _BY) == document


_SETTINGS = OrderDownloadSettings(
    company_class=DataItem(name="Marketplace"), sales_source=DataItem(name="WEB"), site=DataItem(id="1")
)


@_slow
@given(erp_order_drafts())
def test_an_order_comes_to_the_drafts_total(draft: ErpOrderDraft) -> None:
    """What the ERP works out from unit prices, delivery and the absorbed rounding is the channel's total."""
    targets = {payment.method: PaymentTarget(card_type="X", auth_code="X") for payment in draft.payments}
    mapped = sales_order(draft, attrs.evolve(_SETTINGS, payments=targets), associated_ref=draft.reference)
    if mapped.problems:
        return
    worked_out = Decimal(0)
    for item in mapped.order.items:
        assert item.unit_price.gross is not None
        worked_out += gross_line(item.unit_price.gross, item.quantity, rate=Decimal(20)).gross
    charge = mapped.order.header.delivery_charge
    assert charge is not None
    assert charge.gross is not None
    assert abs(worked_out + charge.gross - draft.total) <= _SETTINGS.absorb_up_to
    assert mapped.order.header.gross_total == draft.total
    units: dict[str, int] = {}
    for item in mapped.order.items:
        units[item.sku] = units.get(item.sku, 0) + int(item.quantity)
    wanted: dict[str, int] = {}
    for line in draft.lines:
        wanted[line.stock_code] = wanted.get(line.stock_code, 0) + line.units
    assert units == wanted


@st.composite
def _cards(draw: st.DrawFn) -> str:
    length = draw(st.integers(13, 19))
    start = draw(st.sampled_from(["22", "23", "24", "25", "26", "27", "3", "4", "5", "6"]))
    rest = length - len(start) - 1
    digits = start + draw(st.text(string.digits, min_size=rest, max_size=rest))
    # The check digit by its textbook definition: double every second digit from the right of the whole number.
    total = 0
    for place, digit in enumerate(reversed(digits), start=1):
        doubled = int(digit) * 2 if place % 2 else int(digit)
        total += sum(map(int, str(doubled)))
    return digits + str(-total % 10)


@_slow
@given(_cards(), st.text(string.ascii_letters + " ", max_size=8), st.booleans())
@example("4111111111111111", "", False)
def test_every_card_number_is_seen(number: str, around: str, grouped: bool) -> None:  # noqa: FBT001 - a case
    """Any digits that begin like a card's and have its check digit, in groups of four or not, in any sentence."""
    if grouped:
        number = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
    assert looks_like_card_number(f"{around}{number}")
    assert looks_like_card_number(f"{number}{around}")
    broken = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert grouped or not looks_like_card_number(broken)
