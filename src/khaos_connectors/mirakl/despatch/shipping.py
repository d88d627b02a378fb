"""Confirming shipments: by ST01, or by OR23 and OR24 where the platform knows one shipment to an order only."""

from collections.abc import Mapping

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.despatch import ShippedUnits
from khaos_connectors.core.ids import LineId, OrderId
from khaos_connectors.core.tracking import normalise
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.config import MiraklConfig, ShipmentWay
from khaos_connectors.mirakl.despatch.checks import ShipmentChecks
from khaos_connectors.mirakl.despatch.known import known_orders, known_shipments
from khaos_connectors.mirakl.despatch.left_to_ship import SeldomLook
from khaos_connectors.mirakl.despatch.unconfirmed import Unconfirmed, confirm_unconfirmed
from khaos_connectors.mirakl.despatch.verdicts import (
    is_about_quantity,
    is_about_state,
    is_same,
    is_unconfirmed,
    new_shipment,
    receipt_of,
    refused,
    unnamed,
)
from khaos_connectors.mirakl.instance.asked import Instance
from khaos_connectors.mirakl.models.codes import OrderState, ShipmentStatus
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Read
from khaos_connectors.mirakl.models.shipments import NewTracking
from khaos_connectors.mirakl.orders.reading import one_order
from khaos_connectors.protocols import ShipmentNotice, ShipmentReceipt

__all__ = ["Shipping"]

_LEFT = frozenset({OrderState.SHIPPED, OrderState.TO_COLLECT, OrderState.RECEIVED, OrderState.CLOSED})
_ALL_AT_ONCE = "this platform knows one shipment to an order: wait until the whole order has left and tell it as final"


