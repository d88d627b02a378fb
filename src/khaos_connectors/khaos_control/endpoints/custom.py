"""Operations that only some installations have: nothing is known of them but what their configuration says."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from khaos_connectors.calls.messages import Call, Repeat
from khaos_connectors.calls.soap import Parameter, SoapValue
from khaos_connectors.khaos_control.endpoints._calling import Service, call

__all__ = ["custom_call"]

T = TypeVar("T")


def custom_call(
    service: Service,
    operation: str,
    parameters: Sequence[Parameter],
    read: Callable[[SoapValue], T],
    *,
    repeat: Repeat = "never",
) -> Call[T]:
    """A call of *operation* with *parameters*, whose result *read* reads; *repeat* says whether repeating harms."""
    return call(service, operation, parameters, read, repeat=repeat)
