"""Writes the table of docs/performance.md that says what a FREE workspace takes, from syncs of a made-up one."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from harness.connector import Connector
from sandbox import Sandbox, World
from source_clockify.streams.catalog import FEATURES
from tools.catalog import DOCS
from tools.reference import replace_table

PAGE: Final = DOCS / "performance.md"
HEADER: Final = ("Stream", "Needs", "First sync", "before", "Second sync", "before", "Hourly")
NOW: Final = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)

BEFORE: Final = {
    **dict.fromkeys((name for name, feature in FEATURES.items() if feature), (1, 1)),
    **dict.fromkeys(("time_off_balances", "invoice_details", "invoice_payments"), (0, 0)),
    **dict.fromkeys(("workspaces", "users", "user_groups", "clients", "projects", "tags"), (1, 1)),
    **dict.fromkeys(("webhooks", "shared_reports"), (1, 1)),
    **dict.fromkeys(("member_profiles", "tasks"), (10, 10)),
    "time_entries": (10, 11),
    "time_entry_report": (13, 3),
    "entity_changes": (45, 34),
}
"""The same syncs as they once were: each stream was refused by itself, and the feeds were asked for one type at a time."""
QUOTA: Final = 30
"""Requests an hour that Clockify allows such a workspace."""
HOURLY: Final = ("workspaces", "users", "user_groups", "clients", "projects", "tasks", "tags", "time_entry_report")
"""What an hourly sync can read of it."""


def page() -> str:
    """The text of docs/performance.md with its table as it should be. Reads the made-up workspace four times."""
    return replace_table(PAGE.read_text(encoding="utf-8"), HEADER, table())


def table() -> Iterator[Sequence[str]]:
    """A row for each stream in a sync of all, one for all together, and one for a sync of the hourly ones alone."""
    first, second = syncs()
    for name, feature in FEATURES.items():
        needs = f"`{feature}`" if feature else ""
        yield f"`{name}`", needs, *_beside(first[name], second[name], name), "✓" if name in HOURLY else ""
    yield "All together", "", *_beside(first.total(), second.total(), *BEFORE), ""
    first, second = syncs(*HOURLY)
    yield "The hourly ones alone", "", *_beside(first.total(), second.total(), *HOURLY), "✓"


def _beside(first: int, second: int, *streams: str) -> tuple[str, str, str, str]:
    """Requests now, each beside those that the streams took before; streams that were not there then took none."""
    before = [BEFORE.get(stream, (0, 0)) for stream in streams]
    return str(first), str(sum(one for one, _ in before)), str(second), str(sum(one for _, one in before))


def syncs(*streams: str) -> tuple[Counter[str], Counter[str]]:
    """The requests of each stream in a first sync, and in a second one an hour later, when everybody has one entry more.

    Of all streams, or of those named.
    """
    with _free_workspace() as (world, workspace, connector):
        first, output = connector.requests_of_a_sync(*streams)
        world.now = connector.clock.fixed = NOW + timedelta(hours=1)
        for person in world.rows("users", workspace):
            world.add_time_entry(person["id"], NOW, world.now, workspace)
        second, _ = connector.requests_of_a_sync(*streams, state=output.states())
    return first, second


@contextmanager
def _free_workspace() -> Iterator[tuple[World, str, Connector]]:
    world = World.generate(seed=1, now=NOW, users=28, projects=10)
    free = world.workspaces[1].id  # which ten of the people are in
    logging.disable(logging.CRITICAL)
    try:
        with Sandbox(world, page_cap=None) as sandbox, TemporaryDirectory() as folder:
            connector = Connector(sandbox, Path(folder), workspace_ids=[free])
            connector.clock.fixed = NOW
            yield world, free, connector
    finally:
        logging.disable(logging.NOTSET)
