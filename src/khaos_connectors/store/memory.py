"""A store that lives as long as its process: for tests, dry runs and a first look."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from threading import RLock

import attrs

from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType
from khaos_connectors.core.ids import AccountId, ChannelSku, ErpOrderCode, OrderId, OrderRef
from khaos_connectors.core.stock import Demand
from khaos_connectors.store import rules
from khaos_connectors.store.mailbox import Message, Posted
from khaos_connectors.store.protocol import Acked, Intent, IntentState, Kept, Progress, RawOrder, StoredOrder
from khaos_connectors.store.slots import Lane, Slot, hushed, quiet_of, reserved

__all__ = ["MemoryStore"]


@attrs.define(eq=False, init=False, repr=False)
class MemoryStore:
    """The ``Store`` in plain dictionaries under one lock: safe for threads, forgotten with the process."""

    _lock: RLock
    _watermarks: dict[tuple[AccountId, str], datetime]
    _orders: dict[tuple[AccountId, OrderId], StoredOrder]
    _references: dict[OrderRef, tuple[AccountId, OrderId]]
    _demand: dict[tuple[AccountId, OrderId], tuple[Demand, ...]]
    _revisions: dict[AccountId, int]
    _acked: dict[AccountId, dict[ChannelSku, Acked]]
    _intents: dict[tuple[AccountId, str, str], Intent]
    _boxes: dict[tuple[AccountId, str], dict[str, Message]]
    _lanes: dict[tuple[str, str], Lane]
    _open: dict[rules.ItemKey, ExceptionItem]
    _closed: list[ExceptionItem]

    def __init__(self) -> None:
        self._lock = RLock()
        self._watermarks, self._orders, self._references, self._demand = {}, {}, {}, {}
        self._revisions, self._acked, self._intents, self._boxes = {}, {}, {}, {}
        self._lanes, self._open, self._closed = {}, {}, []

    def __repr__(self) -> str:
        return "MemoryStore()"

    def watermark(self, account: AccountId, feed: str) -> datetime | None:
        """See ``Store.watermark``."""
        with self._lock:
            return self._watermarks.get((account, feed))

    def advance(self, account: AccountId, feed: str, to: datetime) -> None:
        """See ``Store.advance``."""
        moment = rules.utc(to)
        with self._lock:
            self._watermarks[account, feed] = max(moment, self._watermarks.get((account, feed), moment))

    def keep_raw(self, account: AccountId, orders: Sequence[RawOrder], *, at: datetime) -> Kept:
        """See ``Store.keep_raw``."""
        with self._lock:
            result = rules.keep_all(
                account, {raw.order_id: self._orders.get((account, raw.order_id)) for raw in orders}, orders, at=at
            )
            for order in result.orders.values():
                self._orders[account, order.order_id] = order
            return result.kept

    def order(self, account: AccountId, order_id: OrderId) -> StoredOrder | None:
        """See ``Store.order``."""
        with self._lock:
            return self._orders.get((account, order_id))

    def order_by_reference(self, reference: OrderRef) -> StoredOrder | None:
        """See ``Store.order_by_reference``."""
        with self._lock:
            key = self._references.get(reference)
            return None if key is None else self._orders[key]

    def orders(
        self,
        account: AccountId,
        *,
        progress: Iterable[Progress] = (),
        fresh: bool | None = None,
        after: OrderId | None = None,
        limit: int = 500,
    ) -> list[StoredOrder]:
        """See ``Store.orders``."""
        wanted = frozenset(progress) or frozenset(Progress)
        with self._lock:
            found = [
                order
                for (owner, order_id), order in self._orders.items()
                if owner == account
                and order.progress in wanted
                and (fresh is None or order.fresh is fresh)
                and (after is None or order_id > after)
            ]
        return sorted(found, key=lambda order: order.order_id)[:limit]

    def mark(
        self,
        account: AccountId,
        order_id: OrderId,
        progress: Progress,
        *,
        at: datetime,
        digest: str | None = None,
        reference: OrderRef | None = None,
        erp_code: ErpOrderCode | None = None,
        erp_created_at: datetime | None = None,
        why: str = "",
        only_from: Iterable[Progress] = (),
    ) -> None:
        """See ``Store.mark``."""
        with self._lock:
            key = account, order_id
            order = rules.marked(
                self._orders.get(key),
                account,
                order_id,
                progress,
                at=at,
                digest=digest,
                reference=reference,
                erp_code=erp_code,
                erp_created_at=erp_created_at,
                why=why,
                only_from=tuple(only_from),
            )
            if order.reference is not None and self._references.get(order.reference, key) != key:
                raise rules.reference_taken(order.reference)
            before = self._orders[key].reference
            if before is not None:
                del self._references[before]
            if order.reference is not None:
                self._references[order.reference] = key
            self._orders[key] = order

    def counts(self, account: AccountId) -> Mapping[Progress, int]:
        """See ``Store.counts``."""
        numbers = dict.fromkeys(Progress, 0)
        with self._lock:
            for (owner, _), order in self._orders.items():
                numbers[order.progress] += owner == account
        return numbers

    def set_demand(self, account: AccountId, order_id: OrderId, demands: Sequence[Demand]) -> None:
        """See ``Store.set_demand``."""
        own = rules.own_demand(account, order_id, demands)
        with self._lock:
            self._demand.pop((account, order_id), None)
            if own:
                self._demand[account, order_id] = own

    def demand(self, accounts: Iterable[AccountId] = ()) -> list[Demand]:
        """See ``Store.demand``."""
        wanted = frozenset(accounts)
        with self._lock:
            return [
                attrs.evolve(demand, erp_created_at=order.erp_created_at if order else None)
                for key in sorted(self._demand)
                if not wanted or key[0] in wanted
                for order in (self._orders.get(key),)
                for demand in self._demand[key]
            ]

    def next_revision(self, account: AccountId) -> int:
        """See ``Store.next_revision``."""
        with self._lock:
            self._revisions[account] = self._revisions.get(account, 0) + 1
            return self._revisions[account]

    def acked(self, account: AccountId) -> Mapping[ChannelSku, Acked]:
        """See ``Store.acked``."""
        with self._lock:
            return dict(self._acked.get(account, {}))

    def ack(self, account: AccountId, levels: Mapping[ChannelSku, int], *, revision: int, at: datetime) -> None:
        """See ``Store.ack``."""
        moment = rules.utc(at)
        with self._lock:
            known = self._acked.setdefault(account, {})
            for sku, units in levels.items():
                if sku not in known or known[sku].revision <= revision:
                    known[sku] = Acked(sku=sku, units=units, revision=revision, at=moment)

    def forget_ack(self, account: AccountId, skus: Iterable[ChannelSku], *, revision: int) -> None:
        """See ``Store.forget_ack``."""
        with self._lock:
            known = self._acked.get(account, {})
            for sku in skus:
                if sku in known:
                    known[sku] = attrs.evolve(known[sku], units=None, revision=max(known[sku].revision, revision))

    def claim(
        self, account: AccountId, action: str, key: str, *, digest: str, owner: str, at: datetime, until: datetime
    ) -> Intent | None:
        """See ``Store.claim``."""
        with self._lock:
            known = self._intents.get((account, action, key))
            intent = rules.claimed(
                known, account=account, action=action, key=key, digest=digest, owner=owner, at=at, until=until
            )
            if intent is not None:
                self._intents[account, action, key] = intent
            return intent

    def settle(self, intent: Intent, state: IntentState, *, at: datetime, detail: str = "") -> None:
        """See ``Store.settle``."""
        with self._lock:
            key = intent.account, intent.action, intent.key
            self._intents[key] = rules.settled(self._intents.get(key), intent, state, at=at, detail=detail)

    def intents(self, account: AccountId, action: str, *, state: IntentState | None = IntentState.OPEN) -> list[Intent]:
        """See ``Store.intents``."""
        with self._lock:
            found = [
                intent
                for (owner, kind, _), intent in self._intents.items()
                if (owner, kind) == (account, action) and (state is None or intent.state is state)
            ]
        return sorted(found, key=lambda intent: (intent.written_at, intent.key))

    def post(self, account: AccountId, box: str, messages: Mapping[str, str], *, at: datetime) -> Posted:
        """See ``Mailbox.post``."""
        with self._lock:
            kept = self._boxes.setdefault((account, box), {})
            last = max((message.sequence for message in kept.values()), default=0)
            stored, seen = rules.arrived(account, box, kept, messages, last=last, at=at)
            kept.update((message.key, message) for message in (*stored, *seen))
        return Posted(stored=len(stored), duplicate=len(seen))

    def withdraw(
        self, account: AccountId, box: str, keys: Collection[str], *, unless: str, at: datetime
    ) -> frozenset[str]:
        """See ``Mailbox.withdraw``."""
        with self._lock:
            there, kept = self._boxes.get((account, box), {}), self._boxes.get((account, unless), {})
            found = [key for key in dict.fromkeys(keys) if key in there and there[key].payload and key not in kept]
            self.post(account, box, dict.fromkeys(found, ""), at=at)
        return frozenset(found)

    def messages(
        self, account: AccountId, box: str, *, after: int = 0, keys: Collection[str] | None = None, limit: int = 1000
    ) -> list[Message]:
        """See ``Mailbox.messages``."""
        wanted = None if keys is None else frozenset(keys)
        with self._lock:
            found = [
                message
                for message in self._boxes.get((account, box), {}).values()
                if message.sequence > after and (wanted is None or message.key in wanted)
            ]
        return sorted(found, key=lambda message: message.sequence)[:limit]

    def reserve_slot(
        self, account: str, lane: str, *, at: datetime, spacing: float, patience: float, within: float = math.inf
    ) -> Slot:
        """See ``Slots.reserve_slot``."""
        with self._lock:
            known = self._lanes.get((account, lane))
            self._lanes[account, lane], slot = reserved(
                known, account, lane, at=rules.utc(at), spacing=spacing, patience=patience, within=within
            )
            return slot

    def hush(self, account: str, lane: str, *, at: datetime, seconds: float) -> None:
        """See ``Slots.hush``."""
        with self._lock:
            known = self._lanes.get((account, lane))
            self._lanes[account, lane] = hushed(known, account, lane, at=rules.utc(at), seconds=seconds)

    def quiet_left(self, account: str, lane: str, *, at: datetime) -> float:
        """See ``Slots.quiet_left``."""
        with self._lock:
            return quiet_of(self._lanes.get((account, lane)), at=rules.utc(at))

    def raise_items(self, items: Sequence[ExceptionItem]) -> None:
        """See ``Store.raise_items``."""
        with self._lock:
            # Reckoned whole before anything is kept: a bad time in the last item leaves the first ones out, too.
            self._open |= rules.raise_all(self._open, items)

    def close_items(
        self,
        account: AccountId,
        *,
        types: Iterable[ExceptionType] = (),
        entity: str | None = None,
        because: str,
        at: datetime,
    ) -> int:
        """See ``Store.close_items``."""
        moment, wanted = rules.utc(at), frozenset(types) or frozenset(ExceptionType)
        with self._lock:
            matching = [
                key
                for key, item in self._open.items()
                if item.account == account and item.type in wanted and entity in (None, item.entity)
            ]
            for key in matching:
                self._closed.append(attrs.evolve(self._open.pop(key), closed_at=moment, closed_because=because))
            return len(matching)

    def items(self, accounts: Iterable[AccountId] = (), *, open_only: bool = True) -> list[ExceptionItem]:
        """See ``Store.items``."""
        wanted = frozenset(accounts)
        with self._lock:
            every = [*self._open.values(), *(() if open_only else self._closed)]
        return sorted((item for item in every if not wanted or item.account in wanted), key=rules.by_deadline)

    def close(self) -> None:
        """See ``Store.close``."""
