"""VAT per line, to the penny: what a gross or a net amount consists of."""

from decimal import Decimal
from fractions import Fraction

import attrs

from khaos_connectors.core.fields import exact_amount
from khaos_connectors.core.money import Money, exactly, minor_digits, round_money

__all__ = ["STANDARD_RATE", "VatSplit", "split_gross", "split_net"]

STANDARD_RATE = Decimal(20)
"""The UK's standard rate, in per cent."""


@attrs.frozen(kw_only=True)
class VatSplit:
    """An amount taken apart: ``net + vat == gross`` exactly, all in whole minor units of its currency."""

    net: Decimal = attrs.field(validator=exact_amount)
    vat: Decimal = attrs.field(validator=exact_amount)

    @property
    @exactly
    def gross(self) -> Decimal:
        """Net and VAT together."""
        return self.net + self.vat


@exactly
def split_gross(gross: Decimal | int, rate: Decimal | int = STANDARD_RATE, *, currency: str = "GBP") -> VatSplit:
    """*gross* taken apart at *rate* per cent: the net is rounded half up, the VAT is the rest.

    Split the total of a line, not its unit price: 30.00 at 20 % is 25.00 + 5.00, while three times 10.00 is
    24.99 + 5.01. A negative amount is split like its opposite. Raises ``ValueError`` when *gross* is not in whole
    minor units of *currency* or *rate* is negative, ``TypeError`` for a float.
    """
    whole = _whole(gross, currency)
    net = _rounded(Fraction(whole) / (1 + _share(rate)), currency)
    return VatSplit(net=net, vat=whole - net)


def split_net(net: Decimal | int, rate: Decimal | int = STANDARD_RATE, *, currency: str = "GBP") -> VatSplit:
    """*net* with the VAT that comes on top at *rate* per cent, rounded half up. Raises as ``split_gross``."""
    whole = _whole(net, currency)
    return VatSplit(net=whole, vat=_rounded(Fraction(whole) * _share(rate), currency))


def _whole(amount: Decimal | int, currency: str) -> Decimal:
    whole = round_money(amount, currency)
    if whole != amount:
        raise ValueError(f"{amount} is not in whole minor units of {currency}: round it first, then split")
    return whole


def _share(rate: Decimal | int) -> Fraction:
    if isinstance(rate, (bool, float)):
        raise TypeError(f"{rate!r} is a {type(rate).__name__}: write the rate as Decimal('{rate}')")
    if not Decimal(rate).is_finite() or rate < 0:
        raise ValueError(f"{rate} is not a VAT rate: 0 or more per cent, 20 for the UK's standard rate")
    return Fraction(rate) / 100


def _rounded(amount: Fraction, currency: str) -> Decimal:
    """Half a unit goes away from zero; through integers, because a quotient need not end in decimals."""
    units = abs(amount) * 10 ** minor_digits(currency)
    rounded = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return Money.of_minor(rounded if amount >= 0 else -rounded, currency).amount
