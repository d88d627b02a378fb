"""One port, every face: blocking, awaited, and back from a plain class."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

import attrs
import pytest

from khaos_connectors import protocols
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Do, Flow
from khaos_connectors.core.couriers import Carrier, CarrierChoice
from khaos_connectors.core.despatch import Despatch, ShipmentLine, ShippedUnits
from khaos_connectors.core.ids import (
    AccountId,
    ChannelId,
    ChannelSku,
    DespatchId,
    ErpOrderCode,
    LineId,
    OrderId,
    OrderRef,
    StockCode,
)
from khaos_connectors.core.orders import Address, ChannelOrder, ErpOrder, ErpOrderDraft, OrderState, TaxMode
from khaos_connectors.core.release import ReleaseDraft, WarehouseShipment
from khaos_connectors.core.stock import Snapshot
from khaos_connectors.errors import Conflict, CursorStuck, Invalid, Undecodable
from khaos_connectors.faces import (
    async_channel_face,
    async_erp_face,
    async_wms_face,
    channel_face,
    erp_face,
    lift_channel,
    lift_erp,
    lift_wms,
    wms_face,
)
from khaos_connectors.protocols import (
    Batch,
    ChannelCapabilities,
    ChannelPort,
    DraftProblem,
    ERPCapabilities,
    ERPPort,
    Health,
    LineDecision,
    Listing,
    ReceivedOrder,
    ReferenceRefusal,
    RowRefusal,
    ShipmentNotice,
    ShipmentReceipt,
    StockLevel,
    StockReceipt,
    Unreadable,
    WMSCapabilities,
    WMSPort,
)
from khaos_connectors.testing.play import play

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCOUNT = AccountId("shop")
A, B = StockCode("A"), StockCode("B")


def order(number: int) -> ChannelOrder:
    return ChannelOrder(
        account=ACCOUNT,
        order_id=OrderId(f"o{number}"),
        state=OrderState.AWAITING_SHIPMENT,
        placed_at=NOW,
        changed_at=NOW,
        currency="GBP",
        tax_mode=TaxMode.INCLUDED,
        lines=(),
        total=Decimal("1.50"),
    )


DRAFT = ErpOrderDraft(
    account=ACCOUNT,
    reference=OrderRef("r1"),
    order_id=OrderId("o1"),
    placed_at=NOW,
    currency="GBP",
    lines=(),
    shipping_gross=Decimal(0),
    shipping_net=Decimal(0),
    shipping_vat=Decimal(0),
    total=Decimal(0),
    delivery=Address(),
    billing=Address(),
)
NOTICE = ShipmentNotice(
    order_id=OrderId("o1"),
    despatch_id=DespatchId("d1"),
    lines=(ShipmentLine(line_id=LineId("l1"), quantity=1),),
    carrier=CarrierChoice(code="RM", rule=1, why="mapped"),
    tracking="AB1",
    final=True,
)
RELEASE = ReleaseDraft(
    account=ACCOUNT,
    shipment_id="s1",
    reference=OrderRef("r1"),
    erp_order=ErpOrderCode("e1"),
    lines=(),
    delivery=Address(),
)
SNAPSHOT = Snapshot(account=ACCOUNT, as_of=NOW, figures=(), missing=(B,))
SHIPPED = WarehouseShipment(shipment_id="s1", stage="gone", shipped=True, changed_at=NOW)


class PlainChannel:
    """What anybody might write: a channel in memory, without a flow in sight."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    @property
    def account(self) -> AccountId:
        return ACCOUNT

    @property
    def channel(self) -> ChannelId:
        return ChannelId("the-shop")

    def check(self) -> Health:
        return Health(account=ACCOUNT, version="1")

    def capabilities(self) -> ChannelCapabilities:
        return ChannelCapabilities(
            needs_acceptance=True,
            partial_acceptance=False,
            several_shipments=True,
            free_text_carriers=False,
            mandatory_tracking=True,
        )

    def orders(self, *, since: datetime) -> Iterator[ChannelOrder]:
        self.heard.append(since)
        yield order(1)
        yield order(2)

    def order(self, order_id: OrderId) -> ChannelOrder | None:
        return order(1) if order_id == "o1" else None

    def decide(self, order_id: OrderId, decisions: Sequence[LineDecision]) -> None:
        self.heard.append((order_id, tuple(decisions)))

    def set_references(self, references: Mapping[OrderId, str]) -> tuple[ReferenceRefusal, ...]:
        self.heard.append(dict(references))
        return ()

    def push_stock(self, levels: Sequence[StockLevel]) -> StockReceipt:
        good = tuple(level.sku for level in levels if level.units < 10)
        bad = tuple(RowRefusal(sku=level.sku, message="too many") for level in levels if level.units >= 10)
        return StockReceipt(accepted=good, refused=bad)

    def listings(self) -> Iterator[Listing]:
        yield Listing(sku=ChannelSku("A"), units=1, active=True)

    def carriers(self) -> tuple[Carrier, ...]:
        return (Carrier(code="RM", label="Royal Mail"),)

    def shipments(self, order_id: OrderId) -> tuple[ShippedUnits, ...]:
        return (ShippedUnits(order_id=order_id),)

    def confirm(self, notice: ShipmentNotice) -> ShipmentReceipt:
        return ShipmentReceipt(order_id=notice.order_id, shipment_id="x")


