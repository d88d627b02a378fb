"""OF01, OF24 and what follows them: offers written whole. What is not sent is reset, stock to nothing."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.catalogue import referenced
from khaos_connectors.testing.simulators.mirakl.offer_state import OfferDetails, OfferFile, PriceLine
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.product_state import Product
from khaos_connectors.testing.simulators.mirakl.state import Job, MiraklState, OfferState
from khaos_connectors.testing.simulators.mirakl.stock import read_table, uploaded
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, parse

__all__ = [
    "OPERATIONS",
    "begin",
    "money",
    "price_ranges",
    "take_file",
    "take_json",
]

_Catalogue: TypeAlias = Mapping[tuple[str, str], Product]

_LONGEST_SKU = 40
_NUMBERS = ("quantity", "min-quantity-alert", "min-order-quantity", "max-order-quantity", "package-quantity")
_TYPES = {
    "shop_sku": str,
    "product_id": str,
    "product_id_type": str,
    "state_code": str,
    "update_delete": str,
    "logistic_class": str,
    "description": str,
    "internal_description": str,
    "price_additional_info": str,
    "available_started": str,
    "available_ended": str,
    "product_tax_code": str,
    "all_prices": list,
    "offer_additional_fields": list,
    "discount": dict,
}
_COLUMNS = {
    "shop_sku": "sku",
    "state_code": "state",
    "available_started": "available-start-date",
    "available_ended": "available-end-date",
}


def take_file(state: MiraklState, asked: Asked) -> Response:
    """OF01: keeps the file and answers with a number; nothing has changed yet."""
    content, fields = uploaded(asked)
    mode = fields.get("import_mode", "")
    if mode not in ("NORMAL", "REPLACE") or fields.get("with_products", "false") not in ("true", "false"):
        raise Refusal(400, "Bad Request")
    import_id = begin(state, asked.now, "offers", read_table(content), replace=mode == "REPLACE")
    return answer({"import_id": int(import_id)}, status=201, headers={"location": f"/api/offers/imports/{import_id}"})


def take_json(state: MiraklState, asked: Asked) -> Response:
    """OF24: the same for JSON; a field of the wrong kind refuses the whole call."""
    offers = parse(asked.request).get("offers")
    if not isinstance(offers, list) or not offers:
        raise Refusal(400, "Bad Request")
    rows = [_cells(offer) for offer in offers]
    header = tuple(dict.fromkeys(name for row in rows for name in row))
    table = tuple(tuple(row.get(name, "") for name in header) for row in rows)
    import_id = begin(state, asked.now, "offers", (header, table, ";"))
    return answer({"import_id": int(import_id)}, status=201)


def begin(
    state: MiraklState,
    now: datetime,
    kind: Literal["offers", "prices"],
    table: tuple[tuple[str, ...], tuple[tuple[str, ...], ...], str],
    *,
    replace: bool = False,
) -> str:
    """Keep an upload (its header, rows and separator) until it runs; its id."""
    header, rows, delimiter = table
    known = _duplicate(state, now, kind, table, replace=replace)
    if known is not None:
        return known
    import_id = f"{len(state.offer_work.files) + 2001}" if kind == "offers" else f"p-{len(state.offer_work.files) + 1}"
    due = now + timedelta(seconds=state.settings.import_seconds)
    state.offer_work.files[import_id] = OfferFile(
        import_id=import_id,
        kind=kind,
        created_at=now,
        due=due,
        header=header,
        rows=rows,
        delimiter=delimiter,
        replace=replace,
    )
    if kind == "offers":
        state.jobs[f"offers {import_id}"] = Job(due, lambda state, at: _run(state, import_id, at))
    return import_id


def _duplicate(
    state: MiraklState,
    now: datetime,
    kind: Literal["offers", "prices"],
    table: tuple[tuple[str, ...], tuple[tuple[str, ...], ...], str],
    *,
    replace: bool,
) -> str | None:
    """The import that the same upload became a short while ago: the vendor takes the second one for a repeat of it.

    So it does although other uploads came between the two, and nothing is written again.
    """
    since = now - timedelta(seconds=state.settings.duplicate_seconds)
    for file in reversed(state.offer_work.files.values()):
        if file.created_at < since:
            return None
        if kind == file.kind == "offers" and (file.header, file.rows, file.delimiter) == table:
            return file.import_id if file.replace is replace else None
    return None


def _cells(offer: Json) -> dict[str, str]:
    if not isinstance(offer, Mapping):
        raise Refusal(400, "Bad Request")
    for field, kind in _TYPES.items():
        if offer.get(field) is not None and not isinstance(offer[field], kind):
            raise Refusal(400, f"Error with field offers.{field}. Please check the field datatype.")
    cells: dict[str, str] = {}
    for field, value in offer.items():
        if value is None:
            continue
        column = _COLUMNS.get(field, field.replace("_", "-"))
        if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
            cells[column] = str(value)
        elif isinstance(value, bool):
            cells[column] = "true" if value else "false"
        else:
            cells[column] = json.dumps(value, default=str)
    return cells


def _run(state: MiraklState, import_id: str, at: datetime) -> None:
    file = state.offer_work.files[import_id]
    if "sku" not in file.header:
        state.offer_work.files[import_id] = attrs.evolve(file, status="FAILED")
        return
    failed: list[tuple[int, str, tuple[str, ...]]] = []
    counts = {"inserted": 0, "updated": 0, "deleted": 0}
    kept: set[str] = set()
    at_sku = file.header.index("sku")
    begun = any(len(row) > at_sku and row[at_sku].strip() not in state.offers for row in file.rows)
    catalogue = referenced(state) if begun else {}
    for number, row in enumerate(file.rows, start=2):
        cells = {name: cell.strip() for name, cell in zip(file.header, row, strict=False) if cell.strip()}
        kept.add(cells.get("sku", ""))
        reason = _write(state, cells, at, counts, catalogue)
        if reason:
            failed.append((number, reason, row))
    if file.replace:
        for sku in [each for each in state.offers if each not in kept]:
            _delete(state, sku, at)
            counts["deleted"] += 1
    state.offer_work.files[import_id] = attrs.evolve(
        file,
        status="COMPLETE",
        read=len(file.rows),
        done=len(file.rows) - len(failed),
        failed=tuple(failed),
        inserted=counts["inserted"],
        updated=counts["updated"],
        deleted=counts["deleted"],
    )


def _write(
    state: MiraklState, cells: Mapping[str, str], at: datetime, counts: dict[str, int], catalogue: _Catalogue
) -> str:
    sku = cells.get("sku", "")
    known = state.offers.get(sku)
    if not sku or len(sku) > _LONGEST_SKU or "/" in sku:
        return "The SKU is not valid"
    if cells.get("update-delete", "update").lower() == "delete":
        if known is None:
            return "The offer does not exist"
        _delete(state, sku, at)
        counts["deleted"] += 1
        return ""
    reason = _wrong(state, cells, known)
    if reason:
        return reason
    numbers = {name: int(cells[name]) for name in (*_NUMBERS, "leadtime-to-ship") if name in cells}
    quantity = numbers.get("quantity", 0)  # not sent: reset
    price, discount, prices = _prices(cells)
    details = OfferDetails(
        description=cells.get("description"),
        internal_description=cells.get("internal-description"),
        price_additional_info=cells.get("price-additional-info"),
        leadtime_to_ship=numbers.get("leadtime-to-ship"),
        logistic_class=cells.get("logistic-class", "STD"),
        min_quantity_alert=numbers.get("min-quantity-alert"),
        min_order_quantity=numbers.get("min-order-quantity"),
        max_order_quantity=numbers.get("max-order-quantity"),
        package_quantity=numbers.get("package-quantity"),
        available_start=cells.get("available-start-date"),
        available_end=cells.get("available-end-date"),
        product_tax_code=cells.get("product-tax-code"),
        allow_quote_requests=cells.get("allow-quote-requests") == "true",
        msrp=money(cells.get("msrp", "")),
        discount=discount,
        prices=prices,
        additional=_additional(cells),
    )
    base = known or _begun(catalogue, cells, price, quantity)
    state.offers[sku] = attrs.evolve(base, price=price, state_code=cells.get("state", base.state_code), details=details)
    state.offer_work.number(sku, state.offers)
    state.offer_work.changed[sku] = at
    state.offer_work.deleted.pop(sku, None)
    state.move_stock(at, "stock set", sku, quantity, units=quantity)
    counts["updated" if known else "inserted"] += 1
    return ""


def _begun(catalogue: _Catalogue, cells: Mapping[str, str], price: Decimal, quantity: int) -> OfferState:
    """A new offer, on the product that its reference names; one that the catalogue lacks is taken as it is named."""
    kind, value = cells["product-id-type"], cells["product-id"]
    found = catalogue.get((kind, value))
    if found is None:
        return OfferState(price=price, quantity=quantity, product_sku=value if kind == "SKU" else "")
    return OfferState(price=price, quantity=quantity, product_sku=found.sku, title=found.title, category=found.category)


def _wrong(state: MiraklState, cells: Mapping[str, str], known: OfferState | None) -> str:
    if cells["sku"] in state.settings.failing_skus:
        return "The offer could not be updated, please try again"
    if known is None and not (cells.get("product-id") and cells.get("product-id-type")):
        return "The product does not exist"
    if known is None and "state" not in cells:
        return "The state is required"
    if money(cells.get("price", "")) is None:
        return "The price must be a positive number"
    for name in (*_NUMBERS, "leadtime-to-ship"):
        if name in cells and not (cells[name].isascii() and cells[name].isdigit()):
            return f"The field {name} must be a positive integer"
    if int(cells.get("leadtime-to-ship", "0")) >= 45:
        return "The leadtime-to-ship must be less than 45"
    return ""


def _delete(state: MiraklState, sku: str, at: datetime) -> None:
    state.offer_work.number(sku, state.offers)
    gone = state.offers.pop(sku)
    state.offer_work.deleted[sku] = at
    state.note(at, "stock set", sku=sku, units=-gone.quantity, stock=0)


def money(text: str) -> Decimal | None:
    """A price of 0 or more, None for anything else."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def price_ranges(text: str) -> tuple[tuple[int, Decimal], ...]:
    """Prices by quantity, written ``5|109.20,10|108.736``. Raises ``ValueError``."""
    pairs = (part.partition("|") for part in text.split(",") if part.strip())
    return tuple((int(at), Decimal(price)) for at, _, price in pairs)


