"""The offers of one Mirakl account: prices, single fields, and whether Mirakl shows what was pushed."""

from collections.abc import Mapping, Sequence

import attrs

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.core.ids import ChannelSku
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.given import records
from khaos_connectors.mirakl.instance.asked import Instance
from khaos_connectors.mirakl.models.offers import Offer
from khaos_connectors.mirakl.models.rows import Broken, Row
from khaos_connectors.mirakl.offers.drift import DriftReport, read_back
from khaos_connectors.mirakl.offers.import_push import ImportReceipt
from khaos_connectors.mirakl.offers.in_flight import InFlight, Turn
from khaos_connectors.mirakl.offers.merge import OfferChange
from khaos_connectors.mirakl.offers.price_file import OfferPrices
from khaos_connectors.mirakl.offers.price_merge import merged_prices
from khaos_connectors.mirakl.offers.prices import push_prices
from khaos_connectors.mirakl.offers.rewrite import Rewriting, listed, rewrite_offers, rewrites
from khaos_connectors.protocols import RowRefusal, StockLevel

__all__ = ["Offers"]

_DECIMALS = 2


@warns_unrun
class Offers:
    """The offers of one Mirakl account. ``MiraklChannel.offers`` gives one that shares the channel's pace.

    Stock goes through the channel; what this changes of an offer besides goes through here. Pushes may run at once: of
    a SKU the last word is that of the one that began last.
    """

    def __init__(self, config: MiraklConfig, *, caller: Caller | None = None, instance: Instance | None = None) -> None:
        self._config = config
        self._caller = caller or config.caller()
        self._instance = instance or Instance(config, self._caller)
        self._prices = InFlight(_sku)
        self._rewrites = rewrites()

    @property
    def rewrites(self) -> InFlight[Rewriting]:
        """The rewrites of offers that are under way, for whoever else rewrites offers of this account."""
        return self._rewrites

    def push_prices(self, offers: Sequence[OfferPrices]) -> Flow[ImportReceipt]:
        """Give each offer exactly the prices told, those not told are deleted: PRI01, PRI02, PRI03.

        An amount with more decimals than the platform takes (PC01) is refused by SKU, never rounded.
        """
        offers = records(self._config.scope, "PRI01", "offers", offers, OfferPrices)
        with self._prices.turn() as turn:
            return (yield from self._priced(offers, turn))

    def change_prices(self, changes: Sequence[OfferPrices]) -> Flow[ImportReceipt]:
        """Change the prices told and keep every other one of these offers: OF21, PRI01, PRI02, PRI03.

        A change takes the place of the price for the same channels, customers and times. An offer whose prices cannot
        all be read is refused by SKU and keeps them.
        """
        changes = records(self._config.scope, "PRI01", "changes", changes, OfferPrices)
        with self._prices.turn() as turn:
            wanted = {offer.sku: offer for offer in changes}
            named = [sku for sku, offer in wanted.items() if offer.rows]
            found = yield from listed(self._caller, self._config, named, lambda row: row)
            whole: list[OfferPrices] = []
            refused: list[RowRefusal] = []
            for sku, offer in wanted.items():
                made = _whole(found.get(sku), offer) if offer.rows else "the change names no price"
                if isinstance(made, str):
                    refused.append(RowRefusal(sku=sku, message=f"its prices were left as they are: {made}"))
                else:
                    whole.append(made)
            receipt = yield from self._priced(whole, turn)
            return attrs.evolve(receipt, refused=(*refused, *receipt.refused))

    def _priced(self, offers: Sequence[OfferPrices], turn: Turn[OfferPrices]) -> Flow[ImportReceipt]:
        platform = yield from self._instance.platform()
        features = platform.features if platform is not None else None
        told = str((features and features.offer_prices_decimals) or "")
        decimals = int(told) if told.isascii() and told.isdecimal() else _DECIMALS
        return (yield from push_prices(self._caller, self._config, offers, decimals=decimals, turn=turn))

    def change(self, changes: Mapping[ChannelSku, OfferChange]) -> Flow[ImportReceipt]:
        """Change single fields by reading each offer whole and writing it back: OF21, OF22, OF24.

        An offer that cannot be read whole, or of which no field is named, is refused by SKU and stays as it is. A sale
        between the two is undone in Mirakl's stock: where *changes* does not name a quantity, push stock afterwards.
        """
        with self._rewrites.turn() as turn:
            return (yield from rewrite_offers(self._caller, self._config, changes, turn=turn))

    def drift(self, wanted: Sequence[StockLevel]) -> Flow[DriftReport]:
        """How the stock that Mirakl shows differs from *wanted*: OF21, or OF52 for more than a hundred.

        Mirakl wants an export of everything once a day.
        """
        given = records(self._config.scope, "OF21", "wanted", wanted, StockLevel)
        levels = {level.sku: level.units for level in given}
        return (yield from read_back(self._caller, self._config, levels))


def _sku(offer: OfferPrices) -> ChannelSku:
    return offer.sku


def _whole(row: Row[Offer] | None, change: OfferPrices) -> OfferPrices | str:
    if row is None:
        return "there is no offer with this SKU"
    return row.problem if isinstance(row, Broken) else merged_prices(row.record, change.rows)
