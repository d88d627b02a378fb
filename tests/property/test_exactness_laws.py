"""Laws of exactness: what a program does to its decimal context changes nothing of ours, not by a penny."""

import decimal
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.acceptance import AcceptancePolicy, decide_acceptance
from khaos_connectors.core.amounts import from_minor, nearest, to_minor, total
from khaos_connectors.core.ids import AccountId, LineId, LocationId, OrderRef, StockCode
from khaos_connectors.core.journal_export import backing_rows, generic_rows, sage_rows, xero_rows
from khaos_connectors.core.journals import journal_for, plan_posting, reclassify, reverse, undo
from khaos_connectors.core.money import Money, exactly, round_money
from khaos_connectors.core.order_checks import OrderValues, find_value_drift
from khaos_connectors.core.order_mapping import map_order
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.order_totals import add_up, tax_differences, total_of
from khaos_connectors.core.orders import ChannelOrder, DraftLine
from khaos_connectors.core.quantities import exact, largest_remainder, per_cent, proportion
from khaos_connectors.core.settlement import match
from khaos_connectors.core.stock import Snapshot, StockFigure
from khaos_connectors.core.tie_out import tie_out
from khaos_connectors.core.units import UnitRule
from khaos_connectors.core.variance import compare_stock
from khaos_connectors.core.vat import split_gross, split_net
from khaos_connectors.testing.order_strategies import channel_orders, targets_of
from khaos_connectors.testing.settlement_strategies import ACCOUNTS, Settlement, settlements, statement_of
from khaos_connectors.testing.strategies import moneys

T = TypeVar("T")
law = settings(deadline=None, max_examples=60)
ROUNDINGS = [
    decimal.ROUND_05UP,
    decimal.ROUND_CEILING,
    decimal.ROUND_DOWN,
    decimal.ROUND_FLOOR,
    decimal.ROUND_HALF_DOWN,
    decimal.ROUND_HALF_EVEN,
    decimal.ROUND_UP,
]
EVERY_TRAP = [decimal.Inexact, decimal.Rounded, decimal.Subnormal, decimal.Underflow, decimal.FloatOperation]
contexts = st.builds(
    decimal.Context,
    prec=st.integers(1, 4),
    rounding=st.sampled_from(ROUNDINGS),
    Emin=st.sampled_from([-999999, -1, 0]),
    Emax=st.sampled_from([999999, 3]),
    traps=st.sampled_from([[], EVERY_TRAP]),
)
odd = decimal.Context(prec=3, rounding=decimal.ROUND_UP)
amounts = st.integers(-(10**12), 10**12).map(lambda pence: Decimal(pence).scaleb(-2))
rates = st.decimals(0, 100, places=2)


def same(context: decimal.Context, work: Callable[[], T]) -> None:
    """What *work* gives, or the error that it raises, is that of an untouched context, digit by digit."""
    usual = outcome(work)
    with decimal.localcontext(context):
        found = outcome(work)
    assert repr(found) == repr(usual)


def outcome(work: Callable[[], T]) -> T | str:
    try:
        return work()
    except (ValueError, TypeError) as problem:
        return str(problem)


@law
@given(contexts, moneys(), moneys(), amounts, rates)
def test_money(context: decimal.Context, first: Money, second: Money, amount: Decimal, rate: Decimal) -> None:
    """Rounding, adding, comparing, splitting, printing."""
    yen, weight = rate * 1000, rate + 1

    same(context, lambda: round_money(amount, "GBP"))
    same(context, lambda: round_money(yen, "JPY"))
    same(context, lambda: Money(amount, "KWD"))
    same(context, lambda: (first.minor, -first, str(first), Money.of_minor(first.minor, first.currency)))
    same(context, lambda: (first + second, first - second, first < second, first >= second))
    same(context, lambda: first.split([weight, 3, Fraction(1, 7)]))


@law
@given(contexts, st.lists(amounts, max_size=6), st.integers(-(10**15), 10**15), st.fractions())
def test_amounts(context: decimal.Context, several: list[Decimal], units: int, part: Fraction) -> None:
    """There, back, and added up."""
    same(context, lambda: [to_minor(amount, "GBP") for amount in several])
    same(context, lambda: to_minor(Decimal("1234567.891"), "GBP"))
    same(context, lambda: from_minor(units, "KWD"))
    same(context, lambda: total(several, "GBP"))
    same(context, lambda: nearest(part))


