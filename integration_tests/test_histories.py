"""Any history of a workspace, with syncs between, ends in a table that equals the workspace: for all that is promised.

After each complete sync a destination is rebuilt by Airbyte's rule (the highest cursor wins, then the latest; tombstones
remove) and compared with the sandbox's truth. The promises are those of docs/incremental.md.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from harness.connector import Connector, Output, Row, Table, identities, once
from sandbox import Sandbox, World

HISTORIES = int(os.environ.get("HISTORIES", "200"))
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
STREAMS = ("time_entries", "approval_requests", "pending_approval_requests")
# Account time zones, each with an hour in which its clocks are about to change, or that is at the edge of the world's.
PLACES = [
    ("America/Los_Angeles", "2026-03-08T09:30:00+00:00"),
    ("America/Los_Angeles", "2026-11-01T08:30:00+00:00"),
    ("Europe/Belgrade", "2026-03-29T00:30:00+00:00"),
    ("Pacific/Auckland", "2026-04-04T13:30:00+00:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:10:00+00:00"),
    ("Pacific/Kiritimati", "2026-06-30T10:00:00+00:00"),
    ("UTC", "2026-12-31T23:59:59+00:00"),
]

index = st.integers(0, 30)
hours_ago = st.one_of(st.integers(-48, 30), st.integers(0, 24 * 12), st.integers(24 * 12, 24 * 300))
step = st.one_of(
    st.tuples(st.just("add"), index, hours_ago),
    st.tuples(st.just("edit"), index, st.just(0)),
    st.tuples(st.just("move"), index, hours_ago),
    st.tuples(st.just("delete"), index, st.just(0)),
    st.tuples(st.just("start"), index, st.integers(0, 24 * 20)),
    st.tuples(st.just("stop"), index, st.just(0)),
    st.tuples(st.sampled_from(["deactivate", "reactivate", "remove", "archive"]), index, st.just(0)),
    st.tuples(st.sampled_from(["submit", "approve", "withdraw", "reject"]), index, st.just(0)),
    st.tuples(st.just("pass"), st.just(0), st.integers(1, 24 * 6)),
    st.tuples(st.just("sync"), st.just(0), st.just(0)),
    st.tuples(st.just("killed sync"), index, st.just(0)),
)


@pytest.fixture(scope="module")
def connector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path]]:
    """One server for all histories: each puts its own world behind it."""
    with Sandbox(World.generate(seed=1), page_cap=3) as sandbox:
        yield sandbox, tmp_path_factory.mktemp("histories")


@settings(
    max_examples=HISTORIES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(
    place=st.sampled_from(PLACES),
    seed=st.integers(0, 1000),
    lookback_days=st.integers(0, 10),
    detect_deletions=st.booleans(),
    steps=st.lists(step, min_size=1, max_size=25),
)
def test_the_table_equals_the_workspace(
    place: tuple[str, str],
    seed: int,
    lookback_days: int,
    detect_deletions: bool,
    steps: list[tuple[str, int, int]],
    connector: tuple[Sandbox, Path],
) -> None:
    sandbox, folder = connector
    time_zone, now = place
    world = World.generate(
        seed, time_zone, datetime.fromisoformat(now), users=4, entries_per_user=3, projects=1, tasks=1, others=2
    )
    sandbox.world = world
    options: Row = {"lookback_days": lookback_days, "detect_deletions": detect_deletions}
    history = History(world, Connector(sandbox, folder, num_workers=2, **options), lookback_days, detect_deletions)
    for name, number, amount in [("sync", 0, 0), *steps, ("sync", 0, 0)]:
        history.connector.clock.fixed = world.now
        history.play(name, number, amount)


@dataclass
class History:
    """A world that changes, a connector that reads it now and then, and the tables of a destination."""

    world: World
    connector: Connector
    lookback_days: int
    detect_deletions: bool
    states: list[Row] = field(default_factory=list)
    read_users: set[tuple[str, str]] = field(default_factory=set)
    previous_sync: datetime | None = None
    edits: int = 0

    def __post_init__(self) -> None:
        cursors = {stream["name"]: stream.get("default_cursor_field", [""]) for stream in self.connector.streams}
        self.entries = Table(cursor=cursors["time_entries"][0])
        self.approvals = Table(cursor=cursors["approval_requests"][0])

    def play(self, name: str, number: int, amount: int) -> None:
        self.world.now += timedelta(seconds=1)
        event(name)
        match name:
            case "pass":
                self.world.now += amount * HOUR
            case "sync":
                self.sync()
            case "killed sync":
                self.killed_sync(number)
            case "add" | "start":
                self.add(name, number, amount)
            case "edit" | "move" | "delete" | "stop":
                self.change_entry(name, number, amount)
            case "submit" | "approve" | "withdraw" | "reject":
                self.change_approval(name, number)
            case _:
                self.change_people(name, number)

    # What may happen in a workspace

    def add(self, name: str, number: int, amount: int) -> None:
        members = self.world.rows("users", self.acme)
        user, start = members[number % len(members)]["id"], self.world.now - amount * HOUR
        if name == "start":
            self.world.start_timer(user, start, self.acme)
        else:
            self.world.add_time_entry(user, start, start + HOUR, self.acme)

    def change_entry(self, name: str, number: int, amount: int) -> None:
        rows = self.world.rows("time_entries")
        if name == "stop":
            rows = [row for row in rows if row["timeInterval"]["end"] is None]
        if not rows:
            return
        row, self.edits = rows[number % len(rows)], self.edits + 1
        if name == "edit":
            self.world.edit_time_entry(row["id"], description=f"edit {self.edits}")
        elif name == "delete":
            self.world.delete_time_entry(row["id"])
        elif name == "stop":
            self.world.stop_timer(row["id"], max(self.world.now, _start(row) + HOUR))
        else:
            start, running = self.world.now - amount * HOUR, row["timeInterval"]["end"] is None
            self.world.edit_time_entry(row["id"], start=start, end=None if running else start + HOUR)

    def change_approval(self, name: str, number: int) -> None:
        if name == "submit":
            members = self.world.rows("users", self.acme)
            user = members[number % len(members)]["id"]
            self.world.submit_approval(user, self.world.now - 7 * DAY, self.world.now, workspace=self.acme)
            return
        wanted = "approval_requests" if name == "withdraw" else "pending_approval_requests"
        rows = [r["approvalRequest"] for r in self.world.rows(wanted)]
        rows = [r for r in rows if name != "withdraw" or r["status"]["state"] == "APPROVED"]
        if rows:
            getattr(self.world, name)(rows[number % len(rows)]["id"])

    def change_people(self, name: str, number: int) -> None:
        if name == "archive":
            projects = self.world.rows("projects")
            self.world.archive_project(projects[number % len(projects)]["id"])
            return
        members = [row["id"] for row in self.world.rows("users", self.acme)][1:]  # the owner stays: the key is theirs
        if members:
            getattr(self.world, f"{name}_user")(members[number % len(members)], self.acme)

    # What the destination gets

    @property
    def acme(self) -> str:
        return self.world.workspaces[0].id

    def killed_sync(self, number: int) -> None:
        output = self.connector.sync_until(3 * number, *STREAMS, state=self.states)
        self._load(output)
        self._remember_states(output)

    def sync(self) -> None:
        began = self.world.now
        output = self.connector.sync(*STREAMS, state=self.states)
        self._check_tombstones(output)
        before = dict(self.entries.rows)
        self._load(output)
        self._remember_states(output)
        self.read_users |= {(p.id, row["id"]) for p in self.world.workspaces for row in self.world.rows("users", p.id)}
        self._check_entries(began, before)
        self._check_approvals(output)
        self.previous_sync = began

    def _load(self, output: Output) -> None:
        records = output.records()
        self.entries.load(once(records["time_entries"]).values())
        self.entries.rows = {key: row for key, row in self.entries.rows.items() if not row.get("isDeleted")}
        self.approvals.load(once(records["approval_requests"]).values())

    def _remember_states(self, output: Output) -> None:
        fresh = {state["stream"]["stream_descriptor"]["name"]: state for state in output.states()}
        kept = {state["stream"]["stream_descriptor"]["name"]: state for state in self.states}
        self.states = list({**kept, **fresh}.values())

    # What is promised

    def _check_tombstones(self, output: Output) -> None:
        tombstones = {row["id"] for row in output.records()["time_entries"] if row.get("isDeleted")}
        assert self.detect_deletions or not tombstones
        assert tombstones.isdisjoint(row["id"] for row in self.world.rows("time_entries")), "a false tombstone"

    def _check_entries(self, began: datetime, before: dict[str, Row]) -> None:
        truth = {row["id"]: row for row in self.world.rows("time_entries") if self._was_read(row)}
        window = began - self.lookback_days * DAY
        for entry_id, row in truth.items():
            if _start(row) >= window:
                assert entry_id in self.entries.rows, "missing"
                assert _version(self.entries.rows[entry_id]) == _version(row), "stale"
        for entry_id, row in before.items():
            if row["isRunning"] and entry_id in truth:
                assert _version(self.entries.rows[entry_id]) == _version(truth[entry_id]), "a timer's end was missed"
            if self.detect_deletions and self.previous_sync and self._was_in_window(row):
                if entry_id in truth:
                    assert _version(self.entries.rows[entry_id]) == _version(truth[entry_id]), "a move was missed"
                else:
                    assert entry_id not in self.entries.rows, "a deletion was missed"

    def _was_in_window(self, row: Row) -> bool:
        assert self.previous_sync
        return _start(row) >= self.previous_sync - self.lookback_days * DAY

    def _was_read(self, row: Row) -> bool:
        return (row["workspaceId"], row["userId"]) in self.read_users

    def _check_approvals(self, output: Output) -> None:
        for row in self.world.rows("approval_requests"):
            request = row["approvalRequest"]
            assert self.approvals.rows[request["id"]]["state"] == request["status"]["state"]
        name = "pending_approval_requests"
        assert identities(name, output.records()[name]) == identities(name, self.world.rows(name))


def _start(row: Row) -> datetime:
    return datetime.fromisoformat(row["timeInterval"]["start"])


def _version(row: Row) -> tuple[Any, ...]:
    return row["description"], row["timeInterval"]["start"], row["timeInterval"].get("end")
