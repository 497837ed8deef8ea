"""State of the incremental streams: which partitions (users of a workspace, or workspaces) were read completely, and when."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import starmap
from typing import Any, Final

import orjson
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams.checkpoint import Cursor
from airbyte_cdk.sources.types import Record, StreamSlice, StreamState
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import config_error
from source_clockify.excerpts import excerpt, quoted
from source_clockify.instants import BEGINNING, is_instant, parse_instant
from source_clockify.values import is_id

VERSION: Final = 1
STATE_SHARE: Final = 25
"""State is published when this many times its size has been read since it was last published: so it stays below 5 %."""
PUBLISH_EVERY_SECONDS: Final = 300.0
ONLY_MY_TIME: Final = "onlyMyTime"
CLOCKS_DIFFER: Final = timedelta(days=1)

Partition = tuple[str, ...]
Entry = Mapping[str, Any]


class PartitionsState(Cursor):
    """Remembers an entry for each partition of a stream that was read to its end.

    As JSON: `{"version": 1, "startDate": <the configured start_date or null>, "workspaces": {<workspaceId>: …}}`, where
    a workspace holds an entry (`depth` 1), or entries by user id (2); and `"onlyMyTime": true` where only the key's own user
    is read: such a state and that of all users are of no use to each other. An entry replaces the one of an earlier sync only
    after all records of its partition are out, so a sync may break off at any point. What the CDK sees is the last published
    state, not each change: with thousands of users the whole map after every user would outweigh the records.
    """

    def __init__(
        self,
        stream_name: str,
        depth: int,
        start_date: str | None,
        check_entry: Callable[[Entry], None],
        clock: Callable[[], float],
        only_my_time: bool = False,
    ) -> None:
        self._stream_name = stream_name
        self._check_entry = check_entry
        self._clock = clock
        self._depth = depth
        self._start_date = start_date
        self._scope = {ONLY_MY_TIME: True} if only_my_time else {}
        self._entries: dict[Partition, Entry] = {}
        self._published: dict[str, Any] = {}
        self._size = 0
        self._volume = 0
        self._published_at = 0.0
        self._reading = False

    def set_initial_state(self, stream_state: StreamState) -> None:
        """Take the state that Airbyte hands over; `begin` looks at it, as a full refresh has no use for it."""
        if self._reading:
            return  # the CDK sets the state once more after it has looked at the first slice
        self._published = dict(stream_state)

    def begin(self, sync_mode: SyncMode) -> dict[Partition, Entry]:
        """Start a read; returns the entries of earlier syncs: none where the stream is configured as full refresh.

        Raises:
            AirbyteTracedException: config error where the state is not one of this stream.
        """
        self._entries = {} if sync_mode == SyncMode.full_refresh else self._read_entries()
        self._reading = True
        self._size = sum(starmap(_size, self._entries.items()))
        self._volume = 0
        self._published_at = self._clock()
        return dict(self._entries)

    def _read_entries(self) -> dict[Partition, Entry]:
        if _is_foreign(self._published):
            return {}
        try:
            require(_is_version(self._published.get("version")), "`version` is not known")
            entries = dict(_flatten(self._published.get("workspaces"), self._depth))
            for entry in entries.values():
                self._check_entry(entry)
            is_of_the_same = self._published.get(ONLY_MY_TIME) == self._scope.get(ONLY_MY_TIME)
            return entries if is_of_the_same and self._reaches_back(self._published["startDate"]) else {}
        except KeyError as fault:
            raise self._unreadable(f"`{fault.args[0]}` is missing") from fault
        except ValueError as fault:
            raise self._unreadable(str(fault)) from fault

    def _reaches_back(self, read_from: object) -> bool:
        """Whether what was read from one start date covers the configured one; None is the beginning of all history."""
        if read_from is None:
            return True
        earlier = instant_of(read_from, "startDate")
        return self._start_date is not None and earlier <= parse_instant(self._start_date)

    def _unreadable(self, reason: str) -> AirbyteTracedException:
        return config_error(
            f"The saved state of {self._stream_name} cannot be read: {excerpt(reason)}. Clear the stream's data in Airbyte, or "
            "remove the state file: the next sync then reads everything anew."
        )

    def complete(self, partition: Partition, entry: Entry, volume: int) -> None:
        """All records of a partition are out. `volume` is the size of what was read, in bytes."""
        if all(map(is_id, partition)):  # else the next sync would refuse the state
            self._size += _size(partition, entry) - _size(partition, self._entries.get(partition))
            self._entries[partition] = entry
        self._volume += volume
        if self._volume >= STATE_SHARE * self._size or self._clock() - self._published_at >= PUBLISH_EVERY_SECONDS:
            self.publish()

    def forget(self, partition: Partition) -> None:
        self._size -= _size(partition, self._entries.pop(partition, None))

    def publish(self) -> None:
        """Make what is complete now the state that the CDK emits."""
        workspaces: dict[str, Any] = {}
        for partition, entry in self._entries.items():
            if self._depth == 1:
                workspaces[partition[0]] = entry
            else:
                workspaces.setdefault(partition[0], {})[partition[1]] = entry
        self._published = {"version": VERSION, "startDate": self._start_date, **self._scope, "workspaces": workspaces}
        self._published_at = self._clock()
        self._volume = 0

    def end(self) -> None:
        """The read is over."""
        self.publish()
        self._reading = False

    def get_stream_state(self) -> StreamState:
        return self._published

    def select_state(self, stream_slice: StreamSlice | None = None) -> StreamState | None:
        return self._published

    def close_slice(self, stream_slice: StreamSlice, *args: Any) -> None:
        """Slices are closed with `complete`, which knows what to remember."""

    def should_be_synced(self, record: Record) -> bool:
        return True


def _size(partition: Partition, entry: Entry | None) -> int:
    """Bytes of an entry in the state, and of its key."""
    return 0 if entry is None else len(orjson.dumps((partition, entry)))


def require(holds: bool, otherwise: str) -> None:
    """Raise ValueError, in words that `cannot be read` explains, where something does not hold of a state."""
    if not holds:
        raise ValueError(otherwise)


def instant_of(value: object, key: str) -> datetime:
    """An instant of a state, which stands there under a key; ValueError where it is none."""
    require(is_instant(value), f"`{key}` is not a time: {quoted(value)}")
    return parse_instant(str(value))


def require_past(entry: Entry, key: str, now: datetime) -> None:
    """Raise KeyError or ValueError where an entry has no time at which a sync can have been: 2015 at the earliest, and not after
    now, but for a day by which a clock may be off. From a later time on nothing would be read until then.
    """
    moment = instant_of(entry[key], key)
    require(moment >= BEGINNING, f"`{key}` lies before 2015: {quoted(entry[key])}")
    require(
        moment <= now + CLOCKS_DIFFER,
        f"`{key}` lies in the future, or this machine's clock is slow: {quoted(entry[key])}",
    )


def _is_version(version: object) -> bool:
    return version == VERSION and not isinstance(version, bool)


def _is_foreign(state: StreamState) -> bool:
    """No state, or only the CDK's own markers, as a stream leaves that was a full refresh until now."""
    return all(key.startswith("__ab") for key in state)


def _flatten(workspaces: object, depth: int) -> Iterator[tuple[Partition, Entry]]:
    for workspace_id, content in _objects(workspaces, "`workspaces`"):
        if depth == 1:
            yield (workspace_id,), content
        else:
            for user_id, entry in _objects(content, f"what is kept of {workspace_id}"):
                yield (workspace_id, user_id), entry


def _objects(value: object, what: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects that an object has by ids."""
    require(isinstance(value, Mapping), f"{what} is not an object: {quoted(value)}")
    assert isinstance(value, Mapping)  # noqa: S101 - tells mypy what the line above has made sure of
    for key, content in value.items():
        require(is_id(key), f"{what} has something that is not an id: {quoted(key)}")
        require(isinstance(content, Mapping), f"what is kept of {key} is not an object: {quoted(content)}")
        yield key, content
