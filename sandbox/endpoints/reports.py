"""Reports on time entries and expenses, whose dates are wall clock in a zone of the request's choice; shared ones."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .. import reports, totals
from ..api import Call, get, post
from ..refusals import Refusal, unconvertible
from ..shapes import Row, iso

_REQUEST = (
    "dateRangeStart:wall-clock! dateRangeEnd:wall-clock! timeZone exportType:JSON|JSON_V1 "
    "users.ids:list users.contains:CONTAINS|DOES_NOT_CONTAIN users.status:ALL|ACTIVE_WITH_PENDING|ACTIVE|PENDING|INACTIVE"
)
_AMOUNTS = "amountShown:EARNED|COST|PROFIT|HIDE_AMOUNT|EXPORT amounts:list"
_PAGING = {"page": "page", "size": "pageSize", "column": "sortColumn", "order": "sortOrder"}
_NESTED = {use: name if use == "order" else f"detailedFilter.{name}" for use, name in _PAGING.items()}
_START = dict.fromkeys(("DATE", "ZONED_DATE", "NATURAL", "USER_DATE"), "timeInterval.start")


@post(
    "reports/detailed",
    f"{_REQUEST} {_AMOUNTS} detailedFilter.options.totals:CALCULATE|EXCLUDE",
    paged=True,
    names=_NESTED,
    sort={"ID": "id", "DESCRIPTION": "description", **_START},
    host="/report/v1",
)
def detailed(call: Call) -> Row:
    """Whether Clockify shows what is still running is not known. The totals of nothing are [null], as of a weekly report."""
    place, shown, zone = call.workspace, call.query["amountShown"] or "EARNED", _range(call)[2]
    entries = _shown_entries(call)
    page = call.page(entries, maximum=1000)
    shape, amounts = call.world.report_shape, _amounts(call)
    rows = reports.time_entries(call.world, place, page, zone, shown, amounts, shape)
    answer: Row = {"timeEntries" if shape == "documented" else "timeentries": rows}
    if call.query["detailedFilter.options.totals"] == "EXCLUDE":
        return answer
    totals = {**_totals(entries, amounts or [shown]), "entriesCount": call.total} if entries else None
    return {"totals": [totals], **answer}


@post(
    "reports/expenses/detailed",
    _REQUEST,
    paged=True,
    names=_PAGING,
    sort={"ID": "id", "DATE": "date", "AMOUNT": "total"},
    feature="EXPENSES",
    host="/report/v1",
)
def expenses(call: Call) -> Row:
    (start, end, _), is_shown = _range(call), _are_shown(call)
    found = [row for row in call.rows("expenses") if is_shown(row["userId"]) and start <= row["date"] <= end]
    totals = {"totalAmount": found, "totalAmountBillable": [row for row in found if row["billable"]]}
    sums = {name: sum(row["total"] for row in rows) for name, rows in totals.items()}
    page = reports.expenses(call.world, call.workspace, call.page(found, maximum=1000))
    return {"expenses": page, "totals": {"expensesCount": call.total, **sums}}


@get("shared-reports", "sharedReportsFilter", paged=True, names=_PAGING, page_headers=False, host="/report/v1")
def shared(call: Call) -> Row:
    try:
        rows = call.access.shared_reports(call.query["sharedReportsFilter"] or "ALL")
    except KeyError:
        raise Refusal(500, "Internal Server Error", 500) from None
    return {"reports": call.page(rows, maximum=1000), "count": call.total}


@post(
    "reports/summary",
    f"{_REQUEST} {_AMOUNTS} summaryFilter.groups:list! billable:bool rounding:bool",
    host="/report/v1",
)
def summary(call: Call) -> Row:
    """It is not paged. Whether it rounds unless told is not known: here it does."""
    kinds = totals.groupings(call.world, _range(call)[2], call.world.report_months)
    groups, billable, amounts = call.query["summaryFilter.groups"], call.query["billable"], _amounts(call)
    if not 1 <= len(groups) <= 3 or not kinds.keys() >= set(groups):
        raise unconvertible("summaryFilter.groups", groups, code=3002)
    entries = [entry for entry in _shown_entries(call) if billable in (None, entry["billable"])]
    rounded = call.query["rounding"] is not False
    shown = call.query["amountShown"] or "EARNED"
    found = totals.summary(entries, [kinds[name] for name in groups], shown, amounts, rounded=rounded)
    return {
        "totals": [{**_totals(entries, amounts or [shown]), "entriesCount": len(entries)} if entries else None],
        "groupTotals": {"groupOneTotalCount": len(found)},
        "donutChart": [],
        "groupOne": found,
    }


@post(
    "reports/attendance",
    f"{_REQUEST} attendanceFilter.hasTimeOff:bool",
    paged=True,
    names={use: name if use == "order" else f"attendanceFilter.{name}" for use, name in _PAGING.items()},
    sort={"DATE": "date", "USER": "userName", "START": "startTime", "WORK": "totalDuration"},
    default_sort="DATE",
    feature="ATTENDANCE_REPORT",
    host="/report/v1",
)
def attendance(call: Call) -> Row:
    """`hasTimeOff` is taken for a filter like its neighbours, which is not proven."""
    rows = totals.attendance(call.world, call.workspace, _entries(call), _range(call)[2])
    if call.query["attendanceFilter.hasTimeOff"]:
        rows = [row for row in rows if row["timeOff"]]
    return {"entities": call.page(rows, maximum=1000)}


def _entries(call: Call) -> list[Row]:
    """The entries that start in the range, of everybody who is shown."""
    start, end, _ = _range(call)
    place = call.workspace
    return [
        entry for user in filter(_are_shown(call), place.timelines) for entry in place.entries_between(user, start, end)
    ]


def _shown_entries(call: Call) -> list[Row]:
    """Of those the ones that are over, and the running ones where the sandbox shows them."""
    running_too = call.world.report_shows_running
    return [entry for entry in _entries(call) if running_too or entry["timeInterval"]["end"]]


def _range(call: Call) -> tuple[str, str, ZoneInfo]:
    """The first and last instant, and the zone."""
    name, start, end = (call.query[name] for name in ("timeZone", "dateRangeStart", "dateRangeEnd"))
    try:
        zone = ZoneInfo(name or call.user["settings"]["timeZone"])
    except (ZoneInfoNotFoundError, ValueError):
        raise Refusal(400, f"Invalid time zone {name}", 501) from None
    longest = call.access.longest_report
    if end - start > longest:
        raise Refusal(400, f"Please select a date range of at most {longest.days} days", 501)
    return iso(start.replace(tzinfo=zone)), iso(end.replace(tzinfo=zone)), zone


def _are_shown(call: Call) -> Callable[[str], bool]:
    """Whether a user is asked for and may be seen. Unless told, those who were deactivated or removed are not."""
    asked, ids, contains = (call.query[f"users.{name}"] for name in ("status", "ids", "contains"))
    listed = {asked} if asked in ("ACTIVE", "PENDING", "INACTIVE") else {"ACTIVE", "PENDING"}

    def is_shown(user_id: str) -> bool:
        status = call.workspace.members.get(user_id, {}).get("membershipStatus")
        is_one = not ids or (user_id in ids) is not (contains == "DOES_NOT_CONTAIN")
        return is_one and (asked == "ALL" or status in listed) and call.access.reaches(user_id)

    return is_shown


def _amounts(call: Call) -> list[str]:
    """The amounts that are wanted by name; without any it is that of `amountShown` alone."""
    wanted: list[str] = call.query["amounts"] or []
    if unknown := set(wanted) - {*reports.AMOUNTS, "HIDE_AMOUNT", "EXPORT"}:
        raise unconvertible("amounts", unknown, code=3002)
    return wanted


def _totals(entries: list[Row], amounts: list[str]) -> Row:
    lengths = [(reports.seconds(entry), entry) for entry in entries]
    return {
        "_id": "",
        "totalTime": sum(length for length, _ in lengths),
        "totalBillableTime": sum(length for length, entry in lengths if entry["billable"]),
        "amounts": [reports.amount_of(entries, kind) for kind in amounts],
    }
