"""What every store promises about watermarks, raw orders and demand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from khaos_connectors.core.ids import AccountId, ErpOrderCode, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.stock import Demand
from khaos_connectors.errors import ConfigError
from khaos_connectors.store import Store
from khaos_connectors.store.protocol import Progress, RawOrder
from khaos_connectors.store.rules import digest_of

A, B = AccountId("john-lewis"), AccountId("other")
ONE, TWO = OrderId("o-1"), OrderId("o-2")
At = Callable[..., datetime]


def raw(order: str, payload: str = "text", changed: datetime | None = None, *, readable: bool = True) -> RawOrder:
    return RawOrder(order_id=OrderId(order), payload=payload, changed_at=changed, readable=readable)


def demand_of(order: str, line: str, units: int = 1, account: AccountId = A) -> Demand:
    return Demand(
        account=account, order_id=OrderId(order), line_id=LineId(line), stock_code=StockCode("MUG"), ordered=units
    )


class TestWatermarks:
    def test_a_feed_never_read_has_none(self, store: Store) -> None:
        """None, not some date, says that nothing was read."""
        assert store.watermark(A, "orders") is None

    def test_moves_forward_only(self, store: Store, at: At) -> None:
        """A run that finishes late does not take back what a newer one reached; microseconds are kept."""
        store.advance(A, "orders", at(5))
        store.advance(A, "orders", at(3))

        assert store.watermark(A, "orders") == at(5)

    def test_is_of_one_account_and_feed(self, store: Store, at: At) -> None:
        """Accounts and feeds do not share watermarks."""
        store.advance(A, "orders", at(5))

        assert store.watermark(B, "orders") is None
        assert store.watermark(A, "despatches") is None

    def test_comes_back_in_utc(self, store: Store) -> None:
        """Whatever zone a time was given in, it is the same moment and in UTC."""
        summer = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=1)))
        store.advance(A, "orders", summer)

        found = store.watermark(A, "orders")

        assert found == summer
        assert found is not None
        assert found.tzinfo is UTC

    def test_naive_time_is_refused(self, store: Store) -> None:
        """A time without a zone is an error of the caller, never a guess."""
        with pytest.raises(ValueError, match="aware"):
            store.advance(A, "orders", datetime(2026, 7, 1))  # noqa: DTZ001 - the naive time is the point


class TestKeepRaw:
    def test_new_orders(self, store: Store, at: At) -> None:
        """A new order is stored as it came, fresh, and is named among those to work on."""
        kept = store.keep_raw(A, [raw("o-1", "ça va \0 \ud800", at(1)), raw("o-2")], at=at(2))

        assert (kept.stored, kept.duplicate, kept.quarantined, kept.changed) == (2, 0, 0, (ONE, TWO))
        found = store.order(A, ONE)
        assert found is not None
        assert (found.payload, found.progress, found.fresh) == ("ça va \0 \ud800", Progress.STORED, True)
        assert found.digest == digest_of("ça va \0 \ud800")
        assert (found.first_seen_at, found.last_seen_at, found.changed_at) == (at(2), at(2), at(1))

    def test_unknown_order_is_none(self, store: Store) -> None:
        """An order that was never kept is not there, nor under any reference."""
        assert store.order(A, ONE) is None
        assert store.order_by_reference(OrderRef("R1")) is None

    def test_a_late_word_undoes_nothing(self, store: Store, at: At) -> None:
        """With ``only_from``, an order that stands elsewhere by now is left as it is."""
        store.keep_raw(A, [raw("o-1", "text", at(1))], at=at(2))
        store.mark(A, ONE, Progress.POSTED, at=at(3))
        store.mark(A, ONE, Progress.HELD, at=at(4), why="late", only_from=[Progress.STORED, Progress.HELD])
        late = store.order(A, ONE)
        store.mark(A, ONE, Progress.CONFIRMED, at=at(5), only_from=[Progress.POSTED])
        found = store.order(A, ONE)

        assert late is not None
        assert found is not None
        assert (late.progress, late.why, found.progress) == (Progress.POSTED, "", Progress.CONFIRMED)

    def test_a_late_word_claims_no_reference(self, store: Store, at: At) -> None:
        """A word that comes too late is passed over whole, with a reference that another order has by now."""
        store.keep_raw(A, [raw("o-1", "text", at(1)), raw("o-2", "text", at(1))], at=at(2))
        store.mark(A, ONE, Progress.POSTED, at=at(3), reference=OrderRef("R1"))

        store.mark(A, TWO, Progress.POSTED, at=at(4), reference=OrderRef("R1"), only_from=[Progress.HELD])

        late = store.order(A, TWO)
        assert late is not None
        assert (late.progress, late.reference) == (Progress.STORED, None)

    def test_same_text_again_is_a_duplicate(self, store: Store, at: At) -> None:
        """Reading an order again changes nothing but when it was last seen."""
        store.keep_raw(A, [raw("o-1", "text", at(1))], at=at(2))
        before = store.order(A, ONE)
        assert before is not None
        store.mark(A, ONE, Progress.POSTED, at=at(3), digest=before.digest)

        kept = store.keep_raw(A, [raw("o-1", "text", at(1))], at=at(9))

        found = store.order(A, ONE)
        assert found is not None
        assert (kept.stored, kept.duplicate, kept.changed) == (0, 1, ())
        assert (found.last_seen_at, found.first_seen_at) == (at(9), at(2))
        assert (found.fresh, found.progress) == (False, Progress.POSTED)

    def test_new_text_is_work_but_leaves_progress_alone(self, store: Store, at: At) -> None:
        """Progress and ERP fields belong to the flows: a new text makes the order fresh and nothing else."""
        store.keep_raw(A, [raw("o-1", "old", at(1))], at=at(2))
        store.mark(
            A,
            ONE,
            Progress.POSTED,
            at=at(3),
            digest=digest_of("old"),
            reference=OrderRef("R"),
            erp_code=ErpOrderCode("S"),
        )

        kept = store.keep_raw(A, [raw("o-1", "new", at(4))], at=at(5))

        found = store.order(A, ONE)
        assert found is not None
        assert kept.changed == (ONE,)
        assert (found.payload, found.fresh, found.progress) == ("new", True, Progress.POSTED)
        assert (found.reference, found.erp_code, found.changed_at) == ("R", "S", at(4))

    def test_older_text_never_replaces_a_newer_one(self, store: Store, at: At) -> None:
        """Pages that arrive late count as duplicates."""
        store.keep_raw(A, [raw("o-1", "new", at(4))], at=at(5))

        kept = store.keep_raw(A, [raw("o-1", "old", at(1))], at=at(6))

        found = store.order(A, ONE)
        assert found is not None
        assert (kept.duplicate, kept.changed) == (1, ())
        assert (found.payload, found.last_seen_at) == ("new", at(6))

    def test_a_text_seen_again_later_guards_against_one_in_between(self, store: Store, at: At) -> None:
        """If the text of minute 1 still held at minute 5, a different one of minute 3 is old."""
        store.keep_raw(A, [raw("o-1", "same", at(1)), raw("o-1", "same", at(5))], at=at(6))

        assert store.keep_raw(A, [raw("o-1", "between", at(3))], at=at(7)).duplicate == 1

    def test_without_change_time_the_last_one_wins(self, store: Store, at: At) -> None:
        """Where a channel tells no time, what came last is taken for the latest."""
        store.keep_raw(A, [raw("o-1", "one", at(4))], at=at(5))

        assert store.keep_raw(A, [raw("o-1", "two")], at=at(6)).changed == (ONE,)

    def test_several_texts_in_one_batch(self, store: Store, at: At) -> None:
        """Texts of one order are kept in their order; the counts add up and the id is named once."""
        batch = [
            raw("o-1", "one", at(1)),
            raw("o-1", "two", at(2)),
            raw("o-1", "one", at(1)),
            raw("o-2", readable=False),
        ]

        kept = store.keep_raw(A, batch, at=at(3))

        found = store.order(A, ONE)
        assert (kept.stored, kept.duplicate, kept.quarantined) == (2, 1, 1)
        assert kept.changed == (ONE,)
        assert found is not None
        assert found.payload == "two"

    def test_there_and_back_in_one_batch_is_work(self, store: Store, at: At) -> None:
        """An order that changed and changed back since it was worked on is fresh: somebody touched it."""
        store.keep_raw(A, [raw("o-1", "one")], at=at(1))
        store.mark(A, ONE, Progress.POSTED, at=at(2), digest=digest_of("one"))

        store.keep_raw(A, [raw("o-1", "two"), raw("o-1", "one")], at=at(3))

        found = store.order(A, ONE)
        assert found is not None
        assert (found.payload, found.fresh) == ("one", True)

    def test_accounts_keep_their_own(self, store: Store, at: At) -> None:
        """The same id in two accounts is two orders."""
        store.keep_raw(A, [raw("o-1", "a")], at=at(1))
        store.keep_raw(B, [raw("o-1", "b")], at=at(1))

        assert [order.payload for order in store.orders(A)] == ["a"]
        assert [order.payload for order in store.orders(B)] == ["b"]

    def test_many(self, store: Store, at: At) -> None:
        """Thousands at once are one transaction, the second time they are all duplicates."""
        batch = [raw(f"o-{number}", f"text {number}") for number in range(2500)]
        first, second = store.keep_raw(A, batch, at=at(1)), store.keep_raw(A, batch, at=at(2))

        assert (first.stored, second.duplicate, second.changed) == (2500, 2500, ())


class TestQuarantine:
    def test_an_unreadable_order_is_kept_apart(self, store: Store, at: At) -> None:
        """It is counted, it is in the store, and it is no work for the import."""
        kept = store.keep_raw(A, [raw("o-1", "{", readable=False)], at=at(1))

        assert (kept.quarantined, kept.changed) == (1, ())
        assert [order.progress for order in store.orders(A)] == [Progress.QUARANTINED]

    @pytest.mark.parametrize("text", ["{", "{}"])
    def test_a_readable_text_takes_it_back(self, store: Store, at: At, text: str) -> None:
        """Be it a new text or the same one, which today's code can read."""
        store.keep_raw(A, [raw("o-1", "{", readable=False)], at=at(1))

        kept = store.keep_raw(A, [raw("o-1", text)], at=at(2))

        found = store.order(A, ONE)
        assert found is not None
        assert (kept.stored, kept.changed) == (1, (ONE,))
        assert (found.progress, found.payload, found.fresh) == (Progress.STORED, text, True)

    def test_the_same_broken_text_is_a_duplicate(self, store: Store, at: At) -> None:
        """A poll that looks back does not report the same broken order for ever; another broken text counts anew."""
        store.keep_raw(A, [raw("o-1", "{", readable=False)], at=at(1))

        assert store.keep_raw(A, [raw("o-1", "{", readable=False)], at=at(2)).duplicate == 1
        assert store.keep_raw(A, [raw("o-1", "[", readable=False)], at=at(3)).quarantined == 1
        assert [order.payload for order in store.orders(A)] == ["["]

    def test_a_broken_text_never_replaces_a_good_one(self, store: Store, at: At) -> None:
        """A posted order must still be read when it is despatched."""
        store.keep_raw(A, [raw("o-1", "good")], at=at(1))
        store.mark(A, ONE, Progress.POSTED, at=at(2), digest=digest_of("good"))

        kept = store.keep_raw(A, [raw("o-1", "{", readable=False)], at=at(3))

        found = store.order(A, ONE)
        assert found is not None
        assert (kept.quarantined, kept.changed) == (1, ())
        assert (found.payload, found.progress, found.fresh) == ("good", Progress.POSTED, False)
        assert found.last_seen_at == at(3)


