"""What the simulated marketplace tells about itself: V01, A01, PC01, SH12, SH21."""

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.state import MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, answer

__all__ = ["OPERATIONS", "account", "carriers", "configuration", "shipping_types", "version"]


def version(state: MiraklState, asked: Asked) -> Response:
    """V01: alive; only the status counts."""
    del state, asked
    return answer({"version": "3.0.0-simulated"})


def account(state: MiraklState, asked: Asked) -> Response:
    """A01: the shop that the key belongs to; deprecated fields that the document calls required are left out."""
    settings = state.settings
    body: Json = {
        "shop_id": settings.shop_id,
        "shop_name": settings.shop_name,
        "shop_state": "OPEN",
        "model": settings.model,
        "currency_iso_code": settings.currency,
        "channels": [] if settings.channel is None else [settings.channel],
        "domains": ["PRODUCT"],
        "date_created": "2024-01-15T09:00:00Z",
        "last_updated_date": "2024-01-15T09:00:00Z",
        "closed_from": None,
        "closed_to": None,
        "suspension_type": None,
        "description": None,
        "approval_delay": 0,
        "approval_rate": 1,
        "evaluations_count": 0,
        "grade": None,
        "free_shipping": False,
        "is_professional": True,
        "premium": False,
        "payment_method_mandatory": False,
        "offers_count": len(state.offers),
        "orders_count": len(state.orders),
        "kyc": {"status": "APPROVED", "reason": None},
        "payment_info": None,
        "payment_details": {
            "paid_balance": 0,
            "payable_balance": 0,
            "pending_balance": 0,
            "reserve_balance": 0,
            "reserve_target": 0,
            "sub_balances": [],
        },
        "contact_informations": {
            "city": "Exampleton",
            "country": "GBR",
            "email": "shop@example.com",
            "lastname": "Testperson",
            "street1": "1 Imaginary Lane",
            "zip_code": "ZZ99 9ZZ",
        },
        "default_billing_information": {
            "id": "00000000-0000-4000-8000-000000000001",
            "default_language": "en_GB",
            "registration_address": {
                "city": "Exampleton",
                "country_iso_code": "GBR",
                "street_1": "1 Imaginary Lane",
                "zip_code": "ZZ99 9ZZ",
            },
        },
        "shipping": {"lead_time_to_ship": 2},
        "shipping_country": "GBR",
        "shippings": [],
        "shop_additional_fields": [],
    }
    del asked
    return answer(body, amounts_as_strings=settings.amounts_as_strings)


def configuration(state: MiraklState, asked: Asked) -> Response:
    """PC01: the switchboard. Like the vendor's own example it lacks fields that the document calls required."""
    del asked
    settings = state.settings
    return answer(
        {
            "platform_name": settings.shop_name,
            "tenant_name": "example-dev",
            "timezone": "Europe/London",
            "features": {
                "order_tax_mode": settings.order_tax_mode,
                "offer_prices_decimals": "2",
                "operator_csv_delimiter": "SEMICOLON",
                "disable_seller_alternative_carrier": not settings.alternative_carriers,
                "lead_time_to_ship_by_sellers_enabled": "YES",
                "multi_currency": False,
                "no_reply_needed": True,
                "order_workflows": {
                    "order_acceptance": settings.order_acceptance,
                    "shipping_and_billing_details_before_acceptance": settings.address_before_acceptance,
                    "pay_on_shipment": settings.orders.workflow == "PAY_ON_SHIPMENT",
                    "pay_on_due_date": False,
                    "pause_debit_workflow": False,
                    "no_customer_payment_confirmation": False,
                    "sellers_edit_shipping_origin": False,
                },
                "pricing": {
                    "channel_pricing": "DISABLED",
                    "scheduled_pricing": False,
                    "volume_discount": False,
                    "volume_pricing": False,
                },
                "shipment": {
                    "multi_shipment": settings.multi_shipment,
                    "multi_part_item_shipment": settings.multi_shipment,
                },
                "returns": {"marketplace": settings.returns},
                "tax_collection": {
                    "activated": "NO",
                    "product_tax_code_mandatory": False,
                    "tax_collection_by_operator": False,
                },
                "warehouses": {"geolocation": False, "restricted_countries": []},
            },
            "modules": {"offer_management": True, "order_management": True, "promotions": False, "quotes": False},
            "platform_configuration": {
                "customer_model": {"b2b": False, "b2c": True},
                "platform_model": {
                    "marketplace": settings.model == "MARKETPLACE",
                    "drop_ship": settings.model == "DROPSHIP",
                    "one_creditor": settings.model == "ONE_CREDITOR",
                },
                "enhanced_seller_invoicing": {"enabled": settings.papers.enhanced_invoicing},
            },
        }
    )


def carriers(state: MiraklState, asked: Asked) -> Response:
    """SH21: the registered carriers."""
    del asked
    rows: list[Json] = [
        {
            "code": carrier.code,
            "label": carrier.label,
            "standard_code": carrier.standard_code,
            "tracking_url": carrier.tracking_url,
        }
        for carrier in state.carriers
    ]
    return answer({"carriers": rows})


def shipping_types(state: MiraklState, asked: Asked) -> Response:
    """SH12: the shipping methods."""
    del asked
    rows: list[Json] = [
        {
            "code": kind.code,
            "label": kind.label,
            "description": kind.label,
            "standard_code": kind.standard_code,
            "mandatory_tracking": kind.mandatory_tracking,
            "click_and_collect": False,
            "delivery_by_operator": kind.delivery_by_operator,
        }
        for kind in state.settings.shipping_types
    ]
    return answer({"shipping_types": rows})


OPERATIONS = (
    operation("V01", "GET", "api/version", version),
    operation("A01", "GET", "api/account", account),
    operation("PC01", "GET", "api/platform/configuration", configuration),
    operation("SH12", "GET", "api/shipping/types", shipping_types),
    operation("SH21", "GET", "api/shipping/carriers", carriers),
)
