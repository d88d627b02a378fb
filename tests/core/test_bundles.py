"""Bundles: their recipes, how many there can be, who gets shared components, and the price of each."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import NoReturn

import pytest

from khaos_connectors.core.buffers import Fixed
from khaos_connectors.core.bundles import (
    Bundle,
    BundleFault,
    Claim,
    KitRule,
    available_bundles,
    component_demands,
    explain_joint,
    flatten,
    joint,
    share_price,
)
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, LineId, OrderId, StockCode
from khaos_connectors.core.money import Money
from khaos_connectors.core.stock import Demand, in_flight

A, B, C, SET = (StockCode(code) for code in ("A", "B", "C", "SET"))
MUG, COASTER, NOTE = (StockCode(code) for code in ("MUG", "COASTER", "NOTE"))


def kit(code: str, **needs: int) -> Bundle:
    return Bundle(StockCode(code), {StockCode(part): units for part, units in needs.items()})


def fault(found: Bundle | BundleFault) -> Reason:
    assert isinstance(found, BundleFault)
    (reason,) = found.reasons
    assert reason.entity == found.code
    return reason


def flat(found: Bundle | BundleFault) -> Mapping[StockCode, int]:
    assert isinstance(found, Bundle), found
    return found.needs


class TestFlatten:
    def test_needs_are_multiplied_and_repeated_components_added(self) -> None:
        """Domain §3: two pairs of mugs with a coaster each, and one coaster more, are 4 mugs and 3 coasters."""
        pair = kit("PAIR", MUG=2, COASTER=1)

        assert flat(flatten(kit("SET", PAIR=2, COASTER=1), [pair])) == {MUG: 4, COASTER: 3}

    def test_a_flat_bundle_stays_as_it_is(self) -> None:
        """Nothing to replace: the same needs, and what stands ready is kept."""
        bundle = Bundle(SET, {MUG: 2}, prekitted=3)

        assert flatten(bundle) == bundle
        assert flatten(bundle, [kit("OTHER", C=1)], known=[MUG]) == bundle

    def test_a_kit_that_is_used_twice_counts_twice(self) -> None:
        """One kit by two ways is no cycle; its components add up, whatever the order of the recipes."""
        kits = [kit("LEFT", BASE=2), kit("RIGHT", BASE=3, A=1), kit("BASE", B=5)]

        assert flat(flatten(kit("SET", LEFT=1, RIGHT=1, BASE=1), kits)) == {A: 1, B: 30}
        assert flat(flatten(kit("SET", BASE=1, RIGHT=1, LEFT=1), kits[::-1])) == {A: 1, B: 30}

    def test_a_deep_nest_is_no_trouble(self) -> None:
        """Two thousand levels, and two ways down at each of forty: neither recursion nor 2**40 steps."""
        deep = [kit(f"K{level}", **{f"K{level + 1}": 1}) for level in range(2000)]
        wide = [kit(f"W{level}", **{f"W{level + 1}": 1, f"V{level + 1}": 1}) for level in range(40)]
        wide += [kit(f"V{level}", **{f"W{level + 1}": 1, f"V{level + 1}": 1}) for level in range(1, 40)]

        assert flat(flatten(deep[0], deep[1:])) == {"K2000": 1}
        assert flat(flatten(wide[0], wide)) == {"W40": 2**39, "V40": 2**39}

    def test_a_cycle_is_named(self) -> None:
        """Domain §3: a kit inside itself is BUNDLE_INVALID, with the way round, wherever it begins."""
        kits = [kit("OUTER", INNER=1), kit("INNER", A=1, OUTER=2)]
        reason = fault(flatten(kit("SET", B=1, OUTER=1), kits))

        assert reason.type is ExceptionType.BUNDLE_INVALID
        assert reason.entity == "SET"
        assert reason.evidence == {"cycle": "OUTER > INNER > OUTER"}
        assert reason.message == "Bundle SET - cycle: OUTER > INNER > OUTER."
        assert fault(flatten(kit("SET", SET=1))).evidence == {"cycle": "SET > SET"}

    def test_the_first_of_two_cycles_is_named(self) -> None:
        """One at a time is enough to correct a recipe."""
        assert fault(flatten(kit("SET", K=1, SET=1), [kit("K", K=1)])).evidence == {"cycle": "K > K"}

    @pytest.mark.parametrize("units", [0, -2])
    def test_a_need_of_0_or_less_is_invalid(self, units: int) -> None:
        """Domain §3: also where it stands in a nested kit; the line is named."""
        reason = fault(flatten(kit("SET", PAIR=1, B=1), [kit("PAIR", MUG=units)]))

        assert reason.type is ExceptionType.BUNDLE_INVALID
        assert reason.evidence == {"needs of 0 or less": f"{units} MUG in PAIR"}

    def test_an_unknown_component_is_invalid(self) -> None:
        """Domain §3: codes that the ERP does not have, sorted; kits need not be among those it has."""
        found = flatten(kit("SET", PAIR=1, B=1, A=1), [kit("PAIR", MUG=2)], known=[MUG])

        assert fault(found).evidence == {"unknown": "A, B"}
        assert fault(flatten(kit("SET", MUG=1), known=[])).evidence == {"unknown": "MUG"}
        assert flat(flatten(kit("SET", MUG=1), known=None)) == {MUG: 1}

    def test_a_kit_without_components_is_invalid(self) -> None:
        """There is nothing to make it from, so there is no number of it."""
        assert fault(flatten(kit("SET"))).evidence == {"without components": "SET"}
        assert fault(flatten(kit("SET", K=1, A=1), [kit("K")])).evidence == {"without components": "K"}

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        """One reason holds every fault: an exception item is one per bundle."""
        found = flatten(kit("SET", A=0, B=-1, C=1, K=1), [kit("K", SET=1)], known=[A])

        assert fault(found).evidence == {
            "cycle": "SET > K > SET",
            "needs of 0 or less": "0 A in SET, -1 B in SET",
            "unknown": "B, C",
        }
        assert fault(found).message.endswith("; needs of 0 or less: 0 A in SET, -1 B in SET; unknown: B, C.")

    def test_non_stock_components_are_skipped(self) -> None:
        """Domain §3: a gift note limits nothing, known to the ERP or not."""
        assert flat(flatten(kit("SET", MUG=2, NOTE=1), known=[MUG], non_stock=[NOTE])) == {MUG: 2}

    def test_a_bundle_of_nothing_that_is_counted_needs_a_policy(self) -> None:
        """Domain §3: only non-stock needs, so no number without a policy of its own: CONFIG_MISSING."""
        reason = fault(flatten(kit("SET", NOTE=1), non_stock=[NOTE]))

        assert reason.type is ExceptionType.CONFIG_MISSING
        assert reason.evidence == {"only non-stock": "NOTE"}

    def test_a_fault_names_only_codes_of_its_bundle(self) -> None:
        """A shop has many codes that are not counted; those that are elsewhere are no part of what is wrong here."""
        elsewhere = [StockCode(name) for name in ("POSTAGE", "CARD", "SET", "PAIR")]
        nested = flatten(kit("SET", PAIR=1, CARD=2), [kit("PAIR", NOTE=1)], non_stock=[NOTE, *elsewhere])

        assert fault(nested).evidence == {"only non-stock": "CARD, NOTE"}
        assert fault(nested).message == "Bundle SET - only non-stock: CARD, NOTE."

    def test_two_recipes_of_one_code_are_refused(self) -> None:
        """Which one holds is not for us to guess; the same recipe twice is one."""
        with pytest.raises(ValueError, match="kits: there are two recipes for K"):
            flatten(kit("SET", K=1), [kit("K", A=1), kit("K", A=2)])
        with pytest.raises(ValueError, match="two recipes for SET"):
            flatten(kit("SET", A=1), [kit("SET", A=2)])
        assert flat(flatten(kit("SET", K=1), [kit("K", A=1), kit("K", A=1), kit("SET", K=1)])) == {A: 1}

    def test_units_are_whole_numbers(self) -> None:
        """A recipe of halves is a mistake of units of measure, and a TypeError here."""
        with pytest.raises(TypeError, match=r"needs of A must be an int, not 0\.5"):
            Bundle(SET, {A: 0.5})  # type: ignore[dict-item]  # reason: what an untyped caller passes
        with pytest.raises(TypeError, match="prekitted"):
            Bundle(SET, {A: 1}, prekitted="1")  # type: ignore[arg-type]  # reason: what an untyped caller passes


class OneByOne(dict[StockCode, int]):
    """Stock of a whole site, which must not be gone through for one bundle."""

    def __iter__(self) -> Iterator[StockCode]:
        raise AssertionError("gone through")

    def values(self) -> NoReturn:
        raise AssertionError("gone through")


class TestAvailable:
    def test_the_scarcest_component_decides(self) -> None:
        """Domain §3: the least floor(available / need)."""
        assert available_bundles(Bundle(SET, {A: 2, B: 1}), {"MAIN": {A: 9, B: 7}}) == 4
        assert available_bundles(Bundle(SET, {A: 2, B: 1}), {"MAIN": {A: 9, B: 3}}) == 3

    def test_one_parcel_or_from_anywhere(self) -> None:
        """Domain §3: A at one location and B at another are 5 bundles POOLED and none PER_LOCATION."""
        bundle = Bundle(SET, {A: 1, B: 1})
        apart = {"L1": {A: 5, B: 0}, "L2": {A: 0, B: 5}}

        assert available_bundles(bundle, apart, rule=KitRule.POOLED) == 5
        assert available_bundles(bundle, apart, rule=KitRule.PER_LOCATION) == 0
        assert available_bundles(bundle, apart) == 0

    def test_the_component_has_the_buffer(self) -> None:
        """Domain §3: pool 10, buffer 2, need 3: floor(8 / 3) = 2, with no second buffer for the bundle."""
        buffered = 10 - Fixed(2).units(10)

        assert available_bundles(Bundle(SET, {A: 3}), {"MAIN": {A: buffered}}) == 2

    def test_the_shared_example(self) -> None:
        """Domain §3, SHARED: each listing alone sees all of 10 MUG and 12 COASTER: 6, 5 and 10."""
        stock = {"MAIN": {MUG: 10, COASTER: 12}}
        listings = [Bundle(A, {MUG: 1, COASTER: 2}), Bundle(B, {MUG: 2, COASTER: 1}), Bundle(MUG, {MUG: 1})]

        assert [available_bundles(listing, stock) for listing in listings] == [6, 5, 10]
        assert 1 * 6 + 2 * 5 + 10 == 26

    def test_what_stands_ready_comes_on_top(self) -> None:
        """Domain §3: prekitted, and those that can be made up; below 0, that many are owed first."""
        stock = {"L1": {A: 4}, "L2": {A: 3}}

        assert available_bundles(Bundle(SET, {A: 2}, prekitted=10), stock) == 10 + 2 + 1
        assert available_bundles(Bundle(SET, {A: 2}, prekitted=10), stock, rule=KitRule.POOLED) == 10 + 3
        assert available_bundles(Bundle(SET, {A: 2}, prekitted=-2), stock) == 1
        assert available_bundles(Bundle(SET, {A: 2}, prekitted=-5), stock) == 0

    def test_a_debt_does_not_eat_what_is_kitted(self) -> None:
        """Components that are owed lower what can be made up, not what stands ready."""
        assert available_bundles(Bundle(SET, {A: 1}, prekitted=2), {"MAIN": {A: -5}}) == 2

    def test_a_location_in_debt_takes_from_the_others(self) -> None:
        """As in the pool: what one location owes, another has to send."""
        stock = {"L1": {A: 4}, "L2": {A: -1}}

        assert available_bundles(Bundle(SET, {A: 2}), stock) == 1
        assert available_bundles(Bundle(SET, {A: 2}), stock, rule=KitRule.POOLED) == 1
        assert available_bundles(Bundle(SET, {A: 1}), stock) == 3

    def test_what_is_not_there_is_none(self) -> None:
        """A component that no location names, no location at all: none can be made."""
        for rule in KitRule:
            assert available_bundles(Bundle(SET, {A: 1, B: 1}), {"MAIN": {A: 5}}, rule=rule) == 0
            assert available_bundles(Bundle(SET, {A: 1}, prekitted=1), {}, rule=rule) == 1

    @pytest.mark.parametrize("rule", KitRule)
    @pytest.mark.parametrize("need", [0, -1])
    def test_an_invalid_bundle_is_at_0(self, rule: KitRule, need: int) -> None:
        """Domain §3: need <= 0: the bundle is at 0, what stands ready included, until the recipe is right."""
        assert available_bundles(Bundle(SET, {A: 1, B: need}, prekitted=5), {"MAIN": {A: 5, B: 5}}, rule=rule) == 0

    @pytest.mark.parametrize("rule", KitRule)
    def test_without_a_recipe_there_is_what_stands_ready(self, rule: KitRule) -> None:
        """No needs: nothing can be made up, and nothing is without limit."""
        assert available_bundles(Bundle(SET, {}, prekitted=5), {"MAIN": {A: 5}}, rule=rule) == 5
        assert available_bundles(Bundle(SET, {}), {"MAIN": {A: 5}}, rule=rule) == 0

    @pytest.mark.parametrize("rule", KitRule)
    def test_only_components_are_looked_at(self, rule: KitRule) -> None:
        """What a bundle costs to work out does not grow with the number of other items: all bundles of a catalogue are
        asked for with the same stock."""
        stock = OneByOne({MUG: 9, COASTER: 4, NOTE: 1})

        assert available_bundles(kit("SET", MUG=2, COASTER=1), {"MAIN": stock}, rule=rule) == 4


class TestJoint:
    CLAIMS = (
        Claim("A", {MUG: 1, COASTER: 2}, cap=4),
        Claim("B", {MUG: 2, COASTER: 1}),
        Claim("MUG", {MUG: 1}),
    )

    def test_the_joint_example(self) -> None:
        """Domain §3, JOINT: A 4, B 3, MUG 0; 10 MUG and 11 COASTER are used."""
        stock = {MUG: 10, COASTER: 12}
        found = explain_joint(self.CLAIMS, stock)

        assert joint(self.CLAIMS, stock) == found.units == {"A": 4, "B": 3, "MUG": 0}
        assert found.left == {MUG: 0, COASTER: 1}
        assert stock == {MUG: 10, COASTER: 12}

    def test_each_listing_says_what_held_it_back(self) -> None:
        """The cap, or the component that is scarcest when its turn comes."""
        found = explain_joint([*self.CLAIMS, Claim("Z", {COASTER: 2}, prekitted=1)], {MUG: 10, COASTER: 12})

        assert [taken.why for taken in found.taken] == [
            "no more than 4 are to be listed",
            "6 MUG are left, and one takes 2",
            "0 MUG are left, and one takes 1",
            "1 COASTER are left, and one takes 2; 1 stand ready",
        ]

    def test_priority_goes_before_the_listing_id(self) -> None:
        """Lower numbers first; equal ones by id; the order of the claims does not matter."""
        claims = [Claim("A", {MUG: 1}, priority=1), Claim("C", {MUG: 1}), Claim("B", {MUG: 1}, cap=2)]

        assert joint(claims, {MUG: 3}) == {"B": 2, "C": 1, "A": 0}
        assert joint(claims[::-1], {MUG: 3}) == {"B": 2, "C": 1, "A": 0}

    def test_a_batch_of_lines_has_running_totals(self) -> None:
        """Domain §3: two lines that share a component do not each see all of it: 4 mugs fill one of two orders."""
        lines = [
            Claim("order 2, pair of mugs", {MUG: 2}, cap=1, priority=1),
            Claim("order 1, mug", {MUG: 1}, cap=3, priority=0),
        ]

        assert joint(lines, {MUG: 4}) == {"order 1, mug": 3, "order 2, pair of mugs": 0}

    def test_a_next_batch_starts_from_what_is_left(self) -> None:
        """Two batches with what the first left are one batch."""
        first = explain_joint(self.CLAIMS[:1], {MUG: 10, COASTER: 12})
        then = explain_joint(self.CLAIMS[1:], first.left)

        assert {**first.units, **then.units} == joint(self.CLAIMS, {MUG: 10, COASTER: 12})

    def test_what_stands_ready_goes_first(self) -> None:
        """Prekitted units take no components; what is owed takes some before anything is shown."""
        ready = explain_joint([Claim("A", {MUG: 2}, prekitted=3, cap=4)], {MUG: 10})
        owed = explain_joint([Claim("A", {MUG: 2}, prekitted=-3, cap=1)], {MUG: 10})
        broke = explain_joint([Claim("A", {MUG: 2}, prekitted=-3)], {MUG: 4})

        assert (ready.units, ready.left) == ({"A": 4}, {MUG: 8})
        assert (owed.units, owed.left) == ({"A": 1}, {MUG: 2})
        assert (broke.units, broke.left) == ({"A": 0}, {MUG: 0})
        assert explain_joint([Claim("A", {MUG: 2}, prekitted=5, cap=4)], {MUG: 10}).left == {MUG: 10}

    def test_a_component_in_debt_or_unknown_is_none(self) -> None:
        """A debt stays what it was; a code that is not told of gives nothing."""
        found = explain_joint([Claim("A", {MUG: 1}), Claim("B", {COASTER: 1})], {MUG: -2})

        assert found.units == {"A": 0, "B": 0}
        assert found.left == {MUG: -2, COASTER: 0}
        assert [taken.why for taken in found.taken] == [
            "-2 MUG are left, and one takes 1",
            "0 COASTER are left, and one takes 1",
        ]

    def test_a_listing_claims_once(self) -> None:
        """Two claims of one listing would be one number with two meanings."""
        with pytest.raises(ValueError, match="listing A claims twice"):
            joint([Claim("A", {MUG: 1}), Claim("B", {MUG: 1}), Claim("A", {MUG: 2})], {})

    def test_nobody_claims_nothing(self) -> None:
        """No claims: nothing given, all left."""
        assert explain_joint([], {MUG: 1}).left == {MUG: 1}

    @pytest.mark.parametrize(
        ("fields", "error", "why"),
        [
            ({"needs": {}}, ValueError, "needs: a claim is for one component or more"),
            ({"needs": {MUG: 0}}, ValueError, "needs must be 1 or more, not 0 of MUG"),
            ({"needs": {MUG: 1.0}}, TypeError, r"needs of MUG must be an int, not 1\.0"),
            ({"cap": -1}, ValueError, "cap must be 0 or more, not -1"),
            ({"cap": 1.0}, TypeError, "cap must be an int"),
            ({"priority": "first"}, TypeError, "priority"),
            ({"prekitted": 0.5}, TypeError, "prekitted"),
        ],
    )
    def test_impossible_claims_are_refused(self, fields: dict[str, object], error: type[Exception], why: str) -> None:
        """Each names the field and the rule."""
        with pytest.raises(error, match=why):
            Claim(**{"listing": "A", "needs": {MUG: 1}, **fields})  # type: ignore[arg-type]  # reason: an untyped caller


class TestDemand:
    NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)

    def sold(self, **units: int) -> Demand:
        return Demand(account=AccountId("web"), order_id=OrderId("O1"), line_id=LineId("1"), stock_code=SET, **units)

    def test_an_ordered_bundle_is_component_demand_at_once(self) -> None:
        """Domain §3: in flight counts components: 3 sets, 1 cancelled, are 4 mugs and 2 coasters."""
        parts = component_demands(self.sold(ordered=3, cancelled=1), Bundle(SET, {MUG: 2, COASTER: 1}))

        assert [part.stock_code for part in parts] == [MUG, COASTER]
        assert [in_flight([part], as_of=self.NOON) for part in parts] == [4, 2]

    def test_every_figure_is_multiplied(self) -> None:
        """Cancelled, refused, allocated and despatched bundles are so many components; the order stays the same."""
        demand = self.sold(ordered=10, cancelled=1, refused=2, allocated=3, despatched=4)
        (part,) = component_demands(demand, Bundle(SET, {MUG: 5}))

        assert (part.ordered, part.cancelled, part.refused, part.allocated, part.despatched) == (50, 5, 10, 15, 20)
        assert (part.account, part.order_id, part.line_id) == (demand.account, demand.order_id, demand.line_id)
        assert part.erp_created_at is None

    def test_when_the_erp_had_it_is_kept(self) -> None:
        """A snapshot that contains the order contains its components."""
        demand = Demand(
            account=AccountId("web"),
            order_id=OrderId("O1"),
            line_id=LineId("1"),
            stock_code=SET,
            ordered=1,
            erp_created_at=self.NOON - timedelta(minutes=1),
        )

        assert in_flight(component_demands(demand, Bundle(SET, {MUG: 2})), as_of=self.NOON) == 0

    def test_it_has_to_be_that_bundle(self) -> None:
        """Demand for something else is a mix-up."""
        with pytest.raises(ValueError, match="the demand is for SET, not for KIT"):
            component_demands(self.sold(ordered=1), kit("KIT", MUG=1))


class TestPrice:
    def test_the_worked_number(self) -> None:
        """Domain §3: 49.99 over 20/20/15 is 18.18 / 18.18 / 13.63."""
        prices = {A: Decimal(20), B: Decimal(20), C: Decimal(15)}
        parts = share_price(Money(Decimal("49.99"), "GBP"), {A: 1, B: 1, C: 1}, prices)

        assert [str(part) for part in parts.values()] == ["18.18 GBP", "18.18 GBP", "13.63 GBP"]
        assert list(parts) == [A, B, C]

    def test_several_units_weigh_more(self) -> None:
        """The weight of a component is its list price times its units: 2 x 5 and 1 x 20 share 30 as 10 and 20."""
        parts = share_price(Money(30, "GBP"), {A: 2, B: 1}, {A: Decimal(5), B: Decimal(20), C: Decimal(99)})

        assert parts == {A: Money(10, "GBP"), B: Money(20, "GBP")}

    def test_a_free_component_costs_nothing(self) -> None:
        """List price 0: the others carry the price."""
        assert share_price(Money(9, "GBP"), {A: 1, B: 1}, {A: Decimal(0), B: Decimal(3)})[A] == Money(0, "GBP")

    def test_the_callers_precision_does_not_matter(self) -> None:
        """A decimal context of two digits must not move a penny."""
        prices = {A: Decimal("10.01"), B: Decimal("9.99")}
        with localcontext() as context:
            context.prec = 2
            parts = share_price(Money(2000, "GBP"), {A: 1, B: 1}, prices)

        assert parts == {A: Money(1001, "GBP"), B: Money(999, "GBP")}

    def test_without_list_prices_there_is_no_share(self) -> None:
        """A missing price, a price below 0, and nothing but zeroes are refused."""
        price = Money(9, "GBP")
        with pytest.raises(ValueError, match="list_prices: there is none for B"):
            share_price(price, {A: 1, B: 1}, {A: Decimal(1)})
        with pytest.raises(ValueError, match="add up to 0"):
            share_price(price, {A: 1, B: 1}, {A: Decimal(0), B: Decimal(0)})
        with pytest.raises(ValueError, match="negative"):
            share_price(price, {A: 1, B: 1}, {A: Decimal(2), B: Decimal(-1)})
