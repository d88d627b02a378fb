"""Many orders at once: where they stand, whose value has drifted, and what the stages of a site mean."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol
from xml.etree import ElementTree as ET

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, OrderRef
from khaos_connectors.core.money import Money
from khaos_connectors.core.orders import ErpOrder, ErpOrderDraft
from khaos_connectors.khaos_control import ChunkSizes, KhaosControlConfig, KhaosControlERP
from khaos_connectors.khaos_control.enums import Stage
from khaos_connectors.khaos_control.opened import AsyncKhaosControl, KhaosControl
from khaos_connectors.khaos_control.stages import ISSUED_FROM, SHIPPED_STAGES, STAGE_STATES, STAGES, stage_states
from khaos_connectors.protocols import Batch
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.khaos_control import KhaosControlSimulator
from khaos_connectors.testing.simulators.routes import async_transport

_CONFIG = KhaosControlConfig(
    account=AccountId("khaos"),
    base_url="https://erp.example.com/K.exe",
    reference_template="X-{reference}",
    chunks=ChunkSizes(export_order_status=2),
)


def _order(reference: str, *, gross: str = "10.00", code: str = "SO1", inner: str = "", currency: str = "GBP") -> str:
    return (
        f'<ORDER_STATUS SORDER_CODE="{code}" ASSOCIATED_REF="{reference}"><CURRENCY_CODE>{currency}</CURRENCY_CODE>'
        f"<ITEMS_TOTAL>{gross}</ITEMS_TOTAL><DELIVERY_TOTAL>4.95</DELIVERY_TOTAL>{inner}</ORDER_STATUS>"
    )


class Book:
    """An order book of texts of ours by reference; None faults the whole call. It keeps what it was asked for."""

    def __init__(self, orders: dict[str, str | None], texted: Callable[[str, str], Response]) -> None:
        self.orders, self.texted = orders, texted
        self.asked: list[list[str]] = []

    def send(self, request: Request) -> Response | Lost:
        call = ET.fromstring(request.body)[0][0]
        wanted = next(each.text or "" for each in call if each.tag == "IDs").split(",")
        self.asked.append(wanted)
        if any(self.orders.get(each, "") is None for each in wanted):
            return Response(
                status=500,
                headers={"content-type": "text/xml"},
                body=b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>'
                b"<faultcode>e:Client</faultcode><faultstring>Access violation</faultstring></e:Fault></e:Body>"
                b"</e:Envelope>",
            )
        rows = "".join(self.orders.get(each) or "" for each in wanted)
        return self.texted("ExportOrderStatusEx", f"<STATUS_LIST>{rows}</STATUS_LIST>")


Opened = tuple[KhaosControl, Book]


@pytest.fixture
def book(texted: Callable[[str, str], Response]) -> Callable[..., Opened]:
    """An installation whose orders are texts of ours."""

    def build(orders: dict[str, str | None]) -> Opened:
        wire = Book(orders, texted)
        runner = Runner({"khaos": wire}, clock=ManualClock(datetime(2026, 3, 2, tzinfo=UTC)), chance=lambda: 0.0)
        return KhaosControl(KhaosControlERP(_CONFIG), runner), wire

    return build


def _refs(*references: str) -> list[OrderRef]:
    return [OrderRef(each) for each in references]


def _totals(**totals: str) -> dict[OrderRef, Money]:
    return {OrderRef(each): Money(Decimal(total), "GBP") for each, total in totals.items()}


# --- many orders ------------------------------------------------------------------------------------------------------


def test_orders_are_found_in_chunks_under_our_own_references(book: Callable[..., Opened]) -> None:
    """Three of four are there; two calls of two; a cancelled one is told, and a living one goes before it."""
    cancelled = "<CANCELLED/>"
    khaos, wire = book(
        {
            "X-A": _order("X-A"),
            "X-C": _order("X-C", inner=cancelled),
            "X-D": _order("X-D", code="SO8", inner=cancelled)
            + _order("X-D", code="SO9")
            + _order("X-D", code="SO7", inner=cancelled),
        }
    )

    found = khaos.find_orders(_refs("D", "A", "B", "C"))

    assert [(each.reference, each.code, each.cancelled) for each in found] == [
        ("D", "SO9", False),
        ("A", "SO1", False),
        ("C", "SO1", True),
    ]
    assert wire.asked == [["X-D", "X-A"], ["X-B", "X-C"]]
    assert (found.unreadable, found.next) == ((), None)
    assert khaos.find_orders([]) == Batch[ErpOrder](items=())


def test_a_credit_note_under_the_reference_is_no_order(book: Callable[..., Opened]) -> None:
    """Returns carry references too: what is a credit note is neither the order nor its value."""
    khaos, _ = book({"X-A": _order("X-A", inner="<ORDER_TYPE>Credit Note</ORDER_TYPE>")})

    assert khaos.find_orders(_refs("A")).items == ()
    assert khaos.value_drift(_totals(A="1.00")).items == ()


def test_what_cannot_be_read_is_neither_there_nor_absent(book: Callable[..., Opened]) -> None:
    """A broken order, one over which the server stumbles, one with a comma: each is named beside the good ones."""
    broken = '<ORDER_STATUS SORDER_CODE="SO2" ASSOCIATED_REF="X-B"><ITEMS_TOTAL>dear</ITEMS_TOTAL></ORDER_STATUS>'
    khaos, _ = book({"X-A": _order("X-A"), "X-B": broken, "X-C": None})

    found = khaos.find_orders(_refs("A", "B", "C", "D,E"))

    assert [each.reference for each in found.items] == ["A"]
    assert {each.key for each in found.unreadable} == {"B", "C", "D,E"}
    assert khaos.find_orders(_refs("D,E")).unreadable[0].key == "D,E"


def test_one_reference_that_is_not_in_a_list_is_refused(book: Callable[..., Opened]) -> None:
    """Its letters would be looked for instead, and the order taken for one that is not there."""
    khaos, _ = book({"X-A": _order("X-A")})

    with pytest.raises(TypeError, match=r"references: give a list of references, \['A'\]"):
        khaos.find_orders(OrderRef("A"))  # type: ignore[arg-type]  # the mistake under test


# --- value drift ------------------------------------------------------------------------------------------------------


def test_a_total_is_money(book: Callable[..., Opened]) -> None:
    """An amount without its currency compares with nothing: what to give instead is told."""
    khaos, _ = book({"X-A": _order("X-A")})

    with pytest.raises(TypeError, match=r"totals: give Money\(Decimal\('9.95'\), 'GBP'\) for 'A', not Decimal"):
        khaos.value_drift({OrderRef("A"): Decimal("14.95")})  # type: ignore[dict-item]  # the mistake under test


def test_a_total_that_somebody_changed_is_drift(book: Callable[..., Opened]) -> None:
    """The ERP's gross total, goods and delivery, against the channel's: five pence may be a rounding, six are not."""
    khaos, _ = book({"X-A": _order("X-A"), "X-B": _order("X-B"), "X-C": _order("X-C", gross="8.00", code="SO3")})
    totals = _totals(A="14.95", B="15.00", C="14.95", GONE="1.00")

    (drift,) = khaos.value_drift(totals).items
    assert (drift.type, drift.entity) == (ExceptionType.ORDER_VALUE_DRIFT, "C")
    assert drift.evidence["difference"] == "2.00"

    assert [each.entity for each in khaos.value_drift(_totals(B="15.01")).items] == ["B"]
    assert [each.entity for each in khaos.value_drift(totals, tolerance=Decimal(0)).items] == ["B", "C"]
    with pytest.raises(ValueError, match="tolerance"):
        khaos.value_drift(totals, tolerance=Decimal(-1))


def test_another_currency_is_drift_and_none_is_the_channels(book: Callable[..., Opened]) -> None:
    """Equal numbers of two currencies are not equal; where the ERP tells no currency it is the channel's."""
    khaos, _ = book({"X-A": _order("X-A", currency="EUR"), "X-B": _order("X-B", currency="")})

    (drift,) = khaos.value_drift(_totals(A="14.95", B="14.95")).items

    assert (drift.entity, drift.evidence["ERP order"]) == ("A", "14.95 EUR")


