"""Conversations with customers and the operator.

Start with ``MiraklChannel.conversations`` (``conversations.Conversations``): who waits for an answer, and answering
once. ``rules`` decides both, without any call.

The names that users need are here, and are loaded when they are first used (PEP 562).
"""

from typing import TYPE_CHECKING

from khaos_connectors.mirakl._lazy import lazy_names

if TYPE_CHECKING:
    from khaos_connectors.mirakl.messages.conversations import (
        Conversations,
        Inbox,
        NotPosted,
        Posted,
        PostOutcome,
        PostUnclear,
    )
    from khaos_connectors.mirakl.messages.rules import ReplyNeeded, replies_needed, unanswered
    from khaos_connectors.mirakl.models.documents import Upload
    from khaos_connectors.mirakl.models.message_codes import ParticipantType, SenderType, ThreadEntityType, TopicType
    from khaos_connectors.mirakl.models.messages import (
        Message,
        NewOperatorThread,
        NewOrderThread,
        NewTopic,
        Recipient,
        Thread,
    )

__all__ = [
    "Conversations",
    "Inbox",
    "Message",
    "NewOperatorThread",
    "NewOrderThread",
    "NewTopic",
    "NotPosted",
    "ParticipantType",
    "PostOutcome",
    "PostUnclear",
    "Posted",
    "Recipient",
    "ReplyNeeded",
    "SenderType",
    "Thread",
    "ThreadEntityType",
    "TopicType",
    "Upload",
    "replies_needed",
    "unanswered",
]

_HOMES = {
    "Conversations": "messages.conversations",
    "Inbox": "messages.conversations",
    "Message": "models.messages",
    "NewOperatorThread": "models.messages",
    "NewOrderThread": "models.messages",
    "NewTopic": "models.messages",
    "NotPosted": "messages.conversations",
    "ParticipantType": "models.message_codes",
    "PostOutcome": "messages.conversations",
    "PostUnclear": "messages.conversations",
    "Posted": "messages.conversations",
    "Recipient": "models.messages",
    "ReplyNeeded": "messages.rules",
    "SenderType": "models.message_codes",
    "Thread": "models.messages",
    "ThreadEntityType": "models.message_codes",
    "TopicType": "models.message_codes",
    "Upload": "models.documents",
    "replies_needed": "messages.rules",
    "unanswered": "messages.rules",
}

__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
