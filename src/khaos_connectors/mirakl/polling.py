"""Waiting for one's turn to ask what has changed: Mirakl counts the first pages of such walks, and nothing else."""

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.pace import Pace, turn_come

__all__ = ["wait_for_turn"]


def wait_for_turn(polls: Pace, operation: str) -> Flow[None]:
    """Wait as long as *polls* wants it before *operation* may be polled again."""
    yield from turn_come(polls, operation)
