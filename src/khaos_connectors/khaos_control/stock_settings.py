"""How an installation's stock is read: sites, back orders, what could be built, how much is asked for at once."""

from enum import Enum

import attrs

from khaos_connectors.core.ids import LocationId, StockCode
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control.setting_checks import each_must_be, must_be

__all__ = ["ChunkSizes", "Levels", "Site", "StockSettings"]


@attrs.frozen(kw_only=True)
class ChunkSizes:
    """How many codes or references go into one call: the service has no paging, and large answers time out."""

    export_stock: int = attrs.field(default=15, validator=attrs.validators.ge(1))
    export_stock_status: int = attrs.field(default=50, validator=attrs.validators.ge(1))
    get_stock_potential: int = attrs.field(default=200, validator=attrs.validators.ge(1))
    export_order_status: int = attrs.field(default=50, validator=attrs.validators.ge(1))


class Levels(Enum):
    """Which call tells what is available: ExportStockStatus per site, or GetStockPotential for all sites together."""

    PER_SITE = "per site"
    ALL_SITES = "all sites"


@attrs.frozen(kw_only=True)
class Site:
    """A stock site: its id in calls, its *name* in documents (checked against answers when given), our *location*.

    *site_id* None asks for the installation's default site, which can only be the only one.
    """

    site_id: str | None = None
    name: str = ""
    location: LocationId

    def __attrs_post_init__(self) -> None:
        if self.site_id is None:
            return
        must_be("sites.site_id", self.site_id, str, "a text such as '1'")
        if not (self.site_id.isascii() and self.site_id.removeprefix("-").isdecimal()):
            raise ConfigError(field="sites.site_id", problem="must be a whole number, as GetSiteList tells it")
        if int(self.site_id) == -1:
            # Older services do not say which site a row of such an answer is about.
            raise ConfigError(field="sites.site_id", problem="-1 means all sites: give each one, or Levels.ALL_SITES")


@attrs.frozen(kw_only=True)
class StockSettings:
    """What is read and how it is counted.

    *sites* to read, one call chain each; the one at *default_site* (a location; "": the first) takes what is only told
    for all sites together. *back_orders*: also read what was sold without stock (GetStockPotential), and put it on
    the default site. *add_build_potential*: count what could be built from children as available; children that two
    builds share are then promised twice. *builds* are packs and builds whose own stock is not controlled: there are as
    many as could be built, where they would pass for always available otherwise. *trust_due_dates*: all that is on
    order counts as confirmed for the day that is told, which is that of the oldest purchase order only.
    *may_set_levels*: whether levels may be set from here; only where another system is the master of stock.
    """

    levels: Levels = Levels.PER_SITE
    sites: tuple[Site, ...] = attrs.field(factory=lambda: (Site(location=LocationId("default")),))
    default_site: str = ""
    back_orders: bool = True
    add_build_potential: bool = False
    builds: frozenset[StockCode] = frozenset()
    trust_due_dates: bool = False
    may_set_levels: bool = False

    def __attrs_post_init__(self) -> None:
        each_must_be("sites", self.sites, Site, "Site(site_id='1', location='main')")
        if not self.sites:
            raise ConfigError(field="sites", problem="at least one site is needed")
        locations = [site.location for site in self.sites]
        shelves = {site.site_id and int(site.site_id) for site in self.sites}  # "1" and "01" are one shelf
        if len(set(locations)) != len(locations) or len(shelves) != len(self.sites):
            raise ConfigError(field="sites", problem="each site and each location may be given once")
        if len(self.sites) > 1 and None in {site.site_id for site in self.sites}:
            # The default site may be one of the others, and its shelf would be sold twice.
            raise ConfigError(field="sites", problem="with several sites each needs its id")
        if self.default_site and self.default_site not in locations:
            raise ConfigError(field="default_site", problem=f"{self.default_site!r} is not the location of a site")
        if self.add_build_potential and self.levels is Levels.ALL_SITES:
            raise ConfigError(field="add_build_potential", problem="only ExportStockStatus (per site) tells it")
        if self.builds and self.levels is Levels.ALL_SITES:
            raise ConfigError(field="builds", problem="only ExportStockStatus (per site) tells what could be built")

    @property
    def home(self) -> Site:
        """The default site."""
        return next((site for site in self.sites if site.location == self.default_site), self.sites[0])
