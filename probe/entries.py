"""What is assumed of time entries: windows, page sizes, look-ups by id, and whose entries can be read."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from probe.asked import LISTS, OWN_USER, REPORT, USER_IDS, moment
from probe.finding import Assumption, Finding, Untold, answered, counted, differs, holds, page_of, verdict
from probe.lab import Lab
from probe.request import Known, Nothing, Request, of, single
from source_clockify.api.errors import Gone
from source_clockify.api.keys import Row, at
from source_clockify.instants import instant
from source_clockify.streams.time_entries import TimeEntries

ENTRIES: Final = LISTS[TimeEntries]
UNKNOWN_ID: Final = "0" * 24
SMALL: Final = 3


def entry_ids(known: Known) -> list[str]:
    """The ids of some entries that are there."""
    return [row["id"] for row in known.rows(ENTRIES)[:SMALL]]


def zone_offset(known: Known) -> timedelta:
    """How far the key's user is from UTC at the newest entry."""
    users = known.rows(OWN_USER)
    name = at(users[0], ("settings", "timeZone")) if users else None
    newest = newest_start(known)
    offset = newest.astimezone(ZoneInfo(name)).utcoffset() if name else None
    if not offset:
        raise Nothing("the key's user is in UTC, where both come to the same")
    return offset


def newest_start(known: Known) -> datetime:
    """When the first entry of the list starts."""
    starts = [start for row in known.rows(ENTRIES)[:1] if (start := instant(at(row, ("timeInterval", "start"))))]
    if not starts:
        raise Nothing("there is no time entry")
    return starts[0]


def just_beside_newest(known: Known) -> datetime:
    """A bound that lets the newest entry through, or not, as it is read one way or the other."""
    second = timedelta(seconds=1)
    return newest_start(known) + (second if zone_offset(known) > timedelta() else -second)


def inactive_user(known: Known) -> str:
    for row in known.rows(USER_IDS):
        if (row.get("status") or "ACTIVE") not in ("ACTIVE", "PENDING_EMAIL_VERIFICATION", "NOT_REGISTERED"):
            return str(row["id"])
    raise Nothing("every account that is listed is an active one")


def removed_user(known: Known) -> str:
    listed = {row["id"] for row in known.rows(USER_IDS)}
    for row in known.rows(REPORT):
        if listed and row.get("userId") and row["userId"] not in listed:
            return str(row["userId"])
    raise Nothing("nobody in the report has left the workspace")


OVER: Final = ENTRIES.but("time_entries, a page of 5,001 rows", query={"page": 1, "page-size": 5001}, size=5001)
SECOND_PAGE: Final = replace(of(TimeEntries, number=2, size=SMALL), parts=ENTRIES.parts)
BESIDE: Final = ENTRIES.but(
    "time_entries, from beside the newest", query={**ENTRIES.query, "start": moment(just_beside_newest)}
)
OF_INACTIVE: Final = ENTRIES.but("time_entries of an account that is not active", parts={"userId": inactive_user})
OF_REMOVED: Final = ENTRIES.but("time_entries of somebody who has left", parts={"userId": removed_user})
UNKNOWN_ENTRY: Final = single("time entry with an unknown id", f"time-entries/{UNKNOWN_ID}")
BATCH: Final = replace(
    single(
        "time entries by id, one of them unknown",
        "time-entries/batch",
        "POST",
        body=lambda known: {"timeEntryIds": [*entry_ids(known), UNKNOWN_ID], "hydrated": False},
    ),
    is_free=True,
)


def _most(lab: Lab) -> Finding:
    answer = answered(lab, OVER)
    if answer.fault:
        return holds(f"more are refused: {answer.said}")
    if len(answer.rows) > (ENTRIES.size or 0):
        return differs(f"{len(answer.rows):,} rows came")
    raise Untold("more can be asked for, but there are not so many")


def _free_sizes(lab: Lab) -> Finding:
    first, second = page_of(lab, ENTRIES), page_of(lab, SECOND_PAGE)
    expected, came = _ids(first.rows[SMALL : 2 * SMALL]), _ids(second.rows)
    if not expected:
        raise Untold(f"nobody has more than {SMALL} entries")
    is_next = came == expected
    return verdict(is_next, f"page 2 of {SMALL} rows {'begins' if is_next else 'does not begin'} at row {SMALL + 1}")


