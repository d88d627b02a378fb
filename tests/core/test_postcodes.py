"""UK postcodes: shapes, halves, doubts, and suggestions that nobody applies."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.postcodes import Postcode, PostcodeMiss, read_postcode
from khaos_connectors.testing.strategies import postcodes


def miss(text: str) -> PostcodeMiss:
    found = read_postcode(text)
    assert isinstance(found, PostcodeMiss)
    return found


def code(text: str) -> Postcode:
    found = read_postcode(text)
    assert isinstance(found, Postcode)
    return found


@pytest.mark.parametrize(
    ("text", "outward", "inward", "area"),
    [
        ("M1 1AE", "M1", "1AE", "M"),
        ("B33 8TH", "B33", "8TH", "B"),
        ("CR2 6XH", "CR2", "6XH", "CR"),
        ("DN55 1PT", "DN55", "1PT", "DN"),
        ("W1A 0AX", "W1A", "0AX", "W"),
        ("EC1A 1BB", "EC1A", "1BB", "EC"),
        ("GIR 0AA", "GIR", "0AA", "GIR"),
        ("FIQQ 1ZZ", "FIQQ", "1ZZ", "FIQQ"),
        ("JE2 3XX", "JE2", "3XX", "JE"),
        ("BF1 2AX", "BF1", "2AX", "BF"),
    ],
)
def test_each_shape(text: str, outward: str, inward: str, area: str) -> None:
    """The six shapes and the postcodes of their own, taken apart; written any way they read the same."""
    found = code(text)

    assert (found.outward, found.inward, found.area, found.text) == (outward, inward, area, text)
    assert found.plausible
    for written in (text.lower(), text.replace(" ", ""), f"  {text} ", text.replace(" ", "-"), f"{text}."):
        assert read_postcode(written) == found


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("ZZ9 9ZZ", "no postcode area is called ZZ"),
        ("AB1 2CD", "the second half never has the letter C"),
        ("EC1Q 1BB", "the first half never ends in Q there"),
        ("W1Z 1AA", "the first half never ends in Z there"),
    ],
)
def test_the_right_shape_and_still_unlikely(text: str, doubt: str) -> None:
    """A reason for a person; the postcode is not refused and not changed."""
    found = code(text)

    assert (found.text, found.plausible, found.doubts) == (text, False, (doubt,))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("SW1A 1ÄA", "it has other signs than letters and digits"),
        ("M1", "it has 2 letters and digits, a UK postcode has 5 to 7"),
        ("12345", "its second half is not a digit and two letters"),
        ("LONDON", "its second half is not a digit and two letters"),
        ("ABCD 1AA", "its first half is not one or two letters and a district"),
    ],
)
def test_no_postcode(text: str, why: str) -> None:
    """The reason says what is missing, and not what the customer wrote."""
    assert miss(text).why == why


@pytest.mark.parametrize(
    ("text", "meant"),
    [("W1A OAX", "W1A 0AX"), ("S014 3AA", "SO14 3AA"), ("MI IAE", "M1 1AE")],
)
def test_look_alikes_are_suggested(text: str, meant: str) -> None:
    """O and nought, I and one: what it becomes when they change places, for a person to take up."""
    assert meant in miss(text).suggestions


def test_nothing_likely_is_suggested_for_nonsense() -> None:
    """No guess."""
    assert miss("ABCD 1AA").suggestions == ()
    assert miss("0" * 40).suggestions == ()


def test_a_postcode_is_personal() -> None:
    """It is not in the repr of either result."""
    assert "SW1A" not in repr(code("SW1A 1AA"))
    assert "SO14" not in repr(miss("S014 3AA"))


@settings(deadline=None, max_examples=100)
@given(postcodes(), st.sampled_from(["", " ", "  ", "-"]))
def test_reading_again_changes_nothing(found: Postcode, between: str) -> None:
    """What was read is written once and for all; how its halves were joined does not matter."""
    assert read_postcode(found.text) == found == read_postcode(f"{found.outward}{between}{found.inward}".lower())
    assert found.plausible
