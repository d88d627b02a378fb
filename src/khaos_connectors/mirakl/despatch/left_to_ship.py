"""What Mirakl says is left to ship (ST12), and whether our own books say the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.core.despatch import ShippedUnits
from khaos_connectors.core.ids import LineId, OrderId
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.despatch.checks import or_unsupported
from khaos_connectors.mirakl.endpoints.writing import MOST_VALUES
from khaos_connectors.mirakl.given import texts
from khaos_connectors.mirakl.models.items_to_ship import OrderToShip
from khaos_connectors.mirakl.models.rows import Broken

__all__ = ["Left", "SeldomLook", "ShipmentGap", "compare_left", "left_of", "left_to_ship", "units_left"]


@attrs.frozen(kw_only=True)
class Left:
    """Units left by order and line, the *orders* that they come from, the *broken* rows that could not be read."""

    units: Mapping[OrderId, Mapping[LineId, int]]
    orders: tuple[OrderToShip, ...] = ()
    broken: tuple[Broken, ...] = ()


@attrs.frozen(kw_only=True)
class ShipmentGap:
    """A line of which *ours* units are left by our books and *theirs* by Mirakl's, and *why* that matters."""

    order_id: OrderId
    line_id: LineId
    ours: int
    theirs: int
    why: str


def left_to_ship(caller: Caller, config: MiraklConfig, order_ids: Sequence[OrderId] = ()) -> Flow[Left]:
    """What no shipment holds yet, of *order_ids* or of all orders that the shop itself fulfils: ST12.

    Raises ``Unsupported`` where the platform has no shipments of its own, or this key may not ask.
    """
    orders: list[OrderToShip] = []
    broken: list[Broken] = []
    order_ids = tuple(map(OrderId, texts(config.scope, "ST12", "order_ids", order_ids)))
    chunks = [order_ids[at : at + 100] for at in range(0, len(order_ids), 100)] or [()]
    for chunk in chunks:
        call = endpoints.list_items_to_ship(config.scope, [str(each) for each in chunk])
        found = yield from or_unsupported(caller.pages(call), config, "what is left to ship")
        for row in found:
            if isinstance(row, Broken):
                broken.append(row)
            else:
                orders.append(row.record)
    units = {OrderId(order.order_id): units_left(order) for order in orders}
    return Left(units=units, orders=tuple(orders), broken=tuple(broken))


def left_of(
    caller: Caller, config: MiraklConfig, order_ids: Sequence[OrderId]
) -> Flow[Mapping[OrderId, Mapping[LineId, int]]]:
    """The units left of each of *order_ids*, those left out of which nobody can tell: for the words of a refusal."""
    try:
        found = yield from left_to_ship(caller, config, order_ids)
    except errors.CallError:
        return {}  # the look failed; what is known is the refusal
    unread = {row.id for row in found.broken}
    # A row that does not say whose it is may be anybody's; an order that is not listed has nothing left.
    told = [each for each in order_ids if each in found.units or "" not in unread]
    return {each: found.units.get(each, {}) for each in told if each not in unread}


class SeldomLook:
    """``left_of`` for one account, no oftener than Mirakl allows (ST12) and without waiting: it serves words only."""

    def __init__(self, config: MiraklConfig, caller: Caller) -> None:
        self._config = config
        self._caller = caller
        lane = config.poll_pacer().lane("ST12")
        self._spacing = 0.0 if lane is None else lane[1]
        self._looked: datetime | None = None
        self._lock = Lock()

    def left_of(self, order_ids: Sequence[OrderId]) -> Flow[Mapping[OrderId, Mapping[LineId, int]]]:
        """The units left of each of *order_ids*, as many as one call takes; of none where it is too early to ask."""
        if not order_ids or not self._is_time((yield from now())):
            return {}
        return (yield from left_of(self._caller, self._config, order_ids[:MOST_VALUES]))

    def _is_time(self, moment: datetime) -> bool:
        with self._lock:
            # A clock that was set back must not silence the look until it has caught up.
            if self._looked is not None and 0 <= (moment - self._looked).total_seconds() < self._spacing:
                return False
            self._looked = moment
            return True


def units_left(order: OrderToShip) -> Mapping[LineId, int]:
    """Units of each line. An item of several parts is listed once for each part: that is one unit. Pure."""
    parts: dict[LineId, Counter[str]] = {}
    for row in order.shipment_lines or ():
        if row.order_line_id:
            parts.setdefault(LineId(row.order_line_id), Counter())[row.package_reference or ""] += row.quantity
    return {line: max(counted.values()) for line, counted in parts.items()}


def compare_left(
    orders: Sequence[ChannelOrder], told: Mapping[OrderId, Sequence[ShippedUnits]], left: Left
) -> tuple[ShipmentGap, ...]:
    """Every line of which our books and Mirakl's do not leave the same. Pure.

    *orders* are those to look at (only what is to be shipped counts), *told* the shipments that we know of. An order
    whose row could not be read is left out.
    """
    unread = {row.id for row in left.broken}
    gaps: list[ShipmentGap] = []
    for order in orders:
        if order.state is not OrderState.AWAITING_SHIPMENT or order.order_id in unread:
            continue
        gone: Counter[LineId] = Counter()
        for shipment in told.get(order.order_id, ()):
            for line in shipment.lines:
                gone[line.line_id] += line.quantity
        theirs = left.units.get(order.order_id, {})
        for each in order.lines:
            closed = each.state in (OrderState.REFUSED, OrderState.CANCELLED)
            ours = 0 if closed else max(0, each.quantity - each.cancelled - gone[each.line_id])
            seen = theirs.get(each.line_id, 0)
            if ours != seen:
                why = (
                    "Mirakl holds units in a shipment that we do not know, or they were cancelled or refunded there"
                    if seen < ours
                    else "Mirakl waits for units that we count as told"
                )
                gaps.append(ShipmentGap(order_id=order.order_id, line_id=each.line_id, ours=ours, theirs=seen, why=why))
    return tuple(gaps)
