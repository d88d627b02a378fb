"""The two calls that prove address, key and shop, and which setting to look at where one of them is refused."""

from typing import TypeVar

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.messages import Call
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.platform import Version
from khaos_connectors.mirakl.models.shops import Account

__all__ = ["prove"]

T = TypeVar("T")

_ELSEWHERE = frozenset({301, 302, 303, 307, 308, 404, 405})


def prove(caller: Caller, config: MiraklConfig) -> Flow[tuple[Version, Account]]:
    """Who answers and which shop we are there: V01, A01. A refusal names the setting that it is most likely about."""
    version = yield from _advised(caller, config, endpoints.get_version(config.scope))
    shop = yield from _advised(caller, config, endpoints.get_account(config.scope))
    return version, shop


def _advised(caller: Caller, config: MiraklConfig, call: Call[T]) -> Flow[T]:
    try:
        return (yield from caller.perform(call))
    except errors.Refused as refused:
        advice = _advice(config, refused.status)
        if not advice:
            raise
        raise attrs.evolve(refused, message=f"{refused.message}; {advice}") from refused


def _advice(config: MiraklConfig, status: int | None) -> str:
    if status == 401:
        own = "api_key: is it the whole shop key, of this instance, and still valid?"
        return f"check {own}" if config.api_key is not None else "check auth: does this marketplace take these tokens?"
    if status == 403:
        shop = f"shop_id: is {config.shop_id} a shop of this key's user? (None: the user's default shop)"
        return f"check {shop}" if config.shop_id is not None else "the key's user lacks the role for it"
    if status in _ELSEWHERE:
        return f"check base_url: {config.base_url} should be the instance alone, such as https://shop-prod.mirakl.net"
    return ""
