"""Structured results (the T… types of the guide) from SOAP values; a list may be there, nil or missing."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeVar

from khaos_connectors import errors
from khaos_connectors.calls.soap import SoapValue
from khaos_connectors.khaos_control.documents.fields import Reading, decimal_text
from khaos_connectors.khaos_control.models import (
    ImportedOrder,
    OrderImportResult,
    Rows,
    SiteList,
    SiteRow,
    SkippedOrder,
    StockListEntry,
    StockPotential,
    UnreadRow,
)

__all__ = ["order_import", "site_list", "stock_list", "stock_potential"]

T = TypeVar("T")


def order_import(value: SoapValue, reading: Reading) -> OrderImportResult:
    """TOrderImportResult."""
    count = _number(value, "ImportedCount", "ImportedCount", reading, int)
    if count is None:
        raise reading.broken("ImportedCount", "a whole number")
    return OrderImportResult(
        imported_count=count,
        imported=tuple(
            ImportedOrder(
                sales_order_code=_required(row, "SalesOrderCode", f"OrderImport[{index}]", reading),
                associated_ref=_text(row, "AssociatedRef"),
                message=_text(row, "Msg"),
                urn=_text(row, "URN"),
                other_ref=_text(row, "OtherRef"),
            )
            for index, row in enumerate(_list(value, "OrderImport"))
        ),
        skipped=tuple(
            SkippedOrder(order_ref=_text(row, "OrderRef"), skip_reason=_text(row, "SkipReason"))
            for row in _list(value, "OrderSkipped")
        ),
    )


def stock_list(value: SoapValue, reading: Reading) -> tuple[StockListEntry, ...]:
    """TStockList; an entry without a code is an error, because its item would go missing unseen.

    So is a list that is shorter than its own count, and a result that is no list at all.
    """
    count = _number(value, "Count", "Count", reading, int)
    if count is None and value.child("List") is None:
        raise reading.broken("List", "a list of stock codes")
    entries = tuple(
        StockListEntry(
            stock_code=_required(row, "StockCode", f"List[{index}]", reading),
            other_ref=_text(row, "OtherRef"),
            description=_text(row, "StockDesc"),
            parent_code=_text(row, "ParentCode"),
            parent_other_ref=_text(row, "ParentOtherRef"),
            last_updated=_number(row, "LastUpdated", f"List[{index}]/LastUpdated", reading, reading.time.read),
        )
        for index, row in enumerate(_list(value, "List"))
    )
    if count is not None and len(entries) < count:
        raise reading.broken("List", f"{count} entries, as Count says, not {len(entries)}")
    return entries


def stock_potential(value: SoapValue, reading: Reading) -> Rows[StockPotential]:
    """TStockPotential[]; a broken row never hides the others."""
    items: list[StockPotential] = []
    unread: list[UnreadRow] = []
    for index, row in enumerate(value.items()):
        try:
            items.append(_potential(row, f"[{index}]", reading))
        except errors.Undecodable as bad:
            unread.append(UnreadRow(key=_text(row, "StockCode"), path=bad.path, expected=bad.expected))
    return Rows(items=tuple(items), unread=tuple(unread))


def _potential(row: SoapValue, path: str, reading: Reading) -> StockPotential:
    def needed(name: str) -> Decimal:
        number = _number(row, name, f"{path}/{name}", reading, decimal_text)
        if number is None:
            raise reading.broken(f"{path}/{name}", "a number")
        return number

    return StockPotential(
        stock_code=_required(row, "StockCode", path, reading),
        other_ref=_text(row, "OtherRef"),
        available=needed("Available"),
        on_order=needed("OnOrder"),
        back_order=needed("BackOrder"),
        potential=_number(row, "Potential", f"{path}/Potential", reading, decimal_text),
    )


def site_list(value: SoapValue, reading: Reading) -> SiteList:
    """TSiteList."""
    return SiteList(
        sites=tuple(
            SiteRow(site_id=_required(row, "SiteID", f"List[{index}]", reading), name=_text(row, "SiteName"))
            for index, row in enumerate(_list(value, "List"))
        ),
        current=_text(value, "CurrentSiteID"),
    )


def _list(value: SoapValue, name: str) -> Iterable[SoapValue]:
    child = value.child(name)
    return () if child is None or child.nil else child.items()


def _text(value: SoapValue, name: str) -> str:
    child = value.child(name)
    return "" if child is None else (child.text or "").strip()


def _required(value: SoapValue, name: str, path: str, reading: Reading) -> str:
    text = _text(value, name)
    if not text:
        raise reading.broken(f"{path}/{name}", "a text")
    return text


def _number(value: SoapValue, name: str, path: str, reading: Reading, convert: Callable[[str], T | None]) -> T | None:
    text = _text(value, name)
    if not text:
        return None
    try:
        return convert(text)
    except ValueError:
        raise reading.broken(path, _EXPECTED.get(name, "a number")) from None


_EXPECTED = {"LastUpdated": "a date", "ImportedCount": "a whole number", "Count": "a whole number"}
