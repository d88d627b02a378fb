"""What the SOAP door and the Channels door share: sums of a draft, the rounding line, units per item."""

from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.orders import DraftLine, ErpOrderDraft
from khaos_connectors.khaos_control.mapping.draft_amounts import draft_problems, rounding_line
from khaos_connectors.khaos_control.mapping.units import despatch_lines
from khaos_connectors.testing.order_strategies import erp_order_drafts

pennies = st.integers(-10_000, 10_000).map(lambda pence: Decimal(pence) / 100)


@given(draft=erp_order_drafts(), wrong=pennies)
def test_a_total_is_the_sum_of_its_parts_or_is_named(draft: ErpOrderDraft, wrong: Decimal) -> None:
    """Exactly the sum of lines, delivery and rounding passes; any other total is told under the document's name."""
    parts = sum((line.gross for line in draft.lines), draft.shipping_gross) + draft.rounding
    found = draft_problems(attrs.evolve(draft, total=parts + wrong), total="TOTAL", delivery="CHARGE")
    assert [each.field for each in found if each.field == "TOTAL"] == (["TOTAL"] if wrong else [])
    assert not [each for each in found if each.field == "CHARGE"]


@given(rounding=pennies, code=st.none() | st.just(StockCode("ROUND")))
def test_a_rounding_difference_is_a_line_or_a_reason(rounding: Decimal, code: StockCode | None) -> None:
    """A line carries the whole difference and no VAT; a negative one, or one without a stock code, has none."""
    line = rounding_line(rounding, code)
    assert isinstance(line, DraftLine) == (rounding >= 0 and code is not None)
    if isinstance(line, DraftLine):
        assert (line.gross, line.net, line.vat, line.units) == (rounding, rounding, Decimal(0), 1)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 9).map(Decimal))))
def test_units_are_kept_and_each_item_is_named_once(sent: list[tuple[str, Decimal]]) -> None:
    """Per item the units of the lines are those that were sent; nothing of nothing is told."""
    lines = despatch_lines(sent)
    assert [line.stock_code for line in lines] == sorted({code for code, units in sent if units})
    for line in lines:
        assert line.units == sum(units for code, units in sent if code == line.stock_code)


@pytest.mark.parametrize("quantity", ["0.5", "-1"])
def test_parts_of_a_unit_and_less_than_none_are_refused(quantity: str) -> None:
    """What cannot be told in whole units is refused by the item's name."""
    with pytest.raises(ValueError, match="of A is not a whole number of units"):
        despatch_lines([("A", Decimal(quantity))])
