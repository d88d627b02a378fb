"""Laws of all records that answers are read into, found from what the endpoints return."""

import json
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from typing import get_args, get_type_hints

import attrs
import pytest

from khaos_connectors.calls.decode import Text, Unrecognised, parse_json, read
from khaos_connectors.calls.messages import Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.models.codes import ImportStatus
from khaos_connectors.mirakl.models.exports import ExportState, ExportStatus
from khaos_connectors.mirakl.models.offers import Offer
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.mirakl_call_strategies import endpoint_functions

Answer = Callable[..., Response]
Document = Callable[[str], dict[str, object]]


def parts(hint: object) -> Iterator[object]:
    """*hint* and every type within it."""
    yield hint
    for each in get_args(hint):
        yield from parts(each)


@cache
def read_models() -> dict[str, type]:
    """Every record that an endpoint's answer is read into."""
    found: dict[str, type] = {}
    left = [each for function in endpoint_functions().values() for each in parts(get_type_hints(function)["return"])]
    while left:
        one = left.pop()
        if (
            isinstance(one, type)
            and attrs.has(one)
            and ".mirakl.models." in one.__module__
            and one not in {Read, Broken}
        ):
            name = f"{one.__module__.rpartition('.')[2]}.{one.__name__}"
            if name not in found:
                found[name] = one
                left += [each for hint in get_type_hints(one).values() for each in parts(hint)]
    return found


MODELS = sorted(read_models())


def test_the_records_are_found() -> None:
    """There are many, orders and their lines among them, or the laws below say nothing."""
    assert {"orders.Order", "offers.Offer", "shipments.Shipment", "transactions.Transaction"} <= set(MODELS)
    assert len(MODELS) > 100


@pytest.mark.parametrize("name", MODELS)
def test_complaint_13_every_code_is_open(name: str) -> None:
    """A code that Mirakl adds tomorrow breaks nothing: each enumeration that is read may be ``Unrecognised``."""
    for field, hint in get_type_hints(read_models()[name]).items():
        within = list(parts(hint))
        if any(isinstance(each, type) and issubclass(each, Enum) for each in within):
            assert Unrecognised in within, f"{name}.{field} breaks at a new code"


def test_complaint_13_an_order_with_news_is_an_order(scope: Scope, answer: Answer, document: Document) -> None:
    """New states, workflows and fields come through: the order is read, and what is new keeps its word."""
    page = document("orders.json")
    order = page["orders"][0]
    order |= {"order_state": "TERMINATED", "payment_workflow": "PAY_IN_KIND", "brand_new": {"a": 1}}
    order["order_lines"][0]["order_line_state"] = "DREAMING"
    (row, *_) = endpoints.list_orders(scope).decode(answer(page)).items
    assert isinstance(row, Read)
    assert row.record.order_state == Unrecognised("TERMINATED")
    assert row.record.payment_workflow == Unrecognised("PAY_IN_KIND")
    assert row.record.order_lines[0].order_line_state == Unrecognised("DREAMING")
    assert json.loads(row.payload)["brand_new"] == {"a": 1}


@pytest.mark.parametrize("name", MODELS)
def test_trap_12_ids_are_never_only_text(name: str) -> None:
    """Some ids are whole numbers and some are text, and versions differ: each id that is read takes either form."""
    for field, hint in get_type_hints(read_models()[name]).items():
        if field == "id" or field.endswith("_id"):
            assert {Text, int} & set(parts(hint)), f"{name}.{field} takes one form only"


@pytest.mark.parametrize("written", ["2147483648123", '"2147483648123"'])
def test_trap_12_a_long_id_is_kept_to_its_last_digit(written: str) -> None:
    """Ids have up to 64 bits: beyond what a float holds, and as text or number alike."""
    body = f'{{"offer_id": {written}, "shop_sku": {written}, "quantity": 1, "active": true}}'
    parsed = parse_json(Response(status=200, body=body.encode()), system="a", operation="OF22")
    offer = read(Offer, parsed, system="a", operation="OF22")
    assert (str(offer.offer_id), offer.shop_sku) == ("2147483648123", "2147483648123")


def test_trap_09_two_spellings_of_an_end(scope: Scope, answer: Answer) -> None:
    """Imports end as COMPLETE, exports as COMPLETED and CANCELED: each is read as its own word, the other as news."""
    state = {"import_id": "7", "status": "COMPLETE"}
    assert endpoints.stock_import_status(scope, "7").decode(answer(state)).status is ImportStatus.COMPLETE
    other = endpoints.stock_import_status(scope, "7").decode(answer({**state, "status": "COMPLETED"}))
    assert other.status == Unrecognised("COMPLETED")

    def export(word: str) -> ExportStatus:
        return endpoints.offer_export_status(scope, "t").decode(answer({"tracking_id": "t", "status": word}))

    assert export("COMPLETED").status is ExportState.COMPLETED
    assert export("CANCELED").status is ExportState.CANCELED
    assert export("COMPLETE").status == Unrecognised("COMPLETE")
    assert not [state.name for state in (*ImportStatus, *ExportState) if state.value == "CANCELLED"]


@pytest.mark.parametrize("unknown", ["Transaction_date_from", "shop_ids", "tax_legal_notice"])
def test_trap_05_what_only_the_examples_have_is_not_sent(unknown: str) -> None:
    """Fields of the examples of TL03, OR13 and OR28 that no schema has are no parameters of ours."""
    for name in ("start_transaction_export", "start_order_export", "refund_lines"):
        hints = get_type_hints(endpoint_functions()[name])
        hints.pop("return")
        records = {
            each for hint in hints.values() for each in parts(hint) if isinstance(each, type) and attrs.has(each)
        }
        fields = {each.name for record in records for each in attrs.fields(record)}
        assert unknown not in fields | set(hints)
