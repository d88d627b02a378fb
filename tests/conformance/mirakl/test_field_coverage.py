"""Every field of the official answers is read by our models, under its own name, with its own type and its own codes.

For each operation an answer with every documented field is made and decoded; what the models look at is recorded.
``python tests/conformance/mirakl/test_field_coverage.py`` prints how much of each operation is read.
"""

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import cache
from pathlib import Path
from unittest import mock

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls import decode
from khaos_connectors.calls.messages import Call, Page, Response
from khaos_connectors.mirakl.models.rows import Broken
from khaos_connectors.testing.mirakl_call_strategies import endpoint_functions, one_call, operation_of

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
FIELDS = DATA / "mirakl" / "mmp-seller-fields.csv"
ENUMS = DATA / "mirakl" / "mmp-seller-enums.json"
pytestmark = pytest.mark.skipif(not FIELDS.exists(), reason="the vendor's field list is not at hand")

ENDPOINTS = endpoint_functions()

# Without these a record is worth nothing, or money would be guessed: ids, codes, amounts, quantities, states, and the
# lists that an answer is about; the class of an offer too, which a rewrite would reset. By the last name of each, with
# what it stands in ($: the answer itself).
NEEDED_IN = {
    "active": "$ offers[]",
    "amount": "$ commission_taxes[] data[] fees[] shipping_taxes[] taxes[]",
    "amount_transferred_to_seller": "data[]",
    "cancelation_id": "cancelations[]",
    "code": "additional_fields[] assessments[] carriers[] channels[] commission_taxes[] currencies[] documents[] "
    "fees[] locales[] logistic_class logistic_classes[] offer_additional_fields[] offer_states[] "
    "order_additional_fields[] order_line_additional_fields[] order_taxes[] reasons[] shipping_taxes[] "
    "shipping_types[] shipping_zones[] shop_additional_fields[] taxes[] warehouses[]",
    "created_date": "orders[]",
    "currency_iso_code": "$ data[] orders[]",
    "data": "$",
    "date_created": "data[]",
    "entity_id": "data[]",
    "entity_type": "data[]",
    "id": "attachments[] cancelations[] data[] documents[] $ messages[] order_documents[] order_lines[] "
    "refunds[] return_success[] shipment_success[] shop_documents[]",
    "import_id": "data[] $",
    "invoices": "$",
    "offer_sku": "order_lines[]",
    "offers": "$",
    "order_documents": "$",
    "order_id": "data[] orders[] shipment_success[]",
    "order_line_id": "cancelations[] data[] order_lines[] refunds[] return_lines[]",
    "order_line_state": "order_lines[]",
    "order_lines": "orders[]",
    "order_refund_id": "order_refunds[]",
    "order_state": "orders[]",
    "orders": "$",
    "price": "order_lines[]",
    "product_sku": "products[]",
    "products": "$",
    "quantity": "offers[] order_lines[] $ shipment_lines[] warehouses[]",
    "quantity_threshold": "ranges[] volume_prices[]",
    "refund_id": "refunds[]",
    "shipping_price": "order_lines[]",
    "shop_documents": "$",
    "shop_id": "$",
    "shop_sku": "offers[] $",
    "state": "data[]",
    "status": "data[] shipment_success[] $",
    "taxes": "$",
    "total_amount": "order_taxes[] taxes[]",
    "total_price": "orders[]",
    "tracking_id": "$",
    "type": "data[] reasons[] $",
}
NEEDED = {f"{parent}.{name}".removeprefix("$.") for name, parents in NEEDED_IN.items() for parent in parents.split()}

