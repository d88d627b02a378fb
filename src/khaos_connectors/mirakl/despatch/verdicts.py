"""What an answer about a shipment means. Pure: a notice, Mirakl's words, and what is known to have left before."""

from collections import Counter
from collections.abc import Mapping, Sequence

from khaos_connectors import errors
from khaos_connectors.core.despatch import ShipmentLine, ShippedUnits
from khaos_connectors.core.ids import LineId
from khaos_connectors.core.tracking import normalise
from khaos_connectors.mirakl.models.shipments import NewShipment, NewShipmentLine, NewTracking
from khaos_connectors.protocols import ShipmentNotice, ShipmentReceipt

__all__ = [
    "counted",
    "holds",
    "is_about_quantity",
    "is_about_state",
    "is_exactly",
    "is_same",
    "is_unconfirmed",
    "new_shipment",
    "receipt_of",
    "refused",
    "unnamed",
]

_READ_AGAIN = "read the order again: units may have been cancelled, refunded or told meanwhile"
_SEE = "Mirakl says no more: look at the order in its back office"
_ADVICE = (
    # What stands in Mirakl's words, the field that they are about, and what to do.
    ("quantity", "lines.quantity", _READ_AGAIN),
    ("order line", "lines.line_id", "read the order again: it has no such line"),
    ("tracking", "tracking", "give the parcel's number"),
    ("carrier", "carrier.code", "use a carrier of SH21, or map the courier in carrier_map"),
    ("does not exist", "order_id", "check the shop and the order number"),
)


def new_shipment(notice: ShipmentNotice, tracking: NewTracking) -> NewShipment:
    """The shipment to create and confirm in one go."""
    lines = tuple(NewShipmentLine(order_line_id=line.line_id, quantity=line.quantity) for line in notice.lines)
    return NewShipment(order_id=notice.order_id, shipment_lines=lines, shipped=True, tracking=tracking)


def receipt_of(known: ShippedUnits, *, already: bool = True) -> ShipmentReceipt:
    """The receipt for a shipment that the marketplace has."""
    return ShipmentReceipt(order_id=known.order_id, shipment_id=known.shipment_id, already=already)


def refused(
    account: str,
    notice: ShipmentNotice,
    message: str,
    known: Sequence[ShippedUnits],
    left: Mapping[LineId, int] | None = None,
) -> errors.Conflict | errors.Invalid:
    """What it means that *notice* was refused with *message*, where nothing that is *known* is the same shipment.

    ``Conflict`` where the state of the order is in the way (with the tracking that it left with); ``Invalid`` for all
    else, with the field and what to do. *left* are the units that may still leave, by line, where that is known.
    """
    words = message.casefold()
    if is_about_state(message):
        other = ", ".join(each.tracking or "(none)" for each in known if each.shipped)
        told = message + (f" It left with tracking {other}." if other else "")
        return errors.Conflict(system=account, operation="ST01", message=f"order {notice.order_id}: {told}")
    field, advice = next(((field, advice) for word, field, advice in _ADVICE if word in words), ("shipment", _SEE))
    problem = f"{_too_many(notice, left)}{advice}" if is_about_quantity(message) and left is not None else advice
    told = f"order {notice.order_id}: {message}"
    return errors.Invalid(
        system=account, operation="ST01", message=told, status=201, fields=(errors.FieldError(field, problem),)
    )


def _too_many(notice: ShipmentNotice, left: Mapping[LineId, int]) -> str:
    wanted = counted(notice.lines)
    return "".join(
        f"{units} of line {line} told, {left.get(LineId(line), 0)} left to ship; "
        for line, units in wanted.items()
        if units > left.get(LineId(line), 0)
    )


def is_about_quantity(message: str) -> bool:
    """Whether Mirakl refuses because of how many units are told."""
    return "quantity" in message.casefold()


def is_about_state(message: str) -> bool:
    """Whether Mirakl refuses because of the state that the order is in."""
    return "status must be" in message.casefold()


def unnamed(account: str, notice: ShipmentNotice) -> errors.Unanswered:
    """What it means that an answer speaks of no such order: nobody knows."""
    reason = f"the answer names neither a shipment nor an error for order {notice.order_id}"
    return errors.Unanswered(system=account, operation="ST01", reason=reason)


# --- comparing -----------------------------------------------------------------------------------------------------


def is_same(known: ShippedUnits, notice: ShipmentNotice) -> bool:
    """Whether a shipment that is there is the one that *notice* tells: compared by tracking, then by units."""
    if not known.shipped or normalise(known.tracking) != normalise(notice.tracking):
        return False
    # One number may cover two shipments: only the one that holds what the notice tells is it.
    return counted(notice.lines) <= counted(known.lines) if normalise(notice.tracking) else holds(known, notice)


def is_exactly(known: ShippedUnits, notice: ShipmentNotice) -> bool:
    """Whether a shipment is what was made of *notice*: the same number, and no unit more or less."""
    return known.shipped and normalise(known.tracking) == normalise(notice.tracking) and holds(known, notice)


def is_unconfirmed(known: ShippedUnits, notice: ShipmentNotice) -> bool:
    """Whether somebody prepared this very shipment and did not confirm it: its units, with its number or without."""
    return not known.shipped and normalise(known.tracking) in {"", normalise(notice.tracking)} and holds(known, notice)


def holds(known: ShippedUnits, notice: ShipmentNotice) -> bool:
    """Whether a shipment has the units of *notice*, no more and no less."""
    return known.order_id == notice.order_id and counted(known.lines) == counted(notice.lines)


def counted(lines: Sequence[ShipmentLine]) -> Counter[str]:
    """Units by order line."""
    units = Counter[str]()
    for line in lines:
        units[line.line_id] += line.quantity
    return units