def _prices(cells: Mapping[str, str]) -> tuple[Decimal, PriceLine | None, tuple[PriceLine, ...]]:
    price = Decimal(cells["price"])
    lines = [_line(row) for row in json.loads(cells.get("all-prices", "[]"), parse_float=Decimal)]
    retail = json.loads(cells.get("retail-prices", "[]"), parse_float=Decimal)
    lines += [attrs.evolve(_line(row), retail=True) for row in retail]
    default = next((line for line in lines if line.default), None)
    if default is not None:
        price = default.price
    rest = tuple(line for line in lines if not line.default)
    told: Mapping[str, Json] | None = json.loads(cells.get("discount", "null"), parse_float=Decimal)
    if told is None and "discount-price" not in cells:
        rich = default is not None and bool(default.discount or default.ranges or default.discount_ranges)
        return price, default if rich else None, rest
    columns = {"price": "discount-price", "start_date": "discount-start-date", "end_date": "discount-end-date"}
    lower = told or {name: cells.get(column) for name, column in columns.items()}
    ranges = lower.get("ranges")
    rows = [row for row in ranges if isinstance(row, Mapping)] if isinstance(ranges, list) else []
    discount = PriceLine(
        price=price,
        discount=None if lower.get("price") is None else Decimal(str(lower["price"])),
        discount_start=_text(lower.get("start_date")),
        discount_end=_text(lower.get("end_date")),
        ranges=() if default is None else default.ranges,
        discount_ranges=tuple((int(str(row["quantity_threshold"])), Decimal(str(row["price"]))) for row in rows),
    )
    return price, discount, rest


