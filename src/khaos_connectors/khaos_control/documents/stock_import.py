"""STOCK_STATUS as ImportStockStatus takes it (KSDXMLStockStatus): absolute levels and prices of one site's items.

Only what is set is written: the code, the level, the prices. The site stands on the document, not on the call.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.documents.writing import amount_text, quantity_text, unfit_character
from khaos_connectors.khaos_control.stock_models import StockSetting

__all__ = ["setting_problems", "write_stock_settings"]

_CODE_LIMIT = 50


def write_stock_settings(settings: Collection[StockSetting], *, site: str = "") -> str:
    """The document that sets *settings* at *site* (its name; "": the service's default)."""
    root = Element("STOCK_STATUS", {"SITE": site} if site else {})
    for setting in settings:
        attributes = {"CODE": setting.code} | ({"TYPE": setting.kind} if setting.kind else {})
        item = SubElement(root, "STOCK_ITEM", attributes)
        for name, price in _prices(setting):
            if price is not None:
                SubElement(item, name).text = amount_text(price)
        if setting.level is not None:
            SubElement(item, "LEVEL").text = quantity_text(setting.level)
    return tostring(root, encoding="unicode")


def setting_problems(settings: Collection[StockSetting], *, site: str = "") -> tuple[FieldError, ...]:
    """Every reason why *settings* must not be sent, by the document's names; empty: they may be."""
    found = [FieldError("@SITE", f"the character {unfit} cannot be sent") for unfit in [unfit_character(site)] if unfit]
    times = Counter(setting.code for setting in settings)
    for number, setting in enumerate(settings, start=1):
        place = f"STOCK_ITEM[{number}]"
        found += (FieldError(f"{place}/{each.field}", each.problem) for each in _setting_problems(setting))
        if times[setting.code] > 1:
            found.append(FieldError(f"{place}/@CODE", f"{setting.code!r} is set more than once"))
    return tuple(found)


def _setting_problems(setting: StockSetting) -> Iterator[FieldError]:
    if not setting.code.strip():
        yield FieldError("@CODE", "must not be empty")
    elif len(setting.code) > _CODE_LIMIT:
        yield FieldError("@CODE", f"must have at most {_CODE_LIMIT} characters, not {len(setting.code)}")
    if "#" in setting.code:
        yield FieldError("@CODE", "must not contain #")
    for name, text in (("@CODE", setting.code), ("@TYPE", setting.kind)):
        if unfit := unfit_character(text):
            yield FieldError(name, f"the character {unfit} cannot be sent")
    values = (("LEVEL", setting.level), *_prices(setting))
    for name, value in values:
        if value is not None and (not value.is_finite() or value < 0):
            yield FieldError(name, f"must be a number of at least 0, not {value}")
    if all(value is None for _, value in values):
        yield FieldError("LEVEL", "sets nothing: a level or a price is needed")


def _prices(setting: StockSetting) -> tuple[tuple[str, Decimal | None], ...]:
    return (
        ("BUY_PRICE", setting.buy_price),
        ("SELL_PRICE", setting.sell_price),
        ("WEBSELL_PRICE", setting.web_sell_price),
    )
