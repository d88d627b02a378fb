"""The stock file and its error report."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl.offers.stock_file import COLUMNS, newest, problem_of, read_report, stock_table
from khaos_connectors.protocols import StockLevel

skus = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=40).map(ChannelSku)
levels = st.builds(StockLevel, sku=skus, units=st.integers(0, 10_000))


def level(sku: str, units: int = 1) -> StockLevel:
    return StockLevel(sku=ChannelSku(sku), units=units)


def test_the_newest_level_wins() -> None:
    """A SKU that is given twice is sent once, with what was said last."""
    assert newest([level("A", 1), level("B", 2), level("A", 3)]) == (level("A", 3), level("B", 2))


@given(st.lists(levels, max_size=20), st.sampled_from([";", ","]))
def test_what_is_written_reads_back(rows: list[StockLevel], separator: str) -> None:
    """Whatever a SKU holds (separators, quotes, any script), its row is one row with its own cells."""
    good = [row for row in newest(rows) if not problem_of(row)]
    table = list(csv.reader(io.StringIO(stock_table(good, separator=separator).decode()), delimiter=separator))
    assert tuple(table[0]) == COLUMNS
    assert [(row[0], int(row[1])) for row in table[1:]] == [(row.sku, row.units) for row in good]


@given(st.lists(levels, max_size=20))
def test_one_line_per_row(rows: list[StockLevel]) -> None:
    """No row that passes the check can break the file's lines."""
    good = [row for row in newest(rows) if not problem_of(row)]
    assert stock_table(good).count(b"\n") == len(good) + 1


@pytest.mark.parametrize(
    "bad",
    [
        level(""),
        level(" A"),
        level("A\nB"),
        level("A\x00"),
        level("A/B"),
        level("x" * 41),
        level("A", -1),
        level("A", 2**31),
    ],
)
def test_rows_that_would_fail_or_spoil_the_file(bad: StockLevel) -> None:
    """They are refused one by one, in words, before anything is sent."""
    assert problem_of(bad)


def test_the_warehouse_fills_its_column() -> None:
    """Empty means the global quantity."""
    assert (
        stock_table([level("A")], warehouse="UK1")
        == b"offer-sku;quantity;warehouse-code;update-delete\nA;1;UK1;update\n"
    )


PUSHED = [ChannelSku(each) for each in ("A", "B;C", "d")]


@pytest.mark.parametrize(
    "text",
    [
        'line number;reason;offer-sku;quantity\n2;unknown;A;1\n3;unknown;"B;C";2\n',
        "offer-sku,quantity,error-line,error-message\nA,1,2,unknown\nB;C,2,3,unknown\n",
        '\ufeff"Line number"\t"Error"\t"SKU"\n2\tunknown\tA\n3\tunknown\tB;C\n'.lstrip("\ufeff"),
        '2;A;unknown\n3;"B;C";unknown\n',
        "Offer-SKU;reason\r\na;unknown\r\nb;c;unknown\r\n".replace("b;c", '"b;c"'),
    ],
)
def test_reports_in_the_forms_that_are_met(text: str) -> None:
    """Columns in any order, separator and case, with a header or without."""
    report = read_report(text, PUSHED)
    assert [(each.sku, each.message) for each in report.refused] == [("A", "unknown"), ("B;C", "unknown")]
    assert (report.lines, report.unmatched) == (2, 0)


def test_lines_of_nobody_are_counted() -> None:
    """A line whose SKU was not pushed is no SKU's refusal, and it is not forgotten."""
    report = read_report("offer-sku;reason\nX;unknown\nA;bad\nA;worse\n", PUSHED)
    assert [(each.sku, each.message) for each in report.refused] == [("A", "bad; worse")]
    assert (report.lines, report.unmatched) == (3, 1)


def test_a_sku_that_breaks_off_is_nobodys() -> None:
    """KC-1001 cut after four characters spells KC-1: that one did not fail, and the other did."""
    pushed = [ChannelSku("KC-1"), ChannelSku("KC-1001"), ChannelSku("KC-2")]
    report = read_report("line;reason;offer-sku;quantity\n2;unknown;KC-2;1\n3;unknown;KC-1", pushed)
    assert [each.sku for each in report.refused] == ["KC-2"]
    assert (report.lines, report.unmatched) == (2, 1)


@pytest.mark.parametrize("text", ["", "\n\n", "offer-sku;reason\n", "A;" + "x" * 200_000])
def test_an_empty_report_refuses_nothing(text: str) -> None:
    """Nothing but a header is nothing."""
    assert read_report(text, PUSHED).refused == ()


@given(st.text(max_size=200), st.lists(skus, max_size=5))
def test_any_text_is_a_report(text: str, pushed: list[ChannelSku]) -> None:
    """Whatever comes back, only SKUs that were pushed are refused, each once, and every line is counted."""
    report = read_report(text, pushed)
    named = [each.sku for each in report.refused]
    assert len(set(named)) == len(named)
    assert set(named) <= set(pushed)
    assert report.unmatched + len(named) <= report.lines or report.lines == 0
