"""The door that the ERP calls: what it offers, what it takes, and what it promises with a 200."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import attrs
import pytest

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.inbound import Doorkeeper, InboundRequest
from khaos_connectors.khaos_control.channels import (
    ChannelsDoor,
    EndpointConfig,
    Format,
    KhaosChannelsConfig,
    OrderDownloadSettings,
    boxes,
    mapping,
)
from khaos_connectors.khaos_control.channels.orders import SalesOrderImport
from khaos_connectors.khaos_control.channels.reading import read_document
from khaos_connectors.khaos_control.channels.writing import write_row
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.inbound import HandlerUnderTest

_ACCOUNT = AccountId("khaos")
_AT = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


class Caller:
    """The ERP, as far as one call goes."""

    def __init__(self, config: KhaosChannelsConfig, store: MemoryStore) -> None:
        self.config = config
        self.store = store
        self.clock = ManualClock(_AT)
        self.door = HandlerUnderTest(ChannelsDoor(config, store), Runner({}, clock=self.clock))

    def __call__(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        credentials: str = "erp:secret",
    ) -> Response:
        token = b64encode(credentials.encode()).decode()
        sent = {"authorization": f"Basic {token}", **(headers or {})}
        return self.door.handle(Request(method=method, path=self.config.root + path, headers=sent, body=body))

    def orders(self, **headers: str) -> tuple[list[str], str]:
        """The references in the answer to a fetch, and its continuation."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        answer = self("GET", "/orders", headers=named)
        assert answer.status == 200
        document = read_document(SalesOrderImport, answer.body, self.config.form, self.config.by)
        return [order.header.associated_ref for order in document.orders], answer.headers.get("sirion-continuation", "")


@pytest.fixture
def config(settings: OrderDownloadSettings) -> KhaosChannelsConfig:
    return KhaosChannelsConfig(
        account=_ACCOUNT,
        user="erp",
        password="secret",
        public_url="https://erp-door.example.com/khaos/",
        default_orders=settings,
        batch=2,
    )


@pytest.fixture
def call(config: KhaosChannelsConfig) -> Caller:
    return Caller(config, MemoryStore())


@pytest.fixture
def offer(call: Caller, draft: ErpOrderDraft, settings: OrderDownloadSettings) -> Callable[..., None]:
    """Offers orders of these references."""

    def offer(*references: str) -> None:
        for reference in references:
            order = mapping.sales_order(draft, settings, associated_ref=reference).order
            call.store.post(_ACCOUNT, boxes.ORDERS, {boxes.key_of(reference): write_row(order, call.config.by)}, at=_AT)

    return offer


def test_the_configuration_names_every_endpoint_under_the_public_url(call: Caller) -> None:
    """The configuration document tells where each document is fetched or pushed, and in which form."""
    answer = call("GET", "/config")
    document = read_document(EndpointConfig, answer.body, Format.JSON, call.config.by)
    assert answer.headers["content-type"] == "application/json"
    assert document.order_download is not None
    assert document.order_download.url == "https://erp-door.example.com/khaos/orders"
    assert document.order_download.frequency == 5
    assert document.customer_return_download is None


def test_what_was_answered_comes_back_and_moves_the_cursor(call: Caller, offer: Callable[..., None]) -> None:
    """Each fetch continues where the continuation of the last answer says; with nothing new it stays there."""
    offer("A", "B", "C")
    assert call.orders(Sirion_Continuation="2019-12-31 12:00:00Z")[0] == ["A", "B"]
    first = call.orders()[1]
    assert call.orders(Sirion_Continuation=first)[0] == ["C"]
    second = call.orders(Sirion_Continuation=first)[1]
    assert call.orders(Sirion_Continuation=second) == ([], second)
    offer("D")
    assert call.orders(Sirion_Continuation=second)[0] == ["D"]


def test_only_what_came_back_is_proven_to_be_fetched(call: Caller, offer: Callable[..., None]) -> None:
    """An answer may be lost: an order counts as fetched when the continuation of its answer returns."""
    offer("A", "B", "C")
    cursor = call.orders()[1]
    assert call.store.messages(_ACCOUNT, boxes.fetched_box(boxes.ORDERS)) == []
    call.orders(Sirion_Continuation=cursor)
    assert [each.key for each in call.store.messages(_ACCOUNT, boxes.fetched_box(boxes.ORDERS))] == ["A", "B"]


@pytest.mark.parametrize("strange", ["7.0000000000000000", "2.", "999999999999999999999.a", "-1.x", "²", "x\x7f"])
def test_a_cursor_that_is_not_ours_begins_anew(call: Caller, offer: Callable[..., None], strange: str) -> None:
    """A cursor of another store or service passes nothing over: it is answered from the beginning."""
    offer("A", "B")
    assert call.orders(Sirion_Continuation=strange)[0] == ["A", "B"]
    assert boxes.fetched_box(boxes.ORDERS) == "orders fetched"
    assert call.store.messages(_ACCOUNT, boxes.fetched_box(boxes.ORDERS)) == []


