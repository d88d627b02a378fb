"""Pages by offset and by token, rows read by themselves, lists and times cut to what Mirakl takes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.mirakl.endpoints.paging import Listing, chunked, offset_page, page_mark, seek_page, time_slices
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

Answer = Callable[..., Response]

START = datetime(2025, 1, 1, tzinfo=UTC)


@attrs.frozen(kw_only=True)
class Thing:
    """A row with a number that is due."""

    id: str
    units: int


THINGS = Listing(operation="XX11", path="/api/things", record=Thing, translated=True)


def row(name: str, units: object = 1) -> dict[str, object]:
    return {"id": name, "units": units, "more": "ignored"}


def test_rows_are_read_one_by_one(scope: Scope, answer: Answer) -> None:
    """A row that breaks the contract is told with its id, place and text; its neighbours are records with theirs."""
    page = seek_page(scope, THINGS).decode(answer({"data": [row("A"), row("B", None), 7, row("C")]}))
    good, bad, none, last = page.items
    assert (good, last) == (
        Read(id="A", record=Thing(id="A", units=1), payload='{"id":"A","units":1,"more":"ignored"}'),
        Read(id="C", record=Thing(id="C", units=1), payload='{"id":"C","units":1,"more":"ignored"}'),
    )
    assert isinstance(bad, Broken)
    assert (bad.id, bad.path) == ("B", "$.data[1].units")
    assert "cannot read $.data[1].units: expected" in bad.problem
    assert isinstance(none, Broken)
    assert (none.id, none.path, none.payload) == ("", "$.data[2]", "7")


@pytest.mark.parametrize(
    ("body", "path"),
    [({}, "$.data"), ({"data": None}, "$.data"), ([], "$"), ({"data": [], "next_page_token": 5}, "$.next_page_token")],
)
def test_a_body_that_is_no_page(body: object, path: str, scope: Scope, answer: Answer) -> None:
    """An answer without the list is no empty page: one clear error tells where."""
    with pytest.raises(errors.Undecodable) as caught:
        seek_page(scope, THINGS).decode(answer(body))
    assert (caught.value.operation, caught.value.path) == ("XX11", path)


def test_a_token_goes_alone(answer: Answer) -> None:
    """The filters are frozen in a page token, so it is sent with the shop and nothing else, page after page."""
    scope = Scope(account="a", shop_id=5, locale="en_GB")
    first = seek_page(scope, THINGS, [("state", "OPEN"), ("left_out", None)], size=2, sort="dateCreated,ASC")
    assert first.request.query == (
        ("state", "OPEN"),
        ("limit", "2"),
        ("sort", "dateCreated,ASC"),
        ("locale", "en_GB"),
        ("shop_id", "5"),
    )
    second = first.decode(answer({"data": [], "next_page_token": "t1"})).next
    assert second is not None
    assert second.request.query == (("page_token", "t1"), ("shop_id", "5"))
    third = second.decode(answer({"data": [], "next_page_token": "t2"})).next
    assert third is not None
    assert third.request.query == (("page_token", "t2"), ("shop_id", "5"))
    assert third.decode(answer({"data": [row("A")], "next_page_token": None})).next is None


def test_a_token_that_leads_to_itself(scope: Scope, answer: Answer) -> None:
    """The same page for ever is told as such, not walked."""
    again = seek_page(scope, THINGS, token="t1")
    with pytest.raises(errors.CursorStuck, match="page_token=t1"):
        again.decode(answer({"data": [], "next_page_token": "t1"}))


@pytest.mark.parametrize("size", [0, -1, 101])
def test_a_page_larger_than_mirakl_gives(size: int, scope: Scope) -> None:
    """A size beyond what the operation takes is refused before it is sent."""
    for make in (seek_page, offset_page):
        with pytest.raises(errors.Invalid):
            make(scope, THINGS, size=size)
    with pytest.raises(errors.Invalid):
        offset_page(scope, THINGS, offset=-1, size=1)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(0, 30), size=st.integers(1, 8), told=st.booleans(), broken=st.sets(st.integers(0, 29), max_size=5)
)
def test_an_offset_walk_meets_every_row_once(rows: int, size: int, told: bool, broken: set[int]) -> None:  # noqa: FBT001 - drawn
    """Whatever the number of rows and the page size, with a total or without one, each row comes exactly once."""
    import json

    scope = Scope(account="a")
    every = [row(str(at), None if at in broken else at) for at in range(rows)]
    call = offset_page(scope, THINGS, size=size, sort="dateCreated")
    met: list[str] = []
    while call is not None:
        query = dict(call.request.query)
        offset, most = int(query["offset"]), int(query["max"])
        body: dict[str, object] = {"data": every[offset : offset + most]}
        if told:
            body["total_count"] = rows
        page = call.decode(Response(status=200, body=json.dumps(body).encode()))
        met += [each.id for each in page.items]
        call = page.next
    assert met == [str(at) for at in range(rows)]


def test_a_page_is_told_from_another_by_its_ids() -> None:
    """The mark is of the ids in their order; a row without one counts by its text."""
    one, two = (Read(id=name, record=None, payload="{}") for name in "ab")
    assert page_mark([one, two]) != page_mark([two, one])
    assert page_mark([one]) == page_mark([attrs.evolve(one, payload='{"units":2}')])
    broken = Broken(id="", path="$", expected="x", payload="1")
    assert page_mark([broken]) != page_mark([attrs.evolve(broken, payload="2")])


@pytest.mark.parametrize(("grown", "stuck"), [(0, True), (1, True), (2, False), (5, False)])
def test_a_page_pushed_back_by_new_rows_is_no_standstill(grown: int, stuck: bool, scope: Scope, answer: Answer) -> None:  # noqa: FBT001 - a table
    """As many rows as a page has came in before the walk: the page before comes once more, and the walk goes on."""
    body = {"data": [row("a"), row("b")], "total_count": 10}
    first = offset_page(scope, THINGS, size=2).decode(answer(body))
    assert first.next is not None
    again = answer({**body, "total_count": 10 + grown})
    if stuck:
        with pytest.raises(errors.CursorStuck):
            first.next.decode(again)
    else:
        following = first.next.decode(again).next
        assert following is not None
        assert ("offset", "4") in following.request.query


@given(values=st.lists(st.integers(), max_size=40), most=st.integers(1, 7))
def test_chunks_hold_everything(values: list[int], most: int) -> None:
    """Nothing is lost or moved, no chunk is too long, only the last may be short, none is empty."""
    chunks = chunked(values, most)
    assert [value for chunk in chunks for value in chunk] == values
    assert all(len(chunk) == most for chunk in chunks[:-1])
    assert all(1 <= len(chunk) <= most for chunk in chunks)


@given(hours=st.integers(0, 500), longest=st.integers(1, 60))
def test_slices_cover_the_time(hours: int, longest: int) -> None:
    """The slices touch, begin and end where the time does, and none is longer than allowed."""
    end, most = START + timedelta(hours=hours), timedelta(hours=longest)
    slices = time_slices(START, end, most)
    assert slices[0][0] == START
    assert slices[-1][1] == end
    assert [left[1] for left in slices[:-1]] == [right[0] for right in slices[1:]]
    assert all(first <= last <= first + most for first, last in slices)
    assert all(first < last for first, last in slices) or hours == 0


def test_an_end_before_the_start() -> None:
    """A time that runs backwards is one moment: nothing outside the wish is asked for."""
    assert time_slices(START, START - timedelta(days=1), timedelta(days=5)) == ((START, START),)
