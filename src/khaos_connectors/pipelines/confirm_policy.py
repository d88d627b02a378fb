"""How despatches are confirmed: everything about ``despatch_confirm`` that a merchant decides."""

from datetime import timedelta

import attrs

from khaos_connectors.core.couriers import CourierMap
from khaos_connectors.core.ids import CourierId
from khaos_connectors.core.skus import SkuMap
from khaos_connectors.core.tracking import known_couriers
from khaos_connectors.pipelines.intake import Reading

__all__ = ["ConfirmPolicy"]


@attrs.frozen(kw_only=True)
class ConfirmPolicy:
    """How despatches are confirmed.

    *wait_full*: where a channel takes one shipment per order, wait until the order is complete (else tell it at the
    first parcel). *trusted* are couriers whose tracking numbers are sent even if they look wrong. *owner* and *lease*:
    see ``ImportPolicy``. *give_up_after*: consecutive failed calls after which a run leaves the rest to the next one.
    """

    skus: SkuMap
    couriers: CourierMap
    trusted: frozenset[CourierId] = attrs.field(default=frozenset(), validator=known_couriers)
    wait_full: bool = True
    reading: Reading = Reading()
    owner: str = ""
    lease: timedelta = timedelta(minutes=30)
    give_up_after: int = 3
