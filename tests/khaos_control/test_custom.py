"""Operations as data: paths, templates and results are checked when they are configured; nothing is glued together."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.erp_jobs import Job, ShipConfirmation, StageMove
from khaos_connectors.core.ids import AccountId, DespatchId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.journals import Journal
from khaos_connectors.core.refund_records import CreditLine, CreditNoteDraft
from khaos_connectors.core.shipments import DespatchLine
from khaos_connectors.khaos_control import (
    CustomLook,
    CustomOperation,
    Document,
    Each,
    Field,
    Fixed,
    JobSettings,
    ResultReader,
    StatusLook,
    Tag,
    Template,
)
from khaos_connectors.khaos_control.custom import CONTEXTS
from khaos_connectors.khaos_control.endpoints import Service

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
            quantity=1,
            reason="damaged",
        ),
        CreditLine(
            line_id=LineId("2"), stock_code=StockCode("TEA"), net=Decimal(5), vat=Decimal(0), vat_rate=Decimal(0)
        ),
    ),
    shipping_net=Decimal("4.13"),
    shipping_vat=Decimal("0.82"),
    commission=Decimal(0),
    complete=True,
)
_CONFIRMATION = ShipConfirmation(
    account=AccountId("wms"),
    reference=OrderRef("JL-1"),
    despatch_id=DespatchId("I100"),
    shipped_at=datetime(2026, 7, 1, 11, 30, tzinfo=UTC),
    courier="Royal Mail",
    consignment="AB123456785GB",
    lines=(DespatchLine(stock_code=StockCode("MUG"), units=2),),
)


def _sent(operation: CustomOperation, context: object) -> ET.Element:
    """The element of the operation, as a server would parse it."""
    call = operation.call(Service(system="khaos"), context)
    return ET.fromstring(call.request.body)[0][0]


def _credit(*parameters: Template, **more: object) -> CustomOperation:
    return CustomOperation(name="RaiseCredit", job=Job.CREDIT_NOTE, parameters=parameters, **more)


def test_parameters_are_filled_from_the_record() -> None:
    """Constants, texts, amounts, properties, whole numbers and truths, in the order in which they were declared."""
    operation = _credit(
        Template("Invoice", Field("against")),
        Template("Total", Field("total")),
        Template("Done", Field("complete")),
        Template("Carriage", Field("shipping_code")),
        Template("User", Fixed("WEB")),
        Template("Kind", Fixed(3)),
    )
    sent = [(each.tag, each.text) for each in _sent(operation, _DRAFT)]

    assert sent == [
        ("Invoice", "INV-7"),
        ("Total", "45.45"),
        ("Done", "true"),
        ("Carriage", None),
        ("User", "WEB"),
        ("Kind", "3"),
    ]


def test_times_are_the_servers_and_words_are_replaced() -> None:
    """A summer moment is an hour later on the server's clock; a courier goes by the word that is set for it."""
    operation = CustomOperation(
        name="ShipIt",
        job=Job.SHIP_CONFIRM,
        parameters=(
            Template("At", Field("shipped_at")),
            Template("By", Field("courier", words={"Royal Mail": "RM"})),
        ),
    )
    at, by = _sent(operation, _CONFIRMATION)
    unknown = attrs.evolve(_CONFIRMATION, courier="Pigeon")

    assert (at.text, by.text) == ("2026-07-01T12:30:00", "RM")
    assert [str(each) for each in operation.problems(unknown, Service(system="k").time)] == [
        "By: courier is 'Pigeon', for which no word is set"
    ]
    with pytest.raises(errors.Invalid, match="no word is set"):
        operation.call(Service(system="khaos"), unknown)


def test_documents_repeat_a_tag_for_each_record() -> None:
    """An XML document travels as one text; lines begin at their own record, and numbers and truths are the vendor's."""
    document = Document(
        Tag(
            "CREDIT",
            attributes={"REF": Field("refund_id"), "COMPLETE": Field("complete")},
            inside=(
                Tag("AGAINST", Field("against")),
                Each(
                    "lines",
                    Tag("LINE", Field("stock_code"), attributes={"GROSS": Field("gross"), "QTY": Field("quantity")}),
                ),
            ),
        )
    )
    (text,) = _sent(_credit(Template("Doc", document)), _DRAFT)
    root = ET.fromstring(text.text or "")

    assert root.attrib == {"REF": "R-9", "COMPLETE": "-1"}
    assert [(each.tag, each.text, dict(each.attrib)) for each in root] == [
        ("AGAINST", "INV-7", {}),
        ("LINE", "MUG", {"GROSS": "35.50", "QTY": "1"}),
        ("LINE", "TEA", {"GROSS": "5.00", "QTY": ""}),
    ]


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)


