"""What a seller may write onto orders: own reference, origin of the goods, custom fields, measured quantities.

All of them answer 200 although rows failed: look at each row's errors.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial

import attrs

from khaos_connectors.calls.decode import read
from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.mirakl.answers import content, model, refused_locally
from khaos_connectors.mirakl.endpoints.custom_fields import written_field
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES, json_request, segment
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.models.additional_fields import NewAdditionalField
from khaos_connectors.mirakl.models.order_updates import (
    AdditionalFieldsUpdate,
    AdjustedLine,
    NewEcoContribution,
    NewLineOrigin,
    NewOrderUpdate,
    UpdatedOrder,
    UpdatedOrigin,
)
from khaos_connectors.mirakl.scope import Scope

__all__ = ["adjust_lines", "set_additional_fields", "set_line_origins", "set_seller_references", "update_orders"]

_LONGEST_REFERENCE = 2000
_LONGEST_PRODUCER = 255
_MOST_ECO = Decimal(10) ** 17

_EMPTIED = {"value": ""}
"""What removes a custom field of an order: an empty text, whatever the field's type."""


def set_seller_references(scope: Scope, references: Mapping[str, str]) -> Call[tuple[UpdatedOrder, ...]]:
    """Write the seller's own reference onto up to 100 orders: OR04.

    *references* is by order id, 1 to 2000 characters each. A 200 is no success by itself: look at each row's errors.
    """
    return update_orders(
        scope,
        [
            NewOrderUpdate(order_id=order_id, order_reference_for_seller=reference)
            for order_id, reference in references.items()
        ],
    )


def update_orders(scope: Scope, updates: Sequence[NewOrderUpdate]) -> Call[tuple[UpdatedOrder, ...]]:
    """Write own references and eco-contributions onto up to 100 orders: OR04.

    What is not named stays as it is. A 200 is no success by itself: look at each row's errors.
    """
    found = records(scope, "OR04", "updates", updates, NewOrderUpdate)
    _some(scope, "OR04", "orders", len(found))
    body = {"orders": [_update(scope, update) for update in found]}

    def decode(response: Response) -> tuple[UpdatedOrder, ...]:
        told = content(response, scope=scope, operation="OR04")
        rows = read(_UpdatedOrders, told, system=scope.account, operation="OR04").updated_orders or ()
        return tuple(row for row in rows if row is not None)

    request = json_request("PUT", "/api/orders", scope.query(), body)
    return Call(operation="OR04", repeat="same-effect", request=request, decode=decode)


def set_line_origins(scope: Scope, origins: Sequence[NewLineOrigin]) -> Call[tuple[UpdatedOrigin, ...]]:
    """Tell from where up to 100 lines will be sent, which may decide on their taxes: OR07.

    A line whose debit has begun is not changed; its row says so (``05.read-only``).
    """
    given = records(scope, "OR07", "origins", origins, NewLineOrigin)
    _some(scope, "OR07", "order_lines", len(given))
    body = {"order_lines": [{"id": one.order_line_id, "shipping_from": _origin(scope, one)} for one in given]}

    def decode(response: Response) -> tuple[UpdatedOrigin, ...]:
        found = content(response, scope=scope, operation="OR07")
        return read(_UpdatedOrigins, found, system=scope.account, operation="OR07").order_lines or ()

    request = json_request("PUT", "/api/orders/shipping_from", scope.query(), body)
    return Call(operation="OR07", repeat="same-effect", request=request, decode=decode)


def set_additional_fields(
    scope: Scope,
    order_id: str,
    fields: Sequence[NewAdditionalField] = (),
    *,
    lines: Mapping[str, Sequence[NewAdditionalField]] | None = None,
) -> Call[AdditionalFieldsUpdate]:
    """Write custom fields of an order and, by line id, of its *lines*; others stay as they are: OR31.

    All or nothing: the answer has either the fields as they stand now or ``problems``. Which codes there are and which
    of them a seller may edit tells AF01.
    """
    fields = records(scope, "OR31", "fields", fields, NewAdditionalField)
    of_lines = {
        line: records(scope, "OR31", "lines", each, NewAdditionalField) for line, each in (lines or {}).items() if each
    }
    if not fields and not of_lines:
        raise refused_locally(scope, "OR31", "order_additional_fields", "must name at least one field to write")
    body: dict[str, object] = {}
    if fields:
        body["order_additional_fields"] = _written(scope, "order_additional_fields", fields)
    if of_lines:
        body["order_lines"] = [
            {
                "order_line_id": line,
                "order_line_additional_fields": _written(scope, "order_line_additional_fields", each),
            }
            for line, each in of_lines.items()
        ]
    return Call(
        operation="OR31",
        repeat="same-effect",
        request=json_request(
            "PUT", f"/api/orders/{segment(scope, 'OR31', order_id)}/additional_fields", scope.query(), body
        ),
        decode=partial(model, AdditionalFieldsUpdate, scope=scope, operation="OR31"),
    )


