"""What is expected of the marketplace is what the customer pays, under the names that its statements use."""

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.ids import AccountId, ChannelId, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.orders import Address, ChargeKind, DraftLine, ErpOrderDraft, TaxMode
from khaos_connectors.core.settlement import (
    Expected,
    LineClass,
    LineKind,
    MatchRule,
    MatchStatus,
    Meaning,
    SettlementLine,
    VatKey,
    expected_of,
    match,
)

BOTH_MODES = pytest.mark.parametrize("mode", TaxMode)


def d(amount: str) -> Decimal:
    return Decimal(amount)


def part(amount: str, number: str = "", kind: LineKind = LineKind.GOODS, also: tuple[str, ...] = ()) -> Expected:
    return Expected(line_id=LineId(number), kind=kind, amount=d(amount), also=tuple(map(LineId, also)))


def sold(gross: str, *source: str, net: str = "", charge: ChargeKind | None = None, code: str = "MUG") -> DraftLine:
    return DraftLine(
        stock_code=StockCode(code),
        units=1,
        gross=d(gross),
        net=d(net or gross),
        vat=d(gross) - d(net or gross),
        vat_rate=d("20"),
        source=tuple(map(LineId, source)),
        charge=charge,
    )


def draft(*lines: DraftLine, shipping: str = "0.00", net: str = "", rounding: str = "0.00") -> ErpOrderDraft:
    return ErpOrderDraft(
        account=AccountId("shop"),
        reference=OrderRef("REF-1"),
        order_id=OrderId("O1"),
        placed_at=datetime(2026, 3, 2, tzinfo=UTC),
        currency="GBP",
        lines=lines,
        shipping_gross=d(shipping),
        shipping_net=d(net or shipping),
        shipping_vat=d(shipping) - d(net or shipping),
        rounding=d(rounding),
        total=sum((line.gross for line in lines), d(shipping) + d(rounding)),
        delivery=Address(),
        billing=Address(),
    )


PLAIN = draft(sold("12.00", "1", net="10.00"), shipping="4.95", net="4.13")


class TestPlainOrders:
    def test_in_gross(self) -> None:
        """Goods per line, shipping for the order: what the invoice put into clearing."""
        since = datetime(2026, 3, 4, tzinfo=UTC)
        key = VatKey(channel=ChannelId("jl"), establishment="GB", goods_location="GB")
        made = expected_of(PLAIN, since=since, vat=key)

        assert made.parts == (part("12.00", "1"), part("4.95", kind=LineKind.SHIPPING))
        assert (made.order_id, made.currency, made.reference) == ("O1", "GBP", "REF-1")
        assert (made.since, made.vat, made.expected) == (since, key, PLAIN.total)

    def test_in_net(self) -> None:
        """Where the statement shows tax apart, so is it expected; what is nothing is not expected."""
        made = expected_of(attrs.evolve(PLAIN, shipping_vat=d("0.00")), tax_mode=TaxMode.EXCLUDED)

        assert made.parts == (
            part("10.00", "1"),
            part("2.00", "1", LineKind.GOODS_TAX),
            part("4.13", kind=LineKind.SHIPPING),
        )
        taxed = expected_of(PLAIN, tax_mode=TaxMode.EXCLUDED)
        assert taxed.parts[-1] == part("0.82", kind=LineKind.SHIPPING_TAX)
        assert taxed.expected == PLAIN.total


class TestCharges:
    CHARGED = draft(
        sold("100.00", "1"),
        sold("-10.00", charge=ChargeKind.DISCOUNT, code="OFF"),
        sold("2.50", charge=ChargeKind.FEE, code="WRAP"),
        sold("4.95", charge=ChargeKind.SHIPPING, code="POST"),
        sold("1.05", charge=ChargeKind.SHIPPING, code="ISLANDS"),
    )

    @BOTH_MODES
    def test_carriage_as_a_line_of_its_own(self, mode: TaxMode) -> None:
        """Domain §9.2: sales match by kind: carriage is shipping, whichever way it stands in the order."""
        made = expected_of(self.CHARGED, tax_mode=mode)

        assert made.parts == (part("100.00", "1"), part("-7.50"), part("6.00", kind=LineKind.SHIPPING))
        assert made.expected == self.CHARGED.total

    def test_carriage_is_settled(self) -> None:
        """The statement's shipping line finds it."""
        line = SettlementLine(
            line_id="1",
            statement_id="S",
            type="SHIP",
            currency="GBP",
            amount=d("6.00"),
            meaning=Meaning(LineClass.SALE, LineKind.SHIPPING),
            order_id=OrderId("O1"),
        )
        (result,) = match([line], orders=[expected_of(self.CHARGED)], credit_notes=[], fees={}).results

        assert (result.status, result.outstanding) == (MatchStatus.MATCHED, 0)

    def test_drafts_that_do_not_say_what_a_line_is_for(self) -> None:
        """The code of carriage tells it, for lines of no channel line: a mug of that code is goods."""
        old = draft(
            sold("4.95", code="POST"), sold("2.00", code="WRAP"), sold("3.00", "1", code="POST"), shipping="1.00"
        )

        assert expected_of(old).parts == (
            part("6.95"),
            part("3.00", "1"),
            part("1.00", kind=LineKind.SHIPPING),
        )
        assert expected_of(old, shipping_code=StockCode("POST")).parts == (
            part("5.95", kind=LineKind.SHIPPING),
            part("2.00"),
            part("3.00", "1"),
        )

    def test_charges_that_cancel_out(self) -> None:
        """Nothing is expected of what comes to nothing."""
        assert expected_of(draft(sold("5.00", "1"), sold("-2.00"), sold("2.00"))).parts == (part("5.00", "1"),)


