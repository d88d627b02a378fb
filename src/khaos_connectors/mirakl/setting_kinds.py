"""Whether the settings of an account are of the kinds that they should be: what comes from the environment is text.

A key or the address of a database may stand under the wrong name: of a text no more than its kind is told, unless it is
a number, a yes or no, or the very code that is meant.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from enum import Enum
from os import PathLike
from typing import TypeGuard, cast

from khaos_connectors._choices import known_names
from khaos_connectors.calls.given import kind_of
from khaos_connectors.calls.pace import Limit
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.errors import ConfigError
from khaos_connectors.mirakl.models.codes import OrderTaxMode, ShopModel
from khaos_connectors.mirakl.operations import OPERATIONS
from khaos_connectors.mirakl.orders.life_cycle import ImportRule

__all__ = ["a_choice", "check_key", "check_kinds"]

Check = Callable[[object], str]

_NUMBER = re.compile(r"\s*[0-9]{1,12}(\.[0-9]{1,6})?\s*", re.ASCII)
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off"})
_SCHEMES = ("bearer ", "basic ", "apikey ")


def check_kinds(settings: Mapping[str, object], *, also: Mapping[str, Check]) -> None:
    """Raises ``ConfigError`` by name, with what to give, for the first of *settings* that is of another kind.

    *also* are checks of settings whose kinds are defined beside the configuration itself.
    """
    checks = {**_KINDS, **also}
    for name, value in settings.items():
        check = checks.get(name)
        problem = check(value) if check is not None else ""
        if problem:
            raise ConfigError(field=name, problem=problem)


def check_key(key: str) -> None:
    """Raises ``ConfigError`` for a shop key that no header can carry, or that was pasted with the word before it.

    The key itself is not told.
    """
    if key.casefold().startswith(_SCHEMES):
        word = key.split(maxsplit=1)[0]
        problem = f"begins with {word!r}: the shop key goes bare, give it without; a token goes as auth=Bearer(token)"
        raise ConfigError(field="api_key", problem=problem)
    if not all("!" <= each <= "~" for each in key):
        problem = "holds a blank, a line break or a character that is not ASCII: give the key alone, as by .strip()"
        raise ConfigError(field="api_key", problem=problem)


def a_choice(kind: type[Enum], *, or_none: bool = False) -> Check:
    """What refuses all but the members of *kind*, and names the one that a text or number may stand for."""

    def check(value: object) -> str:
        if isinstance(value, kind) or (or_none and value is None):
            return ""
        meant = next((each for each in kind if value in (each.value, each.name)), None)
        if meant is None:
            return f"give a member of {kind.__name__}, not {_shown(value)}"
        return f"give {kind.__name__}.{meant.name}, not {value!r}"

    return check


def _text(value: object) -> str:
    return "" if isinstance(value, str) else f"give a text, not {_shown(value)}"


def _whole(example: int) -> Check:
    def check(value: object) -> str:
        if type(value) is int:
            return ""
        meant = value.strip() if _is_number(value) and "." not in value else example
        return f"give a whole number such as {meant}, not {_shown(value)}"

    return check


def _number(example: int) -> Check:
    def check(value: object) -> str:
        if type(value) in (int, float):
            return ""
        meant = value.strip() if _is_number(value) else example
        return f"give a number such as {meant}, not {_shown(value)}"

    return check


def _switch(value: object) -> str:
    return "" if isinstance(value, bool) else f"give True or False, not {_shown(value)}"


def _span(value: object) -> str:
    return "" if isinstance(value, timedelta) else f"give a timedelta such as timedelta(hours=1), not {_shown(value)}"


def _texts(value: object) -> str:
    if not isinstance(value, tuple):
        return f"give a tuple of texts, such as ('NORTH',), not {kind_of(value)}"
    found = cast("tuple[object, ...]", value)  # whatever it holds is looked at next
    return "" if all(isinstance(each, str) for each in found) else "give a tuple of texts, such as ('NORTH',)"


def _carriers(value: object) -> str:
    pairs = _pairs(value)
    if pairs is not None and all(isinstance(each, str) for pair in pairs for each in pair):
        return ""
    return "give a mapping of your names to the operator's codes, such as {'Royal Mail': 'RM'}"


def _limits(value: object) -> str:
    pairs = _pairs(value)
    if pairs is None:
        return f"give a mapping such as {{'OR11': Limit(calls=1, seconds=60)}}, not {_shown(value)}"
    for code, limit in pairs:
        if code not in OPERATIONS:
            return f"{code!r} is no operation of Mirakl; {known_names(str(code), OPERATIONS)}"
        if not isinstance(limit, Limit):
            return f"give {code} a Limit(calls=..., seconds=...), not {_shown(limit)}"
    return ""


def _pairs(value: object) -> Iterable[tuple[object, object]] | None:
    if not isinstance(value, Mapping):
        return None
    return cast("Mapping[object, object]", value).items()  # whatever it holds is looked at next


def _path(value: object) -> str:
    return "" if isinstance(value, str | PathLike) else f"give the path of a PEM file, not {_shown(value)}"


def _can(method: str, advice: str) -> Check:
    return lambda value: "" if callable(getattr(value, method, None)) else f"{advice}, not {kind_of(value)}"


def _a(kind: type) -> Check:
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    return lambda value: "" if isinstance(value, kind) else f"give {article} {kind.__name__}(...), not {kind_of(value)}"


def _or_none(check: Check) -> Check:
    return lambda value: "" if value is None else check(value)


def _shown(value: object) -> str:
    harmless = _is_number(value) or (isinstance(value, str) and value.casefold() in _WORDS)
    return repr(value) if harmless or isinstance(value, int | float) else kind_of(value)


def _is_number(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


_KINDS: Mapping[str, Check] = {
    **dict.fromkeys(
        ("account", "channel", "locale", "invoice_type_code", "document_form", "stock_separator", "stock_warehouse"),
        _text,
    ),
    **dict.fromkeys(("budget_name", "user_agent"), _text),
    "page_size": _whole(100),
    "stock_rows_per_file": _whole(20_000),
    "stock_splits_per_push": _whole(30),
    "max_answer_bytes": _whole(64 * 2**20),
    "import_poll_seconds": _number(15),
    "import_patience_seconds": _number(600),
    "export_poll_seconds": _number(10),
    "export_patience_seconds": _number(3600),
    "pace_factor": _number(1),
    "connect_timeout": _number(5),
    "read_timeout": _number(30),
    **dict.fromkeys(("external_partner", "verify"), _switch),
    **dict.fromkeys(
        ("needs_acceptance", "partial_acceptance", "free_text_carriers", "mandatory_tracking"), _or_none(_switch)
    ),
    **dict.fromkeys(("order_overlap", "reconcile_within", "reply_alert", "settings_age"), _span),
    "shop_id": _or_none(_whole(2000)),
    "accept_within": _or_none(_span),
    "own_centres": _texts,
    "carrier_map": _carriers,
    "limits": _limits,
    "ca_file": _or_none(_path),
    "model": a_choice(ShopModel, or_none=True),
    "order_tax_mode": a_choice(OrderTaxMode, or_none=True),
    "import_rule": _a(ImportRule),
    "retry": _a(RetryPolicy),
    "auth": _or_none(_can("sign", "give what signs requests, such as Bearer(token)")),
    "budget": _or_none(_can("reserve_slot", "give a store, such as open_store('sqlite:///khaos.db')")),
    "profile": _or_none(_can("settle", "give a Profile, such as john_lewis.PROFILE")),
}
