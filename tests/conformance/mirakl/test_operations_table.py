"""The table of operations against the vendor's own list: complaint 19 is a library that nobody keeps true."""

import json
import os
from functools import cache
from pathlib import Path

import pytest

from khaos_connectors.calls.pace import Limit
from khaos_connectors.mirakl._operations.parameters import parameters
from khaos_connectors.mirakl.operations import OPERATIONS, SOURCE, Answer, Body, Keeping, Paging

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
LIST = DATA / "mirakl" / "mmp-seller-operations.json"
SPEC = DATA / "mirakl" / "spec" / "mmp-seller-openapi.2026-08.json"
FIELDS = DATA / "mirakl" / "mmp-seller-fields.csv"
pytestmark = pytest.mark.skipif(not LIST.exists(), reason="the vendor's list of operations is not at hand")

MINUTE, HOUR, DAY = 60, 3600, 86400

# What the document's words about the highest use come to; without an entry they name an event, or there are none.
NUMBERS: dict[str, tuple[Limit, Limit | None]] = {
    "Once per day": (Limit(1, DAY), None),
    "once per day": (Limit(1, DAY), None),
    "Once per day and as many times as there are invoice pages returned": (Limit(1, DAY), None),
    "Once per day and as many times as there are billing cycle pages returned": (Limit(1, DAY), None),
    "Every hour": (Limit(1, HOUR), None),
    "Once per minute": (Limit(1, MINUTE), None),
    "Once per minute, 100 orders per call": (Limit(1, MINUTE), None),
    "Once per minute, 100 order lines per call": (Limit(1, MINUTE), None),
    "60 per hour, 100 order lines per call": (Limit(60, HOUR), None),
    "5 calls per second": (Limit(5, 1), None),
    "Every 5 minutes": (Limit(1, 300), None),
    "Every 10 seconds": (Limit(1, 10), None),
    "Once every 15 seconds": (Limit(1, 15), None),
    "Every 2 seconds per OR13 call, until COMPLETED status is received": (Limit(1, 2), None),
    "Every 15 minutes, for each seller": (Limit(1, 900), None),
    "20 times per min, 60 times per hour": (Limit(60, HOUR), None),
    "- Asynchronous: once per minute - Synchronous: at each order page display": (Limit(1, MINUTE), None),
    "- Differential: once per minute - Full: once per day": (Limit(1, MINUTE), Limit(1, DAY)),
    "- Differential: every 5 minutes - Full: every 24 hours": (Limit(1, 300), Limit(1, DAY)),
    "Once per minute with offers only, once every 15 minutes with offers and products, for each seller": (
        Limit(1, MINUTE),
        Limit(1, 900),
    ),
}

# Lists that the document writes with commas in its prose, and calls plain texts.
COMMAS_IN_PROSE = {
    "OF21": {"offer_state_codes"},
    "P11": {"offer_state_codes", "product_references", "shipping_zones"},
    "P31": {"product_references", "products"},
}


@cache
def listed() -> dict[str, dict[str, object]]:
    return {each["id"]: each for each in json.loads(LIST.read_text(encoding="utf-8"))["operations"]}


def test_complaint_19_the_table_is_the_whole_document() -> None:
    """All 122 operations are there, in no other number, and the table says which document it was checked against."""
    assert set(OPERATIONS) == set(listed())
    assert len(OPERATIONS) == 122
    assert "2026-08" in SOURCE
    assert json.loads(SPEC.read_text(encoding="utf-8"))["info"]["title"]


@pytest.mark.parametrize("code", sorted(OPERATIONS))
def test_the_parameters_are_those_of_the_document(code: str) -> None:
    """What may stand in the query of an operation, beside shop, page and order, is as listed."""
    theirs = {each["name"] for each in listed()[code]["params"] if each["in"] == "query"}
    assert {*parameters(code), "shop_id"} == theirs | {"shop_id"}


