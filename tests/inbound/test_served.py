"""A handler over real HTTP on a loopback port: behind our own test server, and behind an ASGI server."""

import socket
import threading
import urllib.request
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from urllib.error import HTTPError

import pytest

from khaos_connectors.core.ids import AccountId
from khaos_connectors.inbound.asgi import asgi_app
from khaos_connectors.khaos_control.channels import ChannelsDoor, KhaosChannelsConfig, boxes
from khaos_connectors.store.memory import MemoryStore
from khaos_connectors.testing.inbound import HandlerUnderTest
from khaos_connectors.testing.simulators.routes import serve

_ACCOUNT = AccountId("khaos")


@contextmanager
def _by_ourselves(door: ChannelsDoor) -> Generator[str, None, None]:
    with serve(HandlerUnderTest(door)) as url:
        yield url


@contextmanager
def _by_uvicorn(door: ChannelsDoor) -> Generator[str, None, None]:
    uvicorn = pytest.importorskip("uvicorn")
    config = uvicorn.Config(asgi_app(door), lifespan="on", ws="none", log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def _call(url: str, *, body: bytes | None = None, password: str = "secret") -> tuple[int, bytes]:
    request = urllib.request.Request(url, data=body)
    request.add_header("Authorization", f"Basic {b64encode(f'erp:{password}'.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read()


@pytest.mark.parametrize("serving", [_by_ourselves, _by_uvicorn])
def test_the_door_answers_over_http(serving: object) -> None:
    """Configuration, a push that is stored, wrong credentials, a body that is too large: as without a network."""
    assert callable(serving)
    store = MemoryStore()
    config = KhaosChannelsConfig(
        account=_ACCOUNT, user="erp", password="secret", public_url="http://127.0.0.1/khaos", max_body_bytes=1000
    )
    with serving(ChannelsDoor(config, store)) as url:
        assert _call(f"{url}/khaos/config")[0] == 200
        row = b'{"Statuses": [{"StockCode": "MUG", "StockID": "7", "SiteID": 1, "Levels": {"Available": 3}}]}'
        assert _call(f"{url}/khaos/stock-statuses", body=row) == (200, b"stored")
        assert _call(f"{url}/khaos/stock-statuses", body=b"x" * 1500)[0] == 413
        assert _call(f"{url}/khaos/config", password="wrong")[0] == 401
    assert "1 7" in {message.key for message in store.messages(_ACCOUNT, boxes.LEVELS)}
