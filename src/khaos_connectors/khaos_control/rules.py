"""What the ERP demands of the elements of a document, told by the fields of the records that stand for them.

A field made by ``text``, ``money``, ``quantity``, ``whole``, ``moment`` or ``flag`` is the element of the same name in
capitals, or the one that ``Rule.name`` names. One place checks, writes and reads them all (``documents.records``); a
field without a rule is read and written by the document's own code.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeVar

import attrs

from khaos_connectors.khaos_control.cards import no_card_number

__all__ = [
    "Kind",
    "Rule",
    "flag",
    "importable",
    "moment",
    "money",
    "quantity",
    "rule_of",
    "ruled_fields",
    "text",
    "whole",
]

Kind = Literal["text", "money", "quantity", "whole", "moment", "flag"]
"""How an element's text is written and read."""

R = TypeVar("R", bound=attrs.AttrsInstance)

_KEY = "khaos_control"


@attrs.frozen(kw_only=True)
class Rule:
    """What the ERP demands of an element.

    *name*: the element where it is not the field's name in capitals; ``NAME/@ATTRIBUTE`` is an attribute of a child,
    ``@ATTRIBUTE`` one of the record's own element, ``.`` that element's text. *limit*: longest text, of every line for
    *each_line*. *cut*: text beyond it is cut off rather than refused. *always*: written even when empty. *code*:
    neither ``#`` nor a comma. *plain*: no ``#``. *lines*: line breaks are allowed. *told*: it is read, never written.
    *free*: people write it as they like, so that it is searched for card numbers.
    """

    kind: Kind = "text"
    name: str = ""
    limit: int | None = None
    required: bool = False
    cut: bool = False
    always: bool = True
    code: bool = False
    plain: bool = False
    lines: bool = False
    each_line: bool = False
    told: bool = False
    free: bool = False


def rule_of(metadata: Mapping[object, object]) -> Rule:
    """The rule in a field's metadata."""
    rule = metadata.get(_KEY)
    return rule if isinstance(rule, Rule) else Rule()


def ruled_fields(cls: type[attrs.AttrsInstance]) -> Iterator[tuple[str, str, Rule]]:
    """The fields of *cls* that have a rule: the field, the element or attribute, the rule."""
    for field in attrs.fields(cls):
        if _KEY in field.metadata:
            rule = rule_of(field.metadata)
            yield field.name, rule.name or field.name.upper(), rule


def importable(record: R) -> R:
    """*record* without what the ERP only tells."""
    told = {field for field, _, rule in ruled_fields(type(record)) if rule.told}
    kept = {field.name for field in attrs.fields(type(record))} - told
    return _built(type(record), {name: getattr(record, name) for name in kept})


def _built(build: Callable[..., R], values: Mapping[str, object]) -> R:
    # The values are a record's own: they fit the fields that they came from.
    return build(**values)


def text(
    limit: int | None = None,
    *,
    name: str = "",
    required: bool = False,
    cut: bool = False,
    always: bool = True,
    code: bool = False,
    plain: bool = False,
    lines: bool = False,
    each_line: bool = False,
    told: bool = False,
    private: bool = False,
    free: bool = False,
    no_card: bool = False,
) -> str:
    """A text. *private*: left out of ``repr``. *no_card*: no record is made of what looks like a card number."""
    rule = Rule(
        name=name,
        limit=limit,
        required=required,
        cut=cut,
        always=always,
        code=code,
        plain=plain,
        lines=lines,
        each_line=each_line,
        told=told,
        free=free or lines,
    )
    validator = no_card_number if no_card else None
    field: str = attrs.field(default="", metadata={_KEY: rule}, repr=not private, validator=validator)
    return field


def money(*, name: str = "", required: bool = False, always: bool = True) -> Decimal | None:
    """An amount with two decimals."""
    rule = Rule(kind="money", name=name, required=required, always=always)
    field: Decimal | None = attrs.field(default=None, metadata={_KEY: rule})
    return field


def quantity(*, name: str = "", required: bool = False, told: bool = False, private: bool = False) -> Decimal | None:
    """A number with as many decimals as it has. *private*: left out of ``repr``."""
    rule = Rule(kind="quantity", name=name, required=required, told=told)
    field: Decimal | None = attrs.field(default=None, metadata={_KEY: rule}, repr=not private)
    return field


def whole(*, name: str = "", required: bool = False, told: bool = False) -> int | None:
    """A whole number."""
    rule = Rule(kind="whole", name=name, required=required, told=told)
    field: int | None = attrs.field(default=None, metadata={_KEY: rule})
    return field


def moment(*, name: str = "", required: bool = False, always: bool = True, told: bool = False) -> datetime | None:
    """A time, aware."""
    rule = Rule(kind="moment", name=name, required=required, always=always, told=told)
    field: datetime | None = attrs.field(default=None, metadata={_KEY: rule})
    return field


def flag(
    *, name: str = "", default: bool | None = None, required: bool = False, always: bool = True, told: bool = False
) -> bool | None:
    """A flag, None where it is not told."""
    rule = Rule(kind="flag", name=name, required=required, always=always, told=told)
    field: bool | None = attrs.field(default=default, metadata={_KEY: rule})
    return field
