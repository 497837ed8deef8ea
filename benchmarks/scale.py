"""20,000 users in 50 workspaces, read on a clock of its own, beside what tools/scale.py says of them.

They have few entries each, as it is the users that requests and state grow with; what an entry costs is measured where
they have many. Only the waiting is simulated: requests, messages, state and memory are the connector's.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from benchmarks.connection import STREAM
from benchmarks.figure import Figure, megabytes
from benchmarks.processes import Run, run, serving
from harness.connector import configured, write
from tools import scale
from tools.shape import WORKSPACES, Account, People, Settings, Workspace

PLACES: Final = 50
USERS: Final = 20_000
ENTRIES: Final = 20
SETTINGS: Final = Settings(streams=frozenset({STREAM, WORKSPACES}))
WITH_IDS: Final = replace(SETTINGS, detect_deletions=True)
FULL_PAGE: Final = 5000
MANY: Final = 1_000_000


def measure() -> Iterator[Figure]:
    account = [Workspace([People(USERS // PLACES, ENTRIES, ENTRIES, USERS // PLACES)])] * PLACES
    with serving("benchmarks.volume", str(USERS), str(ENTRIES), str(PLACES)) as address:
        first = _read(address, SETTINGS)
        yield from _figures("first sync", first, account, SETTINGS, again=False)
        second = _read(address, SETTINGS, first)
        yield from _figures("second sync", second, account, SETTINGS, again=True)
        first = _read(address, WITH_IDS)
        yield from _figures("first sync, ids kept", first, account, WITH_IDS, again=False)
        second = _read(address, WITH_IDS, first)
        yield from _figures("second sync, ids kept", second, account, WITH_IDS, again=True)
    yield _entries()


def _figures(title: str, sync: Run, account: Account, settings: Settings, *, again: bool) -> Iterator[Figure]:
    """What a sync took, beside the formulas."""
    title = f"{USERS:,} users, {title}"
    clock = orjson.loads(sync.last["CLOCK"])
    asked, number = clock["requests"], scale.requests(account, settings, again=again).total()
    yield Figure(f"{title}: requests", f"{asked:,}", f"{number:,}", asked / number, "≤", 1.0)
    took, waiting = clock["seconds"], scale.seconds(account, settings, again=again).waiting
    yield Figure(f"{title}: simulated", f"{took:,.0f} s", f"{waiting:,.0f} s", took / waiting, "≤", 1.1)
    state, bytes_ = len(sync.last["STATE"]), scale.state_bytes(account, settings)
    yield Figure(f"{title}: state", f"{state / 1e6:.2f} MB", f"{bytes_ / 1e6:.2f} MB", state / bytes_, "≤", 1.1)
    told, messages = sync.volume["STATE"], scale.state_messages(account, settings, again=again)
    words = f"{told / 1e6:.1f} MB in {sync.lines['STATE']}", f"{messages.volume / 1e6:.1f} MB in {messages.number}"
    yield Figure(f"{title}: state messages", *words, told / messages.volume, "≤", 1.3)
    cpu = scale.seconds(account, settings, again=again).cpu
    yield Figure(f"{title}: CPU", f"{sync.cpu:,.0f} s", f"{cpu:,.0f} s", sync.cpu / cpu, "≤", 1.0)
    peak, memory = sync.peak(), scale.memory(account, settings, again=again)
    yield Figure(f"{title}: memory", megabytes(peak), megabytes(memory), peak / memory, "≤", 1.0)


def _entries() -> Figure:
    """What is read of 100,000,000 entries here: a hundredth, as a longer run costs the same for each."""
    with serving("benchmarks.volume", str(MANY // FULL_PAGE), str(FULL_PAGE)) as address:
        sync = _read(address, SETTINGS)
    speed, said = sync.lines["RECORD"] / sync.cpu, SETTINGS.records_per_second
    return Figure("Time entries a second of CPU", f"{speed:,.0f}", f"{said:,.0f}", speed / said, "≥", 1.0)


def _read(address: str, settings: Settings, before: Run | None = None) -> Run:
    """Read the time entries, from the state of a sync before."""
    config: Mapping[str, Any] = {
        "api_key": "benchmark",
        "api_url": address,
        "detect_deletions": settings.detect_deletions,
        "num_workers": settings.workers,
        "requests_per_second": settings.requests_per_second,
    }
    stream = {"name": STREAM, "json_schema": {"type": "object"}, "supported_sync_modes": ["incremental"]}
    files: dict[str, Any] = {"config": config, "catalog": {"streams": [configured(stream)]}}
    if before:
        files["state"] = [orjson.loads(before.last["STATE"])["state"]]
    with TemporaryDirectory() as folder:
        options = write(Path(folder), files)
        return run([sys.executable, "-m", "harness.simulation", str(settings.latency), "read", *options])
