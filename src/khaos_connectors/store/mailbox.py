"""Messages between us and a system that calls us: what waits to be fetched, and what was told and is still to be read.

A box holds the latest payload of each key. Every new payload gets the next number of its box, so that whoever reads
keeps one number and misses nothing.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

import attrs

from khaos_connectors.core.ids import AccountId

__all__ = ["Mailbox", "Message", "Posted"]


@attrs.frozen(kw_only=True)
class Message:
    """The latest payload under *key* in a *box*.

    *sequence* grows with every new payload of the box, from 1. *at* is when this payload came first, *seen_at* when it
    came last.
    """

    account: AccountId
    box: str
    key: str
    payload: str = attrs.field(repr=False)
    digest: str
    sequence: int
    at: datetime
    seen_at: datetime


@attrs.frozen(kw_only=True)
class Posted:
    """What became of the messages of one ``post``: new ones and changed ones are *stored*, the rest *duplicate*."""

    stored: int
    duplicate: int


class Mailbox(Protocol):
    """The part of a store that keeps messages."""

    def post(self, account: AccountId, box: str, messages: Mapping[str, str], *, at: datetime) -> Posted:
        """Put payloads into *box* by key, all or none.

        A payload that is the kept one changes nothing but ``seen_at``. A different one replaces it under a number of
        its own, so a reader who is past the old one meets the new one.
        """
        ...

    def messages(
        self, account: AccountId, box: str, *, after: int = 0, keys: Collection[str] | None = None, limit: int = 1000
    ) -> list[Message]:
        """Messages with a number above *after*, lowest first, at most *limit*; with *keys* only those of them."""
        ...

    def withdraw(
        self, account: AccountId, box: str, keys: Collection[str], *, unless: str, at: datetime
    ) -> frozenset[str]:
        """Empty the messages of *box* with these *keys*, except those that the box *unless* has a message of.

        In one step, so whoever writes into *unless* before it hands a message on can rely on it. An emptied message
        stays under a number of its own. Gives the keys that were emptied.
        """
        ...
