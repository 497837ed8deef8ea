"""State of the incremental streams: which partitions (users of a workspace, or workspaces) were read completely, and when."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson
from airbyte_cdk.models import FailureType, SyncMode
from airbyte_cdk.sources.streams.checkpoint import Cursor
from airbyte_cdk.sources.types import Record, StreamSlice, StreamState
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

VERSION: Final = 1
STATE_SHARE: Final = 25
"""State is published when this many times its size has been read since it was last published: so it stays below 5 %."""
PUBLISH_EVERY_SECONDS: Final = 300.0

Partition = tuple[str, ...]
Entry = Mapping[str, Any]


class PartitionsState(Cursor):
    """Remembers an entry for each partition of a stream that was read to its end.

    As JSON: `{"version": 1, "startDate": <the configured start_date or null>, "workspaces": {<workspaceId>: …}}`, where
    a workspace holds an entry (`depth` 1), or entries by user id (2). An entry replaces the one of an earlier sync only
    after all records of its partition are out, so a sync may break off at any point. What the CDK sees is the last published
    state, not each change: with thousands of users the whole map after every user would outweigh the records.
    """

    def __init__(
        self, stream_name: str, depth: int, start_date: str | None, check_entry: Callable[[Entry], None]
    ) -> None:
        self._stream_name = stream_name
        self._check_entry = check_entry
        self._depth = depth
        self._start_date = start_date
        self._entries: dict[Partition, Entry] = {}
        self._published: dict[str, Any] = {}
        self._volume = 0
        self._published_at = 0.0
        self._reading = False

    def set_initial_state(self, stream_state: StreamState) -> None:
        """Take the state that Airbyte hands over.

        Raises:
            AirbyteTracedException: config error where it is not a state of this stream.
        """
        if self._reading:
            return  # the CDK sets the state once more after it has looked at the first slice
        self._published = dict(stream_state)
        self._entries = {}
        if _is_foreign(stream_state):
            return
        try:
            _require_version(stream_state["version"])
            if not _reaches_back(stream_state["startDate"], self._start_date):
                return
            entries = dict(_flatten(stream_state["workspaces"], self._depth))
            for entry in entries.values():
                self._check_entry(entry)
            self._entries = entries
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise AirbyteTracedException(
                message=(
                    f"The saved state of {self._stream_name} cannot be read. Clear the stream's data in Airbyte, or remove "
                    "the state file: the next sync then reads everything anew."
                ),
                internal_message=f"{type(fault).__name__}: {fault}",
                failure_type=FailureType.config_error,
            ) from fault

    def begin(self, sync_mode: SyncMode) -> dict[Partition, Entry]:
        """Start a read; returns the entries of earlier syncs: none where the stream is configured as full refresh."""
        if sync_mode == SyncMode.full_refresh:
            self._entries = {}
        self._reading = True
        self._volume = 0
        self._published_at = time.monotonic()
        return dict(self._entries)

    def complete(self, partition: Partition, entry: Entry, volume: int) -> None:
        """All records of a partition are out. `volume` is the size of what was read, in bytes."""
        self._entries[partition] = entry
        self._volume += volume
        if (
            self._volume >= STATE_SHARE * self._estimated_size()
            or time.monotonic() - self._published_at >= PUBLISH_EVERY_SECONDS
        ):
            self.publish()

    def forget(self, partition: Partition) -> None:
        self._entries.pop(partition, None)

    def publish(self) -> None:
        """Make what is complete now the state that the CDK emits."""
        workspaces: dict[str, Any] = {}
        for partition, entry in self._entries.items():
            if self._depth == 1:
                workspaces[partition[0]] = entry
            else:
                workspaces.setdefault(partition[0], {})[partition[1]] = entry
        self._published = {"version": VERSION, "startDate": self._start_date, "workspaces": workspaces}
        self._published_at = time.monotonic()
        self._volume = 0

    def end(self) -> None:
        """The read is over."""
        self.publish()
        self._reading = False

    def _estimated_size(self) -> int:
        if not self._entries:
            return 0
        newest = next(reversed(self._entries.items()))
        return len(self._entries) * len(orjson.dumps(newest))

    def get_stream_state(self) -> StreamState:
        return self._published

    def select_state(self, stream_slice: StreamSlice | None = None) -> StreamState | None:
        return self._published

    def close_slice(self, stream_slice: StreamSlice, *args: Any) -> None:
        """Slices are closed with `complete`, which knows what to remember."""

    def should_be_synced(self, record: Record) -> bool:
        return True


def _require_version(version: Any) -> None:
    if version != VERSION:
        raise ValueError(f"version {version!r} is not known")


def _is_foreign(state: StreamState) -> bool:
    """No state, or only the CDK's own markers, as a stream leaves that was a full refresh until now."""
    return all(key.startswith("__ab") for key in state)


def _reaches_back(read_from: str | None, start_date: str | None) -> bool:
    """Whether what was read from one start date covers another one; None is the beginning of all history."""
    return read_from is None or (start_date is not None and read_from <= start_date)


def _flatten(workspaces: Mapping[str, Any], depth: int) -> Iterator[tuple[Partition, Entry]]:
    for workspace_id, content in workspaces.items():
        if depth == 1:
            yield (workspace_id,), dict(content)
        else:
            for user_id, entry in content.items():
                yield (workspace_id, user_id), dict(entry)