def test_specific_ids_are_answered_alone_and_move_nothing(call: Caller, offer: Callable[..., None]) -> None:
    """A retry by reference gets just those orders, and the cursor that it came with."""
    offer("A", "B", "C")
    assert call.orders(SpecificIDs='"C, A,unknown"', Sirion_Continuation="x") == (["A", "C"], "x")
    assert call.orders(SpecificIDs='""')[0] == ["A", "B"]
    assert call.orders(SpecificIDs='"C", "A"', Sirion_Continuation="x") == (["A", "C"], "x")


def test_a_reference_is_found_by_the_bytes_of_its_header(call: Caller, offer: Callable[..., None]) -> None:
    """A server hands header bytes on as Latin-1: a reference that is none is meant as UTF-8, or as it stands."""
    offer("Ä1", "B")
    assert call.orders(SpecificIDs="Ä1".encode().decode("latin-1"))[0] == ["Ä1"]
    assert call.orders(SpecificIDs="Ä1")[0] == ["Ä1"]


@pytest.mark.parametrize("credentials", ["erp:wrong", "other:secret", "erp", ":", "erp:secret "])
def test_nothing_is_told_without_the_right_credentials(call: Caller, credentials: str) -> None:
    """A call without the channel's user and password gets 401 and nothing else, whatever it asks for."""
    for path in ("/config", "/orders", "/nothing"):
        answer = call("GET", path, credentials=credentials)
        assert answer.status == 401
        assert "Basic" in answer.headers["www-authenticate"]


def test_unknown_places_and_wrong_methods_are_told_apart(call: Caller) -> None:
    """404 where there is nothing (returns are off here), 405 for the wrong method."""
    assert call("GET", "/nothing").status == 404
    assert call("GET", "/returns").status == 404
    assert call("POST", "/orders").status == 405
    assert call("GET", "/order-statuses").headers["allow"] == "POST"


def test_a_bad_row_does_not_hold_up_the_good_ones(call: Caller) -> None:
    """200 for the push; the bad row is kept as it came, with the reason, and the good one is stored."""
    body = to_json(
        {
            "Statuses": [
                {"StockCode": "MUG"},
                {"StockCode": "CUP", "StockID": 7, "SiteID": 1, "Levels": {"Available": 3}},
            ]
        }
    ).encode()
    assert call("POST", "/stock-statuses", body=body).status == 200
    assert "1 7" in {each.key for each in call.store.messages(_ACCOUNT, boxes.LEVELS)}
    (kept,) = call.store.messages(_ACCOUNT, boxes.UNREAD)
    assert "MUG" in kept.payload


def test_garbage_is_refused_once_and_then_ours(call: Caller) -> None:
    """Damaged on its way or not: the second time the same bytes come, they are kept and no longer asked for."""
    for body in (b"<html>gateway</html>", b"\xff\xfe\x00", b'{"Statuses": 1}', b""):
        assert call("POST", "/order-statuses", body=body).status == 400
        assert call("POST", "/order-statuses", body=body).status == 200
    assert len(call.store.messages(_ACCOUNT, boxes.UNREAD)) == 4


def test_a_body_that_is_too_large_is_never_promised(config: KhaosChannelsConfig) -> None:
    """What we do not hold whole is not answered with 200, however often it comes; people see it."""
    call = Caller(attrs.evolve(config, max_body_bytes=100), MemoryStore())
    for _ in range(3):
        assert call("POST", "/items", body=b" " * 101).status == 413
    assert len(call.store.messages(_ACCOUNT, boxes.UNREAD)) == 1


def test_a_store_that_fails_is_a_500(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is promised before the store has it: the ERP is to send it again."""

    def fails(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(MemoryStore, "post", fails)
    body = b'{"Statuses": [{"OrderCode": "SO1", "Status": "Received", "AssociatedRef": "A"}]}'
    assert call("POST", "/order-statuses", body=body).status == 500


@pytest.mark.parametrize(
    ("method", "path", "credentials", "status"),
    [
        ("POST", "/orders", "erp:secret", 405),
        ("GET", "/nothing", "erp:secret", 404),
        ("GET", "/returns", "erp:secret", 404),
        ("GET", "/orders", "erp:wrong", 401),
        ("POST", "/items", "", 401),
        ("POST", "/items", "erp:", 401),
    ],
)
def test_whom_the_door_turns_away_it_knows_from_the_head(
    call: Caller, method: str, path: str, credentials: str, status: int
) -> None:
    """Credentials, path and method are enough to refuse a call, before any of its body is read."""
    door = call.door.handler
    assert isinstance(door, Doorkeeper)
    token = b64encode(credentials.encode()).decode()
    request = InboundRequest(method=method, path=call.config.root + path, headers={"authorization": f"Basic {token}"})
    refusal = door.turn_away(request)
    assert refusal is not None
    assert refusal.status == status == call(method, path, credentials=credentials).status
