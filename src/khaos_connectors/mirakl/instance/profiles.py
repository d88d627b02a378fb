"""What is known of one operator of Mirakl, as data: where it is, how it is set up, and what must be asked of it.

A ``Profile`` adds no behaviour: it fills in a configuration and says, for each thing that an operator does not publish,
what holds until it is known. Everything in it can be overridden by the configuration, and most of it by the instance.
``GENERIC`` in ``operators`` suits every operator; write a profile of your own where more is known.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Generic, TypeVar

import attrs

from khaos_connectors.calls.auth import Auth
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId
from khaos_connectors.errors import ConfigError
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.instance.settling import InstanceFacts, Source, choose

__all__ = ["Confidence", "Fact", "Profile", "Question", "Settled", "settle"]

T_co = TypeVar("T_co", covariant=True)

Reader = Callable[[MiraklConfig], str | None]
Teller = Callable[[InstanceFacts], str | None]


class Confidence(Enum):
    """How sure a fact is, the surest first."""

    DOCUMENTED = "documented"
    SEEN = "seen at work"
    INFERRED = "inferred"


@attrs.frozen
class Fact(Generic[T_co]):
    """A *value*, how sure it is, and where it comes from."""

    value: T_co
    confidence: Confidence
    source: str


@attrs.frozen(kw_only=True)
class Question:
    """Something that operators differ in.

    *read_in* names the operations and fields that tell it; *default* holds until then. *configured* and *told* find
    the answer in a configuration and in what an instance said, None where it is not there. *setting* is the field of
    the configuration that holds an answer even where nobody has given one.
    """

    name: str
    asks: str
    read_in: str
    default: str
    configured: Reader = attrs.field(repr=False)
    told: Teller = attrs.field(repr=False)
    setting: str = ""


@attrs.frozen(kw_only=True)
class Settled:
    """The answer that holds, who gave it, and where the instance could be asked.

    *told* is what the instance says where the configuration outweighs it. *ground* says what a default rests on, or a
    setting that is as the profile or the library has it. *open*: neither you nor the instance has answered, so somebody
    should.
    """

    question: str
    answer: str
    source: Source
    read_in: str
    told: str | None = None
    ground: str = ""
    open: bool = False

    def __str__(self) -> str:
        where = {
            Source.CONFIGURATION: f"configuration{self.ground and f', {self.ground}'}",
            Source.INSTANCE: f"instance: {self.read_in}",
            Source.DEFAULT: f"default{self.ground and f', {self.ground}'}; told by {self.read_in}",
        }[self.source]
        but = f"; the instance says {self.told}" if self.told not in {None, self.answer} else ""
        return f"{self.question}: {self.answer} ({where}{but})"


@attrs.frozen(kw_only=True)
class Profile:
    """One operator: *name* is how it is asked for, *title* what people call it.

    *host* is its address and *test_hosts* those of test instances, None and empty where nobody knows. *settings* are
    fields of ``MiraklConfig`` by name, *answers* what holds of a question, by its name, in place of the question's own
    default. *warnings* are told by ``check()``; *names* says which field stands behind a word that merchants use.
    """

    name: str
    title: str
    host: Fact[str] | None = None
    test_hosts: tuple[Fact[str], ...] = ()
    settings: Mapping[str, Fact[object]] = attrs.field(factory=dict[str, Fact[object]])
    questions: tuple[Question, ...]
    answers: Mapping[str, Fact[str]] = attrs.field(factory=dict[str, Fact[str]])
    carriers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    names: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def __attrs_post_init__(self) -> None:
        known = {field.name for field in attrs.fields(MiraklConfig)} - {"account", "base_url", "profile"}
        asked = {question.name for question in self.questions}
        for field, unknown in (("settings", set(self.settings) - known), ("answers", set(self.answers) - asked)):
            if unknown:
                problem = f"{self.name}: there is no {', '.join(map(repr, sorted(unknown)))}"
                raise ConfigError(field=f"profile.{field}", problem=problem)

    def configure(
        self,
        account: AccountId,
        *,
        base_url: str = "",
        api_key: Secret | str | None = None,
        auth: Auth | None = None,
        shop_id: int | None = None,
    ) -> MiraklConfig:
        """A configuration with what is known of this operator; change any field with ``attrs.evolve``.

        Raises ``ConfigError`` where no host is known and no *base_url* is given.
        """
        address = base_url or (self.host.value if self.host is not None else "")
        if not address:
            problem = f"{self.title}: give the address that the back office shows, https://<tenant>.mirakl.net"
            raise ConfigError(field="base_url", problem=problem)
        config = MiraklConfig(
            account=account, base_url=address, api_key=api_key, auth=auth, shop_id=shop_id, profile=self
        )
        changes: dict[str, Any] = {  # Any: each value is of its own field's kind
            name: fact.value for name, fact in self.settings.items()
        }
        return attrs.evolve(config, **changes)

    def settle(self, config: MiraklConfig, facts: InstanceFacts) -> tuple[Settled, ...]:
        """Every question with its answer: the configuration wins over the instance, that over the default. Pure."""
        return settle(self.questions, config, facts, answers=self.answers, settings=self.settings)


def settle(
    questions: tuple[Question, ...],
    config: MiraklConfig,
    facts: InstanceFacts,
    *,
    answers: Mapping[str, Fact[str]] | None = None,
    settings: Mapping[str, Fact[object]] | None = None,
) -> tuple[Settled, ...]:
    """Each of *questions* with the answer that holds; *answers* replace the defaults of some, *settings* are what a
    profile has set. Pure.
    """
    known = answers or {}
    settled: list[Settled] = []
    for question in questions:
        fact = known.get(question.name)
        told = question.told(facts)
        chosen = choose(question.configured(config), told, question.default if fact is None else fact.value)
        preset = _preset(question, config, settings or {})
        settled.append(
            Settled(
                question=question.name,
                answer=chosen.value,
                source=chosen.source,
                read_in=question.read_in,
                told=told,
                ground=preset if chosen.source is Source.CONFIGURATION else _ground(fact),
                open=told is None and (chosen.source is Source.DEFAULT or preset != ""),
            )
        )
    return tuple(settled)


def _ground(fact: Fact[T_co] | None) -> str:
    return "" if fact is None else f"{fact.confidence.value}, {fact.source}"


def _preset(question: Question, config: MiraklConfig, settings: Mapping[str, Fact[object]]) -> str:
    """Where a setting comes from that is as it was before anybody configured it."""
    if not question.setting:
        return ""
    value, preset = getattr(config, question.setting), settings.get(question.setting)
    if preset is not None and value == preset.value:
        return f"as the profile has it: {_ground(preset)}"
    default = getattr(attrs.fields(MiraklConfig), question.setting).default
    return "as it is where nobody sets it" if preset is None and value == default else ""