class TestOrders:
    def test_by_id_in_pages(self, store: Store, at: At) -> None:
        """Sorted by code point, so that a page that ends at an id can be continued there."""
        ids = ["b", "B", "a-1", "a", "é", "Z", "10", "9"]
        store.keep_raw(A, [raw(one) for one in ids], at=at(1))

        first = [order.order_id for order in store.orders(A, limit=5)]
        rest = [order.order_id for order in store.orders(A, after=first[-1])]

        assert first + rest == sorted(ids)
        assert len(first) == 5

    def test_filters(self, store: Store, at: At) -> None:
        """Progress and freshness narrow the list; no progress means any."""
        store.keep_raw(A, [raw("o-1", "x"), raw("o-2"), raw("o-3")], at=at(1))
        store.mark(A, ONE, Progress.POSTED, at=at(2), digest=digest_of("x"))
        store.mark(A, TWO, Progress.HELD, at=at(2))

        assert [o.order_id for o in store.orders(A, fresh=False)] == [ONE]
        assert [o.order_id for o in store.orders(A, fresh=True)] == [TWO, "o-3"]
        assert [o.order_id for o in store.orders(A, progress=[Progress.HELD, Progress.POSTED])] == [ONE, TWO]
        assert [o.order_id for o in store.orders(A, progress=iter([Progress.HELD]), fresh=True)] == [TWO]

    def test_counts(self, store: Store, at: At) -> None:
        """Every stage is counted, also the empty ones, and only for the account."""
        store.keep_raw(A, [raw("o-1"), raw("o-2")], at=at(1))
        store.keep_raw(B, [raw("o-1")], at=at(1))
        store.mark(A, ONE, Progress.HELD, at=at(2))

        counts = store.counts(A)

        assert set(counts) == set(Progress)
        assert {progress: count for progress, count in counts.items() if count} == {
            Progress.STORED: 1,
            Progress.HELD: 1,
        }


