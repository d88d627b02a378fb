"""What the operator pays out, and why.

Start with ``MiraklChannel.payouts`` (``payouts.Payouts``): cycles, their transactions and documents as statements for
``core.settlement``. ``settlement_types`` says what the 51 types of transactions stand for.

The names that users need are here, and are loaded when they are first used (PEP 562).
"""

from typing import TYPE_CHECKING

from khaos_connectors.mirakl._lazy import lazy_names

if TYPE_CHECKING:
    from khaos_connectors.mirakl.endpoints.transactions import TransactionFilter
    from khaos_connectors.mirakl.mapping.expected import expected_order
    from khaos_connectors.mirakl.money.owed import Owed
    from khaos_connectors.mirakl.money.payouts import Cycles, Exported, Lacking, MoneyPart, Payout, Payouts
    from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES

__all__ = [
    "TRANSACTION_TYPES",
    "Cycles",
    "Exported",
    "Lacking",
    "MoneyPart",
    "Owed",
    "Payout",
    "Payouts",
    "TransactionFilter",
    "expected_order",
]

_HOMES = {
    "TRANSACTION_TYPES": "money.settlement_types",
    "Cycles": "money.payouts",
    "Exported": "money.payouts",
    "Lacking": "money.payouts",
    "MoneyPart": "money.payouts",
    "Owed": "money.owed",
    "Payout": "money.payouts",
    "Payouts": "money.payouts",
    "TransactionFilter": "endpoints.transactions",
    "expected_order": "mapping.expected",
}

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
