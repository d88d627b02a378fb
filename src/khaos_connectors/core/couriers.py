"""From the courier's name in an ERP to the carrier code of a channel, with the rule that decided."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from khaos_connectors.core.fields import typed
from khaos_connectors.core.ids import CourierId
from khaos_connectors.core.tracking import COURIERS, courier_of, infer_courier, normalise

__all__ = ["Carrier", "CarrierChoice", "CourierMap", "CourierRule"]


@attrs.frozen(kw_only=True)
class Carrier:
    """A carrier as a channel lists it. *tracking_url* may hold ``{trackingId}``."""

    code: str
    label: str
    standard_code: str = ""
    tracking_url: str = ""


@attrs.frozen(kw_only=True, field_transformer=typed)
class CarrierChoice:
    """The carrier to name to a channel: a registered *code*, or an unregistered *name* with its *url*.

    *rule* is the number of the ladder's step that hit, *why* says it in words.
    """

    code: str = ""
    name: str = ""
    url: str = ""
    rule: int
    why: str

    @property
    def mapped(self) -> bool:
        """Whether there is a carrier to name; False is step 8 of the ladder, ``COURIER_UNMAPPED``."""
        return self.rule != _UNMAPPED


@attrs.frozen(kw_only=True)
class CourierRule:
    """What a despatch's courier is called in a channel: *carrier* is a code, standard code or label of its list.

    A blank field stands for anything. Capitals and spaces at the ends do not matter.
    """

    carrier: str = attrs.field(validator=attrs.validators.min_len(1))
    courier: str = ""
    service: str = ""
    country: str = ""
    channel: str = ""

    @property
    def step(self) -> int:
        """The step of the ladder that this rule belongs to, 1 to 4: the more it names, the earlier it is tried."""
        if not self.channel:
            return 4
        if not self.service:
            return 3
        return 1 if self.country else 2

    def fits(self, wanted: "tuple[str, str, str, str]") -> bool:
        """Whether every field that the rule names is as in *wanted*: courier, service, country, channel, folded."""
        return all(not own or own == given for own, given in zip(self.key, wanted, strict=True))

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What the rule names, as it is compared: courier, service, country, channel."""
        return _folded(self.courier, self.service, self.country, self.channel)

    @property
    def order(self) -> tuple[int, int, int, int]:
        """Where the rule is tried; within a step a named courier comes first, then a named service, then a country."""
        return (self.step, not self.courier, not self.service, not self.country)

    def __str__(self) -> str:
        named = {"courier": self.courier, "service": self.service, "country": self.country, "channel": self.channel}
        return ", ".join(f"{name} {value!r}" for name, value in named.items() if value) or "anything"


_UNMAPPED = 8


def _folded(*texts: str) -> tuple[str, str, str, str]:
    courier, service, country, channel = (text.strip().casefold() for text in texts)
    return courier, service, country, channel


def _as_tuple(rules: Iterable[CourierRule]) -> tuple[CourierRule, ...]:
    # Not ``tuple`` itself: type checkers lose what is in it.
    return tuple(rules)


def _no_contradiction(_: object, __: object, rules: tuple[CourierRule, ...]) -> None:
    seen: dict[tuple[str, str, str, str], CourierRule] = {}
    for rule in rules:
        first = seen.setdefault(rule.key, rule)
        if first.carrier != rule.carrier:
            raise ValueError(f"two courier rules for {rule}: {first.carrier!r} and {rule.carrier!r}")