class TestMark:
    def test_none_leaves_a_field(self, store: Store, at: At) -> None:
        """What a later step does not know stays; the reason is the one of the last step."""
        store.keep_raw(A, [raw("o-1")], at=at(1))
        store.mark(
            A,
            ONE,
            Progress.POSTED,
            at=at(2),
            reference=OrderRef("R"),
            erp_code=ErpOrderCode("S1"),
            erp_created_at=at(2),
            why="created",
        )
        store.mark(A, ONE, Progress.CONFIRMED, at=at(3))

        found = store.order_by_reference(OrderRef("R"))

        assert found is not None
        assert (found.order_id, found.progress, found.erp_code, found.erp_created_at) == (
            ONE,
            Progress.CONFIRMED,
            "S1",
            at(2),
        )
        assert (found.why, found.marked_at) == ("", at(3))

    def test_fresh_ends_only_with_the_latest_text(self, store: Store, at: At) -> None:
        """Work on a text that was replaced meanwhile leaves the order fresh, for the newer text is still to be read."""
        store.keep_raw(A, [raw("o-1", "one")], at=at(1))
        store.keep_raw(A, [raw("o-1", "two")], at=at(2))

        store.mark(A, ONE, Progress.POSTED, at=at(3), digest=digest_of("one"))
        after_old = store.orders(A, fresh=True)
        store.mark(A, ONE, Progress.POSTED, at=at(4))
        after_none = store.orders(A, fresh=True)
        store.mark(A, ONE, Progress.POSTED, at=at(5), digest=digest_of("two"))

        assert [len(after_old), len(after_none), len(store.orders(A, fresh=True))] == [1, 1, 0]

    def test_unknown_order(self, store: Store, at: At) -> None:
        """Progress of an order that was never kept is an error of the caller."""
        with pytest.raises(LookupError, match="o-1"):
            store.mark(A, ONE, Progress.POSTED, at=at(1))

    def test_a_reference_belongs_to_one_order(self, store: Store, at: At) -> None:
        """Two orders under one reference would be shipped for each other: refused, whole, over all accounts."""
        store.keep_raw(A, [raw("o-1")], at=at(1))
        store.keep_raw(B, [raw("o-2")], at=at(1))
        store.mark(A, ONE, Progress.POSTED, at=at(2), reference=OrderRef("R"))
        store.mark(A, ONE, Progress.CONFIRMED, at=at(2), reference=OrderRef("R"))

        with pytest.raises(ConfigError, match="'R' already belongs"):
            store.mark(B, TWO, Progress.POSTED, at=at(3), reference=OrderRef("R"))

        other, owner = store.order(B, TWO), store.order_by_reference(OrderRef("R"))
        assert other is not None
        assert other.progress is Progress.STORED
        assert owner is not None
        assert owner.account == A

    def test_a_new_reference_frees_the_old_one(self, store: Store, at: At) -> None:
        """An order has one reference: the old one finds nothing any more and may be given anew."""
        store.keep_raw(A, [raw("o-1"), raw("o-2")], at=at(1))
        store.mark(A, ONE, Progress.POSTED, at=at(2), reference=OrderRef("R"))
        store.mark(A, ONE, Progress.POSTED, at=at(2), reference=OrderRef("R2"))
        store.mark(A, TWO, Progress.POSTED, at=at(2), reference=OrderRef("R"))

        first, second = store.order_by_reference(OrderRef("R2")), store.order_by_reference(OrderRef("R"))
        assert first is not None
        assert second is not None
        assert (first.order_id, second.order_id) == (ONE, TWO)


