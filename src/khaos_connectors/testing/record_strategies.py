"""A Hypothesis strategy for any record of core, by its type (extra ``testing``).

    @given(records(ShipmentPlan))
    def test_my_own_report(plan): ...

Where a topic has a strategy of its own for the type, that is what is drawn: it knows what real sources send. Any other
record is built from its annotations with small values, and what the record itself refuses is left out. Such a record
is possible, not necessarily sensible: take the result of the function that makes it where the sense matters.
"""

import enum
import inspect
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Literal, NewType, TypeVar, Union, get_args, get_origin

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.core.buffers import Buffer, MaxOf, SumOf
from khaos_connectors.core.ids import CourierId
from khaos_connectors.core.sla import DueRule
from khaos_connectors.core.tracking import COURIERS
from khaos_connectors.testing import strategies as topics
from khaos_connectors.testing.exception_strategies import due_rules
from khaos_connectors.testing.stock_strategies import buffers, instants

with extra("testing"):
    from hypothesis import reject
    from hypothesis import strategies as st

__all__ = ["records"]

T = TypeVar("T")

_LEAVES: Mapping[object, st.SearchStrategy[object]] = {
    str: st.sampled_from(["GBP", "MUG", "O1", "A-1", "17"]),
    int: st.integers(0, 9),
    bool: st.booleans(),
    Decimal: st.integers(0, 2_000).map(lambda units: Decimal(units).scaleb(-2)),
    Fraction: st.fractions(0, 1, max_denominator=12),
    datetime: instants(),
    date: st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    time: st.times().map(lambda moment: moment.replace(microsecond=0)),
    timedelta: st.integers(0, 600).map(lambda minutes: timedelta(minutes=minutes)),
    type(None): st.none(),
    object: st.none(),
    CourierId: st.sampled_from(sorted(COURIERS)),
    Buffer: buffers(),
    DueRule: due_rules(),
}

_SPREAD: Mapping[object, Callable[[], st.SearchStrategy[object]]] = {
    MaxOf: lambda: st.lists(buffers(), min_size=1, max_size=2).map(lambda parts: MaxOf(*parts)),
    SumOf: lambda: st.lists(buffers(), min_size=1, max_size=2).map(lambda parts: SumOf(*parts)),
}
"""Records whose fields are given one after the other."""


def records(kind: type[T]) -> st.SearchStrategy[T]:
    """Records of *kind*, a frozen attrs class of ``khaos_connectors.core``. Raises TypeError for anything else."""
    drawn = _drawn(kind)
    if drawn is None:
        raise TypeError(f"{kind!r} is no record")
    return drawn.map(lambda value: _checked(kind, value))


def _checked(kind: type[T], value: object) -> T:
    assert isinstance(value, kind), f"{value!r} is no {kind.__name__}"
    return value


def _drawn(kind: object) -> st.SearchStrategy[object] | None:
    """What the topic gives for *kind*, or what its annotations allow; None for what is no record."""
    if not inspect.isclass(kind):
        return None
    own = _SPREAD.get(kind) or _by_topic().get(kind)
    if own is not None:
        return own()
    return _built(kind) if attrs.has(kind) else None


@cache
def _by_topic() -> Mapping[object, Callable[[], st.SearchStrategy[object]]]:
    """The strategies of the topics that need no arguments, by what they say that they draw."""
    found: dict[object, Callable[[], st.SearchStrategy[object]]] = {}
    for name in topics.__all__:
        if name.isupper():  # a constant that goes with the strategies
            continue
        strategy: Callable[[], st.SearchStrategy[object]] = getattr(topics, name)
        signature = inspect.signature(strategy, eval_str=True)
        drawn = get_args(signature.return_annotation)
        if len(drawn) == 1 and all(p.default is not p.empty for p in signature.parameters.values()):
            found.setdefault(drawn[0], strategy)
    return found


def _built(kind: type[attrs.AttrsInstance]) -> st.SearchStrategy[object]:
    attrs.resolve_types(kind)
    make: Callable[..., object] = kind
    fields = {field.alias or field.name: _values(field.type) for field in attrs.fields(kind) if field.init}

    def build(values: Mapping[str, object]) -> object:
        try:
            return make(**values)
        except (ValueError, TypeError):
            reject()

    return st.fixed_dictionaries(fields).map(build)


def _values(annotation: object) -> st.SearchStrategy[object]:
    """Values that *annotation* allows: small ones, and few of them in collections."""
    if annotation in _LEAVES:
        return _LEAVES[annotation]
    if isinstance(annotation, NewType):
        return _values(annotation.__supertype__)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in {Union, types.UnionType}:
        return st.one_of([_values(arg) for arg in args])
    if origin is tuple and args[-1:] != (Ellipsis,):
        return st.tuples(*(_values(arg) for arg in args))
    if origin in {tuple, Sequence, Collection, Iterable}:
        return st.lists(_values(args[0]), max_size=2).map(tuple)
    if origin in {frozenset, AbstractSet}:
        return st.frozensets(_values(args[0]), max_size=2)
    if origin in {dict, Mapping}:
        return st.dictionaries(_values(args[0]), _values(args[1]), max_size=2)
    if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        return st.sampled_from(annotation)
    drawn = _drawn(annotation)
    if drawn is None:
        raise TypeError(f"there is no strategy for {annotation!r}")
    return drawn
