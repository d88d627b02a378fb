"""From a snapshot to the level of every listing, with the explanation of each. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

import attrs

from khaos_connectors.core.availability import AtsResult, ListingPolicy, available_to_sell
from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.ids import ChannelId, ChannelSku, StockCode
from khaos_connectors.core.push import WantedLevel
from khaos_connectors.core.skus import SkuMap, Target
from khaos_connectors.core.stock import CommitmentBasis, Demand, Snapshot, StockFigure
from khaos_connectors.pipelines.shelf import pools_of

__all__ = ["ABSENT", "Levels", "work_out"]

ABSENT = ExceptionType.LISTING_NO_STOCK_CODE
"""The ERP does not know this listing's stock code. Found twice in a row, the listing goes to 0."""


@attrs.frozen(kw_only=True)
class Levels:
    """One wanted level per listing, the traces behind them, and what people have to look at.

    *claimed* are the listings whose stock is being ordered right now: a decrease there needs no other explanation.
    """

    wanted: tuple[WantedLevel, ...]
    results: Mapping[ChannelSku, AtsResult]
    reasons: tuple[Reason, ...]
    claimed: frozenset[ChannelSku]


@attrs.frozen(kw_only=True)
class _Code:
    """What a snapshot says of one stock code over all its locations. *pool* None: not enough to know."""

    pool: int | None
    stock_controlled: bool
    discontinued: bool
    negative: tuple[str, ...]


def work_out(
    listings: Collection[ChannelSku],
    *,
    channel: ChannelId,
    skus: SkuMap,
    snapshot: Snapshot,
    demands: Sequence[Demand],
    basis: CommitmentBasis,
    skew: timedelta,
    policy_of: Mapping[ChannelSku, ListingPolicy],
    default: ListingPolicy,
    non_stock: int | None,
    absent_before: Collection[str],
    run_to_zero: Collection[StockCode] = (),
) -> Levels:
    """The level of every one of *listings*; each is in ``wanted`` exactly once, unknown ones with units None.

    *absent_before* are the entities of the items by which an earlier run said that a listing's code is missing. Nothing
    of *run_to_zero* is offered on back order.
    """
    codes = _codes(snapshot, pools_of(snapshot, demands, basis=basis, skew=skew))
    targets = {sku: skus.candidate(channel, sku) for sku in sorted(listings)}
    sharing = Counter(target.stock_code for target in targets.values() if target is not None)
    claimed_codes = {demand.stock_code for demand in demands}
    wanted: list[WantedLevel] = []
    results: dict[ChannelSku, AtsResult] = {}
    reasons: list[Reason] = []
    for sku, target in targets.items():
        state = codes.get(target.stock_code) if target is not None else None
        if target is None or state is None:
            level, reason = _absent(sku, target, snapshot, absent_before=absent_before)
        elif state.discontinued:
            level, reason = WantedLevel(sku=sku, units=0, why="discontinued"), None
        elif not state.stock_controlled:
            level, reason = _uncounted(sku, target, non_stock=non_stock)
        elif state.pool is None:
            level, reason = _untold(sku, target)
        else:
            policy = attrs.evolve(policy_of.get(sku, default), pack=target.pack)
            if target.stock_code in run_to_zero:
                policy = attrs.evolve(policy, backorder_limit=0)
            share = _share(state.pool, policy, sharing[target.stock_code])
            results[sku] = available_to_sell(state.pool, policy=policy, share=share)
            level, reason = WantedLevel(sku=sku, units=results[sku].value, why=f"pool {state.pool}"), None
        wanted.append(level)
        reasons.extend([reason] if reason is not None else [])
    reasons.extend(_oversold(codes, snapshot))
    if not snapshot.complete:
        reasons.append(_partial(snapshot))
    claimed = frozenset(sku for sku, target in targets.items() if target and target.stock_code in claimed_codes)
    return Levels(wanted=tuple(wanted), results=results, reasons=tuple(reasons), claimed=claimed)


