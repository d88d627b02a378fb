"""The laws of the simulated stock: no unit appears or vanishes, and nobody's claim is taken."""

from collections import Counter
from datetime import UTC, datetime

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from khaos_connectors.calls.messages import Request
from khaos_connectors.testing.simulators.khaos_control import (
    KhaosControlSimulator,
    KhaosItem,
    KhaosSettings,
    KhaosSite,
)

CODES = ("ONE", "TWO", "NOT-COUNTED")
SITES = (1, 2)
codes = st.sampled_from(CODES[:2])
some_units = st.integers(0, 9)
sites = st.sampled_from(SITES)


def order(reference: str, lines: dict[str, int], site: str) -> bytes:
    rows = "".join(
        f"&lt;ORDER_ITEM>&lt;STOCK_CODE>{code}&lt;/STOCK_CODE>&lt;MAPPING_TYPE>1&lt;/MAPPING_TYPE>"
        f"&lt;ORDER_QTY>{units}&lt;/ORDER_QTY>&lt;PRICE_GRS>1.00&lt;/PRICE_GRS>&lt;/ORDER_ITEM>"
        for code, units in lines.items()
    )
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<ImportOrders xmlns="urn:IKosWebIntf-IKosWeb"><Orders>&lt;SALES_ORDERS>&lt;SALES_ORDER>&lt;CUSTOMER_DETAIL>'
        "&lt;IS_NEW_CUSTOMER>0&lt;/IS_NEW_CUSTOMER>&lt;COMPANY_CLASS>Web&lt;/COMPANY_CLASS>&lt;ADDRESSES>&lt;INVADDR>"
        "&lt;IADDRESS1>1 Road&lt;/IADDRESS1>&lt;ITOWN>Town&lt;/ITOWN>&lt;IPOSTCODE>AA1 1AA&lt;/IPOSTCODE>"
        "&lt;ISURNAME>Example&lt;/ISURNAME>&lt;/INVADDR>&lt;/ADDRESSES>&lt;/CUSTOMER_DETAIL>&lt;PAYMENTS>"
        "&lt;PAYMENT_DETAIL>&lt;PAYMENT_TYPE>0&lt;/PAYMENT_TYPE>&lt;/PAYMENT_DETAIL>&lt;/PAYMENTS>&lt;ORDER_HEADER>"
        f"&lt;ASSOCIATED_REF>{reference}&lt;/ASSOCIATED_REF>&lt;SITE>{site}&lt;/SITE>&lt;/ORDER_HEADER>"
        f"&lt;ORDER_ITEMS>{rows}&lt;/ORDER_ITEMS>&lt;/SALES_ORDER>&lt;/SALES_ORDERS></Orders></ImportOrders>"
        "</e:Body></e:Envelope>"
    ).encode()


