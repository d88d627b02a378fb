"""Discounts, fees, carriage and addresses of an order on its way into an ERP."""

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.address_rules import AddressProblem, AddressRules, address_doubts, address_problems
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import AccountId, ChannelSku, LineId, OrderId, StockCode
from khaos_connectors.core.order_mapping import Held, Mapped, MapResult, OrderPolicy, map_order
from khaos_connectors.core.orders import (
    Address,
    ChannelOrder,
    Charge,
    ChargeKind,
    ErpOrderDraft,
    OrderLine,
    OrderState,
    Tax,
    TaxMode,
)
from khaos_connectors.core.skus import Target

X = ExceptionType
NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOME = Address(surname="Example", line1="1 Example Street", town="London", postcode="SW1A 1AA", country="UK")
CODES = {"PROMO": StockCode("Z-PROMO"), "WRAP": StockCode("Z-WRAP"), "POST": StockCode("Z-POST")}
POLICY = OrderPolicy(charge_codes=CODES, vat_rates={StockCode("Z-WRAP"): Decimal(0)})
PROMO = Charge(kind=ChargeKind.DISCOUNT, code="PROMO", amount=Decimal("-6.00"), title="Six off")
WRAP = Charge(kind=ChargeKind.FEE, code="WRAP", amount=Decimal("2.50"))


def order(
    *charges: Charge, total: str = "30.00", mode: TaxMode = TaxMode.INCLUDED, shipping: str = "0"
) -> ChannelOrder:
    line = OrderLine(
        line_id=LineId("L1"),
        sku=ChannelSku("MUG"),
        quantity=3,
        amount=Decimal("30.00") if mode is TaxMode.INCLUDED else Decimal("25.00"),
        shipping=Decimal(shipping),
        taxes=() if mode is TaxMode.INCLUDED else (Tax(code="VAT", amount=Decimal("5.00")),),
        state=OrderState.AWAITING_SHIPMENT,
    )
    return ChannelOrder(
        account=AccountId("shop"),
        order_id=OrderId("O1"),
        state=OrderState.AWAITING_SHIPMENT,
        placed_at=NOON,
        changed_at=NOON,
        currency="GBP",
        tax_mode=mode,
        lines=(line,),
        total=Decimal(total),
        delivery=HOME,
        charges=charges,
    )


def mapping(wanted: ChannelOrder, policy: OrderPolicy = POLICY) -> MapResult:
    return map_order(wanted, targets={ChannelSku("MUG"): Target(StockCode("MUG"))}, policy=policy)


def draft(wanted: ChannelOrder, policy: OrderPolicy = POLICY) -> ErpOrderDraft:
    mapped = mapping(wanted, policy)
    assert isinstance(mapped, Mapped), mapped
    return mapped.draft


def held(wanted: ChannelOrder, policy: OrderPolicy = POLICY) -> Held:
    mapped = mapping(wanted, policy)
    assert isinstance(mapped, Held), mapped
    return mapped