# What the paging looks at or has no use for; no record has it.
OF_THE_PAGING = {"next_page_token", "previous_page_token", "total_count"}
# Fields that the document gives up, and that no model names.
_GIVEN_UP_OF_ORDERS = {
    "orders[].order_lines[].commission_rate_vat",
    "orders[].order_lines[].commission_vat",
    "orders[].order_lines[].refunds[].commission_tax_amount",
    "orders[].order_lines[].shipping_price_additional_unit",
    "orders[].order_lines[].shipping_price_unit",
    "orders[].paymentType",
}
DEPRECATED: dict[str, set[str]] = {
    "A01": {
        "billing_info",
        "billing_info.bank_city",
        "billing_info.bank_name",
        "billing_info.bank_street",
        "billing_info.bic",
        "billing_info.iban",
        "billing_info.owner",
        "billing_info.zip_code",
        "pro_details",
        "pro_details.VAT_number",
        "pro_details.corporate_name",
        "pro_details.identification_number",
        "pro_details.tax_identification_number",
        "shipping_types",
        "shipping_zones",
    },
    "IV01": {
        "invoices[].emission_date",
        "invoices[].shop_address.company",
        "invoices[].shop_address.complementary",
        "invoices[].total_charged_amount",
    },
    "OF02": {"type"},
    "OR11": _GIVEN_UP_OF_ORDERS,
    "OR15": _GIVEN_UP_OF_ORDERS,
    "PRI01": {"importId"},
    "TL02": {"data[].entities.manual_accounting_document.emission_date"},
    "TL05": {"entities.manual_accounting_document.emission_date"},
}
# Names that our models look for although no schema of the document has them, and why.
OURS: dict[str, str] = {
    "carrierCode": "trap 3: the example of RT11 has it so",
    "carrierName": "trap 3: the example of RT11 has it so",
    "carrier_estimated_delivery_date": "trap 3: the example of ST11 has it so",
    "deletion_errors": "the example of ST06 has it so",
    "deletion_success": "the example of ST06 has it so",
}
# Texts that the document describes without a format.
VALUES: dict[str, object] = {
    "OF54:available_end_date": "2026-03-01T10:00:00Z",
    "OF54:available_start_date": "2026-03-01T10:00:00Z",
    "OF54:date_created": "2026-03-01T10:00:00Z",
    "OF54:last_updated": "2026-03-01T10:00:00Z",
    "OF54:prices[].discount_end_date": "2026-03-01T10:00:00Z",
    "OF54:prices[].discount_start_date": "2026-03-01T10:00:00Z",
    "OF54:retail_prices[].discount_end_date": "2026-03-01T10:00:00Z",
    "OF54:retail_prices[].discount_start_date": "2026-03-01T10:00:00Z",
    # Trap 4: declared an object, and a text in every example.
    "ST31:shipment_update_success[].shipment_additional_information[].value": "1",
}
NEWS = "SOMETHING_NEW"
ALL_OF_A_KIND = 60
"""Longer enumerations are countries and currencies: texts to us."""

PLAIN = {"string": "1", "integer": 1, "number": 1.5, "boolean": True}
FORMATS = {"date-time": "2026-03-01T10:00:00Z", "date": "2026-03-01", "time": "10:00:00Z"}


def without_forms(path: str) -> str:
    """*path* without the marks of the forms (``{type=...}``) that have the field."""
    import re

    return re.sub(r"\{[^}]*\}", "", path)


@cache
def fields() -> dict[str, dict[str, dict[str, str]]]:
    """Every field of the good JSON answers: operation, path, description."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    with FIELDS.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            if row["where"] in {"response 200", "response 201"}:
                found.setdefault(row["operation"], {}).setdefault(without_forms(row["path"]), row)
    return found


@cache
def names() -> frozenset[str]:
    """Every field name that any answer of the document has."""
    return frozenset(path.rpartition(".")[2].removesuffix("[]") for each in fields().values() for path in each)


@cache
def codes(code: str) -> dict[str, list[str]]:
    """The enumerations of an operation's answer, by path."""
    every = json.loads(ENUMS.read_text(encoding="utf-8"))["by_operation"].get(code, {})
    return {
        without_forms(where.partition(":")[2]): each["values"]
        for where, each in every.items()
        if where.startswith("response 2")
    }


def sample(code: str, turn: int = 0) -> object:
    """An answer with every documented field; *turn* chooses among the codes of each enumeration."""
    root: dict[str, object] = {}
    for path, row in sorted(fields()[code].items()):
        *within, name = path.split(".")
        place = root
        for step in within:
            found = place.setdefault(step.removesuffix("[]"), [{}] if step.endswith("[]") else {})
            place = found[0] if isinstance(found, list) else found
        if name.endswith("[]"):
            continue
        place.setdefault(name, value_of(code, path, row, turn))
    return root


def value_of(code: str, path: str, row: Mapping[str, str], turn: int) -> object:
    for known in (f"{code}:{path}", path.rpartition(".")[2]):
        if known in VALUES:
            return VALUES[known]
    kind = row["type"]
    if kind == "object":
        return {}
    if kind.startswith("array<"):
        inner = kind[6:-1]
        return [{}] if inner == "object" else [one_value(code, path, inner, "", turn)]
    return one_value(code, path, kind, row["format"], turn)


