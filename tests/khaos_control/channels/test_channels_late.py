"""Pushes that come late, twice, overtaken or half told: they never raise what may be sold."""

from datetime import UTC, datetime
from threading import Thread

import pytest

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.drivers import Runner
from khaos_connectors.calls.effects import Do
from khaos_connectors.core.ids import AccountId, LocationId, StockCode
from khaos_connectors.core.stock import CommitmentBasis
from khaos_connectors.errors import ConfigError
from khaos_connectors.inbound import InboundRequest
from khaos_connectors.khaos_control.channels import (
    ChannelsDoor,
    ItemSettings,
    KhaosChannelsConfig,
    KhaosChannelsERP,
    OrderDownloadSettings,
)
from khaos_connectors.pipelines.shelf import pools_of
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.testing.clock import ManualClock

_AT = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
_BASIC = {"authorization": "Basic ZXJwOnNlY3JldA=="}


class Door:
    """A door with an ERP behind it."""

    def __init__(self, settings: OrderDownloadSettings) -> None:
        self.clock = ManualClock(_AT)
        self.runner = Runner({}, clock=self.clock)
        config = KhaosChannelsConfig(
            account=AccountId("khaos"),
            user="erp",
            password="secret",
            public_url="https://erp-door.example.com",
            default_orders=settings,
            items=ItemSettings(locations={1: LocationId("main"), 2: LocationId("shop")}),
        )
        store = MemoryStore()
        self.door = ChannelsDoor(config, store)
        self.erp = KhaosChannelsERP(config, store)

    def push(self, path: str, document: object, *, after: float = 60) -> int:
        """The status of the answer to *document*, which comes *after* seconds."""
        self.clock.sleep(after)
        return self.send(path, to_json(document).encode())

    def send(self, path: str, body: bytes) -> int:
        request = InboundRequest(method="POST", path=path, headers=_BASIC, body=body)
        return self.runner.run(self.door.handle(request)).status

    def pools(self) -> dict[StockCode, int]:
        """What may be promised of each code."""
        return pools_of(self.runner.run(self.erp.stock()), (), basis=CommitmentBasis.AVAILABLE)


@pytest.fixture
def door(settings: OrderDownloadSettings) -> Door:
    return Door(settings)


def level(units: int | None, *, code: str = "MUG", stock_id: str = "7", site: int = 1, **more: object) -> object:
    row: dict[str, object] = {"StockCode": code, "SiteID": site, **more}
    if stock_id:
        row["StockID"] = stock_id
    if units is not None:
        row["Levels"] = {"Available": units}
    return {"Statuses": [row]}


def item(code: str = "MUG", stock_id: str = "7", **options: object) -> object:
    return {"Items": [{"StockID": stock_id, "StockCode": code, "Options": options}], "Deleted": []}


def test_a_repetition_that_nothing_newer_came_before_is_taken_as_it_is(door: Door) -> None:
    """A level that was pushed twice in a row says what it says, from the moment that it came first."""
    door.push("/stock-statuses", level(3))
    first = door.clock.now()
    door.push("/stock-statuses", level(3))
    (figure,) = door.runner.run(door.erp.stock()).figures
    assert (figure.available, figure.as_of) == (3, first)


def test_a_push_that_was_overtaken_lowers_and_never_raises(door: Door) -> None:
    """A push that came in before another one and is worked off after it does not raise what the newer one said."""
    flow = door.door.handle(
        InboundRequest(method="POST", path="/stock-statuses", headers=_BASIC, body=to_json(level(9)).encode())
    )
    next(flow)
    overtaken = flow.send(door.clock.now())
    assert isinstance(overtaken, Do)
    door.push("/stock-statuses", level(2))
    overtaken.work()
    assert door.pools() == {"MUG": 2}
    door.push("/stock-statuses", level(5))
    assert door.pools() == {"MUG": 5}


def test_a_clock_that_was_wrong_does_not_hold_levels_down_for_ever(door: Door) -> None:
    """A level from a moment far ahead of us was told by a wrong clock: the next push counts all the same."""
    door.push("/stock-statuses", level(1), after=7 * 86400)
    door.clock = ManualClock(_AT)
    door.runner = Runner({}, clock=door.clock)
    door.push("/stock-statuses", level(4))
    assert door.pools() == {"MUG": 4}


def test_a_level_does_not_bring_back_what_is_deleted(door: Door) -> None:
    """A deleted item stays deleted whatever levels come late; the item itself brings it back."""
    door.push("/items", item())
    door.push("/stock-statuses", level(5))
    door.push("/items", {"Items": [], "Deleted": ["7"]})
    door.push("/stock-statuses", level(5))
    door.push("/stock-statuses", level(6))
    door.push("/stock-statuses", level(6, stock_id=""))
    assert door.pools() == {}
    door.push("/items", item())
    assert door.pools() == {"MUG": 6}


def test_a_late_level_does_not_give_back_an_old_code(door: Door) -> None:
    """A repetition of a level from before an item got another code does not undo the change."""
    door.push("/stock-statuses", level(5, code="OLD"))
    door.push("/items", item("NEW"))
    door.push("/stock-statuses", level(5, code="OLD"))
    assert door.pools() == {"NEW": 5}


def test_a_level_without_an_id_is_the_level_of_the_item_that_has_the_code(door: Door) -> None:
    """A row that names its item by the code alone does not hide what the item tells of itself."""
    door.push("/items", item(Discontinued=True))
    door.push("/stock-statuses", level(5, stock_id=""))
    (figure,) = door.runner.run(door.erp.stock()).figures
    assert (figure.available, figure.discontinued) == (5, True)
    door.push("/stock-statuses", level(4))
    assert door.pools() == {"MUG": 4}


def test_what_can_only_be_broken_down_is_unknown_and_not_without_limit(door: Door) -> None:
    """Neither a level nor what could be built, but a word on larger items: counted, of unknown stock, never offered."""
    door.push("/stock-statuses", level(None, RelationshipPotential={"FromParents": 3}))
    (figure,) = door.runner.run(door.erp.stock()).figures
    assert (figure.available, figure.stock_controlled) == (None, True)
    assert door.pools() == {}


@pytest.mark.parametrize("depth", [70, 300, 900])
@pytest.mark.parametrize("path", ["/stock-statuses", "/items"])
def test_a_body_of_unreasonable_depth_is_kept_like_any_other_that_cannot_be_read(
    door: Door, path: str, depth: int
) -> None:
    """Values that nest deeper than any document do not end in a 500 that makes the ERP send for ever."""
    nested = b"[" * depth + b"]" * depth
    rows = b'[{"StockID":"1","StockCode":"A","SiteID":1,"ListingPrices":[' + nested + b'],"Levels":' + nested + b"}]"
    body = b'{"Statuses":' + rows + b',"Items":' + rows + b"}"
    assert [door.send(path, body) for _ in range(2)] == [400, 200]


def test_two_sites_in_one_place_are_refused_at_the_start() -> None:
    """Two sites under one location would be two figures of one: no level of theirs could be told."""
    with pytest.raises(ConfigError, match="two sites"):
        ItemSettings(locations={1: LocationId("main"), 2: LocationId("main")})


def test_pushes_at_the_same_time_are_kept_one_after_the_other(door: Door) -> None:
    """Many threads push levels of one item: none is lost, and each site ends with one of its own levels."""
    bodies = [to_json(level(n, site=1 + n % 2)).encode() for n in range(20)]
    threads = [Thread(target=door.send, args=("/stock-statuses", body)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures = door.runner.run(door.erp.stock()).figures
    assert sorted(figure.location for figure in figures) == ["main", "shop"]
