"""Exports that run by themselves: started, looked at in their own time, fetched from where the key may go."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Call, Lost, Response
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints.exported import export_file, export_start, export_status, exported_rows
from khaos_connectors.mirakl.exports import export_urls, run_export
from khaos_connectors.mirakl.models.exports import ExportStarted, ExportStatus
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.play import Played, play

_OWN = "https://shop.example.com/api/offers/export/async/file/f1?file=offers/"


def _start(scope: Scope) -> Call[ExportStarted]:
    return export_start(scope, "OF52", "/api/offers/export/async", {"export_type": "application/json"})


def _status(scope: Scope) -> Callable[[str], Call[ExportStatus]]:
    return partial(export_status, scope, "OF53", "/api/offers/export/async/status")


def _chunk(scope: Scope) -> Callable[[str], Call[tuple[object, ...]]]:
    def fetched(url: str) -> Call[tuple[object, ...]]:
        return export_file(
            scope, "OF54", url, lambda answer: tuple(exported_rows(answer, scope=scope, operation="OF54"))
        )

    return fetched


def _run(config: MiraklConfig, outcomes: list[object]) -> Played[tuple[tuple[object, ...], ...]]:
    scope = config.scope
    flow = run_export(config.caller(), config, start=_start(scope), status=_status(scope), chunk=_chunk(scope))
    return play(flow, outcomes)


def test_an_export_is_started_watched_and_fetched_file_by_file(
    config: MiraklConfig, answer: Callable[..., Response]
) -> None:
    """A pending export is looked at again; its files are fetched in Mirakl's order, each from its own address."""
    played = _run(
        config,
        [
            answer({"tracking_id": "t/1"}),
            answer({"status": "PENDING", "last_updated": "2026-01-05T09:00:00Z"}),
            answer({"status": "COMPLETED", "urls": [f"{_OWN}0.json", f"{_OWN}1.json"]}),
            answer([{"sku": "A"}, {"sku": "B"}]),
            answer({"data": [{"sku": "C"}]}),
        ],
    )
    assert played.result == (({"sku": "A"}, {"sku": "B"}), ({"sku": "C"},))
    sends = [effect.request for effect in _sends(played)]
    assert [request.path for request in sends] == [
        "/api/offers/export/async",
        "/api/offers/export/async/status/t%2F1",
        "/api/offers/export/async/status/t%2F1",
        "/api/offers/export/async/file/f1",
        "/api/offers/export/async/file/f1",
    ]
    assert sends[3].query == (("file", "offers/0.json"), ("shop_id", "2000"))
    assert all(request.headers["authorization"] == "key-123" for request in sends)


def _sends(played: Played[tuple[tuple[object, ...], ...]]) -> tuple[Send, ...]:
    return played.of(Send)


def test_trap_09_exports_end_as_completed_and_the_word_of_imports_is_understood(
    config: MiraklConfig, answer: Callable[..., Response]
) -> None:
    """Exports say COMPLETED and CANCELED; COMPLETE and CANCELLED, the words of others, mean the same here."""
    start = answer({"tracking_id": "t1"})
    assert _run(config, [start, answer({"status": "COMPLETE", "urls": None})]).result == ()
    for word in ("CANCELED", "CANCELLED", "FAILED"):
        with pytest.raises(errors.Refused, match="ended as"):
            _run(config, [start, answer({"status": word})])


def test_a_failed_export_tells_its_reason(config: MiraklConfig, answer: Callable[..., Response]) -> None:
    """The code and the detail of a failure are in what is raised, and it is not worth repeating at once."""
    failed = {"status": "FAILED", "error": {"code": 1, "detail": "Internal error"}}
    with pytest.raises(errors.Refused, match="Internal error") as caught:
        _run(config, [answer({"tracking_id": "t1"}), answer(failed)])
    assert (caught.value.code, caught.value.operation, caught.value.retryable) == ("1", "OF52", False)


def test_an_unknown_state_is_not_an_end(config: MiraklConfig, answer: Callable[..., Response]) -> None:
    """A state that we have not met keeps the looking going, it neither ends nor breaks the export."""
    states = [answer({"status": state}) for state in ("QUEUED", "RUNNING")]
    done = answer({"status": "COMPLETED", "urls": []})
    assert _run(config, [answer({"tracking_id": "t1"}), *states, done]).result == ()


def test_patience_ends_with_the_tracking_id(
    change: Callable[..., MiraklConfig], answer: Callable[..., Response]
) -> None:
    """An export that outlasts patience is ``Unanswered`` and names its tracking id; looks are spaced as configured."""
    config = change(export_poll_seconds=20.0, export_patience_seconds=60.0)
    pending = answer({"status": "PENDING"})
    with pytest.raises(errors.Unanswered, match="export t1 still runs after 60 seconds"):
        _run(config, [answer({"tracking_id": "t1"}), pending, pending, pending])


