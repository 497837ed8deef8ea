"""What the connector says in its log while PyAirbyte runs it."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import airbyte.progress
import rich.console

from demo import CONNECTOR

STARTED: Final = re.compile(r"Syncing stream: (\w+)")
DONE: Final = re.compile(r"(\w+): (\d+) records, (\d+) requests?(?: from workspace .*)?(?:; left out .*)?$")
SKIPPED: Final = re.compile(r"(\w+): not in the plan \(.+\) of workspace '(.+)' \(\w+\), which lacks \w+: skipped")
SLOW: Final = re.compile(r".+ of \d+ lists, |\w+'s request limit is reached|.+: retry \d+ of ")

Show = Callable[[str], object]
# In a notebook PyAirbyte would show its own progress and texts past what is redirected, with times and paths.
airbyte.progress.IS_NOTEBOOK = False
rich.console._is_jupyter = lambda: False


@dataclass
class Outcome:
    """What the connector's log says: counts by stream, the streams left out by workspace, what key and token see, what failed."""

    records: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    sight: list[str] = field(default_factory=list)
    fault: str = ""


class _Listener(logging.Handler):
    """Takes the counts out of the connector's log, and shows which stream is read and what it waits for."""

    def __init__(self, outcome: Outcome, show_step: Show, show_wait: Show) -> None:
        super().__init__()
        self._outcome, self._show_step, self._show_wait = outcome, show_step, show_wait

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if done := DONE.match(message):
            stream, records, requests = done.groups()
            self._outcome.records[stream] += int(records)
            self._outcome.requests[stream] += int(requests)
        elif skipped := SKIPPED.match(message):
            self._outcome.skipped.setdefault(skipped[2], []).append(skipped[1])
        elif started := STARTED.match(message):
            self._show_step(f"Reading {started[1]} …")
        elif message == f"Finished syncing {CONNECTOR}":
            self._show_step("Loading into DuckDB …")
        elif message.startswith(("The key sees ", "The token sees ")):
            self._outcome.sight.append(message.partition(" sees ")[2].partition(";")[0])
        elif SLOW.match(message):
            self._show_wait(message)
        elif record.levelno >= logging.ERROR:
            self._outcome.fault = self._outcome.fault or message  # the CDK sums all faults up at the end


@contextmanager
def listening(log: Path, show_step: Show, show_wait: Show) -> Iterator[Outcome]:
    """Keep PyAirbyte's own output off the screen and in a file, and listen to the connector."""
    outcome = Outcome()
    listener, connector_log = _Listener(outcome, show_step, show_wait), logging.getLogger(f"airbyte.{CONNECTOR}")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file, redirect_stdout(file), redirect_stderr(file):
        connector_log.addHandler(listener)
        try:
            yield outcome
        finally:
            connector_log.removeHandler(listener)
