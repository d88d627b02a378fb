"""OR07, OR31, OR32, OR51, OR75: what is written onto orders beside their states, and read beside them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.order_state import CustomField
from khaos_connectors.testing.simulators.mirakl.orders import find_order
from khaos_connectors.testing.simulators.mirakl.state import MiraklState, Order, OrderLine
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, parse, stamp

__all__ = ["OPERATIONS", "adjust", "evaluation", "set_fields", "set_origins", "taxes"]

_MOST = 100
_BEFORE_DEBIT = ("STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT")


def set_origins(state: MiraklState, asked: Asked) -> Response:
    """OR07: where lines will be sent from; refused per line once their debit has begun."""
    rows = _rows(parse(asked.request).get("order_lines"), "order_lines")
    return answer({"order_lines": [_set_origin(state, row, asked) for row in rows]})


def _set_origin(state: MiraklState, row: Mapping[str, Json], asked: Asked) -> Json:
    line_id, origin = row.get("id"), row.get("shipping_from")
    if not isinstance(line_id, str) or not isinstance(origin, Mapping):
        raise Refusal(400, "Error with field order_lines.id. Please check the field datatype.")
    found = _line(state, line_id)
    if found is None:
        return {"id": line_id, "errors": [_error("ORDER_LINE_NOT_FOUND", "id", "Order line not found")]}
    order, line = found
    if order.state not in _BEFORE_DEBIT:
        problem = _error("05.read-only", "shipping_from", "The origin cannot be changed once the debit has begun")
        return {"id": line_id, "errors": [problem], "updated": line.origin}
    _replace(state, order, attrs.evolve(line, origin=origin), asked)
    return {"id": line_id, "errors": [], "updated": origin}


def set_fields(state: MiraklState, asked: Asked) -> Response:
    """OR31: custom fields of an order and its lines; all are taken, or none and the 200 says why."""
    order = find_order(state, asked.ids[0])
    body = parse(asked.request)
    of_order = _rows(body.get("order_additional_fields", []), "order_additional_fields", least=0)
    of_lines = _rows(body.get("order_lines", []), "order_lines", least=0)
    errors: list[Json] = []
    fields = _written(state, order.fields, of_order, "ORDER", errors)
    lines = {line.line_id: line for line in order.lines}
    for row in of_lines:
        line = lines.get(str(row.get("order_line_id")))
        if line is None:
            errors.append(_error("ORDER_LINE_NOT_FOUND", "order_line_id", "Order line not found"))
            continue
        given = _rows(row.get("order_line_additional_fields", []), "order_line_additional_fields", least=0)
        kept = _written(state, line.fields, given, "ORDER_LINE", errors)
        lines[line.line_id] = attrs.evolve(line, fields=kept)
    if errors:
        return answer({"order_update_errors": {"errors": errors, "input": body}})
    after = attrs.evolve(order, fields=fields, lines=tuple(lines.values()), updated_at=asked.now)
    state.orders[order.order_id] = after
    result: Json = {
        "order_additional_fields": [dict(field) for field in after.fields],
        "order_lines": [
            {"order_line_id": line.line_id, "order_line_additional_fields": [dict(field) for field in line.fields]}
            for line in after.lines
        ],
    }
    return answer({"order_update_result": result})


def _written(
    state: MiraklState,
    kept: tuple[Mapping[str, Json], ...],
    given: Sequence[Mapping[str, Json]],
    entity: str,
    errors: list[Json],
) -> tuple[Mapping[str, Json], ...]:
    known = state.settings.orders.fields
    after = {str(field["code"]): field for field in kept}
    for row in given:
        code, value = str(row.get("code")), row.get("value")
        rule = known.get(code)
        problem = _problem(rule, entity, value)
        if rule is None or problem:
            errors.append(_error("ADDITIONAL_FIELD_INVALID", code, problem))
        elif value in (None, "", []):
            after.pop(code, None)
        else:
            after[code] = {"code": code, "type": rule.type, "value": value}
    return tuple(after.values())


def _problem(rule: CustomField | None, entity: str, value: Json) -> str:
    if rule is None or rule.entity != entity:
        return "The custom field does not exist"
    if not rule.editable:
        return "The custom field cannot be changed by the shop"
    if rule.required and value in (None, "", []):
        return "The custom field is required"
    several = rule.type == "MULTIPLE_VALUES_LIST"
    if value not in (None, "", []) and isinstance(value, str) is several:
        return "The value is not of the type of the custom field"
    return ""


def adjust(state: MiraklState, asked: Asked) -> Response:
    """OR32: the measured quantity of goods that are not counted; only where the platform sells such goods."""
    rows = _rows(parse(asked.request).get("order_lines"), "order_lines")
    if not state.settings.orders.measured:
        raise Refusal(400, "The order adjustment feature is not enabled", code="ORDER_ADJUSTMENT_FEATURE_DISABLED")
    return answer({"order_lines_adjusted": [_adjust(state, row, asked) for row in rows]})


def _adjust(state: MiraklState, row: Mapping[str, Json], asked: Asked) -> Json:
    line_id, measured = row.get("order_line_id"), row.get("actual_measurement")
    if not isinstance(line_id, str) or isinstance(measured, bool) or not isinstance(measured, int | Decimal):
        raise Refusal(400, "Bad Request", code="VALIDATION_ERROR", field="order_lines")
    found = _line(state, line_id)
    if found is None:
        problem = _error("ORDER_LINE_NOT_FOUND", "order_line_id", "Order line not found")
    elif found[1].sku not in state.settings.orders.measured:
        problem = _error("ORDER_LINE_MISSING_MEASUREMENT", "order_line_id", "The line is not measured")
    elif found[1].measured is not None:
        problem = _error("ORDER_LINE_ALREADY_ADJUSTED", "order_line_id", "The line was adjusted already")
    else:
        order, line = found
        after = attrs.evolve(line, measured=Decimal(measured))
        _replace(state, order, after, asked)
        return {
            "order_line_id": line_id,
            "measurement": {
                "measurement_unit": state.settings.orders.measured[line.sku],
                "ordered_measurement": Decimal(line.quantity),
                "actual_measurement": Decimal(measured),
                "adjustment_limit": Decimal(10),
            },
            "refunds": [],
            "cancelations": [],
            "errors": [],
        }
    return {"order_line_id": line_id, "errors": [problem], "refunds": [], "cancelations": []}


def evaluation(state: MiraklState, asked: Asked) -> Response:
    """OR51: what the customer said, 404 where nothing was."""
    order = find_order(state, asked.ids[0])
    said = state.desk.evaluations.get(order.order_id)
    if said is None:
        raise Refusal(404, f"Evaluation of order '{order.order_id}' not found")
    return answer(
        {
            "grade": said.grade,
            "comment": said.comment,
            "assessments": [{"code": "1", "label": "Delivery", "response": str(said.grade)}],
            "customer_id": f"C{order.number:06d}",
            "firstname": "Ada",
            "lastname": "Testperson",
            "date": stamp(said.at),
            "last_updated_date": stamp(said.at),
            "visible": True,
        }
    )


def taxes(state: MiraklState, asked: Asked) -> Response:
    """OR75: the operator's tax codes."""
    settings = state.settings
    asked.choice("locale", settings.locales[0], settings.locales)
    return answer({"taxes": [{"code": "VAT", "label": "VAT", "tax_calculation_rule": settings.tax_rule}]})


