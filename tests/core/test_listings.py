"""The check before a listing goes on sale, its states, and the daily look."""

from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.bundles import Bundle
from khaos_connectors.core.couriers import Carrier, CourierMap, CourierRule
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ChannelId, ChannelSku, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.listing_records import (
    Catalogue,
    ListingCheck,
    ListingRecord,
    ListingState,
    NotReady,
    Ready,
)
from khaos_connectors.core.listing_states import PAUSING, check_active, level_in_state, next_state
from khaos_connectors.core.listings import check_listing, unmapped_couriers
from khaos_connectors.core.push import WantedLevel
from khaos_connectors.core.skus import SkuMap, Target
from khaos_connectors.core.stock_cases import NonStockPolicy

JL = ChannelId("john-lewis")
MUG, CUP, SET, LID = (StockCode(name) for name in ("MUG", "CUP", "SET", "LID"))


def item(code: StockCode) -> ItemRecord:
    return ItemRecord(stock_code=code, barcode=f"50{code}", unit="each", tax_code="S20")


def listing(sku: str = "MUG", state: ListingState = ListingState.DRAFT) -> ListingRecord:
    return ListingRecord(
        channel=JL, sku=ChannelSku(sku), state=state, price=Decimal("9.99"), barcode=f"50{sku}", pack=1
    )


ITEMS = {code: item(code) for code in (MUG, CUP, SET, LID)}
GOOD = Catalogue(
    skus=SkuMap(),
    items=ITEMS,
    warehouse=ITEMS,
    listed={JL: [ChannelSku("MUG"), ChannelSku("CUP"), ChannelSku("SET")]},
)


def with_item(**changes: object) -> Catalogue:
    return attrs.evolve(GOOD, items={**ITEMS, MUG: attrs.evolve(ITEMS[MUG], **changes)}, warehouse=None)


def with_stored(**changes: object) -> Catalogue:
    return attrs.evolve(GOOD, warehouse={**ITEMS, MUG: attrs.evolve(ITEMS[MUG], **changes)})


def mapped(code: StockCode, pack: int = 1, sku: str = "MUG") -> Catalogue:
    return attrs.evolve(GOOD, skus=SkuMap({(JL, ChannelSku(sku)): Target(code, pack)}, identity=False))


def failures(checked: Ready | NotReady) -> list[tuple[ListingCheck, ExceptionType]]:
    assert isinstance(checked, NotReady)
    return [(failed.check, failed.type) for failed in checked.failed]


