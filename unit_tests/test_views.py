"""The views in docs/queries/, on tables as PyAirbyte writes them to DuckDB: columns in lower case, objects as JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

SQL = Path(__file__).parents[1] / "docs" / "queries"


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def view(database: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    database.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))
    found = database.view(name).order("1")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("detect_deletions", [False, True])
def test_time_entries_without_what_is_deleted(detect_deletions: bool, database: duckdb.DuckDBPyConnection) -> None:
    deleted = ", isdeleted BOOLEAN" if detect_deletions else ""
    columns = f"id VARCHAR, timeintervalstart TIMESTAMP, timeintervalend TIMESTAMP, taskid VARCHAR, projectid VARCHAR{deleted}"
    database.execute(f"CREATE TABLE time_entries ({columns})")
    database.execute(
        "INSERT INTO time_entries BY NAME SELECT 'running' AS id, TIMESTAMP '2026-01-01' AS timeintervalstart"
    )
    if detect_deletions:
        database.execute("INSERT INTO time_entries BY NAME SELECT 'gone' AS id, true AS isdeleted")
    [entry] = view(database, "snapshots_time_entries")
    assert list(entry) == ["time_entry_id", "start_time", "end_time", "task_id", "project_id"]
    assert (entry["time_entry_id"], entry["end_time"]) == ("running", None)


def test_users_have_their_highest_role_once(database: duckdb.DuckDBPyConnection) -> None:
    database.execute("CREATE TABLE users (workspaceid VARCHAR, id VARCHAR, email VARCHAR, roles JSON)")
    members: list[tuple[str, str, Any]] = [
        ("w1", "ann", [{"role": "TEAM_MANAGER", "entities": [{"name": "OWNERS of nothing"}]}]),
        ("w2", "ann", [{"role": "WORKSPACE_ADMIN"}, {"role": "PROJECT_MANAGER"}]),
        ("w1", "bob", [{"role": "OWNER"}]),
        ("w2", "bob", []),
        ("w1", "cyd", [{"role": {"name": "WORKSPACE_OWN"}}]),  # as Clockify documents it
        ("w1", "dan", None),
        ("w1", "eve", [{"role": "PROJECT_MANAGER"}]),
    ]
    for workspace, user, roles in members:
        database.execute(
            "INSERT INTO users VALUES (?, ?, ?, ?)", [workspace, user, f"{user}@x.example", roles and json.dumps(roles)]
        )
    users = view(database, "snapshots_users")
    roles_of = {user["user_id"]: user["role"] for user in users}
    assert roles_of == {
        "ann": "admin",
        "bob": "owner",
        "cyd": "owner",
        "dan": "member",
        "eve": "manager",
    }
    assert len(users) == 5
    assert users[0]["email"] == "ann@x.example"
    assert list(users[0]) == ["user_id", "email", "role"]


def test_projects(database: duckdb.DuckDBPyConnection) -> None:
    database.execute("CREATE TABLE projects AS SELECT 'p1' AS id, 'Website' AS name, true AS archived")
    assert view(database, "snapshots_projects") == [{"project_id": "p1", "project_name": "Website"}]


def test_locations(database: duckdb.DuckDBPyConnection) -> None:
    database.execute(
        "CREATE TABLE locations AS SELECT 'l1' AS location_id, 'Mark Shoes' AS location_name, NULL AS address"
    )
    assert view(database, "snapshots_locations") == [
        {"location_id": "l1", "location_name": "Mark Shoes", "address": None}
    ]
