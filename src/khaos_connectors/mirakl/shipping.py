"""Confirming shipments: by ST01, or by OR23 and OR24 where the platform knows one shipment to an order only."""

from collections import Counter
from collections.abc import Sequence

from khaos_connectors import errors
from khaos_connectors._choices import known_names
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.despatch import ShipmentLine, ShippedUnits
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.config import MiraklConfig, ShipmentWay
from khaos_connectors.mirakl.instance import Instance
from khaos_connectors.mirakl.models.codes import OrderState
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.models.shipments import NewShipment, NewShipmentLine, NewTracking
from khaos_connectors.mirakl.models.shipping import ShippingType
from khaos_connectors.mirakl.reading import one_order
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

    def known(self, order_id: OrderId) -> Flow[tuple[ShippedUnits, ...]]:
        """What the channel knows to have left of an order, cancelled shipments left out."""
        if (yield from self._instance.several_shipments()):
            try:
                return (yield from self._listed(order_id))
            except errors.NotFound as missing:
                yield from self._learn(missing)
        record = yield from one_order(self._caller, self._config, order_id)
        return () if record is None else mapping.order_shipments(record.record)

    def confirm(self, notice: ShipmentNotice) -> Flow[ShipmentReceipt]:
        """Tell the shipment, once. What Mirakl would refuse for certain is ``Invalid`` before anything is sent."""
        yield from self._preflight(notice)
        if (yield from self._instance.several_shipments()):
            try:
                return (yield from self._as_shipment(notice))
            except errors.NotFound as missing:
                yield from self._learn(missing)
        return (yield from self._as_order(notice))

    # --- before anything is sent -----------------------------------------------------------------------------------

    def _preflight(self, notice: ShipmentNotice) -> Flow[None]:
        if not notice.lines or any(line.quantity < 1 for line in notice.lines):
            raise self._invalid("lines", "must hold at least one line, each with a quantity of 1 or more")
        carrier = notice.carrier
        if carrier.code:
            registered = {each.code for each in (yield from self._instance.carriers())}
            if carrier.code not in registered:
                known = known_names(carrier.code, registered)
                problem = f"{carrier.code!r} is not among the operator's carriers (SH21); {known}"
                raise self._invalid("carrier.code", problem)
        elif not carrier.name:
            raise self._invalid("carrier", "needs the code of a registered carrier or a name")
        elif not (yield from self._free_text_allowed()):
            problem = f"{carrier.name!r} has no code, and this operator takes registered carriers only (SH21)"
            raise self._invalid("carrier.name", problem)
        if not notice.tracking.strip() and (yield from self._wants_tracking(notice.order_id)):
            raise self._invalid("tracking", "is mandatory for the shipping method of this order (SH12)")

    def _free_text_allowed(self) -> Flow[bool]:
        if self._config.free_text_carriers is not None:
            return self._config.free_text_carriers
        platform = yield from self._instance.platform()
        closed = platform.features.disable_seller_alternative_carrier if platform and platform.features else None
        return closed is False

    def _wants_tracking(self, order_id: OrderId) -> Flow[bool]:
        if self._config.mandatory_tracking is not None:
            return self._config.mandatory_tracking
        types = yield from self._instance.shipping_types()
        if types and not any(kind.mandatory_tracking for kind in types):
            return False
        record = yield from one_order(self._caller, self._config, order_id)
        return record is None or _mandatory(types or (), record.record.shipping_type_code)

    def _invalid(self, field: str, problem: str) -> errors.Invalid:
        return errors.Invalid(
            system=self._config.account,
            operation="confirm",
            message="not sent",
            fields=(errors.FieldError(field, problem),),
        )

    def _learn(self, missing: errors.NotFound) -> Flow[None]:
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

    def _listed(self, order_id: OrderId) -> Flow[tuple[ShippedUnits, ...]]:
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

    def _as_shipment(self, notice: ShipmentNotice) -> Flow[ShipmentReceipt]:
        shipment = NewShipment(
            order_id=notice.order_id,
            shipment_lines=tuple(
                NewShipmentLine(order_line_id=line.line_id, quantity=line.quantity) for line in notice.lines
            ),
            shipped=True,
            tracking=_tracking(notice),
        )
        created = yield from self._caller.perform(endpoints.create_shipments(self._config.scope, [shipment]))
        for each in created.shipment_success or ():
            if OrderId(each.order_id) == notice.order_id:
                return ShipmentReceipt(order_id=notice.order_id, shipment_id=each.id)
        for error in created.shipment_errors or ():
            if error.order_id is None or OrderId(error.order_id) == notice.order_id:
                return (yield from self._disputed(notice, error.message or "no reason given"))
        raise errors.Unanswered(
            system=self._config.account,
            operation="ST01",
            reason=f"the answer names neither a shipment nor an error for order {notice.order_id}",
        )

    def _disputed(self, notice: ShipmentNotice, message: str) -> Flow[ShipmentReceipt]:
        """ST01 was refused inside a 201: the same shipment may be there already."""
        known = yield from self._listed(notice.order_id)
        same = next((each for each in known if _is_same(each, notice)), None)
        if same is not None:
            return ShipmentReceipt(order_id=notice.order_id, shipment_id=same.shipment_id, already=True)
        words = message.casefold()
        if "status must be" in words:
            other = ", ".join(each.tracking or "(none)" for each in known if each.shipped)
            raise self._conflict("ST01", message + (f" It left with tracking {other}." if other else ""))
        field = "lines.quantity" if "quantity" in words else "tracking" if "tracking" in words else "shipment"
        raise errors.Invalid(
            system=self._config.account,
            operation="ST01",
            message=message,
            status=201,
            fields=(errors.FieldError(field, message),),
        )

    # --- with the order as the only shipment -----------------------------------------------------------------------

    def _as_order(self, notice: ShipmentNotice) -> Flow[ShipmentReceipt]:
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
        scope = self._config.scope
        yield from self._caller.perform(endpoints.set_order_tracking(scope, notice.order_id, _tracking(notice)))
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
        if _plain(told) == _plain(notice.tracking):
            return ShipmentReceipt(order_id=notice.order_id, already=True)
        raise self._conflict("OR24", f"the order left already, with tracking {told or '(none)'}")

    def _conflict(self, operation: str, message: str) -> errors.Conflict:
        return errors.Conflict(system=self._config.account, operation=operation, message=message)


def _tracking(notice: ShipmentNotice) -> NewTracking:
    number = notice.tracking.strip() or None
    if notice.carrier.code:
        return NewTracking(carrier_code=notice.carrier.code, tracking_number=number)
    return NewTracking(
        carrier_name=notice.carrier.name, tracking_number=number, tracking_url=notice.carrier.url or None
    )


def _mandatory(types: Sequence[ShippingType], code: str | None) -> bool:
    own = next((kind.mandatory_tracking for kind in types if kind.code == code), None)
    return own is not False


def _is_same(known: ShippedUnits, notice: ShipmentNotice) -> bool:
    if not known.shipped or _plain(known.tracking) != _plain(notice.tracking):
        return False
    told, wanted = _counted(known.lines), _counted(notice.lines)
    # One number may cover two shipments: only the one that holds what the notice tells is it.
    return wanted <= told if notice.tracking.strip() else wanted == told


def _counted(lines: Sequence[ShipmentLine]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for line in lines:
        counted[line.line_id] += line.quantity
    return counted


def _plain(tracking: str) -> str:
    return "".join(tracking.split()).casefold()