CASES = [
    (
        listing("OLD"),
        mapped(StockCode("NONE"), sku="OLD"),
        ListingCheck.STOCK_CODE,
        ExceptionType.LISTING_NO_STOCK_CODE,
    ),
    (
        listing("OLD"),
        attrs.evolve(mapped(StockCode("GONE"), sku="OLD"), gone=frozenset({StockCode("GONE")})),
        ListingCheck.STOCK_CODE,
        ExceptionType.LISTING_ORPHANED,
    ),
    (listing(), with_item(blocked=True), ListingCheck.SOLD, ExceptionType.LISTING_ORPHANED),
    (listing(), with_item(discontinued=True), ListingCheck.SOLD, ExceptionType.LISTING_ORPHANED),
    (listing(), with_item(stock_controlled=False), ListingCheck.STOCKED, ExceptionType.CONFIG_MISSING),
    (
        attrs.evolve(listing(), barcode=""),
        attrs.evolve(GOOD, skus=SkuMap({(JL, ChannelSku("CUP")): Target(MUG)})),
        ListingCheck.ONE_TO_ONE,
        ExceptionType.SKU_AMBIGUOUS,
    ),
    (listing(), attrs.evolve(GOOD, warehouse={}), ListingCheck.WAREHOUSE, ExceptionType.SKU_NOT_IN_WMS),
    (attrs.evolve(listing(), barcode="5999"), GOOD, ListingCheck.BARCODE, ExceptionType.SKU_AMBIGUOUS),
    (listing(), with_stored(barcode="5999"), ListingCheck.BARCODE, ExceptionType.SKU_AMBIGUOUS),
    (listing(), with_item(unit=" "), ListingCheck.UNIT, ExceptionType.CONFIG_MISSING),
    (listing(), with_stored(unit="box"), ListingCheck.UNIT, ExceptionType.UOM_MISMATCH),
    (attrs.evolve(listing(), pack=6), GOOD, ListingCheck.UNIT, ExceptionType.UOM_MISMATCH),
    (listing(), with_item(tax_code=""), ListingCheck.TAX, ExceptionType.CONFIG_MISSING),
    (attrs.evolve(listing(), price=None), GOOD, ListingCheck.PRICE, ExceptionType.CONFIG_MISSING),
    (attrs.evolve(listing(), price=Decimal(0)), GOOD, ListingCheck.PRICE, ExceptionType.CONFIG_MISSING),
    (
        listing(),
        attrs.evolve(GOOD, lowest_prices={ChannelSku("MUG"): Decimal(10)}),
        ListingCheck.PRICE,
        ExceptionType.PRICE_DROP,
    ),
    (
        listing(),
        attrs.evolve(GOOD, couriers_unmapped={JL: ["DX 1st"]}),
        ListingCheck.COURIERS,
        ExceptionType.COURIER_UNMAPPED,
    ),
    (listing(), with_item(kit=True), ListingCheck.KIT, ExceptionType.BUNDLE_INVALID),
    (
        listing(),
        attrs.evolve(GOOD, kits=(Bundle(MUG, {StockCode("NONE"): 1}),)),
        ListingCheck.KIT,
        ExceptionType.BUNDLE_INVALID,
    ),
]


