"""What an order sold, as refunds and credit notes count it."""

from decimal import Decimal

from khaos_connectors.core.amounts import from_minor, to_minor, total
from khaos_connectors.core.ids import LineId
from khaos_connectors.core.orders import ChargeKind, DraftLine, ErpOrderDraft
from khaos_connectors.core.refund_records import Sale, SoldLine
from khaos_connectors.core.vat import STANDARD_RATE

__all__ = ["fee_line", "sale_of"]


def fee_line(code: str) -> LineId:
    """The line id under which a fee of the channel's *code* is sold and refunded: it has none of its own."""
    return LineId(f"fee {code}")


def _line_id(line: DraftLine) -> LineId | None:
    """The channel line that a draft line counts under; None for discounts, rounding, and fees without a code."""
    if line.source:
        return line.source[0]
    return fee_line(line.charge_code) if line.charge is ChargeKind.FEE and line.charge_code else None


def _sold(line_id: LineId, lines: list[DraftLine], currency: str) -> SoldLine:
    largest = max(lines, key=lambda line: line.gross)
    return SoldLine(
        line_id=line_id,
        stock_code=largest.stock_code,
        gross=total((line.gross for line in lines), currency),
        vat_rate=largest.vat_rate,
        vat=total((line.vat for line in lines), currency),
    )


def sale_of(
    draft: ErpOrderDraft, *, invoice: str = "", cancelled: bool = False, shipping_rate: Decimal = STANDARD_RATE
) -> Sale:
    """The sale that *draft* became in the ERP. A draft line of several channel lines counts under the first; several
    draft lines of one are added up, under the stock code and rate of the largest.

    Carriage that became a line of its own is shipping, at that line's rate. A fee is sold under ``fee_line``, to
    be given back under it; other lines of no channel line are charges. What the customer paid is the draft's total.
    *shipping_rate* is that of the draft's own shipping.
    """
    currency = draft.currency
    carriage = [line for line in draft.lines if line.charge is ChargeKind.SHIPPING]
    beside: list[DraftLine] = []
    goods: list[DraftLine] = []
    by_line: dict[LineId, list[DraftLine]] = {}
    for line in draft.lines:
        line_id = _line_id(line)
        if line.charge is ChargeKind.SHIPPING:
            continue
        if line_id is None:
            beside.append(line)
        else:
            goods.append(line)
            by_line.setdefault(line_id, []).append(line)
    shipping = total((draft.shipping_gross, *(line.gross for line in carriage)), currency)
    listed = sum(to_minor(line.gross, currency) for line in goods) + to_minor(shipping, currency)
    return Sale(
        order_id=draft.order_id,
        currency=currency,
        lines=tuple(_sold(line_id, together, currency) for line_id, together in by_line.items()),
        shipping_gross=shipping,
        shipping_rate=carriage[0].vat_rate if carriage and not draft.shipping_gross else shipping_rate,
        reference=draft.reference,
        invoice=invoice,
        cancelled=cancelled,
        shipping_vat=total((draft.shipping_vat, *(line.vat for line in carriage)), currency),
        shipping_code=carriage[0].stock_code if carriage else None,
        charges_gross=from_minor(to_minor(draft.total, currency) - listed, currency),
        charges_vat=total((line.vat for line in beside), currency),
    )
