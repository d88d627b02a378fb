"""The order book of the simulated Khaos Control: orders, their invoices (one per shipment) and what is allocated."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import attrs

from khaos_connectors.testing.simulators.khaos_ledger import StockBook

__all__ = ["STAGES", "Cancellation", "Invoice", "InvoiceRow", "Order", "OrderBook", "OrderLine"]

STAGES: Mapping[int, str] = {
    1: "CANCELLED",
    9: "RELEASED",
    10: "STAGING",
    11: "AUTHORISEPAYMENT",
    12: "PICKING",
    13: "PACKBOXES",
    14: "SHIP",
    15: "PRINTINVOICES",
    16: "ISSUEINVOICES",
    17: "AWAITINGDATE",
    18: "AWAITINGSTOCK",
    19: "MANUALHOLD",
    20: "PROCESSING",
    21: "TERMSHOLD",
    70: "ISSUED",
    71: "ISSUEDARCHIVED",
    72: "ISSUEDARCHIVED",
    73: "ISSUEDARCHIVED",
}
"""The word for each invoice stage. The vendor's sample shows one of them (19); the others are in its manner."""

_HELD = frozenset({1, 11, 17, 19, 21})


@attrs.frozen(kw_only=True)
class OrderLine:
    """One line: *ordered* units, of which some are *allocated* to it and some have been *shipped*."""

    stock_code: str
    site_id: int
    ordered: int
    net: Decimal
    gross: Decimal
    stock_controlled: bool = True
    allocated: int = 0
    shipped: int = 0

    @property
    def remaining(self) -> int:
        """Units that are still to be sent."""
        return self.ordered - self.shipped

    @property
    def sendable(self) -> int:
        """Units that could be sent now: what is allocated, or everything when the item has no stock control."""
        return self.allocated if self.stock_controlled else self.remaining

    @property
    def back_order(self) -> int:
        """Units that were sold and could not be allocated."""
        return self.remaining - self.sendable


@attrs.frozen(kw_only=True)
class InvoiceRow:
    """Units of one stock code that an invoice sent."""

    stock_code: str
    units: int


@attrs.frozen(kw_only=True)
class Invoice:
    """One shipment of an order. *sold* units are on it; *rows* are what was sent; *moved* since the last export."""

    code: str
    stage: int
    sold: int
    edited_at: datetime
    courier: str = ""
    consignment: str = ""
    tracking_url: str = ""
    shipped_at: datetime | None = None
    issued_at: datetime | None = None
    rows: tuple[InvoiceRow, ...] = ()
    boxed: bool = False
    moved: bool = True

    @property
    def sent(self) -> int:
        """Units that this invoice sent."""
        return sum(row.units for row in self.rows)


@attrs.frozen(kw_only=True)
class Cancellation:
    """When and why an order was cancelled (which for Khaos Control is: deleted), and by whom."""

    at: datetime
    reason: str
    user: str


@attrs.frozen(kw_only=True)
class Order:
    """One sales order as it stands, or a credit note. *document* is the SALES_ORDER that it was made from."""

    code: str
    reference: str
    urn: str
    company_name: str
    customer_ref: str
    currency: str
    courier: str
    delivery_date: date
    created_at: datetime
    changed_at: datetime
    lines: tuple[OrderLine, ...]
    delivery_net: Decimal
    delivery_gross: Decimal
    document: str = attrs.field(repr=False)
    kind: Literal["Sales Order", "Credit Note"] = "Sales Order"
    invoices: tuple[Invoice, ...] = ()
    tracking_at: datetime | None = None
    cancelled: Cancellation | None = None

    @property
    def complete(self) -> bool:
        """Everything sold was sent and every invoice is issued."""
        return not self.cancelled and self.remaining == 0 and all(found.stage >= 70 for found in self.invoices)

    @property
    def remaining(self) -> int:
        """Units that are still to be sent; nothing is when the order was cancelled."""
        return 0 if self.cancelled else sum(line.remaining for line in self.lines)

    @property
    def allocated(self) -> int:
        """Units that are set aside for it and not sent yet."""
        return sum(line.allocated for line in self.lines)

    @property
    def back_order(self) -> int:
        """Units that could not be allocated; none when the order was cancelled."""
        return 0 if self.cancelled else sum(line.back_order for line in self.lines)

    @property
    def total(self) -> Decimal:
        """What the customer owes by Khaos Control's own arithmetic, VAT and delivery included."""
        return sum((line.gross for line in self.lines), self.delivery_gross)


