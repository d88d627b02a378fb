"""Hypothesis strategies for every call that the Mirakl client can make, found by looking at ``mirakl.endpoints``.

Each function's parameters are drawn from their types. Where a type says too little, ``NAMED`` says the rest: its keys
are ``"function.parameter"``, ``"Record.field"``, ``"Record"`` or a plain name. Needs the extra ``testing``.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs

from khaos_connectors import errors
from khaos_connectors._extras import extra
from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.calls.messages import Call
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.endpoints.accounting import MOST_CYCLES
from khaos_connectors.mirakl.endpoints.transactions import MOST_TRANSACTIONS
from khaos_connectors.mirakl.models.additional_fields import AdditionalFieldType, NewAdditionalField
from khaos_connectors.mirakl.models.document_requests import NewAccountingDocument, NewAccountingFile
from khaos_connectors.mirakl.models.documents import NewOrderDocument, NewShopDocument, Upload
from khaos_connectors.mirakl.models.message_codes import ParticipantType
from khaos_connectors.mirakl.models.messages import Recipient
from khaos_connectors.mirakl.models.order_updates import NewLineOrigin
from khaos_connectors.mirakl.models.returns import LineCompliance, NewReturnLine, ReturnDecision
from khaos_connectors.mirakl.models.shipments import NewShipmentLine
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.mirakl_shipping_strategies import bank_accounts

with extra("testing"):
    from hypothesis import Phase, find, settings
    from hypothesis import strategies as st

__all__ = ["NAMED", "accepted_arguments", "arguments", "calls", "endpoint_functions", "one_call", "operation_of"]

T = TypeVar("T")
Drawn = st.SearchStrategy[object]
Endpoint = Callable[..., "Call[object] | tuple[Call[object], ...]"]

_CODE = re.compile(r": ([A-Z]+\d+)\.$")

ids = st.sampled_from([".", "..", "a/b", "50%", "?", "#1"]) | st.text(
    st.characters(codec="utf-8", exclude_characters=",", exclude_categories=["C", "Z"]), min_size=1, max_size=20
)
words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
times = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as hypothesis wants it
filenames = st.from_regex(r"[a-z0-9]{4,12}\.(pdf|csv|xml)", fullmatch=True)
cycles = st.uuids().map(str)
currencies = st.sampled_from(["GBP", "EUR"])

NAMED: dict[str, Drawn] = {
    "after": st.just(""),
    "body": st.text("abc é\n", min_size=3, max_size=30),
    "content": st.binary(min_size=1, max_size=60),
    "content_type": st.sampled_from(["application/pdf", "text/csv"]),
    "country_iso_code": st.sampled_from(["GBR", "FRA"]),
    "currency": currencies,
    "currency_iso_code": currencies,
    "filename": filenames,
    "items_per_chunk": st.integers(10_000, 1_000_000),
    "leadtime_to_ship": st.integers(0, 44),
    "megabytes_per_chunk": st.integers(10, 1024),
    "rma": st.from_regex(r"[0-9A-Za-z_-]{1,100}", fullmatch=True),
    "seller_billing_cycle_id": cycles,
    "file_name": filenames,
    "name": filenames,
    "offset": st.integers(0, 10_000),
    "quantity": st.integers(1, 2**31 - 1),
    "size": st.integers(1, 100),
    "token": st.just("") | st.text("abcdef0123456789", min_size=8, max_size=8),
    "type_code": st.from_regex(r"[A-Z_]{3,20}", fullmatch=True),
    "url": st.from_regex(r"https?://shop\.example\.com/api/files/[a-z0-9]{1,9}(\?part=[0-9])?", fullmatch=True),
    "BillingCycleFilter.id": st.lists(cycles, max_size=3).map(tuple),
    "MarketFilter": st.deferred(lambda: _markets),
    "NewAccountingDocument.files": st.deferred(lambda: _some(NewAccountingFile)),
    "NewAdditionalField": st.deferred(lambda: _custom_values),
    "NewMessage.to": st.deferred(lambda: _some(Recipient)),
    "NewOffer.shop_sku": st.text("abcXYZ019-.é", min_size=1, max_size=40),
    "NewOrderThread.to": st.lists(st.sampled_from(ParticipantType), min_size=1, max_size=3).map(tuple),
    "NewReturn.return_lines": st.deferred(lambda: _some(NewReturnLine)),
    "NewShipment.shipment_lines": st.deferred(lambda: _some(NewShipmentLine)),
    "NewTopic.value": st.text("abc é", min_size=3, max_size=30),
    "NewBankAccount": bank_accounts(),
    "ReturnDecision": st.deferred(lambda: _decisions),
    "ReturnCompliance.return_lines": st.deferred(lambda: st.lists(_verdicts, min_size=1, max_size=3).map(tuple)),
    "NewLineOrigin": st.deferred(lambda: _line_origins),
    "OrderExport": st.deferred(lambda: _order_exports),
    "NewShipment.invoice_reference": st.none() | st.from_regex(r"[0-9a-zA-Z_-]{1,255}", fullmatch=True),
    "answer_thread.files": st.deferred(lambda: _files),
    "decide_lines.accepted": st.dictionaries(ids, st.booleans(), min_size=1, max_size=3),
    "list_billing_cycles.size": st.integers(1, MOST_CYCLES),
    "list_transactions.size": st.integers(1, MOST_TRANSACTIONS),
    "open_operator_thread.files": st.deferred(lambda: _files),
    "open_order_thread.files": st.deferred(lambda: _files),
    "upload_accounting_documents.documents": st.deferred(lambda: _accounting_documents),
    "upload_order_documents.documents": st.deferred(lambda: _order_documents),
    "upload_shop_documents.documents": st.deferred(lambda: _shop_documents),
}
"""What a type alone does not say. One line each; a record's field wins over a plain name."""


