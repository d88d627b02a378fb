"""What operators of Mirakl differ in and do not publish, and how each answer is read from an instance."""

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from itertools import pairwise

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.mirakl.config import InvoiceWay, MiraklConfig
from khaos_connectors.mirakl.instance.asked import explicit_way
from khaos_connectors.mirakl.instance.profiles import Question
from khaos_connectors.mirakl.instance.settling import InstanceFacts
from khaos_connectors.mirakl.models.codes import ShopModel
from khaos_connectors.mirakl.models.features import Features, Returns
from khaos_connectors.mirakl.models.platform import PlatformSettings

__all__ = ["QUESTIONS", "shop_model", "shop_model_told"]

_MOST = 12


# --- reading the answers -------------------------------------------------------------------------------------------


def _yes(value: bool | None) -> str | None:  # noqa: FBT001 - an answer, not a switch of this function
    return None if value is None else ("yes" if value else "no")


def _code(value: Enum | Unrecognised | None) -> str | None:
    if value is None:
        return None
    return value.code if isinstance(value, Unrecognised) else str(value.value)


def _features(facts: InstanceFacts) -> Features:
    return (facts.platform and facts.platform.features) or Features()


def _settings(facts: InstanceFacts) -> PlatformSettings:
    return (facts.platform and facts.platform.platform_configuration) or PlatformSettings()


def shop_model(config: MiraklConfig, facts: InstanceFacts) -> ShopModel | Unrecognised | None:
    """Whether this shop sells itself or supplies the operator (drop ship); None where nobody has said. Pure."""
    return shop_model_told(facts) if config.model is None else config.model


def shop_model_told(facts: InstanceFacts) -> ShopModel | Unrecognised | None:
    """What the instance says of it: A01, else PC01 where the platform has one kind of shop only. Pure."""
    if facts.account is not None and facts.account.model is not None:
        return facts.account.model
    model = _settings(facts).platform_model
    if model is None:
        return None
    kinds = (
        (ShopModel.MARKETPLACE, model.marketplace),
        (ShopModel.DROPSHIP, model.drop_ship),
        (ShopModel.ONE_CREDITOR, model.one_creditor),
    )
    offered = [kind for kind, is_on in kinds if is_on]
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
    duty = None if enhanced is None else _yes(enhanced.enabled)
    if not facts.documents_owed:
        return duty
    return f"{duty or 'yes'}; documents wait to be uploaded now"


def _own_invoices(config: MiraklConfig) -> str | None:
    ways = {InvoiceWay.ORDER_DOCUMENT: "no: beside the order, by OR74", InvoiceWay.ACCOUNTING_DOCUMENT: "yes, by DR74"}
    return ways.get(config.invoice_way)


def _currency(facts: InstanceFacts) -> str | None:
    return None if facts.account is None else facts.account.currency_iso_code


def _country(facts: InstanceFacts) -> str | None:
    return None if facts.account is None else facts.account.shipping_country


def _listed(values: Iterable[str]) -> str:
    """*values* in one line, the first dozen of them."""
    every = list(values)
    more = f", and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return f"{', '.join(every[:_MOST])}{more}" if every else "none"


def _reasons(facts: InstanceFacts) -> str | None:
    if facts.reasons is None:
        return None
    usable = [reason for reason in facts.reasons if reason.is_shop_right]
    return _listed(f"{reason.code} ({_code(reason.type)})" for reason in usable)


def _custom_fields(facts: InstanceFacts) -> str | None:
    if facts.custom_fields is None:
        return None
    wanted = (f"{field.code}{' (required)' if field.required else ''}" for field in facts.custom_fields)
    return _listed(wanted)


def _languages(facts: InstanceFacts) -> str | None:
    return None if facts.locales is None else _listed(facts.locales)


def _settlement(facts: InstanceFacts) -> str | None:
    """The usual distance of billing cycles: the median of the last ones, in days."""
    dates = sorted(facts.cycles or ())
    gaps = sorted((later - earlier) / timedelta(days=1) for earlier, later in pairwise(dates))
    if not gaps:
        return None
    return f"every {gaps[len(gaps) // 2]:.0f} days, the last on {dates[-1]:%Y-%m-%d}"


def _own_deadline(config: MiraklConfig) -> str | None:
    return None if config.accept_within is None else f"{config.accept_within / timedelta(hours=1):g} hours"


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
        told=lambda facts: _code(shop_model_told(facts)),
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
        name="acceptance deadline",
        asks="How long may an order wait to be accepted? After that Mirakl refuses it in the seller's name.",
        read_in="no field: OR11 created_date and acceptance_decision_date of past orders show it",
        default="unknown: be told of every order that has waited for 4 hours",
        configured=_own_deadline,
        told=_untold,
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
        told=_reasons,
    ),
    Question(
        name="custom fields",
        asks="Which fields of its own has the operator added?",
        read_in="AF01",
        default="none",
        configured=_unset,
        told=_custom_fields,
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
        setting="order_tax_mode",
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
        told=_settlement,
    ),
    Question(
        name="invoices",
        asks="Must the seller upload invoices against document requests?",
        read_in="PC01 platform_configuration.enhanced_seller_invoicing.enabled; DR11 issuer_type SHOP",
        default="no",
        configured=_own_invoices,
        told=_invoices,
    ),
    Question(
        name="stock frequency",
        asks="How often may stock be sent?",
        read_in="no field: Mirakl's own limit for STO01 is once a minute",
        default="on change, every 5 minutes at most, with a full read-back once a day",
        configured=_unset,
        told=_untold,
    ),
    Question(
        name="currency",
        asks="In which currency are prices?",
        read_in="A01 currency_iso_code; CUR01",
        default="the platform's own",
        configured=_unset,
        told=_currency,
    ),
    Question(
        name="country",
        asks="Where does the shop send from, and where do its customers live?",
        read_in="A01 shipping_country; OR11 addresses",
        default="read from each order",
        configured=_unset,
        told=_country,
    ),
    Question(
        name="language",
        asks="In which language are labels read?",
        read_in="L01",
        default="the platform's own",
        configured=lambda config: config.locale or None,
        told=_languages,
    ),
)
"""What operators differ in, each with where the truth stands and what holds until it is known."""
