"""Answers to a push, in any order; batches that are refused; and channels that show something else."""

import pytest

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.core.push import PlannedLevel, WantedLevel, plan_push
from khaos_connectors.core.push_outcomes import (
    Ack,
    Outcome,
    ReadBack,
    RowAnswer,
    acked_levels,
    answer_row,
    apply_answers,
    batches,
    find_drift,
    next_batches,
    rejections,
)

MUG, CUP, JUG = (ChannelSku(name) for name in ("MUG", "CUP", "JUG"))
ACCEPTED, REFUSED, IN_DOUBT = Outcome.ACCEPTED, Outcome.REFUSED, Outcome.IN_DOUBT


def answer(revision: int, units: int, outcome: Outcome = ACCEPTED, sku: ChannelSku = MUG) -> RowAnswer:
    return RowAnswer(sku=sku, units=units, revision=revision, outcome=outcome, message="no such offer")


def level(sku: ChannelSku) -> PlannedLevel:
    return PlannedLevel(sku, 1, None, "new")


class TestAnswers:
    @pytest.mark.parametrize(
        ("before", "told", "after"),
        [
            (None, answer(5, 3), Ack(3, 5)),
            (Ack(3, 5), answer(6, 1), Ack(1, 6)),
            (Ack(1, 6), answer(5, 3), Ack(1, 6)),
            (Ack(None, 6), answer(5, 3), Ack(None, 6)),
            (Ack(None, 6), answer(6, 1), Ack(1, 6)),
            (Ack(1, 6), answer(6, 1), Ack(1, 6)),
            (Ack(1, 6), answer(6, 1, IN_DOUBT), Ack(1, 6)),
            (Ack(3, 5), answer(6, 1, IN_DOUBT), Ack(None, 6)),
            (Ack(3, 5), answer(6, 1, REFUSED), Ack(3, 5)),
            (None, answer(6, 1, REFUSED), None),
            (None, answer(6, 1, IN_DOUBT), Ack(None, 6)),
        ],
    )
    def test_the_newest_revision_counts(self, before: Ack | None, told: RowAnswer, after: Ack | None) -> None:
        """Domain §5: an ack for an older revision does not overwrite a newer one; a refusal changes nothing."""
        believed = answer_row(before, told)

        assert believed.ack == after
        assert believed.why

    def test_one_revision_has_one_level(self) -> None:
        """Two levels under one number can only be a mistake of the caller's."""
        with pytest.raises(ValueError, match="revision 6 of MUG is acknowledged as 1 and as 2"):
            answer_row(Ack(1, 6), answer(6, 2))

    def test_a_row_in_doubt_is_pushed_again(self) -> None:
        """What nobody has confirmed is not believed, so the same wish leads to the same row again."""
        acks = apply_answers({MUG: Ack(3, 5), CUP: Ack(2, 5)}, [answer(6, 1, IN_DOUBT), answer(6, 9, REFUSED, CUP)])

        assert acked_levels(acks) == {CUP: 2}
        plan = plan_push([WantedLevel(MUG, 1), WantedLevel(CUP, 2)], acked_levels(acks))
        assert [row.sku for row in plan.increases] == [MUG]

    def test_a_refused_row_of_a_new_listing_leaves_no_trace(self) -> None:
        """The channel has acknowledged nothing, so nothing is kept."""
        assert apply_answers({}, [answer(6, 1, REFUSED)]) == {}

    def test_every_refused_row_is_its_own_item(self) -> None:
        """Domain §5: raise per row, in the channel's words."""
        silent = RowAnswer(sku=CUP, units=2, revision=6, outcome=REFUSED)
        found = rejections([answer(6, 1), answer(6, 2, REFUSED, JUG), silent, answer(6, 4, IN_DOUBT)])

        assert [(reason.type, reason.entity) for reason in found] == [
            (ExceptionType.STOCK_PUSH_REJECTED, "listing:JUG"),
            (ExceptionType.STOCK_PUSH_REJECTED, "listing:CUP"),
        ]
        assert found[0].message == "the channel refused 2 of JUG: no such offer"
        assert found[1].message == "the channel refused 2 of CUP: it gave no reason"