class PlainERP:
    """An ERP in memory."""

    @property
    def account(self) -> AccountId:
        return ACCOUNT

    def check(self) -> Health:
        return Health(account=ACCOUNT)

    def capabilities(self) -> ERPCapabilities:
        return ERPCapabilities(stock_per_location=True, physical=False, item_lines=True)

    def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot:
        return SNAPSHOT if codes is None else attrs.evolve(SNAPSHOT, missing=tuple(codes))

    def stock_codes(self) -> tuple[StockCode, ...]:
        return (A, B)

    def problems(self, draft: ErpOrderDraft) -> tuple[DraftProblem, ...]:
        return (DraftProblem(field="TOTAL", problem=str(draft.total)),)

    def find_order(self, reference: OrderRef) -> ErpOrder | None:
        return ErpOrder(code=ErpOrderCode("e1"), reference=reference) if reference == "r1" else None

    def create_order(self, draft: ErpOrderDraft) -> ErpOrder:
        return ErpOrder(code=ErpOrderCode("e2"), reference=draft.reference)

    def despatches(self, *, since: datetime, references: Sequence[OrderRef] = ()) -> Iterator[Despatch]:
        for reference in references or [OrderRef("all")]:
            yield Despatch(
                account=ACCOUNT,
                reference=reference,
                erp_order=ErpOrderCode("e1"),
                despatch_id=DespatchId("d1"),
                despatched_on=since,
            )


class PlainWMS:
    """A warehouse in memory."""

    @property
    def account(self) -> AccountId:
        return ACCOUNT

    def check(self) -> Health:
        return Health(account=ACCOUNT)

    def capabilities(self) -> WMSCapabilities:
        return WMSCapabilities(cancel_after_release=True, parcel_lines=True)

    def stock(self, codes: Sequence[StockCode] | None = None) -> Snapshot:
        return SNAPSHOT if codes is None else attrs.evolve(SNAPSHOT, missing=tuple(codes))

    def stock_codes(self) -> tuple[StockCode, ...]:
        return (A,)

    def find_shipment(self, shipment_id: str) -> WarehouseShipment | None:
        return SHIPPED if shipment_id == "s1" else None

    def release(self, draft: ReleaseDraft) -> WarehouseShipment:
        return attrs.evolve(SHIPPED, shipment_id=draft.shipment_id, shipped=False)

    def cancel(self, shipment_id: str) -> None:
        raise Conflict(system=ACCOUNT, operation="cancel", message=f"{shipment_id} has left")

    def shipments(self, *, since: datetime) -> Iterator[WarehouseShipment]:
        yield attrs.evolve(SHIPPED, changed_at=since)


