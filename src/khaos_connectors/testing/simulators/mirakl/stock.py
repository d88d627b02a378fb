"""STO01 to STO03: stock files that are taken at once, run later, and end well although some of their rows fail."""

import csv
import io
import random
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message

import attrs

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.state import MiraklState, StockImport
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, stamp

__all__ = [
    "OPERATIONS",
    "error_report",
    "failed_rows",
    "import_status",
    "read_table",
    "run_import",
    "take_import",
    "uploaded",
]

_NEEDED = ("offer-sku", "quantity")
_FIRST_ID = 1001
_MOST_UNITS = 1_000_000_000


def take_import(state: MiraklState, asked: Asked) -> Response:
    """STO01: keeps the file and answers with an id; nothing has changed yet."""
    _needs_imports(state)
    content, _ = uploaded(asked)
    import_id = str(_FIRST_ID + len(state.imports))
    due = asked.now + timedelta(seconds=state.settings.import_seconds)
    header, rows, delimiter = read_table(content)
    state.imports[import_id] = StockImport(
        import_id=import_id, created_at=asked.now, due=due, header=header, rows=rows, delimiter=delimiter
    )
    location = f"/api/offers/stock/imports/{import_id}/status"
    return answer({"import_id": import_id}, status=201, headers={"location": location})


def _needs_imports(state: MiraklState) -> None:
    if not state.settings.stock_imports:
        raise Refusal(404, "Not Found")


def uploaded(asked: Asked) -> tuple[bytes, dict[str, str]]:
    """The part named ``file`` of a form, and the form's plain fields."""
    kind = asked.request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise Refusal(415, "Unsupported Media Type")
    message: Message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + asked.request.body)
    if message.defects or not message.is_multipart():
        raise Refusal(400, "Bad Request")
    content: bytes | None = None
    fields: dict[str, str] = {}
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        found = part.get_payload(decode=True)
        if name == "file" and part.get_filename():
            content = content or (found if isinstance(found, bytes) else b"")
        elif isinstance(name, str) and isinstance(found, bytes):
            fields[name] = found.decode("utf-8", "replace")
    if content is None:
        raise Refusal(400, "Required part 'file' is not present.")
    return content, fields


def read_table(content: bytes) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], str]:
    """The header, the rows and the separator of a CSV; empty where it is none."""
    try:
        text = content.decode("utf-8-sig")
        delimiter = ";" if ";" in text.partition("\n")[0] else ","
        table = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)]
    except (UnicodeDecodeError, csv.Error):
        return (), (), ";"
    if not table:
        return (), (), delimiter
    return tuple(name.strip() for name in table[0]), tuple(table[1:]), delimiter


def run_import(state: MiraklState, import_id: str) -> None:
    """Apply a file that is due, at the moment at which it was due: its quantities replace whatever stands there."""
    file = state.imports[import_id]
    if any(name not in file.header for name in _NEEDED):
        state.imports[import_id] = attrs.evolve(file, status="FAILED")
        return
    failed: list[tuple[int, str, tuple[str, ...]]] = []
    done = 0
    for number, row in enumerate(file.rows, start=2):  # line 1 of a file is its header
        if not any(cell.strip() for cell in row):
            continue
        reason = _apply(state, file, number, row)
        if reason:
            failed.append((number, reason, row))
        else:
            done += 1
    state.imports[import_id] = attrs.evolve(file, status="COMPLETE", done=done, failed=tuple(failed))


def _apply(state: MiraklState, file: StockImport, number: int, row: tuple[str, ...]) -> str:
    if len(row) != len(file.header):
        return f"The line has {len(row)} columns, {len(file.header)} were expected"
    cells = {name: cell.strip() for name, cell in zip(file.header, row, strict=True)}
    sku, text = cells["offer-sku"], cells["quantity"]
    if sku not in state.offers:
        return "The offer does not exist"
    warehouse, details = cells.get("warehouse-code", ""), state.offers[sku].details
    if warehouse and warehouse not in dict(details.warehouses):
        return "The warehouse does not exist"
    if cells.get("update-delete", "").lower() not in ("", "update"):
        return "The operation is not allowed without a warehouse"
    if not (text.isascii() and text.isdigit()) or int(text) > _MOST_UNITS:
        return "The quantity must be a positive integer"
    if _unlucky(state, file, number, sku):
        return "The offer could not be updated, please try again"
    units = int(text)
    if warehouse:
        held = {**dict(details.warehouses), warehouse: units}
        state.offers[sku] = attrs.evolve(
            state.offers[sku], details=attrs.evolve(details, warehouses=tuple(held.items()))
        )
        units = sum(held.values())
    state.move_stock(file.due, "stock set", sku, units, units=units, reference=file.import_id)
    return ""


def _unlucky(state: MiraklState, file: StockImport, number: int, sku: str) -> bool:
    if state.failures_due.get(sku, 0) > 0:
        state.failures_due[sku] -= 1
        return True
    chance = random.Random(f"row {state.settings.seed} {file.import_id} {number}")
    return sku in state.settings.failing_skus or chance.random() < state.settings.failing_rate


def import_status(state: MiraklState, asked: Asked) -> Response:
    """STO02: how far the file is. ``COMPLETE`` says nothing about its rows; the counters appear only then."""
    file = _import(state, asked)
    body: dict[str, Json] = {
        "import_id": file.import_id,
        "shop_id": state.settings.shop_id,
        "date_created": stamp(file.created_at),
        "status": _status(file, asked.now),
        "has_error_report": bool(file.failed),
    }
    if file.status == "COMPLETE":
        body |= {"lines_in_success": file.done, "lines_in_error": len(file.failed)}
    return answer(body)


def _status(file: StockImport, now: datetime) -> str:
    if file.status != "WAITING":
        return file.status
    return "WAITING" if now < file.created_at + (file.due - file.created_at) / 2 else "RUNNING"


def error_report(state: MiraklState, asked: Asked) -> Response:
    """STO03: the failed rows as CSV: line number, reason, then the columns that were sent."""
    file = _import(state, asked)
    if not file.failed:
        raise Refusal(404, "Not Found")
    return failed_rows(file.header, file.failed, file.delimiter)


def failed_rows(
    header: tuple[str, ...], failed: tuple[tuple[int, str, tuple[str, ...]], ...], delimiter: str, *, last: bool = False
) -> Response:
    """An error report: line number and reason beside the columns that were sent, before them or (*last*) after them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    why = ("error-line", "error-message")
    writer.writerow((*header, *why) if last else (*why, *header))
    writer.writerows((*row, number, why) if last else (number, why, *row) for number, why, row in failed)
    return Response(status=200, headers={"content-type": "text/csv;charset=UTF-8"}, body=text.getvalue().encode())


def _import(state: MiraklState, asked: Asked) -> StockImport:
    _needs_imports(state)
    file = state.imports.get(asked.ids[0])
    if file is None:
        raise Refusal(404, f"Import with id '{asked.ids[0]}' not found")
    return file


OPERATIONS = (
    operation("STO01", "POST", "api/offers/stock/imports", take_import),
    operation("STO02", "GET", "api/offers/stock/imports/*/status", import_status),
    operation("STO03", "GET", "api/offers/stock/imports/*/error_report", error_report),
)
