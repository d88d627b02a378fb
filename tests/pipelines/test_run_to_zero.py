"""Items that are sold until nothing is left: an order for more of them would fail in the ERP."""

from collections.abc import Callable
from typing import Any

from khaos_connectors.core.availability import ListingPolicy
from khaos_connectors.core.ids import StockCode

Made = Callable[..., Any]  # Any: the rig is built in conftest.py, which other modules cannot import


def test_no_back_orders_of_what_runs_to_zero(rig: Made) -> None:
    """Five on back order are allowed for both listings; the one whose item runs to zero shows what is there."""
    made = rig(stock={"KC-1": 4, "KC-2": 4}, offers={"KC-1": 0, "KC-2": 0})

    made.pushes(listing=ListingPolicy(backorder_limit=5), run_to_zero=frozenset({StockCode("KC-2")}))
    made.pass_time(minutes=2)

    assert (made.shown("KC-1"), made.shown("KC-2")) == (9, 4)
