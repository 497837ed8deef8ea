"""A sync on a clock of its own: an hour of waiting passes at once, and in the order in which it would."""

import heapq
import sys
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest import mock

import orjson
import requests

import source_clockify.run
from harness.clock import FastClock
from source_clockify import SourceClockify
from source_clockify.api import prefetch, session
from source_clockify.api.transport import TimedAdapter
from source_clockify.streams import refusals


class SimulatedClock(FastClock):
    """Time that passes only while every thread of the sync waits: then it jumps to the moment that is due first.

    What the threads compute takes no time. The thread that makes the clock is the one that reads. `requests` counts them.
    """

    def __init__(self, begin: datetime | None = None) -> None:
        super().__init__()
        self._begin = begin or datetime.now(UTC)
        self._awake = 1
        self._due: list[tuple[float, int, threading.Event]] = []
        self._order = count()
        self.requests = 0

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=self._passed)

    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        turn = threading.Event()
        with self._lock:
            heapq.heappush(self._due, (self._passed + seconds, next(self._order), turn))
        self.rest()
        turn.wait()

    def rest(self) -> None:
        """A thread begins to wait, for a moment or for another thread, or ends."""
        with self._lock:
            self._awake -= 1
            if not self._awake and self._due:
                self._passed, _, turn = heapq.heappop(self._due)
                self._awake = 1
                turn.set()

    def ask(self, latency: float) -> None:
        """Wait for the answer to a request."""
        with self._lock:
            self.requests += 1
        self.sleep(latency)

    def wake(self, threads: int) -> None:
        """So many threads go on, or begin."""
        with self._lock:
            self._awake += threads


class _Condition(threading.Condition):
    """Whoever waits for it rests. It is the one who notifies that wakes others, so no time can pass in between."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self._clock = clock
        self._resting = 0

    def wait(self, timeout: float | None = None) -> bool:
        self._resting += 1
        self._clock.rest()
        return super().wait(timeout)

    def notify(self, n: int = 1) -> None:
        woken = min(n, self._resting)
        self._resting -= woken
        self._clock.wake(woken)
        super().notify(n)


class _Queue:
    """As a SimpleQueue."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._items: deque[Any] = deque()
        self._changed = _Condition(clock)

    def put(self, item: Any) -> None:
        with self._changed:
            self._items.append(item)
            self._changed.notify()

    def get(self) -> Any:
        with self._changed:
            self._changed.wait_for(lambda: self._items)
            return self._items.popleft()


class _Future(Future[Any]):
    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self._condition = _Condition(clock)


class _Thread(threading.Thread):
    def __init__(self, clock: SimulatedClock, **options: Any) -> None:
        super().__init__(**options)
        self._clock = clock

    def start(self) -> None:
        self._clock.wake(1)
        super().start()

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._clock.rest()


class _Adapter(TimedAdapter):
    """Asks the real host, and lets the latency pass."""

    def __init__(self, clock: SimulatedClock, latency: float, connections: int) -> None:
        super().__init__(connections)
        self._clock, self._latency = clock, latency

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        self._clock.ask(self._latency)
        return super().send(*args, **kwargs)


@contextmanager
def simulated(latency: float, begin: datetime | None = None) -> Iterator[SimulatedClock]:
    """A clock for the syncs that this thread reads meanwhile, whose requests take so many seconds each."""
    clock = SimulatedClock(begin)
    threads = SimpleNamespace(Condition=partial(_Condition, clock), Thread=partial(_Thread, clock))
    with ExitStack() as stack:
        for module, name, stand_in in (
            (prefetch, "threading", threads),
            (prefetch, "SimpleQueue", partial(_Queue, clock)),
            (refusals, "Future", _FutureMaker(clock)),
            (session, "TimedAdapter", partial(_Adapter, clock, latency)),
        ):
            stack.enter_context(mock.patch.object(module, name, stand_in))
        yield clock


class _FutureMaker:
    """Stands for the class, whose type parameter is written in the code."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock

    def __call__(self) -> _Future:
        return _Future(self._clock)

    def __getitem__(self, _: object) -> "_FutureMaker":
        return self


def main() -> None:
    """Run a command of the connector, `python -m harness.simulation LATENCY read …`, and tell seconds and requests at the end."""
    latency = float(sys.argv.pop(1))
    with simulated(latency) as clock:
        with mock.patch.object(source_clockify.run, "SourceClockify", partial(SourceClockify, clock)):
            source_clockify.run.run()
        told = {"type": "CLOCK", "seconds": clock.monotonic(), "requests": clock.requests}
        sys.stdout.write(f"{orjson.dumps(told).decode()}\n")


if __name__ == "__main__":
    main()
