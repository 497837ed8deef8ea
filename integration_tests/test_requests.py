"""How many requests a sync takes: for each stream the fewest that can do, with the reason why no fewer can."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
import pytest

from harness.connector import Connector, Output, Row
from integration_tests.conftest import Connect
from integration_tests.fewest import AGAIN, FEWEST, Counts, Fewest, fewest_of
from integration_tests.held import DAY, NOW, Held
from sandbox import Recorded, Sandbox, World
from source_clockify.streams.entity_changes import ENTITY_TYPES
from tools.page_counts import PAGE

PARTS = {
    **dict.fromkeys(("entities/created", "entities/updated", "entities/deleted"), "entities"),
    "time-entries/{id}": "user/{userId}/time-entries",
}
"""Paths that a stream asks for beside its own."""


def unnamed(path: str) -> str:
    """Sandbox and connector may call the ids in a path by different names."""
    return re.sub(r"\{\w+\}", "{}", path)


LISTS = {unnamed(fewest.path): stream for stream, fewest in FEWEST.items()}


def stream_of(request: Recorded) -> str:
    path = request.route.removeprefix("/workspaces/{workspaceId}/")
    state = "?status=PENDING" if request.query.get("status") == "PENDING" else ""
    return LISTS[unnamed(PARTS.get(path, path)) + state]


def workspace_of(request: Recorded) -> str:
    return request.path.partition("/workspaces/")[2].partition("/")[0]


def asked_of(request: Recorded) -> Row:
    """What a request asks for, in its query, its body or the filter that is in the body of a report."""
    body = orjson.loads(request.body) if request.body else {}
    return {**request.query, **body, **body.get("detailedFilter", {}), **body.get("attendanceFilter", {})}


def size_of(request: Recorded) -> int | None:
    """The page size that was asked for."""
    asked = asked_of(request)
    return next((int(asked[name]) for name in ("page-size", "pageSize", "limit") if name in asked), None)


def is_first_page(request: Recorded) -> bool:
    """The pages after it may be a little smaller, so as to overlap."""
    return int(asked_of(request).get("page", 1)) <= 1


def in_workspaces(requests: list[Recorded]) -> list[Recorded]:
    """All requests but the one that every sync begins with: for the workspaces, in a list that is not paged."""
    first, *others = requests
    assert (first.route, first.query) == ("/workspaces", {})
    return others


@dataclass
class Read:
    world: World
    sandbox: Sandbox
    connector: Connector

    def sync(self, now: datetime, *streams: str, state: list[Row] | None = None) -> tuple[list[Recorded], Output]:
        """A sync at some time: its requests inside workspaces, and its output."""
        self.sandbox.clear_requests()
        self.connector.clock.fixed = now
        output = self.connector.sync(*streams, state=state)
        assert set(output.statuses().values()) == {"COMPLETE"}
        return in_workspaces(self.sandbox.requests), output

    def fewest(self, table: dict[str, Fewest], now: datetime, earlier: datetime | None = None) -> Counts:
        """The table in numbers."""
        return {
            (place.name, stream): number
            for place in self.world.workspaces
            for stream, number in fewest_of(table, Held(self.world, place.id, now, earlier)).items()
        }

    def counts(self, requests: list[Recorded]) -> Counts:
        names = {place.id: place.name for place in self.world.workspaces}
        return dict(Counter((names[workspace_of(request)], stream_of(request)) for request in requests))


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    """A world in which whatever comes in small pages has more than one of them."""
    world = World.generate(seed=21, now=NOW, users=120, projects=55, tasks=1, entries_per_user=12, others=205)
    owner, acme = world.user_of(world.keys["owner"]), world.workspaces[0].id
    assert owner
    for minutes in range(PAGE + 1):
        start = NOW - 2000 * DAY + timedelta(minutes=minutes)
        world.add_time_entry(owner["id"], start, start + timedelta(minutes=1), acme, at=start)
    with Sandbox(world) as sandbox:
        yield Read(world, sandbox, Connector(sandbox, tmp_path_factory.mktemp("requests")))


@pytest.fixture(scope="module")
def first(read: Read) -> tuple[list[Recorded], Output]:
    return read.sync(NOW)


def test_a_first_sync_of_everything_takes_no_request_too_many(read: Read, first: tuple[list[Recorded], Output]) -> None:
    requests, _ = first
    assert read.counts(requests) == read.fewest(FEWEST, NOW)


def test_pages_are_as_large_as_the_list_or_memory_bears(first: tuple[list[Recorded], Output]) -> None:
    requests, _ = first
    asked = {(stream_of(request), size_of(request)) for request in requests if is_first_page(request)}
    assert asked == {(stream, fewest.size) for stream, fewest in FEWEST.items()}


def test_an_incremental_sync_takes_no_request_too_many(read: Read, first: tuple[list[Recorded], Output]) -> None:
    _, output = first
    requests, _ = read.sync(NOW + DAY, state=output.states())
    assert read.counts(requests) == read.fewest(AGAIN, NOW + DAY, earlier=NOW)


CHILDREN = {
    "tasks": "projects",
    "time_entries": "users",
    "member_profiles": "users",
    "time_off_balances": "time_off_policies",
    "invoice_details": "invoices",
    "invoice_payments": "invoices",
}
LIGHT: dict[str, dict[str, str]] = {
    "users": {"memberships": "NONE", "include-roles": "false", "page-size": "5000"},
    "projects": {"hydrated": "false", "page-size": "5000"},
}


@pytest.mark.parametrize("selected", [*((child,) for child in CHILDREN), tuple(CHILDREN)], ids=",".join)
def test_children_without_their_parents_take_the_parents_list_once_and_light(
    selected: tuple[str, ...], read: Read
) -> None:
    requests, _ = read.sync(NOW, *selected)
    parents = {CHILDREN[child] for child in selected}
    lists = [request for request in requests if stream_of(request) not in selected]
    counts = read.fewest({parent: FEWEST[parent] for parent in parents}, NOW)
    lighter = {(place, parent): 1 for place, parent in counts if parent in LIGHT}
    assert read.counts(lists) == counts | lighter
    for request in lists:
        assert request.query.items() >= LIGHT.get(stream_of(request), {}).items()


@pytest.mark.parametrize("workers", [1, 20])
def test_a_type_that_the_feeds_refuse_is_asked_for_once_however_many_windows(workers: int, connect: Connect) -> None:
    world = World.generate(seed=22, users=4, entries_per_user=2, projects=2, others=2)
    since = f"{world.now - 100 * DAY:%Y-%m-%d}"
    sandbox, connector = connect(world, page_cap=None, num_workers=workers, start_date=since)
    connector.sync("entity_changes")
    refused = Counter((workspace_of(r), r.query["type"]) for r in sandbox.requests if r.status == 400)
    unknown = {",".join(ENTITY_TYPES), *ENTITY_TYPES} - set(world.entity_types)
    assert refused == Counter((place.id, entity_type) for place in world.workspaces for entity_type in unknown)
