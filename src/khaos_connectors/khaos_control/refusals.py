"""Why an import skipped an order, told by patterns over the server's free text.

The vendor publishes no list of these texts, so the table belongs to the user: the first pattern that is found wins, the
raw text is always kept.
"""

import re
from enum import Enum

import attrs

from khaos_connectors import errors

__all__ = ["DEFAULT_PATTERNS", "SkipKind", "SkipPattern", "by_the_service", "classify", "lacks", "refused_import"]


class SkipKind(Enum):
    """What kind of "no" a text is; the value is the code on the error."""

    DUPLICATE = "duplicate reference"
    UNKNOWN_ITEM = "unknown item"
    DISCONTINUED = "discontinued item"
    NO_STOCK = "no stock"
    UNKNOWN_NAME = "unknown name"
    BAD_DATA = "bad data"
    OTHER = "other"


@attrs.frozen
class SkipPattern:
    """A regular expression (case does not matter) and the kind of refusal that it means."""

    pattern: str
    kind: SkipKind

    def __attrs_post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as bad:
            raise errors.ConfigError(field="skip_patterns", problem=f"{self.pattern!r}: {bad}") from None

    def found_in(self, text: str) -> bool:
        """Whether *text* says so."""
        return re.search(self.pattern, text, re.IGNORECASE) is not None


DEFAULT_PATTERNS: tuple[SkipPattern, ...] = (
    SkipPattern(r"duplicate|already (been )?(exist|import|present|used)|associated ref\w* .*exist", SkipKind.DUPLICATE),
    SkipPattern(r"discontinued", SkipKind.DISCONTINUED),
    SkipPattern(r"run[ -]?to[ -]?zero|(out of|no|insufficient|not enough) stock\b(?! (code|item))", SkipKind.NO_STOCK),
    SkipPattern(
        r"(stock|item|product).*(not found|not exist|unknown|(cannot|could not) be (found|matched)|no match)"
        r"|(unknown|invalid|no such) (stock|item|product)",
        SkipKind.UNKNOWN_ITEM,
    ),
    SkipPattern(
        r"(class|type|source|brand|site|agent|currency|priority|courier).*(not found|not exist|unknown|invalid)"
        r"|(unknown|invalid) (company|sales|class|type|source|brand|site|agent|currency|priority|courier)",
        SkipKind.UNKNOWN_NAME,
    ),
    SkipPattern(r"too long|truncat|mandatory|compulsory|required|missing|overflow", SkipKind.BAD_DATA),
)


def classify(text: str, patterns: tuple[SkipPattern, ...]) -> SkipKind:
    """The kind of the first pattern found in *text*, OTHER if none is."""
    return next((each.kind for each in patterns if each.found_in(text)), SkipKind.OTHER)


def by_the_service(refusal: errors.Refused) -> bool:
    """Whether the service refused, in a fault or a result, and not a page of the web server before it."""
    return bool(refusal.kinds) or refusal.status in {None, 200, 500}


def lacks(refusal: errors.Refused, operation: str) -> bool:
    """Whether *refusal* says that there is no such *operation*: "Interface not supported", or its name as unknown."""
    if re.search(r"interface not supported", refusal.message, re.IGNORECASE) or "EIntfCastError" in refusal.kinds:
        return True
    named, kind = re.escape(operation), r"(method|operation|action|procedure)\b\W*"
    unknown = r"\W+((was|is|could|does|do) )*(not (be )?(found|known|supported|exist|implemented)|unknown)"
    pattern = rf"{kind}{named}{unknown}|(unknown|no such|unsupported) {kind}{named}\b"
    return re.search(pattern, refusal.message, re.IGNORECASE) is not None


def refused_import(system: str, text: str, kind: SkipKind) -> errors.Refused:
    """The error for an order that ImportOrders skipped: never repeated by itself, the data has to change first."""
    message = " ".join(text.split()) or "skipped without a reason"
    if kind is SkipKind.DUPLICATE:
        return errors.Conflict(system=system, operation="ImportOrders", message=message, code=kind.value)
    if kind is SkipKind.OTHER:
        return errors.Refused(system=system, operation="ImportOrders", message=message, code="skipped")
    return errors.Invalid(system=system, operation="ImportOrders", message=message, code=kind.value)
