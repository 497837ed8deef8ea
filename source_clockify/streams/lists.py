"""The two kinds of lists: those that a workspace has once, and those that each row of another list has."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Protocol

import requests
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Row
from source_clockify.api.errors import Gone, Refused
from source_clockify.streams.base import ClockifyStream, Reading, Sync
from source_clockify.workspaces import Workspace


class WorkspaceLister(Protocol):
    """Knows which workspaces are read."""

    def chosen(self) -> list[Workspace]: ...


class WorkspaceStream(ClockifyStream):
    """A list that a workspace has once. `subsets` names parts of it that have children of their own kind."""

    subsets: ClassVar[Mapping[str, Callable[[Row], bool]]] = {"": lambda _: True}

    def __init__(self, sync: Sync, workspaces: WorkspaceLister) -> None:
        super().__init__(sync)
        self.workspaces = workspaces

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for workspace in self.workspaces.chosen():
            yield self.slice(workspace)

    def slice(self, workspace: Workspace) -> StreamSlice:
        return StreamSlice(
            partition={"workspaceId": workspace.id},
            cursor_slice={},
            extra_fields={"workspace": workspace, "position": 1, "of": 1},
        )

    def batches(self, pages: Iterable[requests.Response], reading: Reading) -> Iterator[list[Row]]:
        if not self.is_parent:
            yield from super().batches(pages, reading)
            return
        ids: dict[str, list[str]] = {subset: [] for subset in self.subsets}
        for records in super().batches(pages, reading):
            self._sort_into(ids, records)
            yield records
        self._remember(reading.workspace, ids)

    def _sort_into(self, ids: dict[str, list[str]], rows: list[Row]) -> None:
        for subset, belongs in self.subsets.items():
            ids[subset].extend(row["id"] for row in rows if belongs(row))

    def _remember(self, workspace: Workspace, ids: Mapping[str, list[str] | Refused]) -> None:
        self.sync.lists |= {(self.name, workspace.id, subset): known for subset, known in ids.items()}

    def refused(self, workspace: Workspace, refusal: Refused) -> None:
        self._remember(workspace, dict.fromkeys(self.subsets, refusal))
        super().refused(workspace, refusal)

    def ids(self, workspace: Workspace, subset: str = "") -> Sequence[str]:
        """Ids of this list or of a subset of it: as they went by in this sync, else fetched in the list's light form, once.

        Raises:
            Refused: each time, once Clockify has refused the list.
        """
        key = (self.name, workspace.id, subset)
        if key not in self.sync.lists:
            self._remember(workspace, self._fetch_ids(workspace))
        known = self.sync.lists[key]
        if isinstance(known, Refused):
            raise known
        return known

    def _fetch_ids(self, workspace: Workspace) -> Mapping[str, list[str] | Refused]:
        endpoint = self.light or self.endpoint
        ids: dict[str, list[str]] = {subset: [] for subset in self.subsets}
        try:
            for page in endpoint.walk(partial(self.fetch, self.slice(workspace))):
                self._sort_into(ids, endpoint.rows(page))
        except Refused as refusal:
            return dict.fromkeys(self.subsets, refusal)
        return {subset: list(dict.fromkeys(found)) for subset, found in ids.items()}


class ChildStream(ClockifyStream):
    """A list that each row of another stream has, such as the tasks of a project.

    `parent_key` names the parent's id, in the path and in the records. `of_subset` names a subset of the parents, where only
    those can have such a list.
    """

    parent_key: ClassVar[str]
    of_subset: ClassVar[str] = ""

    def __init__(self, sync: Sync, parent: WorkspaceStream) -> None:
        super().__init__(sync)
        self.parent = parent
        parent.is_parent = True

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for workspace in self.parent.workspaces.chosen():
            try:
                ids = self.parent_ids(workspace)
            except Refused as refusal:
                self.refused(workspace, refusal)
                continue
            if not ids:
                self._tally.slice_done(workspace, 0, 0)
            for position, parent_id in enumerate(ids, start=1):
                yield self.slice(workspace, parent_id, position, len(ids))

    def parent_ids(self, workspace: Workspace) -> Sequence[str]:
        """Ids of those parents that can have such a list."""
        return self.parent.ids(workspace, self.of_subset)

    def slice(self, workspace: Workspace, parent_id: str, position: int, of: int) -> StreamSlice:
        return StreamSlice(
            partition={"workspaceId": workspace.id, self.parent_key: parent_id},
            cursor_slice={},
            extra_fields={"workspace": workspace, "position": position, "of": of},
        )

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        row[self.parent_key] = row.get(self.parent_key) or stream_slice[self.parent_key]
        return super().record(row, stream_slice)

    def gone(self, reading: Reading, gone: Gone) -> None:
        """The parent was deleted since it was listed."""
        self.logger.debug(f"{self.name}: {self.parent_key} {reading.slice[self.parent_key]} is gone ({gone}): skipped.")
