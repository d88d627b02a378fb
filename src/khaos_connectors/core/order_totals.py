"""The money of an order on its way into an ERP: per line and to the penny, and whether it agrees with the channel."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs

from khaos_connectors.core.fields import typed
from khaos_connectors.core.ids import ChannelSku, StockCode
from khaos_connectors.core.money import Money, exactly, round_money
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.orders import ChannelOrder, Charge, ChargeKind, DraftLine, OrderLine, Tax, TaxMode
from khaos_connectors.core.skus import Target
from khaos_connectors.core.vat import VatSplit, split_gross, split_net

__all__ = ["Totals", "add_up", "tax_differences", "total_of"]


@attrs.frozen(field_transformer=typed)
class Totals:
    """The lines of a draft with their money, the delivery charge, and what the order lists beyond them.

    *charges* are the lines that stand for amounts of the whole order: discounts, fees, carriage.
    """

    lines: tuple[DraftLine, ...]
    shipping: VatSplit
    left_out: Decimal
    """Gross value of what the order still lists but does not deliver."""
    whole_vat: Mapping[str, Decimal]
    """Our own VAT of each live line as it was ordered, cancelled units included: what the channel's tax speaks of."""
    charges: tuple[DraftLine, ...] = ()

    @property
    @exactly
    def gross(self) -> Decimal:
        """Lines, charges and delivery charge together."""
        return sum((line.gross for line in (*self.lines, *self.charges)), self.shipping.gross)


@exactly
def add_up(
    order: ChannelOrder, live: Sequence[OrderLine], found: Mapping[ChannelSku, Target], policy: OrderPolicy
) -> Totals:
    """The money of the *live* lines, whose targets are *found*: prices are the channel's, VAT is at our own rates."""
    lines: list[DraftLine] = []
    whole_vat: dict[str, Decimal] = {}
    for line in live:
        target = found[line.sku]
        rate = policy.rate_of(target.stock_code)
        whole = _gross(order, line.amount, line.taxes, rate)
        kept = _kept(line, whole, order.currency)
        split = split_gross(kept, rate, currency=order.currency)
        whole_vat[line.line_id] = split_gross(whole, rate, currency=order.currency).vat
        lines.append(
            DraftLine(
                stock_code=target.stock_code,
                units=line.open_quantity * target.pack,
                gross=kept,
                net=split.net,
                vat=split.vat,
                vat_rate=rate,
                description=line.title,
                source=(line.line_id,),
            )
        )
    carriage = sum((_carriage(order, line, policy) for line in live), Decimal(0))
    shipping = split_gross(carriage, policy.carriage_rate, currency=order.currency)
    listed = sum((_listed(order, line, found, policy) for line in order.lines), Decimal(0))
    delivered = sum((line.gross for line in lines), shipping.gross)
    charges = [_charge_line(order, charge, policy) for charge in order.charges]
    if policy.shipping_code is not None and shipping.gross:
        charges.append(_line_of(policy.shipping_code, shipping, policy.carriage_rate, "Delivery", ChargeKind.SHIPPING))
        shipping = VatSplit(net=Decimal(0), vat=Decimal(0))
    return Totals(tuple(lines), shipping, listed - delivered, whole_vat, tuple(charges))


def _charge_line(order: ChannelOrder, charge: Charge, policy: OrderPolicy) -> DraftLine:
    code = policy.charge_codes[charge.code]
    rate = policy.rate_of(code)
    gross = _gross(order, charge.amount, charge.taxes, rate)
    split = split_gross(gross, rate, currency=order.currency)
    line = _line_of(code, split, rate, charge.title or charge.code, charge.kind)
    return attrs.evolve(line, charge_code=charge.code)


def _line_of(code: StockCode, split: VatSplit, rate: Decimal, description: str, kind: ChargeKind) -> DraftLine:
    return DraftLine(
        stock_code=code,
        units=1,
        gross=split.gross,
        net=split.net,
        vat=split.vat,
        vat_rate=rate,
        description=description,
        charge=kind,
    )


def _kept(line: OrderLine, whole: Decimal, currency: str) -> Decimal:
    """The part of a line's money that belongs to the units that are not cancelled, in proportion and to the penny."""
    open_units = line.open_quantity
    # Some channels reduce the line's amount when units are cancelled; the unit price tells.
    reduced = line.unit_price is not None and line.amount == line.unit_price * open_units
    cancelled = 0 if reduced else line.quantity - open_units
    return Money(whole, currency).split((open_units, cancelled))[0].amount


