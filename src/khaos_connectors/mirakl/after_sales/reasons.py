"""The operator's reasons: which codes a seller may use for what. They differ by operator, so they are asked for."""

from datetime import datetime

import attrs

from khaos_connectors import errors
from khaos_connectors._choices import known_names
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now
from khaos_connectors.calls.unrun import warns_unrun
from khaos_connectors.mirakl import endpoints
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.endpoints.platform import usable_reasons
from khaos_connectors.mirakl.models.platform import Reason
from khaos_connectors.mirakl.models.platform_codes import ReasonType
from khaos_connectors.mirakl.models.rows import Broken, Read

__all__ = ["Reasons"]

_NOT_OFFERED = frozenset({403, 404, 405})


@attrs.frozen
class _Kept:
    rows: tuple[Read[Reason] | Broken, ...] | None
    since: datetime


@warns_unrun
class Reasons:
    """The reasons of one instance (RE01), asked once and kept for ``settings_age``."""

    def __init__(self, config: MiraklConfig, caller: Caller) -> None:
        self._config = config
        self._caller = caller
        self._kept: _Kept | None = None

    def forget(self) -> None:
        """Ask anew at the next use."""
        self._kept = None

    def usable(self, kind: ReasonType) -> Flow[tuple[Reason, ...] | None]:
        """The reasons of *kind* that the shop may use, None where this key may not ask for them: RE01."""
        moment = yield from now()
        if self._kept is None or moment - self._kept.since >= self._config.settings_age:
            self._kept = _Kept((yield from self._asked()), moment)
        return None if self._kept.rows is None else usable_reasons(self._kept.rows, kind)

    def problem(self, kind: ReasonType, code: str) -> Flow[str]:
        """Why *code* is no reason of *kind* for a seller, empty if it is one or nobody can tell."""
        usable = yield from self.usable(kind)
        if usable is None or code in {reason.code for reason in usable}:
            return ""
        labels = {reason.code: reason.label or "" for reason in usable}
        known = known_names(code, labels)
        listed = "; ".join(f"{each}: {label}" for each, label in list(labels.items())[:10] if label)
        return f"{code!r} is no {kind.value} reason that a shop may use (RE01); {known}" + (
            f" ({listed})" if listed else ""
        )

    def _asked(self) -> Flow[tuple[Read[Reason] | Broken, ...] | None]:
        try:
            return (yield from self._caller.pages(endpoints.list_reasons(self._config.scope)))
        except errors.Refused as refused:
            if refused.status in _NOT_OFFERED:
                return None
            raise
