"""What the ERP would refuse is told by its path before anything is offered."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.channels import DataItem
from khaos_connectors.khaos_control.channels.checks import age_problem, problems
from khaos_connectors.khaos_control.channels.models import (
    Address,
    CashPayment,
    ChequePayment,
    Contact,
    CreateNew,
    Customer,
    CustomerReturn,
    ExchangeItem,
    Mapping,
    Match,
    OrderHeader,
    OrderImportConfig,
    OrderItem,
    OrderPayment,
    Price,
    ReturnedItem,
    SalesOrder,
    SalesOrderImport,
    SourceOrder,
    StockItem,
    VoucherPayment,
)

_PLACED = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
_HOME = Address(line1="1 Example Street", town="Sampleton", country=DataItem(code="GB"))
_LINE = OrderItem(sku="MUG", mapping=Mapping.STOCK_CODE, quantity=Decimal(1), unit_price=Price(gross=Decimal(1)))
_ORDER = SalesOrder(
    customer=Customer(create_new=CreateNew.IF_NO_MATCH, company_class=DataItem(id="5"), currency=DataItem(code="GBP")),
    invoice_address=_HOME,
    invoice_contact=Contact(surname="Example"),
    header=OrderHeader(
        associated_ref="JL-1", order_date=_PLACED, site=DataItem(id="1"), sales_source=DataItem(name="WEB")
    ),
    items=(_LINE,),
)
_BACK = ReturnedItem(sku="MUG", quantity=Decimal(1), return_reason=DataItem(id="6"))
_RETURN = CustomerReturn(
    associated_ref="R-1",
    created_date=_PLACED,
    urn="EXAM01",
    invoice_address=_HOME,
    invoice_contact=Contact(forename="Ada"),
    returned_items=(_BACK,),
)


def _told(record: object) -> list[tuple[str, str]]:
    return [(each.field, each.problem) for each in problems(record)]


def test_a_good_order_and_a_good_return_have_no_problem() -> None:
    """What the ERP takes is not complained about."""
    assert problems(SalesOrderImport(orders=(_ORDER,))) == ()
    assert problems(_RETURN) == ()
    assert problems(StockItem(stock_id="1", stock_code="A", user_defined_fields=('{"a":\n1}',))) == ()


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        (attrs.evolve(_HOME, line1=""), ("Line1", "must not be empty")),
        (attrs.evolve(_HOME, line1="x" * 36), ("Line1", "must have at most 35 characters, not 36")),
        (attrs.evolve(_HOME, postcode="x" * 11), ("Postcode", "must have at most 10 characters, not 11")),
        (attrs.evolve(_HOME, country=DataItem()), ("Country", "must not be empty")),
        (attrs.evolve(_HOME, town="A\nB"), ("Town", "must not hold control characters or line breaks")),
        (attrs.evolve(_HOME, town=" A"), ("Town", "must not begin or end with a space: XML does not keep it")),
    ],
)
def test_limits_of_an_address(address: Address, problem: tuple[str, str]) -> None:
    """Required texts, longest texts and what XML does not keep, each by its path."""
    at, why = problem
    assert _told(attrs.evolve(_ORDER, delivery_address=address)) == [(f"DeliveryAddress.{at}", why)]


def test_the_longest_texts_are_allowed() -> None:
    """The vendor's limits are inclusive."""
    assert problems(attrs.evolve(_HOME, line1="x" * 35, postcode="x" * 10, email="x" * 100)) == ()


def test_a_contact_needs_a_name() -> None:
    """A forename or a surname, one of the two."""
    assert problems(Contact(surname="Example")) == ()
    assert _told(Contact(email="ada@example.com")) == [("Surname", "a forename or a surname is needed")]
    assert _told(attrs.evolve(_ORDER, invoice_contact=Contact())) == [
        ("InvoiceContact.Surname", "a forename or a surname is needed")
    ]


@pytest.mark.parametrize("field", ["sales_source", "brand"])
def test_sources_and_brands_cannot_be_matched_by_code(field: str) -> None:
    """The vendor excludes the code for these two; an id or a name beside it will do."""
    header = attrs.evolve(_ORDER.header, **{field: DataItem(code="W")})
    name = {"sales_source": "SalesSource", "brand": "Brand"}[field]
    assert _told(header) == [(name, "cannot be matched by its code: give its ID or its name")]
    assert problems(attrs.evolve(_ORDER.header, **{field: DataItem(code="W", name="Web")})) == ()
    assert problems(attrs.evolve(_ORDER.header, courier=DataItem(code="W"))) == ()


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "NaN"])
def test_quantities_are_whole_and_above_zero(quantity: str) -> None:
    """Fractions and returns by negative lines are refused, in orders, returns and exchanges alike."""
    units = Decimal(quantity)
    expected = ("Quantity", "must be a whole number above 0")
    for record in (
        attrs.evolve(_LINE, quantity=units),
        attrs.evolve(_BACK, quantity=units),
        ExchangeItem(sku="MUG", quantity=units),
    ):
        assert expected in _told(record)


