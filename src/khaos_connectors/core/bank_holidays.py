"""Bank holidays of the United Kingdom from 2024 to 2028, to be put into a calendar.

::

    calendar = UK.with_holidays(ENGLAND_AND_WALES)
    ours = calendar.with_holidays([date(2026, 12, 24)], but=[date(2026, 5, 4)])

They are the days that the Banking and Financial Dealings Act 1971 and the proclamations name: where one falls on a
weekend, the substitute day stands here, not the day itself. One that is proclaimed later has to be added by hand, as
have those of later years. A holiday that is not known makes a deadline that is counted forwards (days to despatch, days
to deal with something) earlier, never later; one that is counted backwards, from the end of a month, it makes later.
"""

from datetime import date

__all__ = ["ENGLAND_AND_WALES", "NORTHERN_IRELAND", "SCOTLAND", "YEARS"]

YEARS = range(2024, 2029)
"""The years whose bank holidays stand here."""


def _dates(table: str) -> frozenset[date]:
    """Lines of a year and its days as month-day."""
    rows = (line.split() for line in table.strip().splitlines())
    return frozenset(date.fromisoformat(f"{year}-{day}") for year, *days in rows for day in days)


ENGLAND_AND_WALES = _dates("""
2024 01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26
2025 01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26
2026 01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28
2027 01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28
2028 01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26
""")
"""New Year, Good Friday, Easter Monday, early May, spring, summer, Christmas and Boxing Day."""

SCOTLAND = _dates("""
2024 01-01 01-02 03-29 05-06 05-27 08-05 12-02 12-25 12-26
2025 01-01 01-02 04-18 05-05 05-26 08-04 12-01 12-25 12-26
2026 01-01 01-02 04-03 05-04 05-25 06-15 08-03 11-30 12-25 12-28
2027 01-01 01-04 03-26 05-03 05-31 08-02 11-30 12-27 12-28
2028 01-03 01-04 04-14 05-01 05-29 08-07 11-30 12-25 12-26
""")
"""With 2 January, the first Monday of August and St Andrew's Day, without Easter Monday; and, once, 15 June 2026."""

NORTHERN_IRELAND = ENGLAND_AND_WALES | _dates("""
2024 03-18 07-12
2025 03-17 07-14
2026 03-17 07-13
2027 03-17 07-12
2028 03-17 07-12
""")
"""Those of England and Wales, St Patrick's Day and the day of the Battle of the Boyne."""
