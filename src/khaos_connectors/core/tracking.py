"""Couriers and the shapes of their tracking numbers: could a number be one of theirs, and does it prove it.

Shapes collide (ten digits are DPD's or DHL Express's), so a number that merely fits is PLAUSIBLE. It is VALID only
when a check digit, or letters that no other courier starts with, prove it; only VALID numbers may drive inference.
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType

import attrs

from khaos_connectors.core.ids import CourierId

__all__ = [
    "COURIERS",
    "TrackingVerdict",
    "check_sscc",
    "check_tracking",
    "courier_of",
    "dhl_check_digit",
    "dpd_check_character",
    "fedex_check_digit",
    "gs1_check_digit",
    "infer_courier",
    "known_couriers",
    "normalise",
    "s10_check_digit",
    "ups_check_digit",
]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class TrackingVerdict(Enum):
    """VALID: proven to be the courier's. PLAUSIBLE: has one of its shapes. INVALID: cannot be one of its numbers."""

    VALID = "valid"
    PLAUSIBLE = "plausible"
    INVALID = "invalid"


def normalise(number: str) -> str:
    """*number* without spaces and dashes, in capitals: the form that shapes and check digits speak of."""
    return re.sub(r"[\s\-\u2010-\u2015]", "", number).upper()


# --- check digits --------------------------------------------------------------------------------------------------


def s10_check_digit(digits: str) -> str:
    """The ninth digit of a UPU S10 number (``RB123456785GB``), from its first eight.

    Remainders 0 and 6 both give 5, so an error that moves between them goes unseen.
    """
    total = sum(weight * int(digit) for weight, digit in zip((8, 6, 4, 2, 3, 5, 9, 7), digits, strict=True))
    return str({10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11))


def ups_check_digit(body: str) -> str:
    """The last digit of a UPS ``1Z`` number, from the 15 characters after ``1Z``.

    A change by 5 in a doubled place goes unseen.
    """
    values = [int(c) if c.isdigit() else (ord(c) - 3) % 10 for c in body]
    return str(-sum(value * (2 if place % 2 else 1) for place, value in enumerate(values)) % 10)


def dpd_check_character(body: str) -> str:
    """The check character of a DPD parcel number or barcode (ISO 7064 MOD 37,36); sees every single error."""
    product = 36
    for character in body:
        total = (product + _ALPHABET.index(character)) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def fedex_check_digit(digits: str) -> str:
    """The last digit of a 12 digit FedEx number, from the first eleven; remainder 10 counts as 0."""
    weights = (3, 1, 7) * 4
    return str(sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11 % 10)


def dhl_check_digit(digits: str) -> str:
    """The last digit of a DHL Express waybill: the rest modulo 7; a change by 7 goes unseen."""
    return str(int(digits) % 7)


def gs1_check_digit(digits: str) -> str:
    """The check digit of an SSCC-18 or any GS1 key: weights 3, 1 from the right; sees every single error."""
    return str(-sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits))) % 10)


def _s10_holds(number: str) -> bool:
    return s10_check_digit(number[2:10]) == number[10]


def _ups_holds(number: str) -> bool:
    return ups_check_digit(number[2:-1]) == number[-1]


def _dpd_holds(number: str) -> bool:
    return dpd_check_character(number[:-1]) == number[-1]


def _fedex_holds(number: str) -> bool:
    return fedex_check_digit(number[:-1]) == number[-1]


def _dhl_holds(number: str) -> bool:
    return dhl_check_digit(number[:-1]) == number[-1]


# --- shapes --------------------------------------------------------------------------------------------------------


