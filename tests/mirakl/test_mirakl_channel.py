"""The channel's order and stock work, played answer by answer."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.effects import Send, Sleep
from khaos_connectors.calls.messages import Lost, Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId, ChannelSku, LineId, OrderId
from khaos_connectors.core.orders import OrderState
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.protocols import ChannelPort, LineDecision, ReferenceRefusal, RowRefusal, StockLevel
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import Played, play

Answer = Callable[..., Response]
Document = Callable[[str], dict[str, object]]
Change = Callable[..., MiraklConfig]

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
ORDER = OrderId("JL70000001-A")
BOTH = (
    LineDecision(line_id=LineId(f"{ORDER}-1"), accept=True),
    LineDecision(line_id=LineId(f"{ORDER}-2"), accept=False),
)


@pytest.fixture
def channel(config: MiraklConfig) -> MiraklChannel:
    """A fresh port."""
    return MiraklChannel(config)


def operations(played: Played[object]) -> list[str]:
    return [send.operation for send in played.of(Send)]


def test_it_is_a_channel_port(channel: MiraklChannel) -> None:
    """The port has every method of the role."""
    port: ChannelPort = channel
    assert isinstance(port, ChannelPort)
    assert (port.account, port.channel) == ("john-lewis", "john-lewis")


# --- check ---------------------------------------------------------------------------------------------------------


def test_wrong_credentials_are_one_clear_error(channel: MiraklChannel, answer: Answer) -> None:
    """The error names system, operation and the setting to look at, and never the key."""
    with pytest.raises(errors.AuthFailed) as caught:
        play(channel.check(), [answer({"message": "Unauthorized"}, 401)])
    assert str(caught.value).startswith("john-lewis.V01: refused (401): Unauthorized; check api_key: ")
    assert "key-123" not in str(caught.value)


# --- orders --------------------------------------------------------------------------------------------------------


def test_orders_by_update_date_page_by_page(channel: MiraklChannel, answer: Answer, document: Document) -> None:
    """The cursor leads to the next page, bad orders stand beside the good ones, and the end has no cursor."""
    page = document("orders.json")
    page["orders"] = [page["orders"][0], {"order_id": "BAD"}]
    page["total_count"] = 3
    first = play(channel.orders(since=SINCE), [answer(page)])
    assert [each.order.order_id for each in first.result.items] == [ORDER]
    assert [(each.key, "$.orders[1]" in each.problem) for each in first.result.unreadable] == [("BAD", True)]
    query = dict(first.of(Send)[0].request.query)
    assert (query["start_update_date"], query["order_tax_mode"], query["sort"], query["order"]) == (
        "2026-03-01T00:00:00.000Z",
        "TAX_INCLUDED",
        "dateCreated",
        "asc",
    )
    page["orders"] = page["orders"][:1]
    last = play(channel.orders(since=SINCE, cursor=first.result.next), [answer(page)])
    assert ("offset", "2") in last.of(Send)[0].request.query
    assert last.result.next is None


@pytest.mark.parametrize("since", [datetime(2026, 3, 1), date(2026, 3, 1)])  # noqa: DTZ001 - the mistakes under test
def test_a_poll_since_no_moment_is_refused_by_its_own_name(channel: MiraklChannel, since: Any) -> None:
    """The parameter that the caller wrote is named, not the one that Mirakl knows; nothing is sent or waited for."""
    with pytest.raises(errors.Invalid, match=r"john-lewis.OR11: refused: not sent \(since: .*time zone"):
        play(channel.orders(since=since), [])


def test_polls_wait_and_pages_do_not(change: Change, answer: Answer) -> None:
    """Two polls lie a minute apart; the pages of one poll follow at once."""
    channel = MiraklChannel(change(pace_factor=1))
    clock = ManualClock()
    empty = answer({"orders": [], "total_count": 0})
    assert sum(each.seconds for each in play(channel.orders(since=SINCE), [empty], clock=clock).of(Sleep)) == 0
    paged = play(channel.orders(since=SINCE, cursor="100"), [empty], clock=clock)
    assert sum(each.seconds for each in paged.of(Sleep)) < 1
    again = play(channel.orders(since=SINCE), [empty], clock=clock)
    assert 59 <= sum(each.seconds for each in again.of(Sleep)) <= 66


def test_a_foreign_cursor_is_refused(channel: MiraklChannel) -> None:
    """A cursor that this port did not give leads nowhere."""
    with pytest.raises(errors.CursorStuck):
        play(channel.orders(since=SINCE, cursor="page-2"))


def test_a_cursor_that_stands_still_is_told(channel: MiraklChannel, answer: Answer, document: Document) -> None:
    """The port's own cursors carry what the page before held, for orders and for offers alike."""
    orders, offers = document("orders.json"), document("offers.json")
    orders["total_count"] = offers["total_count"] = 1000
    first = play(channel.orders(since=SINCE), [answer(orders)]).result
    with pytest.raises(errors.CursorStuck):
        play(channel.orders(since=SINCE, cursor=first.next), [answer(orders)])
    shown = play(channel.listings(), [answer(offers)]).result
    with pytest.raises(errors.CursorStuck):
        play(channel.listings(cursor=shown.next), [answer(offers)])


