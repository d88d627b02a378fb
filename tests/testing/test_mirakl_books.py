"""The books of the simulated marketplace answer as if every record were looked through."""

from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.testing.simulators.mirakl.books import Book, Dated

START = datetime(2026, 3, 2, tzinfo=UTC)


@attrs.frozen
class Record:
    made: datetime
    changed: datetime
    due: datetime | None


hours = st.integers(0, 12).map(lambda n: START + timedelta(hours=n))
keys = st.sampled_from("abcdef")
entries = st.lists(st.tuples(keys, hours, hours, st.none() | hours), max_size=20)


def filled(rows: list[tuple[str, datetime, datetime, datetime | None]]) -> Dated[Record]:
    book: Dated[Record] = Dated(lambda one: one.due, created=lambda one: one.made, changed=lambda one: one.changed)
    for key, made, changed, due in rows:
        before = book.get(key)
        book[key] = Record(made if before is None else before.made, changed, due)
    return book


@given(rows=entries, gone=st.sets(keys))
def test_the_next_due_is_the_earliest(
    rows: list[tuple[str, datetime, datetime, datetime | None]], gone: set[str]
) -> None:
    """Replaced and removed records are not due any more; of the others the earliest comes first."""
    book = filled(rows)
    for key in gone & set(book):
        del book[key]
    while (found := book.next()) is not None:
        expected = min((one.due, key) for key, one in book.items() if one.due is not None)
        assert found == expected
        del book[found[1]]
    assert all(one.due is None for one in book.values())


@given(rows=entries, since=hours, until=st.none() | hours)
def test_records_are_found_by_their_times(
    rows: list[tuple[str, datetime, datetime, datetime | None]], since: datetime, until: datetime | None
) -> None:
    """By creation and by last change, both ends included, each record once, although the clock jumps about."""
    book = filled(rows)
    last = until or START + timedelta(days=9)
    assert sorted(book.touched(since, until)) == sorted(
        key for key, one in book.items() if since <= one.changed <= last
    )
    assert sorted(book.made(since, until)) == sorted(key for key, one in book.items() if since <= one.made <= last)
    assert list(book.made(None, None)) == sorted(book, key=lambda key: (book[key].made, key))


def test_a_plain_book_is_a_dictionary() -> None:
    """What is due is all that it adds."""
    book: Book[Record] = Book(lambda one: one.due)
    assert book.next() is None
    book["a"] = Record(START, START, START)
    assert (book.next(), len(book)) == ((START, "a"), 1)
    book["a"] = Record(START, START, None)
    assert book.next() is None
