"""From 5,000 sales to the journal: what Mirakl pays is tied out, matched, and booked to the penny."""

import gc
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.amounts import to_minor, total
from khaos_connectors.core.ids import AccountId, LineId, OrderId, StockCode
from khaos_connectors.core.journals import Accounts, Journal, journal_for
from khaos_connectors.core.order_mapping import map_order
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.orders import ErpOrderDraft, TaxMode
from khaos_connectors.core.refund_records import CreditedLine, CreditNote
from khaos_connectors.core.settlement import (
    ExpectedOrder,
    FeeRule,
    MatchStatus,
    Reconciliation,
    expected_of,
    match,
    tie_out,
)
from khaos_connectors.core.skus import Target
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.mapping import channel_order
from khaos_connectors.mirakl.models.codes import OrderTaxMode
from khaos_connectors.mirakl.models.rows import Read
from khaos_connectors.mirakl.money.payouts import Payout, Payouts
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.routes import transport

ORDERS = 5_000
DAY = 86_400
PRICES = ("9.99", "14.50", "120.00", "0.99", "333.33", "45.05")
TARGETS = {f"S{place}": Target(stock_code=StockCode(f"S{place}")) for place in range(len(PRICES))}
ACCOUNTS = Accounts(bank="bank", clearing="clearing", suspense="suspense", rounding="rounding", balance="balance")
FEES = {
    "COMMISSION_FEE": FeeRule(account="commission", rate="15%"),
    "COMMISSION_VAT": FeeRule(account="input VAT"),
    "REFUND_COMMISSION_FEE": FeeRule(account="commission", rate="15%"),
    "REFUND_COMMISSION_VAT": FeeRule(account="input VAT"),
    "SUBSCRIPTION_FEE": FeeRule(account="subscription"),
    "SUBSCRIPTION_VAT": FeeRule(account="input VAT", rate="20%", of="SUBSCRIPTION_FEE"),
    "SELLER_PENALTY_FEE": FeeRule(account="penalties"),
    "SELLER_FEE_ON_ORDER": FeeRule(account="order fees"),
    "MANUAL_CREDIT": FeeRule(account="credits by hand"),
    "MANUAL_CREDIT_VAT": FeeRule(account="input VAT"),
    "MANUAL_INVOICE": FeeRule(account="invoices by hand"),
    "MANUAL_INVOICE_VAT": FeeRule(account="input VAT"),
    "RESERVE_FUNDING": FeeRule(account="reserve"),
    "RESERVE_SETTLEMENT": FeeRule(account="reserve"),
}


