"""Compressed results: both archives, every way in which they can be damaged, and archives made to do harm."""

import bz2
import io
import tracemalloc
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.compression import Compressed, unpacked
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.enums import CompressionMethod

_SERVICE = Service(system="khaos")
_READING = Reading(system="khaos", operation="ExportStockCompressed", time=ServerTime())
_ITEMS = "<STOCK_ITEMS><STOCK_ITEM><STOCK_CODE>A</STOCK_CODE></STOCK_ITEM></STOCK_ITEMS>"
_EMPTY_STREAM = bz2.compress(b"")

Enveloped = Callable[..., Response]


def _zip(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)  # not the time of day
    return target.getvalue()


def _bare(data: bytes) -> bytes:
    return _zip(("stock.xml", data))


def _result(data: bytes, *, method: str = "ZIP", extra: str = "") -> str:
    return (
        f"<return><Method>{method}</Method><FileName>stock.xml</FileName><Data>{b64encode(data).decode()}</Data>"
        f"<OriginalSize>{len(data)}</OriginalSize><CompressedSize>{len(data)}</CompressedSize>{extra}</return>"
    )


def _whole(data: bytes, *, max_bytes: int = 10**6) -> bytes:
    return b"".join(unpacked(Compressed(data=data), _READING, max_bytes=max_bytes))


# --- the archives ----------------------------------------------------------------------------------------------------


@given(st.binary(max_size=5_000), st.sampled_from([_bare, bz2.compress]))
def test_what_was_packed_is_unpacked(data: bytes, pack: Callable[[bytes], bytes]) -> None:
    """Both archives, whatever they hold."""
    assert _whole(pack(data)) == data


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2])
def test_other_methods_of_a_zip(method: int) -> None:
    """Stored and packed by BZip2 within the ZIP: both are in use."""
    assert _whole(_zip(("a.xml", b"text"), method=method)) == b"text"


def test_the_first_file_of_a_zip_is_the_document() -> None:
    """Folders are passed over, further files are not looked at."""
    assert _whole(_zip(("folder/", b""), ("a.xml", b"first"), ("b.xml", b"second"))) == b"first"


def test_bzip2_streams_one_after_the_other_are_one_document() -> None:
    """Large archives are made of several."""
    assert _whole(bz2.compress(b"one ") + _EMPTY_STREAM + bz2.compress(b"two")) == b"one two"


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 300_000])
def test_a_document_around_the_size_of_a_piece(size: int) -> None:
    """Nothing is lost or doubled between two pieces, and the largest document allowed is still given."""
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    for archive in (_bare(data), bz2.compress(data)):
        assert _whole(archive, max_bytes=size) == data
        if size:
            with pytest.raises(errors.Undecodable, match=f"at most {size - 1} bytes"):
                _whole(archive, max_bytes=size - 1)


def _encrypted() -> bytes:
    # The flag in the local header (offset 6) and in the directory (offset 8) says that a password is wanted.
    data = bytearray(_bare(b"secret"))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _wrong_check_sum() -> bytes:
    data = bytearray(_zip(("a.xml", b"text"), method=zipfile.ZIP_STORED))
    data[data.index(b"text")] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<STOCK_ITEMS/>", "a ZIP or BZip2 archive"),
        (b"Rar!", "a ZIP or BZip2 archive"),
        (_bare(b"x" * 5_000)[:60], "an undamaged ZIP archive"),
        (_bare(b"abc" * 5_000)[:-30], "an undamaged ZIP archive"),
        (_wrong_check_sum(), "an undamaged ZIP archive"),
        (b"PK", "an undamaged ZIP archive"),
        (_zip(("folder/", b"")), "an archive with a file"),
        (_zip(), "an archive with a file"),
        (_zip(("", b"x")), "an archive with a file"),
        (_zip(("a", b"x"), method=zipfile.ZIP_LZMA), "an archive compressed by Deflate or BZip2"),
        (_encrypted(), "an archive without a password"),
        (bz2.compress(b"x" * 5_000)[:-3], "an undamaged BZip2 archive"),
        (bz2.compress(b"x") + b"tail", "an undamaged BZip2 archive"),
        (b"BZh9", "an undamaged BZip2 archive"),
        (b"BZh9rubbish after it", "an undamaged BZip2 archive"),
    ],
)
def test_a_damaged_archive_is_undecodable(data: bytes, expected: str) -> None:
    """One typed error that says what was wanted; half a document never passes for a whole one."""
    with pytest.raises(errors.Undecodable) as caught:
        _whole(data)

    assert (caught.value.path, caught.value.expected) == ("Data", expected)