class TestCheck:
    def test_a_listing_with_nothing_wrong_is_ready(self) -> None:
        """Domain §11, pre-activation check: READY, with what it sells."""
        assert check_listing(listing(), GOOD) == Ready(listing=listing(), target=Target(MUG))

    @pytest.mark.parametrize(("given", "catalogue", "check", "kind"), CASES)
    def test_each_failure_alone(
        self, given: ListingRecord, catalogue: Catalogue, check: ListingCheck, kind: ExceptionType
    ) -> None:
        """Domain §11, pre-activation check: every cause is found, and nothing else is made of it."""
        checked = check_listing(given, catalogue)

        assert failures(checked) == [(check, kind)]
        assert isinstance(checked, NotReady)
        assert [reason.type for reason in checked.reasons] == [kind]
        assert checked.reasons[0].evidence[check.value]

    def test_every_check_has_a_case(self) -> None:
        """No check of the list stands untested."""
        assert {check for _, _, check, _ in CASES} == set(ListingCheck)

    def test_all_failures_are_told_at_once(self) -> None:
        """Domain §11: a list of reasons; one reason per type holds all causes of it."""
        poor = attrs.evolve(with_item(tax_code="", unit="", stock_controlled=False), couriers_unmapped={JL: ["DX"]})
        checked = check_listing(attrs.evolve(listing(), price=None, pack=2, barcode="5999"), poor)

        assert isinstance(checked, NotReady)
        assert {failed.check for failed in checked.failed} == set(ListingCheck) - {
            ListingCheck.STOCK_CODE,
            ListingCheck.SOLD,
            ListingCheck.ONE_TO_ONE,
            ListingCheck.WAREHOUSE,
            ListingCheck.KIT,
        }
        config = next(r for r in checked.reasons if r.type is ExceptionType.CONFIG_MISSING)
        assert set(config.evidence) == {
            "channel",
            "sku",
            *(check.value for check in (ListingCheck.STOCKED, ListingCheck.UNIT, ListingCheck.TAX, ListingCheck.PRICE)),
        }
        assert len({(r.type, r.entity) for r in checked.reasons}) == len(checked.reasons)

    def test_two_causes_of_one_check_are_both_kept(self) -> None:
        """A barcode that neither the listing nor the warehouse shares is two causes of one reason."""
        checked = check_listing(attrs.evolve(listing(), barcode="1"), with_stored(barcode="2"))

        assert isinstance(checked, NotReady)
        evidence = checked.reasons[0].evidence[ListingCheck.BARCODE.value]
        assert evidence == "the listing has barcode 1, MUG has 50MUG; the warehouse has barcode 2, MUG has 50MUG"

    def test_price_and_couriers_are_checked_without_an_item(self) -> None:
        """A SKU that leads nowhere does not hide what else is wrong; near matches are shown."""
        catalogue = attrs.evolve(GOOD, couriers_unmapped={JL: ["DX"]})
        checked = check_listing(attrs.evolve(listing("mug"), price=None), catalogue)

        assert [check for check, _ in failures(checked)] == [
            ListingCheck.STOCK_CODE,
            ListingCheck.PRICE,
            ListingCheck.COURIERS,
        ]
        assert isinstance(checked, NotReady)
        assert "near: MUG differs only in capitals" in checked.failed[0].why

    def test_an_uncounted_item_with_a_policy(self) -> None:
        """Domain §2.5: stocked, or with a policy."""
        catalogue = attrs.evolve(with_item(stock_controlled=False), non_stock={MUG: NonStockPolicy(quantity=5)})

        assert isinstance(check_listing(listing(), catalogue), Ready)

    def test_a_pack_has_a_barcode_of_its_own(self) -> None:
        """Only a listing of single pieces must have the item's barcode."""
        pack = attrs.evolve(listing(), pack=6, barcode="5999")

        assert check_listing(pack, mapped(MUG, 6)) == Ready(listing=pack, target=Target(MUG, 6))

    def test_unknown_barcodes_packs_and_units_are_not_compared(self) -> None:
        """What one side does not tell cannot disagree."""
        silent = attrs.evolve(listing(), barcode="", pack=None)

        assert isinstance(check_listing(silent, with_stored(barcode="", unit="")), Ready)
        assert isinstance(check_listing(listing(), with_item(barcode="")), Ready)

    def test_a_price_is_exact(self) -> None:
        """Field and rule are named."""
        with pytest.raises(TypeError, match="price must be a Decimal"):
            ListingRecord(channel=JL, sku=ChannelSku("MUG"), state=ListingState.DRAFT, price=9.99)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="price must be a number"):
            attrs.evolve(listing(), price=Decimal("NaN"))
        with pytest.raises(ValueError, match="pack must be 1 or more"):
            attrs.evolve(listing(), pack=0)


