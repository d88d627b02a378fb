"""How the lines of one order, or of one credit note, share what is outstanding of it: whatever their sequence."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TypeAlias

import attrs

from khaos_connectors.core.fields import typed
from khaos_connectors.core.settlement_names import is_blank
from khaos_connectors.core.settlement_types import LineKind

__all__ = ["Account", "Budget", "Claim", "Level", "Parts"]


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


@attrs.define(on_setattr=attrs.setters.NO_OP)
class Parts:
    """Parts of an order that are settled together: where they stand, and what is outstanding of all of them.

    What is outstanding of a part only ever goes towards nothing. So what is *passed* (of those above nothing, of
    those below) need not be looked at again, and none of them once they are *cleared*.
    """

    places: list[int] = attrs.field(factory=list[int])
    left: int = 0
    cleared: bool = False
    passed: list[int] = attrs.field(factory=lambda: [0, 0])


@attrs.define(field_transformer=typed, on_setattr=attrs.setters.NO_OP)
class Claim:
    """One line of a statement on its way to what it settles; all amounts are in minor units.

    *key* tells lines of one amount apart. *level* is None while nothing is settled, *where* is then the place of the
    part that is settled, or several *Parts*; *difference* is what the line has more (plus) or less than they had.
    """

    key: str
    amount: int
    line_id: str
    kind: LineKind
    level: Level | None = None
    where: int | Parts | None = None
    difference: int = 0
    shares: bool = False
    """Whether it took its part of a sum, of which a few pennies may remain."""


_Test: TypeAlias = Callable[[Claim, int | Parts], bool]


@attrs.define(field_transformer=typed, on_setattr=attrs.setters.NO_OP)
class Account:
    """What is outstanding of each part of an order or a credit note, and where each part stands.

    *kinds* are those of the parts. *slack* is the tolerance for each part that a line settles, *budget* that of the
    whole order, *spent* what was taken from it here.
    """

    outstanding: list[int]
    kinds: Sequence[LineKind]
    by_line: dict[tuple[str, LineKind], int]
    slack: int
    budget: Budget
    spent: int = 0
    owed: int = attrs.field(default=attrs.Factory(lambda account: sum(account.outstanding), takes_self=True))
    _whole: Parts | None = attrs.field(default=None, init=False)
    _by_kind: dict[LineKind, Parts] = attrs.field(factory=dict[LineKind, Parts], init=False)

    def settle(self, claims: Sequence[Claim]) -> None:
        """Decides all *claims* of a statement at once, so that their sequence does not matter.

        What is taken back comes before what is paid, as it makes room. Then what fits exactly: the line's own part,
        one part of its kind, all of its kind, the whole order; only then what nearly fits, level by level in that
        sequence: in part (small before large), then a few pennies too much. A line that names its part and leaves
        more than pennies of it is a part of that and nothing else, whatever is equal to it. What then lacks a few
        pennies is written off last, on the largest line.
        """
        in_sequence = sorted(claims, key=_size)
        for taken_back in (True, False):
            waiting: Sequence[Claim] = [claim for claim in in_sequence if (claim.amount <= 0) is taken_back]
            if not waiting:
                continue
            for level, test in (
                (Level.LINE, self._exactly),
                (Level.LINE, self._named_in_part),
                (Level.KIND, self._one_part()),
                (Level.KIND, self._exactly),
                (Level.WHOLE, self._exactly),
                *((level, test) for level in Level for test in (self._in_part, self._too_much)),
            ):
                if not waiting:
                    break
                waiting = self._on(level, test, waiting)
        self._write_off(in_sequence)

    def left(self, where: int | Parts) -> int:
        """What is outstanding of the part at a place, or of several."""
        return self.outstanding[where] if isinstance(where, int) else where.left

    def _on(self, level: Level, test: _Test, waiting: Sequence[Claim]) -> Sequence[Claim]:
        """Settles on *level* what passes *test*; what is left waits for the next."""
        still: list[Claim] = []
        for claim in waiting:
            where = self._where(claim, level)
            if where is not None and test(claim, where):
                claim.level, claim.where = level, where
            else:
                still.append(claim)
        return still

    def _where(self, claim: Claim, level: Level) -> int | Parts | None:
        if level is Level.LINE:
            return self.by_line.get((claim.line_id, claim.kind))
        if level is Level.KIND:
            self._grouped()
            return self._by_kind.get(claim.kind)
        return self._grouped() if claim.kind is LineKind.WHOLE else None

    def _grouped(self) -> Parts:
        """The whole order, and the parts of each kind: only once they are asked for, as most lines name their part."""
        if self._whole is None:
            self._whole = Parts(list(range(len(self.outstanding))), self.owed)
            for place, kind in enumerate(self.kinds):
                parts = self._by_kind.setdefault(kind, Parts())
                parts.places.append(place)
                parts.left += self.outstanding[place]
        return self._whole

    def _room(self, claim: Claim, where: int | Parts) -> int:
        """How much of *where* the line may settle: no more than its order has outstanding is ever paid."""
        left = self.left(where)
        return min(left, self.owed) if claim.amount > 0 else left

    def _exactly(self, claim: Claim, where: int | Parts) -> bool:
        return claim.amount == self.left(where) and self._in_part(claim, where)

    def _named_in_part(self, claim: Claim, where: int | Parts) -> bool:
        """Whether pennies would stay is asked of what stays now: another line may take them yet, in its turn."""
        stays = abs(self.left(where) - claim.amount)
        pennies = 0 < stays <= self._tolerance(where)
        return not is_blank(claim.line_id) and not pennies and self._in_part(claim, where)

    def _one_part(self) -> _Test:
        """An equal amount chooses between the parts of one kind, the first of them."""
        equal: dict[LineKind, dict[int, list[int]]] = {}

        def test(claim: Claim, where: int | Parts) -> bool:
            if claim.kind not in equal:
                equal[claim.kind] = self._by_amount(self._by_kind[claim.kind])
            places = equal[claim.kind].get(claim.amount)
            if not places or claim.amount > max(0, self.owed):
                return False
            if claim.amount:  # parts of nothing stay what they are
                self._change(places.pop(), claim.amount)
            return True

        return test

    def _by_amount(self, parts: Parts) -> dict[int, list[int]]:
        """The places of *parts* by what is outstanding of them, the last first."""
        found: dict[int, list[int]] = {}
        for place in reversed(parts.places):
            found.setdefault(self.outstanding[place], []).append(place)
        return found

    def _in_part(self, claim: Claim, where: int | Parts) -> bool:
        room = self._room(claim, where)
        if not min(0, room) <= claim.amount <= max(0, room):
            return False
        self._take(claim, where, claim.amount)
        return True

    def _too_much(self, claim: Claim, where: int | Parts) -> bool:
        room = self._room(claim, where)
        beyond = abs(claim.amount) - abs(room)
        if room * claim.amount < 0 or beyond > self._tolerance(where):
            return False
        claim.difference = claim.amount - room
        self._spend(beyond)
        self._take(claim, where, room)
        return True

    def _tolerance(self, where: int | Parts) -> int:
        many = 1 if isinstance(where, int) else len(where.places)
        return min(self.slack * many, self.budget.left())

    def _take(self, claim: Claim, where: int | Parts, amount: int) -> None:
        if isinstance(where, int):
            self._change(where, amount)
        elif amount == where.left:
            self._clear(where)
        else:
            self._fill(where, amount)
        claim.shares = True

    def _change(self, place: int, amount: int) -> None:
        self.outstanding[place] -= amount
        self.owed -= amount
        if self._whole is not None:
            self._whole.left -= amount
            self._by_kind[self.kinds[place]].left -= amount

    def _clear(self, parts: Parts) -> None:
        if not parts.cleared:
            parts.cleared = True
            for place in parts.places:
                self._change(place, self.outstanding[place])

    def _fill(self, parts: Parts, amount: int) -> None:
        """*amount* taken in the sequence of *parts*, from those of its own sign, none further than to nothing."""
        side = int(amount < 0)
        while amount:
            place = parts.places[parts.passed[side]]
            part = self.outstanding[place]
            if part * amount > 0:
                taken = min(part, amount, key=abs)
                self._change(place, taken)
                amount -= taken
            if amount:
                parts.passed[side] += 1

    def _spend(self, pennies: int) -> None:
        self.budget.spent += pennies
        self.spent += pennies

    def _write_off(self, in_sequence: Sequence[Claim]) -> None:
        largest: dict[tuple[int, int], tuple[int | Parts, Claim]] = {}
        for claim in in_sequence:
            if claim.level is not None and claim.where is not None and claim.shares:
                first = claim.where if isinstance(claim.where, int) else claim.where.places[0]
                largest[claim.level.value, first] = claim.where, claim
        for _, (where, claim) in sorted(largest.items(), key=lambda item: item[0]):
            lacking = self.left(where)
            # Of an order that is settled nothing lacks, and no order is left overpaid.
            if lacking and self.owed and lacking <= max(0, self.owed) and abs(lacking) <= self._tolerance(where):
                self._take(claim, where, lacking)
                self._spend(abs(lacking))
                claim.difference -= lacking


def _size(claim: Claim) -> tuple[int, str]:
    return abs(claim.amount), claim.key
