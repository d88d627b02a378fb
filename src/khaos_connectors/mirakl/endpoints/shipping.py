"""How goods may travel on the platform, and how the own shop sends them."""

from functools import partial

from khaos_connectors.calls.messages import Call, Page, Request
from khaos_connectors.mirakl.answers import model
from khaos_connectors.mirakl.endpoints.paging import Listing, whole_list
from khaos_connectors.mirakl.endpoints.writing import flag
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.models.shipping import (
    Carrier,
    LogisticClass,
    ShippingCharges,
    ShippingSetup,
    ShippingType,
    ShippingZone,
)
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "get_shipping_charges",
    "get_shipping_setup",
    "list_carriers",
    "list_logistic_classes",
    "list_shipping_types",
    "list_shipping_zones",
]

_ZONES = Listing(
    operation="SH11", path="/api/shipping/zones", record=ShippingZone, field="shipping_zones", id="code",
    translated=True, may_lack=True,
)  # fmt: skip
_TYPES = Listing(
    operation="SH12", path="/api/shipping/types", record=ShippingType, field="shipping_types", id="code",
    translated=True, may_lack=True,
)  # fmt: skip
_CARRIERS = Listing(
    operation="SH21", path="/api/shipping/carriers", record=Carrier, field="carriers", id="code", may_lack=True
)
_CLASSES = Listing(
    operation="SH31", path="/api/shipping/logistic_classes", record=LogisticClass, field="logistic_classes", id="code",
    translated=True, may_lack=True,
)  # fmt: skip


def list_shipping_zones(scope: Scope) -> Call[Page[Read[ShippingZone] | Broken]]:
    """Where goods go to on this platform: SH11."""
    return whole_list(scope, _ZONES)


def list_shipping_types(scope: Scope) -> Call[Page[Read[ShippingType] | Broken]]:
    """The operator's shipping methods, with whether each wants a tracking number: SH12."""
    return whole_list(scope, _TYPES)


def list_carriers(scope: Scope) -> Call[Page[Read[Carrier] | Broken]]:
    """The carriers that the operator registered: SH21."""
    return whole_list(scope, _CARRIERS)


def list_logistic_classes(scope: Scope) -> Call[Page[Read[LogisticClass] | Broken]]:
    """The sizes of goods by which shipping is charged: SH31."""
    return whole_list(scope, _CLASSES)


def get_shipping_setup(scope: Scope) -> Call[ShippingSetup]:
    """When the own shop sends: days until goods leave, cut-offs, days under way: SH42."""
    return Call(
        operation="SH42",
        repeat="free",
        request=Request(method="GET", path="/api/shipping/configuration/shop", query=scope.query()),
        decode=partial(model, ShippingSetup, scope=scope, operation="SH42"),
    )


def get_shipping_charges(scope: Scope, *, overridden_by_shop: bool | None = None) -> Call[ShippingCharges]:
    """What the own shop charges for shipping: its own rows, the platform's, or both: SH52."""
    query = scope.query(("overridden_by_shop", flag(overridden_by_shop)))
    return Call(
        operation="SH52",
        repeat="free",
        request=Request(method="GET", path="/api/shipping/charges/shop", query=query),
        decode=partial(model, ShippingCharges, scope=scope, operation="SH52"),
    )
