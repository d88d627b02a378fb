"""What the ERP pushes, turned into messages for the store: rows that can be read, and beside them those that cannot.

Pure. A push that is not answered with 200 comes again and again, so nothing here may depend on how often it came.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import attrs

from khaos_connectors.calls.decode import dump_record, load_record
from khaos_connectors.errors import Undecodable
from khaos_connectors.khaos_control.channels.boxes import code_key, id_key, key_of, status_key
from khaos_connectors.khaos_control.channels.codes import Format, OrderStatus
from khaos_connectors.khaos_control.channels.mapping.statuses import has_left
from khaos_connectors.khaos_control.channels.price_lists import PriceList
from khaos_connectors.khaos_control.channels.reading import ItemPush, read_row
from khaos_connectors.khaos_control.channels.settings import StatusRules
from khaos_connectors.khaos_control.channels.spelling import Conventions
from khaos_connectors.khaos_control.channels.statuses import SalesOrderStatus, StockStatus
from khaos_connectors.khaos_control.channels.writing import write_row
from khaos_connectors.khaos_control.models import UnreadRow

__all__ = [
    "KeptLevel",
    "Unread",
    "body_of",
    "code_messages",
    "deleted_messages",
    "form_of",
    "identity_keys",
    "identity_of",
    "imported_messages",
    "item_messages",
    "level_key",
    "level_message",
    "price_list_messages",
    "push_key",
    "push_note",
    "reference_in",
    "status_messages",
    "told_at",
    "told_codes",
    "units_in",
    "unread_body",
    "unread_entity",
    "unread_messages",
]

_PUSH_SLOTS = 2**20


@attrs.frozen(kw_only=True)
class KeptLevel:
    """A pushed level as it is kept: the *row* as JSON, and the moment that it speaks of at the latest.

    *newest* is when the last push came that had a say in it, where that is later: what looked like a late repetition
    may have been news that lowered it.
    """

    row: str = attrs.field(repr=False)
    as_of: datetime
    newest: datetime | None = None

    @property
    def last(self) -> datetime:
        """When the newest push of this level came."""
        return self.as_of if self.newest is None else max(self.as_of, self.newest)


@attrs.frozen(kw_only=True)
class Unread:
    """Something pushed that could not be read: where (*endpoint*), of what (*key*), what was wrong, and the text.

    *whole*: the body as a whole, not a row of it; *encoded*: the text is base64, because it was no UTF-8.
    """

    endpoint: str
    key: str
    path: str
    expected: str
    payload: str = attrs.field(repr=False)
    whole: bool = False
    encoded: bool = False


def form_of(body: bytes) -> Format:
    """In which form *body* is written, by its first character: what a sender calls it may be wrong."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:2].replace(b"\x00", b"")
    return Format.XML if start.startswith((b"<", b"\xff", b"\xfe")) else Format.JSON


# --- statuses --------------------------------------------------------------------------------------------------------


def status_messages(rows: Iterable[SalesOrderStatus], rules: StatusRules, by: Conventions) -> dict[str, str]:
    """The rows under keys that keep apart how much of an order has left."""
    return {status_key(reference_in(row), _left(row, rules)): write_row(row, by) for row in rows}


def imported_messages(rows: Iterable[SalesOrderStatus]) -> dict[str, str]:
    """The ERP's own code of each order: its first arrival is when the ERP was first known to hold the order."""
    return {key_of(reference_in(row)): row.order_code for row in rows}


def reference_in(row: SalesOrderStatus) -> str:
    """The order's reference, or the ERP's own code of an order that has none."""
    return row.associated_ref or row.order_code


def _left(row: SalesOrderStatus, rules: StatusRules) -> int:
    if row.status is OrderStatus.COMPLETE:
        return len(row.shipments)
    return sum(has_left(shipment, rules) for shipment in row.shipments)


# --- levels ----------------------------------------------------------------------------------------------------------


def level_key(site_id: int, stock_id: str) -> str:
    """The key of an item's level at a site."""
    return f"{site_id} {key_of(stock_id)}"


def identity_of(row: StockStatus, codes: Mapping[str, str]) -> str:
    """The StockID of a row. Of one without: the StockID that *codes* (the box) tells for its code, else the code."""
    return row.stock_id or codes.get(code_key(row.stock_code)) or row.stock_code


def identity_keys(rows: Iterable[StockStatus]) -> tuple[str, ...]:
    """What the box ``codes`` has to tell for ``identity_of`` and ``told_codes``."""
    return tuple(dict.fromkeys(id_key(row.stock_id) if row.stock_id else code_key(row.stock_code) for row in rows))