CHANNEL_CALLS: dict[str, Callable[[Any], Any]] = {
    "account": lambda face: face.account,
    "channel": lambda face: face.channel,
    "check": lambda face: face.check(),
    "capabilities": lambda face: face.capabilities(),
    "orders": lambda face: face.orders(since=NOW),
    "order": lambda face: face.order(OrderId("o1")),
    "no order": lambda face: face.order(OrderId("o9")),
    "decide": lambda face: face.decide(OrderId("o1"), [LineDecision(line_id=LineId("l"), accept=True)]),
    "set_references": lambda face: face.set_references({OrderId("o1"): "r1"}),
    "push_stock": lambda face: face.push_stock(
        [StockLevel(sku=ChannelSku("A"), units=1), StockLevel(sku=ChannelSku("B"), units=10)]
    ),
    "listings": lambda face: face.listings(),
    "carriers": lambda face: face.carriers(),
    "shipments": lambda face: face.shipments(OrderId("o1")),
    "confirm": lambda face: face.confirm(NOTICE),
}
ERP_CALLS: dict[str, Callable[[Any], Any]] = {
    "account": lambda face: face.account,
    "check": lambda face: face.check(),
    "capabilities": lambda face: face.capabilities(),
    "stock": lambda face: face.stock(),
    "some stock": lambda face: face.stock([A]),
    "stock_codes": lambda face: face.stock_codes(),
    "problems": lambda face: face.problems(DRAFT),
    "find_order": lambda face: face.find_order(OrderRef("r1")),
    "no order": lambda face: face.find_order(OrderRef("r9")),
    "create_order": lambda face: face.create_order(DRAFT),
    "despatches": lambda face: face.despatches(since=NOW),
    "some despatches": lambda face: face.despatches(since=NOW, references=[OrderRef("r1"), OrderRef("r2")]),
}
WMS_CALLS: dict[str, Callable[[Any], Any]] = {
    "account": lambda face: face.account,
    "check": lambda face: face.check(),
    "capabilities": lambda face: face.capabilities(),
    "stock": lambda face: face.stock(),
    "some stock": lambda face: face.stock([A]),
    "stock_codes": lambda face: face.stock_codes(),
    "find_shipment": lambda face: face.find_shipment("s1"),
    "release": lambda face: face.release(RELEASE),
    "cancel": lambda face: face.cancel("s1"),
    "shipments": lambda face: face.shipments(since=NOW),
}
ROLES: dict[str, tuple[type[Any], Callable[[Any], Any], Callable[..., Any], Callable[..., Any], dict[str, Any]]] = {
    "Channel": (PlainChannel, lift_channel, channel_face, async_channel_face, CHANNEL_CALLS),
    "ERP": (PlainERP, lift_erp, erp_face, async_erp_face, ERP_CALLS),
    "WMS": (PlainWMS, lift_wms, wms_face, async_wms_face, WMS_CALLS),
}
EVERY_CALL = [(role, name) for role, (*_, calls) in ROLES.items() for name in calls]


def outcome(call: Callable[[Any], Any], face: Any) -> object:
    try:
        found = call(face)
        return list(found) if isinstance(found, Iterator) else found
    except Conflict as error:
        return str(error)


async def outcome_async(call: Callable[[Any], Any], face: Any) -> object:
    try:
        found = call(face)
        if isinstance(found, AsyncIterator):
            return [each async for each in found]
        return await found if inspect.isawaitable(found) else found
    except Conflict as error:
        return str(error)


@pytest.mark.parametrize(("role", "name"), EVERY_CALL)
def test_a_plain_class_lifted_and_faced_again_answers_alike(role: str, name: str) -> None:
    """Plain → port → face gives what the plain class gives, blocking and awaited, results and errors."""
    plain, lift, face, async_face, calls = ROLES[role]
    expected = outcome(calls[name], plain())

    assert outcome(calls[name], face(lift(plain()), Runner({}))) == expected
    assert asyncio.run(outcome_async(calls[name], async_face(lift(plain()), AsyncRunner({})))) == expected