def _line(row: Mapping[str, Json]) -> PriceLine:
    def number(value: Json) -> Decimal | None:
        return None if value is None else Decimal(str(value))

    volumes = row.get("volume_prices") or []
    assert isinstance(volumes, list)
    origins: list[tuple[int, Decimal]] = []
    lower: list[tuple[int, Decimal]] = []
    for each in volumes:
        assert isinstance(each, Mapping)
        at = int(str(each["quantity_threshold"]))
        origins.append((at, Decimal(str(each["unit_origin_price"]))))
        if each.get("unit_discount_price") is not None:
            lower.append((at, Decimal(str(each["unit_discount_price"]))))
    channel = row.get("channel_code")
    return PriceLine(
        price=number(row.get("unit_origin_price")) or Decimal(0),
        discount=number(row.get("unit_discount_price")),
        discount_start=_text(row.get("discount_start_date")),
        discount_end=_text(row.get("discount_end_date")),
        ranges=tuple(origins),
        discount_ranges=tuple(lower),
        channels=() if channel is None else (str(channel),),
    )


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


def _additional(cells: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    rows = json.loads(cells.get("offer-additional-fields", "[]"))
    return tuple((row["code"], str(row["value"])) for row in rows if row.get("value"))


OPERATIONS = (
    operation("OF01", "POST", "api/offers/imports", take_file),
    operation("OF24", "POST", "api/offers", take_json),
)
