"""The reports that sum time entries up: attendance, by user and day."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from typing import Any

from .reports import seconds, zoned
from .shapes import Row, parse_instant
from .store import Store
from .workspace import Workspace

_TIME_OFF = ("HOLIDAY", "TIME_OFF")


def attendance(store: Store, place: Workspace, entries: Iterable[Row], zone: tzinfo = UTC) -> list[Row]:
    """A row for each user and day in a zone, in seconds. An entry counts on the day on which it begins."""
    days = _grouped(entries, lambda entry: (entry["userId"], _start(entry, zone).date().isoformat()))
    return [_day(store, place, user, day, found, zone) for (user, day), found in days.items()]


def _day(store: Store, place: Workspace, user: str, day: str, entries: list[Row], zone: tzinfo) -> Row:
    lengths: defaultdict[str, int] = defaultdict(int)
    for entry in entries:
        lengths[entry["type"]] += seconds(entry)
    ends = [entry["timeInterval"]["end"] for entry in entries]
    account, work, capacity = store.accounts[user], lengths["REGULAR"], place.capacity(user)
    return {
        "userName": account["name"],
        "userId": user,
        "imageUrl": account["profilePicture"],
        "date": day,
        "startTime": zoned(min(entry["timeInterval"]["start"] for entry in entries), zone),
        "endTime": zoned(max(filter(None, ends), default=None), zone),
        "break": lengths["BREAK"],
        "totalDuration": work,
        "capacity": capacity,
        "overtime": max(work - capacity, 0),
        "remainingCapacity": max(capacity - work, 0),
        "timeOff": sum(lengths[kind] for kind in _TIME_OFF),
        "hasRunningEntry": None in ends,
    }


def _grouped(entries: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    groups: defaultdict[Any, list[Row]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return groups


def _start(entry: Row, zone: tzinfo) -> datetime:
    return parse_instant(entry["timeInterval"]["start"]).astimezone(zone)
