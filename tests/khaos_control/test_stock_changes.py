"""Which codes have to be read again, what a figure says of items that are no plain number, and setting levels."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import repeat

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.core.bundles import Bundle
from khaos_connectors.core.catalogue import touched_kits
from khaos_connectors.core.ids import AccountId, LocationId, StockCode
from khaos_connectors.core.stock import CommitmentBasis, Incoming, pool
from khaos_connectors.khaos_control import ChunkSizes, KhaosControlConfig, KhaosControlERP, Levels, Site, StockSettings
from khaos_connectors.khaos_control.mapping import figure_of_status
from khaos_connectors.khaos_control.models import StockStatusRow
from khaos_connectors.khaos_control.opened import AsyncKhaosControl, KhaosControl
from khaos_connectors.khaos_control.stock_writing import LevelSet
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.khaos_control import (
    KhaosControlSimulator,
    KhaosItem,
    KhaosSettings,
    KhaosSite,
)
from khaos_connectors.testing.simulators.routes import async_transport, transport

MAIN, LEEDS = LocationId("main"), LocationId("leeds")
MUG, TEA, WRAP = (StockCode(code) for code in ("MUG", "TEA", "WRAP"))
_SITES = (Site(site_id="1", name="Main Site", location=MAIN), Site(site_id="2", name="Leeds", location=LEEDS))


Change = Callable[[Response], Response | Lost]
"""What becomes of an answer on its way."""


@attrs.frozen
class Shop:
    """A simulated installation with a connector that may set levels; *calls* are the operations that were asked."""

    simulator: KhaosControlSimulator
    clock: ManualClock
    erp: KhaosControlERP
    runner: Runner
    calls: list[str]

    @property
    def khaos(self) -> KhaosControl:
        """The installation, open."""
        return KhaosControl(self.erp, self.runner)

    def told(self, code: StockCode, site: int = 1) -> int:
        """What can be sold of a code at a site, by the simulator's word."""
        return self.simulator.stock[code, site].available


def _shop(
    *,
    may: bool = True,
    stock: StockSettings | None = None,
    wire: KhaosSettings | None = None,
    spoil: Mapping[str, Iterator[Change | None]] | None = None,
) -> Shop:
    clock = ManualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    simulator = KhaosControlSimulator(
        clock=clock.now,
        items=[
            KhaosItem(stock_code="MUG", physical={1: 20, 2: 5}),
            KhaosItem(stock_code="TEA", physical={1: 2}),
            KhaosItem(stock_code="WRAP", stock_controlled=False),
        ],
        sites=[KhaosSite(site_id=1, name="Main Site"), KhaosSite(site_id=2, name="Leeds")],
        settings=wire or KhaosSettings(),
    )
    calls: list[str] = []
    inner = transport(simulator)

    class Watched:
        def send(self, request: Request) -> Response | Lost:
            operation = simulator.operation(request)
            calls.append(operation)
            answer = inner.send(request)
            change = next(spoil[operation], None) if spoil and operation in spoil else None
            return change(answer) if change is not None and isinstance(answer, Response) else answer

    settings = stock or StockSettings(sites=_SITES)
    config = KhaosControlConfig(
        account=AccountId("khaos"),
        base_url="https://erp.example.com/K.exe",
        stock=attrs.evolve(settings, may_set_levels=may),
    )
    runner = Runner({"khaos": Watched()}, clock=clock, chance=lambda: 0.0)
    return Shop(simulator, clock, KhaosControlERP(config), runner, calls)


def _lost(_: Response) -> Response | Lost:
    return Lost(sent=True, reason="no answer in time")


def _from_the_second(change: Change) -> Iterator[Change | None]:
    yield None
    while True:
        yield change


def _instead(other: Response) -> Change:
    return lambda _: other


def _swapped(old: bytes, new: bytes) -> Change:
    return lambda answer: attrs.evolve(answer, body=answer.body.replace(old, new))


# --- what changed -----------------------------------------------------------------------------------------------------


def test_revisions_and_movements_are_both_changes() -> None:
    """An item that was changed and one that only moved are both told, each once, those of before are not."""
    shop = _shop()
    shop.clock.advance(timedelta(days=1).total_seconds())
    since = shop.clock.now()
    assert shop.khaos.changed_codes(since=since) == ()

    shop.simulator.sell_over_counter("TEA", 1)
    shop.simulator.revise(KhaosItem(stock_code="WRAP", stock_controlled=False, description="Paper"))
    shop.simulator.revise(KhaosItem(stock_code="MUG", description="Mug"))
    shop.simulator.receive("MUG", 3)

    changed = shop.khaos.changed_codes(since=since)
    assert sorted(changed) == ["MUG", "TEA", "WRAP"]
    assert len(changed) == 3
    snapshot = shop.khaos.stock(changed)
    assert not snapshot.full
    assert {figure.stock_code for figure in snapshot.figures} == set(changed)


