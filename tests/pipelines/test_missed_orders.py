"""The daily comparison: what the import has missed is stored, named, and taken over by its next run."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import CursorStuck
from khaos_connectors.pipelines import missed_orders
from khaos_connectors.pipelines.missed_orders import MissedReport
from khaos_connectors.protocols import Batch, OrderHistory, ReceivedOrder
from khaos_connectors.store.protocol import Progress, Store

Rig = Any  # Any: it is built in conftest.py, which other modules cannot import
Made = Callable[..., Rig]

JOHN_LEWIS = AccountId("john-lewis")
GAP, DOWN = ("SEQUENCE_GAP", "feed:orders compared"), ("API_DOWN", "feed:orders compared")


def compared(made: Rig, **wishes: object) -> MissedReport:
    """One comparison, whose counts add up."""
    report = made.drive(missed_orders.run(made.channel, made.store, made.importing, **wishes))
    found = len(report.missing) + len(report.behind) + len(report.unreadable)
    assert report.read == report.same + found
    return report


def lose(made: Rig, *lost: str) -> None:
    """Let some orders be left out of whatever the channel's answers list."""

    def without(operation: str, answer: Response) -> Response:
        if operation != "OR11" or answer.status != 200:
            return answer
        body = json.loads(answer.body)
        body["orders"] = [order for order in body["orders"] if order["order_id"] not in lost]
        body["total_count"] = len(body["orders"])
        return Response(status=200, headers=answer.headers, body=json.dumps(body).encode())

    made.tamper = without


def kept(made: Rig) -> None:
    made.tamper = lambda _operation, answer: answer


def imported(made: Rig) -> None:
    """An import, and time enough for all of it to be compared afterwards."""
    made.imports()
    made.pass_time(minutes=30)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_missed_order_is_stored_named_and_taken_over(rig: Made, any_store: Store, *, asynchronous: bool) -> None:
    """An order that the import never saw goes the whole way once the comparison has found it, and the item closes."""
    made = rig(store=any_store, asynchronous=asynchronous)
    assert isinstance(made.channel, OrderHistory)
    seen, lost = made.buy(("KC-1", 1)), made.buy(("KC-2", 1))
    lose(made, lost)
    imported(made)
    kept(made)
    made.store.advance(JOHN_LEWIS, "orders", made.clock.now())  # later imports did not see it either

    made.pass_time(minutes=30)
    plan = compared(made, dry_run=True)
    assert made.store.order(JOHN_LEWIS, lost) is None
    report = compared(made)
    assert (plan.missing, report.missing, report.complete) == ((lost,), (lost,), False)
    assert report.behind == (seen,)  # its debit was missed as well
    assert lost in made.open_items()[GAP].evidence["missing"]
    assert made.progress(lost) is Progress.STORED

    made.imports()
    made.pass_time(minutes=5)
    made.imports()
    assert made.in_erp(lost)
    assert compared(made).complete
    assert GAP not in made.open_items()


def test_a_change_that_was_missed_is_found(rig: Made) -> None:
    """An order that is stored as it was before its debit is brought up to date."""
    made = rig()
    order_id = made.buy(("KC-1", 1))
    made.imports()
    made.pass_time(minutes=5)  # accepted, and debited meanwhile
    lose(made, order_id)
    made.imports()
    kept(made)
    made.pass_time(hours=1)
    made.store.advance(JOHN_LEWIS, "orders", made.clock.now())
    assert not made.in_erp(order_id)
    report = compared(made)
    assert (report.missing, report.behind) == ((), (order_id,))
    made.imports()
    assert made.in_erp(order_id)


def test_what_the_import_is_still_to_see_is_not_missed(rig: Made) -> None:
    """Before the first import there is nothing to compare, and orders since the last one are the next one's."""
    made = rig()
    early = made.buy(("KC-1", 1))
    nothing = compared(made)
    assert (nothing.start, nothing.end, nothing.read, nothing.complete) == (None, None, 0, True)
    imported(made)
    made.imports()
    made.buy(("KC-2", 1))
    made.pass_time(hours=5)
    report = compared(made)
    assert (report.read, report.same, report.complete) == (1, 1, True)
    assert made.stored(early)
    assert made.open_items() == {}


def test_a_comparison_that_fails_says_so_and_keeps_what_it_found(rig: Made) -> None:
    """The connection breaks between two pages: what the first one showed is stored, somebody is told, and that ends."""
    made = rig(channel={"page_size": 1})
    first, second = made.buy(("KC-1", 1)), made.buy(("KC-2", 1))
    lose(made, first, second)
    imported(made)
    made.imports()
    made.store.advance(JOHN_LEWIS, "orders", made.clock.now())
    answers: list[Response] = []

    def breaks(operation: str, answer: Response) -> Response:
        if operation == "OR11":
            answers.append(answer)
        return answer if operation != "OR11" or len(answers) == 1 else Response(status=503)

    made.tamper = breaks
    broken = compared(made)
    assert (broken.missing, broken.complete) == ((first,), False)
    assert "OR11" in str(broken.failure)
    assert {GAP, DOWN} <= set(made.open_items())
    assert made.progress(first) is Progress.STORED
    kept(made)
    assert compared(made).missing == (second,)
    assert DOWN not in made.open_items()


def test_an_unreadable_order_is_told_once(rig: Made) -> None:
    """One that nobody has on a list yet is put there; from then on it is known."""
    made = rig()
    lost = made.buy(("KC-1", 1))
    lose(made, lost)
    imported(made)
    made.imports()

    def spoilt(operation: str, answer: Response) -> Response:
        if operation != "OR11":
            return answer
        return Response(status=200, body=answer.body.replace(b'"order_lines":[', b'"order_lines":null,"x":[', 1))

    made.tamper = spoilt
    assert compared(made).unreadable == (lost,)
    assert ("SCHEMA_DRIFT", f"order:{lost}") in made.open_items()
    assert made.progress(lost) is Progress.QUARANTINED
    assert compared(made).complete


def test_a_channel_that_pages_in_circles_is_no_endless_run(rig: Made) -> None:
    """A cursor that came before is CURSOR_STUCK on somebody's list."""
    made = rig()
    imported(made)
    made.instead("channel", created_orders=lambda **_: _same())
    report = compared(made)
    assert isinstance(report.failure, CursorStuck)
    assert ("CURSOR_STUCK", "feed:orders compared") in made.open_items()


def _same() -> Flow[Batch[ReceivedOrder]]:
    return Batch(items=(), next="1")
    yield


def test_a_mark_that_is_still_to_come_hides_no_orders(rig: Made) -> None:
    """A clock that was a week ahead for one run: what changes from now on is read all the same."""
    made = rig()
    made.store.advance(JOHN_LEWIS, "orders", made.clock.now() + timedelta(days=7))
    made.buy(("KC-1", 1))
    assert made.imports().stored == 1
