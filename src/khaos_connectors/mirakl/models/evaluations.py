"""What customers think of an order, and the operator's tax codes: OR51, OR75."""

from datetime import datetime

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised
from khaos_connectors.mirakl.models.codes import TaxCalculationRule
from khaos_connectors.mirakl.models.order_codes import Replier

__all__ = ["Assessment", "Evaluation", "EvaluationReply", "OrderTaxCode"]


@attrs.frozen(kw_only=True)
class Assessment:
    """One question of an evaluation and its answer."""

    code: Text
    label: str | None = None
    response: Text | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class EvaluationReply:
    """What was answered to a customer's evaluation, and by whom."""

    comment: str | None = attrs.field(default=None, repr=False)
    date: datetime | None = None
    type: Replier | Unrecognised | None = None


@attrs.frozen(kw_only=True)
class Evaluation:
    """A customer's evaluation of an order: *grade* from 0 to 5, *visible* to other customers or not."""

    grade: int | None = None
    comment: str | None = attrs.field(default=None, repr=False)
    assessments: tuple[Assessment, ...] | None = ()
    reply: EvaluationReply | None = None
    visible: bool | None = None
    customer_id: Text | None = None
    firstname: str | None = attrs.field(default=None, repr=False)
    lastname: str | None = attrs.field(default=None, repr=False)
    date: datetime | None = None
    last_updated_date: datetime | None = None


@attrs.frozen(kw_only=True)
class OrderTaxCode:
    """A tax of the operator's, under which the taxes of orders and refunds stand."""

    code: Text
    label: str | None = None
    tax_calculation_rule: TaxCalculationRule | Unrecognised | None = None
