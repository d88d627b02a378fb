"""What the auditor will not let pass: a day traded by hand, right first and then wrong in one thing at a time."""

import json
from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.khaos_control import endpoints
from khaos_connectors.khaos_control.endpoints import Service
from khaos_connectors.testing.day.audit import Audit, OpenItem, audit_day
from khaos_connectors.testing.day.clock import DayClock
from khaos_connectors.testing.day.plan import API_KEY, DayPlan
from khaos_connectors.testing.day.world import TradingDay
from khaos_connectors.testing.simulators.mirakl.people import invent

SKU, SET = "KC-1001", "KC-1007-X3"


class Trader:
    """Does by hand what the pipelines would do, so that it can be done wrong."""

    def __init__(self, *, multi_shipment: bool = True) -> None:
        plan = DayPlan(seed=1, orders=1, faults="none", multi_shipment=multi_shipment)
        self.day = TradingDay(plan, clock=DayClock(real=lambda: 0.0))
        self.day.khaos.receive("KC-1001", 10)
        self.day.khaos.receive("KC-1007", 30)

    def call(self, method: str, path: str, body: object = None) -> Response:
        """One request to the marketplace."""
        headers = {"authorization": API_KEY, "content-type": "application/json"}
        text = b"" if body is None else json.dumps(body).encode()
        answer = self.day.mirakl.handle(Request(method=method, path=path, headers=headers, body=text))
        assert answer.status < 300, answer.body
        return answer

    def sell(self, **lines: int) -> str:
        """An order for units by SKU (with _ for -), not accepted yet."""
        wanted = [(sku.replace("_", "-"), units) for sku, units in lines.items()]
        for sku, units in wanted:
            self.day.mirakl.list_offer(sku, attrs.evolve(self.day.mirakl.offers[sku], quantity=units))
        order_id = self.day.mirakl.buy(wanted)
        assert order_id is not None
        return order_id

    def decide(self, order_id: str, *, accept: bool = True) -> None:
        """The seller's word on every line; an accepted order is paid for at once."""
        lines = [{"id": line.line_id, "accepted": accept} for line in self.day.mirakl.orders[order_id].lines]
        self.call("PUT", f"/api/orders/{order_id}/accept", {"order_lines": lines})
        self.day.clock.skip_to(self.day.clock.now() + timedelta(minutes=2))
        self.day.mirakl.tick()

    def post(self, order_id: str, *, reference: str | None = None, postcode: str | None = None) -> str:
        """The order in the ERP, by its own rules; the ERP's code of it."""
        order = self.day.mirakl.orders[order_id]
        buyer = invent(1, order.number, null_country=False)
        rows = ""
        for line in order.lines:
            code, pack = self.day.goods.contents[line.sku]
            assert pack == 1 or line.price % (line.quantity * pack) == 0
            rows += (
                f"<ORDER_ITEM><STOCK_CODE>{code}</STOCK_CODE><MAPPING_TYPE>1</MAPPING_TYPE>"
                f"<ORDER_QTY>{line.quantity * pack}</ORDER_QTY>"
                f"<PRICE_GRS>{line.price / (line.quantity * pack)}</PRICE_GRS></ORDER_ITEM>"
            )
        shipping = sum(line.shipping for line in order.lines)
        document = (
            "<SALES_ORDERS><SALES_ORDER><CUSTOMER_DETAIL><IS_NEW_CUSTOMER>0</IS_NEW_CUSTOMER>"
            "<COMPANY_CLASS>John Lewis</COMPANY_CLASS><ADDRESSES><INVADDR>"
            f"<IADDRESS1>{buyer.street_1}</IADDRESS1><ITOWN>{buyer.city}</ITOWN>"
            f"<IPOSTCODE>{postcode or buyer.zip_code}</IPOSTCODE><ISURNAME>{buyer.lastname}</ISURNAME></INVADDR>"
            "</ADDRESSES></CUSTOMER_DETAIL><PAYMENTS><PAYMENT_DETAIL><PAYMENT_TYPE>0</PAYMENT_TYPE></PAYMENT_DETAIL>"
            f"</PAYMENTS><ORDER_HEADER><ASSOCIATED_REF>{reference or order_id}</ASSOCIATED_REF>"
            f"<DELIVERY_GRS>{shipping}</DELIVERY_GRS></ORDER_HEADER><ORDER_ITEMS>{rows}</ORDER_ITEMS>"
            "</SALES_ORDER></SALES_ORDERS>"
        )
        service = Service(system="erp", path=f"{self.day.khaos.settings.executable}/soap/IKosWeb")
        call = endpoints.import_orders(service, document)
        result = call.decode(self.day.khaos.handle(call.request))
        return result.imported[0].sales_order_code

    def send(self, code: str, units: dict[str, int] | None = None, *, number: str = "15501") -> None:
        """The warehouse sends a parcel by DPD."""
        self.day.khaos.pick_and_despatch(code, courier="DPD", consignment=number, units=units)

    def tell(self, order_id: str, *, number: str = "15501", carrier: str = "DPD", **units: int) -> None:
        """The marketplace is told of a parcel: *units* by line (line_1 and so on), all of it without."""
        lines = self.day.mirakl.orders[order_id].lines
        told = {line.line_id: units.get(f"line_{line.index}", 0) if units else line.quantity for line in lines}
        rows = [{"order_line_id": line_id, "quantity": number} for line_id, number in told.items() if number]
        tracking = {"carrier_code": carrier, "tracking_number": number}
        shipment = {"order_id": order_id, "shipment_lines": rows, "shipped": True, "tracking": tracking}
        answer = self.call("POST", "/api/shipments", {"shipments": [shipment]})
        assert json.loads(answer.body)["shipment_errors"] == []

    def tell_whole(self, order_id: str, *, number: str = "15501", carrier: str = "DPD") -> None:
        """The marketplace is told that the order has left, the old way."""
        body = {"carrier_code": carrier, "tracking_number": number}
        self.call("PUT", f"/api/orders/{order_id}/tracking", body)
        self.call("PUT", f"/api/orders/{order_id}/ship")

    def verdict(self, *items: OpenItem) -> Audit:
        """What the auditor says now."""
        return audit_day(self.day, items)


