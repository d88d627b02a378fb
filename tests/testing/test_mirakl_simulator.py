"""The simulated marketplace keeps the vendor's contract, traps included, and a ledger that adds up."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.simulators import MiraklSettings, MiraklSimulator, OfferState
from khaos_connectors.testing.simulators.mirakl import Carrier, RateLimit, ShippingType

KEY = "key-for-tests"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@attrs.define
class Hands:
    """A clock that moves only when told to."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def pass_seconds(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@attrs.define
class Shop:
    """A simulator with its clock, and short ways to ask it."""

    clock: Hands
    sim: MiraklSimulator

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | list[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        pairs = list(query.items()) if isinstance(query, Mapping) else list(query or [])
        sent = {"authorization": KEY, **({} if body is None else {"content-type": "application/json"})}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.sim.handle(
            Request(method=method, path=path, query=tuple(pairs), headers={**sent, **(headers or {})}, body=raw)
        )

    def orders(self, **query: str) -> dict[str, object]:
        return read(self.ask("GET", "/api/orders", query=query))

    def order(self, order_id: str, **query: str) -> dict[str, object]:
        (found,) = self.orders(order_ids=order_id, **query)["orders"]
        return found

    def decide(self, order_id: str, **accepted: bool) -> Response:
        lines = [{"id": f"{order_id}-{name[1:]}", "accepted": yes} for name, yes in accepted.items()]
        return self.ask("PUT", f"/api/orders/{order_id}/accept", {"order_lines": lines})

    def paid(self, *lines: tuple[str, int]) -> str:
        """An order that was bought, accepted and debited."""
        order_id = self.sim.buy(lines or [("MUG", 1)])
        assert order_id
        assert self.decide(order_id, **{f"l{n}": True for n in range(1, len(lines or [1]) + 1)}).status == 204
        self.clock.pass_seconds(self.sim.settings.debit_seconds)
        return order_id

    def ship(self, *shipments: dict[str, object]) -> dict[str, object]:
        answer = self.ask("POST", "/api/shipments", {"shipments": list(shipments)})
        assert answer.status == 201, answer.body
        return read(answer)

    def upload(self, text: str, *, part: str = "file") -> Response:
        body = (
            f'--xyz\r\nContent-Disposition: form-data; name="{part}"; filename="stock.csv"\r\n'
            f"Content-Type: text/csv\r\n\r\n{text}\r\n--xyz--\r\n"
        ).encode()
        kind = {"content-type": "multipart/form-data; boundary=xyz"}
        return self.ask("POST", "/api/offers/stock/imports", body, headers=kind)

    def status(self, import_id: str) -> dict[str, object]:
        return read(self.ask("GET", f"/api/offers/stock/imports/{import_id}/status"))


def read(answer: Response) -> dict[str, object]:
    return json.loads(answer.body, parse_float=Decimal)


def shop(**chosen: object) -> Shop:
    clock = Hands()
    offers = {
        "MUG": OfferState(price="9.99", quantity=10, title="Mug"),
        "RUG": OfferState(price="120.00", quantity=3, title="Rug"),
        "OLD": OfferState(price="5.00", quantity=5, inactive=("PRODUCT_DISABLED",)),
    }
    sim = MiraklSimulator(clock=clock, api_key=KEY, offers=offers, settings=MiraklSettings(**chosen))
    return Shop(clock, sim)


# Door


def test_doors_status_codes() -> None:
    """Wrong key 401, with Bearer too; other shop 403; unknown path 404; wrong method 405 naming the right ones."""
    one = shop()
    assert one.ask("GET", "/api/version").status == 200
    assert one.ask("GET", "/api/version", headers={"authorization": f"Bearer {KEY}"}).status == 401
    assert read(one.ask("GET", "/api/version", headers={"authorization": "other"})) == {
        "status": 401,
        "message": "Unauthorized",
    }
    assert one.ask("GET", "/api/account", query={"shop_id": "2001"}).status == 403
    assert one.ask("GET", "/api/account", query={"shop_id": "2000"}).status == 200
    assert one.ask("GET", "/version").status == 404
    refused = one.ask("DELETE", "/api/orders")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, PUT")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"text"'])
def test_malformed_json_is_a_400(body: bytes) -> None:
    """A body that is no JSON object is refused, and one declared as something else is 415."""
    one = shop()
    headers = {"content-type": "application/json"}
    assert one.ask("PUT", "/api/orders", body, headers=headers).status == 400
    assert one.ask("PUT", "/api/orders", body, headers={"content-type": "text/plain"}).status == 415


def test_rate_limits_per_operation() -> None:
    """The call above the limit gets 429 with the seconds after which it will be taken; others are not concerned."""
    one = shop(limits={"OR11": RateLimit(calls=2, seconds=60)})
    assert one.ask("GET", "/api/orders").status == 200
    one.clock.pass_seconds(10)
    assert one.ask("GET", "/api/orders").status == 200
    refused = one.ask("GET", "/api/orders")
    assert (refused.status, refused.headers["retry-after"]) == (429, "50")
    assert one.ask("GET", "/api/offers").status == 200
    one.clock.pass_seconds(49)
    assert one.ask("GET", "/api/orders").status == 429
    one.clock.pass_seconds(1)
    assert one.ask("GET", "/api/orders").status == 200


def test_what_the_platform_says_of_itself() -> None:
    """Account, configuration, carriers and methods follow the settings."""
    one = shop(multi_shipment=False, shipping_types=(ShippingType(code="NEX", mandatory_tracking=True),))
    assert read(one.ask("GET", "/api/account"))["shop_state"] == "OPEN"
    features = read(one.ask("GET", "/api/platform/configuration"))["features"]
    assert features["shipment"]["multi_shipment"] is False
    assert features["order_tax_mode"] == "TAX_INCLUDED"
    carriers = read(one.ask("GET", "/api/shipping/carriers"))["carriers"]
    assert "DPD" in {carrier["code"] for carrier in carriers}
    (kind,) = read(one.ask("GET", "/api/shipping/types"))["shipping_types"]
    assert (kind["code"], kind["mandatory_tracking"]) == ("NEX", True)


def test_offers_are_read_in_pages_with_reasons() -> None:
    """An offer without stock is inactive for that reason; sku and page size narrow the list."""
    one = shop()
    one.sim.buy([("RUG", 3)])
    offers = read(one.ask("GET", "/api/offers", query={"sort": "price", "order": "desc", "max": "2"}))
    assert offers["total_count"] == 3
    assert [offer["shop_sku"] for offer in offers["offers"]] == ["RUG", "MUG"]
    assert offers["offers"][0]["inactivity_reasons"] == ["ZERO_QUANTITY"]
    assert offers["offers"][0]["active"] is False
    (old,) = read(one.ask("GET", "/api/offers", query={"sku": "OLD"}))["offers"]
    assert old["inactivity_reasons"] == ["PRODUCT_DISABLED"]


# Sales


def test_buying_needs_stock_and_an_active_offer() -> None:
    """Missing, inactive or too low: no order and nothing moves; the same SKU on two lines counts together."""
    one = shop()
    for lines in ([("NONE", 1)], [("OLD", 1)], [("MUG", 11)], [("MUG", 6), ("MUG", 5)], [], [("MUG", 0)]):
        assert one.sim.buy(lines) is None
    assert one.sim.offers["MUG"].quantity == 10
    assert one.sim.buy([("MUG", 6), ("MUG", 4)]) == "JL00000001-A"
    assert one.sim.offers["MUG"].quantity == 0
    assert one.sim.buy([("MUG", 1)]) is None


def test_life_of_an_order() -> None:
    """Waiting, accepted, debited after the delay, shipped: state, dates and address appear when they should."""
    one = shop(debit_seconds=90, receive_seconds=600)
    order_id = one.sim.buy([("MUG", 2), ("RUG", 1)])
    assert order_id
    order = one.order(order_id)
    assert (order["order_state"], order["commercial_id"]) == ("WAITING_ACCEPTANCE", "JL00000001")
    assert order["customer"]["shipping_address"]["street_1"] == ""
    assert [line["order_line_id"] for line in order["order_lines"]] == [f"{order_id}-1", f"{order_id}-2"]
    assert one.decide(order_id, l1=True, l2=True).status == 204
    one.clock.pass_seconds(89)
    order = one.order(order_id)
    assert (order["order_state"], order["customer_debited_date"]) == ("WAITING_DEBIT_PAYMENT", None)
    assert order["acceptance_decision_date"] == "2026-03-02T09:00:00Z"
    one.clock.pass_seconds(5)
    order = one.order(order_id)
    assert (order["order_state"], order["customer_debited_date"]) == ("SHIPPING", "2026-03-02T09:01:30Z")
    address = order["customer"]["shipping_address"]
    assert address["street_1"]
    assert address["zip_code"].startswith("ZZ99 ")
    assert one.ask("PUT", f"/api/orders/{order_id}/ship").status == 204
    assert one.order(order_id)["order_state"] == "SHIPPED"
    one.clock.pass_seconds(600)
    assert one.order(order_id)["order_state"] == "RECEIVED"
    kinds = [entry.what for entry in one.sim.ledger if entry.order_id == order_id]
    assert kinds == ["bought", "bought", "accepted", "accepted", "debited", "shipped", "shipped"]


def test_hidden_addresses_come_in_both_shapes() -> None:
    """Before the debit the address is blank or absent altogether; a setting shows it from the start."""
    one = shop()
    blank, absent = one.sim.buy([("MUG", 1)]), one.sim.buy([("MUG", 1)])
    assert one.order(blank)["customer"]["billing_address"]["street_1"] == ""
    assert one.order(absent)["customer"]["billing_address"] is None
    early = shop(address_before_acceptance=True)
    assert early.order(early.sim.buy([("MUG", 1)]))["customer"]["shipping_address"]["street_1"]


def test_refused_lines_leave_the_total_and_no_stock_comes_back() -> None:
    """One line refused: it alone is REFUSED and total_price drops; all refused: the order is. Stock stays sold."""
    one = shop()
    order_id = one.sim.buy([("MUG", 2), ("RUG", 1)])
    assert one.order(order_id)["total_price"] == Decimal("144.93")
    assert one.decide(order_id, l1=True, l2=False).status == 204
    order = one.order(order_id)
    assert [line["order_line_state"] for line in order["order_lines"]] == ["WAITING_DEBIT_PAYMENT", "REFUSED"]
    assert order["total_price"] == Decimal("24.93")
    other = one.sim.buy([("RUG", 1)])
    one.decide(other, l1=False)
    assert one.order(other)["order_state"] == "REFUSED"
    assert one.sim.offers["RUG"].quantity == 1
    generous = shop(refusal_restocks=True)
    generous.decide(generous.sim.buy([("RUG", 2)]), l1=False)
    assert generous.sim.offers["RUG"].quantity == 3


def test_acceptance_can_be_automatic_and_can_run_out() -> None:
    """Automatic platforms skip the waiting; others refuse by themselves when the hours are over."""
    quick = shop(order_acceptance="AUTOMATIC")
    order = quick.order(quick.sim.buy([("MUG", 1)]))
    assert (order["order_state"], order["acceptance_decision_date"]) == ("WAITING_DEBIT_PAYMENT", None)
    slow = shop(acceptance_hours=24)
    order_id = slow.sim.buy([("MUG", 1)])
    slow.clock.pass_seconds(24 * 3600 - 1)
    assert slow.order(order_id)["order_state"] == "WAITING_ACCEPTANCE"
    slow.clock.pass_seconds(1)
    assert slow.order(order_id)["order_state"] == "REFUSED"


def test_acceptance_errors_carry_the_vendors_codes() -> None:
    """Each rule of OR21 has its machine code."""
    one = shop(partial_acceptance=False)
    order_id = one.sim.buy([("MUG", 1), ("RUG", 1)])
    foreign = one.sim.buy([("MUG", 1)], centre="OPERATOR")
    yes = {"id": f"{order_id}-1", "accepted": True}
    no = {"id": f"{order_id}-2", "accepted": False}
    cases = [
        (order_id, [], "VALIDATION_ERROR"),
        (order_id, [{"id": f"{order_id}-1"}], "VALIDATION_ERROR"),
        (order_id, [yes, None], "ORDER_LINE_NULL_ELEMENT"),
        (order_id, [yes, yes], "ORDER_LINE_DUPLICATE_ID"),
        (order_id, [yes, {"id": "else", "accepted": True}], "ORDER_LINE_NOT_FOUND"),
        (order_id, [yes], "ORDER_LINE_ACCEPTANCE_DECISION_MISSING"),
        (order_id, [yes, no], "ORDER_PARTIAL_ACCEPTANCE_DISABLED"),
        (foreign, [{"id": f"{foreign}-1", "accepted": True}], "ORDER_FULFILLED_UNAUTHORIZED"),
        ("NONE-A", [yes], "ORDER_NOT_FOUND"),
    ]
    for target, lines, code in cases:
        refused = one.ask("PUT", f"/api/orders/{target}/accept", {"order_lines": lines})
        assert read(refused)["errors"][0]["code"] == code
        assert refused.status == (404 if code == "ORDER_NOT_FOUND" else 400)
    assert one.decide(order_id, l1=True, l2=True).status == 204
    assert read(one.decide(order_id, l1=True, l2=True))["errors"][0]["code"] == "ORDER_INVALID_STATE"


def test_cancelling_until_the_first_parcel() -> None:
    """The operator may cancel until something shipped; the line shows it, and stock comes back only by setting."""
    one = shop(cancel_restocks=True)
    order_id = one.paid(("RUG", 2))
    assert one.sim.cancel_order(order_id) is True
    assert one.sim.cancel_order(order_id) is False
    order = one.order(order_id)
    assert order["order_state"] == "CANCELED"
    assert order["order_lines"][0]["cancelations"][0]["quantity"] == 2
    assert one.sim.offers["RUG"].quantity == 3
    shipped = one.paid()
    one.ask("PUT", f"/api/orders/{shipped}/ship")
    assert one.sim.cancel_order(shipped) is False
    assert one.sim.cancel_order("NONE-A") is False


def test_an_unseen_state_passes_by() -> None:
    """Where it is switched on, every n-th order shows a code that no document lists, and goes on afterwards."""
    one = shop(unseen_every=2, unseen_state="NEW_CHECK", unseen_seconds=30)
    first, second = one.paid(), one.paid()
    assert [one.order(order)["order_state"] for order in (first, second)] == ["SHIPPING", "NEW_CHECK"]
    one.clock.pass_seconds(30)
    assert one.order(second)["order_state"] == "SHIPPING"


# Money


@settings(max_examples=60, deadline=None)
@given(
    prices=st.lists(st.tuples(st.decimals("0.01", "999.99", places=2), st.integers(1, 9)), min_size=1, max_size=4),
    shipping=st.decimals("0.00", "20.00", places=2),
    native=st.sampled_from(["TAX_INCLUDED", "TAX_EXCLUDED"]),
    spread=st.sampled_from(["first line", "every line"]),
)
def test_totals_are_exact(prices: list[tuple[Decimal, int]], shipping: Decimal, native: str, spread: str) -> None:
    """Lines sum to the order, unit price times quantity is the line, and gross is net plus the listed taxes."""
    sim = MiraklSimulator(
        clock=Hands(),
        api_key=KEY,
        offers={f"S{n}": OfferState(price=price, quantity=9) for n, (price, _) in enumerate(prices)},
        settings=MiraklSettings(order_tax_mode=native, shipping_on=spread),
    )
    one = Shop(Hands(), sim)
    order_id = sim.buy([(f"S{n}", units) for n, (_, units) in enumerate(prices)], shipping=shipping)
    own = one.order(order_id)
    for line, (price, units) in zip(own["order_lines"], prices, strict=True):
        assert line["price_unit"] == price
        assert line["price"] == price * units
    assert own["shipping_price"] == shipping
    assert own["order_tax_mode"] == native
    views = {mode: one.order(order_id, order_tax_mode=mode) for mode in ("TAX_INCLUDED", "TAX_EXCLUDED")}
    for view in views.values():
        lines = view["order_lines"]
        assert view["price"] == sum(line["price"] for line in lines)
        assert view["total_price"] == view["price"] + view["shipping_price"]
    for gross, net in zip(views["TAX_INCLUDED"]["order_lines"], views["TAX_EXCLUDED"]["order_lines"], strict=True):
        assert gross["price"] - net["price"] == sum(tax["amount"] for tax in net["taxes"])
        assert gross["shipping_price"] - net["shipping_price"] == sum(tax["amount"] for tax in net["shipping_taxes"])
        assert abs(net["price"] * Decimal("1.2") - gross["price"]) <= Decimal("0.01")


def test_amounts_can_come_as_strings() -> None:
    """A platform may write amounts as strings; without listed taxes both modes show the same figures."""
    one = shop(amounts_as_strings=True, taxes_listed=False)
    order_id = one.sim.buy([("MUG", 1)])
    order = one.order(order_id)
    assert order["total_price"] == "14.94"
    assert order["order_lines"][0]["taxes"] == []
    assert one.order(order_id, order_tax_mode="TAX_EXCLUDED")["total_price"] == "14.94"


def test_amounts_keep_their_two_decimals_on_the_wire() -> None:
    """A number is written with its decimals, never through a binary float."""
    one = shop()
    one.sim.buy([("RUG", 1)])
    assert b'"price_unit":120.00,' in one.ask("GET", "/api/orders").body


# Reading orders


def test_paging_sorting_and_links() -> None:
    """Ten by default, a hundred at most, total_count and Link on every page, newest first on demand."""
    one = shop()
    one.sim.list_offer("PEN", OfferState(price="1.00", quantity=500))
    for _ in range(23):
        one.sim.buy([("PEN", 1)])
        one.clock.pass_seconds(1)
    first = one.ask("GET", "/api/orders")
    assert (len(read(first)["orders"]), read(first)["total_count"]) == (10, 23)
    assert 'offset=10>; rel="next"' in first.headers["link"]
    last = one.ask("GET", "/api/orders", query={"max": "20", "offset": "20", "order": "desc"})
    assert [order["commercial_id"] for order in read(last)["orders"]] == ["JL00000003", "JL00000002", "JL00000001"]
    assert 'rel="previous"' in last.headers["link"]
    assert 'rel="next"' not in last.headers["link"]
    for bad in ({"max": "101"}, {"max": "0"}, {"offset": "-1"}, {"sort": "price"}, {"order": "up"}, {"locale": "fr"}):
        assert one.ask("GET", "/api/orders", query=bad).status == 400


def test_the_last_full_page_says_that_it_is_the_last() -> None:
    """Where the rows end exactly with the page there is no next one, by offset and by token."""
    one = shop()
    for _ in range(2):
        line = {"order_line_id": f"{one.paid()}-1", "quantity": 1}
        order_id = str(line["order_line_id"])[:-2]
        one.ship({"order_id": order_id, "shipment_lines": [line]})
    assert "link" not in one.ask("GET", "/api/orders", query={"max": "2"}).headers
    assert read(one.ask("GET", "/api/shipments", query={"limit": "2"}))["next_page_token"] is None


def test_more_than_a_hundred_ids_names_the_parameter() -> None:
    """The refusal says which list was too long."""
    one = shop()
    refused = one.ask("GET", "/api/orders", query={"order_ids": ",".join(f"O{n}-A" for n in range(101))})
    assert refused.status == 400
    assert read(refused)["message"] == "The limit of 100 is exceeded for the parameter : order_ids"
    many = [("order_id", f"O{n}") for n in range(101)]
    assert one.ask("GET", "/api/shipments", query=many).status == 400


def test_update_filter_looks_further_back_than_asked() -> None:
    """An order that was seen in the last poll comes again within the safety delta, and not after it."""
    one = shop(update_safety=timedelta(minutes=5))
    one.sim.buy([("MUG", 1)])
    for minutes, expected in ((0, 1), (5, 1), (6, 0)):
        since = (START + timedelta(minutes=minutes)).isoformat()
        assert one.orders(start_update_date=since)["total_count"] == expected
    assert one.orders(end_update_date="2026-03-02T08:59:59Z")["total_count"] == 0
    assert one.orders(start_date="2026-03-02T09:00:01Z")["total_count"] == 0
    assert one.orders(end_date="2026-03-02T09:00:00Z")["total_count"] == 1


def test_filters_of_the_order_list() -> None:
    """Each filter narrows; wrong values are refused with the parameter's name."""
    one = shop(channel="UK")
    waiting, paid = one.sim.buy([("MUG", 1)]), one.paid()
    one.sim.raise_incident(waiting)

    def ids(**query: str) -> set[str]:
        return {order["order_id"] for order in one.orders(**query)["orders"]}

    both = {waiting, paid}
    assert ids() == ids(channel_codes="UK,DE") == ids(fulfillment_center_code="DEFAULT") == both
    assert ids(payment_workflow="PAY_ON_ACCEPTANCE") == both
    assert ids(order_state_codes="SHIPPING,SHIPPED") == ids(customer_debited="true") == {paid}
    assert ids(customer_debited="false") == ids(has_incident="true") == {waiting}
    nobody = [{"channel_codes": "DE"}, {"only_null_channel": "true"}, {"payment_workflow": "PAY_ON_SHIPMENT"}]
    nobody += [{"order_references_for_customer": "x"}, {"order_references_for_seller": "x"}]
    nobody += [{"fulfillment_center_code": "ELSE"}, {"order_ids": "NONE-A"}]
    assert all(ids(**query) == set() for query in nobody)
    bad = [{"customer_debited": "1"}, {"order_state_codes": "SHIPED"}, {"start_date": "yesterday"}]
    bad += [{"start_update_date": "2026-03-02T09:00:00 00:00"}, {"order_tax_mode": "NET"}]
    for query in bad:
        refused = one.ask("GET", "/api/orders", query=query)
        assert refused.status == 400
        assert next(iter(query)) in read(refused)["message"]


def test_nulls_where_the_schema_says_required() -> None:
    """Live data has nulls in required fields, and deprecated required ones are missing."""
    one = shop(null_country_every=1)
    order = one.order(one.paid())
    assert order["customer"]["shipping_address"]["country_iso_code"] is None
    assert order["customer"]["shipping_address"]["country"] == "United Kingdom"
    line = order["order_lines"][0]
    assert [line[name] for name in ("description", "shipped_date", "received_date")] == [None] * 3
    assert "paymentType" not in order
    assert "commission_vat" not in line


def test_same_calls_same_answers() -> None:
    """Two simulators that are asked the same answer the same, byte for byte."""
    answers = []
    for _ in range(2):
        one = shop(failing_rate=0.5)
        one.paid(("MUG", 1), ("RUG", 1))
        one.ship({"order_id": "JL00000001-A", "shipment_lines": [{"order_line_id": "JL00000001-A-1", "quantity": 1}]})
        one.upload("offer-sku;quantity\n" + "MUG;4\n" * 20)
        one.clock.pass_seconds(60)
        paths = ("/api/orders", "/api/shipments", "/api/offers", "/api/offers/stock/imports/1001/error_report")
        answers.append([one.ask("GET", path) for path in paths])
    assert answers[0] == answers[1]


# References


def test_references_are_written_and_removed() -> None:
    """OR04 stores the seller's number, null removes it, absence leaves it, failures stand inside the 200."""
    one = shop()
    order_id = one.sim.buy([("MUG", 1)])

    def write(references: object, target: str = order_id) -> dict[str, object]:
        answer = one.ask("PUT", "/api/orders", {"orders": [{"order_id": target, "references": references}]})
        assert answer.status == 200
        (row,) = read(answer)["updated_orders"]
        return row

    assert write({"order_reference_for_seller": "SO1"})["errors"] == []
    assert one.orders(order_references_for_seller="SO0,SO1")["total_count"] == 1
    write({})
    assert one.sim.orders[order_id].seller_reference == "SO1"
    assert write({"order_reference_for_seller": ""})["errors"][0]["code"] == "VALIDATION_ERROR"
    assert write({"order_reference_for_seller": "x" * 2001})["errors"]
    assert write({"order_reference_for_seller": "SO2"}, "NONE-A")["errors"][0]["code"] == "ORDER_NOT_FOUND"
    write({"order_reference_for_seller": None})
    assert one.sim.orders[order_id].seller_reference is None
    too_many = {"orders": [{"order_id": order_id}] * 101}
    assert one.ask("PUT", "/api/orders", too_many).status == 400


# Shipping


def test_tracking_and_ship_of_a_whole_order() -> None:
    """Tracking first where the method demands it; a registered carrier's address is computed; only from SHIPPING."""
    one = shop(shipping_types=(ShippingType(mandatory_tracking=True),))
    order_id = one.paid()
    ship, track = f"/api/orders/{order_id}/ship", f"/api/orders/{order_id}/tracking"
    assert read(one.ask("PUT", ship))["message"] == "tracking details are mandatory for this shipping method"
    assert one.ask("PUT", track, {"carrier_code": "NOPE", "tracking_number": "1"}).status == 400
    given_url = {"carrier_code": "DPD", "tracking_number": "15501", "carrier_url": "https://other.example.com"}
    assert one.ask("PUT", track, given_url).status == 204
    order = one.order(order_id)
    assert order["shipping_tracking_url"] == "https://track.example.com/dpd/15501"
    assert (order["shipping_company"], order["shipping_tracking"]) == ("DPD", "15501")
    assert one.ask("PUT", ship).status == 204
    again = one.ask("PUT", ship)
    assert (again.status, read(again)["message"]) == (400, "The order status must be 'SHIPPING' but it is 'SHIPPED'.")
    assert one.ask("PUT", "/api/orders/NONE-A/ship").status == 404


def test_free_carriers_only_where_allowed() -> None:
    """An unregistered carrier is named in words, unless the platform takes registered ones only."""
    free, strict = shop(), shop(alternative_carriers=False)
    body = {"carrier_name": "Van", "carrier_url": "https://van.example.com", "tracking_number": "7"}
    order_id = free.paid()
    assert free.ask("PUT", f"/api/orders/{order_id}/tracking", body).status == 204
    assert free.order(order_id)["shipping_tracking_url"] == "https://van.example.com"
    assert strict.ask("PUT", f"/api/orders/{strict.paid()}/tracking", body).status == 400


def test_an_order_in_several_parcels() -> None:
    """It stays SHIPPING until the last open unit left; each shipment has its own tracking; lines turn one by one."""
    one = shop()
    order_id = one.paid(("MUG", 3), ("RUG", 1))

    def parcel(line: int, quantity: int, number: str) -> dict[str, object]:
        lines = [{"order_line_id": f"{order_id}-{line}", "quantity": quantity}]
        tracking = {"carrier_code": "DHL", "tracking_number": number}
        return {"order_id": order_id, "shipment_lines": lines, "shipped": True, "tracking": tracking}

    made = one.ship(parcel(1, 2, "A"), parcel(2, 1, "B"))
    assert made["shipment_errors"] == []
    assert [row["last_updated_date"] for row in made["shipment_success"]] == [None, None]
    order = one.order(order_id)
    assert order["order_state"] == "SHIPPING"
    assert [line["order_line_state"] for line in order["order_lines"]] == ["SHIPPING", "SHIPPED"]
    assert one.ship(parcel(1, 2, "C"))["shipment_errors"] == [
        {"order_id": order_id, "message": "Shipment quantity is invalid."}
    ]
    one.ship(parcel(1, 1, "D"))
    assert one.order(order_id)["order_state"] == "SHIPPED"
    late = one.ship(parcel(1, 1, "E"))
    assert late["shipment_errors"][0]["message"] == "The order status must be 'SHIPPING' but it is 'SHIPPED'."
    rows = read(one.ask("GET", "/api/shipments", query={"order_id": order_id}))["data"]
    assert [row["tracking"]["tracking_number"] for row in rows] == ["A", "B", "D"]
    shipped = [entry for entry in one.sim.ledger if entry.what == "shipped"]
    assert sum(entry.units for entry in shipped) == 4


def test_shipments_that_fail_stand_beside_those_that_do_not() -> None:
    """201 with both lists; refused lines, unknown lines, orders and carriers each have their message."""
    one = shop(shipping_types=(ShippingType(mandatory_tracking=True),))
    order_id = one.sim.buy([("MUG", 1), ("RUG", 1)])
    one.decide(order_id, l1=True, l2=False)
    one.clock.pass_seconds(60)
    line = {"order_line_id": f"{order_id}-1", "quantity": 1}
    good = {"order_id": order_id, "shipment_lines": [line], "shipped": False}
    bad = [
        {**good, "order_id": "NONE-A"},
        {**good, "shipment_lines": [{"order_line_id": f"{order_id}-2", "quantity": 1}]},
        {**good, "shipment_lines": [{"order_line_id": "else", "quantity": 1}]},
        {**good, "shipment_lines": [{**line, "quantity": 0}]},
        {**good, "shipment_lines": [line, line]},
        {**good, "tracking": {"carrier_code": "NOPE"}},
        {**good, "shipped": True},
        {**good, "invoice_reference": "no spaces"},
    ]
    answer = one.ship(*bad, good)
    assert len(answer["shipment_errors"]) == len(bad)
    assert len(answer["shipment_success"]) == len(one.sim.shipments) == 1
    assert one.order(order_id)["order_state"] == "SHIPPING"
    for body in ({}, {"shipments": []}, {"shipments": [{"order_id": order_id}]}, {"shipments": [good] * 1001}):
        assert one.ask("POST", "/api/shipments", body).status == 400
    assert one.ask("PUT", f"/api/orders/{order_id}/ship").status == 400


def test_shipments_are_read_by_seeking() -> None:
    """A token walks on with the filters frozen in it; a comma list is one value that matches nothing."""
    one = shop()
    one.sim.list_offer("PEN", OfferState(price="1.00", quantity=100))
    ids = [one.paid(("PEN", 1)) for _ in range(5)]
    for order_id in ids:
        one.ship({"order_id": order_id, "shipment_lines": [{"offer_sku": "PEN", "quantity": 1}], "shipped": True})
    wanted = [("order_id", order_id) for order_id in ids[:4]] + [("limit", "3")]
    first = read(one.ask("GET", "/api/shipments", query=wanted))
    assert [row["order_id"] for row in first["data"]] == ids[:3]
    assert first["previous_page_token"] is None
    token = {"page_token": first["next_page_token"], "order_id": "ignored", "limit": "1"}
    second = read(one.ask("GET", "/api/shipments", query=token))
    assert [row["order_id"] for row in second["data"]] == ids[3:4]
    assert second["next_page_token"] is None
    back = read(one.ask("GET", "/api/shipments", query={"page_token": second["previous_page_token"]}))
    assert [row["order_id"] for row in back["data"]] == ids[:3]
    assert read(one.ask("GET", "/api/shipments", query={"order_id": ",".join(ids)}))["data"] == []
    newest = read(one.ask("GET", "/api/shipments", query={"sort": "dateCreated,DESC", "limit": "1"}))
    assert newest["data"][0]["order_id"] == ids[-1]
    for bad in ({"page_token": "%%%"}, {"limit": "101"}, {"sort": "date"}):
        assert one.ask("GET", "/api/shipments", query=bad).status == 400


def test_without_several_shipments_both_calls_are_missing() -> None:
    """The switch turns both operations into a 404 whose body says 404."""
    one = shop(multi_shipment=False)
    for method, body in (("GET", None), ("POST", {"shipments": []})):
        answer = one.ask(method, "/api/shipments", body)
        assert (answer.status, read(answer)["status"]) == (404, 404)


# Stock


def test_stock_files_run_later_and_set_absolute_quantities() -> None:
    """Waiting, running, complete; a sale in between is overwritten, because the file's figure is absolute."""
    one = shop(import_seconds=30)
    answer = one.upload("offer-sku;quantity;warehouse-code;update-delete\nMUG;7;;\nRUG;0;;update\n")
    assert answer.status == 201
    import_id = read(answer)["import_id"]
    assert isinstance(import_id, str)
    assert answer.headers["location"].endswith(f"{import_id}/status")
    assert one.status(import_id)["status"] == "WAITING"
    assert "lines_in_error" not in one.status(import_id)
    one.clock.pass_seconds(15)
    assert one.status(import_id)["status"] == "RUNNING"
    one.sim.buy([("MUG", 4)])
    assert one.sim.offers["MUG"].quantity == 6
    one.clock.pass_seconds(20)
    done = one.status(import_id)
    assert (done["status"], done["lines_in_success"], done["lines_in_error"]) == ("COMPLETE", 2, 0)
    assert done["has_error_report"] is False
    assert one.sim.offers["MUG"].quantity == 7
    assert one.sim.buy([("RUG", 1)]) is None
    moved = [entry for entry in one.sim.ledger if entry.what == "stock set"]
    assert [(entry.sku, entry.stock, entry.at) for entry in moved] == [
        ("MUG", 7, START + timedelta(seconds=30)),
        ("RUG", 0, START + timedelta(seconds=30)),
    ]
    assert one.ask("GET", f"/api/offers/stock/imports/{import_id}/error_report").status == 404


def test_what_was_due_happens_in_its_order() -> None:
    """After a long silence two files run in the order in which they came: the later figure stands."""
    one = shop(import_seconds=30)
    one.upload("offer-sku;quantity\nMUG;1\n")
    one.clock.pass_seconds(5)
    one.upload("offer-sku;quantity\nMUG;2\n")
    one.clock.pass_seconds(500)
    one.sim.tick()
    assert one.sim.offers["MUG"].quantity == 2
    assert {file.status for file in one.sim.imports.values()} == {"COMPLETE"}


def test_failed_rows_stand_in_the_report() -> None:
    """COMPLETE with errors: line number, reason, then what was sent; a comma file is reported with commas."""
    one = shop(failing_skus=frozenset({"RUG"}), import_seconds=0)
    import_id = read(one.upload("\ufeffquantity,offer-sku\n-1,MUG\n4,MUG\nx,MUG\n1,NONE\n2,RUG\n5\n\n"))["import_id"]
    done = one.status(import_id)
    assert (done["status"], done["lines_in_success"], done["lines_in_error"]) == ("COMPLETE", 1, 5)
    report = one.ask("GET", f"/api/offers/stock/imports/{import_id}/error_report")
    assert report.headers["content-type"].startswith("text/csv")
    lines = report.body.decode().splitlines()
    assert lines[0] == "error-line,error-message,quantity,offer-sku"
    assert [line.split(",")[0] for line in lines[1:]] == ["2", "4", "5", "6", "7"]
    assert lines[3] == "5,The offer does not exist,1,NONE"
    assert one.sim.offers["MUG"].quantity == 4


def test_rows_can_be_made_to_fail_for_a_while() -> None:
    """A row fails as often as it was told to, then succeeds."""
    one = shop(import_seconds=0)
    one.sim.fail_rows("MUG", times=2)
    for expected in (1, 1, 0):
        import_id = read(one.upload("offer-sku;quantity\nMUG;8\n"))["import_id"]
        assert one.status(import_id)["lines_in_error"] == expected


@pytest.mark.parametrize("text", ["sku;quantity\nMUG;1", "MUG;1", "", 'offer-sku;quantity\n"MUG;1'])
def test_a_file_without_the_right_header_fails_whole(text: str) -> None:
    """FAILED, no report, and no offer has moved."""
    one = shop(import_seconds=0)
    import_id = read(one.upload(text))["import_id"]
    assert one.status(import_id)["status"] == "FAILED"
    assert one.ask("GET", f"/api/offers/stock/imports/{import_id}/error_report").status == 404
    assert one.sim.offers["MUG"].quantity == 10


def test_uploads_that_are_no_uploads() -> None:
    """Not multipart 415; part under another name or a body that ends too early 400; unknown import 404."""
    one = shop()
    assert one.ask("POST", "/api/offers/stock/imports", {}).status == 415
    assert one.upload("offer-sku;quantity\n", part="files").status == 400
    kind = {"content-type": "multipart/form-data; boundary=xyz"}
    assert one.ask("POST", "/api/offers/stock/imports", b"--other\r\n", headers=kind).status == 400
    assert one.ask("GET", "/api/offers/stock/imports/9/status").status == 404
    lagging = shop(stock_imports=False)
    assert lagging.upload("offer-sku;quantity\nMUG;1\n").status == 404


# Audit


def test_operations_have_the_vendors_names() -> None:
    """The names that limits and faults are keyed by."""
    one = shop()
    assert one.sim.operation(Request(method="PUT", path="/api/orders/X-A/ship")) == "OR24"
    assert one.sim.operation(Request(method="GET", path="/api/orders")) == "OR11"
    assert one.sim.operation(Request(method="GET", path="/else")) == "GET /else"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["buy", "set", "refuse", "cancel"]), st.integers(0, 6)), max_size=25))
