"""One despatch on its way to a channel: which of its units belong to which order line, and what speaks against it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import LineId, StockCode
from khaos_connectors.core.orders import ChannelOrder
from khaos_connectors.core.packs import exceeds, fill_packs, less
from khaos_connectors.core.shipments import Despatch, DespatchLine, Parcel, entity_of
from khaos_connectors.core.tracking import normalise

__all__ = [
    "OpenLine",
    "ParcelGroup",
    "Telling",
    "UnitsByCode",
    "capacity",
    "contents",
    "contents_of",
    "covers",
    "nothing_left",
    "number_of",
    "parcel_groups",
    "problems",
    "share_out",
    "share_parcels",
    "tells_no_items",
    "units_of",
]

UnitsByCode: TypeAlias = dict[StockCode, int]
"""Eaches per stock code."""

ParcelGroup: TypeAlias = tuple[list[Parcel], UnitsByCode]
"""Parcels that are told together, with what is in them."""


@attrs.frozen
class OpenLine:
    """A line of the order with what may still be told of it, in its own units."""

    line_id: LineId
    stock_code: StockCode | None
    pack: int
    wanted: int
    left: int


@attrs.frozen
class Telling:
    """One despatch to be told: the order's open lines, and what the channel has as shipped under which number."""

    despatch: Despatch
    order: ChannelOrder
    lines: Sequence[OpenLine]
    known: Mapping[str, UnitsByCode | None]

    def has_number(self, parcel: Parcel) -> bool:
        """Whether the channel has anything as shipped under the parcel's number."""
        return normalise(parcel.tracking) in self.known

    def is_known(self, parcel: Parcel, contents: UnitsByCode) -> bool:
        """Whether the channel has all of *contents* as shipped under the parcel's number."""
        if not self.has_number(parcel):
            return False
        told = self.known[normalise(parcel.tracking)]
        return told is None or not exceeds(contents, told)

    @property
    def left(self) -> dict[LineId, int]:
        """Units that may still be told, per line that has any."""
        return {line.line_id: line.left for line in self.lines if line.left}

    def reason(self, kind: ExceptionType, message: str, **evidence: str) -> Reason:
        """A reason about this despatch, with its order and its tracking numbers as evidence."""
        about = {"order": self.order.order_id, "despatch": self.despatch.despatch_id}
        numbers = ", ".join(parcel.tracking for parcel in self.despatch.parcels if parcel.tracking)
        text = f"despatch {self.despatch.despatch_id} of order {self.order.order_id}: {message}"
        return Reason(
            type=kind,
            entity=entity_of(self.despatch),
            message=text,
            evidence={**about, "tracking": numbers, **evidence},
        )


def units_of(lines: Iterable[DespatchLine]) -> UnitsByCode:
    """Eaches per stock code; codes whose units cancel out are dropped."""
    units: UnitsByCode = {}
    for line in lines:
        units[line.stock_code] = units.get(line.stock_code, 0) + line.units
    return {code: count for code, count in units.items() if count}


def contents_of(parcels: Iterable[Parcel]) -> UnitsByCode:
    """Eaches per stock code of all *parcels* whose contents are told."""
    return units_of(line for parcel in parcels for line in parcel.lines)


def contents(despatch: Despatch) -> tuple[UnitsByCode, bool]:
    """What left, and whether it can be told parcel by parcel: their contents are told, and are no more than that."""
    boxed = contents_of(despatch.parcels)
    wanted = units_of(despatch.lines) or boxed
    return wanted, any(parcel.lines for parcel in despatch.parcels) and not exceeds(boxed, wanted)


def number_of(parcels: Iterable[Parcel]) -> str:
    """The number under which *parcels* are told together, normalised: the first that there is; empty for none."""
    return next((number for parcel in parcels if (number := normalise(parcel.tracking))), "")


