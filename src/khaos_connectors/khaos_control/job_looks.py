"""Whether a job was done over there: asked before it is sent, so that it is never done twice."""

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.erp_jobs import Job, ShipConfirmation, StageMove
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.custom import CustomLook, JobContext, StatusLook
from khaos_connectors.khaos_control.enums import StatusMapping
from khaos_connectors.khaos_control.models import Invoice, OrderStatus
from khaos_connectors.khaos_control.typed_paths import value_at

__all__ = ["look"]


def look(
    config: KhaosControlConfig, caller: Caller, by: CustomLook | StatusLook, job: Job, context: JobContext
) -> Flow[str | None]:
    """The ERP's code of what was made ("" where it tells none), None if the job was not done.

    Raises what the call raises, and ``Undecodable`` where the answer about it cannot be read: never a guess.
    """
    if isinstance(by, CustomLook):
        told = yield from caller.perform(by.call(config.service, context))
        return told.code if told.success else None
    reference = str(value_at(context, by.reference) or "")
    wanted = reference if job is Job.CREDIT_NOTE else config.reference_template.replace("{reference}", reference)
    call = endpoints.export_order_status(
        config.service, [wanted], mapping=StatusMapping.ASSOCIATED_REF, include_cancelled=False, show_items=False
    )
    rows = yield from caller.perform(call)
    codes = [code for row in rows if row.associated_ref == wanted and (code := _done(config, context, row))]
    if not codes and rows.unread:
        bad = rows.unread[0]
        raise config.service.reading(call.operation).broken(bad.path, bad.expected)
    return codes[0] if codes else None


def _done(config: KhaosControlConfig, context: JobContext, row: OrderStatus) -> str:
    """The code of what *row* tells was done for *context*, "" if it tells nothing of it."""
    if row.cancelled:
        return ""
    match context:
        case ShipConfirmation():
            found = (each for each in row.invoices if each.invoice_code == context.despatch_id)
            return next((each.invoice_code for each in found if _has_left(config, each)), "")
        case StageMove():
            found = (each for each in row.invoices if each.invoice_code == context.despatch_id)
            return next((each.invoice_code for each in found if each.stage_id == context.stage), "")
        case _:
            return row.sorder_code if row.is_credit_note else ""


def _has_left(config: KhaosControlConfig, invoice: Invoice) -> bool:
    stage = invoice.stage_id
    if invoice.ship_date is not None or stage in config.shipped_stages:
        return True
    return stage is not None and stage >= config.issued_from
