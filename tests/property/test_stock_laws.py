"""Laws of the pool, of demand in flight, of buffers and of what a listing shows (domain §12, Stock)."""

from datetime import UTC, datetime, timedelta
from random import Random

import attrs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from khaos_connectors.core.availability import ListingPolicy, available_to_sell, explain
from khaos_connectors.core.buffers import Buffer, Fixed, MaxOf
from khaos_connectors.core.ids import AccountId, LineId, LocationId, OrderId, StockCode
from khaos_connectors.core.stock import CommitmentBasis, Demand, Netting, Snapshot, StockFigure, in_flight, pool
from khaos_connectors.testing.strategies import (
    buffers,
    demands,
    figures_of_one_code,
    instants,
    listing_policies,
    snapshots,
    stock_figures,
)

law = settings(deadline=None, max_examples=80)
bases = st.sampled_from(CommitmentBasis)
nettings = st.sampled_from(Netting)
pools = st.integers(-20, 120)
shares = st.none() | st.integers(0, 120)
TEN = datetime(2025, 3, 14, 10, tzinfo=UTC)


def counted_one_by_one(  # noqa: C901, PLR0912 - reason: an oracle that shares no line with the code under test
    figures: list[StockFigure], unseen: int, basis: CommitmentBasis, netting: Netting, until: datetime | None
) -> int:
    """The pool by putting units on a table and taking them away one at a time, a location after the other."""
    debts = unseen
    units = 0
    for figure in figures:
        here = 0
        if basis == CommitmentBasis.AVAILABLE:
            assert figure.available is not None
            here += figure.available
            for _ in range(figure.back_order):
                here -= 1
        else:
            assert figure.physical is not None
            assert figure.ordered_open is not None
            here += figure.physical
            for _ in range(figure.unsellable):
                here -= 1
            claims = {
                CommitmentBasis.ALLOCATED: [figure.allocated],
                CommitmentBasis.ORDERED: [figure.ordered_open],
                CommitmentBasis.MAX: [figure.allocated, figure.ordered_open],
            }[basis]
            for _ in range(max(claims)):
                here -= 1
            for _ in range(figure.shipped_not_posted):
                here += 1
        for _ in range(figure.held):
            here -= 1
        if netting == Netting.NET or here > 0:
            units += here
        if until is not None:
            for receipt in figure.incoming:
                if receipt.confirmed and not receipt.due > until:
                    units += receipt.units
    while debts:
        units, debts = units - 1, debts - 1
    return units


