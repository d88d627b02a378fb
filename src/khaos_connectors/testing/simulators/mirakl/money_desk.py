"""The world's side of the simulated marketplace's money: what an operator does, and what an audit looks at."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal

from khaos_connectors.testing.simulators.mirakl import money
from khaos_connectors.testing.simulators.mirakl.money_state import Cycle, Document, Transaction
from khaos_connectors.testing.simulators.mirakl.state import MiraklState

__all__ = ["MoneyDesk"]


class MoneyDesk:
    """The operator's accounts. Amounts are signed in the log (plus is to the seller) and above 0 everywhere else."""

    def __init__(
        self,
        state: MiraklState,
        clock: Callable[[], datetime],
        catch_up: Callable[[datetime], None],
        lock: AbstractContextManager[object],
    ) -> None:
        self._state = state
        self._clock = clock
        self._catch_up = catch_up
        self._lock = lock

    def book(
        self,
        kind: str,
        amount: Decimal | str,
        *,
        order_id: str | None = None,
        line_id: str | None = None,
        fee_code: str | None = None,
        description: str | None = None,
        payment_state: str = "PAYABLE",
    ) -> Transaction | None:
        """Put a row of any *kind* into the log; nothing for an amount of 0."""
        with self._lock:
            return money.book(
                self._state,
                self._clock(),
                kind,
                Decimal(amount),
                order_id=order_id,
                line_id=line_id,
                fee_code=fee_code,
                description=description,
                payment_state=payment_state,
            )

    def refund(
        self, refund_id: str, *, order_id: str, line_id: str, amount: Decimal | str, shipping: Decimal | str = "0"
    ) -> None:
        """Put a refund into the log, with the commission that comes back."""
        with self._lock:
            money.book_refund(
                self._state,
                self._clock(),
                refund_id=refund_id,
                order_id=order_id,
                line_id=line_id,
                amount=Decimal(amount),
                shipping=Decimal(shipping),
            )

    def bill_by_hand(
        self, kind: str, *, net: Decimal | str, tax: Decimal | str = "0", description: str = ""
    ) -> Document:
        """Write a ``MANUAL_INVOICE`` or a ``MANUAL_CREDIT``."""
        with self._lock:
            return money.by_hand(
                self._state, self._clock(), kind, net=Decimal(net), tax=Decimal(tax), description=description
            )

    def close_cycle(self, *, reserve: Decimal | str = "0", release: Decimal | str = "0") -> Cycle:
        """Bill everything that is not in a cycle yet, orders that have left by now included; it is paid later on.

        *reserve* is kept back, *release* of an earlier reserve is given.
        """
        with self._lock:
            now = self._clock()
            self._catch_up(now)
            return money.close_cycle(self._state, now, reserve=Decimal(reserve), release=Decimal(release))

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """The log, oldest first."""
        with self._lock:
            return tuple(self._state.money.transactions.values())

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """Every billing cycle, oldest first."""
        with self._lock:
            return tuple(self._state.money.cycles.values())

    @property
    def documents(self) -> tuple[Document, ...]:
        """The operator's documents, oldest first."""
        with self._lock:
            return tuple(self._state.money.documents)
