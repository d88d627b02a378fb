"""Hypothesis strategies for deadlines, stock in special cases, listings and the warehouse (extra ``testing``).

They draw what real sources send, the awkward part included: payments in the night of a clock change, answers that come
late and twice, movements that only one of two systems has booked, barcodes of two items. Values are small by default.

    @given(despatch_rules(), payment_times())
    def test_my_own_rule(rule, paid_at): ...
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from khaos_connectors._extras import extra
from khaos_connectors.core.bank_holidays import ENGLAND_AND_WALES, NORTHERN_IRELAND, SCOTLAND
from khaos_connectors.core.deadlines import DeadlineSource, DespatchDeadline, DespatchRule, SlaPolicy
from khaos_connectors.core.ids import (
    AccountId,
    ChannelId,
    ChannelSku,
    ErpOrderCode,
    LineId,
    OrderId,
    OrderRef,
    StockCode,
)
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.core.listing_records import ListingRecord, ListingState
from khaos_connectors.core.orders import Address
from khaos_connectors.core.push_outcomes import Ack, Outcome, RowAnswer
from khaos_connectors.core.release import ReleaseCandidate
from khaos_connectors.core.shipments import DespatchLine
from khaos_connectors.core.short_picks import ShortPick
from khaos_connectors.core.sku_checks import SkuRow
from khaos_connectors.core.skus import Target
from khaos_connectors.core.sla import Calendar
from khaos_connectors.core.stock_cases import NonStockPolicy, PreOrder
from khaos_connectors.core.units import UnitRule
from khaos_connectors.core.variance import Movement, MovementKind, Tolerance, VariancePolicy

with extra("testing"):
    from hypothesis import strategies as st

__all__ = [
    "acks",
    "despatch_deadlines",
    "despatch_rules",
    "item_catalogues",
    "item_records",
    "listing_records",
    "movements",
    "non_stock_policies",
    "payment_times",
    "pre_orders",
    "release_candidates",
    "row_answers",
    "short_picks",
    "sku_rows",
    "sla_policies",
    "unit_rules",
    "variance_policies",
    "working_calendars",
]

_CODES = tuple(StockCode(name) for name in ("MUG", "CUP", "JUG", "SET", "LID"))
_SKUS = tuple(ChannelSku(name) for name in ("MUG", "CUP", "JUG", "SET", "mug", "CUP-2"))
_CHANNELS = tuple(ChannelId(name) for name in ("john-lewis", "web"))
_NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)
_SPAN = int(timedelta(days=5 * 365).total_seconds())
_CHANGES = tuple(datetime(2026, month, day, 1, tzinfo=UTC) for month, day in ((3, 29), (10, 25)))
_NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
_CLOCK = (time(0), time(12), time(14, 30), time(23, 59))
_UNTIL_MIDNIGHT: st.SearchStrategy[time | None] = st.none()


# --- deadlines -------------------------------------------------------------------------------------------------------


def working_calendars() -> st.SearchStrategy[Calendar]:
    """Calendars of London, with the holidays of a part of the kingdom or none, and with a five- or six-day week."""
    holidays = st.sampled_from((frozenset[date](), ENGLAND_AND_WALES, SCOTLAND, NORTHERN_IRELAND))
    weekends = st.sampled_from((frozenset({5, 6}), frozenset({6})))
    return st.builds(Calendar, holidays=holidays, weekend=weekends)


def payment_times() -> st.SearchStrategy[datetime]:
    """Aware UTC times from 2024 to 2028, many of them near a clock change, a weekend or midnight."""
    anywhere = st.integers(0, _SPAN).map(lambda seconds: _NEW_YEAR + timedelta(seconds=seconds))
    away = st.integers(-96, 96).map(lambda number: timedelta(hours=number))
    near = st.tuples(st.sampled_from(_CHANGES), away).map(lambda both: both[0] + both[1])
    return st.one_of(anywhere, near)


@st.composite
def despatch_rules(draw: st.DrawFn, *, due_at: st.SearchStrategy[time | None] = _UNTIL_MIDNIGHT) -> DespatchRule:
    """One to five working days, with and without a cut-off; until midnight, or what *due_at* gives."""
    days = draw(st.integers(1, 5))
    end = draw(due_at)
    times = [at for at in _CLOCK if days > 1 or end is None or at <= end]
    return DespatchRule(
        working_days=days,
        cut_off=draw(st.none() | st.sampled_from(times)),
        due_at=end,
        calendar=draw(working_calendars()),
    )


@st.composite
def despatch_deadlines(draw: st.DrawFn) -> DespatchDeadline:
    """Windows of up to four days, now and then with the end before the begin."""
    starts_at = draw(payment_times())
    due = starts_at + timedelta(hours=draw(st.integers(-2, 96)))
    return DespatchDeadline(starts_at=starts_at, due=due, source=DeadlineSource.RULE, why="drawn")


def sla_policies() -> st.SearchStrategy[SlaPolicy]:
    """Any part of the window, and up to half a day before its end."""
    parts = st.fractions(min_value=0, max_value=1, max_denominator=20)
    spans = st.integers(0, 12).map(lambda number: timedelta(hours=number))
    return st.builds(SlaPolicy, risk_at=parts, warn_before=spans)


# --- stock -----------------------------------------------------------------------------------------------------------


def non_stock_policies() -> st.SearchStrategy[NonStockPolicy]:
    """Fixed quantities for items that are not counted, 0 included."""
    return st.builds(NonStockPolicy, quantity=st.integers(0, 50))


@st.composite
def pre_orders(draw: st.DrawFn) -> PreOrder:
    """Pre-orders with one threshold or both, and now and then without a day to promise."""
    in_all = draw(st.none() | st.integers(0, 20))
    in_channel = draw(st.integers(0, 20) if in_all is None else st.none() | st.integers(0, 20))
    day = draw(st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)))
    return PreOrder(stock_code=_CODES[0], in_all=in_all, in_channel=in_channel, available_on=day)


def unit_rules() -> st.SearchStrategy[UnitRule]:
    """Ratios of every kind: cases, pairs, thirds, measured goods; none of them 0."""
    ratios = st.fractions(min_value=Fraction(1, 12), max_value=24, max_denominator=12)
    return st.builds(UnitRule, eaches=ratios, pack=ratios, quantum=ratios)


@st.composite
def row_answers(draw: st.DrawFn, *, sku: ChannelSku = _SKUS[0]) -> RowAnswer:
    """Answers about *sku* to one of six revisions, each of which asked for one level only."""
    revision = draw(st.integers(1, 6))
    return RowAnswer(sku=sku, units=revision * 7 % 5, revision=revision, outcome=draw(st.sampled_from(Outcome)))


def acks() -> st.SearchStrategy[Mapping[ChannelSku, Ack]]:
    """What a channel is believed to show, some of it in doubt."""
    one = st.builds(Ack, st.none() | st.integers(0, 20), st.integers(0, 6))
    return st.dictionaries(st.sampled_from(_SKUS), one, max_size=6)


# --- listings --------------------------------------------------------------------------------------------------------


def sku_rows() -> st.SearchStrategy[list[SkuRow]]:
    """Up to ten rows of a SKU table, in which repeats and contradictions are likely."""
    targets = st.builds(Target, st.sampled_from(_CODES), st.integers(1, 2))
    return st.lists(st.builds(SkuRow, st.sampled_from(_CHANNELS), st.sampled_from(_SKUS), targets), max_size=10)


def item_records(*, code: StockCode = _CODES[0]) -> st.SearchStrategy[ItemRecord]:
    """Items with any field blank, blocked, or not counted; barcodes are few, so that two items share one."""
    return st.builds(
        ItemRecord,
        stock_code=st.just(code),
        description=st.sampled_from(("", "Mug", "Cup")),
        barcode=st.sampled_from(("", "5012345678900", "5012345678917", "5012345678924")),
        unit=st.sampled_from(("", "each", "box")),
        weight=st.none() | st.sampled_from((Decimal("0.4"), Decimal("1.2"))),
        kit=st.booleans(),
        tax_code=st.sampled_from(("", "S20")),
        blocked=st.booleans(),
        discontinued=st.booleans(),
        stock_controlled=st.booleans(),
    )


@st.composite
def item_catalogues(draw: st.DrawFn) -> dict[StockCode, ItemRecord]:
    """Up to five items by code: one system's item master."""
    codes = draw(st.sets(st.sampled_from(_CODES)))
    return {code: draw(item_records(code=code)) for code in sorted(codes)}


