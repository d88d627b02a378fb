"""John Lewis as an operator of Mirakl: where it is, and how each thing that it does not publish is settled.

Little is public, and nearly all of it can be read from the instance. ``PROFILE`` says what is believed and why;
``settle`` gives the answers that hold for one account. The address and the defaults are inferences: each can be set.

A merchant who says "we sell on John Lewis" may mean another door: ``SUPPLIER_DIRECT`` says which, and ``check()`` of
an account with this profile repeats it. Ask which of the two it is before configuring anything.
"""

from khaos_connectors.calls.auth import Auth
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.instance.profiles import Confidence, Fact, Profile, Question, Settled
from khaos_connectors.mirakl.instance.questions import QUESTIONS
from khaos_connectors.mirakl.instance.settling import InstanceFacts
from khaos_connectors.mirakl.models.codes import OrderTaxMode

__all__ = [
    "COUNTRY",
    "CURRENCY",
    "HOST",
    "LIKELY_TEST_HOSTS",
    "LOCALE",
    "PROFILE",
    "QUESTIONS",
    "SUPPLIER_DIRECT",
    "UK_CARRIERS",
    "Question",
    "Settled",
    "configure",
    "settle",
]

HOST = "https://johnlewisuk-prod.mirakl.net"
"""Where the instance is believed to be; the true host stands in the address bar of the back office."""

LIKELY_TEST_HOSTS = ("https://johnlewisuk-preprod.mirakl.net", "https://johnlewisuk-dev.mirakl.net")
"""Where a test instance would be by Mirakl's custom. Nothing confirms them."""

CURRENCY, COUNTRY, LOCALE = "GBP", "GBR", "en_GB"

UK_CARRIERS = (
    "Royal Mail",
    "Parcelforce",
    "DPD",
    "DPD Local",
    "Evri",
    "DHL",
    "UPS",
    "Yodel",
    "FedEx",
    "GLS",
    "DX",
    "Arrow XL",
    "Whistl",
    "Amazon Shipping",
)
"""Carriers worth offering while the courier map is filled; which of them are registered, SH21 tells."""

SUPPLIER_DIRECT = (
    "this is the John Lewis marketplace run by Mirakl; orders that John Lewis sells itself and sends to suppliers come "
    'by files over SFTP from Virtualstock ("The Edge"), which is another system: no prices, no refunds of money alone, '
    "whole items cancelled. If the merchant has an SFTP log-in in place of a Mirakl back office, this is the wrong door"
)
"""What to ask before anything is configured."""


def _inferred(value: str, source: str) -> Fact[str]:
    return Fact(value, Confidence.INFERRED, source)


PROFILE = Profile(
    name="john-lewis",
    title="John Lewis",
    host=Fact(
        HOST, Confidence.INFERRED, "the tenant's name in an integrator's code, in the form of other tenants' hosts"
    ),
    test_hosts=tuple(_inferred(host, "Mirakl's custom for test tenants") for host in LIKELY_TEST_HOSTS),
    settings={
        "order_tax_mode": Fact(
            OrderTaxMode.TAX_INCLUDED, Confidence.INFERRED, "consumer prices in the United Kingdom include VAT"
        )
    },
    questions=QUESTIONS,
    answers={
        "currency": _inferred(CURRENCY, "a shop in the United Kingdom"),
        "country": _inferred(COUNTRY, "a shop in the United Kingdom"),
        "language": _inferred(f"{LOCALE}, which is not asked for", "a shop in the United Kingdom"),
        "carriers": _inferred("registered ones only", "an agency's page; a curated platform"),
        "tracking": _inferred("yes", "a parcel without a number cannot be shown to a customer"),
    },
    carriers=UK_CARRIERS,
    warnings=(SUPPLIER_DIRECT,),
    names={
        "customer order number": "commercial_id, the number on screens and packing slips",
        "order number": "order_id: commercial_id and the shop's suffix, the key of everything",
        "seller SKU": "shop_sku of offers, offer_sku of order lines, offer-sku in files",
        "offer SKU": "the seller SKU",
        "product SKU": "product_sku, Mirakl's own",
        "offer": "an item on sale; there is no listing beside it",
    },
)
"""What is believed of John Lewis, with where each belief comes from."""


def configure(
    account: AccountId, *, api_key: Secret | str | None = None, auth: Auth | None = None, shop_id: int | None = None
) -> MiraklConfig:
    """A configuration with this operator's defaults; change any field with ``attrs.evolve``.

    For the marketplace only, not for supplier-direct orders by files (see ``SUPPLIER_DIRECT``). No locale is sent: an
    instance refuses one that it did not switch on.
    """
    return PROFILE.configure(account, api_key=api_key, auth=auth, shop_id=shop_id)


def settle(config: MiraklConfig, facts: InstanceFacts) -> tuple[Settled, ...]:
    """Every question with its answer: the configuration wins over the instance, that over the default. Pure."""
    return PROFILE.settle(config, facts)