class OrderBook:
    """All orders, and the allocation of stock to them in the order in which they came."""

    def __init__(self, *, clock: Callable[[], datetime], stock: StockBook) -> None:
        self._clock = clock
        self._stock = stock
        self._orders: dict[str, Order] = {}
        self._by_reference: dict[str, str] = {}
        self._by_invoice: dict[str, str] = {}
        self._waiting: dict[str, None] = {}

    @property
    def orders(self) -> Mapping[str, Order]:
        """A copy of all orders by their code, oldest first."""
        return dict(self._orders)

    def of_reference(self, reference: str) -> Order | None:
        """The order with this associated reference, cancelled or not."""
        code = self._by_reference.get(reference)
        return None if code is None else self._orders[code]

    def order(self, code: str) -> Order:
        """The order with this code; KeyError when there is none."""
        return self._orders[code]

    def next_code(self) -> str:
        """The code that the next order will get."""
        return f"SO{len(self._orders) + 1:06d}"

    def add(self, order: Order, *, held_at: int | None) -> Order:
        """Store a new order and allocate what there is at once. *held_at*: a stage where its invoice has to wait."""
        lines = [self._allocate(line, order.code) for line in order.lines]
        stage = held_at or _stage_of(lines)
        order = attrs.evolve(
            order, lines=tuple(lines), invoices=(self._invoice(lines, stage, order.courier, order.code),)
        )
        self._by_reference[order.reference] = order.code
        return self._keep(order)

    def assign(self, stock_code: str, site_id: int) -> None:
        """Give what is available to the orders that wait for it, the oldest first."""
        for code in tuple(self._waiting):
            order = self._orders[code]
            lines = [
                self._top_up(line, code) if (line.stock_code, line.site_id) == (stock_code, site_id) else line
                for line in order.lines
            ]
            if tuple(lines) != order.lines:
                self._keep(self._restaged(attrs.evolve(order, lines=tuple(lines))))

    def despatch(
        self,
        code: str,
        *,
        courier: str,
        tracking_url: str,
        consignment: str,
        units: Mapping[str, int] | None,
        boxed: bool,
    ) -> Invoice:
        """Send units of one order (None: all that can be sent) on its open invoice; what is left gets another one."""
        order = self._orders[code]
        open_invoice = order.invoices[-1] if order.invoices else None
        if open_invoice is None or order.remaining == 0 or open_invoice.stage in _HELD:
            raise ValueError(f"{code} has nothing that may be sent")
        taken = _share_out(order.lines, units)
        if not any(taken):
            raise ValueError(f"{code} has nothing allocated")
        now = self._clock()
        lines: list[OrderLine] = []
        for line, sent in zip(order.lines, taken, strict=True):
            used = sent if line.stock_controlled else 0
            self._stock.post(
                line.stock_code,
                line.site_id,
                "despatched",
                physical=-used,
                allocated=-used,
                order_code=code,
                invoice_code=open_invoice.code,
            )
            lines.append(attrs.evolve(line, shipped=line.shipped + sent, allocated=line.allocated - used))
        rows = [
            InvoiceRow(stock_code=line.stock_code, units=n) for line, n in zip(order.lines, taken, strict=True) if n
        ]
        shipped = attrs.evolve(
            open_invoice,
            stage=16,
            sold=sum(taken),
            courier=courier,
            consignment=consignment,
            tracking_url=tracking_url,
            shipped_at=now,
            edited_at=now,
            rows=tuple(rows),
            boxed=boxed,
            moved=True,
        )
        invoices = [*order.invoices[:-1], shipped]
        if any(line.remaining for line in lines):
            invoices.append(self._invoice(lines, _stage_of(lines), order.courier, code))
        order = attrs.evolve(order, lines=tuple(lines), invoices=tuple(invoices), tracking_at=now, changed_at=now)
        self._keep(order)
        return shipped

    def issue(self, invoice_code: str) -> None:
        """Issue a shipped invoice: stage 70."""
        now = self._clock()
        self._change(
            invoice_code, lambda found: attrs.evolve(found, stage=70, issued_at=now, edited_at=now, moved=True)
        )

    def track(self, invoice_code: str, consignment: str, tracking_url: str) -> None:
        """Give a shipped invoice another consignment reference; only its tracking counts as changed."""
        order = self._orders[self._by_invoice[invoice_code]]
        changed = tuple(
            attrs.evolve(found, consignment=consignment, tracking_url=tracking_url)
            if found.code == invoice_code
            else found
            for found in order.invoices
        )
        self._keep(attrs.evolve(order, invoices=changed, tracking_at=self._clock()))

    def move(self, invoice_code: str, stage: int) -> None:
        """Put an invoice at another stage, as an operator may."""
        now = self._clock()
        self._change(invoice_code, lambda found: attrs.evolve(found, stage=stage, edited_at=now, moved=True))

    def cancel(self, code: str, *, reason: str, user: str) -> tuple[tuple[str, int], ...]:
        """Cancel an order of which nothing was sent; the (stock code, site) pairs whose stock became free."""
        order = self._orders[code]
        if order.cancelled or any(line.shipped for line in order.lines):
            raise ValueError(f"{code} cannot be cancelled")
        now = self._clock()
        for line in order.lines:
            self._stock.post(
                line.stock_code,
                line.site_id,
                "cancelled",
                allocated=-line.allocated,
                back_order=-line.back_order,
                order_code=code,
            )
        order = attrs.evolve(
            order,
            lines=tuple(attrs.evolve(line, allocated=0) for line in order.lines),
            invoices=tuple(attrs.evolve(found, stage=1, edited_at=now, moved=True) for found in order.invoices),
            cancelled=Cancellation(at=now, reason=reason, user=user),
            changed_at=now,
        )
        self._keep(order)
        return tuple({(line.stock_code, line.site_id): None for line in order.lines if line.stock_controlled})

    def exported(self, codes: Sequence[str]) -> None:
        """Remember that a status export showed these orders: their invoices have not moved since."""
        for code in codes:
            order = self._orders[code]
            invoices = tuple(attrs.evolve(found, moved=False) for found in order.invoices)
            self._orders[code] = attrs.evolve(order, invoices=invoices)

    def _keep(self, order: Order) -> Order:
        self._orders[order.code] = order
        if not order.cancelled and any(line.back_order for line in order.lines):
            self._waiting[order.code] = None
        else:
            self._waiting.pop(order.code, None)
        return order

    def _change(self, invoice_code: str, change: Callable[[Invoice], Invoice]) -> None:
        order = self._orders[self._by_invoice[invoice_code]]
        changed = tuple(change(found) if found.code == invoice_code else found for found in order.invoices)
        self._keep(attrs.evolve(order, invoices=changed, changed_at=self._clock()))

    def _allocate(self, line: OrderLine, code: str) -> OrderLine:
        if not line.stock_controlled:
            return line
        got = min(line.ordered, max(0, self._stock.at(line.stock_code, line.site_id).available))
        short = line.ordered - got
        self._stock.post(line.stock_code, line.site_id, "ordered", allocated=got, back_order=short, order_code=code)
        return attrs.evolve(line, allocated=got)

    def _top_up(self, line: OrderLine, code: str) -> OrderLine:
        got = min(line.back_order, max(0, self._stock.at(line.stock_code, line.site_id).available))
        self._stock.post(line.stock_code, line.site_id, "allocated", allocated=got, back_order=-got, order_code=code)
        return attrs.evolve(line, allocated=line.allocated + got)

    def _restaged(self, order: Order) -> Order:
        last = order.invoices[-1]
        if last.stage != 18 or any(line.back_order for line in order.lines):
            return order
        now = self._clock()
        ready = attrs.evolve(last, stage=10, edited_at=now, moved=True)
        return attrs.evolve(order, invoices=(*order.invoices[:-1], ready), changed_at=now)

    def _invoice(self, lines: Sequence[OrderLine], stage: int, courier: str, order_code: str) -> Invoice:
        code = f"INV{len(self._by_invoice) + 1:06d}"
        self._by_invoice[code] = order_code
        sold = sum(line.remaining for line in lines)
        return Invoice(code=code, stage=stage, sold=sold, courier=courier, edited_at=self._clock())


def _stage_of(lines: Sequence[OrderLine]) -> int:
    return 18 if any(line.back_order for line in lines) else 10


def _share_out(lines: Sequence[OrderLine], units: Mapping[str, int] | None) -> list[int]:
    """Units to send per line: all that can be sent, or as many of each code as asked, the first lines first."""
    if units is None:
        return [line.sendable for line in lines]
    wanted = dict(units)
    taken: list[int] = []
    for line in lines:
        sent = min(line.sendable, wanted.get(line.stock_code, 0))
        taken.append(sent)
        if sent:
            wanted[line.stock_code] -= sent
    if any(left != 0 for left in wanted.values()) or any(sent < 0 for sent in taken):
        raise ValueError(f"more units than are allocated: {wanted}")
    return taken