class TestDemand:
    def test_takes_the_erp_time_from_the_order(self, store: Store, at: At) -> None:
        """What ``mark`` recorded holds, before and after the demand was set; without an order there is none."""
        store.keep_raw(A, [raw("o-1"), raw("o-2")], at=at(1))
        store.set_demand(A, ONE, [demand_of("o-1", "l-2", 2), demand_of("o-1", "l-1")])
        store.set_demand(A, TWO, [demand_of("o-2", "l-1")])
        store.set_demand(A, OrderId("o-3"), [demand_of("o-3", "l-1")])
        store.mark(A, ONE, Progress.POSTED, at=at(2), erp_created_at=at(2))

        found = [(one.order_id, one.line_id, one.ordered, one.erp_created_at) for one in store.demand([A])]

        assert found == [
            ("o-1", "l-2", 2, at(2)),
            ("o-1", "l-1", 1, at(2)),
            ("o-2", "l-1", 1, None),
            ("o-3", "l-1", 1, None),
        ]

    def test_is_replaced_and_removed_whole(self, store: Store) -> None:
        """Setting demand replaces that of the order; an empty one removes it."""
        store.set_demand(A, ONE, [demand_of("o-1", "l-1"), demand_of("o-1", "l-2")])
        store.set_demand(A, TWO, [demand_of("o-2", "l-1")])
        store.set_demand(A, ONE, [demand_of("o-1", "l-3")])
        replaced = [one.line_id for one in store.demand()]
        store.set_demand(A, ONE, [])

        assert replaced == ["l-3", "l-1"]
        assert [one.order_id for one in store.demand()] == [TWO]

    def test_accounts(self, store: Store) -> None:
        """No accounts means every account, in their order."""
        store.set_demand(B, ONE, [demand_of("o-1", "l-1", account=B)])
        store.set_demand(A, ONE, [demand_of("o-1", "l-1")])

        assert [one.account for one in store.demand()] == [A, B]
        assert [one.account for one in store.demand([B])] == [B]

    def test_of_another_order_is_refused(self, store: Store) -> None:
        """A demand under the wrong order would stay when that order is done."""
        with pytest.raises(ValueError, match="o-2"):
            store.set_demand(A, ONE, [demand_of("o-2", "l-1")])
