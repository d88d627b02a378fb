"""Reading stock: which calls are made for which codes, and which codes then count as read."""

from collections.abc import Sequence
from typing import TypeVar

import attrs

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.stock import StockFigure
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control import endpoints, mapping
from khaos_connectors.khaos_control.models import Rows, StockPotential, StockStatusRow
from khaos_connectors.khaos_control.parts import Asked, ask_in_parts
from khaos_connectors.khaos_control.stock_settings import ChunkSizes, Levels, Site, StockSettings

__all__ = ["LevelsRead", "StockReader"]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class LevelsRead:
    """Figures of the codes that were read whole; *unread* could not be read, *unknown* are not items of the service."""

    figures: tuple[StockFigure, ...]
    unread: frozenset[StockCode]
    unknown: frozenset[StockCode]


class StockReader:
    """Reads stock by codes, one call at a time."""

    def __init__(self, service: endpoints.Service, caller: Caller, settings: StockSettings, chunks: ChunkSizes) -> None:
        self._service = service
        self._caller = caller
        self._settings = settings
        self._chunks = chunks

    def read(self, codes: Sequence[StockCode]) -> Flow[LevelsRead]:
        """The figures of *codes*. A code that only some of its calls could tell has none: half a sum is not a stock."""
        unread = {code for code in codes if "," in code or not code.strip()}
        askable = [code for code in codes if code not in unread]
        figures: dict[StockCode, list[StockFigure]] = {}
        if not askable:
            return LevelsRead(figures=(), unread=frozenset(unread), unknown=frozenset())
        if self._settings.levels is Levels.PER_SITE:
            for site in self._settings.sites:
                yield from self._site(site, askable, figures, unread)
        if self._settings.levels is Levels.ALL_SITES or self._settings.back_orders:
            yield from self._potential(askable, figures, unread)
        known = {code for code in figures if code not in unread}
        return LevelsRead(
            figures=tuple(figure for code in codes if code in known for figure in figures[code]),
            unread=frozenset(unread),
            unknown=frozenset(code for code in askable if code not in figures and code not in unread),
        )

    def _site(
        self,
        site: Site,
        codes: Sequence[StockCode],
        figures: dict[StockCode, list[StockFigure]],
        unread: set[StockCode],
    ) -> Flow[None]:
        def ask(part: tuple[StockCode, ...]) -> Flow[Rows[StockStatusRow]]:
            return self._caller.perform(endpoints.export_stock_status(self._service, part, site_id=site.site_id))

        asked = yield from ask_in_parts(codes, self._chunks.export_stock_status, ask)
        unread.update(_not_read(asked))
        wanted = set(codes)
        found: dict[StockCode, StockFigure] = {}
        for row in (row for _, rows in asked.answers for row in rows):
            _check_site(site, row)
            code = StockCode(row.code)
            if code not in wanted:
                continue
            figure = mapping.figure_of_status(row, site.location, self._settings)
            if figure is None:
                unread.add(code)
            else:
                found[code] = _lower(found.get(code), figure)
        for code, figure in found.items():
            figures.setdefault(code, []).append(figure)

    def _potential(
        self, codes: Sequence[StockCode], figures: dict[StockCode, list[StockFigure]], unread: set[StockCode]
    ) -> Flow[None]:
        per_site = self._settings.levels is Levels.PER_SITE
        # What no site knows need not be asked for again.
        wanted = [code for code in codes if not per_site or code in figures]
        if not wanted:
            return

        def ask(part: tuple[StockCode, ...]) -> Flow[Rows[StockPotential]]:
            return self._caller.perform(endpoints.get_stock_potential(self._service, part))

        asked = yield from ask_in_parts(wanted, self._chunks.get_stock_potential, ask)
        unread.update(_not_read(asked))
        rows = {StockCode(row.stock_code): row for _, rows in asked.answers for row in rows}
        home = self._settings.home.location
        for code in wanted:
            row = rows.get(code)
            if not per_site:
                if row is not None:
                    figures[code] = [mapping.figure_of_potential(row, home)]
            elif row is not None:
                figures[code] = _with_back_order(figures[code], mapping.units_short(row), home)
            elif code not in self._settings.builds and any(each.stock_controlled for each in figures[code]):
                unread.add(code)


def _not_read(asked: Asked[StockCode, Rows[T]]) -> set[StockCode]:
    """Codes whose part failed or whose row was broken; a broken row that names none of its part spoils the part."""
    spoilt = set(asked.failed)
    for part, rows in asked.answers:
        for bad in rows.unread:
            code = StockCode(bad.key)
            spoilt.update([code] if code in part else part)
    return spoilt


def _check_site(site: Site, row: StockStatusRow) -> None:
    # A server that ignores the site it was asked for would have one shelf counted once per site.
    if site.name and row.site and row.site.casefold() != site.name.casefold():
        problem = f"asked for site {site.site_id} ({site.name}), the answer is about {row.site}"
        raise ConfigError(field="stock.sites", problem=problem)


def _lower(known: StockFigure | None, figure: StockFigure) -> StockFigure:
    # A code that comes twice is promised at its lower level.
    if known is None or known.available is None or figure.available is None:
        return figure
    return min(known, figure, key=lambda each: each.available or 0)


def _with_back_order(figures: list[StockFigure], units: int, home: str) -> list[StockFigure]:
    place = next((index for index, figure in enumerate(figures) if figure.location == home), 0)
    return [
        attrs.evolve(figure, back_order=units) if index == place else figure for index, figure in enumerate(figures)
    ]