def test_changes_a_little_before_the_moment_are_told_again() -> None:
    """The overlap covers a server whose clock nobody has verified: its length is the configuration's."""
    shop = _shop()
    shop.clock.advance(timedelta(days=1).total_seconds())
    shop.simulator.sell_over_counter("TEA", 1)

    shop.clock.advance(timedelta(minutes=64).total_seconds())
    assert shop.khaos.changed_codes(since=shop.clock.now()) == (TEA,)
    shop.clock.advance(timedelta(minutes=2).total_seconds())
    assert shop.khaos.changed_codes(since=shop.clock.now()) == ()
    with pytest.raises(errors.Invalid, match="since"):
        shop.khaos.changed_codes(since=datetime(2026, 3, 2))  # noqa: DTZ001 - a naive one is refused


def test_kits_follow_their_components() -> None:
    """What is left of a kit changes with its parts, of which the service says nothing."""
    kits = [Bundle(StockCode("SET"), {TEA: 2})]

    assert touched_kits((TEA,), kits) == {TEA, "SET"}


# --- items that are no plain number -----------------------------------------------------------------------------------


def _row(**fields: object) -> StockStatusRow:
    return attrs.evolve(StockStatusRow(code="MUG", level=Decimal(4), status=0), **fields)  # type: ignore[arg-type] # any field


def _figure(row: StockStatusRow, settings: StockSettings | None = None) -> tuple[int | None, bool, bool]:
    figure = figure_of_status(row, MAIN, settings or StockSettings())
    assert figure is not None
    return figure.available, figure.stock_controlled, figure.discontinued


def test_discontinued_and_uncontrolled_items_say_so() -> None:
    """STATUS 4 is discontinued, with whatever is left; 5 is not controlled, and has no number."""
    assert _figure(_row(status=4)) == (4, True, True)
    assert _figure(_row(status=5)) == (None, False, False)
    assert _figure(_row(status=5, level=None)) == (None, False, False)
    assert _figure(_row(status=None)) == (4, True, False)


def test_a_pack_header_has_what_could_be_built() -> None:
    """A pack without stock of its own would pass for always available; named in ``builds`` it has its potential."""
    builds = StockSettings(builds=frozenset({MUG}))
    header = _row(status=5, level=None, build_potential_children=Decimal("3.9"))

    assert _figure(header) == (None, False, False)
    assert _figure(header, builds) == (3, True, False)
    assert _figure(attrs.evolve(header, build_potential_children=Decimal(0)), builds) == (0, True, False)
    assert figure_of_status(attrs.evolve(header, build_potential_children=None), MAIN, builds) is None
    # One with stock of its own keeps it, and gets its potential by the other setting alone.
    assert _figure(_row(build_potential_children=Decimal(3)), builds) == (4, True, False)
    assert _figure(_row(build_potential_children=Decimal(3)), attrs.evolve(builds, add_build_potential=True)) == (
        7,
        True,
        False,
    )
    with pytest.raises(errors.ConfigError, match="builds"):
        StockSettings(builds=frozenset({MUG}), levels=Levels.ALL_SITES)


def test_what_is_on_order_is_told_and_not_promised() -> None:
    """Goods on order come with the date of the oldest purchase order; they count only for who trusts that date."""
    due = datetime(2026, 4, 1, tzinfo=UTC)
    row = _row(on_order_level=Decimal("7.5"), lead_time=due)
    told = figure_of_status(row, MAIN, StockSettings())
    trusted = figure_of_status(row, MAIN, StockSettings(trust_due_dates=True))

    assert told is not None
    assert trusted is not None
    assert told.incoming == (Incoming(units=7, due=due, confirmed=False),)
    basis = CommitmentBasis.AVAILABLE
    assert pool([told], basis=basis, incoming_until=due) == 4
    assert pool([trusted], basis=basis, incoming_until=due) == 11
    assert pool([trusted], basis=basis) == 4
    for nothing in (
        _row(on_order_level=Decimal(7)),
        _row(lead_time=due),
        _row(on_order_level=Decimal(0), lead_time=due),
    ):
        figure = figure_of_status(nothing, MAIN, StockSettings())
        assert figure is not None
        assert figure.incoming == ()


