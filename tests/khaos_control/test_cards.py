"""Card numbers cannot be put into a payment."""

from collections.abc import Callable

import pytest

from khaos_connectors.khaos_control.cards import looks_like_card_number
from khaos_connectors.khaos_control.channels.models import (
    BACSPayment,
    CardPayment,
    CashPayment,
    ChequePayment,
    VoucherPayment,
)

_TEST_NUMBERS = ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "30569309025904"]


@pytest.mark.parametrize("number", _TEST_NUMBERS)
@pytest.mark.parametrize("text", ["{}", "paid with {} today", "x{}"])
def test_a_card_number_is_seen(number: str, text: str) -> None:
    """The schemes' published test numbers, alone, in a sentence, behind letters."""
    assert looks_like_card_number(text.format(number))


@pytest.mark.parametrize("text", ["4111 1111 1111 1111", "4111-1111-1111-1111", "ref 4111 1111 1111 1111-7"])
def test_grouped_digits_are_seen(text: str) -> None:
    """People write card numbers in groups of four; further groups behind it do not hide it."""
    assert looks_like_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # the check digit is wrong
        "41111111",  # too short
        "112487714881-1688638562001",  # the vendor's own example of a transaction
        "07758421861003",  # no card begins with 0
        "202-1234567-1234566",  # an order of Amazon's: no card begins with 20
        "AMAZON",
        "1234567890123456789012",
    ],
)
def test_other_references_may_be_sent(text: str) -> None:
    """References of shops and services go through."""
    assert not looks_like_card_number(text)


@pytest.mark.parametrize(
    "make",
    [
        lambda text: CashPayment(reference=text),
        lambda text: ChequePayment(reference=text),
        lambda text: VoucherPayment(reference=text),
        lambda text: BACSPayment(reference=text),
        lambda text: CardPayment(card_type=text, is_preauth=False),
        lambda text: CardPayment(card_type="VISA", is_preauth=False, auth_code=text),
        lambda text: CardPayment(card_type="VISA", is_preauth=False, transaction_id=text),
    ],
)
def test_no_payment_takes_a_card_number(make: Callable[[str], object]) -> None:
    """It is refused before there is a record of it, and the error does not repeat it."""
    with pytest.raises(ValueError, match="card number") as caught:
        make("4111 1111 1111 1111")
    assert "4111" not in str(caught.value)


@pytest.mark.parametrize("digits", ["12345", "12a4", "١٢٣٤"])
def test_the_last_four_digits_are_four_digits(digits: str) -> None:
    """No more than four, and digits only."""
    with pytest.raises(ValueError, match="four digits"):
        CardPayment(card_type="VISA", is_preauth=False, last4_digits=digits)
    assert CardPayment(card_type="VISA", is_preauth=False, last4_digits="1234").last4_digits == "1234"
