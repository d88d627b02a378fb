"""Asynchronous exports from their start to their files: offers (OF52), orders (OR13), transactions (TL03)."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

import attrs

from khaos_connectors import errors
from khaos_connectors.calls.caller import Caller
from khaos_connectors.calls.decode import Unrecognised
from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import gather, now, sleep
from khaos_connectors.calls.messages import Call
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.models.exports import ExportStarted, ExportState, ExportStatus

__all__ = ["export_urls", "fetch_file", "run_export"]

T = TypeVar("T")

_OTHER_SPELLINGS = {"COMPLETE": ExportState.COMPLETED, "CANCELLED": ExportState.CANCELED}
_PORTS = {None, 80, 443}


def run_export(
    caller: Caller,
    config: MiraklConfig,
    *,
    start: Call[ExportStarted],
    status: Callable[[str], Call[ExportStatus]],
    chunk: Callable[[str], Call[T]],
) -> Flow[tuple[T, ...]]:
    """What *chunk* makes of each file of the export that *start* begins, in Mirakl's order, one file at a time.

    *status* gives the call for a tracking id, *chunk* the one for a file's address (see ``endpoints.exported``); what
    shall not stay in memory is to be taken apart in the decoding of *chunk*. Raises what ``export_urls`` and
    ``fetch_file`` raise.
    """
    urls = yield from export_urls(caller, config, start=start, status=status)
    files = [fetch_file(caller, config, url, chunk) for url in urls]
    return tuple((yield from gather(files, limit=1)))


def export_urls(
    caller: Caller,
    config: MiraklConfig,
    *,
    start: Call[ExportStarted],
    status: Callable[[str], Call[ExportStatus]],
) -> Flow[tuple[str, ...]]:
    """The addresses of the files of the export that *start* begins, once it has ended.

    It is looked at every ``export_poll_seconds``, never faster than the operation's own pace. Raises ``Refused`` for
    an export that failed or was cancelled, and ``Unanswered`` when ``export_patience_seconds`` ended first: starting
    the same export again then finds it, where Mirakl recognises the duplicate. A look that is lost is made again.
    """
    begun = yield from caller.perform(start)
    tracking_id = str(begun.tracking_id)
    began = yield from now()
    moment = began
    while (moment - began).total_seconds() < config.export_patience_seconds:
        yield from sleep(config.export_poll_seconds)
        found = yield from _look(caller, status(tracking_id))
        if found is not None and _ended(found, config, start.operation):
            return found.urls or ()
        moment = yield from now()
    waited = f"export {tracking_id} still runs after {config.export_patience_seconds:g} seconds"
    raise errors.Unanswered(system=config.account, operation=start.operation, reason=waited)


def fetch_file(caller: Caller, config: MiraklConfig, url: str, chunk: Callable[[str], Call[T]]) -> Flow[T]:
    """What *chunk* makes of the file at *url*.

    A file of the instance's own host is fetched with the account's key over the account's connection, whatever scheme
    *url* has. One at ``files_url`` is fetched without any credentials. Any other host is ``Unsupported`` and is not
    called.
    """
    host = _place(url)
    if host is None or host == _place(config.base_url):
        return (yield from caller.perform(chunk(url)))
    call = chunk(url)
    if not config.files_url or host != _place(config.files_url):
        raise errors.Unsupported(
            system=config.account,
            operation=call.operation,
            capability=f"files on the host {host[0]}",
            advice="an instance that keeps its exports elsewhere needs files_url; nothing was asked there",
        )
    # The address is the whole permission there: it is called as it came, without our key and without our shop.
    alone = _as_it_came(call, url)
    return (yield from Caller(config.files_system, retry=config.retry).perform(alone))


def _look(caller: Caller, call: Call[ExportStatus]) -> Flow[ExportStatus | None]:
    try:
        return (yield from caller.perform(call))
    except (errors.NotSent, errors.Unanswered):
        return None
    except errors.Refused as refused:
        if not refused.retryable:
            raise
        return None


def _ended(found: ExportStatus, config: MiraklConfig, operation: str) -> bool:
    state = found.status
    if isinstance(state, Unrecognised):
        state = _OTHER_SPELLINGS.get(state.code.upper(), ExportState.PENDING)
    if state in {ExportState.FAILED, ExportState.CANCELED}:
        told = found.error
        raise errors.Refused(
            system=config.account,
            operation=operation,
            message=f"the export ended as {state.value}: {(told and told.detail) or 'no reason given'}",
            code=None if told is None or told.code is None else str(told.code),
        )
    return state is ExportState.COMPLETED


def _place(url: str) -> tuple[str, int | None] | None:
    """The host of *url* and its port where it is not a usual one; None for an address without a host."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    return None if host is None else (host.casefold(), None if port in _PORTS else port)


def _as_it_came(call: Call[T], url: str) -> Call[T]:
    query = tuple(parse_qsl(urlsplit(url.strip()).query, keep_blank_values=True))
    return attrs.evolve(call, request=attrs.evolve(call.request, query=query))
