"""The stock book of the simulated Khaos Control: every movement is an entry, every figure is the sum of its entries."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Literal

import attrs

__all__ = ["LedgerEntry", "MovementReason", "StockBook", "StockPosition"]

MovementReason = Literal[
    "opening",
    "received",
    "sold over counter",
    "written off",
    "ordered",
    "allocated",
    "despatched",
    "cancelled",
    "returned",
    "set",
]


@attrs.frozen(kw_only=True)
class LedgerEntry:
    """One movement of *stock_code* at *site_id*: what it added to each figure (negative: took away) and why."""

    number: int
    at: datetime
    stock_code: str
    site_id: int
    reason: MovementReason
    physical: int = 0
    allocated: int = 0
    back_order: int = 0
    order_code: str = ""
    invoice_code: str = ""


@attrs.frozen(kw_only=True)
class StockPosition:
    """The figures of one stock code at one site, in eaches. *back_order* was sold and could not be allocated."""

    physical: int = 0
    allocated: int = 0
    back_order: int = 0

    @property
    def available(self) -> int:
        """Stock that is not assigned to orders: what the web service calls LEVEL."""
        return self.physical - self.allocated


_EMPTY = StockPosition()


class StockBook:
    """Positions per stock code and site, kept by entries alone.

    No movement may leave more allocated than there is, or any figure below zero: that would be a fault of the
    simulator, so it fails an assertion rather than being reported.
    """

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._positions: dict[tuple[str, int], StockPosition] = {}
        self._moved: dict[str, datetime] = {}
        self._entries: list[LedgerEntry] = []

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """All movements, oldest first."""
        return tuple(self._entries)

    @property
    def positions(self) -> Mapping[tuple[str, int], StockPosition]:
        """A copy of all positions by (stock code, site number)."""
        return dict(self._positions)

    def moved_at(self, stock_code: str) -> datetime | None:
        """When the stock of *stock_code* last moved; None if it never did."""
        return self._moved.get(stock_code)

    def open(self, stock_code: str, site_id: int) -> None:
        """Start a position, so that it is listed even when nothing ever moves there."""
        self._positions.setdefault((stock_code, site_id), _EMPTY)

    def at(self, stock_code: str, site_id: int) -> StockPosition:
        """The position of *stock_code* at *site_id*; all zero when it was never used."""
        return self._positions.get((stock_code, site_id), _EMPTY)

    def total(self, stock_code: str, sites: Iterable[int]) -> StockPosition:
        """The sum of the positions at *sites*."""
        found = [self.at(stock_code, site) for site in sites]
        return StockPosition(
            physical=sum(position.physical for position in found),
            allocated=sum(position.allocated for position in found),
            back_order=sum(position.back_order for position in found),
        )

    def post(
        self,
        stock_code: str,
        site_id: int,
        reason: MovementReason,
        *,
        physical: int = 0,
        allocated: int = 0,
        back_order: int = 0,
        order_code: str = "",
        invoice_code: str = "",
    ) -> None:
        """Write one movement; one that moves nothing is not written."""
        if not (physical or allocated or back_order):
            return
        before = self.at(stock_code, site_id)
        after = StockPosition(
            physical=before.physical + physical,
            allocated=before.allocated + allocated,
            back_order=before.back_order + back_order,
        )
        assert 0 <= after.allocated <= after.physical, f"{stock_code}: {after} after {reason}"
        assert after.back_order >= 0, f"{stock_code}: {after} after {reason}"
        now = self._clock()
        self._positions[stock_code, site_id] = after
        self._moved[stock_code] = now
        self._entries.append(
            LedgerEntry(
                number=len(self._entries) + 1,
                at=now,
                stock_code=stock_code,
                site_id=site_id,
                reason=reason,
                physical=physical,
                allocated=allocated,
                back_order=back_order,
                order_code=order_code,
                invoice_code=invoice_code,
            )
        )
