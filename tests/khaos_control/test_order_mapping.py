"""From a draft to the document: prices, totals, settings, and reasons not to send."""

from decimal import Decimal, localcontext

import attrs
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.orders import Address, DraftLine, ErpOrderDraft, Payment
from khaos_connectors.khaos_control import CalcMode, CourierTarget, CustomerKey, OrderSettings, PaymentRule, PaymentType
from khaos_connectors.khaos_control.arithmetic import pennies
from khaos_connectors.khaos_control.mapping import sales_order


def _line(gross: str, units: int, rate: str = "20") -> DraftLine:
    total, percent = Decimal(gross), Decimal(rate)
    net = pennies(total * 100 / (100 + percent))
    return DraftLine(
        stock_code=StockCode("MUG-RED"), units=units, gross=total, net=net, vat=total - net, vat_rate=percent
    )


def _with(draft: ErpOrderDraft, *lines: DraftLine) -> ErpOrderDraft:
    return attrs.evolve(
        draft, lines=lines, total=sum((line.gross for line in lines), draft.shipping_gross), payments=()
    )


def test_a_line_that_does_not_divide_becomes_two(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """10.00 for three is 1 at 3.34 and 2 at 3.33: the ERP's own rounding then gives 10.00 again."""
    written = sales_order(draft, settings, reference="JL-1001")

    assert [(item.order_qty, item.price_grs) for item in written.order.items] == [
        (1, Decimal("3.34")),
        (2, Decimal("3.33")),
    ]
    assert written.order.header.order_amount == draft.total
    assert written.problems == ()


def test_a_line_that_divides_stays_one(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """Nothing is split without need."""
    written = sales_order(_with(draft, _line("10.00", 4)), settings, reference="R")

    assert [(item.order_qty, item.price_grs) for item in written.order.items] == [(4, Decimal("2.50"))]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # frozen records: nothing leaks
@given(
    grosses=st.lists(st.tuples(st.integers(0, 99_999), st.integers(1, 60)), min_size=1, max_size=5),
    rates=st.lists(st.sampled_from(["20", "0"]), min_size=5, max_size=5),
)
def test_gross_orders_keep_every_penny(
    draft: ErpOrderDraft, settings: OrderSettings, grosses: list[tuple[int, int]], rates: list[str]
) -> None:
    """In gross mode every standard and zero rated order comes out at the channel's total, units and lines conserved."""
    lines = [_line(str(Decimal(p) / 100), u, r) for (p, u), r in zip(grosses, rates, strict=False)]
    order = _with(draft, *lines)

    written = sales_order(order, settings, reference="R")

    assert written.problems == ()
    assert written.order.header.order_amount == order.total
    assert sum(item.order_qty or 0 for item in written.order.items) == sum(line.units for line in lines)
    assert sum((total.gross for total in written.totals), order.shipping_gross) == order.total


def test_rates_beside_the_standard_one_are_priced_net_with_their_code(
    draft: ErpOrderDraft, settings: OrderSettings
) -> None:
    """Zero rated: PRICE_NET and the code 2; standard: PRICE_GRS and the code 1; never a percentage."""
    written = sales_order(_with(draft, _line("6.00", 2, "0"), _line("12.00", 1)), settings, reference="R")

    zero, standard = written.order.items
    assert (zero.price_net, zero.price_grs, zero.tax_rate) == (Decimal("3.00"), None, "2")
    assert (standard.price_net, standard.price_grs, standard.tax_rate) == (None, Decimal("12.00"), "1")


def test_a_net_class_is_priced_net_and_still_comes_to_the_total(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """In net mode the line's net is split, so that 25.00 net for three is 30.00 gross again."""
    net = attrs.evolve(settings, calc_mode=CalcMode.NET)
    written = sales_order(_with(draft, _line("30.00", 3)), net, reference="R")

    assert [(item.order_qty, item.price_net) for item in written.order.items] == [
        (1, Decimal("8.34")),
        (2, Decimal("8.33")),
    ]
    assert written.problems == ()


def test_an_amount_that_the_erp_would_not_reach_is_not_sent(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """0.03 gross at 20 % in net mode is 0.03 net plus 0.01 tax over there: refused, unless a tolerance allows it."""
    net = attrs.evolve(settings, calc_mode=CalcMode.NET)
    order = _with(draft, _line("0.03", 1))

    assert [each.field for each in sales_order(order, net, reference="R").problems] == ["ORDER_AMOUNT"]
    tolerant = sales_order(order, attrs.evolve(net, amount_tolerance=Decimal("0.01")), reference="R")
    assert tolerant.problems == ()
    assert tolerant.order.header.order_amount == order.total + Decimal("0.01")


def test_an_unknown_vat_rate_is_named(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """A percentage without a code of the installation cannot be written."""
    found = sales_order(_with(draft, _line("10.00", 1, "13.5")), settings, reference="R").problems

    assert "TAX_RATE" in {each.field for each in found}


def test_a_rounding_difference_needs_a_stock_code(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """Without a code for it the order is refused once; with one, a line carries the penny."""
    order = attrs.evolve(draft, rounding=Decimal("0.01"), total=draft.total + Decimal("0.01"))
    coded = attrs.evolve(settings, rounding_code=StockCode("ROUNDING"))

    assert [each.field for each in sales_order(order, settings, reference="R").problems] == ["ORDER_AMOUNT"]
    written = sales_order(order, coded, reference="R")
    assert written.problems == ()
    assert (written.order.items[-1].stock_code, written.order.items[-1].price_net) == ("ROUNDING", Decimal("0.01"))
    negative = attrs.evolve(draft, rounding=Decimal("-0.01"), total=draft.total - Decimal("0.01"))
    assert [each.field for each in sales_order(negative, coded, reference="R").problems] == ["ORDER_AMOUNT"]


def test_a_draft_that_does_not_add_up_is_refused(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """Lines, delivery and rounding must make the stated total."""
    found = sales_order(attrs.evolve(draft, total=Decimal("99.00")), settings, reference="R").problems

    assert [each.field for each in found] == ["ORDER_AMOUNT"]
    assert "99.00" in found[0].problem


def test_the_delivery_charge_goes_as_net_and_tax_or_as_gross(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """Two ways of the document, never both; 0 is free; a charge without VAT cannot go as gross."""
    header = sales_order(draft, settings, reference="R").order.header
    gross = attrs.evolve(settings, delivery="gross")
    other = sales_order(draft, gross, reference="R").order.header

    assert (header.delivery_net, header.delivery_tax, header.delivery_grs) == (Decimal("4.13"), Decimal("0.82"), None)
    assert (other.delivery_net, other.delivery_tax, other.delivery_grs) == (None, None, Decimal("4.95"))
    exempt = attrs.evolve(draft, shipping_net=Decimal("4.95"), shipping_vat=Decimal(0))
    assert [each.field for each in sales_order(exempt, gross, reference="R").problems] == ["DELIVERY_GRS"]


def test_payments_follow_the_payment_map(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """Method to type, authorisation constant and account; the channel's reference is the transaction; no card data."""
    (payment,) = sales_order(draft, settings, reference="R").order.payments

    assert (payment.payment_type, payment.auth_code, payment.account_name) == ("2", "JOHNLEWIS", "Marketplace")
    assert (payment.transaction_id, payment.payment_amount, payment.card_number) == ("PAY-1", Decimal("14.95"), "")


def test_an_unmapped_payment_method_is_refused(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """A payment is never dropped in silence; the methods that have a rule are named."""
    order = attrs.evolve(draft, payments=(Payment(method="barter", amount=Decimal(1)),))

    found = sales_order(order, settings, reference="R").problems

    problem = "no payment rule is set for the method 'barter'; known: marketplace"
    assert [(each.field, each.problem) for each in found] == [("PAYMENT_TYPE", problem)]


def test_the_word_for_paypal_stands_in_card_number(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """The one thing that CARD_NUMBER may hold."""
    rules = {"marketplace": PaymentRule(payment_type=PaymentType.CARD, auth_code="PAYPAL", word="PAYPAL")}

    written = sales_order(draft, attrs.evolve(settings, payments=rules), reference="R")

    assert (written.order.payments[0].card_number, written.problems) == ("PAYPAL", ())


@pytest.mark.parametrize(
    ("key", "other_ref", "web_user"),
    [
        (CustomerKey.OTHER_REF, "jl-buyer-7", ""),
        (CustomerKey.WEB_USER, "", "jl-buyer-7"),
        (CustomerKey.NONE, "", ""),
    ],
)
def test_the_customer_key_is_a_choice(
    draft: ErpOrderDraft, settings: OrderSettings, key: CustomerKey, other_ref: str, web_user: str
) -> None:
    """One of two fields carries the buyer's key, or none; they never contradict one another."""
    customer = sales_order(draft, attrs.evolve(settings, customer_key=key), reference="R").order.customer

    assert (customer.other_ref, customer.web_user, customer.company_code) == (other_ref, web_user, "")


def test_couriers_are_mapped_or_left_to_the_erp(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """A listed service names its courier by code; others are left empty, or refused where that is wanted."""
    order = attrs.evolve(draft, service="STD")
    mapped = attrs.evolve(settings, couriers={"STD": CourierTarget(code="RM", name="Royal Mail")})
    strict = attrs.evolve(settings, unmapped_service="refuse")

    header = sales_order(order, mapped, reference="R").order.header
    assert (header.courier_code, header.courier_desc) == ("RM", "")
    assert sales_order(order, settings, reference="R").order.header.courier_code == ""
    refused = sales_order(order, strict, reference="R").problems
    assert [str(each) for each in refused] == [
        "COURIER_CODE: no courier is set for the service 'STD'; none is known",
    ]


def test_a_country_is_a_code_or_a_name(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """Two or three letters go as the code, anything else as the name."""
    for country, code, name in [("gb", "GB", ""), ("GBR", "GBR", ""), ("Guernsey", "", "Guernsey"), ("", "", "")]:
        billing = attrs.evolve(draft.billing, country=country)
        address = sales_order(attrs.evolve(draft, billing=billing), settings, reference="R").order.invoice
        assert (address.country_code, address.country_name) == (code, name)


def test_an_address_without_a_postcode_needs_a_setting(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """Refused by default; the vendor's own "." only where it is configured."""
    bare = attrs.evolve(draft, billing=attrs.evolve(draft.billing, postcode=""))

    assert [each.field for each in sales_order(bare, settings, reference="R").problems] == ["IPOSTCODE"]
    dotted = sales_order(bare, attrs.evolve(settings, missing_postcode="."), reference="R")
    assert (dotted.problems, dotted.order.invoice.postcode) == ((), ".")


def test_an_equal_delivery_address_can_be_left_out(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """The vendor advises to leave it out; another address is always written."""
    short = attrs.evolve(settings, repeat_equal_address=False)
    elsewhere = attrs.evolve(draft, delivery=attrs.evolve(draft.delivery, line1="2 Other Road"))

    assert sales_order(draft, short, reference="R").order.delivery is None
    assert sales_order(elsewhere, short, reference="R").order.delivery is not None


def test_the_due_date_does_not_park_the_order(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """DELIVERY_DATE is the order's own date by default: a future one would hold the invoice back until then."""
    due = attrs.evolve(draft, deliver_by=draft.placed_at.replace(day=20))

    header = sales_order(due, settings, reference="R").order.header
    parked = sales_order(due, attrs.evolve(settings, delivery_date="deliver by"), reference="R").order.header

    assert (header.delivery_date, header.required_by_date) == (draft.placed_at, due.deliver_by)
    assert parked.delivery_date == due.deliver_by


def test_a_hopeless_address_is_told_whole(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """Every problem is told at once, so that a person corrects the order once."""
    order = attrs.evolve(draft, billing=Address(), delivery=Address())

    fields = [each.field for each in sales_order(order, settings, reference="").problems]

    assert fields == [
        *(f"I{name}" for name in ("ADDRESS1", "TOWN", "POSTCODE", "SURNAME")),
        *(f"D{name}" for name in ("ADDRESS1", "TOWN", "POSTCODE", "SURNAME")),
        "ASSOCIATED_REF",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"units": 0}, "ORDER_QTY"),
        ({"gross": Decimal("-1.00"), "net": Decimal("-1.00"), "vat": Decimal(0)}, "PRICE_GRS"),
        ({"gross": Decimal("1.005"), "net": Decimal("1.005"), "vat": Decimal(0)}, "PRICE_GRS"),
    ],
)
def test_a_line_that_cannot_be_priced_is_named(
    draft: ErpOrderDraft, settings: OrderSettings, change: dict[str, object], field: str
) -> None:
    """No units, a negative amount, fractions of a penny: the line is told with its number and code."""
    line = attrs.evolve(draft.lines[0], **change)

    found = sales_order(attrs.evolve(draft, lines=(line,)), settings, reference="R").problems

    assert [each.problem.startswith("line 1 (MUG-RED)") for each in found if each.field == field] == [True]


def test_a_delivery_charge_that_does_not_add_up_is_refused(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """Net and tax of the charge make its gross, or nothing is sent."""
    order = attrs.evolve(draft, shipping_net=Decimal("4.00"))

    assert [each.field for each in sales_order(order, settings, reference="R").problems] == ["DELIVERY_NET"]


def test_a_gross_price_without_a_net_one_is_refused_or_tolerated(draft: ErpOrderDraft, settings: OrderSettings) -> None:
    """At 5 % no net price in pennies makes 0.10 gross (0.09 makes 0.09, 0.10 makes 0.11): the difference is told."""
    found = sales_order(_with(draft, _line("0.10", 1, "5")), settings, reference="R")

    assert [each.field for each in found.problems] == ["ORDER_AMOUNT"]
    assert sales_order(_with(draft, _line("1.05", 1, "5")), settings, reference="R").problems == ()


@pytest.mark.parametrize("rate", ["20", "5"])
def test_the_callers_decimal_context_does_not_matter(draft: ErpOrderDraft, settings: OrderSettings, rate: str) -> None:
    """In a context of three digits the document has every penny, and nothing speaks against it that did not before."""
    order = _with(draft, _line("1234.55", 7, rate), _line("98765.43", 2))
    plain = sales_order(order, settings, reference="R")

    with localcontext(prec=3):
        assert repr(sales_order(order, settings, reference="R")) == repr(plain)
