"""Confirming shipments: by ST01, or by OR23 and OR24 where the platform knows one shipment to an order only."""

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.despatch import ShippedUnits
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.config import MiraklConfig, ShipmentWay
from khaos_connectors.mirakl.despatch.checks import ShipmentChecks
from khaos_connectors.mirakl.despatch.verdicts import judged, new_shipment, plain, unnamed
from khaos_connectors.mirakl.instance.asked import Instance
from khaos_connectors.mirakl.models.codes import OrderState
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Broken, Read
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
        found = yield from self._caller.pages(endpoints.list_shipments(self._config.scope, [order_id]))
        units: list[ShippedUnits] = []
        for row in found:
            if isinstance(row, Broken):
                # What cannot be read may be what we are about to tell: a guess here ships twice.
                raise errors.Undecodable(
                    system=self._config.account, operation="ST11", path=row.path, expected=row.expected
                )
            shipped = mapping.shipped_units(row.record) if OrderId(row.record.order_id) == order_id else None
            units += [] if shipped is None else [shipped]
        return tuple(units)

    def _as_shipment(self, notice: ShipmentNotice, tracking: NewTracking) -> Flow[ShipmentReceipt]:
        shipment = new_shipment(notice, tracking)
        created = yield from self._caller.perform(endpoints.create_shipments(self._config.scope, [shipment]))
        for each in created.shipment_success or ():
            if OrderId(each.order_id) == notice.order_id:
                return ShipmentReceipt(order_id=notice.order_id, shipment_id=each.id)
        for error in created.shipment_errors or ():
            if error.order_id is None or OrderId(error.order_id) == notice.order_id:
                # Refused inside a 201: the same shipment may be there already.
                known = yield from self.listed(notice.order_id)
                return judged(self._config.account, notice, error.message or "no reason given", known)
        raise unnamed(self._config.account, notice)

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
        if record.record.order_state in _LEFT:
            # OR23 would overwrite the number that the customer was given, so look before writing.
            return self._judged(record, notice)
        if isinstance(record.record.order_state, OrderState) and record.record.order_state is not OrderState.SHIPPING:
            state = record.record.order_state.value
            raise self._conflict("OR24", f"an order can be confirmed only in SHIPPING, and this one is in {state}")
        if record.record.order_state is OrderState.SHIPPING and record.record.can_shop_ship is False:
            raise self._conflict("OR24", "this order is in SHIPPING, but it is not the shop that may ship it")
        scope = self._config.scope
        yield from self._caller.perform(endpoints.set_order_tracking(scope, notice.order_id, tracking))
        try:
            yield from self._caller.perform(endpoints.ship_order(scope, notice.order_id))
        except (errors.Invalid, errors.Conflict):
            # A lost answer and its repeat look like this: the first OR24 took effect.
            after = yield from self._must_see(notice.order_id)
            if after.record.order_state not in _LEFT:
                raise
            return self._judged(after, notice)
        return ShipmentReceipt(order_id=notice.order_id)

    def _must_see(self, order_id: OrderId) -> Flow[Read[Order]]:
        record = yield from one_order(self._caller, self._config, order_id)
        if record is None:
            raise errors.NotFound(
                system=self._config.account, operation="OR11", message=f"order {order_id} is not there for this shop"
            )
        return record

    def _judged(self, record: Read[Order], notice: ShipmentNotice) -> ShipmentReceipt:
        told = record.record.shipping_tracking or ""
        if plain(told) == plain(notice.tracking):
            return ShipmentReceipt(order_id=notice.order_id, already=True)
        raise self._conflict("OR24", f"the order left already, with tracking {told or '(none)'}")

    def _conflict(self, operation: str, message: str) -> errors.Conflict:
        return errors.Conflict(system=self._config.account, operation=operation, message=message)