def test_cancelled_and_untold_totals_are_no_drift(book: Callable[..., Opened]) -> None:
    """A cancelled order is another kind of news, and a total that is not told is not zero."""
    khaos, _ = book(
        {
            "X-A": _order("X-A", inner="<CANCELLED/>"),
            "X-B": '<ORDER_STATUS SORDER_CODE="SO2" ASSOCIATED_REF="X-B"/>',
        }
    )

    assert khaos.value_drift(_totals(A="1.00", B="1.00")) == Batch[Reason](items=())


class House(Protocol):
    """What the fixture of that name builds."""

    @property
    def erp(self) -> KhaosControlERP: ...
    @property
    def runner(self) -> Runner: ...
    @property
    def clock(self) -> ManualClock: ...
    @property
    def simulator(self) -> KhaosControlSimulator: ...


def test_the_simulated_installation_agrees_with_what_was_sent(
    house: Callable[..., House], draft: ErpOrderDraft
) -> None:
    """An order as it was created has not drifted; the awaited face says the same."""
    home = house()
    home.runner.run(home.erp.create_order(draft))
    totals = {draft.reference: Money(draft.total, draft.currency)}

    assert KhaosControl(home.erp, home.runner).value_drift(totals, tolerance=Decimal(0)).items == ()

    async def read() -> tuple[Batch[ErpOrder], Batch[Reason]]:
        runner = AsyncRunner({"khaos": async_transport(home.simulator)}, clock=home.clock, chance=lambda: 0.0)
        khaos = AsyncKhaosControl(home.erp, runner)
        more = {draft.reference: Money(draft.total + 1, draft.currency)}
        return await khaos.find_orders([draft.reference]), await khaos.value_drift(more)

    found, drift = asyncio.run(read())
    assert [each.reference for each in found] == [draft.reference]
    assert [each.entity for each in drift] == [draft.reference]


