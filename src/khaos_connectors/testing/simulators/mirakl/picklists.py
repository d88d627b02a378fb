"""PL11: what the operator will fetch from the shop, and when."""

from datetime import datetime

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.promotion_state import Picklist, Stage
from khaos_connectors.testing.simulators.mirakl.seek import frozen, seek
from khaos_connectors.testing.simulators.mirakl.state import MiraklState, OrderLine
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, stamp

__all__ = ["OPERATIONS", "call_for", "list_picklists", "prepare"]

_STATES = ("NOTHING_TO_PREPARE", "WAITING_PREPARATION", "IN_PREPARATION", "READY_FOR_PICKUP", "CLOSED")
_LEFT = ("SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED")


def call_for(state: MiraklState, now: datetime, order_ids: tuple[str, ...], pickup: datetime, run: str) -> str:
    """The operator will fetch all lines of those orders at *pickup*: the pick list's id."""
    picklist_id = f"picklist-{len(state.picklists) + 1:04d}"
    lines = tuple((order_id, line.line_id) for order_id in order_ids for line in state.orders[order_id].lines)
    state.picklists[picklist_id] = Picklist(
        picklist_id=picklist_id, created_at=now, updated_at=now, pickup=pickup, run=run, lines=lines
    )
    return picklist_id


def prepare(state: MiraklState, now: datetime, picklist_id: str, stage: Stage) -> None:
    """The shop has got that far with a pick list, in its back office."""
    state.picklists[picklist_id] = attrs.evolve(state.picklists[picklist_id], stage=stage, updated_at=now)


def list_picklists(state: MiraklState, asked: Asked) -> Response:
    """PL11: pick lists by the time of the pick-up. How they stand follows from their orders."""
    first, after = frozen(asked)
    since, until = first.moment("pickup_date_min"), first.moment("pickup_date_max")
    run, ids = first.one("pickrun_code"), first.repeated("picklist_id")
    states, line_ids = first.repeated("picklist_state"), set(first.repeated("order_line_id"))
    if set(states) - set(_STATES):
        raise Refusal(400, "Invalid value for the parameter : picklist_state")
    sort = first.choice("sort", "pickupDate,ASC", ("pickupDate", "pickupDate,ASC", "pickupDate,DESC"))
    rows = [
        each
        for each in state.picklists.values()
        if (since is None or each.pickup >= since)
        and (until is None or each.pickup <= until)
        and run in (None, each.run)
        and (not ids or each.picklist_id in ids)
        and (not states or _state(state, each) in states)
        and (not line_ids or line_ids & {line_id for _, line_id in each.lines})
    ]
    rows.sort(key=lambda each: (each.pickup, each.picklist_id), reverse=sort.endswith("DESC"))
    return seek(first, after, rows, key=lambda each: each.picklist_id, show=lambda each: _shown(state, each))


def _lines(state: MiraklState, each: Picklist) -> list[OrderLine]:
    found = (state.orders[order_id].line(line_id) for order_id, line_id in each.lines)
    return [line for line in found if line is not None and line.open]


def _state(state: MiraklState, each: Picklist) -> str:
    lines = _lines(state, each)
    if not lines:
        return "NOTHING_TO_PREPARE"
    return "CLOSED" if all(line.state in _LEFT for line in lines) else each.stage


def _shown(state: MiraklState, each: Picklist) -> Json:
    units: dict[int, int] = {}
    for line in _lines(state, each):
        units[line.offer_id] = units.get(line.offer_id, 0) + line.quantity
    changes = [state.orders[order_id].updated_at for order_id, _ in each.lines]
    return {
        "id": each.picklist_id,
        "shop_id": state.settings.shop_id,
        "date_created": stamp(each.created_at),
        "last_updated": stamp(max(each.updated_at, *changes)),
        "pickup_date": stamp(each.pickup),
        "pickrun_code": each.run or None,
        "state": _state(state, each),
        "order_lines": [{"id": line_id} for _, line_id in each.lines],
        "picklist_lines": [{"offer_id": offer_id, "quantity": count} for offer_id, count in units.items()],
    }


OPERATIONS = (operation("PL11", "GET", "api/picklists", list_picklists),)
