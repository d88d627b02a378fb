"""Whether an order that waits is accepted, line by line."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import attrs
import pytest

from khaos_connectors.core.acceptance import Acceptance, AcceptancePolicy, Verdict, decide_acceptance
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, ChannelSku, LineId, OrderId, StockCode
from khaos_connectors.core.orders import ChannelOrder, OrderLine, OrderState, TaxMode
from khaos_connectors.core.skus import SkuMiss, Suggestion, Target

ACCEPT, REFUSE, HOLD = Verdict.ACCEPT, Verdict.REFUSE, Verdict.HOLD
PLAIN = AcceptancePolicy()
TARGETS = {ChannelSku("MUG"): Target(StockCode("MUG")), ChannelSku("MUG-3"): Target(StockCode("MUG"), 3)}


def line(sku: str = "MUG", quantity: int = 1, *, number: int = 1, amount: str = "10.00", **more: object) -> OrderLine:
    made = OrderLine(
        line_id=LineId(f"L{number}"),
        sku=ChannelSku(sku),
        quantity=quantity,
        amount=Decimal(amount),
        state=OrderState.AWAITING_ACCEPTANCE,
    )
    return attrs.evolve(made, **more)


def order(*lines: OrderLine) -> ChannelOrder:
    return ChannelOrder(
        account=AccountId("john-lewis"),
        order_id=OrderId("O1"),
        state=OrderState.AWAITING_ACCEPTANCE,
        placed_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        changed_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        currency="GBP",
        tax_mode=TaxMode.INCLUDED,
        lines=lines,
        total=sum((line.amount for line in lines), Decimal(0)),
    )


def decide(
    *lines: OrderLine, free: int | None = 10, policy: AcceptancePolicy = PLAIN, partial: bool = True
) -> Acceptance:
    stock = {} if free is None else {StockCode("MUG"): free}
    return decide_acceptance(order(*lines), targets=TARGETS, free=stock, policy=policy, partial=partial)


def verdicts(found: Acceptance) -> list[Verdict]:
    return [line.verdict for line in found.lines]


class TestStock:
    def test_enough_for_all(self) -> None:
        """Accepted, with the eaches that it takes; nothing to report."""
        found = decide(line(quantity=4), line("MUG-3", 2, number=2))

        assert verdicts(found) == [ACCEPT, ACCEPT]
        assert (found.taken, found.reasons, found.decided, found.waits) == ({"MUG": 10}, (), True, True)

    def test_lines_share_the_stock(self) -> None:
        """Domain 6.3, cumulative demand: the second line sees what the first one left."""
        found = decide(line(quantity=8), line("MUG-3", number=2), line(quantity=2, number=3))

        assert verdicts(found) == [ACCEPT, HOLD, ACCEPT]
        assert found.taken == {"MUG": 10}
        assert found.lines[1].why == "3 of MUG wanted, 2 left"

    @pytest.mark.parametrize(("choice", "verdict"), [("hold", HOLD), ("refuse", REFUSE)])
    def test_a_shortage_is_held_or_refused(self, choice: Literal["hold", "refuse"], verdict: Verdict) -> None:
        """By policy, and somebody learns of it either way."""
        found = decide(line(quantity=11), policy=AcceptancePolicy(on_shortage=choice))

        assert verdicts(found) == [verdict]
        assert found.decided is (verdict is REFUSE)
        (reason,) = found.reasons
        assert (reason.type, reason.entity) == (ExceptionType.INSUFFICIENT_STOCK, "O1")
        assert reason.evidence["line L1"] == "MUG: 11 of MUG wanted, 10 left"

    def test_safety_units_are_kept_back(self) -> None:
        """Three of ten are not for sale."""
        careful = AcceptancePolicy(safety=3)

        assert verdicts(decide(line(quantity=7), policy=careful)) == [ACCEPT]
        assert verdicts(decide(line(quantity=8), policy=careful)) == [HOLD]

    def test_unknown_stock_is_held_never_refused(self) -> None:
        """No figure is not a figure of nothing."""
        found = decide(line(), free=None, policy=AcceptancePolicy(on_shortage="refuse"))

        assert verdicts(found) == [HOLD]
        assert found.lines[0].why == "the stock of MUG is not known"

    def test_a_debt_is_told_as_nothing_left(self) -> None:
        """The pool is signed; people are not told about minus two mugs."""
        assert decide(line(), free=-2).lines[0].why == "1 of MUG wanted, 0 left"

    def test_cancelled_units_are_not_wanted(self) -> None:
        """Only what is still open counts."""
        assert decide(line(quantity=12, cancelled=2)).taken == {"MUG": 10}


class TestUnmapped:
    @pytest.mark.parametrize(("choice", "verdict"), [("hold", HOLD), ("refuse", REFUSE)])
    def test_an_unknown_sku_is_held_or_refused(self, choice: Literal["hold", "refuse"], verdict: Verdict) -> None:
        """By policy, always with SKU_UNMAPPED."""
        found = decide(line("CUP"), policy=AcceptancePolicy(on_unmapped=choice))

        assert verdicts(found) == [verdict]
        assert [reason.type for reason in found.reasons] == [ExceptionType.SKU_UNMAPPED]

    def test_suggestions_are_shown(self) -> None:
        """So that whoever maps the SKU need not search."""
        miss = SkuMiss(ChannelSku("mug"), "'mug' is no stock code", (Suggestion(StockCode("MUG"), "capitals"),))

        found = decide_acceptance(
            order(line("mug"), line("cup", number=2)),
            targets={miss.sku: miss, ChannelSku("cup"): SkuMiss(ChannelSku("cup"), "no such thing")},
            free={},
            policy=AcceptancePolicy(),
        )

        assert [x.why for x in found.lines] == ["'mug' is no stock code; near: MUG (capitals)", "no such thing"]
        assert len(found.reasons) == 1


class TestPrice:
    POLICY = AcceptancePolicy(max_price_drop=Decimal("0.10"), expected_prices={ChannelSku("MUG"): Decimal("9.99")})

    @pytest.mark.parametrize(
        ("amount", "verdict"), [("17.98", ACCEPT), ("17.97", HOLD), ("19.98", ACCEPT), ("99.00", ACCEPT)]
    )
    def test_a_drop_beyond_the_limit_is_held(self, amount: str, verdict: Verdict) -> None:
        """Domain 6.3: ten per cent off 9.99 is 8.99 to the penny; a rise never blocks."""
        found = decide(line(quantity=2, amount=amount), policy=self.POLICY)

        assert verdicts(found) == [verdict]
        assert [r.type for r in found.reasons] == ([ExceptionType.PRICE_DROP] if verdict is HOLD else [])

    def test_it_may_be_refused(self) -> None:
        """By policy."""
        policy = attrs.evolve(self.POLICY, on_price_drop="refuse")

        assert verdicts(decide(line(amount="1.00"), policy=policy)) == [REFUSE]

    def test_only_prices_that_are_expected_are_compared(self) -> None:
        """No expectation, no limit: no check."""
        assert verdicts(decide(line("MUG-3", amount="0.01"), policy=self.POLICY)) == [ACCEPT]
        assert verdicts(decide(line(amount="0.01"), policy=attrs.evolve(self.POLICY, max_price_drop=None))) == [ACCEPT]


class TestWholeOrders:
    def test_one_line_on_hold_holds_all(self) -> None:
        """The channel takes the order whole or not at all."""
        found = decide(line(), line(quantity=20, number=2), line("CUP", number=3), partial=False)

        assert verdicts(found) == [HOLD, HOLD, HOLD]
        assert found.lines[0].why == "not in part: line L2 is to hold"
        assert found.taken == {}

    def test_hold_goes_before_refuse(self) -> None:
        """A person may still find stock for the one, so the other is not refused yet."""
        policy = AcceptancePolicy(on_unmapped="refuse")

        assert verdicts(decide(line("CUP"), line(quantity=20, number=2), policy=policy, partial=False)) == [HOLD, HOLD]

    def test_one_refused_line_refuses_all(self) -> None:
        """When nothing is on hold; the reasons name the line behind it."""
        policy = AcceptancePolicy(on_shortage="refuse")

        found = decide(line(), line(quantity=20, number=2), policy=policy, partial=False)

        assert verdicts(found) == [REFUSE, REFUSE]
        assert (found.decided, found.taken, len(found.reasons)) == (True, {}, 1)

    def test_all_accepted(self) -> None:
        """Nothing stands in the way."""
        found = decide(line(), partial=False)

        assert (verdicts(found), found.taken) == ([ACCEPT], {"MUG": 1})


class TestEdges:
    def test_no_line_waits(self) -> None:
        """Clear: nothing to decide, nothing wrong."""
        found = decide(line(state=OrderState.REFUSED), line(number=2, cancelled=1))

        assert found == Acceptance(lines=())
        assert (found.waits, found.decided) == (False, True)

    def test_acceptance_left_to_people(self) -> None:
        """Every line is held, without a reason: nothing is wrong with them."""
        found = decide(line(), line("CUP", number=2), policy=AcceptancePolicy(accept=False))

        assert (verdicts(found), found.reasons) == ([HOLD, HOLD], ())

    def test_reasons_are_one_per_type(self) -> None:
        """Two short lines are one item of work."""
        found = decide(line(quantity=20), line(quantity=30, number=2), line("CUP", number=3))

        assert [r.type for r in found.reasons] == [ExceptionType.INSUFFICIENT_STOCK, ExceptionType.SKU_UNMAPPED]
        assert {"line L1", "line L2"} <= set(found.reasons[0].evidence)

    @pytest.mark.parametrize("drop", ["-0.1", "1.1", "10"])
    def test_a_drop_is_a_fraction(self, drop: str) -> None:
        """Ten is not ten per cent."""
        with pytest.raises(ValueError, match="not a part of a price"):
            AcceptancePolicy(max_price_drop=Decimal(drop))

    def test_safety_is_not_negative(self) -> None:
        """It would promise stock that is not there."""
        with pytest.raises(ValueError, match="cannot be kept back"):
            AcceptancePolicy(safety=-1)
