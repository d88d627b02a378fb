"""Sweeps over orders: copies, orders outside the channels, drifting values, orders that stand still.

Each takes what one sweep has read and gives a reason per finding; nothing found is an empty tuple, and then what was
open about it can be closed (``exception_closing``).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import aware, aware_or_none, exact_number, not_blank, typed
from khaos_connectors.core.ids import OrderRef
from khaos_connectors.core.money import Money, exactly
from khaos_connectors.core.order_stages import OrderStage
from khaos_connectors.core.orders import ErpOrder

__all__ = [
    "STAGE_LIMITS",
    "OrderAge",
    "OrderValues",
    "find_duplicates",
    "find_outside_channel",
    "find_stalled",
    "find_value_drift",
]


# --- orders that the ERP holds twice -------------------------------------------------------------------------------


def find_duplicates(orders: Iterable[ErpOrder]) -> tuple[Reason, ...]:
    """``ORDER_DUPLICATE`` for each external reference that more than one live ERP order carries.

    References that differ only in capitals and spaces are the same reference: that is how a copy is keyed by hand. The
    oldest order (by the moment of its creation, else by code) is the original. Cancelled orders and blank references
    are left out.
    """
    groups: dict[str, list[ErpOrder]] = {}
    for order in orders:
        folded = "".join(order.reference.split()).casefold()
        if folded and not order.cancelled:
            groups.setdefault(folded, []).append(order)
    return tuple(_duplicate(group) for group in groups.values() if len({order.code for order in group}) > 1)


def _duplicate(group: list[ErpOrder]) -> Reason:
    # An order without a creation time cannot be shown to be the older one.
    dated = [(order.created_on, order.code, order) for order in group if order.created_on is not None]
    oldest = [order for *_, order in sorted(dated, key=lambda row: row[:2])]
    first, *copies = (*oldest, *sorted((o for o in group if o.created_on is None), key=lambda o: o.code))
    codes = ", ".join(dict.fromkeys(copy.code for copy in copies if copy.code != first.code))
    evidence = {"reference": str(first.reference), "original": str(first.code), "copies": codes}
    message = f"reference {first.reference}: the ERP has {first.code} and again {codes}"
    return Reason(type=ExceptionType.ORDER_DUPLICATE, entity=first.reference, message=message, evidence=evidence)


# --- orders keyed by hand for a marketplace ------------------------------------------------------------------------


def find_outside_channel(
    orders: Iterable[ErpOrder],
    *,
    customers: Collection[str] = (),
    classes: Collection[str] = (),
    known: Collection[OrderRef] | None = None,
) -> tuple[Reason, ...]:
    """``ORDER_OUTSIDE_CHANNEL`` for each live ERP order of a marketplace's customer that no channel knows.

    An order is a marketplace's by its customer (one of *customers*) or its class (one of *classes*), capitals and
    spaces aside. Without a reference it was keyed by hand. With *known*, the references of the channels' orders, a
    reference that is not among them counts as well; without it, any reference is taken at its word.
    """
    ours, kinds = _folded(customers), _folded(classes)
    return tuple(
        _outside(order)
        for order in orders
        if not order.cancelled
        and (_fold(order.customer) in ours or _fold(order.customer_class) in kinds)
        and (not order.reference.strip() or (known is not None and order.reference not in known))
    )


def _outside(order: ErpOrder) -> Reason:
    told = f"no channel has an order {order.reference}" if order.reference.strip() else "it has no reference"
    evidence = {
        "erp order": str(order.code),
        "reference": str(order.reference),
        "customer": order.customer,
        "class": order.customer_class,
    }
    message = f"ERP order {order.code} is for a marketplace, and {told}"
    return Reason(type=ExceptionType.ORDER_OUTSIDE_CHANNEL, entity=order.code, message=message, evidence=evidence)


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _folded(texts: Collection[str]) -> frozenset[str]:
    return frozenset(_fold(text) for text in texts) - {""}


# --- value drift ---------------------------------------------------------------------------------------------------


def _one_currency(values: "OrderValues", field: "attrs.Attribute[Money | None]", money: Money | None) -> None:
    if money is not None and money.currency != values.channel.currency:
        raise ValueError(f"{field.name} is in {money.currency}, channel in {values.channel.currency}: convert it first")


@attrs.frozen(kw_only=True)
class OrderValues:
    """What one order is worth to the channel, in the ERP and on its invoice, all in one currency; None: not told.

    Give gross totals after what was credited (or all of them before), so that a refund is no drift.
    """

    reference: OrderRef = attrs.field(validator=not_blank)
    channel: Money
    erp: Money | None = attrs.field(default=None, validator=_one_currency)
    invoice: Money | None = attrs.field(default=None, validator=_one_currency)


def find_value_drift(values: Iterable[OrderValues], *, tolerance: Decimal = Decimal("0.05")) -> tuple[Reason, ...]:
    """``ORDER_VALUE_DRIFT`` for each order whose values differ by more than *tolerance*, any two of them.

    The tolerance is what an import may have rounded (``OrderPolicy.rounding_cap``). Raises ValueError when it is
    negative.
    """
    exact_number("tolerance", tolerance)
    if tolerance < 0:
        raise ValueError(f"tolerance must be 0 or more, not {tolerance}")
    return tuple(reason for each in values for reason in _drift(each, tolerance))


@exactly
def _drift(values: OrderValues, tolerance: Decimal) -> tuple[Reason, ...]:
    told = {"channel": values.channel, "ERP order": values.erp, "invoice": values.invoice}
    known = {name: money for name, money in told.items() if money is not None}
    amounts = [money.amount for money in known.values()]
    off = max(amounts) - min(amounts)
    if off <= tolerance:
        return ()
    evidence = {name: str(money) if money is not None else "not told" for name, money in told.items()}
    said = ", ".join(f"{name} {money}" for name, money in known.items())
    message = f"order {values.reference}: {said}; {off} apart"
    return (
        Reason(
            type=ExceptionType.ORDER_VALUE_DRIFT,
            entity=values.reference,
            message=message,
            evidence={"difference": str(off), **evidence},
        ),
    )


# --- orders that stand still ---------------------------------------------------------------------------------------

STAGE_LIMITS: Mapping[OrderStage, timedelta] = MappingProxyType(
    {
        OrderStage.SEEN: timedelta(minutes=30),
        OrderStage.STORED: timedelta(hours=1),
        OrderStage.ACCEPTED: timedelta(hours=4),
        OrderStage.MAPPED: timedelta(hours=1),
        OrderStage.POSTED: timedelta(hours=1),
        OrderStage.CONFIRMED: timedelta(hours=24),
        OrderStage.RELEASED: timedelta(hours=24),
        OrderStage.PART_DESPATCHED: timedelta(hours=48),
        OrderStage.DESPATCHED: timedelta(hours=2),
    }
)
"""How long an order may stay at a stage; one that is not listed (new, held, refused, cancelled, closed) has no limit.

