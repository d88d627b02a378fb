"""Hypothesis strategies for shares and modes of allocation (extra ``testing``).

Shares come with every field set, so that one list of them serves each mode; their percents never come to more than
100 %. Few channels, small numbers and few priorities make ties and shortages likely.

    @given(st.integers(0, 60), shares(), modes())
    def test_my_own_rule(pool, shares, mode): ...
"""

from fractions import Fraction

from khaos_connectors._extras import extra
from khaos_connectors.core.allocation import AllocationMode, Remainder, Share
from khaos_connectors.core.ids import ChannelId

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["modes", "partitioning_modes", "remainders", "shares"]

_CHANNELS = tuple(ChannelId(name) for name in ("amazon", "john-lewis", "marketplacer", "shop", "web"))
_OVERLAPPING = {AllocationMode.SHARED, AllocationMode.HYBRID}


def modes() -> st.SearchStrategy[AllocationMode]:
    """Every mode."""
    return st.sampled_from(AllocationMode)


def partitioning_modes() -> st.SearchStrategy[AllocationMode]:
    """The modes in which no unit is shown by two channels."""
    return st.sampled_from([mode for mode in AllocationMode if mode not in _OVERLAPPING])


def remainders() -> st.SearchStrategy[Remainder]:
    """Every rule for what rounding down leaves over."""
    return st.sampled_from(Remainder)


@st.composite
def shares(draw: st.DrawFn, *, paused: bool = True, total: Fraction | None = None, least: int = 0) -> list[Share]:
    """Shares of *least* to five channels. ``paused=False``: all are active. *total*: what the percents come to."""
    count = draw(st.integers(least, len(_CHANNELS)))
    channels = draw(st.permutations(_CHANNELS))[:count]
    parts = draw(st.lists(st.integers(0, 6), min_size=count, max_size=count).filter(lambda some: not some or any(some)))
    unassigned = 0 if total is not None else draw(st.sampled_from([0, 0, 1, 5]))
    return [
        Share(
            channel,
            percent=(Fraction(1) if total is None else total) * Fraction(part, sum(parts) + unassigned),
            units=draw(st.integers(0, 12)),
            priority=draw(st.integers(0, 2)),
            paused=paused and draw(st.sampled_from([False, False, True])),
            sold=draw(st.integers(0, 6)),
        )
        for channel, part in zip(channels, parts, strict=True)
    ]
