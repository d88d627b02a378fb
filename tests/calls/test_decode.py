"""JSON is read strictly and exactly, and an error says where."""

import enum
import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.decode import Text, Unrecognised, parse_json, read, to_json
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.errors import Undecodable


class State(enum.Enum):
    OPEN = "OPEN"
    SHUT = "SHUT"


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


@attrs.frozen(kw_only=True)
class Line:
    sku: str
    price: Decimal
    quantity: int = 1
    state: State | Unrecognised = State.OPEN
    note: str | None = None


@attrs.frozen(kw_only=True)
class Order:
    order_id: Text
    lines: tuple[Line, ...] = ()
    placed: datetime | None = None
    paid: bool = False
    labels: Mapping[str, int] = attrs.field(factory=dict)
    product_id: str = attrs.field(default="", metadata={"wire": "product-id"})
    extra: object = None


@attrs.frozen(kw_only=True)
class Tree:
    name: str
    inner: "tuple[Tree, ...]" = ()


@attrs.frozen
class Orders:
    orders: "tuple[Order, ...]"


def parse(text: str | bytes) -> object:
    body = text.encode() if isinstance(text, str) else text
    return parse_json(Response(status=200, body=body), system="s", operation="o")


def decode(cls: Any, text: str) -> Any:
    return read(cls, parse(text), system="s", operation="o")


def misfit(cls: Any, text: str) -> tuple[str, str]:
    with pytest.raises(Undecodable) as raised:
        decode(cls, text)
    assert (raised.value.system, raised.value.operation) == ("s", "o")
    return raised.value.path, raised.value.expected


class TestText:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (b"", "JSON, not an empty answer"),
            (b" \r\n", "JSON, not an empty answer"),
            (b"<!DOCTYPE html><html><body>Service unavailable", "JSON, not HTML"),
            (b"<error/>", "JSON, not XML or HTML"),
            (b'{"orders": [{"id": 1}, {"i', "JSON to its end: the answer breaks off at character 24"),
            (b'{"orders": [', "JSON to its end: the answer breaks off at character 12"),
            (b'{"a": 1 "b": 2}', "JSON: the answer is malformed at character 8"),
            (b'{"a": 1} x', "JSON: the answer is malformed at character 9"),
            (b'{"a": 1, "b": 2, "a": 3}', "each field once, but 'a' stands twice in one object"),
            (b"[NaN]", "numbers, not NaN"),
            (b"[-Infinity]", "numbers, not -Infinity"),
            (b"[1e999999999]", "numbers of reasonable size"),
            (b"[1e99999999999999999999999]", "numbers of reasonable size"),
            (b"9" * 10_000, "numbers of reasonable size"),
            (b"[" * 200_000, "JSON of reasonable depth"),
            (b'{"a":' * 200_000, "JSON of reasonable depth"),
            (b'"\xff"', "JSON in UTF-8"),
        ],
    )
    def test_anything_but_one_good_value_is_refused(self, body: bytes, expected: str) -> None:
        """What came in place of JSON is named."""
        with pytest.raises(Undecodable) as raised:
            parse(body)

        assert (raised.value.path, raised.value.expected) == ("$", expected)

    def test_a_comma_too_many_is_refused(self) -> None:
        """Older Pythons point behind it, newer ones at it."""
        with pytest.raises(Undecodable, match=r"malformed at character [78]$"):
            parse(b'{"a": 1,}')

    def test_a_byte_order_mark_is_passed_over(self) -> None:
        """Some servers write one."""
        assert parse(b"\xef\xbb\xbf[1]") == [1]

    def test_the_answers_id_is_kept(self) -> None:
        """The vendor's support asks for it."""
        with pytest.raises(Undecodable, match=r"\[request r-9\]"):
            parse_json(Response(status=200, headers={"X-Request-ID": "r-9"}), system="s", operation="o")

    @given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
    def test_numbers_are_exact(self, number: Decimal) -> None:
        """Every digit survives: no number passes through binary floating point."""
        found = decode(Decimal, str(number))

        assert found == number
        assert found.as_tuple() == number.as_tuple()

    @given(st.binary(max_size=60))
    def test_no_bytes_break_it(self, body: bytes) -> None:
        """Bytes from outside give a value or ``Undecodable``."""
        with suppress(Undecodable):
            parse(body)


