"""How the lines of one order, or of one credit note, share what is outstanding of it: whatever their sequence."""

from collections.abc import Callable, Sequence
from enum import Enum

import attrs

from khaos_connectors.core.fields import typed
from khaos_connectors.core.settlement_types import LineKind

__all__ = ["Account", "Budget", "Claim", "Level"]


class Level(Enum):
    """How closely a line names what it settles, from close to wide."""

    LINE = 1
    KIND = 2
    WHOLE = 3


@attrs.define(field_transformer=typed, on_setattr=attrs.setters.NO_OP)
class Budget:
    """The differences that were *spent* on an order, without sign and over all statements, and their *limit*."""

    spent: int
    limit: int

    def left(self) -> int:
        """How much of it may still be spent, in minor units; below 0 when more was spent than is allowed now."""
        return self.limit - self.spent


@attrs.define(field_transformer=typed, on_setattr=attrs.setters.NO_OP)
class Claim:
    """One line of a statement on its way to what it settles; all amounts are in minor units.

    *key* tells lines of one amount apart. *level* is None while nothing is settled, *positions* are the parts then
    settled, *difference* is what it has more (plus) or less than they had.
    """

    key: str
    amount: int
    line_id: str
    kind: LineKind
    level: Level | None = None
    positions: Sequence[int] = ()
    difference: int = 0
    shares: bool = False
    """Whether it took its part of a sum, of which a few pennies may remain."""


@attrs.define(field_transformer=typed, on_setattr=attrs.setters.NO_OP)
class Account:
    """What is outstanding of each part of an order or a credit note, and where each part stands.

    *slack* is the tolerance for each part that a line settles, *budget* that of the whole order, *spent* what was
    taken from it here.
    """

    outstanding: list[int]
    by_line: dict[tuple[str, LineKind], int]
    by_kind: dict[LineKind, list[int]]
    slack: int
    budget: Budget
    spent: int = 0
    owed: int = attrs.field(default=attrs.Factory(lambda account: sum(account.outstanding), takes_self=True))

    def settle(self, claims: Sequence[Claim]) -> None:
        """Decides all *claims* of a statement at once, so that their sequence does not matter.

        What is taken back comes before what is paid, as it makes room. Then: the line's own part, one kind of the
        order, the whole order; on each level what fits exactly, what fits in part (small before large), what is a few
        pennies too much. What then lacks a few pennies is written off last, on the largest line.
        """
        in_sequence = sorted(claims, key=_size)
        for taken_back in (True, False):
            waiting: Sequence[Claim] = [claim for claim in in_sequence if (claim.amount <= 0) is taken_back]
            for level in Level:
                waiting = waiting and self._on(level, waiting)
        self._write_off(in_sequence)

    def left(self, positions: Sequence[int]) -> int:
        """What is outstanding of the parts at *positions*."""
        if len(positions) == 1:  # most lines name their part
            return self.outstanding[positions[0]]
        return sum(self.outstanding[position] for position in positions)

    def _on(self, level: Level, waiting: Sequence[Claim]) -> Sequence[Claim]:
        """Settles what can be settled on *level*; what is left goes on to the next."""
        tests: list[Callable[[Claim, Sequence[int]], bool]] = [self._exactly, self._in_part, self._too_much]
        if level is Level.KIND:
            tests.insert(0, self._one_part)
        placed = [(claim, self._positions(claim, level)) for claim in waiting]
        for test in tests:
            for claim, positions in placed:
                if claim.level is None and positions and test(claim, positions):
                    claim.level = level
        return [claim for claim in waiting if claim.level is None]

    def _positions(self, claim: Claim, level: Level) -> Sequence[int]:
        if level is Level.LINE:
            position = self.by_line.get((claim.line_id, claim.kind))
            return () if position is None else (position,)
        if level is Level.KIND:
            return self.by_kind.get(claim.kind, ())
        return range(len(self.outstanding)) if claim.kind is LineKind.WHOLE else ()

    def _room(self, claim: Claim, positions: Sequence[int]) -> int:
        """How much of *positions* the line may settle: no more than its order has outstanding is ever paid."""
        left = self.left(positions)
        return min(left, self.owed) if claim.amount > 0 else left

    def _exactly(self, claim: Claim, positions: Sequence[int]) -> bool:
        return claim.amount == self.left(positions) and self._in_part(claim, positions)

    def _one_part(self, claim: Claim, positions: Sequence[int]) -> bool:
        """An equal amount chooses between the parts of one kind."""
        for position in positions:
            if self._exactly(claim, (position,)):
                claim.positions, claim.shares = positions, False
                return True
        return False

    def _in_part(self, claim: Claim, positions: Sequence[int]) -> bool:
        room = self._room(claim, positions)
        if not min(0, room) <= claim.amount <= max(0, room):
            return False
        self._take(claim, positions, claim.amount)
        return True

    def _too_much(self, claim: Claim, positions: Sequence[int]) -> bool:
        room = self._room(claim, positions)
        beyond = abs(claim.amount) - abs(room)
        if room * claim.amount < 0 or beyond > self._tolerance(positions):
            return False
        claim.difference = claim.amount - room
        self._spend(beyond)
        self._take(claim, positions, room)
        return True

    def _tolerance(self, positions: Sequence[int]) -> int:
        return min(self.slack * len(positions), self.budget.left())

    def _take(self, claim: Claim, positions: Sequence[int], amount: int) -> None:
        if amount == self.left(positions):
            self._clear(positions)
        else:
            _fill(self.outstanding, positions, amount)
        self.owed -= amount
        claim.positions, claim.shares = positions, True

    def _spend(self, pennies: int) -> None:
        self.budget.spent += pennies
        self.spent += pennies

    def _clear(self, positions: Sequence[int]) -> None:
        for position in positions:
            self.outstanding[position] = 0

    def _write_off(self, in_sequence: Sequence[Claim]) -> None:
        largest = {
            (claim.level.value, tuple(claim.positions)): claim
            for claim in in_sequence
            if claim.level is not None and claim.shares
        }
        for (_, positions), claim in sorted(largest.items(), key=lambda item: item[0]):
            lacking = self.left(positions)
            # Of an order that is settled nothing lacks, and no order is left overpaid.
            if lacking and self.owed and lacking <= max(0, self.owed) and abs(lacking) <= self._tolerance(positions):
                self._clear(positions)
                self.owed -= lacking
                self._spend(abs(lacking))
                claim.difference -= lacking


def _size(claim: Claim) -> tuple[int, str]:
    return abs(claim.amount), claim.key


def _fill(outstanding: list[int], positions: Sequence[int], amount: int) -> None:
    """*amount* taken in the order of *positions*, from parts of its own sign, none further than to nothing."""
    for position in positions:
        part = outstanding[position]
        if part * amount > 0:
            taken = min(part, amount, key=abs)
            outstanding[position] = part - taken
            amount -= taken
