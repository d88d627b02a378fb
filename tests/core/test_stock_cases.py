"""Codes that are absent, ended, not counted, negative or on pre-order."""

from datetime import UTC, date, datetime

import attrs
import pytest

from khaos_connectors.core.availability import ListingPolicy, available_to_sell
from khaos_connectors.core.buffers import Fixed
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, ChannelId, LocationId, StockCode
from khaos_connectors.core.stock import Snapshot, StockFigure, pool
from khaos_connectors.core.stock_cases import (
    CodeAction,
    CodeVerdict,
    DirectRead,
    NonStockPolicy,
    PreOrder,
    judge_code,
    pre_order_offer,
    stock_warnings,
)

MUG, CUP = StockCode("MUG"), StockCode("CUP")
JL, WEB = ChannelId("john-lewis"), ChannelId("web")
COUNTED = StockFigure(stock_code=MUG, location=LocationId("MAIN"), physical=5)
SNAPSHOT = Snapshot(account=AccountId("erp"), as_of=datetime(2025, 3, 14, 10, tzinfo=UTC), figures=(COUNTED,))
PARTIAL = attrs.evolve(SNAPSHOT, complete=False, missing=(CUP,))


def types(verdict: CodeVerdict) -> list[ExceptionType]:
    return [reason.type for reason in verdict.reasons]


class TestAbsence:
    @pytest.mark.parametrize("direct", [DirectRead.NOT_DONE, DirectRead.FAILED])
    def test_the_first_absence_keeps_the_level(self, direct: DirectRead) -> None:
        """Domain §2.5: absent from a full snapshot is not zero: keep, tell, and ask for it alone."""
        verdict = judge_code(CUP, SNAPSHOT, direct=direct)

        assert (verdict.action, verdict.units) == (CodeAction.ASK, None)
        assert types(verdict) == [ExceptionType.STOCK_CODE_MISSING]

    def test_a_confirmed_absence_stops_the_listing(self) -> None:
        """Domain §2.5: once the source says that it is gone: 0, and pause; or a deleted item keeps selling."""
        verdict = judge_code(CUP, SNAPSHOT, direct=DirectRead.GONE)

        assert (verdict.action, verdict.units) == (CodeAction.STOP, 0)
        assert types(verdict) == [ExceptionType.STOCK_CODE_MISSING]

    def test_a_code_that_is_found_after_all(self) -> None:
        """Domain §10.2: deletion is never inferred from absence in one listing: pages slip."""
        verdict = judge_code(CUP, SNAPSHOT, direct=DirectRead.FOUND)

        assert (verdict.action, verdict.reasons) == (CodeAction.KEEP, ())

    def test_absent_from_a_delta_means_no_change(self) -> None:
        """Domain §2.5: a delta names what changed."""
        verdict = judge_code(CUP, attrs.evolve(SNAPSHOT, full=False))

        assert (verdict.action, verdict.reasons) == (CodeAction.KEEP, ())

    @pytest.mark.parametrize("full", [True, False])
    def test_what_could_not_be_read_is_unknown(self, full: bool) -> None:  # noqa: FBT001 - pytest gives it by name
        """Domain §2.5: an incomplete snapshot says nothing of the codes that it lacks."""
        verdict = judge_code(CUP, attrs.evolve(PARTIAL, full=full))

        assert verdict.action is CodeAction.KEEP
        assert types(verdict) == [ExceptionType.STOCK_PARTIAL]

    @pytest.mark.parametrize("complete", [True, False])
    @pytest.mark.parametrize("direct", DirectRead)
    def test_one_location_is_not_the_stock_of_a_code(self, direct: DirectRead, *, complete: bool) -> None:
        """Domain §2.5: partial is unknown: what came through of a code that is missing is not its count."""
        part = attrs.evolve(SNAPSHOT, complete=complete, missing=(MUG,))
        verdict = judge_code(MUG, part, direct=direct, non_stock=NonStockPolicy(quantity=25))

        assert (verdict.action, verdict.units, types(verdict)) == (
            CodeAction.KEEP,
            None,
            [ExceptionType.STOCK_PARTIAL],
        )
        assert verdict.why == "MUG could not be read whole: what came is of MAIN"

    def test_nobody_knows_what_a_snapshot_lacks(self) -> None:
        """Not complete, and no code named: any code may lack a location."""
        verdict = judge_code(MUG, attrs.evolve(SNAPSHOT, complete=False))

        assert (verdict.action, types(verdict)) == (CodeAction.KEEP, [ExceptionType.STOCK_PARTIAL])
        assert judge_code(MUG, PARTIAL).action is CodeAction.COUNT

    def test_an_ended_item_stops_even_where_it_was_read_in_part(self) -> None:
        """Domain §2.5: 0 at once: how many there are does not matter any more."""
        ended = attrs.evolve(SNAPSHOT, missing=(MUG,), figures=(attrs.evolve(COUNTED, discontinued=True),))

        assert judge_code(MUG, ended).action is CodeAction.STOP


