"""OF21, OF22 and P11: the shop's offers as the simulated marketplace shows them."""

from collections.abc import Sequence
from decimal import Decimal

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.catalogue import category_label, product_of, product_sku, referenced
from khaos_connectors.testing.simulators.mirakl.offer_state import PriceLine
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.state import MiraklState, OfferState, cents
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer

__all__ = ["OPERATIONS", "list_market", "list_offers", "one_offer"]

_KEPT_FROM_OTHERS = (
    "active", "all_prices", "allow_quote_requests", "applicable_pricing", "available_end_date", "available_start_date",
    "channels", "currency_iso_code", "description", "discount", "inactivity_reasons", "leadtime_to_ship",
    "logistic_class", "min_quantity_alert", "min_shipping_price", "min_shipping_price_additional", "min_shipping_type",
    "min_shipping_zone", "offer_additional_fields", "price", "price_additional_info", "shipping_deadline", "state_code",
    "total_price",
)  # fmt: skip


def list_offers(state: MiraklState, asked: Asked) -> Response:
    """OF21: the shop's offers, a page at a time. The product tax code is kept for OF22."""
    sku, product, states = asked.one("sku"), asked.one("product_id"), asked.commas("offer_state_codes")
    asked.choice("locale", state.settings.locales[0], state.settings.locales)
    sort = asked.choice("sort", "totalPrice", ("totalPrice", "price", "productTitle"))
    backwards = asked.choice("order", "asc", ("asc", "desc")) == "desc"
    none_wanted = asked.flag("favorite") is True  # nobody marks offers as favourites here
    rows = [
        (state.offer_work.number(code, state.offers), code, offer)
        for code, offer in _candidates(state, sku)
        if (product is None or product_sku(state, code) == product)
        and (not states or offer.state_code in states)
        and not none_wanted
    ]
    rows.sort(key=lambda row: (row[2].title if sort == "productTitle" else "", row[2].price, row[0]), reverse=backwards)
    page, headers = asked.page(rows)
    body: Json = {"offers": [_offer(state, code, offer) for _, code, offer in page], "total_count": len(rows)}
    return answer(body, amounts_as_strings=state.settings.amounts_as_strings, headers=headers)


def one_offer(state: MiraklState, asked: Asked) -> Response:
    """OF22: one offer by the vendor's number, with its product tax code."""
    asked.choice("locale", state.settings.locales[0], state.settings.locales)
    for sku, offer in state.offers.items():
        if str(state.offer_work.number(sku, state.offers)) == asked.ids[0]:
            body = {**_offer(state, sku, offer), "product_tax_code": offer.details.product_tax_code}
            return answer(body, amounts_as_strings=state.settings.amounts_as_strings)
    raise Refusal(404, "Not Found")


def list_market(state: MiraklState, asked: Asked) -> Response:
    """P11: the offers on products, with blanks where they would tell whose they are; there is no other shop here."""
    asked.choice("locale", state.settings.locales[0], state.settings.locales)
    asked.choice("sort", "bestPrice", ("bestPrice", "bestEvaluation"))
    skus, references = asked.commas("product_ids"), asked.commas("product_references")
    if not skus and not references:
        raise Refusal(400, "Required parameter 'product_ids' is not present.")
    pairs = [("SKU", sku) for sku in skus] or [(text.partition("|")[0], text.partition("|")[2]) for text in references]
    known = referenced(state)
    found = {known[pair].sku: known[pair] for pair in pairs if pair in known}
    everything, states = asked.flag("all_offers") is True, asked.commas("offer_state_codes")
    rows: list[Json] = []
    for sku in sorted(found):
        offers = [
            (offer.price, code)
            for code, offer in state.offers.items()
            if product_sku(state, code) == sku
            and (everything or offer.active)
            and (not states or offer.state_code in states)
        ]
        ordered = [code for _, code in sorted(offers, reverse=asked.choice("order", "asc", ("asc", "desc")) == "desc")]
        shown: list[Json] = [_market_offer(state, code, state.offers[code]) for code in ordered]
        each = found[sku]
        rows.append(
            {
                "product_sku": sku,
                "product_title": each.title,
                "product_references": [{"reference": value, "reference_type": kind} for kind, value in each.references],
                "category_code": each.category,
                "category_label": category_label(state, each.category),
                "offers": shown,
                "total_count": len(shown),
            }
        )
    page, headers = asked.page(rows)
    return answer({"products": page}, amounts_as_strings=state.settings.amounts_as_strings, headers=headers)


def _market_offer(state: MiraklState, sku: str, offer: OfferState) -> Json:
    own = _offer(state, sku, offer)
    return {
        **{name: own[name] for name in _KEPT_FROM_OTHERS},
        "offer_id": 0,
        "quantity": 999,
        "shop_id": None,
        "shop_name": state.settings.shop_name,
        "shop_grade": None,
        "nb_evaluation": 0,
        "is_professional": True,
        "premium": False,
        "shipping_types": [],
    }


