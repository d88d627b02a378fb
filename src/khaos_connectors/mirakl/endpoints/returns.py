"""Returns: what came back, what may come back, and how a return is moved on. None of it moves money."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import attrs

from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.core.fields import typed
from khaos_connectors.mirakl.answers import model, refused_locally
from khaos_connectors.mirakl.endpoints.paging import Listing, seek_page
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES, given, instant, json_request, repeated
from khaos_connectors.mirakl.given import codes, records, texts
from khaos_connectors.mirakl.models.return_codes import ReturnState
from khaos_connectors.mirakl.models.returns import (
    LineCompliance,
    NewReturn,
    NewReturnAddress,
    Return,
    ReturnableItem,
    ReturnChange,
    ReturnCompliance,
    ReturnDecision,
    ReturnsChanged,
    ReturnsMoved,
)
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "RETURNABLE",
    "RETURNS",
    "ReturnFilter",
    "cancel_returns",
    "close_returns",
    "create_returns",
    "decide_returns",
    "list_returnable_items",
    "list_returns",
    "receive_returns",
    "set_return_compliance",
    "update_returns",
]

RETURNS = Listing(operation="RT11", path="/api/returns", record=Return)
"""The list of returns."""

RETURNABLE = Listing(operation="RT12", path="/api/returns/items_to_return", record=ReturnableItem, id="order_line_id")
"""The list of what may still come back."""

_MOST_NEW, _MOST_LINES, _MOST_UNITS = 200, 200, 2**31 - 1
_LONG, _SHORT, _ID = 2000, 255, 36
_RMA = re.compile(r"[0-9a-zA-Z_-]{1,100}")
_COUNTRY = re.compile(r"[A-Z]{3}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class ReturnFilter:
    """Which returns, all of it optional. Lists take at most 100 values each; times are aware."""

    return_id: tuple[str, ...] = ()
    return_state: tuple[ReturnState, ...] = ()
    return_creation_date_from: datetime | None = None
    return_creation_date_to: datetime | None = None
    return_last_updated_from: datetime | None = None
    return_last_updated_to: datetime | None = None
    order_commercial_id: tuple[str, ...] = ()
    order_line_id: tuple[str, ...] = ()
    return_rma: tuple[str, ...] = ()
    customer_id: tuple[str, ...] = ()


def list_returns(
    scope: Scope, wanted: ReturnFilter | None = None, *, size: int = 100, token: str = ""
) -> Call[Page[Read[Return] | Broken]]:
    """Returns by *wanted*, oldest first, *size* (1 to 100) to a page, each read by itself: RT11."""
    wanted = wanted or ReturnFilter()
    states = codes(scope, "RT11", "return_state", wanted.return_state, ReturnState)
    pairs = (
        *repeated(scope, "RT11", "return_id", wanted.return_id),
        *repeated(scope, "RT11", "return_state", states),
        *(
            (name, instant(scope, "RT11", name, value))
            for name, value in (
                ("return_creation_date_from", wanted.return_creation_date_from),
                ("return_creation_date_to", wanted.return_creation_date_to),
                ("return_last_updated_from", wanted.return_last_updated_from),
                ("return_last_updated_to", wanted.return_last_updated_to),
            )
        ),
        *repeated(scope, "RT11", "order_commercial_id", wanted.order_commercial_id),
        *repeated(scope, "RT11", "order_line_id", wanted.order_line_id),
        *repeated(scope, "RT11", "return_rma", wanted.return_rma),
        *repeated(scope, "RT11", "customer_id", wanted.customer_id),
    )
    return seek_page(scope, RETURNS, pairs, size=size, sort="date_created,ASC", token=token)


def list_returnable_items(
    scope: Scope,
    *,
    order_commercial_ids: Sequence[str] = (),
    order_line_ids: Sequence[str] = (),
    size: int = 100,
    token: str = "",
) -> Call[Page[Read[ReturnableItem] | Broken]]:
    """How much of each order line may still come back, how, and for what reasons: RT12."""
    orders = texts(scope, "RT12", "order_commercial_ids", order_commercial_ids)
    lines = texts(scope, "RT12", "order_line_ids", order_line_ids)
    pairs = (
        *repeated(scope, "RT12", "order_commercial_id", orders),
        *repeated(scope, "RT12", "order_line_id", lines),
    )
    return seek_page(scope, RETURNABLE, pairs, size=size, sort="order_line_id,ASC", token=token)


def create_returns(scope: Scope, returns: Sequence[NewReturn]) -> Call[ReturnsChanged]:
    """Open up to 200 returns of up to 200 lines each: RT01.

    Never repeated blindly: a second one is a second return. A 200 holds failures beside successes.
    """
    found = records(scope, "RT01", "returns", returns, NewReturn)
    _must_count(scope, "RT01", "returns", len(found), _MOST_NEW)
    rows = [_new_return(scope, each) for each in found]
    return Call(
        operation="RT01",
        repeat="never",
        request=json_request("POST", "/api/returns", scope.query(), {"returns": rows}),
        decode=partial(model, ReturnsChanged, scope=scope, operation="RT01"),
    )


def update_returns(scope: Scope, changes: Sequence[ReturnChange]) -> Call[ReturnsChanged]:
    """Set number, label, address, tracking or method of up to 100 returns; the last word wins: RT04.

    A 200 holds failures beside successes.
    """
    found = records(scope, "RT04", "changes", changes, ReturnChange)
    _must_count(scope, "RT04", "returns", len(found))
    rows = [_change(scope, each) for each in found]
    if empty := [str(row["id"]) for row in rows if len(row) == 1]:
        raise refused_locally(scope, "RT04", "changes", f"must name what is to change on return {', '.join(empty)}")
    return Call(
        operation="RT04",
        repeat="same-effect",
        request=json_request("PUT", "/api/returns", scope.query(), {"returns": rows}),
        decode=partial(model, ReturnsChanged, scope=scope, operation="RT04"),
    )


def decide_returns(scope: Scope, decisions: Sequence[ReturnDecision]) -> Call[ReturnsMoved]:
    """Accept or refuse up to 100 returns in WAITING_ACCEPTANCE: RT21.

    A 200 holds failures beside successes; what was decided before is among the failures.
    """
    rows: list[dict[str, object]] = []
    for each in records(scope, "RT21", "decisions", decisions, ReturnDecision):
        if each.accepted and each.rejection_reason_code is not None:
            problem = f"must not be given for an accepted return ({each.id})"
            raise refused_locally(scope, "RT21", "rejection_reason_code", problem)
        rows.append(given(attrs.asdict(each)))
    return _moved(scope, "RT21", "accept", rows)


def receive_returns(scope: Scope, return_ids: Sequence[str]) -> Call[ReturnsMoved]:
    """Tell that the goods of up to 100 returns are back: RT25.

    A 200 holds failures beside successes; what was received before is among the failures.
    """
    return _moved(scope, "RT25", "receive", _ids(scope, "RT25", return_ids))


def set_return_compliance(scope: Scope, verdicts: Sequence[ReturnCompliance]) -> Call[ReturnsMoved]:
    """Tell for every line of up to 100 received returns whether the goods are as they should be: RT26.

    A 200 holds failures beside successes.
    """
    found = records(scope, "RT26", "verdicts", verdicts, ReturnCompliance)
    rows = [{"id": each.id, "return_lines": [_verdict(scope, line) for line in each.return_lines]} for each in found]
    for each in found:
        _must_count(scope, "RT26", "return_lines", len(each.return_lines), _MOST_LINES)
    return _moved(scope, "RT26", "compliance", rows)


def close_returns(scope: Scope, return_ids: Sequence[str]) -> Call[ReturnsMoved]:
    """Close up to 100 returns; what is to be refunded has to be refunded beside it: RT27.

    A 200 holds failures beside successes; what was closed before is among the failures.
    """
    return _moved(scope, "RT27", "close", _ids(scope, "RT27", return_ids))


def cancel_returns(scope: Scope, return_ids: Sequence[str]) -> Call[ReturnsMoved]:
    """Cancel up to 100 returns: RT29.

    A 200 holds failures beside successes; what was cancelled before is among the failures.
    """
    return _moved(scope, "RT29", "cancel", _ids(scope, "RT29", return_ids))


def _ids(scope: Scope, operation: str, return_ids: Sequence[str]) -> list[Mapping[str, object]]:
    return [{"id": each} for each in texts(scope, operation, "return_ids", return_ids)]


def _moved(scope: Scope, operation: str, verb: str, rows: Sequence[Mapping[str, object]]) -> Call[ReturnsMoved]:
    _must_count(scope, operation, "returns", len(rows))
    for row in rows:
        if not 1 <= len(str(row["id"])) <= _ID:
            raise refused_locally(scope, operation, "id", f"must have 1 to {_ID} characters, not {row['id']!r}")
    return Call(
        operation=operation,
        repeat="same-effect",
        request=json_request("PUT", f"/api/returns/{verb}", scope.query(), {"returns": rows}),
        decode=partial(model, ReturnsMoved, scope=scope, operation=operation),
    )


def _must_count(scope: Scope, operation: str, field: str, count: int, most: int = MOST_VALUES) -> None:
    if not 1 <= count <= most:
        raise refused_locally(scope, operation, field, f"takes 1 to {most}, not {count}")


def _new_return(scope: Scope, new: NewReturn) -> dict[str, object]:
    _must_count(scope, "RT01", "return_lines", len(new.return_lines), _MOST_LINES)
    for field, wrong, problem in (
        ("order_commercial_id", not new.order_commercial_id, "must not be empty"),
        ("rma", new.rma is not None and not _RMA.fullmatch(new.rma), "must be 1 to 100 of 0-9, a-z, A-Z, _ and -"),
        ("label_url", new.label_url is not None and not 1 <= len(new.label_url) <= _LONG, f"1 to {_LONG} characters"),
        ("description", len(new.description or "") > _LONG, f"has more than {_LONG} characters"),
        (
            "quantity",
            not all(1 <= line.quantity <= _MOST_UNITS for line in new.return_lines),
            "must be 1 or more on every line",
        ),
        (
            "return_lines",
            not all(line.order_line_id and line.reason_code for line in new.return_lines),
            "need a line id and a reason each",
        ),
    ):
        if wrong:
            raise refused_locally(scope, "RT01", field, f"{problem} ({new.order_commercial_id!r})")
    return {**given(attrs.asdict(new)), "return_lines": [attrs.asdict(line) for line in new.return_lines]}


def _change(scope: Scope, change: ReturnChange) -> dict[str, object]:
    tracking = change.tracking
    for field, wrong, problem in (
        ("id", not change.id, "must not be empty"),
        ("label_url", len(change.label_url or "") > _LONG, f"has more than {_LONG} characters"),
        (
            "tracking_url",
            tracking is not None and len(tracking.tracking_url or "") > _LONG,
            f"has more than {_LONG} characters",
        ),
    ):
        if wrong:
            raise refused_locally(scope, "RT04", field, f"{problem} ({change.id!r})")
    row = given(attrs.asdict(attrs.evolve(change, return_address=None, tracking=None)))
    if change.return_address is not None:
        row["return_address"] = {"address": _address(scope, change.return_address)}
    if tracking is not None:
        row["tracking"] = given(attrs.asdict(tracking))
    return row


def _address(scope: Scope, address: NewReturnAddress) -> dict[str, object]:
    texts: dict[str, str] = {name: value for name, value in attrs.asdict(address).items() if value is not None}
    for name, value in texts.items():
        if len(value) > _SHORT:
            raise refused_locally(scope, "RT04", name, f"has more than {_SHORT} characters")
    if not _COUNTRY.fullmatch(address.country_iso_code):
        raise refused_locally(scope, "RT04", "country_iso_code", "must be three capital letters, such as GBR")
    return dict(texts)


def _verdict(scope: Scope, line: LineCompliance) -> dict[str, object]:
    reason, info = line.non_compliance_reason_code, line.non_compliance_additional_info
    for field, wrong, problem in (
        ("order_line_id", not line.order_line_id, "must not be empty"),
        ("non_compliance_reason_code", line.compliant and reason is not None, "must not be given for good goods"),
        ("non_compliance_additional_info", len(info or "") > _LONG, f"has more than {_LONG} characters"),
    ):
        if wrong:
            raise refused_locally(scope, "RT26", field, f"{problem} (line {line.order_line_id!r})")
    return given(attrs.asdict(line))
