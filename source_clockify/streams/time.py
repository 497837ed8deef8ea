"""Time entries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import requests
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint, Row
from source_clockify.api.errors import Gone
from source_clockify.instants import to_query
from source_clockify.streams.base import ChildStream, Reading
from source_clockify.streams.incremental import WindowedStream
from source_clockify.streams.state import Part
from source_clockify.workspaces import Workspace


class TimeEntries(WindowedStream, ChildStream):
    """Time entries of every user. Source: GET /workspaces/{workspaceId}/user/{userId}/time-entries (getTimeEntries).

    There is no end to the window, as entries may lie in the future. State keeps for each user when their entries were last
    read to the end (`readAt`) and which of them were running then: a timer that started before the next window and was
    stopped since is looked up by its id, or its end would be missed.
    """

    depth = 2
    parent_key = "userId"
    endpoint = Endpoint("workspaces/{workspaceId}/user/{userId}/time-entries")

    def parent_ids(self, workspace: Workspace) -> Sequence[str]:
        """All users, and those of earlier syncs who are not listed any more."""
        listed = super().parent_ids(workspace)
        remembered = [user_id for workspace_id, user_id in self.earlier if workspace_id == workspace.id]
        return list(dict.fromkeys([*listed, *remembered]))

    def slice(self, workspace: Workspace, parent_id: str, position: int, of: int) -> StreamSlice:
        plain = super().slice(workspace, parent_id, position, of)
        start = self.window_start((workspace.id, parent_id))
        cursor_slice = {"start": to_query(start)} if start else {}
        return StreamSlice(partition=plain.partition, cursor_slice=cursor_slice, extra_fields=plain.extra_fields)

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        interval = row["timeInterval"]
        if self.starts_too_early(interval["start"]):
            return None
        row["timeIntervalStart"] = interval["start"]
        row["timeIntervalEnd"] = interval.get("end")
        row["isRunning"] = row["timeIntervalEnd"] is None
        row["syncedAt"] = self.synced_at
        return super().record(row, stream_slice)

    def records(self, pages: Iterable[requests.Response], reading: Reading) -> Iterator[Row]:
        part = _part(reading)
        unseen = set(self.earlier.get(part, {}).get("running", ()))
        running: list[str] = []
        for record in super().records(pages, reading):
            if record["isRunning"]:
                running.append(record["id"])
            unseen.discard(record["id"])
            yield record
        for entry_id in sorted(unseen):
            for record in self._look_up_running(entry_id, reading):
                if record["isRunning"]:
                    running.append(entry_id)
                self._tally.add(reading.workspace, 1)
                yield record
        self.parts.complete(
            part, {"readAt": self.synced_at} | ({"running": running} if running else {}), reading.volume
        )

    def _look_up_running(self, entry_id: str, reading: Reading) -> Iterator[Row]:
        """The current version of an entry that was running. Source: GET …/time-entries/{id} (getTimeEntry)."""
        try:
            row = self.look_up(f"workspaces/{reading.workspace.id}/time-entries/{entry_id}")
        except Gone as gone:
            self.logger.debug(f"{self.name}: the timer {entry_id} is gone ({gone}).")
            return
        record = self.record(row, reading.slice)
        if record is not None:
            yield record

    def gone(self, reading: Reading, gone: Gone) -> None:
        super().gone(reading, gone)
        self.parts.forget(_part(reading))


def _part(reading: Reading) -> Part:
    return reading.workspace.id, reading.slice["userId"]
