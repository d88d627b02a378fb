"""Despatches through the port: every invoice that left is one, with its parcels; no broken order hides others."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.effects import Send
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.despatch import Despatch
from khaos_connectors.core.ids import OrderRef, StockCode
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.khaos_control import ChunkSizes
from khaos_connectors.protocols import Batch, ERPPort
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.play import play

_NOW = datetime(2026, 1, 8, 12, tzinfo=UTC)
_SINCE = _NOW - timedelta(hours=2)


def _all(home: object, *, since: datetime, references: tuple[str, ...] = ()) -> list[Despatch]:
    found: list[Despatch] = []
    cursor: str | None = None
    while True:
        refs = [OrderRef(each) for each in references]
        batch = home.runner.run(home.erp.despatches(since=since, references=refs, cursor=cursor))
        assert batch.unreadable == ()
        found += batch.items
        cursor = batch.next
        if cursor is None:
            return found


@pytest.fixture
def read(house: Callable[..., object], texted: Callable[..., Response]) -> Callable[..., Batch[Despatch]]:
    """The despatches in a status list (its inner text), read by date, under changed settings."""

    def build(inner: str, **changes: object) -> Batch[Despatch]:
        erp: ERPPort = house(None, changes).erp
        answer = texted("ExportOrderStatusEx", f"<STATUS_LIST>{inner}</STATUS_LIST>")
        return play(erp.despatches(since=_SINCE), [answer], clock=ManualClock(_NOW)).result

    return build


def _order(*invoices: str, code: str = "SO1", extra: str = "<COMPLETE>0</COMPLETE>") -> str:
    return (
        f'<ORDER_STATUS SORDER_CODE="{code}" ASSOCIATED_REF="R-{code}"><COURIER>Van</COURIER>{extra}'
        f"<INVOICES>{''.join(invoices)}</INVOICES></ORDER_STATUS>"
    )


def _items(**units: object) -> str:
    rows = "".join(f'<INVOICE_ITEM STOCK_CODE="{code}" QTY_SENT="{qty}"/>' for code, qty in units.items())
    return f"<INVOICE_ITEMS>{rows}</INVOICE_ITEMS>"


@pytest.mark.parametrize("since", [datetime(2026, 1, 8), date(2026, 1, 8)])  # noqa: DTZ001 - the mistakes under test
def test_despatches_since_no_moment_are_refused_by_name(house: Callable[..., object], since: date) -> None:
    """Before anything is asked, whether references are given or not."""
    flow = house().erp.despatches(since=since, references=[OrderRef("R1")])

    with pytest.raises(errors.Invalid, match=r"ExportOrderStatusEx: refused: not sent \(since: .*time zone"):
        play(flow, [], clock=ManualClock(_NOW))


def test_the_sample_list(
    house: Callable[..., object], texted: Callable[..., Response], sample: Callable[[str], str]
) -> None:
    """Two invoices left; the credit note and the cancelled order are not despatches; the broken order stands apart."""
    home = house()
    answer = texted("ExportOrderStatusEx", sample("status_list.xml"))
    batch = play(home.erp.despatches(since=_SINCE), [answer], clock=ManualClock(_NOW)).result

    first, second = batch.items
    assert (first.reference, first.erp_order, first.despatch_id, first.final) == (
        "JL-1001",
        "SO000101",
        "INV000201",
        False,
    )
    assert [(line.stock_code, line.units) for line in first.lines] == [("MUG-RED", 2), ("TEA-1KG", 1)]
    assert [(parcel.courier, parcel.tracking) for parcel in first.parcels] == [
        ("Royal Mail Tracked 48", "AB123456785GB"),
        ("DPD", "15501234567890"),
    ]
    assert [[(line.stock_code, line.units) for line in parcel.lines] for parcel in first.parcels] == [
        [("MUG-RED", 2)],
        [("TEA-1KG", 1)],
    ]
    assert first.despatched_on == datetime(2026, 1, 6, tzinfo=UTC)
    assert (second.despatch_id, second.final, second.lines) == ("INV000203", True, ())
    assert [(parcel.courier, parcel.tracking) for parcel in second.parcels] == [("DPD", "15509999999999")]
    assert second.despatched_on == datetime(2026, 1, 7, tzinfo=UTC)
    assert [(bad.key, "ITEMS_TOTAL" in bad.problem) for bad in batch.unreadable] == [("JL-1002", True)]


def test_a_day_in_the_simulated_installation(house: Callable[..., object], draft: ErpOrderDraft) -> None:
    """An order leaves in two parts: each part is told once, by date and by reference alike, the second one final."""
    home = house()
    order = home.runner.run(home.erp.create_order(draft))
    start = home.clock.now()
    assert _all(home, since=start, references=(draft.reference,)) == []

    home.simulator.pick_and_despatch(order.code, courier="RM", consignment="AA1", units={"MUG-RED": 1}, boxes=True)
    home.clock.advance(3_600)
    (part,) = _all(home, since=start)
    assert [(line.stock_code, line.units) for line in part.lines] == [("MUG-RED", 1)]
    assert not part.final

    home.simulator.pick_and_despatch(order.code, courier="Own van", consignment="AA2", issue=False)
    both = _all(home, since=start, references=(draft.reference,))
    assert [(each.parcels[0].tracking, each.final) for each in both] == [("AA1", False), ("AA2", True)]
    assert [each.parcels[0].tracking for each in _all(home, since=start)] == ["AA1", "AA2"]


@pytest.mark.parametrize(
    ("attributes", "left"),
    [
        ('SHIP_DATE="06/01/2026" INVOICE_STAGE_ID="14"', True),
        ('INVOICE_STAGE_ID="16"', True),
        ('INVOICE_STAGE_ID="70"', True),
        ('INVOICE_STAGE_ID="73"', True),
        ('INVOICE_STAGE_ID="99"', True),
        ('INVOICE_STAGE_ID="14"', False),
        ('INVOICE_STAGE_ID="18"', False),
        ('INVOICE_STAGE_ID="45"', False),
        ('INVOICE_STAGE_ID="1" SHIP_DATE="06/01/2026"', False),
        ('SHIP_DATE="30/12/1899"', False),
        ("", False),
    ],
)
def test_when_an_invoice_has_left(read: Callable[..., Batch[Despatch]], attributes: str, *, left: bool) -> None:
    """By its ship date, by stage 16, or from 70 on; a cancelled one never; an empty date is no date."""
    batch = read(_order(f'<INVOICE INVOICE_CODE="I1" {attributes}/>'))

    assert [each.despatch_id for each in batch.items] == (["I1"] if left else [])


def test_the_shipped_stages_are_a_setting(read: Callable[..., Batch[Despatch]]) -> None:
    """A site with a stage of its own for goods that left names it."""
    order = _order('<INVOICE INVOICE_CODE="I1" INVOICE_STAGE_ID="45"/>')

    assert len(read(order, shipped_stages=frozenset({16, 45})).items) == 1
    assert (
        len(read(_order('<INVOICE INVOICE_CODE="I1" INVOICE_STAGE_ID="16"/>'), shipped_stages=frozenset()).items) == 0
    )


_BOXES = (
    '<INVOICE INVOICE_CODE="I1" INVOICE_STAGE_ID="13">'
    '<BOX SHIPPED="-1" SHIP_DATE="06/01/2026" CONSIGNMENT_REF="T1"><BOX_ITEM STOCK_CODE="A" QTY_SENT="1"/></BOX>'
    '<BOX SHIPPED="{}" CONSIGNMENT_REF="T2"><BOX_ITEM STOCK_CODE="B" QTY_SENT="1"/></BOX>'
    "</INVOICE>"
)


def test_boxes_alone_can_tell_that_an_invoice_left(read: Callable[..., Batch[Despatch]]) -> None:
    """All boxes shipped: despatched on the last box's day, with what the boxes hold."""
    (one,) = read(_order(_BOXES.format("-1"))).items

    assert one.despatched_on == datetime(2026, 1, 6, tzinfo=UTC)
    assert [(line.stock_code, line.units) for line in one.lines] == [("A", 1), ("B", 1)]
    assert [parcel.courier for parcel in one.parcels] == ["Van", "Van"]


