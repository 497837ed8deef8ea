"""A clock for tests and simulations."""

from datetime import UTC, datetime
from threading import Lock


class FastClock:
    """Time that passes only while somebody waits, so that waiting takes none. `now` may be set to an instant that stays.

    Made in the likeness of a sync's clock: see its methods there.
    """

    def __init__(self, now: datetime | None = None) -> None:
        self.fixed = now
        self.waits: list[float] = []
        self._passed = 0.0
        self._lock = Lock()

    def now(self) -> datetime:
        return self.fixed or datetime.now(UTC)

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.waits.append(seconds)
            self._passed += seconds
