"""Structured results (the T… types of the guide) from SOAP values; a list may be there, nil or missing."""

from decimal import Decimal

from khaos_connectors.calls.soap import SoapValue
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.models import (
    ImportedOrder,
    OrderImportResult,
    Rows,
    SiteList,
    SiteRow,
    SkippedOrder,
    StockListEntry,
    StockPotential,
)
from khaos_connectors.khaos_control.structure_fields import (
    moment_of,
    needed_text,
    number_of,
    rows_of,
    rows_read,
    text_of,
    whole_list,
    whole_of,
)

__all__ = ["order_import", "site_list", "stock_list", "stock_potential"]


def order_import(value: SoapValue, reading: Reading) -> OrderImportResult:
    """TOrderImportResult."""
    count = whole_of(value, "ImportedCount", "", reading)
    if count is None:
        raise reading.broken("ImportedCount", "a whole number")
    return OrderImportResult(
        imported_count=count,
        imported=tuple(
            ImportedOrder(
                sales_order_code=needed_text(row, "SalesOrderCode", f"OrderImport[{index}]", reading),
                associated_ref=text_of(row, "AssociatedRef"),
                message=text_of(row, "Msg"),
                urn=text_of(row, "URN"),
                other_ref=text_of(row, "OtherRef"),
            )
            for index, row in enumerate(rows_of(value, "OrderImport"))
        ),
        skipped=tuple(
            SkippedOrder(order_ref=text_of(row, "OrderRef"), skip_reason=text_of(row, "SkipReason"))
            for row in rows_of(value, "OrderSkipped")
        ),
    )


def stock_list(value: SoapValue, reading: Reading) -> tuple[StockListEntry, ...]:
    """TStockList; an entry without a code is an error, because its item would go missing unseen.

    So is a list that is shorter than its own count, and a result that is no list at all.
    """
    return tuple(
        StockListEntry(
            stock_code=needed_text(row, "StockCode", path, reading),
            other_ref=text_of(row, "OtherRef"),
            description=text_of(row, "StockDesc"),
            parent_code=text_of(row, "ParentCode"),
            parent_other_ref=text_of(row, "ParentOtherRef"),
            last_updated=moment_of(row, "LastUpdated", path, reading),
        )
        for path, row in whole_list(value, reading)
    )


def stock_potential(value: SoapValue, reading: Reading) -> Rows[StockPotential]:
    """TStockPotential[]; a broken row never hides the others."""
    return rows_read(value.items(), "", lambda row, path: _potential(row, path, reading), key="StockCode")


def _potential(row: SoapValue, path: str, reading: Reading) -> StockPotential:
    def needed(name: str) -> Decimal:
        number = number_of(row, name, path, reading)
        if number is None:
            raise reading.broken(f"{path}/{name}", "a number")
        return number

    return StockPotential(
        stock_code=needed_text(row, "StockCode", path, reading),
        other_ref=text_of(row, "OtherRef"),
        available=needed("Available"),
        on_order=needed("OnOrder"),
        back_order=needed("BackOrder"),
        potential=number_of(row, "Potential", path, reading),
    )


def site_list(value: SoapValue, reading: Reading) -> SiteList:
    """TSiteList."""
    return SiteList(
        sites=tuple(
            SiteRow(site_id=needed_text(row, "SiteID", f"List[{index}]", reading), name=text_of(row, "SiteName"))
            for index, row in enumerate(rows_of(value, "List"))
        ),
        current=text_of(value, "CurrentSiteID"),
    )