class TestPool:
    @settings(deadline=None, max_examples=2500)  # an oracle is worth as much as the cases that it has seen
    @given(figures_of_one_code(), st.integers(0, 20), bases, nettings, st.none() | instants())
    def test_it_is_what_counting_by_hand_gives(
        self,
        figures: list[StockFigure],
        unseen: int,
        basis: CommitmentBasis,
        netting: Netting,
        until: datetime | None,
    ) -> None:
        """An independent count, unit by unit, comes to the same pool."""
        expected = counted_one_by_one(figures, unseen, basis, netting, until)

        assert pool(figures, in_flight=unseen, basis=basis, netting=netting, incoming_until=until) == expected

    @law
    @given(figures_of_one_code(), bases, nettings, st.randoms(use_true_random=False))
    def test_the_order_of_locations_does_not_matter(
        self, figures: list[StockFigure], basis: CommitmentBasis, netting: Netting, random: Random
    ) -> None:
        """The same figures in any order give the same pool."""
        shuffled = list(figures)
        random.shuffle(shuffled)

        assert pool(shuffled, basis=basis, netting=netting) == pool(figures, basis=basis, netting=netting)

    @law
    @given(figures_of_one_code(), bases, nettings, st.integers(1, 20))
    def test_more_stock_never_lowers_it(
        self, figures: list[StockFigure], basis: CommitmentBasis, netting: Netting, more: int
    ) -> None:
        """Raising what is on the shelf (or what the ERP calls available) never lowers the pool."""
        first = figures[0]
        assert first.physical is not None
        assert first.available is not None
        raised = attrs.evolve(first, physical=first.physical + more, available=first.available + more)

        assert pool([raised, *figures[1:]], basis=basis, netting=netting) >= pool(figures, basis=basis, netting=netting)

    @law
    @given(
        figures_of_one_code(),
        bases,
        nettings,
        st.sampled_from(["unsellable", "allocated", "ordered_open", "back_order", "held"]),
        st.integers(1, 20),
    )
    def test_more_claims_never_raise_it(
        self, figures: list[StockFigure], basis: CommitmentBasis, netting: Netting, field: str, more: int
    ) -> None:
        """Raising any claim on the stock never raises the pool."""
        claimed = attrs.evolve(figures[0], **{field: getattr(figures[0], field) + more})

        assert pool([claimed, *figures[1:]], basis=basis, netting=netting) <= pool(
            figures, basis=basis, netting=netting
        )

    @law
    @given(figures_of_one_code(), st.integers(0, 20), st.integers(0, 20))
    def test_each_unit_in_flight_is_one_unit_less(self, figures: list[StockFigure], less: int, more: int) -> None:
        """Demand in flight comes off the pool unit for unit, below zero too."""
        assert pool(figures, in_flight=less + more) == pool(figures, in_flight=less) - more

    @law
    @given(figures_of_one_code(), bases)
    def test_netting_is_the_cautious_one(self, figures: list[StockFigure], basis: CommitmentBasis) -> None:
        """NET never promises more than FLOOR_EACH, and at one location without debt they agree."""
        net = pool(figures, basis=basis)
        floor = pool(figures, basis=basis, netting=Netting.FLOOR_EACH)

        assert net <= floor
        assert len(figures) > 1 or floor == max(0, net)

    @law
    @given(stock_figures(), bases, st.data())
    def test_splitting_a_location_changes_nothing(
        self, figure: StockFigure, basis: CommitmentBasis, data: st.DataObject
    ) -> None:
        """Two locations with the totals of one net to the same.

        For MAX the larger figure must be the larger one in both parts: the sum of maxima is more cautious otherwise.
        """
        numbers = ["physical", "unsellable", "allocated", "ordered_open", "available", "back_order", "held"]
        part = {name: data.draw(st.integers(0, max(0, getattr(figure, name))), label=name) for name in numbers}
        rest = {name: getattr(figure, name) - part[name] for name in numbers}
        if basis is CommitmentBasis.MAX:
            assume((part["allocated"] - part["ordered_open"]) * (rest["allocated"] - rest["ordered_open"]) >= 0)
        one = attrs.evolve(figure, **part, location=LocationId("ONE"))
        two = attrs.evolve(figure, **rest, location=LocationId("TWO"), shipped_not_posted=0)

        assert pool([one, two], basis=basis) == pool([figure], basis=basis)


