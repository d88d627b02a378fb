"""Hypothesis strategies for the Channels documents of Khaos Control (extra ``testing``).

Everything that comes out could be on the wire: it survives both forms, and the ERP would not refuse it.

    @given(sales_orders())
    def test_my_own_rule(order): ...
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TypeVar

import attrs

from khaos_connectors._extras import extra
from khaos_connectors.calls.decode import Unrecognised, to_json
from khaos_connectors.khaos_control.cards import looks_like_card_number
from khaos_connectors.khaos_control.channels import codes, models
from khaos_connectors.khaos_control.channels.fields import Element, elements_of
from khaos_connectors.khaos_control.channels.roots import Document
from khaos_connectors.khaos_control.dates import ServerTime

with extra("testing"):
    from hypothesis import strategies as st

__all__ = [
    "customer_returns",
    "documents",
    "endpoint_configs",
    "moments",
    "order_statuses",
    "price_lists",
    "records_of",
    "sales_orders",
    "stock_items",
    "stock_relationships",
    "stock_statuses",
]

T = TypeVar("T")

_LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"])
_AMOUNTS = st.decimals(0, 10_000, places=2)
_TIME = ServerTime()


def records_of(cls: type[T]) -> st.SearchStrategy[T]:
    """Records of a class of ``channels.models``, optional fields left out here and there."""
    special = _SPECIAL.get(cls)
    found: dict[str, st.SearchStrategy[object]] = {} if special is None else dict(special())
    for field, element in elements_of(cls):
        if field.name not in found:
            found[field.name] = _optional(field, element)
    return st.fixed_dictionaries(found).map(lambda fields: _built(cls, fields)).filter(_is_told)


def _built(build: Callable[..., T], fields: Mapping[str, object]) -> T:
    return build(**fields)


def _is_told(record: object) -> bool:
    # A record with nothing in it is not written: it cannot be told from one that is not there.
    return any(getattr(record, field.name) != field.default for field, _ in elements_of(type(record)))


def _optional(field: "attrs.Attribute[object]", element: Element) -> st.SearchStrategy[object]:
    if field.default is attrs.NOTHING:
        return _values(element, needed=True)
    return st.just(field.default) | _values(element, needed=False)


def _values(element: Element, *, needed: bool) -> st.SearchStrategy[object]:
    match element.kind:
        case "record" | "source":
            return _inner(element)
        case "records":
            return st.lists(_inner(element), min_size=1 if needed else 0, max_size=2).map(tuple)
        case "codes":
            return st.lists(_codes(element), max_size=2, unique=True).map(tuple)
        case "texts":
            return st.lists(_texts(40), max_size=2).map(tuple)
        case "raw":
            return st.lists(_raw(), max_size=2).map(tuple)
        case _:
            return _scalars(element, needed=needed)


def _scalars(element: Element, *, needed: bool) -> st.SearchStrategy[object]:
    match element.kind:
        case "number":
            return _AMOUNTS
        case "whole":
            return st.integers(0, 10_000)
        case "flag":
            return st.booleans()
        case "moment":
            return moments()
        case "code":
            return _codes(element)
        case _:
            return _texts(element.limit or 60, shortest=1 if needed else 0, lines=element.lines)


def _inner(element: Element) -> st.SearchStrategy[object]:
    return records_of(_class(element))


def _class(element: Element) -> type[object]:
    assert element.of is not None
    return element.of


def _codes(element: Element) -> st.SearchStrategy[object]:
    enum = _class(element)
    assert issubclass(enum, Enum)
    known: st.SearchStrategy[object] = st.sampled_from(enum)
    words = {str(member.value) for member in enum}
    strange = _texts(12, shortest=1).filter(lambda word: word not in words).map(Unrecognised)
    return known | strange if element.is_open else known


def _texts(longest: int, *, shortest: int = 0, lines: bool = False) -> st.SearchStrategy[str]:
    letters = _LETTERS | st.just("\n") if lines else _LETTERS
    words = st.text(letters, min_size=shortest, max_size=min(longest, 30)).map(str.strip)
    return words.filter(lambda text: len(text) >= shortest and not looks_like_card_number(text))


def _raw() -> st.SearchStrategy[str]:
    names = st.sampled_from(["Name", "Value", "Group"])
    return (_texts(10) | st.dictionaries(names, _texts(10), min_size=1, max_size=2)).map(to_json)


def moments() -> st.SearchStrategy[datetime]:
    """Times to the second that the server's wall clock can tell without an offset."""

    def read(naive: datetime) -> datetime:
        found = _TIME.read(naive.replace(microsecond=0).isoformat())
        assert found is not None
        return found

    return st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)).map(read)  # noqa: DTZ001 - wall time, as it is written


