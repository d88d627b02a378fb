"""The Poisson tail is decided exactly, never by floating point."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate, count, product
from random import Random

import pytest

from khaos_connectors.core.poisson import _least, cover


def covered(mean: Fraction, risk: Fraction) -> int:
    """The least number by adding up 150 exact terms of the series of e to the *mean* (an independent count)."""
    terms = [mean**k / math.factorial(k) for k in range(150)]
    low = sum(terms, Fraction(0))
    high = low + 2 * terms[-1]  # for a mean up to 75, each further term is less than half the one before
    reached = Fraction(0)
    for number, term in enumerate(terms):
        reached += term
        if reached >= (1 - risk) * high:
            return number
        assert reached < (1 - risk) * low, "150 terms do not tell"
    raise AssertionError("the mean is too large for this count")


def random_cases(number: int) -> Iterator[tuple[Fraction, Fraction]]:
    random = Random(20250314)
    for _ in range(number):
        mean = Fraction(random.randint(0, 300), random.randint(8, 60))
        digits = random.randint(1, 9)
        yield mean, Fraction(random.randint(1, 10**digits), 10**digits)


def test_the_worked_numbers() -> None:
    """Domain §2.3: of 1.5 to expect, 4 are exceeded in 1.9 % of cases and 5 in 0.4 %."""
    assert cover(Fraction(3, 2), Fraction(5, 100)) == 4
    assert cover(Fraction(3, 2), Fraction(1, 100)) == 5
    assert [cover(Fraction(3, 2), Fraction(risk, 1000)) for risk in (18, 19, 4, 5)] == [5, 4, 6, 5]


def test_it_agrees_with_an_exact_count() -> None:
    """Thousands of small means and risks give what adding up exact terms gives."""
    for mean, risk in random_cases(1200):
        assert cover(mean, risk) == covered(mean, risk), (mean, risk)


def test_too_few_digits_never_give_a_wrong_answer() -> None:
    """With hardly any digits the bounds are wide: then there is no answer, or the right one, never another.

    The risks lie just above and below a tail, where a bound that is a little too narrow gives a wrong answer.
    """
    answers = 0
    for mean in (Fraction(1, 7), Fraction(2, 3), Fraction(3, 2), Fraction(4), Fraction(37, 5), Fraction(20)):
        terms = [mean**k / math.factorial(k) for k in range(120)]
        total = sum(terms, Fraction(0))
        tails = [1 - reached / total for reached in accumulate(terms[:50])]  # right to more than 20 digits
        for tail, places, side in product(tails[: math.ceil(mean) + 8], range(3, 24), (0, 1)):
            risk = Fraction(math.floor(tail * 2**places) + side, 2**places)
            if not 0 < risk < 1:
                continue
            right = next(number for number, more in enumerate(tails) if more <= risk)
            found = {_least(mean, 1 - risk, bits) for bits in (0, 1, 2, 4, 7)}
            answers += len(found - {None})
            assert found <= {None, right}, (mean, risk)

    assert answers > 500, "the bounds are so wide that nothing was tested"


@pytest.mark.parametrize("mean", [Fraction(1, 3), Fraction(3, 2), Fraction(7), Fraction(40)])
@pytest.mark.parametrize("side", [1, -1])
def test_a_hair_decides(mean: Fraction, side: int) -> None:
    """A risk that is 10**-60 above or below the tail itself: far beyond floating point, and still told apart."""
    number = math.floor(mean) + 2
    terms = [mean**k / math.factorial(k) for k in range(260)]
    tail = 1 - sum(terms[: number + 1], Fraction(0)) / sum(terms, Fraction(0))
    near = Fraction(math.floor(tail * 10**60), 10**60)  # below the tail by less than 10**-60
    risk = near + Fraction(1, 10**60) if side > 0 else near

    assert cover(mean, risk) == (number if side > 0 else number + 1)


def test_a_vanishing_risk_is_met() -> None:
    """Far out in the tail more digits are used until the answer is sure, in either direction."""
    assert cover(Fraction(3, 2), Fraction(1, 10**50)) == covered(Fraction(3, 2), Fraction(1, 10**50)) == 45
    assert cover(Fraction(50), 1 - Fraction(1, 10**40)) == 0
    assert cover(Fraction(75), 1 - Fraction(1, 10**30)) == covered(Fraction(75), 1 - Fraction(1, 10**30)) == 2
    assert cover(Fraction(50), 1 - Fraction(1, 10**20)) == covered(Fraction(50), 1 - Fraction(1, 10**20)) > 0


def test_a_large_mean_is_fast() -> None:
    """A million to expect takes as many steps as its root, and 3.09 deviations cover all but a thousandth."""
    found = cover(Fraction(10**6), Fraction(1, 1000))

    assert found == next(n for n in count(10**6 + 3080) if n - 10**6 > 3.0915 * 1000)


@pytest.mark.parametrize("mean", [Fraction(0), Fraction(1, 10**9), Fraction(1), Fraction(2)])
def test_the_ends(mean: Fraction) -> None:
    """Any risk taken needs nothing; nothing to expect needs nothing; a tiny mean needs nothing at 1 %."""
    assert cover(mean, Fraction(1)) == 0
    assert cover(mean, Fraction(1, 100)) == {0: 0, 1: 4, 2: 6}.get(math.ceil(mean) if mean >= 1 else 0)


@pytest.mark.parametrize(
    ("mean", "risk", "why"),
    [(Fraction(-1), Fraction(1), "mean must be 0 or more, not -1"), (1, 0, "risk must be above 0"), (1, 2, "not 2")],
)
def test_impossible_questions_are_refused(mean: Fraction, risk: Fraction, why: str) -> None:
    """There are no sales below 0, no number is never exceeded, and no probability is above 1."""
    with pytest.raises(ValueError, match=why):
        cover(mean, risk)