Without a limit it is stalled all the same once it is too late to leave: see ``find_stalled``.
"""


def _only_behind_a_hold(age: "OrderAge", field: "attrs.Attribute[OrderStage | None]", stage: OrderStage | None) -> None:
    if stage is not None and age.stage is not OrderStage.HELD:
        raise ValueError(f"{field.name} is for orders that are held, this one is {age.stage.value}")


@attrs.frozen(kw_only=True, field_transformer=typed)
class OrderAge:
    """That an order is at *stage* since *since*, and when it has to leave (*ship_by*, None: not known).

    *behind* is the stage behind a hold (``OrderProgress.behind``), None where it is not known; then nothing has left.
    """

    order_id: str = attrs.field(validator=not_blank)
    stage: OrderStage
    since: datetime = attrs.field(validator=aware)
    ship_by: datetime | None = attrs.field(default=None, validator=aware_or_none)
    behind: OrderStage | None = attrs.field(default=None, validator=_only_behind_a_hold)


_NOTHING_TO_SEND = frozenset({OrderStage.DESPATCHED, OrderStage.REFUSED, OrderStage.CANCELLED, OrderStage.CLOSED})


def find_stalled(
    ages: Iterable[OrderAge],
    *,
    now: datetime,
    limits: Mapping[OrderStage, timedelta] = STAGE_LIMITS,
    margin: timedelta = timedelta(hours=2),
) -> tuple[Reason, ...]:
    """``ORDER_STALLED`` for each order that is at its stage for longer than *limits* allow, with the stage in evidence.

    An order that has not left is also stalled from *margin* before its *ship_by* on: too late is too late, however
    young its stage, and a hold does not stop the clock. So is one whose stage begins further ahead of *now* than its
    limit: nobody can wait for that. Raises ValueError for a naive *now*.
    """
    if now.tzinfo is None:
        raise ValueError(f"now has no time zone: {now.isoformat()}; a moment must be aware")
    return tuple(reason for age in ages for reason in _stalled(age, now, limits, margin))


def _stalled(
    age: OrderAge, now: datetime, limits: Mapping[OrderStage, timedelta], margin: timedelta
) -> tuple[Reason, ...]:
    limit = limits.get(age.stage)
    why: list[str] = []
    if limit is not None and now - age.since > limit:
        why.append(f"it is {age.stage.value} for {_hours(now - age.since)}, {_hours(limit)} are usual")
    if limit is not None and age.since - now > limit:
        why.append(f"it is said to be {age.stage.value} since {age.since.isoformat()}, which is yet to come")
    has_to_leave = (age.behind or age.stage) not in _NOTHING_TO_SEND
    if age.ship_by is not None and has_to_leave and now >= age.ship_by - margin:
        why.append(f"it has to leave by {age.ship_by.isoformat()} and is only {age.stage.value}")
    if not why:
        return ()
    evidence = {"order": age.order_id, "stage": age.stage.value, "since": age.since.isoformat()}
    if age.behind is not None:
        evidence["behind the hold"] = age.behind.value
    message = f"order {age.order_id}: {'; '.join(why)}"
    return (Reason(type=ExceptionType.ORDER_STALLED, entity=age.order_id, message=message, evidence=evidence),)


def _hours(span: timedelta) -> str:
    minutes = span // timedelta(minutes=1)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes // 60} h {minutes % 60} min"
