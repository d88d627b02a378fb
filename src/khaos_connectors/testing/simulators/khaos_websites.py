"""Web sites of the simulated Khaos Control: their categories, and the codes that items have there."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

import attrs

from khaos_connectors.testing.simulators.khaos_operations import Arguments
from khaos_connectors.testing.simulators.khaos_settings import plain
from khaos_connectors.testing.simulators.khaos_soap import KhaosFault
from khaos_connectors.testing.simulators.khaos_world import KhaosWorld
from khaos_connectors.testing.simulators.khaos_xml import Page, flag, leaf, leaves, node

__all__ = ["KhaosCategory", "KhaosListing", "KhaosWebsite", "WebsiteDesk"]


@attrs.frozen(kw_only=True)
class KhaosListing:
    """An item in a category or on a site; *channel_code* is what MAPPING_TYPE 6 of an order line finds it by."""

    stock_code: str
    channel_code: str = ""
    short_description: str = ""
    long_description: str = ""
    web_teaser: str = ""
    sell_price: Decimal = Decimal(0)
    canonical: bool = False


@attrs.frozen(kw_only=True)
class KhaosCategory:
    """A category with its items and the categories in it."""

    category_id: str
    name: str
    short_description: str = ""
    long_description: str = ""
    file_name: str = ""
    items: tuple[KhaosListing, ...] = ()
    categories: "tuple[KhaosCategory, ...]" = ()

    def walk(self) -> "Iterator[KhaosCategory]":
        """The category and all below it."""
        yield self
        for one in self.categories:
            yield from one.walk()


@attrs.frozen(kw_only=True)
class KhaosWebsite:
    """A web site: its root's *name* and id, its categories, and what items are called on the whole site."""

    website_id: str
    name: str
    categories: tuple[KhaosCategory, ...] = ()
    items: tuple[KhaosListing, ...] = ()

    def walk(self) -> Iterator[KhaosCategory]:
        """All categories, each before those in it."""
        for one in self.categories:
            yield from one.walk()


class WebsiteDesk:
    """Tells web sites, which *sites* are; their channel codes are made known to the catalogue."""

    def __init__(self, world: KhaosWorld, sites: Iterable[KhaosWebsite]) -> None:
        self._world = world
        self._page = Page(world.settings)
        self.sites = {one.name: one for one in sites}
        for site in self.sites.values():
            for listing in [*site.items, *(item for one in site.walk() for item in one.items)]:
                if listing.channel_code:
                    world.catalogue.channel_codes.setdefault(listing.channel_code, listing.stock_code)

    def whole(self, arguments: Arguments) -> str:
        """ExportWebCategories: a site by the name of its root."""
        return self._document(self._site(arguments.text("Website")), variants=True)

    def ex2(self, arguments: Arguments) -> str:
        """ExportWebCategoriesEx2: a site by name, or one node of it by ids; variants are left out."""
        name, website_id = arguments.text("WebsiteName"), arguments.text("WebsiteID")
        with_items = arguments.flag("IncludeItems")
        if name:
            return self._document(self._site(name), variants=False, with_items=with_items)
        site = next((one for one in self.sites.values() if one.website_id == website_id), None)
        node_id = arguments.text("WebNodeID")
        found = next((one for one in site.walk() if one.category_id == node_id), None) if site else None
        if site is None or found is None:
            raise KhaosFault(f"Web node {website_id}/{node_id} does not exist")
        part = attrs.evolve(site, categories=(found,), items=())
        return self._document(part, variants=False, with_items=with_items)

    def _site(self, name: str) -> KhaosWebsite:
        if name not in self.sites:
            raise KhaosFault(f"Website '{name}' does not exist")
        return self.sites[name]

    def _document(self, site: KhaosWebsite, *, variants: bool, with_items: bool = True) -> str:
        def told(items: Iterable[KhaosListing]) -> list[KhaosListing]:
            known = [(one, self._world.catalogue.get(one.stock_code)) for one in items] if with_items else []
            return [one for one, item in known if variants or not (item and item.parent)]

        def category(one: KhaosCategory) -> str:
            attributes = [("ID", one.category_id), ("NAME", one.name), ("SHORT_DESC", one.short_description)]
            attributes += [("LONG_DESC", one.long_description), ("FILE_NAME", one.file_name)]
            inside = [category(each) for each in one.categories]
            return node("CATEGORY", [*inside, *(self._item(each) for each in told(one.items))], attributes)

        parts = [category(one) for one in site.categories]
        site_items = told(site.items)
        if site_items:
            parts.append(node("WEBSITE_STOCK_ITEMS", [self._site_item(one) for one in site_items]))
        return self._page.whole(node("WEBSITE", parts, [("NAME", site.name), ("ID", site.website_id)]))

    def _item(self, one: KhaosListing) -> str:
        item = self._world.catalogue.get(one.stock_code)
        parts = [
            *leaves([("STOCK_ID", item.stock_id if item else ""), ("STOCK_CODE", one.stock_code)]),
            *leaves([("CATEGORY_STOCK_CODE", one.channel_code)] if one.channel_code else []),
            *self._texts(one),
            *leaves([("SELL_PRICE", plain(one.sell_price)), ("CANONICAL_ITEM", flag(one.canonical))]),
        ]
        return node("STOCK_ITEM", parts)

    def _site_item(self, one: KhaosListing) -> str:
        parts = [leaf("STOCK_CODE", one.stock_code), *self._texts(one), leaf("WEBSITE_STOCK_CODE", one.channel_code)]
        return node("STOCK_ITEM", parts)

    def _texts(self, one: KhaosListing) -> list[str]:
        texts = {
            "LONG_DESC": one.long_description,
            "SHORT_DESC": one.short_description,
            "WEB_TEASER": one.web_teaser,
        }
        return [self._page.free(name, text) for name, text in texts.items()]
