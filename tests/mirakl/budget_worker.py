"""A program of its own that uses one Mirakl key: ``URL ROUNDS`` (no URL: it shares its budget with nobody).

Time and the marketplace are at the other end of its pipes: it prints what it sends and how long it waits, one JSON list
to a line, and reads what came back and what time it is.
"""

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.core.ids import AccountId, OrderId
from khaos_connectors.errors import RateLimited
from khaos_connectors.mirakl import MiraklChannel, MiraklConfig
from khaos_connectors.store import SqlStore

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Pipe:
    """The world behind standard input and output: a clock and a transport."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def ask(self, *question: object) -> list[object]:
        """The answer to one line; time has moved to where the answer says."""
        print(json.dumps(question), flush=True)
        self.seconds, *rest = json.loads(sys.stdin.readline())
        return rest

    def now(self) -> datetime:
        """The present time."""
        return START + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        """Return when that much time has passed for everybody."""
        self.ask("sleep", seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Nobody awaits here."""
        raise AssertionError(seconds)

    def send(self, request: Request) -> Response:
        """The marketplace's answer."""
        status, headers, body = self.ask(
            "send", request.method, request.path, request.query, dict(request.headers), request.body.decode()
        )
        assert isinstance(status, int)
        assert isinstance(headers, dict)
        return Response(status=status, headers=headers, body=str(body).encode())


def main(url: str, rounds: int) -> None:
    """Poll orders and write references, *rounds* times."""
    pipe = Pipe()
    pipe.ask("begin")
    store = SqlStore(url) if url else None
    config = MiraklConfig(
        account=AccountId("jl"), base_url="https://shop.example.com", api_key="key-123", shop_id=2000, budget=store
    )
    channel, runner = MiraklChannel(config), Runner({"jl": pipe}, clock=pipe)
    for number in range(rounds):
        with suppress(RateLimited):  # counted at the other end
            runner.run(channel.orders(since=START - timedelta(days=1)))
        with suppress(RateLimited):
            runner.run(channel.set_references({OrderId(f"JL{number}-A"): f"SO-{number}"}))
    if store is not None:
        store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
