"""The ERP port over the door: orders that wait to be fetched, stock of different ages, despatches, credit notes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, LocationId, OrderRef, StockCode
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.core.refund_records import CreditNoteDraft
from khaos_connectors.core.stock import StockFigure
from khaos_connectors.errors import ConfigError, Invalid, Unsupported
from khaos_connectors.inbound import InboundRequest, InboundResponse
from khaos_connectors.khaos_control.channels import (
    ChannelsDoor,
    DataItem,
    ItemSettings,
    KhaosChannelsConfig,
    KhaosChannelsERP,
    OrderDownloadSettings,
    Patience,
    References,
    ReturnDownloadSettings,
    boxes,
)
from khaos_connectors.protocols import AwaitedERP, Concern, ERPPort
from khaos_connectors.store import MemoryStore, Store, open_store
from khaos_connectors.testing.clock import ManualClock

_AT = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
_ACCOUNT = AccountId("khaos")
_BASIC = "Basic ZXJwOnNlY3JldA=="
_JL = OrderRef("JL-1001")


class World:
    """A door and an ERP over one store, under one clock."""

    def __init__(self, config: KhaosChannelsConfig, store: Store | None = None) -> None:
        self.store = store if store is not None else MemoryStore()
        self.clock = ManualClock(_AT)
        self.runner = Runner({}, clock=self.clock)
        self.config = config
        self.door = ChannelsDoor(config, self.store)
        self.erp = KhaosChannelsERP(config, self.store)

    def get(self, path: str, continuation: str = "") -> str:
        """Fetch *path*; the continuation of the answer."""
        headers = {"authorization": _BASIC, "Sirion-Continuation": continuation}
        answer = self._handle(InboundRequest(method="GET", path=f"/khaos{path}", headers=headers))
        assert answer.status == 200
        return answer.headers.get("sirion-continuation", "")

    def push(self, path: str, document: object) -> None:
        """Push *document* to *path*."""
        body = to_json(document).encode()
        headers = {"authorization": _BASIC}
        answer = self._handle(InboundRequest(method="POST", path=f"/khaos{path}", headers=headers, body=body))
        assert answer.status == 200

    def _handle(self, request: InboundRequest) -> InboundResponse:
        return self.runner.run(self.door.handle(request))

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock.sleep(timedelta(**span).total_seconds())

    def concerns(self, *references: OrderRef, since: datetime | None = None) -> list[Concern]:
        """What people are told."""
        return list(self.runner.run(self.erp.concerns(references, since=since)))

    def levels(self, *rows: tuple[str, int, int | None]) -> None:
        """Push levels: StockCode, SiteID, Available."""
        self.push(
            "/stock-statuses",
            {
                "Statuses": [
                    {"StockCode": code, "StockID": f"id-{code}", "SiteID": site}
                    | ({} if units is None else {"Levels": {"Available": units}})
                    for code, site, units in rows
                ]
            },
        )


@pytest.fixture
def config(settings: OrderDownloadSettings) -> KhaosChannelsConfig:
    """One channel with two sites that sell and credit notes on."""
    return KhaosChannelsConfig(
        account=_ACCOUNT,
        user="erp",
        password="secret",
        public_url="https://erp-door.example.com/khaos",
        default_orders=settings,
        returns=ReturnDownloadSettings(default_reason=DataItem(name="Unwanted")),
        customer_urns={AccountId("john-lewis"): "URN1"},
        items=ItemSettings(locations={1: LocationId("main"), 2: LocationId("shop")}),
    )


@pytest.fixture(params=["memory:", "sqlite:///"])
def world(request: pytest.FixtureRequest, config: KhaosChannelsConfig, tmp_path: Path) -> Iterator[World]:
    """A fresh one over each kind of store."""
    url: str = request.param
    store = open_store(url if url == "memory:" else f"{url}{tmp_path / 'store.db'}")
    yield World(config, store)
    store.close()


def _status(reference: str, status: str, *shipments: tuple[str, str, int], code: str = "SO9") -> dict[str, object]:
    return {
        "Statuses": [
            {
                "OrderCode": code,
                "Status": status,
                "AssociatedRef": reference,
                "Shipments": [
                    {
                        "ID": each,
                        "Status": state,
                        "Items": [{"SKU": "MUG", "Quantity": units, "OrderItemID": "77", "ImportRef": "L1,L2"}],
                        "Packages": [
                            {"ConsignmentRef": "AB1", "Courier": {"Name": "DPD"}, "ShipmentDate": "2026-07-02T09:00:00"}
                        ]
                        if state == "Issue"
                        else [],
                    }
                    for each, state, units in shipments
                ],
            }
        ]
    }


def test_it_is_an_erp_port_that_says_what_is_asynchronous(world: World) -> None:
    """It stands wherever an ERP port does, and tells which of its methods only wait for the ERP."""
    port: ERPPort = world.erp
    awaited: AwaitedERP = world.erp
    assert isinstance(port, ERPPort)
    assert awaited.account == _ACCOUNT
    able = world.runner.run(port.capabilities())
    assert "create_order" in able.asynchronous
    assert able.credit_notes


# --- orders ----------------------------------------------------------------------------------------------------------


def test_an_order_is_pending_until_the_erp_tells_of_it(world: World, draft: ErpOrderDraft) -> None:
    """Offered, fetched (its continuation came back), told of: only then it has a code and a moment."""
    created = world.runner.run(world.erp.create_order(draft))
    assert (created.pending, created.code, created.stage, created.gross) == (True, "", "offered", Decimal("14.95"))
    world.get("/orders", world.get("/orders"))
    fetched = world.runner.run(world.erp.find_order(_JL))
    assert fetched is not None
    assert (fetched.pending, fetched.stage) == (True, "fetched")
    world.later(minutes=8)
    told_at = world.clock.now()
    world.push("/order-statuses", _status("JL-1001", "Received"))
    world.later(minutes=8)
    world.push("/order-statuses", _status("JL-1001", "Shipping", ("1", "Picking", 3)))
    told = world.runner.run(world.erp.find_order(_JL))
    assert told is not None
    assert (told.pending, told.code, told.known_since) == (False, "SO9", told_at)


def test_an_order_is_offered_once_and_stays_as_it_was_first_offered(world: World, draft: ErpOrderDraft) -> None:
    """A second creation under a reference changes nothing: the ERP may have fetched the first by now."""
    world.runner.run(world.erp.create_order(draft))
    line = attrs.evolve(draft.lines[0], gross=Decimal("20.00"), net=Decimal("16.67"), vat=Decimal("3.33"))
    other = attrs.evolve(draft, lines=(line,), total=Decimal("24.95"), payments=())
    again = world.runner.run(world.erp.create_order(other))
    assert again.gross == Decimal("14.95")
    (kept,) = world.store.messages(_ACCOUNT, boxes.ORDERS)
    assert kept.sequence == 1


def test_what_the_erp_would_refuse_is_never_offered(world: World, draft: ErpOrderDraft) -> None:
    """Problems of the document, an order that is too old, an account without settings, a comma in the reference."""
    old = attrs.evolve(draft, placed_at=_AT - timedelta(days=100))
    comma = attrs.evolve(draft, reference=OrderRef("A,B"))
    unpaid = attrs.evolve(draft, payments=(attrs.evolve(draft.payments[0], method="barter"),))
    for bad in (old, comma, unpaid):
        with pytest.raises(Invalid):
            world.runner.run(world.erp.create_order(bad))
    assert world.store.messages(_ACCOUNT, boxes.ORDERS) == []
    assert world.erp.problems(draft) == ()
    strict = KhaosChannelsERP(attrs.evolve(world.config, default_orders=None), world.store)
    assert "no order settings" in strict.problems(draft)[0].problem
    with pytest.raises(Invalid):
        world.runner.run(strict.create_order(draft))


def test_an_order_that_was_never_offered_is_not_there(world: World) -> None:
    """Nothing is guessed about a reference that nobody offered and of which the ERP told nothing."""
    assert world.runner.run(world.erp.find_order(OrderRef("X"))) is None


def test_the_erp_may_speak_of_orders_by_its_own_form_of_the_reference(
    config: KhaosChannelsConfig, draft: ErpOrderDraft
) -> None:
    """A channel that puts something around references tells statuses under that."""
    world = World(attrs.evolve(config, references=References(template="K{reference}", channel_format="{0}-JL")))
    world.runner.run(world.erp.create_order(draft))
    world.push("/order-statuses", _status("KJL-1001-JL", "Complete", ("1", "Issue", 3)))
    found = world.runner.run(world.erp.find_order(_JL))
    assert found is not None
    assert found.complete
    batch = world.runner.run(world.erp.despatches(since=_AT, cursor="references:0"))
    assert [each.reference for each in batch] == ["JL-1001"]


# --- who waits too long ----------------------------------------------------------------------------------------------


def test_an_order_that_is_not_fetched_or_not_told_of_becomes_work(world: World, draft: ErpOrderDraft) -> None:
    """Never fetched within the time: work. Fetched and nothing told within the time: work. Told of: none."""
    assert [each.reason.evidence["stage"] for each in world.concerns(_JL)] == ["lost"]
    world.runner.run(world.erp.create_order(draft))
    world.later(hours=1, minutes=59)
    assert world.concerns(_JL) == []
    world.later(minutes=1)
    (unfetched,) = world.concerns(_JL)
    assert unfetched.reason.type is ExceptionType.ORDER_STALLED
    assert (unfetched.reference, unfetched.reason.evidence["stage"]) == (_JL, "offered")
    world.get("/orders", world.get("/orders"))
    assert world.concerns(_JL) == []
    world.later(hours=4)
    (untold,) = world.concerns(_JL)
    assert "told nothing" in untold.reason.message
    world.push("/order-statuses", _status("JL-1001", "Received"))
    assert world.concerns(_JL) == []


def test_silence_and_what_could_not_be_read_become_work(world: World) -> None:
    """An ERP that called before and has not for a day; a row that nobody could read, told once from its arrival on."""
    assert world.concerns() == []
    world.push("/order-statuses", {"Statuses": [{"AssociatedRef": "A"}]})
    (row,) = world.concerns()
    assert (row.once, row.reason.type, row.reason.evidence["key"]) == (True, ExceptionType.SCHEMA_DRIFT, "A")
    world.later(hours=24)
    (silent,) = world.concerns(since=world.clock.now())
    assert (silent.once, silent.reason.type) == (False, ExceptionType.API_DOWN)
    (note,) = world.runner.run(world.erp.check()).notes
    assert "/order-statuses" in note
    patient = attrs.evolve(world.config, patience=Patience(pushed=None))
    assert World(patient).concerns() == []


# --- despatches ------------------------------------------------------------------------------------------------------


def _despatched(world: World, **how: object) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    cursor: str | None = None
    while True:
        batch = world.runner.run(world.erp.despatches(since=_AT, references=[_JL], cursor=cursor))
        found += [(each.despatch_id, each.final) for each in batch.items]
        if batch.next is None:
            return found
        cursor = batch.next


def test_what_has_left_stays_told_though_an_old_status_comes_again(world: World) -> None:
    """A late repetition of an earlier status, which was not stored when it came first, hides no shipment."""
    world.push("/order-statuses", _status("JL-1001", "Complete", ("1", "Issue", 2), ("2", "Issue", 1)))
    assert _despatched(world) == [("1", False), ("2", True)]
    world.push("/order-statuses", _status("JL-1001", "Received"))
    world.push("/order-statuses", _status("JL-1001", "PartialShip", ("1", "Issue", 2), ("2", "Picking", 1)))
    assert sorted(each for each, _ in _despatched(world)) == ["1", "2"]


def test_despatches_are_found_by_what_was_pushed_since(world: World) -> None:
    """Without references: the orders of which anything was pushed since then; no order is told twice in a batch."""
    for number in range(5):
        world.push("/order-statuses", _status(f"OLD-{number}", "Complete", ("1", "Issue", 1)))
    world.later(hours=5)
    since = world.clock.now()
    world.push("/order-statuses", _status("NEW", "Complete", ("1", "Issue", 1)))
    world.push("/order-statuses", _status("", "Complete", ("1", "Issue", 1)))
    batch = world.runner.run(world.erp.despatches(since=since))
    assert [each.reference for each in batch] == ["NEW"]
    with pytest.raises(ConfigError):
        world.runner.run(world.erp.despatches(since=since, cursor="pushed:x"))


def test_a_shipment_of_half_a_unit_is_beside_the_good_ones(world: World) -> None:
    """A shipment that cannot be told in whole units is unreadable, and hides no other."""
    document = _status("JL-1001", "Complete", ("1", "Issue", 1), ("2", "Issue", 1))
    text = to_json(document).replace('"Quantity":1', '"Quantity":0.5', 1)
    headers = {"authorization": _BASIC}
    request = InboundRequest(method="POST", path="/khaos/order-statuses", headers=headers, body=text.encode())
    world.runner.run(world.door.handle(request))
    batch = world.runner.run(world.erp.despatches(since=_AT, references=[_JL]))
    assert [each.despatch_id for each in batch.items] == ["2"]
    assert [each.key for each in batch.unreadable] == ["JL-1001/1"]


# --- stock -----------------------------------------------------------------------------------------------------------


def _stock(world: World, *codes: str) -> dict[tuple[str, str], StockFigure]:
    wanted = [StockCode(code) for code in codes] if codes else None
    snapshot = world.runner.run(world.erp.stock(wanted))
    return {(figure.stock_code, figure.location): figure for figure in snapshot.figures}


def test_every_level_has_the_time_at_which_it_was_told(world: World) -> None:
    """An item that does not move is not pushed again: its level keeps its age, whatever moves beside it."""
    world.levels(("MUG", 1, 5), ("CUP", 1, 2), ("MUG", 7, 100))
    world.later(minutes=30)
    world.levels(("MUG", 1, 4), ("MUG", 2, 1))
    found = _stock(world)
    assert {key: figure.available for key, figure in found.items()} == {
        ("MUG", "main"): 4,
        ("MUG", "shop"): 1,
        ("CUP", "main"): 2,
    }
    assert found["CUP", "main"].as_of == _AT
    assert found["MUG", "main"].as_of == _AT + timedelta(minutes=30)
    assert _stock(world, "CUP") == {("CUP", "main"): found["CUP", "main"]}


def test_a_level_that_is_told_anew_is_as_new_as_its_telling(world: World) -> None:
    """The same figure pushed again, after the window in which it may be a repetition, speaks of the later moment."""
    world.levels(("MUG", 1, 5))
    world.later(hours=2)
    world.levels(("MUG", 1, 5))
    assert _stock(world)["MUG", "main"].as_of == _AT + timedelta(hours=2)


def test_a_repeated_push_raises_no_level(world: World) -> None:
    """5, 3, and the first push again (its answer was lost): 3 stays. What it lowers dates from its first arrival."""
    world.levels(("MUG", 1, 5), ("CUP", 1, 1))
    world.later(minutes=5)
    world.levels(("MUG", 1, 3))
    world.levels(("CUP", 1, 9))
    world.later(minutes=5)
    world.levels(("MUG", 1, 5), ("CUP", 1, 1))
    found = _stock(world)
    assert (found["MUG", "main"].available, found["CUP", "main"].available) == (3, 1)
    assert found["CUP", "main"].as_of == _AT


def test_a_code_without_a_level_is_unknown_and_not_zero(world: World) -> None:
    """Known item, no level: missing and not complete. A code that nobody pushed: missing. Not counted: told so."""
    item = {"StockID": "id-JUG", "StockCode": "JUG", "Options": {"Discontinued": True}}
    free = {"StockID": "id-FEE", "StockCode": "FEE", "Options": {"StockControlled": False}}
    world.push("/items", {"Items": [item, free], "Deleted": []})
    snapshot = world.runner.run(world.erp.stock([StockCode("JUG"), StockCode("FEE"), StockCode("NIX")]))
    assert (snapshot.missing, snapshot.complete, snapshot.full) == (("JUG", "NIX"), False, False)
    assert [(figure.stock_code, figure.stock_controlled) for figure in snapshot.figures] == [("FEE", False)]
    assert world.runner.run(world.erp.stock([StockCode("NIX")])).complete
    world.levels(("JUG", 1, 3))
    assert _stock(world, "JUG")["JUG", "main"].discontinued
    with pytest.raises(TypeError):
        world.runner.run(world.erp.stock("JUG"))  # type: ignore[arg-type]  # the mistake that is tested


def test_items_that_are_renamed_or_deleted_leave_no_stock_behind(world: World) -> None:
    """Levels belong to the StockID, which stays: the old code of a renamed item is gone, and so is a deleted item."""
    world.levels(("MUG", 1, 5), ("CUP", 1, 2))
    world.push("/items", {"Items": [{"StockID": "id-MUG", "StockCode": "BEAKER"}], "Deleted": ["id-CUP"]})
    assert {key: each.available for key, each in _stock(world).items()} == {("BEAKER", "main"): 5}
    assert world.runner.run(world.erp.stock_codes()) == ("BEAKER",)
    assert world.runner.run(world.erp.stock([StockCode("MUG")])).missing == ("MUG",)
    assert [item.stock_code for item in world.runner.run(world.erp.items())] == ["BEAKER"]
    world.later(hours=5)
    assert world.runner.run(world.erp.items(since=world.clock.now())).items == ()


# --- credit notes ----------------------------------------------------------------------------------------------------


def test_a_credit_note_is_offered_once_with_the_addresses_of_its_order(
    world: World, draft: ErpOrderDraft, credit: CreditNoteDraft
) -> None:
    """A refund becomes one return, against the order's reference; offered again it is the one that was offered."""
    world.runner.run(world.erp.create_order(draft))
    first = world.runner.run(world.erp.credit_note(credit, reference=_JL))
    assert (first.associated_ref, first.already, first.fetched) == ("R-1", False, False)
    world.later(hours=2)
    (late,) = world.concerns()
    assert (late.reason.type, late.reason.entity) == (ExceptionType.CREDIT_NOTE_FAILED, "return:R-1")
    world.get("/returns", world.get("/returns"))
    again = world.runner.run(world.erp.credit_note(credit, reference=_JL))
    assert again == attrs.evolve(first, already=True, fetched=True)
    assert world.concerns() == []
    (kept,) = world.store.messages(_ACCOUNT, boxes.RETURNS)
    assert "1 Example Street" in kept.payload