def test_prices_are_net_or_gross_and_not_negative() -> None:
    """A line has exactly one unit price."""
    assert _told(attrs.evolve(_LINE, unit_price=Price())) == [("UnitPrice", "a net or a gross unit price is needed")]
    both = Price(net=Decimal(1), gross=Decimal(1))
    assert _told(attrs.evolve(_LINE, unit_price=both)) == [("UnitPrice", "is either net or gross, not both")]
    below = Price(net=Decimal(-1))
    assert _told(attrs.evolve(_LINE, unit_price=below)) == [("UnitPrice", "must not be negative")]
    assert _told(Price(gross=Decimal("NaN")))[0] == ("Gross", "must be a finite number")
    assert problems(attrs.evolve(_LINE, unit_price=Price(gross=Decimal(0)))) == ()


def test_a_kind_of_bar_code_is_for_bar_codes() -> None:
    """MappingItem says which bar codes to look among."""
    wrong = attrs.evolve(_LINE, mapping_item="4")
    assert _told(wrong) == [("MappingItem", "is the kind of bar code: the line is not mapped by one")]
    assert problems(attrs.evolve(wrong, mapping=Mapping.BARCODE)) == ()


def test_an_order_needs_lines() -> None:
    """An empty order is not an order."""
    assert _told(attrs.evolve(_ORDER, items=())) == [("Items", "at least one line is needed")]


def test_a_payment_is_made_in_exactly_one_way() -> None:
    """None and two are both wrong; a voucher needs its reference."""
    wrong = "must be exactly one of Cash, Cheque, Voucher, BACS and Card"
    none = OrderPayment(amount=Decimal(1))
    two = OrderPayment(amount=Decimal(1), cash=CashPayment(), cheque=ChequePayment())
    order = attrs.evolve(_ORDER, payments=(none, two))
    assert _told(order) == [("Payments[0]", wrong), ("Payments[1]", wrong)]
    voucher = OrderPayment(amount=Decimal(1), voucher=VoucherPayment(reference=""))
    assert _told(voucher) == [("Voucher.Reference", "must not be empty")]


def test_the_company_code_stands_alone() -> None:
    """The vendor allows it only as the one option."""
    config = OrderImportConfig(match_company_on=(Match.COMPANY_CODE, Match.POSTCODE))
    assert _told(config) == [("MatchCompanyOn", "CompanyCode must stand alone")]
    assert problems(OrderImportConfig(match_company_on=(Match.COMPANY_CODE,))) == ()


def test_a_returned_item_names_its_order_once() -> None:
    """SourceOrder takes exactly one key, though the vendor's example sends two."""
    item = attrs.evolve(_BACK, source_order=SourceOrder(sorder_id="2075", sorder_code="SO2075"))
    told = _told(attrs.evolve(_RETURN, returned_items=(item,)))
    assert told == [("ReturnedItems[0].SourceReference", "must hold exactly one key of the order")]


def test_a_return_gives_something_back() -> None:
    """Nothing returned and nothing exchanged is no return; an exchange alone is one."""
    empty = attrs.evolve(_RETURN, returned_items=())
    assert _told(empty) == [("ReturnedItems", "nothing is returned")]
    assert problems(attrs.evolve(empty, exchange_items=(ExchangeItem(sku="MUG", quantity=Decimal(1)),))) == ()
    assert _told(attrs.evolve(_RETURN, urn="")) == [("URN", "must not be empty")]


def test_notes_may_have_lines() -> None:
    """Line breaks are for notes, control characters for nobody."""
    assert problems(attrs.evolve(_ORDER.header, order_note="one\ntwo")) == ()
    told = _told(attrs.evolve(_ORDER.header, order_note="one\x07"))
    assert told == [("OrderNote", "must not hold control characters")]


def test_old_orders_are_not_imported() -> None:
    """Older than three months, or from before the channel's start date."""
    assert age_problem(_ORDER, now=_PLACED + timedelta(days=90)) is None
    late = age_problem(_ORDER, now=_PLACED + timedelta(days=90, seconds=1))
    assert late == FieldError("Header.OrderDate", "is more than three months ago: the ERP does not import it")
    assert age_problem(_ORDER, now=_PLACED, starts=_PLACED) is None
    early = age_problem(_ORDER, now=_PLACED, starts=_PLACED + timedelta(seconds=1))
    assert early == FieldError("Header.OrderDate", "is before the channel's start date: the ERP does not import it")
