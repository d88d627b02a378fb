"""A Mirakl marketplace in memory, seen by one shop: it sells, waits to be served, and keeps a ledger for audits.

It follows the vendor's contract with its traps: stock files that run later and end ``COMPLETE`` although rows failed,
orders that come back in every poll, addresses that are hidden until the debit, nulls in required fields, 2xx answers
with failures inside, and 404 for what the platform has switched off. It shares no code with the library's client.
"""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import unquote

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators.mirakl import (
    catalogue,
    inbox,
    money_json,
    offer_exports,
    offer_import_looks,
    offer_imports,
    offer_json,
    order_exports,
    order_json,
    order_writes,
    orders,
    paper_requests,
    papers,
    picklists,
    platform,
    prices,
    products,
    promotions,
    reference,
    refunds,
    returns,
    shipment_writes,
    shipping,
    shop,
    stock,
    unplayed,
)
from khaos_connectors.testing.simulators.mirakl.after_sales_state import Return, ReturnLine
from khaos_connectors.testing.simulators.mirakl.desks import InboxDesk, OperatorDesk, PaperDesk
from khaos_connectors.testing.simulators.mirakl.money_desk import MoneyDesk
from khaos_connectors.testing.simulators.mirakl.money_state import MoneySettings
from khaos_connectors.testing.simulators.mirakl.operations import Operation
from khaos_connectors.testing.simulators.mirakl.order_state import Evaluation, OrderSettings
from khaos_connectors.testing.simulators.mirakl.orders import OWN_CENTRE, advance, cancel, sell
from khaos_connectors.testing.simulators.mirakl.state import (
    Carrier,
    LedgerEntry,
    MiraklSettings,
    MiraklState,
    OfferState,
    Order,
    RateLimit,
    Shipment,
    ShippingType,
    StockImport,
)
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Refusal

__all__ = [
    "UK_CARRIERS",
    "Carrier",
    "LedgerEntry",
    "MiraklSettings",
    "MiraklSimulator",
    "MoneySettings",
    "OfferState",
    "Order",
    "OrderSettings",
    "RateLimit",
    "Shipment",
    "ShippingType",
    "StockImport",
    "operations_played",
]

UK_CARRIERS = (
    Carrier(code="ROYALMAIL", label="Royal Mail", tracking_url="https://track.example.com/royal-mail/{trackingId}"),
    Carrier(code="DPD", label="DPD", standard_code="DPD", tracking_url="https://track.example.com/dpd/{trackingId}"),
    Carrier(code="DHL", label="DHL", standard_code="DHL", tracking_url="https://track.example.com/dhl/{trackingId}"),
    Carrier(code="EVRI", label="Evri", tracking_url="https://track.example.com/evri/{trackingId}"),
    Carrier(code="YODEL", label="Yodel"),
)
"""Carriers as an operator in the United Kingdom might register them."""

_ALL = (
    *platform.OPERATIONS,
    *reference.OPERATIONS,
    *catalogue.OPERATIONS,
    *products.OPERATIONS,
    *promotions.OPERATIONS,
    *picklists.OPERATIONS,
    *offer_import_looks.OPERATIONS,
    *offer_imports.OPERATIONS,
    *offer_json.OPERATIONS,
    *offer_exports.OPERATIONS,
    *prices.OPERATIONS,
    *order_json.OPERATIONS,
    *orders.OPERATIONS,
    *order_writes.OPERATIONS,
    *order_exports.OPERATIONS,
    *refunds.OPERATIONS,
    *returns.OPERATIONS,
    *shipping.OPERATIONS,
    *shipment_writes.OPERATIONS,
    *shop.OPERATIONS,
    *stock.OPERATIONS,
    *money_json.OPERATIONS,
    *inbox.OPERATIONS,
    *papers.OPERATIONS,
    *paper_requests.OPERATIONS,
    *unplayed.OPERATIONS,
)
_OPERATIONS = sorted(_ALL, key=lambda one: one.path.count("*"))  # OF22 would take the word "states" for an offer


def operations_played() -> tuple[frozenset[str], frozenset[str]]:
    """The codes of the operations that are played, and of those that are refused by name."""
    unplayed_codes = frozenset(one.code for one in unplayed.OPERATIONS)
    return frozenset(one.code for one in _OPERATIONS) - unplayed_codes, unplayed_codes


