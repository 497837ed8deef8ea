"""What happened in a workspace: what the streams of events have in common, and the audit log."""

from abc import ABC
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from airbyte_cdk.models import FailureType, SyncMode
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.errors import BadRequest, Gone, NoSuchRoute, NotVisible, Refused
from source_clockify.api.keys import Row, whole
from source_clockify.api.page import Page
from source_clockify.api.paging import Pages, Parameters
from source_clockify.instants import instant, parse_instant, to_query, to_record
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.incremental import CURSOR_LAG, IncrementalStream
from source_clockify.streams.lists import WorkspaceStream
from source_clockify.streams.slices import Part, SliceContext, Workspace, slices_of, unknown_slices
from source_clockify.streams.sync import Sync

WINDOW: Final = timedelta(days=30)
FURTHEST: Final = timedelta(days=365)
"""How far back events are asked for: the audit log is kept for so long, and of the feeds nobody knows."""
ACTIONS: Final = [
    *[f"CREATE_TIME_{how}" for how in ("PERSONAL_TIMER", "PERSONAL_MANUAL", "IMPORT", "KIOSK", "FOR_OTHER")],
    *["RESTORE_TIME", "RESTORE_TIME_FOR_OTHER", "UPDATE_TIME_PERSONAL", "UPDATE_TIME_FOR_OTHER"],
    *["DELETE_TIME_PERSONAL", "DELETE_TIME_FOR_OTHER", "CREATE_PROJECT_IMPORT", "CREATE_PROJECT_QUICKBOOKS"],
    *["CREATE_TASK_IMPORT", "CREATE_CLIENT_IMPORT", "CREATE_CLIENT_QUICKBOOKS", "CREATE_TAG_IMPORT"],
    *[f"{verb}_{what}" for verb in ("CREATE", "UPDATE", "DELETE") for what in ("PROJECT", "TASK", "CLIENT", "TAG")],
    *[f"{verb}_EXPENSE{whose}" for verb in ("CREATE", "RESTORE", "UPDATE", "DELETE") for whose in ("", "_FOR_OTHER")],
]
"""All that the log can be asked for: it wants the actions by name."""


class EventStream(IncrementalStream, WorkspaceStream, ABC):
    """Events by their own time, read in windows of 30 days. State holds how far a workspace was read to the end.

    A window begins where the one before ends, as it is not known which of its bounds are inclusive: so an event of that very
    second may come in both, and the second time it is left out.
    """

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync)
        self._feeds_of_a_window: dict[str, int] = {}
        self._at_bound: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        """The events at the end of a window, by workspace and that end, until the next window is read: hashes of their keys."""

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for workspace in self.workspaces.chosen():
            windows = list(self.windows(workspace))
            try:
                feeds = self.feeds(workspace, windows[0]) if windows else ()
            except AirbyteTracedException as fault:
                yield unknown_slices(workspace, fault)
                continue
            self._feeds_of_a_window[workspace.id] = len(feeds)
            yield from slices_of(workspace, [(feed, window) for window in windows for feed in feeds])

    def feeds(self, workspace: Workspace, window: Mapping[str, str]) -> Sequence[Part]:
        """What is asked for in each window, of which the first one is given."""
        return ({},)

    def windows(self, workspace: Workspace) -> Iterator[dict[str, str]]:
        """From the cursor, which is inclusive, else from where the stream begins."""
        entry = self.earlier.get((workspace.id,))
        start = parse_instant(entry[self.state_key]) if entry else self.beginning()
        start = max(start, (self.began - FURTHEST).replace(microsecond=0))
        while start < self.began:
            yield {"start": to_query(start), "end": to_query(min(start + WINDOW, self.began))}
            start += WINDOW

    def beginning(self) -> datetime:
        """Where a first sync starts."""
        raise NotImplementedError

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        for records in super().batches(pages, context):
            found = len(records)
            records[:] = self._without_those_before(records, context)
            self._stats.leave_out(context.workspace, found - len(records))
            yield records

    def _without_those_before(self, records: list[Row], context: SliceContext) -> Iterator[Row]:
        """All that the window before did not have at its end. What this one has at its own is remembered."""
        places = [(context.workspace.id, context.slice[bound]) for bound in ("start", "end")]
        start, end = (parse_instant(bound) for _, bound in places)
        before, at_end = (self._at_bound[place] for place in places)
        for record in records:
            moment = instant(record.get(self.state_key))
            second = moment.replace(microsecond=0) if moment else None
            if second == start and self._key_of(record) in before:
                continue
            if second == end != start:
                at_end.add(self._key_of(record))
            yield record

    def _key_of(self, record: Row) -> int:
        names = [self.primary_key] if isinstance(self.primary_key, str) else self.primary_key
        return hash(tuple(record[name] for name in names))

    def slice_done(self, context: SliceContext) -> None:
        """All records of a slice are out: with those of its last feed, all of a window."""
        if context.position % self._feeds_of_a_window[context.workspace.id]:
            return
        self._at_bound.pop((context.workspace.id, context.slice["start"]), None)
        cursor = min(parse_instant(context.slice["end"]), self.began - CURSOR_LAG)
        self.partitions.complete(self.partition(context), {self.state_key: to_record(cursor)}, context.volume)


def _logged(row: Row) -> str | None:
    """A hash of the row, as it has no id; None where it is no row of the log at all."""
    return whole(row) if row.keys() & {"timestamp", "action", "userId"} else None


class AuditLog(EventStream):
    """The audit log. Source: POST …/audit-log (getAuditLogs).

    It is kept for a year, in ENTERPRISE workspaces that have switched it on. What others are answered is not known, and the
    host words its refusals in its own way: so 400 and 404 are refusals there, too. Its rows have no id: `id` is a hash of the
    row, so two rows that are equal in everything are one.
    """

    cursor_field = "timestamp"
    state_key = "timestamp"
    feature = "AUDIT_LOG"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/audit-log", paging=Pages(50), key=_logged, method="POST", host="audit_log"
    )

    def beginning(self) -> datetime:
        return self.sync.config.start_date or self.began - FURTHEST

    def body(self, stream_slice: Slice, page: Parameters) -> Row:
        everybody = {"authorIds": [], "contains": "DOES_NOT_CONTAIN"}
        window = {"start": stream_slice["start"], "end": stream_slice["end"]}
        return {"actions": ACTIONS, "authors": everybody, **window, **page}

    def pages(self, stream_slice: StreamSlice) -> Iterator[Page]:
        try:
            yield from super().pages(stream_slice)
        except (BadRequest, Gone, NotVisible, NoSuchRoute) as fault:
            if self.seems_included(SliceContext.of_slice(stream_slice).workspace):
                raise
            raise Refused(str(fault.message), FailureType.config_error, fault.said) from fault

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        row["id"] = _logged(row)
        return super().record(row, stream_slice)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        yield from super().batches(pages, context)
        self.slice_done(context)
