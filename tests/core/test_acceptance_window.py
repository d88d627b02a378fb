"""Acceptance against the clock: warned in time, decided by policy before the channel decides."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from khaos_connectors.core.acceptance import Acceptance, AcceptancePolicy, Verdict, decide_acceptance
from khaos_connectors.core.acceptance_window import TimedAcceptance, WindowPolicy, settle_by_deadline
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, ChannelSku, LineId, OrderId, StockCode
from khaos_connectors.core.orders import ChannelOrder, OrderLine, OrderState, TaxMode
from khaos_connectors.core.skus import SkuMiss, Target

X = ExceptionType
NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TARGETS: dict[ChannelSku, Target | SkuMiss] = {
    ChannelSku("MUG"): Target(StockCode("MUG")),
    ChannelSku("BOX"): Target(StockCode("MUG"), 6),
}
ENDS = NOON + 24 * HOUR


def order(*skus: str, accept_by: datetime | None = ENDS) -> ChannelOrder:
    lines = tuple(
        OrderLine(
            line_id=LineId(f"L{number}"),
            sku=ChannelSku(sku),
            quantity=2,
            amount=Decimal(10),
            state=OrderState.AWAITING_ACCEPTANCE,
        )
        for number, sku in enumerate(skus, start=1)
    )
    return ChannelOrder(
        account=AccountId("shop"),
        order_id=OrderId("O1"),
        state=OrderState.AWAITING_ACCEPTANCE,
        placed_at=NOON,
        changed_at=NOON,
        currency="GBP",
        tax_mode=TaxMode.INCLUDED,
        lines=lines,
        total=Decimal(10) * len(lines),
        accept_by=accept_by,
    )


def accept(wanted: ChannelOrder, *, free: int, policy: AcceptancePolicy | None = None) -> Acceptance:
    stock = {StockCode("MUG"): free}
    return decide_acceptance(wanted, targets=TARGETS, free=stock, policy=policy or AcceptancePolicy())


def settle(
    wanted: ChannelOrder, *, now: datetime, free: int = 3, policy: WindowPolicy | None = None
) -> TimedAcceptance:
    return settle_by_deadline(
        wanted, accept(wanted, free=free), targets=TARGETS, now=now, policy=policy or WindowPolicy()
    )


def kinds(settled: TimedAcceptance) -> list[ExceptionType]:
    return [reason.type for reason in settled.acceptance.reasons]


def verdicts(settled: TimedAcceptance) -> list[Verdict]:
    return [line.verdict for line in settled.acceptance.lines]


class TestWindow:
    def test_in_time_nothing_is_added(self) -> None:
        """A person has hours: the hold stays, and so does its own reason."""
        settled = settle(order("MUG", "BOX"), now=ENDS - 5 * HOUR)

        assert verdicts(settled) == [Verdict.ACCEPT, Verdict.HOLD]
        assert (kinds(settled), settled.accept_by, settled.expired) == ([X.INSUFFICIENT_STOCK], ENDS, False)
        assert settled.why == "there is time for a person to decide"

    def test_the_warning_comes_before_the_deadline(self) -> None:
        """Domain 6.3: HOLD must beat the acceptance deadline: raised before it."""
        settled = settle(order("MUG", "BOX"), now=ENDS - 4 * HOUR)

        assert verdicts(settled) == [Verdict.ACCEPT, Verdict.HOLD]
        assert kinds(settled) == [X.INSUFFICIENT_STOCK, X.ACCEPTANCE_RISK]
        risk = settled.acceptance.reasons[-1]
        assert risk.entity == "O1"
        assert risk.evidence["accept by"] == "2026-03-07T12:00:00+00:00"
        assert risk.evidence["line L2"] == "hold: 12 of MUG wanted, 1 left"

    @pytest.mark.parametrize(
        ("on_deadline", "verdict", "taken"),
        [("accept", Verdict.ACCEPT, 14), ("refuse", Verdict.REFUSE, 2), ("hold", Verdict.HOLD, 2)],
    )
    def test_the_policy_decides_before_the_channel_does(self, on_deadline: str, verdict: Verdict, taken: int) -> None:
        """Domain 6.3: act by on_deadline; what is accepted is counted as taken; people are told either way."""
        policy = WindowPolicy(on_deadline=on_deadline)  # type: ignore[arg-type]  # one of the three words
        settled = settle(order("MUG", "BOX"), now=ENDS - HOUR / 2, policy=policy)

        assert verdicts(settled) == [Verdict.ACCEPT, verdict]
        assert settled.acceptance.decided is (verdict is not Verdict.HOLD)
        assert settled.acceptance.taken == {"MUG": taken}
        assert kinds(settled) == [X.INSUFFICIENT_STOCK, X.ACCEPTANCE_RISK]
        assert ("(12 of MUG wanted, 1 left)" in settled.acceptance.lines[1].why) is (verdict is not Verdict.HOLD)

    def test_not_before_it_is_time_to_act(self) -> None:
        """Between the warning and the act the line is a person's."""
        policy = WindowPolicy(on_deadline="refuse")

        assert verdicts(settle(order("BOX"), now=ENDS - HOUR, policy=policy)) == [Verdict.HOLD]

    def test_accepting_what_has_no_stock_code_takes_nothing(self) -> None:
        """It cannot be counted, and the reason says why the line was on hold."""
        policy = WindowPolicy(on_deadline="accept")
        settled = settle(order("STRANGER"), now=ENDS - HOUR / 4, policy=policy)

        assert (verdicts(settled), settled.acceptance.taken) == ([Verdict.ACCEPT], {})
        assert kinds(settled) == [X.SKU_UNMAPPED, X.ACCEPTANCE_RISK]

    def test_once_closed_nothing_is_told(self) -> None:
        """ACCEPTANCE_EXPIRED from the deadline on, also when all lines were decided: the channel was not told."""
        held, decided = settle(order("BOX"), now=ENDS), settle(order("MUG"), now=ENDS + HOUR)

        assert (held.expired, verdicts(held), kinds(held)[-1]) == (True, [Verdict.HOLD], X.ACCEPTANCE_EXPIRED)
        assert (decided.expired, kinds(decided)) == (True, [X.ACCEPTANCE_EXPIRED])

    def test_decided_lines_need_no_warning(self) -> None:
        """Nobody has to do anything."""
        settled = settle(order("MUG"), now=ENDS - HOUR)

        assert (settled.why, kinds(settled)) == ("every line is decided", [])

    def test_nothing_waits(self) -> None:
        """An order without lines that wait never expires."""
        settled = settle(order(), now=ENDS + HOUR)

        assert (settled.why, settled.expired) == ("no line waits for an answer", False)

    def test_a_channel_that_tells_no_end(self) -> None:
        """The policy's usual length counts from the purchase; without one no end is known."""
        unknown = settle(order("BOX", accept_by=None), now=NOON + 99 * HOUR)
        usual = settle(order("BOX", accept_by=None), now=NOON + 21 * HOUR, policy=WindowPolicy(window=24 * HOUR))

        assert (unknown.why, unknown.accept_by) == ("the end of the acceptance window is not known", None)
        assert (kinds(usual)[-1], usual.accept_by) == (X.ACCEPTANCE_RISK, ENDS)

    def test_impossible_input(self) -> None:
        """Naive times, negative spans, and an act before its warning."""
        with pytest.raises(ValueError, match="now has no time zone"):
            settle(order("MUG"), now=NOON.replace(tzinfo=None))
        with pytest.raises(ValueError, match="warn_before must not be negative"):
            WindowPolicy(warn_before=-HOUR)
        with pytest.raises(ValueError, match="act_before must not be longer than warn_before"):
            WindowPolicy(warn_before=HOUR, act_before=2 * HOUR)
        with pytest.raises(ValueError, match="on_deadline"):
            WindowPolicy(on_deadline="wait")  # type: ignore[arg-type]  # that it is refused is the point


class TestBackOrder:
    def test_units_beyond_the_stock_may_be_promised(self) -> None:
        """Domain 6.3: the back-order policy is an input to acceptance; it adds to what is free, once for all lines."""
        policy = AcceptancePolicy(back_order={StockCode("MUG"): 3})

        both = accept(order("MUG", "MUG"), free=1, policy=policy)
        third = accept(order("MUG", "MUG", "MUG"), free=1, policy=policy)

        assert [line.verdict for line in both.lines] == [Verdict.ACCEPT, Verdict.ACCEPT]
        assert third.lines[2].verdict is Verdict.HOLD

    def test_an_unknown_stock_stays_unknown(self) -> None:
        """A limit is no figure."""
        policy = AcceptancePolicy(back_order={StockCode("MUG"): 9})
        held = decide_acceptance(order("MUG"), targets=TARGETS, free={}, policy=policy)

        assert held.lines[0].verdict is Verdict.HOLD

    def test_a_negative_limit_is_refused(self) -> None:
        """It would keep units back: that is what safety is for."""
        with pytest.raises(ValueError, match="back_order of MUG must be 0 or more"):
            AcceptancePolicy(back_order={StockCode("MUG"): -1})
