"""A few operations of Khaos Control's service, offered by PySimpleSOAP: ``python pysimplesoap_server.py FACTS``."""

import json
import sys
from datetime import datetime
from http.server import HTTPServer
from xml.sax.saxutils import quoteattr

from pysimplesoap.client import SoapFault
from pysimplesoap.server import SoapDispatcher, SOAPHandler

NAMESPACE = "urn:IKosWebIntf-IKosWeb"
FACTS = json.loads(sys.argv[1])


def version():
    return FACTS["version"]


def sites():
    rows = [{"item": {"SiteID": number, "SiteName": name}} for number, name in FACTS["sites"]]
    return {"List": rows, "CurrentSiteID": FACTS["sites"][0][0]}


def sources():
    return [{"item": one} for one in FACTS["sources"]]


def potential(StockCode, MappingType):  # noqa: N803 (parameters are named as the service names them)
    return [
        {"item": {"StockCode": code, "Available": available, "OnOrder": float(MappingType), "BackOrder": 0.0}}
        for code, available in FACTS["available"]
        if code in StockCode.split(",")
    ]


def stock_list(DateType, DateValue=None, StockItemType=None):  # noqa: N803 (as above)
    moment = datetime.fromisoformat(FACTS["updated"])
    rows = [{"item": {"StockCode": code, "LastUpdated": moment}} for code, _ in FACTS["available"]]
    return {"Count": len(rows), "List": rows}


def status(StockCode, MappingType, LastUpdated=None, SiteID=None, PotentialLeadTime=None):  # noqa: N803 (as above)
    level = f"<LEVEL>{SiteID}</LEVEL><STATUS>0</STATUS>"
    rows = "".join(f"<STOCK_ITEM CODE={quoteattr(code)}>{level}</STOCK_ITEM>" for code in StockCode.split(","))
    return f"<STOCK_STATUS SITE={quoteattr(str(PotentialLeadTime))}>{rows}</STOCK_STATUS>"


def import_orders(Orders):  # noqa: N803 (as above)
    if Orders == "fault":
        raise SoapFault("Client", FACTS["fault"])
    return {
        "ImportedCount": 1,
        "OrderImport": [{"item": {"SalesOrderCode": "SO1", "AssociatedRef": Orders}}],
        "OrderSkipped": [{"item": {"OrderRef": "B", "SkipReason": FACTS["fault"]}}],
    }


def keycodes():
    return [{"item": {"KeycodeCode": "A", "WebUse": True, "MOTOUse": False}}]


OPERATIONS = {
    "GetVersion": (version, {}),
    "GetSiteList": (sites, {}),
    "GetSaleSource": (sources, {}),
    "GetStockPotential": (potential, {"StockCode": str, "MappingType": int}),
    "GetStockList": (stock_list, {"DateType": int, "DateValue": str, "StockItemType": int}),
    "ExportStockStatus": (
        status,
        {"StockCode": str, "MappingType": int, "LastUpdated": str, "SiteID": int, "PotentialLeadTime": bool},
    ),
    "ImportOrders": (import_orders, {"Orders": str}),
    "GetKeycodes": (keycodes, {}),
}

dispatcher = SoapDispatcher("IKosWeb", location="http://127.0.0.1/", action=NAMESPACE, namespace=NAMESPACE, prefix="k")
for name, (function, parameters) in OPERATIONS.items():
    dispatcher.register_function(name, function, returns={"return": str}, args=parameters)


class Quiet(SOAPHandler):
    def log_message(self, format, *args):  # noqa: A002 (the name is the standard library's)
        """Nothing is written about single requests."""


server = HTTPServer(("127.0.0.1", 0), Quiet)
server.dispatcher = dispatcher
print(server.server_port, flush=True)
server.serve_forever()
