"""Settlements as a slow and simple reading of the rules gives them: without an index, without running totals."""

import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import attrs

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import LineId, OrderId
from khaos_connectors.core.refunds import CreditedLine, CreditNote
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    FeeRule,
    LineClass,
    LineKind,
    MatchRule,
    MatchStatus,
    Meaning,
    Reconciliation,
    SettlementLine,
    match,
)
from khaos_connectors.testing.settlement_strategies import Settlement

PENNY, NIL = Decimal("0.01"), Decimal(0)


def run(settlement: Settlement) -> Reconciliation:
    return match(
        settlement.lines,
        orders=settlement.orders,
        credit_notes=settlement.credit_notes,
        fees=settlement.fees,
        seen=settlement.seen,
    )


Key = tuple[object, ...]


@attrs.define
class Taking:
    """A line, the parts that it was settled with and on which level; *shared*: it took its part of their sum."""

    line: SettlementLine
    level: int
    keys: list[Key]
    difference: Decimal
    shared: bool


@attrs.define
class Oracle:
    """Everything is looked for by going through everything; what was taken is a list of amounts."""

    settlement: Settlement
    taken: list[tuple[Key, Decimal]] = attrs.field(factory=list)
    rounded: list[tuple[Key, Key, Decimal]] = attrs.field(factory=list)
    takings: list[Taking] = attrs.field(factory=list)

    def counted(self) -> list[int]:
        places = range(len(self.settlement.lines))
        copies = [
            [each for each in places if self.settlement.lines[each].line_id == self.settlement.lines[place].line_id]
            for place in places
        ]
        return [
            place
            for place in places
            if self.settlement.lines[place].line_id not in self.settlement.seen
            and place == min(copies[place], key=lambda each: (repr(self.settlement.lines[each]), each))
        ]

    def places_of(self, order_id: str, reference: str = "") -> list[int]:
        """Where the order stands that goes by these names; a name of nothing but spaces is none."""
        orders = list(enumerate(self.settlement.orders))
        found = [place for place, order in orders if order_id.strip() and order.order_id == order_id]
        wanted = reference if reference.strip() else order_id
        return found or [place for place, order in orders if wanted.strip() and order.reference == wanted]

    def order_of(self, line: SettlementLine) -> int | None:
        found = self.places_of(line.order_id, line.order_reference)
        return found[0] if len(found) == 1 else None

    def note_of(self, line: SettlementLine) -> int | None:
        found = [
            place
            for place, note in enumerate(self.settlement.credit_notes)
            if note.complete and line.refund_id.strip() and note.refund_id == line.refund_id
        ]
        return found[0] if found else None

    def purse(self, note: int) -> Key:
        """Who bears the pennies of a credit note."""
        order_id = self.settlement.credit_notes[note].order_id
        orders = self.places_of(order_id)
        if len(orders) == 1:
            return ("order", orders[0])
        return ("named", order_id) if order_id.strip() else ("note", note)

    def spent(self, purse: Key) -> Decimal:
        orders, notes = enumerate(self.settlement.orders), enumerate(self.settlement.credit_notes)
        before = sum(order.written_off for place, order in orders if purse == ("order", place))
        before += sum(note.written_off for place, note in notes if purse == self.purse(place))
        return before + sum(abs(amount) for who, _, amount in self.rounded if who == purse)

    def left(self, keys: list[Key]) -> Decimal:
        return sum((self.owed(key) for key in keys), NIL)

    def owed(self, key: Key) -> Decimal:
        if key[0] == "note":
            note = self.settlement.credit_notes[key[1]]
            whole = note.settled - note.total
        else:
            part = self.settlement.orders[key[1]].parts[key[2]]
            whole = part.amount - part.settled
        return whole - sum(amount for taken, amount in self.taken if taken == key)

    def give(self, keys: list[Key], amount: Decimal) -> None:
        """Penny by penny, from the first part of the amount's sign; all of it where it is all that is left."""
        if amount == self.left(keys):
            self.taken += [(key, self.owed(key)) for key in keys]
            return
        step = PENNY if amount > 0 else -PENNY
        for key in keys:
            while amount and self.owed(key) * step > 0:
                self.taken.append((key, step))
                amount -= step

    def keys(self, level: int, line: SettlementLine, account: Key) -> list[Key]:
        if account[0] == "note":
            return [account] if level == 1 else []
        parts = list(enumerate(self.settlement.orders[account[1]].parts))
        kind = line.meaning.kind
        fits = {
            1: [place for place, p in parts if line.order_line_id in (p.line_id, *p.also) and p.kind is kind],
            2: [place for place, p in parts if p.kind is kind],
            3: [place for place, p in parts if kind is LineKind.WHOLE],
        }
        return [(*account, place) for place in fits[level]]

    def everything(self, account: Key) -> list[Key]:
        if account[0] == "note":
            return [account]
        return [(*account, place) for place in range(len(self.settlement.orders[account[1]].parts))]

    def allowed(self, keys: list[Key], purse: Key) -> Decimal:
        return min(PENNY * len(keys), Decimal("0.05") - self.spent(purse))

    def settle(self, account: Key, purse: Key, lines: list[SettlementLine]) -> None:
        """What is taken back, then what is paid; what is exact on any level, then what is near; small lines first."""
        begun = len(self.takings)
        for paid in (False, True):
            waiting = [line for line in lines if (line.amount > 0) is paid]
            for level, test in (
                (1, self.exactly),
                (1, self.named_in_part),
                (2, self.one_part),
                (2, self.exactly),
                (3, self.exactly),
                *((level, test) for level in (1, 2, 3) for test in (self.in_part, self.too_much)),
            ):
                for line in sorted(waiting, key=lambda line: (abs(line.amount), line.line_id)):
                    keys = self.keys(level, line, account)
                    taking = Taking(line, level, keys, NIL, shared=True)
                    if keys and test(taking, account, purse):
                        waiting.remove(line)
                        self.takings.append(taking)
        self.write_off([taking for taking in self.takings[begun:] if taking.shared], account, purse)

    def room(self, line: SettlementLine, keys: list[Key], account: Key) -> Decimal:
        """A line that is paid may not overpay its order."""
        return min(self.left(keys), self.left(self.everything(account))) if line.amount > 0 else self.left(keys)

    def one_part(self, taking: Taking, account: Key, _: Key) -> bool:
        amount = taking.line.amount
        for key in taking.keys:
            if self.owed(key) == amount and (amount <= 0 or amount <= self.room(taking.line, [key], account)):
                self.taken.append((key, amount))
                taking.shared = False
                return True
        return False

    def exactly(self, taking: Taking, account: Key, purse: Key) -> bool:
        return taking.line.amount == self.left(taking.keys) and self.in_part(taking, account, purse)

    def named_in_part(self, taking: Taking, account: Key, purse: Key) -> bool:
        """A part shipment: more than pennies of the named line stay, or nothing."""
        stays = abs(self.left(taking.keys) - taking.line.amount)
        if account[0] == "note" or not taking.line.order_line_id.strip():
            return False
        return (stays == 0 or stays > self.allowed(taking.keys, purse)) and self.in_part(taking, account, purse)

    def in_part(self, taking: Taking, account: Key, _: Key) -> bool:
        amount, room = taking.line.amount, self.room(taking.line, taking.keys, account)
        fits = room <= amount <= 0 or 0 <= amount <= room
        if fits or amount == 0:
            self.give(taking.keys, amount)
        return fits or amount == 0

    def too_much(self, taking: Taking, account: Key, purse: Key) -> bool:
        room = self.room(taking.line, taking.keys, account)
        beyond = taking.line.amount - room
        if room * taking.line.amount < 0 or abs(beyond) > self.allowed(taking.keys, purse):
            return False
        self.give(taking.keys, room)
        self.rounded.append((purse, account, beyond))
        taking.difference = beyond
        return True

    def write_off(self, mine: list[Taking], account: Key, purse: Key) -> None:
        for level, keys in sorted({(taking.level, tuple(taking.keys)) for taking in mine}):
            lacks, order_lacks = self.left(list(keys)), self.left(self.everything(account))
            if not lacks or not order_lacks or (lacks > 0 and lacks > order_lacks):
                continue
            if abs(lacks) <= self.allowed(list(keys), purse):
                on = [taking for taking in mine if (taking.level, tuple(taking.keys)) == (level, keys)]
                largest = max(on, key=lambda taking: (abs(taking.line.amount), taking.line.line_id))
                self.give(list(keys), lacks)
                self.rounded.append((purse, account, -lacks))
                largest.difference -= lacks

    def verdicts(self) -> Iterator[tuple[object, ...]]:
        by_type = {LineClass.FEE: "FEE", LineClass.ADJUSTMENT: "ADJUSTMENT", LineClass.RESERVE: "RESERVE"}
        by_type[LineClass.OPERATOR_TAX] = "OPERATOR_TAX"
        counted = self.counted()
        lines = [self.settlement.lines[place] for place in counted]
        for place in range(len(self.settlement.orders)):
            sales = [line for line in lines if line.line_class is LineClass.SALE and self.order_of(line) == place]
            self.settle(("order", place), ("order", place), sales)
        for place, _ in sorted(enumerate(self.settlement.credit_notes), key=lambda each: each[1].refund_id):
            back = [line for line in lines if line.line_class is LineClass.REFUND and self.note_of(line) == place]
            self.settle(("note", place), self.purse(place), back)
        for place, line in enumerate(self.settlement.lines):
            if place not in counted:
                yield (MatchStatus.DUPLICATE,)
            elif line.line_class is LineClass.PAYOUT:
                yield (MatchStatus.PAYOUT,)
            elif line.line_class in by_type and line.type in self.settlement.fees:
                account = self.settlement.fees[line.type].account
                yield MatchStatus[by_type[line.line_class]], MatchRule.TYPE, account, NIL, NIL
            else:
                yield self.verdict(line)

    def verdict(self, line: SettlementLine) -> tuple[object, ...]:
        found = [taking for taking in self.takings if taking.line is line]
        if not found:
            return (MatchStatus.UNMATCHED,)
        (taking,) = found
        if line.line_class is LineClass.REFUND:
            rule, target = MatchRule.REFUND, self.settlement.credit_notes[taking.keys[0][1]].code
        else:
            order = self.settlement.orders[self.order_of(line)]
            by_id = order.order_id == line.order_id and bool(line.order_id.strip())
            how = "ORDER" if by_id else "REFERENCE"
            rule = MatchRule[f"{how}_{'LINE' if taking.level == 1 else 'TOTAL'}"]
            target = order.order_id if order.order_id.strip() else order.reference
        return MatchStatus.MATCHED, rule, target, taking.difference, self.left(taking.keys)