def test_one_order(channel: MiraklChannel, answer: Answer, sample: Callable[[str], str]) -> None:
    """By its id; None when the shop cannot see it; unreadable when it breaks the contract."""
    found = play(channel.order(ORDER), [answer(sample("orders.json"))])
    assert found.result is not None
    assert found.result.order.order_id == ORDER
    assert ("order_ids", ORDER) in found.of(Send)[0].request.query
    assert play(channel.order(ORDER), [answer({"orders": [], "total_count": 0})]).result is None
    with pytest.raises(errors.Undecodable):
        play(channel.order(ORDER), [answer({"orders": [{"order_id": ORDER}]})])


def test_a_payload_reads_back_as_the_same_order(
    channel: MiraklChannel, answer: Answer, sample: Callable[[str], str]
) -> None:
    """What was stored yesterday reads the same today, without a call."""
    received = play(channel.order(ORDER), [answer(sample("orders.json"))]).result
    assert received is not None
    assert channel.read_order(received.payload) == received.order
    with pytest.raises(errors.Undecodable):
        channel.read_order('{"order_id": 1')


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"order_id": ""}, r"\$\.order_id: expected an id"),
        ({"order_state": "WAITING_ACCEPTANCE", "created_date": "9999-12-31T23:59:59Z"}, "out of range"),
        (
            {
                "order_tax_mode": "TAX_EXCLUDED",
                "order_taxes": [{"code": "V", "total_amount": Decimal("1e400")}],
                "order_lines": [],
            },
            "more digits than an amount of money",
        ),
    ],
)
def test_what_no_order_can_be_stands_beside_the_good_ones(
    wrong: dict[str, object], problem: str, config: MiraklConfig, answer: Answer, document: Document
) -> None:
    """It reads as JSON and is no order all the same: it spoils neither its page nor what was stored before it."""
    channel = MiraklChannel(attrs.evolve(config, accept_within=timedelta(days=2)))
    page = document("orders.json")
    good = page["orders"][0]
    bad = {**good, **wrong}
    page["orders"], page["total_count"] = [bad, good], 2
    found = play(channel.orders(since=SINCE), [answer(page)]).result
    assert [each.order.order_id for each in found.items] == [ORDER]
    (told,) = found.unreadable
    assert re.search(problem, told.problem)
    with pytest.raises(errors.Undecodable, match=problem):
        channel.read_order(told.payload)


def test_a_stored_text_with_half_a_character_is_undecodable(channel: MiraklChannel) -> None:
    """Whatever a store gives back: a text is an order or ``Undecodable``."""
    with pytest.raises(errors.Undecodable):
        channel.read_order('{"order_id": "\ud800"}')


# --- acceptance ----------------------------------------------------------------------------------------------------


