"""The shape of an account, and how it is read: what the formulas of tools/scale.py are of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from source_clockify.config import ClockifyConfig
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.catalog import FEATURES, STREAMS
from source_clockify.streams.entity_changes import EntityChanges
from source_clockify.streams.lists import ChildStream
from source_clockify.streams.people import Users
from source_clockify.streams.reports import ExpenseReport

NAMES: Final = dict(zip(STREAMS, FEATURES, strict=True))
KINDS: Final = {name: kind for kind, name in NAMES.items() if issubclass(kind, ClockifyStream)}
WORKSPACES: Final = "workspaces"
NOT_COUNTED: Final = {NAMES[EntityChanges]}
"""Its feeds are experimental, and their paging cannot be relied on: see docs/scaling.md."""
ALL: Final = frozenset(FEATURES) - NOT_COUNTED


@dataclass(frozen=True)
class People:
    """Members of a workspace who have as many time entries each, of which `recent` start in the look-back or later.

    So many of them have a timer `running`.
    """

    number: int
    entries: int
    recent: int
    running: int = 0


@dataclass(frozen=True)
class Workspace:
    """`rows` are those of the other streams, by name: of a list that a workspace has once all of them, of a list that each
    row of another stream has those in each list. Of the audit log, those of a year.
    """

    people: Sequence[People]
    rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def users(self) -> int:
        return sum(group.number for group in self.people)

    @property
    def entries(self) -> int:
        return sum(group.number * group.entries for group in self.people)

    @property
    def recent(self) -> int:
        return sum(group.number * group.recent for group in self.people)

    def rows_in(self, kind: type[ClockifyStream]) -> int:
        """The rows of a list of that kind."""
        if kind is Users:
            return self.users
        return 1 if kind.endpoint.is_single else self.rows.get("expenses" if kind is ExpenseReport else NAMES[kind], 0)

    def parents_of(self, kind: type[ClockifyStream]) -> int:
        """How many lists of that kind there are."""
        return self.rows_in(kind.parent_type) if issubclass(kind, ChildStream) else 1


@dataclass(frozen=True)
class Settings:
    """How an account is read, and what the host and the machine give.

    `requests_per_second` is the lower of the setting and of what Clockify allows; `latency` in seconds for each request;
    `records_per_second` and `seconds_per_request` are what the CPU takes; `entry_bytes` is the size of a time entry in a page,
    here with a project, two tags and two custom fields; `days` reach from the start date to now, and `days_between` two syncs.
    """

    streams: frozenset[str] = ALL
    requests_per_second: float = ClockifyConfig.model_fields["requests_per_second"].default
    workers: int = ClockifyConfig.model_fields["num_workers"].default
    latency: float = 0.2
    records_per_second: float = 35_000.0
    seconds_per_request: float = 0.002
    entry_bytes: float = 680.0
    detect_deletions: bool = False
    days: int = 5 * 365
    days_between: int = 1


Account = Sequence[Workspace]