@pytest.fixture
def trader() -> Trader:
    """A trader at a marketplace that takes several parcels to an order."""
    return Trader()


def test_done_right_is_a_pass(trader: Trader) -> None:
    """Two parcels for two lines, each told with what was in it."""
    order_id = trader.sell(KC_1001=2, KC_1003=1)
    trader.decide(order_id)
    trader.day.khaos.receive("KC-1003", 5)
    code = trader.post(order_id)
    trader.send(code, {"KC-1001": 2}, number="15501")
    trader.send(code, number="15502")
    trader.tell(order_id, number="15501", line_1=2)
    trader.tell(order_id, number="15502", line_2=1)

    assert trader.verdict().passed
    assert trader.verdict().unsettled == 0


def test_an_order_that_was_sent_away_is_lost(trader: Trader) -> None:
    """Refusing customers is no way to deliver: unless a person was told, each is a lost order."""
    order_id = trader.sell(KC_1001=1)
    trader.decide(order_id, accept=False)

    assert len(trader.verdict().lost) == 1
    assert trader.verdict(OpenItem(kind="INSUFFICIENT_STOCK", entity=order_id, order=order_id)).passed


def test_an_order_under_another_name_is_a_double(trader: Trader) -> None:
    """What no customer ordered has no business in the ERP."""
    order_id = trader.sell(KC_1001=1)
    trader.decide(order_id)
    trader.post(order_id)
    assert trader.verdict().doubled == ()
    trader.post(order_id, reference=f"{order_id}-2")

    assert len(trader.verdict().doubled) == 1


