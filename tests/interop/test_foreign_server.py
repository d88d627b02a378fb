"""Our client reads what independent SOAP server libraries write, over real HTTP, and they understand what it sends.

spyne 2.14 does not run on Python 3.12 and later (arskom/spyne#711); PySimpleSOAP runs on all of them.
"""

import bz2
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.client import Client
from khaos_connectors.calls.connect import Connection, open_runner
from khaos_connectors.calls.messages import Call
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.dialect import Dialect
from khaos_connectors.khaos_control.enums import PotentialMapping

T = TypeVar("T")
HERE = Path(__file__).parent
ITEMS = "<STOCK_ITEMS><STOCK_ITEM><STOCK_CODE>MUG</STOCK_CODE></STOCK_ITEM></STOCK_ITEMS>"
FACTS = {
    "version": "8.190 “beta” & <more>",
    "sites": [[1, "Main & <Site> é"], [2, "Shop"]],
    "sources": ["Internet", "Fairs & markets"],
    "available": [["MUG", 1.5], ["BOWL", -2.0]],
    "updated": "2026-07-01T09:30:15+00:00",
    "fault": "Stock item 'X' is <discontinued> & gone",
    "archive": bz2.compress(ITEMS.encode()).hex(),
}
SERVERS = [
    pytest.param(
        "spyne",
        marks=pytest.mark.skipif(sys.version_info >= (3, 12), reason="spyne does not run on Python 3.12 and later"),
    ),
    "pysimplesoap",
]


@attrs.frozen
class Asked:
    """A client of one server, and whom it speaks to."""

    name: str
    client: Client
    service: endpoints.Service

    def ask(self, call: Call[T]) -> T:
        return self.client.call(call)


@pytest.fixture(scope="module", params=SERVERS)
def server(request) -> Iterator[tuple[str, int]]:
    """The name of a library and the port at which it serves, in a process of its own."""
    command = [sys.executable, "-W", "ignore", str(HERE / f"{request.param}_server.py"), json.dumps(FACTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.isdecimal(), f"{request.param} did not start"
        try:
            yield request.param, int(line)
        finally:
            process.terminate()


@pytest.fixture
def asked(server) -> Iterator[Asked]:
    name, port = server
    service = endpoints.Service(system="khaos", path="/")
    with open_runner(Connection(system="khaos", base_url=f"http://127.0.0.1:{port}")) as runner:
        yield Asked(name, Client(Caller("khaos"), runner), service)


class TestReading:
    def test_a_text(self, asked) -> None:
        """A result that is a text, whatever its element is called and whether it says its type."""
        assert asked.ask(endpoints.get_version(asked.service)) == FACTS["version"]

    def test_a_structure_with_a_list(self, asked) -> None:
        """A list inside a structure, qualified or not, with items named after their type or just ``item``."""
        found = asked.ask(endpoints.get_site_list(asked.service))

        assert [[int(one.site_id), one.name] for one in found.sites] == FACTS["sites"]
        assert found.current == "1"

    def test_an_array_of_texts(self, asked) -> None:
        """An array as the whole result."""
        assert list(asked.ask(endpoints.get_sale_sources(asked.service))) == FACTS["sources"]

    def test_an_array_of_structures(self, asked) -> None:
        """Numbers come out exactly, however many noughts a server writes behind them."""
        call = endpoints.get_stock_potential(asked.service, ["MUG", "BOWL"], mapping=PotentialMapping.OTHER_REF)
        found = asked.ask(call)

        assert [(one.stock_code, one.available, one.on_order, one.back_order) for one in found] == [
            ("MUG", Decimal("1.5"), Decimal(2), Decimal(0)),
            ("BOWL", Decimal(-2), Decimal(2), Decimal(0)),
        ]

    def test_times_with_an_offset(self, asked) -> None:
        """Times that tell their distance from UTC are read by it."""
        found = asked.ask(endpoints.get_stock_list(asked.service))

        assert [(one.stock_code, one.last_updated) for one in found] == [
            ("MUG", datetime(2026, 7, 1, 9, 30, 15, tzinfo=UTC)),
            ("BOWL", datetime(2026, 7, 1, 9, 30, 15, tzinfo=UTC)),
        ]

    def test_truth_values(self, asked) -> None:
        """True and false in words."""
        (found,) = asked.ask(endpoints.get_keycodes(asked.service))

        assert (found.code, found.web_use, found.moto_use) == ("A", True, False)

    def test_an_import_with_skipped_rows(self, asked) -> None:
        """Both lists of an import's result, with a document that survives the way there and back."""
        document = "<SALES_ORDERS a='“é”'>]]&gt; &amp; more</SALES_ORDERS>"
        found = asked.ask(endpoints.import_orders(asked.service, document))

        assert [one.associated_ref for one in found.imported] == [document]
        assert [one.skip_reason for one in found.skipped] == [FACTS["fault"]]

    def test_a_fault(self, asked) -> None:
        """A fault is a refusal with the server's words, and an order that was refused is not called unanswered."""
        with pytest.raises(errors.Refused) as refused:
            asked.ask(endpoints.import_orders(asked.service, "fault"))

        assert FACTS["fault"] in refused.value.message

    def test_an_archive(self, asked) -> None:
        """Bytes in base64, unpacked and read."""
        if asked.name != "spyne":
            pytest.skip("PySimpleSOAP has no type for bytes")
        found = asked.ask(endpoints.export_stock_compressed(asked.service, ["MUG"]))

        assert [one.stock_code for one in found] == ["MUG"]


class TestSending:
    @pytest.mark.parametrize("missing", ["nil", "omit"])
    @pytest.mark.parametrize("boolean", ["words", "digits"])
    def test_parameters_arrive(self, asked, missing, boolean) -> None:
        """Texts, numbers and truth values arrive by name in either manner; what was not given arrives as nothing."""
        service = attrs.evolve(asked.service, dialect=Dialect(missing=missing, boolean=boolean))
        codes = ["MUG", "A & <B> “é”"]
        told = endpoints.export_stock_status(service, codes, site_id="2", potential_lead_time=True)
        found = asked.ask(told)

        assert [(one.code, one.level, one.site) for one in found] == [(code, Decimal(2), "True") for code in codes]
        plain = asked.ask(endpoints.export_stock_status(service, ["MUG"], site_id="1"))
        assert [one.site for one in plain] == ["None"]
