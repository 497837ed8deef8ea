"""What is assumed of the reports: their filters, their columns, how much they give at once, and their totals."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from probe.asked import LISTS, REPORT
from probe.finding import Assumption, Finding, Untold, answered, counted, differs, holds, page_of, verdict
from probe.lab import Lab
from probe.request import Known, Nothing, Request, merged
from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import Row, at
from source_clockify.streams.reports import LARGEST_REPORT_PAGE, longest_range
from source_clockify.streams.totals import TimeTotals
from source_clockify.streams.work import CustomFields

AMOUNTS: Final = ("earnedAmount", "costAmount")
COMMON: Final = ("dateRangeStart", "dateRangeEnd", "timeZone", "exportType", "users")
"""What all reports are asked for alike."""
DAY: Final = timedelta(days=1)


def alike(detailed: Row, change: Row) -> Row:
    """What another report of the range and the people of a detailed one posts."""
    return {**{name: value for name, value in detailed.items() if name in COMMON}, **change}


def _report(name: str, path: str, change: Row, feature: str | None = None) -> Request:
    def body(known: Known) -> Row:
        assert REPORT.body is not None  # noqa: S101 - tells mypy
        return alike(REPORT.body(known), change)

    endpoint = Endpoint(f"workspaces/{{workspaceId}}/reports/{path}", method="POST", host="reports")
    return Request(name, endpoint, body=body, feature=feature, is_free=True)


def _with_field(known: Known) -> Row:
    """A report that is asked for a custom field, which lets through entries that have none, too."""
    fields = [row for row in known.rows(LISTS[CustomFields]) if row.get("entityType") == "TIMEENTRY"]
    if not fields:
        raise Nothing("there is no custom field")
    assert REPORT.body is not None  # noqa: S101 - tells mypy
    wanted = [{"id": row["id"], "type": row.get("type"), "isEmpty": False} for row in fields[:1]]
    return merged(REPORT.body(known), {"customFields": wanted})


def _too_long(known: Known) -> Row:
    """A report of more than the plan is thought to give: two years, or in a free plan two months."""
    assert REPORT.body is not None  # noqa: S101 - tells mypy
    start = known.window[0] - longest_range(known.workspace)
    return merged(REPORT.body(known), {"dateRangeStart": start.strftime("%Y-%m-%dT%H:%M:%S")})


SUMMARY: Final = LISTS[TimeTotals]
ATTENDANCE: Final = _report(
    "attendance report",
    "attendance",
    {"attendanceFilter": {"page": 1, "pageSize": 50, "sortColumn": "DATE"}},
    "ATTENDANCE_REPORT",
)
WITHOUT_NOBODY: Final = REPORT.posting(
    "time_entry_report, users DOES_NOT_CONTAIN []", {"users": {"contains": "DOES_NOT_CONTAIN"}}, is_free=True
)
WITH_FIELD: Final = REPORT.but("time_entry_report by a custom field", body=_with_field)
LARGE_PAGE: Final = REPORT.posting(
    "time_entry_report, a page of 1,001 rows", {"detailedFilter": {"pageSize": 1001}}, size=1001
)
LONG: Final = REPORT.but("time_entry_report, twice as long", body=_too_long, is_free=True)


def _everybody(lab: Lab) -> Finding:
    containing, other = page_of(lab, REPORT), page_of(lab, WITHOUT_NOBODY)
    if not containing.rows and not other.rows:
        raise Untold("the report has no rows")
    counts = f"{len(containing.rows):,} rows with CONTAINS, {len(other.rows):,} with DOES_NOT_CONTAIN"
    return verdict(bool(containing.rows) and len(containing.rows) >= len(other.rows), counts)


def _amounts(lab: Lab) -> Finding:
    rows = [row for row in page_of(lab, REPORT).rows if row.get("amount")]
    if not rows:
        raise Untold("no row has an amount")
    missing = [name for name in AMOUNTS if all(row.get(name) is None for row in rows)]
    return differs(f"no row has {' or '.join(missing)}") if missing else holds(counted(len(rows), "row"))


def _custom_fields(lab: Lab) -> Finding:
    rows = page_of(lab, REPORT).rows
    if any(row.get("customFields") for row in rows):
        return holds("values came")
    asked_for = page_of(lab, WITH_FIELD).rows
    if any(row.get("customFields") for row in asked_for):
        return differs("values come only where the report is asked for the field")
    raise Untold("no row has any, asked for or not")


def _largest(lab: Lab) -> Finding:
    answer = answered(lab, LARGE_PAGE)
    if answer.fault:
        return holds(f"more are refused: {answer.said}")
    if len(answer.rows) > LARGEST_REPORT_PAGE:
        return differs(f"{len(answer.rows):,} rows came")
    raise Untold("more can be asked for, but there are not so many")


def _range(lab: Lab) -> Finding:
    answer, features = answered(lab, LONG), lab.workspace.features
    days = 2 * longest_range(lab.workspace) // DAY
    if "UNLIMITED_REPORTS" in features:
        return verdict(answer.is_page, f"{days} days are " + ("given" if answer.is_page else f"refused: {answer.said}"))
    if answer.is_page:
        return differs(f"{days} days are given")
    return holds(f"{days} days are refused: {answer.said}")


def _summary(lab: Lab) -> Finding:
    summary, detailed = page_of(lab, SUMMARY).body, page_of(lab, REPORT).body
    seconds = [at(body, ("totals", 0, "totalTime")) for body in (summary, detailed)]
    groups = at(summary, ("groupOne",))
    if None in seconds:
        raise Untold("one of both has no total")
    months = [month for group in _list(groups) for month in _list(group.get("children"))]
    in_groups = sum(at(month, ("duration",)) or 0 for month in months)
    if seconds[0] != seconds[1]:
        return differs("the totals of both reports are not the same")
    return verdict(
        in_groups == seconds[0], "the groups add up" if in_groups == seconds[0] else "the groups do not add up"
    )


def _attendance(lab: Lab) -> Finding:
    rows = at(page_of(lab, ATTENDANCE).body, ("entities",))
    if not isinstance(rows, list):
        return differs("there is no `entities`")
    if not rows:
        raise Untold("nobody attended")
    return verdict(all(_is_text(row, ("userId", "date")) for row in rows), counted(len(rows), "row"))


def _list(value: object) -> list[Row]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _is_text(row: object, names: Iterable[str]) -> bool:
    return isinstance(row, dict) and all(isinstance(row.get(name), str) for name in names)


ASSUMPTIONS: Final = (
    Assumption(
        "the report of users that CONTAINS none names is that of everybody",
        "time_entry_report and expense_report are empty: send DOES_NOT_CONTAIN (`body` in streams/reports.py)",
        _everybody,
        (REPORT, WITHOUT_NOBODY),
    ),
    Assumption(
        "the report has earned and cost amounts where it is asked for `amounts`",
        "those columns of time_entry_report are always null: docs/clockify.md has to say so",
        _amounts,
        (REPORT,),
    ),
    Assumption(
        "the report has the values of custom fields without being asked for them",
        "time_entry_report has to ask for each field, else its `customFields` are empty (streams/reports.py)",
        _custom_fields,
        (REPORT, WITH_FIELD),
    ),
    Assumption(
        "a page of the detailed report has 1,000 rows at the most",
        "a gain: LARGEST_REPORT_PAGE in streams/reports.py may grow",
        _largest,
        (LARGE_PAGE,),
    ),
    Assumption(
        "a report may be as long as `features[]` says: a month, a year, or without a limit",
        "`longest_range` in streams/reports.py has to know this plan",
        _range,
        (LONG,),
    ),
    Assumption(
        "the summary by user and month adds up to the total of the detailed report",
        "Clockify's totals are no measure of what was read (docs/incremental.md)",
        _summary,
        (SUMMARY, REPORT),
    ),
    Assumption(
        "the attendance report has `entities`, each with `userId` and `date`",
        "its rows or their key are elsewhere",
        _attendance,
        (ATTENDANCE,),
    ),
)
