"""Laws of listings and SKU maps: nothing is guessed, nothing is dropped, nothing goes on sale by itself."""

from random import Random

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.bundles import Bundle
from khaos_connectors.core.ids import AccountId, ChannelId, ChannelSku, ErpOrderCode, OrderRef, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.listing_records import (
    Catalogue,
    ListingCheck,
    ListingRecord,
    ListingState,
    NotReady,
    Ready,
)
from khaos_connectors.core.listing_states import check_active, next_state
from khaos_connectors.core.listings import check_listing, check_listings
from khaos_connectors.core.orders import Address
from khaos_connectors.core.release import Gate, ReleaseCandidate, decide_release
from khaos_connectors.core.shipments import DespatchLine
from khaos_connectors.core.sku_checks import SkuRow, check_sku_map, read_rows
from khaos_connectors.core.skus import SkuMap, Target
from khaos_connectors.testing.strategies import sku_maps
from khaos_connectors.testing.warehouse_strategies import item_catalogues, listing_records, sku_rows

law = settings(deadline=None, max_examples=120)
Items = dict[StockCode, ItemRecord]


def catalogue(items: Items, warehouse: Items | None, skus: SkuMap, listings: list[ListingRecord]) -> Catalogue:
    listed: dict[ChannelId, list[ChannelSku]] = {}
    for listing in listings:
        listed.setdefault(listing.channel, []).append(listing.sku)
    return Catalogue(skus=skus, items=items, warehouse=warehouse, listed=listed)


@law
@given(sku_rows(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[SkuRow], random: Random) -> None:
    """A table gives one map, however it is sorted."""
    shuffled = list(rows)
    random.shuffle(shuffled)

    assert read_rows(shuffled) == read_rows(rows)


@law
@given(sku_rows())
def test_a_sku_has_the_meaning_that_all_its_rows_give(rows: list[SkuRow]) -> None:
    """All rows of a SKU agree and it means that, or they do not and it means nothing."""
    table = read_rows(rows)

    for row in rows:
        meanings = {other.target for other in rows if (other.channel, other.sku) == (row.channel, row.sku)}
        found = table.skus.candidate(row.channel, row.sku)
        assert found == (row.target if len(meanings) == 1 else None)


@law
@given(sku_rows(), st.sets(st.sampled_from(["MUG", "CUP", "JUG", "SET"])), st.data())
def test_every_listed_sku_is_clear_or_has_a_reason(rows: list[SkuRow], codes: set[str], data: st.DataObject) -> None:
    """Nothing is dropped; and the clear ones are one-to-one with what they sell."""
    skus = read_rows(rows).skus
    known = {StockCode(code) for code in codes}
    listed = {
        ChannelId("john-lewis"): data.draw(
            st.sets(st.sampled_from([ChannelSku(n) for n in ("MUG", "CUP", "JUG", "mug")]))
        )
    }
    check = check_sku_map(skus, listed=listed, known=known)
    told = {reason.entity for reason in check.reasons}

    for channel, names in listed.items():
        assert all(((channel, sku) in check.clear) is not (f"listing:{sku}" in told) for sku in names)
        targets = [skus.candidate(channel, sku) for sku in names if (channel, sku) in check.clear]
        assert len(set(targets)) == len(targets)
        assert all(isinstance(target, Target) and target.stock_code in known for target in targets)


@law
@given(st.lists(listing_records(), max_size=6), item_catalogues(), st.none() | item_catalogues(), sku_maps())
def test_a_listing_is_ready_or_says_why_not(
    listings: list[ListingRecord], items: Items, warehouse: Items | None, skus: SkuMap
) -> None:
    """One result per listing, alone as in company; what is not ready has reasons, one per type, with every cause."""
    facts = catalogue(items, warehouse, skus, listings)
    results = check_listings(listings, facts)

    assert list(results) == [check_listing(listing, facts) for listing in listings]
    for result in results:
        if isinstance(result, NotReady):
            assert {reason.type for reason in result.reasons} == {failed.type for failed in result.failed}
            assert len(result.reasons) == len({reason.type for reason in result.reasons}) > 0
            told = " ".join(reason.message for reason in result.reasons)
            assert all(failed.why in told for failed in result.failed)
        else:
            assert result.target.stock_code in items
            assert items[result.target.stock_code].sold


@law
@given(st.lists(listing_records(), max_size=6), item_catalogues(), item_catalogues())
def test_nothing_goes_on_sale_by_itself(listings: list[ListingRecord], items: Items, warehouse: Items) -> None:
    """A check may take a listing off sale, never put one on; a second look at what it made changes nothing more."""
    facts = catalogue(items, warehouse, SkuMap(), listings)
    for result in check_listings(listings, facts):
        change = next_state(result)

        assert (change.after is ListingState.ACTIVE) <= (change.before is ListingState.ACTIVE)
        settled = attrs.evolve(result, listing=attrs.evolve(result.listing, state=change.after))
        again = next_state(settled)
        assert again.after is change.after or isinstance(result, Ready)


@law
@given(st.lists(listing_records(), max_size=8), item_catalogues(), item_catalogues())
def test_the_daily_check_adds_up(listings: list[ListingRecord], items: Items, warehouse: Items) -> None:
    """checked = passed + failed, over the active ones; each that fails is told."""
    facts = catalogue(items, warehouse, SkuMap(), listings)
    active = [listing for listing in listings if listing.state is ListingState.ACTIVE]
    daily = check_active(listings, facts)

    assert daily.checked == daily.passed + daily.failed == len(active)
    failing = [listing for listing in active if isinstance(check_listing(listing, facts), NotReady)]
    assert daily.failed == len(failing)
    assert {reason.entity for reason in daily.reasons} == {f"listing:{listing.sku}" for listing in failing}


recipes = st.dictionaries(
    st.sampled_from([StockCode(name) for name in ("SET", "JUG", "CUP")]),
    st.dictionaries(
        st.sampled_from([StockCode(name) for name in ("JUG", "CUP", "MUG", "LID")]), st.integers(0, 3), max_size=3
    ),
)


@law
@given(
    recipes, item_catalogues(), st.sets(st.sampled_from([StockCode(n) for n in ("MUG", "CUP", "JUG", "SET", "LID")]))
)
def test_what_the_warehouse_check_passes_can_be_released(
    needs: dict[StockCode, dict[StockCode, int]], items: Items, stocked: set[StockCode]
) -> None:
    """Check and release agree, kits in kits included: one passes exactly where the other would hand over the order."""
    kits = tuple(Bundle(code, parts) for code, parts in needs.items())
    warehouse = {code: ItemRecord(stock_code=code) for code in stocked}
    uncounted = [code for code, item in items.items() if not item.stock_controlled]
    for code in items:
        record = ListingRecord(channel=ChannelId("web"), sku=ChannelSku(code), state=ListingState.DRAFT)
        facts = Catalogue(skus=SkuMap(), items=items, warehouse=warehouse, kits=kits)
        checked = check_listing(record, facts)
        failed = {failure.check for failure in checked.failed} if isinstance(checked, NotReady) else set[ListingCheck]()
        order = ReleaseCandidate(
            account=AccountId("wms"),
            reference=OrderRef("W1"),
            erp_order=ErpOrderCode("SO1"),
            lines=(DespatchLine(stock_code=code, units=1),),
            delivery=Address(),
        )
        release = decide_release(order, warehouse=stocked, kits=kits, non_stock=uncounted, gates={Gate.ITEMS})

        assert (ListingCheck.WAREHOUSE in failed) is (release.draft is None)
