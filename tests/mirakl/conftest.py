"""What every Mirakl test needs: a configuration, ready answers, and the samples."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId, OrderId
from khaos_connectors.core.settlement import FeeRule, LineClass, Reconciliation, match, tie_out
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.documents.desk import Documents
from khaos_connectors.mirakl.documents.outcomes import DocumentOutcome
from khaos_connectors.mirakl.money.payouts import Payout, Payouts
from khaos_connectors.mirakl.money.settlement_types import TRANSACTION_TYPES
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.faults import Faults, Faulty
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.money_desk import MoneyDesk
from khaos_connectors.testing.simulators.mirakl.money_state import MoneySettings
from khaos_connectors.testing.simulators.mirakl.papers_state import PaperSettings
from khaos_connectors.testing.simulators.routes import transport

SAMPLES = Path(__file__).parent.parent / "samples" / "mirakl"


@pytest.fixture
def config() -> MiraklConfig:
    """An account that waits for nothing, so that only the waits under test are seen."""
    return MiraklConfig(
        account=AccountId("john-lewis"),
        base_url="https://shop.example.com/api",
        api_key=Secret("key-123"),
        shop_id=2000,
        pace_factor=0,
    )


@pytest.fixture
def scope(config: MiraklConfig) -> Scope:
    """The scope of that account."""
    return config.scope


@pytest.fixture
def change(config: MiraklConfig) -> Callable[..., MiraklConfig]:
    """The configuration with some settings changed."""

    def changed(**settings: object) -> MiraklConfig:
        return attrs.evolve(config, **settings)

    return changed


@pytest.fixture
def sample() -> Callable[[str], str]:
    """The text of a sample file."""
    return lambda name: (SAMPLES / name).read_text(encoding="utf-8")


@pytest.fixture
def document() -> Callable[[str], dict[str, object]]:
    """A sample as plain JSON values, to be changed by a test."""
    return lambda name: json.loads((SAMPLES / name).read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.fixture
def answer() -> Callable[..., Response]:
    """An answer with a JSON (or text) body."""

    def made(body: object = None, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        if isinstance(body, bytes):
            raw = body
        elif isinstance(body, str):
            raw = body.encode()
        else:
            raw = b"" if body is None else to_json(body).encode()
        return Response(status=status, headers=dict(headers or {}), body=raw)

    return made


PDF = b"%PDF-1.7\r\n\x00\xff--\r\n%%EOF"


@attrs.define
class PaperWorld:
    """A marketplace behind a line that may be bad, and a document desk that talks to it."""

    market: MiraklSimulator
    clock: ManualClock
    faults: Faults
    desk: Documents
    run: Callable[[Flow[object]], object]
    asked: list[str]

    def ship(self) -> OrderId:
        """An order that has left."""
        order_id = self.market.buy([("S1", 1)])
        assert order_id is not None
        self.clock.advance(1)
        scope = self.desk.config.scope
        self.run(self.desk.config.caller().perform(endpoints.ship_order(scope, order_id)))
        return OrderId(order_id)

    def invoice(self, order_id: OrderId, **more: object) -> DocumentOutcome:
        wanted = {"number": "INV-7", **more}
        return self.run(self.desk.upload_invoice(order_id, PDF, **wanted))


@pytest.fixture
def papers(config: MiraklConfig) -> Callable[..., PaperWorld]:
    """A ``PaperWorld`` whose documents are set up in a given way, with given settings of the account."""

    def made(settings: PaperSettings | None = None, **wishes: object) -> PaperWorld:
        clock = ManualClock()
        market_settings = MiraklSettings(
            order_acceptance="AUTOMATIC", debit_seconds=0, papers=settings or PaperSettings()
        )
        market = MiraklSimulator(
            clock=clock.now,
            api_key="key-123",
            offers={"S1": OfferState(price="12.00", quantity=99)},
            settings=market_settings,
        )
        faults, asked = Faults(), []
        line = transport(Faulty(market, faults))

        class Watched:
            def send(self, request: Request) -> object:
                asked.append(market.operation(request))
                return line.send(request)

        runner = Runner({"john-lewis": Watched()}, clock=clock)
        desk = Documents(attrs.evolve(config, **wishes))
        return PaperWorld(market, clock, faults, desk, runner.run, asked)

    return made


FEES = {
    code: FeeRule(account=meaning.line_class.value)
    for code, meaning in TRANSACTION_TYPES.items()
    if meaning.line_class in (LineClass.FEE, LineClass.ADJUSTMENT, LineClass.OPERATOR_TAX, LineClass.RESERVE)
}


@attrs.define
class MoneyWorld:
    """A marketplace with money in it, and what reads it."""

    market: MiraklSimulator
    clock: ManualClock
    payouts: Payouts
    config: MiraklConfig
    run: Callable[[Flow[object]], object]

    @property
    def money(self) -> MoneyDesk:
        return self.market.money

    def sell(self, *lines: tuple[str, int], shipping: str = "4.95") -> str:
        order_id = self.market.buy(lines, shipping=shipping)
        assert order_id is not None
        self.run(self.config.caller().perform(endpoints.ship_order(self.config.scope, order_id)))
        return order_id

    def settle(self, **how: object) -> tuple[Payout, ...]:
        found = self.run(self.payouts.cycles())
        return self.run(self.payouts.payouts(found.cycles, **how))

    def matched(self, payout: Payout) -> Reconciliation:
        return match(payout.lines, orders=(), credit_notes=(), fees=FEES)

    def ties(self, payout: Payout) -> bool:
        return tie_out(self.matched(payout), statement=payout.statement).may_post


@pytest.fixture
def money_world(config: MiraklConfig) -> Callable[..., MoneyWorld]:
    """A world under given settings of the marketplace and of the client."""

    def made(
        money: MoneySettings | None = None, market: MiraklSettings | None = None, **settings: object
    ) -> MoneyWorld:
        clock = ManualClock()
        offers = {"MUG": OfferState(price="9.99", quantity=1000), "RUG": OfferState(price="120.00", quantity=1000)}
        shop = attrs.evolve(market or MiraklSettings(), order_acceptance="AUTOMATIC", debit_seconds=0)
        if money is not None:
            shop = attrs.evolve(shop, money=money)
        simulator = MiraklSimulator(clock=clock.now, api_key="key-123", offers=offers, settings=shop)
        own = attrs.evolve(config, **settings)
        runner = Runner({own.account: transport(simulator)}, clock=clock)
        return MoneyWorld(simulator, clock, Payouts(own), own, runner.run)

    return made