def decided(document: Document, *states: str, state: str = "WAITING_DEBIT_PAYMENT") -> dict[str, object]:
    page = document("orders.json")
    page["orders"][0]["order_state"] = state
    for line, line_state in zip(page["orders"][0]["order_lines"], states, strict=True):
        line["order_line_state"] = line_state
    return page


INVALID_STATE = {"errors": [{"code": "ORDER_INVALID_STATE", "field": None, "message": "Order is in state X"}]}


def test_deciding(channel: MiraklChannel, answer: Answer) -> None:
    """One PUT with a verdict per line."""
    played = play(channel.decide(ORDER, BOTH), [answer(None, 204)])
    assert operations(played) == ["OR21"]
    assert json.loads(played.of(Send)[0].request.body)["order_lines"][1] == {"id": f"{ORDER}-2", "accepted": False}


def test_decided_the_same_way_is_done(channel: MiraklChannel, answer: Answer, document: Document) -> None:
    """A repeat after a lost answer meets a state error; the order shows that the first one counted."""
    same = decided(document, "WAITING_DEBIT_PAYMENT", "REFUSED")
    played = play(channel.decide(ORDER, BOTH), [Lost(sent=True, reason="x"), answer(INVALID_STATE, 400), answer(same)])
    assert operations(played) == ["OR21", "OR21", "OR11"]


def test_a_line_that_is_not_of_the_order_is_named(channel: MiraklChannel, answer: Answer, document: Document) -> None:
    """A refusal about the state hides that a line is another order's: it is named with the order's own."""
    same = decided(document, "WAITING_DEBIT_PAYMENT", "REFUSED")
    wrong = (*BOTH, LineDecision(line_id=LineId("ELSEWHERE-1"), accept=True))
    with pytest.raises(errors.Invalid, match="has no line ELSEWHERE-1; its lines are JL70000001-A-1") as caught:
        play(channel.decide(ORDER, wrong), [answer(INVALID_STATE, 400), answer(same)])
    assert (caught.value.status, caught.value.fields[0].field) == (400, "decisions.line_id")


def test_decided_otherwise_is_a_conflict(channel: MiraklChannel, answer: Answer, document: Document) -> None:
    """Somebody refused what we accept: nobody may take that for done."""
    other = decided(document, "REFUSED", "REFUSED", state="REFUSED")
    with pytest.raises(errors.Conflict, match="REFUSED") as caught:
        play(channel.decide(ORDER, BOTH), [answer(INVALID_STATE, 400), answer(other)])
    assert caught.value.code == "ORDER_INVALID_STATE"


def test_an_order_that_still_waits_keeps_the_refusal(
    channel: MiraklChannel, answer: Answer, document: Document
) -> None:
    """Not decided yet: Mirakl's own refusal is what is known."""
    waiting = decided(document, "WAITING_ACCEPTANCE", "WAITING_ACCEPTANCE", state="WAITING_ACCEPTANCE")
    with pytest.raises(errors.Invalid):
        play(channel.decide(ORDER, BOTH), [answer(INVALID_STATE, 400), answer(waiting)])


def test_silence_is_looked_into(channel: MiraklChannel, answer: Answer, document: Document) -> None:
    """No answer at all to any attempt: the order tells; if it tells nothing either, the silence is raised."""
    lost = [Lost(sent=True, reason="x")] * 4
    same = decided(document, "SHIPPING", "REFUSED")
    assert operations(play(channel.decide(ORDER, BOTH), [*lost, answer(same)]))[-1] == "OR11"
    for look in ([answer({"orders": []})], [answer("<html>")] * 4):
        with pytest.raises(errors.Unanswered):
            play(channel.decide(ORDER, BOTH), [*lost, *look])


@pytest.mark.parametrize("code", ["ORDER_LINE_NOT_FOUND", "ORDER_LINE_DUPLICATE_ID", "VALIDATION_ERROR"])
def test_other_refusals_are_raised_with_their_code(code: str, channel: MiraklChannel, answer: Answer) -> None:
    """Only a state may mean "done already"."""
    with pytest.raises(errors.Invalid) as caught:
        play(channel.decide(ORDER, BOTH), [answer({"errors": [{"code": code, "message": "no"}]}, 400)])
    assert caught.value.code == code


