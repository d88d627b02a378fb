"""RT01 to RT29: returns that customers or the seller open, and how they move on. None of it moves money.

Batches are answered with 200, and what failed stands inside beside what did not.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.after_sales_state import Return, ReturnLine
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.state import MiraklState, OrderLine
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, parse, stamp

__all__ = [
    "OPERATIONS",
    "cancel",
    "close",
    "create",
    "decide",
    "judge",
    "list_returnable",
    "list_returns",
    "open_return",
    "receive",
    "update",
]

T = TypeVar("T")

_BACK = ("SHIPPED", "TO_COLLECT", "RECEIVED")
_MOST, _MOST_NEW = 100, 200
_FIELD = "Error with field {}. Please check the field datatype."
_WRONG_STATE = "Return is in invalid state"
_UNKNOWN = "The return does not exist."
_METHODS = ("RETURN_METHOD_BY_MAIL", "RETURN_METHOD_DROP_OFF")
"""The second is in no list of codes; the vendor's own examples have it."""


def _on(state: MiraklState) -> None:
    if not state.settings.returns:
        raise Refusal(404, "Not Found")


def open_return(
    state: MiraklState, now: datetime, lines: Sequence[ReturnLine], *, accepted: bool = False, reason: str | None = None
) -> str | None:
    """A return of units that have left: its id, or None where more would come back than left."""
    order = state.orders.get(lines[0].line_id.rpartition("-")[0]) if lines else None
    if order is None or any(_returnable(state, order.line(each.line_id)) < each.quantity for each in lines):
        return None
    number = len(state.after_sales.returns) + 1
    return_id = f"00000000-0000-4000-a000-{number:012d}"
    state.after_sales.returns[return_id] = Return(
        return_id=return_id,
        number=number,
        order_id=order.order_id,
        commercial_id=order.commercial_id,
        state="IN_PROGRESS" if accepted else "WAITING_ACCEPTANCE",
        lines=tuple(lines),
        created_at=now,
        updated_at=now,
        reason=reason,
    )
    return return_id


def _returnable(state: MiraklState, line: OrderLine | None) -> int:
    if line is None or line.state not in _BACK:
        return 0
    return line.quantity - state.after_sales.coming_back(line.line_id)


def list_returns(state: MiraklState, asked: Asked) -> Response:
    """RT11: returns page by page, oldest first."""
    _on(state)
    asked, after = _resumed(asked)
    asked.choice("sort", "date_created,ASC", ("date_created", "date_created,ASC", "date_created,DESC"))
    wanted = _filters(asked)
    rows = [each for each in state.after_sales.returns.values() if wanted(each)]
    page, tokens = _page(asked, rows, after)
    return answer({"data": [_json(each) for each in page], **tokens})


def _filters(asked: Asked) -> Callable[[Return], bool]:
    ids, states, rmas = (asked.repeated(name) for name in ("return_id", "return_state", "return_rma"))
    orders, lines = asked.repeated("order_commercial_id"), asked.repeated("order_line_id")
    created = asked.moment("return_creation_date_from"), asked.moment("return_creation_date_to")
    updated = asked.moment("return_last_updated_from"), asked.moment("return_last_updated_to")

    def within(moment: datetime, bounds: tuple[datetime | None, datetime | None]) -> bool:
        return (bounds[0] is None or moment >= bounds[0]) and (bounds[1] is None or moment <= bounds[1])

    def wanted(one: Return) -> bool:
        return (
            (not ids or one.return_id in ids)
            and (not states or one.state in states)
            and (not rmas or one.details.get("rma") in rmas)
            and (not orders or one.commercial_id in orders)
            and (not lines or any(line.line_id in lines for line in one.lines))
            and within(one.created_at, created)
            and within(one.updated_at, updated)
        )

    return wanted


def list_returnable(state: MiraklState, asked: Asked) -> Response:
    """RT12: how many units of each line may still come back; a window of null where nothing may."""
    _on(state)
    asked, after = _resumed(asked)
    asked.choice("sort", "order_line_id", ("order_line_id", "order_line_id,ASC"))
    orders, lines = asked.repeated("order_commercial_id"), asked.repeated("order_line_id")
    rows: list[Json] = []
    for order in state.orders.values():
        for line in order.lines:
            if (orders and order.commercial_id not in orders) or (lines and line.line_id not in lines):
                continue
            left = _returnable(state, line)
            rows.append(
                {
                    "order_commercial_id": order.commercial_id,
                    "order_line_id": line.line_id,
                    "returnable_quantity": left,
                    "return_window": state.settings.return_window if left else None,
                    "available_return_methods": list(_METHODS) if left else None,
                    "available_return_reasons": ["RETURN_CHANGED_MIND", "RETURN_BROKEN_ITEM"] if left else None,
                }
            )
    page, tokens = _page(asked, rows, after)
    return answer({"data": list(page), **tokens})


