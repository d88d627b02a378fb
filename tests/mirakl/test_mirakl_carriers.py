"""Which registered carrier a name means, and what a shipment's debit and what is left mean: pure rules."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.core.ids import LineId, OrderId
from khaos_connectors.mirakl.despatch.carriers import FoundCarrier, NoCarrier, registered_carrier
from khaos_connectors.mirakl.despatch.checks import tracking_wanted
from khaos_connectors.mirakl.despatch.debits import DebitState, WaitingDebit, debit_of
from khaos_connectors.mirakl.despatch.left_to_ship import units_left
from khaos_connectors.mirakl.models.codes import CustomerDebitStatus, ShipmentStatus
from khaos_connectors.mirakl.models.items_to_ship import ItemToShip, OrderToShip
from khaos_connectors.mirakl.models.shipments import Shipment
from khaos_connectors.mirakl.models.shipping import Carrier, ShippingType

LIVE = (
    Carrier(code=Text("RM"), label="Royal Mail", standard_code=Text("ROYAL_MAIL")),
    Carrier(code=Text("DPD"), label="DPD Group", standard_code=Text("DPD")),
    Carrier(code=Text("DPDL"), label="DPD Local", standard_code=Text("DPD")),
    Carrier(code=Text("royal mail"), label="Trap"),
)

names = st.sampled_from(["RM", "DPD", "rm", "dpd", "ROYAL_MAIL", "Royal Mail", "royal mail", "Evri", "", " DPD Local "])
carriers = st.builds(
    Carrier,
    code=st.sampled_from(["RM", "DPD", "EVRI", "royal mail"]).map(Text),
    label=st.none() | st.sampled_from(["Royal Mail", "DPD", "Evri", ""]),
    standard_code=st.none() | st.sampled_from(["DPD", "ROYAL_MAIL", ""]).map(Text),
)


@pytest.mark.parametrize(
    ("wanted", "code", "why"),
    [
        ("RM", "RM", "code"),
        ("royal_mail", "RM", "standard code"),
        ("dpd local", "DPDL", "label"),
        ("royal mail", "royal mail", "code"),
        ("DPD", "DPD", "code"),
    ],
)
def test_the_order_in_which_carriers_are_looked_up(wanted: str, code: str, why: str) -> None:
    """The exact code before the standard code before the label, whatever else it looks like."""
    found = registered_carrier(wanted, LIVE)
    assert isinstance(found, FoundCarrier)
    assert (found.carrier.code, why in found.why) == (code, True)


def test_our_own_map_wins_and_must_lead_somewhere() -> None:
    """A mapped name never falls through to a look-alike: a map to a carrier that is not there is an error."""
    found = registered_carrier("Dpd ", LIVE, own={"dpd": "DPDL"})
    assert isinstance(found, FoundCarrier)
    assert found.carrier.code == "DPDL"
    missing = registered_carrier("DPD", LIVE, own={"DPD": "GONE"})
    assert isinstance(missing, NoCarrier)
    assert missing.mapped
    assert "'GONE'" in missing.why


def test_two_of_a_name_are_no_answer() -> None:
    """Two carriers share a standard code, so it does not say which of them is meant."""
    found = registered_carrier("dpd", LIVE)
    assert isinstance(found, NoCarrier)
    assert "'DPD' and 'DPDL'" in found.why


@given(wanted=names, live=st.lists(carriers, max_size=4), own=st.dictionaries(names, names, max_size=2))
def test_nothing_is_made_up(wanted: str, live: Sequence[Carrier], own: dict[str, str]) -> None:
    """What is found is one of the operator's own carriers, the exact code if there is one and no map; why is told."""
    found = registered_carrier(wanted, live, own=own)
    assert found.why
    mapped = wanted.strip().casefold() in {name.strip().casefold() for name in own}
    if isinstance(found, FoundCarrier):
        assert found.carrier in live
    if not mapped and wanted and [each.code for each in live].count(wanted) == 1:
        assert isinstance(found, FoundCarrier)
        assert found.carrier.code == wanted
    if isinstance(found, NoCarrier):
        assert found.mapped is mapped