class TestKits:
    kits = (Bundle(SET, {MUG: 2, LID: 1}),)

    def catalogue(self, **changes: object) -> Catalogue:
        lid = attrs.evolve(ITEMS[LID], **changes)
        return attrs.evolve(GOOD, kits=self.kits, items={**ITEMS, LID: lid})

    def test_a_kit_that_the_warehouse_lacks_is_picked_by_components(self) -> None:
        """Domain §11, WMS release: kits are exploded, so their components have to be there."""
        catalogue = self.catalogue()
        by_parts = attrs.evolve(catalogue, warehouse={MUG: ITEMS[MUG], LID: ITEMS[LID]})
        lacking = attrs.evolve(catalogue, warehouse={MUG: ITEMS[MUG]})

        assert isinstance(check_listing(listing("SET"), by_parts), Ready)
        assert failures(check_listing(listing("SET"), lacking)) == [
            (ListingCheck.WAREHOUSE, ExceptionType.SKU_NOT_IN_WMS)
        ]

    def test_a_component_that_is_not_sold_any_more(self) -> None:
        """The kit cannot be sent either."""
        assert failures(check_listing(listing("SET"), self.catalogue(discontinued=True))) == [
            (ListingCheck.SOLD, ExceptionType.LISTING_ORPHANED)
        ]
        for change, word in (({"discontinued": True}, "discontinued"), ({"blocked": True}, "blocked")):
            checked = check_listing(listing("SET"), self.catalogue(**change))
            assert isinstance(checked, NotReady)
            assert [failed.why for failed in checked.failed] == [f"LID is {word}"]

    def test_components_that_are_not_counted_are_left_out(self) -> None:
        """Domain §3: a gift note need not be in the warehouse."""
        catalogue = attrs.evolve(self.catalogue(stock_controlled=False), warehouse={MUG: ITEMS[MUG]})

        assert isinstance(check_listing(listing("SET"), catalogue), Ready)

    def test_a_kit_of_nothing_that_is_counted_needs_a_policy(self) -> None:
        """Domain §3: a bundle with only such needs requires a policy of its own."""
        catalogue = attrs.evolve(self.catalogue(stock_controlled=False), kits=(Bundle(SET, {LID: 1}),))
        allowed = attrs.evolve(catalogue, non_stock={SET: NonStockPolicy(quantity=3)})

        assert failures(check_listing(listing("SET"), catalogue)) == [(ListingCheck.KIT, ExceptionType.CONFIG_MISSING)]
        assert isinstance(check_listing(listing("SET"), allowed), Ready)

    def test_nested_kits(self) -> None:
        """Domain §3: flattened first; a kit inside itself is told with the way round."""
        nested = attrs.evolve(GOOD, kits=(Bundle(SET, {CUP: 1}), Bundle(CUP, {MUG: 1, LID: 2})))
        cycle = attrs.evolve(GOOD, kits=(Bundle(SET, {CUP: 1}), Bundle(CUP, {SET: 1})))
        deep = attrs.evolve(GOOD, kits=(Bundle(SET, {CUP: 1}), Bundle(CUP, {LID: 1}), Bundle(LID, {MUG: 2})))

        assert isinstance(check_listing(listing("SET"), nested), Ready)
        assert isinstance(check_listing(listing("SET"), attrs.evolve(deep, warehouse={MUG: ITEMS[MUG]})), Ready)
        checked = check_listing(listing("SET"), cycle)
        assert failures(checked) == [(ListingCheck.KIT, ExceptionType.BUNDLE_INVALID)]
        assert isinstance(checked, NotReady)
        assert "SET > CUP > SET" in checked.failed[0].why

    def test_a_nested_kit_that_the_warehouse_stocks_whole(self) -> None:
        """Domain §11, WMS release: it is picked whole, so what it is made of need not be there, counted or not."""
        nested = attrs.evolve(GOOD, kits=(Bundle(SET, {CUP: 1, LID: 1}), Bundle(CUP, {MUG: 2})))
        stored = attrs.evolve(nested, warehouse={CUP: ITEMS[CUP], LID: ITEMS[LID]})
        uncounted = attrs.evolve(stored, items={**ITEMS, CUP: attrs.evolve(ITEMS[CUP], stock_controlled=False)})

        assert isinstance(check_listing(listing("SET"), stored), Ready)
        assert isinstance(check_listing(listing("SET"), uncounted), Ready)
        for lacking, code in (({CUP: ITEMS[CUP]}, "LID"), ({LID: ITEMS[LID]}, "MUG")):
            checked = check_listing(listing("SET"), attrs.evolve(uncounted, warehouse=lacking))
            assert failures(checked) == [(ListingCheck.WAREHOUSE, ExceptionType.SKU_NOT_IN_WMS)]
            assert isinstance(checked, NotReady)
            assert checked.failed[0].why == f"the warehouse does not know {code}"

    def test_a_nested_kit_that_is_not_sold_any_more(self) -> None:
        """Picked whole, it is a component like any other; taken apart, only what it is made of matters."""
        items = {**ITEMS, CUP: attrs.evolve(ITEMS[CUP], discontinued=True)}
        nested = attrs.evolve(GOOD, items=items, kits=(Bundle(SET, {CUP: 1}), Bundle(CUP, {MUG: 2})))
        whole = check_listing(listing("SET"), attrs.evolve(nested, warehouse={CUP: ITEMS[CUP]}))

        assert failures(whole) == [(ListingCheck.SOLD, ExceptionType.LISTING_ORPHANED)]
        assert isinstance(check_listing(listing("SET"), attrs.evolve(nested, warehouse={MUG: ITEMS[MUG]})), Ready)

    def test_a_nested_kit_that_the_erp_does_not_list(self) -> None:
        """The warehouse stocks it, and its recipe is known; nothing says that it is not sold any more."""
        kits = (Bundle(SET, {StockCode("PAIR"): 1}), Bundle(StockCode("PAIR"), {MUG: 2}))
        stored = {StockCode("PAIR"): item(StockCode("PAIR"))}

        assert isinstance(check_listing(listing("SET"), attrs.evolve(GOOD, kits=kits, warehouse=stored)), Ready)

    def test_components_that_nobody_knows(self) -> None:
        """The warehouse lacks all of them, and of one the ERP has no item: each is told where it belongs."""
        kits = (Bundle(SET, {MUG: 1, LID: 1, StockCode("NONE"): 1}),)
        checked = check_listing(listing("SET"), attrs.evolve(GOOD, kits=kits, warehouse={}))

        assert isinstance(checked, NotReady)
        assert [failed.why for failed in checked.failed] == [
            "the warehouse does not know MUG, LID, NONE",
            "Bundle SET - unknown: NONE.",
        ]

    def test_a_kit_that_cannot_be_taken_apart(self) -> None:
        """Nobody could pick it: it is named itself, beside the fault of its recipe."""
        catalogue = attrs.evolve(GOOD, kits=(Bundle(SET, {MUG: 0}),), warehouse={MUG: ITEMS[MUG]})

        assert failures(check_listing(listing("SET"), catalogue)) == [
            (ListingCheck.WAREHOUSE, ExceptionType.SKU_NOT_IN_WMS),
            (ListingCheck.KIT, ExceptionType.BUNDLE_INVALID),
        ]


