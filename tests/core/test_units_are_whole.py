"""No function of the core takes half a unit, or True for one: 10.0 from a spreadsheet is refused by its name."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from khaos_connectors.core.acceptance import AcceptancePolicy, decide_acceptance
from khaos_connectors.core.allocation import AllocationMode, Share, allocate
from khaos_connectors.core.amounts import from_minor
from khaos_connectors.core.ats_table import AtsTable
from khaos_connectors.core.availability import ListingPolicy, available_to_sell
from khaos_connectors.core.buffers import Band, Fixed, MaxOf, Percent, SumOf, Velocity
from khaos_connectors.core.bundles import Bundle, Claim, available_bundles, joint
from khaos_connectors.core.drop_ship import SupplierUnits, pool_with_suppliers
from khaos_connectors.core.ids import (
    AccountId,
    ChannelId,
    ChannelSku,
    ErpOrderCode,
    LineId,
    LocationId,
    OrderId,
    OrderRef,
    StockCode,
)
from khaos_connectors.core.money import Money
from khaos_connectors.core.orders import ChannelOrder, ErpOrder, OrderLine, OrderState, TaxMode
from khaos_connectors.core.packs import fill_packs
from khaos_connectors.core.push import plan_push
from khaos_connectors.core.push_outcomes import ReadBack, batches, find_drift
from khaos_connectors.core.quantities import largest_remainder, whole
from khaos_connectors.core.skus import SkuMap, Target
from khaos_connectors.core.stock import Incoming, StockFigure, pool
from khaos_connectors.core.stock_cases import PreOrder, pre_order_offer
from khaos_connectors.core.units import UnitRule
from khaos_connectors.core.variance import Tolerance

MUG, MAIN, AT = StockCode("MUG"), LocationId("MAIN"), datetime(2026, 3, 2, tzinfo=UTC)
SHOP, SKU = ChannelId("shop"), ChannelSku("MUG")
FIGURE = StockFigure(stock_code=MUG, location=MAIN, physical=5)
ORDER = ChannelOrder(
    account=AccountId("shop"),
    order_id=OrderId("O1"),
    state=OrderState.AWAITING_ACCEPTANCE,
    placed_at=AT,
    changed_at=AT,
    currency="GBP",
    tax_mode=TaxMode.INCLUDED,
    lines=(),
    total=Decimal(0),
)
SUPPLIER = SupplierUnits(location=MAIN, stock_code=MUG, units=1, why="fresh")

FUNCTIONS: dict[str, Callable[[Any], object]] = {
    "in_flight of pool": lambda n: pool([FIGURE], in_flight=n),
    "in_flight of drop-ship": lambda n: pool_with_suppliers([], [SUPPLIER], in_flight=n),
    "pool of available_to_sell": available_to_sell,
    "share": lambda n: available_to_sell(10, share=n),
    "pool of allocate": lambda n: allocate(n, [Share(SHOP)], mode=AllocationMode.SHARED),
    "pool of Percent": Percent("10%").units,
    "pool of Band": Band(((0, 1),)).units,
    "pool of MaxOf": MaxOf(Percent("10%")).units,
    "pool of SumOf": SumOf(Fixed(1), Percent("10%")).units,
    "units of sales": lambda n: Velocity(timedelta(hours=1)).counting([(AT, n)], now=AT),
    "units of levels": AtsTable({SHOP: ListingPolicy()}, largest=10).levels,
    "available at MAIN of MUG": lambda n: available_bundles(Bundle(MUG, {MUG: 1}), {"MAIN": {MUG: n}}),
    "available of MUG": lambda n: joint([Claim("L", {MUG: 1})], {MUG: n}),
    "free of MUG": lambda n: decide_acceptance(ORDER, targets={}, free={MUG: n}, policy=AcceptancePolicy()),
    "acked of MUG": lambda n: plan_push([], {SKU: n}),
    "sold of MUG": lambda n: find_drift({}, ReadBack(levels={}, complete=True), sold={SKU: n}),
    "size": lambda n: batches([], n),
    "units of fill_packs": lambda n: fill_packs(n, [(1, 5)]),
    "packs": lambda n: UnitRule().stock_for(n),
    "sold of shop": lambda n: pre_order_offer(
        PreOrder(stock_code=MUG, in_all=5), channel=SHOP, sold={SHOP: n}, today=date(2026, 3, 2)
    ),
    "difference": lambda n: Tolerance(units=1).allows(n, expected=1, value=None),
    "expected": lambda n: Tolerance(units=1).allows(1, expected=n, value=None),
    "total of largest_remainder": lambda n: largest_remainder(n, [1, 1]),
    "units of of_minor": lambda n: Money.of_minor(n, "GBP"),
    "units of from_minor": lambda n: from_minor(n, "GBP"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", [1.5, 2.0, True, "2"])
def test_a_function_refuses_it(name: str, wrong: object) -> None:
    """By TypeError that names the argument, before anything is worked out with it."""
    argument = name.partition(" ")[0]

    with pytest.raises(TypeError, match=rf"^{argument}\b.* must be an int, not {wrong!r}"):
        FUNCTIONS[name](wrong)
    FUNCTIONS[name](2)


RECORDS: dict[str, Callable[[Any], object]] = {
    "available": lambda n: StockFigure(stock_code=MUG, location=MAIN, available=n),
    "physical": lambda n: StockFigure(stock_code=MUG, location=MAIN, physical=n),
    "quantity": lambda n: OrderLine(
        line_id=LineId("1"), sku=SKU, quantity=n, amount=Decimal(1), state=OrderState.SHIPPED
    ),
    "units": lambda n: Incoming(units=n, due=AT),
    "units of MUG": lambda n: ErpOrder(code=ErpOrderCode("SO1"), reference=OrderRef("O1"), units=((MUG, n),)),
    "safety": lambda n: AcceptancePolicy(safety=n),
    "back_order of MUG": lambda n: AcceptancePolicy(back_order={MUG: n}),
    "pack": lambda n: Target(MUG, n),
    "prekitted": lambda n: Bundle(MUG, {MUG: 1}, prekitted=n),
    "needs of MUG": lambda n: Bundle(MUG, {MUG: n}),
    "priority": lambda n: Share(SHOP, priority=n),
}


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("wrong", [1.5, 2.0, True, "2"])
def test_a_record_refuses_it(name: str, wrong: object) -> None:
    """What comes in is refused where it comes in; see ``test_fields`` for all records."""
    with pytest.raises(TypeError, match=rf"^{name} must be an int, not {wrong!r}$"):
        RECORDS[name](wrong)
    RECORDS[name](2)


def test_a_state_that_is_a_text_is_refused() -> None:
    """``"shipped"`` would be no demand and no shipment either: it is told what to write."""
    with pytest.raises(
        TypeError, match=r"^state must be a member of OrderState, not 'shipped': write OrderState\.SHIPPED"
    ):
        OrderLine(line_id=LineId("1"), sku=SKU, quantity=1, amount=Decimal(1), state="shipped")  # type: ignore[arg-type]  # the point
    with pytest.raises(TypeError, match=r"^tax_mode must be a member of TaxMode"):
        ChannelOrder(
            **{**{f: getattr(ORDER, f) for f in ChannelOrder.__slots__ if f[0] != "_"}, "tax_mode": "included"}
        )


def test_the_validator_of_a_least_number() -> None:
    """``whole`` alone refuses what is no int, too, for records that are not ``typed``."""

    @attrs.frozen
    class Box:
        pack: int = attrs.field(alias="size", validator=whole(least=1))

    assert Box(1).pack == 1
    with pytest.raises(TypeError, match=r"^size must be an int, not 1\.0$"):
        Box(1.0)  # type: ignore[arg-type]  # what a caller without a type checker does
    with pytest.raises(ValueError, match=r"^size must be 1 or more, not 0$"):
        Box(0)


def test_a_buffer_of_somebody_else_gives_whole_units() -> None:
    """A buffer is a protocol: one that keeps back half a unit is named, not believed."""

    class Half:
        def units(self, pool: int, /) -> int:
            return pool / 2  # type: ignore[return-value]  # the point

        def __str__(self) -> str:
            return "half of it"

    with pytest.raises(TypeError, match=r"^the buffer half of it keeps back 2\.5, which is not an int$"):
        available_to_sell(5, policy=ListingPolicy(pool_buffer=Half()))


class TestSkuMap:
    @pytest.mark.parametrize("key", ["MUG", "MU", ("shop",), ("shop", 1), ("shop", "MUG", 1), 7])
    def test_a_key_is_a_pair(self, key: object) -> None:
        """``{"MUG": …}`` would never be found, and two letters would be taken for channel and SKU."""
        with pytest.raises(TypeError, match=r"^explicit: .* is no key of the SKU map: write \(channel, sku\), like"):
            SkuMap({key: Target(MUG)})  # type: ignore[dict-item]  # what a caller without a type checker does
        with pytest.raises(TypeError, match=r"^ambiguous: .* is no key of the SKU map"):
            SkuMap(ambiguous=[key])  # type: ignore[list-item]  # the same

    def test_a_row_is_a_target(self) -> None:
        """A plain stock code is not one: the pack would be missing."""
        with pytest.raises(TypeError, match=r"^explicit: \('shop', 'MUG'\) stands for 'CUP': write Target\('CUP'\)"):
            SkuMap({(SHOP, SKU): "CUP"})  # type: ignore[dict-item]  # what a caller without a type checker does
        assert SkuMap({(SHOP, SKU): Target(StockCode("CUP"))}).candidate(SHOP, SKU) == Target(StockCode("CUP"))
