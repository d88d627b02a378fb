"""Settlement, journal and credit note records that cannot be true are refused by field name when they are made."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.ids import AccountId, LineId, OrderId
from khaos_connectors.core.journals import Entry, Journal, Posting
from khaos_connectors.core.refunds import CreditedLine, CreditNote, RefundEvent, RefundState, Sale
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    LineKind,
    OrderBalance,
    SettlementLine,
    Statement,
)


def d(amount: str) -> Decimal:
    return Decimal(amount)


NOTE = CreditNote(
    code="CN5",
    refund_id="R9",
    order_id=OrderId("O2"),
    currency="GBP",
    lines=(CreditedLine(line_id=LineId("1"), gross=d("30.00")),),
    shipping=d("5.00"),
)
ORDER = ExpectedOrder(order_id=OrderId("O1"), currency="GBP", parts=(Expected(kind=LineKind.GOODS, amount=d("10.00")),))
STATEMENT = Statement(statement_id="S-77", currency="GBP", issued=date(2026, 3, 31), payout=d("10.00"))
ENTRIES = (
    Entry(account="1200", debit=d("10.00"), credit=d("0")),
    Entry(account="1105", debit=d("0"), credit=d("10.00")),
)
JOURNAL = Journal(statement_id="S-77", currency="GBP", dated=date(2026, 3, 31), entries=ENTRIES)
POSTING = Posting(account="1200", debit=d("10.00"), credit=d("0"))


class TestAmounts:
    @pytest.mark.parametrize("settled", ["-0.01", "35.01", "-35.00"])
    def test_a_note_is_settled_from_nothing_to_its_total(self, settled: str) -> None:
        """Domain §9.2: no statement takes more of a credit note than it is, or less than nothing."""
        with pytest.raises(ValueError, match=rf"^settled must be a part of 35\.00, not {settled}$"):
            attrs.evolve(NOTE, settled=d(settled))

    @pytest.mark.parametrize("settled", ["0", "0.01", "35.00"])
    def test_all_between_is_possible(self, settled: str) -> None:
        """Nothing of it, a part, all of it."""
        assert attrs.evolve(NOTE, settled=d(settled)).settled == d(settled)

    def test_settled_is_in_whole_pennies(self) -> None:
        """Also below the total."""
        with pytest.raises(ValueError, match=r"^settled: 0\.001 is not in whole minor units"):
            attrs.evolve(NOTE, settled=d("0.001"))

    @pytest.mark.parametrize("record", [NOTE, ORDER])
    def test_written_off_has_no_sign(self, record: CreditNote | ExpectedOrder) -> None:
        """Differences are added up without sign: below nothing they would widen the tolerance."""
        with pytest.raises(ValueError, match=r"^written_off must be 0 or more, not -0\.01$"):
            attrs.evolve(record, written_off=d("-0.01"))
        with pytest.raises(ValueError, match=r"^written_off: 0\.001 is not in whole minor units"):
            attrs.evolve(record, written_off=d("0.001"))

    def test_entries_and_backing_are_in_whole_pennies(self) -> None:
        """By the account that is not."""
        bent = attrs.evolve(ENTRIES[0], debit=d("10.001"))
        with pytest.raises(ValueError, match=r"^entries: debit of 1200: 10\.001 is not in whole minor units"):
            attrs.evolve(JOURNAL, entries=(bent, ENTRIES[1]))
        other = attrs.evolve(ENTRIES[1], credit=d("10.001"))
        with pytest.raises(ValueError, match=r"^entries: credit of 1105: 10\.001 is not in whole minor units"):
            attrs.evolve(JOURNAL, entries=(ENTRIES[0], other))
        with pytest.raises(ValueError, match=r"^backing: debit of 1200: 10\.001 is not in whole minor units"):
            attrs.evolve(JOURNAL, backing=(attrs.evolve(POSTING, debit=d("10.001")),))


class TestDays:
    @pytest.mark.parametrize("day", ["2026-03-31", datetime(2026, 3, 31, tzinfo=UTC), None])
    def test_a_day_is_a_date(self, day: object) -> None:
        """A text has no year, and a moment is another day elsewhere."""
        with pytest.raises(TypeError, match=r"^issued must be a date, not "):
            attrs.evolve(STATEMENT, issued=day)  # type: ignore[arg-type]  # what a careless caller writes
        with pytest.raises(TypeError, match=r"^dated must be a date, not "):
            attrs.evolve(JOURNAL, dated=day)  # type: ignore[arg-type]  # what a careless caller writes


def _line(currency: str) -> SettlementLine:
    return SettlementLine(line_id="1", statement_id="S-77", type="T", currency=currency, amount=d("1.00"))


def _refund(currency: str) -> RefundEvent:
    return RefundEvent(
        account=AccountId("shop"),
        refund_id="R9",
        order_id=OrderId("O2"),
        state=RefundState.REFUNDED,
        currency=currency,
        lines=(),
    )


def _balance(currency: str) -> OrderBalance:
    return OrderBalance(order_id=OrderId("O1"), currency=currency, expected=d("0"), settled=d("0"))


_IN_A_CURRENCY: list[Callable[[str], object]] = [
    lambda currency: attrs.evolve(JOURNAL, currency=currency, entries=()),
    lambda currency: attrs.evolve(JOURNAL, currency=currency),
    lambda currency: attrs.evolve(STATEMENT, currency=currency),
    lambda currency: attrs.evolve(ORDER, currency=currency, parts=()),
    lambda currency: attrs.evolve(NOTE, currency=currency, lines=()),
    lambda currency: Sale(order_id=OrderId("O2"), currency=currency, lines=()),
    _line,
    _refund,
    _balance,
]


class TestNames:
    @pytest.mark.parametrize("made", _IN_A_CURRENCY)
    def test_a_currency_is_a_code(self, made: Callable[[object], object]) -> None:
        """Also of a record without an amount, and by its own name, not by that of the first amount."""
        for currency in ("", " ", "pounds", "gbp", "££"):
            with pytest.raises(ValueError, match=rf"^currency: '{currency}' is not a currency code"):
                made(currency)
        with pytest.raises(TypeError, match=r"^currency must be a text, not None"):
            made(None)

    @pytest.mark.parametrize("blank", ["", "  "])
    def test_money_goes_to_a_named_account(self, blank: str) -> None:
        """An entry of no account would be posted nowhere; a journal is of a statement."""
        with pytest.raises(ValueError, match=r"^account must not be blank"):
            attrs.evolve(ENTRIES[0], account=blank)
        with pytest.raises(ValueError, match=r"^account must not be blank"):
            attrs.evolve(POSTING, account=blank)
        with pytest.raises(ValueError, match=r"^statement_id must not be blank"):
            attrs.evolve(JOURNAL, statement_id=blank)
