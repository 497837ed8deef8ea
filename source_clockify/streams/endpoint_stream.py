"""A CDK stream over an endpoint that is data: the bridge from the CDK's HttpStream to pages."""

import time
from abc import ABC
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import requests
from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, Type
from airbyte_cdk.sources.streams.core import StreamData
from airbyte_cdk.sources.streams.http import HttpStream
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import Row
from source_clockify.api.page import Page
from source_clockify.api.paging import Parameters
from source_clockify.api.paths import fill_in
from source_clockify.api.session import ApiSession
from source_clockify.instants import cut_to_microseconds

Slice = Mapping[str, Any]


class EndpointStream(HttpStream, ABC):
    """Sends what an endpoint says. The CDK's own loop over pages is not used: paging is the endpoint's."""

    endpoint: ClassVar[Endpoint]
    primary_key: str | list[str] = "id"

    def __init__(self, session: ApiSession) -> None:
        super().__init__()
        self.session = session
        self._undeclared: set[str] = set()
        self._http_client = HttpClient(self.name, self.logger, session=session)

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON schema of the records."""
        return ResourceSchemaLoader("source_clockify").get_schema(self.name)

    @cached_property
    def _times(self) -> Sequence[str]:
        """The fields of the records that are times."""
        return [
            name for name, field in self.get_json_schema()["properties"].items() if field.get("format") == "date-time"
        ]

    # Without the CDK's cache, which would keep each stream, with its connections, for as long as the process lasts.
    def get_json_schema(self) -> Mapping[str, Any]:  # type: ignore[override]
        return self.schema

    # The CDK takes a HttpStream for one that resumes its full refreshes page by page. Ours are read ahead and by slice,
    # for which that mode loses rows or never ends; so full refreshes are plain ones.
    @property
    def is_resumable(self) -> bool:
        return self.supports_incremental

    @property
    def http_method(self) -> str:
        return self.endpoint.method

    def path(
        self,
        *,
        stream_state: Mapping[str, Any] | None = None,
        stream_slice: Slice | None = None,
        next_page_token: Parameters | None = None,
    ) -> str:
        return fill_in(self.endpoint.path, stream_slice or {}, self.name)

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Slice | None = None,
        next_page_token: Parameters | None = None,
    ) -> dict[str, Any]:
        if self.http_method != "GET":
            return {}
        return self.endpoint.parameters(stream_slice or {}, next_page_token or {})

    def request_body_json(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Slice | None = None,
        next_page_token: Parameters | None = None,
    ) -> Mapping[str, Any] | None:
        return self.body(stream_slice or {}, next_page_token or {}) if self.http_method == "POST" else None

    def body(self, stream_slice: Slice, page: Parameters) -> Row:
        """The body of a POST for one page."""
        return dict(page)

    def next_page_token(self, response: requests.Response) -> None:
        """The CDK's loop would ask this."""

    def parse_response(self, response: requests.Response, **_: Any) -> list[Row]:
        """The rows of an answer; the CDK's loop would ask this."""
        return self.endpoint.page(response).rows

    def fetch(self, stream_slice: Slice, page: Parameters) -> Page:
        """Fetch one page; raises as ApiSession does."""
        _, response = self._fetch_next_page(stream_slice, None, page)
        return self.endpoint.page(response)

    def read(self, *args: Any, **kwargs: Any) -> Iterable[StreamData]:
        """As the CDK reads, but through its loop the messages of a page may go as one list: it does much for each."""
        self._undeclared.clear()
        for passed in super().read(*args, **kwargs):
            if isinstance(passed, list):
                yield from passed
                passed.clear()  # the CDK's loop still has the list while the next page is decoded
            else:
                yield passed
        self.conclude()

    def conclude(self) -> None:
        """All is read that could be, and its state is out. Raises what stands for the rest."""
        if self._undeclared:
            self.logger.info(
                f"{self.name}: the schema does not declare {', '.join(sorted(self._undeclared))}: the records have this, but "
                "a destination may have no column for it."
            )

    def messages(self, records: Sequence[Row]) -> list[AirbyteMessage]:
        """Ready messages: of mere records the CDK makes a copy, and looks at the clock and for the schema, one by one."""
        self._undeclared |= set().union(*records) - self.get_json_schema()["properties"].keys()
        cut_to_microseconds(records, self._times)
        name, emitted_at = self.name, time.time_ns() // 1_000_000
        return [
            AirbyteMessage(Type.RECORD, record=AirbyteRecordMessage(stream=name, data=record, emitted_at=emitted_at))
            for record in records
        ]

    def send(self, method: str, path: str, parts: Mapping[str, Any], body: Mapping[str, Any] | None = None) -> Page:
        """Send a request beside the list's own, for an answer that is the array of rows or the one row itself.

        `path` names its `parts` in braces, as that of an endpoint does.
        """
        url = f"{self.url_base}{fill_in(path, parts, self.name)}"
        _, response = self._http_client.send_request(method, url, request_kwargs={}, json=body)
        return Page(response)