# --- records with rules of their own ---------------------------------------------------------------------------------

Fields = Mapping[str, st.SearchStrategy[object]]


def _item() -> Fields:
    # By id or by name: sources and brands cannot be matched by their code.
    return {"id": _texts(8, shortest=1), "code": _texts(8)}


def _price() -> Fields:
    return {"net": st.none(), "gross": _AMOUNTS}


def _contact() -> Fields:
    return {"surname": _texts(50, shortest=1)}


def _source() -> Fields:
    empty = st.just("")
    return {
        "associated_ref": _texts(20, shortest=1),
        "sorder_id": empty,
        "sorder_code": empty,
        "sorder_item_id": empty,
    }


def _quantity() -> Fields:
    return {"quantity": st.integers(1, 99).map(Decimal)}


def _order_line() -> Fields:
    return {
        **_quantity(),
        "mapping": st.sampled_from([each for each in codes.Mapping if each is not codes.Mapping.BARCODE]),
        "mapping_item": st.just(""),
    }


def _card() -> Fields:
    return {"last4_digits": st.from_regex(r"([0-9]{4})?", fullmatch=True)}


def _payment() -> Fields:
    none = st.none()
    return {"cash": none, "cheque": none, "voucher": none, "bacs": none, "card": records_of(models.CardPayment)}


def _import_config() -> Fields:
    match = st.sampled_from([each for each in codes.Match if each is not codes.Match.COMPANY_CODE])
    return {"match_company_on": st.lists(match, max_size=3, unique=True).map(tuple)}


def _return() -> Fields:
    return {"returned_items": st.lists(records_of(models.ReturnedItem), min_size=1, max_size=2).map(tuple)}


def _relationship() -> Fields:
    return {"scs_parent": st.none()}


_SPECIAL: Mapping[type[object], Callable[[], Fields]] = {
    models.CardPayment: _card,
    models.Contact: _contact,
    models.CustomerReturn: _return,
    models.DataItem: _item,
    models.ExchangeItem: _quantity,
    models.OrderImportConfig: _import_config,
    models.OrderItem: _order_line,
    models.OrderPayment: _payment,
    models.Price: _price,
    models.ReturnedItem: _quantity,
    models.SourceOrder: _source,
    models.StockItemRelationship: _relationship,
}


# --- by name ---------------------------------------------------------------------------------------------------------


def sales_orders() -> st.SearchStrategy[models.SalesOrder]:
    """Orders as they are offered to the ERP."""
    return records_of(models.SalesOrder)


def customer_returns() -> st.SearchStrategy[models.CustomerReturn]:
    """Returns as they are offered to the ERP."""
    return records_of(models.CustomerReturn)


def order_statuses() -> st.SearchStrategy[models.SalesOrderStatus]:
    """Order statuses as the ERP pushes them, with codes that nobody has met."""
    return records_of(models.SalesOrderStatus)


def stock_statuses() -> st.SearchStrategy[models.StockStatus]:
    """Levels as the ERP pushes them."""
    return records_of(models.StockStatus)


def stock_items() -> st.SearchStrategy[models.StockItem]:
    """Items as the ERP pushes them."""
    return records_of(models.StockItem)


def stock_relationships() -> st.SearchStrategy[models.StockItemRelationship]:
    """Relationships between items, of variants, links and packs."""
    return records_of(models.StockItemRelationship)


def price_lists() -> st.SearchStrategy[models.PriceList]:
    """Price lists as the ERP pushes them."""
    return records_of(models.PriceList)


def endpoint_configs() -> st.SearchStrategy[models.EndpointConfig]:
    """Configuration documents."""
    return records_of(models.EndpointConfig)


def documents() -> st.SearchStrategy[Document]:
    """Whole documents of every kind."""
    return st.one_of(
        st.lists(sales_orders(), max_size=2).map(lambda rows: models.SalesOrderImport(orders=tuple(rows))),
        st.lists(customer_returns(), max_size=2).map(lambda rows: models.CustomerReturnImport(returns=tuple(rows))),
        st.lists(order_statuses(), max_size=2).map(lambda rows: models.OrderStatuses(statuses=tuple(rows))),
        st.lists(stock_statuses(), max_size=3).map(lambda rows: models.StockStatuses(statuses=tuple(rows))),
        st.lists(price_lists(), max_size=2).map(lambda rows: models.PriceLists(upload_price_lists=tuple(rows))),
        records_of(models.StockItems),
        records_of(models.ProvidedItems),
        records_of(models.StockChanges),
        endpoint_configs(),
    )
