"""Lines that contradict the configured VAT treatment are pointed at; nothing is decided."""

from decimal import Decimal

import attrs

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ChannelId, OrderId
from khaos_connectors.core.settlement import (
    Expected,
    ExpectedOrder,
    FeeRule,
    LineClass,
    LineKind,
    Meaning,
    SettlementLine,
    VatKey,
    VatTreatment,
    match,
)
from khaos_connectors.core.vat_treatment import check_vat

UK = VatKey(channel=ChannelId("jl"), establishment="GB", goods_location="GB")
OVERSEAS = attrs.evolve(UK, establishment="CN")
TREATMENTS = {UK: VatTreatment(code="T1"), OVERSEAS: VatTreatment(code="T0", operator_remits=True)}
GOODS, TAX = Meaning(LineClass.SALE, LineKind.GOODS), Meaning(LineClass.SALE, LineKind.GOODS_TAX)
BACK_TAX = Meaning(LineClass.REFUND, LineKind.SHIPPING_TAX)
REMITTED = Meaning(LineClass.OPERATOR_TAX, LineKind.GOODS_TAX)


def line(line_id: str, meaning: Meaning, amount: str, tax_code: str = "", order: str = "O1") -> SettlementLine:
    return SettlementLine(
        line_id=line_id,
        statement_id="S",
        type="T",
        currency="GBP",
        amount=Decimal(amount),
        meaning=meaning,
        order_id=OrderId(order),
        tax_code=tax_code,
    )


def contradictions(
    *lines: SettlementLine,
    key: VatKey | None,
    treatments: dict[VatKey, VatTreatment] | None = None,
    seen: tuple[str, ...] = (),
) -> list[str]:
    parts = (
        Expected(kind=LineKind.GOODS, amount=Decimal("100.00")),
        Expected(kind=LineKind.GOODS_TAX, amount=Decimal("20.00")),
    )
    order = ExpectedOrder(order_id=OrderId("O1"), currency="GBP", parts=parts, vat=key)
    fees = {"T": FeeRule(account="2202")}
    found = match(lines, orders=[order], credit_notes=[], fees=fees, seen=seen)
    reasons = check_vat(found, TREATMENTS if treatments is None else treatments)
    assert all(reason.type is ExceptionType.VAT_TREATMENT and reason.entity == "O1" for reason in reasons)
    return [reason.message for reason in reasons]


class TestTheSellerAccounts:
    def test_no_tax_is_remitted(self) -> None:
        """Domain §9.4: UK seller, UK goods: the sale is gross, and OPERATOR_REMITTED lines contradict that."""
        assert contradictions(line("1", GOODS, "100.00"), line("2", TAX, "20.00"), key=UK) == []
        assert contradictions(line("1", GOODS, "100.00"), line("2", REMITTED, "-20.00"), key=UK) == [
            "Order O1: the operator remitted tax, and the seller is to account for it."
        ]


class TestTheOperatorRemits:
    def test_tax_and_remitted_tax_cancel_out(self) -> None:
        """Domain §9.4: an overseas business: the marketplace is liable, and no tax stays with the seller."""
        lines = (line("1", GOODS, "100.00"), line("2", TAX, "20.00"), line("3", REMITTED, "-20.00"))

        assert contradictions(*lines, key=OVERSEAS) == []
        assert contradictions(lines[0], key=OVERSEAS) == []
        assert contradictions(*lines[:2], key=OVERSEAS) == [
            "Order O1: 20.00 of tax came to the seller, and the operator is to remit it."
        ]
        assert contradictions(*lines, line("4", BACK_TAX, "-1.00"), key=OVERSEAS) == [
            "Order O1: -1.00 of tax came to the seller, and the operator is to remit it."
        ]


class TestOtherContradictions:
    def test_a_key_without_a_treatment(self) -> None:
        """The library never decides: a treatment has to be there."""
        assert contradictions(line("1", GOODS, "100.00"), key=UK, treatments={}) == [
            "Order O1: no VAT treatment is configured for it."
        ]

    def test_tax_codes_of_the_channel(self) -> None:
        """Where the treatment names the channel's codes, others contradict it; all that is found is told."""
        strict = {UK: VatTreatment(code="T1", line_codes=frozenset({"GB20"}))}
        lines = (line("1", GOODS, "50.00", "GB20"), line("2", GOODS, "50.00", "IE23"), line("3", REMITTED, "-1.00"))

        assert contradictions(lines[0], key=UK, treatments=strict) == []
        assert contradictions(*lines[:2], key=UK) == []
        assert contradictions(*lines, key=UK, treatments=strict) == [
            (
                "Order O1: the operator remitted tax, and the seller is to account for it; "
                "tax code IE23 does not belong to treatment T1."
            )
        ]

    def test_what_is_not_looked_at(self) -> None:
        """Orders without a key, orders that are not expected, and duplicates."""
        remitted = line("2", REMITTED, "-20.00")

        assert contradictions(remitted, key=None) == []
        assert contradictions(attrs.evolve(remitted, order_id=OrderId("O9")), key=UK) == []
        assert contradictions(remitted, key=UK, seen=("2",)) == []

    def test_the_evidence_is_the_key(self) -> None:
        """What the treatment was looked up with."""
        order = ExpectedOrder(order_id=OrderId("O1"), currency="GBP", parts=(), vat=UK)
        found = match([line("1", GOODS, "1.00")], orders=[order], credit_notes=[], fees={})

        assert check_vat(found, {})[0].evidence == {
            "channel": "jl",
            "establishment": "GB",
            "goods_location": "GB",
        }
