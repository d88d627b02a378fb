"""The stock that orders which nobody has accepted yet may still be promised, and which of their SKUs are real."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do, step
from khaos_connectors.core.ids import ChannelId, ChannelSku, OrderId, StockCode
from khaos_connectors.core.skus import SkuMap, SkuMiss, Target
from khaos_connectors.core.stock import CommitmentBasis, Demand, Snapshot, StockFigure, in_flight, pool
from khaos_connectors.protocols import ERPPort
from khaos_connectors.store.protocol import Store

__all__ = ["Shelf", "basis_of", "look_at_shelf", "pools_of"]

_UNCOUNTED = 10**9
"""What is free of an item that the ERP does not count: more than any order asks for."""


class Shelf:
    """What is free per stock code; it goes down as orders are accepted within one run."""

    def __init__(self, targets: Mapping[ChannelSku, Target | SkuMiss], free: Mapping[StockCode, int]) -> None:
        self.targets = targets
        self._free = dict(free)

    @property
    def free(self) -> Mapping[StockCode, int]:
        """Units per stock code that may still be promised; a code that is not in it has none."""
        return self._free

    def take(self, units: Mapping[StockCode, int]) -> None:
        """Count *units* as promised from now on."""
        for code, taken in units.items():
            self._free[code] = self._free.get(code, 0) - taken


def look_at_shelf(
    erp: ERPPort,
    store: Store,
    *,
    channel_id: ChannelId,
    skus: SkuMap,
    ordered: Collection[ChannelSku],
    unaccepted: Collection[OrderId],
    skew: timedelta,
) -> Flow[Shelf]:
    """Stock and identity of the *ordered* SKUs, asked of the ERP in one snapshot.

    Demand of the *unaccepted* orders is not subtracted: they are the ones that compete for what is free.
    """
    candidates = {sku: skus.candidate(channel_id, sku) for sku in ordered}
    codes = sorted({target.stock_code for target in candidates.values() if target is not None})
    if not ordered:
        return Shelf({}, {})
    basis = yield from basis_of(erp)
    snapshot = yield from step("stock of ordered codes", erp.stock, codes)
    known = {figure.stock_code for figure in snapshot.figures}
    if any(target is None or target.stock_code not in known for target in candidates.values()):
        known.update((yield from step("stock codes", erp.stock_codes)))
    demands = yield from do(store.demand)
    claimed = [demand for demand in demands if demand.order_id not in unaccepted]
    free = pools_of(snapshot, claimed, basis=basis, skew=skew)
    free.update({figure.stock_code: _UNCOUNTED for figure in snapshot.figures if not figure.stock_controlled})
    return Shelf({sku: skus.find(channel_id, sku, known=known) for sku in ordered}, free)


def basis_of(erp: ERPPort) -> Flow[CommitmentBasis]:
    """The commitment basis that fits what the ERP tells: physical stock, or only what is available."""
    able = yield from step("capabilities", erp.capabilities)
    return CommitmentBasis.MAX if able.physical else CommitmentBasis.AVAILABLE


def pools_of(
    snapshot: Snapshot, demands: Sequence[Demand], *, basis: CommitmentBasis, skew: timedelta = timedelta(0)
) -> dict[StockCode, int]:
    """The signed pool of every counted stock code in *snapshot*, less the demand that it cannot contain yet.

    A code without the figure that *basis* needs is left out: its stock is unknown, and nobody else's is. So is one that
    could not be read whole. Figures that have a time of their own know of orders up to that.
    """
    in_parts = snapshot.in_parts()
    figures: defaultdict[StockCode, list[StockFigure]] = defaultdict(list)
    for figure in snapshot.figures:
        if figure.stock_controlled and figure.stock_code not in in_parts:
            figures[figure.stock_code].append(figure)
    claims: defaultdict[StockCode, list[Demand]] = defaultdict(list)
    for demand in demands:
        claims[demand.stock_code].append(demand)
    pools: dict[StockCode, int] = {}
    for code, rows in figures.items():
        try:
            flying = in_flight(claims[code], as_of=snapshot.told_at(rows), skew=skew, basis=basis)
            pools[code] = pool(rows, basis=basis, in_flight=flying)
        except ValueError:
            continue
    return pools
