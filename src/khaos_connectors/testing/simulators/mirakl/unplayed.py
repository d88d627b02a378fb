"""The operations that the simulated marketplace does not play: it refuses them by name instead of looking empty.

All of them are those that Mirakl keeps integrations away from, each with a newer one that is played.
"""

from khaos_connectors.calls.messages import Response
from khaos_connectors.testing.simulators.mirakl.operations import Operation, operation
from khaos_connectors.testing.simulators.mirakl.state import MiraklState
from khaos_connectors.testing.simulators.mirakl.wire import Asked, Refusal

__all__ = ["OPERATIONS"]


def _unplayed(code: str, method: str, path: str, instead: str) -> Operation:
    def refuse(state: MiraklState, asked: Asked) -> Response:
        del state, asked
        raise Refusal(404, f"the simulator does not play {code}: use {instead}")

    return operation(code, method, path, refuse)


OPERATIONS = (
    _unplayed("M01", "GET", "api/messages", "M11"),
    _unplayed("OF26", "GET", "api/offers/*/quantity", "OF22"),
    _unplayed("OF51", "GET", "api/offers/export", "OF52"),
    _unplayed("OR12", "GET", "api/orders/*", "OR11"),
    _unplayed("OR26", "PUT", "api/orders/*/refund", "OR28"),
    _unplayed("OR41", "GET", "api/orders/*/messages", "M11"),
    _unplayed("OR42", "POST", "api/orders/*/messages", "OR43"),
    _unplayed("RE11", "GET", "api/reasons/incident_open", "RE01"),
    _unplayed("RE12", "GET", "api/reasons/incident_close", "RE01"),
    _unplayed("RE14", "GET", "api/reasons/messaging", "RE01"),
    _unplayed("RE02", "GET", "api/reasons/*", "RE01"),
)