# --- setting levels ---------------------------------------------------------------------------------------------------


def test_levels_are_not_set_unless_that_is_allowed() -> None:
    """Off by default, and then nothing at all is asked."""
    shop = _shop(may=False)

    with pytest.raises(errors.Unsupported, match="may_set_levels"):
        shop.khaos.set_levels({MUG: 1})
    assert shop.calls == []
    assert not StockSettings().may_set_levels


def test_a_level_is_set_at_its_site_and_read_back() -> None:
    """What was wanted, what stood there, what the service tells afterwards; other sites and items stay."""
    shop = _shop()

    done = shop.khaos.set_levels({MUG: 7, TEA: 0}, location=LEEDS)

    assert done == (
        LevelSet(stock_code=MUG, wanted=7, before=Decimal(5), after=Decimal(7), sent=True),
        LevelSet(stock_code=TEA, wanted=0, before=Decimal(0), after=Decimal(0)),
    )
    assert all(each.done for each in done)
    assert (shop.told(MUG, 2), shop.told(MUG), shop.told(TEA)) == (7, 20, 2)
    assert shop.calls == ["ExportStockStatus", "ImportStockStatus", "ExportStockStatus"]
    assert shop.khaos.set_levels({MUG: 3})[0].done
    assert shop.told(MUG) == 3
    assert shop.khaos.set_levels({}) == ()


def test_what_cannot_be_a_level_never_leaves() -> None:
    """Numbers that are no whole units from 0 on, codes that cannot be read back, places that are none of ours."""
    shop = _shop()

    with pytest.raises(TypeError, match="levels of MUG"):
        shop.khaos.set_levels({MUG: 1.5})  # type: ignore[dict-item]
    for levels in ({MUG: -1}, {StockCode("A,B"): 1}, {StockCode(" "): 1}):
        with pytest.raises(ValueError, match="levels"):
            shop.khaos.set_levels(levels)
    with pytest.raises(errors.ConfigError, match="location"):
        shop.khaos.set_levels({MUG: 1}, location=LocationId("york"))
    nameless = _shop(stock=StockSettings(sites=(Site(site_id="1", location=MAIN),)))
    with pytest.raises(errors.ConfigError, match="name"):
        nameless.khaos.set_levels({MUG: 1})
    assert shop.calls == nameless.calls == []


def test_the_default_site_needs_no_name() -> None:
    """Where there is one site only, documents need not say which."""
    shop = _shop(stock=StockSettings(sites=(Site(location=MAIN),)))

    assert shop.khaos.set_levels({MUG: 9})[0].done
    assert shop.told(MUG) == 9


def test_only_the_level_that_was_looked_at_is_replaced() -> None:
    """With *instead_of*, what was sold since somebody looked is not undone, and a level without one stays."""
    shop = _shop()
    shop.simulator.sell_over_counter("MUG", 1)

    mug, tea, wrap = shop.khaos.set_levels({MUG: 30, TEA: 5, WRAP: 1}, instead_of={MUG: 20, TEA: 2})

    assert (mug.sent, mug.done, mug.before, mug.after) == (False, False, Decimal(19), None)
    assert "19 and not 20" in mug.why
    assert tea.done
    assert "not controlled" in wrap.why
    assert (shop.told(MUG), shop.told(TEA)) == (19, 5)
    (mug,) = shop.khaos.set_levels({MUG: 30}, instead_of={})
    assert "not given" in mug.why
    assert shop.told(MUG) == 19


def test_unknown_items_and_untold_levels_are_not_set() -> None:
    """What could not be read back is not written in the first place; the others are."""
    untold = repeat(_swapped(b"&lt;LEVEL&gt;2&lt;/LEVEL&gt;", b""))
    shop = _shop(spoil={"ExportStockStatus": untold})

    ghost, tea, mug = shop.khaos.set_levels({StockCode("GHOST"): 1, TEA: 9, MUG: 9})

    assert "does not know it" in ghost.why
    assert "not told" in tea.why
    assert mug.done
    assert shop.told(TEA) == 2

    broken = repeat(_swapped(b"&lt;LEVEL&gt;2&lt;", b"&lt;LEVEL&gt;two&lt;"))
    shop = _shop(spoil={"ExportStockStatus": broken})
    tea, mug = shop.khaos.set_levels({TEA: 9, MUG: 9})
    assert "could not be read" in tea.why
    assert (tea.sent, mug.done, shop.told(TEA)) == (False, True, 2)


