"""What a channel is to be told about goods that left: ``plan_shipment``, and the records of ``shipments``."""

from collections.abc import Mapping, Sequence

from khaos_connectors.core._telling import (
    OpenLine,
    Telling,
    UnitsByCode,
    capacity,
    contents_of,
    covers,
    nothing_left,
    problems,
    share_out,
    tells_no_items,
    units_of,
)
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ChannelSku, LineId, StockCode
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.core.packs import exceeds, less
from khaos_connectors.core.shipments import (
    Despatch,
    DespatchLine,
    Parcel,
    ShipmentLine,
    ShipmentPart,
    ShipmentPlan,
    ShippedUnits,
    entity_of,
)
from khaos_connectors.core.skus import Target
from khaos_connectors.core.tracking import normalise

__all__ = [
    "Despatch",
    "DespatchLine",
    "Parcel",
    "ShipmentLine",
    "ShipmentPart",
    "ShipmentPlan",
    "ShippedUnits",
    "entity_of",
    "plan_shipment",
]

ParcelGroup = tuple[list[Parcel], UnitsByCode]

_GONE = frozenset({OrderState.REFUSED, OrderState.CANCELLED})
_LEFT = frozenset({OrderState.SHIPPED, OrderState.DELIVERED, OrderState.CLOSED})


def plan_shipment(
    despatch: Despatch,
    order: ChannelOrder,
    *,
    targets: Mapping[ChannelSku, Target],
    already: Sequence[ShippedUnits],
    several_shipments: bool,
    wait_full: bool = True,
) -> ShipmentPlan:
    """What the channel is still to be told of *despatch*, given what it *already* knows of the order.

    Units go to the lines of their stock code in the order's sequence, in whole packs. A parcel whose contents are
    known is a part of its own; everything else goes with the first parcel. A parcel whose number the channel already
    has as shipped, with all that is in the parcel, is done; with less it is another despatch under the same number
    (couriers give one to a whole consignment), and told. Never is more told than was ordered, less cancelled, less
    told before.

    Where the channel takes one shipment per order (*several_shipments* False), *wait_full* waits for the despatch that
    completes it; otherwise the first parcel stands for the whole order.
    """
    here = [shipment for shipment in already if shipment.order_id == order.order_id]
    lines = _open_lines(order, targets, _told(order, here, despatch))
    task = Telling(despatch, order, lines, _by_number(here, lines))
    return _in_parcels(task) if several_shipments else _in_one(task, wait_full=wait_full)


def _told(order: ChannelOrder, already: Sequence[ShippedUnits], despatch: Despatch) -> Mapping[LineId, int]:
    """Units per line that the channel knows to have left. A shipment without lines stands for the whole order.

    One that carries a number of this very despatch but is not shipped yet does not count: it is told again.
    """
    ours = {normalise(parcel.tracking) for parcel in despatch.parcels}
    told = {line.line_id: line.open_quantity if line.state in _LEFT else line.shipped for line in order.lines}
    by_shipments = dict.fromkeys(told, 0)
    for shipment in already:
        if not shipment.shipped and normalise(shipment.tracking) in ours:
            continue
        if not shipment.lines and shipment.shipped:
            return {line.line_id: line.open_quantity for line in order.lines}
        for line in shipment.lines:
            by_shipments[line.line_id] = by_shipments.get(line.line_id, 0) + line.quantity
    return {line_id: max(told.get(line_id, 0), units) for line_id, units in by_shipments.items()}


def _open_lines(
    order: ChannelOrder, targets: Mapping[ChannelSku, Target], told: Mapping[LineId, int]
) -> list[OpenLine]:
    lines: list[OpenLine] = []
    for line in order.lines:
        target = targets.get(line.sku)
        wanted = 0 if line.state in _GONE else line.open_quantity
        lines.append(
            OpenLine(
                line_id=line.line_id,
                stock_code=target.stock_code if target is not None else None,
                pack=target.pack if target is not None else 1,
                wanted=wanted,
                left=max(0, wanted - told.get(line.line_id, 0)),
            )
        )
    return lines


def _by_number(already: Sequence[ShippedUnits], lines: Sequence[OpenLine]) -> dict[str, UnitsByCode | None]:
    """Eaches per stock code that the channel has as shipped under each number; None where it does not tell of what."""
    by_line = {line.line_id: line for line in lines}
    known: dict[str, UnitsByCode | None] = {}
    for shipment in already:
        number = normalise(shipment.tracking)
        if not shipment.shipped or not number:
            continue
        units = known.setdefault(number, {})
        for told in shipment.lines:
            line = by_line.get(told.line_id)
            if units is None or line is None or line.stock_code is None:
                units = None
                break
            units[line.stock_code] = units.get(line.stock_code, 0) + told.quantity * line.pack
        known[number] = units if shipment.lines else None
    return known


