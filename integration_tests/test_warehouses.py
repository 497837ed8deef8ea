"""Two syncs with changes between, through PyAirbyte into real databases: what an analyst finds in the tables."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from harness.connector import Connector, Row
from integration_tests.warehouse import Warehouse, duckdb, postgresql
from sandbox import Agency, Sandbox, SnapshotsSandbox, World

DAY: Final = 24 * 3600


@dataclass
class Account:
    """Clockify and HighLevel, made up, and the connector to read them."""

    world: World
    agency: Agency
    connector: Connector

    def records(self) -> dict[str, list[Row]]:
        """What a full read brings now."""
        return self.connector.sync(full_refresh=True).records()

    def truth(self) -> dict[str, int]:
        """How many rows the account has of each stream that shows all it has."""
        derived = {
            "time_entry_report",
            "expense_report",
            "time_totals",
            "audit_log",
            "entity_changes",
            "locations",
            "snapshots",
        }
        numbers = {stream["name"]: 0 for stream in self.connector.streams if stream["name"] not in derived}
        for place in self.world.workspaces:
            for stream in numbers:
                rows = self.world.rows(stream, place.id)
                gone = self.world.removed_users(place.id) if stream == "time_entries" else set()
                numbers[stream] += sum(row.get("userId") not in gone for row in rows)
        return numbers

    def change(self) -> str:
        """Delete a tag, approve all that is pending, edit an entry and delete another: gives the one that is deleted."""
        acme = self.world.workspace().id
        self.world.delete("tags", self.world.rows("tags", acme)[0]["id"])
        for request in self.world.rows("pending_approval_requests"):
            self.world.approve(request["approvalRequest"]["id"])
        members = {row["id"] for row in self.world.rows("users", acme)}
        recent = [
            row["id"]
            for row in self.world.rows("time_entries", acme)
            if row["userId"] in members and 1 < self._days_ago(row) < 20
        ]
        self.world.edit_time_entry(recent[0], description="Corrected ✓")
        self.world.delete_time_entry(recent[1])
        return str(recent[1])

    def _days_ago(self, entry: Row) -> float:
        started = datetime.fromisoformat(entry["timeInterval"]["start"])
        return (self.world.now - started).total_seconds() / DAY


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    world, agency = World.generate(seed=51, users=5, entries_per_user=12, projects=3, others=4), Agency(seed=51)
    with Sandbox(world) as sandbox, SnapshotsSandbox(agency) as snapshots:
        options: Row = {"snapshots_api": snapshots.config(), "detect_deletions": True}
        yield Account(world, agency, Connector(sandbox, tmp_path, **options))


@pytest.mark.parametrize("database", [duckdb, postgresql])
def test_tables_follow_the_account(database: Any, account: Account, capfd: pytest.CaptureFixture[str]) -> None:
    with database() as cache:
        warehouse = Warehouse.of(account.connector, cache)
        warehouse.sync(capfd)
        first = account.records()
        assert len(first) == 34
        assert {stream: warehouse.count(stream) for stream in first} == {**counts(first), **account.truth()}

        deleted = account.change()
        warehouse.sync(capfd)
        second = account.records()
        # Of what is gone, and of what the feed no longer shows.
        kept = {"time_entries", "time_entry_report", "attendance_report", "entity_changes"}
        followed = [stream for stream in first if stream not in kept]
        assert {stream: warehouse.count(stream) for stream in followed} == {
            stream: counts(second)[stream] for stream in followed
        }
        assert second["tags"] == first["tags"][1:]
        assert {row for (row,) in warehouse.rows(f"SELECT id FROM {warehouse.table('tags')}")} == {
            row["id"] for row in second["tags"]
        }
        assert first["pending_approval_requests"]
        assert warehouse.count("pending_approval_requests") == 0
        assert warehouse.count("time_entries") == len(first["time_entries"])
        assert warehouse.count("time_entries", "isdeleted IS NOT TRUE") == len(second["time_entries"])
        assert warehouse.rows(f"SELECT id FROM {warehouse.table('time_entries')} WHERE isdeleted") == [(deleted,)]
        assert warehouse.count("time_entries", "description = 'Corrected ✓'") == 1

        assert_values(warehouse, second)
    assert "airbyte type" not in warehouse.told
    assert "Traceback" not in warehouse.told


def counts(records: dict[str, list[Row]]) -> Counter[str]:
    """How many records each stream has."""
    return Counter({stream: len(rows) for stream, rows in records.items()})


def assert_values(warehouse: Warehouse, records: dict[str, list[Row]]) -> None:
    """Instants (in UTC), numbers, nested values and nulls are what the API gave."""
    for entry in [row for row in records["time_entries"] if not row["isRunning"]][:5]:
        [(start, billable, tags)] = warehouse.rows(
            f"SELECT timeintervalstart, billable, tagids FROM {warehouse.table('time_entries')} WHERE id = '{entry['id']}'"
        )
        assert start.replace(tzinfo=UTC) == datetime.fromisoformat(entry["timeIntervalStart"])
        assert billable is entry["billable"]
        assert decoded(tags) == entry.get("tagIds")
    invoice = records["invoices"][0]
    [(amount,)] = warehouse.rows(f"SELECT amount FROM {warehouse.table('invoices')} WHERE id = '{invoice['id']}'")
    assert amount == invoice["amount"]
    defaults = {row["id"]: row.get("workspaceDefaultValue") for row in records["custom_fields"]}
    found = dict(warehouse.rows(f"SELECT id, workspacedefaultvalue FROM {warehouse.table('custom_fields')}"))
    assert found == defaults
    names = dict(warehouse.rows(f"SELECT location_id, location_name FROM {warehouse.table('locations')}"))
    assert names == {row["location_id"]: row["location_name"] for row in records["locations"]}
    change = records["entity_changes"][0]
    entities = warehouse.rows(
        f"SELECT entity FROM {warehouse.table('entity_changes')} WHERE id = '{change['id']}' AND changetype = "
        f"'{change['changeType']}'"
    )
    assert [decoded(entity)["documentCode"] for (entity,) in entities] == [change["entity"]["documentCode"]]


def decoded(value: Any) -> Any:
    """JSON as DuckDB gives it, or as PostgreSQL does."""
    return json.loads(value) if isinstance(value, str) else value
