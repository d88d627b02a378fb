"""Waiting for one's turn to ask what has changed: Mirakl counts the first pages of such walks, and nothing else."""

import math

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now, sleep
from khaos_connectors.calls.pace import Pace

__all__ = ["wait_for_turn"]


def wait_for_turn(polls: Pace, operation: str) -> Flow[None]:
    """Wait as long as *polls* wants it before *operation* may be polled again."""
    at = yield from now()
    turn = yield from polls.turn(operation, at, patience=math.inf)
    yield from sleep(turn.wait)
