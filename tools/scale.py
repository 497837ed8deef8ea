"""What a sync of an account takes, as formulas of the account's shape: requests, hours, state, memory.

Requests follow from the endpoints of the streams as they are declared, so they change with them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.page import DECODED
from source_clockify.api.paging import Pages
from source_clockify.api.prefetch import BYTES_AHEAD
from source_clockify.config import ClockifyConfig
from source_clockify.streams.approvals import ApprovalRequests
from source_clockify.streams.audit import FURTHEST, WINDOW, AuditLog, EntityChanges
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.catalog import FEATURES, STREAMS
from source_clockify.streams.lists import ChildStream
from source_clockify.streams.people import Users
from source_clockify.streams.reports import YEAR, ExpenseReport, ReportStream, TimeEntryReport
from source_clockify.streams.scheduling import SchedulingTotals
from source_clockify.streams.state import PUBLISH_EVERY_SECONDS, STATE_SHARE
from source_clockify.streams.time_entries import TimeEntries
from tools.page_counts import pages, pages_and_end

ID_BYTES: Final = 16
"""Of a time entry's id in the state."""
LIKE_AN_ID: Final = "0" * 24
STARTED: Final = 100e6
"""Resident bytes of the process before its first request: Python, the CDK, the connector."""
STATE_IN_MEMORY: Final = 12
"""Memory of the state, beside its JSON: the earlier one as it was read and copied, the new one, and the message."""
NAMES: Final = dict(zip(STREAMS, FEATURES, strict=True))
KINDS: Final = {name: kind for kind, name in NAMES.items() if issubclass(kind, ClockifyStream)}
WORKSPACES: Final = "workspaces"
NOT_COUNTED: Final = {NAMES[EntityChanges]}
"""Its feeds are experimental, and their paging cannot be relied on: see docs/scaling.md."""
ALL: Final = frozenset(FEATURES) - NOT_COUNTED


@dataclass(frozen=True)
class People:
    """Members of a workspace who have as many time entries each, of which `recent` start in the look-back or later."""

    number: int
    entries: int
    recent: int


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
    records_per_second: float = 30_000.0
    seconds_per_request: float = 0.004
    entry_bytes: float = 680.0
    detect_deletions: bool = False
    days: int = 5 * 365
    days_between: int = 1


Account = Sequence[Workspace]


@dataclass(frozen=True)
class Lists:
    """So many lists of so many pages each: the pages of a list are asked for one after the other."""

    number: int
    pages: int

    @property
    def requests(self) -> int:
        return self.number * self.pages


def lists(account: Account, settings: Settings, *, again: bool = False) -> dict[str, list[Lists]]:
    """What is asked for, by stream, in a first sync or `again` in an incremental one, where every plan has every feature and
    nothing was moved or deleted.
    """
    kinds = {name: kind for name, kind in KINDS.items() if name in settings.streams}
    parents = {kind.parent_type for kind in kinds.values() if issubclass(kind, ChildStream)}
    asked: defaultdict[str, list[Lists]] = defaultdict(list, {WORKSPACES: [Lists(1, 1)]})
    for place in account:
        for name, kind in kinds.items():
            asked[name] += _lists(place, kind, settings, again=again)
        for parent in parents:
            if NAMES[parent] not in kinds:
                endpoint = parent.ids_only or parent.endpoint
                asked[NAMES[parent]].append(Lists(1, _pages_of(endpoint, place.rows_in(parent))))
    return asked


def requests(account: Account, settings: Settings, *, again: bool = False) -> Counter[str]:
    """Requests by stream."""
    asked = lists(account, settings, again=again)
    return Counter({name: sum(one.requests for one in some) for name, some in asked.items()})


