"""What every Mirakl test needs: a configuration, ready answers, and the samples."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from khaos_connectors.calls.decode import to_json
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.secrets import Secret
from khaos_connectors.core.ids import AccountId
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.scope import Scope

SAMPLES = Path(__file__).parent.parent / "samples" / "mirakl"


@pytest.fixture
def config() -> MiraklConfig:
    """An account that waits for nothing, so that only the waits under test are seen."""
    return MiraklConfig(
        account=AccountId("john-lewis"),
        base_url="https://shop.example.com/api",
        api_key=Secret("key-123"),
        shop_id=2000,
        pace_factor=0,
    )


@pytest.fixture
def scope(config: MiraklConfig) -> Scope:
    """The scope of that account."""
    return config.scope


@pytest.fixture
def change(config: MiraklConfig) -> Callable[..., MiraklConfig]:
    """The configuration with some settings changed."""

    def changed(**settings: object) -> MiraklConfig:
        return attrs.evolve(config, **settings)

    return changed


@pytest.fixture
def sample() -> Callable[[str], str]:
    """The text of a sample file."""
    return lambda name: (SAMPLES / name).read_text(encoding="utf-8")


@pytest.fixture
def document() -> Callable[[str], dict[str, object]]:
    """A sample as plain JSON values, to be changed by a test."""
    return lambda name: json.loads((SAMPLES / name).read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.fixture
def answer() -> Callable[..., Response]:
    """An answer with a JSON (or text) body."""

    def made(body: object = None, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        if isinstance(body, bytes):
            raw = body
        elif isinstance(body, str):
            raw = body.encode()
        else:
            raw = b"" if body is None else to_json(body).encode()
        return Response(status=status, headers=dict(headers or {}), body=raw)

    return made
