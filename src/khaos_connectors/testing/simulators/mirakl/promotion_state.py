"""What the simulated marketplace knows of promotions and of pick lists."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import attrs

from khaos_connectors.testing.simulators.mirakl.wire import Json

__all__ = ["Picklist", "Promotion", "Stage"]

Stage = Literal["WAITING_PREPARATION", "IN_PREPARATION", "READY_FOR_PICKUP"]
"""How far the shop says that it has got with a pick list."""


@attrs.frozen(kw_only=True)
class Promotion:
    """One promotion as it was *written*; *decision* is the operator's."""

    internal_id: str
    created_at: datetime
    updated_at: datetime
    starts: datetime
    ends: datetime | None
    written: Mapping[str, Json]
    decision: Literal["", "approved", "rejected"] = ""

    def state(self, now: datetime) -> str:
        """PENDING_APPROVAL or REJECTED as the operator has it, else PENDING, ACTIVE or EXPIRED by the time."""
        if self.decision != "approved":
            return "REJECTED" if self.decision else "PENDING_APPROVAL"
        if self.ends is not None and now >= self.ends:
            return "EXPIRED"
        return "ACTIVE" if now >= self.starts else "PENDING"


@attrs.frozen(kw_only=True)
class Picklist:
    """Order lines that the operator will fetch at one time. *stage* is how far the preparation is said to be."""

    picklist_id: str
    created_at: datetime
    updated_at: datetime
    pickup: datetime
    run: str
    lines: tuple[tuple[str, str], ...]
    stage: Stage = "WAITING_PREPARATION"