def test_two_refunds_with_one_number_are_two_credit_notes(
    world: World, config: KhaosChannelsConfig, draft: ErpOrderDraft, credit: CreditNoteDraft
) -> None:
    """Two channel accounts may number their refunds alike: the second is never taken for the first and lost; with the
    account in the reference both are offered.
    """
    other = attrs.evolve(draft, account=AccountId("other"), reference=OrderRef("O-1"))
    second = attrs.evolve(credit, account=AccountId("other"))
    for order in (draft, other):
        world.runner.run(world.erp.create_order(order))
    world.runner.run(world.erp.credit_note(credit, reference=_JL))
    with pytest.raises(Invalid, match="another refund"):
        world.runner.run(world.erp.credit_note(second, reference=OrderRef("O-1"), urn="URN2"))
    returns = ReturnDownloadSettings(
        default_reason=DataItem(name="Unwanted"), reference_template="{account}/{refund_id}"
    )
    apart = World(attrs.evolve(config, returns=returns), world.store)
    for each, reference in ((credit, _JL), (second, OrderRef("O-1"))):
        offered = apart.runner.run(apart.erp.credit_note(each, reference=reference, urn="URN2"))
        assert (offered.associated_ref, offered.already) == (f"{each.account}/{credit.refund_id}", False)


