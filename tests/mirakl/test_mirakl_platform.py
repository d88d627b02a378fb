"""The shop, the operator's settings and the shipping set-up, read from the marketplace and written to it."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khaos_connectors import errors
from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.messages import Call, Response
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.despatch.left_to_ship import units_left
from khaos_connectors.mirakl.endpoints import platform as platform_calls
from khaos_connectors.mirakl.instance.asked import Instance
from khaos_connectors.mirakl.mapping import shipped_units
from khaos_connectors.mirakl.models.accounting_codes import BankAccountKind
from khaos_connectors.mirakl.models.additional_fields import AdditionalFieldType, NewAdditionalField
from khaos_connectors.mirakl.models.codes import ShipmentStatus
from khaos_connectors.mirakl.models.new_bank_accounts import NewBankAccount, written_bank_account
from khaos_connectors.mirakl.models.offer_codes import EprCategory
from khaos_connectors.mirakl.models.platform_codes import Entity, Period, PerStore, ReasonType
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.models.shipments import Shipment, SplitMoment
from khaos_connectors.mirakl.models.shop_changes import (
    CompanyDetails,
    NewAccount,
    NewProducerIdentifier,
    ShopAddress,
)
from khaos_connectors.mirakl.scope import Scope
from khaos_connectors.testing.clock import ManualClock
from khaos_connectors.testing.mirakl_shipping_strategies import order_to_ship_rows, shipment_rows
from khaos_connectors.testing.play import play
from khaos_connectors.testing.simulators.mirakl import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl.order_state import CustomField, OrderSettings
from khaos_connectors.testing.simulators.routes import transport

Answer = Callable[..., Response]
Document = Callable[[str], dict[str, object]]
Ask = Callable[[Call[object]], object]


@pytest.fixture
def ask(config: MiraklConfig) -> Ask:
    """Performs a call at a marketplace with a channel, custom fields and two languages."""
    clock = ManualClock()
    settings = MiraklSettings(
        channel="UK",
        orders=OrderSettings(fields={"gift": CustomField(), "engraving": CustomField(entity="ORDER_LINE")}),
    )
    offers = {"S1": OfferState(price="9.99", quantity=5)}
    market = MiraklSimulator(clock=clock.now, api_key="key-123", offers=offers, settings=settings)
    runner = Runner({"john-lewis": transport(market)}, clock=clock)
    return lambda call: runner.run(config.caller().perform(call))


def codes(page: object) -> list[str]:
    return [row.record.code for row in page.items]


def test_reference_lists(ask: Ask, scope: Scope) -> None:
    """Every list of codes is read whole, in one call without pages."""
    assert codes(ask(endpoints.list_custom_fields(scope))) == ["gift", "engraving"]
    assert codes(ask(endpoints.list_custom_fields(scope, [Entity.ORDER_LINE]))) == ["engraving"]
    assert codes(ask(endpoints.list_channels(scope))) == ["UK"]
    assert codes(ask(endpoints.list_currencies(scope))) == ["GBP"]
    assert codes(ask(endpoints.list_locales(scope))) == ["en", "en_GB"]
    assert codes(ask(endpoints.list_offer_conditions(scope))) == ["11", "4", "10"]
    assert codes(ask(endpoints.list_offer_conditions(scope, active=True))) == ["11"]
    assert codes(ask(endpoints.list_shipping_zones(scope))) == ["UK"]
    assert codes(ask(endpoints.list_shipping_types(scope))) == ["STD"]
    assert "DPD" in codes(ask(endpoints.list_carriers(scope)))
    assert codes(ask(endpoints.list_logistic_classes(scope))) == ["S", "M", "L"]


def test_reasons_that_a_seller_may_use(ask: Ask, scope: Scope) -> None:
    """Reasons of the right kind, and of those only the seller's own."""
    page = ask(endpoints.list_reasons(scope))
    usable = platform_calls.usable_reasons(page.items, ReasonType.REFUND)
    assert usable
    assert all(each.type is ReasonType.REFUND and each.is_shop_right for each in usable)
    everything = [row.record for row in page.items if row.record.type is ReasonType.REFUND]
    assert len(usable) < len(everything) or all(each.is_shop_right for each in everything)


def test_the_shipping_set_up(ask: Ask, scope: Scope) -> None:
    """Lead time, cut-offs and days under way; charges that are not the shop's own are left out when asked for own."""
    setup = ask(endpoints.get_shipping_setup(scope))
    assert (setup.lead_time_to_ship.shop_value, setup.order_cut_off_times[0].cut_off_time) == (2, "14:00:00Z")
    assert setup.delivery_times[0].delivery_time.latest_days == 3
    charges = ask(endpoints.get_shipping_charges(scope))
    assert charges.configuration[0].prices.initial_price == Decimal(3)
    assert ask(endpoints.get_shipping_charges(scope, overridden_by_shop=True)).configuration == ()