class TestValues:
    @pytest.mark.parametrize(
        ("cls", "text", "value"),
        [
            (Decimal, "12.30", Decimal("12.30")),
            (Decimal, "7", Decimal(7)),
            (Decimal, '"12.30"', Decimal("12.30")),
            (Decimal, '"-1e3"', Decimal("-1e3")),
            (int, "7", 7),
            (int, "7.0", 7),
            (int, "1E+50", 10**50),
            (int, '"-12"', -12),
            (str, '"7"', "7"),
            (Text, "7", "7"),
            (Text, '"a7"', "a7"),
            (bool, "true", True),
            (datetime, '"2026-03-01T12:00:00Z"', datetime(2026, 3, 1, 12, tzinfo=UTC)),
            (datetime, '"2026-03-01T12:00:00.5+0100"', datetime(2026, 3, 1, 11, 0, 0, 500000, tzinfo=UTC)),
            (date, '"2026-03-01"', date(2026, 3, 1)),
            (timedelta, "1.5", timedelta(seconds=1.5)),
            (Fraction, '"1/3"', Fraction(1, 3)),
            (Fraction, "0.25", Fraction(1, 4)),
            (State, '"OPEN"', State.OPEN),
            (Colour, '"red"', Colour.RED),
            (Level, "1", Level.LOW),
            (State | Unrecognised, '"SHUT"', State.SHUT),
            (State | Unrecognised, '"HALF"', Unrecognised("HALF")),
            (State | Unrecognised | None, "null", None),
            (tuple[int, ...], "[1, 2]", (1, 2)),
            (tuple[str, int], '["a", 2]', ("a", 2)),
            (list[int], "[1]", [1]),
            (frozenset[int], "[1, 1]", frozenset({1})),
            (set[int], "[1, 1]", {1}),
            (Mapping[str, Decimal], '{"a": 1.0}', {"a": Decimal("1.0")}),
            (str | None, "null", None),
            (object, '{"a": [1, null]}', {"a": [1, None]}),
        ],
    )
    def test_what_fits(self, cls: Any, text: str, value: object) -> None:
        """Each type reads the forms that systems send it in, exactly."""
        found = decode(cls, text)

        assert found == value
        assert type(found) is type(value)

    @pytest.mark.parametrize(
        ("cls", "text", "expected"),
        [
            (Decimal, "null", "a number, not null"),
            (Decimal, "true", "a number, not true or false"),
            (Decimal, '"12,30"', "a number, not this text"),
            (Decimal, '"NaN"', "a number, not this text"),
            (Decimal, '"٣"', "a number, not this text"),
            (Decimal, '""', "a number, not an empty text"),
            (Decimal, "[]", "a number, not a list"),
            (int, "3.9", "a whole number, not this number"),
            (int, "true", "a whole number, not true or false"),
            (int, '"3.0"', "a whole number, not this text"),
            (str, "7", "text, not this number"),
            (str, "null", "text, not null"),
            (Text, "7.5", "text or a whole number, not this number"),
            (Text, "true", "text or a whole number, not true or false"),
            (bool, '"false"', "true or false, not this text"),
            (bool, "0", "true or false, not this number"),
            (datetime, '"2026-03-01T12:00:00"', "a date-time with its zone, not a naive one"),
            (datetime, '"2026-03-01"', "a date-time with its zone, not a naive one"),
            (datetime, '"0001-01-01T00:00:00+14:00"', "a date-time with its zone, not this text"),
            (datetime, "1767225600", "a date-time with its zone, not this number"),
            (date, '"20260301"', "a date, not this text"),
            (date, '"2026-13-01"', "a date, not this text"),
            (timedelta, "1e300", "a number of seconds, not this number"),
            (Fraction, '"1/0"', "a fraction, not this text"),
            (State, '"HALF"', "one of 'OPEN' or 'SHUT', not this text"),
            (Level, "true", "one of 1, not true or false"),
            (State | Unrecognised, "null", "a code, not null"),
            (State | Unrecognised, "{}", "a code, not an object"),
            (tuple[int, ...], '"12"', "a list, not this text"),
            (tuple[str, int], '["a"]', "a list of 2, not a list"),
            (Mapping[str, int], "[]", "an object, not a list"),
            (Order, '"x"', "an object, not this text"),
            (Orders, "null", "an object, not null"),
        ],
    )
    def test_what_does_not(self, cls: Any, text: str, expected: str) -> None:
        """Nothing is bent into shape: what was expected is said, what came is named by kind, never shown."""
        assert misfit(cls, text) == ("$", expected)


