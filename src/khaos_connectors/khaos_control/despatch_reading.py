"""Reading despatches: by reference in chunks, then by date in windows, one call per batch."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.moments import moment
from khaos_connectors.core.despatch import Despatch
from khaos_connectors.core.ids import OrderRef
from khaos_connectors.errors import ConfigError
from khaos_connectors.khaos_control import endpoints, mapping
from khaos_connectors.khaos_control.config import KhaosControlConfig
from khaos_connectors.khaos_control.models import OrderStatus, Rows
from khaos_connectors.khaos_control.parts import ask_in_parts
from khaos_connectors.protocols import Batch, Unreadable

__all__ = ["DespatchReader"]


@attrs.frozen(kw_only=True)
class _Cursor:
    """Where the next batch begins: at a reference, or at the start of a window of the dates up to *end*."""

    offset: int = 0
    start: datetime | None = None
    end: datetime | None = None

    def text(self) -> str:
        if self.start is None or self.end is None:
            return f"references:{self.offset}"
        return f"dates:{self.start.isoformat()}|{self.end.isoformat()}"

    @classmethod
    def read(cls, text: str) -> "_Cursor":
        kind, _, rest = text.partition(":")
        try:
            if kind == "references":
                return cls(offset=int(rest))
            start, end = rest.split("|")
            return cls(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))
        except ValueError:
            raise ConfigError(field="cursor", problem=f"{text!r} is not one that despatches() gave") from None


class DespatchReader:
    """Reads the shipments that left, one call per batch."""

    def __init__(self, config: KhaosControlConfig, caller: Caller) -> None:
        self._config = config
        self._service = config.service
        self._caller = caller
        self._rules = mapping.DespatchRules(
            shipped_stages=config.shipped_stages,
            issued_from=config.issued_from,
            wait_for_all_boxes=config.partial_boxes == "wait",
        )

    def read(self, since: datetime, references: Sequence[OrderRef], cursor: str | None) -> Flow[Batch[Despatch]]:
        """One batch; orders among *references* are told there and left out of the dates."""
        since = moment(since, system=self._config.account, operation="ExportOrderStatusEx", name="since")
        read_at = yield from now()
        asked_for = {self._config.associated_ref(each): each for each in references}
        wanted = [each for each in asked_for if _askable(each)]
        at = _Cursor() if cursor is None else _Cursor.read(cursor)
        if at.start is None and at.offset < len(wanted):
            part = wanted[at.offset : at.offset + self._config.chunks.export_order_status]
            orders, unreadable = yield from self._by_reference(part)
            if not at.offset:
                unreadable += tuple(_unaskable(asked_for[each]) for each in asked_for if not _askable(each))
            rest = at.offset + len(part)
            following: _Cursor | None = _Cursor(offset=rest) if rest < len(wanted) else self._dates(since, read_at)
            return self._batch(orders, unreadable, read_at, following)
        window = at if at.start is not None else self._dates(since, read_at)
        assert window.start is not None
        assert window.end is not None
        until = min(window.start + self._config.status_window, window.end)
        rows = yield from self._caller.perform(
            endpoints.export_order_status(
                self._service, web_only=self._config.web_only, date_from=window.start, date_to=until
            )
        )
        others = [row for row in rows if row.associated_ref and row.associated_ref not in asked_for]
        # What was asked for by reference was told there, broken or not.
        unreadable = tuple(each for each in _unreadable(rows) if each.key not in asked_for)
        if cursor is None:
            unreadable += tuple(_unaskable(each) for each in asked_for.values() if not _askable(each))
        following = None if until >= window.end else attrs.evolve(window, start=until)
        return self._batch(others, unreadable, read_at, following)

    def _dates(self, since: datetime, read_at: datetime) -> _Cursor:
        overlap = self._config.delta_overlap
        return _Cursor(start=since - overlap, end=max(since, read_at) + overlap)

    def _by_reference(self, part: Sequence[str]) -> Flow[tuple[list[OrderStatus], tuple[Unreadable, ...]]]:
        def ask(some: tuple[str, ...]) -> Flow[Rows[OrderStatus]]:
            return self._caller.perform(endpoints.export_order_status(self._service, some))

        asked = yield from ask_in_parts(part, len(part), ask)
        wanted = set(part)
        orders = [row for _, rows in asked.answers for row in rows if row.associated_ref in wanted]
        broken = tuple(each for _, rows in asked.answers for each in _unreadable(rows))
        failed = tuple(Unreadable(key=key, problem=str(problem)) for key, problem in asked.failed.items())
        return orders, broken + failed

    def _batch(
        self,
        orders: Sequence[OrderStatus],
        unreadable: tuple[Unreadable, ...],
        read_at: datetime,
        following: _Cursor | None,
    ) -> Batch[Despatch]:
        items: list[Despatch] = []
        broken = list(unreadable)
        for order in orders:
            found, bad = mapping.despatches(
                order,
                account=self._config.account,
                reference=self._config.reference(order.associated_ref),
                rules=self._rules,
                read_at=read_at,
            )
            items += found
            broken += bad
        cursor = None if following is None else following.text()
        return Batch(items=tuple(items), next=cursor, unreadable=tuple(broken))


def _askable(reference: str) -> bool:
    return bool(reference.strip()) and "," not in reference


def _unaskable(reference: str) -> Unreadable:
    return Unreadable(key=reference, problem="a reference that is empty or holds a comma cannot be asked for")


def _unreadable(rows: Rows[OrderStatus]) -> tuple[Unreadable, ...]:
    return tuple(
        Unreadable(key=bad.key, problem=f"{bad.path}: expected {bad.expected}", payload=bad.payload)
        for bad in rows.unread
    )
