"""UK postcodes: the shape, the two halves, and what is unlikely about one that has the right shape.

Nothing is corrected in silence. A text that is no postcode comes back with the reason, and with the postcodes that it
becomes when a letter O and a nought, or an I and a one, change places: suggestions for a person.
"""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import TypeAlias

import attrs

from khaos_connectors.core.fields import typed

__all__ = ["AREAS", "Postcode", "PostcodeMiss", "PostcodeResult", "read_postcode"]

AREAS = frozenset(
    """
    AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK
    FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP
    NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA
    WC WD WF WN WR WS WV YO ZE
    """.split()  # noqa: SIM905 - as a list it would fill a page
)
"""The letters that postcodes begin with: Great Britain and Northern Ireland, Guernsey (GY), Jersey (JE), the Isle of
Man (IM), the forces' post (BF) and large receivers without a place (BX)."""

_SPECIAL = frozenset(
    {"GIR 0AA", "ASCN 1ZZ", "BBND 1ZZ", "BIQQ 1ZZ", "FIQQ 1ZZ", "PCRN 1ZZ", "SIQQ 1ZZ", "STHL 1ZZ", "TKCA 1ZZ"}
)
_SHAPE = re.compile(r"([A-Z]{1,2})([0-9][A-Z0-9]?)([0-9][A-Z]{2})", re.ASCII)
_OUTWARD_LETTERS = {"": "ABCDEFGHJKPSTUW", "2": "ABEHMNPRVWXY"}  # after A9 and after AA9
_NEVER_INWARD = "CIKMOV"


@attrs.frozen(kw_only=True, field_transformer=typed)
class Postcode:
    """A text with the shape of a UK postcode: *outward* (the town's sorting office), *inward* (the street).

    *doubts* say what is unlikely about it (an area that does not exist, a letter that is not used there); empty: it is
    plausible. Whether it exists only the Royal Mail's list knows. Personal data: left out of ``repr``.
    """

    outward: str = attrs.field(repr=False)
    inward: str = attrs.field(repr=False)
    doubts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The usual way to write it: capitals, one space between the halves."""
        return f"{self.outward} {self.inward}"

    @property
    def area(self) -> str:
        """The letters that it begins with."""
        return "".join(takewhile(str.isalpha, self.outward))

    @property
    def plausible(self) -> bool:
        """Whether there is nothing unlikely about it."""
        return not self.doubts


@attrs.frozen(kw_only=True, field_transformer=typed)
class PostcodeMiss:
    """A text that is no UK postcode: *why*, without the text itself, and what it may have been meant to be."""

    why: str
    suggestions: tuple[str, ...] = attrs.field(default=(), repr=False)


PostcodeResult: TypeAlias = Postcode | PostcodeMiss


def read_postcode(text: str) -> PostcodeResult:
    """The postcode that *text* is, whatever its capitals, spaces and dashes; else why not.

    The shapes are those of the Royal Mail: A9, A99, AA9, AA99, A9A or AA9A, then 9AA; and the few whole postcodes of
    their own (GIR 0AA, overseas territories).
    """
    bare = re.sub(r"[\s.\-\u2010-\u2015]", "", text).upper()
    found = _read(bare)
    if found is not None:
        return found
    suggestions = tuple(sorted({code.text for code in map(_read, _swapped(bare)) if code and code.plausible}))
    return PostcodeMiss(why=_why_not(bare), suggestions=suggestions)


def _read(bare: str) -> Postcode | None:
    spaced = f"{bare[:-3]} {bare[-3:]}"
    if spaced in _SPECIAL:
        return Postcode(outward=bare[:-3], inward=bare[-3:])
    shape = _SHAPE.fullmatch(bare)
    if shape is None:
        return None
    area, district, inward = shape.groups()
    return Postcode(outward=area + district, inward=inward, doubts=tuple(_doubts(area, district, inward)))


def _doubts(area: str, district: str, inward: str) -> Iterator[str]:
    if area not in AREAS:
        yield f"no postcode area is called {area}"
    letter = district[1:]
    allowed = _OUTWARD_LETTERS["2" if len(area) == 2 else ""]
    if letter.isalpha() and letter not in allowed:
        yield f"the first half never ends in {letter} there"
    for unused in sorted(set(inward[1:]) & set(_NEVER_INWARD)):
        yield f"the second half never has the letter {unused}"


def _why_not(bare: str) -> str:
    if not bare:
        return "it is empty"
    if not (bare.isascii() and bare.isalnum()):
        return "it has other signs than letters and digits"
    if not 5 <= len(bare) <= 7:
        return f"it has {len(bare)} letters and digits, a UK postcode has 5 to 7"
    if not re.fullmatch(r"[0-9][A-Z]{2}", bare[-3:]):
        return "its second half is not a digit and two letters"
    return "its first half is not one or two letters and a district"


_TWINS = {"O": "0", "0": "O", "I": "1", "1": "I"}


def _swapped(bare: str) -> Iterator[str]:
    """*bare* with one or two look-alike characters changed for each other."""
    if len(bare) > 7:
        return
    places = [place for place, character in enumerate(bare) if character in _TWINS]
    for first in places:
        for second in places[places.index(first) :]:
            characters = list(bare)
            for place in {first, second}:
                characters[place] = _TWINS[characters[place]]
            yield "".join(characters)
