"""The cells of the matrix, and how one is tried."""

from collections.abc import Iterable
from itertools import count
from typing import Any, Final

import pytest

from integration_tests.matrix.fault import Fault, Outcome
from integration_tests.matrix.place import BYSTANDERS, Place
from integration_tests.matrix.streams import STREAMS, is_in_workspaces
from integration_tests.matrix.subject import Subject, observe
from integration_tests.matrix.verdict import Wrong, judge

SAMPLE: Final = 97
"""Of so many cells one is tried in CI: a prime, so that each stream and each fault has its turn."""
ODD_STREAMS: Final = ("invoice_payments",)
"""Two that meet many faults in a way of their own: all of them are tried in CI."""


class Subjects:
    """Each stream without faults, read when it is first asked for."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._known: dict[str, Subject] = {}

    def of(self, name: str, **settings: Any) -> Subject:
        key = f"{name} {settings}"
        if key not in self._known:
            self._known[key] = observe(self.place, name, **settings)
        return self._known[key]


def cells(faults: Iterable[Fault]) -> list[Any]:
    """Parameters `stream` and `fault`; those that are not in the sample are marked."""
    numbers = count()
    return [
        pytest.param(
            name,
            fault,
            id=f"{name}: {fault.name}",
            marks=() if next(numbers) % SAMPLE == 0 or name in ODD_STREAMS else pytest.mark.whole_matrix,
        )
        for fault in faults
        for name, stream in STREAMS.items()
        if fault.concerns(stream)
    ]


def try_cell(subjects: Subjects, name: str, fault: Fault) -> Outcome:
    """Read a stream under a fault.

    Raises:
        Wrong: what came out is none of what the fault allows.
    """
    subject = subjects.of(name, **fault.settings)
    struck = fault.strike(subject)
    if struck is None:
        pytest.skip("nothing to strike")
    others = [one for one in BYSTANDERS if one != name and (one == "snapshots" or is_in_workspaces(STREAMS[name]))]
    read = subjects.place.read(
        name, *others, faults=struck.faults, most_requests=10 * subject.requests + 3500, **fault.settings
    )
    outcome = judge(subjects.place, subject, [subjects.of(other, **fault.settings) for other in others], read, struck)
    if outcome not in fault.allows:
        raise Wrong(f"{outcome}, where only {' or '.join(sorted(fault.allows))} will do{_why(subject, read.output)}")
    return outcome


def _why(subject: Subject, output: Any) -> str:
    error = output.errors().get(subject.name)
    return f": {error['message']}" if error else ""
