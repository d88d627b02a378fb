"""The inbox: conversations with customers and with the operator, under Mirakl's own names.

Only what cannot be missed is required: null turns up in fields that the document marks as required. What people write
and how they are called is left out of ``repr``.
"""

from datetime import datetime

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.message_codes import ParticipantType, SenderType, ThreadEntityType, TopicType

__all__ = [
    "Attachment",
    "CustomerOrganization",
    "Message",
    "NewMessage",
    "NewOperatorThread",
    "NewOrderThread",
    "NewTopic",
    "NoReplyNeeded",
    "Participant",
    "PostedMessage",
    "Recipient",
    "Sender",
    "Thread",
    "ThreadEntity",
    "ThreadMetadata",
    "Topic",
]


@attrs.frozen(kw_only=True)
class Participant:
    """A side that takes part, or may; *id* is a shop's or a customer's, the operator may have none."""

    type: ParticipantType | Unrecognised | None = None
    id: Text | None = None
    display_name: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Sender:
    """Who wrote; *organization_details* is the side that this person wrote for."""

    type: SenderType | Unrecognised | None = None
    display_name: Text | None = attrs.field(default=None, repr=False)
    organization_details: Participant | None = None


@attrs.frozen(kw_only=True)
class Attachment:
    """A file of a message; *size* in bytes, *id* is what M13 wants."""

    id: Text
    name: Text | None = attrs.field(default=None, repr=False)
    size: int | None = None


@attrs.frozen(kw_only=True)
class Message:
    """One message."""

    id: Text
    body: Text | None = attrs.field(default=None, repr=False)
    date_created: datetime | None = None
    from_: Sender | None = attrs.field(default=None, metadata={"wire": "from"})
    to: tuple[Participant, ...] | None = ()
    attachments: tuple[Attachment, ...] | None = ()


@attrs.frozen(kw_only=True)
class ThreadEntity:
    """What a conversation is about; *id* is an order's id where *type* is ``MMP_ORDER``."""

    type: ThreadEntityType | Unrecognised | None = None
    id: Text | None = None
    label: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Topic:
    """The topic: free text, or the code of a reason."""

    type: TopicType | Unrecognised | None = None
    value: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class ThreadMetadata:
    """The state of a conversation. *shop_reply_needed_since* null: nobody waits for the shop."""

    shop_reply_needed_since: datetime | None = None
    last_message_date: datetime | None = None
    last_sender: Sender | None = None
    total_count: int | None = None


@attrs.frozen(kw_only=True)
class NoReplyNeeded:
    """Somebody declared that no answer is needed."""

    date: datetime | None = None
    user_type: ParticipantType | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class CustomerOrganization:
    """The organisation that the customer buys for, on business platforms."""

    id: Text | None = None
    display_name: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Thread:
    """One conversation (M10, M11). M11 gives *messages* on request only, and the last 100 of them."""

    id: Text
    topic: Topic | None = None
    metadata: ThreadMetadata | None = None
    entities: tuple[ThreadEntity, ...] | None = ()
    messages: tuple[Message, ...] | None = ()
    authorized_participants: tuple[Participant, ...] | None = ()
    current_participants: tuple[Participant, ...] | None = ()
    customer_organization: CustomerOrganization | None = None
    no_store_reply_needed: tuple[NoReplyNeeded, ...] | None = ()
    date_created: datetime | None = None
    date_updated: datetime | None = None


@attrs.frozen(kw_only=True)
class PostedMessage:
    """What comes back for a message that was taken: its id and its conversation's."""

    message_id: Text | None = None
    thread_id: Text | None = None


@attrs.frozen(kw_only=True)
class NewTopic:
    """A topic: 3 to 200 characters of free text, or the code of a reason of the fitting kind (RE01)."""

    value: str = attrs.field(repr=False)
    type: TopicType = TopicType.FREE_TEXT


@attrs.frozen(kw_only=True)
class Recipient:
    """A side that is written to; *id* where several of its kind take part."""

    type: ParticipantType
    id: str | None = None


@attrs.frozen(kw_only=True)
class NewMessage:
    """An answer: 3 to 50,000 characters to at least one side. A *topic* replaces the one that the thread has."""

    body: str = attrs.field(repr=False)
    to: tuple[Recipient, ...]
    topic: NewTopic | None = None


@attrs.frozen(kw_only=True)
class NewOrderThread:
    """A new conversation about an order; a topic of kind REASON_CODE wants a reason of type ORDER_MESSAGING."""

    topic: NewTopic
    body: str = attrs.field(repr=False)
    to: tuple[ParticipantType, ...] = (ParticipantType.CUSTOMER,)


@attrs.frozen(kw_only=True)
class NewOperatorThread:
    """A new conversation with the operator; a topic of kind REASON_CODE wants one of type MMP_SELLER_MESSAGING."""

    topic: NewTopic
    body: str = attrs.field(repr=False)
    entity_type: ThreadEntityType = ThreadEntityType.SELLER_OPERATOR
