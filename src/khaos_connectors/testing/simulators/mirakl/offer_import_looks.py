"""OF02 to OF04: what became of the offers that were written whole."""

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.offer_state import OfferFile
from khaos_connectors.testing.simulators.mirakl.operations import operation
from khaos_connectors.testing.simulators.mirakl.seek import frozen, seek
from khaos_connectors.testing.simulators.mirakl.state import MiraklState
from khaos_connectors.testing.simulators.mirakl.stock import failed_rows
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Json, Refusal, answer, stamp

__all__ = ["OPERATIONS", "error_report", "import_status", "list_imports"]


def import_status(state: MiraklState, asked: Asked) -> Response:
    """OF02: how far the file is."""
    return answer({name: value for name, value in _shown(state, _file(state, asked)).items() if name not in _LISTED})


_LISTED = ("origin", "shop_id")


def list_imports(state: MiraklState, asked: Asked) -> Response:
    """OF04: every import of offers."""
    first, after = frozen(asked)
    since, until = first.moment("start_date"), first.moment("end_date")
    status, mode, origins = first.one("status"), first.one("mode"), first.repeated("origins")
    rows = [
        file
        for file in state.offer_work.files.values()
        if file.kind == "offers"
        and (since is None or file.created_at >= since)
        and (until is None or file.created_at <= until)
        and (status is None or file.status == status)
        and (mode is None or (mode == "REPLACE") is file.replace)
        and (not origins or "API" in origins)
    ]
    if (first.one("sort") or "").endswith("DESC"):
        rows.reverse()
    return seek(first, after, rows, key=lambda file: file.import_id, show=lambda file: _shown(state, file))


def _shown(state: MiraklState, file: OfferFile) -> dict[str, Json]:
    body: dict[str, Json] = {
        "import_id": int(file.import_id),
        "date_created": stamp(file.created_at),
        "status": file.status,
        "mode": "REPLACE" if file.replace else "NORMAL",
        "has_error_report": bool(file.failed),
        "lines_read": file.read,
        "lines_in_success": file.done,
        "lines_in_error": len(file.failed),
        "lines_in_pending": 0,
        "offer_inserted": file.inserted,
        "offer_updated": file.updated,
        "offer_deleted": file.deleted,
        "origin": "API",
        "shop_id": state.settings.shop_id,
    }
    return body


def error_report(state: MiraklState, asked: Asked) -> Response:
    """OF03: the failed rows: the columns that were sent, then the line and the reason."""
    file = _file(state, asked)
    if not file.failed:
        raise Refusal(404, "Not Found")
    return failed_rows(file.header, file.failed, file.delimiter, last=True)


def _file(state: MiraklState, asked: Asked) -> OfferFile:
    file = state.offer_work.files.get(asked.ids[0])
    if file is None or file.kind != "offers":
        raise Refusal(404, "Not Found")
    return file


OPERATIONS = (
    operation("OF04", "GET", "api/offers/imports", list_imports),
    operation("OF02", "GET", "api/offers/imports/*", import_status),
    operation("OF03", "GET", "api/offers/imports/*/error_report", error_report),
)
