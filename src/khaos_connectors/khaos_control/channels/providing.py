"""Items that we provide: the ERP fetches what changed of them with ProvidedStock and keeps its own items by it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from khaos_connectors import errors
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.khaos_control.channels import boxes, fields, mapping
from khaos_connectors.khaos_control.channels.checks import problems
from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig
from khaos_connectors.khaos_control.channels.relationships import StockItemRelationship, StockRelationships
from khaos_connectors.khaos_control.channels.settings import ProvidedStockSettings
from khaos_connectors.khaos_control.channels.spelling import Spelling
from khaos_connectors.khaos_control.channels.stock import ProvidedItems, StockChanges, StockItem, StockItems
from khaos_connectors.khaos_control.channels.writing import write_row
from khaos_connectors.store.mailbox import Mailbox, Posted

__all__ = ["ItemDesk", "ProvidedRow", "provided_document"]


@attrs.frozen(kw_only=True)
class ProvidedRow:
    """What is kept of one item: the *item* and what it is made of, or the StockID of one that is *deleted*."""

    item: StockItem | None = attrs.field(default=None, metadata=fields.record("Item", StockItem))
    relationship: StockItemRelationship | None = attrs.field(
        default=None, metadata=fields.record("Relationship", StockItemRelationship)
    )
    deleted: str = attrs.field(default="", metadata=fields.text("Deleted"))


def provided_document(rows: Sequence[ProvidedRow], spelling: Spelling) -> StockChanges | ProvidedItems:
    """The answer to ProvidedStock, in the form that is set; the older one has no place for what items are made of."""
    items = tuple(row.item for row in rows if row.item is not None)
    deleted = tuple(row.deleted for row in rows if row.deleted)
    if spelling.provided_stock == "items":
        return ProvidedItems(items=items, deleted=deleted)
    relationships = tuple(row.relationship for row in rows if row.relationship is not None)
    return StockChanges(
        stock_items=StockItems(items=items, deleted=deleted),
        relationships=StockRelationships(relationships=relationships),
    )


@attrs.frozen
class ItemDesk:
    """Provides items. Blocking; flows call it through ``do``."""

    config: KhaosChannelsConfig
    mailbox: Mailbox

    def provide(self, items: Sequence[ItemRecord], gone: Sequence[StockCode], *, at: datetime) -> Posted:
        """Put *items* where the ERP fetches them, and that those of *gone* are no more; what did not change is not
        told again. ``Invalid`` with every problem before anything is kept.
        """
        settings = self.config.provided
        if settings is None:
            raise errors.Unsupported(
                system=self.config.account, operation="ProvidedStock", capability="items (no settings for them)"
            )
        ids = self._ids([*(item.stock_code for item in items), *gone, *_parts(items)], settings)
        rows = {each.stock_code: self._row(each, ids, settings) for each in items}
        found = [
            errors.FieldError(f"{code}: {problem.field}", problem.problem)
            for code, row in rows.items()
            for problem in (*problems(row.item), *(problems(row.relationship) if row.relationship is not None else ()))
        ]
        found += [errors.FieldError(str(code), "is both provided and gone") for code in gone if code in rows]
        if found:
            raise errors.Invalid(
                system=self.config.account,
                operation="ProvidedStock",
                message="not provided, the ERP would refuse it",
                fields=tuple(found),
            )
        rows |= {code: ProvidedRow(deleted=ids[code]) for code in gone}
        messages = {boxes.key_of(code): write_row(row, self.config.by) for code, row in rows.items()}
        return self.mailbox.post(self.config.account, boxes.PROVIDED, messages, at=at)

    def _row(self, item: ItemRecord, ids: dict[StockCode, str], settings: ProvidedStockSettings) -> ProvidedRow:
        return ProvidedRow(
            item=mapping.stock_item(item, self.config.items, stock_id=ids[item.stock_code]),
            relationship=mapping.pack(item, ids, settings.pack_type),
        )

    def _ids(self, codes: Iterable[StockCode], settings: ProvidedStockSettings) -> dict[StockCode, str]:
        """The StockID of each code: our own code, or what the ERP has told."""
        ids = {code: str(code) for code in codes}
        if settings.stock_id == "told" and ids:
            keys = {boxes.code_key(code): code for code in ids}
            told = self.mailbox.messages(self.config.account, boxes.CODES, keys=tuple(keys), limit=len(keys))
            ids.update((keys[message.key], message.payload) for message in told if message.payload)
        return ids


def _parts(items: Iterable[ItemRecord]) -> Iterable[StockCode]:
    return (code for item in items for code, _ in item.made_of)
