"""The simulated ERP that calls us through Channels: it works on one world with the SOAP service, and never lets go."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import attrs
import pytest

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.core.ids import AccountId, LineId, LocationId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import Address, DraftLine, ErpOrderDraft, Payment
from khaos_connectors.core.refund_records import CreditLine, CreditNoteDraft
from khaos_connectors.khaos_control.channels import (
    ChannelsDoor,
    DataItem,
    Format,
    ItemSettings,
    KhaosChannelsConfig,
    KhaosChannelsERP,
    OrderDownloadSettings,
    PaymentTarget,
    ReturnDownloadSettings,
)
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.inbound import HandlerUnderTest
from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty
from khaos_connectors.testing.simulators.khaos_channels import ChannelSettings, KhaosChannelsSimulator
from khaos_connectors.testing.simulators.khaos_control import (
    Customer,
    KhaosControlSimulator,
    KhaosCourier,
    KhaosItem,
    KhaosSettings,
)

START = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
SHOP = AccountId("shop")
HOME = Address(
    forename="Ada", surname="Example", line1="1 Example Street", town="Sampleton", postcode="AB1 2CD", country="GB"
)


Spoil = Callable[[bytes], bytes]
Resend = Literal["first", "last", "fresh"]


def kept(body: bytes) -> bytes:
    """*body* as it is."""
    return body


@attrs.frozen
class Spoiling:
    """A door whose orders arrive changed."""

    door: HandlerUnderTest
    spoil: Spoil

    def handle(self, request: Request) -> Response:
        """The door's answer, its body spoilt if it holds orders."""
        answer = self.door.handle(request)
        return attrs.evolve(answer, body=self.spoil(answer.body)) if request.path.endswith("/orders") else answer


@attrs.define
class Bench:
    """One ERP, one door, and the line between them."""

    clock: ManualClock
    khaos: KhaosControlSimulator
    channel: KhaosChannelsSimulator
    faults: Faults
    erp: KhaosChannelsERP
    config: KhaosChannelsConfig
    runner: Runner

    def offer(self, reference: str, *, units: int = 2, code: str = "MUG") -> None:
        """Put an order where the ERP fetches it."""
        self.runner.run(self.erp.create_order(draft(reference, units=units, code=code, at=self.clock.now())))


def draft(reference: str, *, units: int, code: str, at: datetime) -> ErpOrderDraft:
    """*units* of *code* at 6.00 each, and delivery for 3.00."""
    gross = Decimal(6) * units
    line = DraftLine(
        stock_code=StockCode(code),
        units=units,
        gross=gross,
        net=Decimal(5) * units,
        vat=Decimal(units),
        vat_rate=Decimal(20),
        source=(LineId(f"{reference}-1"),),
    )
    return ErpOrderDraft(
        account=SHOP,
        reference=OrderRef(reference),
        order_id=OrderId(reference),
        placed_at=at,
        currency="GBP",
        lines=(line,),
        shipping_gross=Decimal(3),
        shipping_net=Decimal("2.50"),
        shipping_vat=Decimal("0.50"),
        total=gross + 3,
        delivery=HOME,
        billing=HOME,
        payments=(Payment(method="shop", amount=gross + 3),),
    )


USUAL = ChannelSettings(user="khaos", password="secret")


def bench(form: Format = Format.JSON, settings: ChannelSettings = USUAL, *, spoil: Spoil = kept) -> Bench:
    """A door and an ERP that has just been told of it."""
    clock = ManualClock(START)
    khaos = KhaosControlSimulator(
        clock=clock.now,
        items=(
            KhaosItem(stock_code="MUG", description="A mug", physical=10),
            KhaosItem(stock_code="CARRIAGE", stock_controlled=False),
        ),
        couriers=(KhaosCourier(name="DPD", code="DPD"),),
        settings=KhaosSettings(),
    )
    khaos.add_customer(Customer(urn="SHOP", name="The shop", company_class="Web", currency="GBP"))
    config = KhaosChannelsConfig(
        account=AccountId("khaos"),
        user="khaos",
        password="secret",
        public_url="https://shop.example.com/khaos",
        form=form,
        default_orders=OrderDownloadSettings(
            company_class=DataItem(name="Web"),
            sales_source=DataItem(name="Internet"),
            site=DataItem(id="1"),
            payments={"shop": PaymentTarget(card_type="Shop", auth_code="PAID")},
        ),
        returns=ReturnDownloadSettings(
            default_reason=DataItem(name="Unwanted"), shipping_code=StockCode("CARRIAGE"), process=True
        ),
        customer_urns={SHOP: "SHOP"},
        items=ItemSettings(locations={1: LocationId("main")}),
    )
    store = MemoryStore()
    runner = Runner({}, clock=clock)
    faults = Faults()
    line = Faulty(Spoiling(HandlerUnderTest(ChannelsDoor(config, store), runner), spoil), faults)
    simulator = KhaosChannelsSimulator(khaos, reach=lambda origin: line, settings=settings)
    simulator.link("https://shop.example.com/khaos/config")
    erp = KhaosChannelsERP(config, store)
    return Bench(clock=clock, khaos=khaos, channel=simulator, faults=faults, erp=erp, config=config, runner=runner)


