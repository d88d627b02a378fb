"""From channel order to ERP draft: every line or none, to the penny, with the reason."""

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.addresses import country_code, missing_parts, tidy
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import AccountId, ChannelSku, LineId, OrderId, StockCode
from khaos_connectors.core.order_mapping import Held, Mapped, MapResult, Nothing, OrderPolicy, map_order
from khaos_connectors.core.orders import (
    Address,
    ChannelOrder,
    ErpOrderDraft,
    OrderLine,
    OrderState,
    Payment,
    Tax,
    TaxMode,
)
from khaos_connectors.core.skus import SkuMiss, Suggestion, Target

X = ExceptionType
D = Decimal
ADA = Address(
    forename="Ada", surname="Example", line1="1 Example Street", town="London", postcode="ab1 2cd", country="UK"
)
TARGETS = {
    ChannelSku("MUG"): Target(StockCode("MUG")),
    ChannelSku("MUG-3"): Target(StockCode("MUG"), 3),
    ChannelSku("BOOK"): Target(StockCode("BOOK")),
}
POLICY = OrderPolicy(payment_method="JLP", vat_rates={StockCode("BOOK"): D(0)})


def line(sku: str = "MUG", amount: str = "30.00", *, number: int = 1, quantity: int = 3, **more: object) -> OrderLine:
    made = OrderLine(
        line_id=LineId(f"L{number}"),
        sku=ChannelSku(sku),
        quantity=quantity,
        amount=D(amount),
        state=OrderState.AWAITING_SHIPMENT,
    )
    return attrs.evolve(made, **more)


def order(*lines: OrderLine, total: str, **more: object) -> ChannelOrder:
    made = ChannelOrder(
        account=AccountId("john-lewis"),
        order_id=OrderId("O1"),
        state=OrderState.AWAITING_SHIPMENT,
        placed_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        changed_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
        currency="GBP",
        tax_mode=TaxMode.INCLUDED,
        lines=lines,
        total=D(total),
        customer_number="C77",
        delivery=ADA,
    )
    return attrs.evolve(made, **more)


def map_it(found: ChannelOrder, policy: OrderPolicy = POLICY) -> MapResult:
    return map_order(found, targets=TARGETS, policy=policy)


def draft(found: ChannelOrder, policy: OrderPolicy = POLICY) -> ErpOrderDraft:
    result = map_it(found, policy)
    assert isinstance(result, Mapped), result
    return result.draft


def held(found: ChannelOrder, policy: OrderPolicy = POLICY) -> tuple[Reason, ...]:
    result = map_it(found, policy)
    assert isinstance(result, Held), result
    return result.reasons


def only(found: ChannelOrder, policy: OrderPolicy = POLICY) -> Reason:
    (reason,) = held(found, policy)
    return reason


def vat(amount: str) -> tuple[Tax, ...]:
    return (Tax(code="VAT", amount=D(amount)),)