def _in_parcels(task: Telling) -> ShipmentPlan:
    """The channel takes several shipments: one part per parcel, as far as contents are known."""
    parcels = task.despatch.parcels
    wanted = units_of(task.despatch.lines) or contents_of(parcels)
    apart = any(parcel.lines for parcel in parcels) and not exceeds(contents_of(parcels), wanted)
    known = [parcel for parcel in parcels if task.is_known(parcel, contents_of([parcel]) if apart else wanted)]
    fresh = [parcel for parcel in parcels if parcel not in known]
    if parcels and (not fresh or (len(fresh) < len(parcels) and not apart)):
        return ShipmentPlan(done=True)
    if not wanted and not task.despatch.final:
        return ShipmentPlan(reasons=(tells_no_items(task),))
    if not wanted:
        return _rest_of_order(task, fresh)
    if apart:
        wanted = less(wanted, contents_of(known))
        if not wanted:
            return ShipmentPlan(done=True)
    found = problems(task, wanted)
    if found:
        return ShipmentPlan(reasons=found)
    return ShipmentPlan(parts=_parts(task, _groups(fresh, wanted, apart=apart), wanted, fresh))


def _rest_of_order(task: Telling, parcels: Sequence[Parcel]) -> ShipmentPlan:
    if not task.left:
        return ShipmentPlan(reasons=(nothing_left(task),))
    return ShipmentPlan(parts=(_part(task.left, parcels, final=True),))


def _in_one(task: Telling, *, wait_full: bool) -> ShipmentPlan:
    """The channel takes one shipment for the whole order."""
    parcels = task.despatch.parcels
    wanted = units_of(task.despatch.lines) or contents_of(parcels)
    if any(task.has_number(parcel) for parcel in parcels):
        return ShipmentPlan(done=True)
    if not task.left:
        spoken_for = not wait_full and wanted and not covers(wanted, capacity(task, of_order=True))
        return ShipmentPlan(done=True) if spoken_for else ShipmentPlan(reasons=(nothing_left(task),))
    found = tuple(p for p in problems(task, wanted) if p.type is not ExceptionType.UOM_MISMATCH)
    if found:
        return ShipmentPlan(reasons=found)
    complete = task.despatch.final or covers(wanted, capacity(task, of_order=False))
    if wait_full and not complete:
        why = "the channel takes only whole orders, and more is to follow"
        return ShipmentPlan(reasons=(task.reason(ExceptionType.PARTIAL_NOT_SUPPORTED, why),))
    return _rest_of_order(task, parcels)


# --- parts ----------------------------------------------------------------------------------------------------------


def _groups(parcels: Sequence[Parcel], wanted: Mapping[StockCode, int], *, apart: bool) -> list[ParcelGroup]:
    """Parcels that are told together, with their contents; parcels of one number are one."""
    if not apart:
        return [(list(parcels), dict(wanted))]
    by_number: dict[str, list[Parcel]] = {}
    for place, parcel in enumerate(parcels):
        by_number.setdefault(normalise(parcel.tracking) or f"#{place}", []).append(parcel)
    groups = [(group, contents_of(group)) for group in by_number.values()]
    unlisted = less(wanted, contents_of(parcels))
    if unlisted:
        home = next((contents for _, contents in groups if not contents), groups[0][1])
        for code, units in unlisted.items():
            home[code] = home.get(code, 0) + units
    return [(group, contents) for group, contents in groups if contents]


def _parts(
    task: Telling, groups: Sequence[ParcelGroup], wanted: Mapping[StockCode, int], fresh: Sequence[Parcel]
) -> tuple[ShipmentPart, ...]:
    left = dict(task.left)
    shares: list[tuple[list[Parcel], dict[LineId, int]]] = []
    for parcels, contents in groups:
        share = share_out(task, contents, left)
        if share is None:
            # A pack was put into two parcels: they can only be told together.
            whole = share_out(task, wanted, task.left) or {}
            return (_part(whole, fresh, final=whole == task.left),)
        for line_id, units in share.items():
            left[line_id] -= units
        shares.append((parcels, share))
    nothing_after = not any(left.values())
    return tuple(
        _part(share, parcels, final=nothing_after and place == len(shares))
        for place, (parcels, share) in enumerate(shares, start=1)
    )


def _part(share: Mapping[LineId, int], parcels: Sequence[Parcel], *, final: bool) -> ShipmentPart:
    first = next((parcel for parcel in parcels if parcel.tracking.strip()), parcels[0] if parcels else Parcel())
    lines = tuple(ShipmentLine(line_id=line_id, quantity=units) for line_id, units in share.items())
    others = tuple(parcel for parcel in parcels if parcel is not first)
    return ShipmentPart(lines=lines, parcel=first, final=final, others=others)
