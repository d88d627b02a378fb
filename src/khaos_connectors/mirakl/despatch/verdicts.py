"""What an answer about a shipment means. Pure: a notice, Mirakl's words, and what is known to have left before."""

from collections import Counter
from collections.abc import Sequence

from khaos_connectors import errors
from khaos_connectors.core.despatch import ShipmentLine, ShippedUnits
from khaos_connectors.mirakl.models.shipments import NewShipment, NewShipmentLine, NewTracking
from khaos_connectors.protocols import ShipmentNotice, ShipmentReceipt

__all__ = ["is_exactly", "is_same", "judged", "new_shipment", "plain", "unnamed"]


def new_shipment(notice: ShipmentNotice, tracking: NewTracking) -> NewShipment:
    """The shipment to create and confirm in one go."""
    lines = tuple(NewShipmentLine(order_line_id=line.line_id, quantity=line.quantity) for line in notice.lines)
    return NewShipment(order_id=notice.order_id, shipment_lines=lines, shipped=True, tracking=tracking)


def judged(account: str, notice: ShipmentNotice, message: str, known: Sequence[ShippedUnits]) -> ShipmentReceipt:
    """What it means that *notice* was refused with *message*, given what is *known* to be there.

    The same shipment is there with our tracking: it is done already. Otherwise raises ``Conflict`` where the state of
    the order is in the way (with the tracking that it left with), ``Invalid`` for all else.
    """
    same = next((each for each in known if is_same(each, notice)), None)
    if same is not None:
        return ShipmentReceipt(order_id=notice.order_id, shipment_id=same.shipment_id, already=True)
    words = message.casefold()
    if "status must be" in words:
        other = ", ".join(each.tracking or "(none)" for each in known if each.shipped)
        told = message + (f" It left with tracking {other}." if other else "")
        raise errors.Conflict(system=account, operation="ST01", message=told)
    field = "lines.quantity" if "quantity" in words else "tracking" if "tracking" in words else "shipment"
    fields = (errors.FieldError(field, message),)
    raise errors.Invalid(system=account, operation="ST01", message=message, status=201, fields=fields)


def unnamed(account: str, notice: ShipmentNotice) -> errors.Unanswered:
    """What it means that an answer speaks of no such order: nobody knows."""
    reason = f"the answer names neither a shipment nor an error for order {notice.order_id}"
    return errors.Unanswered(system=account, operation="ST01", reason=reason)


def is_same(known: ShippedUnits, notice: ShipmentNotice) -> bool:
    """Whether a shipment that is there is the one that *notice* tells: compared by tracking, then by units."""
    if not known.shipped or plain(known.tracking) != plain(notice.tracking):
        return False
    told, wanted = _counted(known.lines), _counted(notice.lines)
    # One number may cover two shipments: only the one that holds what the notice tells is it.
    return wanted <= told if notice.tracking.strip() else wanted == told


def is_exactly(known: ShippedUnits, notice: ShipmentNotice) -> bool:
    """Whether a shipment is what was made of *notice* just now: the same number, and no unit more or less."""
    if not known.shipped or plain(known.tracking) != plain(notice.tracking):
        return False
    return _counted(known.lines) == _counted(notice.lines)


def plain(tracking: str) -> str:
    """A tracking number without what people add to it: blanks and capitals."""
    return "".join(tracking.split()).casefold()


def _counted(lines: Sequence[ShipmentLine]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for line in lines:
        counted[line.line_id] += line.quantity
    return counted
