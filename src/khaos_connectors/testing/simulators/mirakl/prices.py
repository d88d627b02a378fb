"""PRI01 to PRI03: price files. All prices of an offer in a file take the place of all that it had."""

from collections.abc import Mapping
from datetime import datetime
from decimal import InvalidOperation

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.offer_imports import begin, money, price_ranges
from khaos_connectors.testing.simulators.mirakl.offer_state import OfferFile, PriceLine
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.seek import frozen, seek
from khaos_connectors.testing.simulators.mirakl.state import Job, MiraklState
from khaos_connectors.testing.simulators.mirakl.stock import failed_rows, read_table, uploaded
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, stamp

__all__ = ["OPERATIONS", "error_report", "list_imports", "take_import"]

_MOST_PRICES = 50
_COLUMNS = frozenset(
    {
        "offer-sku",
        "price",
        "price-ranges",
        "discount-price",
        "discount-ranges",
        "discount-start-date",
        "discount-end-date",
        "channels",
        "start-date",
        "end-date",
        "customer-organization-ids",
        "customer-group-ids",
        "price-type",
    }
)


def take_import(state: MiraklState, asked: Asked) -> Response:
    """PRI01: keeps the file and answers with an id; nothing has changed yet."""
    content, _ = uploaded(asked)
    import_id = begin(state, asked.now, "prices", read_table(content))
    due = state.offer_work.files[import_id].due
    state.jobs[f"prices {import_id}"] = Job(due, lambda state, at: _run(state, import_id, at))
    return answer({"import_id": import_id}, status=201)


def _run(state: MiraklState, import_id: str, at: datetime) -> None:
    file = state.offer_work.files[import_id]
    if not {"offer-sku", "price"} <= set(file.header) <= _COLUMNS:
        state.offer_work.files[import_id] = attrs.evolve(file, status="FAILED")
        return
    offers: dict[str, list[tuple[int, tuple[str, ...], Mapping[str, str]]]] = {}
    for number, row in enumerate(file.rows, start=2):
        if any(cell.strip() for cell in row):
            cells = {name: cell.strip() for name, cell in zip(file.header, row, strict=False) if cell.strip()}
            offers.setdefault(cells.get("offer-sku", ""), []).append((number, row, cells))
    failed: list[tuple[int, str, tuple[str, ...]]] = []
    done = lost = 0
    for sku, lines in offers.items():
        problems = _replace(state, sku, [cells for _, _, cells in lines], at)
        lost += bool(problems)
        done += 0 if problems else len(lines)
        failed += [(number, problems[at_row], row) for at_row, (number, row, _) in enumerate(lines) if problems]
    state.offer_work.files[import_id] = attrs.evolve(
        file,
        status="COMPLETE",
        read=len(file.rows),
        done=done,
        failed=tuple(failed),
        updated=len(offers) - lost,
        offers_failed=lost,
    )


def _replace(state: MiraklState, sku: str, rows: list[Mapping[str, str]], at: datetime) -> list[str]:
    """Give an offer new prices; a reason for each line when that was not possible."""
    found = [_line(cells) for cells in rows]
    default = [line for line in found if isinstance(line, PriceLine) and line.default]
    why = ""
    if sku not in state.offers or sku in state.settings.failing_skus:
        why = "The offer does not exist"
    elif len(rows) > _MOST_PRICES:
        why = f"The offer has more than {_MOST_PRICES} prices"
    elif len(default) != 1 and not any(isinstance(line, str) for line in found):
        why = "The offer must have exactly one default price"
    if why or any(isinstance(line, str) for line in found):
        return [why or (line if isinstance(line, str) else "Another price of the offer is wrong") for line in found]
    offer = state.offers[sku]
    first = default[0]
    rich = first.discount is not None or first.ranges or first.discount_ranges
    details = attrs.evolve(
        offer.details,
        discount=first if rich else None,
        prices=tuple(line for line in found if isinstance(line, PriceLine) and line is not first),
    )
    state.offers[sku] = attrs.evolve(offer, price=first.price, details=details)
    state.offer_work.changed[sku] = at
    return []


def _line(cells: Mapping[str, str]) -> PriceLine | str:
    price = money(cells.get("price", ""))
    if price is None:
        return "The price must be a positive number"
    discount = money(cells["discount-price"]) if "discount-price" in cells else None
    if "discount-price" in cells and (discount is None or discount >= price):
        return "The discount price must be less than the price"
    try:
        ranges, lower = price_ranges(cells.get("price-ranges", "")), price_ranges(cells.get("discount-ranges", ""))
    except (ValueError, InvalidOperation):
        return "The ranges are not readable"
    return PriceLine(
        price=price,
        discount=discount,
        discount_start=cells.get("discount-start-date"),
        discount_end=cells.get("discount-end-date"),
        ranges=ranges,
        discount_ranges=lower,
        channels=_several(cells, "channels"),
        organizations=_several(cells, "customer-organization-ids"),
        groups=_several(cells, "customer-group-ids"),
        start=cells.get("start-date"),
        end=cells.get("end-date"),
        retail=cells.get("price-type", "PRICE") == "RETAIL-PRICE",
    )


def _several(cells: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part for part in cells.get(name, "").split("|") if part)


def list_imports(state: MiraklState, asked: Asked) -> Response:
    """PRI02: every price import, or those that are asked for by id."""
    first, after = frozen(asked)
    wanted, status, origins = set(first.repeated("import_id")), first.one("status"), first.repeated("origins")
    since, until = first.moment("start_date"), first.moment("end_date")
    rows = [
        file
        for file in state.offer_work.files.values()
        if file.kind == "prices"
        and (not wanted or file.import_id in wanted)
        and (status is None or file.status == status)
        and (since is None or file.created_at >= since)
        and (until is None or file.created_at <= until)
        and (not origins or "API" in origins)
    ]
    if (first.one("sort") or "").endswith("DESC"):
        rows.reverse()
    return seek(first, after, rows, key=lambda file: file.import_id, show=lambda file: _shown(state, file))


def _shown(state: MiraklState, file: OfferFile) -> Json:
    return {
        "import_id": file.import_id,
        "date_created": stamp(file.created_at),
        "status": file.status,
        "has_error_report": bool(file.failed),
        "lines_in_success": file.done,
        "lines_in_error": len(file.failed),
        "offers_in_error": file.offers_failed,
        "offers_updated": file.updated,
        "origin": "API",
        "reason_status": None,
        "shop_id": state.settings.shop_id,
    }


def error_report(state: MiraklState, asked: Asked) -> Response:
    """PRI03: the failed rows: line number, reason, then the columns that were sent."""
    file = state.offer_work.files.get(asked.ids[0])
    if file is None or file.kind != "prices" or not file.failed:
        raise Refusal(404, "Not Found")
    return failed_rows(file.header, file.failed, file.delimiter)


OPERATIONS = (
    operation("PRI01", "POST", "api/offers/pricing/imports", take_import),
    operation("PRI02", "GET", "api/offers/pricing/imports", list_imports),
    operation("PRI03", "GET", "api/offers/pricing/imports/*/error_report", error_report),
)
