"""Stock as it was pushed: levels of different ages, each with its own, and the items that they are of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from khaos_connectors.calls.decode import load_record
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.stock import Snapshot, StockFigure
from khaos_connectors.errors import Undecodable
from khaos_connectors.khaos_control.channels import boxes, mapping
from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig
from khaos_connectors.khaos_control.channels.reading import read_row
from khaos_connectors.khaos_control.channels.receiving import KeptLevel, level_key
from khaos_connectors.khaos_control.channels.statuses import StockStatus
from khaos_connectors.khaos_control.channels.stock import StockItem
from khaos_connectors.protocols import Unreadable
from khaos_connectors.store.mailbox import Mailbox, Message

__all__ = ["PushedStock"]

_PART = 500


@attrs.frozen
class PushedStock:
    """What the mailbox holds about stock. Blocking; flows call it through ``do``."""

    config: KhaosChannelsConfig
    mailbox: Mailbox

    def snapshot(self, codes: Sequence[StockCode] | None, *, at: datetime) -> Snapshot:
        """Figures for *codes*, None: for everything that was ever pushed and is not deleted.

        A code that was never pushed is missing. One that is known and of which no level came, or none that can be
        read, is missing too, and the snapshot is not complete: its stock is unknown, not absent.
        """
        known = self.codes() if codes is None else self._identities(codes)
        wanted = tuple(known) if codes is None else tuple(dict.fromkeys(codes))
        items = self._items(known.values())
        levels, broken = self._levels(known)
        figures: list[StockFigure] = []
        missing: list[StockCode] = []
        complete = True
        for code in wanted:
            item = items.get(code)
            own = self._figures(levels.get(code, ()), item)
            figures += own
            if code in broken or not own:
                missing.append(code)
                complete = complete and code not in known
        return Snapshot(
            account=self.config.account,
            as_of=at,
            figures=tuple(figures),
            full=codes is None,
            complete=complete,
            missing=tuple(missing),
        )

    def codes(self) -> dict[StockCode, str]:
        """Every code that an item has now, with its StockID."""
        notes = {note.key: note.payload for note in boxes.read_all(self.mailbox, self.config.account, boxes.CODES)}
        found: dict[StockCode, str] = {}
        for key, stock_id in notes.items():
            code = notes.get(boxes.id_key(stock_id), "") if key.startswith("code/") else ""
            if code and boxes.code_key(code) == key:
                found[StockCode(code)] = stock_id
        return found

    def items(self, messages: Iterable[Message]) -> tuple[list[ItemRecord], list[Unreadable]]:
        """The items in *messages* that are not deleted, and those that cannot be read any more."""
        found: list[ItemRecord] = []
        broken: list[Unreadable] = []
        for message in messages:
            if not message.payload:
                continue
            try:
                item = read_row(StockItem, message.payload, self.config.by)
                found.append(mapping.item_record(item, self.config.items))
            except (Undecodable, ValueError) as problem:
                broken.append(Unreadable(key=message.key, problem=str(problem), payload=message.payload))
        return found, broken

    def _identities(self, codes: Iterable[StockCode]) -> dict[StockCode, str]:
        ids = {message.key: message.payload for message in self._of_keys(boxes.CODES, map(boxes.code_key, codes))}
        named = {code: ids[key] for code in codes if (key := boxes.code_key(code)) in ids}
        told = self._of_keys(boxes.CODES, map(boxes.id_key, named.values()))
        present = {message.key: message.payload for message in told}
        return {code: each for code, each in named.items() if present.get(boxes.id_key(each)) == code}

    def _levels(
        self, known: Mapping[StockCode, str]
    ) -> tuple[dict[StockCode, list[tuple[StockStatus, datetime]]], set[StockCode]]:
        sites = self.config.items.locations
        keys = {level_key(site, each): code for code, each in known.items() for site in sites}
        found: dict[StockCode, list[tuple[StockStatus, datetime]]] = {}
        broken: set[StockCode] = set()
        for message in self._of_keys(boxes.LEVELS, keys):
            code = keys[message.key]
            try:
                kept = load_record(KeptLevel, message.payload)
                row = read_row(StockStatus, kept.row, self.config.by)
            except Undecodable:
                broken.add(code)
            else:
                found.setdefault(code, []).append((attrs.evolve(row, stock_code=code), kept.as_of))
        return found, broken

    def _items(self, stock_ids: Iterable[str]) -> dict[StockCode, ItemRecord]:
        records, _ = self.items(self._of_keys(boxes.ITEMS, map(boxes.key_of, stock_ids)))
        return {record.stock_code: record for record in records}

    def _figures(
        self, rows: Iterable[tuple[StockStatus, datetime]], item: ItemRecord | None
    ) -> tuple[StockFigure, ...]:
        settings = self.config.items
        discontinued = item is not None and item.discontinued
        found: list[StockFigure] = []
        for row, as_of in rows:
            figure = mapping.stock_figure(row, settings, discontinued=discontinued)
            if figure is not None:
                found.append(attrs.evolve(figure, as_of=as_of - self.config.level_delay))
        if not found and item is not None and not item.stock_controlled:
            # Nothing is ever pushed of what is not counted, and that is an answer too.
            places = [
                StockFigure(
                    stock_code=item.stock_code, location=each, discontinued=discontinued, stock_controlled=False
                )
                for each in settings.locations.values()
            ]
            return tuple(places[:1])
        return tuple(found)

    def _of_keys(self, box: str, keys: Iterable[str]) -> Iterator[Message]:
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _PART):
            part = wanted[start : start + _PART]
            yield from self.mailbox.messages(self.config.account, box, keys=part, limit=len(part))
