"""What users give in place of lists and records: told by the argument's name, before anything is sent."""

import inspect
import re
from collections.abc import Callable, Sequence
from typing import get_args, get_origin, get_type_hints

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.decode import Text
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import ChannelSku, OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.after_sales.money_back import Codes
from khaos_connectors.mirakl.channel import MiraklChannel
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.models.message_codes import ParticipantType
from khaos_connectors.mirakl.models.messages import (
    NewMessage,
    NewOperatorThread,
    NewOrderThread,
    NewTopic,
    Recipient,
    Thread,
)
from khaos_connectors.mirakl.money.payouts import Cycles
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.protocols import StockLevel

SCOPE = Scope(account="john-lewis")

_TOPIC = NewTopic(value="A topic")
_ABOUT: dict[tuple[str, str], object] = {
    ("answer_thread", "message"): NewMessage(body="Hello", to=(Recipient(type=ParticipantType.CUSTOMER),)),
    ("open_order_thread", "thread"): NewOrderThread(topic=_TOPIC, body="Hello"),
    ("open_operator_thread", "thread"): NewOperatorThread(topic=_TOPIC, body="Hello"),
}
"""What is looked at before the list."""


def _lists() -> list[tuple[str, str]]:
    """Every endpoint with each of its arguments that is a list."""
    found: list[tuple[str, str]] = []
    for name in endpoints.__all__:
        function = getattr(endpoints, name)
        if not inspect.isfunction(function) or next(iter(inspect.signature(function).parameters), "") != "scope":
            continue
        hints = get_type_hints(function)
        found += [(name, argument) for argument, kind in hints.items() if get_origin(kind) is Sequence]
    return found


def _asked(name: str, argument: str, given: object) -> object:
    function = getattr(endpoints, name)
    others: dict[str, object] = {
        each: _ABOUT.get((name, each), "JL00000001-A")
        for each, told in inspect.signature(function).parameters.items()
        if told.default is inspect.Parameter.empty and each not in {"scope", argument}
    }
    return function(SCOPE, **others, **{argument: given})


def test_the_lists_are_found() -> None:
    """The search below looks at something."""
    assert len(_lists()) > 25
    assert ("close_returns", "return_ids") in _lists()


@pytest.mark.parametrize(("name", "argument"), _lists())
def test_a_text_is_no_list(name: str, argument: str) -> None:
    """``close_returns(scope, "ab")`` would close the returns a and b: a bare text is ``Invalid``, by its argument."""
    with pytest.raises(errors.Invalid, match=f"{argument}: give a list of .*, not one") as caught:
        _asked(name, argument, "ab")
    assert caught.value.status is None


@pytest.mark.parametrize(("name", "argument"), _lists())
def test_what_is_in_a_list_is_looked_at(name: str, argument: str) -> None:
    """A record of another kind, or an id that is no text, is ``Invalid`` by its argument too."""
    function = getattr(endpoints, name)
    if get_args(get_type_hints(function)[argument])[0] is int:
        pytest.skip("ids that are numbers are written as such")
    with pytest.raises(errors.Invalid, match=argument):
        _asked(name, argument, [object()])


CODES = Codes(refund="R", cancelation="C")
ORDER = OrderId("JL00000001-A")

