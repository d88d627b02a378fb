"""A SKU map as a whole: contradicting rows, shared targets, SKUs that lead nowhere."""

from khaos_connectors.core.exception_report import ExceptionType
from khaos_connectors.core.ids import ChannelId, ChannelSku, StockCode
from khaos_connectors.core.sku_checks import SkuRow, check_sku_map, read_rows
from khaos_connectors.core.skus import SkuMap, SkuMiss, Target

JL, WEB = ChannelId("john-lewis"), ChannelId("web")


def row(sku: str, code: str, pack: int = 1, channel: ChannelId = JL) -> SkuRow:
    return SkuRow(channel, ChannelSku(sku), Target(StockCode(code), pack))


def known(*codes: str) -> set[StockCode]:
    return {StockCode(code) for code in codes}


def listed(*skus: str, channel: ChannelId = JL) -> dict[ChannelId, list[ChannelSku]]:
    return {channel: [ChannelSku(sku) for sku in skus]}


class TestRows:
    def test_rows_become_a_map(self) -> None:
        """Rows that repeat each other are one."""
        table = read_rows([row("SET", "MUG", 6), row("SET", "MUG", 6), row("SET", "MUG", 4, WEB)])

        assert table.reasons == ()
        assert table.skus.candidate(JL, ChannelSku("SET")) == Target(StockCode("MUG"), 6)
        assert table.skus.candidate(WEB, ChannelSku("SET")) == Target(StockCode("MUG"), 4)

    def test_rows_that_contradict_each_other_give_no_meaning(self) -> None:
        """Domain §10, SKU_AMBIGUOUS: a wrong guess sends wrong goods; even the identical code would be a guess."""
        table = read_rows([row("MUG", "CUP"), row("MUG", "JUG", 2), row("SET", "MUG", 6)])
        found = table.skus.find(JL, ChannelSku("MUG"), known=known("MUG", "CUP", "JUG"))

        assert isinstance(found, SkuMiss)
        assert found.why == "rows of the SKU map contradict each other about 'MUG' on john-lewis"
        assert table.skus.candidate(JL, ChannelSku("MUG")) is None
        assert table.skus.skus_of(JL, StockCode("MUG")) == ((ChannelSku("SET"), Target(StockCode("MUG"), 6)),)
        assert [(r.type, r.entity) for r in table.reasons] == [(ExceptionType.SKU_AMBIGUOUS, "listing:MUG")]
        assert table.reasons[0].message == "MUG on john-lewis is ambiguous: rows say that it is 1 x CUP and 2 x JUG"

    def test_the_other_channel_is_not_touched(self) -> None:
        """A contradiction is one channel's."""
        table = read_rows([row("MUG", "CUP"), row("MUG", "JUG")])

        assert table.skus.find(WEB, ChannelSku("MUG"), known=known("MUG")) == Target(StockCode("MUG"))

    def test_without_identity(self) -> None:
        """The rows are then all that there is."""
        assert read_rows([], identity=False).skus.candidate(JL, ChannelSku("MUG")) is None


class TestMap:
    def test_a_clear_map(self) -> None:
        """Single pieces and packs of one code are two things; so is the same SKU on two channels."""
        skus = SkuMap({(JL, ChannelSku("SET")): Target(StockCode("MUG"), 6)})
        check = check_sku_map(skus, listed={**listed("MUG", "SET"), **listed("MUG", channel=WEB)}, known=known("MUG"))

        assert check.reasons == ()
        assert check.clear == {(JL, "MUG"), (JL, "SET"), (WEB, "MUG")}

    def test_two_listings_of_one_thing(self) -> None:
        """Domain §11: the map is one-to-one: two SKUs for the same number of one code offer it twice."""
        skus = SkuMap({(JL, ChannelSku("OLD-MUG")): Target(StockCode("MUG"))})
        check = check_sku_map(skus, listed=listed("MUG", "OLD-MUG", "CUP"), known=known("MUG", "CUP"))

        assert [(r.type, r.entity) for r in check.reasons] == [
            (ExceptionType.SKU_AMBIGUOUS, "listing:MUG"),
            (ExceptionType.SKU_AMBIGUOUS, "listing:OLD-MUG"),
        ]
        assert check.reasons[0].evidence["why"] == "it sells 1 x MUG, as 'OLD-MUG' does"
        assert check.clear == {(JL, "CUP")}

    def test_what_is_not_listed_does_not_compete(self) -> None:
        """A row of the map for an old listing harms nobody."""
        skus = SkuMap({(JL, ChannelSku("OLD-MUG")): Target(StockCode("MUG"))})

        assert check_sku_map(skus, listed=listed("MUG"), known=known("MUG")).reasons == ()

    def test_a_sku_that_is_another_things_code(self) -> None:
        """``MUG`` that sells a ``CUP`` while a ``MUG`` exists is not what anybody expects."""
        skus = SkuMap({(JL, ChannelSku("MUG")): Target(StockCode("CUP"))})
        found = check_sku_map(skus, listed=listed("MUG"), known=known("MUG", "CUP")).reasons

        assert [r.evidence["why"] for r in found] == ["it is the stock code 'MUG', and mapped to 'CUP'"]
        assert check_sku_map(skus, listed=listed("MUG"), known=known("CUP")).reasons == ()

    def test_a_sku_that_leads_nowhere(self) -> None:
        """Domain §10, LISTING_NO_STOCK_CODE: with near matches, which are never applied."""
        found = check_sku_map(SkuMap(), listed=listed("mug"), known=known("MUG")).reasons

        assert [r.type for r in found] == [ExceptionType.LISTING_NO_STOCK_CODE]
        assert found[0].evidence["near"] == "MUG (differs only in capitals)"

    def test_a_sku_whose_code_is_gone(self) -> None:
        """Domain §10, LISTING_ORPHANED: the ERP has confirmed that the code is deleted."""
        found = check_sku_map(SkuMap(), listed=listed("MUG"), known=known("CUP"), gone=known("MUG")).reasons

        assert [(r.type, r.message) for r in found] == [
            (ExceptionType.LISTING_ORPHANED, "MUG on john-lewis sells MUG, which is gone")
        ]

    def test_a_map_without_identity_misses(self) -> None:
        """No row, no meaning, and no orphan either."""
        found = check_sku_map(SkuMap(identity=False), listed=listed("MUG"), known=known("MUG"), gone=known("MUG"))

        assert [r.type for r in found.reasons] == [ExceptionType.LISTING_NO_STOCK_CODE]

    def test_contradicting_rows_are_told_once(self) -> None:
        """Ambiguous, not ambiguous and missing as well."""
        table = read_rows([row("MUG", "CUP"), row("MUG", "JUG")])
        check = check_sku_map(table.skus, listed=listed("MUG"), known=known("MUG"))

        assert [r.type for r in check.reasons] == [ExceptionType.SKU_AMBIGUOUS]
        assert check.clear == frozenset()