def test_silence_is_read_back_and_never_repeated() -> None:
    """Nobody answered: the level that is told afterwards decides, and it was sent once."""
    shop = _shop(spoil={"ImportStockStatus": repeat(_lost)})

    (mug,) = shop.khaos.set_levels({MUG: 7})

    assert (mug.done, mug.sent, mug.why) == (True, True, "")
    assert shop.calls.count("ImportStockStatus") == 1


def test_an_answer_that_cannot_be_read_is_read_back_too() -> None:
    """Whatever the page said, the levels were sent and may stand: what is told afterwards decides."""
    page = Response(status=200, headers={"content-type": "text/html"}, body=b"<html><body>hm</body></html>")
    shop = _shop(spoil={"ImportStockStatus": repeat(_instead(page))})

    (mug,) = shop.khaos.set_levels({MUG: 7})

    assert (mug.done, mug.sent, mug.why, shop.told(MUG)) == (True, True, "", 7)
    assert shop.calls.count("ImportStockStatus") == 1


def test_a_level_that_cannot_be_read_back_says_so() -> None:
    """It was sent and may stand: somebody has to look before it is set again."""
    shop = _shop(spoil={"ExportStockStatus": _from_the_second(_lost)})

    (mug,) = shop.khaos.set_levels({MUG: 7})

    assert (mug.sent, mug.done, mug.after) == (True, False, None)
    assert "could not be read back" in mug.why
    assert shop.told(MUG) == 7


def test_a_server_that_means_something_else_by_level_is_found_out() -> None:
    """Some take a level for what is on the shelf: orders hold a part of it, and the result says what is told."""
    shop = _shop(spoil={"ExportStockStatus": _from_the_second(_swapped(b"&gt;7&lt;", b"&gt;4&lt;"))})

    (mug,) = shop.khaos.set_levels({MUG: 7})

    assert (mug.sent, mug.done, mug.after) == (True, False, Decimal(4))
    assert "sent as 7, and the service tells 4" in mug.why


def test_a_refusal_of_everything_is_raised_and_of_a_part_told() -> None:
    """A bin system without a default location sets nothing; one chunk that is refused leaves the others set."""
    shop = _shop(wire=KhaosSettings(default_location=False))
    with pytest.raises(errors.Refused, match="default location"):
        shop.khaos.set_levels({MUG: 7})
    assert shop.told(MUG) == 20

    fault = _shop(wire=KhaosSettings(default_location=False))
    refused: list[Response] = []
    with pytest.raises(errors.Refused):
        _keep(fault, refused)
    good = _shop(spoil={"ImportStockStatus": iter((_instead(refused[0]), None))})
    config = attrs.evolve(good.erp.config, chunks=ChunkSizes(export_stock_status=1))
    khaos = KhaosControl(KhaosControlERP(config), good.runner)
    mug, tea = khaos.set_levels({MUG: 7, TEA: 9})
    assert (mug.sent, mug.done) == (False, False)
    assert "default location" in mug.why
    assert tea.done


def _keep(shop: Shop, kept: list[Response]) -> None:
    """Run a refused setting and keep the answer as it came."""
    inner = transport(shop.simulator)

    class Keeping:
        def send(self, request: Request) -> Response | Lost:
            answer = inner.send(request)
            if isinstance(answer, Response) and shop.simulator.operation(request) == "ImportStockStatus":
                kept.append(answer)
            return answer

    Runner({"khaos": Keeping()}, clock=shop.clock, chance=lambda: 0.0).run(shop.erp.set_levels({MUG: 7}))


def test_an_answer_about_another_site_stops_everything() -> None:
    """A server that ignores the site would have another shelf's levels overwritten: nothing is sent."""
    shop = _shop(stock=StockSettings(sites=(Site(site_id="2", name="York", location=MAIN),)))

    with pytest.raises(errors.ConfigError, match="York"):
        shop.khaos.set_levels({MUG: 7})
    assert shop.calls == ["ExportStockStatus"]


async def _awaited(shop: Shop) -> tuple[tuple[StockCode, ...], tuple[LevelSet, ...]]:
    runner = AsyncRunner({"khaos": async_transport(shop.simulator)}, clock=shop.clock, chance=lambda: 0.0)
    khaos = AsyncKhaosControl(shop.erp, runner)
    return await khaos.changed_codes(since=shop.clock.now()), await khaos.set_levels({MUG: 8})


def test_the_awaited_face_does_the_same() -> None:
    """Changes and levels are there awaited, too."""
    changed, (mug,) = asyncio.run(_awaited(_shop()))

    assert sorted(changed) == ["MUG", "TEA", "WRAP"]
    assert mug.done
