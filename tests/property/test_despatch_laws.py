"""Laws of despatches and tracking numbers: never more than ordered, told once, and check digits know their own."""

from datetime import UTC, datetime
from decimal import Decimal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.despatch import (
    Despatch,
    DespatchLine,
    Parcel,
    ShipmentPlan,
    ShippedUnits,
    plan_shipment,
)
from khaos_connectors.core.ids import (
    AccountId,
    ChannelSku,
    CourierId,
    DespatchId,
    ErpOrderCode,
    LineId,
    OrderId,
    OrderRef,
    StockCode,
)
from khaos_connectors.core.orders import ChannelOrder, OrderLine, OrderState, TaxMode
from khaos_connectors.core.packs import fill_packs
from khaos_connectors.core.skus import Target
from khaos_connectors.core.tracking import (
    TrackingVerdict,
    check_tracking,
    dpd_check_character,
    gs1_check_digit,
    infer_courier,
)
from khaos_connectors.testing.order_strategies import (
    already_told,
    channel_orders,
    despatches_of,
    targets_of,
    tracking_numbers,
)

law = settings(deadline=None, max_examples=80)
GONE = (OrderState.CANCELLED, OrderState.REFUSED)
MUG = StockCode("MUG")
DAY = datetime(2026, 3, 6, tzinfo=UTC)
ORDER = ChannelOrder(
    account=AccountId("john-lewis"),
    order_id=OrderId("O1"),
    state=OrderState.AWAITING_SHIPMENT,
    placed_at=DAY,
    changed_at=DAY,
    currency="GBP",
    tax_mode=TaxMode.INCLUDED,
    lines=(),
    total=Decimal(10),
)


def as_told(order: ChannelOrder, plan: ShipmentPlan) -> tuple[ShippedUnits, ...]:
    """What the channel knows once every part of *plan* was told."""
    return tuple(
        ShippedUnits(order_id=order.order_id, lines=part.lines, tracking=part.parcel.tracking) for part in plan.parts
    )


@law
@given(order=channel_orders(), data=st.data(), several=st.booleans(), wait_full=st.booleans())
def test_never_more_than_ordered(order: ChannelOrder, data: st.DataObject, *, several: bool, wait_full: bool) -> None:
    """Over any run of despatches: told per line <= ordered - cancelled, and nothing of a line that is gone."""
    already = data.draw(already_told(order))
    for number in (1, 2, 3):
        plan = plan_shipment(
            data.draw(despatches_of(order, number=number)),
            order,
            targets=targets_of(order),
            already=already,
            several_shipments=several,
            wait_full=wait_full,
        )
        already = (*already, *as_told(order, plan))
        assert (
            bool(plan.parts) + plan.done + bool(plan.reasons) == 1
        )  # one of the three, so nothing is dropped silently
    for line in order.lines:
        told = sum(x.quantity for shipment in already for x in shipment.lines if x.line_id == line.line_id)
        assert told <= (0 if line.state in GONE else line.open_quantity)


@law
@given(order=channel_orders(), data=st.data(), several=st.booleans())
def test_telling_twice_is_telling_once(order: ChannelOrder, data: st.DataObject, *, several: bool) -> None:
    """Once the channel has every part with its number, the same despatch has nothing more to tell."""
    despatch = data.draw(despatches_of(order))
    plan = plan_shipment(despatch, order, targets=targets_of(order), already=(), several_shipments=several)
    if not despatch.parcels or not plan.parts:
        return

    again = plan_shipment(
        despatch, order, targets=targets_of(order), already=as_told(order, plan), several_shipments=several
    )

    assert again == ShipmentPlan(done=True)


@st.composite
def consignments(draw: st.DrawFn) -> tuple[Despatch, ...]:
    """Despatches of one order, some of which share numbers and units, parcel by parcel or as a whole."""
    made: list[Despatch] = []
    for name in draw(st.lists(st.sampled_from(["D1", "D2", "D3", "D10"]), min_size=2, max_size=4, unique=True)):
        sizes = draw(st.lists(st.tuples(st.sampled_from(["N1", "N2"]), st.integers(1, 2)), min_size=1, max_size=2))
        boxes = [(number, DespatchLine(stock_code=MUG, units=units)) for number, units in sizes]
        listed = draw(st.booleans())
        made.append(
            Despatch(
                account=AccountId("erp"),
                reference=OrderRef("O1"),
                erp_order=ErpOrderCode("SO1"),
                despatch_id=DespatchId(name),
                despatched_on=DAY,
                lines=tuple(line for _, line in boxes),
                parcels=tuple(Parcel(tracking=number, lines=(line,) if listed else ()) for number, line in boxes),
            )
        )
    return tuple(made)


