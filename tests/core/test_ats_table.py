"""The table gives what ``available_to_sell`` gives, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.ats_table import AtsTable
from khaos_connectors.core.availability import ListingPolicy, available_to_sell
from khaos_connectors.core.buffers import Fixed, Percent
from khaos_connectors.core.ids import ChannelId, LocationId, StockCode
from khaos_connectors.core.stock import CommitmentBasis, StockFigure, pool
from khaos_connectors.testing.strategies import listing_policies

JL, WEB = ChannelId("john-lewis"), ChannelId("web")
TWO = {
    JL: ListingPolicy(pool_buffer=Fixed(2), max_to_list=5),
    WEB: ListingPolicy(channel_buffer=Percent("10%"), backorder_limit=3),
}


def figure(available: int | None, back_order: int = 0, held: int = 0) -> StockFigure:
    return StockFigure(
        stock_code=StockCode("A"), location=LocationId("m"), available=available, back_order=back_order, held=held
    )


def plainly(units: int, policies: "dict[ChannelId, ListingPolicy]") -> tuple[int, ...]:
    return tuple(available_to_sell(units, policy=policy).value for policy in policies.values())


class TestAtsTable:
    @settings(max_examples=40)  # each fills a table of its own
    @given(st.dictionaries(st.sampled_from([JL, WEB]), listing_policies(), min_size=1), st.data())
    def test_table_and_plain_agree(self, policies: "dict[ChannelId, ListingPolicy]", data: st.DataObject) -> None:
        """For every pool, deep debts and pools beyond the table included, whichever way it is asked."""
        rows = data.draw(st.lists(st.builds(figure, st.integers(-900, 900), st.integers(0, 9), st.integers(0, 9))))
        table = AtsTable(policies, largest=64)
        pools = [pool([row], basis=CommitmentBasis.AVAILABLE) for row in rows]

        wanted = [plainly(units, policies) for units in pools]

        assert table.pools(rows) == pools
        assert table.table(rows) == wanted
        assert [table.levels(units) for units in pools] == wanted

    def test_rows_are_in_the_order_of_the_channels(self) -> None:
        """``channels`` names the columns."""
        table = AtsTable(TWO)

        assert dict(zip(table.channels, table.levels(6), strict=True)) == {JL: 4, WEB: 8}

    @pytest.mark.parametrize("units", [-1000, -257, -256, -4, -3, -2, -1, 0, 8, 9, 10, 1000])
    def test_the_edges_of_the_table(self, units: int) -> None:
        """Nothing wraps around: a debt deeper than the tail is not a large pool."""
        assert AtsTable(TWO, largest=9).levels(units) == plainly(units, TWO)
        assert AtsTable(TWO, largest=9).table([figure(units)]) == [plainly(units, TWO)]

    def test_a_back_order_limit_deeper_than_usual(self) -> None:
        """The tail is as long as the deepest limit needs."""
        policies = {JL: ListingPolicy(backorder_limit=1000)}

        assert AtsTable(policies, largest=1).levels(-999) == (1,)
        assert AtsTable(policies, largest=1).levels(-1000) == (0,)

    def test_an_unknown_figure_is_not_zero(self) -> None:
        """A figure that does not tell what is available is an error that names it."""
        with pytest.raises(ValueError, match="available"):
            AtsTable(TWO).table([figure(3), figure(None)])

    def test_nothing_gives_nothing(self) -> None:
        """No figures, no rows."""
        assert AtsTable(TWO).table([]) == []

    @given(st.lists(st.tuples(st.integers(-300, 300), st.integers(-300, 300))))
    def test_only_what_changed_is_worked_out(self, moves: list[tuple[int, int]]) -> None:
        """``changes`` names the places whose pool moved, with their new levels, and no other."""
        before, now = [old for old, _ in moves], [new for _, new in moves]

        found = dict(AtsTable(TWO, largest=99).changes(before, now))

        assert found == {n: plainly(new, TWO) for n, (old, new) in enumerate(moves) if old != new}

    def test_figures_of_another_catalogue(self) -> None:
        """Two readings of different lengths cannot be compared."""
        with pytest.raises(ValueError, match="shorter"):
            list(AtsTable(TWO).changes([1], [1, 2][:0]))

    @pytest.mark.parametrize(("policies", "largest", "named"), [({}, 9, "policies"), (TWO, 0, "largest")])
    def test_an_impossible_table(self, policies: "dict[ChannelId, ListingPolicy]", largest: int, named: str) -> None:
        """Refused at construction, with the field's name."""
        with pytest.raises(ValueError, match=named):
            AtsTable(policies, largest=largest)
