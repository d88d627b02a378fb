"""P41 and what follows it: a file of products is read, sent on to the operator, and answered later or never."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from email import message_from_bytes
from itertools import count

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.catalogue import lineage, referenced, tree
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.product_state import (
    Attribute,
    Category,
    Product,
    ProductImport,
    WrongRow,
)
from khaos_connectors.testing.simulators.mirakl.state import Job, MiraklState
from khaos_connectors.testing.simulators.mirakl.stock import read_table, uploaded
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, stamp

__all__ = [
    "OPERATIONS",
    "error_report",
    "import_status",
    "list_imports",
    "new_products",
    "source_errors",
    "take_file",
    "transformed_file",
]

_FIRST_ID = 2001
_FIRST_PRODUCT = 100_000_000_001
_OPTIONS = ("ai_enrichment", "ai_rewrite", "ai_translation")
_ENDS = ("CANCELLED", "WAITING", "RUNNING", "SENT", "COMPLETE", "FAILED", "TRANSFORMATION_WAITING",
         "TRANSFORMATION_RUNNING", "TRANSFORMATION_FAILED")  # fmt: skip


def take_file(state: MiraklState, asked: Asked) -> Response:
    """P41: keeps the file and answers with a number. Its columns are the codes of attributes; only CSV is played."""
    content, fields = uploaded(asked)
    own, conversion = fields.get("operator_format", "false"), fields.get("conversion_type", "")
    if own not in ("true", "false") or conversion not in ("", "AI_CONVERTER", "STANDARD"):
        raise Refusal(400, "Bad Request")
    if content.startswith((b"PK", b"<")):
        raise Refusal(400, "the simulator does not play P41 with XLSX or XML: send CSV")
    header, rows, delimiter = read_table(content)
    import_id = _FIRST_ID + len(state.products.imports)
    state.products.imports[import_id] = ProductImport(
        import_id=import_id,
        created_at=asked.now,
        changed_at=asked.now,
        header=header,
        rows=tuple(row for row in rows if any(cell.strip() for cell in row)),
        delimiter=delimiter,
        own_format=own == "true",
        conversion=conversion,
        options=_options(asked),
        status="WAITING" if own == "true" else "TRANSFORMATION_WAITING",
    )
    due = asked.now + timedelta(seconds=state.settings.products.transform_seconds)
    state.jobs[_job(import_id)] = Job(due, lambda state, at: _read(state, import_id, at))
    headers = {"location": f"/api/products/imports/{import_id}"}
    return answer({"import_id": import_id}, status=201, headers=headers)


def _options(asked: Asked) -> dict[str, str]:
    """What is asked of the converter; a bare 400 where that part does not say of itself that it is JSON."""
    kind = asked.request.headers.get("content-type", "")
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + asked.request.body)
    for part in message.walk():
        if part.get_param("name", header="content-disposition") != "conversion_options":
            continue
        raw = part.get_payload(decode=True)
        try:
            told: Json = json.loads(raw) if isinstance(raw, bytes) else None
        except ValueError:
            told = None
        if part.get_content_type() != "application/json" or not isinstance(told, Mapping):
            raise Refusal(400, "Bad Request")
        return {name: _status(told[name]) for name in _OPTIONS if told.get(name) is not None}
    return {}


def _status(told: Json) -> str:
    status = told.get("status") if isinstance(told, Mapping) else None
    if not isinstance(status, str) or status not in ("ENABLED", "DISABLED"):
        raise Refusal(400, "Bad Request")
    return status


def _job(import_id: int) -> str:
    return f"products {import_id}"


# What becomes of a file


def _read(state: MiraklState, import_id: int, at: datetime) -> None:
    """Look at every row; those without an error go on to the operator, if there are any."""
    file, attributes = state.products.imports[import_id], state.settings.products.attributes
    needed = [each.code for each in attributes if each.role in ("CATEGORY", "SHOP_SKU")]
    missing = [code for code in needed if code not in file.header]
    if missing:
        failed = "FAILED" if file.own_format else "TRANSFORMATION_FAILED"
        reason = f"The file has no column for {', '.join(missing)}"
        state.products.imports[import_id] = attrs.evolve(file, status=failed, reason=reason, changed_at=at)
        return
    good: list[tuple[str, ...]] = []
    complaints: list[WrongRow] = []
    known = tree(state)
    for line, row in enumerate(file.rows, start=2):  # line 1 of a file is its header
        warnings, errors = _judged(state, known, _cells(file, row))
        if warnings or errors:
            complaints.append(WrongRow(line=line, row=row, warnings=warnings, errors=errors))
        if not errors:
            good.append(row)
    state.products.imports[import_id] = attrs.evolve(
        file,
        status="SENT" if good else "COMPLETE",
        good=tuple(good),
        complaints=tuple(complaints),
        changed_at=at,
    )
    wait = state.settings.products.answer_seconds
    if good and wait is not None:
        due = at + timedelta(seconds=wait)
        state.jobs[_job(import_id)] = Job(due, lambda state, at: _answered(state, import_id, at))


def _answered(state: MiraklState, import_id: int, at: datetime) -> None:
    """The operator takes what it wants into its catalogue and says what it does not want; an EAN is one product."""
    file, settings = state.products.imports[import_id], state.settings.products
    added: list[str] = []
    refused: list[tuple[str, str]] = []
    known = referenced(state)
    numbers = _free_numbers(known)
    for row in file.good:
        cells = _cells(file, row)
        sku = _role(settings.attributes, cells, "SHOP_SKU")
        if sku in settings.refused:
            refused.append((sku, settings.refused[sku]))
            continue
        code = _role(settings.attributes, cells, "UNIQUE_IDENTIFIER")
        there = known.get(("EAN", code))
        product = Product(
            sku=next(numbers) if there is None else there.sku,
            title=_role(settings.attributes, cells, "TITLE"),
            category=_role(settings.attributes, cells, "CATEGORY"),
            references=there.references if there is not None else (("EAN", code),) if code else (),
        )
        state.products.added[product.sku] = product
        known.update(dict.fromkeys((("SKU", product.sku), *product.references), product))
        added.append(sku)
    state.products.imports[import_id] = attrs.evolve(
        file, status="COMPLETE", added=tuple(added), refused=tuple(refused), changed_at=at
    )


def _free_numbers(known: Mapping[tuple[str, str], Product]) -> Iterator[str]:
    numbers = (f"MKP{number:012d}" for number in count(_FIRST_PRODUCT))
    return (number for number in numbers if ("SKU", number) not in known)


def _cells(file: ProductImport, row: tuple[str, ...]) -> dict[str, str]:
    return {name: cell.strip() for name, cell in zip(file.header, row, strict=False)}


def _role(attributes: Iterable[Attribute], cells: Mapping[str, str], role: str) -> str:
    return next((cells.get(each.code, "") for each in attributes if each.role == role), "")


def _judged(
    state: MiraklState, known: dict[str, Category], cells: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Warnings and errors of a row, each as code and text; of the codes only 1001 is known to be the vendor's."""
    settings = state.settings.products
    category = _role(settings.attributes, cells, "CATEGORY")
    if category not in known:
        return (), (f"1001|Category {category} is unknown",)
    line, warnings, errors = lineage(known, category), list[str](), list[str]()
    lists = {each.code: dict(each.values) for each in settings.value_lists}
    for each in settings.attributes:
        if each.level == "DISABLED" or (each.category and each.category not in line):
            continue
        text = cells.get(each.code, "")
        if not text and each.level == "REQUIRED":
            errors.append(f"1000|The attribute '{each.code}' ({each.label}) is required")
        elif not text and each.level == "RECOMMENDED":
            warnings.append(f"1002|The attribute '{each.code}' ({each.label}) is recommended")
        elif text and each.values and text not in lists.get(each.values, {}):
            errors.append(f"2004|The value '{text}' of '{each.code}' is not in the list {each.values}")
        elif each.longest is not None and len(text) > each.longest:
            errors.append(f"2005|The attribute '{each.code}' has more than {each.longest} characters")
    return tuple(warnings), tuple(errors)


