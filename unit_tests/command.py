"""A command of the connector within this process: what it prints, its log included, and how it ends."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
from airbyte_cdk.logger import AirbyteLogFormatter

from harness.clock import FastClock
from source_clockify import SourceClockify
from source_clockify.run import ClockifyEntrypoint

Message = dict[str, Any]


@dataclass
class Printed:
    """The lines that a command printed, first those of its log, and its exit code."""

    lines: list[str]
    code: int

    @cached_property
    def messages(self) -> list[Message]:
        """Every line as JSON, as strictly as the protocol has it."""
        return [orjson.loads(line) for line in self.lines]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def errors(self) -> dict[str | None, str]:
        """What was told of each stream that failed; under None what was told of the command."""
        errors = [message["trace"]["error"] for message in self.messages if "error" in message.get("trace", {})]
        return {error.get("stream_descriptor", {}).get("name"): error["message"] for error in errors}

    def statuses(self) -> dict[str, str]:
        """The last status of each stream."""
        traces = [message["trace"] for message in self.messages if "stream_status" in message.get("trace", {})]
        return {
            trace["stream_status"]["stream_descriptor"]["name"]: trace["stream_status"]["status"] for trace in traces
        }

    def states(self) -> dict[str, Message]:
        """The last state of each stream."""
        states = [message["state"]["stream"] for message in self.messages if message["type"] == "STATE"]
        return {state["stream_descriptor"]["name"]: state["stream_state"] for state in states}

    def check(self) -> str:
        """What a failed check says."""
        [status] = [message["connectionStatus"] for message in self.messages if message["type"] == "CONNECTION_STATUS"]
        assert status["status"] == "FAILED"
        return str(status["message"])

    def records(self, stream: str) -> list[Message]:
        records = [message["record"] for message in self.messages if message["type"] == "RECORD"]
        return [record["data"] for record in records if record["stream"] == stream]


def run(folder: Path, command: str, *options: str, clock: FastClock | None = None, **files: object) -> Printed:
    """Run a command on files of these contents: bytes as they are, anything else as JSON."""
    arguments = [command, *options]
    for name, content in files.items():
        path = folder / f"{name}.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        arguments += [f"--{name}", str(path)]
    lines: list[str] = []
    code = 0
    with _log() as log:
        try:
            entrypoint = ClockifyEntrypoint(SourceClockify(clock or FastClock()))
            lines.extend(entrypoint.run(entrypoint.parse_args(arguments)))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return Printed([*log.getvalue().splitlines(), *lines], code)


@contextmanager
def _log() -> Iterator[StringIO]:
    log = StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(AirbyteLogFormatter())
    root, levels = logging.getLogger(), {name: logging.getLogger(name).level for name in ("", "airbyte")}
    root.addHandler(handler)
    try:
        yield log
    finally:
        root.removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
