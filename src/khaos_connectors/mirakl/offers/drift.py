"""Whether Mirakl shows what was pushed: a few offers are looked up (OF21), all of them are exported (OF52)."""

from collections.abc import Iterable, Mapping

import attrs

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.exports import export_urls, fetch_file
from khaos_connectors.mirakl.models.exported_offers import ExportedOffer
from khaos_connectors.mirakl.models.offers import Offer
from khaos_connectors.mirakl.models.rows import Broken

__all__ = ["LOOKED_UP", "DriftReport", "Shown", "StockDrift", "compare_stock", "read_back"]

LOOKED_UP = 100
"""Up to how many offers are looked up one by one; more are exported together, which Mirakl wants once a day."""


@attrs.frozen(kw_only=True)
class Shown:
    """What Mirakl shows of an offer: *units* None where it does not tell, and then *why*."""

    sku: ChannelSku
    units: int | None
    active: bool | None = None
    why: str = "it does not tell its units"


@attrs.frozen(kw_only=True)
class StockDrift:
    """An offer that shows other units than it should."""

    sku: ChannelSku
    wanted: int
    shown: int | None
    active: bool | None
    why: str


@attrs.frozen(kw_only=True)
class DriftReport:
    """How the offers on Mirakl stand to the levels that were wanted, SKU by SKU.

    *wrong* show other units, *missing* are not there, *unreadable* came as something that is no offer, *unknown* are
    there and nobody wanted a level of them. A sale since the push is drift as well: look at the time before you act.
    """

    right: int
    wrong: tuple[StockDrift, ...] = ()
    missing: tuple[ChannelSku, ...] = ()
    unreadable: tuple[str, ...] = ()
    unknown: tuple[ChannelSku, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether every wanted level is shown; what could not be read may be anything."""
        return not (self.wrong or self.missing or self.unreadable)


def compare_stock(
    wanted: Mapping[ChannelSku, int], shown: Iterable[Shown], *, unreadable: Iterable[str] = ()
) -> DriftReport:
    """The differences, in the order of *wanted*; pure. Of an offer that is shown twice the last showing counts."""
    found = {each.sku: each for each in shown}
    broken = tuple(unreadable)
    nameless = frozenset(broken)
    wrong: list[StockDrift] = []
    missing: list[ChannelSku] = []
    right = 0
    for sku, units in wanted.items():
        each = found.get(sku)
        if each is None:
            if str(sku) not in nameless:
                missing.append(sku)
        elif each.units == units:
            right += 1
        else:
            why = each.why if each.units is None else f"shows {each.units} instead of {units}"
            wrong.append(StockDrift(sku=sku, wanted=units, shown=each.units, active=each.active, why=why))
    return DriftReport(
        right=right,
        wrong=tuple(wrong),
        missing=tuple(missing),
        unreadable=broken,
        unknown=tuple(sku for sku in found if sku not in wanted),
    )


def read_back(caller: Caller, config: MiraklConfig, wanted: Mapping[ChannelSku, int]) -> Flow[DriftReport]:
    """Read what Mirakl shows of *wanted* and compare: up to ``LOOKED_UP`` offers by OF21, more by an export (OF52).

    Where ``stock_warehouse`` is set, the levels are those of that warehouse, as they were pushed. Only an export tells
    of offers that nobody wanted a level of. Raises what the reads raise.
    """
    if len(wanted) <= LOOKED_UP:
        shown, broken = yield from _looked_up(caller, config, wanted)
    else:
        shown, broken = yield from _exported(caller, config)
    return compare_stock(wanted, shown, unreadable=broken)


def _looked_up(
    caller: Caller, config: MiraklConfig, wanted: Iterable[ChannelSku]
) -> Flow[tuple[list[Shown], list[str]]]:
    shown: list[Shown] = []
    broken: list[str] = []
    for sku in wanted:
        page = yield from caller.perform(
            endpoints.list_offers(config.scope, endpoints.OfferFilter(sku=str(sku)), size=10)
        )
        for row in page.items:
            if isinstance(row, Broken):
                broken.append(row.id)
            elif ChannelSku(row.record.shop_sku) == sku:
                shown.append(_shown(row.record, config.stock_warehouse))
    return shown, broken


def _exported(caller: Caller, config: MiraklConfig) -> Flow[tuple[list[Shown], list[str]]]:
    wanted = endpoints.OfferExport(include_inactive_offers=True)
    urls = yield from export_urls(
        caller,
        config,
        start=endpoints.start_offer_export(config.scope, wanted),
        status=lambda tracking_id: endpoints.offer_export_status(config.scope, tracking_id),
    )
    shown: list[Shown] = []
    broken: list[str] = []
    for url in urls:
        rows = yield from fetch_file(caller, config, url, lambda each: endpoints.offer_export_chunk(config.scope, each))
        for row in rows:
            if isinstance(row, Broken):
                broken.append(row.id)
            elif not row.record.deleted:
                shown.append(_shown(row.record, config.stock_warehouse))
    return shown, broken


def _shown(offer: Offer | ExportedOffer, warehouse: str) -> Shown:
    """What *offer* shows of the stock that we write: that of *warehouse*, or all of it where that is empty."""
    units, why = offer.quantity, "it does not tell its units"
    if warehouse:
        units = next((each.quantity for each in offer.warehouses or () if str(each.code) == warehouse), None)
        why = f"it has no stock in the warehouse {warehouse}"
    return Shown(sku=ChannelSku(offer.shop_sku), units=units, active=offer.active, why=why)