def test_a_credit_note_that_the_erp_would_refuse_is_never_offered(
    world: World, config: KhaosChannelsConfig, draft: ErpOrderDraft, credit: CreditNoteDraft
) -> None:
    """An order of another door, a customer whose number is not known, returns that are not set up."""
    with pytest.raises(Invalid, match="not sold through this door"):
        world.runner.run(world.erp.credit_note(credit, reference=_JL))
    nameless = World(attrs.evolve(config, customer_urns={}))
    nameless.runner.run(nameless.erp.create_order(draft))
    with pytest.raises(Invalid, match=r"URN: .*customer_urns=\{'john-lewis': \.\.\.\}.* or urn= of credit_note"):
        nameless.runner.run(nameless.erp.credit_note(credit, reference=_JL))
    assert nameless.runner.run(nameless.erp.credit_note(credit, reference=_JL, urn="U2")).associated_ref == "R-1"
    off = World(attrs.evolve(config, returns=None))
    with pytest.raises(Unsupported):
        off.runner.run(off.erp.credit_note(credit, reference=_JL))


# --- configuration ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("account", {"account": AccountId("")}),
        ("user", {"user": "a:b"}),
        ("user", {"password": ""}),
        ("public_url", {"public_url": "http://erp-door.example.com"}),
        ("public_url", {"public_url": "https://erp-door.example.com/?a=1"}),
        ("mount", {"mount": "khaos"}),
        ("batch", {"batch": 0}),
        ("level_delay", {"level_delay": timedelta(seconds=-1)}),
    ],
)
def test_settings_that_cannot_work_are_refused(
    config: KhaosChannelsConfig, field: str, change: dict[str, object]
) -> None:
    """Each is refused by its name when the configuration is made, and the password never shows."""
    evolve: Callable[..., KhaosChannelsConfig] = attrs.evolve
    with pytest.raises(ConfigError) as refused:
        evolve(config, **change)
    assert refused.value.field == field
    assert "secret" not in repr(config)
