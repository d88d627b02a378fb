"""Asking an instance for all that it tells of itself, whatever of it this key may not read."""

from datetime import datetime, timedelta
from typing import TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.messages import Call, Page
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints.accounting import BillingCycleFilter
from khaos_connectors.mirakl.endpoints.document_requests import DocumentRequestFilter
from khaos_connectors.mirakl.instance.asked import Instance
from khaos_connectors.mirakl.instance.settling import InstanceFacts
from khaos_connectors.mirakl.models.document_codes import DocumentRequestState, IssuerType
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.models.shops import Account

__all__ = ["Survey"]

T = TypeVar("T")
R = TypeVar("R")

_BACK = timedelta(days=120)


class Survey:
    """What one instance says of itself, asked once and kept for ``settings_age``.

    No question depends on another: what is refused or cannot be read is left open, and ``InstanceFacts.untold`` says
    why. When the instance does not answer at all, the rest is not asked: each would wait its own time. What was left
    open for a trouble that may pass is asked again next time.
    """

    def __init__(self, config: MiraklConfig, caller: Caller, instance: Instance) -> None:
        self._config = config
        self._caller = caller
        self._instance = instance
        self._kept: tuple[InstanceFacts, datetime] | None = None

    def forget(self) -> None:
        """Ask everything anew at the next use."""
        self._kept = None

    def facts(self, account: Account | None = None) -> Flow[InstanceFacts]:
        """A01 (unless *account* is it), PC01, SH12, SH21, ST11, RE01, AF01, CUR01, L01, SBC11, DR11."""
        moment = yield from now()
        if self._kept is not None and moment - self._kept[1] < self._config.settings_age:
            facts, _ = self._kept
            return facts if account is None else attrs.evolve(facts, account=account)
        open_questions = _Open()
        facts = yield from self._asked(account, moment, open_questions)
        self._kept = None if open_questions.passing else (facts, moment)
        return facts

    def _asked(self, account: Account | None, moment: datetime, untold: "_Open") -> Flow[InstanceFacts]:
        scope = self._config.scope
        if account is None:
            account = yield from self._told("A01", self._instance.account(), untold)
        platform = yield from self._told("PC01", self._instance.platform(), untold)
        types = yield from self._told("SH12", self._instance.shipping_types(), untold)
        carriers = yield from self._told("SH21", self._instance.carriers(), untold)
        several = yield from self._told("ST11", self._instance.several_shipments(), untold)
        reasons = yield from self._rows(endpoints.list_reasons(scope), untold)
        fields = yield from self._rows(endpoints.list_custom_fields(scope), untold)
        currencies = yield from self._rows(endpoints.list_currencies(scope), untold)
        locales = yield from self._rows(endpoints.list_locales(scope), untold)
        wanted = BillingCycleFilter(start_date=moment - _BACK)
        cycles = yield from self._rows(endpoints.list_billing_cycles(scope, wanted), untold)
        duties = DocumentRequestFilter(issuer_type=(IssuerType.SHOP,), state=(DocumentRequestState.TO_PROCESS,))
        owed = yield from self._told(
            "DR11", self._caller.perform(endpoints.list_document_requests(scope, duties, size=1)), untold
        )
        return InstanceFacts(
            account=account,
            platform=platform,
            shipping_types=types,
            carriers=carriers,
            several_shipments=several,
            reasons=reasons,
            custom_fields=fields,
            currencies=None if currencies is None else tuple(each.code for each in currencies),
            locales=None if locales is None else tuple(each.code for each in locales),
            cycles=None if cycles is None else tuple(each.date_created for each in cycles),
            documents_owed=None if owed is None else bool(owed.items),
            untold=untold.why,
        )

    def _rows(self, first: Call[Page[Read[R] | Broken]], untold: "_Open") -> Flow[tuple[R, ...] | None]:
        rows = yield from self._told(first.operation, self._caller.pages(first), untold)
        return None if rows is None else tuple(row.record for row in rows if isinstance(row, Read))

    def _told(self, operation: str, asking: Flow[T], untold: "_Open") -> Flow[T | None]:
        if untold.away:
            asking.close()
            untold.why[operation] = "not asked: the instance does not answer"
            return None
        try:
            found = yield from asking
        except errors.CallError as trouble:
            untold.why[operation] = str(trouble)
            untold.away = isinstance(trouble, errors.NotSent | errors.Unanswered)
            untold.passing = untold.passing or not isinstance(trouble, errors.Refused) or trouble.retryable
            return None
        if found is None:
            untold.why[operation] = "this key or this platform does not answer it"
        return found


@attrs.define
class _Open:
    """The questions that stay open, by operation, with the reason."""

    why: dict[str, str] = attrs.field(factory=dict[str, str])
    away: bool = False
    passing: bool = False
