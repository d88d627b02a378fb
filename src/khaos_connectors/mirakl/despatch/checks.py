"""What is looked at before a shipment is told, so that Mirakl's bare 400 never comes: lines, carrier, tracking."""

from collections.abc import Sequence
from typing import TypeVar

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.despatch.carriers import FoundCarrier, mapped_code, registered_carrier
from khaos_connectors.mirakl.instance.asked import Instance
from khaos_connectors.mirakl.models.shipments import NewTracking
from khaos_connectors.mirakl.models.shipping import ShippingType
from khaos_connectors.mirakl.orders.reading import one_order
from khaos_connectors.protocols import ShipmentNotice

__all__ = ["ShipmentChecks", "or_unsupported", "tracking_wanted"]


T = TypeVar("T")

_NOT_OFFERED = frozenset({403, 404, 405})
_MAP_IT = "map it to a code of SH21 in carrier_map, or ask the operator to register it"


def or_unsupported(flow: Flow[T], config: MiraklConfig, capability: str) -> Flow[T]:
    """What *flow* gives; where the platform has no shipments of its own that is ``Unsupported``, by name."""
    try:
        return (yield from flow)
    except errors.Refused as refused:
        if refused.status not in _NOT_OFFERED:
            raise
        raise errors.Unsupported(
            system=config.account,
            operation=refused.operation,
            request_id=refused.request_id,
            capability=capability,
            advice="read the orders themselves (OR11): here an order is its own only shipment",
        ) from refused


class ShipmentChecks:
    """The checks of one account, by what its instance says of carriers, methods and features (SH21, SH12, PC01)."""

    def __init__(self, config: MiraklConfig, caller: Caller, instance: Instance) -> None:
        self._config = config
        self._caller = caller
        self._instance = instance

    def tracking(self, notice: ShipmentNotice) -> Flow[NewTracking]:
        """The tracking to tell, its carrier named as the operator names it.

        Raises ``Invalid`` with status None for what Mirakl would refuse for certain: no lines, a carrier that is not
        registered where none other is taken, no number where the order's shipping method wants one.
        """
        if not notice.lines or any(line.quantity < 1 for line in notice.lines):
            raise self.invalid("lines", "must hold at least one line, each with a quantity of 1 or more")
        carrier = yield from self._carrier(notice)
        number = notice.tracking.strip() or None
        if number is None and (yield from self._wants_tracking(notice.order_id)):
            problem = "is mandatory for the shipping method of this order (SH12): give the number of the parcel"
            raise self.invalid("tracking", problem)
        if carrier:
            return NewTracking(carrier_code=carrier, tracking_number=number)
        return NewTracking(
            carrier_name=notice.carrier.name.strip(), tracking_number=number, tracking_url=notice.carrier.url or None
        )

    def invalid(self, field: str, problem: str) -> errors.Invalid:
        """The refusal of a notice, made before anything is sent."""
        return errors.Invalid(
            system=self._config.account,
            operation="confirm",
            message="not sent",
            fields=(errors.FieldError(field, problem),),
        )

    def _carrier(self, notice: ShipmentNotice) -> Flow[str]:
        """The code of the registered carrier; empty: by name, which this operator allows."""
        code = notice.carrier.code.strip()
        wanted = code or notice.carrier.name.strip()
        if not wanted:
            problem = "needs the code of a registered carrier or a name: map the courier to one of the carriers of SH21"
            raise self.invalid("carrier", problem)
        registered = yield from self._instance.told_carriers()
        if registered is None and (likely := mapped_code(wanted, self._config.carrier_map) or code):
            return likely  # nobody can tell: Mirakl will
        found = registered_carrier(wanted, registered or (), own=self._config.carrier_map)
        if isinstance(found, FoundCarrier):
            return found.carrier.code
        if code or found.mapped:
            raise self.invalid("carrier.code", f"{found.why}; {_MAP_IT}")
        if not (yield from self._free_text_allowed()):
            problem = f"{found.why}; this operator takes registered carriers only (PC01): {_MAP_IT}"
            raise self.invalid("carrier.name", problem)
        return ""

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
        if types and all(kind.mandatory_tracking is False for kind in types):
            return False
        record = yield from one_order(self._caller, self._config, order_id)
        return record is None or tracking_wanted(types or (), record.record.shipping_type_code)


def tracking_wanted(types: Sequence[ShippingType], code: str | None) -> bool:
    """Whether the method *code* wants a number: yes, unless SH12 says no of this very method."""
    own = next((kind.mandatory_tracking for kind in types if kind.code == code), None)
    return own is not False
