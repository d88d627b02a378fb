"""The stages of an invoice as data: what each is called, which state of an order it means, whether the goods have left.

Sites define stages of their own and move the meaning of others. ``STAGE_STATES`` and ``SHIPPED_STAGES`` are what
``KhaosControlConfig`` starts from; ``stage_states`` changes single ones.
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.enums import Stage

__all__ = ["ISSUED_FROM", "SHIPPED_STAGES", "STAGES", "STAGE_STATES", "StageRow", "stage_states"]


@attrs.frozen
class StageRow:
    """A stage of the vendor's: its number, its name, the *state* that it means, whether the goods have *left*."""

    stage: Stage
    name: str
    state: str
    left: bool = False


STAGES: tuple[StageRow, ...] = (
    StageRow(Stage.CANCELLED, "cancelled", "cancelled"),
    StageRow(Stage.RELEASED, "released", "new"),
    StageRow(Stage.STAGING, "staging", "new"),
    StageRow(Stage.AUTHORISE_PAYMENT, "authorise payment", "pending payment"),
    StageRow(Stage.PICKING, "picking", "processing"),
    StageRow(Stage.PACKING, "packing", "processing"),
    StageRow(Stage.SHIPPING, "shipping", "processing"),
    StageRow(Stage.PRINT_INVOICES, "print invoices", "processing"),
    StageRow(Stage.PROCESSING, "processing", "processing"),
    StageRow(Stage.ISSUE_INVOICES, "issue invoices", "shipped", left=True),
    StageRow(Stage.AWAITING_DATE, "awaiting date", "on hold"),
    StageRow(Stage.AWAITING_STOCK, "awaiting stock", "back order"),
    StageRow(Stage.MANUAL_HOLD, "manual hold", "on hold"),
    StageRow(Stage.TERMS_HOLD, "terms hold", "on hold"),
    StageRow(Stage.ISSUED, "issued", "complete", left=True),
    StageRow(Stage.ARCHIVED, "archived", "complete", left=True),
    StageRow(Stage.ARCHIVED_2, "archived", "complete", left=True),
    StageRow(Stage.ARCHIVED_3, "archived", "complete", left=True),
)
"""The vendor's stages with the states that its own shop connector gives them."""

ISSUED_FROM = int(Stage.ISSUED)
"""Invoices at this stage or above are issued, whatever the site calls the stage."""

STAGE_STATES: Mapping[int, str] = MappingProxyType({int(row.stage): row.state for row in STAGES})
"""The state that each stage means; one that is not in it is told as unknown, with its number."""

SHIPPED_STAGES: frozenset[int] = frozenset(int(row.stage) for row in STAGES if row.left and row.stage < ISSUED_FROM)
"""The stages below ``ISSUED_FROM`` at which the goods have left."""


def stage_states(changes: Mapping[int, str]) -> dict[int, str]:
    """``STAGE_STATES`` with *changes* by number: stages of the site's own, or another meaning of the vendor's.

    Raises ``ConfigError`` for a state that is empty.
    """
    for number, state in changes.items():
        if not state.strip():
            raise ConfigError(field="stage_states", problem=f"the state of stage {number} must not be empty")
    return {**STAGE_STATES, **changes}