@law
@given(contexts, amounts, rates)
def test_vat(context: decimal.Context, amount: Decimal, rate: Decimal) -> None:
    """Net, VAT and gross, whichever of them is given."""
    same(context, lambda: (split_gross(amount, rate), split_gross(amount, rate).gross))
    same(context, lambda: (split_net(amount, rate), split_net(amount, rate).gross))
    same(context, lambda: split_gross(Decimal("1234567.891"), rate))


@law
@given(contexts, rates, st.integers(0, 10**9), st.fractions(0, 1))
def test_quantities_and_units(context: decimal.Context, rate: Decimal, whole: int, part: Fraction) -> None:
    """Exact numbers from Decimal and text, shares of a whole, units of measure."""
    weight = rate + 1

    same(context, lambda: (exact(rate), exact("1234.5678"), proportion("12.3456 %"), per_cent(part)))
    same(context, lambda: [per_cent(Fraction(number, 10**6)) for number in (123456, 999999, 1)])
    same(context, lambda: largest_remainder(whole, [weight, Fraction(1, 3), "0.1234567"]))
    rule = UnitRule(unit="metre", eaches="1.2345", quantum="0.125")
    same(context, lambda: (rule.eaches_in(rate), rule.eaches_for(rate), rule.packs_in(rate), rule.stock_for(whole)))


@law
@given(contexts, channel_orders(), st.sampled_from([1, 12345]))
def test_orders(context: decimal.Context, small: ChannelOrder, dearer: int) -> None:
    """The money of an order, the draft of it, and the price check before it is accepted."""
    order = times(small, dearer)
    policy, targets = OrderPolicy(payment_method="CHANNEL", shipping_code=StockCode("POST")), targets_of(order)
    live = [line for line in order.lines if line.open_quantity]
    mismatched = attrs.evolve(order, total=order.total + 100)
    usual = add_up(order, live, targets, policy)
    prices = {line.sku: line.amount / 7 for line in order.lines}
    acceptance = AcceptancePolicy(expected_prices=prices, max_price_drop=Decimal("0.123"))

    same(context, lambda: add_up(order, live, targets, policy))
    same(context, lambda: add_up(order, live, targets, policy).gross)
    same(context, lambda: total_of(order, usual, policy))
    same(context, lambda: tax_differences(order, live, usual, policy))
    same(context, lambda: map_order(order, targets=targets, policy=policy))
    same(context, lambda: map_order(mismatched, targets=targets, policy=policy))
    same(context, lambda: decide_acceptance(order, targets=targets, free={}, policy=acceptance))


def times(order: ChannelOrder, factor: int) -> ChannelOrder:
    """*order* with all of its money *factor* times as much."""
    lines = tuple(
        attrs.evolve(
            line,
            amount=line.amount * factor,
            shipping=line.shipping * factor,
            unit_price=None if line.unit_price is None else line.unit_price * factor,
            taxes=tuple(attrs.evolve(tax, amount=tax.amount * factor) for tax in line.taxes),
            shipping_taxes=tuple(attrs.evolve(tax, amount=tax.amount * factor) for tax in line.shipping_taxes),
        )
        for line in order.lines
    )
    return attrs.evolve(order, lines=lines, total=order.total * factor)


@law
@given(contexts, amounts, amounts)
def test_values_of_an_order(context: decimal.Context, channel: Decimal, erp: Decimal) -> None:
    """Three systems' totals of one order, a penny apart or a fortune."""
    values = OrderValues(reference=OrderRef("O1"), channel=Money(channel, "GBP"), erp=Money(erp, "GBP"))

    same(context, lambda: find_value_drift([values], tolerance=Decimal("0.01")))


@law
@given(contexts, st.integers(0, 10**6), st.integers(1, 10**7))
def test_the_value_of_a_variance(context: decimal.Context, missing: int, pence: int) -> None:
    """Units times cost, which decides how severe it is."""
    at, cost = datetime(2026, 3, 2, tzinfo=UTC), {StockCode("MUG"): Decimal(pence).scaleb(-2)}
    there, booked = (
        Snapshot(
            account=AccountId("A"),
            as_of=at,
            figures=(StockFigure(stock_code=StockCode("MUG"), location=LocationId("M"), physical=units),),
        )
        for units in (1, 1 + missing)
    )

    same(context, lambda: compare_stock(there, booked, costs=cost))


