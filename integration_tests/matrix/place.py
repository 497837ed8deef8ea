"""A small world behind both sandboxes, and a connector that reads it: bounded, so that what never ends fails."""

import logging
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final, Self

from harness.clock import FastClock
from harness.connector import Connector, Output, Row
from sandbox import Agency, Recorded, Sandbox, SnapshotsSandbox, World

NOW: Final = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
BYSTANDERS: Final = ("webhooks", "snapshots")
"""Streams that are read beside the one that a fault strikes, and must not be concerned."""
_LONGEST_SYNC: Final = timedelta(hours=24).total_seconds()
"""Of all threads together: each may wait for two hours."""
_SMALL: Final[dict[str, Any]] = {"users": 10, "projects": 10, "tasks": 1, "entries_per_user": 10, "others": 10}


class Log(logging.Handler):
    """What is logged, in place of where it is usually printed."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._usual: list[logging.Handler] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def __enter__(self) -> Self:
        root = logging.getLogger()
        self._usual, root.handlers = root.handlers, [self]
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().handlers = self._usual


class BoundedClock(FastClock):
    """Fails whoever waits without end."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.waits_too_long:
            raise TimeoutError("waits without end")

    @property
    def waits_too_long(self) -> bool:
        return self.monotonic() > _LONGEST_SYNC


@dataclass
class Read:
    """What came out of a sync."""

    output: Output
    log: list[str]
    clock: BoundedClock
    requests: list[Recorded]
    most_requests: int
    settings: dict[str, Any]

    @property
    def is_endless(self) -> bool:
        return self.clock.waits_too_long or len(self.requests) > self.most_requests


class Place:
    """While it is entered, a world can be read, with pages of `page_cap` rows."""

    def __init__(self, folder: Path, page_cap: int = 4, now: datetime = NOW, **sizes: int) -> None:
        self.now = now
        self.world = World.generate(seed=12, now=now, **_SMALL | sizes)
        self.agency = Agency(locations=10, snapshots=4)
        self.sandbox = Sandbox(self.world, page_cap=page_cap)
        self.snapshots = SnapshotsSandbox(self.agency, page_size=page_cap, search_cap=page_cap)
        settings = self.snapshots.config()
        self.connector = Connector(self.sandbox, folder, snapshots_api=settings)
        self.secrets = [self.world.keys["owner"], settings["access_token"], *self._webhook_tokens()]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self.sandbox)
        self._stack.enter_context(self.snapshots)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _webhook_tokens(self) -> Iterable[str]:
        return (row["authToken"] for row in self.world.rows("webhooks"))

    def read(
        self,
        *streams: str,
        faults: Iterable[dict[str, Any]] = (),
        most_requests: int = 10_000,
        state: list[Row] | None = None,
        later: timedelta = timedelta(0),
        **config: Any,
    ) -> Read:
        """A sync under faults, each given as the fields of the sandbox's."""
        requests = count(1)
        clock = self.connector.clock = BoundedClock(self.now + later)
        for host in (self.sandbox, self.snapshots):
            host.clear_requests()
            host.faults.clear()
            host.faults.add(kind="reset", times=None, when=lambda _: next(requests) > most_requests)
            for fields in faults:
                host.faults.add(**fields)
        usual = self.connector.config
        self.connector.config = {**usual, **config}
        try:
            with Log() as log:
                output = self.connector.sync(*streams, state=state)
        finally:
            self.connector.config = usual
            for host in (self.sandbox, self.snapshots):
                host.faults.clear()
        return Read(output, log.lines, clock, [*self.sandbox.requests, *self.snapshots.requests], most_requests, config)
