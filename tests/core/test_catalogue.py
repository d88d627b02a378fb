"""What follows from all items together: recipes, bar codes, kits that a change touches."""

import random
from decimal import Decimal

import pytest

from khaos_connectors.core.bundles import Bundle, BundleFault, flatten
from khaos_connectors.core.catalogue import BarcodeMiss, bundles_of, index_barcodes, run_to_zero_codes, touched_kits
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.items import ItemRecord

MUG, BOX, SET, TEA = (StockCode(code) for code in ("MUG", "BOX", "SET", "TEA"))


def test_a_kit_gives_its_recipe_and_a_plain_item_none() -> None:
    """Only kits have recipes; *ready* counts for those whose own stock is controlled."""
    items = [
        ItemRecord(stock_code=MUG),
        ItemRecord(stock_code=BOX, kit=True, made_of=((MUG, 4),)),
        ItemRecord(stock_code=SET, kit=True, made_of=((BOX, 1), (TEA, 2)), stock_controlled=False),
    ]

    assert bundles_of(items, ready={BOX: 3, SET: 9, MUG: 7}) == (
        Bundle(BOX, {MUG: 4}, 3),
        Bundle(SET, {BOX: 1, TEA: 2}, 0),
    )
    with pytest.raises(TypeError, match="ready of BOX"):
        bundles_of(items, ready={BOX: 1.0})  # type: ignore[dict-item]


def test_a_part_that_is_named_twice_is_needed_for_both() -> None:
    """Domain §3: repeated components are added. With the last of them alone the kit would be oversold."""
    (bundle,) = bundles_of([ItemRecord(stock_code=BOX, kit=True, made_of=((MUG, 2), (TEA, 1), (MUG, 1)))])

    assert bundle.needs == {MUG: 3, TEA: 1}


def test_a_kit_without_a_known_recipe_is_never_sold() -> None:
    """What is in it cannot be told: the empty recipe is a fault, not a kit without limits."""
    (bundle,) = bundles_of([ItemRecord(stock_code=BOX, kit=True)])

    assert isinstance(flatten(bundle), BundleFault)


def test_parts_are_whole_units_and_rates_percentages() -> None:
    """Half a unit inside and a rate of 120 are refused when the record is made."""
    with pytest.raises(TypeError, match="made_of of MUG"):
        ItemRecord(stock_code=BOX, made_of=((MUG, 1.5),))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="vat_rate"):
        ItemRecord(stock_code=BOX, vat_rate=Decimal(120))


def test_run_to_zero_is_told_by_the_items() -> None:
    """The codes of the items with the flag, and no others."""
    items = [ItemRecord(stock_code=MUG, run_to_zero=True), ItemRecord(stock_code=TEA)]

    assert run_to_zero_codes(items) == {MUG}


def test_kits_of_kits_are_touched_and_circles_end() -> None:
    """A change of a component reaches the kits above it at any depth, also where kits contain each other."""
    kits = [Bundle(BOX, {MUG: 4}), Bundle(SET, {BOX: 1, TEA: 1}), Bundle(TEA, {SET: 1})]

    assert touched_kits({MUG}, kits) == {MUG, BOX, SET, TEA}
    assert touched_kits({SET}, kits[:2]) == {SET}
    assert touched_kits((), kits) == frozenset()


def test_touched_kits_are_those_that_reach_a_changed_code() -> None:
    """Against a search from every kit downwards, in random families of kits."""
    chance = random.Random(4)
    for _ in range(300):
        codes = [StockCode(f"C{number}") for number in range(7)]
        kits = [
            Bundle(code, dict.fromkeys(chance.sample(codes, chance.randint(0, 3)), 1))
            for code in chance.sample(codes, 4)
        ]
        changed = set(chance.sample(codes, chance.randint(0, 3)))
        needs = {kit.code: set(kit.needs) for kit in kits}

        def reaches(code: StockCode, seen: frozenset[StockCode]) -> bool:
            below = needs.get(code, set()) - seen  # noqa: B023 - called inside the loop only
            return code in changed or any(reaches(part, seen | {part}) for part in below)  # noqa: B023 - as above

        assert touched_kits(changed, kits) == changed | {code for code in needs if reaches(code, frozenset({code}))}


def test_one_article_number_is_found_in_every_length() -> None:
    """A UPC of 12 digits is the EAN of 13 with a zero in front; other texts are compared as they stand."""
    index = index_barcodes(
        [
            ItemRecord(stock_code=MUG, barcode="012345678905", barcodes=("012345678905", "MUG/1")),
            ItemRecord(stock_code=TEA, barcodes=(" 96385074 ", "")),
        ]
    )

    assert index.find("0012345678905") == MUG
    assert index.find("00012345678905") == MUG
    assert index.find("96385074") == TEA
    assert index.find("0000096385074") == TEA
    assert index.find(" MUG/1") == MUG
    assert index.find("mug/1") == BarcodeMiss("mug/1", "no item has it")
    assert index.find("12345") == BarcodeMiss("12345", "no item has it")
    assert index.find("") == BarcodeMiss("", "no item has it")


def test_a_bar_code_of_two_items_finds_neither() -> None:
    """It is told as a clash, once, with both codes; an item's own repetition is no clash."""
    index = index_barcodes(
        [
            ItemRecord(stock_code=MUG, barcode="5000000000005", barcodes=("5000000000005",)),
            ItemRecord(stock_code=TEA, barcodes=("05000000000005",)),
        ]
    )

    assert index.find("5000000000005") == BarcodeMiss("5000000000005", "it stands for MUG, TEA", (MUG, TEA))
    assert index.all("5000000000005") == (MUG, TEA)
    (clash,) = index.clashes
    assert (clash.type, clash.entity) == (ExceptionType.SKU_AMBIGUOUS, "barcode:05000000000005")
    assert clash.evidence["stock codes"] == "MUG, TEA"
