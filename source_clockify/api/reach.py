"""Which hosts are out of reach, so that not every request has to find out by itself, for minutes each."""

import threading
from collections import Counter


class Reach:
    """A host is down once a request has used up its patience and nothing at all came back from it meanwhile, to whomever.

    From then on nobody asks it, until something comes back after all: to a request that was under way.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[str] = Counter()
        self._down: set[str] = set()

    def answers(self, host: str) -> int:
        """How often the host has answered, with whatever."""
        return self._answers[host]

    def answered(self, host: str) -> None:
        with self._lock:
            self._answers[host] += 1
            self._down.discard(host)

    def gave_up(self, host: str, answers_before: int) -> None:
        """Tell that a request gets no answer; `answers_before` counts those that had come when it began."""
        with self._lock:
            if self._answers[host] == answers_before:
                self._down.add(host)

    def is_down(self, host: str) -> bool:
        return host in self._down
