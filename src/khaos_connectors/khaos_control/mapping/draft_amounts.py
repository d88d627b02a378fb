"""What both doors of Khaos Control, SOAP and Channels, ask of a draft's amounts before they write it."""

from decimal import Decimal

from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.money import exactly
from khaos_connectors.core.orders import DraftLine, ErpOrderDraft
from khaos_connectors.errors import FieldError

__all__ = ["draft_problems", "rounding_line"]


@exactly
def draft_problems(draft: ErpOrderDraft, *, total: str, delivery: str) -> tuple[FieldError, ...]:
    """Sums of *draft* that do not come out; *total* and *delivery* are what the document calls those two fields."""
    found: list[FieldError] = []
    stated = sum((line.gross for line in draft.lines), draft.shipping_gross) + draft.rounding
    if stated != draft.total:
        found.append(FieldError(total, f"lines, delivery and rounding make {stated}, the total says {draft.total}"))
    if draft.shipping_net + draft.shipping_vat != draft.shipping_gross:
        found.append(FieldError(delivery, "net and tax of the delivery charge do not add up to its gross"))
    return tuple(found)


def rounding_line(rounding: Decimal, code: StockCode | None) -> DraftLine | str:
    """The line of stock *code* that carries a *rounding* difference, or why there can be none."""
    if rounding < 0:
        return "a negative one cannot be sent"
    if code is None:
        return "set rounding_code to a stock code for it"
    nothing = Decimal(0)
    return DraftLine(stock_code=code, units=1, gross=rounding, net=rounding, vat=nothing, vat_rate=nothing)