def test_a_parcel_to_somebody_else_is_lost(trader: Trader) -> None:
    """The ERP must know where the customer lives."""
    order_id = trader.sell(KC_1001=1)
    trader.decide(order_id)
    trader.post(order_id, postcode="AA1 1AA")

    assert len(trader.verdict().lost) == 1


@pytest.mark.parametrize("wrong", [{"line_1": 1}, {"line_1": 2}, {"line_2": 1}, {"line_1": 1, "line_2": 1}])
def test_a_parcel_is_told_with_what_was_in_it(wrong: dict[str, int], trader: Trader) -> None:
    """Fewer units or lines than were sent, or more, or others: the customer waits for nothing, or in vain."""
    order_id = trader.sell(KC_1001=2, KC_1003=1)
    trader.decide(order_id)
    trader.day.khaos.receive("KC-1003", 5)
    code = trader.post(order_id)
    sent = None if wrong == {"line_1": 2} else {"KC-1001": 2}
    trader.send(code, sent)
    trader.tell(order_id, **wrong)

    assert len(trader.verdict().unconfirmed) == 1


@pytest.mark.parametrize("way", ["shipments", "order"])
def test_a_parcel_is_told_with_who_took_it(way: str) -> None:
    """A tracking number at the wrong carrier leads nowhere."""
    trader = Trader(multi_shipment=way == "shipments")
    order_id = trader.sell(KC_1001=1)
    trader.decide(order_id)
    trader.send(trader.post(order_id))
    tell: Callable[..., None] = trader.tell if way == "shipments" else trader.tell_whole
    tell(order_id, carrier="EVRI")

    assert len(trader.verdict().unconfirmed) == 1


def test_an_order_that_left_in_part_is_not_told_as_a_whole() -> None:
    """Where an order is one shipment, telling it with goods still on the shelf is a lie."""
    trader = Trader(multi_shipment=False)
    order_id = trader.sell(KC_1001=2)
    trader.decide(order_id)
    trader.send(trader.post(order_id), {"KC-1001": 1})
    assert trader.verdict().passed
    trader.tell_whole(order_id)

    assert len(trader.verdict().unconfirmed) == 1


def test_sold_without_stock_stays_oversold(trader: Trader) -> None:
    """A delivery that comes later does not undo it: somebody was promised what was not there."""
    code = next(code for code, _ in trader.day.khaos.stock if trader.day.khaos.stock[code, 1].available == 0)
    order_id = trader.sell(**{code.replace("-", "_"): 1})
    trader.decide(order_id)
    trader.post(order_id)
    trader.day.khaos.receive(code, 5)

    assert len(trader.verdict().oversold) == 1


def test_a_shop_that_shows_nothing_has_lost_its_sales(trader: Trader) -> None:
    """When the day is over, goods in plenty must be on sale, and nothing that is not there."""
    trader.day.tick = trader.day.plan.ticks
    for sku, (code, pack) in trader.day.goods.contents.items():
        units = trader.day.khaos.stock[code, 1].available // pack
        trader.day.mirakl.list_offer(sku, attrs.evolve(trader.day.mirakl.offers[sku], quantity=units))
    assert trader.verdict().passed

    offer = trader.day.mirakl.offers[SKU]
    trader.day.mirakl.list_offer(SKU, attrs.evolve(offer, quantity=0))
    assert len(trader.verdict().lost) == 1

    trader.day.mirakl.list_offer(SKU, attrs.evolve(offer, quantity=offer.quantity + 1))
    assert len(trader.verdict().oversold) == 1

    trader.day.mirakl.list_offer(SKU, offer)
    bundle = trader.day.mirakl.offers[SET]
    trader.day.mirakl.list_offer(SET, attrs.evolve(bundle, quantity=bundle.quantity + 1))
    assert len(trader.verdict().oversold) == 1
