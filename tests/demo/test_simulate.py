"""``khaos-connectors simulate``: whoever reads its line can ask both systems at once."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

from khaos_connectors import khaos_control, mirakl
from khaos_connectors.core.ids import AccountId
from khaos_connectors.testing.day.plan import CHANNEL_PASSWORD, CHANNEL_USER


@contextmanager
def simulated(*options: str) -> Iterator[Mapping[str, object]]:
    """What the command prints, for as long as it serves."""
    command = (sys.executable, "-m", "khaos_connectors", "simulate", "--orders", "20", "--codes", "20", *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as day:
        try:
            assert day.stdout is not None
            yield json.loads(day.stdout.readline())
        finally:
            day.terminate()


def test_the_line_opens_both_systems() -> None:
    """Addresses alone open nothing: the marketplace's key and shop go with them."""
    with simulated() as told:
        shop = mirakl.MiraklConfig(
            account=AccountId("shop"), base_url=told["mirakl"], api_key=told["api_key"], shop_id=told["shop_id"]
        )
        with mirakl.open_client(shop) as client:
            account = client.call(mirakl.raw("A01", client.scope))
        assert account["shop_id"] == Decimal(told["shop_id"])
        erp = khaos_control.KhaosControlConfig(account=AccountId("khaos"), base_url=told["khaos_control"])
        with khaos_control.connect(erp) as khaos:
            assert khaos.check().version
        assert set(told) == {"world", "mirakl", "khaos_control", "api_key", "shop_id"}


def test_an_erp_that_calls_tells_how_it_signs_in() -> None:
    """Through Channels there is no address of the ERP, but a door of yours that has to know its user."""
    with simulated("--erp", "channels") as told:
        assert told["khaos_control"] == ""
        assert (told["channel_user"], told["channel_password"]) == (CHANNEL_USER, CHANNEL_PASSWORD)
