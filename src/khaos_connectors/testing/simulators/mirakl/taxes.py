"""Amounts in the tax mode that was asked for, and what is left of a line after refunds and cancelations."""

from collections.abc import Sequence
from decimal import Decimal

import attrs

from khaos_connectors.testing.simulators.mirakl.after_sales_state import Back
from khaos_connectors.testing.simulators.mirakl.state import MiraklSettings, OrderLine, cents
from khaos_connectors.testing.simulators.mirakl.wire import Json

__all__ = ["FEE", "Amounts", "fee_of", "left_of"]

_ZERO = Decimal("0.00")

FEE = "HANDLING"
"""The code of the only fee that this marketplace knows."""


@attrs.frozen
class Amounts:
    """Turns the platform's own figures into those of the tax mode that was asked for."""

    settings: MiraklSettings
    mode: str

    def split(self, amount: Decimal) -> tuple[Decimal, Decimal]:
        """What is shown and the tax that belongs to it; exact in the platform's own mode."""
        settings = self.settings
        if not settings.taxes_listed:
            return amount, _ZERO
        if settings.order_tax_mode == "TAX_INCLUDED":
            net = cents(amount / (1 + settings.tax_rate / 100))
            tax = amount - net
        else:
            net, tax = amount, cents(amount * settings.tax_rate / 100)
        return (net + tax if self.mode == "TAX_INCLUDED" else net), tax

    def taxes(self, amount: Decimal, *, cancelled: bool = False) -> list[Json]:
        """The ``taxes`` list of an amount; empty where the operator lists none. A cancelled one names no rule."""
        if not self.settings.taxes_listed or not amount:
            return []
        tax: dict[str, Json] = {"code": "VAT", "amount": self.split(amount)[1], "rate": self.settings.tax_rate}
        return [tax if cancelled else {**tax, "tax_calculation_rule": self.settings.tax_rule}]

    def tax_back(self, back: Back, amount: Decimal, whole: Decimal) -> Decimal:
        """The tax that belongs to an *amount* of *back* out of a line's *whole*."""
        shown, tax = Amounts(self.settings, back.mode).split(whole)
        return cents(tax * amount / shown) if shown else _ZERO

    def back(
        self, back: Back, amount: Decimal, whole: Decimal, sent: Decimal | None = None
    ) -> tuple[Decimal, list[Json]]:
        """An *amount* of *back* out of a line's *whole*, and its taxes: what was *sent*, or its part of the line's."""
        if not self.settings.taxes_listed:
            return amount, []
        tax = self.tax_back(back, amount, whole)
        if back.mode != self.mode:
            amount = amount - tax if self.mode == "TAX_EXCLUDED" else amount + tax
        return amount, [{"code": "VAT", "amount": tax if sent is None else sent, "rate": self.settings.tax_rate}]


def fee_of(settings: MiraklSettings, line: OrderLine) -> Decimal:
    """The fee that the customer pays on a line."""
    return cents(settings.orders.fee) if line.index == 1 else _ZERO


def left_of(amounts: Amounts, line: OrderLine, *, extra: Sequence[Back] = ()) -> tuple[Decimal, Decimal]:
    """What is left of a line's goods and of its shipping, in the tax mode of *amounts*; *extra* is on its way."""
    if not line.open:
        return _ZERO, _ZERO
    backs = (*line.backs, *extra)
    goods = amounts.split(line.price)[0] - sum((amounts.back(b, b.amount, line.price)[0] for b in backs), _ZERO)
    shipping = amounts.split(line.shipping)[0] - sum(
        (amounts.back(b, b.shipping, line.shipping)[0] for b in backs), _ZERO
    )
    return max(_ZERO, goods), max(_ZERO, shipping)
