"""The formulas of tools/scale.py against the connector itself, which reads small accounts on a clock of its own."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any, Final
from weakref import WeakSet

import orjson
import pytest

from harness.connector import Connector, Output, Row
from harness.simulation import simulated
from integration_tests.test_requests import stream_of
from sandbox import Sandbox, World
from source_clockify.api import endpoint
from source_clockify.api.page import Page
from source_clockify.api.paging import Pages
from source_clockify.api.prefetch import BYTES_AHEAD, PageFetcher
from source_clockify.streams import base
from source_clockify.streams.lists import ChildStream
from source_clockify.streams.time_entries import TimeEntries
from tools import scale
from tools.shape import ALL, KINDS, WORKSPACES, People, Settings, Workspace

NOW: Final = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
DAY: Final = timedelta(days=1)
LOOK_BACK: Final = 31 * DAY
ROWS: Final = 7
"""In a full page of time entries here."""
DAYS: Final = 2000
LISTS: Final = frozenset({WORKSPACES, "users", "time_entries"})
EVEN: Final = ALL - {"audit_log", "time_totals"}
"""All but those that depend on how rows spread over the years, evenly by the formula."""


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimeEntries, "endpoint", replace(TimeEntries.endpoint, paging=Pages(ROWS)))


def entries_only(workspaces: int, users: int, most: int) -> World:
    """In each workspace people with none to so many entries, one a day but for the future."""
    world = World(seed=7, now=NOW)
    for place in range(workspaces):
        workspace = world.add_workspace(f"Workspace {place}", "PRO", [])
        for number in range(users):
            user = world.add_account(f"Person {number}", f"p{number}@w{place}.example")
            world.join(user, workspace, role=None if number else "OWNER")
            for days in range(most * number // (users - 1)):
                start = NOW - timedelta(days=days, hours=1)
                world.add_time_entry(user, start, start + timedelta(minutes=30), workspace, at=start)
    owner = world.workspaces[0].owner
    for other in world.workspaces[1:]:
        world.join(owner, other.id, role="OWNER")
    world.add_key("owner", owner)
    return world


def everything() -> World:
    """A workspace with rows of every stream, and nobody's timer running."""
    world = World.generate(21, "UTC", NOW, users=50, projects=30, tasks=2, entries_per_user=20, others=30)
    for place in world.workspaces:
        for entry_id in [*place.running]:
            world.stop_timer(entry_id, NOW)
    return world


def shape_of(world: World, workspace: str, since: datetime) -> Workspace:
    """What a formula has to know of a workspace, whose look-back began then."""
    entries = world.rows("time_entries", workspace)
    starts = [(row["userId"], datetime.fromisoformat(row["timeInterval"]["start"])) for row in entries]
    all_, recent = Counter(user for user, _ in starts), Counter(user for user, at in starts if at >= since)
    timers = Counter(row["userId"] for row in entries if row["timeInterval"]["end"] is None)
    users = [row["id"] for row in world.rows("users", workspace)]
    people = [People(1, all_[user], recent[user], timers[user]) for user in users]
    return Workspace(people, {name: rows_in(world, workspace, name) for name in ALL - LISTS})


def rows_in(world: World, workspace: str, stream: str) -> int:
    """Rows of the whole list, or of the longest that a parent has."""
    rows, kind = world.rows(stream, workspace), KINDS[stream]
    if issubclass(kind, ChildStream):
        return max(Counter(row[kind.parent_key] for row in rows).values(), default=0)
    return len(rows)


@dataclass
class Account:
    """Accounts of a sandbox, read with some settings twice, a day apart."""

    world: World
    sandbox: Sandbox
    connector: Connector
    settings: Settings
    workspaces: list[str]

    def sync(self, now: datetime, state: list[Row] | None = None) -> tuple[Output, float]:
        """What came, and how many seconds it took."""
        self.sandbox.clear_requests()
        _ = self.connector.streams  # discovered on another clock
        with simulated(self.settings.latency, now) as clock:
            self.connector.clock = clock
            output = self.connector.sync(*self.settings.streams, state=state)
        assert set(output.statuses().values()) == {"COMPLETE"}
        return output, clock.monotonic()

    def shape(self) -> list[Workspace]:
        return [shape_of(self.world, workspace, NOW - LOOK_BACK) for workspace in self.workspaces]

    def requests(self) -> Counter[str]:
        listed = [request for request in self.sandbox.requests if request.route != "/workspaces"]
        return Counter(map(stream_of, listed)) + Counter({WORKSPACES: len(self.sandbox.requests) - len(listed)})


