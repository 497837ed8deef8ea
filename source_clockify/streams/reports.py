"""The reports: time entries, expenses and attendance of a whole workspace, with names and amounts, in few requests."""

from abc import ABC
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import ClassVar, Final

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import Row, by, text_at
from source_clockify.api.page import Page
from source_clockify.api.paging import Pages, Parameters
from source_clockify.instants import BEGINNING, instant, is_instant, parse_instant
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.incremental import WindowedStream
from source_clockify.streams.lists import WorkspaceStream
from source_clockify.streams.slices import SliceContext, Workspace, slices_of
from source_clockify.streams.state import Partition

LARGEST_REPORT_PAGE: Final = 1000
YEAR: Final = timedelta(days=365)
MONTH: Final = timedelta(days=31)
SECOND: Final = timedelta(seconds=1)
AMOUNTS: Final = ("EARNED", "COST", "PROFIT")
"""Without being asked, a report tells only what the time earns."""


def longest_range(workspace: Workspace) -> timedelta:
    """How long a report may be in this plan. More than a year is said to fail even where reports are unlimited."""
    return YEAR if workspace.features & {"ONE_YEAR_RANGE_REPORTS", "UNLIMITED_REPORTS"} else MONTH


class ReportStream(WorkspaceStream, ABC):
    """A report on a workspace, cut into windows as long as the plan allows.

    It is asked for in UTC; the bounds of a window are inclusive, so one ends a second before the next begins. The last one
    covers what is dated ahead: a year, or in the FREE plan a month.
    """

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for workspace in self.workspaces.chosen():
            bounds = pairwise(self.bounds(workspace))
            windows = [{"start": _to_report(start), "end": _to_report(after - SECOND)} for start, after in bounds]
            yield from slices_of(workspace, [({}, window) for window in windows])

    def bounds(self, workspace: Workspace) -> Iterator[datetime]:
        """Where each window begins, and where the last one is over."""
        length, now = longest_range(workspace), self.sync.clock.now()
        start = self.first_start(workspace)
        yield start
        while start <= now + length:
            start = self.next_start(start, length)
            yield start

    def first_start(self, workspace: Workspace) -> datetime:
        """Where the first window begins."""
        return self.sync.config.start_date or self.beginning(workspace)

    def next_start(self, start: datetime, length: timedelta) -> datetime:
        """Where the window begins that follows the one from `start`, which may have that length."""
        return start + length

    def beginning(self, workspace: Workspace) -> datetime:
        """From when on there may be something, as far back as the plan makes it bearable to look."""
        if longest_range(workspace) >= YEAR:
            return BEGINNING
        if self.seems_included(workspace):
            self.logger.warning(
                f"{self.name}: the plan ({workspace.plan}) of {workspace} limits reports to 31 days, so only the last twelve "
                "months are read. Set `start_date` to read more."
            )
        return self.sync.clock.now().replace(microsecond=0) - YEAR

    def body(self, stream_slice: Slice, page: Parameters) -> Row:
        return {
            "dateRangeStart": stream_slice["start"],
            "dateRangeEnd": stream_slice["end"],
            "timeZone": "UTC",
            "exportType": "JSON",
            "users": {"contains": "CONTAINS", "ids": [], "status": "ALL"},
        }


class DatedReport(WindowedStream, ReportStream, ABC):
    """A report with a row for each thing that has a date, of which a later sync reads the look-back again.

    `date_at` leads to the instant that the window selects by.
    """

    date_at: ClassVar[tuple[str, ...]]

    def first_start(self, workspace: Workspace) -> datetime:
        return self.window_start((workspace.id,)) or self.beginning(workspace)

    def window_start(self, partition: Partition) -> datetime | None:
        """Asked for in UTC, the start date needs no margin."""
        start, start_date = super().window_start(partition), self.sync.config.start_date
        return max(start, start_date) if start and start_date else start

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        if self.starts_too_early(text_at(row, *self.date_at)):
            return None
        row["syncedAt"] = self.synced_at
        return super().record(row, stream_slice)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        yield from super().batches(pages, context)
        if context.position == context.of:
            self.partitions.complete(self.partition(context), {self.state_key: self.synced_at}, context.volume)


