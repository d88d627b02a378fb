"""Codes and set-up of the simulated marketplace: AF01, CH11, CUR01, L01, OF61, RO02, SH11, SH31, SH42, SH52."""

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.state import MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, answer

__all__ = [
    "OPERATIONS",
    "channels",
    "charges",
    "conditions",
    "currencies",
    "custom_fields",
    "locales",
    "logistic_classes",
    "roles",
    "setup",
    "zones",
]

_CONDITIONS = (("11", "New"), ("4", "Used - acceptable"), ("10", "Refurbished"))
_ROLES = (
    ("GROUP_SHOP_ADMIN", "Everything, with settings and users."),
    ("GROUP_SHOP_ACCOUNTANCY", "Statements and transactions."),
    ("GROUP_SHOP_INVENTORY", "Offers and products."),
    ("GROUP_SHOP_SALES", "Orders, messages and turnover."),
    ("GROUP_SHOP_SUPPORT", "Orders, messages and documents."),
)
_CHARGED = "2020-01-01T00:00:00Z"


def custom_fields(state: MiraklState, asked: Asked) -> Response:
    """AF01: the operator's own fields of orders and order lines."""
    entities = asked.commas("entities")
    rows: list[Json] = [
        {
            "code": code,
            "label": code.replace("-", " ").title(),
            "description": None,
            "entity": field.entity,
            "type": field.type,
            "editable": field.editable,
            "required": field.required,
        }
        for code, field in state.settings.orders.fields.items()
        if not entities or field.entity in entities
    ]
    return answer({"additional_fields": rows})


def channels(state: MiraklState, asked: Asked) -> Response:
    """CH11: the one channel that this platform has, if it has one."""
    del asked
    code = state.settings.channel
    return answer({"channels": [] if code is None else [{"code": code, "label": code, "description": None}]})


def currencies(state: MiraklState, asked: Asked) -> Response:
    """CUR01: the shop's currency is the platform's."""
    del asked
    code = state.settings.currency
    return answer({"currencies": [{"code": code, "label": code, "platform_default": True}]})


def locales(state: MiraklState, asked: Asked) -> Response:
    """L01: the languages that are switched on; the first is the platform's. Flags of "no" are left out."""
    del asked
    rows: list[Json] = [{"code": code, "label": code} for code in state.settings.locales[1:]]
    first: Json = {"code": state.settings.locales[0], "label": state.settings.locales[0], "platform_default": True}
    return answer({"locales": [first, *rows]})


def conditions(state: MiraklState, asked: Asked) -> Response:
    """OF61: the conditions that goods may be in; only the new ones are in use."""
    del state
    active = asked.flag("active")
    rows: list[Json] = [
        {"code": code, "label": label}
        for code, label in _CONDITIONS
        if active is None or active == (code == _CONDITIONS[0][0])
    ]
    return answer({"offer_states": rows, "total_count": len(rows)})


def _named(codes: tuple[str, ...]) -> list[Json]:
    return [{"code": code, "label": code, "description": code} for code in codes]


def zones(state: MiraklState, asked: Asked) -> Response:
    """SH11: the shipping zones."""
    del asked
    return answer({"shipping_zones": _named(state.settings.shipping.zones)})


def logistic_classes(state: MiraklState, asked: Asked) -> Response:
    """SH31: the sizes of goods."""
    del asked
    return answer({"logistic_classes": _named(state.settings.shipping.logistic_classes)})


def roles(state: MiraklState, asked: Asked) -> Response:
    """RO02: what people of a shop may be."""
    del state, asked
    return answer({"roles": [{"code": code, "description": text} for code, text in _ROLES]})


def setup(state: MiraklState, asked: Asked) -> Response:
    """SH42: when the shop sends. Like the vendor's own example it lacks flags that the document calls required."""
    del asked
    shipping = state.settings.shipping
    kinds = [kind.code for kind in state.settings.shipping_types]
    times: list[Json] = [
        {
            "shipping_type_code": kind,
            "shipping_zone_code": zone,
            "set_by": "OPERATOR",
            "delivery_time": {"earliest_days": 1, "latest_days": 3},
        }
        for kind in kinds
        for zone in shipping.zones
    ]
    cut_offs: list[Json] = [
        {"shipping_type_code": kind, "cut_off_time": shipping.cut_off, "set_by": "SHOP"} for kind in kinds
    ]
    return answer(
        {
            "shop_id": str(state.settings.shop_id),
            "last_updated_date": None,
            "lead_time_to_ship": {"default_value": 3, "shop_value": shipping.lead_time_days},
            "delivery_times": times,
            "order_cut_off_times": cut_offs,
            "order_free_shipping": False,
        }
    )


def charges(state: MiraklState, asked: Asked) -> Response:
    """SH52: what shipping costs: one price for small goods, none for the rest. None of it is the shop's own."""
    settings = state.settings
    own = asked.flag("overridden_by_shop")
    fixed: Json = {"type": "FIXED_PRICE", "initial_price": 3, "additional_price": 1, "free_shipping_threshold": None}
    rows: list[Json] = [
        {
            "logistic_class_code": size,
            "shipping_method_code": kind.code,
            "shipping_zone_code": zone,
            "overridden_by_shop": False,
            "prices": fixed if size == settings.shipping.logistic_classes[0] else {"type": "FREE_SHIPPING"},
        }
        for size in settings.shipping.logistic_classes
        for kind in settings.shipping_types
        for zone in settings.shipping.zones
    ]
    body: Json = {
        "shop_id": settings.shop_id,
        "currency_iso_code": settings.currency,
        "last_updated_date": _CHARGED,
        "configuration": [] if own else rows,
    }
    return answer(body)


OPERATIONS = (
    operation("AF01", "GET", "api/additional_fields", custom_fields),
    operation("CH11", "GET", "api/channels", channels),
    operation("CUR01", "GET", "api/currencies", currencies),
    operation("L01", "GET", "api/locales", locales),
    operation("OF61", "GET", "api/offers/states", conditions),
    operation("RO02", "GET", "api/users/shops/roles", roles),
    operation("SH11", "GET", "api/shipping/zones", zones),
    operation("SH31", "GET", "api/shipping/logistic_classes", logistic_classes),
    operation("SH42", "GET", "api/shipping/configuration/shop", setup),
    operation("SH52", "GET", "api/shipping/charges/shop", charges),
)
