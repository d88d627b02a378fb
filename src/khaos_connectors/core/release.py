"""What a warehouse is asked to pick, whether it may be asked already, and what it reports back."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

import attrs

from khaos_connectors.core.addresses import missing_parts, tidy
from khaos_connectors.core.bundles import Bundle, BundleFault, flatten
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import aware, aware_or_none, not_blank, typed
from khaos_connectors.core.ids import AccountId, ErpOrderCode, OrderRef, StockCode
from khaos_connectors.core.orders import Address
from khaos_connectors.core.shipments import DespatchLine, Parcel

__all__ = [
    "AckCheck",
    "AckState",
    "ChangeWay",
    "Gate",
    "GateResult",
    "ReleaseCandidate",
    "ReleaseChange",
    "ReleaseDecision",
    "ReleaseDraft",
    "WarehouseShipment",
    "change_release",
    "check_ack",
    "decide_release",
    "next_shipment_id",
]


@attrs.frozen(kw_only=True, field_transformer=typed)
class ReleaseDraft:
    """An order that may be picked: *shipment_id* is ours and unique, *lines* are in eaches."""

    account: AccountId
    shipment_id: str
    reference: OrderRef
    erp_order: ErpOrderCode
    lines: tuple[DespatchLine, ...]
    delivery: Address
    service: str = ""
    due: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True, field_transformer=typed)
class WarehouseShipment:
    """How far a released shipment is. *stage* is the warehouse's own word; *shipped* means that it left."""

    shipment_id: str
    stage: str
    shipped: bool
    changed_at: datetime = attrs.field(validator=aware)
    lines: tuple[DespatchLine, ...] = ()
    parcels: tuple[Parcel, ...] = ()


# --- may it be picked? -----------------------------------------------------------------------------------------------


class Gate(Enum):
    """What an order has to pass before a warehouse hears of it."""

    OPEN = "not cancelled"
    LINES = "something to pick"
    PAID = "paid"
    ALLOCATED = "allocated"
    CLEAN = "no open exception"
    ADDRESS = "address"
    SINGLE = "no other shipment under way"
    ITEMS = "items known to the warehouse"


@attrs.frozen(field_transformer=typed)
class GateResult:
    """Whether an order *passed* a gate, and *why*."""

    gate: Gate
    passed: bool
    why: str


@attrs.frozen(kw_only=True, field_transformer=typed)
class ReleaseCandidate:
    """An order of the ERP that could be picked; *lines* are what is left to pick, in eaches.

    *paid* and *allocated* (eaches per stock code of the lines) are None where the ERP does not tell: not known is not
    passed. *problems* are the types of the order's open exceptions. *used* are all shipment ids that it ever had,
    *under_way* the one that the warehouse still works on.
    """

    account: AccountId
    reference: OrderRef
    erp_order: ErpOrderCode = attrs.field(validator=not_blank)
    lines: tuple[DespatchLine, ...]
    delivery: Address
    service: str = ""
    due: datetime | None = attrs.field(default=None, validator=aware_or_none)
    paid: bool | None = None
    allocated: Mapping[StockCode, int] | None = None
    cancelled: bool = False
    problems: tuple[ExceptionType, ...] = ()
    used: frozenset[str] = frozenset()
    under_way: str = ""


@attrs.frozen(kw_only=True, field_transformer=typed)
class ReleaseDecision:
    """The *draft* to hand to the warehouse, None if a gate is shut; every gate's result either way.

    *exploded* are kits that the draft names by their components. *missing* are items that the warehouse does not know:
    to be sent there first, where that gate is asked.
    """

    draft: ReleaseDraft | None
    gates: tuple[GateResult, ...]
    exploded: tuple[StockCode, ...] = ()
    missing: tuple[StockCode, ...] = ()
    reasons: tuple[Reason, ...] = ()


_ALL_GATES = frozenset(Gate)


