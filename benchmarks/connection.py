"""Reads with a connector that is a module of ours."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.processes import Run, run
from harness.connector import configured, write

OURS: Final = "source_clockify"
STREAM: Final = "time_entries"


def read(module: str, config: Mapping[str, Any], incremental: bool = False) -> Run:
    """Read all time entries; with ours always in its incremental mode, in which it is used."""
    files = {"config": config, "catalog": catalog([STREAM], [STREAM] if incremental or module == OURS else [])}
    with TemporaryDirectory() as folder:
        return run([sys.executable, "-m", module, "read", *write(Path(folder), files)])


def catalog(streams: Iterable[str], incremental: Iterable[str]) -> dict[str, Any]:
    """A catalog as somebody chose it, with those streams incremental that are named so."""
    modes = {stream: ["incremental"] if stream in incremental else ["full_refresh"] for stream in streams}
    return {
        "streams": [
            configured({"name": stream, "json_schema": {"type": "object"}, "supported_sync_modes": mode})
            for stream, mode in modes.items()
        ]
    }
