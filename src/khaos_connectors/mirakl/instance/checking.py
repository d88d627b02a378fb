"""What a person should know before the first order goes through an account; and of many accounts, each by itself."""

from collections.abc import Sequence
from typing import Protocol

import attrs

from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import gather
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import CallError, ConfigError
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.instance.operators import profile_of
from khaos_connectors.mirakl.instance.profiles import Settled
from khaos_connectors.mirakl.instance.questions import shop_model
from khaos_connectors.mirakl.instance.settling import InstanceFacts
from khaos_connectors.mirakl.models.codes import ShopModel, ShopState
from khaos_connectors.mirakl.models.platform import Version
from khaos_connectors.mirakl.models.shops import Account
from khaos_connectors.protocols import Health

__all__ = ["DROPSHIP", "Checkable", "Checked", "check_each", "health"]

DROPSHIP = (
    "a drop-ship shop: prices on its orders and offers are purchase prices, what the operator pays us; it is paid by "
    "purchase-order documents that the seller uploads (DR11 LOGISTIC_PURCHASE_ORDER, SHOP_BILLING_CYCLE_PURCHASE_ORDER)"
)
"""What it means that a shop supplies the operator in place of selling itself."""


def health(config: MiraklConfig, version: Version, shop: Account, facts: InstanceFacts) -> Health:
    """What to tell of an account: the shop, the operator, each open question with who answered it. Pure.

    First what is wrong, then the warnings of the profile, then the questions: those where the configuration contradicts
    the instance, those that are open, then the settled ones. Last what could not be asked.
    """
    profile = profile_of(config)
    problems = _problems(config, shop, facts)
    notes = [f"shop {shop.shop_id} {shop.shop_name or ''}".rstrip(), *problems]
    if shop_model(config, facts) is ShopModel.DROPSHIP:
        notes.append(DROPSHIP)
    notes += [f"{profile.title}: {warning}" for warning in profile.warnings]
    notes += _questions(profile.settle(config, facts))
    notes += [f"not told: {operation}: {why}" for operation, why in facts.untold.items()]
    return Health(account=config.account, version=version.version or "", notes=tuple(notes), problems=problems)


def _questions(settled: Sequence[Settled]) -> list[str]:
    """Each question in a line, in the order in which somebody has something to do about it."""
    differ = [each for each in settled if each.told not in {None, each.answer}]
    unanswered = [each for each in settled if each.open]
    answered = [each for each in settled if each not in differ and each not in unanswered]
    told: list[str] = []
    if differ:
        names = ", ".join(each.question for each in differ)
        many = "1 setting contradicts the instance, and holds"
        told.append(
            f"{many if len(differ) == 1 else f'{len(differ)} settings contradict the instance, and hold'}: {names}"
        )
    if unanswered:
        names = ", ".join(each.question for each in unanswered)
        told.append(
            f"{len(unanswered)} of {len(settled)} questions are open, neither you nor the instance says: {names}"
        )
    return told + [str(each) for each in (*differ, *unanswered, *answered)]


def _problems(config: MiraklConfig, shop: Account, facts: InstanceFacts) -> tuple[str, ...]:
    found: list[str] = []
    if shop.shop_state is not ShopState.OPEN:
        state = shop.shop_state
        shown = "(not told)" if state is None else state.code if isinstance(state, Unrecognised) else state.value
        found.append(f"the shop is not open: {shown}")
    if config.shop_id is not None and config.shop_id != shop.shop_id:
        found.append(f"asked for shop {config.shop_id}, got {shop.shop_id}")
    if config.locale and facts.locales and config.locale not in facts.locales:
        found.append(f"locale: {config.locale!r} is not switched on there; there are {', '.join(facts.locales)}")
    return tuple(found)


class Checkable(Protocol):
    """A channel that can be asked whether it works."""

    @property
    def account(self) -> AccountId:
        """The name of its connection."""
        ...

    def check(self) -> Flow[Health]:
        """What there is to know."""
        ...


@attrs.frozen(kw_only=True)
class Checked:
    """How one of several accounts does: its *health*, or the *trouble* for which nobody can tell."""

    account: AccountId
    health: Health | None = None
    trouble: str = ""


def check_each(channels: Sequence[Checkable], *, at_once: int = 4) -> Flow[tuple[Checked, ...]]:
    """Check every one of *channels*, in their order: one that is switched off or away says so and stops no other."""
    found = yield from gather([_checked(channel) for channel in channels], limit=at_once)
    return tuple(found)


def _checked(channel: Checkable) -> Flow[Checked]:
    try:
        return Checked(account=channel.account, health=(yield from channel.check()))
    except (CallError, ConfigError) as trouble:
        return Checked(account=channel.account, trouble=str(trouble))