def _codes(snapshot: Snapshot, pools: Mapping[StockCode, int]) -> dict[StockCode, _Code]:
    rows: dict[StockCode, list[StockFigure]] = {}
    for figure in snapshot.figures:
        rows.setdefault(figure.stock_code, []).append(figure)
    return {
        code: _Code(
            pool=pools.get(code),
            stock_controlled=any(figure.stock_controlled for figure in figures),
            discontinued=any(figure.discontinued for figure in figures),
            negative=tuple(str(f.location) for f in figures if f.physical is not None and f.physical < 0),
        )
        for code, figures in rows.items()
    }


def _share(pool: int, policy: ListingPolicy, sharing: int) -> int | None:
    """An equal part of the buffered pool where several listings sell one code: together they never promise more."""
    if sharing == 1:
        return None
    return max(0, pool - policy.pool_buffer.units(pool)) // sharing


def _uncounted(sku: ChannelSku, target: Target, *, non_stock: int | None) -> tuple[WantedLevel, Reason | None]:
    """An item without stock control: only a configured quantity can be offered of it."""
    if non_stock is not None:
        return WantedLevel(sku=sku, units=non_stock // target.pack, why="not counted; the configured quantity"), None
    reason = Reason(
        type=ExceptionType.CONFIG_MISSING,
        entity=f"listing:{sku}",
        message=f"the ERP does not count {target.stock_code}; set a quantity for items without stock control",
        evidence={"sku": sku, "stock code": target.stock_code},
    )
    return WantedLevel(sku=sku, units=None, why="not counted, and no quantity configured"), reason


def _untold(sku: ChannelSku, target: Target) -> tuple[WantedLevel, Reason]:
    reason = Reason(
        type=ExceptionType.STOCK_PARTIAL,
        entity=f"stock:{target.stock_code}",
        message=f"the ERP gave no usable figure for {target.stock_code}; its listings keep their level",
        evidence={"sku": sku, "stock code": target.stock_code},
    )
    return WantedLevel(sku=sku, units=None, why="the ERP gave no usable figure"), reason


def _absent(
    sku: ChannelSku,
    target: Target | None,
    snapshot: Snapshot,
    *,
    absent_before: Collection[str],
) -> tuple[WantedLevel, Reason | None]:
    if target is not None and not snapshot.complete:
        return WantedLevel(sku=sku, units=None, why="its stock could not be read"), None
    entity = f"listing:{sku}"
    reason = Reason(
        type=ABSENT,
        entity=entity,
        message=f"listing {sku} has no stock code that the ERP knows",
        evidence={"sku": sku, "stock code": target.stock_code if target is not None else ""},
    )
    if entity in absent_before:
        return WantedLevel(sku=sku, units=0, why="its stock code is missing for the second time"), reason
    return WantedLevel(sku=sku, units=None, why="its stock code is missing; asked again before it goes to 0"), reason


def _oversold(codes: Mapping[StockCode, _Code], snapshot: Snapshot) -> list[Reason]:
    found: list[Reason] = []
    for code, state in codes.items():
        if state.pool is not None and state.pool < 0:
            found.append(
                Reason(
                    type=ExceptionType.OVERSOLD,
                    entity=f"stock:{code}",
                    message=f"{-state.pool} more of {code} ordered than there are",
                    evidence={"stock code": code, "pool": str(state.pool), "as of": snapshot.as_of.isoformat()},
                )
            )
        if state.negative:
            found.append(
                Reason(
                    type=ExceptionType.NEGATIVE_STOCK,
                    entity=f"stock:{code}",
                    message=f"{code} has negative physical stock at {', '.join(state.negative)}",
                    evidence={"stock code": code, "locations": ", ".join(state.negative)},
                )
            )
    return found


def _partial(snapshot: Snapshot) -> Reason:
    return Reason(
        type=ExceptionType.STOCK_PARTIAL,
        entity="feed:stock",
        message=f"{len(snapshot.missing)} stock codes could not be read; their listings keep their level",
        evidence={"codes": ", ".join(snapshot.missing[:20]), "count": str(len(snapshot.missing))},
    )
