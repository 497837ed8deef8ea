"""Changed entities of all types in one request: the same records as type by type, whatever the host makes of it."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from harness.connector import Output, Row
from integration_tests.conftest import Connect
from sandbox import Recorded, World
from source_clockify.streams.entity_changes import CHANGES, ENTITY_TYPES, TYPES_TAKEN

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
SINCE = NOW - timedelta(days=100)
ONE_BY_ONE = len(ENTITY_TYPES) * len(CHANGES)


def world(at_once: str, paging: str = "honoured", taken: tuple[str, ...] = ENTITY_TYPES) -> World:
    """Of some types there are more changes than fit on a page."""
    world = World.generate(seed=31, now=NOW, users=16, projects=6, tasks=2, entries_per_user=30, others=12)
    for place in world.workspaces:
        for number in range(60):
            tag = world.add("tags", place.id, name=f"Tag {number}", at=world.now - timedelta(days=200))
            [world.edit, world.delete][number % 2]("tags", tag, at=world.now - timedelta(days=number % 30, minutes=5))
    world.types_at_once, world.entity_paging, world.entity_types = at_once, paging, taken  # type: ignore[assignment]
    return world


def told(output: Output) -> Counter[str]:
    """How often each record came, whatever their order; without the type that an item may tell."""
    return Counter(
        repr(sorted({**row, "entity": sorted({**row["entity"], "documentCode": ""}.items())}.items()))
        for row in changes(output)
    )


def changes(output: Output) -> list[Row]:
    return output.records()["entity_changes"]


def of_each_workspace(requests: list[Recorded]) -> dict[str, list[Recorded]]:
    found: dict[str, list[Recorded]] = {}
    for request in requests:
        if "/entities/" in request.path:
            found.setdefault(request.path.split("/workspaces/")[1][:24], []).append(request)
    return found


Read = Callable[..., tuple[Output, list[Recorded]]]


@pytest.fixture
def read(connect: Connect) -> Read:
    def run(world: World, **config: object) -> tuple[Output, list[Recorded]]:
        sandbox, connector = connect(world, page_cap=None, **{"start_date": f"{SINCE:%Y-%m-%d}", **config})
        connector.clock.fixed = NOW
        output = connector.sync("entity_changes")
        assert output.statuses() == {"entity_changes": "COMPLETE"}
        return output, sandbox.requests

    return run


@pytest.mark.parametrize("paging", ["honoured", "overlapping"])
@pytest.mark.parametrize("at_once", ["told", "untold", "first"])
def test_the_records_are_those_of_one_type_at_a_time(at_once: str, paging: str, read: Read) -> None:
    expected, _ = read(world("refused", paging))
    output, _ = read(world(at_once, paging))
    assert told(output) == told(expected)
    assert len(changes(output)) > 500


def test_where_only_first_pages_come_no_type_takes_the_place_of_another(read: Read) -> None:
    expected, _ = read(world("refused", "ignored"))
    everything, _ = read(world("refused"))
    output, _ = read(world("told", "ignored"))
    assert told(expected) <= told(output) <= told(everything)
    assert len(changes(expected)) < len(changes(everything))


@pytest.mark.parametrize("taken", [ENTITY_TYPES, TYPES_TAKEN, ENTITY_TYPES[1:]], ids=["all", "some", "not the first"])
@pytest.mark.parametrize("at_once", ["told", "refused"])
def test_types_that_are_not_taken_are_left_out(at_once: str, taken: tuple[str, ...], read: Read) -> None:
    output, requests = read(world(at_once, taken=taken))
    types = {row["entityType"] for row in changes(output)}
    assert types
    assert types <= set(taken)
    for asked in of_each_workspace(requests).values():
        refused = [request.query["type"] for request in asked if request.status == 400]
        assert sorted(one for one in refused if "," not in one) == sorted(set(ENTITY_TYPES) - set(taken))


@pytest.mark.parametrize(
    ("at_once", "taken", "at_most"),
    [
        ("told", ENTITY_TYPES, 3 * 2),
        ("told", TYPES_TAKEN, 1 + 9 + 3 * 2),
        ("untold", ENTITY_TYPES, 1 + ONE_BY_ONE * 2),
        ("first", ENTITY_TYPES, 4 + ONE_BY_ONE * 2),
        ("refused", ENTITY_TYPES, 2 + ONE_BY_ONE * 2),
    ],
)
def test_what_the_host_does_is_found_out_in_a_few_requests(
    at_once: str, taken: tuple[str, ...], at_most: int, read: Read
) -> None:
    """A feed that has rows takes one page more."""
    small = World.generate(seed=32, now=NOW, users=6, projects=2, tasks=1, entries_per_user=2, others=2)
    small.types_at_once, small.entity_types = at_once, taken  # type: ignore[assignment]
    _, requests = read(small, start_date=None)
    for asked in of_each_workspace(requests).values():
        assert len(asked) <= at_most


def test_where_nothing_happened_nothing_is_proved(read: Read) -> None:
    """So each type is asked for by itself, though the host would take them all."""
    long_ago = World.generate(seed=32, now=NOW - timedelta(days=400), users=6, projects=2, tasks=1, others=2)
    long_ago.entity_types = ENTITY_TYPES
    _, requests = read(long_ago, start_date=None)
    for asked in of_each_workspace(requests).values():
        assert len(asked) == len(CHANGES) + ONE_BY_ONE


def test_what_a_month_shows_counts_for_a_shorter_window(connect: Connect) -> None:
    """As of a sync an hour after the last, in which nothing happened."""
    world = World.generate(seed=32, now=NOW, users=6, projects=2, tasks=1, entries_per_user=2, others=2)
    world.entity_types = ENTITY_TYPES
    sandbox, connector = connect(world, page_cap=None)
    connector.clock.fixed = NOW
    states = connector.sync("entity_changes").states()
    world.now = connector.clock.fixed = NOW + timedelta(hours=1)
    sandbox.clear_requests()
    connector.sync("entity_changes", state=states)
    for asked in of_each_workspace(sandbox.requests).values():
        assert len(asked) <= len(CHANGES) + 1
