"""The demo, as `make demo` runs it."""

import os
import re
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest
from matplotlib.image import imread

from sandbox import Sandbox, World

STREAMS = 34
WITHOUT_PYAIRBYTE = (
    "-c",
    "import runpy, sys; sys.modules['airbyte'] = None; runpy.run_module('demo', run_name='__main__')",
)
needs_pyairbyte = pytest.mark.skipif(find_spec("airbyte") is None, reason="PyAirbyte is not there for this Python")


def run_demo(
    directory: Path, command: tuple[str, str] = ("-m", "demo"), **settings: str
) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLOCKIFY_")}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[1]), "COLUMNS": "80", **settings}
    return subprocess.run(
        [sys.executable, *command],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@needs_pyairbyte
def test_the_demo_shows_two_syncs_that_leave_the_account_in_duckdb(tmp_path: Path) -> None:
    demo = run_demo(tmp_path)

    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert demo.stderr == ""
    verdicts = re.findall(r"^ (\w+) .* ([✓✗]) *$", demo.stdout, re.MULTILINE)
    compared = Counter(stream for stream, _ in verdicts)
    assert len(compared) == STREAMS - 1, "all but entity_changes"
    assert [stream for stream, syncs in compared.items() if syncs != 2] == [
        "time_entry_report",
        "attendance_report",
    ]
    assert {verdict for _, verdict in verdicts} == {"✓"}
    second = demo.stdout.partition("Second sync")[2]
    new_changed_gone = {
        stream: counts.split()
        for stream, counts in re.findall(r"^ (\w+) +[\d,]+ +[\d,]+ +((?:[\d·]+ +){3})", second, re.MULTILINE)
    }
    assert len(new_changed_gone) == STREAMS
    assert {stream: counts for stream, counts in new_changed_gone.items() if counts != ["·"] * 3} == {
        "member_profiles": ["·", "1", "·"],
        "clients": ["1", "·", "·"],
        "projects": ["·", "1", "·"],
        "tags": ["·", "·", "1"],
        "time_entries": ["16", "7", "1"],
        "approval_requests": ["1", "·", "·"],
        "pending_approval_requests": ["·", "·", "1"],
        "time_entry_report": ["17", "6", "·"],
        "attendance_report": ["6", "12", "·"],
        "time_totals": ["1", "7", "·"],
        "audit_log": ["27", "·", "·"],
        "entity_changes": ["25", "·", "·"],
        "locations": ["1", "·", "·"],
    }

    with duckdb.connect(str(tmp_path / "demo-output" / "clockify.duckdb"), read_only=True) as database:
        entries = database.execute("SELECT count(*), count(DISTINCT id) FROM time_entries").fetchone()
        added = database.execute("SELECT count(*) FROM time_entries WHERE description LIKE 'Travel%'").fetchone()
        deleted = database.execute("SELECT count(*) FROM time_entries WHERE isdeleted").fetchone()
        views = {
            view: database.view(view).columns
            for view in ("snapshots_time_entries", "snapshots_users", "snapshots_projects", "snapshots_locations")
        }
        counts = {view: len(database.view(view).fetchall()) for view in views}
        tables = {table: len(database.table(table).fetchall()) for table in ("time_entries", "projects", "locations")}
        roles = {role for (role,) in database.view("snapshots_users").project("role").fetchall()}
        addresses = [address for (address,) in database.view("snapshots_locations").project("address").fetchall()]
    assert views == {
        "snapshots_time_entries": ["time_entry_id", "start_time", "end_time", "task_id", "project_id"],
        "snapshots_users": ["user_id", "email", "role"],
        "snapshots_projects": ["project_id", "project_name"],
        "snapshots_locations": ["location_id", "location_name", "address"],
    }
    assert counts["snapshots_time_entries"] == tables["time_entries"] - 1, "all but the deleted one"
    assert counts["snapshots_projects"] == tables["projects"]
    assert counts["snapshots_locations"] == tables["locations"] == 15
    assert roles == {"owner", "admin", "manager", "member"}
    assert sum(address is not None for address in addresses) > 10
    for view, count in counts.items():
        shown = demo.stdout.partition(f"{view}: {count:,} rows")[2]
        assert shown.split()[: len(views[view])] == views[view]
    assert entries is not None
    assert entries[0] == entries[1] > 1000
    assert added == (1,)
    assert deleted == (1,)
    picture = imread(tmp_path / "demo-output" / "hours.png")
    height, width, _ = picture.shape
    assert (width, height) == (1320, 720)
    pixels = Counter(map(tuple, picture[::4, ::4, :3].reshape(-1, 3).round(2).tolist()))
    bars = [colour for colour, area in pixels.items() if area > 20 and max(colour) - min(colour) > 0.2]
    assert len(bars) == 9, "the projects that are named"


@needs_pyairbyte
def test_a_wrong_key_ends_the_demo_with_a_clear_line(tmp_path: Path) -> None:
    with Sandbox(World.generate()) as sandbox:
        demo = run_demo(tmp_path, CLOCKIFY_API_KEY="a-wrong-key", CLOCKIFY_API_URL=sandbox.url)

    assert demo.returncode == 1
    assert demo.stderr == ""
    assert "The demo cannot go on. 127.0.0.1 does not know this key" in demo.stdout
    assert "Traceback" not in demo.stdout


def test_without_pyairbyte_the_demo_says_in_one_line_what_it_needs(tmp_path: Path) -> None:
    demo = run_demo(tmp_path, WITHOUT_PYAIRBYTE)

    assert demo.returncode == 1
    assert demo.stdout == ""
    assert demo.stderr.startswith("The demo needs PyAirbyte, which is there for Python 3.11 and 3.12: ")
    assert demo.stderr.count("\n") == 1
