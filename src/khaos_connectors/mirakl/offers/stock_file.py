"""The CSV that carries stock levels in, and the CSV that carries the lines that failed out. Pure."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import attrs

from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.protocols import RowRefusal, StockLevel

__all__ = ["COLUMNS", "ErrorReport", "newest", "problem_of", "read_report", "stock_table"]

COLUMNS = ("offer-sku", "quantity", "warehouse-code", "update-delete")

_LONGEST_SKU = 40
_MOST_UNITS = 2**31 - 1
_SKU_COLUMNS = frozenset({"offer-sku", "offer_sku", "offersku", "sku", "shop-sku", "shop_sku"})
_MESSAGE_COLUMNS = ("error-message", "error message", "error_message", "reason", "errors", "error", "message")


@attrs.frozen(kw_only=True)
class ErrorReport:
    """The lines that failed, by SKU. *lines* counts all of them, *unmatched* those whose SKU was not pushed."""

    refused: tuple[RowRefusal, ...]
    lines: int = 0
    unmatched: int = 0


def newest(levels: Iterable[StockLevel]) -> tuple[StockLevel, ...]:
    """One level per SKU, the last one given, in the order in which SKUs first came."""
    return tuple({level.sku: level for level in levels}.values())


def problem_of(level: StockLevel) -> str:
    """Why a row cannot go into a file, empty if it can: such a row would spoil its file or fail for certain."""
    sku = str(level.sku)
    if not sku or sku != sku.strip():
        return "the SKU is empty or has blanks around it"
    if any(ord(char) < 32 or ord(char) == 127 for char in sku):
        return "the SKU holds a line break or a control character"
    if any("\ud800" <= char <= "\udfff" for char in sku):
        return "the SKU holds half a character (a lone surrogate), which cannot be written in UTF-8"
    if len(sku) > _LONGEST_SKU or "/" in sku:
        return f"the SKU must have at most {_LONGEST_SKU} characters and no slash"
    if not 0 <= level.units <= _MOST_UNITS:
        return f"the quantity must be 0 to {_MOST_UNITS}, not {level.units}"
    return ""


def stock_table(levels: Sequence[StockLevel], *, separator: str = ";", warehouse: str = "") -> bytes:
    """The STO01 file for *levels* in UTF-8; a SKU that holds the separator or a quote is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(COLUMNS)
    for level in levels:
        writer.writerow((level.sku, str(level.units), warehouse, "update"))
    return out.getvalue().encode()


def read_report(text: str, pushed: Iterable[ChannelSku]) -> ErrorReport:
    """What an error report says of the SKUs that were *pushed*.

    The report is the input with the line's number and the reason added, in the separator of the input. Columns are
    found by name; a report without names is searched for cells that are a pushed SKU.
    """
    known = _by_spelling(pushed)
    rows = [row for row in _rows(text) if any(cell.strip() for cell in row)]
    if not rows:
        return ErrorReport(refused=())
    header = [cell.strip().lower() for cell in rows[0]]
    column = next((at for at, name in enumerate(header) if name in _SKU_COLUMNS), None)
    body = rows[1:] if column is not None else rows
    found: dict[ChannelSku, str] = {}
    unmatched = 0
    for row in body:
        # A report that breaks off within a SKU may spell another one: what ends with its SKU names nobody.
        broken_off = row is body[-1] and column is not None and len(row) == column + 1 < len(header)
        sku = None if broken_off else _sku_of(row, column, known)
        if sku is None:
            unmatched += 1
            continue
        message = _message_of(row, header if column is not None else (), sku)
        found[sku] = f"{found[sku]}; {message}" if sku in found and message not in found[sku] else message
    refused = tuple(RowRefusal(sku=sku, message=message) for sku, message in found.items())
    return ErrorReport(refused=refused, lines=len(body), unmatched=unmatched)


def _rows(text: str) -> list[list[str]]:
    first = text.split("\n", 1)[0]
    separator = max(";,\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        return []  # a cell beyond all reason: the report names nobody


def _by_spelling(pushed: Iterable[ChannelSku]) -> dict[str, ChannelSku]:
    # Reports may come back trimmed or in another case; a spelling that fits two SKUs fits none.
    found: dict[str, ChannelSku] = {}
    loose: dict[str, set[ChannelSku]] = {}
    for sku in pushed:
        found[sku] = sku
        loose.setdefault(sku.strip().casefold(), set()).add(sku)
    return {**{spelling: skus.pop() for spelling, skus in loose.items() if len(skus) == 1}, **found}


def _sku_of(row: Sequence[str], column: int | None, known: Mapping[str, ChannelSku]) -> ChannelSku | None:
    cells = row[column : column + 1] if column is not None else row
    matches = {known.get(cell) or known.get(cell.strip().casefold()) for cell in cells} - {None}
    return matches.pop() if len(matches) == 1 else None


def _message_of(row: Sequence[str], header: Sequence[str], sku: ChannelSku) -> str:
    cells: Mapping[str, str] = dict(zip(header, row, strict=False))
    for name in _MESSAGE_COLUMNS:
        if cells.get(name, "").strip():
            return cells[name].strip()
    rest = [cell.strip() for cell in row if cell.strip() and cell != sku and not cell.strip().isdecimal()]
    return "; ".join(rest) or "refused without a reason"