@attrs.frozen
class _Shape:
    """A pattern for the whole number. *check*: its check digit decides. *telling*: its letters are this courier's only.

    *proven* False: nobody publishes the courier's shapes, so the pattern lets nearly everything pass.
    """

    pattern: str
    check: Callable[[str], bool] | None = None
    telling: bool = False
    proven: bool = True

    def fits(self, number: str) -> bool:
        return re.fullmatch(self.pattern, number, re.ASCII) is not None

    def verdict(self, number: str) -> TrackingVerdict:
        if self.check is not None:
            return TrackingVerdict.VALID if self.check(number) else TrackingVerdict.INVALID
        return TrackingVerdict.VALID if self.telling else TrackingVerdict.PLAUSIBLE


_S10_GB = _Shape(r"[A-Z]{2}\d{9}GB", _s10_holds)
_ANYTHING = _Shape(r"[A-Z0-9]{6,40}", proven=False)
_DPD = (
    _Shape(r"\d{10}"),
    _Shape(r"\d{14}"),
    _Shape(r"\d{14}[0-9A-Z]", _dpd_holds),
    _Shape(r"\d{27}[0-9A-Z]", _dpd_holds),
)
_FEDEX = (_Shape(r"\d{12}", _fedex_holds), _Shape(r"\d{15}|\d{20}|\d{22}|\d{34}"))


@attrs.frozen
class _Courier:
    label: str
    shapes: tuple[_Shape, ...]
    names: tuple[str, ...] = ()


_TABLE: dict[str, _Courier] = {
    "royal-mail": _Courier(
        "Royal Mail",
        (_S10_GB, _Shape(r"\d{9,16}"), _Shape(r"[A-Z0-9]{21}")),
        ("royalmail", "royal mail group", "rm", "royal mail tracked"),
    ),
    "parcelforce": _Courier(
        "Parcelforce",
        (_S10_GB, _Shape(r"[A-Z]{2}\d{7}"), _Shape(r"[A-Z]{4}\d{10}"), _Shape(r"\d{12}")),
        ("parcel force", "parcelforce worldwide", "pfw"),
    ),
    "evri": _Courier(
        "Evri",
        (_Shape(r"\d{16}"), _Shape(r"[A-Z]\d{2}[A-Z0-9]{13}"), _Shape(r"\d{8}")),
        ("evri uk", "hermes", "hermes uk", "myhermes", "myhermes uk", "hermesworld uk"),
    ),
    "dpd-uk": _Courier("DPD", _DPD, ("dpd", "dpd group", "dpd gb", "dpdgroup uk")),
    "dpd-local": _Courier("DPD Local", _DPD, ("interlink", "interlink express", "dpd local uk", "dpd interlink")),
    "dhl-parcel-uk": _Courier(
        "DHL Parcel UK",
        (_Shape(r"\d{14}"),),
        ("uk mail", "ukmail", "dhl parcel", "dhl uk mail", "dhl ecommerce uk", "dhlparcel uk"),
    ),
    "dhl-express": _Courier(
        "DHL Express",
        (_Shape(r"\d{10,11}", _dhl_holds), _Shape(r"(JJD|JVGL)\d{10}", telling=True)),
        ("dhl", "dhl worldwide express", "dhl express uk", "dhl international"),
    ),
    "yodel": _Courier("Yodel", (_Shape(r"J?JD\d{16}", telling=True),), ("yodel direct", "yodel uk")),
    "ups": _Courier("UPS", (_Shape(r"1Z[A-Z0-9]{15}\d", _ups_holds),), ("united parcel service", "ups uk")),
    "fedex": _Courier("FedEx", _FEDEX, ("federal express", "fedex express", "fedex international")),
    "fedex-uk": _Courier("FedEx UK", _FEDEX, ("fedex gb",)),
    "amazon-shipping": _Courier(
        "Amazon Shipping",
        # Amazon's own UK numbers are not published; what begins like the known ones must be one of them.
        (_Shape(r"TB[ACM]\d{12}", telling=True), _Shape(r"(?!TB[A-Z])[A-Z0-9]{6,40}", proven=False)),
        ("amazon", "amazon logistics", "amazon shipping uk", "amazon fba us", "amzl", "amazon uk"),
    ),
    "inpost": _Courier("InPost", (_ANYTHING,), ("in post", "inpost uk")),
    "dx": _Courier("DX", (_ANYTHING,), ("dx group", "dx delivery", "dx express", "dx freight")),
    "whistl": _Courier("Whistl", (_ANYTHING,), ("whistl uk", "tnt post uk")),
    "apc": _Courier("APC Overnight", (_ANYTHING,), ("apc overnight", "apc overnight connum")),
    "tuffnells": _Courier("Tuffnells", (_ANYTHING,), ("tuffnells parcels express", "tuffnell")),
    "arrowxl": _Courier("ArrowXL", (_ANYTHING,), ("arrow xl", "arrowxl uk")),
    "panther": _Courier("Panther", (_ANYTHING,), ("panther logistics", "panther premium logistics", "panther group")),
}