class Shipping:
    """The shipment desk of one account."""

    def __init__(self, config: MiraklConfig, caller: Caller, instance: Instance) -> None:
        self._config = config
        self._caller = caller
        self._instance = instance
        self._checks = ShipmentChecks(config, caller, instance)
        self.look = SeldomLook(config, caller)

    def known(self, order_id: OrderId) -> Flow[tuple[ShippedUnits, ...]]:
        """What the channel knows to have left of an order, cancelled shipments left out."""
        if (yield from self._instance.several_shipments()):
            try:
                return (yield from self.listed(order_id))
            except errors.NotFound as missing:
                yield from self.learn(missing)
        record = yield from one_order(self._caller, self._config, order_id)
        return () if record is None else mapping.order_shipments(record.record)

    def confirm(self, notice: ShipmentNotice) -> Flow[ShipmentReceipt]:
        """Tell the shipment, once. What Mirakl would refuse for certain is ``Invalid`` before anything is sent."""
        tracking = yield from self._checks.tracking(notice)
        if (yield from self._instance.several_shipments()):
            try:
                return (yield from self._as_shipment(notice, tracking))
            except errors.NotFound as missing:
                yield from self.learn(missing)
        return (yield from self.as_order(notice, tracking))

    # --- which way ----------------------------------------------------------------------------------------------------

    def learn(self, missing: errors.NotFound) -> Flow[None]:
        """A 404 says that the platform has no shipments of its own; raise it where the user insists on them."""
        if self._config.shipment_way is ShipmentWay.SHIPMENTS:
            raise errors.Unsupported(
                system=self._config.account,
                operation=missing.operation,
                request_id=missing.request_id,
                capability="several shipments to an order",
                advice="set shipment_way to automatic, or to OR23+OR24",
            ) from missing
        yield from self._instance.learn_single_shipment()

    # --- with shipments of their own -------------------------------------------------------------------------------

    def listed(self, order_id: OrderId) -> Flow[tuple[ShippedUnits, ...]]:
        """The shipments of an order, cancelled ones left out: ST11. One that cannot be read is ``Undecodable``."""
        known = yield from known_shipments(self._caller, self._config, [order_id])
        return known.of(order_id)

    def _as_shipment(self, notice: ShipmentNotice, tracking: NewTracking) -> Flow[ShipmentReceipt]:
        shipment = new_shipment(notice, tracking)
        created = yield from self._caller.perform(endpoints.create_shipments(self._config.scope, [shipment]))
        for each in created.shipment_success or ():
            if OrderId(each.order_id) == notice.order_id:
                if each.status is ShipmentStatus.SHIPPING:
                    yield from self._confirm(each.id, notice, tracking)
                return ShipmentReceipt(order_id=notice.order_id, shipment_id=each.id)
        for error in created.shipment_errors or ():
            if error.order_id is None or OrderId(error.order_id) == notice.order_id:
                return (yield from self._after_refusal(notice, tracking, error.message or "no reason given"))
        raise unnamed(self._config.account, notice)

    def _after_refusal(self, notice: ShipmentNotice, tracking: NewTracking, message: str) -> Flow[ShipmentReceipt]:
        """Refused inside a 201: the same shipment may be there already, confirmed or not."""
        known = yield from self.listed(notice.order_id)
        if not known and is_about_state(message):
            # It may have left whole (OR24), before this platform had shipments or while it hid them behind a 404.
            known = (yield from known_orders(self._caller, self._config, [notice.order_id])).of(notice.order_id)
        if same := next((each for each in known if is_same(each, notice)), None):
            return receipt_of(same)
        if prepared := next((each for each in known if is_unconfirmed(each, notice)), None):
            yield from self._confirm(prepared.shipment_id, notice, tracking)
            return receipt_of(prepared, already=False)
        left: Mapping[OrderId, Mapping[LineId, int]] = {}
        if is_about_quantity(message):
            left = yield from self.look.left_of([notice.order_id])
        raise refused(self._config.account, notice, message, known, left.get(notice.order_id))

    def _confirm(self, shipment_id: str, notice: ShipmentNotice, tracking: NewTracking) -> Flow[None]:
        shipment = Unconfirmed(shipment_id=shipment_id, order_id=notice.order_id, tracking=tracking)
        troubles = yield from confirm_unconfirmed(self._caller, self._config, [shipment])
        if shipment_id in troubles:
            raise troubles[shipment_id]

    # --- with the order as the only shipment -----------------------------------------------------------------------

    def as_order(self, notice: ShipmentNotice, tracking: NewTracking) -> Flow[ShipmentReceipt]:
        """Tell that the whole order has left: OR23 and OR24, after a look at its state."""
        if not notice.final:
            raise errors.Unsupported(
                system=self._config.account,
                operation="OR24",
                capability="several shipments to an order",
                advice=_ALL_AT_ONCE,
            )
        record = yield from self._must_see(notice.order_id)
        if _has_left(record.record):
            # OR23 would overwrite the number that the customer was given, so look before writing.
            return self._judged(record, notice)
        self._must_be_shippable(record.record)
        scope = self._config.scope
        try:
            yield from self._caller.perform(endpoints.set_order_tracking(scope, notice.order_id, tracking))
            yield from self._caller.perform(endpoints.ship_order(scope, notice.order_id))
        except (errors.Invalid, errors.Conflict) as refusal:
            # A lost answer and its repeat look like this: the first OR24 took effect.
            try:
                after = yield from self._must_see(notice.order_id)
            except errors.CallError:
                raise refusal from None  # the look failed too; what is known is the refusal
            if _has_left(after.record):
                return self._judged(after, notice)
            self._must_be_shippable(after.record)
            raise
        return ShipmentReceipt(order_id=notice.order_id)

    def _must_be_shippable(self, order: Order) -> None:
        state = order.order_state
        if isinstance(state, OrderState) and state is not OrderState.SHIPPING:
            message = f"order {order.order_id} can be confirmed only in SHIPPING, and it is in {state.value}"
            raise self._conflict("OR24", message)
        if state is OrderState.SHIPPING and order.can_shop_ship is False:
            message = f"order {order.order_id} is in SHIPPING, but it is not the shop that may ship it"
            raise self._conflict("OR24", message)

    def _must_see(self, order_id: OrderId) -> Flow[Read[Order]]:
        record = yield from one_order(self._caller, self._config, order_id)
        if record is None:
            raise errors.NotFound(
                system=self._config.account, operation="OR11", message=f"order {order_id} is not there for this shop"
            )
        return record

    def _judged(self, record: Read[Order], notice: ShipmentNotice) -> ShipmentReceipt:
        told = record.record.shipping_tracking or ""
        if normalise(told) == normalise(notice.tracking):
            return ShipmentReceipt(order_id=notice.order_id, already=True)
        raise self._conflict("OR24", f"order {notice.order_id} left already, with tracking {told or '(none)'}")

    def _conflict(self, operation: str, message: str) -> errors.Conflict:
        return errors.Conflict(system=self._config.account, operation=operation, message=message)


def _has_left(order: Order) -> bool:
    """Whether the goods are gone. Where payment comes later the order waits for its debit then: the lines tell."""
    if order.order_state in _LEFT:
        return True
    return order.order_state is not OrderState.SHIPPING and bool(mapping.order_shipments(order))
