"""The operator's custom fields as they travel on orders, lines, offers and shops."""

from collections.abc import Sequence
from enum import Enum
from typing import cast

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised

__all__ = ["AdditionalField", "AdditionalFieldType", "NewAdditionalField"]


class AdditionalFieldType(Enum):
    """What a custom field holds. All but the last carry one text, numbers and booleans too (``"1337"``, ``"true"``)."""

    STRING = "STRING"
    DATE = "DATE"
    NUMERIC = "NUMERIC"
    BOOLEAN = "BOOLEAN"
    LINK = "LINK"
    REGEX = "REGEX"
    TEXTAREA = "TEXTAREA"
    LIST = "LIST"
    MULTIPLE_VALUES_LIST = "MULTIPLE_VALUES_LIST"


@attrs.frozen(kw_only=True)
class AdditionalField:
    """A custom field; *value* is text, or a list of texts for MULTIPLE_VALUES_LIST. It may be personal: no ``repr``."""

    code: Text
    type: AdditionalFieldType | Unrecognised | None = None
    value: object = attrs.field(default=None, repr=False)

    @property
    def texts(self) -> tuple[str, ...]:
        """The value as texts, in Mirakl's words (``"true"``, ``"1337"``): none, one, or those of a list."""
        value = self.value
        if isinstance(value, Sequence) and not isinstance(value, str):
            several = cast("Sequence[object]", value)  # a JSON array
            return tuple(_text(each) for each in several if each is not None)
        return () if value is None else (_text(value),)


@attrs.frozen(kw_only=True)
class NewAdditionalField:
    """A custom field to write: one text, or several for MULTIPLE_VALUES_LIST; None or an empty text deletes it.

    *type* may be left out; Mirakl knows its own fields.
    """

    code: str
    value: str | tuple[str, ...] | None = attrs.field(repr=False)
    type: AdditionalFieldType | None = None


def _text(value: object) -> str:
    # The document says text for every type; an instance that sends true or 1337 means the same by it.
    return str(value).lower() if isinstance(value, bool) else str(value)
