"""Hypothesis strategies for Mirakl's money: rows of the log, billing cycles, documents, as JSON values and records.

Needs the extra ``testing``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from khaos_connectors._extras import extra
from khaos_connectors.mirakl.models.accounting_codes import InvoiceType, TransactionPaymentState, TransactionType
from khaos_connectors.mirakl.models.billing import BillingSummary

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["amounts", "billing_cycles", "documents_by_hand", "summaries", "transactions"]

_MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)).map(  # noqa: DTZ001 - see map
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC).isoformat().replace("+00:00", "Z")
)
_IDS = st.uuids(version=4).map(str)
_KINDS = st.sampled_from(TransactionType).map(lambda kind: kind.value)
_STATES = st.sampled_from(TransactionPaymentState).map(lambda state: state.value)


def amounts() -> st.SearchStrategy[Decimal]:
    """Signed amounts in whole pennies."""
    return st.integers(-10_000_00, 10_000_00).map(lambda pennies: Decimal(pennies) / 100)


def transactions(*, cycle: str | None = None) -> st.SearchStrategy[Mapping[str, object]]:
    """Rows of TL02 in pounds; of one *cycle*, else of any or none, some of types that nobody has met."""
    kinds = _KINDS | st.just("LOYALTY_TOPUP")
    order: st.SearchStrategy[Mapping[str, object]] = st.fixed_dictionaries(
        {"id": _IDS}, optional={"references": st.just({"order_reference_for_seller": "SO1"}), "commercial_id": _IDS}
    )
    fee: Mapping[str, object] = {"code": "LATE", "refunds": (), "cancelations": None}
    about: dict[str, st.SearchStrategy[object]] = {
        "order": order | st.none(),
        "order_line": st.fixed_dictionaries({"id": _IDS}),
        "refund": st.fixed_dictionaries({"id": _IDS}),
        "fee": st.just(fee),
        "shop_tax": st.just({"code": "TAXDEFAULT", "rate": Decimal("12.45")}),
        "transaction_info": st.none(),
    }
    entities = st.fixed_dictionaries({}, optional=about)
    return st.fixed_dictionaries(
        {
            "id": _IDS,
            "type": kinds,
            "amount": amounts() | amounts().map(str),
            "currency_iso_code": st.just("GBP"),
            "seller_billing_cycle_id": st.just(cycle) if cycle else st.none() | _IDS,
        },
        optional={
            "payment_state": _STATES,
            "balance": amounts(),
            "date_created": _MOMENTS,
            "last_updated": _MOMENTS | st.none(),
            "entities": entities | st.none(),
        },
    )


def summaries() -> st.SearchStrategy[BillingSummary]:
    """Sums of a cycle; some of them are not told."""
    names = [name for name in BillingSummary.__annotations__ if name.startswith("total_")]
    return st.dictionaries(st.sampled_from(names), amounts() | st.none()).map(lambda told: BillingSummary(**told))


@st.composite
def billing_cycles(draw: st.DrawFn) -> Mapping[str, object]:
    """Rows of SBC11 in pounds."""
    state = draw(st.sampled_from(["TO_PAY", "PAID", "FAILED"]))
    return {
        "id": str(draw(st.builds(UUID, int=st.integers(0, 2**128 - 1)))),
        "date_created": draw(_MOMENTS),
        "currency_iso_code": "GBP",
        "amount_transferred_to_seller": draw(amounts()),
        "pay_out": draw(st.none() | st.just({"state": state, "failure_reason": None})),
    }


@st.composite
def documents_by_hand(draw: st.DrawFn, *, cycle: str) -> Mapping[str, object]:
    """Rows of IV01 that the operator made by hand for *cycle*; amounts are above 0."""
    net, tax = (draw(st.integers(0, 1_000_00)) for _ in range(2))
    return {
        "invoice_id": draw(st.integers(1, 10**6)),
        "type": draw(st.sampled_from([InvoiceType.MANUAL_CREDIT, InvoiceType.MANUAL_INVOICE])).value,
        "currency_iso_code": "GBP",
        "total_amount_excl_taxes": Decimal(net) / 100,
        "total_amount_incl_taxes": Decimal(net + tax) / 100,
        "seller_billing_cycle_id": cycle,
        "details": [{"description": "by hand", "quantity": 1}],
    }
