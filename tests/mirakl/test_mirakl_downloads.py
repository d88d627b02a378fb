"""Archives and names that come from elsewhere: nothing leads out of a folder, nothing fills the memory."""

import io
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.documents.downloads import ArchivedFile, Download
from khaos_connectors.mirakl.scope import Scope

CALL = endpoints.download_order_documents(Scope(account="john-lewis"), order_ids=["O-1"])
STEPS = st.sampled_from(["..", ".", "", "C:", "a", "..\\..", "b c", "\x01", "...", " ..", "é:$DATA", "\u202e"])


def archive(entries: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as target:
        for name, content in entries:
            target.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return whole.getvalue()


def fetched(body: bytes) -> Download:
    return CALL.decode(Response(status=200, body=body))


@pytest.mark.parametrize(
    ("entry", "folder", "name"),
    [
        ("O-1/a.pdf", "O-1", "a.pdf"),
        ("O-1/../../../etc/passwd", "O-1/etc", "passwd"),
        ("/etc/passwd", "etc", "passwd"),
        ("C:\\Windows\\a.exe", "C/Windows", "a.exe"),
        ("O-1/..", "", "O-1"),
        ("..", "", "document"),
        ("O-1/a\r\nb.pdf", "O-1", "ab.pdf"),
    ],
)
def test_no_entry_leads_out_of_the_folder_where_it_is_saved(entry: str, folder: str, name: str) -> None:
    """Steps upwards, roots, drives and characters that no file name holds are taken out of an entry's place."""
    assert list(fetched(archive([(entry, b"x")])).files()) == [ArchivedFile(folder=folder, name=name, content=b"x")]


def test_an_entry_without_a_name_is_damage() -> None:
    """Python's own reader stumbles over it."""
    nameless = archive([("O", b"x")]).replace(b"O", b"\0")
    with pytest.raises(errors.Undecodable, match="undamaged"):
        list(fetched(nameless).files())


@given(st.lists(STEPS, min_size=1, max_size=6))
def test_whatever_an_entry_is_called_it_stays_inside(steps: list[str]) -> None:
    """Law: joined to a folder, the place of any entry lies inside it, as Unix and Windows read paths."""
    for file in fetched(archive([("/".join(steps) + "x", b"x")])).files():
        place = f"{file.folder}/{file.name}" if file.folder else file.name
        assert file.name
        for kind in (PurePosixPath, PureWindowsPath):
            path = kind(place)
            assert not path.is_absolute()
            assert not path.drive
            assert ".." not in path.parts
            assert place.isprintable()


@pytest.mark.parametrize("header", ['attachment; filename=".."', "attachment; filename*=UTF-8''%2e%2e%2f.", "x"])
def test_a_download_called_upwards_has_no_name(header: str) -> None:
    """A name that is only a step upwards is none."""
    answer = Response(status=200, headers={"content-disposition": header}, body=b"x")
    assert endpoints.download_attachment(Scope(account="a"), "F-1").decode(answer).name == ""


def test_an_archive_that_lies_about_its_size_fills_no_memory() -> None:
    """64 MiB behind a declared ten bytes: told as damaged, after a piece of it."""
    bomb = bytearray(archive([("O-1/a", bytes(64 * 2**20))]))
    at = bomb.rfind(b"PK\1\2")
    bomb[at + 24 : at + 28] = struct.pack("<L", 10)

    tracemalloc.start()
    try:
        with pytest.raises(errors.Undecodable, match="undamaged"):
            list(fetched(bytes(bomb)).files())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 * 2**20


def test_an_archive_of_very_many_files_is_refused_before_they_are_listed() -> None:
    """The list of files is held against the limit before it is read: a small archive may name very many."""
    many = archive(((f"{number:05}", b"") for number in range(30_000)), zipfile.ZIP_STORED)
    found = fetched(many)

    tracemalloc.start()
    try:
        with pytest.raises(errors.Undecodable, match="at most 10 files"):
            list(found.files(most_files=10))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 2 * len(many)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_ways_of_packing_that_cannot_be_bounded_are_refused(method: int) -> None:
    """Python unpacks these without a limit, and Mirakl does not use them."""
    with pytest.raises(errors.Undecodable, match="stored or deflated"):
        list(fetched(archive([("O-1/a", b"x")], method)).files())


def test_any_damage_to_an_archive_is_told_as_such() -> None:
    """Bytes that flip and ends that are missing give the files or ``Undecodable``, never another exception."""
    good = archive([("O-1/a.pdf", b"abc" * 1000), ("O-2/b.pdf", b"x" * 5000)])
    chance = random.Random(5)
    told = 0
    for _ in range(1500):
        body = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            body[chance.randrange(2, len(body))] = chance.randrange(256)
        if chance.random() < 0.2:
            del body[chance.randrange(3, len(body)) :]
        try:
            list(fetched(bytes(body)).files())
        except errors.Undecodable:
            told += 1
    assert told > 500
