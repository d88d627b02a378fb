"""Money: an exact amount in one currency, always in whole minor units (pence), rounded half up."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

import attrs

from khaos_connectors.core.fields import whole_number
from khaos_connectors.core.quantities import ExactNumber, largest_remainder

__all__ = ["Money", "exactly", "minor_digits", "round_money"]

P = ParamSpec("P")
T = TypeVar("T")

_USUAL_DIGITS = 2
_OTHER_DIGITS = {
    "BIF": 0,
    "CLP": 0,
    "DJF": 0,
    "GNF": 0,
    "ISK": 0,
    "JPY": 0,
    "KMF": 0,
    "KRW": 0,
    "PYG": 0,
    "RWF": 0,
    "UGX": 0,
    "UYI": 0,
    "VND": 0,
    "VUV": 0,
    "XAF": 0,
    "XOF": 0,
    "XPF": 0,
    "BHD": 3,
    "IQD": 3,
    "JOD": 3,
    "KWD": 3,
    "LYD": 3,
    "OMR": 3,
    "TND": 3,
    "CLF": 4,
    "UYW": 4,
}

# Not the caller's context: a low precision set elsewhere must not round money here.
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP, Emin=-999999, Emax=999999, traps=[InvalidOperation])
_EXACT = Context(prec=60, Emin=-999999, Emax=999999, traps=[InvalidOperation, Inexact, Overflow])


def exactly(function: Callable[P, T]) -> Callable[P, T]:
    """*function* with its Decimal arithmetic exact, whatever precision and rounding the caller's context has.

    For everything that adds or subtracts amounts with ``+`` and ``-``: in a context of three digits 1234.56 + 0.01 is
    1230. Where an exact result would need more than 60 digits, *function* raises ValueError. Not for generators.
    """

    @wraps(function)
    def calculated(*args: P.args, **kwargs: P.kwargs) -> T:
        with localcontext(_EXACT):
            try:
                return function(*args, **kwargs)
            except DecimalException as problem:
                raise ValueError("an amount has more digits than an amount of money can have") from problem

    return calculated


def minor_digits(currency: str) -> int:
    """Decimal places of *currency* (ISO 4217): 2 unless known otherwise (JPY 0, KWD 3).

    Raises ValueError for anything but three capital letters.
    """
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise ValueError(f"{currency!r} is not a currency code: three capital letters are expected, like 'GBP'")
    return _OTHER_DIGITS.get(currency, _USUAL_DIGITS)


def round_money(amount: Decimal | int, currency: str) -> Decimal:
    """*amount* in whole minor units of *currency*; half a unit goes away from zero (-1.005 GBP is -1.01).

    Raises TypeError for ``float`` (and anything but Decimal and int), ValueError for NaN, infinity and amounts of
    more than 60 digits.
    """
    if type(amount) is not int and not isinstance(amount, Decimal):
        raise TypeError(f"{amount!r} is a {type(amount).__name__}: money is Decimal, write Decimal('{amount}')")
    unit = Decimal((0, (1,), -minor_digits(currency)))
    value = Decimal(amount)
    if not value.is_finite():
        raise ValueError(f"{amount} is not an amount of money")
    try:
        rounded = _ROUNDING.quantize(value, unit)
    except InvalidOperation as problem:
        raise ValueError(f"{amount} has more digits than an amount of money can have") from problem
    return rounded or rounded.copy_abs()  # there is no "-0.00"


@attrs.frozen(init=False)
class Money:
    """*amount* of *currency*, rounded half up to the currency's minor unit when it is made.

    Money of one currency can be added, subtracted and compared; two currencies raise ValueError (``==`` is just
    False). Raises TypeError for a ``float`` amount, ValueError for a currency that is not three capital letters.
    """

    amount: Decimal
    currency: str

    def __init__(self, amount: Decimal | int, currency: str) -> None:
        object.__setattr__(self, "amount", round_money(amount, currency))
        object.__setattr__(self, "currency", currency)

    @classmethod
    def of_minor(cls, units: int, currency: str) -> "Money":
        """Money from a number of minor units: ``Money.of_minor(1995, "GBP")`` is 19.95 GBP.

        Raises TypeError unless *units* is an int.
        """
        whole_number("units", units)
        return cls(_ROUNDING.scaleb(Decimal(units), -minor_digits(currency)), currency)

    @property
    def minor(self) -> int:
        """The amount in minor units (pence)."""
        return int(_ROUNDING.scaleb(self.amount, minor_digits(self.currency)))

    def split(self, weights: Sequence[ExactNumber]) -> "tuple[Money, ...]":
        """Parts in proportion to *weights* that add up to exactly this, by largest remainder, ties by position.

        Raises ValueError when a weight is negative or all are 0, TypeError for ``float`` weights.
        """
        return tuple(Money.of_minor(part, self.currency) for part in largest_remainder(self.minor, weights))

    def __add__(self, other: "Money") -> "Money":
        return Money.of_minor(self.minor + self._minor_of(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money.of_minor(self.minor - self._minor_of(other), self.currency)

    def __neg__(self) -> "Money":
        return Money.of_minor(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._minor_of(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._minor_of(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._minor_of(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._minor_of(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _minor_of(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self} and {other} are of two currencies: convert one first")
        return other.minor
