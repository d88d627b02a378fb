"""The vendor's samples and recorded item masters as item records: flat, with recipes, bar codes and flags."""

from pathlib import Path
from xml.sax.saxutils import escape

import attrs
import pytest

from khaos_connectors.calls.messages import Response
from khaos_connectors.core.catalogue import bundles_of, index_barcodes
from khaos_connectors.core.items import ItemRecord
from khaos_connectors.khaos_control import ItemSettings, endpoints, mapping
from khaos_connectors.khaos_control.endpoints import Service


def _records(path: Path) -> list[ItemRecord]:
    text = escape(path.read_text(encoding="utf-8"))
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<m:ExportStockResponse xmlns:m="urn:x"><return>{text}</return></m:ExportStockResponse></e:Body></e:Envelope>'
    )
    rows = endpoints.export_stock(Service(system="khaos"), ["x"]).decode(Response(status=200, body=body.encode()))
    assert rows.unread == ()
    items = [item for row in rows for item in mapping.family(row)]
    # The samples name neither their template nor its variant.
    named = [item if item.stock_code else attrs.evolve(item, stock_code=f"NONE-{n}") for n, item in enumerate(items)]
    mapped = [mapping.item_record(item, ItemSettings()) for item in named]
    assert {each.problem for each in mapped} == {""}
    return [each.record for each in mapped]


@pytest.mark.parametrize("pack", ["soap_pack_v7.3b", "soap_pack_v7.8"])
def test_the_samples_become_a_template_and_a_variant(reference_data: Path, pack: str) -> None:
    """The template is blocked, the variant is not, and links of the other kinds are no recipe."""
    template, *variants = _records(reference_data / pack / "KSDXMLStock.xml")

    assert template.blocked == bool(variants)
    assert not any(each.blocked for each in variants)
    assert index_barcodes([template]).find("ABCDEFG") == template.stock_code


def test_recorded_variants_are_counted_and_their_template_is_not(reference_data: Path) -> None:
    """What a live service tells: templates without stock control, every variant with a code of its own."""
    template, *variants = _records(reference_data / "recorded_neutralised" / "export_stock_scs_parent.2022.xml")

    assert (template.blocked, template.stock_controlled) == (True, False)
    assert len({each.stock_code for each in variants}) == len(variants) > 1
    assert all(each.stock_controlled and not each.blocked for each in variants)
    assert bundles_of([template, *variants]) == ()


def test_a_recorded_simple_item_is_sold(reference_data: Path) -> None:
    """One record, not blocked whatever DELETED says."""
    (item,) = _records(reference_data / "recorded_neutralised" / "export_stock_simple_item.2020.xml")

    assert (item.blocked, item.parent, item.kit) == (False, "", False)
    assert item.vat_rate is not None
