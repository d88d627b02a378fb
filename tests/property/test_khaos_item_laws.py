"""Laws of item records: of any item master that can be read, whatever people have typed into it."""

from collections.abc import Iterator
from decimal import Decimal

from hypothesis import given, settings

from khaos_connectors.calls.decode import dump_record, load_record
from khaos_connectors.core.catalogue import bundles_of, index_barcodes
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.khaos_control import ItemSettings
from khaos_connectors.khaos_control.mapping import family, item_record
from khaos_connectors.khaos_control.stock_models import StockItem
from khaos_connectors.testing.khaos_stock_strategies import stock_items

_GRAMS = ItemSettings(weight_in_kg=Decimal("0.001"), unpublished_is_blocked=True)


def _under(item: StockItem) -> Iterator[StockItem]:
    for child in item.children:
        yield child
        yield from _under(child)


@given(stock_items())
@settings(max_examples=150)
def test_every_item_and_variant_becomes_one_record(item: StockItem) -> None:
    """Nobody is lost or doubled, only templates are blocked for being one, and a record survives being stored."""
    members = list(family(item))
    assert members == [item, *_under(item)]

    for member in members:
        if not member.stock_code.strip():
            continue
        mapped = item_record(member, _GRAMS)
        record = mapped.record
        assert record.blocked == bool(member.children or member.headings or not member.web)
        assert load_record(ItemRecord, dump_record(record)) == record
        assert record.kit == any(link.link_type == "3" for link in member.links)
        assert bool(record.made_of) <= record.kit
        assert not (mapped.problem and record.made_of)
        assert [bundle.needs for bundle in bundles_of([record])] == ([dict(record.made_of)] if record.kit else [])
        index = index_barcodes([record])
        assert all(index.find(code) == record.stock_code for code in record.barcodes if code)
        assert index.clashes == ()