class TestMoney:
    def test_the_worked_line(self) -> None:
        """Domain 6.3: three at 10.00 and 20 % are posted as the line's 25.00 + 5.00."""
        made = draft(order(line(), total="30.00"))

        assert [(x.gross, x.net, x.vat, x.vat_rate) for x in made.lines] == [(D("30.00"), D("25.00"), D("5.00"), D(20))]
        assert (made.total, made.rounding) == (D("30.00"), D(0))

    def test_rates_by_item(self) -> None:
        """A book is zero-rated, a mug is not; the shipping of both is split at its own rate."""
        found = order(line(), line("BOOK", "9.99", number=2, quantity=1, shipping=D("4.95")), total="44.94")

        made = draft(found)

        assert [x.vat for x in made.lines] == [D("5.00"), D("0.00")]
        assert (made.shipping_gross, made.shipping_net, made.shipping_vat) == (D("4.95"), D("4.13"), D("0.82"))
        assert draft(found, attrs.evolve(POLICY, shipping_vat_rate=D(0))).shipping_vat == 0

    def test_prices_without_tax(self) -> None:
        """Domain 6.3, TAX_EXCLUDED: gross is the price and the sum of its taxes, shipping likewise."""
        taxed = line(
            amount="25.00",
            taxes=(*vat("4.00"), *vat("1.00")),
            shipping=D("4.13"),
            shipping_taxes=vat("0.83"),
        )

        made = draft(order(taxed, total="34.96", tax_mode=TaxMode.EXCLUDED))

        assert (made.lines[0].gross, made.shipping_gross) == (D("30.00"), D("4.96"))

    def test_without_any_tax_both_modes_are_the_same(self) -> None:
        """An order that states no tax at all shows gross prices in either mode."""
        assert draft(order(line(), total="30.00", tax_mode=TaxMode.EXCLUDED)) == draft(order(line(), total="30.00"))

    def test_tax_for_the_whole_order(self) -> None:
        """Where the channel taxes the order and not its lines, our own rates put the tax on the lines."""
        found = order(
            line(amount="25.00", shipping=D("4.00")),
            line("BOOK", "9.99", number=2),
            total="44.79",
            tax_mode=TaxMode.EXCLUDED,
            order_taxes=vat("5.80"),
        )

        assert [x.gross for x in draft(found).lines] == [D("30.00"), D("9.99")]
        assert only(attrs.evolve(found, order_taxes=vat("5.86"))).type is X.TAX_MISMATCH

    @pytest.mark.parametrize(("total", "rounding"), [("30.01", "0.01"), ("29.99", "-0.01"), ("30.00", "0.00")])
    def test_a_penny_per_line_is_rounding(self, total: str, rounding: str) -> None:
        """Domain 6.3: a difference of up to 0.01 per line becomes the draft's rounding."""
        made = draft(order(line(), total=total))

        assert (made.total, made.rounding) == (D(total), D(rounding))

    def test_rounding_ends_at_five_pence(self) -> None:
        """Domain 6.3: however many lines there are, 0.05 is the cap."""
        lines = tuple(line(amount="1.00", number=n) for n in range(1, 9))

        assert draft(order(*lines, total="8.05")).rounding == D("0.05")
        assert only(order(*lines, total="8.06")).type is X.ORDER_TOTAL_MISMATCH

    def test_a_total_that_does_not_fit_holds_the_order(self) -> None:
        """Domain 6.3: beyond the tolerance nothing is posted, and both figures are in the evidence."""
        reason = only(order(line(shipping=D("4.95")), total="34.97"))

        assert (reason.type, reason.entity) == (X.ORDER_TOTAL_MISMATCH, "O1")
        assert reason.evidence["channel total"] == "34.97 GBP"
        assert (reason.evidence["lines"], reason.evidence["shipping"]) == ("30.00", "4.95")

    @pytest.mark.parametrize("stated", ["4.99", "5.01"])
    def test_the_channels_tax_may_differ_by_a_penny_per_line(self, stated: str) -> None:
        """Domain 6.3: 0.01 from our own rate is rounding."""
        assert isinstance(map_it(order(line(taxes=vat(stated)), total="30.00")), Mapped)

    @pytest.mark.parametrize("stated", ["4.98", "5.02"])
    def test_more_than_a_penny_is_another_tax(self, stated: str) -> None:
        """Domain 6.3: TAX_MISMATCH, with both figures."""
        reason = only(order(line(taxes=vat(stated)), total="30.00"))

        assert reason.type is X.TAX_MISMATCH
        assert reason.evidence["line L1"] == f"channel {stated}, own rate 5.00"

    def test_a_line_without_tax_among_taxed_ones(self) -> None:
        """With prices that exclude tax it says "none", which our rate denies; with gross prices it says nothing."""
        lines = (line(amount="25.00", taxes=vat("5.00")), line(amount="25.00", number=2))

        assert only(order(*lines, total="55.00", tax_mode=TaxMode.EXCLUDED)).type is X.TAX_MISMATCH
        assert isinstance(map_it(order(lines[1], line(number=2, taxes=vat("5.00")), total="55.00")), Mapped)

    def test_the_tax_on_shipping(self) -> None:
        """Shipping tax that is not our rate's holds the order too."""
        found = order(line(shipping=D("4.95"), shipping_taxes=vat("0.00")), total="34.95")

        assert only(found).evidence["shipping"] == "channel 0.00, own rate 0.82"

    def test_shipping_without_tax_among_taxed_lines(self) -> None:
        """With prices that exclude tax, a delivery charge without any says "none", which our rate denies."""
        taxed = line(amount="25.00", taxes=vat("5.00"), shipping=D("4.95"))
        free = line(number=2, shipping_taxes=vat("0.00"))

        assert only(order(taxed, total="34.95", tax_mode=TaxMode.EXCLUDED)).type is X.TAX_MISMATCH
        assert isinstance(map_it(order(line(shipping=D("4.95")), free, total="64.95")), Mapped)

    def test_wrong_total_and_wrong_tax_are_both_told(self) -> None:
        """Whoever fixes it needs both."""
        found = order(line(taxes=vat("1.00")), total="99.00")

        assert [reason.type for reason in held(found)] == [X.ORDER_TOTAL_MISMATCH, X.TAX_MISMATCH]

    def test_the_payment_is_the_total(self) -> None:
        """What the channel has taken, by the policy's method."""
        paid = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
        found = order(line(), total="30.01", paid_at=paid, payment_reference="P1")

        assert draft(found).payments == (Payment(method="JLP", amount=D("30.01"), reference="P1", taken_at=paid),)
        assert draft(found, OrderPolicy()).payments == ()

    def test_an_order_for_nothing_has_no_payment(self) -> None:
        """A gift is allowed by policy and then not paid."""
        free = attrs.evolve(POLICY, allow_zero_price=True)

        assert draft(order(line(amount="0.00"), total="0.00"), free).payments == ()