def one_value(code: str, path: str, kind: str, form: str, turn: int) -> object:
    known = codes(code).get(path) or codes(code).get(f"{path}[]")
    if known and len(known) < ALL_OF_A_KIND:
        return known[turn % len(known)] if turn >= 0 else NEWS
    if known:
        return known[turn % len(known)]
    return FORMATS.get(form, PLAIN[kind])


class Watched(dict[str, object]):
    """An object that remembers which of its fields were looked at by name."""

    def __init__(self, path: str, seen: set[str], content: Mapping[str, object]) -> None:
        super().__init__({name: watched(value, f"{path}{name}", seen) for name, value in content.items()})
        self.path, self.seen = path, seen

    def __getitem__(self, name: str) -> object:
        self.seen.add(f"{self.path}{name}")
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.seen.add(f"{self.path}{name}")
        return super().__contains__(name)

    def get(self, name: str, default: object = None) -> object:
        self.seen.add(f"{self.path}{name}")
        return super().get(name, default)


def watched(value: object, path: str, seen: set[str]) -> object:
    if isinstance(value, dict):
        return Watched(f"{path}." if path else "", seen, value)
    if isinstance(value, list):
        return [watched(each, f"{path}[]" if path else "", seen) for each in value]
    return value


@contextmanager
def watching(seen: set[str]) -> Iterator[None]:
    plain = decode._loads
    with mock.patch.object(decode, "_loads", lambda text: watched(plain(text), "", seen)):
        yield


def decoded(call: Call[object], code: str, turn: int = 0) -> object:
    body = json.dumps(sample(code, turn)).encode()
    return call.decode(Response(status=200, headers={"content-type": "application/json"}, body=body))


def leaves(value: object, path: str = "$") -> Iterator[tuple[str, object]]:
    """Every value within a decoded answer, with its place."""
    yield path, value
    if isinstance(value, Page):
        yield from leaves(value.items, path)
    elif isinstance(value, Enum):
        return
    elif attrs.has(type(value)):
        for each in attrs.fields(type(value)):
            yield from leaves(getattr(value, each.name), f"{path}.{each.name}")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from leaves(each, f"{path}.{name}")
    elif isinstance(value, tuple | list):
        for at, each in enumerate(value):
            yield from leaves(each, f"{path}[{at}]")


@cache
def looked_at(code: str) -> frozenset[str]:
    """The paths of *code*'s answer that any of its endpoints reads."""
    seen: set[str] = set()
    for function in ENDPOINTS.values():
        if operation_of(function) == code:
            call = one_call(function)
            with watching(seen):
                decoded(call, code)
    return frozenset(seen)


def unread(code: str) -> set[str]:
    """The documented fields that nothing reads: neither themselves nor anything within them."""
    seen = looked_at(code)
    return {
        path
        for path in fields()[code]
        if not path.endswith("[]")
        and path not in seen
        and not any(each.startswith((f"{path}.", f"{path}[]")) for each in seen)
        and path.rpartition(".")[2] not in OF_THE_PAGING
    }


CODES = sorted({operation_of(function) for function in ENDPOINTS.values()} & set(fields() if FIELDS.exists() else ()))


@pytest.mark.parametrize("code", CODES)
def test_every_field_is_read(code: str) -> None:
    """100 % of the documented fields are named by our models, but for those that the document itself gives up."""
    missing = unread(code)
    given_up = {path for path in missing if is_deprecated(code, path)}
    assert missing - given_up == set()
    assert given_up == DEPRECATED.get(code, set())


def is_deprecated(code: str, path: str) -> bool:
    """Whether the field, or something that it stands in, is marked so."""
    known = fields()[code]
    places = [place for place in known if path == place or path.startswith((f"{place}.", f"{place}[]"))]
    return any(known[place]["deprecated"] for place in places)


@pytest.mark.parametrize("code", CODES)
def test_no_field_is_misspelt(code: str) -> None:
    """What our models look for is in the document, at this operation or in the same record at another one.

    Anything else stands above with the reason why it is looked for.
    """
    unknown = {path.rpartition(".")[2].removesuffix("[]") for path in looked_at(code) - set(fields()[code])}
    assert unknown - names() <= set(OURS)


