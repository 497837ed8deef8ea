"""What a record costs, and what many of them do to memory and state. The server answers at once and renders nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.connection import OURS, read
from benchmarks.figure import Figure, megabytes, typical_cpu, typical_seconds
from benchmarks.processes import Run, serving
from benchmarks.volume import id_of
from harness.connector import COMMAND, write
from harness.peak import peak_of
from harness.wire import answer, wire

ROUNDS: Final = 5
USERS: Final = 40
FULL_PAGE: Final = 5000
PLAIN: Final = "plain CDK loop"
OTHERS: Final = {
    PLAIN: ("benchmarks.plain", False),
    "manifest": ("benchmarks.manifest", False),
    "manifest, incremental": ("benchmarks.manifest", True),
    "requests and orjson": ("benchmarks.raw", False),
}
"""Modules, and whether they read incrementally."""
MEMORY_LIMIT: Final = 200e6
MEMORY_LIMIT_WITH_DELETIONS: Final = 250e6


def measure() -> Iterator[Figure]:
    yield from _speed()
    yield from _memory()
    yield _large_body()
    yield _state()


def _speed() -> Iterator[Figure]:
    """Full pages, read by the connector and by the others in turns."""
    entries = USERS * FULL_PAGE
    with serving("benchmarks.volume", str(USERS), str(FULL_PAGE)) as address:
        turns = [[_read(address), *(read_with(name, address) for name in OTHERS)] for _ in range(ROUNDS)]
    ours, *others = [list(runs) for runs in zip(*turns, strict=True)]
    for name, theirs in zip(OTHERS, others, strict=True):
        rate, other = (entries / typical_seconds(runs) for runs in (ours, theirs))
        figure = Figure("Time entries a second, no latency", f"{rate:,.0f}", f"{other:,.0f} {name}", rate / other)
        yield replace(figure, asked="≥", bound=1.0) if name == PLAIN else figure
        cpu, other = typical_cpu(ours), typical_cpu(theirs)
        yield Figure(f"CPU: seconds for {entries:,} of them", f"{cpu:.1f}", f"{other:.1f} {name}", cpu / other)


def _memory() -> Iterator[Figure]:
    """A million time entries in full pages of 4 MB."""
    with serving("benchmarks.volume", "200", str(FULL_PAGE)) as address:
        result = _read(address)
        with_ids = _read(address, detect_deletions=True, lookback_days=365)
    title, peak = f"Memory: peak, {result.lines['RECORD']:,} time entries", result.peak()
    yield Figure(title, megabytes(peak), megabytes(MEMORY_LIMIT), peak / MEMORY_LIMIT, "≤", 1.0)
    early, late = result.peak(0.1, 0.5), result.peak(0.5, 1.0)
    title = "Memory: peak of the second half"
    yield Figure(title, megabytes(late), f"{megabytes(early)} of the first", late / early, "≤", 1.1)
    title, limit = "Memory: peak, all their ids kept in state", MEMORY_LIMIT_WITH_DELETIONS
    peak = with_ids.peak()
    yield Figure(title, megabytes(peak), megabytes(limit), peak / limit, "≤", 1.0)


def _large_body() -> Figure:
    """An answer of 200 MB, which no list of Clockify has."""
    row = b'{"id": "%024x", "name": "' + b"x" * 1000 + b'"}'
    body = b"[" + b",".join(row % number for number in range(200_000_000 // len(row))) + b"]"
    with wire(answer(body)) as host, TemporaryDirectory() as folder:
        options = write(Path(folder), {"config": {"api_key": "benchmark", "api_url": host.url}})
        _, peak = peak_of([*COMMAND, "check", *options])
    return Figure("Memory: peak, an answer of 200 MB", megabytes(peak), "400 MB", peak / 400e6, "≤", 1.0)


def _state() -> Figure:
    with serving("benchmarks.volume", "5000", "50") as address:
        result = _read(address)
    state, records = result.volume["STATE"], result.volume["RECORD"]
    title = f"State: bytes of {result.lines['STATE']} messages, 5,000 users × 50 entries"
    return Figure(title, f"{state / 1e6:.1f} MB", f"{megabytes(records)} of records", state / records, "≤", 0.05)


def read_with(other: str, address: str) -> Run:
    """Read all time entries with one of the others."""
    module, incremental = OTHERS[other]
    return read(module, {"api_key": "benchmark", "api_url": address, "workspace_id": id_of(1)}, incremental)


def _read(address: str, **options: Any) -> Run:
    return read(OURS, {"api_key": "benchmark", "api_url": address, **options})
