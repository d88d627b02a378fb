"""What the simulated marketplace knows of documents, and how it wants them."""

from datetime import datetime

import attrs

__all__ = ["OrderPaper", "Paper", "PaperRequest", "PaperSettings", "PaperType", "Papers", "ShopPaper"]


@attrs.frozen(kw_only=True)
class PaperType:
    """A type of document of *entity* ORDER or SHOP; *mime_types* empty: not told."""

    code: str
    label: str
    entity: str
    mime_types: tuple[str, ...] = ()
    by_shop: bool = True


TYPES = (
    PaperType(code="SYSTEM_DELIVERY_BILL", label="Delivery slip", entity="ORDER", by_shop=False),
    PaperType(code="SYSTEM_RETURN_LABEL", label="Return label", entity="ORDER"),
    PaperType(code="SYSTEM_MESSAGE_ATTACHMENT", label="Attachment", entity="ORDER", by_shop=False),
    PaperType(code="CUSTOMER_INVOICE", label="Invoice", entity="ORDER", mime_types=("application/pdf",)),
    PaperType(code="LEGAL_DOC", label="Legal document", entity="SHOP"),
    PaperType(code="ID_CARD", label="Identity card", entity="SHOP"),
)


@attrs.frozen(kw_only=True)
class PaperSettings:
    """*enhanced_invoicing*: invoices go against requests (DR11). *forms*: how an upload may be described.

    *formats* is what a request wants. *requests_open* False: the key has no role for requests.
    """

    enhanced_invoicing: bool = False
    forms: frozenset[str] = frozenset({"json", "xml"})
    formats: tuple[str, ...] = ("PDF",)
    requests_open: bool = True
    types: tuple[PaperType, ...] = TYPES


@attrs.frozen(kw_only=True)
class Paper:
    """A file by its name."""

    name: str
    content: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class OrderPaper:
    """A document of an order."""

    paper_id: int
    order_id: str
    type_code: str
    paper: Paper
    at: datetime
    return_id: str | None = None


@attrs.frozen(kw_only=True)
class ShopPaper:
    """A document of the shop."""

    paper_id: int
    type_code: str
    paper: Paper
    at: datetime


@attrs.frozen(kw_only=True)
class PaperRequest:
    """A document that the shop owes for an order: STAGING until it has left, ISSUED once it is here."""

    request_id: str
    order_id: str
    kind: str
    state: str
    created_at: datetime
    updated_at: datetime
    number: str | None = None
    papers: tuple[tuple[str, Paper], ...] = ()


@attrs.define(kw_only=True)
class Papers:
    """Every document."""

    of_orders: dict[int, OrderPaper] = attrs.field(factory=dict[int, OrderPaper])
    of_shop: dict[int, ShopPaper] = attrs.field(factory=dict[int, ShopPaper])
    requests: dict[str, PaperRequest] = attrs.field(factory=dict[str, PaperRequest])
    last_id: int = 2000

    def next_id(self) -> int:
        """A number that no document had."""
        self.last_id += 1
        return self.last_id
