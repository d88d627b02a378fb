"""The order document: what is refused before it is sent, how it is written, how it is read back."""

from datetime import UTC, datetime
from decimal import Decimal, Inexact, localcontext
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.khaos_control.cards import looks_like_card_number
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.orders import order_problems, read_sales_orders, write_sales_orders
from khaos_connectors.khaos_control.order_models import (
    NEVER_SENT,
    Address,
    CommLog,
    Customer,
    Header,
    Item,
    NamedValue,
    PaymentDetail,
    SalesOrder,
)

_READING = Reading(system="khaos", operation="ExportOrders", time=ServerTime())


def _order(**changes: object) -> SalesOrder:
    address = Address(address1="1 Test Street", town="Testtown", postcode="AA1 1AA", surname="Person")
    order = SalesOrder(
        customer=Customer(company_class="Web"),
        invoice=address,
        delivery=address,
        payments=(PaymentDetail(payment_amount=Decimal(12), payment_type="2"),),
        header=Header(
            order_date=datetime(2026, 7, 1, 9, 30, tzinfo=UTC), order_amount=Decimal(12), associated_ref="R1"
        ),
        items=(Item(stock_code="MUG", mapping_type="1", order_qty=Decimal(1), price_grs=Decimal(12)),),
    )
    for path, value in changes.items():
        part, _, field = path.partition("__")
        if part in {"item", "payment"}:
            name = {"item": "items", "payment": "payments"}[part]
            order = attrs.evolve(order, **{name: (attrs.evolve(getattr(order, name)[0], **{field: value}),)})
        elif field:
            order = attrs.evolve(order, **{part: attrs.evolve(getattr(order, part), **{field: value})})
        else:
            order = attrs.evolve(order, **{part: value})
    return order


def test_a_plain_order_may_be_sent() -> None:
    """The smallest order that the contract describes has no problem."""
    assert order_problems(_order()) == ()


@pytest.mark.parametrize(
    ("path", "limit", "element"),
    [
        ("customer__company_code", 10, "COMPANY_CODE"),
        ("customer__other_ref", 30, "OTHER_REF"),
        ("customer__web_user", 50, "WEB_USER"),
        ("customer__company_name", 50, "COMPANY_NAME"),
        ("customer__tax_reference", 20, "TAX_REFERENCE"),
        ("invoice__address1", 35, "IADDRESS1"),
        ("invoice__address2", 35, "IADDRESS2"),
        ("invoice__address3", 35, "IADDRESS3"),
        ("invoice__town", 35, "ITOWN"),
        ("invoice__county", 35, "ICOUNTY"),
        ("invoice__postcode", 10, "IPOSTCODE"),
        ("invoice__title", 20, "ITITLE"),
        ("invoice__forename", 50, "IFORENAME"),
        ("invoice__surname", 50, "ISURNAME"),
        ("invoice__email", 50, "IEMAIL"),
        ("delivery__town", 35, "DTOWN"),
        ("delivery__surname", 50, "DSURNAME"),
        ("header__associated_ref", 50, "ASSOCIATED_REF"),
        ("header__order_note", 2000, "ORDER_NOTE"),
        ("header__invoice_note", 2000, "INVOICE_NOTE"),
        ("header__courier_note", 255, "COURIER_NOTE"),
        ("header__po_number", 30, "PO_NUMBER"),
        ("item__stock_code", 50, "ORDER_ITEM[1]/STOCK_CODE"),
        ("item__stock_desc", 250, "ORDER_ITEM[1]/STOCK_DESC"),
        ("item__extended_desc", 150, "ORDER_ITEM[1]/EXTENDED_DESC"),
    ],
)
def test_every_length_of_the_contract_is_kept(path: str, limit: int, element: str) -> None:
    """A text of the limit passes; one character more is refused under the element's own name."""
    assert order_problems(_order(**{path: "x" * limit})) == ()

    (problem,) = order_problems(_order(**{path: "x" * (limit + 1)}))

    assert (problem.field, str(limit) in problem.problem) == (element, True)


