"""Items of the ERP and of the warehouse: what to send, and what has to wait."""

from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.barcode_moves import order_moves
from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.item_sync import BarcodeConflict, ItemChange, ItemSync, ItemUse, compare_items
from khaos_connectors.core.items import ItemRecord

MUG, CUP, JUG = (StockCode(name) for name in ("MUG", "CUP", "JUG"))


def item(code: StockCode, barcode: str | None = None) -> ItemRecord:
    return ItemRecord(
        stock_code=code,
        description=f"A {code}",
        barcode=f"50{code}" if barcode is None else barcode,
        unit="each",
        weight=Decimal("0.4"),
    )


def items(*records: ItemRecord) -> dict[StockCode, ItemRecord]:
    return {record.stock_code: record for record in records}


def found(sync: ItemSync) -> list[tuple[ExceptionType, str]]:
    return [(reason.type, reason.entity) for reason in sync.reasons]


class TestSending:
    def test_what_is_equal_needs_nothing(self) -> None:
        """Domain §11, SKU master sync, step 3: read back, both sides agree."""
        sync = compare_items(items(item(MUG)), items(item(MUG)), orders={"SO1": [MUG]})

        assert sync.in_step
        assert (sync.reasons, sync.waiting) == ((), {})

    def test_new_items_are_created(self) -> None:
        """Domain §11, SKU master sync, step 2; what is not sold any more only where an order needs it."""
        ended = attrs.evolve(item(CUP), discontinued=True)
        erp = items(item(MUG), ended)

        assert compare_items(erp, {}).create == (item(MUG),)
        assert not compare_items(erp, {}).in_step
        assert compare_items(erp, {}, orders={"SO1": [CUP]}).create == (ended, item(MUG))

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"description": "Mug"}, ("description",)),
            ({"barcode": "5099", "unit": "box"}, ("barcode", "unit")),
            ({"weight": Decimal("0.5"), "kit": True}, ("weight", "kit")),
            ({"description": " A MUG "}, ()),
            ({"tax_code": "S20", "stock_controlled": False}, ()),
        ],
    )
    def test_differences_are_corrected_as_the_erp_has_it(
        self, changes: dict[str, object], fields: tuple[str, ...]
    ) -> None:
        """Domain §1.1: the ERP owns the item; the warehouse keeps code, barcode, description, unit, weight and kit."""
        sync = compare_items(items(item(MUG)), items(attrs.evolve(item(MUG), **changes)))

        assert sync.change == ((ItemChange(item(MUG), fields),) if fields else ())
        assert sync.in_step is not bool(fields)

    def test_a_blank_does_not_wipe_anything_out(self) -> None:
        """The ERP need not know a weight that the warehouse has measured."""
        blank = ItemRecord(stock_code=MUG)

        assert compare_items(items(blank), items(item(MUG))).in_step

    def test_only_fields_that_the_warehouse_keeps(self) -> None:
        """A warehouse without weights is not told the same one for ever."""
        other = attrs.evolve(item(MUG), weight=None, unit="box")

        assert compare_items(items(item(MUG)), items(other), kept=["unit"]).change == (
            ItemChange(item(MUG), ("unit",)),
        )
        with pytest.raises(ValueError, match="kept: colour is not one of"):
            compare_items({}, {}, kept=["colour"])

    def test_the_key_is_the_code(self) -> None:
        """A mapping that says otherwise is a mistake of the caller's."""
        with pytest.raises(ValueError, match="the item under CUP has the stock code MUG"):
            compare_items({CUP: item(MUG)}, {})


class TestWaiting:
    def test_orders_that_wait_for_an_item(self) -> None:
        """Domain §10, SKU_NOT_IN_WMS: release what waits for it after the item is there; each code is one item."""
        orders = {"SO1": [MUG, CUP], "SO2": [MUG]}
        sync = compare_items(items(item(MUG), item(CUP)), items(item(CUP)), orders=orders)

        assert found(sync) == [(ExceptionType.SKU_NOT_IN_WMS, "stock:MUG")]
        assert sync.reasons[0].evidence["orders"] == "SO1, SO2"
        assert sync.waiting == {(ItemUse.ORDER, "SO1"): (MUG,), (ItemUse.ORDER, "SO2"): (MUG,)}

    def test_an_order_and_a_delivery_of_one_reference(self) -> None:
        """Two things that happen to have the same number wait each for its own items."""
        sync = compare_items(items(item(MUG), item(CUP)), {}, orders={"1000": [CUP, MUG]}, goods_in={"1000": [CUP]})

        assert sync.waiting == {(ItemUse.ORDER, "1000"): (CUP, MUG), (ItemUse.DELIVERY, "1000"): (CUP,)}

    @pytest.mark.parametrize(
        ("erp", "why"),
        [
            (items(item(MUG)), "the warehouse does not know it yet"),
            ({}, "neither the warehouse nor the ERP knows it"),
        ],
    )
    def test_goods_that_cannot_be_booked_in(self, erp: dict[StockCode, ItemRecord], why: str) -> None:
        """Domain §10, GOODS_IN_UNKNOWN_SKU: blocked by name until the item is there."""
        sync = compare_items(erp, {}, goods_in={"PO7": [MUG, MUG]})

        assert found(sync) == [(ExceptionType.GOODS_IN_UNKNOWN_SKU, "stock:MUG")]
        assert sync.reasons[0].message == f"MUG cannot be booked in ({why}): PO7"
        assert sync.waiting == {(ItemUse.DELIVERY, "PO7"): (MUG,)}


