"""HTTP Basic on the receiving side."""

import hmac
from base64 import b64encode

import pytest

from khaos_connectors.calls.secrets import Secret
from khaos_connectors.inbound.basic import basic_allows


def _basic(text: bytes) -> str:
    return "Basic " + b64encode(text).decode()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Bearer ZXJwOnB3",
        _basic(b"erp"),
        _basic(b"erp:"),
        _basic(b":pw"),
        _basic(b"ERP:pw"),
        _basic(b"erp:pw "),
        _basic(b"erp:\xff"),
        "Basic \xff",
    ],
)
def test_anything_but_the_credentials_is_refused(header: str | None) -> None:
    """A missing, foreign, malformed or different header does not open the door."""
    assert not basic_allows(header, user="erp", password=Secret("pw"))


@pytest.mark.parametrize("header", [_basic(b"erp:p:w"), "basic  " + b64encode(b"erp:p:w").decode() + " "])
def test_the_credentials_open_it(header: str) -> None:
    """The password may hold colons; the scheme is not case-sensitive."""
    assert basic_allows(header, user="erp", password=Secret("p:w"))


@pytest.mark.parametrize("coding", ["utf-8", "latin-1"])
def test_letters_beyond_ascii_are_understood_in_both_codings(coding: str) -> None:
    """Clients differ in how they write them."""
    assert basic_allows(_basic("erp:pässword".encode(coding)), user="erp", password=Secret("pässword"))


@pytest.mark.parametrize("given", [b"erp:pw", b"no:pw", b"erp:no", b"no:no", b""])
def test_both_parts_are_always_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, given: bytes) -> None:
    """Right or wrong, user and password are each compared once: the time taken tells neither."""
    compared: list[bytes] = []
    real = hmac.compare_digest

    def counting(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    basic_allows(_basic(given), user="erp", password=Secret("pw"))
    assert compared == [b"erp", b"pw"]
