"""The columns of an exported offer in CSV, under the names that the JSON export gives the same things. Pure."""

import re
from collections.abc import Mapping

__all__ = ["offer_of_columns"]

_TEXTS = (
    "shop-sku",
    "quantity",
    "offer-id",
    "product-sku",
    "state-code",
    "date-created",
    "last-updated",
    "msrp",
    "price-additional-info",
    "currency-iso-code",
    "product-tax-code",
    "description",
    "favorite-rank",
    "shop-id",
    "shop-name",
    "leadtime-to-ship",
    "min-shipping-price",
    "min-shipping-price-additional",
    "min-shipping-type",
    "min-shipping-zone",
    "min-order-quantity",
    "max-order-quantity",
    "package-quantity",
    "available-start-date",
    "available-end-date",
)
_FLAGS = {
    "active": "active",
    "deleted": "deleted",
    "premium": "premium",
    "professional": "is_professional",
    "allow-quote-requests": "allow_quote_requests",
}
_QUALIFIED = re.compile(r"(?P<name>[a-z-]+)\[(?P<key>[^\]]+)\]")


def offer_of_columns(cells: Mapping[str, str]) -> dict[str, object]:
    """The offer in one row of a CSV as the JSON export would show it; empty cells are left out."""
    given = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    found: dict[str, object] = {name.replace("-", "_"): given[name] for name in _TEXTS if name in given}
    for name, field in _FLAGS.items():
        if name in given:
            found[field] = {"true": True, "false": False}.get(given[name].lower(), given[name])
    if "channels" in given:
        found["channels"] = given["channels"].split("|")
    if "logistic-class" in given:
        found["logistic_class"] = {"code": given["logistic-class"]}
    if "fulfillment-center-code" in given:
        found["fulfillment"] = {"center": {"code": given["fulfillment-center-code"]}}
    if "ongoing-discount-campaigns" in given:
        campaigns = re.split(r"[|,]", given["ongoing-discount-campaigns"])
        found["ongoing_discount_campaigns"] = [{"identifier": each} for each in campaigns]
    found["prices"] = _prices(given)
    if "origin-retail-price" in given or "retail-price" in given:
        found["retail_prices"] = [_retail(given)]
    found["eco_contributions"] = _contributions(given)
    found["shipping_types"] = _shipping(given)
    return found


def _prices(given: Mapping[str, str]) -> list[dict[str, object]]:
    channels = dict.fromkeys(
        match["key"].removeprefix("channel=")
        for name in given
        if (match := _QUALIFIED.fullmatch(name)) and match["key"].startswith("channel=")
    )
    default = _price(given, "")
    found = [default] if default else []
    for channel in channels:
        price = _price(given, f"[channel={channel}]")
        if price:
            found.append({**price, "context": {"channel_codes": [channel]}})
    return found


def _price(given: Mapping[str, str], end: str) -> dict[str, object]:
    names = {
        "origin_price": ("origin-price", "price"),
        "discount_price": ("discount-price",),
        "discount_start_date": ("discount-start-date",),
        "discount_end_date": ("discount-end-date",),
    }
    found = _first_of(given, {field: tuple(name + end for name in columns) for field, columns in names.items()})
    origins = _ranges(given.get(f"price-ranges{end}", ""))
    discounts = _ranges(given.get(f"discount-ranges{end}", ""))
    if origins or discounts:
        found["volume_prices"] = [
            {
                "quantity_threshold": threshold,
                "unit_origin_price": origins.get(threshold),
                "unit_discount_price": discounts.get(threshold),
            }
            for threshold in sorted({*origins, *discounts}, key=lambda each: (len(each), each))
        ]
    return found


def _ranges(cell: str) -> dict[str, str]:
    pairs = (part.partition("|") for part in cell.split(",") if part.strip())
    return {threshold.strip(): price.strip() for threshold, _, price in pairs}


def _retail(given: Mapping[str, str]) -> dict[str, object]:
    names = {
        "origin_price": ("origin-retail-price", "retail-price"),
        "discount_price": ("discount-retail-price",),
        "discount_start_date": ("discount-retail-price-start-date",),
        "discount_end_date": ("discount-retail-price-end-date",),
    }
    return _first_of(given, names)


def _first_of(given: Mapping[str, str], names: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    """Each field from the first of its columns that is filled."""
    found = {field: [given[column] for column in columns if column in given] for field, columns in names.items()}
    return {field: cells[0] for field, cells in found.items() if cells}


def _contributions(given: Mapping[str, str]) -> list[dict[str, object]]:
    names = {"producer-id": "producer_id", "eco-contribution-amount": "eco_contribution_amount"}
    found: dict[str, dict[str, object]] = {}
    for column, cell in given.items():
        match = _QUALIFIED.fullmatch(column)
        if match and match["name"] in names:
            row = found.setdefault(match["key"], {"epr_category_code": match["key"]})
            row[names[match["name"]]] = cell
    return list(found.values())


def _shipping(given: Mapping[str, str]) -> list[dict[str, object]]:
    names = {
        "shipping-price": "shipping_price_unit",
        "shipping-price-additional": "shipping_price_additional_unit",
        "shipping-price-type": "shipping_price_type",
    }
    days = {"delivery-time-earliest-days": "earliest_days", "delivery-time-latest-days": "latest_days"}
    found: dict[str, dict[str, object]] = {}
    times: dict[str, dict[str, object]] = {}
    for column, cell in given.items():
        match = _QUALIFIED.fullmatch(column)
        where = dict(part.split("=", 1) for part in match["key"].split(",") if "=" in part) if match else {}
        if not match or "method" not in where or match["name"] not in {**names, **days}:
            continue
        start: dict[str, object] = {"code": where["method"], "shipping_zone_code": where.get("zone")}
        row = found.setdefault(match["key"], start)
        if match["name"] in names:
            row[names[match["name"]]] = cell
        else:
            times.setdefault(match["key"], {})[days[match["name"]]] = cell
    return [{**row, "delivery_time": times[key]} if key in times else row for key, row in found.items()]
