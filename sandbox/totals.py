"""The reports that sum time entries up: attendance by user and day, and the summary in groups of the request's choice."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from .reports import AMOUNTS, amount_of, seconds, zoned
from .shapes import Row, parse_instant
from .store import Store
from .workspace import Workspace

Grouping = Callable[[Row], tuple[str, str]]
"""Gives the id and the name of the group that an entry is in."""

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


def groupings(store: Store, zone: tzinfo, months: str) -> dict[str, Grouping]:
    """How entries can be grouped. `months` is the strftime format in which the groups of months are named."""
    return {
        "USER": lambda entry: (entry["userId"], store.accounts[entry["userId"]]["name"]),
        "DATE": lambda entry: (f"{_start(entry, zone):%Y-%m-%d}",) * 2,
        "MONTH": lambda entry: (f"{_start(entry, zone):{months}}",) * 2,
    }


def summary(
    entries: Iterable[Row],
    groups: Sequence[Grouping],
    shown: str = "EARNED",
    amounts: Sequence[str] = AMOUNTS,
    *,
    rounded: bool = False,
) -> list[Row]:
    """The groups of a summary report, each with those within it. An entry counts whole where it begins, which is not proven.

    `shown` and `amounts` are as for `reports.time_entries`. `rounded` makes quarters of an hour of each entry.
    """
    grouping, *inner = groups
    return [
        {
            "_id": group_id,
            "name": name,
            "nameLowerCase": name.lower(),
            "duration": sum(round(seconds(entry) / 900) * 900 if rounded else seconds(entry) for entry in found),
            "amount": amount_of(found, shown)["value"],
            **({"amounts": [_in_whole_cents(found, kind) for kind in amounts]} if amounts else {}),
            "currency": "USD",
            **({"children": summary(found, inner, shown, amounts, rounded=rounded)} if inner else {}),
        }
        for (group_id, name), found in _grouped(entries, grouping).items()
    ]


def _in_whole_cents(entries: list[Row], kind: str) -> Row:
    """As the one recorded group has its list of amounts, beside an `amount` with a fraction."""
    return {"type": kind, "value": round(amount_of(entries, kind)["value"])}


def time_totals(store: Store, entries: list[Row]) -> list[Row]:
    """What Clockify sums up for each user and month, in UTC."""
    kinds = groupings(store, UTC, "%Y-%m")
    by_user = [kinds["USER"], kinds["MONTH"]]
    billable = {
        (user["_id"], month["_id"]): month["duration"]
        for user in summary((entry for entry in entries if entry["billable"]), by_user)
        for month in user["children"]
    }
    return [
        {
            "userId": user["_id"],
            "userName": user["name"],
            "month": month["_id"],
            "seconds": month["duration"],
            "billableSeconds": billable.get((user["_id"], month["_id"]), 0),
            **{f"{amount['type'].lower()}Amount": amount["value"] for amount in month["amounts"]},
            "currency": month["currency"],
        }
        for user in summary(entries, by_user)
        for month in user["children"]
    ]


def _grouped(entries: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    groups: defaultdict[Any, list[Row]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return groups


def _start(entry: Row, zone: tzinfo) -> datetime:
    return parse_instant(entry["timeInterval"]["start"]).astimezone(zone)