def listing_records() -> st.SearchStrategy[ListingRecord]:
    """Listings in every state, some without price, pack or barcode."""
    return st.builds(
        ListingRecord,
        channel=st.sampled_from(_CHANNELS),
        sku=st.sampled_from(_SKUS),
        state=st.sampled_from(ListingState),
        price=st.none() | st.decimals(Decimal(-1), Decimal(20), places=2),
        barcode=st.sampled_from(("", "5012345678900", "5012345678917")),
        pack=st.none() | st.integers(1, 3),
    )


# --- the warehouse ---------------------------------------------------------------------------------------------------


def release_candidates() -> st.SearchStrategy[ReleaseCandidate]:
    """Orders to release, with any gate shut: unpaid, short of stock, without an address, already under way."""
    codes = st.sampled_from(_CODES)
    lines = st.lists(st.builds(DespatchLine, stock_code=codes, units=st.integers(0, 4)), max_size=4)
    address = Address(surname="Example", line1="1 High Street", town="Leeds", postcode="LS1 1AA", country="GB")
    return st.builds(
        ReleaseCandidate,
        account=st.just(AccountId("wms")),
        reference=st.integers(1, 9).map(lambda number: OrderRef(f"JL-{number}")),
        erp_order=st.just(ErpOrderCode("SO1000")),
        lines=lines.map(tuple),
        delivery=st.sampled_from((address, Address())),
        paid=st.none() | st.booleans(),
        allocated=st.none() | st.dictionaries(codes, st.integers(0, 8)),
        cancelled=st.booleans(),
        used=st.sets(st.sampled_from(("SO1000", "SO1000-2", "SO1000-5"))).map(frozenset),
        under_way=st.sampled_from(("", "SO1000")),
    )


