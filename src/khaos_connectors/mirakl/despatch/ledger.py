"""Whose the shipments of orders are while many notices are told: each is one notice's, each unit is told once."""

from collections import Counter
from collections.abc import Mapping, Sequence

import attrs

from khaos_connectors.core.despatch import ShippedUnits
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import mapping
from khaos_connectors.mirakl.despatch.known import Known
from khaos_connectors.mirakl.despatch.verdicts import counted, holds, is_exactly, is_same, is_unconfirmed
from khaos_connectors.mirakl.models.shipment_outcomes import CreatedShipments
from khaos_connectors.mirakl.models.shipments import Shipment
from khaos_connectors.protocols import ShipmentNotice

__all__ = ["Answered", "Ledger", "answered"]


class Ledger:
    """What was there before the first call, and what has become some notice's own since."""

    def __init__(self, before: Known) -> None:
        self._known = dict(before.units)
        self._gone: dict[int, Counter[str]] = {}  # units of a shipment that are spoken for, by the shipment's identity
        self._own = {units.shipment_id for known in before.units.values() for units in known}

    def known(self, order_id: OrderId) -> tuple[ShippedUnits, ...]:
        """What was there of an order."""
        return self._known.get(order_id, ())

    def learn(self, known: Mapping[OrderId, tuple[ShippedUnits, ...]]) -> None:
        """Take up what is known of orders that had no shipments."""
        self._known.update({order: units for order, units in known.items() if not self._known.get(order)})

    def made(self, shipment_id: str) -> None:
        """A shipment was made for a notice, so it is no other's."""
        self._own.add(shipment_id)

    def found(self, notice: ShipmentNotice, now: Known) -> ShippedUnits | None:
        """The shipment that has come to be since and is *notice*'s, which makes it its own."""
        for each in now.units.get(notice.order_id, ()):
            if each.shipment_id not in self._own and is_exactly(each, notice):
                self._own.add(each.shipment_id)
                return each
        return None

    def claim(self, notice: ShipmentNotice, *, exactly: bool) -> ShippedUnits | None:
        """The shipment that was there and is the one that *notice* tells; its units are spoken for then."""
        wanted = counted(notice.lines)
        for each in self.known(notice.order_id):
            taken = wanted + self._gone.get(id(each), Counter())
            if (is_exactly if exactly else is_same)(each, notice) and taken <= counted(each.lines):
                self._gone[id(each)] = taken
                return each
        return None

    def prepared(self, notice: ShipmentNotice) -> ShippedUnits | None:
        """The shipment that somebody made and did not confirm, with the units of *notice*; one notice's only."""
        for each in self.known(notice.order_id):
            if id(each) not in self._gone and is_unconfirmed(each, notice):
                self._gone[id(each)] = Counter()
                return each
        return None


@attrs.frozen(kw_only=True)
class Answered:
    """What ST01 said of each notice, by its place in the call. A place in neither is not spoken of."""

    made: Mapping[int, Shipment]
    refused: Mapping[int, str]


def answered(notices: Sequence[ShipmentNotice], created: CreatedShipments) -> Answered:
    """Which shipment and which refusal is whose. Pure.

    Made shipments are matched before refusals are shared out: by number and units, by units, then by the order alone
    where nothing of the order is left over. A refusal of nobody is about every notice that nothing else is said of.
    """
    made = _made(notices, created.shipment_success or ())
    errors = list(created.shipment_errors or ())
    nobodys = next((each.message for each in errors if each.order_id is None), None)
    spoken = any(each.order_id is None for each in errors)
    refused: dict[int, str] = {}
    for place, notice in enumerate(notices):
        if place in made:
            continue
        own = next((e for e in errors if e.order_id is not None and OrderId(e.order_id) == notice.order_id), None)
        if own is not None:
            errors.remove(own)
            refused[place] = own.message or "no reason given"
        elif spoken:
            refused[place] = nobodys or "no reason given"
    return Answered(made=made, refused=refused)


def _made(notices: Sequence[ShipmentNotice], shipments: Sequence[Shipment]) -> dict[int, Shipment]:
    made: dict[int, Shipment] = {}
    left: dict[OrderId, list[Shipment]] = {}
    for shipment in shipments:
        left.setdefault(OrderId(shipment.order_id), []).append(shipment)
    for matches in (_is_exactly, _holds):
        for place, notice in enumerate(notices):
            rows = left.get(notice.order_id, [])
            own = None if place in made else next((each for each in rows if matches(each, notice)), None)
            if own is not None:
                rows.remove(own)
                made[place] = own
    open_places: dict[OrderId, list[int]] = {}
    for place, notice in enumerate(notices):
        if place not in made:
            open_places.setdefault(notice.order_id, []).append(place)
    for order_id, places in open_places.items():
        rows = left.get(order_id, [])
        if len(rows) == len(places):
            made.update(zip(places, rows, strict=True))
    return made


def _is_exactly(shipment: Shipment, notice: ShipmentNotice) -> bool:
    units = mapping.shipped_units(shipment)
    return units is not None and is_exactly(attrs.evolve(units, shipped=True), notice)


def _holds(shipment: Shipment, notice: ShipmentNotice) -> bool:
    units = mapping.shipped_units(shipment)
    return units is not None and holds(units, notice)
