"""HTTP Basic on the receiving side (RFC 7617)."""

import binascii
import hmac
from base64 import b64decode

from khaos_connectors.calls.secrets import Secret

__all__ = ["basic_allows"]


def basic_allows(header: str | None, *, user: str, password: Secret) -> bool:
    """Whether an Authorization *header* carries these credentials.

    Both parts are always compared, each in constant time, so that the time taken tells neither whether the user was
    right nor how much of the password was. A client that writes Latin-1 instead of UTF-8 is understood.
    """
    given_user, given_password = _given(header)
    expected_user, expected_password = user.encode(), password.reveal().encode()
    right_user = hmac.compare_digest(_utf8(given_user), expected_user)
    right_password = hmac.compare_digest(_utf8(given_password), expected_password)
    return right_user & right_password


def _given(header: str | None) -> tuple[bytes, bytes]:
    scheme, _, token = (header or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return b"", b""
    try:
        text = b64decode(token.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b"", b""
    user, _, password = text.partition(b":")
    return user, password


def _utf8(text: bytes) -> bytes:
    try:
        text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1").encode()
    return text
