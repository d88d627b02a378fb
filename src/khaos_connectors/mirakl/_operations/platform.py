"""Operations on the shop, the operator's settings and the money."""

from khaos_connectors.calls.pace import Limit
from khaos_connectors.mirakl._operations.kinds import (
    DAILY,
    EITHER,
    ELSEWHERE,
    FILE,
    FORM,
    HOUR,
    HOURLY,
    JSON,
    MINUTE,
    NOTHING,
    OFFSET,
    SEEK,
    SETTING,
    group,
    op,
    spaced,
)

__all__ = ["INVOICING_AND_ACCOUNTING", "PLATFORM_SETTINGS", "STORES", "USERS"]

STORES = group(
    "Stores",
    op("A01", "GET", "/api/account", "the own shop as the operator sees it", usage=DAILY),
    op("A02", "PUT", "/api/account", "change the own shop's details", usage=DAILY, body=JSON),
    op("A21", "GET", "/api/account/statistics", "the own shop's statistics", usage=DAILY, commas=("periods",)),
    op("S30", "GET", "/api/shops/documents", "documents of the shop"),
    op("S32", "POST", "/api/shops/documents", "hand over documents of the shop", batch=50, repeat="never", body=FORM),
    op(
        "S31",
        "GET",
        "/api/shops/documents/download",
        "documents of the shop as a file",
        commas=("document_ids", "type_codes"),
        answer=FILE,
    ),
    op("S33", "DELETE", "/api/shops/documents/{document_id}", "remove a document of the shop", answer=NOTHING),
)

PLATFORM_SETTINGS = group(
    "Platform Settings",
    op(
        "AF01",
        "GET",
        "/api/additional_fields",
        "definitions of custom fields",
        usage=DAILY,
        translated=True,
        commas=("entities",),
    ),
    op("CH11", "GET", "/api/channels", "sales channels of the operator", usage=DAILY, translated=True),
    op("CUR01", "GET", "/api/currencies", "currencies in use", usage=DAILY, translated=True),
    op("DO01", "GET", "/api/documents", "kinds of documents", usage=DAILY, translated=True, commas=("entities",)),
    op("L01", "GET", "/api/locales", "languages switched on", usage=DAILY),
    op("OF61", "GET", "/api/offers/states", "conditions that an offer may have", usage=DAILY, translated=True),
    op("PC01", "GET", "/api/platform/configuration", "switches and settings of the platform", usage=SETTING),
    op("RE01", "GET", "/api/reasons", "reasons of every kind", translated=True),
    op(
        "RE02", "GET", "/api/reasons/{reason_type}", "reasons of one kind, the old way", translated=True, instead="RE01"
    ),
    op("RE11", "GET", "/api/reasons/incident_open", "reasons to open an incident, the old way", instead="RE01"),
    op("RE12", "GET", "/api/reasons/incident_close", "reasons to close an incident, the old way", instead="RE01"),
    op("RE14", "GET", "/api/reasons/messaging", "reasons to write a message, the old way", instead="RE01"),
    op("SH11", "GET", "/api/shipping/zones", "shipping zones", usage=DAILY, translated=True),
    op("SH12", "GET", "/api/shipping/types", "shipping methods", usage=DAILY, translated=True),
    op("SH21", "GET", "/api/shipping/carriers", "registered carriers", usage=DAILY),
    op("SH31", "GET", "/api/shipping/logistic_classes", "logistic classes", usage=DAILY, translated=True),
    op("SH42", "GET", "/api/shipping/configuration/shop", "the shop's own shipping settings", usage=HOURLY),
    op("SH52", "GET", "/api/shipping/charges/shop", "the shop's own shipping charges", usage=HOURLY),
    op("V01", "GET", "/api/version", "that the instance answers", answer=NOTHING),
)

USERS = group(
    "Users",
    op("RO02", "GET", "/api/users/shops/roles", "roles of the shop's users"),
)

INVOICING_AND_ACCOUNTING = group(
    "Invoicing and Accounting",
    op(
        "DR11",
        "GET",
        "/api/document-request/requests",
        "requests for accounting documents",
        paging=SEEK,
        sort=("dateCreated",),
    ),
    op(
        "DR12",
        "GET",
        "/api/document-request/{document_request_id}/lines",
        "lines of one request for documents",
        paging=SEEK,
        sort=("dateCreated",),
    ),
    op("DR73", "GET", "/api/document-request/documents/download", "accounting documents as a file", answer=FILE),
    op(
        "DR74",
        "POST",
        "/api/document-request/documents/upload",
        "hand over accounting documents",
        batch=50,
        repeat="never",
        body=FORM,
    ),
    op(
        "IV01",
        "GET",
        "/api/invoices",
        "invoices and credits of billing cycles",
        paging=OFFSET,
        rows="invoices",
        sort=("dateCreated",),
        usage=DAILY,
    ),
    op("IV02", "GET", "/api/invoices/{accounting_document_id}", "one invoice as a file", answer=FILE),
    op(
        "SBC11",
        "GET",
        "/api/seller-billing-cycles",
        "billing cycles with their pay-outs",
        paging=SEEK,
        sort=("dateCreated",),
        most=1000,
        usage=DAILY,
    ),
    op(
        "TL02",
        "GET",
        "/api/sellerpayment/transactions_logs",
        "lines of the transaction log",
        paging=SEEK,
        sort=("dateCreated", "lastUpdated"),
        most=2000,
        usage=spaced(60, HOUR, burst=Limit(20, MINUTE)),
    ),
    op(
        "TL03",
        "POST",
        "/api/sellerpayment/transactions_logs/async",
        "start an export of the transaction log",
        usage=DAILY,
        repeat="free",
        body=JSON,
    ),
    op(
        "TL04",
        "GET",
        "/api/sellerpayment/transactions_logs/async/status/{tracking_id}",
        "how far an export of the log is",
        usage=spaced(1, 10),
    ),
    op("TL05", "GET", ELSEWHERE, "a piece of an export of the log", answer=EITHER),
)
