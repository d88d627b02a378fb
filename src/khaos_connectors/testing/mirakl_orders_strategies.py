"""Strategies of Mirakl orders as they stand on the wire: whole rows of OR11, with the oddities of live instances.

Needs the extra ``testing``.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from khaos_connectors._extras import extra

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["additional_fields", "order_rows"]

_SOLD = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_STATES = (
    "STAGING",
    "WAITING_ACCEPTANCE",
    "WAITING_DEBIT",
    "WAITING_DEBIT_PAYMENT",
    "SHIPPING",
    "SHIPPED",
    "TO_COLLECT",
    "RECEIVED",
    "CLOSED",
    "REFUSED",
    "CANCELED",
)
_OF_LINES = (*_STATES, "INCIDENT_OPEN", "REFUNDED")
_WORKFLOWS = (
    "PAY_ON_ACCEPTANCE",
    "PAY_ON_SHIPMENT",
    "PAY_ON_DELIVERY",
    "PAY_ON_DUE_DATE",
    "NO_CUSTOMER_PAYMENT_CONFIRMATION",
)
_TYPES = ("STRING", "DATE", "NUMERIC", "BOOLEAN", "LINK", "REGEX", "TEXTAREA", "LIST")

_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
_moments = st.integers(0, 10**6).map(lambda seconds: (_SOLD + timedelta(seconds=seconds)).isoformat())
_money = st.integers(0, 100_00).map(lambda pence: Decimal(pence) / 100)


@st.composite
def additional_fields(draw: st.DrawFn) -> dict[str, object]:
    """A custom field: one text, several, or none; its type may be left out."""
    kind = draw(st.sampled_from([None, *_TYPES, "MULTIPLE_VALUES_LIST"]))
    several = kind == "MULTIPLE_VALUES_LIST"
    value: object = draw(st.lists(_texts, max_size=3) if several else st.none() | _texts)
    field: dict[str, object] = {"code": draw(_texts), "value": value}
    return field if kind is None else {**field, "type": kind}


def _amount(draw: st.DrawFn, value: Decimal) -> object:
    """An amount as a number or, as in some of Mirakl's own examples, as a text."""
    return str(value) if draw(st.integers(0, 9)) == 0 else value


@st.composite
def _lines(draw: st.DrawFn, number: int) -> dict[str, object]:
    price, shipping, tax = draw(_money), draw(_money), draw(_money)
    line: dict[str, object] = {
        "order_line_id": draw(st.sampled_from([f"O-1-{number}", number])),
        "order_line_index": number,
        "order_line_state": draw(st.sampled_from([*_OF_LINES, "STATE_OF_TOMORROW"])),
        "offer_id": 2000 + number,
        "offer_sku": f"SKU{number}",
        "quantity": draw(st.integers(1, 9)),
        "price": _amount(draw, price),
        "price_unit": draw(st.none() | _money),
        "shipping_price": _amount(draw, shipping),
        "taxes": draw(st.sampled_from([None, [], [{"code": "VAT", "amount": _amount(draw, tax), "rate": 20}]])),
        "refunds": draw(st.sampled_from([None, [], [{"id": 7, "quantity": None, "amount": price}]])),
        "cancelations": draw(st.sampled_from([None, [], [{"id": "8", "quantity": 1, "reason_code": 15}]])),
        "fees": draw(st.sampled_from([None, [], [{"code": "BAG", "amount": Decimal("0.30")}]])),
        "order_line_additional_fields": draw(st.none() | st.lists(additional_fields(), max_size=2)),
    }
    for name in ("shipped_date", "received_date", "debited_date", "last_updated_date"):
        line[name] = draw(st.none() | _moments)
    return line


@st.composite
def order_rows(draw: st.DrawFn) -> dict[str, object]:
    """One order as a row of OR11: every state, workflow and tax mode, nulls, new codes, amounts as text.

    Its *total_price* is that of the lines that Mirakl counts: not refused, not cancelled.
    """
    lines = [draw(_lines(number)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    counting = [line for line in lines if line["order_line_state"] not in ("REFUSED", "CANCELED")]
    total = sum((_of(line, "price") + _of(line, "shipping_price") + _fees(line) for line in counting), Decimal(0))
    address = draw(
        st.none()
        | st.fixed_dictionaries(
            {
                "firstname": st.none() | _texts,
                "lastname": _texts,
                "street_1": st.none() | _texts,
                "city": st.none() | _texts,
                "zip_code": st.sampled_from([None, "ZZ99 1ZZ", 12345]),
                "country": st.sampled_from(["United Kingdom", "France", ""]),
                "country_iso_code": st.sampled_from([None, "GBR", "FRA"]),
            }
        )
    )
    return {
        "order_id": "O-1",
        "commercial_id": draw(st.sampled_from(["O", 1234])),
        "order_state": draw(st.sampled_from([*_STATES, "STATE_OF_TOMORROW"])),
        "created_date": draw(_moments),
        "last_updated_date": draw(st.none() | _moments),
        "customer_debited_date": draw(st.none() | _moments),
        "currency_iso_code": "GBP",
        "total_price": total,
        "order_tax_mode": draw(st.sampled_from([None, "TAX_INCLUDED", "TAX_EXCLUDED"])),
        "order_taxes": draw(st.sampled_from([None, [], [{"code": "VAT", "rate": 20, "total_amount": Decimal(3)}]])),
        "payment_workflow": draw(st.sampled_from([None, *_WORKFLOWS, "PAY_TOMORROW"])),
        "can_cancel": draw(st.none() | st.booleans()),
        "has_incident": draw(st.none() | st.booleans()),
        "customer": draw(st.sampled_from([None, {"customer_id": 7, "shipping_address": address}])),
        "order_additional_fields": draw(st.none() | st.lists(additional_fields(), max_size=2)),
        "order_lines": lines,
        "a_field_of_tomorrow": {"of": ["any", "shape"]},
    }


def _of(line: dict[str, object], name: str) -> Decimal:
    return Decimal(str(line[name]))


def _fees(line: dict[str, object]) -> Decimal:
    return Decimal("0.30") if line["fees"] else Decimal(0)