def test_the_shops_figures(ask: Ask, scope: Scope) -> None:
    """Only the periods asked for; of one channel what is told for all channels only is left out."""
    one = ask(endpoints.get_shop_statistics(scope, [Period.LAST_MONTH]))
    assert [(each.period, each.value) for each in one.offers_count] == [(Period.LAST_MONTH, 1)]
    of_channel = ask(endpoints.get_shop_statistics(scope, channel_code="UK"))
    assert of_channel.offers_count == ()
    assert len(of_channel.orders_count) == 5


def test_changing_the_shop(ask: Ask, scope: Scope) -> None:
    """A 200 in which one field was refused says which; the other was changed."""
    closed = datetime(2026, 8, 1, tzinfo=UTC)
    new = NewAccount(
        shop_name="Renamed",
        closed_from=closed,
        address=ShopAddress(street1="1 Imaginary Lane"),
        shop_additional_fields=(NewAdditionalField(code="segment", value="1"),),
    )
    answer = ask(endpoints.update_account(scope, new))
    assert [error.field for error in answer.errors] == ["shop_name"]
    assert answer.updated.closed_from == closed
    assert answer.updated.address.street1 == "1 Imaginary Lane"
    assert answer.updated.shop_additional_fields[0].texts == ("1",)


def test_what_is_written_of_a_shop(scope: Scope) -> None:
    """Only what was given is sent; a custom field without a value is sent without one, which removes it."""
    new = NewAccount(
        pro_details=CompanyDetails(corporate_name="Example Ltd"),
        channels=("UK",),
        producer_identifiers=(NewProducerIdentifier(epr_category_code=EprCategory.DE_WEEE, producer_id="P"),),
        payment_info=NewBankAccount(
            kind=BankAccountKind.UK,
            owner="Example Ltd",
            bank_name="Example Bank",
            details={"bank_account_number": "12345678", "bank_sort_code": "112233"},
        ),
        shop_additional_fields=(
            NewAdditionalField(code="gone", value=None),
            NewAdditionalField(code="many", value=("a", "b")),
            NewAdditionalField(code="one", value="a", type=AdditionalFieldType.STRING),
        ),
    )
    call = endpoints.update_account(scope, new)
    assert (call.repeat, json.loads(call.request.body)) == (
        "same-effect",
        {
            "channels": ["UK"],
            "pro_details": {"corporate_name": "Example Ltd"},
            "payment_info": {
                "@type": "UK",
                "owner": "Example Ltd",
                "bank_name": "Example Bank",
                "bank_account_number": "12345678",
                "bank_sort_code": "112233",
            },
            "producer_identifiers": [{"epr_category_code": "DE-WEEE", "producer_id": "P"}],
            "shop_additional_fields": [
                {"code": "gone"},
                {"code": "many", "type": "MULTIPLE_VALUES_LIST", "value": ["a", "b"]},
                {"code": "one", "type": "STRING", "value": "a"},
            ],
        },
    )
    assert "12345678" not in repr(new)


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewAccount(), "account"),
        (NewAccount(recycling_policy="x" * 5001), "recycling_policy"),
        (
            NewAccount(
                producer_identifiers=(NewProducerIdentifier(epr_category_code=EprCategory.DE_PACK, producer_id="x"),)
                * 51
            ),
            "producer_identifiers",
        ),
        (
            NewAccount(
                producer_identifiers=(
                    NewProducerIdentifier(epr_category_code=EprCategory.DE_PACK, producer_id="x" * 256),
                )
            ),
            "producer_identifiers.producer_id",
        ),
        (
            NewAccount(payment_info=NewBankAccount(kind=BankAccountKind.IBAN, owner="o", bank_name="b")),
            "payment_info.bic",
        ),
        (NewAccount(shop_additional_fields=(NewAdditionalField(code="", value="a"),)), "shop_additional_fields.code"),
        (
            NewAccount(
                shop_additional_fields=(NewAdditionalField(code="f", value=("a",), type=AdditionalFieldType.STRING),)
            ),
            "f",
        ),
        (
            NewAccount(
                shop_additional_fields=(
                    NewAdditionalField(code="f", value="a", type=AdditionalFieldType.MULTIPLE_VALUES_LIST),
                )
            ),
            "f",
        ),
    ],
)
def test_what_mirakl_would_refuse_of_a_shop_is_not_sent(new: NewAccount, field: str, scope: Scope) -> None:
    """The field is named and nothing is sent."""
    with pytest.raises(errors.Invalid) as caught:
        endpoints.update_account(scope, new)
    assert (caught.value.status, caught.value.fields[0].field) == (None, field)


