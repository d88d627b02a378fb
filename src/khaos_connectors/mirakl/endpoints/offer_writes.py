"""Whole offers as JSON. What is not sent is reset: use ``import_stock`` and ``import_prices`` for single values."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import cast

import attrs

from khaos_connectors.calls.messages import Call
from khaos_connectors.mirakl.answers import model, refused_locally
from khaos_connectors.mirakl.endpoints.writing import instant, json_request
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.models.additional_fields import AdditionalFieldType, NewAdditionalField
from khaos_connectors.mirakl.models.new_offers import NewOffer
from khaos_connectors.mirakl.models.offer_imports import OfferImport
from khaos_connectors.mirakl.scope import Scope

__all__ = ["LONGEST_SKU", "write_offers"]

LONGEST_SKU = 40
"""The most characters of a seller's SKU, which must hold no slash either."""

_MOST = 2**31 - 1
_LONGEST_LEAD = 44


def write_offers(scope: Scope, offers: Sequence[NewOffer]) -> Call[OfferImport]:
    """Create, replace or delete offers; only an id comes back: OF24.

    Every field of an offer that is None or empty is reset by Mirakl, stock to 0: ``offer_rewrite`` is for changes of
    single fields. Mirakl publishes no largest number; some hundreds are well.
    """
    offers = records(scope, "OF24", "offers", offers, NewOffer)
    if not offers:
        raise refused_locally(scope, "OF24", "offers", "must hold at least one offer")
    rows = [_offer(scope, offer) for offer in offers]
    return Call(
        operation="OF24",
        repeat="same-effect",
        request=json_request("POST", "/api/offers", scope.query(), {"offers": rows}),
        decode=partial(model, OfferImport, scope=scope, operation="OF24"),
    )


def _offer(scope: Scope, offer: NewOffer) -> object:
    sku = offer.shop_sku
    if not sku.strip() or sku != sku.strip() or len(sku) > LONGEST_SKU or "/" in sku:
        problem = f"must have 1 to {LONGEST_SKU} characters, no slash and no blanks around it, not {sku!r}"
        raise refused_locally(scope, "OF24", "offers.shop_sku", problem)
    if offer.leadtime_to_ship is not None and offer.leadtime_to_ship > _LONGEST_LEAD:
        raise refused_locally(scope, "OF24", "offers.leadtime_to_ship", f"must be at most {_LONGEST_LEAD} days")
    return _written(scope, "offers", offer)


def _written(scope: Scope, path: str, value: object) -> object:
    """*value* in JSON under Mirakl's names, which are the fields' own; what is None or empty is left out."""
    if isinstance(value, NewAdditionalField):
        return _field(scope, path, value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return instant(scope, "OF24", path, value)
    if isinstance(value, tuple):
        rows = cast("tuple[object, ...]", value)  # of records, whichever they are
        return [_written(scope, path, each) for each in rows]
    kind = type(value)
    if attrs.has(kind):
        found = {field.name: getattr(value, field.name) for field in attrs.fields(kind)}
        return {name: _written(scope, f"{path}.{name}", each) for name, each in found.items() if each not in (None, ())}
    if isinstance(value, Decimal) and not (value.is_finite() and value >= 0):
        raise refused_locally(scope, "OF24", path, f"must be an amount of 0 or more, not {value}")
    if isinstance(value, int) and not isinstance(value, bool) and not 0 <= value <= _MOST:
        raise refused_locally(scope, "OF24", path, f"must be 0 or more, not {value}")
    return value


def _field(scope: Scope, path: str, field: NewAdditionalField) -> object:
    several = field.type is AdditionalFieldType.MULTIPLE_VALUES_LIST
    if field.type is not None and several is not isinstance(field.value, tuple) and field.value is not None:
        problem = (
            f"{field.code} is of the type {field.type.value}: give {'a tuple of texts' if several else 'one text'}"
        )
        raise refused_locally(scope, "OF24", path, problem)
    value = list(field.value) if isinstance(field.value, tuple) else field.value or ""
    body: dict[str, object] = {"code": field.code, "value": [] if several and not value else value}
    return body if field.type is None else {**body, "type": field.type.value}