class TestLines:
    def test_packs_become_eaches(self) -> None:
        """Two boxes of three are six mugs for the money of two boxes."""
        made = draft(order(line("MUG-3", "60.00", quantity=2), total="60.00"))

        assert [(x.stock_code, x.units, x.gross) for x in made.lines] == [("MUG", 6, D("60.00"))]

    def test_lines_of_one_code_stay_apart(self) -> None:
        """Each draft line comes from one channel line, so that despatches and refunds find their way back."""
        made = draft(order(line(), line("MUG-3", "27.00", number=2, quantity=1), line(number=3), total="87.00"))

        assert [(x.stock_code, x.units, x.source) for x in made.lines] == [
            ("MUG", 3, ("L1",)),
            ("MUG", 3, ("L2",)),
            ("MUG", 3, ("L3",)),
        ]

    def test_one_unknown_sku_holds_all_lines(self) -> None:
        """Domain 6.3: all lines map or none is posted; near matches are in the evidence, never applied."""
        miss = SkuMiss(ChannelSku("mug"), "'mug' is no stock code", (Suggestion(StockCode("MUG"), "capitals"),))
        found = order(line(), line("mug", number=2), line("CUP", number=3), total="90.00")

        result = map_order(found, targets={**TARGETS, ChannelSku("mug"): miss}, policy=POLICY)

        assert isinstance(result, Held)
        (reason,) = result.reasons
        assert (reason.type, reason.entity) == (X.SKU_UNMAPPED, "O1")
        assert reason.evidence == {
            "order": "O1",
            "line L2": "'mug' is no stock code",
            "suggestions for mug": "MUG (capitals)",
            "line L3": "'CUP' was not looked up",
        }

    @pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.REFUSED])
    @pytest.mark.parametrize("total", ["30.00", "50.00"])
    def test_what_is_gone_is_left_out_with_a_note(self, state: OrderState, total: str) -> None:
        """Whether or not the channel's total still counts the line."""
        result = map_it(order(line(), line("CUP", "20.00", number=2, state=state), total=total))

        assert isinstance(result, Mapped)
        assert [x.source for x in result.draft.lines] == [("L1",)]
        assert result.draft.total == D("30.00")
        assert result.notes == (f"line L2 left out: {state.value}",)

    def test_units_cancelled_take_their_money_with_them(self) -> None:
        """One of three cancelled leaves two thirds, to the penny; the line's amount is for what was ordered."""
        result = map_it(order(line(amount="10.00", cancelled=1), total="10.00"))

        assert isinstance(result, Mapped)
        assert [(x.units, x.gross) for x in result.draft.lines] == [(2, D("6.67"))]
        assert result.notes == ("line L1: 1 of 3 cancelled",)

    def test_an_amount_that_the_channel_reduced_already_is_kept(self) -> None:
        """The unit price tells: two at 10.00 are left of three, and the line says 20.00."""
        found = order(line(amount="20.00", cancelled=1, unit_price=D("10.00")), total="20.00")

        assert draft(found).lines[0].gross == D("20.00")

    def test_a_line_cancelled_unit_by_unit_is_left_out(self) -> None:
        """All of its units are cancelled, whatever its state says."""
        result = map_it(order(line(), line(number=2, cancelled=3), total="30.00"))

        assert isinstance(result, Mapped)
        assert result.notes == ("line L2 left out: all 3 cancelled",)

    def test_refunded_units_are_noted(self) -> None:
        """A refund before the goods left is somebody's decision, so it is said, not acted on."""
        result = map_it(order(line(refunded=1), total="30.00"))

        assert isinstance(result, Mapped)
        assert result.notes == ("line L1: the channel refunded 1 of 3",)
        assert result.draft.lines[0].units == 3

    def test_nothing_left(self) -> None:
        """Every line is gone: nothing to post, and that is not an exception."""
        result = map_it(order(line(state=OrderState.CANCELLED), total="0.00"))

        assert result == Nothing(why="no line of order O1 is left to deliver", notes=("line L1 left out: cancelled",))

    def test_no_lines_at_all(self) -> None:
        """The same."""
        assert isinstance(map_it(order(total="0.00")), Nothing)

    @pytest.mark.parametrize("more", [{"state": OrderState.SHIPPED}, {"shipped": 1}])
    def test_goods_that_left_are_not_posted_again(self, more: dict[str, object]) -> None:
        """Posting would send them twice."""
        assert only(order(line(**more), total="30.00")).type is X.DESPATCH_DRIFT

    def test_lines_for_nothing_need_a_policy(self) -> None:
        """Domain 6.3: zero-price lines are held unless the policy allows them."""
        found = order(line(amount="0.00"), line(number=2), total="30.00")

        assert only(found).type is X.CONFIG_MISSING
        assert isinstance(map_it(found, attrs.evolve(POLICY, allow_zero_price=True)), Mapped)

    def test_negative_lines_need_a_policy(self) -> None:
        """Domain 6.3: a discount line is held unless the policy allows it, and then it is split like a sale."""
        found = order(line(), line(amount="-6.00", number=2), total="24.00")

        assert only(found).type is X.CONFIG_MISSING
        made = draft(found, attrs.evolve(POLICY, allow_negative=True))
        assert [x.vat for x in made.lines] == [D("5.00"), D("-1.00")]

    def test_a_quantity_of_none_is_never_guessed(self) -> None:
        """Not dropped, not posted as one."""
        assert only(order(line(quantity=0), total="30.00")).evidence["line L1"] == "quantity 0"

    def test_a_currency_that_is_none(self) -> None:
        """Held, not raised: one odd order must not stop the others."""
        assert "currency" in only(order(line(), total="30.00", currency="?")).evidence