@attrs.frozen(field_transformer=typed)
class CourierMap:
    """The courier rules of a seller. *aliases* are further names of couriers: ``{"Our Van": "dx"}``.

    An alias may lead to a courier id of ``tracking.COURIERS`` or to the code of a carrier in the channel's list.
    Raises ``ValueError`` for two rules that say different things about the same fields.
    """

    rules: tuple[CourierRule, ...] = attrs.field(default=(), converter=_as_tuple, validator=_no_contradiction)
    aliases: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True)

    def choose(
        self,
        *,
        courier: str,
        service: str = "",
        country: str = "",
        channel: str = "",
        live: Sequence[Carrier],
        free_text: bool,
        tracking: str = "",
        tracking_url: str = "",
    ) -> CarrierChoice:
        """The carrier to name for a parcel; the first step that hits wins.

        1 a rule for courier, service, country and channel; 2 for courier, service and channel; 3 for courier and
        channel; 4 the same without a channel; 5 the courier's name or an alias of it in the channel's *live* list, by
        code, standard code or label; 6 the one courier whose number *tracking* provably is; 7 an unregistered carrier
        by name and *tracking_url*, where the channel allows it (*free_text*); 8 nothing.

        A rule for a carrier that *live* does not hold names it as unregistered where that is allowed, otherwise it is
        passed over. An empty *live* means that the list is not known: rules are then taken at their word.
        """
        wanted = _folded(courier, service, country, channel)
        passed_over: list[str] = []
        for rule in sorted((r for r in self.rules if r.fits(wanted)), key=lambda r: r.order):
            why = f"rule for {rule}: {rule.carrier!r}"
            listed = _listed(rule.carrier, live)
            if listed is not None or not live:
                return CarrierChoice(code=listed.code if listed else rule.carrier, rule=rule.step, why=why)
            if free_text:
                return CarrierChoice(name=rule.carrier, url=tracking_url, rule=rule.step, why=f"{why}, not in the list")
            passed_over.append(f"{why}, which the channel does not list")
        found = self._by_name(courier, live) or _by_number(tracking, live)
        if found is not None:
            return found
        name = courier.strip()
        if free_text and name:
            why = f"{name!r} is not in the channel's list, which allows others"
            return CarrierChoice(name=name, url=tracking_url, rule=7, why="; ".join((*passed_over, why)))
        why = f"no rule, name or number says which of the channel's carriers {name!r} is"
        return CarrierChoice(rule=_UNMAPPED, why="; ".join((*passed_over, why)))

    def _by_name(self, courier: str, live: Sequence[Carrier]) -> CarrierChoice | None:
        known_as = {_bare(name): meant for name, meant in self.aliases.items()}.get(_bare(courier), "")
        for name in filter(None, (courier, known_as)):
            listed = _listed(name, live)
            if listed is not None:
                return CarrierChoice(code=listed.code, rule=5, why=f"{name!r} is in the channel's list")
        return _by_identity(courier_of(known_as or courier), live, rule=5, why=f"{courier.strip()!r} means")


def _by_number(tracking: str, live: Sequence[Carrier]) -> CarrierChoice | None:
    number = normalise(tracking)
    return _by_identity(infer_courier(number), live, rule=6, why=f"number {number!r} can only be of")


def _by_identity(courier: CourierId | None, live: Sequence[Carrier], *, rule: int, why: str) -> CarrierChoice | None:
    if courier is None:
        return None
    for field in _FIELDS:
        found = [carrier for carrier in live if courier_of(field(carrier)) == courier]
        if len(found) == 1:
            return CarrierChoice(code=found[0].code, rule=rule, why=f"{why} {COURIERS[courier]}")
    return None


def _listed(name: str, live: Sequence[Carrier]) -> Carrier | None:
    """The one carrier of *live* with this code, else standard code, else label; capitals and signs do not matter."""
    for field in _FIELDS:
        found = [carrier for carrier in live if _bare(field(carrier)) == _bare(name) != ""]
        if len(found) == 1:
            return found[0]
    return None


def _code(carrier: Carrier) -> str:
    return carrier.code


def _standard_code(carrier: Carrier) -> str:
    return carrier.standard_code


def _label(carrier: Carrier) -> str:
    return carrier.label


_FIELDS: tuple[Callable[[Carrier], str], ...] = (_code, _standard_code, _label)


def _bare(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
