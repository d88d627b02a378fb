"""The faces of the jobs for which an ERP may have no documented call."""

from khaos_connectors._faces.told import told_by
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do
from khaos_connectors.core.erp_jobs import CreditNoteReceipt, JobReceipt, RoutingMark, ShipConfirmation, StageMove
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.journals import Journal
from khaos_connectors.core.refund_records import CreditNoteDraft
from khaos_connectors.protocols import Jobs, JobsPort

__all__ = ["AsyncJobsFace", "JobsFace", "LiftedJobs"]


@told_by(JobsPort)
class JobsFace:
    """``Jobs`` over a port."""

    def __init__(self, port: JobsPort, runner: Runner) -> None:
        self._jobs, self._does = port, runner

    @property
    def account(self) -> AccountId:
        return self._jobs.account

    def credit_note(self, draft: CreditNoteDraft) -> CreditNoteReceipt:
        return self._does.run(self._jobs.credit_note(draft))

    def confirm_shipment(self, confirmation: ShipConfirmation) -> JobReceipt:
        return self._does.run(self._jobs.confirm_shipment(confirmation))

    def move_stage(self, move: StageMove) -> JobReceipt:
        return self._does.run(self._jobs.move_stage(move))

    def mark_routed(self, mark: RoutingMark) -> JobReceipt:
        return self._does.run(self._jobs.mark_routed(mark))

    def post_journal(self, journal: Journal) -> JobReceipt:
        return self._does.run(self._jobs.post_journal(journal))


@told_by(JobsPort)
class AsyncJobsFace:
    """``AsyncJobs`` over a port."""

    def __init__(self, port: JobsPort, runner: AsyncRunner) -> None:
        self._jobs, self._does = port, runner

    @property
    def account(self) -> AccountId:
        return self._jobs.account

    async def credit_note(self, draft: CreditNoteDraft) -> CreditNoteReceipt:
        return await self._does.run(self._jobs.credit_note(draft))

    async def confirm_shipment(self, confirmation: ShipConfirmation) -> JobReceipt:
        return await self._does.run(self._jobs.confirm_shipment(confirmation))

    async def move_stage(self, move: StageMove) -> JobReceipt:
        return await self._does.run(self._jobs.move_stage(move))

    async def mark_routed(self, mark: RoutingMark) -> JobReceipt:
        return await self._does.run(self._jobs.mark_routed(mark))

    async def post_journal(self, journal: Journal) -> JobReceipt:
        return await self._does.run(self._jobs.post_journal(journal))


class LiftedJobs:
    """``JobsPort`` over a plain class."""

    def __init__(self, jobs: Jobs) -> None:
        self._plain = jobs

    @property
    def account(self) -> AccountId:
        return self._plain.account

    def credit_note(self, draft: CreditNoteDraft) -> Flow[CreditNoteReceipt]:
        return do(self._plain.credit_note, draft)

    def confirm_shipment(self, confirmation: ShipConfirmation) -> Flow[JobReceipt]:
        return do(self._plain.confirm_shipment, confirmation)

    def move_stage(self, move: StageMove) -> Flow[JobReceipt]:
        return do(self._plain.move_stage, move)

    def mark_routed(self, mark: RoutingMark) -> Flow[JobReceipt]:
        return do(self._plain.mark_routed, mark)

    def post_journal(self, journal: Journal) -> Flow[JobReceipt]:
        return do(self._plain.post_journal, journal)
