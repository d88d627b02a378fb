"""The world's side of the simulated marketplace: who writes to the shop, what the operator asks of it and decides."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from khaos_connectors.testing.simulators.mirakl.catalogue import products
from khaos_connectors.testing.simulators.mirakl.inbox import say
from khaos_connectors.testing.simulators.mirakl.inbox_state import SimulatedThread
from khaos_connectors.testing.simulators.mirakl.paper_requests import ask_for
from khaos_connectors.testing.simulators.mirakl.papers_state import OrderPaper, PaperRequest, ShopPaper
from khaos_connectors.testing.simulators.mirakl.picklists import call_for, prepare
from khaos_connectors.testing.simulators.mirakl.product_state import Product
from khaos_connectors.testing.simulators.mirakl.promotion_state import Picklist, Promotion, Stage
from khaos_connectors.testing.simulators.mirakl.promotions import decide
from khaos_connectors.testing.simulators.mirakl.state import MiraklState

__all__ = ["InboxDesk", "OperatorDesk", "PaperDesk"]


class _Desk:
    def __init__(self, state: MiraklState, clock: Callable[[], datetime], lock: AbstractContextManager[object]) -> None:
        self._state = state
        self._clock = clock
        self._lock = lock


class InboxDesk(_Desk):
    """Customers and the operator at the simulated inbox."""

    def customer_writes(
        self,
        order_id: str,
        body: str,
        *,
        thread_id: str = "",
        topic: str = "A question",
        files: Mapping[str, bytes] | None = None,
    ) -> str:
        """A customer writes to the shop about an order, in a thread or a new one: the thread's id."""
        with self._lock:
            thread, _ = say(
                self._state,
                self._clock(),
                side="CUSTOMER",
                body=body,
                to=("SHOP",),
                thread_id=thread_id,
                entity_id=order_id,
                topic="" if thread_id else topic,
                files=files,
            )
        return thread

    def operator_writes(self, body: str, *, thread_id: str = "", topic: str = "About your shop") -> str:
        """The operator writes to the shop, in a thread or a new one: the thread's id."""
        with self._lock:
            thread, _ = say(
                self._state,
                self._clock(),
                side="OPERATOR",
                body=body,
                to=("SHOP",),
                thread_id=thread_id,
                entity_type="SELLER_OPERATOR",
                entity_id=str(self._state.settings.shop_id),
                topic="" if thread_id else topic,
            )
        return thread

    @property
    def threads(self) -> tuple[SimulatedThread, ...]:
        """Every conversation, oldest first."""
        with self._lock:
            return tuple(self._state.inbox.threads.values())


class PaperDesk(_Desk):
    """Documents of the simulated marketplace."""

    def ask_for(self, order_id: str, kind: str = "INVOICE", *, ready: bool = True) -> str:
        """The operator asks the shop for a document of an order (INVOICE, CREDIT_NOTE): the request's id."""
        with self._lock:
            return ask_for(self._state, self._clock(), order_id, kind, ready=ready)

    @property
    def of_orders(self) -> tuple[OrderPaper, ...]:
        """Every document of an order, oldest first."""
        with self._lock:
            return tuple(self._state.papers.of_orders.values())

    @property
    def of_shop(self) -> tuple[ShopPaper, ...]:
        """Every document of the shop, oldest first."""
        with self._lock:
            return tuple(self._state.papers.of_shop.values())

    @property
    def requests(self) -> tuple[PaperRequest, ...]:
        """Every request for an accounting document, oldest first."""
        with self._lock:
            return tuple(self._state.papers.requests.values())


class OperatorDesk(_Desk):
    """The operator's catalogue, its approval of promotions, and its vans."""

    def approve(self, internal_id: str) -> None:
        """A promotion may begin. Raises ``KeyError`` for one that is unknown."""
        with self._lock:
            decide(self._state, self._clock(), internal_id, "approved")

    def reject(self, internal_id: str) -> None:
        """A promotion will not begin. Raises ``KeyError`` for one that is unknown."""
        with self._lock:
            decide(self._state, self._clock(), internal_id, "rejected")

    def call_for(self, order_ids: Sequence[str], *, pickup: datetime, run: str = "") -> str:
        """All lines of those orders will be fetched at *pickup*, an aware time: the pick list's id."""
        with self._lock:
            return call_for(self._state, self._clock(), tuple(order_ids), pickup, run)

    def prepare(self, picklist_id: str, stage: Stage) -> None:
        """The shop has got that far with a pick list; only the back office can say so."""
        with self._lock:
            prepare(self._state, self._clock(), picklist_id, stage)

    @property
    def products(self) -> dict[str, Product]:
        """Every product by the operator's SKU: those that offers are on, and those that a file added."""
        with self._lock:
            return products(self._state)

    @property
    def promotions(self) -> dict[str, Promotion]:
        """Every promotion by the shop's own id."""
        with self._lock:
            return dict(self._state.promotions)

    @property
    def picklists(self) -> dict[str, Picklist]:
        """Every pick list by its id."""
        with self._lock:
            return dict(self._state.picklists)
