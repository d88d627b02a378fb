"""What follows from all items of an ERP together: recipes, bar codes, what must not be sold beyond what is there."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

import attrs

from khaos_connectors.core.bundles import Bundle
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed, whole_numbers
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.items import ItemRecord

__all__ = ["BarcodeIndex", "BarcodeMiss", "bundles_of", "index_barcodes", "run_to_zero_codes", "touched_kits"]

_NONE_READY: Mapping[StockCode, int] = MappingProxyType({})
_GTIN_LENGTHS = frozenset({8, 12, 13, 14})
_GTIN = 14


def bundles_of(items: Iterable[ItemRecord], *, ready: Mapping[StockCode, int] = _NONE_READY) -> tuple[Bundle, ...]:
    """The recipe of every kit among *items*, in their order.

    *ready* are the kits that stand made up on the shelf, by code: they count for those whose own stock is controlled,
    and for no others. A part that stands in a recipe twice is needed for both. A kit of which nobody can tell what is
    in it comes with an empty recipe, so that ``flatten`` says so and nothing of it is sold. Raises TypeError for a
    number in *ready* that is not an int.
    """
    whole_numbers("ready", ready)
    return tuple(
        Bundle(item.stock_code, _added(item.made_of), ready.get(item.stock_code, 0) if item.stock_controlled else 0)
        for item in items
        if item.kit
    )


def _added(parts: Iterable[tuple[StockCode, int]]) -> dict[StockCode, int]:
    needs: dict[StockCode, int] = {}
    for code, units in parts:
        needs[code] = needs.get(code, 0) + units
    return needs


def touched_kits(changed: Collection[StockCode], kits: Iterable[Bundle]) -> frozenset[StockCode]:
    """*changed* and every one of *kits* that has one of them in it, however deep: what is left of it changed too."""
    users: dict[StockCode, list[StockCode]] = {}
    for kit in kits:
        for part in kit.needs:
            users.setdefault(part, []).append(kit.code)
    touched = set(changed)
    todo = list(touched)
    while todo:
        new = [code for code in users.get(todo.pop(), ()) if code not in touched]
        touched.update(new)
        todo += new
    return frozenset(touched)


def run_to_zero_codes(items: Iterable[ItemRecord]) -> frozenset[StockCode]:
    """The items of which nothing may be sold beyond what is there: an order for more of them fails in the ERP."""
    return frozenset(item.stock_code for item in items if item.run_to_zero)


# --- bar codes -----------------------------------------------------------------------------------------------------


@attrs.frozen(field_transformer=typed)
class BarcodeMiss:
    """That *barcode* finds no item, and *why*; *codes* are those that it stands for, where they are several."""

    barcode: str
    why: str
    codes: tuple[StockCode, ...] = ()


@attrs.frozen
class BarcodeIndex:
    """Items by bar code; *codes* is by the code as ``find`` compares it."""

    codes: Mapping[str, tuple[StockCode, ...]]

    def find(self, barcode: str) -> StockCode | BarcodeMiss:
        """The item with *barcode*; or why there is none. One that stands for several is never guessed."""
        found = self.all(barcode)
        if len(found) == 1:
            return found[0]
        why = f"it stands for {', '.join(found)}" if found else "no item has it"
        return BarcodeMiss(barcode, why, found)

    def all(self, barcode: str) -> tuple[StockCode, ...]:
        """Every item with *barcode*, in the order of the items."""
        return self.codes.get(_compared(barcode), ())

    @property
    def clashes(self) -> tuple[Reason, ...]:
        """``SKU_AMBIGUOUS`` for every bar code that stands for several items, in the order of the bar codes."""
        return tuple(_clash(barcode, codes) for barcode, codes in sorted(self.codes.items()) if len(codes) > 1)


def index_barcodes(items: Iterable[ItemRecord]) -> BarcodeIndex:
    """The index over every bar code of *items*; there is no other way from a bar code to an item.

    Numbers of 8, 12, 13 and 14 digits are compared without regard to leading zeros, for one article number is written
    in all of these lengths. Everything else is compared as it stands, but for the spaces around it.
    """
    found: dict[str, dict[StockCode, None]] = {}
    for item in items:
        for barcode in (item.barcode, *item.barcodes):
            if compared := _compared(barcode):
                found.setdefault(compared, {})[item.stock_code] = None
    return BarcodeIndex({barcode: tuple(codes) for barcode, codes in found.items()})


def _compared(barcode: str) -> str:
    text = barcode.strip()
    if text.isascii() and text.isdecimal() and len(text) in _GTIN_LENGTHS:
        return text.zfill(_GTIN)
    return text


def _clash(barcode: str, codes: tuple[StockCode, ...]) -> Reason:
    named = ", ".join(codes)
    return Reason(
        type=ExceptionType.SKU_AMBIGUOUS,
        entity=f"barcode:{barcode}",
        message=f"bar code {barcode} stands for {named}: it finds none of them",
        evidence={"barcode": barcode, "stock codes": named},
    )
