"""How many requests are under way to one address at once, wherever in this process they come from."""

import asyncio
from collections import deque
from concurrent.futures import Future
from threading import Lock
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

__all__ = ["Gate", "gate_to"]


class Gate:
    """Lets so many through at once, from any thread and any event loop; the others wait in their order."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[Future[None]] = deque()
        self._lock = Lock()

    def enter(self, timeout: float) -> bool:
        """Wait for a place, *timeout* seconds at most; whether there was one. Who has it calls ``leave``."""
        turn = self._turn()
        try:
            turn.result(timeout)
        except TimeoutError:
            return not turn.cancel()  # it may have come at this very moment
        except BaseException:
            self._give_up(turn)
            raise
        return True

    async def enter_async(self, timeout: float) -> bool:
        """``enter``, letting others run meanwhile."""
        turn = self._turn()
        if turn.done():
            return True
        try:
            await asyncio.wait_for(asyncio.wrap_future(turn), timeout)
        except TimeoutError:
            return not turn.cancel()
        except BaseException:
            self._give_up(turn)
            raise
        return True

    def leave(self) -> None:
        """Give the place to the next who waits for one."""
        turn = self._next()
        if turn is not None:
            turn.set_result(None)

    def _next(self) -> Future[None] | None:
        """The next turn of which somebody still waits; without any the place is free."""
        with self._lock:
            while self._waiting:
                turn = self._waiting.popleft()
                if turn.set_running_or_notify_cancel():
                    return turn
            self._free += 1
            return None

    def _turn(self) -> Future[None]:
        turn: Future[None] = Future()
        with self._lock:
            if self._free > 0:
                self._free -= 1
                turn.set_result(None)
            else:
                self._waiting.append(turn)
        return turn

    def _give_up(self, turn: Future[None]) -> None:
        if not turn.cancel():
            self.leave()


_gates: WeakValueDictionary[tuple[str, str, int | None, str, int], Gate] = WeakValueDictionary()
_gates_lock = Lock()


def gate_to(base_url: str, places: int) -> Gate:
    """The gate that everybody in this process shares who goes to *base_url* with as many *places*."""
    parts = urlsplit(base_url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    # Servers on Windows know no case in paths; where two services differ by it alone, they share a gate.
    key = (parts.scheme, parts.hostname or "", port, parts.path.rstrip("/").casefold(), places)
    with _gates_lock:
        gate = _gates.get(key)
        if gate is None:
            gate = _gates[key] = Gate(places)
        return gate