class TestBatches:
    def test_rows_keep_their_order(self) -> None:
        """Decreases stand first, and stay there."""
        rows = [level(MUG), level(CUP), level(JUG)]

        assert batches(rows, 2) == ((rows[0], rows[1]), (rows[2],))
        assert batches([], 2) == ()

    def test_a_batch_holds_something(self) -> None:
        """A limit of no rows is refused."""
        with pytest.raises(ValueError, match="size must be 1 or more"):
            batches([level(MUG)], 0)

    def test_named_rows_are_given_up_and_the_others_sent_again(self) -> None:
        """Domain §5: one bad row never sinks a batch."""
        retry = next_batches([level(MUG), level(CUP), level(JUG)], named={CUP})

        assert retry.batches == ((level(MUG), level(JUG)),)
        assert retry.refused == (level(CUP),)

    def test_a_batch_of_bad_rows_leaves_nothing_to_send(self) -> None:
        """No empty batch is sent."""
        assert next_batches([level(CUP)], named={CUP}).batches == ()

    def test_a_batch_without_a_name_is_halved(self) -> None:
        """Domain §5: split until the bad row stands alone."""
        retry = next_batches([level(MUG), level(CUP), level(JUG)], named={ChannelSku("POT")})

        assert retry.batches == ((level(MUG), level(CUP)), (level(JUG),))
        assert retry.refused == ()

    def test_a_single_refused_row_is_the_bad_one(self) -> None:
        """There is nothing left to halve."""
        retry = next_batches([level(MUG)])

        assert (retry.batches, retry.refused) == ((), (level(MUG),))


class TestDrift:
    def test_what_the_channel_changed_is_pushed_again(self) -> None:
        """Domain §5: a hand edit in the channel would otherwise stay until the next change."""
        drift = find_drift({MUG: Ack(3, 5), CUP: Ack(2, 5)}, ReadBack(levels={MUG: 7, CUP: 2}))

        assert drift.drifted == (MUG,)
        assert [(r.type, r.entity) for r in drift.reasons] == [(ExceptionType.STOCK_DRIFT, "listing:MUG")]
        assert drift.reasons[0].message == "MUG: the channel shows 7, it acknowledged 3"
        plan = plan_push([WantedLevel(MUG, 3), WantedLevel(CUP, 2)], drift.levels)
        assert [(row.sku, row.units) for row in plan.decreases] == [(MUG, 3)]
        assert plan.increases == ()

    @pytest.mark.parametrize(("shown", "drifted"), [(5, 0), (4, 0), (3, 0), (2, 1), (6, 1)])
    def test_sales_explain_a_lower_level(self, shown: int, drifted: int) -> None:
        """Domain §2.2: a channel lowers its own quantity; two sold since the ack explain 5 down to 3, no less."""
        drift = find_drift({MUG: Ack(5, 5)}, ReadBack(levels={MUG: shown}), sold={MUG: 2})

        assert len(drift.drifted) == drifted
        assert drift.levels == {MUG: shown}

    def test_a_listing_that_is_gone(self) -> None:
        """A complete read-back without it says that it is gone; a part of one says nothing."""
        acks = {MUG: Ack(5, 5), CUP: Ack(1, 5)}
        whole = find_drift(acks, ReadBack(levels={CUP: 1}), sold={MUG: 1})
        part = find_drift(acks, ReadBack(levels={CUP: 1}, complete=False))

        assert (whole.gone, whole.levels) == ((MUG,), {CUP: 1})
        assert whole.reasons[0].message == "MUG: the channel no longer has it, it acknowledged 5; 1 sold since"
        assert (part.gone, part.levels, part.reasons) == ((), {MUG: 5, CUP: 1}, ())

    def test_a_listing_in_doubt_stays_unknown(self) -> None:
        """Its push may take effect in a moment, so what it shows now is no baseline; a new listing's level is."""
        drift = find_drift({MUG: Ack(None, 6)}, ReadBack(levels={MUG: 4, JUG: 2}))

        assert (drift.drifted, drift.levels) == ((), {JUG: 2})