def _line(state: MiraklState, line_id: str) -> tuple[Order, OrderLine] | None:
    order = state.orders.get(line_id.rpartition("-")[0])
    line = None if order is None else order.line(line_id)
    return None if order is None or line is None else (order, line)


def _replace(state: MiraklState, order: Order, line: OrderLine, asked: Asked) -> None:
    lines = tuple(line if line.line_id == each.line_id else each for each in order.lines)
    state.orders[order.order_id] = attrs.evolve(order, lines=lines, updated_at=asked.now)


def _rows(value: Json, field: str, *, least: int = 1) -> list[Mapping[str, Json]]:
    if not isinstance(value, list) or not least <= len(value) <= _MOST:
        raise Refusal(400, f"Error with field {field}. Please check the field datatype.")
    rows = [row for row in value if isinstance(row, Mapping)]
    if len(rows) != len(value):
        raise Refusal(400, f"Error with field {field}. Please check the field datatype.")
    return rows


def _error(code: str, field: str, message: str) -> Json:
    return {"code": code, "field": field, "message": message}


OPERATIONS = (
    operation("OR07", "PUT", "api/orders/shipping_from", set_origins),
    operation("OR31", "PUT", "api/orders/*/additional_fields", set_fields),
    operation("OR32", "PUT", "api/orders/adjust", adjust),
    operation("OR51", "GET", "api/orders/*/evaluation", evaluation),
    operation("OR75", "GET", "api/orders/taxes", taxes),
)
