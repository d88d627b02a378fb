"""How one account is called: its credentials, its patience and its pace, around any ``Call``."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from khaos_connectors.calls.auth import Auth, NoAuth
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.exchange import exchange
from khaos_connectors.calls.messages import Call, Page, Request
from khaos_connectors.calls.pace import Pace
from khaos_connectors.calls.retry import RetryPolicy
from khaos_connectors.errors import CursorStuck

__all__ = ["Caller", "page_key"]

T = TypeVar("T")


class Caller:
    """Turns calls to the account *system* into flows.

    *headers* go with every request (a request's own win), *auth* signs it, *pacer* spaces it, *retry* says how often
    it is repeated.
    """

    def __init__(
        self,
        system: str,
        *,
        auth: Auth | None = None,
        retry: RetryPolicy | None = None,
        pacer: Pace | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.system = system
        self._auth = NoAuth() if auth is None else auth
        self._retry = RetryPolicy() if retry is None else retry
        self._pacer = pacer
        self._headers = {name.lower(): value for name, value in (headers or {}).items()}

    def __repr__(self) -> str:
        return f"Caller({self.system!r})"

    def perform(self, call: Call[T]) -> Flow[T]:
        """The result of *call*, repeated where its ``repeat`` and the outcome allow.

        Raises ``NotSent``; ``Unanswered`` where the outcome is unknown (for a "never" call also after a busy or an
        unreadable answer); ``RateLimited`` without a status where the system asked for more quiet, after an earlier
        call, than *retry* has patience for; and what the call's own ``decode`` raises. 401 with credentials that can be
        renewed: they are, once.
        """
        return exchange(
            call,
            system=self.system,
            retry=self._retry,
            sign=self._sign,
            renew=self._auth.refreshed,
            pacer=self._pacer,
        )

    def _sign(self, request: Request) -> Flow[Request]:
        missing = {name: value for name, value in self._headers.items() if name not in request.headers}
        return (yield from self._auth.sign(request.with_headers(missing)))

    def pages(self, first: Call[Page[T]]) -> Flow[tuple[T, ...]]:
        """The items of all pages, from *first* on; ``CursorStuck`` when a page leads back to one already read."""
        items: list[T] = []
        yield from self.each(first, items.append)
        return tuple(items)

    def each(self, first: Call[Page[T]], take: Callable[[T], None]) -> Flow[None]:
        """Hands the items of all pages to *take*, one page alive at a time. Raises as ``pages`` does."""
        seen: set[tuple[object, ...]] = set()
        call: Call[Page[T]] | None = first
        while call is not None:
            seen.add(page_key(call, seen, system=self.system))
            page = yield from self.perform(call)
            for item in page.items:
                take(item)
            call = page.next


def page_key(call: Call[Page[T]], seen: set[tuple[object, ...]], *, system: str) -> tuple[object, ...]:
    """What makes *call* the same page as another; ``CursorStuck`` when it is among those *seen*."""
    request = call.request
    key = (request.method, request.path, request.query, request.body)
    if key in seen:
        cursor = "&".join(f"{name}={value}" for name, value in request.query) or request.path
        raise CursorStuck(system=system, operation=call.operation, cursor=cursor)
    return key
