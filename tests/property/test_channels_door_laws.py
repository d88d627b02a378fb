"""Laws of the Channels door: nothing offered is lost or doubled, nothing pushed is lost, whatever breaks in between."""

from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.ids import AccountId, LocationId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import Address, DraftLine, ErpOrderDraft
from khaos_connectors.inbound import InboundRequest, InboundResponse
from khaos_connectors.khaos_control.channels import (
    ChannelsDoor,
    DataItem,
    Format,
    ItemSettings,
    KhaosChannelsConfig,
    KhaosChannelsERP,
    OrderDownloadSettings,
    boxes,
)
from khaos_connectors.khaos_control.channels.orders import SalesOrder, SalesOrderImport
from khaos_connectors.khaos_control.channels.reading import read_document
from khaos_connectors.store.mailbox import Message, Posted
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.testing.clock import ManualClock

_START = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
_ACCOUNT = AccountId("khaos")
_BASIC = f"Basic {b64encode(b'erp:secret').decode()}"
_HOME = Address(surname="Example", line1="1 Example Street", town="Sampleton", postcode="AB1 2CD", country="GB")


class KilledError(Exception):
    """The process has died."""


class Mortal:
    """A mailbox whose process dies at its n-th call, just before or just after the call took effect."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.dies_at: int | None = None
        self.after = False
        self._calls = 0

    def kill_at(self, call: int | None, *, after: bool = False) -> None:
        """Die at that call from now (0 is the next one), None: live on."""
        self.dies_at, self.after, self._calls = call, after, 0

    def post(self, account: AccountId, box: str, messages: Mapping[str, str], *, at: datetime) -> Posted:
        dying = self._dying()
        if dying and not self.after:
            raise KilledError
        posted = self.store.post(account, box, messages, at=at)
        if dying:
            raise KilledError
        return posted

    def withdraw(
        self, account: AccountId, box: str, keys: Collection[str], *, unless: str, at: datetime
    ) -> frozenset[str]:
        dying = self._dying()
        if dying and not self.after:
            raise KilledError
        emptied = self.store.withdraw(account, box, keys, unless=unless, at=at)
        if dying:
            raise KilledError
        return emptied

    def messages(
        self, account: AccountId, box: str, *, after: int = 0, keys: Collection[str] | None = None, limit: int = 1000
    ) -> list[Message]:
        if self._dying():
            raise KilledError
        return self.store.messages(account, box, after=after, keys=keys, limit=limit)

    def _dying(self) -> bool:
        dying = self._calls == self.dies_at
        self._calls += 1
        return dying


class World:
    """A door and an ERP port over one mailbox, and the ERP that calls."""

    def __init__(self, form: Format = Format.JSON, batch: int = 2) -> None:
        self.mailbox = Mortal(MemoryStore())
        self.clock = ManualClock(_START)
        self.runner = Runner({}, clock=self.clock)
        self.config = KhaosChannelsConfig(
            account=_ACCOUNT,
            user="erp",
            password="secret",
            public_url="https://erp-door.example.com",
            form=form,
            batch=batch,
            default_orders=OrderDownloadSettings(
                company_class=DataItem(name="Marketplace"), sales_source=DataItem(name="WEB"), site=DataItem(id="1")
            ),
            items=ItemSettings(locations={1: LocationId("main")}),
        )
        self.door = ChannelsDoor(self.config, self.mailbox)
        self.erp = KhaosChannelsERP(self.config, self.mailbox)
        self.cursor = "2019-12-31 12:00:00Z"
        self.received: dict[str, list[SalesOrder]] = {}

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> InboundResponse | None:
        """The door's answer; None when its process died over it."""
        self.clock.sleep(1)
        request = InboundRequest(method=method, path=path, headers={"authorization": _BASIC, **headers}, body=body)
        try:
            return self.runner.run(self.door.handle(request))
        except KilledError:
            return None
        finally:
            self.mailbox.kill_at(None)

    def create(self, reference: str, pounds: int) -> bool:
        """Offer an order; whether we lived to know."""
        self.clock.sleep(1)
        try:
            self.runner.run(self.erp.create_order(_draft(reference, pounds)))
        except KilledError:
            return False
        finally:
            self.mailbox.kill_at(None)
        return True

    def withdraw(self, reference: str) -> bool | None:
        """Take an order back; whether the ERP certainly does not get it. None if our process died over it."""
        self.clock.sleep(1)
        try:
            return self.runner.run(self.erp.withdraw_order(OrderRef(reference)))
        except KilledError:
            return None
        finally:
            self.mailbox.kill_at(None)

    def fetch(self, *, lost: bool = False, only: Sequence[str] = ()) -> None:
        """The ERP fetches; what it gets it keeps, and the cursor with it, unless the answer is lost on its way."""
        headers = {"Sirion-Continuation": self.cursor}
        if only:
            headers["SpecificIDs"] = f'"{",".join(only)}"'
        answer = self.call("GET", "/orders", headers)
        if answer is None or lost:
            return
        assert answer.status == 200
        document = read_document(SalesOrderImport, answer.body, self.config.form, self.config.by)
        for order in document.orders:
            self.received.setdefault(order.header.associated_ref, []).append(order)
        self.cursor = answer.headers.get("sirion-continuation", self.cursor)

    def push(self, path: str, body: bytes, *, lost: bool = False) -> bool:
        """The ERP pushes; whether it got its 200."""
        answer = self.call("POST", path, {}, body)
        return answer is not None and answer.status == 200 and not lost