@pytest.mark.parametrize("form", [Format.JSON, Format.XML])
class TestAnOrder:
    def test_it_goes_all_the_way(self, form: Format) -> None:
        """Fetched, imported into the world of the SOAP service, and told of until it has left."""
        b = bench(form)
        b.offer("A-1")
        assert b.channel.work_off()
        order = b.khaos.order_of("A-1")

        assert b.channel.failures == {}
        assert order is not None
        assert (order.total, order.allocated, b.khaos.stock["MUG", 1].available) == (Decimal("15.00"), 2, 8)

        b.khaos.pick_and_despatch(order.code, courier="DPD", consignment="15501234567890")
        assert b.channel.work_off()
        batch = b.runner.run(b.erp.despatches(since=START, references=[OrderRef("A-1")]))

        assert [(line.stock_code, line.units) for line in batch.items[0].lines] == [("MUG", 2)]
        assert (batch.items[0].parcels[0].courier, batch.items[0].parcels[0].tracking) == ("DPD", "15501234567890")

    def test_a_refund_becomes_a_credit_note(self, form: Format) -> None:
        """The return is booked and processed once; the note says what was given back, and the unit is on the shelf."""
        b = bench(form)
        b.offer("A-1")
        b.channel.work_off()
        order = b.khaos.order_of("A-1")
        assert order is not None
        b.khaos.pick_and_despatch(order.code, courier="DPD", consignment="1")
        b.channel.work_off()
        line = CreditLine(
            line_id=LineId("A-1-1"),
            stock_code=StockCode("MUG"),
            net=Decimal("3.75"),
            vat=Decimal("0.75"),
            vat_rate=Decimal(20),
            quantity=1,
        )
        credit = CreditNoteDraft(
            account=SHOP,
            refund_id="R-1",
            order_id=OrderId("A-1"),
            against="A-1",
            currency="GBP",
            lines=(line,),
            shipping_net=Decimal("2.50"),
            shipping_vat=Decimal("0.50"),
            commission=Decimal(0),
            complete=True,
        )
        b.runner.run(b.erp.credit_note(credit, reference=OrderRef("A-1")))
        b.channel.work_off()
        b.channel.work_off()
        notes = list(b.khaos.credit_notes.values())

        assert b.channel.failures == {}
        assert [(note.reference, note.total, note.urn) for note in notes] == [("R-1", Decimal("7.50"), "SHOP")]
        assert b.khaos.stock["MUG", 1].physical == 9

    def test_levels_are_what_the_ledger_says(self, form: Format) -> None:
        """What was pushed is what is available; nothing is pushed twice without a change."""
        b = bench(form)
        b.channel.work_off()
        b.khaos.sell_over_counter("MUG", 3)
        b.channel.work_off()
        calls = len(b.channel.calls)
        b.channel.work_off()
        snapshot = b.runner.run(b.erp.stock([StockCode("MUG")]))

        assert [figure.available for figure in snapshot.figures] == [7]
        assert [call.endpoint for call in b.channel.calls[calls:]] == ["OrderDownload", "CReturnDownload"]