@settings(max_examples=300)
@given(st.data())
def test_any_damage_is_a_typed_error_or_harmless(data: st.DataObject) -> None:
    """A byte changed or the end cut off: what comes out is the document or ``Undecodable``."""
    original = b"<STOCK_ITEMS>" + bytes(range(32, 127)) * 20 + b"</STOCK_ITEMS>"
    archive = bytearray(data.draw(st.sampled_from([_bare(original), bz2.compress(original), _bzip2_in_zip(original)])))
    place = data.draw(st.integers(0, len(archive) - 1))
    if data.draw(st.booleans()):
        del archive[place:]
    else:
        archive[place] ^= data.draw(st.integers(1, 255))

    try:
        found = _whole(bytes(archive))
    except errors.Undecodable:
        return
    assert found in {original, b""}


def _bzip2_in_zip(data: bytes) -> bytes:
    return _zip(("stock.xml", data), method=zipfile.ZIP_BZIP2)


@pytest.mark.parametrize("pack", [_bare, bz2.compress, _bzip2_in_zip], ids=["zip", "bzip2", "bzip2 in zip"])
def test_a_bomb_goes_off_within_its_bound(pack: Callable[[bytes], bytes]) -> None:
    """64 MiB of nothing in a few kilobytes: refused at the bound, in memory that stands in no relation to it."""
    bomb = pack(bytes(64 * 2**20))
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(errors.Undecodable, match="at most 2097152 bytes"):
            for _ in unpacked(Compressed(data=bomb), _READING, max_bytes=2 * 2**20):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 8 * 2**20


def test_very_many_small_streams_take_no_quadratic_time() -> None:
    """A megabyte of empty streams is read in one pass: each leaves a rest that must not be copied to the end."""
    assert _whole(_EMPTY_STREAM * 75_000) == b""


# --- the operations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [_bare, bz2.compress], ids=["zip", "bzip2"])
@pytest.mark.parametrize(
    "before", ["", "\ufeff", '<?xml version="1.0" encoding="utf-8"?>\n', "<!-- <PriceLists> -->\n<!-- second -->"]
)
def test_items_from_an_archive(pack: Callable[[bytes], bytes], before: str, enveloped: Enveloped) -> None:
    """Whatever stands before the first element."""
    call = endpoints.export_stock_compressed(_SERVICE, ["A"])

    rows = call.decode(enveloped("ExportStockCompressed", _result(pack(f"{before}{_ITEMS}".encode()))))

    assert ([item.stock_code for item in rows], rows.unread) == (["A"], ())


