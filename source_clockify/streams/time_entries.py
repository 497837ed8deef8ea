"""Time entries."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.errors import Gone, NotVisible, Refused
from source_clockify.api.keys import Row, at, text_at
from source_clockify.api.page import Page
from source_clockify.excerpts import quoted
from source_clockify.instants import instant, parse_instant, to_query
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.history import HISTORY_KEY, HistoryRefresh
from source_clockify.streams.incremental import WindowedStream
from source_clockify.streams.lists import ChildStream, WorkspaceStream
from source_clockify.streams.lookup import TimeEntryLookup
from source_clockify.streams.packed_ids import pack, unpack
from source_clockify.streams.people import OwnUser, Users
from source_clockify.streams.slices import SliceContext, Workspace
from source_clockify.streams.state import Entry, Partition, require, require_past
from source_clockify.streams.sync import Sync
from source_clockify.values import is_id

DELETION_FIELDS: Final = ("isDeleted", "_ab_cdc_deleted_at")
"""Only with `detect_deletions`. A destination that knows Airbyte's own column for deletions acts on it wherever it is."""


class TimeEntries(WindowedStream, ChildStream):
    """Time entries of every user, or with `only_my_time` of the key's own.

    Source: GET /workspaces/{workspaceId}/user/{userId}/time-entries (getTimeEntries).

    There is no end to the window, as entries may lie in the future. State keeps for each user when their entries were last
    read to the end (`readAt`) and which of them were running then (`running`): a timer that started before the next window
    and was stopped since would be missed. With `detect_deletions` it also keeps the ids of all entries that started
    `since` the look-back began (`ids`), each of which the next sync should see again. What does not come back is looked
    up: it was moved, or it is gone. With `refresh_history_days` it also keeps when the whole history was last read
    (`historyReadAt`), and those whose turn it is are read from the start.
    """

    depth = 2
    parent_type = Users
    parent_key = "userId"
    instead = " time_entry_report has their entries."
    remedy = " Or set `only_my_time`, to read the entries of the key's own user alone."
    endpoint = Endpoint("workspaces/{workspaceId}/user/{userId}/time-entries", sends=("start",))

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync)
        self._lookup = TimeEntryLookup(self)
        self._detects_deletions = sync.config.detect_deletions

    def find_parent(self, sync: Sync) -> WorkspaceStream:
        return sync.stream(OwnUser if sync.config.only_my_time else self.parent_type)

    def _start(self) -> None:
        super()._start()
        self._former_users: set[Partition] = set()
        self._untold = 0

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        schema = super().schema
        hidden = () if self._detects_deletions else DELETION_FIELDS
        properties = {name: field for name, field in schema["properties"].items() if name not in hidden}
        return {**schema, "properties": properties}

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        chosen = {workspace.id for workspace in self.parent.workspaces.chosen()}
        known = {partition: entry for partition, entry in self.earlier.items() if partition[0] in chosen}
        self._history = HistoryRefresh(self.sync.config.refresh_history_days, known, self.began)
        yield from super().slices(sync_mode)

    def former_ids(self, workspace: Workspace, listed: Sequence[str]) -> Sequence[str]:
        """The users of earlier syncs who are not listed any more; that of another key is left alone."""
        known = set(listed)
        former: Sequence[str] = ()
        if not self.sync.config.only_my_time:
            former = [user for place, user in self.earlier if place == workspace.id and user not in known]
        self._former_users |= {(workspace.id, user) for user in former}
        self._tell_of_histories(workspace, known.union(former))
        return former

    def _tell_of_histories(self, workspace: Workspace, users: Collection[str]) -> None:
        """Log how many histories of a workspace are read again: of those users that are read."""
        if due := sum((workspace.id, user) in self._history.due for user in users):
            self.logger.info(
                f"{self.name}: reading the whole history of {due} of {len(users)} users of {workspace} again"
            )

    def window(self, workspace: Workspace, parent_id: str) -> Mapping[str, str]:
        partition = (workspace.id, parent_id)
        start = self.history_start if partition in self._history.due else self.window_start(partition)
        return {"start": to_query(start)} if start else {}

    def check_entry(self, entry: Entry) -> None:
        super().check_entry(entry)
        running = entry.get("running", [])
        require(
            isinstance(running, list) and all(map(is_id, running)), f"`running` is not a list of ids: {quoted(running)}"
        )
        unpack(entry.get("ids", []))
        for key in ("since", HISTORY_KEY):
            if key in entry:
                require_past(entry, key, self.sync.clock.now())

    def look_back_to(self, entry: Entry) -> datetime:
        """Where the window of the next sync begins: no later than the ids in state reach back, whatever the look-back is now."""
        begin = super().look_back_to(entry)
        return min(begin, parse_instant(entry["since"])) if "since" in entry else begin

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        start = text_at(row, "timeInterval", "start")
        if self.starts_too_early(start):
            return None
        row["timeIntervalStart"] = start
        row["timeIntervalEnd"] = text_at(row, "timeInterval", "end")
        row["isRunning"] = None if start is None else at(row, ("timeInterval", "end")) is None
        row["syncedAt"] = self.synced_at
        if self._detects_deletions:
            row["isDeleted"] = False
        return super().record(row, stream_slice)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        partition = self.partition(context)
        since = self.began - timedelta(days=self.sync.config.lookback_days)
        memory = _Memory(self.earlier.get(partition, {}), since, with_ids=self._detects_deletions)
        for records in super().batches(pages, context):
            memory.note(records)
            yield records
        found = dict(self._lookup.find(context.workspace, memory.missing))
        unknown = set(memory.missing).difference(found)
        gone = [entry_id for entry_id, row in found.items() if row is None]
        if there := list(self._found_again(filter(None, found.values()), memory, context)):
            yield there
        if (gone or unknown) and not memory.holds_any and self._is_no_longer_shown(context):
            return
        if gone and self._detects_deletions and not self._has_column_for_deletions:
            unknown.update(gone)
            self._untold += len(gone)
        elif gone and self._detects_deletions:
            yield [self._tombstone(entry_id, context) for entry_id in gone]
        memory.keep(unknown)
        entry = {**memory.entry(self.synced_at), **self._history.entry(partition)}
        self.partitions.complete(partition, entry, context.volume)

    def _found_again(self, rows: Iterable[Row], memory: "_Memory", context: SliceContext) -> Iterator[Row]:
        """Current versions of entries that did not come back by themselves, and do not come with another user's either."""
        for row in rows:
            record = self.record(row, context.slice)
            if record is None:
                continue
            if record["userId"] == context.slice["userId"]:
                memory.note([record])
            elif self._comes_with_its_user(record, memory, context.workspace):
                continue
            else:
                memory.hand_over(record)
            yield record

    def _comes_with_its_user(self, record: Row, memory: "_Memory", workspace: Workspace) -> bool:
        """Whether an entry that is another user's now is certain to come with theirs: in this sync, or in the next where they
        were read before it was handed over, or cannot be read this time.
        """
        user = record["userId"]
        is_read = user in self.parent.ids(workspace) and not self._is_not_active(workspace, user)
        return is_read and memory.is_expected(record)

    def _tombstone(self, entry_id: str, context: SliceContext) -> Row:
        return {
            "id": entry_id,
            "userId": context.slice["userId"],
            "workspaceId": context.workspace.id,
            "syncedAt": self.synced_at,
            "isDeleted": True,
            "_ab_cdc_deleted_at": self.synced_at,
        }

    @property
    def _has_column_for_deletions(self) -> bool:
        """Whether the catalog has it: a destination without it would take a deletion for an entry of nothing but ids."""
        declared = (self.configured_json_schema or {}).get("properties")
        return not declared or DELETION_FIELDS[1] in declared

    def conclude(self) -> None:
        if self._untold:
            self.logger.warning(
                f"{self.name}: {self._untold} deleted entries were kept back, as the catalog lacks `{DELETION_FIELDS[1]}`, by "
                "which a destination knows them. Refresh the schema of the connection: the next sync tells them."
            )
        super().conclude()

    def gone(self, context: SliceContext, gone: Gone) -> None:
        if not self._is_forgotten(context):
            super().gone(context, gone)

    def failed(self, context: SliceContext, fault: AirbyteTracedException) -> None:
        if not (isinstance(fault, Refused | NotVisible) and self._is_forgotten(context)):
            super().failed(context, fault)

    def _is_no_longer_shown(self, context: SliceContext) -> bool:
        """Whether nobody can tell a former user's deleted entries from those that left with them: no entry of theirs is shown.

        Such a user is forgotten. One of whom older entries are shown is a user like any other.
        """
        if self.partition(context) not in self._former_users:
            return False
        return not self.send("GET", self.endpoint.path, context.slice).rows and self._is_forgotten(context)

    def _is_forgotten(self, context: SliceContext) -> bool:
        """Forget a user who is no longer listed, once their entries cannot be read. That does not say that these are gone."""
        is_former = self.partition(context) in self._former_users
        if is_former:
            self.logger.debug(f"{self.name}: userId {context.slice['userId']} is no longer a member: forgotten.")
            self.partitions.forget(self.partition(context))
        return is_former


