"""Syncs through PyAirbyte into a DuckDB file."""

import logging
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import airbyte as ab
from airbyte.caches import DuckDBCache
from airbyte.exceptions import AirbyteConnectorCheckFailedError, PyAirbyteError
from rich.console import Console
from rich.status import Status
from sqlalchemy import Engine
from uuid_extensions import uuid7str

NAME: Final = "source-clockify"
STARTED: Final = re.compile(r"Syncing stream: (\w+)")
DONE: Final = re.compile(r"(\w+): (\d+) records, (\d+) requests?(?: from workspace .*)?(?:; left out .*)?$")
SKIPPED: Final = re.compile(r"(\w+): not in the plan \(.+\) of workspace '(.+)' \(\w+\), which lacks \w+: skipped")
SLOW: Final = re.compile(r".+ of \d+ lists, |\w+'s request limit is reached|.+: retry \d+ of ")


class DemoError(Exception):
    """Tells in one line why the demo cannot go on."""


@dataclass
class Outcome:
    """What the connector's log says: counts by stream, the streams left out by workspace, what key and token see, what failed."""

    records: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    sight: list[str] = field(default_factory=list)
    fault: str = ""


class _Listener(logging.Handler):
    """Takes the counts out of the connector's log, and shows which stream is read and what it waits for."""

    def __init__(self, outcome: Outcome, status: Status, console: Console) -> None:
        super().__init__()
        self._outcome, self._status, self._console = outcome, status, console

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if done := DONE.match(message):
            stream, records, requests = done.groups()
            self._outcome.records[stream] += int(records)
            self._outcome.requests[stream] += int(requests)
        elif skipped := SKIPPED.match(message):
            self._outcome.skipped.setdefault(skipped[2], []).append(skipped[1])
        elif started := STARTED.match(message):
            self._status.update(f"Reading {started[1]} …")
        elif message == f"Finished syncing {NAME}":
            self._status.update("Loading into DuckDB …")
        elif message.startswith(("The key sees ", "The token sees ")):
            self._outcome.sight.append(message.partition(" sees ")[2].partition(";")[0])
        elif SLOW.match(message):
            self._console.print(message, style="dim", highlight=False)
        elif record.levelno >= logging.ERROR:
            self._outcome.fault = self._outcome.fault or message  # the CDK sums all faults up at the end


class Pipeline:
    """The connector, and the DuckDB file that it is read into."""

    def __init__(self, config: dict[str, Any], database: Path, console: Console) -> None:
        self._console = console
        self._log = database.parent / "logs" / "pyairbyte.txt"
        with self._listening("Starting …"):
            self._source = ab.get_source(NAME, config=config, local_executable=Path(sys.executable).with_name(NAME))
            self._cache = DuckDBCache(db_path=database, schema_name="main")

    @property
    def engine(self) -> Engine:
        """The DuckDB file, as PyAirbyte has it open."""
        return self._cache.get_sql_engine()

    def check(self) -> list[str]:
        """The workspaces that the key sees, with plan and role; how many locations the token of the Snapshots API sees."""
        with self._listening("Checking the key …") as outcome:
            self._source.check()
        return outcome.sight

    def discover(self) -> dict[str, list[str]]:
        """The primary key of each stream."""
        with self._listening("Discovering the streams …"):
            catalog = self._source.discovered_catalog
        self._incremental = [stream.name for stream in catalog.streams if stream.default_cursor_field]
        return {stream.name: [path[0] for path in stream.source_defined_primary_key] for stream in catalog.streams}

    def sync(self) -> Outcome:
        """Read all streams: the incremental ones are merged by primary key, the others replaced."""
        others = [name for name in self._source.get_available_streams() if name not in self._incremental]
        first = uuid7str()
        with self._listening("Reading …") as outcome:
            self._source.read(self._cache, streams=self._incremental)
            self._source.read(self._cache, streams=others, write_strategy="replace", force_full_refresh=True)
            # PyAirbyte does not replace a table by no rows at all.
            self._cache.execute_sql([f"DELETE FROM {name} WHERE _airbyte_raw_id < '{first}'" for name in others])  # noqa: S608
        outcome.requests["workspaces"] += 1  # of the first read, which had to list them too
        return outcome

    @contextmanager
    def _listening(self, text: str) -> Iterator[Outcome]:
        """Keep PyAirbyte's own output off the screen, listen to the connector, and say in one line what went wrong."""
        outcome = Outcome()
        connector_log = logging.getLogger(f"airbyte.{NAME}")
        with (
            self._console.status(text) as status,
            self._log.open("a", encoding="utf-8") as log,
            redirect_stdout(log),
            redirect_stderr(log),
        ):
            listener = _Listener(outcome, status, self._console)
            connector_log.addHandler(listener)
            try:
                yield outcome
            except AirbyteConnectorCheckFailedError as error:
                raise DemoError((error.context or {}).get("failure_reason") or error.get_message()) from error
            except PyAirbyteError as error:
                raise DemoError(outcome.fault or error.get_message()) from error
            finally:
                connector_log.removeHandler(listener)
