"""The vendor's own examples and recorded payloads are read by the client, through every endpoint there is.

What an example has wrong (nulls in required fields, numbers as text, renamed fields) is survived; what cannot be is
named in ``MISTAKES``.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path

import attrs
import pytest

from khaos_connectors import mirakl
from khaos_connectors.calls.decode import Unrecognised, to_json
from khaos_connectors.calls.messages import Page, Response
from khaos_connectors.core.ids import AccountId, StockCode
from khaos_connectors.core.order_mapping import Held, Mapped, OrderPolicy, map_order
from khaos_connectors.core.orders import ChannelOrder, OrderState, TaxMode
from khaos_connectors.core.skus import Target
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.mapping import countries
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.operations import OPERATIONS
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.mirakl_call_strategies import endpoint_functions, one_call, operation_of

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
MIRAKL = DATA / "mirakl"
EXAMPLES = MIRAKL / "mmp-seller-examples.json"
pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="the vendor's examples are not at hand")

SCOPE = Scope(account="a")
ENDPOINTS = endpoint_functions()
TYPED = {operation_of(function) for function in ENDPOINTS.values()}
# Examples that no client can read as what the schema promises: operation and number, with what is wrong.
MISTAKES = {("OF54", 3): "the columns between the first and the last three are left out of the table, shown as dots"}
# What examples hold and no record does: the document gives these up, or only its example has them.
NOT_KEPT = {
    "A01": {"corporate_name", "identification_number"},
    "IV01": {"company", "complementary", "total_charged_amount"},
    "OF54": {"no_commission"},
    "OR11": {"commission_tax_amount"},
}
# What the walk over pages looks at; no record has it.
OF_THE_PAGING = {"next_page_token", "total_count"}
# The document shows no answer for these: a file, an empty body, or nothing but machine-made samples.
WITHOUT_EXAMPLE = {
    "A21",
    "DR73",
    "IV02",
    "M13",
    "OR15",
    "OR21",
    "OR23",
    "OR24",
    "OR29",
    "OR64",
    "OR73",
    "OR76",
    "PRI02",
    "PRI03",
    "S31",
    "S33",
    "STO01",
    "STO02",
    "STO03",
    "V01",
}


@cache
def examples() -> dict[str, dict[str, list[dict[str, object]]]]:
    if not EXAMPLES.exists():
        return {}
    return json.loads(EXAMPLES.read_text(encoding="utf-8"), parse_float=Decimal)["by_operation"]


def good_answers(code: str) -> list[dict[str, object]]:
    """Each with ``content_type`` and ``value``."""
    found = examples().get(code) or {}
    return [each for where, rows in found.items() if where.startswith("response 2") for each in rows]


def answer(example: Mapping[str, object]) -> Response:
    value = example["value"]
    body = value.encode() if isinstance(value, str) else to_json(value).encode()
    return Response(status=200, headers={"content-type": str(example["content_type"])}, body=body)


def broken(value: object) -> Iterator[Broken]:
    """The unreadable rows anywhere within a decoded answer."""
    if isinstance(value, Broken):
        yield value
    elif isinstance(value, Page | tuple | list):
        for each in value:
            yield from broken(each)
    elif isinstance(value, Mapping):
        yield from broken(tuple(value.values()))
    elif attrs.has(type(value)) and not isinstance(value, Enum):
        yield from broken(tuple(getattr(value, each.name) for each in attrs.fields(type(value))))


CASES = [
    pytest.param(name, at, id=f"{operation_of(function)}-{at}-{name}")
    for name, function in sorted(ENDPOINTS.items())
    for at, _ in enumerate(good_answers(operation_of(function)))
]


@pytest.mark.parametrize(("name", "at"), CASES)
def test_official_examples_are_read(name: str, at: int) -> None:
    """Each official example of an answer is read without loss of a record, or is named with its mistake."""
    code = operation_of(ENDPOINTS[name])
    example = good_answers(code)[at]
    result = one_call(ENDPOINTS[name]).decode(answer(example))
    if (code, at) in MISTAKES:
        assert list(broken(result))
        return
    assert [row.problem for row in broken(result)] == []
    rows = OPERATIONS[code].rows
    if rows:
        assert isinstance(result, Page)
        assert len(result.items) == len(example["value"][rows])


def is_record(name: str, at: int) -> bool:
    """Whether the example is JSON; of a file the rows are counted above."""
    return not isinstance(good_answers(operation_of(ENDPOINTS[name]))[at]["value"], str)


RECORDS = [case for case in CASES if is_record(*case.values)]


@pytest.mark.parametrize(("name", "at"), RECORDS)
def test_official_examples_are_read_without_loss(name: str, at: int) -> None:
    """Each value of an example stands in the record under its own name, be it a code, an amount, a time or a text."""
    code = operation_of(ENDPOINTS[name])
    example = good_answers(code)[at]
    result = one_call(ENDPOINTS[name]).decode(answer(example))
    lost = set(told(example["value"])) - set(kept(result))
    assert {each for each, _ in lost} - OF_THE_PAGING <= NOT_KEPT.get(code, set()), lost
    token = example["value"].get("next_page_token") if isinstance(example["value"], dict) else None
    if token:
        assert ("page_token", token) in result.next.request.query


def test_what_is_not_kept_is_not_kept() -> None:
    """Every name that is forgiven above is still lost somewhere: a field that is read one day leaves the list."""
    lost: dict[str, set[str]] = {}
    for name, at in (case.values for case in RECORDS):
        code = operation_of(ENDPOINTS[name])
        example = good_answers(code)[at]
        result = one_call(ENDPOINTS[name]).decode(answer(example))
        names = {each for each, _ in set(told(example["value"])) - set(kept(result))}
        lost.setdefault(code, set()).update(names - OF_THE_PAGING)
    assert {code: names for code, names in lost.items() if names} == NOT_KEPT


def told(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every value of an example with the name that it stands under; null and empty text say nothing."""
    if isinstance(value, dict):
        for inner, each in value.items():
            yield from told(each, inner)
    elif isinstance(value, list):
        for each in value:
            yield from told(each, name)
    elif value is not None and value != "":
        yield name, plain(value)


