"""Barcodes that pass from one item of the warehouse to another: who may have which, and in which order they move.

A warehouse refuses a barcode that another of its items still has, and one that accepted it would scan the wrong item.
So an item gives up its barcode before the next one takes it. Where items wait for each other in a circle (two have
swapped), one of them has to be without a barcode for a moment.
"""

import heapq
from collections import defaultdict
from collections.abc import Mapping

import attrs

from khaos_connectors.core.fields import typed
from khaos_connectors.core.ids import StockCode

__all__ = ["BarcodeStep", "contested_barcodes", "items_in_motion", "order_moves"]


@attrs.frozen(field_transformer=typed)
class BarcodeStep:
    """The next item to be written. *cleared*: it only gives up its barcode, and has another step for the new one."""

    code: StockCode
    cleared: bool = False


def contested_barcodes(
    wanted: Mapping[StockCode, str], held: Mapping[StockCode, str]
) -> dict[str, tuple[StockCode, ...]]:
    """Barcodes that would be those of several items after all moves, with these items; sorted.

    *wanted* is every item's barcode after the moves, *held* what the warehouse has now; blank is none. Nothing is moved
    of an item in such a contest, so what it holds stays taken: who wants that is in a contest as well.
    """
    bearers = _items_by_barcode(wanted)
    contested = {barcode: set(codes) for barcode, codes in bearers.items() if len(codes) > 1}
    stuck = {code for codes in contested.values() for code in codes}
    waiting = sorted(stuck)
    while waiting:
        holder = waiting.pop()
        barcode = held.get(holder, "")
        takers = bearers.get(barcode, set()) - {holder}
        if takers:
            contested.setdefault(barcode, set()).update(takers, {holder})
        waiting.extend(takers - stuck)
        stuck |= takers
    return {barcode: tuple(sorted(codes)) for barcode, codes in sorted(contested.items())}


def items_in_motion(wanted: Mapping[StockCode, str], held: Mapping[StockCode, str]) -> set[StockCode]:
    """Items of which a barcode, the old or the new one, is another item's as well until everything has moved."""
    bearers = _items_by_barcode(wanted)
    for barcode, codes in _items_by_barcode(held).items():
        bearers[barcode] |= codes
    return {code for codes in bearers.values() if len(codes) > 1 for code in codes}


def order_moves(wanted: Mapping[StockCode, str], held: Mapping[StockCode, str]) -> tuple[BarcodeStep, ...]:
    """The items of *wanted* in an order in which no barcode is taken before it was given up, else by stock code.

    An item whose barcode stays has a step like the others: something else of it may change. Where only items are left
    that wait for each other in circles, the one with the lowest stock code is cleared. Raises ValueError for an item in
    a contest (``contested_barcodes``): nobody would ever give up what it wants.
    """
    contests = contested_barcodes({**held, **wanted}, held)
    for barcode, codes in contests.items():
        if not wanted.keys().isdisjoint(codes):
            raise ValueError(f"barcode {barcode} is contested by {', '.join(codes)}: none of them can move")
    holders = _items_by_barcode(held)
    blockers = {code: holders.get(barcode, set()) - {code} for code, barcode in wanted.items()}
    ready = [code for code, others in blockers.items() if not others or wanted[code] == held.get(code, "")]
    blocked = {code: blockers[code] for code in blockers.keys() - set(ready)}
    # A barcode is wanted by one item and an item has one: each stands in the way of one other at most.
    taker = {other: code for code, others in blocked.items() for other in others}
    heapq.heapify(ready)
    lowest = iter(sorted(blocked))
    steps: list[BarcodeStep] = []
    while ready or blocked:
        if ready:
            step = BarcodeStep(heapq.heappop(ready))
        else:
            step = BarcodeStep(next(code for code in lowest if code in blocked), cleared=True)
        steps.append(step)
        freed = taker.pop(step.code, None)
        if freed is not None:
            blocked[freed].discard(step.code)
            if not blocked[freed]:
                del blocked[freed]
                heapq.heappush(ready, freed)
    return tuple(steps)


def _items_by_barcode(barcodes: Mapping[StockCode, str]) -> defaultdict[str, set[StockCode]]:
    bearers: defaultdict[str, set[StockCode]] = defaultdict(set)
    for code, barcode in barcodes.items():
        if barcode:
            bearers[barcode].add(code)
    return bearers