class MiraklSimulator:
    """One shop on one marketplace. *clock* gives an aware time and must not run backwards; *api_key* opens it.

    ``handle`` is the wire side; ``buy``, ``cancel_order``, ``tick`` and the views are the world's side. All of them
    take ``lock``, so a served simulator can be played and audited from other threads.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        api_key: str,
        offers: Mapping[str, OfferState],
        settings: MiraklSettings | None = None,
        carriers: Sequence[Carrier] = UK_CARRIERS,
    ) -> None:
        self.lock = threading.RLock()
        self.settings = settings or MiraklSettings()
        self._clock = clock
        self._api_key = api_key
        self._state = MiraklState(settings=self.settings, carriers=tuple(carriers), offers=dict(offers))
        for sku, offer in offers.items():
            self._state.note(clock(), "opened", sku=sku, units=offer.quantity, stock=offer.quantity)

    # The wire

    def operation(self, request: Request) -> str:
        """Mirakl's own code of what *request* asks for, else its method and path."""
        found = _match(request)
        return found[0].code if found else f"{request.method} {request.path}"

    def handle(self, request: Request) -> Response:
        """The marketplace's answer; everything that was due by now has happened before it."""
        with self.lock:
            now = self._clock()
            self._catch_up(now)
            try:
                operation, ids = self._admit(request, now)
                return operation.handler(self._state, Asked(now, ids, request))
            except Refusal as refusal:
                return refusal.response()

    def _admit(self, request: Request, now: datetime) -> tuple[Operation, tuple[str, ...]]:
        if request.headers.get("authorization") != self._api_key:
            raise Refusal(401, "Unauthorized")
        found = _match(request)
        if found is None:
            methods = sorted({one.method for one in _OPERATIONS if one.ids(_segments(request)) is not None})
            if methods:
                raise Refusal(405, "Method Not Allowed", headers={"allow": ", ".join(methods)})
            raise Refusal(404, f"the simulator does not play {request.method} {request.path}")
        shops = {value for name, value in request.query if name == "shop_id" and value}
        if shops - {str(self.settings.shop_id)}:
            raise Refusal(403, "Forbidden")
        self._limit(found[0].code, now)
        return found

    def _limit(self, code: str, now: datetime) -> None:
        limit = self.settings.limits.get(code)
        if limit is None:
            return
        since = now - timedelta(seconds=limit.seconds)
        calls = [at for at in self._state.calls.get(code, []) if at > since]
        if len(calls) >= limit.calls:
            wait = math.ceil((calls[-limit.calls] - since).total_seconds())
            raise Refusal(429, "Too many requests in the last hour", headers={"retry-after": str(max(1, wait))})
        self._state.calls[code] = [*calls, now]

    def _catch_up(self, now: datetime) -> None:
        while True:
            state = self._state
            firsts = (state.orders.next(), state.imports.next(), state.jobs.next())
            due = [(*first, kind) for kind, first in enumerate(firsts) if first is not None]
            at, key, kind = min(due, key=lambda one: (one[0], one[2]), default=(now, "", 0))
            if not key or at > now:
                return
            if kind == 0:
                advance(self._state, key)
            elif kind == 2:
                self._state.jobs.pop(key).run(self._state, at)
            else:
                stock.run_import(self._state, key)

    # The world

    def buy(
        self,
        lines: Sequence[tuple[str, int]],
        *,
        shipping: Decimal | str = "4.95",
        ship_within: timedelta = timedelta(days=2),
        shipping_type: str | None = None,
        centre: str = OWN_CENTRE,
    ) -> str | None:
        """A customer buys *lines* of (sku, units): the order id, or None if an offer is missing, inactive or too low.

        Lowers the offers' quantities. *shipping* is in the platform's tax mode. A *centre* other than the default is
        the operator's: the seller may then neither accept nor ship.
        """
        with self.lock:
            now = self._clock()
            self._catch_up(now)
            return sell(
                self._state,
                now,
                lines,
                shipping=Decimal(shipping),
                ship_within=ship_within,
                shipping_type=shipping_type or self.settings.shipping_types[0].code,
                centre=centre,
            )

    def cancel_order(self, order_id: str) -> bool:
        """The operator cancels an order that has not begun to ship; False when it is too late or unknown."""
        with self.lock:
            now = self._clock()
            self._catch_up(now)
            return cancel(self._state, now, order_id)

    def tick(self) -> None:
        """Let happen what is due: imports, debits, expiries, deliveries."""
        with self.lock:
            self._catch_up(self._clock())

    def fail_rows(self, sku: str, times: int = 1) -> None:
        """Let the next *times* stock rows of *sku* fail."""
        with self.lock:
            self._state.failures_due[sku] = times

    def list_offer(self, sku: str, offer: OfferState) -> None:
        """Put an offer on sale, or replace one."""
        with self.lock:
            self._state.offers[sku] = offer
            self._state.note(self._clock(), "opened", sku=sku, units=offer.quantity, stock=offer.quantity)

    def raise_incident(self, order_id: str, *, opened: bool = True, line_id: str | None = None) -> None:
        """A customer opens an incident on a line (by default the order's first), or it is closed again."""
        with self.lock:
            line = line_id or self._state.orders[order_id].lines[0].line_id
            change = refunds.open_incident if opened else refunds.close_incident
            change(self._state, self._clock(), order_id, line)

    def give_back(
        self, line_id: str, amount: Decimal | str, *, shipping: Decimal | str = "0", quantity: int = 0
    ) -> str:
        """The operator's customer service gives money back on a line, in the platform's tax mode; the refund's id."""
        with self.lock:
            now = self._clock()
            self._catch_up(now)
            return refunds.refund_by_operator(
                self._state, now, line_id, Decimal(amount), shipping=Decimal(shipping), quantity=quantity
            )

    @property
    def money(self) -> MoneyDesk:
        """The operator's accounts: the transaction log, billing cycles, pay-outs, documents."""
        return MoneyDesk(self._state, self._clock, self._catch_up, self.lock)

    @property
    def inbox(self) -> InboxDesk:
        """Customers and the operator as they write to the shop."""
        return InboxDesk(self._state, self._clock, self.lock)

    @property
    def papers(self) -> PaperDesk:
        """Documents of orders and of the shop, and those that are asked for."""
        return PaperDesk(self._state, self._clock, self.lock)

    def send_back(self, lines: Sequence[tuple[str, int]], *, reason: str = "RETURN_CHANGED_MIND") -> str | None:
        """A customer asks to return *lines* of (line id, units): the return's id, None if less has left than that."""
        with self.lock:
            now = self._clock()
            self._catch_up(now)
            rows = [ReturnLine(line_id, units, reason) for line_id, units in lines]
            return returns.open_return(self._state, now, rows, reason=reason)

    @property
    def returns(self) -> dict[str, Return]:
        """Every return by id, as it stands now."""
        with self.lock:
            return dict(self._state.after_sales.returns)

    def evaluate(self, order_id: str, grade: int, comment: str = "") -> None:
        """The customer says what they think of an order."""
        with self.lock:
            said = Evaluation(grade=grade, comment=comment, at=self._clock())
            self._state.desk.evaluations[order_id] = said

    @property
    def operator(self) -> OperatorDesk:
        """The operator's catalogue, its approval of promotions, its pick lists."""
        return OperatorDesk(self._state, self._clock, self.lock)

    @property
    def orders(self) -> dict[str, Order]:
        """Every order by id, as it stands now."""
        with self.lock:
            return dict(self._state.orders)

    @property
    def offers(self) -> dict[str, OfferState]:
        """Every offer by SKU, as it stands now."""
        with self.lock:
            return dict(self._state.offers)

    @property
    def shipments(self) -> tuple[Shipment, ...]:
        """Every shipment, oldest first."""
        with self.lock:
            return tuple(self._state.shipments.values())

    @property
    def imports(self) -> dict[str, StockImport]:
        """Every stock file by import id."""
        with self.lock:
            return dict(self._state.imports)

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Everything that happened, in the order in which it happened."""
        with self.lock:
            return tuple(self._state.ledger)


def _segments(request: Request) -> list[str]:
    return [unquote(part) for part in request.path.strip("/").split("/")]


def _match(request: Request) -> tuple[Operation, tuple[str, ...]] | None:
    path = _segments(request)
    for operation in _OPERATIONS:
        ids = operation.ids(path) if operation.method == request.method else None
        if ids is not None:
            return operation, ids
    return None
