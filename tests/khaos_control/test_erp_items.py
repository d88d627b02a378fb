"""Reading item masters through the port: list, chunks, cursors, families, kits, bar codes, and what cannot be read."""

import asyncio
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import attrs
import pytest

from khaos_connectors import errors
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Lost, Request, Response
from khaos_connectors.core.bundles import Bundle
from khaos_connectors.core.catalogue import bundles_of, index_barcodes
from khaos_connectors.core.ids import AccountId, StockCode
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.faces import async_items_face, items_face, lift_items
from khaos_connectors.khaos_control import ChunkSizes, KhaosControlConfig, KhaosControlERP, connect
from khaos_connectors.khaos_control.item_settings import ItemSettings
from khaos_connectors.protocols import Batch, ItemSource
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.simulators.khaos_control import (
    KhaosControlSimulator,
    KhaosItem,
    KhaosLink,
    KhaosSite,
    KhaosStyle,
)
from khaos_connectors.testing.simulators.routes import async_transport, transport

_START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


_CONFIG = KhaosControlConfig(
    account=AccountId("khaos"), base_url="https://erp.example.com/K.exe", chunks=ChunkSizes(export_stock=3)
)


def _shop(count: int = 0) -> KhaosControlSimulator:
    """Four plain items, a template with two variants, a pack, a build, and *count* more."""
    red, blue = (KhaosStyle(description=word, suffix=word[:3].upper()) for word in ("Red", "Blue"))
    clock = ManualClock(_START)
    return KhaosControlSimulator(
        clock=clock.now,
        items=[
            KhaosItem(stock_code="MUG", barcodes=("5000000000005",), weight=Decimal(350), physical=20),
            KhaosItem(stock_code="TEA", run_to_zero=True, tax_code=2),
            KhaosItem(stock_code="OLD", discontinued=True),
            KhaosItem(stock_code="SHY", web=False, drop_ship=True),
            KhaosItem(stock_code="SHIRT", stock_controlled=False, headings=("Colour",)),
            KhaosItem(stock_code="SHIRT-RED", parent="SHIRT", styles=(red,), barcodes=("12345678", "012345678905")),
            KhaosItem(stock_code="SHIRT-BLU", parent="SHIRT", styles=(blue,)),
            KhaosItem(
                stock_code="PACK",
                stock_controlled=False,
                links=(
                    KhaosLink(stock_code="MUG", kind=3, value=Decimal(4)),
                    KhaosLink(stock_code="TEA", kind=3),
                    KhaosLink(stock_code="OLD", kind=1),
                ),
            ),
            KhaosItem(stock_code="BUILD", physical=2, links=(KhaosLink(stock_code="PACK", kind=3),)),
            *(KhaosItem(stock_code=f"N{number:04}") for number in range(count)),
        ],
        sites=[KhaosSite(site_id=1, name="Main Site")],
    )


class Counted:
    """A transport that counts the calls of each operation and how many were under way at once."""

    def __init__(self, simulator: KhaosControlSimulator) -> None:
        self._inner, self._simulator = transport(simulator), simulator
        self._lock = threading.Lock()
        self._open = 0
        self.most = 0
        self.calls: list[str] = []

    def send(self, request: Request) -> Response | Lost:
        with self._lock:
            self._open += 1
            self.most = max(self.most, self._open)
            self.calls.append(self._simulator.operation(request))
        try:
            return self._inner.send(request)
        finally:
            with self._lock:
                self._open -= 1


def _erp(
    simulator: KhaosControlSimulator, items: ItemSettings | None = None
) -> tuple[KhaosControlERP, Runner, Counted]:
    counted = Counted(simulator)
    clock = ManualClock(_START)
    return (
        KhaosControlERP(attrs.evolve(_CONFIG, items=items or ItemSettings())),
        Runner({"khaos": counted}, clock=clock, chance=lambda: 0.0),
        counted,
    )


def _all(erp: KhaosControlERP, runner: Runner, since: datetime | None = None) -> dict[str, ItemRecord]:
    return {str(item.stock_code): item for item in items_face(erp, runner).items(since=since)}


