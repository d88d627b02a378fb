"""PriceLists: read in both forms that services send, written in the one that they take (KSDXMLPriceLists).

The vendor's sample groups the lists by kind; a live service sends them directly under the root. Flags are 0 and -1 in
one place, True and False in another. The misspelt group name is the vendor's.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from khaos_connectors import errors
from khaos_connectors.errors import FieldError
from khaos_connectors.khaos_control.documents.fields import Node, Reading, read_rows
from khaos_connectors.khaos_control.documents.writing import quantity_text, unfit_character
from khaos_connectors.khaos_control.enums import PriceListKind
from khaos_connectors.khaos_control.models import Rows, UnreadRow
from khaos_connectors.khaos_control.price_models import PriceList, PriceRow

__all__ = ["price_problems", "read_price_lists", "write_price_lists"]

_KINDS = {
    "StockItem-Customer": PriceListKind.ITEM_CUSTOMER,
    "StockItem-CustomerClassifications": PriceListKind.ITEM_CLASS,
    "StockType-Customer": PriceListKind.TYPE_CUSTOMER,
    "StockType-CustomerClassifications": PriceListKind.TYPE_CLASS,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_GROUPS = {
    PriceListKind.ITEM_CUSTOMER: "StockItem-Customers",
    PriceListKind.ITEM_CLASS: "StockItem-CustomerClassificationsList",
    PriceListKind.TYPE_CUSTOMER: "StockType-Customers",
    PriceListKind.TYPE_CLASS: "StockType-CustomersClassificationsList",
}
# A live service spells it one way, the vendor's older sample the other.
_IS_NET = ("@PricelistNet", "@PriceListNet")
_OF_ITEMS = frozenset({PriceListKind.ITEM_CUSTOMER, PriceListKind.ITEM_CLASS})
_OF_CUSTOMERS = frozenset({PriceListKind.ITEM_CUSTOMER, PriceListKind.TYPE_CUSTOMER})


# --- reading ---------------------------------------------------------------------------------------------------------


def read_price_lists(root: Element, reading: Reading) -> Rows[PriceList]:
    """The lists of a PriceLists document; a broken price hides neither its list nor the other prices.

    Raises ``Undecodable`` if the document is another one.
    """
    if root.tag != "PriceLists":
        raise reading.broken(f"/{root.tag}", "PriceLists")
    lists: list[PriceList] = []
    unread: list[UnreadRow] = []
    for node in _lists(Node(root, "/PriceLists", reading)):
        found = _read_list(node)
        lists.extend(found.items)
        unread.extend(found.unread)
    return Rows(items=tuple(lists), unread=tuple(unread))


def _lists(root: Node) -> Iterator[Node]:
    for index, element in enumerate(root.element):
        node = Node(element, f"{root.path}/{element.tag}[{index}]", root.reading)
        if element.tag not in _KINDS:
            yield from (each for name in _KINDS for each in node.children(name) if _filled(each))
        elif _filled(node):
            yield node


def _filled(node: Node) -> bool:
    # The samples end each group with an empty element: "further ones follow".
    return len(node.element) > 0 or bool(node.element.attrib)


def _read_list(node: Node) -> Rows[PriceList]:
    kind = _KINDS[node.element.tag]
    key = "StockCode" if kind in _OF_ITEMS else "StockTypeDesc"
    shells_left_out = (each for each in node.children(_row_name(kind)) if len(each.element))
    rows = read_rows(shells_left_out, lambda row: _read_row(row, key), key=lambda row: row.text(key))
    currency, currency_id = node.text("@CurrencyCode"), node.text("@CurrencyID")
    try:
        is_net = next((node.flag(name) for name in _IS_NET if node.text(name)), None)
    except errors.Undecodable as problem:
        # Which side the prices stand on is not guessed: none of them can be used.
        whole = tostring(node.element, encoding="unicode")
        name = node.text("@CompanyCode") or node.text("@CompClass")
        return Rows(
            items=(), unread=(UnreadRow(key=name, path=problem.path, expected=problem.expected, payload=whole),)
        )
    found = PriceList(
        kind=kind,
        company_code=node.text("@CompanyCode"),
        company_name=node.text("@CompanyName"),
        company_class=node.text("@CompClass"),
        currency_code="" if currency == "None" else currency,
        currency_id="" if currency_id == "0" else currency_id,
        is_net=is_net,
        rows=rows.items,
    )
    return Rows(items=(found,), unread=rows.unread)


def _row_name(kind: PriceListKind) -> str:
    return "StockItem" if kind in _OF_ITEMS else "StockType"


def _read_row(node: Node, key: str) -> PriceRow:
    if not node.text(key):
        raise node.broken(key, "a text")
    return PriceRow(
        stock_code=node.text("StockCode"),
        stock_type=node.text("StockTypeDesc"),
        amount=node.number("AmountValue"),
        discount=node.number("DiscountValue"),
        markup=node.number("MarkUp"),
        qty_start=node.number("QtyStart"),
        qty_end=node.number("QtyEnd"),
        buy_price=node.number("BuyPrice"),
        sell_price=node.number("SellPrice"),
        buy_price_massage=node.number("BuyPriceMassage"),
        stock_id=node.text("StockID"),
        description=node.text("StockDesc"),
        calculated_price=node.number("CalculatedPrice"),
        original_calculated_price=node.number("OriginalCalculatedPrice"),
        massaged_markup=node.number("MassagedMarkUp"),
        tax_rate=node.number("TaxRate"),
        tax_portion=node.number("TaxPortion"),
        use_buy_price=node.flag("UseBuyPrice"),
        calc_branch=node.text("CalcBranch"),
        discontinued=node.flag("Discontinued"),
        discount_per_line=node.flag("FlagsStrucDiscPerSOrderLine"),
    )


# --- writing ---------------------------------------------------------------------------------------------------------


def write_price_lists(lists: Collection[PriceList]) -> str:
    """The document that sets *lists*, grouped by kind as in the vendor's sample; what is only told is left out."""
    root = Element("PriceLists")
    for kind, group in _GROUPS.items():
        same = [each for each in lists if each.kind is kind]
        if same:
            parent = SubElement(root, group)
            for each in same:
                _write_list(SubElement(parent, _NAMES[kind]), each)
    return tostring(root, encoding="unicode")


