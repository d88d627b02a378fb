"""Vendor systems that live in memory, and the ways to reach them; names are loaded when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from khaos_connectors.testing.simulators.faults import Fault, FaultKind, Faults, Faulty, Rates
    from khaos_connectors.testing.simulators.khaos_channels import (
        ChannelCall,
        ChannelSettings,
        KhaosChannelsSimulator,
    )
    from khaos_connectors.testing.simulators.khaos_control import (
        KhaosAddress,
        KhaosCategory,
        KhaosContact,
        KhaosControlSimulator,
        KhaosCountry,
        KhaosCourier,
        KhaosFault,
        KhaosHarmonisation,
        KhaosItem,
        KhaosKeycode,
        KhaosLink,
        KhaosListing,
        KhaosPrice,
        KhaosPriceList,
        KhaosReference,
        KhaosReturn,
        KhaosSettings,
        KhaosSite,
        KhaosStyle,
        KhaosWebsite,
        SiteOperation,
    )
    from khaos_connectors.testing.simulators.mirakl import (
        UK_CARRIERS,
        Carrier,
        MiraklSettings,
        MiraklSimulator,
        OfferState,
        RateLimit,
        ShippingType,
    )
    from khaos_connectors.testing.simulators.protocol import Simulator
    from khaos_connectors.testing.simulators.routes import async_transport, respx_routes, serve, transport

__all__ = [
    "UK_CARRIERS",
    "Carrier",
    "ChannelCall",
    "ChannelSettings",
    "Fault",
    "FaultKind",
    "Faults",
    "Faulty",
    "KhaosAddress",
    "KhaosCategory",
    "KhaosChannelsSimulator",
    "KhaosContact",
    "KhaosControlSimulator",
    "KhaosCountry",
    "KhaosCourier",
    "KhaosFault",
    "KhaosHarmonisation",
    "KhaosItem",
    "KhaosKeycode",
    "KhaosLink",
    "KhaosListing",
    "KhaosPrice",
    "KhaosPriceList",
    "KhaosReference",
    "KhaosReturn",
    "KhaosSettings",
    "KhaosSite",
    "KhaosStyle",
    "KhaosWebsite",
    "MiraklSettings",
    "MiraklSimulator",
    "OfferState",
    "RateLimit",
    "Rates",
    "ShippingType",
    "Simulator",
    "SiteOperation",
    "async_transport",
    "respx_routes",
    "serve",
    "transport",
]

_HOMES = {
    **dict.fromkeys(("Fault", "FaultKind", "Faults", "Faulty", "Rates"), "faults"),
    **dict.fromkeys(("ChannelCall", "ChannelSettings", "KhaosChannelsSimulator"), "khaos_channels"),
    **dict.fromkeys(
        (
            "KhaosAddress",
            "KhaosCategory",
            "KhaosContact",
            "KhaosControlSimulator",
            "KhaosCountry",
            "KhaosCourier",
            "KhaosFault",
            "KhaosHarmonisation",
            "KhaosItem",
            "KhaosKeycode",
            "KhaosLink",
            "KhaosListing",
            "KhaosPrice",
            "KhaosPriceList",
            "KhaosReference",
            "KhaosReturn",
            "KhaosSettings",
            "KhaosSite",
            "KhaosStyle",
            "KhaosWebsite",
            "SiteOperation",
        ),
        "khaos_control",
    ),
    **dict.fromkeys(
        ("UK_CARRIERS", "Carrier", "MiraklSettings", "MiraklSimulator", "OfferState", "RateLimit", "ShippingType"),
        "mirakl",
    ),
    "Simulator": "protocol",
    **dict.fromkeys(("async_transport", "respx_routes", "serve", "transport"), "routes"),
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
