"""Histories of a workspace: what people may do in it, with syncs between, and what a destination has to hold after each.

After each complete sync a destination is rebuilt by Airbyte's rule (the highest cursor wins, then the latest; tombstones
remove) and compared with the sandbox's truth. The promises are those of docs/incremental.md.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st

from harness.connector import Connector, Output, Row, Table, identities, once
from sandbox import World

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
APPROVALS = ("approval_requests", "pending_approval_requests")
Step = tuple[str, int, int]
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

ANYWHERE: dict[str, st.SearchStrategy[Any]] = {
    "place": st.sampled_from(PLACES),
    "seed": st.integers(0, 1000),
    "lookback_days": st.integers(0, 10),
    "detect_deletions": st.booleans(),
}
"""Where and how a workspace is read."""

index = st.integers(0, 30)


def steps(hours_ago: st.SearchStrategy[int], *others: str) -> st.SearchStrategy[list[Step]]:
    """What happens one after the other; entries are added and moved to so many hours ago, and `others` may happen too."""
    step = st.one_of(
        st.tuples(st.just("add"), index, hours_ago),
        st.tuples(st.just("edit"), index, st.just(0)),
        st.tuples(st.just("move"), index, hours_ago),
        st.tuples(st.just("delete"), index, st.just(0)),
        st.tuples(st.just("start"), index, st.integers(0, 24 * 20)),
        st.tuples(st.just("stop"), index, st.just(0)),
        st.tuples(st.sampled_from(["deactivate", "reactivate", "remove"]), index, st.just(0)),
        *([st.tuples(st.sampled_from(others), index, st.just(0))] if others else []),
        st.tuples(st.just("pass"), st.just(0), st.integers(1, 24 * 6)),
        st.tuples(st.just("sync"), st.just(0), st.just(0)),
        st.tuples(st.just("killed sync"), index, st.just(0)),
    )
    return st.lists(step, min_size=1, max_size=25)


def tried(examples: int) -> settings:
    """So many histories, or as many as HISTORIES says, the same ones each time."""
    return settings(
        max_examples=int(os.environ.get("HISTORIES", examples)),
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )


def small_world(seed: int, time_zone: str, now: str) -> World:
    return World.generate(
        seed, time_zone, datetime.fromisoformat(now), users=4, entries_per_user=3, projects=1, tasks=1, others=2
    )


@dataclass
class History:
    """A world that changes, a connector that reads it now and then, and the tables of a destination."""

    world: World
    connector: Connector
    with_approvals: bool = False
    states: list[Row] = field(default_factory=list)
    read_users: set[tuple[str, str]] = field(default_factory=set)
    expected: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """By workspace and user, what started in the look-back when their entries were last read and that came out in the state."""
    edits: int = 0

    def __post_init__(self) -> None:
        config = self.connector.config
        self.lookback_days: int = config["lookback_days"]
        self.detects_deletions: bool = config["detect_deletions"]
        self.refresh_history_days: int = config.get("refresh_history_days", 0)
        self.start_date = datetime.fromisoformat(config.get("start_date", "0001-01-01T00:00:00Z"))
        self.streams = ["time_entries", *(APPROVALS if self.with_approvals else ())]
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
        self.connector.clock.fixed = self.world.now
        output = self.connector.sync_until(3 * number, *self.streams, state=self.states)
        self._load(output)
        self._remember_states(output)
        self._expect(output)

    def sync(self) -> None:
        began = self.connector.clock.fixed = self.world.now
        output = self.connector.sync(*self.streams, state=self.states)
        self._check_tombstones(output)
        before, expected = dict(self.entries.rows), set().union(*self.expected.values())
        self._load(output)
        self._remember_states(output)
        self._expect(output)
        self.read_users |= {(p.id, row["id"]) for p in self.world.workspaces for row in self.world.rows("users", p.id)}
        self._check_entries(before)
        if self.detects_deletions:
            self._check_expected(expected)
        if self.refresh_history_days:
            assert self.missed(began - self.refresh_history_days * DAY) == set()
        if self.with_approvals:
            self._check_approvals(output)

    def _load(self, output: Output) -> None:
        records = output.records()
        self.entries.load(once(records["time_entries"]).values())
        self.entries.rows = {key: row for key, row in self.entries.rows.items() if not row.get("isDeleted")}
        self.approvals.load(once(records["approval_requests"]).values())

    def _remember_states(self, output: Output) -> None:
        fresh = {state["stream"]["stream_descriptor"]["name"]: state for state in output.states()}
        kept = {state["stream"]["stream_descriptor"]["name"]: state for state in self.states}
        self.states = list({**kept, **fresh}.values())

    def _expect(self, output: Output) -> None:
        """Note what the next sync should see again of those whom this one has read to the end, though it may have been killed."""
        names = [state["stream"]["stream_descriptor"]["name"] for state in self.states]
        kept = self.states[names.index("time_entries")]["stream"]["stream_state"]["workspaces"]
        read_at = {(place, user): entry["readAt"] for place, users in kept.items() for user, entry in users.items()}
        read = {user: set[str]() for user, at in read_at.items() if datetime.fromisoformat(at) == self.world.now}
        for row in output.records()["time_entries"]:
            user = (row["workspaceId"], row["userId"])
            if user in read and not row.get("isDeleted") and self._is_recent(row):
                read[user].add(row["id"])
        self.expected |= read

    # What is promised

    def _check_tombstones(self, output: Output) -> None:
        tombstones = {row["id"] for row in output.records()["time_entries"] if row.get("isDeleted")}
        assert self.detects_deletions or not tombstones
        assert tombstones.isdisjoint(row["id"] for row in self.world.rows("time_entries")), "a false tombstone"

    def _check_entries(self, before: dict[str, Row]) -> None:
        truth = self._truth()
        for row in truth.values():
            if self._is_recent(row):
                self._check_version(row, "an entry of the look-back")
        for entry_id, row in before.items():
            if row["isRunning"] and entry_id in truth:
                self._check_version(truth[entry_id], "a timer's end")

    def _check_expected(self, ids: set[str]) -> None:
        truth = self._truth()
        for entry_id in ids:
            if entry_id in truth:
                self._check_version(truth[entry_id], "a move")
            elif not self.world.time_entry(entry_id) and not self._was_the_last(self.entries.rows.get(entry_id)):
                assert entry_id not in self.entries.rows, "a deletion was missed"

    def _was_the_last(self, row: Row | None) -> bool:
        """Whether an entry is of somebody who was removed and has none left: then nobody can say that it was deleted."""
        if row is None or row["userId"] not in self.world.removed_users(row["workspaceId"]):
            return False
        return all(other["userId"] != row["userId"] for other in self.world.rows("time_entries", row["workspaceId"]))

    def missed(self, until: datetime) -> set[str]:
        """The entries that were last changed by then, whatever their age, and are not like that in the table."""
        last = {change.id: change.at for change in self.world.changes if change.stream == "time_entries"}
        old = {entry_id: row for entry_id, row in self._truth().items() if last[entry_id] <= until}
        held = self.entries.rows
        return {key for key, row in old.items() if key not in held or _version(held[key]) != _version(row)}

    def _check_version(self, row: Row, what: str) -> None:
        assert row["id"] in self.entries.rows, f"{what} was missed: there is no row"
        assert _version(self.entries.rows[row["id"]]) == _version(row), f"{what} was missed"

    def _truth(self) -> dict[str, Row]:
        """The entries of those who could be read, from the start date on."""
        rows = (row for row in self.world.rows("time_entries") if self._was_read(row))
        return {row["id"]: row for row in rows if _start(row) >= self.start_date}

    def _is_recent(self, row: Row) -> bool:
        """Whether an entry starts within the look-back of a sync that begins now."""
        return _start(row) >= self.world.now - self.lookback_days * DAY

    def _was_read(self, row: Row) -> bool:
        return (row["workspaceId"], row["userId"]) in self.read_users

    def _check_approvals(self, output: Output) -> None:
        for row in self.world.rows("approval_requests"):
            request = row["approvalRequest"]
            assert self.approvals.rows[request["id"]]["state"] == request["status"]["state"]
        _, name = APPROVALS
        assert identities(name, output.records()[name]) == identities(name, self.world.rows(name))


def _start(row: Row) -> datetime:
    return datetime.fromisoformat(row["timeInterval"]["start"])


def _version(row: Row) -> tuple[Any, ...]:
    return row["description"], row["timeInterval"]["start"], row["timeInterval"].get("end")
