"""A read of all streams, of which no record is kept: an account may be large."""

import json
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from harness.connector import COMMAND, configured, write
from source_clockify.instants import instant

Row = dict[str, Any]


@dataclass
class Reading:
    """What a read brought, by stream, and by workspace within it."""

    returncode: int = 0
    records: Counter[tuple[str, str]] = field(default_factory=Counter)
    keys: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    seconds: Counter[str] = field(default_factory=Counter)
    """Of the rows of time_entry_report, by workspace."""
    starts: dict[str, datetime] = field(default_factory=dict)
    """When each time entry starts, but for those that are gone."""
    gone: set[str] = field(default_factory=set)
    statuses: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    last_states: dict[str, Row] = field(default_factory=dict)
    began: datetime | None = None

    @classmethod
    def of(cls, config: Row, folder: Path, state: list[Row] | None = None) -> "Reading":
        """Read as Airbyte does, with the modes of incremental syncs where there are any."""
        catalog = {"streams": [configured(stream) for stream in _streams(config, folder)]}
        files: dict[str, object] = {"config": config, "catalog": catalog, **({"state": state} if state else {})}
        reading = cls()
        primary_keys = {
            one["stream"]["name"]: [path[0] for path in one["stream"]["source_defined_primary_key"]]
            for one in catalog["streams"]
        }
        with subprocess.Popen([*COMMAND, "read", *write(folder, files)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for line in process.stdout:
                reading._take(orjson.loads(line), primary_keys)
        reading.returncode = process.returncode
        return reading

    @property
    def states(self) -> list[Row]:
        """The last state of each stream, as the next read gets it."""
        return list(self.last_states.values())

    def count(self, stream: str) -> int:
        return sum(number for (name, _), number in self.records.items() if name == stream)

    def _take(self, message: Row, primary_keys: dict[str, list[str]]) -> None:
        match message:
            case {"type": "RECORD", "record": {"stream": stream, "data": record}}:
                self._count(stream, record, primary_keys[stream])
            case {"type": "STATE", "state": state}:
                self.last_states[state["stream"]["stream_descriptor"]["name"]] = state
            case {"trace": {"stream_status": {"stream_descriptor": {"name": name}, "status": status}}}:
                self.statuses[name] = status
            case {"trace": {"error": error}}:
                name = (error.get("stream_descriptor") or {}).get("name", "")
                self.errors[name] = error["message"]

    def _count(self, stream: str, record: Row, primary_key: list[str]) -> None:
        if record.get("isDeleted"):
            self.gone.add(record["id"])
            return
        self.records[stream, record.get("workspaceId", "")] += 1
        self.keys[stream].add(json.dumps([record[name] for name in primary_key]))
        if stream == "time_entry_report":
            self.seconds[record["workspaceId"]] += record["timeInterval"].get("duration") or 0
        if stream == "time_entries":
            self.began = self.began or instant(record["syncedAt"])
            if start := instant(record["timeIntervalStart"]):
                self.starts[record["id"]] = start


def _streams(config: Row, folder: Path) -> list[Row]:
    command = [*COMMAND, "discover", *write(folder, {"config": config})]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    [catalog] = [message["catalog"] for line in printed.splitlines() if "catalog" in (message := orjson.loads(line))]
    return list(catalog["streams"])
