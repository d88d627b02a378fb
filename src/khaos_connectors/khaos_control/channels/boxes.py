"""What the door and the ERP behind it keep in the store's mailbox: the names of the boxes, and the keys in them.

========================  ==========================================  =====================================
box                       key                                         payload
========================  ==========================================  =====================================
``orders``, ``returns``   AssociatedRef                               the document that is offered; empty: withdrawn
``... given``             AssociatedRef                               the number under which an answer held it
``... fetched``           AssociatedRef                               the number it was offered under
``... cursor``            ``cursor``                                  how far it is proven to be fetched
``refunds``               AssociatedRef of a return                   the account and the order that it is of
``statuses``              AssociatedRef and how many parts have left  the row as it was pushed
``imported``              AssociatedRef                               the ERP's OrderCode
``levels``                SiteID and StockID; ``push/...``            the row and its time; a push's digest
``items``                 StockID                                     the row; empty when deleted
``provided``              StockCode                                   an item that the ERP takes from us, or its end
``codes``                 ``code/`` StockCode, ``id/`` StockID        the StockID, the StockCode
``price lists``           PriceListID                                 the row
``unread``                a digest                                    what could not be read, and why; empty: read
``heard``                 a path                                      nothing: ``seen_at`` is the last call
========================  ==========================================  =====================================
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256

from khaos_connectors.calls.decode import to_json
from khaos_connectors.core.ids import AccountId
from khaos_connectors.store.mailbox import Mailbox, Message

__all__ = [
    "CODES",
    "HEARD",
    "IMPORTED",
    "ITEMS",
    "LEVELS",
    "ORDERS",
    "PRICE_LISTS",
    "PROVIDED",
    "REFUNDS",
    "RETURNS",
    "SLOTS",
    "STATUSES",
    "UNREAD",
    "code_key",
    "cursor_box",
    "fetched_box",
    "given_box",
    "id_key",
    "key_of",
    "number_before",
    "read_all",
    "status_key",
    "status_keys",
]

ORDERS = "orders"
RETURNS = "returns"
REFUNDS = "refunds"
STATUSES = "statuses"
IMPORTED = "imported"
LEVELS = "levels"
ITEMS = "items"
CODES = "codes"
HEARD = "heard"
PRICE_LISTS = "price lists"
PROVIDED = "provided"
UNREAD = "unread"

SLOTS = 16
"""How many states of an order are kept apart by how much of it has left; the last one takes all beyond."""

_LONGEST_KEY = 200
_MANY = 1000


def fetched_box(box: str) -> str:
    """Where it is kept when each document of *box* was proven to be fetched."""
    return f"{box} fetched"


def given_box(box: str) -> str:
    """Where it is kept which documents of *box* were in an answer, arrived or not."""
    return f"{box} given"


def cursor_box(box: str) -> str:
    """Where it is kept how far *box* is proven to be fetched."""
    return f"{box} cursor"


def key_of(text: str) -> str:
    """*text* as a key that any database takes: ASCII without control characters, of bounded length. Two texts never
    share a key; an ordinary one is its own.
    """
    key = to_json(text)[1:-1]
    return key if len(key) <= _LONGEST_KEY else f"{key[:100]}#{sha256(key.encode()).hexdigest()}"


def code_key(stock_code: str) -> str:
    """Under which key the box ``codes`` tells the StockID of a code."""
    return f"code/{key_of(stock_code)}"


def id_key(stock_id: str) -> str:
    """Under which key the box ``codes`` tells the present code of a StockID."""
    return f"id/{key_of(stock_id)}"


def status_key(associated_ref: str, left: int) -> str:
    """The key of a pushed status in which *left* shipments have left.

    A late repetition of an earlier state has a key of its own, so it cannot hide that something has left since.
    """
    return f"{key_of(associated_ref)} {min(left, SLOTS - 1)}"


def status_keys(associated_ref: str) -> tuple[str, ...]:
    """Every key that a status of this order may have."""
    return tuple(status_key(associated_ref, left) for left in range(SLOTS))


def read_all(mailbox: Mailbox, account: AccountId, box: str, *, after: int = 0) -> Iterator[Message]:
    """Every message of *box* above *after*, lowest number first, read piece by piece."""
    while page := mailbox.messages(account, box, after=after, limit=_MANY):
        yield from page
        after = page[-1].sequence


def number_before(mailbox: Mailbox, account: AccountId, box: str, moment: datetime) -> int:
    """A number below which no message of *box* came at *moment* or later; found without reading the box."""

    def older(after: int) -> bool:
        """Whether the next message above *after* came before *moment*."""
        found = mailbox.messages(account, box, after=after, limit=1)
        return bool(found) and found[0].at < moment

    return _last(older)


def _last(holds: Callable[[int], bool]) -> int:
    """The first number at which *holds* is no longer true, given that it never is again after that."""
    if not holds(0):
        return 0
    high = 1
    while holds(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high
