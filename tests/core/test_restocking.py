"""Goods that come back are placed by what arrived, whatever was refunded."""

import pytest

from khaos_connectors.core.ids import LineId, OrderId, StockCode
from khaos_connectors.core.restocking import Condition, GoodsIn, Place, restock


def back(units: int, condition: Condition = Condition.AS_NEW) -> GoodsIn:
    return GoodsIn(
        order_id=OrderId("O1"), line_id=LineId("1"), stock_code=StockCode("MUG"), units=units, condition=condition
    )


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        (Condition.AS_NEW, Place.SELLABLE),
        (Condition.OPENED, Place.QUARANTINE),
        (Condition.UNCHECKED, Place.QUARANTINE),
        (Condition.DAMAGED, Place.WRITE_OFF),
    ],
)
def test_the_condition_decides(condition: Condition, place: Place) -> None:
    """Domain §8: restock is a separate decision: sellable, quarantine or write-off."""
    placed = restock(back(2, condition), despatched=3)

    assert [(each.stock_code, each.units, each.place) for each in placed] == [("MUG", 2, place)]
    assert placed[0].why == f"received {condition.value}"


def test_more_than_was_out_is_quarantined() -> None:
    """What cannot be this customer's copy is not sold again unseen; all units are placed."""
    placed = restock(back(5), despatched=4, returned=1)

    assert [(each.units, each.place) for each in placed] == [(3, Place.SELLABLE), (2, Place.QUARANTINE)]
    assert placed[1].why == "5 came back, 3 were out"


def test_nothing_was_out() -> None:
    """Goods that never left are all surplus, even when more came back before than had left."""
    assert [(each.units, each.place, each.why) for each in restock(back(1), despatched=1, returned=2)] == [
        (1, Place.QUARANTINE, "1 came back, 0 were out")
    ]


def test_own_places() -> None:
    """The places are a table; a condition that is not in it is quarantined."""
    own = {Condition.DAMAGED: Place.SELLABLE}

    assert restock(back(1, Condition.DAMAGED), despatched=1, places=own)[0].place is Place.SELLABLE
    assert restock(back(1), despatched=1, places=own)[0].place is Place.QUARANTINE


def test_units_are_at_least_one() -> None:
    """Nothing came back is no event."""
    with pytest.raises(ValueError, match="units must be 1 or more"):
        back(0)


def test_counts_are_whole_and_not_below_nothing() -> None:
    """Less than nothing that came back before would make more sellable than had left."""
    with pytest.raises(ValueError, match="returned must be 0 or more, not -3"):
        restock(back(5), despatched=1, returned=-3)
    with pytest.raises(ValueError, match="despatched must be 0 or more, not -1"):
        restock(back(5), despatched=-1)
    with pytest.raises(TypeError, match=r"despatched must be an int, not 1\.5"):
        restock(back(5), despatched=1.5)  # type: ignore[arg-type]  # wrong on purpose
