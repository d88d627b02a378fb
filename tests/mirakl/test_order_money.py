"""The money of an order in both tax modes, with taxes by line or by order, with fees, and as the operator pays it."""

from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.orders import ChannelOrder, ChargeKind, TaxMode
from khaos_connectors.core.orders import OrderState as Standing
from khaos_connectors.mirakl import endpoints, mapping
from khaos_connectors.mirakl.endpoints import OrderFilter
from khaos_connectors.mirakl.models.codes import OrderState, OrderTaxMode, ShopModel
from khaos_connectors.mirakl.models.orders import Order
from khaos_connectors.mirakl.models.rows import Read
from khaos_connectors.mirakl.orders.life_cycle import ImportRule
from khaos_connectors.mirakl.orders.pricing import SaleTo, purchase, sale_to
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.order_state import OrderSettings

SCOPE = Scope(account="a")
INCLUDED, EXCLUDED = OrderTaxMode.TAX_INCLUDED, OrderTaxMode.TAX_EXCLUDED


def bought(
    mode: OrderTaxMode, *, prices: tuple[str, ...] = ("9.99", "24.50"), quantity: int = 2, **settings: object
) -> Order:
    """One order with a line for each price, read in *mode*."""
    offers = {f"S{at}": OfferState(price=price, quantity=99) for at, price in enumerate(prices)}
    market = MiraklSimulator(clock=ManualClock().now, api_key="k", offers=offers, settings=MiraklSettings(**settings))
    assert market.buy([(sku, quantity) for sku in offers])
    call = endpoints.list_orders(SCOPE, OrderFilter(order_tax_mode=mode))
    (row,) = call.decode(market.handle(call.request.with_headers({"authorization": "k"}))).items
    assert isinstance(row, Read)
    return row.record


def mapped(mode: OrderTaxMode, **settings: object) -> ChannelOrder:
    return mapping.channel_order(AccountId("a"), bought(mode, **settings))


pennies = st.decimals("0.01", "999.99", places=2).map(str)


@given(
    prices=st.lists(pennies, min_size=1, max_size=4).map(tuple),
    quantity=st.integers(1, 5),
    by_order=st.booleans(),
    rate=st.sampled_from([Decimal(20), Decimal(5), Decimal("5.5"), Decimal(0)]),
)
def test_both_tax_modes_say_what_the_customer_pays(
    *, prices: tuple[str, ...], quantity: int, by_order: bool, rate: Decimal
) -> None:
    """The total is the same to the penny whether asked for with taxes or without, by line or by order."""
    settings = {
        "prices": prices,
        "quantity": quantity,
        "tax_rate": rate,
        "orders": OrderSettings(order_level_taxes=by_order),
    }
    gross, net = mapped(INCLUDED, **settings), mapped(EXCLUDED, **settings)
    assert gross.total == net.total == sum(Decimal(price) for price in prices) * quantity + Decimal("4.95")
    assert gross.tax_mode is TaxMode.INCLUDED
    assert net.tax_mode is TaxMode.EXCLUDED
    assert sum(line.amount + line.shipping for line in gross.lines) == gross.total
    taxes = [tax for line in net.lines for tax in (*line.taxes, *line.shipping_taxes)]
    assert bool(net.order_taxes) is by_order
    assert bool(taxes) is not by_order
    on_top = sum((tax.amount for tax in (*taxes, *net.order_taxes)), Decimal(0))
    assert sum(line.amount + line.shipping for line in net.lines) + on_top == net.total


def test_without_taxes_both_modes_are_the_same() -> None:
    """An operator who lists no taxes shows the customer's price under either name: it is never taken for a net one."""
    for mode in (INCLUDED, EXCLUDED):
        found = mapped(mode, taxes_listed=False)
        assert (found.tax_mode, found.total) == (TaxMode.INCLUDED, Decimal("73.93"))


def test_fees_are_charges_and_the_total_adds_up() -> None:
    """A fee of the customer's is neither goods nor carriage but a charge: lines, shipping and fees are the total."""
    found = mapped(INCLUDED, orders=OrderSettings(fee=Decimal("1.50")))
    (fee,) = found.charges
    assert (fee.kind, fee.code, fee.amount) == (ChargeKind.FEE, "HANDLING", Decimal("1.50"))
    assert sum(line.amount + line.shipping for line in found.lines) + fee.amount == found.total
    assert mapped(INCLUDED).charges == ()


@pytest.mark.parametrize("model", [ShopModel.DROPSHIP, ShopModel.ONE_CREDITOR])
def test_cost_prices_are_told_apart(model: ShopModel) -> None:
    """Where the operator buys, its prices stand beside the customer's and are summed on their own."""
    order = bought(INCLUDED, model=model.value)
    paid = purchase(order)
    assert paid is not None
    # 60 per cent of 19.98, of 49.00 and of the 4.95 for shipping.
    assert (paid.goods, paid.shipping, paid.untold) == (Decimal("41.39"), Decimal("2.97"), ())
    assert paid.total == Decimal("44.36") < order.total_price
    assert sale_to(model) is SaleTo.OPERATOR
    assert sale_to(None, order) is SaleTo.OPERATOR


def test_cost_prices_are_never_taken_for_the_customers() -> None:
    """In a drop-ship shop every price of an order is a cost price: it is held with that reason, unless meant so."""
    order = attrs.evolve(bought(INCLUDED), order_state=OrderState.SHIPPING, can_shop_ship=True)
    account = AccountId("a")
    held = mapping.channel_order(account, order, model=ShopModel.DROPSHIP)
    assert held.state is Standing.UNKNOWN
    assert "purchase prices" in held.vendor_state
    assert "ImportRule.purchase_prices" in held.vendor_state
    meant = mapping.channel_order(account, order, model=ShopModel.DROPSHIP, rule=ImportRule(purchase_prices=True))
    assert (meant.state, meant.vendor_state) == (Standing.AWAITING_SHIPMENT, "SHIPPING")
    for model in (None, ShopModel.MARKETPLACE, ShopModel.ONE_CREDITOR):
        assert mapping.channel_order(account, order, model=model) == meant
    waiting = attrs.evolve(order, order_state=OrderState.WAITING_ACCEPTANCE)
    answered = mapping.channel_order(account, waiting, model=ShopModel.DROPSHIP)
    assert answered.state is Standing.AWAITING_ACCEPTANCE  # a window runs: accepting is no booking


def test_a_marketplace_order_has_no_purchase_price() -> None:
    """The usual case: the customer buys; a model that we have not met is judged by the order."""
    order = bought(INCLUDED)
    assert purchase(order) is None
    assert sale_to(ShopModel.MARKETPLACE) is SaleTo.CUSTOMER
    assert sale_to(Unrecognised("RENT"), order) is SaleTo.CUSTOMER
    assert sale_to(None) is SaleTo.CUSTOMER
