"""Lists that come whole, without pages: reference data, read once a day."""

from collections.abc import Iterable
from typing import TypeVar, cast

from khaos_connectors import errors
from khaos_connectors.calls.messages import Call, Page, Request, Response
from khaos_connectors.mirakl.answers import content
from khaos_connectors.mirakl.endpoints.paging import Listing, read_rows
from khaos_connectors.mirakl.models.rows import Broken, Read
from khaos_connectors.mirakl.scope import Scope

__all__ = ["whole_list"]

T = TypeVar("T")


def whole_list(
    scope: Scope, listing: Listing[T], wanted: Iterable[tuple[str, str | None]] = ()
) -> Call[Page[Read[T] | Broken]]:
    """All rows of *listing* as the only page, each read by itself. A list that is left out or null is empty."""

    def decode(response: Response) -> Page[Read[T] | Broken]:
        body = content(response, scope=scope, operation=listing.operation)
        if not isinstance(body, dict):
            raise errors.Undecodable(system=scope.account, operation=listing.operation, path="$", expected="an object")
        found = cast("dict[str, object]", body)  # keys of JSON are strings
        if found.get(listing.field) is None:
            return Page(items=())
        return Page(items=read_rows(scope, listing, found))

    query = scope.query(*wanted, translated=listing.translated)
    request = Request(method="GET", path=listing.path, query=query)
    return Call(operation=listing.operation, repeat="free", request=request, decode=decode)
