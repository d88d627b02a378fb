"""From a channel's SKU to a stock code: exactly, or not at all with suggestions that a person may take up."""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import combinations

import attrs

from khaos_connectors.core.fields import typed
from khaos_connectors.core.ids import ChannelId, ChannelSku, StockCode
from khaos_connectors.core.quantities import whole

__all__ = ["SkuMap", "SkuMiss", "Suggestion", "Target", "near_matches"]


@attrs.frozen(field_transformer=typed)
class Target:
    """What a channel SKU stands for: *pack* eaches of *stock_code*. Raises ValueError for a pack below 1."""

    stock_code: StockCode
    pack: int = attrs.field(default=1, validator=whole(least=1))


@attrs.frozen
class Suggestion:
    """A stock code that is spelt nearly like a SKU, and in what way. Never applied without a person."""

    stock_code: StockCode
    why: str


@attrs.frozen(field_transformer=typed)
class SkuMiss:
    """A SKU that leads to no stock code, *why* in a sentence, and the likeliest misspellings first."""

    sku: ChannelSku
    why: str
    suggestions: tuple[Suggestion, ...] = ()


def _rows(rows: Mapping[tuple[ChannelId, ChannelSku], Target]) -> dict[tuple[ChannelId, ChannelSku], Target]:
    """A copy, so that a map cannot change under a run that uses it."""
    copy = dict(rows)
    for key, target in copy.items():
        _pair("explicit", key)
        if type(target) is not Target:
            raise TypeError(
                f"explicit: {key!r} stands for {target!r}: write Target({target!r}), with its pack if not 1"
            )
    return copy


def _keys(keys: Iterable[tuple[ChannelId, ChannelSku]]) -> frozenset[tuple[ChannelId, ChannelSku]]:
    # Not ``frozenset`` itself: type checkers lose what is in it.
    pairs = frozenset(keys)
    for key in pairs:
        _pair("ambiguous", key)
    return pairs


def _pair(field: str, key: object) -> None:
    match key:
        case (str(), str()):
            pass
        case _:
            form = "(channel, sku), like (ChannelId('shop'), ChannelSku('MUG'))"
            raise TypeError(f"{field}: {key!r} is no key of the SKU map: write {form}")


@attrs.frozen(field_transformer=typed)
class SkuMap:
    """Which stock code, and how many of it, a SKU of a channel stands for; exact and case-sensitive.

    A row of *explicit* always wins. Without one, and with *identity*, a SKU stands for one each of the identical
    stock code. A SKU in *ambiguous* stands for nothing, not even for the identical code: rows contradict each other
    about it (see ``sku_checks.read_rows``).
    """

    explicit: Mapping[tuple[ChannelId, ChannelSku], Target] = attrs.field(
        factory=dict[tuple[ChannelId, ChannelSku], Target], converter=_rows
    )
    identity: bool = True
    ambiguous: frozenset[tuple[ChannelId, ChannelSku]] = attrs.field(default=frozenset(), converter=_keys)

    def candidate(self, channel: ChannelId, sku: ChannelSku) -> Target | None:
        """What the map says, whether or not that stock code exists; None if it says nothing."""
        if (channel, sku) in self.ambiguous:
            return None
        row = self.explicit.get((channel, sku))
        if row is None and self.identity:
            return Target(StockCode(sku))
        return row

    def find(self, channel: ChannelId, sku: ChannelSku, *, known: Collection[StockCode]) -> Target | SkuMiss:
        """What the map says if that stock code is among *known* (a set, for speed), else why not."""
        target = self.candidate(channel, sku)
        if (channel, sku) in self.ambiguous:
            return SkuMiss(sku, f"rows of the SKU map contradict each other about {sku!r} on {channel}")
        if target is None:
            return SkuMiss(sku, f"no row of the SKU map names {sku!r} on {channel}", near_matches(sku, known))
        if target.stock_code in known:
            return target
        if (channel, sku) in self.explicit:
            why = f"the SKU map sends {sku!r} on {channel} to {target.stock_code!r}, which is no stock code"
        else:
            why = f"{sku!r} is no stock code, and no row of the SKU map names it on {channel}"
        return SkuMiss(sku, why, near_matches(target.stock_code, known))

    def skus_of(self, channel: ChannelId, stock_code: StockCode) -> tuple[tuple[ChannelSku, Target], ...]:
        """Every SKU that stands for *stock_code* on *channel*, with its pack; sorted by SKU."""
        rows = self.explicit.items()
        found = {sku: row for (on, sku), row in rows if on == channel and row.stock_code == stock_code}
        same = ChannelSku(stock_code)
        if self.identity and (channel, same) not in self.explicit:
            found[same] = Target(stock_code)
        return tuple(sorted((sku, row) for sku, row in found.items() if (channel, sku) not in self.ambiguous))


def near_matches(sku: str, codes: Iterable[StockCode], limit: int = 5) -> tuple[Suggestion, ...]:
    """Up to *limit* of *codes* that differ from *sku* only in ways in which people mistype, the likeliest first.

    Those are: spaces, hyphens and underscores, capitals, characters that look alike (O/0, I/l/1), leading zeros; one
    of them before several together, equals by code. An identical code is suggested too (a map without identity
    misses it).
    """
    loose = _folded(sku, _ALL_FOLDS)
    if not loose:
        return ()
    close = {code for code in codes if _folded(code, _ALL_FOLDS) == loose}
    ranked = sorted((*_difference(sku, code), code) for code in close)
    return tuple(Suggestion(code, why) for _, why, code in ranked[:limit])


# Dashes that spreadsheets and word processors put for a hyphen, and the soft hyphen, which nobody sees.
_DASHES = dict.fromkeys(map(ord, "-_\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212"))
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff"))
_LOOK_ALIKES = str.maketrans("OoIil", "00111")


def _without_spaces(text: str) -> str:
    return "".join(text.translate(_INVISIBLE).split())


def _without_dashes(text: str) -> str:
    return text.translate(_DASHES)


def _without_look_alikes(text: str) -> str:
    return text.translate(_LOOK_ALIKES)


def _without_leading_zeros(text: str) -> str:
    return text.lstrip("0") or text[:1]


# Applied in this order; the order is also that of likelihood.
_FOLDS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("spaces", _without_spaces),
    ("hyphens", _without_dashes),
    ("capitals", str.casefold),
    ("look-alike characters", _without_look_alikes),
    ("leading zeros", _without_leading_zeros),
)
_ALL_FOLDS = tuple(range(len(_FOLDS)))


def _folded(text: str, folds: Iterable[int]) -> str:
    for fold in folds:
        text = _FOLDS[fold][1](text)
    return text


def _difference(sku: str, code: str) -> tuple[tuple[int, ...], str]:
    """The fewest kinds of mistyping that turn *sku* into *code*: a rank, and in words."""
    for count in range(len(_FOLDS)):
        for folds in combinations(_ALL_FOLDS, count):
            if _folded(sku, folds) == _folded(code, folds):
                names = " and ".join(_FOLDS[fold][0] for fold in folds)
                return (count, *folds), f"differs only in {names}" if names else "is identical"
    return (len(_FOLDS), *_ALL_FOLDS), f"differs in {', '.join(name for name, _ in _FOLDS)}"