class TestKinds:
    def test_a_counted_code_is_counted(self) -> None:
        """Nothing special: the pool decides."""
        assert judge_code(MUG, SNAPSHOT) == CodeVerdict(action=CodeAction.COUNT, why="MUG is counted")

    def test_blocked_or_discontinued_stops_at_once(self) -> None:
        """Domain §2.5: 0 at once, listing paused; whether the ERP says so or the user."""
        ended = attrs.evolve(SNAPSHOT, figures=(attrs.evolve(COUNTED, discontinued=True),))

        for verdict in (judge_code(MUG, ended), judge_code(MUG, SNAPSHOT, blocked=[MUG])):
            assert (verdict.action, verdict.units, verdict.reasons) == (CodeAction.STOP, 0, ())

    def test_an_uncounted_item_needs_a_policy(self) -> None:
        """Domain §2.5: no magic number: without a policy it is not pushed, and somebody is told."""
        uncounted = attrs.evolve(SNAPSHOT, figures=(attrs.evolve(COUNTED, stock_controlled=False),))
        without = judge_code(MUG, uncounted)
        given = judge_code(MUG, uncounted, non_stock=NonStockPolicy(quantity=25))

        assert (without.action, without.units, types(without)) == (
            CodeAction.KEEP,
            None,
            [ExceptionType.CONFIG_MISSING],
        )
        assert (given.action, given.units, given.reasons) == (CodeAction.OFFER, 25, ())

    def test_a_policy_does_not_touch_counted_items(self) -> None:
        """A quantity for uncounted items never replaces a count."""
        assert judge_code(MUG, SNAPSHOT, non_stock=NonStockPolicy(quantity=25)).action is CodeAction.COUNT

    def test_a_negative_policy_is_refused(self) -> None:
        """Field and rule are named."""
        with pytest.raises(ValueError, match="quantity must be 0 or more"):
            NonStockPolicy(quantity=-1)


UNCOUNTED = attrs.evolve(SNAPSHOT, figures=(attrs.evolve(COUNTED, stock_controlled=False),))


class TestSentences:
    """What a support person reads aloud, and what stands in the evidence."""

    @pytest.mark.parametrize(
        ("verdict", "why"),
        [
            (judge_code(MUG, SNAPSHOT, blocked=[MUG]), "MUG is blocked or discontinued"),
            (
                judge_code(MUG, UNCOUNTED),
                "MUG is not counted, and no quantity is set for items without stock control",
            ),
            (
                judge_code(MUG, UNCOUNTED, non_stock=NonStockPolicy(quantity=5)),
                "MUG is not counted; its policy's number",
            ),
            (judge_code(CUP, attrs.evolve(SNAPSHOT, full=False)), "CUP is not in the delta: it has not changed"),
            (
                judge_code(CUP, SNAPSHOT, direct=DirectRead.FOUND),
                "CUP exists, though the snapshot came without it",
            ),
            (
                judge_code(CUP, SNAPSHOT, direct=DirectRead.GONE),
                "CUP is gone: a snapshot came without it, and the source said so when asked",
            ),
            (judge_code(CUP, PARTIAL), "CUP could not be read"),
            (judge_code(CUP, SNAPSHOT), "CUP is absent from a full snapshot; asked for alone before it goes to 0"),
        ],
    )
    def test_every_verdict_says_why(self, verdict: CodeVerdict, why: str) -> None:
        """Issue 3: no function answers that something could not be done without its reason."""
        assert verdict.why == why
        assert all(reason.message.startswith(why) for reason in verdict.reasons)

    def test_evidence(self) -> None:
        """What was asked, when, and what came of it."""
        absent = judge_code(CUP, SNAPSHOT, direct=DirectRead.FAILED).reasons[0].evidence
        gone = judge_code(CUP, SNAPSHOT, direct=DirectRead.GONE).reasons[0].evidence

        assert absent == {
            "stock code": "CUP",
            "as of": "2025-03-14T10:00:00+00:00",
            "confirmed": "no",
            "asked": "failed",
        }
        assert gone == {"stock code": "CUP", "confirmed": "yes"}
        assert judge_code(MUG, UNCOUNTED).reasons[0].evidence == {"stock code": "MUG", "policy": "NonStockPolicy"}
        assert judge_code(CUP, PARTIAL).reasons[0].message == "CUP could not be read; its listings keep their levels"

    def test_all_locations_that_came_are_named(self) -> None:
        """Sorted, so that the same trouble reads the same."""
        shop = attrs.evolve(COUNTED, location=LocationId("SHOP"))
        read = attrs.evolve(SNAPSHOT, figures=(shop, COUNTED), missing=(MUG,))

        assert judge_code(MUG, read).why == "MUG could not be read whole: what came is of MAIN, SHOP"


