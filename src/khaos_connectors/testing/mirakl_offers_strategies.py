"""Hypothesis strategies for Mirakl's offers as it answers them, for changes of them, and for prices to push.

Needs the extra ``testing``.
"""

from datetime import UTC, datetime
from decimal import Decimal

from khaos_connectors._extras import extra
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl.offers.merge import OfferChange
from khaos_connectors.mirakl.offers.price_file import OfferPrices, PriceRow

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["offer_answers", "offer_changes", "offer_prices", "offer_skus"]

_ALPHABET = "ABCXYZ019-_ é"
_TIMES = st.integers(1_700_000_000, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
_AMOUNTS = st.decimals(Decimal(0), Decimal("9999.99"), places=2)


def offer_skus() -> st.SearchStrategy[ChannelSku]:
    """SKUs that Mirakl takes."""
    texts = st.text(alphabet=_ALPHABET, min_size=1, max_size=12).map(str.strip).filter(bool)
    return texts.map(ChannelSku)


@st.composite
def offer_answers(draw: st.DrawFn) -> dict[str, object]:
    """One offer as OF22 answers it, with any of its optional fields there, null or left out."""
    price = draw(_AMOUNTS)
    offer: dict[str, object] = {
        "shop_sku": str(draw(offer_skus())),
        "quantity": draw(st.integers(0, 999)),
        "active": draw(st.booleans()),
        "offer_id": draw(st.integers(1, 10**9)),
        "product_sku": f"MKP{draw(st.integers(0, 10**6)):012d}",
        "state_code": draw(st.sampled_from(["11", "10", 4])),
        "price": price,
        "all_prices": [{"price": price, "unit_origin_price": price, "volume_prices": []}],
    }
    optional: dict[str, st.SearchStrategy[object]] = {
        "description": st.text(max_size=8),
        "internal_description": st.text(max_size=8),
        "price_additional_info": st.text(max_size=8),
        "leadtime_to_ship": st.integers(0, 44),
        "logistic_class": st.fixed_dictionaries({"code": st.sampled_from(["S", "M"]), "label": st.just("Some")}),
        "min_quantity_alert": st.integers(0, 9),
        "min_order_quantity": st.integers(1, 9),
        "max_order_quantity": st.integers(1, 99),
        "package_quantity": st.integers(1, 9),
        "available_start_date": _TIMES.map(lambda moment: moment.isoformat()),
        "available_end_date": _TIMES.map(lambda moment: moment.isoformat()),
        "product_tax_code": st.text("ABC", min_size=1, max_size=4),
        "allow_quote_requests": st.booleans(),
        "offer_additional_fields": st.lists(
            st.fixed_dictionaries({"code": st.text("abc", min_size=1, max_size=4), "value": st.text(max_size=5)}),
            max_size=2,
        ),
    }
    for name, values in optional.items():
        if draw(st.booleans()):
            offer[name] = draw(st.none() | values)
    return offer


def offer_changes() -> st.SearchStrategy[OfferChange]:
    """Changes of some fields of an offer."""
    return st.builds(
        OfferChange,
        quantity=st.none() | st.integers(0, 999),
        description=st.none() | st.text(max_size=8),
        leadtime_to_ship=st.none() | st.integers(0, 44),
        logistic_class=st.none() | st.sampled_from(["S", "L"]),
        max_order_quantity=st.none() | st.integers(1, 9),
    )


@st.composite
def offer_prices(draw: st.DrawFn) -> OfferPrices:
    """Prices of one offer: a default one, which may have a discount, and some by channel."""
    price = draw(_AMOUNTS)
    lower = draw(st.none() | st.decimals(Decimal(0), price, places=2))
    channels = draw(st.lists(st.text("ABC", min_size=1, max_size=3), max_size=3, unique=True))
    rows = (
        PriceRow(price=price, discount_price=lower),
        *(PriceRow(price=draw(_AMOUNTS), channels=(channel,)) for channel in channels),
    )
    return OfferPrices(sku=draw(offer_skus()), rows=rows)
