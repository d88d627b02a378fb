"""Items of the ERP and of the warehouse: what to send, and what has to wait."""

from decimal import Decimal

import attrs
import pytest

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import StockCode
from khaos_connectors.core.item_sync import BarcodeConflict, ItemChange, ItemSync, compare_items
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
        assert sync.waiting == {"SO1": (MUG,), "SO2": (MUG,)}

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
        assert sync.waiting == {"PO7": (MUG,)}


class TestConflicts:
    @pytest.mark.parametrize(
        ("erp", "warehouse"),
        [
            (items(item(MUG, "5099"), item(CUP, "5099")), {}),
            (items(item(MUG, "5099"), item(CUP, "")), items(item(CUP, "5099"))),
            (items(item(MUG, "5099"), item(CUP)), items(item(CUP, "5099"))),
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
        assert not sync.in_step

    def test_others_are_sent_all_the_same(self) -> None:
        """One bad item never stops the batch."""
        sync = compare_items(items(item(MUG, "5099"), item(CUP, "5099"), item(JUG)), {})

        assert sync.create == (item(JUG),)


def test_what_only_the_warehouse_has() -> None:
    """Domain §10.1: orphaned records are told; nothing is deleted."""
    sync = compare_items({}, items(item(MUG)))

    assert (sync.orphans, found(sync)) == ((MUG,), [(ExceptionType.STOCK_CODE_MISSING, "stock:MUG")])
