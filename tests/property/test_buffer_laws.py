"""Laws of buffers (domain §2.3): more stock never leaves less, whatever they are made of."""

import math
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.buffers import Band, Buffer, Fixed, MaxOf, Percent, SumOf
from khaos_connectors.testing.strategies import buffers, proportions

law = settings(deadline=None, max_examples=150)
pools = st.integers(-20, 120)


@law
@given(buffers(), pools)
def test_more_stock_never_leaves_less(buffer: Buffer, pool: int) -> None:
    """One unit more in the pool is never paid for with more than one unit more kept back."""
    assert pool + 1 - buffer.units(pool + 1) >= pool - buffer.units(pool)


@law
@given(buffers(), pools)
def test_a_buffer_is_a_whole_number_of_0_or_more(buffer: Buffer, pool: int) -> None:
    """A buffer never adds stock, and units are int."""
    assert type(buffer.units(pool)) is int
    assert buffer.units(pool) >= 0


@law
@given(st.dictionaries(st.integers(0, 30), st.integers(0, 4), min_size=1, max_size=4))
def test_a_band_is_refused_exactly_if_it_breaks_the_law(steps: dict[int, int]) -> None:
    """An independent look at every pool: bands that are refused break the law somewhere, the others nowhere."""
    bands = tuple(sorted(steps.items()))

    def kept(pool: int) -> int:
        return [0, *(units for start, units in bands if start <= pool)][-1]

    lawful = all(pool + 1 - kept(pool + 1) >= pool - kept(pool) for pool in range(40))
    try:
        buffer = Band(bands)
    except ValueError:
        assert not lawful
    else:
        assert lawful
        assert [buffer.units(pool) for pool in range(40)] == [kept(pool) for pool in range(40)]


@law
@given(proportions(), proportions(), st.integers(0, 5), st.integers(1, 30), st.integers(0, 1))
def test_a_sum_is_refused_exactly_if_it_breaks_the_law(
    first: Fraction, second: Fraction, kept: int, start: int, step: int
) -> None:
    """A sum of percentages and a band, looked at for every pool up to one where any breach has shown.

    A sum above 100 % breaks the law in the end; with steps of at least a hundredth of a hundredth, before 20,000.
    """
    parts = (Percent(first), Percent(second), Band(((0, kept), (start, kept + step))))

    def left(pool: int) -> int:
        exactly = (first + second) * pool + (kept if pool < start else kept + step)
        return pool - math.ceil(exactly)

    lawful = first + second <= 1 and all(left(pool + 1) >= left(pool) for pool in range(start + 2))
    try:
        buffer = SumOf(*parts)
    except ValueError:
        assert not lawful
        assert first + second <= 1 or left(20_000) < left(0)
    else:
        assert lawful
        assert all(pool - buffer.units(pool) == left(pool) for pool in range(60))


@law
@given(st.lists(buffers(), min_size=1, max_size=3), pools)
def test_the_largest_is_one_of_them(parts: list[Buffer], pool: int) -> None:
    """MaxOf keeps what one of its parts keeps, and none keeps more."""
    assert MaxOf(*parts).units(pool) == max(part.units(pool) for part in parts)


@law
@given(st.lists(proportions().map(lambda part: part / 3), min_size=1, max_size=3), st.integers(0, 9), pools)
def test_a_sum_is_at_most_what_its_parts_are_alone(parts: list[Fraction], fixed: int, pool: int) -> None:
    """Rounded once, a sum keeps no more than its parts rounded one by one, and less than one unit per part less."""
    buffers_of = (Fixed(fixed), *(Percent(part) for part in parts))
    alone = sum(buffer.units(pool) for buffer in buffers_of)

    assert alone - len(parts) < SumOf(*buffers_of).units(pool) <= alone
