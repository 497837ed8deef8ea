"""The one request budget: how fast all threads together may ask, and how long they wait when told to."""

import logging
import math
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests

from source_clockify.api.rate import Rate

logger = logging.getLogger("airbyte")

FIRST_PAUSE: Final = 2.0
"""Seconds. The refusal before it holds nobody back for longer than the rest of a second, so it is the first that counts."""
SHORTEST_ASKED: Final = 1.0
"""Seconds; a `Retry-After` has no smaller number that asks for anything."""
LONGEST_PAUSE: Final = 300.0
LONGEST_SLEEP: Final = 10.0
"""The longest sleep in one piece, in seconds; a long wait is logged after every second one."""
LOG_EVERY: Final = 2 * LONGEST_SLEEP
MOST_ASKED: Final = 100 * 365 * 86400.0
"""More seconds are not told apart: nobody waits for them, and a date that far away can still be computed."""


class TurnTooFar(Exception):
    """A request's turn comes later than it may wait. `seconds` is how far away it is."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def retry_after(response: requests.Response) -> float | None:
    """Seconds that a `Retry-After` header asks for (a number or an HTTP date); None where there is no usable one."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        if re.fullmatch("[0-9]+", value):
            asked = float(value)
        else:
            asked = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return min(max(0.0, asked), MOST_ASKED)


class RequestBudget:
    """Spaces requests evenly at the pace of a `Rate`, and holds them back where a slower pace is not enough.

    The CDK's own policies keep a fixed rate; Clockify's differs by plan and cannot be asked for. A 429 slows the pace down, and
    nobody sends for what is left of the second that was used up. No pause follows, as it would cost more than the refusal, but
    where that did not help: where nothing at all is let through any more (new FREE workspaces have a quota by the hour), all
    threads wait, for as long as `Retry-After` says or else for pauses that double up to five minutes. A `Retry-After` of one
    second is what a limit by the second calls for: its own request waits for it, as the others are slower already. A longer one
    holds all threads back. `api` is whose limit it is, for the log.
    """

    def __init__(
        self,
        requests_per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        api: str = "Clockify",
    ) -> None:
        self._api = api
        self._rate = Rate(float(requests_per_second), clock())
        self.clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_slot = self._slowed_at = self._told_at = clock()
        self._resume_at = clock()
        self._pause = FIRST_PAUSE
        self._is_served = True
        """Whether anything was let through since the last slow-down."""
        self._under_way: dict[int, tuple[float, int]] = {}
        """When each request went, and how many others in the second before, by its identity."""
        self._waiting: dict[int, float] = {}
        """Until when a request waits by itself, by its identity."""

    @property
    def pace(self) -> float:
        """Requests per second allowed now."""
        return self._rate.pace

    @property
    def held_back_for(self) -> float:
        """Seconds until requests go on after a 429."""
        return max(0.0, self._resume_at - self.clock())

    def acquire_call(self, request: Any, patience: float = math.inf) -> None:
        """Wait for this request's turn. Logs at least every 30 seconds while the turn is far off.

        Raises:
            TurnTooFar: at once where requests are held back for longer than `patience`, in seconds.
        """
        end = self.clock() + patience
        while (wait := self._wait_for_turn(request)) > 0:
            if self.clock() + self.held_back_for > end:
                raise TurnTooFar(self.held_back_for)
            self._sleep(min(wait, LONGEST_SLEEP))

    def wait(self, seconds: float) -> None:
        """Hold back one thread, after a fault that says nothing about the pace."""
        end = self.clock() + seconds
        while (left := end - self.clock()) > 0:
            self._sleep(min(left, LONGEST_SLEEP))
            if left > LOG_EVERY:
                logger.info(f"Still {left - LONGEST_SLEEP:.0f} s until the next try.")

    def _wait_for_turn(self, request: Any) -> float:
        """Seconds until a request may go; 0 takes the turn."""
        with self._lock:
            now = self.clock()
            if now < self._resume_at:
                self._tell(now)
                return self._resume_at - now
            slot = max(self._next_slot, self._waiting.get(id(request), now))
            if now < slot:
                return slot - now
            self._waiting.pop(id(request), None)
            self._under_way[id(request)] = now, self._rate.sent(now)
            self._next_slot = max(self._next_slot, now - 1 / self.pace) + 1 / self.pace
            return 0.0

    def _tell(self, now: float) -> None:
        if now - self._told_at > LOG_EVERY - 1:
            self._told_at = now
            left = timedelta(seconds=round(self._resume_at - now))
            expected = datetime.now(UTC) + left
            logger.info(f"{self._api}'s request limit is reached: going on at {expected:%H:%M:%S} UTC (in {left}).")

    def update_from_response(self, request: Any, response: Any, longest: float = math.inf) -> None:
        """Slow down after a 429. Answers to requests that were under way at the last slow-down are part of that event.

        A `Retry-After` of more than `longest` seconds holds nobody back: its own request fails, others may fare better.
        """
        now = self.clock()
        with self._lock:
            sent_at, second_before = self._under_way.pop(id(request), (now, 0))
            is_new_event = sent_at >= self._slowed_at
            if response.status_code != requests.codes.too_many_requests:
                if is_new_event:
                    self._is_served = True
                    self._pause = max(FIRST_PAUSE, self._pause / 2)
                return
            self._rate.forget(sent_at)
            asked = retry_after(response)
            wait = asked if asked is not None and asked < longest else 0.0
            is_for_all = wait > SHORTEST_ASKED
            if is_new_event:
                rest = self._rate.slow_down(second_before if self._is_served else None)
                self._next_slot = max(self._next_slot, now + rest)
                self._slowed_at = now
                if not self._is_served:
                    is_for_all = True
                    if asked is None:
                        wait, self._pause = self._pause, min(LONGEST_PAUSE, self._pause * 2)
                self._is_served = False
            if is_for_all:
                self._hold_back(now, wait)
            else:
                self._waiting[id(request)] = now + wait

    def _hold_back(self, now: float, seconds: float) -> None:
        self._resume_at = max(self._resume_at, now + seconds)
        self._next_slot = max(self._next_slot, self._resume_at)
        if seconds > LOG_EVERY:
            self._told_at = now - LOG_EVERY
