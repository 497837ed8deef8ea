"""How a sync may be broken off: killed, told to stop, its reader gone, its disk full for good or for a moment."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from harness.connector import COMMAND, Output, Row, Table
from integration_tests.matrix.cells import Subjects
from integration_tests.matrix.place import Place
from integration_tests.matrix.streams import STREAMS, is_incremental
from integration_tests.matrix.subject import Subject, told
from integration_tests.matrix.verdict import Wrong
from sandbox import World

_RECORD: Final = '"type":"RECORD"'
_SMALLEST_PIPE: Final = 4096
"""Bytes: so a process waits for its reader, and is still there when it is to be broken off."""
_FULL: Final = (
    "import resource as r, signal; limit = lambda *size: r.setrlimit(r.RLIMIT_FSIZE, (*size, r.RLIM_INFINITY)); "
    "{on_signal}limit({size}); from source_clockify.run import run; run()"
)
_ROOM_AGAIN: Final = "signal.signal(signal.SIGXFSZ, lambda *_: limit(r.RLIM_INFINITY)); "
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATER = HOUR
"""When the next sync begins: after the one that was broken off, whose clock is the machine's."""

Run = Callable[[list[str], Path, float, Output], tuple[list[str], int]]
"""Runs a read with these options, in this folder, and breaks it off after this share of what it is to print: gives the lines and
the return code.
"""


def _broken_off(stop: Callable[[subprocess.Popen[str]], None]) -> Run:
    def run(options: list[str], _: Path, share: float, whole: Output) -> tuple[list[str], int]:
        most = int(share * sum(message["type"] == "RECORD" for message in whole.messages))
        command = [*COMMAND, "read", *options]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, pipesize=_SMALLEST_PIPE
        ) as process:
            assert process.stdout is not None
            printed: list[str] = []
            records = 0
            while records <= most and (line := process.stdout.readline()):
                printed.append(line)
                records += _RECORD in line
            stop(process)
            process.stdout.close()
        return printed, process.returncode

    return run


def _full(on_signal: str) -> Run:
    def run(options: list[str], folder: Path, share: float, whole: Output) -> tuple[list[str], int]:
        code = _FULL.format(on_signal=on_signal, size=int(share * len(whole.text)))
        path = folder / "output.jsonl"
        # What measures coverage would write under the same limit.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        with path.open("w") as output:
            done = subprocess.run(
                [sys.executable, "-B", "-c", code, "read", *options],
                stdout=output,
                stderr=subprocess.DEVNULL,
                env=environment,
                check=False,
            )
        return path.read_text().splitlines(keepends=True), done.returncode

    return run


@dataclass(frozen=True)
class Kill:
    """A way to break a sync off. `fails`: whether it always ends with a non-zero code."""

    name: str
    run: Run
    fails: bool = False


KILLS: Final = [
    Kill("SIGKILL", _broken_off(lambda process: process.send_signal(signal.SIGKILL))),
    Kill("SIGTERM", _broken_off(lambda process: process.send_signal(signal.SIGTERM))),
    Kill("the reader goes away", _broken_off(lambda _: None)),
    Kill("the disk is full", _full(""), fails=True),
    Kill("the disk is full for a moment", _full(_ROOM_AGAIN), fails=True),
]
SHARES: Final = (0.05, 0.35, 0.65, 0.95)


class Course:
    """A world that is synced for the first time, or once more after work has gone on in it."""

    def __init__(self, place: Place, *, is_first: bool) -> None:
        self.place = place
        self._before = Output(0, "")
        if not is_first:
            edited = _entry_of_long_ago(place.world)
            self._before = place.read(*(name for name, stream in STREAMS.items() if is_incremental(stream))).output
            _work_goes_on(place.world, edited)
        self.subjects = Subjects(place)
        self._wholes: dict[str, Output] = {}

    def state(self, name: str) -> list[Row]:
        return [state for state in self._before.states() if state["stream"]["stream_descriptor"]["name"] == name]

    def table(self, name: str) -> Table:
        """What a destination holds before the sync."""
        subject = self.subjects.of(name)
        table = Table(subject.primary_key, _cursor(subject))
        table.load(self._before.records()[name])
        return table

    def whole(self, name: str) -> Output:
        """What the sync prints if nothing happens."""
        if name not in self._wholes:
            self._wholes[name] = self.place.read(name, state=self.state(name)).output
        return self._wholes[name]


def try_kill(course: Course, name: str, kill: Kill, share: float) -> None:
    """Break a sync off; then sync again from the last state that was printed.

    Raises:
        Wrong: a table that keeps the newest version of each row is not what a whole read gives.
    """
    subject, table, state = course.subjects.of(name), course.table(name), course.state(name)
    connector = course.place.connector
    options = connector.write(connector.files(name, state=state))
    lines, returncode = kill.run(options, connector.folder, share, course.whole(name))
    printed = _understood(lines, returncode)
    if kill.fails and returncode == 0:
        raise Wrong("the command succeeds, though not all could be written")
    table.load(printed.records()[name])
    rest = course.place.read(name, state=printed.states() or state, later=LATER).output
    if rest.statuses() != {name: "COMPLETE"}:
        raise Wrong(f"the next sync fails: {rest.errors()[name]['message']}")
    table.load(rest.records()[name])
    _compare(table, subject)


def _compare(table: Table, subject: Subject) -> None:
    held, true = ({subject.key(row): told(row) for row in rows} for rows in (table.rows.values(), subject.records))
    if lost := true.keys() - held.keys():
        raise Wrong(f"lost: {len(lost)} of {len(true)} rows")
    if more := held.keys() - true.keys():
        raise Wrong(f"{len(more)} rows that are not there")
    if stale := [key for key in true if held[key] != true[key]]:
        raise Wrong(f"stale: {len(stale)} of {len(true)} rows")


def _cursor(subject: Subject) -> str:
    cursor = subject.stream.cursor_field
    assert isinstance(cursor, str)
    return cursor


def _understood(lines: list[str], returncode: int) -> Output:
    """What a destination takes: the whole lines. The last may be torn, as whoever wrote it was stopped.

    Raises:
        Wrong: another is torn.
    """
    for line in lines[:-1]:
        try:
            json.loads(line)
        except ValueError:
            raise Wrong(f"goes on after a torn line: {line[:60]!r}") from None
    return Output.of(lines, returncode)


def _entry_of_long_ago(world: World) -> str:
    """A time entry of last week that was made long ago, so that a feed of changes shows what is edited now."""
    user, start = world.workspace().owner, world.now - 7 * DAY
    return world.add_time_entry(user, start, start + HOUR, at=world.now - 40 * DAY)


def _work_goes_on(world: World, edited: str) -> None:
    """Something new in each incremental stream, and an edit."""
    place = world.workspace()
    for days in range(1, 20):
        start = world.now - days * DAY
        world.add_time_entry(place.owner, start, start + HOUR, place.id)
    world.edit_time_entry(edited, description="edited")
    period = {"start": _text(world.now - DAY), "end": _text(world.now + DAY)}
    world.add("assignments", place.id, userId=place.owner, period=period)
    category = next(iter(place.tables["expense_categories"].values()))
    world.add("expenses", place.id, userId=place.owner, date=_text(world.now - DAY), category=category)
    pending: Row = next(iter(world.rows("pending_approval_requests", place.id)))
    world.approve(pending["approvalRequest"]["id"])


def _text(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
