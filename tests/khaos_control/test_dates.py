"""Three date styles, sentinel dates, wall time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.khaos_control.dates import NO_DATE, ServerTime

_BEGINNING = datetime(1900, 1, 3, tzinfo=UTC).replace(tzinfo=None)  # an aware bound is not what the strategy takes


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-01", datetime(2026, 6, 30, 23, tzinfo=UTC)),
        ("2026-07-01 10:11:12", datetime(2026, 7, 1, 9, 11, 12, tzinfo=UTC)),
        ("2026-01-05T10:11:12", datetime(2026, 1, 5, 10, 11, 12, tzinfo=UTC)),
        ("2026-07-01T10:06:59.327Z", datetime(2026, 7, 1, 10, 6, 59, 327000, tzinfo=UTC)),
        ("05/01/2026", datetime(2026, 1, 5, tzinfo=UTC)),
        ("5/1/2026 09:30", datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
        (" 05/01/2026 ", datetime(2026, 1, 5, tzinfo=UTC)),
    ],
)
def test_every_style_is_read_as_the_servers_wall_time(text: str, moment: datetime) -> None:
    """London time in summer is an hour ahead of UTC; a Z is taken at its word by default; days come first."""
    assert ServerTime().read(text) == moment


@pytest.mark.parametrize(
    "text", ["", " ", "1899-12-30", "1899-12-30T00:00:00.000Z", "1899-12-31T00:00:00", "1900-01-01", "30/12/1899"]
)
def test_sentinel_dates_mean_none(text: str) -> None:
    """Everything before 2 January 1900 is an empty date, in whatever style it comes."""
    assert ServerTime().read(text) is None


def test_the_first_date_that_counts() -> None:
    """The 2nd of January 1900 is a date like any other."""
    assert ServerTime(zone=ZoneInfo("UTC")).read("1900-01-02") == datetime(1900, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "31/02/2026", "2026-07-01T10:06:59+0100", "20260701"])
def test_anything_else_is_no_date(text: str) -> None:
    """What is none of the styles, or no day of the calendar, is refused, never guessed."""
    with pytest.raises(ValueError, match=r"."):
        ServerTime().read(text)


def test_a_z_can_be_taken_as_wall_time() -> None:
    """Installations that mark wall time with a Z are read an hour earlier in summer."""
    assert ServerTime(z_is_utc=False).read("2026-07-01T10:00:00.000Z") == datetime(2026, 7, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize("z_is_utc", [True, False])
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-01T10:06:59+01:00", datetime(2026, 7, 1, 9, 6, 59, tzinfo=UTC)),
        ("2026-07-01T10:06:59.327-05:30", datetime(2026, 7, 1, 15, 36, 59, 327000, tzinfo=UTC)),
        ("2026-07-01T10:06+00:00", datetime(2026, 7, 1, 10, 6, tzinfo=UTC)),
    ],
)
def test_an_offset_is_taken_at_its_word(text: str, moment: datetime, *, z_is_utc: bool) -> None:
    """Times that tell their distance from UTC in hours and minutes mean it, whatever a Z means there."""
    assert ServerTime(z_is_utc=z_is_utc).read(text) == moment


@pytest.mark.parametrize("text", ["2026-07-01T10:00+1:00", "2026-07-01T10:00+01:99", "9999-12-31T23:59:59-05:00"])
def test_what_is_no_offset(text: str) -> None:
    """An offset has two digits for each, sixty minutes to the hour, and does not lead out of the calendar."""
    with pytest.raises(ValueError, match=r"."):
        ServerTime().read(text)


def test_calls_get_wall_time_without_an_offset() -> None:
    """09:30 UTC in July is sent as 10:30, to the second."""
    sent = ServerTime().for_call(datetime(2026, 7, 1, 9, 30, 1, 999, tzinfo=UTC))

    assert (sent.tzinfo, sent.isoformat()) == (None, "2026-07-01T10:30:01")


@given(
    st.datetimes(datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 4), timezones=st.just(UTC)),  # noqa: DTZ001 - drawn
    st.timedeltas(timedelta(0), timedelta(hours=3)),
)
def test_a_span_of_wall_times_holds_every_moment_of_it(first: datetime, length: timedelta) -> None:
    """In the hour that autumn has twice a later moment has an earlier wall time, and none may fall out of its span."""
    time, last = ServerTime(), first + length
    for step in range(7):
        at = time.for_call(first + length * step / 6)
        assert time.for_call_from(first) <= at <= time.for_call_until(last)


def test_a_span_is_no_longer_than_it_has_to_be() -> None:
    """But for that hour its ends are the wall times of its moments, in spring too."""
    time = ServerTime()
    for moment in (datetime(2026, 3, 29, 1, 10, tzinfo=UTC), datetime(2026, 10, 25, 2, 10, tzinfo=UTC)):
        assert time.for_call_from(moment) == time.for_call_until(moment) == time.for_call(moment)


def test_a_naive_moment_is_refused() -> None:
    """Nobody knows what a naive time means, so none is sent."""
    with pytest.raises(ValueError, match="aware"):
        ServerTime().for_order(datetime(2026, 7, 1))  # noqa: DTZ001 - that is the mistake under test


def test_the_no_date_value_is_itself_a_sentinel() -> None:
    """What we send for "no date" we would also read as none."""
    assert ServerTime().read(NO_DATE.isoformat()) is None


@given(st.datetimes(min_value=_BEGINNING, max_value=_BEGINNING + timedelta(days=90_000)))
def test_order_times_survive_the_way_there_and_back(naive: datetime) -> None:
    """Writing a moment and reading it gives it back to the second, but for the hour that autumn has twice."""
    moment = naive.replace(tzinfo=UTC, microsecond=0)
    back = ServerTime().read(ServerTime().for_order(moment))

    assert back in {moment, moment - timedelta(hours=1)}


@given(st.dates(min_value=date(1900, 1, 2)))
def test_the_british_style_and_the_iso_style_name_the_same_day(day: date) -> None:
    """DD/MM/YYYY and yyyy-mm-dd of one day are one moment."""
    assert ServerTime().read(f"{day:%d/%m}/{day.year:04}") == ServerTime().read(day.isoformat())