def endpoint_functions() -> dict[str, Endpoint]:
    """Every function that ``mirakl.endpoints`` offers, by its name."""
    every = {name: getattr(endpoints, name) for name in endpoints.__all__}
    return {name: made for name, made in every.items() if inspect.isfunction(made)}


def operation_of(function: Endpoint) -> str:
    """Mirakl's code of the operation that *function* calls, as its docstring's first line ends with it."""
    found = _CODE.search((function.__doc__ or "").strip().splitlines()[0])
    assert found is not None, f"the first line of {function.__name__} must end with ': CODE.'"
    return found.group(1)


def arguments(function: Endpoint) -> st.SearchStrategy[dict[str, object]]:
    """Arguments of *function* by name. They fit their types; the function may still refuse them."""
    hints = get_type_hints(function)
    name = function.__name__
    return st.fixed_dictionaries(
        {each: _named(f"{name}.{each}", each, hints[each]) for each in inspect.signature(function).parameters}
    )


def calls(function: Endpoint) -> st.SearchStrategy[tuple[Call[object], ...]]:
    """What *function* makes of such arguments: no call where it refused them before anything was sent."""
    return arguments(function).map(lambda given: _made(function, given))


def accepted_arguments(function: Endpoint) -> dict[str, object]:
    """Some arguments of which *function* makes a call, the same ones each time."""
    quiet = settings(database=None, derandomize=True, max_examples=300, phases=[Phase.generate], deadline=None)
    return find(arguments(function), lambda given: bool(_made(function, given)), settings=quiet)


def one_call(function: Endpoint) -> Call[object]:
    """Some call of *function*, the same one each time; for tests of answers, to which the arguments do not matter."""
    return _made(function, accepted_arguments(function))[0]


def _made(function: Endpoint, given: Mapping[str, object]) -> tuple[Call[object], ...]:
    try:
        result = function(**given)
    except errors.Invalid:
        return ()
    return (result,) if isinstance(result, Call) else result


def _named(full: str, name: str, hint: object) -> Drawn:
    if full in NAMED:
        return NAMED[full]
    if name not in NAMED:
        return _of(hint)
    if get_origin(hint) in {tuple, Sequence}:
        return st.lists(NAMED[name], max_size=3).map(tuple)
    return st.none() | NAMED[name] if NoneType in get_args(hint) else NAMED[name]


_SCALARS: dict[object, Drawn] = {
    Scope: st.builds(
        Scope,
        account=st.just("a"),
        shop_id=st.none() | st.integers(0, 2**63 - 1),
        locale=st.sampled_from(["", "en_GB"]),
    ),
    str: ids,
    Text: ids,
    bytes: st.binary(max_size=60),
    bool: st.booleans(),
    int: st.integers(0, 10_000),
    Decimal: st.integers(0, 1_000_000).map(lambda pence: Decimal(pence).scaleb(-2)),
    datetime: times,
    date: st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    time: st.times(),
    NoneType: st.none(),
    object: words,
}


