"""Hypothesis strategies for stock, buffers, listings, SKUs, pushes and money (extra ``testing``).

They draw what real sources send, the awkward part included: negative stock, several locations, orders that the ERP
got just before or after a snapshot, SKUs that differ in a leading zero. Values are small by default, because laws
break at small numbers and failures read better there.

    @given(figures_of_one_code(), demands(), listing_policies())
    def test_my_own_rule(figures, demand, policy): ...
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from khaos_connectors._extras import extra
from khaos_connectors.core.availability import ListingPolicy
from khaos_connectors.core.buffers import Band, Buffer, Fixed, MaxOf, Percent, Risk, SumOf, Velocity
from khaos_connectors.core.ids import AccountId, ChannelId, ChannelSku, LineId, LocationId, OrderId, StockCode
from khaos_connectors.core.money import Money
from khaos_connectors.core.push import WantedLevel
from khaos_connectors.core.skus import SkuMap, Target
from khaos_connectors.core.stock import Demand, Incoming, Snapshot, StockFigure

with extra("testing"):
    from hypothesis import strategies as st

__all__ = [
    "acknowledged_levels",
    "buffers",
    "demands",
    "figures_of_one_code",
    "incoming_receipts",
    "instants",
    "listing_policies",
    "moneys",
    "proportions",
    "sku_maps",
    "snapshots",
    "stock_codes",
    "stock_figures",
    "wanted_levels",
]

_MIDDAY = datetime(2025, 3, 14, 12, tzinfo=UTC)
_CHANNELS = tuple(ChannelId(name) for name in ("john-lewis", "marketplacer", "web"))
_CODE = StockCode("MUG")
_LOCATIONS = tuple(LocationId(name) for name in ("MAIN", "SHOP", "ANNEX", "SUPPLIER"))


def instants(*, around: datetime = _MIDDAY, within: timedelta = timedelta(hours=2)) -> st.SearchStrategy[datetime]:
    """Aware UTC times *within* a span on both sides of *around*, to the second, so that equal times do occur."""
    seconds = int(within.total_seconds())
    return st.integers(-seconds, seconds).map(lambda shift: around + timedelta(seconds=shift))


def stock_codes() -> st.SearchStrategy[StockCode]:
    """Stock codes: one to six of a few letters, digits and signs, chosen so that near misses are likely."""
    return st.text("AaO0lI17 -", min_size=1, max_size=6).map(StockCode)


def proportions() -> st.SearchStrategy[Fraction]:
    """Parts of a whole, 0 and 1 included, thirds and sevenths too (no decimal number says those exactly)."""
    return st.fractions(min_value=0, max_value=1, max_denominator=100)


def moneys(*, currencies: tuple[str, ...] = ("GBP", "JPY", "KWD")) -> st.SearchStrategy[Money]:
    """Money of either sign in one of *currencies* (by default one each with 2, 0 and 3 decimal places)."""
    amounts = st.decimals(Decimal(-10_000), Decimal(10_000), places=4)
    return st.builds(Money, amounts, st.sampled_from(currencies))


def incoming_receipts() -> st.SearchStrategy[Incoming]:
    """Receipts that are due near midday of 14 March 2025, confirmed or not."""
    return st.builds(Incoming, units=st.integers(0, 50), due=instants(), confirmed=st.booleans())


def stock_figures(
    *,
    codes: st.SearchStrategy[StockCode] | None = None,
    locations: st.SearchStrategy[LocationId] | None = None,
) -> st.SearchStrategy[StockFigure]:
    """Figures in which every field is told, so that each commitment basis can use them; physical may be negative."""
    few = st.integers(0, 30)
    return st.builds(
        StockFigure,
        stock_code=stock_codes() if codes is None else codes,
        location=st.sampled_from(_LOCATIONS) if locations is None else locations,
        physical=st.integers(-10, 60),
        unsellable=st.integers(0, 5),
        allocated=few,
        ordered_open=few,
        available=st.integers(-10, 60),
        back_order=st.integers(0, 10),
        held=st.integers(0, 5),
        shipped_not_posted=st.integers(0, 5),
        incoming=st.lists(incoming_receipts(), max_size=2).map(tuple),
    )


def figures_of_one_code(*, code: StockCode = _CODE) -> st.SearchStrategy[list[StockFigure]]:
    """One to four figures of *code*, each at its own location: what ``stock.pool`` takes."""
    figures = stock_figures(codes=st.just(code))
    return st.lists(figures, min_size=1, max_size=len(_LOCATIONS), unique_by=lambda figure: figure.location)


def snapshots() -> st.SearchStrategy[Snapshot]:
    """Full and complete snapshots taken near midday of 14 March 2025; no code is told twice for one location."""
    figures = st.lists(stock_figures(), max_size=8, unique_by=lambda figure: (figure.stock_code, figure.location))
    return st.builds(Snapshot, account=st.just(AccountId("erp")), as_of=instants(), figures=figures.map(tuple))


@st.composite
def demands(draw: st.DrawFn, *, code: StockCode = _CODE) -> Demand:
    """Demand of one order line for *code*; cancelled and refused never exceed ordered, and only an order that the ERP
    holds (from near midday of 14 March 2025) has allocated or despatched units.
    """
    ordered = draw(st.integers(0, 20))
    cancelled = draw(st.integers(0, ordered))
    refused = draw(st.integers(0, ordered - cancelled))
    created = draw(st.none() | instants())
    left = 0 if created is None else ordered - cancelled - refused
    allocated = draw(st.integers(0, left))
    return Demand(
        account=AccountId("john-lewis"),
        order_id=OrderId(f"O{draw(st.integers(1, 99))}"),
        line_id=LineId(f"L{draw(st.integers(1, 9))}"),
        stock_code=code,
        ordered=ordered,
        cancelled=cancelled,
        refused=refused,
        allocated=allocated,
        despatched=draw(st.integers(0, left - allocated)),
        erp_created_at=created,
    )


@st.composite
def _bands(draw: st.DrawFn) -> Band:
    kept = draw(st.integers(0, 6))
    bands = [(0, kept)]
    for start in sorted(draw(st.sets(st.integers(1, 60), max_size=4))):
        kept = draw(st.integers(0, kept + 1))
        bands.append((start, kept))
    return Band(tuple(bands))


def buffers() -> st.SearchStrategy[Buffer]:
    """Every kind of buffer of ``core.buffers``, nested ones included; velocities have their sales counted."""
    delays = st.integers(0, 90).map(lambda minutes: timedelta(minutes=minutes))
    simple: st.SearchStrategy[Buffer] = st.one_of(
        st.builds(Fixed, st.integers(0, 12)),
        st.builds(Percent, proportions()),
        _bands(),
        st.builds(Velocity, st.just(timedelta(hours=1)), st.fractions(0, 3, max_denominator=6), st.integers(0, 8)),
        st.builds(Risk, st.integers(0, 12), delays, st.sampled_from(["0.1%", "1%", "5%", "50%"])),
    )
    nested = st.lists(simple, min_size=1, max_size=3)
    return st.one_of(simple, nested.map(lambda parts: MaxOf(*parts)), nested.map(_sum_or_max))


def _sum_or_max(parts: Sequence[Buffer]) -> Buffer:
    """The sum of *parts* where a sum of them is allowed."""
    try:
        return SumOf(*parts)
    except ValueError:
        return MaxOf(*parts)


def listing_policies(*, backorder: bool = True) -> st.SearchStrategy[ListingPolicy]:
    """Policies with any mix of rules; ``backorder=False`` for laws that selling on back order breaks on purpose."""
    limits = st.none() | st.integers(0, 40)
    return st.builds(
        ListingPolicy,
        pool_buffer=buffers(),
        percent=proportions(),
        channel_buffer=buffers(),
        min_to_list=st.integers(0, 12),
        max_to_list=limits,
        pack=st.integers(1, 6),
        backorder_limit=st.integers(0, 10) if backorder else st.just(0),
        protocol_max=limits,
    )


def sku_maps() -> st.SearchStrategy[SkuMap]:
    """SKU maps of up to six rows over three channels, with and without identity."""
    keys = st.tuples(st.sampled_from(_CHANNELS), stock_codes().map(ChannelSku))
    rows = st.dictionaries(keys, st.builds(Target, stock_codes(), st.integers(1, 12)), max_size=6)
    return st.builds(SkuMap, rows, st.booleans())


def wanted_levels(*, unknown: bool = True) -> st.SearchStrategy[list[WantedLevel]]:
    """Levels for up to thirty listings, each SKU once; some unknown unless ``unknown=False``."""
    known = st.integers(0, 40)
    levels = st.builds(WantedLevel, _listed_skus(), st.none() | known if unknown else known)
    return st.lists(levels, max_size=30, unique_by=lambda level: level.sku)


def acknowledged_levels() -> st.SearchStrategy[Mapping[ChannelSku, int]]:
    """What a channel last acknowledged, for SKUs that overlap with those of ``wanted_levels``."""
    return st.dictionaries(_listed_skus(), st.integers(0, 40), max_size=30)


def _listed_skus() -> st.SearchStrategy[ChannelSku]:
    return st.integers(0, 39).map(lambda number: ChannelSku(f"S{number:02}"))