def adjust_lines(scope: Scope, measurements: Mapping[str, Decimal]) -> Call[tuple[AdjustedLine, ...]]:
    """Tell what up to 100 measured lines really weigh or measure, by line id; it moves money: OR32.

    Mirakl refunds or cancels the difference by itself. Never repeat it blindly: read the orders first.
    """
    _some(scope, "OR32", "order_lines", len(measurements))
    for line, measured in measurements.items():
        if not measured.is_finite() or measured < 0:
            raise refused_locally(scope, "OR32", "actual_measurement", f"must be 0 or more, not {measured} ({line})")
    body = {
        "order_lines": [
            {"order_line_id": line, "actual_measurement": measured} for line, measured in measurements.items()
        ]
    }

    def decode(response: Response) -> tuple[AdjustedLine, ...]:
        found = content(response, scope=scope, operation="OR32")
        return read(_AdjustedLines, found, system=scope.account, operation="OR32").order_lines_adjusted or ()

    request = json_request("PUT", "/api/orders/adjust", scope.query(), body)
    return Call(operation="OR32", repeat="never", request=request, decode=decode)


def _some(scope: Scope, operation: str, field: str, count: int) -> None:
    if not 1 <= count <= MOST_VALUES:
        raise refused_locally(scope, operation, field, f"takes 1 to {MOST_VALUES} rows, not {count}")


def _update(scope: Scope, update: NewOrderUpdate) -> dict[str, object]:
    row: dict[str, object] = {"order_id": update.order_id}
    reference = update.order_reference_for_seller
    if reference is not None:
        if not 1 <= len(reference) <= _LONGEST_REFERENCE:
            problem = f"must have 1 to {_LONGEST_REFERENCE} characters, not {len(reference)} ({update.order_id})"
            raise refused_locally(scope, "OR04", "order_reference_for_seller", problem)
        row["references"] = {"order_reference_for_seller": reference}
    if update.eco_contributions:
        row["order_lines"] = [
            {"order_line_id": line, "eco_contributions": [_eco(scope, one) for one in contributions]}
            for line, contributions in update.eco_contributions.items()
        ]
    return row


def _eco(scope: Scope, one: NewEcoContribution) -> dict[str, object]:
    if len(one.producer_id) > _LONGEST_PRODUCER:
        raise refused_locally(scope, "OR04", "producer_id", f"must have at most {_LONGEST_PRODUCER} characters")
    row: dict[str, object] = {"epr_category_code": one.epr_category_code, "producer_id": one.producer_id}
    if one.unit_amount is not None:
        if not one.unit_amount.is_finite() or not 0 <= one.unit_amount <= _MOST_ECO:
            raise refused_locally(scope, "OR04", "unit_amount", f"must be 0 or more, not {one.unit_amount}")
        row["unit_amount"] = one.unit_amount
    return row


def _origin(scope: Scope, origin: NewLineOrigin) -> dict[str, object]:
    address = {
        "country_iso_code": origin.country_iso_code,
        "street_1": origin.street_1,
        "street_2": origin.street_2,
        "zip_code": origin.zip_code,
        "city": origin.city,
        "state": origin.state,
    }
    given = {name: value for name, value in address.items() if value}
    if bool(origin.warehouse) == bool(given):
        raise refused_locally(scope, "OR07", "shipping_from", "give either a warehouse or an address")
    if origin.warehouse:
        return {"warehouse": {"code": origin.warehouse}}
    if not origin.country_iso_code:
        raise refused_locally(scope, "OR07", "country_iso_code", "an address needs its country (alpha-3)")
    return {"address": given}


def _written(scope: Scope, at: str, fields: Sequence[NewAdditionalField]) -> list[dict[str, object]]:
    return [written_field(scope, "OR31", at, field, emptied=_EMPTIED) for field in fields]


@attrs.frozen(kw_only=True)
class _UpdatedOrders:
    updated_orders: tuple[UpdatedOrder | None, ...] | None = ()


@attrs.frozen(kw_only=True)
class _UpdatedOrigins:
    order_lines: tuple[UpdatedOrigin, ...] | None = ()


@attrs.frozen(kw_only=True)
class _AdjustedLines:
    order_lines_adjusted: tuple[AdjustedLine, ...] | None = ()
