"""Telesale prompts of GetSOPData: rules that remind of something or change a price while an order is taken."""

from datetime import datetime
from decimal import Decimal

import attrs

from khaos_connectors.khaos_control import rules

__all__ = ["Named", "PromptAction", "PromptCondition", "PromptCountry", "PromptItem", "TelesalePrompt"]


@attrs.frozen(kw_only=True)
class Named:
    """A code with the name that goes with it."""

    code: str = rules.text(name="@CODE")
    name: str = rules.text(name=".")


@attrs.frozen(kw_only=True)
class PromptItem:
    """An item (by code and other reference) or a stock type of which *qty* units raise the prompt."""

    stock_code: str = rules.text(name="@STOCK_CODE")
    other_ref: str = rules.text(name="@OTHER_REF")
    stock_type: str = rules.text(name="@STOCK_TYPE")
    qty: Decimal | None = rules.quantity(name="@QTY")


@attrs.frozen(kw_only=True)
class PromptCountry:
    """A country for whose customers the prompt is meant."""

    code2: str = rules.text(name="@CODE2")
    code3: str = rules.text(name="@CODE3")
    name: str = rules.text(name=".")


@attrs.frozen(kw_only=True)
class PromptAction:
    """What a prompt does where *apply*: a unit price and a discount on the line, a delivery charge on the order."""

    apply: bool | None = rules.flag(name="APPLY_ACTION")
    sale_price: Decimal | None = rules.quantity()
    discount: Decimal | None = rules.quantity()
    qty_limit: Decimal | None = rules.quantity()
    bogof_qty: Decimal | None = rules.quantity()
    price_is_net: bool | None = rules.flag(name="IS_NET")
    net_delivery: Decimal | None = rules.quantity()
    zero_delivery: bool | None = rules.flag()


@attrs.frozen(kw_only=True)
class PromptCondition:
    """One node of a prompt's tree of conditions, which hang together by their ids.

    *any_of*: one of the conditions under it is enough. *expected*: what it has to be. What it compares is one of a
    stock property, an item, a stock type and a preset over the prompt's group.
    """

    condition_id: str = rules.text(name="CONDITION/CONDITION_ID")
    parent_id: str = rules.text(name="CONDITION/PARENT_CONDITION_ID")
    any_of: bool | None = rules.flag(name="CONDITION/ANY_ALL")
    expected: bool | None = rules.flag(name="CONDITION/TRUE_FALSE")
    sub_id: str = rules.text(name="CONDITION_SUB/CSUB_ID")
    field_index: str = rules.text(name="CONDITION_SUB/UDA_FIELD_INDEX")
    field_name: str = rules.text(name="CONDITION_SUB/UDA_FIELD_NAME")
    comparison_id: str = rules.text(name="CONDITION_SUB/COMPARISON_ID")
    comparison: str = rules.text(name="CONDITION_SUB/COMPARISON_DESC")
    preset_id: str = rules.text(name="CONDITION_SUB/PRESET_ID")
    preset: str = rules.text(name="CONDITION_SUB/PRESET_DESC")
    value: str = rules.text(name="CONDITION_SUB/COMPARISON_VALUE")
    stock_id: str = rules.text(name="CONDITION_SUB/STOCK_ID")
    stock_code: str = rules.text(name="CONDITION_SUB/STOCK_CODE")
    type_id: str = rules.text(name="CONDITION_SUB/STYPE_ID")
    stock_type: str = rules.text(name="CONDITION_SUB/STOCK_TYPE")


@attrs.frozen(kw_only=True)
class TelesalePrompt:
    """A prompt, when it is raised and what it does. *always_active*: whatever its dates say.

    *group_type* is the scope of presets in conditions; *group_items* are its members, as ids and by codes and types.
    """

    prompt_id: str = rules.text(name="@ID")
    short_description: str = rules.text(name="SHORT_DESC")
    long_description: str = rules.text(name="LONG_DESC")
    starts: datetime | None = rules.moment(name="DATE_START")
    ends: datetime | None = rules.moment(name="DATE_END")
    always_active: bool | None = rules.flag()
    company_class: str = rules.text()
    company_type: str = rules.text()
    raised_by: Named | None = None
    applies: Named | None = None
    order_value: Decimal | None = rules.quantity()
    order_weight: Decimal | None = rules.quantity()
    new_only: bool | None = rules.flag()
    items: tuple[PromptItem, ...] = ()
    company_classes: tuple[str, ...] = ()
    company_types: tuple[str, ...] = ()
    countries: tuple[PromptCountry, ...] = ()
    currencies: tuple[Named, ...] = ()
    action: PromptAction | None = None
    group_type: str = rules.text(name="CONDITION_GROUP_TYPE")
    group_items: str = rules.text(name="CONDITION_GROUP_ITEMS")
    group_stock_codes: str = rules.text(name="CONDITION_GROUP_ITEMS_SK")
    group_stock_types: str = rules.text(name="CONDITION_GROUP_ITEMS_ST")
    conditions: tuple[PromptCondition, ...] = ()
