"""Hypothesis strategies for the stock side of Khaos Control: item masters, what a stock import sets, price lists.

They draw what the service can tell: templates whose variants stand several levels down and take the net or gross side
of the template, options whose names come twice, empty fields everywhere. Needs the extra ``testing``.
"""

from datetime import UTC, datetime
from decimal import Decimal

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.khaos_control.enums import PriceListKind
from khaos_connectors.khaos_control.price_models import PriceList, PriceRow
from khaos_connectors.khaos_control.stock_models import (
    CountryRate,
    ExternalItem,
    ItemOption,
    LinkedItem,
    Restriction,
    StockImage,
    StockItem,
    StockSetting,
    StockType,
    SupplierRef,
    UserDefined,
    VariantHeading,
    VariantStep,
)

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["price_lists", "stock_items", "stock_settings"]

_TEXTS = st.sampled_from(["", "Mug", "10% off & more", "<b>bold</b>", "Größe 'L'", "a, b", "]]>"])
_NAMES = st.sampled_from(["Author", "Run To Zero", "Heavy", "ISBN-13"])
_CODES = st.sampled_from(["MUG-RED", "MUG-BLUE", "TEA/1KG", "0012A", "KIT-1"])
_AMOUNTS = st.integers(-5_000, 500_000).map(lambda pence: Decimal(pence).scaleb(-2))
_NUMBERS = st.none() | _AMOUNTS


def stock_items(*, depth: int = 2) -> st.SearchStrategy[StockItem]:
    """Items of ExportStock, templates among them; variants stand at most *depth* levels under their template."""
    return st.builds(_family, _singles(), st.lists(st.tuples(_steps(depth), _singles()), max_size=3), _headings())


def stock_settings() -> st.SearchStrategy[StockSetting]:
    """What a stock import may set: any mixture of a level and prices, at least one of them."""
    level = st.none() | st.integers(0, 10_000).map(lambda units: Decimal(units).scaleb(-1))
    price = st.none() | st.integers(0, 100_000).map(lambda pence: Decimal(pence).scaleb(-2))
    settings = st.builds(
        StockSetting, code=_CODES, level=level, buy_price=price, sell_price=price, web_sell_price=price
    )
    return settings.filter(lambda each: any(value is not None for value in attrs.astuple(each)[1:5]))


def price_lists() -> st.SearchStrategy[PriceList]:
    """Price lists of all four kinds that may be imported: each price with an amount, a discount or a mark-up."""
    return st.sampled_from(PriceListKind).flatmap(_lists_of)


def _lists_of(kind: PriceListKind) -> st.SearchStrategy[PriceList]:
    of_items = kind in {PriceListKind.ITEM_CUSTOMER, PriceListKind.ITEM_CLASS}
    of_customers = kind in {PriceListKind.ITEM_CUSTOMER, PriceListKind.TYPE_CUSTOMER}
    return st.builds(
        PriceList,
        kind=st.just(kind),
        company_code=st.sampled_from(["EMPME1", "C&A"]) if of_customers else st.just(""),
        company_class=st.just("") if of_customers else st.sampled_from(["Retail", "PRICE LIST A"]),
        currency_code=st.sampled_from(["", "EUR"]),
        currency_id=st.sampled_from(["", "3"]),
        is_net=st.none() | st.booleans(),
        rows=st.lists(_price_rows(of_items=of_items), min_size=1, max_size=3).map(tuple),
    )


def _price_rows(*, of_items: bool) -> st.SearchStrategy[PriceRow]:
    price = st.none() | st.integers(0, 1_000_000).map(lambda units: Decimal(units).scaleb(-3))
    quantity = st.none() | st.integers(0, 9_999).map(Decimal)
    rows = st.builds(
        PriceRow,
        stock_code=_CODES if of_items else st.just(""),
        stock_type=st.just("") if of_items else st.sampled_from(["Hooded SS Blk", "Mugs & more"]),
        amount=price,
        discount=price,
        markup=_NUMBERS,
        qty_start=quantity,
        qty_end=st.just(Decimal(9999)),
        buy_price=price,
        sell_price=price,
        buy_price_massage=st.none() | st.just(Decimal(0)),
    )
    return rows.filter(lambda row: (row.amount, row.discount, row.markup) != (None, None, None))


def _steps(depth: int) -> st.SearchStrategy[tuple[VariantStep, ...]]:
    step = st.builds(VariantStep, description=_TEXTS, suffix=st.sampled_from(["", "BLK", "M/L"]))
    return st.lists(step, min_size=1, max_size=depth).map(tuple)


def _headings() -> st.SearchStrategy[tuple[VariantHeading, ...]]:
    heading = st.builds(VariantHeading, level=st.sampled_from("1234"), name=_TEXTS)
    return st.lists(heading, max_size=2).map(tuple)


