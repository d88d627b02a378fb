"""The strategies of levels, web sites and GetSOPData draw what their records promise, and what code must bear."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.decode import dump_record, load_record
from khaos_connectors.khaos_control.category_models import Website
from khaos_connectors.khaos_control.models import StockStatusRow
from khaos_connectors.khaos_control.sop_models import SopData
from khaos_connectors.testing.khaos_reference_strategies import sop_data, stock_statuses, websites


@settings(max_examples=50)
@given(site=websites())
def test_a_site_is_walked_whole(site: Website) -> None:
    """Every category comes once, each before those in it."""
    walked = list(site.walk())
    below = [inner for each in walked for inner in each.categories]

    assert len(walked) == len(site.categories) + len(below)
    for place, each in enumerate(walked):
        assert all(any(inner is later for later in walked[place + 1 :]) for inner in each.categories)


@pytest.mark.parametrize(
    ("drawn", "seen"),
    [
        (stock_statuses(), lambda row: row.level is None),
        (stock_statuses(), lambda row: row.level is not None and row.level < 0),
        (stock_statuses(), lambda row: row.level is not None and row.level % 1),
        (websites(), lambda site: any(each.categories for each in site.categories)),
        (websites(), lambda site: any(item.sell_price is None for item in site.items)),
    ],
)
def test_the_odd_ones_are_drawn(
    drawn: st.SearchStrategy[StockStatusRow | Website], seen: Callable[[object], bool]
) -> None:
    """Missing, negative and fractional levels, nested categories, unpriced items."""
    assert seen(find(drawn, lambda found: bool(seen(found))))


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=sop_data())
def test_reference_data_comes_back_as_it_was(data: SopData) -> None:
    """What is drawn is made of exact values alone: dumped and loaded it is the same."""
    assert load_record(SopData, dump_record(data)) == data
