"""A whole small trade behind the Channels door: whatever is lost, late or repeated, no unit is promised twice."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.core.ids import AccountId, LineId, LocationId, OrderId, OrderRef, StockCode
from khaos_connectors.core.stock import CommitmentBasis, Demand
from khaos_connectors.inbound import InboundRequest
from khaos_connectors.khaos_control.channels import (
    ChannelsDoor,
    DataItem,
    ItemSettings,
    KhaosChannelsConfig,
    KhaosChannelsERP,
    OrderDownloadSettings,
)
from khaos_connectors.pipelines.shelf import pools_of
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.testing.clock import ManualClock

_BASIC = {"authorization": f"Basic {b64encode(b'erp:secret').decode()}"}
_MUG = StockCode("MUG")
_SITES = (1, 2)
_ORDERS = 0


class Trade:
    """An ERP with two sites, a channel that sells, and the door between them.

    The ERP makes its pushes at once and sends them later: levels of each site in their order, and an order's status
    after the levels that were made before it (else see ``level_delay``). What it has sent it may send again at any
    time. The truth is kept here, not read from the library.
    """

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 7, 1, 10, 0, tzinfo=UTC))
        self.runner = Runner({}, clock=self.clock)
        config = KhaosChannelsConfig(
            account=AccountId("khaos"),
            user="erp",
            password="secret",
            public_url="https://erp-door.example.com",
            default_orders=OrderDownloadSettings(
                company_class=DataItem(name="M"), sales_source=DataItem(name="WEB"), site=DataItem(id="1")
            ),
            items=ItemSettings(locations={1: LocationId("main"), 2: LocationId("shop")}),
        )
        store = MemoryStore()
        self.door, self.erp = ChannelsDoor(config, store), KhaosChannelsERP(config, store)
        self.available = dict.fromkeys(_SITES, 0)
        self.told: set[int] = set()
        self.sold: dict[str, int] = {}
        self.imported: list[str] = []
        self.waiting: list[tuple[int, bytes, int]] = []
        self.pushed: list[tuple[str, bytes]] = []

    # --- the ERP -----------------------------------------------------------------------------------------------------

    def send(self, path: str, body: bytes) -> None:
        self.clock.sleep(1)
        request = InboundRequest(method="POST", path=path, headers=_BASIC, body=body)
        assert self.runner.run(self.door.handle(request)).status == 200

    def push(self, site: int, row: dict[str, object], *, loss: int = 0) -> None:
        """Make a push, of the level at *site* or of an order; *loss* is what it tells that no order has taken."""
        self.waiting.append((site, to_json({"Statuses": [row]}).encode(), loss))

    def deliver(self, site: int) -> None:
        """The oldest push of a site comes, or (``_ORDERS``) that of an order, after the levels made before it."""
        index = next((n for n, push in enumerate(self.waiting) if push[0] == site), None)
        if index is None:
            return
        first = 0 if site == _ORDERS else index
        arrived, self.waiting[first : index + 1] = self.waiting[first : index + 1], []
        for where, body, _ in arrived:
            path = "/order-statuses" if where == _ORDERS else "/stock-statuses"
            self.pushed.append((path, body))
            self.send(path, body)
            self.told |= {where} - {_ORDERS}

    def deliver_all(self) -> None:
        while self.waiting:
            self.deliver(self.waiting[0][0])

    def push_level(self, site: int, loss: int = 0) -> None:
        units = self.available[site]
        row: dict[str, object] = {"StockCode": "MUG", "StockID": "7", "SiteID": site, "Levels": {"Available": units}}
        self.push(site, row, loss=loss)

    def move(self, site: int, units: int) -> None:
        """Goods come in, or are sold over the counter or written off, below nothing too."""
        self.available[site] += units
        self.push_level(site, max(0, -units))

    def take_over(self, site: int, *, told_first: bool) -> None:
        """The ERP imports the next order, and tells of it and of the level."""
        reference = next((each for each in self.sold if each not in self.imported), None)
        if reference is not None:
            self.imported.append(reference)
            self.available[site] -= self.sold[reference]
            row: dict[str, object] = {"OrderCode": f"SO-{reference}", "Status": "Received", "AssociatedRef": reference}
            if told_first:
                self.push(_ORDERS, row)
            self.push_level(site)
            if not told_first:
                self.push(_ORDERS, row)

    def again(self, which: int, seconds: int) -> None:
        """An earlier push comes again, for its answer was lost."""
        if self.pushed:
            self.clock.sleep(seconds)
            self.send(*self.pushed[which % len(self.pushed)])

    # --- the channel -------------------------------------------------------------------------------------------------

    def sell(self, units: int) -> None:
        """The channel sells what it was told it may."""
        if self.pool() is not None and units <= (self.pool() or 0):
            self.sold[f"R{len(self.sold)}"] = units

    def pool(self) -> int | None:
        """What the library promises; None: nothing is known."""
        demands = [
            Demand(
                account=AccountId("shop"),
                order_id=OrderId(reference),
                line_id=LineId("1"),
                stock_code=_MUG,
                ordered=units,
                erp_created_at=self._known_since(reference),
            )
            for reference, units in self.sold.items()
        ]
        snapshot = self.runner.run(self.erp.stock())
        return pools_of(snapshot, demands, basis=CommitmentBasis.AVAILABLE).get(_MUG)

    def _known_since(self, reference: str) -> datetime | None:
        found = self.runner.run(self.erp.find_order(OrderRef(reference)))
        return found.known_since if found is not None else None

    def left(self) -> int:
        """What is really left of the sites that were told of: after every sale, imported or not."""
        waiting = sum(units for reference, units in self.sold.items() if reference not in self.imported)
        return sum(self.available[site] for site in self.told) - waiting

    def untold(self) -> int:
        """What went away without an order and is still to be told: nobody can know of it yet."""
        return sum(loss for site, _, loss in self.waiting if site in self.told)


Step = Callable[[Trade], None]

_sites = st.sampled_from(_SITES)
_lanes = st.sampled_from([_ORDERS, *_SITES])
_kinds: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda site, units: lambda trade: trade.move(site, units), _sites, st.integers(-4, 9)),
    st.builds(lambda units: lambda trade: trade.sell(units), st.integers(1, 5)),
    st.builds(lambda site, first: lambda trade: trade.take_over(site, told_first=first), _sites, st.booleans()),
    st.builds(
        lambda which, seconds: lambda trade: trade.again(which, seconds), st.integers(0, 9), st.sampled_from([0, 50])
    ),
)
_steps = st.tuples(_kinds, st.lists(_lanes, max_size=2))
"""What happens, and which pushes come after it."""


@settings(max_examples=700, deadline=None)
@given(st.lists(_steps, max_size=15))
def test_what_is_promised_is_there(steps: list[tuple[Step, list[int]]]) -> None:
    """After every step the library promises no more than is left after all sales, imported or not; and just that when
    every level was told anew, later than a repetition may come.
    """
    trade = Trade()
    for step, lanes in steps:
        step(trade)
        for lane in lanes:
            trade.deliver(lane)
        promised = trade.pool()
        assert promised is None or promised <= trade.left() + trade.untold()
    trade.deliver_all()
    trade.clock.sleep(3600)
    for site in _SITES:
        trade.push_level(site)
    trade.deliver_all()
    assert trade.pool() == trade.left()
