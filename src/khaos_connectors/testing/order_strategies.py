"""Hypothesis strategies for orders, drafts, despatches and tracking numbers (extra ``testing``).

Orders come out as channels send them: several lines of one SKU, packs, part cancellations, gross and net prices. Those
of ``channel_orders`` can be mapped with the policy and targets that ``targets_of`` gives for them.

    @given(channel_orders())
    def test_my_own_rule(order): ...
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.core.despatch import Despatch, DespatchLine, Parcel, ShipmentLine, ShippedUnits
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import (
    AccountId,
    ChannelSku,
    CourierId,
    DespatchId,
    ErpOrderCode,
    LineId,
    OrderId,
    OrderRef,
    StockCode,
)
from khaos_connectors.core.order_mapping import Mapped, OrderPolicy, map_order
from khaos_connectors.core.orders import Address, ChannelOrder, ErpOrderDraft, OrderLine, OrderState, Tax, TaxMode
from khaos_connectors.core.skus import Target
from khaos_connectors.core.tracking import (
    dhl_check_digit,
    dpd_check_character,
    fedex_check_digit,
    s10_check_digit,
    ups_check_digit,
)
from khaos_connectors.core.vat import split_gross

with extra("testing"):
    from hypothesis import strategies as st

__all__ = [
    "addresses",
    "already_told",
    "channel_orders",
    "despatches_of",
    "erp_order_drafts",
    "order_lines",
    "reasons",
    "targets_of",
    "tracking_numbers",
]

_PLACED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_SKUS = ("MUG", "MUG-BOX-3", "MUG-BOX-2", "COASTER")
_TARGETS: Mapping[ChannelSku, Target] = {
    ChannelSku("MUG"): Target(StockCode("MUG")),
    ChannelSku("MUG-BOX-3"): Target(StockCode("MUG"), 3),
    ChannelSku("MUG-BOX-2"): Target(StockCode("MUG"), 2),
    ChannelSku("COASTER"): Target(StockCode("COASTER")),
}


def targets_of(order: ChannelOrder) -> dict[ChannelSku, Target]:
    """What the SKUs of an order of ``channel_orders`` stand for; two are packs of one stock code."""
    return {line.sku: _TARGETS[line.sku] for line in order.lines}


def addresses() -> st.SearchStrategy[Address]:
    """Addresses of invented people that a parcel can be sent to."""
    return st.builds(
        Address,
        forename=st.sampled_from(["", "Ada", "Zoë"]),
        surname=st.sampled_from(["Example", "O'Sample", "Ngô"]),
        organisation=st.sampled_from(["", "Sample & Co"]),
        line1=st.sampled_from(["1 Example Street", " 2b Sample Road "]),
        town=st.sampled_from(["London", "Leeds"]),
        postcode=st.sampled_from(["AB1 2CD", "zz9 9zz"]),
        country=st.sampled_from(["GB", "United Kingdom", "GBR"]),
        email=st.just("ada@example.com"),
    )


@st.composite
def order_lines(draw: st.DrawFn, *, number: int = 1, tax_mode: TaxMode = TaxMode.INCLUDED) -> OrderLine:
    """One line that waits for shipment, possibly cancelled in part or whole, with VAT at 20 % where stated."""
    gross = Decimal(draw(st.integers(1, 20_000))).scaleb(-2)
    carriage = Decimal(draw(st.sampled_from([0, 0, 395, 499]))).scaleb(-2)
    quantity = draw(st.integers(1, 6))
    taxed = tax_mode is TaxMode.EXCLUDED or draw(st.booleans())
    amount, taxes = _stated(gross, tax_mode, taxed=taxed)
    shipping, shipping_taxes = _stated(carriage, tax_mode, taxed=taxed)
    return OrderLine(
        line_id=LineId(f"L{number}"),
        sku=ChannelSku(draw(st.sampled_from(_SKUS))),
        quantity=quantity,
        amount=amount,
        state=draw(st.sampled_from([OrderState.AWAITING_SHIPMENT] * 4 + [OrderState.CANCELLED, OrderState.REFUSED])),
        shipping=shipping,
        taxes=taxes,
        shipping_taxes=shipping_taxes,
        cancelled=draw(st.sampled_from([0, 0, 0, 1, quantity])),
        title="An example",
    )


def _stated(gross: Decimal, tax_mode: TaxMode, *, taxed: bool) -> tuple[Decimal, tuple[Tax, ...]]:
    split = split_gross(gross)
    taxes = (Tax(code="VAT", amount=split.vat, rate=Decimal(20)),) if taxed else ()
    return (gross if tax_mode is TaxMode.INCLUDED else split.net), taxes


@st.composite
def channel_orders(draw: st.DrawFn) -> ChannelOrder:
    """Orders that map cleanly (see ``targets_of``); their total may or may not still count what was cancelled."""
    tax_mode = draw(st.sampled_from(TaxMode))
    lines = tuple(draw(order_lines(number=n, tax_mode=tax_mode)) for n in range(1, draw(st.integers(1, 4)) + 1))
    order = ChannelOrder(
        account=AccountId("channel"),
        order_id=OrderId(f"O{draw(st.integers(1, 999))}"),
        state=OrderState.AWAITING_SHIPMENT,
        placed_at=_PLACED + timedelta(minutes=draw(st.integers(0, 600))),
        changed_at=_PLACED + timedelta(hours=12),
        currency="GBP",
        tax_mode=tax_mode,
        lines=lines,
        total=sum((_paid(line, tax_mode) for line in lines), Decimal(0)),
        customer_number=f"C{draw(st.integers(1, 999))}",
        delivery=draw(addresses()),
        billing=draw(st.none() | addresses()),
    )
    mapped = map_order(order, targets=targets_of(order), policy=OrderPolicy())
    delivered = mapped.draft.total if isinstance(mapped, Mapped) else order.total
    rounding = draw(st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("-0.01")]))
    return attrs.evolve(order, total=draw(st.sampled_from([order.total, delivered])) + rounding)


def _paid(line: OrderLine, tax_mode: TaxMode) -> Decimal:
    taxes = (*line.taxes, *line.shipping_taxes) if tax_mode is TaxMode.EXCLUDED else ()
    return sum((tax.amount for tax in taxes), line.amount + line.shipping)


@st.composite
def erp_order_drafts(draw: st.DrawFn) -> ErpOrderDraft:
    """Drafts as ``map_order`` makes them."""
    order = draw(channel_orders().filter(lambda o: any(_delivers(line) for line in o.lines)))
    mapped = map_order(order, targets=targets_of(order), policy=OrderPolicy(payment_method="CHANNEL"))
    assert isinstance(mapped, Mapped), mapped
    return mapped.draft


def _delivers(line: OrderLine) -> bool:
    return line.state is OrderState.AWAITING_SHIPMENT and line.open_quantity > 0


@st.composite
def despatches_of(draw: st.DrawFn, order: ChannelOrder, *, number: int = 1) -> Despatch:
    """A despatch of *order* as a warehouse might report it: right, short, too much, unknown goods, no items."""
    codes = sorted({target.stock_code for target in targets_of(order).values()} | {StockCode("STRANGER")})
    lines = st.lists(
        st.builds(DespatchLine, stock_code=st.sampled_from(codes), units=st.integers(1, 9)), max_size=3
    ).map(tuple)
    parcels = tuple(
        Parcel(courier="DPD", tracking=f"1500{number:04}{n:06}", lines=draw(st.just(()) | lines))
        for n in range(draw(st.integers(0, 3)))
    )
    return Despatch(
        account=AccountId("erp"),
        reference=OrderRef(order.order_id),
        erp_order=ErpOrderCode("SO1"),
        despatch_id=DespatchId(f"D{number}"),
        despatched_on=order.placed_at + timedelta(days=1),
        lines=draw(lines),
        parcels=parcels,
        final=draw(st.booleans()),
    )


@st.composite
def already_told(draw: st.DrawFn, order: ChannelOrder) -> tuple[ShippedUnits, ...]:
    """A shipment of a part of *order* that its channel knows already, or none."""
    lines = tuple(
        ShipmentLine(line_id=line.line_id, quantity=draw(st.integers(1, line.open_quantity)))
        for line in order.lines
        if _delivers(line) and draw(st.booleans())
    )
    if not lines:
        return ()
    tracking = draw(st.sampled_from(["15009999000000", "15000001000000", ""]))
    return (ShippedUnits(order_id=order.order_id, lines=lines, tracking=tracking),)


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


def _letters(count: int) -> st.SearchStrategy[str]:
    return st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=count, max_size=count)


def _s10() -> st.SearchStrategy[str]:
    return st.tuples(_letters(2), _digits(8)).map(lambda p: f"{p[0]}{p[1]}{s10_check_digit(p[1])}GB")


def _dpd() -> st.SearchStrategy[str]:
    return st.sampled_from([14, 27]).flatmap(_digits).map(lambda body: body + dpd_check_character(body))


def _ups() -> st.SearchStrategy[str]:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return st.text(alphabet, min_size=15, max_size=15).map(lambda body: f"1Z{body}{ups_check_digit(body)}")


def _fedex() -> st.SearchStrategy[str]:
    return _digits(11).map(lambda body: body + fedex_check_digit(body))


def _dhl() -> st.SearchStrategy[str]:
    waybills = st.sampled_from([9, 10]).flatmap(_digits).map(lambda body: body + dhl_check_digit(body))
    return waybills | st.tuples(st.sampled_from(["JJD", "JVGL"]), _digits(10)).map("".join)


_PROVEN: Mapping[str, st.SearchStrategy[str]] = {
    "royal-mail": _s10(),
    "parcelforce": _s10(),
    "dpd-uk": _dpd(),
    "dpd-local": _dpd(),
    "dhl-express": _dhl(),
    "yodel": st.tuples(st.sampled_from(["JD", "JJD"]), _digits(16)).map("".join),
    "ups": _ups(),
    "fedex": _fedex(),
    "fedex-uk": _fedex(),
    "amazon-shipping": st.tuples(st.sampled_from(["TBA", "TBC", "TBM"]), _digits(12)).map("".join),
}


def tracking_numbers() -> st.SearchStrategy[tuple[CourierId, str]]:
    """A courier and a number that is proven to be its own, by check digit or by letters that only it uses."""
    couriers = st.sampled_from(sorted(_PROVEN))
    return couriers.flatmap(lambda key: st.tuples(st.just(CourierId(key)), _PROVEN[key]))


def reasons() -> st.SearchStrategy[Reason]:
    """Reasons about a few orders, so that the same one comes again."""
    return st.builds(
        Reason,
        type=st.sampled_from(ExceptionType),
        entity=st.sampled_from(["O1", "O2", "O3"]),
        message=st.just("something is wrong"),
    )
