"""Records hold moments with a time zone, and say which field holds something else."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from khaos_connectors.core.orders import Payment
from khaos_connectors.core.stock import Snapshot

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
WRONG = [
    pytest.param(datetime(2026, 3, 3), ValueError, "has no time zone", id="naive"),  # noqa: DTZ001 - a mistake on purpose
    pytest.param(date(2026, 3, 3), TypeError, "must be a datetime with a time zone, not datetime.date", id="date"),
    pytest.param("2026-03-03T12:00Z", TypeError, "must be a datetime with a time zone, not '2026", id="text"),
]


@pytest.mark.parametrize(("moment", "kind", "problem"), WRONG)
def test_what_is_no_moment_is_refused_by_field(moment: Any, kind: type[Exception], problem: str) -> None:
    """A naive time, a date and a text: where a moment must be, and where it may be left out."""
    with pytest.raises(kind, match=f"as_of {problem}"):
        Snapshot(account="erp", as_of=moment, figures=(), full=False)
    with pytest.raises(kind, match=f"taken_at {problem}"):
        Payment(method="card", amount=Decimal(1), taken_at=moment)


def test_moments_and_nothing_are_taken() -> None:
    """As they are."""
    assert Snapshot(account="erp", as_of=NOON, figures=(), full=False).as_of == NOON
    assert Payment(method="card", amount=Decimal(1), taken_at=NOON).taken_at == NOON
    assert Payment(method="card", amount=Decimal(1)).taken_at is None
