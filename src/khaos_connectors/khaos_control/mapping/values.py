"""What orders are worth in the ERP beside what they are worth to the channel."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import OrderRef
from khaos_connectors.core.money import Money
from khaos_connectors.core.order_checks import OrderValues, find_value_drift
from khaos_connectors.khaos_control.models import OrderStatus

__all__ = ["value_drift"]


def value_drift(
    found: Mapping[OrderRef, OrderStatus], totals: Mapping[OrderRef, Money], *, tolerance: Decimal
) -> tuple[Reason, ...]:
    """``ORDER_VALUE_DRIFT`` for each order in *found* whose gross total is not that of *totals* (of the channel).

    A total that the status does not tell is no drift; one in another currency is. Cancelled orders are left out, and so
    are credit notes, which are documents of their own: an order keeps its total.
    """
    reasons: list[Reason] = []
    values: list[OrderValues] = []
    for reference, status in found.items():
        channel = totals[reference]
        if status.cancelled or status.gross is None:
            continue
        currency = status.currency_code.strip().upper() or channel.currency
        if currency != channel.currency:
            reasons += _another_currency(reference, status, channel, currency)
        else:
            values.append(OrderValues(reference=reference, channel=channel, erp=Money(status.gross, currency)))
    return (*reasons, *find_value_drift(values, tolerance=tolerance))


def _another_currency(reference: OrderRef, status: OrderStatus, channel: Money, currency: str) -> Iterator[Reason]:
    yield Reason(
        type=ExceptionType.ORDER_VALUE_DRIFT,
        entity=reference,
        message=f"order {reference}: {channel} to the channel, {status.gross} {currency} in the ERP",
        evidence={
            "channel": str(channel),
            "ERP order": f"{status.gross} {currency}",
            "erp order": status.sorder_code,
        },
    )
