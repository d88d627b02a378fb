"""Every operation of Mirakl's seller document as a table: address, paging, limits, batches.

The facts are those of the document of August 2026 (``SOURCE``). An operation that is not in the table, because Mirakl
made it later, can still be called: a ``Call`` is a value that anybody can build.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from khaos_connectors import errors
from khaos_connectors.mirakl._operations import offers, orders, platform
from khaos_connectors.mirakl._operations.kinds import Answer, Body, Keeping, Operation, Paging, Usage

__all__ = ["OPERATIONS", "SOURCE", "Answer", "Body", "Keeping", "Operation", "Paging", "Usage", "operation"]

SOURCE = "Mirakl Marketplace Platform, seller API, OpenAPI document of 2026-08"
"""Which document the table was checked against."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        each.code: each
        for group in (
            platform.STORES,
            platform.PLATFORM_SETTINGS,
            platform.USERS,
            platform.INVOICING_AND_ACCOUNTING,
            offers.PRODUCTS,
            offers.OFFERS,
            offers.PROMOTIONS,
            orders.ORDERS,
            orders.INCIDENTS,
            orders.MESSAGES,
            orders.PICKLISTS,
            orders.MULTIPLE_SHIPMENTS,
            orders.RETURNS,
        )
        for each in group
    }
)
"""All of them by Mirakl's code."""


def operation(code: str, *, account: str = "mirakl") -> Operation:
    """What is known of *code*. Raises ``Unsupported`` for a code that the document does not have."""
    known = OPERATIONS.get(code)
    if known is None:
        raise errors.Unsupported(
            system=account,
            operation=code,
            capability=f"operation {code!r}",
            advice=f"it is not in the table made from: {SOURCE}; {_instead_of(code)}",
        )
    return known


def _instead_of(code: object) -> str:
    spelt = str(code).strip().upper()
    if spelt in OPERATIONS:
        return f"say {spelt!r}"
    likely = get_close_matches(spelt, OPERATIONS, n=3)
    return (
        f"look for another spelling ({', '.join(likely)}?), or build a Call by hand"
        if likely
        else "build a Call by hand"
    )
