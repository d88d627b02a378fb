"""Every record of core can be drawn, and every strategy is found in one place."""

import importlib
import inspect
import pkgutil
import warnings
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import khaos_connectors.core
import khaos_connectors.testing
from khaos_connectors.core.buffers import Fixed
from khaos_connectors.testing import strategies
from khaos_connectors.testing.record_strategies import records

GUIDE = Path(__file__).parents[2] / "docs" / "testing.md"
QUICK = settings(max_examples=200, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


def core_modules() -> list[str]:
    names = [module.name for module in pkgutil.iter_modules(khaos_connectors.core.__path__)]
    return [f"khaos_connectors.core.{name}" for name in names]


def is_frozen(value: object) -> bool:
    """Whether it is an attrs class that refuses assignment; working state inside a computation is no record."""
    return inspect.isclass(value) and attrs.has(value) and "frozen" in value.__setattr__.__name__


def core_records() -> list[type]:
    """The public frozen records of every module of core that is not private."""
    found: list[type] = []
    for name in core_modules():
        if name.rpartition(".")[2].startswith("_"):
            continue
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", ()):
            value = getattr(module, public)
            if is_frozen(value) and value.__module__ == name:
                found.append(value)
    return found


RECORDS = core_records()

WITHOUT: dict[str, str] = {}
"""Records that have no strategy, with the reason."""


@pytest.mark.parametrize(
    "record", RECORDS, ids=lambda record: f"{record.__module__.rpartition('.')[2]}.{record.__name__}"
)
def test_every_record_can_be_drawn(record: type) -> None:
    """A strategy of its topic, or its annotations, give one that the record itself accepts."""
    name = f"{record.__module__.rpartition('.')[2]}.{record.__name__}"
    if name in WITHOUT:
        pytest.skip(WITHOUT[name])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn = find(records(record), lambda _: True, settings=QUICK)
    except NoSuchExample:
        pytest.fail(f"no {name} can be drawn: give its topic a strategy for it")

    assert isinstance(drawn, record)


def test_the_reasons_speak_of_records_that_exist() -> None:
    """Who removes a record removes its excuse."""
    assert set(WITHOUT) <= {f"{record.__module__.rpartition('.')[2]}.{record.__name__}" for record in RECORDS}
    assert len(RECORDS) > 100


SYSTEMS = ("khaos_", "marketplacer_", "mirakl_", "snapfulfil_")


def test_one_place_gives_them_all() -> None:
    """What a topic offers is offered by testing.strategies, and the guide names it.

    What a vendor's system sends is offered by a module of that system, under the vendor's own names; the guide names
    the module.
    """
    guide = GUIDE.read_text(encoding="utf-8")
    offered: set[str] = set()
    for module in pkgutil.iter_modules(khaos_connectors.testing.__path__):
        if module.name.endswith("_strategies"):
            topic = importlib.import_module(f"khaos_connectors.testing.{module.name}")
            if module.name.startswith(SYSTEMS):
                assert f"`testing.{module.name}`" in guide, f"docs/testing.md does not name {module.name}"
                assert topic.__all__
                continue
            offered |= set(topic.__all__)
            for name in topic.__all__:
                assert getattr(strategies, name) is getattr(topic, name)
                assert f"`{name}`" in guide, f"docs/testing.md does not name {name}"

    assert offered == set(strategies.__all__) == set(dir(strategies))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = strategies.nonsense  # type: ignore[attr-defined]  # that it is missing is the point


@settings(deadline=None, max_examples=20)
@given(st.data())
def test_what_a_topic_knows_goes_before_annotations(data: st.DataObject) -> None:
    """An order that is drawn by its type is one of channel_orders: it has the lines that map."""
    from khaos_connectors.core.orders import ChannelOrder

    order = data.draw(records(ChannelOrder))

    assert strategies.targets_of(order).keys() == {line.sku for line in order.lines}


def test_what_is_no_record() -> None:
    """A class without fields, a value, a type that nobody can draw."""

    @attrs.frozen
    class Strange:
        field: complex

    for other in (int, Fixed(1)):
        with pytest.raises(TypeError, match="is no record"):
            records(other)  # type: ignore[arg-type]  # that it is refused is the point
    with pytest.raises(TypeError, match="no strategy for <class 'complex'>"):
        records(Strange)
