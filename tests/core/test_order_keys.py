"""Identity of orders and lines."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings

from khaos_connectors.core.ids import AccountId, ChannelId, ChannelSku, LineId, OrderId
from khaos_connectors.core.order_keys import LineKey, OrderKey, line_keys, order_key
from khaos_connectors.core.orders import ChannelOrder, OrderLine, OrderState, TaxMode
from khaos_connectors.testing.strategies import line_keys as any_line_keys

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
KEY = OrderKey(ChannelId("john-lewis"), AccountId("jl-uk"), OrderId("O1"))


def order(*line_ids: str) -> ChannelOrder:
    lines = tuple(
        OrderLine(
            line_id=LineId(line_id),
            sku=ChannelSku("MUG"),
            quantity=1,
            amount=Decimal(10),
            state=OrderState.AWAITING_SHIPMENT,
        )
        for line_id in line_ids
    )
    return ChannelOrder(
        account=AccountId("jl-uk"),
        order_id=OrderId("O1"),
        state=OrderState.AWAITING_SHIPMENT,
        placed_at=NOON,
        changed_at=NOON,
        currency="GBP",
        tax_mode=TaxMode.INCLUDED,
        lines=lines,
        total=Decimal(10) * len(lines),
    )


def test_channel_account_and_id_make_an_order_one() -> None:
    """Domain 6.1: the key is (channel, account, channel order id); each part tells orders apart."""
    assert order_key(order(), channel=ChannelId("john-lewis")) == KEY
    assert order_key(order()) == OrderKey(ChannelId("jl-uk"), AccountId("jl-uk"), OrderId("O1"))
    assert len({KEY, OrderKey(ChannelId("john-lewis"), AccountId("jl-ie"), OrderId("O1"))}) == 2


def test_a_line_key_adds_the_line() -> None:
    """Domain 6.1: the line key is the order's with the channel's line id."""
    found = line_keys(order("L1", "L2"), channel=ChannelId("john-lewis"))

    assert [str(key) for key in found] == ["john-lewis/jl-uk/O1/L1", "john-lewis/jl-uk/O1/L2"]
    assert found[KEY.line(LineId("L2"))].line_id == "L2"


def test_two_lines_of_one_id_are_refused() -> None:
    """Neither could be found again."""
    with pytest.raises(ValueError, match="two lines L1"):
        line_keys(order("L1", "L1"))


@settings(deadline=None, max_examples=60)
@given(any_line_keys())
def test_what_is_written_is_read_back(key: LineKey) -> None:
    """Whatever signs an id has, the text of a key is that key and no other."""
    assert LineKey.read(str(key)) == key
    assert OrderKey.read(str(key.order)) == key.order


@pytest.mark.parametrize("text", ["", "a/b", "a/b/c/d"])
def test_other_texts_are_no_keys(text: str) -> None:
    """Three parts, no more and no fewer."""
    with pytest.raises(ValueError, match="3 parts"):
        OrderKey.read(text)
    with pytest.raises(ValueError, match="4 parts"):
        LineKey.read("a/b/c")


@pytest.mark.parametrize("field", ["channel", "account", "order_id"])
def test_no_part_may_be_blank(field: str) -> None:
    """A key without a part would be the key of many."""
    parts = {"channel": ChannelId("c"), "account": AccountId("a"), "order_id": OrderId("o"), field: " "}

    with pytest.raises(ValueError, match=f"{field} must not be blank"):
        OrderKey(**parts)  # type: ignore[arg-type]  # the wrong text is the point
