"""What a simulated Khaos Control installation is made of: items, sites, couriers, and how its web service behaves.

Every installation differs: versions add elements, options change how answers are written, reference data belongs to
the customer. ``KhaosSettings`` names each of those differences, so that a client can be tried against all of them.
"""

from collections.abc import Mapping
from datetime import date, tzinfo
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

import attrs

from khaos_connectors.testing.simulators.khaos_customers import Criterion
from khaos_connectors.testing.simulators.khaos_reference import KhaosReference

__all__ = ["KhaosCourier", "KhaosItem", "KhaosLink", "KhaosSettings", "KhaosSite", "KhaosStyle", "plain"]


def plain(value: Decimal | int) -> str:
    """A number as the service writes it: a point, no exponent, no padding ('14.7', '2', '0')."""
    text = f"{Decimal(value):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


@attrs.frozen(kw_only=True)
class KhaosSite:
    """A stock location: calls name it by number, documents by name."""

    site_id: int
    name: str


@attrs.frozen(kw_only=True)
class KhaosCourier:
    """A courier of the installation. *tracking_url* may hold ``{consignment}``."""

    name: str
    code: str = ""
    tracking_url: str = ""


@attrs.frozen(kw_only=True)
class KhaosStyle:
    """One step on the way from a parent to its variant: a description ("Black") and a code suffix ("BLK")."""

    description: str
    suffix: str


@attrs.frozen(kw_only=True)
class KhaosLink:
    """A link to another item; *kind* is 1 up-sell, 2 cross-sell, 3 pack (*value* units inside) or 4 associated."""

    stock_code: str
    kind: int
    value: Decimal = Decimal(1)


def _by_site(value: int | Mapping[int, int]) -> int | Mapping[int, int]:
    return value if isinstance(value, int) else dict(value)


@attrs.frozen(kw_only=True)
class KhaosItem:
    """One stock item. *physical* is the opening stock: units at the default site, or units by site number.

    A variant names its *parent* and the *styles* that lead to it; the parent names *headings*, and as *styles* those
    that no variant has. An empty *stock_id* is
    filled with a number. *sell_price* is net or gross as *prices_net* says; *web_price* None means "not set" (0).
    """

    stock_code: str
    stock_id: str = ""
    other_ref: str = ""
    description: str = ""
    long_description: str = ""
    physical: int | Mapping[int, int] = attrs.field(default=0, converter=_by_site)
    buy_price: Decimal = Decimal("2.5")
    sell_price: Decimal = Decimal("9.99")
    prices_net: bool = False
    web_price: Decimal | None = None
    tax_code: int = 1
    weight: Decimal = Decimal(0)
    stock_type: str = ""
    manufacturer: str = ""
    web: bool = True
    discontinued: bool = False
    run_to_zero: bool = False
    drop_ship: bool = False
    stock_controlled: bool = True
    lead_time: int = 0
    min_level: int = 0
    safe_level: int = 0
    build_potential: int | None = None
    launch: date | None = None
    barcodes: tuple[str, ...] = ()
    links: tuple[KhaosLink, ...] = ()
    parent: str = ""
    styles: tuple[KhaosStyle, ...] = ()
    headings: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class KhaosSettings:
    """How one installation of the web service behaves and which reference data it knows.

    How it answers: *answers* (structures inline or as numbered objects that are pointed at), *empty_arrays*, *bom* and
    *declaration* of documents inside string results, *cdata* around texts in them, *result_cdata* (the document in a
    CDATA section in place of entities), *fault_status* and *fault_detail*, *newer_elements* (SITE, ON_ORDER_LEVEL per
    stock row and more), *z_is_utc* (False: times marked Z are really wall time of *server_timezone*).

    How it reads: *accepts_omitted* (False: a parameter must be there, nil at least), *names_matter* (False: an unknown
    parameter name is taken by its position), *basic_auth* (user, password), *body_credentials* (extra parameters that
    every call must carry).

    How it imports: *data_errors* by fault or as skipped rows; *strict_lengths*; *reference_limit* and
    *telephone_limit*; *amount_difference*; *allocate_on_receipt* (new stock goes to waiting orders at once);
    *delivery_charge* (gross, charged when an order leaves delivery empty).

    *fixed_criteria* and *match_code_on_id* decide whom people are taken for. *level_means*: a level that is set is what
    can be sold, or what is on the shelf (not documented). *default_location* False: bins are used and have no default,
    so setting levels fails. *price_list_form*: lists directly under the root, or grouped as in the vendor's sample.
    *add_ons* are the operations that were bought ("ProcessReturn", "CancelOrder"). *archive_sent*: the documents that
    were sent are kept too.

    *status_dates* is the date that DateFrom and DateTo of the status export are compared with: vendor pages are silent.
    """

    version: str = "8.190.36.0"
    executable: str = "/KhaosDemo.exe"
    namespace: str = "urn:IKosWebIntf-IKosWeb"
    type_namespace: str = "urn:IKosWebIntf"

    answers: Literal["inline", "multiref"] = "inline"
    empty_arrays: Literal["empty", "nil", "missing"] = "empty"
    bom: bool = False
    declaration: bool = False
    cdata: bool = False
    result_cdata: bool = False
    fault_status: Literal[200, 500] = 500
    fault_detail: Literal["web-service", "remotable"] = "web-service"
    newer_elements: bool = True
    z_is_utc: bool = True
    server_timezone: tzinfo = attrs.field(factory=lambda: ZoneInfo("Europe/London"))

    accepts_omitted: bool = True
    names_matter: bool = False
    basic_auth: tuple[str, str] | None = attrs.field(default=None, repr=False)
    body_credentials: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)

    data_errors: Literal["fault", "skip"] = "fault"
    duplicate_reason: str = "Associated ref {reference} has already been imported"
    strict_lengths: bool = True
    reference_limit: int = 50
    telephone_limit: int = 19
    amount_difference: Literal["accept", "refuse"] = "accept"
    allocate_on_receipt: bool = True
    delivery_charge: Decimal = Decimal("4.95")
    status_dates: Literal["changed", "created"] = "changed"
    box_consignment: Literal["box", "both"] = "box"
    fixed_criteria: tuple[Criterion, ...] = ("surname", "postcode")
    match_code_on_id: bool = False
    level_means: Literal["available", "physical"] = "available"
    default_location: bool = True
    price_list_form: Literal["recorded", "sample"] = "recorded"
    add_ons: frozenset[str] = frozenset()
    archive_sent: bool = False
    reference: KhaosReference = attrs.field(factory=KhaosReference)

    default_site: int | None = None
    currencies: tuple[str, ...] = ("GBP",)
    company_classes: Mapping[str, Literal["gross", "net"]] = attrs.field(
        factory=lambda: dict[str, Literal["gross", "net"]]({"Web": "gross", "Retail": "gross", "Trade": "net"})
    )
    company_types: tuple[str, ...] = ("Others",)
    sales_sources: tuple[str, ...] = ("Internet", "John Lewis", "Telephone")
    brands: tuple[str, ...] = ("Main Brand",)
    agents: tuple[str, ...] = ()
    keycodes: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ("Normal", "Next Day")
    free_item_reasons: tuple[str, ...] = ("Gift", "Replacement")
    tax_rates: Mapping[int, Decimal] = attrs.field(
        factory=lambda: dict[int, Decimal]({1: Decimal(20), 2: Decimal(0), 4: Decimal(5)})
    )
