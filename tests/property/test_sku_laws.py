"""Laws of the SKU map: exact or nothing, and the same suggestions every time."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.core.ids import ChannelId, ChannelSku, StockCode
from khaos_connectors.core.skus import SkuMap, SkuMiss, Target, near_matches
from khaos_connectors.testing.strategies import sku_maps, stock_codes

law = settings(deadline=None, max_examples=80)
channels = st.sampled_from([ChannelId("john-lewis"), ChannelId("web")])
catalogues = st.sets(stock_codes(), max_size=12)


@law
@given(sku_maps(), channels, stock_codes(), catalogues)
def test_a_find_is_a_known_code_or_a_miss(
    skus: SkuMap, channel: ChannelId, name: StockCode, known: set[StockCode]
) -> None:
    """A found target is exactly the candidate and exists; a miss never turns a suggestion into an answer."""
    sku = ChannelSku(name)
    found = skus.find(channel, sku, known=known)

    if isinstance(found, Target):
        assert found == skus.candidate(channel, sku)
        assert found.stock_code in known
        assert found == skus.explicit.get((channel, sku), Target(name))
    else:
        candidate = skus.candidate(channel, sku)
        assert isinstance(found, SkuMiss)
        assert candidate is None or candidate.stock_code not in known
        assert {suggestion.stock_code for suggestion in found.suggestions} <= known


@law
@given(sku_maps(), channels, catalogues, stock_codes())
def test_the_reverse_is_the_reverse(skus: SkuMap, channel: ChannelId, names: set[StockCode], code: StockCode) -> None:
    """A SKU is listed for a code exactly when the map leads from the SKU to that code."""
    listed = dict(skus.skus_of(channel, code))
    asked = {ChannelSku(name) for name in names} | {sku for on, sku in skus.explicit if on == channel} | set(listed)

    for sku in asked | {ChannelSku(code)}:
        target = skus.candidate(channel, sku)
        assert (sku in listed) == (target is not None and target.stock_code == code)
        assert sku not in listed or listed[sku] == target


@law
@given(stock_codes(), st.lists(stock_codes(), max_size=12), st.randoms(use_true_random=False))
def test_suggestions_do_not_depend_on_order(sku: StockCode, known: list[StockCode], random: Random) -> None:
    """The same codes in any order and number give the same suggestions, each code once, an identical one first."""
    shuffled = [*known, *known]
    random.shuffle(shuffled)
    found = near_matches(sku, known)
    names = [suggestion.stock_code for suggestion in found]

    assert near_matches(sku, shuffled) == found
    assert len(set(names)) == len(names) <= 5
    assert sku not in names or names[0] == sku


@law
@given(stock_codes(), stock_codes())
def test_near_is_mutual(first: StockCode, second: StockCode) -> None:
    """If one code is near another, the other is near the one, for the same reason."""
    there = [suggestion.why for suggestion in near_matches(first, [second])]
    back = [suggestion.why for suggestion in near_matches(second, [first])]

    assert there == back
