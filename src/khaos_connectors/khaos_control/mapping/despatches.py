"""From the status of an order to the order as the ERP holds it, and to the shipments that have left."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.core.despatch import Despatch, DespatchLine, Parcel
from khaos_connectors.core.ids import AccountId, DespatchId, ErpOrderCode, OrderRef
from khaos_connectors.core.money import exactly
from khaos_connectors.core.orders import ErpOrder
from khaos_connectors.khaos_control.enums import Stage
from khaos_connectors.khaos_control.mapping.units import despatch_lines
from khaos_connectors.khaos_control.models import Box, Invoice, ItemSent, OrderStatus
from khaos_connectors.protocols import Unreadable

__all__ = ["DespatchRules", "despatches", "erp_order", "has_left"]


@attrs.frozen(kw_only=True)
class DespatchRules:
    """When an invoice counts as shipped (see ``KhaosControlConfig``)."""

    shipped_stages: frozenset[int]
    issued_from: int
    wait_for_all_boxes: bool


def erp_order(status: OrderStatus, reference: OrderRef, states: Mapping[int, str]) -> ErpOrder:
    """The order as the ERP knows it; *stage* names the states of its invoices, in their order, each once."""
    stages = dict.fromkeys(
        states.get(invoice.stage_id, f"unknown ({invoice.stage_id})")
        for invoice in status.invoices
        if invoice.stage_id is not None
    )
    return ErpOrder(
        code=ErpOrderCode(status.sorder_code),
        reference=reference,
        created_on=status.date_created,
        cancelled=status.cancelled,
        complete=status.complete,
        stage="cancelled" if status.cancelled else ", ".join(stages),
        gross=status.gross,
    )


def despatches(
    status: OrderStatus,
    *,
    account: AccountId,
    reference: OrderRef,
    rules: DespatchRules,
    read_at: datetime,
) -> tuple[tuple[Despatch, ...], tuple[Unreadable, ...]]:
    """The shipments of an order that have left, and those whose contents cannot be told in whole units.

    Credit notes and cancelled orders have none. *read_at* stands in for a date of despatch that the ERP does not tell.
    """
    if status.cancelled or status.is_credit_note:
        return (), ()
    left = [invoice for invoice in status.invoices if has_left(invoice, rules)]
    last = left[-1].invoice_code if left and _nothing_left_to_ship(status, left) else None
    found: list[Despatch] = []
    broken: list[Unreadable] = []
    for invoice in left:
        try:
            lines, parcels = _contents(status, invoice)
        except ValueError as problem:
            broken.append(Unreadable(key=f"{reference}/{invoice.invoice_code}", problem=str(problem)))
            continue
        found.append(
            Despatch(
                account=account,
                reference=reference,
                erp_order=ErpOrderCode(status.sorder_code),
                despatch_id=DespatchId(invoice.invoice_code),
                despatched_on=_left_on(invoice) or read_at,
                lines=lines,
                parcels=parcels,
                final=invoice.invoice_code == last and not _waiting_boxes(invoice),
            )
        )
    return tuple(found), tuple(broken)


def has_left(invoice: Invoice, rules: DespatchRules) -> bool:
    """Whether *invoice* has been despatched: by its ship date, by its stage or by its boxes."""
    if invoice.stage_id == Stage.CANCELLED:
        return False
    if _is_flagged(invoice) or _by_stage(invoice, rules):
        return True
    shipped = [box.shipped for box in invoice.boxes]
    return all(shipped) and bool(shipped) if rules.wait_for_all_boxes else any(shipped)


def _is_flagged(invoice: Invoice) -> bool:
    return invoice.ship_date is not None


def _by_stage(invoice: Invoice, rules: DespatchRules) -> bool:
    stage = invoice.stage_id
    return stage is not None and (stage in rules.shipped_stages or stage >= rules.issued_from)


def _waiting_boxes(invoice: Invoice) -> bool:
    # Only boxes told by themselves can wait: a ship date or a stage speaks for the whole invoice.
    return invoice.ship_date is None and any(box.shipped for box in invoice.boxes) and not _all_shipped(invoice)


def _all_shipped(invoice: Invoice) -> bool:
    return all(box.shipped for box in invoice.boxes)


def _left_on(invoice: Invoice) -> datetime | None:
    boxes = [box.ship_date for box in invoice.boxes if box.shipped and box.ship_date]
    return invoice.ship_date or (max(boxes) if boxes else None) or invoice.issue_date or invoice.invoice_date


@exactly
def _nothing_left_to_ship(status: OrderStatus, left: list[Invoice]) -> bool:
    others = [invoice for invoice in status.invoices if invoice not in left and invoice.stage_id != Stage.CANCELLED]
    if others:
        return False
    if status.complete:
        return True
    sent = sum((_sent(invoice) for invoice in left), Decimal(0))
    return status.qty_sold is not None and status.qty_sold > 0 and sent >= status.qty_sold


def _sent(invoice: Invoice) -> Decimal:
    if invoice.qty_sent is not None:
        return invoice.qty_sent
    return sum((item.qty_sent for item in invoice.items or ()), Decimal(0))


def _contents(status: OrderStatus, invoice: Invoice) -> tuple[tuple[DespatchLine, ...], tuple[Parcel, ...]]:
    boxes = [box for box in invoice.boxes if box.shipped] if _waiting_boxes(invoice) else list(invoice.boxes)
    boxed = _lines(item for box in boxes for item in box.items)
    lines = _lines(invoice.items) if invoice.items and not _waiting_boxes(invoice) else boxed
    courier = invoice.courier or status.courier
    if not boxes:
        single = Parcel(
            courier=courier, tracking=invoice.consignment_ref, tracking_url=invoice.tracking_url, lines=lines
        )
        return lines, (single,)
    # Boxes that do not hold what the invoice says are named for their tracking only.
    told = boxed == lines
    return lines, tuple(_parcel(box, invoice, courier, told=told) for box in boxes)


def _parcel(box: Box, invoice: Invoice, courier: str, *, told: bool) -> Parcel:
    own = bool(box.consignment_ref)
    return Parcel(
        courier=box.courier or courier,
        tracking=box.consignment_ref if own else invoice.consignment_ref,
        tracking_url=box.tracking_url if own else invoice.tracking_url,
        lines=_lines(box.items) if told else (),
    )


def _lines(items: Iterable[ItemSent]) -> tuple[DespatchLine, ...]:
    return despatch_lines((item.stock_code, item.qty_sent) for item in items)