COURIERS: Mapping[CourierId, str] = MappingProxyType({CourierId(key): row.label for key, row in _TABLE.items()})
"""The couriers that this library knows, with the name that people use."""


def _bare(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


_NAMES = {_bare(n): CourierId(key) for key, row in _TABLE.items() for n in (key, row.label, *row.names)}


def courier_of(name: str) -> CourierId | None:
    """The courier that people mean by *name* (``"Hermes"`` is Evri, ``"Interlink"`` DPD Local), None if we cannot say.

    Capitals, spaces and punctuation do not matter.
    """
    return _NAMES.get(_bare(name))


def check_tracking(courier: CourierId, number: str) -> TrackingVerdict:
    """Whether *number* can be one of *courier*'s, by its shapes (no two of a courier fit one number) and check digits.

    Raises ``ValueError`` for a courier that is not in ``COURIERS``.
    """
    row = _TABLE.get(courier)
    if row is None:
        raise ValueError(f"{courier!r} is not a courier that we know: {', '.join(sorted(_TABLE))}")
    bare = normalise(number)
    return next((shape.verdict(bare) for shape in row.shapes if shape.fits(bare)), TrackingVerdict.INVALID)


def check_sscc(number: str) -> TrackingVerdict:
    """Whether *number* is an SSCC-18, the key of a pallet or carton label; with or without its prefix ``(00)``.

    VALID or INVALID: its check digit sees every single wrong digit. An SSCC says nothing about the courier.
    """
    bare = re.sub(r"[()]", "", normalise(number))
    digits = bare[2:] if len(bare) == 20 and bare.startswith("00") else bare
    if re.fullmatch(r"\d{18}", digits, re.ASCII) is None:
        return TrackingVerdict.INVALID
    return TrackingVerdict.VALID if gs1_check_digit(digits[:-1]) == digits[-1] else TrackingVerdict.INVALID


def known_couriers(_: object, field: "attrs.Attribute[frozenset[CourierId]]", couriers: frozenset[CourierId]) -> None:
    """An attrs validator: every one is the id of a courier of ``COURIERS``; a misspelt one would just do nothing."""
    unknown = sorted(couriers - set(COURIERS))
    if unknown:
        raise ValueError(
            f"{field.name} names {', '.join(map(repr, unknown))}: a courier is one of {', '.join(sorted(COURIERS))}"
        )


def infer_courier(number: str) -> CourierId | None:
    """The one courier whose number this must be: no other courier with known shapes fits, and its number is proven.

    Couriers whose shapes nobody publishes are left out of the comparison. None when it stays open.
    """
    bare = normalise(number)
    fitting = {
        courier: check_tracking(courier, bare)
        for courier in COURIERS
        if any(shape.proven and shape.fits(bare) for shape in _TABLE[courier].shapes)
    }
    possible = [courier for courier, verdict in fitting.items() if verdict is not TrackingVerdict.INVALID]
    if len(possible) == 1 and fitting[possible[0]] is TrackingVerdict.VALID:
        return possible[0]
    return None
