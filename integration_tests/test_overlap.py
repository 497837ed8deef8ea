"""Pages are fetched by several threads at once, and nothing but the time that it takes shows it."""

import asyncio
import json
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import get_ident
from typing import Any
from zlib import crc32

import pytest
from starlette.requests import Request
from starlette.responses import Response

from harness.connector import COMMAND, Connector, Output, identities
from integration_tests.conftest import Connect
from sandbox import Sandbox, World
from sandbox.host import Handle
from source_clockify.api.pace import RequestBudget

ENTRIES = "/workspaces/{workspaceId}/user/{userId}/time-entries"
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
SAFETY = 60.0
"""Seconds after which a test that has failed already ends."""


class Gathering(Sandbox):
    """After the lists of workspaces and users answers nothing before so many requests wait `together`.

    `most` is how many ever did.
    """

    def __init__(self, world: World, together: int) -> None:
        super().__init__(world, latency=0.05)
        self.together, self.most, self._waiting, self._met = together, 0, 0, asyncio.Event()

    async def answer(self, request: Request, route: str, handle: Handle) -> Response:
        self._waiting += 1
        self.most = max(self.most, self._waiting)
        if self._waiting == self.together:
            self._met.set()
        try:
            if len(self.requests) >= 2:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._met.wait(), SAFETY)
                self._met.set()
            return await super().answer(request, route, handle)
        finally:
            self._waiting -= 1


class Uneven(Sandbox):
    """Takes a different time for each request, so that answers come in another order than requests."""

    async def answer(self, request: Request, route: str, handle: Handle) -> Response:
        await asyncio.sleep(crc32(str(request.url).encode()) % 8 / 2000)
        return await super().answer(request, route, handle)


@pytest.mark.parametrize("workers", [1, 4, 20])
def test_as_many_requests_are_under_way_as_there_are_workers(workers: int, tmp_path: Path) -> None:
    world = World.generate(seed=31, users=30, entries_per_user=2, projects=2, others=2)
    with Gathering(world, together=workers) as sandbox:
        acme = world.workspaces[0].id
        output = Connector(sandbox, tmp_path, num_workers=workers, workspace_ids=[acme]).sync("users", "time_entries")
    assert output.statuses()["time_entries"] == "COMPLETE"
    assert sandbox.most == workers


def test_the_next_workspace_is_listed_meanwhile(tmp_path: Path) -> None:
    """By the main thread, whose connection is one more."""
    world = World.generate(seed=32, users=22, entries_per_user=2, projects=2, others=2)
    assert len(world.workspaces[0].members) == 20
    with Gathering(world, together=21) as sandbox:
        output = Connector(sandbox, tmp_path, num_workers=20).read("time_entries")
    assert sandbox.most == 21
    assert output.logs("WARN") == []


def test_all_threads_pay_from_one_budget(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    paid: list[tuple[RequestBudget, int]] = []
    acquire_call = RequestBudget.acquire_call

    def pay(budget: RequestBudget, *arguments: Any) -> None:
        paid.append((budget, get_ident()))
        acquire_call(budget, *arguments)

    monkeypatch.setattr(RequestBudget, "acquire_call", pay)
    world = World.generate(seed=33, users=20, entries_per_user=2, projects=5, others=2)
    sandbox, connector = connect(world)
    connector.sync("users", "projects", "tasks", "time_entries", "member_profiles")
    assert len(paid) == len(sandbox.requests)
    assert len({id(budget) for budget, _ in paid}) == 1
    assert len({thread for _, thread in paid}) > 1


def test_records_and_states_are_the_same_with_any_number_of_workers(tmp_path: Path) -> None:
    world = World.generate(seed=34, now=NOW, users=14, entries_per_user=12, projects=6, others=8)
    printed = []
    for workers in (1, 4, 20):
        with Uneven(world, page_cap=5) as sandbox:
            connector = Connector(sandbox, tmp_path, num_workers=workers, detect_deletions=True)
            connector.clock.fixed = NOW
            first = connector.sync()
            connector.clock.fixed = NOW + timedelta(days=1)
            second = connector.sync(state=first.states())
            assert set(first.statuses().values()) == set(second.statuses().values()) == {"COMPLETE"}
        printed.append(records_and_states(first) + records_and_states(second))
    assert len(printed[0]) > 500
    assert printed[0] == printed[1] == printed[2]


def records_and_states(output: Output) -> list[str]:
    """As they were printed, but for the time of printing."""
    chosen = [m["record"] | {"emitted_at": 0} if m["type"] == "RECORD" else m.get("state") for m in output.messages]
    return [json.dumps(message) for message in chosen if message]


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"status": 403, "body": {"message": "Access Denied", "code": 501}}, "403 'Access Denied'"),
    ({"kind": "html", "headers": {"Retry-After": "0"}}, "not JSON"),
    ({"kind": "wrong_shape"}, "not of the expected shape"),
]


@pytest.mark.parametrize(("fault", "words"), FAULTS, ids=["refused", "not JSON", "another shape"])
def test_an_error_of_one_slice_fails_its_stream_alone(fault: dict[str, Any], words: str, connect: Connect) -> None:
    """The lists of the others are read all the same, and so are the other streams."""
    world = World.generate(seed=35, users=20, entries_per_user=5, projects=3, others=3)
    acme = world.workspaces[0]
    broken = next(row["id"] for row in world.rows("users", acme.id)[2:] if row["status"] == "ACTIVE")
    sandbox, connector = connect(world, page_cap=None)

    def is_broken(request: Any) -> bool:
        return bool(request.path.startswith(f"/api/v1/workspaces/{acme.id}/user/{broken}"))

    sandbox.faults.add(route=ENTRIES, when=is_broken, times=None, **fault)
    arguments = connector.write(connector.files("time_entries", "tasks", "tags", state=None))
    process = subprocess.run(
        [*COMMAND, "read", *arguments], capture_output=True, text=True, check=False, timeout=SAFETY
    )
    output = Output.of(process.stdout.splitlines(keepends=True), process.returncode)
    assert (output.returncode, process.stderr) == (1, "")
    assert output.statuses() == {"time_entries": "INCOMPLETE", "tasks": "COMPLETE", "tags": "COMPLETE"}
    assert output.errors().keys() == {"time_entries"}
    assert words in output.errors()["time_entries"]["message"]
    records = output.records()
    for stream in ("tasks", "tags"):
        assert identities(stream, records[stream]) == identities(stream, world.rows(stream))
    unread = {(acme.id, user) for user in (broken, *world.removed_users(acme.id))}
    others = [row for row in world.rows("time_entries") if (row["workspaceId"], row["userId"]) not in unread]
    assert identities("time_entries", records["time_entries"]) == identities("time_entries", others)
    assert broken not in json.dumps(output.states()[-1]["stream"]["stream_state"]["workspaces"][acme.id])
