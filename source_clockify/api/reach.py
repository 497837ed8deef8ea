"""Which hosts are out of reach, so that not every request has to find out by itself, for minutes each."""

import threading
from collections import Counter


class Reach:
    """A host is down once a request has used up its patience, and meanwhile nothing came back from it, to whomever.

    From then on nobody asks it, until something comes back after all: to a request that was under way. A host is overrun once
    a request has used up its patience on 429, and meanwhile nobody got another answer. From then on nobody waits for long,
    until somebody gets one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: Counter[str] = Counter()
        self._served: Counter[str] = Counter()
        self._down: set[str] = set()
        self._overrun: set[str] = set()

    def heard_from(self, host: str, *, is_served: bool) -> None:
        """Something came back; `is_served`: an answer, and not that there are too many requests."""
        with self._lock:
            self._heard[host] += 1
            self._served[host] += is_served
            self._down.discard(host)
            if is_served:
                self._overrun.discard(host)

    def so_far(self, host: str) -> tuple[int, int]:
        """How often something came back, and how often an answer."""
        return self._heard[host], self._served[host]

    def gave_up(self, host: str, before: tuple[int, int], *, is_busy: bool) -> None:
        """A request used up its patience; `before` is what `so_far` was when it began."""
        with self._lock:
            if is_busy and self._served[host] == before[1]:
                self._overrun.add(host)
            if not is_busy and self._heard[host] == before[0]:
                self._down.add(host)

    def is_down(self, host: str) -> bool:
        return host in self._down

    def is_overrun(self, host: str) -> bool:
        return host in self._overrun
