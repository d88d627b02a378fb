"""Tracking numbers: shapes, check digits, and what they cannot see."""

import pytest

from khaos_connectors.core.ids import CourierId
from khaos_connectors.core.tracking import (
    COURIERS,
    TrackingVerdict,
    check_tracking,
    courier_of,
    dhl_check_digit,
    dpd_check_character,
    fedex_check_digit,
    gs1_check_digit,
    infer_courier,
    normalise,
    s10_check_digit,
    ups_check_digit,
)

VALID, PLAUSIBLE, INVALID = TrackingVerdict.VALID, TrackingVerdict.PLAUSIBLE, TrackingVerdict.INVALID


class TestCheckDigits:
    """Domain 7.3: the worked numbers."""

    def test_s10(self) -> None:
        """RB12345678?GB: weighted sum 204, remainder 6, check digit 5."""
        assert s10_check_digit("12345678") == "5"

    def test_s10_where_eleven_less_the_rest_is_ten_or_eleven(self) -> None:
        """Ten is written 0 and eleven is written 5."""
        assert s10_check_digit("00000000") == "5"
        assert s10_check_digit("02000000") == "0"  # 6 x 2 leaves 1, and 11 - 1 = 10

    def test_ups(self) -> None:
        """1Z5R8939035756712?: sum 123, check digit 7."""
        assert ups_check_digit("5R8939035756712") == "7"

    def test_dpd(self) -> None:
        """09980000020033 has the check character F; the 28 character barcode of a service label has C."""
        assert dpd_check_character("09980000020033") == "F"
        assert dpd_check_character("008182709980000020033350276") == "C"

    def test_fedex(self) -> None:
        """98657878885 has the check digit 5."""
        assert fedex_check_digit("98657878885") == "5"

    def test_dhl(self) -> None:
        """331881002 leaves 5 modulo 7."""
        assert dhl_check_digit("331881002") == "5"

    def test_gs1(self) -> None:
        """An SSCC: weights 3 and 1 from the right."""
        assert gs1_check_digit("10614141192837465") == gs1_check_digit("0010614141192837465")
        assert gs1_check_digit("629104150021") == "3"


class TestWhatCheckDigitsMiss:
    """Domain 12: only DPD and GS1 see every wrong digit; for the others, one that slips through."""

    def test_ups_misses_a_change_by_five_in_a_doubled_place(self) -> None:
        """Twice five is ten: the second character of the body may move by five."""
        assert ups_check_digit("00" + "0" * 13) == ups_check_digit("05" + "0" * 13)

    def test_s10_confuses_the_remainders_0_and_6(self) -> None:
        """Both give 5: eight times nine leaves 6 like nothing leaves 0."""
        assert s10_check_digit("90000000") == s10_check_digit("00000000") == "5"

    def test_fedex_misses_some(self) -> None:
        """Remainders 0 and 10 both give 0: a first digit of 7 (3 x 7 leaves 10) looks like none."""
        assert fedex_check_digit("70000000000") == fedex_check_digit("00000000000") == "0"

    def test_dhl_misses_a_change_by_seven(self) -> None:
        """Seven more is nothing modulo seven."""
        assert dhl_check_digit("331881002") == dhl_check_digit("331881009")