class _Memory:
    """What to remember of one user's entries, and which of those remembered earlier have not come back yet."""

    def __init__(self, earlier: Entry, since: datetime, with_ids: bool) -> None:
        self._since = since.replace(microsecond=0)
        self._with_ids = with_ids
        self._earlier_running = set(earlier.get("running", ()))
        self._earlier_ids = set(unpack(earlier.get("ids", []))) if with_ids else set()
        self._missing = self._earlier_running | self._earlier_ids
        self._running: set[str] = set()
        self._ids: set[str] = set()
        self.holds_any = False
        """Whether Clockify has shown any entry of this user."""

    @property
    def missing(self) -> list[str]:
        return sorted(self._missing)

    def note(self, records: Sequence[Row]) -> None:
        self.holds_any |= bool(records)
        self._missing.difference_update(record["id"] for record in records)
        self._running.update(record["id"] for record in records if record["isRunning"])
        if self._with_ids:
            self._ids.update(record["id"] for record in records if self.is_expected(record))

    def is_expected(self, record: Row) -> bool:
        """Whether the next sync should see the entry again: not one that does not tell its start."""
        start = instant(record["timeIntervalStart"])
        return start is not None and start >= self._since

    def hand_over(self, record: Row) -> None:
        """An entry is another user's now, who may not be read: it is remembered only for as long as it runs."""
        if record["isRunning"]:
            self._running.add(record["id"])

    def keep(self, ids: Iterable[str]) -> None:
        """Go on remembering entries of which nothing could be learnt this time."""
        self._running |= self._earlier_running.intersection(ids)
        self._ids |= self._earlier_ids.intersection(ids)

    def entry(self, read_at: str) -> Entry:
        """As state holds it. What could not be looked up by its id is not in it."""
        entry: dict[str, Any] = {"readAt": read_at}
        if running := sorted(filter(is_id, self._running)):
            entry["running"] = running
        if self._with_ids:
            entry |= {"since": to_query(self._since), "ids": pack(filter(is_id, self._ids))}
        return entry
