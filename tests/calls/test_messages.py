"""Requests, answers and pages are values."""

from khaos_connectors.calls.messages import Call, Page, Request, Response


def test_header_names_are_lower_case() -> None:
    """So that nobody has to try two spellings; a name given twice takes the new value."""
    request = Request(method="GET", path="/", headers={"Accept": "a", "X-Key": "1"})

    assert request.with_headers({"ACCEPT": "b"}).headers == {"accept": "b", "x-key": "1"}
    assert request.headers == {"accept": "a", "x-key": "1"}
    assert Response(status=200, headers={"ETag": "e"}).headers == {"etag": "e"}


def test_equal_requests_are_equal() -> None:
    """However their headers were spelt."""
    assert Request(method="GET", path="/", headers={"A": "1"}) == Request(method="GET", path="/", headers={"a": "1"})


def test_calls_are_compared_by_what_they_send() -> None:
    """Two readers of one request make the same call."""
    request = Request(method="GET", path="/")

    assert Call(operation="o", request=request, decode=str) == Call(operation="o", request=request, decode=repr)
    assert Call(operation="o", request=request, decode=str) != Call(operation="p", request=request, decode=str)


def test_a_call_is_never_repeated_unless_it_says_so() -> None:
    """The safe kind is the default."""
    assert Call(operation="o", request=Request(method="POST", path="/"), decode=str).repeat == "never"


def test_a_page_is_walked_by_its_items() -> None:
    """It may stand where its items are wanted."""
    assert list(Page(items=(1, 2))) == [1, 2]
