"""What every store promises about acknowledged stock, intents and exception items."""

from collections.abc import Callable
from datetime import datetime

import attrs
import pytest

from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType, RetryClass, Severity, Team, escalate
from khaos_connectors.core.ids import AccountId, ChannelSku
from khaos_connectors.store import Store
from khaos_connectors.store.protocol import Acked, Intent, IntentState

A, B = AccountId("john-lewis"), AccountId("other")
MUG, CUP = ChannelSku("MUG"), ChannelSku("CUP")
At = Callable[..., datetime]


def claim(store: Store, at: datetime, until: datetime, *, owner: str = "run-1", digest: str = "d") -> Intent | None:
    return store.claim(A, "create order", "R1", digest=digest, owner=owner, at=at, until=until)


def sure(intent: Intent | None) -> Intent:
    assert intent is not None
    return intent


def item(
    at: datetime, deadline: datetime, entity: str = "o-1", account: AccountId = A, severity: Severity = Severity.MEDIUM
) -> ExceptionItem:
    return ExceptionItem(
        account=account,
        type=ExceptionType.SKU_UNMAPPED,
        entity=entity,
        team=Team.ECOMMERCE,
        severity=severity,
        opened_at=at,
        deadline=deadline,
        retry=RetryClass.AFTER_FIX,
        fix="Map the SKU.",
        evidence={"sku": "X"},
    )


class TestAcked:
    def test_revisions_grow(self, store: Store) -> None:
        """Each number is larger than every one before, per account."""
        first = [store.next_revision(A) for _ in range(3)]

        assert first == sorted(set(first))
        assert store.next_revision(A) > max(first)
        assert store.next_revision(B) <= max(first)

    def test_last_level_per_listing(self, store: Store, at: At) -> None:
        """Each listing has the level of the last push that carried it."""
        store.ack(A, {MUG: 5, CUP: 7}, revision=1, at=at(1))
        store.ack(A, {MUG: 4}, revision=2, at=at(2))

        assert store.acked(A) == {
            MUG: Acked(sku=MUG, units=4, revision=2, at=at(2)),
            CUP: Acked(sku=CUP, units=7, revision=1, at=at(1)),
        }
        assert store.acked(B) == {}

    def test_an_older_revision_changes_nothing(self, store: Store, at: At) -> None:
        """An answer that comes late does not undo a newer push; one of the same revision may correct it."""
        store.ack(A, {MUG: 4}, revision=2, at=at(2))
        store.ack(A, {MUG: 9, CUP: 1}, revision=1, at=at(3))
        late = store.acked(A)
        store.ack(A, {MUG: 3}, revision=2, at=at(4))

        assert (late[MUG].units, late[CUP].units, store.acked(A)[MUG].units) == (4, 1, 3)

    def test_a_forgotten_level_keeps_its_listing(self, store: Store, at: At) -> None:
        """The listing is still known, its level is not; listings that were never acknowledged are left alone."""
        store.ack(A, {MUG: 4, CUP: 1}, revision=2, at=at(2))
        store.forget_ack(A, iter([MUG, ChannelSku("NONE")]), revision=3)
        store.forget_ack(B, [CUP], revision=3)
        store.ack(A, {}, revision=3, at=at(3))
        forgotten = {sku: acked.units for sku, acked in store.acked(A).items()}
        store.ack(A, {MUG: 3}, revision=3, at=at(4))

        assert forgotten == {MUG: None, CUP: 1}
        assert store.acked(A)[MUG] == Acked(sku=MUG, units=3, revision=3, at=at(4))

    def test_an_answer_to_an_older_push_does_not_bring_a_forgotten_level_back(self, store: Store, at: At) -> None:
        """A level that was forgotten while a push was under way stays forgotten; a newer push is believed again."""
        store.ack(A, {MUG: 4}, revision=1, at=at(1))
        store.forget_ack(A, [MUG], revision=3)
        store.ack(A, {MUG: 5}, revision=2, at=at(2))
        late = store.acked(A)[MUG]
        store.forget_ack(A, [MUG], revision=1)
        store.ack(A, {MUG: 6}, revision=3, at=at(3))

        assert (late.units, late.revision) == (None, 3)
        assert store.acked(A)[MUG].units == 6


