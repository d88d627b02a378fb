"""Where a system is and how it is reached, as a value."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from khaos_connectors.errors import ConfigError

__all__ = ["Connection", "InsecureConnection", "is_loopback"]


class InsecureConnection(UserWarning):
    """A connection was opened that trusts anybody who answers."""


def is_loopback(host: str) -> bool:
    """Whether *host* (a name or an address) is this machine, so that what is sent there crosses no network."""
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@attrs.frozen
class Connection:
    """The address of *system* (the account's name) and how to talk to it.

    Times are in seconds: *connect_timeout* to get through, *read_timeout* for each silence while waiting for the
    answer. An answer longer than *max_answer_bytes* (after decompression) is not read. *ca_file* is a PEM file to
    trust in place of the usual authorities, *client_cert* a PEM file with our certificate and its key.
    ``verify=False`` trusts anybody who answers; it warns. *at_once*: so many requests at most are under way at any
    moment, however many flows run, in all connections of this process to the same address that say so; the others wait
    for as long as they would wait for an answer.
    """

    system: str
    base_url: str = attrs.field(repr=False)
    connect_timeout: float = attrs.field(default=5.0, kw_only=True)
    read_timeout: float = attrs.field(default=30.0, kw_only=True)
    verify: bool = attrs.field(default=True, kw_only=True)
    ca_file: str | Path | None = attrs.field(default=None, kw_only=True)
    client_cert: str | Path | None = attrs.field(default=None, kw_only=True)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True, repr=False)
    max_answer_bytes: int = attrs.field(default=64 * 2**20, kw_only=True)
    at_once: int = attrs.field(default=10, kw_only=True)

    def __attrs_post_init__(self) -> None:
        try:
            parts = urlsplit(self.base_url)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        else:
            if parts.username or parts.password:
                raise ConfigError(field="base_url", problem="must not hold credentials: give them as auth")
            if parts.query or parts.fragment:
                raise ConfigError(field="base_url", problem="must not hold a query or a fragment")
        if not usable:
            raise ConfigError(field="base_url", problem="must be an absolute http or https address")
        for name in ("connect_timeout", "read_timeout", "max_answer_bytes", "at_once"):
            if not getattr(self, name) > 0:
                raise ConfigError(field=name, problem="must be more than 0")