@settings(max_examples=60)
@given(_TEXTS, _TEXTS)
def test_no_value_can_become_markup(against: str, reason: str) -> None:
    """Whatever a channel puts into a text arrives as that text, in a parameter and inside a document."""
    line = attrs.evolve(_DRAFT.lines[0], reason=reason)
    draft = attrs.evolve(_DRAFT, against=against, lines=(line,))
    document = Document(Tag("C", inside=(Each("lines", Tag("L", Field("reason"), attributes={"A": Field("reason")})),)))
    operation = _credit(Template("Against", Field("against")), Template("Doc", document))
    if operation.problems(draft, Service(system="k").time):
        return
    first, second = _sent(operation, draft)
    (found,) = ET.fromstring(second.text or "")

    assert (first.text or "") == against
    assert (found.text or "") == reason
    assert found.get("A") == reason


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Field("agianst"), "no 'agianst'; known: against"),
        (Field("lines"), "is not a single value"),
        (Field("lines.0.net"), "has no '0'"),
        (Field("__class__"), "has no '__class__'"),
        (Field("against.upper"), "has no 'upper'"),
        (Field("as_note"), "has no 'as_note'"),
        (Document(Tag("A", inside=(Each("against", Tag("B")),))), "is not a tuple of records"),
        (Document(Tag("A", inside=(Each("notes", Tag("B")),))), "is not a tuple of records"),
        (Document(Tag("A", inside=(Each("lines", Tag("B", Field("against"))),))), "CreditLine has no 'against'"),
        (Document(Tag("A", attributes={"B": Field("nothing")})), "has no 'nothing'"),
    ],
)
def test_a_path_that_leads_nowhere_is_found_when_it_is_configured(value: Field | Document, words: str) -> None:
    """No call is made with a path that does not exist, and no path leads out of the record."""
    with pytest.raises(errors.ConfigError) as caught:
        _credit(Template("P", value))

    assert words in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Template("not a name", Fixed("x")),
        lambda: Tag("1st"),
        lambda: Tag("A", attributes={"b c": Fixed("x")}),
        lambda: Tag("A", Fixed("x"), inside=(Tag("B"),)),
        lambda: Fixed("4111 1111 1111 1111"),
        lambda: CustomOperation(name="Raise Credit", job=Job.CREDIT_NOTE),
        lambda: CustomOperation(name="importorders", job=Job.CREDIT_NOTE),
        lambda: CustomOperation(name="X", job=Job.JOURNAL, look=StatusLook(reference="ref")),
        lambda: CustomOperation(name="X", job=Job.CREDIT_NOTE, look=StatusLook()),
        lambda: CustomOperation(name="X", job=Job.CREDIT_NOTE, already="("),
        lambda: CustomLook(name="X", result=ResultReader()),
        lambda: ResultReader(code="a b"),
        lambda: ResultReader(form="nothing", code="A"),
        lambda: ResultReader(success="A", yes=frozenset()),
        lambda: JobSettings(operations=(_credit(), _credit())),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_configured(make: Callable[[], object]) -> None:
    """Names, card numbers, documented operations, looks that tell nothing, patterns, two operations for one job."""
    with pytest.raises(errors.ConfigError):
        make()


def test_every_job_has_a_record_whose_paths_can_be_checked() -> None:
    """The record of each job is a class of frozen fields; a path into each is found."""
    assert set(CONTEXTS) == set(Job)
    for job, path in {Job.JOURNAL: "ref", Job.STAGE_MOVE: "stage", Job.ROUTING_MARK: "warehouse"}.items():
        CustomOperation(name="X", job=job, parameters=(Template("P", Field(path)),))