def _of(hint: object) -> Drawn:
    """Values of the type *hint*. Raises ``TypeError`` for one that this module does not know."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if isinstance(hint, type) and attrs.has(hint):
        return _record(hint)
    origin, within = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _of(within[0])
    if origin in {Union, UnionType}:
        return st.one_of([_of(each) for each in within if each is not Unrecognised])
    if origin is Literal:
        return st.sampled_from(within)
    if origin is tuple:
        return _tuple(within)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return cast("Drawn", st.dictionaries(_of(within[0]), _of(within[1]), max_size=3))  # a dict is an object
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return cast("Drawn", st.lists(_of(within[0]), max_size=3))  # so is a list
    raise TypeError(f"no values of {hint!r} are known here: add the parameter to NAMED")


def _tuple(within: tuple[object, ...]) -> Drawn:
    if len(within) == 2 and within[1] is Ellipsis:
        return st.lists(_of(within[0]), max_size=3).map(tuple)
    return cast("Drawn", st.tuples(*(_of(each) for each in within)))  # a tuple is an object


def _record(cls: type[object]) -> Drawn:
    if cls.__name__ in NAMED:
        return NAMED[cls.__name__]
    return _any_record(cls)


def _any_record(cls: type[object]) -> Drawn:
    hints = get_type_hints(cls)
    fields = {
        each.alias or each.name: _named(f"{cls.__name__}.{each.name}", each.name, hints[each.name])
        for each in attrs.fields(cast("type[attrs.AttrsInstance]", cls))  # attrs.has said so
        if each.init
    }
    return st.builds(cls, **fields)


# --- records whose fields depend on each other -----------------------------------------------------------------------


def _some(cls: type[object]) -> Drawn:
    return st.lists(_record(cls), min_size=1, max_size=2).map(tuple)


def _file_name(document: object) -> str:
    """The name of a file, or of the file that a document is."""
    return cast("Upload", getattr(document, "file", document)).name  # only these two are asked about


_files: Drawn = st.lists(_record(Upload), max_size=3, unique_by=_file_name)
_order_documents: Drawn = st.lists(_record(NewOrderDocument), min_size=1, max_size=3, unique_by=_file_name)
_shop_documents: Drawn = st.lists(
    _record(NewShopDocument),
    min_size=1,
    max_size=3,
    unique_by=(_file_name, lambda one: cast("NewShopDocument", one).type_code),  # as it builds
)


@st.composite
def _drawn_accounting_documents(draw: st.DrawFn) -> list[NewAccountingDocument]:
    """Documents whose files have names of their own, all together."""
    drawn = draw(st.lists(_record(NewAccountingDocument), min_size=1, max_size=2))
    documents = cast("list[NewAccountingDocument]", drawn)  # the strategy builds these
    return [
        attrs.evolve(
            document,
            files=tuple(
                attrs.evolve(each, file=attrs.evolve(each.file, name=f"{at}-{number}-{each.file.name}"))
                for number, each in enumerate(document.files)
            ),
        )
        for at, document in enumerate(documents)
    ]


_accounting_documents: Drawn = _drawn_accounting_documents()


@st.composite
def _drawn_markets(draw: st.DrawFn) -> endpoints.MarketFilter:
    """By the operator's SKUs or by other codes of the products, never by both."""
    market = cast("endpoints.MarketFilter", draw(_any_record(endpoints.MarketFilter)))  # as it builds
    if draw(st.booleans()):
        skus = draw(st.lists(ids, min_size=1, max_size=3))
        return attrs.evolve(market, product_ids=tuple(skus), product_references=())
    codes = draw(st.lists(st.tuples(st.sampled_from(["EAN", "SKU"]), _gtins), min_size=1, max_size=3))
    return attrs.evolve(market, product_ids=(), product_references=tuple(codes))


_gtins = st.text("0123456789", min_size=8, max_size=13)
_markets: Drawn = _drawn_markets()


@st.composite
def _drawn_values(draw: st.DrawFn) -> NewAdditionalField:
    """One text, or several where the type wants several; now and then none, which deletes."""
    kind = draw(st.none() | st.sampled_from(AdditionalFieldType))
    several = st.lists(words, max_size=3).map(tuple)
    one = several if kind is AdditionalFieldType.MULTIPLE_VALUES_LIST else st.just("") | words
    return NewAdditionalField(
        code=draw(words),
        type=kind,
        value=draw(st.none() | (one | several if kind is None else one)),
    )


_custom_values: Drawn = _drawn_values()


@st.composite
def _drawn_exports(draw: st.DrawFn) -> endpoints.OrderExport:
    """Times come in pairs that span a year at most."""
    export = cast("endpoints.OrderExport", draw(_any_record(endpoints.OrderExport)))  # the strategy builds these
    start = draw(times)
    end = start + timedelta(days=draw(st.integers(0, 365)))
    pairs = draw(st.sampled_from(["created", "updated", "both"]))
    created, updated = pairs != "updated", pairs != "created"
    return attrs.evolve(
        export,
        start_date=start if created else None,
        end_date=end if created else None,
        start_update_date=start if updated else None,
        end_update_date=end if updated else None,
    )


_order_exports: Drawn = _drawn_exports()


@st.composite
def _drawn_origins(draw: st.DrawFn) -> NewLineOrigin:
    """A warehouse alone, or an address with its country."""
    line = draw(ids)
    if draw(st.booleans()):
        return NewLineOrigin(order_line_id=line, warehouse=draw(words))
    return NewLineOrigin(
        order_line_id=line,
        country_iso_code=draw(NAMED["country_iso_code"].map(str)),
        street_1=draw(words),
        street_2=draw(st.none() | words),
        state=draw(st.none() | words),
        zip_code=draw(st.none() | words),
        city=draw(st.none() | words),
    )


_line_origins: Drawn = _drawn_origins()


def _verdict(line: LineCompliance) -> LineCompliance:
    """Good goods have no reason against them."""
    return attrs.evolve(line, non_compliance_reason_code=None) if line.compliant else line


_verdicts: Drawn = _any_record(LineCompliance).map(lambda line: _verdict(cast("LineCompliance", line)))  # as it builds


def _decision(decision: ReturnDecision) -> ReturnDecision:
    """What is accepted is not rejected for a reason."""
    return attrs.evolve(decision, rejection_reason_code=None) if decision.accepted else decision


_decisions: Drawn = _any_record(ReturnDecision).map(lambda one: _decision(cast("ReturnDecision", one)))  # as it builds
