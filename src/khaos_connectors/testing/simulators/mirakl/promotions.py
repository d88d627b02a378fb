"""PR01, PR03, PR04: promotions that the shop writes, the operator approves, and time begins and ends."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.catalogue import product_sku, referenced
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.promotion_state import Promotion
from khaos_connectors.testing.simulators.mirakl.state import MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, parse, stamp

__all__ = ["OPERATIONS", "change", "create", "decide", "list_promotions"]

_STATES = ("PENDING", "ACTIVE", "EXPIRED", "PENDING_APPROVAL", "REJECTED")
_REWARDS = {
    "AMOUNT_OFF": "amount_off",
    "FREE_ITEMS": "free_items_quantity",
    "PERCENTAGE_OFF": "percentage_off",
    "REDUCED_UNIT_PRICE": "reduced_unit_price",
}
_TRIGGERS = {
    "MINIMUM_QUANTITY": "quantity_purchased",
    "EVERY_QUANTITY": "quantity_purchased",
    "MINIMUM_AMOUNT": "amount_purchased",
    "EVERY_AMOUNT": "amount_purchased",
}
_SELECTIONS = ("OFFER", "PRODUCT", "CATEGORY", "BRAND")
_SORTS = ("startDate", "endDate", "dateCreated")
_WHOLE = ("free_items_quantity", "quantity_purchased")


# Writing


def create(state: MiraklState, asked: Asked) -> Response:
    """PR03: a promotion under the shop's own id; an id that is taken is refused."""
    body = parse(asked.request)
    internal_id = _text(body, "internal_id")
    reward, trigger = _object(body, "reward"), _object(body, "trigger")
    for told, amounts, name in ((reward, _REWARDS, "reward"), (trigger, _TRIGGERS, "trigger")):
        field = amounts.get(_text(told, "type", f"{name}.type"))
        if field is None:
            raise _wrong(f"{name}.type")
        _amount(told, field, f"{name}.{field}")
    starts, ends = _checked(body)
    if internal_id in state.promotions:
        raise Refusal(400, f"A promotion with internal_id '{internal_id}' already exists")
    state.promotions[internal_id] = Promotion(
        internal_id=internal_id,
        created_at=asked.now,
        updated_at=asked.now,
        starts=starts,
        ends=ends,
        written=body,
        decision="approved" if state.settings.promotions_approved else "",
    )
    return Response(status=201, headers={"location": f"/api/promotions?ids={internal_id}"})


def change(state: MiraklState, asked: Asked) -> Response:
    """PR04: everything but the kinds and amounts of what is given, which stay; what has ended stays too."""
    known = state.promotions.get(asked.ids[0])
    if known is None:
        raise Refusal(404, f"Promotion with internal_id '{asked.ids[0]}' not found")
    if known.state(asked.now) in ("EXPIRED", "REJECTED"):
        raise Refusal(400, f"Promotion with internal_id '{asked.ids[0]}' cannot be changed")
    body = parse(asked.request)
    starts, ends = _checked(body)
    kept = {
        name: {**_object(known.written, name), "selection": _object(body, name).get("selection")}
        for name in ("reward", "trigger")
    }
    written: Mapping[str, Json] = {**body, **kept, "internal_id": known.internal_id}
    state.promotions[known.internal_id] = attrs.evolve(
        known, updated_at=asked.now, starts=starts, ends=ends, written=written
    )
    return Response(status=200)


def decide(state: MiraklState, now: datetime, internal_id: str, decision: Literal["approved", "rejected"]) -> None:
    """The operator approves or rejects a promotion."""
    known = state.promotions[internal_id]
    state.promotions[internal_id] = attrs.evolve(known, decision=decision, updated_at=now)


def _checked(body: Mapping[str, Json]) -> tuple[datetime, datetime | None]:
    """When the promotion begins and ends; refuses what both writes refuse."""
    _text(body, "internal_description")
    _selection(_object(body, "reward"), "reward", ("PURCHASED_ITEMS", *_SELECTIONS))
    trigger = _object(body, "trigger")
    if trigger.get("selection") is not None or "type" not in trigger:
        _selection(trigger, "trigger", ("ALL", *_SELECTIONS))
    starts = _moment(_text(body, "start_date"), "start_date")
    ends = None if body.get("end_date") is None else _moment(_text(body, "end_date"), "end_date")
    if ends is not None and ends <= starts:
        raise Refusal(400, "end_date must be after start_date")
    return starts, ends


def _wrong(field: str) -> Refusal:
    return Refusal(400, f"Error with field {field}. Please check the field datatype.")


def _text(told: Mapping[str, Json], name: str, path: str = "") -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(path or name)
    return value


