"""What is written onto orders, and what Mirakl says about each row of it: OR04, OR07, OR31, OR32.

These operations answer 200 although rows failed; a row's own errors tell.
"""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from khaos_connectors.calls.decode import Text
from khaos_connectors.core.amounts import typed_money
from khaos_connectors.mirakl.models.additional_fields import AdditionalField
from khaos_connectors.mirakl.models.amounts import EcoContribution, TaxAmount
from khaos_connectors.mirakl.models.order_lines import Measurement, ShippingFrom

__all__ = [
    "AdditionalFieldsInput",
    "AdditionalFieldsRefusal",
    "AdditionalFieldsResult",
    "AdditionalFieldsUpdate",
    "AdjustedLine",
    "Adjustment",
    "LineAdditionalFields",
    "NewEcoContribution",
    "NewLineOrigin",
    "NewOrderUpdate",
    "UpdatedLine",
    "UpdatedLineAmounts",
    "UpdatedOrder",
    "UpdatedOrderError",
    "UpdatedOrderValues",
    "UpdatedOrigin",
    "UpdatedReferences",
]


@attrs.frozen(kw_only=True)
class UpdatedOrderError:
    """Why a field of an order or a line was left as it was."""

    message: str | None = None
    code: Text | None = None
    field: str | None = None

    @property
    def problem(self) -> str:
        """What is wrong, in a few words."""
        return f"{self.code or self.field or 'error'}: {self.message or 'no reason given'}"


@attrs.frozen(kw_only=True, field_transformer=typed_money)
class NewEcoContribution:
    """What is owed for the recycling of one unit of a line."""

    epr_category_code: str
    producer_id: str
    unit_amount: Decimal | None = None


@attrs.frozen(kw_only=True)
class NewOrderUpdate:
    """What OR04 writes onto one order. *order_reference_for_seller* None leaves the own reference as it is.

    *eco_contributions* is by order line id.
    """

    order_id: str
    order_reference_for_seller: str | None = None
    eco_contributions: Mapping[str, tuple[NewEcoContribution, ...]] = attrs.field(
        factory=dict[str, tuple[NewEcoContribution, ...]]
    )


@attrs.frozen(kw_only=True)
class UpdatedReferences:
    """The seller's own reference as it stands now."""

    order_reference_for_seller: Text | None = None


@attrs.frozen(kw_only=True)
class UpdatedLineAmounts:
    """The eco-contributions of a refund or a cancelation as they stand now; one of the two ids is filled."""

    refund_id: Text | None = None
    cancelation_id: Text | None = None
    eco_contributions: tuple[EcoContribution, ...] | None = ()


@attrs.frozen(kw_only=True)
class UpdatedLine:
    """A line as it stands after OR04."""

    order_line_id: Text | None = None
    eco_contributions: tuple[EcoContribution, ...] | None = ()
    refunds: tuple[UpdatedLineAmounts, ...] | None = ()
    cancelations: tuple[UpdatedLineAmounts, ...] | None = ()


@attrs.frozen(kw_only=True)
class UpdatedOrderValues:
    """What of an order OR04 may have changed, as it stands now."""

    references: UpdatedReferences | None = None
    order_lines: tuple[UpdatedLine, ...] | None = ()


@attrs.frozen(kw_only=True)
class UpdatedOrder:
    """What OR04 did to one order; not empty *errors* mean that it did not do all."""

    order_id: Text | None = None
    errors: tuple[UpdatedOrderError, ...] | None = ()
    updated: UpdatedOrderValues | None = None


@attrs.frozen(kw_only=True)
class NewLineOrigin:
    """Where a line will leave from: a *warehouse* code, or an address of which the country (alpha-3) is required."""

    order_line_id: str
    warehouse: str | None = None
    country_iso_code: str | None = None
    street_1: str | None = attrs.field(default=None, repr=False)
    street_2: str | None = attrs.field(default=None, repr=False)
    zip_code: str | None = attrs.field(default=None, repr=False)
    city: str | None = attrs.field(default=None, repr=False)
    state: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class UpdatedOrigin:
    """What OR07 did to one line; with *errors* (``05.read-only`` once the debit has begun) it stays as it was."""

    id: Text
    errors: tuple[UpdatedOrderError, ...] | None = ()
    updated: ShippingFrom | None = None


@attrs.frozen(kw_only=True)
class LineAdditionalFields:
    """The custom fields of one line."""

    order_line_id: Text
    order_line_additional_fields: tuple[AdditionalField, ...] | None = ()


@attrs.frozen(kw_only=True)
class AdditionalFieldsResult:
    """All custom fields of an order and its lines after OR31."""

    order_additional_fields: tuple[AdditionalField, ...] | None = ()
    order_lines: tuple[LineAdditionalFields, ...] | None = ()


@attrs.frozen(kw_only=True)
class AdditionalFieldsInput:
    """What was asked of OR31, as it says it back where it refuses."""

    order_additional_fields: tuple[AdditionalField, ...] | None = ()
    order_lines: tuple[LineAdditionalFields, ...] | None = ()


@attrs.frozen(kw_only=True)
class AdditionalFieldsRefusal:
    """Why OR31 changed nothing."""

    errors: tuple[UpdatedOrderError, ...] | None = ()
    input: AdditionalFieldsInput | None = None


@attrs.frozen(kw_only=True)
class AdditionalFieldsUpdate:
    """What OR31 answers inside its 200: a result, or errors and nothing changed."""

    order_update_result: AdditionalFieldsResult | None = None
    order_update_errors: AdditionalFieldsRefusal | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """Why nothing was changed; empty where all was."""
        if self.order_update_errors is None:
            return ()
        return tuple(error.problem for error in self.order_update_errors.errors or ()) or ("refused without a reason",)


@attrs.frozen(kw_only=True)
class Adjustment:
    """The refund or cancelation that Mirakl made because of an adjusted quantity."""

    amount: Decimal | None = None
    currency_iso_code: str | None = None
    quantity: int | None = None
    reason_code: Text | None = None
    shipping_amount: Decimal | None = None
    taxes: tuple[TaxAmount, ...] | None = ()
    shipping_taxes: tuple[TaxAmount, ...] | None = ()
    eco_contributions: tuple[EcoContribution, ...] | None = ()


@attrs.frozen(kw_only=True)
class AdjustedLine:
    """What OR32 did to one line; with *errors* it did nothing."""

    order_line_id: Text | None = None
    measurement: Measurement | None = None
    refunds: tuple[Adjustment, ...] | None = ()
    cancelations: tuple[Adjustment, ...] | None = ()
    errors: tuple[UpdatedOrderError, ...] | None = ()
