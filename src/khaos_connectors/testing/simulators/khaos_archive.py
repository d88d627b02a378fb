"""The archive of the simulated web service: the real one keeps every document on its disk, personal data and all."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import attrs

__all__ = ["Archive", "ReceivedDocument"]


@attrs.frozen(kw_only=True)
class ReceivedDocument:
    """A document as it came, or as it was sent."""

    at: datetime
    operation: str
    text: str = attrs.field(repr=False)
    direction: Literal["received", "sent"] = "received"


class Archive:
    """Documents in the order in which they came and went; *keep_sent* False keeps those that came only."""

    def __init__(self, *, clock: Callable[[], datetime], keep_sent: bool) -> None:
        self._clock = clock
        self._keep_sent = keep_sent
        self.documents: list[ReceivedDocument] = []

    def received(self, operation: str, text: str) -> None:
        """Keep a document that came, before anything is known of it."""
        self.documents.append(ReceivedDocument(at=self._clock(), operation=operation, text=text))

    def sent(self, operation: str, text: str) -> None:
        """Keep a document that goes out."""
        if self._keep_sent and text:
            self.documents.append(ReceivedDocument(at=self._clock(), operation=operation, text=text, direction="sent"))