@pytest.mark.parametrize(("told", "wanted"), [(True, True), (False, False), (None, True)])
def test_a_method_that_says_nothing_wants_a_number(told: bool | None, wanted: bool) -> None:  # noqa: FBT001 - a table
    """Only a clear "no" of this very method lets a parcel go without a number."""
    kinds = (ShippingType(code=Text("STD"), mandatory_tracking=told),)
    assert tracking_wanted(kinds, "STD") is wanted
    assert tracking_wanted(kinds, "OTHER")
    assert tracking_wanted(kinds, None)


@pytest.mark.parametrize(
    ("status", "state", "leaves"),
    [
        (None, DebitState.NONE, True),
        (CustomerDebitStatus.NO_DEBIT, DebitState.NONE, True),
        (CustomerDebitStatus.NOT_STARTED, DebitState.WAITING, False),
        (CustomerDebitStatus.WAITING_TAX_CONFIRMATION, DebitState.WAITING, False),
        (CustomerDebitStatus.WAITING_OPERATOR_SYSTEM_CONTACT, DebitState.WAITING, False),
        (CustomerDebitStatus.WAITING_DEBIT_CONFIRMATION, DebitState.WAITING, False),
        (CustomerDebitStatus.DEBIT_OK, DebitState.PAID, True),
        (CustomerDebitStatus.CANCELED, DebitState.CANCELLED, False),
        (Unrecognised("NEW"), DebitState.UNKNOWN, False),
    ],
)
def test_when_goods_may_leave(
    status: CustomerDebitStatus | Unrecognised | None,
    state: DebitState,
    leaves: bool,  # noqa: FBT001 - a table
) -> None:
    """Goods leave when their debit is done or when there is none; what we do not know holds them back."""
    row = Shipment(id=Text("1"), order_id=Text("O"), status=ShipmentStatus.SHIPPING, status_customer_debit=status)
    debit = debit_of(row)
    assert (debit.state, debit.may_leave) == (state, leaves)
    assert debit.why


def test_a_prepared_shipment_of_which_no_debit_is_told_stays() -> None:
    """SHIPMENT_PREPARED is to wait for a debit: with nothing told of it the goods are held back."""
    row = Shipment(id=Text("1"), order_id=Text("O"), status=ShipmentStatus.SHIPMENT_PREPARED)
    debit = debit_of(row)
    assert (debit.state, debit.may_leave) == (DebitState.UNKNOWN, False)
    told = debit_of(attrs.evolve(row, status_customer_debit=CustomerDebitStatus.DEBIT_OK))
    assert told.may_leave


def test_a_cancelled_shipment_does_not_leave() -> None:
    """Even if its debit was done before."""
    row = Shipment(
        id=Text("1"),
        order_id=Text("O"),
        status=ShipmentStatus.CANCELED,
        status_customer_debit=CustomerDebitStatus.DEBIT_OK,
    )
    assert debit_of(row).state is DebitState.CANCELLED
    assert not debit_of(row).may_leave


def test_a_debit_without_a_date_is_never_overdue() -> None:
    """Nobody can say how long it has waited."""
    waiting = WaitingDebit(shipment_id="1", order_id=OrderId("O"), status=None, since=None)
    assert not waiting.overdue(now=datetime(2026, 3, 2, tzinfo=UTC), after=timedelta(0))


def test_parts_of_an_item_are_not_counted_twice() -> None:
    """An item in two parts is listed once for each part: four units, not eight; a row without a line is nobody's."""
    rows = (
        ItemToShip(order_line_id=Text("L1"), package_reference=Text("a"), quantity=4),
        ItemToShip(order_line_id=Text("L1"), package_reference=Text("b"), quantity=4),
        ItemToShip(order_line_id=Text("L2"), quantity=1),
        ItemToShip(order_line_id=Text("L2"), quantity=2),
        ItemToShip(quantity=9),
    )
    left = units_left(OrderToShip(order_id=Text("O"), shipment_lines=rows))
    assert left == {LineId("L1"): 4, LineId("L2"): 3}
