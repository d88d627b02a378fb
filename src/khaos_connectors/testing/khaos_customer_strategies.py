"""Hypothesis strategies for the customer side of Khaos Control: orders, catalogue requests, customers.

They draw what may be sent and what the service can tell of it: every element of the documents, filled or empty, notes
with line ends, names that look like markup. Needs the extra ``testing``.
"""

from datetime import UTC, datetime
from decimal import Decimal

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.khaos_control.cards import looks_like_card_number
from khaos_connectors.khaos_control.company_models import Company, CompanyAddress, Contact, EmailOption
from khaos_connectors.khaos_control.enums import AddressType
from khaos_connectors.khaos_control.order_models import (
    Address,
    CatalogueRequest,
    CommLog,
    Customer,
    Header,
    Item,
    NamedValue,
    PaymentDetail,
    SalesOrder,
)

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["catalogue_requests", "companies", "sales_orders"]

_WORDS = st.sampled_from(["Test", "O'Hara & Sons", "</ISURNAME>", "Größe", "]]>", "a, b", "1/2", "0012"])
_TEXTS = st.just("") | _WORDS
_NOTES = _TEXTS | st.sampled_from(["Side door\nRing twice", "one\r\ntwo"])
_CODES = st.sampled_from(["MUG-RED", "TEA/1KG", "0012A"])
_FLAGS = st.none() | st.booleans()
_MONEY = st.integers(0, 500_000).map(lambda pence: Decimal(pence).scaleb(-2))
# Away from the hours that a clock change repeats: the documents carry the server's wall time.
_MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001 - bounds, made aware below
    lambda naive: naive.replace(hour=naive.hour % 12 + 8, microsecond=0, tzinfo=UTC)
)
_TIMES = st.none() | _MOMENTS
_NAMED = st.lists(st.builds(NamedValue, name=_WORDS, value=_NOTES), max_size=2).map(tuple)
_PLAIN = st.text(st.characters(codec="ascii", categories=("L", "N")), max_size=20).filter(
    lambda text: not looks_like_card_number(text)
)


def sales_orders() -> st.SearchStrategy[SalesOrder]:
    """Orders that may be sent, with any of the documented elements."""
    return st.builds(
        SalesOrder,
        customer=_customers(),
        invoice=_addresses(),
        delivery=st.none() | _addresses(),
        payments=st.lists(_payments(), max_size=2).map(tuple),
        header=_headers(),
        items=st.lists(_items(), min_size=1, max_size=2).map(tuple),
    )


def catalogue_requests() -> st.SearchStrategy[CatalogueRequest]:
    """Catalogue requests that may be sent."""
    return st.builds(
        CatalogueRequest,
        customer=_customers(),
        invoice=_addresses(),
        delivery=st.none() | _addresses(),
        request_date=_TIMES,
        catalogue=_TEXTS,
    )


def _customers() -> st.SearchStrategy[Customer]:
    return st.builds(
        Customer,
        is_new_customer=st.booleans(),
        company_code=_PLAIN.map(lambda text: text[:10]),
        other_ref=_TEXTS,
        web_user=_TEXTS,
        company_class=_WORDS,
        company_type=_TEXTS,
        company_name=_TEXTS,
        mailing_status=st.sampled_from(["", "1", "10"]),
        gift_aid=_FLAGS,
        vat_relief_qualified=_FLAGS,
        uda=_NAMED,
        custom=_NAMED,
    )


def _addresses() -> st.SearchStrategy[Address]:
    return st.builds(
        Address,
        address_id=_TEXTS,
        address_other_ref=_TEXTS,
        address1=_WORDS,
        address2=_TEXTS,
        town=_WORDS,
        postcode=st.sampled_from(["AA1 1AA", "."]),
        country_code=st.sampled_from(["", "GB", "IRL"]),
        contact_id=_TEXTS,
        contact_other_ref=_TEXTS,
        forename=_TEXTS,
        surname=_WORDS,
        tel=st.sampled_from(["", "+44 20 7946 0000"]),
        email_subscriber=_FLAGS,
        dob=st.sampled_from(["", "1990-01-31"]),
    )


