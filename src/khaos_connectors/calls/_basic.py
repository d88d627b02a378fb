"""HTTP Basic, for requests and for token hosts."""

from base64 import b64encode

from khaos_connectors.calls.secrets import Secret

__all__ = ["basic"]


def basic(user: str, password: Secret) -> str:
    """The value of the header (RFC 7617), in UTF-8."""
    return "Basic " + b64encode(f"{user}:{password.reveal()}".encode()).decode("ascii")
