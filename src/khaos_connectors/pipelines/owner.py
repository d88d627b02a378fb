"""Whose lease it is: a name that no other run has, unless the user gave one."""

import os
import socket
from uuid import uuid4

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import do

__all__ = ["owner_of"]


def owner_of(name: str) -> Flow[str]:
    """*name* where one was given, else a name of this run alone, so that overlapping runs do not meet.

    A given name says: whoever comes under it carries on at once where the one before was killed. It is for a single
    supervised worker.
    """
    if name:
        return name
    return (yield from do(_this_run))


def _this_run() -> str:
    return f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:12]}"