def test_the_ledger_explains_every_quantity(steps: list[tuple[str, int]]) -> None:
    """Replaying the ledger gives the offers' quantities, which never go below nought."""
    one = shop(import_seconds=0, refusal_restocks=True, cancel_restocks=True)
    for what, number in steps:
        if what == "buy":
            one.sim.buy([("MUG", number)])
        elif what == "set":
            one.upload(f"offer-sku;quantity\nMUG;{number}\n")
        elif what == "refuse":
            one.decide(f"JL{number:08d}-A", l1=False)
        else:
            one.sim.cancel_order(f"JL{number:08d}-A")
    one.sim.tick()
    stock = dict.fromkeys(one.sim.offers, 0)
    signs = {"bought": -1, "given back": 1}
    for entry in one.sim.ledger:
        if entry.stock is None or entry.sku is None:
            continue
        before = stock[entry.sku]
        stock[entry.sku] = before + signs[entry.what] * entry.units if entry.what in signs else entry.units
        assert stock[entry.sku] == entry.stock >= 0
    assert stock == {sku: offer.quantity for sku, offer in one.sim.offers.items()}


def test_carriers_are_given_by_the_owner_of_the_simulator() -> None:
    """Only the carriers that were given are registered."""
    sim = MiraklSimulator(clock=Hands(), api_key=KEY, offers={}, carriers=[Carrier(code="X", label="Ex")])
    answer = Shop(Hands(), sim).ask("GET", "/api/shipping/carriers")
    assert [carrier["code"] for carrier in read(answer)["carriers"]] == ["X"]
