"""The platform as it describes itself. Almost all fields are optional: instances lag behind the document."""

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.additional_fields import AdditionalFieldType
from khaos_connectors.mirakl.models.features import Features
from khaos_connectors.mirakl.models.platform_codes import Entity, ReasonType

__all__ = [
    "Currency",
    "CustomField",
    "CustomerModel",
    "EnhancedSellerInvoicing",
    "Locale",
    "Modules",
    "OfferCondition",
    "Platform",
    "PlatformModel",
    "PlatformSettings",
    "Reason",
    "SalesChannel",
    "TaxManager",
    "TaxProvider",
    "Version",
]


@attrs.frozen(kw_only=True)
class Version:
    """The answer of V01; only that it came is promised."""

    version: str | None = None


# --- lists of codes ------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class CustomField:
    """A field that the operator added to shops, offers, orders or order lines (AF01).

    *accepted_values* are those of a list, *regex* is what a text must match.
    """

    code: Text
    label: str | None = None
    type: AdditionalFieldType | Unrecognised | None = None
    entity: Entity | Unrecognised | None = None
    description: str | None = None
    required: bool | None = None
    editable: bool | None = None
    accepted_values: tuple[Text, ...] | None = ()
    regex: str | None = None
    default_value: Text | None = None


@attrs.frozen(kw_only=True)
class SalesChannel:
    """A channel of the operator (CH11), such as a country's site."""

    code: Text
    label: str | None = None
    description: str | None = None


@attrs.frozen(kw_only=True)
class Currency:
    """A currency that is switched on (CUR01)."""

    code: str
    label: str | None = None
    platform_default: bool | None = None


@attrs.frozen(kw_only=True)
class Locale:
    """A language that is switched on (L01), ``"en_GB"``; another in ``locale`` is refused."""

    code: str
    label: str | None = None
    platform_default: bool | None = None


@attrs.frozen(kw_only=True)
class OfferCondition:
    """A condition that goods may be in (OF61); offers name it by *code*."""

    code: Text
    label: str | None = None


@attrs.frozen(kw_only=True)
class Reason:
    """A reason of the operator (RE01). A seller may use it only if *is_shop_right*; codes differ by operator."""

    code: Text
    type: ReasonType | Unrecognised
    label: str | None = None
    is_shop_right: bool | None = None


# --- the configuration ---------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class TaxProvider:
    """Which tax service the operator uses."""

    avalara: bool | None = None
    vertex: bool | None = None


@attrs.frozen(kw_only=True)
class TaxManager:
    """Whether a tax service reckons the taxes."""

    activated: bool | None = None
    tax_provider: TaxProvider | None = None


@attrs.frozen(kw_only=True)
class Modules:
    """Which parts of Mirakl the operator runs."""

    offer_management: bool | None = None
    offer_management_mode: str | None = None
    order_management: bool | None = None
    order_management_mode: str | None = None
    mirakl_catalog_integrator: bool | None = None
    mirakl_catalog_manager: bool | None = None
    mirakl_catalog_transformer: bool | None = None
    mirakl_platform_services: bool | None = None
    quotes: bool | None = None
    promotions: bool | None = None
    tax_manager: TaxManager | None = None


@attrs.frozen(kw_only=True)
class CustomerModel:
    """Whom the platform sells to: businesses, consumers, or both."""

    b2b: bool | None = None
    b2c: bool | None = None


@attrs.frozen(kw_only=True)
class PlatformModel:
    """Which kinds of shops the platform has."""

    marketplace: bool | None = None
    drop_ship: bool | None = None
    one_creditor: bool | None = None


@attrs.frozen(kw_only=True)
class EnhancedSellerInvoicing:
    """Whether invoices are uploaded against document requests."""

    enabled: bool | None = None


@attrs.frozen(kw_only=True)
class PlatformSettings:
    """The platform's customers, its model and its invoicing."""

    customer_model: CustomerModel | None = None
    platform_model: PlatformModel | None = None
    enhanced_seller_invoicing: EnhancedSellerInvoicing | None = None


@attrs.frozen(kw_only=True)
class Platform:
    """The platform configuration (PC01)."""

    features: Features | None = None
    modules: Modules | None = None
    platform_configuration: PlatformSettings | None = None
    platform_name: str | None = None
    tenant_name: str | None = None
    timezone: str | None = None
