"""The documented door to credit notes: returns that the ERP fetches through Channels, as a ``CreditNoteDesk``."""

from collections.abc import Callable

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.erp_jobs import CreditNoteReceipt, Job, Rung, credit_note_key
from khaos_connectors.core.ids import OrderRef
from khaos_connectors.core.refund_records import CreditNoteDraft
from khaos_connectors.khaos_control.channels.erp import KhaosChannelsERP

__all__ = ["ReturnsDoor"]


@attrs.frozen
class ReturnsDoor:
    """Credit notes through the returns of *erp*. *reference_of* gives the order's reference of a draft.

    The credit note stays ``pending``: the ERP fetches the return and never tells what it made of it.
    """

    erp: KhaosChannelsERP
    reference_of: Callable[[CreditNoteDraft], OrderRef]

    def credit_note(self, draft: CreditNoteDraft) -> Flow[CreditNoteReceipt]:
        """Offer the return, once per refund. ``Unsupported`` for a draft ahead of the channel's payment: what was
        offered once cannot be completed; ``Invalid`` with every problem; nothing is stored then.
        """
        if not draft.complete:
            raise errors.Unsupported(
                system=self.erp.account,
                operation="CReturnDownload",
                capability="credit notes ahead of the channel's payment",
                advice="offer the complete one: a return that was offered is not changed",
            )
        offered = yield from self.erp.credit_note(draft, reference=self.reference_of(draft))
        return CreditNoteReceipt(
            job=Job.CREDIT_NOTE,
            key=credit_note_key(draft),
            rung=Rung.DOCUMENTED,
            already=offered.already,
            pending=True,
        )
