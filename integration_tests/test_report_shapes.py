"""The report on time entries, in each of the shapes that its sources give it."""

from datetime import datetime
from typing import get_args

import pytest

from harness.connector import Row, once
from integration_tests.conftest import Connect
from sandbox import World
from sandbox.reports import Shape


@pytest.mark.parametrize("last_page_header", [True, None], ids=["Last-Page", "totals alone"])
@pytest.mark.parametrize("shape", get_args(Shape))
def test_the_report_is_read_whatever_its_shape(shape: Shape, last_page_header: bool | None, connect: Connect) -> None:
    world = World.generate(seed=31, users=4, entries_per_user=10, projects=2, others=3)
    world.report_shape = shape
    sandbox, connector = connect(world, start_date="2016-01-01")
    sandbox.last_page_header = last_page_header
    acme = world.workspace().id
    read = connector.sync("time_entry_report").records()["time_entry_report"]
    found = once(row for row in read if row["workspaceId"] == acme)
    entries = {row["id"]: row for row in world.rows("time_entries", acme) if row["timeInterval"]["end"]}
    assert found.keys() == entries.keys()
    for entry_id, row in found.items():
        assert_times(row, entries[entry_id])
        assert isinstance(row.get("invoicingInfo"), dict | None)
    whole, told = {row["_id"]: row for row in world.rows("time_entry_report", acme)}, columns(found)
    assert any(row["tagIds"] for row in whole.values())
    for name in told & {"type", "tagIds", "tags", "costAmount", "earnedRate", "amounts"}:
        assert {key: row.get(name) for key, row in found.items()} == {key: row[name] for key, row in whole.items()}
    expected = {
        "whole": {"type", "tagIds", "tags", "invoicingInfo", "costAmount", "earnedRate", "amounts"},
        "documented": {"tags"},
        "recorded": {"type", "tagIds", "invoicingInfo"},
    }
    assert told & set().union(*expected.values()) == expected[shape]


def columns(records: dict[str, Row]) -> set[str]:
    """Those that hold something in any row."""
    return {name for row in records.values() for name, value in row.items() if value is not None}


def assert_times(row: Row, entry: Row) -> None:
    for name in ("start", "end"):
        assert datetime.fromisoformat(row["timeInterval"][name]) == datetime.fromisoformat(entry["timeInterval"][name])
