"""What a record costs, and what many of them do to memory and state. The server answers at once and renders nothing."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.connection import read
from benchmarks.figure import Figure, megabytes, typical_seconds
from benchmarks.processes import Run, serving
from harness.connector import COMMAND, write
from harness.peak import peak_of
from harness.wire import answer, wire

ROUNDS: Final = 5
FULL_PAGE: Final = 5000
MEMORY_LIMIT: Final = 200e6
MEMORY_LIMIT_WITH_DELETIONS: Final = 250e6


def measure() -> Iterator[Figure]:
    yield _speed()
    yield from _memory()
    yield _large_body()
    yield _state()


def _speed() -> Figure:
    """Full pages, read by the connector and by the plain loop in turns."""
    users = 40
    with serving("benchmarks.volume", str(users), str(FULL_PAGE)) as address:
        pairs = [(_read(address), _read(address, "benchmarks.plain")) for _ in range(ROUNDS)]
    ours, plain = (users * FULL_PAGE / typical_seconds(list(runs)) for runs in zip(*pairs, strict=True))
    title = "CPU: time entries a second, no latency"
    return Figure(title, f"{ours:,.0f}", f"{plain:,.0f} plain CDK loop", ours / plain, "≥", 1.0)


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


def _read(address: str, module: str = "source_clockify", **options: Any) -> Run:
    return read(module, {"api_key": "benchmark", "api_url": address, **options})
