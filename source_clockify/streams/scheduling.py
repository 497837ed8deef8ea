"""Scheduling: who is planned on what."""

from abc import ABC
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import Row, by, text_at
from source_clockify.api.page import Page
from source_clockify.api.paging import Pages, Parameters
from source_clockify.instants import BEGINNING, to_query
from source_clockify.streams.base import BY_ID
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.incremental import WindowedStream
from source_clockify.streams.lists import WorkspaceStream
from source_clockify.streams.slices import SliceContext, Workspace, slice_of

AHEAD: Final = timedelta(days=730)
ROWS_WITH_DAYS: Final = 50


class Assignments(WindowedStream, WorkspaceStream):
    """Scheduled assignments, up to two years ahead. Source: GET …/scheduling/assignments/all (getAllAssignments)."""

    feature = "SCHEDULING"
    endpoint = Endpoint("workspaces/{workspaceId}/scheduling/assignments/all", query=BY_ID, sends=("start", "end"))

    def slice(self, workspace: Workspace) -> StreamSlice:
        start = self.window_start((workspace.id,)) or BEGINNING
        end = max(start, self.began) + AHEAD
        return slice_of(workspace, window={"start": to_query(start), "end": to_query(end)})

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        start = text_at(row, "period", "start")
        if self.starts_too_early(start):
            return None
        row["periodStart"] = start
        row["periodEnd"] = text_at(row, "period", "end")
        row["syncedAt"] = self.synced_at
        return super().record(row, stream_slice)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        yield from super().batches(pages, context)
        self.partitions.complete(self.partition(context), {"readAt": self.synced_at}, context.volume)


class SchedulingTotals(WorkspaceStream, ABC):
    """Totals over the window of the assignments. A row has a number for each day of it, hence the small page."""

    feature = "SCHEDULING"

    def slice(self, workspace: Workspace) -> StreamSlice:
        start = self.sync.config.start_date or BEGINNING
        end = max(start, self.sync.clock.now()) + AHEAD
        return slice_of(workspace, window={"start": to_query(start), "end": to_query(end)})

    def body(self, stream_slice: Slice, page: Parameters) -> Row:
        return {"start": stream_slice["start"], "end": stream_slice["end"], "statusFilter": "ALL", **page}


def _project_and_task(row: Row) -> str | None:
    project, task = text_at(row, "projectId"), text_at(row, "taskId")
    return f"{project}-{task}" if project and task else project


class ProjectAssignmentTotals(SchedulingTotals):
    """Scheduled hours of each project, and task where there is one.

    Source: POST …/scheduling/assignments/projects/totals (getFilteredProjectTotals). `id` is made of the two ids.
    """

    endpoint = Endpoint(
        "workspaces/{workspaceId}/scheduling/assignments/projects/totals",
        paging=Pages(ROWS_WITH_DAYS, size_key="pageSize"),
        key=_project_and_task,
        method="POST",
    )

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        row["id"] = _project_and_task(row)
        return super().record(row, stream_slice)


class UserCapacity(SchedulingTotals):
    """Capacity and scheduled hours of each user. Source: POST …/scheduling/assignments/user-filter/totals (getUserTotals)."""

    primary_key = ["workspaceId", "userId"]  # noqa: RUF012 - as the CDK declares it
    endpoint = Endpoint(
        "workspaces/{workspaceId}/scheduling/assignments/user-filter/totals",
        paging=Pages(ROWS_WITH_DAYS, size_key="pageSize"),
        key=by("userId"),
        method="POST",
    )
