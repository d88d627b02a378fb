"""What is set or given wrongly is told by name, where it is given, and never becomes somebody's work."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.core.erp_jobs import Attempt, Job, Rung
from khaos_connectors.core.ids import AccountId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.core.refund_records import CreditLine, CreditNoteDraft
from khaos_connectors.khaos_control import (
    CustomLook,
    CustomOperation,
    Field,
    Fixed,
    JobSettings,
    KhaosChannelsERP,
    KhaosControlERP,
    ResultReader,
    Template,
    connect,
)
from khaos_connectors.store.attempts import MailboxAttempts
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.khaos_control import KhaosControlSimulator, Parameter, SiteOperation
from khaos_connectors.testing.simulators.routes import transport

_DRAFT = CreditNoteDraft(
    account=AccountId("john-lewis"),
    refund_id="R-9",
    order_id=OrderId("1001"),
    against="INV-7",
    currency="GBP",
    lines=(
        CreditLine(
            line_id=LineId("1"),
            stock_code=StockCode("MUG"),
            net=Decimal("29.58"),
            vat=Decimal("5.92"),
            vat_rate=Decimal(20),
        ),
    ),
    shipping_net=Decimal(0),
    shipping_vat=Decimal(0),
    commission=Decimal(0),
    complete=True,
)
_RAISE = CustomOperation(
    name="RaiseCredit",
    job=Job.CREDIT_NOTE,
    parameters=(Template("Refund", Field("refund_id")),),
    result=ResultReader(code="."),
)
_PAGE = b"<html><body>Object moved</body></html>"


def _port(house: Callable[..., object], operation: CustomOperation, store: MemoryStore) -> KhaosControlERP:
    config = attrs.evolve(house().config, jobs=JobSettings(operations=(operation,)))
    return KhaosControlERP(config, attempts=MailboxAttempts(store))


def _run(flow: object, *answers: Response) -> object:
    """What *flow* gives where the service answers so; the store in between is a real one."""
    rest = iter(answers)

    class Wire:
        def send(self, request: Request) -> Response:
            return next(rest)

    return Runner({"khaos": Wire()}, clock=ManualClock(), chance=lambda: 0.0).run(flow)


@pytest.fixture
def site(house: Callable[..., object]) -> Runner:
    """The way to an installation that has RaiseCredit, and no look."""
    raising = SiteOperation(name="RaiseCredit", parameters=(Parameter("Refund"),), perform=lambda _: "CN1")
    simulator = KhaosControlSimulator(clock=house().clock.now, operations=[raising])
    return Runner({"khaos": transport(simulator)}, clock=house().clock, chance=lambda: 0.0)


def test_a_mistyped_operation_is_a_fault_of_the_settings(house: Callable[..., object], site: Runner) -> None:
    """It names the operation and where it is set, nobody is handed anything, and once corrected the job is done."""
    store = MemoryStore()
    with pytest.raises(errors.ConfigError, match=r"'RaisCredit'.*Interface not supported") as caught:
        site.run(_port(house, attrs.evolve(_RAISE, name="RaisCredit"), store).credit_note(_DRAFT))
    receipt = site.run(_port(house, _RAISE, store).credit_note(_DRAFT))

    assert caught.value.field == "jobs.operations"
    assert "check()" in caught.value.problem
    assert (receipt.rung, receipt.code) == (Rung.CUSTOM, "CN1")


def test_a_mistyped_look_is_a_fault_of_the_settings(house: Callable[..., object], site: Runner) -> None:
    """The operation that looks is named, not the one that does the job, and nothing is remembered."""
    store = MemoryStore()
    look = CustomLook(name="FindCredt", result=ResultReader(code="."))
    with pytest.raises(errors.ConfigError, match="'FindCredt'"):
        site.run(_port(house, attrs.evolve(_RAISE, look=look), store).credit_note(_DRAFT))

    assert MailboxAttempts(store).recall(AccountId("khaos"), Job.CREDIT_NOTE, "john-lewis:R-9") is None


@pytest.mark.parametrize("text", ['Method "RaiseCredit" not found', "Unknown operation: RaiseCredit"])
def test_services_that_name_the_operation_that_they_lack(
    text: str, house: Callable[..., object], fault: Callable[..., Response]
) -> None:
    """Other words for the same, where they speak of this very operation."""
    with pytest.raises(errors.ConfigError, match="RaiseCredit"):
        _run(_port(house, _RAISE, MemoryStore()).credit_note(_DRAFT), fault(text, kind="ESOAPError"))


def test_a_refusal_about_something_else_that_is_not_found_is_a_refusal(
    house: Callable[..., object], fault: Callable[..., Response]
) -> None:
    """A payment method is no operation: the job is handed over with the ERP's words."""
    flow = _port(house, _RAISE, MemoryStore()).credit_note(_DRAFT)
    receipt = _run(flow, fault("Payment method not found"))

    assert receipt.rung is Rung.WORKLIST
    assert "Payment method not found" in receipt.why[-1]


