"""What a record refuses by itself: kinds that are not those of its fields, by the field's name."""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from inspect import signature
from types import NoneType, UnionType
from typing import Any, Literal, Protocol, Union, get_args, get_origin

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import khaos_connectors.core
from khaos_connectors.core.fields import a_text, record_of, typed, whole_number, whole_numbers
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.stock import StockFigure
from khaos_connectors.testing.strategies import records


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Ruled(Protocol):
    def units(self) -> int: ...


@attrs.frozen(kw_only=True, field_transformer=typed)
class Everything:
    """A record with a field of each kind."""

    units: int
    limit: int | None = None
    flag: bool = False
    colour: Colour = Colour.RED
    other: Colour | None = None
    word: Literal["hold", "refuse"] = "hold"
    counts: Mapping[str, int] = attrs.field(factory=dict[str, int])
    known: Mapping[str, int] | None = None
    either: int | str = 0
    text: str = ""
    _hidden: int = 0
    days: tuple[date, ...] = ()
    maybe: tuple[StockCode, ...] | None = None
    pairs: tuple[tuple[str, int], ...] = ()
    odd: tuple[int | str, ...] = ()
    ruled: tuple[Ruled, ...] = ()
    fixed: tuple[str, int] = ("a", 1)


class TestTyped:
    @pytest.mark.parametrize(
        ("field", "value", "told"),
        [
            ("units", 3.0, r"^units must be an int, not 3\.0$"),
            ("units", True, "^units must be an int, not True$"),
            ("units", None, "^units must be an int, not None$"),
            ("limit", "3", "^limit must be an int, not '3'$"),
            ("limit", False, "^limit must be an int, not False$"),
            ("flag", "false", "^flag must be True or False, not 'false'$"),
            ("flag", 1, "^flag must be True or False, not 1$"),
            ("colour", "blue", r"^colour must be a member of Colour, not 'blue': write Colour\.BLUE$"),
            ("colour", "green", "^colour must be a member of Colour, not 'green'$"),
            ("other", 1, "^other must be a member of Colour, not 1$"),
            ("counts", {"MUG": 1.5}, r"^counts of MUG must be an int, not 1\.5$"),
            ("known", {"MUG": True}, "^known of MUG must be an int, not True$"),
            ("hidden", 1.0, r"^hidden must be an int, not 1\.0$"),
            ("days", date(2026, 7, 1), r"^days must be a tuple of date, not one date alone: write \(it,\)$"),
            ("days", [date(2026, 7, 1)], r"^days must be a tuple of date, not list: write tuple\(\.\.\.\)$"),
            ("days", "monday", "^days must be a tuple of date, not str$"),
            ("days", None, "^days must be a tuple of date, not NoneType$"),
            ("days", (date(2026, 7, 1), "friday"), r"^days\[1\] must be of type date, not str$"),
            ("days", ("friday",) * 100_000, r"^days\[0\] must be of type date, not str$"),
            ("maybe", "MUG", r"^maybe must be a tuple of str, not one str alone: write \(it,\)$"),
            ("maybe", (1,), r"^maybe\[0\] must be of type str, not int$"),
            ("pairs", ("MUG", 1), r"^pairs\[0\] must be of type tuple, not str$"),
            ("odd", [1], "^odd must be a tuple of values, not list"),
            ("ruled", 1, "^ruled must be a tuple of values, not int$"),
        ],
    )
    def test_what_is_not_of_the_fields_type_is_refused(self, field: str, value: object, told: str) -> None:
        """By TypeError, with the field's name as the caller writes it, and what to write where that is clear."""
        given_fields: dict[str, Any] = {"units": 1, field: value}

        with pytest.raises(TypeError, match=told):
            Everything(**given_fields)

    def test_a_word_that_is_not_one_of_them(self) -> None:
        """A text is of the type of the field; which texts there are is told."""
        with pytest.raises(ValueError, match=r"^word must be 'hold' or 'refuse', not 'drop'$"):
            Everything(units=1, word="drop")  # type: ignore[arg-type]  # what a caller without a type checker does

    def test_what_is_of_its_type_passes(self) -> None:
        """None where the field allows it; kinds that the types do not settle are not looked at."""
        record = Everything(
            units=-1, limit=0, flag=True, other=Colour.BLUE, word="refuse", counts={"MUG": 1}, known={}, hidden=2
        )

        assert (record.limit, record.other, record.known) == (0, Colour.BLUE, {})
        assert Everything(units=1).limit is None
        assert Everything(units=1, either="x", text="y").either == "x"

    def test_tuples_of_what_belongs_there_pass(self) -> None:
        """Subclasses too, and whatever a type cannot settle: unions, protocols, tuples of one length."""

        class Day(date):
            pass

        record = Everything(
            units=1, days=(date(2026, 7, 1), Day(2026, 7, 2)), maybe=(StockCode("A"),), pairs=(("A", 1),), odd=(1, "x")
        )

        assert (len(record.days), record.maybe, record.odd) == (2, ("A",), (1, "x"))
        assert Everything(units=1, days=(date(2026, 7, 1),) * 100_000, maybe=None).maybe is None
        assert Everything(units=1, ruled=(Decimal(1),)).ruled  # type: ignore[arg-type]  # a protocol is not asked

    def test_a_validator_of_its_own_comes_after(self) -> None:
        """A field that says more than its type is checked by both, the type first."""

        @attrs.frozen(field_transformer=typed)
        class Small:
            units: int = attrs.field(validator=attrs.validators.lt(5))

        assert Small(2).units == 2
        with pytest.raises(ValueError, match="units"):
            Small(7)
        with pytest.raises(TypeError, match=r"^units must be an int, not 1\.5$"):
            Small(1.5)  # type: ignore[arg-type]  # what a caller without a type checker does

    def test_a_mapping(self) -> None:
        """All numbers of a mapping at once; the key of the first wrong one is told."""
        whole_numbers("acked", {"A": 1, "B": 0})
        with pytest.raises(TypeError, match=r"^acked of B must be an int, not 2\.0$"):
            whole_numbers("acked", {"A": 1, "B": 2.0})  # type: ignore[dict-item]  # what a caller without types does

    def test_a_single_number(self) -> None:
        """The same for an argument of a function."""
        whole_number("pool", 3)
        for value in (3.0, True, "3", None, Decimal(3)):
            with pytest.raises(TypeError, match=re.escape(f"pool must be an int, not {value!r}")):
                whole_number("pool", value)