def _draft(reference: str, pounds: int) -> ErpOrderDraft:
    line = DraftLine(
        stock_code=StockCode("MUG"),
        units=1,
        gross=Decimal(pounds),
        net=Decimal(pounds),
        vat=Decimal(0),
        vat_rate=Decimal(0),
    )
    return ErpOrderDraft(
        account=AccountId("shop"),
        reference=OrderRef(reference),
        order_id=OrderId(reference),
        placed_at=_START,
        currency="GBP",
        lines=(line,),
        shipping_gross=Decimal(0),
        shipping_net=Decimal(0),
        shipping_vat=Decimal(0),
        total=Decimal(pounds),
        delivery=_HOME,
        billing=_HOME,
        customer_key="buyer",
    )


@attrs.frozen
class Kill:
    """At which call of the mailbox the process dies, if at all."""

    call: int | None
    after: bool


_kills = st.builds(Kill, st.none() | st.integers(0, 7), st.booleans())
_references = st.sampled_from([f"R{number}" for number in range(6)])
_steps = st.one_of(
    st.tuples(st.just("create"), _references, st.integers(1, 3), _kills),
    st.tuples(st.just("fetch"), st.booleans(), st.just(()), _kills),
    st.tuples(st.just("retry"), st.booleans(), st.lists(_references, min_size=1, max_size=3).map(tuple), _kills),
    st.tuples(st.just("withdraw"), _references, _kills),
    st.tuples(st.just("forget"), st.sampled_from(["", "2019-12-31 12:00:00Z", "1.x", "99.0123456789abcdef"])),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_steps, max_size=25), st.sampled_from(Format))
def test_every_order_is_fetched_and_each_reference_is_one_document(
    steps: list[tuple[object, ...]], form: Format
) -> None:
    """Whatever is lost, repeated, forgotten or killed: in the end the ERP has every order that was created, each
    reference always with the same document, never did an order count as fetched that it had not got, and never does it
    get one that was withdrawn, unless that is created again.
    """
    world = World(form)
    created: set[str] = set()
    for step in steps:
        match step:
            case ("create", str(reference), int(pounds), Kill(call, after)):
                world.mailbox.kill_at(call, after=after)
                if world.create(reference, pounds):
                    created.add(reference)
            case ("fetch" | "retry", bool(lost), tuple(only), Kill(call, after)):
                world.mailbox.kill_at(call, after=after)
                world.fetch(lost=lost, only=[str(each) for each in only])
            case ("withdraw", str(reference), Kill(call, after)):
                world.mailbox.kill_at(call, after=after)
                taken_back = world.withdraw(reference)
                assert not (taken_back and reference in world.received)
                if taken_back is not False:
                    created.discard(reference)  # who died over it may have taken it back
            case ("forget", str(cursor)):
                world.cursor = cursor
        fetched = world.mailbox.store.messages(_ACCOUNT, boxes.fetched_box(boxes.ORDERS))
        assert {message.key for message in fetched} <= world.received.keys()
    for _ in range(len(steps) + 2):
        world.fetch()
    offered = {message.key for message in world.mailbox.store.messages(_ACCOUNT, boxes.ORDERS) if message.payload}
    assert created <= offered == world.received.keys()
    for orders in world.received.values():
        assert all(order == orders[0] for order in orders)
    fetched = world.mailbox.store.messages(_ACCOUNT, boxes.fetched_box(boxes.ORDERS))
    assert {message.key for message in fetched} == offered


# --- statuses --------------------------------------------------------------------------------------------------------

_LIFE = [("Received", 0), ("Shipping", 0), ("PartialShip", 1), ("PartialShip", 2), ("Complete", 3)]