def test_partial_acceptance_is_learnt(channel: MiraklChannel, answer: Answer, sample: Callable[[str], str]) -> None:
    """No setting tells that lines cannot be refused singly; the refusal does, and the capabilities say so then."""
    facts = [answer(sample("platform.json")), answer(sample("shipping_types.json"))]
    assert play(channel.capabilities(), facts).result.partial_acceptance
    body = {"errors": [{"code": "ORDER_PARTIAL_ACCEPTANCE_DISABLED", "message": "no"}]}
    with pytest.raises(errors.Invalid):
        play(channel.decide(ORDER, BOTH), [answer(body, 400)])
    assert not play(channel.capabilities()).result.partial_acceptance


# --- references ----------------------------------------------------------------------------------------------------


def test_the_reference_is_written(channel: MiraklChannel, answer: Answer) -> None:
    """Writing it twice is harmless, so a lost answer is repeated."""
    done = answer({"updated_orders": [{"order_id": ORDER, "errors": [], "updated": {}}]})
    played = play(channel.set_references({ORDER: "SO1"}), [Lost(sent=True, reason="x"), done])
    assert operations(played) == ["OR04", "OR04"]


def test_a_failure_inside_a_200_is_a_failure(channel: MiraklChannel, answer: Answer) -> None:
    """OR04 answers 200 and lists errors: they are told by order."""
    row = {"order_id": ORDER, "errors": [{"code": "ORDER_NOT_FOUND", "field": "order_id", "message": "unknown"}]}
    played = play(channel.set_references({ORDER: "SO1"}), [answer({"updated_orders": [row]})])
    assert played.result == (ReferenceRefusal(order_id=ORDER, message="ORDER_NOT_FOUND: unknown"),)


def test_a_failure_of_nobody_is_everybodys(channel: MiraklChannel, answer: Answer) -> None:
    """An error row without an order id: no order that the answer does not clear counts as written."""
    rows = [{"errors": [{"code": "VALIDATION_ERROR", "message": "no"}]}, {"order_id": "O-1", "errors": []}]
    references = {OrderId(f"O-{n}"): f"SO{n}" for n in range(3)}
    played = play(channel.set_references(references), [answer({"updated_orders": rows})])
    assert [refusal.order_id for refusal in played.result] == ["O-0", "O-2"]


def test_references_go_a_hundred_to_a_call(channel: MiraklChannel, answer: Answer) -> None:
    """250 orders are three calls; the refused ones are told by order."""
    references = {OrderId(f"O-{n}"): f"SO{n}" for n in range(250)}
    bad = {"updated_orders": [{"order_id": "O-3", "errors": [{"code": "X", "message": "no"}]}]}
    played = play(channel.set_references(references), [answer(bad), answer({}), answer({})])
    assert operations(played) == ["OR04"] * 3
    assert [refusal.order_id for refusal in played.result] == ["O-3"]


def test_one_bad_reference_stops_no_other(channel: MiraklChannel, answer: Answer) -> None:
    """A reference that is empty or too long is refused by its order before anything is sent; the others are written."""
    references = {OrderId("O-1"): "", OrderId("O-2"): "SO2", OrderId("O-3"): "x" * 2001}
    played = play(channel.set_references(references), [answer({})])
    assert operations(played) == ["OR04"]
    assert [(refusal.order_id, "1 to 2000 characters" in refusal.message) for refusal in played.result] == [
        ("O-1", True),
        ("O-3", True),
    ]
    (sent,) = [effect.request.body for effect in played.effects if isinstance(effect, Send)]
    assert b"O-2" in sent
    assert b"O-1" not in sent
    assert play(channel.set_references({OrderId("O-1"): ""}), []).result[0].order_id == "O-1"


# --- stock ---------------------------------------------------------------------------------------------------------


