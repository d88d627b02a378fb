"""The identity of an order and of its lines, as values: what is upserted, looked up and never created twice."""

import attrs

from khaos_connectors.core.fields import not_blank
from khaos_connectors.core.ids import AccountId, ChannelId, LineId, OrderId
from khaos_connectors.core.orders import ChannelOrder, OrderLine

__all__ = ["LineKey", "OrderKey", "line_keys", "order_key"]


@attrs.frozen(order=True)
class OrderKey:
    """One order: the channel, the account at that channel, and the channel's own order id. No part may be blank.

    Two accounts may have orders of one id, and one account may serve several channels; only all three together are
    unique. ``str`` writes them with ``/`` between them (and ``%`` and ``/`` inside a part escaped), ``read`` takes
    that back.
    """

    channel: ChannelId = attrs.field(validator=not_blank)
    account: AccountId = attrs.field(validator=not_blank)
    order_id: OrderId = attrs.field(validator=not_blank)

    @classmethod
    def read(cls, text: str) -> "OrderKey":
        """The key that ``str`` wrote. Raises ValueError for anything but three parts."""
        channel, account, order_id = _parts(text, 3)
        return cls(ChannelId(channel), AccountId(account), OrderId(order_id))

    def line(self, line_id: LineId) -> "LineKey":
        """The key of one of its lines."""
        return LineKey(self, line_id)

    def __str__(self) -> str:
        return "/".join(_escaped(part) for part in (self.channel, self.account, self.order_id))


@attrs.frozen(order=True)
class LineKey:
    """One line of an order: the order's key and the channel's line id, which is unique only within its order."""

    order: OrderKey
    line_id: LineId = attrs.field(validator=not_blank)

    @classmethod
    def read(cls, text: str) -> "LineKey":
        """The key that ``str`` wrote. Raises ValueError for anything but four parts."""
        channel, account, order_id, line_id = _parts(text, 4)
        return cls(OrderKey(ChannelId(channel), AccountId(account), OrderId(order_id)), LineId(line_id))

    def __str__(self) -> str:
        return f"{self.order}/{_escaped(self.line_id)}"


def order_key(order: ChannelOrder, *, channel: ChannelId | None = None) -> OrderKey:
    """The key of *order*; the account's name stands for the channel where no *channel* is given."""
    return OrderKey(ChannelId(order.account) if channel is None else channel, order.account, order.order_id)


def line_keys(order: ChannelOrder, *, channel: ChannelId | None = None) -> dict[LineKey, OrderLine]:
    """The lines of *order* by their keys. Raises ValueError when two lines have one id: neither could be found."""
    key = order_key(order, channel=channel)
    lines: dict[LineKey, OrderLine] = {}
    for line in order.lines:
        if key.line(line.line_id) in lines:
            raise ValueError(f"order {order.order_id} has two lines {line.line_id}: a line id must be unique")
        lines[key.line(line.line_id)] = line
    return lines


def _escaped(part: str) -> str:
    return part.replace("%", "%25").replace("/", "%2F")


def _parts(text: str, count: int) -> list[str]:
    parts = text.split("/")
    if len(parts) != count:
        raise ValueError(f"{text!r} is not a key of {count} parts with / between them")
    return [part.replace("%2F", "/").replace("%25", "%") for part in parts]
