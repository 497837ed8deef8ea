"""The streams that the matrix is made over: all that a connector with every setting has."""

from typing import Final

from airbyte_cdk.sources.streams import Stream

from source_clockify import SourceClockify
from source_clockify.api.paging import Feed, Unpaged
from source_clockify.streams.endpoint_stream import EndpointStream
from source_clockify.streams.lists import ChildStream
from source_clockify.streams.workspaces import Workspaces

_CONFIG: Final = {
    "api_key": "made-up-key",
    "snapshots_api": {"mode": "token", "access_token": "made-up-token", "company_id": "company"},
}


def _endpoint_stream(stream: Stream) -> EndpointStream:
    assert isinstance(stream, EndpointStream)
    return stream


STREAMS: Final = {stream.name: _endpoint_stream(stream) for stream in SourceClockify().streams(_CONFIG)}
"""By name. They are looked at, not read: each read makes streams of its own."""


def any_stream(_: EndpointStream) -> bool:
    return True


def has_parents(stream: EndpointStream) -> bool:
    return isinstance(stream, ChildStream)


def is_in_workspaces(stream: EndpointStream) -> bool:
    """Whether other streams can be read while every request of this one fails."""
    return not isinstance(stream, Workspaces)


def is_single(stream: EndpointStream) -> bool:
    return stream.endpoint.is_single


def is_list(stream: EndpointStream) -> bool:
    return not stream.endpoint.is_single


def is_paged(stream: EndpointStream) -> bool:
    return not isinstance(stream.endpoint.paging, Unpaged)


def primary_key(stream: EndpointStream) -> list[str]:
    return [stream.primary_key] if isinstance(stream.primary_key, str) else list(stream.primary_key)


def is_incremental(stream: EndpointStream) -> bool:
    return stream.supports_incremental


def is_paged_reliably(stream: EndpointStream) -> bool:
    """Whether a page may be believed: a feed whose paging is not ends at the first page without anything new."""
    return is_paged(stream) and not isinstance(stream.endpoint.paging, Feed)
