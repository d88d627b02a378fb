"""What the simulated marketplace knows of conversations."""

from datetime import datetime
from typing import Literal

import attrs

__all__ = ["Inbox", "SentFile", "SimulatedMessage", "SimulatedThread"]

Side = Literal["SHOP", "CUSTOMER", "OPERATOR"]


@attrs.frozen(kw_only=True)
class SentFile:
    """A file of a message."""

    file_id: str
    name: str
    content: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class SimulatedMessage:
    """One message, written by *side* to the sides in *to*."""

    message_id: str
    side: Side
    body: str
    at: datetime
    to: tuple[Side, ...]
    files: tuple[SentFile, ...] = ()


@attrs.frozen(kw_only=True)
class SimulatedThread:
    """One conversation; *waiting_since* is when the shop was last left with the word, None while it is not."""

    thread_id: str
    number: int
    entity_type: str
    entity_id: str
    label: str
    topic_type: str
    topic: str
    created_at: datetime
    updated_at: datetime
    messages: tuple[SimulatedMessage, ...]
    waiting_since: datetime | None = None
    customer_id: str | None = None


@attrs.define(kw_only=True)
class Inbox:
    """Every conversation by its id."""

    threads: dict[str, SimulatedThread] = attrs.field(factory=dict[str, SimulatedThread])
    messages_made: int = 0
