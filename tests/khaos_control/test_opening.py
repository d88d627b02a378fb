"""The package's front door: lazy names, and both faces over real HTTP."""

import asyncio
import subprocess
import sys
from collections.abc import Callable

import attrs
import pytest

from khaos_connectors import khaos_control
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.testing.simulators.routes import serve


@pytest.mark.parametrize("name", khaos_control.__all__)
def test_every_promised_name_is_there(name: str) -> None:
    """Names are loaded when first used."""
    assert getattr(khaos_control, name) is not None
    assert name in dir(khaos_control)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """Lazy loading hides no typing mistake."""
    with pytest.raises(AttributeError, match="KhaosControll"):
        khaos_control.KhaosControll  # noqa: B018 - looking is the test


def test_importing_the_package_loads_nothing_heavy() -> None:
    """Neither httpx nor the connector's modules, until a name is asked for."""
    code = (
        "import sys, khaos_connectors.khaos_control as k; "
        "assert 'httpx' not in sys.modules and 'khaos_connectors.khaos_control.erp' not in sys.modules; "
        "k.KhaosControlERP; assert 'httpx' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_the_blocking_face_over_http(house: Callable[..., object], draft: ErpOrderDraft) -> None:
    """A whole visit: health, order, despatch, over a loopback port."""
    home = house()
    with serve(home.simulator) as base_url:
        config = attrs.evolve(home.config, base_url=base_url + "/KhaosDemo.exe")
        with khaos_control.connect(config) as erp:
            assert erp.check().version == "8.190.36.0"
            order = erp.create_order(draft)
            home.simulator.pick_and_despatch(order.code, courier="RM", consignment="AA1")
            despatches = list(erp.despatches(since=home.clock.now(), references=[draft.reference]))

    assert [each.parcels[0].tracking for each in despatches] == ["AA1"]


def test_the_awaited_face_over_http(house: Callable[..., object], draft: ErpOrderDraft) -> None:
    """The same visit, awaited."""
    home = house()

    async def visit(base_url: str) -> list[str]:
        config = attrs.evolve(home.config, base_url=base_url + "/KhaosDemo.exe")
        async with khaos_control.connect_async(config) as erp:
            order = await erp.create_order(draft)
            home.simulator.pick_and_despatch(order.code, courier="RM", consignment="AA1")
            snapshot = await erp.stock()
            assert snapshot.complete
            found = erp.despatches(since=home.clock.now(), references=[draft.reference])
            return [each.parcels[0].tracking async for each in found]

    with serve(home.simulator) as base_url:
        assert asyncio.run(visit(base_url)) == ["AA1"]


def test_a_clock_of_ones_own_is_taken(house: Callable[..., object]) -> None:
    """Its time is the time that the readings carry."""
    home = house()
    with serve(home.simulator) as base_url:
        config = attrs.evolve(home.config, base_url=base_url + "/KhaosDemo.exe")
        with khaos_control.connect(config, clock=home.clock) as erp:
            assert erp.stock([]).as_of == home.clock.now()