def _object(told: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    value = told.get(name)
    if not isinstance(value, Mapping):
        raise _wrong(name)
    return value


def _amount(told: Mapping[str, Json], name: str, path: str) -> None:
    value = told.get(name)
    number = isinstance(value, int) if name in _WHOLE else isinstance(value, int | Decimal)
    if not number or isinstance(value, bool):
        raise _wrong(path)


def _selection(told: Mapping[str, Json], name: str, kinds: Sequence[str]) -> None:
    picked = _object(told, "selection")
    kind = _text(picked, "type", f"{name}.selection.type")
    values = picked.get("values")
    if kind not in kinds or (kind in _SELECTIONS and not (isinstance(values, list) and values)):
        raise _wrong(f"{name}.selection")


def _moment(text: str, path: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as broken:
        raise _wrong(path) from broken
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# Reading


def list_promotions(state: MiraklState, asked: Asked) -> Response:
    """PR01: promotions, newest first; only the active ones unless ``states`` says otherwise."""
    states = asked.commas("states") or ("ACTIVE",)
    if set(states) - {*_STATES, "ALL"}:
        raise Refusal(400, "Invalid value for the parameter : states")
    locale = asked.one("locale")
    if locale is not None:
        asked.choice("locale", locale, state.settings.locales)
    sort = asked.choice("sort", "startDate", _SORTS)
    rows = [each for each in state.promotions.values() if _asked_for(state, asked, each, states)]
    rows.sort(key=_moments(sort), reverse=asked.choice("order", "desc", ("asc", "desc")) == "desc")
    page, headers = asked.page(rows)
    shown: list[Json] = [_shown(state, each, asked.now, locale) for each in page]
    return answer({"promotions": shown, "total_count": len(rows)}, headers=headers)


def _moments(sort: str) -> Callable[[Promotion], datetime]:
    """What a list is sorted by; what never ends comes after all that does."""

    def moment(each: Promotion) -> datetime:
        if sort == "startDate":
            return each.starts
        return each.created_at if sort == "dateCreated" else each.ends or datetime.max.replace(tzinfo=UTC)

    return moment


def _asked_for(state: MiraklState, asked: Asked, each: Promotion, states: tuple[str, ...]) -> bool:
    ids, types, channels = asked.commas("ids"), asked.commas("types"), asked.commas("channel_codes")
    wanted = {name: set(asked.commas(f"{name}_offer_ids")) for name in ("trigger", "reward")}
    after, before = asked.moment("ending_after"), asked.moment("starting_before")
    made_from, made_to = asked.moment("date_created_from"), asked.moment("date_created_to")
    since = asked.moment("last_request_date")
    own = _texts(each.written.get("channel_codes"))
    return (
        ("ALL" in states or each.state(asked.now) in states)
        and (not ids or each.internal_id in ids)
        and (not types or _object(each.written, "reward")["type"] in types)
        and (not channels or not own or bool(set(channels) & set(own)))
        and all(not some or some & {str(one) for one in _offers(state, each, name)} for name, some in wanted.items())
        and (after is None or each.ends is None or each.ends > after)
        and (before is None or each.starts < before)
        and (made_from is None or each.created_at >= made_from)
        and (made_to is None or each.created_at <= made_to)
        and (since is None or each.updated_at >= since)
    )


def _offers(state: MiraklState, each: Promotion, name: str) -> list[int]:
    """The shop's offers that a promotion's *name* (trigger or reward) picks; none for what is bought anyway."""
    picked = _object(each.written, name).get("selection")
    if not isinstance(picked, Mapping):
        return []
    kind, values = picked.get("type"), picked.get("values")
    rows = values if isinstance(values, list) else []
    texts = set(_texts(rows))
    known = referenced(state) if kind == "PRODUCT" else {}
    pairs = [(str(row.get("type")), str(row.get("value"))) for row in rows if isinstance(row, Mapping)]
    skus = {known[pair].sku for pair in pairs if pair in known}
    return [
        number
        for sku, offer in state.offers.items()
        for number in [state.offer_work.number(sku, state.offers)]
        if kind == "ALL"
        or (kind == "OFFER" and texts & {str(number), sku})
        or (kind == "CATEGORY" and offer.category in texts)
        or (kind == "PRODUCT" and product_sku(state, sku) in skus)
    ]


def _texts(value: Json) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _shown(state: MiraklState, each: Promotion, now: datetime, locale: str | None) -> Json:
    told, reward, trigger = each.written, _object(each.written, "reward"), _object(each.written, "trigger")
    kind, on = str(reward["type"]), str(trigger["type"])
    channels: list[Json] = [{"code": code, "label": code} for code in _texts(told.get("channel_codes"))]
    begins: dict[str, Json] = {"type": on.lower(), _TRIGGERS[on]: trigger[_TRIGGERS[on]]}
    if on.endswith("_QUANTITY"):
        begins["same_item_purchased"] = trigger.get("same_item_purchased") is True
    body: dict[str, Json] = {
        "internal_id": each.internal_id,
        "internal_description": told["internal_description"],
        "type": kind,
        "state": each.state(now),
        "date_created": stamp(each.created_at),
        "last_updated": stamp(each.updated_at),
        "start_date": stamp(each.starts),
        "end_date": stamp(each.ends),
        "application_to_cart": told.get("application_to_cart") or [],
        "channels": channels,
        "customer_group_ids": _texts(told.get("customer_group_ids")),
        "customer_organization_ids": _texts(told.get("customer_organization_ids")),
        "medias": [],
        "public_descriptions": _descriptions(state, told.get("public_descriptions"), locale),
        "trigger_offer_ids": _offers(state, each, "trigger"),
        "triggers": [begins],
        "reward_offer_ids": _offers(state, each, "reward"),
        "reward_on_purchased_items": _object(reward, "selection")["type"] == "PURCHASED_ITEMS",
        _REWARDS[kind]: reward[_REWARDS[kind]],
    }
    if reward.get("max_quantity_to_discount") is not None:
        body["max_quantity_to_discount"] = reward["max_quantity_to_discount"]
    return body


def _descriptions(state: MiraklState, told: Json, locale: str | None) -> list[Json]:
    """Descriptions in every language; in *locale*, or the platform's where there is none, if one is asked for."""
    rows = [row for row in told if isinstance(row, Mapping)] if isinstance(told, list) else []
    for wanted in () if locale is None else (locale, state.settings.locales[0]):
        if found := [row for row in rows if row.get("locale") == wanted]:
            return list(found)
    return list(rows) if locale is None else []


OPERATIONS = (
    operation("PR01", "GET", "api/promotions", list_promotions),
    operation("PR03", "POST", "api/promotions", create),
    operation("PR04", "PUT", "api/promotions/*", change),
)
