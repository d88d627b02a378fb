"""Returns that the ERP fetches and turns into credit notes: the one documented way to a credit note."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.decode import to_json
from khaos_connectors.core.ids import OrderRef
from khaos_connectors.core.orders import Address
from khaos_connectors.core.refund_records import CreditNoteDraft
from khaos_connectors.khaos_control.channels import boxes, mapping
from khaos_connectors.khaos_control.channels.checks import problems as document_problems
from khaos_connectors.khaos_control.channels.config import KhaosChannelsConfig
from khaos_connectors.khaos_control.channels.returns import CustomerReturn
from khaos_connectors.khaos_control.channels.standing import PushedOrders
from khaos_connectors.khaos_control.channels.writing import write_row
from khaos_connectors.store.mailbox import Mailbox, Message

__all__ = ["OfferedReturn", "ReturnDesk"]


@attrs.frozen(kw_only=True)
class OfferedReturn:
    """A return where the ERP fetches it. *fetched*: it has proven so; what it makes of it, it never tells."""

    associated_ref: str
    offered_at: datetime
    fetched: bool = False
    already: bool = False


@attrs.frozen
class ReturnDesk:
    """Offers returns. Blocking; flows call it through ``do``."""

    config: KhaosChannelsConfig
    mailbox: Mailbox

    def offer(self, draft: CreditNoteDraft, *, reference: OrderRef, urn: str, at: datetime) -> OfferedReturn:
        """The return for *draft* against the order *reference*, offered once.

        ``Invalid`` with every problem, also where the refund of another account or order has its reference already.
        """
        settings = self.config.returns
        if settings is None:
            raise errors.Unsupported(
                system=self.config.account, operation="CReturnDownload", capability="credit notes (no return settings)"
            )
        key = boxes.key_of(settings.reference(draft.refund_id, draft.account))
        owner = to_json([draft.account, reference])
        before = self._one(boxes.REFUNDS, key)
        if before is not None and before.payload != owner:
            problem = f"{key} is the reference of another refund: put {{account}} into the reference_template"
            raise self._refused([errors.FieldError("AssociatedRef", problem)])
        known = self._one(boxes.RETURNS, key)
        if known is not None:
            return self._offered(known, already=True)
        document = self._document(draft, reference=reference, urn=urn, at=at)
        self.mailbox.post(self.config.account, boxes.REFUNDS, {key: owner}, at=at)
        self.mailbox.post(self.config.account, boxes.RETURNS, {key: write_row(document, self.config.by)}, at=at)
        stored = self._one(boxes.RETURNS, key)
        assert stored is not None
        return self._offered(stored, already=False)

    def _document(self, draft: CreditNoteDraft, *, reference: OrderRef, urn: str, at: datetime) -> CustomerReturn:
        settings = self.config.returns
        assert settings is not None
        orders = PushedOrders(self.config, self.mailbox)
        order, sold = orders.find(reference), orders.document(reference)
        mapped = mapping.customer_return(
            draft,
            settings,
            created=at,
            urn=urn or self.config.customer_urns.get(draft.account, ""),
            billing=Address(),
            associated_ref=self.config.references.sent(reference),
            order_code=order.code if order is not None else "",
            order_items=orders.order_items(reference),
        )
        of_document = document_problems(mapped.document)
        found = [each for each in mapped.problems if each not in of_document]
        document = mapped.document
        if sold is None:
            found.append(errors.FieldError("InvoiceAddress", f"the order {reference} was not sold through this door"))
        else:
            document = attrs.evolve(
                document,
                invoice_address=sold.invoice_address,
                invoice_contact=sold.invoice_contact,
                delivery_address=sold.delivery_address,
                delivery_contact=sold.delivery_contact,
            )
            found += document_problems(document)
        if found:
            raise self._refused([_advised(each, draft) for each in found])
        return document

    def _refused(self, found: Sequence[errors.FieldError]) -> errors.Invalid:
        return errors.Invalid(
            system=self.config.account,
            operation="CReturnDownload",
            message="not offered, the ERP would refuse it",
            fields=tuple(found),
        )

    def _offered(self, message: Message, *, already: bool) -> OfferedReturn:
        fetched = self._one(boxes.fetched_box(boxes.RETURNS), message.key)
        return OfferedReturn(
            associated_ref=message.key, offered_at=message.at, fetched=fetched is not None, already=already
        )

    def _one(self, box: str, key: str) -> Message | None:
        found = self.mailbox.messages(self.config.account, box, keys=(key,), limit=1)
        return found[0] if found else None


def _advised(found: errors.FieldError, draft: CreditNoteDraft) -> errors.FieldError:
    if found.field != "URN":
        return found
    account = str(draft.account)
    advice = f"give customer_urns={{{account!r}: ...}} in the settings, or urn= of credit_note"
    return errors.FieldError("URN", f"the ERP's number of the customer is not known: {advice}")