@pytest.mark.parametrize("code", sorted(OPERATIONS))
def test_a_row_says_what_the_document_says(code: str) -> None:
    """Address, group, paging, sorting, language, lists, bodies and whether an integration may use it are as listed."""
    ours, theirs = OPERATIONS[code], listed()[code]
    address = theirs["path"] if theirs["path"].startswith("/") else ""
    assert (ours.method, ours.path, ours.group) == (theirs["method"], address, theirs["tag"])
    assert ours.paging is Paging(theirs["pagination"] or "none")
    assert set(ours.sort) == set(theirs["sort_fields"])
    assert ours.translated is theirs["supports_locale"]
    assert ours.integration is not theirs["no_integration_allowed"]
    assert bool(ours.instead) is not ours.integration
    commas = {each["name"] for each in theirs["params"] if each["list_style"] == "comma"}
    assert set(ours.commas) == commas | COMMAS_IN_PROSE.get(code, set())
    sent = {"application/json": Body.JSON, "multipart/form-data": Body.FORM}
    assert [ours.body] == ([sent[each] for each in theirs["request_content_types"]] or [Body.NONE])


@pytest.mark.parametrize("code", sorted(OPERATIONS))
def test_an_answer_is_of_the_kind_that_the_document_says(code: str) -> None:
    """JSON, a file, either of them, or nothing that matters."""
    answers = listed()[code]["responses"]
    kinds = {kind for status, each in answers.items() if status.startswith("2") for kind in each["content_types"]}
    if not kinds:
        assert OPERATIONS[code].answer is Answer.NOTHING
    elif "application/json" not in kinds:
        assert OPERATIONS[code].answer is Answer.FILE
    else:
        assert OPERATIONS[code].answer is (Answer.JSON if len(kinds) == 1 else Answer.EITHER)


@pytest.mark.parametrize("code", sorted(OPERATIONS))
def test_a_limit_is_the_documented_one(code: str) -> None:
    """The highest documented use stands in the table, number for number; an event has no number."""
    words = listed()[code]["maximum_usage"]
    usage = OPERATIONS[code].usage
    limit, whole = NUMBERS.get(words[0], (None, None)) if words else (None, None)
    assert (usage.limit, usage.whole) == (limit, whole)
    if limit is None:
        assert usage.keeping is Keeping.EVENT or code == "PC01"
    if code == "TL02":
        assert usage.burst == Limit(20, MINUTE)


def test_every_word_of_the_limits_is_understood() -> None:
    """Words that are not translated above speak of events: none of them holds a rate."""
    rest = {word for each in listed().values() for word in each["maximum_usage"]} - set(NUMBERS)
    rates = ("per day", "per hour", "per minute", "per second", "every")
    rate = [word for word in rest if any(part in word.lower() for part in rates)]
    # The second half of OR11, for external partners, is a setting.
    assert rate == ["- Asynchronous: every 15 minutes - Synchronous: at each order page display"]


@pytest.mark.parametrize("code", sorted(code for code, each in OPERATIONS.items() if each.paging is not Paging.NONE))
def test_the_rows_of_a_page_are_where_the_table_says(code: str) -> None:
    """The field with the rows is a list in the document's answer."""
    import csv

    with FIELDS.open(encoding="utf-8", newline="") as table:
        kinds = {
            row["path"]: row["type"]
            for row in csv.DictReader(table)
            if row["operation"] == code and row["where"] == "response 200"
        }
    assert kinds[OPERATIONS[code].rows].startswith("array<")


def test_what_must_not_be_repeated_is_never() -> None:
    """Reads are free; what would be done twice is never repeated; nothing that writes is free, but a started export."""
    never = {code for code, each in OPERATIONS.items() if each.repeat == "never"}
    assert {"OR28", "OR30", "OR32", "ST01", "RT01", "OR43", "M12", "M14", "OR74", "S32", "DR74"} <= never
    assert all(
        (each.repeat == "free") is (each.method == "GET" or code in {"OF52", "OR13", "TL03"})
        for code, each in OPERATIONS.items()
    )