class TestClaim:
    def test_first_claim_writes_the_intent(self, store: Store, at: At) -> None:
        """The intent is there before the call is made."""
        intent = claim(store, at(0), at(5))

        assert store.intents(A, "create order") == [intent]
        assert sure(intent) == Intent(
            account=A,
            action="create order",
            key="R1",
            digest="d",
            state=IntentState.OPEN,
            attempts=1,
            written_at=at(0),
            leased_until=at(5),
            owner="run-1",
        )

    def test_a_leased_intent_is_not_given_to_another(self, store: Store, at: At) -> None:
        """Until the lease has run out, nobody else makes the call."""
        claim(store, at(0), at(5))

        assert claim(store, at(4), at(9), owner="run-2") is None

    def test_is_taken_over_when_the_lease_has_run_out(self, store: Store, at: At) -> None:
        """At the end of the lease the next one gets it, and is told to look first."""
        claim(store, at(0), at(5))

        second = sure(claim(store, at(5), at(9), owner="run-2", digest="d2"))

        assert (second.taken_over, second.attempts, second.owner, second.digest) == (True, 2, "run-2", "d2")
        assert (second.written_at, second.leased_until) == (at(0), at(9))

    def test_the_same_owner_may_claim_again(self, store: Store, at: At) -> None:
        """And is told that the intent was open: its own call may have happened."""
        claim(store, at(0), at(5))

        again = sure(claim(store, at(1), at(6)))

        assert (again.taken_over, again.attempts) == (True, 2)

    def test_done_is_final(self, store: Store, at: At) -> None:
        """What is done is not done again, whoever asks."""
        store.settle(sure(claim(store, at(0), at(5))), IntentState.DONE, at=at(1), detail="S1")

        assert claim(store, at(9), at(10)) is None
        assert [one.detail for one in store.intents(A, "create order", state=IntentState.DONE)] == ["S1"]

    def test_failed_is_opened_again(self, store: Store, at: At) -> None:
        """A call that is known to have had no effect may be made again at once, without looking."""
        store.settle(sure(claim(store, at(0), at(5))), IntentState.FAILED, at=at(1), detail="refused")

        again = sure(claim(store, at(2), at(7), owner="run-2"))

        assert (again.taken_over, again.state, again.attempts, again.detail) == (False, IntentState.OPEN, 2, "")

    def test_failures_are_counted_per_digest(self, store: Store, at: At) -> None:
        """The same thing refused again counts up; something else under the same key starts anew."""
        for minute in (0, 2):
            store.settle(sure(claim(store, at(minute), at(9))), IntentState.FAILED, at=at(minute + 1))
        same = sure(claim(store, at(4), at(9)))
        store.settle(same, IntentState.OPEN, at=at(5))

        assert same.failures == 2
        assert sure(claim(store, at(6), at(9))).failures == 2
        assert sure(claim(store, at(7), at(9), digest="other")).failures == 0

    def test_a_lease_given_back_can_be_claimed_at_once(self, store: Store, at: At) -> None:
        """Left open, it may have happened: the next owner looks first."""
        store.settle(sure(claim(store, at(0), at(5))), IntentState.OPEN, at=at(1), detail="no answer")

        assert [one.detail for one in store.intents(A, "create order")] == ["no answer"]
        assert sure(claim(store, at(1), at(6), owner="run-2")).taken_over

    @pytest.mark.parametrize("state", [IntentState.FAILED, IntentState.OPEN])
    def test_who_lost_the_intent_cannot_end_it(self, store: Store, at: At, state: IntentState) -> None:
        """A run that was overtaken knows nothing of the call that its successor makes."""
        first = sure(claim(store, at(0), at(5)))
        second = sure(claim(store, at(6), at(9), owner="run-2"))

        store.settle(first, state, at=at(7), detail="late")

        assert store.intents(A, "create order") == [second]

    def test_who_lost_the_intent_may_still_say_that_it_is_done(self, store: Store, at: At) -> None:
        """What happened, happened; nothing takes that back."""
        first = sure(claim(store, at(0), at(5)))
        second = sure(claim(store, at(6), at(9), owner="run-2"))

        store.settle(first, IntentState.DONE, at=at(7), detail="S1")
        store.settle(second, IntentState.FAILED, at=at(8), detail="refused as double")
        store.settle(second, IntentState.DONE, at=at(9), detail="again")

        assert [(one.state, one.detail) for one in store.intents(A, "create order", state=None)] == [
            (IntentState.DONE, "S1")
        ]

    def test_an_ended_intent_is_not_ended_again(self, store: Store, at: At) -> None:
        """FAILED stays FAILED until it is claimed again."""
        intent = sure(claim(store, at(0), at(5)))
        store.settle(intent, IntentState.FAILED, at=at(1), detail="refused")
        store.settle(intent, IntentState.OPEN, at=at(2), detail="no")

        assert [one.detail for one in store.intents(A, "create order", state=IntentState.FAILED)] == ["refused"]

    def test_settling_what_was_never_claimed(self, store: Store, at: At) -> None:
        """Is an error of the caller."""
        intent = sure(claim(store, at(0), at(5)))

        with pytest.raises(LookupError, match="R2"):
            store.settle(attrs.evolve(intent, key="R2"), IntentState.DONE, at=at(1))

    def test_oldest_first_and_of_one_kind(self, store: Store, at: At) -> None:
        """The recovery of a run takes them in the order in which they were written."""
        for minute, key in ((3, "a"), (1, "b"), (1, "c"), (2, "d")):
            store.claim(A, "ship", key, digest="", owner="o", at=at(minute), until=at(9))
        store.claim(A, "other", "x", digest="", owner="o", at=at(0), until=at(9))
        store.claim(B, "ship", "y", digest="", owner="o", at=at(0), until=at(9))

        assert [one.key for one in store.intents(A, "ship")] == ["b", "c", "d", "a"]