class TestAddress:
    def test_it_is_tidied(self) -> None:
        """Spaces go, the postcode is in capitals, the country is a code."""
        made = draft(order(line(), total="30.00", delivery=attrs.evolve(ADA, line1="  1  Example Street ")))

        assert (made.delivery.line1, made.delivery.postcode, made.delivery.country) == (
            "1 Example Street",
            "AB1 2CD",
            "GB",
        )
        assert made.billing == made.delivery

    @pytest.mark.parametrize(
        ("field", "missing"), [("line1", "street"), ("town", "town"), ("postcode", "postcode"), ("surname", "name")]
    )
    def test_a_missing_part_holds_the_order(self, field: str, missing: str) -> None:
        """Street, town, postcode in the United Kingdom, and a name; no personal data in the evidence."""
        reason = only(order(line(), total="30.00", delivery=attrs.evolve(ADA, **{field: " "})))

        assert (reason.type, reason.evidence) == (X.ADDRESS_INVALID, {"order": "O1", "missing": missing})

    def test_an_organisation_is_a_name(self) -> None:
        """A company has no surname."""
        company = attrs.evolve(ADA, surname="", organisation="Sample & Co")

        assert isinstance(map_it(order(line(), total="30.00", delivery=company)), Mapped)

    def test_no_postcode_is_asked_of_ireland(self) -> None:
        """Not every country has one."""
        dublin = attrs.evolve(ADA, postcode="", country="Ireland", town="Dublin")

        assert draft(order(line(), total="30.00", delivery=dublin)).delivery.country == "IE"

    def test_a_hidden_address_holds_the_order(self) -> None:
        """Channels hide it until an order is paid."""
        reason = only(order(line(), total="30.00", delivery=None))

        assert (reason.type, reason.evidence["missing"]) == (X.ADDRESS_INVALID, "whole address")

    def test_an_unknown_country_holds_the_order(self) -> None:
        """Domain 6.3: never guessed; a spelling of one's own or a default makes it known."""
        odd = order(line(), total="30.00", delivery=attrs.evolve(ADA, country="Blighty"))
        none = order(line(), total="30.00", delivery=attrs.evolve(ADA, country=""))

        assert "known country (it says 'Blighty')" in only(odd).evidence["missing"]
        assert draft(odd, attrs.evolve(POLICY, country_names={"BLIGHTY": "GB"})).delivery.country == "GB"
        assert "known country" in only(none).evidence["missing"]
        assert draft(none, attrs.evolve(POLICY, default_country="GB")).delivery.country == "GB"

    def test_a_country_that_we_do_not_deliver_to(self) -> None:
        """Held by policy."""
        policy = attrs.evolve(POLICY, countries=frozenset({"IE"}))

        assert "it says GB" in only(order(line(), total="30.00"), policy).evidence["missing"]

    def test_billing(self) -> None:
        """Its own where it is whole; the delivery address stands in for a broken one, with a note."""
        grace = attrs.evolve(ADA, forename="Grace")
        broken = map_it(order(line(), total="30.00", billing=attrs.evolve(grace, town="")))

        assert draft(order(line(), total="30.00", billing=grace)).billing.forename == "Grace"
        assert isinstance(broken, Mapped)
        assert broken.draft.billing == broken.draft.delivery
        assert broken.notes == ("billing address incomplete: the delivery address stands in",)

    def test_countries_by_code_and_name(self) -> None:
        """Two letters, three letters, English names; capitals and spaces do not matter."""
        assert {country_code(c) for c in ("GB", "gbr", " united  kingdom ", "U.K.", "England")} == {"GB"}
        assert (country_code("Deutschland"), country_code("")) == (None, None)

    def test_the_tools_on_their_own(self) -> None:
        """``tidy`` keeps every field, ``missing_parts`` names all that is missing."""
        assert tidy(attrs.evolve(ADA, phone=" 020  7946 ")).phone == "020 7946"
        assert missing_parts(Address(country="GB")) == ("name", "street", "town", "postcode")