def test_every_item_once_variants_with_codes_of_their_own() -> None:
    """The whole list comes, families flat; a template is blocked, its variants are not and name it."""
    erp, runner, _ = _erp(_shop())

    items = list(items_face(erp, runner).items())

    assert isinstance(erp, ItemSource)
    codes = [item.stock_code for item in items]
    assert sorted(codes) == ["BUILD", "MUG", "OLD", "PACK", "SHIRT", "SHIRT-BLU", "SHIRT-RED", "SHY", "TEA"]
    by_code = {item.stock_code: item for item in items}
    shirt, red = by_code[StockCode("SHIRT")], by_code[StockCode("SHIRT-RED")]
    assert (shirt.sold, shirt.parent) == (False, "")
    assert (red.sold, red.parent, red.stock_controlled) == (True, "SHIRT", True)


def test_flags_mean_what_they_mean() -> None:
    """DELETED only says "not for the web": such an item is sold, unless the setting says otherwise."""
    erp, runner, _ = _erp(_shop())
    items = _all(erp, runner)

    assert items["SHY"].sold
    assert items["SHY"].drop_ship
    assert (items["OLD"].discontinued, items["OLD"].sold, items["OLD"].blocked) == (True, False, False)
    assert (items["TEA"].run_to_zero, items["MUG"].run_to_zero) == (True, False)
    assert (items["MUG"].vat_rate, items["TEA"].vat_rate) == (Decimal(20), Decimal(0))
    assert items["MUG"].tax_code == "20"
    assert items["MUG"].weight is None  # nobody has said what the unit is

    erp, runner, _ = _erp(_shop(), items=ItemSettings(unpublished_is_blocked=True, weight_in_kg=Decimal("0.001")))
    items = _all(erp, runner)
    assert (items["SHY"].sold, items["MUG"].sold) == (False, True)
    assert (items["MUG"].weight, items["TEA"].weight) == (Decimal("0.35"), None)


def test_packs_and_builds_are_bundles() -> None:
    """Links of type 3 are recipes, others are not; what stands made up counts for builds with stock of their own."""
    erp, runner, _ = _erp(_shop())

    bundles = bundles_of(_all(erp, runner).values(), ready={StockCode("BUILD"): 2, StockCode("PACK"): 9})

    pack = Bundle(StockCode("PACK"), {StockCode("MUG"): 4, StockCode("TEA"): 1}, 0)
    assert sorted(bundles, key=lambda each: each.code) == [
        Bundle(StockCode("BUILD"), {StockCode("PACK"): 1}, 2),
        pack,
    ]


def test_bar_codes_find_their_items() -> None:
    """Every bar code of every item and variant is in the index: the service itself cannot be asked for one."""
    erp, runner, _ = _erp(_shop())

    index = index_barcodes(_all(erp, runner).values())

    assert index.find("0012345678905") == index.find("12345678") == "SHIRT-RED"
    assert index.find("5000000000005") == "MUG"


def test_a_list_once_then_chunks_one_call_a_batch() -> None:
    """Nine items in eight families at three a call: one list, three exports."""
    erp, runner, counted = _erp(_shop())
    batches = list(_batches(erp, runner))

    assert counted.calls == ["GetStockList", "ExportStock", "ExportStock", "ExportStock"]
    assert [len(batch.items) for batch in batches] == [3, 5, 1]


def _batches(erp: KhaosControlERP, runner: Runner, cursor: str | None = None) -> Iterator[Batch[ItemRecord]]:
    while True:
        batch = runner.run(erp.items(cursor=cursor))
        yield batch
        if batch.next is None:
            return
        cursor = batch.next


def test_reading_goes_on_in_the_middle_in_another_process() -> None:
    """From every cursor a fresh port gives what the first one had still to give, for one list of codes more."""
    simulator = _shop(11)
    erp, runner, _ = _erp(simulator)
    batches = list(_batches(erp, runner))
    whole = [item.stock_code for batch in batches for item in batch.items]
    assert len(set(whole)) == len(whole) == 20

    read = 0
    for number, batch in enumerate(batches[:-1], start=1):
        read += len(batch.items)
        fresh, again, counted = _erp(simulator)
        rest = [item.stock_code for later in _batches(fresh, again, batch.next) for item in later.items]
        assert rest == whole[read:]
        assert counted.calls == ["GetStockList"] + ["ExportStock"] * (len(batches) - number)