@attrs.define
class Trade:
    """A season on the marketplace, and what the seller's books know of it."""

    config: MiraklConfig
    clock: ManualClock
    market: MiraklSimulator
    runner: Runner
    caller: Caller
    chance: random.Random
    expected: list[ExpectedOrder] = attrs.field(factory=list)
    notes: list[CreditNote] = attrs.field(factory=list)
    planted: Counter[str] = attrs.field(factory=Counter)
    tax_mode: TaxMode = TaxMode.INCLUDED

    def sell(self, orders: int) -> None:
        """So many orders of one line or two, imported while they wait for shipment, then shipped."""
        for _ in range(orders):
            skus = self.chance.sample(range(len(PRICES)), self.chance.choice([1, 1, 1, 2]))
            lines = [(f"S{sku}", self.chance.randint(1, 3)) for sku in skus]
            assert self.market.buy(lines, shipping=self.chance.choice(["0.00", "3.95", "4.95"]))
        wanted = endpoints.OrderFilter(order_tax_mode=OrderTaxMode[f"TAX_{self.tax_mode.name}"])
        rows = self.runner.run(self.caller.pages(endpoints.list_orders(self.config.scope, wanted)))
        drafts = [self._draft(row) for row in rows]
        assert len(drafts) == orders
        self.expected = [expected_of(draft, tax_mode=self.tax_mode) for draft in drafts]
        for draft in drafts:
            self.runner.run(self.caller.perform(endpoints.ship_order(self.config.scope, draft.order_id)))

    def _draft(self, row: object) -> ErpOrderDraft:
        assert isinstance(row, Read)
        order = channel_order(AccountId("john-lewis"), row.record)
        mapped = map_order(order, targets=TARGETS, policy=OrderPolicy())
        assert mapped.draft is not None
        return mapped.draft

    def refund(self, orders: int) -> None:
        """Part of a line goes back on that many orders; each has its credit note but for a few that are planted."""
        for order in self.chance.sample(list(self.market.orders.values()), orders):
            line = self.chance.choice(order.lines)
            pennies = self.chance.randint(1, to_minor(line.price, "GBP"))
            amount, shipping = Decimal(pennies) / 100, line.shipping if self.chance.random() < 0.3 else Decimal(0)
            refund_id = self.market.give_back(line.line_id, amount, shipping=shipping)
            if self.chance.random() < 0.02:
                self.planted[refund_id] += 1
                continue
            self.notes.append(
                CreditNote(
                    code=f"CN{refund_id}",
                    refund_id=refund_id,
                    order_id=OrderId(order.order_id),
                    currency="GBP",
                    lines=(CreditedLine(line_id=LineId(line.line_id), gross=amount),),
                    shipping=shipping,
                )
            )

    def charge(self) -> None:
        """What an operator charges and credits besides."""
        money = self.market.money
        money.book("SUBSCRIPTION_FEE", "-39.00")
        money.book("SUBSCRIPTION_VAT", "-7.80")
        for order in self.chance.sample(list(self.market.orders.values()), 25):
            money.book("SELLER_PENALTY_FEE", "-5.00", order_id=order.order_id, fee_code="LATE")
            money.book("SELLER_FEE_ON_ORDER", "-0.37", order_id=order.order_id, fee_code="PACK")
        money.bill_by_hand("MANUAL_INVOICE", net="25.00", tax="5.00", description="late shipment")
        money.bill_by_hand("MANUAL_CREDIT", net="112.40", tax="22.48", description="goodwill")

    def plant(self) -> None:
        """What nobody can explain: an order that is not ours, a type that is new, a fee without an account."""
        money = self.market.money
        for kind, amount, order in (
            ("ORDER_AMOUNT", "77.10", "STRANGER-A"),
            ("LOYALTY_TOPUP", "3.00", None),
            ("INVOICEABLE_ONE_OFF_DEBIT", "-12.00", None),
            ("ORDER_AMOUNT", "1000000.00", self.market.orders["JL00000001-A"].order_id),
        ):
            row = money.book(kind, amount, order_id=order)
            assert row is not None
            self.planted[row.transaction_id] += 1


def opened(tax_mode: TaxMode) -> Trade:
    """A marketplace on its first day."""
    config = MiraklConfig(
        account=AccountId("john-lewis"),
        base_url="https://shop.example.com",
        api_key="key-123",
        shop_id=2000,
        pace_factor=0,
        order_tax_mode=OrderTaxMode[f"TAX_{tax_mode.name}"],
    )
    clock = ManualClock()
    market = MiraklSimulator(
        clock=clock.now,
        api_key="key-123",
        offers={f"S{place}": OfferState(price=price, quantity=10**6) for place, price in enumerate(PRICES)},
        settings=MiraklSettings(
            order_acceptance="AUTOMATIC",
            debit_seconds=0,
            null_country_every=0,
            order_tax_mode=f"TAX_{tax_mode.name}",
        ),
    )
    runner = Runner({config.account: transport(market)}, clock=clock)
    return Trade(config, clock, market, runner, config.caller(), random.Random(5), tax_mode=tax_mode)


