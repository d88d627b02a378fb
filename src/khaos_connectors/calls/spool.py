"""Answers that are too large for memory: written to an unnamed temporary file as they come, read from it in pieces."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

__all__ = ["Collector", "Spooled"]

_IN_MEMORY = 2**20
_PIECE = 64 * 1024


class Spooled:
    """The bytes of an answer in a file without a name, which is gone with this object, whatever becomes of the process.

    It may be read any number of times, by one reader at a time.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __repr__(self) -> str:
        return "Spooled()"

    def __len__(self) -> int:
        return self._file.seek(0, 2)

    def __del__(self) -> None:
        self._file.close()

    def pieces(self) -> Iterator[bytes]:
        """The bytes from the start, piece by piece."""
        place = 0
        while True:
            self._file.seek(place)
            piece = self._file.read(_PIECE)
            if not piece:
                return
            place += len(piece)
            yield piece

    def read(self) -> bytes:
        """All bytes at once."""
        self._file.seek(0)
        return self._file.read()


class Collector:
    """Takes the pieces of an answer as they arrive, up to *limit* bytes; with *spool*, a large one goes to a file.

    Leaving its ``with`` block forgets what was not taken away by ``content``.
    """

    def __init__(self, limit: int, *, spool: bool) -> None:
        self._left = limit
        self._spool = spool
        self._memory = bytearray()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "Collector":
        return self

    def __exit__(self, *problem: object) -> None:
        if self._file is not None:
            self._file.close()

    def take(self, piece: bytes) -> bool:
        """Keep *piece*; False, and it is not kept, when the answer would become longer than the limit."""
        self._left -= len(piece)
        if self._left < 0:
            return False
        if self._file is not None:
            self._file.write(piece)
            return True
        self._memory += piece
        if self._spool and len(self._memory) > _IN_MEMORY:
            self._file = TemporaryFile()  # noqa: SIM115 - it outlives this block, in ``Spooled``
            self._file.write(self._memory)
            self._memory = bytearray()
        return True

    def content(self) -> "bytes | Spooled":
        """What came; it is the caller's from now on."""
        file, self._file = self._file, None
        return bytes(self._memory) if file is None else Spooled(file)