def test_lists_of_readings_that_were_given_up_are_forgotten() -> None:
    """Of many readings that were begun the last few are remembered; the others are listed again and go on as well."""
    clock = ManualClock(_START)
    counted = Counted(_shop())
    runner = Runner({"khaos": counted}, clock=clock, chance=lambda: 0.0)
    erp = KhaosControlERP(_CONFIG)
    begun: list[Batch[ItemRecord]] = []
    for _ in range(4):
        begun.append(runner.run(erp.items()))
        clock.advance(1.0)

    rests = [[later.items for later in _batches(erp, runner, batch.next)] for batch in begun]
    assert all(rest == rests[0] for rest in rests)
    assert counted.calls.count("GetStockList") == 4 + 3  # only the list of the last one was still there


def test_a_cursor_of_somebody_else_is_refused() -> None:
    """What items() did not give is a mistake in the configuration of a run, and nothing is asked."""
    erp, runner, counted = _erp(_shop())

    for cursor in ("", "7", "all|yesterday|A"):
        with pytest.raises(errors.ConfigError, match="cursor"):
            runner.run(erp.items(cursor=cursor))
    assert counted.calls == []


def test_since_asks_for_what_was_revised_with_the_overlap() -> None:
    """A revision a moment before *since* still comes; a revised variant comes with its family."""
    clock = ManualClock(_START)
    simulator = KhaosControlSimulator(
        clock=clock.now,
        items=[
            KhaosItem(stock_code="MUG"),
            KhaosItem(stock_code="SHIRT", stock_controlled=False, headings=("Colour",)),
            KhaosItem(stock_code="SHIRT-RED", parent="SHIRT", styles=(KhaosStyle(description="Red", suffix="RED"),)),
        ],
    )
    erp, runner, _ = _erp(simulator)
    clock.advance(timedelta(days=2).total_seconds())
    since = clock.now()
    assert _all(erp, runner, since) == {}

    clock.advance(-timedelta(minutes=30).total_seconds())
    red = KhaosItem(
        stock_code="SHIRT-RED",
        parent="SHIRT",
        styles=(KhaosStyle(description="Red", suffix="RED"),),
        barcodes=("12345678",),
    )
    simulator.revise(red)
    assert set(_all(erp, runner, since)) == {"SHIRT", "SHIRT-RED"}
    with pytest.raises(errors.Invalid, match="since"):
        _all(erp, runner, datetime(2026, 3, 2))  # noqa: DTZ001 - a naive one is refused


def test_async_and_lifted_faces_give_the_same() -> None:
    """The awaited face and a port made of the blocking one give what the blocking one gives."""
    simulator = _shop()
    erp, runner, _ = _erp(simulator)
    plain = list(items_face(erp, runner).items())

    async def read() -> list[ItemRecord]:
        awaited = AsyncRunner({"khaos": async_transport(simulator)}, clock=ManualClock(_START), chance=lambda: 0.0)
        return [item async for item in async_items_face(erp, awaited).items()]

    assert asyncio.run(read()) == plain
    assert list(runner.run(lift_items(items_face(erp, runner)).items()).items) == plain


# --- one request at a time --------------------------------------------------------------------------------------------


@contextmanager
def _watched(simulator: KhaosControlSimulator) -> Generator[tuple[str, list[int]]]:
    """The simulator on a real port; the list gets how many requests were under way whenever one began."""
    lock, under_way, seen = threading.Lock(), [0], list[int]()
    never = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with lock:
                under_way[0] += 1
                seen.append(under_way[0])
            never.wait(0.01)  # so that others have the time to come in between
            answer = simulator.handle(Request(method="POST", path=self.path, headers=dict(self.headers), body=body))
            with lock:
                under_way[0] -= 1
            self.send_response(answer.status)
            self.send_header("content-type", "text/xml")
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
        server.shutdown()
        thread.join()


