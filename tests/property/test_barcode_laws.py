"""Laws of barcodes that pass from item to item: every move ends, and no barcode is ever two items' on the way."""

from collections.abc import Mapping, Sequence

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.barcode_moves import contested_barcodes, items_in_motion, order_moves
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.item_sync import ItemSync, compare_items
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.testing.warehouse_strategies import item_catalogues

law = settings(deadline=None, max_examples=150)
CODES = tuple(StockCode(f"S{number}") for number in range(8))
Items = dict[StockCode, ItemRecord]


def sent(sync: ItemSync, warehouse: Items) -> Items:
    """The warehouse after every step, which it refuses if another of its items has the barcode."""
    after = dict(warehouse)

    def write(item: ItemRecord) -> None:
        bearers = [code for code, stored in after.items() if stored.barcode == item.barcode != ""]
        before = after.get(item.stock_code)
        if before is None or before.barcode != item.barcode:
            assert bearers == [], f"{item.barcode} of {item.stock_code} is still that of {bearers}"
        after[item.stock_code] = item

    for change in sync.change:
        fields = {name: getattr(change.item, name) for name in change.fields}
        write(attrs.evolve(after[change.item.stock_code], **fields))
    for item in sync.create:
        write(item)
    return after


def circles(moves: Mapping[StockCode, str], held: Mapping[StockCode, str]) -> int:
    """How many circles there are, found by walking from each item to the one that has what it wants."""
    holder = {barcode: code for code, barcode in held.items()}
    follows = {code: holder.get(barcode) for code, barcode in moves.items() if held.get(code) != barcode}
    found: set[frozenset[StockCode]] = set()
    for start in follows:
        way = [start]
        while (code := follows.get(way[-1])) is not None and code not in way:
            way.append(code)
        if code == start:
            found.add(frozenset(way))
    return len(found)


@law
@given(st.permutations(range(8)), st.permutations(range(8)), st.integers(0, 8))
def test_any_permutation_of_barcodes_arrives(before: Sequence[int], after: Sequence[int], stored: int) -> None:
    """Moves, chains, swaps, circles, and items that are new: every step is accepted, all is told, nothing is left.

    There is one step per item that changes, and one more per circle.
    """
    erp = {code: ItemRecord(stock_code=code, barcode=f"50{number}") for code, number in zip(CODES, after, strict=True)}
    told = zip(CODES[:stored], before, strict=False)
    warehouse = {code: ItemRecord(stock_code=code, barcode=f"50{number}") for code, number in told}
    sync = compare_items(erp, warehouse)
    moves = {code: item.barcode for code, item in erp.items() if code in warehouse and item != warehouse[code]}
    held = {code: item.barcode for code, item in warehouse.items()}

    assert (sync.conflicts, sync.withheld, sync.reasons) == ((), (), ())
    assert sent(sync, warehouse) == erp
    assert compare_items(erp, erp).in_step
    assert len(sync.change) == len(moves) + circles(moves, held)


@law
@given(item_catalogues(), item_catalogues())
def test_every_step_of_a_plan_is_accepted(erp: Items, warehouse: Items) -> None:
    """With duplicates, blanks, orphans and new items; afterwards only what is in conflict differs."""
    sync = compare_items(erp, warehouse)
    again = compare_items(erp, sent(sync, warehouse))

    assert (again.change, again.create, again.conflicts) == ((), (), sync.conflicts)
    assert {change.item.stock_code for change in sync.change}.isdisjoint(sync.withheld)


few = st.dictionaries(st.sampled_from(CODES), st.sampled_from(("", "1", "2", "3", "4")))


@law
@given(few, few)
def test_what_is_not_contested_can_be_had(wanted: dict[StockCode, str], held: dict[StockCode, str]) -> None:
    """Every item that is in no contest gets its barcode, and every contest is of items that could not all have it."""
    final = {code: wanted.get(code) or held.get(code, "") for code in wanted.keys() | held.keys()}
    contests = contested_barcodes(final, held)
    stuck = {code for codes in contests.values() for code in codes}
    now = dict(held)
    for step in order_moves({code: barcode for code, barcode in final.items() if code not in stuck}, held):
        barcode = "" if step.cleared else final[step.code]
        assert not barcode or barcode == now.get(step.code) or barcode not in now.values()
        now[step.code] = barcode

    assert all(now.get(code, "") == barcode for code, barcode in final.items() if code not in stuck)
    for barcode, codes in contests.items():
        assert len(codes) > 1
        assert all(barcode in (final[code], held.get(code)) for code in codes)
    assert items_in_motion(final, held) >= stuck