class TestInFlight:
    @law
    @given(st.lists(demands(), max_size=6), instants(), bases, st.randoms(use_true_random=False))
    def test_the_order_of_orders_does_not_matter(
        self, lines: list[Demand], as_of: datetime, basis: CommitmentBasis, random: Random
    ) -> None:
        """The same lines in any order are the same demand; none of them ever counts below zero."""
        shuffled = list(lines)
        random.shuffle(shuffled)
        alone = [in_flight([line], as_of=as_of, basis=basis) for line in lines]

        assert in_flight(shuffled, as_of=as_of, basis=basis) == sum(alone)
        assert all(0 <= units <= line.ordered for units, line in zip(alone, lines, strict=True))

    @law
    @given(st.lists(demands(), max_size=6), instants(), bases, st.integers(0, 7200))
    def test_a_later_snapshot_never_sees_less(
        self, lines: list[Demand], as_of: datetime, basis: CommitmentBasis, seconds: int
    ) -> None:
        """A later snapshot contains at least the same orders; skew only ever counts more."""
        later = as_of + timedelta(seconds=seconds)

        assert in_flight(lines, as_of=later, basis=basis) <= in_flight(lines, as_of=as_of, basis=basis)
        assert in_flight(lines, as_of=later, basis=basis, skew=later - as_of) == in_flight(
            lines, as_of=as_of, basis=basis
        )

    @law
    @given(figures_of_one_code(), st.integers(0, 20), st.integers(0, 20), bases)
    def test_importing_an_order_changes_nothing(
        self, figures: list[StockFigure], units: int, unallocated: int, basis: CommitmentBasis
    ) -> None:
        """The pool with an order in flight before a snapshot is the pool with it imported and a later snapshot.

        The ERP allocates at once what it can; the rest of the order is ordered, or on back order.
        """
        unallocated = min(units, unallocated)
        waiting = _line(units)
        imported = attrs.evolve(waiting, erp_created_at=TEN + timedelta(minutes=1), allocated=units - unallocated)
        later = [_with_order(figures[0], units, unallocated), *figures[1:]]
        if basis is CommitmentBasis.MAX:
            # Where more is allocated than ordered, the figures are of two moments and MAX hides part of an order.
            assume(_ordered(figures[0]) - figures[0].allocated >= 0)

        before = pool(figures, in_flight=in_flight([waiting], as_of=TEN, basis=basis), basis=basis)
        seen = in_flight([imported], as_of=TEN + timedelta(minutes=2), basis=basis)
        after = pool(later, in_flight=seen, basis=basis)

        assert after == before

    @law
    @given(figures_of_one_code(), st.integers(0, 20), bases)
    def test_allocating_an_order_changes_nothing(
        self, figures: list[StockFigure], units: int, basis: CommitmentBasis
    ) -> None:
        """An order that moves from in flight to allocated, with a fresh snapshot, leaves the pool as it was."""
        if basis is CommitmentBasis.MAX:
            assume(_ordered(figures[0]) - figures[0].allocated >= 0)
        waiting = _line(units)
        allocated = attrs.evolve(waiting, erp_created_at=TEN, allocated=units)
        fresh = [_with_order(figures[0], units, 0), *figures[1:]]

        assert pool(fresh, in_flight=in_flight([allocated], as_of=TEN, basis=basis), basis=basis) == pool(
            figures, in_flight=in_flight([waiting], as_of=TEN, basis=basis), basis=basis
        )

    @law
    @given(figures_of_one_code(), st.lists(demands(), max_size=4), st.integers(1, 20), bases)
    def test_cancelling_restores_exactly(
        self, figures: list[StockFigure], others: list[Demand], units: int, basis: CommitmentBasis
    ) -> None:
        """An order that comes and is cancelled leaves the pool as it was before it came."""
        came = _line(units)
        cancelled = attrs.evolve(came, cancelled=units)

        def with_lines(*lines: Demand) -> int:
            return pool(figures, in_flight=in_flight(lines, as_of=TEN, basis=basis), basis=basis)

        assert with_lines(*others, came) == with_lines(*others) - units
        assert with_lines(*others, cancelled) == with_lines(*others)


class TestBuffers:
    @law
    @given(buffers(), st.integers(-10, 300))
    def test_one_more_unit_leaves_at_most_one_more(self, buffer: Buffer, units: int) -> None:
        """What a buffer leaves rises with the pool, by one unit at a time or not at all."""
        left = units - buffer.units(units)
        left_of_more = units + 1 - buffer.units(units + 1)

        assert left_of_more - left in (0, 1)

    @law
    @given(buffers(), pools)
    def test_it_never_adds(self, buffer: Buffer, units: int) -> None:
        """A buffer keeps back 0 or more."""
        assert buffer.units(units) >= 0

    @law
    @given(st.lists(buffers(), min_size=1, max_size=3), pools)
    def test_the_larger_one_is_one_of_them(self, parts: list[Buffer], units: int) -> None:
        """MaxOf keeps what its largest part keeps."""
        alone = [part.units(units) for part in parts]

        assert MaxOf(*parts).units(units) in alone
        assert all(MaxOf(*parts).units(units) >= one for one in alone)