@given(
    kind=st.sampled_from(BankAccountKind),
    details=st.dictionaries(st.sampled_from(["iban", "bic", "bank_account_number", "clabe", "bank_city"]), st.text()),
)
def test_a_bank_account_is_written_or_refused_by_name(kind: BankAccountKind, details: dict[str, str]) -> None:
    """Either every detail given stands in what is written, or a field is named; its value never is."""
    account = NewBankAccount(kind=kind, owner="Owner", bank_name="Bank", details=details)
    try:
        written = written_bank_account(account)
    except ValueError as problem:
        name, _, why = str(problem).partition(": ")
        assert name.isidentifier()
        assert why
    else:
        assert written == {"@type": kind.value, "owner": "Owner", "bank_name": "Bank", **details}


# --- traps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["carrier_expected_delivery_date", "carrier_estimated_delivery_date"])
def test_trap_03_the_carriers_date_has_two_names_in_st11(
    name: str, scope: Scope, answer: Answer, document: Document
) -> None:
    """The schema expects a delivery, the example estimates it: both are read, and one property tells either."""
    page = document("shipments.json")
    page["data"][0]["tracking"][name] = {"latest": {"date": "2026-03-04", "time": "18:00:00", "offset": "Z"}}
    (first, *_) = endpoints.list_shipments(scope).decode(answer(page)).items
    assert first.record.tracking.delivery_window.latest.text == "2026-03-04T18:00:00Z"


def test_trap_07_lists_of_orders_are_written_in_two_ways(scope: Scope) -> None:
    """ST11 and ST12 repeat ``order_id``, OR11 joins ``order_ids`` by commas."""
    repeated = endpoints.list_shipments(scope, ["A", "B"]).request.query
    assert [pair for pair in repeated if pair[0].startswith("order_id")] == [("order_id", "A"), ("order_id", "B")]
    left = endpoints.list_items_to_ship(scope, ["A", "B"], centres=["DEFAULT"]).request.query
    assert left[:3] == (("order_id", "A"), ("order_id", "B"), ("fulfillment_center_code", "DEFAULT"))
    (joined,) = endpoints.orders_by_id(scope, ["A", "B"])
    assert ("order_ids", "A,B") in joined.request.query


def test_trap_10_shops_say_street1_where_orders_say_street_1(ask: Ask, scope: Scope, document: Document) -> None:
    """Each is read under its own name: neither the shop's street nor the customer's is lost."""
    shop = ask(endpoints.get_account(scope))
    assert shop.contact_informations.street1 == "1 Imaginary Lane"
    assert shop.default_billing_information.registration_address.street_1 == "1 Imaginary Lane"
    assert "street_1" in document("orders.json")["orders"][0]["customer"]["shipping_address"]
    written = json.loads(
        endpoints.update_account(scope, NewAccount(address=ShopAddress(street1="2 Other Road"))).request.body
    )
    assert written == {"address": {"street1": "2 Other Road"}}


# --- rows and batches ----------------------------------------------------------------------------------------------


def test_a_bad_carrier_never_stops_despatch(config: MiraklConfig, answer: Answer) -> None:
    """One row of SH21 and one of SH12 break the contract: the others are there, and the method still wants a number."""
    instance = Instance(config, config.caller())
    rows = {"carriers": [{"code": "DPD", "label": "DPD"}, {"label": 7}]}
    assert [each.code for each in play(instance.carriers(), [answer(rows)]).result] == ["DPD"]
    rows = {"shipping_types": [{"code": "STD", "mandatory_tracking": "maybe"}]}
    (kind,) = play(instance.shipping_types(), [answer(rows)]).result
    assert (kind.code, kind.mandatory_tracking) == ("STD", None)


@pytest.mark.parametrize("status", [403, 404, 405])
def test_carriers_that_may_not_be_read(status: int, config: MiraklConfig, answer: Answer) -> None:
    """The key may not ask for carriers: nobody can tell, which is not the same as none."""
    instance = Instance(config, config.caller())
    assert play(instance.told_carriers(), [answer({}, status)]).result is None
    with pytest.raises(errors.Refused, match="500"):
        play(instance.told_carriers(), [answer("", 500)] * 4)


def test_a_list_may_be_left_out_and_its_rows_stand_alone(scope: Scope, answer: Answer) -> None:
    """No list, or null, is an empty one; a bad row is broken beside good ones; what is no object is refused."""
    call = endpoints.list_shipping_types(scope)
    assert call.decode(answer({})).items == call.decode(answer({"shipping_types": None})).items == ()
    good, bad = call.decode(answer({"shipping_types": [{"code": "STD"}, {"label": "x"}]})).items
    assert isinstance(good, Read)
    assert isinstance(bad, Broken)
    with pytest.raises(errors.Undecodable):
        call.decode(answer("[]"))


