"""The vendor's own examples and recorded orders are read by the client.

The examples' known mistakes (nulls in required fields, required fields left out, numbers as text, a renamed date field)
are all survived, so none has to be excused here.
"""

import csv
import json
import os
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.core.ids import AccountId, StockCode
from khaos_connectors.core.order_mapping import Held, Mapped, OrderPolicy, map_order
from khaos_connectors.core.orders import ChannelOrder, OrderState, TaxMode
from khaos_connectors.core.skus import Target
from khaos_connectors.mirakl import countries, endpoints, mapping
from khaos_connectors.mirakl.models import codes
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.models.shipments import NewShipment, NewShipmentLine, NewTracking
from khaos_connectors.mirakl.scope import Scope

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
MIRAKL = DATA / "mirakl"
EXAMPLES = MIRAKL / "mmp-seller-examples.json"
pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="the vendor's examples are not at hand")

SCOPE = Scope(account="a")
SHIPMENT = NewShipment(order_id="O", shipment_lines=(NewShipmentLine(order_line_id="L", quantity=1),))
CALLS: dict[str, Call[object]] = {
    "V01": endpoints.get_version(SCOPE),
    "A01": endpoints.get_account(SCOPE),
    "PC01": endpoints.get_platform(SCOPE),
    "SH12": endpoints.list_shipping_types(SCOPE),
    "SH21": endpoints.list_carriers(SCOPE),
    "OR11": endpoints.list_orders(SCOPE),
    "OR04": endpoints.set_seller_references(SCOPE, {"O": "R"}),
    "OR21": endpoints.decide_lines(SCOPE, "O", {"L": True}),
    "OR23": endpoints.set_order_tracking(SCOPE, "O", NewTracking(carrier_code="DPD")),
    "OR24": endpoints.ship_order(SCOPE, "O"),
    "ST01": endpoints.create_shipments(SCOPE, [SHIPMENT]),
    "ST11": endpoints.list_shipments(SCOPE),
    "OF21": endpoints.list_offers(SCOPE),
    "STO01": endpoints.import_stock(SCOPE, b""),
    "STO02": endpoints.stock_import_status(SCOPE, "1"),
    "STO03": endpoints.stock_import_errors(SCOPE, "1"),
}
# The document shows no answer for these: no body, a file, or nothing but machine-made samples.
WITHOUT_EXAMPLE = {"V01", "OR21", "OR23", "OR24", "STO01", "STO02", "STO03"}


@cache
def examples() -> dict[str, dict[str, list[dict[str, object]]]]:
    return json.loads(EXAMPLES.read_text(encoding="utf-8"), parse_float=Decimal)["by_operation"]


def good_answers(code: str) -> list[object]:
    found = examples().get(code) or {}
    return [each["value"] for where, rows in found.items() if where.startswith("response 2") for each in rows]


def test_the_lists_are_whole() -> None:
    """Every operation has an example, or is named as having none."""
    assert {code for code in CALLS if not good_answers(code)} == WITHOUT_EXAMPLE


@pytest.mark.parametrize("code", sorted(set(CALLS) - WITHOUT_EXAMPLE))
def test_official_examples_are_read(code: str) -> None:
    """Each official example of an answer is read without loss of a record."""
    for value in good_answers(code):
        result = CALLS[code].decode(Response(status=200, body=to_json(value).encode()))
        rows = value.get("orders") or value.get("offers") or value.get("data") if isinstance(value, dict) else None
        if rows and code in {"OR11", "OF21", "ST11"}:
            assert len(result.items) == len(rows)
            assert not [item for item in result.items if isinstance(item, Broken)]


def enumerated(code: str, path: str) -> set[str]:
    rows = json.loads((MIRAKL / "mmp-seller-enums.json").read_text(encoding="utf-8"))["by_operation"][code]
    return set(rows[f"response {path}"]["values"])


@pytest.mark.parametrize(
    ("code", "path", "ours"),
    [
        ("OR11", "200:orders[].order_state", codes.OrderState),
        ("OR11", "200:orders[].order_lines[].order_line_state", codes.LineState),
        ("OR11", "200:orders[].order_tax_mode", codes.OrderTaxMode),
        ("OR11", "200:orders[].payment_workflow", codes.PaymentWorkflow),
        ("OR11", "200:orders[].order_lines[].refunds[].refund_state", codes.RefundState),
        ("ST11", "200:data[].status", codes.ShipmentStatus),
        ("ST11", "200:data[].status_customer_debit", codes.CustomerDebitStatus),
        ("ST11", "200:data[].tracking.validity_status", codes.TrackingValidity),
        ("STO02", "200:status", codes.ImportStatus),
        ("A01", "200:shop_state", codes.ShopState),
        ("A01", "200:model", codes.ShopModel),
        ("PC01", "200:features.order_workflows.order_acceptance", codes.OrderAcceptance),
        ("OF21", "200:offers[].inactivity_reasons", codes.InactivityReason),
    ],
)
def test_our_codes_are_theirs(code: str, path: str, ours: type[codes.OrderState]) -> None:
    """Every documented code has its name here (old data may hold a few more)."""
    missing = enumerated(code, path) - {member.value for member in ours}
    assert not missing


def fields(code: str) -> set[str]:
    with (MIRAKL / "mmp-seller-fields.csv").open(encoding="utf-8", newline="") as table:
        return {
            row["path"] for row in csv.DictReader(table) if row["operation"] == code and row["where"] == "response 200"
        }


@pytest.mark.parametrize(
    ("code", "prefix", "name"),
    [
        ("OR11", "orders[].", "orders.Order"),
        ("OF21", "offers[].", "offers.Offer"),
        ("ST11", "data[].", "shipments.Shipment"),
    ],
)
def test_every_field_of_ours_is_documented(code: str, prefix: str, name: str) -> None:
    """No field of a main record is misspelt: each stands in the document under the same name."""
    from importlib import import_module

    import attrs

    module, cls = name.split(".")
    record = getattr(import_module(f"khaos_connectors.mirakl.models.{module}"), cls)
    ours = {f"{prefix}{field.name}" for field in attrs.fields(record)}
    assert ours <= fields(code)


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


def test_there_are_recorded_orders() -> None:
    """The fixtures are where this file looks for them."""
    assert len(FIXTURES) == 4
