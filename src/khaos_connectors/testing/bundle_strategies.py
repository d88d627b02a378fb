"""Hypothesis strategies for bundles, claims on shared components, and the stock of components (extra ``testing``).

@given(bundles(), stock_by_location())
def test_my_own_rule(bundle, available): ...
"""

from collections.abc import Mapping

from khaos_connectors._extras import extra
from khaos_connectors.core.bundles import Bundle, Claim
from khaos_connectors.core.ids import StockCode

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["bundles", "claims", "component_stock", "nested_kits", "stock_by_location"]

_COMPONENTS = tuple(StockCode(code) for code in ("COASTER", "GIFT-BOX", "MUG", "SPOON"))
_LISTINGS = ("mug", "mug and coaster", "pair of mugs", "spoon", "table set")


def _needs(*, most: int = 4) -> st.SearchStrategy[Mapping[StockCode, int]]:
    return st.dictionaries(st.sampled_from(_COMPONENTS), st.integers(1, most), min_size=1, max_size=3)


def bundles(*, prekitted: st.SearchStrategy[int] | None = None) -> st.SearchStrategy[Bundle]:
    """Flat bundles of up to three of four components; some stand ready, and some of those are owed already."""
    ready = st.sampled_from([0, 0, 0, -2, 1, 5]) if prekitted is None else prekitted
    return st.builds(Bundle, code=st.just(StockCode("SET")), needs=_needs(), prekitted=ready)


def component_stock(*, least: int = -4) -> st.SearchStrategy[Mapping[StockCode, int]]:
    """Pools of components, some below 0 (unless ``least=0``) and some not there at all."""
    return st.dictionaries(st.sampled_from(_COMPONENTS), st.integers(least, 20), max_size=len(_COMPONENTS))


def stock_by_location(*, least: int = -4) -> st.SearchStrategy[Mapping[str, Mapping[StockCode, int]]]:
    """Pools of components at up to three locations."""
    return st.dictionaries(st.sampled_from(["ANNEX", "MAIN", "SHOP"]), component_stock(least=least), max_size=3)


def claims() -> st.SearchStrategy[list[Claim]]:
    """Claims of up to five listings on the same four components, with and without a cap."""
    claim = st.builds(
        Claim,
        st.sampled_from(_LISTINGS),
        needs=_needs(most=3),
        cap=st.none() | st.integers(0, 8),
        priority=st.integers(0, 2),
        prekitted=st.sampled_from([0, 0, 0, -2, 3]),
    )
    return st.lists(claim, max_size=len(_LISTINGS), unique_by=lambda one: one.listing)


@st.composite
def nested_kits(draw: st.DrawFn) -> list[Bundle]:
    """Kits of which each may hold components and kits that come before it in the list; the last one is the largest."""
    kits: list[Bundle] = []
    for number in range(draw(st.integers(1, 5))):
        parts = draw(st.permutations([*_COMPONENTS, *(kit.code for kit in kits)]))
        needs = {part: draw(st.integers(1, 3)) for part in parts[: draw(st.integers(1, 4))]}
        kits.append(Bundle(StockCode(f"KIT-{number}"), needs))
    return kits