class TestPaths:
    @pytest.mark.parametrize(
        ("text", "path", "expected"),
        [
            (
                '{"orders": [{"order_id": 1}, {"order_id": 2, "lines": [{"sku": "a", "price": "x"}]}]}',
                "$.orders[1].lines[0].price",
                "a number, not this text",
            ),
            ('{"orders": [{"lines": []}]}', "$.orders[0].order_id", "this field, which is missing"),
            ('{"orders": [{"order_id": 1, "product-id": 5}]}', "$.orders[0]['product-id']", "text, not this number"),
            (
                '{"orders": [{"order_id": 1, "labels": {"a b": "x"}}]}',
                "$.orders[0].labels['a b']",
                "a whole number, not this text",
            ),
            (
                '{"orders": [{"order_id": 1, "labels": {"a": null}}]}',
                "$.orders[0].labels.a",
                "a whole number, not null",
            ),
            ('{"orders": [{"order_id": 1}, null]}', "$.orders[1]", "an object, not null"),
            ('{"orders": {}}', "$.orders", "a list, not an object"),
            ("{}", "$.orders", "this field, which is missing"),
        ],
    )
    def test_the_first_misfit_is_named(self, text: str, path: str, expected: str) -> None:
        """The path leads from the answer's root to the value, in the wire's own names."""
        assert misfit(Orders, text) == (path, expected)

    def test_a_path_may_begin_elsewhere(self) -> None:
        """A record that was taken out of an answer keeps its place."""
        with pytest.raises(Undecodable) as raised:
            read(Line, {"sku": "a"}, system="s", operation="o", path="$.orders[7].lines[1]")

        assert raised.value.path == "$.orders[7].lines[1].price"

    def test_no_value_is_shown(self) -> None:
        """Values may be personal: an error carries the path and the kind only."""
        with pytest.raises(Undecodable) as raised:
            decode(Orders, '{"orders": [{"order_id": 1, "placed": "Mrs Example"}]}')

        assert "Example" not in str(raised.value)
        assert raised.value.__cause__ is None

    def test_a_class_may_hold_itself(self) -> None:
        """Trees are read, and a misfit deep in one has its path."""
        assert decode(Tree, '{"name": "a", "inner": [{"name": "b"}]}') == Tree(name="a", inner=(Tree(name="b"),))
        assert misfit(Tree, '{"name": "a", "inner": [{"name": 1}]}') == ("$.inner[0].name", "text, not this number")

    def test_a_tree_without_end(self) -> None:
        """A value that is too deep is refused like any other."""
        value: dict[str, object] = {"name": "leaf"}
        for _ in range(5000):
            value = {"name": "a", "inner": [value]}

        with pytest.raises(Undecodable, match="a value of reasonable depth"):
            read(Tree, value, system="s", operation="o")

    @pytest.mark.parametrize("kind", [float, bytes, complex, type])
    def test_a_type_that_cannot_be_read_is_a_mistake_of_ours(self, kind: Any) -> None:
        """It is no fault of the answer: floats are not read, whatever comes."""
        record = attrs.make_class("Record", {"field": attrs.field(type=kind)}, frozen=True)

        with pytest.raises(TypeError, match="a field that no JSON value stands for"):
            read(record, {"field": 1}, system="s", operation="o")

    def test_a_records_own_checks_are_told(self) -> None:
        """A class that refuses its values makes the record unreadable, not the program fail."""

        @attrs.frozen
        class Positive:
            number: int = attrs.field(validator=attrs.validators.gt(0))

        assert misfit(Positive, '{"number": -1}') == ("$", "a valid Positive")


class TestTolerance:
    def test_unknown_fields_are_ignored(self) -> None:
        """A system may add fields any day."""
        assert decode(Line, '{"sku": "a", "price": 1, "brand_new": {"x": []}}') == Line(sku="a", price=Decimal(1))

    def test_defaults_stand_in_for_what_is_absent(self) -> None:
        """But null is not absence: where it may come, the type says so."""
        assert decode(Line, '{"sku": "a", "price": 1}').quantity == 1
        assert misfit(Line, '{"sku": "a", "price": 1, "quantity": null}') == ("$.quantity", "a whole number, not null")

    @given(
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.text(max_size=5)
            | st.decimals(allow_nan=False, allow_infinity=False, places=2),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["orders", "order_id", "lines", "sku", "price", "labels", "placed"]),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=15,
        )
    )
    def test_no_value_breaks_it(self, value: object) -> None:
        """Any JSON value is read, or is ``Undecodable``; nothing else comes out."""
        with suppress(Undecodable):
            read(Orders, value, system="s", operation="o")


class TestWriting:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ({"a": Decimal("1.10"), "b": [1, True, None]}, '{"a":1.10,"b":[1,true,null]}'),
            (Decimal("1E+3"), "1E+3"),
            ('é\n"', '"\\u00e9\\n\\""'),
            ("\ud800", '"\\ud800"'),
            (datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1))), '"2026-03-01T11:00:00Z"'),
            (datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC), '"2026-03-01T12:00:00.000005Z"'),
            (date(2026, 3, 1), '"2026-03-01"'),
            (timedelta(milliseconds=1500), "1.5"),
            (timedelta(seconds=-120), "-120"),
            (State.OPEN, '"OPEN"'),
            (Unrecognised("HALF"), '"HALF"'),
            (Fraction(1, 3), '"1/3"'),
            (
                Order(order_id=Text("1"), product_id="p"),
                '{"order_id":"1","lines":[],"placed":null,"paid":false,"labels":{},"product-id":"p","extra":null}',
            ),
            ({State.OPEN: 1}, '{"OPEN":1}'),
        ],
    )
    def test_forms(self, value: object, text: str) -> None:
        """Compact, in the order given, numbers digit for digit."""
        assert to_json(value) == text

    @pytest.mark.parametrize("value", [1.5, math.nan, object(), Secret("x"), b"x", {1: 2}, [1.0]])
    def test_what_has_no_exact_form_is_refused(self, value: object) -> None:
        """Floats, secrets and strangers raise instead of being bent."""
        with pytest.raises(TypeError):
            to_json(value)

    @pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), datetime(2026, 1, 1)])  # noqa: DTZ001 - the naive one is the point
    def test_what_has_no_meaning_is_refused(self, value: object) -> None:
        """Numbers that are none and times without a zone."""
        with pytest.raises(ValueError, match="cannot be written"):
            to_json(value)
