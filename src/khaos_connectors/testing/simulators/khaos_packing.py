"""Compressed results of the simulated Khaos Control: a document in an archive of one file."""

import bz2
import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from xml.sax.saxutils import escape

from khaos_connectors.testing.simulators.khaos_operations import Arguments
from khaos_connectors.testing.simulators.khaos_settings import KhaosSettings
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault, Listing, Record, SoapValue, moment_text
from khaos_connectors.testing.simulators.khaos_xml import Page, node

__all__ = ["packed", "packed_list"]


def packed(name: str, write: Callable[[Arguments], SoapValue]) -> Callable[[Arguments], SoapValue]:
    """The operation that gives the document of *write* in an archive; *name* is the file in it, without an ending."""

    def perform(arguments: Arguments) -> SoapValue:
        text = write(arguments)
        assert isinstance(text, str)
        return _pack(name, text.encode(), arguments.number("CompressionMethod", 0))

    return perform


def packed_list(write: Callable[[Arguments], SoapValue], settings: KhaosSettings) -> Callable[[Arguments], SoapValue]:
    """GetStockListCompressed: the list as XML. Its element names are not documented; these are the structure's."""

    def perform(arguments: Arguments) -> SoapValue:
        value = write(arguments)
        assert isinstance(value, Record)
        text = Page(settings).whole(_element("TStockList", value, settings))
        return _pack("STOCKLIST", text.encode(), arguments.number("CompressionMethod", 0))

    return perform


def _element(name: str, value: SoapValue, settings: KhaosSettings) -> str:
    match value:
        case Record():
            return node(name, [_element(key, inner, settings) for key, inner in value.fields])
        case Listing():
            return node(name, [_element(value.item_type, inner, settings) for inner in value.items])
        case str() | int():
            return node(name, [escape(str(value))])
        case datetime():
            return node(name, [moment_text(value, settings)])
        case _:
            raise TypeError(f"a stock list holds no {type(value).__name__}")


def _pack(name: str, document: bytes, method: int) -> Record:
    if method == 0:
        file = BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            # A date of its own would make the same answer differ from second to second.
            archive.writestr(zipfile.ZipInfo(f"{name}.XML", (2026, 1, 1, 0, 0, 0)), document, zipfile.ZIP_DEFLATED)
        word, ending, data = "ZIP", "ZIP", file.getvalue()
    elif method == 1:
        word, ending, data = "BZIP2", "BZ2", bz2.compress(document)
    else:
        raise KhaosFault(f"CompressionMethod {method} is not supported")
    fields = (
        ("Method", word),
        ("FileName", f"{name}.{ending}"),
        ("Data", data),
        ("OriginalSize", len(document)),
        ("CompressedSize", len(data)),
        ("PasswordProtected", False),
    )
    return Record("TCompressedResult", fields)
