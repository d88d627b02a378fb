"""What a marketplace owes for an order: from the draft that went into the ERP, to the penny that the customer pays."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor
from khaos_connectors.core.ids import LineId, StockCode
from khaos_connectors.core.orders import ChargeKind, DraftLine, ErpOrderDraft, TaxMode
from khaos_connectors.core.quantities import largest_remainder
from khaos_connectors.core.settlement_types import Expected, ExpectedOrder, LineKind, VatKey

__all__ = ["expected_of"]

_GOODS = (LineKind.GOODS, LineKind.GOODS_TAX)
_SHIPPING = (LineKind.SHIPPING, LineKind.SHIPPING_TAX)


def expected_of(
    draft: ErpOrderDraft,
    *,
    tax_mode: TaxMode = TaxMode.INCLUDED,
    since: datetime | None = None,
    vat: VatKey | None = None,
    shipping_code: StockCode | None = None,
) -> ExpectedOrder:
    """What the marketplace owes for the order that *draft* became: all of its *total*.

    Goods stand under the channel lines they came from; discounts and fees of the whole order are goods of the order,
    carriage is shipping of the order, also where it is a line of its own: one whose ``charge`` says so, or one without
    a channel line under *shipping_code* (for drafts that do not say it). The draft's rounding is spread over the
    goods, a penny each. *tax_mode* is the statement's: EXCLUDED expects net amounts and taxes apart.
    """
    sums = _Sums(draft.currency)
    groups = _groups(draft.lines)
    for line in draft.lines:
        carriage = line.charge is ChargeKind.SHIPPING or (line.stock_code == shipping_code and not line.source)
        group = groups[line.source[0]] if line.source else (LineId(""),)
        sums.add(group, line.net, line.vat, _SHIPPING if carriage else _GOODS, tax_mode)
    sums.add((LineId(""),), draft.shipping_net, draft.shipping_vat, _SHIPPING, tax_mode)
    sums.spread(to_minor(draft.rounding, draft.currency))
    return ExpectedOrder(
        order_id=draft.order_id,
        currency=draft.currency,
        parts=tuple(sums.parts()),
        reference=draft.reference,
        since=since,
        vat=vat,
    )


@attrs.define
class _Sums:
    """Amounts in minor units, added up per channel lines and kind."""

    currency: str
    units: dict[tuple[tuple[LineId, ...], LineKind], int] = attrs.field(
        factory=dict[tuple[tuple[LineId, ...], LineKind], int]
    )

    def add(
        self,
        lines: tuple[LineId, ...],
        net: Decimal,
        tax: Decimal,
        kinds: tuple[LineKind, LineKind],
        tax_mode: TaxMode,
    ) -> None:
        kind = kinds[0]
        tax_kind = kind if tax_mode is TaxMode.INCLUDED else kinds[1]
        for key, amount in (((lines, kind), net), ((lines, tax_kind), tax)):
            self.units[key] = self.units.get(key, 0) + to_minor(amount, self.currency)

    def spread(self, rounding: int) -> None:
        """So no line is further off than the tolerance of one, as the channel may pay line by line or the total."""
        goods = [key for key, units in self.units.items() if key[1] is LineKind.GOODS and units]
        keys = goods or [((LineId(""),), LineKind.GOODS)]
        for key, units in zip(keys, largest_remainder(rounding, [1] * len(keys)), strict=True):
            self.units[key] = self.units.get(key, 0) + units

    def parts(self) -> Iterator[Expected]:
        for (lines, kind), units in self.units.items():
            if units:
                amount = from_minor(units, self.currency)
                yield Expected(line_id=lines[0], also=lines[1:], kind=kind, amount=amount)


def _groups(lines: Sequence[DraftLine]) -> dict[LineId, tuple[LineId, ...]]:
    """For each channel line, those that share an ERP line with it: what cannot be told apart is expected together."""
    groups: dict[LineId, tuple[LineId, ...]] = {}
    for line in lines:
        together = dict.fromkeys(member for source in line.source for member in groups.get(source, (source,)))
        for member in together:
            groups[member] = tuple(together)
    return groups