def test_features_are_read_whole_and_open(scope: Scope, answer: Answer) -> None:
    """A switch that we do not know the value of is kept; groups that are left out are None."""
    body = {"features": {"lead_time_to_ship_by_sellers_enabled": "YES", "operator_csv_delimiter": "TAB"}}
    features = endpoints.get_platform(scope).decode(answer(body)).features
    assert features.lead_time_to_ship_by_sellers_enabled is PerStore.YES
    assert features.operator_csv_delimiter.code == "TAB"
    assert features.catalog is None


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda scope: endpoints.list_shipments(scope, ["x"] * 101), "order_id"),
        (lambda scope: endpoints.list_shipments(scope, [""]), "order_id"),
        (lambda scope: endpoints.list_items_to_ship(scope, size=0), "limit"),
        (lambda scope: endpoints.delete_shipments(scope, []), "shipments"),
        (lambda scope: endpoints.confirm_shipments(scope, ["x"] * 1001), "shipments"),
        (lambda scope: endpoints.mark_ready_for_pick_up(scope, [""]), "id"),
        (lambda scope: endpoints.set_shipment_origins(scope, dict.fromkeys(map(str, range(101)), "W")), "shipments"),
        (lambda scope: endpoints.set_shipment_origins(scope, {"a": ""}), "shipping_from.warehouse.code"),
        (lambda scope: endpoints.set_shipment_trackings(scope, {}), "shipments"),
        (lambda scope: endpoints.inform_shipments(scope, {}), "shipments"),
    ],
)
def test_batches_beyond_their_limits_are_not_sent(make: Callable[[Scope], object], field: str, scope: Scope) -> None:
    """The documented batch sizes are kept before anything is sent."""
    with pytest.raises(errors.Invalid) as caught:
        make(scope)
    assert caught.value.fields[0].field == field


@given(
    day=st.none() | st.dates(),
    time=st.none() | st.just("12:50:00"),
    offset=st.none() | st.sampled_from(["Z", "+02:00"]),
)
def test_a_split_moment_tells_what_is_known(day: date | None, time: str | None, offset: str | None) -> None:
    """A day, a day and a time, or all of it with the zone; without a day nothing."""
    text = SplitMoment(date=day, time=time, offset=offset).text
    if day is None:
        assert text == ""
    else:
        assert text.startswith(day.isoformat())
        assert ("T" in text) is (time is not None)
        assert datetime.fromisoformat(text).date() == day


def test_a_shipment_keeps_where_it_left_from(scope: Scope, answer: Answer, document: Document) -> None:
    """Warehouse, payment and the operator's own information are read with the shipment."""
    page = document("shipments.json")
    page["data"][0] |= {
        "shipping_from": {"warehouse": {"code": "MAIN"}},
        "payment_details": {"customer_debited_date": "2026-03-03T09:00:00Z", "transaction_number": 77},
        "shipment_additional_information": [{"code": "IMEI", "type": "STRING", "value": "38"}],
    }
    record: Shipment = endpoints.list_shipments(scope).decode(answer(page)).items[0].record
    assert record.shipping_from.warehouse.code == "MAIN"
    assert record.payment_details.transaction_number == "77"
    assert attrs.astuple(record.shipment_additional_information[0])[2] == "38"


@given(row=shipment_rows())
def test_any_row_of_a_shipment_list_is_read(row: dict[str, object]) -> None:
    """Nulls, codes of tomorrow, either name of the carrier's date: no row that Mirakl may send is broken."""
    body = to_json({"data": [row]}).encode()
    (read,) = endpoints.list_shipments(Scope(account="a")).decode(Response(status=200, body=body)).items
    assert isinstance(read, Read)
    assert [line.quantity for line in read.record.shipment_lines] == [
        each["quantity"] for each in row["shipment_lines"]
    ]
    if read.record.status is not ShipmentStatus.CANCELED:
        assert shipped_units(read.record) is not None


@given(row=order_to_ship_rows())
def test_any_row_of_what_is_left_is_read(row: dict[str, object]) -> None:
    """And no line has more left than all its rows together."""
    body = to_json({"data": [row]}).encode()
    (read,) = endpoints.list_items_to_ship(Scope(account="a")).decode(Response(status=200, body=body)).items
    assert isinstance(read, Read)
    left = units_left(read.record)
    assert set(left) == {each["order_line_id"] for each in row["shipment_lines"]}
    assert sum(left.values()) <= sum(each["quantity"] for each in row["shipment_lines"])
