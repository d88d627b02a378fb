"""The items of the ERP against those of the warehouse: what to create, what to correct, and what nobody may guess."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from enum import Enum

import attrs

from khaos_connectors.core.barcode_moves import contested_barcodes, items_in_motion, order_moves
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.items import ItemRecord

__all__ = ["BarcodeConflict", "ItemChange", "ItemSync", "ItemUse", "compare_items"]

FIELDS = ("description", "barcode", "unit", "weight", "kit")
"""What the warehouse keeps of an item, and the ERP decides."""


class ItemUse(Enum):
    """What waits for an item: an ORDER to be picked, a DELIVERY to be booked in."""

    ORDER = "order"
    DELIVERY = "delivery"


@attrs.frozen(field_transformer=typed)
class ItemChange:
    """What to correct in the warehouse: *item* as the ERP has it, and the names of the *fields* that differ there.

    An item whose barcode has to be free for another one first is *item* as the warehouse has it, without its barcode.
    """

    item: ItemRecord
    fields: tuple[str, ...]


@attrs.frozen(field_transformer=typed)
class BarcodeConflict:
    """One *barcode* that would stand for several *codes* even after everything was sent."""

    barcode: str
    codes: tuple[StockCode, ...]


@attrs.frozen(kw_only=True, field_transformer=typed)
class ItemSync:
    """What the warehouse is to be told of items, and what has to wait for people.

    *change* is to be sent in its order and *create* after it: then no barcode is taken before it was given up, and none
    ever stands for two items on the way. Where items have swapped barcodes, one of them is in *change* twice: first it
    gives up its barcode, later it is given the new one. *conflicts* are barcodes of several items, which are not sent:
    *withheld*. *orphans* are codes that only the warehouse has. *waiting* are orders and deliveries with an item that
    the warehouse cannot work with yet, by kind and reference (one reference may be both), with the codes.
    """

    create: tuple[ItemRecord, ...]
    change: tuple[ItemChange, ...]
    conflicts: tuple[BarcodeConflict, ...]
    withheld: tuple[StockCode, ...]
    orphans: tuple[StockCode, ...]
    waiting: Mapping[tuple[ItemUse, str], tuple[StockCode, ...]]
    reasons: tuple[Reason, ...]

    @property
    def in_step(self) -> bool:
        """Whether there is nothing to do; true of what is read back after everything was sent."""
        return not (self.create or self.change or self.conflicts or self.orphans)


def compare_items(
    erp: Mapping[StockCode, ItemRecord],
    warehouse: Mapping[StockCode, ItemRecord],
    *,
    orders: Mapping[str, Collection[StockCode]] | None = None,
    goods_in: Mapping[str, Collection[StockCode]] | None = None,
    kept: Collection[str] = FIELDS,
) -> ItemSync:
    """The differences between *erp* and *warehouse*, both by stock code.

    Every item that is sold, and every one in *orders* and *goods_in* (codes by reference: open orders, deliveries due),
    belongs into the warehouse. *kept* are the fields that the warehouse keeps at all. A field that the ERP leaves blank
    is not compared: it does not wipe out what the warehouse has.

    A barcode that has passed from one item to another is a change of both, in an order that works (see ``ItemSync``).
    It is a conflict only where two items would have it in the end: the ERP says so, or the warehouse has it for an item
    that keeps it because the ERP does not have the item, says nothing of its barcode, or it is in a conflict itself.

    Raises ValueError for a field that is not one of ``FIELDS``, and for a mapping whose key is not the item's code.
    """
    _check(erp, warehouse, kept)
    needed = _needed(orders or {}, goods_in or {})
    # Warehouses that keep no barcodes hold none that another item could want.
    held = {code: item.barcode.strip() for code, item in warehouse.items()} if "barcode" in kept else {}
    wanted = {
        code: (erp[code].barcode.strip() if code in erp else "") or held.get(code, "")
        for code in erp.keys() | warehouse.keys()
    }
    conflicts = tuple(BarcodeConflict(*contest) for contest in contested_barcodes(wanted, held).items())
    withheld = {code for conflict in conflicts for code in conflict.codes}
    create = [
        item
        for code, item in sorted(erp.items())
        if code not in warehouse and code not in withheld and (item.sold or code in needed)
    ]
    changes = {
        code: ItemChange(item, fields)
        for code, item in erp.items()
        if code in warehouse and code not in withheld and (fields := _differing(item, warehouse[code], kept))
    }
    orphans = sorted(warehouse.keys() - erp.keys())
    absent_for = _lacking(orders or {}, warehouse, ())
    # Until a barcode is one item's, nobody can tell which goods arrive: deliveries wait, even if the warehouse has it.
    blocked_for = _lacking(goods_in or {}, warehouse, withheld | items_in_motion(wanted, held))
    reasons = [
        *(_missing_in_warehouse(code, refs) for code, refs in absent_for.items()),
        *(_goods_in(code, refs, erp, warehouse, withheld) for code, refs in blocked_for.items()),
        *map(_conflict, conflicts),
        *map(_orphan, orphans),
    ]
    return ItemSync(
        create=tuple(create),
        change=_in_order(changes, warehouse, wanted, held),
        conflicts=conflicts,
        withheld=tuple(sorted(withheld & erp.keys())),
        orphans=tuple(orphans),
        waiting={**_waiting(ItemUse.ORDER, absent_for), **_waiting(ItemUse.DELIVERY, blocked_for)},
        reasons=tuple(reasons),
    )


def _check(
    erp: Mapping[StockCode, ItemRecord], warehouse: Mapping[StockCode, ItemRecord], kept: Collection[str]
) -> None:
    unknown = sorted(set(kept) - set(FIELDS))
    if unknown:
        raise ValueError(f"kept: {', '.join(unknown)} is not one of {', '.join(FIELDS)}")
    for items in (erp, warehouse):
        for code, item in items.items():
            if code != item.stock_code:
                raise ValueError(f"the item under {code} has the stock code {item.stock_code}")


def _needed(*uses: Mapping[str, Collection[StockCode]]) -> set[StockCode]:
    return {code for use in uses for codes in use.values() for code in codes}


def _differing(item: ItemRecord, stored: ItemRecord, kept: Collection[str]) -> tuple[str, ...]:
    told: dict[str, tuple[str | Decimal | bool | None, str | Decimal | bool | None]] = {
        "description": (item.description.strip(), stored.description.strip()),
        "barcode": (item.barcode.strip(), stored.barcode.strip()),
        "unit": (item.unit.strip(), stored.unit.strip()),
        "weight": (item.weight, stored.weight),
        "kit": (item.kit, stored.kit),
    }
    return tuple(
        name for name, (ours, theirs) in told.items() if name in kept and ours not in ("", None) and ours != theirs
    )


def _in_order(
    changes: Mapping[StockCode, ItemChange],
    warehouse: Mapping[StockCode, ItemRecord],
    wanted: Mapping[StockCode, str],
    held: Mapping[StockCode, str],
) -> tuple[ItemChange, ...]:
    steps = order_moves({code: wanted[code] for code in changes}, held)
    return tuple(
        ItemChange(attrs.evolve(warehouse[step.code], barcode=""), ("barcode",)) if step.cleared else changes[step.code]
        for step in steps
    )


def _lacking(
    uses: Mapping[str, Collection[StockCode]], warehouse: Mapping[StockCode, ItemRecord], also: Collection[StockCode]
) -> dict[StockCode, list[str]]:
    """Codes that are used and that the warehouse cannot work with, each with the references that wait for it."""
    lacking: defaultdict[StockCode, list[str]] = defaultdict(list)
    for reference, codes in sorted(uses.items()):
        for code in sorted(set(codes)):
            if code not in warehouse or code in also:
                lacking[code].append(reference)
    return lacking


def _waiting(
    use: ItemUse, lacking: Mapping[StockCode, Sequence[str]]
) -> dict[tuple[ItemUse, str], tuple[StockCode, ...]]:
    """The same by reference."""
    waiting: defaultdict[str, list[StockCode]] = defaultdict(list)
    for code, references in sorted(lacking.items()):
        for reference in references:
            waiting[reference].append(code)
    return {(use, reference): tuple(codes) for reference, codes in sorted(waiting.items())}


def _missing_in_warehouse(code: StockCode, references: list[str]) -> Reason:
    return Reason(
        type=ExceptionType.SKU_NOT_IN_WMS,
        entity=f"stock:{code}",
        message=f"the warehouse does not know {code}; waiting for it: {', '.join(references)}",
        evidence={"stock code": code, "orders": ", ".join(references)},
    )


def _goods_in(
    code: StockCode,
    references: list[str],
    erp: Mapping[StockCode, ItemRecord],
    warehouse: Mapping[StockCode, ItemRecord],
    withheld: Collection[StockCode],
) -> Reason:
    if code in withheld:
        why = "its barcode is another item's as well"
    elif code in warehouse:
        why = "its barcode is another item's until the changes are sent"
    elif code in erp:
        why = "the warehouse does not know it yet"
    else:
        why = "neither the warehouse nor the ERP knows it"
    return Reason(
        type=ExceptionType.GOODS_IN_UNKNOWN_SKU,
        entity=f"stock:{code}",
        message=f"{code} cannot be booked in ({why}): {', '.join(references)}",
        evidence={"stock code": code, "deliveries": ", ".join(references), "why": why},
    )


def _conflict(conflict: BarcodeConflict) -> Reason:
    codes = ", ".join(conflict.codes)
    return Reason(
        type=ExceptionType.SKU_AMBIGUOUS,
        entity=f"barcode:{conflict.barcode}",
        message=f"barcode {conflict.barcode} stands for {codes}: none of them is sent to the warehouse",
        evidence={"barcode": conflict.barcode, "stock codes": codes},
    )


def _orphan(code: StockCode) -> Reason:
    return Reason(
        type=ExceptionType.STOCK_CODE_MISSING,
        entity=f"stock:{code}",
        message=f"the warehouse has {code}, the ERP does not",
        evidence={"stock code": code, "found in": "warehouse"},
    )
