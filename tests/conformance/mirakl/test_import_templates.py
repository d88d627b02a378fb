"""The files that we write have the columns of the operators' own templates, and keep the rules that stand there."""

import os
import re
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl.endpoints.offer_writes import LONGEST_SKU
from khaos_connectors.mirakl.offers.price_file import OfferPrices, PriceRow, price_problem, price_table
from khaos_connectors.mirakl.offers.stock_file import COLUMNS, problem_of
from khaos_connectors.protocols import StockLevel

DATA = Path(os.environ.get("KHAOS_CONTRACTS", Path(__file__).parents[3].parent / "shared" / "contracts" / "data"))
TEMPLATES = DATA / "mirakl" / "templates"
pytestmark = pytest.mark.skipif(not TEMPLATES.exists(), reason="the operators' templates are not at hand")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets(name: str) -> list[list[list[str]]]:
    """The cells of every sheet of the workbook whose name begins so, row by row."""
    (path,) = TEMPLATES.glob(f"{name}*.xlsx")
    with zipfile.ZipFile(path) as book:
        texts = [
            "".join(each.text or "" for each in item.iter(f"{_MAIN}t"))
            for item in ET.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{_MAIN}si")
        ]
        names = sorted(each for each in book.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", each))
        return [_rows(book.read(each), texts) for each in names]


def _rows(sheet: bytes, texts: list[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for row in ET.fromstring(sheet).iter(f"{_MAIN}row"):
        cells = []
        for cell in row.iter(f"{_MAIN}c"):
            value = cell.findtext(f"{_MAIN}v") or ""
            inline = "".join(each.text or "" for each in cell.iter(f"{_MAIN}t"))
            cells.append(texts[int(value)] if cell.get("t") == "s" and value else value or inline)
        if any(cells):
            found.append(cells)
    return found


def rules(name: str) -> Mapping[str, Mapping[str, str]]:
    """The rule of each column by its code, from the workbook's last sheet."""
    header, *rows = sheets(name)[-1]
    return {row[0]: dict(zip(header, row, strict=False)) for row in rows}


def test_the_stock_file_has_the_templates_columns() -> None:
    """The columns of our stock file are the template's, in its order; the longest SKU is the one stated there."""
    assert tuple(sheets("stock-import")[0][1]) == COLUMNS
    told = rules("stock-import")["offer-sku"]["Description"]
    assert str(LONGEST_SKU) in told
    assert problem_of(StockLevel(sku=ChannelSku("A" * LONGEST_SKU), units=1)) == ""
    assert problem_of(StockLevel(sku=ChannelSku("A" * (LONGEST_SKU + 1)), units=1)) != ""
    assert problem_of(StockLevel(sku=ChannelSku("A/B"), units=1)) != ""


def test_the_price_file_has_the_templates_columns() -> None:
    """What the template asks for is always written, and every column of ours that it has keeps its name."""
    told = rules("prices-import")
    needed = {code for code, rule in told.items() if rule["Requirement level"] == "REQUIRED"}
    row = PriceRow(price=Decimal(20), discount_price=Decimal(18))
    offer = OfferPrices(sku=ChannelSku("OFFER_SKU_1"), rows=(row,))
    assert price_problem(offer) == ""
    header = price_table([offer]).decode().partition("\n")[0].split(";")
    assert needed <= set(header) <= set(told)
    assert set(header) == {"offer-sku", "price", "discount-price"}


def test_the_offers_template_knows_every_field_of_a_rewrite() -> None:
    """The rules of the offers template are those that a write keeps: SKU, product, price and condition are needed."""
    told = rules("offers-import")
    needed = {code for code, rule in told.items() if rule["Requirement level"] == "REQUIRED"}
    assert needed == {"sku", "product-id", "product-id-type", "price", "state"}
    assert "45" in told["leadtime-to-ship"]["Description"]
    assert str(LONGEST_SKU) in told["sku"]["Description"]