@pytest.mark.parametrize("role", ROLES)
def test_every_method_is_tried_here(role: str) -> None:
    """A method that is added to a protocol is added to these tests."""
    tried = {name.split(" ")[-1] for name in ROLES[role][4]}

    assert _members(getattr(protocols, role)) <= tried


def test_writes_reach_the_plain_class() -> None:
    """With their arguments as given."""
    plain = PlainChannel()
    face = channel_face(lift_channel(plain), Runner({}))

    face.set_references({OrderId("o1"): "r1"})
    list(face.orders(since=NOW))

    assert plain.heard == [{"o1": "r1"}, NOW]


class TestLift:
    def test_it_is_a_port(self) -> None:
        """By structure, for each role."""
        assert isinstance(lift_channel(PlainChannel()), ChannelPort)
        assert isinstance(lift_erp(PlainERP()), ERPPort)
        assert isinstance(lift_wms(PlainWMS()), WMSPort)

    def test_its_flows_ask_for_work_only(self) -> None:
        """Nothing runs before a driver runs it."""
        plain = PlainChannel()
        flow = lift_channel(plain).set_references({OrderId("o1"): "r1"})

        assert isinstance(next(flow), Do)
        assert plain.heard == []

    def test_the_payload_of_an_order_is_the_order(self) -> None:
        """It can be read again, later and elsewhere."""
        port = lift_channel(PlainChannel())
        batch: Batch[ReceivedOrder] = Runner({}).run(port.orders(since=NOW))

        assert [port.read_order(each.payload) for each in batch] == [order(1), order(2)]

    def test_unreadable_records_stand_beside_the_good_ones(self) -> None:
        """A plain iterator that ends in ``Undecodable`` has given what it could."""

        class Broken(PlainChannel):
            def orders(self, *, since: datetime) -> Iterator[ChannelOrder]:
                yield order(1)
                raise Undecodable(system="shop", operation="orders", path="o2", expected="a currency")

        batch = Runner({}).run(lift_channel(Broken()).orders(since=NOW))

        assert [each.order.order_id for each in batch.items] == ["o1"]
        assert batch.unreadable == (Unreadable(key="o2", problem="a currency"),)

    def test_an_unreadable_answer_ends_the_listing(self) -> None:
        """Half a listing that seems whole would let a watermark pass the orders of the other half."""

        class BrokenPage(PlainChannel):
            def orders(self, *, since: datetime) -> Iterator[ChannelOrder]:
                yield order(1)
                raise Undecodable(system="shop", operation="OR11", path="$", expected="JSON, not HTML")

        with pytest.raises(Undecodable, match="JSON, not HTML"):
            Runner({}).run(lift_channel(BrokenPage()).orders(since=NOW))


class PagedChannel(PlainChannel):
    """A port whose listings come in pages; some records cannot be read."""

    def __init__(self, pages: int = 3, unreadable: int = 0, *, stuck: bool = False) -> None:
        super().__init__()
        self.asked = 0
        self._pages, self._unreadable, self._stuck = pages, unreadable, stuck

    def page(self, cursor: str | None) -> Flow[Batch[Any]]:
        yield from ()
        self.asked += 1
        number = int(cursor or 0)
        broken = tuple(Unreadable(key=f"x{number}{n}", problem="no currency") for n in range(self._unreadable))
        following = "1" if self._stuck else str(number + 1)
        item = ReceivedOrder(order=order(number), payload="")
        return Batch(items=(item,), next=following if number + 1 < self._pages else None, unreadable=broken)

    def port(self) -> Any:
        lifted = lift_channel(self)

        class Port:
            account = ACCOUNT

            def orders(inner, *, since: datetime, cursor: str | None = None) -> Flow[Batch[Any]]:  # noqa: N805 - the outer self is meant
                return self.page(cursor)

        assert isinstance(lifted, ChannelPort)
        return Port()


