"""The own shop: what it is, what may be changed of it, how well it does."""

from collections.abc import Mapping, Sequence
from functools import partial

import attrs

from khaos_connectors.calls.messages import Call, Request
from khaos_connectors.mirakl.answers import model, refused_locally
from khaos_connectors.mirakl.endpoints.custom_fields import written_field
from khaos_connectors.mirakl.endpoints.writing import comma_list, given, instant, json_request
from khaos_connectors.mirakl.given import codes, texts
from khaos_connectors.mirakl.models.new_bank_accounts import NewBankAccount, written_bank_account
from khaos_connectors.mirakl.models.platform_codes import Period
from khaos_connectors.mirakl.models.shop_changes import ChangedAccount, NewAccount, NewProducerIdentifier
from khaos_connectors.mirakl.models.shop_statistics import ShopStatistics
from khaos_connectors.mirakl.models.shops import Account
from khaos_connectors.mirakl.scope import Scope

__all__ = ["get_account", "get_shop_statistics", "update_account"]

_LONGEST_POLICY = 5000
_LONGEST_PRODUCER_ID = 255
_MOST_PRODUCER_IDS = 50
_PLAIN = ("shop_name", "description", "email", "fax", "web_site", "return_policy", "shipping_country")


def get_account(scope: Scope) -> Call[Account]:
    """The own shop, which proves key and shop together: A01."""
    return Call(
        operation="A01",
        repeat="free",
        request=Request(method="GET", path="/api/account", query=scope.query()),
        decode=partial(model, Account, scope=scope, operation="A01"),
    )


def update_account(scope: Scope, account: NewAccount) -> Call[ChangedAccount]:
    """Change what *account* names of the own shop, at most once a day: A02.

    A 200 is no success by itself: ``errors`` names the fields that were refused.
    """
    body = _account(scope, account)
    if not body:
        raise refused_locally(scope, "A02", "account", "must name something to change")
    return Call(
        operation="A02",
        repeat="same-effect",
        request=json_request("PUT", "/api/account", scope.query(), body),
        decode=partial(model, ChangedAccount, scope=scope, operation="A02"),
    )


def get_shop_statistics(
    scope: Scope, periods: Sequence[Period] = (), *, channel_code: str | None = None
) -> Call[ShopStatistics]:
    """The shop's figures of the *periods* given or of all, for one channel or for all together: A21."""
    query = scope.query(
        ("periods", comma_list(scope, "A21", "periods", codes(scope, "A21", "periods", periods, Period))),
        ("channel_code", channel_code),
    )
    return Call(
        operation="A21",
        repeat="free",
        request=Request(method="GET", path="/api/account/statistics", query=query),
        decode=partial(model, ShopStatistics, scope=scope, operation="A21"),
    )


# --- what is written -----------------------------------------------------------------------------------------------


def _account(scope: Scope, account: NewAccount) -> Mapping[str, object]:
    if account.recycling_policy is not None and len(account.recycling_policy) > _LONGEST_POLICY:
        raise refused_locally(scope, "A02", "recycling_policy", f"must have at most {_LONGEST_POLICY} characters")
    named: dict[str, object] = {name: getattr(account, name) for name in (*_PLAIN, "recycling_policy")}
    named["is_professional"] = account.is_professional
    named["channels"] = None if account.channels is None else list(texts(scope, "A02", "channels", account.channels))
    named["closed_from"] = instant(scope, "A02", "closed_from", account.closed_from)
    named["closed_to"] = instant(scope, "A02", "closed_to", account.closed_to)
    named["address"] = account.address and given(attrs.asdict(account.address))
    named["pro_details"] = account.pro_details and given(attrs.asdict(account.pro_details))
    named["payment_info"] = account.payment_info and _bank_account(scope, account.payment_info)
    if account.producer_identifiers is not None:
        named["producer_identifiers"] = _producers(scope, account.producer_identifiers)
    if account.shop_additional_fields is not None:
        named["shop_additional_fields"] = [
            written_field(scope, "A02", "shop_additional_fields", each, emptied={})
            for each in account.shop_additional_fields
        ]
    return given(named)


def _bank_account(scope: Scope, account: NewBankAccount) -> Mapping[str, str]:
    try:
        return written_bank_account(account)
    except ValueError as problem:
        name, _, why = str(problem).partition(": ")
        raise refused_locally(scope, "A02", f"payment_info.{name}", why) from None


def _producers(scope: Scope, identifiers: Sequence[NewProducerIdentifier]) -> list[Mapping[str, str]]:
    if len(identifiers) > _MOST_PRODUCER_IDS:
        problem = f"takes at most {_MOST_PRODUCER_IDS}, not {len(identifiers)}"
        raise refused_locally(scope, "A02", "producer_identifiers", problem)
    for each in identifiers:
        if len(each.producer_id) > _LONGEST_PRODUCER_ID:
            problem = f"must have at most {_LONGEST_PRODUCER_ID} characters"
            raise refused_locally(scope, "A02", "producer_identifiers.producer_id", problem)
    return [{"epr_category_code": row.epr_category_code.value, "producer_id": row.producer_id} for row in identifiers]