@pytest.mark.parametrize(
    ("reader", "inner", "told"),
    [
        (ResultReader(), '<return xsi:nil="true"/>', (True, "", "")),
        (ResultReader(form="nothing"), "", (True, "", "")),
        (ResultReader(code="."), "<return>CN5</return>", (True, "CN5", "")),
        (
            ResultReader(success="OK", code="Note/Code", message="Msg"),
            "<return><ok>TRUE</ok><Note><CODE>CN5</CODE></Note><Msg>fine</Msg></return>",
            (True, "CN5", "fine"),
        ),
        (
            ResultReader(form="document", success="@DONE", code="NOTE/@CODE"),
            '<return>&lt;R DONE="-1"&gt;&lt;NOTE CODE="CN5"/&gt;&lt;/R&gt;</return>',
            (True, "CN5", ""),
        ),
    ],
)
def test_results_are_read_by_path(
    reader: ResultReader, inner: str, told: tuple[bool, str, str], enveloped: Callable[..., Response]
) -> None:
    """A value, a structure, a document in a text, or nothing; the case of names does not matter."""
    call = _credit(result=reader).call(Service(system="khaos"), _DRAFT)

    assert attrs.astuple(call.decode(enveloped("RaiseCredit", inner))) == told
    assert call.repeat == "never"


def test_a_no_is_refused_and_silence_is_no_yes(enveloped: Callable[..., Response]) -> None:
    """A result that says no is ``Refused`` with its words; one that does not say what it should is ``Undecodable``."""
    service = Service(system="khaos")
    saying = _credit(result=ResultReader(success="OK", message="Msg")).call(service, _DRAFT)
    coded = _credit(result=ResultReader(code="Code")).call(service, _DRAFT)
    document = _credit(result=ResultReader(form="document", success="OK")).call(service, _DRAFT)

    with pytest.raises(errors.Refused, match="period is closed"):
        saying.decode(enveloped("X", "<return><OK>0</OK><Msg>period is closed</Msg></return>"))
    with pytest.raises(errors.Refused, match="no reason given"):
        saying.decode(enveloped("X", "<return><OK/></return>"))
    with pytest.raises(errors.Undecodable, match="whether it was done"):
        saying.decode(enveloped("X", "<return><Msg>hm</Msg></return>"))
    with pytest.raises(errors.Undecodable, match="the number of what was made"):
        coded.decode(enveloped("X", "<return><Code/></return>"))
    with pytest.raises(errors.Undecodable, match="whether it was done"):
        document.decode(enveloped("X", "<return/>"))


def test_nil_is_neither_a_yes_nor_a_no(enveloped: Callable[..., Response]) -> None:
    """A look that took nil for "not there" would have the job sent a second time."""
    reader = ResultReader(success="OK")
    look = CustomLook(name="FindCredit", result=reader).call(Service(system="khaos"), _DRAFT)
    saying = _credit(result=reader).call(Service(system="khaos"), _DRAFT)

    for call in (look, saying):
        with pytest.raises(errors.Undecodable, match="whether it was done"):
            call.decode(enveloped("X", '<return><OK xsi:nil="true"/></return>'))


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", 1.5, None])
def test_a_constant_that_cannot_be_sent_is_refused_when_it_is_configured(value: object) -> None:
    """Found by the envelope it would be an error of every call."""
    with pytest.raises(errors.ConfigError, match="value"):
        Fixed(value)


def test_characters_that_xml_cannot_carry_are_problems() -> None:
    """They are told by the parameter, and nothing is sent."""
    operation = CustomOperation(name="Move", job=Job.STAGE_MOVE, parameters=(Template("Why", Field("why")),))
    move = StageMove(
        account=AccountId("k"), reference=OrderRef("R"), despatch_id=DespatchId("I"), stage=14, why="a\x00b"
    )
    assert [each.field for each in operation.problems(move, Service(system="k").time)] == ["Why"]


def test_times_dates_enums_and_constants_inside_a_document() -> None:
    """Documents have the vendor's own forms: wall time with a blank, a day, and a text for everything else."""
    document = Document(
        Tag("S", inside=(Tag("AT", Field("shipped_at")), Tag("BY", Fixed("WEB")), Tag("SURE", Fixed(True)), Tag("X")))
    )
    operation = CustomOperation(name="Ship", job=Job.SHIP_CONFIRM, parameters=(Template("D", document),))
    journal = Journal(statement_id="S-77", currency="GBP", dated=date(2026, 1, 31), entries=())
    dated = CustomOperation(name="Post", job=Job.JOURNAL, parameters=(Template("On", Field("dated")),))
    (text,) = _sent(operation, _CONFIRMATION)
    (on,) = _sent(dated, journal)

    assert [each.text for each in ET.fromstring(text.text or "")] == ["2026-07-01 12:30:00", "WEB", "-1", None]
    assert on.text == "2026-01-31"
