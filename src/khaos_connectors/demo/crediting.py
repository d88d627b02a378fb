"""Refunds of the marketplace, each turned into the one return from which the ERP makes its credit note."""

from collections.abc import Iterable

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, step
from khaos_connectors.core.ids import ChannelId, ChannelSku, LineId, OrderId
from khaos_connectors.core.orders import ChannelOrder
from khaos_connectors.core.refunds import (
    CreditNote,
    Held,
    RefundEvent,
    RefundLine,
    RefundState,
    Sale,
    SoldLine,
    credit_note_for,
)
from khaos_connectors.core.skus import SkuMap, Target
from khaos_connectors.demo.world import PaidBack
from khaos_connectors.khaos_control.channels.erp import KhaosChannelsERP
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.store.protocol import Store

__all__ = ["CreditReport", "credit_refunds"]


@attrs.frozen(kw_only=True)
class CreditReport:
    """``looked == offered + already + held``: refunds offered now or before, and those that nobody could offer yet."""

    looked: int = 0
    offered: int = 0
    already: int = 0
    held: int = 0


def credit_refunds(
    refunds: Iterable[PaidBack], channel: MiraklChannel, erp: KhaosChannelsERP, store: Store, skus: SkuMap
) -> Flow[CreditReport]:
    """Offer the return of every one of *refunds*, oldest first. Doing it again changes nothing, so no state is kept."""
    looked = offered = already = 0
    notes: dict[str, list[CreditNote]] = {}
    for paid in refunds:
        looked += 1
        stored = yield from do(store.order, channel.account, OrderId(paid.order_id))
        if stored is None or stored.reference is None:
            continue
        order = channel.read_order(stored.payload)
        earlier = notes.setdefault(paid.order_id, [])
        draft = credit_note_for(_event(paid, order, skus), sale=_sale(order, skus), earlier=earlier)
        if isinstance(draft, Held):
            continue
        done = yield from step("credit note", erp.credit_note, draft, reference=stored.reference)
        earlier.append(draft.as_note(done.associated_ref))
        offered += not done.already
        already += done.already
    return CreditReport(looked=looked, offered=offered, already=already, held=looked - offered - already)


def _event(paid: PaidBack, order: ChannelOrder, skus: SkuMap) -> RefundEvent:
    """The refund, its units counted as the ERP counts them: a set of three that comes back is three."""
    line = next(each for each in order.lines if each.line_id == paid.line_id)
    units = paid.quantity * _target(order, line.sku, skus).pack
    asked = RefundLine(line_id=LineId(paid.line_id), amount=paid.amount, shipping=paid.shipping, quantity=units or None)
    return RefundEvent(
        account=order.account,
        refund_id=paid.refund_id,
        order_id=order.order_id,
        state=RefundState.REFUNDED,
        currency=order.currency,
        lines=(asked,),
    )


def _sale(order: ChannelOrder, skus: SkuMap) -> Sale:
    live = [line for line in order.lines if line.open_quantity]
    return Sale(
        order_id=order.order_id,
        currency=order.currency,
        lines=tuple(
            SoldLine(line_id=line.line_id, stock_code=_target(order, line.sku, skus).stock_code, gross=line.amount)
            for line in live
        ),
        shipping_gross=sum((line.shipping for line in live), start=order.total * 0),
        reference=order.order_id,
    )


def _target(order: ChannelOrder, sku: ChannelSku, skus: SkuMap) -> Target:
    found = skus.candidate(ChannelId(order.account), sku)
    assert found is not None  # the order is in the ERP, so its SKUs are known
    return found
