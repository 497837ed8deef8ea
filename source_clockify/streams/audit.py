"""What happened in a workspace: the audit log, and the experimental feeds of changed entities."""

from abc import ABC
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from operator import itemgetter
from typing import ClassVar, Final

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.errors import ApiError, BadRequest, NoSuchRoute
from source_clockify.api.keys import Row, at, text_at, whole
from source_clockify.api.page import Page
from source_clockify.api.paging import Feed, Pages, Parameters
from source_clockify.instants import instant, parse_instant, to_query, to_record
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.incremental import CURSOR_LAG, IncrementalStream
from source_clockify.streams.lists import WorkspaceStream
from source_clockify.streams.refusals import SharedRefusal
from source_clockify.streams.slices import SliceContext, Workspace, slices_of
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

ENTITY_TYPES: Final = (
    *("CLIENTS", "PROJECTS", "TAGS", "TASKS", "SCHEDULED_ASSIGNMENT", "TIME_ENTRY", "TIME_ENTRY_RATE"),
    *("TIME_ENTRY_CUSTOM_FIELD_VALUE", "CUSTOM_FIELDS", "USER", "USER_GROUPS", "INVOICES", "APPROVAL_REQUESTS"),
    *("BALANCE", "HOLIDAYS", "PTO_POLICY", "TIME_OFF_REQUEST"),
)


CHANGES: Final = ("created", "updated", "deleted")
"""The three feeds, by what their paths end with."""


class EventStream(IncrementalStream, WorkspaceStream, ABC):
    """Events by their own time, read in windows of 30 days. State holds how far a workspace was read to the end.

    `feeds` are what is asked for in each window.
    """

    feeds: ClassVar[Sequence[Mapping[str, str]]] = ({},)

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for workspace in self.workspaces.chosen():
            windows = self.windows(workspace)
            yield from slices_of(workspace, [(feed, window) for window in windows for feed in self.feeds])

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

    def slice_done(self, context: SliceContext) -> None:
        """All records of a slice are out: with those of its last feed, all of a window."""
        if context.position % len(self.feeds):
            return
        cursor = min(parse_instant(context.slice["end"]), self.began - CURSOR_LAG)
        self.partitions.complete(self.partition(context), {self.state_key: to_record(cursor)}, context.volume)


def _logged(row: Row) -> str | None:
    """A hash of the row, as it has no id; None where it is no row of the log at all."""
    return whole(row) if row.keys() & {"timestamp", "action", "userId"} else None


class AuditLog(EventStream):
    """The audit log. Source: POST …/audit-log (getAuditLogs).

    It is kept for a year, in ENTERPRISE workspaces that have switched it on. Its rows have no id: `id` is a hash of the
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

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        row["id"] = _logged(row)
        return super().record(row, stream_slice)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        yield from super().batches(pages, context)
        self.slice_done(context)


def _id(row: Row) -> str | None:
    return text_at(row, "id") or text_at(row, "document", "_id")


def _event(row: Row) -> str | None:
    """Tells rows apart, which name an entity once for each of its changes."""
    return whole(row) if _id(row) else None


class EntityChanges(EventStream):
    """Created, updated and deleted entities. Source: GET …/entities/{created,updated,deleted} (getCreatedEntityInfo …).

    Experimental at Clockify, and known to lose events: best effort. One type is asked for at a time, in each of three
    feeds; a type that the host does not take is left out. Their paging cannot be relied on, so a feed ends when a page
    brings nothing new. The item is kept as it came, as one object: each type has fields of its own.
    """

    primary_key = ["workspaceId", "entityType", "id", "changeType", "changedAt"]  # noqa: RUF012 - as the CDK declares it
    cursor_field = "changedAt"
    state_key = "changedAt"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/entities/{change}", paging=Feed(), sends=("start", "end", "type"), key=_event
    )
    feeds = tuple({"type": entity_type, "change": change} for entity_type, change in product(ENTITY_TYPES, CHANGES))

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync)
        self._type_refusal = SharedRefusal(BadRequest, NoSuchRoute)
        self._refused: set[tuple[str, str]] = set()
        self._taken: set[tuple[str, str, str]] = set()
        self._timeless: defaultdict[str, set[Hashable]] = defaultdict(set)

    def beginning(self) -> datetime:
        return self.sync.config.start_date or self.began - WINDOW

    def pages(self, stream_slice: StreamSlice) -> Iterator[Page]:
        context = SliceContext.of_slice(stream_slice)
        kind = (context.workspace.id, stream_slice["type"])
        return self._type_refusal.pages(kind, super().pages(stream_slice))

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        record = {
            "entityType": stream_slice["type"],
            "id": _id(row),
            "changeType": stream_slice["change"].upper(),
            "changedAt": _changed_at(row, stream_slice["change"]),
            "entity": row,
        }
        if record["changedAt"] is None:
            record["changedAt"] = stream_slice["end"]
            self._timeless[stream_slice["workspaceId"]].add(
                (stream_slice["type"], record["id"], stream_slice["change"])
            )
        return super().record(record, stream_slice)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        feed = (context.workspace.id, context.slice["type"], context.slice["change"])
        try:
            for records in self._once_each(super().batches(pages, context), context):
                self._taken.add(feed)
                yield records
            self._taken.add(feed)
        except (BadRequest, NoSuchRoute) as refusal:
            if feed in self._taken:  # so it is not the type
                raise
            self._leave_out(context, refusal)
        self.slice_done(context)
        if context.position == context.of and (timeless := self._timeless[context.workspace.id]):
            self.logger.warning(
                f"{self.name}: {len(timeless)} changes from {context.workspace} tell no time: their changedAt is the end of the "
                "window in which they were found."
            )

    def _once_each(self, batches: Iterable[list[Row]], context: SliceContext) -> Iterator[list[Row]]:
        """Each change once, by the primary key: an item may come twice for one change, with a difference elsewhere."""
        key = itemgetter(*self.primary_key)
        seen: set[Hashable] = set()
        for records in batches:
            new = {key(record): record for record in records if key(record) not in seen}
            seen |= new.keys()
            self._stats.leave_out(context.workspace, len(records) - len(new))
            yield list(new.values())

    def _leave_out(self, context: SliceContext, refusal: ApiError) -> None:
        workspace, entity_type = context.workspace, context.slice["type"]
        if (workspace.id, entity_type) in self._refused:
            return
        self._refused.add((workspace.id, entity_type))
        self.logger.info(f"{self.name}: Clockify does not take the type {entity_type} for {workspace}: left out.")
        if all((workspace.id, one) in self._refused for one in ENTITY_TYPES):
            raise refusal


def _changed_at(row: Row, change: str) -> str | None:
    """When it happened, else any time that the item tells; None where it tells none."""
    audit = row.get("auditMetadata") or at(row, ("document", "auditMetadata"))
    times = {
        "created": text_at(audit, "createdAt"),
        "updated": text_at(audit, "updatedAt"),
        "deleted": text_at(row, "deletedAt"),
    }
    return next((time for time in (times.pop(change), *times.values()) if instant(time)), None)
