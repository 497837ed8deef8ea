"""The connector as Airbyte runs it: a process that gets files and prints messages. And what a destination makes of them."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from harness.clock import FastClock
from sandbox import Sandbox
from source_clockify import SourceClockify
from source_clockify.run import ClockifyEntrypoint
from source_clockify.streams.catalog import FEATURES, STREAMS

Row = dict[str, Any]
Message = dict[str, Any]
COMMAND = (sys.executable, "-m", "source_clockify")


@dataclass
class Output:
    """What a command printed."""

    returncode: int
    text: str
    messages: list[Message] = field(default_factory=list)

    @classmethod
    def of(cls, lines: Iterable[str], returncode: int) -> "Output":
        whole = [line for line in lines if line.endswith("\n")]
        return cls(returncode, "".join(whole), [json.loads(line) for line in whole])

    def records(self) -> dict[str, list[Row]]:
        rows: defaultdict[str, list[Row]] = defaultdict(list)
        for message in self.messages:
            if message["type"] == "RECORD":
                rows[message["record"]["stream"]].append(message["record"]["data"])
        return rows

    def states(self) -> list[Row]:
        """The last state of each stream, as the next sync gets it."""
        last = {
            m["state"]["stream"]["stream_descriptor"]["name"]: m["state"] for m in self.messages if m["type"] == "STATE"
        }
        return list(last.values())

    def status(self) -> Row:
        [status] = [m["connectionStatus"] for m in self.messages if m["type"] == "CONNECTION_STATUS"]
        return dict(status)

    def logs(self, level: str) -> list[str]:
        return [m["log"]["message"] for m in self.messages if m["type"] == "LOG" and m["log"]["level"] == level]

    def errors(self) -> dict[str, Row]:
        """The error of each stream that failed."""
        traces = [m["trace"]["error"] for m in self.messages if m["type"] == "TRACE" and m["trace"]["type"] == "ERROR"]
        return {error["stream_descriptor"]["name"]: error for error in traces if error.get("stream_descriptor")}

    def statuses(self) -> dict[str, str]:
        """The last status of each stream."""
        traces = [
            m["trace"]["stream_status"] for m in self.messages if m["type"] == "TRACE" and "stream_status" in m["trace"]
        ]
        return {trace["stream_descriptor"]["name"]: trace["status"] for trace in traces if trace}


class Connector:
    """One configured connection to a sandbox, with its files in a folder."""

    def __init__(
        self, sandbox: Sandbox, folder: Path, key: str = "owner", command: Sequence[str] = COMMAND, **config: Any
    ) -> None:
        self.folder = folder
        self._sandbox, self._command = sandbox, command
        self.clock = FastClock()
        """Of the reads within this process."""
        api_key = sandbox.world.keys.get(key, key)
        self.config = {"api_key": api_key, "api_url": sandbox.url, "requests_per_second": 50, **config}

    def run(self, *command: str, **files: object) -> Output:
        process = subprocess.run(
            [*self._command, *command, *self.write(files)], capture_output=True, text=True, check=False
        )
        assert process.stderr == "", process.stderr
        return Output.of(StringIO(process.stdout), process.returncode)

    def check(self) -> Output:
        return self.run("check", config=self.config)

    @cached_property
    def streams(self) -> list[Row]:
        """The catalog's streams, discovered once."""
        [catalog] = [
            m["catalog"] for m in self._run_here("discover", {"config": self.config}).messages if "catalog" in m
        ]
        return list(catalog["streams"])

    def read(self, *streams: str, state: list[Row] | None = None, full_refresh: bool = False) -> Output:
        return self.run("read", **self.files(*streams, state=state, full_refresh=full_refresh))

    def sync(self, *streams: str, state: list[Row] | None = None, full_refresh: bool = False) -> Output:
        """Read within this process: quicker, but without the log."""
        return self._run_here("read", self.files(*streams, state=state, full_refresh=full_refresh))

    def read_until(self, lines: int, *streams: str, state: list[Row] | None = None) -> Output:
        """Read, and kill the process with SIGKILL after so many lines of output."""
        command = [*self._command, "read", *self.write(self.files(*streams, state=state))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            printed = [line for line, _ in zip(process.stdout, range(lines), strict=False)]
            process.kill()
        return Output.of(printed, process.returncode)

    def files(self, *streams: str, state: list[Row] | None, full_refresh: bool = False) -> dict[str, object]:
        chosen = [stream for stream in self.streams if not streams or stream["name"] in streams]
        catalog = {"streams": [configured(stream, full_refresh) for stream in chosen]}
        return {"config": self.config, "catalog": catalog, **({"state": state} if state else {})}

    def sync_until(self, lines: int, *streams: str, state: list[Row] | None = None) -> Output:
        """As `sync`, but broken off after so many messages."""
        return self._run_here("read", self.files(*streams, state=state), lines)

    def requests_of_a_sync(self, *streams: str, state: list[Row] | None = None) -> tuple[Counter[str], Output]:
        """How many requests each stream took, as streams are read one after the other; and what the sync printed."""
        printed: list[str] = []
        taken: Counter[str] = Counter()
        reading, before = "", len(self._sandbox.requests)
        for line in self._lines("read", self.files(*streams, state=state)):
            printed.append(f"{line}\n")
            status = json.loads(line).get("trace", {}).get("stream_status", {})
            if status.get("status") in ("STARTED", "COMPLETE", "INCOMPLETE"):
                taken[reading] += len(self._sandbox.requests) - before
                reading, before = status["stream_descriptor"]["name"], len(self._sandbox.requests)
        return +taken, Output.of(printed, 0)

    def _lines(self, command: str, files: Mapping[str, object]) -> Iterator[str]:
        entrypoint = ClockifyEntrypoint(SourceClockify(self.clock))
        yield from entrypoint.run(entrypoint.parse_args([command, *self.write(files)]))

    def _run_here(self, command: str, files: Mapping[str, object], lines: int | None = None) -> Output:
        printed: list[str] = []
        returncode = 0
        try:
            printed += (f"{line}\n" for line in islice(self._lines(command, files), lines))
        except SystemExit as end:
            returncode = int(end.code or 0)
        return Output.of(printed, returncode)

    def write(self, files: Mapping[str, object]) -> list[str]:
        return write(self.folder, files)


def write(folder: Path, files: Mapping[str, object]) -> list[str]:
    """Write the files of a command, and give the options that name them."""
    options: list[str] = []
    for name, content in files.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(content))
        options += [f"--{name}", str(path)]
    return options


