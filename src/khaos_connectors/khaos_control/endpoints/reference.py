"""The operations that tell what the installation is and knows: version, sites, couriers and promotions."""

from collections.abc import Collection

from khaos_connectors.calls.messages import Call
from khaos_connectors.calls.soap import Parameter
from khaos_connectors.khaos_control import structures
from khaos_connectors.khaos_control.documents.sop_data import read_sop_data
from khaos_connectors.khaos_control.endpoints._calling import Service, call, document_call
from khaos_connectors.khaos_control.enums import SopPart
from khaos_connectors.khaos_control.models import SiteList, SopData

__all__ = ["get_site_list", "get_sop_data", "get_version"]


def get_version(service: Service) -> Call[str]:
    """The version of the business objects; harmless, hence the health check (GetVersion)."""
    return call(service, "GetVersion", (), lambda value: (value.text or "").strip())


def get_site_list(service: Service) -> Call[SiteList]:
    """All stock sites with their ids and names (GetSiteList)."""
    reading = service.reading("GetSiteList")
    return call(service, "GetSiteList", (), lambda value: structures.site_list(value, reading))


def get_sop_data(service: Service, parts: Collection[SopPart] = (SopPart.COURIERS,)) -> Call[SopData]:
    """The couriers that orders may name, or whichever *parts* are asked for (GetSOPData). No parts: ``ValueError``."""
    if not parts:
        raise ValueError("parts: must not be empty, nothing would be told")
    operation = "GetSOPData"
    reading = service.reading(operation)
    parameters = tuple(Parameter(part.value, part in parts) for part in SopPart)
    return document_call(service, operation, parameters, lambda root: read_sop_data(root, reading))
