"""What the operator settles once for all: health, feature switches, and the codes that everything else speaks in."""

from collections.abc import Collection, Sequence
from functools import partial

from khaos_connectors import errors
from khaos_connectors.calls.decode import parse_json, read
from khaos_connectors.calls.messages import Call, Page, Request, Response
from khaos_connectors.mirakl.answers import model, nothing
from khaos_connectors.mirakl.endpoints.paging import Listing, whole_list
from khaos_connectors.mirakl.endpoints.writing import comma_list, flag
from khaos_connectors.mirakl.given import codes
from khaos_connectors.mirakl.models.platform import (
    Currency,
    CustomField,
    Locale,
    OfferCondition,
    Platform,
    Reason,
    SalesChannel,
    Version,
)
from khaos_connectors.mirakl.models.platform_codes import Entity, ReasonType
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

__all__ = [
    "get_platform",
    "get_version",
    "list_channels",
    "list_currencies",
    "list_custom_fields",
    "list_locales",
    "list_offer_conditions",
    "list_reasons",
    "usable_reasons",
]

_FIELDS = Listing(
    operation="AF01", path="/api/additional_fields", record=CustomField, field="additional_fields", id="code",
    translated=True, may_lack=True,
)  # fmt: skip
_CHANNELS = Listing(
    operation="CH11",
    path="/api/channels",
    record=SalesChannel,
    field="channels",
    id="code",
    translated=True,
    may_lack=True,
)
_CURRENCIES = Listing(
    operation="CUR01",
    path="/api/currencies",
    record=Currency,
    field="currencies",
    id="code",
    translated=True,
    may_lack=True,
)
_LOCALES = Listing(operation="L01", path="/api/locales", record=Locale, field="locales", id="code", may_lack=True)
_CONDITIONS = Listing(
    operation="OF61",
    path="/api/offers/states",
    record=OfferCondition,
    field="offer_states",
    id="code",
    translated=True,
    may_lack=True,
)
_REASONS = Listing(
    operation="RE01", path="/api/reasons", record=Reason, field="reasons", id="code", translated=True, may_lack=True
)


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


def get_platform(scope: Scope) -> Call[Platform]:
    """The operator's feature switches: PC01."""
    return Call(
        operation="PC01",
        repeat="free",
        request=Request(method="GET", path="/api/platform/configuration", query=scope.query()),
        decode=partial(model, Platform, scope=scope, operation="PC01"),
    )


def list_custom_fields(scope: Scope, entities: Sequence[Entity] = ()) -> Call[Page[Read[CustomField] | Broken]]:
    """The fields that the operator added, to the *entities* given or to all: AF01."""
    wanted = comma_list(scope, "AF01", "entities", codes(scope, "AF01", "entities", entities, Entity))
    return whole_list(scope, _FIELDS, [("entities", wanted)])


def list_channels(scope: Scope) -> Call[Page[Read[SalesChannel] | Broken]]:
    """The operator's sales channels: CH11."""
    return whole_list(scope, _CHANNELS)


def list_currencies(scope: Scope) -> Call[Page[Read[Currency] | Broken]]:
    """The currencies that are switched on: CUR01."""
    return whole_list(scope, _CURRENCIES)


def list_locales(scope: Scope) -> Call[Page[Read[Locale] | Broken]]:
    """The languages that are switched on: L01."""
    return whole_list(scope, _LOCALES)


def list_offer_conditions(scope: Scope, *, active: bool | None = None) -> Call[Page[Read[OfferCondition] | Broken]]:
    """The conditions that goods may be in, those in use only or all: OF61."""
    return whole_list(scope, _CONDITIONS, [("active", flag(active))])


def list_reasons(scope: Scope) -> Call[Page[Read[Reason] | Broken]]:
    """Every reason for anything, those that only the operator may use among them: RE01."""
    return whole_list(scope, _REASONS)


def usable_reasons(reasons: Collection[Read[Reason] | Broken], kind: ReasonType) -> tuple[Reason, ...]:
    """Those of RE01's reasons that a seller may give for *kind*. Pure."""
    read_ones = (row.record for row in reasons if isinstance(row, Read))
    return tuple(reason for reason in read_ones if reason.type is kind and reason.is_shop_right)
