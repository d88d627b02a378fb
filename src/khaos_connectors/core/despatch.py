"""Goods that left, and what a channel is to be told about them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import (
    AccountId,
    ChannelSku,
    DespatchId,
    ErpOrderCode,
    LineId,
    OrderId,
    OrderRef,
    StockCode,
)
from khaos_connectors.core.orders import ChannelOrder, OrderState
from khaos_connectors.core.packs import exceeds, fill_packs, less
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


@attrs.frozen(kw_only=True)
class DespatchLine:
    """*units* (eaches) of *stock_code* that left."""

    stock_code: StockCode
    units: int


@attrs.frozen(kw_only=True)
class Parcel:
    """One tracked box. *courier* is the source's own name for it; *lines* is empty where contents are not told."""

    courier: str = ""
    service: str = ""
    tracking: str = ""
    tracking_url: str = ""
    lines: tuple[DespatchLine, ...] = ()


@attrs.frozen(kw_only=True)
class Despatch:
    """One shipment of an ERP or a warehouse; key ``(reference, despatch_id)``.

    *despatched_on* may have the precision of a day. *final*: nothing of the order is left to ship. *lines* is empty
    where the source does not tell items (then the whole remaining order is meant when *final*).
    """

    account: AccountId
    reference: OrderRef
    erp_order: ErpOrderCode
    despatch_id: DespatchId
    despatched_on: datetime
    lines: tuple[DespatchLine, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    final: bool = False


@attrs.frozen(kw_only=True)
class ShipmentLine:
    """*quantity* of one channel order line, in the listing's own units."""

    line_id: LineId
    quantity: int


@attrs.frozen(kw_only=True)
class ShippedUnits:
    """A shipment that the channel already knows: its lines and the tracking number that it holds."""

    order_id: OrderId
    lines: tuple[ShipmentLine, ...] = ()
    tracking: str = ""
    carrier: str = ""
    shipment_id: str = ""
    shipped: bool = True


@attrs.frozen(kw_only=True)
class ShipmentPart:
    """One shipment to tell the channel: *lines* in one *parcel*. *final*: nothing of the order is open after it.

    *others* are parcels that travel with it and cannot be told apart: their numbers are additional information.
    """

    lines: tuple[ShipmentLine, ...]
    parcel: Parcel
    final: bool
    others: tuple[Parcel, ...] = ()


@attrs.frozen(kw_only=True)
class ShipmentPlan:
    """What is left to tell of one despatch: *parts*, in this sequence.

    *done*: the channel knows all of it. Neither parts nor done: it cannot be told now, *reasons* say why; a despatch
    is told whole or not at all.
    """

    parts: tuple[ShipmentPart, ...] = ()
    done: bool = False
    reasons: tuple[Reason, ...] = ()


@attrs.frozen
class _OpenLine:
    """A line of the order with what may still be told of it, in its own units."""

    line_id: LineId
    stock_code: StockCode | None
    pack: int
    wanted: int
    left: int


def entity_of(despatch: Despatch) -> str:
    """What an exception item about *despatch* is about: one item per despatch, not per order."""
    return f"despatch:{despatch.reference}/{despatch.despatch_id}"


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
    task = _Task(despatch, order, lines, _by_number(here, lines))
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
) -> list[_OpenLine]:
    lines: list[_OpenLine] = []
    for line in order.lines:
        target = targets.get(line.sku)
        wanted = 0 if line.state in _GONE else line.open_quantity
        lines.append(
            _OpenLine(
                line_id=line.line_id,
                stock_code=target.stock_code if target is not None else None,
                pack=target.pack if target is not None else 1,
                wanted=wanted,
                left=max(0, wanted - told.get(line.line_id, 0)),
            )
        )
    return lines


def _by_number(already: Sequence[ShippedUnits], lines: Sequence[_OpenLine]) -> "dict[str, _Units | None]":
    """Eaches per stock code that the channel has as shipped under each number; None where it does not tell of what."""
    by_line = {line.line_id: line for line in lines}
    known: dict[str, _Units | None] = {}
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