def _lists(place: Workspace, kind: type[ClockifyStream], settings: Settings, *, again: bool) -> list[Lists]:
    """All lists of a kind in a workspace."""
    endpoint = kind.endpoint
    if issubclass(kind, TimeEntries):
        groups = place.people
        return [Lists(one.number, _pages_of(endpoint, one.recent if again else one.entries)) for one in groups]
    if issubclass(kind, ReportStream):
        return [Lists(1, _pages_of(endpoint, rows)) for rows in _report_windows(place, kind, settings, again=again)]
    if issubclass(kind, AuditLog):
        days = settings.days_between if again else min(settings.days, FURTHEST.days)
        a_day = place.rows_in(kind) / FURTHEST.days
        return [Lists(1, _pages_of(endpoint, ceil(a_day * part), pages_and_end)) for part in _parts(days, WINDOW.days)]
    if issubclass(kind, ApprovalRequests) and again:  # to the first page of each state that is wholly older
        variants = len(endpoint.variants)
        return [Lists(1, min(2, _pages_of(endpoint, place.rows_in(kind)) // variants) + variants - 1)]
    count = pages_and_end if issubclass(kind, SchedulingTotals) else pages
    return [Lists(place.parents_of(kind), _pages_of(endpoint, place.rows_in(kind), count))]


def _pages_of(endpoint: Endpoint, rows: int, count: Callable[[int, int], int] = pages) -> int:
    """Pages of a list with so many rows, which its variants share evenly."""
    variants = len(endpoint.variants)
    size = endpoint.paging.size if isinstance(endpoint.paging, Pages) else 0
    return variants * (count(ceil(rows / variants), size) if size else 1)


def _report_windows(place: Workspace, kind: type[ClockifyStream], settings: Settings, *, again: bool) -> Iterator[int]:
    """Rows in each window of a year, the last of which covers a year ahead; a first sync meets them evenly spread."""
    is_time = issubclass(kind, TimeEntryReport)
    if again:
        share = settings.days_between / settings.days
        yield place.recent if is_time else ceil(place.rows_in(kind) * share)
        yield 0
        return
    rows = place.entries if is_time else place.rows_in(kind)
    yield from (ceil(rows * part / settings.days) for part in _parts(settings.days, YEAR.days))
    yield 0


def _parts(whole: int, part: int) -> Iterator[int]:
    """A number of days, cut into windows."""
    yield from [part] * (whole // part)
    yield whole % part


def records(account: Account, settings: Settings, *, again: bool = False) -> int:
    """Records of all streams."""
    total = len(account) if WORKSPACES in settings.streams else 0
    for place in account:
        for name, kind in KINDS.items():
            if name not in settings.streams:
                continue
            if issubclass(kind, TimeEntries | TimeEntryReport):
                total += place.recent if again else place.entries
            else:
                total += place.parents_of(kind) * place.rows_in(kind)
    return total


@dataclass(frozen=True)
class Seconds:
    """What a sync waits for Clockify, stream by stream as they are read, and what its own work takes meanwhile."""

    waiting: float
    cpu: float

    @property
    def needed(self) -> float:
        return max(self.waiting, self.cpu)


def seconds(account: Account, settings: Settings, *, again: bool = False) -> Seconds:
    """A stream takes as long as the rate, or what the workers have under way, or its longest list makes it."""
    rate, latency, workers = settings.requests_per_second, settings.latency, settings.workers
    waiting, number = 0.0, 0
    for some in lists(account, settings, again=again).values():
        asked = sum(one.requests for one in some)
        longest = max((one.pages for one in some if one.number), default=0)
        waiting += max(asked / rate, ceil(asked / workers) * latency, longest * latency)
        number += asked
    own = number * settings.seconds_per_request
    return Seconds(waiting, own + records(account, settings, again=again) / settings.records_per_second)


def user_state_bytes(settings: Settings, recent: float) -> float:
    """JSON of one user in the state of `time_entries`, with the ids of so many entries."""
    moment = '"readAt":"2026-01-01T00:00:00.000Z"'
    with_ids = ',"since":"2026-01-01T00:00:00Z","ids":""'
    plain = f'"{LIKE_AN_ID}":{{{moment}}},'
    return len(plain) + (len(with_ids) + ID_BYTES * recent if settings.detect_deletions else 0)


def state_bytes(account: Account, settings: Settings) -> float:
    """JSON of the state of `time_entries` after a sync, which is also that of each of its messages towards the end of one."""
    place_bytes, envelope = len(f'"{LIKE_AN_ID}":{{}},'), len('{"version":1,"startDate":null,"workspaces":{}}')
    groups = [group for place in account for group in place.people]
    users = sum(group.number * user_state_bytes(settings, group.recent) for group in groups)
    return envelope + place_bytes * len(account) + users


@dataclass(frozen=True)
class Messages:
    """State messages of `time_entries` in one sync, and their bytes together."""

    number: int
    volume: float


def state_messages(account: Account, settings: Settings, *, again: bool = False) -> Messages:
    """One each time that 25 times the state has been read since the last, or five minutes have passed; and one at the end."""
    groups = [group for place in account for group in place.people]
    users = sum(group.number for group in groups)
    pause = PUBLISH_EVERY_SECONDS * users / seconds(account, settings, again=again).needed
    size, number, volume = state_bytes(account, settings) if again else 0.0, 0, 0.0
    read, done = 0.0, 0
    for group in groups:
        user = user_state_bytes(settings, group.recent)
        for _ in range(group.number):
            size += 0 if again else user
            read, done = read + settings.entry_bytes * (group.recent if again else group.entries), done + 1
            if read >= STATE_SHARE * size or done >= pause:
                number, volume, read, done = number + 1, volume + size, 0.0, 0
    return Messages(number + bool(done), volume + size * bool(done))


def held(account: Account, settings: Settings, *, again: bool = False) -> float:
    """The most bytes of pages in memory: of those that wait or are under way, and of the one that is read, decoded.

    As many lists as there are workers are fetched ahead, to their ends if the bound allows. One of several pages is decoded as it
    comes, so the first ones may take that much more than the bound, which did not know them.
    """
    paging = TimeEntries.endpoint.paging
    most_rows = paging.size if isinstance(paging, Pages) else 0
    lists_of = [group.recent if again else group.entries for place in account for group in place.people]
    ahead = max(rows * (DECODED if rows > most_rows else 1) for rows in lists_of) * settings.entry_bytes
    page = DECODED * min(most_rows, max(lists_of)) * settings.entry_bytes
    return min(DECODED * BYTES_AHEAD, settings.workers * ahead) + page


def memory(account: Account, settings: Settings, *, again: bool = False) -> float:
    """The most resident bytes: the process, the pages, the records that are made of one, and the state."""
    pages_and_records = 2 * held(account, settings, again=again)
    return STARTED + pages_and_records + STATE_IN_MEMORY * state_bytes(account, settings)
