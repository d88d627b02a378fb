"""Hypothesis strategies for couriers, parcels and what each system says has left (extra ``testing``)."""

from datetime import UTC, datetime, timedelta

from khaos_connectors._extras import extra
from khaos_connectors.core.couriers import Carrier, CarrierChoice, CourierMap, CourierRule
from khaos_connectors.core.despatch_drift import DriftKind, OrderDespatches, Shipped, Sighting
from khaos_connectors.core.ids import AccountId, DespatchId, ErpOrderCode, LineId, OrderRef, StockCode
from khaos_connectors.core.shipments import Despatch, DespatchLine, Parcel, ShipmentLine
from khaos_connectors.core.tracking import COURIERS, gs1_check_digit
from khaos_connectors.testing.stock_strategies import instants

with extra("testing"):
    from hypothesis import strategies as st

__all__ = [
    "carrier_choices",
    "carriers",
    "courier_maps",
    "courier_rules",
    "despatch_lines",
    "despatches",
    "order_despatches",
    "parcels",
    "shipment_lines",
    "shipped",
    "ssccs",
]

_NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
_CODES = st.sampled_from([StockCode("MUG"), StockCode("COASTER")])
_NAMES = st.sampled_from(["DPD", "Interlink", "Hermes", "Royal Mail", "Our Van", "interlink ", ""])


def carriers() -> st.SearchStrategy[Carrier]:
    """Carriers of a channel's list, some under names that couriers had before."""
    return st.sampled_from(
        [
            Carrier(code="DPDL", label="DPD Local"),
            Carrier(code="EVRI_UK", label="Evri", standard_code="myhermes-uk"),
            Carrier(code="RM", label="Royal Mail", tracking_url="https://example.com/{trackingId}"),
            Carrier(code="VAN", label="Own Van"),
        ]
    )


def courier_rules() -> st.SearchStrategy[CourierRule]:
    """Rules of every step of the ladder, blank fields included."""
    return st.builds(
        CourierRule,
        carrier=st.sampled_from(["DPDL", "EVRI_UK", "RM", "VAN", "UNLISTED"]),
        courier=_NAMES,
        service=st.sampled_from(["", "Heavy", "24"]),
        country=st.sampled_from(["", "GB", "IE"]),
        channel=st.sampled_from(["", "john-lewis"]),
    )


def courier_maps() -> st.SearchStrategy[CourierMap]:
    """Maps of up to four rules that do not contradict each other, with an alias or none."""
    rules = st.lists(courier_rules(), max_size=4, unique_by=lambda rule: rule.key)
    aliases = st.sampled_from([{}, {"Our Van": "VAN"}, {"Our Van": "dpd-local"}])
    return st.builds(CourierMap, rules, aliases=aliases)


def carrier_choices() -> st.SearchStrategy[CarrierChoice]:
    """What ``CourierMap.choose`` answers for any of these couriers, maps and lists."""
    lists = st.lists(carriers(), max_size=4, unique_by=lambda carrier: carrier.code)
    return st.builds(_chosen, courier_maps(), _NAMES, lists, st.booleans())


def _chosen(couriers: CourierMap, courier: str, live: list[Carrier], free_text: bool) -> CarrierChoice:  # noqa: FBT001 - drawn in this order
    return couriers.choose(courier=courier, channel="john-lewis", live=live, free_text=free_text)


def despatch_lines() -> st.SearchStrategy[DespatchLine]:
    """A few units of a stock code."""
    return st.builds(DespatchLine, stock_code=_CODES, units=st.integers(1, 9))


def shipment_lines() -> st.SearchStrategy[ShipmentLine]:
    """A few units of a channel order line."""
    lines = st.sampled_from([LineId("L1"), LineId("L2")])
    return st.builds(ShipmentLine, line_id=lines, quantity=st.integers(1, 9))


def parcels() -> st.SearchStrategy[Parcel]:
    """Parcels with and without contents, numbers and couriers."""
    return st.builds(
        Parcel,
        courier=_NAMES | st.sampled_from(sorted(COURIERS)),
        service=st.sampled_from(["", "24"]),
        tracking=st.sampled_from(["", "15501234567890", "RB123456785GB", "1Z5R89390357567127"]),
        lines=st.lists(despatch_lines(), max_size=2).map(tuple),
    )


def despatches() -> st.SearchStrategy[Despatch]:
    """Despatches of an order of which nothing else is known (see ``despatches_of`` for those of a given order)."""
    return st.builds(
        Despatch,
        account=st.just(AccountId("erp")),
        reference=st.sampled_from([OrderRef("O1"), OrderRef("O2")]),
        erp_order=st.just(ErpOrderCode("SO1")),
        despatch_id=st.integers(1, 9).map(lambda number: DespatchId(f"D{number}")),
        despatched_on=instants(around=_NOON),
        lines=st.lists(despatch_lines(), max_size=3).map(tuple),
        parcels=st.lists(parcels(), max_size=2).map(tuple),
        final=st.booleans(),
    )


def shipped() -> st.SearchStrategy[Shipped]:
    """What one system says has left, with or without a time."""
    units = st.dictionaries(_CODES, st.integers(0, 3))
    return st.builds(Shipped, units=units, at=st.none() | instants(around=_NOON, within=timedelta(hours=1)))


def order_despatches() -> st.SearchStrategy[OrderDespatches]:
    """What channel, ERP and warehouse say of one order, as far as each was asked, and what runs before had seen."""
    said = st.none() | shipped()
    units = st.dictionaries(_CODES, st.integers(0, 3))
    times = instants(around=_NOON, within=timedelta(hours=1))
    seen = st.lists(st.builds(Sighting, kind=st.sampled_from(DriftKind), units=units, at=times), max_size=3).map(tuple)
    return st.builds(
        OrderDespatches, reference=st.just(OrderRef("O1")), channel=said, erp=said, warehouse=said, seen=seen
    )


def ssccs() -> st.SearchStrategy[str]:
    """SSCC-18 numbers with their right check digit, some with the prefix (00)."""
    bodies = st.text("0123456789", min_size=17, max_size=17).map(lambda body: body + gs1_check_digit(body))
    return st.tuples(st.sampled_from(["", "00", "(00)"]), bodies).map("".join)
