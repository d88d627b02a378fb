"""What nobody could read when it was pushed, read again after an upgrade.

Nothing here is news: what was pushed since has the last word, and of several levels of one item the lowest counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from khaos_connectors.calls.decode import dump_record, load_record
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import Undecodable
from khaos_connectors.khaos_control.channels import boxes, receiving
from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig
from khaos_connectors.khaos_control.channels.orders import SalesOrder
from khaos_connectors.khaos_control.channels.price_lists import PriceList
from khaos_connectors.khaos_control.channels.providing import ProvidedRow
from khaos_connectors.khaos_control.channels.reading import (
    ItemPush,
    read_order_statuses,
    read_price_lists,
    read_row,
    read_stock_items,
    read_stock_statuses,
)
from khaos_connectors.khaos_control.channels.receiving import KeptLevel, Unread
from khaos_connectors.khaos_control.channels.returns import CustomerReturn
from khaos_connectors.khaos_control.channels.statuses import SalesOrderStatus, StockStatus
from khaos_connectors.khaos_control.channels.stock import StockItem
from khaos_connectors.khaos_control.channels.writing import write_row
from khaos_connectors.khaos_control.models import Rows, UnreadRow
from khaos_connectors.store.mailbox import Mailbox, Message

__all__ = ["ReadAgain", "UnreadDesk"]

Pushed = SalesOrderStatus | StockStatus | ItemPush | PriceList

_OFFERED: Mapping[str, tuple[str, type[object]]] = {
    "OrderDownload": (boxes.ORDERS, SalesOrder),
    "CReturnDownload": (boxes.RETURNS, CustomerReturn),
    "ProvidedStock": (boxes.PROVIDED, ProvidedRow),
}


@attrs.frozen(kw_only=True)
class ReadAgain:
    """``looked == len(entities) + left``. *entities* are the exception items of what could be read now: close them."""

    looked: int = 0
    left: int = 0
    entities: tuple[str, ...] = ()


@attrs.define
class _Found:
    """What is to be kept, by its key, with the moment at which it last came; later ones replace earlier ones."""

    statuses: dict[str, tuple[str, datetime]] = attrs.field(factory=dict[str, tuple[str, datetime]])
    imported: dict[str, tuple[str, datetime]] = attrs.field(factory=dict[str, tuple[str, datetime]])
    items: dict[str, tuple[str, datetime]] = attrs.field(factory=dict[str, tuple[str, datetime]])
    codes: dict[str, tuple[str, datetime]] = attrs.field(factory=dict[str, tuple[str, datetime]])
    price_lists: dict[str, tuple[str, datetime]] = attrs.field(factory=dict[str, tuple[str, datetime]])
    levels: list[tuple[StockStatus, Message]] = attrs.field(factory=list[tuple[StockStatus, Message]])
    unread: dict[str, str] = attrs.field(factory=dict[str, str])


@attrs.frozen
class UnreadDesk:
    """Reads again. Blocking; flows call it through ``do``."""

    config: KhaosChannelsConfig
    mailbox: Mailbox

    @property
    def _account(self) -> AccountId:
        return self.config.account

    def read_again(self, *, at: datetime) -> ReadAgain:
        """Keep what can be read by now; what cannot stays as it is."""
        kept = [each for each in boxes.read_all(self.mailbox, self._account, boxes.UNREAD) if each.payload]
        found = _Found()
        done: list[Message] = []
        for message in sorted(kept, key=lambda each: each.seen_at):
            unread = load_record(Unread, message.payload)
            try:
                if unread.endpoint in _OFFERED:
                    self._offer_again(unread, at=at)
                else:
                    self._collect(unread, message, found)
            except Undecodable:
                continue
            done.append(message)
        self._keep(found, at=at)
        # Last, so that a process that dies before begins anew.
        self._post(boxes.UNREAD, found.unread | {message.key: "" for message in done}, at=at)
        entities = tuple(receiving.unread_entity(message.key) for message in done)
        return ReadAgain(looked=len(kept), left=len(kept) - len(done), entities=entities)

    # --- reading -----------------------------------------------------------------------------------------------------

    def _collect(self, unread: Unread, message: Message, found: _Found) -> None:
        by, rules, when = self.config.by, self.config.statuses, message.seen_at
        rows, broken = self._rows(unread)
        found.unread |= receiving.unread_messages(broken, unread.endpoint)
        for row in rows:
            match row:
                case SalesOrderStatus():
                    found.statuses |= _dated(receiving.status_messages([row], rules, by), when)
                    found.imported |= _dated(receiving.imported_messages([row]), when)
                case StockStatus():
                    found.levels.append((row, message))
                case ItemPush():
                    pairs = [(item.stock_id, item.stock_code) for item in row.items]
                    found.items |= _dated(receiving.item_messages(row, by), when)
                    found.codes |= _dated(receiving.deleted_messages(row.deleted), when)
                    found.codes |= _dated(receiving.code_messages(pairs), when)
                case PriceList():
                    found.price_lists |= _dated(receiving.price_list_messages([row], by), when)

    def _rows(self, unread: Unread) -> tuple[Iterable[Pushed], tuple[UnreadRow, ...]]:
        by, body = self.config.by, receiving.body_of(unread)
        form = receiving.form_of(body)
        match unread.endpoint, unread.whole:
            case "OrderStatusUpload", True:
                return _split(read_order_statuses(body, form, by))
            case "OrderStatusUpload", _:
                return [read_row(SalesOrderStatus, unread.payload, by)], ()
            case "StockStatusUpload", True:
                return _split(read_stock_statuses(body, form, by))
            case "StockStatusUpload", _:
                return [read_row(StockStatus, unread.payload, by)], ()
            case "StockUpload", True:
                push = read_stock_items(body, form, by)
                return [push], push.items.unread
            case "StockUpload", _:
                return [ItemPush(items=Rows(items=(read_row(StockItem, unread.payload, by),)))], ()
            case _, True:
                return _split(read_price_lists(body, form, by))
            case _:
                return [read_row(PriceList, unread.payload, by)], ()

    def _offer_again(self, unread: Unread, *, at: datetime) -> None:
        """Give a document that was left out of its answer a number of its own, which the ERP's cursor is not past."""
        box, cls = _OFFERED[unread.endpoint]
        read_row(cls, unread.payload, self.config.by)
        for message in boxes.read_all(self.mailbox, self._account, box):
            if message.payload == unread.payload:
                given = self.mailbox.messages(self._account, boxes.given_box(box), keys=(message.key,), limit=1)
                if not given or given[0].payload != str(message.sequence):
                    # A line break more: the same document, and yet another payload.
                    self._post(box, {message.key: message.payload + "\n"}, at=at)

    # --- keeping -----------------------------------------------------------------------------------------------------

    def _keep(self, found: _Found, *, at: datetime) -> None:
        self._post(boxes.IMPORTED, self._newest(boxes.IMPORTED, found.imported), at=at)
        self._post(boxes.STATUSES, self._newest(boxes.STATUSES, found.statuses), at=at)
        self._post(boxes.CODES, self._newest(boxes.CODES, found.codes), at=at)
        self._post(boxes.ITEMS, self._newest(boxes.ITEMS, found.items), at=at)
        self._post(boxes.PRICE_LISTS, self._newest(boxes.PRICE_LISTS, found.price_lists), at=at)
        self._keep_levels(found.levels, at=at)

    def _newest(self, box: str, found: Mapping[str, tuple[str, datetime]]) -> dict[str, str]:
        """Those of *found* that nothing newer came of since."""
        known = {key: message.seen_at for key, message in self._known(box, found).items()}
        return {key: payload for key, (payload, when) in found.items() if key not in known or known[key] <= when}

    def _keep_levels(self, levels: Sequence[tuple[StockStatus, Message]], *, at: datetime) -> None:
        rows = [row for row, _ in levels]
        codes = {
            key: message.payload for key, message in self._known(boxes.CODES, receiving.identity_keys(rows)).items()
        }
        named = [(receiving.identity_of(row, codes), row) for row in rows]
        told = receiving.code_messages(receiving.told_codes(named, codes))
        known_codes = self._known(boxes.CODES, told)
        self._post(boxes.CODES, {key: each for key, each in told.items() if key not in known_codes}, at=at)
        by_key: dict[str, list[tuple[StockStatus, Message]]] = {}
        for (identity, row), (_, message) in zip(named, levels, strict=True):
            by_key.setdefault(receiving.level_key(row.site_id, identity), []).append((row, message))
        known = self._known(boxes.LEVELS, by_key)
        kept: dict[str, str] = {}
        for key, candidates in by_key.items():
            last = _last_push(known[key]) if key in known else None
            later = [(row, each) for row, each in candidates if last is None or last <= each.seen_at]
            if later:
                row = min((row for row, _ in later), key=receiving.units_in)
                level = KeptLevel(
                    row=write_row(row, self.config.by),
                    as_of=min(each.at for _, each in later),
                    newest=max(each.seen_at for _, each in later),
                )
                kept[key] = dump_record(level)
        self._post(boxes.LEVELS, kept, at=at)

    def _known(self, box: str, keys: Iterable[str]) -> dict[str, Message]:
        wanted = tuple(keys)
        found = self.mailbox.messages(self._account, box, keys=wanted, limit=max(1, len(wanted)))
        return {message.key: message for message in found}

    def _post(self, box: str, messages: Mapping[str, str], *, at: datetime) -> None:
        if messages:
            self.mailbox.post(self._account, box, messages, at=at)


def _dated(messages: Mapping[str, str], when: datetime) -> dict[str, tuple[str, datetime]]:
    return {key: (payload, when) for key, payload in messages.items()}


def _split(
    rows: Rows[SalesOrderStatus] | Rows[StockStatus] | Rows[PriceList],
) -> tuple[list[Pushed], tuple[UnreadRow, ...]]:
    return list(rows.items), rows.unread


def _last_push(message: Message) -> datetime | None:
    """When the newest push of a kept level came, None if that can no longer be read."""
    try:
        return load_record(KeptLevel, message.payload).last
    except Undecodable:
        return None
