"""Polls, the daily comparison, and exports of orders, against the simulator and in words of their own."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints import OrderExport
from khaos_connectors.mirakl.models.codes import LineState, OrderState, OrderTaxMode
from khaos_connectors.mirakl.models.orders import Order, OrderLine
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.orders.feed import OrderFeed, OrderRow, Reconciliation, compare
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.order_state import OrderSettings
from khaos_connectors.testing.simulators.routes import transport

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


class World:
    """A marketplace with automatic acceptance, and a feed of its orders into a list."""

    def __init__(self, config: MiraklConfig, **settings: object) -> None:
        self.account = config.account
        self.clock = ManualClock(START)
        self.market = MiraklSimulator(
            clock=self.clock.now,
            api_key="key-123",
            offers={"S1": OfferState(price="9.99", quantity=10**6)},
            settings=MiraklSettings(order_acceptance="AUTOMATIC", **settings),
        )
        self.feed = OrderFeed(config, config.caller())
        self.runner = Runner({str(config.account): transport(self.market)}, clock=self.clock)
        self.rows: list[OrderRow] = []
        self.calls: list[int] = []

    def take(self, rows: Sequence[OrderRow]) -> None:
        """Keep a page."""
        self.rows += rows
        self.calls.append(len(rows))

    def buy(self, count: int, *, every: float = 60) -> list[str]:
        """Some orders, *every* so many seconds."""
        found: list[str] = []
        for _ in range(count):
            order_id = self.market.buy([("S1", 1)])
            assert order_id is not None
            found.append(order_id)
            self.clock.advance(every)
        return found

    @property
    def ids(self) -> list[str]:
        """The ids that came, in their order."""
        return [row.id for row in self.rows]


@pytest.fixture
def world(change: Callable[..., MiraklConfig]) -> Callable[..., World]:
    return lambda **settings: World(change(page_size=10), **settings)


def test_a_poll_brings_what_changed_page_by_page(world: Callable[..., World]) -> None:
    """The first poll brings all of it in pages, the second one what came or changed since: no more than the overlap."""
    w = world(debit_seconds=7200)
    first = w.buy(25)
    poll = w.runner.run(w.feed.poll(START, w.take))
    assert (poll.rows, poll.broken, w.calls) == (25, 0, [10, 10, 5])
    assert w.ids == first
    w.clock.advance(3600)
    (new,) = w.buy(1)
    w.rows.clear()
    again = w.runner.run(w.feed.poll(poll.until, w.take))
    assert new in w.ids
    assert len(w.ids) < 20
    assert again.until > poll.until
    w.clock.advance(7200)
    w.rows.clear()
    w.runner.run(w.feed.poll(again.until, w.take))
    assert set(w.ids) == {*first, new}  # all were debited meanwhile


def test_the_next_poll_begins_where_mirakl_says(world: Callable[..., World]) -> None:
    """Where nothing came, our clock alone moves nothing on; a beginning that is still to come is taken for now."""
    w = world(debit_seconds=10**6)
    w.clock.advance(86400)
    assert w.runner.run(w.feed.poll(START, w.take)).until == START
    (order_id,) = w.buy(1)
    poll = w.runner.run(w.feed.poll(w.clock.now() + timedelta(days=365), w.take))
    assert w.ids == [order_id]
    assert poll.until <= w.clock.now()


def test_an_instance_that_dates_nothing_is_read_by_our_clock(config: MiraklConfig, world: Callable[..., World]) -> None:
    """Null for the last change of every order is no reason to read the same orders for ever."""
    w = world()
    w.buy(2)

    class Undated:
        """A way to the marketplace on which no order tells its last change."""

        def send(self, request: Request) -> Response:
            body = re.sub(rb'"last_updated_date":"[^"]*"', b'"last_updated_date":null', w.market.handle(request).body)
            return Response(status=200, body=body)

    poll = Runner({str(config.account): Undated()}, clock=w.clock).run(w.feed.poll(START, w.take))
    assert (poll.rows, poll.broken, poll.until) == (2, 0, w.clock.now())


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_poll_survives_changes_of_a_whole_page(size: int, change: Callable[..., MiraklConfig]) -> None:
    """Orders before the walk that change between two pages show it the page before again: none is lost for that."""
    w = World(change(page_size=size), debit_seconds=10**6)
    old = w.buy(6)
    w.clock.advance(86400)
    new = w.buy(9, every=1)

    class Changing:
        """A way to the marketplace on which a page's worth of old orders changes after the second page."""

        def send(self, request: Request) -> Response:
            if ("offset", str(2 * size)) in request.query:
                for order_id in old[:size]:
                    w.market.cancel_order(order_id)
            return w.market.handle(request)

    runner = Runner({str(w.account): Changing()}, clock=w.clock)
    poll = runner.run(w.feed.poll(w.clock.now() - timedelta(minutes=1), w.take))
    assert set(new) <= set(w.ids)
    w.runner.run(w.feed.poll(poll.until, w.take))
    assert {*old[:size], *new} <= set(w.ids)


