"""What the incremental streams have in common: the look-back window, `syncedAt` and state by parts."""

from abc import ABC
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice

from source_clockify import instants
from source_clockify.instants import parse_instant, to_record
from source_clockify.streams.base import ClockifyStream, Sync
from source_clockify.streams.state import Entry, Part, PartsState
from source_clockify.workspaces import Workspace

PADDING: Final = timedelta(hours=24)
"""Clockify reads the `start` of a window as wall clock in the account's time zone, up to 14 hours off."""

SETTLING: Final = timedelta(minutes=10)
"""A cursor over times of change stays this far behind the sync's begin: what happened meanwhile, or shows up late, is not
passed by."""


def window_slices(workspace: Workspace, windows: Sequence[Mapping[str, str]]) -> Iterator[StreamSlice]:
    """A slice for each window of a workspace, by its `start` and `end`; what else a window has goes into the partition."""
    for position, window in enumerate(windows, start=1):
        yield StreamSlice(
            partition={"workspaceId": workspace.id} | {k: v for k, v in window.items() if k not in ("start", "end")},
            cursor_slice={"start": window["start"], "end": window["end"]},
            extra_fields={"workspace": workspace, "position": position, "of": len(windows)},
        )


class IncrementalStream(ClockifyStream, ABC):
    """A stream that remembers of each part when it was read, or how far. The parts are workspaces, or users of them."""

    depth: ClassVar[int] = 1
    moment: ClassVar[str] = "readAt"

    def __init__(self, sync: Sync, parent: Any) -> None:
        # Comes before WorkspaceStream or ChildStream among the bases, whose __init__ takes the parent.
        super().__init__(sync, parent)  # type: ignore[call-arg]
        start_date = sync.config.start_date
        self.parts = PartsState(self.name, self.depth, to_record(start_date) if start_date else None, self.check_entry)
        self.cursor = self.parts
        self.earlier: Mapping[Part, Entry] = {}

    def stream_slices(
        self,
        *,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[StreamSlice]:
        self.begin(sync_mode)
        yield from super().stream_slices(sync_mode=sync_mode)
        self.parts.end()

    def begin(self, sync_mode: SyncMode) -> None:
        """A sync begins."""
        self.earlier = self.parts.begin(sync_mode)
        self.began = instants.now()

    def get_updated_state(
        self, current_stream_state: MutableMapping[str, Any], latest_record: Mapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """State follows from parts, not from a record; but the CDK asks after each one, and would look for it elsewhere."""
        return current_stream_state

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        params = super().request_params(stream_state, stream_slice, next_page_token)
        window = {bound: value for bound, value in (stream_slice or {}).items() if bound in ("start", "end")}
        return {**params, **window} if self.http_method == "GET" else params

    def check_entry(self, entry: Entry) -> None:
        """Raise ValueError, TypeError or KeyError where an entry of the state is none of this stream's."""
        parse_instant(entry[self.moment])

    def starts_too_early(self, start: str) -> bool:
        """Whether something that starts then lies before the configured start date."""
        start_date = self.sync.config.start_date
        return start_date is not None and parse_instant(start) < start_date


class WindowedStream(IncrementalStream, ABC):
    """A stream whose rows have no time of change: each sync reads a window again, and the newest reading wins.

    Its cursor is `syncedAt`, the instant at which the sync that read a row began. With the row's own start as cursor a
    destination would keep the old version of an entry that was moved back in time.
    """

    cursor_field = "syncedAt"

    def begin(self, sync_mode: SyncMode) -> None:
        super().begin(sync_mode)
        self.synced_at = to_record(self.began)

    def window_start(self, part: Part) -> datetime | None:
        """From when on a part is asked for: the start date or the look-back, whichever is later; None: all history."""
        start_date = self.sync.config.start_date
        bounds = [start_date - PADDING] if start_date else []
        if earlier := self.earlier.get(part):
            bounds.append(self.look_back_to(earlier) - PADDING)
        return max(bounds, default=None)

    def look_back_to(self, entry: Entry) -> datetime:
        """Where the window of the sync that made this entry began, by today's look-back."""
        return parse_instant(entry[self.moment]) - timedelta(days=self.sync.config.lookback_days)
