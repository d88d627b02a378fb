"""The two stores held equal: whatever is done to them in whatever order, they answer alike."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from khaos_connectors.core.exception_report import ExceptionItem, ExceptionType, RetryClass, Severity, Team
from khaos_connectors.core.ids import AccountId, ChannelSku, ErpOrderCode, LineId, OrderId, OrderRef, StockCode
from khaos_connectors.core.stock import Demand
from khaos_connectors.errors import ConfigError
from khaos_connectors.store import MemoryStore, SqlStore, Store
from khaos_connectors.store.protocol import Intent, IntentState, Progress, RawOrder
from khaos_connectors.store.rules import digest_of

DAY = datetime(2026, 3, 2, tzinfo=UTC)

accounts = st.sampled_from([AccountId("a"), AccountId("b")])
order_ids = st.sampled_from([OrderId(name) for name in ("1", "10", "2", "é")])
times = st.integers(0, 6).map(lambda minute: DAY + timedelta(minutes=minute, microseconds=minute))
maybe_times = st.none() | times
texts = st.sampled_from(["one", "two", "th\0ree"])
references = st.sampled_from([OrderRef("R1"), OrderRef("R2"), OrderRef("R3")])
skus = st.sampled_from([ChannelSku("s"), ChannelSku("t"), ChannelSku("U")])
raws = st.builds(RawOrder, order_id=order_ids, payload=texts, changed_at=maybe_times, readable=st.booleans())
boxes, box_keys = st.sampled_from(["orders", "returns"]), st.sampled_from(["R1", "R2", "\ud800", "\0"])
types = st.sampled_from([ExceptionType.SKU_UNMAPPED, ExceptionType.SKU_AMBIGUOUS])
items = st.builds(
    ExceptionItem,
    account=accounts,
    type=types,
    entity=st.sampled_from(["e", "f"]),
    team=st.sampled_from(Team),
    severity=st.sampled_from(Severity),
    opened_at=times,
    deadline=times,
    retry=st.sampled_from(RetryClass),
    fix=st.sampled_from(["fix", "mend"]),
    evidence=st.dictionaries(st.sampled_from(["b", "a"]), texts),
    count=st.integers(1, 3),
    last_seen_at=maybe_times,
    escalated_at=maybe_times,
)


class BothStores(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.memory = MemoryStore()
        self.sql = SqlStore(f"sqlite:///{Path(self.folder.name) / 'store.db'}")
        self.claimed: list[Intent] = []

    def teardown(self) -> None:
        self.sql.close()
        self.folder.cleanup()

    def both(self, act: Callable[[Store], object]) -> object:
        """What *act* gives on either store, or the error that it raises; the same on both."""
        answers: list[object] = []
        for store in (self.memory, self.sql):
            try:
                answers.append(act(store))
            except (ConfigError, LookupError, ValueError) as error:
                answers.append((type(error), str(error)))
        assert answers[0] == answers[1]
        return answers[0]

    @rule(account=accounts, to=times, feed=st.sampled_from(["orders", "despatches"]))
    def advance(self, account: AccountId, to: datetime, feed: str) -> None:
        self.both(lambda store: store.advance(account, feed, to))
        self.both(lambda store: store.watermark(account, feed))

    @rule(account=accounts, batch=st.lists(raws, max_size=5), at=times)
    def keep_raw(self, account: AccountId, batch: list[RawOrder], at: datetime) -> None:
        self.both(lambda store: store.keep_raw(account, batch, at=at))

    @rule(
        account=accounts,
        order=order_ids,
        progress=st.sampled_from(Progress),
        at=times,
        text=st.none() | texts,
        reference=st.none() | references,
        code=st.none() | st.just(ErpOrderCode("S1")),
        created=maybe_times,
        why=st.sampled_from(["", "because"]),
        only_from=st.frozensets(st.sampled_from(Progress), max_size=3),
    )
    def mark(  # noqa: PLR0917 - hypothesis names its arguments
        self,
        account: AccountId,
        order: OrderId,
        progress: Progress,
        at: datetime,
        text: str | None,
        reference: OrderRef | None,
        code: ErpOrderCode | None,
        created: datetime | None,
        why: str,
        only_from: frozenset[Progress],
    ) -> None:
        digest = None if text is None else digest_of(text)
        self.both(
            lambda store: store.mark(
                account,
                order,
                progress,
                at=at,
                digest=digest,
                reference=reference,
                erp_code=code,
                erp_created_at=created,
                why=why,
                only_from=only_from,
            )
        )

    @rule(account=accounts, order=order_ids, lines=st.lists(st.integers(0, 5), max_size=3))
    def set_demand(self, account: AccountId, order: OrderId, lines: list[int]) -> None:
        demands = [
            Demand(
                account=account,
                order_id=order,
                line_id=LineId(f"{units}"),
                stock_code=StockCode("C"),
                ordered=units,
                erp_created_at=DAY,
            )
            for units in lines
        ]
        self.both(lambda store: store.set_demand(account, order, demands))

    @rule(account=accounts)
    def next_revision(self, account: AccountId) -> None:
        self.both(lambda store: store.next_revision(account))

    @rule(account=accounts, levels=st.dictionaries(skus, st.integers(0, 2**40)), revision=st.integers(1, 3), at=times)
    def ack(self, account: AccountId, levels: dict[ChannelSku, int], revision: int, at: datetime) -> None:
        self.both(lambda store: store.ack(account, levels, revision=revision, at=at))

    @rule(account=accounts, some=st.lists(skus, max_size=2), revision=st.integers(1, 3))
    def forget_ack(self, account: AccountId, some: list[ChannelSku], revision: int) -> None:
        self.both(lambda store: store.forget_ack(account, some, revision=revision))

    @rule(
        account=accounts,
        key=st.sampled_from(["k", "l"]),
        digest=st.sampled_from(["d", "e"]),
        owner=st.sampled_from(["x", "y"]),
        at=times,
        lease=st.integers(0, 3),
    )
    def claim(  # noqa: PLR0917 - hypothesis names its arguments
        self, account: AccountId, key: str, digest: str, owner: str, at: datetime, lease: int
    ) -> None:
        until = at + timedelta(minutes=lease)
        got = self.both(lambda store: store.claim(account, "ship", key, digest=digest, owner=owner, at=at, until=until))
        if isinstance(got, Intent):
            self.claimed.append(got)

    @rule(data=st.data(), state=st.sampled_from(IntentState), at=times)
    def settle(self, data: st.DataObject, state: IntentState, at: datetime) -> None:
        if self.claimed:
            intent = data.draw(st.sampled_from(self.claimed))
            self.both(lambda store: store.settle(intent, state, at=at, detail=state.value))

    @rule(account=accounts, box=boxes, some=st.dictionaries(box_keys, texts, max_size=3), at=times)
    def post(self, account: AccountId, box: str, some: dict[str, str], at: datetime) -> None:
        self.both(lambda store: store.post(account, box, some, at=at))

    @rule(account=accounts, box=boxes, other=boxes, some=st.lists(box_keys, max_size=3), at=times)
    def withdraw(self, account: AccountId, box: str, other: str, some: list[str], at: datetime) -> None:
        self.both(lambda store: store.withdraw(account, box, some, unless=other, at=at))

    @rule(
        account=accounts,
        box=boxes,
        after=st.integers(0, 6),
        keys=st.none() | st.lists(box_keys, max_size=2),
        limit=st.integers(1, 3),
    )
    def messages(self, account: AccountId, box: str, after: int, keys: list[str] | None, limit: int) -> None:
        self.both(lambda store: store.messages(account, box, after=after, keys=keys, limit=limit))

    @rule(some=st.lists(items, max_size=4))
    def raise_items(self, some: list[ExceptionItem]) -> None:
        self.both(lambda store: store.raise_items(some))

    @rule(account=accounts, some=st.lists(types, max_size=1), entity=st.none() | st.sampled_from(["e", "f"]), at=times)
    def close_items(self, account: AccountId, some: list[ExceptionType], entity: str | None, at: datetime) -> None:
        self.both(lambda store: store.close_items(account, types=some, entity=entity, because="done", at=at))

    @rule(
        account=accounts,
        progress=st.lists(st.sampled_from(Progress), max_size=2),
        fresh=st.none() | st.booleans(),
        after=st.none() | order_ids,
        limit=st.integers(1, 3),
    )
    def some_orders(
        self,
        account: AccountId,
        progress: list[Progress],
        fresh: bool | None,  # noqa: FBT001 - hypothesis names its arguments
        after: OrderId | None,
        limit: int,
    ) -> None:
        self.both(lambda store: store.orders(account, progress=progress, fresh=fresh, after=after, limit=limit))

    @rule(reference=references)
    def by_reference(self, reference: OrderRef) -> None:
        self.both(lambda store: store.order_by_reference(reference))

    @invariant()
    def everything_is_equal(self) -> None:
        for account in (AccountId("a"), AccountId("b")):
            self.both(lambda store, account=account: store.orders(account))  # type: ignore[misc] # bound early on purpose
            self.both(lambda store, account=account: store.counts(account))  # type: ignore[misc] # bound early on purpose
            self.both(lambda store, account=account: store.acked(account))  # type: ignore[misc] # bound early on purpose
            self.both(lambda store, account=account: store.intents(account, "ship", state=None))  # type: ignore[misc] # bound early on purpose
            for box in ("orders", "returns"):
                self.both(lambda store, account=account, box=box: store.messages(account, box))  # type: ignore[misc] # bound early on purpose
        self.both(lambda store: store.demand())
        self.both(lambda store: store.items(open_only=False))

    @invariant()
    def at_most_one_item_is_open_per_key(self) -> None:
        keys = [item.key for item in self.sql.items()]
        assert len(keys) == len(set(keys))


TestBothStores = BothStores.TestCase
TestBothStores.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