def random_settlement(rng: random.Random) -> Settlement:
    """Small and full of collisions, without a search strategy: thousands of these are made in seconds."""

    def pence(low: int, high: int) -> Decimal:
        return Decimal(rng.randint(low, high)).scaleb(-2)

    kinds = (LineKind.GOODS, LineKind.GOODS, LineKind.SHIPPING)
    orders: list[ExpectedOrder] = []
    for order_id in ("O1", "O2", rng.choice(("O3", "", " ")), "")[: rng.choice((0, 1, 2, 2, 3, 4))]:
        keys = {(rng.choice(("", "1", "2")), rng.choice(kinds)) for _ in range(rng.randint(1, 5))}
        also = LineId("9")
        parts = tuple(
            Expected(
                line_id=LineId(line_id),
                kind=kind,
                amount=pence(-6, 20),
                settled=pence(0, 1) * 3,
                also=(also,) if (line_id, kind) == ("1", LineKind.GOODS) and rng.random() < 0.3 else (),
            )
            for line_id, kind in sorted(keys, key=str)
        )
        orders.append(
            ExpectedOrder(
                order_id=OrderId(order_id),
                currency="GBP",
                parts=parts,
                reference=rng.choice(("", " ", "REF", "O3", "REF2")),
                written_off=rng.choice((NIL, NIL, Decimal("0.04"))),
            )
        )
    notes = tuple(
        CreditNote(
            code=f"CN-{place}",
            refund_id=refund_id,
            order_id=OrderId(rng.choice(("O1", "O2", "O9", "REF", "", " "))),
            currency="GBP",
            lines=(CreditedLine(line_id=LineId("1"), gross=gross),),
            complete=rng.random() < 0.8,
            settled=min(gross, pence(0, 2)),
            written_off=rng.choice((NIL, NIL, Decimal("0.03"))),
        )
        for place, refund_id in enumerate(("R1", "R2", "", "")[: rng.randint(0, 4)])
        for gross in (pence(0, 12),)
    )
    meanings = {
        "GOODS": Meaning(LineClass.SALE, LineKind.GOODS),
        "SHIPPING": Meaning(LineClass.SALE, LineKind.SHIPPING),
        "WHOLE": Meaning(LineClass.SALE, LineKind.WHOLE),
        "REFUND": Meaning(LineClass.REFUND),
        "FEE": Meaning(LineClass.FEE),
        "FEE_BACK": Meaning(LineClass.FEE, returned=True),
        "MANUAL": Meaning(LineClass.ADJUSTMENT),
        "PAYMENT": Meaning(LineClass.PAYOUT),
        "NEW": Meaning(LineClass.UNKNOWN),
    }
    likely = ["GOODS"] * 8 + ["SHIPPING"] * 3 + ["WHOLE"] * 2 + ["REFUND"] * 3 + ["FEE"] * 2 + list(meanings)
    lines: list[SettlementLine] = []
    for _ in range(rng.randint(1, 8)):
        kind = rng.choice(likely)
        amount = pence(-6 if rng.random() < 0.2 else 0, rng.choice((6, 12, 24)))
        lines.append(
            SettlementLine(
                line_id=str(rng.randint(1, 40)),
                statement_id="S",
                type=kind,
                currency="GBP",
                amount=-amount if kind in ("REFUND", "FEE") else amount,
                meaning=meanings[kind],
                order_id=OrderId(rng.choice(("O1", "O1", "O1", "O1", "O2", "O2", "O3", "REF", "", " "))),
                order_line_id=LineId(rng.choice(("", "1", "2", "9"))),
                order_reference=rng.choice(("", "", " ", "REF", "REF2")),
                refund_id=rng.choice(("R1", "R1", "R2", "", " ")),
            )
        )
    fees = {"FEE": FeeRule(account="7100", rate="15%"), "FEE_BACK": FeeRule(account="7101", rate="15%")}
    if rng.random() < 0.3:
        fees["MANUAL"] = FeeRule(account="7200")
    return Settlement(
        lines=tuple(lines), orders=tuple(orders), credit_notes=notes, fees=fees, seen=rng.choice(((), ("1", "2")))
    )


