"""A connection that is split by workspace goes on from its state: docs/scaling.md, as it stands there."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from harness.connector import Connector, Row
from sandbox import Sandbox, World

NOW: Final = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
INCREMENTAL: Final = ("time_entries", "time_entry_report", "approval_requests")

Cut = Callable[[list[Row], str], list[Row]]


def whole(state: list[Row], _: str) -> list[Row]:
    return state


def cut(state: list[Row], workspace: str) -> list[Row]:
    """By the command of the page."""
    [command] = re.findall(r"```sh\n(jq --arg workspace .*?)```", (DOCS / "scaling.md").read_text("utf-8"), re.DOTALL)
    filter_ = command.partition("'")[2].rpartition("'")[0]
    run = ["jq", "--arg", "workspace", workspace, filter_]
    process = subprocess.run(run, input=json.dumps(state), capture_output=True, text=True, check=True)
    return list(json.loads(process.stdout))


def workspaces_in(state: list[Row]) -> dict[str, Row]:
    """What each stream's state holds of each workspace."""
    return {
        one["stream"]["stream_descriptor"]["name"]: one["stream"]["stream_state"]["workspaces"]
        for one in state
        if "workspaces" in one["stream"]["stream_state"]
    }


@pytest.mark.parametrize(
    "split",
    [
        whole,
        pytest.param(cut, marks=pytest.mark.skipif(not shutil.which("jq"), reason="the page's command needs jq")),
    ],
)
def test_each_part_reads_its_own_workspace_from_where_the_whole_ended(split: Cut, tmp_path: Path) -> None:
    world = World.generate(5, "UTC", NOW, users=14, entries_per_user=9, projects=2, others=4)
    with Sandbox(world) as sandbox:
        together = Connector(sandbox, tmp_path, detect_deletions=True)
        together.clock.fixed = NOW
        state = together.sync(*INCREMENTAL).states()
        for place in world.workspaces:
            part = Connector(sandbox, tmp_path, detect_deletions=True, workspace_ids=[place.id])
            part.clock.fixed = NOW + timedelta(days=1)
            sandbox.clear_requests()
            handed = split(state, place.id)
            output = part.sync(*INCREMENTAL, state=handed)

            assert set(output.statuses().values()) == {"COMPLETE"}
            assert {row["workspaceId"] for rows in output.records().values() for row in rows} <= {place.id}
            assert all(place.id in request.path for request in sandbox.requests if request.path != "/api/v1/workspaces")
            entries = [request for request in sandbox.requests if request.route.endswith("/time-entries")]
            assert entries
            assert all("start" in request.query for request in entries)
            before, after = workspaces_in(handed), workspaces_in(output.states())
            for stream, kept in after.items():
                assert kept.keys() - {place.id} == before[stream].keys() - {place.id}
                assert all(kept[other] == before[stream][other] for other in kept.keys() - {place.id})
