"""What is offered for the ERP to fetch: batches behind a cursor that proves what has arrived.

The ERP gives back, as ``Sirion-Continuation``, whatever our last answer carried. Ours names the last document of that
answer, by its number and by what it says: a cursor of another store, of another service or of a first contact (a time)
proves nothing, and is answered from the beginning. A document may therefore be fetched twice, which its AssociatedRef
makes harmless; it is never passed over.

Before a document is answered it is noted that it is given: from then on the ERP may have it, and it is not withdrawn.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import takewhile

import attrs

from khaos_connectors.core.ids import AccountId
from khaos_connectors.khaos_control.channels.boxes import cursor_box, fetched_box, given_box, key_of, read_all
from khaos_connectors.khaos_control.channels.settings import References
from khaos_connectors.store.mailbox import Mailbox, Message

__all__ = ["Offer", "cursor_of", "fetched_up_to", "give", "offer", "specific_ids"]

_KEY = "cursor"
_DIGEST = 16
_LONGEST_ECHO = 200


@attrs.frozen(kw_only=True)
class Offer:
    """The messages to choose from. *echo* is the continuation that the ERP came with, and gets back where none of them
    moves it on.
    """

    messages: tuple[Message, ...]
    echo: str = ""
    moves: bool = True

    def continuation(self, given: Collection[str]) -> str:
        """The continuation of an answer with the messages of the keys *given*; "" for none.

        It names the last of them, which stays as it is. Where no message could be given the last of all moves it on.
        """
        if not self.moves or not self.messages:
            return self.echo
        return cursor_of(next((each for each in reversed(self.messages) if each.key in given), self.messages[-1]))


def offer(
    mailbox: Mailbox,
    account: AccountId,
    box: str,
    *,
    continuation: str,
    only: Sequence[str] | None,
    most: int,
    at: datetime,
) -> Offer:
    """What to answer to a fetch that came with *continuation*; with *only*, just the documents of these keys.

    What the continuation proves to have arrived is written down first.
    """
    start = _proven(mailbox, account, box, continuation)
    if start:
        _note(mailbox, account, box, start, at=at)
    echo = continuation if continuation.isascii() and continuation.isprintable() else ""
    echo = echo[:_LONGEST_ECHO]
    if only is not None:
        found = mailbox.messages(account, box, keys=only, limit=max(1, len(only))) if only else []
        return Offer(messages=_whole(found), echo=echo, moves=False)
    found = mailbox.messages(account, box, after=start, limit=most)
    while found and not _whole(found):
        found = mailbox.messages(account, box, after=found[-1].sequence, limit=most)
    return Offer(messages=_whole(found), echo=echo)


def give(
    mailbox: Mailbox, account: AccountId, box: str, messages: Sequence[Message], *, at: datetime
) -> frozenset[str]:
    """Note that *messages* are given to the ERP; the keys of those that may be: the others were withdrawn meanwhile."""
    if not messages:
        return frozenset()
    keys = [message.key for message in messages]
    mailbox.post(account, given_box(box), {message.key: str(message.sequence) for message in messages}, at=at)
    return frozenset(each.key for each in _whole(mailbox.messages(account, box, keys=keys, limit=len(keys))))


def _whole(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(message for message in messages if message.payload)


def cursor_of(message: Message) -> str:
    """The continuation that proves that everything up to *message* has arrived."""
    return f"{message.sequence}.{message.digest[:_DIGEST]}"


def fetched_up_to(mailbox: Mailbox, account: AccountId, box: str) -> int:
    """The number up to which the documents of *box* are proven to have been fetched."""
    found = mailbox.messages(account, cursor_box(box), keys=(_KEY,), limit=1)
    return int(found[0].payload) if found else 0


def specific_ids(header: str | None, references: References) -> tuple[str, ...] | None:
    """The keys that a SpecificIDs *header* asks for, None where it asks for nothing in particular.

    A reference is understood as the ERP keeps it, too: with what its channel puts around it. Quotation marks may be
    around the whole or around each; a header holds bytes, and ours are UTF-8 if they can be.
    """
    names = [name.strip(' \t"') for name in _utf8(header or "").split(",")]
    wanted = dict.fromkeys(name for name in names if name)
    if not wanted:
        return None
    keys = [key for name in wanted for key in (name, references.sent(references.read(name)))]
    return tuple(dict.fromkeys(key_of(key) for key in keys))


def _utf8(header: str) -> str:
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _proven(mailbox: Mailbox, account: AccountId, box: str, continuation: str) -> int:
    number, _, _ = continuation.strip().partition(".")
    if not (number.isascii() and number.isdigit()) or len(number) > len(str(2**63)) - 1:
        return 0
    found = mailbox.messages(account, box, after=int(number) - 1, limit=1) if int(number) else []
    return found[0].sequence if found and cursor_of(found[0]) == continuation.strip() else 0


def _note(mailbox: Mailbox, account: AccountId, box: str, number: int, *, at: datetime) -> None:
    before = fetched_up_to(mailbox, account, box)
    if number <= before:
        return
    arrived = takewhile(lambda message: message.sequence <= number, read_all(mailbox, account, box, after=before))
    # First the documents, then the cursor: a process that dies in between notes them again.
    sequences = {message.key: str(message.sequence) for message in arrived}
    given = mailbox.messages(account, given_box(box), keys=tuple(sequences), limit=max(1, len(sequences)))
    notes = {each.key: each.payload for each in given if each.payload == sequences[each.key]}
    if notes:
        mailbox.post(account, fetched_box(box), notes, at=at)
    mailbox.post(account, cursor_box(box), {_KEY: str(number)}, at=at)
