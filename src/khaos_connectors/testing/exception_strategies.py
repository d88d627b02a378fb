"""Hypothesis strategies for exception items and what closes them (extra ``testing``)."""

from datetime import UTC, datetime, timedelta

from khaos_connectors._extras import extra
from khaos_connectors.core.exception_closing import Checked
from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType, close_item, escalate, open_item
from khaos_connectors.core.ids import AccountId
from khaos_connectors.core.sla import (
    UK,
    BeforeAcceptance,
    BeforeMonthEnd,
    BeforeOrderDeadline,
    BeforeVatReturn,
    Calendar,
    DueRule,
    EndOfDay,
    Moments,
    NoDeadline,
    Within,
    WorkingDays,
)
from khaos_connectors.testing.order_strategies import reasons
from khaos_connectors.testing.stock_strategies import instants

with extra("testing"):
    from hypothesis import strategies as st

__all__ = ["calendars", "checks", "due_moments", "due_rules", "exception_items"]

_NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
_SHOP = AccountId("shop")
_DAYS = timedelta(days=20)


def calendars() -> st.SearchStrategy[Calendar]:
    """Working calendars of London with a few holidays of their own in March 2026."""
    days = st.integers(1, 31).map(lambda day: datetime(2026, 3, day, tzinfo=UTC).date())
    return st.builds(Calendar, holidays=st.frozensets(days, max_size=3))


def due_moments() -> st.SearchStrategy[Moments]:
    """What a due rule may look at, deadlines known or not."""
    soon = instants(around=_NOON, within=_DAYS)
    return st.builds(
        Moments, now=soon, order_deadline=st.none() | soon, accept_by=st.none() | soon, calendar=calendars()
    )


def due_rules() -> st.SearchStrategy[DueRule]:
    """Every kind of due rule."""
    fixed: list[DueRule] = [
        Within(timedelta(0)),
        Within(timedelta(hours=4)),
        WorkingDays(2),
        EndOfDay(),
        BeforeOrderDeadline(timedelta(hours=2)),
        BeforeAcceptance(otherwise=WorkingDays(1)),
        BeforeMonthEnd(2),
        BeforeVatReturn(),
        NoDeadline(),
    ]
    return st.sampled_from(fixed)


@st.composite
def exception_items(draw: st.DrawFn) -> ExceptionItem:
    """Items found around noon of 6 March 2026: fresh, escalated or closed."""
    found = draw(instants(around=_NOON, within=_DAYS))
    item = open_item(draw(reasons()), account=_SHOP, now=found, calendar=UK)
    if draw(st.booleans()):
        item = escalate(item, found + draw(st.timedeltas(timedelta(0), timedelta(days=40))))
    return close_item(item, now=found, because="fixed") if draw(st.booleans()) else item


def checks() -> st.SearchStrategy[Checked]:
    """What a run looked at: some or all types, for some or all of the entities of ``reasons``."""
    types = st.frozensets(st.sampled_from(ExceptionType)) | st.just(frozenset(ExceptionType))
    entities = st.none() | st.frozensets(st.sampled_from(["O1", "O2", "O3"]))
    return st.builds(Checked, account=st.just(_SHOP), types=types, entities=entities)
