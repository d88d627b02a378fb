"""The reference data of a simulated Khaos Control installation: what its office has set up, and what it starts with."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import attrs

__all__ = [
    "SOP_PARTS",
    "KhaosCountry",
    "KhaosHarmonisation",
    "KhaosKeycode",
    "KhaosReference",
]


@attrs.frozen(kw_only=True)
class KhaosCountry:
    """A country as the installation knows it."""

    name: str
    code2: str
    code3: str
    eu_member: bool = False
    pays_vat: bool = False
    currency_name: str = "Pound Sterling"
    currency_code: str = "GBP"
    zone: str = ""


@attrs.frozen(kw_only=True)
class KhaosKeycode:
    """A campaign code. *source*: it may be the source of a customer. *expires* None: never."""

    code: str
    description: str = ""
    kind: str = "(none)"
    source: bool = False
    created: datetime = datetime(2020, 1, 6, tzinfo=UTC)
    expires: datetime | None = None
    web: bool = True
    telephone: bool = True


@attrs.frozen(kw_only=True)
class KhaosHarmonisation:
    """A customs code with the duty (in percent) of each stock code under it."""

    code: str
    duties: Mapping[str, Decimal]


SOP_PARTS: Mapping[str, str] = {
    "DelRate": (
        "<DELRATES><RATE><COUNTRY_CODE>GBR</COUNTRY_CODE><ZONE>UK</ZONE><POSTCODES>ZE1,ZE2</POSTCODES>"
        "<COURIER_CODE>RM24</COURIER_CODE><COURIER_NAME>Royal Mail 24</COURIER_NAME>"
        '<COMPANY_CLASS>Web</COMPANY_CLASS><WEIGHT LOW="0" HIGH="2000.5"/><VALUE LOW="0" HIGH="50"/>'
        '<POSTAGE GROSS="-1" VAT="-1" PERKG="0" ISKG="0">4.95</POSTAGE><PRIORITY>1</PRIORITY>'
        "<CURRENCY_DESC>Pounds Sterling</CURRENCY_DESC><BRAND/><INVPRIORITY_ID>2</INVPRIORITY_ID></RATE></DELRATES>"
    ),
    "CourierBanding": (
        '<COURIERBANDING><BANDING><WEIGHT LOW="0" HIGH="750"/><ZONE>UK</ZONE><COURIER>RM24</COURIER>'
        "<COURIER_NAME>Royal Mail 24</COURIER_NAME></BANDING></COURIERBANDING>"
    ),
    "BOGOF": (
        '<BOGOFS><BOGOF ID="7"><DESCRIPTION>Second mug half price</DESCRIPTION>'
        '<ACTIVE DATE_FROM="2026-01-01" DATE_TO="2026-12-31">-1</ACTIVE><WEB_USE>-1</WEB_USE><MOTO_USE>0</MOTO_USE>'
        '<TRIGGERS><TRIGGER><STOCK STOCK_CODE="MUG" STOCK_TYPE=""/><COMPANY COMPANY_CODE="" COMPANY_CLASS="Web"/>'
        "<QTY>1</QTY><UNIT_PRICE>9.99</UNIT_PRICE><SINGLE_LINE>0</SINGLE_LINE><OFFERS><OFFER>"
        "<STOCK_CODE>MUG</STOCK_CODE><QTY>1</QTY><DISCOUNT>50</DISCOUNT></OFFER></OFFERS></TRIGGER></TRIGGERS>"
        "</BOGOF></BOGOFS>"
    ),
    "SpecialOffer": (
        '<SPECIAL_OFFERS><SPECIAL_OFFER><QTY/><SELL_PRICE IS_NET="0">7.5</SELL_PRICE><ORDER_TOTAL>30</ORDER_TOTAL>'
        "<START_DATE>2026-06-01</START_DATE><END_DATE>2026-08-31</END_DATE><ACTIVE>-1</ACTIVE>"
        "<STOCK_CODE>BOWL</STOCK_CODE><EXTENDED><DESC>Summer only</DESC></EXTENDED><BRAND>Main Brand</BRAND>"
        "<WEB_USE>-1</WEB_USE><MOTO_USE>-1</MOTO_USE><COMPANY_CLASS>Web</COMPANY_CLASS></SPECIAL_OFFER>"
        '</SPECIAL_OFFERS><FREE_GIFTS><FREE_GIFT FREEGIFT_ID="3" LOW_VALUE="50" HIGH_VALUE="100"><FREE_ITEMS>'
        "<FREE_ITEM>MUG</FREE_ITEM></FREE_ITEMS></FREE_GIFT></FREE_GIFTS>"
    ),
    "TelesalePrompt": (
        '<TELESALE_PROMPTS><TELESALE_PROMPT ID="11"><SHORT_DESC>Offer the bowl</SHORT_DESC>'
        "<LONG_DESC>It goes with the mug</LONG_DESC><DATE_START>2026-01-01</DATE_START>"
        "<DATE_END>2026-12-31</DATE_END><ALWAYS_ACTIVE>0</ALWAYS_ACTIVE><ORDER_VALUE>20.45</ORDER_VALUE>"
        '<NEW_ONLY>0</NEW_ONLY><TELESALE_ITEMS><TELESALE_ITEM STOCK_CODE="BOWL" OTHER_REF="" STOCK_TYPE="" QTY="1"/>'
        "</TELESALE_ITEMS></TELESALE_PROMPT></TELESALE_PROMPTS>"
    ),
    "BarredItems": (
        '<BARRED_PRODUCTS><COMPCLASS_BARRED_PRODUCTS><BARRED_COMPCLASS COMPCLASS_ID="2" DESC="Trade"><STOCK_TYPES/>'
        '<STOCK_CODES><STOCK_CODE STOCK_ID="1005" STOCK_CODE="CARD" OTHER_REF="" EXEMPT="0"/></STOCK_CODES>'
        "</BARRED_COMPCLASS></COMPCLASS_BARRED_PRODUCTS></BARRED_PRODUCTS>"
    ),
}
"""One promotion, rate or bar of each kind, as GetSOPData writes them, by the flag that asks for them."""

_COUNTRIES = (
    KhaosCountry(name="France", code2="FR", code3="FRA", eu_member=True, pays_vat=True),
    KhaosCountry(name="Germany", code2="DE", code3="DEU", eu_member=True, pays_vat=True),
    KhaosCountry(name="Ireland", code2="IE", code3="IRL", eu_member=True, pays_vat=True),
    KhaosCountry(name="Jersey", code2="JE", code3="JEY", zone="UK"),
    KhaosCountry(name="United Kingdom", code2="GB", code3="GBR", pays_vat=True, zone="UK"),
    KhaosCountry(name="United States", code2="US", code3="USA"),
)
_MAILING = {
    "1": "Our use and any 3rd parties",
    "10": "Incomplete address",
    "2": "Our use and selected 3rd parties",
    "3": "Our use and no 3rd parties",
    "4": "Our use - catalogues & order correspondence only",
    "5": "Our use - order correspondence only",
    "6": "Do not use",
}
_KEYCODES = (
    KhaosKeycode(code="SPRING", description="Spring <campaign> & more", source=True),
    KhaosKeycode(code="50OFF", description="50% OFF", expires=datetime(2020, 1, 12, tzinfo=UTC)),
)


@attrs.frozen(kw_only=True)
class KhaosReference:
    """What the office has set up.

    *sop_parts* holds the XML of each part of GetSOPData but couriers and key codes; ``SOP_PARTS`` has one of each.
    """

    countries: tuple[KhaosCountry, ...] = _COUNTRIES
    company_statuses: tuple[str, ...] = ("Active", "Dormant")
    mailing_statuses: Mapping[str, str] = attrs.field(factory=lambda: dict(_MAILING))
    keycodes: tuple[KhaosKeycode, ...] = _KEYCODES
    keycode_types: tuple[str, ...] = ("(none)", "Catalogues", "Exhibitions, Market Stalls, Trade Shows, etc.")
    harmonisation: tuple[KhaosHarmonisation, ...] = ()
    sop_parts: Mapping[str, str] = attrs.field(factory=dict[str, str])
