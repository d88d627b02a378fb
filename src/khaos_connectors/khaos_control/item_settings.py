"""How an installation's item masters are to be understood."""

from decimal import Decimal

import attrs

from khaos_connectors.errors import ConfigError

__all__ = ["ItemSettings"]


@attrs.frozen(kw_only=True)
class ItemSettings:
    """What the export of items leaves open.

    *weight_in_kg*: kilograms of one unit of WEIGHT (``Decimal("0.001")`` for grams); None: nobody has found out yet,
    and no weights are told, because the vendor does not say. *barcode_labels*: whose bar code is the one that counts,
    by its label (DESC), the best first, however it is written; empty: the first one. *unpublished_is_blocked*: an item
    that is not for the web is not for sale at all.
    """

    weight_in_kg: Decimal | None = None
    barcode_labels: tuple[str, ...] = ()
    unpublished_is_blocked: bool = False

    def __attrs_post_init__(self) -> None:
        weight = self.weight_in_kg
        if weight is not None and not (weight.is_finite() and weight > 0):
            raise ConfigError(field="items.weight_in_kg", problem=f"must be more than 0, not {weight}")
