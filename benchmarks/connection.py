"""Reads one stream with a connector that is a module of ours."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.processes import Run, run

MODES: Final = {"source_clockify": "incremental", "benchmarks.plain": "full_refresh"}
STREAM: Final = "time_entries"


def read(module: str, config: Mapping[str, Any]) -> Run:
    """Read all time entries, in the mode in which the connector is used."""
    mode = MODES[module]
    stream = {"name": STREAM, "json_schema": {"type": "object"}, "supported_sync_modes": [mode]}
    catalog = {"streams": [{"stream": stream, "sync_mode": mode, "destination_sync_mode": "append"}]}
    with TemporaryDirectory() as folder:
        files = [*_file(folder, "config", config), *_file(folder, "catalog", catalog)]
        return run([sys.executable, "-m", module, "read", *files])


def _file(folder: str, name: str, content: Any) -> tuple[str, str]:
    path = Path(folder, f"{name}.json")
    path.write_text(json.dumps(content))
    return f"--{name}", str(path)