WRONG: dict[str, tuple[Callable[[MiraklChannel], Flow[object]], str]] = {
    "return ids to close": (lambda c: c.after_sales.returns.close("ab"), "return_ids: give a list of texts, not one"),
    "return ids to cancel": (lambda c: c.after_sales.returns.cancel("ab"), "return_ids: give a list of texts"),
    "return ids to receive": (lambda c: c.after_sales.returns.receive("ab"), "return_ids: give a list of texts"),
    "return ids": (lambda c: c.after_sales.returns.named("ab"), "return_ids: give a list of texts"),
    "decisions on returns": (lambda c: c.after_sales.returns.decide(["ab"]), r"decisions\[0\]: give a ReturnDecision"),
    "verdicts on returns": (lambda c: c.after_sales.returns.judge(["ab"]), r"verdicts\[0\]: give a ReturnCompliance"),
    "a new return": (lambda c: c.after_sales.returns.open("ab"), "new: give a NewReturn, not str"),
    "asks": (lambda c: c.after_sales.money_back.prepare(ORDER, ["l"], codes=CODES), r"asks\[0\]: give an Ask, not str"),
    "orders left to ship": (lambda c: c.left_to_ship("JL1"), "order_ids: give a list of texts"),
    "decisions": (lambda c: c.decide(ORDER, [True]), r"decisions\[0\]: give a LineDecision, not bool"),
    "one decision": (lambda c: c.decide(ORDER, True), "decisions: give a list of LineDecision, not one bool alone"),
    "an order in place of its id": (lambda c: c.order(object()), "order_ids: give a list of texts, not of object"),
    "a notice": (lambda c: c.confirm("JL1"), "notice: give a ShipmentNotice, not str"),
    "notices": (lambda c: c.confirm_all(["JL1"]), r"notices\[0\]: give a ShipmentNotice, not str"),
    "levels": (lambda c: c.push_stock([("MUG", 5)]), r"levels\[0\]: give a StockLevel, not tuple"),
    "levels by SKU": (lambda c: c.push_stock({"MUG": 5}), r"levels\[0\]: give a StockLevel, not str"),
    "levels to compare": (lambda c: c.offers.drift([("MUG", 5)]), r"wanted\[0\]: give a StockLevel, not tuple"),
    "prices": (lambda c: c.offers.push_prices("MUG"), "offers: give a list of OfferPrices, not one text"),
    "changed prices": (lambda c: c.offers.change_prices([5]), r"changes\[0\]: give an OfferPrices, not int"),
    "cycles in their box": (lambda c: c.payouts.payouts(Cycles(cycles=())), r"cycles: give their \.cycles"),
    "ids of cycles": (lambda c: c.payouts.payouts(["x"]), r"cycles\[0\]: give a BillingCycle, not str"),
    "a thread": (lambda c: c.conversations.answer(Thread(id=Text("t")), "Hi!"), r"thread_id: give its \.id"),
    "no thread": (lambda c: c.conversations.answer(5, "Hi!"), "thread_id: give a text, not int"),
    "no text": (lambda c: c.conversations.answer("t", None), "body: give a text, not None"),
    "one recipient": (lambda c: c.conversations.answer("t", "Hi!", to="CUSTOMER"), "to: give a list of Recipient"),
    "a path in an answer": (lambda c: c.conversations.answer("t", "Hi!", files="x"), "files: give a list of Upload"),
    "an order's thread": (lambda c: c.conversations.open_about_order(ORDER, "Hi!"), "thread: give a NewOrderThread"),
    "an operator's": (lambda c: c.conversations.open_with_operator("Hi!"), "thread: give a NewOperatorThread"),
    "a path": (lambda c: c.documents.upload_invoice(ORDER, "x.pdf", number="1"), "pdf: give the bytes.*not str"),
    "a number": (lambda c: c.documents.upload_invoice(ORDER, b"%PDF-", number=7), "number: give a text, not int"),
    "documents": (lambda c: c.documents.attach(ORDER, "x.pdf"), "documents: give a list of NewOrderDocument"),
}
"""Each with what the message says."""


@pytest.mark.parametrize("what", WRONG)
def test_desks_tell_the_argument(what: str, config: MiraklConfig) -> None:
    """What is given in place of a list, a record, an id or a file is ``Invalid`` by its name; nothing is sent."""
    ask, told = WRONG[what]

    with pytest.raises(errors.Invalid, match=told) as caught:
        Runner({}).run(ask(MiraklChannel(config)))
    assert caught.value.status is None


def test_what_was_given_is_not_told() -> None:
    """A text in place of a list may be an address: its kind is told, not what it says."""
    with pytest.raises(errors.Invalid, match="return_ids: give a list of texts, not one text alone") as caught:
        endpoints.close_returns(SCOPE, "jane@example.com")  # type: ignore[arg-type]  # what a user may give
    assert "jane" not in str(caught.value)


def test_filters_tell_the_field() -> None:
    """A text in place of a filter's tuple is refused when the filter is made, by the field."""
    with pytest.raises(TypeError, match=re.escape("order_ids must be a tuple of str, not one str alone: write (it,)")):
        endpoints.OrderFilter(order_ids="JL1")
    with pytest.raises(TypeError, match="return_state\\[0\\] must be of type ReturnState, not str"):
        endpoints.ReturnFilter(return_state=("OPENED",))


def test_bytes_are_no_list() -> None:
    """Bytes would go out as numbers; a generator is as good as a list, and so is a more special record."""

    class Special(StockLevel):
        pass

    with pytest.raises(errors.Invalid, match="return_ids: give a list of texts, not bytes"):
        endpoints.close_returns(SCOPE, b"ab")  # type: ignore[arg-type]  # what a user may give
    assert b'"id":"b"' in endpoints.close_returns(SCOPE, (each for each in "ab")).request.body  # type: ignore[arg-type]  # no Sequence
    special = [Special(sku=ChannelSku("A"), units=1)]
    assert records(SCOPE, "STO01", "levels", special, StockLevel) is special