def _wall_clock(lab: Lab) -> Finding:
    rows = page_of(lab, BESIDE).rows
    is_east = zone_offset(lab) > timedelta()
    newest = _ids(page_of(lab, ENTRIES).rows[:1])
    came = newest == _ids(rows[:1])
    hours = abs(zone_offset(lab)) / timedelta(hours=1)
    return verdict(came is is_east, f"the key's user is {hours:g} hours {'ahead of' if is_east else 'behind'} UTC")


def _is_shown(request: Request) -> Callable[[Lab], Finding]:
    def judge(lab: Lab) -> Finding:
        answer = answered(lab, request)
        return differs(f"refused: {answer.said}") if answer.fault else holds(counted(len(answer.rows), "row"))

    return judge


def _gone(lab: Lab) -> Finding:
    answer = answered(lab, UNKNOWN_ENTRY)
    return verdict(isinstance(answer.fault, Gone), answer.said or "something was answered")


def _batch(lab: Lab) -> Finding:
    if not entry_ids(lab):
        raise Untold("there is no time entry")
    answer = answered(lab, BATCH)
    if answer.fault:
        return differs(f"refused: {answer.said}")
    known, came = set(entry_ids(lab)), set(_ids(answer.rows))
    return verdict(
        known == came, f"{len(came & known)} of {len(known)} that are there came, and {len(came - known)} others"
    )


def _running(lab: Lab) -> Finding:
    report = page_of(lab, REPORT)
    running = {row["id"] for row in page_of(lab, ENTRIES).rows if at(row, ("timeInterval", "end")) is None}
    if not running:
        raise Untold("none of the entries is running")
    if len(report.rows) == report.request.size:
        raise Untold("the report has more than a page")
    shown = running & {row.get("_id") for row in report.rows}
    return differs("they are in the report") if shown else holds(f"{len(running)} of them")


def _ids(rows: Sequence[Row]) -> list[object]:
    return [row.get("id") for row in rows]


ASSUMPTIONS: Final = (
    Assumption(
        "a page of time entries has 5,000 rows at the most",
        "a gain: LARGEST_PAGE in api/paging.py may grow, for fewer requests",
        _most,
        (OVER, ENTRIES),
    ),
    Assumption(
        "pages may have any size, and the second begins where the first of that size ends",
        "pages cannot overlap: rows may be missed when others vanish while a list is read (api/walk.py)",
        _free_sizes,
        (SECOND_PAGE, ENTRIES),
    ),
    Assumption(
        "`start` of a list of time entries is read as wall clock in the time zone of the key's user",
        "nothing breaks: the margin of 24 hours (TIME_ZONE_MARGIN in streams/incremental.py) may go",
        _wall_clock,
        (BESIDE, ENTRIES, OWN_USER),
    ),
    Assumption(
        "entries of accounts that are limited or deleted can be listed",
        "a warning counts them, and time_entry_report has their entries (streams/lists.py)",
        _is_shown(OF_INACTIVE),
        (OF_INACTIVE, USER_IDS),
    ),
    Assumption(
        "entries of people who have left the workspace can be listed by their id",
        "nothing breaks: time_entry_report alone has them; else time_entries could read them, too",
        _is_shown(OF_REMOVED),
        (OF_REMOVED, USER_IDS, REPORT),
    ),
    Assumption(
        "an entry that is not there is refused as one that does not belong to the workspace",
        "detect_deletions takes no entry for deleted: the rules of api/clockify.py need this answer",
        _gone,
        (UNKNOWN_ENTRY,),
    ),
    Assumption(
        "a batch of entries leaves out ids that are not there",
        "nothing breaks: detect_deletions looks up each entry by itself, a request each (streams/lookup.py)",
        _batch,
        (BATCH, ENTRIES),
    ),
    Assumption(
        "what is still running is not in the detailed report",
        "nothing breaks: docs/incremental.md has to say that time_entry_report shows timers, too",
        _running,
        (ENTRIES, REPORT),
    ),
)
