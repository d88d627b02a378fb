"""The three ways in which the service writes dates, and the dates that mean "none".

Calls take ISO wall time of the server without an offset, order documents ``yyyy-mm-dd hh:mm:ss``, status lists
``DD/MM/YYYY``. Everything before 2 January 1900 stands for an empty date. Structured results end their times with a
``Z`` that nobody has proven to be UTC: ``ServerTime.z_is_utc`` says how to take it.
An offset in digits means what it says.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import attrs

__all__ = ["NO_DATE", "ServerTime"]

NO_DATE = datetime(1899, 12, 31)  # noqa: DTZ001 - a constant of the wire, not a moment
"""What stands for "no date" where a date cannot be left out; the vendor's own shop connector sends it."""

_FIRST = date(1900, 1, 2)
_LONGEST_STEP = timedelta(hours=1)
"""No clock is put back by more."""
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?)?(Z|[+-]\d{2}:\d{2})?$"
)
_BRITISH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: +(\d{1,2}):(\d{2})(?::(\d{2}))?)?$")


@attrs.frozen(kw_only=True)
class ServerTime:
    """Reads and writes the server's times. *zone* is its wall clock; *z_is_utc* takes a trailing ``Z`` at its word."""

    zone: ZoneInfo = attrs.field(factory=lambda: ZoneInfo("Europe/London"))
    z_is_utc: bool = True

    def for_call(self, moment: datetime) -> datetime:
        """*moment* (aware) as a call parameter: the server's wall time, to the second, without an offset."""
        return self._local(moment).replace(tzinfo=None, microsecond=0)

    def for_call_from(self, moment: datetime) -> datetime:
        """As ``for_call``, for the beginning of a span: no wall time from *moment* on is before it.

        In the hour after which the clock goes back a later moment has an earlier wall time.
        """
        return self.for_call(moment) - self._put_back(moment, moment + _LONGEST_STEP)

    def for_call_until(self, moment: datetime) -> datetime:
        """As ``for_call``, for the end of a span: no wall time up to *moment* is after it."""
        return self.for_call(moment) + self._put_back(moment - _LONGEST_STEP, moment)

    def for_order(self, moment: datetime) -> str:
        """*moment* (aware) as an order document wants it."""
        return self._local(moment).strftime("%Y-%m-%d %H:%M:%S")

    def read(self, text: str) -> datetime | None:
        """The moment, in UTC, that *text* means in any of the three styles; None for an empty date.

        A date without a time is the start of that day on the server's clock. Raises ``ValueError`` for anything else.
        """
        text = text.strip()
        if not text:
            return None
        if found := _ISO.match(text):
            year, month, day, hour, minute, second, fraction, offset = found.groups()
        elif found := _BRITISH.match(text):
            day, month, year, hour, minute, second = found.groups()
            fraction = offset = None
        else:
            raise ValueError("a date")
        on = date(int(year), int(month), int(day))
        if on < _FIRST:
            return None
        micro = int((fraction or "0").ljust(6, "0"))
        at = time(int(hour or 0), int(minute or 0), int(second or 0), micro)
        try:
            return datetime.combine(on, at, tzinfo=self._zone_of(offset)).astimezone(UTC)
        except OverflowError:  # the last day of the calendar, west of Greenwich
            raise ValueError("a date") from None

    def _zone_of(self, offset: str | None) -> tzinfo:
        if offset is None or (offset == "Z" and not self.z_is_utc):
            return self.zone
        # Nobody writes hours and minutes from UTC by mistake, as a Z may be: they are taken at their word.
        return datetime.strptime(offset, "%z").tzinfo or UTC

    def _put_back(self, first: datetime, last: datetime) -> timedelta:
        """By how much the clock goes back between two moments."""
        before, after = self._local(first).utcoffset(), self._local(last).utcoffset()
        return max(before - after, timedelta(0)) if before is not None and after is not None else timedelta(0)

    def _local(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise ValueError(f"moment: must be aware, not {moment.isoformat()}")
        return moment.astimezone(self.zone)
