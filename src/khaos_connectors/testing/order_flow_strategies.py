"""Hypothesis strategies for the way of an order: keys, events, acceptance, checks (extra ``testing``).

@given(histories().flatmap(st.permutations))
def test_my_own_rule(events): ...
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from khaos_connectors._extras import extra
from khaos_connectors.core.acceptance import Acceptance, AcceptancePolicy, LineVerdict, Verdict
from khaos_connectors.core.acceptance_window import WindowPolicy
from khaos_connectors.core.address_rules import AddressRules
from khaos_connectors.core.ids import (
    AccountId,
    ChannelId,
    ChannelSku,
    ErpOrderCode,
    LineId,
    OrderId,
    OrderRef,
    StockCode,
)
from khaos_connectors.core.money import Money
from khaos_connectors.core.order_checks import OrderAge, OrderValues
from khaos_connectors.core.order_keys import LineKey, OrderKey
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.order_stages import Happening, OrderEvent, OrderProgress, OrderStage, replay
from khaos_connectors.core.orders import Charge, ChargeKind, ErpOrder, Payment
from khaos_connectors.core.postcodes import AREAS, Postcode, read_postcode
from khaos_connectors.core.vat import VatSplit, split_gross
from khaos_connectors.testing.stock_strategies import instants

with extra("testing"):
    from hypothesis import strategies as st

__all__ = [
    "acceptance_policies",
    "acceptances",
    "address_rules",
    "charges",
    "erp_orders",
    "histories",
    "line_keys",
    "line_verdicts",
    "order_ages",
    "order_events",
    "order_keys",
    "order_policies",
    "order_progresses",
    "order_values",
    "payments",
    "postcodes",
    "vat_splits",
    "window_policies",
]

_NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
_WORDS = st.text("ab1/% ", min_size=1, max_size=5).filter(str.strip)


def order_keys() -> st.SearchStrategy[OrderKey]:
    """Keys whose parts hold the signs that a written key needs for itself."""
    return st.builds(OrderKey, _WORDS.map(ChannelId), _WORDS.map(AccountId), _WORDS.map(OrderId))


def line_keys() -> st.SearchStrategy[LineKey]:
    """Keys of lines of ``order_keys``."""
    return st.builds(LineKey, order_keys(), _WORDS.map(LineId))


def order_events() -> st.SearchStrategy[OrderEvent]:
    """Any event; part despatches and holds are about one of two things, so that repeats and pairs occur."""
    named = {Happening.PART_DESPATCHED, Happening.HELD, Happening.CLEARED}
    return st.one_of(
        st.builds(OrderEvent, st.sampled_from([what for what in Happening if what not in named])),
        st.builds(OrderEvent, st.sampled_from(sorted(named, key=lambda w: w.value)), st.sampled_from(["1", "2"])),
    )


def histories() -> st.SearchStrategy[list[OrderEvent]]:
    """What was told about one order: some of everything, late, twice, with gaps."""
    return st.lists(order_events(), max_size=24)


def order_progresses() -> st.SearchStrategy[OrderProgress]:
    """How far an order is after one of ``histories``."""
    return histories().map(replay)


def charges() -> st.SearchStrategy[Charge]:
    """Discounts (negative), fees and carriage, under one of three codes."""
    pence = st.integers(0, 2_000).map(lambda units: Decimal(units).scaleb(-2))
    codes = st.sampled_from(["PROMO", "GIFT-WRAP", "CARRIAGE"])
    return st.one_of(
        st.builds(Charge, kind=st.just(ChargeKind.DISCOUNT), code=codes, amount=pence.map(lambda amount: -amount)),
        st.builds(Charge, kind=st.sampled_from([ChargeKind.FEE, ChargeKind.SHIPPING]), code=codes, amount=pence),
    )


def payments() -> st.SearchStrategy[Payment]:
    """Money that a channel has taken."""
    amounts = st.integers(1, 100_000).map(lambda units: Decimal(units).scaleb(-2))
    return st.builds(
        Payment, method=st.sampled_from(["CHANNEL", "CARD"]), amount=amounts, taken_at=st.none() | instants()
    )


def vat_splits() -> st.SearchStrategy[VatSplit]:
    """Amounts taken apart at the rates of the UK."""
    amounts = st.integers(-100_000, 100_000).map(lambda units: Decimal(units).scaleb(-2))
    return st.builds(split_gross, amounts, st.sampled_from([Decimal(0), Decimal(5), Decimal(20)]))


def order_policies() -> st.SearchStrategy[OrderPolicy]:
    """Policies that can take every order of ``channel_orders``, with and without codes and rules of their own."""
    return st.builds(
        OrderPolicy,
        default_vat_rate=st.just(Decimal(20)),
        payment_method=st.sampled_from(["", "CHANNEL"]),
        allow_zero_price=st.booleans(),
        allow_negative=st.booleans(),
        charge_codes=st.just({c: StockCode(f"Z-{c}") for c in ("PROMO", "GIFT-WRAP", "CARRIAGE")}),
        shipping_code=st.none() | st.just(StockCode("Z-POST")),
    )


def acceptance_policies() -> st.SearchStrategy[AcceptancePolicy]:
    """Policies over the stock codes of ``channel_orders``."""
    ways = st.sampled_from(["hold", "refuse"])
    limits: st.SearchStrategy[Mapping[StockCode, int]] = st.dictionaries(
        st.sampled_from([StockCode("MUG"), StockCode("COASTER")]), st.integers(0, 5)
    )
    prices = st.dictionaries(
        st.sampled_from([ChannelSku("MUG"), ChannelSku("COASTER")]),
        st.integers(1, 5_000).map(lambda units: Decimal(units).scaleb(-2)),
    )
    return st.builds(
        AcceptancePolicy,
        accept=st.booleans(),
        on_shortage=ways,
        on_unmapped=ways,
        on_price_drop=ways,
        safety=st.integers(0, 3),
        max_price_drop=st.none() | st.sampled_from([Decimal(0), Decimal("0.10"), Decimal(1)]),
        expected_prices=prices,
        back_order=limits,
    )


def line_verdicts() -> st.SearchStrategy[LineVerdict]:
    """Verdicts on one of three lines."""
    lines = st.sampled_from([LineId("L1"), LineId("L2"), LineId("L3")])
    return st.builds(LineVerdict, line_id=lines, verdict=st.sampled_from(Verdict), why=st.just("because"))


def acceptances() -> st.SearchStrategy[Acceptance]:
    """Verdicts on up to three lines, each line once."""
    lines = st.lists(line_verdicts(), max_size=3, unique_by=lambda line: line.line_id).map(tuple)
    return st.builds(Acceptance, lines=lines)


@st.composite
def window_policies(draw: st.DrawFn) -> WindowPolicy:
    """What to do as a window closes; the act never comes before the warning."""
    warn = draw(st.integers(0, 300))
    return WindowPolicy(
        warn_before=timedelta(minutes=warn),
        act_before=timedelta(minutes=draw(st.integers(0, warn))),
        on_deadline=draw(st.sampled_from(["accept", "refuse", "hold"])),
        window=draw(st.none() | st.just(timedelta(hours=24))),
    )


@st.composite
def postcodes(draw: st.DrawFn) -> Postcode:
    """Postcodes of every shape in areas that exist, as ``read_postcode`` reads them; not all of them in use."""
    area = draw(st.sampled_from(sorted(AREAS)))
    digit, letter = st.sampled_from("0123456789"), st.sampled_from("ABDEFGHJLNPQRSTUWXYZ")
    last = draw(st.one_of(st.just(""), digit, st.sampled_from("ABEHMNPRVWXY" if len(area) == 2 else "ABCDEFGHJKPSTUW")))
    read = read_postcode(f"{area}{draw(digit)}{last}{draw(digit)}{draw(letter)}{draw(letter)}")
    assert isinstance(read, Postcode), read
    return read


def address_rules() -> st.SearchStrategy[AddressRules]:
    """Limits for some fields, and both ways with unlikely postcodes."""
    limits = st.dictionaries(st.sampled_from(["line1", "line2", "town", "postcode", "surname"]), st.integers(1, 40))
    return st.builds(AddressRules, limits=limits, postcodes=st.booleans(), doubtful=st.sampled_from(["note", "refuse"]))


def erp_orders() -> st.SearchStrategy[ErpOrder]:
    """ERP orders of which some share a reference, or differ in its capitals and spaces only."""
    return st.builds(
        ErpOrder,
        code=st.integers(1, 9).map(lambda number: ErpOrderCode(f"SO{number}")),
        reference=st.sampled_from([OrderRef(text) for text in ("JL-1", "jl-1 ", "JL-2", "")]),
        created_on=st.none() | instants(around=_NOON),
        cancelled=st.booleans(),
        customer=st.sampled_from(["", "JOHNLEWIS", "Somebody"]),
        customer_class=st.sampled_from(["", "Marketplace", "Trade"]),
    )


def order_values() -> st.SearchStrategy[OrderValues]:
    """What an order is worth to each system, near enough to each other that tolerances matter."""
    money = st.integers(9_990, 10_010).map(lambda units: Money(Decimal(units).scaleb(-2), "GBP"))
    return st.builds(
        OrderValues,
        reference=st.just(OrderRef("JL-1")),
        channel=money,
        erp=st.none() | money,
        invoice=st.none() | money,
    )


@st.composite
def order_ages(draw: st.DrawFn) -> OrderAge:
    """Orders at any stage, since some hours around noon of 6 March 2026."""
    stage = draw(st.sampled_from(OrderStage))
    behind = st.sampled_from([each for each in OrderStage if each is not OrderStage.HELD])
    return OrderAge(
        order_id=draw(st.sampled_from(["O1", "O2"])),
        stage=stage,
        since=draw(instants(around=_NOON, within=timedelta(hours=72))),
        ship_by=draw(st.none() | instants(around=_NOON, within=timedelta(hours=72))),
        behind=draw(st.none() | behind) if stage is OrderStage.HELD else None,
    )
