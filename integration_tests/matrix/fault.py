"""What a fault of the matrix is, and where it strikes."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from harness.connector import Row
from integration_tests.matrix.lists import list_of, page_of
from integration_tests.matrix.streams import any_stream
from integration_tests.matrix.subject import Subject
from sandbox import Recorded
from source_clockify.streams.endpoint_stream import EndpointStream

Answer = Mapping[str, Any]
"""What is answered, by the fields of the sandbox's Fault."""
Where = Callable[[Subject], set[str]]
"""The lists whose requests are struck."""


class Outcome(StrEnum):
    EXACT = "exact"
    """Complete: every row once, and as it is."""
    FAILED = "honest failure"
    """Incomplete, with an error that says what is the matter; what came is right, and the next sync brings the rest."""
    SKIPPED = "honest skip"
    """Complete without the rows of what is gone, or not in the plan."""


EXACT: Final = frozenset({Outcome.EXACT})
FAILED: Final = frozenset({Outcome.FAILED})
SKIPPED: Final = frozenset({Outcome.SKIPPED})
EITHER: Final = EXACT | FAILED


@dataclass(frozen=True)
class Struck:
    """How a fault strikes a stream: the faults of the sandbox, and what may follow from them.

    `rows` is how many rows the struck lists have, where no others may be lost to a failure or a skip.
    `altered` has rows as they were and as they are sent. `paths` are all that may be asked for; None: any. `invents`:
    whether rows are sent that are not there.
    """

    faults: list[dict[str, Any]]
    rows: int | None = None
    altered: list[tuple[Row, Row]] = field(default_factory=list)
    paths: set[str] | None = None
    invents: bool = False


class Fault(Protocol):
    """A row of the matrix."""

    @property
    def name(self) -> str: ...

    @property
    def allows(self) -> frozenset[Outcome]: ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """Of the configuration."""
        ...

    @property
    def concerns(self) -> Callable[[EndpointStream], bool]: ...

    def strike(self, subject: Subject) -> Struck | None:
        """None where the stream has nothing that could be struck so."""
        ...


def everywhere(subject: Subject) -> set[str]:
    return set(subject.pages)


def one_list(subject: Subject) -> set[str]:
    """One of many, in the middle."""
    return {subject.required[len(subject.required) // 2]}


def first_list(subject: Subject) -> set[str]:
    return {subject.required[0]}


def last_list(subject: Subject) -> set[str]:
    return {subject.required[-1]}


def longest_list(subject: Subject) -> set[str]:
    """The one with the most pages."""
    return {subject.pages.most_common(1)[0][0]}


@dataclass(frozen=True)
class HostFault:
    """A host that answers a stream's requests wrongly: all of some lists, or those for one page of them (from 1)."""

    name: str
    answer: Answer
    allows: frozenset[Outcome]
    where: Where = everywhere
    page: int | None = None
    times: int | None = None
    concerns: Callable[[EndpointStream], bool] = any_stream
    settings: Mapping[str, Any] = field(default_factory=dict)
    spares_others: bool = False
    """Whether what other lists hold has to come all the same."""

    def strike(self, subject: Subject) -> Struck | None:
        if self.page is not None and max(subject.pages.values()) < self.page:
            return None
        lists = self.where(subject)
        met: defaultdict[str, list[object]] = defaultdict(list)

        def is_struck(request: Recorded) -> bool:
            name, page = list_of(request), page_of(request)
            # A fault of every list strikes those too that a stream asks for in their place.
            if not subject.is_own(request) or (name not in lists and self.where is not everywhere):
                return False
            if page not in met[name]:
                met[name].append(page)
            return self.page is None or met[name].index(page) == self.page - 1

        rows = sum(len(subject.rows.get(name, ())) for name in lists) if self.spares_others else None
        return Struck([{**self.answer, "when": is_struck, "times": self.times}], rows)
