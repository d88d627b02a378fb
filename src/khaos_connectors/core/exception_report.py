"""Work items for people: what went wrong, whose it is, until when, and what to do about it."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

import attrs

from khaos_connectors.core.ids import AccountId

__all__ = ["ExceptionItem", "ExceptionType", "Reason", "RetryClass", "Severity", "Team"]


class Team(Enum):
    """Who owns an exception."""

    ECOMMERCE = "ecommerce"
    OPERATIONS = "operations"
    FULFILMENT = "fulfilment"
    WAREHOUSE = "warehouse"
    FINANCE = "finance"
    CUSTOMER_SERVICE = "customer service"
    INTEGRATION = "integration"


class Severity(Enum):
    """How bad it is, lowest first."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class RetryClass(Enum):
    """AUTOMATIC: the next run tries again. AFTER_FIX: replay once corrected. NEVER: a person decides."""

    AUTOMATIC = "automatic"
    AFTER_FIX = "after fix"
    NEVER = "never"


class ExceptionType(Enum):
    """The kinds of exception (the value is the name that people search for)."""

    SKU_UNMAPPED = "SKU_UNMAPPED"
    SKU_AMBIGUOUS = "SKU_AMBIGUOUS"


@attrs.frozen(kw_only=True)
class Reason:
    """Why something could not be done, before it is anybody's work: *entity* is what it is about (an id), *message*
    says it in a sentence, *evidence* holds ids and values, never personal data.
    """

    type: ExceptionType
    entity: str
    message: str
    evidence: Mapping[str, str] = attrs.field(factory=dict[str, str])


@attrs.frozen(kw_only=True)
class ExceptionItem:
    """One piece of work. At most one is open per ``key`` (account, type and entity).

    *evidence* holds ids and values, never personal data. *deadline* is aware UTC. *count* is how often it was seen.
    """

    account: AccountId
    type: ExceptionType
    entity: str
    team: Team
    severity: Severity
    opened_at: datetime
    deadline: datetime
    retry: RetryClass
    fix: str
    evidence: Mapping[str, str] = attrs.field(factory=dict[str, str])
    count: int = 1
    last_seen_at: datetime | None = None
    closed_at: datetime | None = None
    closed_because: str = ""

    @property
    def key(self) -> str:
        """What makes the item one: account, type and entity."""
        return f"{self.account}/{self.type.value}/{self.entity}"
