"""How a read ends when it is told to, or when nobody reads its output any more."""

import signal
import subprocess
import sys
from threading import Semaphore
from typing import Self

import pytest

from harness.connector import COMMAND, Connector
from integration_tests.conftest import Connect
from sandbox import RateLimit, Recorded, World

ENTRIES = "/workspaces/{workspaceId}/user/{userId}/time-entries"
AS_FIRST_PROCESS = (
    sys.executable,
    "-c",
    "import os; os.getpid = lambda: 1; from source_clockify.run import run; run()",
)
IMPATIENT = "from source_clockify.api import pace; pace.LONGEST_SLEEP, pace.LOG_EVERY = 0.05, 1.05"
"""Told of a wait every 50 ms."""
TELLING = (sys.executable, "-c", f"{IMPATIENT}; from source_clockify.run import run; run()")
SAFETY = 60.0
"""Seconds after which a test that has failed already ends."""


class Reading:
    """A read as a process of its own. When the block ends, so has it; `end` is its return code and what it told stderr."""

    def __init__(self, command: tuple[str, ...], connector: Connector, *streams: str) -> None:
        arguments = connector.write(connector.files(*streams, state=None))
        self._errors = connector.folder / "errors.txt"
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen([*command, "read", *arguments], stdout=subprocess.PIPE, stderr=errors)
        assert self.process.stdout
        self.output = self.process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.process.wait(SAFETY)
        finally:
            self.process.kill()
            self.output.close()

    def wait_for(self, words: bytes) -> None:
        assert any(words in line for line in self.output)

    @property
    def end(self) -> tuple[int, str]:
        return self.process.returncode, self._errors.read_text()


@pytest.mark.parametrize(
    ("command", "returncode"),
    [(COMMAND, -signal.SIGTERM), (AS_FIRST_PROCESS, 128 + signal.SIGTERM)],
    ids=["a child", "the first process of a container"],
)
class TestSigterm:
    """Airbyte stops a sync with SIGTERM, which the first process of a container has to handle by itself."""

    def test_ends_a_read_whose_requests_are_under_way(
        self, command: tuple[str, ...], returncode: int, connect: Connect
    ) -> None:
        sandbox, connector = connect(World.generate(seed=16, users=30, entries_per_user=3, projects=2, others=2))
        asked = Semaphore(0)

        def is_asked(_: Recorded) -> bool:
            asked.release()
            return True

        sandbox.faults.add(route=ENTRIES, when=is_asked, kind="silent", times=None)
        with Reading(command, connector, "time_entries") as read:
            assert all(asked.acquire(timeout=SAFETY) for _ in range(10))
            read.process.terminate()
        assert read.end == (returncode, "")

    def test_ends_a_wait_for_the_quota(self, command: tuple[str, ...], returncode: int, connect: Connect) -> None:
        sandbox, connector = connect(World.generate(seed=16, users=30, entries_per_user=3, projects=2, others=2))
        sandbox.rate_limit = RateLimit(requests=10, seconds=3600, retry_after=3600)
        with Reading(command, connector, "time_entries") as read:
            read.wait_for(b"request limit is reached")
            read.process.terminate()
        assert read.end == (returncode, "")


class TestAReaderThatGoesAway:
    """As `head` does, or a destination that has failed."""

    def test_ends_the_process(self, connect: Connect) -> None:
        _, connector = connect(World.generate(seed=17, users=30, entries_per_user=30, projects=2, others=2))
        with Reading(COMMAND, connector) as read:
            read.wait_for(b'"type":"RECORD"')
            read.output.close()
        assert read.end == (1, "")

    def test_ends_a_wait_for_the_quota(self, connect: Connect) -> None:
        sandbox, connector = connect(World.generate(seed=17, users=30, entries_per_user=3, projects=2, others=2))
        sandbox.rate_limit = RateLimit(requests=10, seconds=3600, retry_after=3600)
        with Reading(TELLING, connector, "time_entries") as read:
            read.wait_for(b"request limit is reached")
            read.output.close()
        assert read.end == (1, "")
