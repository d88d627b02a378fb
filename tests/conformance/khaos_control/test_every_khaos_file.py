"""Every file of the vendor's reference data has a reader, or a stated reason why it is none of ours."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest

from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.soap import answer
from khaos_connectors.errors import Refused
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.catalogue_requests import (
    read_catalogue_requests,
    write_catalogue_requests,
)
from khaos_connectors.khaos_control.documents.categories import read_website
from khaos_connectors.khaos_control.documents.companies import read_companies, write_companies
from khaos_connectors.khaos_control.documents.deleted import read_deleted_entries
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.orders import read_sales_orders, write_sales_orders
from khaos_connectors.khaos_control.documents.price_lists import read_price_lists, write_price_lists
from khaos_connectors.khaos_control.documents.recent_status import read_recent_statuses
from khaos_connectors.khaos_control.documents.sop_data import read_sop_data
from khaos_connectors.khaos_control.documents.status import read_status_list
from khaos_connectors.khaos_control.documents.stock import read_stock_status
from khaos_connectors.khaos_control.documents.stock_items import read_stock_items
from khaos_connectors.khaos_control.models import Rows

_TIME = ServerTime()
_READING = Reading(system="khaos", operation="any", time=_TIME)
_Reader = Callable[[ET.Element], object]

_ROOTS: dict[str, _Reader] = {
    "CATREQUESTS": lambda root: read_catalogue_requests(root, _READING),
    "COMPANYS": lambda root: read_companies(root, _READING),
    "DELETED_ENTRIES": lambda root: read_deleted_entries(root, _READING),
    "ORDER_STATUSES": lambda root: read_recent_statuses(root, _READING),
    "PriceLists": lambda root: read_price_lists(root, _READING),
    "SALES_ORDERS": lambda root: read_sales_orders(root, _READING),
    "SOPDATA": lambda root: read_sop_data(root, _READING),
    "STATUS_LIST": lambda root: read_status_list(root, _READING),
    "STOCK_ITEMS": lambda root: read_stock_items(root.iterfind("STOCK_ITEM"), _READING),
    "STOCK_STATUS": lambda root: read_stock_status(root, _READING),
    "WEBSITE": lambda root: read_website(root, _READING),
}
_ELSEWHERE = {
    "SOURCES.md": "where the files come from",
    "soap_pack_v7.8/version.txt": "the pack's version",
    "calc/sales_order_calc_v1.2.csv": "36 vectors of totals: test_khaos_reference_documents",
}
_FOLDERS_ELSEWHERE = {"kcc_channels": "test_channels_documents reads every one, or names why not"}


def _files(folder: Path) -> list[Path]:
    return sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and str(path.relative_to(folder)) not in _ELSEWHERE
    )


def _read(path: Path) -> tuple[str, object]:
    root = ET.fromstring(path.read_bytes())
    return root.tag, _ROOTS[root.tag](root)


def test_every_document_is_read_without_a_broken_row(reference_data: Path) -> None:
    """Samples of both versions and recordings: typed records, and no row that could not be read."""
    seen: set[str] = set()
    for name in _files(reference_data):
        if name.suffix != ".xml" or name.parts[0] in {*_FOLDERS_ELSEWHERE, "soap_faults"}:
            continue
        tag, read = _read(reference_data / name)
        if isinstance(read, Rows):
            assert read.unread == (), name
            assert read.items or "empty" in name.name, name
        seen.add(tag)

    assert seen == _ROOTS.keys()


def test_every_file_has_its_reader(reference_data: Path) -> None:
    """XML by its root, recorded results by their operation's own test, faults below; nothing is passed over."""
    own_tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    for name in _files(reference_data):
        if name.parts[0] in _FOLDERS_ELSEWHERE or name.suffix == ".xml":
            continue
        assert name.suffix == ".json", name
        assert name.name in own_tests, f"no test reads {name}"
        json.loads((reference_data / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["fault_remotable_exception.xml", "fault_web_service_error.xml"])
def test_a_fault_is_a_refusal_by_its_class(name: str, reference_data: Path) -> None:
    """Whatever the status: the code is the exception's class, since the fault code says Client of everything."""
    body = (reference_data / "soap_faults" / name).read_bytes()
    for status in (200, 500):
        with pytest.raises(Refused) as raised:
            answer(Response(status=status, body=body), system="khaos", operation="ImportOrders")
        assert raised.value.code
        assert raised.value.code.startswith("E")
        assert raised.value.message


def _written_orders(rows: Rows[object]) -> str:
    # One order a call: each is a document of its own.
    orders = [ET.fromstring(write_sales_orders(order, _TIME)) for order in rows]  # type: ignore[arg-type]  # the table pairs readers and writers
    joined = ET.Element("SALES_ORDERS")
    joined.extend(child for order in orders for child in order)
    return ET.tostring(joined, encoding="unicode")


_WRITERS: dict[str, Callable[[Rows[object]], str]] = {
    "CATREQUESTS": lambda rows: write_catalogue_requests(rows.items, _TIME),  # type: ignore[arg-type]  # as above
    "COMPANYS": lambda rows: write_companies(rows.items, _TIME),  # type: ignore[arg-type]  # as above
    "PriceLists": lambda rows: write_price_lists(rows.items),  # type: ignore[arg-type]  # as above
    "SALES_ORDERS": _written_orders,
}


def test_what_we_write_is_read_as_it_was(reference_data: Path) -> None:
    """Read, written, read again: the second reading writes the same text, so nothing that we can send is lost."""
    for name in _files(reference_data):
        if name.suffix != ".xml" or name.parts[0] in {*_FOLDERS_ELSEWHERE, "soap_faults"}:
            continue
        tag, read = _read(reference_data / name)
        if tag not in _WRITERS or not isinstance(read, Rows):
            continue
        text = _WRITERS[tag](read)
        again = _ROOTS[tag](ET.fromstring(text))
        assert isinstance(again, Rows), name
        assert again.unread == (), name
        assert len(again.items) == len(read.items), name
        assert _WRITERS[tag](again) == text, name


def test_the_order_writer_has_the_elements_of_a_live_order(reference_data: Path) -> None:
    """A recorded order, read and written: no element that the shop filled is missing, and none is invented."""
    path = reference_data / "recorded_neutralised" / "import_orders_sent.neutralised.2022.xml"
    recorded = ET.fromstring(path.read_bytes())
    (order,) = read_sales_orders(recorded, _READING)
    written = ET.fromstring(write_sales_orders(order, _TIME))

    def filled(root: ET.Element) -> set[str]:
        return {each.tag for each in root.iter() if (each.text or "").strip()}

    assert {each.tag for each in written.iter()} - {each.tag for each in recorded.iter()} == set()
    assert filled(recorded) - filled(written) == set()


def test_an_escaped_document_is_the_document(reference_data: Path) -> None:
    """A sample travels as text inside an answer: what is unwrapped is what was wrapped."""
    for name in _files(reference_data):
        if name.suffix == ".xml" and name.parts[0].startswith("soap_pack"):
            text = (reference_data / name).read_bytes().decode("utf-8-sig")
            inner = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
            body = f"<Envelope><Body><R><return>{escape(inner)}</return></R></Body></Envelope>"
            found = answer(Response(status=200, body=body.encode()), system="khaos", operation="any").text or ""
            assert ET.canonicalize(found) == ET.canonicalize(inner), name