def test_a_lost_look_is_made_again_and_a_refused_one_is_told(
    change: Callable[..., MiraklConfig], answer: Callable[..., Response]
) -> None:
    """Trouble on the way and a busy instance cost one look; a 404 ends the looking."""
    config = change(retry=RetryPolicy(attempts=1))
    started, done = answer({"tracking_id": "t1"}), answer({"status": "COMPLETED", "urls": []})
    lost = [Lost(sent=False, reason="no route"), Lost(sent=True, reason="silence"), answer(None, 503)]
    assert _run(config, [started, *lost, done]).result == ()
    with pytest.raises(errors.NotFound):
        _run(config, [started, answer(None, 404)])


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com/api/files/f1?file=of52-export%offers/0.json&shop_id=7",
        "https://SHOP.example.com:443/api/files/f1?file=of52-export%offers/0.json&shop_id=7",
        "/api/files/f1?file=of52-export%offers/0.json&shop_id=7",
    ],
)
def test_own_files_travel_over_the_accounts_own_connection(
    config: MiraklConfig, answer: Callable[..., Response], url: str
) -> None:
    """Plain http, another spelling and a bare path of the own host all go over the configured https connection.

    A percent sign that escapes nothing, as in Mirakl's own examples, is kept as a character.
    """
    done = answer({"status": "COMPLETED", "urls": [url]})
    played = _run(config, [answer({"tracking_id": "t1"}), done, answer([])])
    last = _sends(played)[-1]
    assert (last.system, last.request.path) == ("john-lewis", "/api/files/f1")
    assert last.request.query == (("file", "of52-export%offers/0.json"), ("shop_id", "7"))
    assert last.request.headers["authorization"] == "key-123"


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example.net/bucket/0.json?signature=a%2Bb",
        "https://shop.example.com.evil.example/api/files/f1",
        "https://shop.example.com:8443/api/files/f1",
        "https://shop.example.com@evil.example/api/files/f1",
    ],
)
def test_a_foreign_host_is_not_called(config: MiraklConfig, answer: Callable[..., Response], url: str) -> None:
    """A file elsewhere is ``Unsupported`` with what to configure; nothing is sent there, least of all the key."""
    done = answer({"status": "COMPLETED", "urls": [url]})
    with pytest.raises(errors.Unsupported, match="files_url"):
        _run(config, [answer({"tracking_id": "t1"}), done])


def test_files_elsewhere_are_fetched_without_key_and_shop(
    change: Callable[..., MiraklConfig], answer: Callable[..., Response]
) -> None:
    """At ``files_url`` the address is the whole permission: it is called as it came, without credentials."""
    config = change(files_url="https://files.example.net")
    assert [connection.system for connection in config.connections()] == ["john-lewis", "john-lewis:files"]
    url = "https://files.example.net/bucket/0.json?signature=a%2Bb&empty="
    done = answer({"status": "COMPLETED", "urls": [url]})
    played = _run(config, [answer({"tracking_id": "t1"}), done, answer([{"sku": "A"}])])
    last = _sends(played)[-1]
    assert last.system == "john-lewis:files"
    assert last.request.query == (("signature", "a+b"), ("empty", ""))
    assert "authorization" not in last.request.headers
    assert played.result == (({"sku": "A"},),)


def test_what_is_no_address_is_undecodable(config: MiraklConfig, answer: Callable[..., Response]) -> None:
    """An entry that is no address stops with the path where it stood."""
    done = answer({"status": "COMPLETED", "urls": ["..."]})
    with pytest.raises(errors.Undecodable, match="address of an exported file"):
        _run(config, [answer({"tracking_id": "t1"}), done])


_ROWS = st.lists(
    st.dictionaries(st.sampled_from(["sku", "amount", "text"]), st.one_of(st.integers(), st.text(max_size=8))),
    max_size=6,
)


@given(rows=_ROWS)
def test_array_object_and_lines_hold_the_same_rows(rows: list[dict[str, object]]) -> None:
    """The three forms of an exported file give the same rows, whatever characters they hold."""
    scope = Scope(account="john-lewis")
    lines = "\n".join(to_json(row) for row in rows) + "\n"
    answers = [
        Response(status=200, body=to_json(rows).encode()),
        Response(status=200, body=to_json({"data": rows, "more": 1}).encode()),
        Response(status=200, headers={"content-type": "application/x-ndjson"}, body=lines.encode()),
    ]
    for each in answers:
        assert list(exported_rows(each, scope=scope, operation="TL05")) == rows


def test_a_row_alone_is_one_row_and_nothing_is_none(scope: Scope) -> None:
    """The document's schema of TL05 is one row: such a file has one; an empty file has none. Numbers stay exact."""
    alone = Response(status=200, body=b'{"id": "1", "amount": -0.1}')
    assert list(exported_rows(alone, scope=scope, operation="TL05")) == [{"id": "1", "amount": Decimal("-0.1")}]
    assert list(exported_rows(Response(status=200), scope=scope, operation="TL05")) == []
    with pytest.raises(errors.Undecodable):
        list(exported_rows(Response(status=200, body=b"<html>"), scope=scope, operation="TL05"))


def test_urls_alone_can_be_asked_for(config: MiraklConfig, answer: Callable[..., Response], scope: Scope) -> None:
    """``export_urls`` stops before the files, for those who fetch them one by one."""
    flow = export_urls(config.caller(), config, start=_start(scope), status=_status(scope))
    done = answer({"status": "COMPLETED", "urls": [f"{_OWN}0.json"]})
    assert play(flow, [answer({"tracking_id": "t1"}), done]).result == (f"{_OWN}0.json",)


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/json", "application/x-ndjson"])
def test_lines_are_read_whatever_their_content_type_says(scope: Scope, kind: str) -> None:
    """A store that knows nothing of what it keeps gives lines as bytes; one that breaks off is no whole file."""

    def rows(body: bytes) -> list[object]:
        response = Response(status=200, headers={"content-type": kind}, body=body)
        return list(exported_rows(response, scope=scope, operation="TL05"))

    assert rows(b'{"id":"a"}\n{"id":"b"}\n') == [{"id": "a"}, {"id": "b"}]
    for cut in (b'{"id":"a"}\n{"id":', b'[{"id":"a"},\n{"id":'):
        with pytest.raises(errors.Undecodable):
            rows(cut)
