"""Where customers pay on shipment: whether the goods of a shipment may leave, and which debits keep us waiting.

On such platforms an order comes into SHIPPING unpaid. Each shipment is told, waits in SHIPMENT_PREPARED for its own
debit, and goes on by itself when the customer was debited.
"""

from datetime import datetime, timedelta
from enum import Enum

import attrs

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.despatch.checks import or_unsupported
from khaos_connectors.mirakl.models.codes import CustomerDebitStatus, ShipmentStatus
from khaos_connectors.mirakl.models.rows import Broken
from khaos_connectors.mirakl.models.shipments import Shipment

__all__ = ["Debit", "DebitState", "WaitingDebit", "WaitingDebits", "debit_of", "waiting_debits"]


class DebitState(Enum):
    """How a shipment's own debit stands. NONE: this platform does not debit by shipment."""

    NONE = "none"
    WAITING = "waiting"
    PAID = "paid"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class Debit:
    """The *state* of a debit, whether the goods *may_leave*, and *why*."""

    state: DebitState
    may_leave: bool
    why: str


_WAITING = (
    CustomerDebitStatus.NOT_STARTED,
    CustomerDebitStatus.WAITING_TAX_CONFIRMATION,
    CustomerDebitStatus.WAITING_OPERATOR_SYSTEM_CONTACT,
    CustomerDebitStatus.WAITING_DEBIT_CONFIRMATION,
)


def debit_of(shipment: Shipment) -> Debit:
    """What the customer's debit means for the goods of *shipment*. Pure. A code that we do not know holds them back."""
    if shipment.status is ShipmentStatus.CANCELED:
        return Debit(state=DebitState.CANCELLED, may_leave=False, why="the shipment was cancelled")
    status = shipment.status_customer_debit
    if status is None and shipment.status is ShipmentStatus.SHIPMENT_PREPARED:
        why = "the shipment is prepared, which is to wait for a debit, and nothing is told of its debit"
        return Debit(state=DebitState.UNKNOWN, may_leave=False, why=why)
    if status is None or status is CustomerDebitStatus.NO_DEBIT:
        return Debit(state=DebitState.NONE, may_leave=True, why="the customer is not debited by shipment")
    if isinstance(status, Unrecognised):
        why = f"the debit is in a state that we do not know: {status.code}"
        return Debit(state=DebitState.UNKNOWN, may_leave=False, why=why)
    if status is CustomerDebitStatus.DEBIT_OK:
        return Debit(state=DebitState.PAID, may_leave=True, why="the customer was debited")
    if status in _WAITING:
        return Debit(state=DebitState.WAITING, may_leave=False, why=f"the debit is waited for: {status.value}")
    return Debit(state=DebitState.CANCELLED, may_leave=False, why="the debit was given up")


@attrs.frozen(kw_only=True)
class WaitingDebit:
    """A shipment that waits for its debit, *since* when it was told (None: not told when)."""

    shipment_id: str
    order_id: OrderId
    status: CustomerDebitStatus | Unrecognised | None
    since: datetime | None

    def overdue(self, *, now: datetime, after: timedelta) -> bool:
        """Whether it has waited longer than *after*."""
        return self.since is not None and now - self.since > after


@attrs.frozen(kw_only=True)
class WaitingDebits:
    """All shipments that wait for their debit, and the rows that could not be read."""

    waiting: tuple[WaitingDebit, ...]
    broken: tuple[Broken, ...] = ()


def waiting_debits(caller: Caller, config: MiraklConfig, *, since: datetime | None = None) -> Flow[WaitingDebits]:
    """The shipments whose customer is not debited yet, changed since *since* or ever: ST11.

    Raises ``Unsupported`` where the platform has no shipments of its own, or this key may not ask.
    """
    call = endpoints.list_shipments(config.scope, debit_states=_WAITING, updated_from=since)
    found = yield from or_unsupported(caller.pages(call), config, "debits by shipment")
    records = [row.record for row in found if not isinstance(row, Broken)]
    return WaitingDebits(
        waiting=tuple(
            WaitingDebit(
                shipment_id=each.id,
                order_id=OrderId(each.order_id),
                status=each.status_customer_debit,
                since=each.created_date,
            )
            for each in records
            if debit_of(each).state is DebitState.WAITING
        ),
        broken=tuple(row for row in found if isinstance(row, Broken)),
    )
