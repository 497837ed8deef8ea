"""What happened in a workspace: the audit log, and the experimental feeds of changed entities."""

import hashlib
from abc import ABC
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import requests
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.endpoint import Endpoint, Row
from source_clockify.api.errors import BadRequest, NoSuchRoute
from source_clockify.api.paging import Feed, Pages
from source_clockify.instants import parse_instant, to_query, to_record
from source_clockify.streams.base import Reading, Sync
from source_clockify.streams.incremental import SETTLING, IncrementalStream, window_slices
from source_clockify.streams.lists import WorkspaceLister, WorkspaceStream
from source_clockify.streams.trial import Trial
from source_clockify.workspaces import Workspace

WINDOW: Final = timedelta(days=30)
AUDIT_LOG_KEPT: Final = timedelta(days=365)
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


class EventStream(IncrementalStream, WorkspaceStream, ABC):
    """Events by their own time, read in windows of 30 days. State holds how far a workspace was read to the end."""

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for workspace in self.workspaces.chosen():
            yield from window_slices(workspace, self.windows(workspace))

    def windows(self, workspace: Workspace) -> list[dict[str, str]]:
        """From the cursor, which is inclusive, else from where the stream begins."""
        entry = self.earlier.get((workspace.id,))
        start = parse_instant(entry[self.moment]) if entry else self.beginning()
        windows = []
        while start < self.began:
            windows.append({"start": to_query(start), "end": to_query(min(start + WINDOW, self.began))})
            start += WINDOW
        return windows

    def beginning(self) -> datetime:
        """Where a first sync starts."""
        raise NotImplementedError

    def batches(self, pages: Iterable[requests.Response], reading: Reading) -> Iterator[list[Row]]:
        """Each event once: pages may overlap by any number of rows, and events without an id may be equal in everything."""
        seen: set[Hashable] = set()
        for records in super().batches(pages, reading):
            new = {self.key(record): record for record in records if self.key(record) not in seen}
            seen |= new.keys()
            yield list(new.values())

    def window_done(self, reading: Reading) -> None:
        cursor = min(parse_instant(reading.slice["end"]), self.began - SETTLING)
        self.parts.complete((reading.workspace.id,), {self.moment: to_record(cursor)}, reading.volume)


class AuditLog(EventStream):
    """The audit log. Source: POST …/audit-log (getAuditLogs).

    It is kept for a year, in ENTERPRISE workspaces that have switched it on. Its rows have no id: `id` is a hash of the
    row, so two rows that are equal in everything are one.
    """

    cursor_field = "timestamp"
    moment = "timestamp"
    feature = "AUDIT_LOG"
    endpoint = Endpoint("workspaces/{workspaceId}/audit-log", paging=Pages(50), method="POST", host="audit_log")

    def beginning(self) -> datetime:
        kept = (self.began - AUDIT_LOG_KEPT).replace(microsecond=0)
        return max(kept, self.sync.config.start_date or kept)

    def body(self, stream_slice: Mapping[str, Any], parameters: Mapping[str, Any]) -> Row:
        everybody = {"authorIds": [], "contains": "DOES_NOT_CONTAIN"}
        window = {"start": stream_slice["start"], "end": stream_slice["end"]}
        return {"actions": ACTIONS, "authors": everybody, **window, **parameters}

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        row["id"] = hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()
        return super().record(row, stream_slice)

    def batches(self, pages: Iterable[requests.Response], reading: Reading) -> Iterator[list[Row]]:
        yield from super().batches(pages, reading)
        self.window_done(reading)


class EntityChanges(EventStream):
    """Created, updated and deleted entities. Source: GET …/entities/{created,updated,deleted} (getCreatedEntityInfo …).

    Experimental at Clockify, and known to lose events: best effort. One type is asked for at a time; a type that the host
    does not take is left out. Its paging cannot be relied on, so a walk ends when a page brings nothing new.
    """

    primary_key = ["workspaceId", "entityType", "id", "changeType", "changedAt"]  # noqa: RUF012 - as the CDK declares it
    cursor_field = "changedAt"
    moment = "changedAt"
    endpoint = Endpoint("workspaces/{workspaceId}/entities/{change}", paging=Feed())

    def __init__(self, sync: Sync, workspaces: WorkspaceLister) -> None:
        super().__init__(sync, workspaces)
        self._types_trial = Trial(BadRequest, NoSuchRoute)
        self._refused: set[tuple[str, str]] = set()

    def beginning(self) -> datetime:
        return self.sync.config.start_date or self.began - WINDOW

    def windows(self, workspace: Workspace) -> list[dict[str, str]]:
        """Each window once for each type."""
        return [{**window, "type": one} for window, one in product(super().windows(workspace), ENTITY_TYPES)]

    def walk(self, stream_slice: StreamSlice) -> Iterator[requests.Response]:
        reading = Reading.of_slice(stream_slice)
        is_first_window = reading.position <= len(ENTITY_TYPES)
        return self._types_trial.walk(
            (reading.workspace.id, stream_slice["type"]), is_first_window, self._walk_feeds(stream_slice)
        )

    def _walk_feeds(self, stream_slice: StreamSlice) -> Iterator[requests.Response]:
        for change in ("created", "updated", "deleted"):
            part = StreamSlice(
                partition={**stream_slice.partition, "change": change}, cursor_slice=stream_slice.cursor_slice
            )
            yield from super().walk(part)

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        params = super().request_params(stream_state, stream_slice, next_page_token)
        return params | {"type": (stream_slice or {})["type"]}

    def parse_response(
        self,
        response: requests.Response,
        *,
        stream_state: Mapping[str, Any] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> list[Row]:
        """Which kind of change a page is about stands in its URL alone."""
        change = urlsplit(response.url).path.rpartition("/")[2]
        return super().parse_response(response, stream_slice={**(stream_slice or {}), "change": change})

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        document = row.get("document") or {}
        audit = row.get("auditMetadata") or document.get("auditMetadata") or {}
        moments = {
            "created": audit.get("createdAt"),
            "updated": audit.get("updatedAt"),
            "deleted": row.get("deletedAt"),
        }
        row["id"] = row.get("id") or document["_id"]
        row["entityType"] = stream_slice["type"]
        row["changeType"] = stream_slice["change"].upper()
        row["changedAt"] = next(filter(None, (moments.pop(stream_slice["change"]), *moments.values())))
        return super().record(row, stream_slice)

    def batches(self, pages: Iterable[requests.Response], reading: Reading) -> Iterator[list[Row]]:
        try:
            yield from super().batches(pages, reading)
        except (BadRequest, NoSuchRoute) as refusal:
            self._leave_out(reading, refusal)
        if reading.slice["type"] == ENTITY_TYPES[-1]:
            self.window_done(reading)

    def _leave_out(self, reading: Reading, refusal: AirbyteTracedException) -> None:
        workspace, entity_type = reading.workspace, reading.slice["type"]
        self._refused.add((workspace.id, entity_type))
        self.logger.info(f"{self.name}: Clockify does not take the type {entity_type} for {workspace}: left out.")
        if all((workspace.id, one) in self._refused for one in ENTITY_TYPES):
            raise refusal
