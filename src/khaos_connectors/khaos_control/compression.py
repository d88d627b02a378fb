"""Compressed results (TCompressedResult): what came, and its document unpacked piece by piece within a bound.

What the sizes in the result count is not documented, so they are told and not relied on; the archives' own check sums
show what was cut short. A few kilobytes may unpack to gigabytes: nothing is unpacked at once, and *max_bytes* ends it.
"""

import bz2
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.soap import SoapValue
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.structure_fields import text_of, whole_of

__all__ = ["Compressed", "read_compressed", "unpacked"]

_MAX_BYTES = 512 * 2**20
_PIECE = 64 * 1024
_ENCRYPTED = 0x1
# Others need memory that the archive asks for, not we.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2})
_NUMBERS = ("OriginalSize", "CompressedSize")


@attrs.frozen(kw_only=True)
class Compressed:
    """A compressed document: *method* as the service names it, the archive's bytes, and the sizes that it tells."""

    method: str = ""
    file_name: str = ""
    data: bytes = attrs.field(default=b"", repr=False)
    original_size: int | None = None
    compressed_size: int | None = None
    password_protected: bool = False


def read_compressed(value: SoapValue, reading: Reading) -> Compressed:
    """TCompressedResult. ``Undecodable`` where the data is no base64 or a size is no number."""
    text = "".join(text_of(value, "Data").split())
    try:
        data = b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one; characters beyond ASCII raise a plain one
        raise reading.broken("Data", "base64") from None
    original, compressed = (whole_of(value, name, "", reading) for name in _NUMBERS)
    return Compressed(
        method=text_of(value, "Method"),
        file_name=text_of(value, "FileName"),
        data=data,
        original_size=original,
        compressed_size=compressed,
        password_protected=text_of(value, "PasswordProtected").casefold() in {"true", "1", "-1"},
    )


def unpacked(packed: Compressed, reading: Reading, *, max_bytes: int = _MAX_BYTES) -> Iterator[bytes]:
    """The document in pieces: the first file of a ZIP, or what BZip2 holds; nothing where nothing was packed.

    The archive itself says what it is. However small the parts that it was packed in, each piece but the last has at
    least 64 KiB: whoever parses them takes work for every piece. ``Undecodable``, perhaps after the first
    pieces, for another kind of archive, one with a password, a damaged one, and more than *max_bytes*.
    """
    if packed.password_protected:
        raise reading.broken("Data", "an archive without a password")
    if not packed.data:
        if packed.original_size or packed.compressed_size:
            raise reading.broken("Data", "the archive that the sizes tell of")
        return
    if packed.data.startswith(b"PK"):
        pieces = _from_zip(packed.data, reading)
    elif packed.data.startswith(b"BZh"):
        pieces = _from_bzip2(memoryview(packed.data), reading)
    else:
        raise reading.broken("Data", "a ZIP or BZip2 archive")
    left = max_bytes
    gathered = bytearray()
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise reading.broken("Data", f"an archive of a document of at most {max_bytes} bytes")
        gathered += piece
        if len(gathered) >= _PIECE:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _from_zip(data: bytes, reading: Reading) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            # is_dir() of a member without a name is an IndexError
            member = next((each for each in archive.infolist() if each.filename and not each.is_dir()), None)
            if member is None:
                raise reading.broken("Data", "an archive with a file")
            if member.flag_bits & _ENCRYPTED:
                raise reading.broken("Data", "an archive without a password")
            if member.compress_type not in _METHODS:
                raise reading.broken("Data", "an archive compressed by Deflate or BZip2")
            if member.compress_type == zipfile.ZIP_BZIP2:
                yield from _from_bzip2(_packed(data, member), reading)
                return
            with archive.open(member) as file:
                while piece := file.read(_PIECE):
                    yield piece
    except errors.Undecodable:  # it is a ValueError too
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        # What the reader of ZIP files raises for damage depends on where it is; each of these was seen.
        raise reading.broken("Data", "an undamaged ZIP archive") from None


def _packed(data: bytes, member: zipfile.ZipInfo) -> memoryview:
    # The reader of ZIP files unpacks four kilobytes of BZip2 at once, which may be gigabytes: it does not get them.
    name = member.header_offset + 26
    lengths = data[name : name + 2], data[name + 2 : name + 4]
    start = name + 4 + sum(int.from_bytes(each, "little") for each in lengths)
    return memoryview(data)[start : start + member.compress_size]


def _from_bzip2(data: memoryview, reading: Reading) -> Iterator[bytes]:
    # Fed in slices: what is left over after each of very many small streams would be copied again and again.
    unpacker = bz2.BZ2Decompressor()
    ended = False
    try:
        for start in range(0, len(data), _PIECE):
            rest = bytes(data[start : start + _PIECE])
            while rest or not (unpacker.eof or unpacker.needs_input):
                if unpacker.eof:
                    unpacker = bz2.BZ2Decompressor()
                piece = unpacker.decompress(rest, max_length=_PIECE)
                rest = unpacker.unused_data if unpacker.eof else b""
                if piece:
                    yield piece
            ended = unpacker.eof
    except OSError:
        raise reading.broken("Data", "an undamaged BZip2 archive") from None
    if not ended:
        raise reading.broken("Data", "an undamaged BZip2 archive")