class TestServiceAndReference:
    def test_services_are_translated_or_hold(self) -> None:
        """Domain 6.3: an unknown service holds the order; without a table they pass through."""
        found = order(line(), total="30.00", service=" NDD ", service_label="Next day")
        policy = attrs.evolve(POLICY, services={"NDD": "Next Day"})

        assert draft(found).service == "NDD"
        assert draft(found, policy).service == "Next Day"
        reason = only(found, attrs.evolve(POLICY, services={}))
        assert (reason.type, reason.evidence["service"]) == (X.SERVICE_UNMAPPED, "NDD")
        assert draft(order(line(), total="30.00"), attrs.evolve(POLICY, services={})).service == ""

    def test_the_reference_is_made_from_the_order(self) -> None:
        """Domain 6.1: one key per order that can be searched in the ERP."""
        found = order(line(), total="30.00")

        assert draft(found).reference == "O1"
        assert draft(found, OrderPolicy(reference_template="JL-{customer_number}")).reference == "JL-C77"
        assert draft(found, OrderPolicy(reference_template="{account}/{order_id}")).reference == "john-lewis/O1"

    def test_a_reference_without_its_number_holds_the_order(self) -> None:
        """Two orders without a customer's number would have the same reference."""
        policy = OrderPolicy(reference_template="JL-{customer_number}")

        assert only(order(line(), total="30.00", customer_number=" "), policy).type is X.CONFIG_MISSING

    @pytest.mark.parametrize(
        "template",
        ["", "JL", "{account}", "{order_id", "{}", "{order}", "{order_id:>9}", "{order_id!r}", "{x.y}"],
    )
    def test_a_template_that_cannot_work_is_refused_at_once(self, template: str) -> None:
        """Every order the same reference, unknown names, formatting: all found when the policy is made."""
        with pytest.raises(ValueError, match="reference"):
            OrderPolicy(reference_template=template)

    def test_several_things_wrong_are_told_together(self) -> None:
        """One reason per type, so that two problems of one type are one item."""
        policy = OrderPolicy(reference_template="{customer_number}", services={})
        found = order(
            line(amount="0.00"), line("CUP", number=2), total="30.00", customer_number="", service="X", delivery=None
        )

        reasons = held(found, policy)

        assert [r.type for r in reasons] == [X.SKU_UNMAPPED, X.CONFIG_MISSING, X.ADDRESS_INVALID, X.SERVICE_UNMAPPED]
        assert {"line L1", "template"} <= set(reasons[1].evidence)

    def test_what_is_carried_over(self) -> None:
        """Identity, times and the deadline."""
        ship_by = datetime(2026, 3, 4, 17, tzinfo=UTC)

        made = draft(order(line(title="Mug"), total="30.00", ship_by=ship_by, customer_key="K1"))

        assert (made.account, made.order_id, made.customer_number, made.customer_key) == (
            "john-lewis",
            "O1",
            "C77",
            "K1",
        )
        assert (made.deliver_by, made.currency, made.lines[0].description) == (ship_by, "GBP", "Mug")