@law
@given(consignments(), st.data())
def test_each_despatch_is_told_once_whatever_its_number(left: tuple[Despatch, ...], data: st.DataObject) -> None:
    """Told in any sequence, cut off between parcels, with or without memory of it, some of them known late: in the
    end the channel has every mug once under the numbers of its despatches, and then nothing is left to tell.
    """
    mugs = sum(line.units for each in left for line in each.lines)
    line = OrderLine(
        line_id=LineId("L1"),
        sku=ChannelSku("MUG"),
        quantity=mugs,
        amount=Decimal(10),
        state=OrderState.AWAITING_SHIPMENT,
    )
    order = attrs.evolve(ORDER, lines=(line,))
    channel: list[ShippedUnits] = []
    told: list[DespatchId] = []

    def plan(each: Despatch, others: tuple[Despatch, ...]) -> ShipmentPlan:
        targets = {line.sku: Target(MUG)}
        return plan_shipment(
            each, order, targets=targets, already=channel, several_shipments=True, others=others, told=told
        )

    for each in data.draw(st.lists(st.sampled_from(left), max_size=8)):
        seen = tuple(other for other in left if other is each or other.despatch_id in told or data.draw(st.booleans()))
        parts = as_told(order, plan(each, seen))
        channel += parts[: data.draw(st.integers(0, len(parts)))]
        told += [each.despatch_id] * data.draw(st.booleans())
    told = [name for name in told if data.draw(st.booleans())]
    for _ in left:
        for each in left:
            channel += as_told(order, plan(each, left))

    assert [plan(each, left) for each in left] == [ShipmentPlan(done=True)] * len(left)
    assert sum(line.quantity for shipment in channel for line in shipment.lines) == mugs


@law
@given(channel_orders(), st.data())
def test_parts_are_what_left(order: ChannelOrder, data: st.DataObject) -> None:
    """Where items are told, the parts' packs are exactly the despatch's eaches, code by code."""
    despatch = attrs.evolve(data.draw(despatches_of(order)), final=False)
    targets = targets_of(order)
    plan = plan_shipment(despatch, order, targets=targets, already=(), several_shipments=True)
    if not plan.parts:
        return
    lines = {line.line_id: targets[line.sku] for line in order.lines}
    told: dict[str, int] = {}
    for part in plan.parts:
        for x in part.lines:
            assert x.quantity > 0
            told[lines[x.line_id].stock_code] = (
                told.get(lines[x.line_id].stock_code, 0) + x.quantity * lines[x.line_id].pack
            )
    left: dict[str, int] = {}
    for item in despatch.lines or [line for parcel in despatch.parcels for line in parcel.lines]:
        left[item.stock_code] = left.get(item.stock_code, 0) + item.units

    assert told == left
    assert [part.final for part in plan.parts[:-1]] == [False] * (len(plan.parts) - 1)


@law
@given(st.integers(0, 40), st.lists(st.tuples(st.integers(1, 6), st.integers(0, 5)), max_size=3))
def test_packs_take_every_unit(units: int, lines: list[tuple[int, int]]) -> None:
    """A choice of packs takes exactly the units within the room of each line; None only if none does."""
    packs = fill_packs(units, lines)
    reachable = {0}
    for pack, room in lines:
        reachable = {total + pack * count for total in reachable for count in range(room + 1)}

    assert (packs is None) is (units not in reachable)
    if packs is not None:
        assert sum(count * pack for count, (pack, _) in zip(packs, lines, strict=True)) == units
        assert all(0 <= count <= room for count, (_, room) in zip(packs, lines, strict=True))


@law
@given(tracking_numbers())
def test_checks_accept_what_they_generate(drawn: tuple[CourierId, str]) -> None:
    """A number made with its check digit is VALID for its courier, and is never inferred to be another's."""
    courier, number = drawn

    assert check_tracking(courier, number) is TrackingVerdict.VALID
    assert infer_courier(number) in (courier, None)


@law
@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_gs1_sees_every_wrong_digit(digits: str, place: int, change: int) -> None:
    """Any single digit changed changes the check digit."""
    wrong = digits[:place] + str((int(digits[place]) + change) % 10) + digits[place + 1 :]

    assert gs1_check_digit(wrong) != gs1_check_digit(digits)


@law
@given(st.text("0123456789", min_size=14, max_size=14), st.integers(0, 13), st.integers(1, 9))
def test_dpd_sees_every_wrong_digit(digits: str, place: int, change: int) -> None:
    """Any single digit changed makes the fifteen characters invalid."""
    wrong = digits[:place] + str((int(digits[place]) + change) % 10) + digits[place + 1 :]

    assert check_tracking(CourierId("dpd-uk"), wrong + dpd_check_character(digits)) is TrackingVerdict.INVALID


def test_how_much_fedex_misses() -> None:
    """Counted over every single error in a sample: some slip through, about one in fifty, so all is not promised."""
    bodies = [f"{number * 61803398875 % 10**11:011}" for number in range(1, 60)]
    missed = checked = 0
    for body in bodies:
        good = check_tracking(CourierId("fedex"), body + _fedex(body))
        assert good is TrackingVerdict.VALID
        for place in range(11):
            for digit in "0123456789":
                if digit != body[place]:
                    wrong = body[:place] + digit + body[place + 1 :]
                    checked += 1
                    missed += check_tracking(CourierId("fedex"), wrong + _fedex(body)) is TrackingVerdict.VALID
    assert 0.01 < missed / checked < 0.03


def _fedex(body: str) -> str:
    return next(d for d in "0123456789" if check_tracking(CourierId("fedex"), body + d) is TrackingVerdict.VALID)
