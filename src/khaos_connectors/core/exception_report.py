"""Work items for people: what went wrong, whose it is, until when, and what to do about it.

The table of all kinds with their owner, severity, deadline, retry class and advice is ``RULES``;
``print(rule_table())`` shows it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import attrs

from khaos_connectors.core.exception_rules import RULES, ExceptionType, RetryClass, Rule, Severity, Team
from khaos_connectors.core.fields import aware, aware_or_none, typed
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.sla import NEVER, UK, Calendar, Moments

__all__ = [
    "COLUMNS",
    "RULES",
    "ExceptionItem",
    "ExceptionType",
    "Reason",
    "RetryClass",
    "Rule",
    "Severity",
    "Team",
    "by_owner",
    "close_item",
    "escalate",
    "merge_items",
    "open_item",
    "rows",
    "rule_table",
    "see_again",
]

COLUMNS = (
    "account",
    "type",
    "entity",
    "team",
    "severity",
    "opened_at",
    "deadline",
    "retry",
    "count",
    "last_seen_at",
    "closed_at",
    "closed_because",
    "fix",
    "evidence",
)
"""The columns of ``rows``, in order; new ones are only ever added at the end."""


@attrs.frozen(kw_only=True, field_transformer=typed)
class Reason:
    """Why something could not be done, before it is anybody's work: *entity* is what it is about (an id), *message*
    says it in a sentence, *evidence* holds ids and values, never personal data.
    """

    type: ExceptionType
    entity: str
    message: str
    evidence: Mapping[str, str] = attrs.field(factory=dict[str, str])


@attrs.frozen(kw_only=True, field_transformer=typed)
class ExceptionItem:
    """One piece of work. At most one is open per ``key`` (account, type and entity).

    *evidence* holds ids and values, never personal data. *deadline* is aware UTC (``sla.NEVER``: none). *count* is
    how often it was seen. *escalated_at* is when its severity was raised because the deadline had passed.
    """

    account: AccountId
    type: ExceptionType
    entity: str
    team: Team
    severity: Severity
    opened_at: datetime = attrs.field(validator=aware)
    deadline: datetime = attrs.field(validator=aware)
    retry: RetryClass
    fix: str
    evidence: Mapping[str, str] = attrs.field(factory=dict[str, str])
    count: int = 1
    last_seen_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    closed_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    closed_because: str = ""
    escalated_at: datetime | None = attrs.field(default=None, validator=aware_or_none)

    @property
    def key(self) -> str:
        """What makes the item one: account, type and entity."""
        return f"{self.account}/{self.type.value}/{self.entity}"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.closed_at is None


def open_item(
    reason: Reason,
    *,
    account: AccountId,
    now: datetime,
    order_deadline: datetime | None = None,
    accept_by: datetime | None = None,
    severity: Severity | None = None,
    calendar: Calendar = UK,
) -> ExceptionItem:
    """The work item for *reason*, as found at *now* (aware).

    Its deadline is the earlier of the type's own and *order_deadline* (the order's despatch deadline), and never
    before *now*; types that end with the acceptance window look at *accept_by*. *severity* replaces the table's, for
    example for a stock variance of high value. The reason's sentence becomes the evidence ``message``.
    """
    rule = RULES[reason.type]
    found = calendar.local(now)  # refuses a naive moment
    moments = Moments(now=now, order_deadline=order_deadline, accept_by=accept_by, calendar=calendar)
    due = rule.due.due(moments)
    if order_deadline is not None and due != NEVER:
        due = min(due, order_deadline)
    evidence = dict(reason.evidence)
    evidence.setdefault("message", reason.message)
    return ExceptionItem(
        account=account,
        type=reason.type,
        entity=reason.entity,
        team=rule.team,
        severity=rule.severity if severity is None else severity,
        opened_at=_utc(found),
        deadline=_utc(max(due, found)),
        retry=rule.retry,
        fix=rule.fix,
        evidence=evidence,
    )


def see_again(item: ExceptionItem, again: ExceptionItem) -> ExceptionItem:
    """*item*, still open, after the same problem was found *again*: one more count, the newest evidence.

    It keeps when it was opened, the earlier deadline and the higher severity. Raises ``ValueError`` when the keys
    differ or it is closed.
    """
    if item.key != again.key or not item.is_open:
        msg = f"{again.key} does not repeat the open item {item.key}"
        raise ValueError(msg)
    return attrs.evolve(
        item,
        count=item.count + again.count,
        evidence=again.evidence,
        last_seen_at=max(again.last_seen_at or again.opened_at, item.last_seen_at or item.opened_at),
        deadline=min(item.deadline, again.deadline),
        severity=max(item.severity, again.severity, key=lambda severity: severity.value),
    )


def merge_items(items: Iterable[ExceptionItem], found: Iterable[ExceptionItem]) -> tuple[ExceptionItem, ...]:
    """*items* and *found* with one open item per key: what is open already is seen again, closed items stay closed.

    Order of first appearance.
    """
    merged: list[ExceptionItem] = []
    where: dict[str, int] = {}
    for item in (*items, *found):
        if not item.is_open:
            merged.append(item)
        elif item.key in where:
            merged[where[item.key]] = see_again(merged[where[item.key]], item)
        else:
            where[item.key] = len(merged)
            merged.append(item)
    return tuple(merged)


def close_item(item: ExceptionItem, *, now: datetime, because: str) -> ExceptionItem:
    """*item* closed at *now*; a closed one is left as it was."""
    return attrs.evolve(item, closed_at=now, closed_because=because) if item.is_open else item


def escalate(item: ExceptionItem, now: datetime) -> ExceptionItem:
    """*item* one step more severe if it is open past its deadline; critical stays critical. At most once per item."""
    if not item.is_open or item.escalated_at is not None or now <= item.deadline:
        return item
    worse = Severity(min(item.severity.value + 1, Severity.CRITICAL.value))
    return attrs.evolve(item, severity=worse, escalated_at=now)


def by_owner(items: Iterable[ExceptionItem]) -> dict[Team, tuple[ExceptionItem, ...]]:
    """Open items per team that has any, in the order of ``Team``; the most urgent first, then the most severe."""
    urgent = sorted((i for i in items if i.is_open), key=lambda i: (i.deadline, -i.severity.value, i.key))
    groups = {team: tuple(i for i in urgent if i.team is team) for team in Team}
    return {team: group for team, group in groups.items() if group}


def rows(items: Iterable[ExceptionItem]) -> list[dict[str, str]]:
    """Each item as texts under ``COLUMNS``, for CSV or JSON. Times are ISO 8601 in UTC, absent ones empty.

    Evidence is written as ``name=value`` pairs, sorted by name, separated by ``; ``.
    """
    return [dict(zip(COLUMNS, _texts(item), strict=True)) for item in items]


def _texts(item: ExceptionItem) -> Sequence[str]:
    return (
        item.account,
        item.type.value,
        item.entity,
        item.team.value,
        item.severity.name.lower(),
        _iso(item.opened_at),
        "" if item.deadline == NEVER else _iso(item.deadline),
        item.retry.value,
        str(item.count),
        _iso(item.last_seen_at),
        _iso(item.closed_at),
        item.closed_because,
        item.fix,
        "; ".join(f"{name}={value}" for name, value in sorted(item.evidence.items())),
    )


def rule_table(rules: Mapping[ExceptionType, Rule] = RULES) -> str:
    """The rules as lines of text, one per type, for people."""
    lines = [
        (t.value, r.team.value, r.severity.name.lower(), str(r.due), r.retry.value, r.fix) for t, r in rules.items()
    ]
    heads = ("type", "team", "severity", "deadline", "retry", "what to do")
    table = [heads, *lines]
    widths = [max(len(row[n]) for row in table) for n in range(len(heads))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in table)


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else _utc(moment).isoformat().replace("+00:00", "Z")


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