def _resumed(asked: Asked) -> tuple[Asked, int]:
    """The query that a page token holds: whatever comes beside it is ignored."""
    token = asked.one("page_token")
    if token is None:
        return asked, 0
    try:
        after, query = json.loads(base64.urlsafe_b64decode(token))
        request = attrs.evolve(asked.request, query=tuple((str(name), str(value)) for name, value in query))
    except ValueError as broken:
        raise Refusal(400, "Invalid value for the parameter : page_token") from broken
    return attrs.evolve(asked, request=request), int(after)


def _page(asked: Asked, rows: Sequence[T], after: int) -> tuple[Sequence[T], dict[str, Json]]:
    limit = asked.number("limit", 10, least=1, most=100)

    def token(start: int) -> str:
        return base64.urlsafe_b64encode(json.dumps([start, list(asked.request.query)]).encode()).decode()

    end = after + limit
    return rows[after:end], {
        "next_page_token": token(end) if end < len(rows) else None,
        "previous_page_token": token(max(0, after - limit)) if after else None,
    }


def create(state: MiraklState, asked: Asked) -> Response:
    """RT01: returns that the seller opens."""
    done: list[Json] = []
    failed: list[Json] = []
    for row in _rows(state, asked, most=_MOST_NEW):
        lines = row.get("return_lines")
        wanted = [_line(each) for each in lines] if isinstance(lines, list) and lines else []
        commercial = row.get("order_commercial_id")
        if not wanted or not isinstance(row.get("method_code"), str):
            raise Refusal(400, _FIELD.format("returns"))
        number = open_return(state, asked.now, wanted, accepted=row.get("accepted") is True)
        made = None if number is None else state.after_sales.returns[number]
        if number is None or made is None or made.commercial_id != commercial:
            state.after_sales.returns.pop(number or "", None)
            failed.append({"order_commercial_id": str(commercial), "message": "Not returnable in this quantity"})
            continue
        details = {name: row[name] for name in ("rma", "label_url") if name in row}
        description = row.get("description")
        made = attrs.evolve(
            made,
            method=str(row["method_code"]),
            details=details,
            description=description if isinstance(description, str) else None,
        )
        state.after_sales.returns[number] = made
        done.append(_json(made))
    return answer({"return_success": done, "return_errors": failed})


def _line(row: Json) -> ReturnLine:
    line_id = row.get("order_line_id") if isinstance(row, Mapping) else None
    quantity = row.get("quantity") if isinstance(row, Mapping) else None
    reason = row.get("reason_code") if isinstance(row, Mapping) else None
    if not isinstance(line_id, str) or not isinstance(quantity, int) or quantity < 1 or not isinstance(reason, str):
        raise Refusal(400, _FIELD.format("returns.return_lines"))
    return ReturnLine(line_id, quantity, reason)


def update(state: MiraklState, asked: Asked) -> Response:
    """RT04: number, label, address, tracking and, before acceptance, the method."""

    def change(one: Return, row: Mapping[str, Json]) -> Return | str:
        if one.state not in ("WAITING_ACCEPTANCE", "IN_PROGRESS"):
            return _WRONG_STATE
        method = row.get("method_code")
        if method is not None and one.state != "WAITING_ACCEPTANCE":
            return "The return method cannot be changed any more"
        details = {**one.details, **{name: row[name] for name in ("rma", "label_url", "tracking") if name in row}}
        address = row.get("return_address")
        if isinstance(address, Mapping):
            details["return_address"] = address.get("address")
        return attrs.evolve(one, method=str(method) if method else one.method, details=details)

    return _each(state, asked, change, whole=True)


def decide(state: MiraklState, asked: Asked) -> Response:
    """RT21: accepted or refused."""

    def change(one: Return, row: Mapping[str, Json]) -> Return | str:
        if one.state != "WAITING_ACCEPTANCE":
            return _WRONG_STATE
        if row.get("accepted") is True:
            return attrs.evolve(one, state="IN_PROGRESS")
        code = row.get("rejection_reason_code")
        return attrs.evolve(one, state="REFUSED", rejection=code if isinstance(code, str) else None)

    return _each(state, asked, change)


def receive(state: MiraklState, asked: Asked) -> Response:
    """RT25: the goods are back."""
    return _each(state, asked, _mover(("IN_PROGRESS",), "RECEIVED"))


def close(state: MiraklState, asked: Asked) -> Response:
    """RT27: nothing more is to be done."""
    return _each(state, asked, _mover(("RECEIVED", "NO_RECEPTION"), "CLOSED"))