class Spoiling:
    """A way to the marketplace on which the first order of each page loses its lines."""

    def __init__(self, market: MiraklSimulator) -> None:
        self.market = market

    def send(self, request: Request) -> Response:
        answer = self.market.handle(request)
        return Response(
            status=answer.status, body=answer.body.replace(b'"order_lines":[', b'"order_lines":null,"x":[', 1)
        )


def test_broken_orders_are_handed_over_and_counted(config: MiraklConfig, world: Callable[..., World]) -> None:
    """One that breaks the contract stops nothing: it comes with its id and its text, and the comparison names it."""
    w = world()
    bad, good = w.buy(2)
    runner = Runner({str(config.account): Spoiling(w.market)}, clock=w.clock)
    poll = runner.run(w.feed.poll(START, w.take))
    assert (poll.rows, poll.broken, w.ids) == (2, 1, [bad, good])
    assert isinstance(w.rows[0], Broken)
    assert w.rows[0].path == "$.orders[0].order_lines"
    w.clock.advance(3600)
    found = runner.run(w.feed.reconcile(dict.fromkeys, w.take))
    assert (found.broken, found.complete) == ((bad,), False)
    assert "unreadable" in found.summary


def test_times_need_a_zone(world: Callable[..., World]) -> None:
    """Nobody knows which instant a bare time means."""
    w = world()
    bare = START.replace(tzinfo=None)
    with pytest.raises(errors.Invalid, match="since"):
        w.runner.run(w.feed.poll(bare, w.take))
    with pytest.raises(errors.Invalid, match="until"):
        w.runner.run(w.feed.reconcile(lambda ids: {}, w.take, until=bare))
    with pytest.raises(errors.Invalid, match="start"):
        w.runner.run(w.feed.export(bare, START, w.take))


def test_the_comparison_names_what_is_missing(world: Callable[..., World]) -> None:
    """What is not kept, and what is kept as it was before a change, is handed over and named; the rest is not."""
    w = world()
    orders = w.buy(12)
    w.clock.advance(3600)
    w.runner.run(w.feed.poll(START, w.take))
    kept = {row.id: row.record.last_updated_date for row in w.rows if isinstance(row, Read)}
    del kept[orders[3]]
    kept[orders[5]] = START - timedelta(days=1)
    kept[orders[6]] = None
    w.rows.clear()
    found = w.runner.run(w.feed.reconcile(lambda ids: {each: kept[each] for each in ids if each in kept}, w.take))
    assert (found.compared, found.missing, found.behind) == (12, (orders[3],), (orders[5],))
    assert not found.complete
    assert orders[3] in found.summary
    assert w.ids == [orders[3], orders[5]]
    good = w.runner.run(w.feed.reconcile(dict.fromkeys, w.take))
    assert good.complete
    assert "none missing" in good.summary


def test_a_summary_stays_short() -> None:
    """A thousand missing orders are a number and a few examples."""
    ids = tuple(f"O-{n}" for n in range(1000))
    told = Reconciliation(start=START, end=START, compared=2000, missing=ids).summary
    assert "1000 missing (O-0, O-1, O-2, O-3, O-4, ...)" in told
    assert len(told) < 200


def test_polls_share_one_pace(change: Callable[..., MiraklConfig]) -> None:
    """A poll a minute is what Mirakl allows: the comparison waits for its turn after a poll."""
    w = World(change(pace_factor=1))
    w.buy(1, every=0)
    w.runner.run(w.feed.poll(START, w.take))
    before = w.clock.now()
    w.runner.run(w.feed.reconcile(dict.fromkeys, w.take))
    assert w.clock.now() - before >= timedelta(seconds=60)


@pytest.mark.parametrize("by", ["created", "updated"])
def test_an_export_brings_all_in_files(by: str, world: Callable[..., World]) -> None:
    """OR13 to OR15: started, asked for, fetched file by file over https with its careless addresses; all rows come."""
    w = world(orders=OrderSettings(file_rows=10))
    orders = w.buy(25)
    rows = w.runner.run(w.feed.export(START, w.clock.now(), w.take, by=by))
    assert rows == 25
    assert w.calls == [10, 10, 5]
    assert w.ids == orders
    assert all(isinstance(row, Read) and row.record.order_state is OrderState.SHIPPING for row in w.rows[:20])


def test_an_export_of_nothing_is_empty(world: Callable[..., World]) -> None:
    """No orders is no fault."""
    w = world()
    assert w.runner.run(w.feed.export(START, START + timedelta(days=1), w.take)) == 0