class TestCharges:
    def test_each_is_a_line_of_its_own(self) -> None:
        """Domain 6.3: discounts and fees are their own lines with mapped codes, VAT split at their own rate."""
        made = draft(order(PROMO, WRAP, total="26.50"))

        assert [(line.stock_code, line.units, line.gross, line.net, line.vat) for line in made.lines[1:]] == [
            ("Z-PROMO", 1, Decimal("-6.00"), Decimal("-5.00"), Decimal("-1.00")),
            ("Z-WRAP", 1, Decimal("2.50"), Decimal("2.50"), Decimal("0.00")),
        ]
        assert [line.description for line in made.lines[1:]] == ["Six off", "WRAP"]
        assert all(not line.source for line in made.lines[1:])
        assert [line.charge for line in made.lines] == [None, ChargeKind.DISCOUNT, ChargeKind.FEE]
        assert sum(line.gross for line in made.lines) + made.shipping_gross + made.rounding == made.total

    def test_the_worked_split_is_kept(self) -> None:
        """Domain 6.3: three times 10.00 at 20 % is 25.00 and 5.00 per line, whatever else the order holds."""
        line = draft(order(PROMO, total="24.00")).lines[0]

        assert (line.net, line.vat) == (Decimal("25.00"), Decimal("5.00"))

    def test_a_charge_without_a_code_holds_the_order(self) -> None:
        """Money that no ledger code is told of would be lost: CONFIG_MISSING names the channel's code."""
        unknown = Charge(kind=ChargeKind.FEE, code="ECO", amount=Decimal("1.00"))
        (reason,) = held(order(unknown, PROMO, total="25.00")).reasons

        assert (reason.type, reason.evidence["charge ECO"]) == (X.CONFIG_MISSING, "fee of 1.00")
        assert "'ECO'" in reason.message
        assert "charge PROMO" not in reason.evidence

    def test_an_uncoded_charge_and_an_odd_line_are_one_reason(self) -> None:
        """At most one reason per exception type, so that one work item is opened."""
        wanted = order(Charge(kind=ChargeKind.FEE, code="ECO", amount=Decimal(1)), total="1.00")
        odd = attrs.evolve(wanted, lines=(attrs.evolve(wanted.lines[0], amount=Decimal(0)),))
        (reason,) = held(odd).reasons

        assert {"line L1", "charge ECO"} <= reason.evidence.keys()

    def test_a_charge_that_the_total_leaves_out(self) -> None:
        """The draft must come to the channel's total: otherwise ORDER_TOTAL_MISMATCH."""
        assert [reason.type for reason in held(order(PROMO, total="30.00")).reasons] == [X.ORDER_TOTAL_MISMATCH]

    def test_carriage_as_a_line(self) -> None:
        """With a code for it, the lines' delivery charge is a line; the draft then has no shipping of its own."""
        policy = attrs.evolve(POLICY, shipping_code=StockCode("Z-POST"))
        made = draft(order(PROMO, shipping="4.95", total="28.95"), policy)
        free = draft(order(), policy)

        assert (made.lines[-1].stock_code, made.lines[-1].gross, made.lines[-1].vat) == (
            "Z-POST",
            Decimal("4.95"),
            Decimal("0.82"),
        )
        assert (made.shipping_gross, made.total) == (Decimal(0), Decimal("28.95"))
        assert made.lines[-1].charge is ChargeKind.SHIPPING
        assert len(free.lines) == 1

    def test_carriage_of_the_whole_order(self) -> None:
        """A channel that states it for the order only."""
        made = draft(order(Charge(kind=ChargeKind.SHIPPING, code="POST", amount=Decimal("4.95")), total="34.95"))

        assert (made.lines[-1].stock_code, made.lines[-1].net) == ("Z-POST", Decimal("4.13"))

    def test_prices_without_tax(self) -> None:
        """Where prices exclude tax the charge's taxes come on top, and are compared with our own."""
        taxed = Charge(
            kind=ChargeKind.DISCOUNT,
            code="PROMO",
            amount=Decimal("-5.00"),
            taxes=(Tax(code="VAT", amount=Decimal("-1.00")),),
        )
        untaxed = attrs.evolve(taxed, taxes=())

        assert draft(order(taxed, total="24.00", mode=TaxMode.EXCLUDED)).lines[1].gross == Decimal("-6.00")
        (reason,) = held(order(untaxed, total="25.00", mode=TaxMode.EXCLUDED)).reasons
        assert (reason.type, reason.evidence["charge 1 (PROMO)"]) == (X.TAX_MISMATCH, "channel 0, own rate -0.83")

    def test_tax_of_the_whole_order(self) -> None:
        """The order's one tax figure speaks of the charges too."""
        wanted = order(PROMO, total="24.00")
        right = attrs.evolve(wanted, order_taxes=(Tax(code="VAT", amount=Decimal("4.00")),))
        wrong = attrs.evolve(wanted, order_taxes=(Tax(code="VAT", amount=Decimal("5.00")),))

        assert draft(right).total == Decimal("24.00")
        assert held(wrong).reasons[0].evidence["whole order"] == "channel 5.00, own rate 4.00"

    @pytest.mark.parametrize(
        ("kind", "amount", "rule"),
        [
            (ChargeKind.DISCOUNT, Decimal(1), "amount of a discount must be 0 or less"),
            (ChargeKind.FEE, Decimal(-1), "amount of a fee must be 0 or more"),
            (ChargeKind.SHIPPING, Decimal(-1), "amount of a shipping must be 0 or more"),
            (ChargeKind.FEE, Decimal("NaN"), "amount must be a number"),
        ],
    )
    def test_the_sign_is_what_the_customer_pays(self, kind: ChargeKind, amount: Decimal, rule: str) -> None:
        """A discount the wrong way round would double itself."""
        with pytest.raises(ValueError, match=rule):
            Charge(kind=kind, code="PROMO", amount=amount)


