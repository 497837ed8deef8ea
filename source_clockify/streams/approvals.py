"""Approval requests: those that are decided, by their time of change, and those that are still open."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Final

from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import Row, by, text_at
from source_clockify.api.page import Page
from source_clockify.api.paging import Pages
from source_clockify.instants import BEGINNING, instant, parse_instant, to_record
from source_clockify.streams.base import BY_ID
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.incremental import CURSOR_LAG, IncrementalStream
from source_clockify.streams.lists import WorkspaceStream
from source_clockify.streams.slices import SliceContext, Workspace
from source_clockify.streams.sync import Sync

ROWS_WITH_ENTRIES: Final = 100
"""A row carries all its time entries and expenses: some 50 KB for a busy week."""
REQUEST: Final = ("approvalRequest",)
UPDATED_AT: Final = (*REQUEST, "status", "updatedAt")


class PendingApprovalRequests(WorkspaceStream):
    """Approval requests that are open now. Source: GET …/approval-requests?status=PENDING (getApprovalRequests)."""

    feature = "APPROVAL"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/approval-requests",
        paging=Pages(ROWS_WITH_ENTRIES),
        query={**BY_ID, "status": "PENDING"},
        key=by(*REQUEST, "id"),
    )

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        return super().record(_flat(row), stream_slice)


class ApprovalRequests(IncrementalStream, WorkspaceStream):
    """Approved and withdrawn approval requests. Source: GET …/approval-requests (getApprovalRequests), once for each state.

    The list ignores dates but can be sorted by the time of change, newest first: reading stops at the first page that is
    wholly older than the cursor, unless the order that came is another. The cursor is inclusive, as times have whole seconds.
    """

    cursor_field = "updatedAt"
    state_key = "updatedAt"
    feature = "APPROVAL"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/approval-requests",
        paging=Pages(ROWS_WITH_ENTRIES),
        query={"sort-column": "UPDATED_AT", "sort-order": "DESCENDING"},
        variants=({"status": "APPROVED"}, {"status": "WITHDRAWN_APPROVAL"}),
        key=by(*REQUEST, "id"),
    )

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync)
        self._out_of_order: set[str] = set()

    def pages(self, stream_slice: StreamSlice) -> Iterator[Page]:
        workspace = SliceContext.of_slice(stream_slice).workspace
        cursor, tell = self._cursor_of(workspace.id), partial(self._tell_of_disorder, workspace)
        return self.endpoint.pages(partial(self.fetch, stream_slice), lambda: _NewestFirst(cursor, tell).is_enough)

    def _tell_of_disorder(self, workspace: Workspace) -> None:
        if workspace.id not in self._out_of_order:
            self._out_of_order.add(workspace.id)
            self.logger.info(
                f"{self.name}: nothing shows that Clockify lists the latest changes in {workspace} first, as it is asked to: so "
                "those before the last sync are read too, as newer ones may follow."
            )

    def _cursor_of(self, workspace_id: str) -> datetime | None:
        entry = self.earlier.get((workspace_id,))
        return parse_instant(entry[self.state_key]) if entry else None

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        cursor = self._cursor_of(stream_slice["workspaceId"])
        if _is_before(row, cursor) or self.starts_too_early(text_at(row, *REQUEST, "dateRange", "start")):
            return None
        return super().record(_flat(row), stream_slice)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        newest = self._cursor_of(context.workspace.id)
        for records in super().batches(pages, context):
            changed = [moment for record in records if (moment := instant(record["updatedAt"]))]
            newest = max([newest, *changed] if newest else changed, default=None)
            yield records
        if newest is not None:
            cursor = max(min(newest, self.began - CURSOR_LAG), BEGINNING)
            self.partitions.complete(self.partition(context), {self.state_key: to_record(cursor)}, context.volume)


def _flat(row: Row) -> Row:
    """A row with the id, state and time of change of its request at the top."""
    row["id"] = text_at(row, *REQUEST, "id")
    row["state"] = text_at(row, *REQUEST, "status", "state")
    row["updatedAt"] = text_at(row, *UPDATED_AT)
    return row


class _NewestFirst:
    """Tells whether all that is new in a list was read, if the list begins with the latest changes.

    Whether it does is what its rows show: a host that ignores how a list is to be sorted may put new ones anywhere.
    """

    def __init__(self, cursor: datetime | None, tell_of_disorder: Callable[[], None]) -> None:
        self._cursor = cursor
        self._tell_of_disorder = tell_of_disorder
        self._latest: datetime | None = None
        self._has_fallen = self._has_risen = False

    def is_enough(self, page: Page) -> bool:
        """Whether there is nothing new on a page: then there is nothing new on the next one either."""
        self._follow(page)
        if page.is_last or not page.rows or not all(_is_before(row, self._cursor) for row in page.rows):
            return False
        is_sorted = self._has_fallen and not self._has_risen  # times that are all the same show nothing
        if not is_sorted:
            self._tell_of_disorder()
        return is_sorted

    def _follow(self, page: Page) -> None:
        for row in page.new:
            if moment := instant(text_at(row, *UPDATED_AT)):
                self._has_fallen |= self._latest is not None and moment < self._latest
                self._has_risen |= self._latest is not None and moment > self._latest
                self._latest = moment


def _is_before(row: Row, cursor: datetime | None) -> bool:
    """Whether a request was changed before the last sync. One without a time of change is read each time."""
    moment = instant(text_at(row, *UPDATED_AT)) if cursor else None
    return cursor is not None and moment is not None and moment < cursor
