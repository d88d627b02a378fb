"""What the simulated marketplace knows of products: its tree, attributes, lists of values, and files that add some."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import attrs

__all__ = [
    "Attribute",
    "Category",
    "Product",
    "ProductImport",
    "ProductSettings",
    "ProductWork",
    "ValueList",
    "WrongRow",
    "ean",
]


def ean(number: int) -> str:
    """The EAN-13 of the *number*-th thing, of a range that shops keep for themselves: no real product has it."""
    body = f"29{number % 10**10:010d}"
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body))
    return f"{body}{-total % 10}"


@attrs.frozen(kw_only=True)
class Category:
    """One category of the operator's tree; without *parent* it is a root."""

    code: str
    label: str
    parent: str = ""


@attrs.frozen(kw_only=True)
class ValueList:
    """A list of values, as pairs of code and label."""

    code: str
    label: str
    values: tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class Attribute:
    """One attribute of products. *category* "" is all of them; *values* is a ``ValueList`` where the type is ``LIST``.

    *role* says what Mirakl itself reads out of it; *longest* is the most letters that a text may have.
    """

    code: str
    label: str
    type: str = "TEXT"
    level: Literal["REQUIRED", "RECOMMENDED", "OPTIONAL", "DISABLED"] = "OPTIONAL"
    category: str = ""
    values: str = ""
    role: str = ""
    longest: int | None = None
    variant: bool = False


@attrs.frozen(kw_only=True)
class Product:
    """A product of the operator; *references* are pairs of type and value, as ``("EAN", "2900000000018")``."""

    sku: str
    title: str
    category: str
    references: tuple[tuple[str, str], ...] = ()


_CATEGORIES = (
    Category(code="HOME", label="Home"),
    Category(code="KITCHEN", label="Kitchen", parent="HOME"),
    Category(code="TEAWARE", label="Teaware", parent="KITCHEN"),
    Category(code="BEDDING", label="Bedding", parent="HOME"),
)
_ATTRIBUTES = (
    Attribute(code="category", label="Category", level="REQUIRED", role="CATEGORY"),
    Attribute(code="shop_sku", label="Seller's SKU", level="REQUIRED", role="SHOP_SKU"),
    Attribute(code="title", label="Title", level="REQUIRED", role="TITLE", longest=120),
    Attribute(code="ean", label="EAN", level="REQUIRED", role="UNIQUE_IDENTIFIER"),
    Attribute(code="description", label="Description", type="LONG_TEXT", level="RECOMMENDED", role="DESCRIPTION"),
    Attribute(code="colour", label="Colour", type="LIST", values="COLOURS", category="HOME", variant=True),
    Attribute(code="capacity_ml", label="Capacity in ml", type="INTEGER", category="KITCHEN"),
    Attribute(code="thread_count", label="Thread count", type="INTEGER", category="BEDDING"),
)
_LISTS = (ValueList(code="COLOURS", label="Colours", values=(("BLUE", "Blue"), ("RED", "Red"), ("WHITE", "White"))),)


@attrs.frozen(kw_only=True)
class ProductSettings:
    """The operator's catalogue. *products* are there beside those that offers are on; times are seconds.

    A file is read after *transform_seconds* and answered *answer_seconds* after that; None: the operator never answers,
    and ``SENT`` is the end. *refused* are the seller's SKUs that the operator does not take, with its reason.
    """

    categories: tuple[Category, ...] = _CATEGORIES
    attributes: tuple[Attribute, ...] = _ATTRIBUTES
    value_lists: tuple[ValueList, ...] = _LISTS
    products: tuple[Product, ...] = ()
    transform_seconds: float = 30
    answer_seconds: float | None = 60
    refused: Mapping[str, str] = attrs.field(factory=dict[str, str])


@attrs.frozen(kw_only=True)
class WrongRow:
    """A row of a file that was read with complaints: its line, what it held, and texts as ``1001|…``."""

    line: int
    row: tuple[str, ...]
    warnings: tuple[str, ...]
    errors: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ProductImport:
    """One file of products. *good* are the rows that were passed on, *added* and *refused* what became of them."""

    import_id: int
    created_at: datetime
    changed_at: datetime
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str
    own_format: bool = False
    conversion: str = ""
    options: Mapping[str, str] = attrs.field(factory=dict[str, str])
    status: str = "TRANSFORMATION_WAITING"
    reason: str = ""
    good: tuple[tuple[str, ...], ...] = ()
    complaints: tuple[WrongRow, ...] = ()
    added: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def read(self) -> bool:
        """Whether the rows have been looked at."""
        return self.status in ("SENT", "COMPLETE")


@attrs.define(kw_only=True)
class ProductWork:
    """Files of products by number, and the products that they added by the operator's SKU."""

    imports: dict[int, ProductImport] = attrs.field(factory=dict[int, ProductImport])
    added: dict[str, Product] = attrs.field(factory=dict[str, Product])
