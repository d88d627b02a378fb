"""Which of the operator's carriers a name means. Codes differ by operator; what is not found is not guessed."""

from collections.abc import Callable, Mapping, Sequence

import attrs

from khaos_connectors._choices import known_names
from khaos_connectors.mirakl.models.shipping import Carrier

__all__ = ["FoundCarrier", "NoCarrier", "mapped_code", "registered_carrier"]


@attrs.frozen(kw_only=True)
class FoundCarrier:
    """The registered *carrier* that was meant, and *why* it is this one."""

    carrier: Carrier
    why: str


@attrs.frozen(kw_only=True)
class NoCarrier:
    """No registered carrier was meant, and *why* not. *mapped*: our own map leads to one that is not there."""

    why: str
    mapped: bool = False


def mapped_code(wanted: str, own: Mapping[str, str]) -> str | None:
    """The operator's code that our *own* map has for *wanted*, in any capitals. Pure."""
    return {name.strip().casefold(): code for name, code in own.items()}.get(_plain(wanted))


def registered_carrier(
    wanted: str, registered: Sequence[Carrier], *, own: Mapping[str, str] | None = None
) -> FoundCarrier | NoCarrier:
    """The carrier of SH21 that *wanted* means. Pure.

    In this order: our *own* map (any capitals), the exact code, the standard code, the label without regard to
    capitals. Two carriers with the same standard code or label are no answer.
    """
    mapped = mapped_code(wanted, own or {})
    if mapped is not None:
        for carrier in registered:
            if carrier.code == mapped:
                return FoundCarrier(carrier=carrier, why=f"our carrier map says {mapped!r} for {wanted!r}")
        why = f"our carrier map says {mapped!r} for {wanted!r}, which is not among the operator's carriers (SH21)"
        return NoCarrier(why=f"{why}; {_known(mapped, registered)}", mapped=True)
    several: str | None = None
    for what, of in _STEPS:
        found = [carrier for carrier in registered if of(carrier) == (wanted if of is _code else _plain(wanted)) != ""]
        if len(found) == 1:
            return FoundCarrier(carrier=found[0], why=f"{wanted!r} is the {what} of {found[0].code!r}")
        if found and several is None:
            several = f"{wanted!r} is the {what} of {' and '.join(repr(str(each.code)) for each in found)} (SH21)"
    if several is not None:
        return NoCarrier(why=f"{several}: say which")
    return NoCarrier(why=f"{wanted!r} is not among the operator's carriers (SH21); {_known(wanted, registered)}")


def _known(wanted: str, registered: Sequence[Carrier]) -> str:
    return known_names(wanted, (carrier.code for carrier in registered))


def _code(carrier: Carrier) -> str:
    return carrier.code


def _standard_code(carrier: Carrier) -> str:
    return _plain(carrier.standard_code or "")


def _label(carrier: Carrier) -> str:
    return _plain(carrier.label or "")


def _plain(name: str) -> str:
    return name.strip().casefold()


_STEPS: tuple[tuple[str, Callable[[Carrier], str]], ...] = (
    ("code", _code),
    ("standard code", _standard_code),
    ("label", _label),
)
