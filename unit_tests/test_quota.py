"""A whole sync against a server that allows 30 requests an hour, on a clock of its own."""

import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests
import requests_mock
from pytest_mock import MockerFixture

from source_clockify.api.pace import LONGEST_PAUSE
from source_clockify.api.rate import SLOWEST
from source_clockify.api.session import ApiSession
from unit_tests.conftest import HOST, Read, Row, errors, rows, workspace

BEGAN = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
HOUR = 3600.0
ALLOWED = 30
USERS = [f"u{number}" for number in range(70)]
REQUESTS = len(USERS) + 3
"""The workspaces, the tags, the users, and the entries of each of them."""


class SharedClock:
    """Time that passes only while every thread that has a request to send sleeps; then the one wakes that is first due."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._awake = 0
        self._due: list[float] = []
        self._changed = threading.Condition()

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        due = self._passed + seconds
        with self._changed:
            self._due.append(due)
            self._awake -= 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._awake and due == min(self._due))
            self._due.remove(due)
            self._passed = due
            self._awake += 1

    @contextmanager
    def awake(self) -> Iterator[None]:
        self._count(+1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._changed:
            self._awake += change
            self._changed.notify_all()


class Clockify:
    """A FREE workspace. Counts what it admits in any hour, and what it refuses; may say when to come again."""

    def __init__(self, clock: SharedClock, tells: bool) -> None:
        self.clock, self.tells = clock, tells
        self.admitted: deque[float] = deque()
        self.answers = self.refusals = 0
        self._lock = threading.Lock()

    def answer(self, request: Any, context: Any) -> Any:
        with self._lock:
            now = self.clock.monotonic()
            while self.admitted and self.admitted[0] <= now - HOUR:
                self.admitted.popleft()
            if len(self.admitted) == ALLOWED:
                self.refusals += 1
                context.status_code = 429
                if self.tells:
                    context.headers["Retry-After"] = str(int(self.admitted[0] + HOUR - now) + 1)
                return {"message": "Too Many Requests", "code": 429}
            self.admitted.append(now)
            self.answers += 1
            context.headers["Last-Page"] = "true"
            return self._rows(request.path.removeprefix("/api/v1"))

    def _rows(self, path: str) -> list[Row]:
        if path == "/workspaces":
            return [workspace(featureSubscriptionType="FREE", features=["TIME_TRACKING"])]
        match path.split("/")[3:]:
            case ["user", user, "time-entries"]:
                interval = {"start": "2026-11-01T08:00:00Z", "end": "2026-11-01T09:00:00Z"}
                return [{"id": f"entry-of-{user}", "userId": user, "timeInterval": interval}]
            case ["users"]:
                return [{"id": user} for user in USERS]
        return [{"id": "t1"}]


@pytest.fixture
def clock(mocker: MockerFixture) -> SharedClock:
    clock, send = SharedClock(), ApiSession.send

    def send_awake(*args: Any, **kwargs: Any) -> requests.Response:
        with clock.awake():
            return send(*args, **kwargs)

    mocker.patch.object(ApiSession, "send", send_awake)
    return clock


@pytest.mark.parametrize("workers", [1, 10])
@pytest.mark.parametrize(
    ("tells", "most_refusals_an_hour"),
    [
        pytest.param(True, 1, id="Retry-After"),
        # Pauses double from a second to five minutes: so the end of the hour is found within five, wherever it is. Where it
        # is depends on how fast the last quota was used up, and that on the threads.
        pytest.param(False, 21, id="no header"),
    ],
)
def test_a_free_workspace_is_read_to_the_end(
    workers: int,
    tells: bool,
    most_refusals_an_hour: int,
    clock: SharedClock,
    clockify: requests_mock.Mocker,
    read: Read,
    caplog: pytest.LogCaptureFixture,
    mocker: MockerFixture,
) -> None:
    server = Clockify(clock, tells)
    clockify.get(re.compile(HOST), json=server.answer)
    told: list[tuple[float, str]] = []
    mocker.patch.object(
        caplog.handler, "emit", side_effect=lambda line: told.append((clock.monotonic(), line.getMessage()))
    )
    output = read("tags", "users", "time_entries", num_workers=workers)

    assert errors(output) == []
    assert [row["id"] for row in rows(output, "tags")] == ["t1"]
    assert [row["id"] for row in rows(output, "time_entries")] == [f"entry-of-{user}" for user in USERS]
    assert server.answers == REQUESTS
    hours = (REQUESTS - 1) // ALLOWED
    assert hours * HOUR <= clock.monotonic() < hours * (HOUR + LONGEST_PAUSE + ALLOWED / SLOWEST)
    assert 0 < server.refusals <= hours * most_refusals_an_hour
    assert max(later - earlier for (earlier, _), (later, _) in pairwise(told)) <= 30
    waits = [line for _, line in told if re.search(r"limit is reached: going on at \d\d:\d\d:\d\d UTC \(in .+\)", line)]
    assert len(waits) >= hours * HOUR / 30
