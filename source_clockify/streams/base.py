"""What all streams have in common: slices, pages fetched ahead, refusals."""

import time
from abc import ABC
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, ClassVar, cast

import requests
from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, SyncMode, Type
from airbyte_cdk.sources.streams.http import HttpStream
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint, Row
from source_clockify.api.errors import ClockifyErrorHandler, Gone, Refused, config_error, system_error
from source_clockify.api.prefetch import PageFetcher
from source_clockify.api.session import ApiSession, ClockifyClient
from source_clockify.config import ClockifyConfig
from source_clockify.streams.tally import Tally
from source_clockify.streams.trial import Trial
from source_clockify.workspaces import Workspace

BY_ID: Mapping[str, str] = {"sort-column": "ID", "sort-order": "ASCENDING"}
"""A stable walk: rows added meanwhile do not push others over a page's edge."""


@dataclass
class Sync:
    """What the streams of one sync share.

    `selected` are the streams that are read, with the plan feature that each needs. `lists` holds the ids of each parent
    list that was read, by stream, workspace and subset; or its refusal.
    """

    config: ClockifyConfig
    session: ApiSession
    selected: Mapping[str, str | None] = field(default_factory=dict)
    lists: dict[tuple[str, str, str], list[str] | Refused] = field(default_factory=dict)


@dataclass
class Reading:
    """One slice while it is read. `volume` counts the bytes of its pages."""

    slice: StreamSlice
    workspace: Workspace
    position: int
    of: int
    volume: int = 0

    @classmethod
    def of_slice(cls, stream_slice: StreamSlice) -> "Reading":
        return cls(stream_slice, **stream_slice.extra_fields)


