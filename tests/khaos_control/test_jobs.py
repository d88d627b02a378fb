"""Jobs without a documented call: the best way that is open, never twice, never left out."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.core.erp_jobs import (
    Attempt,
    CreditNoteReceipt,
    Job,
    RoutingMark,
    Rung,
    ShipConfirmation,
    StageMove,
)
from khaos_connectors.core.ids import AccountId, DespatchId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.journals import Entry, Journal
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.core.refund_records import CreditLine, CreditNoteDraft
from khaos_connectors.faces import async_jobs_face, jobs_face, lift_jobs
from khaos_connectors.khaos_control import (
    CustomLook,
    CustomOperation,
    Field,
    JobSettings,
    KhaosControlConfig,
    KhaosControlERP,
    ResultReader,
    StatusLook,
    Template,
    endpoints,
)
from khaos_connectors.khaos_control.enums import StatusMapping
from khaos_connectors.khaos_control.job_looks import look
from khaos_connectors.protocols import CreditNoteDesk, JobsPort
from khaos_connectors.store.attempts import MailboxAttempts, StoreAttempts
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.khaos_control import (
    KhaosControlSimulator,
    KhaosFault,
    KhaosSettings,
    Parameter,
    SiteOperation,
)
from khaos_connectors.testing.simulators.khaos_operations import Arguments, Operation
from khaos_connectors.testing.simulators.routes import transport

_ACCOUNT = AccountId("khaos")
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
    shipping_net=Decimal("4.13"),
    shipping_vat=Decimal("0.82"),
    commission=Decimal(0),
    complete=True,
)
_RAISE = CustomOperation(
    name="RaiseCredit",
    job=Job.CREDIT_NOTE,
    parameters=(Template("Ref", Field("refund_id")), Template("Gross", Field("total"))),
    result=ResultReader(code="."),
    look=CustomLook(
        name="FindCredit",
        parameters=(Template("Ref", Field("refund_id")),),
        result=ResultReader(code="."),
    ),
    already="already credited",
)
_BLIND = attrs.evolve(_RAISE, look=None)
_JOURNAL = Journal(
    statement_id="S-77",
    currency="GBP",
    dated=date(2026, 1, 31),
    entries=(
        Entry(account="bank", debit=Decimal("10.00"), credit=Decimal(0)),
        Entry(account="clearing", debit=Decimal(0), credit=Decimal("10.00"), vat_code="T1"),
    ),
)


class Ledger:
    """What the site's own operations write: credit notes by refund, as often as they were raised."""

    def __init__(self) -> None:
        self.notes: dict[str, list[str]] = {}
        self.closed = False

    def operations(self) -> list[SiteOperation]:
        ref, gross = Parameter("Ref"), Parameter("Gross")
        return [
            SiteOperation(name="RaiseCredit", parameters=(ref, gross), perform=self._raise),
            SiteOperation(name="FindCredit", parameters=(ref,), perform=self._find),
        ]

    def _raise(self, given: Arguments) -> str:
        if self.closed:
            raise KhaosFault("The period is closed")
        self.notes.setdefault(given.text("Ref"), []).append(given.text("Gross"))
        return f"CN{len(self.notes)}"

    def _find(self, given: Arguments) -> str:
        return "CN1" if given.text("Ref") in self.notes else ""


class Broken:
    """A transport that loses what it is told to: "before" the service acts, "after" it, or nothing."""

    def __init__(self, inner: Callable[[Request], Response | Lost], fates: Iterator[str]) -> None:
        self._inner, self._fates = inner, fates

    def send(self, request: Request) -> Response | Lost:
        fate = next(self._fates, "fine") if b"RaiseCredit" in request.body else "fine"
        if fate == "before":
            return Lost(sent=False, reason="refused", final=True)
        answer = self._inner(request)
        return Lost(sent=True, reason="cut off") if fate == "after" else answer


@attrs.frozen(kw_only=True)
class Site:
    """An installation with its own operations, our port to it and what both remember."""

    simulator: KhaosControlSimulator
    ledger: Ledger
    store: MemoryStore
    attempts: MailboxAttempts
    erp: KhaosControlERP
    runner: Runner