def _gross(order: ChannelOrder, amount: Decimal, taxes: Sequence[Tax], rate: Decimal) -> Decimal:
    """What the customer pays for *amount*. Tax that the channel states for the whole order only is put on at *rate*."""
    if order.tax_mode is TaxMode.INCLUDED:
        return round_money(amount, order.currency)
    if order.order_taxes and not _states_line_tax(order):
        return split_net(round_money(amount, order.currency), rate, currency=order.currency).gross
    return round_money(sum((tax.amount for tax in taxes), amount), order.currency)


def _carriage(order: ChannelOrder, line: OrderLine, policy: OrderPolicy) -> Decimal:
    return _gross(order, line.shipping, line.shipping_taxes, policy.carriage_rate)


def _listed(order: ChannelOrder, line: OrderLine, found: Mapping[ChannelSku, Target], policy: OrderPolicy) -> Decimal:
    """What a line stands for in the order as it was placed, shipping included, whether or not it is delivered."""
    target = found.get(line.sku)
    rate = policy.default_vat_rate if target is None else policy.rate_of(target.stock_code)
    return _gross(order, line.amount, line.taxes, rate) + _carriage(order, line, policy)


def _states_line_tax(order: ChannelOrder) -> bool:
    return any(line.taxes or line.shipping_taxes for line in order.lines) or any(c.taxes for c in order.charges)


@exactly
def total_of(order: ChannelOrder, totals: Totals, policy: OrderPolicy) -> Decimal | None:
    """The total that a draft of *order* has to have; None if its lines do not come to it within the tolerance.

    Channels differ in whether their own total still counts what was cancelled: both are tried.
    """
    allowed = min(policy.rounding_per_line * len(totals.lines + totals.charges), policy.rounding_cap)
    stated = round_money(order.total, order.currency)
    fitting = (total for total in (stated, stated - totals.left_out) if abs(total - totals.gross) <= allowed)
    return next(fitting, None)


@exactly
def tax_differences(
    order: ChannelOrder, live: Sequence[OrderLine], totals: Totals, policy: OrderPolicy
) -> dict[str, str]:
    """Where the tax that the channel states is not what our own rates give: what it is about, and both figures."""
    if _states_line_tax(order):
        return {
            **_line_differences(order, live, totals, policy),
            **_carriage_difference(order, live, policy),
            **_charge_differences(order, totals, policy),
        }
    if order.order_taxes and not totals.left_out:
        stated = _stated(order.order_taxes)
        own = sum((line.vat for line in (*totals.lines, *totals.charges)), totals.shipping.vat)
        if abs(stated - own) > policy.tax_per_line * (len(live) + len(order.charges) + 1):
            return {"whole order": _both(stated, own)}
    return {}


def _line_differences(
    order: ChannelOrder, live: Sequence[OrderLine], totals: Totals, policy: OrderPolicy
) -> dict[str, str]:
    off: dict[str, str] = {}
    for line in live:
        own, stated = totals.whole_vat[line.line_id], _stated(line.taxes)
        # Where prices exclude tax, a line without tax says "none"; where they include it, it says nothing.
        spoken = bool(line.taxes) or order.tax_mode is TaxMode.EXCLUDED
        if spoken and abs(stated - own) > policy.tax_per_line:
            off[f"line {line.line_id}"] = _both(stated, own)
    return off


def _carriage_difference(order: ChannelOrder, live: Sequence[OrderLine], policy: OrderPolicy) -> dict[str, str]:
    excluded = order.tax_mode is TaxMode.EXCLUDED
    spoken = [line for line in live if line.shipping_taxes or (excluded and line.shipping)]
    carriage = sum((_carriage(order, line, policy) for line in spoken), Decimal(0))
    own = split_gross(carriage, policy.carriage_rate, currency=order.currency).vat
    stated = sum((_stated(line.shipping_taxes) for line in spoken), Decimal(0))
    return {"shipping": _both(stated, own)} if abs(stated - own) > policy.tax_per_line * len(spoken) else {}


def _charge_differences(order: ChannelOrder, totals: Totals, policy: OrderPolicy) -> dict[str, str]:
    off: dict[str, str] = {}
    # A line for the lines' own carriage may follow; it has been compared already.
    for place, (charge, line) in enumerate(zip(order.charges, totals.charges, strict=False), start=1):
        spoken = bool(charge.taxes) or order.tax_mode is TaxMode.EXCLUDED
        stated = _stated(charge.taxes)
        if spoken and abs(stated - line.vat) > policy.tax_per_line:
            off[f"charge {place} ({charge.code})"] = _both(stated, line.vat)
    return off


def _both(stated: Decimal, own: Decimal) -> str:
    return f"channel {stated}, own rate {own}"


def _stated(taxes: Sequence[Tax]) -> Decimal:
    return sum((tax.amount for tax in taxes), Decimal(0))
