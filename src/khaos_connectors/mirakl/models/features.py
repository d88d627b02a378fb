"""The operator's feature switches (PC01), group by group. All is optional: instances lag behind the document."""

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.codes import OrderAcceptance, OrderTaxMode
from khaos_connectors.mirakl.models.platform_codes import ChannelPricing, CsvDelimiter, PerStore

__all__ = [
    "Catalogue",
    "DirectPayment",
    "DropshipFeatures",
    "Features",
    "OrderConditions",
    "OrderWorkflows",
    "Pricing",
    "Promotions",
    "Returns",
    "ShipmentFeatures",
    "ShopTaxOptions",
    "TaxCollection",
    "TaxNumberRule",
    "WarehouseFeatures",
]


@attrs.frozen(kw_only=True)
class Catalogue:
    """How products come into the operator's catalogue."""

    allow_shop_contribution_to_all_channels: bool | None = None
    exclude_invalid_products: bool | None = None
    list_of_multiple_values_separator: str | None = None
    product_acceptance_by_channel: bool | None = None
    product_data_validation_by_channel: bool | None = None
    product_import_only_on_leaf: bool | None = None


@attrs.frozen(kw_only=True)
class DirectPayment:
    """Whether customers pay the shop itself, and whether it may then cancel and refund."""

    activated: bool | None = None
    refund_cancel_authorized: bool | None = None


@attrs.frozen(kw_only=True)
class DropshipFeatures:
    """Whether drop-ship offers carry retail prices, and who may change them."""

    retail_pricing_edition_enabled: PerStore | Unrecognised | None = None
    retail_pricing_enabled: bool | None = None


@attrs.frozen(kw_only=True)
class OrderConditions:
    """Which limits an offer may set on a purchase."""

    maximum_order_quantity: bool | None = None
    minimum_order_quantity: bool | None = None
    package_order_quantity: bool | None = None
    lead_time_to_ship: bool | None = None


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
class Pricing:
    """What prices an offer may have."""

    channel_pricing: ChannelPricing | Unrecognised | None = None
    discount_period_required: bool | None = None
    discount_price_creation_in_the_past_blocked: bool | None = None
    scheduled_pricing: bool | None = None
    volume_discount: bool | None = None
    volume_pricing: bool | None = None


@attrs.frozen(kw_only=True)
class Promotions:
    """Who may run promotions."""

    cart_promotion_campaign: bool | None = None
    discount_campaign: bool | None = None
    seller_promotion: bool | None = None


@attrs.frozen(kw_only=True)
class Returns:
    """For which models returns go through the API."""

    marketplace: bool | None = None
    drop_ship: bool | None = None
    one_creditor: bool | None = None


@attrs.frozen(kw_only=True)
class ShipmentFeatures:
    """Whether an order may leave in several shipments, and one item in several parcels."""

    multi_shipment: bool | None = None
    multi_part_item_shipment: bool | None = None


@attrs.frozen(kw_only=True)
class TaxNumberRule:
    """Whether a shop must give a tax number, and how it must look."""

    mandatory: bool | None = None
    validation_regex: str | None = None


@attrs.frozen(kw_only=True)
class ShopTaxOptions:
    """Which tax numbers a shop gives."""

    local_tax_number: TaxNumberRule | None = None
    tax_identification_number: TaxNumberRule | None = None


@attrs.frozen(kw_only=True)
class TaxCollection:
    """Who collects taxes."""

    activated: PerStore | Unrecognised | None = None
    tax_collection_by_operator: bool | None = None
    product_tax_code_mandatory: bool | None = None


@attrs.frozen(kw_only=True)
class WarehouseFeatures:
    """Where warehouses may stand: *restricted_countries* in three letters."""

    geolocation: bool | None = None
    restricted_countries: tuple[str, ...] | None = ()


@attrs.frozen(kw_only=True)
class Features:
    """All feature switches. *offer_prices_decimals* is a number that Mirakl writes as text."""

    catalog: Catalogue | None = None
    circular_economy_data_collection: bool | None = None
    competitive_pricing_tool: bool | None = None
    direct_payment_customer_store: DirectPayment | None = None
    disable_seller_alternative_carrier: bool | None = None
    dropship: DropshipFeatures | None = None
    kyc_status_per_seller: bool | None = None
    lead_time_to_ship_by_sellers_enabled: PerStore | Unrecognised | None = None
    multi_currency: bool | None = None
    multi_payout_psp_per_seller: bool | None = None
    no_reply_needed: bool | None = None
    offer_prices_decimals: Text | None = None
    operator_csv_delimiter: CsvDelimiter | Unrecognised | None = None
    order_conditions: OrderConditions | None = None
    order_tax_mode: OrderTaxMode | Unrecognised | None = None
    order_workflows: OrderWorkflows | None = None
    payment_confirmation: bool | None = None
    pricing: Pricing | None = None
    product_data_validation_by_channel: bool | None = None
    promotion: Promotions | None = None
    returns: Returns | None = None
    shipment: ShipmentFeatures | None = None
    shop_tax_options: ShopTaxOptions | None = None
    tax_collection: TaxCollection | None = None
    tax_id_number: TaxNumberRule | None = None
    warehouses: WarehouseFeatures | None = None
