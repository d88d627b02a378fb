"""The instance about itself: health, own shop, platform settings, carriers and shipping methods."""

from functools import partial

from khaos_connectors import errors
from khaos_connectors.calls.decode import parse_json, read
from khaos_connectors.calls.messages import Call, Request, Response
from khaos_connectors.mirakl.answers import model, nothing
from khaos_connectors.mirakl.models.platform import Account, Platform, Version
from khaos_connectors.mirakl.models.shipments import CarrierList, ShippingTypeList
from khaos_connectors.mirakl.scope import Scope

__all__ = ["get_account", "get_platform", "get_version", "list_carriers", "list_shipping_types"]


def get_version(scope: Scope) -> Call[Version]:
    """That the instance answers, and its version where it tells one: V01."""

    def decode(response: Response) -> Version:
        nothing(response, scope=scope, operation="V01")
        try:
            body = parse_json(response, system=scope.account, operation="V01")
            return read(Version, body, system=scope.account, operation="V01")
        except errors.Undecodable:
            return Version()  # only the status is promised

    request = Request(method="GET", path="/api/version", query=scope.query())
    return Call(operation="V01", repeat="free", request=request, decode=decode)


def get_account(scope: Scope) -> Call[Account]:
    """The own shop, which proves key and shop together: A01."""
    return Call(
        operation="A01",
        repeat="free",
        request=Request(method="GET", path="/api/account", query=scope.query()),
        decode=partial(model, Account, scope=scope, operation="A01"),
    )


def get_platform(scope: Scope) -> Call[Platform]:
    """The operator's feature switches: PC01."""
    return Call(
        operation="PC01",
        repeat="free",
        request=Request(method="GET", path="/api/platform/configuration", query=scope.query()),
        decode=partial(model, Platform, scope=scope, operation="PC01"),
    )


def list_carriers(scope: Scope) -> Call[CarrierList]:
    """The carriers that the operator registered: SH21."""
    return Call(
        operation="SH21",
        repeat="free",
        request=Request(method="GET", path="/api/shipping/carriers", query=scope.query()),
        decode=partial(model, CarrierList, scope=scope, operation="SH21"),
    )


def list_shipping_types(scope: Scope) -> Call[ShippingTypeList]:
    """The operator's shipping methods, with whether each wants a tracking number: SH12."""
    return Call(
        operation="SH12",
        repeat="free",
        request=Request(method="GET", path="/api/shipping/types", query=scope.query(translated=True)),
        decode=partial(model, ShippingTypeList, scope=scope, operation="SH12"),
    )