def _family(
    item: StockItem,
    variants: list[tuple[tuple[VariantStep, ...], StockItem]],
    headings: tuple[VariantHeading, ...],
) -> StockItem:
    children = tuple(
        attrs.evolve(
            variant,
            parent_code=item.stock_code,
            steps=steps,
            price_is_net=item.price_is_net,
            buy_price_is_net=item.buy_price_is_net,
        )
        for steps, variant in variants
    )
    return attrs.evolve(item, children=children, headings=headings)


@st.composite
def _singles(draw: st.DrawFn) -> StockItem:
    barcodes = draw(st.lists(st.tuples(st.sampled_from(["5000000000000", "A B"]), _TEXTS), max_size=2))
    return StockItem(
        stock_code=draw(_CODES),
        stock_id=draw(st.sampled_from(["506", "A3567", ""])),
        other_ref=draw(_TEXTS),
        description=draw(_TEXTS),
        long_description=draw(_TEXTS),
        web_teaser=draw(_TEXTS),
        vat_rate=draw(st.sampled_from([None, Decimal(20), Decimal(0), Decimal("17.5")])),
        buy_price=draw(_NUMBERS),
        buy_price_is_net=draw(st.none() | st.booleans()),
        sell_price=draw(_NUMBERS),
        price_is_net=draw(st.none() | st.booleans()),
        sell_price_web=draw(_NUMBERS.filter(lambda price: price != 0)),
        weight=draw(_NUMBERS),
        manufacturer=draw(_TEXTS),
        deleted=draw(st.booleans()),
        web=draw(st.booleans()),
        discontinued=draw(st.booleans()),
        run_to_zero=draw(st.booleans()),
        stock_controlled=draw(st.booleans()),
        vat_relief_qualified=draw(st.booleans()),
        barcodes=tuple(code for code, _ in barcodes),
        barcode_labels=tuple(label for _, label in barcodes),
        links=tuple(draw(st.lists(_links(), max_size=2))),
        country_rates=tuple(draw(st.lists(_country_rates(), max_size=2))),
        types=draw(_types()),
        options=draw(_options()),
        user_defined=tuple(draw(st.lists(_user_defined(), max_size=2))),
        supplier_refs=tuple(draw(st.lists(_suppliers(), max_size=2))),
        lead_time_days=draw(_NUMBERS),
        min_level=draw(_NUMBERS),
        height=draw(_NUMBERS),
        restrictions=tuple(draw(st.lists(st.builds(Restriction, kind=st.just("1"), value=_NAMES), max_size=2))),
        launch=draw(st.sampled_from([None, datetime(2008, 12, 31, tzinfo=UTC), datetime(2026, 7, 1, 8, tzinfo=UTC)])),
        images=tuple(draw(st.lists(st.builds(StockImage, name=_TEXTS, file_name=_TEXTS, kind=_TEXTS), max_size=2))),
        external_items=tuple(draw(st.lists(st.builds(ExternalItem, kind=st.just("1"), value=_TEXTS), max_size=2))),
    )


def _links() -> st.SearchStrategy[LinkedItem]:
    return st.builds(
        LinkedItem, stock_code=_CODES, link_type=st.sampled_from("1234"), value=_NUMBERS, auto_add=st.booleans()
    )


def _country_rates() -> st.SearchStrategy[CountryRate]:
    return st.builds(
        CountryRate, country_code=st.sampled_from(["GB", "IE"]), country_name=_TEXTS, rate=st.none() | _AMOUNTS
    )


def _types() -> st.SearchStrategy[tuple[StockType, ...]]:
    level = st.builds(
        StockType, level=st.integers(1, 4), name=_NAMES, type_id=st.sampled_from(["", "39"]), epos_description=_TEXTS
    )
    found = st.lists(level, max_size=4, unique_by=lambda each: each.level)
    return found.map(lambda levels: tuple(sorted(levels, key=lambda each: each.level)))


def _options() -> st.SearchStrategy[tuple[ItemOption, ...]]:
    option = st.builds(ItemOption, name=_NAMES, value=st.sampled_from(["0", "-1", ""]), system=st.booleans())
    return st.lists(option, max_size=3).map(lambda options: tuple(sorted(options, key=lambda each: not each.system)))


def _user_defined() -> st.SearchStrategy[UserDefined]:
    return st.builds(
        UserDefined, name=_NAMES, kind=st.sampled_from(["TEXT", "LIST", "CHOICE", ""]), value=_TEXTS, index=_TEXTS
    )


def _suppliers() -> st.SearchStrategy[SupplierRef]:
    return st.builds(
        SupplierRef,
        stock_code=_TEXTS,
        preferred=st.booleans(),
        supplier_name=_TEXTS,
        supplier_urn=_TEXTS,
        discount=_NUMBERS,
        purchase_cost=_NUMBERS,
        reorder_qty=_NUMBERS,
        qty_available=_NUMBERS,
        lead_time_days=_NUMBERS,
    )
