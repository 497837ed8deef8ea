"""What the second sync brings, and that a sync may break off anywhere."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from harness.connector import Output, Row, Table, identities, once
from integration_tests.conftest import Connect
from sandbox import Sandbox, World

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def small(time_zone: str = "America/Los_Angeles") -> World:
    return World.generate(seed=5, time_zone=time_zone, users=6, entries_per_user=12, projects=3, others=4)


def entries(output: Output) -> dict[str, Row]:
    return once(output.records()["time_entries"])


def held(world: World, since: datetime) -> dict[str, str]:
    """Description and interval of the entries that start in the window, as the sandbox has them."""
    return {
        row["id"]: repr((row["description"], row["timeInterval"]))
        for row in world.rows("time_entries")
        if datetime.fromisoformat(row["timeInterval"]["start"]) >= since
    }


def seen(rows: Iterable[Row], since: datetime) -> dict[str, str]:
    return {
        row["id"]: repr((row["description"], row["timeInterval"]))
        for row in rows
        if datetime.fromisoformat(row["timeIntervalStart"]) >= since
    }


@pytest.mark.parametrize("time_zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_the_second_sync_brings_what_changed(time_zone: str, connect: Connect) -> None:
    world = small(time_zone)
    acme, now = world.workspaces[0].id, world.now
    user = world.rows("users", acme)[0]["id"]
    edited = world.add_time_entry(user, now - 10 * DAY, now - 10 * DAY + HOUR, acme, description="before")
    moved = world.add_time_entry(user, now - 5 * DAY, now - 5 * DAY + HOUR, acme)
    timer = world.start_timer(user, now - 2 * DAY, acme)
    old_timer = world.start_timer(user, now - 50 * DAY, acme)
    on_the_edge = world.add_time_entry(user, now - 30 * DAY + HOUR, now - 30 * DAY + 2 * HOUR, acme)
    _, connector = connect(world)

    first = connector.sync("time_entries")
    table = Table()
    table.load(first.records()["time_entries"])

    today = world.add_time_entry(user, now - HOUR, now, acme)
    late = world.add_time_entry(user, now - 20 * DAY, now - 20 * DAY + HOUR, acme)
    world.edit_time_entry(edited, description="after")
    world.edit_time_entry(moved, start=now - 15 * DAY, end=now - 15 * DAY + HOUR)
    world.edit_time_entry(on_the_edge, description="still inside the window")
    world.stop_timer(timer, now)
    world.stop_timer(old_timer, now)

    second = connector.sync("time_entries", state=first.states())
    brought = entries(second)
    assert {today, late, edited, moved, on_the_edge, timer, old_timer} <= brought.keys()
    assert brought[edited]["description"] == "after"
    assert brought[old_timer]["isRunning"] is False
    table.load(second.records()["time_entries"])
    since = now - 30 * DAY
    assert seen(table.rows.values(), since) == held(world, since)
    assert len(brought) < len(table.rows)  # what is older was not read again


def test_a_timer_that_goes_on_is_remembered(connect: Connect) -> None:
    world = small()
    acme = world.workspaces[0].id
    user = world.rows("users", acme)[0]["id"]
    timer = world.start_timer(user, world.now - 90 * DAY, acme)
    _, connector = connect(world)
    first = connector.sync("time_entries")
    second = connector.sync("time_entries", state=first.states())
    world.stop_timer(timer, world.now)
    third = connector.sync("time_entries", state=second.states())
    assert entries(second)[timer]["isRunning"] is True
    assert entries(third)[timer]["isRunning"] is False
    assert timer not in entries(connector.sync("time_entries", state=third.states()))


def test_a_timer_that_was_deleted_is_forgotten(connect: Connect) -> None:
    world = small()
    acme = world.workspaces[0].id
    timer = world.start_timer(world.rows("users", acme)[0]["id"], world.now - 90 * DAY, acme)
    sandbox, connector = connect(world)
    first = connector.sync("time_entries")
    world.delete_time_entry(timer)
    second = connector.sync("time_entries", state=first.states())
    sandbox.clear_requests()
    connector.sync("time_entries", state=second.states())
    assert not any(request.path.endswith(timer) for request in sandbox.requests)


def test_a_user_who_left_between_two_syncs_is_still_read(connect: Connect) -> None:
    world = small()
    acme = world.workspaces[0].id
    user = world.rows("users", acme)[2]["id"]
    _, connector = connect(world)
    first = connector.sync("time_entries")
    late = world.add_time_entry(user, world.now - DAY, world.now - DAY + HOUR, acme)
    world.remove_user(user, acme)
    assert late in entries(connector.sync("time_entries", state=first.states()))


def test_full_refresh_ignores_state(connect: Connect) -> None:
    _, connector = connect(small())
    first = connector.sync("time_entries")
    again = connector.sync("time_entries", state=first.states(), full_refresh=True)
    assert entries(again).keys() == entries(first).keys()


def test_every_sync_has_a_later_cursor(connect: Connect) -> None:
    world = small()
    _, connector = connect(world)
    world.add("assignments", world.workspaces[0].id, period=_period(world.now))
    first = connector.sync("time_entries", "assignments")
    second = connector.sync("time_entries", "assignments", state=first.states())
    for stream in ("time_entries", "assignments"):
        cursors = [{row["syncedAt"] for row in output.records()[stream]} for output in (first, second)]
        assert [len(values) for values in cursors] == [1, 1]
        assert max(cursors[0]) < min(cursors[1])


def test_assignments_are_read_again_over_the_window(connect: Connect) -> None:
    world = small()
    acme, now = world.workspaces[0].id, world.now
    planned = world.add("assignments", acme, period=_period(now + 40 * DAY), hoursPerDay=8)
    _, connector = connect(world)
    first = connector.sync("assignments")
    table = Table()
    table.load(first.records()["assignments"])
    world.edit("assignments", planned, hoursPerDay=1.5)
    added = world.add("assignments", acme, period=_period(now - 10 * DAY))
    second = connector.sync("assignments", state=first.states())
    table.load(second.records()["assignments"])
    assert table.rows[planned]["hoursPerDay"] == 1.5
    assert added in table.rows
    assert table.rows.keys() == once(world.rows("assignments")).keys()


def _period(start: datetime) -> Row:
    return {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{start + DAY:%Y-%m-%dT%H:%M:%SZ}"}


def test_approvals_come_by_their_time_of_change(connect: Connect) -> None:
    world = World.generate(seed=6, users=6, entries_per_user=3, projects=3, others=100)
    acme, now = world.workspaces[0].id, world.now
    sandbox, connector = connect(world)
    first = connector.sync("approval_requests", "pending_approval_requests")
    pages = _pages_of_approvals(sandbox)
    open_ids = [row["approvalRequest"]["id"] for row in world.rows("pending_approval_requests")]
    pending, other, *_ = open_ids
    approved = next(r["approvalRequest"]["id"] for r in world.rows("approval_requests") if _state(r) == "APPROVED")
    world.approve(pending, now)
    world.withdraw(approved, now)
    world.reject(other, now)

    sandbox.clear_requests()
    second = connector.sync("approval_requests", "pending_approval_requests", state=first.states())
    brought = once(second.records()["approval_requests"])
    assert brought[pending]["state"] == "APPROVED"
    assert brought[approved]["state"] == "WITHDRAWN_APPROVAL"
    assert other not in brought
    name = "pending_approval_requests"
    assert identities(name, second.records()[name]) == identities(name, world.rows(name, acme))
    assert _pages_of_approvals(sandbox) < pages / 3  # reading stops at the cursor


def _state(row: Row) -> str:
    return str(row["approvalRequest"]["status"]["state"])


def _pages_of_approvals(sandbox: Sandbox) -> int:
    return sum(request.query.get("sort-column") == "UPDATED_AT" for request in sandbox.requests)


@pytest.fixture(scope="module")
def many() -> World:
    return World.generate(seed=7, users=12, entries_per_user=30, projects=3, others=4)


class TestInterrupted:
    """A sync is killed with SIGKILL somewhere, and another goes on from the last state that was printed."""

    @pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.6, 0.8, 0.99])
    def test_nothing_is_lost(self, share: float, many: World, connect: Connect) -> None:
        _, connector = connect(many, page_cap=20)
        whole = connector.sync("time_entries")
        killed = connector.read_until(int(share * len(whole.messages)), "time_entries")
        rest = connector.sync("time_entries", state=killed.states())
        assert entries(killed).keys() | entries(rest).keys() == entries(whole).keys()

    def test_progress_is_kept(self, many: World, connect: Connect) -> None:
        _, connector = connect(many, page_cap=20)
        whole = connector.sync("time_entries")
        assert any(_is_partial(state, whole.states()[0]) for state in _states(whole))

    def test_a_killed_incremental_sync_loses_no_edit(self, connect: Connect) -> None:
        world = small()
        _, connector = connect(world)
        first = connector.sync("time_entries")
        table = Table()
        table.load(first.records()["time_entries"])
        for row in world.rows("time_entries"):
            if datetime.fromisoformat(row["timeInterval"]["start"]) >= world.now - 20 * DAY:
                world.edit_time_entry(row["id"], description="edited")
        killed = connector.read_until(60, "time_entries", state=first.states())
        table.load(killed.records()["time_entries"])
        rest = connector.sync("time_entries", state=killed.states() or first.states())
        table.load(rest.records()["time_entries"])
        since = world.now - 20 * DAY
        assert seen(table.rows.values(), since) == held(world, since)


def _states(output: Output) -> list[Row]:
    return [message["state"] for message in output.messages if message["type"] == "STATE"]


def _is_partial(state: Row, last: Row) -> bool:
    return 0 < len(str(state["stream"]["stream_state"])) < len(str(last["stream"]["stream_state"]))
