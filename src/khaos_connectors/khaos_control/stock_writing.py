"""Setting stock levels: absolute, only where that is allowed, and read back, because no answer says what was set.

A level is what can be sold, and what is written is called the new stock level: whether the server takes off what orders
hold is not documented. So nobody is told that a level was set before it was read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.fields import whole_numbers
from khaos_connectors.core.ids import LocationId, StockCode
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.enums import StockState
from khaos_connectors.khaos_control.models import Rows, StockStatusRow
from khaos_connectors.khaos_control.parts import ask_in_parts
from khaos_connectors.khaos_control.stock_models import StockSetting
from khaos_connectors.khaos_control.stock_settings import Site

__all__ = ["LevelSet", "LevelWriter"]

_NOT_ONE_PLACE = "the site's name is needed, documents know sites by it: give it as Site.name"


@attrs.frozen(kw_only=True)
class LevelSet:
    """What became of one level. *before* and *after* are what the service told, None where it did not.

    *sent*: the level was sent, so that it may have taken effect even where *after* is unknown. *why* says what stands
    against it, "" where *after* is *wanted*.
    """

    stock_code: StockCode
    wanted: int
    before: Decimal | None = None
    after: Decimal | None = None
    sent: bool = False
    why: str = ""

    @property
    def done(self) -> bool:
        """Whether the service tells the level that was wanted."""
        return self.after == self.wanted


class LevelWriter:
    """Sets the levels of one installation, one site and one chunk at a time."""

    def __init__(self, config: KhaosControlConfig, caller: Caller) -> None:
        self._config = config
        self._service = config.service
        self._caller = caller

    def set(
        self,
        levels: Mapping[StockCode, int],
        *,
        location: LocationId | None = None,
        instead_of: Mapping[StockCode, int] | None = None,
    ) -> Flow[tuple[LevelSet, ...]]:
        """See ``KhaosControlERP.set_levels``."""
        site = self._site(location)
        _check(levels)
        if not levels:
            return ()
        rows, unread = yield from self._levels(site, tuple(levels))
        looked = [_looked_at(code, wanted, rows, unread, instead_of) for code, wanted in levels.items()]
        found = {each.stock_code: each for each in looked}
        to_send = [each for each in looked if not each.why and not each.done]
        failures = yield from self._send(site, to_send)
        sent = [each for each in to_send if each.stock_code not in failures]
        for each in to_send:
            found[each.stock_code] = attrs.evolve(each, why=failures.get(each.stock_code, ""))
        if sent:
            after, _ = yield from self._read_back(site, tuple(each.stock_code for each in sent))
            found.update((each.stock_code, _read_back(each, after.get(each.stock_code))) for each in sent)
        return tuple(found[code] for code in levels)

    def _site(self, location: LocationId | None) -> Site:
        stock = self._config.stock
        if not stock.may_set_levels:
            raise errors.Unsupported(
                system=self._config.account,
                operation="ImportStockStatus",
                capability="setting stock levels",
                advice="StockSettings(may_set_levels=True) allows it, where another system is the master of stock",
            )
        site = stock.home if location is None else next((s for s in stock.sites if s.location == location), None)
        if site is None:
            raise errors.ConfigError(field="location", problem=f"{location!r} is not the location of a configured site")
        if site.site_id is not None and not site.name:
            raise errors.ConfigError(field="stock.sites", problem=f"{site.location}: {_NOT_ONE_PLACE}")
        return site

    def _send(self, site: Site, wanted: Sequence[LevelSet]) -> Flow[dict[StockCode, str]]:
        """Why levels were not sent, by code. What may have been set counts as sent: reading it back decides."""
        failures: dict[StockCode, str] = {}
        first: errors.CallError | None = None
        size = self._config.chunks.export_stock_status
        for start in range(0, len(wanted), size):
            part = wanted[start : start + size]
            settings = [StockSetting(code=each.stock_code, level=Decimal(each.wanted)) for each in part]
            try:
                yield from self._caller.perform(
                    endpoints.import_stock_status(self._service, settings, site=site.name, update_levels=True)
                )
            except (errors.Unanswered, errors.Undecodable):
                continue  # it may stand
            except errors.CallError as problem:
                first = first or problem
                failures.update((each.stock_code, problem.detail()) for each in part)
        if first is not None and len(failures) == len(wanted):
            raise first
        return failures

    def _levels(
        self, site: Site, codes: Sequence[StockCode]
    ) -> Flow[tuple[dict[StockCode, StockStatusRow], dict[StockCode, str]]]:
        def ask(part: tuple[StockCode, ...]) -> Flow[Rows[StockStatusRow]]:
            return self._caller.perform(endpoints.export_stock_status(self._service, part, site_id=site.site_id))

        asked = yield from ask_in_parts(codes, self._config.chunks.export_stock_status, ask)
        unread = {code: problem.detail() for code, problem in asked.failed.items()}
        rows: dict[StockCode, StockStatusRow] = {}
        for part, answer in asked.answers:
            for bad in answer.unread:
                spoilt = [StockCode(bad.key)] if bad.key in part else part
                unread.update(dict.fromkeys(spoilt, f"{bad.path}: expected {bad.expected}"))
            for row in answer:
                if site.name and row.site and row.site.casefold() != site.name.casefold():
                    problem = f"asked for site {site.site_id} ({site.name}), the answer is about {row.site}"
                    raise errors.ConfigError(field="stock.sites", problem=problem)
                rows[StockCode(row.code)] = row
        return rows, unread

    def _read_back(
        self, site: Site, codes: Sequence[StockCode]
    ) -> Flow[tuple[dict[StockCode, StockStatusRow], dict[StockCode, str]]]:
        try:
            return (yield from self._levels(site, codes))
        except errors.CallError:
            return {}, {}  # what was sent stands, and each level says that it could not be read back


def _check(levels: Mapping[StockCode, int]) -> None:
    whole_numbers("levels", levels)
    for code, wanted in levels.items():
        if wanted < 0:
            raise ValueError(f"levels of {code}: must be 0 or more, not {wanted}")
        if "," in code or not code.strip():
            raise ValueError(f"levels: {code!r} cannot be asked for, so it could not be read back")


def _looked_at(
    code: StockCode,
    wanted: int,
    rows: Mapping[StockCode, StockStatusRow],
    unread: Mapping[StockCode, str],
    instead_of: Mapping[StockCode, int] | None,
) -> LevelSet:
    row = rows.get(code)
    found = LevelSet(stock_code=code, wanted=wanted, before=row.level if row is not None else None)
    for why in _against(code, row, unread, instead_of):
        return attrs.evolve(found, why=why)
    return attrs.evolve(found, after=found.before) if found.before == wanted else found


def _against(
    code: StockCode,
    row: StockStatusRow | None,
    unread: Mapping[StockCode, str],
    instead_of: Mapping[StockCode, int] | None,
) -> Iterator[str]:
    """What stands against setting a level, before anything was sent."""
    if code in unread:
        yield f"not set: its level could not be read ({unread[code]})"
    elif row is None:
        yield "not set: the service does not know it at this site"
    elif row.status == StockState.NOT_CONTROLLED:
        yield "not set: its stock is not controlled"
    elif row.level is None:
        yield "not set: its level is not told, so it could not be read back"
    elif instead_of is not None and code not in instead_of:
        yield "not set: the level that it was meant to take the place of is not given"
    elif instead_of is not None and row.level != instead_of[code]:
        yield f"not set: its level is {row.level} and not {instead_of[code]}, it has moved since it was looked at"


def _read_back(sent: LevelSet, row: StockStatusRow | None) -> LevelSet:
    after = row.level if row is not None else None
    if after is None:
        why = "sent, and it could not be read back: look before it is set again"
    elif after != sent.wanted:
        why = f"sent as {sent.wanted}, and the service tells {after}: sold meanwhile, or held by orders"
    else:
        why = ""
    return attrs.evolve(sent, after=after, sent=True, why=why)
