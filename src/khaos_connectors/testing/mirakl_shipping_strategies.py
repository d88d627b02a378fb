"""Strategies of what Mirakl tells of shipments (rows of ST11 and ST12) and of bank accounts that it takes.

Needs the extra ``testing``.
"""

from collections.abc import Mapping
from typing import TypeAlias

from khaos_connectors._extras import extra
from khaos_connectors.mirakl.models.accounting_codes import BankAccountKind
from khaos_connectors.mirakl.models.codes import CustomerDebitStatus, ShipmentStatus, TrackingValidity
from khaos_connectors.mirakl.models.new_bank_accounts import RULES, FieldRule, NewBankAccount
from khaos_connectors.mirakl.models.shipping_codes import MilestoneType

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["bank_accounts", "order_to_ship_rows", "shipment_rows"]

Row: TypeAlias = Mapping[str, object]

_STAMPS = st.sampled_from(["2026-03-02T09:00:00Z", "2026-03-02T09:00:00.123Z", "2026-03-02T10:00:00+01:00"])
_NAMES = st.none() | st.text("abc é-1", max_size=12)


def _codes(
    kinds: type[ShipmentStatus | CustomerDebitStatus | TrackingValidity | MilestoneType],
) -> st.SearchStrategy[str]:
    """A code of today, now and then one that is not known yet."""
    return st.sampled_from([*(str(each.value) for each in kinds), "A_CODE_OF_TOMORROW"])


def _detail(rule: FieldRule) -> st.SearchStrategy[str]:
    if "|" in rule.form:
        return st.sampled_from(rule.form.split("|"))
    letters = {"": "abcXYZ 019", "[0-9]+": "0123456789", "[CP]": "CP"}.get(rule.form, "abcXYZ019")
    least = max(rule.least, 1 if rule.form else 0)
    most = 1 if rule.form == "[CP]" else rule.most
    return st.text(letters, min_size=least, max_size=min(most or least + 12, least + 12))


@st.composite
def bank_accounts(draw: st.DrawFn, kinds: st.SearchStrategy[BankAccountKind] | None = None) -> NewBankAccount:
    """An account of any kind (or of *kinds*) that A02 takes: its own details, the optional ones now and then."""
    kind = draw(st.sampled_from(BankAccountKind) if kinds is None else kinds)
    details = {name: draw(_detail(rule)) for name, rule in RULES[kind].items() if rule.needed or draw(st.booleans())}
    return NewBankAccount(
        kind=kind,
        owner=draw(st.text("abc é", min_size=1, max_size=30)),
        bank_name=draw(st.text("abc é", min_size=1, max_size=30)),
        details=details,
    )


def _moments() -> st.SearchStrategy[Row | None]:
    """A time as carriers give it: a day at least, the rest or not."""
    return st.none() | st.fixed_dictionaries(
        {
            "date": st.dates().map(lambda day: day.isoformat()),
            "time": st.sampled_from([None, "14:25:00"]),
            "offset": st.sampled_from([None, "Z", "+02:00"]),
        }
    )


def _trackings() -> st.SearchStrategy[Row | None]:
    milestone: st.SearchStrategy[Row] = st.fixed_dictionaries(
        {"type": _codes(MilestoneType), "occurrence_date": _moments(), "additional_info": st.none()}
    )
    window: st.SearchStrategy[object] = st.fixed_dictionaries({"earliest": _moments(), "latest": _moments()})
    location: st.SearchStrategy[object] = st.fixed_dictionaries({"location": _NAMES, "occurrence_date": _moments()})
    needed: dict[str, st.SearchStrategy[object]] = {
        "carrier_code": _NAMES,
        "carrier_name": _NAMES,
        "tracking_number": _NAMES,
        "tracking_url": _NAMES,
        "validity_status": _codes(TrackingValidity),
        "milestones": st.lists(milestone, max_size=2),
    }
    optional: dict[str, st.SearchStrategy[object]] = {
        "carrier_expected_delivery_date": window,
        "carrier_estimated_delivery_date": window,
        "last_known_location": location,
    }
    rows: st.SearchStrategy[Row] = st.fixed_dictionaries(needed, optional=optional)
    return st.none() | rows


def shipment_rows(order_ids: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Row]:
    """A row of ST11 as JSON values: nulls where live data has them, codes that are not known yet."""
    line = st.fixed_dictionaries(
        {"order_line_id": st.sampled_from(["L-1", "L-2"]), "quantity": st.integers(1, 99)},
        optional={"offer_sku": _NAMES, "package_reference": _NAMES},
    )
    return st.fixed_dictionaries(
        {
            "id": st.uuids().map(str),
            "order_id": st.sampled_from(["O-1-A", "O-2-A"]) if order_ids is None else order_ids,
            "status": _codes(ShipmentStatus),
            "status_customer_debit": _codes(CustomerDebitStatus),
            "shipment_lines": st.lists(line, max_size=3),
            "tracking": _trackings(),
            "created_date": _STAMPS,
            "last_updated_date": st.none() | _STAMPS,
        },
        optional={
            "shipped_date": st.none() | _STAMPS,
            "invoice_reference": st.none() | st.from_regex(r"[0-9a-zA-Z_-]{0,20}", fullmatch=True),
            "payment_details": st.none()
            | st.fixed_dictionaries({"customer_debited_date": _STAMPS, "transaction_date": _STAMPS}),
        },
    )


def order_to_ship_rows() -> st.SearchStrategy[Row]:
    """A row of ST12 as JSON values; a line of an item with several parts comes once for each part."""
    line: st.SearchStrategy[Row] = st.fixed_dictionaries(
        {"order_line_id": st.sampled_from(["L-1", "L-2"]), "quantity": st.integers(1, 99)},
        optional={"offer_sku": _NAMES, "package_reference": st.sampled_from([None, "a", "b"]), "product_title": _NAMES},
    )
    countries = st.sampled_from([None, "GBR"])
    address: st.SearchStrategy[Row] = st.fixed_dictionaries({"street_1": _NAMES, "country_iso_code": countries})
    needed: dict[str, st.SearchStrategy[object]] = {
        "order_id": st.sampled_from(["O-1-A", "O-2-A"]),
        "shipment_lines": st.lists(line, max_size=3),
        "shipping_date": _STAMPS,
        "shipping_type_code": st.sampled_from(["STD", "EXP"]),
        "shipping_address": address,
    }
    optional: dict[str, st.SearchStrategy[object]] = {
        "shipping_deadline": st.none() | _STAMPS,
        "fulfillment": st.just({"center": {"code": "DEFAULT"}}),
    }
    return st.fixed_dictionaries(needed, optional=optional)
