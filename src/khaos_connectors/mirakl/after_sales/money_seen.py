"""What of a plan can be seen on an order, by comparing what stood there before with what stands there now. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs

from khaos_connectors.core.money import exactly
from khaos_connectors.mirakl.after_sales.money_back import Plan
from khaos_connectors.mirakl.models.amounts import Fee
from khaos_connectors.mirakl.models.codes import LineState, OrderState
from khaos_connectors.mirakl.models.orders import Cancelation, Order, Refund
from khaos_connectors.mirakl.models.refunds import NewCancelation, NewFee, NewRefund

__all__ = ["Seen", "ids_before", "seen_since"]

_CANCELLED = frozenset({OrderState.CANCELED})


@attrs.frozen(kw_only=True)
class Seen:
    """Of a plan: the ids of what was *made*, the line ids of what is *missing*, and the ids of new ones that nobody
    here asked for (*strange*).
    """

    made: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()


def ids_before(order: Order) -> tuple[str, ...]:
    """The ids of every refund and cancelation that stands on *order*: to be kept before anything is sent."""
    refunds = (f"refund {each.id}" for line in order.order_lines for each in line.refunds or ())
    cancelations = (f"cancelation {each.id}" for line in order.order_lines for each in line.cancelations or ())
    return (*refunds, *cancelations)


def seen_since(order: Order, plan: Plan, before: Sequence[str]) -> Seen:
    """Which parts of *plan* stand on *order* now that were not there *before*.

    A refund is the one that was asked for if line, amounts, fees and reason are. Each counts once, so of two equal ones
    that were asked for, two have to be there.
    """
    if plan.whole_order:
        ended = [line.order_line_state in (LineState.CANCELED, LineState.REFUSED) for line in order.order_lines]
        gone = order.order_state in _CANCELLED or (bool(ended) and all(ended))
        return Seen(made=(plan.order_id,)) if gone else Seen(missing=(plan.order_id,))
    known = set(before)
    fresh: list[tuple[str, Refund | Cancelation, str]] = []
    for line in order.order_lines:
        fresh += [(f"refund {each.id}", each, line.order_line_id) for each in line.refunds or ()]
        fresh += [(f"cancelation {each.id}", each, line.order_line_id) for each in line.cancelations or ()]
    fresh = [each for each in fresh if each[0] not in known]
    made: list[str] = []
    missing: list[str] = []
    wanted: tuple[NewRefund | NewCancelation, ...] = (*plan.refunds, *plan.cancelations)
    for asked in wanted:
        found = next((each for each in fresh if _is(each[1], each[2], asked)), None)
        if found is None:
            missing.append(asked.order_line_id)
        else:
            fresh.remove(found)
            made.append(found[1].id)
    return Seen(made=tuple(made), missing=tuple(missing), strange=tuple(each[1].id for each in fresh))


def _is(found: Refund | Cancelation, line_id: str, asked: NewRefund | NewCancelation) -> bool:
    return (
        isinstance(found, Refund) == isinstance(asked, NewRefund)
        and line_id == asked.order_line_id
        and (found.amount or 0) == asked.amount
        and (found.shipping_amount or 0) == asked.shipping_amount
        and found.reason_code in (None, asked.reason_code)
        and _by_code(found.fees or ()) == _by_code(asked.fees)
    )


@exactly
def _by_code(fees: Iterable[Fee | NewFee]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for fee in fees:
        sums[fee.code] = sums.get(fee.code, Decimal(0)) + fee.amount
    return {code: amount for code, amount in sums.items() if amount}
