"""A SKU leads to a stock code exactly, or to suggestions for a person."""

import pytest

from khaos_connectors.core.ids import ChannelId, ChannelSku, StockCode
from khaos_connectors.core.skus import SkuMap, SkuMiss, Suggestion, Target, near_matches

JL = ChannelId("john-lewis")
WEB = ChannelId("web")


def codes(*names: str) -> set[StockCode]:
    return {StockCode(name) for name in names}


def row(sku: str, target: str, pack: int = 1, channel: ChannelId = JL) -> dict[tuple[ChannelId, ChannelSku], Target]:
    return {(channel, ChannelSku(sku)): Target(StockCode(target), pack)}


class TestFind:
    def test_the_identical_code_is_the_default(self) -> None:
        """Domain §1: without a row, a SKU is the identical stock code, one each."""
        assert SkuMap().find(JL, ChannelSku("MUG"), known=codes("MUG")) == Target(StockCode("MUG"), 1)

    def test_a_row_beats_identity(self) -> None:
        """An explicit row wins, even over a stock code of the same name."""
        found = SkuMap(row("MUG", "CUP", 6)).find(JL, ChannelSku("MUG"), known=codes("MUG", "CUP"))

        assert found == Target(StockCode("CUP"), 6)

    def test_a_row_is_of_one_channel(self) -> None:
        """The same SKU may stand for something else elsewhere."""
        found = SkuMap(row("MUG", "CUP", channel=WEB)).find(JL, ChannelSku("MUG"), known=codes("MUG", "CUP"))

        assert found == Target(StockCode("MUG"))

    def test_case_counts(self) -> None:
        """Domain §1: exact and case-sensitive; the near match is only suggested."""
        found = SkuMap().find(JL, ChannelSku("mug"), known=codes("MUG"))

        assert found == SkuMiss(
            ChannelSku("mug"),
            "'mug' is no stock code, and no row of the SKU map names it on john-lewis",
            (Suggestion(StockCode("MUG"), "differs only in capitals"),),
        )

    def test_a_row_to_a_code_that_does_not_exist(self) -> None:
        """A row does not fall back to identity; it is wrong, and what it may have meant is suggested."""
        found = SkuMap(row("MUG", "CUP-1")).find(JL, ChannelSku("MUG"), known=codes("MUG", "CUP1"))

        assert found == SkuMiss(
            ChannelSku("MUG"),
            "the SKU map sends 'MUG' on john-lewis to 'CUP-1', which is no stock code",
            (Suggestion(StockCode("CUP1"), "differs only in hyphens"),),
        )

    def test_without_identity_a_row_is_needed(self) -> None:
        """With identity off, the identical code is suggested but not taken."""
        found = SkuMap(identity=False).find(JL, ChannelSku("MUG"), known=codes("MUG", "CUP"))

        assert found == SkuMiss(
            ChannelSku("MUG"),
            "no row of the SKU map names 'MUG' on john-lewis",
            (Suggestion(StockCode("MUG"), "is identical"),),
        )

    def test_the_candidate_may_be_unknown(self) -> None:
        """What the map says, before anybody asked whether it exists."""
        assert SkuMap().candidate(JL, ChannelSku("X")) == Target(StockCode("X"))
        assert SkuMap(row("X", "Y")).candidate(JL, ChannelSku("X")) == Target(StockCode("Y"))
        assert SkuMap(identity=False).candidate(JL, ChannelSku("X")) is None


class TestSkusOf:
    def test_every_sku_of_a_code(self) -> None:
        """Rows to the code on this channel and the identical SKU, sorted by SKU."""
        rows = row("MUG-6", "MUG", 6) | row("A-MUG", "MUG", 2) | row("W-MUG", "MUG", channel=WEB) | row("C", "CUP")

        assert SkuMap(rows).skus_of(JL, StockCode("MUG")) == (
            ("A-MUG", Target(StockCode("MUG"), 2)),
            ("MUG", Target(StockCode("MUG"))),
            ("MUG-6", Target(StockCode("MUG"), 6)),
        )

    def test_a_row_takes_the_identical_sku_away(self) -> None:
        """Where the SKU MUG stands for CUP, the stock code MUG has no SKU of its own."""
        assert SkuMap(row("MUG", "CUP")).skus_of(JL, StockCode("MUG")) == ()

    def test_without_identity_only_rows_count(self) -> None:
        """A map without identity knows only its rows."""
        assert SkuMap(row("A", "MUG"), identity=False).skus_of(JL, StockCode("MUG")) == (
            ("A", Target(StockCode("MUG"))),
        )


