"""A stock export of 30 megabytes: ours against ``lxml.iterparse`` doing the same work, and what either keeps alive.

The same work is the same records, by the same reading of each item. Memory is what Python allocates beyond what is
there before, while the answer waits in a file, as it does behind a connection.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import attrs
from lxml import etree

from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.spool import Collector
from khaos_connectors.calls.xml import stream, stream_inner
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.documents.stock_items import stream_stock_items

READING = Reading(system="bench", operation="ExportStock", time=ServerTime())
WHO: dict[str, Any] = {"system": "bench", "operation": "ExportStock"}


@attrs.frozen
class Export:
    """The document *bare*, and *wrapped*: escaped inside a SOAP answer."""

    bare: Response
    wrapped: Response


def _item(number: int) -> str:
    return (
        f"<STOCK_ITEM><STOCK_CODE>MUG-{number:06}</STOCK_CODE><ASSOCIATED_REF>R{number}</ASSOCIATED_REF>"
        f"<STOCK_ID>{number}</STOCK_ID><STOCK_DESC><![CDATA[Mug & saucer {number}]]></STOCK_DESC>"
        f"<LONG_DESC>{'A mug of stoneware, glazed by hand &amp; fired twice. ' * 12}</LONG_DESC>"
        '<BUY_PRICE IS_NET="-1">3.2</BUY_PRICE><SELL_PRICE IS_NET="0">12.5</SELL_PRICE>'
        "<SELL_PRICE_WEB>0</SELL_PRICE_WEB><VAT_RATE>20</VAT_RATE><STOCK_TTYPE>Home</STOCK_TTYPE><STOCK_TYPE>Kitchen</STOCK_TYPE>"
        "<MANUFACTURER>Pottery</MANUFACTURER><MIN_LEVEL>1</MIN_LEVEL><SAFE_LEVEL>2</SAFE_LEVEL><DELETED>0</DELETED>"
        "<WEB>-1</WEB><DISCONTINUED>0</DISCONTINUED><RUN_TO_ZERO>0</RUN_TO_ZERO><STOCK_CONTROLLED>-1</STOCK_CONTROLLED>"
        f"<WEIGHT>350</WEIGHT><BARCODES><BARCODE>50{number:011}</BARCODE></BARCODES></STOCK_ITEM>"
    )


def _spooled(pieces: Iterator[str]) -> Response:
    with Collector(2**31, spool=True) as collector:
        for piece in pieces:
            collector.take(piece.encode())
        return Response(status=200, body=collector.content())


def make(items: int) -> Export:
    """An export of *items* items, both ways, in files."""

    def inside(written: Callable[[str], str]) -> Iterator[str]:
        yield written("<STOCK_ITEMS>")
        yield from (written(_item(number)) for number in range(items))
        yield written("</STOCK_ITEMS>")

    def soap() -> Iterator[str]:
        yield '<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body>'
        yield '<n:ExportStockResponse xmlns:n="urn:IKosWebIntf-IKosWeb"><return>'
        yield from inside(escape)
        yield "</return></n:ExportStockResponse></E:Body></E:Envelope>"

    return Export(_spooled(inside(str)), _spooled(soap()))


def read_bare(export: Export) -> int:
    """Ours, over the document as it is."""
    elements = stream(export.bare.pieces(), "STOCK_ITEM", root="STOCK_ITEMS", max_bytes=2**31, **WHO)
    return _counted(elements)


def read_wrapped(export: Export) -> int:
    """Ours, over the document escaped in a SOAP answer."""
    elements = stream_inner(export.wrapped, "STOCK_ITEM", root="STOCK_ITEMS", max_bytes=2**31, **WHO)
    return _counted(elements)


def read_by_lxml(export: Export) -> int:
    """The usual way: ``iterparse`` over the whole document, each element cleared after it was read."""

    def elements() -> Iterator[Any]:
        for _, element in etree.iterparse(BytesIO(export.bare.body), tag="STOCK_ITEM"):
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]

    return _counted(elements())


def _counted(elements: Iterator[Any]) -> int:
    return sum(1 for _ in stream_stock_items(elements, READING))
