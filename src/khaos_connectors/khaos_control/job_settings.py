"""How one installation does the jobs for which the vendor documents no call."""

from collections.abc import Mapping

import attrs

from khaos_connectors.core.erp_jobs import Job
from khaos_connectors.core.handovers import JournalForm
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.custom import CustomOperation
from khaos_connectors.khaos_control.setting_checks import each_must_be

__all__ = ["JobSettings"]


@attrs.frozen(kw_only=True)
class JobSettings:
    """*operations*: what this installation bought or built, one for each job at most.

    Jobs that nothing does are handed to people; journals then come in the import form of the ledger *journal_form*,
    with its name of the tax per VAT code (*journal_tax_codes*; None: the form's own default).
    """

    operations: tuple[CustomOperation, ...] = ()
    journal_form: JournalForm = "generic"
    journal_tax_codes: Mapping[str, str] | None = None

    def __attrs_post_init__(self) -> None:
        each_must_be("operations", self.operations, CustomOperation, "CustomOperation(name='RaiseCredit', job=...)")
        jobs = [each.job for each in self.operations]
        twice = next((job for job in jobs if jobs.count(job) > 1), None)
        if twice is not None:
            raise ConfigError(field="operations", problem=f"there is more than one for a {twice.value}")

    def operation(self, job: Job) -> CustomOperation | None:
        """The operation that does *job*, None if there is none."""
        return next((each for each in self.operations if each.job is job), None)
