"""A few operations of Khaos Control's service, offered by spyne: ``python spyne_server.py FACTS`` tells its port.

It runs in a process of its own: the spyne of today leaves an importer behind that makes Python 3.11 warn.
"""

import json
import sys
from datetime import datetime
from wsgiref.simple_server import WSGIRequestHandler, make_server
from xml.sax.saxutils import quoteattr

from spyne import (
    Application,
    Array,
    Boolean,
    ComplexModel,
    DateTime,
    Double,
    Fault,
    Integer32,
    ServiceBase,
    Unicode,
    rpc,
)
from spyne.model.binary import ByteArray
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

NAMESPACE = "urn:IKosWebIntf-IKosWeb"
FACTS = json.loads(sys.argv[1])


class TSite(ComplexModel):
    __namespace__ = NAMESPACE
    SiteID = Integer32
    SiteName = Unicode


class TSiteList(ComplexModel):
    __namespace__ = NAMESPACE
    List = Array(TSite)
    CurrentSiteID = Integer32


class TStockPotential(ComplexModel):
    __namespace__ = NAMESPACE
    StockCode = Unicode
    Available = Double
    OnOrder = Double
    BackOrder = Double


class TStockListItem(ComplexModel):
    __namespace__ = NAMESPACE
    StockCode = Unicode
    StockDesc = Unicode
    LastUpdated = DateTime


class TStockList(ComplexModel):
    __namespace__ = NAMESPACE
    Count = Integer32
    List = Array(TStockListItem)


class TKeycode(ComplexModel):
    __namespace__ = NAMESPACE
    KeycodeCode = Unicode
    WebUse = Boolean
    MOTOUse = Boolean


class TOrderImport(ComplexModel):
    __namespace__ = NAMESPACE
    SalesOrderCode = Unicode
    AssociatedRef = Unicode
    Msg = Unicode


class TOrderSkipped(ComplexModel):
    __namespace__ = NAMESPACE
    OrderRef = Unicode
    SkipReason = Unicode


class TOrderImportResult(ComplexModel):
    __namespace__ = NAMESPACE
    ImportedCount = Integer32
    OrderImport = Array(TOrderImport)
    OrderSkipped = Array(TOrderSkipped)


class TCompressedResult(ComplexModel):
    __namespace__ = NAMESPACE
    Method = Unicode
    Data = ByteArray
    PasswordProtected = Boolean


class Service(ServiceBase):
    @rpc(_returns=Unicode)
    def GetVersion(ctx):  # noqa: N802, N805 (spyne takes the operation's name from it, and gives a context)
        return FACTS["version"]

    @rpc(_returns=TSiteList)
    def GetSiteList(ctx):  # noqa: N802, N805 (as above)
        rows = [TSite(SiteID=number, SiteName=name) for number, name in FACTS["sites"]]
        return TSiteList(List=rows, CurrentSiteID=rows[0].SiteID)

    @rpc(_returns=Array(Unicode))
    def GetSaleSource(ctx):  # noqa: N802, N805 (as above)
        return FACTS["sources"]

    @rpc(Unicode, Integer32, _returns=Array(TStockPotential))
    def GetStockPotential(ctx, StockCode, MappingType):  # noqa: N802, N803, N805 (as above)
        return [
            TStockPotential(StockCode=code, Available=available, OnOrder=MappingType, BackOrder=0.0)
            for code, available in FACTS["available"]
            if code in StockCode.split(",")
        ]

    @rpc(Integer32, DateTime, Integer32, _returns=TStockList)
    def GetStockList(ctx, DateType, DateValue, StockItemType):  # noqa: N802, N803, N805 (as above)
        moment = datetime.fromisoformat(FACTS["updated"])
        rows = [TStockListItem(StockCode=code, StockDesc=None, LastUpdated=moment) for code, _ in FACTS["available"]]
        return TStockList(Count=len(rows), List=rows)

    @rpc(Unicode, Integer32, DateTime, Integer32, Boolean, _returns=Unicode)
    def ExportStockStatus(ctx, StockCode, MappingType, LastUpdated, SiteID, PotentialLeadTime):  # noqa: N802, N803, N805
        level = f"<LEVEL>{SiteID}</LEVEL><STATUS>0</STATUS>"
        rows = "".join(f"<STOCK_ITEM CODE={quoteattr(code)}>{level}</STOCK_ITEM>" for code in StockCode.split(","))
        return f"<STOCK_STATUS SITE={quoteattr(str(PotentialLeadTime))}>{rows}</STOCK_STATUS>"

    @rpc(Unicode, _returns=TOrderImportResult)
    def ImportOrders(ctx, Orders):  # noqa: N802, N803, N805 (as above)
        if Orders == "fault":
            raise Fault("Client", FACTS["fault"])
        done = [TOrderImport(SalesOrderCode="SO1", AssociatedRef=Orders, Msg=None)]
        return TOrderImportResult(
            ImportedCount=1, OrderImport=done, OrderSkipped=[TOrderSkipped(OrderRef="B", SkipReason=FACTS["fault"])]
        )

    @rpc(_returns=Array(TKeycode))
    def GetKeycodes(ctx):  # noqa: N802, N805 (as above)
        return [TKeycode(KeycodeCode="A", WebUse=True, MOTOUse=False)]

    @rpc(Unicode, Integer32, DateTime, Integer32, _returns=TCompressedResult)
    def ExportStockCompressed(ctx, StockCode, MappingType, LastUpdated, CompressionMethod):  # noqa: N802, N803, N805
        data = bytes.fromhex(FACTS["archive"])
        return TCompressedResult(Method="BZIP2", Data=[data], PasswordProtected=False)


class Quiet(WSGIRequestHandler):
    def log_message(self, format, *args):  # noqa: A002 (the name is the standard library's)
        """Nothing is written about single requests."""


server = make_server(
    "127.0.0.1",
    0,
    WsgiApplication(Application([Service], NAMESPACE, in_protocol=Soap11(), out_protocol=Soap11())),
    handler_class=Quiet,
)
print(server.server_port, flush=True)
server.serve_forever()
