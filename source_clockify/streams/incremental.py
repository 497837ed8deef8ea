"""What the incremental streams have in common: the look-back window, `syncedAt` and state by partition."""

from abc import ABC
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Final

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.instants import instant, parse_instant, to_record
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.state import Entry, Partition, PartitionsState, require_past
from source_clockify.streams.sync import Sync

TIME_ZONE_MARGIN: Final = timedelta(hours=24)
"""Clockify reads the `start` of a window as wall clock in the account's time zone, up to 14 hours off."""

CURSOR_LAG: Final = timedelta(minutes=10)
"""A cursor over times of change stays this far behind the sync's begin: what happened meanwhile, or shows up late, is not
passed by."""


class IncrementalStream(ClockifyStream, ABC):
    """A stream that remembers of each partition when it was read, or how far: of each workspace, or user of one (`depth` 2).

    `state_key` names that time in the state.
    """

    depth: ClassVar[int] = 1
    state_key: ClassVar[str] = "readAt"

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync)
        start_date = sync.config.start_date
        self.partitions = PartitionsState(
            self.name,
            self.depth,
            to_record(start_date) if start_date else None,
            self.check_entry,
            sync.clock.monotonic,
            only_my_time=self.depth > 1 and sync.config.only_my_time,
        )
        self.cursor = self.partitions
        self.earlier: Mapping[Partition, Entry] = {}

    def stream_slices(self, *, sync_mode: SyncMode, **_: object) -> Iterable[StreamSlice]:
        self.begin(sync_mode)
        yield from super().stream_slices(sync_mode=sync_mode)
        self.partitions.end()

    def begin(self, sync_mode: SyncMode) -> None:
        """A sync begins."""
        self.earlier = self.partitions.begin(sync_mode)
        self.began = self.sync.clock.now()

    def check_entry(self, entry: Entry) -> None:
        """Raise ValueError or KeyError where an entry of the state is none of this stream's: nothing else looks whether it is."""
        require_past(entry, self.state_key, self.sync.clock.now())

    def starts_too_early(self, start: object) -> bool:
        """Whether something that starts then lies before the configured start date; not where it does not say when."""
        start_date = self.sync.config.start_date
        moment = instant(start) if start_date else None
        return start_date is not None and moment is not None and moment < start_date


class WindowedStream(IncrementalStream, ABC):
    """A stream whose rows have no time of change: each sync reads a window again, and the newest reading wins.

    Its cursor is `syncedAt`, the instant at which the sync that read a row began. With the row's own start as cursor a
    destination would keep the old version of an entry that was moved back in time.
    """

    cursor_field = "syncedAt"

    def begin(self, sync_mode: SyncMode) -> None:
        super().begin(sync_mode)
        self.synced_at = to_record(self.began)

    @property
    def history_start(self) -> datetime | None:
        """From when on what was never read is asked for: the start date; None: all history."""
        start_date = self.sync.config.start_date
        return start_date - TIME_ZONE_MARGIN if start_date else None

    def window_start(self, partition: Partition) -> datetime | None:
        """From when on a partition is asked for: the start date or the look-back, whichever is later; None: all history."""
        bounds = [self.history_start] if self.history_start else []
        if earlier := self.earlier.get(partition):
            bounds.append(self.look_back_to(earlier) - TIME_ZONE_MARGIN)
        return max(bounds, default=None)

    def look_back_to(self, entry: Entry) -> datetime:
        """Where the window of the sync that made this entry began, by today's look-back."""
        return parse_instant(entry[self.state_key]) - timedelta(days=self.sync.config.lookback_days)
