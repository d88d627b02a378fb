"""The documented door to credit notes behind the port of the SOAP service."""

import attrs
import pytest

from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.erp_jobs import Job, Rung
from khaos_connectors.core.ids import AccountId, OrderRef
from khaos_connectors.core.orders import ErpOrderDraft
from khaos_connectors.core.refund_records import CreditNoteDraft
from khaos_connectors.khaos_control import (
    KhaosChannelsConfig,
    KhaosChannelsERP,
    KhaosControlConfig,
    KhaosControlERP,
    ReturnsDoor,
)
from khaos_connectors.khaos_control.channels import OrderDownloadSettings, ReturnDownloadSettings
from khaos_connectors.store.attempts import MailboxAttempts
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.testing.clock import ManualClock


@pytest.mark.parametrize("urn", ["URN1", ""])
def test_a_return_that_the_erp_fetches_is_the_first_way(
    urn: str,
    draft: ErpOrderDraft,
    credit: CreditNoteDraft,
    settings: OrderDownloadSettings,
    returns: ReturnDownloadSettings,
) -> None:
    """Offered once and pending; without the customer's number nothing is offered, and a person raises it."""
    account, store = AccountId("khaos"), MemoryStore()
    config = KhaosChannelsConfig(
        account=account,
        user="erp",
        password="secret",
        public_url="https://erp-door.example.com/khaos",
        default_orders=settings,
        returns=returns,
        customer_urns={AccountId("john-lewis"): urn} if urn else {},
    )
    channels = KhaosChannelsERP(config, store)
    door = ReturnsDoor(channels, reference_of=lambda note: OrderRef(f"JL-{note.order_id}"))
    soap = KhaosControlConfig(account=account, base_url="https://erp.example.com/K.exe")
    erp = KhaosControlERP(soap, attempts=MailboxAttempts(store), credit_notes=door)
    runner = Runner({}, clock=ManualClock(draft.placed_at))
    runner.run(channels.create_order(attrs.evolve(draft, reference=OrderRef("JL-C-1"))))
    receipt = runner.run(erp.credit_note(credit))
    ahead = runner.run(erp.credit_note(attrs.evolve(credit, complete=False)))

    assert ahead.rung is Rung.WORKLIST
    assert "ahead of the channel's payment" in ahead.why[0]
    if not urn:
        assert receipt.rung is Rung.WORKLIST
        assert "URN" in receipt.why[0]
        return
    again = runner.run(erp.credit_note(credit))
    assert (receipt.rung, receipt.pending, receipt.already) == (Rung.DOCUMENTED, True, False)
    assert again == attrs.evolve(receipt, already=True)
    assert runner.run(erp.capabilities()).ways[Job.CREDIT_NOTE].door == "returns"
