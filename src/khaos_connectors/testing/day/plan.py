"""What the simulated merchant sells, to whom, and how: everything that follows from a seed."""

import random
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

import attrs

from khaos_connectors.testing.simulators.khaos_settings import KhaosCourier, KhaosItem, KhaosSettings
from khaos_connectors.testing.simulators.mirakl.state import MiraklSettings, OfferState

__all__ = [
    "API_KEY",
    "CARRIERS",
    "CHANNEL_PASSWORD",
    "CHANNEL_USER",
    "COURIERS",
    "SHOP_URN",
    "DayPlan",
    "Goods",
    "consignment",
    "goods_of",
]

API_KEY = "simulated-shop-key"
CHANNEL_USER = "simulated-channel"
CHANNEL_PASSWORD = "simulated-channel-password"  # noqa: S105 - of a simulated ERP
SHOP_URN = "JL00001"
"""The ERP's number of the customer on whom returns of the marketplace are booked."""

COURIERS = (
    KhaosCourier(name="Royal Mail", code="RM", tracking_url="https://track.example.com/rm/{consignment}"),
    KhaosCourier(name="DPD", code="DPD"),
    KhaosCourier(name="Hermes", code="HER"),
    KhaosCourier(name="Own Van", code="VAN"),
    KhaosCourier(name="Pony Express", code="PONY"),
)
"""Hermes is known by another name today; nobody has told the channel about the van; the pony is mapped at noon."""

CARRIERS: Mapping[str, str] = {
    "Royal Mail": "ROYALMAIL",
    "DPD": "DPD",
    "Hermes": "EVRI",
    "Pony Express": "YODEL",
}
"""Who really brings what the office books as that courier, by the marketplace's codes; nobody there knows the van."""

_NOUNS = ("Cushion", "Teapot", "Lamp", "Throw", "Vase", "Mug", "Candle", "Basket", "Clock", "Tray")


@attrs.frozen(kw_only=True)
class DayPlan:
    """The size and the luck of a day. *faults* is the profile of both lines; *ticks* are quarters of an hour.

    *erp* is the door that the ERP is used by: its SOAP service, or Channels, where it calls us.
    """

    seed: int = 1
    orders: int = 300
    codes: int = 240
    ticks: int = 40
    faults: Literal["none", "some", "heavy"] = "some"
    multi_shipment: bool = True
    erp: Literal["soap", "channels"] = "soap"

    def __attrs_post_init__(self) -> None:
        if self.orders < 1 or self.codes < 20 or self.ticks < 8:
            raise ValueError("a day needs at least 1 order, 20 stock codes and 8 ticks")

    def luck(self, purpose: str) -> random.Random:
        """A stream of chance of its own for each *purpose*, so that one part of the day never shifts another."""
        return random.Random(f"{self.seed}/{purpose}")

    def khaos_settings(self) -> KhaosSettings:
        """The installation: answers by reference or inline, as the seed says."""
        return KhaosSettings(
            answers="multiref" if self.seed % 2 else "inline",
            bom=self.seed % 3 == 0,
            fault_status=200 if self.seed % 5 == 0 else 500,
            company_classes={"John Lewis": "gross", "Trade": "net"},
        )

    def mirakl_settings(self) -> MiraklSettings:
        """The marketplace: orders are accepted by hand, carriers must be registered."""
        return MiraklSettings(
            seed=self.seed,
            multi_shipment=self.multi_shipment,
            alternative_carriers=False,
            partial_acceptance=self.seed % 2 == 0,
            null_country_every=0,
        )


@attrs.frozen(kw_only=True)
class Goods:
    """The items of the ERP, the offers of the marketplace, and what each offer is made of.

    *contents* is the truth per SKU: stock code and units per pack. *packs* is the part of it that cannot be guessed
    from the SKU and has to be configured. *strangers* are offers whose SKU the ERP does not know.
    """

    items: tuple[KhaosItem, ...]
    offers: Mapping[str, OfferState]
    contents: Mapping[str, tuple[str, int]]
    packs: Mapping[str, tuple[str, int]]
    strangers: tuple[str, ...]


def goods_of(plan: DayPlan) -> Goods:
    """What is on sale: one offer per stock code, some packs of three beside, and a few offers that nobody can serve."""
    luck = plan.luck("goods")
    items: list[KhaosItem] = []
    offers: dict[str, OfferState] = {}
    contents: dict[str, tuple[str, int]] = {}
    packs: dict[str, tuple[str, int]] = {}
    for number in range(plan.codes):
        code = f"KC-{1000 + number}"
        price = Decimal(luck.randrange(399, 8999)) / 100
        stock = 0 if luck.random() < 0.08 else luck.randrange(1, 60)
        title = f"{luck.choice(_NOUNS)} {number}"
        items.append(KhaosItem(stock_code=code, description=title, physical=stock, sell_price=price))
        offers[code] = OfferState(price=price, quantity=0, title=title)
        contents[code] = (code, 1)
        if number % 20 == 7:
            sku = f"{code}-X3"
            offers[sku] = OfferState(price=price * 3 - 1, quantity=0, title=f"{title}, set of 3")
            contents[sku] = packs[sku] = (code, 3)
    strangers = tuple(_strangers(plan))
    offers.update({sku: OfferState(price=Decimal("14.99"), quantity=6, title="Old stock") for sku in strangers})
    return Goods(items=tuple(items), offers=offers, contents=contents, packs=packs, strangers=strangers)


def _strangers(plan: DayPlan) -> Iterator[str]:
    """SKUs that look like a stock code but are not: wrong case, a space, a letter for a digit, or simply gone."""
    yield "kc-1003"
    yield "KC-1O05"
    yield "KC 1011"
    yield f"KC-{9000 + plan.seed % 100}"


def consignment(courier: str, luck: random.Random) -> str:
    """A consignment number in the shape of *courier*, check digit included where it has one."""
    if courier == "Royal Mail":
        digits = [luck.randrange(10) for _ in range(8)]
        return f"RB{''.join(map(str, digits))}{_s10(digits)}GB"
    if courier == "DPD":
        return "1550" + "".join(str(luck.randrange(10)) for _ in range(10))
    if courier == "Hermes":
        return "".join(str(luck.randrange(10)) for _ in range(16))
    return f"{courier[:3].upper()}{luck.randrange(10**8):08d}"


def _s10(digits: list[int]) -> int:
    rest = 11 - sum(digit * weight for digit, weight in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)