def _write_list(element: Element, prices: PriceList) -> None:
    attributes = {
        "CompanyCode": prices.company_code,
        "CompClass": prices.company_class,
        "CurrencyCode": prices.currency_code,
        "CurrencyID": prices.currency_id,
        "PricelistNet": "" if prices.is_net is None else str(-int(prices.is_net)),
    }
    element.attrib.update({name: text for name, text in attributes.items() if text})
    for row in prices.rows:
        parent = SubElement(element, _row_name(prices.kind))
        for name, text in _row_texts(row):
            if text:
                SubElement(parent, name).text = text


def _row_texts(row: PriceRow) -> Iterator[tuple[str, str]]:
    yield "StockCode", row.stock_code
    yield "StockTypeDesc", row.stock_type
    for name, value in (*_plain(row), *_signed(row)):
        yield name, "" if value is None else quantity_text(value)


def _plain(row: PriceRow) -> tuple[tuple[str, Decimal | None], ...]:
    return (
        ("AmountValue", row.amount),
        ("BuyPrice", row.buy_price),
        ("DiscountValue", row.discount),
        ("QtyEnd", row.qty_end),
        ("QtyStart", row.qty_start),
        ("SellPrice", row.sell_price),
    )


def _signed(row: PriceRow) -> tuple[tuple[str, Decimal | None], ...]:
    return (("BuyPriceMassage", row.buy_price_massage), ("MarkUp", row.markup))


# --- what must not be sent -------------------------------------------------------------------------------------------


def price_problems(lists: Collection[PriceList]) -> tuple[FieldError, ...]:
    """Every reason why *lists* must not be sent, by the document's names; empty: they may be."""
    found: list[FieldError] = []
    for number, prices in enumerate(lists, start=1):
        place = f"{_NAMES[prices.kind]}[{number}]"
        found += (FieldError(f"{place}/{each.field}", each.problem) for each in _list_problems(prices))
        for index, row in enumerate(prices.rows, start=1):
            row_place = f"{place}/{_row_name(prices.kind)}[{index}]"
            found += (FieldError(f"{row_place}/{each.field}", each.problem) for each in _row_problems(row, prices.kind))
    return tuple(found)


def _list_problems(prices: PriceList) -> Iterator[FieldError]:
    keys = [("@CompanyCode", prices.company_code), ("@CompClass", prices.company_class)]
    if prices.kind not in _OF_CUSTOMERS:
        keys.reverse()
    (wanted, key), (other, stray) = keys
    if not key:
        yield FieldError(wanted, "must not be empty")
    if stray:
        yield FieldError(other, f"does not go with a list of this kind: {stray!r}")
    if not prices.rows:
        yield FieldError("rows", "at least one price is needed: an import overwrites the list")
    for name, text in (*keys, ("@CurrencyCode", prices.currency_code), ("@CurrencyID", prices.currency_id)):
        if unfit := unfit_character(text):
            yield FieldError(name, f"the character {unfit} cannot be sent")


def _row_problems(row: PriceRow, kind: PriceListKind) -> Iterator[FieldError]:
    keys = [("StockCode", row.stock_code), ("StockTypeDesc", row.stock_type)]
    if kind not in _OF_ITEMS:
        keys.reverse()
    (wanted, key), (other, stray) = keys
    if not key.strip():
        yield FieldError(wanted, "must not be empty")
    elif unfit := unfit_character(key):
        yield FieldError(wanted, f"the character {unfit} cannot be sent")
    if stray:
        yield FieldError(other, f"does not go with a list of this kind: {stray!r}")
    if row.amount is None and row.discount is None and row.markup is None:
        yield FieldError("AmountValue", "an amount, a discount or a mark-up is needed")
    for name, value in _signed(row):
        if value is not None and not value.is_finite():
            yield FieldError(name, f"must be a number, not {value}")
    unfit_numbers = [
        (name, value) for name, value in _plain(row) if value is not None and not (value.is_finite() and value >= 0)
    ]
    for name, value in unfit_numbers:
        yield FieldError(name, f"must be a number of at least 0, not {value}")
    if not unfit_numbers and row.qty_start is not None and row.qty_end is not None and row.qty_start > row.qty_end:
        yield FieldError("QtyEnd", f"must not be below QtyStart, {row.qty_start}")