class TestNearMatches:
    @pytest.mark.parametrize(
        ("sku", "code", "kinds"),
        [
            (" MUG", "MUG", "spaces"),
            ("MU G", "MUG", "spaces"),
            ("MUG\u00a0", "MUG", "spaces"),
            ("MUG\u200b", "MUG", "spaces"),
            ("A-1", "A1", "hyphens"),
            ("A\u20131", "A-1", "hyphens"),
            ("A_1", "A-1", "hyphens"),
            ("mug", "MUG", "capitals"),
            ("MUG-O1", "MUG-01", "look-alike characters"),
            ("A1", "AI", "look-alike characters"),
            ("A1", "Al", "look-alike characters"),
            ("AI", "Al", "look-alike characters"),
            ("00123", "123", "leading zeros"),
            ("123", "0123", "leading zeros"),
            ("000", "0", "leading zeros"),
            (" mug", "MUG", "spaces and capitals"),
            ("O123", "123", "look-alike characters and leading zeros"),
        ],
    )
    def test_ways_to_mistype(self, sku: str, code: str, kinds: str) -> None:
        """Each kind of mistyping of domain §1 is recognised and named, alone or together."""
        assert near_matches(sku, codes(code, "OTHER")) == (Suggestion(StockCode(code), f"differs only in {kinds}"),)

    def test_everything_at_once(self) -> None:
        """All five kinds together are still a suggestion, the last one."""
        (found,) = near_matches("00 mug-o1", codes("MUG01"))

        assert found.why == "differs in spaces, hyphens, capitals, look-alike characters, leading zeros"

    def test_the_likeliest_comes_first(self) -> None:
        """Fewer differences first, then spaces, hyphens, capitals, look-alikes, zeros; equals by code."""
        found = near_matches("A-O1", codes("0A-O1", "a-o1", "A-01", "AO1", "A -O1", "A-O1", "A_O1", "AO-1", "a01"), 9)

        assert [suggestion.stock_code for suggestion in found] == [
            "A-O1",
            "A -O1",
            "AO-1",
            "AO1",
            "A_O1",
            "a-o1",
            "A-01",
            "0A-O1",
            "a01",
        ]

    def test_the_limit(self) -> None:
        """Five suggestions unless asked otherwise; a person reads them."""
        known = codes("a1", "A1", "a-1", "A-1", "a 1", "A 1", "a_1")

        assert len(near_matches("A1", known)) == 5
        assert len(near_matches("A1", known, 2)) == 2
        assert near_matches("A1", known, 0) == ()

    @pytest.mark.parametrize("sku", ["", "  ", "-", "\u200b"])
    def test_nothing_is_near_nothing(self, sku: str) -> None:
        """A SKU of spaces and dashes says nothing, not even to a code of the same kind."""
        assert near_matches(sku, codes("-", "_", " ", "0")) == ()

    @pytest.mark.parametrize("code", ["B1", "A11", "1A", "L"])
    def test_other_codes_are_not_near(self, code: str) -> None:
        """Another letter, another length or another order is another code."""
        assert near_matches("A1", codes(code)) == ()


class TestValues:
    @pytest.mark.parametrize("pack", [0, -1])
    def test_a_pack_holds_at_least_one(self, pack: int) -> None:
        """A target of no units is refused where it is written."""
        with pytest.raises(ValueError, match="pack must be 1 or more"):
            Target(StockCode("MUG"), pack)

    def test_a_pack_is_a_whole_number(self) -> None:
        """Half a pack cannot be picked."""
        with pytest.raises(TypeError, match="pack must be an int"):
            Target(StockCode("MUG"), 1.5)  # type: ignore[arg-type]  # reason: what an untyped caller passes

    def test_a_map_does_not_change_under_a_run(self) -> None:
        """The rows are copied: what the caller does to its dict later is no longer seen."""
        rows = row("A", "MUG")
        skus = SkuMap(rows)
        rows.clear()

        assert skus.candidate(JL, ChannelSku("A")) == Target(StockCode("MUG"))
