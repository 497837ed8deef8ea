"""The connector beside others: the same account and streams, read twice, with changes in between."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.competitors import OURS, STREAMS, Competitor, Rows, others, peer
from benchmarks.processes import cpu_of_children
from demo.changes import change_clockify
from harness.connector import Row
from sandbox import Sandbox, World

LATENCY: Final = 0.05
COSTS: Final = ("requests", "seconds", "CPU")
ROWS: Final = ("records", "rows", "exist", "doubled", "missing", "gone", "stale")


@dataclass(frozen=True)
class Sync:
    """What one sync took, and what the destination then has.

    That is: its rows beside those that exist, how many of them are there once more than they should, how many it lacks, how
    many are gone in the account, and how many time entries have another description or other times there.
    """

    title: str
    requests: int
    seconds: float
    CPU: float
    records: int
    rows: int
    exist: int
    doubled: int
    missing: int
    gone: int
    stale: int


def compare() -> Iterator[tuple[str, list[Sync]]]:
    """The first sync of each, then the second."""
    world = World.generate(users=60, projects=70, entries_per_user=120, others=60)
    with Sandbox(world, latency=LATENCY) as sandbox, TemporaryDirectory() as folder:
        account = Account(sandbox)
        competitors = [peer(sandbox, Path(folder)), *others(sandbox, Path(folder))]
        yield "First sync", account.syncs(competitors)
        for _ in change_clockify(world):
            pass
        yield "Second sync", account.syncs(competitors)


def cells(syncs: Sequence[Sync]) -> Iterator[list[str]]:
    """Rows of a table: what each sync cost, with the ratio of this connector's to it, and what it brought."""
    [ours] = [sync for sync in syncs if sync.title == OURS]
    for sync in syncs:
        costs = [(getattr(sync, name), getattr(ours, name)) for name in COSTS]
        shown = [f"{cost:,.{int(isinstance(cost, float))}f} ({own / cost:.2f})" for cost, own in costs]
        yield [sync.title, *shown, *(f"{getattr(sync, name):,}" for name in ROWS)]


class Account:
    """What can be read: people who left are in no list, so their entries are not counted."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._world, self._sandbox = sandbox.world, sandbox

    def syncs(self, competitors: Sequence[Competitor]) -> list[Sync]:
        """One sync of each, one after the other."""
        return [self._sync(competitor) for competitor in competitors]

    def _sync(self, competitor: Competitor) -> Sync:
        self._sandbox.clear_requests()
        began, used = time.perf_counter(), cpu_of_children()
        records, rows = competitor.sync()
        seconds, cpu = time.perf_counter() - began, cpu_of_children() - used
        truth = {stream: self._rows(stream) for stream in STREAMS}
        held, exist = _count(rows), _count(truth)
        current = {row["id"]: _content(row) for row in truth["time_entries"]}
        return Sync(
            title=competitor.title,
            requests=len(self._sandbox.requests),
            seconds=seconds,
            CPU=cpu,
            records=records,
            rows=held.total(),
            exist=exist.total(),
            doubled=held.total() - len(held),
            missing=len(exist.keys() - held.keys()),
            gone=len(held.keys() - exist.keys()),
            stale=sum(_content(row) != current.get(row["id"], _content(row)) for row in rows["time_entries"]),
        )

    def _rows(self, stream: str) -> list[Row]:
        place = self._world.workspace()
        gone = self._world.removed_users(place.id) if stream == "time_entries" else set()
        return [row for row in self._world.rows(stream, place.id) if row.get("userId") not in gone]


def _count(tables: Rows) -> Counter[tuple[str, str]]:
    return Counter((stream, row["id"]) for stream, rows in tables.items() for row in rows)


def _content(entry: Row) -> tuple[Any, ...]:
    times = entry["timeInterval"]
    return entry["description"], times["start"], times.get("end")