class TestConflicts:
    @pytest.mark.parametrize(
        ("erp", "warehouse"),
        [
            (items(item(MUG, "5099"), item(CUP, "5099")), {}),
            (items(item(MUG, "5099"), item(CUP, "")), items(item(CUP, "5099"))),
            (items(item(MUG, "5099")), items(item(CUP, "5099"))),
            (items(item(MUG, "")), items(item(MUG, "5099"), item(CUP, "5099"))),
        ],
    )
    def test_one_barcode_for_two_items(
        self, erp: dict[StockCode, ItemRecord], warehouse: dict[StockCode, ItemRecord]
    ) -> None:
        """Domain §11, SKU master sync: a barcode conflict is an exception; neither item is sent."""
        sync = compare_items(erp, warehouse)

        assert sync.conflicts == (BarcodeConflict("5099", (CUP, MUG)),)
        assert (ExceptionType.SKU_AMBIGUOUS, "barcode:5099") in found(sync)
        assert sync.create == ()
        assert sync.change == ()
        assert set(sync.withheld) == set(erp)

    def test_goods_in_for_it_are_blocked_by_name(self) -> None:
        """Domain §11, SKU master sync: goods-in for it is blocked, even if the warehouse has the item."""
        both = items(item(MUG, "5099"), item(CUP, "5099"), item(JUG))
        sync = compare_items(both, both, goods_in={"PO7": [MUG, JUG]})

        assert found(sync) == [
            (ExceptionType.GOODS_IN_UNKNOWN_SKU, "stock:MUG"),
            (ExceptionType.SKU_AMBIGUOUS, "barcode:5099"),
        ]
        assert sync.reasons[0].evidence["why"] == "its barcode is another item's as well"
        assert sync.waiting == {(ItemUse.DELIVERY, "PO7"): (MUG,)}
        assert not sync.in_step

    def test_others_are_sent_all_the_same(self) -> None:
        """One bad item never stops the batch."""
        sync = compare_items(items(item(MUG, "5099"), item(CUP, "5099"), item(JUG)), {})

        assert sync.create == (item(JUG),)


def barcodes(sync: ItemSync) -> list[tuple[StockCode, str]]:
    """What the warehouse is told of barcodes, step by step."""
    return [(change.item.stock_code, change.item.barcode) for change in sync.change if "barcode" in change.fields]


