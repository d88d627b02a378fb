"""Stock units, eaches and packs: down for what is promised, up for what is used."""

from decimal import Decimal
from fractions import Fraction

import pytest

from khaos_connectors.core.ids import LocationId, StockCode
from khaos_connectors.core.stock import pool
from khaos_connectors.core.units import UnitRule, figure_in_eaches

BOX = UnitRule(unit="box", eaches=12, pack=5)
OPENED = UnitRule(unit="box", eaches=12, pack=5, quantum="1/12")
SOCK = UnitRule(unit="sock", eaches="1/2")
CLOTH = UnitRule(unit="metre", pack="1.5", quantum="0.25")


@pytest.mark.parametrize(
    ("rule", "stock", "packs"),
    [
        (BOX, 3, 7),  # 36 eaches
        (BOX, "3.9", 7),  # a box that is not whole cannot be sent
        (OPENED, "3.9", 9),  # 46 whole eaches
        (SOCK, 7, 3),
        (CLOTH, Decimal("10.3"), 6),  # 10.25 metres
        (CLOTH, Decimal("1.49"), 0),
        (BOX, -4, 0),
        (UnitRule(), 9, 9),
    ],
)
def test_promises_are_rounded_down(rule: UnitRule, stock: int | str | Decimal, packs: int) -> None:
    """Domain §2.5: stock unit to each to pack by exact ratios; measured goods to their quantum first."""
    assert rule.packs_in(stock) == packs


@pytest.mark.parametrize(
    ("rule", "packs", "stock"),
    [
        (BOX, 7, 3),
        (BOX, 8, 4),
        (OPENED, 8, Fraction(40, 12)),
        (SOCK, 3, 6),
        (CLOTH, 6, 9),
        (CLOTH, 1, Fraction("1.5")),
        (UnitRule(unit="metre", pack="1.1", quantum="0.25"), 1, Fraction("1.25")),
        (BOX, 0, 0),
    ],
)
def test_use_is_rounded_up(rule: UnitRule, packs: int, stock: int | Fraction) -> None:
    """Domain §2.5: ceil when consuming: the ninth each of a box that stays whole takes the box."""
    assert rule.stock_for(packs) == stock


def test_eaches_are_whole() -> None:
    """Seven single socks hold three pairs; to cover seven, four are needed."""
    assert (SOCK.eaches_in(7), SOCK.eaches_for(7)) == (3, 4)
    assert (CLOTH.eaches_in("10.3"), CLOTH.eaches_for("10.3")) == (10, 11)


def test_figures_are_read_in_eaches() -> None:
    """What is there goes down, what is taken goes up: 3.5 boxes less 1.5 are 36 - 24 eaches, not 24."""
    figure = figure_in_eaches(
        BOX, stock_code=StockCode("MUG"), location=LocationId("MAIN"), physical="3.5", allocated="1.5"
    )

    assert (figure.physical, figure.allocated, figure.ordered_open) == (36, 24, None)
    assert pool([figure]) == 12


def test_every_figure_is_read() -> None:
    """Unsellable, ordered and held stock are taken, so they go up."""
    figure = figure_in_eaches(
        OPENED,
        stock_code=StockCode("MUG"),
        location=LocationId("MAIN"),
        physical=2,
        unsellable="0.01",
        ordered_open="1/12",
        held="13/12",
    )

    assert (figure.physical, figure.unsellable, figure.ordered_open, figure.held) == (24, 1, 1, 13)


def test_impossible_ratios_are_refused() -> None:
    """Nothing, less than nothing, floats and negative packs name field and rule."""
    for field in ("eaches", "pack", "quantum"):
        with pytest.raises(ValueError, match=f"{field} must be more than 0"):
            UnitRule(**{field: 0})
    with pytest.raises(TypeError, match="float"):
        UnitRule(pack=1.5)  # type: ignore[arg-type]  # that it is a float is the point
    with pytest.raises(ValueError, match="packs must be 0 or more"):
        BOX.stock_for(-1)
