"""The world that is generated, and the ways in which tests change it."""

from datetime import datetime

import pytest

from integration_tests.sandbox.conftest import NOW
from sandbox import World


def test_the_same_seed_and_time_make_the_same_world() -> None:
    one, same, other = (World.generate(seed=seed, now=NOW) for seed in (1, 1, 2))
    assert one.rows("time_entries") == same.rows("time_entries") != other.rows("time_entries")
    assert one.keys == same.keys != other.keys


def test_it_holds_values_of_every_kind(world: World) -> None:
    values = [value["value"] for row in world.rows("time_entries") for value in row["customFieldValues"]]
    assert {type(value) for value in values} >= {str, int, float, bool, list, dict, type(None)}
    assert {row["projectId"] is None for row in world.rows("time_entries")} == {True, False}
    assert {row["project"] is None for row in world.rows("expenses")} == {True, False}
    assert world.removed_users(world.workspaces[0].id)


@pytest.mark.parametrize("users", [3, 4])
def test_it_may_be_tiny(users: int) -> None:
    world = World.generate(users=users, entries_per_user=1, projects=1, tasks=1, others=1)
    assert len(world.rows("users", world.workspaces[0].id)) == users
    for stream in ("time_entry_report", "expense_report", "audit_log", "entity_changes"):
        assert world.rows(stream), stream


@pytest.mark.parametrize("hour", range(24))
def test_no_approval_is_ahead_of_now(hour: int) -> None:
    now = NOW.replace(hour=hour)
    world = World.generate(users=3, entries_per_user=1, projects=1, tasks=1, others=3, now=now)
    statuses = [row["approvalRequest"]["status"] for row in world.rows("approval_requests")]
    assert statuses
    assert max(datetime.fromisoformat(status["updatedAt"]) for status in statuses) <= now


def test_a_slip_in_a_field_s_name_is_an_error(world: World) -> None:
    with pytest.raises(KeyError, match="colour"):
        world.add("tags", colour="red")
