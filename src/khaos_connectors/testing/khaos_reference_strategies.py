"""Hypothesis strategies for what else Khaos Control tells: levels, web sites, and what GetSOPData holds.

They draw what code that reads these records has to bear: parts that were not asked for, categories in categories,
items without a price, levels that are missing, in fractions or below nothing. Any other record of the vendor's is
drawn by its type with ``records``. Needs the extra ``testing``.
"""

from decimal import Decimal

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.khaos_control.category_models import Category, ListedItem, Website
from khaos_connectors.khaos_control.models import StockStatusRow
from khaos_connectors.khaos_control.sop_models import SopData
from khaos_connectors.testing.record_strategies import records

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["sop_data", "stock_statuses", "websites"]

_CODES = st.sampled_from(["MUG-RED", "TEA/1KG", "0012A", "KIT-1"])
_TEXTS = st.sampled_from(["", "Mugs & cups", "<b>New</b>", "Größe 'L'", "a, b"])
_PRICES = st.none() | st.integers(1, 500_000).map(lambda pence: Decimal(pence).scaleb(-2))
_LEVELS = st.none() | st.integers(-500, 9_999).map(lambda tenths: Decimal(tenths).scaleb(-1))


def stock_statuses() -> st.SearchStrategy[StockStatusRow]:
    """Rows of ExportStockStatus: one item at one site, any of its figures left out."""
    return st.builds(
        StockStatusRow,
        code=_CODES,
        stock_id=st.sampled_from(["", "17", "A3567"]),
        other_ref=_TEXTS,
        site=st.sampled_from(["", "Main Site", "Shop"]),
        level=_LEVELS,
        status=st.none() | st.integers(0, 5),
        sell_price=_PRICES,
        build_potential_children=_LEVELS,
        on_order_level=_LEVELS,
        max_back_order=_LEVELS,
    )


def websites() -> st.SearchStrategy[Website]:
    """Web sites of ExportWebCategories, with categories in categories."""
    item = st.builds(
        ListedItem,
        stock_code=_CODES,
        channel_code=st.just("") | _CODES,
        short_description=_TEXTS,
        sell_price=_PRICES,
        canonical=st.booleans(),
        removed=st.booleans(),
        variants=st.lists(_CODES, max_size=2, unique=True).map(tuple),
    )
    items = st.lists(item, max_size=2).map(tuple)
    leaves: st.SearchStrategy[Category] = st.builds(
        Category, category_id=st.integers(1, 99).map(str), name=_TEXTS, items=items
    )

    def around(inner: st.SearchStrategy[Category]) -> st.SearchStrategy[Category]:
        return st.builds(_with_inner, leaves, st.lists(inner, max_size=2))

    category = st.recursive(leaves, around, max_leaves=5)
    return st.builds(
        Website, name=_TEXTS, website_id=_TEXTS, categories=st.lists(category, max_size=2).map(tuple), items=items
    )


def _with_inner(outer: Category, inner: list[Category]) -> Category:
    return attrs.evolve(outer, categories=tuple(inner))


def sop_data() -> st.SearchStrategy[SopData]:
    """Answers of GetSOPData: any of its parts filled, as only some are asked for."""
    return records(SopData)
