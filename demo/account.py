"""Whose data the demo reads: a made-up account on this machine, or a real one."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from demo import CONNECTOR
from demo.changes import change_clockify, change_highlevel
from demo.clock import write_executable
from demo.company import company
from demo.harbour_studio import SECOND_READ
from demo.timesheets import Diary
from sandbox import Agency, Sandbox, SnapshotsSandbox, World
from source_clockify.config import ClockifyConfig

OPTIONS: Final = {"detect_deletions": True}


@dataclass(frozen=True)
class Account:
    """An account to read, and the executable that reads it.

    `world` and `agency` are the truth behind a made-up one, `diary` is what people do there; nobody has that of a real one.
    """

    title: str
    config: dict[str, Any]
    executable: Path
    world: World | None = None
    agency: Agency | None = None
    diary: Diary | None = None

    def change(self) -> Iterator[str]:
        """Let people work in a made-up account until the second read, and tell what they did."""
        if self.world and self.agency and self.diary:
            self.diary.act(SECOND_READ)
            write_executable(self.executable, SECOND_READ)
            yield "time_entries: Kenji Mori entered all of last week, as he does on Mondays; others corrected a few"
            yield from change_clockify(self.world)
            yield from change_highlevel(self.agency)


@contextmanager
def open_account() -> Iterator[Account]:
    """The real account of CLOCKIFY_API_KEY where that is set, else the sandbox's, for as long as the context lasts.

    Raises:
        AirbyteTracedException: config error where a CLOCKIFY_… variable is not allowed.
    """
    keys = ("api_key", "region", "api_url", "start_date")
    given = {key: value for key in keys if (value := os.environ.get(f"CLOCKIFY_{key.upper()}"))}
    if "api_key" in given:
        ClockifyConfig.parse(given)
        yield Account("your Clockify account", {**given, **OPTIONS}, Path(sys.executable).with_name(CONNECTOR))
        return
    (world, diary), agency = company(), Agency()
    with (
        Sandbox(world) as sandbox,
        SnapshotsSandbox(agency) as snapshots_sandbox,
        TemporaryDirectory() as folder,
    ):
        config = {"api_key": world.keys["owner"], "api_url": sandbox.url, "snapshots_api": snapshots_sandbox.config()}
        executable = Path(folder) / CONNECTOR
        write_executable(executable, world.now)
        yield Account("the account of a made-up company", {**config, **OPTIONS}, executable, world, agency, diary)
