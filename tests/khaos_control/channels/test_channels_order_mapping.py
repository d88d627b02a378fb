"""From an order draft to the order that the ERP fetches."""

from decimal import Decimal, localcontext

import attrs
import pytest

from khaos_connectors.core.ids import OrderRef, StockCode
from khaos_connectors.core.orders import Address, DraftLine, ErpOrderDraft, Payment
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control import CustomerKey
from khaos_connectors.khaos_control.channels import DataItem, OrderDownloadSettings, PaymentTarget, References
from khaos_connectors.khaos_control.channels.mapping import MappedOrder, sales_order
from khaos_connectors.khaos_control.channels.models import (
    BACSPayment,
    CalcMethod,
    CardPayment,
    CashPayment,
    ChequePayment,
    ItemMapping,
    LockableDate,
    Mapping,
    Price,
    VoucherPayment,
)


def _mapped(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> MappedOrder:
    return sales_order(draft, settings, associated_ref="JL-1001")


def _told(mapped: MappedOrder) -> list[tuple[str, str]]:
    return [(each.field, each.problem) for each in mapped.problems]


def test_a_draft_becomes_an_order(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """Names, dates, amounts and keys are where the document wants them, and nothing speaks against it."""
    mapped = _mapped(draft, settings)
    assert mapped.problems == ()
    order, header = mapped.order, mapped.order.header
    assert (header.associated_ref, header.order_date, header.custom_data) == ("JL-1001", draft.placed_at, "C-1")
    assert (header.site, header.sales_source, header.courier) == (
        DataItem(id="1"),
        DataItem(name="WEB"),
        DataItem(id="14"),
    )
    assert (header.delivery_charge, header.delivery_tax_amount) == (Price(gross=Decimal("4.95")), Decimal("0.82"))
    assert (header.gross_total, header.calc_method) == (Decimal("14.95"), CalcMethod.GROSS)
    assert (header.required_date, header.delivery_date) == (draft.deliver_by, None)
    assert (order.customer.other_ref, order.customer.web_user) == ("buyer-1", "")
    assert order.customer.currency == DataItem(code="GBP")
    assert order.delivery_address == order.invoice_address
    assert order.invoice_address.country == DataItem(code="GB")
    assert (order.invoice_contact.forename, order.invoice_contact.surname) == ("Ada", "Example")
    (payment,) = order.payments
    assert payment.card == CardPayment(
        card_type="Marketplace", is_preauth=False, auth_code="MARKETPLACE", transaction_id="T-1"
    )


def test_line_totals_are_kept_to_the_penny(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """10.00 for three does not divide: 1 at 3.34 and 2 at 3.33, both with the channel's line ids."""
    items = _mapped(draft, settings).order.items
    assert [(item.quantity, item.unit_price.gross) for item in items] == [
        (Decimal(1), Decimal("3.34")),
        (Decimal(2), Decimal("3.33")),
    ]
    assert {item.import_ref for item in items} == {"L1,L2"}
    assert {item.mapping for item in items} == {Mapping.STOCK_CODE}
    assert {item.stock_description for item in items} == {None}


def test_prices_may_be_net(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """Then all of them are, and the ERP is told to work it out net unless the settings say otherwise."""
    net = attrs.evolve(settings, price="net", send_delivery_tax=False, send_gross_total=False)
    mapped = _mapped(draft, net)
    assert mapped.problems == ()
    prices = [(item.quantity, item.unit_price) for item in mapped.order.items]
    assert prices == [(Decimal(2), Price(net=Decimal("2.78"))), (Decimal(1), Price(net=Decimal("2.77")))]
    header = mapped.order.header
    assert header.delivery_charge == Price(net=Decimal("4.13"))
    assert (header.delivery_tax_amount, header.gross_total, header.calc_method) == (None, None, CalcMethod.NET)
    auto = _mapped(draft, attrs.evolve(net, calc_method=CalcMethod.AUTO)).order.header
    assert auto.calc_method is CalcMethod.AUTO


def test_choices_of_the_settings_are_written(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """Descriptions on one line, further mappings, a locked date, the customer's number, one address only."""
    other = attrs.evolve(
        settings,
        send_descriptions=True,
        alternate_mapping=(Mapping.OTHER_REF,),
        deliver_by="locked",
        customer_number_as_po=True,
        order_id_as_custom_data=False,
        repeat_equal_address=False,
        customer_key=CustomerKey.WEB_USER,
    )
    order = _mapped(draft, other).order
    assert order.items[0].stock_description is not None
    assert order.items[0].stock_description.parameter == "A mug, blue"
    assert order.items[0].alternate_mapping == (ItemMapping(mapping=Mapping.OTHER_REF),)
    assert draft.deliver_by is not None
    assert order.header.delivery_date == LockableDate(date=draft.deliver_by, locked=True)
    assert (order.header.po_number, order.header.custom_data) == ("PO-7", "")
    assert (order.delivery_address, order.delivery_contact) == (None, None)
    assert (order.customer.other_ref, order.customer.web_user) == ("", "buyer-1")


def test_another_delivery_address_is_always_written(
    draft: ErpOrderDraft, settings: OrderDownloadSettings, home: Address
) -> None:
    """A gift goes to whom it is for; a country that is no code goes by its name."""
    gift = attrs.evolve(draft, delivery=attrs.evolve(home, forename="Bo", country="United Kingdom"))
    order = _mapped(gift, attrs.evolve(settings, repeat_equal_address=False)).order
    assert order.delivery_address is not None
    assert order.delivery_address.country == DataItem(name="United Kingdom")
    assert order.delivery_contact is not None
    assert order.delivery_contact.forename == "Bo"


def test_an_address_without_a_name(draft: ErpOrderDraft, settings: OrderDownloadSettings, home: Address) -> None:
    """It is refused unless the settings name a stand-in."""
    nameless = attrs.evolve(draft, billing=attrs.evolve(home, forename="", surname=" "))
    assert _told(_mapped(nameless, settings)) == [("InvoiceContact.Surname", "a forename or a surname is needed")]
    stand_in = _mapped(nameless, attrs.evolve(settings, missing_name="Customer"))
    assert stand_in.problems == ()
    assert stand_in.order.invoice_contact.surname == "Customer"


def test_an_unmapped_service(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """The courier is left to the ERP, or the order is refused: as the settings say."""
    unmapped = attrs.evolve(settings, couriers={})
    assert _mapped(draft, unmapped).problems == ()
    assert _mapped(draft, unmapped).order.header.courier is None
    refused = _mapped(draft, attrs.evolve(unmapped, unmapped_service="refuse"))
    assert _told(refused) == [("Header.Courier", "no courier is set for the service 'next-day'")]
    assert _mapped(attrs.evolve(draft, service=""), attrs.evolve(unmapped, unmapped_service="refuse")).problems == ()


def test_small_rounding_is_absorbed_and_large_is_not(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """GrossTotal lets the ERP absorb pennies; more needs a line of its own, and less than nothing has none."""
    penny = attrs.evolve(draft, rounding=Decimal("0.05"), total=Decimal("15.00"))
    absorbed = _mapped(penny, settings)
    assert absorbed.problems == ()
    assert absorbed.order.header.gross_total == Decimal("15.00")
    more = attrs.evolve(draft, rounding=Decimal("0.06"), total=Decimal("15.01"))
    assert _told(_mapped(more, settings)) == [
        ("Header.GrossTotal", "the rounding difference of 0.06 is too large: set rounding_code to a stock code for it")
    ]
    with_code = _mapped(more, attrs.evolve(settings, rounding_code=StockCode("ROUND")))
    assert with_code.problems == ()
    assert with_code.order.items[-1].sku == "ROUND"
    assert with_code.order.items[-1].unit_price == Price(gross=Decimal("0.06"))
    less = attrs.evolve(draft, rounding=Decimal("-0.06"), total=Decimal("14.89"))
    told = _told(_mapped(less, attrs.evolve(settings, rounding_code=StockCode("ROUND"))))
    assert told == [
        ("Header.GrossTotal", "the rounding difference of -0.06 is too large: a negative one cannot be sent")
    ]
    unsent = attrs.evolve(settings, send_gross_total=False)
    assert [field for field, _ in _told(_mapped(penny, unsent))] == ["Header.GrossTotal"]


def test_amounts_must_add_up(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """A total that is not its parts, and a charge that is not net and tax, are told before anything is offered."""
    wrong = attrs.evolve(draft, total=Decimal("15.00"), shipping_vat=Decimal("0.83"))
    assert _told(_mapped(wrong, settings)) == [
        ("Header.GrossTotal", "lines, delivery and rounding make 14.95, the total says 15.00"),
        ("Header.DeliveryCharge", "net and tax of the delivery charge do not add up to its gross"),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"units": 0}, "Quantity must be a whole number above 0"),
        (
            {"gross": Decimal("-10.00"), "net": Decimal("-10.00"), "vat": Decimal(0)},
            "its amount must be whole pennies, 0 or more",
        ),
        (
            {"gross": Decimal("10.001"), "net": Decimal("10.001"), "vat": Decimal(0)},
            "its amount must be whole pennies, 0 or more",
        ),
    ],
)
def test_lines_that_cannot_be_priced(
    line: dict[str, object], problem: str, draft: ErpOrderDraft, settings: OrderDownloadSettings
) -> None:
    """A line without units or with fractions of a penny is named."""
    bad: DraftLine = attrs.evolve(draft.lines[0], **line)
    told = _told(_mapped(attrs.evolve(draft, lines=(bad,)), settings))
    assert ("Items", f"line 1 (MUG): {problem}") in told


def _paid(draft: ErpOrderDraft, method: str, reference: str = "T-1") -> ErpOrderDraft:
    return attrs.evolve(draft, payments=(Payment(method=method, amount=draft.total, reference=reference),))


def test_every_way_to_pay(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """Each method is written as its target says, with the reference of the payment."""
    bank = DataItem(name="Sales")
    targets = {
        "cash": PaymentTarget(kind="cash", bank_account=bank),
        "cheque": PaymentTarget(kind="cheque", bank_account=bank),
        "voucher": PaymentTarget(kind="voucher", bank_account=bank),
        "bacs": PaymentTarget(kind="bacs", bank_account=bank),
    }
    found = {
        method: _mapped(_paid(draft, method), attrs.evolve(settings, payments=targets)).order.payments[0]
        for method in targets
    }
    assert found["cash"].cash == CashPayment(reference="T-1")
    assert found["cheque"].cheque == ChequePayment(reference="T-1")
    assert found["voucher"].voucher == VoucherPayment(reference="T-1")
    assert found["bacs"].bacs == BACSPayment(reference="T-1")
    assert {payment.bank_account for payment in found.values()} == {bank}


def test_an_order_on_account_has_no_payment(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """It says so in the header instead; an order without any payment says nothing."""
    on_account = _mapped(_paid(draft, "invoice"), settings)
    assert on_account.problems == ()
    assert (on_account.order.payments, on_account.order.header.remainder_on_account) == ((), True)
    assert _mapped(attrs.evolve(draft, payments=()), settings).order.header.remainder_on_account is None


def test_payments_that_cannot_be_sent(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """A method without a target, and a reference that looks like a card number, which is not repeated."""
    told = (
        "no payment target is set for the method 'barter' (set: 'marketplace', 'invoice'): "
        "give OrderDownloadSettings(payments={'barter': PaymentTarget(...)})"
    )
    assert _told(_mapped(_paid(draft, "barter"), settings)) == [("Payments", told)]
    mapped = _mapped(_paid(draft, "marketplace", "4111 1111 1111 1111"), settings)
    assert _told(mapped) == [("Payments", "transaction_id looks like it holds a card number, which is never sent")]
    assert "4111" not in repr(mapped)


def test_a_card_target_names_its_service() -> None:
    """CardType is required, so the settings must hold one."""
    with pytest.raises(ConfigError, match="card_type"):
        PaymentTarget(auth_code="X")


def test_references_are_understood_with_and_without_the_channels_format() -> None:
    """``{0}SUFFIX`` is set up at the ERP; our own template makes references unique over all channels."""
    references = References(template="KC:{reference}", channel_format="{0}-JL")
    sent = references.sent(OrderRef("1001"))
    assert sent == "KC:1001"
    assert references.read(sent) == references.read("KC:1001-JL") == "1001"
    assert references.read("other") == "other"
    assert references.read("KC:") == "KC:"
    assert References().read("-JL") == "-JL"


@pytest.mark.parametrize("bad", [{"template": "x"}, {"channel_format": "{0}{0}"}])
def test_templates_hold_their_slot_once(bad: dict[str, str]) -> None:
    """Anything else could not be read back."""
    with pytest.raises(ConfigError, match="exactly once"):
        References(**bad)


def test_the_callers_decimal_context_does_not_matter(draft: ErpOrderDraft, settings: OrderDownloadSettings) -> None:
    """In a context of three digits the document has every penny, and nothing speaks against it that did not before."""
    net, vat = Decimal("82304.53"), Decimal("16460.90")
    line = attrs.evolve(draft.lines[0], units=7, net=net, vat=vat, gross=net + vat, vat_rate=Decimal(20))
    dear = attrs.evolve(draft, lines=(line,), total=line.gross + draft.shipping_gross, payments=())
    plain = _mapped(dear, settings)

    with localcontext(prec=3):
        assert repr(_mapped(dear, settings)) == repr(plain)
