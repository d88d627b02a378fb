"""The shop and the platform as they describe themselves. All but a few fields are optional: instances lag behind."""

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.codes import OrderAcceptance, OrderTaxMode, ShopModel, ShopState

__all__ = [
    "Account",
    "EnhancedSellerInvoicing",
    "Features",
    "Modules",
    "OrderWorkflows",
    "Platform",
    "PlatformModel",
    "PlatformSettings",
    "Returns",
    "ShipmentFeatures",
    "TaxCollection",
    "Version",
]


@attrs.frozen(kw_only=True)
class Version:
    """The answer of V01; only that it came is promised."""

    version: str | None = None


@attrs.frozen(kw_only=True)
class Account:
    """The own shop (A01)."""

    shop_id: int
    shop_name: str | None = None
    shop_state: ShopState | Unrecognised | None = None
    model: ShopModel | Unrecognised | None = None
    currency_iso_code: str | None = None
    channels: tuple[str, ...] | None = ()
    suspension_type: str | None = None
    offers_count: int | None = None
    orders_count: int | None = None


@attrs.frozen(kw_only=True)
class OrderWorkflows:
    """How orders go on this platform."""

    order_acceptance: OrderAcceptance | Unrecognised | None = None
    shipping_and_billing_details_before_acceptance: bool | None = None
    pay_on_shipment: bool | None = None
    pay_on_due_date: bool | None = None
    no_customer_payment_confirmation: bool | None = None
    pause_debit_workflow: bool | None = None
    sellers_edit_shipping_origin: bool | None = None


@attrs.frozen(kw_only=True)
class ShipmentFeatures:
    """Whether an order may leave in several shipments."""

    multi_shipment: bool | None = None
    multi_part_item_shipment: bool | None = None


@attrs.frozen(kw_only=True)
class Returns:
    """For which models returns go through the API."""

    marketplace: bool | None = None
    drop_ship: bool | None = None
    one_creditor: bool | None = None


@attrs.frozen(kw_only=True)
class TaxCollection:
    """Who collects taxes; *activated* is YES, NO or YES_PER_STORE."""

    activated: str | None = None
    tax_collection_by_operator: bool | None = None
    product_tax_code_mandatory: bool | None = None


@attrs.frozen(kw_only=True)
class Features:
    """The feature switches that this library acts on."""

    order_tax_mode: OrderTaxMode | Unrecognised | None = None
    offer_prices_decimals: Text | None = None
    operator_csv_delimiter: str | None = None
    order_workflows: OrderWorkflows | None = None
    shipment: ShipmentFeatures | None = None
    disable_seller_alternative_carrier: bool | None = None
    returns: Returns | None = None
    tax_collection: TaxCollection | None = None
    multi_currency: bool | None = None


@attrs.frozen(kw_only=True)
class Modules:
    """Which parts of Mirakl the operator runs."""

    offer_management: bool | None = None
    order_management: bool | None = None
    mirakl_catalog_manager: bool | None = None


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
    """The platform's model and its invoicing."""

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
