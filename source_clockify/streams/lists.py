"""The two kinds of lists: those that a workspace has once, and those that each row of another list has."""

from abc import ABC
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar, Final

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import Gone, NotVisible, Refused, system_error
from source_clockify.api.keys import Row, text_at
from source_clockify.api.page import Page
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.failures import Failure
from source_clockify.streams.slices import SliceContext, Workspace, slice_of, unknown_slices
from source_clockify.streams.state import Partition
from source_clockify.streams.sync import Sync
from source_clockify.streams.workspaces import Workspaces

NOT_ACTIVE: Final = "not active"
"""The subset of parents of which nobody knows what Clockify shows."""


class WorkspaceStream(ClockifyStream, ABC):
    """A list that a workspace has once. `subsets` names parts of it that children have to know."""

    subsets: ClassVar[Mapping[str, Callable[[Row], bool]]] = {"": lambda _: True}

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync)
        self.workspaces = sync.stream(Workspaces)
        self.is_parent = False
        self._known: dict[tuple[str, str], list[str] | Refused] = {}
        """The ids of each workspace and subset, or the refusal of the list."""

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for workspace in self.workspaces.chosen():
            yield self.slice(workspace)

    def slice(self, workspace: Workspace) -> StreamSlice:
        return slice_of(workspace)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        if not self.is_parent:
            yield from super().batches(pages, context)
            return
        ids: dict[str, list[str]] = {subset: [] for subset in self.subsets}
        for records in super().batches(pages, context):
            self._sort_into(ids, records)
            yield records
        self._remember(context.workspace, ids)

    def _sort_into(self, ids: dict[str, list[str]], rows: list[Row]) -> None:
        for subset, belongs in self.subsets.items():
            ids[subset].extend(row["id"] for row in rows if belongs(row))

    def _remember(self, workspace: Workspace, ids: Mapping[str, list[str] | Refused]) -> None:
        self._known |= {(workspace.id, subset): known for subset, known in ids.items()}

    def workspace_failed(self, workspace: Workspace, fault: AirbyteTracedException) -> None:
        if isinstance(fault, Refused):
            self._remember(workspace, dict.fromkeys(self.subsets, fault))
        super().workspace_failed(workspace, fault)

    def ids(self, workspace: Workspace, subset: str = "") -> Sequence[str]:
        """Ids of this list or of a subset of it: as they went by in this sync, else fetched once, with no more than the ids.

        Raises:
            Refused: each time, once Clockify has refused the list.
            AirbyteTracedException: where it cannot be read otherwise.
        """
        key = (workspace.id, subset)
        if key not in self._known:
            self._remember(workspace, self._fetch_ids(workspace))
        known = self._known[key]
        if isinstance(known, Refused):
            raise known
        return known

    def _fetch_ids(self, workspace: Workspace) -> Mapping[str, list[str] | Refused]:
        endpoint = self.ids_only or self.endpoint
        ids: dict[str, list[str]] = {subset: [] for subset in self.subsets}
        pages = endpoint.pages(partial(self.fetch, self.slice(workspace)))
        try:
            for page in self.if_included(workspace, pages):
                self._sort_into(ids, page.new)
        except Refused as refusal:
            return dict.fromkeys(self.subsets, refusal)
        return ids


class ChildStream(ClockifyStream, ABC):
    """A list that each row of another stream has, such as the tasks of a project.

    `parent_type` is that stream; `parent_key` names the parent's id, in the path and in the records. `instead` tells where
    to look for what Clockify refuses to show of parents that are not active.
    """

    parent_type: ClassVar[type[WorkspaceStream]]
    parent_key: ClassVar[str]
    instead: ClassVar[str] = ""

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync)
        self.parent = self.find_parent(sync)
        self.parent.is_parent = True

    def _start(self) -> None:
        super()._start()
        self._listed: Counter[str] = Counter()
        self._gone: Counter[str] = Counter()
        self._excused: Counter[Workspace] = Counter()

    def find_parent(self, sync: Sync) -> WorkspaceStream:
        """The stream whose rows have the lists."""
        return sync.stream(self.parent_type)

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for workspace in self.parent.workspaces.chosen():
            try:
                listed = self.parent.ids(workspace)
            except AirbyteTracedException as fault:
                yield unknown_slices(workspace, fault)
                continue
            self._listed[workspace.id] = len(listed)
            ids = [*listed, *self.former_ids(workspace, listed)]
            if not ids:
                self._stats.slice_done(workspace, 0, 0)
            for position, parent_id in enumerate(ids, start=1):
                window = self.window(workspace, parent_id)
                yield slice_of(workspace, {self.parent_key: parent_id}, window, position, len(ids))

    def former_ids(self, workspace: Workspace, listed: Sequence[str]) -> Sequence[str]:
        """Parents that are not listed any more, and may have such a list all the same."""
        return ()

    def window(self, workspace: Workspace, parent_id: str) -> Mapping[str, str]:
        """From when and until when a parent's list is asked for."""
        return {}

    def partition(self, context: SliceContext) -> Partition:
        return (context.workspace.id, context.slice[self.parent_key])

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        parent_id = stream_slice[self.parent_key]
        if self.endpoint.is_single:
            self._require_asked_for(row, parent_id)
        row[self.parent_key] = text_at(row, self.parent_key) or parent_id
        return super().record(row, stream_slice)

    def _require_asked_for(self, row: Row, parent_id: str) -> None:
        """Raise where a single object is another than the one that was asked for, or none."""
        own = self.get_json_schema()["properties"].keys() - {"workspaceId", self.parent_key}
        is_told_apart = self.endpoint.key is not None
        if row.get(self.parent_key, parent_id) != parent_id or not (is_told_apart or own & row.keys()):
            raise system_error(
                f"What Clockify answered for {self.parent_key} {parent_id} is not what was asked for: the API has changed, or a "
                "proxy answers in its place."
            )

    def gone(self, context: SliceContext, gone: Gone) -> None:
        """The parent was deleted since it was listed. All of them at once cannot be: then the answer means something else."""
        workspace, parent_id = context.workspace, context.slice[self.parent_key]
        self.logger.debug(f"{self.name}: {self.parent_key} {parent_id} is gone ({gone.said}): skipped.")
        self._failures.note_answer(workspace)
        self._gone[workspace.id] += 1
        if self._gone[workspace.id] == self._listed[workspace.id]:
            self.workspace_failed(
                workspace,
                system_error(
                    f"Clockify answered {gone.said} for each of the {self.parent.name} that it lists there: the API has "
                    "changed, or a proxy answers in its place."
                ),
            )

    def failed(self, context: SliceContext, fault: AirbyteTracedException) -> None:
        workspace, parent_id = context.workspace, context.slice[self.parent_key]
        if isinstance(fault, Refused) and self.is_not_in_the_plan(workspace):
            self.skip(workspace, fault)
        elif isinstance(fault, Refused | NotVisible) and self._is_not_active(workspace, parent_id):
            self._excused[workspace] += 1
        else:
            self.note_failure(self.partition(context), Failure(workspace, f"{self.parent_key} {parent_id}", fault))

    def _is_not_active(self, workspace: Workspace, parent_id: str) -> bool:
        return NOT_ACTIVE in self.parent.subsets and parent_id in self.parent.ids(workspace, NOT_ACTIVE)

    def conclude(self) -> None:
        for workspace, number in self._excused.items():
            self.logger.warning(
                f"{self.name}: Clockify refused to show {number} of the {self.parent.name} of {workspace}, whose accounts are "
                f"not active.{self.instead}"
            )
        super().conclude()