def same_fees_are_off(oracle: Oracle) -> set[str]:
    """Fees that are not their rate of what they are measured on, worked out line by line with fractions."""
    settlement = oracle.settlement
    unseen = [settlement.lines[place] for place in oracle.counted()]

    def names(each: SettlementLine) -> str:
        order = oracle.order_of(each)
        if order is not None:
            found = settlement.orders[order]
            return found.order_id if found.order_id.strip() else found.reference
        return each.order_id if each.order_id.strip() else each.order_reference.strip()

    def owner(each: SettlementLine) -> tuple[str, ...]:
        back = each.type in ("REFUND", "FEE_BACK")
        if back and each.refund_id.strip():
            return ("refund", each.refund_id)
        return ("refunds" if back else "sales", names(each))

    off: set[str] = set()
    for line in unseen:
        if line.type not in ("FEE", "FEE_BACK"):
            continue
        sold = [
            each.amount
            for each in unseen
            if each.line_class in (LineClass.SALE, LineClass.REFUND)
            and owner(each) == owner(line)
            and owner(each)[1]
            and each.meaning.kind in (LineKind.GOODS, LineKind.SHIPPING, LineKind.WHOLE)
        ]
        note, order = oracle.note_of(line), oracle.order_of(line)
        if not sold and line.type == "FEE_BACK" and note is not None:
            sold = [-settlement.credit_notes[note].total]
        elif not sold and line.type == "FEE" and order is not None:
            sold = [sum((p.amount for p in settlement.orders[order].parts), NIL)]
        charged = [each.amount for each in unseen if each.type == line.type and owner(each) == owner(line)]
        exact = Decimal("-0.15") * sum(sold)
        rounded = exact.quantize(PENNY, rounding="ROUND_HALF_UP")
        if not sold or abs(sum(charged) - rounded) > PENNY * len(charged):
            off.add(f"{owner(line)[1] or line.statement_id}/{line.type}")
    return off


