"""What is asked of an ERP beyond orders and stock. ``protocols`` exports it."""

from typing import Protocol, runtime_checkable

from khaos_connectors.calls.effects import Flow
from khaos_connectors.core.erp_jobs import CreditNoteReceipt, JobReceipt, RoutingMark, ShipConfirmation, StageMove
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.journals import Journal
from khaos_connectors.core.refund_records import CreditNoteDraft

__all__ = [
    "AsyncJobs",
    "CreditNoteDesk",
    "Jobs",
    "JobsPort",
    "JournalDesk",
    "RoutingDesk",
    "ShipConfirmDesk",
    "StageDesk",
]


class CreditNoteDesk(Protocol):
    """Where credit notes are raised."""

    def credit_note(self, draft: CreditNoteDraft) -> Flow[CreditNoteReceipt]:
        """Raise the credit note, once per refund of its account; asked again, it tells what became of it.

        ``Unanswered``: ask again, it looks before it sends. What nothing can do is handed over to people.
        """
        ...


class ShipConfirmDesk(Protocol):
    """Where the ERP is told what a warehouse sent."""

    def confirm_shipment(self, confirmation: ShipConfirmation) -> Flow[JobReceipt]:
        """Tell the ERP that a shipment left, once; see ``CreditNoteDesk``."""
        ...


class StageDesk(Protocol):
    """Where shipments are moved on."""

    def move_stage(self, move: StageMove) -> Flow[JobReceipt]:
        """Move a shipment to a stage, once; see ``CreditNoteDesk``."""
        ...


class RoutingDesk(Protocol):
    """Where it stands which warehouse has taken which shipment."""

    def mark_routed(self, mark: RoutingMark) -> Flow[JobReceipt]:
        """Mark a shipment as taken, once; ``Conflict`` where it is known to be another's; see ``CreditNoteDesk``."""
        ...


class JournalDesk(Protocol):
    """Where journals are posted."""

    def post_journal(self, journal: Journal) -> Flow[JobReceipt]:
        """Post the journal, once per reference; see ``CreditNoteDesk``."""
        ...


@runtime_checkable
class JobsPort(CreditNoteDesk, ShipConfirmDesk, StageDesk, RoutingDesk, JournalDesk, Protocol):
    """All jobs for which an ERP may have no documented call, as flows."""

    @property
    def account(self) -> AccountId:
        """The name of this connection."""
        ...


class Jobs(Protocol):
    """All jobs for which an ERP may have no documented call."""

    @property
    def account(self) -> AccountId: ...
    def credit_note(self, draft: CreditNoteDraft) -> CreditNoteReceipt: ...
    def confirm_shipment(self, confirmation: ShipConfirmation) -> JobReceipt: ...
    def move_stage(self, move: StageMove) -> JobReceipt: ...
    def mark_routed(self, mark: RoutingMark) -> JobReceipt: ...
    def post_journal(self, journal: Journal) -> JobReceipt: ...


class AsyncJobs(Protocol):
    """``Jobs``, awaited."""

    @property
    def account(self) -> AccountId: ...
    async def credit_note(self, draft: CreditNoteDraft) -> CreditNoteReceipt: ...
    async def confirm_shipment(self, confirmation: ShipConfirmation) -> JobReceipt: ...
    async def move_stage(self, move: StageMove) -> JobReceipt: ...
    async def mark_routed(self, mark: RoutingMark) -> JobReceipt: ...
    async def post_journal(self, journal: Journal) -> JobReceipt: ...
