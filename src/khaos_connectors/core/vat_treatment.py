"""Whether a settlement's lines agree with the VAT treatment that the merchant has configured. Nothing is decided here.

Not tax advice: the codes and treatments are the merchant's, this only points at contradictions.
"""

from collections.abc import Iterator, Mapping

from khaos_connectors.core.amounts import from_minor, to_minor
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.reconciliation import MatchStatus, Reconciliation
from khaos_connectors.core.settlement_names import is_blank
from khaos_connectors.core.settlement_types import (
    LineClass,
    LineKind,
    SettlementLine,
    VatKey,
    VatTreatment,
)

__all__ = ["check_vat"]

_TAXES = frozenset({LineKind.GOODS_TAX, LineKind.SHIPPING_TAX})


def check_vat(reconciliation: Reconciliation, treatments: Mapping[VatKey, VatTreatment]) -> tuple[Reason, ...]:
    """A ``VAT_TREATMENT`` for each order whose lines contradict the treatment of its key, or whose key has none.

    Where the seller accounts for the tax, no remitted tax may appear; where the operator remits it, the tax in the
    lines and the remitted tax must cancel out. A line's tax code must be one that the treatment allows. A line is its
    order's by whichever name it was found. Orders without a key or a name, and orders that are not among the expected,
    are not looked at.
    """
    keys: dict[str, VatKey] = {
        order.name: order.vat for order in reconciliation.orders if order.vat is not None and not is_blank(order.name)
    }
    lines: dict[str, list[SettlementLine]] = {}
    for result in reconciliation.results:
        if result.status is not MatchStatus.DUPLICATE and result.order_id in keys:
            lines.setdefault(result.order_id, []).append(result.line)
    return tuple(
        Reason(
            type=ExceptionType.VAT_TREATMENT,
            entity=order_id,
            message=f"Order {order_id}: {'; '.join(found)}.",
            evidence=_evidence(keys[order_id]),
        )
        for order_id, group in lines.items()
        if (found := list(_contradictions(treatments.get(keys[order_id]), group, reconciliation.currency)))
    )


def _contradictions(treatment: VatTreatment | None, lines: list[SettlementLine], currency: str) -> Iterator[str]:
    if treatment is None:
        yield "no VAT treatment is configured for it"
        return
    remitted = [line for line in lines if line.line_class is LineClass.OPERATOR_TAX]
    if treatment.operator_remits:
        taxed = [
            line
            for line in lines
            if line.line_class in (LineClass.SALE, LineClass.REFUND) and line.meaning.kind in _TAXES
        ]
        kept = sum(to_minor(line.amount, currency) for line in (*taxed, *remitted))
        if kept:
            yield f"{from_minor(kept, currency)} of tax came to the seller, and the operator is to remit it"
    elif remitted:
        yield "the operator remitted tax, and the seller is to account for it"
    codes = sorted({line.tax_code for line in lines if line.tax_code})
    wrong = [code for code in codes if treatment.line_codes and code not in treatment.line_codes]
    if wrong:
        yield f"tax code {', '.join(wrong)} does not belong to treatment {treatment.code}"


def _evidence(key: VatKey) -> dict[str, str]:
    return {"channel": key.channel, "establishment": key.establishment, "goods_location": key.goods_location}
