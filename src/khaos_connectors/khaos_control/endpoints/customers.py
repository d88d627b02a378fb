"""The operations around customers: telling, creating and updating them, their credit, what is gone, catalogues.

The usual flow needs none of them: an imported order creates or finds its customer. Customers are found by code, other
reference and web name, then by surname and postcode: two people who share these become one.
"""

from collections.abc import Collection
from datetime import datetime

from khaos_connectors.calls.messages import Call
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.calls.soap import Parameter, SoapValue
from khaos_connectors.calls.xml import parse
from khaos_connectors.errors import FieldError, Invalid
from khaos_connectors.khaos_control import reference_structures as structures
from khaos_connectors.khaos_control.company_models import (
    Company,
    CompanyInfo,
    CompanyListEntry,
    CustomerImportResult,
    DeletedEntry,
)
from khaos_connectors.khaos_control.documents.catalogue_requests import request_problems, write_catalogue_requests
from khaos_connectors.khaos_control.documents.companies import company_problems, read_companies, write_companies
from khaos_connectors.khaos_control.documents.deleted import read_deleted_entries
from khaos_connectors.khaos_control.endpoints._calling import (
    Service,
    call,
    csv,
    document_call,
    guard,
    since_when,
    until_when,
    when,
)
from khaos_connectors.khaos_control.enums import CompanyMapping, DeletedKind, ImportMethod
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.order_models import CatalogueRequest

__all__ = [
    "export_companies",
    "get_company_infos",
    "get_company_list",
    "get_deleted_entries",
    "import_catalogue_requests",
    "import_companies",
    "login",
]


def get_company_list(
    service: Service, *, since: datetime | None = None, classes: Collection[str] = ()
) -> Call[tuple[CompanyListEntry, ...]]:
    """The codes of all customers, or of those changed *since* (aware), of some *classes* only (GetCompanyList).

    A class with a comma in its name cannot be asked for: ``Invalid``.
    """
    operation = "GetCompanyList"
    reading = service.reading(operation)
    parameters = (
        Parameter("LastUpdated", since_when(service, operation, since)),
        Parameter("CompanyClassList", csv(service, operation, "CompanyClassList", classes) if classes else None),
    )
    return call(service, operation, parameters, lambda value: structures.company_list(value, reading))


def export_companies(
    service: Service,
    codes: Collection[str] = (),
    *,
    mapping: CompanyMapping = CompanyMapping.COMPANY_CODE,
    since: datetime | None = None,
) -> Call[Rows[Company]]:
    """Customers (and suppliers) by *codes*, or those changed *since* (aware) without them (ExportCompany).

    Passwords in the answer are dropped as it is read. Neither codes nor a date: ``ValueError``; a code with a comma:
    ``Invalid``.
    """
    operation = "ExportCompany"
    guard(codes, since)
    reading = service.reading(operation)
    parameters = (
        Parameter("CompanyCode", csv(service, operation, "CompanyCode", codes)),
        Parameter("MappingType", int(mapping)),
        Parameter("LastUpdated", when(service, operation, "since", since), "dateTime"),
    )
    return document_call(service, operation, parameters, lambda root: read_companies(root, reading))


def get_company_infos(
    service: Service, codes: Collection[str], *, mapping: CompanyMapping = CompanyMapping.COMPANY_CODE
) -> Call[Rows[CompanyInfo]]:
    """Credit limits, balances and stops of customers (GetCompanyInfo). No codes: ``ValueError``."""
    operation = "GetCompanyInfo"
    guard(codes, None)
    reading = service.reading(operation)
    parameters = (
        Parameter("CompanyCode", csv(service, operation, "CompanyCode", codes)),
        Parameter("MappingType", int(mapping)),
    )
    return call(service, operation, parameters, lambda value: structures.company_infos(value, reading))


def get_deleted_entries(
    service: Service, since: datetime, until: datetime, *, kind: DeletedKind = DeletedKind.COMPANY
) -> Call[Rows[DeletedEntry]]:
    """What was deleted or merged between two moments (aware), by internal ids (GetDeletedEntries)."""
    operation = "GetDeletedEntries"
    reading = service.reading(operation)
    parameters = (
        Parameter("DateFrom", when(service, operation, "since", since)),
        Parameter("DateTo", until_when(service, operation, "until", until)),
        Parameter("DocumentType", int(kind)),
        Parameter("ObjectID", None),
    )
    return document_call(service, operation, parameters, lambda root: read_deleted_entries(root, reading))


def import_companies(
    service: Service,
    companies: Collection[Company],
    *,
    method: ImportMethod = ImportMethod.CREATE_OR_UPDATE,
    encoding: str = "",
) -> Call[CustomerImportResult]:
    """Create or update customers (ImportCompany). Read ``skipped``: the call can succeed without importing anybody.

    Only an UPDATE is repeated by itself: what creates could create twice. Only what is filled is sent. ``ValueError``
    for nobody, ``Invalid`` for what must not be sent.
    """
    operation = "ImportCompany"
    if not companies:
        raise ValueError("companies: must not be empty")
    _fit(service, operation, "customers", company_problems(companies, encoding=encoding))
    reading = service.reading(operation)
    parameters = (
        Parameter("Customers", write_companies(companies, service.time)),
        Parameter("Method", int(method)),
    )
    return call(
        service,
        operation,
        parameters,
        lambda value: structures.customer_import(value, reading),
        repeat="same-effect" if method is ImportMethod.UPDATE else "never",
    )


def login(service: Service, user: str, password: Secret | str) -> Call[Company | None]:
    """The customer whose web name and password these are, None if there is none (Login).

    This is about shoppers: it signs nobody in to the service.
    """
    operation = "Login"
    reading = service.reading(operation)
    given = password.reveal() if isinstance(password, Secret) else password

    def read(value: SoapValue) -> Company | None:
        text = (value.text or "").strip("\ufeff \t\r\n")
        if not text:
            return None
        found = read_companies(parse(text, system=service.system, operation=operation), reading)
        for bad in found.unread:
            raise reading.broken(bad.path, bad.expected)
        return next(iter(found), None)

    return call(service, operation, (Parameter("UserName", user), Parameter("UserPassword", given)), read)


def import_catalogue_requests(
    service: Service, requests: Collection[CatalogueRequest], *, encoding: str = ""
) -> Call[None]:
    """Ask for catalogues to be sent (ImportCatalogueRequest); there is no answer to read, and no repeat by itself.

    ``ValueError`` for no requests, ``Invalid`` for what must not be sent.
    """
    operation = "ImportCatalogueRequest"
    if not requests:
        raise ValueError("requests: must not be empty")
    _fit(service, operation, "requests", request_problems(requests, encoding=encoding))
    parameters = (Parameter("CatRequest", write_catalogue_requests(requests, service.time)),)
    return call(service, operation, parameters, lambda _: None, repeat="never")


def _fit(service: Service, operation: str, what: str, problems: tuple[FieldError, ...]) -> None:
    if problems:
        raise Invalid(
            system=service.system, operation=operation, message=f"not sent: {what} are not fit", fields=problems
        )
