"""What the simulated marketplace remembers after a sale: money that went back, returns, and the operator's reasons."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import attrs

from khaos_connectors.testing.simulators.mirakl.wire import Json

__all__ = ["REASONS", "AfterSales", "Back", "Reason", "Return", "ReturnLine"]


@attrs.frozen
class Reason:
    """A reason of the operator; a seller may use it only where *shop* is true."""

    code: str
    type: str
    label: str
    shop: bool = True


REASONS = (
    Reason("15", "REFUND", "Item out of stock"),
    Reason("16", "REFUND", "Goodwill"),
    Reason("19", "REFUND", "Decided by customer service", shop=False),
    Reason("34", "CANCELATION", "Item out of stock"),
    Reason("35", "CANCELATION", "Customer changed their mind"),
    Reason("36", "CANCELATION", "Fraud", shop=False),
    Reason("20", "INCIDENT_OPEN", "Item not received", shop=False),
    Reason("24", "INCIDENT_CLOSE", "Solved with the customer"),
    Reason("25", "INCIDENT_CLOSE", "Closed by the operator", shop=False),
    Reason("RETURN_CHANGED_MIND", "RETURN", "Changed my mind", shop=False),
    Reason("RETURN_BROKEN_ITEM", "RETURN", "It came broken", shop=False),
    Reason("12", "ORDER_MESSAGING", "Question about an order"),
)
"""Reasons as an operator might have them; codes and labels are each operator's own."""


@attrs.frozen(kw_only=True)
class Back:
    """A refund or cancelation of one line; the amounts are in *mode*, the tax mode in which they were asked for.

    *taxes* and *shipping_taxes* are what was sent along, None where the marketplace works them out itself. *fee* is
    what went back of the customer's fee.
    """

    id: str
    group: str
    kind: Literal["refund", "cancelation"]
    mode: str
    amount: Decimal
    shipping: Decimal
    quantity: int
    reason: str
    at: datetime
    taxes: Decimal | None = None
    shipping_taxes: Decimal | None = None
    fee: Decimal = Decimal(0)
    excluded: bool = False
    paid_at: datetime | None = None


@attrs.frozen
class ReturnLine:
    """How many of an order line come back, and the seller's verdict on them (None: none yet)."""

    line_id: str
    quantity: int
    reason: str
    compliant: bool | None = None
    problem: str | None = None
    info: str | None = None


@attrs.frozen(kw_only=True)
class Return:
    """One return; *details* holds what RT04 may set: number, label, address, tracking, method."""

    return_id: str
    number: int
    order_id: str
    commercial_id: str
    state: str
    lines: tuple[ReturnLine, ...]
    created_at: datetime
    updated_at: datetime
    method: str = "RETURN_METHOD_BY_MAIL"
    reason: str | None = None
    rejection: str | None = None
    description: str | None = None
    details: Mapping[str, Json] = attrs.field(factory=dict[str, Json])


@attrs.define
class AfterSales:
    """Returns by id, and the next number of a refund."""

    returns: dict[str, Return] = attrs.field(factory=dict[str, Return])
    backs: int = 1000

    def next_back(self) -> str:
        """A number that no refund and no cancelation has had."""
        self.backs += 1
        return str(self.backs)

    def coming_back(self, line_id: str) -> int:
        """How many units of a line are in returns that were neither refused nor cancelled."""
        gone: Sequence[str] = ("REFUSED", "CANCELED", "NO_RECEPTION")
        rows = [line for each in self.returns.values() if each.state not in gone for line in each.lines]
        return sum(line.quantity for line in rows if line.line_id == line_id)
