"""From item masters to item records, with the flags as they are meant and not as they are called.

DELETED only says "not for the web" and follows from WEB and DISCONTINUED, so it is not looked at. A template of
variants is an item in the ERP and nothing that anybody can pick: it is blocked.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

import attrs

from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.khaos_control.item_settings import ItemSettings
from khaos_connectors.khaos_control.stock_models import StockItem

__all__ = ["MappedItem", "family", "item_record"]

_PACK = "3"
_BETWEEN_BARCODES = re.compile(r"[\s,;]+")
_ARTICLE_NUMBER = re.compile(r"\d{8}|\d{12,14}")


@attrs.frozen
class MappedItem:
    """An item, and what of it could not be told (""; nothing)."""

    record: ItemRecord
    problem: str = ""


def family(item: StockItem) -> Iterator[StockItem]:
    """*item* and its variants at any depth, each as an item of its own, the template first."""
    yield item
    for child in item.children:
        yield from family(child)


def item_record(item: StockItem, settings: ItemSettings) -> MappedItem:
    """One item without its variants; ``ValueError`` for one without a stock code.

    A kit with a part in no whole number has no recipe, and the problem says so: nothing of it can be counted.
    """
    made_of, problem = _made_of(item)
    template = bool(item.children or item.headings)
    barcodes = tuple(dict.fromkeys(code for text in item.barcodes for code in _barcodes_in(text)))
    record = ItemRecord(
        stock_code=StockCode(item.stock_code),
        description=item.description,
        barcode=_the_barcode(item, settings),
        barcodes=barcodes,
        weight=_weight(item, settings),
        kit=any(link.link_type == _PACK for link in item.links),
        made_of=made_of,
        tax_code=f"{item.vat_rate:f}" if item.vat_rate is not None else "",
        vat_rate=item.vat_rate if item.vat_rate is not None and 0 <= item.vat_rate <= 100 else None,
        parent=item.parent_code,
        blocked=template or (settings.unpublished_is_blocked and not item.web),
        discontinued=item.discontinued,
        stock_controlled=item.stock_controlled,
        run_to_zero=item.run_to_zero,
        drop_ship=item.drop_ship,
    )
    return MappedItem(record, problem)


def _made_of(item: StockItem) -> tuple[tuple[tuple[StockCode, int], ...], str]:
    parts: dict[StockCode, int] = {}
    for link in item.links:
        if link.link_type != _PACK:
            continue
        inside = link.value
        if inside is None or inside != inside.to_integral_value() or not link.stock_code:
            return (), f"holds {inside} of {link.stock_code or 'no item'}, which is no whole number of units"
        parts[StockCode(link.stock_code)] = parts.get(StockCode(link.stock_code), 0) + int(inside)
    return tuple(parts.items()), ""


def _the_barcode(item: StockItem, settings: ItemSettings) -> str:
    labelled = list(zip(item.barcodes, (label.casefold().strip() for label in item.barcode_labels), strict=False))
    wanted = [label.casefold().strip() for label in settings.barcode_labels]
    texts = [text for label in wanted for text, told in labelled if told == label] if wanted else item.barcodes
    return next((code for text in texts for code in _barcodes_in(text)), "")


def _barcodes_in(text: str) -> tuple[str, ...]:
    """People type several article numbers into one field; anything else in it is one code as it stands."""
    parts = tuple(part for part in _BETWEEN_BARCODES.split(text) if part)
    if all(_ARTICLE_NUMBER.fullmatch(part) for part in parts):
        return parts
    return (text.strip(),)


def _weight(item: StockItem, settings: ItemSettings) -> Decimal | None:
    if settings.weight_in_kg is None or item.weight is None or item.weight <= 0:
        return None
    return item.weight * settings.weight_in_kg
