"""What all streams of Clockify have in common: slices, pages fetched ahead, refusals."""

from abc import ABC
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, ClassVar, cast

from airbyte_cdk.models import AirbyteMessage, SyncMode
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.errors import Gone, Refused, config_error, system_error
from source_clockify.api.page import Page, Row
from source_clockify.api.prefetch import PageFetcher
from source_clockify.streams.endpoint_stream import EndpointStream, Slice
from source_clockify.streams.refusals import SharedRefusal
from source_clockify.streams.slices import SliceContext, Workspace
from source_clockify.streams.stats import ReadStats
from source_clockify.streams.sync import Sync

BY_ID = {"sort-column": "ID", "sort-order": "ASCENDING"}
"""A stable order: rows added meanwhile do not push others over a page's edge."""


class ClockifyStream(EndpointStream, ABC):
    """A list of Clockify's API, read once per workspace, or once per parent within it.

    A subclass says in `endpoint` where its rows are and in `feature` which entry of the workspace's `features[]` it needs.
    `ids_only` is a cheaper form of the endpoint for the streams that only need the ids.
    """

    ids_only: ClassVar[Endpoint | None] = None
    feature: ClassVar[str | None] = None

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync.session)
        self.sync = sync
        self.key = itemgetter(*([self.primary_key] if isinstance(self.primary_key, str) else self.primary_key))
        self._stats = ReadStats(self.name, sync.session, self.logger)
        self._fetcher = PageFetcher(self._pages_if_included, sync.config.num_workers)
        self._plan_refusal = SharedRefusal(Refused)
        self._skipped: set[str] = set()

    @property
    def url_base(self) -> str:
        return f"{getattr(self.sync.config.hosts, self.endpoint.host)}/"

    def stream_slices(self, *, sync_mode: SyncMode, **_: object) -> Iterable[StreamSlice]:
        self._stats = ReadStats(self.name, self.session, self.logger)
        self._fetcher = PageFetcher(self._pages_if_included, self.sync.config.num_workers)
        yield from self._fetcher.ahead(self.slices(sync_mode))

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        """The slices of a sync, in the order in which they are read."""
        raise NotImplementedError

    def _pages_if_included(self, stream_slice: StreamSlice) -> Iterator[Page]:
        """The pages of a slice; where the plan seems to lack the stream, only if the workspace's first slice was not refused."""
        context = SliceContext.of_slice(stream_slice)
        pages = self.pages(stream_slice)
        if self.seems_included(context.workspace) or context.of == 1:
            return pages
        return self._plan_refusal.pages(context.workspace.id, context.position == 1, pages)

    def pages(self, stream_slice: StreamSlice) -> Iterator[Page]:
        """Fetch the pages of a slice. Runs on a fetching thread."""
        return self.endpoint.pages(partial(self.fetch, stream_slice))

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Slice | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[AirbyteMessage]:
        context = SliceContext.of_slice(cast("StreamSlice", stream_slice))
        try:
            for records in self.batches(self._fetcher.pages(), context):
                self._stats.add(context.workspace, len(records))
                yield from self.messages(records)
                records.clear()  # the frames below still have the list while they decode the next page
        except Refused as refusal:
            self.refused(context.workspace, refusal)
        except Gone as gone:
            self.gone(context, gone)
        except Exception:
            self._fetcher.close()
            raise
        self._stats.slice_done(context.workspace, context.position, context.of)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        """The records of a slice, a list for each page: what can be done for a page is not done for each record.

        Rows that wandered to the next page, as others were added meanwhile, are not doubled.
        """
        previous: set[Hashable] = set()
        for page in pages:
            records, keys = self._records_of(context, page)
            del page  # which would be kept until the next one is there
            new = records if previous.isdisjoint(keys) else [one for one in records if self.key(one) not in previous]
            previous = keys
            self._stats.leave_out(context.workspace, len(records) - len(new))
            yield new

    def _records_of(self, context: SliceContext, page: Page) -> tuple[list[Row], set[Hashable]]:
        """The records of a page, and their keys."""
        context.volume += page.size
        try:
            made = [self.record(row, context.slice) for row in page.rows]
            records = [record for record in made if record is not None]
            keys = set(map(self.key, records))
            self._stats.leave_out(context.workspace, len(made) - len(records))
        except (KeyError, TypeError, AttributeError) as fault:
            raise page.wrong_shape() from fault
        if None in (keys if isinstance(self.primary_key, str) else chain.from_iterable(keys)):
            raise page.wrong_shape()
        return records, keys

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        """Make a record of a row of the API; None leaves it out."""
        row["workspaceId"] = stream_slice["workspaceId"]
        return row

    def seems_included(self, workspace: Workspace) -> bool:
        """Whether the plan has the feature, by a map that nobody has proved: Clockify's own answer decides."""
        return self.feature is None or self.feature in workspace.features

    def gone(self, context: SliceContext, gone: Gone) -> None:
        """Nothing in a workspace's own lists can be gone: the workspace was listed a moment ago."""
        self._fetcher.close()
        raise system_error(f"{self.name}: Clockify answered {gone.said} for a list of {context.workspace}.") from gone

    def refused(self, workspace: Workspace, refusal: Refused) -> None:
        """Skip a workspace whose plan does not include this stream.

        Raises:
            AirbyteTracedException: config error where the plan does include it: so the key's user lacks the role, and an
                empty stream would make a destination overwrite what it has.
        """
        if self.seems_included(workspace):
            self._fetcher.close()
            raise config_error(
                f"{self.name}: Clockify refused the key access in {workspace} ({refusal.said}). The key's user must be an "
                "owner or admin of that workspace: use such a key in `api_key`, or leave the workspace out of "
                "`workspace_ids`."
            )
        if workspace.id in self._skipped:
            return
        self._skipped.add(workspace.id)
        told = f"{self.name}: not in the plan ({workspace.plan}) of {workspace}, which lacks {self.feature}: skipped. "
        self.sync.tell_of_plan(workspace, f"{told}Clockify answered {refusal.said}.")
