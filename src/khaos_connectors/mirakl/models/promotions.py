"""Promotions as they were applied to orders and their lines."""

from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.order_codes import PromotionType

__all__ = ["DiscountCampaign", "OrderPromotions", "Promotion", "PromotionConfiguration"]


@attrs.frozen(kw_only=True)
class DiscountCampaign:
    """A campaign of the operator's."""

    identifier: Text | None = None


@attrs.frozen(kw_only=True)
class PromotionConfiguration:
    """How a promotion works; which of the numbers is filled depends on *type*."""

    type: PromotionType | Unrecognised | None = None
    internal_description: str | None = None
    amount_off: Decimal | None = None
    percentage_off: Decimal | None = None
    reduced_unit_price: Decimal | None = None
    free_items_quantity: int | None = None


@attrs.frozen(kw_only=True)
class Promotion:
    """A promotion that was applied. *apportioned*: what it takes off is already out of the line prices."""

    id: Text | None = None
    apportioned: bool | None = None
    deduced_amount: Decimal | None = None
    configuration: PromotionConfiguration | None = None
    offered_quantity: int | None = None
    promo_code: Text | None = None
    campaign: DiscountCampaign | None = None


@attrs.frozen(kw_only=True)
class OrderPromotions:
    """All promotions of an order and what they take off together."""

    applied_promotions: tuple[Promotion, ...] | None = ()
    total_deduced_amount: Decimal | None = None
