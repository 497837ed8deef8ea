"""Lets the connector live in the time of a made-up account: that stands still, so that what comes out is always the same."""

import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

from source_clockify.api.clock import SystemClock
from source_clockify.run import run

ROOT: Final = Path(__file__).parents[1]


class StoppedClock(SystemClock):
    """Always at the same instant, but waits as others do."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def now(self) -> datetime:
        return self._instant


def write_executable(path: Path, now: datetime) -> None:
    """A script that runs the connector at that time, in the place of the one that pip installs."""
    command = ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", __name__, now.isoformat()]
    path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    path.chmod(0o700)


if __name__ == "__main__":
    run(StoppedClock(datetime.fromisoformat(sys.argv.pop(1))))