@st.composite
def short_picks(draw: st.DrawFn) -> ShortPick:
    """Fewer eaches picked than wanted, now and then none."""
    wanted = draw(st.integers(1, 9))
    return ShortPick(
        order_id=OrderId(f"O{draw(st.integers(1, 9))}"),
        shipment_id="SO1000",
        line_id=LineId(f"L{draw(st.integers(1, 3))}"),
        stock_code=draw(st.sampled_from(_CODES)),
        wanted=wanted,
        picked=draw(st.integers(0, wanted - 1)),
    )


@st.composite
def movements(draw: st.DrawFn, *, code: StockCode = _CODES[0]) -> Movement:
    """A movement of *code* within ten minutes of noon of 15 January 2026, booked by the ERP before, after or never."""
    kind = draw(st.sampled_from(MovementKind))
    minutes = st.integers(-10, 10).map(lambda number: _NOON + timedelta(minutes=number))
    return Movement(
        message=f"M{draw(st.integers(1, 99))}",
        kind=kind,
        stock_code=code,
        units=draw(st.integers(-5 if kind is MovementKind.ADJUSTED else 0, 10)),
        at=draw(minutes),
        posted_at=draw(st.none() | minutes),
    )


def variance_policies() -> st.SearchStrategy[VariancePolicy]:
    """Any mix of limits, one to three runs; the skew allows snapshots of ten minutes apart."""
    limits = st.builds(
        Tolerance,
        units=st.none() | st.integers(0, 5),
        percent=st.none() | st.fractions(min_value=0, max_value=1, max_denominator=10),
        value=st.none() | st.integers(0, 50).map(Decimal),
    )
    return st.builds(VariancePolicy, tolerance=limits, runs=st.integers(1, 3), skew=st.just(timedelta(minutes=20)))