class Warehouse(RuleBasedStateMachine):
    """Receives, sells, writes off, imports, sends and cancels in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.received: Counter[tuple[str, int]] = Counter()
        self.taken: Counter[tuple[str, int]] = Counter()
        self.simulator = KhaosControlSimulator(clock=lambda: datetime(2026, 7, 1, tzinfo=UTC))

    @initialize(opening=some_units, by_itself=st.booleans())
    def open(self, *, opening: int, by_itself: bool) -> None:
        self.simulator = KhaosControlSimulator(
            clock=lambda: datetime(2026, 7, 1, tzinfo=UTC),
            items=[
                KhaosItem(stock_code="ONE", physical={1: opening, 2: 1}),
                KhaosItem(stock_code="TWO", physical=2),
                KhaosItem(stock_code="NOT-COUNTED", stock_controlled=False),
            ],
            sites=[KhaosSite(site_id=1, name="Main"), KhaosSite(site_id=2, name="Shop")],
            settings=KhaosSettings(allocate_on_receipt=by_itself),
        )
        self.received.update({("ONE", 1): opening, ("ONE", 2): 1, ("TWO", 1): 2})

    @rule(code=codes, units=some_units, site=sites)
    def receive(self, code: str, units: int, site: int) -> None:
        self.simulator.receive(code, units, site)
        self.received[code, site] += units

    @rule(code=codes, units=some_units, site=sites, till=st.booleans())
    def take(self, *, code: str, units: int, site: int, till: bool) -> None:
        free = self.simulator.stock[code, site].available
        move = self.simulator.sell_over_counter if till else self.simulator.write_off
        taken = move(code, units, site)
        assert taken == min(units, free)
        self.taken[code, site] += taken

    @rule(
        number=st.integers(1, 6),
        lines=st.dictionaries(st.sampled_from(CODES), st.integers(1, 6), min_size=1),
        site=st.sampled_from(["", "Main", "Shop"]),
    )
    def import_order(self, number: int, lines: dict[str, int], site: str) -> None:
        known = len(self.simulator.orders)
        again = self.simulator.order_of(f"R{number}") is not None
        answer = self.simulator.handle(
            Request(method="POST", path="/soap/IKosWeb", body=order(f"R{number}", lines, site))
        )
        assert answer.status == 200
        assert len(self.simulator.orders) == known + (0 if again else 1)

    @rule(number=st.integers(1, 6), limit=st.none() | st.integers(1, 3))
    def send(self, number: int, limit: int | None) -> None:
        found = self.simulator.order_of(f"R{number}")
        if found is None or found.cancelled or not any(line.sendable for line in found.lines):
            return
        line = next(line for line in found.lines if line.sendable)
        units = None if limit is None else {line.stock_code: min(limit, line.sendable)}
        self.simulator.pick_and_despatch(found.code, courier="Van", consignment="1", units=units)

    @rule(number=st.integers(1, 6))
    def cancel(self, number: int) -> None:
        found = self.simulator.order_of(f"R{number}")
        if found is not None and not found.cancelled and not any(line.shipped for line in found.lines):
            self.simulator.cancel(found.code)

    @rule(code=codes, site=sites)
    def allocate(self, code: str, site: int) -> None:
        self.simulator.allocate(code, site)

    @invariant()
    def no_unit_appears_or_vanishes(self) -> None:
        """On the shelf + sent + sold + written off is what was received, per code and site."""
        sent: Counter[tuple[str, int]] = Counter()
        for found in self.simulator.orders.values():
            for line in found.lines:
                sent[line.stock_code, line.site_id] += line.shipped
        for place, position in self.simulator.stock.items():
            assert position.physical + sent[place] + self.taken[place] == self.received[place]

    @invariant()
    def claims_are_the_orders(self) -> None:
        """Allocated and back order are the sums over the open orders; nothing is allocated that is not there."""
        allocated: Counter[tuple[str, int]] = Counter()
        short: Counter[tuple[str, int]] = Counter()
        for found in self.simulator.orders.values():
            for line in () if found.cancelled else found.lines:
                allocated[line.stock_code, line.site_id] += line.allocated
                short[line.stock_code, line.site_id] += line.back_order
        for place, position in self.simulator.stock.items():
            assert (position.allocated, position.back_order) == (allocated[place], short[place])
            assert 0 <= position.allocated <= position.physical

    @invariant()
    def ledger_explains_the_stock(self) -> None:
        """The sum of the entries is the position."""
        sums: Counter[tuple[str, int, str]] = Counter()
        for entry in self.simulator.ledger:
            for figure in ("physical", "allocated", "back_order"):
                sums[entry.stock_code, entry.site_id, figure] += getattr(entry, figure)
        for (code, site), position in self.simulator.stock.items():
            for figure in ("physical", "allocated", "back_order"):
                assert sums[code, site, figure] == getattr(position, figure)

    @invariant()
    def invoices_tell_what_left(self) -> None:
        """The rows of an order's invoices are what its lines shipped; it is complete exactly when all is gone."""
        for found in self.simulator.orders.values():
            rows: Counter[str] = Counter()
            for invoice in found.invoices:
                for row in invoice.rows:
                    rows[row.stock_code] += row.units
            assert rows == Counter({line.stock_code: line.shipped for line in found.lines if line.shipped})
            gone = all(line.shipped == line.ordered for line in found.lines)
            assert found.complete == (gone and not found.cancelled)


TestStockLaws = Warehouse.TestCase
TestStockLaws.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
