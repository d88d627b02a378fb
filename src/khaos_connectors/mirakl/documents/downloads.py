"""Files that come from Mirakl: one document as it is, or several in a ZIP archive, read without unpacking to disk."""

import re
import struct
import zlib
from collections.abc import Iterator
from email.message import Message
from tempfile import SpooledTemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.mirakl.answers import nothing
from khaos_connectors.mirakl.scope import Scope

__all__ = ["ArchivedFile", "Download", "downloaded"]

_ARCHIVE = b"PK"
_SLASHES = re.compile(r"[/\\]")
_IN_MEMORY = 2**20
_PIECE = 2**16
_DAMAGED = (
    BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    IndexError,
    struct.error,
    zlib.error,
)
_DIRECTORY_END, _LARGE_END, _LONGEST_END = b"PK\5\6", b"PK\6\7", 2**16 + 98
_LONG_ENTRY = 1024


@attrs.frozen(kw_only=True)
class ArchivedFile:
    """One file: the *folder* it stands in (an order's or a shop's id, say), its *name* without any, its *content*.

    Neither leads out of the place where it is put: no root, no drive, no ``..``, no characters that are not printed.
    """

    folder: str
    name: str = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Download:
    """A file as Mirakl gave it. *name* has no folders and is empty where Mirakl gave none; a large one waits on disk.

    *is_archive*: several documents in a ZIP file; ``files`` takes it apart, as it takes a single document.
    """

    name: str = attrs.field(repr=False)
    content_type: str
    is_archive: bool
    _answer: Response = attrs.field(repr=False, eq=False, alias="answer")
    _operation: str = attrs.field(repr=False, alias="operation")
    _account: str = attrs.field(repr=False, alias="account")

    def pieces(self) -> Iterator[bytes]:
        """The bytes from the start, piece by piece."""
        return self._answer.pieces()

    def read(self) -> bytes:
        """All bytes at once."""
        return self._answer.body

    def files(self, *, most_bytes: int = 256 * 2**20, most_files: int = 10_000) -> Iterator[ArchivedFile]:
        """Every document in it, one at a time, an archive's in its order.

        Raises ``Undecodable`` for a damaged or encrypted archive, and for one of more than *most_files* files or
        *most_bytes* bytes unpacked, before that much is unpacked: a small archive may hold more than any memory.
        """
        if not self.is_archive:
            yield ArchivedFile(folder="", name=self.name, content=self.read())
            return
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            for piece in self.pieces():
                file.write(piece)
            try:
                if _directory_bytes(file) > _LONG_ENTRY * max(most_files, _LONG_ENTRY):
                    raise self._too_large(most_bytes, most_files)
                yield from self._unpacked(ZipFile(file), most_bytes, most_files)
            except errors.Undecodable:
                raise  # it is a ValueError too
            except _DAMAGED:
                raise self._unreadable("an undamaged ZIP archive without a password") from None

    def _unpacked(self, archive: ZipFile, most_bytes: int, most_files: int) -> Iterator[ArchivedFile]:
        with archive:
            found = [each for each in archive.infolist() if not each.is_dir()]
            if len(found) > most_files or sum(each.file_size for each in found) > most_bytes:
                raise self._too_large(most_bytes, most_files)
            for each in found:
                if each.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
                    # The others are unpacked by zipfile without any limit.
                    raise self._unreadable("a ZIP archive of files that are stored or deflated")
                *folders, name = _places(each.filename) or ["document"]
                yield ArchivedFile(folder="/".join(folders), name=name, content=_content(archive, each))

    def _too_large(self, most_bytes: int, most_files: int) -> errors.Undecodable:
        return self._unreadable(f"an archive of at most {most_files} files and {most_bytes} bytes unpacked")

    def _unreadable(self, expected: str) -> errors.Undecodable:
        return errors.Undecodable(system=self._account, operation=self._operation, path="$", expected=expected)


def downloaded(response: Response, *, scope: Scope, operation: str, archive: bool | None = None) -> Download:
    """The file that a 2xx answer is; anything else is raised as a refusal.

    *archive* is what was asked for, None where only the answer tells. Raises ``Undecodable`` for an empty answer, for a
    web page in place of a file, and for anything but a ZIP archive where one was asked for.
    """
    nothing(response, scope=scope, operation=operation)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    disposition = response.headers.get("content-disposition", "")
    start = next((piece for piece in response.pieces() if piece), b"")
    expected = ""
    if not start:
        expected = "a file, not an empty answer"
    elif kind == "text/html" and not disposition:
        expected = "a file, not a web page"
    elif archive and not start.startswith(_ARCHIVE):
        expected = "a ZIP archive"
    if expected:
        raise errors.Undecodable(system=scope.account, operation=operation, path="$", expected=expected)
    return Download(
        name=_file_name(disposition),
        content_type=kind or "application/octet-stream",
        is_archive=start.startswith(_ARCHIVE) if archive is None else archive,
        answer=response,
        operation=operation,
        account=scope.account,
    )


def _file_name(disposition: str) -> str:
    header = Message()
    try:
        header["content-disposition"] = disposition
        name = header.get_filename() or ""
    except (ValueError, LookupError):  # a line end in it, or a character set that nobody knows
        return ""
    return (_places(name) or [""])[-1]


def _places(path: str) -> list[str]:
    """The steps of *path* that lead further in, each as any system takes a name: no ``..``, no colon of a drive."""
    steps = ("".join(each for each in step if each.isprintable() and each != ":") for step in _SLASHES.split(path))
    return [step for step in (each.strip() for each in steps) if step.strip(".")]


def _content(archive: ZipFile, entry: ZipInfo) -> bytes:
    # Piece by piece: at once zipfile would unpack all there is before it looks at the size that was declared.
    with archive.open(entry) as file:
        return b"".join(iter(lambda: file.read(_PIECE), b""))


def _directory_bytes(file: IO[bytes]) -> int:
    """How long the archive's list of files says it is, which zipfile reads whole before any of it can be counted."""
    end = file.seek(0, 2)
    file.seek(max(0, end - _LONGEST_END))
    tail = file.read()
    at = tail.rfind(_DIRECTORY_END)
    if at < 0:
        raise BadZipFile
    # The record of a large archive stands just before its locator, and that just before the end of a small one's.
    large = tail[at - 76 : at] if at >= 76 and tail[at - 20 : at].startswith(_LARGE_END) else b""
    (size,) = struct.unpack_from("<Q", large, 40) if large else struct.unpack_from("<L", tail, at + 12)
    return int(size)