def level(sku: str, units: int = 1) -> StockLevel:
    return StockLevel(sku=ChannelSku(sku), units=units)


def status(state: str, **more: object) -> dict[str, object]:
    return {"import_id": "i-1", "status": state, **more}


TAKEN = {"import_id": "i-1"}


def test_a_clean_push(channel: MiraklChannel, answer: Answer) -> None:
    """One file, looked after at the configured interval until it is complete."""
    outcomes = [answer(TAKEN, 201), answer(status("WAITING")), answer(status("RUNNING")), answer(status("COMPLETE"))]
    played = play(channel.push_stock([level("A", 1), level("B", 2), level("A", 5)]), outcomes)
    assert operations(played) == ["STO01", "STO02", "STO02", "STO02"]
    assert [each.seconds for each in played.of(Sleep)] == [15, 15, 15]
    assert played.result.accepted == ("A", "B")
    assert played.result.ticket == "i-1"
    body = played.of(Send)[0].request.body
    assert b'name="file"; filename="stock.csv"' in body
    assert b"offer-sku;quantity;warehouse-code;update-delete\nA;5;;update\nB;2;;update\n" in body


def test_complete_does_not_mean_taken(channel: MiraklChannel, answer: Answer, sample: Callable[[str], str]) -> None:
    """The error report's lines come back as refusals of their SKUs; the rest was taken."""
    levels = [level("MUG-BLUE", 3), level("GHOST", 4), level("PLATE;24", 1)]
    outcomes = [
        answer(TAKEN, 201),
        answer(status("COMPLETE", has_error_report=True, lines_in_error=2)),
        answer(sample("stock_errors.csv")),
    ]
    result = play(channel.push_stock(levels), outcomes).result
    assert result.accepted == ("MUG-BLUE",)
    assert [each.sku for each in result.refused] == ["GHOST", "PLATE;24"]
    assert result.refused[0].message == "The offer does not exist"


@pytest.mark.parametrize(
    ("report", "lines"),
    [("offer-sku;reason\nSOMEBODY;no\n", 1), ("offer-sku;reason\n", 1), ("offer-sku;reason\nA;no\n", 2), ("", None)],
)
def test_failed_lines_that_name_nobody_leave_the_rest_open(
    report: str, lines: int | None, channel: MiraklChannel, answer: Answer
) -> None:
    """If a line failed and we cannot tell which, no row is called accepted: it is sent again next time."""
    end = status("COMPLETE", has_error_report=True, lines_in_error=lines)
    result = play(channel.push_stock([level("A"), level("B")]), [answer(TAKEN), answer(end), answer(report)]).result
    assert result.accepted == ()
    assert "B" in result.pending


@pytest.mark.parametrize(
    ("end", "report"),
    [
        ({"lines_in_success": 1, "lines_in_error": 0, "has_error_report": False}, None),
        ({"lines_in_success": 0}, None),
        ({"lines_in_success": 0, "has_error_report": True}, "offer-sku;reason\nA;no\n"),
    ],
)
def test_rows_that_the_import_does_not_count_are_not_taken(
    end: dict[str, object], report: str | None, channel: MiraklChannel, answer: Answer
) -> None:
    """COMPLETE with fewer lines taken than were sent: a report that breaks off must not stand for "all others"."""
    outcomes = [answer(TAKEN), answer(status("COMPLETE", **end)), *([] if report is None else [answer(report)])]
    result = play(channel.push_stock([level("A"), level("B")]), outcomes).result
    assert result.accepted == ()
    assert "B" in result.pending


def test_a_failed_import_refuses_its_rows(channel: MiraklChannel, answer: Answer) -> None:
    """FAILED is told row by row, with the reason where there is one."""
    end = status("FAILED", reason_status="unknown column")
    result = play(channel.push_stock([level("A")]), [answer(TAKEN), answer(end)]).result
    assert result.refused == (RowRefusal(sku=ChannelSku("A"), message="the import failed: unknown column"),)