@pytest.mark.parametrize("status", [302, 404, 405])
def test_a_page_of_the_web_server_is_no_reason_to_hand_a_job_over(status: int, house: Callable[..., object]) -> None:
    """Where no service answered nothing is known about the job: it is raised, and tried anew."""
    store = MemoryStore()
    with pytest.raises(errors.Refused, match=r"khaos\.RaiseCredit"):
        _run(_port(house, _RAISE, store).credit_note(_DRAFT), Response(status=status, body=_PAGE))

    kept = [each.payload for each in store.messages(AccountId("khaos"), "attempts: credit note")]
    assert [("dropped" in each, "handed over" in each) for each in kept] == [(True, False)]


def test_what_was_handed_over_is_resumed(house: Callable[..., object], fault: Callable[..., Response]) -> None:
    """The recipe of the guide: drop what the receipt tells, and the next call tries anew."""
    store = MemoryStore()
    port = _port(house, _RAISE, store)
    handed = _run(port.credit_note(_DRAFT), fault("The period is closed"))
    dropped = Attempt(job=handed.job, key=handed.key, rung=handed.rung, state="dropped", at=datetime.now(UTC))
    MailboxAttempts(store).keep(AccountId("khaos"), dropped)

    assert handed.rung is Rung.WORKLIST
    with pytest.raises(errors.AuthFailed):  # it is sent again
        _run(port.credit_note(_DRAFT), Response(status=401, body=b""))


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_password_is_no_description(status: int, house: Callable[..., object]) -> None:
    """Credentials that are refused are raised, by ``describe`` as by every call."""
    with pytest.raises(errors.AuthFailed, match=r"khaos\.WSDL"):
        play(house().erp.describe(), [Response(status=status, body=_PAGE)])


@pytest.mark.parametrize("answer", [Response(status=status, body=_PAGE) for status in (200, 404, 500)])
def test_what_could_not_be_read_is_not_nothing(answer: Response, house: Callable[..., object]) -> None:
    """Whoever asks what it has learns that this is not known, and why; it cannot be taken for "nothing"."""
    told = _run(house().erp.describe(), *[answer] * 9)  # some are asked for again
    asked: list[Callable[[], object]] = [
        lambda: told.beyond,
        lambda: told.missing,
        lambda: told.operations,
        lambda: told.bought,
        lambda: told.differences,
    ]

    assert not told.reached
    assert told.has("GetVersion") is None
    assert str(told) == f"not known: {told.problem}"
    for ask in asked:
        with pytest.raises(errors.Unsupported, match=r"khaos\.WSDL") as caught:
            ask()
        assert told.problem in str(caught.value)


def test_a_description_fits_a_line(house: Callable[..., object]) -> None:
    """Seventy operations with their parameters are nothing to read in a prompt."""
    home = house()
    told = home.runner.run(home.erp.describe())

    assert "operations, 0 of the guide missing" in str(told)
    assert repr(told) == f"<Description: {told}>"
    assert len(repr(told)) < 200


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Template("Refund", "refund_id"), r"value: must be Field\('refund_id'\).*Fixed"),
        (lambda: Template("Refund", None), "value: must be Field(.*)not None"),
        (lambda: attrs.evolve(_RAISE, job="credit note"), r"job: must be Job\.CREDIT_NOTE"),
        (lambda: attrs.evolve(_RAISE, job="nonsense"), r"job: must be one of Job"),
        (lambda: attrs.evolve(_RAISE, parameters=Template("A", Fixed("b"))), r"parameters: .*Template"),
        (lambda: attrs.evolve(_RAISE, parameters=("refund_id",)), r"parameters: .*Template"),
        (lambda: attrs.evolve(_RAISE, result="."), r"result: must be ResultReader"),
        (lambda: attrs.evolve(_RAISE, look="FindCredit"), r"look: must be CustomLook"),
        (lambda: CustomLook(name="F", parameters=Template("A", Fixed("b")), result=_RAISE.result), "parameters: "),
        (lambda: CustomLook(name="F", result="."), "result: must be ResultReader"),
        (lambda: JobSettings(operations=_RAISE), r"operations: .*CustomOperation"),
    ],
)
def test_settings_of_another_kind_say_what_to_give(make: Callable[[], object], words: str) -> None:
    """At once, by the name of the setting, and not at the first refund."""
    with pytest.raises(errors.ConfigError, match=words):
        make()


