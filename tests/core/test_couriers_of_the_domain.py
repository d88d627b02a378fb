"""Domain 7.3 as a table of its own: every courier, what its numbers look like, what they collide with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.ids import CourierId
from khaos_connectors.core.tracking import (
    COURIERS,
    TrackingVerdict,
    check_sscc,
    check_tracking,
    courier_of,
    dhl_check_digit,
    dpd_check_character,
    fedex_check_digit,
    gs1_check_digit,
    infer_courier,
    s10_check_digit,
    ups_check_digit,
)
from khaos_connectors.testing.strategies import ssccs, tracking_numbers

VALID, PLAUSIBLE, INVALID = TrackingVerdict.VALID, TrackingVerdict.PLAUSIBLE, TrackingVerdict.INVALID
law = settings(deadline=None, max_examples=80)

# Courier, slug as tracking services write it, a number of it, and the most that its shapes can prove.
ROWS = [
    ("royal-mail", "royal-mail", "RB123456785GB", VALID),
    ("parcelforce", "parcel-force", "RB123456785GB", VALID),
    ("evri", "myhermes-uk", "1234567890123456", PLAUSIBLE),
    ("dpd-uk", "dpd-uk", "09980000020033F", VALID),
    ("dpd-local", "interlink-express", "09980000020033F", VALID),
    ("dhl-parcel-uk", "dhlparcel-uk", "12345678901234", PLAUSIBLE),
    ("dhl-parcel-uk", "uk-mail", "12345678901234", PLAUSIBLE),
    ("dhl-express", "dhl", "3318810025", VALID),
    ("yodel", "yodel", "JD0002264810001234", VALID),
    ("ups", "ups", "1Z5R89390357567127", VALID),
    ("fedex", "fedex", "986578788855", VALID),
    ("fedex-uk", "fedex-uk", "986578788855", VALID),
    ("amazon-shipping", "amazon-fba-us", "TBA123456789012", VALID),
    ("inpost", "inpost", "ABC123456", PLAUSIBLE),
    ("dx", "dx", "ABC123456", PLAUSIBLE),
    ("whistl", "whistl", "ABC123456", PLAUSIBLE),
    ("apc", "apc-overnight", "ABC123456", PLAUSIBLE),
    ("apc", "apc-overnight-connum", "ABC123456", PLAUSIBLE),
    ("tuffnells", "tuffnells", "ABC123456", PLAUSIBLE),
    ("arrowxl", "arrowxl", "ABC123456", PLAUSIBLE),
    ("panther", "panther", "ABC123456", PLAUSIBLE),
]


def test_the_table_has_every_courier() -> None:
    """No courier of the domain lacks a row here, and none is known that the domain does not name."""
    assert {courier for courier, *_ in ROWS} == set(COURIERS)


@pytest.mark.parametrize(("courier", "slug", "number", "best"), ROWS)
def test_each_courier(courier: str, slug: str, number: str, best: TrackingVerdict) -> None:
    """Found by its slug; its number has its best verdict, and nothing that is no number passes."""
    assert courier_of(slug) == courier
    assert check_tracking(CourierId(courier), number) is best
    for nonsense in ("", "?", "1", "A" * 41, "12345678\N{POUND SIGN}"):
        assert check_tracking(CourierId(courier), nonsense) is INVALID


@pytest.mark.parametrize(
    ("number", "couriers"),
    [
        ("3318810025", {"dpd-uk", "dpd-local", "dhl-express", "royal-mail"}),
        ("986578788855", {"fedex", "fedex-uk", "parcelforce", "royal-mail"}),
        ("12345678901234", {"dpd-uk", "dpd-local", "dhl-parcel-uk", "royal-mail"}),
        ("1234567890123456", {"evri", "royal-mail"}),
    ],
)
def test_collisions(number: str, couriers: set[str]) -> None:
    """Domain 7.3: ten, twelve, fourteen and sixteen digits fit several couriers, so nothing is inferred from them."""
    unproven = {"inpost", "dx", "whistl", "apc", "tuffnells", "arrowxl", "panther", "amazon-shipping"}
    fits = {courier for courier in COURIERS if check_tracking(courier, number) is not INVALID}

    assert fits - unproven == couriers
    assert infer_courier(number) is None


def test_amazons_uk_numbers_are_not_published() -> None:
    """What begins like its known numbers must be one; anything else is possible and proves nothing."""
    amazon = CourierId("amazon-shipping")

    assert check_tracking(amazon, "TBA12345678901") is INVALID
    assert check_tracking(amazon, "UK12345678") is PLAUSIBLE
    assert infer_courier("UK12345678") is None


@law
@given(tracking_numbers())
def test_every_number_that_is_generated_is_accepted(made: tuple[CourierId, str]) -> None:
    """Domain 12: check-digit functions accept every number that they generate."""
    courier, number = made

    assert check_tracking(courier, number) is VALID


@law
@given(ssccs())
def test_an_sscc_that_was_made_is_valid(number: str) -> None:
    """Domain 7.3: SSCC-18, GS1 modulo 10, with and without its prefix."""
    assert check_sscc(number) is VALID


@law
@given(ssccs(), st.integers(1, 18), st.integers(1, 9))
def test_an_sscc_sees_every_wrong_digit(number: str, place: int, change: int) -> None:
    """Domain 12: GS1 modulo 10 catches all single-digit errors."""
    wrong = f"{(int(number[-place]) + change) % 10}"

    assert check_sscc(number[: len(number) - place] + wrong + number[len(number) - place + 1 :]) is INVALID


@pytest.mark.parametrize(
    "text", ["", "12345678901234567", "1234567890123456789", "0012345678901234567A", "11340123451234567895"]
)
def test_no_sscc(text: str) -> None:
    """Eighteen digits, or twenty that begin with 00."""
    assert check_sscc(text) is INVALID


@law
@given(st.text("0123456789", min_size=14, max_size=14), st.integers(0, 13), st.integers(1, 9))
def test_dpd_sees_every_wrong_digit(body: str, place: int, change: int) -> None:
    """Domain 12: modulo 37/36 catches all single-digit errors."""
    wrong = body[:place] + str((int(body[place]) + change) % 10) + body[place + 1 :]

    assert dpd_check_character(wrong) != dpd_check_character(body)


def test_what_the_others_do_not_see() -> None:
    """Domain 12: these laws do not hold; one counterexample each, and FedEx's share of them counted."""
    assert ups_check_digit("000000000000000") == ups_check_digit("050000000000000")
    assert s10_check_digit("00000000") == s10_check_digit("90000000")
    assert dhl_check_digit("000000000") == dhl_check_digit("000000007")

    def missed(body: str) -> int:
        changes = (body[:n] + str(d) + body[n + 1 :] for n in range(11) for d in range(10) if str(d) != body[n])
        return sum(fedex_check_digit(wrong) == fedex_check_digit(body) for wrong in changes)

    bodies = [f"{number * 7919 % 10**11:011}" for number in range(2_000)]
    share = sum(map(missed, bodies)) / (99 * len(bodies))
    assert 0.01 < share < 0.03


def test_gs1_weights_run_from_the_right() -> None:
    """Leading zeros do not change an SSCC's digit."""
    assert gs1_check_digit("0" + "10614141192837465") == gs1_check_digit("10614141192837465")
