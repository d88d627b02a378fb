"""The list of GetStockListCompressed: XML whose element names nobody has documented.

So a row is whatever has a stock code, as an attribute or a child, in the spelling of the structured result or of the
documents. What holds something and has no row at all is another document, not an empty list.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from xml.etree.ElementTree import Element

from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.models import StockListEntry

__all__ = ["read_stock_list"]


def read_stock_list(root: Element, reading: Reading) -> tuple[StockListEntry, ...]:
    """The entries under *root*, in their order. ``Undecodable`` for a row without a code and for another document."""
    entries: list[StockListEntry] = []
    for element in root.iter():
        values = dict(_values(element))
        if "stockcode" in values:
            entries.append(_entry(values, f"/{root.tag}//{element.tag}[{len(entries)}]", reading))
    if not entries and any(len(element) for element in root):
        raise reading.broken(f"/{root.tag}", "a list of stock codes")
    return tuple(entries)


def _values(element: Element) -> Iterator[tuple[str, str]]:
    for name, text in [*element.items(), *((child.tag, child.text or "") for child in element)]:
        yield name.rsplit("}", 1)[-1].replace("_", "").casefold(), text.strip()


def _entry(values: Mapping[str, str], path: str, reading: Reading) -> StockListEntry:
    if not values["stockcode"]:
        raise reading.broken(f"{path}/StockCode", "a text")
    return StockListEntry(
        stock_code=values["stockcode"],
        other_ref=values.get("otherref", ""),
        description=values.get("stockdesc", ""),
        parent_code=values.get("parentcode", ""),
        parent_other_ref=values.get("parentotherref", ""),
        last_updated=_moment(values.get("lastupdated", ""), f"{path}/LastUpdated", reading),
    )


def _moment(text: str, path: str, reading: Reading) -> datetime | None:
    try:
        return reading.time.read(text)
    except ValueError:
        raise reading.broken(path, "a date") from None