def kept(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """The same of a decoded answer, without the texts that rows are kept as."""
    if isinstance(value, Read | Page):
        yield from kept(value.record if isinstance(value, Read) else value.items, name)
    elif attrs.has(type(value)) and not isinstance(value, Enum | Unrecognised):
        for each in attrs.fields(type(value)):
            yield from kept(getattr(value, each.name), each.metadata.get("wire", each.name))
    elif isinstance(value, Mapping):
        for inner, each in value.items():
            yield from kept(each, inner)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from kept(each, name)
    elif value is not None:
        yield name, plain(value)


def plain(value: object) -> str:
    """One form for a value and the text that it was read from."""
    if isinstance(value, Enum | Unrecognised):
        value = value.value if isinstance(value, Enum) else value.code
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        with suppress(ArithmeticError):
            value = Decimal(value)
    if isinstance(value, str):
        with suppress(ValueError):
            moment = datetime.fromisoformat(value)
            value = moment if moment.tzinfo else value  # a day stays the text that it is
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return format(Decimal(value).normalize(), "f") if isinstance(value, int | Decimal) else str(value)


@pytest.mark.parametrize("code", sorted({code for code in examples() if good_answers(code)} - TYPED))
def test_official_examples_are_read_by_code(code: str) -> None:
    """What is reached by its code only comes as the JSON or the file that it is."""
    known = OPERATIONS[code]
    for example in good_answers(code):
        names = {part.strip("{}"): "x" for part in known.path.split("/") if part.startswith("{")}
        call = mirakl.raw(code, SCOPE, path=names, against_advice=True, **parts(code))
        result = call.decode(answer(example))
        value = example["value"]
        assert result == (value.encode() if isinstance(value, str) else value)


def parts(code: str) -> dict[str, object]:
    return {"form": {"operator_format": True}} if OPERATIONS[code].body.value == "form" else {}


def test_the_examples_are_there() -> None:
    """Most operations have an example; what has none is a file, an empty answer, or only machine-made samples."""
    without = {code for code in TYPED if not good_answers(code)}
    assert without == WITHOUT_EXAMPLE


def test_every_country_is_known() -> None:
    """Each alpha-3 code of the document has its alpha-2 code."""
    found: set[str] = set()
    rows = json.loads((MIRAKL / "mmp-seller-enums.json").read_text(encoding="utf-8"))["by_operation"]
    for operation in rows.values():
        for entry in operation.values():
            if "GBR" in entry["values"]:
                found.update(entry["values"])
    assert len(found) > 200
    assert [code for code in found if len(countries.alpha2(code)) != 2] == []


# --- recorded orders -----------------------------------------------------------------------------------------------

FIXTURES = sorted(MIRAKL.glob("fixtures/or11-*.json"))


@pytest.fixture(params=[each.name for each in FIXTURES])
def recorded(request: pytest.FixtureRequest) -> list[ChannelOrder]:
    """The recorded orders of one file, mapped."""
    value = json.loads((MIRAKL / "fixtures" / request.param).read_text(encoding="utf-8"), parse_float=Decimal)
    page = value if "orders" in value else {"orders": [value], "total_count": 1}
    records = endpoints.list_orders(SCOPE).decode(Response(status=200, body=to_json(page).encode())).items
    assert all(isinstance(record, Read) for record in records)
    return [mapping.channel_order(AccountId("a"), record.record) for record in records if isinstance(record, Read)]


def paid(order: ChannelOrder) -> Decimal:
    taxes = [tax.amount for line in order.lines for tax in (*line.taxes, *line.shipping_taxes)]
    on_top = sum(taxes, Decimal(0)) if order.tax_mode is TaxMode.EXCLUDED else Decimal(0)
    return sum((line.amount + line.shipping for line in order.lines), on_top)


def test_recorded_orders_add_up(recorded: list[ChannelOrder]) -> None:
    """The total of a recorded order is that of its lines, shipping and tax."""
    assert recorded
    for order in recorded:
        assert order.total == paid(order)
        assert order.state is not OrderState.UNKNOWN
        assert all(line.state is not OrderState.UNKNOWN for line in order.lines)
        assert order.delivery is not None


def test_recorded_orders_become_drafts(recorded: list[ChannelOrder]) -> None:
    """An order that may be posted becomes a draft of the same total; one that has left is held and says so."""
    policy = OrderPolicy(tax_per_line=Decimal(100))  # French rates on some: the draft's VAT is not under test here
    for order in recorded:
        targets = {line.sku: Target(StockCode(line.sku)) for line in order.lines}
        result = map_order(order, targets=targets, policy=policy)
        if order.state in {OrderState.AWAITING_SHIPMENT, OrderState.AWAITING_PAYMENT}:
            assert isinstance(result, Mapped), result
            assert result.draft.total == order.total
        else:
            assert isinstance(result, Held)
            assert [reason.type.value for reason in result.reasons] == ["DESPATCH_DRIFT"]


# --- other recorded payloads ---------------------------------------------------------------------------------------


def fixture(name: str) -> object:
    return json.loads((MIRAKL / "fixtures" / name).read_text(encoding="utf-8"), parse_float=Decimal)


def test_recorded_custom_fields_are_read() -> None:
    """Each definition of a custom field is a record."""
    rows = fixture("af01-additional-fields.json")
    body = to_json({"additional_fields": rows}).encode()
    page = endpoints.list_custom_fields(SCOPE).decode(Response(status=200, body=body))
    assert list(broken(page)) == []
    assert [row.id for row in page.items] == [row["code"] for row in rows]


@pytest.mark.parametrize("name", ["p42-p44-p45-integration-mixed.json", "p42-p47-transformation-mixed.json"])
def test_recorded_product_imports_come_by_code(name: str) -> None:
    """Products are reached by code: the list of imports as it is, the reports as the files that they are."""
    recorded = fixture(name)
    page = mirakl.raw_pages("P51", SCOPE).decode(Response(status=200, body=to_json(recorded["P42"]).encode()))
    assert list(page.items) == recorded["P42"]["product_import_trackings"]
    for code in ("P44", "P45", "P47"):
        report = "\n".join(recorded.get(code) or ()).encode()
        assert mirakl.raw(code, SCOPE, path={"import": 1}).decode(Response(status=200, body=report)) == report


def test_every_fixture_is_used() -> None:
    """Orders, custom fields and product imports are answers; the rows of an offer file are what a seller sends."""
    names = {each.name for each in MIRAKL.glob("fixtures/*.json")}
    assert len(FIXTURES) == 4
    assert names - {each.name for each in FIXTURES} == {
        "af01-additional-fields.json",
        "of01-offer-rows.json",
        "p42-p44-p45-integration-mixed.json",
        "p42-p47-transformation-mixed.json",
    }
