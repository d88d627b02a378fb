"""Money back and goods taken out: refunds, cancelations, and incidents that are solved."""

from collections.abc import Sequence
from functools import partial

from khaos_connectors.calls.messages import Call, Request
from khaos_connectors.mirakl.answers import model, nothing, refused_locally
from khaos_connectors.mirakl.endpoints.writing import json_request, segment
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.models.codes import OrderTaxMode
from khaos_connectors.mirakl.models.refunds import (
    CreatedCancelations,
    CreatedRefunds,
    NewCancelation,
    NewFee,
    NewRefund,
    NewTax,
)
from khaos_connectors.mirakl.scope import Scope

__all__ = ["cancel_lines", "cancel_order", "refund_lines", "resolve_incident"]

_MOST_UNITS = 2**31 - 1


def refund_lines(
    scope: Scope, refunds: Sequence[NewRefund], *, order_tax_mode: OrderTaxMode | None = None
) -> Call[CreatedRefunds]:
    """Give money back on debited lines: OR28.

    Never repeated blindly: a second one is a second refund. *order_tax_mode* is that of the amounts; None means the
    platform's own.
    """
    rows = [_refund(scope, refund) for refund in records(scope, "OR28", "refunds", refunds, NewRefund)]
    if not rows:
        raise refused_locally(scope, "OR28", "refunds", "must hold at least one refund")
    body = {"refunds": rows} if order_tax_mode is None else {"order_tax_mode": order_tax_mode.value, "refunds": rows}
    return Call(
        operation="OR28",
        repeat="never",
        request=json_request("PUT", "/api/orders/refund", scope.query(), body),
        decode=partial(model, CreatedRefunds, scope=scope, operation="OR28"),
    )


def cancel_lines(
    scope: Scope, cancelations: Sequence[NewCancelation], *, order_tax_mode: OrderTaxMode | None = None
) -> Call[CreatedCancelations]:
    """Take quantities or amounts out of lines that are not debited yet: OR30.

    Never repeated blindly: a second one takes out as much again. *order_tax_mode* as in ``refund_lines``.
    """
    found = records(scope, "OR30", "cancelations", cancelations, NewCancelation)
    rows = [_cancelation(scope, each) for each in found]
    if not rows:
        raise refused_locally(scope, "OR30", "cancelations", "must hold at least one cancelation")
    mode = {} if order_tax_mode is None else {"order_tax_mode": order_tax_mode.value}
    return Call(
        operation="OR30",
        repeat="never",
        request=json_request("PUT", "/api/orders/cancel", scope.query(), {"cancelations": rows, **mode}),
        decode=partial(model, CreatedCancelations, scope=scope, operation="OR30"),
    )


def cancel_order(scope: Scope, order_id: str) -> Call[None]:
    """Cancel a whole order that says ``can_cancel``; no reason can be given: OR29.

    Made twice, the second is refused because of the state: read the order to see that it is done.
    """
    return Call(
        operation="OR29",
        repeat="same-effect",
        request=Request(
            method="PUT", path=f"/api/orders/{segment(scope, 'OR29', order_id)}/cancel", query=scope.query()
        ),
        decode=partial(nothing, scope=scope, operation="OR29"),
    )


def resolve_incident(scope: Scope, order_id: str, line_id: str, reason_code: str) -> Call[None]:
    """Declare the incident on a line solved, with a reason of type INCIDENT_CLOSE: OR64.

    Made twice, the second is refused because no incident is open: read the order to see that it is done.
    """
    if not reason_code:
        raise refused_locally(scope, "OR64", "reason_code", "must not be empty")
    path = f"/api/orders/{segment(scope, 'OR64', order_id)}/lines/{segment(scope, 'OR64', line_id)}/resolve_incident"
    return Call(
        operation="OR64",
        repeat="same-effect",
        request=json_request("PUT", path, scope.query(), {"reason_code": reason_code}),
        decode=partial(nothing, scope=scope, operation="OR64"),
    )


def _refund(scope: Scope, refund: NewRefund) -> dict[str, object]:
    row = _common(scope, "OR28", refund)
    if refund.quantity is not None:
        row["quantity"] = refund.quantity
    if refund.excluded_from_shipment is not None:
        row["excluded_from_shipment"] = refund.excluded_from_shipment
    return row


def _cancelation(scope: Scope, cancelation: NewCancelation) -> dict[str, object]:
    return {**_common(scope, "OR30", cancelation), "quantity": cancelation.quantity}


def _common(scope: Scope, operation: str, asked: NewRefund | NewCancelation) -> dict[str, object]:
    _must_make_sense(scope, operation, asked)
    row: dict[str, object] = {
        "order_line_id": asked.order_line_id,
        "amount": asked.amount,
        "shipping_amount": asked.shipping_amount,
        "reason_code": asked.reason_code,
    }
    if asked.currency_iso_code is not None:
        row["currency_iso_code"] = asked.currency_iso_code
    for name, parts in (("taxes", asked.taxes), ("shipping_taxes", asked.shipping_taxes), ("fees", asked.fees)):
        if parts:
            row[name] = [{"code": part.code, "amount": part.amount} for part in parts]
    return row


def _must_make_sense(scope: Scope, operation: str, asked: NewRefund | NewCancelation) -> None:
    parts: tuple[NewTax | NewFee, ...] = (*asked.taxes, *asked.shipping_taxes, *asked.fees)
    amounts = (asked.amount, asked.shipping_amount, *(part.amount for part in parts))
    line, code, quantity = asked.order_line_id, asked.currency_iso_code, asked.quantity
    for field, wrong, problem in (
        ("order_line_id", not line, "must not be empty"),
        ("reason_code", not asked.reason_code, "must not be empty"),
        ("amount", not all(each.is_finite() and each >= 0 for each in amounts), "must be 0 or more, each of them"),
        ("quantity", quantity is not None and not 0 <= quantity <= _MOST_UNITS, f"must be 0 to {_MOST_UNITS}"),
        ("code", not all(part.code for part in parts), "of a tax or fee must not be empty"),
        (
            "currency_iso_code",
            code is not None and not (len(code) == 3 and code.isascii() and code.isupper()),
            "must be three capital letters",
        ),
    ):
        if wrong:
            raise refused_locally(scope, operation, field, f"{problem} (line {line!r})")