def test_half_an_invoice_waits_or_is_told(read: Callable[..., Batch[Despatch]]) -> None:
    """One despatch has one id: half of it is told early only where that is configured, and is never final."""
    order = _order(_BOXES.format("0"), extra="<COMPLETE>-1</COMPLETE>")

    assert read(order).items == ()
    (part,) = read(order, partial_boxes="tell").items
    assert [(line.stock_code, line.units) for line in part.lines] == [("A", 1)]
    assert [parcel.tracking for parcel in part.parcels] == ["T1"]
    assert not part.final


def test_a_box_without_a_number_takes_the_invoices(read: Callable[..., Batch[Despatch]]) -> None:
    """The consignment reference can stand on the invoice, on the box, or on both."""
    order = _order(
        '<INVOICE INVOICE_CODE="I1" SHIP_DATE="06/01/2026" CONSIGNMENT_REF="T9" TRACKING_URL="https://t.example.com/T9">'
        '<BOX SHIPPED="-1"/><BOX SHIPPED="-1" CONSIGNMENT_REF="T1"/></INVOICE>'
    )

    assert [(parcel.tracking, parcel.tracking_url) for parcel in read(order).items[0].parcels] == [
        ("T9", "https://t.example.com/T9"),
        ("T1", ""),
    ]