def test_one_request_in_flight_however_many_threads_read() -> None:
    """Four threads read items and stock over one connection: the installation never sees two requests at once."""
    simulator = _shop(6)
    with _watched(simulator) as (address, seen):
        config = attrs.evolve(_CONFIG, base_url=address + simulator.settings.executable)
        with connect(config) as erp, ThreadPoolExecutor(4) as threads:
            readings = [threads.submit(lambda: len(list(erp.items()))) for _ in range(2)]
            readings += [threads.submit(lambda: len(erp.stock().figures)) for _ in range(2)]
            assert [each.result() for each in readings] == [15, 15, 15, 15]

    assert len(seen) > 15
    assert max(seen) == 1


# --- what cannot be read ----------------------------------------------------------------------------------------------


class Scripted:
    """A service whose list holds some codes and whose export answers each code with a text of ours, or a fault."""

    def __init__(self, listed: dict[str, str], rows: dict[str, str | None], texted: Callable[[str, str], Response]):
        self.listed, self.rows, self.texted = listed, rows, texted
        self.faults = 0

    def send(self, request: Request) -> Response | Lost:
        call = ET.fromstring(request.body)[0][0]
        operation = call.tag.split("}")[1]
        if operation == "GetStockList":
            rows = "".join(
                f"<item><StockCode>{escape(code)}</StockCode><ParentCode>{parent}</ParentCode></item>"
                for code, parent in self.listed.items()
            )
            text = f"<return><Count>{len(self.listed)}</Count><List>{rows}</List></return>"
            plain = self.texted(operation, "@").body.decode()
            begin, end = plain.index("<return"), plain.index("</return>") + len("</return>")
            return Response(
                status=200, headers={"content-type": "text/xml"}, body=(plain[:begin] + text + plain[end:]).encode()
            )
        codes = next(each.text or "" for each in call if each.tag == "StockCode").split(",")
        if any(self.rows.get(code, "") is None for code in codes):
            self.faults += 1
            fault = (
                '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>'
                "<faultcode>e:Client</faultcode><faultstring>Access violation</faultstring>"
                "</e:Fault></e:Body></e:Envelope>"
            )
            return Response(status=500, headers={"content-type": "text/xml"}, body=fault.encode())
        return self.texted(
            operation, f"<STOCK_ITEMS>{''.join(self.rows.get(code) or '' for code in codes)}</STOCK_ITEMS>"
        )


def _item(code: str, inner: str = "") -> str:
    return f"<STOCK_ITEM><STOCK_CODE>{code}</STOCK_CODE>{inner}</STOCK_ITEM>"


@pytest.fixture
def scripted(texted: Callable[[str, str], Response]) -> Callable[..., Batch[ItemRecord]]:
    """The first batch over a list and rows of ours; one family a call is enough for most."""

    def read(
        listed: dict[str, str], rows: dict[str, str | None], size: int = 15, items: ItemSettings | None = None
    ) -> Batch[ItemRecord]:
        service = Scripted(listed, rows, texted)
        erp = KhaosControlERP(
            attrs.evolve(_CONFIG, chunks=ChunkSizes(export_stock=size), items=items or ItemSettings())
        )
        flow: Flow[Batch[ItemRecord]] = erp.items()
        return Runner({"khaos": service}, clock=ManualClock(_START), chance=lambda: 0.0).run(flow)

    return read


def _problems(batch: Batch[ItemRecord]) -> dict[str, str]:
    return {each.key: each.problem for each in batch.unreadable}


def test_a_broken_item_stands_beside_the_good_ones(scripted: Callable[..., Batch[ItemRecord]]) -> None:
    """A row that breaks the contract, one over which the server stumbles, one with a comma: each is named."""
    batch = scripted(
        dict.fromkeys(("A", "B", "C", "D,E", "F"), ""),
        {"A": _item("A"), "B": _item("B", "<SELL_PRICE>dear</SELL_PRICE>"), "C": None, "F": _item("F")},
    )

    assert [item.stock_code for item in batch.items] == ["A", "F"]
    problems = _problems(batch)
    assert set(problems) == {"B", "C", "D,E"}
    assert "SELL_PRICE" in problems["B"]
    assert "Access violation" in problems["C"]