class TestSources:
    def test_all_channel_lines_of_an_erp_line(self) -> None:
        """One ERP line for two channel lines: each of them settles it."""
        made = expected_of(draft(sold("12.00", "1", "2"), sold("5.00", "3")))
        lines = [
            SettlementLine(
                line_id=number,
                statement_id="S",
                type="GOODS",
                currency="GBP",
                amount=d("6.00"),
                meaning=Meaning(LineClass.SALE, LineKind.GOODS),
                order_id=OrderId("O1"),
                order_line_id=LineId(number),
            )
            for number in ("1", "2")
        ]
        found = match(lines, orders=[made], credit_notes=[], fees={})

        assert made.parts == (part("12.00", "1", also=("2",)), part("5.00", "3"))
        assert made.parts[0].line_ids == ("1", "2")
        assert [(r.rule, r.outstanding) for r in found.results] == [(MatchRule.ORDER_LINE, 0)] * 2

    def test_all_erp_lines_of_a_channel_line(self) -> None:
        """A kit that was taken apart: its components are expected together, under the line that was sold."""
        assert expected_of(draft(sold("7.00", "1"), sold("5.00", "1"), sold("1.00", "2"))).parts == (
            part("12.00", "1"),
            part("1.00", "2"),
        )

    def test_lines_that_cannot_be_told_apart(self) -> None:
        """What hangs together by any line is one expectation."""
        tangled = draft(sold("1.00", "1"), sold("2.00", "3", "2"), sold("4.00", "1", "2"), sold("8.00", "4"))

        assert expected_of(tangled).parts == (part("7.00", "1", also=("3", "2")), part("8.00", "4"))

    def test_a_line_id_stands_in_one_part_of_a_kind(self) -> None:
        """Also where it is one of several."""
        with pytest.raises(ValueError, match="expects one kind of a line twice"):
            attrs.evolve(expected_of(PLAIN), parts=(part("1.00", "1", also=("2",)), part("1.00", "2")))


class TestRounding:
    @BOTH_MODES
    @pytest.mark.parametrize("rounding", ["0.01", "-0.02", "0.05"])
    def test_what_the_customer_pays(self, rounding: str, mode: TaxMode) -> None:
        """Expected is the draft's total, its rounding spread over the goods: none is off by more than its share."""
        uneven = draft(sold("10.00", "1"), sold("20.00", "2"), sold("-3.00"), shipping="4.95", rounding=rounding)
        made = expected_of(uneven, tax_mode=mode)

        assert made.expected == uneven.total
        off = [part.amount - plain for part, plain in zip(made.parts, map(d, ("10", "20", "-3", "4.95")), strict=True)]
        assert max(map(abs, off)) <= d("0.02")
        assert off[-1] == 0

    def test_of_an_order_without_goods(self) -> None:
        """It is the order's own."""
        assert expected_of(draft(shipping="4.95", rounding="0.01")).parts == (
            part("4.95", kind=LineKind.SHIPPING),
            part("0.01"),
        )

    def test_either_way_of_paying_settles_it(self) -> None:
        """Line by line, as the channel priced them, with the rounding told; or the total at once."""
        made = expected_of(draft(sold("10.00", "1"), sold("20.00", "2"), rounding="0.02"))
        bare = SettlementLine(
            line_id="0",
            statement_id="S",
            type="T",
            currency="GBP",
            amount=d("30.02"),
            meaning=Meaning(LineClass.SALE, LineKind.WHOLE),
            order_id=OrderId("O1"),
        )
        goods = Meaning(LineClass.SALE, LineKind.GOODS)
        lines = [
            attrs.evolve(bare, line_id=number, amount=d(amount), meaning=goods, order_line_id=LineId(number))
            for number, amount in (("1", "10.00"), ("2", "20.00"))
        ]
        apart = match(lines, orders=[made], credit_notes=[], fees={})
        whole = match([bare], orders=[made], credit_notes=[], fees={})

        assert [r.difference for r in apart.results] == [d("-0.01")] * 2
        assert [r.difference for r in whole.results] == [0]
        assert apart.balances[0].outstanding == whole.balances[0].outstanding == 0
