"""What the tests of the Khaos Control connector share: answers in its shape, a draft, a simulated installation."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import attrs
import pytest

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Response
from khaos_connectors.core.ids import AccountId, LocationId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import Address, DraftLine, ErpOrderDraft, Payment
from khaos_connectors.khaos_control import (
    KhaosControlConfig,
    KhaosControlERP,
    OrderSettings,
    PaymentRule,
    Site,
    StockSettings,
)
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.khaos_control import (
    KhaosControlSimulator,
    KhaosCourier,
    KhaosItem,
    KhaosSettings,
    KhaosSite,
)
from khaos_connectors.testing.simulators.routes import transport

_SAMPLES = Path(__file__).parent.parent / "samples" / "khaos_control"
_HEAD = (
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "<SOAP-ENV:Body>"
)
_TAIL = "</SOAP-ENV:Body></SOAP-ENV:Envelope>"


@pytest.fixture
def sample() -> Callable[[str], str]:
    """The text of one of our own sample documents."""
    return lambda name: (_SAMPLES / name).read_text(encoding="utf-8")


@pytest.fixture
def enveloped() -> Callable[..., Response]:
    """A SOAP answer whose result holds the given XML as it is."""

    def build(operation: str, inner: str, *, beside: str = "", status: int = 200) -> Response:
        body = f"{_HEAD}<m:{operation}Response xmlns:m='urn:x'>{inner}</m:{operation}Response>{beside}{_TAIL}"
        return Response(status=status, headers={"content-type": "text/xml"}, body=body.encode())

    return build


@pytest.fixture
def texted(enveloped: Callable[..., Response]) -> Callable[[str, str], Response]:
    """A SOAP answer whose result is a text: a document travels escaped in it."""
    return lambda operation, text: enveloped(operation, f'<return xsi:type="xsd:string">{escape(text)}</return>')


@pytest.fixture
def fault() -> Callable[..., Response]:
    """A fault as this server writes it, blaming the client as always."""

    def build(text: str, *, kind: str = "EWebOrderError", status: int = 500) -> Response:
        body = (
            f"{_HEAD}<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode><faultstring>{escape(text)}</faultstring>"
            f"<faultactor>{kind}</faultactor><detail><n:EWebServiceError xmlns:n='urn:WebServiceP'>"
            f"<ExceptionClassName>{kind}</ExceptionClassName></n:EWebServiceError></detail></SOAP-ENV:Fault>{_TAIL}"
        )
        return Response(status=status, headers={"content-type": "text/xml"}, body=body.encode())

    return build


@pytest.fixture
def service() -> Service:
    """An account as the endpoints see it."""
    return Service(system="khaos")


@pytest.fixture
def settings() -> OrderSettings:
    """How orders of the test channel are written."""
    return OrderSettings(
        company_class="Web",
        sales_source="Internet",
        site="Main Site",
        payments={"marketplace": PaymentRule(auth_code="JOHNLEWIS", account_name="Marketplace")},
    )


@pytest.fixture
def draft() -> ErpOrderDraft:
    """Three units for 10.00 (which does not divide) and delivery, paid through the marketplace."""
    buyer = Address(
        title="Ms",
        forename="Test",
        surname="Person",
        line1="1 Test Street",
        town="Testtown",
        postcode="AA1 1AA",
        country="GB",
        phone="+44 20 7946 0000",
        email="buyer@example.com",
    )
    line = DraftLine(
        stock_code=StockCode("MUG-RED"),
        units=3,
        gross=Decimal("10.00"),
        net=Decimal("8.33"),
        vat=Decimal("1.67"),
        vat_rate=Decimal(20),
    )
    return ErpOrderDraft(
        account=AccountId("john-lewis"),
        reference=OrderRef("JL-1001"),
        order_id=OrderId("1001"),
        placed_at=datetime(2026, 1, 5, 8, 30, tzinfo=UTC),
        currency="GBP",
        lines=(line,),
        shipping_gross=Decimal("4.95"),
        shipping_net=Decimal("4.13"),
        shipping_vat=Decimal("0.82"),
        total=Decimal("14.95"),
        delivery=buyer,
        billing=buyer,
        customer_key="jl-buyer-7",
        payments=(Payment(method="marketplace", amount=Decimal("14.95"), reference="PAY-1"),),
    )


@attrs.frozen(kw_only=True)
class House:
    """A simulated installation, the connector to it, and the runner between them."""

    simulator: KhaosControlSimulator
    clock: ManualClock
    config: KhaosControlConfig
    erp: KhaosControlERP
    runner: Runner


@pytest.fixture
def house(settings: OrderSettings) -> Callable[..., House]:
    """Builds a house with two sites; *wire* settings of the simulator, *changes* of the connector's configuration."""

    def build(wire: KhaosSettings | None = None, changes: dict[str, object] | None = None) -> House:
        clock = ManualClock()
        simulator = KhaosControlSimulator(
            clock=clock.now,
            items=[
                KhaosItem(stock_code="MUG-RED", physical={1: 20, 2: 5}),
                KhaosItem(stock_code="TEA-1KG", physical={1: 2}),
                KhaosItem(stock_code="GIFTWRAP", stock_controlled=False),
                KhaosItem(stock_code="OLD", physical={1: 1}, discontinued=True),
            ],
            sites=[KhaosSite(site_id=1, name="Main Site"), KhaosSite(site_id=2, name="Leeds")],
            couriers=[
                KhaosCourier(name="Royal Mail", code="RM", tracking_url="https://track.example.com/{consignment}")
            ],
            settings=wire or KhaosSettings(),
        )
        config = KhaosControlConfig(
            account=AccountId("khaos"),
            base_url="https://erp.example.com/KhaosDemo.exe",
            stock=StockSettings(
                sites=(
                    Site(site_id="1", name="Main Site", location=LocationId("main")),
                    Site(site_id="2", name="Leeds", location=LocationId("leeds")),
                )
            ),
            default_orders=settings,
        )
        config = attrs.evolve(config, **(changes or {}))
        runner = Runner({"khaos": transport(simulator)}, clock=clock, chance=lambda: 0.0)
        return House(simulator=simulator, clock=clock, config=config, erp=KhaosControlERP(config), runner=runner)

    return build
