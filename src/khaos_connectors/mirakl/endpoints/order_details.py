"""What is told about orders beside OR11: a customer's evaluation, the operator's tax codes."""

from functools import partial

import attrs

from khaos_connectors.calls.messages import Call, Request, Response
from khaos_connectors.mirakl.answers import model
from khaos_connectors.mirakl.endpoints.writing import segment
from khaos_connectors.mirakl.models.evaluations import Evaluation, OrderTaxCode
from khaos_connectors.mirakl.scope import Scope

__all__ = ["get_evaluation", "list_order_taxes"]


def get_evaluation(scope: Scope, order_id: str) -> Call[Evaluation]:
    """What the customer thinks of an order; ``NotFound`` where nothing was said: OR51."""
    return Call(
        operation="OR51",
        repeat="free",
        request=Request(
            method="GET",
            path=f"/api/orders/{segment(scope, 'OR51', order_id)}/evaluation",
            query=scope.query(translated=True),
        ),
        decode=partial(model, Evaluation, scope=scope, operation="OR51"),
    )


def list_order_taxes(scope: Scope) -> Call[tuple[OrderTaxCode, ...]]:
    """The taxes of this operator, by whose codes those of orders and refunds are named: OR75."""

    def decode(response: Response) -> tuple[OrderTaxCode, ...]:
        return model(_OrderTaxCodes, response, scope=scope, operation="OR75").taxes

    request = Request(method="GET", path="/api/orders/taxes", query=scope.query(translated=True))
    return Call(operation="OR75", repeat="free", request=request, decode=decode)


@attrs.frozen(kw_only=True)
class _OrderTaxCodes:
    taxes: tuple[OrderTaxCode, ...]
