"""Walking by offset: when a page is the last one, and when a walk does not move on."""

from collections.abc import Iterable
from hashlib import sha256

from khaos_connectors import errors
from khaos_connectors.mirakl.scope import Scope

__all__ = ["goes_on", "page_mark"]


def page_mark(ids: Iterable[str]) -> str:
    """What tells a page from another: a short digest of its ids, in their order."""
    return sha256("\n".join(ids).encode(errors="surrogatepass")).hexdigest()[:16]


def goes_on(
    scope: Scope, operation: str, *, rows: int, size: int, offset: int, total: int | None, mark: str, after: str
) -> bool:
    """Whether another page follows the one with *rows* rows that was read at *offset*.

    Raises ``CursorStuck`` where the rest would go missing unseen: for a page that is the one before it once more
    (*after* is that one's mark), and for an empty one although *total* says that there are more.
    """
    if (rows and mark == after) or (not rows and total is not None and offset < total):
        raise errors.CursorStuck(system=scope.account, operation=operation, cursor=f"offset={offset}")
    # Without a total a full page is the only sign that there is more.
    return bool(rows) and (rows == size if total is None else offset + rows < total)