def test_no_reason_is_stale() -> None:
    """Every name that is looked for beyond the document is still looked for, and still not in it."""
    every = {path.rpartition(".")[2] for code in CODES for path in looked_at(code)}
    assert set(OURS) <= every - names()


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_known(code: str) -> None:
    """No documented code of an enumeration is ``Unrecognised``, and no row breaks, whichever codes it carries."""
    turns = max([len(values) for path, values in codes(code).items() if len(values) < ALL_OF_A_KIND] or [1])
    for function in ENDPOINTS.values():
        if operation_of(function) != code:
            continue
        call = one_call(function)
        for turn in range(turns):
            for path, value in leaves(decoded(call, code, turn)):
                assert not isinstance(value, Broken), value.problem
                unknown = isinstance(value, decode.Unrecognised) and value.code != PLAIN["string"]
                assert not unknown, f"{path}: {value}"  # a text without documented codes is no code


@pytest.mark.parametrize("code", CODES)
def test_complaint_13_new_codes_break_nothing(code: str) -> None:
    """With a code that nobody knows in every enumeration at once, each answer is read and each row is a record."""
    for function in ENDPOINTS.values():
        if operation_of(function) == code:
            for _, value in leaves(decoded(one_call(function), code, -1)):
                assert not isinstance(value, Broken), value.problem


Spot = tuple[str | int, ...]


def spots(value: object, spot: Spot = ()) -> Iterator[Spot]:
    """Where in an answer its fields are."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        if isinstance(name, str):
            yield (*spot, name)
        yield from spots(each, (*spot, name))


def name_of(spot: Spot) -> str:
    return ".".join(".".join(map(str, spot)).replace(".0", "[]").split(".")[-2:])


def is_needed(spot: Spot) -> bool:
    return name_of(spot) in NEEDED


def is_leaf(body: object, spot: Spot) -> bool:
    for step in spot:
        body = body[step]
    return not isinstance(body, dict | list)


def without(body: object, gone: Iterable[Spot], *, null: bool) -> object:
    """A copy of *body* in which what is *gone* is null, or not there."""
    changed = json.loads(json.dumps(body))
    for *way, name in gone:
        place = changed
        for step in way:
            place = place[step]
        place[name] = None
        if not null:
            del place[name]
    return changed


def is_understood(call: Call[object], body: object) -> bool:
    answer = Response(status=200, headers={"content-type": "application/json"}, body=json.dumps(body).encode())
    try:
        return not any(isinstance(value, Broken) for _, value in leaves(call.decode(answer)))
    except errors.Undecodable:
        return False


@pytest.mark.parametrize("null", [True, False], ids=["null", "absent"])
@pytest.mark.parametrize("code", CODES)
def test_trap_01_required_is_not_non_null(code: str, null: bool) -> None:  # noqa: FBT001 - a case
    """Whatever is null or missing but what a record is made of, the record is read, "required" or not."""
    body = sample(code)
    for function in ENDPOINTS.values():
        if operation_of(function) != code:
            continue
        call, free = one_call(function), [spot for spot in spots(body) if not is_needed(spot)]
        assert is_understood(call, without(body, [spot for spot in free if is_leaf(body, spot)], null=null))
        for spot in free:
            if not is_leaf(body, spot):
                assert is_understood(call, without(body, [spot], null=null)), spot


def test_what_is_needed_is_needed() -> None:
    """Each name of ``NEEDED`` breaks some record when it is null; one that does not is no longer needed."""
    breaks: set[str] = set()
    for code, function in {operation_of(function): function for function in ENDPOINTS.values()}.items():
        if code in CODES:
            call, body = one_call(function), sample(code)
            for spot in filter(is_needed, spots(body)):
                if not is_understood(call, without(body, [spot], null=True)):
                    breaks.add(name_of(spot))
    assert breaks == NEEDED


def report() -> int:
    """Print how much of each operation's answer is read, deprecated fields by name; 1 where a live field is not."""
    read = there = 0
    for code in CODES:
        known = {path for path in fields()[code] if not path.endswith("[]")}
        missing = unread(code)
        live = {path for path in missing if not is_deprecated(code, path)}
        wanted = len(known) - len(missing - live)
        read, there = read + wanted - len(live), there + wanted
        left_out = f"  deprecated and left out: {', '.join(sorted(missing - live))}" if missing - live else ""
        print(f"{code:6} {wanted:4} fields {100 * (wanted - len(live)) / wanted:6.1f} % {sorted(live) or ''}{left_out}")
    print(f"{len(CODES)} operations, {there} fields: {100 * read / there:.1f} %")
    return int(read != there)


if __name__ == "__main__":
    sys.exit(report())
