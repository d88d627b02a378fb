"""GetSOPData: couriers, what delivery costs, and the promotions that a shop may repeat (KSDXMLSOPData).

Only the parts that were asked for are filled. Ids and codes are texts, percentages are plain numbers (33.3 is 33.3 %),
times are aware and in UTC. A code that limits something to a class, country or currency is empty where it does not.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.khaos_control import rules
from khaos_connectors.khaos_control.rows import UnreadRow
from khaos_connectors.khaos_control.sop_prompts import Named, TelesalePrompt

__all__ = [
    "BarredItem",
    "BarredType",
    "Bogof",
    "BogofOffer",
    "BogofTrigger",
    "Courier",
    "CourierBand",
    "DeliveryRate",
    "FreeGift",
    "Named",
    "Restrictions",
    "SopData",
    "SopKeycode",
    "SopKeycodeDiscount",
    "SopKeycodeItem",
    "SpecialOffer",
    "TelesalePrompt",
]


@attrs.frozen(kw_only=True)
class Courier:
    """A courier of GetSOPData; *code* may be empty."""

    code: str = rules.text(name="@CODE")
    name: str = rules.text(name=".")


@attrs.frozen(kw_only=True)
class DeliveryRate:
    """What delivery costs where all that is filled here fits. *priority*: 1 is tried first, 10 last.

    *postage_gross*: the range of values is one of gross totals. *postage_vat*: the charge is vatable.
    """

    country_code: str = rules.text()
    zone: str = rules.text()
    postcodes: str = rules.text()
    courier_code: str = rules.text()
    courier_name: str = rules.text()
    company_class: str = rules.text()
    weight_low: Decimal | None = rules.quantity(name="WEIGHT/@LOW")
    weight_high: Decimal | None = rules.quantity(name="WEIGHT/@HIGH")
    value_low: Decimal | None = rules.quantity(name="VALUE/@LOW")
    value_high: Decimal | None = rules.quantity(name="VALUE/@HIGH")
    postage: Decimal | None = rules.quantity()
    postage_gross: bool | None = rules.flag(name="POSTAGE/@GROSS")
    postage_vat: bool | None = rules.flag(name="POSTAGE/@VAT")
    postage_per_kg: Decimal | None = rules.quantity(name="POSTAGE/@PERKG")
    postage_is_kg: bool | None = rules.flag(name="POSTAGE/@ISKG")
    priority: int | None = rules.whole()
    currency: str = rules.text(name="CURRENCY_DESC")
    brand: str = rules.text()
    inv_priority_id: str = rules.text(name="INVPRIORITY_ID")


@attrs.frozen(kw_only=True)
class CourierBand:
    """Which courier takes orders of a weight; *zone* may be empty. *courier* is its code."""

    weight_low: Decimal | None = rules.quantity(name="WEIGHT/@LOW")
    weight_high: Decimal | None = rules.quantity(name="WEIGHT/@HIGH")
    zone: str = rules.text()
    courier: str = rules.text()
    courier_name: str = rules.text()


@attrs.frozen(kw_only=True)
class SopKeycodeDiscount:
    """What a key code gives for orders of a gross value: percent off; a net delivery charge if *delivery_active*."""

    order_low: Decimal | None = rules.quantity(name="@ORDERLOW")
    order_high: Decimal | None = rules.quantity(name="@ORDERHIGH")
    percent: Decimal | None = rules.quantity(name="@PCDISCOUNT")
    net_delivery: Decimal | None = rules.quantity(name="@NETDELIVERY")
    delivery_active: bool | None = rules.flag(name="@DELACTIVE")


@attrs.frozen(kw_only=True)
class SopKeycodeItem:
    """An item that a key code gives away or sells for *amount* with orders of a gross value."""

    stock_code: str = rules.text(name=".")
    order_low: Decimal | None = rules.quantity(name="@ORDERLOW")
    order_high: Decimal | None = rules.quantity(name="@ORDERHIGH")
    qty: Decimal | None = rules.quantity(name="@QTY")
    amount: Decimal | None = rules.quantity(name="@AMOUNT")
    auto_add: bool | None = rules.flag(name="@AUTOADD")
    discount: Decimal | None = rules.quantity(name="@DISCOUNT")
    reward_points: Decimal | None = rules.quantity(name="@REWARD_POINT")


@attrs.frozen(kw_only=True)
class SopKeycode:
    """A key code with what it gives. *source*: it may win customers. *additive*: added to other discounts."""

    code: str = rules.text()
    keycode_id: str = rules.text(name="@ID")
    description: str = rules.text()
    source: bool | None = rules.flag(name="SOURCE_CODE")
    additive: bool | None = rules.flag(name="ADDITIVE_DISCOUNT")
    company_class: str = rules.text()
    price_list: str = rules.text()
    created: datetime | None = rules.moment(name="KEYCODE_DATE")
    expires: datetime | None = rules.moment(name="EXPIRY_DATE")
    web_only: bool | None = rules.flag()
    web_use: bool | None = rules.flag()
    moto_use: bool | None = rules.flag()
    reward_point_multiplier: Decimal | None = rules.quantity()
    global_reward_points: bool | None = rules.flag()
    discounts: tuple[SopKeycodeDiscount, ...] = ()
    free_items: tuple[SopKeycodeItem, ...] = ()


@attrs.frozen(kw_only=True)
class BogofOffer:
    """What a trigger gives: *qty* units for *discount* percent off, once all of them are on the order."""

    stock_code: str = rules.text()
    qty: Decimal | None = rules.quantity()
    discount: Decimal | None = rules.quantity()


@attrs.frozen(kw_only=True)
class BogofTrigger:
    """What has to be bought: *qty* of an item or of a stock type; *unit_price* 0 is no condition."""

    stock_code: str = rules.text(name="STOCK/@STOCK_CODE")
    stock_type: str = rules.text(name="STOCK/@STOCK_TYPE")
    company_code: str = rules.text(name="COMPANY/@COMPANY_CODE")
    company_class: str = rules.text(name="COMPANY/@COMPANY_CLASS")
    qty: Decimal | None = rules.quantity()
    unit_price: Decimal | None = rules.quantity()
    single_line: bool | None = rules.flag()
    offers: tuple[BogofOffer, ...] = ()


@attrs.frozen(kw_only=True)
class Bogof:
    """Buy one, get one free. *active*: always; else from *date_from* to *date_to* where there are dates."""

    bogof_id: str = rules.text(name="@ID")
    description: str = rules.text()
    active: bool | None = rules.flag()
    date_from: datetime | None = rules.moment(name="ACTIVE/@DATE_FROM")
    date_to: datetime | None = rules.moment(name="ACTIVE/@DATE_TO")
    keycode: str = rules.text()
    web_use: bool | None = rules.flag()
    moto_use: bool | None = rules.flag()
    keycodes: tuple[str, ...] = ()
    triggers: tuple[BogofTrigger, ...] = ()


@attrs.frozen(kw_only=True)
class SpecialOffer:
    """An item at a special price with orders from *order_total* on (0: any)."""

    stock_code: str = rules.text()
    qty: Decimal | None = rules.quantity()
    sell_price: Decimal | None = rules.quantity()
    price_is_net: bool | None = rules.flag(name="SELL_PRICE/@IS_NET")
    order_total: Decimal | None = rules.quantity()
    starts: datetime | None = rules.moment(name="START_DATE")
    ends: datetime | None = rules.moment(name="END_DATE")
    active: bool | None = rules.flag()
    brand: str = rules.text()
    company_class: str = rules.text()
    web_use: bool | None = rules.flag()
    moto_use: bool | None = rules.flag()
    extended_description: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class BarredType:
    """A stock type that may not be sold; *exempt*: it may after all."""

    type_id: str = rules.text(name="@STYPE_ID")
    name: str = rules.text(name="@DESC")
    exempt: bool | None = rules.flag(name="@EXEMPT")


@attrs.frozen(kw_only=True)
class BarredItem:
    """An item that may not be sold; *exempt*: it may after all."""

    stock_code: str = rules.text(name="@STOCK_CODE")
    stock_id: str = rules.text(name="@STOCK_ID")
    other_ref: str = rules.text(name="@OTHER_REF")
    exempt: bool | None = rules.flag(name="@EXEMPT")


@attrs.frozen(kw_only=True)
class Restrictions:
    """What may not be sold to a customer, or to the customers of a class (*class_name* is filled then)."""

    company_id: str = rules.text(name="@COMPANY_ID")
    company_code: str = rules.text(name="@COMPANY_CODE")
    other_ref: str = rules.text(name="@OTHER_REF")
    class_id: str = rules.text(name="@COMPCLASS_ID")
    class_name: str = rules.text(name="@DESC")
    types: tuple[BarredType, ...] = ()
    items: tuple[BarredItem, ...] = ()


@attrs.frozen(kw_only=True)
class FreeGift:
    """Items (their codes) that may be chosen as a gift with orders of a value."""

    gift_id: str = rules.text(name="@FREEGIFT_ID")
    low_value: Decimal | None = rules.quantity(name="@LOW_VALUE")
    high_value: Decimal | None = rules.quantity(name="@HIGH_VALUE")
    items: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class SopData:
    """The parts of GetSOPData; only what was asked for is filled. *unread* are rows that could not be read."""

    couriers: tuple[Courier, ...] = ()
    delivery_rates: tuple[DeliveryRate, ...] = ()
    courier_bands: tuple[CourierBand, ...] = ()
    keycodes: tuple[SopKeycode, ...] = ()
    bogofs: tuple[Bogof, ...] = ()
    special_offers: tuple[SpecialOffer, ...] = ()
    telesale_prompts: tuple[TelesalePrompt, ...] = ()
    restrictions: tuple[Restrictions, ...] = ()
    free_gifts: tuple[FreeGift, ...] = ()
    unread: tuple[UnreadRow, ...] = ()