def decide_release(
    candidate: ReleaseCandidate,
    *,
    warehouse: Collection[StockCode],
    kits: Iterable[Bundle] = (),
    non_stock: Collection[StockCode] = (),
    gates: Collection[Gate] = _ALL_GATES,
    longest_id: int | None = None,
) -> ReleaseDecision:
    """Whether *candidate* may be picked, by those of *gates*, and what the warehouse is to be told.

    *warehouse* holds the codes that it knows. A kit that it does not know is named by its components, of which those in
    *non_stock* are left out, but never a kit. Every shut gate is named, in one RELEASE_BLOCKED; an item that the
    warehouse lacks is a SKU_NOT_IN_WMS too, and a recipe that cannot be read a BUNDLE_INVALID. Such a recipe shuts
    ITEMS even where that is not one of *gates*: no line is ever left out. *longest_id*: see ``next_shipment_id``.
    Raises ValueError for two recipes of one kit.
    """
    wanted = _summed((line.stock_code, line.units) for line in candidate.lines)
    picks = _picks(wanted, set(warehouse), tuple(kits), non_stock)
    lacking = picks.missing if Gate.ITEMS in gates else ()
    asked = {*gates, Gate.ITEMS} if picks.faults else set(gates)
    results = tuple(result for result in _results(candidate, wanted, picks, lacking) if result.gate in asked)
    shut = [result for result in results if not result.passed]
    if shut:
        reasons = (_blocked(candidate, shut), *(_unknown(code, candidate) for code in lacking), *picks.faults)
        return ReleaseDecision(draft=None, gates=results, missing=picks.missing, reasons=reasons)
    draft = ReleaseDraft(
        account=candidate.account,
        shipment_id=next_shipment_id(candidate.erp_order, candidate.used, longest=longest_id),
        reference=candidate.reference,
        erp_order=candidate.erp_order,
        lines=tuple(DespatchLine(stock_code=code, units=units) for code, units in picks.units.items()),
        delivery=candidate.delivery,
        service=candidate.service,
        due=candidate.due,
    )
    return ReleaseDecision(draft=draft, gates=results, exploded=picks.exploded, missing=picks.missing)


@attrs.frozen
class _Picks:
    """What the warehouse would be told per code, and what stands against it."""

    units: Mapping[StockCode, int]
    exploded: tuple[StockCode, ...]
    missing: tuple[StockCode, ...]
    faults: tuple[Reason, ...]


def _picks(
    wanted: Mapping[StockCode, int],
    warehouse: set[StockCode],
    kits: tuple[Bundle, ...],
    non_stock: Collection[StockCode],
) -> _Picks:
    # A nested kit that the warehouse does know stays whole.
    recipes = tuple(kit for kit in kits if kit.code not in warehouse)
    # ERPs often do not count kits; one that the warehouse stocks whole is a thing to pick all the same.
    left_out = set(non_stock) - {kit.code for kit in kits}
    lacking = {kit.code: kit for kit in recipes}
    units: list[tuple[StockCode, int]] = []
    exploded: list[StockCode] = []
    faults: list[Reason] = []
    for code, count in wanted.items():
        if code not in lacking:
            units.append((code, count))
            continue
        flat = flatten(lacking[code], recipes, non_stock=left_out)
        if isinstance(flat, BundleFault):
            faults.extend(flat.reasons)
            continue
        exploded.append(code)
        units.extend((part, count * need) for part, need in flat.needs.items())
    summed = _summed(units)
    missing = tuple(sorted(summed.keys() - warehouse))
    return _Picks(summed, tuple(exploded), missing, tuple(faults))


def _summed(units: Iterable[tuple[StockCode, int]]) -> dict[StockCode, int]:
    total: dict[StockCode, int] = {}
    for code, count in units:
        total[code] = total.get(code, 0) + count
    return total


