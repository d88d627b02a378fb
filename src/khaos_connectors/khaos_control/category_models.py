"""Web categories: how a customer's web sites are divided, and what items are called there (KSDXMLWebCategories)."""

from collections.abc import Iterator
from decimal import Decimal

import attrs

from khaos_connectors.khaos_control.models import UnreadRow

__all__ = ["Category", "ListedItem", "Website"]


@attrs.frozen(kw_only=True)
class ListedItem:
    """What an item is on a web site or in one of its categories; what is filled wins over the item's own.

    *channel_code* is what channels call the item there (CATEGORY_STOCK_CODE, WEBSITE_STOCK_CODE): the code that an
    order line may be matched by. *sell_price* is None where the service sends 0 or nothing. *image_name* names one of
    the item's images, it is no file. *variants* are the codes of its variants. *removed*: it is gone from there.
    """

    stock_code: str
    stock_id: str = ""
    channel_code: str = ""
    short_description: str = ""
    long_description: str = ""
    web_teaser: str = ""
    sell_price: Decimal | None = None
    image_name: str = ""
    canonical: bool = False
    removed: bool = False
    variants: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Category:
    """A category of a web site with what is in it. *item_codes* is the old way to tell *items*; names may change.

    *custom* are properties by arrangement with the vendor. *removed*: it is gone from the site.
    """

    category_id: str
    name: str = ""
    short_description: str = ""
    long_description: str = ""
    file_name: str = ""
    removed: bool = False
    items: tuple[ListedItem, ...] = ()
    item_codes: tuple[str, ...] = ()
    custom: tuple[tuple[str, str], ...] = ()
    categories: "tuple[Category, ...]" = ()


@attrs.frozen(kw_only=True)
class Website:
    """A web site or sales channel: its categories, its items as a whole, and the rows that could not be read."""

    name: str = ""
    website_id: str = ""
    categories: tuple[Category, ...] = ()
    items: tuple[ListedItem, ...] = ()
    unread: tuple[UnreadRow, ...] = ()

    def walk(self) -> Iterator[Category]:
        """All categories, each before those in it."""
        waiting = list(reversed(self.categories))
        while waiting:
            category = waiting.pop()
            yield category
            waiting.extend(reversed(category.categories))