class TestListings:
    def test_the_next_page_is_asked_for_when_it_is_wanted(self) -> None:
        """Nothing is asked before the first record, one page for the first one."""
        paged = PagedChannel()
        orders = channel_face(paged.port(), Runner({})).orders(since=NOW)

        assert paged.asked == 0
        next(orders)
        assert paged.asked == 1
        assert [each.order_id for each in orders] == ["o1", "o2"]

    def test_the_same_awaited(self) -> None:
        """One page at a time as well."""
        paged = PagedChannel()

        async def scene() -> None:
            orders = async_channel_face(paged.port(), AsyncRunner({})).orders(since=NOW)
            assert paged.asked == 0
            await anext(orders)
            assert paged.asked == 1
            assert [each.order_id async for each in orders] == ["o1", "o2"]

        asyncio.run(scene())

    def test_every_readable_record_comes_before_the_error(self) -> None:
        """Which names those that could not be read, and why the first could not."""
        seen: list[str] = []

        with pytest.raises(Undecodable) as raised:
            seen.extend(
                each.order_id for each in channel_face(PagedChannel(unreadable=1).port(), Runner({})).orders(since=NOW)
            )

        assert seen == ["o0", "o1", "o2"]
        assert str(raised.value) == (
            "shop.orders: cannot read x00, x10, x20: expected records of the promised shape (the first: no currency)"
            "; all others were given before this"
        )

    def test_each_of_them_stays_a_record_of_its_own(self) -> None:
        """Faced and lifted again, no key is lost and none is made of several."""
        face = channel_face(PagedChannel(unreadable=10).port(), Runner({}))

        batch = Runner({}).run(lift_channel(face).orders(since=NOW))

        assert len(batch.items) == 3
        assert [each.key for each in batch.unreadable] == [f"x{page}{n}" for page in range(3) for n in range(10)]

    def test_the_same_error_awaited(self) -> None:
        """After the last record as well; a long list of keys is cut."""

        async def scene() -> list[str]:
            face = async_channel_face(PagedChannel(unreadable=10).port(), AsyncRunner({}))
            seen: list[str] = []

            async def walk() -> None:
                async for each in face.orders(since=NOW):
                    seen.append(each.order_id)

            with pytest.raises(Undecodable, match="x18, x19 and 10 more"):
                await walk()
            return seen

        assert asyncio.run(scene()) == ["o0", "o1", "o2"]

    def test_a_cursor_that_comes_again_is_an_error(self) -> None:
        """A port that walks in circles is left."""
        with pytest.raises(CursorStuck, match=r"shop\.orders"):
            list(channel_face(PagedChannel(stuck=True).port(), Runner({})).orders(since=NOW))


# --- the three shapes of each role have one signature ----------------------------------------------------------


def _members(protocol: type[Any]) -> set[str]:
    return {name for name in protocols_of(protocol) if not name.startswith("_")}


def protocols_of(protocol: type[Any]) -> set[str]:
    return {
        name
        for base in protocol.__mro__
        if base.__module__.partition(".")[0] == "khaos_connectors"
        for name, member in vars(base).items()
        if inspect.isfunction(member) or isinstance(member, property)
    }


