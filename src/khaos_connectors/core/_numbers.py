"""Whose the units under a tracking number are: couriers give one to a whole consignment, so to several despatches.

A shipment of exactly the units that a despatch has under the number is that despatch's. Where several despatches have
the same, those that are known to have been told go first, then they take turns by their despatch ids: each shipment is
one despatch's, and each despatch has one. What is left is put together and goes, in the same sequence, to those that it
covers whole.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from khaos_connectors.core._telling import OpenLine, UnitsByCode, contents, number_of, parcel_groups, share_parcels
from khaos_connectors.core.ids import DespatchId, LineId, StockCode
from khaos_connectors.core.packs import exceeds, less
from khaos_connectors.core.shipments import Despatch, ShippedUnits
from khaos_connectors.core.tracking import normalise

__all__ = ["as_told", "known_units"]


def known_units(
    already: Sequence[ShippedUnits],
    lines: Sequence[OpenLine],
    despatch: Despatch,
    *,
    others: Iterable[Despatch] = (),
    told: Collection[DespatchId] = (),
) -> dict[str, UnitsByCode | None]:
    """Eaches per stock code of *despatch* that the channel has as shipped under each number; None where it does not
    tell of what.

    What no despatch accounts for counts for each of them: somebody keyed it in.
    """
    rivals = {each.despatch_id: each for each in others if each.reference == despatch.reference}
    rivals[despatch.despatch_id] = despatch
    turns = [rivals[name] for name in sorted(rivals, key=lambda name: (name not in told, name))]
    claims = [(each.despatch_id, as_told(each, lines)) for each in turns]
    known: dict[str, UnitsByCode | None] = {}
    for number, shipments in _shipped(already, lines).items():
        if shipments is None:
            known[number] = None
        elif ours := _share(shipments, {name: units.get(number, {}) for name, units in claims}, despatch):
            known[number] = ours
    return known


def _share(
    shipments: Sequence[UnitsByCode], wanted: Mapping[DespatchId, UnitsByCode], despatch: Despatch
) -> UnitsByCode:
    """What of *shipments* is *despatch*'s, where the despatches *wanted* so much, in their turns."""
    pool = list(shipments)
    taken: dict[DespatchId, UnitsByCode] = {}
    for name, units in wanted.items():
        if units and units in pool:
            pool.remove(units)
            taken[name] = units
    rest = _added(pool)
    for name, units in wanted.items():
        if units and name not in taken and not exceeds(units, rest):
            taken[name] = units
            rest = less(rest, units)
    return _added([taken.get(despatch.despatch_id, {}), rest])


def as_told(despatch: Despatch, lines: Sequence[OpenLine]) -> dict[str, UnitsByCode]:
    """What of *despatch* is told under each of its numbers, as it is told when the channel knows nothing yet."""
    wanted, apart = contents(despatch)
    groups = parcel_groups(despatch.parcels, wanted, apart=apart)
    if apart and share_parcels(lines, groups, {line.line_id: line.wanted for line in lines}) is None:
        groups = parcel_groups(despatch.parcels, wanted, apart=False)
    return {number_of(parcels): units for parcels, units in groups}


def _shipped(already: Sequence[ShippedUnits], lines: Sequence[OpenLine]) -> dict[str, list[UnitsByCode] | None]:
    """The channel's shipments under each number, in eaches; None where one of them does not tell of what."""
    by_line = {line.line_id: line for line in lines}
    shipped: dict[str, list[UnitsByCode] | None] = {}
    for shipment in already:
        number = normalise(shipment.tracking)
        if not shipment.shipped or not number:
            continue
        units = _eaches(shipment, by_line)
        before = shipped.setdefault(number, [])
        shipped[number] = None if before is None or units is None else [*before, units]
    return shipped


def _eaches(shipment: ShippedUnits, by_line: Mapping[LineId, OpenLine]) -> UnitsByCode | None:
    units: UnitsByCode = {}
    for told in shipment.lines:
        line = by_line.get(told.line_id)
        if line is None or line.stock_code is None:
            return None
        units[line.stock_code] = units.get(line.stock_code, 0) + told.quantity * line.pack
    return units or None


def _added(units: Iterable[Mapping[StockCode, int]]) -> UnitsByCode:
    total: UnitsByCode = {}
    for each in units:
        for code, count in each.items():
            total[code] = total.get(code, 0) + count
    return total
