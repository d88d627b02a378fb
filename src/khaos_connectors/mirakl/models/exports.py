"""Asynchronous exports: what starting one and asking for it gives, the same for offers, orders and transactions."""

from datetime import datetime
from enum import Enum

import attrs

from khaos_connectors.calls.decode import Text, Unrecognised

__all__ = ["ExportProblem", "ExportStarted", "ExportState", "ExportStatus"]


class ExportState(Enum):
    """How far an export is. Exports end as COMPLETED, where imports end as COMPLETE; CANCELED is an end as well."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


@attrs.frozen(kw_only=True)
class ExportStarted:
    """The answer of OF52, OR13 and TL03: the export was taken on, and is asked for by *tracking_id*."""

    tracking_id: Text


@attrs.frozen(kw_only=True)
class ExportProblem:
    """Why an export failed."""

    code: Text | None = None
    detail: str | None = None


@attrs.frozen(kw_only=True)
class ExportStatus:
    """The answer of OF53, OR14 and TL04. *urls* are the files, absolute, once it is COMPLETED."""

    status: ExportState | Unrecognised
    urls: tuple[str, ...] | None = ()
    last_updated: datetime | None = None
    error: ExportProblem | None = None