# What is told of it


def list_imports(state: MiraklState, asked: Asked) -> Response:
    """P51: files of products, a page at a time."""
    since, wanted = asked.moment("last_request_date"), asked.one("status")
    if wanted is not None and wanted not in _ENDS:
        raise Refusal(400, "Invalid value for the parameter : status")
    with_file = asked.flag("has_transformed_file") is True
    asked.choice("sort", "dateCreated", ("dateCreated",))
    rows = [
        file
        for file in state.products.imports.values()
        if (since is None or file.changed_at >= since)
        and (wanted is None or _stage(state, file, asked.now) == wanted)
        and (not with_file or _has_file(file))
    ]
    if asked.choice("order", "asc", ("asc", "desc")) == "desc":
        rows.reverse()
    page, headers = asked.page(rows)
    shown: list[Json] = [_shown(state, file, asked.now) for file in page]
    return answer({"product_import_trackings": shown, "total_count": len(rows)}, headers=headers)


def import_status(state: MiraklState, asked: Asked) -> Response:
    """P42: how far a file is."""
    return answer(_shown(state, _file(state, asked), asked.now))


def _stage(state: MiraklState, file: ProductImport, now: datetime) -> str:
    half = file.created_at + timedelta(seconds=state.settings.products.transform_seconds / 2)
    running = file.status.endswith("WAITING") and now >= half
    return file.status.replace("WAITING", "RUNNING") if running else file.status


