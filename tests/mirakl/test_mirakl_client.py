"""From a configuration to every desk of an account, in one block."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from khaos_connectors import mirakl
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import ChannelSku, OrderId
from khaos_connectors.mirakl import MiraklConfig, endpoints
from khaos_connectors.mirakl.after_sales.money_back import Ask, Codes
from khaos_connectors.mirakl.after_sales.refunds import Done
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.client import AsyncMiraklClient, MiraklClient
from khaos_connectors.mirakl.documents.outcomes import Uploaded
from khaos_connectors.mirakl.models.platform_codes import ReasonType
from khaos_connectors.protocols import StockLevel
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import serve

DESKS = {
    "feed": mirakl.OrderFeed,
    "offers": mirakl.Offers,
    "after_sales": mirakl.AfterSales,
    "conversations": mirakl.Conversations,
    "documents": mirakl.Documents,
    "payouts": mirakl.Payouts,
}


@attrs.frozen
class World:
    """A served marketplace with one debited order."""

    config: MiraklConfig
    clock: ManualClock
    market: MiraklSimulator
    order_id: OrderId


@pytest.fixture
def world(config: MiraklConfig) -> Iterator[World]:
    """A served marketplace with one debited order."""
    clock = ManualClock()
    market = MiraklSimulator(
        clock=clock.now,
        api_key="key-123",
        offers={"MUG": OfferState(price=Decimal("8.50"), quantity=20)},
        settings=MiraklSettings(order_acceptance="AUTOMATIC"),
    )
    order_id = market.buy([("MUG", 2)])
    assert order_id is not None
    clock.advance(300)
    with serve(market) as url:
        yield World(attrs.evolve(config, base_url=url, pace_factor=1.0), clock, market, OrderId(order_id))


def test_every_desk_is_on_the_client(config: MiraklConfig) -> None:
    """A client shows the channel, and the channel every desk, as one attribute each: completion finds them."""
    for client in (MiraklClient(config, Runner({})), AsyncMiraklClient(config, AsyncRunner({}))):
        assert isinstance(client.channel, MiraklChannel)
        assert set(DESKS) <= set(dir(client.channel))
        for name, kind in DESKS.items():
            assert isinstance(getattr(client.channel, name), kind)
            assert set(kind.__dict__) <= set(dir(getattr(client.channel, name)))


def test_the_desks_work_in_one_block(world: World) -> None:
    """Refund, invoice, prices and payouts of one account, from one configuration and one block."""
    with mirakl.open_client(world.config, clock=world.clock) as client:
        desks = client.channel
        ask = Ask(line_id=f"{world.order_id}-1", units=1)
        back = client.run(desks.after_sales.money_back.give_back(world.order_id, [ask], codes=Codes(refund="15")))
        paper = client.run(desks.documents.upload_invoice(world.order_id, b"%PDF-1.7", number="INV-1"))
        prices = mirakl.OfferPrices(sku=ChannelSku("MUG"), rows=(mirakl.PriceRow(price=Decimal("8.00")),))
        receipt = client.run(desks.offers.push_prices([prices]))
        world.market.money.book("ORDER_AMOUNT", "8.50", order_id=world.order_id, line_id=f"{world.order_id}-1")
        world.market.money.close_cycle()
        cycles = client.run(desks.payouts.cycles())
    assert isinstance(back, Done)
    assert isinstance(paper, Uploaded)
    assert receipt.accepted == ("MUG",)
    assert len(cycles.cycles) == 1


def test_the_desks_are_awaited_as_well(world: World) -> None:
    """The same flows run on the event loop."""

    async def awaited() -> tuple[int, int]:
        async with mirakl.open_client_async(world.config, clock=world.clock) as client:
            inbox = await client.run(client.channel.conversations.inbox())
            found = await client.run(client.channel.payouts.cycles())
            return inbox.read, len(found.cycles)

    assert asyncio.run(awaited()) == (0, 0)


def test_one_client_has_results_and_flows(world: World) -> None:
    """``client.shop`` is the account as ``connect`` gives it, every page of a listing, over the port with the desks."""
    for _ in range(4):
        world.market.buy([("MUG", 1)])
    world.clock.advance(300)
    since = world.clock.now() - timedelta(days=1)
    with mirakl.open_client(attrs.evolve(world.config, page_size=2), clock=world.clock) as client:
        walked = [order.order_id for order in client.shop.orders(since=since)]
        batch = client.run(client.channel.orders(since=since))
        assert (client.shop.account, client.shop.channel) == (client.channel.account, client.channel.channel)
        assert client.shop.push_stock([StockLevel(sku=ChannelSku("MUG"), units=3)]).accepted == ("MUG",)
        assert client.run(client.channel.after_sales.news(since)).refunds == ()
    assert walked == list(world.market.orders)
    assert [received.order.order_id for received in batch.items] == walked[:2]
    assert batch.next is not None

    async def awaited() -> list[OrderId]:
        async with mirakl.open_client_async(attrs.evolve(world.config, page_size=2), clock=world.clock) as waiting:
            return [order.order_id async for order in waiting.shop.orders(since=since)]

    assert asyncio.run(awaited()) == walked


def test_a_page_is_not_taken_for_the_whole(world: World) -> None:
    """Going through a ``Batch`` with more behind it says where its records and the rest are; the last one is whole."""
    assert world.market.buy([("MUG", 1)]) is not None
    world.clock.advance(300)
    with mirakl.open_client(attrs.evolve(world.config, page_size=1), clock=world.clock) as client:
        since = world.clock.now() - timedelta(days=1)
        first = client.run(client.channel.orders(since=since))
        last = client.run(client.channel.orders(since=since, cursor=first.next))
    assert first.next is not None
    with pytest.raises(TypeError, match=r"one page of a listing.*\.items.*\.next.*client\.shop"):
        list(first)
    assert [each.order.order_id for each in last] == list(world.market.orders)[1:]


def test_a_flow_of_a_desk_that_nobody_ran_says_so(config: MiraklConfig) -> None:
    """The port and every desk warn by name of a flow that was made and forgotten: nothing was written."""
    channel = MiraklChannel(config)
    forgotten = {
        "MiraklChannel.push_stock": lambda: channel.push_stock([]),
        "AfterSales.news": lambda: channel.after_sales.news(datetime.now(UTC)),
        "Incidents.open": channel.after_sales.incidents.open,
        "MoneyBack.give_back": lambda: channel.after_sales.money_back.give_back(OrderId("O"), [], codes=Codes()),
        "ReturnDesk.close": lambda: channel.after_sales.returns.close(["R"]),
        "Reasons.usable": lambda: channel.after_sales.reasons.usable(ReasonType.REFUND),
        "Offers.push_prices": lambda: channel.offers.push_prices([]),
        "Documents.duties": channel.documents.duties,
        "Conversations.inbox": channel.conversations.inbox,
        "Payouts.cycles": channel.payouts.cycles,
        "OrderFeed.poll": lambda: channel.feed.poll(datetime.now(UTC), lambda rows: None),
    }
    for name, forget in forgotten.items():
        with pytest.warns(RuntimeWarning, match=f"{name} was never run"):
            forget()


def test_client_and_desks_keep_one_pace(world: World) -> None:
    """A list of orders that was walked by hand counts for the next poll of the feed, which waits for its turn."""
    with mirakl.open_client(world.config, clock=world.clock) as client:
        begun = world.clock.now()
        assert len(list(client.walk(endpoints.list_orders(client.scope)))) == 1
        client.run(client.channel.feed.poll(begun, lambda rows: None))
    assert 60 <= (world.clock.now() - begun).total_seconds() < 70


def test_a_desk_of_ones_own_shares_the_pace(config: MiraklConfig) -> None:
    """A desk with settings of its own takes the channel's caller."""
    channel = MiraklChannel(config)
    caller = config.caller()
    assert MiraklChannel(config, caller=caller).caller is caller
    assert isinstance(mirakl.AfterSales(config, caller=channel.caller, packs={ChannelSku("SIX"): 6}), mirakl.AfterSales)


def test_what_the_desks_know_is_forgotten_too(config: MiraklConfig) -> None:
    """After ``forget`` reasons, types of documents and what was refused are asked for again, and only then."""
    channel = MiraklChannel(config)
    reasons = Response(status=200, body=b'{"reasons": []}')
    types = Response(status=200, body=b'{"documents": []}')
    no, invoices = Response(status=403), Response(status=200, body=b'{"invoices": [], "total_count": 0}')

    def ask(*, anew: bool) -> None:
        play(channel.after_sales.reasons.usable(ReasonType.REFUND), [reasons] if anew else [])
        play(channel.documents.types(), [types] if anew else [])
        play(channel.payouts.cycles(), [no, invoices] if anew else [invoices])  # SBC11 is refused, IV01 answers

    ask(anew=True)
    ask(anew=False)
    channel.forget()
    ask(anew=True)
