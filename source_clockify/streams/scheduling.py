"""Scheduling: who is planned on what."""

from abc import ABC
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import requests
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint, Row
from source_clockify.api.paging import Pages
from source_clockify.instants import BEGINNING, now, to_query
from source_clockify.streams.base import BY_ID, Reading
from source_clockify.streams.incremental import WindowedStream
from source_clockify.streams.lists import WorkspaceStream
from source_clockify.workspaces import Workspace

AHEAD: Final = timedelta(days=730)
ROWS_WITH_DAYS: Final = 50


class Assignments(WindowedStream, WorkspaceStream):
    """Scheduled assignments, up to two years ahead. Source: GET …/scheduling/assignments/all (getAllAssignments)."""

    feature = "SCHEDULING"
    endpoint = Endpoint("workspaces/{workspaceId}/scheduling/assignments/all", query=BY_ID)

    def slice(self, workspace: Workspace) -> StreamSlice:
        plain = super().slice(workspace)
        start = self.window_start((workspace.id,)) or BEGINNING
        window = {"start": to_query(start), "end": to_query(max(start, self.began) + AHEAD)}
        return StreamSlice(partition=plain.partition, cursor_slice=window, extra_fields=plain.extra_fields)

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        period = row["period"]
        if self.starts_too_early(period["start"]):
            return None
        row["periodStart"] = period["start"]
        row["periodEnd"] = period.get("end")
        row["syncedAt"] = self.synced_at
        return super().record(row, stream_slice)

    def batches(self, pages: Iterable[requests.Response], reading: Reading) -> Iterator[list[Row]]:
        yield from super().batches(pages, reading)
        self.parts.complete((reading.workspace.id,), {"readAt": self.synced_at}, reading.volume)


class SchedulingTotals(WorkspaceStream, ABC):
    """Totals over the window of the assignments. A row has a number for each day of it, hence the small page."""

    feature = "SCHEDULING"

    def body(self, stream_slice: Mapping[str, Any], parameters: Mapping[str, Any]) -> Row:
        start = self.sync.config.start_date or BEGINNING
        return {
            "start": to_query(start),
            "end": to_query(max(start, now()) + AHEAD),
            "statusFilter": "ALL",
            **parameters,
        }


class ProjectAssignmentTotals(SchedulingTotals):
    """Scheduled hours of each project, and task where there is one.

    Source: POST …/scheduling/assignments/projects/totals (getFilteredProjectTotals). `id` is made of the two ids.
    """

    endpoint = Endpoint(
        "workspaces/{workspaceId}/scheduling/assignments/projects/totals",
        paging=Pages(ROWS_WITH_DAYS, size_key="pageSize"),
        method="POST",
    )

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        row["id"] = "-".join(filter(None, (row["projectId"], row.get("taskId"))))
        return super().record(row, stream_slice)


class UserCapacity(SchedulingTotals):
    """Capacity and scheduled hours of each user. Source: POST …/scheduling/assignments/user-filter/totals (getUserTotals)."""

    primary_key = ["workspaceId", "userId"]  # noqa: RUF012 - as the CDK declares it
    endpoint = Endpoint(
        "workspaces/{workspaceId}/scheduling/assignments/user-filter/totals",
        paging=Pages(ROWS_WITH_DAYS, size_key="pageSize"),
        method="POST",
    )
