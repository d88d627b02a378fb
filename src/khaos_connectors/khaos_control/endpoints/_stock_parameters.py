"""The parameters of the stock operations, which their compressed variants share."""

from collections.abc import Collection
from datetime import datetime

from khaos_connectors.calls.soap import Parameter
from khaos_connectors.khaos_control.endpoints._calling import Service, csv, guard, since_when, when
from khaos_connectors.khaos_control.enums import StockDate, StockItemKind, StockMapping

__all__ = ["item_parameters", "list_parameters", "status_parameters"]


def list_parameters(
    service: Service, operation: str, since: datetime | None, date: StockDate, kind: StockItemKind
) -> tuple[Parameter, ...]:
    """Of GetStockList: which date is compared with *since*, and which kind of item is told."""
    return (
        Parameter("DateType", int(date)),
        Parameter("DateValue", since_when(service, operation, since)),
        Parameter("StockItemType", int(kind)),
    )


def item_parameters(
    service: Service, operation: str, codes: Collection[str], mapping: StockMapping, since: datetime | None
) -> tuple[Parameter, ...]:
    """Of ExportStock; raises like ``guard`` and ``csv``."""
    guard(codes, since)
    return (
        Parameter("StockCode", csv(service, operation, "StockCode", codes)),
        Parameter("MappingType", int(mapping)),
        Parameter("LastUpdated", when(service, operation, "since", since), "dateTime"),
    )


def status_parameters(
    service: Service,
    operation: str,
    codes: Collection[str],
    mapping: StockMapping,
    since: datetime | None,
    *,
    site_id: str | None,
    potential_lead_time: bool | None,
) -> tuple[Parameter, ...]:
    """Of ExportStockStatus; raises like ``guard`` and ``csv``."""
    guard(codes, since)
    return (
        Parameter("StockCode", csv(service, operation, "StockCode", codes)),
        Parameter("MappingType", int(mapping)),
        Parameter("LastUpdated", since_when(service, operation, since)),
        Parameter("SiteID", None if site_id is None else int(site_id), "int"),
        Parameter("PotentialLeadTime", potential_lead_time, "boolean"),
    )
