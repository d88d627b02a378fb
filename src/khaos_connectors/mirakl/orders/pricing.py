"""Whose prices an order shows: what the customer pays, or what the operator pays the shop. Pure.

In the drop-ship and one-creditor models the operator buys from the shop. Mirakl then tells purchase prices beside (or
in place of) those of the customer; taking the one for the other books wrong revenue on every order.
"""

from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.core.money import exactly
from khaos_connectors.mirakl.models.amounts import PurchaseInformation
from khaos_connectors.mirakl.models.codes import LineState, ShopModel
from khaos_connectors.mirakl.models.orders import Order

__all__ = ["Purchase", "SaleTo", "purchase", "sale_to"]


class SaleTo(Enum):
    """Who buys from the shop, hence who gets its invoice."""

    CUSTOMER = "the customer"
    OPERATOR = "the operator"


@attrs.frozen(kw_only=True)
class Purchase:
    """What the operator pays for the lines of an order that still count, in the order's currency.

    *untold* are the lines of which no purchase price is told.
    """

    goods: Decimal
    shipping: Decimal
    untold: tuple[str, ...] = ()

    @property
    @exactly
    def total(self) -> Decimal:
        """Goods and shipping."""
        return self.goods + self.shipping


_GONE = frozenset({LineState.REFUSED, LineState.CANCELED})


def sale_to(model: ShopModel | Unrecognised | None, order: Order | None = None) -> SaleTo:
    """Who buys: told by the shop's *model* (configured, or A01's), else by purchase prices on an *order*."""
    if isinstance(model, ShopModel):
        return SaleTo.CUSTOMER if model is ShopModel.MARKETPLACE else SaleTo.OPERATOR
    return SaleTo.CUSTOMER if order is None or purchase(order) is None else SaleTo.OPERATOR


@exactly
def purchase(order: Order) -> Purchase | None:
    """What the operator pays for *order*, None where it tells no purchase price at all."""
    lines = [line for line in order.order_lines if line.order_line_state not in _GONE]
    told = {
        line.order_line_id: line.purchase_information
        for line in lines
        if line.purchase_information is not None and line.purchase_information.purchase_price is not None
    }
    if not told:
        return None
    return Purchase(
        goods=sum((_goods(each) for each in told.values()), Decimal(0)),
        shipping=sum((each.purchase_shipping_price or Decimal(0) for each in told.values()), Decimal(0)),
        untold=tuple(line.order_line_id for line in lines if line.order_line_id not in told),
    )


def _goods(told: PurchaseInformation) -> Decimal:
    return told.purchase_price or Decimal(0)
