"""John Lewis as a Mirakl operator: where it is, and how each thing that it does not publish is settled.

Little is public, and nearly all of it can be read from the instance. ``QUESTIONS`` says where each answer stands and
what holds until it is known; ``settle`` gives the answers that hold for one account. The address and the defaults are
inferences: each can be set.

A merchant who says "we sell on John Lewis" may mean another door: John Lewis has long run supplier-direct orders over
Virtualstock ("The Edge"; files over SFTP, no price updates, whole-item cancellations). That is not Mirakl and not this
module: ask which of the two it is before configuring anything.
"""

from collections.abc import Callable

import attrs

from khaos_connectors.calls.auth import Auth
from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.instance import explicit_way
from khaos_connectors.mirakl.models.codes import OrderAcceptance, OrderTaxMode, ShopModel
from khaos_connectors.mirakl.models.features import Features, Returns
from khaos_connectors.mirakl.models.platform import PlatformSettings
from khaos_connectors.mirakl.settling import InstanceFacts, Source, choose

__all__ = [
    "COUNTRY",
    "CURRENCY",
    "HOST",
    "LIKELY_TEST_HOSTS",
    "LOCALE",
    "QUESTIONS",
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


def configure(
    account: AccountId, *, api_key: Secret | str | None = None, auth: Auth | None = None, shop_id: int | None = None
) -> MiraklConfig:
    """A configuration with this operator's defaults; change any field with ``attrs.evolve``.

    Consumer prices in the United Kingdom include VAT, so orders are asked for with taxes included. No locale is sent:
    an instance refuses one that it did not switch on.
    """
    return MiraklConfig(
        account=account,
        base_url=HOST,
        api_key=api_key,
        auth=auth,
        shop_id=shop_id,
        order_tax_mode=OrderTaxMode.TAX_INCLUDED,
    )


Reader = Callable[[MiraklConfig], str | None]
Teller = Callable[[InstanceFacts], str | None]


@attrs.frozen(kw_only=True)
class Question:
    """Something that John Lewis does not publish.

    *read_in* names the operations and fields that tell it; *default* holds until then. *configured* and *told* find
    the answer in a configuration and in what an instance said, None where it is not there.
    """

    name: str
    asks: str
    read_in: str
    default: str
    configured: Reader = attrs.field(repr=False)
    told: Teller = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Settled:
    """The answer that holds, who gave it, and where the instance could be asked."""

    question: str
    answer: str
    source: Source
    read_in: str


def settle(config: MiraklConfig, facts: InstanceFacts) -> tuple[Settled, ...]:
    """Every question with its answer: the configuration wins over the instance, that over the default. Pure."""
    settled: list[Settled] = []
    for question in QUESTIONS:
        chosen = choose(question.configured(config), question.told(facts), question.default)
        settled.append(
            Settled(question=question.name, answer=chosen.value, source=chosen.source, read_in=question.read_in)
        )
    return tuple(settled)


# --- reading the answers -------------------------------------------------------------------------------------------


def _yes(value: bool | None) -> str | None:  # noqa: FBT001 - an answer, not a switch of this function
    return None if value is None else ("yes" if value else "no")


def _code(value: OrderAcceptance | OrderTaxMode | ShopModel | Unrecognised | None) -> str | None:
    if value is None:
        return None
    return value.code if isinstance(value, Unrecognised) else value.value


def _features(facts: InstanceFacts) -> Features:
    return (facts.platform and facts.platform.features) or Features()


def _settings(facts: InstanceFacts) -> PlatformSettings:
    return (facts.platform and facts.platform.platform_configuration) or PlatformSettings()


def _model(facts: InstanceFacts) -> str | None:
    if facts.account is not None and facts.account.model is not None:
        return _code(facts.account.model)
    model = _settings(facts).platform_model
    if model is None:
        return None
    kinds = (("MARKETPLACE", model.marketplace), ("DROPSHIP", model.drop_ship), ("ONE_CREDITOR", model.one_creditor))
    offered = [name for name, is_on in kinds if is_on]
    return offered[0] if len(offered) == 1 else None  # a platform with several kinds does not say which this shop is


def _acceptance(facts: InstanceFacts) -> str | None:
    workflows = _features(facts).order_workflows
    return None if workflows is None else _code(workflows.order_acceptance)


def _tracking(facts: InstanceFacts) -> str | None:
    kinds = [kind for kind in facts.shipping_types or () if kind.mandatory_tracking is not None]
    if not kinds:
        return None
    wanting = [kind.code for kind in kinds if kind.mandatory_tracking]
    if len(wanting) == len(kinds):
        return "yes"
    return f"for {', '.join(wanting)}" if wanting else "no"


def _carriers(facts: InstanceFacts) -> str | None:
    if facts.carriers is None:
        return None
    codes = ", ".join(carrier.code for carrier in facts.carriers) or "none"
    closed = _features(facts).disable_seller_alternative_carrier
    return f"{codes}; others by name" if closed is False else f"{codes}; no others"


def _parcels(facts: InstanceFacts) -> str | None:
    flag = _features(facts).shipment
    told = flag.multi_shipment if flag is not None else None
    return _yes(told if facts.several_shipments is None else facts.several_shipments)


def _returns(facts: InstanceFacts) -> str | None:
    returns = _features(facts).returns
    if returns is None or returns == Returns():
        return None
    kinds = (
        ("marketplace", returns.marketplace),
        ("drop ship", returns.drop_ship),
        ("one creditor", returns.one_creditor),
    )
    return ", ".join(name for name, is_on in kinds if is_on) or "no"


def _taxes(facts: InstanceFacts) -> str | None:
    return _code(_features(facts).order_tax_mode)


def _invoices(facts: InstanceFacts) -> str | None:
    enhanced = _settings(facts).enhanced_seller_invoicing
    return None if enhanced is None else _yes(enhanced.enabled)


def _currency(facts: InstanceFacts) -> str | None:
    return None if facts.account is None else facts.account.currency_iso_code


def _unset(_: MiraklConfig) -> None:
    return None


def _untold(_: InstanceFacts) -> None:
    return None


def _own_acceptance(config: MiraklConfig) -> str | None:
    if config.needs_acceptance is None:
        return None
    return "NOT_AUTOMATIC" if config.needs_acceptance else "AUTOMATIC"


def _own_carriers(config: MiraklConfig) -> str | None:
    if config.free_text_carriers is None:
        return None
    return "registered ones and others by name" if config.free_text_carriers else "registered ones only"


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="model",
        asks="Marketplace or drop ship? In drop ship all prices are purchase prices.",
        read_in="A01 model; PC01 platform_configuration.platform_model",
        default="MARKETPLACE",
        configured=lambda config: _code(config.model),
        told=_model,
    ),
    Question(
        name="acceptance",
        asks="Must orders be accepted? The deadline for it stands in no field: watch the age of waiting orders.",
        read_in="PC01 features.order_workflows.order_acceptance",
        default="NOT_AUTOMATIC",
        configured=_own_acceptance,
        told=_acceptance,
    ),
    Question(
        name="dispatch promise",
        asks="Until when must an order leave?",
        read_in="OR11 shipping_deadline of each order",
        default="the order's own deadline; warn when three quarters of the time are gone",
        configured=_unset,
        told=_untold,
    ),
    Question(
        name="tracking",
        asks="Is a tracking number mandatory?",
        read_in="SH12 mandatory_tracking of each shipping method",
        default="yes",
        configured=lambda config: _yes(config.mandatory_tracking),
        told=_tracking,
    ),
    Question(
        name="carriers",
        asks="Which carriers may be named?",
        read_in="SH21; PC01 features.disable_seller_alternative_carrier",
        default="registered ones only",
        configured=_own_carriers,
        told=_carriers,
    ),
    Question(
        name="several parcels",
        asks="May an order leave in several parcels?",
        read_in="PC01 features.shipment.multi_shipment; a 404 on ST11 or ST01 says no",
        default="no",
        configured=lambda config: _yes(explicit_way(config)),
        told=_parcels,
    ),
    Question(
        name="returns",
        asks="Do returns go through the API, and for which kinds of shop?",
        read_in="PC01 features.returns",
        default="unknown: refund only by an explicit act of a person",
        configured=_unset,
        told=_returns,
    ),
    Question(
        name="reasons",
        asks="Which reasons may a refund or a cancellation give?",
        read_in="RE01, those with is_shop_right",
        default="none: they must be mapped",
        configured=_unset,
        told=_untold,
    ),
    Question(
        name="custom fields",
        asks="Which fields of its own has the operator added?",
        read_in="AF01",
        default="none",
        configured=_unset,
        told=_untold,
    ),
    Question(
        name="product fields",
        asks="Which product fields does a category want?",
        read_in="PM11, VL11, H11",
        default="none",
        configured=_unset,
        told=_untold,
    ),
    Question(
        name="VAT",
        asks="Do prices include VAT? Line taxes may be empty: VAT then follows from the seller's own rates.",
        read_in="OR11 order_tax_mode and taxes; PC01 features.order_tax_mode",
        default="TAX_INCLUDED",
        configured=lambda config: _code(config.order_tax_mode),
        told=_taxes,
    ),
    Question(
        name="commission",
        asks="What does the operator keep?",
        read_in="OR11 total_commission and commission_fee; TL02",
        default="read from each order, never computed",
        configured=_unset,
        told=_untold,
    ),
    Question(
        name="settlement",
        asks="How often is money paid out?",
        read_in="SBC11 date_created; IV01 due_date; TL02 payment_state",
        default="unknown: look daily",
        configured=_unset,
        told=_untold,
    ),
    Question(
        name="invoices",
        asks="Must the seller upload invoices against document requests?",
        read_in="PC01 platform_configuration.enhanced_seller_invoicing.enabled; DR11 issuer_type SHOP",
        default="no",
        configured=_unset,
        told=_invoices,
    ),
    Question(
        name="stock frequency",
        asks="How often may stock be sent?",
        read_in="nowhere; Mirakl's own limit for STO01 is once a minute",
        default="on change, every 5 minutes at most, with a full read-back once a day",
        configured=_unset,
        told=_untold,
    ),
    Question(
        name="currency",
        asks="In which currency are prices?",
        read_in="A01 currency_iso_code; CUR01",
        default=CURRENCY,
        configured=_unset,
        told=_currency,
    ),
    Question(
        name="language",
        asks="In which language are labels read?",
        read_in="L01",
        default="the platform's own",
        configured=lambda config: config.locale or None,
        told=_untold,
    ),
)
"""What John Lewis does not publish, each with where the truth stands and what holds until it is known."""