def _status_body(reference: str, age: int) -> bytes:
    status, left = _LIFE[age]
    shipments = [
        {
            "ID": f"{reference}-{number}",
            "Status": "Issue" if number < left else "Picking",
            "Items": [{"SKU": "MUG", "Quantity": 1}],
        }
        for number in range(3)
    ]
    row = {"OrderCode": f"SO-{reference}", "Status": status, "AssociatedRef": reference, "Shipments": shipments}
    return to_json({"Statuses": [row]}).encode()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(_references, st.booleans(), _kills, st.integers(0, 5)), max_size=25),
    st.randoms(use_true_random=False),
)
def test_every_shipment_that_was_pushed_is_told_whatever_comes_late(
    moves: list[tuple[str, bool, Kill, int]], chance: Random
) -> None:
    """Orders live on while pushes are lost, killed and repeated late, after newer ones: in the end every shipment
    that has left is told, once, and every order is known from the first push that was stored.
    """
    world = World()
    ages: dict[str, int] = {}
    first_stored: dict[str, datetime] = {}
    owed: list[bytes] = []
    for reference, lost, kill, resend in moves:
        ages[reference] = min(ages.get(reference, -1) + 1, len(_LIFE) - 1)
        queue = [_status_body(reference, ages[reference]), *chance.sample(owed, min(resend, len(owed)))]
        for body in queue:
            world.mailbox.kill_at(kill.call, after=kill.after)
            if world.push("/order-statuses", body, lost=lost):
                owed = [each for each in owed if each != body]
            elif body not in owed:
                owed.append(body)
        for message in world.mailbox.store.messages(_ACCOUNT, boxes.IMPORTED):
            first_stored.setdefault(message.key, message.at)
    for body in owed:
        assert world.push("/order-statuses", body)
    for reference, age in ages.items():
        batch = world.runner.run(world.erp.despatches(since=_START, references=[OrderRef(reference)]))
        assert sorted(each.despatch_id for each in batch.items) == [f"{reference}-{n}" for n in range(_LIFE[age][1])]
        found = world.runner.run(world.erp.find_order(OrderRef(reference)))
        assert found is not None
        assert (found.code, found.pending) == (f"SO-{reference}", False)
        assert found.known_since == first_stored.get(reference, found.known_since)


# --- levels ----------------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), _kills), min_size=1, max_size=12))
def test_a_repetition_never_raises_a_level(pushes: list[tuple[int, bool, Kill]]) -> None:
    """Pushes of a level, and repetitions of earlier ones whose answer was lost: what we hold is never more than the
    newest push said, and is just that where nothing came twice.
    """
    world = World()
    bodies: list[bytes] = []
    newest: int | None = None
    twice = False
    for units, again, kill in pushes:
        world.mailbox.kill_at(kill.call, after=kill.after)
        if again and bodies:
            twice = True
            world.push("/stock-statuses", bodies[units % len(bodies)])
        else:
            body = to_json(
                {"Statuses": [{"StockCode": "MUG", "StockID": "7", "SiteID": 1, "Levels": {"Available": units}}]}
            ).encode()
            twice = twice or body in bodies
            if not world.push("/stock-statuses", body):
                world.push("/stock-statuses", body)  # the ERP sends it again until it has its 200
            bodies.append(body)
            newest = units
        figures = world.runner.run(world.erp.stock()).figures
        assert newest is not None
        assert [figure.available for figure in figures] == [newest] or (twice and (figures[0].available or 0) <= newest)


_NAMES = (
    *("Statuses", "Items", "Deleted", "UploadPriceLists", "StockCode", "StockID", "SiteID", "Levels", "Available"),
    *("AssociatedRef", "OrderCode", "Status", "Shipments", "ID", "PriceListID", "Quantity"),
)


# --- whatever comes in -----------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=timedelta(seconds=2))
@given(
    st.sampled_from(["/order-statuses", "/stock-statuses", "/items", "/price-lists"]),
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(_NAMES),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=12,
        ).map(lambda value: to_json(value).encode()),
    ),
)
def test_whatever_is_pushed_gets_its_200_in_the_end(path: str, body: bytes) -> None:
    """No body makes the ERP send for ever, or breaks the door: at the second time at the latest it is answered 200."""
    world = World()
    answers = [world.call("POST", path, {}, body) for _ in range(2)]
    assert answers[0] is not None
    assert answers[0].status in {200, 400}
    assert answers[1] is not None
    assert answers[1].status == 200
    world.runner.run(world.erp.stock())
    world.runner.run(world.erp.items())
    world.runner.run(world.erp.concerns((), since=None))
    world.runner.run(world.erp.price_lists())
    world.runner.run(world.erp.despatches(since=_START))