@law
@given(contexts, settlements())
def test_settlements_and_journals(context: decimal.Context, settlement: Settlement) -> None:
    """Matched, tied out, posted, reversed, restated, reclassified, exported."""
    dated = date(2026, 4, 1)

    def matched() -> object:
        return match(
            settlement.lines,
            orders=settlement.orders,
            credit_notes=settlement.credit_notes,
            fees=settlement.fees,
            seen=settlement.seen,
        )

    same(context, matched)
    found = match(
        settlement.lines, orders=settlement.orders, credit_notes=settlement.credit_notes, fees=settlement.fees
    )
    statement = statement_of(found)
    journal = journal_for(found, accounts=ACCOUNTS, statement=statement)
    restated = attrs.evolve(reverse(journal), label="")
    names = {entry.vat_code: entry.vat_code or "none" for entry in journal.entries}
    base = journal.currency

    same(context, lambda: (found.amount(), found.balances, [each.outstanding for each in found.balances]))
    same(context, lambda: tie_out(found, statement=statement, received=statement.payout))
    same(context, lambda: journal_for(found, accounts=ACCOUNTS, statement=statement))
    same(context, lambda: (journal.total, reverse(journal), undo([journal], dated=dated)))
    same(context, lambda: plan_posting(restated, posted=[journal]))
    same(context, lambda: reclassify(found, accounts=ACCOUNTS, statement_id="S", dated=dated))
    same(context, lambda: (generic_rows(journal), backing_rows(journal)))
    same(context, lambda: xero_rows(journal, tax_rates=names, base_currency=base))
    same(context, lambda: sage_rows(journal, tax_codes=names, base_currency=base))


def draft_line(gross: str, net: str, vat: str) -> DraftLine:
    return DraftLine(
        stock_code=StockCode("MUG"),
        units=1,
        gross=Decimal(gross),
        net=Decimal(net),
        vat=Decimal(vat),
        vat_rate=Decimal(20),
        source=(LineId("1"),),
    )


def test_a_draft_line_adds_up() -> None:
    """Net and VAT are the gross, to the penny, or there is no line; in three digits 1234.56 is 1230 and would do."""
    assert draft_line("1234.56", "1028.80", "205.76").units == 1
    with decimal.localcontext(odd):
        assert draft_line("1234.56", "1028.80", "205.76").units == 1
        with pytest.raises(ValueError, match=r"net 1028\.80 \+ vat 201\.20 is 1230\.00, not gross 1230\.01$"):
            draft_line("1230.01", "1028.80", "201.20")
    with pytest.raises(ValueError, match=r"^line of MUG: net 10\.00 \+ vat 2\.00 is 12\.00, not gross 12\.01$"):
        draft_line("12.01", "10.00", "2.00")
    with pytest.raises(TypeError, match=r"^net must be a Decimal, not 10\.0$"):
        attrs.evolve(draft_line("12.00", "10.00", "2.00"), net=10.0)  # type: ignore[arg-type]  # what a caller without types does


def test_the_worked_order_in_three_digits() -> None:
    """The amounts of the reviews: pounds are not lost, silently or otherwise."""
    with decimal.localcontext(odd):
        assert split_net(Decimal("1234.56")).gross == Decimal("1481.47")
        assert split_gross(Decimal("1234.56")).vat == Decimal("205.76")


def test_exactly() -> None:
    """Sums and differences are exact; what cannot be is an error and not an approximation."""

    @exactly
    def add(first: Decimal, second: Decimal) -> Decimal:
        return first + second

    with decimal.localcontext(odd):
        assert add(Decimal("123456.78"), Decimal("0.01")) == Decimal("123456.79")
        assert decimal.getcontext().prec == 3
    with pytest.raises(ValueError, match="more digits than an amount of money can have"):
        add(Decimal("1e40"), Decimal("1e-40"))
    assert add.__name__ == "add"


@pytest.mark.parametrize("amount", ["1e60", "-1e999999", "1" * 61, "0." + "1" * 61])
def test_more_digits_than_money_has(amount: str) -> None:
    """They are refused; a sum that is rounded to 60 digits would be wrong, one of a million digits would never end."""
    with pytest.raises(ValueError, match="has more digits than an amount of money can have"):
        to_minor(Decimal(amount), "GBP")


def test_a_number_of_minor_units_that_is_too_long() -> None:
    """The same the other way round."""
    with pytest.raises(ValueError, match="has more digits than an amount of money can have"):
        from_minor(10**60 + 1, "GBP")
    with pytest.raises(ValueError, match="has more digits than an amount of money can have"):
        Money.of_minor(10**60 + 1, "GBP")