def agrees(settlement: Settlement, found: Reconciliation, reached: Counter[object]) -> None:
    """Whether *found* is what the oracle says, line by line, record by record and fee by fee."""
    oracle = Oracle(settlement)
    for result, verdict in zip(found.results, oracle.verdicts(), strict=True):
        told = (result.status, result.rule, result.target, result.difference, result.outstanding)
        assert told[: len(verdict)] == verdict, (settlement, result)
        reached[result.status, result.rule, bool(result.difference), bool(result.outstanding)] += 1
        if result.line.meaning.kind is LineKind.WHOLE:
            reached["whole", result.status, bool(result.difference)] += 1
    for place, (before, after) in enumerate(zip(settlement.orders, found.orders, strict=True)):
        for part, (old, new) in enumerate(zip(before.parts, after.parts, strict=True)):
            assert new.settled == old.amount - oracle.owed(("order", place, part))
        here = sum(abs(amount) for who, _, amount in oracle.rounded if who == ("order", place))
        assert after.written_off == before.written_off + here
    for place, (old, new) in enumerate(zip(settlement.credit_notes, found.credit_notes, strict=True)):
        assert new.settled == old.total + oracle.owed(("note", place))
        here = [amount for who, on, amount in oracle.rounded if on == ("note", place) and who[0] != "order"]
        assert new.written_off == old.written_off + sum(map(abs, here))
        reached["penny of a note"] += bool(here)
    off = {reason.entity for reason in found.reasons if reason.type is ExceptionType.FEE_MISMATCH}
    assert off == same_fees_are_off(oracle)
    reached["fee off"] += bool(off)


def without_sequence(found: Reconciliation) -> tuple[Counter[object], object, object]:
    """What a reconciliation says, whatever the sequence of its lines."""
    told = [(repr(r.line), r.status, r.rule, r.target, r.difference, r.outstanding, r.order_id) for r in found.results]
    reasons = [(reason.type, reason.entity, reason.message) for reason in found.reasons]
    return Counter([*told, *reasons]), found.orders, found.credit_notes


def test_match_is_what_the_rules_say() -> None:
    """Domain §9.2: on thousands of small random settlements, line by line and part by part, fees included; carriage,
    whole orders, blank ids and aliases among them, and each again in another sequence."""
    rng = random.Random(97)
    reached: Counter[object] = Counter()
    for _ in range(4000):
        settlement = random_settlement(rng)
        found = run(settlement)
        agrees(settlement, found, reached)
        mixed = attrs.evolve(settlement, lines=tuple(rng.sample(settlement.lines, len(settlement.lines))))
        assert without_sequence(run(mixed)) == without_sequence(found), settlement
    # The cases are not all of one sort: whole, in part and with a difference, by every rule.
    assert min(reached.values()) >= 2, reached
    assert len(reached) >= 26, reached