class TestNegative:
    def test_negative_stock_is_carried_and_told(self) -> None:
        """Domain §2.5: NET carries it; publish 0 if the pool is below zero; raise NEGATIVE_STOCK, and OVERSOLD."""
        shop = attrs.evolve(COUNTED, location=LocationId("SHOP"), physical=-7)
        network = pool([COUNTED, shop])
        found = stock_warnings(MUG, [COUNTED, shop], network)

        assert network == -2
        assert available_to_sell(network).value == 0
        assert [reason.type for reason in found] == [ExceptionType.NEGATIVE_STOCK, ExceptionType.OVERSOLD]
        assert found[0].evidence["locations"] == "SHOP (-7)"

    def test_nothing_to_tell(self) -> None:
        """Stock at zero or unknown at a location is no negative stock."""
        unknown = attrs.evolve(COUNTED, location=LocationId("SHOP"), physical=None)

        empty = attrs.evolve(COUNTED, location=LocationId("ANNEX"), physical=0)

        assert stock_warnings(MUG, [COUNTED, unknown, empty], 0) == ()


class TestBackOrder:
    @pytest.mark.parametrize(("pool_units", "limit", "value"), [(5, 10, 13), (-4, 10, 4), (-9, 10, 0), (5, 0, 3)])
    def test_the_limit_is_added_before_the_buffer_is_taken(self, pool_units: int, limit: int, value: int) -> None:
        """Domain §2.5: ATS = max(0, pool + k - buffer)."""
        policy = ListingPolicy(pool_buffer=Fixed(2), backorder_limit=limit)

        assert available_to_sell(pool_units, policy=policy).value == value


class TestPreOrder:
    terms = PreOrder(stock_code=MUG, in_channel=50, in_all=80, available_on=date(2026, 5, 1))
    today = date(2026, 4, 1)

    @pytest.mark.parametrize(
        ("sold", "units", "why"),
        [
            ({}, 50, "0 of 50 sold in john-lewis"),
            ({JL: 20, WEB: 10}, 30, "20 of 50 sold in john-lewis"),
            ({JL: 20, WEB: 45}, 15, "65 of 80 sold in all"),
            ({JL: 60}, 0, "60 of 50 sold in john-lewis"),
            ({WEB: 90}, 0, "90 of 80 sold in all"),
        ],
    )
    def test_the_tighter_threshold_counts(self, sold: dict[ChannelId, int], units: int, why: str) -> None:
        """Domain §2.5: min(channel threshold - sold in channel, global threshold - sold in all); never below 0."""
        offer = pre_order_offer(self.terms, channel=JL, sold=sold, today=self.today)

        assert (offer.units, offer.why) == (units, why)
        assert (offer.available_on, offer.reasons) == (date(2026, 5, 1), ())

    def test_one_threshold_is_enough(self) -> None:
        """A limit in all, or one per channel."""
        in_all = attrs.evolve(self.terms, in_channel=None)
        in_channel = attrs.evolve(self.terms, in_all=None)

        assert pre_order_offer(in_all, channel=JL, sold={WEB: 79}, today=self.today).units == 1
        assert pre_order_offer(in_channel, channel=JL, sold={WEB: 79}, today=self.today).units == 50

    @pytest.mark.parametrize("day", [None, date(2026, 4, 1)])
    def test_without_a_day_to_promise_nothing_is_offered(self, day: date | None) -> None:
        """Domain §2.5: publish only with an availability date, and not once it has come."""
        offer = pre_order_offer(attrs.evolve(self.terms, available_on=day), channel=JL, sold={}, today=self.today)

        assert offer.units == 0
        assert [reason.type for reason in offer.reasons] == [ExceptionType.CONFIG_MISSING]

    def test_impossible_terms_are_refused(self) -> None:
        """No threshold at all, and negative numbers, name field and rule."""
        with pytest.raises(ValueError, match="in_all or in_channel must be set"):
            PreOrder(stock_code=MUG)
        with pytest.raises(ValueError, match="in_all must be 0 or more"):
            PreOrder(stock_code=MUG, in_all=-1)
        with pytest.raises(ValueError, match="sold must be 0 or more"):
            pre_order_offer(self.terms, channel=JL, sold={JL: -1}, today=self.today)
