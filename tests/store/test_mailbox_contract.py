"""What every store promises about the messages that are fetched from us or told to us."""

from collections.abc import Callable
from datetime import datetime
from threading import Thread

import pytest

from khaos_connectors.core.ids import AccountId
from khaos_connectors.store import Store
from khaos_connectors.store.mailbox import Posted

A, B = AccountId("khaos"), AccountId("other")
At = Callable[..., datetime]


def keys(store: Store, **how: int) -> list[str]:
    return [message.key for message in store.messages(A, "orders", **how)]


def test_a_message_is_kept_once(store: Store, at: At) -> None:
    """The same payload again is a duplicate: its number stays, only the time it was seen moves."""
    assert store.post(A, "orders", {"R1": "x", "R2": "y"}, at=at(1)) == Posted(stored=2, duplicate=0)
    assert store.post(A, "orders", {"R1": "x"}, at=at(5)) == Posted(stored=0, duplicate=1)

    first, second = store.messages(A, "orders")

    assert (first.key, first.sequence, first.at, first.seen_at) == ("R1", 1, at(1), at(5))
    assert (second.key, second.sequence, second.seen_at) == ("R2", 2, at(1))


def test_a_reader_past_a_message_meets_its_new_payload(store: Store, at: At) -> None:
    """A changed payload gets a number of its own, so who keeps the last number misses nothing."""
    store.post(A, "orders", {"R1": "x", "R2": "y"}, at=at(1))
    store.post(A, "orders", {"R1": "changed"}, at=at(2))

    (late,) = store.messages(A, "orders", after=2)

    assert (late.key, late.payload, late.sequence, late.at) == ("R1", "changed", 3, at(2))
    assert keys(store) == ["R2", "R1"]


def test_reading_on_by_the_last_number_gives_everything_once(store: Store, at: At) -> None:
    """Pages by the highest number of the page before are a partition of the box, in order."""
    for number in range(7):
        store.post(A, "orders", {f"R{number}": "x"}, at=at(number))
    read: list[str] = []
    after = 0
    while page := store.messages(A, "orders", after=after, limit=3):
        read += [message.key for message in page]
        after = page[-1].sequence

    assert read == [f"R{number}" for number in range(7)]


def test_boxes_and_accounts_are_apart(store: Store, at: At) -> None:
    """Numbers and keys belong to one box of one account."""
    store.post(A, "orders", {"R1": "x"}, at=at(1))

    assert store.post(B, "orders", {"R1": "x"}, at=at(1)) == Posted(stored=1, duplicate=0)
    assert store.post(A, "returns", {"R1": "x"}, at=at(1)) == Posted(stored=1, duplicate=0)
    assert [message.sequence for message in store.messages(A, "returns")] == [1]


def test_only_the_wanted_keys(store: Store, at: At) -> None:
    """With keys only those come, whatever their number; no keys is none, not all."""
    store.post(A, "orders", {f"R{number}": "x" for number in range(4)}, at=at(1))

    assert [m.key for m in store.messages(A, "orders", keys=["R3", "R0", "R9"])] == ["R0", "R3"]
    assert store.messages(A, "orders", keys=[]) == []
    assert [m.key for m in store.messages(A, "orders", keys=["R0", "R3"], after=1)] == ["R3"]


def test_a_naive_time_keeps_nothing(store: Store, at: At) -> None:
    """A time that nobody can place is refused before anything is kept."""
    with pytest.raises(ValueError, match="must be aware"):
        store.post(A, "orders", {"R1": "x"}, at=at(1).replace(tzinfo=None))

    assert store.messages(A, "orders") == []


def test_payloads_and_keys_come_back_as_they_were(store: Store, at: At) -> None:
    """Whatever was sent to us is kept to the last character, broken ones included."""
    broken = "a\0\ud800\N{SNOWMAN}"
    store.post(A, "orders", {broken: broken}, at=at(1))

    (message,) = store.messages(A, "orders", keys=[broken])

    assert (message.key, message.payload) == (broken, broken)


def test_a_message_is_withdrawn_until_it_was_handed_on(store: Store, at: At) -> None:
    """Emptied are the messages that the other box knows nothing of; a reader past them meets the empty ones, once."""
    store.post(A, "orders", {"R1": "x", "R2": "y", "R3": "z"}, at=at(1))
    store.post(A, "given", {"R2": "2"}, at=at(1))
    store.post(B, "given", {"R1": "1"}, at=at(1))

    assert store.withdraw(A, "orders", ["R1", "R2", "none"], unless="given", at=at(2)) == {"R1"}
    assert store.withdraw(A, "orders", ["R1", "R2", "none"], unless="given", at=at(3)) == frozenset()

    assert [(each.key, each.payload, each.sequence) for each in store.messages(A, "orders")] == [
        ("R2", "y", 2),
        ("R3", "z", 3),
        ("R1", "", 4),
    ]
    assert store.post(A, "orders", {"R1": "x"}, at=at(4)) == Posted(stored=1, duplicate=0)
    assert store.withdraw(A, "orders", [], unless="given", at=at(5)) == frozenset()


def test_of_handing_on_and_withdrawing_one_wins(store: Store, at: At) -> None:
    """Who writes down that a message is handed on, and then finds it whole, has it; else it was withdrawn."""
    names = [f"R{number}" for number in range(20)]
    store.post(A, "orders", dict.fromkeys(names, "x"), at=at(1))
    handed: list[str] = []

    def hand_on() -> None:
        for name in names:
            store.post(A, "given", {name: ""}, at=at(2))
            handed.extend(each.key for each in store.messages(A, "orders", keys=(name,)) if each.payload)

    thread = Thread(target=hand_on)
    thread.start()
    withdrawn = [
        each for name in reversed(names) for each in store.withdraw(A, "orders", (name,), unless="given", at=at(3))
    ]
    thread.join()
    assert sorted(handed + withdrawn) == sorted(names)