def test_patience_ends(change: Change, answer: Answer) -> None:
    """An import that does not end in time leaves its rows pending; an unheard-of status is no end."""
    channel = MiraklChannel(change(import_patience_seconds=30))
    outcomes = [answer(TAKEN), answer(status("PONDERING")), answer(status("RUNNING"))]
    assert play(channel.push_stock([level("A")]), outcomes).result.pending == ("A",)


@pytest.mark.parametrize("trouble", ["<html>", None])
def test_trouble_while_looking_leaves_rows_pending(trouble: str | None, channel: MiraklChannel, answer: Answer) -> None:
    """The rows are there: that nobody tells their fate is not a failed push."""
    outcomes = [answer(TAKEN), *[answer(trouble or {"message": "busy"}, 200 if trouble else 503)] * 4]
    assert play(channel.push_stock([level("A")]), outcomes).result.pending == ("A",)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_key_that_stops_working_is_told(at: int, channel: MiraklChannel, answer: Answer) -> None:
    """Credentials do not mend themselves: wherever the push stands, a 401 is raised."""
    outcomes = [answer(TAKEN), answer(status("COMPLETE", has_error_report=True))][:at]
    with pytest.raises(errors.AuthFailed):
        play(channel.push_stock([level("A")]), [*outcomes, answer({"message": "Unauthorized"}, 401)])


def test_a_failed_import_without_a_report(channel: MiraklChannel, answer: Answer) -> None:
    """FAILED is an answer for every row even if the report cannot be had."""
    outcomes = [answer(TAKEN), answer(status("FAILED", has_error_report=True)), answer({"message": "gone"}, 404)]
    assert [each.sku for each in play(channel.push_stock([level("A")]), outcomes).result.refused] == ["A"]


def test_a_lost_report_leaves_rows_pending(channel: MiraklChannel, answer: Answer) -> None:
    """Some lines failed and the report cannot be had: which ones is not known."""
    outcomes = [answer(TAKEN), answer(status("COMPLETE", has_error_report=True)), answer({"message": "gone"}, 404)]
    assert play(channel.push_stock([level("A")]), outcomes).result.pending == ("A",)


def test_no_stock_import_here(channel: MiraklChannel, answer: Answer) -> None:
    """404 on STO01: the instance lacks it, and the advice warns of the way that wipes offers."""
    with pytest.raises(errors.Unsupported, match="wipe") as caught:
        play(channel.push_stock([level("A")]), [answer({"status": 404, "message": "no"}, 404)])
    assert caught.value.capability == "stock import"


def test_bad_rows_are_refused_before_anything_is_sent(channel: MiraklChannel) -> None:
    """A push of nothing but bad rows makes no call."""
    played = play(channel.push_stock([level("A\nB"), level("C", -1), level("")]))
    assert played.of(Send) == ()
    assert len(played.result.refused) == 3


def test_a_location_header_will_do(channel: MiraklChannel, answer: Answer) -> None:
    """Some instances tell the import's id in the header only."""
    place = {"location": "https://shop.example.com/api/offers/stock/imports/i-7/status"}
    assert (
        play(channel.push_stock([level("A")]), [answer(None, 201, place), answer(status("COMPLETE"))]).result.ticket
        == "i-7"
    )


class FussyMarket:
    """Refuses a whole file for one bad line, as some instances do."""

    def __init__(self, poison: set[str]) -> None:
        self.poison = poison
        self.taken: dict[str, int] = {}
        self.uploads = 0

    def __call__(self, send: Send) -> Response:
        if send.operation == "STO01":
            self.uploads += 1
            rows = [line.split(";") for line in send.request.body.decode().split("\n") if line.endswith(";update")]
            if self.poison & {row[0] for row in rows}:
                return Response(status=400, body=b'{"status": 400, "message": "Bad Request"}')
            self.taken.update({row[0]: int(row[1]) for row in rows})
            return Response(status=201, body=b'{"import_id": "i"}')
        return Response(status=200, body=b'{"import_id": "i", "status": "COMPLETE", "has_error_report": false}')