def _has_file(file: ProductImport) -> bool:
    return file.read and bool(file.good)


def _shown(state: MiraklState, file: ProductImport, now: datetime) -> Json:
    wrong = [each for each in file.complaints if each.errors]
    body: dict[str, Json] = {
        "import_id": file.import_id,
        "shop_id": state.settings.shop_id,
        "date_created": stamp(file.created_at),
        "import_status": _stage(state, file, now),
        "reason_status": file.reason or None,
        "has_error_report": bool(file.refused),
        "has_new_product_report": bool(file.added),
        "has_transformation_error_report": bool(file.complaints),
        "has_transformed_file": _has_file(file),
        "transform_lines_read": len(file.rows) if file.read else 0,
        "transform_lines_in_success": len(file.good),
        "transform_lines_in_error": len(wrong),
        "transform_lines_with_warning": sum(1 for each in file.complaints if each.warnings and not each.errors),
    }
    if file.conversion == "AI_CONVERTER":
        options: dict[str, Json] = {name: {"status": status} for name, status in file.options.items()}
        body |= {"conversion_type": file.conversion, "conversion_options": options}
    if file.status == "COMPLETE":
        counts: Json = {
            "products_successfully_synchronized": len(file.added),
            "rejected_products": len(file.refused),
            "invalid_products": 0,
        }
        body["integration_details"] = counts
    return body


def error_report(state: MiraklState, asked: Asked) -> Response:
    """P44: the products that the operator did not take, by the seller's SKU."""
    return _table(("shop_sku", "error"), _file(state, asked).refused)


def new_products(state: MiraklState, asked: Asked) -> Response:
    """P45: the products that the operator took."""
    return _table(("shop_sku", "warning"), [(sku, "") for sku in _file(state, asked).added])


def transformed_file(state: MiraklState, asked: Asked) -> Response:
    """P46: the rows that were sent on."""
    file = _file(state, asked)
    return _table(file.header, file.good, kind="text/csv;charset=UTF-8")


def source_errors(state: MiraklState, asked: Asked) -> Response:
    """P47: the rows with complaints as they came, then line, warnings and errors."""
    file = _file(state, asked)
    rows = [(*each.row, str(each.line), ",".join(each.warnings), ",".join(each.errors)) for each in file.complaints]
    return _table((*file.header, "line number", "warnings", "errors"), rows)


def _table(
    header: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, kind: str = "application/octet-stream"
) -> Response:
    listed = list(rows)
    if not listed:
        raise Refusal(404, "Not Found")
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(header)
    writer.writerows(listed)
    return Response(status=200, headers={"content-type": kind}, body=text.getvalue().encode())


def _file(state: MiraklState, asked: Asked) -> ProductImport:
    text = asked.ids[0]
    file = state.products.imports.get(int(text)) if text.isascii() and text.isdigit() else None
    if file is None:
        raise Refusal(404, f"Import with id '{text}' not found")
    return file


OPERATIONS = (
    operation("P41", "POST", "api/products/imports", take_file),
    operation("P51", "GET", "api/products/imports", list_imports),
    operation("P42", "GET", "api/products/imports/*", import_status),
    operation("P44", "GET", "api/products/imports/*/error_report", error_report),
    operation("P45", "GET", "api/products/imports/*/new_product_report", new_products),
    operation("P46", "GET", "api/products/imports/*/transformed_file", transformed_file),
    operation("P47", "GET", "api/products/imports/*/transformation_error_report", source_errors),
)
