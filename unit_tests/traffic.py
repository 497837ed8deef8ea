"""Syncs that send to one host with a limit, on a clock of their own: there are no threads, so the same always happens."""

import heapq
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Final, Protocol

import requests

from source_clockify.api.pace import RequestBudget

NETWORK: Final = 0.05
"""Seconds to the host, or half of the latency where that is less. The host decides then; the rest it takes to answer."""
JITTER: Final = 0.2
"""By what share both vary, either way."""


class Limiter(Protocol):
    """Says whether a request that arrives `now` is served. `rate` is how many a second, and may change."""

    rate: float

    def admit(self, now: float) -> bool: ...


@dataclass
class FixedWindow:
    """So many in each second of the host's clock, which is not ours."""

    rate: float
    _second: int = -1
    _served: int = 0

    def admit(self, now: float) -> bool:
        second = int(now + 0.37)
        if second != self._second:
            self._second, self._served = second, 0
        is_free = self._served < self.rate
        self._served += is_free
        return is_free


@dataclass
class SlidingWindow:
    """So many in any second, as the sandbox has it; or in any `seconds`."""

    rate: float
    seconds: float = 1.0
    _served: deque[float] = field(default_factory=deque)

    def admit(self, now: float) -> bool:
        while self._served and self._served[0] <= now - self.seconds:
            self._served.popleft()
        is_free = len(self._served) < self.rate
        if is_free:
            self._served.append(now)
        return is_free


@dataclass
class TokenBucket:
    """So many a second, and up to `burst` at once of those that were not used. It is full in the beginning."""

    rate: float
    burst: float
    _used: float = 0.0
    _at: float = 0.0

    def admit(self, now: float) -> bool:
        self._used = max(0.0, self._used - (now - self._at) * self.rate)
        self._at = now
        is_free = self._used + 1 <= self.burst
        self._used += is_free
        return is_free


@dataclass
class Sync:
    """Workers that ask for one thing after the other. Notes when the host served a request, and when it refused one."""

    latency: float = 0.1
    workers: int = 10
    ceiling: float = 40
    begins: float = 0.0
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def rate(self, since: float, until: float) -> float:
        """Requests served a second."""
        return sum(since <= moment < until for moment in self.served) / (until - since)

    @property
    def share_refused(self) -> float:
        return len(self.refused) / (len(self.refused) + len(self.served))


class _Later(Exception):
    """What the sleep of a worker raises: it asks again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _sleep(seconds: float) -> None:
    raise _Later(seconds)


class _Traffic:
    """What is going to happen, and when."""

    def __init__(self, limiter: Limiter, retry_after: int | None, seed: int) -> None:
        self.now = 0.0
        self._limiter = limiter
        self._retry_after = retry_after
        self._random = random.Random(seed)
        self._order = count()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []

    def run(self, until: float) -> None:
        while self._agenda[0][0] < until:
            self.now, _, happen = heapq.heappop(self._agenda)
            happen()

    def at(self, moment: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (moment, next(self._order), happen))

    def change(self, rate: float) -> None:
        self._limiter.rate = rate

    def begin(self, sync: Sync) -> None:
        budget = RequestBudget(sync.ceiling, clock=lambda: self.now, sleep=_sleep)
        for _ in range(sync.workers):
            self._ask(sync, budget, requests.PreparedRequest())

    def _ask(self, sync: Sync, budget: RequestBudget, request: requests.PreparedRequest) -> None:
        try:
            budget.acquire_call(request)
        except _Later as later:
            self.at(self.now + max(later.seconds, 1e-6), partial(self._ask, sync, budget, request))
        else:
            self._after(self._way(sync), partial(self._arrive, sync, budget, request))

    def _arrive(self, sync: Sync, budget: RequestBudget, request: requests.PreparedRequest) -> None:
        answer = requests.Response()
        if self._limiter.admit(self.now):
            sync.served.append(self.now)
            answer.status_code = 200
        else:
            sync.refused.append(self.now)
            answer.status_code = 429
            if self._retry_after is not None:
                answer.headers["Retry-After"] = str(self._retry_after)
        self._after(sync.latency - self._way(sync), partial(self._return, sync, budget, request, answer))

    def _return(
        self, sync: Sync, budget: RequestBudget, request: requests.PreparedRequest, answer: requests.Response
    ) -> None:
        budget.update_from_response(request, answer)
        self._ask(sync, budget, request)

    def _after(self, seconds: float, happen: Callable[[], None]) -> None:
        self.at(self.now + seconds * self._random.uniform(1 - JITTER, 1 + JITTER), happen)

    def _way(self, sync: Sync) -> float:
        return min(NETWORK, sync.latency / 2)


def simulate(
    limiter: Limiter,
    *syncs: Sync,
    seconds: float,
    retry_after: int | None = None,
    changes: Mapping[float, float] | None = None,
    seed: int = 1,
) -> None:
    """Let some syncs send for so many seconds. `changes` are new limits of the host, and from when on."""
    traffic = _Traffic(limiter, retry_after, seed)
    for moment, rate in (changes or {}).items():
        traffic.at(moment, partial(traffic.change, rate))
    for sync in syncs:
        traffic.at(sync.begins, partial(traffic.begin, sync))
    traffic.run(until=seconds)
