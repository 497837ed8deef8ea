"""Runs a command and measures what it takes."""

import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import psutil

LOOK_EVERY: Final = 2**20
"""Bytes of output between two looks at the memory of the process."""


@dataclass
class Run:
    """One process: seconds from start to end and of CPU, lines and bytes of its output by type of message and the last of each,
    resident bytes meanwhile.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    lines: Counter[str] = field(default_factory=Counter)
    volume: Counter[str] = field(default_factory=Counter)
    last: dict[str, bytes] = field(default_factory=dict)
    resident: list[int] = field(default_factory=list)

    def peak(self, begin: float = 0.0, end: float = 1.0) -> int:
        """The most resident bytes in a part of the run, both bounds as shares of its output."""
        looks = len(self.resident)
        return max(self.resident[int(begin * looks) : max(1, int(end * looks))])


def run(command: Sequence[str]) -> Run:
    """Run a command to its end.

    Raises:
        RuntimeError: with the end of what it printed, where it fails.
    """
    result, unseen, last = Run(), 0, b""
    began, used = time.perf_counter(), cpu_of_children()
    with psutil.Popen(command, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            kind = line.split(b'"', 4)[3].decode()  # {"type":"RECORD",…
            result.lines[kind] += 1
            result.volume[kind] += len(line)
            result.last[kind] = line
            unseen += len(line)
            if unseen >= LOOK_EVERY:
                unseen = 0
                result.resident.append(process.memory_info().rss)
            last = line
    result.seconds, result.cpu = time.perf_counter() - began, cpu_of_children() - used
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {last.decode()[-500:]}")
    return result


def cpu_of_children() -> float:
    """Seconds of CPU that the processes started here took, of those that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """The address of a server that a module of ours runs in a process of its own."""
    with psutil.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
