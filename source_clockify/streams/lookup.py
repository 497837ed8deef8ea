"""Time entries by their ids: for those that a sync expected to see again and did not."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import Gone, HostUnusable, Refused
from source_clockify.api.keys import Row
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.slices import Workspace

ENTRIES: Final = "workspaces/{workspaceId}/time-entries"
BATCH: Final = 100
"""Ids in one request."""
_OF_AN_ENTRY: Final = re.compile("time.?entr", re.IGNORECASE)
"""What Clockify says of an entry names it so. That a user or the workspace is not there says nothing about the entries."""


class TimeEntryLookup:
    """Reads entries by id, in batches where the host can.

    Sources: POST …/time-entries/batch (getMultipleTimeEntries) and GET …/time-entries/{id} (getTimeEntry). It is not
    known what a batch does with an id that does not exist, or with too many ids. So an entry that a batch leaves out is asked for
    by itself: it is gone only when Clockify has said so about this very id. A batch that is not answered as it should be costs no
    more than requests: each of its ids is asked for by itself, and so are all others of the sync, unless what was said is about
    these ids.
    """

    def __init__(self, stream: ClockifyStream) -> None:
        self._stream = stream
        self._has_batch = True

    def find(self, workspace: Workspace, ids: Sequence[str]) -> Iterator[tuple[str, Row | None]]:
        """Yield each id with its entry as it is now, or with None where it is gone.

        An id whose reading is refused is left out: nothing is known about it.
        """
        for start in range(0, len(ids), BATCH):
            chunk = ids[start : start + BATCH]
            found = self._batch(workspace, chunk) if len(chunk) > 1 else {}
            for entry_id in chunk:
                if entry_id in found:
                    yield entry_id, found[entry_id]
                else:
                    yield from self._single(workspace, entry_id)

    def _batch(self, workspace: Workspace, ids: Sequence[str]) -> dict[str, Row]:
        if not self._has_batch:
            return {}
        parts, body = {"workspaceId": workspace.id}, {"timeEntryIds": list(ids), "hydrated": False}
        try:
            page = self._stream.send("POST", f"{ENTRIES}/batch", parts, body)
            if not isinstance(page.body, list):
                raise page.wrong_shape()
        except AirbyteTracedException as fault:
            if isinstance(fault, HostUnusable) or fault.failure_type == FailureType.transient_error:
                raise
            self._has_batch = isinstance(fault, Gone | Refused)
            return {}
        return {row["id"]: row for row in page.body if isinstance(row, dict) and row.get("id") in ids}

    def _single(self, workspace: Workspace, entry_id: str) -> Iterator[tuple[str, Row | None]]:
        parts = {"workspaceId": workspace.id, "timeEntryId": entry_id}
        try:
            page = self._stream.send("GET", f"{ENTRIES}/{{timeEntryId}}", parts)
        except (Gone, Refused) as refusal:
            if isinstance(refusal, Gone) and _OF_AN_ENTRY.search(refusal.said):
                yield entry_id, None
                return
            self._stream.logger.warning(
                f"{self._stream.name}: Clockify refused to show the entry {entry_id} ({refusal.said}): it is kept as it was."
            )
            return
        if not isinstance(page.body, dict) or page.body.get("id") != entry_id:
            raise page.wrong_shape()
        yield entry_id, page.body
