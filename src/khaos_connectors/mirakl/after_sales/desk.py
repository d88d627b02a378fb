"""What comes after a sale, at one account: money back, returns, incidents, and the news for credit notes."""

from collections.abc import Mapping
from datetime import datetime

import attrs

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.moments import moment
from khaos_connectors.calls.pace import Pace
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.core.ids import ChannelSku, OrderId
from khaos_connectors.core.refunds import RefundEvent
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.after_sales.incidents import Incidents
from khaos_connectors.mirakl.after_sales.money_back import Ask, Windows
from khaos_connectors.mirakl.after_sales.reasons import Reasons
from khaos_connectors.mirakl.after_sales.refunds import Looks, MoneyBack
from khaos_connectors.mirakl.after_sales.returns import ReturnDesk, still_due
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.orders.reading import seen_order
from khaos_connectors.mirakl.polling import wait_for_turn
from khaos_connectors.protocols import Unreadable

__all__ = ["AfterSales", "MoneyNews"]


@attrs.frozen(kw_only=True)
class MoneyNews:
    """Refunds and cancelations on orders that changed; what could not be read is beside them."""

    refunds: tuple[RefundEvent, ...]
    cancelations: tuple[RefundEvent, ...]
    unreadable: tuple[Unreadable, ...] = ()


@warns_unrun
class AfterSales:
    """The desks of one account. ``MiraklChannel.after_sales`` gives one that shares the channel's *caller* and *polls*.

    *packs* tells how many of the ERP's units a SKU stands for, where that is not 1.
    """

    def __init__(
        self,
        config: MiraklConfig,
        *,
        caller: Caller | None = None,
        polls: Pace | None = None,
        windows: Windows | None = None,
        looks: Looks | None = None,
        packs: Mapping[ChannelSku, int] | None = None,
    ) -> None:
        self.config = config
        self._caller = caller or config.caller()
        self._polls = polls or config.polls()
        self._packs = packs or {}
        self.reasons = Reasons(config, self._caller)
        self.money_back = MoneyBack(config, self._caller, self.reasons, windows=windows, looks=looks)
        self.incidents = Incidents(config, self._caller, self.reasons, polls=self._polls)
        self.returns = ReturnDesk(config, self._caller, polls=self._polls)

    def forget(self) -> None:
        """Ask for the operator's reasons anew at the next use."""
        self.reasons.forget()

    def news(self, since: datetime) -> Flow[MoneyNews]:
        """Every refund and cancelation on orders touched since *since*, whoever made it: OR11.

        They come again with every change of their order, with the state that they are in by then; their ids stay the
        same, so ``core.refunds.credit_note_for`` makes one credit note of each. Take the time before the call as the
        next *since*: Mirakl goes back a little by itself. One page of orders is held at a time. Raises ``Invalid`` for
        a *since* without a time zone.
        """
        start = moment(since, system=self.config.account, operation="OR11", name="since")
        yield from wait_for_turn(self._polls, "OR11")
        wanted = endpoints.OrderFilter(start_update_date=start, order_tax_mode=self.config.order_tax_mode)
        refunds: dict[str, RefundEvent] = {}
        cancelations: dict[str, RefundEvent] = {}
        bad: list[Unreadable] = []

        def take(row: Read[Order] | Broken) -> None:
            if isinstance(row, Broken):
                bad.append(Unreadable(key=row.id, problem=row.problem, payload=row.payload))
                return
            try:
                back, out = self.on(row.record)
            except (ValueError, TypeError) as problem:  # amounts that are no money, a currency that is none
                bad.append(Unreadable(key=row.id, problem=str(problem), payload=row.payload))
                return
            # The same order may stand on two pages; what comes later is how it is.
            refunds.update((event.refund_id, event) for event in back)
            cancelations.update((event.refund_id, event) for event in out)

        yield from self._caller.each(endpoints.list_orders(self.config.scope, wanted), take)
        return MoneyNews(
            refunds=tuple(refunds.values()), cancelations=tuple(cancelations.values()), unreadable=tuple(bad)
        )

    def order(self, order_id: OrderId) -> Flow[Order]:
        """The order under Mirakl's own names, as it is now, for ``on``, ``still_due`` and ``remaining``: OR11.

        Raises ``NotFound`` if this shop cannot see it.
        """
        return (yield from seen_order(self._caller, self.config, order_id))

    def still_due(self, order_id: OrderId) -> Flow[tuple[Ask, ...]]:
        """What is left to refund on an order for all its returns whose goods are back, for ``give_back``: OR11, RT11.

        Safe to ask at every poll: what refunds and cancelations name already is not due again. A return that cannot be
        read makes nothing due.
        """
        order = yield from self.order(order_id)
        read = yield from self.returns.of_order(order.commercial_id or order.order_id)
        return still_due(order, read.returns)

    def on(self, order: Order) -> tuple[tuple[RefundEvent, ...], tuple[RefundEvent, ...]]:
        """The refunds and the cancelations on *order*. Pure; raises ``ValueError`` for amounts that are no money."""
        account, mode = self.config.account, self.config.order_tax_mode
        return (
            mapping.refund_events(account, order, asked_mode=mode, packs=self._packs),
            mapping.cancelation_events(account, order, asked_mode=mode, packs=self._packs),
        )
