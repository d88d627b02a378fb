"""What a channel's cancellation asks of us, by how far the order is."""

from enum import Enum

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed
from khaos_connectors.core.order_stages import Happening, OrderProgress, OrderStage

__all__ = ["CancelWay", "Cancellation", "decide_cancellation"]


class CancelWay(Enum):
    """DROP: nothing was posted, nothing is to be. CANCEL_IN_ERP: cancel the lines there, which frees their stock.
    ASK_WAREHOUSE: only the warehouse can stop it. RETURN: it has left. DONE: nothing is left to do.
    """

    DROP = "drop"
    CANCEL_IN_ERP = "cancel in the erp"
    ASK_WAREHOUSE = "ask the warehouse"
    RETURN = "return"
    DONE = "done"


@attrs.frozen(kw_only=True, field_transformer=typed)
class Cancellation:
    """What to do, and why; *reasons* hold a ``CANCEL_CONFLICT`` where a person has to see to it."""

    way: CancelWay
    why: str
    reasons: tuple[Reason, ...] = ()


_WAYS: dict[OrderStage, tuple[CancelWay, str]] = {
    OrderStage.CLOSED: (CancelWay.RETURN, "the order is closed: what comes back is a return"),
    OrderStage.DESPATCHED: (CancelWay.RETURN, "it has left: what comes back is a return"),
    OrderStage.PART_DESPATCHED: (CancelWay.RETURN, "a part has left: stop the rest, that part is a return"),
    OrderStage.RELEASED: (CancelWay.ASK_WAREHOUSE, "it is released: the warehouse says whether it can be stopped"),
    OrderStage.CONFIRMED: (CancelWay.CANCEL_IN_ERP, "the ERP has it and nobody picks it: its stock becomes free"),
    OrderStage.POSTED: (CancelWay.CANCEL_IN_ERP, "the ERP may have it: look it up by reference, then cancel it there"),
}
_LEFT = {Happening.PART_DESPATCHED, Happening.DESPATCHED}


def decide_cancellation(state: OrderProgress, *, order_id: str) -> Cancellation:
    """What to do when the channel cancels the order that is as far as *state* (with or without its CANCELLED event).

    Before release its lines are cancelled and the stock is free again; after it the warehouse is asked; what has left
    is a return, also of an order that is closed. Of a closed order of which nothing has left, nothing is left to do. A
    channel that does not put the stock back itself gets it by the next push, which is absolute.
    """
    told = {event.what for event in state.happened}
    if Happening.CLOSED in told and not told & _LEFT:
        return Cancellation(way=CancelWay.DONE, why="the order is closed, and nothing of it has left")
    if Happening.STOPPED in told and state.behind is OrderStage.CANCELLED:
        return Cancellation(way=CancelWay.CANCEL_IN_ERP, why="the warehouse has stopped it: cancel it in the ERP")
    if Happening.REFUSED in told and Happening.POSTED not in told:
        return Cancellation(way=CancelWay.DONE, why="the order was refused before")
    undone = {Happening.CANCELLED, Happening.REFUSED}
    reached = OrderProgress([event for event in state.happened if event.what not in undone]).behind
    way, why = _WAYS.get(reached, (CancelWay.DROP, "nothing was posted, so nothing has to be undone"))
    if way not in {CancelWay.ASK_WAREHOUSE, CancelWay.RETURN}:
        return Cancellation(way=way, why=why)
    evidence = {"order": order_id, "stage": reached.value}
    message = f"order {order_id} is cancelled: {why}"
    conflict = Reason(type=ExceptionType.CANCEL_CONFLICT, entity=order_id, message=message, evidence=evidence)
    return Cancellation(way=way, why=why, reasons=(conflict,))
