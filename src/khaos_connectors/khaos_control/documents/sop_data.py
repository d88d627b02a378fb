"""SOPDATA, the answer of GetSOPData: every part that was asked for, row by row (KSDXMLSOPData)."""

from collections.abc import Callable, Iterator
from typing import TypeVar
from xml.etree.ElementTree import Element

import attrs

from khaos_connectors.khaos_control.documents.fields import Node, Reading, read_rows
from khaos_connectors.khaos_control.documents.records import filled, read_record
from khaos_connectors.khaos_control.rows import UnreadRow
from khaos_connectors.khaos_control.sop_models import (
    BarredItem,
    BarredType,
    Bogof,
    BogofOffer,
    BogofTrigger,
    Courier,
    CourierBand,
    DeliveryRate,
    FreeGift,
    Restrictions,
    SopData,
    SopKeycode,
    SopKeycodeDiscount,
    SopKeycodeItem,
    SpecialOffer,
)
from khaos_connectors.khaos_control.sop_prompts import (
    Named,
    PromptAction,
    PromptCondition,
    PromptCountry,
    PromptItem,
    TelesalePrompt,
)

__all__ = ["read_sop_data"]

T = TypeVar("T")
R = TypeVar("R", bound=attrs.AttrsInstance)


def read_sop_data(root: Element, reading: Reading) -> SopData:
    """What a SOPDATA document tells; a broken row never hides the others, they are in ``unread``.

    Raises ``Undecodable`` if the document is another one.
    """
    if root.tag != "SOPDATA":
        raise reading.broken(f"/{root.tag}", "SOPDATA")
    parts = _Parts(Node(root, "/SOPDATA", reading))
    found = SopData(
        couriers=parts.rows("COURIERS", "COURIER", lambda node: read_record(Courier, node)),
        delivery_rates=parts.rows("DELRATES", "RATE", lambda node: read_record(DeliveryRate, node)),
        courier_bands=parts.rows("COURIERBANDING", "BANDING", lambda node: read_record(CourierBand, node)),
        keycodes=parts.rows("KEYCODES", "KEYCODE", _keycode),
        bogofs=parts.rows("BOGOFS", "BOGOF", _bogof),
        special_offers=parts.rows("SPECIAL_OFFERS", "SPECIAL_OFFER", _offer),
        telesale_prompts=parts.rows("TELESALE_PROMPTS", "TELESALE_PROMPT", _prompt),
        restrictions=(
            *parts.rows("BARRED_PRODUCTS/COMPANY_BARRED_PRODUCTS", "BARRED_COMPANY", _restrictions),
            *parts.rows("BARRED_PRODUCTS/COMPCLASS_BARRED_PRODUCTS", "BARRED_COMPCLASS", _restrictions),
        ),
        free_gifts=parts.rows("FREE_GIFTS", "FREE_GIFT", _gift),
    )
    return attrs.evolve(found, unread=tuple(parts.unread))


class _Parts:
    """Reads part after part and keeps the rows that could not be read."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self.unread: list[UnreadRow] = []

    def rows(self, group: str, name: str, read: Callable[[Node], T]) -> tuple[T, ...]:
        found = read_rows(filled(self._root.child(group), name), read, key=_key)
        self.unread.extend(found.unread)
        return found.items


def _key(node: Node) -> str:
    names = ("CODE", "@CODE", "@ID", "@COMPANY_CODE", "@FREEGIFT_ID", "STOCK_CODE")
    return next((text for name in names if (text := node.text(name))), node.path)


def _keycode(node: Node) -> SopKeycode:
    keycode = read_record(SopKeycode, node)
    if not keycode.code:
        raise node.broken("CODE", "a key code")
    return attrs.evolve(
        keycode,
        discounts=_all(SopKeycodeDiscount, node.child("DISCOUNTS"), "DISCOUNT"),
        free_items=_all(SopKeycodeItem, node.child("FREEITEMS"), "ITEM"),
    )


def _bogof(node: Node) -> Bogof:
    return attrs.evolve(
        read_record(Bogof, node),
        keycodes=tuple(_texts(node.child("BOGOF_KEYCODES"), "KEYCODE")),
        triggers=tuple(_trigger(each) for each in filled(node.child("TRIGGERS"), "TRIGGER")),
    )


def _trigger(node: Node) -> BogofTrigger:
    return attrs.evolve(read_record(BogofTrigger, node), offers=_all(BogofOffer, node.child("OFFERS"), "OFFER"))


def _offer(node: Node) -> SpecialOffer:
    offer = read_record(SpecialOffer, node)
    if not offer.stock_code:
        raise node.broken("STOCK_CODE", "a stock code")
    return attrs.evolve(offer, extended_description=tuple(_texts(node.child("EXTENDED"), "DESC")))


def _prompt(node: Node) -> TelesalePrompt:
    action = node.child("ACTION")
    return attrs.evolve(
        read_record(TelesalePrompt, node),
        raised_by=next(iter(_all(Named, node, "TELESALE_KEYCODE")), None),
        applies=next(iter(_all(Named, node, "APPLY_KEYCODE")), None),
        items=_all(PromptItem, node.child("TELESALE_ITEMS"), "TELESALE_ITEM"),
        company_classes=tuple(_texts(node.child("COMPANY_CLASSES"), "COMPANY_CLASS")),
        company_types=tuple(_texts(node.child("COMPANY_TYPES"), "COMPANY_TYPE")),
        countries=_all(PromptCountry, node.child("COUNTRIES"), "COUNTRY"),
        currencies=_all(Named, node.child("CURRENCIES"), "CURRENCY"),
        action=None if action is None else read_record(PromptAction, action),
        conditions=_all(PromptCondition, node.child("CONDITION_ITEMS"), "CONDITION_ITEM"),
    )


def _restrictions(node: Node) -> Restrictions:
    return attrs.evolve(
        read_record(Restrictions, node),
        types=_all(BarredType, node.child("STOCK_TYPES"), "STOCK_TYPE"),
        items=_all(BarredItem, node.child("STOCK_CODES"), "STOCK_CODE"),
    )


def _gift(node: Node) -> FreeGift:
    return attrs.evolve(read_record(FreeGift, node), items=tuple(_texts(node.child("FREE_ITEMS"), "FREE_ITEM")))


def _all(cls: type[R], parent: Node | None, name: str) -> tuple[R, ...]:
    return tuple(read_record(cls, each) for each in filled(parent, name))


def _texts(parent: Node | None, name: str) -> Iterator[str]:
    return (text for each in filled(parent, name) if (text := each.own_text()))