def test_the_store_itself_is_no_memory(house: Callable[..., object]) -> None:
    """It says what has to stand around the store, however it is connected."""
    with pytest.raises(TypeError, match=r"attempts: give MailboxAttempts\(store\), not MemoryStore"):
        KhaosControlERP(house().config, attempts=MemoryStore())
    with pytest.raises(TypeError, match="MailboxAttempts"), connect(house().config, attempts=MemoryStore()):
        pass


def test_the_channels_port_itself_is_no_door(house: Callable[..., object]) -> None:
    """Its credit_note wants a reference as well, which the door gives it."""
    port = object.__new__(KhaosChannelsERP)
    for wrong, kind in ((port, "KhaosChannelsERP"), ("returns", "str")):
        with pytest.raises(TypeError, match=rf"credit_notes: give ReturnsDoor\(erp, reference_of=.*not {kind}"):
            KhaosControlERP(house().config, credit_notes=wrong)


def test_check_says_that_no_order_could_be_created(house: Callable[..., object]) -> None:
    """Without any order settings every order would be refused; that is found before the first one."""
    home = house(None, {"default_orders": None})
    told = home.runner.run(home.erp.check())

    assert len(told.problems) == 1
    assert "orders cannot be created" in told.problems[0]
    assert "default_orders" in told.problems[0]


def test_check_tells_each_problem_once(house: Callable[..., object]) -> None:
    """A problem is no note as well, and a name that is wrong in two places of one operation is told once."""
    look = CustomLook(name="NoSuch", result=ResultReader(code="."))
    wrong = CustomOperation(name="NoSuch", job=Job.CREDIT_NOTE, look=look)
    home = house(None, {"jobs": JobSettings(operations=(wrong,))})
    told = home.runner.run(home.erp.check())

    assert len(told.problems) == 1
    assert not set(told.problems) & set(told.notes)


@pytest.mark.parametrize(("status", "kind"), [(302, errors.Refused), (404, errors.NotFound), (405, errors.Refused)])
def test_a_page_in_place_of_an_import_names_the_import(
    status: int, kind: type[errors.Refused], house: Callable[..., object], draft: ErpOrderDraft
) -> None:
    """No service answered, so no order is looked for: the error is that of the call that was made."""
    with pytest.raises(kind, match=r"khaos\.ImportOrders") as caught:
        play(house().erp.create_order(draft), [Response(status=status, body=_PAGE)])

    assert caught.value.status == status


def _given() -> Iterator[tuple[Callable[[KhaosControlERP], object], str]]:
    yield lambda erp: erp.create_order({}), r"draft: give an ErpOrderDraft, not dict"
    yield lambda erp: erp.problems(None), r"draft: give an ErpOrderDraft, not None"
    yield lambda erp: erp.credit_note(None), r"draft: give a CreditNoteDraft, not None"
    yield lambda erp: erp.confirm_shipment({}), r"confirmation: give a ShipConfirmation, not dict"
    yield lambda erp: erp.move_stage({}), r"move: give a StageMove, not dict"
    yield lambda erp: erp.mark_routed({}), r"mark: give a RoutingMark, not dict"
    yield lambda erp: erp.post_journal({}), r"journal: give a Journal, not dict"
    yield lambda erp: erp.stock([1]), r"codes: give a list of stock codes, each a text, 1 is int"
    yield lambda erp: erp.stock([None]), r"codes: give a list of stock codes.*None"
    yield lambda erp: erp.stock(5), r"codes: give a list of stock codes.*not int"
    yield lambda erp: erp.find_orders([OrderRef("A"), 2]), r"references: give a list of references.*2 is int"
    yield lambda erp: erp.find_order(7), r"reference: give a str, not int"


@pytest.mark.parametrize(("ask", "words"), list(_given()))
def test_what_is_given_in_place_of_a_record_is_named(
    ask: Callable[[KhaosControlERP], object], words: str, house: Callable[..., object]
) -> None:
    """The parameter and what belongs there, before anything is sent."""

    def asked() -> None:
        flow = ask(house().erp)
        play(flow, [])

    with pytest.raises(TypeError, match=words):
        asked()
