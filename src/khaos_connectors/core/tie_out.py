"""Whether a statement adds up: against itself, against its own summary, and against the bank."""

from collections.abc import Iterator
from decimal import Decimal

import attrs

from khaos_connectors.core.amounts import from_minor, to_minor, total, whole_units
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed
from khaos_connectors.core.reconciliation import MatchStatus, Reconciliation
from khaos_connectors.core.settlement_types import LineClass, Statement

__all__ = ["Check", "TieOut", "tie_out"]


@attrs.frozen(kw_only=True)
class Check:
    """One comparison: *found* in the lines or at the bank, *stated* by the statement. *tie* is "a", "b" or "c"."""

    tie: str
    about: str
    found: Decimal
    stated: Decimal

    @property
    def holds(self) -> bool:
        """Whether the two are equal, to the penny."""
        return self.found == self.stated


@attrs.frozen(kw_only=True, field_transformer=typed)
class TieOut:
    """All comparisons that could be made, and a reason for each that breaks."""

    checks: tuple[Check, ...]
    reasons: tuple[Reason, ...]

    @property
    def may_post(self) -> bool:
        """Whether a journal may be posted: nothing breaks."""
        return not self.reasons


def tie_out(reconciliation: Reconciliation, *, statement: Statement, received: Decimal | None = None) -> TieOut:
    """Three ties: (a) lines + opening = payout + closing, and payout lines = payout; (b) the bank *received* the
    payout, where it is known what came; (c) the sum of each class = the statement's summary, where it shows one.

    Duplicates are in no sum; payout lines are in none of (a) but their own. Raises ``ValueError`` when *statement* is
    of another currency than the lines or *received* is not in whole minor units of it.
    """
    if received is not None:
        whole_units("received", received, statement.currency)
    if reconciliation.currency not in ("", statement.currency):
        raise ValueError(f"statement: {statement.currency} is stated for lines in {reconciliation.currency}")
    checks = tuple(_checks(reconciliation, statement, received))
    return TieOut(checks=checks, reasons=tuple(_reason(check, statement) for check in checks if not check.holds))


def _checks(reconciliation: Reconciliation, statement: Statement, received: Decimal | None) -> Iterator[Check]:
    currency = statement.currency
    sums: dict[LineClass, int] = {}
    for result in reconciliation.results:
        if result.status is not MatchStatus.DUPLICATE:
            units = to_minor(result.line.amount, currency)
            sums[result.line.line_class] = sums.get(result.line.line_class, 0) + units
    lines = sum(units for line_class, units in sums.items() if line_class is not LineClass.PAYOUT)
    yield Check(
        tie="a",
        about="lines and opening against payout and closing",
        found=total((from_minor(lines, currency), statement.opening), currency),
        stated=total((statement.payout, statement.closing), currency),
    )
    if LineClass.PAYOUT in sums:
        yield Check(
            tie="a",
            about="payout lines against the payout",
            found=from_minor(-sums[LineClass.PAYOUT], currency),
            stated=statement.payout,
        )
    if received is not None:
        yield Check(tie="b", about="bank receipt against the payout", found=received, stated=statement.payout)
    for line_class, stated in statement.summary.items():
        found = from_minor(sums.get(line_class, 0), currency)
        yield Check(tie="c", about=f"{line_class.value} lines against the summary", found=found, stated=stated)


def _reason(check: Check, statement: Statement) -> Reason:
    kind = ExceptionType.PAYOUT_MISMATCH if check.tie == "b" else ExceptionType.STATEMENT_MISMATCH
    return Reason(
        type=kind,
        entity=statement.statement_id,
        message=f"Statement {statement.statement_id}, {check.about}: {check.found} is not {check.stated}.",
        evidence={"tie": check.tie, "found": str(check.found), "stated": str(check.stated)},
    )
