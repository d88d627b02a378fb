"""Bad input over a real connection: each is one typed error that names account, operation and field."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.core.ids import ChannelSku, OrderId
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.mirakl import MiraklConfig, connect
from khaos_connectors.protocols import Channel, StockLevel
from khaos_connectors.testing.simulators.routes import serve

Answer = Callable[..., Response]
Document = Callable[[str], dict[str, object]]
Asked = Callable[..., object]

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
BOMB = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'


@attrs.define
class Says:
    """A server that gives these answers in turn, the last one for ever."""

    answers: list[Response]

    def handle(self, request: Request) -> Response:
        assert request.headers["authorization"] == "key-123"
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def asked(config: MiraklConfig) -> Asked:
    """What a question to a channel comes to, over loopback, when the server gives these answers."""

    def ask(question: Callable[[Channel], object], *answers: Response) -> object:
        with serve(Says(list(answers))) as url:
            retry = RetryPolicy(attempts=2, first_wait=0)
            settings = attrs.evolve(config, base_url=url, retry=retry, import_poll_seconds=0.001)
            with connect(settings) as channel:
                return question(channel)

    return ask


def orders(channel: Channel) -> list[ChannelOrder]:
    return list(channel.orders(since=SINCE))


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Response(status=401, body=b'{"status":401,"message":"Unauthorized"}'), errors.AuthFailed, "401"),
        (Response(status=403, body=b"<html>no</html>"), errors.AuthFailed, "403"),
        (Response(status=200, body=b"<!doctype html><html>Sign in</html>"), errors.Undecodable, "JSON, not HTML"),
        (Response(status=200, body=b'{"orders":[{"order_id":"JL1-A"'), errors.Undecodable, "breaks off"),
        (Response(status=200, body=b""), errors.Undecodable, r"$.orders"),
        (Response(status=200, body=b'{"status":500,"message":"boom"}'), errors.Undecodable, r"$.orders"),
        (Response(status=200, body=b'{"orders":[],"total_count":"many"}'), errors.Undecodable, "$.total_count"),
        (Response(status=200, body=BOMB), errors.Undecodable, "not XML"),
        (Response(status=200, body=b"1" * (100 * 2**20)), errors.Unanswered, "longer than the 67108864 bytes"),
    ],
)
def test_an_answer_that_is_none(answer: Response, kind: type[errors.CallError], words: str, asked: Asked) -> None:
    """Credentials, a log-in page, half an answer, none, an error under a 200, an entity bomb, a hundred megabytes."""
    with pytest.raises(kind) as caught:
        asked(orders, answer)

    assert type(caught.value) is kind
    assert (caught.value.system, caught.value.operation) == ("john-lewis", "OR11")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda order: order.update(created_date="2026-03-01T10:00:00"), r"created_date.*not a naive one"),
        (lambda order: order["order_lines"][0].update(quantity=None), r"order_lines\[0\]\.quantity.*not null"),
        (lambda order: order.update(total_price=None), r"total_price.*not null"),
    ],
)
def test_one_bad_order_among_others(
    change: Callable[[dict[str, object]], None], words: str, asked: Asked, document: Document
) -> None:
    """A naive time or nothing where a number is due costs that order; the rest of the listing is told first."""
    page = document("orders.json")
    good = page["orders"][0]
    bad = json.loads(json.dumps(good, default=str), parse_float=Decimal)
    bad["order_id"] = "BAD-A"
    change(bad)
    page.update(orders=[bad, good], total_count=2)
    told: list[OrderId] = []

    def read(channel: Channel) -> None:
        told.extend(order.order_id for order in _each(channel))

    with pytest.raises(errors.Undecodable, match=rf"BAD-A.*{words}"):
        asked(read, Response(status=200, body=json.dumps(page, default=str).encode()))
    assert told == [good["order_id"]]


def _each(channel: Channel) -> Iterator[ChannelOrder]:
    yield from channel.orders(since=SINCE)


def test_a_state_that_is_news(asked: Asked, document: Document) -> None:
    """An unheard-of code is no error: the order is UNKNOWN and keeps the code."""
    page = document("orders.json")
    page["orders"][0]["order_state"] = "FROZEN"
    page["total_count"] = 1
    found: list[ChannelOrder] = []

    asked(
        lambda channel: found.extend(orders(channel)), Response(status=200, body=json.dumps(page, default=str).encode())
    )

    assert [(order.state, order.vendor_state) for order in found] == [(OrderState.UNKNOWN, "FROZEN")]


def test_a_page_that_stands_still(asked: Asked, document: Document) -> None:
    """A server that gives the same page for every offset is told as such, not walked to its total."""
    page = document("orders.json")
    page["total_count"] = 500
    with pytest.raises(errors.CursorStuck, match=r"john-lewis\.OR11: paging stands still at offset=1"):
        asked(orders, Response(status=200, body=json.dumps(page, default=str).encode()))


@pytest.mark.parametrize("body", [b"", b"{}", b"<html></html>", b'{"import_id":null}'])
def test_a_stock_file_without_a_receipt(body: bytes, asked: Asked) -> None:
    """A good status without an import id is no receipt: the push fails by name, and nothing counts as taken."""
    with pytest.raises(errors.Undecodable, match=r"john-lewis\.STO01"):
        asked(
            lambda channel: channel.push_stock([StockLevel(sku=ChannelSku("A"), units=1)]),
            Response(status=201, body=body),
        )