def _results(
    candidate: ReleaseCandidate, wanted: Mapping[StockCode, int], picks: _Picks, missing: Collection[StockCode]
) -> Iterable[GateResult]:
    bad = [f"{units} of {code}" for code, units in wanted.items() if units < 1]
    problems = sorted(problem.value for problem in candidate.problems)
    lacking = [f"the warehouse does not know {code}" for code in missing]
    lacking += [fault.message for fault in picks.faults]
    yield _result(Gate.OPEN, ["the order is cancelled"] if candidate.cancelled else [])
    yield _result(Gate.LINES, bad if wanted else ["nothing is left to pick"])
    paid = {True: [], False: ["it is not paid"], None: ["whether it is paid is not known"]}
    yield _result(Gate.PAID, paid[candidate.paid])
    yield _result(Gate.ALLOCATED, _unallocated(candidate.allocated, wanted))
    yield _result(Gate.CLEAN, problems)
    yield _result(Gate.ADDRESS, [f"{part} is missing" for part in missing_parts(tidy(candidate.delivery))])
    yield _result(Gate.SINGLE, [f"{candidate.under_way} is under way"] if candidate.under_way else [])
    yield _result(Gate.ITEMS, lacking)


def _result(gate: Gate, against: Collection[str]) -> GateResult:
    return GateResult(gate, not against, "; ".join(against) or "passed")


def _unallocated(allocated: Mapping[StockCode, int] | None, wanted: Mapping[StockCode, int]) -> list[str]:
    if allocated is None:
        return ["what is allocated is not known"]
    short = ((code, allocated.get(code, 0), units) for code, units in wanted.items())
    return [f"{there} of {units} {code} allocated" for code, there, units in short if there < units]


def _blocked(candidate: ReleaseCandidate, shut: Collection[GateResult]) -> Reason:
    named = "; ".join(f"{result.gate.value}: {result.why}" for result in shut)
    return Reason(
        type=ExceptionType.RELEASE_BLOCKED,
        entity=candidate.reference,
        message=f"order {candidate.erp_order} is not released: {named}",
        evidence={"order": candidate.erp_order, **{result.gate.value: result.why for result in shut}},
    )


def _unknown(code: StockCode, candidate: ReleaseCandidate) -> Reason:
    return Reason(
        type=ExceptionType.SKU_NOT_IN_WMS,
        entity=f"stock:{code}",
        message=f"the warehouse does not know {code}, and order {candidate.erp_order} waits for it",
        evidence={"stock code": code, "order": candidate.erp_order},
    )


# --- ids, changes, acknowledgements ----------------------------------------------------------------------------------


def next_shipment_id(erp_order: ErpOrderCode, used: Collection[str], *, longest: int | None = None) -> str:
    """The id for the next release of *erp_order*: its number, then with the suffixes ``-2``, ``-3`` and so on.

    Always one above the highest that was ever *used*: an id that a warehouse has seen is never given to anything else,
    cancelled or not. Raises ValueError for an id of more than *longest* characters.
    """
    suffixes = (name.removeprefix(f"{erp_order}-") for name in used if name.startswith(f"{erp_order}-"))
    numbers = [int(suffix) for suffix in suffixes if suffix.isdecimal()]
    highest = max([*numbers, 1 if erp_order in used else 0])
    found = f"{erp_order}-{highest + 1}" if highest else str(erp_order)
    if longest is not None and len(found) > longest:
        raise ValueError(f"shipment id {found} is longer than {longest} characters")
    return found


class ChangeWay(Enum):
    """How a released shipment is changed: IN_PLACE, by ANEW (cancel it and release under a new id), or not any more."""

    IN_PLACE = "in place"
    ANEW = "cancel and release anew"
    TOO_LATE = "too late"


@attrs.frozen(kw_only=True, field_transformer=typed)
class ReleaseChange:
    """What to do to change a shipment, and *why*: cancel the id *cancel* (empty: nothing), release *shipment_id*."""

    way: ChangeWay
    why: str
    cancel: str = ""
    shipment_id: str = ""
    reasons: tuple[Reason, ...] = ()