def cancel(state: MiraklState, asked: Asked) -> Response:
    """RT29: it will not come back after all."""
    return _each(state, asked, _mover(("WAITING_ACCEPTANCE", "IN_PROGRESS"), "CANCELED"))


def _mover(states: tuple[str, ...], to: str) -> Callable[[Return, Mapping[str, Json]], Return | str]:
    return lambda one, _: attrs.evolve(one, state=to) if one.state in states else _WRONG_STATE


def judge(state: MiraklState, asked: Asked) -> Response:
    """RT26: a verdict for every line of goods that are back."""

    def change(one: Return, row: Mapping[str, Json]) -> Return | str:
        rows = row.get("return_lines")
        verdicts = {
            str(each.get("order_line_id")): each
            for each in (rows if isinstance(rows, list) else [])
            if isinstance(each, Mapping) and isinstance(each.get("compliant"), bool)
        }
        missing = [line.line_id for line in one.lines if line.line_id not in verdicts]
        if one.state != "RECEIVED":
            return _WRONG_STATE
        if missing:
            return f"The compliance has not been specified on the following order lines: {', '.join(missing)}"
        lines = tuple(
            attrs.evolve(
                line,
                compliant=verdicts[line.line_id]["compliant"] is True,
                problem=_text(verdicts[line.line_id].get("non_compliance_reason_code")),
                info=_text(verdicts[line.line_id].get("non_compliance_additional_info")),
            )
            for line in one.lines
        )
        return attrs.evolve(one, lines=lines)

    return _each(state, asked, change)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _rows(state: MiraklState, asked: Asked, *, most: int = _MOST) -> list[Mapping[str, Json]]:
    _on(state)
    value = parse(asked.request).get("returns")
    if not isinstance(value, list) or not value:
        raise Refusal(400, _FIELD.format("returns"))
    if len(value) > most:
        raise Refusal(400, f"The limit of {most} is exceeded for the parameter : returns")
    rows = [row for row in value if isinstance(row, Mapping)]
    if len(rows) < len(value):
        raise Refusal(400, _FIELD.format("returns"))
    return rows


def _each(
    state: MiraklState,
    asked: Asked,
    change: Callable[[Return, Mapping[str, Json]], Return | str],
    *,
    whole: bool = False,
) -> Response:
    done: list[Json] = []
    failed: list[Json] = []
    returns = state.after_sales.returns
    for row in _rows(state, asked):
        return_id = str(row.get("id"))
        changed = change(returns[return_id], row) if return_id in returns else _UNKNOWN
        if isinstance(changed, str):
            failed.append({"id": return_id, "message": changed})
            continue
        returns[return_id] = attrs.evolve(changed, updated_at=asked.now)
        done.append(_json(returns[return_id]) if whole else {"id": return_id})
    return answer({"return_success": done, "return_errors": failed})


def _json(one: Return) -> Json:
    address = one.details.get("return_address")
    tracking = one.details.get("tracking")
    home: Json = {
        "street1": "1 Imaginary Lane",
        "street2": None,
        "zip_code": "ZZ99 9ZZ",
        "city": "Exampleton",
        "state": None,
        "country_iso_code": "GBR",
    }
    return {
        "id": one.return_id,
        "order_id": one.order_id,
        "order_commercial_id": one.commercial_id,
        "state": one.state,
        "method_code": one.method,
        "reason_code": one.reason,
        "rejection_reason_code": one.rejection,
        "rma": _text(one.details.get("rma")),
        "label_url": _text(one.details.get("label_url")),
        "description": one.description,
        "return_lines": [
            {
                "order_line_id": line.line_id,
                "quantity": line.quantity,
                "reason_code": line.reason,
                "compliance": None
                if line.compliant is None
                else [
                    {
                        "compliant": line.compliant,
                        "non_compliance_reason_code": line.problem,
                        "non_compliance_additional_info": line.info,
                    }
                ],
            }
            for line in one.lines
        ],
        "return_address": address if isinstance(address, Mapping) else home,
        "tracking": tracking if isinstance(tracking, Mapping) else None,
        "documents": [],
        "date_created": stamp(one.created_at),
        "last_updated": stamp(one.updated_at),
    }


OPERATIONS = (
    operation("RT01", "POST", "api/returns", create),
    operation("RT04", "PUT", "api/returns", update),
    operation("RT11", "GET", "api/returns", list_returns),
    operation("RT12", "GET", "api/returns/items_to_return", list_returnable),
    operation("RT21", "PUT", "api/returns/accept", decide),
    operation("RT25", "PUT", "api/returns/receive", receive),
    operation("RT26", "PUT", "api/returns/compliance", judge),
    operation("RT27", "PUT", "api/returns/close", close),
    operation("RT29", "PUT", "api/returns/cancel", cancel),
)