@attrs.frozen
class _Task:
    """One despatch to be told: the order's open lines, and what the channel has as shipped under which number."""

    despatch: Despatch
    order: ChannelOrder
    lines: Sequence[_OpenLine]
    known: "Mapping[str, _Units | None]"

    def has_number(self, parcel: Parcel) -> bool:
        return normalise(parcel.tracking) in self.known

    def is_known(self, parcel: Parcel, contents: "_Units") -> bool:
        if not self.has_number(parcel):
            return False
        told = self.known[normalise(parcel.tracking)]
        return told is None or not exceeds(contents, told)

    @property
    def left(self) -> dict[LineId, int]:
        return {line.line_id: line.left for line in self.lines if line.left}

    def reason(self, kind: ExceptionType, message: str, **evidence: str) -> Reason:
        about = {"order": self.order.order_id, "despatch": self.despatch.despatch_id}
        numbers = ", ".join(parcel.tracking for parcel in self.despatch.parcels if parcel.tracking)
        text = f"despatch {self.despatch.despatch_id} of order {self.order.order_id}: {message}"
        return Reason(
            type=kind,
            entity=entity_of(self.despatch),
            message=text,
            evidence={**about, "tracking": numbers, **evidence},
        )


def _in_parcels(task: _Task) -> ShipmentPlan:
    """The channel takes several shipments: one part per parcel, as far as contents are known."""
    parcels = task.despatch.parcels
    wanted = _units(task.despatch.lines) or _contents(parcels)
    apart = any(parcel.lines for parcel in parcels) and not exceeds(_contents(parcels), wanted)
    known = [parcel for parcel in parcels if task.is_known(parcel, _contents([parcel]) if apart else wanted)]
    fresh = [parcel for parcel in parcels if parcel not in known]
    if parcels and (not fresh or (len(fresh) < len(parcels) and not apart)):
        return ShipmentPlan(done=True)
    if not wanted and not task.despatch.final:
        return ShipmentPlan(reasons=(_tells_no_items(task),))
    if not wanted:
        return _rest_of_order(task, fresh)
    if apart:
        wanted = less(wanted, _contents(known))
        if not wanted:
            return ShipmentPlan(done=True)
    problems = _problems(task, wanted)
    if problems:
        return ShipmentPlan(reasons=problems)
    return ShipmentPlan(parts=_parts(task, _groups(fresh, wanted, apart=apart), wanted, fresh))


def _rest_of_order(task: _Task, parcels: Sequence[Parcel]) -> ShipmentPlan:
    if not task.left:
        return ShipmentPlan(reasons=(_nothing_left(task),))
    return ShipmentPlan(parts=(_part(task.left, parcels, final=True),))


def _in_one(task: _Task, *, wait_full: bool) -> ShipmentPlan:
    """The channel takes one shipment for the whole order."""
    parcels = task.despatch.parcels
    wanted = _units(task.despatch.lines) or _contents(parcels)
    if any(task.has_number(parcel) for parcel in parcels):
        return ShipmentPlan(done=True)
    if not task.left:
        spoken_for = not wait_full and wanted and not _covers(wanted, _capacity(task, of_order=True))
        return ShipmentPlan(done=True) if spoken_for else ShipmentPlan(reasons=(_nothing_left(task),))
    problems = tuple(p for p in _problems(task, wanted) if p.type is not ExceptionType.UOM_MISMATCH)
    if problems:
        return ShipmentPlan(reasons=problems)
    complete = task.despatch.final or _covers(wanted, _capacity(task, of_order=False))
    if wait_full and not complete:
        why = "the channel takes only whole orders, and more is to follow"
        return ShipmentPlan(reasons=(task.reason(ExceptionType.PARTIAL_NOT_SUPPORTED, why),))
    return _rest_of_order(task, parcels)


# --- which units are whose ------------------------------------------------------------------------------------------

_Units = dict[StockCode, int]
_Group = tuple[list[Parcel], _Units]


def _units(lines: Iterable[DespatchLine]) -> _Units:
    units: _Units = {}
    for line in lines:
        units[line.stock_code] = units.get(line.stock_code, 0) + line.units
    return {code: count for code, count in units.items() if count}


def _contents(parcels: Iterable[Parcel]) -> _Units:
    return _units(line for parcel in parcels for line in parcel.lines)


def _covers(units: Mapping[StockCode, int], room: Mapping[StockCode | None, int]) -> bool:
    """Whether *units* are all that fits into *room*."""
    return not room.get(None) and all(units.get(code, 0) >= most for code, most in room.items() if code is not None)


def _capacity(task: _Task, *, of_order: bool) -> dict[StockCode | None, int]:
    """Eaches per stock code that the order wants, or that are left to tell; None for lines without a stock code."""
    room: dict[StockCode | None, int] = {}
    for line in task.lines:
        units = (line.wanted if of_order else line.left) * line.pack
        room[line.stock_code] = room.get(line.stock_code, 0) + units
    return room


