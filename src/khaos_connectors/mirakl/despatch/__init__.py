"""Telling what left: checks before, outcomes after.

Start with ``MiraklChannel.confirm`` for one shipment and ``MiraklChannel.confirm_all`` for many (``batches``).
``checks`` and ``carriers`` look before anything is sent, ``verdicts`` read what a 201 holds, ``left_to_ship`` and
``debits`` tell what may still leave.

The names that users need are here, and are loaded when they are first used (PEP 562).
"""

from typing import TYPE_CHECKING

from khaos_connectors.mirakl._lazy import lazy_names

if TYPE_CHECKING:
    from khaos_connectors.mirakl.despatch.batches import ShipmentOutcome
    from khaos_connectors.mirakl.despatch.carriers import FoundCarrier, NoCarrier, registered_carrier
    from khaos_connectors.mirakl.despatch.debits import Debit, DebitState, WaitingDebit, WaitingDebits, debit_of
    from khaos_connectors.mirakl.despatch.left_to_ship import Left, ShipmentGap, compare_left
    from khaos_connectors.mirakl.models.shipping import Carrier

__all__ = [
    "Carrier",
    "Debit",
    "DebitState",
    "FoundCarrier",
    "Left",
    "NoCarrier",
    "ShipmentGap",
    "ShipmentOutcome",
    "WaitingDebit",
    "WaitingDebits",
    "compare_left",
    "debit_of",
    "registered_carrier",
]

_HOMES = {
    "Carrier": "models.shipping",
    "Debit": "despatch.debits",
    "DebitState": "despatch.debits",
    "FoundCarrier": "despatch.carriers",
    "Left": "despatch.left_to_ship",
    "NoCarrier": "despatch.carriers",
    "ShipmentGap": "despatch.left_to_ship",
    "ShipmentOutcome": "despatch.batches",
    "WaitingDebit": "despatch.debits",
    "WaitingDebits": "despatch.debits",
    "compare_left": "despatch.left_to_ship",
    "debit_of": "despatch.debits",
    "registered_carrier": "despatch.carriers",
}

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
