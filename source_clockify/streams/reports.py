"""The detailed reports: time entries and expenses of a whole workspace, with names and amounts, in few requests."""

from abc import ABC
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar, Final

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import Row, by, text_at
from source_clockify.api.page import Page
from source_clockify.api.paging import Pages, Parameters
from source_clockify.instants import BEGINNING
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


class ReportStream(WindowedStream, WorkspaceStream, ABC):
    """A detailed report, cut into windows as long as the plan allows. `date_at` leads to the instant that the window selects by.

    The window is asked for in UTC; its bounds are inclusive, so one ends a second before the next begins. The last one
    covers what is dated ahead: a year, or in the FREE plan a month.
    """

    date_at: ClassVar[tuple[str, ...]]

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for workspace in self.workspaces.chosen():
            windows = [{"start": _to_report(start), "end": _to_report(end)} for start, end in self.windows(workspace)]
            yield from slices_of(workspace, [({}, window) for window in windows])

    def windows(self, workspace: Workspace) -> Iterator[tuple[datetime, datetime]]:
        length = longest_range(workspace)
        start = self.window_start((workspace.id,)) or self._beginning(workspace)
        while start <= self.began + length:
            end = start + length - SECOND
            yield start, end
            start = end + SECOND

    def _beginning(self, workspace: Workspace) -> datetime:
        if longest_range(workspace) >= YEAR:
            return BEGINNING
        if self.seems_included(workspace):
            self.logger.warning(
                f"{self.name}: the plan ({workspace.plan}) of {workspace} limits reports to 31 days, so only the last twelve "
                "months are read. Set `start_date` to read more."
            )
        return self.began.replace(microsecond=0) - YEAR

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

    def body(self, stream_slice: Slice, page: Parameters) -> Row:
        return {
            "dateRangeStart": stream_slice["start"],
            "dateRangeEnd": stream_slice["end"],
            "timeZone": "UTC",
            "exportType": "JSON",
            "users": {"contains": "CONTAINS", "ids": [], "status": "ALL"},
        }


class TimeEntryReport(ReportStream):
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


class ExpenseReport(ReportStream):
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


def _to_report(moment: datetime) -> str:
    """Wall clock of the `timeZone` in the body, so without a zone of its own."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
