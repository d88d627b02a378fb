"""A snapshot that is old, partial or missing tells nothing, and nothing is not zero."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, ChannelSku, StockCode
from khaos_connectors.core.push import WantedLevel, plan_push
from khaos_connectors.core.snapshots import (
    ReadFailure,
    SnapshotPolicy,
    SnapshotState,
    UnknownPolicy,
    fallback_levels,
    judge_snapshot,
)
from khaos_connectors.core.stock import Snapshot

TEN = datetime(2025, 3, 14, 10, tzinfo=UTC)
NAIVE = datetime(2025, 3, 14, 10)  # noqa: DTZ001 - that it is naive is the point
MINUTE = timedelta(minutes=1)
WHOLE = Snapshot(account=AccountId("erp"), as_of=TEN, figures=())
PART = attrs.evolve(WHOLE, complete=False, missing=(StockCode("MUG"), StockCode("CUP")))


class TestVerdict:
    @pytest.mark.parametrize(
        ("minutes", "state"),
        [
            (-2, SnapshotState.UNKNOWN),
            (-1, SnapshotState.FRESH),
            (0, SnapshotState.FRESH),
            (30, SnapshotState.FRESH),
            (31, SnapshotState.STALE),
        ],
    )
    def test_age_decides(self, minutes: int, state: SnapshotState) -> None:
        """Domain §2.5: older than allowed is unknown; so is what claims to come from the future, but for the skew."""
        verdict = judge_snapshot(WHOLE, now=TEN + minutes * MINUTE)

        assert verdict.state is state
        assert verdict.usable is (state is SnapshotState.FRESH)
        assert [r.type for r in verdict.reasons] == ([] if verdict.usable else [ExceptionType.STOCK_STALE])
        assert verdict.why

    def test_a_part_may_be_used_for_what_it_holds(self) -> None:
        """Domain §2.5: the codes that could not be read are unknown; the others are not."""
        verdict = judge_snapshot(PART, now=TEN)

        assert (verdict.state, verdict.usable) == (SnapshotState.PARTIAL, True)
        assert verdict.unread == {"MUG", "CUP"}
        assert [(r.type, r.evidence["codes"]) for r in verdict.reasons] == [(ExceptionType.STOCK_PARTIAL, "CUP, MUG")]

    def test_an_old_part_is_stale_first(self) -> None:
        """Nothing of it may be used."""
        assert judge_snapshot(PART, now=TEN + timedelta(hours=1)).state is SnapshotState.STALE

    def test_a_part_that_does_not_say_what_it_lacks(self) -> None:
        """Then the sentence does not make up a number, and no figure may be used: each may be a part only."""
        verdict = judge_snapshot(attrs.evolve(PART, missing=()), now=TEN)

        assert (verdict.state, verdict.usable, verdict.unread) == (SnapshotState.PARTIAL, False, frozenset())
        assert verdict.reasons[0].message == (
            "nobody knows which stock codes could not be read; all listings keep their levels"
        )

    def test_a_failed_read(self) -> None:
        """Domain §2.5: a failed snapshot is unknown stock, in the source's words."""
        verdict = judge_snapshot(ReadFailure(account=AccountId("erp"), at=TEN, why="503"), now=TEN)

        assert (verdict.state, verdict.usable) == (SnapshotState.FAILED, False)
        assert (
            verdict.reasons[0].message
            == "stock is unknown, so listings keep their levels: stock could not be read: 503"
        )

    def test_no_read_yet(self) -> None:
        """Before the first snapshot nothing is known."""
        verdict = judge_snapshot(None, now=TEN)

        assert (verdict.state, verdict.usable) == (SnapshotState.UNKNOWN, False)
        assert verdict.reasons[0].type is ExceptionType.STOCK_STALE
        assert verdict.why == "stock has not been read yet"

    def test_impossible_policies_and_naive_times_are_refused(self) -> None:
        """Field and rule are named."""
        with pytest.raises(ValueError, match="max_age must not be negative"):
            SnapshotPolicy(max_age=-MINUTE)
        with pytest.raises(ValueError, match=r"at .*aware"):
            ReadFailure(account=AccountId("erp"), at=NAIVE, why="503")
        with pytest.raises(ValueError, match="now must be aware"):
            judge_snapshot(None, now=NAIVE)


LAST: list[tuple[ChannelSku, int | None]] = [(ChannelSku("MUG"), 5), (ChannelSku("CUP"), 1), (ChannelSku("JUG"), None)]
AFTER_AN_HOUR = UnknownPolicy(max_unknown=timedelta(hours=1), floor=2)


class TestFallback:
    @pytest.mark.parametrize("policy", [AFTER_AN_HOUR, UnknownPolicy()])
    def test_unknown_stock_is_not_pushed(self, policy: UnknownPolicy) -> None:
        """Domain §2.5 and §12: the plan of an unknown snapshot is empty."""
        levels = fallback_levels(LAST, known_at=TEN, now=TEN + timedelta(hours=1), policy=policy)
        plan = plan_push(levels, {ChannelSku("MUG"): 5})

        assert [level.units for level in levels] == [None, None, None]
        assert (plan.decreases, plan.increases) == ((), ())

    def test_after_too_long_the_floor_is_published(self) -> None:
        """Domain §2.5: a conservative floor: down to 2, never up to it, and 0 where nothing was known."""
        levels = fallback_levels(LAST, known_at=TEN, now=TEN + timedelta(hours=1, seconds=1), policy=AFTER_AN_HOUR)

        assert [level.units for level in levels] == [2, 1, 0]

    def test_the_floor_is_zero_by_default(self) -> None:
        """Domain §2.5: default 0."""
        policy = UnknownPolicy(max_unknown=timedelta(0))

        assert [level.units for level in fallback_levels(LAST, known_at=TEN, now=TEN + MINUTE, policy=policy)] == [
            0
        ] * 3

    def test_without_a_limit_levels_are_kept_for_ever(self) -> None:
        """Who sets no limit gets no floor."""
        levels = fallback_levels(LAST[:1], known_at=TEN, now=TEN + timedelta(days=9), policy=UnknownPolicy())

        assert levels == (WantedLevel(ChannelSku("MUG"), None, "its stock has been unknown for 9 days, 0:00:00"),)

    def test_naive_times_and_negative_spans_are_refused(self) -> None:
        """Field and rule are named."""
        with pytest.raises(ValueError, match="known_at must be aware"):
            fallback_levels([], known_at=NAIVE, now=TEN, policy=AFTER_AN_HOUR)
        with pytest.raises(ValueError, match="max_unknown must not be negative"):
            UnknownPolicy(max_unknown=-MINUTE)
        with pytest.raises(ValueError, match="floor must be 0 or more"):
            UnknownPolicy(floor=-1)