# --- stages -----------------------------------------------------------------------------------------------------------


def test_every_stage_of_the_vendor_has_a_state() -> None:
    """The table names each stage once; what has left by its stage is 16 and everything that is issued."""
    assert sorted(row.stage for row in STAGES) == sorted(Stage)
    assert {16} == SHIPPED_STAGES
    assert {row.stage for row in STAGES if row.stage >= ISSUED_FROM} == {70, 71, 72, 73}
    assert (STAGE_STATES[9], STAGE_STATES[18], STAGE_STATES[1]) == ("new", "back order", "cancelled")
    assert dict(_CONFIG.stage_states) == dict(STAGE_STATES)


def test_a_site_changes_single_stages(book: Callable[..., Opened]) -> None:
    """A stage of its own and another meaning of one of the vendor's; the others stay, and unknown ones pass through."""
    states = stage_states({30: "engraving", 12: "at the warehouse"})
    assert states == {**STAGE_STATES, 30: "engraving", 12: "at the warehouse"}
    with pytest.raises(errors.ConfigError, match="stage 30"):
        stage_states({30: " "})

    invoices = "".join(f'<INVOICE INVOICE_CODE="I{n}" INVOICE_STAGE_ID="{n}"/>' for n in (30, 12, 9, 44))
    khaos, wire = book({"X-A": _order("X-A", inner=f"<INVOICES>{invoices}</INVOICES>")})
    assert [each.stage for each in khaos.find_orders(_refs("A"))] == ["unknown (30), processing, new, unknown (44)"]
    erp = KhaosControlERP(attrs.evolve(_CONFIG, stage_states=states))
    runner = Runner({"khaos": wire}, clock=ManualClock(datetime(2026, 3, 2, tzinfo=UTC)), chance=lambda: 0.0)
    (order,) = KhaosControl(erp, runner).find_orders(_refs("A"))
    assert order.stage == "engraving, at the warehouse, new, unknown (44)"