class TestMoves:
    def test_a_barcode_is_given_up_before_it_is_taken(self) -> None:
        """What an item has lost in the ERP is no conflict: its change goes first, whatever the stock codes are."""
        sync = compare_items(items(item(CUP, "5099"), item(MUG, "5088")), items(item(CUP), item(MUG, "5099")))

        assert barcodes(sync) == [(MUG, "5088"), (CUP, "5099")]
        assert (sync.conflicts, sync.withheld, sync.reasons) == ((), (), ())

    def test_a_new_item_takes_over_a_barcode(self) -> None:
        """Items are created after the changes."""
        sync = compare_items(items(item(CUP, "5099"), item(MUG, "5088")), items(item(MUG, "5099")))

        assert (barcodes(sync), sync.create) == ([(MUG, "5088")], (item(CUP, "5099"),))

    def test_two_items_have_swapped(self) -> None:
        """One of them has to be without a barcode for a moment: the one with the lower code, and only that field."""
        stored = attrs.evolve(item(CUP, "5088"), description="Beaker")
        erp = items(item(CUP, "5099"), item(MUG, "5088"))
        sync = compare_items(erp, items(stored, item(MUG, "5099")))

        assert sync.change == (
            ItemChange(attrs.evolve(stored, barcode=""), ("barcode",)),
            ItemChange(erp[MUG], ("barcode",)),
            ItemChange(erp[CUP], ("description", "barcode")),
        )

    def test_all_who_have_a_barcode_give_it_up(self) -> None:
        """The warehouse has one barcode twice, and the ERP gives it to a third item: both others go first."""
        erp = items(item(CUP, "5099"), item(JUG, "5077"), item(MUG, "5088"))
        sync = compare_items(erp, items(item(CUP), item(JUG, "5099"), item(MUG, "5099")))

        assert barcodes(sync) == [(JUG, "5077"), (MUG, "5088"), (CUP, "5099")]

    def test_to_have_no_barcode_is_nothing_to_share(self) -> None:
        """Two items without one are in nobody's way."""
        erp = items(item(CUP, ""), item(MUG, ""))

        assert compare_items(erp, erp, goods_in={"PO7": [CUP]}).reasons == ()

    @pytest.mark.parametrize(
        ("after", "steps"),
        [
            ("3412", [("A", ""), ("C", "1"), ("A", "3"), ("B", ""), ("D", "2"), ("B", "4")]),
            ("2143", [("A", ""), ("B", "1"), ("A", "2"), ("C", ""), ("D", "3"), ("C", "4")]),
        ],
    )
    def test_two_circles(self, after: str, steps: list[tuple[str, str]]) -> None:
        """Each is opened at its lowest code, the second once the first is through."""
        names = [StockCode(name) for name in "ABCD"]
        erp = items(*(item(code, barcode) for code, barcode in zip(names, after, strict=True)))
        stored = items(*(item(code, barcode) for code, barcode in zip(names, "1234", strict=True)))

        assert barcodes(compare_items(erp, stored)) == steps

    def test_what_nobody_waits_for_goes_by_stock_code(self) -> None:
        """Whatever the order in which the ERP tells its items."""
        names = [StockCode(name) for name in "DCBAE"]
        erp = items(*(item(code, "") for code in names))
        stored = items(*(attrs.evolve(item(code, ""), unit="box") for code in names))

        assert [change.item.stock_code for change in compare_items(erp, stored).change] == sorted(names)

    def test_a_contest_has_no_order(self) -> None:
        """Two items for one barcode, or one that another keeps: asked for an order, there is none."""
        with pytest.raises(ValueError, match="barcode 5099 is contested by CUP, MUG: none of them can move"):
            order_moves({MUG: "5099", CUP: "5099"}, {})
        with pytest.raises(ValueError, match="contested by CUP, MUG"):
            order_moves({MUG: "5099"}, {CUP: "5099"})

    def test_what_a_conflict_keeps_is_not_to_be_had(self) -> None:
        """MUG and CUP dispute one barcode and are not sent; so JUG cannot have the one that MUG still holds."""
        erp = items(item(MUG, "5099"), item(CUP, "5099"), item(JUG, "5088"))
        sync = compare_items(erp, items(item(MUG, "5088"), item(JUG)))

        assert sync.conflicts == (BarcodeConflict("5088", (JUG, MUG)), BarcodeConflict("5099", (CUP, MUG)))
        assert sync.withheld == (CUP, JUG, MUG)
        assert (sync.create, sync.change) == ((), ())

    def test_nor_is_what_the_next_one_keeps_then(self) -> None:
        """JUG keeps its barcode because of the conflict; so the BOWL that wants it waits, and the DISH behind it."""
        bowl, dish = StockCode("BOWL"), StockCode("DISH")
        disputed = items(item(MUG, "5099"), item(CUP, "5099"), item(JUG, "5088"))
        stored = items(item(MUG, "5088"), item(JUG, "5077"), item(bowl, "5066"), item(dish, "5055"))
        sync = compare_items({**disputed, **items(item(bowl, "5077"), item(dish, "5066"))}, stored)

        assert [conflict.codes for conflict in sync.conflicts] == [(bowl, dish), (bowl, JUG), (JUG, MUG), (CUP, MUG)]
        assert (sync.create, sync.change) == ((), ())

    def test_two_of_one_barcode_part(self) -> None:
        """The warehouse has one barcode twice; the ERP has given one of the items another: that is sent."""
        sync = compare_items(items(item(CUP, "5099"), item(MUG, "5088")), items(item(CUP, "5099"), item(MUG, "5099")))

        assert (barcodes(sync), sync.conflicts) == ([(MUG, "5088")], ())

    def test_deliveries_wait_for_the_move(self) -> None:
        """Until it is sent, a scan in the warehouse finds the item that had the barcode before."""
        erp = items(item(CUP, "5099"), item(MUG, "5088"), item(JUG))
        sync = compare_items(erp, items(item(CUP), item(MUG, "5099"), item(JUG)), goods_in={"PO7": [CUP, MUG, JUG]})

        assert found(sync) == [
            (ExceptionType.GOODS_IN_UNKNOWN_SKU, "stock:CUP"),
            (ExceptionType.GOODS_IN_UNKNOWN_SKU, "stock:MUG"),
        ]
        assert sync.reasons[0].evidence["why"] == "its barcode is another item's until the changes are sent"
        assert sync.waiting == {(ItemUse.DELIVERY, "PO7"): (CUP, MUG)}
        assert compare_items(erp, erp, goods_in={"PO7": [CUP, MUG, JUG]}).reasons == ()

    def test_a_warehouse_without_barcodes(self) -> None:
        """What it happens to say of them is nobody's barcode."""
        erp = items(item(CUP, "5099"), item(MUG, "5088"))
        stored = items(item(CUP, "5088"), attrs.evolve(item(MUG, "5099"), unit="box"))

        assert compare_items(erp, stored, kept=["unit"]).change == (ItemChange(erp[MUG], ("unit",)),)


def test_what_only_the_warehouse_has() -> None:
    """Domain §10.1: orphaned records are told; nothing is deleted."""
    sync = compare_items({}, items(item(MUG)))

    assert (sync.orphans, found(sync)) == ((MUG,), [(ExceptionType.STOCK_CODE_MISSING, "stock:MUG")])
