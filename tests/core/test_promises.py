"""What the whole core promises: every decision says why, and impossible input is refused by field and rule."""

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import HealthCheck, Phase, find, settings

import khaos_connectors.core
from khaos_connectors.core.acceptance import AcceptancePolicy
from khaos_connectors.core.address_rules import AddressRules
from khaos_connectors.core.availability import ListingPolicy
from khaos_connectors.core.buffers import Band, Fixed, Percent
from khaos_connectors.core.couriers import CourierMap, CourierRule
from khaos_connectors.core.exception_report import ExceptionType, Reason, open_item
from khaos_connectors.core.ids import AccountId, ChannelId, ChannelSku, CourierId, LineId, OrderRef, StockCode
from khaos_connectors.core.money import Money
from khaos_connectors.core.order_checks import OrderValues, find_value_drift
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.orders import Charge, ChargeKind, OrderLine, OrderState, Payment, Tax
from khaos_connectors.core.push import BreakerPolicy, WantedLevel, plan_push
from khaos_connectors.core.refund_records import SoldLine
from khaos_connectors.core.skus import Target
from khaos_connectors.core.stock import Demand, Incoming, Snapshot
from khaos_connectors.core.tracking import check_tracking, known_couriers
from khaos_connectors.core.vat import split_gross
from khaos_connectors.testing.record_strategies import records

