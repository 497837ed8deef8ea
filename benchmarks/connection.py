"""Reads one stream with a connector that is a module of ours."""

import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.processes import Run, run
from harness.connector import configured, write

MODES: Final = {"source_clockify": "incremental", "benchmarks.plain": "full_refresh"}
STREAM: Final = "time_entries"


def read(module: str, config: Mapping[str, Any]) -> Run:
    """Read all time entries, in the mode in which the connector is used."""
    stream = {"name": STREAM, "json_schema": {"type": "object"}, "supported_sync_modes": [MODES[module]]}
    with TemporaryDirectory() as folder:
        options = write(Path(folder), {"config": config, "catalog": {"streams": [configured(stream)]}})
        return run([sys.executable, "-m", module, "read", *options])