@pytest.fixture
def site(house: Callable[..., object]) -> Callable[..., Site]:
    """Builds one: the operations that it is configured with, whether attempts are remembered, what goes wrong."""

    def build(
        *operations: CustomOperation,
        memory: bool = True,
        fates: Sequence[str] = (),
        credit_notes: CreditNoteDesk | None = None,
        **jobs: object,
    ) -> Site:
        home = house()
        clock, ledger, store = ManualClock(), Ledger(), MemoryStore()
        simulator = KhaosControlSimulator(
            clock=clock.now, operations=ledger.operations(), settings=KhaosSettings(), items=()
        )
        attempts = MailboxAttempts(store)
        config = attrs.evolve(home.config, jobs=JobSettings(operations=operations, **jobs))
        erp = KhaosControlERP(config, attempts=attempts if memory else None, credit_notes=credit_notes)
        runner = Runner({"khaos": Broken(transport(simulator).send, iter(fates))}, clock=clock, chance=lambda: 0.0)
        return Site(simulator=simulator, ledger=ledger, store=store, attempts=attempts, erp=erp, runner=runner)

    return build


def test_a_custom_operation_raises_a_credit_note_once(site: Callable[..., Site]) -> None:
    """Asked again, it is the one that was raised, remembered or found over there."""
    for memory in (True, False):
        one = site(_RAISE, memory=memory)
        first = one.runner.run(one.erp.credit_note(_DRAFT))
        again = one.runner.run(one.erp.credit_note(_DRAFT))

        assert one.ledger.notes == {"R-9": ["40.45"]}
        assert (first.rung, first.code, first.already, first.done) == (Rung.CUSTOM, "CN1", False, True)
        assert again == attrs.evolve(first, already=True, why=again.why)
        assert first.why == ("documented door: none for a credit note",)
        note = first.note(_DRAFT)
        assert note is not None
        assert (note.code, note.total) == ("CN1", Decimal("40.45"))


def test_an_answer_that_was_lost_is_looked_for_before_it_is_sent_again(site: Callable[..., Site]) -> None:
    """The outcome is unknown at first; the next call finds the note and sends nothing."""
    one = site(_RAISE, fates=["after"])
    with pytest.raises(errors.Unanswered):
        one.runner.run(one.erp.credit_note(_DRAFT))
    found = one.runner.run(one.erp.credit_note(_DRAFT))

    assert (found.code, found.already) == ("CN1", True)
    assert len(one.ledger.notes["R-9"]) == 1


def test_without_a_look_a_lost_answer_becomes_somebodys_work(site: Callable[..., Site]) -> None:
    """Nobody can tell whether it is there, so a person looks; it stays with people from then on."""
    one = site(_BLIND, fates=["after"])
    with pytest.raises(errors.Unanswered):
        one.runner.run(one.erp.credit_note(_DRAFT))
    handed = one.runner.run(one.erp.credit_note(_DRAFT))
    later = one.runner.run(one.erp.credit_note(_DRAFT))

    assert handed.rung is later.rung is Rung.WORKLIST
    assert "never answered: look whether it is there" in handed.why[0]
    assert "it stays with people" in later.why[0]
    assert handed.handover is not None
    assert later.handover is not None
    assert handed.handover.reason.entity == later.handover.reason.entity
    assert len(one.ledger.notes["R-9"]) == 1