QUICK = settings(max_examples=100, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
NAIVE = datetime(2026, 3, 6, 12)  # noqa: DTZ001 - that it has no zone is the point
NOON = NAIVE.replace(tzinfo=UTC)


def public_modules() -> Iterator[tuple[str, object]]:
    for module in pkgutil.iter_modules(khaos_connectors.core.__path__):
        if not module.name.startswith("_"):
            yield module.name, importlib.import_module(f"khaos_connectors.core.{module.name}")


# --- every decision says why ---------------------------------------------------------------------------------------

BARE: dict[str, str] = {
    # Questions with two answers about what lies before the caller: there is nothing that "could not" be done.
    "acceptance.Acceptance.decided": "whether a line is on hold; each line says why",
    "acceptance.Acceptance.waits": "whether there are lines at all",
    "couriers.CarrierChoice.mapped": "whether rule is 8; the choice says why",
    "couriers.CourierRule.fits": "compares a rule's own fields",
    "erp_jobs.CreditNoteReceipt.note": "the receipt says what it waits for, or who has it",
    "erp_jobs.JobReceipt.done": "whether nothing is pending or handed over; the receipt holds both",
    "exception_closing.Checked.covers": "compares a check's own fields",
    "exception_report.ExceptionItem.is_open": "whether closed_at is set",
    "item_sync.ItemSync.in_step": "whether nothing is to be done; the sync lists what is",
    "items.ItemRecord.sold": "a property of the item",
    "orders.OrderState.is_demand": "a property of the state",
    "packs.exceeds": "arithmetic on two counts",
    "postcodes.Postcode.plausible": "whether there are doubts; the postcode holds them",
    "short_picks.ShortPickPlan.done": "whether every step is done; the steps say which is not",
    "sla.Calendar.is_working": "a property of a day",
    "snapshots.SnapshotVerdict.usable": "whether there are no reasons; the verdict holds them",
    "tie_out.Check.holds": "whether both figures agree; the check holds them",
    "tie_out.TieOut.may_post": "whether every check holds; the tie-out holds them",
    "variance.Tolerance.allows": "compares a difference with its own limits",
    # Look-ups where absence is the whole answer; the decision that uses them says what it means.
    "erp_jobs.Attempts.recall": "a job without an attempt is one to begin",
    "erp_jobs.SharedAttempts.take": "the job is another worker's for now; the caller raises NotSent with that",
    "countries.country_code": "map_order says which name is unknown (ADDRESS_INVALID)",
    "settlement_book.Book.note": "match gives the line its status and rule",
    "settlement_book.Book.order_of": "match gives the line its status and rule",
    "settlement_fees.rule_for": "match gives FEE_UNMAPPED",
    "settlement_names.Names.by_id": "match gives the line its status and rule",
    "settlement_names.Names.find": "match gives the line its status and rule",
    "settlement_names.is_blank": "a property of the text",
    "skus.SkuMap.candidate": "the map says nothing; SkuMap.find gives the SkuMiss",
    "tracking.courier_of": "CourierMap.choose says which rule hit, or that none did",
    "tracking.infer_courier": "as courier_of: the ladder's answer carries the reason",
    # Steps of a decision, used by one caller that gives the reason.
    "order_totals.total_of": "map_order gives ORDER_TOTAL_MISMATCH with both figures",
    "packs.fill_packs": "plan_shipment gives UOM_MISMATCH with the units",
}
"""Functions that may answer with a bare bool or None, each with why."""


def functions_of(name: str, module: object) -> Iterator[tuple[str, Callable[..., object]]]:
    """The public functions and methods that *module* itself defines, by their dotted names."""
    home = f"khaos_connectors.core.{name}"
    for public in getattr(module, "__all__", ()):
        value = getattr(module, public)
        if getattr(value, "__module__", None) != home:
            continue
        if inspect.isfunction(value):
            yield f"{name}.{public}", value
        if inspect.isclass(value):
            for member, inside in vars(value).items():
                plain = inside.fget if isinstance(inside, property) else getattr(inside, "__func__", inside)
                if not member.startswith("_") and inspect.isfunction(plain):
                    yield f"{name}.{public}.{member}", plain


def answers_bare(function: Callable[..., object]) -> bool:
    """Whether its annotation allows True, False or None, where a caller could not tell why."""
    told = function.__annotations__.get("return")
    if isinstance(told, str):  # only this one: attrs' own annotations of validators cannot be evaluated
        told = eval(told, function.__globals__)
    union = typing.get_origin(told) in {typing.Union, types.UnionType}
    kinds = list(typing.get_args(told)) if union else [told]
    return bool in kinds or (union and type(None) in kinds)


def test_no_decision_answers_with_a_bare_none_or_false() -> None:
    """Every decision's result carries its reason; what may answer barely is listed here, with why."""
    bare = {
        name
        for module, loaded in public_modules()
        for name, function in functions_of(module, loaded)
        if answers_bare(function)
    }

    assert sorted(bare - BARE.keys()) == []
    assert sorted(BARE.keys() - bare) == [], "the list names what is not there any more"


def test_the_walk_sees_what_it_should() -> None:
    """Functions, methods and properties; unions and Optional; containers of truths are not bare."""

    def optional() -> int | None: ...
    def truth() -> bool: ...
    def procedure() -> None: ...
    def many() -> tuple[bool, ...]: ...
    def quoted() -> "int | None": ...

    assert [answers_bare(each) for each in (optional, truth, procedure, many, quoted)] == [
        True,
        True,
        False,
        False,
        True,
    ]
    seen = dict(functions_of("skus", importlib.import_module("khaos_connectors.core.skus")))
    assert {"skus.near_matches", "skus.SkuMap.find"} <= seen.keys()


# --- impossible input is refused -----------------------------------------------------------------------------------


def records_with_times() -> Iterator[tuple[type, str]]:
    for name, module in public_modules():
        for public in getattr(module, "__all__", ()):
            value = getattr(module, public)
            if inspect.isclass(value) and attrs.has(value) and value.__module__ == f"khaos_connectors.core.{name}":
                attrs.resolve_types(value)
                for field in attrs.fields(value):
                    if field.init and (field.type is datetime or datetime in typing.get_args(field.type)):
                        yield value, field.name


@pytest.mark.parametrize(
    ("record", "field"), list(records_with_times()), ids=lambda value: getattr(value, "__name__", str(value))
)
def test_naive_times_are_refused(record: type, field: str) -> None:
    """No record of core holds a moment without a zone: the refusal names the field and what is missing."""
    sound = find(records(record), lambda _: True, settings=QUICK)

    with pytest.raises(ValueError, match=rf"{field}\b.*(no time zone|must be aware)|(no time zone|aware).*{field}"):
        attrs.evolve(sound, **{field: NAIVE})


def line(**changes: object) -> OrderLine:
    sound = OrderLine(
        line_id=LineId("L1"), sku=ChannelSku("MUG"), quantity=1, amount=Decimal(1), state=OrderState.AWAITING_SHIPMENT
    )
    return attrs.evolve(sound, **changes)  # type: ignore[arg-type]  # wrong on purpose


def sold(rate: object) -> SoldLine:
    sound = SoldLine(line_id=LineId("L1"), stock_code=StockCode("A"), gross=Decimal(1))
    return attrs.evolve(sound, vat_rate=rate)  # type: ignore[arg-type]  # wrong on purpose


def couriers(*ids: str) -> object:
    @attrs.frozen
    class Trusting:
        trusted: frozenset[CourierId] = attrs.field(validator=known_couriers)

    return Trusting(frozenset(map(CourierId, ids)))


IMPOSSIBLE: list[tuple[str, Callable[[], object], str]] = [
    # percent over 1 (or a rate over 100)
    ("percent buffer", lambda: Percent(Fraction(3, 2)), "percent: 3/2 is not between 0 and 1"),
    ("percent as a whole number", lambda: Percent(10), "percent: 10 is not between 0 and 1"),
    ("listing percent", lambda: ListingPolicy(percent=Fraction(2)), "percent: 2 is not between 0 and 1"),
    ("breaker", lambda: BreakerPolicy(zeroed=Fraction(-1, 2)), "zeroed: -1/2 is not between 0 and 1"),
    ("price drop", lambda: AcceptancePolicy(max_price_drop=Decimal(10)), "max_price_drop: 10 is not a part of a price"),
    ("VAT rate", lambda: OrderPolicy(default_vat_rate=Decimal(120)), "default_vat_rate must be 0 to 100 per cent"),
    ("VAT of what was sold", lambda: sold(Decimal(120)), "vat_rate must be 0 to 100 per cent, not 120"),
    ("VAT as a float", lambda: sold(17.5), "vat_rate must be a Decimal, not 17.5"),
    ("VAT of an item", lambda: OrderPolicy(vat_rates={StockCode("A"): Decimal(-1)}), "vat_rates of A must be 0 to 100"),
    ("VAT of carriage", lambda: OrderPolicy(shipping_vat_rate=Decimal(-1)), "shipping_vat_rate must be 0 to 100"),
    ("tolerance", lambda: OrderPolicy(rounding_cap=Decimal(-1)), "rounding_cap must be 0 or more"),
    ("VAT split", lambda: split_gross(Decimal(1), Decimal(-1)), "-1 is not a VAT rate"),
    # negative packs and counts
    ("pack", lambda: Target(StockCode("A"), -1), "pack must be 1 or more"),
    ("no pack", lambda: Target(StockCode("A"), 0), "pack must be 1 or more"),
    ("listing pack", lambda: ListingPolicy(pack=0), "pack must be 1 or more"),
    ("half a unit", lambda: Fixed(0.5), "must be an int"),  # type: ignore[arg-type]  # wrong on purpose
    ("negative buffer", lambda: Fixed(-1), "must be 0 or more"),
    ("falling band", lambda: Band(((1, 5), (10, 2))), "bands: at 0, 0 kept leaves 0; at 1, 5 kept leaves -4"),
    ("negative level", lambda: WantedLevel(ChannelSku("A"), -1), "units must be 0 or more"),
    ("safety", lambda: AcceptancePolicy(safety=-1), "safety: -1 units cannot be kept back"),
    ("twice the same listing", lambda: plan_push([WantedLevel(ChannelSku("A"), 1)] * 2, {}), "wanted twice"),
    ("address limit", lambda: AddressRules(limits={"line1": 0}), "limits of line1 must be a whole number from 1"),
    # money: two currencies, none, floats, not a number
    ("sum of two currencies", lambda: Money(1, "GBP") + Money(1, "EUR"), "two currencies"),
    ("comparing two", lambda: Money(1, "GBP") < Money(1, "EUR"), "two currencies"),
    (
        "values of two",
        lambda: OrderValues(reference=OrderRef("R"), channel=Money(1, "GBP"), invoice=Money(1, "EUR")),
        "invoice is in EUR, channel in GBP",
    ),
    ("no currency", lambda: Money(1, "pounds"), "not a currency code"),
    ("float money", lambda: Money(0.1, "GBP"), "float: money is Decimal"),  # type: ignore[arg-type]  # wrong on purpose
    ("float amount", lambda: line(amount=9.99), "amount must be a Decimal"),
    ("float shipping", lambda: line(shipping=4.95), "shipping must be a Decimal"),
    ("no amount", lambda: line(amount=Decimal("NaN")), "amount must be a number"),
    ("tax", lambda: Tax(code="VAT", amount=Decimal("Infinity")), "amount must be a number"),
    ("payment", lambda: Payment(method="CARD", amount=1.5), "amount must be a Decimal"),  # type: ignore[arg-type]  # wrong on purpose
    (
        "a discount that costs",
        lambda: Charge(kind=ChargeKind.DISCOUNT, code="X", amount=Decimal(1)),
        "amount of a discount must be 0 or less",
    ),
    ("tolerance of drift", lambda: find_value_drift([], tolerance=Decimal(-1)), "tolerance must be 0 or more"),
    # times
    ("receipt", lambda: Incoming(units=1, due=NAIVE), "due has no time zone"),
    ("snapshot", lambda: Snapshot(account=AccountId("a"), as_of=NAIVE, figures=()), "as_of has no time zone"),
    (
        "item",
        lambda: open_item(
            Reason(type=ExceptionType.OVERSOLD, entity="A", message="m"), account=AccountId("a"), now=NAIVE
        ),
        "must be aware",
    ),
    # couriers
    ("courier of a number", lambda: check_tracking(CourierId("pony"), "1"), "'pony' is not a courier that we know"),
    ("trusted courier", lambda: couriers("dpd-uk", "dpd"), "trusted names 'dpd': a courier is one of amazon-shipping"),
    ("a rule without carrier", lambda: CourierRule(carrier=""), "carrier"),
    (
        "rules that contradict",
        lambda: CourierMap([CourierRule(carrier="A", courier="X"), CourierRule(carrier="B", courier="x ")]),
        "two courier rules",
    ),
    # texts that decide
    ("reference template", lambda: OrderPolicy(reference_template="JL"), "gives every order the same reference"),
    ("unknown address field", lambda: AddressRules(limits={"street": 1}), "limits names 'street'"),
]


@pytest.mark.parametrize(("make", "rule"), [case[1:] for case in IMPOSSIBLE], ids=[case[0] for case in IMPOSSIBLE])
def test_impossible_input_is_refused(make: Callable[[], object], rule: str) -> None:
    """At construction, with a message that names the field and the rule."""
    with pytest.raises((ValueError, TypeError)) as refused:
        make()

    assert rule in str(refused.value)


def test_possible_input_is_not() -> None:
    """The edges themselves are taken: nothing, everything, one each."""
    assert Percent(Fraction(1)).units(7) == 7
    assert OrderPolicy(default_vat_rate=Decimal(0), shipping_vat_rate=Decimal(100)).rate_of(StockCode("A")) == 0
    assert couriers("dpd-uk") is not None
    assert Target(StockCode("A"), 1).pack == 1
    assert ChannelId("a")
    later = NOON + timedelta(hours=1)
    sound = find(records(Demand), lambda _: True, settings=QUICK)
    assert attrs.evolve(sound, erp_created_at=later).erp_created_at == later
