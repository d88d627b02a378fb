"""The records that users hand to a port: what cannot be true is refused when one is made, by its field."""

import re
from typing import Any

import pytest

from khaos_connectors.core.couriers import CarrierChoice
from khaos_connectors.core.despatch import ShipmentLine
from khaos_connectors.core.ids import ChannelSku, DespatchId, LineId, OrderId
from khaos_connectors.protocols import Batch, LineDecision, ShipmentNotice, StockLevel, Unreadable


@pytest.mark.parametrize(
    "part",
    [
        Batch(items=(1,), next="2"),
        Batch(items=(1,), unreadable=(Unreadable(key="x", problem="no price"),)),
        Batch(items=(1,), next="2", unreadable=(Unreadable(key="x", problem="no price"),)),
    ],
)
def test_part_of_a_listing_is_not_taken_for_the_whole(part: Batch[int]) -> None:
    """Where more follows, or something could not be read, going through would leave it out without a word."""
    with pytest.raises(TypeError, match=r"\.items.*\.unreadable.*\.next"):
        list(part)
    assert list(Batch(items=part.items)) == [1]


@pytest.mark.parametrize("units", ["5", None, 1.5, 3.0, True])
def test_stock_is_counted_in_whole_units(units: Any) -> None:  # Any: what a user may give
    """A text, a float or a flag is no number of units: it would be sent as it is, or stop the whole push."""
    with pytest.raises(TypeError, match=re.escape(f"units must be an int, not {units!r}")):
        StockLevel(sku=ChannelSku("MUG"), units=units)


@pytest.mark.parametrize("sku", [5, None, b"MUG"])
def test_a_sku_is_a_text(sku: Any) -> None:  # Any: as above
    """The int 5 and the text "5" would be two SKUs of one offer."""
    with pytest.raises(TypeError, match=re.escape(f"sku must be a text, not {sku!r}")):
        StockLevel(sku=sku, units=1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"carrier": "Royal Mail"}, "carrier must be of type CarrierChoice, not str"),
        ({"lines": [1]}, "lines must be a tuple of ShipmentLine, not list: write tuple(...)"),
        ({"order_id": 7}, "order_id must be a text, not 7"),
        ({"despatch_id": None}, "despatch_id must be a text, not None"),
        ({"tracking": 123}, "tracking must be a text, not 123"),
        ({"final": "yes"}, "final must be True or False, not 'yes'"),
    ],
)
def test_a_notice_names_its_field(wrong: dict[str, Any], told: str) -> None:  # Any: as above
    """What is wrong in a notice is told before any desk looks into it."""
    good: dict[str, Any] = {
        "order_id": OrderId("JL1"),
        "despatch_id": DespatchId("D1"),
        "lines": (ShipmentLine(line_id=LineId("L1"), quantity=1),),
        "carrier": CarrierChoice(code="RM", rule=1, why="given"),
        "tracking": "AA1",
        "final": True,
    }
    assert ShipmentNotice(**good).final
    with pytest.raises(TypeError, match=re.escape(told)):
        ShipmentNotice(**{**good, **wrong})


def test_a_decision_is_yes_or_no() -> None:
    """The text "no" is true, and would have accepted the line."""
    with pytest.raises(TypeError, match="accept must be True or False, not 'no'"):
        LineDecision(line_id=LineId("L1"), accept="no")  # type: ignore[arg-type]  # what a user may give
    with pytest.raises(TypeError, match="line_id must be a text, not 1"):
        LineDecision(line_id=1, accept=True)  # type: ignore[arg-type]  # as above