def configured(stream: Row, full_refresh: bool = False) -> Row:
    """A stream of the catalog as it is chosen for a sync, in the last of its modes."""
    mode = "full_refresh" if full_refresh else stream["supported_sync_modes"][-1]
    return {"stream": stream, "sync_mode": mode, "destination_sync_mode": "append_dedup"}


class Table:
    """A destination table under Airbyte's rule: of each primary key the row with the highest cursor, then the latest."""

    def __init__(self, primary_key: str | Sequence[str] = "id", cursor: str = "syncedAt") -> None:
        self._key = itemgetter(*([primary_key] if isinstance(primary_key, str) else primary_key))
        self._cursor = cursor
        self.rows: dict[Any, Row] = {}

    def load(self, records: Iterable[Row]) -> None:
        for record in records:
            key = self._key(record)
            if key not in self.rows or record[self._cursor] >= self.rows[key][self._cursor]:
                self.rows[key] = record


KEYS: dict[str, str | list[str]] = {name: kind.primary_key for name, kind in zip(FEATURES, STREAMS, strict=True)} | {
    "project_assignment_totals": ["projectId", "taskId"],  # of which the connector makes its `id`
    "locations": "location_id",
    "snapshots": "id",
}


def once(rows: Iterable[Row], key: str = "id") -> dict[str, Row]:
    """The rows by their key, each of which must have come once: as a set or a dictionary they would hide what came twice."""
    found: dict[str, Row] = {}
    for row in rows:
        assert row[key] not in found, f"{row[key]} came twice"
        found[row[key]] = row
    return found


def identities(stream: str, rows: Iterable[Row]) -> Counter[str]:
    """How often each row is there."""
    key = KEYS[stream]
    columns = [key] if isinstance(key, str) else key
    return Counter("/".join(str(row.get(column)) for column in columns) for row in map(_flat, rows))


def _flat(row: Row) -> Row:
    return {**row, **row.get("approvalRequest", {})}
