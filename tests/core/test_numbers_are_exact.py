"""Prices, rates and tolerances that people configure are exact: anything else is refused at once, by its name."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from khaos_connectors.core.acceptance import AcceptancePolicy
from khaos_connectors.core.ids import ChannelSku, StockCode
from khaos_connectors.core.listing_records import Catalogue
from khaos_connectors.core.order_checks import find_value_drift
from khaos_connectors.core.order_policy import OrderPolicy
from khaos_connectors.core.skus import SkuMap

MUG = StockCode("MUG")
SKU = ChannelSku("MUG")

PLACES: dict[str, Callable[[Any], object]] = {  # Any: what is no exact number
    "max_price_drop": lambda n: AcceptancePolicy(max_price_drop=n),
    "expected_prices of MUG": lambda n: AcceptancePolicy(expected_prices={SKU: n}),
    "lowest_prices of MUG": lambda n: Catalogue(skus=SkuMap(), items={}, lowest_prices={SKU: n}),
    "default_vat_rate": lambda n: OrderPolicy(default_vat_rate=n),
    "shipping_vat_rate": lambda n: OrderPolicy(shipping_vat_rate=n),
    "vat_rates of MUG": lambda n: OrderPolicy(vat_rates={MUG: n}),
    "rounding_per_line": lambda n: OrderPolicy(rounding_per_line=n),
    "rounding_cap": lambda n: OrderPolicy(rounding_cap=n),
    "tax_per_line": lambda n: OrderPolicy(tax_per_line=n),
    "tolerance": lambda n: find_value_drift([], tolerance=n),
}


@pytest.mark.parametrize("name", PLACES)
def test_only_exact_numbers_are_taken(name: str) -> None:
    """0.1 is not a tenth, and what is no number would only be found out in the middle of an order."""
    with pytest.raises(TypeError, match=f"^{name} must be a Decimal, not 0.1$"):
        PLACES[name](0.1)
    with pytest.raises(ValueError, match=f"^{name} must be"):
        PLACES[name](Decimal("NaN"))
    PLACES[name](Decimal("0.1"))