@settings(max_examples=60, deadline=None)
@given(
    fates=st.lists(st.sampled_from(["before", "after", "fine"]), max_size=6),
    looks=st.booleans(),
    closed=st.booleans(),
)
def test_no_sequence_of_losses_makes_two(fates: list[str], looks: bool, closed: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever gets lost, a refund has one credit note at most, and in the end a note or a work item."""
    clock, ledger = ManualClock(), Ledger()
    ledger.closed = closed
    simulator = KhaosControlSimulator(clock=clock.now, operations=ledger.operations())
    erp = KhaosControlERP(_config(_RAISE if looks else _BLIND), attempts=MailboxAttempts(MemoryStore()))
    runner = Runner({"khaos": Broken(transport(simulator).send, iter(fates))}, clock=clock, chance=lambda: 0.0)
    receipt: CreditNoteReceipt | None = None
    for _ in range(len(fates) + 2):
        try:
            receipt = runner.run(erp.credit_note(_DRAFT))
        except (errors.Unanswered, errors.NotSent):
            receipt = None
    made = len(ledger.notes.get("R-9", []))

    assert receipt is not None
    assert made <= 1
    assert receipt.done or receipt.handover is not None
    assert not receipt.done or made == 1
    if looks:
        assert receipt.done is (not closed)


def _config(*operations: CustomOperation) -> KhaosControlConfig:
    return KhaosControlConfig(
        account=_ACCOUNT, base_url="https://erp.example.com/KhaosDemo.exe", jobs=JobSettings(operations=operations)
    )


def test_an_operation_that_refuses_hands_the_job_over_with_its_words(site: Callable[..., Site]) -> None:
    """A refusal is no reason to drop a job: a person gets the rows and the ERP's own words."""
    one = site(_RAISE)
    one.ledger.closed = True
    receipt = one.runner.run(one.erp.credit_note(_DRAFT))

    assert receipt.rung is Rung.WORKLIST
    assert not receipt.done
    assert receipt.note(_DRAFT) is None
    assert any("The period is closed" in each for each in receipt.why)
    handover = receipt.handover
    assert handover is not None
    assert [row["gross"] for row in handover.rows] == ["35.50", "4.95"]
    item = handover.item(_ACCOUNT, datetime(2026, 1, 5, tzinfo=UTC))
    assert (item.type.value, item.evidence["total"]) == ("CREDIT_NOTE_FAILED", "40.45 GBP")


def test_a_refusal_that_means_already_is_no_failure(site: Callable[..., Site]) -> None:
    """The pattern that its maker gave says so; the number is looked up."""
    one = site(_RAISE, memory=False)
    blind = site(_BLIND)
    for each, code in ((one, "CN1"), (blind, "")):

        def refuse(given: Arguments, each: Site = each) -> str:
            each.ledger.notes.setdefault(given.text("Ref"), ["by hand"])
            raise KhaosFault("R-9 is already credited")

        each.simulator._performing["RaiseCredit"] = refuse
        receipt = each.runner.run(each.erp.credit_note(_DRAFT))
        assert (receipt.rung, receipt.code, receipt.already, receipt.done) == (Rung.CUSTOM, code, True, True)


def test_a_draft_ahead_of_the_payment_is_never_raised_by_a_call(site: Callable[..., Site]) -> None:
    """It goes to people, and the complete one is raised all the same."""
    one = site(_RAISE)
    ahead = one.runner.run(one.erp.credit_note(attrs.evolve(_DRAFT, complete=False)))
    complete = one.runner.run(one.erp.credit_note(_DRAFT))

    assert ahead.rung is Rung.WORKLIST
    assert any("has not paid yet" in each for each in ahead.why)
    assert (complete.rung, complete.code) == (Rung.CUSTOM, "CN1")


def test_an_operation_that_nobody_could_look_up_needs_a_memory(site: Callable[..., Site]) -> None:
    """Without a look and without attempts a second call would make a second note: that is refused at once."""
    with pytest.raises(errors.ConfigError, match="may be sent once only"):
        site(_BLIND, memory=False)
    harmless = site(attrs.evolve(_BLIND, repeat="same-effect"), memory=False)
    assert harmless.runner.run(harmless.erp.credit_note(_DRAFT)).code == "CN1"


@pytest.mark.parametrize("refusal", ["auth", "not sent"])
def test_what_is_not_about_the_job_is_raised(refusal: str, site: Callable[..., Site]) -> None:
    """Credentials and a network that is down pass: the job is tried anew, and done then."""
    one = site(_BLIND, fates=["before"] if refusal == "not sent" else [])
    if refusal == "auth":
        answers = iter([Response(status=401, body=b"<html/>")])
        inner = transport(one.simulator)

        class Gate:
            def send(self, request: Request) -> Response | Lost:
                return next(answers, None) or inner.send(request)

        runner = Runner({"khaos": Gate()}, clock=ManualClock(), chance=lambda: 0.0)
    else:
        runner = one.runner
    with pytest.raises((errors.AuthFailed, errors.NotSent)):
        runner.run(one.erp.credit_note(_DRAFT))

    assert runner.run(one.erp.credit_note(_DRAFT)).code == "CN1"


class Returns:
    """A documented door that takes a credit note, or would not."""

    def __init__(self, fault: errors.CallError | None = None) -> None:
        self.fault = fault
        self.taken: list[str] = []

    def credit_note(self, draft: CreditNoteDraft) -> Iterator[object]:
        yield from ()
        if self.fault is not None:
            raise self.fault
        self.taken.append(draft.refund_id)
        return CreditNoteReceipt(job=Job.CREDIT_NOTE, key="x", rung=Rung.DOCUMENTED, pending=True)


def test_the_documented_door_comes_first(site: Callable[..., Site]) -> None:
    """Where it takes the credit note, nothing else is asked; it is pending until the ERP has fetched it."""
    door = Returns()
    one = site(_BLIND, credit_notes=door)
    receipt = one.runner.run(one.erp.credit_note(_DRAFT))

    assert (receipt.rung, receipt.pending, receipt.done) == (Rung.DOCUMENTED, True, False)
    assert (door.taken, one.ledger.notes) == (["R-9"], {})


@pytest.mark.parametrize(
    "fault",
    [
        errors.Invalid(system="channels", operation="CReturnDownload", message="no URN"),
        errors.Unsupported(system="channels", operation="CReturnDownload", capability="credit notes"),
    ],
)
def test_a_door_that_would_not_take_it_leads_to_the_next_way(
    fault: errors.CallError, site: Callable[..., Site]
) -> None:
    """Nothing was stored there, so the next way is safe; the reason is kept."""
    one = site(_BLIND, credit_notes=Returns(fault))
    bare = site(credit_notes=Returns(fault))
    receipt = one.runner.run(one.erp.credit_note(_DRAFT))
    handed = bare.runner.run(bare.erp.credit_note(_DRAFT))

    assert receipt.rung is Rung.CUSTOM
    assert receipt.why == (f"documented door returns: {fault.detail()}",)
    assert handed.why == (*receipt.why, "custom operation: none for a credit note")


def test_a_door_with_an_unknown_outcome_stops_the_ladder(site: Callable[..., Site]) -> None:
    """What may have happened there must not be done again by another way."""
    one = site(_BLIND, credit_notes=Returns(errors.Unanswered(system="c", operation="x", reason="silence")))
    with pytest.raises(errors.Unanswered):
        one.runner.run(one.erp.credit_note(_DRAFT))
    assert one.ledger.notes == {}


def test_what_the_door_took_is_done_by_no_other_way(site: Callable[..., Site]) -> None:
    """It waits there to be fetched: neither a door that turns it down later nor one that is gone opens the next way."""
    door = Returns()
    one = site(_BLIND, credit_notes=door)
    one.runner.run(one.erp.credit_note(_DRAFT))
    without = KhaosControlERP(one.erp.config, attempts=one.attempts)
    begun = one.attempts.recall(_ACCOUNT, Job.CREDIT_NOTE, "john-lewis/R-9")
    door.fault = errors.Invalid(system="channels", operation="CReturnDownload", message="no URN")
    refused = one.runner.run(one.erp.credit_note(_DRAFT))
    one.attempts.keep(_ACCOUNT, begun)
    gone = one.runner.run(without.credit_note(_DRAFT))

    assert begun is not None
    assert (begun.rung, begun.state) == (Rung.DOCUMENTED, "begun")
    assert (refused.rung, gone.rung, one.ledger.notes) == (Rung.WORKLIST, Rung.WORKLIST, {})
    assert "look whether it is there" in refused.why[0]
    assert "not configured any more" in gone.why[1]


def test_what_an_operation_may_have_done_is_not_given_to_a_door_of_later(site: Callable[..., Site]) -> None:
    """An operation that may be repeated is repeated, though a better way has opened meanwhile."""
    door = Returns()
    one = site(attrs.evolve(_BLIND, repeat="same-effect"), fates=["after"] * 9)
    with pytest.raises(errors.Unanswered):
        one.runner.run(one.erp.credit_note(_DRAFT))
    later = KhaosControlERP(one.erp.config, attempts=one.attempts, credit_notes=door)
    healed = Runner({"khaos": transport(one.simulator)}, clock=ManualClock(), chance=lambda: 0.0)

    assert healed.run(later.credit_note(_DRAFT)).rung is Rung.CUSTOM
    assert door.taken == []


@pytest.mark.parametrize("dies", [False, True])
@pytest.mark.parametrize("operation", [_RAISE, _BLIND])
def test_two_workers_do_a_job_once_wherever_they_meet(operation: CustomOperation, *, dies: bool) -> None:
    """Whatever step the first is at when the second comes, and though it dies there: one note, or somebody's work."""
    for stop in range(40):
        ledger, store, clock = Ledger(), MemoryStore(), ManualClock()
        simulator = KhaosControlSimulator(
            clock=clock.now, operations=ledger.operations(), settings=KhaosSettings(), items=()
        )
        config = KhaosControlConfig(
            account=_ACCOUNT, base_url="https://erp.example.com/K.exe", jobs=JobSettings(operations=(operation,))
        )
        first, second = (KhaosControlERP(config, attempts=StoreAttempts(store)) for _ in range(2))
        runner = Runner({"khaos": transport(simulator)}, clock=clock, chance=lambda: 0.0)
        paused = _paused(first.credit_note(_DRAFT), runner, stop)
        try:
            receipt = runner.run(second.credit_note(_DRAFT))
        except errors.NotSent:  # the first is at it
            if dies:
                clock.sleep(901)
            else:
                _finished(paused, runner)
            receipt = runner.run(second.credit_note(_DRAFT))
        if not dies:
            _finished(paused, runner)
        assert sum(map(len, ledger.notes.values())) <= 1
        assert receipt.done == (receipt.handover is None)
        assert receipt.handover is not None or ledger.notes
        if stop and paused.ended:
            return
    raise AssertionError("the first worker never ended")


class _Paused:
    """A flow that was driven some steps: what it asks for next."""

    def __init__(self, flow: Iterator[object]) -> None:
        self.flow, self.effect, self.ended = flow, next(flow), False

    def go_on(self, runner: Runner) -> None:
        def one() -> Iterator[object]:
            return (yield self.effect)

        try:
            self.effect = self.flow.send(runner.run(one()))
        except StopIteration:
            self.ended = True


def _paused(flow: Iterator[object], runner: Runner, steps: int) -> _Paused:
    paused = _Paused(flow)
    for _ in range(steps):
        if paused.ended:
            break
        paused.go_on(runner)
    return paused


def _finished(paused: _Paused, runner: Runner) -> None:
    while not paused.ended:
        paused.go_on(runner)


def test_what_cannot_be_looked_for_becomes_somebodys_work(site: Callable[..., Site]) -> None:
    """Nobody could tell whether it was done, so it is not sent; and it is not left to fail for ever."""
    one = site(_RAISE)
    receipt = one.runner.run(one.erp.credit_note(attrs.evolve(_DRAFT, refund_id="R\x0b9")))

    assert (receipt.rung, one.ledger.notes) == (Rung.WORKLIST, {})
    assert receipt.why[0].startswith("it cannot be looked for: Ref: holds the character U+000B")


def test_a_turn_is_given_back_after_a_failure_too(site: Callable[..., Site]) -> None:
    """A job that could not be sent can be done by another worker at once."""
    one = site(_RAISE, fates=["before"] * 9)
    with pytest.raises(errors.NotSent, match="refused"):
        one.runner.run(KhaosControlERP(one.erp.config, attempts=StoreAttempts(one.store)).credit_note(_DRAFT))
    healed = Runner({"khaos": transport(one.simulator)}, clock=ManualClock(), chance=lambda: 0.0)
    other = KhaosControlERP(one.erp.config, attempts=StoreAttempts(one.store))

    assert healed.run(other.credit_note(_DRAFT)).code == "CN1"


def test_shipments_and_stages_are_seen_in_the_status_export(house: Callable[..., object], draft: ErpOrderDraft) -> None:
    """A shipment that has left, and one that stands at the stage already, are not told again."""
    home = house()
    told: list[str] = []
    operations = (
        CustomOperation(
            name="ConfirmShipment",
            job=Job.SHIP_CONFIRM,
            parameters=(Template("Invoice", Field("despatch_id")),),
            look=StatusLook(),
        ),
        CustomOperation(
            name="MoveInvoice",
            job=Job.STAGE_MOVE,
            parameters=(Template("Invoice", Field("despatch_id")), Template("Stage", Field("stage"))),
            look=StatusLook(),
        ),
    )
    invoice = home.runner.run(home.erp.create_order(draft)) and _only_invoice(home)

    def confirm(given: Arguments) -> str:
        told.append(f"confirm {given.text('Invoice')}")
        home.simulator.pick_and_despatch(_order_code(home), courier="Royal Mail", consignment="AB1")
        return "ok"

    def move(given: Arguments) -> str:
        told.append(f"move {given.text('Invoice')} {given.number('Stage', 0)}")
        return "ok"

    home.simulator._performing |= {"ConfirmShipment": confirm, "MoveInvoice": move}
    offered = Operation((Parameter("Invoice"), Parameter("Stage", "int")), "xsd:string")
    home.simulator.operations |= {"ConfirmShipment": offered, "MoveInvoice": offered}
    erp = KhaosControlERP(attrs.evolve(home.config, jobs=JobSettings(operations=operations)))
    confirmation = ShipConfirmation(
        account=_ACCOUNT,
        reference=draft.reference,
        despatch_id=DespatchId(invoice),
        shipped_at=datetime(2026, 1, 6, tzinfo=UTC),
        courier="Royal Mail",
        consignment="AB1",
    )
    stage = StageMove(account=_ACCOUNT, reference=draft.reference, despatch_id=DespatchId(invoice), stage=14)
    here = attrs.evolve(stage, stage=_stage(home))

    assert home.runner.run(erp.move_stage(here)).already
    assert not home.runner.run(erp.move_stage(stage)).already
    assert not home.runner.run(erp.confirm_shipment(confirmation)).already
    assert home.runner.run(erp.confirm_shipment(confirmation)).already
    assert told == [f"move {invoice} 14", f"confirm {invoice}"]


def _order_code(home: object) -> str:
    return next(iter(home.simulator.orders))


def _status(home: object) -> object:
    call = endpoints.export_order_status(
        home.config.service, [_order_code(home)], mapping=StatusMapping.SORDER_CODE, show_items=False
    )
    (row,) = home.runner.run(home.erp._caller.perform(call))
    return row.invoices[0]


def _only_invoice(home: object) -> str:
    return _status(home).invoice_code


def _stage(home: object) -> int:
    return _status(home).stage_id


def test_routing_marks_are_our_own_record_where_nothing_else_is(site: Callable[..., Site]) -> None:
    """A shipment is one warehouse's; another one is refused, and without any record it is work for people."""
    mark = RoutingMark(
        account=_ACCOUNT,
        reference=OrderRef("JL-1"),
        despatch_id=DespatchId("I100"),
        warehouse=AccountId("leeds"),
        shipment_id="S1",
    )
    one, bare = site(), site(memory=False)
    first = one.runner.run(one.erp.mark_routed(mark))
    again = one.runner.run(one.erp.mark_routed(mark))
    nobody = bare.runner.run(bare.erp.mark_routed(mark))

    assert (first.rung, first.done, first.already) == (Rung.OWN_RECORD, True, False)
    assert again.already
    with pytest.raises(errors.Conflict, match="leeds S1"):
        one.runner.run(one.erp.mark_routed(attrs.evolve(mark, warehouse=AccountId("derby"))))
    assert nobody.rung is Rung.WORKLIST
    assert nobody.handover is not None
    assert nobody.handover.rows[0]["warehouse"] == "leeds"


def test_what_was_handed_over_can_be_given_back(site: Callable[..., Site]) -> None:
    """A person who says that it is not done lets the ladder try anew."""
    one = site(_RAISE)
    one.ledger.closed = True
    handed = one.runner.run(one.erp.credit_note(_DRAFT))
    one.ledger.closed = False
    kept = one.runner.run(one.erp.credit_note(_DRAFT))
    dropped = Attempt(
        job=Job.CREDIT_NOTE,
        key=handed.key,
        rung=Rung.WORKLIST,
        state="dropped",
        at=datetime(2026, 2, 1, tzinfo=UTC),
    )
    one.attempts.keep(_ACCOUNT, dropped)

    assert kept.rung is Rung.WORKLIST
    assert one.attempts.recall(_ACCOUNT, Job.CREDIT_NOTE, handed.key) == dropped
    assert one.runner.run(one.erp.credit_note(_DRAFT)).code == "CN1"


@pytest.mark.parametrize(
    ("form", "column"), [("generic", "account"), ("xero", "*AccountCode"), ("sage", "Nominal A/C Ref")]
)
def test_journals_come_as_a_file_for_the_ledger(form: str, column: str, site: Callable[..., Site]) -> None:
    """In the form that is configured, with its tax codes."""
    one = site(journal_form=form, journal_tax_codes={"": "T9", "T1": "T1"})
    receipt = one.runner.run(one.erp.post_journal(_JOURNAL))

    assert receipt.handover is not None
    assert receipt.handover.name == "journal-S-77.csv"
    assert [row[column] for row in receipt.handover.rows] == ["bank", "clearing"]


def test_capabilities_name_the_way_of_each_job(site: Callable[..., Site]) -> None:
    """Which way is open, and why no better one is; a call makes a capability, a worklist does not."""
    one = site(_RAISE)
    told = one.runner.run(one.erp.capabilities())

    assert {job: way.rung for job, way in told.ways.items()} == {
        Job.CREDIT_NOTE: Rung.CUSTOM,
        Job.SHIP_CONFIRM: Rung.WORKLIST,
        Job.STAGE_MOVE: Rung.WORKLIST,
        Job.ROUTING_MARK: Rung.OWN_RECORD,
        Job.JOURNAL: Rung.WORKLIST,
    }
    assert told.ways[Job.CREDIT_NOTE].door == "RaiseCredit"
    assert (told.credit_notes, told.ship_confirm, told.journals) == (True, False, False)
    assert isinstance(one.erp, JobsPort)


def test_one_port_every_face(site: Callable[..., Site]) -> None:
    """Blocking, awaited, and back from a plain class: the same receipts for every job."""
    mark = RoutingMark(
        account=_ACCOUNT, reference=OrderRef("R"), despatch_id=DespatchId("I"), warehouse=AccountId("leeds")
    )
    move = StageMove(account=_ACCOUNT, reference=OrderRef("R"), despatch_id=DespatchId("I"), stage=14)
    shipped = ShipConfirmation(
        account=_ACCOUNT,
        reference=OrderRef("R"),
        despatch_id=DespatchId("I"),
        shipped_at=datetime(2026, 1, 6, tzinfo=UTC),
    )
    one, other = site(), site()
    face = jobs_face(one.erp, one.runner)
    lifted = lift_jobs(jobs_face(other.erp, other.runner))
    receipts = [
        face.credit_note(_DRAFT),
        face.confirm_shipment(shipped),
        face.move_stage(move),
        face.mark_routed(mark),
        face.post_journal(_JOURNAL),
    ]
    flows = [
        lifted.credit_note(_DRAFT),
        lifted.confirm_shipment(shipped),
        lifted.move_stage(move),
        lifted.mark_routed(mark),
        lifted.post_journal(_JOURNAL),
    ]

    assert (face.account, lifted.account) == ("khaos", "khaos")
    assert [one.runner.run(each) for each in flows] == receipts
    assert asyncio.run(_awaited(site(), shipped, move, mark)) == receipts


async def _awaited(site: Site, shipped: ShipConfirmation, move: StageMove, mark: RoutingMark) -> list[object]:
    face = async_jobs_face(site.erp, AsyncRunner({}, clock=ManualClock()))
    assert face.account == "khaos"
    return [
        await face.credit_note(_DRAFT),
        await face.confirm_shipment(shipped),
        await face.move_stage(move),
        await face.mark_routed(mark),
        await face.post_journal(_JOURNAL),
    ]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (
            '<ORDER_STATUS SORDER_CODE="CN8" ASSOCIATED_REF="R-9"><ORDER_TYPE>Credit Note</ORDER_TYPE></ORDER_STATUS>',
            "CN8",
        ),
        ('<ORDER_STATUS SORDER_CODE="SO1" ASSOCIATED_REF="R-9"><ORDER_TYPE>Sales</ORDER_TYPE></ORDER_STATUS>', None),
        (
            '<ORDER_STATUS SORDER_CODE="CN8" ASSOCIATED_REF="R-90"><ORDER_TYPE>Credit Note</ORDER_TYPE></ORDER_STATUS>',
            None,
        ),
        (
            '<ORDER_STATUS SORDER_CODE="C" ASSOCIATED_REF="R-9"><ORDER_TYPE TYPE_ID="C"/><CANCELLED/></ORDER_STATUS>',
            None,
        ),
        ('<ORDER_STATUS SORDER_CODE="" ASSOCIATED_REF="R-9"/>', errors.Undecodable),
    ],
)
def test_a_credit_note_is_seen_in_the_status_export(
    rows: str, found: object, house: Callable[..., object], texted: Callable[[str, str], Response]
) -> None:
    """By the refund's id and its type; a cancelled one is none, and an answer that cannot be read is no guess."""
    config = attrs.evolve(house().config, reference_template="JL-{reference}")
    answer = texted("ExportOrderStatusEx", f"<STATUS_LIST>{rows}</STATUS_LIST>")
    looking = look(config, config.caller(), StatusLook(reference="refund_id"), Job.CREDIT_NOTE, _DRAFT)
    if found is errors.Undecodable:
        with pytest.raises(errors.Undecodable):
            play(looking, [answer])
        return
    played = play(looking, [answer])

    assert played.result == found
    assert b">R-9</IDs>" in played.of(Send)[0].request.body


def test_a_shipment_has_left_by_its_stage_too(
    house: Callable[..., object], texted: Callable[[str, str], Response]
) -> None:
    """An invoice at a stage that means so, or above, has left without a ship date; another invoice of it has not."""
    config = house().config
    shipped = ShipConfirmation(
        account=_ACCOUNT,
        reference=OrderRef("R"),
        despatch_id=DespatchId("I2"),
        shipped_at=datetime(2026, 1, 6, tzinfo=UTC),
    )
    for stage, found in ((14, None), (16, "I2"), (71, "I2")):
        invoices = (
            f'<INVOICE INVOICE_CODE="I1" INVOICE_STAGE_ID="70"/><INVOICE INVOICE_CODE="I2" INVOICE_STAGE_ID="{stage}"/>'
        )
        row = f'<ORDER_STATUS SORDER_CODE="S" ASSOCIATED_REF="R"><INVOICES>{invoices}</INVOICES></ORDER_STATUS>'
        answer = texted("ExportOrderStatusEx", f"<STATUS_LIST>{row}</STATUS_LIST>")
        assert play(look(config, config.caller(), StatusLook(), Job.SHIP_CONFIRM, shipped), [answer]).result == found
