"""From an offer as it is read to the same offer as it is written, with single fields changed. Pure.

A write (OF24) resets whatever it does not name, and names things otherwise than a read: the logistic class is an object
there and a code here, the times of availability have other names, the product is told by its SKU. What cannot be
carried over whole is refused: half an offer would wipe the other half. Two things no read tells, so that a change has
to name them: the pricing unit, and whether a lead time of 1 was written as 0.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any  # for the values of many fields by name

import attrs

from khaos_connectors.core.fields import typed
from khaos_connectors.mirakl.models.additional_fields import AdditionalField, AdditionalFieldType, NewAdditionalField
from khaos_connectors.mirakl.models.new_offers import (
    NewDiscount,
    NewDiscountRange,
    NewEcoContribution,
    NewOffer,
    NewOfferPrice,
    NewRetailPrice,
    NewVolumePrice,
)
from khaos_connectors.mirakl.models.offer_codes import EprCategory
from khaos_connectors.mirakl.models.offer_prices import OfferPrice, PriceContext
from khaos_connectors.mirakl.models.offers import Offer

__all__ = ["NotWhole", "OfferChange", "merged"]


@attrs.frozen(kw_only=True, field_transformer=typed)
class OfferChange:
    """What shall be otherwise on an offer; None leaves a field as it is.

    Two fields no read tells, so that None cannot leave them: *pricing_unit* is reset, and a *leadtime_to_ship* of 0
    that Mirakl tells as 1 becomes 1. Name them with every change of an offer that has them.
    """

    quantity: int | None = None
    description: str | None = None
    internal_description: str | None = None
    price_additional_info: str | None = None
    leadtime_to_ship: int | None = None
    logistic_class: str | None = None
    min_quantity_alert: int | None = None
    min_order_quantity: int | None = None
    max_order_quantity: int | None = None
    package_quantity: int | None = None
    available_started: datetime | None = None
    available_ended: datetime | None = None
    product_tax_code: str | None = None
    pricing_unit: str | None = None

    @property
    def names_nothing(self) -> bool:
        """Whether no field is named, so that there is nothing to write."""
        return not _given(self)

    def over(self, older: "OfferChange") -> "OfferChange":
        """Both changes in one: a field that only the *older* one names is kept."""
        return attrs.evolve(older, **_given(self))


@attrs.frozen
class NotWhole:
    """Why an offer cannot be written back without losing something."""

    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.reasons)


def merged(offer: Offer, change: OfferChange, *, complete: bool) -> NewOffer | NotWhole:
    """*offer* with *change*, to be written whole, or why that would lose something.

    *complete* tells that it was read by OF22: the list (OF21) does not tell the product tax code.
    """
    reasons = _missing(offer, complete=complete)
    if reasons:
        return NotWhole(tuple(reasons))
    default = next((price for price in offer.all_prices or () if _is_default(price)), None)
    origin = default.unit_origin_price if default is not None else None
    if origin is None and offer.discount is not None:
        origin = offer.discount.origin_price
    price = origin if origin is not None else offer.price
    assert price is not None, "looked for above"
    assert offer.product_sku is not None
    assert offer.state_code is not None
    whole = NewOffer(
        shop_sku=str(offer.shop_sku),
        product_id=str(offer.product_sku),
        product_id_type="SKU",
        price=price,
        state_code=str(offer.state_code),
        quantity=offer.quantity,
        description=offer.description,
        internal_description=offer.internal_description,
        price_additional_info=offer.price_additional_info,
        leadtime_to_ship=offer.leadtime_to_ship,
        logistic_class=None if offer.logistic_class is None else str(offer.logistic_class.code),
        min_quantity_alert=offer.min_quantity_alert,
        min_order_quantity=offer.min_order_quantity,
        max_order_quantity=offer.max_order_quantity,
        package_quantity=offer.package_quantity,
        available_started=offer.available_start_date,
        available_ended=offer.available_end_date,
        product_tax_code=None if offer.product_tax_code is None else str(offer.product_tax_code),
        allow_quote_requests=offer.allow_quote_requests,
        msrp=offer.msrp,
        discount=_discount(offer, default),
        all_prices=_prices(offer),
        retail_prices=tuple(
            NewRetailPrice(
                unit_origin_price=each.unit_origin_price,
                unit_discount_price=each.unit_discount_price,
                discount_start_date=each.discount_start_date,
                discount_end_date=each.discount_end_date,
            )
            for each in offer.retail_prices or ()
            if each.unit_origin_price is not None
        ),
        eco_contributions=tuple(
            NewEcoContribution(
                epr_category_code=each.epr_category_code,
                eco_contribution_amount=each.eco_contribution_amount,
                producer_id=None if each.producer_id is None else str(each.producer_id),
            )
            for each in offer.eco_contributions or ()
            if isinstance(each.epr_category_code, EprCategory)
        ),
        offer_additional_fields=tuple(_field(each) for each in offer.offer_additional_fields or ()),
    )
    return _changed(whole, change)


def _changed(whole: NewOffer, change: OfferChange) -> NewOffer:
    return attrs.evolve(whole, **_given(change))


def _given(change: OfferChange) -> dict[str, Any]:  # a field's own type, of many
    given = {field.name: getattr(change, field.name) for field in attrs.fields(OfferChange)}
    return {name: value for name, value in given.items() if value is not None}


def _missing(offer: Offer, *, complete: bool) -> list[str]:
    prices = offer.all_prices or ()
    told = (
        (not complete, "the offer was not read by OF22, so its product tax code is not known"),
        (offer.product_sku is None, "the read did not tell the product's SKU"),
        (offer.state_code is None, "the read did not tell the condition (state_code)"),
        (offer.price is None and not prices, "the read did not tell a price"),
        (
            bool(prices) and not any(_is_default(price) for price in prices),
            "none of its prices is the default one",
        ),
        (
            not prices and offer.discount is not None and offer.discount.origin_price is None,
            "it has a discount, and the read did not tell the price before it",
        ),
        (bool(offer.warehouses), "its stock lies in warehouses, which this way of writing cannot tell: use STO01"),
        (
            any(_limits(price) for price in prices),
            "it has prices for some customers or times, which this way of writing cannot tell: use PRI01",
        ),
        (
            any(price.unit_origin_price is None for price in prices),
            "a price came without its origin price",
        ),
        (
            any(not isinstance(each.epr_category_code, EprCategory) for each in offer.eco_contributions or ()),
            "it has an eco contribution of a category that is not known here",
        ),
        (
            any(each.unit_origin_price is None for each in offer.retail_prices or ()),
            "a retail price came without its origin price",
        ),
    )
    return [reason for wrong, reason in told if wrong]


def _channels(price: OfferPrice) -> tuple[str, ...]:
    context = price.context or PriceContext()
    found = tuple(context.channel_codes or ())
    return found or (() if price.channel_code is None else (str(price.channel_code),))


def _is_default(price: OfferPrice) -> bool:
    return not _channels(price) and not _limits(price)


def _limits(price: OfferPrice) -> bool:
    context = price.context or PriceContext()
    return (
        bool(context.customer_group_ids or context.customer_organization_ids)
        or context.start_date is not None
        or context.end_date is not None
    )


def _prices(offer: Offer) -> tuple[NewOfferPrice, ...]:
    """Every price by channel, one that holds on several written for each; none where the default one is all."""
    prices = offer.all_prices or ()
    if not any(_channels(price) for price in prices) and not any(
        len(price.volume_prices or ()) > 1 for price in prices
    ):
        return ()
    found: list[NewOfferPrice] = []
    for price in prices:
        assert price.unit_origin_price is not None, "looked for above"
        found += [
            NewOfferPrice(
                channel_code=channel,
                unit_origin_price=price.unit_origin_price,
                unit_discount_price=price.unit_discount_price,
                discount_start_date=price.discount_start_date,
                discount_end_date=price.discount_end_date,
                volume_prices=_volumes(price),
            )
            for channel in _channels(price) or (None,)
        ]
    return tuple(found)


def _volumes(price: OfferPrice) -> tuple[NewVolumePrice, ...]:
    rows = [each for each in price.volume_prices or () if each.quantity_threshold > 1]
    origin: Decimal | None = price.unit_origin_price
    found: list[NewVolumePrice] = []
    for each in rows:
        origin = each.unit_origin_price if each.unit_origin_price is not None else origin
        if origin is not None:
            found.append(
                NewVolumePrice(
                    quantity_threshold=each.quantity_threshold,
                    unit_origin_price=origin,
                    unit_discount_price=each.unit_discount_price,
                )
            )
    return tuple(found)


def _discount(offer: Offer, default: OfferPrice | None) -> NewDiscount | None:
    if default is not None and default.unit_discount_price is not None:
        return NewDiscount(
            price=default.unit_discount_price,
            start_date=default.discount_start_date,
            end_date=default.discount_end_date,
            ranges=_ranges(offer),
        )
    told = offer.discount
    if told is None or (told.discount_price is None and not told.ranges):
        return None
    return NewDiscount(
        price=told.discount_price, start_date=told.start_date, end_date=told.end_date, ranges=_ranges(offer)
    )


def _ranges(offer: Offer) -> tuple[NewDiscountRange, ...]:
    rows = (offer.discount.ranges or ()) if offer.discount is not None else ()
    return tuple(
        NewDiscountRange(quantity_threshold=each.quantity_threshold, price=each.price)
        for each in rows
        if each.price is not None and each.quantity_threshold > 1
    )


def _field(field: AdditionalField) -> NewAdditionalField:
    several = field.type is AdditionalFieldType.MULTIPLE_VALUES_LIST or len(field.texts) > 1
    known = field.type if isinstance(field.type, AdditionalFieldType) else None
    value = field.texts if several else next(iter(field.texts), "")
    return NewAdditionalField(code=str(field.code), value=value, type=known)
