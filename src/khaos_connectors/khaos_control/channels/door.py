"""The web service that Khaos Control calls: it fetches orders and returns here, and pushes what changed (guide, §11).

``ChannelsDoor(config, store)`` is a handler; ``inbound.asgi.asgi_app(door)`` puts it behind a web server. What the
service promises with a 200 is in the store by then; whatever fails before that is no 200, and comes again.

=====================  ======  =================================================
path under the root    method  Khaos Control's name
=====================  ======  =================================================
``/config``            GET     the "Configuration URL", EndpointConfig
``/orders``            GET     OrderDownload
``/returns``           GET     CReturnDownload
``/order-statuses``    POST    OrderStatusUpload
``/stock-statuses``    POST    StockStatusUpload
``/items``             POST    StockUpload
``/price-lists``       POST    PriceListUpload
``/provided-stock``    GET     ProvidedStock
=====================  ======  =================================================

A body that is no document is kept and refused with 400 once, in case it was damaged on its way. The very same bytes a
second time were not: they are ours to look at, and a 200 ends their being sent for ever. A row that breaks the contract
is kept beside the good ones and does not hold them up. A body beyond the limit is refused each time with 413, for we do
not hold it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import TypeVar

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, now
from khaos_connectors.errors import Undecodable
from khaos_connectors.inbound.basic import basic_allows
from khaos_connectors.inbound.messages import InboundRequest, InboundResponse
from khaos_connectors.khaos_control.channels import boxes, receiving
from khaos_connectors.khaos_control.channels.codes import Format
from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig
from khaos_connectors.khaos_control.channels.offering import give, offer, specific_ids
from khaos_connectors.khaos_control.channels.orders import SalesOrder, SalesOrderImport
from khaos_connectors.khaos_control.channels.price_lists import PriceList
from khaos_connectors.khaos_control.channels.providing import ProvidedRow, provided_document
from khaos_connectors.khaos_control.channels.reading import (
    ItemPush,
    read_order_statuses,
    read_price_lists,
    read_row,
    read_stock_items,
    read_stock_statuses,
)
from khaos_connectors.khaos_control.channels.rereading import ReadAgain, UnreadDesk
from khaos_connectors.khaos_control.channels.returns import CustomerReturn, CustomerReturnImport
from khaos_connectors.khaos_control.channels.roots import Document
from khaos_connectors.khaos_control.channels.spelling import Conventions
from khaos_connectors.khaos_control.channels.statuses import SalesOrderStatus, StockStatus
from khaos_connectors.khaos_control.channels.writing import write_document
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.store.mailbox import Mailbox, Message

__all__ = ["ChannelsDoor"]

_CONTINUATION = "sirion-continuation"
_ONLY = "specificids"
_CUT_KEPT = 64 * 1024

T = TypeVar("T")

Serve = Callable[[InboundRequest, datetime], InboundResponse]
Read = Callable[[bytes, Format, Conventions], T]
Keep = Callable[[T, bytes, datetime], None]


class ChannelsDoor:
    """The endpoints of one channel, over the *mailbox* of a store."""

    def __init__(self, config: KhaosChannelsConfig, mailbox: Mailbox) -> None:
        self.config = config
        self._mailbox = mailbox
        self._by = config.by
        self._levels = Lock()  # what is kept of a level depends on what was kept before
        self._served: Mapping[str, tuple[str, Serve]] = {
            "/config": ("GET", self._configuration),
            "/orders": ("GET", self._orders),
            "/returns": ("GET", self._returns),
            "/provided-stock": ("GET", self._provided),
            "/order-statuses": ("POST", self._pushed(read_order_statuses, self._keep_statuses, "OrderStatusUpload")),
            "/stock-statuses": ("POST", self._pushed(read_stock_statuses, self._keep_levels, "StockStatusUpload")),
            "/items": ("POST", self._pushed(read_stock_items, self._keep_items, "StockUpload")),
            "/price-lists": ("POST", self._pushed(read_price_lists, self._keep_price_lists, "PriceListUpload")),
        }

    def __repr__(self) -> str:
        return f"ChannelsDoor({self.config.account!r})"

    @property
    def max_body_bytes(self) -> int:
        """How much of a push is read."""
        return self.config.max_body_bytes

    def turn_away(self, request: InboundRequest) -> InboundResponse | None:
        """The refusal of a call with the wrong credentials, path or method; None: it is served."""
        config = self.config
        if not basic_allows(request.headers.get("authorization"), user=config.user, password=config.password):
            return _text(401, "who is calling?", {"www-authenticate": 'Basic realm="channels", charset="UTF-8"'})
        served = self._served.get(self._path(request))
        if served is None or served[1] in self._switched_off():
            return _text(404, "there is nothing here")
        if request.method.upper() != served[0]:
            return _text(405, f"this is called with {served[0]}", {"allow": served[0]})
        return None

    def handle(self, request: InboundRequest) -> Flow[InboundResponse]:
        """The answer to a call of the ERP, after everything that it promises is stored."""
        refusal = self.turn_away(request)
        if refusal is not None:
            return refusal
        path = self._path(request)
        at = yield from now()
        answer = yield from do(self._served[path][1], request, at)
        yield from do(self._post, boxes.HEARD, {path: ""}, at)
        return answer

    def _path(self, request: InboundRequest) -> str:
        """The path under the root; "" for one that is not under it."""
        path, root = request.path.rstrip("/"), self.config.root
        return path.removeprefix(root) if path.startswith(root) else ""

    def _switched_off(self) -> tuple[Serve, ...]:
        config = self.config
        return (
            *(() if config.returns is not None else (self._returns,)),
            *(() if config.provided is not None else (self._provided,)),
        )

    def read_again(self) -> Flow[ReadAgain]:
        """Read what could not be read when it came; for after an upgrade. What was pushed since has the last word."""
        at = yield from now()
        return (yield from do(self._read_again, at))

    def _read_again(self, at: datetime) -> ReadAgain:
        with self._levels:
            return UnreadDesk(self.config, self._mailbox).read_again(at=at)

    # --- what is fetched ---------------------------------------------------------------------------------------------

    def _configuration(self, request: InboundRequest, at: datetime) -> InboundResponse:
        return self._document(self.config.endpoints())

    def _orders(self, request: InboundRequest, at: datetime) -> InboundResponse:
        orders, continuation = self._offer(SalesOrder, boxes.ORDERS, "OrderDownload", request, at)
        document = SalesOrderImport(orders=orders, config=self.config.order_import)
        return self._document(document, continuation)

    def _returns(self, request: InboundRequest, at: datetime) -> InboundResponse:
        returns, continuation = self._offer(CustomerReturn, boxes.RETURNS, "CReturnDownload", request, at)
        settings = self.config.returns
        document = CustomerReturnImport(returns=returns, config=settings.config if settings is not None else None)
        return self._document(document, continuation)

    def _provided(self, request: InboundRequest, at: datetime) -> InboundResponse:
        rows, continuation = self._offer(ProvidedRow, boxes.PROVIDED, "ProvidedStock", request, at)
        return self._document(provided_document(rows, self._by.spelling), continuation)

    def _offer(
        self, cls: type[T], box: str, endpoint: str, request: InboundRequest, at: datetime
    ) -> tuple[tuple[T, ...], str]:
        """The documents to answer with, and the continuation of the answer."""
        account = self.config.account
        offered = offer(
            self._mailbox,
            account,
            box,
            continuation=request.headers.get(_CONTINUATION, ""),
            only=specific_ids(request.headers.get(_ONLY), self.config.references),
            most=self.config.batch,
            at=at,
        )
        readable = self._readable(cls, offered.messages, endpoint, at)
        given = give(self._mailbox, account, box, [message for message, _ in readable], at=at)
        return tuple(document for message, document in readable if message.key in given), offered.continuation(given)

    def _readable(
        self, cls: type[T], messages: Sequence[Message], endpoint: str, at: datetime
    ) -> list[tuple[Message, T]]:
        """The documents of *messages*. One that today's reader does not know any more is left to people."""
        documents: list[tuple[Message, T]] = []
        for message in messages:
            try:
                documents.append((message, read_row(cls, message.payload, self._by)))
            except Undecodable as problem:
                self._keep_unread(message.payload.encode(), endpoint, problem, at)
        return documents

    def _document(self, document: Document, continuation: str = "") -> InboundResponse:
        form = self.config.form
        headers = {"content-type": form.content_type, "cache-control": "no-store"}
        if continuation:
            headers[_CONTINUATION] = continuation
        return InboundResponse(status=200, headers=headers, body=write_document(document, form, self._by))

    # --- what is pushed ----------------------------------------------------------------------------------------------

    def _pushed(self, read: Read[T], keep: Keep[T], endpoint: str) -> Serve:
        def serve(request: InboundRequest, at: datetime) -> InboundResponse:
            body = request.body
            if request.cut or len(body) > self.max_body_bytes:
                problem = self._broken(endpoint, f"at most {self.max_body_bytes} bytes")
                self._keep_unread(body[:_CUT_KEPT], endpoint, problem, at)
                return _text(413, problem.detail())
            try:
                read_so_far = read(body, receiving.form_of(body), self._by)
            except Undecodable as problem:
                first = self._keep_unread(body, endpoint, problem, at)
                return _text(400 if first else 200, problem.detail())
            keep(read_so_far, body, at)
            return _text(200, "stored")

        return serve

    def _keep_statuses(self, rows: Rows[SalesOrderStatus], body: bytes, at: datetime) -> None:
        self._post(boxes.UNREAD, receiving.unread_messages(rows.unread, "OrderStatusUpload"), at)
        self._post(boxes.IMPORTED, receiving.imported_messages(rows), at)
        self._post(boxes.STATUSES, receiving.status_messages(rows, self.config.statuses, self._by), at)

    def _keep_levels(self, rows: Rows[StockStatus], body: bytes, at: datetime) -> None:
        self._post(boxes.UNREAD, receiving.unread_messages(rows.unread, "StockStatusUpload"), at)
        with self._levels:
            self._keep_rows(rows.items, body, at)

    def _keep_rows(self, rows: Sequence[StockStatus], body: bytes, at: datetime) -> None:
        codes = self._payloads(boxes.CODES, receiving.identity_keys(rows))
        named = [(receiving.identity_of(row, codes), row) for row in rows]
        keys = {receiving.level_key(row.site_id, identity): row for identity, row in named}
        note, window = receiving.push_key(body), self.config.resend_window
        known = self._payloads(boxes.LEVELS, (note, *keys))
        told = receiving.told_at(body, known.get(note, ""), at=at, window=window)
        if told == at:
            self._post(boxes.CODES, receiving.code_messages(receiving.told_codes(named, codes)), at)
        levels = {note: receiving.push_note(body, told)}
        for key, row in keys.items():
            levels |= receiving.level_message(key, row, known.get(key), told=told, at=at, window=window, by=self._by)
        self._post(boxes.LEVELS, levels, at)

    def _keep_items(self, push: ItemPush, body: bytes, at: datetime) -> None:
        self._post(boxes.UNREAD, receiving.unread_messages(push.items.unread, "StockUpload"), at)
        self._post(boxes.CODES, receiving.deleted_messages(push.deleted), at)
        self._post(boxes.CODES, receiving.code_messages((item.stock_id, item.stock_code) for item in push.items), at)
        self._post(boxes.ITEMS, receiving.item_messages(push, self._by), at)

    def _keep_price_lists(self, rows: Rows[PriceList], body: bytes, at: datetime) -> None:
        self._post(boxes.UNREAD, receiving.unread_messages(rows.unread, "PriceListUpload"), at)
        self._post(boxes.PRICE_LISTS, receiving.price_list_messages(rows, self._by), at)

    def _payloads(self, box: str, keys: Collection[str]) -> dict[str, str]:
        found = self._mailbox.messages(self.config.account, box, keys=keys, limit=max(1, len(keys)))
        return {message.key: message.payload for message in found}

    def _post(self, box: str, messages: Mapping[str, str], at: datetime) -> None:
        if messages:
            self._mailbox.post(self.config.account, box, messages, at=at)

    def _keep_unread(self, body: bytes, endpoint: str, problem: Undecodable, at: datetime) -> bool:
        """Keep a body that cannot be read; whether it is the first time that these bytes came."""
        key, message = receiving.unread_body(body, endpoint, problem)
        return bool(self._mailbox.post(self.config.account, boxes.UNREAD, {key: message}, at=at).stored)

    def _broken(self, endpoint: str, expected: str) -> Undecodable:
        return Undecodable(system=self.config.account, operation=endpoint, path="$", expected=expected)


def _text(status: int, text: str, headers: Mapping[str, str] | None = None) -> InboundResponse:
    told = {"content-type": "text/plain; charset=utf-8", **(headers or {})}
    return InboundResponse(status=status, headers=told, body=text.encode())