def told_codes(rows: Iterable[tuple[str, StockStatus]], codes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The StockIDs and codes that levels tell us: a deleted item is brought back by an item only, never by a level."""
    for identity, row in rows:
        known = codes.get(id_key(identity)) == "" if row.stock_id else code_key(row.stock_code) in codes
        if not known:
            yield identity, row.stock_code


def push_key(body: bytes) -> str:
    """The key of the note that these very bytes were pushed; a bounded number of pushes is remembered."""
    return f"push/{int(sha256(body).hexdigest(), 16) % _PUSH_SLOTS}"


def push_note(body: bytes, told: datetime) -> str:
    """The note that this push came first at *told*."""
    return f"{sha256(body).hexdigest()} {told.isoformat()}"


def told_at(body: bytes, note: str, *, at: datetime, window: timedelta) -> datetime:
    """When these bytes came first: *at*, unless *note* tells that they are the repetition of a push of less than
    *window* ago.
    """
    digest, _, moment = note.partition(" ")
    if digest != sha256(body).hexdigest():
        return at
    first = datetime.fromisoformat(moment)
    return first if at - first < window else at


def level_message(
    key: str,
    row: StockStatus,
    known: str | None,
    *,
    told: datetime,
    at: datetime,
    window: timedelta,
    by: Conventions,
) -> dict[str, str]:
    """*row*, which came first at *told* and now at *at*, as it is to be kept under *key* beside the *known* one; empty:
    as it was.

    A row from before the newest that we have met of this level (a late repetition, or a push that was overtaken on its
    way here) lowers the level and never raises it. Moments further apart than *window* are a clock's doing.
    """
    kept, before = _kept(known, by)
    text = write_row(row, by)
    if kept is None or before is None or not told < kept.last < told + window:
        return {key: dump_record(KeptLevel(row=text, as_of=told))}
    if units_in(row) < units_in(before):
        return {key: dump_record(KeptLevel(row=text, as_of=min(told, kept.as_of), newest=max(at, kept.last)))}
    return {}


def _kept(payload: str | None, by: Conventions) -> tuple[KeptLevel | None, StockStatus | None]:
    """The level that is kept and its row, None where there is none or it can no longer be read."""
    if payload is None:
        return None, None
    try:
        kept = load_record(KeptLevel, payload)
        return kept, read_row(StockStatus, kept.row, by)
    except Undecodable:
        return None, None


def units_in(row: StockStatus) -> Decimal:
    """Every unit that a row may stand for: its level and what could be built on top."""
    potential = row.relationship_potential
    if row.levels is None and potential is None:
        return Decimal("Infinity")  # not counted: more than any number
    built = (potential.from_children or Decimal(0)) if potential is not None else Decimal(0)
    return (row.levels.available if row.levels is not None else Decimal(0)) + max(Decimal(0), built)


# --- codes -----------------------------------------------------------------------------------------------------------


def code_messages(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Which code each StockID has, both ways; *pairs* are of StockID and StockCode."""
    messages: dict[str, str] = {}
    for stock_id, stock_code in pairs:
        messages[id_key(stock_id)] = stock_code
        messages[code_key(stock_code)] = stock_id
    return messages


def deleted_messages(stock_ids: Iterable[str]) -> dict[str, str]:
    """That these StockIDs have no code any more."""
    return {id_key(stock_id): "" for stock_id in stock_ids}


# --- items and price lists -------------------------------------------------------------------------------------------


def item_messages(push: ItemPush, by: Conventions) -> dict[str, str]:
    """The items by their StockID, which stays; a deleted one leaves an empty message."""
    gone = {key_of(stock_id): "" for stock_id in push.deleted}
    return gone | {key_of(item.stock_id): write_row(item, by) for item in push.items}


def price_list_messages(rows: Iterable[PriceList], by: Conventions) -> dict[str, str]:
    """The price lists by their id."""
    return {key_of(row.price_list_id): write_row(row, by) for row in rows}


# --- what cannot be read ---------------------------------------------------------------------------------------------


def unread_messages(rows: Iterable[UnreadRow], endpoint: str) -> dict[str, str]:
    """Rows that break the contract, each under the digest of what it says."""
    kept = [
        Unread(endpoint=endpoint, key=row.key, path=row.path, expected=row.expected, payload=row.payload)
        for row in rows
    ]
    return {_digest(each.endpoint, each.payload.encode()): dump_record(each) for each in kept}


def unread_body(body: bytes, endpoint: str, problem: Undecodable) -> tuple[str, str]:
    """A body that is no document at all: its key, and the message that keeps it as it came."""
    try:
        text, encoded = body.decode(), False
    except UnicodeDecodeError:
        text, encoded = b64encode(body).decode("ascii"), True
    kept = Unread(
        endpoint=endpoint,
        key="",
        path=problem.path,
        expected=problem.expected,
        payload=text,
        whole=True,
        encoded=encoded,
    )
    return _digest(endpoint, body), dump_record(kept)


def body_of(unread: Unread) -> bytes:
    """The bytes as they came."""
    return b64decode(unread.payload) if unread.encoded else unread.payload.encode()


def unread_entity(key: str) -> str:
    """What the exception item is about that tells of the unread message *key*."""
    return f"push:{key[:16]}"


def _digest(endpoint: str, payload: bytes) -> str:
    return sha256(endpoint.encode() + b"\n" + payload).hexdigest()
