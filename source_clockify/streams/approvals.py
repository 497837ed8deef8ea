"""Approval requests: those that are decided, by their time of change, and those that are still open."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

import requests
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint, Row
from source_clockify.api.paging import Pages
from source_clockify.instants import parse_instant, to_record
from source_clockify.streams.base import BY_ID, Reading
from source_clockify.streams.incremental import SETTLING, IncrementalStream
from source_clockify.streams.lists import WorkspaceStream

ROWS_WITH_ENTRIES: Final = 100
"""A row carries all its time entries and expenses: some 50 KB for a busy week."""


class PendingApprovalRequests(WorkspaceStream):
    """Approval requests that are open now. Source: GET …/approval-requests?status=PENDING (getApprovalRequests)."""

    feature = "APPROVAL"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/approval-requests",
        paging=Pages(ROWS_WITH_ENTRIES),
        query={**BY_ID, "status": "PENDING"},
    )

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        return super().record(_flat(row), stream_slice)


class ApprovalRequests(IncrementalStream, WorkspaceStream):
    """Approved and withdrawn approval requests. Source: GET …/approval-requests (getApprovalRequests), once for each state.

    The list ignores dates but can be sorted by the time of change, newest first: reading stops at the first page that is
    wholly older than the cursor. The cursor is inclusive, as times have whole seconds.
    """

    cursor_field = "updatedAt"
    moment = "updatedAt"
    feature = "APPROVAL"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/approval-requests",
        paging=Pages(ROWS_WITH_ENTRIES),
        query={"sort-column": "UPDATED_AT", "sort-order": "DESCENDING"},
        variants=({"status": "APPROVED"}, {"status": "WITHDRAWN_APPROVAL"}),
    )

    def walk(self, stream_slice: StreamSlice) -> Iterator[requests.Response]:
        cursor = self._cursor_of(stream_slice["workspaceId"])
        return self.endpoint.walk(partial(self.fetch, stream_slice), partial(self._is_older, cursor))

    def _cursor_of(self, workspace_id: str) -> datetime | None:
        entry = self.earlier.get((workspace_id,))
        return parse_instant(entry[self.moment]) if entry else None

    # The one place where a page is decoded while it is fetched: what is on it decides whether there is a next one.
    def _is_older(self, cursor: datetime | None, page: requests.Response) -> bool:
        return cursor is not None and all(_is_before(_flat(row), cursor) for row in self.endpoint.rows(page))

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        record = _flat(row)
        cursor = self._cursor_of(stream_slice["workspaceId"])
        if cursor is not None and _is_before(record, cursor):
            return None
        if self.starts_too_early(record["approvalRequest"]["dateRange"]["start"]):
            return None
        return super().record(record, stream_slice)

    def batches(self, pages: Iterable[requests.Response], reading: Reading) -> Iterator[list[Row]]:
        workspace = reading.workspace
        newest = self._cursor_of(workspace.id)
        for records in super().batches(pages, reading):
            changed = [parse_instant(record["updatedAt"]) for record in records if record["updatedAt"]]
            newest = max([newest, *changed] if newest else changed, default=None)
            yield records
        if newest is not None:
            cursor = min(newest, self.began - SETTLING)
            self.parts.complete((workspace.id,), {self.moment: to_record(cursor)}, reading.volume)


def _flat(row: Row) -> Row:
    """A row with the id, state and time of change of its request at the top."""
    request = row["approvalRequest"]
    row["id"] = request["id"]
    row["state"] = request["status"]["state"]
    row["updatedAt"] = request["status"].get("updatedAt")
    return row


def _is_before(record: Row, cursor: datetime) -> bool:
    """A request that does not tell its time of change is read each time."""
    return bool(record["updatedAt"]) and parse_instant(record["updatedAt"]) < cursor