@contextmanager
def account(world: World, folder: Path, settings: Settings, workspaces: list[str]) -> Iterator[Account]:
    with Sandbox(world) as sandbox:
        connector = Connector(
            sandbox,
            folder,
            workspace_ids=workspaces,
            num_workers=settings.workers,
            requests_per_second=settings.requests_per_second,
            detect_deletions=settings.detect_deletions,
            start_date=f"{NOW - DAYS * DAY:%Y-%m-%dT%H:%M:%SZ}",
        )
        yield Account(world, sandbox, connector, settings, workspaces)


CASES: Final[dict[str, tuple[World, int, dict[str, Any]]]] = {
    "every stream": (everything(), 1, {"streams": EVEN}),
    "a slow host": (everything(), 1, {"streams": EVEN, "latency": 2.0}),
    "one worker": (everything(), 1, {"streams": LISTS, "workers": 1}),
    "few requests a second": (entries_only(3, 40, 60), 3, {"streams": LISTS, "requests_per_second": 10}),
    "no parent's own stream": (entries_only(3, 40, 60), 3, {"streams": frozenset({"time_entries"}), "latency": 1.0}),
    "deletions": (entries_only(3, 40, 60), 3, {"streams": LISTS, "detect_deletions": True}),
}


@pytest.fixture(params=CASES, name="read")
def _read(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Account]:
    world, number, options = CASES[request.param]
    sizes = [len(orjson.dumps(row)) for row in world.rows("time_entries")]
    settings = Settings(days=DAYS, entry_bytes=mean(sizes), **options)
    with account(world, tmp_path, settings, [place.id for place in world.workspaces[:number]]) as read:
        yield read


def state_sizes(output: Output) -> list[int]:
    """Of each state message of the time entries."""
    states = [message["state"]["stream"] for message in output.messages if message["type"] == "STATE"]
    return [
        len(orjson.dumps(state["stream_state"]))
        for state in states
        if state["stream_descriptor"]["name"] == "time_entries"
    ]


@pytest.mark.parametrize("is_second", [False, True], ids=["first", "second"])
def test_a_sync_takes_what_the_formulas_say(is_second: bool, read: Account) -> None:
    output, seconds = read.sync(NOW)
    if is_second:
        output, seconds = read.sync(NOW + DAY, output.states())
    shape = read.shape()
    formula: dict[str, Any] = {"account": shape, "settings": read.settings, "again": is_second}

    assert read.requests() == scale.requests(**formula)
    waiting = scale.seconds(**formula).waiting
    assert 0.99 * waiting <= seconds <= 1.25 * waiting
    sizes, messages = state_sizes(output), scale.state_messages(**formula)
    assert sizes[-1] == pytest.approx(scale.state_bytes(shape, read.settings), rel=0.1)
    assert sum(sizes) == pytest.approx(messages.volume, rel=0.3, abs=sizes[-1])
    assert len(sizes) == pytest.approx(messages.number, rel=0.3, abs=2)


@pytest.mark.parametrize("bytes_ahead", [20_000, BYTES_AHEAD], ids=["a little", "all that may be"])
def test_no_more_is_held_than_the_formula_says(
    bytes_ahead: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that wait, are under way or are read, looked at each time that a page of records comes out."""
    world = entries_only(1, 40, 60)
    sizes = [len(orjson.dumps(row)) for row in world.rows("time_entries")]
    settings = Settings(streams=LISTS, entry_bytes=max(sizes) + 1, days=DAYS)
    monkeypatch.setattr(base, "PageFetcher", partial(PageFetcher, bytes_ahead=bytes_ahead))
    monkeypatch.setattr(scale, "BYTES_AHEAD", bytes_ahead)
    pages: WeakSet[Page] = WeakSet()
    looks: list[int] = []

    class Known(Page):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            pages.add(self)

    def look(stream: TimeEntries, records: list[Row]) -> Any:
        looks.append(sum(page.weight for page in list(pages)))
        return messages_of(stream, records)

    messages_of = TimeEntries.messages
    monkeypatch.setattr(endpoint, "Page", Known)
    monkeypatch.setattr(TimeEntries, "messages", look)
    with account(world, tmp_path, settings, [world.workspaces[0].id]) as read:
        read.sync(NOW)
        bound = scale.held(read.shape(), settings)
    assert bound / 2 < max(looks) <= bound
