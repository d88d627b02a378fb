"""Orders that are taken back before the ERP can have fetched them, over each kind of store."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.ids import AccountId, OrderRef
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.inbound import InboundRequest
from khaos_connectors.khaos_control.channels import (
    ChannelsDoor,
    KhaosChannelsConfig,
    KhaosChannelsERP,
    OrderDownloadSettings,
    boxes,
)
from khaos_connectors.khaos_control.channels.orders import SalesOrderImport
from khaos_connectors.khaos_control.channels.reading import read_document
from khaos_connectors.protocols import ERPPort, WithdrawingERP
from khaos_connectors.store import Store, open_store
from khaos_connectors.store.mailbox import Message
from khaos_connectors.testing.clock import ManualClock

_AT = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
_ACCOUNT = AccountId("khaos")
_BASIC = {"authorization": f"Basic {b64encode(b'erp:secret').decode()}"}


class World:
    """A door, the ERP behind it, and their store."""

    def __init__(self, config: KhaosChannelsConfig, store: Store, draft: ErpOrderDraft) -> None:
        self.config, self.store, self.draft = config, store, draft
        self.clock = ManualClock(_AT)
        self.runner = Runner({}, clock=self.clock)
        self.door = ChannelsDoor(config, store)
        self.erp = KhaosChannelsERP(config, store)

    def create(self, *references: str) -> None:
        for each in references:
            self.runner.run(self.erp.create_order(attrs.evolve(self.draft, reference=OrderRef(each))))

    def withdraw(self, reference: str) -> bool:
        self.clock.sleep(1)
        return self.runner.run(self.erp.withdraw_order(OrderRef(reference)))

    def fetch(self, cursor: str = "", **headers: str) -> tuple[list[str], str]:
        self.clock.sleep(1)
        sent = {**_BASIC, "sirion-continuation": cursor, **headers}
        answer = self.runner.run(self.door.handle(InboundRequest(method="GET", path="/orders", headers=sent)))
        assert answer.status == 200
        document = read_document(SalesOrderImport, answer.body, self.config.form, self.config.by)
        return [each.header.associated_ref for each in document.orders], answer.headers.get("sirion-continuation", "")

    def fetched(self) -> list[str]:
        return [each.key for each in self.store.messages(_ACCOUNT, boxes.fetched_box(boxes.ORDERS))]


@pytest.fixture(params=["memory:", "sqlite:///"])
def world(
    request: pytest.FixtureRequest, settings: OrderDownloadSettings, draft: ErpOrderDraft, tmp_path: Path
) -> Iterator[World]:
    config = KhaosChannelsConfig(
        account=_ACCOUNT,
        user="erp",
        password="secret",
        public_url="https://erp-door.example.com",
        default_orders=settings,
        batch=2,
    )
    url: str = request.param
    store = open_store(url if url == "memory:" else f"{url}{tmp_path / 'store.db'}")
    yield World(config, store, draft)
    store.close()


def test_a_withdrawn_order_is_never_fetched(world: World) -> None:
    """It is in no answer, neither by cursor nor by its reference, the others are, and it never counts as fetched."""
    port: ERPPort = world.erp
    assert isinstance(port, WithdrawingERP)
    world.create("A", "B", "C")
    assert world.withdraw("B")
    assert world.withdraw("B")
    assert world.runner.run(world.erp.find_order(OrderRef("B"))) is None
    assert world.fetch(specificids='"B"')[0] == []
    first, cursor = world.fetch()
    second, cursor = world.fetch(cursor)
    assert (first, second, world.fetch(cursor)[0]) == (["A", "C"], [], [])
    assert world.fetched() == ["A", "C"]


@pytest.mark.parametrize("how", ["cursor", "reference"])
def test_what_was_in_an_answer_is_not_taken_back(world: World, how: str) -> None:
    """An answer may have arrived though nothing proves it yet: the ERP may have the order."""
    world.create("A")
    world.fetch(**({"specificids": "A"} if how == "reference" else {}))
    assert world.fetched() == []
    assert not world.withdraw("A")
    assert world.fetch()[0] == ["A"]


def test_what_the_erp_has_told_of_or_was_never_offered_is_not_taken_back(world: World) -> None:
    """An order that the ERP told of is there, by whatever way; of one that was never offered nothing is certain."""
    world.create("A")
    row = {"OrderCode": "SO1", "Status": "Received", "AssociatedRef": "A"}
    body = to_json({"Statuses": [row]}).encode()
    world.runner.run(
        world.door.handle(InboundRequest(method="POST", path="/order-statuses", headers=_BASIC, body=body))
    )
    assert not world.withdraw("A")
    assert not world.withdraw("B")


def test_a_withdrawn_order_can_be_created_again(world: World) -> None:
    """The channel may take its cancellation back: the order is offered under a number of its own."""
    world.create("A", "B")
    assert world.withdraw("B")
    cursor = world.fetch()[1]
    world.create("B")
    assert world.fetch(cursor)[0] == ["B"]
    assert not world.withdraw("B")


def test_a_batch_of_nothing_but_withdrawn_orders_is_passed_over(world: World) -> None:
    """More withdrawn orders than an answer holds do not hide those behind them."""
    world.create("A", "B", "C", "D", "E")
    cursor = world.fetch()[1]
    assert all(world.withdraw(each) for each in ("C", "D", "E"))
    world.create("F")
    assert world.fetch(cursor)[0] == ["F"]


def test_an_answer_of_which_all_was_withdrawn_on_the_way_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that is taken back between being chosen and being given is not in the answer."""
    world.create("A", "B")
    kind = type(world.store)
    choose = kind.messages

    def chosen(store: Any, *args: Any, **kwargs: Any) -> list[Message]:  # Any: handed on
        found = choose(store, *args, **kwargs)
        if args[1] == boxes.ORDERS and kwargs.get("keys") is None:
            monkeypatch.undo()
            assert world.withdraw("B")
        return found

    monkeypatch.setattr(kind, "messages", chosen)
    first, cursor = world.fetch()
    assert (first, world.fetch(cursor)[0]) == (["A"], [])


def test_orders_that_cannot_be_read_do_not_hold_up_those_behind_them(world: World) -> None:
    """A whole answer's worth of them is left out, and the next answer goes on behind."""
    world.create("A", "B", "C")
    world.store.post(_ACCOUNT, boxes.ORDERS, {"A": "{}", "B": "[]"}, at=_AT)
    world.create("D")
    cursor, seen = "", list[str]()
    for _ in range(3):
        found, cursor = world.fetch(cursor)
        seen += found
    assert seen == ["C", "D"]


def test_an_order_that_cannot_be_read_any_more_was_not_fetched(world: World) -> None:
    """A document that was left out of an answer was not given: the cursor behind it does not prove its arrival."""
    world.create("A", "B")
    world.store.post(_ACCOUNT, boxes.ORDERS, {"A": '{"Header":1}'}, at=_AT)
    first, cursor = world.fetch()
    assert first == ["B"]
    world.fetch(cursor)
    assert world.fetched() == ["B"]
