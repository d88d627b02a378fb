"""The shop's own offers: read, written whole, and compared with those of others on the same product."""

from functools import partial

import attrs

from khaos_connectors.calls.messages import Call, Page, Request
from khaos_connectors.core.fields import typed
from khaos_connectors.mirakl.answers import model, refused_locally
from khaos_connectors.mirakl.endpoints.paging import Listing, offset_page
from khaos_connectors.mirakl.endpoints.writing import code_of, comma_list, flag
from khaos_connectors.mirakl.models.market import MarketProduct
from khaos_connectors.mirakl.models.offer_codes import MarketSort
from khaos_connectors.mirakl.models.offers import Offer
from khaos_connectors.mirakl.models.rows import Row
from khaos_connectors.mirakl.scope import Scope

__all__ = ["MarketFilter", "OfferFilter", "get_offer", "list_offers", "list_product_offers"]

_OFFERS = Listing(operation="OF21", path="/api/offers", record=Offer, field="offers", id="shop_sku", translated=True)
_MARKET = Listing(
    operation="P11",
    path="/api/products/offers",
    record=MarketProduct,
    field="products",
    id="product_sku",
    translated=True,
    total_in_rows=True,
)


@attrs.frozen(kw_only=True, field_transformer=typed)
class OfferFilter:
    """Which offers, all of it optional."""

    sku: str | None = None
    product_id: str | None = None
    offer_state_codes: tuple[str, ...] = ()
    favorite: bool | None = None
    pricing_channel_code: str | None = None
    pricing_customer_organization_id: str | None = None


@attrs.frozen(kw_only=True, field_transformer=typed)
class MarketFilter:
    """On which products, by the operator's SKUs (*product_ids*) or by *product_references* as (type, value): one of
    the two, at most 100. The rest is optional.
    """

    product_ids: tuple[str, ...] = ()
    product_references: tuple[tuple[str, str], ...] = ()
    offer_state_codes: tuple[str, ...] = ()
    all_offers: bool | None = None
    channel_codes: tuple[str, ...] = ()
    all_channels: bool | None = None
    pricing_channel_code: str | None = None
    pricing_customer_organization_id: str | None = None
    shipping_zones: tuple[str, ...] = ()
    all_shipping_zones: bool | None = None


def list_offers(
    scope: Scope, wanted: OfferFilter | None = None, *, size: int = 100, offset: int = 0, after: str = ""
) -> Call[Page[Row[Offer]]]:
    """The shop's own offers by title, a page of *size* (1 to 100) from *offset*: OF21.

    Meant for pages, not for the whole range every hour. Each offer is read by itself. *after* is the ``mark`` of
    the page before; the same page once more is ``CursorStuck``, as is one that is empty before the total.
    """
    wanted = wanted or OfferFilter()
    pairs = (
        ("sku", wanted.sku),
        ("product_id", wanted.product_id),
        ("offer_state_codes", comma_list(scope, "OF21", "offer_state_codes", wanted.offer_state_codes)),
        ("favorite", flag(wanted.favorite)),
        ("pricing_channel_code", wanted.pricing_channel_code),
        ("pricing_customer_organization_id", wanted.pricing_customer_organization_id),
    )
    # By title: the default order, by price, moves while it is walked.
    return offset_page(scope, _OFFERS, pairs, size=size, offset=offset, after=after, sort="productTitle")


def get_offer(
    scope: Scope,
    offer_id: int,
    *,
    pricing_channel_code: str | None = None,
    pricing_customer_organization_id: str | None = None,
) -> Call[Offer]:
    """One offer by Mirakl's own number of it, with its product tax code, which the list does not tell: OF22.

    The number is not stable over long periods: ask the list for it.
    """
    if not 0 <= offer_id < 2**63:
        raise refused_locally(scope, "OF22", "offer", f"must be an offer's number, not {offer_id}")
    query = scope.query(
        ("pricing_channel_code", pricing_channel_code),
        ("pricing_customer_organization_id", pricing_customer_organization_id),
        translated=True,
    )
    return Call(
        operation="OF22",
        repeat="free",
        request=Request(method="GET", path=f"/api/offers/{offer_id}", query=query),
        decode=partial(model, Offer, scope=scope, operation="OF22"),
    )


def list_product_offers(
    scope: Scope,
    wanted: MarketFilter,
    *,
    sort: MarketSort = MarketSort.BEST_PRICE,
    size: int = 100,
    offset: int = 0,
    after: str = "",
) -> Call[Page[Row[MarketProduct]]]:
    """Everybody's offers on up to 100 products, a page of *size* (1 to 100) from *offset*: P11.

    Mirakl blanks stock, ids and shops for sellers: a look at the competition, never at one's own offers.
    """
    if bool(wanted.product_ids) == bool(wanted.product_references):
        raise refused_locally(scope, "P11", "product_ids", "give product_ids or product_references, and not both")
    pairs = (
        ("product_ids", comma_list(scope, "P11", "product_ids", wanted.product_ids)),
        ("product_references", _references(scope, wanted.product_references)),
        ("offer_state_codes", comma_list(scope, "P11", "offer_state_codes", wanted.offer_state_codes)),
        ("all_offers", flag(wanted.all_offers)),
        ("channel_codes", comma_list(scope, "P11", "channel_codes", wanted.channel_codes)),
        ("all_channels", flag(wanted.all_channels)),
        ("pricing_channel_code", wanted.pricing_channel_code),
        ("pricing_customer_organization_id", wanted.pricing_customer_organization_id),
        ("shipping_zones", comma_list(scope, "P11", "shipping_zones", wanted.shipping_zones)),
        ("all_shipping_zones", flag(wanted.all_shipping_zones)),
    )
    return offset_page(scope, _MARKET, pairs, size=size, offset=offset, after=after, sort=code_of(sort))


def _references(scope: Scope, references: tuple[tuple[str, str], ...]) -> str | None:
    for kind, value in references:
        if not (kind and value) or "|" in kind + value:
            raise refused_locally(scope, "P11", "product_references", f"cannot hold {kind!r} with {value!r}")
    return comma_list(scope, "P11", "product_references", [f"{kind}|{value}" for kind, value in references])