def _payments() -> st.SearchStrategy[PaymentDetail]:
    return st.builds(
        PaymentDetail,
        payment_amount=_MONEY,
        payment_type=st.sampled_from("01234"),
        card_number=st.sampled_from(["", "PAYPAL", "V-77"]),
        preauth=_FLAGS,
        auth_code=_TEXTS,
        transaction_id=_PLAIN,
        transaction_timestamp=_TIMES,
        charge_amount=st.none() | _MONEY,
    )


def _headers() -> st.SearchStrategy[Header]:
    entry = st.builds(CommLog, contact_type=_WORDS, date=_TIMES, next_date=_TIMES, description=_NOTES, response=_NOTES)
    return st.builds(
        Header,
        order_date=_MOMENTS,
        delivery_date=_TIMES,
        delivery_date_locked=_FLAGS,
        order_amount=_MONEY,
        associated_ref=_CODES,
        agent=_TEXTS,
        order_note=_NOTES,
        delivery_net=st.none() | _MONEY,
        delivery_tax=st.none() | _MONEY,
        courier_note=_NOTES,
        manual_received=_FLAGS,
        ship_date=_TIMES,
        consignment_ref=_TEXTS,
        custom=_NAMED,
        comm_logs=st.lists(entry, max_size=2).map(tuple),
    )


def _items() -> st.SearchStrategy[Item]:
    return st.builds(
        Item,
        stock_code=_CODES,
        mapping_type=st.sampled_from(["-1", "1", "7"]),
        stock_desc=_TEXTS,
        extended_desc=_NOTES,
        order_qty=st.integers(1, 9_999).map(Decimal),
        price_net=st.none() | _MONEY,
        price_grs=_MONEY,
        ksd_discount=st.none() | _MONEY,
        option_ref1=_TEXTS,
        option_ref2=_TEXTS,
        option_ref3=_TEXTS,
        pack_sort_order=st.sampled_from(["", "001.001"]),
        custom=_NAMED,
    )


def companies() -> st.SearchStrategy[Company]:
    """Customers that may be sent, with nothing but what an import takes."""
    return st.builds(
        Company,
        company_id=_PLAIN,
        company_code=_PLAIN.map(lambda text: text[:10]),
        passed_reference=_TEXTS,
        company_name=_TEXTS,
        other_ref=_TEXTS,
        company_class=_WORDS,
        enforce_sales_multiple=_TEXTS,
        company_status=_TEXTS,
        sale_source=_TEXTS,
        currency_code=st.sampled_from(["", "GBP"]),
        country_code=st.sampled_from(["GB", "IRL"]),
        web_user=_TEXTS,
        mailing_status=st.sampled_from(["", "1", "10"]),
        hold_data=_FLAGS,
        additional=_NAMED,
        email_options=st.lists(st.builds(EmailOption, document=_WORDS, always_print=st.booleans()), max_size=2).map(
            tuple
        ),
        addresses=st.lists(_company_addresses(), max_size=2).map(_with_invoice_address),
    )


def _company_addresses() -> st.SearchStrategy[CompanyAddress]:
    contact = st.builds(
        Contact,
        contact_id=_TEXTS,
        forename=_TEXTS,
        surname=_WORDS,
        job_title=_TEXTS,
        mobile=st.sampled_from(["", "+44 20 7946 0000"]),
        note=_NOTES,
        email_subscribe=_FLAGS,
        dob=st.sampled_from(["", "1990-01-31"]),
        is_preferred=_FLAGS,
    )
    return st.builds(
        CompanyAddress,
        address_id=_TEXTS,
        addr1=_WORDS,
        town=_WORDS,
        postcode=st.sampled_from(["AA1 1AA", "."]),
        address_type=st.sampled_from(AddressType).map(int),
        country=_WORDS,
        inactive=_FLAGS,
        contacts=st.lists(contact, max_size=2).map(tuple),
    )


def _with_invoice_address(addresses: list[CompanyAddress]) -> tuple[CompanyAddress, ...]:
    first = (attrs.evolve(each, address_type=int(AddressType.INVOICE)) for each in addresses[:1])
    return (*first, *addresses[1:])
