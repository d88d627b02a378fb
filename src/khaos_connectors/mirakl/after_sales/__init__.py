"""Refunds, cancelations, returns and incidents.

Start with ``MiraklChannel.after_sales`` (``desk.AfterSales``): ``money_back`` gives back once (``refunds``), by what
``remaining`` says is left of each line; ``news`` tells every refund; ``returns`` and ``incidents`` are desks of their
own; ``reasons`` knows which of the operator's reasons a shop may give.

The names that users need are here, and are loaded when they are first used (PEP 562).
"""

from typing import TYPE_CHECKING

from khaos_connectors.mirakl._lazy import lazy_names

if TYPE_CHECKING:
    from khaos_connectors.mirakl.after_sales.desk import AfterSales, MoneyNews
    from khaos_connectors.mirakl.after_sales.incidents import Incident, Incidents, incidents_on
    from khaos_connectors.mirakl.after_sales.money_back import (
        Ask,
        Codes,
        NotPossible,
        Plan,
        Windows,
        everything_left,
        plan_money_back,
    )
    from khaos_connectors.mirakl.after_sales.money_seen import Seen
    from khaos_connectors.mirakl.after_sales.reasons import Reasons
    from khaos_connectors.mirakl.after_sales.refunds import (
        Done,
        Looks,
        MoneyBack,
        MoneyBackOutcome,
        NotDone,
        Prepared,
        StillUnknown,
    )
    from khaos_connectors.mirakl.after_sales.remaining import Remaining
    from khaos_connectors.mirakl.after_sales.returns import (
        OpenedReturn,
        ReturnDesk,
        ReturnOutcome,
        ReturnsRead,
        ReturnUnknown,
        asks_for,
        still_due,
    )
    from khaos_connectors.mirakl.models.platform_codes import ReasonType
    from khaos_connectors.mirakl.models.return_codes import (
        NonCompliance,
        ReturnMethod,
        ReturnReason,
        ReturnRejection,
        ReturnState,
    )
    from khaos_connectors.mirakl.models.returns import (
        LineCompliance,
        NewReturn,
        NewReturnAddress,
        NewReturnLine,
        NewReturnTracking,
        Return,
        ReturnChange,
        ReturnCompliance,
        ReturnDecision,
    )

__all__ = [
    "AfterSales",
    "Ask",
    "Codes",
    "Done",
    "Incident",
    "Incidents",
    "LineCompliance",
    "Looks",
    "MoneyBack",
    "MoneyBackOutcome",
    "MoneyNews",
    "NewReturn",
    "NewReturnAddress",
    "NewReturnLine",
    "NewReturnTracking",
    "NonCompliance",
    "NotDone",
    "NotPossible",
    "OpenedReturn",
    "Plan",
    "Prepared",
    "ReasonType",
    "Reasons",
    "Remaining",
    "Return",
    "ReturnChange",
    "ReturnCompliance",
    "ReturnDecision",
    "ReturnDesk",
    "ReturnMethod",
    "ReturnOutcome",
    "ReturnReason",
    "ReturnRejection",
    "ReturnState",
    "ReturnUnknown",
    "ReturnsRead",
    "Seen",
    "StillUnknown",
    "Windows",
    "asks_for",
    "everything_left",
    "incidents_on",
    "plan_money_back",
    "still_due",
]

_HOMES = {
    "AfterSales": "after_sales.desk",
    "Ask": "after_sales.money_back",
    "Codes": "after_sales.money_back",
    "Done": "after_sales.refunds",
    "Incident": "after_sales.incidents",
    "Incidents": "after_sales.incidents",
    "LineCompliance": "models.returns",
    "Looks": "after_sales.refunds",
    "MoneyBack": "after_sales.refunds",
    "MoneyBackOutcome": "after_sales.refunds",
    "MoneyNews": "after_sales.desk",
    "NewReturn": "models.returns",
    "NewReturnAddress": "models.returns",
    "NewReturnLine": "models.returns",
    "NewReturnTracking": "models.returns",
    "NonCompliance": "models.return_codes",
    "NotDone": "after_sales.refunds",
    "NotPossible": "after_sales.money_back",
    "OpenedReturn": "after_sales.returns",
    "Plan": "after_sales.money_back",
    "Prepared": "after_sales.refunds",
    "ReasonType": "models.platform_codes",
    "Reasons": "after_sales.reasons",
    "Remaining": "after_sales.remaining",
    "Return": "models.returns",
    "ReturnChange": "models.returns",
    "ReturnCompliance": "models.returns",
    "ReturnDecision": "models.returns",
    "ReturnDesk": "after_sales.returns",
    "ReturnMethod": "models.return_codes",
    "ReturnOutcome": "after_sales.returns",
    "ReturnReason": "models.return_codes",
    "ReturnRejection": "models.return_codes",
    "ReturnState": "models.return_codes",
    "ReturnUnknown": "after_sales.returns",
    "ReturnsRead": "after_sales.returns",
    "Seen": "after_sales.money_seen",
    "StillUnknown": "after_sales.refunds",
    "Windows": "after_sales.money_back",
    "asks_for": "after_sales.returns",
    "everything_left": "after_sales.money_back",
    "incidents_on": "after_sales.incidents",
    "plan_money_back": "after_sales.money_back",
    "still_due": "after_sales.returns",
}

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
