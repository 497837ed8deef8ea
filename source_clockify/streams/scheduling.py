"""Scheduling: who is planned on what."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import requests
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint, Row
from source_clockify.instants import to_query
from source_clockify.streams.base import BY_ID, Reading, WorkspaceStream
from source_clockify.streams.incremental import WindowedStream
from source_clockify.workspaces import Workspace

BEGINNING: Final = datetime(2015, 1, 1, tzinfo=UTC)
"""Scheduling wants both ends of a window; nothing was scheduled before this."""
AHEAD: Final = timedelta(days=730)


class Assignments(WindowedStream, WorkspaceStream):
    """Scheduled assignments, up to two years ahead. Source: GET …/scheduling/assignments/all (getAllAssignments)."""

    feature = "SCHEDULING"
    endpoint = Endpoint("workspaces/{workspaceId}/scheduling/assignments/all", query=BY_ID)

    def slice(self, workspace: Workspace) -> StreamSlice:
        plain = super().slice(workspace)
        start = self.window_start((workspace.id,)) or BEGINNING
        window = {"start": to_query(start), "end": to_query(self.began + AHEAD)}
        return StreamSlice(partition=plain.partition, cursor_slice=window, extra_fields=plain.extra_fields)

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        period = row["period"]
        if self.starts_too_early(period["start"]):
            return None
        row["periodStart"] = period["start"]
        row["periodEnd"] = period.get("end")
        row["syncedAt"] = self.synced_at
        return super().record(row, stream_slice)

    def records(self, pages: Iterable[requests.Response], reading: Reading) -> Iterator[Row]:
        yield from super().records(pages, reading)
        self.parts.complete((reading.workspace.id,), {"readAt": self.synced_at}, reading.volume)
