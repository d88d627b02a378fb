"""Operations that an installation bought or built, as data: what they do, what they are sent, what they tell."""

import re
from collections.abc import Iterable, Mapping
from types import NoneType

import attrs

from khaos_connectors.calls.messages import Call, Repeat
from khaos_connectors.calls.soap import Parameter, SoapValue
from khaos_connectors.core.erp_jobs import Job, RoutingMark, ShipConfirmation, StageMove
from khaos_connectors.core.journals import Journal
from khaos_connectors.core.refund_records import CreditNoteDraft
from khaos_connectors.errors import ConfigError, FieldError, Invalid, Refused
from khaos_connectors.khaos_control.custom_result import ResultReader, Told
from khaos_connectors.khaos_control.custom_template import Template
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.khaos_control.endpoints.custom import custom_call
from khaos_connectors.khaos_control.guide import GUIDE
from khaos_connectors.khaos_control.names import check_name
from khaos_connectors.khaos_control.setting_checks import each_must_be, must_be
from khaos_connectors.khaos_control.typed_paths import check_value_path

__all__ = ["CONTEXTS", "CustomLook", "CustomOperation", "JobContext", "StatusLook"]

JobContext = CreditNoteDraft | ShipConfirmation | StageMove | RoutingMark | Journal

CONTEXTS: Mapping[Job, type] = {
    Job.CREDIT_NOTE: CreditNoteDraft,
    Job.SHIP_CONFIRM: ShipConfirmation,
    Job.STAGE_MOVE: StageMove,
    Job.ROUTING_MARK: RoutingMark,
    Job.JOURNAL: Journal,
}
"""The record whose values the parameters of an operation may name, by its job."""

_ONE_TEMPLATE = "Template('Refund', Field('refund_id'))"
_RESULT = "ResultReader(...), such as ResultReader(code='.')"
_SEEN_IN_STATUSES = frozenset({Job.CREDIT_NOTE, Job.SHIP_CONFIRM, Job.STAGE_MOVE})


@attrs.frozen(kw_only=True)
class CustomLook:
    """A reading operation that tells whether a job was done: by ``success``, or by ``code`` where that is not read."""

    name: str
    parameters: tuple[Template, ...] = ()
    result: ResultReader

    def __attrs_post_init__(self) -> None:
        check_name("name", self.name)
        each_must_be("parameters", self.parameters, Template, _ONE_TEMPLATE)
        must_be("result", self.result, ResultReader, _RESULT)
        if not (self.result.success or self.result.code):
            raise ConfigError(field="result", problem="a look has to read success or code, or it tells nothing")

    def call(self, service: Service, context: JobContext) -> Call[Told]:
        """The call for *context*; ``Invalid`` where a value cannot be sent."""

        def read(value: SoapValue) -> Told:
            return self.result.read(value, service.reading(self.name))

        return custom_call(service, self.name, _filled(self, service, context), read, repeat="free")


@attrs.frozen(kw_only=True)
class StatusLook:
    """Looking with the documented status export: for the credit note, the ship date or the stage of the invoice.

    *reference* is the path to the ASSOCIATED_REF of what is looked for; that of an order is put into the account's
    template, that of a credit note (the refund's id, if the operation is sent it) is taken as it is.
    """

    reference: str = "reference"


@attrs.frozen(kw_only=True)
class CustomOperation:
    """An operation that does *job*, by its *name* over there.

    *parameters* are filled from the job's record (``CONTEXTS``); a path that does not exist is a ``ConfigError`` now.
    *repeat*: whether sending it twice is harmless; "never" unless its maker says so, and then *look* tells whether
    it was done before it is sent again. *already*: a pattern in a refusal that means that it was done before.
    """

    name: str
    job: Job
    parameters: tuple[Template, ...] = ()
    result: ResultReader = attrs.field(factory=ResultReader)
    repeat: Repeat = "never"
    look: CustomLook | StatusLook | None = None
    already: str = ""

    def __attrs_post_init__(self) -> None:
        check_name("name", self.name)
        if self.name.casefold() in {name.casefold() for name in GUIDE}:
            raise ConfigError(field="name", problem=f"{self.name} is in the vendor's guide and does not do that")
        _check_job(self.job)
        each_must_be("parameters", self.parameters, Template, _ONE_TEMPLATE)
        must_be("result", self.result, ResultReader, _RESULT)
        must_be("look", self.look, (CustomLook, StatusLook, NoneType), "CustomLook(...), StatusLook(...) or None")
        context = CONTEXTS[self.job]
        for template in (*self.parameters, *(self.look.parameters if isinstance(self.look, CustomLook) else ())):
            template.check(context)
        if isinstance(self.look, StatusLook):
            if self.job not in _SEEN_IN_STATUSES:
                raise ConfigError(field="look", problem=f"the status export does not tell of a {self.job.value}")
            check_value_path(context, self.look.reference)
        try:
            re.compile(self.already)
        except re.error as bad:
            raise ConfigError(field="already", problem=f"{self.already!r}: {bad}") from None

    def problems(self, context: JobContext, time: ServerTime) -> tuple[FieldError, ...]:
        """Why *context* cannot be sent; empty: it can. Pure."""
        return _problems(self.parameters, context, time)

    def look_problems(self, context: JobContext, time: ServerTime) -> tuple[FieldError, ...]:
        """Why *context* cannot be looked for. Pure."""
        return _problems(self.look.parameters, context, time) if isinstance(self.look, CustomLook) else ()

    def call(self, service: Service, context: JobContext) -> Call[Told]:
        """The call for *context*, whose result is what was done: a "no" is ``Refused`` with the ERP's message."""

        def read(value: SoapValue) -> Told:
            reading = service.reading(self.name)
            told = self.result.read(value, reading)
            if told.success:
                return told
            if not self.result.success:
                raise reading.broken(f"$/{self.result.code}", "the number of what was made")
            raise Refused(
                system=service.system,
                operation=self.name,
                message=told.message or "not done, no reason given",
                code="custom operation",
            )

        return custom_call(service, self.name, _filled(self, service, context), read, repeat=self.repeat)

    def says_already(self, refusal: Refused) -> bool:
        """Whether *refusal* means that the job was done before."""
        return bool(self.already) and re.search(self.already, refusal.message, re.IGNORECASE) is not None


def _check_job(job: object) -> None:
    if isinstance(job, Job):
        return
    meant = next((f"Job.{each.name}" for each in Job if job in {each.value, each.name}), "")
    wanted = meant or f"one of {', '.join(f'Job.{each.name}' for each in Job)}"
    raise ConfigError(field="job", problem=f"must be {wanted}, not {job!r}")


def _problems(parameters: Iterable[Template], context: JobContext, time: ServerTime) -> tuple[FieldError, ...]:
    found: list[FieldError] = []
    for template in parameters:
        template.filled(context, time, found)
    return tuple(found)


def _filled(one: CustomOperation | CustomLook, service: Service, context: JobContext) -> list[Parameter]:
    problems: list[FieldError] = []
    parameters = [template.filled(context, service.time, problems) for template in one.parameters]
    if problems:
        raise Invalid(system=service.system, operation=one.name, message="not sent", fields=tuple(problems))
    return parameters