@pytest.mark.parametrize(
    ("path", "value", "element", "words"),
    [
        ("customer__company_class", "", "COMPANY_CLASS", "empty"),
        ("customer__is_new_customer", None, "IS_NEW_CUSTOMER", "empty"),
        ("invoice__address1", "", "IADDRESS1", "empty"),
        ("invoice__town", "", "ITOWN", "empty"),
        ("invoice__postcode", "", "IPOSTCODE", "empty"),
        ("invoice__surname", "", "ISURNAME", "empty"),
        ("delivery__postcode", "", "DPOSTCODE", "empty"),
        ("header__associated_ref", "", "ASSOCIATED_REF", "empty"),
        ("header__associated_ref", "A,B", "ASSOCIATED_REF", "comma"),
        ("header__associated_ref", " R1", "ASSOCIATED_REF", "space"),
        ("header__order_currency_code", "POUND", "ORDER_CURRENCY_CODE", "3"),
        ("header__order_currency_code", "£", "ORDER_CURRENCY_CODE", "three letters"),
        ("item__stock_code", "", "ORDER_ITEM[1]/STOCK_CODE", "empty"),
        ("item__stock_code", "MUG#1", "ORDER_ITEM[1]/STOCK_CODE", "#"),
        ("item__stock_code", "MUG,1", "ORDER_ITEM[1]/STOCK_CODE", "comma"),
        ("item__stock_desc", "No #1 mug", "ORDER_ITEM[1]/STOCK_DESC", "#"),
        ("item__order_qty", Decimal("1.5"), "ORDER_ITEM[1]/ORDER_QTY", "whole"),
        ("item__order_qty", Decimal(0), "ORDER_ITEM[1]/ORDER_QTY", "above 0"),
        ("item__price_grs", None, "ORDER_ITEM[1]/PRICE_GRS", "needed"),
        ("item__price_grs", Decimal(-1), "ORDER_ITEM[1]/PRICE_GRS", "negative"),
        ("item__price_grs", Decimal("1.005"), "ORDER_ITEM[1]/PRICE_GRS", "two decimals"),
        ("item__mapping_type", "", "ORDER_ITEM[1]/MAPPING_TYPE", "empty"),
        ("invoice__town", "Test\x07town", "ITOWN", "control"),
        ("invoice__town", "Test\ntown", "ITOWN", "line breaks"),
        ("header__order_note", "a\x00b", "ORDER_NOTE", "control"),
        ("payment__card_number", "4000 0000 0000 0003", "CARD_NUMBER", "card"),
        ("header__order_note", "my card is 4000 0000 0000 0002", "ORDER_NOTE", "card"),
        ("header__po_number", "4000 0000 0000 0002", "PO_NUMBER", "card"),
        ("customer__company_name", "4000000000000002", "COMPANY_NAME", "card"),
        ("invoice__address2", "4000-0000-0000-0002", "IADDRESS2", "card"),
        ("delivery__organisation", "c/o 4000 0000 0000 0002", "DORGANISATION", "card"),
        ("item__stock_desc", "Gift 4000 0000 0000 0002", "ORDER_ITEM[1]/STOCK_DESC", "card"),
        ("customer__uda", (NamedValue(name="4000 0000 0000 0002"),), "ADDITIONAL[1]/@NAME", "card"),
        ("item__order_qty", Decimal("NaN"), "ORDER_ITEM[1]/ORDER_QTY", "number"),
        ("item__price_net", Decimal("sNaN"), "ORDER_ITEM[1]/PRICE_NET", "number"),
        ("item__ksd_discount", Decimal(f"1{'0' * 30}.001"), "ORDER_ITEM[1]/KSD_DISCOUNT", "two decimals"),
        ("item__extended_desc", "short\n" + "x" * 151, "ORDER_ITEM[1]/EXTENDED_DESC", "a line"),
        ("header__custom", (NamedValue(name=""),), "CUSTOM_PROPERTY[1]/@NAME", "empty"),
        ("customer__uda", (NamedValue(name="A", value="x\x07"),), "ADDITIONAL[1]", "control"),
        ("item__custom", (NamedValue(name="a\nb"),), "ORDER_ITEM[1]/CUSTOM_PROPERTY[1]/@NAME", "line breaks"),
        ("header__comm_logs", (CommLog(),), "COMM_LOG_ENTRY[1]/CONTACT_TYPE", "empty"),
        ("header__order_amount", Decimal("NaN"), "ORDER_AMOUNT", "number"),
        ("payment__payment_amount", None, "PAYMENT_AMOUNT", "empty"),
        ("items", (), "ORDER_ITEMS", "at least one"),
    ],
)
def test_what_the_server_would_reject_is_told_by_its_element(
    path: str, value: object, element: str, words: str
) -> None:
    """Each rule of the contract is one problem that names the element, before anything is sent."""
    found = order_problems(_order(**{path: value}))

    assert [each.field for each in found] == [element] * len(found)
    assert any(words in each.problem for each in found)


@pytest.mark.parametrize("path", ["header__order_amount", "item__order_qty", "item__price_grs", "item__ksd_discount"])
@pytest.mark.parametrize("number", ["12345.00", "1E+30", "12345678901234567890123456789"])
def test_numbers_are_checked_in_every_decimal_context(path: str, number: str) -> None:
    """An amount is exact or not, whatever precision the program around happens to work with."""
    with localcontext() as context:
        context.prec = 3
        context.traps[Inexact] = True

        assert order_problems(_order(**{path: Decimal(number)})) == ()


