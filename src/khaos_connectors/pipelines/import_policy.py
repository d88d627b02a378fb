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

    *acceptance* None leaves accepting to people, who are told after *acceptance_alert*, or after half of the acceptance
    window where the channel tells one that is shorter than twice that. *owner* names the holder of
    leases: empty, every run has a name of its own, and what a killed run left behind waits until its lease has run
    out; a name is for a single supervised worker, which then carries on at once after a restart. *lease* has to be
    longer than the slowest call with its repeats. *clock_skew*: how far the clocks of machines that share a store may
    be apart; orders created that little before a snapshot are not believed to be in it. *most_refusals*: how often an
    ERP may refuse the same draft before only a changed draft is tried again. *give_up_after*: consecutive failed calls
    after which a run stops writing and leaves the rest to the next one.
    """

    skus: SkuMap
    orders: OrderPolicy
    acceptance: AcceptancePolicy | None = None
    acceptance_alert: timedelta = timedelta(hours=4)
    reading: Reading = Reading()
    owner: str = ""
    lease: timedelta = timedelta(minutes=30)
    clock_skew: timedelta = timedelta(seconds=5)
    most_refusals: int = 5
    give_up_after: int = 3