def _unwrapped(hint: Any, *, lists: bool) -> Any:
    """The bare result of a flow, a coroutine, an iterator or a batch."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Flow:
        return _unwrapped(type(None) if args[0] is None else args[0], lists=lists)
    if origin is not None and origin.__name__ == "Generator":
        return _unwrapped(args[2], lists=lists)
    if lists and origin in {Batch, Iterator, AsyncIterator}:
        return ("many", args[0])
    return hint


def _shape(protocol: type[Any], name: str, *, drop: frozenset[str] = frozenset()) -> tuple[Any, ...]:
    member = getattr(protocol, name)
    if isinstance(member, property):
        assert member.fget is not None
        return ("property", get_type_hints(member.fget)["return"])
    hints = get_type_hints(member)
    parameters = [
        (each.name, each.kind, each.default, hints.get(each.name))
        for each in inspect.signature(member).parameters.values()
        if each.name not in drop
    ]
    return ("method", parameters, _unwrapped(hints["return"], lists=True))


@pytest.mark.parametrize("role", ["Channel", "ERP", "Items", "WMS"])
def test_blocking_and_awaited_faces_have_the_same_signatures(role: str) -> None:
    """Name by name: parameters, kinds, defaults, types, and the result once it is awaited or walked."""
    blocking, awaited = getattr(protocols, role), getattr(protocols, f"Async{role}")

    assert _members(blocking) == _members(awaited)
    for name in sorted(_members(blocking)):
        assert _shape(blocking, name) == _shape(awaited, name), name


@pytest.mark.parametrize("role", ["Channel", "ERP", "Items", "WMS"])
def test_what_waits_is_awaited(role: str) -> None:
    """Every awaited method is a coroutine or an async iterator, except those that are pure."""
    awaited = getattr(protocols, f"Async{role}")
    waiting = {
        name
        for name in _members(awaited)
        if inspect.iscoroutinefunction(getattr(awaited, name))
        or get_origin(get_type_hints(getattr(getattr(awaited, name), "fget", getattr(awaited, name)))["return"])
        is AsyncIterator
    }

    assert _members(awaited) - waiting <= {"account", "channel", "problems"}


@pytest.mark.parametrize("role", ["Channel", "ERP", "WMS"])
def test_ports_have_the_same_signatures(role: str) -> None:
    """A port has a cursor where a face has an iterator, and hands over an order with its text."""
    face, port = getattr(protocols, role), getattr(protocols, f"{role}Port")

    assert _members(port) - _members(face) <= {"read_order"}
    assert _members(face) <= _members(port)
    for name in sorted(_members(face)):
        left, right = _shape(face, name), _shape(port, name, drop=frozenset({"cursor"}))
        assert left == right or (role, name) in {("Channel", "orders"), ("Channel", "order")}, name
        assert left[:-1] == right[:-1], name


def test_play_drives_a_lifted_port_by_hand() -> None:
    """The outcomes stand in for the plain class's work."""
    played = play(lift_channel(PlainChannel()).order(OrderId("o1")), [None])

    assert played.result is None
    assert len(played.of(Do)) == 1


NO_MOMENTS = [
    pytest.param(datetime(2026, 3, 1), "needs a time zone", id="naive"),  # noqa: DTZ001 - the mistake under test
    pytest.param(date(2026, 3, 1), "must be a datetime with a time zone, not the date", id="date"),
    pytest.param("2026-03-01", "must be a datetime with a time zone, not the str", id="text"),
]


@pytest.mark.parametrize(("since", "problem"), NO_MOMENTS)
@pytest.mark.parametrize("kind", ["orders", "despatches", "shipments"])
@pytest.mark.parametrize("awaited", [False, True])
def test_what_is_no_moment_is_named_when_it_is_given(since: Any, problem: str, kind: str, *, awaited: bool) -> None:
    """A listing begins at a moment: anything else is refused by parameter at the call, not at the first page."""
    run: Any = AsyncRunner({}) if awaited else Runner({})
    faces: dict[str, Any] = {
        "orders": (async_channel_face if awaited else channel_face)(lift_channel(PlainChannel()), run),
        "despatches": (async_erp_face if awaited else erp_face)(lift_erp(PlainERP()), run),
        "shipments": (async_wms_face if awaited else wms_face)(lift_wms(PlainWMS()), run),
    }

    with pytest.raises(Invalid, match=rf"shop.{kind}: refused: not sent \(since: {problem}"):
        getattr(faces[kind], kind)(since=since)


@pytest.mark.parametrize("awaited", [False, True])
def test_one_reference_that_is_not_in_a_list_is_refused(*, awaited: bool) -> None:
    """Its letters would be looked for instead, and nothing found: the order would seem not to have left."""
    run: Any = AsyncRunner({}) if awaited else Runner({})
    face: Any = (async_erp_face if awaited else erp_face)(lift_erp(PlainERP()), run)

    with pytest.raises(TypeError, match=r"references: give a list of references, \['WEB-1'\]"):
        face.despatches(since=NOW, references="WEB-1")