class TestCouriers:
    def test_services_without_a_carrier(self) -> None:
        """Domain §11: courier services for the channel mapped."""
        couriers = CourierMap([CourierRule(carrier="DPD", courier="DPD", channel="john-lewis")])
        live = [Carrier(code="DPD", label="DPD UK")]
        services = [("DPD", "Next Day"), ("Our Van", "")]

        assert unmapped_couriers(couriers, services, channel=JL, live=live) == ("Our Van",)
        assert unmapped_couriers(couriers, services, channel=JL, live=live, free_text=True) == ()


READY = Ready(listing=listing(), target=Target(MUG))


class TestStates:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (ListingState.DRAFT, ListingState.READY),
            (ListingState.READY, ListingState.READY),
            (ListingState.ACTIVE, ListingState.ACTIVE),
            (ListingState.PAUSED, ListingState.PAUSED),
            (ListingState.ORPHANED, ListingState.DRAFT),
        ],
    )
    def test_passing_puts_nothing_on_sale(self, before: ListingState, after: ListingState) -> None:
        """A listing becomes ready, never active: that is a person's word."""
        change = next_state(attrs.evolve(READY, listing=listing(state=before)))

        assert (change.before, change.after, change.why) == (before, after, "all checks passed")

    @pytest.mark.parametrize(
        ("catalogue", "before", "after"),
        [
            (attrs.evolve(GOOD, warehouse={}), ListingState.DRAFT, ListingState.DRAFT),
            (attrs.evolve(GOOD, warehouse={}), ListingState.READY, ListingState.DRAFT),
            (attrs.evolve(GOOD, warehouse={}), ListingState.ACTIVE, ListingState.PAUSED),
            (attrs.evolve(GOOD, warehouse={}), ListingState.PAUSED, ListingState.PAUSED),
            (with_item(tax_code=""), ListingState.ACTIVE, ListingState.ACTIVE),
            (with_item(discontinued=True), ListingState.ACTIVE, ListingState.ORPHANED),
            (with_item(discontinued=True), ListingState.PAUSED, ListingState.ORPHANED),
            (with_item(discontinued=True), ListingState.ORPHANED, ListingState.ORPHANED),
        ],
    )
    def test_failing(self, catalogue: Catalogue, before: ListingState, after: ListingState) -> None:
        """Domain §11: active and failing is paused by policy; what has lost its item is orphaned."""
        change = next_state(check_listing(listing(state=before), catalogue))

        assert (change.before, change.after) == (before, after)
        assert change.why

    def test_the_policy_is_the_users(self) -> None:
        """Nothing pauses, or a missing tax code does."""
        failing = check_listing(listing(state=ListingState.ACTIVE), with_item(tax_code="", blocked=True))

        assert next_state(failing, pausing=()).after is ListingState.ACTIVE
        assert next_state(failing, pausing={ExceptionType.CONFIG_MISSING}).after is ListingState.ORPHANED

    @pytest.mark.parametrize(
        ("state", "units"),
        [
            (ListingState.DRAFT, None),
            (ListingState.READY, 5),
            (ListingState.ACTIVE, 5),
            (ListingState.PAUSED, None),
            (ListingState.ORPHANED, 0),
        ],
    )
    def test_what_is_pushed(self, state: ListingState, units: int | None) -> None:
        """Domain §5: drafts and paused listings get no push, orphans get 0."""
        assert level_in_state(state, WantedLevel(ChannelSku("MUG"), 5)).units == units

    @pytest.mark.parametrize("state", ListingState)
    def test_nothing_left_is_told_to_a_paused_listing_too(self, state: ListingState) -> None:
        """Domain §2.5: 0, and pause: a channel may put it back on sale, and must not sell what was there before."""
        wanted = WantedLevel(ChannelSku("MUG"), 0, "sold out")
        pushed = level_in_state(state, wanted)

        assert pushed.units == (None if state is ListingState.DRAFT else 0)
        assert (pushed == wanted) is (state not in {ListingState.DRAFT, ListingState.ORPHANED})

    @pytest.mark.parametrize("state", [ListingState.DRAFT, ListingState.PAUSED])
    def test_an_unknown_level_says_why_nothing_is_pushed(self, state: ListingState) -> None:
        """It stays unknown; the state is the reason that counts."""
        pushed = level_in_state(state, WantedLevel(ChannelSku("MUG"), None, "the snapshot is stale"))

        assert pushed.units is None
        assert pushed.why == f"the listing is {state.value}: no stock is pushed for it"