@pytest.mark.parametrize("path", ["item__stock_code", "header__associated_ref", "invoice__tel", "item__import_ref"])
def test_codes_and_telephones_may_look_like_cards(path: str) -> None:
    """One bar code, reference and foreign telephone number in ten has the right check digit: they are not written
    freely, and an order must not wait for a person because of them.
    """
    assert looks_like_card_number("5012345601090")
    assert order_problems(_order(**{path: "5012345601090"})) == ()


def test_notes_may_have_lines() -> None:
    """A note with line breaks is a note, not a mistake."""
    assert order_problems(_order(header__order_note="Side door\nRing twice")) == ()


def test_the_shorter_reference_limit_of_the_guide_can_be_asked_for() -> None:
    """15 characters where the installation is an old one, 50 otherwise."""
    long = _order(header__associated_ref="x" * 16)

    assert order_problems(long) == ()
    assert [each.field for each in order_problems(long, reference_limit=15)] == ["ASSOCIATED_REF"]


def test_the_customers_currency_is_the_only_one() -> None:
    """An order in another currency than the account's customers have is refused where that is configured."""
    order = _order(header__order_currency_code="EUR")

    assert order_problems(order) == ()
    assert [each.field for each in order_problems(order, currency="GBP")] == ["ORDER_CURRENCY_CODE"]


def test_a_character_set_can_be_demanded() -> None:
    """Texts that do not fit the configured character set are named."""
    order = _order(invoice__surname="Wałęsa")

    assert order_problems(order) == ()
    assert [each.field for each in order_problems(order, encoding="cp1252")] == ["ISURNAME"]


def test_telephones_are_cut_not_refused() -> None:
    """Telephone, fax and mobile end after 19 characters, as the contract allows; nothing else is ever cut."""
    order = _order(invoice__tel="0" * 25, invoice__fax="1" * 25, invoice__mobile="2" * 25)
    written = ET.fromstring(write_sales_orders(order, ServerTime()))

    assert order_problems(order) == ()
    assert [len(written.findtext(f".//I{name}") or "") for name in ("TEL", "FAX", "MOBILE")] == [19, 19, 19]


def test_flags_times_and_money_are_written_the_vendors_way() -> None:
    """-1 and 0, wall time with a blank, two decimals, whole quantities, and no card data whatever."""
    order = _order(header__manual_received=True, invoice__email_subscriber=False, item__price_grs=Decimal("12.5"))
    written = ET.fromstring(write_sales_orders(order, ServerTime()))

    told = {each.tag: each.text for each in written.iter()}
    assert (told["MANUAL_RECEIVED"], told["IEMAIL_SUBSCRIBER"], told["IS_NEW_CUSTOMER"]) == ("-1", "0", "0")
    assert told["ORDER_DATE"] == "2026-07-01 10:30:00"
    assert (told["PRICE_GRS"], told["ORDER_QTY"], told["ORDER_AMOUNT"]) == ("12.50", "1", "12.00")
    assert [told[name] for name in ("CARD_TYPE", "CARD_CV2", "CARD_NAME", "CARD_EXPIRE")] == [None] * 4
    assert "PRICE_NET" not in told
    assert "FORCE_SORDER_CODE" not in told


def test_markup_in_a_name_stays_a_name() -> None:
    """A buyer called </ISURNAME> cannot break out of the element."""
    nasty = "</ISURNAME><X>&amp;"
    document = write_sales_orders(_order(invoice__surname=nasty), ServerTime())

    assert ET.fromstring(document).findtext(".//ISURNAME") == nasty


_words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), max_size=30).map(str.strip)
_money = st.decimals(min_value=0, max_value=9_999, places=2)
_moments = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1)).map(  # noqa: DTZ001 - a bound
    lambda naive: naive.replace(tzinfo=UTC, microsecond=0, hour=12)
)


@given(
    town=_words.filter(bool),
    note=_words,
    amount=_money,
    qty=st.integers(min_value=1, max_value=999).map(Decimal),
    when=_moments,
    flag=st.sampled_from([True, False]),
)
def test_what_is_written_is_read_back(
    *, town: str, note: str, amount: Decimal, qty: Decimal, when: datetime, flag: bool
) -> None:
    """Writing an order and reading the document gives an equal order: the two know the same elements."""
    order = _order(
        invoice__town=town,
        header__order_note=note,
        header__order_amount=amount,
        header__order_date=when,
        header__manual_received=flag,
        item__order_qty=qty,
    )
    document = ET.fromstring(write_sales_orders(order, ServerTime()))

    assert read_sales_orders(document, _READING).items == (order,)


