"""One fake Clockify host for the unit tests, and a reader that runs the connector as Airbyte does."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import ConfiguredAirbyteCatalog, SyncMode
from airbyte_cdk.test.catalog_builder import CatalogBuilder, ConfiguredAirbyteStreamBuilder
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput
from airbyte_cdk.test.entrypoint_wrapper import read as run_read
from airbyte_cdk.test.state_builder import StateBuilder

from harness.clock import FastClock
from source_clockify import SourceClockify
from source_clockify.api.endpoint import Endpoint
from unit_tests.highlevel import serve_agency

HOST = "https://api.clockify.me/api/v1"
KEY = "a-key-that-nobody-may-see"
WORKSPACE = "64a687e29ae1f428e7ebe303"
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
Row = dict[str, Any]
REFUSED: Row = {"status_code": 403, "json": {"message": "Access Denied", "code": 501}}
Read = Callable[..., EntrypointOutput]


@pytest.fixture(scope="session", autouse=True)
def _far_from_utc() -> Iterator[None]:
    """The machine's own time zone makes no difference."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def clock() -> FastClock:
    """Waiting takes no time here; what would have been waited is kept."""
    return FastClock()


@pytest.fixture
def at_noon(clock: FastClock) -> None:
    """Every sync begins at NOW."""
    clock.fixed = NOW


@pytest.fixture
def clockify() -> Iterator[requests_mock.Mocker]:
    """The global host with one workspace that has every feature; any path not mocked is an error."""
    with requests_mock.Mocker() as mocker:
        answer(mocker, "/workspaces", [workspace()])
        yield mocker


@pytest.fixture
def highlevel(clockify: requests_mock.Mocker) -> requests_mock.Mocker:
    """The host, and an agency of HighLevel with two locations; any path not mocked is an error."""
    serve_agency(clockify)
    return clockify


def workspace(**fields: Any) -> Row:
    features = ["APPROVAL", "SCHEDULING", "TIME_OFF", "CUSTOM_FIELDS", "EXPENSES", "INVOICING"]
    return {"id": WORKSPACE, "name": "Acme", "featureSubscriptionType": "PRO", "features": features, **fields}


def answer(mocker: requests_mock.Mocker, path: str, *bodies: Any, **options: Any) -> None:
    """Answer a list's pages in turn, the last of them with `Last-Page: true`."""
    pages = [
        {"json": body, "headers": {"Last-Page": "true" if page == len(bodies) else "false"}}
        for page, body in enumerate(bodies, start=1)
    ]
    mocker.get(f"{HOST}{path}", pages, **options)


def serve(
    mocker: requests_mock.Mocker,
    path: str,
    rows: list[Row],
    largest_page: int = 4,
    *,
    last_page: bool = True,
    total: bool = False,
    meanwhile: Callable[[int], object] = lambda _: None,
    **options: Any,
) -> list[Row]:
    """Answer a list by `page` and `page-size`, of a host that gives so many rows at once. Gives the rows that were sent.

    The end is told by `Last-Page` or by `total-count`, or not at all. `meanwhile` is called after each page, with how many
    there were, and may change the rows.
    """
    sent: list[Row] = []
    pages = count(1)

    def page(request: Any, context: Any) -> list[Row]:
        size = min(int(request.qs["page-size"][0]), largest_page)
        end = int(request.qs["page"][0]) * size
        if last_page:
            context.headers["Last-Page"] = str(end >= len(rows)).lower()
        if total:
            context.headers["total-count"] = str(len(rows))
        answered = deepcopy(rows[end - size : end])
        sent.extend(answered)
        meanwhile(next(pages))
        return answered

    mocker.get(f"{HOST}{path}", json=page, **options)
    return sent


def url_of(endpoint: Endpoint) -> re.Pattern[str]:
    """The addresses of an endpoint on any host, whatever the ids in its path."""
    return re.compile("/" + re.sub(r"\{\w+\}", "[^/]+", endpoint.path) + "([?]|$)")


@pytest.fixture
def read(clockify: requests_mock.Mocker, clock: FastClock) -> Read:
    """Read streams through the CDK's entrypoint: `read("tags", state=…, sync_mode=…, **config)`."""

    def run(
        *streams: str,
        state: Mapping[str, Any] | None = None,
        sync_mode: SyncMode = SyncMode.incremental,
        failing: bool = False,
        debug: bool = False,
        **config: Any,
    ) -> EntrypointOutput:
        messages = StateBuilder().with_stream_state(streams[0], state).build() if state is not None else None
        whole = {"api_key": KEY, "num_workers": 2, **config}
        return run_read(
            SourceClockify(clock), whole, catalog(*streams, sync_mode=sync_mode), messages, failing, debug=debug
        )

    return run


def catalog(*streams: str, sync_mode: SyncMode) -> ConfiguredAirbyteCatalog:
    builder = CatalogBuilder()
    for name in streams:
        builder.with_stream(ConfiguredAirbyteStreamBuilder().with_name(name).with_sync_mode(sync_mode))
    return builder.build()


def catalog_of(*streams: str, sync_mode: str = "incremental", **fields: Any) -> Row:
    """A configured catalog as a file holds it; `fields` are those of each stream."""
    stream = {"json_schema": {}, "supported_sync_modes": ["full_refresh"], **fields}
    return {
        "streams": [
            {"stream": {"name": name, **stream}, "sync_mode": sync_mode, "destination_sync_mode": "append"}
            for name in streams
        ]
    }


def paths_asked(clockify: requests_mock.Mocker) -> list[str]:
    return [request.path.removeprefix("/api/v1") for request in clockify.request_history]


def rows(output: EntrypointOutput, stream: str) -> list[Row]:
    return [message.record.data for message in output.records if message.record and message.record.stream == stream]


def errors(output: EntrypointOutput) -> list[str]:
    return [message.trace.error.message for message in output.errors if message.trace and message.trace.error]


def saved(entry: object) -> Row:
    """The state of an earlier sync, with what it holds of the one workspace."""
    return {"version": 1, "startDate": None, "workspaces": {WORKSPACE: entry}}


def kept(output: EntrypointOutput) -> Any:
    """What the last state holds of the one workspace; None where that is nothing, or there is no state."""
    last = output.state_messages[-1].state if output.state_messages else None
    state = last.stream.stream_state if last and last.stream else None
    return vars(state).get("workspaces", {}).get(WORKSPACE) if state else None
