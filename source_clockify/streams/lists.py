"""The two kinds of lists: those that a workspace has once, and those that each row of another list has."""

from abc import ABC
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.errors import Gone, Refused
from source_clockify.api.page import Page, Row
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.slices import SliceContext, Workspace, slice_of
from source_clockify.streams.sync import Sync
from source_clockify.streams.workspaces import Workspaces


class WorkspaceStream(ClockifyStream, ABC):
    """A list that a workspace has once. `subsets` names parts of it that have children of their own kind."""

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

    def refused(self, workspace: Workspace, refusal: Refused) -> None:
        self._remember(workspace, dict.fromkeys(self.subsets, refusal))
        super().refused(workspace, refusal)

    def ids(self, workspace: Workspace, subset: str = "") -> Sequence[str]:
        """Ids of this list or of a subset of it: as they went by in this sync, else fetched once, with no more than the ids.

        Raises:
            Refused: each time, once Clockify has refused the list.
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
        try:
            for page in endpoint.pages(partial(self.fetch, self.slice(workspace))):
                self._sort_into(ids, page.rows)
        except Refused as refusal:
            return dict.fromkeys(self.subsets, refusal)
        return {subset: list(dict.fromkeys(found)) for subset, found in ids.items()}


class ChildStream(ClockifyStream, ABC):
    """A list that each row of another stream has, such as the tasks of a project.

    `parent_type` is that stream; `parent_key` names the parent's id, in the path and in the records. `of_subset` names a
    subset of the parents, where only those can have such a list.
    """

    parent_type: ClassVar[type[WorkspaceStream]]
    parent_key: ClassVar[str]
    of_subset: ClassVar[str] = ""

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync)
        self.parent = sync.stream(self.parent_type)
        self.parent.is_parent = True

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for workspace in self.parent.workspaces.chosen():
            try:
                ids = self.parent_ids(workspace)
            except Refused as refusal:
                self.refused(workspace, refusal)
                continue
            if not ids:
                self._stats.slice_done(workspace, 0, 0)
            for position, parent_id in enumerate(ids, start=1):
                window = self.window(workspace, parent_id)
                yield slice_of(workspace, {self.parent_key: parent_id}, window, position, len(ids))

    def parent_ids(self, workspace: Workspace) -> Sequence[str]:
        """Ids of those parents that can have such a list."""
        return self.parent.ids(workspace, self.of_subset)

    def window(self, workspace: Workspace, parent_id: str) -> Mapping[str, str]:
        """From when and until when a parent's list is asked for."""
        return {}

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        row[self.parent_key] = row.get(self.parent_key) or stream_slice[self.parent_key]
        return super().record(row, stream_slice)

    def gone(self, context: SliceContext, gone: Gone) -> None:
        """The parent was deleted since it was listed."""
        parent_id = context.slice[self.parent_key]
        self.logger.debug(f"{self.name}: {self.parent_key} {parent_id} is gone ({gone.said}): skipped.")
