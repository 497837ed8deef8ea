"""Whose data the demo reads: a made-up account on this machine, or a real one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sandbox import Agency, Sandbox, SnapshotsSandbox, World
from source_clockify.config import ClockifyConfig

PROJECTS: Final = (
    *("Website relaunch", "Mobile app", "Data platform", "Customer portal", "Annual audit", "Trade fair"),
    *("Support", "Research", "Newsletter", "Onboarding", "Open day", "Archive"),
)
OPTIONS: Final = {"detect_deletions": True}


@dataclass(frozen=True)
class Account:
    """An account to read. `world` and `agency` are the truth behind a made-up one; nobody has that of a real one."""

    title: str
    config: dict[str, Any]
    world: World | None = None
    agency: Agency | None = None


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
        yield Account("your Clockify account", {**given, **OPTIONS})
        return
    world = World.generate(projects=len(PROJECTS) // 2, entries_per_user=60)  # so many in each of two workspaces
    for project, name in zip(world.rows("projects"), PROJECTS, strict=True):
        world.edit("projects", project["id"], name=name)
    agency = Agency()
    with Sandbox(world) as sandbox, SnapshotsSandbox(agency) as snapshots_sandbox:
        config = {"api_key": world.keys["owner"], "api_url": sandbox.url, "snapshots_api": snapshots_sandbox.config()}
        yield Account("a made-up account on this machine", {**config, **OPTIONS}, world, agency)
