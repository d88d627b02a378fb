"""Writing our own references onto orders, many to a call, each with an outcome of its own."""

from collections.abc import Mapping

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.endpoints.paging import chunked
from khaos_connectors.mirakl.models.order_updates import UpdatedOrder
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.protocols import ReferenceRefusal

__all__ = ["write_references"]


def write_references(
    caller: Caller, scope: Scope, references: Mapping[OrderId, str]
) -> Flow[tuple[ReferenceRefusal, ...]]:
    """Write *references* onto orders, 100 to a call, of which Mirakl wants one a minute: OR04. Given back: refusals.

    One that Mirakl would refuse for its length is refused by its row and is not sent, so that the others are.
    """
    refusals: list[ReferenceRefusal] = []
    good: list[tuple[OrderId, str]] = []
    for order_id, reference in references.items():
        problem = _problem(scope, order_id, reference)
        if problem:
            refusals.append(ReferenceRefusal(order_id=order_id, message=problem))
        else:
            good.append((order_id, reference))
    for rows in chunked(good):
        updated = yield from caller.perform(
            endpoints.set_seller_references(scope, {str(key): value for key, value in rows})
        )
        refusals += _refusals(updated, dict(rows))
    return tuple(refusals)


def _problem(scope: Scope, order_id: OrderId, reference: str) -> str:
    try:
        endpoints.set_seller_references(scope, {str(order_id): reference})
    except errors.Invalid as refused:
        return "; ".join(f"{field.field} {field.problem}" for field in refused.fields)
    return ""


def _refusals(updated: tuple[UpdatedOrder, ...], chunk: Mapping[OrderId, str]) -> list[ReferenceRefusal]:
    named = {OrderId(row.order_id) for row in updated if row.order_id is not None}
    found: list[ReferenceRefusal] = []
    for row in updated:
        if row.errors:
            said = "; ".join(error.problem for error in row.errors)
            # A refusal of nobody may be about any order of which the answer says nothing else.
            about = [each for each in chunk if each not in named] if row.order_id is None else [OrderId(row.order_id)]
            found += [ReferenceRefusal(order_id=each, message=said) for each in about]
    return found