class TestDaily:
    def test_all_active_listings_are_looked_at(self) -> None:
        """Domain §11: daily over all active ones: failing is paused and told; the others are left alone."""
        catalogue = attrs.evolve(GOOD, warehouse={CUP: ITEMS[CUP]})
        rows = [listing(state=ListingState.ACTIVE), listing("CUP", ListingState.ACTIVE), listing("SET")]
        daily = check_active(rows, catalogue)

        assert (daily.checked, daily.passed, daily.failed) == (2, 1, 1)
        assert [(change.sku, change.after) for change in daily.changes] == [("MUG", ListingState.PAUSED)]
        assert [(r.type, r.entity) for r in daily.reasons] == [(ExceptionType.SKU_NOT_IN_WMS, "listing:MUG")]

    def test_a_failure_that_does_not_pause_is_still_told(self) -> None:
        """The exception comes with or without a pause."""
        daily = check_active([listing(state=ListingState.ACTIVE)], with_item(tax_code=""))

        assert daily.changes == ()
        assert [r.type for r in daily.reasons] == [ExceptionType.CONFIG_MISSING]
        assert ExceptionType.CONFIG_MISSING not in PAUSING


def test_items_are_exact() -> None:
    """Field and rule are named."""
    with pytest.raises(ValueError, match="stock_code must not be blank"):
        ItemRecord(stock_code=StockCode(" "))
    with pytest.raises(TypeError, match="weight must be a Decimal"):
        ItemRecord(stock_code=MUG, weight=0.5)  # type: ignore[arg-type]  # that it is a float is the point
    with pytest.raises(ValueError, match="weight must be 0 or more"):
        ItemRecord(stock_code=MUG, weight=Decimal(-1))
    assert ItemRecord(stock_code=MUG, weight=Decimal("0.5")).sold