class TestAvailability:
    @law
    @given(pools, listing_policies(), shares)
    def test_it_stays_within_every_limit(self, units: int, policy: ListingPolicy, share: int | None) -> None:
        """ATS is a whole number, 0 or more, within min, max, share and the channel's limit, and never oversells."""
        result = available_to_sell(units, policy=policy, share=share)
        eaches = result.value * policy.pack

        assert type(result.value) is int
        assert result.value >= 0
        assert policy.max_to_list is None or eaches <= policy.max_to_list
        assert policy.protocol_max is None or result.value <= policy.protocol_max
        assert share is None or eaches <= share
        assert eaches <= result.buffered <= max(0, units + policy.backorder_limit)

    @law
    @given(pools, listing_policies(), shares)
    def test_the_trace_is_a_chain(self, units: int, policy: ListingPolicy, share: int | None) -> None:
        """Each step takes what the one before gave; after the pool buffer no step ever adds units."""
        result = available_to_sell(units, policy=policy, share=share)
        given_on = [step.output for step in result.trace]

        assert [step.input for step in result.trace] == [units, *given_on[:-1]]
        assert given_on == sorted(given_on, reverse=True)
        assert given_on[-1] == result.value
        assert [step.number for step in result.trace] == list(range(1, 9))

    @law
    @given(pools, listing_policies(), shares)
    def test_more_stock_never_shows_less(self, units: int, policy: ListingPolicy, share: int | None) -> None:
        """One more unit in the pool never lowers what is buffered or shown."""
        less = available_to_sell(units, policy=policy, share=share)
        more = available_to_sell(units + 1, policy=policy, share=share)

        assert more.value >= less.value
        assert more.buffered >= less.buffered

    @law
    @given(pools, listing_policies(), shares, st.integers(1, 10))
    def test_more_caution_never_shows_more(
        self, units: int, policy: ListingPolicy, share: int | None, more: int
    ) -> None:
        """Raising a buffer, the smallest number to list, or the pack never raises the eaches that are shown."""
        shown = available_to_sell(units, policy=policy, share=share).value
        stricter = [
            attrs.evolve(policy, pool_buffer=MaxOf(policy.pool_buffer, Fixed(more))),
            attrs.evolve(policy, channel_buffer=MaxOf(policy.channel_buffer, Fixed(more))),
            attrs.evolve(policy, min_to_list=policy.min_to_list + more),
            attrs.evolve(policy, pack=policy.pack + more),
        ]

        assert all(available_to_sell(units, policy=one, share=share).value <= shown for one in stricter)

    @law
    @given(pools, st.lists(listing_policies(backorder=False), min_size=1, max_size=4), buffers(), st.data())
    def test_channels_that_share_never_promise_more_than_there_is(
        self, units: int, policies: list[ListingPolicy], buffer: Buffer, data: st.DataObject
    ) -> None:
        """Where shares divide the buffered pool, all that the channels show together is at most the buffered pool."""
        buffered = available_to_sell(units, policy=ListingPolicy(pool_buffer=buffer)).value
        left = buffered
        promised = 0
        for policy in policies:
            share = data.draw(st.integers(0, left), label="share")
            left -= share
            own = attrs.evolve(policy, pool_buffer=buffer)
            promised += own.pack * available_to_sell(units, policy=own, share=share).value

        assert promised <= buffered

    @law
    @given(pools, listing_policies(), shares)
    def test_the_explanation_says_the_number(self, units: int, policy: ListingPolicy, share: int | None) -> None:
        """The text begins with what the listing shows and names every step that changed it, no other."""
        result = available_to_sell(units, policy=policy, share=share)
        text = explain(result)

        assert text.startswith(f"This listing is at {result.value}.\n")
        for step in result.trace:
            assert (f"Step {step.number}: " in text) == (step.input != step.output)


@law
@given(snapshots())
def test_a_drawn_snapshot_can_be_computed(snapshot: Snapshot) -> None:
    """Every code of a full snapshot has a pool under every basis: no code twice at one location, nothing untold."""
    for code in {figure.stock_code for figure in snapshot.figures}:
        figures = [figure for figure in snapshot.figures if figure.stock_code == code]
        for basis in CommitmentBasis:
            assert isinstance(pool(figures, basis=basis), int)


def _line(units: int) -> Demand:
    return Demand(
        account=AccountId("john-lewis"),
        order_id=OrderId("O-1"),
        line_id=LineId("L-1"),
        stock_code=StockCode("MUG"),
        ordered=units,
    )


def _with_order(figure: StockFigure, units: int, unallocated: int) -> StockFigure:
    """The figure after the ERP took an order of *units* and could not allocate *unallocated* of them."""
    assert figure.available is not None
    return attrs.evolve(
        figure,
        allocated=figure.allocated + units - unallocated,
        ordered_open=_ordered(figure) + units,
        available=figure.available - (units - unallocated),
        back_order=figure.back_order + unallocated,
    )


def _ordered(figure: StockFigure) -> int:
    assert figure.ordered_open is not None
    return figure.ordered_open
