"""Orders of the simulated marketplace beside their states: ways of paying, custom fields, exports, opinions."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

import attrs

from khaos_connectors.testing.simulators.mirakl.wire import Json

__all__ = ["CustomField", "Evaluation", "OrderDesk", "OrderExport", "OrderSettings", "WorkflowCode"]

WorkflowCode: TypeAlias = Literal[
    "PAY_ON_ACCEPTANCE",
    "PAY_ON_SHIPMENT",
    "PAY_ON_DELIVERY",
    "PAY_ON_DUE_DATE",
    "NO_CUSTOMER_PAYMENT_CONFIRMATION",
]


@attrs.frozen
class CustomField:
    """A custom field of the operator's on orders or their lines; a seller may write it where it is *editable*."""

    entity: Literal["ORDER", "ORDER_LINE"] = "ORDER"
    type: str = "STRING"
    editable: bool = True
    required: bool = False


@attrs.frozen(kw_only=True)
class OrderSettings:
    """How orders are paid and told.

    A debit comes up to *debit_spread_seconds* later than it would, for each order by its own seeded chance. With
    *order_level_taxes* taxes stand on the order and on no line. *purchase_share* is the part of a price (per cent) that
    the operator pays in the drop-ship and one-creditor models. *fee* is charged on the first line of an order.
    *file_rows* cuts the files of exports smaller than the vendor would, for tests.
    """

    workflow: WorkflowCode = "PAY_ON_ACCEPTANCE"
    debit_spread_seconds: float = 0
    order_level_taxes: bool = False
    purchase_share: Decimal = Decimal(60)
    fee: Decimal = Decimal(0)
    fields: Mapping[str, CustomField] = attrs.field(factory=dict[str, CustomField])
    measured: Mapping[str, str] = attrs.field(factory=dict[str, str])
    exports: bool = True
    export_seconds: float = 20
    file_rows: int | None = None


@attrs.frozen(kw_only=True)
class Evaluation:
    """What a customer said of an order."""

    grade: int
    comment: str
    at: datetime


@attrs.frozen(kw_only=True)
class OrderExport:
    """One export: the query that was asked, when it will be done, and its files once it is (None: not yet)."""

    tracking_id: str
    wanted: Mapping[str, Json]
    started_at: datetime
    due: datetime
    translated: str | None = None
    files: tuple[str, ...] | None = None


@attrs.define
class OrderDesk:
    """What is kept of orders beside the orders themselves."""

    exports: dict[str, OrderExport] = attrs.field(factory=dict[str, OrderExport])
    evaluations: dict[str, Evaluation] = attrs.field(factory=dict[str, Evaluation])
