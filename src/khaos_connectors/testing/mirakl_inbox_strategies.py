"""Hypothesis strategies for Mirakl's messages and documents as they travel: conversations, documents, invoice requests.

Each gives one row as an answer holds it, in plain values: nulls and absent fields wherever the contract lets them be,
codes that nobody knows yet, ids as numbers. Needs the extra ``testing``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from khaos_connectors._extras import extra

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["document_requests", "order_documents", "threads"]

_Row = st.SearchStrategy[dict[str, object]]

_IDS = st.uuids().map(str) | st.integers(1, 10**9)
_TEXTS = st.text("abc é\n&<", max_size=30)
_TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - as hypothesis wants it
    lambda moment: moment.isoformat().replace("+00:00", "Z")
)
_SIDES = st.sampled_from(["OPERATOR", "SHOP", "CUSTOMER", "BROKER"])
_AMOUNTS = st.integers(0, 10**7).map(lambda pence: f"{pence // 100}.{pence % 100:02}")


def _row(required: Mapping[str, st.SearchStrategy[object]], **optional: st.SearchStrategy[object]) -> _Row:
    """*required* always, each of *optional* there, null or absent."""
    maybe = {name: st.none() | value for name, value in optional.items()}
    return st.fixed_dictionaries(dict(required), optional=maybe)


def _few(rows: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[object]:
    return st.lists(rows, max_size=most)


_PARTICIPANT = _row({}, type=_SIDES, id=_IDS, display_name=_TEXTS)
_SENDER = _row({}, type=_SIDES.map("{}_USER".format), display_name=_TEXTS, organization_details=_PARTICIPANT)


def threads() -> _Row:
    """Conversations of M10 and M11, with up to three messages."""
    message = _row(
        {"id": _IDS},
        body=_TEXTS,
        date_created=_TIMES,
        to=_few(_PARTICIPANT),
        attachments=_few(_row({"id": _IDS}, name=_TEXTS, size=st.integers(0, 10**8))),
        **{"from": _SENDER},
    )
    entity = st.sampled_from(["MMP_ORDER", "MMP_OFFER", "SELLER_OPERATOR", "MPS_REPAIR"])
    return _row(
        {"id": _IDS},
        topic=_row({}, type=st.sampled_from(["FREE_TEXT", "REASON_CODE"]), value=_TEXTS),
        metadata=_row(
            {},
            shop_reply_needed_since=_TIMES,
            last_message_date=_TIMES,
            last_sender=_SENDER,
            total_count=st.integers(0, 1000),
        ),
        entities=_few(_row({}, type=entity, id=_IDS, label=_TEXTS)),
        messages=_few(message),
        authorized_participants=_few(_PARTICIPANT),
        current_participants=_few(_PARTICIPANT),
        customer_organization=_row({}, id=_IDS, display_name=_TEXTS),
        no_store_reply_needed=_few(_row({}, date=_TIMES, user_type=_SIDES)),
        date_created=_TIMES,
        date_updated=_TIMES,
    )


def order_documents() -> _Row:
    """Documents of OR72."""
    return _row(
        {"id": st.integers(1, 2**63 - 1)},
        order_id=_IDS,
        type=st.sampled_from(["CUSTOMER_INVOICE", "SYSTEM_DELIVERY_BILL"]),
        file_name=_TEXTS,
        file_size=st.integers(0, 10**8),
        date_uploaded=_TIMES,
    )


def document_requests() -> _Row:
    """Requests for accounting documents of DR11."""
    return _row(
        {
            "id": _IDS,
            "state": st.sampled_from(["STAGING", "TO_PROCESS", "ISSUED", "CANCELED", "ON_HOLD"]),
            "entity_type": st.sampled_from(["PRODUCT_LOGISTIC_ORDER", "LOGISTIC_PURCHASE_ORDER", "FEES", "GIFTS"]),
            "entity_id": _IDS,
            "type": st.sampled_from(["INVOICE", "CREDIT_NOTE", "PRO_FORMA"]),
        },
        issuer=_row({}, type=_SIDES, id=_IDS, locale=st.just("en_GB"), organization=_row({}, name=_TEXTS)),
        recipient=_row({}, type=_SIDES, id=_IDS, billing_address=_row({}, lastname=_TEXTS, city=_TEXTS)),
        document_number=_IDS,
        document_details=_few(_row({}, format=st.sampled_from(["PDF", "cXML", "UBL"]))),
        taxes=_few(_row({}, code=st.just("VAT"), rate=_AMOUNTS, total_amount=_AMOUNTS)),
        total_amount_excluding_taxes=_AMOUNTS,
        total_tax_amount=_AMOUNTS,
        payment_destination=_row({}, iban=st.just("GB00EXMP00000000000000"), **{"@type": st.just("IBAN")}),
        due_date=_TIMES,
        issue_date=_TIMES,
        date_created=_TIMES,
    )
