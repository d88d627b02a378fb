"""Checks over a whole SKU map: rows that contradict each other, and SKUs not one-to-one with what they sell.

Nothing here guesses; a SKU that is not clear has no meaning until a person gives it one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import attrs

from khaos_connectors.core.exception_report import ExceptionType, Reason
from khaos_connectors.core.fields import typed
from khaos_connectors.core.ids import ChannelId, ChannelSku, StockCode
from khaos_connectors.core.skus import SkuMap, SkuMiss, Target

__all__ = ["SkuMapCheck", "SkuRow", "SkuTable", "ambiguities", "check_sku_map", "read_rows"]


@attrs.frozen
class SkuRow:
    """One row of a table of SKUs as people keep it: on *channel*, *sku* stands for *target*."""

    channel: ChannelId
    sku: ChannelSku
    target: Target


@attrs.frozen(kw_only=True, field_transformer=typed)
class SkuTable:
    """A map made of rows, and the *reasons* for SKUs that it had to leave without a meaning."""

    skus: SkuMap
    reasons: tuple[Reason, ...]


def read_rows(rows: Iterable[SkuRow], *, identity: bool = True) -> SkuTable:
    """The map that *rows* give. Rows that repeat each other are one.

    Rows that contradict each other give their SKU no meaning at all, not even the identical stock code: a wrong guess
    sends the wrong goods. Each such SKU is a reason.
    """
    said: defaultdict[tuple[ChannelId, ChannelSku], set[Target]] = defaultdict(set)
    for row in rows:
        said[row.channel, row.sku].add(row.target)
    clear = {key: next(iter(targets)) for key, targets in said.items() if len(targets) == 1}
    reasons = [
        _ambiguous(channel, sku, f"rows say that it is {' and '.join(sorted(map(_named, said[channel, sku])))}")
        for channel, sku in sorted(said.keys() - clear.keys())
    ]
    return SkuTable(skus=SkuMap(clear, identity, said.keys() - clear.keys()), reasons=tuple(reasons))


def ambiguities(
    skus: SkuMap, *, listed: Mapping[ChannelId, Collection[ChannelSku]], known: Collection[StockCode]
) -> dict[tuple[ChannelId, ChannelSku], str]:
    """Why a listed SKU is not one-to-one with what it sells, for each that is not.

    Two listings of a channel that sell the same number of the same code offer it twice. A SKU that is itself a stock
    code of *known* and is mapped to another one sells what nobody expects of its name. And rows may contradict each
    other about it. Single pieces and packs of one code are no ambiguity.
    """
    found: dict[tuple[ChannelId, ChannelSku], str] = {}
    for channel, names in listed.items():
        sharing: defaultdict[Target, list[ChannelSku]] = defaultdict(list)
        for sku in sorted(set(names)):
            target = skus.candidate(channel, sku)
            if target is not None:
                sharing[target].append(sku)
            if (channel, sku) in skus.ambiguous:
                found[channel, sku] = "rows of the SKU map contradict each other about it"
            elif target is not None and target.stock_code != StockCode(sku) and StockCode(sku) in known:
                found[channel, sku] = f"it is the stock code {sku!r}, and mapped to {target.stock_code!r}"
        for target, claimants in sharing.items():
            for sku in claimants if len(claimants) > 1 else ():
                others = ", ".join(repr(str(other)) for other in claimants if other != sku)
                found.setdefault((channel, sku), f"it sells {_named(target)}, as {others} does")
    return found


@attrs.frozen(kw_only=True, field_transformer=typed)
class SkuMapCheck:
    """The listed SKUs that lead to one known stock code each (*clear*), and *reasons* for all others.

    Every listed SKU is either clear or in at least one reason.
    """

    clear: frozenset[tuple[ChannelId, ChannelSku]]
    reasons: tuple[Reason, ...]


def check_sku_map(
    skus: SkuMap,
    *,
    listed: Mapping[ChannelId, Collection[ChannelSku]],
    known: Collection[StockCode],
    gone: Collection[StockCode] = (),
) -> SkuMapCheck:
    """Whether each SKU of the *listed* ones leads to exactly one stock code of *known* (a set, for speed).

    SKU_AMBIGUOUS: it is not one-to-one (see ``ambiguities``). LISTING_ORPHANED: its code is one of *gone*, which the
    ERP has confirmed to be deleted. LISTING_NO_STOCK_CODE: it leads nowhere; near matches are in the evidence.
    """
    unclear = ambiguities(skus, listed=listed, known=known)
    reasons: list[Reason] = []
    clear: set[tuple[ChannelId, ChannelSku]] = set()
    for channel, names in sorted(listed.items()):
        for sku in sorted(set(names)):
            why = unclear.get((channel, sku))
            found = skus.find(channel, sku, known=known)
            if why is not None:
                reasons.append(_ambiguous(channel, sku, why))
            if isinstance(found, SkuMiss) and (channel, sku) not in skus.ambiguous:
                reasons.append(_missing(channel, found, skus.candidate(channel, sku), gone))
            elif why is None:
                clear.add((channel, sku))
    return SkuMapCheck(clear=frozenset(clear), reasons=tuple(reasons))


def _missing(channel: ChannelId, miss: SkuMiss, target: Target | None, gone: Collection[StockCode]) -> Reason:
    near = ", ".join(f"{near.stock_code} ({near.why})" for near in miss.suggestions)
    evidence = {"channel": channel, "sku": miss.sku, "near": near}
    if target is not None and target.stock_code in gone:
        message = f"{miss.sku} on {channel} sells {target.stock_code}, which is gone"
        return Reason(
            type=ExceptionType.LISTING_ORPHANED, entity=f"listing:{miss.sku}", message=message, evidence=evidence
        )
    return Reason(
        type=ExceptionType.LISTING_NO_STOCK_CODE, entity=f"listing:{miss.sku}", message=miss.why, evidence=evidence
    )


def _ambiguous(channel: ChannelId, sku: ChannelSku, why: str) -> Reason:
    return Reason(
        type=ExceptionType.SKU_AMBIGUOUS,
        entity=f"listing:{sku}",
        message=f"{sku} on {channel} is ambiguous: {why}",
        evidence={"channel": channel, "sku": sku, "why": why},
    )


def _named(target: Target) -> str:
    return f"{target.pack} x {target.stock_code}"