def test_boxes_that_do_not_add_up_tell_their_tracking_only(read: Callable[..., Batch[Despatch]]) -> None:
    """The invoice's items count; boxes that hold something else are parcels without contents."""
    box = '<BOX SHIPPED="-1" CONSIGNMENT_REF="T1"><BOX_ITEM STOCK_CODE="A" QTY_SENT="1"/></BOX>'
    (one,) = read(_order(f'<INVOICE INVOICE_CODE="I1" SHIP_DATE="06/01/2026">{box}{_items(A=2)}</INVOICE>')).items

    assert [(line.stock_code, line.units) for line in one.lines] == [("A", 2)]
    assert [(parcel.tracking, parcel.lines) for parcel in one.parcels] == [("T1", ())]


def test_two_rows_of_one_item_are_one_line(read: Callable[..., Batch[Despatch]]) -> None:
    """Item rows have no line id: they are added up, and rows of nothing are left out."""
    rows = '<INVOICE_ITEM STOCK_CODE="A" QTY_SENT="1"/><INVOICE_ITEM STOCK_CODE="A" QTY_SENT="2.0"/>'
    nothing = '<INVOICE_ITEM STOCK_CODE="B" QTY_SENT="0"/>'
    order = _order(
        f'<INVOICE INVOICE_CODE="I1" SHIP_DATE="06/01/2026"><INVOICE_ITEMS>{rows}{nothing}</INVOICE_ITEMS></INVOICE>'
    )

    assert [(line.stock_code, line.units) for line in read(order).items[0].lines] == [("A", 3)]


def test_parts_of_a_unit_cannot_be_told(read: Callable[..., Batch[Despatch]]) -> None:
    """An invoice with 1.5 units is a case for a person; the order's other invoice is told."""
    half = f'<INVOICE INVOICE_CODE="I1" SHIP_DATE="06/01/2026">{_items(A=1.5)}</INVOICE>'
    whole = f'<INVOICE INVOICE_CODE="I2" SHIP_DATE="06/01/2026">{_items(A=1)}</INVOICE>'
    batch = read(_order(half, whole))

    assert [each.despatch_id for each in batch.items] == ["I2"]
    assert [bad.key for bad in batch.unreadable] == ["R-SO1/I1"]


@pytest.mark.parametrize(
    ("extra", "second", "final"),
    [
        ("<COMPLETE>-1</COMPLETE>", "", True),
        ("<COMPLETE>0</COMPLETE><QTY_SOLD>3</QTY_SOLD>", "", True),
        ("<COMPLETE>0</COMPLETE><QTY_SOLD>4</QTY_SOLD>", "", False),
        ("<COMPLETE>0</COMPLETE><QTY_SOLD/>", "", False),
        ("<COMPLETE>-1</COMPLETE>", '<INVOICE INVOICE_CODE="I2" INVOICE_STAGE_ID="18"/>', False),
        ("<COMPLETE>-1</COMPLETE>", '<INVOICE INVOICE_CODE="I2" INVOICE_STAGE_ID="1"/>', True),
    ],
)
def test_the_last_shipment_is_final(
    read: Callable[..., Batch[Despatch]], extra: str, second: str, *, final: bool
) -> None:
    """By COMPLETE, or because everything sold was sent; not while another invoice waits."""
    first = f'<INVOICE INVOICE_CODE="I1" SHIP_DATE="06/01/2026" QTY_SENT="3">{_items(A=3)}</INVOICE>'

    assert [each.final for each in read(_order(first, second, extra=extra)).items] == [final]


def test_a_date_that_is_not_told_is_the_moment_of_reading(read: Callable[..., Batch[Despatch]]) -> None:
    """A shipment without any date is still a shipment."""
    (one,) = read(_order('<INVOICE INVOICE_CODE="I1" INVOICE_STAGE_ID="16"/>')).items

    assert one.despatched_on == _NOW


def test_orders_without_a_reference_are_not_ours(read: Callable[..., Batch[Despatch]]) -> None:
    """Telephone orders have none."""
    text = _order('<INVOICE INVOICE_CODE="I1" SHIP_DATE="06/01/2026"/>').replace('ASSOCIATED_REF="R-SO1"', "")

    assert read(text).items == ()