class TestVerdicts:
    @pytest.mark.parametrize(
        ("courier", "number", "verdict"),
        [
            ("royal-mail", "RB123456785GB", VALID),
            ("royal-mail", "RB123456784GB", INVALID),
            ("royal-mail", "RB123456785FR", INVALID),
            ("royal-mail", "123456789", PLAUSIBLE),
            ("royal-mail", "12345678", INVALID),
            ("royal-mail", "0A1234567890123456789", PLAUSIBLE),
            ("parcelforce", "RB123456785GB", VALID),
            ("parcelforce", "AB1234567", PLAUSIBLE),
            ("parcelforce", "PBTM1234567890", PLAUSIBLE),
            ("parcelforce", "123456789012", PLAUSIBLE),
            ("parcelforce", "1234567890123", INVALID),
            ("evri", "1234567890123456", PLAUSIBLE),
            ("evri", "H01A1B2C3D4E5F6G", PLAUSIBLE),
            ("evri", "12345678", PLAUSIBLE),
            ("evri", "H0112345", INVALID),
            ("dpd-uk", "1234567890", PLAUSIBLE),
            ("dpd-uk", "09980000020033", PLAUSIBLE),
            ("dpd-uk", "09980000020033F", VALID),
            ("dpd-uk", "09980000020033E", INVALID),
            ("dpd-local", "008182709980000020033350276C", VALID),
            ("dpd-local", "008182709980000020033350276A", INVALID),
            ("dhl-parcel-uk", "12345678901234", PLAUSIBLE),
            ("dhl-parcel-uk", "1234567890123", INVALID),
            ("dhl-express", "3318810025", VALID),
            ("dhl-express", "3318810026", INVALID),
            ("dhl-express", "73891051146", VALID),
            ("dhl-express", "JJD0099999999", VALID),
            ("dhl-express", "JVGL0999999990", VALID),
            ("yodel", "JD0002264810001234", VALID),
            ("yodel", "JJD0002264810001234", VALID),
            ("yodel", "JD000226481000123", INVALID),
            ("ups", "1Z5R89390357567127", VALID),
            ("ups", "1Z5R89390357567128", INVALID),
            ("ups", "1Z5R893903575671AB", INVALID),
            ("fedex", "986578788855", VALID),
            ("fedex", "986578788856", INVALID),
            ("fedex-uk", "12345678901234567890", PLAUSIBLE),
            ("fedex-uk", "1234567890123", INVALID),
            ("amazon-shipping", "TBA123456789012", VALID),
            ("amazon-shipping", "TBX123456789012", INVALID),
            ("inpost", "ABC123", PLAUSIBLE),
            ("panther", "ABC12", INVALID),
            ("dx", "A" * 41, INVALID),
            ("whistl", "", INVALID),
        ],
    )
    def test_each_shape(self, courier: str, number: str, verdict: TrackingVerdict) -> None:
        """Domain 7.3: the shapes of each courier, and numbers one step beside them."""
        assert check_tracking(CourierId(courier), number) is verdict

    def test_spaces_dashes_and_capitals_do_not_matter(self) -> None:
        """Numbers are copied from labels and letters."""
        assert normalise(" rb 1234-5678 5\tgb\n") == "RB123456785GB"
        assert normalise("rb\u20131234") == "RB1234"
        assert check_tracking(CourierId("royal-mail"), "rb 1234-5678 5 gb") is VALID

    def test_only_western_digits_count(self) -> None:
        """Digits of other scripts are not printed on labels."""
        assert check_tracking(CourierId("evri"), "١٢٣٤٥٦٧٨") is INVALID

    def test_an_unknown_courier_is_an_error(self) -> None:
        """A typing mistake in code must not pass as a verdict."""
        with pytest.raises(ValueError, match="not a courier that we know"):
            check_tracking(CourierId("pony-express"), "1")


class TestCourierOf:
    @pytest.mark.parametrize(
        ("name", "courier"),
        [
            ("Hermes", "evri"),
            ("myHermes UK", "evri"),
            ("Interlink", "dpd-local"),
            ("UK Mail", "dhl-parcel-uk"),
            ("UK-MAIL", "dhl-parcel-uk"),
            ("royalmail", "royal-mail"),
            ("D.P.D.", "dpd-uk"),
            ("DHL", "dhl-express"),
            ("arrow xl", "arrowxl"),
        ],
    )
    def test_what_people_write(self, name: str, courier: str) -> None:
        """Domain 7.2 step 5: old names and spellings lead to today's courier."""
        assert courier_of(name) == courier

    @pytest.mark.parametrize("name", ["", "Our own van", "DPD Germany"])
    def test_what_we_cannot_say(self, name: str) -> None:
        """No guess."""
        assert courier_of(name) is None

    def test_every_id_and_label_leads_to_itself(self) -> None:
        """The table does not contradict itself."""
        assert all(courier_of(key) == key == courier_of(label) for key, label in COURIERS.items())


class TestInference:
    @pytest.mark.parametrize(
        ("number", "courier"),
        [
            ("1Z5R89390357567127", "ups"),
            ("JD0002264810001234", "yodel"),
            ("JJD0099999999", "dhl-express"),
            ("TBA123456789012", "amazon-shipping"),
        ],
    )
    def test_one_courier_only(self, number: str, courier: str) -> None:
        """Domain 7.2 step 6: one courier fits, and its number proves it."""
        assert infer_courier(number) == courier

    @pytest.mark.parametrize(
        "number",
        [
            "RB123456785GB",  # Royal Mail or Parcelforce
            "09980000020033F",  # DPD or DPD Local
            "3318810025",  # DHL Express by its digit, but ten digits may be DPD's
            "986578788855",  # FedEx by its digit, but twelve may be Parcelforce's
            "H01A1B2C3D4E5F6G",  # Evri's shape only, nothing proves it
            "1Z5R89390357567128",  # UPS's shape, wrong digit
            "ABC123",  # nobody's known shape
            "",
        ],
    )
    def test_collisions_stay_open(self, number: str) -> None:
        """Domain 7.3: ten, twelve, fourteen and sixteen digits collide, so nothing is inferred from them."""
        assert infer_courier(number) is None