def test_items_in_two_bytes_a_character(enveloped: Enveloped) -> None:
    """The service's own texts are UTF-16: a file of them says so at its start."""
    data = bz2.compress(_ITEMS.encode("utf-16"))
    call = endpoints.export_stock_compressed(_SERVICE, ["A"])

    assert [item.stock_code for item in call.decode(enveloped("ExportStockCompressed", _result(data)))] == ["A"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("before", ["", "<!-- STOCK_ITEMS -->" * 500])
def test_another_document_in_the_archive_is_undecodable(encoding: str, before: str, enveloped: Enveloped) -> None:
    """It never reads as a list without items."""
    document = f"{before}<WEBSITE><STOCK_ITEM><STOCK_CODE>A</STOCK_CODE></STOCK_ITEM></WEBSITE>"
    call = endpoints.export_stock_compressed(_SERVICE, ["A"])

    with pytest.raises(errors.Undecodable, match="STOCK_ITEMS") as caught:
        call.decode(enveloped("ExportStockCompressed", _result(_bare(document.encode(encoding)))))

    assert caught.value.path == "/WEBSITE"


def test_pieces_are_worth_their_work() -> None:
    """Ten thousand streams of a byte each come as one piece: parsing takes work for each piece."""
    pieces = unpacked(Compressed(data=bz2.compress(b"x") * 10_000), _READING)

    assert [len(piece) for piece in pieces] == [10_000]


def test_a_root_behind_a_very_long_comment_is_seen(enveloped: Enveloped) -> None:
    """Whatever stands before it: the items of the right document are read, those of another are not."""
    comment = f"<!--{'-x' * 100_000}-->"
    call = endpoints.export_stock_compressed(_SERVICE, ["A"])

    found = call.decode(enveloped("ExportStockCompressed", _result(_bare((comment + _ITEMS).encode()))))

    assert [item.stock_code for item in found] == ["A"]
    other = (comment + _ITEMS.replace("STOCK_ITEMS", "OTHER")).encode()
    with pytest.raises(errors.Undecodable, match="STOCK_ITEMS"):
        call.decode(enveloped("ExportStockCompressed", _result(_bare(other))))


@pytest.mark.parametrize("document", ["no stock today", _ITEMS[:40]])
def test_text_and_half_a_document_are_undecodable(document: str, enveloped: Enveloped) -> None:
    """An archive can be whole and what is in it not."""
    call = endpoints.export_stock_compressed(_SERVICE, ["A"])

    with pytest.raises(errors.Undecodable):
        call.decode(enveloped("ExportStockCompressed", _result(_bare(document.encode()))))


def test_stock_rows_from_an_archive(enveloped: Enveloped) -> None:
    """Levels as in the operation without an archive."""
    document = '<STOCK_STATUS SITE="Main Site"><STOCK_ITEM CODE="A"><LEVEL>3</LEVEL></STOCK_ITEM></STOCK_STATUS>'
    call = endpoints.export_stock_status_compressed(_SERVICE, ["A"], site_id="1")

    (row,) = call.decode(enveloped("ExportStockStatusCompressed", _result(_bare(document.encode()))))

    assert (row.code, row.level, row.site) == ("A", Decimal(3), "Main Site")


@pytest.mark.parametrize(
    "document",
    [
        (
            "<TStockList><Count>1</Count><List><item><StockCode>A</StockCode><OtherRef>o</OtherRef><StockDesc>d</StockDesc>"
            "<ParentCode>P</ParentCode><ParentOtherRef>r</ParentOtherRef>"
            "<LastUpdated>2026-01-05T08:30:00.000Z</LastUpdated></item></List></TStockList>"
        ),
        (
            "<STOCK_LIST><STOCK_ITEM><STOCK_CODE>A</STOCK_CODE><OTHER_REF>o</OTHER_REF><STOCK_DESC>d</STOCK_DESC>"
            "<PARENT_CODE>P</PARENT_CODE><PARENT_OTHER_REF>r</PARENT_OTHER_REF>"
            "<LAST_UPDATED>2026-01-05 08:30:00</LAST_UPDATED></STOCK_ITEM></STOCK_LIST>"
        ),
        (
            '<ROWS><ROW StockCode="A" OtherRef="o" StockDesc="d" ParentCode="P" ParentOtherRef="r" '
            'LastUpdated="05/01/2026 08:30"/></ROWS>'
        ),
    ],
    ids=["as the structure", "as the documents", "attributes"],
)
def test_a_stock_list_from_an_archive(document: str, enveloped: Enveloped) -> None:
    """Nobody has published its element names: every spelling that the service uses elsewhere is read."""
    call = endpoints.get_stock_list_compressed(_SERVICE)

    (entry,) = call.decode(enveloped("GetStockListCompressed", _result(_bare(document.encode()))))

    assert (entry.stock_code, entry.other_ref, entry.description) == ("A", "o", "d")
    assert (entry.parent_code, entry.parent_other_ref) == ("P", "r")
    assert entry.last_updated == datetime(2026, 1, 5, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("<L><item><StockCode/></item></L>", "/L//item[0]/StockCode"),
        ("<L><item><StockCode>A</StockCode><LastUpdated>soon</LastUpdated></item></L>", "/L//item[0]/LastUpdated"),
        ("<L><item><Name>A</Name></item></L>", "/L"),
    ],
)
def test_a_stock_list_that_is_none(document: str, path: str, enveloped: Enveloped) -> None:
    """A row without a code would be an item that goes missing unseen; rows of something else are no empty list."""
    call = endpoints.get_stock_list_compressed(_SERVICE)

    with pytest.raises(errors.Undecodable) as caught:
        call.decode(enveloped("GetStockListCompressed", _result(_bare(document.encode()))))

    assert caught.value.path == path


