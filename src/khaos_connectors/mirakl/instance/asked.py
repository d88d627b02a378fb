"""What an instance says of itself, asked once and kept for a while, because Mirakl wants it asked once a day."""

from datetime import datetime
from typing import Generic, TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.decode import Text
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.messages import Call
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig, ShipmentWay
from khaos_connectors.mirakl.instance.settling import InstanceFacts, choose
from khaos_connectors.mirakl.models.codes import OrderAcceptance
from khaos_connectors.mirakl.models.features import Features
from khaos_connectors.mirakl.models.platform import Platform
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.models.shipping import Carrier, ShippingType
from khaos_connectors.mirakl.models.shops import Account
from khaos_connectors.protocols import ChannelCapabilities

__all__ = ["Instance", "capabilities", "explicit_way"]

T = TypeVar("T")

_NOT_OFFERED = frozenset({403, 404, 405})


def capabilities(config: MiraklConfig, facts: InstanceFacts) -> ChannelCapabilities:
    """What the account can do: the configuration wins over what the instance says, that over the default. Pure."""
    features = (facts.platform and facts.platform.features) or Features()
    workflows = features.order_workflows
    acceptance = workflows.order_acceptance if workflows is not None else None
    waits = acceptance is not OrderAcceptance.AUTOMATIC if isinstance(acceptance, OrderAcceptance) else None
    closed = features.disable_seller_alternative_carrier
    wanted = [kind.mandatory_tracking for kind in facts.shipping_types or () if kind.mandatory_tracking is not None]
    flag = features.shipment.multi_shipment if features.shipment is not None else None
    several = flag if facts.several_shipments is None else facts.several_shipments
    return ChannelCapabilities(
        needs_acceptance=choose(config.needs_acceptance, waits, default=True).value,
        partial_acceptance=choose(config.partial_acceptance, None, default=True).value,
        several_shipments=choose(explicit_way(config), several, default=False).value,
        free_text_carriers=choose(
            config.free_text_carriers, None if closed is None else not closed, default=False
        ).value,
        mandatory_tracking=choose(config.mandatory_tracking, any(wanted) if wanted else None, default=True).value,
    )


def explicit_way(config: MiraklConfig) -> bool | None:
    """Whether the user settled that an order may leave in several shipments; None where it is left open."""
    if config.shipment_way is ShipmentWay.AUTOMATIC:
        return None
    return config.shipment_way is ShipmentWay.SHIPMENTS


@attrs.define
class _Kept(Generic[T]):
    value: T
    since: datetime


class Instance:
    """The cached self-description of one instance. One per port; its state is only what can be asked again.

    Refusals of optional operations (403, 404, 405) are kept as "it does not say"; trouble on the way is raised and
    asked again next time.
    """

    def __init__(self, config: MiraklConfig, caller: Caller) -> None:
        self._config = config
        self._caller = caller
        self._platform: _Kept[Platform | None] | None = None
        self._types: _Kept[tuple[ShippingType, ...] | None] | None = None
        self._carriers: _Kept[tuple[Carrier, ...]] | None = None
        self._several: _Kept[bool] | None = None

    def forget(self) -> None:
        """Ask everything anew at the next use, as after a change in the back office."""
        self._platform = self._types = self._carriers = self._several = None

    def platform(self) -> Flow[Platform | None]:
        """The platform configuration, None where the instance does not tell it."""
        moment = yield from now()
        if self._is_old(self._platform, moment) or self._platform is None:
            found = yield from self._optional(endpoints.get_platform(self._config.scope))
            self._platform = _Kept(found, moment)
        return self._platform.value

    def shipping_types(self) -> Flow[tuple[ShippingType, ...] | None]:
        """The shipping methods, None where the instance does not tell them."""
        moment = yield from now()
        if self._is_old(self._types, moment) or self._types is None:
            found = yield from self._optional(endpoints.list_shipping_types(self._config.scope))
            self._types = _Kept(None if found is None else tuple(map(_method, found.items)), moment)
        return self._types.value

    def carriers(self) -> Flow[tuple[Carrier, ...]]:
        """The registered carriers; a refusal is raised."""
        moment = yield from now()
        if self._is_old(self._carriers, moment) or self._carriers is None:
            found = yield from self._caller.perform(endpoints.list_carriers(self._config.scope))
            self._carriers = _Kept(tuple(_carrier(row) for row in found.items if row.id), moment)
        return self._carriers.value

    def told_carriers(self) -> Flow[tuple[Carrier, ...] | None]:
        """The registered carriers, None where this key may not ask for them."""
        try:
            return (yield from self.carriers())
        except errors.Refused as refused:
            if refused.status in _NOT_OFFERED:
                return None
            raise

    def account(self) -> Flow[Account | None]:
        """The own shop, asked each time; None where the key may not read it."""
        return (yield from self._optional(endpoints.get_account(self._config.scope)))

    def facts(self) -> Flow[InstanceFacts]:
        """What bears on the capabilities; the shipment operations are probed if the platform leaves them open."""
        platform = yield from self.platform()
        types = yield from self.shipping_types()
        several = yield from self.several_shipments()
        return InstanceFacts(platform=platform, shipping_types=types, several_shipments=several)

    def several_shipments(self) -> Flow[bool]:
        """Whether orders may leave in several shipments: the setting, else what a 404 taught, the flag, or a probe."""
        explicit = explicit_way(self._config)
        if explicit is not None:
            return explicit
        moment = yield from now()
        if self._several is not None and not self._is_old(self._several, moment):
            return self._several.value
        platform = yield from self.platform()
        shipment = platform.features.shipment if platform is not None and platform.features is not None else None
        told = shipment.multi_shipment if shipment is not None else None
        if told is None:
            told = yield from self._probe()
        self._several = _Kept(told, moment)
        return told

    def learn_single_shipment(self) -> Flow[None]:
        """Remember that the shipment operations answered 404, whatever the platform says of them."""
        moment = yield from now()
        self._several = _Kept(value=False, since=moment)

    def _probe(self) -> Flow[bool]:
        try:
            yield from self._caller.perform(endpoints.list_shipments(self._config.scope, size=1))
        except errors.NotFound:
            return False
        return True

    def _optional(self, call: Call[T]) -> Flow[T | None]:
        try:
            return (yield from self._caller.perform(call))
        except errors.Refused as refused:
            if refused.status in _NOT_OFFERED:
                return None
            raise

    def _is_old(self, kept: "_Kept[T] | None", moment: datetime) -> bool:
        return kept is None or moment - kept.since >= self._config.settings_age


def _method(row: Read[ShippingType] | Broken) -> ShippingType:
    # One that cannot be read is there all the same; it says nothing of tracking, so tracking is wanted.
    return row.record if isinstance(row, Read) else ShippingType(code=Text(row.id))


def _carrier(row: Read[Carrier] | Broken) -> Carrier:
    # One that cannot be read is registered all the same: parcels may go by its code.
    return row.record if isinstance(row, Read) else Carrier(code=Text(row.id))
