"""What all streams of Clockify have in common: slices, pages fetched ahead, refusals."""

from abc import ABC
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any, ClassVar, cast

from airbyte_cdk.models import AirbyteMessage, SyncMode
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.errors import Gone, Refused
from source_clockify.api.keys import Row
from source_clockify.api.page import Page
from source_clockify.api.prefetch import PageFetcher
from source_clockify.streams.endpoint_stream import EndpointStream, Slice
from source_clockify.streams.failures import Failure, Failures
from source_clockify.streams.refusals import SharedRefusal
from source_clockify.streams.slices import SliceContext, Workspace
from source_clockify.streams.state import Partition
from source_clockify.streams.stats import ReadStats
from source_clockify.streams.sync import Sync

BY_ID = {"sort-column": "ID", "sort-order": "ASCENDING"}
"""A stable order: rows added meanwhile do not push others over a page's edge."""


class ClockifyStream(EndpointStream, ABC):
    """A list of Clockify's API, read once per workspace, or once per parent within it.

    A subclass says in `endpoint` where its rows are and in `feature` which entry of the workspace's `features[]` it needs.
    `ids_only` is a cheaper form of the endpoint for the streams that only need the ids. `is_open_to_members`: whether it is
    known that a key needs no role for it; `remedy` tells what else to do where a key lacks the role.
    """

    ids_only: ClassVar[Endpoint | None] = None
    feature: ClassVar[str | None] = None
    remedy: ClassVar[str] = ""
    is_open_to_members: ClassVar[bool] = False

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync.session)
        self.sync = sync
        self._plan_refusal = SharedRefusal(Refused)
        self._skipped: set[str] = set()
        self._start()

    def _start(self) -> None:
        self._stats = ReadStats(self.name, self.session, self.logger)
        self._fetcher = PageFetcher(self._pages_if_included, self.sync.config.num_workers)
        self._failures = Failures(self.name, self.remedy)

    @property
    def url_base(self) -> str:
        return f"{getattr(self.sync.config.hosts, self.endpoint.host)}/"

    def conclude(self) -> None:
        super().conclude()
        self._failures.raise_if_any()

    def stream_slices(self, *, sync_mode: SyncMode, **_: object) -> Iterable[StreamSlice]:
        self._start()
        yield from self._fetcher.ahead(self._slices_until_final(sync_mode))

    def _slices_until_final(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        for stream_slice in self.slices(sync_mode):
            yield stream_slice
            if self._failures.are_final:
                return

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        """The slices of a sync, in the order in which they are read.

        They are made ahead of the reading, so what is met meanwhile is not noted here: see `unknown_slices`.
        """
        raise NotImplementedError

    def _pages_if_included(self, stream_slice: StreamSlice) -> Iterator[Page]:
        context = SliceContext.of_slice(stream_slice)
        return iter(()) if context.fault else self.if_included(context.workspace, self.pages(stream_slice))

    def if_included(self, workspace: Workspace, pages: Iterator[Page]) -> Iterator[Page]:
        """The pages of a list; where the plan seems to lack the feature, not if another list that needs it was refused.

        A plan is the workspace's, so a refusal counts for all streams that need the feature, whichever host they are read
        from. A feature of which something was read is there in spite of what the plan tells: then a refusal counts only
        within its stream.
        """
        if self.seems_included(workspace):
            return pages
        of_all_streams = self.sync.plan_refusals.pages((workspace.id, self.feature), pages)
        return self._plan_refusal.pages(workspace.id, of_all_streams)

    def pages(self, stream_slice: StreamSlice) -> Iterator[Page]:
        """Fetch the pages of a slice. Runs on a fetching thread."""
        return self.endpoint.pages(partial(self.fetch, stream_slice))

    def read_records(  # type: ignore[override]  # `read` takes the lists apart
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Slice | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[list[AirbyteMessage]]:
        context = SliceContext.of_slice(cast("StreamSlice", stream_slice))
        if context.fault and not self._failures.are_final:
            self.workspace_failed(context.workspace, context.fault)
        if context.fault or self._failures.are_final or self.partition(context) in self._failures:
            self._fetcher.skip()
            return
        try:
            with closing(self._fetcher.pages()) as pages:
                for records in self.batches(pages, context):
                    self._failures.note_answer(context.workspace)
                    self._stats.add(context.workspace, len(records))
                    yield self.messages(records)
                    records.clear()  # the frames below still have the list while they decode the next page
        except Gone as gone:
            self.gone(context, gone)
        except AirbyteTracedException as fault:
            self.failed(context, fault)
        except Exception:
            self._fetcher.close()
            raise
        self._stats.slice_done(context.workspace, context.position, context.of)

    def partition(self, context: SliceContext) -> Partition:
        """What fails as a whole, and is remembered as a whole in the state."""
        return (context.workspace.id,)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        """The records of a slice, a list for each page: what can be done for a page is not done for each record."""
        for page in pages:
            records = self._records_of(context, page)
            del page  # which would be kept until the next one is there
            yield records

    def _records_of(self, context: SliceContext, page: Page) -> list[Row]:
        context.volume += page.size
        made = [self.record(row, context.slice) for row in page.new]
        records = [record for record in made if record is not None]
        self._stats.leave_out(context.workspace, len(made) - len(records))
        return records

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        """Make a record of a row of the API; None leaves it out."""
        row["workspaceId"] = stream_slice["workspaceId"]
        return row

    def seems_included(self, workspace: Workspace) -> bool:
        """Whether the plan has the feature, by a map that nobody has proved: Clockify's own answer decides."""
        return self.feature is None or self.feature in workspace.features

    def gone(self, context: SliceContext, gone: Gone) -> None:
        """Nothing in a workspace's own lists can be gone: the workspace was listed a moment ago."""
        self.failed(context, gone)

    def failed(self, context: SliceContext, fault: AirbyteTracedException) -> None:
        """A slice could not be read: the others are, and then the stream fails.

        A refusal of all that the stream has in a workspace whose plan does not include it skips the workspace instead.
        """
        self.workspace_failed(context.workspace, fault)

    def workspace_failed(self, workspace: Workspace, fault: AirbyteTracedException) -> None:
        """As `failed`, for the only list of a workspace, or for all of them."""
        if isinstance(fault, Refused) and self.is_not_in_the_plan(workspace):
            self.skip(workspace, fault)
        else:
            self.note_failure((workspace.id,), Failure(workspace, "", fault))

    def note_failure(self, partition: Partition, failure: Failure) -> None:
        self._failures.add(partition, failure)
        if self._failures.are_final:
            self._fetcher.close()

    def is_not_in_the_plan(self, workspace: Workspace) -> bool:
        """Whether a refusal means that: only as the first answer, else the plan would have let nothing through.

        It is the first by the order of the answers: that of the reading is another, as several slices ask at once.
        """
        return not self.seems_included(workspace) and not self._plan_refusal.was_answered(workspace.id)

    def skip(self, workspace: Workspace, refusal: Refused) -> None:
        """Leave out a workspace whose plan does not include this stream, with one line."""
        if workspace.id in self._skipped:
            return
        self._skipped.add(workspace.id)
        self.sync.tell_of_plan(
            workspace,
            f"{self.name}: not in the plan ({workspace.plan}) of {workspace}, which lacks {self.feature}: skipped. Clockify "
            f"answered {refusal.said}.",
        )
