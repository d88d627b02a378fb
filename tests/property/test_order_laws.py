"""Laws of orders: whole or not at all, to the penny, and the same every time."""

from decimal import Decimal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.acceptance import AcceptancePolicy, Verdict, decide_acceptance
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.order_mapping import Held, Mapped, Nothing, OrderPolicy, map_order
from khaos_connectors.core.orders import ChannelOrder, ErpOrderDraft, OrderState
from khaos_connectors.core.vat import split_gross, split_net
from khaos_connectors.testing.order_strategies import channel_orders, erp_order_drafts, targets_of

law = settings(deadline=None, max_examples=80)
POLICY = OrderPolicy(payment_method="CHANNEL")
pennies = st.integers(-1_000_000, 1_000_000).map(lambda units: Decimal(units).scaleb(-2))
rates = st.decimals(0, 100, places=1)


@law
@given(pennies, rates)
def test_net_and_vat_are_the_gross(gross: Decimal, rate: Decimal) -> None:
    """To the penny, signs together, and never further than half a penny from the exact net."""
    split = split_gross(gross, rate)

    assert split.net + split.vat == gross
    assert abs(split.net * (100 + rate) - gross * 100) <= (100 + rate) / 200
    assert split.vat * gross >= 0


@law
@given(pennies, rates)
def test_tax_on_top_is_found_again(net: Decimal, rate: Decimal) -> None:
    """What is put on a net amount is what its gross splits into."""
    split = split_net(net, rate)

    assert split_gross(split.gross, rate) == split


@law
@given(channel_orders())
def test_a_draft_adds_up(order: ChannelOrder) -> None:
    """Lines, shipping and rounding are the total, net and VAT are the gross, and the payment is the total."""
    mapped = map_order(order, targets=targets_of(order), policy=POLICY)
    assert isinstance(mapped, (Mapped, Nothing))
    if isinstance(mapped, Nothing):
        return
    draft = mapped.draft

    assert sum(line.gross for line in draft.lines) + draft.shipping_gross + draft.rounding == draft.total
    assert all(line.net + line.vat == line.gross for line in draft.lines)
    assert draft.shipping_net + draft.shipping_vat == draft.shipping_gross
    assert abs(draft.rounding) <= min(Decimal("0.01") * len(draft.lines), Decimal("0.05"))
    assert sum(payment.amount for payment in draft.payments) == draft.total


@law
@given(channel_orders())
def test_every_line_or_none(order: ChannelOrder) -> None:
    """Each live line of the order is in the draft exactly once with all its units, or there is no draft."""
    targets = targets_of(order)
    mapped = map_order(order, targets=targets, policy=POLICY)
    live = {
        line.line_id: line.open_quantity * targets[line.sku].pack
        for line in order.lines
        if line.state not in (OrderState.CANCELLED, OrderState.REFUSED) and line.open_quantity
    }

    assert isinstance(mapped, Nothing) is not bool(live)
    if isinstance(mapped, Mapped):
        assert {line.source[0]: line.units for line in mapped.draft.lines} == live
        assert len(mapped.draft.lines) == len(live)


@law
@given(channel_orders(), st.data())
def test_one_unmapped_line_holds_the_whole_order(order: ChannelOrder, data: st.DataObject) -> None:
    """Nothing is posted while one live line has no stock code."""
    targets = targets_of(order)
    del targets[data.draw(st.sampled_from(sorted(targets)))]
    whole = map_order(order, targets=targets_of(order), policy=POLICY)
    mapped = map_order(order, targets=targets, policy=POLICY)

    if isinstance(mapped, Mapped):
        assert mapped == whole  # the line without a target was not to be delivered anyway
    else:
        assert isinstance(mapped, (Held, Nothing))


@law
@given(channel_orders())
def test_mapping_twice_gives_the_same_draft(order: ChannelOrder) -> None:
    """A replay of the stored order, under the same policy, is the same order."""
    first = map_order(order, targets=targets_of(order), policy=POLICY)

    assert map_order(order, targets=targets_of(order), policy=POLICY) == first


@law
@given(erp_order_drafts())
def test_drafts_of_the_strategy_are_whole(draft: ErpOrderDraft) -> None:
    """The shipped strategy makes drafts that hold the same law."""
    assert sum(line.gross for line in draft.lines) + draft.shipping_gross + draft.rounding == draft.total
    assert draft.lines


@law
@given(order=channel_orders(), free=st.integers(-2, 30), safety=st.integers(0, 3), whole=st.booleans())
def test_what_is_accepted_is_there(order: ChannelOrder, free: int, safety: int, *, whole: bool) -> None:
    """Accepted lines never take more than is free after the safety units; an order kept whole has one verdict."""
    stock = dict.fromkeys((StockCode("MUG"), StockCode("COASTER")), free)
    policy = AcceptancePolicy(safety=safety, on_shortage="refuse")

    found = decide_acceptance(order, targets=targets_of(order), free=stock, policy=policy, partial=not whole)

    assert all(0 < units <= max(0, free - safety) for units in found.taken.values())
    assert not whole or len({line.verdict for line in found.lines}) <= 1
    packs = {line.line_id: targets_of(order)[line.sku].pack * line.open_quantity for line in order.lines}
    accepted = sum(packs[line.line_id] for line in found.lines if line.verdict is Verdict.ACCEPT)
    assert accepted == sum(found.taken.values())


@law
@given(channel_orders(), st.integers(0, 30))
def test_more_stock_never_refuses_a_first_line(order: ChannelOrder, free: int) -> None:
    """The first line has the whole stock before it: one unit more cannot turn it away."""

    def first(units: int) -> list[Verdict]:
        stock = dict.fromkeys((StockCode("MUG"), StockCode("COASTER")), units)
        found = decide_acceptance(order, targets=targets_of(order), free=stock, policy=AcceptancePolicy())
        return [line.verdict for line in found.lines][:1]

    assert first(free) != [Verdict.ACCEPT] or first(free + 1) == [Verdict.ACCEPT]


@law
@given(channel_orders())
def test_a_dearer_total_is_never_posted(order: ChannelOrder) -> None:
    """A channel total that no reading of the lines explains holds the order."""
    dear = attrs.evolve(order, total=order.total + Decimal(100_000))

    assert not isinstance(map_order(dear, targets=targets_of(order), policy=POLICY), Mapped)
