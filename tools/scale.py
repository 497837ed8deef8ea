"""What a sync of an account takes, as formulas of the account's shape: requests, hours, state, memory.

Requests follow from the endpoints of the streams as they are declared, so they change with them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.page import DECODED
from source_clockify.api.paging import Pages
from source_clockify.api.prefetch import BYTES_AHEAD
from source_clockify.streams.approvals import ApprovalRequests
from source_clockify.streams.audit import FURTHEST, WINDOW, AuditLog
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.lists import ChildStream
from source_clockify.streams.reports import YEAR, ReportStream, TimeEntryReport
from source_clockify.streams.scheduling import SchedulingTotals
from source_clockify.streams.state import PUBLISH_EVERY_SECONDS, STATE_SHARE
from source_clockify.streams.time_entries import TimeEntries
from source_clockify.streams.totals import TimeTotals
from tools.page_counts import pages, pages_and_end
from tools.shape import KINDS, NAMES, WORKSPACES, Account, People, Settings, Workspace

ID_BYTES: Final = 16
"""Of a time entry's id in the state."""
LIKE_AN_ID: Final = "0" * 24
STARTED: Final = 110e6
"""Resident bytes of the process before its first request: Python, the CDK, the connector."""
RUNNING_BYTES: Final = len(f',"running":["{LIKE_AN_ID}"]')
USER_IN_MEMORY: Final = 2_500
"""Bytes for each user whom the state knows: what is kept, what was published, copies of both."""
IDS_IN_MEMORY: Final = 5
"""The same for ids, to each byte of them in the state."""


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
    if issubclass(kind, TimeTotals):  # in full each time, and windows that are not empty twice
        return [Lists(1, 2 if rows else 1) for rows in _report_windows(place, kind, settings, again=False)]
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
    is_time = issubclass(kind, TimeEntryReport | TimeTotals)
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


def user_state_bytes(settings: Settings, group: People) -> float:
    """JSON of one user in the state of `time_entries`, with the ids of the entries in the look-back."""
    plain = f'"{LIKE_AN_ID}":{{"readAt":"2026-01-01T00:00:00.000Z"}},'
    with_ids = ',"since":"2026-01-01T00:00:00Z","ids":""'
    ids = len(with_ids) + ID_BYTES * group.recent if settings.detect_deletions else 0
    return len(plain) + ids + RUNNING_BYTES * group.running / group.number


def state_bytes(account: Account, settings: Settings) -> float:
    """JSON of the state of `time_entries` after a sync, which is also that of each of its messages towards the end of one."""
    place_bytes, envelope = len(f'"{LIKE_AN_ID}":{{}},'), len('{"version":1,"startDate":null,"workspaces":{}}')
    groups = [group for place in account for group in place.people]
    users = sum(group.number * user_state_bytes(settings, group) for group in groups)
    return envelope + place_bytes * len(account) + users


@dataclass(frozen=True)
class Messages:
    """State messages of `time_entries` in one sync, and their bytes together."""

    number: int
    volume: float


def state_messages(account: Account, settings: Settings, *, again: bool = False) -> Messages:
    """One each time that 25 times the state has been read since the last, or five minutes have passed, and one at the end.

    In a later sync also one at the beginning: the CDK repeats the state that it got.
    """
    groups = [group for place in account for group in place.people]
    users = sum(group.number for group in groups)
    pause = PUBLISH_EVERY_SECONDS * users / seconds(account, settings, again=again).needed
    size = state_bytes(account, settings) if again else 0.0
    number, volume = int(again), size
    read, done = 0.0, 0
    for group in groups:
        user = user_state_bytes(settings, group)
        for _ in range(group.number):
            size += 0 if again else user
            read, done = read + settings.entry_bytes * (group.recent if again else group.entries), done + 1
            if read >= STATE_SHARE * size or done >= pause:
                number, volume, read, done = number + 1, volume + size, 0.0, 0
    return Messages(number + bool(done), volume + size * bool(done))


def _page_bytes(account: Account, settings: Settings, *, again: bool) -> tuple[float, float, float]:
    """The longest list of time entries, the largest page as it waits, and that page decoded, in bytes of memory."""
    paging = TimeEntries.endpoint.paging
    most_rows = paging.size if isinstance(paging, Pages) else 0
    longest = max(group.recent if again else group.entries for place in account for group in place.people)
    decoded = DECODED * settings.entry_bytes
    page = min(most_rows, longest)
    while_waiting = decoded if longest > most_rows else settings.entry_bytes  # one of several is decoded as it comes
    return longest * while_waiting, page * while_waiting, page * decoded


def held(account: Account, settings: Settings, *, again: bool = False) -> float:
    """The most bytes of pages in memory: of those that wait or are under way, and of the one that is read.

    As many lists as there are workers are fetched ahead, to their ends if the bound allows. It does not know the size of a
    page before the first has come, so at the beginning each worker may bring one more.
    """
    whole, waiting, decoded = _page_bytes(account, settings, again=again)
    return min(settings.workers * whole, BYTES_AHEAD + settings.workers * waiting) + decoded


def memory(account: Account, settings: Settings, *, again: bool = False) -> float:
    """The most resident bytes: the process, the pages, the records of one page, and the state."""
    _, _, decoded = _page_bytes(account, settings, again=again)
    users = sum(place.users for place in account)
    ids = ID_BYTES * sum(place.recent for place in account) if settings.detect_deletions else 0
    state = USER_IN_MEMORY * users + IDS_IN_MEMORY * ids
    return STARTED + held(account, settings, again=again) + 2 * decoded + state
