"""What the ERP pushes, turned into messages for the store: rows that can be read, and beside them those that cannot.

Pure. A push that is not answered with 200 comes again and again, so nothing here may depend on how often it came.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
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
    "code_messages",
    "deleted_messages",
    "form_of",
    "identity_of",
    "imported_messages",
    "item_messages",
    "level_key",
    "level_messages",
    "price_list_messages",
    "push_key",
    "reference_in",
    "status_messages",
    "unread_body",
    "unread_messages",
]

_PUSH_SLOTS = 2**20


@attrs.frozen(kw_only=True)
class KeptLevel:
    """A pushed level as it is kept: the *row* as JSON, and the moment that it speaks of at the latest."""

    row: str = attrs.field(repr=False)
    as_of: datetime


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


def identity_of(row: StockStatus) -> str:
    """The StockID of a row, its code where it has none."""
    return row.stock_id or row.stock_code


def push_key(body: bytes) -> str:
    """The key of the note that these very bytes were pushed; a bounded number of pushes is remembered."""
    return f"push/{int(sha256(body).hexdigest(), 16) % _PUSH_SLOTS}"


def level_messages(
    rows: Iterable[StockStatus],
    body: bytes,
    known: Mapping[str, str],
    *,
    at: datetime,
    window: timedelta,
    by: Conventions,
) -> dict[str, str]:
    """The levels of one push as they are to be kept, with a note of the push itself; *known* are the kept ones by key.

    The very bytes of a push of less than *window* ago are taken for its repetition, which may speak of a moment
    before a newer push: it then lowers levels and never raises one, and what it says dates from its first arrival.
    """
    note = push_key(body)
    digest = sha256(body).hexdigest()
    first = _first_arrival(known.get(note, ""), digest, at=at, window=window)
    messages = {note: f"{digest} {(first or at).isoformat()}"}
    for row in rows:
        key = level_key(row.site_id, identity_of(row))
        text = write_row(row, by)
        kept = _kept(known.get(key), by)
        if first is None or kept is None:
            messages[key] = dump_record(KeptLevel(row=text, as_of=at))
        elif _units(row) < _units(kept):
            messages[key] = dump_record(KeptLevel(row=text, as_of=first))
    return messages


def _first_arrival(note: str, digest: str, *, at: datetime, window: timedelta) -> datetime | None:
    """When these bytes came first, if this is their repetition."""
    before, _, moment = note.partition(" ")
    if before != digest:
        return None
    first = datetime.fromisoformat(moment)
    return first if at - first < window else None


def _kept(payload: str | None, by: Conventions) -> StockStatus | None:
    """The row that is kept, None where there is none or it can no longer be read."""
    if payload is None:
        return None
    try:
        return read_row(StockStatus, load_record(KeptLevel, payload).row, by)
    except Undecodable:
        return None


def _units(row: StockStatus) -> Decimal:
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


def _digest(endpoint: str, payload: bytes) -> str:
    return sha256(endpoint.encode() + b"\n" + payload).hexdigest()
