"""The operations that tell what orders and customers may name: classes, sources, key codes, countries, agents.

All of it is set up by the installation and has to exist there before an order names it; most of it is case-sensitive.
"""

from khaos_connectors.calls.messages import Call
from khaos_connectors.calls.soap import Parameter
from khaos_connectors.khaos_control import reference_structures as structures
from khaos_connectors.khaos_control.endpoints._calling import Service, call
from khaos_connectors.khaos_control.enums import CompanyClassKind
from khaos_connectors.khaos_control.models import Rows
from khaos_connectors.khaos_control.reference_models import CountryRow, Keycode, MailingStatus
from khaos_connectors.khaos_control.structure_fields import texts_in

__all__ = [
    "get_agents",
    "get_company_classes",
    "get_company_statuses",
    "get_countries",
    "get_keycode_types",
    "get_keycodes",
    "get_mailing_statuses",
    "get_sale_sources",
]


def get_sale_sources(service: Service) -> Call[tuple[str, ...]]:
    """The sales sources that an order may name, case-sensitive (GetSaleSource)."""
    return call(service, "GetSaleSource", (), texts_in)


def get_company_classes(service: Service, kind: CompanyClassKind = CompanyClassKind.ALL) -> Call[tuple[str, ...]]:
    """The company classes that a customer may have, case-sensitive (GetCompanyClass)."""
    return call(service, "GetCompanyClass", (Parameter("CompanyClassType", int(kind)),), texts_in)


def get_company_statuses(service: Service) -> Call[tuple[str, ...]]:
    """The statuses that a customer may have (GetCompanyStatus)."""
    return call(service, "GetCompanyStatus", (), texts_in)


def get_agents(service: Service) -> Call[tuple[str, ...]]:
    """The sales agents that an order may name (GetAgentList)."""
    return call(service, "GetAgentList", (), texts_in)


def get_keycode_types(service: Service) -> Call[tuple[str, ...]]:
    """The types of key codes (GetKeycodeTypes)."""
    return call(service, "GetKeycodeTypes", (), texts_in)


def get_keycodes(service: Service) -> Call[Rows[Keycode]]:
    """The key codes that have not expired (GetKeycodes)."""
    reading = service.reading("GetKeycodes")
    return call(service, "GetKeycodes", (), lambda value: structures.keycodes(value, reading))


def get_countries(service: Service) -> Call[Rows[CountryRow]]:
    """All countries with both of their codes (GetCountryList)."""
    reading = service.reading("GetCountryList")
    return call(service, "GetCountryList", (), lambda value: structures.countries(value, reading))


def get_mailing_statuses(service: Service) -> Call[Rows[MailingStatus]]:
    """What MAILING_STATUS may be there (GetMailingStatusList)."""
    reading = service.reading("GetMailingStatusList")
    return call(service, "GetMailingStatusList", (), lambda value: structures.mailing_statuses(value, reading))