def test_items_without_a_code_are_named(scripted: Callable[..., Batch[ItemRecord]]) -> None:
    """A variant that nobody gave a code is told by its template's; the others of the family still come."""
    styles = "".join(
        f"<STYLE><SCS_ITEM><STOCK_CODE>{code}</STOCK_CODE><LONG_DESC>x</LONG_DESC></SCS_ITEM></STYLE>"
        for code in ("", "T1")
    )
    batch = scripted({"T": "", "T1": "T"}, {"T": _item("T", f"<SCS>{styles}</SCS>")})

    assert [item.stock_code for item in batch.items] == ["T", "T1"]
    assert [each.key for each in batch.unreadable] == ["T"]


def test_what_is_listed_and_not_exported_is_named(scripted: Callable[..., Batch[ItemRecord]]) -> None:
    """An item, and a variant, of which the export says nothing are not lost silently; nobody else's rows come in."""
    family = _item("T", "<SCS><STYLE><SCS_ITEM><STOCK_CODE>T1</STOCK_CODE></SCS_ITEM></STYLE></SCS>")
    batch = scripted(
        {"A": "", "T": "", "T1": "T", "T2": "T", "X": "Y"},
        {"A": _item("ZZ"), "T": family},
    )

    assert [item.stock_code for item in batch.items] == ["T", "T1"]
    assert set(_problems(batch)) == {"A", "T2", "X", "Y"}


def test_the_last_items_may_all_be_broken(scripted: Callable[..., Batch[ItemRecord]]) -> None:
    """A batch of one that the server cannot tell does not stop a reading; many at once are the server's trouble."""
    batch = scripted({"A": ""}, {"A": None})
    assert (batch.items, set(_problems(batch))) == ((), {"A"})

    codes = [f"C{number}" for number in range(9)]
    with pytest.raises(errors.Refused, match="Access violation"):
        scripted(dict.fromkeys(codes, ""), dict.fromkeys(codes, None))


def test_a_kit_in_parts_of_units_has_no_recipe(scripted: Callable[..., Batch[ItemRecord]]) -> None:
    """A pack of 1.5 cannot be counted: the item comes, as a kit, with an empty recipe, and is named."""

    def pack(*inside: str) -> str:
        links = "".join(
            f"<LINK_ITEM><STOCK_CODE>P</STOCK_CODE><LINK_TYPE>3</LINK_TYPE><LINK_VALUE>{one}</LINK_VALUE></LINK_ITEM>"
            for one in inside
        )
        return f"<LINKED_ITEMS>{links}</LINKED_ITEMS>"

    rows = {"A": _item("A", pack("1.5")), "B": _item("B", pack("2", "3.0")), "C": _item("C", pack(""))}
    batch = scripted(dict.fromkeys(rows, ""), rows)

    assert [(item.stock_code, item.kit, item.made_of) for item in batch.items] == [
        ("A", True, ()),
        ("B", True, (("P", 5),)),
        ("C", True, ()),
    ]
    assert set(_problems(batch)) == {"A", "C"}


def test_several_bar_codes_in_one_field_are_taken_apart(scripted: Callable[..., Batch[ItemRecord]]) -> None:
    """Article numbers with spaces or commas between them are several; a text with a space in it is one."""
    bars = (
        '<BARCODES><BARCODE DESC="own">SHELF 7</BARCODE>'
        '<BARCODE DESC="EAN13">5000000000005, 5000000000012</BARCODE></BARCODES>'
    )
    rows = {"A": _item("A", bars)}

    (item,) = scripted(dict.fromkeys(rows, ""), rows).items
    assert (item.barcode, item.barcodes) == ("SHELF 7", ("SHELF 7", "5000000000005", "5000000000012"))

    labels = ItemSettings(barcode_labels=("asin", "ean13 "))
    (item,) = scripted(dict.fromkeys(rows, ""), rows, items=labels).items
    assert item.barcode == "5000000000005"
    (item,) = scripted(dict.fromkeys(rows, ""), rows, items=ItemSettings(barcode_labels=("ASIN",))).items
    assert (item.barcode, len(item.barcodes)) == ("", 3)


def test_a_weight_factor_is_more_than_nothing() -> None:
    """Kilograms per unit of weight cannot be 0 or less."""
    for weight in (Decimal(0), Decimal(-1), Decimal("NaN")):
        with pytest.raises(errors.ConfigError, match="weight_in_kg"):
            ItemSettings(weight_in_kg=weight)
