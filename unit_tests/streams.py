"""Clockify's streams, and bodies in which a host answers them."""

from typing import Any, Final

import requests_mock

from source_clockify import SourceClockify
from source_clockify.api.endpoint import Endpoint
from source_clockify.streams.base import ClockifyStream
from unit_tests.conftest import KEY, Row, url_of

STREAMS: Final = {
    stream.name: stream for stream in SourceClockify().streams({"api_key": KEY}) if isinstance(stream, ClockifyStream)
}
"""All but the workspaces themselves, by name."""
EVERYTHING: Final = sorted({stream.feature for stream in STREAMS.values() if stream.feature} | {"UNLIMITED_REPORTS"})
"""What a plan can include."""


def body_of(endpoint: Endpoint, rows: list[Row] | Row) -> Any:
    """The body that has these rows, or the one row, where those of the endpoint are."""
    body: Any = rows
    for key in reversed(endpoint.rows_at):
        body = {key: body}
    return body


def serve_all(mocker: requests_mock.Mocker, stream: ClockifyStream, rows: list[Row], pages: int = 1) -> None:
    """Answer each list of a stream with these rows; with so many pages, which are all the same."""
    body = body_of(stream.endpoint, rows[0] if stream.endpoint.is_single else rows)
    answers = [{"json": body, "headers": {"Last-Page": str(page == pages).lower()}} for page in range(1, pages + 1)]
    mocker.request(requests_mock.ANY, url_of(stream.endpoint), answers)
