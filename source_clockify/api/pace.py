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

logger = logging.getLogger("airbyte")

SLOWEST: Final = 0.5
"""Requests per second below which the pace does not fall; longer gaps are pauses."""
SLOW_DOWN: Final = 0.5
SLOW_DOWN_NEAR_THE_LIMIT: Final = 0.85
NEAR_AFTER: Final = 5.0
"""Seconds that a pace lasted without a 429 before it is taken for one that is near the limit."""
SPEED_UP_PER_SECOND: Final = 1.02
FIRST_PAUSE: Final = 1.0
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
    """Spaces requests evenly below a ceiling, gives way to 429 and recovers step by step.

    The CDK's own policies keep a fixed rate; Clockify's differs by plan and cannot be asked for. A 429 halves the pace,
    or takes a sixth off one that had held for a while, and holds all threads back: for as long as `Retry-After` says, or else
    for pauses that double up to five minutes (new FREE workspaces have a quota by the hour). The pace then grows by 2 % a
    second up to the ceiling. `api` is whose limit it is, for the log.
    """

    def __init__(
        self,
        requests_per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        api: str = "Clockify",
    ) -> None:
        self._api = api
        self._ceiling = float(requests_per_second)
        self._pace = self._ceiling
        self.clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_slot = self._paced_at = self._slowed_at = self._told_at = clock()
        self._resume_at = clock()
        self._pause = FIRST_PAUSE
        self._sent_at: dict[int, float] = {}
        """When the requests went that are under way, by their identity."""

    @property
    def pace(self) -> float:
        """Requests per second allowed now."""
        return self._pace

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
            if now < self._next_slot:
                return self._next_slot - now
            self._pace = min(self._ceiling, self._pace * SPEED_UP_PER_SECOND ** (now - self._paced_at))
            self._paced_at = now
            self._next_slot = max(self._next_slot, now - 1 / self._pace) + 1 / self._pace
            self._sent_at[id(request)] = now
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
            is_new_event = self._sent_at.pop(id(request), now) >= self._slowed_at
            if response.status_code != requests.codes.too_many_requests:
                if is_new_event:
                    self._pause = max(FIRST_PAUSE, self._pause / 2)
                return
            asked = retry_after(response)
            if asked is not None and asked < longest:
                self._hold_back(now, asked)
            if not is_new_event:
                return
            if asked is None:
                self._hold_back(now, self._pause)
                self._pause = min(LONGEST_PAUSE, self._pause * 2)
            is_near = now - self._slowed_at > NEAR_AFTER
            self._slowed_at = self._paced_at = now
            slower = self._pace * (SLOW_DOWN_NEAR_THE_LIMIT if is_near else SLOW_DOWN)
            self._pace = max(min(SLOWEST, self._ceiling), slower)

    def _hold_back(self, now: float, seconds: float) -> None:
        self._resume_at = max(self._resume_at, now + seconds)
        if seconds > LOG_EVERY:
            self._told_at = now - LOG_EVERY
