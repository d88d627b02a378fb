"""Exception items that close themselves: what was looked at again and is no longer wrong, is done.

Only what was looked at can be closed. A run that could not read the orders says nothing about them, so their items
stay open; a run that read two orders closes the items of those two.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

import attrs

from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType, close_item, escalate, merge_items
from khaos_connectors.core.ids import AccountId

__all__ = ["Checked", "settle_items"]


@attrs.frozen(kw_only=True)
class Checked:
    """What a run looked at: *types* of *account*, for some *entities* or (None) for all that there are.

    ``str`` is what closed items say as their reason.
    """

    account: AccountId
    types: frozenset[ExceptionType]
    entities: frozenset[str] | None = None

    @classmethod
    def of(cls, account: AccountId, types: Iterable[ExceptionType], entities: Iterable[str] | None = None) -> "Checked":
        """The same from any collections."""
        return cls(account=account, types=frozenset(types), entities=None if entities is None else frozenset(entities))

    def covers(self, item: ExceptionItem) -> bool:
        """Whether the run would have found what *item* is about."""
        return (
            item.account == self.account
            and item.type in self.types
            and (self.entities is None or item.entity in self.entities)
        )

    def __str__(self) -> str:
        return "checked again: the cause is gone"


def settle_items(
    items: Iterable[ExceptionItem],
    found: Iterable[ExceptionItem],
    *,
    checked: Collection[Checked],
    now: datetime,
) -> tuple[ExceptionItem, ...]:
    """*items* after a run that looked at *checked* and *found* these: one open item per key, in order of appearance.

    What was found is counted (or opened). What was looked at and not found is closed. Everything else that is open
    stays so, and is escalated once its deadline has passed. Raises ValueError for a naive *now*.
    """
    if now.tzinfo is None:
        raise ValueError(f"now has no time zone: {now.isoformat()}; a moment must be aware")
    seen = tuple(found)
    still = {item.key for item in seen if item.is_open}
    settled: list[ExceptionItem] = []
    for item in merge_items(items, seen):
        check = next((each for each in checked if each.covers(item)), None)
        if item.is_open and check is not None and item.key not in still:
            settled.append(close_item(item, now=now, because=str(check)))
        else:
            settled.append(escalate(item, now))
    return tuple(settled)