def test_a_long_export_goes_in_slices_of_a_year(world: Callable[..., World]) -> None:
    """Mirakl refuses more than a year, and a second export beside a running one: three years are three, in turn."""
    w = world()
    first = w.buy(1)
    w.clock.advance(timedelta(days=500).total_seconds())
    last = w.buy(1)
    w.runner.run(w.feed.export(START, START + timedelta(days=3 * 365), w.take))
    assert set(w.ids) == {*first, *last}
    assert len(w.calls) == 3


def test_an_instance_without_exports_is_named(world: Callable[..., World]) -> None:
    """A 404 of the export says that there is none here, with what to do instead."""
    w = world(orders=OrderSettings(exports=False))
    with pytest.raises(errors.Unsupported, match="polls") as caught:
        w.runner.run(w.feed.export(START, START + timedelta(days=1), w.take))
    assert caught.value.capability == "exports of orders"


def test_an_export_beside_a_running_one_is_refused(world: Callable[..., World], scope: Scope) -> None:
    """A shop may have one at a time: Mirakl's own words come through."""
    w = world()
    wanted = OrderExport(start_date=START, end_date=START + timedelta(days=1))
    call = endpoints.start_order_export(scope, wanted)
    assert w.market.handle(call.request.with_headers({"authorization": "key-123"})).status == 200
    with pytest.raises(errors.Refused, match="already in progress"):
        w.runner.run(w.feed.export(START, START + timedelta(days=1), w.take))


def test_an_export_may_be_narrowed(world: Callable[..., World]) -> None:
    """States, channels and the tax mode go along; the times of the narrower export are replaced."""
    w = world(debit_seconds=10**6)
    w.buy(3)
    wanted = OrderExport(order_state_codes=(OrderState.SHIPPING,), order_tax_mode=OrderTaxMode.TAX_EXCLUDED)
    assert w.runner.run(w.feed.export(START, w.clock.now(), w.take, wanted=wanted)) == 0


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "wanted",
    [
        OrderExport(),
        OrderExport(start_date=START),
        OrderExport(end_update_date=START),
        OrderExport(start_date=START, end_date=START - DAY),
        OrderExport(start_date=START, end_date=START + 366 * DAY),
        OrderExport(start_date=START, end_date=START.replace(tzinfo=None)),
        OrderExport(start_date=START, end_date=START + DAY, items_per_chunk=9_999),
        OrderExport(start_date=START, end_date=START + DAY, megabytes_per_chunk=2000),
        OrderExport(start_date=START, end_date=START + DAY, channel_codes=tuple(map(str, range(101)))),
        OrderExport(start_date=START, end_date=START + DAY, fulfillment_center_codes="x" * 101),
    ],
)
def test_exports_that_mirakl_refuses_are_not_sent(wanted: OrderExport, scope: Scope) -> None:
    """Times come in pairs, in order, within a year, with a zone; files are cut within Mirakl's bounds."""
    with pytest.raises(errors.Invalid):
        endpoints.start_order_export(scope, wanted)


def row(number: int, changed: datetime | None) -> Read[Order]:
    order = Order(
        order_id=f"O-{number}",
        order_state=OrderState.SHIPPING,
        created_date=START,
        currency_iso_code="GBP",
        total_price=Decimal(1),
        last_updated_date=changed,
        order_lines=(
            OrderLine(
                order_line_id="L",
                order_line_state=LineState.SHIPPING,
                offer_sku="S",
                quantity=1,
                price=Decimal(1),
                shipping_price=Decimal(0),
            ),
        ),
    )
    return Read(id=order.order_id, record=order, payload="{}")


moments = st.integers(-3, 3).map(lambda hours: START + timedelta(hours=hours))
rows = st.dictionaries(st.integers(0, 9), st.none() | moments).map(lambda d: [row(n, at) for n, at in d.items()])
kept = st.dictionaries(st.integers(0, 9).map(lambda n: f"O-{n}"), st.none() | moments)


@given(rows=rows, known=kept, settled=moments)
def test_every_row_is_in_one_place(
    rows: list[Read[Order]], known: dict[str, datetime | None], settled: datetime
) -> None:
    """Each row is missing, behind or the same; missing exactly if it is not kept; what is current is never behind."""
    found = compare(rows, known, settled=settled)
    assert len(found.missing) + len(found.behind) + found.same == len(rows)
    assert {each.id for each in found.missing} == {each.id for each in rows} - set(known)
    for each in found.behind:
        ours, theirs = known[each.id], each.record.last_updated_date
        assert ours is not None
        assert theirs is not None
        assert ours < theirs <= settled
    current = {each.id: each.record.last_updated_date for each in rows}
    assert compare(rows, current, settled=settled).same == len(rows)