def change_release(
    shipment: WarehouseShipment,
    *,
    erp_order: ErpOrderCode,
    locked: bool,
    used: Collection[str],
    longest_id: int | None = None,
) -> ReleaseChange:
    """How *shipment* of *erp_order* can still be changed. *locked*: the warehouse has begun, and edits are refused."""
    name = shipment.shipment_id
    if shipment.shipped:
        why = f"{name} has left: what comes back is a return"
        evidence = {"order": str(erp_order), "shipment": name, "stage": shipment.stage}
        reason = Reason(type=ExceptionType.CANCEL_CONFLICT, entity=f"shipment:{name}", message=why, evidence=evidence)
        return ReleaseChange(way=ChangeWay.TOO_LATE, why=why, reasons=(reason,))
    if not locked:
        return ReleaseChange(way=ChangeWay.IN_PLACE, why=f"{name} can still be edited", shipment_id=name)
    new = next_shipment_id(erp_order, {*used, name}, longest=longest_id)
    why = f"{name} is locked ({shipment.stage}): it is cancelled, and {new} released once that is confirmed"
    return ReleaseChange(way=ChangeWay.ANEW, why=why, cancel=name, shipment_id=new)


class AckState(Enum):
    """What a warehouse has made of a shipment that was sent to it."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    JAMMED = "jammed"


@attrs.frozen(kw_only=True, field_transformer=typed)
class AckCheck:
    """How a release stands, and *why*. JAMMED: look the shipment up before anything is sent again."""

    state: AckState
    why: str
    reasons: tuple[Reason, ...] = ()


def check_ack(
    shipment_id: str,
    *,
    sent_at: datetime,
    now: datetime,
    acknowledged: bool,
    rejected: str = "",
    limit: timedelta = timedelta(minutes=30),
) -> AckCheck:
    """How the release of *shipment_id*, sent at *sent_at*, stands at *now* (both aware).

    *rejected* is the warehouse's refusal in its own words, empty for none; it goes before *acknowledged*, because a
    warehouse may say yes and look closer later. No word within *limit* is a jam; so is a *sent_at* further ahead of
    *now* than that, which would be waited for in vain. Raises ValueError for a naive moment.
    """
    for name, moment in (("sent_at", sent_at), ("now", now)):
        if moment.tzinfo is None:
            raise ValueError(f"{name} has no time zone: {moment.isoformat()}; a moment must be aware")
    if rejected:
        why = f"the warehouse refused {shipment_id}{', which it had acknowledged' if acknowledged else ''}: {rejected}"
        told = {"acknowledged": "yes" if acknowledged else "no", "rejected": rejected}
        reason = _unheard(ExceptionType.WMS_ORDER_REJECTED, shipment_id, why, told)
        return AckCheck(state=AckState.REJECTED, why=why, reasons=(reason,))
    if acknowledged:
        return AckCheck(state=AckState.ACKNOWLEDGED, why=f"the warehouse has {shipment_id}")
    sent = f"sent {now - sent_at} ago" if sent_at <= now else f"its time of sending is {sent_at - now} ahead of now"
    if abs(now - sent_at) < limit:
        return AckCheck(state=AckState.WAITING, why=f"{sent}, {limit} is allowed")
    why = f"the warehouse has not acknowledged {shipment_id}: {sent}, {limit} is allowed"
    reason = _unheard(ExceptionType.WMS_ORDER_JAM, shipment_id, why, {"sent": sent_at.isoformat()})
    return AckCheck(state=AckState.JAMMED, why=why, reasons=(reason,))


def _unheard(kind: ExceptionType, shipment_id: str, why: str, told: Mapping[str, str]) -> Reason:
    evidence = {"shipment": shipment_id, **told}
    return Reason(type=kind, entity=f"shipment:{shipment_id}", message=why, evidence=evidence)
