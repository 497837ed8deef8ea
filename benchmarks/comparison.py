"""The connector beside airbyte-source-clockify 0.3.13: the same account and streams, read twice, with changes in between."""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.figure import Figure
from demo.changes import change_clockify
from harness.connector import Connector, Output, Row, Table, configured, write
from sandbox import Sandbox, World

LATENCY: Final = 0.05
PEER: Final = (".venv/peer/bin/python", "benchmarks/peer.py")
STREAMS: Final = ("users", "projects", "clients", "tags", "user_groups", "time_entries", "tasks")
OTHER: Final = "0.3.13"
Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class Sync:
    """What one sync took, and what the destination then has: its rows beside those that exist, how many of them are there
    once more than they should, how many it lacks, and how many are gone in the account.
    """

    title: str
    requests: int
    seconds: float
    records: int
    rows: int
    exist: int
    doubled: int
    missing: int
    gone: int


def compare() -> Iterator[Sync]:
    """Each connector as it is set up by somebody who wants all rows, each once, and no deleted ones."""
    world = World.generate(users=60, projects=70, entries_per_user=120, others=60)
    with Sandbox(world, latency=LATENCY) as sandbox, TemporaryDirectory() as folder:
        account = _Account(world, sandbox)
        peer, ours = _Peer(sandbox, Path(folder)), _Ours(sandbox, Path(folder))
        yield account.sync(f"first sync, {OTHER}", peer)
        yield account.sync("first sync, this connector", ours)
        for _ in change_clockify(world):
            pass
        yield account.sync(f"second sync, {OTHER}", peer)
        yield account.sync("second sync, this connector", ours)


def ratios(syncs: list[Sync]) -> Iterator[Figure]:
    """Each sync of this connector against the one of the other before it."""
    for theirs, ours in zip(syncs[::2], syncs[1::2], strict=True):
        which = ours.title.partition(",")[0]
        requests = f"{theirs.requests} of {OTHER}"
        yield Figure(f"Requests: {which}", f"{ours.requests}", requests, ours.requests / theirs.requests)
        seconds = f"{theirs.seconds:.1f} of {OTHER}"
        yield Figure(f"Seconds: {which}", f"{ours.seconds:.1f}", seconds, ours.seconds / theirs.seconds)
        yield Figure(f"Rows: {which}", f"{ours.rows:,}", f"{ours.exist:,} exist", ours.rows / ours.exist)
        yield Figure(
            f"Rows: {which}, with {OTHER}", f"{theirs.rows:,}", f"{theirs.exist:,} exist", theirs.rows / theirs.exist
        )


class _Peer:
    """Knows full refreshes only: each sync takes the place of the one before."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._command, self._folder = [*PEER, sandbox.url], folder
        self._config = {"api_key": sandbox.world.keys["owner"], "workspace_id": sandbox.world.workspace().id}
        [catalog] = [message["catalog"] for message in self._run("discover").messages if message["type"] == "CATALOG"]
        streams = [configured(stream) for stream in catalog["streams"] if stream["name"] in STREAMS]
        self._catalog = {"streams": streams}

    def sync(self) -> tuple[int, Rows]:
        """The number of records, and what the destination then has."""
        rows = self._run("read", catalog=self._catalog).records()
        return sum(map(len, rows.values())), rows

    def _run(self, command: str, **files: object) -> Output:
        options = write(self._folder, {"config": self._config, **files})
        process = subprocess.run([*self._command, command, *options], capture_output=True, text=True, check=True)
        return Output.of(process.stdout.splitlines(keepends=True), process.returncode)


class _Ours:
    """Time entries are merged by their id, and go where they are marked as deleted; other tables are replaced."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        workspaces = [sandbox.world.workspace().id]
        self._connector = Connector(
            sandbox, folder, workspace_ids=workspaces, requests_per_second=40, detect_deletions=True
        )
        _ = self._connector.streams  # discovered before the clock runs, as the other's are
        self._table = Table()
        self._state: list[Any] | None = None

    def sync(self) -> tuple[int, Rows]:
        """The number of records, and what the destination then has."""
        output = self._connector.read(*STREAMS, state=self._state)
        self._state = output.states()
        rows = output.records()
        records = sum(map(len, rows.values()))
        self._table.load(rows["time_entries"])
        return records, {**rows, "time_entries": [row for row in self._table.rows.values() if not row["isDeleted"]]}


class _Account:
    """What can be read: people who left are in no list, so their entries are not counted."""

    def __init__(self, world: World, sandbox: Sandbox) -> None:
        self._world, self._sandbox = world, sandbox

    def sync(self, title: str, connector: _Peer | _Ours) -> Sync:
        self._sandbox.clear_requests()
        began = time.perf_counter()
        records, rows = connector.sync()
        seconds = time.perf_counter() - began
        held = _count((stream, rows.get(stream, [])) for stream in STREAMS)
        exist = _count((stream, self._rows(stream)) for stream in STREAMS)
        return Sync(
            title=title,
            requests=len(self._sandbox.requests),
            seconds=seconds,
            records=records,
            rows=held.total(),
            exist=exist.total(),
            doubled=held.total() - len(held),
            missing=len(exist.keys() - held.keys()),
            gone=len(held.keys() - exist.keys()),
        )

    def _rows(self, stream: str) -> list[Row]:
        place = self._world.workspace()
        gone = self._world.removed_users(place.id) if stream == "time_entries" else set()
        return [row for row in self._world.rows(stream, place.id) if row.get("userId") not in gone]


def _count(tables: Iterator[tuple[str, list[Row]]]) -> Counter[tuple[str, str]]:
    return Counter((stream, row["id"]) for stream, rows in tables for row in rows)
