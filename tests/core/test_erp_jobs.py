"""Which way a job goes, and what people get when it is left to them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.core import journal_export
from khaos_connectors.core.erp_jobs import (
    CreditNoteReceipt,
    Door,
    Handover,
    Job,
    JobReceipt,
    RoutingMark,
    Rung,
    ShipConfirmation,
    StageMove,
    choose,
    credit_note_key,
)
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.handovers import (
    CREDIT_NOTE_COLUMNS,
    hand_over_credit_note,
    hand_over_journal,
    hand_over_routing,
    hand_over_ship_confirmation,
    hand_over_stage_move,
)
from khaos_connectors.core.ids import AccountId, DespatchId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.journals import Entry, Journal
from khaos_connectors.core.refund_records import CreditLine, CreditNoteDraft
from khaos_connectors.core.shipments import DespatchLine

_ACCOUNT = AccountId("khaos")
_REF, _ID = OrderRef("JL-1"), DespatchId("I/100")
_DRAFT = CreditNoteDraft(
    account=AccountId("jl"),
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
            quantity=2,
            reason="damaged",
        ),
    ),
    shipping_net=Decimal("4.13"),
    shipping_vat=Decimal("0.82"),
    commission=Decimal(0),
    complete=True,
    shipping_code=StockCode("POST"),
)
_SHIPPED = ShipConfirmation(
    account=_ACCOUNT,
    reference=_REF,
    despatch_id=_ID,
    shipped_at=datetime(2026, 1, 6, 9, tzinfo=UTC),
    lines=(DespatchLine(stock_code=StockCode("MUG"), units=2), DespatchLine(stock_code=StockCode("TEA"), units=1)),
)
_JOURNAL = Journal(
    statement_id="S-77",
    currency="GBP",
    dated=date(2026, 1, 31),
    entries=(
        Entry(account="bank", debit=Decimal("10.00"), credit=Decimal(0)),
        Entry(account="clearing", debit=Decimal(0), credit=Decimal("10.00"), vat_code="T1"),
    ),
)

_DOORS = st.lists(
    st.builds(
        Door,
        rung=st.sampled_from(Rung),
        name=st.sampled_from(["", "A", "B"]),
        obstacles=st.lists(st.sampled_from(["shut", "late"]), max_size=2).map(tuple),
    ),
    max_size=5,
)


@given(st.sampled_from(Job), _DOORS)
def test_the_best_open_way_is_taken_and_every_better_one_is_accounted_for(job: Job, doors: list[Door]) -> None:
    """No open way is better than the chosen one, the worklist is always there, each better way is in the reasons."""
    choice = choose(job, doors)
    order = list(Rung)
    usable = [
        door.rung
        for door in doors
        if not door.obstacles and (door.rung is not Rung.OWN_RECORD or job is Job.ROUTING_MARK)
    ]
    better = [
        rung for rung in order[: order.index(choice.rung)] if rung is not Rung.OWN_RECORD or job is Job.ROUTING_MARK
    ]

    assert choice.rung is min([*usable, Rung.WORKLIST], key=order.index)
    for rung in better:
        told = [why for why in choice.why if why.startswith(rung.value)]
        assert len(told) == max(1, sum(door.rung is rung for door in doors))
    assert len(choice.why) == sum(max(1, sum(door.rung is rung for door in doors)) for rung in better)


def test_reasons_are_sentences() -> None:
    """A way that is not there, and one that is shut, are told by name."""
    choice = choose(Job.JOURNAL, [Door(rung=Rung.CUSTOM, name="PostIt", obstacles=("too long", "no account"))])

    assert choice.why == ("documented door: none for a journal", "custom operation PostIt: too long; no account")


def test_keys_make_a_job_one() -> None:
    """A refund by its account, a draft of it apart; a shipment by its invoice; a move by its stage."""
    move = StageMove(account=_ACCOUNT, reference=_REF, despatch_id=_ID, stage=14)
    mark = RoutingMark(account=_ACCOUNT, reference=_REF, despatch_id=_ID, warehouse=AccountId("leeds"))

    assert credit_note_key(_DRAFT) == "jl/R-9"
    assert credit_note_key(attrs.evolve(_DRAFT, complete=False)) == "jl/R-9/ahead"
    assert (move.key, mark.key, _SHIPPED.key) == ("khaos/I/100/14", "khaos/I/100", "khaos/I/100/")
    with pytest.raises(ValueError, match="despatch_id"):
        attrs.evolve(mark, despatch_id=DespatchId(" "))


def test_a_note_is_known_once_the_erp_gave_it_a_number() -> None:
    """Pending, handed over or without a number there is none yet."""
    done = CreditNoteReceipt(job=Job.CREDIT_NOTE, key="k", rung=Rung.CUSTOM, code="CN1")
    note = done.note(_DRAFT)

    assert note is not None
    assert note.code == "CN1"
    assert attrs.evolve(done, pending=True).note(_DRAFT) is None
    assert attrs.evolve(done, code="").note(_DRAFT) is None
    assert JobReceipt(job=Job.JOURNAL, key="k", rung=Rung.CUSTOM).done


def test_a_credit_note_for_people_has_a_row_per_line_and_one_for_carriage() -> None:
    """Everything that a person keys, to the penny; no row for a carriage that is not given back."""
    handover = hand_over_credit_note(_DRAFT, ["documented door: none"])
    bare = hand_over_credit_note(
        attrs.evolve(_DRAFT, shipping_net=Decimal(0), shipping_vat=Decimal(0), complete=False), []
    )
    line, carriage = handover.rows

    assert tuple(line) == tuple(carriage) == handover.columns == CREDIT_NOTE_COLUMNS
    assert (line["gross"], line["quantity"], line["complete"]) == ("35.50", "2", "yes")
    assert (carriage["line"], carriage["stock_code"], carriage["gross"]) == ("shipping", "POST", "4.95")
    assert handover.reason.evidence["way 1"] == "documented door: none"
    assert len(bare.rows) == 1
    assert "has not paid yet" in bare.reason.message


@pytest.mark.parametrize(
    ("handover", "kind", "entity", "name", "rows"),
    [
        (
            hand_over_ship_confirmation(_SHIPPED, []),
            ExceptionType.DESPATCH_DRIFT,
            "despatch:khaos/I/100/",
            "shipment-I-100.csv",
            2,
        ),
        (
            hand_over_ship_confirmation(attrs.evolve(_SHIPPED, lines=()), []),
            ExceptionType.DESPATCH_DRIFT,
            "despatch:khaos/I/100/",
            "shipment-I-100.csv",
            1,
        ),
        (
            hand_over_stage_move(StageMove(account=_ACCOUNT, reference=_REF, despatch_id=_ID, stage=14), []),
            ExceptionType.ORDER_STALLED,
            "stage:khaos/I/100/14",
            "stage-I-100.csv",
            1,
        ),
        (
            hand_over_routing(
                RoutingMark(account=_ACCOUNT, reference=_REF, despatch_id=_ID, warehouse=AccountId("leeds")), []
            ),
            ExceptionType.ORDER_STALLED,
            "routing:khaos/I/100",
            "routing-I-100.csv",
            1,
        ),
    ],
)
def test_every_job_for_people_has_a_work_item_and_a_file(
    handover: Handover, kind: ExceptionType, entity: str, name: str, rows: int
) -> None:
    """One item per job, and rows that have exactly the file's columns."""
    item = handover.item(_ACCOUNT, datetime(2026, 1, 6, tzinfo=UTC))

    assert (item.type, item.entity, handover.name, len(handover.rows)) == (kind, entity, name, rows)
    assert all(tuple(row) == handover.columns for row in handover.rows)


@pytest.mark.parametrize(
    ("form", "taxes", "columns"),
    [
        ("generic", None, journal_export.GENERIC_COLUMNS),
        ("xero", {"": "No VAT", "T1": "20% (VAT on Income)"}, journal_export.XERO_COLUMNS),
        ("sage", {"": "T9", "T1": "T1"}, journal_export.SAGE_COLUMNS),
        ("xero", None, journal_export.GENERIC_COLUMNS),
        ("sage", None, journal_export.GENERIC_COLUMNS),
    ],
)
def test_a_journal_comes_in_the_ledgers_form_or_says_why_not(
    form: str, taxes: Mapping[str, str] | None, columns: tuple[str, ...]
) -> None:
    """A VAT code without a name cannot be imported: the rows are the generic ones, and the evidence says so."""
    handover = hand_over_journal(_JOURNAL, ["documented door: none"], form=form, tax_codes=taxes)

    assert handover.columns == columns
    assert all(tuple(row) == columns for row in handover.rows)
    unfit = form != "generic" and taxes is None
    assert ("way 2" in handover.reason.evidence) is unfit
    assert (f"not in the form of {form}" in handover.reason.evidence.get("way 2", "")) is unfit