class TestTheChannel:
    def test_it_does_what_is_due(self) -> None:
        """The configuration once a day, orders as often as it says; changes as often as the channel tells them."""
        b = bench()
        b.channel.work()
        first = [call.endpoint for call in b.channel.calls]
        b.clock.sleep(60)
        b.channel.work()
        b.clock.sleep(5 * 60)
        b.channel.work()
        later = [call.endpoint for call in b.channel.calls[len(first) :]]
        b.clock.sleep(86_400)
        b.channel.work()

        assert first[:3] == ["Configuration", "OrderDownload", "CReturnDownload"]
        assert later == ["OrderDownload"]
        assert [call.endpoint for call in b.channel.calls].count("Configuration") == 2

    @pytest.mark.parametrize("resend", ["first", "last", "fresh"])
    @pytest.mark.parametrize("kind", [FaultKind.REFUSE, FaultKind.DROP, FaultKind.BREAK])
    def test_it_sends_again_until_it_is_answered_with_200(self, resend: Resend, kind: FaultKind) -> None:
        """Whether the door had acted or not."""
        b = bench(settings=attrs.evolve(USUAL, resend=resend))
        b.faults.next("POST /khaos/stock-statuses", Fault(kind=kind), Fault(kind=kind))

        assert not b.channel.work_off()
        assert not b.channel.work_off()
        assert b.channel.work_off()
        assert b.channel.pending == 0
        snapshot = b.runner.run(b.erp.stock([StockCode("MUG")]))
        assert [figure.available for figure in snapshot.figures] == [10]

    @pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.GARBLE])
    def test_an_answer_that_is_lost_is_fetched_again(self, kind: FaultKind) -> None:
        """Its orders are imported once."""
        b = bench()
        b.channel.work_off()
        b.offer("A-1")
        b.faults.next("GET /khaos/orders", Fault(kind=kind))
        b.channel.work_off()
        b.channel.work_off()
        b.channel.work_off()

        assert [order.reference for order in b.khaos.orders.values()] == ["A-1"]

    def test_an_order_that_fails_is_fetched_again_when_a_user_retries_it(self) -> None:
        """By SpecificIDs; what kept it out has been mended meanwhile."""
        b = bench()
        b.offer("A-1", code="NEW")
        b.offer("A-2")
        b.channel.work_off()
        b.channel.work_off()
        assert list(b.channel.failures) == ["A-1"]

        b.khaos.revise(KhaosItem(stock_code="NEW", physical=5))
        assert b.channel.retry(["A-1"])

        assert b.channel.failures == {}
        assert [order.reference for order in b.khaos.orders.values()] == ["A-2", "A-1"]
        assert b.channel.calls[-1].specific == ("A-1",)

    def test_an_order_older_than_the_channel_stays_out(self) -> None:
        """As one that is older than three months does."""
        b = bench(settings=attrs.evolve(USUAL, starts=START + timedelta(days=1)))
        b.offer("A-1")
        b.channel.work_off()

        assert "older" in b.channel.failures["A-1"]
        assert b.khaos.orders == {}

    def test_a_suffix_of_the_channel_is_understood(self) -> None:
        """The ERP keeps orders under it and tells of them by it."""
        b = bench(settings=attrs.evolve(USUAL, reference_format="{0}-JL"))
        b.offer("A-1")
        b.channel.work_off()

        assert b.khaos.order_of("A-1-JL") is not None

    def test_the_wrong_password_gets_nothing(self) -> None:
        """Every call is answered with 401, so nothing is configured."""
        b = bench(settings=attrs.evolve(USUAL, password="wrong"))

        assert not b.channel.work_off()
        assert [call.status for call in b.channel.calls] == [401]


BAD: tuple[tuple[str, Spoil], ...] = (
    ("ApiVersion must be 1000", lambda body: body.replace(b'"ApiVersion":1000', b'"ApiVersion":10000')),
    ("null", lambda body: body.replace(b'"SKU":"MUG"', b'"SKU":null')),
    ("must be a number", lambda body: body.replace(b'"Quantity":2', b'"Quantity":"2"')),
    ("only one of", lambda body: body.replace(b'"Site":{"ID":"1"}', b'"Site":{"ID":"1","Name":"Main Site"}')),
    ("DiscountCodes is required", lambda body: body.replace(b'"DiscountCodes":[],', b"")),
)


@pytest.mark.parametrize(("said", "spoil"), BAD)
def test_what_breaks_the_contract_is_not_taken(said: str, spoil: Spoil) -> None:
    """The simulated ERP is as strict as the vendor's pages."""
    b = bench(spoil=spoil)
    b.offer("A-1")
    b.channel.work_off()

    assert b.khaos.orders == {}
    assert said in " ".join((*b.channel.refused, *b.channel.failures.values()))
