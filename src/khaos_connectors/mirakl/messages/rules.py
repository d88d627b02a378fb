"""Who waits for an answer, to whom one goes, and whether something was said already: pure decisions about threads."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from html import unescape

import attrs

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.core.ids import OrderId
from khaos_connectors.mirakl.models.message_codes import ParticipantType, SenderType, ThreadEntityType
from khaos_connectors.mirakl.models.messages import Message, Participant, Recipient, Sender, Thread

__all__ = [
    "ReplyNeeded",
    "message_since",
    "replies_needed",
    "reply_recipients",
    "said_already",
    "same_text",
    "shop_messages",
    "unanswered",
]

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_TAG = re.compile(r"</?(?:a|b|br|div|em|i|li|ol|p|span|strong|u|ul)\b[^<>]*>", re.IGNORECASE)
_SIDES = {
    SenderType.OPERATOR_USER: ParticipantType.OPERATOR,
    SenderType.CUSTOMER_USER: ParticipantType.CUSTOMER,
    SenderType.SHOP_USER: ParticipantType.SHOP,
}


@attrs.frozen(kw_only=True)
class ReplyNeeded:
    """A conversation in which somebody waits for the shop, *since* when and how long that is (*waited*).

    *overdue*: longer than is allowed; *why* says all of it in a sentence.
    """

    thread_id: str
    since: datetime
    waited: timedelta
    overdue: bool
    order_ids: tuple[OrderId, ...]
    last_sender: SenderType | Unrecognised | None
    topic: str = attrs.field(repr=False)
    why: str


def replies_needed(threads: Iterable[Thread], *, now: datetime, alert_after: timedelta) -> tuple[ReplyNeeded, ...]:
    """The conversations that wait for the shop, the longest wait first; overdue from *alert_after* on."""
    found: list[ReplyNeeded] = []
    for thread in threads:
        since = thread.metadata.shop_reply_needed_since if thread.metadata is not None else None
        if since is None:
            continue
        waited = max(now - since, timedelta(0))
        late = waited >= alert_after
        told = f"waits for an answer for {_told(waited)}" + (f", more than {_told(alert_after)}" if late else "")
        sender = thread.metadata.last_sender if thread.metadata is not None else None
        found.append(
            ReplyNeeded(
                thread_id=str(thread.id),
                since=since,
                waited=waited,
                overdue=late,
                order_ids=tuple(
                    OrderId(each.id)
                    for each in thread.entities or ()
                    if each.type is ThreadEntityType.MMP_ORDER and each.id
                ),
                last_sender=sender.type if sender is not None else None,
                topic=str(thread.topic.value or "") if thread.topic is not None else "",
                why=told,
            )
        )
    return tuple(sorted(found, key=lambda each: (each.since, each.thread_id)))


def reply_recipients(thread: Thread) -> tuple[Recipient, ...]:
    """To whom an answer goes: the side that wrote last, shops left out; else everybody who takes part.

    Empty where the conversation names nobody.
    """
    others = [each for each in _in_order(thread.messages or ()) if _side(each.from_) is not ParticipantType.SHOP]
    present = [each for each in thread.current_participants or () if each.type is not ParticipantType.SHOP]
    side = _side(others[-1].from_) if others else None
    if side is not None:
        same = [each for each in present if each.type is side]
        details = others[-1].from_.organization_details if others[-1].from_ is not None else None
        if len(same) != 1 and details is not None and details.type is side:
            return (_recipient(details),)
        # A bare kind is enough where nobody can be meant besides.
        return (_recipient(same[0]),) if len(same) == 1 else (Recipient(type=side),)
    return tuple(_recipient(each) for each in present if isinstance(each.type, ParticipantType))


def unanswered(thread: Thread) -> tuple[Message, ...]:
    """What others wrote since the shop wrote last, oldest first: what an answer is about.

    A message of which it is not told whose it is counts as theirs. Texts may hold HTML.
    """
    found: list[Message] = []
    for message in _in_order(thread.messages or ()):
        if _side(message.from_) is ParticipantType.SHOP:
            found.clear()
        else:
            found.append(message)
    return tuple(found)


def said_already(thread: Thread, body: str) -> Message | None:
    """The shop's message of this text that nobody answered yet: the same answer once more would be one too many.

    Who says the same as the shop, and of whom it is not told who that is, is taken for the shop.
    """
    found: Message | None = None
    for message in _in_order(thread.messages or ()):
        own, same = _may_be_shop(message), same_text(message.body, body)
        if not own or (_side(message.from_) is None and not same):
            found = None
        elif same:
            found = found or message
    return found


def shop_messages(threads: Iterable[Thread]) -> tuple[tuple[str, Message], ...]:
    """Every message in *threads* that is the shop's, or nobody's that is told, with the id of its thread."""
    return tuple(
        (str(each.id), message) for each in threads for message in each.messages or () if _may_be_shop(message)
    )


def message_since(
    before: Collection[str], after: Sequence[tuple[str, Message]], body: str
) -> tuple[tuple[str, Message] | None, bool]:
    """The message of this text among *after* whose id is not in *before*, and whether other new ones stand there."""
    new = [(thread_id, each) for thread_id, each in after if str(each.id) not in before]
    own = next(((thread_id, each) for thread_id, each in new if same_text(each.body, body)), None)
    return own, own is None and bool(new)


def same_text(one: str | None, other: str) -> bool:
    """Whether two texts say the same, whatever HTML made of one of them: blanks, line ends and its tags aside."""
    return one is not None and not _readings(str(one)).isdisjoint(_readings(other))


def _readings(text: str) -> set[str]:
    # A tag may be HTML's, or a word of somebody who writes of HTML: both are compared.
    return {"".join(unescape(each).split()) for each in (text, _TAG.sub("", text))}


def _in_order(messages: Sequence[Message]) -> list[Message]:
    return sorted(messages, key=lambda each: each.date_created or _EARLIEST)


def _may_be_shop(message: Message) -> bool:
    # A message of ours that was taken for somebody else's would be sent twice.
    return _side(message.from_) in {ParticipantType.SHOP, None}


def _side(sender: Sender | None) -> ParticipantType | None:
    if sender is None:
        return None
    if isinstance(sender.type, SenderType):
        return _SIDES[sender.type]
    told = sender.organization_details.type if sender.organization_details is not None else None
    return told if isinstance(told, ParticipantType) else None


def _recipient(participant: Participant) -> Recipient:
    assert isinstance(participant.type, ParticipantType), "looked after by the caller"
    return Recipient(type=participant.type, id=None if participant.id is None else str(participant.id))


def _told(time: timedelta) -> str:
    hours, rest = divmod(int(time.total_seconds()) // 60, 60)
    return f"{hours} h {rest} min" if hours < 48 else f"{hours // 24} days"
