"""What became of a document that was to be brought to Mirakl."""

from typing import TypeAlias

import attrs

from khaos_connectors.mirakl.models.documents import DocumentError

__all__ = ["DocumentOutcome", "NotDue", "NotUploaded", "Rejected", "Unclear", "Uploaded"]


@attrs.frozen(kw_only=True)
class Uploaded:
    """Mirakl has it. *already*: it was there before, and nothing was sent.

    *document_id* is the order document's, where it was looked for; *request_id* the accounting document request's.
    """

    name: str
    operation: str
    already: bool = False
    document_id: int | None = None
    request_id: str = ""
    why: str = ""


@attrs.frozen(kw_only=True)
class Rejected:
    """Mirakl looked at it and refused it: correct what *problems* tell and bring it again."""

    name: str
    operation: str
    problems: tuple[DocumentError, ...]

    def __str__(self) -> str:
        told = "; ".join(f"{each.field or '(no field)'}: {each.message or each.code}" for each in self.problems)
        return f"{self.name} was refused: {told or 'no reason given'}"


@attrs.frozen(kw_only=True)
class NotDue:
    """Nothing was sent: no request waits for it now, and *why*."""

    name: str
    why: str
    request_id: str = ""


@attrs.frozen(kw_only=True)
class NotUploaded:
    """It was sent, no answer came, and it is not there: bring it again. *why* tells how it was looked for."""

    name: str
    operation: str
    why: str


@attrs.frozen(kw_only=True)
class Unclear:
    """It was sent, and whether it is there cannot be told: look before it is brought again."""

    name: str
    operation: str
    why: str


DocumentOutcome: TypeAlias = Uploaded | Rejected | NotDue | NotUploaded | Unclear
"""Exactly one of these for every document."""
