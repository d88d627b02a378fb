"""Incidents: customers' complaints about order lines, which a seller can see and declare solved."""

from datetime import datetime

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.pace import Pace
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.after_sales.reasons import Reasons
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.codes import LineState
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.platform_codes import ReasonType
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.orders.reading import one_order
from khaos_connectors.mirakl.polling import wait_for_turn

__all__ = ["Incident", "Incidents", "incidents_on"]


@attrs.frozen(kw_only=True)
class Incident:
    """A line on which an incident is open; *since* is when the line last changed, if that is told."""

    order_id: str
    line_id: str
    sku: str
    reason_code: str = ""
    reason: str = ""
    since: datetime | None = None


def incidents_on(order: Order) -> tuple[Incident, ...]:
    """The open incidents on *order*. Pure."""
    return tuple(
        Incident(
            order_id=order.order_id,
            line_id=line.order_line_id,
            sku=line.offer_sku,
            reason_code=line.order_line_state_reason_code or "",
            reason=line.order_line_state_reason_label or "",
            since=line.last_updated_date,
        )
        for line in order.order_lines
        if line.order_line_state is LineState.INCIDENT_OPEN
    )


@warns_unrun
class Incidents:
    """The complaints of one account."""

    def __init__(self, config: MiraklConfig, caller: Caller, reasons: Reasons, *, polls: Pace | None = None) -> None:
        self._config = config
        self._caller = caller
        self._reasons = reasons
        self._polls = polls or config.polls()

    def open(self) -> Flow[tuple[Incident | Broken, ...]]:
        """Every open incident of the shop: OR11 with ``has_incident``. An order that cannot be read is among them."""
        yield from wait_for_turn(self._polls, "OR11")
        wanted = endpoints.OrderFilter(has_incident=True, order_tax_mode=self._config.order_tax_mode)
        found: list[Incident | Broken] = []

        def take(row: Read[Order] | Broken) -> None:
            found.extend(incidents_on(row.record) if isinstance(row, Read) else (row,))

        yield from self._caller.each(endpoints.list_orders(self._config.scope, wanted), take)
        return tuple(found)

    def resolve(self, order_id: OrderId, line_id: str, reason_code: str) -> Flow[bool]:
        """Declare the incident on a line solved: OR64. False where none was open any more.

        Raises ``Invalid`` before anything is sent for a code that is no INCIDENT_CLOSE reason of the shop (RE01).
        """
        problem = yield from self._reasons.problem(ReasonType.INCIDENT_CLOSE, reason_code)
        if problem:
            raise errors.Invalid(
                system=self._config.account,
                operation="OR64",
                message="not sent",
                fields=(errors.FieldError("reason_code", problem),),
            )
        call = endpoints.resolve_incident(self._config.scope, order_id, line_id, reason_code)
        try:
            yield from self._caller.perform(call)
        except (errors.Invalid, errors.Conflict):
            # A lost answer and its repeat look like this, and so does an operator who was quicker.
            row = yield from one_order(self._caller, self._config, order_id)
            if row is None or any(each.line_id == line_id for each in incidents_on(row.record)):
                raise
            return False
        return True
