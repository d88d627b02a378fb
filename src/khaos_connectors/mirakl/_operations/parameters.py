"""The parameters that operations take in their query, by code, for whoever misspells one.

Left out, because the paging, the scope and the table of operations know them: shop, language, page and order.
"""

from collections.abc import Mapping

__all__ = ["parameters"]

_NAMES: Mapping[str, str] = {
    "A21": "periods channel_code",
    "AF01": "entities",
    "DO01": "entities",
    "DR11": (
        "id document_number date_created_from date_created_to last_updated_from last_updated_to "
        "issue_date_from issue_date_to state type issuer_type entity_id entity_type "
        "shop_billing_cycle_id shop_billing_cycle_from shop_billing_cycle_to payment_state"
    ),
    "DR73": "document_request_id document_id document_format entity_id entity_type",
    "H11": "hierarchy max_level",
    "IV01": (
        "currency end_date invoice_id issuing_user_types pay_out_psp_codes payment_status "
        "seller_billing_cycle_id start_date type"
    ),
    "M01": "customer_id received read order_id offer_id start_date end_date archived visible",
    "M11": "entity_type entity_id updated_since with_messages channel_codes",
    "OF04": "start_date end_date status mode origins",
    "OF21": "offer_state_codes sku product_id favorite pricing_channel_code pricing_customer_organization_id",
    "OF22": "pricing_channel_code pricing_customer_organization_id",
    "OF51": "last_request_date channel_codes shipping_zones include_inactive_offers include_fields",
    "OF61": "active",
    "OR11": (
        "order_ids order_references_for_customer order_references_for_seller order_state_codes "
        "channel_codes only_null_channel start_date end_date start_update_date end_update_date "
        "customer_debited payment_workflow has_incident fulfillment_center_code order_tax_mode"
    ),
    "OR41": "read archived received",
    "OR72": "order_ids",
    "OR73": "order_ids document_ids document_codes",
    "P11": (
        "product_ids product_references offer_state_codes all_offers channel_codes all_channels "
        "pricing_channel_code pricing_customer_organization_id shipping_zones all_shipping_zones"
    ),
    "P31": "product_references products",
    "P51": "last_request_date status has_transformed_file",
    "PL11": "pickrun_code pickup_date_min pickup_date_max picklist_id picklist_state order_line_id",
    "PM11": "hierarchy max_level all_operator_attributes with_roles",
    "PR01": (
        "ids types states ending_after starting_before date_created_from date_created_to "
        "last_request_date locale trigger_offer_ids reward_offer_ids channel_codes"
    ),
    "PRI02": "import_id start_date end_date status origins",
    "RT11": (
        "return_id return_state return_creation_date_from return_creation_date_to "
        "return_last_updated_from return_last_updated_to order_commercial_id order_line_id return_rma "
        "customer_id"
    ),
    "RT12": "order_commercial_id order_line_id",
    "S31": "document_ids type_codes",
    "SBC11": "currency end_date id pay_out_psp_code pay_out_state start_date",
    "SH52": "overridden_by_shop",
    "ST11": "order_id shipment_state_code shipment_customer_debit_state_code last_updated_from last_updated_to",
    "ST12": "order_id fulfillment_center_code shipping_date_from shipping_date_to",
    "TL02": (
        "seller_billing_cycle_id date_created_from date_created_to transaction_date_from "
        "transaction_date_to last_updated_from payment_state transaction_type accounting_document_number "
        "order_id order_line_id order_reference_for_customer order_reference_for_seller "
        "accounting_document_id shop_model pay_out_psp_codes other_reference"
    ),
    "TL05": "file",
    "VL11": "code",
}


def parameters(code: str) -> tuple[str, ...]:
    """The names, as Mirakl lists them, of what operation *code* takes in its query; empty where it takes nothing."""
    return tuple(_NAMES.get(code, "").split())