def _candidates(state: MiraklState, sku: str | None) -> Sequence[tuple[str, OfferState]]:
    if sku is None:
        return list(state.offers.items())
    return [(sku, state.offers[sku])] if sku in state.offers else []


def _offer(state: MiraklState, sku: str, offer: OfferState) -> dict[str, Json]:
    more, product = offer.details, product_of(state, sku)
    default = more.discount or PriceLine(price=offer.price)
    lines = [PriceLine(price=offer.price) if more.discount is None else default, *more.prices]
    shown = [_price(line) for line in lines if not line.retail]
    paid = cents(offer.price if default.discount is None else default.discount)
    channel = state.settings.channel
    found: dict[str, Json] = {
        "offer_id": state.offer_work.number(sku, state.offers),
        "shop_sku": sku,
        "product_sku": product.sku,
        "product_title": product.title,
        "product_references": [{"reference": value, "reference_type": kind} for kind, value in product.references],
        "product_brand": None,
        "product_description": None,
        "category_code": product.category,
        "category_label": category_label(state, product.category),
        "description": more.description,
        "internal_description": more.internal_description,
        "active": offer.active,
        "inactivity_reasons": [*offer.inactive, *([] if offer.quantity > 0 else ["ZERO_QUANTITY"])],
        "quantity": offer.quantity,
        "warehouses": [{"code": code, "quantity": units} for code, units in more.warehouses],
        "price": paid,
        "total_price": paid,
        "price_additional_info": more.price_additional_info,
        "applicable_pricing": shown[0],
        "all_prices": shown,
        "discount": None if more.discount is None else _discount(more.discount),
        "currency_iso_code": state.settings.currency,
        "state_code": offer.state_code,
        "leadtime_to_ship": more.leadtime_to_ship or 1,
        "shipping_deadline": None,
        "logistic_class": {"code": more.logistic_class, "label": more.logistic_class.title()},
        "min_shipping_price": 0,
        "min_shipping_price_additional": 0,
        "min_shipping_type": state.settings.shipping_types[0].code,
        "min_shipping_zone": "UK",
        "min_order_quantity": more.min_order_quantity,
        "max_order_quantity": more.max_order_quantity,
        "package_quantity": more.package_quantity,
        "min_quantity_alert": more.min_quantity_alert,
        "available_start_date": more.available_start,
        "available_end_date": more.available_end,
        "allow_quote_requests": more.allow_quote_requests,
        "channels": [] if channel is None else [channel],
        "offer_additional_fields": [
            {"code": code, "type": "STRING", "value": value} for code, value in more.additional
        ],
        "fulfillment": {"center": {"code": "DEFAULT"}},
    }
    if state.settings.model == "DROPSHIP":
        found |= {"msrp": more.msrp, "retail_prices": [_retail(line) for line in more.prices if line.retail]}
    return found


def _price(line: PriceLine) -> Json:
    origin, discount = cents(line.price), None if line.discount is None else cents(line.discount)
    found: dict[str, Json] = {
        "channel_code": line.channels[0] if line.channels else None,
        "price": discount or origin,
        "unit_origin_price": origin,
        "unit_discount_price": discount,
        "discount_start_date": line.discount_start,
        "discount_end_date": line.discount_end,
        "volume_prices": _volumes(line, origin, discount),
    }
    if not line.default:
        context: dict[str, Json] = {
            "channel_codes": list(line.channels),
            "customer_organization_ids": list(line.organizations),
            "customer_group_ids": list(line.groups),
        }
        times: dict[str, Json] = {"start_date": line.start, "end_date": line.end}
        found["context"] = {**context, **{name: time for name, time in times.items() if time}}
    return found


def _volumes(line: PriceLine, origin: Decimal, discount: Decimal | None) -> Json:
    origins, discounts = dict(line.ranges), dict(line.discount_ranges)
    origins.setdefault(1, origin)
    if discount is not None:
        discounts.setdefault(1, discount)
    rows: list[Json] = []
    last: Decimal = origin
    for threshold in sorted({*origins, *discounts}):
        last = origins.get(threshold, last)
        lower = discounts.get(threshold)
        rows.append(
            {
                "quantity_threshold": threshold,
                "price": lower or last,
                "unit_origin_price": last,
                "unit_discount_price": lower,
            }
        )
    return rows


def _discount(line: PriceLine) -> Json:
    return {
        "origin_price": cents(line.price),
        "discount_price": line.discount,
        "start_date": line.discount_start,
        "end_date": line.discount_end,
        "ranges": [{"quantity_threshold": at, "price": price} for at, price in line.discount_ranges],
    }


def _retail(line: PriceLine) -> Json:
    return {
        "price": line.discount or line.price,
        "unit_origin_price": line.price,
        "unit_discount_price": line.discount,
        "discount_start_date": line.discount_start,
        "discount_end_date": line.discount_end,
    }


OPERATIONS = (
    operation("OF21", "GET", "api/offers", list_offers),
    operation("OF22", "GET", "api/offers/*", one_offer),
    operation("P11", "GET", "api/products/offers", list_market),
)
