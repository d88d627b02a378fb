"""The operations that tell how web sites are divided and what items are called there."""

from khaos_connectors.calls.messages import Call
from khaos_connectors.calls.soap import Parameter, SoapValue
from khaos_connectors.calls.xml import parse
from khaos_connectors.khaos_control.category_models import Website
from khaos_connectors.khaos_control.compression import read_compressed, unpacked
from khaos_connectors.khaos_control.documents.categories import read_website
from khaos_connectors.khaos_control.endpoints._calling import Service, call, document_call
from khaos_connectors.khaos_control.enums import CompressionMethod

__all__ = ["export_web_categories", "export_web_categories_compressed", "export_web_categories_ex2"]

_MEBIBYTE = 2**20


def export_web_categories(service: Service, website: str) -> Call[Website]:
    """All categories and items of the web site with the root name *website* (ExportWebCategories).

    ``ValueError`` for an empty name: what the service takes that for is not documented.
    """
    operation = "ExportWebCategories"
    parameters = (Parameter("Website", _named(website)),)
    reading = service.reading(operation)
    return document_call(service, operation, parameters, lambda root: read_website(root, reading))


def export_web_categories_compressed(
    service: Service,
    website: str,
    *,
    method: CompressionMethod = CompressionMethod.ZIP,
    max_bytes: int = 64 * _MEBIBYTE,
) -> Call[Website]:
    """The same in an archive of at most *max_bytes* of document (ExportWebCategoriesCompressed)."""
    operation = "ExportWebCategoriesCompressed"
    parameters = (Parameter("Website", _named(website)), Parameter("CompressionMethod", int(method)))
    reading = service.reading(operation)

    def read(value: SoapValue) -> Website:
        document = b"".join(unpacked(read_compressed(value, reading), reading, max_bytes=max_bytes))
        return read_website(parse(document, system=service.system, operation=operation, max_bytes=max_bytes), reading)

    return call(service, operation, parameters, read)


def export_web_categories_ex2(
    service: Service,
    website: str = "",
    *,
    website_id: str = "",
    node_id: str = "",
    include_items: bool = True,
) -> Call[Website]:
    """A web site by name, or one node of it by both ids; without variants (ExportWebCategoriesEx2, from 8.144).

    ``ValueError`` unless it is either the name or both ids.
    """
    operation = "ExportWebCategoriesEx2"
    if bool(website) == bool(website_id and node_id) or bool(website_id) != bool(node_id):
        raise ValueError("website: either the name or website_id and node_id are needed")
    parameters = (
        Parameter("WebsiteName", website or None),
        Parameter("WebsiteID", website_id or None),
        Parameter("WebNodeID", node_id or None),
        Parameter("IncludeItems", include_items),
    )
    reading = service.reading(operation)
    return document_call(service, operation, parameters, lambda root: read_website(root, reading))


def _named(website: str) -> str:
    if not website.strip():
        raise ValueError("website: must not be empty")
    return website