class TestAddressRules:
    def test_too_long_names_the_field_and_the_limit(self) -> None:
        """Domain 6.3: length limits are the ERP's, as data; nothing is cut, and nothing personal is told."""
        policy = attrs.evolve(POLICY, address_rules=AddressRules(limits={"line1": 10, "town": 10}))
        (reason,) = held(order(), policy).reasons

        assert reason.type is X.ADDRESS_INVALID
        assert reason.evidence["address line1"] == "16 characters, the ERP takes 10"
        assert "line1: 16 characters, the ERP takes 10" in reason.message
        assert "Example Street" not in repr(reason)
        assert draft(order(), attrs.evolve(POLICY, address_rules=AddressRules(limits={"line1": 16}))).delivery == (
            attrs.evolve(HOME, country="GB")
        )

    def test_missing_and_too_long_are_one_reason(self) -> None:
        """One work item for one address."""
        policy = attrs.evolve(POLICY, address_rules=AddressRules(limits={"line1": 10}))
        (reason,) = held(attrs.evolve(order(), delivery=attrs.evolve(HOME, town="")), policy).reasons

        assert {"missing", "address line1"} <= reason.evidence.keys()

    def test_no_uk_postcode(self) -> None:
        """A UK address needs one of the right shape; elsewhere the rule is silent."""
        policy = attrs.evolve(POLICY, address_rules=AddressRules())
        wrong = attrs.evolve(order(), delivery=attrs.evolve(HOME, postcode="12345"))
        french = attrs.evolve(order(), delivery=attrs.evolve(HOME, postcode="75001", country="France"))
        (reason,) = held(wrong, policy).reasons

        assert reason.evidence["address postcode"].startswith("no UK postcode")
        assert "12345" not in repr(reason)
        assert draft(french, policy).delivery.postcode == "75001"
        assert draft(wrong).delivery.postcode == "12345"  # without rules nothing is checked

    def test_an_unlikely_postcode_is_noted_and_kept(self) -> None:
        """A reason for a person, never a silent change; refused only where the rules say so."""
        wanted = attrs.evolve(order(), delivery=attrs.evolve(HOME, postcode="zz9 9zz"))
        noted = mapping(wanted, attrs.evolve(POLICY, address_rules=AddressRules()))
        refused = held(wanted, attrs.evolve(POLICY, address_rules=AddressRules(doubtful="refuse")))

        assert isinstance(noted, Mapped)
        assert noted.notes == ("delivery postcode: no postcode area is called ZZ",)
        assert noted.draft.delivery.postcode == "ZZ9 9ZZ"
        assert refused.reasons[0].evidence["address postcode"] == "no postcode area is called ZZ"

    def test_a_billing_address_that_does_not_fit_is_replaced_with_a_note(self) -> None:
        """It is not what the parcel needs."""
        policy = attrs.evolve(POLICY, address_rules=AddressRules(limits={"line2": 3}))
        mapped = mapping(attrs.evolve(order(), billing=attrs.evolve(HOME, line2="Flat 12")), policy)

        assert isinstance(mapped, Mapped)
        assert mapped.draft.billing == mapped.draft.delivery
        assert mapped.notes == ("billing address line2: 7 characters, the ERP takes 3: the delivery address stands in",)

    def test_rules_by_themselves(self) -> None:
        """What is empty, or off, or no shape at all, is nobody's doubt."""
        gb = attrs.evolve(HOME, country="GB")
        assert address_problems(gb, AddressRules()) == ()
        assert address_problems(attrs.evolve(gb, postcode=""), AddressRules()) == ()
        assert address_problems(attrs.evolve(gb, postcode="1"), AddressRules(postcodes=False)) == ()
        assert address_doubts(attrs.evolve(gb, postcode="ZZ9 9ZZ"), AddressRules(postcodes=False)) == ()
        assert address_doubts(attrs.evolve(gb, postcode="1"), AddressRules()) == ()
        (problem,) = address_problems(attrs.evolve(gb, postcode="1"), AddressRules())
        assert problem == AddressProblem(
            field="postcode", rule="no UK postcode: it has 1 letters and digits, a UK postcode has 5 to 7"
        )

    @pytest.mark.parametrize(("limits", "rule"), [({"street": 5}, "limits names 'street'"), ({"line1": 0}, "from 1")])
    def test_impossible_limits(self, limits: dict[str, int], rule: str) -> None:
        """A misspelt field would check nothing."""
        with pytest.raises(ValueError, match=rule):
            AddressRules(limits=limits)