def drive(flow: object, market: FussyMarket) -> object:
    """Run a flow against a callable market."""
    clock = ManualClock()
    outcome: object = None
    try:
        while True:
            effect = flow.send(outcome)
            outcome = market(effect) if isinstance(effect, Send) else clock.now()
    except StopIteration as done:
        return done.value


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.sets(st.integers(0, 39), max_size=3))
def test_one_bad_line_does_not_spoil_the_batch(count: int, bad: set[int]) -> None:
    """A file that is refused whole is halved until the bad lines stand alone; everything else gets through."""
    config = MiraklConfig(account=AccountId("a"), base_url="shop.example.com", api_key=Secret("k"), pace_factor=0)
    levels = [level(f"S{n}", n) for n in range(count)]
    poison = {f"S{n}" for n in bad if n < count}
    market = FussyMarket(poison)
    receipt = drive(MiraklChannel(config).push_stock(levels), market)
    assert {each.sku for each in receipt.refused} == poison
    assert set(receipt.accepted) == set(market.taken) == {f"S{n}" for n in range(count)} - poison
    assert len(receipt.accepted) + len(receipt.refused) == count


def test_halving_has_an_end(change: Change) -> None:
    """If every file is refused it is not the lines: the rows are refused together instead of one by one."""
    market = FussyMarket({f"S{n}" for n in range(64)})
    channel = MiraklChannel(change(stock_splits_per_push=3))
    receipt = drive(channel.push_stock([level(f"S{n}") for n in range(64)]), market)
    assert len(receipt.refused) == 64
    assert market.uploads <= 7


def test_long_pushes_go_in_several_files(change: Change) -> None:
    """The bound on a file is kept, and all rows arrive."""
    market = FussyMarket(set())
    receipt = drive(MiraklChannel(change(stock_rows_per_file=3)).push_stock([level(f"S{n}") for n in range(8)]), market)
    assert (market.uploads, len(receipt.accepted), receipt.ticket) == (3, 8, "i,i,i")


def test_listings(channel: MiraklChannel, answer: Answer, sample: Callable[[str], str]) -> None:
    """OF21 by page; a broken offer stands beside the good ones."""
    batch = play(channel.listings(), [answer(sample("offers.json"))]).result
    assert [each.sku for each in batch.items] == ["MUG-BLUE", "PLATE;24"]
    assert [each.key for each in batch.unreadable] == ["BROKEN"]
    assert batch.next is None


def test_the_port_keeps_what_it_was_told(change: Change, answer: Answer, sample: Callable[[str], str]) -> None:
    """PC01, SH12 and SH21 are asked once a day, and again after ``forget``."""
    channel = MiraklChannel(change())
    clock = ManualClock()
    facts = [answer(sample("platform.json")), answer(sample("shipping_types.json"))]
    able = play(channel.capabilities(), facts, clock=clock).result
    assert able == attrs.evolve(able, needs_acceptance=True, several_shipments=True, free_text_carriers=False)
    assert able.mandatory_tracking
    assert play(channel.capabilities(), clock=clock).of(Send) == ()
    clock.advance(86_400)
    assert operations(play(channel.capabilities(), facts, clock=clock)) == ["PC01", "SH12"]
    channel.forget()
    assert operations(play(channel.capabilities(), facts, clock=clock)) == ["PC01", "SH12"]
    carriers = play(channel.carriers(), [answer(sample("carriers.json"))], clock=clock)
    assert [each.code for each in carriers.result] == ["ROYALMAIL", "DPDUK"]
    assert play(channel.carriers(), clock=clock).of(Send) == ()


def test_an_unknown_state_is_kept(channel: MiraklChannel, answer: Answer, document: Document) -> None:
    """A state that Mirakl adds tomorrow is an order that is read today."""
    page = decided(document, "TELEPORTING", "SHIPPING", state="TELEPORTING")
    (received,) = play(channel.orders(since=SINCE), [answer(page)]).result.items
    assert received.order.state is OrderState.UNKNOWN
    assert received.order.vendor_state == "TELEPORTING"