def parcel_groups(parcels: Sequence[Parcel], wanted: Mapping[StockCode, int], *, apart: bool) -> list[ParcelGroup]:
    """Parcels that are told together, with their contents; parcels of one number are one."""
    if not apart:
        return [(list(parcels), dict(wanted))]
    by_number: dict[str, list[Parcel]] = {}
    for place, parcel in enumerate(parcels):
        by_number.setdefault(normalise(parcel.tracking) or f"#{place}", []).append(parcel)
    groups = [(group, contents_of(group)) for group in by_number.values()]
    unlisted = less(wanted, contents_of(parcels))
    if unlisted:
        home = next((boxed for _, boxed in groups if not boxed), groups[0][1])
        for code, units in unlisted.items():
            home[code] = home.get(code, 0) + units
    return [(group, boxed) for group, boxed in groups if boxed]


def covers(units: Mapping[StockCode, int], room: Mapping[StockCode | None, int]) -> bool:
    """Whether *units* are all that fits into *room*."""
    return not room.get(None) and all(units.get(code, 0) >= most for code, most in room.items() if code is not None)


def capacity(task: Telling, *, of_order: bool) -> dict[StockCode | None, int]:
    """Eaches per stock code that the order wants, or that are left to tell; None for lines without a stock code."""
    room: dict[StockCode | None, int] = {}
    for line in task.lines:
        units = (line.wanted if of_order else line.left) * line.pack
        room[line.stock_code] = room.get(line.stock_code, 0) + units
    return room


def share_out(
    lines: Sequence[OpenLine], wanted: Mapping[StockCode, int], left: Mapping[LineId, int]
) -> dict[LineId, int] | None:
    """The units of *wanted* on the order's *lines* as far as *left* allows; None if they cannot be placed exactly."""
    shares: dict[LineId, int] = {}
    for code, units in wanted.items():
        # The largest packs first: what they leave, smaller ones can still take. The other way round it may be nothing.
        fitting = sorted((line for line in lines if line.stock_code == code), key=lambda line: -line.pack)
        packs = fill_packs(units, [(line.pack, left.get(line.line_id, 0)) for line in fitting])
        if packs is None:
            return None
        shares.update({line.line_id: count for line, count in zip(fitting, packs, strict=True) if count})
    return {line.line_id: shares[line.line_id] for line in lines if line.line_id in shares}


def share_parcels(
    lines: Sequence[OpenLine], groups: Iterable[ParcelGroup], left: Mapping[LineId, int]
) -> list[tuple[list[Parcel], dict[LineId, int]]] | None:
    """Each of *groups* with its own share of the *lines*; None if a pack was put into two of them."""
    still = dict(left)
    shares: list[tuple[list[Parcel], dict[LineId, int]]] = []
    for parcels, boxed in groups:
        share = share_out(lines, boxed, still)
        if share is None:
            return None
        for line_id, units in share.items():
            still[line_id] -= units
        shares.append((parcels, share))
    return shares


# --- what can be wrong ----------------------------------------------------------------------------------------------


def problems(task: Telling, wanted: Mapping[StockCode, int]) -> tuple[Reason, ...]:
    """Why *wanted* cannot be told as it is; at most one reason per exception type."""
    whole, room = capacity(task, of_order=True), capacity(task, of_order=False)
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
    task: Telling,
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
            return (
                ExceptionType.DESPATCH_DRIFT,
                "the channel already has it as shipped, under another number or for another despatch",
            )
        return ExceptionType.OVER_DESPATCH, f"{units} left, {room[code]} of {whole[code]} ordered were open"
    if share_out(task.lines, {code: units}, task.left) is None:
        return ExceptionType.UOM_MISMATCH, f"{units} left, which is no whole number of packs"
    return None, ""


def nothing_left(task: Telling) -> Reason:
    """Why a despatch of an order of which nothing is open cannot be told."""
    if any(line.wanted for line in task.lines):
        why = "the channel already has the order as shipped, under another number or for another despatch"
        return task.reason(ExceptionType.DESPATCH_DRIFT, why)
    return task.reason(ExceptionType.OVER_DESPATCH, "it left, and every line of the order is cancelled or refused")


def tells_no_items(task: Telling) -> Reason:
    """Why a despatch without items that is not the last one has to wait."""
    why = "its items are not told and it is not the last, so its lines are not known"
    return task.reason(ExceptionType.PARTIAL_NOT_SUPPORTED, why)
