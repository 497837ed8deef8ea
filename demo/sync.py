"""Syncs through PyAirbyte into a DuckDB file."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import airbyte as ab
from airbyte.caches import DuckDBCache
from airbyte.exceptions import AirbyteConnectorCheckFailedError, PyAirbyteError
from rich.console import Console
from sqlalchemy import Engine
from uuid_extensions import uuid7str

from demo import CONNECTOR
from demo.account import Account
from demo.listening import Outcome, listening


class DemoError(Exception):
    """Tells in one line why the demo cannot go on."""


class Pipeline:
    """The connector, and the DuckDB file that it is read into."""

    def __init__(self, account: Account, database: Path, console: Console) -> None:
        self._console = console
        self._log = database.parent / "logs" / "pyairbyte.txt"
        with self._listening("Starting …"):
            self._source = ab.get_source(CONNECTOR, config=account.config, local_executable=account.executable)
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
        with (
            self._console.status(text) as status,
            listening(self._log, status.update, partial(self._console.print, style="dim", highlight=False)) as outcome,
        ):
            try:
                yield outcome
            except AirbyteConnectorCheckFailedError as error:
                raise DemoError((error.context or {}).get("failure_reason") or error.get_message()) from error
            except PyAirbyteError as error:
                raise DemoError(outcome.fault or error.get_message()) from error
