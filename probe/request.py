"""A request of the probe, declared as data: mostly one that a stream of the connector sends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from airbyte_cdk.sources.utils.casing import camel_to_snake

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import Row
from source_clockify.api.paging import LARGEST_PAGE, Feed, Pages
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.slices import Workspace


class Nothing(Exception):
    """What a request is about is not there; the words say what."""


class Known(Protocol):
    """What has been learnt of the account so far."""

    @property
    def workspace(self) -> Workspace:
        """The workspace that is looked at."""
        ...

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The longest range of time that a report may have, to now."""
        ...

    def rows(self, request: "Request") -> Sequence[Row]:
        """The rows that were answered; none where nothing was, or something else."""
        ...

    def body_of(self, kind: type[ClockifyStream], page: Row) -> Row:
        """What a stream posts for a page of that window."""
        ...


Pick = Callable[[Known], Any]
"""Chooses something of the account. Raises Nothing where there is none."""


@dataclass(frozen=True, eq=False)
class Request:
    """What is asked, of `endpoint`. Each is sent at most once; without a `size` it is no page of a list.

    `parts` gives the ids that the path names in braces, `query` the parameters and `body` what is posted: where a value is a
    function, it is chosen among what is known by then. `feature` is the entry of `features[]` that the plan needs.
    `is_free`: worth one of the few requests that a free workspace has.
    """

    name: str
    endpoint: Endpoint
    query: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Pick] = field(default_factory=dict)
    body: Pick | None = None
    size: int | None = None
    feature: str | None = None
    kind: type[ClockifyStream] | None = None
    is_free: bool = False

    def but(self, name: str, **changes: Any) -> "Request":
        """The same request in another form."""
        return replace(self, **{"name": name, "is_free": False, **changes})

    def posting(self, name: str, change: Row, **changes: Any) -> "Request":
        """The same request with other values in its body, which may be nested."""

        def body(known: Known) -> Row:
            assert self.body is not None  # noqa: S101 - tells mypy that this is a POST
            return merged(self.body(known), change)

        return self.but(name, body=body, **changes)


def merged(body: Mapping[str, Any], change: Mapping[str, Any]) -> Row:
    """A body with other values in it."""
    return {**body} | {
        name: merged(body[name], value) if isinstance(value, dict) and isinstance(body.get(name), dict) else value
        for name, value in change.items()
    }


def of(
    kind: type[ClockifyStream],
    parts: Mapping[str, Pick] | None = None,
    *,
    is_free: bool = False,
    number: int = 1,
    size: int = 0,
) -> Request:
    """The request for a page of a stream: the first one, as large as the stream asks for, if nothing else is said."""
    endpoint, name = kind.endpoint, camel_to_snake(kind.__name__)
    page: Row = {}
    match endpoint.paging:
        case Pages(size=largest, size_key=key):
            size = size or largest
            page = {"page": number, key: size}
        case Feed() as feed:
            size, page = feed.limit, dict(feed.place(0))
    is_post = endpoint.method == "POST"
    return Request(
        name if number == 1 else f"{name}, page {number} of {size} rows each",
        endpoint,
        query={} if is_post else {**endpoint.query, **endpoint.variants[0], **page},
        parts=parts or {},
        body=(lambda known: known.body_of(kind, page)) if is_post else None,
        size=size or None,
        feature=kind.feature,
        kind=kind,
        is_free=is_free,
    )


def ids_of(kind: type[ClockifyStream], name: str) -> Request:
    """The request for a list as those ask for it who need only its ids, in one page."""
    endpoint = kind.ids_only
    assert endpoint is not None, kind  # noqa: S101 - a mistake in the table
    return Request(name, endpoint, query={**endpoint.query, "page": 1, "page-size": LARGEST_PAGE}, size=LARGEST_PAGE)


def single(name: str, path: str, method: Literal["GET", "POST"] = "GET", *, body: Pick | None = None) -> Request:
    """A request for one object, or one that no stream sends, within the workspace."""
    endpoint = Endpoint(f"workspaces/{{workspaceId}}/{path}", is_single=method == "GET", method=method)
    return Request(name, endpoint, body=body)
