"""How orders are taken over: everything about ``order_import`` that a merchant decides."""

from datetime import timedelta

import attrs

from khaos_connectors.core.acceptance import AcceptancePolicy
from khaos_connectors.core.order_mapping import OrderPolicy
from khaos_connectors.core.skus import SkuMap
from khaos_connectors.pipelines.intake import Reading

__all__ = ["ImportPolicy"]


@attrs.frozen(kw_only=True)
class ImportPolicy:
    """How orders are taken over.

    *acceptance* None leaves accepting to people, who are told after *acceptance_alert*. *owner* names this process in
    leases: two processes at once need two names, and a restarted one that keeps its name carries on without waiting
    for its old leases (*lease*) to run out. *most_refusals*: how often an ERP may refuse the same draft before only
    a changed draft is tried again. *give_up_after*: consecutive failed calls after which a run stops writing and leaves
    the rest to the next one.
    """

    skus: SkuMap
    orders: OrderPolicy
    acceptance: AcceptancePolicy | None = None
    acceptance_alert: timedelta = timedelta(hours=4)
    reading: Reading = Reading()
    owner: str = "order_import"
    lease: timedelta = timedelta(minutes=10)
    most_refusals: int = 5
    give_up_after: int = 3
