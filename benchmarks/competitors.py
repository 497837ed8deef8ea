"""The connectors that are compared, each with the destination that it loads."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.connection import catalog
from harness.connector import Output, Row, Table, write
from sandbox import Sandbox

STREAMS: Final = ("users", "projects", "clients", "tags", "user_groups", "time_entries", "tasks")
PEER: Final = "0.3.13"
OURS: Final = "this connector"
Rows = dict[str, list[Row]]


class Competitor:
    """One connection that is synced again and again: `title` names it in tables.

    A sync replaces a table. If it `merges`, time entries are read incrementally: they take the place of those with the same id,
    and go where they are marked as deleted.
    """

    def __init__(
        self, title: str, command: Sequence[str], folder: Path, config: dict[str, Any], merges: bool = False
    ) -> None:
        self.title = title
        self._command = command
        self._folder = folder
        self._files: dict[str, object] = {
            "config": config,
            "catalog": catalog(STREAMS, ["time_entries"] if merges else []),
        }
        self._table = Table() if merges else None

    def sync(self) -> tuple[int, Rows]:
        """The number of records, and what the destination then has."""
        options = write(self._folder, self._files)
        process = subprocess.run([*self._command, "read", *options], capture_output=True, text=True, check=True)
        output = Output.of(process.stdout.splitlines(keepends=True), process.returncode)
        rows = output.records()
        records = sum(map(len, rows.values()))
        if self._table:
            self._files["state"] = output.states()
            self._table.load(rows["time_entries"])
            rows["time_entries"] = [row for row in self._table.rows.values() if not row.get("isDeleted")]
        return records, rows


def module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def peer(sandbox: Sandbox, folder: Path) -> Competitor:
    """Airbyte's connector up to 2024, which knows full refreshes only."""
    config = {"api_key": sandbox.world.keys["owner"], "workspace_id": sandbox.world.workspace().id}
    return Competitor(PEER, [".venv/peer/bin/python", "benchmarks/peer.py", sandbox.url], folder, config)


def others(sandbox: Sandbox, folder: Path) -> list[Competitor]:
    """Those that need no other environment, set up for somebody who wants all rows, each once, and no deleted ones."""
    place = sandbox.world.workspace().id
    base = {"api_key": sandbox.world.keys["owner"], "api_url": sandbox.url}
    config = {**base, "workspace_id": place}
    ours = {**base, "workspace_ids": [place], "detect_deletions": True}
    return [
        Competitor("manifest", module("benchmarks.manifest"), folder, config),
        Competitor("manifest, incremental", module("benchmarks.manifest"), folder, config, merges=True),
        Competitor(OURS, module("source_clockify"), folder, ours, merges=True),
        Competitor("requests and orjson", module("benchmarks.raw"), folder, config),
    ]
