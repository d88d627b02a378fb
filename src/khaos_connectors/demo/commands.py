"""The subcommands: ``demo`` works a simulated day, ``simulate`` serves one for others to work."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated, Literal

from khaos_connectors import __version__
from khaos_connectors._extras import extra
from khaos_connectors.calls.connect import open_async_runner, open_runner
from khaos_connectors.calls.connection import Connection
from khaos_connectors.demo.door import open_door
from khaos_connectors.demo.merchant import JOHN_LEWIS, Merchant, merchant_of
from khaos_connectors.demo.summary import DayProgress, as_json, print_day
from khaos_connectors.demo.trade import Day, Tick, trade
from khaos_connectors.demo.world import WORLD, World
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.channels.codes import Format
from khaos_connectors.store import open_store
from khaos_connectors.store.protocol import Store
from khaos_connectors.testing.day.channels import day_of
from khaos_connectors.testing.day.clock import DayClock
from khaos_connectors.testing.day.plan import CHANNEL_PASSWORD, CHANNEL_USER, DayPlan
from khaos_connectors.testing.day.server import Scene, serve_day

with extra("cli"):
    import typer
    from rich.console import Console

__all__ = ["app", "demo", "options", "simulate"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Faults = Literal["none", "some", "heavy"]
Seed = Annotated[int, typer.Option(help="Everything that happens follows from it.")]
Orders = Annotated[int, typer.Option(min=1, help="How many customers come.")]
Codes = Annotated[int, typer.Option(min=20, help="How many stock codes there are.")]
Ticks = Annotated[int, typer.Option(min=8, help="Quarters of an hour that the day has.")]
FaultsOption = Annotated[Faults, typer.Option(help="How bad the lines to both systems are.")]
ErpDoor = Annotated[
    Literal["soap", "channels"],
    typer.Option(help="How the ERP is reached: by its SOAP service, or by nobody, because it calls us (Channels)."),
]
Shipments = Annotated[
    bool, typer.Option("--multi-shipment/--single-shipment", help="Whether an order may leave in parts.")
]


def _tell_version(asked: bool) -> None:  # noqa: FBT001 - how typer hands an option's value over
    if asked:
        sys.stdout.write(f"khaos-connectors {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version and end.")
    ] = False,
) -> None:
    """Khaos Control, marketplaces and warehouses, connected."""


@app.command()
def demo(
    *,
    seed: Seed = 1,
    orders: Orders = 300,
    codes: Codes = 240,
    ticks: Ticks = 40,
    faults: FaultsOption = "some",
    multi_shipment: Shipments = True,
    erp: ErpDoor = "soap",
    use_async: Annotated[bool, typer.Option("--async", help="Run the same flows on asyncio.")] = False,
    as_json_document: Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")] = False,
    store: Annotated[
        str, typer.Option(metavar="URL", help="Where to remember; default: a file that is thrown away.")
    ] = "",
    world: Annotated[str, typer.Option(metavar="URL", help="Work a day that `simulate` serves, begun or not.")] = "",
) -> None:
    """Watch a trading day: two simulated systems on loopback, real HTTP between them, an auditor at the end."""
    plan = DayPlan(
        seed=seed, orders=orders, codes=codes, ticks=ticks, faults=faults, multi_shipment=multi_shipment, erp=erp
    )
    screen = Console(stderr=as_json_document)
    with ExitStack() as stack:
        address = world or stack.enter_context(_served(plan))
        memory = stack.enter_context(_opened(store))
        if not world and any(memory.counts(JOHN_LEWIS).values()):
            problem = "it remembers another day, whose orders have the same numbers; name a new file"
            raise ConfigError(field="--store", problem=problem)
        progress = stack.enter_context(DayProgress(Console(stderr=True)))
        day = _work(address, memory, progress.tell, use_async=use_async)
        standing = memory.counts(JOHN_LEWIS)
    if as_json_document:
        sys.stdout.write(json.dumps(as_json(day, standing), indent=2) + "\n")
    else:
        print_day(screen, day, standing)
    screen.print(day.verdict.line, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if day.verdict.passed else 1)


@app.command()
def simulate(
    *,
    seed: Seed = 1,
    orders: Orders = 300,
    codes: Codes = 240,
    ticks: Ticks = 40,
    faults: FaultsOption = "none",
    multi_shipment: Shipments = True,
    erp: ErpDoor = "soap",
    port: Annotated[int, typer.Option(help="The world's port; 0 takes a free one.")] = 0,
) -> None:
    """Serve the simulated systems on loopback until interrupted; one JSON line tells addresses and credentials."""
    plan = DayPlan(
        seed=seed, orders=orders, codes=codes, ticks=ticks, faults=faults, multi_shipment=multi_shipment, erp=erp
    )
    with serve_day(day_of(plan), port=port) as served:
        told: dict[str, object] = {
            "world": served.world_url,
            "mirakl": served.mirakl_url,
            "khaos_control": served.khaos_url,
            "api_key": served.api_key,
            "shop_id": served.shop_id,
        }
        if erp == "channels":
            told |= {"channel_user": CHANNEL_USER, "channel_password": CHANNEL_PASSWORD}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        try:
            Event().wait()
        except KeyboardInterrupt:
            return


@contextmanager
def _served(plan: DayPlan) -> Generator[str, None, None]:
    with serve_day(day_of(plan)) as served:
        yield served.world_url


@contextmanager
def _opened(url: str) -> Generator[Store, None, None]:
    with tempfile.TemporaryDirectory(prefix="khaos-demo-") as folder:
        memory = open_store(url or f"sqlite:///{Path(folder) / 'demo.db'}")
        try:
            yield memory
        finally:
            memory.close()


def _work(address: str, memory: Store, tell: Callable[[Tick], None], *, use_async: bool) -> Day:
    world = Connection(WORLD, address)
    with open_runner(world) as runner:
        scene = runner.run(World().scene())
    clock = _clock(scene)
    if scene.erp == "soap":
        return _trade(merchant_of(scene), memory, tell, world=world, clock=clock, use_async=use_async)
    form = Format.JSON if scene.seed % 2 else Format.XML
    with open_door(memory, clock, form=form, use_async=use_async) as khaos:
        with open_runner(world) as runner:
            runner.run(World().meet(f"{khaos.public_url}/config"))
        return _trade(merchant_of(scene, khaos), memory, tell, world=world, clock=clock, use_async=use_async)


def _trade(
    merchant: Merchant,
    memory: Store,
    tell: Callable[[Tick], None],
    *,
    world: Connection,
    clock: DayClock,
    use_async: bool,
) -> Day:
    connections = (world, *merchant.connections)

    async def on_asyncio() -> Day:
        async with open_async_runner(*connections, clock=clock) as runner:
            return await runner.run(trade(merchant, World(), memory, tell=tell))

    if use_async:
        return asyncio.run(on_asyncio())
    with open_runner(*connections, clock=clock) as runner:
        return runner.run(trade(merchant, World(), memory, tell=tell))


def _clock(scene: Scene) -> DayClock:
    """The day's clock, read off the world's: a little behind it, as clocks of two machines are."""
    return DayClock(scene.now, speed=float(scene.speed))