def _share_out(task: _Task, wanted: Mapping[StockCode, int], left: Mapping[LineId, int]) -> dict[LineId, int] | None:
    """The units of *wanted* on the order's lines as far as *left* allows; None if they cannot be placed exactly."""
    shares: dict[LineId, int] = {}
    for code, units in wanted.items():
        lines = [line for line in task.lines if line.stock_code == code]
        packs = fill_packs(units, [(line.pack, left.get(line.line_id, 0)) for line in lines])
        if packs is None:
            return None
        shares.update({line.line_id: count for line, count in zip(lines, packs, strict=True) if count})
    return {line.line_id: shares[line.line_id] for line in task.lines if line.line_id in shares}


# --- parts ----------------------------------------------------------------------------------------------------------


def _groups(parcels: Sequence[Parcel], wanted: Mapping[StockCode, int], *, apart: bool) -> list[_Group]:
    """Parcels that are told together, with their contents; parcels of one number are one."""
    if not apart:
        return [(list(parcels), dict(wanted))]
    by_number: dict[str, list[Parcel]] = {}
    for place, parcel in enumerate(parcels):
        by_number.setdefault(normalise(parcel.tracking) or f"#{place}", []).append(parcel)
    groups = [(group, _contents(group)) for group in by_number.values()]
    unlisted = less(wanted, _contents(parcels))
    if unlisted:
        home = next((contents for _, contents in groups if not contents), groups[0][1])
        for code, units in unlisted.items():
            home[code] = home.get(code, 0) + units
    return [(group, contents) for group, contents in groups if contents]


def _parts(
    task: _Task, groups: Sequence[_Group], wanted: Mapping[StockCode, int], fresh: Sequence[Parcel]
) -> tuple[ShipmentPart, ...]:
    left = dict(task.left)
    shares: list[tuple[list[Parcel], dict[LineId, int]]] = []
    for parcels, contents in groups:
        share = _share_out(task, contents, left)
        if share is None:
            # A pack was put into two parcels: they can only be told together.
            whole = _share_out(task, wanted, task.left) or {}
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


# --- what can be wrong ----------------------------------------------------------------------------------------------


def _problems(task: _Task, wanted: Mapping[StockCode, int]) -> tuple[Reason, ...]:
    whole, room = _capacity(task, of_order=True), _capacity(task, of_order=False)
    found: dict[ExceptionType, dict[str, str]] = {}
    for code, units in wanted.items():
        kind, why = _problem(task, code, units, whole, room)
        if kind is not None:
            found.setdefault(kind, {})[code] = why
    return tuple(
        task.reason(kind, "; ".join(f"{code}: {why}" for code, why in codes.items()), **_by_code(codes))
        for kind, codes in found.items()
    )


def _by_code(codes: Mapping[str, str]) -> dict[str, str]:
    return {f"stock code {code}": why for code, why in codes.items()}


def _problem(
    task: _Task,
    code: StockCode,
    units: int,
    whole: Mapping[StockCode | None, int],
    room: Mapping[StockCode | None, int],
) -> tuple[ExceptionType | None, str]:
    if units < 0:
        return ExceptionType.DESPATCH_DRIFT, f"{units} units: something was taken back"
    if code not in whole:
        if room.get(None):
            return ExceptionType.SKU_UNMAPPED, "no line of the order is known to be this; one has no stock code"
        return ExceptionType.OVER_DESPATCH, f"{units} left, and nobody ordered it"
    if units > room[code]:
        if room[code] == 0 and units <= whole[code]:
            return ExceptionType.DESPATCH_DRIFT, "the channel already has it as shipped, under another number"
        return ExceptionType.OVER_DESPATCH, f"{units} left, {room[code]} of {whole[code]} ordered were open"
    if _share_out(task, {code: units}, task.left) is None:
        return ExceptionType.UOM_MISMATCH, f"{units} left, which is no whole number of packs"
    return None, ""


def _nothing_left(task: _Task) -> Reason:
    if any(line.wanted for line in task.lines):
        why = "the channel already has the order as shipped, under another number"
        return task.reason(ExceptionType.DESPATCH_DRIFT, why)
    return task.reason(ExceptionType.OVER_DESPATCH, "it left, and every line of the order is cancelled or refused")


def _tells_no_items(task: _Task) -> Reason:
    why = "its items are not told and it is not the last, so its lines are not known"
    return task.reason(ExceptionType.PARTIAL_NOT_SUPPORTED, why)


_GONE = frozenset({OrderState.REFUSED, OrderState.CANCELLED})
_LEFT = frozenset({OrderState.SHIPPED, OrderState.DELIVERED, OrderState.CLOSED})
