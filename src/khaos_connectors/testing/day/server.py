"""A day served over real HTTP: the two systems on ports of their own, and a third port to play the world with."""

import json
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs

from khaos_connectors.calls.messages import Request, Response
from khaos_connectors.testing.day.audit import Audit, OpenItem, audit_day
from khaos_connectors.testing.day.channels import ChannelsDay
from khaos_connectors.testing.day.plan import API_KEY
from khaos_connectors.testing.day.world import TradingDay
from khaos_connectors.testing.simulators.routes import serve

__all__ = ["DayDesk", "DayServer", "Scene", "serve_day"]


@attrs.frozen(kw_only=True)
class Scene:
    """What a visitor has to know: where the systems are, what time it is, how the goods are made up."""

    tick: int
    ticks: int
    over: bool
    now: datetime
    speed: Decimal
    seed: int
    mirakl_url: str
    khaos_url: str
    api_key: str
    shop_id: int
    packs: Mapping[str, tuple[str, int]]
    unsettled: int
    requests: int
    faults: Mapping[str, int]
    erp: str = "soap"


@attrs.frozen(kw_only=True)
class DayServer:
    """The addresses of a served day, and what opens the marketplace: *api_key*, and the shop that it belongs to."""

    world_url: str
    mirakl_url: str
    khaos_url: str
    api_key: str
    shop_id: int


@attrs.frozen(kw_only=True)
class DayDesk:
    """Answers whoever plays the world: ``GET /scene``, ``POST /advance {"to": n}``, ``POST /audit {"items": […]}``.

    On a day through Channels also ``GET /refunds`` and ``POST /door {"url": …}``, the Configuration URL for the ERP.
    """

    day: TradingDay
    mirakl_url: str
    khaos_url: str

    def handle(self, request: Request) -> Response:
        """One answer as JSON; 404 for anything else."""
        body: Any = json.loads(request.body) if request.body else {}  # Any: what a visitor sends is read field by field
        match request.method, request.path:
            case "GET", "/scene":
                return _json(self.scene())
            case "POST", "/advance":
                self.day.advance(int(body["to"]))
                return _json(self.scene())
            case "GET", "/refunds":
                with self.day.lock:
                    return _json({"refunds": [refund.as_json() for refund in self.day.refunds]})
            case "POST", "/door" if isinstance(self.day, ChannelsDay):
                self.day.meet(str(body["url"]))
                return _json(self.scene())
            case "POST", "/audit":
                return _json(_audit(self.day, [OpenItem(**item) for item in body["items"]]))
            case _:
                return Response(status=404)

    def scene(self) -> dict[str, object]:
        """The present ``Scene`` as JSON values."""
        day = self.day
        with day.lock:
            injected = (*day.mirakl_faults.injected, *day.khaos_faults.injected)
            faults: dict[str, int] = {}
            for one in injected:
                faults[one.fault.kind.value] = faults.get(one.fault.kind.value, 0) + 1
            return {
                "tick": day.tick,
                "ticks": day.plan.ticks,
                "over": day.over,
                "now": day.clock.now().isoformat(),
                "speed": day.clock.speed,
                "seed": day.plan.seed,
                "mirakl_url": self.mirakl_url,
                "khaos_url": self.khaos_url,
                "api_key": API_KEY,
                "shop_id": day.mirakl.settings.shop_id,
                "packs": day.goods.packs,
                "unsettled": audit_day(day, ()).unsettled,
                "requests": day.mirakl_faults.requests + day.khaos_faults.requests,
                "faults": faults,
                "erp": day.plan.erp,
            }


def _audit(day: TradingDay, items: list[OpenItem]) -> dict[str, object]:
    audit: Audit = audit_day(day, items)
    return {**attrs.asdict(audit), "passed": audit.passed, "line": str(audit)}


def _json(value: Mapping[str, object]) -> Response:
    body = json.dumps(value).encode()
    return Response(status=200, headers={"content-type": "application/json"}, body=body)


@contextmanager
def serve_day(day: TradingDay, *, port: int = 0) -> Generator[DayServer, None, None]:
    """Serve *day* on free loopback ports while the context lasts (*port* fixes the world's).

    On a day through Channels the ERP has no port: it calls.
    """
    with ExitStack() as stack:
        mirakl_url = stack.enter_context(serve(day.mirakl_door))
        khaos_url = ""
        if day.plan.erp == "soap":
            khaos_url = stack.enter_context(serve(day.khaos_door)) + day.khaos.settings.executable
        desk = DayDesk(day=day, mirakl_url=mirakl_url, khaos_url=khaos_url)
        world_url = stack.enter_context(serve(desk, port=port))
        yield DayServer(
            world_url=world_url,
            mirakl_url=mirakl_url,
            khaos_url=khaos_url,
            api_key=API_KEY,
            shop_id=day.mirakl.settings.shop_id,
        )