def test_what_is_asked_for_and_in_which_order(house: Callable[..., object], texted: Callable[..., Response]) -> None:
    """References in chunks, then the dates in windows with the overlap at both ends, one call a batch."""
    home = house(None, {"chunks": ChunkSizes(export_order_status=2), "status_window": timedelta(days=1)})
    references = [OrderRef(each) for each in ("R1", "R2", "R3", "R1")]
    answer = texted("ExportOrderStatusEx", "<STATUS_LIST/>")
    asked: list[tuple[str, str, str]] = []
    cursor: str | None = None
    while True:
        flow = home.erp.despatches(since=_NOW - timedelta(days=2), references=references, cursor=cursor)
        played = play(flow, [answer], clock=ManualClock(_NOW))
        (send,) = played.of(Send)
        body = {each.tag: each.text or "" for each in ET.fromstring(send.request.body)[0][0]}
        asked.append((body["IDs"], body["DateFrom"], body["DateTo"]))
        cursor = played.result.next
        if cursor is None:
            break

    assert asked == [
        ("R1,R2", "", ""),
        ("R3", "", ""),
        ("", "2026-01-06T10:55:00", "2026-01-07T10:55:00"),
        ("", "2026-01-07T10:55:00", "2026-01-08T10:55:00"),
        ("", "2026-01-08T10:55:00", "2026-01-08T13:05:00"),
    ]


def test_an_order_is_not_told_by_reference_and_again_by_date(
    house: Callable[..., object], draft: ErpOrderDraft
) -> None:
    """The dates leave out what the references told."""
    home = house()
    order = home.runner.run(home.erp.create_order(draft))
    home.simulator.pick_and_despatch(order.code, courier="RM", consignment="AA1")

    assert len(_all(home, since=home.clock.now(), references=(draft.reference,))) == 1


def test_a_broken_order_is_told_once(house: Callable[..., object], texted: Callable[..., Response]) -> None:
    """Asked for by reference, it is unreadable there; the dates that meet it again say nothing more of it."""
    erp: ERPPort = house().erp
    rows = _order(extra="<DATE_CREATED>31/02/2026</DATE_CREATED>") + _order(code="SO2", extra="<COMPLETE>?</COMPLETE>")
    answer = texted("ExportOrderStatusEx", f"<STATUS_LIST>{rows}</STATUS_LIST>")
    clock = ManualClock(_NOW)
    first = play(erp.despatches(since=_SINCE, references=[OrderRef("R-SO1")]), [answer], clock=clock).result
    dates = play(
        erp.despatches(since=_SINCE, references=[OrderRef("R-SO1")], cursor=first.next), [answer], clock=clock
    ).result

    assert "R-SO1" in {each.key for each in first.unreadable}
    assert [each.key for each in dates.unreadable] == ["R-SO2"]


def test_a_reference_that_cannot_be_asked_for_is_told(
    house: Callable[..., object], texted: Callable[..., Response]
) -> None:
    """A comma in a reference costs that reference only."""
    erp = house().erp
    answer = texted("ExportOrderStatusEx", "<STATUS_LIST/>")
    batch = play(erp.despatches(since=_SINCE, references=[OrderRef("A,B"), OrderRef("C")]), [answer]).result
    alone = play(erp.despatches(since=_SINCE, references=[OrderRef("A,B")]), [answer]).result

    assert [bad.key for bad in batch.unreadable] == ["A,B"]
    assert [bad.key for bad in alone.unreadable] == ["A,B"]


def test_a_reference_that_makes_the_server_fault_is_found(
    house: Callable[..., object], texted: Callable[..., Response], fault: Callable[..., Response]
) -> None:
    """Halved until it stands alone; the other references are told."""
    erp = house().erp
    good = texted("ExportOrderStatusEx", "<STATUS_LIST/>")
    flow = erp.despatches(since=_SINCE, references=[OrderRef("R1"), OrderRef("R2")])
    batch = play(flow, [fault("Access violation"), good, fault("Access violation")]).result

    assert [bad.key for bad in batch.unreadable] == ["R2"]


def test_a_cursor_of_somebody_else_is_refused(house: Callable[..., object]) -> None:
    """A cursor is opaque and ours."""
    with pytest.raises(errors.ConfigError, match="cursor"):
        play(house().erp.despatches(since=_SINCE, cursor="page-2"), [])


def test_the_connector_is_an_erp_port(house: Callable[..., object]) -> None:
    """It meets the protocol, and says what the documented service cannot do."""
    home = house()
    capabilities = home.runner.run(home.erp.capabilities())

    assert isinstance(home.erp, ERPPort)
    assert not any((capabilities.physical, capabilities.ship_confirm, capabilities.credit_notes, capabilities.journals))
    assert attrs.asdict(capabilities)["item_lines"]
    assert StockCode("MUG-RED") in home.runner.run(home.erp.stock_codes())
