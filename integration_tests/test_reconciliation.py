"""The query that holds a table of time entries against Clockify's own totals, from sync to sync."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.connector import Connector, Row
from integration_tests.warehouse import Warehouse, duckdb
from sandbox import Sandbox, World

QUERY = Path(__file__).parents[1] / "docs" / "queries" / "reconcile_time_entries.sql"
HOUR = timedelta(hours=1)
SETTLED = timedelta(days=100)
"""What is older than that is beyond the look-back."""


def differences(warehouse: Warehouse) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """What the query gives: seconds in the table, at Clockify, and the difference, by workspace, user and month."""
    found = warehouse.rows(QUERY.read_text(encoding="utf-8"))
    return {(w, user, month): (int(table), int(clockify), int(more)) for w, user, month, table, clockify, more in found}


def month_of(entry: Row) -> tuple[str, str, str]:
    return entry["workspaceId"], entry["userId"], entry["timeInterval"]["start"][:7]


def seconds(entry: Row) -> int:
    start, end = (datetime.fromisoformat(entry["timeInterval"][name]) for name in ("start", "end"))
    return int((end - start).total_seconds())


def settled(world: World) -> list[Row]:
    """Entries beyond the look-back, one in each month of a user."""
    entries = world.rows("time_entries", world.workspace().id)
    until = (world.now - SETTLED).isoformat()
    return list({month_of(entry): entry for entry in entries if entry["timeInterval"]["start"] < until}.values())


def test_differences_are_what_happened_beyond_the_look_back(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    world = World.generate(seed=52, users=5, entries_per_user=12, projects=2, others=3)
    user = settled(world)[0]["userId"]
    over_midnight = datetime(world.now.year - 1, 2, 28, 22, tzinfo=UTC)
    world.add_time_entry(user, over_midnight, over_midnight + 30 * HOUR)
    with Sandbox(world) as sandbox, duckdb() as cache:
        warehouse = Warehouse.of(Connector(sandbox, tmp_path), cache)

        def totals() -> dict[tuple[str, str, str], int]:
            return {(row["workspaceId"], row["userId"], row["month"]): row["seconds"] for row in truth()}

        def truth() -> list[Row]:
            return [{**row, "workspaceId": p.id} for p in world.workspaces for row in world.rows("time_totals", p.id)]

        warehouse.sync(capfd, "time_entries", "time_totals")
        assert warehouse.count("time_totals") > 20
        assert differences(warehouse) == {}

        edited, deleted, moved, *_ = settled(world)
        before = totals()
        start, end = (datetime.fromisoformat(edited["timeInterval"][name]) for name in ("start", "end"))
        world.edit_time_entry(edited["id"], end=end + HOUR)
        world.delete_time_entry(deleted["id"])
        length = timedelta(seconds=seconds(moved))
        world.edit_time_entry(moved["id"], start=start, end=start + length, userId=moved["userId"])
        recent = world.add_time_entry(user, world.now - 50 * HOUR, world.now - 49 * HOUR)
        world.edit_time_entry(recent, end=world.now - 48 * HOUR)
        world.start_timer(user)

        warehouse.sync(capfd, "time_entries", "time_totals")
        after = totals()
        expected = {
            one: (before.get(one, 0), after.get(one, 0), before.get(one, 0) - after.get(one, 0))
            for one in (
                month_of(edited),
                month_of(deleted),
                month_of(moved),
                (*month_of(moved)[:2], month_of(edited)[2]),
            )
        }
        assert expected[month_of(edited)][2] <= -3600
        assert differences(warehouse) == {one: row for one, row in expected.items() if row[2]}

        warehouse.replace(["time_entries"])
        assert differences(warehouse) == {}