class ClockifyStream(HttpStream, ABC):
    """A list of Clockify's API, read once per workspace, or once per parent within it.

    A subclass says in `endpoint` where its rows are and in `feature` which entry of the workspace's `features[]` it needs.
    `light` is a cheaper form of the endpoint for the streams that only need the ids.
    """

    endpoint: ClassVar[Endpoint]
    light: ClassVar[Endpoint | None] = None
    feature: ClassVar[str | None] = None
    primary_key: str | list[str] = "id"

    def __init__(self, sync: Sync) -> None:
        super().__init__()
        self.sync = sync
        self.is_parent = False
        self._tally = Tally(self.name, sync.session, self.logger)
        self._fetcher = PageFetcher(self._walk_if_included, sync.config.num_workers)
        self._trial = Trial(Refused)
        self._skipped: set[str] = set()
        self._http_client = ClockifyClient(self.name, self.logger, ClockifyErrorHandler(), session=sync.session)
        self.key = itemgetter(*([self.primary_key] if isinstance(self.primary_key, str) else self.primary_key))

    # The CDK takes a HttpStream for one that resumes its full refreshes page by page. Ours are read ahead and by slice,
    # for which that mode loses rows or never ends; so full refreshes are plain ones.
    @property
    def is_resumable(self) -> bool:
        return self.supports_incremental

    @property
    def url_base(self) -> str:
        return f"{getattr(self.sync.config.hosts, self.endpoint.host)}/"

    @property
    def http_method(self) -> str:
        return self.endpoint.method

    def path(
        self,
        *,
        stream_state: Mapping[str, Any] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> str:
        return self.endpoint.path.format(**(stream_slice or {}))

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return dict(next_page_token or {}) if self.http_method == "GET" else {}

    def request_body_json(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any] | None:
        return self.body(stream_slice or {}, next_page_token or {}) if self.http_method == "POST" else None

    def body(self, stream_slice: Mapping[str, Any], parameters: Mapping[str, Any]) -> Row:
        """The body of a POST for one page."""
        return dict(parameters)

    def next_page_token(self, response: requests.Response) -> None:
        """Paging is the endpoint's: the CDK's own loop over pages, which asks this, is not used."""

    def parse_response(
        self,
        response: requests.Response,
        *,
        stream_state: Mapping[str, Any] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> list[Row]:
        """The records of one page."""
        try:
            parent = dict(stream_slice or {})
            records = [self.record(row, parent) for row in self.endpoint.rows(response)]
            return [record for record in records if record is not None]
        except (KeyError, TypeError, AttributeError) as fault:
            raise self.endpoint.wrong_shape(response) from fault

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        """Make a record of a row of the API; None leaves it out."""
        row["workspaceId"] = stream_slice["workspaceId"]
        return row

    def stream_slices(
        self,
        *,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[StreamSlice]:
        self._tally = Tally(self.name, self.sync.session, self.logger)
        self._fetcher = PageFetcher(self._walk_if_included, self.sync.config.num_workers)
        yield from self._fetcher.ahead(self.slices(sync_mode))

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        """The slices of a sync, in the order in which they are read."""
        raise NotImplementedError

    def _walk_if_included(self, stream_slice: StreamSlice) -> Iterator[requests.Response]:
        """Walk a slice; where the plan seems to lack the stream, only after the workspace's first slice was not refused."""
        reading = Reading.of_slice(stream_slice)
        if self.seems_included(reading.workspace) or reading.of == 1:
            yield from self.walk(stream_slice)
            return
        yield from self._trial.walk(reading.workspace.id, reading.position == 1, self.walk(stream_slice))

    def walk(self, stream_slice: StreamSlice) -> Iterator[requests.Response]:
        """Fetch the pages of a slice. Runs on a fetching thread."""
        return self.endpoint.walk(partial(self.fetch, stream_slice))

    def fetch(self, stream_slice: StreamSlice, params: Mapping[str, Any]) -> requests.Response:
        """Fetch one page; raises as ClockifyClient does."""
        _, response = self._fetch_next_page(stream_slice, None, params)
        return response

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> requests.Response:
        """Send a request beside the list's own; raises as ClockifyClient does."""
        _, response = self._http_client.send_request(method, f"{self.url_base}{path}", request_kwargs={}, json=body)
        return response

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[AirbyteMessage]:
        reading = Reading.of_slice(cast("StreamSlice", stream_slice))
        pages = self._fetcher.pages()
        try:
            for records in self.batches(pages, reading) if reading.workspace.id not in self._skipped else _none(pages):
                yield from self.messages(records)
                records.clear()  # the frames below still have the list while they decode the next page
        except Refused as refusal:
            self.refused(reading.workspace, refusal)
        except Gone as gone:
            self.gone(reading, gone)
        except Exception:
            self._fetcher.close()
            raise
        self._tally.slice_done(reading.workspace, reading.position, reading.of)

    def messages(self, records: list[Row]) -> list[AirbyteMessage]:
        """Ready messages: of mere records the CDK makes a copy, and looks at the clock and for the schema, one by one."""
        name, emitted_at = self.name, time.time_ns() // 1_000_000
        return [
            AirbyteMessage(Type.RECORD, record=AirbyteRecordMessage(stream=name, data=record, emitted_at=emitted_at))
            for record in records
        ]

    def batches(self, pages: Iterable[requests.Response], reading: Reading) -> Iterator[list[Row]]:
        """The records of a slice, a list for each page: what can be done for a page is not done for each record.

        Rows that wandered to the next page, as others were added meanwhile, are not doubled.
        """
        previous: set[Hashable] = set()
        for records, keys in map(partial(self._decode, reading), pages):
            new = records if previous.isdisjoint(keys) else [one for one in records if self.key(one) not in previous]
            previous = keys
            self._tally.add(reading.workspace, len(new))
            yield new

    def _decode(self, reading: Reading, response: requests.Response) -> tuple[list[Row], set[Hashable]]:
        """The records of a page, and their keys."""
        reading.volume += len(response.content)
        records = self.parse_response(response, stream_slice=reading.slice)
        try:
            keys = set(map(self.key, records))
        except KeyError as fault:
            raise self.endpoint.wrong_shape(response) from fault
        if None in (keys if isinstance(self.primary_key, str) else chain.from_iterable(keys)):
            raise self.endpoint.wrong_shape(response)
        return records, keys

    def seems_included(self, workspace: Workspace) -> bool:
        """Whether the plan has the feature, by a map that nobody has proved: Clockify's own answer decides."""
        return self.feature is None or self.feature in workspace.features

    def gone(self, reading: Reading, gone: Gone) -> None:
        """Nothing in a workspace's own lists can be gone: the workspace was listed a moment ago."""
        self._fetcher.close()
        raise system_error(f"{self.name}: Clockify answered {gone} for a list of {reading.workspace}.") from gone

    def refused(self, workspace: Workspace, refusal: Refused) -> None:
        """Skip a workspace whose plan does not include this stream.

        Raises:
            AirbyteTracedException: config error where the plan does include it: so the key's user lacks the role, and an
                empty stream would make a destination overwrite what it has.
        """
        if not self.seems_included(workspace):
            self._skipped.add(workspace.id)
            self.logger.warning(
                f"{self.name}: not in the plan ({workspace.plan}) of {workspace}, which lacks {self.feature}: skipped. "
                f"Clockify answered {refusal}."
            )
            return
        self._fetcher.close()
        raise config_error(
            f"{self.name}: Clockify refused the key access in {workspace} ({refusal}). The key's user must be an owner or admin "
            "of that workspace: use such a key in `api_key`, or leave the workspace out of `workspace_ids`."
        )


def _none(pages: Iterable[requests.Response]) -> Iterator[list[Row]]:
    """No record: the slice was not fetched, but its turn has to be taken."""
    for _ in pages:
        pass
    yield from ()
