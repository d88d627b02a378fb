"""Laws of bundles (domain §3 and §12), and independent counts that make up one bundle at a time."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from random import Random

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.bundles import (
    Bundle,
    BundleFault,
    Claim,
    KitRule,
    available_bundles,
    explain_joint,
    flatten,
    joint,
    share_price,
)
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.money import Money
from khaos_connectors.testing.bundle_strategies import bundles, claims, component_stock, nested_kits, stock_by_location

law = settings(deadline=None, max_examples=150)
rules = st.sampled_from(KitRule)
CODES = tuple(StockCode(code) for code in ("A", "B", "C"))


def picked(needs: Mapping[StockCode, int], bins: Sequence[dict[StockCode, int]]) -> int:
    """How many times a picker can take the whole recipe, one unit at a time, each time from a single bin."""
    made = 0
    for shelf in bins:
        while True:
            basket = [code for code, units in needs.items() for _ in range(units)]
            for code in basket:
                shelf[code] = shelf.get(code, 0) - 1
            if any(shelf[code] < 0 for code in basket):
                break
            made += 1
    return made


def some_needs(random: Random) -> dict[StockCode, int]:
    return {code: random.randint(1, 3) for code in random.sample(CODES, random.randint(1, 3))}


@pytest.mark.parametrize("rule", KitRule)
def test_it_is_what_a_picker_makes_up(rule: KitRule) -> None:
    """Two thousand small random cases per rule: as many as are taken from one bin each, or from one pile of all."""
    random = Random(rule.name)
    for _ in range(2000):
        needs = some_needs(random)
        ready = random.randint(0, 3)
        places = {
            name: {code: random.randint(0, 9) for code in random.sample(CODES, random.randint(0, 3))}
            for name in ("L1", "L2", "L3")[: random.randint(0, 3)]
        }
        pile: dict[StockCode, int] = {}
        for place in places.values():
            for code, units in place.items():
                pile[code] = pile.get(code, 0) + units
        bins = [dict(place) for place in places.values()] if rule is KitRule.PER_LOCATION else [pile]

        found = available_bundles(Bundle(StockCode("SET"), needs, ready), places, rule=rule)

        assert found == ready + picked(needs, bins), (needs, places)


def served(line: Sequence[Claim], stock: Mapping[StockCode, int]) -> dict[str, int]:
    """A queue at a counter: who stands first asks for one more unit until the cap or an empty shelf says no."""
    shelf = dict(stock)
    given_out: dict[str, int] = {}
    waiting = list(line)
    while waiting:
        first = waiting[0]
        for other in waiting:
            if (other.priority, other.listing) < (first.priority, first.listing):
                first = other
        waiting.remove(first)
        got, ready = 0, first.prekitted
        while ready < 0 and all(shelf.get(code, 0) >= units for code, units in first.needs.items()):
            for code, units in first.needs.items():
                shelf[code] -= units
            ready += 1
        while got != first.cap and ready >= 0:
            if ready > 0:
                ready -= 1
            elif all(shelf.get(code, 0) >= units for code, units in first.needs.items()):
                for code, units in first.needs.items():
                    shelf[code] -= units
            else:
                break
            got += 1
        given_out[first.listing] = got
    return given_out


def test_it_is_what_a_queue_at_a_counter_gets() -> None:
    """Three thousand small random cases: the same numbers as a queue that is served one unit at a time."""
    random = Random(3)
    for _ in range(3000):
        line = [
            Claim(
                listing,
                some_needs(random),
                cap=random.choice([None, 0, 2, 5]),
                priority=random.randint(0, 2),
                prekitted=random.choice([0, 0, 0, 2, -1]),
            )
            for listing in random.sample(["p", "q", "r", "s"], random.randint(0, 4))
        ]
        stock = {code: random.randint(-1, 12) for code in random.sample(CODES, random.randint(0, 3))}

        assert joint(line, stock) == served(line, stock), (line, stock)


@law
@given(bundles(), stock_by_location())
def test_one_parcel_is_never_more_than_from_anywhere(
    bundle: Bundle, available: Mapping[str, Mapping[StockCode, int]]
) -> None:
    """Domain §3: PER_LOCATION <= POOLED, always: with locations in debt and bundles that are owed too."""
    assert 0 <= available_bundles(bundle, available) <= available_bundles(bundle, available, rule=KitRule.POOLED)


@law
@given(bundles(prekitted=st.just(0)), component_stock(least=0), rules)
def test_at_one_location_it_is_the_least_quotient(
    bundle: Bundle, stock: Mapping[StockCode, int], rule: KitRule
) -> None:
    """Domain §12: ATS(b) = min floor(available / need)."""
    expected = min(stock.get(code, 0) // need for code, need in bundle.needs.items())

    assert available_bundles(bundle, {"MAIN": stock}, rule=rule) == expected


@law
@given(bundles(prekitted=st.just(0)), stock_by_location(), rules)
def test_twice_the_need_is_at_most_half_the_bundles(
    bundle: Bundle, available: Mapping[str, Mapping[StockCode, int]], rule: KitRule
) -> None:
    """Domain §12: need doubled, bundles at most halved."""
    doubled = attrs.evolve(bundle, needs={code: 2 * need for code, need in bundle.needs.items()})

    assert 2 * available_bundles(doubled, available, rule=rule) <= available_bundles(bundle, available, rule=rule)


@law
@given(stock_by_location(least=0), rules, st.sampled_from(["MUG", "SPOON"]))
def test_a_bundle_of_one_thing_is_that_thing(
    available: Mapping[str, Mapping[StockCode, int]], rule: KitRule, code: str
) -> None:
    """Domain §12: a single component with a need of 1."""
    bundle = Bundle(StockCode("SET"), {StockCode(code): 1})

    assert available_bundles(bundle, available, rule=rule) == sum(
        stock.get(StockCode(code), 0) for stock in available.values()
    )


@law
@given(bundles(), stock_by_location(), rules, st.sampled_from(["MAIN", "NEW"]), component_stock(least=0))
def test_more_of_a_component_never_lowers_a_bundle(
    bundle: Bundle,
    available: Mapping[str, Mapping[StockCode, int]],
    rule: KitRule,
    where: str,
    more: Mapping[StockCode, int],
) -> None:
    """A goods receipt at any location never lowers what is shown."""
    there = available.get(where, {})
    received = {code: there.get(code, 0) + more.get(code, 0) for code in there.keys() | more.keys()}

    assert available_bundles(bundle, {**available, where: received}, rule=rule) >= available_bundles(
        bundle, available, rule=rule
    )


@law
@given(claims(), component_stock())
def test_no_component_is_promised_twice(line: list[Claim], stock: Mapping[StockCode, int]) -> None:
    """Domain §12: what all listings use of a component is at most what there is; what is left adds up."""
    found = explain_joint(line, stock)
    made_up = {claim.listing: max(0, found.units[claim.listing] - max(0, claim.prekitted)) for claim in line}
    owed = {claim.listing: max(0, -claim.prekitted) for claim in line}

    for code in stock.keys() | found.left.keys():
        used = stock.get(code, 0) - found.left[code]
        least = sum(made_up[claim.listing] * claim.needs.get(code, 0) for claim in line)
        most = least + sum(owed[claim.listing] * claim.needs.get(code, 0) for claim in line)
        assert least <= used <= most
        assert found.left[code] >= min(0, stock.get(code, 0))


@law
@given(claims(), component_stock(), st.randoms(use_true_random=False))
def test_the_order_of_claims_does_not_matter(line: list[Claim], stock: Mapping[StockCode, int], random: Random) -> None:
    """The same claims in any order give each listing the same."""
    shuffled = list(line)
    random.shuffle(shuffled)

    assert joint(shuffled, stock) == joint(line, stock)


@law
@given(claims(), component_stock())
def test_together_nobody_gets_more_than_alone(line: list[Claim], stock: Mapping[StockCode, int]) -> None:
    """JOINT never shows more than SHARED or than the cap, and who is served first gets just that."""
    shown = joint(line, stock)
    for place, claim in enumerate(sorted(line, key=lambda claim: (claim.priority, claim.listing))):
        alone = available_bundles(Bundle(StockCode("SET"), claim.needs, claim.prekitted), {"MAIN": stock})
        limit = alone if claim.cap is None else min(alone, claim.cap)
        assert 0 <= shown[claim.listing] <= limit
        assert place or shown[claim.listing] == limit


@law
@given(nested_kits(), component_stock(least=0))
def test_flat_by_machine_is_flat_by_hand(kits: list[Bundle], stock: Mapping[StockCode, int]) -> None:
    """Domain §12: flatten(nested) = hand-flattened: taking every kit apart, piece by piece, until none is left."""
    recipes = {kit.code: kit for kit in kits}
    table, parts = [kits[-1].code], dict[StockCode, int]()
    while table:
        piece = table.pop()
        if piece in recipes:
            table += [part for part, units in recipes[piece].needs.items() for _ in range(units)]
        else:
            parts[piece] = parts.get(piece, 0) + 1

    flat = flatten(kits[-1], kits, known=parts)

    assert isinstance(flat, Bundle)
    assert flat.needs == parts
    assert available_bundles(flat, {"MAIN": stock}) == min(stock.get(code, 0) // need for code, need in parts.items())


@law
@given(nested_kits(), st.data())
def test_a_kit_inside_itself_is_always_found(kits: list[Bundle], data: st.DataObject) -> None:
    """Whatever the nest, a way from a kit in it back to itself is found, and named as a way that is there."""
    reached, walk = {kits[-1].code}, [kits[-1]]
    recipes = {kit.code: kit for kit in kits}
    while walk:
        inside = [recipes[part] for part in walk.pop().needs if part in recipes and part not in reached]
        reached |= {kit.code for kit in inside}
        walk += inside
    bad = data.draw(st.sampled_from(sorted(reached)), label="the kit that holds the whole")
    recipes[bad] = Bundle(bad, {**recipes[bad].needs, kits[-1].code: 1})

    found = flatten(recipes[kits[-1].code], recipes.values())

    assert isinstance(found, BundleFault)
    way = found.reasons[0].evidence["cycle"].split(" > ")
    assert way[0] == way[-1]
    assert all(into in recipes[StockCode(kit)].needs for kit, into in pairwise(way))


@law
@given(bundles(), st.lists(st.integers(1, 5000), min_size=4, max_size=4), st.integers(-20_000, 20_000))
def test_a_shared_price_adds_up_to_the_penny(bundle: Bundle, pence: list[int], price: int) -> None:
    """The parts are exactly the price, none is off by a penny or more from its exact part."""
    money = Money.of_minor(price, "GBP")
    listed = {code: Decimal(each).scaleb(-2) for code, each in zip(bundle.needs, pence, strict=False)}
    parts = share_price(money, bundle.needs, listed)
    whole = sum(listed[code] * need for code, need in bundle.needs.items())

    assert sum((part.minor for part in parts.values()), 0) == price
    for code, part in parts.items():
        assert abs(part.minor * whole - price * listed[code] * bundle.needs[code]) < whole