CORE = [
    importlib.import_module(f"khaos_connectors.core.{module.name}")
    for module in pkgutil.iter_modules(khaos_connectors.core.__path__)
    if not module.name.startswith("_")
]
RECORDS = [
    kind
    for module in CORE
    for kind in vars(module).values()
    if isinstance(kind, type)
    and attrs.has(kind)
    and kind.__module__ == module.__name__
    and kind.__name__ in module.__all__
    and kind.__hash__ is not None  # frozen: what is still being written is nobody's input
]


def settled(kind: Any) -> bool:
    """Whether a field of this type is a count, a flag, an enum, a fixed word or a tuple of any length, or None."""
    if get_origin(kind) in (Union, UnionType):
        plain = [part for part in get_args(kind) if part is not NoneType]
        return len(plain) == 1 and settled(plain[0])
    if get_origin(kind) is Literal:
        return True
    if get_origin(kind) is tuple:
        return get_args(kind)[1:] == (...,)
    return isinstance(kind, type) and (kind in (int, bool) or issubclass(kind, Enum))


class TestEveryRecord:
    @pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
    @settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_refuses_what_is_not_of_its_fields_types(self, kind: type, data: st.DataObject) -> None:
        """Every count, flag, enum, fixed word and tuple of every record of the core: 1.5 is none of them."""
        attrs.resolve_types(kind)
        record = data.draw(records(kind))
        for field in attrs.fields(kind):
            if settled(field.type) and field.converter is None and field.alias in signature(kind).parameters:
                with pytest.raises((TypeError, ValueError), match=rf"^{field.alias} must be"):
                    attrs.evolve(record, **{str(field.alias): 1.5})

    def test_there_are_records(self) -> None:
        """The test above is of something."""
        assert len(RECORDS) > 100
        assert StockFigure in RECORDS


@attrs.frozen(kw_only=True)
class Named:
    """A record with an id and another record."""

    name: StockCode = attrs.field(validator=a_text)
    figure: Everything | None = attrs.field(default=None, validator=attrs.validators.optional(record_of(Everything)))


def test_an_id_is_a_text() -> None:
    """The int 5 would not be found again under "5"; a kind of text is a text."""

    class Special(str):
        __slots__ = ()

    assert Named(name=StockCode(Special("A"))).name == "A"
    with pytest.raises(TypeError, match="name must be a text, not 5"):
        Named(name=5)  # type: ignore[arg-type]  # what a user may give


def test_a_record_in_a_record_has_its_type() -> None:
    """What came in its place is told by its type alone: it may hold an address."""

    @attrs.frozen
    class Holder:
        inner: Named = attrs.field(validator=record_of(Named))

    assert Holder(Named(name=StockCode("A"))).inner.name == "A"
    with pytest.raises(TypeError, match="figure must be of type Everything, not dict"):
        Named(name=StockCode("A"), figure={})  # type: ignore[arg-type]  # what a user may give
