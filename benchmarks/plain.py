"""The baseline: time entries as the CDK's own loop reads them, one request after the other, `response.json()` for each page.

It has the connector's endpoints and page sizes, but no retries, no state, no checks: what is left is what any Python
connector pays. Run it as a connector: `python -m benchmarks.plain read --config … --catalog …`.
"""

import logging
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import requests
from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import ConnectorSpecification, SyncMode
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.sources.streams.http import HttpStream
from airbyte_cdk.sources.streams.http.requests_native_auth import TokenAuthenticator
from airbyte_cdk.sources.types import StreamSlice

PAGE: Final = 5000


class TimeEntries(HttpStream):
    name = "time_entries"
    primary_key = "id"

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(TokenAuthenticator(config["api_key"], auth_method="", auth_header="X-Api-Key"))
        self._base = f"{config['api_url']}/api/v1/"
        # Else the CDK resumes the full refresh page by page, with a state that grows with the square of the users.
        self.cursor = None

    @property
    def is_resumable(self) -> bool:
        return False

    @property
    def url_base(self) -> str:
        return self._base

    @lru_cache(maxsize=None)  # noqa: B019, UP033 - as the CDK has it, which asks for the schema of every record
    def get_json_schema(self) -> Mapping[str, Any]:
        return {"type": "object", "properties": {}}

    def path(self, *, stream_slice: Mapping[str, Any] | None = None, **_: Any) -> str:
        return "workspaces/{workspaceId}/user/{userId}/time-entries".format(**(stream_slice or {}))

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return {"page": 1, "page-size": PAGE, **(next_page_token or {})}

    def next_page_token(self, response: requests.Response) -> Mapping[str, Any] | None:
        if response.headers["Last-Page"] == "true":
            return None
        return {"page": int(str(response.request.url).rpartition("page=")[2].partition("&")[0]) + 1}

    def stream_slices(
        self,
        *,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[StreamSlice]:
        for workspace in self._get("workspaces"):
            for user in self._get(f"workspaces/{workspace['id']}/users"):
                yield StreamSlice(partition={"workspaceId": workspace["id"], "userId": user["id"]}, cursor_slice={})

    def parse_response(self, response: requests.Response, **_: Any) -> Iterable[Mapping[str, Any]]:
        yield from response.json()

    def _get(self, path: str) -> list[dict[str, Any]]:
        _, response = self._http_client.send_request("GET", self._base + path, {}, params={"page-size": str(PAGE)})
        return list(response.json())


class SourcePlain(AbstractSource):
    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        return ConnectorSpecification(connectionSpecification={"type": "object"})

    def check_connection(self, logger: logging.Logger, config: Mapping[str, Any]) -> tuple[bool, Any]:
        return True, None

    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        return [TimeEntries(config)]


if __name__ == "__main__":
    launch(SourcePlain(), sys.argv[1:])
