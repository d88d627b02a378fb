"""What a channel is to be told about goods that left: ``plan_shipment``, and the records of ``shipments``."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from khaos_connectors.core._numbers import as_told, known_units
from khaos_connectors.core._telling import (
    OpenLine,
    Telling,
    UnitsByCode,
    capacity,
    contents,
    contents_of,
    covers,
    nothing_left,
    parcel_groups,
    problems,
    share_out,
    share_parcels,
    tells_no_items,
)
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ChannelSku, DespatchId, LineId, StockCode
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
    others: Sequence[Despatch] = (),
    told: Collection[DespatchId] = (),
) -> ShipmentPlan:
    """What the channel is still to be told of *despatch*, given what it *already* knows of the order.

    Units go to the lines of their stock code in whole packs, to larger packs first, else in the order's sequence. A
    parcel whose contents are known is a part of its own; everything else goes with the first parcel. A parcel whose
    number the channel already has as shipped, with all that is in the parcel, is done; with less it is another despatch
    under the same number (couriers give one to a whole consignment), and told. Never is more told than was ordered,
    less cancelled, less told before.

    *others* are the order's other despatches: one of the same number and the same units cannot be told from this one
    otherwise, and would be lost. Each shipment under the number is one despatch's: first of those in *told* (known to
    have been told), then by the text of the despatch id; see ``shipments``.

    Where the channel takes one shipment per order (*several_shipments* False), *wait_full* waits for the despatch that
    completes it; otherwise the first parcel stands for the whole order.
    """
    here = [shipment for shipment in already if shipment.order_id == order.order_id]
    lines = _open_lines(order, targets, _told(order, here, despatch))
    if several_shipments:
        known = known_units(here, lines, despatch, others=others, told=told)
        return _in_parcels(Telling(despatch, order, lines, known))
    return _in_one(Telling(despatch, order, lines, known_units(here, lines, despatch)), wait_full=wait_full)


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


def _in_parcels(task: Telling) -> ShipmentPlan:
    """The channel takes several shipments: one part per parcel, as far as contents are known."""
    parcels = task.despatch.parcels
    wanted, apart = contents(task.despatch)
    known = [parcel for parcel in parcels if task.is_known(parcel, contents_of([parcel]) if apart else wanted)]
    fresh = [parcel for parcel in parcels if parcel not in known]
    if not wanted and known and not (fresh and apart):
        return ShipmentPlan(done=True)
    if not wanted and not task.despatch.final:
        return ShipmentPlan(reasons=(tells_no_items(task),))
    if not wanted:
        return _rest_of_order(task, fresh)
    rest = less(wanted, _told_under(task, known, wanted, apart=apart))
    if not rest:
        return ShipmentPlan(done=True)
    found = problems(task, rest)
    if found:
        return ShipmentPlan(reasons=found)
    return ShipmentPlan(parts=_parts(task, rest, fresh or parcels[:1], apart=apart))


def _told_under(
    task: Telling, parcels: Sequence[Parcel], wanted: Mapping[StockCode, int], *, apart: bool
) -> UnitsByCode:
    """What of *wanted* the channel has under the numbers of *parcels*, as far as it was to be told under them."""
    ours = as_told(task.despatch, task.lines)
    told: UnitsByCode = {}
    for number in {normalise(parcel.tracking) for parcel in parcels}:
        there = task.known[number]
        # Without contents one number stands for all, whichever of them the channel has.
        for code, units in ours.get(number, {} if apart else dict(wanted)).items():
            told[code] = told.get(code, 0) + (units if there is None else min(units, there.get(code, 0)))
    return {code: min(units, wanted.get(code, 0)) for code, units in told.items()}


def _rest_of_order(task: Telling, parcels: Sequence[Parcel]) -> ShipmentPlan:
    if not task.left:
        return ShipmentPlan(reasons=(nothing_left(task),))
    return ShipmentPlan(parts=(_part(task.left, parcels, final=True),))


def _in_one(task: Telling, *, wait_full: bool) -> ShipmentPlan:
    """The channel takes one shipment for the whole order."""
    parcels = task.despatch.parcels
    wanted, _ = contents(task.despatch)
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


def _parts(
    task: Telling, wanted: Mapping[StockCode, int], parcels: Sequence[Parcel], *, apart: bool
) -> tuple[ShipmentPart, ...]:
    apart = apart and not exceeds(contents_of(parcels), wanted)
    shares = share_parcels(task.lines, parcel_groups(parcels, wanted, apart=apart), task.left)
    if shares is None:
        # A pack was put into two parcels: they can only be told together.
        shares = [(list(parcels), share_out(task.lines, wanted, task.left) or {})]
    told = Counter[LineId]()
    for _, share in shares:
        told.update(share)
    last = len(shares) if dict(told) == task.left else 0
    return tuple(_part(share, group, final=place == last) for place, (group, share) in enumerate(shares, start=1))


def _part(share: Mapping[LineId, int], parcels: Sequence[Parcel], *, final: bool) -> ShipmentPart:
    first = next((parcel for parcel in parcels if parcel.tracking.strip()), parcels[0] if parcels else Parcel())
    lines = tuple(ShipmentLine(line_id=line_id, quantity=units) for line_id, units in share.items())
    others = tuple(parcel for parcel in parcels if parcel is not first)
    return ShipmentPart(lines=lines, parcel=first, final=final, others=others)
