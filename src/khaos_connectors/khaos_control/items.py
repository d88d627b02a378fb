"""Reading item masters: the list of codes once, then the items in chunks, one call per batch.

A batch's cursor says where the list goes on, so that reading can be taken up again in the middle, by another process
too: the list is then asked for once more, and what stands before the cursor is skipped.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.moments import moment
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.khaos_control import endpoints, mapping
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.models import Rows, StockItem, StockListEntry
from khaos_connectors.khaos_control.parts import Asked, ask_in_parts
from khaos_connectors.protocols import Batch, Unreadable

__all__ = ["ItemReader"]

_LISTS_KEPT = 2
_FEW = 3
"""So many items may be all that is broken; when more than that fail at once, it is not the items."""


@attrs.frozen
class _Family:
    """What is asked for by one code: an item, or a template with the *members* of the list that stand under it."""

    code: str
    members: tuple[str, ...]


@attrs.frozen(kw_only=True)
class _Place:
    """Where a batch begins: behind the family *after* of the list that was first read at *listed_at*."""

    since: datetime | None
    listed_at: datetime
    after: str = ""

    def text(self) -> str:
        since = self.since.isoformat() if self.since is not None else "all"
        return f"{since}|{self.listed_at.isoformat()}|{self.after}"

    @classmethod
    def read(cls, text: str) -> "_Place":
        try:
            since, listed_at, after = text.split("|", 2)
            return cls(
                since=None if since == "all" else datetime.fromisoformat(since),
                listed_at=datetime.fromisoformat(listed_at),
                after=after,
            )
        except ValueError:
            raise errors.ConfigError(field="cursor", problem=f"{text!r} is not one that items() gave") from None


class ItemReader:
    """Reads item masters. It remembers the list between the batches of a reading, and is right without it."""

    def __init__(self, config: KhaosControlConfig, caller: Caller) -> None:
        self._config = config
        self._service = config.service
        self._caller = caller
        self._lists: dict[tuple[datetime | None, datetime], tuple[_Family, ...]] = {}

    def read(self, since: datetime | None, cursor: str | None) -> Flow[Batch[ItemRecord]]:
        """One batch, of at most one chunk of codes; of all items, or of those revised *since* (less the overlap)."""
        if cursor is not None:
            at = _Place.read(cursor)
        else:
            if since is not None:
                since = moment(since, system=self._config.account, operation="GetStockList", name="since")
                since -= self._config.delta_overlap
            at = _Place(since=since, listed_at=(yield from now()))
        families = [each for each in (yield from self._listed(at)) if each.code > at.after]
        part, rest = families[: self._config.chunks.export_stock], families[self._config.chunks.export_stock :]
        items, unreadable = yield from self._read(part)
        following = attrs.evolve(at, after=part[-1].code).text() if rest else None
        if following is None:
            self._lists.pop((at.since, at.listed_at), None)
        return Batch(items=items, next=following, unreadable=unreadable)

    def _listed(self, at: _Place) -> Flow[tuple[_Family, ...]]:
        key = (at.since, at.listed_at)
        known = self._lists.get(key)
        if known is None:
            entries = yield from self._caller.perform(endpoints.get_stock_list(self._service, since=at.since))
            known = self._lists[key] = _families(entries)
            for old in list(self._lists)[:-_LISTS_KEPT]:
                self._lists.pop(old, None)
        return known

    def _read(self, part: Sequence[_Family]) -> Flow[tuple[tuple[ItemRecord, ...], tuple[Unreadable, ...]]]:
        askable = [family.code for family in part if _askable(family.code)]
        asked = yield from self._asked(askable)
        records: list[ItemRecord] = []
        unreadable = [
            Unreadable(key=family.code, problem="a code that is empty or holds a comma cannot be asked for")
            for family in part
            if not _askable(family.code)
        ]
        unreadable += (Unreadable(key=code, problem=str(problem)) for code, problem in asked.failed.items())
        wanted = set(askable)
        for _, rows in asked.answers:
            for item in rows:
                if item.stock_code not in wanted:
                    continue  # a server that did not understand the list of codes sends others
                for member in mapping.family(item):
                    if not member.stock_code.strip():
                        unreadable.append(Unreadable(key=item.stock_code, problem="holds a variant without a code"))
                        continue
                    found = mapping.item_record(member, self._config.items)
                    records.append(found.record)
                    if found.problem:
                        unreadable.append(Unreadable(key=found.record.stock_code, problem=found.problem))
            unreadable += (
                Unreadable(key=bad.key, problem=f"{bad.path}: expected {bad.expected}", payload=bad.payload)
                for bad in rows.unread
            )
        told = {str(record.stock_code) for record in records} | {each.key for each in unreadable}
        unreadable += _untold(part, told)
        return tuple(records), tuple(unreadable)

    def _asked(self, codes: Sequence[str]) -> Flow[Asked[str, Rows[StockItem]]]:
        if not codes:
            return Asked(answers=(), failed={})

        def ask(part: tuple[str, ...]) -> Flow[Rows[StockItem]]:
            return self._caller.perform(endpoints.export_stock(self._service, part))

        try:
            return (yield from ask_in_parts(codes, len(codes), ask))
        except (errors.Refused, errors.Undecodable) as problem:
            about_items = not isinstance(problem, _NOT_THE_ITEMS) and not getattr(problem, "retryable", False)
            if len(codes) > _FEW or not about_items:
                raise
            return Asked(answers=(), failed=dict.fromkeys(codes, problem))


_NOT_THE_ITEMS = (errors.AuthFailed, errors.RateLimited, errors.NotFound)


def _askable(code: str) -> bool:
    return bool(code.strip()) and "," not in code


def _families(entries: Sequence[StockListEntry]) -> tuple[_Family, ...]:
    # A variant is only told inside its template.
    members: dict[str, list[str]] = {}
    for entry in entries:
        members.setdefault(entry.parent_code or entry.stock_code, []).append(entry.stock_code)
    return tuple(_Family(code, tuple(members[code])) for code in sorted(members))


def _untold(part: Sequence[_Family], told: set[str]) -> Iterator[Unreadable]:
    for family in part:
        if family.code in told or any(member in told for member in family.members):
            missing = [member for member in family.members if member not in told]
        else:
            missing = list(dict.fromkeys((family.code, *family.members)))
        for code in missing:
            yield Unreadable(key=code, problem="it is in the list of items, and the export came without it")
