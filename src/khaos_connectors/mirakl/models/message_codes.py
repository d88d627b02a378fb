"""Codes of the inbox. Every one is read as an open enumeration: a code that we have not met is kept, never refused."""

from enum import Enum

__all__ = ["ParticipantType", "SenderType", "ThreadEntityType", "TopicType"]


class ParticipantType(Enum):
    """A side of a conversation."""

    OPERATOR = "OPERATOR"
    SHOP = "SHOP"
    CUSTOMER = "CUSTOMER"


class SenderType(Enum):
    """The side on which somebody wrote."""

    OPERATOR_USER = "OPERATOR_USER"
    SHOP_USER = "SHOP_USER"
    CUSTOMER_USER = "CUSTOMER_USER"


class ThreadEntityType(Enum):
    """What a conversation is about."""

    MMP_ORDER = "MMP_ORDER"
    MMP_OFFER = "MMP_OFFER"
    MPS_ORDER = "MPS_ORDER"
    MPS_SERVICE = "MPS_SERVICE"
    SELLER_OPERATOR = "SELLER_OPERATOR"


class TopicType(Enum):
    """Whether a topic is free text or the code of one of the operator's reasons (RE01)."""

    FREE_TEXT = "FREE_TEXT"
    REASON_CODE = "REASON_CODE"
