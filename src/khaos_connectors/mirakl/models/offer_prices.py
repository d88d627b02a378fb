"""Prices of offers as Mirakl tells them: which applies, where, for whom, from which quantity on, and until when."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.offer_codes import EprCategory

__all__ = [
    "DiscountRange",
    "OfferDiscount",
    "OfferEcoContribution",
    "OfferPrice",
    "PriceContext",
    "RetailPrice",
    "VolumePrice",
]


@attrs.frozen(kw_only=True)
class PriceContext:
    """Where, for whom and when a price holds; an empty list means everywhere, for everybody."""

    channel_codes: tuple[str, ...] | None = ()
    customer_group_ids: tuple[str, ...] | None = ()
    customer_organization_ids: tuple[str, ...] | None = ()
    start_date: datetime | None = None
    end_date: datetime | None = None

    @property
    def is_default(self) -> bool:
        """Whether the price holds everywhere, for everybody and always."""
        limits = (self.channel_codes, self.customer_group_ids, self.customer_organization_ids)
        return not any(limits) and self.start_date is None and self.end_date is None


@attrs.frozen(kw_only=True)
class VolumePrice:
    """A price from a quantity on."""

    quantity_threshold: int
    price: Decimal | None = None
    unit_origin_price: Decimal | None = None
    unit_discount_price: Decimal | None = None


@attrs.frozen(kw_only=True)
class OfferPrice:
    """A price of an offer. *price* is what is paid now; *channel_code* (deprecated) is None for the default price."""

    channel_code: Text | None = None
    context: PriceContext | None = None
    price: Decimal | None = None
    unit_origin_price: Decimal | None = None
    unit_discount_price: Decimal | None = None
    discount_start_date: datetime | None = None
    discount_end_date: datetime | None = None
    volume_prices: tuple[VolumePrice, ...] | None = ()


@attrs.frozen(kw_only=True)
class DiscountRange:
    """A discounted price from a quantity on."""

    quantity_threshold: int
    price: Decimal | None = None


@attrs.frozen(kw_only=True)
class OfferDiscount:
    """The discount of the default price (deprecated: ``all_prices`` holds it as well)."""

    discount_price: Decimal | None = None
    origin_price: Decimal | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    ranges: tuple[DiscountRange, ...] | None = ()


@attrs.frozen(kw_only=True)
class RetailPrice:
    """What the consumer pays in a drop-ship shop, whose other prices are purchase prices."""

    price: Decimal | None = None
    unit_origin_price: Decimal | None = None
    unit_discount_price: Decimal | None = None
    discount_start_date: datetime | None = None
    discount_end_date: datetime | None = None


@attrs.frozen(kw_only=True)
class OfferEcoContribution:
    """What a producer owes for the recycling of one unit."""

    epr_category_code: EprCategory | Unrecognised | None = None
    eco_contribution_amount: Decimal | None = None
    producer_id: Text | None = None