class TestItems:
    def test_comes_back_as_raised(self, store: Store, at: At) -> None:
        """All fields are kept; an item that was only opened was last seen then."""
        raised = item(at(0), at(60))
        store.raise_items([raised])
        store.raise_items([])

        assert store.items() == [attrs.evolve(raised, last_seen_at=at(0))]

    def test_at_most_one_open_per_key(self, store: Store, at: At) -> None:
        """Raised again, it is the same work: counted, with today's evidence, the earlier deadline, the worse grade."""
        first = item(at(0), at(60))
        again = attrs.evolve(
            item(at(9), at(30), severity=Severity.HIGH), evidence={"sku": "Y"}, count=2, fix="Other.", team=Team.FINANCE
        )
        milder = attrs.evolve(item(at(5), at(90), severity=Severity.LOW), evidence={"sku": "Z"})
        store.raise_items([first])
        store.raise_items([again, milder])

        (found,) = store.items()
        assert (found.count, found.evidence, found.last_seen_at) == (4, {"sku": "Z"}, at(9))
        assert (found.opened_at, found.deadline, found.severity) == (at(0), at(30), Severity.HIGH)
        assert (found.fix, found.team) == ("Map the SKU.", Team.ECOMMERCE)

    def test_an_escalation_is_remembered(self, store: Store, at: At) -> None:
        """An item that was escalated once is not escalated again after the store gave it back."""
        store.raise_items([escalate(item(at(0), at(10)), at(11))])
        store.raise_items([item(at(12), at(90))])

        (found,) = store.items()
        assert (found.severity, found.escalated_at) == (Severity.HIGH, at(11))
        assert escalate(found, at(13)) == found

    def test_key_parts_are_not_mixed_up(self, store: Store, at: At) -> None:
        """An account whose name looks like the beginning of a key is another account."""
        odd = AccountId("a/SKU_UNMAPPED")
        store.raise_items([item(at(0), at(60), "b", odd), item(at(0), at(60), "SKU_UNMAPPED/b", AccountId("a"))])

        assert len(store.items()) == 2

    def test_closed_items_are_history(self, store: Store, at: At) -> None:
        """Raised after it was closed, it is new work with its own beginning; the old one stays to be read."""
        store.raise_items([item(at(0), at(60))])
        closed = store.close_items(A, because="mapped", at=at(5))
        store.raise_items([attrs.evolve(item(at(9), at(90)), closed_at=at(1), closed_because="?")])

        (now_open,) = store.items([A])
        both = store.items([A], open_only=False)
        assert closed == 1
        assert (now_open.opened_at, now_open.count, now_open.closed_at, now_open.closed_because) == (at(9), 1, None, "")
        assert [(one.closed_at, one.closed_because) for one in both] == [(at(5), "mapped"), (None, "")]

    def test_closing_by_type_entity_and_account(self, store: Store, at: At) -> None:
        """Only what matches is closed, and only once."""
        other = attrs.evolve(item(at(0), at(60)), type=ExceptionType.SKU_AMBIGUOUS)
        store.raise_items([item(at(0), at(60)), item(at(0), at(60), "o-2"), item(at(0), at(60), account=B), other])

        unmapped = [ExceptionType.SKU_UNMAPPED]
        assert store.close_items(A, types=iter(unmapped), entity="o-1", because="x", at=at(1)) == 1
        assert store.close_items(A, types=unmapped, entity="o-1", because="x", at=at(1)) == 0
        assert store.close_items(A, types=unmapped, because="x", at=at(1)) == 1
        assert store.close_items(A, entity="o-1", because="x", at=at(1)) == 1
        assert [one.account for one in store.items()] == [B]

    def test_earliest_deadline_first(self, store: Store, at: At) -> None:
        """Who works from the top never misses a deadline for a later one."""
        store.raise_items([item(at(0), at(60), "a"), item(at(0), at(20), "b"), item(at(0), at(40), "c", account=B)])

        assert [one.entity for one in store.items()] == ["b", "c", "a"]
        assert [one.entity for one in store.items([A])] == ["b", "a"]

    def test_a_bad_item_leaves_the_others_out(self, store: Store, at: At) -> None:
        """One call is one transaction."""
        naive = item(at(0), at(60), "b")
        object.__setattr__(naive, "deadline", datetime(2026, 1, 1))  # noqa: DTZ001 - that is wrong with it

        with pytest.raises(ValueError, match="aware"):
            store.raise_items([item(at(0), at(60), "a"), naive])

        assert store.items() == []

    def test_words_that_a_database_refuses(self, store: Store, at: At) -> None:
        """A vendor's garbled message does not keep the item, and the batch with it, out of the store."""
        store.raise_items([attrs.evolve(item(at(0), at(60)), fix="a\0b \ud800", evidence={"text": "a\0b \ud800"})])

        (found,) = store.items()
        assert found.fix.startswith("a")
        assert found.evidence == {"text": "a\0b \ud800"}
