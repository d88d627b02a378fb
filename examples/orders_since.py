"""List a marketplace's orders, blocking and awaited: python examples/orders_since.py.

The simulated marketplace stands in for a real one; give ``MiraklConfig`` your own address and key instead.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from khaos_connectors import mirakl
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators import MiraklSimulator, OfferState, serve

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def main() -> None:
    """Three customers have bought; read their orders both ways."""
    offers = {"MUG": OfferState(price="8.50", quantity=20), "TEAPOT": OfferState(price="29.99", quantity=4)}
    market = MiraklSimulator(clock=ManualClock(NOW).now, api_key="a-key", offers=offers)
    for basket in ([("MUG", 2)], [("MUG", 1), ("TEAPOT", 1)], [("TEAPOT", 2)]):
        market.buy(basket)

    with serve(market) as address:
        config = mirakl.MiraklConfig(account=AccountId("john-lewis"), base_url=address, api_key=Secret("a-key"))
        blocking(config)
        asyncio.run(awaited(config))


def blocking(config: mirakl.MiraklConfig) -> None:
    """Pages are fetched as the loop goes on."""
    with mirakl.connect(config) as channel:
        for order in channel.orders(since=NOW - timedelta(hours=1)):
            lines = ", ".join(f"{line.quantity} x {line.sku}" for line in order.lines)
            print(order.customer_number, order.state.value, order.total, order.currency, "|", lines)


async def awaited(config: mirakl.MiraklConfig) -> None:
    """The same with ``async for``."""
    async with mirakl.connect_async(config) as channel:
        print(len([order async for order in channel.orders(since=NOW - timedelta(hours=1))]), "orders")


if __name__ == "__main__":
    main()
