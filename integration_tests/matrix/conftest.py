"""The place of the matrix, once in a process, and the table of what came out of a whole one."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

import pytest
from _pytest.terminal import TerminalReporter

from integration_tests.matrix.cells import Subjects
from integration_tests.matrix.fault import Outcome
from integration_tests.matrix.place import Place

WRONG: Final = "wrong"
NOTHING: Final = "nothing to strike"
COLUMNS: Final = (*Outcome, NOTHING, WRONG)


@pytest.fixture(scope="session")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subjects]:
    with Place(tmp_path_factory.mktemp("matrix")) as place:
        yield Subjects(place)


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """What became of every fault, and each wrong cell with its reason: where nothing was left out."""
    if config.option.markexpr:
        return
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    wrong: list[str] = []
    for report in [report for name in ("passed", "skipped", "failed") for report in terminalreporter.getreports(name)]:
        cell = report.nodeid.partition("[")[2].rstrip("]")
        _, _, fault = cell.partition(": ")
        if not fault or (report.when != "call" and not report.failed):
            continue
        outcome = dict(report.user_properties).get("outcome")
        column = WRONG if report.failed else NOTHING if report.skipped else str(outcome)
        table[fault][column] += 1
        if report.failed:
            wrong.append(f"{cell}: {_reason(report)}")
    terminalreporter.section("the matrix")
    width = max(map(len, table), default=0)
    terminalreporter.write_line("  ".join([" " * width, *COLUMNS]))
    for fault, outcomes in [*table.items(), ("all", sum(table.values(), Counter()))]:
        numbers = [str(outcomes[column] or "-").rjust(len(column)) for column in COLUMNS]
        terminalreporter.write_line("  ".join([fault.ljust(width), *numbers]))
    terminalreporter.section(f"{len(wrong)} wrong cells")
    for line in sorted(wrong):
        terminalreporter.write_line(line)


def _reason(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = (crash.message if crash else report.longreprtext).splitlines() or [""]
    return str(lines[0]).rpartition("Wrong: ")[2]