_CALLS: dict[str, Call[Iterable[object]]] = {
    "ExportStockCompressed": endpoints.export_stock_compressed(_SERVICE, ["A"]),
    "ExportStockStatusCompressed": endpoints.export_stock_status_compressed(_SERVICE, ["A"]),
    "GetStockListCompressed": endpoints.get_stock_list_compressed(_SERVICE),
}
every = pytest.mark.parametrize("operation", sorted(_CALLS))


@every
@pytest.mark.parametrize("inner", ["<return/>", '<return xsi:nil="true"/>', "<return><Data/></return>"])
def test_nothing_is_no_rows(operation: str, inner: str, enveloped: Enveloped) -> None:
    """An answer without data is an empty list, as elsewhere; one whose sizes tell of data is not: see below."""
    assert list(_CALLS[operation].decode(enveloped(operation, inner))) == []


@every
@pytest.mark.parametrize(
    ("inner", "path"),
    [
        ("<return><Data>no base64!</Data></return>", "Data"),
        ("<return><Data>UEs</Data></return>", "Data"),
        ("<return><Data>UEsé</Data></return>", "Data"),
        ("<return><OriginalSize>100</OriginalSize><CompressedSize>60</CompressedSize></return>", "Data"),
        ('<return><Data xsi:nil="true"/><CompressedSize>60</CompressedSize></return>', "Data"),
        ("<return><OriginalSize>many</OriginalSize></return>", "OriginalSize"),
        ("<return><Data>UEs=</Data><PasswordProtected>true</PasswordProtected></return>", "Data"),
    ],
)
def test_a_result_that_breaks_the_contract(operation: str, inner: str, path: str, enveloped: Enveloped) -> None:
    """Told with the property that is wrong."""
    with pytest.raises(errors.Undecodable) as caught:
        _CALLS[operation].decode(enveloped(operation, inner))

    assert caught.value.path == path


@every
def test_data_may_be_broken_into_lines(operation: str, enveloped: Enveloped) -> None:
    """As encoders of base64 like to do."""
    root = {"ExportStockStatusCompressed": "STOCK_STATUS"}.get(operation, "STOCK_ITEMS")
    text = b64encode(_bare(f"<{root}/>".encode())).decode()
    lines = "\r\n".join(text[start : start + 76] for start in range(0, len(text), 76))

    assert list(_CALLS[operation].decode(enveloped(operation, f"<return><Data>{lines}</Data></return>"))) == []


def _packed_items(method: CompressionMethod) -> Call[Iterable[object]]:
    return endpoints.export_stock_compressed(_SERVICE, ["A"], method=method)


def _packed_status(method: CompressionMethod) -> Call[Iterable[object]]:
    return endpoints.export_stock_status_compressed(_SERVICE, ["A"], method=method)


def _packed_list(method: CompressionMethod) -> Call[Iterable[object]]:
    return endpoints.get_stock_list_compressed(_SERVICE, method=method)


@every
def test_the_method_is_the_last_parameter(operation: str) -> None:
    """0 for ZIP, 1 for BZip2, after the parameters of the operation without an archive."""
    packed: dict[str, Callable[[CompressionMethod], Call[Iterable[object]]]] = {
        "ExportStockCompressed": _packed_items,
        "ExportStockStatusCompressed": _packed_status,
        "GetStockListCompressed": _packed_list,
    }
    plain: dict[str, Call[Iterable[object]]] = {
        "ExportStockCompressed": endpoints.export_stock(_SERVICE, ["A"]),
        "ExportStockStatusCompressed": endpoints.export_stock_status(_SERVICE, ["A"]),
        "GetStockListCompressed": endpoints.get_stock_list(_SERVICE),
    }
    for method, number in ((CompressionMethod.ZIP, b"0"), (CompressionMethod.BZIP2, b"1")):
        body = packed[operation](method).request.body
        last = b'<CompressionMethod xsi:type="xsd:int">' + number + b"</CompressionMethod>"
        assert last in body
        without = body.replace(last, b"").replace(operation.encode(), plain[operation].operation.encode())
        assert without == plain[operation].request.body


@pytest.mark.parametrize("call", [endpoints.export_stock_compressed, endpoints.export_stock_status_compressed])
def test_everything_is_not_asked_for_by_mistake(call: Callable[..., object]) -> None:
    """An empty list of codes without a date is refused here too."""
    with pytest.raises(ValueError, match="codes"):
        call(_SERVICE, [])
