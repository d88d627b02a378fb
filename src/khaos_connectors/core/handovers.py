"""Jobs that people have to do in the ERP: the reason for their worklist, and rows for a file that can be imported.

The header of each file stands beside its function; every row has exactly its columns, in its order. No personal data.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from khaos_connectors.core import journal_export
from khaos_connectors.core.erp_jobs import Handover, RoutingMark, ShipConfirmation, StageMove, credit_note_key
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.journals import Journal
from khaos_connectors.core.refund_records import CreditNoteDraft

__all__ = [
    "CREDIT_NOTE_COLUMNS",
    "ROUTING_COLUMNS",
    "SHIP_COLUMNS",
    "STAGE_COLUMNS",
    "JournalForm",
    "hand_over_credit_note",
    "hand_over_journal",
    "hand_over_routing",
    "hand_over_ship_confirmation",
    "hand_over_stage_move",
]

JournalForm = Literal["generic", "xero", "sage"]
"""The ledger whose import file a journal is written for."""

CREDIT_NOTE_COLUMNS = (
    "refund",
    "against",
    "order",
    "currency",
    "complete",
    "line",
    "stock_code",
    "quantity",
    "net",
    "vat",
    "gross",
    "vat_rate",
    "reason",
)
"""One row per line, then one for the carriage that is given back (its line is ``shipping``)."""

SHIP_COLUMNS = (
    "reference",
    "despatch",
    "shipped_at",
    "courier",
    "service",
    "consignment",
    "tracking_url",
    "stock_code",
    "units",
)
"""One row per item that left, or one without an item where none is told."""

STAGE_COLUMNS = ("reference", "despatch", "stage", "why")
ROUTING_COLUMNS = ("reference", "despatch", "warehouse", "shipment")


def hand_over_credit_note(draft: CreditNoteDraft, why: Sequence[str]) -> Handover:
    """The credit note that a person raises, under ``CREDIT_NOTE_COLUMNS``; *why* no better way was open."""
    head = {
        "refund": draft.refund_id,
        "against": draft.against,
        "order": draft.order_id,
        "currency": draft.currency,
        "complete": "yes" if draft.complete else "no",
    }
    rows = [
        {
            **head,
            "line": line.line_id,
            "stock_code": line.stock_code,
            "quantity": "" if line.quantity is None else str(line.quantity),
            "net": f"{line.net:f}",
            "vat": f"{line.vat:f}",
            "gross": f"{line.gross:f}",
            "vat_rate": f"{line.vat_rate:f}",
            "reason": line.reason,
        }
        for line in draft.lines
    ]
    carriage = draft.as_note("").shipping
    if carriage:
        shipping: dict[str, str] = dict.fromkeys(CREDIT_NOTE_COLUMNS, "")
        shipping |= {**head, "line": "shipping", "stock_code": draft.shipping_code or ""}
        shipping |= {"net": f"{draft.shipping_net:f}", "vat": f"{draft.shipping_vat:f}", "gross": f"{carriage:f}"}
        rows.append(shipping)
    what = "credit note" if draft.complete else "draft of a credit note (the channel has not paid yet)"
    reason = Reason(
        type=ExceptionType.CREDIT_NOTE_FAILED,
        entity=f"refund:{credit_note_key(draft)}",
        message=f"Raise the {what} over {_money(draft.total, draft.currency)} against {draft.against} by hand.",
        evidence=_evidence(
            why, refund=draft.refund_id, against=draft.against, total=_money(draft.total, draft.currency)
        ),
    )
    return Handover(
        reason=reason, name=_file("credit-note", draft.refund_id), columns=CREDIT_NOTE_COLUMNS, rows=tuple(rows)
    )


def hand_over_ship_confirmation(confirmation: ShipConfirmation, why: Sequence[str]) -> Handover:
    """The shipment that a person confirms, under ``SHIP_COLUMNS``."""
    head = {
        "reference": confirmation.reference,
        "despatch": confirmation.despatch_id,
        "shipped_at": confirmation.shipped_at.isoformat(),
        "courier": confirmation.courier,
        "service": confirmation.service,
        "consignment": confirmation.consignment,
        "tracking_url": confirmation.tracking_url,
    }
    items = [{"stock_code": str(line.stock_code), "units": str(line.units)} for line in confirmation.lines]
    rows = [{**head, **item} for item in items or [{"stock_code": "", "units": ""}]]
    told = " ".join(each for each in (confirmation.courier, confirmation.consignment) if each) or "no tracking"
    reason = Reason(
        type=ExceptionType.DESPATCH_DRIFT,
        entity=f"despatch:{confirmation.key}",
        message=f"Confirm the shipment of {confirmation.despatch_id} ({told}) in the ERP by hand.",
        evidence=_evidence(why, reference=confirmation.reference, despatch=confirmation.despatch_id),
    )
    return Handover(
        reason=reason, name=_file("shipment", confirmation.despatch_id), columns=SHIP_COLUMNS, rows=tuple(rows)
    )


def hand_over_stage_move(move: StageMove, why: Sequence[str]) -> Handover:
    """The shipment that a person moves on, under ``STAGE_COLUMNS``."""
    row = {"reference": move.reference, "despatch": move.despatch_id, "stage": str(move.stage), "why": move.why}
    reason = Reason(
        type=ExceptionType.ORDER_STALLED,
        entity=f"stage:{move.key}",
        message=f"Move {move.despatch_id} to stage {move.stage} in the ERP by hand.",
        evidence=_evidence(why, reference=move.reference, stage=str(move.stage)),
    )
    return Handover(reason=reason, name=_file("stage", move.despatch_id), columns=STAGE_COLUMNS, rows=(row,))


def hand_over_routing(mark: RoutingMark, why: Sequence[str]) -> Handover:
    """The shipment that a person marks as taken by a warehouse, under ``ROUTING_COLUMNS``."""
    row = {
        "reference": mark.reference,
        "despatch": mark.despatch_id,
        "warehouse": mark.warehouse,
        "shipment": mark.shipment_id,
    }
    reason = Reason(
        type=ExceptionType.ORDER_STALLED,
        entity=f"routing:{mark.key}",
        message=f"Mark {mark.despatch_id} as taken by {mark.warehouse} in the ERP by hand.",
        evidence=_evidence(why, reference=mark.reference, warehouse=mark.warehouse),
    )
    return Handover(reason=reason, name=_file("routing", mark.despatch_id), columns=ROUTING_COLUMNS, rows=(row,))


def hand_over_journal(
    journal: Journal,
    why: Sequence[str],
    *,
    form: JournalForm = "generic",
    tax_codes: Mapping[str, str] | None = None,
) -> Handover:
    """The journal that a person imports into the ledger, in the columns of ``journal_export`` for *form*.

    *tax_codes* name the ledger's tax per VAT code. A journal that the ledger's form cannot hold (another currency, a
    VAT code without a name) comes in the generic one, and the reason says so: it is never left out.
    """
    columns, rows, problem = _journal_rows(journal, form, tax_codes)
    reason = Reason(
        type=ExceptionType.JOURNAL_FAILED,
        entity=f"journal:{journal.ref}",
        message=f"Import the journal {journal.ref} over {_money(journal.total, journal.currency)} into the ledger.",
        evidence=_evidence((*why, problem) if problem else why, journal=journal.ref),
    )
    return Handover(reason=reason, name=_file("journal", journal.ref), columns=columns, rows=tuple(rows))


def _journal_rows(
    journal: Journal, form: JournalForm, tax_codes: Mapping[str, str] | None
) -> tuple[tuple[str, ...], Sequence[Mapping[str, str]], str]:
    problem = ""
    try:
        if form == "xero":
            return journal_export.XERO_COLUMNS, _xero(journal, tax_codes), ""
        if form == "sage":
            return journal_export.SAGE_COLUMNS, _sage(journal, tax_codes), ""
    except ValueError as unfit:
        problem = f"not in the form of {form}: {unfit}"
    return journal_export.GENERIC_COLUMNS, journal_export.generic_rows(journal), problem


def _xero(journal: Journal, tax_codes: Mapping[str, str] | None) -> Sequence[Mapping[str, str]]:
    if tax_codes is None:
        return journal_export.xero_rows(journal)
    return journal_export.xero_rows(journal, tax_rates=tax_codes)


def _sage(journal: Journal, tax_codes: Mapping[str, str] | None) -> Sequence[Mapping[str, str]]:
    if tax_codes is None:
        return journal_export.sage_rows(journal)
    return journal_export.sage_rows(journal, tax_codes=tax_codes)


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:f} {currency}"


def _file(what: str, about: str) -> str:
    """A name that is one on every system, whatever the reference holds."""
    return f"{what}-{''.join(each if each.isascii() and each.isalnum() else '-' for each in about)}.csv"


def _evidence(why: Sequence[str], **named: str) -> dict[str, str]:
    return {**named, **{f"way {number}": each for number, each in enumerate(why, start=1)}}