def test_a_broken_order_leaves_the_others_readable() -> None:
    """One order without a header and one with a bad amount stand beside a good one; an empty shell is nothing."""
    good = write_sales_orders(_order(), ServerTime()).removeprefix("<SALES_ORDERS>").removesuffix("</SALES_ORDERS>")
    bad = good.replace("<ORDER_AMOUNT>12.00<", "<ORDER_AMOUNT>twelve<").replace(">R1<", ">R2<")
    document = ET.fromstring(f"<SALES_ORDERS>{bad}{good}<SALES_ORDER><X/></SALES_ORDER><SALES_ORDER/></SALES_ORDERS>")

    rows = read_sales_orders(document, _READING)

    assert [row.header.associated_ref for row in rows] == ["R1"]
    assert [(bad.key, bad.expected) for bad in rows.unread] == [("R2", "a number"), ("", "an element")]


def test_card_numbers_are_never_kept() -> None:
    """An exported order that holds a card number is read without it; a word in its place is kept."""
    text = write_sales_orders(_order(payment__card_number="PAYPAL"), ServerTime())
    word = read_sales_orders(ET.fromstring(text), _READING)
    number = read_sales_orders(ET.fromstring(text.replace("PAYPAL", "4000000000000002")), _READING)

    assert [row.payments[0].card_number for row in (*word, *number)] == ["PAYPAL", ""]


@pytest.mark.parametrize("field", [each.name for each in attrs.fields(PaymentDetail) if each.type is str])
def test_a_payment_that_holds_a_card_number_cannot_be_made(field: str) -> None:
    """Not in any of its texts; the error does not repeat the number."""
    with pytest.raises(ValueError, match="card number") as caught:
        _order(**{f"payment__{field}": "paid by 4000-0000-0000-0002"})

    assert "0002" not in str(caught.value)


def test_card_data_of_an_unreadable_order_is_not_kept_either() -> None:
    """The payload of a broken order holds neither the number nor the holder, the start or the check digits."""
    text = write_sales_orders(_order(payment__transaction_id="TX1"), ServerTime())
    for name, value in {"CARD_NAME": "T. Person", "CARD_CV2": "987", "CARD_START": "01/20"}.items():
        text = text.replace(f"<{name} />", f"<{name}>{value}</{name}>")
    text = text.replace("<CARD_NUMBER />", "<CARD_NUMBER>4000000000000002</CARD_NUMBER>").replace(
        ">TX1<", ">4000000000000002<"
    )
    text = text.replace("<ORDER_AMOUNT>12.00<", "<ORDER_AMOUNT>twelve<")

    (bad,) = read_sales_orders(ET.fromstring(text), _READING).unread

    assert "<CARD_NUMBER" in bad.payload
    for secret in ("4000", "T. Person", "987", "01/20"):
        assert secret not in bad.payload


@pytest.mark.parametrize(
    "place", ['<CUSTOMER_DETAIL WEB_PASSWORD="{}">', "<CUSTOMER_DETAIL><Web_Password>{}</Web_Password>"]
)
def test_a_password_is_dropped_from_orders_too(place: str) -> None:
    """A customer comes with each order: what must not be kept of one is kept nowhere."""
    text = write_sales_orders(_order(), ServerTime()).replace("<CUSTOMER_DETAIL>", place.format("pw-secret"))

    (bad,) = read_sales_orders(ET.fromstring(text.replace(">12.00<", ">twelve<")), _READING).unread

    assert "pw-secret" not in bad.payload


def test_what_is_for_the_vendor_alone_is_neither_read_nor_sent() -> None:
    """An exported order brings internal references along: sent back they would do harm."""
    document = write_sales_orders(_order(), ServerTime()).replace(
        "<ORDER_HEADER>",
        '<ORDER_HEADER><INTERNAL_REF TYPE_ID="7">X9</INTERNAL_REF><FORCE_SORDER_CODE>F9</FORCE_SORDER_CODE>',
    )
    (order,) = read_sales_orders(ET.fromstring(document), _READING)
    again = ET.fromstring(write_sales_orders(order, ServerTime()))

    assert order == _order()
    assert {each.tag for each in again.iter() if each.tag in NEVER_SENT and (each.text or each.attrib)} == set()
    assert not {"INTERNAL_REF", "FORCE_SORDER_CODE", "SECURITY_TOKEN"} & {each.tag for each in again.iter()}


def test_line_ends_arrive_as_they_are() -> None:
    """A carriage return in a note is written as a reference: bare it would arrive as a line feed."""
    order = _order(header__order_note="Side door\r\nRing twice")

    assert read_sales_orders(ET.fromstring(write_sales_orders(order, ServerTime())), _READING).items == (order,)


def test_personal_data_is_not_shown() -> None:
    """Neither an address nor a note appears in repr."""
    shown = repr(_order(header__order_note="Side door"))

    assert "Testtown" not in shown
    assert "Person" not in shown
    assert "Side door" not in shown