@pytest.fixture(scope="module", autouse=True)
def uncollected() -> Iterator[None]:
    """Nearly all that is made here is kept to the end: looking through it for garbage takes a third of the time."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module")
def trade() -> Trade:
    """The season, with two billing cycles: in the second one the rest is refunded and the reserve released."""
    found = opened(TaxMode.INCLUDED)
    found.sell(ORDERS)
    found.refund(600)
    found.charge()
    found.plant()
    found.clock.advance(DAY)
    found.market.money.close_cycle(reserve="500.00")
    found.clock.advance(14 * DAY)
    found.refund(150)
    found.clock.advance(DAY)
    found.market.money.close_cycle(release="500.00")
    found.clock.advance(DAY)
    return found


@pytest.fixture(scope="module")
def payouts(trade: Trade) -> tuple[Payout, ...]:
    """The two cycles as they are read."""
    reader = Payouts(trade.config, caller=trade.caller)
    cycles = trade.runner.run(reader.cycles()).cycles
    return trade.runner.run(reader.payouts(cycles))


@pytest.fixture(scope="module")
def matched(trade: Trade, payouts: tuple[Payout, ...]) -> list[tuple[Payout, Reconciliation]]:
    """Each cycle matched with what the one before it left."""
    orders, notes = tuple(trade.expected), tuple(trade.notes)
    found: list[tuple[Payout, Reconciliation]] = []
    for payout in payouts:
        result = match(payout.lines, orders=orders, credit_notes=notes, fees=FEES)
        orders, notes = result.orders, result.credit_notes
        found.append((payout, result))
    return found


def journals(matched: list[tuple[Payout, Reconciliation]]) -> list[Journal]:
    return [journal_for(found, accounts=ACCOUNTS, statement=payout.statement) for payout, found in matched]


def net(journals: list[Journal], account: str) -> Decimal:
    """Debits less credits of an account."""
    rows = [entry for each in journals for entry in each.entries if entry.account == account]
    return total((*(e.debit for e in rows), *(-e.credit for e in rows)), "GBP")


def test_the_whole_log_was_read(trade: Trade, payouts: tuple[Payout, ...]) -> None:
    """Every transaction that the marketplace booked is a line of its cycle, with its own amount; none comes twice."""
    assert len(trade.market.money.transactions) > 3 * ORDERS
    booked = {(row.transaction_id, row.cycle_id, row.amount) for row in trade.market.money.transactions}
    read = [(line.line_id, line.statement_id, line.amount) for payout in payouts for line in payout.lines]
    assert len(read) == len(set(read))
    assert set(read) == booked
    assert [payout.reasons for payout in payouts] == [(), ()]


def test_every_tie_holds(trade: Trade, matched: list[tuple[Payout, Reconciliation]]) -> None:
    """The lines come to the pay-out, the bank received it, and each class is what the cycle says of itself."""
    for (payout, found), cycle in zip(matched, trade.market.money.cycles, strict=True):
        ties = tie_out(found, statement=payout.statement, received=cycle.payout)
        assert ties.reasons == ()
        assert ties.may_post
        assert {check.tie for check in ties.checks} == {"a", "b", "c"}
        assert payout.is_paid


def test_what_is_unmatched_is_what_was_planted(trade: Trade, matched: list[tuple[Payout, Reconciliation]]) -> None:
    """Exactly the lines without an explanation stay without one, and each is named by a reason."""
    unmatched = [result for _, found in matched for result in found.results if result.status is MatchStatus.UNMATCHED]
    named = {result.line.refund_id or result.line.line_id for result in unmatched}
    assert named == set(trade.planted)
    assert len(trade.planted) > 10
    reasons = [result.reason for result in unmatched if result.reason is not None]
    assert len(reasons) == len(unmatched)
    assert {reason.type.value for reason in reasons} == {
        "REFUND_UNMATCHED",
        "SETTLEMENT_UNMATCHED",
        "SCHEMA_DRIFT",
        "FEE_UNMAPPED",
    }
    mismatches = [each for _, found in matched for each in found.reasons if each.type.value == "FEE_MISMATCH"]
    assert [each.entity for each in mismatches] == ["JL00000001-A/COMMISSION_FEE"]  # nobody took it of the million


def test_every_order_and_refund_is_settled(matched: list[tuple[Payout, Reconciliation]]) -> None:
    """Nothing is left of what was expected, orders and credit notes alike, and nothing was written off."""
    _, last = matched[-1]
    assert [order.name for order in last.orders if order.settled != order.expected] == []
    assert [note.code for note in last.credit_notes if note.settled != note.total] == []
    assert all(not order.written_off for order in last.orders)


def test_the_journals_balance_to_the_penny(trade: Trade, matched: list[tuple[Payout, Reconciliation]]) -> None:
    """Debits are credits; the bank has what was paid, clearing is empty, suspense holds what is unexplained."""
    made = journals(matched)
    for journal in made:
        assert total((e.debit for e in journal.entries), "GBP") == total((e.credit for e in journal.entries), "GBP")
    assert net(made, "bank") == sum(cycle.payout for cycle in trade.market.money.cycles)
    owed = total((order.expected for order in trade.expected), "GBP")
    credited = total((note.total for note in trade.notes), "GBP")
    assert net(made, "clearing") == total((credited, -owed), "GBP")
    assert net(made, "reserve") == 0
    assert net(made, "rounding") == 0
    unexplained = [
        row for row in trade.market.money.transactions if _is_planted(trade, row.transaction_id, row.refund_id)
    ]
    assert net(made, "suspense") == -sum(row.amount for row in unexplained if "COMMISSION" not in row.kind)
    assert net(made, "subscription") == Decimal("39.00")
    assert net(made, "penalties") == Decimal("125.00")
    assert net(made, "order fees") == Decimal("9.25")


def _is_planted(trade: Trade, transaction_id: str, refund_id: str | None) -> bool:
    return transaction_id in trade.planted or (refund_id is not None and refund_id in trade.planted)


def test_a_penny_that_is_missing_breaks_the_tie(payouts: tuple[Payout, ...]) -> None:
    """One line less, or one penny, and nothing may be posted."""
    payout = payouts[1]  # the shorter one
    whole = match(payout.lines, orders=(), credit_notes=(), fees=FEES)
    assert tie_out(whole, statement=payout.statement).may_post
    fewer = match(payout.lines[1:], orders=(), credit_notes=(), fees=FEES)
    assert not tie_out(fewer, statement=payout.statement).may_post
    line = payout.lines[0]
    changed = attrs.evolve(line, amount=line.amount + Decimal("0.01"))
    other = match([changed, *payout.lines[1:]], orders=(), credit_notes=(), fees=FEES)
    assert not tie_out(other, statement=payout.statement).may_post


def test_prices_without_tax_are_settled_with_their_taxes_apart() -> None:
    """On a platform whose prices exclude taxes the log has rows for taxes, and an expectation made for it is met."""
    trade = opened(TaxMode.EXCLUDED)
    trade.sell(120)
    trade.clock.advance(DAY)
    trade.market.money.close_cycle()
    reader = Payouts(trade.config, caller=trade.caller)
    (payout,) = trade.runner.run(reader.payouts(trade.runner.run(reader.cycles()).cycles))

    found = match(payout.lines, orders=trade.expected, credit_notes=(), fees=FEES)

    assert {line.type for line in payout.lines} >= {"ORDER_AMOUNT_TAX", "ORDER_SHIPPING_AMOUNT_TAX"}
    assert [result for result in found.results if result.status is MatchStatus.UNMATCHED] == []
    assert [order.name for order in found.orders if order.settled != order.expected] == []
    assert tie_out(found, statement=payout.statement).may_post
    assert journal_for(found, accounts=ACCOUNTS, statement=payout.statement).total > 0
