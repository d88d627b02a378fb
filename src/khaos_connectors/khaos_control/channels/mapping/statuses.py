"""From a pushed order status to the order as the ERP holds it, and to the shipments that have left."""

from datetime import datetime

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.core.despatch import Despatch, DespatchLine, Parcel
from khaos_connectors.core.ids import AccountId, DespatchId, ErpOrderCode, OrderRef
from khaos_connectors.core.orders import ErpOrder
from khaos_connectors.khaos_control.channels.codes import OrderStatus
from khaos_connectors.khaos_control.channels.settings import StatusRules
from khaos_connectors.khaos_control.channels.statuses import SalesOrderStatus, Shipment
from khaos_connectors.khaos_control.channels.values import DataItem
from khaos_connectors.khaos_control.mapping.units import despatch_lines
from khaos_connectors.protocols import Unreadable

__all__ = ["despatches", "erp_order", "has_left"]


def erp_order(status: SalesOrderStatus, reference: OrderRef, rules: StatusRules) -> ErpOrder:
    """The order as the ERP knows it; *stage* names the states of its shipments, in their order, each once."""
    cancelled = status.status is OrderStatus.CANCELLED
    stages = dict.fromkeys(_shipment_state(shipment, rules) for shipment in status.shipments)
    return ErpOrder(
        code=ErpOrderCode(status.order_code),
        reference=reference,
        cancelled=cancelled,
        complete=status.status is OrderStatus.COMPLETE,
        stage=", ".join(stages) if stages and not cancelled else _order_state(status, rules),
    )


def _order_state(status: SalesOrderStatus, rules: StatusRules) -> str:
    if isinstance(status.status, Unrecognised):
        return f"unknown ({status.status.code})"
    return rules.order_states.get(status.status, status.status.value)


def _shipment_state(shipment: Shipment, rules: StatusRules) -> str:
    if isinstance(shipment.status, Unrecognised):
        return f"unknown ({shipment.status.code})"
    return rules.shipment_states.get(shipment.status, shipment.status.value)


def despatches(
    status: SalesOrderStatus, *, account: AccountId, reference: OrderRef, rules: StatusRules, read_at: datetime
) -> tuple[tuple[Despatch, ...], tuple[Unreadable, ...]]:
    """The shipments of an order that have left, and those whose contents cannot be told in whole units.

    A despatch is known by the shipment's ID, which stays; its code may change. A cancelled order has none. *read_at*
    stands in for a date that the ERP does not tell. What a parcel holds is known only where there is one parcel.
    """
    if status.status is OrderStatus.CANCELLED:
        return (), ()
    complete = status.status is OrderStatus.COMPLETE
    left = [shipment for shipment in status.shipments if complete or has_left(shipment, rules)]
    last = left[-1].id if left and complete else None
    found: list[Despatch] = []
    broken: list[Unreadable] = []
    for shipment in left:
        try:
            lines = despatch_lines((item.sku, item.quantity) for item in shipment.items)
        except ValueError as problem:
            broken.append(Unreadable(key=f"{reference}/{shipment.id}", problem=str(problem)))
            continue
        found.append(
            Despatch(
                account=account,
                reference=reference,
                erp_order=ErpOrderCode(status.order_code),
                despatch_id=DespatchId(shipment.id),
                despatched_on=_left_on(shipment) or read_at,
                lines=lines,
                parcels=_parcels(shipment, lines),
                final=shipment.id == last,
            )
        )
    return tuple(found), tuple(broken)


def has_left(shipment: Shipment, rules: StatusRules) -> bool:
    """Whether *shipment* has been despatched: by its status, or by the dates of all its parcels."""
    if shipment.status in rules.shipped:
        return True
    dates = [package.shipment_date for package in shipment.packages]
    return rules.by_date and bool(dates) and all(dates)


def _left_on(shipment: Shipment) -> datetime | None:
    return max((package.shipment_date for package in shipment.packages if package.shipment_date), default=None)


def _parcels(shipment: Shipment, lines: tuple[DespatchLine, ...]) -> tuple[Parcel, ...]:
    packages = shipment.packages
    if not packages:
        return (Parcel(lines=lines),)
    return tuple(
        Parcel(
            courier=_called(package.courier),
            tracking=package.consignment_ref,
            lines=lines if len(packages) == 1 else (),
        )
        for package in packages
    )


def _called(courier: DataItem | None) -> str:
    return (courier.name or courier.code or courier.id) if courier is not None else ""