class TimeEntryReport(DatedReport):
    """Time entries with names, amounts and approval. Source: POST …/reports/detailed (generateDetailedReport).

    Its totals count the entries, where no `Last-Page` tells the end. People who left are in it, with `users.status` ALL. The
    documentation names the rows `timeEntries`, answers name them `timeentries`. `invoicingInfo` is seen as an object and as a
    list, which is empty where there is none: the connector gives the object.
    """

    date_at = ("timeInterval", "start")
    endpoint = Endpoint(
        "workspaces/{workspaceId}/reports/detailed",
        paging=Pages(LARGEST_REPORT_PAGE, size_key="pageSize"),
        rows_at=("timeentries",),
        rows_else_at=("timeEntries",),
        key=by("_id"),
        total_at=("totals", 0, "entriesCount"),
        method="POST",
        host="reports",
    )

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        row["id"] = row.pop("_id")
        invoicing = row.get("invoicingInfo")
        if isinstance(invoicing, list):
            row["invoicingInfo"] = next((info for info in invoicing if isinstance(info, dict)), None)
        return super().record(row, stream_slice)

    def body(self, stream_slice: Slice, page: Parameters) -> Row:
        report = {**super().body(stream_slice, page), "amounts": AMOUNTS}
        return {**report, "sortOrder": "ASCENDING", "detailedFilter": {**page, "sortColumn": "ID"}}


class ExpenseReport(DatedReport):
    """Expenses with names, approval and invoice. Source: POST …/reports/expenses/detailed (generateDetailedReportV1).

    The only list of expenses with a window of dates.
    """

    feature = "EXPENSES"
    date_at = ("date",)
    endpoint = Endpoint(
        "workspaces/{workspaceId}/reports/expenses/detailed",
        paging=Pages(LARGEST_REPORT_PAGE, size_key="pageSize"),
        rows_at=("expenses",),
        total_at=("totals", "expensesCount"),
        method="POST",
        host="reports",
    )

    def body(self, stream_slice: Slice, page: Parameters) -> Row:
        return {**super().body(stream_slice, page), "sortOrder": "ASCENDING", "sortColumn": "ID", **page}


def _user_and_day(row: Row) -> str | None:
    user, day = text_at(row, "userId"), text_at(row, "date")
    return f"{user} {day}" if user and day else None


class AttendanceReport(DatedReport):
    """Attendance: a row for each user and day. Source: POST …/reports/attendance (generateAttendanceReport).

    A row sums up a day, so each window begins at midnight: a day that is read in part would overwrite the whole one. The
    day of the start date is read whole too. `hasTimeOff` is not sent: it may leave out the days without time off. The report
    does not tell its length: a year may be one of twenty-seven thousand people.
    """

    feature = "ATTENDANCE_REPORT"
    primary_key = ["workspaceId", "userId", "date"]  # noqa: RUF012 - as the CDK declares it
    date_at = ("date",)
    endpoint = Endpoint(
        "workspaces/{workspaceId}/reports/attendance",
        paging=Pages(LARGEST_REPORT_PAGE, size_key="pageSize", most_rows=10_000_000),
        rows_at=("entities",),
        key=_user_and_day,
        method="POST",
        host="reports",
    )

    def first_start(self, workspace: Workspace) -> datetime:
        return _midnight(super().first_start(workspace))

    def starts_too_early(self, start: object) -> bool:
        start_date, day = self.sync.config.start_date, instant(start)
        return start_date is not None and day is not None and day < _midnight(start_date)

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        if is_instant(row["date"]):
            row["date"] = parse_instant(row["date"]).date().isoformat()
        return super().record(row, stream_slice)

    def body(self, stream_slice: Slice, page: Parameters) -> Row:
        report = super().body(stream_slice, page)
        return {**report, "sortOrder": "ASCENDING", "attendanceFilter": {**page, "sortColumn": "DATE"}}


class SharedReports(WorkspaceStream):
    """Reports that were saved and shared. Source: GET /workspaces/{workspaceId}/shared-reports (getSharedReportsV1)."""

    endpoint = Endpoint(
        "workspaces/{workspaceId}/shared-reports",
        paging=Pages(LARGEST_REPORT_PAGE, size_key="pageSize"),
        query={"sharedReportsFilter": "ALL"},
        rows_at=("reports",),
        total_at=("count",),
        host="reports",
    )


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _to_report(moment: datetime) -> str:
    """Wall clock of the `timeZone` in the body, so without a zone of its own."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
