"""Shipments that are there and were never confirmed: somebody prepared them, or Mirakl made only the first half."""

from collections.abc import Mapping, Sequence

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.despatch.known import known_shipments
from khaos_connectors.mirakl.endpoints.paging import chunked
from khaos_connectors.mirakl.models.shipments import NewTracking

__all__ = ["Unconfirmed", "confirm_unconfirmed"]

_MOST_SHIPMENTS = 1000


@attrs.frozen(kw_only=True)
class Unconfirmed:
    """A shipment in SHIPPING, and the tracking that it left with."""

    shipment_id: str
    order_id: OrderId
    tracking: NewTracking


def confirm_unconfirmed(
    caller: Caller, config: MiraklConfig, shipments: Sequence[Unconfirmed]
) -> Flow[Mapping[str, errors.CallError]]:
    """Write the trackings of *shipments* and confirm them: ST23, ST24. The troubles, by id, of those that failed.

    Both may be repeated: the last tracking wins, and a shipment that ST24 refuses is looked for (ST11), because it may
    be confirmed already.
    """
    troubles: dict[str, errors.CallError] = {}
    for chunk in chunked(shipments, _MOST_SHIPMENTS):
        try:
            refused = yield from _confirmed(caller, config, {each.shipment_id: each.tracking for each in chunk})
        except errors.CallError as trouble:
            troubles.update({each.shipment_id: trouble for each in chunk})
            continue
        for id_, message in refused.items():
            words = f"shipment {id_} is there and was not confirmed: {message}"
            troubles[id_] = errors.Conflict(system=config.account, operation="ST24", message=words)
    if troubles:
        try:
            orders = [each.order_id for each in shipments if each.shipment_id in troubles]
            known = yield from known_shipments(caller, config, orders)
        except errors.CallError:
            return troubles  # the look failed too; what is known is the first trouble
        gone = {each.shipment_id for units in known.units.values() for each in units if each.shipped}
        return {id_: trouble for id_, trouble in troubles.items() if id_ not in gone}
    return troubles


def _confirmed(caller: Caller, config: MiraklConfig, trackings: Mapping[str, NewTracking]) -> Flow[Mapping[str, str]]:
    """Why shipments were not confirmed, by id."""
    told = yield from caller.perform(endpoints.set_shipment_trackings(config.scope, trackings))
    refused = {str(row.id): row.message or "no reason given" for row in told.refused}
    if ready := [each for each in trackings if each not in refused]:
        confirmed = yield from caller.perform(endpoints.confirm_shipments(config.scope, ready))
        refused |= {str(row.id): row.message or "no reason given" for row in confirmed.refused}
        silent = [each for each in ready if each not in refused and each not in confirmed.done]
        refused |= dict.fromkeys(silent, "the answer does not name it")
    return refused
