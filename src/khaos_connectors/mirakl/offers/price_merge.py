"""Single prices of an offer changed, its others kept: the import (PRI01) deletes those that are not sent. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl.models.offer_prices import OfferPrice, PriceContext, RetailPrice, VolumePrice
from khaos_connectors.mirakl.models.offers import Offer
from khaos_connectors.mirakl.offers.price_file import OfferPrices, PriceKind, PriceRow

__all__ = ["merged_prices"]


def merged_prices(offer: Offer, changes: Sequence[PriceRow]) -> OfferPrices | str:
    """All prices of *offer* with *changes*, or why they cannot be told without losing one.

    A change takes the place of the price for the same channels, customers and times; every other price stays.
    """
    prices, retail = offer.all_prices or (), offer.retail_prices or ()
    if not prices:
        return "the read did not tell its prices, and those that are not sent are deleted"
    untold = [price for price in prices if price.unit_origin_price is None]
    if untold or any(price.unit_origin_price is None for price in retail):
        return "a price came without its origin price, and what is not sent is deleted"
    kept = (*(row for price in prices for row in _row(price)), *(row for price in retail for row in _retail(price)))
    changed = {_place(row): row for row in changes}
    rows = [changed.pop(_place(row), row) for row in kept]
    return OfferPrices(sku=ChannelSku(offer.shop_sku), rows=(*rows, *changed.values()))


def _place(row: PriceRow) -> tuple[object, ...]:
    people = (frozenset(row.customer_organization_ids), frozenset(row.customer_group_ids))
    return row.kind, frozenset(row.channels), people, row.start, row.end


def _row(price: OfferPrice) -> Iterable[PriceRow]:
    context = price.context or PriceContext()
    named = () if price.channel_code is None else (str(price.channel_code),)
    volumes = [each for each in price.volume_prices or () if each.quantity_threshold > 1]
    if price.unit_origin_price is None:
        return
    yield PriceRow(
        price=price.unit_origin_price,
        discount_price=price.unit_discount_price,
        discount_start=price.discount_start_date,
        discount_end=price.discount_end_date,
        ranges=_ranges(volumes, discounted=False),
        discount_ranges=_ranges(volumes, discounted=True),
        channels=tuple(context.channel_codes or named),
        start=context.start_date,
        end=context.end_date,
        customer_organization_ids=tuple(context.customer_organization_ids or ()),
        customer_group_ids=tuple(context.customer_group_ids or ()),
    )


def _ranges(volumes: Sequence[VolumePrice], *, discounted: bool) -> tuple[tuple[int, Decimal], ...]:
    found: dict[int, Decimal] = {}
    for each in volumes:
        price = each.unit_discount_price if discounted else each.unit_origin_price
        if price is not None:
            found[each.quantity_threshold] = price
    return tuple(sorted(found.items()))


def _retail(price: RetailPrice) -> Iterable[PriceRow]:
    if price.unit_origin_price is None:
        return
    yield PriceRow(
        kind=PriceKind.RETAIL,
        price=price.unit_origin_price,
        discount_price=price.unit_discount_price,
        discount_start=price.discount_start_date,
        discount_end=price.discount_end_date,
    )
