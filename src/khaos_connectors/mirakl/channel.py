"""A Mirakl marketplace as a channel: every job of the port as a flow over this folder's endpoints."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.decode import parse_json, read
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.moments import moment
from khaos_connectors.calls.pace import Pace
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.core.couriers import Carrier
from khaos_connectors.core.despatch import ShippedUnits
from khaos_connectors.core.ids import AccountId, ChannelId, OrderId
from khaos_connectors.core.orders import ChannelOrder
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.after_sales.desk import AfterSales
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.despatch.batches import ShipmentBatches, ShipmentOutcome
from khaos_connectors.mirakl.despatch.debits import WaitingDebits, waiting_debits
from khaos_connectors.mirakl.despatch.left_to_ship import Left, left_to_ship
from khaos_connectors.mirakl.despatch.shipping import Shipping
from khaos_connectors.mirakl.documents.desk import Documents
from khaos_connectors.mirakl.given import one_record
from khaos_connectors.mirakl.instance.asked import Instance, capabilities
from khaos_connectors.mirakl.instance.checking import health
from khaos_connectors.mirakl.instance.proving import prove
from khaos_connectors.mirakl.instance.settling import InstanceFacts
from khaos_connectors.mirakl.instance.survey import Survey
from khaos_connectors.mirakl.messages.conversations import Conversations
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.money.payouts import Payouts
from khaos_connectors.mirakl.offers.desk import Offers
from khaos_connectors.mirakl.offers.stock_push import StockPush
from khaos_connectors.mirakl.orders.deciding import Decisions
from khaos_connectors.mirakl.orders.feed import OrderFeed
from khaos_connectors.mirakl.orders.reading import one_order
from khaos_connectors.mirakl.orders.references import write_references
from khaos_connectors.mirakl.polling import wait_for_turn
from khaos_connectors.protocols import (
    Batch,
    ChannelCapabilities,
    Health,
    LineDecision,
    Listing,
    ReceivedOrder,
    ReferenceRefusal,
    ShipmentNotice,
    ShipmentReceipt,
    StockLevel,
    StockReceipt,
    Unreadable,
)

__all__ = ["MiraklChannel"]


@warns_unrun
class MiraklChannel:
    """The ``ChannelPort`` of one Mirakl account, and its desks: what Mirakl can do that other channels cannot.

    The desks are ``feed``, ``offers``, ``after_sales``, ``conversations``, ``documents`` and ``payouts``.

    What the instance says of itself (PC01, SH12, SH21) is asked once and kept for ``settings_age``, as is the 404 by
    which a platform without shipments of its own makes itself known; ``forget`` drops it all. Ports that share an
    account should share a *caller* and *polls*, so that they share its pace.
    """

    def __init__(self, config: MiraklConfig, *, caller: Caller | None = None, polls: Pace | None = None) -> None:
        self.config = config
        self._caller = caller or config.caller()
        self._instance = Instance(config, self._caller)
        self._survey = Survey(config, self._caller, self._instance)
        self._shipping = Shipping(config, self._caller, self._instance)
        self._polls = polls or config.polls()
        self._after_sales = AfterSales(config, caller=self._caller, polls=self._polls)
        self._documents = Documents(config, caller=self._caller, instance=self._instance)
        self._conversations = Conversations(config, caller=self._caller)
        self._offers = Offers(config, caller=self._caller, instance=self._instance)
        self._payouts = Payouts(config, caller=self._caller)
        self._decisions = Decisions(self._caller, config)
        self._stock = StockPush(self._caller, config, in_flight=self._offers.rewrites)

    @property
    def account(self) -> AccountId:
        """The name of this connection."""
        return self.config.account

    @property
    def channel(self) -> ChannelId:
        """The channel's name in allocation, SKU and courier rules."""
        return self.config.channel

    def forget(self) -> None:
        """Ask the instance about itself anew at the next use."""
        self._instance.forget()
        self._stock.forget()
        self._survey.forget()
        self._after_sales.forget()
        self._documents.forget()
        self._payouts.forget()
        self._decisions.forget()

    def check(self) -> Flow[Health]:
        """That instance, key and shop are what they should be (V01, A01), and who settles each open question.

        What the instance tells besides is kept for ``settings_age``; what it does not tell is no failure. A refusal of
        the first two says which setting to look at.
        """
        version, shop = yield from prove(self._caller, self.config)
        facts = yield from self._survey.facts(shop)
        return health(self.config, version, shop, facts)

    def capabilities(self) -> Flow[ChannelCapabilities]:
        """What this account can do: the configuration, else PC01 and SH12, else the default. Asked once and kept."""
        facts = yield from self._instance.facts()
        able = capabilities(self.config, facts)
        if self.config.partial_acceptance is None and not self._decisions.takes_partial:
            return attrs.evolve(able, partial_acceptance=False)
        return able

    def facts(self) -> Flow[InstanceFacts]:
        """All that the instance tells of itself, for ``Profile.settle``; asked once and kept."""
        return (yield from self._survey.facts())

    # --- desks -----------------------------------------------------------------------------------------------------

    @property
    def caller(self) -> Caller:
        """What makes this port's calls: for a desk with settings of its own that is to share the pace."""
        return self._caller

    @property
    def feed(self) -> OrderFeed:
        """All orders in bulk: polls that hand over pages, the daily comparison, exports. It shares this port's pace."""
        return OrderFeed(self.config, self._caller, polls=self._polls)

    @property
    def offers(self) -> Offers:
        """Prices, single fields of offers, and drift. It shares this port's pace and what it knows of the instance."""
        return self._offers

    @property
    def payouts(self) -> Payouts:
        """Billing cycles, transactions and the operator's documents as statements. It shares this port's pace."""
        return self._payouts

    @property
    def after_sales(self) -> AfterSales:
        """Money back, refund news, returns and incidents. It shares this port's pace."""
        return self._after_sales

    @property
    def documents(self) -> Documents:
        """Invoices and other documents. It shares this port's pace and what it knows of the instance."""
        return self._documents

    @property
    def conversations(self) -> Conversations:
        """Messages with customers and the operator. It shares this port's pace."""
        return self._conversations

    # --- orders ----------------------------------------------------------------------------------------------------

    def orders(self, *, since: datetime, cursor: str | None = None) -> Flow[Batch[ReceivedOrder]]:
        """Orders touched since *since*, oldest first: OR11. Polls are spaced as Mirakl wants it, pages are not.

        Mirakl looks further back by a margin of its own, so orders come again. An order that breaks the contract is
        unreadable beside the good ones. Raises ``Invalid`` for a *since* without a time zone.
        """
        since = moment(since, system=self.account, operation="OR11", name="since")
        return (yield from self._page(endpoints.OrderFilter(start_update_date=since), cursor))

    def created_orders(
        self, *, start: datetime, end: datetime, cursor: str | None = None
    ) -> Flow[Batch[ReceivedOrder]]:
        """Orders created from *start* to *end*, oldest first, for ``pipelines.missed_orders``: OR11.

        Raises ``Invalid`` for times without a time zone.
        """
        wanted = endpoints.OrderFilter(
            start_date=moment(start, system=self.account, operation="OR11", name="start"),
            end_date=moment(end, system=self.account, operation="OR11", name="end"),
        )
        return (yield from self._page(wanted, cursor))

    def order(self, order_id: OrderId) -> Flow[ReceivedOrder | None]:
        """One order as it is now, None if this shop cannot see it: OR11."""
        record = yield from one_order(self._caller, self.config, order_id)
        return None if record is None else self._received(record)

    def read_order(self, payload: str) -> ChannelOrder:
        """The order in a payload that ``orders`` gave earlier. Pure; raises ``Undecodable``."""
        text = payload.encode(errors="surrogatepass")  # what is no text is then refused as no JSON
        body = parse_json(Response(status=200, body=text), system=self.account, operation="OR11")
        return self._mapped(read(Order, body, system=self.account, operation="OR11"))

    def decide(self, order_id: OrderId, decisions: Sequence[LineDecision]) -> Flow[None]:
        """Accept or refuse every line: OR21. Refused because of the state, or unanswered: the order itself tells.

        Decided the same way already is done; decided otherwise is ``Conflict``.
        """
        return (yield from self._decisions.decide(order_id, decisions))

    def set_references(self, references: Mapping[OrderId, str]) -> Flow[tuple[ReferenceRefusal, ...]]:
        """Write our references onto orders, 100 to a call, of which Mirakl wants one a minute: OR04."""
        return (yield from write_references(self._caller, self.config.scope, references))

    # --- stock -----------------------------------------------------------------------------------------------------

    def push_stock(self, levels: Sequence[StockLevel]) -> Flow[StockReceipt]:
        """Set absolute levels and learn each row's fate: STO01, STO02, STO03."""
        return (yield from self._stock.push(levels))

    def listings(self, *, cursor: str | None = None) -> Flow[Batch[Listing]]:
        """The shop's offers as they are shown now: OF21, by page."""
        offset, after = self._place(cursor, "OF21")
        page = yield from self._caller.perform(
            endpoints.list_offers(self.config.scope, size=self.config.page_size, offset=offset, after=after)
        )
        good: list[Listing] = []
        bad: list[Unreadable] = []
        for record in page.items:
            if isinstance(record, Broken):
                bad.append(Unreadable(key=record.id, problem=record.problem, payload=record.payload))
            else:
                good.append(mapping.listing(record.record))
        following = f"{offset + len(page.items)}:{page.mark}"
        return Batch(items=tuple(good), next=None if page.next is None else following, unreadable=tuple(bad))

    # --- shipments -------------------------------------------------------------------------------------------------

    def carriers(self) -> Flow[tuple[Carrier, ...]]:
        """The operator's registered carriers: SH21, asked once and kept."""
        found = yield from self._instance.carriers()
        return tuple(mapping.carrier(each) for each in found)

    def shipments(self, order_id: OrderId) -> Flow[tuple[ShippedUnits, ...]]:
        """What the channel knows to have left of an order: ST11, or the order itself where there is no ST11."""
        return (yield from self._shipping.known(order_id))

    def confirm(self, notice: ShipmentNotice) -> Flow[ShipmentReceipt]:
        """Tell a shipment with its tracking, once: ST01, or OR23 and OR24 where there is no ST01.

        ``Invalid`` with status None names what is missing before anything is sent. ``Conflict``: the order left with
        another tracking number, or is not in SHIPPING. ``Unanswered``: ask ``shipments`` before repeating.
        """
        one_record(self.config.scope, "ST01", "notice", notice, ShipmentNotice)
        return (yield from self._shipping.confirm(notice))

    def confirm_all(
        self, notices: Sequence[ShipmentNotice], *, rerun: bool = False
    ) -> Flow[tuple[ShipmentOutcome, ...]]:
        """Tell many shipments, up to 1000 to a call, each with an outcome of its own, in their order: ST01.

        An answer that does not come is looked for (ST11) before anybody is told that the outcome is not known. *rerun*
        after a run that may have been cut off: what it told is found by number and units, and not told again.
        """
        desk = ShipmentBatches(self.config, self._caller, self._instance, self._shipping)
        return (yield from desk.confirm_all(notices, rerun=rerun))

    def left_to_ship(self, order_ids: Sequence[OrderId] = ()) -> Flow[Left]:
        """What no shipment holds yet, of *order_ids* or of all orders: ST12, for ``compare_left``."""
        return (yield from left_to_ship(self._caller, self.config, order_ids))

    def waiting_debits(self, *, since: datetime | None = None) -> Flow[WaitingDebits]:
        """Shipments whose goods may not leave yet, because the customer pays on shipment and has not: ST11."""
        return (yield from waiting_debits(self._caller, self.config, since=since))

    # --- within ----------------------------------------------------------------------------------------------------

    def _page(self, wanted: endpoints.OrderFilter, cursor: str | None) -> Flow[Batch[ReceivedOrder]]:
        """A page of the orders that are *wanted*; a first one waits for its turn."""
        if cursor is None:
            yield from wait_for_turn(self._polls, "OR11")
        offset, after = self._place(cursor, "OR11")
        ours = attrs.evolve(
            wanted, fulfillment_center_code=self.config.own_centres, order_tax_mode=self.config.order_tax_mode
        )
        page = yield from self._caller.perform(
            endpoints.list_orders(self.config.scope, ours, size=self.config.page_size, offset=offset, after=after)
        )
        following = f"{offset + len(page.items)}:{page.mark}"
        good: list[ReceivedOrder] = []
        bad: list[Unreadable] = []
        for record in page.items:
            told = self._told(record)
            if isinstance(told, Unreadable):
                bad.append(told)
            else:
                good.append(told)
        return Batch(items=tuple(good), next=None if page.next is None else following, unreadable=tuple(bad))

    def _told(self, record: Read[Order] | Broken) -> ReceivedOrder | Unreadable:
        if isinstance(record, Broken):
            return Unreadable(key=record.id, problem=record.problem, payload=record.payload)
        try:
            return self._received(record)
        except errors.Undecodable as broken:
            return Unreadable(key=record.id, problem=broken.detail(), payload=record.payload)

    def _received(self, record: Read[Order]) -> ReceivedOrder:
        return ReceivedOrder(order=self._mapped(record.record), payload=record.payload)

    def _mapped(self, order: Order) -> ChannelOrder:
        """The order as the core knows it; what no order can be is ``Undecodable``, like what cannot be read."""
        if not order.order_id:
            raise errors.Undecodable(system=self.account, operation="OR11", path="$.order_id", expected="an id")
        try:
            return mapping.channel_order(
                self.account,
                order,
                asked_mode=self.config.order_tax_mode,
                rule=self.config.import_rule,
                accept_within=self.config.accept_within,
                model=self.config.model,
            )
        except (ValueError, TypeError, ArithmeticError) as problem:  # amounts that are no money, dates out of range
            told = f"an order, but {problem}"
            raise errors.Undecodable(system=self.account, operation="OR11", path="$", expected=told) from None

    def _place(self, cursor: str | None, operation: str) -> tuple[int, str]:
        """The offset that *cursor* stands for, and the mark of the page before it."""
        if cursor is None:
            return 0, ""
        offset, _, after = cursor.partition(":")
        if not (offset.isascii() and offset.isdecimal()):
            raise errors.CursorStuck(system=self.account, operation=operation, cursor=cursor)
        return int(offset), after
