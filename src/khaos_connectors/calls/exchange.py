"""One call from its first attempt to its outcome: signed, paced, sent, read and, where that is safe, repeated."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

import attrs

from khaos_connectors.calls.effects import Flow
from khaos_connectors.calls.flows import now, send, sleep
from khaos_connectors.calls.messages import Call, Lost, Outcome, Request
from khaos_connectors.calls.pace import Pace, turn_come
from khaos_connectors.calls.retry import RetryPolicy, Stop, decide, retry_after
from khaos_connectors.errors import CallError, NotSent, RateLimited, Refused, Unanswered, Undecodable

__all__ = ["exchange"]

T = TypeVar("T")

# What is believed of a request for quiet, in seconds. A gateway that counts in milliseconds must not end all calls of a
# shared budget for years; after a day the system is asked once, and may say it again.
_LONGEST_QUIET = 86_400.0


@attrs.frozen
class _Read(Generic[T]):
    result: T


@attrs.frozen
class _Failed:
    error: CallError
    final: bool = False
    unauthorised: bool = False
    wait_header: str = ""


def exchange(
    call: Call[T],
    *,
    system: str,
    retry: RetryPolicy,
    sign: Callable[[Request], Flow[Request]],
    renew: Callable[[Request], bool],
    pacer: Pace | None = None,
) -> Flow[T]:
    """The result of *call* to *system*, or the ``CallError`` that is left when repeating is over.

    *sign* adds credentials before each attempt. *renew* is told of a request that was answered with 401 and says
    whether signing anew may help; that is tried once, beside the attempts of *retry*.
    """
    began: datetime | None = None
    attempt, renewals, spent = 0, 0, 0.0
    while True:
        attempt += 1
        signed = yield from sign(call.request)
        # Paced after signing: a log-in that many flows wait for must not let them all loose at once.
        if pacer is not None:
            quiet = yield from turn_come(pacer, call.operation, patience=max(0.0, retry.budget - spent))
            if quiet:
                raise _too_early(system, call.operation, quiet)
        if began is None:  # waiting for the first turn takes nothing from the time for repeats
            began = yield from now()
        outcome = yield from send(system, call.operation, signed, attempt=attempt)
        read = _read(call, outcome, system)
        if not isinstance(read, _Failed):
            return read.result
        if read.unauthorised and not renewals and renew(signed):
            renewals = 1
            continue
        moment = yield from now()
        failure = read.error
        if isinstance(failure, RateLimited):
            if failure.retry_after is None and read.wait_header:
                failure.retry_after = retry_after(read.wait_header, moment)
            if pacer is not None and failure.retry_after is not None:
                yield from pacer.hush(call.operation, moment, min(failure.retry_after, _LONGEST_QUIET))
        spent = (moment - began).total_seconds()
        decision = decide(retry, repeat=call.repeat, failure=failure, attempt=attempt - renewals, spent=spent)
        if read.final or isinstance(decision, Stop):
            raise _surfaced(call, failure)
        yield from sleep(decision.after, spread=decision.spread)


def _too_early(system: str, operation: str, quiet: float) -> RateLimited:
    # Whoever asked may hold a lease: waiting for hours here would let somebody else make the same write meanwhile.
    return RateLimited(
        system=system,
        operation=operation,
        message=f"not sent: after an earlier call the system asked for quiet, for {quiet:.0f} seconds from now",
        retry_after=quiet,
    )


def _read(call: Call[T], outcome: Outcome, system: str) -> _Read[T] | _Failed:
    if isinstance(outcome, Lost):
        kind = Unanswered if outcome.sent else NotSent
        return _Failed(kind(system=system, operation=call.operation, reason=outcome.reason), final=outcome.final)
    try:
        return _Read(call.decode(outcome))
    except CallError as error:
        return _Failed(error, unauthorised=outcome.status == 401, wait_header=outcome.headers.get("retry-after", ""))


def _surfaced(call: Call[T], failure: CallError) -> CallError:
    """*failure* as the caller should see it: after an unusable answer to an unrepeatable call nobody knows what
    happened there, whatever the system or its gateway said in place of the answer.
    """
    busy = isinstance(failure, Refused) and failure.retryable and not isinstance(failure, RateLimited)
    if call.repeat != "never" or not (busy or isinstance(failure, Undecodable)):
        return failure
    surfaced = Unanswered(
        system=failure.system,
        operation=failure.operation,
        request_id=failure.request_id,
        reason=failure.detail(),
    )
    surfaced.__cause__ = failure
    return surfaced
