"""Core records survive the store: what was dumped is what is loaded."""

import enum
import types
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NewType, Union, get_args, get_origin

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.decode import dump_record, load_record
from khaos_connectors.core.couriers import CarrierChoice
from khaos_connectors.core.despatch import Despatch, ShippedUnits
from khaos_connectors.core.exception_report import ExceptionItem, Reason
from khaos_connectors.core.ids import LineId, StockCode
from khaos_connectors.core.orders import ChannelOrder, Charge, ChargeKind, DraftLine, ErpOrder, ErpOrderDraft
from khaos_connectors.core.release import ReleaseDraft, WarehouseShipment
from khaos_connectors.core.stock import Demand, Snapshot
from khaos_connectors.errors import Undecodable
from khaos_connectors.protocols import Batch, Health, ShipmentNotice, StockReceipt

RECORDS = [
    Batch[Despatch],
    CarrierChoice,
    ChannelOrder,
    Demand,
    Despatch,
    ErpOrder,
    ErpOrderDraft,
    ExceptionItem,
    Health,
    Reason,
    ReleaseDraft,
    ShipmentNotice,
    ShippedUnits,
    Snapshot,
    StockReceipt,
    WarehouseShipment,
]

AMOUNTS = st.decimals(-(10**6), 10**6, places=2)


@st.composite
def draft_lines(draw: st.DrawFn) -> DraftLine:
    """Lines of a draft; their amounts add up, for others cannot be made."""
    net, vat = draw(AMOUNTS), draw(AMOUNTS)
    return DraftLine(
        stock_code=StockCode(draw(st.text(max_size=6))),
        units=draw(st.integers(-(10**12), 10**12)),
        gross=net + vat,
        net=net,
        vat=vat,
        vat_rate=draw(AMOUNTS),
        description=draw(st.text(max_size=6)),
        source=tuple(LineId(text) for text in draw(st.lists(st.text(max_size=6), max_size=2))),
        charge=draw(st.none() | st.sampled_from(ChargeKind)),
    )


LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=6),
    int: st.integers(-(10**12), 10**12),
    bool: st.booleans(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9),
    datetime: st.datetimes(timezones=st.just(UTC)),
    timedelta: st.timedeltas(),
    type(None): st.none(),
    DraftLine: draft_lines(),
    Charge: st.builds(
        Charge, kind=st.just(ChargeKind.FEE), code=st.text(max_size=6), amount=st.decimals(0, 10**6, places=2)
    ),
}


def values(kind: Any, bound: Mapping[Any, Any] | None = None) -> st.SearchStrategy[Any]:
    """Any value that the annotation *kind* allows."""
    kind = (bound or {}).get(kind, kind)
    if isinstance(kind, NewType):
        kind = kind.__supertype__
    if kind in LEAVES:
        return LEAVES[kind]
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return st.one_of([values(arg, bound) for arg in args])
    if origin is tuple and args[-1] is Ellipsis:
        return st.lists(values(args[0], bound), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(arg, bound) for arg in args))
    if origin is Mapping:
        return st.dictionaries(values(args[0]), values(args[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from(kind)
    record = origin or kind
    attrs.resolve_types(record)
    parameters = dict(zip(getattr(record, "__parameters__", ()), args, strict=True))
    fields = attrs.fields(record)
    return st.fixed_dictionaries({f.name: values(f.type, parameters) for f in fields}).map(
        lambda found: record(**found)
    )


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: str(getattr(cls, "__name__", cls)))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(data=st.data())
def test_a_record_comes_back_as_it_was(cls: Any, data: st.DataObject) -> None:
    """``load_record(type, dump_record(record)) == record``, digits and types included."""
    record = data.draw(values(cls))

    text = dump_record(record)
    loaded = load_record(cls, text)

    assert loaded == record
    assert dump_record(loaded) == text


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"account": 7}', "<html>", '{"account": "a", "stock_code'])
def test_anything_else_is_undecodable(text: str) -> None:
    """A text that is no such record says where it is not."""
    with pytest.raises(Undecodable, match=r"record\.Demand"):
        load_record(Demand, text)


def test_only_records_are_dumped() -> None:
    """A dict has no type to be loaded as."""
    with pytest.raises(TypeError, match="not a record: dict"):
        dump_record({})
